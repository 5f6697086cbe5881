"""L'esame della rete dell'esercizio 4.7: reti vere, addestrate qui, e i loro guasti."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from corso_pytorch import controlla, imposta_seme
from corso_pytorch.addestramento import addestra
from corso_pytorch.dati import carica_in_memoria, prepara_mnist
from corso_pytorch.lezioni.l04_cnn import rete_tua
from corso_pytorch.modelli import CNN


class Piccola(nn.Sequential):
    def __init__(self):
        super().__init__(
            *(nn.Conv2d(1, 8, 5, stride=2, bias=False), nn.BatchNorm2d(8), nn.ReLU()),
            *(nn.Conv2d(8, 16, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(16), nn.ReLU()),
            *(nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(32), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(288, 10)),
        )


class ConDropout(nn.Module):
    """Senza batch normalization né pooling, e con il dropout spento a mano."""

    def __init__(self):
        super().__init__()
        self.primo = nn.Conv2d(1, 16, 4, stride=2)
        self.secondo = nn.Conv2d(16, 12, 3, stride=2)
        self.ultimo = nn.Linear(12 * 6 * 6, 10)

    def forward(self, x):
        x = self.secondo(self.primo(x).relu()).relu()
        x = F.dropout(x.reshape(len(x), -1), 0.1, training=self.training)
        return self.ultimo(x).log_softmax(dim=1)


@pytest.fixture(scope="module")
def dati():
    immagini, etichette = carica_in_memoria(prepara_mnist())
    x = immagini[:, None] / 255
    pronte = (x - x.mean()) / x.std()
    return TensorDataset(pronte[:20_000], etichette[:20_000])


def _addestrata(rete, dati, epoche=2):
    imposta_seme(0)
    batch = DataLoader(dati, batch_size=64, shuffle=True)
    ottimizzatore = torch.optim.AdamW(rete.parameters(), lr=0.005)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(ottimizzatore, max_lr=0.005, total_steps=epoche * len(batch))
    addestra(rete, batch, nn.CrossEntropyLoss(), ottimizzatore, epoche, scheduler=scheduler)
    return rete


@pytest.fixture(scope="module")
def buona(dati):
    imposta_seme(0)
    return _addestrata(Piccola(), dati)


def _detto(rete) -> str:
    prima, seconda = controlla("4.7", rete), controlla("4.7", rete)
    assert prima == seconda
    return prima.messaggio or prima.stato


def test_una_rete_addestrata_passa_e_resta_com_era(buona):
    prima = copy.deepcopy(buona.train().state_dict())
    assert _detto(buona) == "corretto"
    assert all(modulo.training for modulo in buona.modules())
    assert all(torch.equal(valore, prima[nome]) for nome, valore in buona.state_dict().items())


def test_passa_anche_una_rete_fatta_in_tutt_altro_modo(dati):
    imposta_seme(0)
    assert _detto(_addestrata(ConDropout(), dati, epoche=4)) == "corretto"


class Guasta(nn.Module):
    def __init__(self, rete, guasto):
        super().__init__()
        self.rete, self.guasto = rete, guasto

    def forward(self, x):
        return self.guasto(self.rete, x)


@pytest.mark.parametrize(
    ("guasto", "diagnosi"),
    [
        (lambda rete, x: rete(x).softmax(dim=1), rete_tua.CON_SOFTMAX),
        (lambda rete, x: rete(x).sigmoid(), rete_tua.CON_SIGMOIDE),
        (lambda rete, x: rete(x).argmax(dim=1), "servono i logit, dieci per immagine"),
        (lambda rete, x: rete(x).squeeze(), "Entra un'immagine 1×28×28, ed esce un tensore float32 di forma (10,)"),
        (lambda rete, x: rete(x).T, "di forma (10, 7)"),
        (lambda rete, x: print(rete(x)), "manca il return nel forward?"),
        (lambda rete, x: (rete(x), x), "esce una tupla"),
        (lambda rete, x: rete(x) / 0, "inf o NaN"),
        (lambda rete, x: rete(x.view(32, 1, 28, 28)), "la rete si ferma con RuntimeError"),
        (lambda rete, x: rete(F.dropout(x, 0.3)), rete_tua.DROPOUT_ACCESO),
        (lambda rete, x: rete.train()(x), rete_tua.DIPENDE_DAL_BATCH),
        (lambda rete, x: rete((x - 0.13) / 0.31), rete_tua.FRA_ZERO_E_UNO),
        (lambda rete, x: rete((x / 255 - 0.13) / 0.31), rete_tua.FRA_ZERO_E_UNO),
        (lambda rete, x: rete(x).roll(1, dims=1), rete_tua.A_CASO),
    ],
)
def test_un_guasto_ha_la_sua_diagnosi(buona, guasto, diagnosi):
    assert diagnosi in _detto(Guasta(copy.deepcopy(buona), guasto))


def test_le_medie_accumulate_non_sono_pronte(buona):
    rete = copy.deepcopy(buona)
    for modulo in rete.modules():
        if isinstance(modulo, nn.BatchNorm2d):
            modulo.reset_running_stats()
    assert _detto(rete) == rete_tua.SOLO_IN_TRAIN


class ConvoluzioneInLista(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocchi = [nn.Conv2d(1, 4, 5, stride=4)]
        self.uscita = nn.Linear(144, 10)

    def forward(self, x):
        return self.uscita(self.blocchi[0](x).relu().flatten(1))


@pytest.mark.parametrize(
    ("risposta", "diagnosi"),
    [
        (CNN(), "I parametri sono 29434: devono essere meno di 10000."),
        (CNN, "hai consegnato la classe"),
        (Piccola().state_dict(), "un nn.Module, e invece"),
        (lambda: Piccola(), "un nn.Module, e invece"),
        (ConvoluzioneInLista(), "non dentro una lista"),
        (Piccola(), rete_tua.A_CASO),
    ],
)
def test_una_risposta_che_non_e_la_rete_chiesta(risposta, diagnosi):
    assert diagnosi in _detto(risposta)


def test_poche_immagini_non_bastano(dati):
    x, y = dati.tensors
    imposta_seme(0)
    detto = _detto(_addestrata(Piccola(), TensorDataset(x[:1600], y[:1600])))
    assert "Su 2000 immagini di test ne riconosce" in detto
    assert "batch normalization" not in detto, "ne ha già una dopo ogni convoluzione"


def test_con_le_etichette_di_un_altro_non_si_impara(dati):
    x, y = dati.tensors
    imposta_seme(0)
    confuse = TensorDataset(x[:6400], y[:6400].roll(1))
    assert _detto(_addestrata(Piccola(), confuse, epoche=1)) == rete_tua.A_CASO
