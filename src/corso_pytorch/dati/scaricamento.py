"""Scaricare MNIST con torchvision: verificato, messo a posto tutto intero, senza restare appesi a una rete muta."""

import contextlib
import io
import os
import socket
import sys
import threading
from pathlib import Path

from corso_pytorch.dati import cartelle, integrita

SECONDI_PER_RISPONDERE = 4.0


def scarica(radice: Path) -> Path:
    """Scarica i quattro file sotto ``radice`` e la restituisce.

    Passano al loro posto solo se sono tutti interi. Se la rete c'è lo dice lo scaricamento stesso, per la sua strada,
    proxy compresi: una domanda fatta prima ne prenderebbe un'altra.

    Raises:
        DatiNonDisponibili: la rete manca, non risponde, o consegna file diversi da quelli attesi.
        OSError: non si può scrivere in ``radice``.
    """
    errori: list[Exception] = []
    lavoro = threading.Thread(target=_lavora, args=(radice, errori), daemon=True)
    lavoro.start()
    # Il limite delle connessioni non vale per la ricerca di un nome, che può non finire: perciò il thread. Due siti.
    lavoro.join(2 * SECONDI_PER_RISPONDERE)
    if lavoro.is_alive() and not any(radice.glob(f"{cartelle.PROVVISORIE}/MNIST/raw/*.gz")):
        raise cartelle.DatiNonDisponibili("MNIST non si può scaricare: la rete non risponde.")
    lavoro.join()
    if errori:
        raise errori[0]
    return radice


def _lavora(radice: Path, errori: list[Exception]) -> None:
    from torchvision.datasets import MNIST

    attesa_di_prima = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDI_PER_RISPONDERE)
    try:
        with cartelle.cartella_provvisoria(radice) as provvisoria:
            # Le barre di torchvision vanno sullo stderr: nei test tacciono, come `avanzamento.barra`.
            with contextlib.redirect_stderr(io.StringIO() if "PYTEST_CURRENT_TEST" in os.environ else sys.stderr):
                MNIST(provvisoria, download=True)
            if integrita.esamina(provvisoria):
                raise ValueError("sono arrivati file diversi da quelli attesi")
            integrita.metti_a_posto(provvisoria, radice)
    except Exception as errore:
        di_disco = getattr(errore, "errno", None) in cartelle.ERRORI_DI_DISCO
        di_rete = cartelle.DatiNonDisponibili("MNIST non si può scaricare: la rete non c'è, o risponde male.")
        errori.append(errore if di_disco else di_rete)
    finally:
        socket.setdefaulttimeout(attesa_di_prima)
