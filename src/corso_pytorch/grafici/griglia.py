"""I tratti comuni ai disegni fatti di caselle: il foglio, le tabelle di numeri, le scritte, le frecce.

Le coordinate contano caselle: x cresce verso destra, y verso il basso.
"""

import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from corso_pytorch.grafici.stile import GRIGIO, INCHIOSTRO, TENUE, senza_assi, tela


def foglio(larghezza: float, altezza: float, casella: float = 0.46) -> tuple[Figure, Axes]:
    """Un foglio bianco di ``larghezza``×``altezza`` caselle, ognuna di ``casella`` pollici."""
    figura, asse = tela(misure=(larghezza * casella, altezza * casella))
    senza_assi(asse)
    asse.set(xlim=(0, larghezza), ylim=(altezza, 0), aspect="equal")
    return figura, asse


def disegna_tabella(asse: Axes, valori: torch.Tensor, x: float, y: float, colori, piano: int = 1) -> None:
    """Disegna una griglia con i suoi numeri; ``colori`` è un colore solo o una griglia di colori (None: bianco).

    ``piano``: chi ha il numero più alto copre gli altri.
    """
    valori = valori.detach().cpu()
    griglia = valori.reshape(1, -1) if valori.dim() < 2 else valori
    for i, riga in enumerate(griglia.tolist()):
        for j, valore in enumerate(riga):
            colore = colori[i][j] if isinstance(colori, list) else colori
            scritto = all_italiana(valore)
            disegna_casella(asse, x + j, y + i, colore, piano=piano)
            scrivi(asse, x + j + 0.5, y + i + 0.52, scritto, 12 if len(scritto) <= 3 else 10, zorder=piano + 0.5)


def disegna_casella(
    asse: Axes,
    x: float,
    y: float,
    colore: str | None,
    ripetuta: bool = False,
    larga: float = 1,
    alta: float = 1,
    piano: int = 1,
) -> None:
    """Una casella; quelle ripetute o aggiunte (broadcasting, padding) sono grigie e tratteggiate."""
    fondo = tinta(TENUE, 0.6) if ripetuta else ("white" if colore is None else tinta(colore))
    bordo, tratto = (GRIGIO, ":") if ripetuta else (INCHIOSTRO, "-")
    asse.add_patch(Rectangle((x, y), larga, alta, fc=fondo, ec=bordo, lw=1, linestyle=tratto, zorder=piano))


def scrivi(asse: Axes, x: float, y: float, testo: str, corpo: float = 11, colore: str = INCHIOSTRO, **opzioni) -> None:
    """Un testo centrato in (x, y)."""
    asse.text(x, y, testo, **({"ha": "center", "va": "center", "fontsize": corpo, "color": colore} | opzioni))


def freccia(asse: Axes, da: tuple[float, float], a: tuple[float, float]) -> None:
    """Una freccia grigia, dritta."""
    stile = {"arrowstyle": "-|>", "mutation_scale": 12, "shrinkA": 0, "shrinkB": 0}
    asse.add_patch(FancyArrowPatch(da, a, color=GRIGIO, lw=1.5, **stile))


def tinta(colore: str, quanto: float = 0.45) -> tuple[float, ...]:
    """Il colore schiarito col bianco: sopra ci si legge il nero."""
    return tuple(1 - quanto * (1 - parte) for parte in to_rgb(colore))


def all_italiana(valore: float) -> str:
    """Un numero con la virgola, al più quattro cifre: ``all_italiana(-0.5)`` è ``"−0,5"``."""
    return f"{valore:.4g}".replace(".", ",").replace("-", "−")


def freccia_con_nome(asse, da, a, testo="", verticale=False, sotto=False, spazio=None) -> None:
    """Una freccia con il suo nome accanto."""
    freccia(asse, da, a)
    x, y = (da[0] + a[0]) / 2, (da[1] + a[1]) / 2
    if spazio:
        scrivi(asse, da[0] + spazio[0], da[1] + spazio[1], testo, 10, GRIGIO)
    elif verticale:
        scrivi(asse, x - 0.35, y, testo, 10, GRIGIO, rotation=90)
    elif testo:
        scrivi(asse, x, y + (0.4 if sotto else -0.4), testo, 10, GRIGIO)
