"""Le risposte di prova agli esercizi della lezione 01."""

import torch

FORME = {"a": (3, 2), "b": (4, 2, 2), "c": (4, 2), "d": (2, 4, 3), "e": (4, 3, 2), "f": (4, 3, 5)}
X = torch.zeros(4, 3, 2)


# 1.2
def _sufficienze_somma(voti):
    return (voti >= 6).sum(dim=1)


def _sufficienze_where(voti):
    return torch.where(voti < 6, 0, 1).sum(-1)


def _sufficienze_conta(voti):
    return torch.count_nonzero(voti >= 6, dim=1)


def _sufficienze_ciclo(voti):
    return torch.tensor([sum(v >= 6 for v in riga) for riga in voti.tolist()])


# 1.3
def _distanze_radice(a, b):
    return ((a[:, None] - b[None]) ** 2).sum(-1).sqrt()


def _distanze_norma(a, b):
    return torch.linalg.norm(a.unsqueeze(1) - b, dim=-1)


def _distanze_quadrato_sviluppato(a, b):
    quadrati = (a**2).sum(1, keepdim=True) + (b**2).sum(1) - 2 * a @ b.T
    return quadrati.clamp(min=0).sqrt()


def _distanze_ciclo(a, b):
    return torch.stack([((riga - b) ** 2).sum(-1).sqrt() for riga in a])


def _distanze_infinite(a, b):
    while True:
        pass


# 1.4
def _uno_confronto(etichette, classi):
    return (etichette[:, None] == torch.arange(classi)).long()


def _uno_identita(etichette, classi):
    return torch.eye(classi, dtype=torch.long)[etichette]


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


def _uno_libreria(etichette, classi):
    return torch.nn.functional.one_hot(etichette, classi)


# 1.5
def _progressiva_prodotto(x):
    i = torch.arange(len(x))
    return (i[:, None] >= i).float() @ x


def _progressiva_tril(x):
    return torch.tril(x.expand(len(x), len(x))).sum(dim=1)


def _progressiva_where(x):
    i = torch.arange(len(x))
    return torch.where(i <= i[:, None], x, 0.0).sum(1)


def _progressiva_ciclo(x):
    return torch.stack([x[: i + 1].sum() for i in range(len(x))])


def _progressiva_sul_posto(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1]
    return x


# 1.6
def _diagonale_fila(m):
    return m.view(-1)[:: m.shape[1] + 1][: min(m.shape)]


def _diagonale_passi(m):
    return m.as_strided((min(m.shape),), (m.stride(0) + m.stride(1),))


def _diagonale_quadrato(m):
    n = min(m.shape)
    return m[:n].flatten()[: n * m.shape[1] : m.shape[1] + 1][:n]


def _diagonale_copia(m):
    i = torch.arange(min(m.shape))
    return m[i, i]


# 1.7
def _media_prodotto(vettori, maschera):
    return (vettori * maschera[..., None]).sum(dim=1) / maschera.sum(dim=1, keepdim=True)


def _media_einsum(vettori, maschera):
    return torch.einsum("bld,bl->bd", vettori, maschera.float()) / maschera.sum(1)[:, None]


def _media_nan(vettori, maschera):
    return vettori.masked_fill(~maschera[:, :, None], float("nan")).nanmean(dim=1)


def _media_batch_di_matrici(vettori, maschera):
    pesi = maschera / maschera.sum(dim=1, keepdim=True)
    return (pesi[:, None] @ vettori).squeeze(1)


def _media_ciclo(vettori, maschera):
    return torch.stack([frase[vera].mean(0) for frase, vera in zip(vettori, maschera, strict=True)])


# 1.8
def _foto_stack(foto):
    return torch.stack(foto).permute(0, 3, 1, 2).float() / 255 * 2 - 1


def _foto_una_alla_volta(foto):
    return torch.stack([(una.permute(2, 0, 1) / 255 - 0.5) / 0.5 for una in foto])


def _foto_movedim(foto):
    return torch.stack(foto).movedim(-1, 1) / 127.5 - 1


def _foto_uint8(foto):
    pila = torch.stack(foto).permute(0, 3, 1, 2)
    return pila * 2 / 255 - 1


GIUSTE = {
    "1.1": [
        FORME,
        {
            "a": X[0].shape,
            "b": X[:, 1:].shape,
            "c": X.sum(dim=1).shape,
            "d": X.permute(2, 0, 1).shape,
            "e": (X + torch.ones(3, 1)).shape,
            "f": (X @ torch.ones(2, 5)).shape,
        },
        {lettera: list(forma) for lettera, forma in FORME.items()},
    ],
    "1.2": [_sufficienze_somma, _sufficienze_where, _sufficienze_conta],
    "1.3": [_distanze_radice, _distanze_norma, _distanze_quadrato_sviluppato],
    "1.4": [_uno_confronto, _uno_identita, _uno_scatter, _uno_due_indici],
    "1.5": [_progressiva_prodotto, _progressiva_tril, _progressiva_where],
    "1.6": [_diagonale_fila, _diagonale_passi, _diagonale_quadrato],
    "1.7": [_media_prodotto, _media_einsum, _media_nan, _media_batch_di_matrici],
    "1.8": [_foto_stack, _foto_una_alla_volta, _foto_movedim],
}

