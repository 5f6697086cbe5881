"""Risposte giuste e sbagliate agli esercizi della lezione 03."""

import torch
from torch import nn

# --- 3.1 ---------------------------------------------------------------------------------------------------------


def _passo_derivata(w, x, y, lr):
    return w - lr * 2 * ((w * x - y) * x).mean()


def _passo_ciclo(w, x, y, lr):
    gradiente = 0.0
    for i in range(len(x)):
        gradiente += 2 * (w * x[i] - y[i]) * x[i] / len(x)
    return w - lr * gradiente


def _passo_scalare(w, x, y, lr):
    return w - lr * 2 / len(x) * torch.dot(x, w * x - y)


def _passo_autograd(w, x, y, lr):
    w = w.clone().requires_grad_()
    ((w * x - y) ** 2).mean().backward()
    return (w - lr * w.grad).detach()


def _passo_in_place(w, x, y, lr):
    w -= lr * 2 * ((w * x - y) * x).mean()
    return w


def _passo_senza_return(w, x, y, lr):
    w = w - lr * 2 * ((w * x - y) * x).mean()


# --- 3.2 ---------------------------------------------------------------------------------------------------------


def _ciclo_giusto(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
        storia.append(loss.item())
    return storia


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


def _ciclo_senza_zero(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        loss.backward()
        ottimizzatore.step()
        storia.append(loss.item())
    return storia


def _ciclo_tensori(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
        storia.append(loss)
    return storia


def _ciclo_staccati(modello, ottimizzatore, x, y, passi):
    return [loss.detach() for loss in _ciclo_tensori(modello, ottimizzatore, x, y, passi)]


def _ciclo_zero_tardi(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        loss.backward()
        ottimizzatore.zero_grad()
        ottimizzatore.step()
        storia.append(loss.item())
    return storia


def _ciclo_senza_step(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        ottimizzatore.zero_grad()
        loss.backward()
        storia.append(loss.item())
    return storia


def _ciclo_step_prima(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        ottimizzatore.step()
        ottimizzatore.zero_grad()
        loss.backward()
        storia.append(loss.item())
    return storia


def _ciclo_misura_dopo(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
        storia.append(((modello(x) - y) ** 2).mean().item())
    return storia


def _ciclo_zero_fuori(modello, ottimizzatore, x, y, passi):
    storia = []
    ottimizzatore.zero_grad()
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        loss.backward()
        ottimizzatore.step()
        storia.append(loss.item())
    return storia


def _ciclo_senza_return(modello, ottimizzatore, x, y, passi):
    _ciclo_giusto(modello, ottimizzatore, x, y, passi)


def _ciclo_return_nel_for(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
        storia.append(loss.item())
        return storia


def _ciclo_somma(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).sum()
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
        storia.append(loss.item())
    return storia


def _ciclo_solo_ultima(modello, ottimizzatore, x, y, passi):
    return _ciclo_giusto(modello, ottimizzatore, x, y, passi)[-1]


# --- 3.3 ---------------------------------------------------------------------------------------------------------


def _entropia_logsumexp(logit, y):
    return (logit.logsumexp(dim=1) - logit[torch.arange(len(y)), y]).mean()


def _entropia_asse_degli_esempi(logit, y):
    return (logit.logsumexp(dim=0) - logit[torch.arange(len(y)), y]).mean()


def _entropia_con_epsilon(logit, y):
    return -(logit.softmax(dim=1)[torch.arange(len(y)), y] + 1e-9).log().mean()


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


def _entropia_softmax_log(logit, y):
    return -logit.softmax(dim=1)[torch.arange(len(y)), y].log().mean()


def _entropia_asse(logit, y):
    return -logit.softmax(dim=0)[torch.arange(len(y)), y].log().mean()


def _entropia_colonne(logit, y):
    return (logit.logsumexp(dim=1, keepdim=True) - logit[:, y]).mean()


def _entropia_colonne_secche(logit, y):
    return (logit.logsumexp(dim=1) - logit[:, y]).mean()


# --- 3.4 ---------------------------------------------------------------------------------------------------------


class _ImbutoSequential(nn.Module):
    def __init__(self, misure):
        super().__init__()
        strati = []
        for ingressi, uscite in zip(misure, misure[1:], strict=False):
            strati += [nn.Linear(ingressi, uscite), nn.ReLU()]
        self.rete = nn.Sequential(*strati[:-1])

    def forward(self, x):
        return self.rete(x)


class _ImbutoListaNonAperta(_ImbutoSequential):
    def __init__(self, misure):
        super().__init__(misure)
        self.rete = nn.Sequential(list(self.rete))


class _ImbutoCheSvuota(_ImbutoSequential):
    def __init__(self, misure):
        super().__init__(misure)
        misure.clear()


class _ImbutoModuleList(nn.Module):
    def __init__(self, misure):
        super().__init__()
        self.strati = nn.ModuleList(nn.Linear(a, b) for a, b in zip(misure, misure[1:], strict=False))

    def forward(self, x):
        for strato in self.strati[:-1]:
            x = strato(x).relu()
        return self.strati[-1](x)


class _ImbutoAddModule(nn.Module):
    def __init__(self, misure):
        super().__init__()
        self.quanti = len(misure) - 1
        for i in range(self.quanti):
            setattr(self, f"strato_{i}", nn.Linear(misure[i], misure[i + 1]))

    def forward(self, x):
        for i in range(self.quanti):
            x = getattr(self, f"strato_{i}")(x)
            if i < self.quanti - 1:
                x = torch.relu(x)
        return x


class _ImbutoLista(nn.Module):
    def __init__(self, misure):
        super().__init__()
        self.strati = [nn.Linear(a, b) for a, b in zip(misure, misure[1:], strict=False)]

    def forward(self, x):
        for strato in self.strati[:-1]:
            x = strato(x).relu()
        return self.strati[-1](x)


class _ImbutoReluInFondo(nn.Module):
    def __init__(self, misure):
        super().__init__()
        self.strati = nn.ModuleList(nn.Linear(a, b) for a, b in zip(misure, misure[1:], strict=False))

    def forward(self, x):
        for strato in self.strati:
            x = strato(x).relu()
        return x


class _ImbutoSenzaRelu(nn.Module):
    def __init__(self, misure):
        super().__init__()
        self.strati = nn.Sequential(*[nn.Linear(a, b) for a, b in zip(misure, misure[1:], strict=False)])

    def forward(self, x):
        return self.strati(x)


class _ImbutoSenzaSuper(nn.Module):
    def __init__(self, misure):
        self.strati = nn.Sequential(*[nn.Linear(a, b) for a, b in zip(misure, misure[1:], strict=False)])

    def forward(self, x):
        return self.strati(x)


class _ImbutoSenzaBias(nn.Module):
    def __init__(self, misure):
        super().__init__()
        self.strati = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in zip(misure, misure[1:], strict=False))

    def forward(self, x):
        for strato in self.strati[:-1]:
            x = strato(x).relu()
        return self.strati[-1](x)


class _ImbutoSenzaUltimo(nn.Module):
    def __init__(self, misure):
        super().__init__()
        self.strati = nn.ModuleList(nn.Linear(a, b) for a, b in zip(misure[:-1], misure[1:-1], strict=False))

    def forward(self, x):
        for strato in self.strati:
            x = strato(x).relu()
        return x


class _ImbutoSoloPrimi(nn.Module):
    """Scritta per quattro misure, non per ogni lunghezza."""

    def __init__(self, misure):
        super().__init__()
        self.a, self.b = nn.Linear(misure[0], misure[1]), nn.Linear(misure[1], misure[2])
        self.c = nn.Linear(misure[2], misure[3])

    def forward(self, x):
        return self.c(self.b(self.a(x).relu()).relu())


class _ImbutoSenzaReturn(_ImbutoSequential):
    def forward(self, x):
        self.rete(x)


class _ImbutoReluPrima(_ImbutoModuleList):
    def forward(self, x):
        for strato in self.strati:
            x = strato(x.relu())
        return x


class _ImbutoTanh(_ImbutoModuleList):
    def forward(self, x):
        for strato in self.strati[:-1]:
            x = strato(x).tanh()
        return self.strati[-1](x)


def _imbuto_funzione(misure):
    return _ImbutoSequential(misure)


# --- 3.5 ---------------------------------------------------------------------------------------------------------


def _epoca_ciclo(loss_validazione, pazienza):
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
    return migliore


def _epoca_minimo(loss_validazione, pazienza):
    return loss_validazione.index(min(loss_validazione))


def _epoca_di_arresto(loss_validazione, pazienza):
    migliore = epoca = 0
    for epoca in range(1, len(loss_validazione)):
        if loss_validazione[epoca] < loss_validazione[migliore]:
            migliore = epoca
        elif epoca - migliore >= pazienza:
            return epoca
    return epoca


def _epoca_tardi(loss_validazione, pazienza):
    migliore = 0
    for epoca in range(len(loss_validazione)):
        if loss_validazione[epoca] < loss_validazione[migliore]:
            migliore = epoca
        elif epoca - migliore > pazienza:
            break
    return migliore


def _epoca_pareggio(loss_validazione, pazienza):
    migliore = 0
    for epoca in range(len(loss_validazione)):
        if loss_validazione[epoca] <= loss_validazione[migliore]:
            migliore = epoca
        elif epoca - migliore >= pazienza:
            break
    return migliore


def _epoca_senza_ripartire(loss_validazione, pazienza):
    minima, migliore, senza = float("inf"), 0, 0
    for epoca, loss in enumerate(loss_validazione):
        if loss < minima:
            minima, migliore = loss, epoca
        else:
            senza += 1
        if senza == pazienza:
            break
    return migliore


def _epoca_precedente(loss_validazione, pazienza):
    migliore, senza = 0, 0
    for epoca in range(1, len(loss_validazione)):
        if loss_validazione[epoca] < loss_validazione[epoca - 1]:
            migliore, senza = epoca, 0
        else:
            senza += 1
        if senza == pazienza:
            break
    return migliore


def _epoca_loss(loss_validazione, pazienza):
    return loss_validazione[_epoca_ciclo(loss_validazione, pazienza)]


def _epoca_da_uno(loss_validazione, pazienza):
    return _epoca_ciclo(loss_validazione, pazienza) + 1


# --- 3.6 ---------------------------------------------------------------------------------------------------------


def _momentum_grad(funzione, p, lr, beta, passi):
    velocita = torch.zeros_like(p)
    for _ in range(passi):
        p = p.detach().requires_grad_()
        velocita = beta * velocita + torch.autograd.grad(funzione(p), p)[0]
        p = p - lr * velocita
    return p.detach()


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


def _momentum_senza_chiedere(funzione, p, lr, beta, passi):
    p, velocita = p.clone(), 0
    for _ in range(passi):
        velocita = beta * velocita + torch.autograd.grad(funzione(p), p)[0]
        p = p - lr * velocita
    return p


def _momentum_accumula(funzione, p, lr, beta, passi):
    p, velocita = p.clone().requires_grad_(), 0
    for _ in range(passi):
        funzione(p).backward()
        velocita = beta * velocita + p.grad
        with torch.no_grad():
            p -= lr * velocita
    return p.detach()


def _momentum_media(funzione, p, lr, beta, passi):
    velocita = torch.zeros_like(p)
    for _ in range(passi):
        p = p.detach().requires_grad_()
        velocita = beta * velocita + (1 - beta) * torch.autograd.grad(funzione(p), p)[0]
        p = p - lr * velocita
    return p.detach()


def _momentum_vecchia(funzione, p, lr, beta, passi):
    velocita = torch.zeros_like(p)
    for _ in range(passi):
        p = p.detach().requires_grad_()
        gradiente = torch.autograd.grad(funzione(p), p)[0]
        p = p - lr * velocita
        velocita = beta * velocita + gradiente
    return p.detach()


def _momentum_semplice(funzione, p, lr, beta, passi):
    for _ in range(passi):
        p = p.detach().requires_grad_()
        p = p - lr * torch.autograd.grad(funzione(p), p)[0]
    return p.detach()


def _momentum_in_salita(funzione, p, lr, beta, passi):
    return _momentum_grad(funzione, p, -lr, beta, passi)


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


def _momentum_un_passo_in_meno(funzione, p, lr, beta, passi):
    return _momentum_grad(funzione, p, lr, beta, passi - 1)


GIUSTE = {
    "3.1": [_passo_derivata, _passo_ciclo, _passo_scalare],
    "3.2": [_ciclo_giusto, _ciclo_zero_in_fondo],
    "3.3": [_entropia_logsumexp, _entropia_a_mano, _entropia_ciclo],
    "3.4": [_ImbutoSequential, _ImbutoModuleList, _ImbutoAddModule],
    "3.5": [_epoca_ciclo, _epoca_contatore],
    "3.6": [_momentum_grad, _momentum_backward],
}

SBAGLIATE = {
    "3.1": [
        (lambda w, x, y, lr: w + lr * 2 * ((w * x - y) * x).mean(), "lungo il gradiente"),
        (lambda w, x, y, lr: 2 * ((w * x - y) * x).mean(), "Questo è il gradiente"),
        (lambda w, x, y, lr: w - lr * 2 * ((w * x - y) * x).sum(), "sommato sugli esempi"),
        (lambda w, x, y, lr: w - lr * ((w * x - y) * x).mean(), "derivata di un quadrato"),
        (lambda w, x, y, lr: w - lr * 2 * (w * x - y).mean(), "manca la x"),
        (lambda w, x, y, lr: w - lr * 2 * (w * x - y) * x, "un valore per ogni esempio"),
        (lambda w, x, y, lr: w - 2 * ((w * x - y) * x).mean(), "learning rate"),
        (lambda w, x, y, lr: (w - lr * 2 * ((w * x - y) * x).mean()).item(), "serve un tensore"),
        (lambda w, x, y, lr: w - lr * ((w * x - y) ** 2).mean(), "valore della loss"),
        (_passo_autograd, "senza «backward»"),
        (_passo_in_place, "cambia il suo argomento"),
        (_passo_senza_return, "manca il return"),
        (3.0, "Qui serve una funzione"),
    ],
    "3.2": [
        (_ciclo_senza_zero, "si sommano ancora"),
        (_ciclo_zero_fuori, "si sommano ancora"),
        (_ciclo_tensori, "ci sono tensori"),
        (_ciclo_staccati, "restano tensori"),
        (_ciclo_zero_tardi, "prima che step li usi"),
        (_ciclo_senza_step, "manca il passo"),
        (_ciclo_step_prima, "step viene prima di backward"),
        (_ciclo_misura_dopo, "prima dello spostamento"),
        (_ciclo_somma, "serve la media"),
        (_ciclo_return_nel_for, "dentro il ciclo"),
        (_ciclo_senza_return, "manca il return"),
        (_ciclo_solo_ultima, "una lista di numeri"),
        (lambda modello, x, y: [1.0], "si ferma con TypeError"),
        ([1.0, 2.0], "Qui serve una funzione"),
    ],
    "3.3": [
        (_entropia_ingenua, "trabocca"),
        (_entropia_softmax_log, "trabocca"),
        (_entropia_asse, "l'asse è quello delle classi"),
        (_entropia_asse_degli_esempi, "riga per riga"),
        (_entropia_con_epsilon, "fa da tetto"),
        (_entropia_colonne, "un logit per ogni riga"),
        (_entropia_colonne_secche, "un logit per ogni riga"),
        (lambda logit, y: (logit.logsumexp(1) - logit[torch.arange(len(y)), y]).sum(), "Hai sommato"),
        (lambda logit, y: logit.logsumexp(1) - logit[torch.arange(len(y)), y], "manca la media"),
        (lambda logit, y: (logit[torch.arange(len(y)), y] - logit.logsumexp(1)).mean(), "Il segno"),
        (lambda logit, y: logit.softmax(1)[torch.arange(len(y)), y].mean(), "manca il logaritmo"),
        (lambda logit, y: -logit[torch.arange(len(y)), y].mean(), "paragonato con tutti"),
        (lambda logit, y: (logit.logsumexp((0, 1)) - logit[torch.arange(len(y)), y]).mean(), "riga per riga"),
        (lambda logit, y: (logit.logsumexp(1) - logit.max(1).values).mean(), "guarda y"),
        (lambda logit, y: nn.functional.cross_entropy(logit, y), "senza «cross_entropy»"),
        (lambda logit, y: -logit.log_softmax(1)[torch.arange(len(y)), y].mean(), "senza «log_softmax»"),
        (lambda logit, y: (logit.logsumexp(1) - logit[torch.arange(len(y)), y]).mean().item(), "serve un tensore"),
    ],
    "3.4": [
        (_ImbutoLista, "un posto che non li registra"),
        (_ImbutoListaNonAperta, "come si apre una lista"),
        (_ImbutoCheSvuota, "cambia la lista"),
        (_ImbutoReluInFondo, "anche dopo l'ultimo strato"),
        (_ImbutoSenzaRelu, "manca la ReLU"),
        (_ImbutoSenzaSuper, "per primo in __init__"),
        (_ImbutoSenzaBias, "mancano i bias"),
        (_ImbutoSenzaUltimo, "ne manca uno"),
        (_ImbutoSoloPrimi, "Imbuto([3, 2]) si ferma con IndexError"),
        (_ImbutoSenzaReturn, "manca il return"),
        (_ImbutoReluPrima, "dati in ingresso"),
        (_ImbutoTanh, "serve la ReLU"),
        (_imbuto_funzione, "serve la classe"),
        (_ImbutoSequential([10, 8, 4, 1]), "non un suo oggetto"),
    ],
    "3.5": [
        (_epoca_minimo, "non si va oltre"),
        (_epoca_di_arresto, "quale era la migliore"),
        (_epoca_tardi, "troppo tardi"),
        (_epoca_pareggio, "pareggio"),
        (_epoca_senza_ripartire, "non riparte"),
        (_epoca_precedente, "con la precedente"),
        (_epoca_loss, "serve l'indice"),
        (_epoca_da_uno, "da 1"),
        (lambda loss_validazione, pazienza: "1", "dovrebbe essere un numero"),
    ],
    "3.6": [
        (_momentum_accumula, "I gradienti si sommano"),
        (_momentum_sul_posto, "non prende appunti"),
        (_momentum_senza_foglia, "non chiede il gradiente"),
        (_momentum_senza_chiedere, "non chiede il gradiente"),
        (_momentum_media, "per intero"),
        (_momentum_vecchia, "appena aggiornata"),
        (_momentum_semplice, "discesa semplice"),
        (_momentum_in_salita, "Sali invece di scendere"),
        (_momentum_attaccato, "attaccato al grafo"),
        (_momentum_libreria, "senza «optim»"),
        (_momentum_un_passo_in_meno, "un passo di meno"),
        (lambda funzione, p, lr, beta, passi: p, "non si è mosso"),
    ],
}
