"""Immagini in griglia o in fila, e ciò che la rete ne pensa."""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corso_pytorch.grafici.stile import ARANCIO, AZZURRO, SCALA_SEGNO, senza_assi, tela


def cifre(
    immagini: Sequence[torch.Tensor], titoli: Sequence | None = None, colonne: int = 10, segno: bool = False
) -> Figure:
    """Una griglia di immagini, ognuna con il suo titolo.

    Args:
        immagini: un tensore (N, H, W), o N immagini di misure diverse; ognuna ha la sua scala di grigi.
        titoli: uno per immagine, per esempio le etichette.
        segno: per i valori con segno (pesi, mappe): lo zero è bianco, il negativo arancio, il positivo viola.
    """
    colonne = min(colonne, len(immagini))
    righe = -(-len(immagini) // colonne)
    titoli = [""] * len(immagini) if titoli is None else [str(titolo) for titolo in titoli]
    spazio = 0.17 * max(1 + titolo.count("\n") if titolo else 0 for titolo in titoli)
    lato = 9.6 / max(colonne, 6)
    figura, riquadri = tela(righe, colonne, misure=(lato * colonne, (lato + spazio) * righe), squeeze=False)
    senza_assi(*riquadri.flat)
    for riquadro, immagine, titolo in zip(riquadri.flat, immagini, titoli, strict=False):
        _immagine(riquadro, immagine, segno)
        riquadro.set_title(titolo, fontsize=10, pad=3)
    return figura


def file_di_immagini(righe: dict[str, torch.Tensor]) -> Figure:
    """Una riga di immagini (N, H, W) per ogni nome, scritto a sinistra; lunghezze e misure possono essere diverse."""
    colonne = max(len(immagini) for immagini in righe.values())
    lato = min(1.1, 8.4 / colonne)
    misure, rapporti = (lato * colonne + 1.3, lato * len(righe)), [1.3 / lato] + [1] * colonne
    figura, riquadri = tela(len(righe), colonne + 1, misure=misure, squeeze=False, width_ratios=rapporti)
    senza_assi(*riquadri.flat)
    for fila, (nome, immagini) in zip(riquadri, righe.items(), strict=True):
        fila[0].text(1, 0.5, nome, ha="right", va="center", fontsize=11, transform=fila[0].transAxes)
        for riquadro, immagine in zip(fila[1:], immagini, strict=False):
            _immagine(riquadro, immagine)
    return figura


def probabilita(immagine: torch.Tensor, quote: torch.Tensor) -> Figure:
    """Un'immagine (H, W) e, accanto, le probabilità (10,) che la rete dà alle cifre; in arancio la più alta."""
    quote = quote.detach().cpu()
    figura, (prima, seconda) = tela(1, 2, misure=(8, 2.9), width_ratios=[1, 2.2])
    senza_assi(prima)
    _immagine(prima, immagine)
    colori = [ARANCIO if cifra == int(quote.argmax()) else AZZURRO for cifra in range(len(quote))]
    barre = seconda.bar(range(len(quote)), quote, color=colori)
    scritte = ["" if quota < 0.005 else f"{100 * quota:.0f} %" for quota in quote.tolist()]
    seconda.bar_label(barre, scritte, padding=2, fontsize=10)
    seconda.set(xlabel="cifra", ylabel="probabilità", xticks=range(len(quote)), ylim=(0, 1.12))
    seconda.grid(False)
    return figura


def _immagine(riquadro: Axes, immagine: torch.Tensor, segno: bool = False) -> None:
    immagine = immagine.detach().cpu().float()
    ampiezza = float(immagine.abs().max()) or 1.0
    colori = {"cmap": SCALA_SEGNO, "vmin": -ampiezza, "vmax": ampiezza} if segno else {"cmap": "gray"}
    riquadro.imshow(immagine, interpolation="nearest", **colori)
