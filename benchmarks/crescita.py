"""Come crescono i secondi della ricetta `corso` con le immagini, i core, le epoche e la larghezza della rete?

    uv run python benchmarks/crescita.py --figura benchmarks/crescita.png

Si cambia una cosa alla volta; i punti si misurano a turno, e di ognuno si riporta la mediana. La pendenza p dice che i
secondi vanno come la grandezza elevata a p: 1 è «il doppio costa il doppio», 0 è «non costa nulla».
"""

import math
import statistics
import time
from itertools import chain, repeat

import torch
from torch import nn

from corso_pytorch.ambiente import ha_bf16, imposta_seme, scegli_dispositivo
from corso_pytorch.comandi import Lettore
from corso_pytorch.dati import carica_in_memoria, prepara_mnist
from corso_pytorch.lezioni.l05_velocita.lampo import CNNLampo, filtri_dai_dati
from corso_pytorch.misure import aspetta_dispositivo
from corso_pytorch.ricetta import BatchInMemoria, InBf16, ricetta

COM_E = {"migliaia di immagini": 60, "core": 0, "epoche": 1, "larghezza": 1}  # 0 core: tutti
PROVE = {"migliaia di immagini": [10, 20, 30, 40, 60], "epoche": [1, 2, 4], "larghezza": [0.5, 1, 2, 4]}


class Larga(CNNLampo):
    """`CNNLampo` con i canali e le unità moltiplicati per ``volte``; i filtri del primo strato restano gli stessi."""

    def __init__(self, filtri: torch.Tensor, volte: float):
        super().__init__(filtri)
        canali, unita = round(32 * volte), round(128 * volte)
        self.secondo[0], self.secondo[2] = nn.Conv2d(16, canali, 3, bias=False), nn.BatchNorm2d(canali)
        self.terzo[0], self.terzo[1] = nn.Linear(16 * canali, unita, bias=False), nn.BatchNorm1d(unita)
        self.uscita = nn.Linear(unita, 10)


class PiuGiri:
    """Gli stessi batch, in un ordine nuovo a ogni giro, come se fossero un giro solo più lungo."""

    def __init__(self, dati: BatchInMemoria, giri: int):
        self.dati, self.giri = dati, giri

    def __len__(self) -> int:
        return self.giri * len(self.dati)

    def __iter__(self):
        return chain.from_iterable(repeat(self.dati, self.giri))


def secondi(x: torch.Tensor, y: torch.Tensor, come: dict[str, float]) -> float:
    """I secondi per addestrare dai pixel all'ultimo peso; ``come`` ha le chiavi di ``COM_E``."""
    quante, core, epoche, larghezza = come.values()
    torch.set_num_threads(core or CORE)
    imposta_seme(0)
    aspetta_dispositivo()
    inizio = time.perf_counter()
    rete = Larga(filtri_dai_dati(x[:256, None].float()), larghezza).to(x.device, memory_format=torch.channels_last)
    dati = PiuGiri(BatchInMemoria(x[: 1000 * quante], y[: 1000 * quante], 448), epoche)
    ricetta(InBf16(rete) if ha_bf16(x.device) else rete, dati, lr=0.05)
    aspetta_dispositivo()
    return time.perf_counter() - inizio


def pendenza(punti: dict[float, float]) -> float:
    """La pendenza della retta dei minimi quadrati fra i logaritmi."""
    return statistics.linear_regression(
        *zip(*((math.log(a), math.log(b)) for a, b in punti.items()), strict=True)
    ).slope


CORE = torch.get_num_threads()


def main() -> int:
    lettore = Lettore(prog="benchmarks/crescita.py", description="Come cresce il costo della ricetta corso.")
    lettore.add_argument("--ripetizioni", type=int, default=5, metavar="N", help="corse per punto (5)")
    lettore.add_argument("--figura", metavar="FILE", help="dove disegnare le quattro curve, per esempio crescita.png")
    scelta = lettore.parse_args()
    if scelta.ripetizioni < 1:
        lettore.rifiuta("Le ripetizioni si contano da 1 in su.")
    x, y = (tensore.to(scegli_dispositivo()) for tensore in carica_in_memoria(prepara_mnist()))
    prove = PROVE | ({"core": list(range(1, CORE + 1))} if CORE > 1 else {})
    punti = {(nome, valore): [] for nome, valori in prove.items() for valore in valori}
    secondi(x, y, COM_E)  # la prima corsa carica i moduli dell'ottimizzatore
    for _ in range(scelta.ripetizioni):
        for (nome, valore), tempi in punti.items():
            tempi.append(secondi(x, y, COM_E | {nome: valore}))
    serie = {
        nome: {valore: statistics.median(punti[nome, valore]) for valore in valori} for nome, valori in prove.items()
    }
    print("| grandezza | secondi | pendenza |\n| --- | --- | --: |")
    for nome, curva in serie.items():
        scritti = " · ".join(f"{valore}: {tempo:.2f}" for valore, tempo in curva.items())
        print(f"| {nome} | {scritti} | {pendenza(curva):.2f} |")
    if scelta.figura:
        from grafico import crescita

        crescita({nome: (curva, pendenza(curva)) for nome, curva in serie.items()}).savefig(scelta.figura)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
