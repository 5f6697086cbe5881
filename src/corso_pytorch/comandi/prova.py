"""``corso prova 04``: le prove di una lezione sola, il ciclo di chi la scrive."""

import argparse
import sys
from pathlib import Path

from corso_pytorch.comandi import avvia

AIUTO = "prova una lezione: il notebook, le soluzioni, gli esercizi, le figure"


def argomenti(lettore: argparse.ArgumentParser) -> None:
    lettore.add_argument("lezione", help="il suo numero: 04")


def esegui(scelta: argparse.Namespace) -> int:
    radice = Path(__file__).resolve().parents[3]
    notebook = sorted((radice / "notebooks").rglob(f"{scelta.lezione.zfill(2)}_*.ipynb"))
    if not notebook:
        print(f"Non trovo la lezione «{scelta.lezione}»: scrivi il suo numero, per esempio 04.", file=sys.stderr)
        return 1
    # I test di una lezione portano nel nome il suo numero (l04), o il nome del suo notebook.
    quali = f"l{notebook[0].name[:2]} or {notebook[0].stem}"
    return avvia("pytest", "-q", "-k", quali, "tests", *notebook, cwd=radice)
