"""Riconosce le risposte ancora da scrivere: quelle che contengono i tre puntini del testo."""

import ast
import inspect
import textwrap
from types import FunctionType

import torch


def da_completare(risposta: object) -> bool:
    """Vero se la risposta è ``...`` o ``None``, una raccolta che li contiene, o codice con ``...`` da riempire."""
    if risposta is ... or risposta is None:
        return True
    if isinstance(risposta, dict):
        return da_completare(list(risposta.values()))
    if isinstance(risposta, (list, tuple, set)):
        return any(elemento is ... or elemento is None or _codice_vuoto(elemento) for elemento in risposta)
    return _codice_vuoto(risposta)


def _codice_vuoto(risposta: object) -> bool:
    if isinstance(risposta, (staticmethod, classmethod)):
        risposta = risposta.__func__
    if isinstance(risposta, FunctionType):
        return _funzione_vuota(risposta)
    if isinstance(risposta, torch.nn.Module):
        return _codice_vuoto(type(risposta))
    if isinstance(risposta, type):
        metodi = (FunctionType, staticmethod, classmethod)
        return any(_codice_vuoto(metodo) for metodo in vars(risposta).values() if isinstance(metodo, metodi))
    return False


def _funzione_vuota(funzione: FunctionType) -> bool:
    try:
        albero = ast.parse(textwrap.dedent(inspect.getsource(funzione)))
    except (OSError, TypeError, SyntaxError, IndentationError):
        return _stesso_codice(funzione, lambda: None) or _stesso_codice(funzione, lambda: ...)
    definizione = next((nodo for nodo in ast.walk(albero) if isinstance(nodo, ast.FunctionDef)), None)
    if definizione is None:  # una lambda
        return _stesso_codice(funzione, lambda: None) or _stesso_codice(funzione, lambda: ...)
    corpo = [nodo for nodo in definizione.body if not _docstring(nodo)]
    return all(_puntini(nodo) for nodo in corpo) or any(
        _puntini(nodo.value)
        for nodo in ast.walk(definizione)
        if isinstance(nodo, (ast.Assign, ast.AnnAssign, ast.Return))
    )


def _docstring(nodo: ast.stmt) -> bool:
    return isinstance(nodo, ast.Expr) and isinstance(nodo.value, ast.Constant) and isinstance(nodo.value.value, str)


def _puntini(nodo: ast.AST | None) -> bool:
    if isinstance(nodo, ast.Expr):
        nodo = nodo.value
    if isinstance(nodo, ast.Tuple):
        return any(_puntini(elemento) for elemento in nodo.elts)
    return isinstance(nodo, ast.Constant) and nodo.value is ...


def _stesso_codice(funzione: FunctionType, modello: FunctionType) -> bool:
    return (funzione.__code__.co_code, funzione.__code__.co_consts) == (
        modello.__code__.co_code,
        modello.__code__.co_consts,
    )
