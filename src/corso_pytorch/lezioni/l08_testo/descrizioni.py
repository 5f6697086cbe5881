"""I testi alternativi delle figure della lezione 08: qui, perché la cella non risponda alla sua scommessa."""

NU_FIGURA = (
    "Tre frasi su tre righe di sette posizioni, con la parola e sotto il suo numero. Dopo la fine della prima e "
    "della terza frase le posizioni sono grigie e tratteggiate e contengono 0: il riempitivo."
)
BP_FIGURA = (
    "La parola talento in quattro righe: prima sette lettere; poi n e t si fondono; poi e con nt; infine l con "
    "ent, e resta t, a, lent, o. Il pezzo nato a ogni passo è in azzurro."
)
DA_FIGURA = (
    "I primi sei versi dell'Inferno, un verso per riga, una casella per token. In verde le parole rimaste intere: fra "
    "le altre del, di, mi, per, una, selva, la, via, era, dura, che. Le altre sono a pezzi: lo spazio e Nel, me z z o, "
    "cam e min; selvaggia è fatta di selva e ggia."
)
EM_FIGURA = (
    "Una riga per token della frase il film non è bello, sedici caselle colorate per riga: viola i numeri "
    "positivi, arancio i negativi. Per ora sono a caso."
)
MA_FIGURA = (
    "Due tabelle 3 per 3 di pesi, fra non, è, bello. In quella causale ciò che sta sopra la diagonale vale zero: non "
    "vede solo sé stesso, è vede i primi due, bello li vede tutti."
)
BL_FIGURA = (
    "Da sinistra a destra: embedding e posti; poi il blocco, cioè attenzione a più teste, somma con ciò che era "
    "entrato, LayerNorm, e ancora piccola rete, somma con la sua entrata, LayerNorm; infine gli strati lineari "
    "che fanno i logit. Due frecce viola scavalcano le due mosse."
)
BE_CURVE = (
    "Le due loss, di addestramento e di validazione, restano per una o due epoche sulla linea piatta della moneta, a "
    "0,69, poi crollano insieme quasi a zero."
)
BE_SGUARDO = (
    "L'attenzione del primo blocco di BERT su «il film non è bello»: nella riga di [CLS] quasi tutto il peso è sulla "
    "colonna di «non»."
)
