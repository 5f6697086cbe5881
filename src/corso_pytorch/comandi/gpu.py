"""``corso gpu``: tutte le prove sulla GPU di questo computer, e il resoconto da mandarci."""

import argparse
import os
import sys
from pathlib import Path

import torch

from corso_pytorch.ambiente import VARIABILE_DISPOSITIVO
from corso_pytorch.comandi import avvia

AIUTO = "prova tutto il corso sulla GPU, e scrive il resoconto"


def esegui(_: argparse.Namespace) -> int:
    radice = Path(__file__).resolve().parents[3]
    if not torch.cuda.is_available():
        print("Qui torch non vede nessuna GPU NVIDIA: «uv run corso diagnosi» dice perché.", file=sys.stderr)
        return 1
    if not (radice / "tests").is_dir():
        print("Le prove non sono qui: apri il corso dalla cartella clonata con git.", file=sys.stderr)
        return 1
    os.environ[VARIABILE_DISPOSITIVO] = "cuda"
    codice = avvia("pytest", "--annota", cwd=radice)
    resoconto = radice / "docs" / "prove.json"
    print(f"Il resoconto è in {resoconto}: mandacelo con una pull request, anche se qualcosa è andato male.")
    return codice
