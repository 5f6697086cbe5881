"""Risposte di prova agli esercizi della lezione 02."""

import math

import torch


class Nodo:
    def __init__(self, valore, legami=()):
        self.valore = valore
        self.legami = legami
        self.grad = 0.0


def in_ordine(risultato):
    ordine = []

    def aggiungi(nodo):
        if nodo not in ordine:
            for precedente, _ in nodo.legami:
                aggiungi(precedente)
            ordine.append(nodo)

    aggiungi(risultato)
    return ordine


def numero(valore):
    return valore if isinstance(valore, Numero) else Numero(valore)


class Numero(Nodo):
    def __add__(self, altro):
        altro = numero(altro)
        return Numero(self.valore + altro.valore, ((self, 1.0), (altro, 1.0)))

    def __mul__(self, altro):
        altro = numero(altro)
        return Numero(self.valore * altro.valore, ((self, altro.valore), (altro, self.valore)))

    def backward(self):
        self.grad = 1.0
        for nodo in reversed(in_ordine(self)):
            for precedente, derivata in nodo.legami:
                precedente.grad += nodo.grad * derivata


# 2.3


def righe_azzerando(errore, w, esempi):
    righe = []
    for esempio in esempi:
        w.grad = None
        errore(w, esempio).backward()
        righe.append(w.grad)
    return torch.stack(righe)


def righe_con_zero_e_clone(errore, w, esempi):
    risultato = torch.empty(len(esempi), len(w))
    for i, esempio in enumerate(esempi):
        if w.grad is not None:
            w.grad.zero_()
        errore(w, esempio).backward()
        risultato[i] = w.grad
    return risultato


def righe_con_grad(errore, w, esempi):
    return torch.stack([torch.autograd.grad(errore(w, x), w)[0] for x in esempi])


def righe_accumulate(errore, w, esempi):
    righe = []
    for esempio in esempi:
        errore(w, esempio).backward()
        righe.append(w.grad.clone())
    return torch.stack(righe)


def righe_sempre_lo_stesso(errore, w, esempi):
    righe = []
    for esempio in esempi:
        if w.grad is not None:
            w.grad.zero_()
        errore(w, esempio).backward()
        righe.append(w.grad)
    return torch.stack(righe)


def righe_senza_clone_ne_zero(errore, w, esempi):
    righe = []
    for esempio in esempi:
        errore(w, esempio).backward()
        righe.append(w.grad)
    return torch.stack(righe)


def righe_zero_su_none(errore, w, esempi):
    righe = []
    for esempio in esempi:
        w.grad.zero_()
        errore(w, esempio).backward()
        righe.append(w.grad.clone())
    return torch.stack(righe)


def righe_azzerando_dopo(errore, w, esempi):
    righe = []
    for esempio in esempi:
        errore(w, esempio).backward()
        righe.append(w.grad.clone())
        w.grad = None
    return torch.stack(righe)


def righe_somma(errore, w, esempi):
    w.grad = None
    sum(errore(w, x) for x in esempi).backward()
    return w.grad


def righe_solo_ultima(errore, w, esempi):
    for esempio in esempi:
        w.grad = None
        errore(w, esempio).backward()
    return w.grad


def righe_lista(errore, w, esempi):
    return list(righe_con_grad(errore, w, esempi))


# 2.4


def discesa(f, inizio, lr, passi):
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        p.grad = None
        f(p).backward()
        with torch.no_grad():
            p -= lr * p.grad
    return p.detach()


def discesa_con_grad(f, inizio, lr, passi):
    p = inizio
    for _ in range(passi):
        p = p.detach().requires_grad_()
        (g,) = torch.autograd.grad(f(p), p)
        p = p.detach() - lr * g
    return p


def discesa_con_sgd(f, inizio, lr, passi):
    p = inizio.clone().requires_grad_()
    ottimizzatore = torch.optim.SGD([p], lr=lr)
    for _ in range(passi):
        ottimizzatore.zero_grad()
        f(p).backward()
        ottimizzatore.step()
    return p.detach()


