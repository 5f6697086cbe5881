"""I testi alternativi delle figure della lezione 13: qui, perché la cella non risponda alla sua scommessa."""

PE_FIGURA_ASSI = (
    "I quattro assi di un kernel: in Keras altezza, larghezza, entrata, filtri; in PyTorch filtri, entrata, "
    "altezza, larghezza. Le frecce si incrociano: gli ultimi due passano davanti, scambiati."
)
FL_FIGURA = (
    "Due canali di quattro numeri, uno azzurro e uno arancio. La fila di PyTorch: i quattro azzurri, poi i "
    "quattro arancio. La fila di Keras: azzurro e arancio alternati, pixel per pixel."
)
AD_FIGURA = (
    "La loss di quattro epoche con SGD: la linea tratteggiata di Keras corre sopra il nastro largo del nostro ciclo."
)
CF_FIGURA = (
    "Dodici fasi, dalla forma degli strati al seme: in PyTorch le scrivi tutte tu; in Keras ti restano loss, "
    "ottimizzatore, misura del batch, metriche, seme e ordine, e il resto lo fa Keras, in gran parte dentro train_step."
)
FR_FIGURA = (
    "Due scale di chiamate. In PyTorch quattro gradini: il tuo ciclo, due funzioni di PyTorch, il tuo forward. "
    "In Keras dieci: la tua con_fit, otto gradini di Keras e di PyTorch, fra cui fit e train_step, e infine il "
    "tuo call."
)
PA_FIGURA = (
    "La norma del gradiente, prima del taglio, nei trenta passi di un'epoca: la linea tratteggiata di "
    "train_step segue, punto per punto, il nastro largo del nostro ciclo. Stanno tutte e due sopra la soglia di "
    "0,2."
)
GR_FIGURA = (
    "Tre grafi. Nei primi due, costruiti strada facendo, c'è una sola operazione: relu se la somma è positiva, "
    "neg se è negativa, e l'altra non esiste. Nel terzo, fatto prima, ci sono sum, greater, relu e neg insieme, e "
    "where sceglie."
)
AM_FIGURA = (
    "La lunghezza del primo passo di Adam secondo il gradiente, da un miliardesimo a un millesimo: due curve a "
    "S uguali, ma quella di Keras sale più a destra, a gradienti una trentina di volte più grandi."
)
