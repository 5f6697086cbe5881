"""Dove stanno i dati, e come si scrive in una cartella senza lasciarvi file a metà."""

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from platformdirs import user_cache_path

VARIABILE = "CORSO_PYTORCH_DATI"
PROVVISORIE = ".corso-provvisorio-*"
_SEI_ORE = 6 * 3600
ERRORI_DI_DISCO = {
    errno.ENOSPC: "il disco è pieno",
    errno.EDQUOT: "hai esaurito la tua quota di disco",
    errno.EROFS: "il disco è in sola lettura",
    errno.EACCES: "manca il permesso",
    errno.EPERM: "manca il permesso",
    errno.ENOTDIR: "non è una cartella",
    errno.EEXIST: "non è una cartella",
}


class DatiNonDisponibili(RuntimeError):
    """I dati non si possono avere; il messaggio dice perché e come rimediare."""


def cartella_dati() -> Path:
    """La cartella dei dati: ``CORSO_PYTORCH_DATI``, altrimenti ``data/`` del deposito, o la cache dell'utente."""
    return possibili(os.environ.get(VARIABILE))[0]


def cartella_lavoro() -> Path:
    """Una cartella in cui si può scrivere, per ciò che le lezioni salvano (i pesi della lezione 04, per esempio)."""

    def prova(cartella: Path) -> Path:
        with tempfile.TemporaryFile(dir=cartella):
            return cartella

    return nella_prima_scrivibile(possibili(None), prova, avvisa=False)


def possibili(preferita: str | Path | None) -> list[Path]:
    """Dove i dati possono stare, in ordine: ``preferita`` (o ``data/`` del deposito clonato), poi i ripieghi.

    I ripieghi sono la cache dell'utente e, per chi non ha una cartella sua o non può scriverci, i file temporanei.
    """
    deposito = Path(__file__).resolve().parents[3]
    if not preferita and (deposito / "pyproject.toml").is_file() and (deposito / "notebooks").is_dir():
        preferita = deposito / "data"
    scelte = [Path(os.path.expanduser(preferita)).absolute()] if preferita else []
    if (cache := user_cache_path("corso-pytorch")).is_absolute():  # non lo è per un utente senza cartella
        scelte.append(cache)
    scelte.append(Path(tempfile.gettempdir(), f"corso-pytorch-{getattr(os, 'getuid', int)()}"))
    return list(dict.fromkeys(scelte))


def nella_prima_scrivibile(cartelle: list[Path], azione: Callable[[Path], Path], avvisa: bool = True) -> Path:
    """Prova ``azione`` in ogni cartella finché una non dà errori di disco, e restituisce il suo risultato.

    Raises:
        DatiNonDisponibili: in nessuna si può scrivere.
    """
    motivi = []
    for cartella in cartelle:
        try:
            cartella.mkdir(parents=True, exist_ok=True)
            return azione(cartella)
        except OSError as errore:
            motivi.append(f"in {cartella} non si può scrivere ({ERRORI_DI_DISCO.get(errore.errno, errore)})")
            if avvisa:
                print(f"Attenzione: {motivi[-1]}.")
    rimedio = f"Libera circa 120 MB, oppure indica un'altra cartella con la variabile {VARIABILE}."
    raise DatiNonDisponibili(f"I dati non hanno un posto: {'; '.join(motivi)}. {rimedio}")


@contextlib.contextmanager
def cartella_provvisoria(dove: Path) -> Iterator[Path]:
    """Una cartella sullo stesso disco di ``dove``: i file vi nascono, e solo interi passano al loro posto."""
    # Quelle lasciate da un processo ucciso si tolgono; le recenti possono essere ancora in uso.
    for vecchia in dove.glob(PROVVISORIE):
        with contextlib.suppress(OSError):
            if time.time() - vecchia.stat().st_mtime > _SEI_ORE:
                shutil.rmtree(vecchia, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=PROVVISORIE[:-1], dir=dove, ignore_cleanup_errors=True) as provvisoria:
        yield Path(provvisoria)
