"""Lo stile comune delle figure, e `mostra`, che le accompagna con un testo alternativo."""

import base64
import html
import io

import matplotlib.pyplot as plt
from IPython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

from corso_pytorch.grafici.numeri import Tacche

# I colori di Okabe e Ito (2008), distinguibili anche da chi è daltonico: https://jfly.uni-koeln.de/color/
BLU, ARANCIO, VERDE, ROSSO = "#0072B2", "#E69F00", "#009E73", "#D55E00"
AZZURRO, VIOLA, GIALLO = "#56B4E9", "#CC79A7", "#F0E442"
# Un grigio che si legge sul bianco, e quello tenue delle griglie e delle celle ripetute.
GRIGIO, TENUE, INCHIOSTRO = "#666666", "#DDDDDD", "#222222"
# Nell'ordine in cui si danno alle curve: il rosso, che mette in guardia, è fra gli ultimi.
COLORI = (BLU, ARANCIO, VERDE, VIOLA, ROSSO, AZZURRO)
SCALA_SEGNO = "PuOr"  # per i valori con segno: lo zero è bianco
CODICE = {"family": "monospace"}  # per scrivere ciò che è codice

_STILE = {
    # Il fondo bianco pieno resta leggibile anche nel tema scuro di JupyterLab.
    "figure.facecolor": "white",
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "axes.prop_cycle": plt.cycler(color=COLORI),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": TENUE,
    "font.size": 11,
    "axes.titlesize": 12,
    "text.color": INCHIOSTRO,
    "axes.labelcolor": INCHIOSTRO,
    "xtick.color": INCHIOSTRO,
    "ytick.color": INCHIOSTRO,
}


def tela(righe: int = 1, colonne: int = 1, misure: tuple[float, float] = (7, 4), **opzioni):
    """Come ``plt.subplots``, nello stile del corso: restituisce la figura e i suoi assi.

    Args:
        misure: larghezza e altezza in pollici (100 punti per pollice).
    """
    with plt.rc_context(_STILE):
        figura, assi = plt.subplots(righe, colonne, figsize=misure, **opzioni)
    for asse in figura.axes:
        for linea in (asse.xaxis, asse.yaxis):
            linea.set_major_formatter(Tacche())
            linea.isDefault_majfmt = True  # chi disegna nomi, o scale logaritmiche, deve poterle ancora cambiare
    return figura, assi


def senza_assi(*assi) -> None:
    """Toglie cornice, tacche e griglia: per i disegni e le immagini."""
    for asse in assi:
        asse.set_axis_off()


def mostra(figura: Figure, alt: str) -> None:
    """Mostra la figura con il suo testo alternativo e la chiude.

    Il testo dice a chi non la vede che cosa si deve capire guardandola; i lettori di schermo lo leggono.

    Raises:
        TypeError: ``figura`` non è una figura di matplotlib.
        ValueError: il testo alternativo manca.
    """
    if not isinstance(figura, Figure):
        raise TypeError(f"mostra() vuole una figura di matplotlib, non {type(figura).__name__}.")
    alt = " ".join(alt.split())
    if not alt:
        raise ValueError("Ogni figura vuole un testo alternativo: mostra(figura, alt='…').")
    with plt.rc_context(_STILE):
        png = base64.b64encode(come_png(figura)).decode("ascii")
    plt.close(figura)
    if get_ipython() is None:
        print(f"Figura: {alt}")
        return
    # Ogni lettore di notebook cerca il testo in un posto suo: VS Code in text/plain, JupyterLab, il sito e le pagine
    # esportate nell'<img>, chi non mostra l'HTML accanto a image/png.
    immagine = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{png}">'
    forme = {"text/plain": f"Figura: {alt}", "text/html": immagine, "image/png": png}
    display(forme, metadata={"image/png": {"alt": alt}}, raw=True)


def come_png(figura: Figure) -> bytes:
    """La figura in un PNG con una tavolozza di 256 colori: meno della metà dei byte, e nessuno vede la differenza.

    Il notebook la contiene due volte: così pesa meno che una volta sola a colori pieni.
    """
    piena = io.BytesIO()
    figura.savefig(piena, format="png", bbox_inches="tight", dpi="figure", facecolor="white")
    # MAXCOVERAGE sceglie i colori più lontani fra loro: anche una linea sottile conserva il suo.
    colori = {"colors": 256, "method": Image.Quantize.MAXCOVERAGE, "kmeans": 1, "dither": Image.Dither.NONE}
    con_tavolozza = Image.open(piena).convert("RGB").quantize(**colori)
    ridotta = io.BytesIO()
    con_tavolozza.save(ridotta, format="png", optimize=True)
    return ridotta.getvalue()
