"""Avviare un programma fuori dal notebook, aspettarlo, leggere che cosa ha detto; e non lasciare in giro nessuno."""

import difflib
import inspect
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corso_pytorch.processi import esegui
from corso_pytorch.verifiche.segnaposto import da_completare

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
    def dati(self) -> dict[str, object]:
        """L'ultima riga stampata, se il programma l'ha scritta in JSON."""
        return json.loads(self.testo.splitlines()[-1])

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


# Che cosa sono, visti da Python, i comandi con cui si avvia un programma.
_COMANDI = {
    "python": (),
    "torchrun": ("-m", "torch.distributed.run"),
    "accelerate launch": ("-m", "accelerate.commands.launch"),
}


def da_terminale(riga: str, cartella: str | Path) -> Detto:
    """Esegue sulla CPU una riga da terminale, dalla cartella data, e restituisce che cosa ha detto il programma.

    È la riga che si scriverebbe a mano: comincia con ``python``, ``torchrun`` o ``accelerate launch``, e finisce con il
    nome di un programma, che sta nella cartella data o fra quelli della lezione.

    Raises:
        ValueError: la riga non comincia con uno di quei comandi.
        ProgrammaFallito: il programma si è fermato con un errore.
    """
    nome = next((nome for nome in _COMANDI if riga.startswith(nome + " ")), None)
    if nome is None:
        raise ValueError(f"La riga comincia con {', '.join(map(repr, _COMANDI))}, e poi uno spazio; non {riga!r}.")
    *opzioni, programma = shlex.split(riga.removeprefix(nome))
    return lancia(*_COMANDI[nome], *opzioni, programma=programma, cartella=cartella)


def righe_di(programma: str, da: str, fino: str | None = None) -> str:
    """Le righe di un programma della lezione, da quella che comincia con ``da`` a quella prima di ``fino``."""
    testo = (PROGRAMMI / programma).read_text("utf-8")
    return testo[testo.index(f"    {da}") : testo.index(f"    {fino}") if fino else None].rstrip()


def differenze(prima: str, dopo: str) -> str:
    """Le righe che cambiano fra due programmi della lezione: quelle tolte con un meno, quelle aggiunte con un più."""
    testi = [(PROGRAMMI / nome).read_text("utf-8").partition("def main():\n")[2].splitlines() for nome in (prima, dopo)]
    righe = difflib.unified_diff(*testi, lineterm="", n=0)
    return "\n".join(riga for riga in righe if not riga.startswith(("---", "+++", "@@")) and riga[1:].strip())


def su_due_processi(*funzioni: Callable, cartella: str | Path) -> dict[str, object]:
    """Scrive le funzioni in un file, accanto a ``il_mio_programma.py``, e lo avvia su due processi con torchrun.

    Args:
        funzioni: quelle dello studente. Finché una è da completare non parte nulla.
        cartella: dove scrivere i due file.
    """
    if any(da_completare(funzione) for funzione in funzioni):
        return {"manca": "il programma aspetta " + " e ".join(funzione.__name__ for funzione in funzioni)}
    intestazione = (
        "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\nloss_fn = nn.CrossEntropyLoss()"
    )
    pezzi = [intestazione, *(inspect.getsource(funzione) for funzione in funzioni)]
    (Path(cartella) / "le_mie.py").write_text("\n\n\n".join(pezzi), encoding="utf-8")
    shutil.copy(PROGRAMMI / "il_mio_programma.py", cartella)
    return da_terminale("torchrun --standalone --nproc_per_node 2 il_mio_programma.py", cartella).dati


def lancia(*comando: str, programma: str, cartella: str | Path, limite: float = 240) -> Detto:
    """Esegue ``python comando… programma`` sulla CPU, dalla cartella data, e restituisce che cosa ha detto.

    Alla fine, comunque vada, dei processi avviati non ne resta nessuno.

    Args:
        comando: ciò che sta fra ``python`` e il programma, per esempio ``"-m", "torch.distributed.run"``.
        programma: il nome di un file della cartella data o, se lì non c'è, della cartella ``programmi``.
        limite: dopo quanti secondi rinunciare.

    Raises:
        ProgrammaFallito: il programma si è fermato con un errore.
        TimeoutError: il limite è passato, e i processi sono stati fermati.
    """
    suo = Path(cartella) / programma
    comando = [sys.executable, *comando, str(suo if suo.exists() else PROGRAMMI / programma)]
    testo, errori, codice = esegui(comando, os.environ | _SULLA_CPU, limite, cartella)
    if codice:
        raise ProgrammaFallito(f"{programma} si è fermato. {_ultimo_errore(errori)}")
    return Detto(testo, [int(passi) for passi in re.findall(r"100%\S* (\d+)/\1 ", errori)])


def _ultimo_errore(errori: str) -> str:
    """L'ultima riga che comincia con il nome di un errore (e le due seguenti, se il nome è solo); se no l'ultima."""
    senza_rango = re.sub(r"^\[rank\d+\]: ?", "", errori, flags=re.M)  # torchrun lo mette davanti a ogni riga
    righe = [riga.strip() for riga in senza_rango.splitlines() if riga.strip()] or ["Non ha detto perché."]
    posti = [n for n, riga in enumerate(righe) if re.match(r"\w*(Error|Exception)\b", riga)]
    if not posti:
        return righe[-1]
    return " ".join(righe[posti[-1] : posti[-1] + (3 if righe[posti[-1]].endswith(":") else 1)])
