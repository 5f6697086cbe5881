"""Un progetto nuovo con uv, provato in una cartella provvisoria: ciò che la lezione 00 fa vedere."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COMANDI = (("uv", "init", "mio-progetto"), ("uv", "add", "--no-sync", "numpy", "torch"))
_SECONDI = 30
# Il progetto nuovo non deve sapere nulla dell'ambiente del corso, né del modo in cui lo si è lanciato.
_DEL_CORSO = ("VIRTUAL_ENV", "UV_PROJECT", "UV_PROJECT_ENVIRONMENT", "UV_WORKING_DIR", "UV_FROZEN", "UV_LOCKED")


@dataclass(frozen=True)
class Prova:
    """Che cosa è stato scritto in ``pyproject.toml``, e le righe da far vedere."""

    righe: tuple[str, ...]
    scritte: tuple[str, ...] = ()

    @property
    def dipendenze(self) -> list[str]:
        """I nomi delle librerie che il progetto chiede, senza le versioni."""
        return [re.match(r"[\w.-]+", scritta)[0] for scritta in self.scritte]

    def __str__(self) -> str:
        return "\n".join(self.righe)


def prova() -> Prova:
    """Esegue ``uv init`` e ``uv add`` e dice che cosa ne è venuto; la cartella poi sparisce.

    Senza rete uv non può scegliere le versioni: allora scrive solo i nomi delle librerie (``--frozen``), e
    una riga lo dice. Non installa nulla.
    """
    if not (uv := os.environ.get("UV") or shutil.which("uv")):
        return Prova(("uv qui non c'è: si installa come dice https://docs.astral.sh/uv/.",))
    crea, aggiungi = COMANDI
    righe = [f"$ {' '.join(comando)}" for comando in COMANDI]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as provvisoria:
        progetto = Path(provvisoria, crea[-1])
        if not _esegui(uv, crea, provvisoria):
            return Prova((righe[0], "uv non ha potuto creare il progetto in una cartella provvisoria."))
        if not _esegui(uv, aggiungi, progetto):
            _esegui(uv, ("uv", "add", "--frozen", "numpy", "torch"), progetto)
            righe.append("La rete non c'è: uv scrive i nomi, e sceglierà le versioni quando torna.")
        scritte = tomllib.loads((progetto / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    return Prova((*righe, f"In pyproject.toml: dependencies = {scritte}"), tuple(scritte))


def _esegui(uv: str, comando: Sequence[str], dove: str | Path) -> bool:
    """Vero se il comando riesce, entro il suo tempo; ciò che scrive non si vede."""
    ambiente = {nome: valore for nome, valore in os.environ.items() if nome not in _DEL_CORSO}
    ambiente |= {"UV_PYTHON": sys.executable, "UV_PYTHON_DOWNLOADS": "never", "UV_HTTP_RETRIES": "0"}
    try:
        finito = subprocess.run([uv, *comando[1:]], cwd=dove, env=ambiente, capture_output=True, timeout=_SECONDI)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return finito.returncode == 0
