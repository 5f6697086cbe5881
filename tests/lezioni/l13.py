"""Le risposte di prova agli esercizi della lezione 13."""

import numpy as np
import torch
from torch import nn


# 13.1
def _kernel_einsum(peso):
    return torch.einsum("oihw->hwio", peso)


def _kernel_passi(peso):
    return peso.movedim(1, -1).movedim(0, -1)


def _kernel_sul_posto(peso):
    peso += 1
    return peso.permute(2, 3, 1, 0)


# 13.2
def _conto(bias_conv=1, bias_dense=1, forma_conv=lambda n, k: n - k + 1, pool=lambda n, k: n // k, visti=None,
           area=lambda k: k * k, appiattisci=lambda c, h, w: c * h * w, conv=1, dense=1, ferma=False):  # fmt: skip
    def parametri(ingresso, strati):
        (c, h, w), totale = ingresso, 0
        for strato in strati:
            match strato:
                case ("conv", filtri, k):
                    totale += conv * filtri * ((visti(c, ingresso) if visti else c) * area(k) + bias_conv)
                    c, h, w = filtri, forma_conv(h, k), forma_conv(w, k)
                case ("pool", k):
                    h, w = pool(h, k), pool(w, k)
                case ("flatten",):
                    c = appiattisci(c, h, w)
                case ("dense", unita):
                    totale += dense * unita * (c + bias_dense)
                    c = c if ferma else unita
        return totale

    return parametri


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


def _conto_un_lato(ingresso, strati):
    (c, h, w), totale = ingresso, 0
    for genere, *n in strati:
        if genere == "conv":
            totale += n[0] * (c * n[1] ** 2 + 1)
            c, h, w = n[0], h - n[1] + 1, w - n[1] + 1
        elif genere == "pool":
            h = h // n[0]
        elif genere == "flatten":
            c = c * h * w
        else:
            totale += n[0] * (c + 1)
            c = n[0]
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


def _dense_permute(kernel, canali, alto, largo):
    return kernel.reshape(alto, largo, canali, -1).permute(3, 2, 0, 1).flatten(1)


def _dense_con(separa, ordine):
    def dense_da_keras(kernel, canali, alto, largo):
        misure = {"c": canali, "h": alto, "w": largo}
        uscite = kernel.shape[1]
        return kernel.reshape(*(misure[nome] for nome in separa), uscite).permute(*ordine).reshape(uscite, -1)

    return dense_da_keras


# 13.4
def _bn(momentum=lambda m: 1 - m, eps=lambda e: e, scambia=lambda *quattro: quattro):
    def batch_norm_da_keras(gamma, beta, media, varianza, momento, epsilon):
        opzioni = {"momentum": momentum(momento), "eps": eps(epsilon)}
        strato = nn.BatchNorm2d(len(gamma), **{nome: valore for nome, valore in opzioni.items() if valore != "no"})
        posti = (strato.weight, strato.bias, strato.running_mean, strato.running_var)
        with torch.no_grad():
            for posto, valore in zip(posti, scambia(gamma, beta, media, varianza), strict=True):
                if valore is not None:
                    posto.copy_(valore)
        return strato

    return batch_norm_da_keras


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


def _bn_di_forma_1d(gamma, beta, media, varianza, momentum, epsilon):
    return nn.BatchNorm1d(len(gamma), epsilon, 1 - momentum)


def _bn_assegna(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(len(gamma), epsilon, 1 - momentum)
    strato.weight = gamma
    return strato


def _bn_senza_no_grad(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(len(gamma), epsilon, 1 - momentum)
    strato.weight.copy_(gamma)
    return strato


def _bn_congelata(*argomenti):
    return _bn()(*argomenti).requires_grad_(False)


def _bn_senza_medie(gamma, beta, media, varianza, momentum, epsilon):
    return nn.BatchNorm2d(len(gamma), epsilon, 1 - momentum, track_running_stats=False)


def _bn_dizionario(gamma, beta, media, varianza, momentum, epsilon):
    return {"weight": gamma, "bias": beta}


# 13.5
def _adam(passo=lambda **q: q["p"] - q["alfa"] * q["m"] / (q["v"].sqrt() + q["eps"]), alfa=None, m_nuova=None,
          v_nuova=None, esce=lambda p, m, v: (p, m, v)):  # fmt: skip
    def passo_adam(p, g, m, v, t, lr, b1, b2, eps):
        nuova_m = m_nuova(m, g, b1, b2, t) if m_nuova else b1 * m + (1 - b1) * g
        nuova_v = v_nuova(v, g, b1, b2, t) if v_nuova else b2 * v + (1 - b2) * g**2
        quanto = alfa(lr, b1, b2, t) if alfa else lr * (1 - b2**t) ** 0.5 / (1 - b1**t)
        q = {"p": p, "alfa": quanto, "m": nuova_m, "v": nuova_v, "eps": eps, "g": g, "vecchia_m": m, "vecchia_v": v}
        return esce(passo(**q, t=t, lr=lr, b1=b1, b2=b2), nuova_m, nuova_v)

    return passo_adam


def _adam_lerp(peso, g, m, v, t, lr, beta1, beta2, epsilon):
    m, v = torch.lerp(m, g, 1 - beta1), torch.lerp(v, g.square(), 1 - beta2)
    return torch.addcdiv(peso, m, v.sqrt() + epsilon, value=-lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t)), m, v


def _adam_corretto(peso, g, m, v, t, lr, beta1, beta2, epsilon):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    radice = (v / (1 - beta2**t)).sqrt() + epsilon / (1 - beta2**t) ** 0.5
    return [peso - lr * m / (1 - beta1**t) / radice, m, v]


def _adam_pytorch(**q):
    return q["p"] - q["lr"] * q["m"] / (1 - q["b1"] ** q["t"]) / ((q["v"] / (1 - q["b2"] ** q["t"])).sqrt() + q["eps"])


def _adam_sul_posto(peso, g, m, v, t, lr, beta1, beta2, epsilon):
    m.mul_(beta1).add_(g, alpha=1 - beta1)
    v.mul_(beta2).add_(g * g, alpha=1 - beta2)
    return peso - lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t) * m / (v.sqrt() + epsilon), m, v


