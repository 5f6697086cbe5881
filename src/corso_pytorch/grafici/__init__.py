"""Ciò che le figure hanno in comune, e quelle che servono a più lezioni: ogni funzione restituisce una figura.

`mostra` la fa vedere. Le figure di una lezione sola stanno nella sua stanza, per esempio
`corso_pytorch.lezioni.l04_cnn.figure`; si disegnano con ``stile`` (colori, fogli), ``numeri`` (la virgola),
``griglia`` (scatole, frecce, scritte) e ``curve``.
"""

from corso_pytorch.grafici.curve import curve_loss as curve_loss
from corso_pytorch.grafici.immagini import cifre as cifre
from corso_pytorch.grafici.immagini import file_di_immagini as file_di_immagini
from corso_pytorch.grafici.immagini import probabilita as probabilita
from corso_pytorch.grafici.stile import mostra as mostra
from corso_pytorch.grafici.tabelle import riempimento as riempimento
