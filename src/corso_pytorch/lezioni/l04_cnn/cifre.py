"""Le immagini di test su cui si misura la rete dell'esercizio 4.7, e i due numeri che le preparano.

Si caricano all'import, che il tempo concesso a una risposta non conta: senza rete, e senza MNIST, possono volerci
molti secondi.
"""

from corso_pytorch.dati import carica_in_memoria, prepara_mnist

QUANTE = 2000

_RADICE = prepara_mnist()
_PER_LE_STATISTICHE = carica_in_memoria(_RADICE)[0][:10_000] / 255  # con tutte, i due numeri cambiano alla terza cifra
MEDIA, DEVIAZIONE = _PER_LE_STATISTICHE.mean().item(), _PER_LE_STATISTICHE.std().item()
IMMAGINI, ETICHETTE = (tensore[:QUANTE] for tensore in carica_in_memoria(_RADICE, addestramento=False))
