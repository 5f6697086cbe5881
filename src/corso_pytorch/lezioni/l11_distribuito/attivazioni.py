"""Quante attivazioni restano vive alla fine del forward, e quanti strati il backward rifà."""

import weakref
from collections.abc import Callable

import torch
from torch import nn

from corso_pytorch import imposta_seme


def conta_attivazioni(avanti: Callable[[nn.Module, torch.Tensor], torch.Tensor]) -> str:
    """Otto coppie lineare-tanh, in due blocchi: ``avanti(blocco, x)`` dice come si passa da un blocco.

    Le uscite si guardano con un riferimento debole, che non le tiene in vita.
    """
    imposta_seme(0)
    blocchi = [nn.Sequential(*(nn.Sequential(nn.Linear(256, 256), nn.Tanh()) for _ in range(4))) for _ in range(2)]
    iniziati, uscite, x = [], [], torch.randn(64, 256)
    for strato in (strato for blocco in blocchi for coppia in blocco for strato in coppia):
        strato.register_forward_pre_hook(lambda strato, ingressi: iniziati.append(strato))
        strato.register_forward_hook(lambda strato, ingressi, uscita: uscite.append(weakref.ref(uscita)))
    for blocco in blocchi:
        x = avanti(blocco, x)
    vive = [uscita() for uscita in uscite if uscita() is not None]
    byte, nel_forward = sum(uscita.nbytes for uscita in vive), len(iniziati)
    x.sum().backward()
    rifatti = len(iniziati) - nel_forward
    return f"{len(vive)} vive, {byte} byte; {nel_forward} strati nel forward, {rifatti} rifatti nel backward"
