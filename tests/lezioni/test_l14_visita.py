"""La visita medica e gli altri esami della lezione 14: trovano ogni errore silenzioso, e non accusano nessun sano."""

import copy
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.addestramento import accuratezza, valuta
from corso_pytorch.lezioni.l14_museo import esami
from corso_pytorch.lezioni.l14_museo.esami import Esame, una_copia
from corso_pytorch.lezioni.l14_museo.esami_pesi import esame_gradienti
from corso_pytorch.lezioni.l14_museo.visita import Referto, visita_medica
from corso_pytorch.modelli import CNN, CNNVeloce
from corso_pytorch.ricetta import BatchInMemoria

SEMI = (0, 1)


def _caso(seme: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seme)


def _mlp(*in_fondo: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10), *in_fondo)


def _batch(seme: int = 0, quanti: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    caso = _caso(seme)
    return torch.randn(quanti, 1, 28, 28, generator=caso), torch.randint(0, 10, (quanti,), generator=caso)


def _adam(modello: nn.Module, lr: float = 1e-3) -> torch.optim.Optimizer:
    return torch.optim.Adam([p for p in modello.parameters() if p.requires_grad], lr=lr)


# I modelli sani


class _Ultimo(nn.Module):
    def __init__(self, ricorrente):
        super().__init__()
        self.ricorrente, self.testa = ricorrente, nn.Linear(24, 4)

    def forward(self, x):
        return self.testa(self.ricorrente(x)[0][:, -1])


class _Residuo(nn.Module):
    """Il ramo entra moltiplicato per zero: al primo passo non riceve gradiente, ed è sano."""

    def __init__(self, canali):
        super().__init__()
        self.ramo = nn.Sequential(nn.Conv2d(canali, canali, 3, padding=1), nn.GroupNorm(4, canali), nn.ReLU())
        self.forza = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return x + self.forza * self.ramo(x)


class _Tessere(nn.Module):
    def __init__(self):
        super().__init__()
        self.tessere = nn.Conv2d(1, 32, 7, stride=7)
        self.posti = nn.Parameter(0.02 * torch.randn(1, 16, 32))
        self.blocco = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
        self.testa = nn.Linear(32, 10)

    def forward(self, x):
        return self.testa(self.blocco(self.tessere(x).flatten(2).transpose(1, 2) + self.posti).mean(dim=1))


class _Lingua(nn.Module):
    """Un modello di linguaggio: da (N, T) token a (N, T, 20) logit."""

    def __init__(self):
        super().__init__()
        self.token = nn.Embedding(20, 32)
        self.blocco = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=True)
        self.testa = nn.Linear(32, 20)

    def forward(self, x):
        maschera = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        return self.testa(self.blocco(self.token(x), src_mask=maschera, is_causal=True))


