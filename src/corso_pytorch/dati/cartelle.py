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

VARIABILE_CARTELLA = "CORSO_PYTORCH_DATI"
_PREFISSO_PROVVISORIO = ".corso-provvisorio-"
_ORE_DI_VITA = 6


class DatiNonDisponibili(RuntimeError):
    """I dati non si possono avere; il messaggio dice perché e come rimediare."""


def cartella_dati() -> Path:
    """La cartella dei dati: ``CORSO_PYTORCH_DATI``, altrimenti ``data/`` del deposito, o la cache dell'utente."""
    scelta = os.environ.get(VARIABILE_CARTELLA)
    if scelta:
        return Path(scelta).expanduser().absolute()
    return _cartella_del_deposito() or cartella_di_ripiego()


def cartella_lavoro() -> Path:
    """Una cartella in cui si può scrivere, per ciò che le lezioni salvano (i pesi della lezione 04, per esempio)."""
    deposito = _cartella_del_deposito()
    if deposito is not None and os.access(deposito, os.W_OK):
        return deposito
    ripiego = cartella_di_ripiego()
    ripiego.mkdir(parents=True, exist_ok=True)
    return ripiego


def cartella_di_ripiego() -> Path:
    """La cache dell'utente: si usa quando nella cartella dei dati non si può scrivere."""
    return user_cache_path("corso-pytorch")


def nella_prima_scrivibile(cartelle: list[Path], azione: Callable[[Path], Path]) -> Path:
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
            motivi.append(f"in {cartella} non si può scrivere ({spiega(errore)})")
            print(f"Attenzione: {motivi[-1]}.")
    raise DatiNonDisponibili(
        f"I dati non hanno un posto: {'; '.join(motivi)}. Libera circa 120 MB, "
        f"oppure indica un'altra cartella con la variabile {VARIABILE_CARTELLA}."
    )


@contextlib.contextmanager
def cartella_provvisoria(dove: Path) -> Iterator[Path]:
    """Una cartella sullo stesso disco di ``dove``: i file vi nascono, e solo interi passano al loro posto."""
    _spazza(dove)
    provvisoria = Path(tempfile.mkdtemp(prefix=_PREFISSO_PROVVISORIO, dir=dove))
    try:
        yield provvisoria
    finally:
        shutil.rmtree(provvisoria, ignore_errors=True)


def spiega(errore: OSError) -> str:
    """Il motivo di un errore di disco, in italiano."""
    motivi = {
        errno.ENOSPC: "il disco è pieno",
        errno.EDQUOT: "hai esaurito la tua quota di disco",
        errno.EROFS: "il disco è in sola lettura",
        errno.EACCES: "manca il permesso",
        errno.EPERM: "manca il permesso",
        errno.ENOTDIR: "non è una cartella",
        errno.EEXIST: "non è una cartella",
    }
    return motivi.get(errore.errno, str(errore))


def _cartella_del_deposito() -> Path | None:
    """``data/`` accanto a ``notebooks/``, se il pacchetto gira dal deposito clonato."""
    radice = Path(__file__).resolve().parents[3]
    return radice / "data" if (radice / "pyproject.toml").is_file() and (radice / "notebooks").is_dir() else None


def _spazza(dove: Path) -> None:
    """Toglie le cartelle provvisorie lasciate da un processo ucciso; quelle recenti possono essere ancora in uso."""
    for vecchia in dove.glob(_PREFISSO_PROVVISORIO + "*"):
        with contextlib.suppress(OSError):
            if time.time() - vecchia.stat().st_mtime > _ORE_DI_VITA * 3600:
                shutil.rmtree(vecchia, ignore_errors=True)
