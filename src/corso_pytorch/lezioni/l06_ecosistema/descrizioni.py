"""I testi alternativi delle figure della lezione 06: qui, perché la cella non risponda alla sua scommessa."""

MA_FIGURA = (
    "La mappa delle librerie su cinque righe: il nucleo, i dati di un campo, chi addestra, la scala, la "
    "produzione. Ogni casella ha il nome, una data e il numero della lezione; il colore dice se la libreria è "
    "viva, in manutenzione, superata o ferma. TorchText, torchtune e TorchServe sono ferme; FSDP1 e TorchScript "
    "superate."
)
CA_FIGURA = (
    "Un ritaglio della foto del fiore e due sue varianti quadrate, con un taglio e colori diversi; poi "
    "lo stesso per un ritaglio del tempio."
)
TR_FIGURA = "Una cifra e otto sue varianti: ruotate, spostate, più grandi o più piccole, inclinate; si leggono tutte."
TR_VIETATE = (
    "Le dieci cifre, allo specchio e dopo mezzo giro. Allo specchio si leggono ancora lo 0, l'1 e l'8; dopo "
    "mezzo giro anche il 5, ma il 6 sembra un 9 e il 9 un 6."
)
GU_ESEGUI = (
    "Tre prove senza augmentation e tre con, 200 immagini e 15 epoche. A sinistra la loss di addestramento, "
    "quasi zero senza e più alta con; a destra l'accuratezza di validazione, più alta di alcuni punti con "
    "l'augmentation."
)
RE_FIGURA = (
    "La loss di addestramento in sei epoche. Tre strati in fila: scende a ogni epoca, da circa 2 a circa 0,5. Trenta "
    "in fila: parte da circa 2,4 e scende appena, restando sopra 2. Trenta con la scorciatoia: la prima epoca è più "
    "alta, poi crolla, e alla fine è vicina a zero."
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
CA_GUARDA = (
    "Sei ritagli della cartella, tre del fiore e tre del tempio: hanno lati diversi e mostrano pezzi diversi; il "
    "terzo del fiore è solo sfondo scuro."
)
TA_MODI_FIGURA = (
    "Quattro righe, una per modo. Da zero: blocchi nuovi, si addestrano; il metro di paragone. Congelata: blocchi "
    "dell'esperta, fermi. Fine-tuning: blocchi dell'esperta, si addestrano. A caso, congelata: blocchi a caso, "
    "fermi; il controllo. In tutte l'ultimo strato è nuovo."
)
TA_ESEGUI = (
    "L'accuratezza dei quattro modi con 25 e con 100 etichette, tre prove per modo. Con 25, congelata e "
    "fine-tuning stanno alcuni punti sopra da zero, e a caso congelata sta sotto. Con 100, da zero ha raggiunto "
    "la congelata, o quasi; il fine-tuning resta davanti, di poco; a caso congelata resta ultima."
)
VO_REGISTRAZIONE = (
    "L'onda di una registrazione di dieci secondi: una pausa, le sillabe sa se si so su, una pausa, una nota, una "
    "pausa, di nuovo le sillabe, una pausa. La nota è alta quanto le sillabe; le pause sono quasi piatte."
)
VO_TAGLIA = (
    "Sopra, la registrazione con la probabilità che qualcuno parli: vicina a 1 sulle sillabe, vicina a 0 sulla nota "
    "e nelle pause; ciò che si tiene è colorato, e sono i due gruppi di sillabe. Sotto, ciò che resta in fila: "
    "meno della metà."
)
AL_FIGURA = (
    "Otto domande dall'alto in basso, ognuna con una freccia sì verso la libreria adatta e la sua lezione, e una "
    "freccia verso la domanda seguente. In fondo: nessun sì, PyTorch e basta."
)
MI_FIGURA = (
    "Tre foto: A, un fiore; B, un tempio; la miscela, dove si intravedono tutti e due. Sotto ognuna le barre della "
    "sua etichetta: tutta fiore, tutta tempio, e nella miscela una quota per ciascuno."
)
