"""La cartella di foto della lezione 06 e l'esame dell'esercizio 6.1, con riconoscitori di ogni genere."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from corso_pytorch.addestramento import una_epoca
from corso_pytorch.lezioni.l06_ecosistema import foto
from corso_pytorch.verifiche.registro import controlla


def _detto(risposta) -> str:
    prima, seconda = controlla("6.1", risposta), controlla("6.1", risposta)
    assert prima == seconda
    return prima.messaggio or prima.stato


def _sa_gia(immagine) -> str:
    """Conosce le foto di prova: è il modo più corto di averle tutte giuste. Delle altre dice «fiore»."""
    return next((classe for una, classe in foto.foto_di_prova() if una.tobytes() == immagine.tobytes()), "fiore")


IN_NUMERI = [v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5] * 3, [0.25] * 3)]
A_CASO = v2.Compose([v2.ToImage(), v2.RandomResizedCrop(48, scale=(0.5, 1)), v2.ColorJitter(0.3, 0.3, 0.3), *IN_NUMERI])
FISSA = v2.Compose([v2.ToImage(), v2.Resize((48, 48)), *IN_NUMERI])


@pytest.fixture(scope="module")
def rete(tmp_path_factory):
    torch.manual_seed(0)
    dati = ImageFolder(foto.cartella_di_foto(tmp_path_factory.mktemp("foto")), A_CASO)
    dati = DataLoader(dati, batch_size=12, shuffle=True)
    rete = nn.Sequential(
        *(nn.Conv2d(3, 16, 3, stride=2), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, stride=2), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(32, 2)),
    )
    ottimizzatore = torch.optim.AdamW(rete.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(ottimizzatore, max_lr=0.01, total_steps=15 * len(dati))
    for _ in range(15):
        una_epoca(rete, dati, nn.CrossEntropyLoss(), ottimizzatore, scheduler)
    return rete


def _con(rete, catena, eval_=True):
    def riconosci(immagine):
        with torch.no_grad():
            return ["fiore", "tempio"][rete.train(not eval_)(catena(immagine)[None]).argmax().item()]

    return riconosci


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


def test_una_rete_vera_passa_e_chi_varia_a_caso_si_scopre_sempre(rete):
    assert _detto(_con(rete, FISSA)) == "corretto"
    parti = A_CASO.transforms
    for catena in (A_CASO, v2.Compose([*parti[:2], *parti[3:]]), v2.Compose([*FISSA.transforms[:2], *parti[2:]])):
        assert _detto(_con(rete, catena)) == foto.A_CASO


def test_chi_passa_per_un_dataloader_passa():
    def riconosci(immagine):
        [numeri] = DataLoader([F.pil_to_tensor(immagine)])
        return _sa_gia(F.to_pil_image(numeri[0]))

    assert _detto(riconosci) == "corretto"


def test_chi_resta_in_train_lo_legge_e_la_sua_rete_non_ne_soffre(rete):
    """Le medie della batch normalization si spostano a ogni foto: senza rimetterle, `eval()` non basterebbe più."""
    senza_dropout = nn.Sequential(*(strato for strato in rete if not isinstance(strato, nn.Dropout)))
    for _ in range(3):
        assert _detto(_con(senza_dropout, FISSA, eval_=False)) == foto.IN_TRAIN
    assert _detto(_con(senza_dropout, FISSA)) == "corretto"


def test_chi_ne_sbaglia_sa_quante():
    detto = _detto(lambda una: _sa_gia(una) if una.size[0] > 100 else "fiore")
    assert "ne servono almeno 38" in detto and "Anche nella cartella" in detto
    assert detto.endswith(".")  # un messaggio lungo verrebbe tagliato


def test_chi_sa_solo_la_cartella_impara_a_variare(tmp_path):
    note = {
        una.tobytes(): dati.classes[y] for dati in [ImageFolder(foto.cartella_di_foto(tmp_path))] for una, y in dati
    }
    sbagliate = [una.tobytes() for una, _ in foto.foto_di_prova()[-5:]]
    detto = _detto(lambda una: "fiore" if una.tobytes() in sbagliate else note.get(una.tobytes()) or _sa_gia(una))
    assert detto.endswith("varia tagli e colori, e addestra più a lungo.")


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
