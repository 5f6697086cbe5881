"""I consigli della lezione 13: un errore di Keras, in inglese, accompagnato da che cosa guardare."""

import pytest
from torch import nn

from corso_pytorch.lezioni.l13_keras import esercizi
from corso_pytorch.verifiche import controlla
from corso_pytorch.verifiche.osservazioni import muta


def _tradotta_funzionale():
    import keras

    x = keras.Input((3, 16, 14))
    return keras.Model(x, nn.ReLU()(keras.layers.Conv2D(8, 3)(x)))


def _passo(*cambi):
    return muta(esercizi._guarita, *cambi)()


def _con_i_canali_in_entrata():
    return muta(esercizi.tradotta, ("Conv2D(12, 3", "Conv2D(8, 12, 3"))


def _con_uno_strato_di_pytorch():
    return muta(esercizi.tradotta, ("layers.MaxPooling2D(2)", "nn.MaxPool2d(2)"))


def _gia_chiamata():
    """La risposta con le parentesi: un modello, al posto della funzione che lo crea."""
    from corso_pytorch.lezioni.l13_keras.motore import keras_con_canali_davanti

    with keras_con_canali_davanti():
        return esercizi.tradotta()


def _con_il_passo_di_pytorch():
    return _passo(("self.optimizer.apply(gradienti, self.trainable_weights)", "self.optimizer.step()"))


def _azzerando_dall_ottimizzatore():
    return _passo(("self.zero_grad()", "self.optimizer.zero_grad()"))


def _con_la_sua_loss():
    return _passo(("self.compute_loss(x=x, y=y, y_pred=y_pred)", "nn.functional.cross_entropy(y_pred, y.long())"))


@pytest.mark.parametrize(
    ("nome", "crea", "consiglio"),
    [
        ("13.1", _con_i_canali_in_entrata, "i canali in entrata non si scrivono"),
        ("13.1", _con_uno_strato_di_pytorch, "Gli strati vengono da keras.layers"),
        ("13.1", lambda: _tradotta_funzionale, "Gli strati vengono da keras.layers"),
        ("13.1", _gia_chiamata, "Passa la funzione, senza parentesi: tradotta"),
        ("13.4", _con_il_passo_di_pytorch, "In Keras il passo è optimizer.apply(gradienti, pesi)"),
        ("13.4", _azzerando_dall_ottimizzatore, "li azzera self.zero_grad()"),
        ("13.4", _con_la_sua_loss, "La loss la sceglie chi chiama compile: usa self.compute_loss"),
    ],
)
def test_un_errore_di_keras_porta_il_suo_consiglio(nome, crea, consiglio):
    esito = controlla(nome, crea())
    assert esito.stato == "sbagliato"
    assert consiglio in esito.messaggio
