"""``corso dati``: prepara e verifica i file di MNIST."""

import argparse
import sys

from corso_pytorch.dati import DatiNonDisponibili, prepara_mnist

AIUTO = "scarica MNIST, o costruisce le cifre di riserva, e verifica i file"


def argomenti(lettore: argparse.ArgumentParser) -> None:
    lettore.add_argument("--cartella", help="dove metterli (altrimenti CORSO_PYTORCH_DATI, o data/)")
    lettore.add_argument("--origine", default="auto", choices=["auto", "mnist", "uci"], help="quali dati (auto)")


def esegui(scelta: argparse.Namespace) -> int:
    try:
        radice = prepara_mnist(scelta.cartella, scelta.origine)
    except (DatiNonDisponibili, ValueError) as errore:
        print(errore, file=sys.stderr)
        return 1
    print(f"Pronti e verificati: {radice}")
    return 0
