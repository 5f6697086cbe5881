"""Le risposte di prova agli esercizi della lezione 01."""

import math

import torch

from corso_pytorch.lezioni.l01_tensori.esercizi import FORME, distanze, media_parole, prepara_foto, uno_su_tanti

X = torch.zeros(4, 3, 2)


def _sufficienze_ciclo(voti):
    return torch.tensor([sum(v >= 6 for v in riga) for riga in voti.tolist()])


def _distanze_quadrato_sviluppato(a, b):
    quadrati = (a**2).sum(1, keepdim=True) + (b**2).sum(1) - 2 * a @ b.T
    return quadrati.clamp(min=0).sqrt()


def _distanze_con_math(a, b):
    return math.sqrt(((a[:, None] - b) ** 2).sum(-1))


def _distanze_ciclo(a, b):
    return torch.stack([((riga - b) ** 2).sum(-1).sqrt() for riga in a])


def _uno_scatter(etichette, classi):
    return torch.zeros(len(etichette), classi, dtype=torch.long).scatter_(1, etichette[:, None], 1)


def _uno_due_indici(etichette, classi):
    tabella = torch.zeros(len(etichette), classi, dtype=torch.int64)
    tabella[torch.arange(len(etichette)), etichette] = 1
    return tabella


def _uno_colonne_intere(etichette, classi):
    tabella = torch.zeros(len(etichette), classi, dtype=torch.int64)
    tabella[:, etichette] = 1
    return tabella


def _uno_ciclo(etichette, classi):
    tabella = torch.zeros(len(etichette), classi, dtype=torch.int64)
    for i, etichetta in enumerate(etichette):
        tabella[i, etichetta] = 1
    return tabella


def _progressiva_where(x):
    i = torch.arange(len(x))
    return torch.where(i <= i[:, None], x, 0.0).sum(1)


def _progressiva_fissa(x):
    return torch.ones(100, 100, dtype=x.dtype).tril()[: len(x), : len(x)] @ x


def _progressiva_finestre(x):
    n = len(x)
    return torch.nn.functional.pad(x, (n - 1, 0)).unfold(0, n, 1).sum(1)


def _progressiva_sul_posto(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1]
    return x


def _diagonale_quadrato(m):
    n = min(m.shape)
    return torch.einsum("ii->i", m[:n, :n])


def _diagonale_copia(m):
    i = torch.arange(min(m.shape))
    return m[i, i]


def _media_einsum(vettori, maschera):
    return torch.einsum("bld,bl->bd", vettori, maschera.float()) / maschera.sum(1)[:, None]


def _media_batch_di_matrici(vettori, maschera):
    pesi = maschera / maschera.sum(dim=1, keepdim=True)
    return (pesi[:, None] @ vettori).squeeze(1)


def _media_ciclo(vettori, maschera):
    return torch.stack([frase[vera].mean(0) for frase, vera in zip(vettori, maschera, strict=True)])


GIUSTE = {
    "1.1": [
        {
            "a": X[0].shape,
            "b": X[:, 1:].shape,
            "c": X[-1, :, 0].shape,
            "d": X.unsqueeze(1).shape,
            "e": torch.stack([X, X, X]).shape,
            "f": torch.cat([X, X], dim=1).shape,
        },
        {lettera: list(FORME[lettera]) for lettera in "fedcba"},
    ],
    "1.2": [lambda voti: torch.where(voti < 6, 0, 1).sum(-1), lambda voti: torch.count_nonzero(voti >= 6, dim=1)],
    "1.3": [
        lambda m: m.as_strided((min(m.shape),), (m.stride(0) + m.stride(1),)),
        lambda m: torch.from_numpy(m.numpy().reshape(-1)[:: m.shape[1] + 1][: min(m.shape)]),
        _diagonale_quadrato,
    ],
    "1.4": [
        lambda a, b: torch.linalg.norm(a.unsqueeze(1) - b, dim=-1),
        lambda a, b: torch.vmap(lambda punto: ((punto - b) ** 2).sum(-1).sqrt())(a),
        _distanze_quadrato_sviluppato,
    ],
    "1.5": [lambda e, classi: torch.eye(classi, dtype=torch.long)[e], _uno_scatter, _uno_due_indici],
    "1.6": [
        lambda v, m: v.masked_fill(~m[:, :, None], float("nan")).nanmean(dim=1),
        _media_einsum,
        _media_batch_di_matrici,
    ],
    "1.7": [
        lambda foto: torch.stack([(una.permute(2, 0, 1) / 255 - 0.5) / 0.5 for una in foto]),
        lambda foto: torch.stack(foto).movedim(-1, 1) / 127.5 - 1,
    ],
    "1.8": [lambda x: torch.tril(x.expand(len(x), len(x))).sum(dim=1), _progressiva_where, _progressiva_finestre],
}

