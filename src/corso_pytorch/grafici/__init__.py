"""Le figure delle lezioni, in uno stile solo. Ogni funzione restituisce una figura; `mostra` la fa vedere.

Un modulo per argomento: ``stile`` (colori e `mostra`), poi ``tensori``, ``autograd``, ``addestramento``, ``cnn``,
``velocita``.
"""

from corso_pytorch.grafici.addestramento import (
    adattamenti,
    barre_entropia,
    ciclo_quattro_fasi,
    curve_loss,
    discese,
    regioni_decisione,
    tre_learning_rate,
)
from corso_pytorch.grafici.autograd import accumulo, cammino, errore_differenze, grafo, secanti
from corso_pytorch.grafici.cnn import (
    cifre,
    curva_lr,
    curve_addestramento,
    file_di_immagini,
    kernel_che_scorre,
    matrice_confusione,
    max_pooling,
    padding_e_stride,
    probabilita,
    rete_a_blocchi,
)
from corso_pytorch.grafici.inizio import barre_dei_tempi, mappa_del_corso, strati_di_pytorch
from corso_pytorch.grafici.stile import mostra
from corso_pytorch.grafici.tensori import (
    affianca,
    assi,
    broadcasting,
    canali,
    passi,
    prodotto,
    riduzioni,
    riempimento,
    ritagli,
    rompicapi,
)
from corso_pytorch.grafici.velocita import (
    cascata,
    costo_fisso,
    gara,
    guadagni,
    linea_del_tempo,
    pareggio,
    passaggi_in_memoria,
)

__all__ = [
    "accumulo",
    "adattamenti",
    "affianca",
    "assi",
    "barre_dei_tempi",
    "barre_entropia",
    "broadcasting",
    "cammino",
    "canali",
    "cascata",
    "ciclo_quattro_fasi",
    "cifre",
    "costo_fisso",
    "curva_lr",
    "curve_addestramento",
    "curve_loss",
    "discese",
    "errore_differenze",
    "file_di_immagini",
    "gara",
    "grafo",
    "guadagni",
    "kernel_che_scorre",
    "linea_del_tempo",
    "mappa_del_corso",
    "matrice_confusione",
    "max_pooling",
    "mostra",
    "padding_e_stride",
    "pareggio",
    "passaggi_in_memoria",
    "passi",
    "probabilita",
    "prodotto",
    "regioni_decisione",
    "rete_a_blocchi",
    "riduzioni",
    "riempimento",
    "ritagli",
    "rompicapi",
    "secanti",
    "strati_di_pytorch",
    "tre_learning_rate",
]
