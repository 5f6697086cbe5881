"""I testi alternativi delle figure della lezione 12: qui, perché la cella non risponda alla sua scommessa."""

PE_MAPPA = (
    "A sinistra la rete addestrata. Da lei partono due frecce, verso TorchScript e verso torch.export, il "
    "grafo; dal grafo ne partono quattro: ONNX, AOTInductor, ExecuTorch ed ExecuTorch a 8 bit. Accanto a ogni "
    "forma, dove gira."
)
ST_FIGURA = (
    "Due file a confronto. Il pickle comincia con istruzioni da eseguire, in arancio, poi i numeri. Il file "
    "safetensors ha lunghezza, intestazione JSON e numeri: nessun pezzo è arancio."
)
IN_GRADINI = (
    "Due scale a gradini. Con 3 bit i livelli sono sette, e pesi diversi finiscono sullo stesso gradino; con 8 "
    "bit i livelli sono 255, e i punti stanno quasi su una diagonale."
)
IN_ISTOGRAMMA = (
    "Quanti pesi finiscono su ogni intero da meno 127 a 127: una campana intorno a zero. Agli estremi arrivano "
    "in pochi; una freccia indica il peso più grande, che detta la scala a tutti."
)
FI_FIGURA = (
    "Ogni forma è un punto: a destra chi è lento, in alto chi ha il file grande. ExecuTorch a 8 bit sta in "
    "basso; AOTInductor in alto, per la libreria compilata. Solo i logit a 8 bit si scostano da quelli di "
    "eager."
)
SE_DIALOGO = (
    "Chi chiede manda i pixel al servizio. Il servizio controlla in ordine la grandezza, il JSON e i numeri, "
    "con un codice di errore per ciascuno; se va tutto bene il modello calcola, e torna la risposta con il "
    "codice 200."
)
SE_RISPOSTA = (
    "A sinistra il 3 mandato al servizio; a destra le probabilità che il servizio ha risposto: la barra del 3 è "
    "la più alta."
)
