"""La figura della gara: gli errori contro i secondi."""

from collections.abc import Mapping
from itertools import cycle

from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from corso_pytorch.grafici.curve import legenda_fuori
from corso_pytorch.grafici.numeri import all_italiana, due_e_cinque
from corso_pytorch.grafici.stile import COLORI, INCHIOSTRO, tela

SEGNI = "osD^vPX*p<"


def gara(tracce: Mapping[str, tuple[list[float], list[float]]]) -> Figure:
    """Gli errori contro i secondi di addestramento, una linea per ricetta, un segno per epoca; scale logaritmiche.

    Args:
        tracce: ``{ricetta: (secondi alla fine di ogni epoca, accuratezze fra 0 e 1)}``.
    """
    figura, asse = tela(misure=(8.6, 4.4))
    for (nome, (secondi, quote)), segno, colore in zip(tracce.items(), cycle(SEGNI), cycle(COLORI), strict=False):
        asse.plot(secondi, [100 * (1 - quota) for quota in quote], marker=segno, color=colore, label=nome)
    asse.axhline(1, color=INCHIOSTRO, lw=1, ls="--")
    asse.set(xlabel="secondi di addestramento", ylabel="errori sul test (%)", xscale="log", yscale="log")
    for quale in (asse.xaxis, asse.yaxis):
        quale.set_major_formatter(lambda valore, _: all_italiana(valore, "g"))
        quale.set_minor_formatter(due_e_cinque)
    legenda_fuori(asse, fontsize=10)
    return figura


def crescita(serie: Mapping[str, tuple[Mapping[float, float], float]]) -> Figure:
    """I secondi contro ciascuna grandezza, su scale logaritmiche, con la pendenza nel titolo.

    Args:
        serie: ``{grandezza: ({valore: secondi}, pendenza)}``.
    """
    figura, assi = tela(1, len(serie), misure=(2.6 * len(serie), 3), sharey=True)
    for asse, (nome, (punti, pendenza)), segno in zip(assi, serie.items(), SEGNI, strict=False):
        asse.plot(list(punti), list(punti.values()), marker=segno, color=COLORI[0])
        asse.set(xlabel=nome, title=f"pendenza {all_italiana(pendenza, '.2f')}", xscale="log", yscale="log")
        asse.set_xticks(list(punti), [all_italiana(valore, "g") for valore in punti])
        asse.xaxis.set_minor_locator(NullLocator())
    assi[0].set(ylabel="secondi")
    assi[0].yaxis.set_major_formatter(lambda valore, _: all_italiana(valore, "g"))
    assi[0].yaxis.set_minor_formatter(due_e_cinque)
    return figura
