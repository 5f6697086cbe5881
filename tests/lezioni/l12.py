"""Le risposte di prova agli esercizi della lezione 12: giuste in altre forme, sbagliate che non sono sviste."""

import copy
import json

import torch
from torch import nn
from torch.export import Dim, export
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_conv_bn_weights

from corso_pytorch.lezioni.l12_produzione.esercizi import andata_e_ritorno, confronto, stato


# 12.3
def _con_ritorno(quantizza):
    def andata_e_ritorno(x, scala, zero):
        interi = quantizza(x, scala, zero)
        return interi, scala * (interi.to(torch.float32) - zero)

    return andata_e_ritorno


@_con_ritorno
def _q_torch(x, scala, zero):
    finta = torch.fake_quantize_per_tensor_affine(x, scala, zero, -128, 127)
    return ((finta / scala).round() + zero).to(torch.int8)


@_con_ritorno
def _q_dopo(x, scala, zero):
    interi = torch.round(x / scala) + zero
    return torch.minimum(torch.maximum(interi, torch.tensor(-128.0)), torch.tensor(127.0)).char()


@_con_ritorno
def _q_libreria(x, scala, zero):
    return torch.quantize_per_tensor(x, scala, zero, torch.qint8).int_repr()


@_con_ritorno
def _q_mezzo_in_su(x, scala, zero):
    return (x / scala + zero + 0.5).floor().clamp(-128, 127).to(torch.int8)


@_con_ritorno
def _q_ciclo(x, scala, zero):
    valori = [max(-128, min(127, round(v / scala + zero))) for v in x.flatten().tolist()]
    return torch.tensor(valori, dtype=torch.int8).reshape(x.shape)


# 12.5
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
        if isinstance(g, bool) or not isinstance(g, (int, float)) or g != g or abs(g) > 60:
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


def _stato_con(eccezioni=(ValueError, KeyError, TypeError), lista=lambda g: isinstance(g, list), numero=lambda g: True):
    def stato(corpo):
        if len(corpo) > 500:
            return 413
        try:
            gradi = json.loads(corpo)["gradi"]
        except eccezioni:
            return 400
        if not lista(gradi) or len(gradi) != 7:
            return 422
        return 200 if all(numero(g) and -60 <= g <= 60 for g in gradi) else 422

    return stato


# 12.1
def _confronto_ciclo(a, b):
    uguali, scarto = 0, 0.0
    for riga_a, riga_b in zip(a, b):
        uguali += int(riga_a.argmax() == riga_b.argmax())
        for p, q in zip(riga_a.softmax(0).tolist(), riga_b.softmax(0).tolist()):
            scarto = max(scarto, abs(p - q))
    return uguali, scarto


def _confronto_tensori(a, b):
    p = (a - a.amax(1, keepdim=True)).exp()
    p, q = p / p.sum(1, keepdim=True), b.log_softmax(1).exp()
    return [(p.max(1).indices == q.max(1).indices).sum(), torch.dist(p, q, float("inf"))]


# 12.4
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


@torch.no_grad()
def _piega_sul_posto(peso, bias, bn):
    pendenza = bn.weight / (bn.running_var + bn.eps).sqrt()
    peso *= pendenza.view(-1, 1, 1, 1)
    return peso, (bias - bn.running_mean) * pendenza + bn.bias


# 12.2
PIXEL = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 255
LIBERA = ({0: Dim("batch")},)


class _Scelta(nn.Module):
    def __init__(self, rete, scegli):
        super().__init__()
        self.rete, self.scegli = rete, scegli

    def forward(self, pixel):
        return self.rete(self.scegli(pixel))


def _media(pixel):
    return pixel.mean(dim=(1, 2, 3), keepdim=True)


def _dove(pixel):
    return torch.where(_media(pixel) > 127, 255 - pixel, pixel)


def _esporta(scegli=_dove, esempio=PIXEL, libera=LIBERA, prepara=nn.Module.eval, **opzioni):
    return lambda rete: export(_Scelta(prepara(rete), scegli), (esempio.clone(),), dynamic_shapes=libera, **opzioni)


def _maschera(pixel):
    chiara = (pixel.flatten(1).mean(dim=1) > 127).float().view(-1, 1, 1, 1)
    return chiara * (255 - pixel) + (1 - chiara) * pixel


def _valore_assoluto(pixel):
    return (255 * (pixel.sum(dim=(1, 2, 3), keepdim=True) > 127 * 784) - pixel).abs()


def _esporta_copia(rete):
    rete = copy.deepcopy(rete).eval()
    for parametro in rete.parameters():
        parametro.requires_grad_(False)
    n = Dim("n", min=1, max=64)
    return export(_Scelta(rete, _maschera), (torch.randint(0, 256, (5, 1, 28, 28)).float(),), dynamic_shapes=({0: n},))


def _con_if(pixel):
    if pixel.mean() > 127:
        pixel = 255 - pixel
    return pixel


def _a_una_a_una(pixel):
    return torch.stack([255 - immagine if immagine.mean().item() > 127 else immagine for immagine in pixel])


def _con_cond(pixel):
    return torch.cond(pixel.mean() > 127, lambda p: 255 - p, lambda p: p.clone(), (pixel,))


def _senza_dropout(rete):
    for strato in rete.modules():
        if isinstance(strato, nn.Dropout):
            strato.p = 0
    return rete


CHIARO = bool(PIXEL.mean() > 127)


def _deciso_prima(pixel):
    return 255 - pixel if CHIARO else pixel


