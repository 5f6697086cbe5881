"""Le risposte di prova agli esercizi della lezione 11: giuste in altre forme, sbagliate che non sono sviste."""

import torch

from corso_pytorch.lezioni.l11_distribuito.esercizi import SOGLIA, anello, contributi
from corso_pytorch.lezioni.l11_distribuito.palestra import Corsa, simula, stato_con


# 11.1
def _media_somma(gradienti, quanti):
    totale = sum(quanti)
    return sum(g * (n / totale) for g, n in zip(gradienti, quanti) if n > 0)


def _media_nan_a_zero(gradienti, quanti):
    pesi = torch.tensor(quanti, dtype=gradienti[0].dtype) / sum(quanti)
    return torch.tensordot(pesi, torch.stack(gradienti).nan_to_num(), dims=1)


def _media_ciclo(gradienti, quanti):
    risultato, visti = torch.zeros_like(gradienti[0]), 0
    for g, n in zip(gradienti, quanti):
        if n == 0:
            continue
        risultato = (risultato * visti + g * n) / (visti + n)
        visti += n
    return risultato


def _media_da_zero(gradienti, quanti):
    risultato = torch.zeros(gradienti[0].shape)
    for g, n in zip(gradienti, quanti):
        if n:
            risultato += g * n / sum(quanti)
    return risultato


def _media_sul_posto(gradienti, quanti):
    for g, n in zip(gradienti, quanti):
        g.nan_to_num_().mul_(n)
    return sum(gradienti) / sum(quanti)


def _media_fino_al_vuoto(gradienti, quanti):
    risultato = torch.zeros_like(gradienti[0])
    for g, n in zip(gradienti, quanti):
        if n == 0:
            break
        risultato += g * n
    return risultato / sum(quanti)


