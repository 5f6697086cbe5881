"""Le curve della loss, con i loro nomi."""

from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation

from corso_pytorch.grafici.stile import (
    ARANCIO,
    BLU,
    ROSSO,
    VERDE,
    VIOLA,
    tela,
)

_SEGNI = ["o", "s", "^", "D"]
_COLORI = [BLU, ARANCIO, VERDE, VIOLA]


def curve_loss(
    curve: dict[str, list[float]], asse_x: str = "passo", logaritmica: bool = True, segna: dict[str, int] | None = None
) -> Figure:
    """Una linea per ogni storia della loss, con il suo nome accanto.

    Args:
        curve: ``{nome: valori}``, un valore per passo o per epoca.
        asse_x: che cosa si conta in orizzontale: ``"passo"`` o ``"epoca"``.
        segna: ``{nome: posizione}``, un punto da mettere in evidenza con una riga verticale.
    """
    figura, asse = tela(misure=(7.2, 3.6))
    for colore, tratto, (nome, valori) in zip(_COLORI, ["-", "--", "-.", ":"], curve.items(), strict=False):
        asse.plot(valori, color=colore, linestyle=tratto, label=nome)
    for nome, posizione in (segna or {}).items():
        asse.axvline(posizione, color=ROSSO, linewidth=1.5, linestyle=":")
        asse.annotate(
            nome, (posizione, 1), xycoords=("data", "axes fraction"), xytext=(6, -4), textcoords="offset points",
            va="top", color=ROSSO,
        )  # fmt: skip
    asse.set(xlabel=asse_x, ylabel="loss", yscale="log" if logaritmica else "linear")
    if logaritmica:
        asse.yaxis.set_major_formatter(_Tacche())
        asse.yaxis.set_minor_formatter(_Tacche(labelOnlyBase=False))
    if len(curve) > 1:
        asse.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figura


class _Tacche(LogFormatterSciNotation):
    """Da un millesimo in su scrive il numero per esteso: 0.06, non 6×10⁻²."""

    def __call__(self, valore: float, posizione: int | None = None) -> str:
        scritta = super().__call__(valore, posizione)
        return f"{valore:g}" if scritta and valore >= 1e-3 else scritta
