"""I testi alternativi delle figure della lezione 05: qui, perché la cella non risponda alla sua scommessa."""

MI_FIGURA = (
    "La durata di una somma al crescere dei numeri, su scale logaritmiche: piatta fino a circa diecimila "
    "numeri, poi cresce, e da noi l'ultimo tratto è il più ripido. La parte piatta è il costo fisso di una "
    "chiamata."
)
IN_FIGURA = (
    "Sopra, in eager mode, otto caselle in fila, una per operazione: ognuna legge dalla memoria e ci riscrive. "
    "Sotto, la versione compilata: una casella sola con tutte le operazioni, una lettura all'inizio e una "
    "scrittura alla fine."
)
VE_FIGURA = (
    "Quattro barre. Con la memoria nuova eager è la più lunga e la compilata molto più corta; con la memoria "
    "già pronta sono corte tutte e due. A destra i due verdetti: quante volte la compilata è più veloce di "
    "eager, nei due casi."
)
PA_FIGURA = (
    "I secondi spesi in tutto al crescere delle chiamate. La retta eager parte da zero e sale ripida; quella "
    "compilata parte dal costo della compilazione e sale piano. Si incontrano nel punto di pareggio."
)
GU_FIGURA = (
    "Otto barre, dalla più lunga alla più corta: quante volte è più veloce la versione compilata. In cima la catena "
    "punto per punto e la softmax, che raggiungono o superano la fascia azzurra della promessa; le reti di prodotti "
    "fra matrici stanno attorno a 1, o sotto."
)
PR_FIGURA = (
    "Un passo di addestramento da sinistra a destra: sopra le fasi forward, backward e step, con backward la "
    "più lunga; sotto le operazioni, con le convoluzioni che occupano gran parte dello spazio e fra loro batch "
    "normalization, ReLU e pooling."
)
SC_FIGURA = (
    "I secondi per epoca, un gradino dopo l'altro, su scala logaritmica. Il primo programma è il "
    "più lento; i dati già pronti e, soprattutto, la rete che rimpicciolisce subito tolgono quasi tutto; gli "
    "ultimi gradini cambiano meno."
)
LA_FIGURA = (
    "Due file di otto quadratini 6×6. Sopra, i filtri che vengono dai dati: una macchia chiara, bordi obliqui e "
    "orizzontali, poi disegni più fitti. Sotto, gli stessi con chiaro e scuro scambiati."
)
LA_SCALA = (
    "I secondi per epoca, una mossa dopo l'altra: tutti i dati normalizzati prima, un batch alla volta, la rete nuova "
    "che impara tutta, la stessa con il primo strato fermo. L'ultima barra è meno di metà della prima."
)
LI_FIGURA = (
    "Una barra lunga quanto i secondi di un'epoca, divisa per famiglie di operazioni: le convoluzioni sono il pezzo "
    "più grande, poi vengono Python e il costo delle chiamate. Sotto, due barre tratteggiate molto più corte: il "
    "tempo minimo per le operazioni e quello, stimato per eccesso, per i byte."
)
