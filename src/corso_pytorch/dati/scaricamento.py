"""Scaricare MNIST con torchvision: verificato, messo a posto tutto intero, senza restare appesi a una rete muta."""

import contextlib
import errno
import io
import shutil
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from corso_pytorch.avanzamento import barra_di_byte
from corso_pytorch.dati import integrita
from corso_pytorch.dati.cartelle import DatiNonDisponibili, cartella_provvisoria

# Una rete che non risponde costa al più la somma di questi due tempi.
SECONDI_PER_RISPONDERE = 3.0
SECONDI_SENZA_UN_BYTE = 6.0
_BYTE_COMPRESSI = 11_594_722
_ERRORI_DI_DISCO = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO}


class ReteAssente(DatiNonDisponibili):
    """MNIST non si può scaricare: il messaggio dice perché."""


def scarica(radice: Path) -> Path:
    """Scarica i file che mancano sotto ``radice`` e la restituisce.

    I file nascono in una cartella provvisoria; solo quelli interi passano al loro posto, ognuno con un solo
    spostamento atomico: due notebook insieme o un'interruzione non lasciano mai un file a metà.

    Raises:
        ReteAssente: la rete manca, non risponde, o consegna file diversi da quelli attesi.
        OSError: non si può scrivere in ``radice``.
    """
    from torchvision.datasets import MNIST

    if not _qualcuno_risponde(MNIST.mirrors):
        raise ReteAssente("MNIST non si può scaricare: la rete non c'è o non risponde.")
    with cartella_provvisoria(radice) as provvisoria:
        _scarica_sorvegliando(provvisoria)
        if problemi := integrita.esamina(provvisoria):
            elenco = "; ".join(f"{nome} {motivo}" for nome, motivo in problemi.items())
            raise ReteAssente(f"MNIST è arrivato rovinato dalla rete: {elenco}.")
        integrita.metti_a_posto(provvisoria, radice)
    return radice


def _qualcuno_risponde(indirizzi: list[str]) -> bool:
    """Prova ad aprire una connessione con i siti, tutti insieme: anche la ricerca del nome può restare appesa."""
    risposta = threading.Event()

    def bussa(indirizzo: str) -> None:
        parti = urlsplit(indirizzo)
        porta = parti.port or (443 if parti.scheme == "https" else 80)
        with contextlib.suppress(OSError), socket.create_connection((parti.hostname, porta), SECONDI_PER_RISPONDERE):
            risposta.set()

    tentativi = [threading.Thread(target=bussa, args=(indirizzo,), daemon=True) for indirizzo in indirizzi]
    for tentativo in tentativi:
        tentativo.start()
    scadenza = time.monotonic() + SECONDI_PER_RISPONDERE
    while time.monotonic() < scadenza and any(tentativo.is_alive() for tentativo in tentativi):
        if risposta.wait(0.05):
            break
    return risposta.is_set()


def _scarica_sorvegliando(provvisoria: Path) -> None:
    """Scarica in un thread e guarda crescere i byte: se smettono, rinuncia invece di aspettare per sempre."""
    errori: list[Exception] = []
    lavoro = threading.Thread(target=_lavora, args=(provvisoria, errori), daemon=True)
    lavoro.start()
    arrivati, ultimo_arrivo = 0, time.monotonic()
    with barra_di_byte(_BYTE_COMPRESSI, "Scarico MNIST") as avanzamento:
        while lavoro.is_alive():
            lavoro.join(0.1)
            adesso = _byte_arrivati(provvisoria)
            if adesso > arrivati:
                avanzamento.update(adesso - arrivati)
                arrivati, ultimo_arrivo = adesso, time.monotonic()
            elif time.monotonic() - ultimo_arrivo > SECONDI_SENZA_UN_BYTE:
                raise ReteAssente(f"MNIST non si può scaricare: da {SECONDI_SENZA_UN_BYTE:g} secondi non arriva nulla.")
    if errori:
        if isinstance(errori[0], OSError) and errori[0].errno in _ERRORI_DI_DISCO:
            raise errori[0]
        raise ReteAssente(
            "MNIST non si può scaricare: la rete si è interrotta o il sito ha risposto male."
        ) from errori[0]


def _lavora(provvisoria: Path, errori: list[Exception]) -> None:
    from torchvision.datasets import MNIST

    attesa_di_prima = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDI_SENZA_UN_BYTE)
    try:
        # torchvision disegna quattro barre sue sullo stderr: basta la nostra.
        with contextlib.redirect_stderr(io.StringIO()):
            MNIST(provvisoria, train=False, download=True)
    except Exception as errore:
        errori.append(errore)
        # Se chi sorveglia ha già rinunciato, questo thread non deve lasciare nulla dietro di sé.
        shutil.rmtree(provvisoria, ignore_errors=True)
    finally:
        socket.setdefaulttimeout(attesa_di_prima)


def _byte_arrivati(provvisoria: Path) -> int:
    """I byte dei file compressi arrivati finora."""
    totale = 0
    for percorso in integrita.cartella_dei_file(provvisoria).glob("*.gz"):
        with contextlib.suppress(OSError):
            totale += percorso.stat().st_size
    return totale
