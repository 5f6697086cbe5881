"""L'impalcatura per guardare dentro un calcolo: un debugger che si risponde da solo, gli avvisi da leggere."""

import io
import pdb
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from unittest import mock

INVITO = "(Pdb) "


@contextmanager
def con_i_comandi(*comandi: str) -> Iterator[None]:
    """Nel blocco ``breakpoint()`` apre il debugger vero e gli dà ``comandi``, poi ``continue``; alla fine stampa tutto.

    Un notebook che gira da solo non ha nessuno alla tastiera.
    """
    tastiera, schermo = io.StringIO("\n".join([*comandi, "continue", ""])), io.StringIO()
    debugger = pdb.Pdb(stdin=tastiera, stdout=schermo, nosigint=True, readrc=False)
    debugger.prompt = INVITO
    with mock.patch.object(sys, "breakpointhook", debugger.set_trace):
        yield
    risposte = [riga for riga in schermo.getvalue().splitlines() if riga.startswith(INVITO)]
    for comando, risposta in zip(comandi, risposte, strict=False):
        print(f"{INVITO}{comando}\n{risposta.removeprefix(INVITO)}")


@contextmanager
def avvisi_da_parte() -> Iterator[list[warnings.WarningMessage]]:
    """Mette gli avvisi del blocco in una lista invece di stamparli."""
    with warnings.catch_warnings(record=True) as avvisi:
        warnings.simplefilter("always")
        yield avvisi


def riga_dell_andata(avvisi: list[warnings.WarningMessage], funzione: str) -> str:
    """La riga di ``funzione`` che, secondo `set_detect_anomaly`, ha creato il nodo da cui esce il NaN.

    Raises:
        LookupError: negli avvisi quella funzione non c'è.
    """
    righe = [riga.strip() for avviso in avvisi for riga in str(avviso.message).splitlines()]
    for dove, riga in pairwise(righe):
        if dove.endswith(f"in {funzione}"):
            return riga
    raise LookupError(f"Negli avvisi non c'è «{funzione}».")
