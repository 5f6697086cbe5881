"""``corso sito``: costruisce il sito del corso, e lo apre."""

import argparse
import sys

from corso_pytorch.comandi import avvia
from corso_pytorch.lavoro import RADICE

AIUTO = "costruisce il sito del corso dai notebook, e lo apre nel browser"


def argomenti(lettore: argparse.ArgumentParser) -> None:
    lettore.add_argument("--non-aprire", action="store_true", help="lo costruisce e basta")


def esegui(scelta: argparse.Namespace) -> int:
    if not (RADICE / "tools" / "sito.py").is_file():
        print("Le pagine non sono qui: apri il corso dalla cartella clonata con git.", file=sys.stderr)
        return 1
    return avvia("tools.sito", *(["--non-aprire"] if scelta.non_aprire else []), cwd=RADICE)
