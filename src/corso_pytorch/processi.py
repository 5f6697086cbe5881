"""Eseguire un comando fuori dal notebook senza lasciare in giro nessuno dei processi che avvia."""

import contextlib
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil


def esegui(
    comando: Sequence[str], ambiente: Mapping[str, str], limite: float, cartella: str | Path | None = None
) -> tuple[str, str, int]:
    """Esegue il comando; alla fine, comunque vada, dei processi avviati non ne resta nessuno.

    Args:
        ambiente: tutte le variabili d'ambiente del comando.
        limite: dopo quanti secondi rinunciare.
        cartella: dove eseguirlo; ``None`` per quella di adesso.

    Returns:
        Ciò che ha stampato, i suoi errori e il suo codice.

    Raises:
        TimeoutError: il limite è passato, e i processi sono stati fermati.
    """
    come = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", "errors": "replace"}
    processo = subprocess.Popen(comando, env=ambiente, cwd=cartella, **come)
    try:
        stampato, errori = processo.communicate(timeout=limite)
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"Dopo {limite:g} secondi i processi non avevano finito: li ho fermati.") from None
    finally:
        _ferma_tutti(processo)
    return stampato, errori, processo.returncode


def _ferma_tutti(processo: subprocess.Popen) -> None:
    """Se è ancora vivo gli chiede di chiudere i suoi (torchrun lo fa); poi ferma, senza chiedere, chi è rimasto."""
    if processo.poll() is not None:
        return  # finendo, ha già aspettato i suoi
    tutti = psutil.Process(processo.pid).children(recursive=True)
    processo.terminate()
    _, rimasti = psutil.wait_procs([psutil.Process(processo.pid), *tutti], timeout=10)
    for ostinato in rimasti:
        with contextlib.suppress(psutil.NoSuchProcess):
            ostinato.kill()
    processo.communicate()
