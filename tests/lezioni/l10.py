"""Le risposte di prova agli esercizi della lezione 10."""

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.lezioni.l10_rinforzo.esercizi import obiettivo, ricompensa, vantaggi_gae


# 10.1
def _pd(stati):
    return (0.5 * stati[:, 2] + stati[:, 3] + 0.05 * stati[:, 1] > 0).float()


def _due_casi(stati):
    return torch.where(stati[:, 2].abs() > 0.05, stati[:, 2] > 0, stati[:, 3] > 0)


# 10.2
def _reinforce(passi=150, lr=0.05, segno=-1, con_baseline=True, ottimizzatore=torch.optim.Adam, estrae=True):
    def impara(premia):
        rete = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
        passo = ottimizzatore(rete.parameters(), lr=lr)
        for _ in range(passi):
            stati = torch.randn(256, 2)
            logit = rete(stati)[:, 0]
            azioni = torch.bernoulli(logit.detach().sigmoid()) if estrae else (logit.detach() > 0).float()
            premi = premia(stati, azioni)
            peso = premi - premi.mean() if con_baseline else premi
            log_prob = torch.where(azioni == 1, F.logsigmoid(logit), F.logsigmoid(-logit))
            passo.zero_grad()
            (segno * (log_prob * peso).mean()).backward()
            passo.step()
        return rete

    return impara


def _categorical(premia):
    rete = nn.Linear(2, 2)
    ottimizzatore = torch.optim.Adam(rete.parameters(), lr=0.05)
    for _ in range(150):
        stati = torch.randn(256, 2)
        caso = torch.distributions.Categorical(logits=rete(stati))
        azioni = caso.sample()
        premi = premia(stati, azioni)
        ottimizzatore.zero_grad()
        (-(caso.log_prob(azioni) * (premi - premi.mean())).mean()).backward()
        ottimizzatore.step()
    return lambda stati: rete(stati)[:, 1] - rete(stati)[:, 0]


def _valori(premia):
    rete = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 2))
    ottimizzatore = torch.optim.Adam(rete.parameters(), lr=0.02)
    for _ in range(300):
        stati, azioni = torch.randn(128, 2), torch.randint(2, (128,))
        previsti = rete(stati).gather(1, azioni[:, None])[:, 0]
        ottimizzatore.zero_grad()
        F.mse_loss(previsti, premia(stati, azioni)).backward()
        ottimizzatore.step()
    return lambda stati: rete(stati)[:, 1:] - rete(stati)[:, :1]


def _deriva_il_premio(premia):
    rete, stati = nn.Linear(2, 1), torch.randn(64, 2)
    premia(stati, torch.bernoulli(rete(stati)[:, 0].sigmoid())).mean().backward()
    return rete


def _senza_fine(premia):
    stati = torch.randn(10_000, 2)
    while True:
        premia(stati, torch.randint(2, (10_000,)))


def _in_colonna(premia):
    rete, stati = nn.Linear(2, 1), torch.randn(8, 2)
    premia(stati, torch.bernoulli(rete(stati).sigmoid()))
    return rete


# 10.3
def _a_rovescio(stati):
    return -(stati[..., 0] - 1).abs()


def _quasi_uguale(stati):
    return 100 - (stati[..., 0] - 1).abs()


def _dagli_altri(stati):
    lontani = (stati[..., 0] - 1).abs()
    return 1 - lontani / (lontani.max() + 1)


# 10.4
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


# 10.5
def _ppo_a_casi(nuove, vecchie, vantaggi):
    rapporto = torch.exp(nuove) / torch.exp(vecchie)
    troppo = torch.where(vantaggi > 0, rapporto > 1.2, rapporto < 0.8)
    tetto = torch.where(vantaggi > 0, 1.2, 0.8)
    return (torch.where(troppo, tetto, rapporto) * vantaggi).sum() / len(vantaggi)


def _ppo_in_pila(nuove, vecchie, vantaggi):
    rapporto = torch.exp(nuove - vecchie)
    due = torch.stack([rapporto * vantaggi, torch.clip(rapporto, 1 - 0.2, 1 + 0.2) * vantaggi])
    return due.min(dim=0).values.mean()


def _ppo_mossa_per_mossa(nuove, vecchie, vantaggi):
    totale = 0
    for nuova, vecchia, vantaggio in zip(nuove, vecchie, vantaggi, strict=True):
        r = (nuova - vecchia).exp()
        totale = totale + min(r * vantaggio, r.clamp(0.8, 1.2) * vantaggio)
    return totale / len(nuove)


