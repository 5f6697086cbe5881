"""Il comando ``corso``: ``uv run corso diagnosi``, ``corso dati``, ``corso lab``."""

import argparse
import subprocess
import sys
from pathlib import Path

from corso_pytorch.comandi import Lettore


def main(argomenti: list[str] | None = None) -> int:
    """Esegue il comando; restituisce 0 se va tutto bene, 1 se qualcosa manca (2, da argparse, se è scritto male)."""
    scelta = _lettore().parse_args(argomenti)
    return scelta.esegui(scelta)


def _lettore() -> Lettore:
    lettore = Lettore(prog="corso", description="Gli attrezzi di Corso PyTorch.")
    comandi = lettore.add_subparsers(required=True, metavar="comando")

    diagnosi = comandi.add_parser("diagnosi", help="che cosa è installato, che cosa funziona, come rimediare")
    diagnosi.set_defaults(esegui=_diagnosi)

    dati = comandi.add_parser("dati", help="scarica MNIST, o costruisce le cifre di riserva, e verifica i file")
    dati.add_argument("--cartella", help="dove metterli (altrimenti CORSO_PYTORCH_DATI, o data/)")
    dati.add_argument("--origine", default="auto", choices=["auto", "mnist", "uci"], help="quali dati (auto)")
    dati.set_defaults(esegui=_dati)

    lab = comandi.add_parser("lab", help="apre il corso in JupyterLab")
    lab.set_defaults(esegui=_lab)
    return lettore


def _diagnosi(_: argparse.Namespace) -> int:
    from corso_pytorch.diagnosi import diagnosi

    voci = diagnosi()
    print(*voci, sep="\n")
    mancanti = sum(not voce.va_bene for voce in voci)
    print("\nTutto a posto." if not mancanti else f"\nDa sistemare: {mancanti}. Le righe con la freccia dicono come.")
    return min(mancanti, 1)


def _dati(scelta: argparse.Namespace) -> int:
    from corso_pytorch.dati import DatiNonDisponibili, prepara_mnist

    try:
        radice = prepara_mnist(scelta.cartella, scelta.origine)
    except (DatiNonDisponibili, ValueError) as errore:
        print(errore, file=sys.stderr)
        return 1
    print(f"Pronti e verificati: {radice}")
    return 0


def _lab(_: argparse.Namespace) -> int:
    inizio = Path(__file__).resolve().parents[2] / "notebooks" / "00_inizia_qui.ipynb"
    if not inizio.is_file():
        print("I notebook non sono qui: apri il corso dalla cartella clonata con git.", file=sys.stderr)
        return 1
    return subprocess.call([sys.executable, "-m", "jupyterlab", str(inizio)])


if __name__ == "__main__":
    raise SystemExit(main())
