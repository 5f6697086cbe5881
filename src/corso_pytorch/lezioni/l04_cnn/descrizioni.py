"""I testi alternativi delle figure della lezione 04: qui, perché la cella non risponda alla sua scommessa."""

DA_PIXEL = (
    "I primi 784 byte del file, messi in quadrato, sono una cifra bianca su nero; accanto, ingranditi, i pixel "
    "al centro."
)
DA_FIGURA = (
    "Quaranta cifre scritte a mano, bianche su nero, ognuna con la sua etichetta da 0 a 9: cambiano spessore, "
    "inclinazione e forma."
)
LI_FIGURA = (
    "Dieci mappe dei pesi, una per cifra, su due righe: in viola i pixel che fanno salire il punteggio, in arancio "
    "quelli che lo abbassano. Nello zero si riconosce un anello viola con il centro arancio."
)
CO_FIGURA = (
    "A sinistra l'immagine 6 per 6 con un ritaglio 3 per 3 incorniciato, al centro il kernel, a destra il "
    "risultato 4 per 4. Sotto, le nove moltiplicazioni la cui somma, 3, è la casella incorniciata del "
    "risultato."
)
CO_BORDI = (
    "Una cifra e due mappe: nella prima sono accesi i bordi verticali dei tratti, viola da un lato e arancio "
    "dall'altro; nella seconda quelli orizzontali."
)
TA_FIGURA = (
    "Tre griglie con kernel 3 per 3. Senza padding, con stride 1: 4 per 4 posizioni. Con padding 1 la cornice "
    "di zeri ne permette 6 per 6, come l'immagine. Con padding 1 e stride 2 le posizioni sono 3 per 3."
)
PO_FIGURA = (
    "Una tabella 4 per 4 divisa in quattro riquadri 2 per 2 di colori diversi; a destra una tabella 2 per 2 con "
    "il massimo di ogni riquadro: 4, 5, 1, 8."
)
RE_FIGURA = (
    "La rete come una fila di cinque blocchi: immagine 1 per 28 per 28, poi 16 mappe 12 per 12, 32 mappe 6 per "
    "6, 64 mappe 3 per 3, infine una colonna di dieci caselle, i logit. I blocchi diventano più bassi e più larghi."
)
AD_LR_FIGURA = (
    "Il learning rate parte da un venticinquesimo del massimo, ci arriva al 30 per cento dei passi e scende dolcemente "
    "fin quasi a zero."
)
AD_CURVE = (
    "A sinistra, in tre epoche, la loss di addestramento crolla e quella di validazione, già bassa, scende "
    "ancora. A destra gli errori di validazione scendono fino a circa uno su cento."
)
TE_MATRICE_FIGURA = (
    "Matrice 10 per 10: la diagonale grigia contiene quasi tutte le immagini; fuori dalla diagonale pochi "
    "errori, più scuri dove due cifre si somigliano."
)
TE_PEGGIORI_FIGURA = (
    "Le sedici cifre sbagliate con più sicurezza, ognuna con la cifra vera e quella letta dalla rete: molte "
    "sono scritte in modo ambiguo o insolito."
)
SP_CURVE = (
    "Due grafici dell'accuratezza contro lo spostamento, da −6 a 6 pixel. Il modello lineare ha una punta "
    "stretta sullo zero. La CNN ha un tetto largo due o tre pixel per parte, poi scende. In verticale "
    "scendono prima tutti e due."
)
SP_POSIZIONI = (
    "Tre quadrati 3 per 3 di pesi: nella stessa mappa ogni posizione ha un peso diverso, positivo in viola o "
    "negativo in arancio."
)
AU_CURVE = (
    "Le curve di prima e altre due. Con i dati variati la CNN resta alta fino a circa 4 pixel nelle due direzioni. Con "
    "il global pooling sulle cifre ferme è un po' più in basso, ma a 6 pixel è la più alta."
)
AU_FIGURA = (
    "Una cifra originale e nove varianti: ruotate, spostate, ingrandite o rimpicciolite di poco, tutte ancora "
    "leggibili."
)
AU_TRAPPOLA_FIGURA = (
    "Sopra, sei immagini identiche: il batch intero ha ricevuto la stessa variazione. Sotto, sei varianti "
    "diverse, ottenute una alla volta."
)
DE_FILTRI = (
    "Due file di sedici kernel 5 per 5. Sopra, quelli iniziali, a caso. Sotto, quelli imparati: i colori vicini "
    "si somigliano appena di più, e quasi nessuno ha una forma che si riconosca."
)
DE_MAPPE_FIGURA = (
    "Una cifra e, sotto, le prime otto mappe di ogni blocco. Nel primo si riconosce la cifra con bordi diversi "
    "in evidenza; nel secondo è sfocata; nel terzo restano 3 per 3 macchie accese o spente."
)
TU_FIGURA = "A sinistra un 3 disegnato a quadretti; a destra le barre delle probabilità: quasi tutta sul 3."
TU_CENTRO = (
    "Lo stesso 3 tre volte: come l'hai disegnato, spinto nell'angolo in alto a sinistra, riportato al centro. "
    "Sopra ognuno la cifra che la rete legge e con quanta sicurezza."
)
TU_PUNTINI = (
    "A sinistra un foglio di puntini grigi a caso; a destra le barre delle probabilità: una cifra sola prende "
    "quasi tutto."
)
