"""Avviare da un notebook più processi con torchrun, leggere che cosa dicono e non lasciarne in giro nessuno."""

import contextlib
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec

import psutil

from corso_pytorch.ambiente import VARIABILE_DISPOSITIVO

PROGRAMMI = "corso_pytorch.lezioni.l11_distribuito.programmi"


class ProcessoFallito(RuntimeError):
    """I processi si sono fermati con un errore. Nel notebook si vede una riga sola."""

    def _render_traceback_(self) -> list[str]:
        # Jupyter chiama questo metodo per mostrare l'errore: il traceback utile è quello dei processi.
        return [f"{type(self).__name__}: {self}"]


def lancia(
    programma: str, processi: int, *argomenti: object, limite: float = 240, dispositivo: str | None = None
) -> dict:
    """Avvia un programma della cartella ``programmi`` con torchrun e restituisce l'esito che ha annunciato.

    Alla fine, comunque vada, dei processi avviati non ne resta nessuno. Ognuno lavora con un thread solo: due
    processi con due thread, su due core, si darebbero fastidio.

    Args:
        programma: per esempio ``"ddp"``.
        processi: quanti avviarne, su questa macchina.
        argomenti: passati al programma, come testi.
        limite: dopo quanti secondi rinunciare.
        dispositivo: ``"cpu"`` per non usare le GPU; ``None`` per una GPU a testa, se bastano.

    Raises:
        ValueError: il programma non esiste, o ``processi`` non è almeno 1.
        ProcessoFallito: un processo si è fermato con un errore (il messaggio dice quale) o non ha annunciato nulla.
        TimeoutError: il limite è passato, e i processi sono stati fermati.
    """
    modulo = f"{PROGRAMMI}.{programma}"
    if not programma.isidentifier() or find_spec(modulo) is None:
        raise ValueError(f"Non c'è nessun programma «{programma}» in {PROGRAMMI}.")
    if processi < 1:
        raise ValueError(f"Serve almeno un processo, non {processi}.")
    comando = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processi)]
    ambiente = os.environ | {"OMP_NUM_THREADS": "1"}
    if dispositivo is not None:
        ambiente[VARIABILE_DISPOSITIVO] = dispositivo
    if dispositivo == "cpu":
        ambiente["CUDA_VISIBLE_DEVICES"] = ""  # le librerie che cercano da sé una GPU non ne trovano
    stampato, errori, codice = _esegui([*comando, "-m", modulo, *map(str, argomenti)], ambiente, limite)
    if codice:
        raise ProcessoFallito(f"il programma «{programma}» si è fermato. {ultimo_errore(errori)}")
    annunci = [riga for riga in stampato.splitlines() if riga.startswith("{")]
    if not annunci:
        raise ProcessoFallito(f"il programma «{programma}» è finito senza annunciare un esito.")
    return json.loads(annunci[-1])


def ultimo_errore(testo: str) -> str:
    """La riga che dice l'errore, presa dal primo traceback stampato dai processi (il nome del file sorgente non conta).

    torchrun premette a ogni riga un'etichetta, come ``[rank0]:``.
    """
    righe = [re.sub(r"^\[\w+\d+\]:\s?", "", riga) for riga in testo.splitlines()]
    inizio = next((n for n, riga in enumerate(righe) if riga.startswith("Traceback")), None)
    if inizio is None:
        return righe[-1].strip() if righe else "Non ha detto perché."
    riga = next((riga for riga in righe[inizio + 1 :] if riga and not riga[0].isspace()), "Non ha detto perché.")
    return re.sub(r"\[/\S+\] ?", "", riga).strip()


def _esegui(comando: list[str], ambiente: dict, limite: float) -> tuple[str, str, int]:
    come = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", "errors": "replace"}
    processo = subprocess.Popen(comando, env=ambiente, **come)
    try:
        stampato, errori = processo.communicate(timeout=limite)
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"Dopo {limite:g} secondi i processi non avevano finito: li ho fermati.") from None
    finally:
        _ferma_tutti(processo)
    return stampato, errori, processo.returncode


def _ferma_tutti(processo: subprocess.Popen) -> None:
    """Se torchrun è ancora vivo gli chiede di chiudere i suoi processi; poi ferma, senza chiedere, chi è rimasto."""
    if processo.poll() is not None:
        return  # finendo, torchrun ha già aspettato i suoi
    tutti = psutil.Process(processo.pid).children(recursive=True)
    processo.terminate()
    _, rimasti = psutil.wait_procs([psutil.Process(processo.pid), *tutti], timeout=10)
    for ostinato in rimasti:
        with contextlib.suppress(psutil.NoSuchProcess):
            ostinato.kill()
    processo.communicate()
