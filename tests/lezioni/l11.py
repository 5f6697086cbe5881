"""Le risposte di prova agli esercizi della lezione 11."""

import math

import torch
from torch.utils.data import DistributedSampler


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


def _indici_libreria(esempi, processi, rango):
    return list(DistributedSampler(range(esempi), processi, rango, shuffle=False))


def _pari(n, p):
    return [i % n for i in range(n + -n % p)]


# 11.2
def _media_somma(gradienti, quanti):
    totale = sum(quanti)
    return sum(g * (n / totale) for g, n in zip(gradienti, quanti) if n > 0)


def _media_nan_a_zero(gradienti, quanti):
    pesi = torch.tensor(quanti, dtype=torch.float64) / sum(quanti)
    return torch.tensordot(pesi, torch.stack(gradienti).nan_to_num(), dims=1)


def _media_ciclo(gradienti, quanti):
    risultato, visti = torch.zeros_like(gradienti[0]), 0
    for g, n in zip(gradienti, quanti):
        if n == 0:
            continue
        risultato = (risultato * visti + g * n) / (visti + n)
        visti += n
    return risultato


def _media_con(peso):
    def media_gradienti(gradienti, quanti):
        pieni = [(g, n) for g, n in zip(gradienti, quanti) if n]
        return sum(peso(n, quanti, len(pieni)) * g for g, n in pieni)

    return media_gradienti


def _media_con_nan(gradienti, quanti):
    return sum(g * n for g, n in zip(gradienti, quanti)) / sum(quanti)


def _media_sul_posto(gradienti, quanti):
    for g, n in zip(gradienti, quanti):
        g *= n
    return sum(gradienti) / sum(quanti)


# 11.3
def _gpu_formula(parametri, memoria_gb, stadio):
    divisi = [0, 12, 14, 16][stadio] * parametri
    posto = memoria_gb * 1e9 - (16 * parametri - divisi)
    if divisi == 0:
        return int(posto >= 0)
    return math.ceil(divisi / posto) if posto > 0 else 0


