"""Il tempo di una risposta: si conta il processore che usa lei, e poi la si interrompe.

Due cose non sono tempo suo. Gli import che avvia: su un computer lento, o occupato, il primo ``torch.optim.SGD`` di un
processo importa mezza libreria in decine di secondi, e un'interruzione la lascerebbe a metà. E i conti del corso: le
risposte con cui si confronta la sua.
"""

import builtins
import contextlib
import ctypes
import importlib
import threading
import time
from collections.abc import Callable, Iterator
from unittest import mock

from corso_pytorch.verifiche.messaggi import Sbagliato

LIMITE_SECONDI = 5.0  # di processore, della risposta sola
LIMITE_ATTESA = 30.0  # d'orologio, sempre della risposta sola: per chi aspetta senza calcolare


class _TempoScaduto(BaseException):
    """Non deriva da Exception: così un ``except Exception`` dello studente non la inghiotte."""


class _Lavoro(threading.Thread):
    """Il thread della risposta: esegue ``lavoro``, ne conserva l'eccezione, sa quando il suo orologio è fermo."""

    def __init__(self, lavoro: Callable[[], None]):
        super().__init__(daemon=True)
        self.lavoro, self.errore = lavoro, None
        self.serratura, self.fermo = threading.Lock(), False
        self.sospesi, self.inizio = (0.0, 0.0), None

    def run(self) -> None:
        # Il numero dell'orologio resta valido anche a thread finito; l'identità del thread no.
        self.orologio = time.pthread_getcpuclockid(self.ident) if hasattr(time, "pthread_getcpuclockid") else None
        self.inizio = self._adesso()
        try:
            self.lavoro()
        except BaseException as errore:
            self.errore = errore

    def _adesso(self) -> tuple[float, float]:
        """Secondi di processore del thread (del processo, dove il sistema non li separa) e d'orologio.

        Una coppia, non un array: Dynamo compilerebbe i conti di NumPy, cioè importerebbe se stesso all'infinito.
        """
        processore = time.process_time() if self.orologio is None else time.clock_gettime(self.orologio)
        return processore, time.monotonic()

    def scaduto(self) -> bool:
        """Vero se la risposta, a orologio mai fermo, ha passato uno dei due limiti."""
        if self.fermo or self.inizio is None:
            return False
        try:
            usati, passati = (a - b - c for a, b, c in zip(self._adesso(), self.inizio, self.sospesi, strict=True))
        except OSError:  # è appena finito
            return False
        return usati > LIMITE_SECONDI or passati > LIMITE_ATTESA

    @contextlib.contextmanager
    def a_orologio_fermo(self) -> Iterator[None]:
        """Dentro il blocco l'orologio di questo thread è fermo, e nulla lo interrompe."""
        if threading.current_thread() is not self or self.fermo:
            yield
            return
        inizio = self._adesso()
        try:
            with self.serratura:  # un'interruzione già decisa arriva qui, prima che il blocco cominci
                self.fermo = True
            yield
        finally:
            self.sospesi = tuple(s + b - a for s, a, b in zip(self.sospesi, inizio, self._adesso(), strict=True))
            self.fermo = False

    def fermo_se_importa(self, vero: Callable) -> Callable:
        """La funzione che importa, con l'orologio fermo."""

        def importa(*argomenti: object, **opzioni: object) -> object:
            with self.a_orologio_fermo():
                return vero(*argomenti, **opzioni)

        return importa

    def interrompi(self) -> None:
        """Alza `_TempoScaduto` dentro il thread, più volte: un ``except`` senza nome può fermare le prime."""
        for _ in range(10):
            with self.serratura:
                if not self.fermo:
                    identita, errore = ctypes.c_ulong(self.ident), ctypes.py_object(_TempoScaduto)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(identita, errore)
            self.join(0.05)
            if not self.is_alive():
                return


def fuori_dal_tempo() -> contextlib.AbstractContextManager:
    """Dentro il blocco lavora il corso, non la risposta: il suo orologio è fermo."""
    filo = threading.current_thread()
    return filo.a_orologio_fermo() if isinstance(filo, _Lavoro) else contextlib.nullcontext()


def entro_il_tempo(lavoro: Callable[[], None]) -> None:
    """Esegue ``lavoro`` e rialza la sua eccezione; oltre i limiti di tempo lo interrompe.

    Il lavoro gira in un thread a parte: i segnali, l'altro modo di fermarlo, mancano su Windows. Un thread che cattura
    tutto, o che sta dentro una chiamata in C, non si può fermare: il notebook va avanti, e lui resta in fondo.

    Raises:
        Sbagliato: il tempo è scaduto, o la risposta vuole chiudere il programma.
    """
    filo = _Lavoro(lavoro)
    with (
        mock.patch.object(builtins, "__import__", filo.fermo_se_importa(builtins.__import__)),
        mock.patch.object(importlib, "import_module", filo.fermo_se_importa(importlib.import_module)),
    ):
        filo.start()
        attesa = 0.001
        while filo.is_alive() and not filo.scaduto():
            filo.join(attesa)
            attesa = min(2 * attesa, 0.05)
        if filo.is_alive():
            filo.interrompi()
    errore = filo.errore
    if filo.is_alive() or isinstance(errore, _TempoScaduto):
        raise Sbagliato(
            f"Dopo {LIMITE_SECONDI:g} secondi non c'era ancora una risposta: conti lunghi, o un ciclo che non finisce?"
        )
    if errore is not None and not isinstance(errore, Exception):
        raise Sbagliato(f"La tua risposta esce con {type(errore).__name__}: non deve fermare il programma.")
    if errore is not None:
        raise errore
