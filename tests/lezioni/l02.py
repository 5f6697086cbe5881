"""Risposte di prova agli esercizi della lezione 02."""

import functools
import math

import torch

from corso_pytorch.lezioni.l02_autograd.esercizi import (
    Numero,
    derivata_centrale,
    discendi,
    gradienti_per_esempio,
    segno,
)

# 2.3


def _righe_con_zero_e_clone(errore, w, esempi):
    risultato = torch.empty(len(esempi), len(w))
    for i, esempio in enumerate(esempi):
        if w.grad is not None:
            w.grad.zero_()
        errore(w, esempio).backward()
        risultato[i] = w.grad
    return risultato


def _righe_con_grad(errore, w, esempi):
    return torch.stack([torch.autograd.grad(errore(w, x), w)[0] for x in esempi])


def _righe_con_vmap(errore, w, esempi):
    return torch.func.vmap(torch.func.grad(errore), in_dims=(None, 0))(w.detach(), esempi)


def _righe_zero_su_none(errore, w, esempi):
    righe = []
    for esempio in esempi:
        w.grad.zero_()
        errore(w, esempio).backward()
        righe.append(w.grad.clone())
    return torch.stack(righe)


def _righe_che_rovinano_w(errore, w, esempi):
    righe = gradienti_per_esempio(errore, w, esempi)
    with torch.no_grad():
        w -= righe.sum(0)
    return righe


def _righe_in_float32(errore, w, esempi):
    w.data = w.data.float()
    return _righe_con_grad(errore, w, esempi)


def _righe_tagliate(errore, w, esempi):
    righe = _righe_con_grad(errore, w, esempi)
    return righe * (100 / righe.norm(dim=1, keepdim=True)).clamp(max=1)


def _righe_per_differenza(errore, w, esempi):
    righe, prima = [], torch.zeros_like(w)
    for esempio in esempi:
        errore(w, esempio).backward()
        righe.append(w.grad - prima)
        prima = w.grad.clone()
    return torch.stack(righe)


# 2.4


def _discesa_con_grad(f, inizio, lr, passi):
    p = inizio
    for _ in range(passi):
        p = p.detach().requires_grad_()
        (g,) = torch.autograd.grad(f(p), p)
        p = p.detach() - lr * g
    return p


def _discesa_con_sgd(f, inizio, lr, passi):
    p = torch.nn.Parameter(inizio.clone())
    ottimizzatore = torch.optim.SGD([p], lr=lr)
    for _ in range(passi):
        ottimizzatore.zero_grad()
        f(p).backward()
        ottimizzatore.step()
    return p.data


def _discesa_tagliata(f, inizio, lr, passi):
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        (g,) = torch.autograd.grad(f(p), p)
        p = (p - lr * g.clamp(-100, 100)).detach().requires_grad_()
    return p.detach()


def _discesa_con_storia(f, inizio, lr, passi):
    return discendi(f, inizio, lr, passi).requires_grad_()


def _discesa_nuova_in_no_grad(f, inizio, lr, passi):
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        f(p).backward()
        with torch.no_grad():
            p = p - lr * p.grad
    return p


def _discesa_nuovo_tensore(f, inizio, lr, passi):
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        f(p).backward()
        p = p - lr * p.grad
    return p.detach()


def _discesa_senza_no_grad(f, inizio, lr, passi):
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        p.grad = None
        f(p).backward()
        p -= lr * p.grad
    return p.detach()


def _discesa_che_chiede(f, inizio, lr, passi):
    return discendi(f, inizio.requires_grad_().detach(), lr, passi)


def _discesa_fin_che_scende(f, inizio, lr, passi):
    for _ in range(passi):
        dopo = discendi(f, inizio, lr, 1)
        if f(dopo) > f(inizio):
            break
        inizio = dopo
    return inizio


def _discesa_che_si_accontenta(f, inizio, lr, passi):
    for _ in range(passi):
        dopo = discendi(f, inizio, lr, 1)
        if (dopo - inizio).norm() < 1e-5 * lr:  # il gradiente è minuscolo, ma i passi restano da fare
            break
        inizio = dopo
    return inizio


# 2.5


def _tanh_con_gli_esponenziali(a):
    e = math.exp(2 * a.valore)
    t = (e - 1) / (e + 1)
    return Numero(t, ((a, 1 - t**2),))


def _tanh_con_una_lista(a):
    t = math.tanh(a.valore)
    return Numero(t, [(a, 1 - t**2)])


def _tanh_con_cosh(a):
    return Numero(math.tanh(a.valore), ((a, 1 / math.cosh(a.valore) ** 2),))


def _tanh_con_torch(a):
    x = torch.tensor(a.valore, requires_grad=True)
    y = x.tanh()
    y.backward()
    return Numero(y.item(), ((a, x.grad.item()),))


def _tanh_che_satura(a):
    return Numero(math.copysign(1, a.valore)) if abs(a.valore) > 5 else _tanh_con_una_lista(a)


class _Tanh:
    def __call__(self, a):
        uscita = Numero(math.tanh(a.valore))
        uscita.legami = ((a, (1 - uscita.valore) * (1 + uscita.valore)),)
        return uscita


def _tanh_senza_virgola(a):
    t = math.tanh(a.valore)
    return Numero(t, (a, 1 - t**2))


def _tanh_sul_posto(a):
    a.valore = math.tanh(a.valore)
    return a


def _tanh_che_riempie(a):
    a.grad += 1 - math.tanh(a.valore) ** 2
    return _tanh_con_una_lista(a)


# 2.6


