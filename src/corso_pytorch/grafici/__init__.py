"""Ciò che le figure hanno in comune, e quelle che servono a più lezioni: ogni funzione restituisce una figura.

`mostra` la fa vedere. Le figure di una lezione sola stanno nella sua stanza, per esempio
`corso_pytorch.lezioni.l04_cnn.figure`; si disegnano con ``stile`` (colori, fogli) e ``griglia`` (caselle, frecce).
"""

from corso_pytorch.grafici.barre import barre_dei_tempi
from corso_pytorch.grafici.curve import curve_loss
from corso_pytorch.grafici.immagini import cifre, file_di_immagini, probabilita
from corso_pytorch.grafici.stile import mostra
from corso_pytorch.grafici.tabelle import matrice_confusione, riempimento

__all__ = [
    "barre_dei_tempi",
    "cifre",
    "curve_loss",
    "file_di_immagini",
    "matrice_confusione",
    "mostra",
    "probabilita",
    "riempimento",
]
