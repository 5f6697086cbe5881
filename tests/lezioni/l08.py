"""Le risposte di prova agli esercizi della lezione 08."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from corso_pytorch.lezioni.l08_testo.esercizi import (
    Blocco,
    allunga,
    attenzione_causale,
    blocco_con,
    dividi,
    in_teste,
    loss_prossimo,
)


# 8.1
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


# 8.2
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


# 8.3
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


# 8.4
def _teste_view(x, teste):
    B, L, D = x.shape
    return x.view(B, L, teste, D // teste).permute(0, 2, 1, 3)


def _teste_pezzi(x, teste):
    return torch.stack(x.chunk(teste, dim=-1), dim=1)


def _teste_ciclo(x, teste):
    largo = x.shape[-1] // teste
    return torch.stack([x[..., i * largo : (i + 1) * largo] for i in range(teste)], dim=1)


# 8.5
class _BloccoDopo(nn.Module):
    """Le norme dopo le somme, come in BERT, e un Linear per query, key e value."""

    def __init__(self, D, teste):
        super().__init__()
        self.h = teste
        self.q, self.k, self.v, self.o = (nn.Linear(D, D, bias=False) for _ in range(4))
        self.n1, self.n2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.su, self.giu = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x):
        B, L, D = x.shape
        q, k, v = (strato(x).view(B, L, self.h, D // self.h).transpose(1, 2) for strato in (self.q, self.k, self.v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, L, D)
        x = self.n1(x + self.o(y))
        return self.n2(x + self.giu(F.relu(self.su(x))))


class _UnaTesta(nn.Module):
    def __init__(self, D, largo):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(D, largo), nn.Linear(D, largo), nn.Linear(D, largo)

    def forward(self, x):
        return attenzione_causale(self.q(x), self.k(x), self.v(x))


class _BloccoTestePerTesta(nn.Module):
    """Una rete per testa, in un ciclo; RMSNorm e un po' di dropout."""

    def __init__(self, D, teste):
        super().__init__()
        self.teste = nn.ModuleList(_UnaTesta(D, D // teste) for _ in range(teste))
        self.o, self.n1, self.n2, self.d = nn.Linear(D, D), nn.RMSNorm(D), nn.RMSNorm(D), nn.Dropout(0.05)
        self.rete = nn.Sequential(nn.Linear(D, 4 * D), nn.SiLU(), nn.Linear(4 * D, D))

    def forward(self, x):
        y = self.n1(x)
        x = x + self.d(self.o(torch.cat([testa(y) for testa in self.teste], dim=-1)))
        return x + self.d(self.rete(self.n2(x)))


class _BloccoLibreria(nn.Module):
    def __init__(self, D, teste):
        super().__init__()
        self.strato = nn.TransformerEncoderLayer(D, teste, 4 * D, 0.0, batch_first=True, norm_first=True)

    def forward(self, x):
        maschera = torch.full((x.shape[1], x.shape[1]), -math.inf).triu(1)
        return self.strato(x, src_mask=maschera)


class _BloccoMuto(nn.Module):
    """Niente attenzione: ogni token per conto suo."""

    def __init__(self, D, teste):
        super().__init__()
        self.rete = nn.Sequential(nn.LayerNorm(D), nn.Linear(D, 6 * D), nn.GELU(), nn.Linear(6 * D, D))

    def forward(self, x):
        return x + self.rete(x)


class _BloccoSulPosto(Blocco):
    def forward(self, x):
        x += self.attenzione(self.norma_1(x))
        return x + self.rete(self.norma_2(x))


_PRIMA_MOSSA, _SECONDA_MOSSA = "x + self.attenzione(self.norma_1(x))", "x + self.rete(self.norma_2(x))"
_NORMA_DI_TROPPO = ("self.norma_1, self.norma_2 = nn.LayerNorm(D), nn.LayerNorm(D)", "self.norma = nn.LayerNorm(D)")
_UNA_IN_MEZZO = blocco_con(
    _NORMA_DI_TROPPO, (_PRIMA_MOSSA, "self.norma(x + self.attenzione(x))"), (_SECONDA_MOSSA, "x + self.rete(x)")
)
_UNA_ALLA_FINE = blocco_con(
    _NORMA_DI_TROPPO, (_PRIMA_MOSSA, "x + self.attenzione(x)"), (_SECONDA_MOSSA, "self.norma(x + self.rete(x))")
)
# Lo stesso modulo, usato attorno a tutte e due le mosse: le norme sono due.
_UNA_DUE_VOLTE = blocco_con(
    _NORMA_DI_TROPPO,
    (_PRIMA_MOSSA, "x + self.attenzione(self.norma(x))"),
    (_SECONDA_MOSSA, "x + self.rete(self.norma(x))"),
)
_PRIMA_E_DOPO = blocco_con((_SECONDA_MOSSA, "self.norma_2(x + self.rete(x))"))
_DOPO_E_PRIMA = blocco_con((_PRIMA_MOSSA, "self.norma_1(x + self.attenzione(x))"))


class _BloccoNormaAMano(Blocco):
    """Le norme scritte a mano, senza pesi."""

    def __init__(self, D, teste):
        super().__init__(D, teste)
        del self.norma_1, self.norma_2

    def norma_1(self, x):
        return (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) + 1e-5).sqrt()

    norma_2 = norma_1


# 8.6
def _loss_meno_cento(logit, ids, maschera):
    bersagli = ids.masked_fill(~maschera, -100)[:, 1:]
    return F.cross_entropy(logit[:, :-1].transpose(1, 2), bersagli)


def _loss_meno_cento_e_zero(logit, ids, maschera):
    bersagli = ids.masked_fill(~maschera, -100)[:, 1:]
    return F.cross_entropy(logit[:, :-1].transpose(1, 2), bersagli, ignore_index=0)


def _loss_a_mano(logit, ids, maschera):
    logaritmi = logit[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None]).squeeze(-1)
    return -(logaritmi * maschera[:, 1:]).sum() / maschera[:, 1:].sum()