def _sani(seme: int) -> dict[str, tuple]:
    torch.manual_seed(seme)
    caso = _caso(seme + 100)
    immagini, classi = _batch(seme)
    v = torch.randn(32, 12, generator=caso)
    retta = v.sum(dim=1, keepdim=True) + 0.1 * torch.randn(32, 1, generator=caso)
    parole = torch.randint(0, 30, (32, 7), generator=caso)
    frasi = torch.randint(0, 20, (16, 9), generator=caso)
    sequenze = torch.randn(32, 9, 6, generator=caso)
    congelato = nn.Sequential(nn.Conv2d(1, 8, 5, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten())
    lisce = torch.randn(8, 1, 12, 12, generator=caso)
    ce = nn.CrossEntropyLoss()
    return {
        "regressione lineare": (nn.Linear(12, 1), v, retta, nn.MSELoss()),
        "logistica": (nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), immagini, classi, ce),
        "mlp": (_mlp(), immagini, classi, ce),
        "mlp con dropout": (_mlp(nn.Dropout(0.3)), immagini, classi, ce),
        "cnn": (
            nn.Sequential(nn.Conv2d(1, 8, 5, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 144, 10)),
            *(immagini, classi, ce),
        ),
        "cnn con batch norm": (CNN(), immagini, classi, ce),
        "label smoothing": (CNNVeloce(), immagini, classi, nn.CrossEntropyLoss(label_smoothing=0.1)),
        "residua": (
            nn.Sequential(
                *(nn.Conv2d(1, 8, 5, stride=3), _Residuo(8), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 10))
            ),
            *(immagini, classi, ce),
        ),
        "transformer": (_Tessere(), immagini, classi, ce),
        "lingua": (_Lingua(), frasi, frasi.roll(-1, 1), lambda p, y: ce(p.flatten(0, 1), y.flatten())),
        "gru": (_Ultimo(nn.GRU(6, 24, batch_first=True)), sequenze, classi % 4, ce),
        "lstm": (_Ultimo(nn.LSTM(6, 24, batch_first=True)), sequenze, classi % 4, ce),
        "embedding": (nn.Sequential(nn.EmbeddingBag(30, 16), nn.Linear(16, 3)), parole, parole[:, 0] % 3, ce),
        "autoencoder": (nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 12)), v, v, nn.MSELoss()),
        "huber": (
            nn.Sequential(nn.Linear(12, 32), nn.Tanh(), nn.Linear(32, 1)),
            *(v, retta, nn.HuberLoss()),
        ),
        "due classi": (nn.Linear(12, 1), v, (retta > 0).float(), nn.BCEWithLogitsLoss()),
        "più etichette": (nn.Linear(12, 5), v, (v[:, :5] > 0).float(), nn.BCEWithLogitsLoss()),
        "corpo congelato": (
            nn.Sequential(congelato.requires_grad_(False), nn.Linear(128, 10)),
            *(immagini, classi, ce),
        ),
        "un'etichetta per pixel": (
            nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 2, 1)),
            *(lisce, (lisce[:, 0] > 0).long(), ce),
        ),
        "probabilità, ma la loss le vuole": (
            nn.Sequential(nn.Linear(12, 3), nn.Softmax(dim=1)),
            *(v, classi % 3, lambda p, y: F.nll_loss((p + 1e-9).log(), y)),
        ),
        "log-probabilità": (nn.Sequential(nn.Linear(12, 3), nn.LogSoftmax(dim=1)), v, classi % 3, nn.NLLLoss()),
        "forme diverse, accoppiate bene": (
            nn.Linear(12, 1),
            *(v, retta[:, 0], lambda p, y: ((p[:, 0] - y) ** 2).mean()),
        ),
    }


@pytest.mark.parametrize("seme", SEMI)
@pytest.mark.parametrize("nome", list(_sani(0)))
def test_nessun_sano_e_accusato(nome, seme):
    modello, x, y, loss_fn = _sani(seme)[nome]
    pesi = [p for p in modello.parameters() if p.requires_grad]
    ottimizzatore = torch.optim.SGD(pesi, lr=0.01, momentum=0.9) if seme == 1 else torch.optim.Adam(pesi, lr=1e-3)
    referto = visita_medica(modello, (x, y), loss_fn, ottimizzatore)
    assert referto.sano, str(referto)


# I malati che la visita deve trovare


class _Lettrice(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.testa = nn.GRU(28, 16), nn.Linear(16, 10)

    def forward(self, x):
        return self.testa(self.gru(x.view(28, -1, 28))[1][0])


class _Staccata(nn.Module):
    def __init__(self):
        super().__init__()
        self.corpo, self.testa = nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU()), nn.Linear(16, 10)

    def forward(self, x):
        return self.testa(self.corpo(x).detach())


class _SempreDropout(nn.Module):
    def __init__(self):
        super().__init__()
        self.rete = _mlp()

    def forward(self, x):
        return F.dropout(self.rete(x), 0.5)


