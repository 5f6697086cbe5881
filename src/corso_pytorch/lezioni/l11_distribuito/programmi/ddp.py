"""Il parallelismo sui dati: gradienti, scambi, tempi, e due errori. Argomenti: nessuno."""

import os
import time
from collections.abc import Callable
from contextlib import nullcontext

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
from torch.nn.parallel import DistributedDataParallel

from corso_pytorch.lezioni.l11_distribuito.programmi.comune import Gruppo, annuncia, gruppo

BATCH, PASSI, SCAMBI = (256, 1024), 5, 10


def rete_piccola() -> nn.Module:
    """Da N×4 a N×2, in float64: 23 parametri, sempre gli stessi."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)).double()


def otto_esempi() -> tuple[torch.Tensor, torch.Tensor]:
    """Gli ingressi, 8×4, e i bersagli, 8×2."""
    caso = torch.Generator().manual_seed(1)
    return tuple(torch.randn(8, n, generator=caso, dtype=torch.float64) for n in (4, 2))


def rete_grande() -> nn.Module:
    """Da N×512 a N×512: 1 050 112 parametri."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 512))


def gradienti(io: Gruppo) -> list[float]:
    """I gradienti dopo un backward con DDP, dove ogni processo ha visto solo la sua fetta."""
    x, y = (dati.chunk(io.processi)[io.rango].to(io.dispositivo) for dati in otto_esempi())
    rete = DistributedDataParallel(rete_piccola().to(io.dispositivo))
    nn.functional.mse_loss(rete(x), y).backward()
    return torch.cat([p.grad.flatten() for p in rete.parameters()]).tolist()


def conta_i_byte(rete: DistributedDataParallel) -> list[int]:
    """La lista dei byte che DDP scambia, un numero per pacchetto: si allunga a ogni backward."""
    scambiati: list[int] = []

    def scambia(_, bucket: dist.GradBucket) -> torch.futures.Future[torch.Tensor]:
        scambiati.append(bucket.buffer().nbytes)
        return allreduce_hook(None, bucket)

    rete.register_comm_hook(None, scambia)
    return scambiati


def byte_per_batch(io: Gruppo) -> dict[int, int]:
    """I byte di gradienti scambiati in un backward, per ogni batch."""
    rete = DistributedDataParallel(rete_grande().to(io.dispositivo))
    scambiati = conta_i_byte(rete)
    byte = {}
    for batch in BATCH:
        scambiati.clear()
        rete(torch.randn(batch // io.processi, 512).to(io.dispositivo)).square().mean().backward()
        byte[batch] = sum(scambiati)
    return byte


def accumula(io: Gruppo, senza_scambio: bool) -> dict:
    """Quattro pezzi di batch, un passo solo: quanti scambi, e i gradienti che ne vengono."""
    rete = DistributedDataParallel(rete_piccola().to(io.dispositivo))
    scambiati = conta_i_byte(rete)
    x, y = (dati.chunk(io.processi)[io.rango].to(io.dispositivo) for dati in otto_esempi())
    pezzi = list(zip(x.split(1), y.split(1), strict=True))
    for n, (xi, yi) in enumerate(pezzi):
        ultimo = n == len(pezzi) - 1
        with rete.no_sync() if senza_scambio and not ultimo else nullcontext():
            (nn.functional.mse_loss(rete(xi), yi) / len(pezzi)).backward()
    return {"scambi": len(scambiati), "gradienti": torch.cat([p.grad.flatten() for p in rete.parameters()]).tolist()}


class UnRamoSolo(nn.Module):
    """Ha due strati, e nel forward ne usa uno."""

    def __init__(self) -> None:
        super().__init__()
        self.usato, self.fermo = nn.Linear(4, 2), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.usato(x)


def parametri_fermi(io: Gruppo, **opzioni: bool) -> str:
    """L'errore di due passi con un ramo che non lavora; vuoto, se non ce n'è."""
    rete = DistributedDataParallel(UnRamoSolo().to(io.dispositivo), **opzioni)
    try:
        for _ in range(2):
            rete(torch.ones(3, 4, device=io.dispositivo)).sum().backward()
    except RuntimeError as errore:
        return str(errore)
    return ""


def tempi(io: Gruppo, batch: int) -> dict[str, float]:
    """I secondi, il meglio di PASSI volte, di forward e backward su ``batch`` esempi in tutto, misurati a turno.

    ``"uno da solo"``: il rango 0 fa tutto il batch, gli altri aspettano; ``"insieme"``: ognuno fa la sua fetta, con
    DDP; ``"senza parlarsi"``: lo stesso, senza scambiarsi i gradienti.
    """
    rete = rete_grande().to(io.dispositivo)
    ddp = DistributedDataParallel(rete)
    x = torch.randn(batch, 512).to(io.dispositivo)
    fetta = x[: batch // io.processi]
    lavori = {
        "uno da solo": lambda: io.rango == 0 and rete(x).square().mean().backward(),
        "insieme": lambda: ddp(fetta).square().mean().backward(),
        "senza parlarsi": lambda: rete(fetta).square().mean().backward(),
    }
    durate: dict[str, list[float]] = {nome: [] for nome in lavori}
    for _ in range(PASSI + 1):  # il primo giro è di riscaldamento
        for nome, lavoro in lavori.items():
            durate[nome].append(_piu_lento(io, lavoro))
    return {nome: min(valori[1:]) for nome, valori in durate.items()}


def tempo_dello_scambio(io: Gruppo) -> float:
    """I secondi, il meglio di SCAMBI volte, di una all_reduce lunga quanto i gradienti della rete grande."""
    gradienti = torch.zeros(sum(p.numel() for p in rete_grande().parameters()), device=io.dispositivo)
    return min(_piu_lento(io, lambda: dist.all_reduce(gradienti)) for _ in range(SCAMBI))


def _piu_lento(io: Gruppo, lavoro: Callable[[], object]) -> float:
    """I secondi del processo più lento: gli altri lo aspettano comunque."""
    dist.barrier()
    inizio = time.perf_counter()
    lavoro()
    if io.dispositivo.type == "cuda":
        torch.cuda.synchronize()
    return max(io.raduna(time.perf_counter() - inizio))


if __name__ == "__main__":
    with gruppo() as io:
        io.deve_dividere(8, "Gli esempi")
        esito = {"processi": io.processi, "backend": io.backend, "pid": io.raduna(os.getpid())}
        esito |= {"gradienti": io.raduna(gradienti(io)), "byte": byte_per_batch(io)}
        esito["accumula"] = {nome: accumula(io, nome == "con no_sync") for nome in ("senza", "con no_sync")}
        esito["nomi"] = [*DistributedDataParallel(rete_piccola().to(io.dispositivo)).state_dict()]
        esito["fermi"] = [parametri_fermi(io), parametri_fermi(io, find_unused_parameters=True)]
        esito["tempi"] = {batch: tempi(io, batch) for batch in BATCH}
        esito["scambio"] = tempo_dello_scambio(io)
        annuncia(io, esito)
