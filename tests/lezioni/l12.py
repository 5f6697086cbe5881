"""Risposte di prova per la lezione 12."""

import json
import math

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_conv_bn_weights


# 12.1
def _q_passi(x, scala, zero):
    return (x / scala + zero).round().clamp(-128, 127).to(torch.int8)


def _q_torch(x, scala, zero):
    finta = torch.fake_quantize_per_tensor_affine(x, scala, zero, -128, 127)
    return ((finta / scala).round() + zero).to(torch.int8)


def _q_dopo(x, scala, zero):
    interi = torch.round(x / scala) + zero
    return torch.minimum(torch.maximum(interi, torch.tensor(-128.0)), torch.tensor(127.0)).char()


def _q_ciclo(x, scala, zero):
    valori = [max(-128, min(127, round(v / scala + zero))) for v in x.flatten().tolist()]
    return torch.tensor(valori, dtype=torch.int8).reshape(x.shape)


def _q_con(conto, basso=-128, alto=127, dtype=torch.int8):
    return lambda x, s, z: conto(x, s, z).clamp(basso, alto).to(dtype)


def _q_avvolto(x, scala, zero):
    return (x / scala + zero).round().long().to(torch.int8)


def _q_clamp_prima(x, scala, zero):
    return ((x / scala).round().clamp(-128, 127).long() + zero).to(torch.int8)


def _q_ritorno(x, scala, zero):
    return ((x / scala + zero).round().clamp(-128, 127) - zero) * scala


