"""``corso reset 03``: una copia fresca della lezione; quella di prima resta, in ``lavoro/vecchie``."""

import argparse

from corso_pytorch import lavoro
from corso_pytorch.comandi import chiedi_la_lezione

AIUTO = "ricomincia una lezione da una copia fresca, e conserva la tua"


def argomenti(lettore: argparse.ArgumentParser) -> None:
    lettore.add_argument("lezione", help="il suo numero: 03")


def esegui(scelta: argparse.Namespace) -> int:
    if (originale := chiedi_la_lezione(scelta.lezione)) is None:
        return 1
    vecchia = lavoro.ricomincia(originale)
    print(f"La copia fresca è {lavoro.LAVORO / originale.name}.")
    if vecchia is not None:
        print(f"Quella di prima è {vecchia}.")
    return 0