class _MisuraFissa(nn.Module):
    def __init__(self):
        super().__init__()
        self.rete = _mlp()

    def forward(self, x):
        return self.rete(x.view(32, 784))


def _con_bias(valore: float) -> nn.Module:
    modello = _mlp()
    nn.init.constant_(modello[1].bias, valore)
    return modello


def _malati(seme: int) -> dict[str, tuple]:
    """Per ogni malato: modello, batch, loss, ottimizzatore, gli esami che devono trovarlo."""
    torch.manual_seed(seme)
    x, y = _batch(seme)
    ce, altro, esplode = F.cross_entropy, _mlp(), _mlp()
    a_mano = torch.randn(32, 3, generator=_caso(seme))
    return {
        "softmax": (_mlp(nn.Softmax(dim=1)), (x, y), ce, None, {"uscita", "un batch"}),
        "view": (_Lettrice(), (x, y), ce, None, {"indipendenza"}),
        "grafo staccato": (_Staccata(), (x, y), ce, None, {"gradienti"}),
        "relu morte": (_con_bias(-15.0), (x, y), ce, None, {"gradienti", "attivazioni", "un batch"}),
        "pesi di un altro": (_mlp(), (x, y), ce, _adam(altro), {"ottimizzatore"}),
        "lr": (esplode, (x, y), ce, torch.optim.SGD(esplode.parameters(), lr=5.0), {"primi passi"}),
        "broadcasting": (
            nn.Linear(3, 1),
            *((a_mano, a_mano.sum(1)), lambda p, v: ((p - v) ** 2).mean(), None, {"forme"}),
        ),
        "pixel grezzi": (_mlp(), (255 * x.abs(), y), ce, None, {"ingressi", "loss iniziale"}),
        "dropout sempre acceso": (_SempreDropout(), (x, y), ce, None, {"ripetibilità"}),
        "batch di misura fissa": (_MisuraFissa(), (x, y), ce, None, {"indipendenza"}),
    }


@pytest.mark.parametrize("seme", SEMI)
@pytest.mark.parametrize("nome", list(_malati(0)))
def test_ogni_malato_e_scoperto(nome, seme):
    modello, batch, loss_fn, ottimizzatore, attesi = _malati(seme)[nome]
    referto = visita_medica(modello, batch, loss_fn, ottimizzatore)
    assert attesi <= set(referto.malati), str(referto)


def test_un_ottimizzatore_con_pesi_di_troppo():
    modello, altro = _mlp(), nn.Linear(2, 2)
    ottimizzatore = torch.optim.Adam([*modello.parameters(), *altro.parameters()])
    assert visita_medica(modello, _batch(), F.cross_entropy, ottimizzatore).malati == ["ottimizzatore"]


# Gli esami che guardano il ciclo, i dati, le misure


def _passo_sano(modello, ottimizzatore, x, y):
    ottimizzatore.zero_grad()
    _passo_malato(modello, ottimizzatore, x, y)


def _passo_malato(modello, ottimizzatore, x, y):
    F.cross_entropy(modello(x), y).backward()
    ottimizzatore.step()


def _passo_in_fondo(modello, ottimizzatore, x, y):
    _passo_malato(modello, ottimizzatore, x, y)
    ottimizzatore.zero_grad()


@pytest.mark.parametrize("seme", SEMI)
@pytest.mark.parametrize("quale", ["sgd", "momentum", "adam", "adamw"])
def test_azzeramento(seme, quale):
    torch.manual_seed(seme)
    modello = _mlp(nn.Dropout(0.2))
    pesi = modello.parameters()
    ottimizzatore = {
        "sgd": lambda: torch.optim.SGD(pesi, lr=0.1),
        "momentum": lambda: torch.optim.SGD(pesi, lr=0.1, momentum=0.9),
        "adam": lambda: torch.optim.Adam(pesi, lr=0.1),
        "adamw": lambda: torch.optim.AdamW(pesi, lr=0.1, weight_decay=0.5),
    }[quale]()
    batch = _batch(seme)
    assert esami.esame_azzeramento(_passo_sano, modello, ottimizzatore, batch).sano
    assert esami.esame_azzeramento(_passo_in_fondo, modello, ottimizzatore, batch).sano is None
    assert esami.esame_azzeramento(_passo_malato, modello, ottimizzatore, batch).sano is False
    assert ottimizzatore.param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize("strato", [nn.Dropout(0.5), nn.BatchNorm1d(10)], ids=["dropout", "batch norm"])
