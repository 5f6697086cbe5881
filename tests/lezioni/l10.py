"""Le risposte di prova agli esercizi della lezione 10."""

import numpy as np
import torch

from corso_pytorch.lezioni.l10_rinforzo.esercizi import riparti, ritorni_separati, vantaggi_gae


# 10.1
def _eps_ciclo(passo, inizio, fine, durata):
    valore = inizio
    for _ in range(min(passo, durata)):
        valore += (fine - inizio) / durata
    return valore


# 10.2
def _riparti_copia(stati, finiti, nuovi):
    copia = stati.clone()
    copia[finiti] = nuovi[finiti]
    return copia


def _riparti_indici(stati, finiti, nuovi):
    return torch.cat([stati, nuovi])[torch.arange(len(stati)) + len(stati) * finiti]


def _riparti_lerp(stati, finiti, nuovi):
    return stati.double().lerp(nuovi.double(), finiti[:, None].double()).to(stati.dtype)


def _riparti_sul_posto(stati, finiti, nuovi):
    stati[finiti] = nuovi[finiti]
    return stati


def _riparti_ciclo(stati, finiti, nuovi):
    return torch.stack([nuovi[i] if finiti[i] else stati[i] for i in range(len(stati))])


# 10.3
def _ritorni_where(r, fini, gamma):
    G = torch.empty_like(r)
    futuro = torch.zeros(r.shape[1])
    for t in range(len(r) - 1, -1, -1):
        futuro = torch.where(fini[t], r[t], r[t] + gamma * futuro)
        G[t] = futuro
    return G


def _ritorni_cicli(r, fini, gamma):
    G = torch.zeros_like(r)
    for n in range(r.shape[1]):
        for t in range(len(r)):
            peso = 1.0
            for k in range(t, len(r)):
                G[t, n] += peso * r[k, n]
                peso *= gamma
                if fini[k, n]:
                    break
    return G


def _ritorni_vicini(ricompense, fini, gamma):
    ritorni = ricompense
    for _ in range(20):  # chi sta più lontano di 20 passi non arriva
        ritorni = ricompense + gamma * torch.cat([ritorni[1:], torch.zeros_like(ritorni[:1])]) * ~fini
    return ritorni


def _ritorni_sul_posto(r, fini, gamma):
    for t in range(len(r) - 2, -1, -1):
        r[t] += gamma * r[t + 1] * (~fini[t])
    return r


# 10.5
def _gae_float(r, v, d, terminati, fini, gamma, lam):
    A, futuro = torch.zeros_like(r), 0
    for t in range(r.shape[0] - 1, -1, -1):
        delta = r[t] + gamma * d[t] * (1 - terminati[t].float()) - v[t]
        futuro = delta + gamma * lam * (1 - fini[t].float()) * futuro
        A[t] = futuro
    return A


def _gae_tagliati(*argomenti):
    return vantaggi_gae(*argomenti).clamp(-10, 10)


def _gae_where(r, v, d, terminati, fini, gamma, lam):
    delta = torch.where(terminati, r - v, r + gamma * d - v)
    righe = [delta[-1]]
    for t in range(len(r) - 2, -1, -1):
        righe.append(torch.where(fini[t], delta[t], delta[t] + gamma * lam * righe[-1]))
    return torch.stack(righe[::-1])


GIUSTE = {
    "10.1": [
        lambda p, i, f, d: torch.lerp(torch.tensor(i), torch.tensor(f), min(p / d, 1.0)),
        lambda p, i, f, d: float(np.interp(p, [0, d], [i, f])),
        lambda p, i, f, d: f if p >= d else i - (i - f) * p / d,
        _eps_ciclo,
    ],
    "10.2": [_riparti_copia, _riparti_indici],
    "10.3": [_ritorni_where, _ritorni_cicli],
    "10.4": ["B", " b "],
    "10.5": [_gae_float, _gae_where],
}

SBAGLIATE = {
    "10.1": [
        (lambda p, i, f, d: i + (f - i) / max(d / p, 1), "Che cosa succede al passo 0?"),
        (lambda p, i, f, d: [i, f], "dovrebbe essere un numero"),
        (lambda p, i, f, d: float("nan"), "è NaN"),
        (0.5, "serve una funzione"),
    ],
    "10.2": [
        (lambda s, f, n: n if f else s, "non si mette in un if"),
        (lambda s, f, n: s * (1 - f[:, None]) + n * f[:, None], "non si può con i booleani"),
        (_riparti_lerp, "NaN"),
        (_riparti_sul_posto, "cambia il suo argomento"),
        (_riparti_ciclo, "senza cicli"),
        (lambda *argomenti: riparti(*argomenti).tolist(), "I numeri sono giusti"),
    ],
    "10.3": [
        (lambda *argomenti: ritorni_separati(*argomenti).T, "righe e colonne sono scambiate"),
        (lambda *argomenti: ritorni_separati(*argomenti)[0], "ne servono 2"),
        (lambda *argomenti: ritorni_separati(*argomenti) * float("nan"), "contiene NaN"),
        (_ritorni_sul_posto, "cambia il suo argomento"),
        (_ritorni_vicini, "i valori no"),
    ],
    "10.4": [(detta, "Rispondi con una di queste") for detta in ("e", "1 - x / 2.4", "a)", 2, ["b"], True)]
    + [(" D", "non stare vicino"), ("A", "cadere subito")],
    "10.5": [
        (lambda r, v, d, te, fi, g, lam: r + g * d * (1 - te) - v, "non si può con i booleani"),
        (_gae_tagliati, "con 40 passi"),
        (lambda *argomenti: vantaggi_gae(*argomenti).tolist(), "I numeri sono giusti"),
    ],
}
