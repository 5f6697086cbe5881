"""Avviare un programma fuori dal notebook, aspettarlo, leggere che cosa ha detto; e non lasciare in giro nessuno."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from corso_pytorch.processi import esegui

PROGRAMMI = Path(__file__).parent / "programmi"

# Sulla CPU, e con un thread per processo: due processi da due thread, su due core, si darebbero fastidio.
_SULLA_CPU = {
    "ACCELERATE_USE_CPU": "true",
    "ACCELERATE_TORCH_DEVICE": "cpu",
    "CORSO_PYTORCH_DISPOSITIVO": "cpu",
    "CUDA_VISIBLE_DEVICES": "",
    "OMP_NUM_THREADS": "1",
}


class ProgrammaFallito(RuntimeError):
    """Il programma si è fermato con un errore. Nel notebook si vede una riga sola: il traceback utile è il suo."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Detto:
    """Che cosa ha detto un programma.

    Attributes:
        testo: ciò che ha stampato.
        barre: a quanti passi è arrivata ogni barra di avanzamento, nell'ordine in cui sono finite.
    """

    testo: str
    barre: list[int]

    @property
    def passi(self) -> int:
        """I passi della prima barra, quella dell'addestramento: sono quelli di un processo."""
        return self.barre[0]

    def numero(self, nome: str) -> float:
        """Il numero della prima riga ``nome: numero``; `KeyError` se non c'è."""
        trovato = re.search(rf"^{re.escape(nome)}: ([-+.\de]+)$", self.testo, re.M)
        if trovato is None:
            raise KeyError(nome)
        return float(trovato[1])


def lancia(*comando: str, programma: str, cartella: str | Path, limite: float = 240) -> Detto:
    """Esegue ``python comando… programma`` sulla CPU, dalla cartella data, e restituisce che cosa ha detto.

    Alla fine, comunque vada, dei processi avviati non ne resta nessuno.

    Args:
        comando: ciò che sta fra ``python`` e il programma, per esempio ``"-m", "torch.distributed.run"``.
        programma: il nome di un file della cartella ``programmi``.
        limite: dopo quanti secondi rinunciare.

    Raises:
        ProgrammaFallito: il programma si è fermato con un errore.
        TimeoutError: il limite è passato, e i processi sono stati fermati.
    """
    comando = [sys.executable, *comando, str(PROGRAMMI / programma)]
    testo, errori, codice = esegui(comando, os.environ | _SULLA_CPU, limite, cartella)
    if codice:
        raise ProgrammaFallito(f"{programma} si è fermato. {_ultimo_errore(errori)}")
    return Detto(testo, [int(passi) for passi in re.findall(r"100%\S* (\d+)/\1 ", errori)])


def _ultimo_errore(errori: str) -> str:
    """L'ultima riga che comincia con il nome di un errore (e le due seguenti, se il nome è solo); se no l'ultima."""
    righe = [riga.strip() for riga in errori.splitlines() if riga.strip()] or ["Non ha detto perché."]
    posti = [n for n, riga in enumerate(righe) if re.match(r"\w*(Error|Exception)\b", riga)]
    if not posti:
        return righe[-1]
    return " ".join(righe[posti[-1] : posti[-1] + (3 if righe[posti[-1]].endswith(":") else 1)])
