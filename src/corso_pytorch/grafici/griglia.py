"""I tratti comuni ai disegni: il foglio, le tabelle di numeri, le scatole, le scritte, le frecce, le legende.

Le coordinate contano caselle: x cresce verso destra, y verso il basso.
"""

from collections.abc import Mapping

import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch, Rectangle

from corso_pytorch.grafici.numeri import all_italiana
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
            disegna_casella(asse, x + j, y + i, colore).set_zorder(piano)
            scrivi(asse, x + j + 0.5, y + i + 0.52, scritto, 12 if len(scritto) <= 3 else 10, zorder=piano + 0.5)


def disegna_casella(
    asse: Axes, x: float, y: float, colore: str | None, ripetuta: bool = False, larga: float = 1, alta: float = 1
) -> Rectangle:
    """Una casella; quelle ripetute o aggiunte (broadcasting, padding) sono grigie e tratteggiate."""
    fondo = tinta(TENUE, 0.6) if ripetuta else ("white" if colore is None else tinta(colore))
    bordo, tratto = (GRIGIO, ":") if ripetuta else (INCHIOSTRO, "-")
    return asse.add_patch(Rectangle((x, y), larga, alta, fc=fondo, ec=bordo, lw=1, ls=tratto))


def scrivi(asse: Axes, x: float, y: float, testo: str, corpo: float = 11, colore: str = INCHIOSTRO, **opzioni) -> None:
    """Un testo centrato in (x, y)."""
    asse.text(x, y, testo, **({"ha": "center", "va": "center", "fontsize": corpo, "color": colore} | opzioni))


def scatola(
    asse: Axes,
    x: float,
    y: float,
    larga: float,
    alta: float,
    colore: str,
    testo: str = "",
    corpo: float = 10.5,
    forza: float = 0.35,
    tondo: float = 0.08,
    scritta: Mapping | None = None,
    **bordo,
) -> None:
    """Una scatola con gli angoli tondi, di una tinta del colore, e un testo al centro.

    Args:
        forza: quanto è intensa la tinta; con 0 la scatola è bianca.
        tondo: il raggio degli angoli.
        scritta: le opzioni del testo, come in `scrivi`; ``bordo``: ``ec``, ``lw`` e ``ls``.
    """
    aspetto = {"fc": tinta(colore, forza), "ec": GRIGIO, "lw": 1} | bordo
    asse.add_patch(FancyBboxPatch((x, y), larga, alta, f"round,pad=0,rounding_size={tondo}", **aspetto))
    if testo:
        scrivi(asse, x + larga / 2, y + alta / 2, testo, corpo, **(scritta or {}))


def freccia(asse: Axes, da: tuple[float, float], a: tuple[float, float], **aspetto) -> None:
    """Una freccia, grigia e dritta se ``aspetto`` (le opzioni di FancyArrowPatch) non dice altro."""
    stile = {"arrowstyle": "-|>", "mutation_scale": 12, "shrinkA": 0, "shrinkB": 0, "color": GRIGIO, "lw": 1.5}
    asse.add_patch(FancyArrowPatch(da, a, **(stile | aspetto)))


def legenda_sotto(figura: Figure, voci: Mapping[str, object], per_riga: int | None = None, **opzioni) -> None:
    """Una legenda sotto la figura, su una riga se ``per_riga`` non dice altro: ``{voce: il suo colore}``."""
    quadri = [Patch(color=colore, label=voce) for voce, colore in voci.items()]
    figura.legend(handles=quadri, loc="outside lower center", ncols=per_riga or len(voci), frameon=False, **opzioni)


def tinta(colore: str, quanto: float = 0.45) -> tuple[float, ...]:
    """Il colore schiarito col bianco: sopra ci si legge il nero."""
    return tuple(1 - quanto * (1 - parte) for parte in to_rgb(colore))
