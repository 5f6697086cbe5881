"""Gli esercizi con l'acceleratore scelto: una risposta giusta che calcola lì è giusta, una che mescola si ferma."""

import copy

import pytest
import torch
from test_verifiche import ESERCIZI
from torch.utils import _pytree as pytree

from corso_pytorch.verifiche import controlla
from corso_pytorch.verifiche.registro import trova

LA = "simulato"
pytestmark = pytest.mark.skipif(not hasattr(torch, LA), reason="si prova con --acceleratore-simulato")


def portato(valore: object) -> object:
    return pytree.tree_map_only(torch.Tensor, lambda t: t.to(LA), valore)


def sull_acceleratore(risposta: object) -> object:
    """La stessa risposta, che però porta lì i suoi argomenti e restituisce ciò che le viene."""
    if not callable(risposta) or isinstance(risposta, type):
        return portato(risposta)
    return lambda *argomenti, **opzioni: risposta(*portato(argomenti), **portato(opzioni))


# Le soluzioni che, con argomenti sull'acceleratore, non si possono provare così, e perché.
NON_SI_PORTANO = {
    "1.3": "chiede una vista della memoria dell'argomento",
    "1.5": "la soluzione crea i suoi indici sulla CPU",
    "1.8": "la soluzione crea la sua maschera sulla CPU",
    "2.3": "chiede il gradiente di una foglia: la copia non lo è",
    "2.4": "riceve anche una funzione, con i suoi tensori",
    "2.5": "chiede una classe della lezione",
    "2.6": "riceve anche una funzione, con i suoi tensori",
    "2.7": "confronta i pesi con quelli da cui nasce il risultato: la copia non lo è",
    "3.2": "riceve un modello",
    "3.6": "segue i dati di validazione con una sottoclasse di tensore, e il simulato ne ha già una sua",
    "5.4": "riceve un modello",
    "5.6": "compila, e per questo dispositivo non si può",
    "6.5": "riceve un modello",
    "7.3": "riceve un modello",
    "7.5": "riceve un modello",
    "7.6": "riceve un modello",
    "12.4": "riceve anche due funzioni, con i loro tensori",
    "12.7": "riceve anche uno strato",
    "13.5": "riceve una rete di Keras",
    "14.1": "riceve un modello",
    "14.2": "riceve un modello",
    "14.5": "riceve un modello",
}


@pytest.mark.parametrize("nome", [nome for nome in ESERCIZI if nome not in NON_SI_PORTANO])
def test_una_risposta_giusta_calcolata_li_e_giusta(nome):
    for esito in (controlla(nome, sull_acceleratore(trova(nome).giusta)) for _ in range(2)):
        assert esito.stato == "corretto", esito.messaggio


def test_una_rete_adattata_la_e_giusta():
    def adatta(esperta, x, y):
        return trova("6.5").giusta(copy.deepcopy(esperta).to(LA), x.to(LA), y.to(LA))

    assert controlla("6.5", adatta).stato == "corretto"


def test_chi_mescola_i_dispositivi_lo_viene_a_sapere():
    def meta_di_qua_meta_di_la(celsius):
        return celsius.to(LA) * torch.full(celsius.shape, 9 / 5) + 32

    esito = controlla("0.1", meta_di_qua_meta_di_la)
    assert "Due tensori stanno su dispositivi diversi" in esito.messaggio


def test_chi_passa_da_numpy_lo_viene_a_sapere():
    esito = controlla("0.1", lambda celsius: torch.from_numpy(celsius.to(LA).numpy() * 9 / 5 + 32))
    assert "prima serve .cpu()" in esito.messaggio