# 12.2
def _stato_giusto(corpo):
    if len(corpo) > 500:
        return 413
    try:
        gradi = json.loads(corpo)["gradi"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 400
    if not isinstance(gradi, list) or len(gradi) != 7:
        return 422
    if any(type(g) not in (int, float) for g in gradi):
        return 422
    return 200 if all(-60 <= g <= 60 for g in gradi) else 422


def _stato_a_pezzi(corpo):
    if len(corpo) > 500:
        return 413
    try:
        dati = json.loads(corpo)
    except Exception:
        return 400
    if not isinstance(dati, dict) or "gradi" not in dati:
        return 400
    gradi = dati["gradi"]
    buoni = isinstance(gradi, list) and len(gradi) == 7
    for g in gradi if buoni else []:
        if isinstance(g, bool) or not isinstance(g, (int, float)) or math.isnan(g) or abs(g) > 60:
            buoni = False
    return 200 if buoni else 422


def _stato_unico(corpo):
    try:
        dati = json.loads(corpo) if len(corpo) <= 500 else "troppo"
    except (ValueError, RecursionError):
        return 400
    if dati == "troppo":
        return 413
    match dati:
        case {"gradi": [_, _, _, _, _, _, _] as gradi}:
            return 200 if all(type(g) in (int, float) and -60 <= g <= 60 for g in gradi) else 422
        case {"gradi": _}:
            return 422
        case _:
            return 400


def _stato_con(
    limite=500,
    tipo=lambda g: type(g) in (int, float),
    dentro=lambda g: -60 <= g <= 60,
    lista=None,
    eccezioni=(ValueError, KeyError, TypeError, RecursionError),
    manca=400,
    quanti=7,
    prima=True,
):
    def stato(corpo):
        if prima and len(corpo) > limite:
            return 413
        try:
            gradi = json.loads(corpo)["gradi"]
        except eccezioni:
            return manca
        if not prima and len(corpo) > limite:
            return 413
        if not (lista or (lambda g: isinstance(g, list)))(gradi) or (quanti and len(gradi) != quanti):
            return 422
        return 200 if all(tipo(g) for g in gradi) and all(dentro(g) for g in gradi) else 422

    return stato


# 12.3
def _byte_passi(rete, formato):
    totale = 0
    for p in rete.parameters():
        if formato == "float32":
            totale += 4 * p.numel()
        elif formato == "bf16":
            totale += 2 * p.numel()
        elif p.dim() >= 2:
            totale += p.numel() + 4 * p.shape[0]
        else:
            totale += 4 * p.numel()
    return totale


def _byte_dizionario(rete, formato):
    parametri = list(rete.parameters())
    if formato != "int8":
        return {"float32": 4, "bf16": 2}[formato] * sum(p.numel() for p in parametri)
    grandi = [p for p in parametri if p.dim() > 1]
    piccoli = [p for p in parametri if p.dim() == 1]
    return sum(p.numel() + 4 * len(p) for p in grandi) + 4 * sum(p.numel() for p in piccoli)


def _byte_tensore(rete, formato):
    return torch.tensor(_byte_passi(rete, formato))


def _byte_con(scale=lambda p: 4 * p.shape[0], bias=4, per=None):
    per = per or {"float32": 4, "bf16": 2}

    def conta(rete, formato):
        if formato != "int8":
            return per[formato] * sum(p.numel() for p in rete.parameters())
        return sum(p.numel() + scale(p) if p.dim() > 1 else bias * p.numel() for p in rete.parameters())

    return conta


def _byte_state_dict(rete, formato):
    if formato == "int8":
        return sum(p.numel() + 4 * p.shape[0] if p.dim() > 1 else 4 * p.numel() for p in rete.state_dict().values())
    return {"float32": 4, "bf16": 2}[formato] * sum(p.numel() for p in rete.state_dict().values())


# 12.4
def _confronto_passi(a, b):
    uguali = (a.argmax(dim=1) == b.argmax(dim=1)).sum().item()
    return uguali, (a.softmax(dim=1) - b.softmax(dim=1)).abs().max().item()


def _confronto_ciclo(a, b):
    uguali, scarto = 0, 0.0
    for riga_a, riga_b in zip(a, b):
        uguali += int(riga_a.argmax() == riga_b.argmax())
        for p, q in zip(riga_a.softmax(0).tolist(), riga_b.softmax(0).tolist()):
            scarto = max(scarto, abs(p - q))
    return uguali, scarto


def _confronto_tensori(a, b):
    p, q = a.exp() / a.exp().sum(1, keepdim=True), torch.softmax(b, 1)
    return [(p.max(1).indices == q.max(1).indices).sum(), torch.dist(p, q, float("inf"))]


def _confronto_con(uguali=None, scarto=None):
    def confronto(a, b):
        giusto = _confronto_passi(a, b)
        return (uguali(a, b) if uguali else giusto[0], scarto(a, b) if scarto else giusto[1])

    return confronto


def _p(a):
    return a.softmax(1)


# 12.5
def _piega_passi(peso, bias, bn):
    pendenza = bn.weight / (bn.running_var + bn.eps).sqrt()
    return peso * pendenza.view(-1, 1, 1, 1), (bias - bn.running_mean) * pendenza + bn.bias


def _piega_ciclo(peso, bias, bn):
    nuovo_peso, nuovo_bias = peso.clone(), bias.clone()
    for o in range(len(bias)):
        pendenza = bn.weight[o].item() / (bn.running_var[o].item() + bn.eps) ** 0.5
        nuovo_peso[o] *= pendenza
        nuovo_bias[o] = (bias[o] - bn.running_mean[o]) * pendenza + bn.bias[o].item()
    return nuovo_peso, nuovo_bias


@torch.no_grad()
def _piega_provando(peso, bias, bn):
    uscite = len(bias)
    zero = bn(torch.zeros(1, uscite, 1, 1)).flatten()
    pendenza = bn(torch.ones(1, uscite, 1, 1)).flatten() - zero
    return [torch.einsum("oikl,o->oikl", peso, pendenza), pendenza * bias + zero]


def _piega_libreria(peso, bias, bn):
    conv = nn.Conv2d(peso.shape[1], peso.shape[0], peso.shape[2])
    conv.weight.data, conv.bias.data = peso, bias
    piegata = fuse_conv_bn_eval(conv.eval(), bn)
    return piegata.weight, piegata.bias


def _piega_pesi(peso, bias, bn):
    return fuse_conv_bn_weights(peso, bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)


def _piega_con(pendenza=None, bias=None, peso=None):
    def piega(w, b, bn):
        p = (pendenza or (lambda bn: bn.weight / (bn.running_var + bn.eps).sqrt()))(bn)
        nuovo = (bias or (lambda b, p, bn: (b - bn.running_mean) * p + bn.bias))(b, p, bn)
        return (peso or (lambda w, p: w * p.view(-1, 1, 1, 1)))(w, p), nuovo

    return piega


def _piega_sul_posto(peso, bias, bn):
    pendenza = bn.weight.detach() / (bn.running_var + bn.eps).sqrt()
    peso *= pendenza.view(-1, 1, 1, 1)
    return peso, (bias - bn.running_mean) * pendenza + bn.bias


GIUSTE = {
    "12.1": [_q_passi, _q_torch, _q_dopo, _q_ciclo],
    "12.2": [_stato_giusto, _stato_a_pezzi, _stato_unico],
    "12.3": [_byte_passi, _byte_dizionario, _byte_tensore],
    "12.4": [_confronto_passi, _confronto_ciclo, _confronto_tensori],
    "12.5": [_piega_passi, _piega_ciclo, _piega_provando],
}

SBAGLIATE = {
    "12.1": [
        (_q_con(lambda x, s, z: (x / s - z).round()), "non va tolto"),
        (_q_con(lambda x, s, z: (x * s + z).round()), "i divide per la scala"),
        (_q_con(lambda x, s, z: ((x + z) / s).round()), "agli interi"),
        (_q_con(lambda x, s, z: (x / s).round()), "anca il punto zero"),
        (_q_con(lambda x, s, z: x / s + z), "round()"),
        (_q_con(lambda x, s, z: (x / s + z).floor()), "loor"),
        (_q_con(lambda x, s, z: (x / s + z).round(), -127), "minimo è −127"),
        (_q_avvolto, "ricominciano da capo"),
        (_q_clamp_prima, "dopo aver sommato lo zero"),
        (_q_con(lambda x, s, z: (x / s + z).round(), 0, 255, torch.uint8), "non da 0 a 255"),
        (_q_con(lambda x, s, z: (x / s + z).round(), dtype=torch.float32), "il dtype è float32"),
        (_q_con(lambda x, s, z: (x / s + z).round(), dtype=torch.int32), "il dtype è int32"),
        (_q_ritorno, "i valori ricostruiti"),
        (lambda x, s, z: _q_passi(x, s, z).tolist(), "è una lista"),
        (lambda x, s, z: _q_passi(x, s, z).flatten(), "forma"),
        (lambda x, s, z: x.div_(s).add_(z).round().clamp(-128, 127).char(), "cambia il suo argomento"),
        (3, "serve una funzione"),
    ],
    "12.2": [
        (_stato_con(tipo=lambda g: isinstance(g, (int, float))), "vero/falso fra i gradi"),
        (_stato_con(dentro=lambda g: not (g < -60 or g > 60)), "on un NaN"),
        (_stato_con(dentro=lambda g: -60 < g < 60), "è una richiesta buona"),
        (_stato_con(dentro=lambda g: True), "60,5 gradi"),
        (_stato_con(dentro=lambda g: g <= 60), "−61 gradi"),
        (_stato_con(tipo=lambda g: True), "si ferma con TypeError"),
        (_stato_con(tipo=lambda g: type(g) is float), "è una richiesta buona"),
        (_stato_con(tipo=lambda g: type(g) is int), "è una richiesta buona"),
        (_stato_con(eccezioni=(ValueError,)), "Il campo può mancare"),
        (_stato_con(eccezioni=(ValueError, KeyError)), "una lista o un testo"),
        (_stato_con(eccezioni=(KeyError, TypeError)), "è 400"),
        (_stato_con(manca=422), "è un 400"),
        (_stato_con(quanti=0), "sei gradi"),
        (_stato_con(quanti=0, lista=lambda g: len(g) == 7), "Prima di len()"),
        (_stato_con(limite=499), "500 caratteri esatti"),
        (_stato_con(limite=10**9), "il limite è sul testo intero"),
        (_stato_con(prima=False), "si controlla per prima"),
        (lambda corpo: str(_stato_giusto(corpo)), "restituisci un numero intero"),
        (lambda corpo: _stato_giusto(corpo) == 200, "Serve un codice"),
        (lambda corpo: 500, "quale dice il testo"),
        (lambda corpo: [_stato_giusto(corpo)], "una lista"),
    ],
    "12.3": [
        (_byte_con(scale=lambda p: 0), "contano anche le scale"),
        (_byte_con(scale=lambda p: 4), "non una per parametro"),
        (_byte_con(scale=lambda p: p.shape[0]), "4 byte, non 1"),
        (_byte_con(scale=lambda p: 4 * p.shape[1]), "primo asse"),
        (_byte_con(bias=1), "restano float32: 4 byte"),
        (_byte_con(bias=5), "restano float32: 4 byte"),
        (_byte_con(bias=0), "ancano i parametri"),
        (_byte_con(per={"float32": 4, "bf16": 4}), "2 byte per numero"),
        (lambda r, f: 8 * _byte_passi(r, f), "contato in bit"),
        (lambda r, f: sum(p.numel() for p in r.parameters()), "non i byte"),
        (_byte_state_dict, "anche i buffer"),
        (lambda r, f: str(_byte_passi(r, f)), "dovrebbe essere un numero"),
        (lambda r, f: _byte_passi(r, f) / 1000, "kB"),
        (lambda r, f: float("nan"), "NaN"),
        (lambda r, f: _byte_passi(r, f) + 7, "rifai il conto"),
    ],
    "12.4": [
        (_confronto_con(scarto=lambda a, b: (a - b).abs().max().item()), "fra i logit"),
        (_confronto_con(scarto=lambda a, b: (a.softmax(0) - b.softmax(0)).abs().max().item()), "dim=1"),
        (_confronto_con(scarto=lambda a, b: (_p(a) - _p(b)).abs().mean().item()), "non la media"),
        (_confronto_con(scarto=lambda a, b: (_p(a) - _p(b)).max().item()), "valore assoluto"),
        (_confronto_con(scarto=lambda a, b: (_p(b) - _p(a)).max().item()), "valore assoluto"),
        (_confronto_con(scarto=lambda a, b: (_p(a) - _p(b)).abs().sum().item()), "non la somma"),
        (_confronto_con(scarto=lambda a, b: (a.sigmoid() - b.sigmoid()).abs().max().item()), "sigmoide"),
        (_confronto_con(scarto=lambda a, b: (a.log_softmax(1) - b.log_softmax(1)).abs().max().item()), "esponenziale"),
        (_confronto_con(uguali=lambda a, b: (a.argmax(0) == b.argmax(0)).sum().item()), "contato le colonne"),
        (_confronto_con(uguali=lambda a, b: (a.argmax(1) != b.argmax(1)).sum().item()), "le righe diverse"),
        (_confronto_con(uguali=lambda a, b: (a == b).sum().item()), "i logit uguali"),
        (_confronto_con(uguali=lambda a, b: (a.argmax(1) == b.argmax(1)).float().mean().item()), "una quota"),
        (_confronto_con(uguali=lambda a, b: (a.argmax(1) == b.argmax(1)).float().sum().item()), "serve un intero"),
        (_confronto_con(uguali=lambda a, b: (a.argmax() == b.argmax()).long().item()), "una classe per riga"),
        (lambda a, b: _confronto_passi(a, b)[::-1], "scambiati"),
        (lambda a, b: _confronto_passi(a, b)[0], "Serve una coppia"),
        (_confronto_con(scarto=lambda a, b: (_p(a) - _p(b)).abs()), "un numero"),
    ],
    "12.5": [
        (_piega_con(pendenza=lambda bn: bn.weight / bn.running_var.sqrt()), "manca bn.eps"),
        (_piega_con(pendenza=lambda bn: bn.weight / (bn.running_var + 1e-5).sqrt()), "manca bn.eps"),
        (_piega_con(pendenza=lambda bn: bn.weight / (bn.running_var + bn.eps)), "non per la varianza"),
        (_piega_con(pendenza=lambda bn: bn.weight / (bn.running_var.sqrt() + bn.eps)), "dentro la radice"),
        (_piega_con(pendenza=lambda bn: 1 / (bn.running_var + bn.eps).sqrt()), "Manca bn.weight"),
        (_piega_con(peso=lambda w, p: w), "anche il peso"),
        (_piega_con(bias=lambda b, p, bn: b * p + bn.bias), "La media va tolta"),
        (_piega_con(bias=lambda b, p, bn: -bn.running_mean * p + bn.bias), "il vecchio bias della"),
        (_piega_con(bias=lambda b, p, bn: b - bn.running_mean * p + bn.bias), "Anche il vecchio bias"),
        (_piega_con(bias=lambda b, p, bn: (b - bn.running_mean) * p), "Manca bn.bias"),
        (_piega_con(bias=lambda b, p, bn: (b + bn.running_mean) * p + bn.bias), "si sottrae"),
        (lambda w, b, bn: _piega_passi(w, b, bn)[::-1], "scambiati"),
        (_piega_con(peso=lambda w, p: w * p), "pendenza per canale"),
        (lambda w, b, bn: _piega_passi(w, b, bn)[0], "Serve una coppia"),
        (_piega_libreria, "senza «fuse_conv_bn_eval»"),
        (_piega_pesi, "senza «fuse_conv_bn_weights»"),
        (_piega_sul_posto, "cambia il suo argomento"),
        (lambda w, b, bn: tuple(t.double() for t in _piega_passi(w, b, bn)), "float64"),
    ],
}
