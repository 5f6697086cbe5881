"""Curve con un nome: come disegnarle, dove mettere la legenda, e quelle della loss."""

from collections.abc import Iterable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corso_pytorch.grafici.numeri import TaccheLogaritmiche
from corso_pytorch.grafici.stile import COLORI, ROSSO, tela

_TRATTI = tuple({"color": colore, "ls": tratto} for colore, tratto in zip(COLORI, ("-", "--", "-.", ":"), strict=False))


def disegna_curve(
    asse: Axes,
    curve: Mapping[str, Sequence[float]],
    x: Sequence[float] | None = None,
    da: int = 1,
    stili: Iterable[dict] = _TRATTI,
    **opzioni,
) -> None:
    """Una linea per nome; senza le ascisse ``x`` si conta a partire da ``da``.

    ``stili`` sono le opzioni di ``plot`` di ogni curva, nell'ordine; ``opzioni`` quelle di tutte.
    """
    for (nome, valori), stile in zip(curve.items(), stili, strict=False):
        asse.plot(range(da, da + len(valori)) if x is None else x, valori, label=nome, **(opzioni | stile))


def legenda_fuori(asse: Axes, **opzioni) -> None:
    """La legenda a destra del disegno, dove non copre nessuna curva."""
    asse.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), **opzioni)


def curve_loss(
    curve: dict[str, list[float]], asse_x: str = "passo", logaritmica: bool = True, segna: dict[str, int] | None = None
) -> Figure:
    """Una linea per ogni storia della loss, con il suo nome accanto.

    Args:
        curve: ``{nome: valori}``, un valore per passo o per epoca.
        asse_x: che cosa si conta in orizzontale: ``"passo"``, da 0, o ``"epoca"``, da 1 come la stampa ``addestra``.
        segna: ``{nome: posto}``, un valore da mettere in evidenza con una riga verticale; i posti partono da 0.
    """
    figura, asse = tela(misure=(7.2, 3.6))
    da = int(asse_x == "epoca")
    disegna_curve(asse, curve, da=da)
    for nome, posto in (segna or {}).items():
        asse.axvline(posto + da, color=ROSSO, linewidth=1.5, linestyle=":")
        dove = {"xycoords": ("data", "axes fraction"), "xytext": (6, -4), "textcoords": "offset points", "va": "top"}
        asse.annotate(nome, (posto + da, 1), color=ROSSO, **dove)
    asse.set(xlabel=asse_x, ylabel="loss")
    if logaritmica:
        asse.set_yscale("log")
        asse.yaxis.set_major_formatter(TaccheLogaritmiche())
        asse.yaxis.set_minor_formatter(TaccheLogaritmiche(labelOnlyBase=False))
    if len(curve) > 1:
        legenda_fuori(asse)
    return figura