# 11.2 e 11.3: corse di programmi scritti in un altro modo.
def _meta(rango, epoca, ordine):
    return ordine[: len(ordine) // 2] if rango == 0 else ordine[len(ordine) // 2 :]


def _un_passo(rango, epoca, ordine):
    return [i for passo in range(0, len(ordine), 32) for i in ordine[passo : passo + 32][rango * 16 :][:16]]


def _salva_il_secondo(rango, pesi):
    return stato_con(pesi) if rango == 1 else {}


def _a_turno(rango, epoca, ordine):
    return sorted(ordine, key=lambda esempio: (esempio + epoca) % 2)[rango * 48 :][:48]


_ANCHE_COSI = [
    {"semi": lambda epoca: 1000 - epoca},
    {"quota": _meta},
    {"quota": _a_turno},
    {"quota": _un_passo, "salva": _salva_il_secondo},
]


def _sotto(rango, medie):
    return medie[-1] < SOGLIA


# 11.4
def _contributi_fette(x, su, giu, processi):
    a_testa, lista = len(su) // processi, []
    for rango in range(processi):
        miei = slice(rango * a_testa, (rango + 1) * a_testa)
        h = (x @ su[miei].T).clamp(min=0)
        lista.append(h @ giu[:, miei].T)
    return lista


def _contributi_nascosti(x, su, giu, processi):
    h = torch.relu(x @ su.T)
    a_testa = h.shape[1] // processi
    return tuple(h[:, i : i + a_testa] @ giu.T[i : i + a_testa] for i in range(0, h.shape[1], a_testa))


# 11.6
def _anello_indici(pezzi):
    P = len(pezzi)
    p, stato, stati = torch.arange(P), pezzi.clone(), []
    for giro in range(2):
        for s in range(P - 1):
            c, a = (p + giro - s) % P, (p + 1) % P
            mandati = stato[p, c]
            stato = stato.clone()
            stato[a, c] = mandati if giro else stato[a, c] + mandati
            stati.append(stato)
    return stati


def _anello_liste(pezzi):
    P = len(pezzi)
    righe, stati = pezzi.tolist(), []
    for passo in range(2 * (P - 1)):
        giro, s = divmod(passo, P - 1)
        mandati = [((p + giro - s) % P, righe[p][(p + giro - s) % P]) for p in range(P)]
        for p, (c, valore) in enumerate(mandati):
            righe[(p + 1) % P][c] = valore + (0 if giro else righe[(p + 1) % P][c])
        stati.append(torch.tensor(righe, dtype=pezzi.dtype))
    return stati


def _anello_senza_attesa(pezzi):
    # I pezzi che si muovono in un passo sono tutti diversi: si possono scrivere uno dopo l'altro sullo stesso stato.
    P, stato, stati = len(pezzi), pezzi.clone(), []
    for giro in (0, 1):
        for s in range(P - 1):
            for p in range(P):
                arriva = stato[p, (p + giro - s) % P]
                if giro:
                    stato[(p + 1) % P, (p + giro - s) % P] = arriva
                else:
                    stato[(p + 1) % P, (p + giro - s) % P] += arriva
            stati.append(stato.clone())
    return stati


def _anello_sul_posto(pezzi):
    stati = anello(pezzi)
    pezzi += 1
    return stati


def _anello_numpy(pezzi):
    return [torch.tensor(stato.tolist(), dtype=torch.float64) for stato in anello(pezzi)]


def _anello_senza_modulo(pezzi):
    stato, stati = pezzi.clone(), []
    for s in range(len(pezzi) - 1):
        for p in range(len(pezzi)):
            stato[p + 1, p - s] += stato[p, p - s]
        stati.append(stato.clone())
    return stati


# 11.5
_LUNGO = (
    "torchrun --nnodes=2 --nproc-per-node=4 --rdzv-backend=c10d --rdzv-endpoint=nodo0:29500 --rdzv-id=prova "
    "addestra.py risultati"
)


GIUSTE = {
    "11.1": [_media_somma, _media_nan_a_zero, _media_ciclo],
    "11.2": [simula(**altro) for altro in _ANCHE_COSI],
    "11.3": [
        *[simula(ferma=_sotto, **altro) for altro in _ANCHE_COSI],
        simula(ferma=_sotto, scritti=[0.98, 1.0]),
        simula(ferma=_sotto, scritti=[0.1, 0.98 * 96]),
    ],
    "11.4": [_contributi_fette, _contributi_nascosti],
    "11.5": [
        _LUNGO,
        _LUNGO.replace("torchrun", "uv run python -m torch.distributed.run"),
        _LUNGO.replace("--", "\\\n  --").replace("addestra.py", "./addestra.py"),
        _LUNGO.replace(" risultati", " ./risultati/"),
        _LUNGO.split(),
    ],
    "11.6": [_anello_indici, _anello_liste, _anello_senza_attesa],
}

SBAGLIATE = {
    "11.1": [
        (_media_da_zero, "Il risultato è in float32"),
        (_media_sul_posto, "cambia il suo argomento"),
        (_media_fino_al_vuoto, "ti fermi"),
        (lambda gradienti, quanti: gradienti, "dovrebbe essere un tensore"),
    ],
    "11.2": [
        (lambda dati, rete, dispositivo, cartella: [1.0], "ciò che restituisce avvia"),
        (Corsa("NameError: name 'json' is not defined (mio.py, riga 9: json)"), "import e aiuti vanno dentro"),
        (Corsa("ValueError: Default process group has not been initialized"), "si apre il gruppo"),
        (Corsa("RuntimeError: Timed out waiting 20000ms"), "aspetta una collettiva che l'altro non chiama"),
        (Corsa("RuntimeError: Connection closed by peer"), "L'altro processo è già uscito"),
        (Corsa("", simula().ranghi[:1]), "Servono due processi"),
        (simula(righe=[]), "nessun passo"),
        (simula(quota=lambda rango, epoca, ordine: ordine[rango::2][: 48 - 16 * rango]), "una volta sola"),
        (simula(salva=lambda rango, pesi: {"peso": pesi} if rango == 0 else {}), "non sono quelli della rete"),
        (simula(mescola=lambda rango, gradienti: 3 * gradienti[0]), "non è quello dei 32 esempi insieme"),
    ],
    "11.3": [
        (simula(), "alla prima epoca"),
        (Corsa("RuntimeError: Read error: Connection reset by peer"), "L'altro processo è già uscito"),
        (simula(ferma=_sotto, lr=0.05), "SGD"),
    ],
    "11.4": [
        (lambda *tutto: torch.stack(contributi(*tutto)), "è un tensore"),
        (
            lambda x, su, giu, p: [torch.relu(x @ s.T) @ g.T for s, g in zip(su.chunk(p), giu.chunk(p))],
            "le sue colonne di giu",
        ),
        (lambda x, su, giu, p: contributi(x, su, giu, 2), "ne servono 3"),
    ],
    "11.5": [
        ("python addestra.py risultati", "comincia con torchrun"),
        ("srun " + _LUNGO, "prima c'è srun"),
        ("echo " + _LUNGO, "prima c'è echo"),
        (_LUNGO.replace(" --", "\n --"), "Un a capo chiude il comando"),
        ("torchrun --standalone --nproc_per_node 4 addestra.py risultati", "una macchina sola"),
        ("torchrun --help", "il suo aiuto"),
        ("torchrun --nnodes 2 --nproc_per_node 4 --master_addr nodo0 addestra.py risultati", "modo di incontrarsi"),
        (
            "torchrun --nnodes 2 --nproc_per_node 4 addestra.py risultati "
            "--rdzv_backend c10d --rdzv_endpoint nodo0:29500",
            "prima del nome",
        ),
        ("torchrun --macchine 2 addestra.py", "torchrun non capisce"),
        (_LUNGO.replace("nodo0", "nodo1"), "su nodo0"),
        (_LUNGO + " 'aperto", "virgolette"),
        (8, "un testo"),
    ],
    "11.6": [
        (_anello_sul_posto, "cambia il suo argomento"),
        (_anello_numpy, "il dtype è float64"),
        (_anello_senza_modulo, "si contano modulo P"),
        (lambda pezzi: anello(pezzi)[:-1], "e ne servono"),
        (lambda pezzi: anello(pezzi.float()), "passano per float32"),
    ],
}
