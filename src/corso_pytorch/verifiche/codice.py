"""Leggere il codice di una risposta: se contiene cicli, se usa una funzione che l'esercizio vieta.

Giudicano l'albero sintattico, uguale in ogni Python, e una spia che vede passare le funzioni di torch, comunque la
risposta le chiami; si seguono le funzioni e le classi dello studente che la risposta usa. Chi aggira un divieto con
``eval`` o ``getattr`` non sbaglia, bara: non lo si insegue.
"""

import ast
import builtins
import contextlib
import functools
import inspect
import linecache
from collections.abc import Iterator
from types import FunctionType, ModuleType

from torch.overrides import TorchFunctionMode

from corso_pytorch.verifiche.messaggi import Sbagliato

_RIPETIZIONI = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_RIPETONO = {"map", "filter", "reduce", "starmap", "vectorize"}  # cicli con un altro nome


class Spia(TorchFunctionMode):
    """Annota i nomi delle funzioni e dei metodi di torch chiamati dentro il suo blocco ``with``."""

    def __init__(self) -> None:
        super().__init__()
        self.visti: set[str] = set()

    def __torch_function__(self, funzione, tipi, argomenti=(), opzioni=None):
        self.visti.add(getattr(funzione, "__name__", "").strip("_"))
        return funzione(*argomenti, **(opzioni or {}))


def controlla_divieti(risposta: object, vieta: tuple[str, ...], visti: set[str]) -> None:
    """Alza `Sbagliato` se la risposta, o ciò che una `Spia` ha visto, usa un nome di ``vieta`` (o fa "cicli")."""
    usati = visti & set(vieta)
    for scritto in _scritto_dallo_studente(risposta):
        if isinstance(scritto, type):
            usati |= {madre.__name__ for madre in scritto.__mro__} & set(vieta)
        elif albero := albero_di(scritto):
            nomi = set(_nomi_usati(albero, scritto))
            usati |= nomi & set(vieta)
            ripete = nomi & _RIPETONO or any(isinstance(nodo, _RIPETIZIONI) for nodo in ast.walk(albero))
            if "cicli" in vieta and ripete:
                raise Sbagliato("Qui si chiede di farlo senza cicli.")
            # Chi percorre un tensore chiama unbind: una sum di pochi addendi, o di una forma, non lo fa.
            if "cicli" in vieta and "unbind" in visti and _chiama_la_sum_di_python(albero, scritto):
                raise Sbagliato("La sum di Python è un ciclo anche lei: usa quella del tensore, .sum().")
    if usati:
        raise Sbagliato(f"Qui si chiede di farlo senza «{min(usati)}».")


def _chiama_la_sum_di_python(albero: ast.AST, funzione: FunctionType) -> bool:
    chiamati = (nodo.func for nodo in ast.walk(albero) if isinstance(nodo, ast.Call))
    return any(isinstance(nome, ast.Name) and _valore(funzione, nome.id) is sum for nome in chiamati)


def albero_di(funzione: FunctionType) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | None:
    """L'albero sintattico di una funzione, cercato nel suo file (o cella); ``None`` se il testo non c'è più."""
    codice = funzione.__code__
    testo = "".join(linecache.getlines(codice.co_filename))
    dove = [posto[:3:2] for posto in codice.co_positions() if posto[0] and posto[2] is not None]
    candidati = [
        nodo
        for nodo in _funzioni_nel(testo)
        if codice.co_firstlineno == min([nodo.lineno, *(d.lineno for d in getattr(nodo, "decorator_list", []))])
        and isinstance(nodo, ast.Lambda) == (codice.co_name == "<lambda>")
        and [a.arg for a in [*nodo.args.posonlyargs, *nodo.args.args]] == [*codice.co_varnames[: codice.co_argcount]]
    ]
    if len(candidati) > 1:  # più lambda su una riga: è quella che contiene le istruzioni
        riga, colonna = max(dove)
        candidati = [n for n in candidati if (n.body.lineno, n.body.col_offset) <= (riga, colonna)][-1:]
    return candidati[0] if candidati else None


@functools.lru_cache(maxsize=64)
def _funzioni_nel(testo: str) -> tuple[ast.AST, ...]:
    try:
        albero = ast.parse(testo)
    except SyntaxError:
        return ()
    return tuple(n for n in ast.walk(albero) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))


def _scritto_dallo_studente(risposta: object) -> Iterator[FunctionType | type]:
    """Le funzioni e le classi della risposta, e quelle dello stesso modulo che essa nomina."""
    modulo, visti, da_vedere = None, set(), [risposta]
    while da_vedere:
        oggetto = da_vedere.pop()
        if id(oggetto) in visti:
            continue
        visti.add(id(oggetto))
        if isinstance(oggetto, functools.partial):
            da_vedere += [oggetto.func, *oggetto.args, *oggetto.keywords.values()]
        elif isinstance(oggetto, (staticmethod, classmethod)) or inspect.ismethod(oggetto):
            da_vedere.append(oggetto.__func__)
        elif isinstance(oggetto, property):
            da_vedere.append(oggetto.fget)
        elif isinstance(oggetto, type):
            if modulo in (None, oggetto.__module__):
                modulo = oggetto.__module__
                yield oggetto
                sue = [classe for classe in oggetto.__mro__ if classe.__module__ == modulo]
                da_vedere += [valore for classe in sue for valore in vars(classe).values()]
        elif isinstance(oggetto, FunctionType):
            modulo = modulo or oggetto.__module__
            if oggetto.__module__ == modulo:
                yield oggetto
                da_vedere += [_valore(oggetto, nome) for nome in _nomi_liberi(oggetto)]
        elif not isinstance(oggetto, ModuleType) and (modulo is None or type(oggetto).__module__ == modulo):
            da_vedere.append(type(oggetto))


def _nomi_liberi(funzione: FunctionType) -> set[str]:
    """I nomi che la funzione (con quelle che contiene) usa e non definisce: un suo ``s`` non è quello di una cella."""
    albero = albero_di(funzione)
    if albero is None:
        return {*funzione.__code__.co_names}
    nodi = [*ast.walk(albero)]
    suoi = {n.arg for n in nodi if isinstance(n, ast.arg)}
    suoi |= {n.id for n in nodi if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return {n.id for n in nodi if isinstance(n, ast.Name)} - suoi


def _valore(funzione: FunctionType, nome: str) -> object:
    libere = dict(zip(funzione.__code__.co_freevars, funzione.__closure__ or (), strict=False))
    if nome in libere:
        with contextlib.suppress(ValueError):  # una cella ancora vuota
            return libere[nome].cell_contents
    return funzione.__globals__.get(nome, getattr(builtins, nome, None))


def _nomi_usati(albero: ast.AST, funzione: FunctionType) -> Iterator[str]:
    """I nomi di ciò che la funzione usa, col loro nome vero; tace quelli che lo studente ha scritto da sé."""
    liberi = _nomi_liberi(funzione)
    for nodo in ast.walk(albero):
        if isinstance(nodo, ast.Attribute):
            if not (isinstance(nodo.value, ast.Name) and nodo.value.id == "self"):  # ciò che sta in self è suo
                yield nodo.attr.strip("_")
        elif isinstance(nodo, ast.ImportFrom):
            yield from (alias.name for alias in nodo.names)
        elif isinstance(nodo, ast.Name) and nodo.id in liberi:
            valore = _valore(funzione, nodo.id)
            while isinstance(valore, functools.partial):
                valore = valore.func
            if callable(valore) and getattr(valore, "__module__", None) != funzione.__module__:
                yield getattr(valore, "__name__", type(valore).__name__).strip("_")
