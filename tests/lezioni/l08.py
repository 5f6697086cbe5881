"""Le risposte di prova agli esercizi della lezione 08."""

import math
from collections import defaultdict

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from corso_pytorch.lezioni.l08_testo.esercizi import allunga, attenzione_causale, codifica, dividi


# 8.1
def _codifica_ciclo(frase, vocabolario):
    numeri = []
    for parola in frase.split():
        parola = parola.lower()
        if parola in vocabolario:
            numeri.append(vocabolario[parola])
        else:
            numeri.append(vocabolario["[UNK]"])
    return numeri


def _codifica_predefinita(frase, vocabolario):
    tabella = defaultdict(lambda: vocabolario["[UNK]"], vocabolario)
    return list(map(tabella.__getitem__, frase.casefold().split()))


def _codifica_impara(frase, vocabolario):
    return [vocabolario.setdefault(parola, vocabolario["[UNK]"]) for parola in frase.lower().split()]


# 8.2
def _allunga_full(liste, riempitivo):
    lunghezze = torch.tensor([len(riga) for riga in liste])
    ids = torch.full((len(liste), int(lunghezze.max())), riempitivo)
    for i, riga in enumerate(liste):
        ids[i, : len(riga)] = torch.tensor(riga)
    return ids, torch.arange(ids.shape[1]) < lunghezze[:, None]


def _allunga_liste(liste, riempitivo):
    n = max(len(riga) for riga in liste)
    ids = [riga + [riempitivo] * (n - len(riga)) for riga in liste]
    maschera = [[True] * len(riga) + [False] * (n - len(riga)) for riga in liste]
    return torch.tensor(ids), torch.tensor(maschera)


def _allunga_pad_sequence(liste, riempitivo):
    righe = [torch.tensor(riga) for riga in liste]
    ids = pad_sequence(righe, batch_first=True, padding_value=riempitivo)
    maschera = pad_sequence([torch.ones(len(riga), dtype=torch.bool) for riga in liste], batch_first=True)
    return [ids, maschera]


def _allunga_sul_posto(liste, riempitivo):
    prima = [len(riga) for riga in liste]
    for riga in liste:
        riga += [riempitivo] * (max(prima) - len(riga))
    return torch.tensor(liste), torch.arange(max(prima)) < torch.tensor(prima)[:, None]


# 8.3
def _temperatura_a_mano(logit, temperatura):
    esito = torch.zeros_like(logit)
    if temperatura == 0:
        esito[logit.argmax()] = 1
        return esito
    e = ((logit - logit.max()) / temperatura).exp()
    return e / e.sum()


def _temperatura_log(logit, temperatura):
    if not temperatura:
        return F.one_hot(logit.argmax(), len(logit)).float()
    return torch.exp(torch.log_softmax(logit / temperatura, dim=-1))


def _temperatura_centrata(logit, temperatura):
    if temperatura == 0:
        return F.one_hot(logit.argmax(), len(logit)).float()
    e = ((logit - logit.mean()) / temperatura).exp()
    return e / e.sum()


# 8.4
def _dividi_indici(parola, fusioni):
    pezzi = [c for c in parola]
    for a, b in fusioni:
        i = 0
        while i < len(pezzi) - 1:
            if pezzi[i] == a and pezzi[i + 1] == b:
                pezzi[i : i + 2] = [a + b]
            i += 1
    return pezzi


def _dividi_testo(parola, fusioni):
    # Ogni pezzo fra due barre: la fusione è una sostituzione nel testo.
    testo = "|" + "||".join(parola) + "|"
    for a, b in fusioni:
        testo = testo.replace(f"|{a}||{b}|", f"|{a}{b}|")
    return testo[1:-1].split("||")


def _dividi_accorcia(parola, fusioni):
    pezzi = list(parola)
    for a, b in fusioni:
        for i in range(len(pezzi) - 1):
            if pezzi[i] == a and pezzi[i + 1] == b:
                pezzi[i : i + 2] = [a + b]
    return pezzi


