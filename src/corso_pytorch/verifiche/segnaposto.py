"""Riconosce le risposte ancora da scrivere: quelle che contengono i tre puntini del testo."""

import ast
from types import FunctionType

import torch

from corso_pytorch.verifiche.codice import albero_di

# I metodi che un esercizio chiede: se uno è vuoto la classe non è finita. Gli altri, vuoti, non danno noia.
_CHIESTI = ("__init__", "__call__", "forward", "backward")
_METODI = (FunctionType, staticmethod, classmethod)


def da_completare(risposta: object) -> bool:
    """Vero se la risposta è ``...`` o ``None``, una raccolta che li contiene, o codice con ``...`` da riempire."""
    if isinstance(risposta, dict):
        risposta = list(risposta.values())
    if isinstance(risposta, (list, tuple, set)):
        return any(_vuota(elemento) for elemento in risposta)
    return _vuota(risposta)


def _vuota(risposta: object) -> bool:
    if risposta is ... or risposta is None:
        return True
    if isinstance(risposta, torch.nn.Module):
        risposta = type(risposta)
    if isinstance(risposta, type):
        vuoti = {nome: _vuota(metodo) for nome, metodo in vars(risposta).items() if isinstance(metodo, _METODI)}
        return bool(vuoti) and (all(vuoti.values()) or any(vuoti.get(nome) for nome in _CHIESTI))
    risposta = getattr(risposta, "__func__", risposta) if isinstance(risposta, _METODI) else risposta
    return isinstance(risposta, FunctionType) and _senza_corpo(risposta)


def _senza_corpo(funzione: FunctionType) -> bool:
    albero = albero_di(funzione)
    if albero is None or isinstance(albero, ast.Lambda):
        vuote = [(vuota.__code__.co_code, vuota.__code__.co_consts) for vuota in (lambda: None, lambda: ...)]
        return (funzione.__code__.co_code, funzione.__code__.co_consts) in vuote
    return all(_puntini(nodo) or _docstring(nodo) for nodo in albero.body) or any(
        _puntini(nodo.value) for nodo in ast.walk(albero) if isinstance(nodo, (ast.Assign, ast.AnnAssign, ast.Return))
    )


def _docstring(nodo: ast.stmt) -> bool:
    return isinstance(nodo, ast.Expr) and isinstance(nodo.value, ast.Constant) and isinstance(nodo.value.value, str)


def _puntini(nodo: ast.AST | None) -> bool:
    """Vero per ``...`` da soli (e per le coppie tutte di puntini); una tupla che ne contiene uno è un indice."""
    nodo = nodo.value if isinstance(nodo, ast.Expr) else nodo
    if isinstance(nodo, ast.Tuple):
        return len(nodo.elts) > 1 and all(_puntini(elemento) for elemento in nodo.elts)
    return isinstance(nodo, ast.Constant) and nodo.value is ...
