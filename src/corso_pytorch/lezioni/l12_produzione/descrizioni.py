"""I testi alternativi delle figure della lezione 12: qui, perché la cella non risponda alla sua scommessa."""

PE_MAPPA = (
    "A sinistra la rete addestrata. Da lei partono due frecce: verso i pesi in safetensors, per il collega che ha la "
    "classe, e verso torch.export, il grafo. Dal grafo ne partono tre: il file .pt2 per il collega senza la classe, "
    "ONNX per il server, ExecuTorch a 8 bit per l'orologio."
)
ST_FIGURA = (
    "Due file a confronto. Il pickle comincia con istruzioni da eseguire, in arancio, poi i numeri. Il file "
    "safetensors ha lunghezza, intestazione JSON e numeri: nessun pezzo è arancio."
)
IN_GRADINI = (
    "Due scale a gradini. Con 3 bit i livelli sono sette, e pesi diversi finiscono sullo stesso gradino; con 8 "
    "bit i livelli sono 255, e i punti stanno quasi su una diagonale."
)
FI_FIGURA = (
    "Ogni forma è un punto con il suo nome: a destra chi è lento, in alto chi ha il file grande. Sotto la riga dei 40 "
    "kilobyte dell'orologio c'è soltanto ExecuTorch a 8 bit, con accanto lo scarto dei suoi logit."
)
SE_DIALOGO = (
    "Chi chiede manda i pixel al servizio. Il servizio controlla in ordine la grandezza, il JSON con il suo campo e "
    "i numeri, con un codice di errore per ciascuno; se va tutto bene il modello calcola, e torna la risposta con il "
    "codice 200."
)
SE_RISPOSTA = (
    "A sinistra il 3 mandato al servizio; a destra le probabilità che il servizio ha risposto: la barra del 3 è "
    "la più alta."
)
