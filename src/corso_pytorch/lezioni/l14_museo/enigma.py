"""Le quattro curve strane della sala II: qui, perché la cella che le disegna non dica quale guasto ha fatto quale.

Chi studia non apra questo file prima di aver provato a indovinare.
"""

from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.ricetta import BatchInMemoria


def quattro_curve(nuova_rete: Callable[[], nn.Module], x: torch.Tensor, y: torch.Tensor) -> dict[str, list[float]]:
    """La loss passo per passo di quattro addestramenti, ognuno con un guasto solo.

    Args:
        nuova_rete: crea la rete, sempre con gli stessi pesi.
        x, y: gli esempi, sul dispositivo della rete.

    Returns:
        ``{lettera: loss}``.
    """

    def a_caso(epoche: int) -> Iterable:
        return (coppia for _ in range(epoche) for coppia in BatchInMemoria(x, y, 64))

    ordine = y.argsort()
    in_fila = 2 * list(zip(x[ordine].split(20), y[ordine].split(20), strict=True))
    curve = {}
    rete = nuova_rete()
    curve["A"] = _loss(rete, torch.optim.SGD(rete.parameters(), lr=0.1), a_caso(4), azzera=False)
    rete, altra = nuova_rete(), nuova_rete()
    curve["B"] = _loss(rete, torch.optim.SGD(altra.parameters(), lr=0.1), a_caso(4))
    rete = nuova_rete()
    curve["C"] = _loss(rete, torch.optim.SGD(rete.parameters(), lr=5.0), a_caso(4))
    rete = nuova_rete()
    curve["D"] = _loss(rete, torch.optim.Adam(rete.parameters(), lr=1e-3), in_fila)
    return curve


def _loss(rete: nn.Module, ottimizzatore: torch.optim.Optimizer, dati: Iterable, azzera: bool = True) -> list[float]:
    storia = []
    for x, y in dati:
        if azzera:
            ottimizzatore.zero_grad()
        loss = F.cross_entropy(rete(x), y)
        loss.backward()
        ottimizzatore.step()
        storia.append(loss.item())
    return storia
