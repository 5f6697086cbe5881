"""Un errore voluto: una collettiva chiamata da un processo solo. Argomenti: i secondi da aspettare, e «indaga»."""

import sys
import time
from collections.abc import Callable
from datetime import timedelta

import torch
import torch.distributed as dist

from corso_pytorch.lezioni.l11_distribuito.programmi.comune import Gruppo, annuncia, gruppo


def solo_il_primo(io: Gruppo, limite: float) -> None:
    """Il rango 0 somma la loss di tutti, «per stamparla»; gli altri non lo sanno, e fanno altro."""
    loss = torch.tensor(1.0)
    if io.rango == 0:
        dist.all_reduce(loss)
    else:
        time.sleep(10 * limite)


def chi_manca(io: Gruppo, limite: float) -> str:
    """Il rango 0 fa l'appello con monitored_barrier; il rango 1 arriva tardi."""
    if io.rango == 1:
        time.sleep(2 * limite)
        return ""
    return _errore(lambda: dist.monitored_barrier(timeout=timedelta(seconds=limite)))


def appaiate(io: Gruppo) -> list[float]:
    """Il rango 1 ha saltato ``all_reduce(loss)``: il suo ``all_reduce(giuste)`` si appaia con quella del rango 0."""
    loss, giuste = torch.tensor(1.0), torch.tensor(100.0)
    mio = loss if io.rango == 0 else giuste
    dist.all_reduce(mio)
    return io.raduna(mio.item())


def chi_chiama_altro(io: Gruppo) -> str:
    """Il rango 0 somma, gli altri trasmettono: TORCH_DISTRIBUTED_DEBUG=DETAIL se ne accorge."""
    loss = torch.tensor(1.0)
    return _errore((lambda: dist.all_reduce(loss)) if io.rango == 0 else (lambda: dist.broadcast(loss, src=0)))


def _errore(prova: Callable[[], object]) -> str:
    try:
        prova()
    except RuntimeError as errore:
        return str(errore)
    return ""


if __name__ == "__main__":
    limite, indaga = float(sys.argv[1]), "indaga" in sys.argv
    # Su gloo, che dopo il limite solleva un'eccezione; nccl ferma il programma intero, con un messaggio più lungo.
    with gruppo(solo_cpu=True) as io:
        esito = {"processi": io.processi}
        if indaga:
            esito["appaiate"] = appaiate(io)
            esito["collettive diverse"] = chi_chiama_altro(io)
            annuncia(io, esito | {"chi manca": chi_manca(io, limite)})
            sys.exit()  # chi è mancato all'appello ha perso il conto: gli altri non lo possono più aspettare
        if io.processi > 1:
            dist.set_timeout(timedelta(seconds=limite))
            solo_il_primo(io, limite)
        annuncia(io, esito)
