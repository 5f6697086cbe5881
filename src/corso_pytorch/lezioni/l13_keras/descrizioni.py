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
    "Quattro epoche con SGD, su scala logaritmica. In alto la loss, che scende; molto più in basso, tratteggiato, lo "
    "scarto fra le loss delle due librerie, sempre molto più piccolo."
)
AD_RISPOSTE = (
    "Due righe di dieci cifre bianche su nero, con ciò che Keras ci legge. Nella prima, le prime dieci della "
    "validazione, quasi tutte lette bene; nella seconda dieci lette male, con in arancio la risposta e la cifra vera: "
    "molte sono scritte in modo insolito. Nel titolo, quante ne legge bene su mille."
)
CF_FIGURA = (
    "Dodici fasi, dalla forma degli strati al seme: in PyTorch le scrivi tutte tu; in Keras ti restano loss, "
    "ottimizzatore, misura del batch, metriche, seme e ordine, e il resto lo fa Keras, in gran parte dentro train_step."
)
FR_FIGURA = (
    "Due scale di chiamate. In PyTorch quattro gradini: il tuo ciclo, due funzioni di PyTorch, il tuo forward. "
    "In Keras dieci: la tua con_fit, otto gradini di Keras e di PyTorch, fra cui fit e train_step, e infine il "
    "tuo call. I quattro error_handler non ci sono."
)
PA_FIGURA = (
    "La norma del gradiente, prima del taglio, nei trenta passi di un'epoca: la linea tratteggiata di "
    "train_step segue, punto per punto, il nastro largo del nostro ciclo. Stanno tutte e due sopra la soglia di "
    "0,2."
)
RI_FIGURA = (
    "Dieci cifre nere su bianco, le stesse di prima al negativo, con ciò che Keras ci legge: quasi tutte le risposte "
    "sono in arancio, con accanto la cifra vera. Nel titolo, quante ne legge bene su mille: meno di cento."
)
GR_FIGURA = (
    "Tre grafi. Nei primi due, costruiti strada facendo, c'è solo ciò da cui nasce il risultato: con lo sfondo chiaro "
    "la sottrazione 1 − x; con lo scuro x arriva a y com'è, e 1 − x non nasce. Nel terzo, fatto prima, ci sono mean, "
    "greater e 1 − x insieme: where sceglie fra x e 1 − x, e dà y."
)
GR_PENNARELLO = (
    "Dieci fogli grigio chiaro con una cifra nera dal tratto largo, che si legge bene. Sopra ognuno c'è la media dei "
    "suoi pixel, per lo più poco sotto 0,5."
)
GR_TUO = (
    "Le dieci cifre a pennarello, ognuna con ciò che legge il file del tuo lettore; in arancio, con la cifra vera, "
    "dove sbaglia. Nel titolo, quante ne legge bene su duecento."
)
AM_FIGURA = (
    "La lunghezza del primo passo di Adam secondo il gradiente, da un miliardesimo a un millesimo: due curve a "
    "S uguali, ma quella di Keras sale più a destra, a gradienti una trentina di volte più grandi."
)
