"""Ciò che le pagine servono da sé, e che npm porta la prima volta: poi resta nella cache, anche senza rete."""

import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path


def copia(pacchetto: str, versione: str, nomi: Sequence[str], dove: Path) -> bool:
    """Copia in ``dove`` i file di un pacchetto, con le loro cartelle; ``False`` se npm, o la rete, non c'è.

    Args:
        nomi: dei file o delle cartelle, dalla radice del pacchetto.
    """
    cache = user_cache_path("corso-pytorch") / "npm" / f"{pacchetto}-{versione}"
    if not cache.is_dir():
        try:
            _scarica(pacchetto, versione, cache)
        except (OSError, subprocess.CalledProcessError):
            return False
    for nome in nomi:
        origine = cache / nome
        if not origine.exists():
            raise FileNotFoundError(f"In {pacchetto} {versione} non c'è {nome}.")
        for file in [origine] if origine.is_file() else origine.rglob("*"):
            if file.is_file():
                arrivo = dove / file.relative_to(cache)
                arrivo.parent.mkdir(parents=True, exist_ok=True)
                arrivo.write_bytes(file.read_bytes())
    return True


def _scarica(pacchetto: str, versione: str, cache: Path) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    # Nella stessa cartella della cache: il cambio di nome alla fine è un gesto solo, e mai mezzo pacchetto.
    with tempfile.TemporaryDirectory(dir=cache.parent) as provvisoria:
        comando = ["npm", "pack", f"{pacchetto}@{versione}", "--silent", "--pack-destination", provvisoria]
        subprocess.run(comando, check=True, capture_output=True)
        with tarfile.open(next(Path(provvisoria).glob("*.tgz"))) as pacco:
            pacco.extractall(provvisoria, filter="data")
        Path(provvisoria, "package").rename(cache)
