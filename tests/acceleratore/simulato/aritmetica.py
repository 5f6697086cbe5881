"""Un'altra aritmetica in float32, giusta quanto quella della CPU e uguale a ogni chiamata.

Le convoluzioni arrotondano gli ingressi a TF32, come fa cuDNN se non gli si dice altro; prodotti e somme aggiungono i
termini in un altro ordine.
"""

import torch

# Quali argomenti sono arrotondati, e quali si scorrono al contrario lungo l'asse che la somma consuma.
_ARROTONDATI = {"aten::convolution": (0, 1), "aten::convolution_backward": (0, 1, 2)}
_PRODOTTI = {"aten::mm": 0, "aten::bmm": 0, "aten::addmm": 1, "aten::baddbmm": 1}
_SOMME = ("aten::sum", "aten::mean")


def come_una_gpu(operazione: str, argomenti: tuple) -> tuple:
    """Gli argomenti con cui la CPU, facendo la stessa operazione, arrotonda come farebbe un altro dispositivo."""
    diversi = list(argomenti)
    for i in _ARROTONDATI.get(operazione, ()):
        if _in_float32(diversi[i]):
            diversi[i] = tf32(diversi[i])
    if operazione in _PRODOTTI:
        i = _PRODOTTI[operazione]
        if _in_float32(diversi[i]):
            diversi[i], diversi[i + 1] = diversi[i].flip(-1), diversi[i + 1].flip(-2)
    elif operazione in _SOMME and _in_float32(diversi[0]) and diversi[0].dim():
        assi = diversi[1] if len(diversi) > 1 and diversi[1] else range(diversi[0].dim())
        diversi[0] = diversi[0].flip(tuple(assi))
    return tuple(diversi)


def tf32(tensore: torch.Tensor) -> torch.Tensor:
    """I valori arrotondati ai 10 bit di mantissa di TF32 (float32 ne ha 23)."""
    return (tensore.view(torch.int32) + 0x1000 & ~0x1FFF).view(torch.float32)


def _in_float32(valore: object) -> bool:
    return isinstance(valore, torch.Tensor) and valore.dtype == torch.float32 and valore.numel() > 0
