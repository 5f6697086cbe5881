"""Risposte di prova agli esercizi della lezione 02."""

import functools
import math

import torch

from corso_pytorch.lezioni.l02_autograd.esercizi import (
    derivata_centrale,
    discendi,
    gradienti_per_esempio,
    impara_retta,
    segno,
    senza_gradiente,
)
from corso_pytorch.lezioni.l02_autograd.numero import Numero, retropropaga

# 2.5


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


# 2.6


def _discesa_con_grad(f, inizio, lr, passi):
    p = inizio
    for _ in range(passi):
        p = p.detach().requires_grad_()
        (g,) = torch.autograd.grad(f(p), p)
        p = p.detach()
        dopo = p - lr * g
        p, lr = (p, lr / 2) if f(dopo) > f(p) else (dopo, lr)
    return p


def _discesa_con_sgd(f, inizio, lr, passi):
    p = torch.nn.Parameter(inizio.clone())
    ottimizzatore = torch.optim.SGD([p], lr=lr)
    for _ in range(passi):
        prima = p.detach().clone()
        ottimizzatore.zero_grad()
        f(p).backward()
        ottimizzatore.step()
        if f(p) > f(prima):
            p.data = prima
            ottimizzatore.param_groups[0]["lr"] /= 2
    return p.data


def _discesa_che_torna_indietro(f, inizio, lr, passi):
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        p.grad = None
        prima = f(p)
        prima.backward()
        with torch.no_grad():
            p -= lr * p.grad
            if f(p) > prima:
                p += lr * p.grad
                lr *= 0.5
    return p.detach()


def _discesa_tagliata(f, inizio, lr, passi):
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        (g,) = torch.autograd.grad(f(p), p)
        dopo = (p - lr * g.clamp(-100, 100)).detach().requires_grad_()
        p, lr = (p, lr / 2) if f(dopo) > f(p) else (dopo, lr)
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
        if f(dopo) >= f(inizio):
            break
        inizio = dopo
    return inizio


def _discesa_che_si_accontenta(f, inizio, lr, passi):
    for _ in range(passi):
        dopo = discendi(f, inizio, lr, 1)
        if f(dopo) != f(inizio) and (dopo - inizio).norm() < 1e-5 * lr:  # il gradiente è minuscolo, i passi restano
            break
        lr = lr / 2 if torch.equal(dopo, inizio) else lr
        inizio = dopo
    return inizio


# 2.3


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


# 2.8


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


# 2.4


def _retta_un_punto_per_volta(punti):
    w, b = Numero(0.0), Numero(0.0)
    for _ in range(300):
        for x, y in punti:
            ((w * x + b - y) ** 2).backward()
            w, b = Numero(w.valore - 0.1 * w.grad), Numero(b.valore - 0.1 * b.grad)
    return w, b


def _retta_finche_scende(punti):
    pesi, lr, prima = [Numero(1.0), Numero(-1.0)], 0.02, math.inf
    while True:
        errore = Numero(0.0)
        for x, y in punti:
            scarto = y - (pesi[0] * x + pesi[1])
            errore = errore + scarto * scarto
        if abs(prima - errore.valore) < 1e-9:
            return [peso.valore for peso in pesi]
        prima = errore.valore
        retropropaga(errore)
        for peso in pesi:
            peso.valore, peso.grad = peso.valore - lr * peso.grad, 0.0


class _RettaConMomento:
    def __call__(self, punti):
        w, b, vw, vb = Numero(0.3), Numero(0.3), 0.0, 0.0
        for _ in range(500):
            w, b = Numero(w.valore), Numero(b.valore)
            sum((w * x + b - y) ** 2 for x, y in punti).backward()
            vw, vb = 0.8 * vw + w.grad / len(punti), 0.8 * vb + b.grad / len(punti)
            w.valore, b.valore = w.valore - 0.03 * vw, b.valore - 0.03 * vb
        return w, b


def _retta_con_newton(punti):
    w, b = Numero(0.0), Numero(0.0)

    def gradiente(p, q):
        w.valore, b.valore, w.grad, b.grad = p, q, 0.0, 0.0
        sum((w * x + b - y) ** 2 for x, y in punti).backward()
        return w.grad, b.grad

    g, gw, gb = gradiente(0.0, 0.0), gradiente(1.0, 0.0), gradiente(0.0, 1.0)
    h = torch.tensor([[gw[0] - g[0], gb[0] - g[0]], [gw[1] - g[1], gb[1] - g[1]]])
    return tuple(torch.linalg.solve(h, -torch.tensor(g)).tolist())


def _retta_con_torch(punti):
    w, b = (torch.zeros((), requires_grad=True) for _ in range(2))
    for _ in range(300):
        w.grad = b.grad = None
        (sum((w * x + b - y) ** 2 for x, y in punti) / len(punti)).backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            b -= 0.1 * b.grad
    return w.item(), b.item()


