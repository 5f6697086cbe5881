"""Il comando ``corso``: ``uv run corso diagnosi``, ``corso dati``, ``corso lab``, ``corso prova``. Un modulo per comando.

Ogni modulo ha ``AIUTO`` (una riga), ``esegui(scelta)``, che restituisce il codice di uscita, e, se ne vuole,
``argomenti(lettore)``.
"""

import argparse
import importlib
from typing import NoReturn

COMANDI = ("diagnosi", "dati", "lab", "prova")


def main(argomenti: list[str] | None = None) -> int:
    """Esegue il comando; restituisce 0 se va tutto bene, 1 se qualcosa manca (2, da argparse, se è scritto male)."""
    lettore = Lettore(prog="corso", description="Gli attrezzi di Corso PyTorch.")
    comandi = lettore.add_subparsers(required=True, metavar="comando")
    for nome in COMANDI:
        modulo = importlib.import_module(f"corso_pytorch.comandi.{nome}")
        comando = comandi.add_parser(nome, help=modulo.AIUTO)
        comando.set_defaults(esegui=modulo.esegui)
        if hasattr(modulo, "argomenti"):
            modulo.argomenti(comando)
    scelta = lettore.parse_args(argomenti)
    return scelta.esegui(scelta)


class Lettore(argparse.ArgumentParser):
    """Come ``argparse.ArgumentParser``, ma in italiano quando qualcosa non va; il programma esce con 2."""

    def error(self, message: str) -> NoReturn:
        self.rifiuta(f"Non capisco questo comando: «{self.prog} --help» dice che cosa puoi scrivere.")

    def rifiuta(self, motivo: str) -> NoReturn:
        """Esce con 2 dopo aver scritto il motivo, su una riga dell'errore standard."""
        self.exit(2, f"{motivo}\n")
