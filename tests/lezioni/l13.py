"""Le risposte di prova agli esercizi della lezione 13."""

import numpy as np
import torch
from torch import nn

from corso_pytorch.lezioni.l13_keras.esercizi import dense_da_keras, kernel_per_keras, passo_adam


# 13.1
def _kernel_passi(peso):
    return peso.movedim(1, -1).movedim(0, -1)


def _kernel_numpy(peso):
    return torch.from_numpy(peso.detach().numpy().transpose(2, 3, 1, 0).copy())


# 13.2
def _conto_vero(ingresso, strati):
    pezzi, canali = [], ingresso[0]
    for genere, *numeri in strati:
        if genere == "conv":
            pezzi.append(nn.Conv2d(canali, *numeri))
            canali = numeri[0]
        elif genere == "pool":
            pezzi.append(nn.MaxPool2d(numeri[0]))
        elif genere == "flatten":
            pezzi.append(nn.Flatten())
        else:
            pezzi.append(nn.LazyLinear(numeri[0]))
    rete = nn.Sequential(*pezzi)
    rete(torch.zeros(1, *ingresso))
    return sum(p.numel() for p in rete.parameters())


def _conto_meta(ingresso, strati):
    x, totale = torch.empty(1, *ingresso, device="meta"), 0
    for genere, *numeri in strati:
        if genere == "conv":
            strato = nn.Conv2d(x.shape[1], *numeri, device="meta")
        elif genere == "dense":
            strato = nn.Linear(x.shape[1], numeri[0], device="meta")
        else:
            strato = nn.MaxPool2d(numeri[0]) if genere == "pool" else nn.Flatten()
        totale += sum(p.numel() for p in strato.parameters())
        x = strato(x)
    return totale


def _conto_tensore(ingresso, strati):
    forma, totale = list(ingresso), torch.tensor(0)
    for strato in strati:
        match strato:
            case ("conv", filtri, lato):
                totale = totale + filtri * (forma[0] * lato**2 + 1)
                forma = [filtri, *(n - lato + 1 for n in forma[1:])]
            case ("pool", lato):
                forma[1:] = [int(n / lato) for n in forma[1:]]
            case ("flatten",):
                forma = [int(np.prod(forma))]
            case (_, unita):
                totale, forma = totale + unita * (forma[0] + 1), [unita]
    return totale


# 13.3
def _dense_ciclo(kernel, canali, alto, largo):
    peso = torch.empty(kernel.shape[1], kernel.shape[0])
    for c in range(canali):
        for h in range(alto):
            for w in range(largo):
                peso[:, (c * alto + h) * largo + w] = kernel[(h * largo + w) * canali + c]
    return peso


def _dense_indici(kernel, canali, alto, largo):
    ordine = torch.arange(alto * largo * canali).reshape(alto, largo, canali).permute(2, 0, 1).reshape(-1)
    return kernel[ordine].T


def _dense_due_assi(kernel, canali, alto, largo):
    # Altezza e larghezza restano vicine, nello stesso ordine: si possono tenere fuse.
    return kernel.reshape(alto * largo, canali, -1).permute(2, 1, 0).flatten(1)