SBAGLIATE = {
    "1.1": [
        (FORME | {"d": "4, 1, 3, 2"}, "una tupla"),
        (FORME | {"c": 3}, "In c c'è un numero, non una tupla"),
        (FORME | {"a": (3, 2, 2)}, "ha 3 elementi, e ne servono 2"),
        ([(3, 2), (4, 2, 2)], "le chiavi da «a» a «f»"),
    ],
    "1.2": [
        (lambda voti: (voti >= 6).float().sum(dim=1), "il dtype è float32"),
        (lambda voti: (voti >= 6).sum(dim=1, keepdim=True), "ne serve 1"),
        (lambda voti: voti[voti >= 6].sum(dim=1), "si ferma con IndexError"),
        (_sufficienze_ciclo, "senza cicli"),
        (7, "Qui serve una funzione"),
        (lambda voti: (voti >= 5.9999).sum(dim=1), "Il confine è 6"),
        (lambda voti: torch.where(voti.mean(dim=1) >= 6, 1, 0), "chi ha la media sufficiente"),
        (lambda voti: (voti >= 6).half().sum(dim=1).long(), "2200 prove"),
        (lambda voti: ((voti >= 6).float().mean(1).nan_to_num() * voti.shape[1]).long(), "2200 prove"),
    ],
    "1.3": [
        (_diagonale_copia, "è una copia"),
        (lambda m: m[range(min(m.shape)), range(min(m.shape))], "indici fatti di elenchi"),
        (lambda m: m.T.reshape(-1)[:: m.shape[0] + 1][: min(m.shape)], "è una copia"),
        (lambda m: m.diagonal(), "senza «diagonal»"),
        (lambda m: torch.stack([m[i, i] for i in range(min(m.shape))]), "è una copia"),
        (lambda m: [m[i, i].item() for i in range(min(m.shape))], "la risposta è una lista"),
        (lambda m: torch.einsum("ii->i", m), "si ferma con RuntimeError"),
        (lambda m: m.resize_(min(m.shape), m.shape[1]).view(-1)[:: m.shape[1] + 1], "La tabella m ha forma (3, 3)"),
    ],
    "1.4": [
        (lambda a, b: ((a - b) ** 2).sum(-1).sqrt(), "Guarda la forma di `a[:, None]`"),
        (_distanze_con_math, "la radice di un tensore è `.sqrt()`"),
        (lambda a, b: distanze(a, b).tolist(), "la risposta è una lista"),
        (lambda a, b: torch.cdist(a, b), "senza «cdist»"),
        (lambda a, b: torch.nn.PairwiseDistance(eps=0)(a[:, None], b), "senza «pairwise_distance»"),
        (_distanze_ciclo, "senza cicli"),
        (lambda a, b: ((a[:, None] - b) ** 2).sqrt().sum(-1), "la radice viene dopo"),
        (lambda a, b: (a[:, None] - b).sum(-1).abs(), "così come sono"),
        (lambda a, b: (a[:, None] - b).abs().max(-1).values, "contano tutte"),
        (lambda a, b: distanze(a, b).round(decimals=3), "i valori no"),
        (lambda a, b: distanze(a, b) + 1e-4, "i valori no"),
        (lambda a, b: distanze(a.float(), b.float()), "il dtype è float32"),
    ],
    "1.5": [
        (lambda e, c: (e == torch.arange(c)).long(), "(N, 1) e (`classi`,) si incontrano"),
        (lambda e, c: e[:, None] == torch.arange(c), "il dtype è bool"),
        (lambda e, c: torch.eye(c)[e], "il dtype è float32"),
        (lambda e, c: uno_su_tanti(e, c).int(), "il dtype è int32"),
        (_uno_colonne_intere, "a ogni riga serve la sua colonna"),
        (_uno_ciclo, "senza cicli"),
        (lambda e, c: torch.nn.functional.one_hot(e, c), "senza «one_hot»"),
    ],
    "1.6": [
        (lambda v, m: (v * m).sum(dim=1) / m.sum(1, keepdim=True), "alla maschera serve l'asse"),
        (lambda v, m: (v * m[..., None]).sum(dim=1) / m.sum(1), "al divisore la forma (B, 1)"),
        (lambda v, m: (v * m[..., None]).sum(1) / v.shape[-1], "Hai diviso per D"),
        (lambda v, m: media_parole(v, m) + 0.01, "12 su 12 non tornano"),
        (_media_ciclo, "senza cicli"),
    ],
    "1.7": [
        (lambda foto: prepara_foto([u.reshape(u.shape[1], u.shape[0], 3) for u in foto]), "dovrebbe averla"),
        (lambda foto: torch.stack(foto).permute(0, 3, 1, 2) / 127 - 1, "L'intervallo non è quello"),
        (lambda foto: prepara_foto(foto).double(), "il dtype è float64"),
        (lambda foto: foto.permute(0, 3, 1, 2).float() / 127.5 - 1, "prima impilale, con `torch.stack`"),
        (lambda foto: [*prepara_foto(foto)], "è una lista"),
        (lambda foto: prepara_foto(foto).round(decimals=4), "i valori no"),
        (lambda foto: 1 - torch.stack(foto).permute(0, 3, 1, 2) / 127.5, "i valori no"),
    ],
    "1.8": [
        (lambda x: (torch.arange(len(x))[:, None] >= torch.arange(len(x))) @ x, "lo stesso dtype"),
        (lambda x: x.cumsum(0), "senza «cumsum»"),
        (lambda x: x.double().exp().cumprod(0).log().to(x.dtype), "senza «cumprod»"),
        (lambda x: torch.stack([x[: i + 1].sum() for i in range(len(x))]), "senza cicli"),
        (_progressiva_sul_posto, "cambia il suo argomento"),
        (_progressiva_fissa, "(con N = 130)"),
        (lambda x: torch.ones(len(x), len(x)).tril() @ x, "lo stesso dtype"),
        (lambda x: _progressiva_where(x.float()), "il dtype è float32"),
        (lambda x: _progressiva_where(x).round(decimals=4), "i valori no"),
        (lambda x: x * torch.arange(1, len(x) + 1), "moltiplicato per un intero"),
    ],
}
