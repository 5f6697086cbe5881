"""Leggere la riga di comando: un comando scritto male riceve una riga in italiano, non quella inglese di argparse."""

import argparse
from typing import NoReturn


class Lettore(argparse.ArgumentParser):
    """Come ``argparse.ArgumentParser``, ma in italiano quando qualcosa non va; il programma esce con 2."""

    def error(self, message: str) -> NoReturn:
        self.rifiuta(f"Non capisco questo comando: «{self.prog} --help» dice che cosa puoi scrivere.")

    def rifiuta(self, motivo: str) -> NoReturn:
        """Esce con 2 dopo aver scritto il motivo, su una riga dell'errore standard."""
        self.exit(2, f"{motivo}\n")
