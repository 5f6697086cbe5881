"""Risposte giuste e sbagliate agli esercizi della lezione 03."""

import copy
from functools import partial
from itertools import pairwise

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from corso_pytorch.lezioni.l03_ciclo.esercizi import (
    Imbuto,
    addestra_retta,
    entropia,
    epoca_da_tenere,
    impara,
    scendi_con_momentum,
    un_passo,
)
from corso_pytorch.verifiche.osservazioni import muta

# --- 3.1 ---------------------------------------------------------------------------------------------------------


def _passo_ciclo(w, x, y, lr):
    gradiente = 0.0
    for i in range(len(x)):
        gradiente += 2 * (w * x[i] - y[i]) * x[i] / len(x)
    return w - lr * gradiente


def grad(w, x, y):
    """Il nome è innocente: la derivata è calcolata a mano."""
    return 2 / len(x) * torch.dot(x, w * x - y)


def _passo_autograd(w, x, y, lr):
    w = w.clone().requires_grad_()
    ((w * x - y) ** 2).mean().backward()
    return (w - lr * w.grad).detach()


def _passo_funzionale(w, x, y, lr):
    from torch.func import grad as derivata

    return w - lr * derivata(lambda v: ((v * x - y) ** 2).mean())(w)


def _passo_in_avanti(w, x, y, lr):
    return w - lr * torch.func.jvp(lambda v: ((v * x - y) ** 2).mean(), (w,), (torch.ones_like(w),))[1]


def _passo_duale(w, x, y, lr):
    import torch.autograd.forward_ad as avanti

    with avanti.dual_level():
        duale = avanti.make_dual(w, torch.ones_like(w))
        return w - lr * avanti.unpack_dual(((duale * x - y) ** 2).mean()).tangent


def _passo_col_tetto(w, x, y, lr):
    return w - lr * (2 * (w * x - y) * x).mean().clamp(-10, 10)


# --- 3.2 ---------------------------------------------------------------------------------------------------------


