"""Un errore voluto: una collettiva chiamata da un processo solo. Argomento: quanti secondi aspettare."""

import sys
import time
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


if __name__ == "__main__":
    limite = float(sys.argv[1])
    # Su gloo, che dopo il limite solleva un'eccezione; nccl ferma il programma intero, con un messaggio più lungo.
    with gruppo(solo_cpu=True) as io:
        if io.processi > 1:
            dist.set_timeout(timedelta(seconds=limite))
            solo_il_primo(io, limite)
        annuncia(io, {"processi": io.processi})
