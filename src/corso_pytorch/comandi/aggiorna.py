"""``corso aggiorna``: prende le novità del corso con git, e le librerie con uv. Le tue copie non si toccano."""

import argparse
import subprocess
import sys
from datetime import datetime

from corso_pytorch import lavoro

AIUTO = "aggiorna il corso; le tue copie restano come sono"


def esegui(_: argparse.Namespace) -> int:
    if not (lavoro.RADICE / ".git").exists():
        print("Questa cartella non viene da git: scarica di nuovo il corso, e porta con te la cartella lavoro/.")
        return 1
    scritti = _git("diff", "--name-only", "HEAD", "--", "notebooks").splitlines()
    if scritti:
        return _spiega(scritti)
    for comando in (["git", "pull", "--ff-only"], ["uv", "sync"]):
        print("→", *comando, flush=True)
        try:
            codice = subprocess.call(comando, cwd=lavoro.RADICE)
        except FileNotFoundError:
            print(f"Non trovo «{comando[0]}»: installalo, poi riprova.", file=sys.stderr)
            return 1
        if codice:
            print(
                "L'aggiornamento si è fermato qui: la riga sopra dice perché. Nulla di tuo è cambiato.", file=sys.stderr
            )
            return 1
    print("Fatto. Le lezioni cambiate arrivano accanto alle tue la prossima volta che apri «corso lab».")
    return 0


def _spiega(scritti: list[str]) -> int:
    """Chi ha scritto nei notebook del corso li ritrova in ``lavoro/vecchie``; poi decide lui."""
    (lavoro.LAVORO / "vecchie").mkdir(parents=True, exist_ok=True)
    for nome in scritti:
        file = lavoro.RADICE / nome
        if file.is_file():
            copia = lavoro.LAVORO / "vecchie" / f"{file.stem} {datetime.now():%Y-%m-%d %H.%M.%S.%f}.ipynb"
            with copia.open("xb") as scritta:
                scritta.write(file.read_bytes())
            print(f"Hai scritto in {nome}, che è del corso: l'ho copiato in {copia}.")
    print(f"Per aggiornare, riporta gli originali e riprova: git restore {' '.join(scritti)}")
    return 1


def _git(*argomenti: str) -> str:
    return subprocess.run(["git", *argomenti], cwd=lavoro.RADICE, capture_output=True, text=True, check=True).stdout
