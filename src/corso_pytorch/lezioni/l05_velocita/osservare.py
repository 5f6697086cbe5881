"""Fatti che si contano, e non si cronometrano: la memoria chiesta, le pagine, ciò che torch.compile annota."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch.profiler import ProfilerActivity, profile

from corso_pytorch.interni import annota


def megabyte_chiesti(funzione: Callable[[], object]) -> float:
    """Quanta memoria PyTorch chiede durante ``funzione()``, in milioni di byte, anche se la rende subito.

    La prima chiamata non conta: compila, o prepara ciò che poi resta.
    """
    funzione()
    attivita = [ProfilerActivity.CPU]
    if torch.cuda.is_available():
        attivita.append(ProfilerActivity.CUDA)
    with profile(activities=attivita, profile_memory=True) as prof:
        funzione()
    voci = [max(e.self_cpu_memory_usage, 0) + max(e.self_device_memory_usage, 0) for e in prof.events()]
    return sum(voci) / 1e6


def pagine_nuove(funzione: Callable[[], object], volte: int = 3) -> int:
    """Quante pagine di memoria il sistema dà al processo a ogni ``funzione()``; 0 su Windows, che non lo dice."""
    try:
        import resource
    except ImportError:
        return 0
    funzione()
    prima = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(volte):
        funzione()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - prima) // volte


@contextmanager
def torch_logs(**quali: bool) -> Iterator[None]:
    """Come ``TORCH_LOGS="graph_breaks,recompiles"``, ma qui e ora: stampa, riga per riga, l'essenziale.

    ``with torch_logs(graph_breaks=True): …``. Restano il fatto e il motivo; data, file e pila delle chiamate no.
    """
    stampa = _Stampa()
    capo = annota(**quali)
    registri = [logging.getLogger(nome) for nome in logging.root.manager.loggerDict if nome.startswith("torch")]
    muti = [(registro, gestore) for registro in registri for gestore in registro.handlers]
    for registro, gestore in muti:
        registro.removeHandler(gestore)
    capo.addHandler(stampa)
    try:
        yield
    finally:
        capo.removeHandler(stampa)
        for registro, gestore in muti:
            registro.addHandler(gestore)
        annota()


class _Stampa(logging.Handler):
    """Di ogni annotazione stampa le righe che dicono che cosa è successo e perché."""

    TENUTE = re.compile(r"\s*(Graph break .*in user code|Graph Break Reason:|Recompiling function|- \d+/\d+:)")

    def emit(self, annotazione: logging.LogRecord) -> None:
        for riga in annotazione.getMessage().splitlines():
            if self.TENUTE.match(riga):
                print(re.sub(r" (?:at|in) \S+:\d+$|\d+/\d+: ", "", riga))
