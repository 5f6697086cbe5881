"""Le risposte di prova agli esercizi della lezione 08."""

import math
from collections import defaultdict

import torch
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence


# 8.1
def _codifica_get(frase, vocabolario):
    return [vocabolario.get(parola, vocabolario["[UNK]"]) for parola in frase.lower().split()]


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


def _codifica_senza_minuscole(frase, vocabolario):
    return [vocabolario.get(parola, vocabolario["[UNK]"]) for parola in frase.split()]


def _codifica_salta(frase, vocabolario):
    return [vocabolario[parola] for parola in frase.lower().split() if parola in vocabolario]


def _codifica_quadre(frase, vocabolario):
    return [vocabolario[parola] for parola in frase.lower().split()]


def _codifica_con(sconosciuta):
    return lambda frase, vocabolario: [vocabolario.get(p, sconosciuta) for p in frase.lower().split()]


def _codifica_lettere(frase, vocabolario):
    return [vocabolario.get(carattere, vocabolario["[UNK]"]) for carattere in frase.lower()]


def _codifica_uno_spazio(frase, vocabolario):
    return [vocabolario.get(parola, vocabolario["[UNK]"]) for parola in frase.lower().split(" ")]


def _codifica_prima(frase, vocabolario):
    for parola in frase.lower().split():
        return [vocabolario.get(parola, vocabolario["[UNK]"])]


def _codifica_insieme(frase, vocabolario):
    return [vocabolario.get(p, vocabolario["[UNK]"]) for p in dict.fromkeys(frase.lower().split())]


# 8.2
def _allunga_arange(liste, riempitivo):
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


def _allunga_con(ids_di=None, maschera_di=None):
    def allunga(liste, riempitivo):
        ids, maschera = _allunga_liste(liste, riempitivo)
        if ids_di is not None:
            ids = ids_di(ids, liste, riempitivo)
        if maschera_di is not None:
            maschera = maschera_di(ids, maschera, riempitivo)
        return ids, maschera

    return allunga


def _in_testa(ids, liste, riempitivo):
    n = ids.shape[1]
    return torch.tensor([[riempitivo] * (n - len(riga)) + riga for riga in liste])


def _accorcia(ids, liste, riempitivo):
    return torch.tensor([riga[: min(map(len, liste))] for riga in liste])


def _con_zero(ids, liste, riempitivo):
    return _allunga_liste(liste, 0)[0]


def _uno_di_troppo(ids, liste, riempitivo):
    return F.pad(ids, (0, 1), value=riempitivo)


def _allunga_scambiata(liste, riempitivo):
    return _allunga_liste(liste, riempitivo)[::-1]


def _allunga_solo_ids(liste, riempitivo):
    return _allunga_liste(liste, riempitivo)[0]


def _allunga_senza(liste, riempitivo):
    return torch.tensor(liste), torch.ones(len(liste))


def _allunga_sul_posto(liste, riempitivo):
    n = max(map(len, liste))
    lunghezze = torch.tensor([len(riga) for riga in liste])
    for riga in liste:
        riga += [riempitivo] * (n - len(riga))
    return torch.tensor(liste), torch.arange(n) < lunghezze[:, None]


# 8.3
def _temperatura_softmax(logit, temperatura):
    if temperatura == 0:
        return F.one_hot(logit.argmax(), len(logit)).float()
    return (logit / temperatura).softmax(dim=0)


def _temperatura_a_mano(logit, temperatura):
    esito = torch.zeros_like(logit)
    if temperatura == 0:
        esito[logit.argmax()] = 1
        return esito
    e = ((logit - logit.max()) / temperatura).exp()
    return e / e.sum()


def _temperatura_log(logit, temperatura):
    if not temperatura:
        return torch.eye(len(logit))[logit.argmax()]
    return torch.exp(torch.log_softmax(logit / temperatura, dim=-1))