def _retta_che_azzera_con_none(punti):
    w, b = Numero(0.0), Numero(0.0)
    for _ in range(300):
        w.grad = b.grad = None
        sum((w * x + b - y) ** 2 for x, y in punti).backward()
    return w, b


def _retta_con_pochi_giri(punti):
    w, b = Numero(0.0), Numero(0.0)
    for _ in range(3):
        w.grad = b.grad = 0.0
        sum((w * x + b - y) ** 2 for x, y in punti).backward()
        w.valore, b.valore = w.valore - 0.01 * w.grad, b.valore - 0.01 * b.grad
    return w, b


def _retta_che_rinasce(punti):
    for _ in range(300):
        w, b = Numero(0.0), Numero(0.0)
        sum((w * x + b - y) ** 2 for x, y in punti).backward()
        w.valore, b.valore = w.valore - 0.01 * w.grad, b.valore - 0.01 * b.grad
    return w, b


def _retta_senza_quadrato(punti):
    w, b = Numero(0.0), Numero(0.0)
    for _ in range(300):
        w.grad = b.grad = 0.0
        sum(w * x + b - y for x, y in punti).backward()
        w.valore, b.valore = w.valore - 0.1 * w.grad, b.valore - 0.1 * b.grad
    return w, b


def _retta_che_accumula(punti):
    w, b = Numero(0.0), Numero(0.0)
    for _ in range(300):
        sum((w * x + b - y) ** 2 for x, y in punti).backward()
        w.valore, b.valore = w.valore - 0.02 * w.grad, b.valore - 0.02 * b.grad
    return w.valore, b.valore


def _retta_con_l_errore_fuori(punti):
    w, b = Numero(0.0), Numero(0.0)
    errore = sum((w * x + b - y) ** 2 for x, y in punti) / len(punti)
    for _ in range(300):
        w.grad = b.grad = 0.0
        errore.backward()
        w.valore, b.valore = w.valore - 0.1 * w.grad, b.valore - 0.1 * b.grad
    return w, b


def _retta_con_le_formule_e_trecento_ritorni(punti):
    for _ in range(300):
        sum((Numero(0.0) * x + Numero(0.0) - y) ** 2 for x, y in punti).backward()
    n, sx, sy = len(punti), sum(x for x, _ in punti), sum(y for _, y in punti)
    w = (n * sum(x * y for x, y in punti) - sx * sy) / (n * sum(x * x for x, _ in punti) - sx * sx)
    return w, (sy - w * sx) / n


def _retta_con_un_passo_lungo(punti):
    w, b = Numero(0.0), Numero(0.0)
    while True:
        errore = sum((w * x + b - y) ** 2 for x, y in punti) / len(punti)
        if errore.valore < 1e-6:
            return w, b
        w.grad = b.grad = 0.0
        errore.backward()
        w.valore, b.valore = w.valore - 0.5 * w.grad, b.valore - 0.5 * b.grad


# 2.7


def _fuori_seguendo_il_grafo(risultato, pesi):
    raggiunti, pila = set(), [risultato.grad_fn]
    while pila:
        nodo = pila.pop()
        if nodo is not None:
            raggiunti.add(id(getattr(nodo, "variable", None)))
            pila += [precedente for precedente, _ in nodo.next_functions]
    return [nome for nome, peso in pesi.items() if id(peso) not in raggiunti]


def _fuori_rimettendo_i_grad(risultato, pesi):
    vecchi = {nome: peso.grad for nome, peso in pesi.items()}
    for peso in pesi.values():
        peso.grad = None
    if risultato.requires_grad:
        risultato.backward()
    fuori = tuple(nome for nome, peso in pesi.items() if peso.grad is None)
    for nome, peso in pesi.items():
        peso.grad = vecchi[nome]
    return fuori


def _fuori_uno_per_volta(risultato, pesi):
    fuori = []
    for nome, peso in pesi.items():
        try:
            torch.autograd.grad(risultato, peso, retain_graph=True)
        except RuntimeError:
            fuori.append(nome)
    return fuori


def _fuori_senza_guardare(risultato, pesi):
    gradienti = torch.autograd.grad(risultato, list(pesi.values()), allow_unused=True)
    return [nome for nome, gradiente in zip(pesi, gradienti, strict=True) if gradiente is None]


def _fuori_senza_permesso(risultato, pesi):
    gradienti = torch.autograd.grad(risultato, list(pesi.values()))
    return [nome for nome, gradiente in zip(pesi, gradienti, strict=True) if gradiente is None]


def _fuori_che_azzera(risultato, pesi):
    fuori = senza_gradiente(risultato, pesi)
    for peso in pesi.values():
        peso.grad = None
    return fuori


