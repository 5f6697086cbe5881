"""I testi alternativi delle figure della lezione 09: qui, perché la cella non risponda alla sua scommessa."""

SU_MISTERO = (
    "L'onda della melodia da decifrare: otto colpi che si spengono. Si vede il volume, non si legge quali note siano."
)
SU_ONDA = (
    "Ottanta punti su un'onda che sale e scende poco più di quattro volte in dieci millisecondi: ogni punto è "
    "un campione."
)
CO_FIGURA = (
    "Due righe di venti millesimi di secondo. In quella di sopra l'onda comincia frastagliata, piena di punte, e a "
    "ogni periodo si smussa; in quella di sotto restano gobbe lisce e più basse."
)
CA_FIGURA = (
    "Un'onda lenta di 1000 hertz e una fitta di 7000 hertz, capovolta: passano tutte e due esattamente per gli "
    "stessi campioni, segnati da punti neri."
)
SP_FIGURA = "L'ampiezza per ogni frequenza fino a 600 hertz: quasi zero ovunque, con tre picchi su do, mi e sol."
SG_MISURE = (
    "Sopra, tre finestre a campana che avanzano di mezza larghezza e si sovrappongono. Sotto, il primo frame, e "
    "lo stesso moltiplicato per la finestra: ai bordi va a zero."
)
SG_FIGURA = (
    "Lo spettrogramma della melodia fino a 2000 hertz: quattro gruppi di righe orizzontali, uno dopo l'altro; la riga "
    "più bassa sale di un gradino due volte e poi torna in basso, e in ogni gruppo le righe più alte si spengono prima."
)
SG_FISCHIO = (
    "Una linea sale da zero a 4000 hertz a metà del tempo e poi scende di nuovo a zero: l'aliasing, come "
    "riflesso in uno specchio."
)
FI_FIGURA = (
    "A sinistra, finestra corta: due righe verticali nette, gli schiocchi, e una sola fascia larga al posto "
    "delle note. A destra, finestra lunga: due righe orizzontali distinte, le note, e gli schiocchi sparsi in "
    "una macchia larga."
)
MI_FIGURA = (
    "Lo spettrogramma delle otto note fino a 1000 hertz: la riga più bassa è una scaletta fra 290 e 400 hertz; parte "
    "da 330, resta ferma, sale di due gradini, resta ferma, e poi scende di tre."
)
ME_FIGURA = "Sedici triangoli affiancati da 0 a 4000 hertz: stretti e fitti in basso, sempre più larghi verso l'alto."
ST_FIGURA = (
    "Cinque spettrogrammi della stessa nota: organo e clarinetto, con righe che durano, nel secondo una sì e "
    "una no più debole; flauto, con poche righe in basso e un fondo di soffio; corda, con righe che si spengono "
    "dall'alto; campana, con righe non equidistanti."
)
RU_IMMAGINI = (
    "Il Mel di una corda pulita, con righe chiare su fondo nero, e lo stesso a 20 decibel: il fondo nero è "
    "diventato viola, pieno di grana."
)
RU_FIGURA = (
    "L'accuratezza mentre il rumore cresce da 30 a meno 10 decibel. La rete addestrata su suoni puliti scende "
    "subito e arriva vicino al 20 per cento, cioè a caso; con il pavimento a 1 resta alta fino a 15 decibel; "
    "quella addestrata con il rumore resta alta fino a 0 decibel e poi scende."
)
VO_FIGURA = (
    "Uno spettrogramma in tre parti uguali. Nella prima le strisce chiare stanno tutte sotto i 1000 hertz; nella "
    "seconda una è in basso e l'altra sopra i 2000; nella terza due strisce vicine, intorno ai 1000."
)
FA_GRIFFIN = (
    "Venti millisecondi delle due onde: oscillano con la stessa frequenza, ma i massimi non cadono negli stessi "
    "istanti."
)
