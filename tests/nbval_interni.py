"""Cinque correzioni a nbval: il file delle regole si trova da qualunque cartella, un kernel morto si nota subito, una
lezione che lascia in giro dei processi non passa, pytest-xdist tiene insieme le celle di un notebook, e una lezione si
può avviare da un'altra cartella (``--dalla CARTELLA``), come fa chi apre JupyterLab altrove.

È un plugin di pytest, ed è il solo file che tocca ciò che nbval non promette (`RunningKernel`, letto in nbval 0.11).
"""

import os
import time
import uuid
from pathlib import Path
from queue import Empty

import psutil
import pytest
from nbval.kernel import RunningKernel
from xdist.scheduler import LoadScopeScheduling

# Ogni kernel riceve un contrassegno nell'ambiente; chi nasce da lui lo eredita, anche se poi perde il padre.
CONTRASSEGNO = "CORSO_PYTORCH_KERNEL"
SECONDI_PER_CHIUDERE = 5


class KernelMorto(RuntimeError):
    """Il kernel è terminato mentre eseguiva una cella (memoria esaurita, ``os._exit``, un errore del C++)."""


class ProcessiRimasti(RuntimeError):
    """La lezione è finita, ma qualche processo che ha avviato è ancora in vita."""


class DueCorsie(LoadScopeScheduling):
    """Le lezioni una dopo l'altra in un processo, perché nessuna disturbi i tempi di un'altra; così anche le soluzioni.

    I test, file per file, vanno dove c'è posto.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.split("::")[0])
        # I tempi dell'acceleratore simulato non dicono nulla: lì due lezioni possono correre insieme.
        in_fila = file.suffix == ".ipynb" and not self.config.getoption("acceleratore_simulato", False)
        return str(file.parent if in_fila else file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return DueCorsie(config, log)


def pytest_addoption(parser):
    parser.addoption("--dalla", metavar="CARTELLA", help="avvia i notebook da qui, e non dalla loro cartella")


def pytest_configure(config):
    regole = config.option.nbval_sanitize_with
    if regole and not Path(regole).is_absolute():
        config.option.nbval_sanitize_with = str(config.rootpath / regole)
    if processi := getattr(config.option, "numprocesses", None):
        # Due processi che vogliono ognuno tutti i core si aspettano a vicenda: una CNN va dieci volte più piano.
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // processi)))
    RunningKernel.get_message = _get_message_che_controlla_il_kernel
    RunningKernel.__init__ = _init_che_contrassegna
    RunningKernel.cartella = config.getoption("--dalla")
    RunningKernel.stop = _stop_che_conta_i_processi


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


_init_di_nbval, _stop_di_nbval = RunningKernel.__init__, RunningKernel.stop


def _init_che_contrassegna(self, nome, cwd=None, **opzioni):
    self.contrassegno = os.environ[CONTRASSEGNO] = uuid.uuid4().hex
    _init_di_nbval(self, nome, self.cartella or cwd, **opzioni)


def _stop_che_conta_i_processi(self):
    """Come il metodo di nbval; ma prima devono finire i processi della lezione, e subito dopo quelli di servizio.

    Chi resta è chiuso a forza: la prova seguente non ne deve soffrire.
    """
    kernel = self.km.provisioner.pid
    avviati = [p for p in _con_contrassegno(self.contrassegno) if p.pid != kernel and not _di_servizio(p)]
    _, dimenticati = psutil.wait_procs(avviati, timeout=SECONDI_PER_CHIUDERE)
    comandi = [_comando(processo) for processo in dimenticati]
    _stop_di_nbval(self)
    for processo in dimenticati:
        processo.kill()
    _, rimasti = psutil.wait_procs(_con_contrassegno(self.contrassegno), timeout=SECONDI_PER_CHIUDERE)
    comandi += [_comando(processo) for processo in rimasti]
    for processo in rimasti:
        processo.kill()
    psutil.wait_procs([*dimenticati, *rimasti], timeout=SECONDI_PER_CHIUDERE)
    if comandi:
        raise ProcessiRimasti(f"Processi rimasti alla fine della lezione: {len(comandi)} ({'; '.join(comandi)})")


def _di_servizio(processo):
    """Gli aiutanti di torch e di multiprocessing: finiscono da soli con il kernel, e non li chiude la lezione."""
    return any(nome in _comando(processo) for nome in ("compile_worker", "resource_tracker", "forkserver"))


def _con_contrassegno(contrassegno):
    trovati = []
    for processo in psutil.process_iter():
        try:
            if processo.pid != os.getpid() and processo.environ().get(CONTRASSEGNO) == contrassegno:
                trovati.append(processo)
        except psutil.Error:  # finito nel frattempo, o di un altro utente
            continue
    return trovati


def _comando(processo):
    try:
        return " ".join(processo.cmdline())[:200]
    except psutil.Error:
        return f"pid {processo.pid}"