def test_valutazione(strato):
    modello = _mlp(strato)
    dati = BatchInMemoria(*_batch(0, 200), 50)

    def senza_eval(modello, dati):
        with torch.no_grad():
            return sum(float(F.cross_entropy(modello(x), y)) for x, y in dati)

    assert esami.esame_valutazione(lambda m, d: valuta(m, d, F.cross_entropy), modello, dati).sano
    assert esami.esame_valutazione(senza_eval, modello, dati).sano is False


@pytest.mark.parametrize("seme", SEMI)
@pytest.mark.parametrize("classi", [2, 10])
def test_mescolanza(seme, classi):
    x = torch.randn(400, 3, generator=_caso(seme))
    y = torch.randint(0, classi, (400,), generator=_caso(seme))
    fila = y.argsort()
    assert esami.esame_mescolanza(BatchInMemoria(x, y, 32)).sano
    assert esami.esame_mescolanza(list(zip(x[fila].split(32), y[fila].split(32), strict=True))).sano is False
    assert esami.esame_mescolanza([(x, y)]).sano is None


def test_separazione():
    x = torch.randn(50, 2, 3, generator=_caso())
    assert esami.esame_separazione(x[:30], x[30:]).sano
    esame = esami.esame_separazione(x[:30], x[28:])
    assert esame.sano is False
    assert "2 esempi di validazione su 22" in esame.detto


@pytest.mark.parametrize("seme", SEMI)
@pytest.mark.parametrize("classi", [2, 5])
def test_etichette(seme, classi):
    caso = _caso(seme)
    y = torch.randint(0, classi, (400,), generator=caso)
    x = 3 * torch.randn(classi, 8, generator=caso)[y] + torch.randn(400, 8, generator=caso)
    assert esami.esame_etichette(x, y).sano
    assert esami.esame_etichette(x, y[torch.randperm(400, generator=caso)]).sano is False
    assert esami.esame_etichette(x[:20], y[:20]).sano is None
    assert esami.esame_etichette(x, y.float()).sano is None


def test_statistiche():
    x = torch.randn(300, 4, generator=_caso())
    altri = torch.randn(100, 4, generator=_caso(1))
    assert esami.esame_statistiche(x, altri).sano
    for storti in (altri + 1, altri * 3, altri / 100, (altri * 0.3 + 0.13) / 255):
        assert esami.esame_statistiche(x, storti).sano is False


@pytest.mark.parametrize("seme", SEMI)
def test_media(seme):
    x, y = _batch(seme, 103)
    modello = _mlp().eval()

    def medie(dati):
        return sum(float(accuratezza(modello(a), b)) for a, b in dati) / len(dati)

    assert esami.esame_media(lambda dati: valuta(modello, dati, F.cross_entropy), x, y).sano
    assert esami.esame_media(medie, x, y).sano is False


def test_seme():
    def senza():
        return torch.randn(3)

    def con():
        torch.manual_seed(0)
        return torch.randn(3)

    assert esami.esame_seme(con).sano
    assert esami.esame_seme(senza).sano is False
    assert esami.esame_seme(lambda: [random.random(), 1.0]).sano is False
    assert esami.esame_seme(lambda: np.random.rand()).sano is False
    assert esami.esame_seme(lambda: 0.5).sano


# La visita non lascia tracce


