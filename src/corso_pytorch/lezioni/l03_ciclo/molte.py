"""Lo stesso programma con tanti semi, in un colpo solo: ogni rete ha i suoi pesi iniziali, i dati sono gli stessi."""

from collections.abc import Callable

import torch
from torch import nn
from torch.func import functional_call, stack_module_state

from corso_pytorch.ambiente import imposta_seme


def molte_volte(
    crea: Callable[[], nn.Module], quante: int, x: torch.Tensor, y: torch.Tensor, lr: float, passi: int
) -> dict[str, torch.Tensor]:
    """I pesi di ``quante`` reti addestrate ognuna per conto suo, con SGD e l'errore quadratico medio.

    I pesi di tutte stanno in un tensore solo per nome, con un asse in più davanti, e `torch.vmap` esegue il forward di
    tutte insieme. Le loss si sommano: il gradiente di una rete non dipende dalle altre, quindi ognuna fa il suo passo.

    Args:
        crea: crea una rete; prima di ogni chiamata il seme è 0, 1, 2…
        x, y: i dati, di forma (N, ingressi) e (N, uscite).

    Returns:
        ``{nome del parametro: tensore (quante, …)}``, sul dispositivo di ``x``.
    """
    reti = []
    for seme in range(quante):
        imposta_seme(seme)
        reti.append(crea().to(x.device))
    pesi, _ = stack_module_state(reti)
    tutte = torch.vmap(lambda questi: functional_call(reti[0], questi, (x,)))
    ottimizzatore = torch.optim.SGD(pesi.values(), lr=lr)
    for _ in range(passi):
        loss = ((tutte(pesi) - y) ** 2).mean(dim=(1, 2)).sum()
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
    return {nome: peso.detach() for nome, peso in pesi.items()}
