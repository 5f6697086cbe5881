"""Provare una risposta senza farsi male: tempo limitato, copie degli argomenti, stato rimesso a posto."""

import contextlib
import copy
import dataclasses
import inspect
import io
import math
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextvars import ContextVar

import numpy as np
import torch

from corso_pytorch.interni import opzioni_di_stampa
from corso_pytorch.verifiche.identita import identici
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di

ELEMENTI_MASSIMI = 10_000_000
CAMBIA = (
    "La tua funzione cambia il suo argomento: evita le modifiche sul posto, come «+=», i metodi che finiscono per «_» "
    "e, per una lista, pop e append; oppure lavora su una copia (clone(), o list())."
)

_SPIA: ContextVar[contextlib.AbstractContextManager] = ContextVar("spia")


def _rimetti_gradienti(accesi: bool) -> None:
    if torch.is_grad_enabled() != accesi:  # una spia vede anche questa, fra le funzioni di torch
        torch.set_grad_enabled(accesi)


def _rimetti_ambiente(prima: dict[str, str]) -> None:
    if os.environ != prima:
        os.environ.clear()
        os.environ.update(prima)


def _casi_di_cuda() -> list[torch.Tensor]:
    return torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []


# Ciò che una risposta può cambiare per tutto il kernel: come si legge, come si rimette. Prima quel che falserebbe le
# prove seguenti, da rimettere a ogni chiamata; poi il resto, da rimettere alla fine.
_DEI_CONTI = [
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.is_grad_enabled, _rimetti_gradienti),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
]
_TUTTE = [
    *_DEI_CONTI,
    (torch.get_num_threads, torch.set_num_threads),
    (lambda: dataclasses.asdict(opzioni_di_stampa()), lambda opzioni: torch.set_printoptions(**opzioni)),
    (random.getstate, random.setstate),
    (np.random.get_state, np.random.set_state),
    (torch.get_rng_state, torch.set_rng_state),
    (_casi_di_cuda, torch.cuda.set_rng_state_all),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (os.getcwd, os.chdir),
    (os.environ.copy, _rimetti_ambiente),
]


@contextlib.contextmanager
def _impostazioni_di_prima(quali: list[tuple[Callable, Callable]]) -> Iterator[None]:
    with contextlib.ExitStack() as alla_fine:
        alla_fine.enter_context(warnings.catch_warnings())
        for leggi, rimetti in quali:
            alla_fine.callback(rimetti, leggi())
        yield


@contextlib.contextmanager
def senza_lasciare_tracce() -> Iterator[None]:
    """Rimette com'erano i generatori casuali e le impostazioni, e tace ciò che la risposta stampa e gli avvisi."""
    silenzio = io.StringIO()
    with (
        _impostazioni_di_prima(_TUTTE),
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
        elif isinstance(questo, (torch.Tensor, np.ndarray)) and (quanti := math.prod(questo.shape)) > ELEMENTI_MASSIMI:
            raise Sbagliato(f"C'è {tipo_di(questo)} con {quanti:.3g} elementi: ne servono molti di meno.")


@contextlib.contextmanager
def sotto_la_spia(spia: contextlib.AbstractContextManager) -> Iterator[None]:
    """Dentro il blocco la spia guarda le risposte che passano per `chiama`, e non chi le controlla."""
    gettone = _SPIA.set(spia)
    try:
        yield
    finally:
        _SPIA.reset(gettone)


def chiama(funzione: Callable, *argomenti: object, cambia: tuple[int, ...] = (), **opzioni: object) -> object:
    """Chiama la funzione dello studente su copie degli argomenti e restituisce ciò che restituisce.

    Args:
        cambia: i posti degli argomenti che la funzione deve cambiare: arrivano gli originali, e non si controllano.
        opzioni: gli argomenti da passare con il loro nome.

    Raises:
        Sbagliato: non è una funzione, restituisce ``None`` o cambia i suoi argomenti. I suoi errori escono com'erano.
    """
    if not callable(funzione):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(funzione)}.")
    copie = copy.deepcopy(argomenti)
    consegnati = [argomenti[i] if i in cambia else copia for i, copia in enumerate(copie)]
    # Una funzione che, per esempio, spegne i gradienti non deve falsare il resto del controllo.
    with _impostazioni_di_prima(_DEI_CONTI), _SPIA.get(contextlib.nullcontext()):
        risultato = funzione(*consegnati, **opzioni)
    if risultato is None:
        raise Sbagliato("La tua funzione restituisce None: manca il return?")
    if inspect.iscoroutine(risultato):
        risultato.close()  # o Python avviserebbe, più tardi, che nessuno l'ha aspettata
        raise Sbagliato("La tua funzione comincia con async: toglilo, qui si chiama come una funzione qualunque.")
    rifiuta_enormi(risultato)
    if not all(identici(consegnati[i], argomenti[i]) for i in range(len(argomenti)) if i not in cambia):
        raise Sbagliato(CAMBIA)
    return risultato