def _gpu_prova(parametri, memoria_gb, stadio):
    for gpu in range(1, 2000):
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
    parametri, memoria = int(parametri), int(memoria_gb) * 10**9
    fissi = parametri * (16, 4, 2, 0)[stadio]
    if stadio == 0:
        return 1 if fissi <= memoria else 0
    if fissi >= memoria:
        return 0
    return -(-(16 * parametri - fissi) // (memoria - fissi))


def _gpu_con(arrotonda=math.ceil, divisi=(0, 12, 14, 16), gb=1e9, mai=0, toglie=True, esatti=True):
    def gpu_minime(parametri, memoria_gb, stadio):
        parte, posto = divisi[stadio] * parametri, memoria_gb * gb
        resta = posto - (16 * parametri - parte)
        if not parte:
            return 1 if resta > 0 or (esatti and resta == 0) else mai
        if resta <= 0:
            return mai
        return arrotonda(parte / (resta if toglie else posto))

    return gpu_minime


def _gpu_tutto_diviso(parametri, memoria_gb, stadio):
    return math.ceil(16 * parametri / (memoria_gb * 1e9))


def _gpu_stadio_zero_diviso(parametri, memoria_gb, stadio):
    return _gpu_tutto_diviso(parametri, memoria_gb, 0) if stadio == 0 else _gpu_formula(parametri, memoria_gb, stadio)


def _gpu_negative(parametri, memoria_gb, stadio):
    divisi = [0, 12, 14, 16][stadio] * parametri
    posto = memoria_gb * 1e9 - (16 * parametri - divisi)
    return int(posto >= 0) if divisi == 0 else math.ceil(divisi / (posto or 1e-9))


def _gpu_divisione_per_zero(parametri, memoria_gb, stadio):
    divisi = [0, 12, 14, 16][stadio] * parametri
    return math.ceil(divisi / (memoria_gb * 1e9 - (16 * parametri - divisi))) or 1


# 11.4
def _contributi_chunk(x, su, giu, processi):
    return [torch.relu(x @ s.T) @ g.T for s, g in zip(su.chunk(processi), giu.chunk(processi, dim=1))]


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


def _pezzi(su, giu, processi):
    return list(zip(su.chunk(processi), giu.chunk(processi, dim=1)))


def _intera(x, su, giu):
    return torch.relu(x @ su.T) @ giu.T


# 11.5
def _anello_ciclo(pezzi):
    P, stato, stati = len(pezzi), pezzi.clone(), []
    for s in range(P - 1):
        nuovo = stato.clone()
        for p in range(P):
            c = (p - s) % P
            nuovo[(p + 1) % P, c] += stato[p, c]
        stato = nuovo
        stati.append(stato)
    for s in range(P - 1):
        nuovo = stato.clone()
        for p in range(P):
            c = (p + 1 - s) % P
            nuovo[(p + 1) % P, c] = stato[p, c]
        stato = nuovo
        stati.append(stato)
    return stati


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


def _anello_con(subito=False, somma=(True, False), verso=1, segno=-1, scarto=1, passi=-1, esce=lambda partenza, s: s):
    def anello(pezzi):
        P = len(pezzi)
        stato, stati = pezzi.clone(), []
        for giro in range(2):
            for s in range(P + passi):
                vecchio, nuovo = (stato, stato) if subito else (stato, stato.clone())
                for da in range(P):
                    a, c = (da + verso) % P, (da + giro * scarto + segno * s) % P
                    nuovo[a, c] = vecchio[da, c] + (vecchio[a, c] if somma[giro] else 0)
                stato = nuovo
                stati.append(stato.clone())
        return esce(pezzi, stati)

    return anello


def _anello_stesso_tensore(pezzi):
    stato, stati = pezzi.clone(), []
    for nuovo in _anello_ciclo(pezzi):
        stato.copy_(nuovo)
        stati.append(stato)
    return stati


def _anello_sul_posto(pezzi):
    stati = _anello_ciclo(pezzi)
    pezzi += 1
    return stati


GIUSTE = {
    "11.1": [_indici_lista, _indici_resto, _indici_ciclo],
    "11.2": [_media_somma, _media_nan_a_zero, _media_ciclo],
    "11.3": [_gpu_formula, _gpu_prova, _gpu_interi],
    "11.4": [_contributi_chunk, _contributi_fette, _contributi_nascosti],
    "11.5": [_anello_ciclo, _anello_indici, _anello_liste, _anello_con(subito=True)],
}

SBAGLIATE = {
    "11.1": [
        (lambda n, p, r: _pari(n, p)[r * (len(_pari(n, p)) // p) :][: len(_pari(n, p)) // p], "non a blocchi"),
        (lambda n, p, r: list(range(n))[r::p], "lo stesso numero"),
        (lambda n, p, r: list(range(n - n % p))[r::p], "non si buttano"),
        (lambda n, p, r: (list(range(n)) + [0] * (-n % p))[r::p], "0, 1, 2…"),
        (lambda n, p, r: (list(range(n)) + [n - 1] * (-n % p))[r::p], "non si ripete l'ultimo"),
        (lambda n, p, r: (list(range(n)) + list(range(n))[n - -n % p :])[r::p], "non si ripetono gli ultimi"),
        (lambda n, p, r: (list(range(n))[r::p] + [r])[: math.ceil(n / p)], "questo rango aveva già"),
        (lambda n, p, r: [i % n for i in range(n + p - n % p)][r::p], "nulla da aggiungere"),
        (lambda n, p, r: _pari(n, p)[r - 1 :: p], "rango accanto"),
        (lambda n, p, r: list(range(n)), "tutti gli indici"),
        (lambda n, p, r: list(range(n + -n % p))[r::p], "l'indice n non esiste"),
        (lambda n, p, r: _pari(n, p)[p :: r or 1], "hai scambiato il rango"),
        (lambda n, p, r: torch.tensor(_indici_lista(n, p, r)), "serve una lista"),
        (lambda n, p, r: [float(i) for i in _indici_lista(n, p, r)], "numeri interi"),
        (lambda n, p, r: sorted(_indici_lista(n, p, r)), "il primo elemento"),
        (_indici_libreria, "senza «DistributedSampler»"),
        ([1, 3, 0], "serve una funzione"),
    ],
    "11.2": [
        (_media_con(lambda n, q, pieni: 1 / pieni), "conta uguale"),
        (lambda g, q: sum(g) / len(g), "conta uguale"),
        (_media_con(lambda n, q, pieni: 1.0), "senza pesi"),
        (_media_con(lambda n, q, pieni: n), "senza dividere per il totale"),
        (_media_con(lambda n, q, pieni: n / len(q)), "non per i processi"),
        (_media_con(lambda n, q, pieni: 1 / sum(q)), "già una media"),
        (_media_con(lambda n, q, pieni: 1 / n), "capovolti"),
        (_media_con(lambda n, q, pieni: n / max(q)), "non per il massimo"),
        (_media_con(lambda n, q, pieni: n / sum(q) / len(q)), "ancora per il numero dei processi"),
        (lambda g, q: g[0], "il primo"),
        (lambda g, q: g[-1], "l'ultimo"),
        (_media_con_nan, "va saltato"),
        (_media_sul_posto, "cambia il suo argomento"),
        (lambda g, q: _media_somma(g, q).float(), "float32"),
        (lambda g, q: _media_somma(g, q).tolist(), "serve un tensore"),
        (lambda g, q: g, "dovrebbe essere un tensore"),
    ],
    "11.3": [
        (_gpu_con(arrotonda=math.floor), "per eccesso"),
        (_gpu_con(arrotonda=lambda n: n), "è intero"),
        (_gpu_con(arrotonda=round), "più vicino"),
        (_gpu_con(arrotonda=lambda n: int(n) + 1), "una di troppo"),
        (_gpu_con(esatti=False), "quando non si divide nulla"),
        (_gpu_con(gb=2**30), "2 alla 30"),
        (_gpu_tutto_diviso, "non tutto si divide"),
        (_gpu_con(divisi=(0, 14, 14, 16)), "i gradienti dallo stadio 2"),
        (_gpu_con(divisi=(0, 12, 12, 16)), "anche i gradienti"),
        (_gpu_con(divisi=(0, 12, 14, 14)), "anche i pesi"),
        (_gpu_con(divisi=(12, 14, 16, 16)), "spostati di uno"),
        (_gpu_con(mai=1), "0, non 1"),
        (_gpu_con(mai=math.inf), "non infinito"),
        (_gpu_con(mai=-1), "non −1"),
        (_gpu_con(toglie=False), "toglie posto"),
        (_gpu_con(arrotonda=lambda n: 2 ** math.ceil(math.log2(max(n, 1)))), "potenza di 2"),
        (_gpu_stadio_zero_diviso, "non basta averne di più"),
        (_gpu_negative, "si restituisce 0"),
        (_gpu_divisione_per_zero, "Se di posto non ne resta"),
        (lambda n, m, s: "due", "dovrebbe essere un numero"),
    ],
    "11.4": [
        (lambda x, su, giu, p: [x @ s.T @ g.T for s, g in _pezzi(su, giu, p)], "manca la relu"),
        (lambda x, su, giu, p: [torch.relu(x @ s.T @ g.T) for s, g in _pezzi(su, giu, p)], "non sul contributo"),
        (
            lambda x, su, giu, p: [torch.relu(torch.relu(x @ s.T) @ g.T) for s, g in _pezzi(su, giu, p)],
            "una relu di troppo",
        ),
        (
            lambda x, su, giu, p: [torch.relu(x @ su[r::p].T) @ giu[:, r::p].T for r in range(p)],
            "presi a turno",
        ),
        (lambda x, su, giu, p: [_intera(x, su, giu) / p] * p, "usa tutti i neuroni"),
        (lambda x, su, giu, p: [_intera(x, su, giu)] * p, "già l'uscita intera"),
        (lambda x, su, giu, p: [torch.relu(x @ s.T) for s in su.chunk(p)], "manca il secondo prodotto"),
        (lambda x, su, giu, p: [_intera(pezzo, su, giu) for pezzo in x.tensor_split(p)], "hai diviso il batch"),
        (lambda x, su, giu, p: [_intera(x, su, pezzo) for pezzo in giu.tensor_split(p)], "hai diviso le uscite"),
        (lambda x, su, giu, p: _contributi_chunk(x, su, giu, p)[::-1], "ordine rovesciato"),
        (
            lambda x, su, giu, p: [torch.relu(x @ s.T) @ g.T for s, g in zip(su.chunk(p), giu.chunk(p, dim=1)[::-1])],
            "degli stessi neuroni",
        ),
        (lambda x, su, giu, p: [c / p for c in _contributi_chunk(x, su, giu, p)], "per il numero dei processi"),
        (lambda x, su, giu, p: sum(_contributi_chunk(x, su, giu, p)), "già fatto la somma"),
        (lambda x, su, giu, p: torch.stack(_contributi_chunk(x, su, giu, p)), "un tensore"),
        (lambda x, su, giu, p: [torch.relu(x @ s.T) @ g.T for s, g in zip(su.chunk(p), giu.chunk(p))], "non le righe"),
        (lambda x, su, giu, p: _contributi_chunk(x, su, giu, 2), "ne serve uno per processo"),
        (lambda x, su, giu, p: [c.float() for c in _contributi_chunk(x, su, giu, p)], "float32"),
    ],
    "11.5": [
        (_anello_con(esce=lambda partenza, s: s[: len(s) // 2]), "solo il primo giro"),
        (_anello_con(somma=(True, True)), "si sostituisce, non si somma"),
        (_anello_con(somma=(False, False)), "si somma, non si sostituisce"),
        (_anello_con(verso=-1), "vicino di prima"),
        (_anello_con(segno=1), "non p + s"),
        (_anello_con(scarto=0), "quello finito"),
        (_anello_con(scarto=-1), "non p − 1 − s"),
        (_anello_con(esce=lambda partenza, s: [partenza, *s]), "anche la partenza"),
        (_anello_stesso_tensore, "una copia dello stato"),
        (_anello_con(passi=0), "non di P"),
        (lambda pezzi: [stato.T for stato in _anello_ciclo(pezzi.T)], "righe e delle colonne"),
        (lambda pezzi: [pezzi.sum(0).expand_as(pezzi)] * (2 * len(pezzi) - 2), "un pezzo per processo"),
        (_anello_con(esce=lambda partenza, s: s[-1] if s else partenza), "non solo l'ultimo"),
        (_anello_con(esce=lambda partenza, s: s[:-1]), "gli stati che restituisci"),
        (_anello_sul_posto, "cambia il suo argomento"),
        (lambda pezzi: [stato.tolist() for stato in _anello_ciclo(pezzi)], "una lista"),
        (_anello_con(esce=lambda partenza, s: [stato.float() for stato in s]), "float32"),
    ],
}
