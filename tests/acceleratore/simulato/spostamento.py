"""``modello.to(dispositivo)``, ``p.data = …``: un tensore cambia dispositivo e resta lo stesso oggetto, come con CUDA.

Così l'ottimizzatore che conosce già i parametri li segue. Torch, da sé, al posto di un tensore della CPU ne metterebbe
uno nuovo: i nostri, scritti in Python, per lui sono di un altro tipo.
"""

import torch
from simulato.tensore import Tensore

_DATA = torch.Tensor.data
_compatibili_per_torch = torch._has_compatible_shallow_copy_type


def registra() -> None:
    torch.Tensor.data = property(_DATA.__get__, _sostituisci)
    torch._has_compatible_shallow_copy_type = _compatibili


# I nomi degli argomenti sono quelli di torch: Dynamo, importandosi, li confronta.
def _compatibili(input: torch.Tensor, from_: torch.Tensor) -> bool:
    return isinstance(input, Tensore) or isinstance(from_, Tensore) or _compatibili_per_torch(input, from_)


def _sostituisci(tensore: torch.Tensor, nuovo: torch.Tensor) -> None:
    if isinstance(nuovo, Tensore):
        scambia(tensore, nuovo)
    else:
        _DATA.__set__(tensore, nuovo)


def scambia(tensore: torch.Tensor, nuovo: torch.Tensor) -> None:
    """``tensore`` prende il posto e i numeri di ``nuovo``, con il suo gradiente portato di là."""
    gradiente = tensore.grad
    copia = nuovo.detach().requires_grad_(tensore.requires_grad)
    if isinstance(tensore, torch.nn.Parameter):
        copia = torch.nn.Parameter(nuovo.detach(), tensore.requires_grad)
    # Come torch.utils.swap_tensors, che però rifiuta un tensore che un grafo ricorda: quel grafo resta com'era.
    tensore.__class__, copia.__class__ = copia.__class__, tensore.__class__
    tensore.__dict__, copia.__dict__ = copia.__dict__, tensore.__dict__
    torch._C._swap_tensor_impl(tensore, copia)
    if gradiente is not None:
        tensore.grad = gradiente.to(nuovo.device)