def test_la_visita_non_cambia_nulla():
    torch.manual_seed(3)
    modello = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 10)
    )
    ottimizzatore = _adam(modello)
    x, y = _batch()
    F.cross_entropy(modello(x), y).backward()
    ottimizzatore.step()
    modello[2].eval()  # una modalità mista deve restare mista
    prima = copy.deepcopy((modello.state_dict(), ottimizzatore.state_dict(), x, y))
    gradienti = [p.grad.clone() for p in modello.parameters()]
    modalita = [modulo.training for modulo in modello.modules()]
    caso = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    visita_medica(modello, (x, y), F.cross_entropy, ottimizzatore)
    dopo = (modello.state_dict(), ottimizzatore.state_dict(), x, y)
    torch.testing.assert_close(dopo, prima, rtol=0, atol=0)
    assert all(torch.equal(a, p.grad) for a, p in zip(gradienti, modello.parameters(), strict=True))
    assert modalita == [modulo.training for modulo in modello.modules()]
    assert torch.equal(caso[0], torch.get_rng_state())
    assert caso[1] == random.getstate()
    assert np.array_equal(caso[2], np.random.get_state()[1])
    assert not any(modulo._forward_hooks for modulo in modello.modules())


def test_la_visita_vale_anche_dentro_no_grad_e_due_volte():
    modello, batch = _mlp(), _batch()
    with torch.no_grad():
        prima = visita_medica(modello, batch, F.cross_entropy)
    assert prima.sano
    assert prima == visita_medica(modello, batch, F.cross_entropy)


def test_la_copia_tiene_insieme_modello_e_ottimizzatore():
    modello = nn.Linear(2, 1)
    ottimizzatore = torch.optim.SGD(modello.parameters(), lr=0.1)
    with una_copia(modello, ottimizzatore) as (copia, suo):
        assert suo.param_groups[0]["params"][0] is copia.weight
        assert copia.weight is not modello.weight


# Il referto, e le richieste sbagliate


def test_il_referto_si_legge():
    referto = Referto((Esame("uno", True, "bene"), Esame("due", False, "male"), Esame("tre", None, "non vale")))
    assert str(referto) == "✓ uno: bene\n✗ due: male\n– tre: non vale"
    assert referto.malati == ["due"]
    assert not referto.sano


def test_un_modello_che_non_va_avanti_e_detto_nel_referto():
    referto = visita_medica(nn.Linear(5, 2), (torch.ones(4, 3), torch.zeros(4).long()), F.cross_entropy)
    assert referto.malati == ["forward"]
    assert "si ferma con RuntimeError" in str(referto)


@pytest.mark.parametrize(
    ("loss_fn", "detto"),
    [(nn.CrossEntropyLoss(reduction="none"), "un numero solo"), (lambda p, y: p.sum() * float("nan"), "NaN")],
    ids=["senza media", "nan"],
)
def test_una_loss_che_non_e_un_numero(loss_fn, detto):
    referto = visita_medica(_mlp(), _batch(), loss_fn)
    assert referto.malati == ["forward"]
    assert detto in str(referto)


def test_un_modello_gia_addestrato_non_ha_la_prima_loss():
    modello, (x, y) = _mlp(), _batch()
    ottimizzatore = _adam(modello, 1e-2)
    for _ in range(40):
        _passo_sano(modello, ottimizzatore, x, y)
    esiti = {esame.nome: esame.sano for esame in visita_medica(modello, (x, y), F.cross_entropy).esami}
    assert esiti["loss iniziale"] is None


def test_i_pesi_muti_hanno_un_nome():
    esame = esame_gradienti(_Staccata(), _batch(), F.cross_entropy)
    assert "corpo.1.weight, corpo.1.bias" in esame.detto
    assert "2 tensori di pesi su 4" in esame.detto


