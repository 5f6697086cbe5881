"""``corso lab``: apre il corso in JupyterLab."""

import argparse
import sys
from pathlib import Path

from corso_pytorch.comandi import avvia

AIUTO = "apre il corso in JupyterLab"


def esegui(_: argparse.Namespace) -> int:
    inizio = Path(__file__).resolve().parents[3] / "notebooks" / "00_inizia_qui.ipynb"
    if not inizio.is_file():
        print("I notebook non sono qui: apri il corso dalla cartella clonata con git.", file=sys.stderr)
        return 1
    return avvia("jupyterlab", inizio)