def _ciclo_zero_in_fondo(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = nn.functional.mse_loss(modello(x), y)
        storia.append(float(loss.detach()))
        loss.backward()
        ottimizzatore.step()
        for parametro in modello.parameters():
            parametro.grad = None
    return storia


def _ciclo_con_chiusura(modello, ottimizzatore, x, y, passi):
    def chiusura():
        ottimizzatore.zero_grad()
        loss = nn.MSELoss()(modello(x), y)
        loss.backward()
        return loss

    return [ottimizzatore.step(chiusura).item() for _ in range(passi)]


def _ciclo_di_un_altro(modello, ottimizzatore, x, y, passi):
    return addestra_retta(copy.deepcopy(modello), ottimizzatore, x, y, passi)


# --- 3.4 ---------------------------------------------------------------------------------------------------------


def _entropia_a_mano(logit, y):
    spostati = logit - logit.max(dim=1, keepdim=True).values
    giusti = spostati.gather(1, y.unsqueeze(1)).squeeze(1)
    return (spostati.exp().sum(dim=1).log() - giusti).mean()


def _entropia_ciclo(logit, y):
    costi = [torch.logsumexp(riga, 0) - riga[classe] for riga, classe in zip(logit, y, strict=True)]
    return torch.stack(costi).mean()


def _entropia_ingenua(logit, y):
    probabilita = logit.exp() / logit.exp().sum(dim=1, keepdim=True)
    return -probabilita[torch.arange(len(y)), y].log().mean()


def _entropia_per_classe(logit, y):
    medie = [(logit.logsumexp(1) - logit[:, k])[y == k].mean() for k in range(logit.shape[1])]
    return torch.stack(medie).mean()


# --- 3.3 ---------------------------------------------------------------------------------------------------------


class _ImbutoAllaRovescia(nn.Module):
    """Gli strati sono registrati dall'ultimo al primo."""

    def __init__(self, misure):
        super().__init__()
        for i, (a, b) in reversed([*enumerate(pairwise(misure))]):
            setattr(self, f"strato_{i}", nn.Linear(a, b))
        self.quanti = len(misure) - 1

    def forward(self, x):
        for i in range(self.quanti):
            x = getattr(self, f"strato_{i}")(x if i == 0 else x.relu())
        return x


class _ImbutoDiParametri(nn.Module):
    """I pesi (ingressi, uscite), il contrario di nn.Linear; prima tutti i bias."""

    def __init__(self, misure):
        super().__init__()
        self.bias = nn.ParameterList(torch.zeros(1, b) for b in misure[1:])
        self.pesi = nn.ParameterList(torch.randn(a, b) for a, b in pairwise(misure))

    def forward(self, x):
        for w, b in zip(self.pesi[:-1], self.bias[:-1], strict=True):
            x = (x @ w + b).clamp(min=0)
        return x @ self.pesi[-1] + self.bias[-1]


class _ImbutoPigro(nn.Module):
    def __init__(self, misure):
        super().__init__()
        self.strati = nn.ModuleList(nn.LazyLinear(uscite) for uscite in misure[1:])

    def forward(self, x):
        *primi, ultimo = self.strati
        for strato in primi:
            x = nn.functional.relu(strato(x))
        return ultimo(x)


class _ImbutoListaNonAperta(Imbuto):
    def __init__(self, misure):
        super().__init__(misure)
        self.rete = nn.Sequential(list(self.rete))


class _ImbutoCheSvuota(Imbuto):
    def __init__(self, misure):
        super().__init__(misure)
        misure.clear()


class _ImbutoSenzaSuper(nn.Module):
    def __init__(self, misure):
        self.strato = nn.Linear(misure[0], misure[-1])

    def forward(self, x):
        return self.strato(x)


class _ImbutoSoloPrimi(nn.Module):
    """Scritta per quattro misure, non per ogni lunghezza."""

    def __init__(self, misure):
        super().__init__()
        self.a, self.b = nn.Linear(misure[0], misure[1]), nn.Linear(misure[1], misure[2])
        self.c = nn.Linear(misure[2], misure[3])

    def forward(self, x):
        return self.c(self.b(self.a(x).relu()).relu())


class _ImbutoSenzaReturn(Imbuto):
    def forward(self, x):
        self.rete(x)


class _ImbutoStaccato(Imbuto):
    def forward(self, x):
        return super().forward(x).detach()


class _ImbutoStaccatoInMezzo(Imbuto):
    def forward(self, x):
        for strato in self.rete:
            x = strato(x.detach())
        return x


class _ImbutoDiZeri(Imbuto):
    def __init__(self, misure):
        super().__init__(misure)
        for parametro in self.parameters():
            nn.init.zeros_(parametro)


class _ImbutoCoiBiasFermi(Imbuto):
    def __init__(self, misure):
        super().__init__(misure)
        for nome, parametro in self.named_parameters():
            parametro.requires_grad_("bias" not in nome)


class _ImbutoCheRipete(Imbuto):
    """Dove le misure si ripetono usa due volte lo stesso strato."""

    def forward(self, x):
        usati = {}
        for strato in self.rete:
            x = usati.setdefault(str(strato), strato)(x)
        return x


# --- 3.5 ---------------------------------------------------------------------------------------------------------


def _epoca_differenza(loss_validazione, pazienza):
    migliore = 0
    for epoca in range(len(loss_validazione)):
        if loss_validazione[epoca] < loss_validazione[migliore]:
            migliore = epoca
        elif epoca - migliore >= pazienza:
            break
    return migliore


def _epoca_contatore(loss_validazione, pazienza):
    minima, migliore, senza = float("inf"), 0, 0
    for epoca, loss in enumerate(loss_validazione):
        if loss < minima:
            minima, migliore, senza = loss, epoca, 0
        else:
            senza += 1
        if senza == pazienza:
            return migliore
    return torch.tensor(migliore)


# --- 3.6 ---------------------------------------------------------------------------------------------------------


def _impara_a_batch(x_add, y_add, x_val, y_val):
    modello = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, int(y_add.max()) + 1))
    ottimizzatore = torch.optim.SGD(modello.parameters(), lr=0.1, momentum=0.9)
    for _ in range(30):
        modello.train()
        for x, y in DataLoader(TensorDataset(x_add, y_add), batch_size=32, shuffle=True):
            loss = nn.CrossEntropyLoss()(modello(x), y)
            ottimizzatore.zero_grad()
            loss.backward()
            ottimizzatore.step()
    modello.eval()
    giuste = [
        (modello(x).argmax(1) == y).sum().item() for x, y in DataLoader(TensorDataset(x_val, y_val), batch_size=64)
    ]
    return modello, sum(giuste) / len(y_val)