def discesa_in_salita(f, inizio, lr, passi):
    return discesa(f, inizio, -lr, passi)


def discesa_accumulata(f, inizio, lr, passi):
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        f(p).backward()
        with torch.no_grad():
            p -= lr * p.grad
    return p.detach()


def discesa_corta(f, inizio, lr, passi):
    return discesa(f, inizio, lr, passi - 1)


def discesa_con_storia(f, inizio, lr, passi):
    return discesa(f, inizio, lr, passi).requires_grad_()


def discesa_nuovo_tensore(f, inizio, lr, passi):
    import warnings

    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        f(p).backward()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            p = p - lr * p.grad
    return p.detach()


def discesa_senza_no_grad(f, inizio, lr, passi):
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        p.grad = None
        f(p).backward()
        p -= lr * p.grad
    return p.detach()


def discesa_che_rovina(f, inizio, lr, passi):
    inizio.requires_grad_()
    for _ in range(passi):
        inizio.grad = None
        f(inizio).backward()
        with torch.no_grad():
            inizio -= lr * inizio.grad
    return inizio.detach().clone()


def discesa_senza_lr(f, inizio, lr, passi):
    return discesa(f, inizio, 1.0, passi)


def discesa_un_passo(f, inizio, lr, passi):
    return discesa(f, inizio, lr, 1)


def discesa_ferma(f, inizio, lr, passi):
    return inizio.clone()


# 2.5


def tanh(a):
    t = math.tanh(a.valore)
    return Numero(t, ((a, 1 - t**2),))


def tanh_con_cosh(a):
    return Numero(math.tanh(a.valore), [(a, 1 / math.cosh(a.valore) ** 2)])


def tanh_senza_legami(a):
    return Numero(math.tanh(a.valore))


def tanh_con_ingresso(a):
    return Numero(math.tanh(a.valore), ((a, 1 - a.valore**2),))


def tanh_senza_virgola(a):
    t = math.tanh(a.valore)
    return Numero(t, (a, 1 - t**2))


def tanh_senza_quadrato(a):
    t = math.tanh(a.valore)
    return Numero(t, ((a, 1 - t),))


def tanh_float(a):
    return math.tanh(a.valore)


def tanh_su_numero(a):
    return Numero(math.tanh(a), ((a, 1.0),))


def tanh_tangente(a):
    t = math.tan(a.valore)
    return Numero(t, ((a, 1 - t**2),))


def tanh_derivata_uno(a):
    return Numero(math.tanh(a.valore), ((a, 1.0),))


def tanh_costante(a):
    t = math.tanh(a.valore)
    return Numero(t, ((Numero(a.valore), 1 - t**2),))


# 2.6