GIUSTE = {
    "13.1": [lambda p: p.permute(2, 3, 1, 0), _kernel_einsum, _kernel_passi, lambda p: p.permute(2, 3, 1, 0).clone()],
    "13.2": [_conto(), _conto_vero, _conto_meta, lambda i, s: torch.tensor(_conto()(i, s))],
    "13.3": [_dense_ciclo, _dense_indici, _dense_permute, _dense_con("whc", (3, 2, 0, 1))],
    "13.4": [_bn(), _bn_stato, _bn_parametri],
    "13.5": [_adam(), _adam_lerp, _adam_corretto],
}

SBAGLIATE = {
    "13.1": [
        (lambda p: p.reshape(p.shape[2], p.shape[3], p.shape[1], p.shape[0]), "reshape lascia"),
        (lambda p: p.permute(3, 2, 0, 1), "il viaggio di andata"),
        (lambda p: p.permute(3, 2, 1, 0), "rovesciati tutti"),
        (lambda p: p.permute(2, 3, 0, 1), "i filtri vanno per ultimi"),
        (lambda p: p.permute(0, 2, 3, 1), "un'immagine"),
        (lambda p: p, "com'era"),
        (lambda p: p.T if p.dim() == 2 else p.mT, "dovrebbe averla"),
        (lambda p: p.permute(2, 3, 1), "si ferma con RuntimeError"),
        (lambda p: p.permute(2, 3, 1, 0).tolist(), "una lista"),
        (lambda p: p.permute(2, 3, 1, 0).numpy(), "un array di NumPy"),
        (lambda p: p.permute(2, 3, 1, 0).double(), "float64"),
        (lambda p: p.permute(2, 3, 1, 0).flatten(0, 1), "ne servono 4"),
        (_kernel_sul_posto, "cambia il suo argomento"),
        ((2, 3, 1, 0), "serve una funzione"),
    ],
    "13.2": [
        (_conto(bias_conv=0, bias_dense=0), "uno per filtro, e uno per unità"),
        (_conto(bias_conv=0), "i bias delle convoluzioni"),
        (_conto(ferma=True), "il suo numero di unità"),
        (_conto(appiattisci=lambda c, h, w: c * h * h), "possono essere diverse"),
        (_conto(bias_dense=0), "i bias degli strati dense"),
        (_conto(forma_conv=lambda n, k: n), "li hai tenuti com'erano"),
        (_conto(forma_conv=lambda n, k: n - k), "lato − 1"),
        (_conto(visti=lambda c, i: 1), "tutti i canali in entrata"),
        (_conto(visti=lambda c, i: i[0]), "sono i suoi filtri"),
        (_conto(pool=lambda n, k: n), "il pooling rimpicciolisce"),
        (_conto(pool=lambda n, k: n / k), "la divisione intera"),
        (_conto(pool=lambda n, k: -(-n // k)), "per difetto"),
        (_conto_un_lato, "tutt'e due"),
        (_conto(appiattisci=lambda c, h, w: h * w), "anche i canali"),
        (_conto(area=lambda k: k), "lato × lato"),
        (_conto(dense=0), "anche gli strati dense"),
        (_conto(conv=0), "anche le convoluzioni"),
        (lambda i, s: 10186, "rifai il conto"),
        (lambda i, s: str(_conto()(i, s)), "dovrebbe essere un numero"),
        (lambda i, s: float("nan"), "NaN"),
    ],
    "13.3": [
        (lambda k, c, h, w: k.T, "hai solo trasposto"),
        (lambda k, c, h, w: k.reshape(k.shape[1], -1), "reshape non traspone"),
        (_dense_con("chw", (3, 0, 1, 2)), "hai solo trasposto"),
        (_dense_con("chw", (3, 1, 2, 0)), "il viaggio opposto"),
        (_dense_con("hwc", (3, 2, 1, 0)), "(C, W, H)"),
        (lambda k, c, h, w: _dense_permute(k, c, h, w).T, "manca la trasposizione"),
        (lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 0, 1), "manca l'ultimo passo"),
        (_dense_con("hwc", (2, 0, 1, 3)), "al posto sbagliato"),
        (lambda k, c, h, w: k, "com'era"),
        (lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 0, 1).view(k.shape[1], -1), "usa reshape"),
        (lambda k, c, h, w: _dense_permute(k, c, h, w).numpy(), "un array di NumPy"),
        (lambda k, c, h, w: _dense_permute(k, c, h, w).double(), "float64"),
        (lambda k, c, h, w: _dense_permute(k, 32, 4, 4), "si ferma con RuntimeError"),
    ],
    "13.4": [
        (_bn(momentum=lambda m: m), "quanto tenere"),
        (_bn(momentum=lambda m: "no"), "è quello predefinito"),
        (_bn(momentum=lambda m: m - 1), "va tradotto"),
        (_bn(momentum=lambda m: None), "serve un numero"),
        (_bn(eps=lambda e: "no"), "eps è quello predefinito"),
        (_bn(eps=lambda e: 1e-3 if e != 1e-3 else 1e-6), "prendi quello di Keras"),
        (_bn(scambia=lambda g, b, m, v: (b, g, m, v)), "in weight hai messo beta"),
        (_bn(scambia=lambda g, b, m, v: (g, b, v, m)), "in running_mean hai messo varianza"),
        (_bn(scambia=lambda g, b, m, v: (g, b, m, v.sqrt())), "serve la varianza"),
        (_bn(scambia=lambda g, b, m, v: (g, b, None, None)), "running_mean è rimasto"),
        (_bn(scambia=lambda g, b, m, v: (None, None, m, v)), "weight è rimasto"),
        (_bn_di_forma_1d, "di tipo BatchNorm1d"),
        (_bn_dizionario, "un dizionario"),
        (_bn_assegna, "riempili con copy_"),
        (_bn_senza_no_grad, "sotto torch.no_grad()"),
        (_bn_congelata, "requires_grad"),
        (_bn_senza_medie, "le medie mobili"),
    ],
    "13.5": [
        (_adam(_adam_pytorch), "Adam di PyTorch"),
        (_adam(lambda **q: q["p"] - q["alfa"] * q["m"] / (q["v"] + q["eps"]).sqrt()), "fuori dalla radice"),
        (_adam(lambda **q: q["p"] + q["alfa"] * q["m"] / (q["v"].sqrt() + q["eps"])), "un segno più"),
        (_adam(lambda **q: q["p"] - q["alfa"] * q["g"] / (q["v"].sqrt() + q["eps"])), "invece di m"),
        (_adam(lambda **q: q["p"] - q["alfa"] * q["m"] / (q["vecchia_v"].sqrt() + q["eps"])), "la v nuova"),
        (_adam(lambda **q: q["p"] - q["alfa"] * q["vecchia_m"] / (q["v"].sqrt() + q["eps"])), "la m nuova"),
        (_adam(lambda **q: q["p"] - q["alfa"] * q["m"] / (q["v"] + q["eps"])), "manca la radice di v"),
        (_adam(lambda **q: q["p"] - q["alfa"] * q["m"] / q["v"].sqrt()), "manca epsilon"),
        (_adam(lambda **q: q["alfa"] * q["m"] / (q["v"].sqrt() + q["eps"])), "il cambiamento"),
        (_adam(lambda **q: q["p"]), "non è cambiato"),
        (_adam(alfa=lambda lr, b1, b2, t: lr), "manca la correzione"),
        (_adam(alfa=lambda lr, b1, b2, t: lr * (1 - b2**t) / (1 - b1**t)), "manca la radice di 1"),
        (_adam(alfa=lambda lr, b1, b2, t: lr * (1 - b1**t) / (1 - b2**t) ** 0.5), "capovolte"),
        (_adam(alfa=lambda lr, b1, b2, t: lr * (1 - b2**t) ** 0.5), "la parte di beta1"),
        (_adam(alfa=lambda lr, b1, b2, t: lr / (1 - b1**t)), "la parte di beta2"),
        (_adam(alfa=lambda lr, b1, b2, t: lr * (1 - b2 * t) ** 0.5 / (1 - b1 * t)), "complesso"),
        (_adam(m_nuova=lambda m, g, b1, b2, t: b1 * m + g), "manca (1 − beta1)"),
        (_adam(m_nuova=lambda m, g, b1, b2, t: (1 - b1) * m + b1 * g), "in m i pesi sono scambiati"),
        (_adam(v_nuova=lambda v, g, b1, b2, t: b2 * v + (1 - b2) * g), "al quadrato"),
        (_adam(v_nuova=lambda v, g, b1, b2, t: (1 - b2) * v + b2 * g * g), "in v i pesi sono scambiati"),
        (_adam(esce=lambda p, m, v: (p, v, m)), "al terzo v"),
        (_adam(esce=lambda p, m, v: (m, v, p)), "al terzo v"),
        (_adam(esce=lambda p, m, v: p), "restituisci tre cose"),
        (_adam(esce=lambda p, m, v: (p, np.asarray(m), v)), "un array di NumPy"),
        (_adam_sul_posto, "cambia il suo argomento"),
    ],
}
