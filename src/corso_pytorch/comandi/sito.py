"""``corso sito``: costruisce il sito del corso, e lo apre."""

import argparse

from corso_pytorch.comandi import dagli_attrezzi

AIUTO = "costruisce il sito del corso dai notebook, e lo apre nel browser"


def argomenti(lettore: argparse.ArgumentParser) -> None:
    lettore.add_argument("--non-aprire", action="store_true", help="lo costruisce e basta")


def esegui(scelta: argparse.Namespace) -> int:
    return dagli_attrezzi("sito", *(["--non-aprire"] if scelta.non_aprire else []))