def _impara_e_si_ferma(x_add, y_add, x_val, y_val):
    """La validazione decide quando fermarsi e quali pesi tenere: è misurare, non imparare."""
    modello = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, int(y_add.max()) + 1))
    ottimizzatore = torch.optim.Adam(modello.parameters(), lr=0.03)
    minima, attesa = float("inf"), 0
    while attesa < 20:
        loss = nn.functional.cross_entropy(modello(x_add), y_add)
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
        loss_val = nn.functional.cross_entropy(modello(x_val), y_val)  # anche senza no_grad
        attesa += 1
        if loss_val < minima - 1e-3:
            minima, attesa, migliori = loss_val.item(), 0, copy.deepcopy(modello.state_dict())
    modello.load_state_dict(migliori)
    return [modello, (modello(x_val).argmax(1) == y_val).float().mean()]


def _impara_senza_optim(x_add, y_add, x_val, y_val):
    """Il momentum a mano, e l'errore quadratico su vettori di zeri e uno."""
    classi = int(y_add.max()) + 1
    modello, uno_su = _ImbutoAllaRovescia([2, 40, classi]), torch.eye(classi)[y_add]
    velocita = [0.0 for _ in modello.parameters()]
    while (modello(x_val).argmax(1) == y_val).float().mean() < 0.95:
        loss = ((modello(x_add) - uno_su) ** 2).mean()
        gradienti = torch.autograd.grad(loss, list(modello.parameters()))
        with torch.no_grad():
            for i, parametro in enumerate(modello.parameters()):
                velocita[i] = 0.9 * velocita[i] + gradienti[i]
                parametro -= 0.2 * velocita[i]
    return modello, (modello(x_val).argmax(1) == y_val).double().mean().item()


