"""Leggere il codice di una risposta: quali nomi usa, se contiene cicli."""

import dis
from collections.abc import Iterator
from types import CodeType

from corso_pytorch.verifiche.confronti import Sbagliato


def vieta_nomi(funzione: object, *nomi: str) -> None:
    """Alza `Sbagliato` se il codice della risposta usa uno dei nomi: ``vieta_nomi(f, "cdist")``."""
    for codice in _codici(funzione):
        for nome in nomi:
            if nome in codice.co_names:
                raise Sbagliato(f"Il risultato è giusto, ma qui si chiede di farlo senza «{nome}».")


def vieta_cicli(funzione: object) -> None:
    """Alza `Sbagliato` se la risposta contiene ``for`` o ``while``, anche dentro una lista."""
    for codice in _codici(funzione):
        if any(passo.opname.startswith(("FOR_ITER", "JUMP_BACKWARD")) for passo in dis.get_instructions(codice)):
            raise Sbagliato("Il risultato è giusto, ma qui si chiede di farlo senza cicli.")


def _codici(oggetto: object) -> Iterator[CodeType]:
    """Il codice di una funzione, o di tutti i metodi di una classe, e di ciò che vi è definito dentro."""
    if isinstance(oggetto, type):
        for metodo in vars(oggetto).values():
            yield from _codici(metodo)
        return
    codice = oggetto if isinstance(oggetto, CodeType) else getattr(oggetto, "__code__", None)
    if codice is None:
        return
    yield codice
    for costante in codice.co_consts:
        if isinstance(costante, CodeType):
            yield from _codici(costante)
