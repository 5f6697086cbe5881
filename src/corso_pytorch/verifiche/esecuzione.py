"""Provare una risposta senza farsi male: tempo limitato, copie degli argomenti, stato rimesso a posto."""

import contextlib
import copy
import ctypes
import dataclasses
import inspect
import io
import os
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch._tensor_str import PRINT_OPTS

from corso_pytorch.verifiche.confronti import Sbagliato, detto, testo_di, tipo_di, uguali

LIMITE_SECONDI = 5.0
ELEMENTI_MASSIMI = 10_000_000


class _TempoScaduto(BaseException):
    """Non deriva da Exception: così un ``except Exception`` dello studente non la inghiotte."""


def entro_il_tempo(lavoro: Callable[[], None]) -> None:
    """Esegue ``lavoro`` e rialza la sua eccezione; dopo `LIMITE_SECONDI` lo interrompe.

    Il lavoro gira in un thread a parte: i segnali, l'altro modo di fermarlo, mancano su Windows. Un thread che cattura
    tutto, o che sta dentro una chiamata in C, non si può fermare: il notebook va avanti, e lui resta in fondo.

    Raises:
        Sbagliato: il tempo è scaduto.
    """
    errori: list[BaseException] = []

    def corri() -> None:
        try:
            lavoro()
        except BaseException as errore:
            errori.append(errore)

    filo = threading.Thread(target=corri, daemon=True)
    filo.start()
    filo.join(LIMITE_SECONDI)
    scaduto = filo.is_alive()
    if scaduto:
        _interrompi(filo)
    if scaduto or (errori and isinstance(errori[0], _TempoScaduto)):
        raise Sbagliato(f"Dopo {LIMITE_SECONDI:g} secondi non c'era ancora una risposta: c'è un ciclo che non finisce?")
    if errori and not isinstance(errori[0], Exception):
        raise Sbagliato(f"La tua risposta esce con {type(errori[0]).__name__}: non deve fermare il programma.")
    if errori:
        raise errori[0]


def _interrompi(filo: threading.Thread) -> None:
    """Alza `_TempoScaduto` dentro il thread, più volte: un ``except`` senza nome può fermare le prime."""
    for _ in range(10):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(filo.ident), ctypes.py_object(_TempoScaduto))
        filo.join(0.05)
        if not filo.is_alive():
            return


# Ciò che una risposta può cambiare per tutto il kernel: come si legge, come si rimette.
_IMPOSTAZIONI: list[tuple[Callable[[], object], Callable[[object], object]]] = [
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    (torch.get_num_threads, torch.set_num_threads),
    (lambda: dataclasses.asdict(PRINT_OPTS), lambda opzioni: torch.set_printoptions(**opzioni)),
    (np.geterr, lambda modi: np.seterr(**modi)),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (os.getcwd, os.chdir),
    (os.environ.copy, lambda prima: _rimetti_ambiente(prima)),
]


@contextlib.contextmanager
def impostazioni_di_prima() -> Iterator[None]:
    """Alla fine del blocco ``with`` le impostazioni di Python, NumPy e torch tornano quelle dell'inizio."""
    prima = [leggi() for leggi, _ in _IMPOSTAZIONI]
    try:
        with warnings.catch_warnings():
            yield
    finally:
        for (leggi, rimetti), valore in zip(_IMPOSTAZIONI, prima, strict=True):
            if leggi() != valore:
                rimetti(valore)


@contextlib.contextmanager
def senza_lasciare_tracce() -> Iterator[None]:
    """Rimette com'erano i generatori casuali e le impostazioni, e tace ciò che la risposta stampa e gli avvisi."""
    stato_python, stato_numpy = random.getstate(), np.random.get_state()
    dispositivi = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    silenzio = io.StringIO()
    try:
        with (
            impostazioni_di_prima(),
            torch.random.fork_rng(devices=dispositivi),
            contextlib.redirect_stdout(silenzio),
            contextlib.redirect_stderr(silenzio),
        ):
            yield
    finally:
        random.setstate(stato_python)
        np.random.set_state(stato_numpy)


def rifiuta_enormi(valore: object) -> None:
    """Alza `Sbagliato` se il valore è, o contiene, un tensore o un array con più di `ELEMENTI_MASSIMI` elementi.

    Un tensore espanso non occupa memoria finché nessuno lo tocca; ma un confronto, o una copia, la riempirebbe.
    """
    da_guardare, visti = [valore], set()
    while da_guardare:
        questo = da_guardare.pop()
        if id(questo) in visti:
            continue
        visti.add(id(questo))
        if isinstance(questo, (list, tuple, set)):
            da_guardare += questo
        elif isinstance(questo, dict):
            da_guardare += questo.values()
        elif isinstance(questo, torch.Tensor) and questo.numel() > ELEMENTI_MASSIMI:
            raise Sbagliato(f"C'è un tensore con {questo.numel():.3g} elementi: qui ne servono molti di meno.")
        elif isinstance(questo, np.ndarray) and questo.size > ELEMENTI_MASSIMI:
            raise Sbagliato(f"C'è un array con {questo.size:.3g} elementi: qui ne servono molti di meno.")


def chiama(
    funzione: Callable, *argomenti: object, dove: str = "", consigli: dict[str, str] | None = None, **opzioni: object
) -> object:
    """Chiama la funzione dello studente su copie degli argomenti e restituisce ciò che restituisce.

    Args:
        dove: la prova in corso, per il messaggio: ``"con N = 3 e M = 5"``.
        consigli: ``{pezzo di un errore di PyTorch: dove guardare}``, in italiano, da aggiungere al messaggio.

    Raises:
        Sbagliato: non è una funzione, si ferma con un errore, restituisce ``None`` o cambia i suoi argomenti.
    """
    if not callable(funzione):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(funzione)}.")
    consegnati = copy.deepcopy(argomenti)
    prova = f" {dove}" if dove else ""
    try:
        # Una funzione che, per esempio, spegne i gradienti non deve falsare il resto del controllo.
        with impostazioni_di_prima():
            risultato = funzione(*consegnati, **opzioni)
    except Exception as errore:
        consiglio = next((detto for pezzo, detto in (consigli or {}).items() if pezzo in testo_di(errore)), None)
        messaggio = f"La tua funzione{prova} si ferma con {detto(errore)}"
        raise Sbagliato(f"{messaggio.rstrip('.')}. {consiglio}" if consiglio else messaggio) from errore
    if risultato is None:
        raise Sbagliato("La tua funzione restituisce None: manca il return?")
    if inspect.iscoroutine(risultato):
        risultato.close()  # o Python avviserebbe, più tardi, che nessuno l'ha aspettata
        raise Sbagliato("La tua funzione comincia con async: toglilo, qui si chiama come una funzione qualunque.")
    rifiuta_enormi(risultato)
    if not uguali(consegnati, argomenti):
        raise Sbagliato(
            "La tua funzione cambia il suo argomento: lavora su una copia (clone) ed evita le modifiche sul posto, "
            "come += o i metodi che finiscono per «_»."
        )
    return risultato


def _rimetti_ambiente(prima: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(prima)