# 8.5
def _causale_somma(q, k, v):
    n = q.shape[1]
    punteggi = torch.einsum("bid,bjd->bij", q, k) / math.sqrt(q.shape[-1])
    punteggi = punteggi + torch.full((n, n), -math.inf).triu(1)
    return torch.einsum("bij,bje->bie", F.softmax(punteggi, dim=2), v)


def _causale_ciclo(q, k, v):
    uscite = []
    for i in range(q.shape[1]):
        punteggi = (q[:, i : i + 1] * k[:, : i + 1]).sum(-1) / q.shape[-1] ** 0.5
        uscite.append((punteggi.softmax(-1)[..., None] * v[:, : i + 1]).sum(1))
    return torch.stack(uscite, dim=1)


def _causale_finita(q, k, v):
    punteggi = q @ k.mT / q.shape[-1] ** 0.5
    return punteggi.masked_fill(torch.ones_like(punteggi).triu(1) == 1, -1e9).softmax(-1) @ v


def _causale_esponenziali(q, k, v):
    esponenziali = (q @ k.mT / q.shape[-1] ** 0.5).exp().tril()
    return esponenziali / esponenziali.sum(-1, keepdim=True) @ v


def _causale_logaritmi(q, k, v):
    punteggi = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(torch.ones(q.shape[1], q.shape[1]).triu(1) > 0, -math.inf)
    return (punteggi - punteggi.logsumexp(-1, keepdim=True)).exp() @ v


def _causale_tagliata(q, k, v):
    punteggi = (q @ k.mT / q.shape[-1] ** 0.5).clamp(-30_000, 30_000)
    return punteggi.masked_fill(torch.ones_like(punteggi).triu(1) == 1, -torch.inf).softmax(-1) @ v


def _causale_vicine(q, k, v):
    posto = torch.arange(q.shape[1])
    indietro = posto[:, None] - posto
    return (q @ k.mT / q.shape[-1] ** 0.5).masked_fill((indietro < 0) | (indietro >= 16), -torch.inf).softmax(-1) @ v


def _causale_modulo(q, k, v):
    return nn.MultiheadAttention(q.shape[-1], 1, batch_first=True)(q, k, k)[0][..., :1] * 0 + attenzione_causale(
        q, k, v
    )


GIUSTE = {
    "8.1": [_codifica_ciclo, _codifica_predefinita],
    "8.2": [_allunga_full, _allunga_liste, _allunga_pad_sequence],
    "8.3": [_temperatura_a_mano, _temperatura_log],
    "8.4": [_dividi_indici, _dividi_testo],
    "8.5": [_causale_somma, _causale_ciclo, _causale_finita, _causale_logaritmi],
}

SBAGLIATE = {
    "8.1": [
        (lambda frase, v: torch.tensor(codifica(frase, v)), "dovrebbe essere una lista"),
        (_codifica_impara, "cambia il suo argomento"),
    ],
    "8.2": [
        (lambda liste, r: allunga(liste, r)[0], "Servono 2 valori"),
        (lambda liste, r: (torch.tensor(liste), torch.ones(len(liste))), "lunghezze diverse"),
        (_allunga_sul_posto, "cambia il suo argomento"),
    ],
    "8.3": [
        (lambda logit, t: (logit * (1 / t)).softmax(0), "Lo zero è un caso a parte"),
        (_temperatura_centrata, "NaN"),
    ],
    "8.4": [
        (_dividi_accorcia, "si accorcia mentre la scorri"),
        (lambda parola, fusioni: " ".join(dividi(parola, fusioni)), "dovrebbe essere una lista"),
    ],
    "8.5": [
        (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), "scaled_dot_product_attention"),
        (_causale_modulo, "MultiheadAttention"),
        (_causale_esponenziali, "NaN"),
        (_causale_tagliata, "i valori no"),
        (_causale_vicine, "i valori no"),
        (lambda q, k, v: (q @ k.permute(2, 1, 0) / 2).softmax(-1) @ v, "Segui le forme"),
        (lambda q, k, v: attenzione_causale(q, k, v).detach(), "il gradiente non torna indietro"),
        (lambda q, k, v: attenzione_causale(q.detach(), k, v), "il gradiente non torna indietro"),
    ],
}
