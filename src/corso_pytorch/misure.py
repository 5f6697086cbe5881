"""Tempi misurati con onestà: riscaldamento, ripetizioni, mediana, attesa della GPU."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Misura:
    """I tempi, in secondi, delle ripetizioni di una stessa operazione."""

    tempi: tuple[float, ...]

    @property
    def mediana(self) -> float:
        """La mediana in secondi: a differenza della media, una ripetizione disturbata non la sposta."""
        return statistics.median(self.tempi)

    def __str__(self) -> str:
        return f"{leggibile(self.mediana)} (da {leggibile(min(self.tempi))} a {leggibile(max(self.tempi))})"


def cronometra(funzione: Callable[[], object], ripetizioni: int = 7, riscaldamento: int = 1) -> Misura:
    """Misura ``funzione()`` più volte; le prime ``riscaldamento`` chiamate non contano.

    Raises:
        ValueError: ``ripetizioni`` non è almeno 1, o ``riscaldamento`` è negativo.
    """
    return confronta_tempi({"": funzione}, ripetizioni, riscaldamento)[""]


def confronta_tempi(
    funzioni: dict[str, Callable[[], object]], ripetizioni: int = 7, riscaldamento: int = 1
) -> dict[str, Misura]:
    """Misura più funzioni a turno (A, B, A, B…): se il computer rallenta, rallenta per tutte."""
    if ripetizioni < 1 or riscaldamento < 0:
        raise ValueError("Serve almeno una ripetizione, e un riscaldamento che non sia negativo.")
    for _ in range(riscaldamento):
        for funzione in funzioni.values():
            funzione()
    tempi: dict[str, list[float]] = {nome: [] for nome in funzioni}
    for _ in range(ripetizioni):
        for nome, funzione in funzioni.items():
            aspetta_dispositivo()
            inizio = time.perf_counter()
            funzione()
            aspetta_dispositivo()
            tempi[nome].append(time.perf_counter() - inizio)
    return {nome: Misura(tuple(valori)) for nome, valori in tempi.items()}


def leggibile(secondi: float) -> str:
    """Un tempo con l'unità più comoda: ``leggibile(0.0032)`` è ``"3.2 ms"``."""
    for fattore, unita in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if secondi >= fattore:
            return f"{secondi / fattore:.3g} {unita}"
    return f"{secondi / 1e-9:.3g} ns"


def aspetta_dispositivo() -> None:
    """Aspetta che l'acceleratore, se c'è, abbia finito: le sue operazioni partono e ritornano subito."""
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()
