"""``corso aggiorna``: prende le novità del corso con git, e le librerie con uv. Le tue copie non si toccano."""

import argparse
import subprocess
import sys

from corso_pytorch import lavoro

AIUTO = "aggiorna il corso; le tue copie restano come sono"


def esegui(_: argparse.Namespace) -> int:
    if not (lavoro.RADICE / ".git").exists():
        print("Questa cartella non viene da git: scarica di nuovo il corso, e porta con te la cartella lavoro/.")
        return 1
    if scritti := _scritti():
        for nome in scritti:
            copia = lavoro.conserva(lavoro.RADICE / nome, lavoro.LAVORO)
            print(f"Hai scritto in {nome}, che è del corso: l'ho copiato in {copia}.")
        print(f"Per aggiornare, riporta gli originali e riprova: git restore {' '.join(scritti)}")
        return 1
    for comando in ("git pull --ff-only", "uv sync"):
        print("→", comando, flush=True)
        if subprocess.call(comando.split(), cwd=lavoro.RADICE):
            print("Mi sono fermato qui: la riga sopra dice perché. Nulla di tuo è cambiato.", file=sys.stderr)
            return 1
    print("Fatto. Le lezioni cambiate arrivano accanto alle tue al prossimo «uv run corso lab».")
    return 0


def _scritti() -> list[str]:
    """I notebook del corso che qui sono diversi da come sono arrivati."""
    comando = ["git", "diff", "--name-only", "--diff-filter=M", "HEAD", "--", "notebooks"]
    return subprocess.run(comando, cwd=lavoro.RADICE, capture_output=True, text=True, check=True).stdout.splitlines()
