"""Le risposte di prova agli esercizi della lezione 10."""

import numpy as np
import torch


# 10.1
def _eps_con(formula):
    return lambda passo, inizio, fine, durata: formula(passo, inizio, fine, durata)


def _eps_if(passo, inizio, fine, durata):
    if passo >= durata:
        return fine
    return inizio - (inizio - fine) * passo / durata


def _eps_ciclo(passo, inizio, fine, durata):
    valore = inizio
    for _ in range(min(passo, durata)):
        valore += (fine - inizio) / durata
    return valore


# 10.2
def _riparti_where(stati, finiti, nuovi):
    return torch.where(finiti[:, None], nuovi, stati)


def _riparti_copia(stati, finiti, nuovi):
    copia = stati.clone()
    copia[finiti] = nuovi[finiti]
    return copia


def _riparti_maschera(stati, finiti, nuovi):
    m = finiti.unsqueeze(1).float()
    return m * nuovi + (1 - m) * stati


def _riparti_sul_posto(stati, finiti, nuovi):
    stati[finiti] = nuovi[finiti]
    return stati


def _riparti_ciclo(stati, finiti, nuovi):
    return torch.stack([nuovi[i] if finiti[i] else stati[i] for i in range(len(stati))])


def _riparti_prime(stati, finiti, nuovi):
    copia = stati.clone()
    copia[finiti] = nuovi[: int(finiti.sum())]
    return copia


def _riparti_lista(stati, finiti, nuovi):
    return torch.where(finiti[:, None], nuovi, stati).tolist()


# 10.3
def _indietro(valori, fini, peso):
    futuro, tutti = torch.zeros_like(valori[0]), []
    for t in reversed(range(len(valori))):
        futuro = valori[t] + peso * futuro * (~fini[t])
        tutti.insert(0, futuro)
    return torch.stack(tutti)


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


def _ritorni_stesso_passo(r, fini, gamma):
    """Azzera il futuro DOPO aver sommato: la ricompensa della fine si perde per strada."""
    futuro, tutti = torch.zeros_like(r[0]), []
    for t in reversed(range(len(r))):
        futuro = (r[t] + gamma * futuro) * (~fini[t])
        tutti.insert(0, futuro)
    return torch.stack(tutti)


def _ritorni_tardi(r, fini, gamma):
    futuro, tutti = torch.zeros_like(r[0]), []
    for t in reversed(range(len(r))):
        futuro = r[t] + gamma * futuro
        tutti.insert(0, futuro)
        futuro = futuro * (~fini[t])
    return torch.stack(tutti)


def _ritorni_sul_posto(r, fini, gamma):
    for t in range(len(r) - 2, -1, -1):
        r[t] += gamma * r[t + 1] * (~fini[t])
    return r


# 10.5
def _gae(r, v, d, terminati, fini, gamma, lam):
    delta = r + gamma * d * (~terminati) - v
    return _indietro(delta, fini, gamma * lam)


def _gae_float(r, v, d, terminati, fini, gamma, lam):
    A, futuro = torch.zeros_like(r), 0
    for t in range(r.shape[0] - 1, -1, -1):
        delta = r[t] + gamma * d[t] * (1 - terminati[t].float()) - v[t]
        futuro = delta + gamma * lam * (1 - fini[t].float()) * futuro
        A[t] = futuro
    return A


def _gae_where(r, v, d, terminati, fini, gamma, lam):
    delta = torch.where(terminati, r - v, r + gamma * d - v)
    righe = [delta[-1]]
    for t in range(len(r) - 2, -1, -1):
        righe.append(torch.where(fini[t], delta[t], delta[t] + gamma * lam * righe[-1]))
    return torch.stack(righe[::-1])


def _gae_con(delta, fini=lambda terminati, fini: fini, peso=lambda gamma, lam: gamma * lam):
    def vantaggi_gae(r, v, d, terminati, fine, gamma, lam):
        return _indietro(delta(r, v, d, terminati, fine, gamma), fini(terminati, fine), peso(gamma, lam))

    return vantaggi_gae


def _delta(r, v, d, terminati, fine, gamma):
    return r + gamma * d * (~terminati) - v


