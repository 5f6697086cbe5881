"""Barre con i tempi, lette in unità comode."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corso_pytorch.grafici.numeri import virgola
from corso_pytorch.grafici.stile import ARANCIO, BLU, VERDE, VIOLA, tela
from corso_pytorch.misure import leggibile


def disegna_tempi(asse: Axes, secondi: Mapping[str, float], colori: Sequence[str]) -> None:
    """Una barra orizzontale per nome, con il tempo (in secondi) scritto accanto."""
    barre = asse.barh(list(secondi), list(secondi.values()), color=colori[: len(secondi)], height=0.62)
    asse.bar_label(barre, [virgola(leggibile(valore)) for valore in secondi.values()], padding=5)
    asse.margins(x=0.2)  # il posto per l'ultima scritta
    asse.locator_params(axis="x", nbins=5)
    asse.xaxis.set_major_formatter(lambda valore, _: virgola(leggibile(valore)) if valore else "0")
    asse.invert_yaxis()
    asse.grid(axis="y", visible=False)


def barre_dei_tempi(secondi: Mapping[str, float]) -> Figure:
    """Una barra per ogni nome, con il tempo (in secondi) scritto accanto."""
    figura, asse = tela(misure=(7, 0.9 + 0.55 * len(secondi)))
    disegna_tempi(asse, secondi, (ARANCIO, BLU, VERDE, VIOLA))
    asse.set(xlabel="tempo")
    return figura
