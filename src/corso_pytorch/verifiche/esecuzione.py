"""Provare una risposta senza farsi male: tempo limitato, copie degli argomenti, stato rimesso a posto."""

import contextlib
import copy
import dataclasses
import inspect
import io
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar

import numpy as np
import torch

from corso_pytorch.interni import opzioni_di_stampa
from corso_pytorch.verifiche.identita import identici
from corso_pytorch.verifiche.messaggi import Fermata, Sbagliato, detto, testo_di, tipo_di

ELEMENTI_MASSIMI = 10_000_000
CAMBIA = (
    "La tua funzione cambia il suo argomento: lavora su una copia (clone) ed evita le modifiche sul posto, come +=, "
    "requires_grad_() e gli altri metodi che finiscono per «_»."
)

# Chi guarda la risposta mentre gira, e i consigli da dare se si ferma: li mette `con_guardia`, li usa `chiama`.
_GUARDIA: ContextVar[tuple[contextlib.AbstractContextManager, Mapping[str, str]]] = ContextVar("guardia")

# Ciò che una risposta può cambiare per tutto il kernel: come si legge, come si rimette. Prima quel che falserebbe le
# prove seguenti, da rimettere a ogni chiamata; poi il resto, da rimettere alla fine.
_Impostazioni = list[tuple[Callable[[], object], Callable[[object], object]]]
_DEI_CONTI: _Impostazioni = [
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
]
_TUTTE: _Impostazioni = [
    *_DEI_CONTI,
    (torch.get_num_threads, torch.set_num_threads),
    (lambda: dataclasses.asdict(opzioni_di_stampa()), lambda opzioni: torch.set_printoptions(**opzioni)),
    (np.geterr, lambda modi: np.seterr(**modi)),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (os.getcwd, os.chdir),
    (os.environ.copy, lambda prima: _rimetti_ambiente(prima)),
]


@contextlib.contextmanager
def impostazioni_di_prima(quali: _Impostazioni = _TUTTE) -> Iterator[None]:
    """Alla fine del blocco ``with`` le impostazioni di Python, NumPy e torch tornano quelle dell'inizio."""
    prima = [leggi() for leggi, _ in quali]
    try:
        with warnings.catch_warnings():
            yield
    finally:
        for (leggi, rimetti), valore in zip(quali, prima, strict=True):
            if leggi() != valore:
                rimetti(valore)


@contextlib.contextmanager
def casi_di_prima() -> Iterator[None]:
    """Alla fine del blocco ``with`` i generatori casuali di Python, NumPy e torch tornano allo stato dell'inizio."""
    stato_python, stato_numpy = random.getstate(), np.random.get_state()
    dispositivi = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    try:
        with torch.random.fork_rng(devices=dispositivi):
            yield
    finally:
        random.setstate(stato_python)
        np.random.set_state(stato_numpy)


@contextlib.contextmanager
def un_core_solo() -> Iterator[None]:
    """Dentro il blocco torch usa un thread: con più d'uno, su un computer occupato, i conti piccoli aspettano e basta.

    Il numero di thread vale per il thread che lo cambia: il blocco va aperto dove gira la risposta.
    """
    quanti = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(quanti)


@contextlib.contextmanager
def senza_lasciare_tracce() -> Iterator[None]:
    """Rimette com'erano i generatori casuali e le impostazioni, e tace ciò che la risposta stampa e gli avvisi."""
    silenzio = io.StringIO()
    with (
        casi_di_prima(),
        impostazioni_di_prima(),
        contextlib.redirect_stdout(silenzio),
        contextlib.redirect_stderr(silenzio),
    ):
        yield


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
        elif isinstance(questo, (torch.Tensor, np.ndarray)) and _elementi(questo) > ELEMENTI_MASSIMI:
            raise Sbagliato(f"C'è {tipo_di(questo)} con {_elementi(questo):.3g} elementi: ne servono molti di meno.")


def _elementi(valore: torch.Tensor | np.ndarray) -> int:
    return valore.numel() if isinstance(valore, torch.Tensor) else valore.size


@contextlib.contextmanager
def con_guardia(spia: contextlib.AbstractContextManager | None, consigli: Mapping[str, str]) -> Iterator[None]:
    """Dentro il blocco ``chiama`` fa passare la risposta sotto la spia, e aggiunge i consigli ai suoi errori.

    Args:
        consigli: ``{pezzo di un errore di PyTorch: dove guardare}``, in italiano.
    """
    gettone = _GUARDIA.set((spia or contextlib.nullcontext(), consigli))
    try:
        yield
    finally:
        _GUARDIA.reset(gettone)


def chiama(
    funzione: Callable,
    *argomenti: object,
    cambia: tuple[int, ...] = (),
    niente: bool = False,
    **opzioni: object,
) -> object:
    """Chiama la funzione dello studente su copie degli argomenti e restituisce ciò che restituisce.

    Args:
        cambia: i posti degli argomenti che la funzione deve cambiare: arrivano gli originali, e non si controllano.
        niente: vero se la funzione può restituire ``None``.
        opzioni: gli argomenti da passare con il loro nome.

    Raises:
        Sbagliato: non è una funzione, si ferma (`Fermata`), restituisce ``None`` o cambia i suoi argomenti.
    """
    if not callable(funzione):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(funzione)}.")
    copie = copy.deepcopy(argomenti)
    consegnati = [argomenti[i] if i in cambia else copia for i, copia in enumerate(copie)]
    spia, consigli = _GUARDIA.get((contextlib.nullcontext(), {}))
    try:
        # Una funzione che, per esempio, spegne i gradienti non deve falsare il resto del controllo.
        with impostazioni_di_prima(_DEI_CONTI), spia:
            risultato = funzione(*consegnati, **opzioni)
    except Exception as errore:
        raise fermata(errore, consigli) from errore
    if risultato is None and not niente:
        raise Sbagliato("La tua funzione restituisce None: manca il return?")
    if inspect.iscoroutine(risultato):
        risultato.close()  # o Python avviserebbe, più tardi, che nessuno l'ha aspettata
        raise Sbagliato("La tua funzione comincia con async: toglilo, qui si chiama come una funzione qualunque.")
    rifiuta_enormi(risultato)
    if not all(identici(consegnati[i], argomenti[i]) for i in range(len(argomenti)) if i not in cambia):
        raise Sbagliato(CAMBIA)
    return risultato


def fermata(errore: Exception, consigli: Mapping[str, str]) -> Sbagliato:
    """L'errore di una risposta come diagnosi, con il consiglio che gli spetta; una `Sbagliato` resta com'è."""
    if isinstance(errore, Sbagliato):
        return errore
    consiglio = next((detto for pezzo, detto in consigli.items() if pezzo in testo_di(errore)), None)
    messaggio = f"La tua funzione si ferma con {detto(errore)}"
    return Fermata(f"{messaggio.rstrip('.')}. {consiglio}" if consiglio else messaggio, type(errore))


def _rimetti_ambiente(prima: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(prima)
