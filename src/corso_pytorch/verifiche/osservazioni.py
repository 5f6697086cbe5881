"""Modi comuni di osservare una risposta e di scrivere una svista, per chi dichiara un esercizio."""

import inspect
import textwrap
from collections.abc import Callable

import torch

from corso_pytorch.verifiche.confronti import Assente
from corso_pytorch.verifiche.esecuzione import CAMBIA, chiama
from corso_pytorch.verifiche.identita import identici
from corso_pytorch.verifiche.messaggi import Sbagliato


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
        # Gli originali, non le copie: è su di loro che arriva il gradiente.
        prima = [argomenti[i].detach().clone() for i in posti]
        dato = chiama(risposta, *argomenti, cambia=posti)
        if not identici([argomenti[i].detach() for i in posti], prima):
            raise Sbagliato(CAMBIA)
        gradienti = _gradienti(dato, [argomenti[i] for i in posti])
        nomi = [f"Il gradiente dell'argomento {i + 1}" for i in posti]
        return {"Il risultato": dato} | dict(zip(nomi, gradienti, strict=True))

    return osserva


STACCATO = Assente("I valori sono giusti, ma il gradiente non torna indietro: qualcosa stacca il risultato dal grafo.")


def _gradienti(dato: object, foglie: list[torch.Tensor]) -> list[object]:
    if not isinstance(dato, torch.Tensor) or not dato.requires_grad:
        return [STACCATO] * len(foglie)
    pesi = torch.linspace(1, 2, dato.numel(), dtype=dato.dtype).reshape(dato.shape).to(dato.device)
    trovati = torch.autograd.grad((dato * pesi).sum(), foglie, allow_unused=True, retain_graph=True)
    return [STACCATO if g is None else g for g in trovati]


def muta(funzione: Callable, *cambi: tuple[str, str]) -> Callable:
    """La stessa funzione con qualche pezzo del testo cambiato: una svista scritta come differenza dalla soluzione. ::

        muta(epoca_da_tenere, (">= pazienza", "> pazienza"))

    Raises:
        ValueError: un pezzo non c'è, o c'è più di una volta.
    """
    testo = textwrap.dedent(inspect.getsource(funzione))
    for prima, dopo in cambi:
        if testo.count(prima) != 1:
            raise ValueError(f"In {funzione.__name__} «{prima}» compare {testo.count(prima)} volte, e non una.")
        testo = testo.replace(prima, dopo)
    spazio = dict(funzione.__globals__)
    exec(compile(testo, f"<svista di {funzione.__name__}>", "exec"), spazio)
    return spazio[funzione.__name__]