class _NonCopiabile(nn.Linear):
    def __deepcopy__(self, memo):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("argomenti", "errore", "detto"),
    [
        (("rete", _batch(), F.cross_entropy), TypeError, "nn.Module"),
        ((_mlp(), _batch()[0], F.cross_entropy), TypeError, "coppia"),
        ((_mlp(), [1, 2], F.cross_entropy), TypeError, "due tensori"),
        ((_mlp(), _batch(), "mse"), TypeError, "funzione"),
        ((_mlp(), _batch(), nn.CrossEntropyLoss), TypeError, "con le parentesi"),
        ((_mlp(), _batch(), F.cross_entropy, 0.1), TypeError, "Optimizer"),
        ((_mlp(), (torch.ones(4, 784), torch.ones(3)), F.mse_loss), ValueError, "non coincide"),
        ((_mlp(), (torch.ones(1, 784), torch.ones(1)), F.mse_loss), ValueError, "due esempi"),
        ((nn.Linear(3, 1, device="meta"), (torch.ones(4, 3), torch.ones(4)), F.mse_loss), ValueError, "dispositivi"),
        ((_NonCopiabile(3, 1), (torch.ones(4, 3), torch.ones(4, 1)), F.mse_loss), TypeError, "copia"),
    ],
)
def test_le_richieste_sbagliate_hanno_una_risposta_chiara(argomenti, errore, detto):
    with pytest.raises(errore, match=detto):
        visita_medica(*argomenti)


def _classi():
    caso = torch.Generator().manual_seed(3)
    return torch.randn(32, 12, generator=caso), torch.randint(4, (32,), generator=caso)


def test_una_loss_che_nasce_negativa_puo_essere_sana():
    torch.manual_seed(0)
    x = torch.randn(32, 5)
    modello = nn.Linear(5, 5)
    ottimizzatore = torch.optim.Adam(modello.parameters(), lr=1e-3)

    def somiglianza(previsione, y):
        return -nn.functional.cosine_similarity(previsione, y).mean() - 0.5

    assert "primi passi" not in visita_medica(modello, (x, x), somiglianza, ottimizzatore).malati


@pytest.mark.parametrize("in_fondo", [nn.Identity(), nn.Softmax(dim=1)], ids=["logit", "probabilità"])
def test_nll_loss_vuole_i_logaritmi(in_fondo):
    torch.manual_seed(0)
    x, y = _classi()
    modello = nn.Sequential(nn.Linear(12, 4), in_fondo)
    with torch.no_grad():
        modello[0].bias.fill_(0.5)
    assert "uscita" in visita_medica(modello, (x, y), nn.functional.nll_loss).malati
    sana = nn.Sequential(nn.Linear(12, 4), nn.LogSoftmax(dim=1))
    assert not visita_medica(sana, (x, y), nn.functional.nll_loss).malati


def test_una_loss_che_non_sa_che_farsene_di_una_tupla():
    caso = _caso()
    batch = torch.randn(16, 5, 12, generator=caso), torch.randint(0, 4, (16,), generator=caso)
    referto = visita_medica(nn.GRU(12, 4, batch_first=True), batch, F.cross_entropy)
    assert referto.malati == ["forward"]
    assert str(referto).startswith("✗ forward: il modello restituisce una tupla, e la loss si ferma con TypeError")
    assert "lambda" in str(referto)


def test_neanche_il_batch_e_la_loss_si_toccano():
    class Arrogante(nn.Module):
        def __init__(self):
            super().__init__()
            self.strato = nn.Linear(12, 4)

        def forward(self, x):
            return self.strato(x.mul_(0.5))

    class ConPesi(nn.CrossEntropyLoss):
        def __init__(self):
            super().__init__()
            self.peso = nn.Parameter(torch.ones(1))

        def forward(self, previsione, y):
            return super().forward(self.peso * previsione, y)

    (x, y), loss_fn = _classi(), ConPesi()
    prima = x.clone()
    visita_medica(Arrogante(), (x, y), loss_fn)
    assert torch.equal(x, prima)
    assert loss_fn.peso.grad is None
