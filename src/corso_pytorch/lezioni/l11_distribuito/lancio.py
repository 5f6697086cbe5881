"""Avviare da un notebook più processi con torchrun, leggere che cosa dicono e non lasciarne in giro nessuno."""

import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from corso_pytorch.ambiente import VARIABILE_DISPOSITIVO
from corso_pytorch.processi import esegui

PROGRAMMI = "corso_pytorch.lezioni.l11_distribuito.programmi"
CLUSTER = Path(__file__).parent / "cluster"
TORCHRUN = ("-m", "torch.distributed.run", "--standalone")


class ProcessoFallito(RuntimeError):
    """I processi si sono fermati con un errore. Nel notebook si vede una riga sola."""

    def _render_traceback_(self) -> list[str]:
        # Jupyter chiama questo metodo per mostrare l'errore: il traceback utile è quello dei processi.
        return [f"{type(self).__name__}: {self}"]


def lancia(
    programma: str,
    processi: int,
    *argomenti: object,
    limite: float = 240,
    dispositivo: str | None = None,
    ambiente: Mapping[str, str] | None = None,
) -> dict:
    """Avvia un programma della cartella ``programmi`` con torchrun e restituisce l'esito che ha annunciato.

    Alla fine, comunque vada, dei processi avviati non ne resta nessuno.

    Args:
        programma: per esempio ``"ddp"``.
        processi: quanti avviarne, su questa macchina.
        argomenti: passati al programma, come testi.
        limite: dopo quanti secondi rinunciare.
        dispositivo: ``"cpu"`` per non usare le GPU; ``None`` per una GPU a testa, se bastano.
        ambiente: variabili d'ambiente in più.

    Raises:
        ValueError: il programma non esiste, o ``processi`` non è almeno 1.
        ProcessoFallito: un processo si è fermato con un errore (il messaggio dice quale) o non ha annunciato nulla.
        TimeoutError: il limite è passato, e i processi sono stati fermati.
    """
    modulo = f"{PROGRAMMI}.{programma}"
    if not programma.isidentifier() or find_spec(modulo) is None:
        raise ValueError(f"Non c'è nessun programma «{programma}» in {PROGRAMMI}.")
    stampato = _torchrun(["-m", modulo], processi, argomenti, limite, ambiente_per(dispositivo) | (ambiente or {}))
    annunci = [riga for riga in stampato.splitlines() if riga.startswith("{")]
    if not annunci:
        raise ProcessoFallito(f"«{programma}» è finito senza annunciare un esito.")
    return json.loads(annunci[-1])


def lancia_file(
    nome: str, processi: int, *argomenti: object, limite: float = 240, dispositivo: str | None = None
) -> list[str]:
    """Avvia con torchrun un file della cartella ``cluster``; restituisce le righe stampate, da quelle del rango 0.

    Gli altri argomenti, e gli errori, sono quelli di `lancia`.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as diario:
        # Ogni processo stampa in un file suo: su una pipe comune le righe si mescolerebbero.
        programma = ["--redirects", "1", "--log_dir", diario, str(CLUSTER / nome)]
        _torchrun(programma, processi, argomenti, limite, ambiente_per(dispositivo))
        per_rango = sorted(Path(diario).rglob("stdout.log"), key=lambda file: int(file.parent.name))
        return [riga for file in per_rango for riga in file.read_text(encoding="utf-8").splitlines()]


def ambiente_per(dispositivo: str | None) -> dict[str, str]:
    """Le variabili d'ambiente dei processi. Un thread a testa: due processi da due, su due core, si ostacolano."""
    ambiente = os.environ | {"OMP_NUM_THREADS": "1"}
    if dispositivo is not None:
        ambiente[VARIABILE_DISPOSITIVO] = dispositivo
    if dispositivo == "cpu":
        ambiente["CUDA_VISIBLE_DEVICES"] = ""  # le librerie che cercano da sé una GPU non ne trovano
    return ambiente


def _torchrun(programma: Sequence[str], processi: int, argomenti: Sequence, limite: float, ambiente: dict) -> str:
    if processi < 1:
        raise ValueError(f"Serve almeno un processo, non {processi}.")
    comando = [sys.executable, *TORCHRUN, "--nproc_per_node", str(processi), *programma, *map(str, argomenti)]
    stampato, errori, codice = esegui(comando, ambiente, limite)
    if codice:
        raise ProcessoFallito(
            f"«{Path(programma[-1]).name.rpartition('programmi.')[-1]}» si è fermato. {errore_detto(errori)}"
        )
    return stampato


def errore_detto(testo: str) -> str:
    """L'errore del primo traceback stampato dai processi, e la riga del loro programma che stava eseguendo.

    torchrun premette a ogni riga un'etichetta, come ``[rank0]:``; dell'errore il nome del file sorgente non conta.
    """
    righe = [re.sub(r"^\[\w+\d+\]:\s?", "", riga) for riga in testo.splitlines()]
    inizio = next((n for n, riga in enumerate(righe) if riga.startswith("Traceback")), None)
    if inizio is None:
        return righe[-1].strip() if righe else "Non ha detto perché."
    fine = next((n for n in range(inizio + 1, len(righe)) if righe[n] and not righe[n][0].isspace()), None)
    if fine is None:
        return "Non ha detto perché."
    errore = re.sub(r"\[/\S+\] ?| This is typically .*", "", righe[fine]).strip()
    nostre = [n for n in range(inizio, fine) if (posto := _POSTO.match(righe[n])) and _nostro(posto[1])]
    if not nostre or nostre[-1] + 1 >= fine:
        return errore
    file, numero = _POSTO.match(righe[nostre[-1]]).groups()
    return f"{errore} ({Path(file).name}, riga {numero}: {righe[nostre[-1] + 1].strip()})"


_POSTO = re.compile(r'\s+File "(.+)", line (\d+), in ')


def _nostro(file: str) -> bool:
    """Un programma del corso o dello studente; non ciò che li avvia, né una libreria."""
    return Path(file).name == "mio.py" or (Path(file).parent.name in ("programmi", "cluster") and "comune" not in file)
