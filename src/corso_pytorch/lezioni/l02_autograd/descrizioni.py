"""I testi alternativi delle figure della lezione 02: qui, perché la cella non risponda alla sua scommessa."""

DER_FIGURA = (
    "Una curva che sale e tre rette che partono dal punto x = 2: passi di 1, 0,5 e 0,2 danno pendenze 17, 13,25 "
    "e 11,24, sempre più vicine alla tangente tratteggiata, che ha pendenza 10."
)
DER_VALLE = (
    "L'errore delle differenze finite contro il passo, in scala logaritmica: scende accorciando il passo, poi "
    "risale. In avanti il meglio è un errore intorno a un miliardesimo, con un passo di 1e-8; le differenze "
    "centrali arrivano a un millesimo di miliardesimo, con un passo fra 1e-5 e 1e-6."
)
GR_FIGURA = (
    "Il grafo da sinistra a destra: il cerchio w, che vale 3, entra in un prodotto; il prodotto e il cerchio b "
    "entrano in un'addizione, poi una sottrazione, poi una potenza che vale 9."
)
CA_FIGURA = (
    "Lo stesso grafo con le frecce rosse all'indietro: dall'errore, che ha gradiente 1, la prima freccia porta "
    "×6, poi ×1, ×1 e ×1, e l'ultima, verso w, ×2. Sotto i nodi i prodotti: 6 per scarto, previsione, prodotto "
    "e b; 12 per w."
)
CA_SOMMA_FIGURA = (
    "Ad a tornano tre frecce: due dal prodotto, che portano ×3 ciascuna, e una dall'addizione, che porta ×1. "
    "Sotto: grad 7."
)
TU_ASPETTA = (
    "Il grafo di y = q + q·a, con q = a·a. A q tornano due frecce, una dall'addizione e una dal prodotto; ad a ne "
    "tornano tre: due da q, una dal prodotto. Sotto i nodi: 4 per q e 33 per a."
)
IM_FIGURA = (
    "Quattro punti su una retta che sale. La retta di partenza è piatta, sullo zero; dopo un passo si è "
    "inclinata e alzata verso i punti, ma ne è ancora lontana."
)
DI_FIGURA = (
    "Due volte la stessa conca, con le sue linee di livello ovali, e la stessa partenza in alto a sinistra. Con "
    "lr 0,4 il cammino rimbalza da un fianco all'altro fino al minimo; con lr 0,2 scende sul fondo e poi lo "
    "segue dritto."
)
DY_LUNGA_FIGURA = (
    "Il grafo della sequenza di quattro numeri: tre coppie prodotto e addizione in fila, e w entra in tutti e "
    "tre i prodotti. Lo stato finale vale 106."
)