def _nessuna(terminati, fini):
    return torch.zeros_like(fini)


GIUSTE = {
    "10.1": [
        _eps_con(lambda p, i, f, d: i + (f - i) * min(p / d, 1)),
        _eps_con(lambda p, i, f, d: torch.lerp(torch.tensor(i), torch.tensor(f), min(p / d, 1.0))),
        _eps_con(lambda p, i, f, d: float(np.interp(p, [0, d], [i, f]))),
        _eps_if,
        _eps_ciclo,
    ],
    "10.2": [_riparti_where, _riparti_copia, _riparti_maschera],
    "10.3": [lambda r, fini, gamma: _indietro(r, fini, gamma), _ritorni_where, _ritorni_cicli],
    "10.4": ["b", "B", " b "],
    "10.5": [_gae, _gae_float, _gae_where],
}

SBAGLIATE = {
    "10.1": [
        (_eps_con(lambda p, i, f, d: i + (f - i) * p / d), "invece continua"),
        (_eps_con(lambda p, i, f, d: f + (i - f) * min(p / d, 1)), "sono scambiati"),
        (_eps_con(lambda p, i, f, d: i * (1 - min(p / d, 1))), "arriva a zero"),
        (_eps_con(lambda p, i, f, d: max(f, i * (1 - p / d))), "la pendenza"),
        (_eps_con(lambda p, i, f, d: i * (f / i) ** min(p / d, 1)), "a curva"),
        (_eps_con(lambda p, i, f, d: i + (f - i) * min(p // d, 1)), "gradino"),
        (_eps_con(lambda p, i, f, d: min(p / d, 1)), "la frazione"),
        (_eps_con(lambda p, i, f, d: i + (f - i) * p / d if p <= d else 0.0), "non andare a zero"),
        (_eps_con(lambda p, i, f, d: i + (f - i) * p / d if p < d else i), "torna a «inizio»"),
        (_eps_con(lambda p, i, f, d: i), "non cambia mai"),
        (_eps_con(lambda p, i, f, d: (f - i) * min(p / d, 1)), "manca «inizio»"),
        (_eps_con(lambda p, i, f, d: i + (i - f) * min(p / d, 1)), "segno opposto"),
        (_eps_con(lambda p, i, f, d: d / p), "Che cosa succede al passo 0?"),
        (_eps_con(lambda p, i, f, d: [i, f]), "dovrebbe essere un numero"),
        (_eps_con(lambda p, i, f, d: float("nan")), "è NaN"),
        (0.5, "serve una funzione"),
    ],
    "10.2": [
        (lambda s, f, n: torch.where(f[:, None], s, n), "è al contrario"),
        (lambda s, f, n: n, "ripartono tutti"),
        (lambda s, f, n: s, "non riparte nessuno"),
        (lambda s, f, n: s[~f], "è sparito"),
        (lambda s, f, n: n[f], "restano solo"),
        (lambda s, f, n: s * ~f[:, None], "va a zero"),
        (lambda s, f, n: n * f[:, None], "chi è in piedi va a zero"),
        (lambda s, f, n: torch.cat([s[~f], n[f]]), "non al loro posto"),
        (_riparti_prime, "la riga sbagliata"),
        (lambda s, f, n: s + n * f[:, None], "hai sommato"),
        (lambda s, f, n: n if f.any() else s, "ripartono tutti"),
        (lambda s, f, n: torch.where(f, n, s), "Guarda le forme"),
        (lambda s, f, n: n if f else s, "non si mette in un if"),
        (lambda s, f, n: s * (1 - f[:, None]) + n * f[:, None], "non si può con i booleani"),
        (_riparti_sul_posto, "cambia il suo argomento"),
        (_riparti_ciclo, "senza cicli"),
        (_riparti_lista, "I numeri sono giusti"),
        (lambda s, f, n: _riparti_where(s, f, n).double(), "float64"),
    ],
    "10.3": [
        (lambda r, f, g: _indietro(r, torch.zeros_like(f), g), "scavalcano le fini"),
        (lambda r, f, g: _indietro(r, f, 1.0), "manca lo sconto"),
        (lambda r, f, g: _indietro(r, ~f, g), "al contrario: azzeri"),
        (_ritorni_stesso_passo, "la ricompensa è andata persa"),
        (_ritorni_tardi, "un passo troppo presto"),
        (lambda r, f, g: _indietro(r, torch.cat([f[:1] & False, f[:-1]]), g), "un passo troppo tardi"),
        (lambda r, f, g: _indietro(r.flip(0), f.flip(0), g).flip(0), "vai in avanti"),
        (lambda r, f, g: _indietro(r, f, g).flip(0), "bisogna rigirarlo"),
        (lambda r, f, g: _indietro(g * r, f, g), "solo il futuro"),
        (lambda r, f, g: _indietro(r, f.any(1, keepdim=True).expand_as(f), g), "ogni carrello ha le sue"),
        (lambda r, f, g: r, "le ricompense, non i ritorni"),
        (lambda r, f, g: r + g * torch.cat([r[1:], torch.zeros_like(r[:1])]) * ~f, "manca il futuro oltre"),
        (lambda r, f, g: _indietro(r, f, g).T, "righe e colonne sono scambiate"),
        (lambda r, f, g: _indietro(r, f, g)[0], "ne servono 2"),
        (lambda r, f, g: _indietro(r, f, g) * float("nan"), "contiene NaN"),
        (_ritorni_sul_posto, "cambia il suo argomento"),
    ],
    "10.4": [
        ("a", "cadere subito"),
        ("c", "un istante solo"),
        ("d", "non stare vicino"),
        (" D", "non stare vicino"),
        ("A", "cadere subito"),
        ("C ", "un istante solo"),
        ("e", "una di queste"),
        ("1 - x / 2.4", "una di queste"),
        ("a)", "una di queste"),
        (2, "una di queste"),
        (["b"], "una di queste"),
        (True, "una di queste"),
    ],
    "10.5": [
        (_gae_con(lambda r, v, d, te, fi, g: r + g * d * ~fi - v), "anche a chi è stato fermato"),
        (_gae_con(_delta, fini=lambda te, fi: te), "a ogni fine, non solo"),
        (_gae_con(lambda r, v, d, te, fi, g: r + g * d * ~fi - v, fini=lambda te, fi: te), "sono scambiate"),
        (_gae_con(lambda r, v, d, te, fi, g: r + g * d - v), "non va contato"),
        (_gae_con(_delta, fini=_nessuna), "scavalca le fini"),
        (_gae_con(lambda r, v, d, te, fi, g: r + g * d - v, fini=_nessuna), "nessuna delle due"),
        (_gae_con(_delta, peso=lambda g, lam: g), "manca lam"),
        (_gae_con(_delta, peso=lambda g, lam: lam), "manca gamma"),
        (lambda r, v, d, te, fi, g, lam: _delta(r, v, d, te, fi, g), "a un passo"),
        (_gae_con(lambda r, v, d, te, fi, g: r + g * d * ~te), "manca − V(s)"),
        (_gae_con(lambda r, v, d, te, fi, g: r + d * ~te - v), "manca gamma davanti"),
        (_gae_con(lambda r, v, d, te, fi, g: r - v), "manca il valore del dopo"),
        (_gae_con(lambda r, v, d, te, fi, g: r + g * v * ~te - d), "sono scambiati"),
        (lambda r, v, *altri: _gae(r, v, *altri) + v, "i bersagli del critico"),
        (lambda *a: _gae(*a).flip(0), "al contrario nel tempo"),
        (lambda *a: -_gae(*a), "segno è opposto"),
        (_gae_con(lambda r, v, d, te, fi, g: r + g * d * te - v, fini=lambda te, fi: ~fi), "sono al contrario"),
        (lambda r, v, d, te, fi, g, lam: _indietro(_delta(r, v, d, te, fi, g).flip(0), fi.flip(0), g * lam).flip(0),
         "vai in avanti"),
        (lambda r, v, d, te, fi, g, lam: r + g * d * (1 - te) - v, "non si può con i booleani"),
        (lambda *a: _gae(*a).tolist(), "I numeri sono giusti"),
        (lambda *a: _gae(*a).double(), "float64"),
    ],
}  # fmt: skip
