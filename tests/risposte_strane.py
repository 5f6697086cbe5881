"""Risposte che nessuno studente vorrebbe dare, o quasi: il controllo di ogni esercizio le deve reggere tutte.

``VALORI`` e ``FUNZIONI`` sono tabelle nome → risposta, `senza_fine` un ciclo che non finisce; `qualunque` è la
strategia di hypothesis che ne inventa altre.
"""

import asyncio
import math
import sys
import types
import warnings

import numpy as np
import torch
from hypothesis import strategies as st


class Ostile:
    """Un oggetto che si ferma a ogni domanda: confronto, lunghezza, numero, attributo."""

    def __eq__(self, altro):
        raise RuntimeError("non mi confronto")

    __hash__ = None

    def __len__(self):
        raise RuntimeError("non mi misuro")

    def __bool__(self):
        raise RuntimeError("non decido")

    def __float__(self):
        raise RuntimeError("non sono un numero")

    def __getattr__(self, nome):
        if nome.startswith("_"):  # quelli che hypothesis e pytest chiedono per mostrarlo
            raise AttributeError(nome)
        raise RuntimeError(f"non ho {nome}")


class ErroreMuto(Exception):
    def __str__(self):
        raise RuntimeError("nemmeno il messaggio")


class TensoreMio(torch.Tensor):
    pass


def _raccolta_di_se_stessa():
    lista = [1.0]
    lista.append(lista)
    return lista


def _solleva(errore):
    raise errore


def senza_fine(*argomenti, **opzioni):
    while True:
        pass


def _parla(*argomenti, **opzioni):
    print("ciao\n" * 1000)
    print("di nascosto", file=sys.stderr)
    warnings.warn("un avviso", stacklevel=1)
    return "ciao\na capo" * 100


def _cambia(*argomenti, **opzioni):
    for argomento in argomenti:
        if isinstance(argomento, torch.Tensor) and not argomento.is_leaf:
            continue
        if isinstance(argomento, torch.Tensor):
            with torch.no_grad():
                argomento.zero_()
        if isinstance(argomento, (list, dict)):
            argomento.clear()
        if isinstance(argomento, torch.nn.Module):
            for parametro in argomento.parameters():
                torch.nn.init.zeros_(parametro)
    return argomenti[0] if argomenti else 0


def _disfa_lo_stato(*argomenti, **opzioni):
    torch.manual_seed(1234)
    np.random.seed(1234)
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.autograd.set_detect_anomaly(True)
    torch.set_grad_enabled(False)
    torch.set_printoptions(precision=1)
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(5000)
    return torch.rand(3)


def _ricorre(*argomenti, **opzioni):
    return _ricorre(*argomenti, **opzioni)


async def _asincrona(*argomenti, **opzioni):
    await asyncio.sleep(0)


def _generatore(*argomenti, **opzioni):
    yield from range(3)


VALORI = {
    "puntini": ...,
    "niente": None,
    "nan": math.nan,
    "infinito": math.inf,
    "meno infinito": -math.inf,
    "intero enorme": 10**400,
    "complesso": 1 + 2j,
    "falso": False,
    "testo lungo": "parola " * 5000,
    "testo su due righe": "prima\nseconda",
    "byte": b"\x00\xff",
    "lista vuota": [],
    "dizionario vuoto": {},
    "insieme": {1, 2},
    "lista irregolare": [[1, 2], [3]],
    "lista annidata": [[[[[]]]]],
    "lista in sé stessa": _raccolta_di_se_stessa(),
    "lista di puntini e numeri": [1, [2, ...]],
    "array di numeri": np.arange(6.0).reshape(2, 3),
    "array di oggetti": np.array([None, "x", 3], dtype=object),
    "array vuoto": np.empty((0, 3)),
    "data di numpy": np.datetime64("2026-11-24"),
    "tensore scalare": torch.tensor(math.nan),
    "tensore vuoto": torch.empty(0),
    "tensore di infiniti": torch.full((3, 3), math.inf),
    "tensore di interi": torch.arange(6).reshape(2, 3),
    "tensore booleano": torch.tensor([True, False]),
    "tensore complesso": torch.ones(2, 2, dtype=torch.complex64),
    "tensore in bf16": torch.randn(2, 3, generator=torch.Generator().manual_seed(0)).bfloat16(),
    "tensore in float8": torch.ones(4).to(torch.float8_e4m3fn),
    "tensore con gradiente": torch.ones(2, requires_grad=True) * 2,
    "tensore sul meta": torch.empty(2, 3, device="meta"),
    "tensore sparso": torch.eye(3).to_sparse(),
    "tensore di otto assi": torch.ones(1, 2, 1, 2, 1, 2, 1, 2),
    "tensore espanso, enorme": torch.tensor(1.0).expand(10**6, 10**6),
    "tensore di una sottoclasse": torch.ones(3).as_subclass(TensoreMio),
    "parametro": torch.nn.Parameter(torch.ones(2)),
    "rete": torch.nn.Linear(3, 2),
    "rete vuota": torch.nn.Sequential(),
    "classe": dict,
    "classe di rete": torch.nn.ReLU,
    "modulo": types,
    "generatore": (i for i in range(3)),
    "eccezione": ValueError("io sono una risposta"),
    "oggetto": object(),
    "oggetto ostile": Ostile(),
    "lista di ostili": [Ostile(), Ostile()],
}