class _Segno(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sign()

    @staticmethod
    def backward(ctx, arrivato):
        (x,) = ctx.saved_tensors
        return arrivato * (x.abs() < 1)


class _SegnoInSelf(torch.nn.Module):
    class Segno(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, padrone):
            ctx.padrone, padrone.x = padrone, x.detach()
            return x.sign()

        @staticmethod
        def backward(ctx, arrivato):
            return arrivato * (ctx.padrone.x.abs() < 1), None

    def forward(self, x):
        return self.Segno.apply(x, self)


def _segno_con_hook_su_una_copia(x):
    copia = x * 1
    copia.register_hook(lambda arrivato: arrivato * (x.detach().abs() < 1))
    return copia - copia.detach() + x.detach().sign()


def _segno_con_maschera(x):
    passa = x * (x.abs() < 1)
    return passa + (x.sign() - passa).detach()


GIUSTE = {
    "2.1": [30.0, torch.tensor(30.0)],
    "2.2": [
        lambda f, x, h: (f(x + h) - f(x - h)) / h / 2,
        lambda f, x, h: 0.5 * ((f(x + h) - f(x)) / h + (f(x) - f(x - h)) / h),
        functools.partial(lambda due, f, x, h: (f(x - h) - f(x + h)) / (-due * h), 2),
    ],
    "2.3": [_righe_con_zero_e_clone, _righe_con_grad, _righe_con_vmap],
    "2.4": [_discesa_con_grad, _discesa_con_sgd],
    "2.5": [_tanh_con_una_lista, _tanh_con_torch, _Tanh()],
    "2.6": [_segno_con_maschera, _segno_con_hook_su_una_copia, _Segno.apply],
}

SBAGLIATE = {
    "2.1": [(-30, "segno"), ("30", "un testo"), (17, "non è 17")],
    "2.2": [
        (lambda f, x, h: f(torch.tensor(x)), "rifai il conto"),
        (lambda f, x, h: round(derivata_centrale(f, x, h), 3), "(con x = 0.77 e h = 0.5)"),
        (lambda f, x, h: round(derivata_centrale(f, x, h), 6), "(con x = 0.77 e h = 0.5)"),
        (lambda f, x, h: derivata_centrale(f, int(x), h), "(con x = 0.77 e h = 0.5)"),
        (lambda f, x, h: derivata_centrale(f, round(x, 1), h), "(con x = 0.77 e h = 0.5)"),
        (lambda f, x, h: derivata_centrale(f, abs(x), h), "segno sbagliato (con x = -3 e h = 1)"),
        (lambda f, x, h: derivata_centrale(f, x, max(h, 1e-3)), "(con x = 0.3 e h = 0.0001)"),
        (lambda f, x, h: derivata_centrale(f, x, min(h, 1e-3)), "non sceglierne un altro"),
        (3.0, "serve una funzione"),
    ],
    "2.3": [
        (_righe_zero_su_none, "w.grad può essere None"),
        (lambda errore, w, x: [*_righe_con_grad(errore, w, x)], "una lista"),
        (_righe_che_rovinano_w, "w è cambiato"),
        (_righe_in_float32, "w è cambiato"),
        (_righe_tagliate, "(con N = 2 e D = 2)"),
        (_righe_per_differenza, "si porta dietro il gradiente"),
        (lambda errore, w, x: _righe_con_grad(errore, w, x.unique(dim=0)), "non tornano (con N = 4 e D = 5)"),
    ],
    "2.4": [
        (_discesa_con_storia, "senza storia"),
        (_discesa_nuovo_tensore, "p.grad è None"),
        (_discesa_nuova_in_no_grad, "in no_grad hai creato un p nuovo"),
        (_discesa_senza_no_grad, "dentro no_grad"),
        (_discesa_che_chiede, "cambia il suo argomento"),
        (_discesa_fin_che_scende, "(con 4 passi)"),
        (_discesa_che_si_accontenta, "(con 3 passi)"),
        (lambda f, inizio, lr, passi: discendi(f, inizio, lr, max(passi, 1)), "(con 0 passi)"),
        (_discesa_tagliata, "(con 1 passi)"),
        (lambda f, inizio, lr, passi: discendi(f, inizio.float(), lr, passi), "il dtype è float32"),
    ],
    "2.5": [
        (_tanh_senza_virgola, "la virgola"),
        (lambda a: math.tanh(a.valore), "un Numero"),
        (lambda a: Numero(math.tanh(a), ((a, 1.0),)), "TypeError"),
        (lambda a: Numero(math.tanh(a.valore), ((Numero(a.valore), 0.5),)), "nel legame manca a"),
        (lambda a: Numero(math.tanh(a.valore), ((a, (1 - math.tanh(a.valore) ** 2) * a.grad),)), "la derivata è nulla"),
        (lambda a: Numero(round(math.tanh(a.valore), 6), ((a, 1 - math.tanh(a.valore) ** 2),)), "(con a = -1.25)"),
        (_tanh_che_satura, "(con a = 6)"),
        (_tanh_con_cosh, "math.tanh mai"),
        (lambda a: Numero(math.tanh(a.valore), zip([a], [1 - math.tanh(a.valore) ** 2], strict=True)), "una tupla"),
        (_tanh_con_gli_esponenziali, "math.tanh mai"),
        (_tanh_sul_posto, "cambia il suo argomento"),
        (_tanh_che_riempie, "lo riempie il ritorno"),
        (torch.tanh, "Non trovo la classe Numero"),
    ],
    "2.6": [
        (lambda x: segno(x).detach(), "stacca il risultato dal grafo"),
        (lambda x: x.clamp(-1, 1).round(), "2 su 7 non tornano"),
        (lambda x: x.tanh() + (x.sign() - x.tanh()).detach(), "i valori no"),
        (_SegnoInSelf(), "si tiene in ctx"),
    ],
}
