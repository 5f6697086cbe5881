"""L'anteprima: una rete che in un secondo impara a leggere le cifre. Il ciclo è quello che si scrive nella lezione 03.

I conti sono in float64 e sulla CPU: così le cifre lette sono le stesse su ogni computer.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

_DA_STUDIARE = 1437  # delle 1797 cifre; le altre 360 la rete non le vede mai


@dataclass(frozen=True)
class Momento:
    """Ciò che la rete legge nelle cifre mai viste, dopo un certo numero di passaggi su quelle da studiare."""

    passaggi: int
    immagini: torch.Tensor  # (360, 8, 8), da 0 a 1
    vere: torch.Tensor  # (360,)
    lette: torch.Tensor  # (360,)
    studiate: int  # quante ne legge giuste, fra quelle da studiare

    @property
    def giuste(self) -> int:
        return int((self.lette == self.vere).sum())

    @property
    def sbagliate(self) -> torch.Tensor:
        return self.lette != self.vere

    @property
    def esempi(self) -> list[int]:
        """Per ogni cifra, da 0 a 9, il posto di quella scritta nel modo più comune: la più vicina alla loro media."""
        specie = [(self.vere == cifra).nonzero()[:, 0] for cifra in range(10)]
        distanze = [(self.immagini[s] - self.immagini[s].mean(0)).flatten(1).norm(dim=1) for s in specie]
        return [s[d.argmin()].item() for s, d in zip(specie, distanze, strict=True)]

    @property
    def quando(self) -> str:
        if not self.passaggi:
            return "prima di imparare"
        return "dopo 1 passaggio" if self.passaggi == 1 else f"dopo {self.passaggi} passaggi"

    def __str__(self) -> str:
        nuove = f"{self.giuste:>4} giuste su {len(self.vere)} nuove"
        return f"{self.quando:<18} {nuove}, {self.studiate:>4} su {_DA_STUDIARE} da studiare"


def impara(passaggi: Iterable[int] | int) -> list[Momento]:
    """Addestra una rete, e dopo ognuno dei ``passaggi`` le fa leggere le cifre mai viste e quelle da studiare.

    Un numero solo vale come ``(40,)``: chi comincia scrive ``(40)``.

    Raises:
        ValueError: un numero di passaggi è negativo, o non ce n'è nessuno.
    """
    tappe = sorted({passaggi} if isinstance(passaggi, int) else set(passaggi))
    if not tappe or tappe[0] < 0:
        raise ValueError("I passaggi si contano da zero in su: per esempio passaggi=(0, 1, 40).")
    caso = torch.Generator().manual_seed(0)
    immagini, cifre = _cifre()
    x, y = immagini[:_DA_STUDIARE].flatten(1), cifre[:_DA_STUDIARE]
    rete = _rete()
    momenti = []
    with _un_thread_solo():
        for passaggio in range(tappe[-1] + 1):
            if passaggio in tappe:
                momenti.append(_interroga(rete, passaggio))
            if passaggio < tappe[-1]:
                for batch in torch.randperm(_DA_STUDIARE, generator=caso).split(32):
                    _passo(rete, x[batch], y[batch])
    return momenti


@contextmanager
def _un_thread_solo() -> Iterator[None]:
    """Con conti così piccoli più thread si aspettano e basta: su un computer occupato, trenta volte più a lungo."""
    thread = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(thread)


def letture_a_parole(momenti: Iterable[Momento]) -> str:
    """Ciò che si vede nella figura delle letture, per chi non la vede."""
    righe = ["Le stesse dieci cifre scritte a mano, una riga per momento; sopra ognuna, ciò che la rete vi legge."]
    for momento in momenti:
        buone = 10 - int(momento.sbagliate[momento.esempi].sum())
        righe.append(f"{momento.quando.capitalize()}: giuste {buone} su 10, e {momento.giuste} su {len(momento.vere)}.")
    return " ".join(righe)


def sbagli_a_parole(momento: Momento) -> str:
    """Le cifre che la rete sbaglia, per chi non le vede."""
    lette, vere = momento.lette[momento.sbagliate].tolist(), momento.vere[momento.sbagliate].tolist()
    coppie = [f"un {vera} letto {letta}" for letta, vera in zip(lette, vere, strict=True)]
    return f"Le cifre di 8×8 punti sbagliate {momento.quando}: {', '.join(coppie)}."


def _passo(rete: nn.Module, x: torch.Tensor, y: torch.Tensor) -> None:
    """Previsione, loss, derivate, correzione dei pesi: le quattro fasi."""
    F.cross_entropy(rete(x), y).backward()
    with torch.no_grad():
        for peso in rete.parameters():
            peso -= 0.1 * peso.grad
            peso.grad = None


def _interroga(rete: nn.Module, passaggi: int) -> Momento:
    immagini, vere = _cifre()
    with torch.no_grad():
        lette = rete(immagini.flatten(1)).argmax(dim=1)
    studiate = int((lette == vere)[:_DA_STUDIARE].sum())
    nuove = (tutte[_DA_STUDIARE:] for tutte in (immagini, vere, lette))
    return Momento(passaggi, *nuove, studiate)


def _rete() -> nn.Module:
    """Da 64 punti a 10 cifre, con 2410 pesi estratti a caso, sempre gli stessi."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        strati = nn.Linear(64, 32, dtype=torch.float64), nn.ReLU(), nn.Linear(32, 10, dtype=torch.float64)
    return nn.Sequential(*strati)


@cache
def _cifre() -> tuple[torch.Tensor, torch.Tensor]:
    """Le 1797 cifre dell'archivio UCI (8×8, scritte a mano) e che cosa sono, mescolate."""
    dati = load_digits()
    ordine = torch.randperm(len(dati.target), generator=torch.Generator().manual_seed(0))
    return torch.tensor(dati.images)[ordine] / 16, torch.tensor(dati.target)[ordine]