FUNZIONI = {
    "senza argomenti": lambda: 1,
    "con venti argomenti": lambda a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t: 1,  # noqa: E741
    "di libreria": len,
    "identità": lambda *argomenti, **opzioni: argomenti[0] if argomenti else None,
    "restituisce tutti gli argomenti": lambda *argomenti, **opzioni: argomenti,
    "si ferma": lambda *argomenti, **opzioni: _solleva(ValueError("su\ndue righe")),
    "si ferma con un errore muto": lambda *argomenti, **opzioni: _solleva(ErroreMuto()),
    "si ferma con un errore lungo": lambda *argomenti, **opzioni: _solleva(ValueError("x" * 10**5)),
    "esce": lambda *argomenti, **opzioni: sys.exit(3),
    "interrompe": lambda *argomenti, **opzioni: _solleva(KeyboardInterrupt()),
    "finisce la memoria": lambda *argomenti, **opzioni: torch.empty(10**15),
    "ricorre": _ricorre,
    "parla": _parla,
    "cambia gli argomenti": _cambia,
    "disfa lo stato": _disfa_lo_stato,
    "asincrona": _asincrona,
    "generatore": _generatore,
    **{
        f"restituisce: {nome}": (lambda *argomenti, _valore=valore, **opzioni: _valore)
        for nome, valore in VALORI.items()
    },
}


def _di(tabella: dict) -> st.SearchStrategy:
    # Si estrae il nome, non la risposta: hypothesis mostra ciò che estrae, e qualche risposta non si lascia mostrare.
    return st.sampled_from([*tabella]).map(tabella.get)


_NUMERI = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.complex_numbers(),
)
_SEMPLICI = st.one_of(_NUMERI, st.text(max_size=20), st.binary(max_size=5), st.booleans(), _di(VALORI))
_DTYPE = st.sampled_from(
    [torch.float32, torch.float64, torch.float16, torch.int64, torch.int8, torch.bool, torch.complex128]
)
_FORME = st.lists(st.integers(0, 4), max_size=4)


@st.composite
def _tensori(estrai):
    seme = estrai(st.integers(0, 2**31))
    caso = torch.randn(estrai(_FORME), generator=torch.Generator().manual_seed(seme)) * 3
    return caso.to(estrai(_DTYPE))


_RACCOLTE = st.recursive(
    _SEMPLICI | _tensori(),
    lambda figli: (
        st.lists(figli, max_size=4) | st.tuples(figli, figli) | st.dictionaries(st.text(max_size=3), figli, max_size=3)
    ),
    max_leaves=6,
)


def _che_restituisce(valore):
    return lambda *argomenti, **opzioni: valore


def qualunque() -> st.SearchStrategy:
    """Una risposta qualunque: un valore, una raccolta, o una funzione che la restituisce."""
    return _RACCOLTE | _RACCOLTE.map(_che_restituisce) | _di(FUNZIONI)
