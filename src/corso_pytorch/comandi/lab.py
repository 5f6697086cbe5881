"""``corso lab 03``: la tua copia della lezione, in JupyterLab."""

import argparse

from corso_pytorch import lavoro
from corso_pytorch.comandi import avvia, chiedi_la_lezione

AIUTO = "apre la tua copia del corso in JupyterLab, alla lezione che vuoi"


def argomenti(lettore: argparse.ArgumentParser) -> None:
    lettore.add_argument("lezione", nargs="?", default="00", help="il suo numero: 03 (altrimenti la 00)")


def esegui(scelta: argparse.Namespace) -> int:
    if (originale := chiedi_la_lezione(scelta.lezione)) is None:
        return 1
    novita = lavoro.prepara()
    print(f"Le tue copie sono in {lavoro.LAVORO}; le soluzioni, in notebooks/soluzioni.", *novita, sep="\n")
    # La radice è il corso intero, così dalle copie si aprono anche le soluzioni.
    return avvia("jupyterlab", lavoro.LAVORO / originale.name, f"--ServerApp.root_dir={lavoro.RADICE}")
