"""I dati di riserva: 60000 + 10000 immagini 28×28 ricavate dalle 1797 cifre vere dell'archivio UCI.

Le cifre (8×8, scritte a mano da 43 persone) arrivano con scikit-learn, quindi senza rete. Fonte: E. Alpaydin,
C. Kaynak, «Optical Recognition of Handwritten Digits», UCI, 1998, https://doi.org/10.24432/C50P49.
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F

from corso_pytorch.dati import cartelle, integrita

# Di quanto varia ogni copia, in più e in meno: 12 gradi, il 15 % di scala, l'inclinazione, 2 punti su 28 in x e in y
# (grid_sample li misura in mezze larghezze: 14 punti valgono 1).
_VARIAZIONI = torch.tensor([math.radians(12), 0.15, 0.2, 2 / 14, 2 / 14]).view(5, 1)
_QUOTA_DI_TEST = 0.2


def costruisci(cartella: Path) -> Path:
    """Costruisce le cifre di riserva sotto ``cartella`` e restituisce la radice da dare a torchvision.

    Gli originali si dividono prima in addestramento e test, poi si variano: nessuna cifra di test è la copia
    storta di una di addestramento.

    Raises:
        OSError: non si può scrivere in ``cartella``.
    """
    radice = cartella / integrita.RISERVA
    with cartelle.cartella_provvisoria(cartella) as provvisoria:
        integrita.scrivi(provvisoria, _immagini_ed_etichette())
        integrita.metti_a_posto(provvisoria, radice)
    return radice


def _immagini_ed_etichette() -> dict[str, torch.Tensor]:
    caso = torch.Generator().manual_seed(1797)
    immagini, etichette = _originali()
    dati = {}
    for prefisso, scelte, quante in zip(("train", "t10k"), _divisi(etichette, caso), (60_000, 10_000), strict=True):
        indici = scelte[torch.arange(quante) % len(scelte)][torch.randperm(quante, generator=caso)]
        blocchi = [_varia(immagini[blocco], caso) for blocco in indici.split(5000)]  # tutte insieme: troppa memoria
        dati[f"{prefisso}-images-idx3-ubyte"] = torch.cat(blocchi)
        dati[f"{prefisso}-labels-idx1-ubyte"] = etichette[indici].to(torch.uint8)
    return dati


def _divisi(etichette: torch.Tensor, caso: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Gli indici degli originali di addestramento e di test: di ogni cifra la stessa quota."""
    di_test = torch.zeros(len(etichette), dtype=torch.bool)
    for cifra in range(10):
        indici = (etichette == cifra).nonzero().flatten()
        di_test[indici[torch.randperm(len(indici), generator=caso)[: round(_QUOTA_DI_TEST * len(indici))]]] = True
    return (~di_test).nonzero().flatten(), di_test.nonzero().flatten()


def _originali() -> tuple[torch.Tensor, torch.Tensor]:
    """Le 1797 cifre, portate da 8×8 a 20×20 e centrate in 28×28 come fa MNIST, con valori fra 0 e 1."""
    from sklearn.datasets import load_digits

    cifre = load_digits()
    piccole = torch.from_numpy(cifre.images).float().unsqueeze(1) / 16
    grandi = F.interpolate(piccole, size=(20, 20), mode="bicubic", align_corners=False)
    # L'ingrandimento sfuma i tratti: un po' di contrasto li avvicina a quelli di MNIST.
    grandi = ((grandi - 0.55) * 1.8 + 0.5).clamp(0, 1)
    return F.pad(grandi, (4, 4, 4, 4)), torch.from_numpy(cifre.target)


def _varia(immagini: torch.Tensor, caso: torch.Generator) -> torch.Tensor:
    """Ruota, ingrandisce, inclina e sposta ogni immagine a modo suo: da N×1×28×28 fra 0 e 1 a N×28×28 uint8."""
    angolo, scala, inclinazione, dx, dy = _VARIAZIONI * (torch.rand(5, len(immagini), generator=caso) * 2 - 1)
    coseno, seno = angolo.cos() / (1 + scala), angolo.sin() / (1 + scala)
    righe = [coseno, inclinazione * coseno - seno, dx, seno, inclinazione * seno + coseno, dy]
    griglia = F.affine_grid(torch.stack(righe, dim=1).view(-1, 2, 3), list(immagini.shape), align_corners=False)
    variate = F.grid_sample(immagini, griglia, align_corners=False)
    return (variate.squeeze(1) * 255).round().clamp(0, 255).to(torch.uint8)
