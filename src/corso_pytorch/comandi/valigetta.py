"""``corso valigetta``: tutto ciò che serve a un'aula senza rete, in una cartella."""

import argparse
from pathlib import Path

from corso_pytorch.comandi import dagli_attrezzi

AIUTO = "prepara in una cartella il corso per un'aula senza rete, o la verifica"


def argomenti(lettore: argparse.ArgumentParser) -> None:
    lettore.add_argument("cartella", type=Path, help="dove preparare la valigetta")
    lettore.add_argument("--piattaforma", choices=["linux", "macos", "windows"], help="per chi; se manca, come qui")
    lettore.add_argument("--python", metavar="3.12", help="con quale Python; se manca, quello di qui")
    lettore.add_argument("--verifica", action="store_true", help="la installa altrove, con la rete staccata")


def esegui(scelta: argparse.Namespace) -> int:
    opzioni = [f"--{n}={v}" for n in ("piattaforma", "python") if (v := getattr(scelta, n))]
    return dagli_attrezzi(
        "valigetta", str(scelta.cartella.resolve()), *opzioni, *(["--verifica"] if scelta.verifica else [])
    )