SBAGLIATE = {
    "1.1": [
        (FORME | {"a": (1, 3, 2)}, "Forma a. L'indice 0 consuma il suo asse"),
        (FORME | {"b": (4, 2)}, "qui c'è un intervallo"),
        (FORME | {"c": (4, 3)}, "si conta da 0"),
        (FORME | {"c": (3, 2)}, "ciò che resta con dim=0"),
        (FORME | {"d": (3, 2, 4)}, "il primo era il numero 2"),
        (FORME | {"e": (4, 3, 1)}, "gli 1 si allungano"),
        (FORME | {"f": (3, 5)}, "Il 4 davanti è un batch"),
        (FORME | {"f": (4, 3, 2)}, "La forma non è (4, 3, 2)"),
        (FORME | {"d": "2, 4, 3"}, "Una forma è una tupla di interi"),
        ([(3, 2), (4, 2, 2)], "le chiavi da «a» a «f»"),
    ],
    "1.2": [
        (lambda voti: (voti > 6).sum(dim=1), "«Almeno 6» comprende il 6"),
        (lambda voti: (voti >= 6).sum(dim=0), "per prova invece che per studente"),
        (lambda voti: (voti >= 6).sum(), "il totale della classe"),
        (lambda voti: voti >= 6, "Questa è la maschera"),
        (lambda voti: (voti * (voti >= 6)).sum(dim=1), "Hai sommato i voti sufficienti"),
        (lambda voti: (voti < 6).sum(dim=1), "Hai contato le insufficienze"),
        (lambda voti: (voti >= 6).float().sum(dim=1), "il dtype è float32"),
        (_sufficienze_ciclo, "senza cicli"),
        (lambda voti: voti[voti >= 6].sum(dim=1), "si ferma con IndexError"),
        (7, "Qui serve una funzione"),
    ],
    "1.3": [
        (lambda a, b: ((a[:, None] - b) ** 2).sum(-1), "manca la radice"),
        (lambda a, b: _distanze_radice(b, a), "righe e colonne sono scambiate"),
        (lambda a, b: ((a - b) ** 2).sum(-1).sqrt(), "Guarda la forma di `a[:, None]`"),
        (lambda a, b: ((a[:, None] - b) ** 2).sum(1).sqrt(), "Hai sommato sull'asse dei punti"),
        (lambda a, b: ((a[:, None] - b) ** 2).sum(0).sqrt(), "Hai sommato sull'asse dei punti"),
        (lambda a, b: (a[:, None] - b).abs().sum(-1), "Hai sommato i valori assoluti"),
        (lambda a, b: (a[:, None] - b).sum(-1), "senza elevarle al quadrato"),
        (lambda a, b: ((a[:, None] - b) ** 2).mean(-1).sqrt(), "la media dei quadrati"),
        (lambda a, b: _distanze_radice(a, b).tolist(), "la risposta è una lista"),
        (lambda a, b: _distanze_radice(a.double(), b.double()), "il dtype è float64"),
        (lambda a, b: torch.cdist(a, b), "senza «cdist»"),
        (_distanze_ciclo, "senza cicli"),
        (_distanze_infinite, "c'è un ciclo che non finisce?"),
    ],
    "1.4": [
        (lambda e, c: (e == torch.arange(c)).long(), "(N, 1) e (`classi`,) si incontrano"),
        (lambda e, c: _uno_confronto(e, c).T, "La tabella è trasposta"),
        (lambda e, c: e[:, None] == torch.arange(c), "il dtype è bool"),
        (lambda e, c: torch.eye(c)[e], "il dtype è float32"),
        (lambda e, c: (e[:, None] == torch.arange(1, c + 1)).long(), "Le classi si contano da 0"),
        (lambda e, c: torch.eye(int(e.max()) + 1, dtype=torch.long)[e], "anche se l'ultima classe non compare"),
        (_uno_colonne_intere, "a ogni riga serve la sua colonna"),
        (_uno_ciclo, "senza cicli"),
        (_uno_libreria, "senza «one_hot»"),
    ],
    "1.5": [
        (lambda x: (torch.arange(len(x))[:, None] >= torch.arange(len(x))) @ x, "lo stesso dtype"),
        (lambda x: torch.tril(torch.ones(len(x), len(x)), -1) @ x, "ti fermi uno prima"),
        (lambda x: torch.triu(torch.ones(len(x), len(x))) @ x, "Hai sommato da i in poi"),
        (lambda x: torch.tril(x.expand(len(x), len(x))).sum(dim=0), "sull'asse sbagliato"),
        (lambda x: torch.tril(x[:, None].expand(len(x), len(x))).sum(dim=1), "sull'asse sbagliato"),
        (lambda x: torch.tril(x.expand(len(x), len(x))), "manca la somma su un asse"),
        (lambda x: x.sum(), "servono N somme"),
        (lambda x: torch.ones(len(x), len(x)) @ x, "la somma di tutto"),
        (lambda x: x.cumsum(0), "senza «cumsum»"),
        (_progressiva_ciclo, "senza cicli"),
        (_progressiva_sul_posto, "cambia il suo argomento"),
    ],
    "1.6": [
        (_diagonale_copia, "è una copia"),
        (lambda m: m.flatten()[:: m.shape[1] + 1], "ti fermi troppo tardi"),
        (lambda m: m.flatten()[:: m.shape[1]], "lungo la prima colonna"),
        (lambda m: m.flatten()[:: m.shape[0] + 1][: min(m.shape)], "hai usato le righe"),
        (lambda m: m.flip(1).diagonal(), "l'altra diagonale"),
        (lambda m: m.diagonal(), "senza «diagonal»"),
        (lambda m: torch.stack([m[i, i] for i in range(min(m.shape))]), "è una copia"),
        (lambda m: [m[i, i].item() for i in range(min(m.shape))], "la risposta è una lista"),
        (lambda m: torch.einsum("ii->i", m), "si ferma con RuntimeError"),
    ],
    "1.7": [
        (lambda v, m: v.mean(dim=1), "la maschera non è stata usata"),
        (lambda v, m: (v * m[..., None]).mean(dim=1), "Hai diviso per L"),
        (lambda v, m: (v * m[..., None]).sum(dim=1), "manca la divisione"),
        (lambda v, m: v.sum(dim=1) / m.sum(1, keepdim=True), "comprende ancora il riempitivo"),
        (lambda v, m: (v * m).sum(dim=1) / m.sum(1, keepdim=True), "alla maschera serve l'asse"),
        (lambda v, m: (v * m[..., None]).sum(dim=1) / m.sum(1), "al divisore la forma (B, 1)"),
        (lambda v, m: v[m].mean(dim=0), "Hai mescolato tutte le frasi"),
        (lambda v, m: (v * m[..., None]).sum(dim=2) / m.sum(1, keepdim=True), "deve sparire l'asse delle posizioni"),
        (lambda v, m: (v * ~m[..., None]).sum(1) / (~m).sum(1, keepdim=True), "la media del riempitivo"),
        (_media_ciclo, "senza cicli"),
    ],
    "1.8": [
        (lambda foto: torch.stack(foto).permute(0, 3, 1, 2) / 127.5, "L'intervallo non è quello"),
        (lambda foto: torch.stack(foto).permute(0, 3, 1, 2) / 255 - 1, "L'intervallo non è quello"),
        (lambda foto: _foto_stack([u.reshape(u.shape[1], u.shape[0], 3) for u in foto]), "dovrebbe averla"),
        (
            lambda foto: torch.stack([u.reshape(3, u.shape[0], u.shape[1]) for u in foto]).float() / 127.5 - 1,
            "i pixel sono rimescolati",
        ),
        (lambda foto: torch.stack(foto).float() / 127.5 - 1, "I canali sono ancora in fondo"),
        (lambda foto: torch.stack(foto).permute(0, 3, 2, 1) / 127.5 - 1, "Altezza e larghezza sono scambiate"),
        (lambda foto: torch.stack(foto).permute(0, 3, 1, 2) / 255, "manca l'ultimo passo"),
        (lambda foto: torch.stack(foto).permute(0, 3, 1, 2).float(), "ancora da 0 a 255"),
        (lambda foto: torch.stack(foto).permute(0, 3, 1, 2), "ancora da 0 a 255"),
        (lambda foto: torch.stack(foto).permute(0, 3, 1, 2) / 255 - 0.5, "ancora lungo 1"),
        (_foto_uint8, "ricominciano da 0"),
        (lambda foto: _foto_stack(foto).double(), "il dtype è float64"),
        (lambda foto: torch.cat([u.permute(2, 0, 1) for u in foto]) / 127.5 - 1, "cat allunga un asse"),
        (lambda foto: foto[0].permute(2, 0, 1) / 127.5 - 1, "una foto sola"),
        (lambda foto: [u.permute(2, 0, 1) / 127.5 - 1 for u in foto], "è una lista"),
    ],
}