class Segno(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sign()

    @staticmethod
    def backward(ctx, arrivato):
        (x,) = ctx.saved_tensors
        return arrivato * (x.abs() < 1)


class SegnoDimentico(Segno):
    @staticmethod
    def backward(ctx, arrivato):
        (x,) = ctx.saved_tensors
        return (x.abs() < 1).float()


class SegnoDallUscita(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        uscita = x.sign()
        ctx.save_for_backward(uscita)
        return uscita

    @staticmethod
    def backward(ctx, arrivato):
        (uscita,) = ctx.saved_tensors
        return arrivato * (uscita.abs() <= 1)


def segno_con_detach(x):
    morbido = x.clamp(-1, 1)
    return morbido + (x.sign() - morbido).detach()


def segno_con_maschera(x):
    passa = x * (x.abs() < 1)
    return passa + (x.sign() - passa).detach()


GIUSTE = {
    "2.1": [30, 30.0, torch.tensor(30.0)],
    "2.2": [
        lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
        lambda f, x, h: (f(x + h) - f(x - h)) / h / 2,
        lambda f, x, h: 0.5 * ((f(x + h) - f(x)) / h + (f(x) - f(x - h)) / h),
    ],
    "2.3": [righe_azzerando, righe_con_zero_e_clone, righe_con_grad],
    "2.4": [discesa, discesa_con_grad, discesa_con_sgd],
    "2.5": [tanh, tanh_con_cosh],
    "2.6": [segno_con_detach, segno_con_maschera, lambda x: Segno.apply(x)],
}

SBAGLIATE = {
    "2.1": [
        (10, "non ciò che sta dentro"),
        (25, "valore di g"),
        (36, "doppio prodotto"),
        (15, "l'esponente scende"),
        (20, "non è x"),
        (3, "solo la derivata di ciò che sta dentro"),
        (-30, "segno"),
        ("30", "un testo"),
        (17, "non è 17"),
    ],
    "2.2": [
        (lambda f, x, h: (f(x + h) - f(x)) / h, "solo in avanti"),
        (lambda f, x, h: (f(x) - f(x - h)) / h, "solo all'indietro"),
        (lambda f, x, h: (f(x + h) - f(x - h)) / h, "distano più di h"),
        (lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h, "parentesi"),
        (lambda f, x, h: f(x + h) - f(x - h), "non è divisa"),
        (lambda f, x, h: f(x + h) - f(x - h) / (2 * h), "parentesi al numeratore"),
        (lambda f, x, h: (f(x - h) - f(x + h)) / (2 * h), "scambiati"),
        (lambda f, x, h: (f(x + 1e-5) - f(x - 1e-5)) / 2e-5, "non dipende dal passo"),
        (lambda f, x, h: f(torch.tensor(x)), "rifai il conto"),
        (3.0, "serve una funzione"),
    ],
    "2.3": [
        (righe_accumulate, "si è accumulato"),
        (righe_sempre_lo_stesso, "cambiato sul posto"),
        (righe_azzerando_dopo, "azzera prima, non dopo"),
        (righe_senza_clone_ne_zero, "sempre lo stesso tensore"),
        (righe_zero_su_none, "w.grad può essere None"),
        (righe_somma, "somma dei gradienti"),
        (lambda errore, w, x: righe_somma(errore, w, x) / len(x), "media dei gradienti"),
        (righe_solo_ultima, "dell'ultimo esempio"),
        (righe_lista, "una lista"),
        (lambda errore, w, x: righe_con_grad(errore, w, x).T, "righe e colonne sono scambiate"),
    ],
    "2.4": [
        (discesa_in_salita, "Stai salendo"),
        (discesa_accumulata, "si accumula"),
        (discesa_corta, "Manca un passo"),
        (discesa_con_storia, "senza storia"),
        (discesa_nuovo_tensore, "p.grad è None"),
        (discesa_senza_no_grad, "no_grad"),
        (discesa_che_rovina, "cambia il suo argomento"),
        (discesa_senza_lr, "learning rate"),
        (discesa_un_passo, "un passo solo"),
        (discesa_ferma, "non si è mosso"),
    ],
    "2.5": [
        (tanh_senza_legami, "non è legato ad a"),
        (tanh_costante, "non è legato ad a"),
        (tanh_con_ingresso, "l'ingresso al posto dell'uscita"),
        (tanh_senza_virgola, "la virgola"),
        (tanh_senza_quadrato, "manca il quadrato"),
        (tanh_float, "un Numero"),
        (tanh_su_numero, "TypeError"),
        (tanh_tangente, "è la tangente"),
        (tanh_derivata_uno, "passa intatto"),
        (torch.tanh, "Non trovo la classe Numero"),
    ],
    "2.6": [
        (torch.sign, "derivata vera del segno"),
        (lambda x: SegnoDimentico.apply(x), "dimentichi il gradiente che arriva"),
        (lambda x: SegnoDallUscita.apply(x), "passa dappertutto"),
        (lambda x: x + (x.sign() - x).detach(), "passa dappertutto"),
        (lambda x: segno_con_detach(x).detach(), "staccato troppo"),
        (lambda x: x.clamp(-1, 1), "quello del clamp"),
        (lambda x: x.clamp(-1, 1) + x.sign().detach(), "somma di clamp e segno"),
        (lambda x: torch.where(x >= 0, 1.0, -1.0), "In 0 il segno"),
    ],
}
