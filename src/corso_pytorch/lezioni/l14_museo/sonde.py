"""Gli strumenti della visita: chiamare un modello qualunque, tagliare un batch, fare un passo.

Un modello può avere più ingressi (una tupla, o un dizionario) e più uscite: qui sta ciò che serve per trattarli allo
stesso modo di un tensore solo.
"""

import copy
import dataclasses
from collections.abc import Callable, Mapping

import torch
from torch import nn

CON_RIGHE = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
DROPOUT = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)


def chiama(modello: nn.Module, x: object) -> object:
    """Dà al modello una copia degli ingressi: un tensore, una tupla (``modello(*x)``) o un dizionario (``**x``)."""
    x = trasforma(x, torch.Tensor.clone)
    if isinstance(x, Mapping):
        return modello(**x)
    return modello(*x) if isinstance(x, (tuple, list)) else modello(x)


def foglie(cosa: object) -> list[torch.Tensor]:
    """I tensori che stanno in una cosa fatta di tuple, liste, dizionari e dataclass."""
    if isinstance(cosa, torch.Tensor):
        return [cosa]
    return [tensore for parte in _parti(cosa).values() for tensore in foglie(parte)]


def trasforma(cosa: object, cambia: Callable[[torch.Tensor], torch.Tensor]) -> object:
    """La stessa cosa, con ``cambia`` applicata a ogni tensore."""
    if isinstance(cosa, torch.Tensor):
        return cambia(cosa)
    parti = {nome: trasforma(parte, cambia) for nome, parte in _parti(cosa).items()}
    if isinstance(cosa, (tuple, list)):
        return type(cosa)(*parti.values()) if hasattr(cosa, "_fields") else type(cosa)(parti.values())
    if not parti or type(cosa) is dict:
        return parti or cosa
    nuova = copy.copy(cosa)
    for nome, parte in parti.items():
        if isinstance(cosa, Mapping):
            nuova[nome] = parte
        else:
            object.__setattr__(nuova, nome, parte)
    return nuova


def _parti(cosa: object) -> dict:
    if isinstance(cosa, Mapping):
        return dict(cosa)
    if isinstance(cosa, (tuple, list)):
        return dict(enumerate(cosa))
    if dataclasses.is_dataclass(cosa) and not isinstance(cosa, type):
        return {campo.name: getattr(cosa, campo.name) for campo in dataclasses.fields(cosa)}
    return {}


def quanti_esempi(batch: tuple) -> int:
    """Quanti esempi ci sono nel batch: la lunghezza del primo asse di y, o degli ingressi."""
    x, y = batch
    lunghezze = [len(tensore) for tensore in foglie(x) if tensore.dim()]
    di_y = [len(tensore) for tensore in foglie(y) if tensore.dim()]
    return next((n for n in di_y if n in lunghezze), lunghezze[0])


def scegli(cosa: object, quali: object, n: int) -> object:
    """Gli esempi ``quali`` di una cosa che ne ha ``n``: taglia i tensori che hanno n sul primo asse."""
    return trasforma(cosa, lambda tensore: tensore[quali] if tensore.dim() and len(tensore) == n else tensore)


def primi(batch: tuple, quanti: int) -> tuple:
    """I primi esempi di un batch."""
    n = quanti_esempi(batch)
    return tuple(scegli(cosa, slice(quanti), n) for cosa in batch)


def senza_dropout(modello: nn.Module) -> nn.Module:
    """Mette il modello in ``train()`` con il dropout spento, e lo restituisce."""
    modello.train()
    for modulo in modello.modules():
        if isinstance(modulo, DROPOUT):
            modulo.eval()
    return modello


def impara(ottimizzatore: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    """Un passo, dopo il forward. I gradienti sparsi (``sparse=True``) diventano densi: Adam li vuole così."""
    ottimizzatore.zero_grad()
    loss.backward()
    for gruppo in ottimizzatore.param_groups:
        for peso in gruppo["params"]:
            if peso.grad is not None and peso.grad.is_sparse:
                peso.grad = peso.grad.to_dense()
    ottimizzatore.step()
