"""torch.compile nelle lezioni: c'è di che compilare? Che codice ne esce? Quanto costa da capo?"""

import contextlib
import logging
import re
from collections.abc import Callable, Iterator

import torch

from corso_pytorch.interni import cache_di_inductor_vuota, codice_generato, inductor_conosce, rinuncia_a_compilare


def dove_si_compila(dispositivo: torch.device) -> torch.device:
    """Il dispositivo stesso, se TorchInductor sa scrivere codice per lui; altrimenti la CPU, e una riga lo dice."""
    if inductor_conosce(dispositivo.type):
        return dispositivo
    print(
        f"Per il dispositivo «{dispositivo.type}» torch.compile non sa scrivere codice: la lezione calcola sulla CPU."
    )
    return torch.device("cpu")


def prepara_compilazione(dispositivo: torch.device) -> bool:
    """Prova a compilare una somma e dice se si può. Senza compilatore la lezione va avanti lo stesso.

    In quel caso una riga dice che cosa manca, e da lì in poi ``torch.compile`` esegue le funzioni così come sono
    (eager mode): stessi risultati, nessun guadagno.
    """
    # Senza scheda, una build CUDA lo ripete a ogni prima compilazione: `corso diagnosi` lo dice meglio.
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    try:
        torch.compile(lambda x: x + 1)(torch.ones(2, device=dispositivo))
    except Exception as errore:
        # Secondo ciò che manca (g++, cl, triton, gli header di Python) l'eccezione è di una classe diversa.
        rinuncia_a_compilare()
        print(
            f"torch.compile qui non può lavorare ({_causa(errore)}). La lezione prosegue in eager mode, senza "
            "guadagno: «uv run corso diagnosi» dice che cosa installare."
        )
        return False
    return True


def kernel_generati(funzione: Callable, *argomenti: object) -> list[str]:
    """Il sorgente che TorchInductor scrive per questa chiamata: un testo per ogni ciclo fuso, in C++ o in Triton.

    Una lista vuota se non si può compilare, o se la funzione usa soltanto operazioni già pronte.
    """
    moduli = codice_generato(torch.compile(funzione), *argomenti)
    kernel = [testo for modulo in moduli for testo in re.findall(r"r?'''(.*?)'''", modulo, re.S)]
    return [_senza_contorno(testo) for testo in kernel if "kernel" in testo or "@triton.jit" in testo]


@contextlib.contextmanager
def cache_vuota() -> Iterator[None]:
    """Dentro il blocco ``with`` si compila come la prima volta: su disco la cache è nuova, e alla fine si butta.

    La cache vera resta com'era.
    """
    torch.compiler.reset()
    with cache_di_inductor_vuota():
        yield
    torch.compiler.reset()


def _senza_contorno(testo: str) -> str:
    """Toglie ciò che non fa conti: le righe vuote e il controllo sulle divisioni fra interi."""
    righe = [riga for riga in testo.splitlines() if riga.strip() and "inductor_cpu_" not in riga]
    return "\n".join(righe)


def _causa(errore: BaseException) -> str:
    """La prima riga dell'errore che ha fermato tutto, non di quelli che lo avvolgono."""
    while errore.__cause__ is not None:
        errore = errore.__cause__
    return (str(errore).strip() or type(errore).__name__).splitlines()[0]
