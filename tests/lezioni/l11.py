"""Le risposte di prova agli esercizi della lezione 11: giuste in altre forme, sbagliate che non sono sviste."""

import math

import torch
from torch.utils.data import DistributedSampler

from corso_pytorch.lezioni.l11_distribuito.esercizi import anello, contributi, gpu_minime, indici


# 11.1
def _indici_lista(esempi, processi, rango):
    tutti = list(range(esempi)) + list(range(-esempi % processi))
    return tutti[rango::processi]


def _indici_resto(esempi, processi, rango):
    a_testa = math.ceil(esempi / processi)
    return [(rango + i * processi) % esempi for i in range(a_testa)]


def _indici_ciclo(esempi, processi, rango):
    tutti = list(range(esempi))
    while len(tutti) % processi:
        tutti.append(tutti[len(tutti) - esempi])
    miei = []
    for posto in range(rango, len(tutti), processi):
        miei.append(tutti[posto])
    return miei


# 11.2
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


# 11.3
def _gpu_gigabyte(parametri, memoria_gb, stadio):
    miliardi = parametri / 1e9
    interi = miliardi * (16, 4, 2, 0)[stadio]
    if stadio == 0:
        return int(interi <= memoria_gb)
    if interi >= memoria_gb:
        return 0
    return math.ceil((16 * miliardi - interi) / (memoria_gb - interi))


def _gpu_prova(parametri, memoria_gb, stadio):
    for gpu in range(1, 100_000):
        pesi, gradienti, stati = 2 * parametri, 2 * parametri, 12 * parametri
        if stadio >= 1:
            stati /= gpu
        if stadio >= 2:
            gradienti /= gpu
        if stadio >= 3:
            pesi /= gpu
        if pesi + gradienti + stati <= memoria_gb * 1e9 + 1e-3:
            return gpu
    return 0


def _gpu_interi(parametri, memoria_gb, stadio):
    parametri, memoria = int(parametri), round(memoria_gb * 10**9)
    fissi = parametri * (16, 4, 2, 0)[stadio]
    if stadio == 0:
        return 1 if fissi <= memoria else 0
    if fissi >= memoria:
        return 0
    return -(-(16 * parametri - fissi) // (memoria - fissi))


def _gpu_divisione_per_zero(parametri, memoria_gb, stadio):
    divisi = (0, 12, 14, 16)[stadio] * parametri
    posto = memoria_gb * 1e9 - (16 * parametri - divisi)
    if stadio == 0:
        return int(posto >= 0)
    return math.ceil(divisi / posto) if posto >= 0 else 0


def _gpu_fino_a_mille(parametri, memoria_gb, stadio):
    gpu = gpu_minime(parametri, memoria_gb, stadio)
    return gpu if gpu <= 1000 else 0


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


# 11.5
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


GIUSTE = {
    "11.1": [_indici_lista, _indici_resto, _indici_ciclo],
    "11.2": [_media_somma, _media_nan_a_zero, _media_ciclo],
    "11.3": [_gpu_gigabyte, _gpu_prova, _gpu_interi],
    "11.4": [_contributi_fette, _contributi_nascosti],
    "11.5": [_anello_indici, _anello_liste, _anello_senza_attesa],
}

SBAGLIATE = {
    "11.1": [
        (lambda n, p, r: [float(i) for i in indici(n, p, r)], "serve un intero"),
        (lambda n, p, r: sorted(indici(n, p, r)), "in un altro ordine"),
        (lambda n, p, r: list(DistributedSampler(range(n), p, r, shuffle=False)), "senza «DistributedSampler»"),
        ([1, 3, 0], "serve una funzione"),
    ],
    "11.2": [
        (_media_da_zero, "Il risultato è in float32"),
        (_media_sul_posto, "cambia il suo argomento"),
        (lambda gradienti, quanti: gradienti, "dovrebbe essere un tensore"),
    ],
    "11.3": [
        (_gpu_divisione_per_zero, "Se di posto non ne resta"),
        (_gpu_fino_a_mille, "Il numero di GPU non è 0"),
        (lambda n, m, s: "due", "dovrebbe essere un numero"),
    ],
    "11.4": [
        (lambda *tutto: torch.stack(contributi(*tutto)), "è un tensore"),
        (lambda x, su, giu, p: [torch.relu(x @ s.T) @ g.T for s, g in zip(su.chunk(p), giu.chunk(p))], "non le righe"),
        (lambda x, su, giu, p: contributi(x, su, giu, 2), "ne servono 3"),
    ],
    "11.5": [
        (_anello_sul_posto, "cambia il suo argomento"),
        (_anello_numpy, "il dtype è float64"),
        (_anello_senza_modulo, "si contano modulo P"),
        (lambda pezzi: anello(pezzi)[:-1], "e ne servono"),
        (lambda pezzi: anello(pezzi.float()), "passano per float32"),
    ],
}
