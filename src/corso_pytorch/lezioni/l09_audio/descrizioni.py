"""I testi alternativi delle figure della lezione 09: qui, perché la cella non risponda alla sua scommessa."""

SU_ONDA = (
    "Ottanta punti su un'onda che sale e scende poco più di quattro volte in dieci millisecondi: ogni punto è "
    "un campione."
)
SU_FIGURA = (
    "L'onda della melodia: quattro colpi uguali che si spengono. Si vede il volume, non si legge quali note siano."
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
    "Lo spettrogramma della melodia fino a 1000 hertz: quattro macchie una dopo l'altra, che salgono di un "
    "gradino due volte e poi tornano in basso; ognuna si spegne verso destra."
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
ME_FIGURA = "Sedici triangoli affiancati da 0 a 4000 hertz: stretti e fitti in basso, sempre più larghi verso l'alto."
ME_CIECO = (
    "A sinistra due spettri: uno piatto, l'altro con quattro punte, ognuna fra due fosse; a destra le barre dei "
    "sedici canali Mel, identiche per tutti e due."
)
ST_FIGURA = (
    "Cinque spettrogrammi della stessa nota: organo e clarinetto, con righe che durano, nel secondo una sì e "
    "una no più debole; flauto, con poche righe in basso e un fondo di soffio; corda, con righe che si spengono "
    "dall'alto; campana, con righe non equidistanti."
)
RU_CONFUSIONE = (
    "La matrice di confusione a 20 decibel: molti organi e clarinetti finiscono nella colonna del flauto, e "
    "parecchie campane in quella della corda."
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
FA_GRIFFIN = (
    "Venti millisecondi delle due onde: oscillano con la stessa frequenza, ma i massimi non cadono negli stessi "
    "istanti."
)
MA_FIGURA = (
    "L'immagine di un organo in tre versioni: intera, con una striscia orizzontale di colore medio, con una "
    "striscia verticale."
)