GIUSTE = {
    "2.2": [30.0, torch.tensor(30.0)],
    "2.1": [
        lambda f, x, h: (f(x + h) - f(x - h)) / h / 2,
        lambda f, x, h: 0.5 * ((f(x + h) - f(x)) / h + (f(x) - f(x - h)) / h),
        functools.partial(lambda due, f, x, h: (f(x - h) - f(x + h)) / (-due * h), 2),
    ],
    "2.5": [_righe_con_zero_e_clone, _righe_con_grad, _righe_con_vmap],
    "2.6": [_discesa_con_grad, _discesa_con_sgd, _discesa_che_torna_indietro],
    "2.3": [_tanh_con_una_lista, _tanh_con_torch, _Tanh()],
    "2.4": [
        _retta_un_punto_per_volta,
        _retta_finche_scende,
        _RettaConMomento(),
        _retta_con_newton,
        _retta_con_un_passo_lungo,
    ],
    "2.7": [_fuori_seguendo_il_grafo, _fuori_rimettendo_i_grad, _fuori_uno_per_volta],
    "2.8": [_segno_con_maschera, _segno_con_hook_su_una_copia, _Segno.apply],
}

SBAGLIATE = {
    "2.2": [(-30, "segno"), ("30", "un testo"), (17, "non è 17")],
    "2.1": [
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
    "2.5": [
        (_righe_zero_su_none, "w.grad può essere None"),
        (lambda errore, w, x: [*_righe_con_grad(errore, w, x)], "una lista"),
        (_righe_che_rovinano_w, "w è cambiato"),
        (_righe_in_float32, "w è cambiato"),
        (_righe_tagliate, "(con N = 2 e D = 2)"),
        (_righe_per_differenza, "si porta dietro il gradiente"),
        (lambda errore, w, x: _righe_con_grad(errore, w, x.unique(dim=0)), "non tornano (con N = 4 e D = 5)"),
    ],
    "2.6": [
        (_discesa_con_storia, "senza storia"),
        (_discesa_nuovo_tensore, "non più la foglia"),
        (_discesa_nuova_in_no_grad, "in no_grad hai creato un p nuovo"),
        (_discesa_senza_no_grad, "dentro no_grad"),
        (_discesa_che_chiede, "cambia il suo argomento"),
        (_discesa_fin_che_scende, "(con 4 passi)"),
        (_discesa_che_si_accontenta, "(con 3 passi)"),
        (lambda f, inizio, lr, passi: discendi(f, inizio, lr, max(passi, 1)), "(con 0 passi)"),
        (_discesa_tagliata, "(con 1 passi)"),
        (lambda f, inizio, lr, passi: discendi(f, inizio.float(), lr, passi), "il dtype è float32"),
    ],
    "2.3": [
        (lambda a: Numero(math.tanh(a.valore), ((a, 1 - Numero(math.tanh(a.valore)) ** 2),)), "un numero di Python"),
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
    "2.4": [
        (_retta_con_torch, "il tuo autograd non ha lavorato"),
        (lambda punti: (2.0, 1.0), "il tuo autograd non ha lavorato"),
        (lambda punti: (1.0, 1.0), "Nessun Numero ha ricevuto"),
        (_retta_che_azzera_con_none, "è 0.0, non None"),
        (_retta_con_le_formule_e_trecento_ritorni, "partiti tutti dallo stesso errore"),
        (_retta_con_pochi_giri, "servono più giri"),
        (_retta_con_l_errore_fuori, "ricalcolato a ogni giro"),
        (_retta_che_rinasce, "rinascono a ogni giro"),
        (_retta_senza_quadrato, "il quadrato nell'errore"),
        (_retta_che_accumula, "non torna mai a zero"),
        (lambda punti: impara_retta(punti)[0], "Servono due valori"),
        (lambda punti: ["w", "b"], "due Numero, o i loro valori"),
        (lambda punti: [punti.clear(), impara_retta([(0.0, 0.0)])][1], "cambia il suo argomento"),
        (3.0, "serve una funzione"),
        (torch.tanh, "Non trovo la classe Numero"),
    ],
    "2.7": [
        (_fuori_senza_guardare, "il ritorno non parte"),
        (_fuori_senza_permesso, "allow_unused=True"),
        (_fuori_che_azzera, "il grad dei pesi è cambiato"),
        (lambda risultato, pesi: [pesi[nome] for nome in senza_gradiente(risultato, pesi)], "un testo"),
        (lambda risultato, pesi: senza_gradiente(risultato, pesi)[::-1], "in un altro ordine"),
        (lambda risultato, pesi: len(senza_gradiente(risultato, pesi)), "un numero intero"),
        (["w"], "serve una funzione"),
    ],
    "2.8": [
        (lambda x: segno(x).detach(), "stacca il risultato dal grafo"),
        (lambda x: x.clamp(-1, 1).round(), "2 su 7 non tornano"),
        (lambda x: x.tanh() + (x.sign() - x.tanh()).detach(), "i valori no"),
        (_SegnoInSelf(), "si tiene in ctx"),
    ],
}
