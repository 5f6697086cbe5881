"""Le figure della lezione 00: la rete che impara, com'è fatto PyTorch, la mappa del corso."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corso_pytorch.grafici import cifre
from corso_pytorch.grafici.griglia import freccia, scatola, scrivi
from corso_pytorch.grafici.stile import (
    ARANCIO,
    AZZURRO,
    BLU,
    GRIGIO,
    INCHIOSTRO,
    ROSSO,
    TENUE,
    VERDE,
    VIOLA,
    senza_assi,
    tela,
)
from corso_pytorch.lezioni.l00_inizio.anteprima import Momento

# Il numero e un nome breve, che sta nel titolo del notebook: un test li confronta.
TAPPE = [
    ("00", "Inizia qui", VERDE),
    ("01", "Tensori", BLU),
    ("02", "Autograd", BLU),
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


def letture(momenti: Sequence[Momento]) -> Figure:
    """Una riga per momento: la cifra mai vista più tipica di ogni specie, e che cosa vi legge la rete (✗: sbaglia)."""
    alta = len(momenti)
    figura, riquadri = tela(alta, 11, misure=(9.6, 1.12 * alta), squeeze=False, width_ratios=[2.1] + [1] * 10)
    senza_assi(*riquadri.flat)
    for fila, momento in zip(riquadri, momenti, strict=True):
        quando = f"{momento.quando}\n{momento.giuste} giuste su {len(momento.vere)}"
        scrivi(fila[0], 0.95, 0.45, quando, 10.5, ha="right", transform=fila[0].transAxes)
        for cifra, (quale, riquadro) in enumerate(zip(momento.esempi, fila[1:], strict=True)):
            letta = int(momento.lette[quale])
            riquadro.imshow(momento.immagini[quale], cmap="gray", interpolation="nearest")
            colore, segno, peso = (INCHIOSTRO, "", "normal") if letta == cifra else (ROSSO, " ✗", "bold")
            riquadro.set_title(f"{letta}{segno}", fontsize=12, color=colore, weight=peso, pad=3)
    return figura


def sbagliate(momento: Momento) -> Figure:
    """Le cifre mai viste che la rete sbaglia, con ciò che legge e ciò che sono."""
    quali = momento.sbagliate
    coppie = zip(momento.lette[quali].tolist(), momento.vere[quali].tolist(), strict=True)
    return cifre(momento.immagini[quali], [f"legge {letta}\nera {vera}" for letta, vera in coppie])


def strati_di_pytorch() -> Figure:
    """Il Python che scrivi, il motore in C++ che riceve gli ordini, i dispositivi che fanno i conti."""
    figura, asse = tela(misure=(8.5, 3.6))
    senza_assi(asse)
    asse.set(xlim=(0, 10), ylim=(0, 4.1))
    motore = "sceglie il calcolo giusto per forma, tipo dei numeri, dispositivo"
    _strato(asse, 0.1, 2.9, 9.8, AZZURRO, "Python: ciò che scrivi tu", "x * x,   x.sum(),   modello(x)")
    _strato(asse, 0.1, 1.5, 9.8, ARANCIO, "Il motore, in C++", motore)
    freccia(asse, (5, 2.88), (5, 2.52))
    dispositivi = {
        "CPU": "c'è sempre", "CUDA": "schede NVIDIA", "MPS": "Mac con chip Apple", "XPU": "schede Intel",
    }  # fmt: skip
    for posto, (nome, detto) in enumerate(dispositivi.items()):
        _strato(asse, 0.1 + posto * 2.5, 0.1, 2.3, VERDE, nome, detto)
        freccia(asse, (1.25 + posto * 2.5, 1.48), (1.25 + posto * 2.5, 1.12))
    return figura


def mappa_del_corso() -> Figure:
    """Le lezioni in fila, cinque per riga, colorate secondo la parte del corso."""
    figura, asse = tela(misure=(9, 4.2))
    senza_assi(asse)
    asse.set(xlim=(0, 10), ylim=(-0.55, 4.1))
    for posto, (numero, nome, colore) in enumerate(TAPPE):
        x, y = 2 * (posto % _PER_RIGA) + 0.1, 2.8 - 1.4 * (posto // _PER_RIGA)
        scatola(asse, x - 0.05, y - 0.05, 1.7, 1.1, colore, forza=0, ec=colore, lw=2)
        scrivi(asse, x + 0.8, y + 0.8, numero, 11, colore, weight="bold")
        scrivi(asse, x + 0.8, y + 0.34, nome, 10)
        if posto % _PER_RIGA < _PER_RIGA - 1:
            freccia(asse, (x + 1.69, y + 0.5), (x + 1.91, y + 0.5))
        elif posto < len(TAPPE) - 1:  # si va a capo
            asse.plot([x + 0.8, x + 0.8, 0.9], [y - 0.06, y - 0.2, y - 0.2], color=GRIGIO, lw=1.5)
            freccia(asse, (0.9, y - 0.2), (0.9, y - 0.34))
    for x, colore, nome in (
        (0.1, BLU, "le fondamenta"),
        (2.6, ARANCIO, "la velocità"),
        (4.8, VIOLA, "l'ecosistema"),
        (7.2, VERDE, "inizio e fine"),
    ):
        asse.plot([x, x + 0.35], [-0.4, -0.4], color=colore, lw=4)
        scrivi(asse, x + 0.5, -0.4, nome, 10, ha="left")
    return figura


def _strato(asse: Axes, x: float, y: float, larga: float, colore: str, titolo: str, detto: str) -> None:
    scatola(asse, x, y, larga, 1, colore, ec=TENUE)
    scrivi(asse, x + larga / 2, y + 0.67, titolo, 11, weight="bold")
    scrivi(asse, x + larga / 2, y + 0.28, detto, 10)