# 13.4
def _bn_stato(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(gamma.numel(), epsilon, 1 - momentum)
    stato = {"weight": gamma, "bias": beta, "running_mean": media, "running_var": varianza}
    strato.load_state_dict(stato, strict=False)
    return strato


def _bn_parametri(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(len(beta), eps=epsilon, momentum=1 - momentum)
    strato.weight, strato.bias = nn.Parameter(gamma.clone()), nn.Parameter(beta.clone())
    strato.running_mean, strato.running_var = media.clone(), varianza.clone()
    return strato


def _bn_assegna(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(len(gamma), epsilon, 1 - momentum)
    strato.weight = gamma
    return strato


def _bn_epsilon_non_minuscolo(gamma, beta, media, varianza, momentum, epsilon):
    return _bn_parametri(gamma, beta, media, varianza, momentum, max(epsilon, 1e-5))


def _bn_gamma_positivo(gamma, *altri):
    return _bn_parametri(gamma.abs(), *altri)


def _bn_momentum_arrotondato(gamma, beta, media, varianza, momentum, epsilon):
    return _bn_parametri(gamma, beta, media, varianza, round(momentum, 2), epsilon)


def _bn_ferma(quali):
    def batch_norm_da_keras(*argomenti):
        strato = _bn_stato(*argomenti)
        for nome in quali.split():
            setattr(strato, nome, nn.Parameter(getattr(strato, nome).detach(), requires_grad=False))
        return strato

    return batch_norm_da_keras


def _bn_medie_da_addestrare(*argomenti):
    strato = _bn_stato(*argomenti)
    strato.running_var = nn.Parameter(strato.running_var)
    return strato


def _bn_senza_buffer(*argomenti):
    strato = _bn_stato(*argomenti)
    media = strato.running_mean
    del strato.running_mean
    strato.running_mean = media
    return strato


def _bn_senza_no_grad(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(len(gamma), epsilon, 1 - momentum)
    strato.weight.copy_(gamma)
    return strato


# 13.5
def _adam_lerp(peso, g, m, v, t, lr, beta1, beta2, epsilon):
    m, v = torch.lerp(m, g, 1 - beta1), torch.lerp(v, g.square(), 1 - beta2)
    return torch.addcdiv(peso, m, v.sqrt() + epsilon, value=-lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t)), m, v


def _adam_corretto(peso, g, m, v, t, lr, beta1, beta2, epsilon):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    radice = (v / (1 - beta2**t)).sqrt() + epsilon / (1 - beta2**t) ** 0.5
    return [peso - lr * m / (1 - beta1**t) / radice, m, v]


def _adam_sul_posto(peso, g, m, v, t, lr, beta1, beta2, epsilon):
    m.mul_(beta1).add_(g, alpha=1 - beta1)
    v.mul_(beta2).add_(g * g, alpha=1 - beta2)
    return peso - lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t) * m / (v.sqrt() + epsilon), m, v


def _adam_pochi_passi(peso, g, m, v, t, *numeri):
    return passo_adam(peso, g, m, v, min(t, 100), *numeri)


GIUSTE = {
    "13.1": [lambda p: torch.einsum("oihw->hwio", p), _kernel_passi, _kernel_numpy],
    "13.2": [_conto_vero, _conto_meta, _conto_tensore],
    "13.3": [_dense_ciclo, _dense_indici, _dense_due_assi],
    "13.4": [_bn_stato, _bn_parametri],
    "13.5": [_adam_lerp, _adam_corretto],
}

SBAGLIATE = {
    "13.1": [
        (lambda p: p.mT, "dovrebbe averla"),
        (lambda p: p.permute(2, 3, 1), "si ferma con RuntimeError"),
        (lambda p: kernel_per_keras(p).detach().numpy(), "un array di NumPy"),
        (lambda p: kernel_per_keras(p).flatten(0, 1), "ne servono 4"),
        ((2, 3, 1, 0), "serve una funzione"),
    ],
    "13.2": [(lambda i, s: 10186, "rifai il conto")],
    "13.3": [
        (lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 0, 1).view(k.shape[1], -1), "usa reshape"),
        (lambda k, c, h, w: dense_da_keras(k, 32, 4, 4), "si ferma con RuntimeError"),
    ],
    "13.4": [
        (lambda gamma, *altri: nn.BatchNorm1d(len(gamma)), "di tipo BatchNorm1d"),
        (lambda gamma, beta, *altri: {"weight": gamma, "bias": beta}, "un dizionario"),
        (_bn_epsilon_non_minuscolo, "Il numero eps non è"),
        (_bn_momentum_arrotondato, "Il momentum non è 0"),
        (_bn_gamma_positivo, "Il tensore weight ha la forma giusta, i valori no"),
        (_bn_ferma("weight bias"), "requires_grad è spento: weight e bias"),
        (_bn_ferma("bias"), "requires_grad è spento: bias"),
        (_bn_ferma("running_mean running_var"), "sono buffer, non parametri: running_mean e running_var"),
        (_bn_medie_da_addestrare, "sono buffer, non parametri: running_var"),
        (_bn_senza_buffer, "L'elenco dei buffer"),
        (_bn_assegna, "riempili con copy_"),
        (_bn_senza_no_grad, "sotto torch.no_grad()"),
    ],
    "13.5": [
        (lambda *argomenti: passo_adam(*argomenti)[0], "Restituisci tre cose"),
        (lambda *argomenti: passo_adam(*argomenti)[:2], "e invece sono 2"),
        (_adam_sul_posto, "cambia il suo argomento"),
        (_adam_pochi_passi, "con t = 1000"),
    ],
}
