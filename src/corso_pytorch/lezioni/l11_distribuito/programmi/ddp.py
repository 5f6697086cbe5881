"""Il parallelismo sui dati: a ogni processo una fetta del batch, ai gradienti la media. Argomenti: nessuno."""

import os
import time
from collections.abc import Callable

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DistributedSampler

from corso_pytorch.lezioni.l11_distribuito.programmi.comune import Gruppo, annuncia, gruppo

BATCH, PASSI = (256, 1024), 5


def rete_piccola() -> nn.Module:
    """Da N×4 a N×2, in float64: 23 parametri, sempre gli stessi."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)).double()


def otto_esempi() -> tuple[torch.Tensor, torch.Tensor]:
    """Gli ingressi, 8×4, e i bersagli, 8×2."""
    caso = torch.Generator().manual_seed(1)
    return tuple(torch.randn(8, n, generator=caso, dtype=torch.float64) for n in (4, 2))


def gradienti(io: Gruppo) -> list[float]:
    """I gradienti dopo un backward con DDP, dove ogni processo ha visto solo la sua fetta."""
    x, y = (dati.chunk(io.processi)[io.rango].to(io.dispositivo) for dati in otto_esempi())
    rete = DistributedDataParallel(rete_piccola().to(io.dispositivo))
    nn.functional.mse_loss(rete(x), y).backward()
    return torch.cat([p.grad.flatten() for p in rete.parameters()]).tolist()


def tempi(io: Gruppo, batch: int) -> dict[str, list[float]]:
    """Le durate, in secondi, di PASSI forward e backward su ``batch`` esempi in tutto, misurate a turno.

    ``"uno da solo"``: il rango 0 fa tutto il batch, gli altri aspettano; ``"insieme"``: ognuno fa la sua fetta, con
    DDP; ``"insieme, senza parlarsi"``: lo stesso, senza scambiarsi i gradienti; ``"solo lo scambio"``: una all_reduce
    lunga quanto i gradienti.
    """
    torch.manual_seed(0)
    rete = nn.Sequential(nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 512)).to(io.dispositivo)
    ddp = DistributedDataParallel(rete)
    x = torch.randn(batch, 512).to(io.dispositivo)
    fetta = x[: batch // io.processi]
    come_i_gradienti = torch.zeros(sum(p.numel() for p in rete.parameters()), device=io.dispositivo)
    lavori = {
        "uno da solo": lambda: io.rango == 0 and rete(x).square().mean().backward(),
        "insieme": lambda: ddp(fetta).square().mean().backward(),
        "insieme, senza parlarsi": lambda: rete(fetta).square().mean().backward(),
        "solo lo scambio": lambda: dist.all_reduce(come_i_gradienti),
    }
    durate: dict[str, list[float]] = {nome: [] for nome in lavori}
    for _ in range(PASSI + 1):
        for nome, lavoro in lavori.items():
            durate[nome].append(_piu_lento(io, lavoro))
    return {nome: valori[1:] for nome, valori in durate.items()}  # il primo giro è di riscaldamento


def _piu_lento(io: Gruppo, lavoro: Callable[[], object]) -> float:
    """I secondi del processo più lento: gli altri lo aspettano comunque."""
    dist.barrier()
    inizio = time.perf_counter()
    lavoro()
    if io.dispositivo.type == "cuda":
        torch.cuda.synchronize()
    return max(io.raduna(time.perf_counter() - inizio))


def quote(io: Gruppo) -> list[list[int]]:
    """Gli indici di 12 esempi che il DistributedSampler dà a ogni processo, mescolati, nell'epoca 0."""
    return io.raduna(list(DistributedSampler(range(12), seed=0)))


if __name__ == "__main__":
    with gruppo() as io:
        io.deve_dividere(8, "Gli esempi")
        esito = {"processi": io.processi, "backend": io.backend, "pid": io.raduna(os.getpid())}
        esito |= {"gradienti": io.raduna(gradienti(io)), "quote": quote(io)}
        esito["tempi"] = {batch: tempi(io, batch) for batch in BATCH}
        annuncia(io, esito)
