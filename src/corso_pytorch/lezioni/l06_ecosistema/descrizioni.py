"""I testi alternativi delle figure della lezione 06: qui, perché la cella non risponda alla sua scommessa."""

MA_FIGURA = (
    "La mappa delle librerie su cinque righe: il nucleo, i dati di un campo, chi addestra, la scala, la "
    "produzione. Ogni casella ha il nome, una data e il numero della lezione; il colore dice se la libreria è "
    "viva, in manutenzione, superata o ferma. TorchText, torchtune e TorchServe sono ferme; FSDP1 e TorchScript "
    "superate."
)
AL_FIGURA = (
    "Sei domande dall'alto in basso, ognuna con una freccia sì verso la libreria adatta e la sua lezione, e "
    "una freccia verso la domanda seguente. In fondo: nessun sì, PyTorch e basta."
)
CA_FIGURA = (
    "Un ritaglio della foto del fiore e due sue varianti quadrate, con un taglio e colori diversi; poi "
    "lo stesso per un ritaglio del tempio."
)
TR_FIGURA = "Una cifra e otto sue varianti: ruotate, spostate, più grandi o più piccole, inclinate; si leggono tutte."
MI_FIGURA = (
    "Quattro foto mescolate a due a due: sotto un'immagine se ne intravede un'altra; il titolo dice le quote di "
    "fiore e di tempio."
)
TR_VIETATE = (
    "Le dieci cifre, allo specchio e dopo mezzo giro. Allo specchio si leggono ancora lo 0, l'1 e l'8; dopo "
    "mezzo giro il 6 sembra un 9 e il 9 un 6."
)
GU_ESEGUI = (
    "Due prove senza augmentation e due con, 200 immagini e 15 epoche. A sinistra la loss di addestramento, "
    "quasi zero senza e più alta con; a destra l'accuratezza di validazione, più alta di alcuni punti con "
    "l'augmentation."
)
RE_FIGURA = (
    "La loss di addestramento in sei epoche. In fila: parte da circa 2,4 e scende appena, restando sopra 2. Con "
    "la scorciatoia: la prima epoca è più alta, poi crolla, e alla fine è vicina a zero."
)
RE_BLOCCO_FIGURA = (
    "Un blocco residuo: x entra in una convoluzione con batch normalization, una ReLU e una seconda "
    "convoluzione con batch normalization; intanto una scorciatoia porta x, com'è, a una somma; dopo la somma "
    "un'altra ReLU dà y."
)
VI_FIGURA = (
    "Una cifra 28 per 28 tagliata in 16 riquadri di 7 per 7 pixel; sotto, gli stessi riquadri in fila, numerati "
    "da 1 a 16, dopo un token di classe numero 0."
)
VI_ATTENZIONE_FIGURA = (
    "Otto cifre e, sotto, l'attenzione del token di classe in 4 per 4 riquadri, con il contorno della cifra e "
    "una scala di colore: pochi riquadri sono molto più chiari degli altri, di solito sopra o accanto ai "
    "tratti."
)
TA_ESEGUI = (
    "L'accuratezza dei cinque modi con 25 e con 100 etichette, tre prove per modo. Con 25, congelata e "
    "fine-tuning stanno alcuni punti sopra da zero; a caso congelata e solo i pixel stanno sotto. Con 100, da "
    "zero ha raggiunto gli altri, o quasi."
)
VO_FIGURA = (
    "Cinque suoni, con la probabilità che qualcuno parli. Silenzio, fruscio e una nota: sempre vicina a zero. "
    "Una «a» tenuta: fino a circa 0,3 all'inizio, poi zero. Sa, se, si, so, su: dopo mezzo secondo è quasi "
    "sempre 1."
)