def _temperatura_con(formula, a_zero=None):
    def con_temperatura(logit, temperatura):
        if temperatura == 0:
            return (a_zero or (lambda logit: torch.eye(len(logit))[logit.argmax()]))(logit)
        return formula(logit, temperatura)

    return con_temperatura


_giusta = lambda logit, t: (logit / t).softmax(dim=0)


def _temperatura_senza_caso(logit, temperatura):
    return (logit / temperatura).softmax(dim=0)


# 8.4
def _fondi(pezzi, coppia):
    esito = []
    for pezzo in pezzi:
        if esito and (esito[-1], pezzo) == coppia:
            esito[-1] += pezzo
        else:
            esito.append(pezzo)
    return esito


def _dividi_ciclo(parola, fusioni):
    pezzi = list(parola)
    for coppia in fusioni:
        pezzi = _fondi(pezzi, coppia)
    return pezzi


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


def _dividi_al_contrario(parola, fusioni):
    return _dividi_ciclo(parola, fusioni[::-1])


def _dividi_prima(parola, fusioni):
    pezzi = list(parola)
    for coppia in fusioni:
        return _fondi(pezzi, coppia)
    return pezzi


def _dividi_una_volta(parola, fusioni):
    pezzi = list(parola)
    for a, b in fusioni:
        for i in range(len(pezzi) - 1):
            if (pezzi[i], pezzi[i + 1]) == (a, b):
                pezzi[i : i + 2] = [a + b]
                break
    return pezzi


def _dividi_lettere(parola, fusioni):
    return list(parola)


def _dividi_intera(parola, fusioni):
    return [parola]


def _dividi_da_destra(parola, fusioni):
    pezzi = list(parola)
    for a, b in fusioni:
        i = len(pezzi) - 2
        while i >= 0:
            if (pezzi[i], pezzi[i + 1]) == (a, b):
                pezzi[i : i + 2] = [a + b]
                i -= 1
            i -= 1
    return pezzi


def _dividi_fino_in_fondo(parola, fusioni):
    pezzi = list(parola)
    while True:
        nuovi = pezzi
        for coppia in fusioni:
            nuovi = _fondi(nuovi, coppia)
        if nuovi == pezzi:
            return pezzi
        pezzi = nuovi


def _dividi_infinito(parola, fusioni):
    pezzi = list(parola)
    while fusioni:
        for coppia in fusioni:
            pezzi = _fondi(pezzi, coppia)
    return pezzi


def _dividi_senza_return(parola, fusioni):
    pezzi = list(parola)
    for coppia in fusioni:
        pezzi = _fondi(pezzi, coppia)


def _dividi_unisci(parola, fusioni):
    return " ".join(_dividi_ciclo(parola, fusioni))


# 8.5
def _causale_triu(q, k, v):
    n = q.shape[1]
    punteggi = q @ k.transpose(1, 2) / q.shape[2] ** 0.5
    sopra = torch.ones(n, n, dtype=torch.bool).triu(1)
    return punteggi.masked_fill(sopra, float("-inf")).softmax(dim=-1) @ v


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


def _causale_rinormalizza(q, k, v):
    pesi = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1).tril()
    return pesi / pesi.sum(-1, keepdim=True) @ v


def _sopra(q, diagonale=1):
    return torch.ones(q.shape[1], q.shape[1], dtype=torch.bool).triu(diagonale)


def _causale_con(formula):
    def attenzione_causale(q, k, v):
        return formula(q, k, v, q @ k.mT / q.shape[-1] ** 0.5)

    return attenzione_causale


def _chiudi(punteggi, q, valore=-torch.inf, diagonale=1):
    return punteggi.masked_fill(_sopra(q, diagonale), valore)


def _dividi_daccapo(parola, fusioni):
    pezzi = list(parola)
    for coppia in fusioni:
        pezzi = _dividi_ciclo(parola, [coppia])
    return pezzi


