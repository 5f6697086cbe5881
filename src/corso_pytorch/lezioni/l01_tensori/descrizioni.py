"""I testi alternativi delle figure della lezione 01: qui, perché la cella non risponda alla sua scommessa."""

FORMA_FIGURA = (
    "Quattro tensori: una casella senza assi, una riga di 4 con l'asse 0, una tabella 3 per 4 con l'asse 0 "
    "verso il basso e l'asse 1 verso destra, una pila 2 per 3 per 4 in cui l'asse 0 va da una pagina all'altra."
)
INDICI_FIGURA = (
    "La stessa tabella 3 per 4 quattro volte, con colorati la riga 1, l'ultima colonna presa con un numero, la stessa "
    "colonna presa con un intervallo, il riquadro delle prime due righe e delle colonne 1 e 2; sotto, la forma di ogni "
    "pezzo: (4,), (3,), (3, 1), (2, 2)."
)
RIDUZIONI_FIGURA = (
    "La tabella dei voti due volte. A sinistra frecce verso il basso: la media lungo l'asse 0 lascia una riga "
    "di 4 medie. A destra frecce verso destra: la media lungo l'asse 1 lascia 3 medie, una per studente."
)
TRASPOSTA_FIGURA = (
    "Tre tabelle sopra la stessa fila di sei caselle in memoria. Per x, di forma 2 per 3, l'asse 0 salta di 3 "
    "caselle e l'asse 1 di 1; per la trasposta i due salti sono scambiati; x senza la prima colonna ha gli "
    "stessi salti, ma parte dalla casella 1."
)
BC_FIGURA = (
    "La tabella dei voti, 3 per 4, meno la riga delle medie 7, 7, 8, 6, ripetuta in grigio sotto sé stessa per "
    "arrivare a 3 righe, dà la tabella degli scarti. A fianco le forme allineate a destra: 4 e 4 sono uguali, "
    "il 3 non ha compagno."
)
BC_TABELLINA_FIGURA = (
    "La colonna 1, 2, 3 ripetuta verso destra per la riga 1, 2, 3, 4 ripetuta verso il basso dà la tabellina, 3 "
    "per 4: ogni 1 si allunga fino alla lunghezza dell'altra forma."
)
PRODOTTO_FIGURA = (
    "A sinistra a, 3 per 4; in alto b, 4 per 2; dove si incrociano a @ b, 3 per 2. In evidenza la riga 1 di a, "
    "la colonna 1 di b e la loro casella: 8,5, la somma dei quattro prodotti."
)
FRASI_FIGURA = (
    "Tre frasi su tre righe, sei posizioni ciascuna; sopra ogni numero la sua parola. Le posizioni dopo la fine "
    "della frase sono grigie, tratteggiate, e contengono 0: il riempitivo."
)
FOTO_FIGURA = (
    "Un fiore arancione su uno sfondo scuro, verde e blu. Accanto i tre canali in grigio: nel rosso il fiore è chiaro "
    "e lo sfondo nero; nel verde il fiore è grigio; nel blu è scuro quasi come lo sfondo."
)
FOTO_RESHAPE_FIGURA = (
    "A sinistra il fiore, com'era. A destra righe e quadretti verdi, blu e rossi, senza fiore: con reshape i pixel "
    "sono stati rimescolati, pur avendo la stessa forma."
)
GE_FIGURA = (
    "A sinistra un fiore arancione su uno sfondo scuro. A destra, con 100 in più, lo sfondo è più chiaro, ma i petali "
    "sono verdi e blu."
)
DTYPE_CURA_FIGURA = (
    "A sinistra il fiore con i petali verdi e blu. A destra la foto schiarita bene: lo stesso sfondo, e petali chiari, "
    "fra il giallo e il rosa."
)
CONDIZIONE_FIGURA = (
    "A sinistra il fiore arancione. A destra la maschera in bianco e nero: è bianca dove ci sono i petali, nera quasi "
    "ovunque altrove."
)
MEMORIA_RITAGLIO = (
    "A sinistra il ritaglio, tutto nero. A destra la foto intera: in mezzo al fiore c'è un rettangolo nero."
)
