"""I testi alternativi delle figure della lezione 03: qui, perché la cella non risponda alla sua scommessa."""

FA_FIGURA = (
    "Quattro riquadri in cerchio uniti da frecce: forward, loss, backward, step, e di nuovo forward. Fra loss e "
    "backward un riquadro tratteggiato: zero_grad, che cancella i gradienti di prima."
)
FA_CURVA = (
    "La loss su scala logaritmica: una discesa ripida nei primi passi, un gomito, poi una linea dritta molto meno "
    "ripida, fino a un miliardesimo."
)
DO_CAMMINO = (
    "Le curve di livello di una valle lunga e stretta, due volte: in orizzontale il peso, in verticale il bias, la "
    "stella è il minimo (2; 0). Con lr 0,01 il cammino scende al fondo, poi striscia e resta lontano; con lr 0,1 "
    "rimbalza da un fianco all'altro, e lungo il fondo arriva alla stella."
)
AZ_CURVE = (
    "Con zero_grad la loss va subito a zero e ci resta; senza, oscilla su e giù fino all'ultimo passo, anche "
    "più in alto di dove era partita."
)
PE_FIGURA = (
    "Tre grafici a barre per gatto, cane e pesce: i logit 2, 0,5 e −1; le probabilità 0,79, 0,18 e 0,04; i "
    "costi meno logaritmo di p. Solo la barra del cane, la classe giusta, è piena: costa 1,74."
)
LR_FIGURA = (
    "La stessa parabola tre volte. Con lr 0,02 i punti avanzano appena; con 0,3 arrivano al minimo in pochi "
    "passi; con 1,05 rimbalzano da un lato all'altro salendo sempre più in alto."
)
OT_FIGURA = (
    "La stessa valle lunga e stretta, tre volte. SGD rimbalza fra i fianchi e poi striscia sul fondo senza "
    "arrivare; con il momentum ondeggia e arriva vicino alla stella; Adam curva dolcemente, la supera e torna "
    "indietro."
)
OV_CURVE = (
    "Due curve: la loss di addestramento scende fino alla fine; quella di validazione scende, tocca un minimo "
    "presto, poi risale e resta alta. Una riga verticale segna il minimo."
)
OV_RIGIDA = (
    "A sinistra una retta che attraversa i punti senza seguirne la forma. A destra una curva piena di picchi, "
    "che passa quasi per ogni punto e si allontana dalla sinusoide vera."
)
OV_CURE = (
    "Due curve lisce, entrambe vicine alla sinusoide vera: quella fermata in tempo la segue a grandi linee, "
    "quella addestrata su 400 punti la ricalca quasi ovunque."
)
CI_FIGURA = "Due spirali di punti che si avvolgono l'una dentro l'altra: nessuna retta può separarle."
CI_CURVE = "Le loss di addestramento e di validazione scendono insieme per trenta epoche: nessuna forbice."
CI_REGIONI = (
    "Il piano colorato secondo la probabilità della classe 1: il confine si avvolge a spirale fra i due gruppi "
    "di punti. Il colore sfuma soltanto accanto al confine: negli angoli, senza punti, è pieno."
)
