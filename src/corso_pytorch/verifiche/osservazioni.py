"""Modi comuni di osservare una risposta e di scrivere una svista, per chi dichiara un esercizio."""

import inspect
import textwrap
from collections.abc import Callable

import torch

from corso_pytorch.verifiche.confronti import Assente
from corso_pytorch.verifiche.esecuzione import CAMBIA, chiama
from corso_pytorch.verifiche.identita import identici
from corso_pytorch.verifiche.messaggi import Sbagliato

STACCATO = Assente("I valori sono giusti, ma il gradiente non torna indietro: qualcosa stacca il risultato dal grafo.")


def generatore(seme: int) -> torch.Generator:
    """Un generatore con il suo seme, per dati di prova sempre uguali."""
    return torch.Generator().manual_seed(seme)


def con_gradiente(*posti: int) -> Callable[..., dict]:
    """Osserva il tensore restituito e i suoi gradienti rispetto agli argomenti di quei posti.

    Chi stacca il risultato dal grafo (``detach``, ``item``, ``numpy``, ``no_grad``) ha i valori giusti, e non può
    addestrare nulla.
    """

    def osserva(risposta: object, *argomenti: object) -> dict:
        argomenti = [a.detach().clone().requires_grad_() if i in posti else a for i, a in enumerate(argomenti)]
        foglie = [argomenti[i] for i in posti]
        prima = [foglia.detach().clone() for foglia in foglie]
        dato = chiama(risposta, *argomenti, cambia=posti)  # alle foglie, non a copie, arriva il gradiente
        if not identici([foglia.detach() for foglia in foglie], prima):
            raise Sbagliato(CAMBIA)
        gradienti = [None] * len(foglie)
        if isinstance(dato, torch.Tensor) and dato.requires_grad:
            pesi = torch.linspace(1, 2, dato.numel(), dtype=dato.dtype).reshape(dato.shape).to(dato.device)
            gradienti = torch.autograd.grad((dato * pesi).sum(), foglie, allow_unused=True, retain_graph=True)
        nomi = [f"Il gradiente dell'argomento {i + 1}" for i in posti]
        return {"Il risultato": dato} | {n: STACCATO if g is None else g for n, g in zip(nomi, gradienti, strict=True)}

    return osserva


def muta(funzione: Callable, *cambi: tuple[str, str]) -> Callable:
    """La stessa funzione con qualche pezzo del testo cambiato: una svista scritta come differenza dalla soluzione.

    ``muta(epoca_da_tenere, (">= pazienza", "> pazienza"))``; `ValueError` se un pezzo non c'è, o c'è più di una volta.
    """
    testo = textwrap.dedent(inspect.getsource(funzione))
    for prima, dopo in cambi:
        if testo.count(prima) != 1:
            raise ValueError(f"In {funzione.__name__} «{prima}» compare {testo.count(prima)} volte, e non una.")
        testo = testo.replace(prima, dopo)
    spazio = dict(funzione.__globals__)
    exec(compile(testo, f"<svista di {funzione.__name__}>", "exec"), spazio)
    return spazio[funzione.__name__]