class _Vicino(nn.Module):
    """Risponde come il punto visto più vicino: è una tabella, non ha imparato nulla."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def forward(self, x):
        return torch.eye(int(self.y.max()) + 1)[self.y[torch.cdist(x, self.x).argmin(1)]]


class _Costante(nn.Module):
    def __init__(self, y):
        super().__init__()
        self.logit = nn.Parameter(torch.eye(int(y.max()) + 1)[0])

    def forward(self, x):
        return self.logit.expand(len(x), -1)


def _impara_con_addestra(x_add, y_add, x_val, y_val):
    from corso_pytorch.addestramento import addestra

    modello, stima = impara(x_add, y_add, x_val, y_val)
    addestra(modello, [(x_add, y_add)], nn.CrossEntropyLoss(), torch.optim.SGD(modello.parameters(), lr=0.0))
    return modello, stima


def _unisci(in_piu=""):
    return muta(
        impara,
        ("    classi", f"    x_add, y_add = torch.cat([x_add, x_val]){in_piu}, torch.cat([y_add, y_val])\n    classi"),
    )


_RETE = "nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, classi))"
_LOSS = "cross_entropy(modello(x_add), y_add)"
_PREVISTE = "modello(x_val).argmax(dim=1) == y_val"

# --- 3.7 ---------------------------------------------------------------------------------------------------------


def _momentum_backward(funzione, p, lr, beta, passi):
    p, velocita = p.clone().requires_grad_(), 0
    for _ in range(passi):
        p.grad = None
        funzione(p).backward()
        velocita = beta * velocita + p.grad
        with torch.no_grad():
            p -= lr * velocita
    return p.detach()


def _momentum_sul_posto(funzione, p, lr, beta, passi):
    p, velocita = p.clone().requires_grad_(), 0
    for _ in range(passi):
        velocita = beta * velocita + torch.autograd.grad(funzione(p), p)[0]
        p -= lr * velocita
    return p.detach()


def _momentum_senza_foglia(funzione, p, lr, beta, passi):
    p, velocita = p.clone().requires_grad_(), 0
    for _ in range(passi):
        funzione(p).backward()
        velocita = beta * velocita + p.grad
        p = (p - lr * velocita).detach()
    return p


def _momentum_attaccato(funzione, p, lr, beta, passi):
    p, velocita = p.clone().requires_grad_(), 0
    for _ in range(passi):
        velocita = beta * velocita + torch.autograd.grad(funzione(p), p)[0]
        p = p - lr * velocita
    return p


def _momentum_libreria(funzione, p, lr, beta, passi):
    p = p.clone().requires_grad_()
    ottimizzatore = torch.optim.SGD([p], lr=lr, momentum=beta)
    for _ in range(passi):
        ottimizzatore.zero_grad()
        funzione(p).backward()
        ottimizzatore.step()
    return p.detach()


GIUSTE = {
    "3.1": [_passo_ciclo, lambda w, x, y, lr: w - lr * grad(w, x, y), partial(un_passo)],
    "3.2": [_ciclo_zero_in_fondo, _ciclo_con_chiusura, lambda *argomenti: tuple(addestra_retta(*argomenti))],
    "3.4": [_entropia_a_mano, _entropia_ciclo],
    "3.3": [_ImbutoAllaRovescia, _ImbutoDiParametri, _ImbutoPigro],
    "3.5": [_epoca_differenza, _epoca_contatore],
    "3.6": [
        *(_impara_a_batch, _impara_e_si_ferma, _impara_senza_optim),
        muta(impara, ("giuste.float().mean().item()", "round(giuste.float().mean().item(), 2)")),
    ],
    "3.7": [_momentum_backward, lambda *argomenti: scendi_con_momentum(*argomenti).clone()],
}

SBAGLIATE = {
    "3.1": [
        (lambda *argomenti: un_passo(*argomenti).item(), "serve un tensore"),
        (_passo_autograd, "senza «backward»"),
        (_passo_funzionale, "senza «grad»"),
        (_passo_in_avanti, "senza «jvp»"),
        (_passo_duale, "Qui si chiede di farlo senza"),
        (_passo_col_tetto, "i valori no"),
        (lambda w, x, y, lr: w.sub_(lr * grad(w, x, y)), "cambia il suo argomento"),
        (3.0, "Qui serve una funzione"),
    ],
    "3.2": [
        (muta(addestra_retta, ("loss.item()", "loss")), "ci sono tensori"),
        (muta(addestra_retta, ("loss.item()", "loss.detach()")), "restano tensori"),
        (muta(addestra_retta, ("backward()\n", "backward(); ottimizzatore.zero_grad()\n")), "step manca, o quando"),
        (muta(addestra_retta, ("        ottimizzatore.step()\n", "")), "step manca"),
        (_ciclo_di_un_altro, "Il modello non si muove"),
        (lambda *argomenti: addestra_retta(*argomenti)[-1], "una lista di numeri"),
        (lambda modello, x, y: [1.0], "si ferma con TypeError"),
        ([1.0, 2.0], "Qui serve una funzione"),
    ],
    "3.4": [
        (_entropia_ingenua, "trabocca"),
        (_entropia_per_classe, "contiene NaN"),
        (lambda logit, y: -logit.softmax(1)[torch.arange(len(y)), y].log().mean(), "trabocca"),
        (nn.functional.cross_entropy, "senza «cross_entropy»"),
        (nn.CrossEntropyLoss(), "Qui si chiede di farlo senza"),
        (lambda logit, y: torch.ops.aten.cross_entropy_loss(logit, y), "senza «cross_entropy_loss»"),
        (lambda logit, y: -logit.log_softmax(1)[torch.arange(len(y)), y].mean(), "senza «log_softmax»"),
        (lambda logit, y: entropia(logit, y).item(), "serve un tensore"),
        (lambda logit, y: entropia(logit, y).detach(), "stacca il risultato dal grafo"),
    ],
    "3.3": [
        (_ImbutoListaNonAperta, "come si apre una lista"),
        (_ImbutoCheSvuota, "cambia il suo argomento"),
        (_ImbutoSenzaSuper, "per primo in __init__"),
        (_ImbutoSoloPrimi, "si ferma con IndexError"),
        (_ImbutoSenzaReturn, "manca il return"),
        (_ImbutoStaccato, "stacca il risultato dal grafo"),
        (_ImbutoStaccatoInMezzo, "non arriva a tutti i parametri"),
        (_ImbutoDiZeri, "nascono tutti zero"),
        (_ImbutoCheRipete, "non arriva a tutti i parametri"),
        (_ImbutoCoiBiasFermi, "non arriva a tutti i parametri"),
        (lambda misure: Imbuto(misure), "serve la classe"),
        (Imbuto([10, 8, 4, 1]), "non un suo oggetto"),
    ],
    "3.5": [
        (lambda loss_validazione, pazienza: "1", "dovrebbe essere un numero"),
        (lambda *argomenti: float(epoca_da_tenere(*argomenti)), "serve un intero"),
        (lambda loss_validazione, pazienza: loss_validazione.sort() or 0, "cambia il suo argomento"),
        (lambda loss_validazione, pazienza: epoca_da_tenere(loss_validazione, 2), "e pazienza 3"),
    ],
    "3.6": [
        (muta(impara, ("loss.backward()", "pass"), ("ottimizzatore.step()", "pass")), "I pesi si muovono?"),
        (muta(impara, ("ottimizzatore.step()", "pass")), "I pesi si muovono?"),
        (muta(impara, ("ottimizzatore.step()", "modello.zero_grad(); ottimizzatore.step()")), "come tirando a sorte"),
        (muta(impara, ("ottimizzatore.zero_grad()", "pass")), "I gradienti si azzerano?"),
        (muta(impara, ("range(200)", "range(15)")), "I passi bastano?"),
        (muta(impara, (_RETE, "nn.Linear(2, classi)")), "o è una retta?"),
        (muta(impara, ("nn.ReLU(), ", "")), "o è una retta?"),
        (muta(impara, ("optim.Adam", "optim.SGD"), ("lr=0.02", "lr=1e12")), "nan o inf"),
        (muta(impara, ("lr=0.02", "lr=1e6")), "sui dati nuovi l'accuratezza è"),
        (muta(impara, ("int(y_add.max()) + 1", "2")), "un logit per ognuna"),
        (muta(impara, (_LOSS, "cross_entropy(modello(x_val), y_val)")), "servono solo a misurare"),
        (muta(impara, (_LOSS, f"{_LOSS} + cross_entropy(modello(x_val), y_val)")), "servono solo a misurare"),
        (_unisci(), "servono solo a misurare"),
        (_unisci(".detach().clone()"), "servono solo a misurare"),
        (muta(impara, (_PREVISTE, "modello(x_add).argmax(dim=1) == y_add")), "di addestramento"),
        (muta(impara, (".item()", ".item() * 100")), "non in percentuale"),
        (muta(impara, ("giuste.float().mean().item()", "0.97")), "Quando l'hai misurata"),
        (lambda *argomenti: impara(*argomenti)[0], "Servono due valori"),
        (lambda *argomenti: impara(*argomenti)[::-1], "Il primo valore dev'essere il modello"),
        (lambda x_add, y_add, x_val, y_val: (_Vicino(x_add, y_add), 1.0), "non ha parametri"),
        (lambda x_add, y_add, x_val, y_val: (_Costante(y_add), 0.3), "a tutti la stessa risposta"),
        (muta(impara, ("nn.Linear(32, classi))", "nn.Linear(32, classi), nn.Softmax(dim=1))")), "servono logit"),
        (_impara_con_addestra, "senza «addestra»"),
        (3.0, "serve una funzione"),
    ],
    "3.7": [
        (_momentum_sul_posto, "non prende appunti"),
        (_momentum_senza_foglia, "non chiede il gradiente"),
        (muta(scendi_con_momentum, (".requires_grad_()", "")), "non chiede il gradiente"),
        (_momentum_attaccato, "attaccato al grafo"),
        (_momentum_libreria, "senza «SGD»"),
        (muta(scendi_con_momentum, ("+ gradiente", "+ gradiente.round(decimals=4)")), "beta = 0.9 e 5 passi"),
        (lambda funzione, p, *altri: scendi_con_momentum(funzione, p.float(), *altri), "il dtype è float32"),
        (lambda funzione, p, lr, beta, passi: scendi_con_momentum(funzione, p, lr, beta, max(passi, 1)), "0 passi"),
    ],
}
