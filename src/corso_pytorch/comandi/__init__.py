"""Il comando ``corso``: ``uv run corso lab``, ``corso diagnosi`` e gli altri di COMANDI.

Un modulo per comando: ha ``AIUTO`` (una riga), ``esegui(scelta)``, che restituisce il codice di uscita, e, se ne vuole,
``argomenti(lettore)``.
"""

import argparse
import codecs
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import NoReturn

from corso_pytorch.lavoro import RADICE, lezioni

COMANDI = ("lab", "reset", "progressi", "aggiorna", "diagnosi", "dati", "prova", "gpu", "sito", "valigetta")


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
    try:
        codice = scelta.esegui(scelta)
        sys.stdout.flush()
    except BrokenPipeError:  # chi leggeva (head, less) ha visto quel che voleva
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as errore:
        print(f"Non riesco a scrivere ({errore.filename}: {errore.strerror}). Nulla di tuo è perduto.", file=sys.stderr)
        return 1
    return codice


class Lettore(argparse.ArgumentParser):
    """Come ``argparse.ArgumentParser``, ma in italiano quando qualcosa non va; il programma esce con 2.

    Dove l'uscita non conosce un segno (su Windows, quando va in un file), quel segno è scritto più semplice.
    """

    def __init__(self, *argomenti, **opzioni):
        super().__init__(*argomenti, **opzioni)
        codecs.register_error("piu semplice", _piu_semplice)
        for flusso in (sys.stdout, sys.stderr):
            if hasattr(flusso, "reconfigure"):
                flusso.reconfigure(errors="piu semplice")

    def error(self, message: str) -> NoReturn:
        self.rifiuta(f"Non capisco questo comando: «{self.prog} --help» dice che cosa puoi scrivere.")

    def rifiuta(self, motivo: str) -> NoReturn:
        """Esce con 2 dopo aver scritto il motivo, su una riga dell'errore standard."""
        self.exit(2, f"{motivo}\n")


_SEMPLICI = dict(zip("✓✗→«»…’–●○", ("[ok]", "[no]", "->", '"', '"', "...", "'", "-", "*", "-"), strict=True))


def _piu_semplice(errore: UnicodeError) -> tuple[str, int]:
    """I segni che una codifica non ha, in ASCII: «così» diventa "cosi'"."""
    semplici = []
    for segno in errore.object[errore.start : errore.end]:
        base = unicodedata.normalize("NFKD", segno).encode("ascii", "ignore").decode()
        semplici.append(_SEMPLICI.get(segno) or (base + "'" * base.isalpha() if base else "?"))
    return "".join(semplici), errore.end


def avvia(modulo: str, *argomenti: str | Path, **opzioni) -> int:
    """Esegue ``python -m modulo``, e ne restituisce il codice di uscita.

    Jupyter e Matplotlib scrivono nella cartella dell'utente: a chi non ne ha una, o non può scriverci, se ne presta
    un'altra.
    """
    ambiente = dict(os.environ)
    if (casa := casa_chiusa()) is not None:
        prestata = Path(tempfile.gettempdir(), f"corso-pytorch-{getattr(os, 'getuid', int)()}", "casa")
        prestata.mkdir(parents=True, exist_ok=True)
        ambiente |= {"HOME": str(prestata), "USERPROFILE": str(prestata)}
        print(f"Nella tua cartella ({casa}) non si può scrivere: uso {prestata}.", file=sys.stderr)
    # Ctrl + C arriva anche al figlio, che si chiude da solo: un padre che si ferma lo ucciderebbe a metà. SIG_IGN passa
    # al figlio; una funzione no.
    prima = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call([sys.executable, "-m", modulo, *map(str, argomenti)], env=ambiente, **opzioni)
    finally:
        signal.signal(signal.SIGINT, prima)


def dagli_attrezzi(nome: str, *argomenti: str) -> int:
    """Esegue ``tools/nome.py`` dalla cartella clonata; se non è qui lo dice, e restituisce 1."""
    if not (RADICE / "tools" / f"{nome}.py").is_file():
        print("Gli attrezzi non sono qui: apri il corso dalla cartella clonata con git.", file=sys.stderr)
        return 1
    return avvia(f"tools.{nome}", *argomenti, cwd=RADICE)


def chiedi_la_lezione(numero: str) -> Path | None:
    """Il notebook di una lezione; se non c'è lo dice, e restituisce ``None``."""
    tutte = lezioni()
    if not tutte:
        print("I notebook non sono qui: apri il corso dalla cartella clonata con git.", file=sys.stderr)
    elif numero.zfill(2) not in tutte:
        print(f"Non c'è una lezione «{numero}»: scrivi un numero da {min(tutte)} a {max(tutte)}.", file=sys.stderr)
    return tutte.get(numero.zfill(2))


def casa_chiusa() -> Path | None:
    """La cartella dell'utente, se non vi si può scrivere; altrimenti ``None``."""
    casa = Path(os.path.expanduser("~"))
    try:
        with tempfile.TemporaryFile(dir=casa):
            return None
    except OSError:
        return casa
