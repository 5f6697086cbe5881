"""I testi alternativi delle figure della lezione 08: qui, perché la cella non risponda alla sua scommessa."""

NU_FIGURA = (
    "Tre frasi su tre righe di sette posizioni, con la parola e sotto il suo numero. Dopo la fine della prima e "
    "della terza frase le posizioni sono grigie e tratteggiate e contengono 0: il riempitivo."
)
BP_FIGURA = (
    "La parola talento in quattro righe: prima sette lettere; poi n e t si fondono; poi e con nt; infine l con "
    "ent, e resta t, a, lent, o. Il pezzo nato a ogni passo è in azzurro."
)
EM_FIGURA = (
    "Una riga per token della frase il film non è bello, sedici caselle colorate per riga: viola i numeri "
    "positivi, arancio i negativi. Per ora sono a caso."
)
MA_FIGURA = (
    "Due tabelle 3 per 3 di pesi. In quella causale tutto ciò che sta sopra la diagonale vale zero: il primo "
    "vede solo sé stesso, il secondo i primi due, il terzo tutti."
)
BL_FIGURA = (
    "Un blocco Transformer da sinistra a destra: attenzione a più teste, somma con ciò che era entrato, "
    "LayerNorm; poi una piccola rete, somma con la sua entrata, LayerNorm. Due frecce viola scavalcano le due "
    "mosse."
)
BE_CURVE = (
    "Le due loss, di addestramento e di validazione, restano ferme intorno a 0,69 per una o due epoche, poi "
    "crollano insieme quasi a zero."
)
BE_MAPPA_FIGURA = (
    "Due nuvole di punti, uno per frase di test. Prima dell'addestramento positive e negative sono mescolate; "
    "dopo stanno ai due capi di un arco, con qualche punto fuori posto."
)
BE_SGUARDO = (
    "L'attenzione del primo blocco di BERT su «il film non è bello»: nella riga di [CLS] quasi tutto il peso è sulla "
    "colonna di «non»."
)
