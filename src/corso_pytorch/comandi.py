"""Il comando ``corso``: ``uv run corso diagnosi``, ``corso dati``, ``corso lab``, ``corso prova``."""

import argparse
import codecs
import logging
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import NoReturn

from corso_pytorch.dati import DatiNonDisponibili, prepara_mnist
from corso_pytorch.dati.cartelle import casa_chiusa, temporanea
from corso_pytorch.lezioni.l00_inizio.diagnosi import diagnosi

DEPOSITO = Path(__file__).resolve().parents[2]
_SEMPLICI = {"✓": "[ok]", "✗": "[no]", "→": "->", "«": '"', "»": '"', "’": "'", "–": "-", "●": "*", "○": "-"}


def main(argomenti: list[str] | None = None) -> int:
    """Esegue il comando: 0 se va tutto bene, 1 se qualcosa manca (se non si può neanche cominciare, `SystemExit`)."""
    scelta = _lettore().parse_args(argomenti)
    try:
        codice = scelta.esegui(scelta)
        sys.stdout.flush()
    except BrokenPipeError:  # chi leggeva (head, less) ha visto quel che voleva
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
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


def _piu_semplice(errore: UnicodeError) -> tuple[str, int]:
    """I segni che una codifica non ha, in ASCII: «così» diventa "cosi'"."""
    semplici = []
    for segno in errore.object[errore.start : errore.end]:
        base = unicodedata.normalize("NFKD", segno).encode("ascii", "ignore").decode()
        semplici.append(_SEMPLICI.get(segno) or (base + "'" * base.isalpha() if base else "?"))
    return "".join(semplici), errore.end


def _lettore() -> Lettore:
    lettore = Lettore(prog="corso", description="Gli attrezzi di Corso PyTorch.")
    comandi = lettore.add_subparsers(required=True, metavar="comando")
    comando = comandi.add_parser("diagnosi", help="che cosa è installato, che cosa funziona, come rimediare")
    comando.set_defaults(esegui=_diagnosi)
    comando = comandi.add_parser("dati", help="scarica MNIST, o costruisce le cifre di riserva, e verifica i file")
    comando.set_defaults(esegui=_dati)
    comando.add_argument("--cartella", help="dove metterli (altrimenti CORSO_PYTORCH_DATI, o data/)")
    comando.add_argument("--origine", default="auto", choices=["auto", "mnist", "uci"], help="quali dati (auto)")
    comando = comandi.add_parser("lab", help="apre il corso in JupyterLab")
    comando.set_defaults(esegui=_lab)
    comando = comandi.add_parser("prova", help="prova una lezione: il notebook, le soluzioni, gli esercizi, le figure")
    comando.set_defaults(esegui=_prova)
    comando.add_argument("lezione", help="il suo numero: 04")
    return lettore


def _diagnosi(_: argparse.Namespace) -> int:
    """La diagnosi della lezione 00, senza aprire un notebook."""
    logging.disable(logging.WARNING)  # caricandosi, qualche libreria avvisa: qui conta solo se si carica
    voci = diagnosi()
    logging.disable(logging.NOTSET)
    print(*voci, sep="\n")
    mancanti = sum(not voce.va_bene for voce in voci)
    print("\nTutto a posto." if not mancanti else f"\nDa sistemare: {mancanti}. Le righe con la freccia dicono come.")
    return min(mancanti, 1)


def _dati(scelta: argparse.Namespace) -> int:
    try:
        radice = prepara_mnist(scelta.cartella, scelta.origine)
    except (DatiNonDisponibili, ValueError) as errore:
        sys.exit(str(errore))
    print(f"Pronti e verificati: {radice}")
    return 0


def _lab(_: argparse.Namespace) -> int:
    inizio = DEPOSITO / "notebooks" / "00_inizia_qui.ipynb"
    if not inizio.is_file():
        sys.exit("I notebook non sono qui: apri il corso dalla cartella clonata con git.")
    return avvia("jupyterlab", inizio)


def _prova(scelta: argparse.Namespace) -> int:
    """Le prove di una lezione sola, il ciclo di chi la scrive."""
    notebook = sorted((DEPOSITO / "notebooks").rglob(f"{scelta.lezione.zfill(2)}_*.ipynb"))
    if not notebook:
        sys.exit(f"Non trovo la lezione «{scelta.lezione}»: scrivi il suo numero, per esempio 04.")
    # I test di una lezione portano nel nome il suo numero (l04), o il nome del suo notebook.
    quali = f"l{notebook[0].name[:2]} or {notebook[0].stem}"
    return avvia("pytest", "-q", "-k", quali, "tests", *notebook, cwd=DEPOSITO)


def avvia(modulo: str, *argomenti: str | Path, **opzioni) -> int:
    """Esegue ``python -m modulo``, e ne restituisce il codice di uscita.

    Jupyter e Matplotlib scrivono nella cartella dell'utente: a chi non ne ha una, o non può scriverci, se ne presta
    un'altra.
    """
    ambiente = dict(os.environ)
    if (casa := casa_chiusa()) is not None:
        prestata = temporanea() / "casa"
        prestata.mkdir(parents=True, exist_ok=True)
        ambiente |= {"HOME": str(prestata), "USERPROFILE": str(prestata)}
        print(f"Nella tua cartella ({casa}) non si può scrivere: uso {prestata}.", file=sys.stderr)
    return subprocess.call([sys.executable, "-m", modulo, *map(str, argomenti)], env=ambiente, **opzioni)
