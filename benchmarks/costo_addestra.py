"""Quanto costa `addestra` rispetto allo stesso ciclo scritto a mano? L'obiettivo è al massimo il 2 %.

    uv run python benchmarks/costo_addestra.py

Stessa rete, stessi 20 batch, a turno. Si riporta la mediana dei rapporti fra due tempi vicini: così i rallentamenti
del computer, che durano più di una coppia, si tolgono da soli.
"""

import statistics

import torch
from torch import nn

from corso_pytorch.addestramento import addestra
from corso_pytorch.ambiente import imposta_seme, scegli_dispositivo
from corso_pytorch.misure import confronta_tempi
from corso_pytorch.modelli import CNN

PASSI, RIPETIZIONI = 20, 60


def main() -> int:
    imposta_seme(0)
    dispositivo = scegli_dispositivo()
    batch = [(torch.randn(256, 1, 28, 28), torch.randint(0, 10, (256,))) for _ in range(PASSI)]
    batch = [(x.to(dispositivo), y.to(dispositivo)) for x, y in batch]
    modello = CNN().to(dispositivo, memory_format=torch.channels_last)
    loss_fn, ottimizzatore = nn.CrossEntropyLoss(), torch.optim.AdamW(modello.parameters())

    def a_mano() -> None:
        modello.train()
        for x, y in batch:
            loss = loss_fn(modello(x), y)
            ottimizzatore.zero_grad()
            loss.backward()
            ottimizzatore.step()

    modi = {"a mano": a_mano, "addestra": lambda: addestra(modello, batch, loss_fn, ottimizzatore)}
    misure = confronta_tempi(modi, RIPETIZIONI)
    for nome, misura in misure.items():
        print(f"{nome}: {misura}")
    coppie = zip(misure["addestra"].tempi, misure["a mano"].tempi, strict=True)
    rapporti = [con / senza for con, senza in coppie]
    print(f"addestra costa {statistics.median(rapporti) - 1:+.1%}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
