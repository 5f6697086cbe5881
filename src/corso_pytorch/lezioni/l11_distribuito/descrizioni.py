"""I testi alternativi delle figure della lezione 11: qui, perché la cella non risponda alla sua scommessa."""

PE_FIGURA = (
    "La memoria per addestrare modelli da uno, tre e otto miliardi di parametri: 16, 48 e circa 128 GB, per tre "
    "quarti stati di Adam. L'ultima barra supera la linea di una GPU da 80 GB."
)
MA_FIGURA = (
    "Il batch è diviso in due fette; ogni processo ha la stessa rete e calcola il gradiente della sua fetta; se "
    "ne fa la media, e tutti e due fanno lo stesso passo con gli stessi pesi nuovi."
)
SA_FIGURA = (
    "Gli indici di due processi in tre epoche. Senza set_epoch le tre righe sono identiche; con set_epoch ogni "
    "epoca ha un ordine diverso, e cambia anche quali esempi toccano a ciascuno."
)
TE_FIGURA = "Il tempo di un processo solo, dei due insieme e dei due senza parlarsi, con 256 e con 1024 esempi."
AN_FIGURA = (
    "Tre processi con tre pezzi: all'inizio tutti 1, tutti 10, tutti 100. Dopo due passi ognuno ha un pezzo "
    "finito, 111, in verde; dopo altri due tutti i nove pezzi valgono 111."
)
BL_FIGURA = (
    "Due ranghi nel tempo. Il rango 0 chiama all_reduce(loss) e poi all_reduce(giuste); il rango 1 salta la prima. Una "
    "freccia unisce la prima del rango 0 alla seconda del rango 1; il rango 0 aspetta sulla sua seconda."
)
FS_FIGURA = (
    "Le tre matrici dei pesi divise per righe fra due ranghi: 64 e 64, 108 e 108, 5 e 5 righe, metà per ciascuno."
)
FS_FILM = (
    "Un passo, strato per strato. Nel forward ogni strato si raduna, lavora e torna un pezzo prima che si raduni il "
    "seguente. Nel backward si raduna di nuovo, lavora, torna un pezzo, e poi si dividono i gradienti; lo strato che "
    "viene dopo comincia a radunarsi mentre quello prima è ancora intero."
)
TP_FIGURA = (
    "Il processo 0 e il processo 1 ricevono lo stesso x; ognuno calcola metà delle uscite del primo strato e le "
    "usa come metà degli ingressi del secondo, senza scambiarsi nulla; alla fine si sommano i due risultati."
)
PI_FIGURA = (
    "Quattro GPU in fila nel tempo. Con un pezzo solo lavora una GPU alla volta; con quattro micro-batch i "
    "forward e i backward si sovrappongono, e le caselle vuote all'inizio, in mezzo e alla fine sono meno."
)
