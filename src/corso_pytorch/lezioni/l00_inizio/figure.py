"""Le figure della lezione 00: com'è fatto PyTorch, la mappa del corso, i tempi a confronto."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from corso_pytorch.grafici.stile import ARANCIO, AZZURRO, BLU, GRIGIO, INCHIOSTRO, TENUE, VERDE, VIOLA, senza_assi, tela

_TAPPE = [
    ("00", "Inizia qui", VERDE),
    ("01", "Tensori", BLU),
    ("02", "AutoGrad", BLU),
    ("03", "Il ciclo di\naddestramento", BLU),
    ("04", "Una CNN\nsu MNIST", BLU),
    ("05", "torch.compile", ARANCIO),
    ("06", "Ecosistema e\nTorchVision", VIOLA),
    ("07", "Trainer", VIOLA),
    ("08", "Testo", VIOLA),
    ("09", "Audio", VIOLA),
    ("10", "Rinforzo", VIOLA),
    ("11", "Più GPU", VIOLA),
    ("12", "In produzione", VIOLA),
    ("13", "Keras", VIOLA),
    ("14", "Museo degli\nerrori", VERDE),
]
_PER_RIGA = 5


def strati_di_pytorch() -> Figure:
    """Il Python che scrivi, il motore in C++ che riceve gli ordini, i dispositivi che fanno i conti."""
    figura, asse = tela(misure=(8.5, 3.6))
    senza_assi(asse)
    asse.set(xlim=(0, 10), ylim=(0, 4.1))
    _scatola(asse, 0.1, 2.9, 9.8, 1.0, AZZURRO, "Python: ciò che scrivi tu", "x * x,   x.sum(),   modello(x)")
    _scatola(
        asse,
        0.1,
        1.5,
        9.8,
        1.0,
        ARANCIO,
        "Il motore, in C++",
        "sceglie il calcolo giusto per forma, dtype, dispositivo",
    )
    for posto, (nome, detto) in enumerate(
        [("CPU", "c'è sempre"), ("CUDA", "schede NVIDIA e AMD"), ("MPS", "Mac con chip Apple"), ("XPU", "schede Intel")]
    ):
        _scatola(asse, 0.1 + posto * 2.5, 0.1, 2.3, 1.0, VERDE, nome, detto)
    for x in (1.25, 3.75, 6.25, 8.75):
        asse.annotate("", (x, 1.12), (x, 1.48), arrowprops={"arrowstyle": "->", "color": GRIGIO})
    asse.annotate("", (5, 2.52), (5, 2.88), arrowprops={"arrowstyle": "->", "color": GRIGIO})
    return figura


def mappa_del_corso() -> Figure:
    """Le lezioni in fila, cinque per riga, colorate secondo la parte del corso."""
    figura, asse = tela(misure=(9, 4.2))
    senza_assi(asse)
    asse.set(xlim=(0, 10), ylim=(-0.55, 4.1))
    for posto, (numero, nome, colore) in enumerate(_TAPPE):
        x, y = 2 * (posto % _PER_RIGA) + 0.1, 2.8 - 1.4 * (posto // _PER_RIGA)
        asse.add_patch(FancyBboxPatch((x, y), 1.6, 1.0, "round,pad=0.05", fc="white", ec=colore, lw=2))
        asse.text(x + 0.8, y + 0.8, numero, ha="center", va="center", color=colore, weight="bold")
        asse.text(x + 0.8, y + 0.34, nome, ha="center", va="center", fontsize=10)
        if posto % _PER_RIGA < _PER_RIGA - 1:
            asse.annotate(
                "", (x + 1.93, y + 0.5), (x + 1.67, y + 0.5), arrowprops={"arrowstyle": "->", "color": GRIGIO}
            )
    for x, colore, nome in (
        (0.1, BLU, "le fondamenta"),
        (2.6, ARANCIO, "la velocità"),
        (4.8, VIOLA, "l'ecosistema"),
        (7.2, VERDE, "inizio e fine"),
    ):
        asse.plot([x, x + 0.35], [-0.4, -0.4], color=colore, lw=4)
        asse.text(x + 0.5, -0.4, nome, va="center", fontsize=10)
    return figura


def _scatola(asse: Axes, x: float, y: float, larga: float, alta: float, colore: str, titolo: str, detto: str) -> None:
    asse.add_patch(FancyBboxPatch((x, y), larga, alta, "round,pad=0.02", fc=colore, ec=TENUE, alpha=0.35))
    asse.text(x + larga / 2, y + alta * 0.67, titolo, ha="center", va="center", weight="bold", color=INCHIOSTRO)
    asse.text(x + larga / 2, y + alta * 0.28, detto, ha="center", va="center", fontsize=10, color=INCHIOSTRO)
