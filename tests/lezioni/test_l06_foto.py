"""La cartella di foto della lezione 06 e l'esame dell'esercizio 6.6, con riconoscitori di ogni genere."""

import pytest
import torch
from torchvision.datasets import ImageFolder
from torchvision.transforms.v2 import functional as F

from corso_pytorch.lezioni.l06_ecosistema import foto
from corso_pytorch.verifiche.registro import controlla


def _detto(risposta) -> str:
    prima, seconda = controlla("6.6", risposta), controlla("6.6", risposta)
    assert prima == seconda
    return prima.messaggio or prima.stato


def _sa_gia(immagine) -> str:
    """Conosce le foto di prova: è il modo più corto di averle tutte giuste."""
    return next(classe for una, classe in foto.foto_di_prova() if una.tobytes() == immagine.tobytes())


def test_la_cartella_si_rifa_uguale(tmp_path):
    foto.cartella_di_foto(tmp_path, 3)
    prima = {f.relative_to(tmp_path): f.read_bytes() for f in tmp_path.rglob("*.png")}
    foto.cartella_di_foto(tmp_path, 3)
    assert prima == {f.relative_to(tmp_path): f.read_bytes() for f in tmp_path.rglob("*.png")}
    dati = ImageFolder(tmp_path)
    assert (dati.classes, dati.targets) == (["fiore", "tempio"], [0, 0, 0, 1, 1, 1])


def test_chi_le_indovina_passa():
    assert _detto(_sa_gia) == "corretto"
    assert len(foto.foto_di_prova()) == 2 * foto.DI_PROVA


def test_chi_guarda_solo_il_colore_medio_non_basta(tmp_path):
    dati = ImageFolder(foto.cartella_di_foto(tmp_path), lambda una: F.to_image(una).float().mean((1, 2)))
    x, y = torch.stack([una for una, _ in dati]), torch.tensor(dati.targets)
    medie = torch.stack([x[y == classe].mean(0) for classe in (0, 1)])

    def riconosci(immagine):
        return dati.classes[(F.to_image(immagine).float().mean((1, 2)) - medie).norm(dim=1).argmin().item()]

    assert "ne servono almeno 38" in _detto(riconosci)


@pytest.mark.parametrize(
    ("riconosci", "diagnosi"),
    [
        (lambda una: {"fiore": "tempio", "tempio": "fiore"}[_sa_gia(una)], foto.SCAMBIATI),
        (lambda una: "fiore" if torch.rand(()) < 0.5 else "tempio", foto.A_CASO),
        (lambda una: torch.nn.Conv2d(3, 2, 3)(F.to_image(una)[None]), "La foto è ancora fatta di interi"),
        (lambda una: torch.nn.BatchNorm2d(3)(F.to_image(una).float()), "un'immagine sola si passa con [None]"),
        (lambda una: torch.nn.Linear(100, 2)(F.to_image(una).float().flatten()[None]), "lati diversi"),
        (lambda una: "gatto", "«gatto» non è una classe"),
        (lambda una: 1, foto.SERVE_IL_NOME),
    ],
)
def test_un_guasto_ha_la_sua_diagnosi(riconosci, diagnosi):
    assert diagnosi in _detto(riconosci)
