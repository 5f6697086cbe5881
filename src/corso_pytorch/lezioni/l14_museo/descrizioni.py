"""I testi alternativi delle figure della lezione 14: qui, perché la cella non risponda alla sua scommessa."""

MAPPA = (
    "La mappa del museo: una sala con nove errori rumorosi e quattro sale con quindici errori silenziosi, poi "
    "l'uscita con la visita medica."
)
C10_CORSE = "A sinistra la loss scende e resta bassa. A destra, senza zero_grad, sale, tutta a punte irregolari."
C11_FIGURA = (
    "Venti valutazioni dello stesso modello. A sinistra tutte uguali; a destra, senza eval, più basse e ogni "
    "volta diverse."
)
C13_CORSE = (
    "In scala logaritmica: a sinistra la loss scende; a destra s'impenna nei primi passi e poi si ferma sopra "
    "2, senza più scendere."
)
M14_CORSE = "A sinistra la loss scende ben sotto 1; a destra scende piano, e resta sopra 1,5."
M15_VISTE = (
    "Sopra, sei cifre leggibili; sotto, ciò che vede la rete con view: strisce di pezzi di cifre diverse, mescolati."
)
M15_CORSE = "A sinistra l'accuratezza di validazione sale; a destra resta intorno al 10 per cento, come tirando a caso."
M16_CORSE = "La loss scende in tutti e due i riquadri; a destra, con il grafo staccato, molto più piano."
D18_CORSE = (
    "A sinistra la loss scende. A destra è un pettine: scende dentro ogni classe e s'impenna a ogni cambio di classe."
)
D19_CORSE = (
    "La stessa rete: misurata su immagini mai viste, a sinistra, si ferma sotto l'80 per cento; su quelle già "
    "viste, a destra, arriva quasi al 100."
)
D20_CORSE = (
    "A sinistra le due loss scendono. A destra quella di addestramento scende piano, e quella di validazione sale."
)
D21_CORSE = (
    "Sopra, sei cifre nere su bianco; sotto le stesse, con l'altra normalizzazione: sei fogli bianchi, la cifra "
    "non si vede più."
)
V22_CORSE = "Gli stessi punti in salita: a sinistra la retta li segue, a destra è orizzontale, ferma sulla media."
V23_CORSE = (
    "Lo stesso modello e le stesse mille immagini in sessanta ordini diversi: a sinistra l'accuratezza è sempre "
    "quella, a destra i punti stanno su due livelli, lontani molti punti percentuali."
)
V24_CORSE = (
    "Dieci prove della stessa rete: a sinistra, con il seme, l'accuratezza è sempre quella; a destra, senza, "
    "ogni volta un'altra."
)
VI_FIGURA = (
    "Una tabella con quindici righe, una per errore silenzioso, e una colonna per esame: ogni riga ha almeno una croce."
)
