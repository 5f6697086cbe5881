"""Provare una risposta senza farsi male: tempo limitato, copie degli argomenti, stato rimesso a posto."""

import contextlib
import copy
import ctypes
import io
import random
import threading
from collections.abc import Callable, Iterator

import numpy as np
import torch

from corso_pytorch.verifiche.confronti import Sbagliato, tipo_di, uguali

LIMITE_SECONDI = 5.0


class _TempoScaduto(BaseException):
    """Non deriva da Exception: così un ``except Exception`` dello studente non la inghiotte."""


def entro_il_tempo(lavoro: Callable[[], None]) -> None:
    """Esegue ``lavoro`` e rialza la sua eccezione; dopo `LIMITE_SECONDI` lo interrompe.

    Il lavoro gira in un thread a parte: i segnali, l'altro modo di fermarlo, mancano su Windows.

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
    for _ in range(20):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(filo.ident), ctypes.py_object(_TempoScaduto))
        filo.join(0.05)
        if not filo.is_alive():
            return


@contextlib.contextmanager
def senza_lasciare_tracce() -> Iterator[None]:
    """Rimette com'erano i generatori casuali e le impostazioni di torch, e tace ciò che la risposta stampa."""
    stato_python, stato_numpy = random.getstate(), np.random.get_state()
    tipo, gradienti = torch.get_default_dtype(), torch.is_grad_enabled()
    dispositivi = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    try:
        with torch.random.fork_rng(devices=dispositivi), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        random.setstate(stato_python)
        np.random.set_state(stato_numpy)
        torch.set_default_dtype(tipo)
        torch.set_grad_enabled(gradienti)


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
        risultato = funzione(*consegnati, **opzioni)
    except Exception as errore:
        consiglio = next((detto for pezzo, detto in (consigli or {}).items() if pezzo in str(errore)), None)
        messaggio = f"La tua funzione{prova} si ferma con {type(errore).__name__}: {errore}"
        raise Sbagliato(f"{messaggio.rstrip('.')}. {consiglio}" if consiglio else messaggio) from errore
    if risultato is None:
        raise Sbagliato("La tua funzione restituisce None: manca il return?")
    if not uguali(consegnati, argomenti):
        raise Sbagliato(
            "La tua funzione cambia il suo argomento: lavora su una copia (clone) ed evita le modifiche sul posto, "
            "come += o i metodi che finiscono per «_»."
        )
    return risultato
