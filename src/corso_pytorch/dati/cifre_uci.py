"""I dati di riserva: 60000 + 10000 immagini 28×28 ricavate dalle 1797 cifre vere dell'archivio UCI.

Le cifre (8×8, scritte a mano da 43 persone) arrivano con scikit-learn, quindi senza rete. Fonte: E. Alpaydin,
C. Kaynak, «Optical Recognition of Handwritten Digits», UCI, 1998, https://doi.org/10.24432/C50P49.
"""

import json
import math
import os
from pathlib import Path

import torch
import torch.nn.functional as F

from corso_pytorch.dati import integrita
from corso_pytorch.dati.cartelle import cartella_provvisoria

NOME_CARTELLA = "cifre-uci"
_MANIFESTO = "impronte.json"
_SEME = 1797
# Quanto può variare ogni copia: gradi, fattore di scala, inclinazione, punti di spostamento su 28.
_ROTAZIONE, _SCALA, _INCLINAZIONE, _SPOSTAMENTO = 12.0, (0.85, 1.15), 0.2, 2.0
_QUOTA_DI_TEST = 0.2
_BLOCCO = 5000  # quante immagini alla volta: tiene bassa la memoria


def gia_pronte(cartella: Path) -> bool:
    """Vero se le cifre di riserva sono in ``cartella``, intere; quelle rovinate sono messe da parte."""
    try:
        manifesto = json.loads((cartella / NOME_CARTELLA / _MANIFESTO).read_text(encoding="utf-8"))
        attese = {nome: integrita.Impronta(*manifesto[nome]) for nome in integrita.MNIST}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    problemi = integrita.esamina(cartella / NOME_CARTELLA, attese)
    integrita.metti_da_parte(cartella / NOME_CARTELLA, problemi)
    return not problemi


def costruisci(cartella: Path) -> Path:
    """Costruisce le cifre di riserva sotto ``cartella`` e restituisce la radice da dare a torchvision.

    Gli originali si dividono prima in addestramento e test, poi si variano: nessuna cifra di test è la copia
    storta di una di addestramento.

    Raises:
        OSError: non si può scrivere in ``cartella``.
    """
    radice = cartella / NOME_CARTELLA
    with cartella_provvisoria(cartella) as provvisoria:
        for nome, dati in _immagini_ed_etichette().items():
            _scrivi_idx(integrita.cartella_dei_file(provvisoria) / nome, dati)
        impronte = {
            nome: integrita.impronta(integrita.cartella_dei_file(provvisoria) / nome) for nome in integrita.MNIST
        }
        (provvisoria / _MANIFESTO).write_text(json.dumps(impronte, indent=1), encoding="utf-8")
        integrita.metti_a_posto(provvisoria, radice)
        # Il manifesto per ultimo: se c'è, i file ci sono già.
        os.replace(provvisoria / _MANIFESTO, radice / _MANIFESTO)
    return radice


def _immagini_ed_etichette() -> dict[str, torch.Tensor]:
    caso = torch.Generator().manual_seed(_SEME)
    immagini, etichette = _originali()
    di_test = _scelte_per_il_test(etichette, caso)
    dati = {}
    for prefisso, scelte, quante in (("train", ~di_test, 60_000), ("t10k", di_test, 10_000)):
        indici = scelte.nonzero().flatten()
        indici = indici[torch.arange(quante) % len(indici)]
        indici = indici[torch.randperm(quante, generator=caso)]
        blocchi = [_varia(immagini[blocco], caso) for blocco in indici.split(_BLOCCO)]
        dati[f"{prefisso}-images-idx3-ubyte"] = torch.cat(blocchi)
        dati[f"{prefisso}-labels-idx1-ubyte"] = etichette[indici].to(torch.uint8)
    return dati


def _originali() -> tuple[torch.Tensor, torch.Tensor]:
    """Le 1797 cifre, portate da 8×8 a 20×20 e centrate in 28×28 come fa MNIST, con valori fra 0 e 1."""
    from sklearn.datasets import load_digits

    cifre = load_digits()
    piccole = torch.from_numpy(cifre.images).float().unsqueeze(1) / 16
    grandi = F.interpolate(piccole, size=(20, 20), mode="bicubic", align_corners=False)
    # L'ingrandimento sfuma i tratti: un po' di contrasto li avvicina a quelli di MNIST.
    grandi = ((grandi - 0.55) * 1.8 + 0.5).clamp(0, 1)
    return F.pad(grandi, (4, 4, 4, 4)), torch.from_numpy(cifre.target)


def _scelte_per_il_test(etichette: torch.Tensor, caso: torch.Generator) -> torch.Tensor:
    """Maschera degli originali di test: la stessa quota di ogni cifra."""
    scelte = torch.zeros(len(etichette), dtype=torch.bool)
    for cifra in range(10):
        indici = (etichette == cifra).nonzero().flatten()
        ordine = torch.randperm(len(indici), generator=caso)
        scelte[indici[ordine[: round(_QUOTA_DI_TEST * len(indici))]]] = True
    return scelte


def _varia(immagini: torch.Tensor, caso: torch.Generator) -> torch.Tensor:
    """Ruota, ingrandisce, inclina e sposta ogni immagine a modo suo: da N×1×28×28 fra 0 e 1 a N×28×28 uint8."""
    quante = len(immagini)

    def fra(minimo: float, massimo: float) -> torch.Tensor:
        return minimo + (massimo - minimo) * torch.rand(quante, generator=caso)

    angolo = fra(-_ROTAZIONE, _ROTAZIONE) * math.pi / 180
    scala, inclinazione = fra(*_SCALA), fra(-_INCLINAZIONE, _INCLINAZIONE)
    # grid_sample misura gli spostamenti in mezze larghezze: 14 punti valgono 1.
    dx, dy = fra(-_SPOSTAMENTO, _SPOSTAMENTO) / 14, fra(-_SPOSTAMENTO, _SPOSTAMENTO) / 14
    coseno, seno = angolo.cos() / scala, angolo.sin() / scala
    righe = [coseno, inclinazione * coseno - seno, dx, seno, inclinazione * seno + coseno, dy]
    griglia = F.affine_grid(torch.stack(righe, dim=1).view(quante, 2, 3), list(immagini.shape), align_corners=False)
    variate = F.grid_sample(immagini, griglia, align_corners=False)
    return (variate.squeeze(1) * 255).round().clamp(0, 255).to(torch.uint8)


def _scrivi_idx(percorso: Path, dati: torch.Tensor) -> None:
    """Scrive un tensore uint8 nel formato IDX: due zeri, il tipo (8), il numero di assi, le dimensioni, i byte."""
    percorso.parent.mkdir(parents=True, exist_ok=True)
    intestazione = bytes([0, 0, 8, dati.dim()]) + b"".join(n.to_bytes(4, "big") for n in dati.shape)
    percorso.write_bytes(intestazione + dati.numpy().tobytes())
