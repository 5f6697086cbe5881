"""La figura della gara: gli errori contro i secondi."""

from collections.abc import Mapping
from itertools import cycle

from matplotlib.figure import Figure

from corso_pytorch.grafici.curve import legenda_fuori
from corso_pytorch.grafici.numeri import all_italiana
from corso_pytorch.grafici.stile import COLORI, INCHIOSTRO, tela


def gara(tracce: Mapping[str, tuple[list[float], list[float]]]) -> Figure:
    """Gli errori contro i secondi di addestramento, una linea per ricetta, un segno per epoca; scale logaritmiche.

    Args:
        tracce: ``{ricetta: (secondi alla fine di ogni epoca, accuratezze fra 0 e 1)}``.
    """
    figura, asse = tela(misure=(8.6, 4.4))
    segni = zip("osD^vPX", (*COLORI, INCHIOSTRO), strict=True)
    for (nome, (secondi, quote)), (segno, colore) in zip(tracce.items(), cycle(segni), strict=False):
        asse.plot(secondi, [100 * (1 - quota) for quota in quote], marker=segno, color=colore, label=nome)
    asse.axhline(1, color=INCHIOSTRO, lw=1, ls="--")
    asse.set(xlabel="secondi di addestramento", ylabel="errori sul test (%)", xscale="log", yscale="log")
    for quale in (asse.xaxis, asse.yaxis):
        quale.set_major_formatter(lambda valore, _: all_italiana(valore, "g"))
        quale.set_minor_formatter(lambda valore, _: all_italiana(valore, "g") if f"{valore:e}"[0] in "25" else "")
    legenda_fuori(asse, fontsize=10)
    return figura
