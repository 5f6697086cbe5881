"""I testi alternativi delle figure della lezione 14: qui, perché la cella non risponda alla sua scommessa."""

RE_CORSE = (
    "Otto riquadri, uno per letto, con l'accuratezza di sei epoche: in cinque sale quasi al cento per cento, negli "
    "altri tre resta in basso."
)
MAPPA = (
    "La mappa del museo: una sala con gli errori che parlano e quattro sale con quattordici guasti silenziosi, poi "
    "l'uscita con la corsia e la visita medica."
)
CI_ENIGMA = (
    "Quattro curve della loss, in scala logaritmica: A scende e poi risale a punte irregolari; B è una linea piatta; C "
    "s'impenna nei primi passi e poi resta ferma sopra 2; D è un pettine, scende e s'impenna a intervalli regolari."
)
C10_CORSE = (
    "Con un learning rate piccolo, a sinistra la loss scende appena; a destra, senza zero_grad, scende molto di più."
)
C11_CORSE = (
    "Venti valutazioni dello stesso modello. A sinistra tutte uguali; a destra, senza eval, più basse e ogni "
    "volta diverse."
)
M14_CORSE = "A sinistra la loss scende ben sotto 1; a destra scende piano, e resta sopra 1,5."
M15_VISTE = (
    "Sopra, sei cifre leggibili; sotto, ciò che vede la rete con view: strisce di pezzi di cifre diverse, mescolati."
)
M15_CORSE = "A sinistra l'accuratezza di validazione sale; a destra resta intorno al 10 per cento, come tirando a caso."
M16_CORSE = (
    "Con un corpo di 512 unità l'accuratezza sale sopra l'80 per cento in tutti e due i riquadri; a destra, con il "
    "grafo staccato, resta solo un poco più in basso."
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
VI_FIGURA = (
    "Una tabella con sette righe, una per pezzo del museo, e una colonna per esame: ogni riga ha almeno una croce, e "
    "cinque ne hanno una sola."
)