def _loss_ciclo(logit, ids, maschera):
    loss = [
        F.cross_entropy(logit[b, t], ids[b, t + 1])
        for b in range(len(ids))
        for t in range(ids.shape[1] - 1)
        if maschera[b, t + 1]
    ]
    return torch.stack(loss).mean()


def _loss_sul_posto(logit, ids, maschera):
    ids[~maschera] = -100
    return F.cross_entropy(logit[:, :-1].transpose(1, 2), ids[:, 1:])


GIUSTE = {
    "8.1": [_allunga_full, _allunga_liste, _allunga_pad_sequence],
    "8.2": [_dividi_indici, _dividi_testo],
    "8.3": [_causale_somma, _causale_ciclo, _causale_finita, _causale_logaritmi],
    "8.4": [_teste_view, _teste_pezzi],
    "8.5": [
        _BloccoDopo,
        _BloccoTestePerTesta,
        blocco_con(("nn.GELU()", "nn.ReLU()")),
        _UNA_DUE_VOLTE,
        _PRIMA_E_DOPO,
        _DOPO_E_PRIMA,
        _BloccoNormaAMano,
    ],
    "8.6": [_loss_meno_cento, _loss_a_mano, _loss_ciclo],
}

SBAGLIATE = {
    "8.1": [
        (lambda liste, r: allunga(liste, r)[0], "Servono 2 valori"),
        (lambda liste, r: (torch.tensor(liste), torch.ones(len(liste))), "lunghezze diverse"),
        (_allunga_sul_posto, "cambia il suo argomento"),
    ],
    "8.2": [
        (_dividi_accorcia, "si accorcia mentre la scorri"),
        (lambda parola, fusioni: " ".join(dividi(parola, fusioni)), "dovrebbe essere una lista"),
    ],
    "8.3": [
        (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), "scaled_dot_product_attention"),
        (_causale_modulo, "MultiheadAttention"),
        (_causale_esponenziali, "NaN"),
        (_causale_tagliata, "i valori no"),
        (_causale_vicine, "i valori no"),
        (lambda q, k, v: (q @ k.permute(2, 1, 0) / 2).softmax(-1) @ v, "Segui le forme"),
        (lambda q, k, v: attenzione_causale(q, k, v).detach(), "il gradiente non torna indietro"),
        (lambda q, k, v: attenzione_causale(q.detach(), k, v), "il gradiente non torna indietro"),
    ],
    "8.4": [
        (_teste_ciclo, "senza cicli"),
        (lambda x, teste: in_teste(x, teste).detach(), "il gradiente non torna indietro"),
        (lambda x, teste: x.reshape(x.shape[0], x.shape[1], teste, 2).transpose(1, 2), "si ferma con"),
        (lambda x, teste: x.reshape(*x.shape[:2], teste, x.shape[2] / teste).transpose(1, 2), "usa //"),
        (lambda x, teste: torch.stack(x.split(x.shape[-1] / teste, dim=-1), dim=1), "usa //"),
    ],
    "8.5": [
        (_BloccoLibreria, "TransformerEncoderLayer"),
        (_BloccoMuto, "qualche posizione seguente non si muove"),
        (_BloccoSulPosto, "cambia il suo argomento"),
        (Blocco(8, 2), "si ferma con TypeError"),
        (lambda D, teste: torch.zeros(2, 3, D), "dovrebbe essere un nn.Module"),
        (blocco_con(("x + self.attenzione(self.norma_1(x))", "self.attenzione(self.norma_1(x))")), "una somma residua"),
        (
            blocco_con(
                ("x + self.attenzione(self.norma_1(x))", "self.attenzione(self.norma_1(x))"),
                ("x + self.rete(self.norma_2(x))", "self.rete(self.norma_2(x))"),
            ),
            "una somma residua",
        ),
        (
            blocco_con(("nn.LayerNorm(D), nn.LayerNorm(D)", "nn.LayerNorm(D), nn.Identity()")),
            "Hai una norma sola",
        ),
        (
            blocco_con(("nn.LayerNorm(D), nn.LayerNorm(D)", "nn.Identity(), nn.Identity()")),
            "serve una normalizzazione",
        ),
        (_UNA_IN_MEZZO, "Hai una norma sola"),
        (_UNA_ALLA_FINE, "Hai una norma sola"),
        (blocco_con(("self.attenzione(self.norma_1(x))", "self.attenzione(x)")), "«norma_1.weight»"),
        (blocco_con(("nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D)", "nn.Linear(D, D), nn.GELU()")), "12·D²"),
        (blocco_con(("attenzione_causale(q, k, v)", "F.scaled_dot_product_attention(q, k, v)")), "vedere il futuro"),
        (
            blocco_con(("attenzione_causale(q, k, v)", "((q @ k.mT / q.shape[-1] ** 0.5).softmax(-1).tril() @ v)")),
            "prima della softmax",
        ),
        (blocco_con(("nn.Linear(D, D)", "nn.Linear(D / 1, D)")), "usa //"),
        # Gli strati mancano davvero: la lista di una cosa diversa non c'entra.
        (
            blocco_con(
                ("self.teste = teste", "self.teste, self.forme = teste, [D, 4 * D]"),
                ("nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D)", "nn.Linear(D, D), nn.GELU(), nn.Linear(D, D)"),
            ),
            "12·D²",
        ),
        (
            blocco_con(("self.norma_2(x))", "self.norma_2(x.detach()))"), ("return x +", "return x.detach() +")),
            "gradiente",
        ),
    ],
    "8.6": [
        (_loss_sul_posto, "cambia il suo argomento"),
        (lambda logit, ids, maschera: loss_prossimo(logit, ids, maschera).item(), "un tensore"),
        (lambda logit, ids, maschera: loss_prossimo(logit.detach(), ids, maschera), "il gradiente non torna indietro"),
        (lambda logit, ids, maschera: F.cross_entropy(logit[:, :-1], ids[:, 1:]), "asse 1"),
        (_loss_meno_cento_e_zero, "lascia ignore_index"),
    ],
}
