"""L'esame della rete dell'esercizio 9.6: reti vere, addestrate qui, e i loro guasti."""

import copy

import pytest
import torch
import torchaudio.functional as AF
import torchaudio.transforms as T
from torch import nn

from corso_pytorch import controlla, imposta_seme
from corso_pytorch.addestramento import addestra
from corso_pytorch.lezioni.l09_audio import orecchio
from corso_pytorch.lezioni.l09_audio.strumenti import accordi
from corso_pytorch.ricetta import BatchInMemoria


class Orecchio(nn.Module):
    def __init__(self, riassumi, entrano=129, n_fft=1024):
        super().__init__()
        self.riassumi = riassumi
        self.spettrogramma = T.Spectrogram(n_fft=n_fft, hop_length=512)
        self.strati = nn.Sequential(nn.BatchNorm1d(entrano), nn.Linear(entrano, 4))

    def forward(self, onde):
        return self.strati(self.riassumi(self.spettrogramma(onde)[:, :129]))


def _logaritmo(potenza):
    return torch.log(potenza.mean(dim=-1) + 1e-5)


def _quota_di_potenza(potenza):
    return potenza.mean(dim=-1) / potenza.mean(dim=-1).sum(dim=1, keepdim=True)


class Convolutiva(nn.Sequential):
    """Una CNN sul Mel in scala logaritmica, normalizzato suono per suono: come quella degli strumenti."""

    def __init__(self):
        super().__init__(
            *(nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(8), nn.ReLU()),
            *(nn.Conv2d(8, 16, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(16), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(16 * 10 * 4, 4), nn.LogSoftmax(dim=1)),
        )
        self.mel = T.MelSpectrogram(8000, n_fft=1024, hop_length=256, n_mels=40, f_max=1200)

    def forward(self, onde):
        immagini = torch.log(self.mel(onde) + 1e-2)
        deviazioni, medie = torch.std_mean(immagini, dim=(1, 2), keepdim=True)
        immagini = ((immagini - medie) / deviazioni)[:, None]
        for nome, strato in self.named_children():
            immagini = immagini if nome == "mel" else strato(immagini)
        return immagini


@pytest.fixture(scope="module")
def suoni():
    onde, y = accordi(80, seme=1)
    caso = torch.Generator().manual_seed(4)
    snr = 40 * torch.rand(len(onde), generator=caso) - 10
    rumorose = AF.add_noise(onde, torch.randn(onde.shape, generator=caso), snr)
    return {"puliti": (onde, y), "con rumore": (torch.cat([onde, rumorose]), torch.cat([y, y]))}


def _addestrata(rete, dati, epoche=6):
    addestra(
        rete, BatchInMemoria(*dati, batch_size=40), nn.CrossEntropyLoss(), torch.optim.Adam(rete.parameters(), 1e-2),
        epoche,
    )  # fmt: skip
    return rete


def _detto(rete) -> str:
    prima, seconda = controlla("9.6", rete), controlla("9.6", rete)
    assert prima == seconda
    return prima.messaggio or prima.stato


@pytest.fixture(scope="module")
def buona(suoni):
    imposta_seme(0)
    return _addestrata(Orecchio(_logaritmo), suoni["con rumore"])


def test_una_rete_addestrata_con_il_rumore_passa_e_resta_com_era(buona):
    prima = copy.deepcopy(buona.train().state_dict())
    assert _detto(buona) == "corretto"
    assert all(modulo.training for modulo in buona.modules())
    assert all(torch.equal(valore, prima[nome]) for nome, valore in buona.state_dict().items())


@pytest.mark.parametrize(
    ("rete", "dati"),
    [
        (Convolutiva, "con rumore"),
        (lambda: Orecchio(_quota_di_potenza), "puliti"),  # senza logaritmo, il silenzio non si ingrandisce
    ],
    ids=["convolutiva", "senza logaritmo"],
)
def test_passa_anche_una_rete_fatta_in_tutt_altro_modo(rete, dati, suoni):
    imposta_seme(0)
    assert _detto(_addestrata(rete(), suoni[dati], epoche=10)) == "corretto"


def test_chi_non_ha_mai_sentito_il_rumore_lo_sa(suoni):
    imposta_seme(0)
    assert "Di rumore così forte ne ha mai sentito?" in _detto(_addestrata(Orecchio(_logaritmo), suoni["puliti"]))


def test_chi_divide_per_il_volume_di_tutto_il_batch_lo_sa(suoni):
    class SulBatch(Orecchio):
        def forward(self, onde):
            return super().forward(onde / onde.std())

    imposta_seme(0)
    assert _detto(_addestrata(SulBatch(_logaritmo), suoni["con rumore"])) == orecchio.DIPENDE_DAL_BATCH


def test_righe_troppo_larghe_non_separano_le_note(suoni):
    imposta_seme(0)
    larga = Orecchio(lambda potenza: _logaritmo(potenza[:, :5]), entrano=5, n_fft=64)
    assert "righe dello spettrogramma" in _detto(_addestrata(larga, suoni["con rumore"], epoche=1))


def test_gli_accordi_con_un_altro_nome(buona):
    class Scambiata(nn.Module):
        def __init__(self):
            super().__init__()
            self.dentro = buona

        def forward(self, onde):
            return self.dentro(onde)[:, [1, 0, 2, 3]]

    assert _detto(Scambiata()) == orecchio.ORDINE
