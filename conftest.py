"""Due correzioni a nbval: il file delle regole si trova da qualunque cartella, e un kernel morto si nota subito."""

import time
from pathlib import Path
from queue import Empty

from nbval.kernel import RunningKernel


class KernelMorto(RuntimeError):
    """Il kernel è terminato mentre eseguiva una cella (memoria esaurita, ``os._exit``, un errore del C++)."""


def pytest_configure(config):
    regole = config.option.nbval_sanitize_with
    if regole and not Path(regole).is_absolute():
        config.option.nbval_sanitize_with = str(config.rootpath / regole)
    RunningKernel.get_message = _get_message_che_controlla_il_kernel


_get_message_di_nbval = RunningKernel.get_message


def _get_message_che_controlla_il_kernel(self, stream, timeout=None):
    """Come il metodo di nbval, ma ogni secondo guarda se il kernel vive: senza, aspetterebbe tutto il limite."""
    scadenza = float("inf") if timeout is None else time.monotonic() + timeout
    while True:
        resto = scadenza - time.monotonic()
        try:
            return _get_message_di_nbval(self, stream, timeout=max(0.0, min(1.0, resto)))
        except Empty:
            if not self.is_alive():
                raise KernelMorto("Il kernel è morto mentre eseguiva questa cella.") from None
            if resto <= 1.0:
                raise
