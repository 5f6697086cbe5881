"""`Servizio`: un programma web che gira accanto al notebook, raggiungibile solo da questo computer."""

import socket
import threading
import time
from collections.abc import Callable

SECONDI_DI_ATTESA = 10.0
SECONDI_PER_LE_RICHIESTE = 3  # quanto si lasciano finire quelle in corso, quando ci si spegne


class Servizio:
    """Fa girare un'applicazione web in un thread, su una porta libera di 127.0.0.1: dalla rete non la vede nessuno.

    Si usa con `avvia` e `ferma`, oppure in un blocco ``with``, che lo ferma anche se dentro c'è un errore.

    Args:
        applicazione: un'applicazione ASGI, per esempio una ``FastAPI()``.
    """

    def __init__(self, applicazione: Callable):
        self._applicazione = applicazione
        self._server = self._filo = self._presa = None

    @property
    def indirizzo(self) -> str:
        """Dove risponde, per esempio ``"http://127.0.0.1:51034"``: la porta cambia ogni volta.

        Raises:
            RuntimeError: il servizio è fermo.
        """
        if not self.acceso:
            raise RuntimeError("Il servizio è fermo: prima avvia().")
        return f"http://127.0.0.1:{self._presa.getsockname()[1]}"

    @property
    def acceso(self) -> bool:
        """Vero se risponde."""
        return self._filo is not None and self._filo.is_alive() and self._server.started

    def avvia(self) -> "Servizio":
        """Parte, e torna quando il servizio è pronto a rispondere.

        Raises:
            RuntimeError: era già acceso, o non è partito entro dieci secondi.
        """
        import uvicorn

        if self._filo is not None:
            raise RuntimeError("Il servizio è già acceso: prima ferma().")
        # La porta 0 vuol dire «una libera, scegli tu».
        self._presa = socket.create_server(("127.0.0.1", 0))
        # Senza, ogni risposta aspetterebbe 40 ms: il sistema ritarda i pacchetti piccoli, per unirne due.
        self._presa.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opzioni = uvicorn.Config(
            self._applicazione,
            log_config=None,
            log_level="error",  # tace sulle richieste, non sugli errori dell'applicazione
            lifespan="off",
            timeout_graceful_shutdown=SECONDI_PER_LE_RICHIESTE,
        )
        self._server = uvicorn.Server(opzioni)
        self._filo = threading.Thread(target=self._server.run, kwargs={"sockets": [self._presa]}, daemon=True)
        self._filo.start()
        try:
            self._aspetta_che_parta()
        except BaseException:  # anche chi interrompe il kernel non deve lasciarlo acceso
            self.ferma()
            raise
        return self

    def ferma(self) -> None:
        """Si spegne e libera la porta; se era già spento non fa nulla.

        Raises:
            RuntimeError: una richiesta in corso non lo lascia spegnere.
        """
        if self._filo is None:
            return
        self._server.should_exit = True
        self._filo.join(SECONDI_DI_ATTESA)
        filo = self._filo
        self._presa.close()
        self._server = self._filo = self._presa = None
        if filo.is_alive():
            raise RuntimeError("Il servizio non si è spento: una richiesta è ancora in corso.")

    def _aspetta_che_parta(self) -> None:
        scadenza = time.monotonic() + SECONDI_DI_ATTESA
        while not self._server.started:
            if not self._filo.is_alive() or time.monotonic() > scadenza:
                raise RuntimeError("Il servizio non è partito.")
            time.sleep(0.01)

    def __enter__(self) -> "Servizio":
        return self.avvia()

    def __exit__(self, *_: object) -> None:
        self.ferma()


_ACCESI: list[Servizio] = []


def accendi(applicazione: Callable) -> Servizio:
    """Avvia un servizio, dopo aver fermato quello che `accendi` aveva avviato prima: la cella si può rieseguire."""
    while _ACCESI:
        _ACCESI.pop().ferma()
    _ACCESI.append(Servizio(applicazione).avvia())
    return _ACCESI[-1]
