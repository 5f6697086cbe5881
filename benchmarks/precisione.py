"""Quanto costa ogni decimo oltre il 99 %? Tre reti più grandi, più giri, immagini deformate a caso.

uv run python benchmarks/precisione.py            # cinque minuti su due core con bf16
uv run python benchmarks/precisione.py --semi 3   # tre volte tanto, e la media
"""

import argparse
import math
import time
from statistics import mean, median

import torch
from crescita import PiuGiri
from torch import nn
from torch.nn import functional as F

from corso_pytorch.addestramento import accuratezza, valuta
from corso_pytorch.ambiente import ha_bf16, imposta_seme, scegli_dispositivo
from corso_pytorch.dati import carica_in_memoria, prepara_mnist
from corso_pytorch.misure import aspetta_dispositivo
from corso_pytorch.ricetta import BatchInMemoria, InBf16, ricetta

# (giri, canali dei tre blocchi)
GRADINI = [(2, (16, 32, 64)), (4, (32, 64, 64)), (12, (32, 64, 128))]
GRADI, PIXEL, SCALA = 10, 2, 0.1  # quanto si ruota, si sposta e si ingrandisce, al massimo


class Profonda(nn.Sequential):
    """Cinque convoluzioni, da N×28×28 pixel a N×10 logit."""

    def __init__(self, primo: int, secondo: int, terzo: int):
        def blocco(entrano: int, escono: int, dimezza: bool) -> list[nn.Module]:
            pooling = [nn.MaxPool2d(2)] if dimezza else []
            conv = nn.Conv2d(entrano, escono, 3, padding=1, bias=False)
            return [conv, *pooling, nn.BatchNorm2d(escono), nn.ReLU(True)]

        super().__init__(
            *(nn.Conv2d(1, primo, 5, stride=2, bias=False), nn.BatchNorm2d(primo), nn.ReLU(True)),
            *(*blocco(primo, secondo, False), *blocco(secondo, secondo, True)),
            *(*blocco(secondo, terzo, False), *blocco(terzo, terzo, True), nn.Flatten(), nn.Linear(9 * terzo, 10)),
        )

    def forward(self, pixel: torch.Tensor) -> torch.Tensor:
        return super().forward((pixel.unsqueeze(1).float() / 255 - 0.1307) / 0.3081)


class Deformate(PiuGiri):
    """I batch di più giri, ogni immagine ruotata, spostata e ingrandita a modo suo."""

    def __iter__(self):
        for x, y in super().__iter__():
            yield deforma(x), y


def deforma(pixel: torch.Tensor) -> torch.Tensor:
    """N×H×W immagini, ognuna con una rotazione, una scala e uno spostamento a caso."""

    def a_caso(quanto: float, *forma: int) -> torch.Tensor:
        return quanto * (2 * torch.rand(len(pixel), *forma) - 1)

    angolo, scala = a_caso(math.radians(GRADI)), 1 + a_caso(SCALA)
    seno, coseno = scala * angolo.sin(), scala * angolo.cos()
    righe = torch.stack([torch.stack([coseno, -seno], 1), torch.stack([seno, coseno], 1)], 1)
    mosse = torch.cat([righe, a_caso(PIXEL / 14, 2, 1)], 2).to(pixel.device)
    immagini = pixel.unsqueeze(1).float()
    dove = F.affine_grid(mosse, list(immagini.shape), align_corners=False)
    return F.grid_sample(immagini, dove, align_corners=False).squeeze(1)


def corri(dati: BatchInMemoria, giri: int, canali: tuple[int, int, int]) -> tuple[float, nn.Module]:
    """I secondi per addestrare una rete, e la rete."""
    dispositivo, inizio = dati.x.device, time.perf_counter()
    rete = Profonda(*canali).to(dispositivo, memory_format=torch.channels_last)
    ricetta(InBf16(rete) if ha_bf16(dispositivo) else rete, Deformate(dati, giri), lr=0.02)
    aspetta_dispositivo()
    return time.perf_counter() - inizio, rete


def main() -> int:
    opzioni = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    opzioni.add_argument("--semi", type=int, default=1, help="quante volte ripetere ogni gradino")
    semi, dispositivo, radice = opzioni.parse_args().semi, scegli_dispositivo(), prepara_mnist()
    dati = BatchInMemoria(*(tensore.to(dispositivo) for tensore in carica_in_memoria(radice)))
    di_test = [carica_in_memoria(radice, addestramento=False)]
    torch.optim.SGD([torch.zeros(1, requires_grad=True)])  # carica i moduli dell'ottimizzatore, fuori dal conto
    print("| giri | canali | secondi | accuratezza |\n| --: | --- | --: | --: |")
    for giri, canali in GRADINI:
        tempi, giuste = [], []
        for seme in range(semi):
            imposta_seme(seme)
            secondi, rete = corri(dati, giri, canali)
            tempi.append(secondi)
            giuste.append(valuta(rete, di_test, accuratezza))
        quali = " ".join(f"{quota:.2%}" for quota in giuste)
        print(f"| {giri} | {canali} | {median(tempi):.1f} | {mean(giuste):.2%} ({quali}) |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
