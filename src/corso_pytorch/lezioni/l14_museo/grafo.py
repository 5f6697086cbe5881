"""Ciò che la visita legge nel grafo: l'ultima operazione, e i pesi che ricevono un gradiente, registrati o no."""

import math
from collections.abc import Iterator, Mapping

import torch
from torch import nn

from corso_pytorch.lezioni.l14_museo.sonde import chiama, foglie

# Le operazioni che cambiano la forma e non i numeri: si guarda quella che viene prima.
_DI_FORMA = ("View", "UnsafeView", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "T", "Permute", "Clone", "ToCopy")
_DI_FORMA += ("Select", "Slice", "Alias", "Expand", "Index", "Flatten", "Unbind", "Split")
LIMITI = {
    "Relu": (0, math.inf),
    "Softplus": (0, math.inf),
    "Exp": (0, math.inf),
    "Abs": (0, math.inf),
    "Sigmoid": (0, 1),
    "Softmax": (0, 1),
    **dict.fromkeys(("Tanh", "MkldnnRnnLayer"), (-1, 1)),  # il secondo è una LSTM, sulla CPU
    "LogSigmoid": (-math.inf, 0),
}


def ultima_operazione(tensore: torch.Tensor) -> str:
    """L'operazione che ha prodotto un tensore, senza contare chi cambia solo la forma: ``"Softmax"``, ``"Addmm"``."""
    return _ultimo_nodo(tensore)[0]


def limiti(tensore: torch.Tensor) -> tuple[float, float]:
    """Fra quali numeri sta per forza un tensore, a giudicare dall'operazione che l'ha prodotto."""
    nome, nodo = _ultimo_nodo(tensore)
    if nome == "Pow" and nodo._saved_exponent % 2 == 0:
        return 0, math.inf
    if nome in ("Clamp", "ClampMin", "ClampMax", "Hardtanh"):  # anche la ReLU6 è una hardtanh
        lati = ("_saved_min", "_saved_max") if nome != "Hardtanh" else ("_saved_min_val", "_saved_max_val")
        estremi = [getattr(nodo, lato, None) for lato in lati]
        if all(isinstance(estremo, (int, float, type(None))) for estremo in estremi):
            minimo, massimo = estremi
            return -math.inf if minimo is None else minimo, math.inf if massimo is None else massimo
    return LIMITI.get(nome, (-math.inf, math.inf))


def _ultimo_nodo(tensore: torch.Tensor) -> tuple:
    nodo = tensore.grad_fn
    while nodo is not None:
        nome = nodo.name().rsplit(".", 1)[-1].split("Backward")[0]
        if nome not in _DI_FORMA or not nodo.next_functions:
            return nome, nodo
        nodo = nodo.next_functions[0][0]
    return "", None


def foglie_del_grafo(uscita: object) -> list[torch.Tensor]:
    """I tensori che ricevono un gradiente quando si torna indietro da ``uscita``, registrati o no."""
    da_vedere, visti, trovate = [t.grad_fn for t in foglie(uscita)], set(), []
    while da_vedere:
        nodo = da_vedere.pop()
        if nodo is None or nodo in visti:
            continue
        visti.add(nodo)
        if hasattr(nodo, "variable"):
            trovate.append(nodo.variable)
        da_vedere += [prima for prima, _ in nodo.next_functions]
    return trovate


def ignoti(modello: nn.Module, x: object) -> list[torch.Tensor]:
    """I tensori da cui la risposta dipende e che ``parameters()`` non conosce; l'ingresso stesso non conta."""
    noti, ingressi = {id(peso) for peso in modello.parameters()}, [ingresso.flatten() for ingresso in foglie(x)]
    fuori = [foglia for foglia in foglie_del_grafo(chiama(modello, x)) if id(foglia) not in noti]
    return [f for f in fuori if not any(torch.equal(f.detach().flatten(), i.to(f.dtype)) for i in ingressi)]


def tenuti_col_grafo(modello: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """I tensori che i moduli tengono come attributi, e che vengono da un conto: il loro nome, e loro."""
    for nome, modulo in modello.named_modules():
        for attributo, valore in vars(modulo).items():
            if isinstance(valore, torch.Tensor) and not valore.is_leaf:
                yield f"{nome}.{attributo}".lstrip("."), valore


def conosce(modello: nn.Module, tensore: torch.Tensor) -> bool:
    """Vero se un tensore viene da un conto che tocca almeno un peso di ``parameters()``."""
    noti = {id(peso) for peso in modello.parameters()}
    return any(id(foglia) in noti for foglia in foglie_del_grafo(tensore))


def dove_sta(modello: nn.Module, cercato: torch.Tensor) -> str:
    """Il posto di un tensore non registrato, come ``strati[0].weight``; ``""`` se il modello non lo tiene."""

    def cerca(cosa: object, nome: str, giri: int) -> Iterator[str]:
        if cosa is cercato:
            yield nome
        elif isinstance(cosa, nn.Module):
            yield from (f"{nome}.{peso}" for peso, valore in cosa.named_parameters() if valore is cercato)
            dentro = [(f"{nome}.{n}", v) for n, v in vars(cosa).items() if not n.startswith("_")]
            for posto, valore in dentro if giri else ():
                yield from cerca(valore, posto, giri - 1)
        elif giri and isinstance(cosa, (list, tuple, Mapping)):
            for posto, valore in cosa.items() if isinstance(cosa, Mapping) else enumerate(cosa):
                yield from cerca(valore, f"{nome}[{posto!r}]", giri - 1)

    for nome, modulo in modello.named_modules():
        privati = {"_parameters", "_modules"} | {n for n in vars(modulo) if n.endswith("_hooks")}
        for attributo, valore in vars(modulo).items():
            if attributo not in privati:
                trovato = next(cerca(valore, f"{nome}.{attributo}" if nome else attributo, 3), "")
                if trovato:
                    return trovato
    return ""