def _ppo_staccato(nuove, vecchie, vantaggi):
    return obiettivo(nuove.detach(), vecchie, vantaggi)


GIUSTE = {
    "10.1": [lambda s: (s[..., 3] > 0).long(), _pd, _due_casi],
    "10.2": [
        _reinforce(con_baseline=False),
        _reinforce(ottimizzatore=torch.optim.SGD, lr=1.0),
        _categorical,
        _valori,
    ],
    "10.3": [
        lambda s: torch.exp(-(s[..., 0] - 1).abs()),
        lambda s: torch.exp(-((s[..., 0] - 1) ** 2)),
        lambda s: 4 - (s[..., 0] - 1).abs(),
        lambda s: 1 / (1 + (s[..., 0] - 1) ** 2),
        lambda s: torch.where((s[..., 0] - 1).abs() < 0.5, 3.0, 1.0),
        lambda s: 3.5 - (s[..., 0] - 1).abs() - s[..., 2].abs(),
        lambda s: 1 + ((s[..., 0] - 1).abs() < 0.3).long(),
    ],
    "10.4": [_gae_float, _gae_where],
    "10.5": [_ppo_a_casi, _ppo_in_pila, _ppo_mossa_per_mossa],
}

SBAGLIATE = {
    "10.1": [
        (lambda s: s[:, 2:3] + s[:, 3:] > 0, "la forma è (1, 1)"),
        (lambda s: s[:, 2] + s[:, 3], "soltanto 0"),
        (lambda s: torch.sign(s[:, 2] + s[:, 3]), "soltanto 0"),
        (lambda s: (s[:, 2] + s[:, 3] > 0).tolist(), "è una lista"),
        (lambda s: 1 if s[0, 2] > 0 else 0, "è un numero intero"),
        (lambda s: s[:, 2] * s[:, 3] > 0, "ne servono 150"),
        (0, "serve una funzione"),
    ],
    "10.2": [
        (_reinforce(segno=1), "il segno della loss è rovesciato"),
        (_reinforce(con_baseline=False, estrae=False), "a tutti gli stati la stessa azione"),
        (_reinforce(lr=1e-5), "I passi bastano?"),
        (_deriva_il_premio, "La loss non dipende dai pesi"),
        (_senza_fine, "Più di 200000 prove"),
        (_in_colonna, "la forma è (8, 1)"),
        (lambda premia: nn.Linear(2, 1), "Non hai mai chiesto un premio"),
        (lambda premia: nn.Linear(2, 3), "la forma è (2000, 3)"),
        (lambda premia: 3, "Va restituita la rete"),
    ],
    "10.3": [
        (lambda s: 2 * _a_rovescio(s), "conviene cadere"),
        (_quasi_uguale, "almeno un ventesimo in più"),
        (_dagli_altri, "deve dipendere solo da quello stato"),
        (lambda s: torch.rand(s.shape[:-1]), "deve dipendere solo da quello stato"),
        (lambda s: 1 + s[..., 0] / 2.4, "Chi passa oltre"),
        (lambda s: 2 - (s[..., 0] - 1).abs(), "Chi resta in fondo a sinistra"),
        (lambda s: 2.4 - (s[..., 0] - 1).abs(), "conviene cadere"),
        (lambda s: s[:, 0], "chiedono ricompense di forma"),
        (lambda s: 1 - (s[..., 0].mean() - 1).abs() / 3.4, "qui la forma è ()"),
        (lambda s: ricompensa(s) / 0, "un NaN o un infinito"),
        (lambda s: ricompensa(s).tolist(), "è una lista"),
        (lambda s: 1 if s[0] > 0 else 0, "Una maschera di tanti elementi"),
        ("1 - x / 2.4", "serve una funzione"),
    ],
    "10.4": [
        (lambda r, v, d, te, fi, g, lam: r + g * d * (1 - te) - v, "non si può con i booleani"),
        (_gae_tagliati, "con 40 passi"),
        (lambda *argomenti: vantaggi_gae(*argomenti).tolist(), "i numeri giusti, ma è una lista"),
    ],
    "10.5": [
        (_ppo_staccato, "stacca il risultato dal grafo"),
        (lambda nuove, vecchie, vantaggi: obiettivo(nuove, vecchie, vantaggi).item(), "un numero"),
        (lambda nuove, vecchie, vantaggi: (nuove - vecchie).exp() * vantaggi, "1 asse"),
    ],
}
