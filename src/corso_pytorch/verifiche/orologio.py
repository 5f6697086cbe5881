"""Il tempo di una risposta: si conta il processore che usa lei, non gli import che avvia, e poi la si interrompe.

Su un computer lento, o occupato, il primo ``torch.optim.SGD`` di un processo impiega decine di secondi: importa mezza
libreria. Quel tempo non è dello studente, e un'interruzione lì dentro lascerebbe la libreria importata a metà.
"""

import builtins
import ctypes
import importlib
import threading
import time
from collections.abc import Callable
from unittest import mock

from corso_pytorch.verifiche.messaggi import Sbagliato

LIMITE_SECONDI = 5.0  # di processore, della risposta sola
LIMITE_ATTESA = 30.0  # d'orologio, sempre fuori dagli import: per chi aspetta senza calcolare


class _TempoScaduto(BaseException):
    """Non deriva da Exception: così un ``except Exception`` dello studente non la inghiotte."""


class _Lavoro(threading.Thread):
    """Il thread della risposta: esegue ``lavoro``, ne conserva l'eccezione, sa quando sta importando."""

    def __init__(self, lavoro: Callable[[], None]):
        super().__init__(daemon=True)
        self.lavoro, self.errore = lavoro, None
        self.serratura, self.importa_gia = threading.Lock(), False
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
        """Vero se la risposta, fuori dagli import, ha passato uno dei due limiti."""
        if self.importa_gia or self.inizio is None:
            return False
        try:
            usati, passati = (a - b - c for a, b, c in zip(self._adesso(), self.inizio, self.sospesi, strict=True))
        except OSError:  # è appena finito
            return False
        return usati > LIMITE_SECONDI or passati > LIMITE_ATTESA

    def fermo_se_importa(self, vero: Callable) -> Callable:
        """La funzione che importa: intanto, se la chiama questo thread, l'orologio è fermo e nulla lo interrompe."""

        def importa(*argomenti: object, **opzioni: object) -> object:
            if threading.current_thread() is not self or self.importa_gia:
                return vero(*argomenti, **opzioni)
            inizio = self._adesso()
            try:
                with self.serratura:  # un'interruzione già decisa arriva qui, prima che l'import cominci
                    self.importa_gia = True
                return vero(*argomenti, **opzioni)
            finally:
                self.sospesi = tuple(s + b - a for s, a, b in zip(self.sospesi, inizio, self._adesso(), strict=True))
                self.importa_gia = False

        return importa

    def interrompi(self) -> None:
        """Alza `_TempoScaduto` dentro il thread, più volte: un ``except`` senza nome può fermare le prime."""
        for _ in range(10):
            with self.serratura:
                if not self.importa_gia:
                    identita, errore = ctypes.c_ulong(self.ident), ctypes.py_object(_TempoScaduto)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(identita, errore)
            self.join(0.05)
            if not self.is_alive():
                return


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