GIUSTE = {
    "12.2": [
        _esporta(),
        _esporta(_maschera, libera={"pixel": {0: Dim.AUTO}}),
        _esporta(_valore_assoluto, libera=({0: Dim("n", max=64)},)),
        _esporta(esempio=torch.zeros(2, 1, 28, 28), strict=True),
        _esporta(libera=({0: Dim("n", min=2)},)),  # a 1 PyTorch arriva lo stesso
        _esporta_copia,
        lambda rete: _esporta()(rete).run_decompositions(),
    ],
    "12.3": [_q_torch, _q_dopo, _q_ciclo, _q_libreria, _q_mezzo_in_su],
    "12.5": [_stato_a_pezzi, _stato_unico],
    "12.1": [_confronto_ciclo, _confronto_tensori],
    "12.4": [_piega_ciclo, _piega_provando],
}

SBAGLIATE = {
    "12.2": [
        (3, "serve una funzione"),
        (lambda rete: _esporta()(rete).module(), "prima di .module()"),
        (lambda rete: torch.jit.trace(_Scelta(rete.eval(), _dove), PIXEL), "TorchScript, deprecato"),
        (lambda rete: "modello.pt2", "Serve un ExportedProgram, e invece è un testo"),
        (_esporta(_con_if), "prova torch.where"),
        (_esporta(_con_if, strict=True), "prova torch.where"),
        (_esporta(_a_una_a_una), "prova torch.where"),
        (_esporta(libera=None), "è rimasta quella dell'esempio"),
        (_esporta(esempio=PIXEL[:1]), "mettine almeno due"),
        (_esporta(libera=({0: Dim("n", max=32)},)), "da 1 a 64"),
        (_esporta(prepara=nn.Module.train), "dropout è rimasto acceso"),
        (_esporta(prepara=_senza_dropout), "esportata in addestramento"),
        (_esporta(_con_cond), "Hai deciso per tutto il batch"),
        (_esporta(_deciso_prima), "Anche le immagini scure" if CHIARO else "Le immagini chiare non"),
        (_esporta(lambda pixel: 255 - pixel), "Anche le immagini scure"),
        (_esporta(lambda pixel: torch.where(_media(pixel) < 127, 255 - pixel, pixel)), "al contrario"),
        (_esporta(lambda pixel: torch.where(_media(pixel) >= 127, 255 - pixel, pixel)), "127 esatti"),
        (_esporta(lambda pixel: torch.where(pixel > 127, 255 - pixel, pixel)), "pixel per pixel"),
        (_esporta(lambda pixel: torch.where(_media(pixel) > 127.5, 255 - pixel, pixel)), "la tua soglia è un'altra"),
        (_esporta(lambda pixel: torch.where(_media(pixel) > 100, 255 - pixel, pixel)), "la tua soglia è un'altra"),
        (_esporta(lambda pixel: torch.where(_media(pixel) > 0.5, 255 - pixel, pixel)), "soglia è troppo bassa"),
        (_esporta(lambda pixel: torch.where(pixel.mean(0) > 127, 255 - pixel, pixel)), "Hai deciso per tutto il batch"),
        (_esporta(lambda pixel: torch.where(pixel.mean((1, 2, 3)) > 127, 255 - pixel, pixel)), "quattro assi"),
        (_esporta(lambda pixel: _dove(pixel) / 255), "da 0 a 255"),
        (lambda rete: _esporta()(nn.Sequential(rete, nn.Softmax(dim=1))), "servono i logit"),
        (lambda rete: _esporta()(nn.Linear(28, 10)), "dieci logit"),
    ],
    "12.3": [
        (lambda x, scala, zero: ((x / scala + zero).to(torch.int8), x), "mancano due passi"),
        (lambda x, scala, zero: andata_e_ritorno(x, scala, zero)[0], "Servono 2 valori"),
        (3, "serve una funzione"),
        (lambda x, scala, zero: andata_e_ritorno(x.half(), scala, zero), "i valori no"),
    ],
    "12.5": [
        (_stato_con(eccezioni=(KeyError, TypeError)), "prendi l'eccezione con try"),
        (_stato_con(eccezioni=(ValueError, TypeError)), "Il campo può mancare"),
        (_stato_con(eccezioni=(ValueError, KeyError)), "una lista o un testo"),
        (_stato_con(lista=lambda g: True), "Prima di len()"),
        (_stato_con(), "guarda che ogni valore sia un numero"),
        (_stato_con(numero=lambda g: type(g) in (int, float) and float(g) < 61), "Un intero enorme"),
        (lambda corpo: str(stato(corpo)), "è un testo"),
        (
            lambda corpo: 400 if '"gradi"' not in corpo and len(corpo) <= 500 else stato(corpo),
            "scritto in parte in codice",
        ),
        (lambda corpo: stato(corpo.replace("'", '"')), "che non sono JSON"),
        (lambda corpo: stato(corpo) == 200, "un valore vero/falso"),
        (lambda corpo: 500, "Il codice non è 500"),
    ],
    "12.1": [
        (lambda a, b: (float(confronto(a, b)[0]), confronto(a, b)[1]), "serve un intero"),
        (lambda a, b: confronto(a, b)[0], "Servono 2 valori"),
        (lambda a, b: (confronto(a, b)[0], (a.softmax(1) - b.softmax(1)).abs()), "dovrebbe essere un numero"),
    ],
    "12.4": [
        (_piega_libreria, "senza «fuse_conv_bn_eval»"),
        (_piega_pesi, "senza «fuse_conv_bn_weights»"),
        (_piega_sul_posto, "cambia il suo argomento"),
        (lambda peso, bias, bn: peso, "Servono 2 valori"),
    ],
}
