"""Barre con i tempi, lette in unità comode."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from corso_pytorch.grafici.stile import ARANCIO, BLU, VERDE, VIOLA, tela
from corso_pytorch.misure import leggibile

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


def barre_dei_tempi(secondi: Mapping[str, float]) -> Figure:
    """Una barra per ogni nome, con il tempo (in secondi) scritto accanto."""
    figura, asse = tela(misure=(7, 0.9 + 0.55 * len(secondi)))
    nomi, valori = list(secondi), list(secondi.values())
    barre = asse.barh(nomi, valori, color=[ARANCIO, BLU, VERDE, VIOLA][: len(nomi)], height=0.6)
    asse.bar_label(barre, [leggibile(valore) for valore in valori], padding=5)
    asse.set(xlabel="tempo", xlim=(0, max(valori) * 1.2))
    asse.locator_params(axis="x", nbins=5)
    asse.xaxis.set_major_formatter(lambda valore, _: leggibile(valore) if valore else "0")
    asse.invert_yaxis()
    asse.grid(axis="y", visible=False)
    return figura
