"""Fatti che si contano, e non si cronometrano: la memoria chiesta, le pagine, ciò che torch.compile annota."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch.profiler import ProfilerActivity, profile

from corso_pytorch.interni import annota, byte_chiesti, chi_vede_le_operazioni


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
    return byte_chiesti(prof) / 1e6


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


# Le famiglie di operazioni nel profilo: i pezzi di nome da cui si riconoscono, nell'ordine in cui si provano.
FAMIGLIE = {
    "convoluzioni": ("conv",),
    "prodotti fra matrici": ("mm", "linear"),
    "batch normalization": ("batch_norm", "batchnorm"),
    "ReLU e pooling": ("relu", "threshold", "clamp", "pool"),
    "loss": ("softmax", "nll", "cross_entropy"),
    "AdamW": ("adam",),
    "copie e conversioni": ("copy", "aten::to", "index", "fill", "zero", "clone"),
}


def dove_va_il_tempo(prof: profile, secondi: float) -> dict[str, float]:
    """I secondi del processore per famiglia di operazioni; ciò che manca a ``secondi`` è il costo delle chiamate.

    Conta il tempo proprio di ogni operazione, senza quelle che chiama.
    """
    quanto = dict.fromkeys(FAMIGLIE, 0.0)
    for voce in prof.key_averages():
        nome = voce.key.lower()
        famiglia = next((f for f, pezzi in FAMIGLIE.items() if any(pezzo in nome for pezzo in pezzi)), None)
        if famiglia:
            quanto[famiglia] += voce.self_cpu_time_total / 1e6
    return quanto | {"Python e costo delle chiamate": max(0.0, secondi - sum(quanto.values()))}


def byte_mossi(funzione: Callable[[], object]) -> int:
    """I byte che le operazioni di ``funzione()`` leggono e scrivono: ogni tensore conta una volta per operazione.

    Le viste non muovono nulla. È un conto per eccesso: ciò che è rimasto nella cache non torna in memoria.
    """

    class Conta(chi_vede_le_operazioni()):
        totale = 0

        def __torch_dispatch__(self, operazione, tipi, argomenti=(), opzioni=None):
            esito = operazione(*argomenti, **(opzioni or {}))
            if not operazione.is_view:
                self.totale += sum(t.nbytes for t in _tensori((argomenti, esito)))
            return esito

    with Conta() as conta:
        funzione()
    return conta.totale


def _tensori(valore: object) -> Iterator[torch.Tensor]:
    if isinstance(valore, torch.Tensor):
        yield valore
    elif isinstance(valore, (list, tuple)):
        for pezzo in valore:
            yield from _tensori(pezzo)


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