def _dividi_replace(parola, fusioni):
    testo = " ".join(parola)
    for sinistra, destra in fusioni:
        testo = testo.replace(f"{sinistra} {destra}", sinistra + destra)
    return testo.split()


def _dividi_accorcia(parola, fusioni):
    pezzi = list(parola)
    for sinistra, destra in fusioni:
        for i in range(len(pezzi) - 1):
            if pezzi[i] == sinistra and pezzi[i + 1] == destra:
                pezzi[i : i + 2] = [sinistra + destra]
    return pezzi


GIUSTE = {
    "8.1": [_codifica_get, _codifica_ciclo, _codifica_predefinita],
    "8.2": [_allunga_arange, _allunga_liste, _allunga_pad_sequence],
    "8.3": [_temperatura_softmax, _temperatura_a_mano, _temperatura_log],
    "8.4": [_dividi_ciclo, _dividi_indici, _dividi_testo],
    "8.5": [_causale_triu, _causale_somma, _causale_ciclo, _causale_rinormalizza],
}

SBAGLIATE = {
    "8.1": [
        (_codifica_senza_minuscole, "le maiuscole contano ancora"),
        (_codifica_salta, "sono sparite"),
        (_codifica_quadre, "quale numero le tocca"),
        (_codifica_con(0), "leggilo dal vocabolario"),
        (_codifica_con(1), "non quello del riempitivo"),
        (_codifica_con("[UNK]"), "il testo «[UNK]»"),
        (lambda frase, v: [v.get(parola) or v["[UNK]"] for parola in frase.lower().split()], "«or»"),
        (_codifica_con(None), "c'è None"),
        (_codifica_lettere, "hai numerato le lettere"),
        (_codifica_uno_spazio, "gli spazi doppi"),
        (_codifica_prima, "il return è dentro il ciclo"),
        (_codifica_insieme, "hai tolto le ripetizioni"),
        (lambda frase, vocabolario: sorted(_codifica_get(frase, vocabolario)), "in ordine crescente"),
        (lambda frase, vocabolario: frase.lower().split(), "mancano i loro numeri"),
        (lambda frase, vocabolario: torch.tensor(_codifica_get(frase, vocabolario)), "qui serve una lista"),
    ],
    "8.2": [
        (_allunga_con(maschera_di=lambda ids, m, r: ids != r), "La maschera guarda i valori"),
        (_allunga_con(maschera_di=lambda ids, m, r: ids != 0), "La maschera guarda i valori"),
        (_allunga_con(maschera_di=lambda ids, m, r: ~m), "capovolta"),
        (_allunga_con(maschera_di=lambda ids, m, r: torch.arange(m.shape[1]) <= m.sum(1, True)), "di troppo: j <"),
        (_allunga_con(maschera_di=lambda ids, m, r: torch.ones_like(m)), "vera dappertutto"),
        (_allunga_con(maschera_di=lambda ids, m, r: m.long()), "deve essere di vero/falso"),
        (_allunga_con(ids_di=_in_testa), "in testa"),
        (_allunga_con(ids_di=_accorcia), "lista più corta"),
        (_allunga_con(ids_di=_con_zero), "Hai riempito con 0"),
        (_allunga_con(ids_di=_uno_di_troppo), "una posizione di troppo"),
        (_allunga_con(ids_di=lambda ids, liste, r: ids.float()), "il dtype è float32"),
        (_allunga_scambiata, "L'ordine è (ids, maschera)"),
        (_allunga_solo_ids, "Servono due cose"),
        (_allunga_senza, "lunghezze diverse"),
        (_allunga_sul_posto, "cambia il suo argomento"),
    ],
    "8.3": [
        (_temperatura_con(lambda logit, t: (logit * t).softmax(0)), "moltiplicato invece di dividere"),
        (_temperatura_con(lambda logit, t: logit.softmax(0) / t), "prima della softmax"),
        (_temperatura_con(lambda logit, t: logit.softmax(0)), "la temperatura non c'è"),
        (_temperatura_con(lambda logit, t: logit / t), "manca la softmax"),
        (_temperatura_con(lambda logit, t: (logit / t).exp()), "devono sommare a 1"),
        (_temperatura_con(lambda logit, t: (logit / t).exp() / (logit / t).exp().sum()), "exp trabocca"),
        (_temperatura_con(lambda logit, t: (logit / t).log_softmax(0)), "log-probabilità"),
        (_temperatura_senza_caso, "si divide per zero"),
        (_temperatura_con(_giusta, lambda logit: logit.argmax()), "restituisci l'indice"),
        (_temperatura_con(_giusta, lambda logit: (logit == logit.max()).float()), "conta due volte"),
        (_temperatura_con(_giusta, lambda logit: logit.softmax(0)), "la scelta è greedy"),
        (_temperatura_con(_giusta, lambda logit: F.one_hot(logit.argmax(), len(logit))), "il dtype è int64"),
    ],
    "8.4": [
        (_dividi_al_contrario, "dall'ultima alla prima"),
        (_dividi_daccapo, "riparti ogni volta dalle lettere"),
        (_dividi_replace, "un pezzo di pezzo"),
        (_dividi_accorcia, "si accorcia mentre la scorri"),
        (_dividi_prima, "ti fermi alla prima fusione"),
        (_dividi_una_volta, "una volta sola"),
        (_dividi_lettere, "rimasta in lettere"),
        (_dividi_intera, "rimasta intera"),
        (_dividi_da_destra, "da destra"),
        (_dividi_fino_in_fondo, "al suo turno"),
        (_dividi_infinito, "un ciclo che non finisce"),
        (_dividi_unisci, "Serve la lista"),
        (lambda parola, fusioni: list(dict.fromkeys(_dividi_ciclo(parola, fusioni))), "hai tolto le ripetizioni"),
        (_dividi_senza_return, "manca il return"),
    ],
    "8.5": [
        (_causale_con(lambda q, k, v, p: p.softmax(-1) @ v), "Manca la maschera causale"),
        (_causale_con(lambda q, k, v, p: p.masked_fill(_sopra(q).mT, -torch.inf).softmax(-1) @ v), "capovolta"),
        (_causale_con(lambda q, k, v, p: _chiudi(q @ k.mT, q).softmax(-1) @ v), "Manca la divisione"),
        (_causale_con(lambda q, k, v, p: _chiudi(q @ k.mT / v.shape[-1] ** 0.5, q).softmax(-1) @ v), "la radice di E"),
        (_causale_con(lambda q, k, v, p: _chiudi(p, q).softmax(0) @ v), "asse del batch"),
        (_causale_con(lambda q, k, v, p: _chiudi(q @ k.mT / q.shape[-1], q).softmax(-1) @ v), "serve la sua radice"),
        (_causale_con(lambda q, k, v, p: _chiudi(q @ k.mT / q.shape[1] ** 0.5, q).softmax(-1) @ v), "la radice di L"),
        (_causale_con(lambda q, k, v, p: _chiudi(p, q, 0).softmax(-1) @ v), "Serve −∞"),
        (_causale_con(lambda q, k, v, p: _chiudi(p.softmax(-1), q, 0) @ v), "non sommano più a 1"),
        (_causale_con(lambda q, k, v, p: _chiudi(p, q).softmax(-2) @ v), "sull'asse sbagliato"),
        (_causale_con(lambda q, k, v, p: _chiudi(p, q, diagonale=0).softmax(-1) @ v), "anche sé stessa"),
        (_causale_con(lambda q, k, v, p: _chiudi(p, q).softmax(-1)), "manca il prodotto con v"),
        (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), "scaled_dot_product_attention"),
        (lambda q, k, v: (q @ k.permute(2, 1, 0) / 2).softmax(-1) @ v, "k.mT"),
    ],
}
