"""L'autograd della stanza è quello che si scrive nella lezione 02, e dà i gradienti di PyTorch."""

import ast

import pytest
import torch
from lettura_notebook import LEZIONI

from corso_pytorch.lezioni.l02_autograd import numero as modulo
from corso_pytorch.lezioni.l02_autograd.numero import Numero

CELLE = ("tu-nodo", "tu-frecce", "tu-retropropaga", "tu-numero", "tu-altri-segni")


def _definizioni(sorgente):
    """Le istruzioni di un sorgente, senza docstring: le definizioni, e ciò che si aggiunge a `Numero`."""
    albero = ast.parse(sorgente)
    for nodo in ast.walk(albero):
        if isinstance(nodo, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(nodo) is not None:
            nodo.body = nodo.body[1:]
    tenute = [n for n in albero.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    tenute += [n for n in albero.body if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Attribute)]
    return {ast.unparse(nodo) for nodo in tenute}


def test_la_stanza_e_la_lezione_hanno_lo_stesso_codice():
    celle = {cella.id: cella.source for cella in LEZIONI[2].di_codice}
    lezione = set().union(*(_definizioni(celle[nome]) for nome in CELLE))
    with open(modulo.__file__, encoding="utf-8") as file:
        assert lezione == _definizioni(file.read())


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * x + x,
        lambda x: 1 - x,
        lambda x: -x,
        lambda x: 2 / x - x / 3,
        lambda x: (1 - x) ** 3 / (x * x + 1),
        lambda x: x,
    ],
    ids=["due strade", "1 - x", "-x", "divisioni", "tutte", "una foglia"],
)
def test_due_ritorni_danno_i_gradienti_di_pytorch(f):
    nostro, suo = Numero(1.5), torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    y, sua_y = f(nostro), f(suo)
    for _ in range(2):
        y.backward()
        sua_y.backward(retain_graph=True)
        assert nostro.grad == pytest.approx(suo.grad.item(), rel=1e-12)


def test_due_risultati_che_condividono_un_nodo():
    x = Numero(3.0)
    mezzo = x * x
    (mezzo * 2).backward()
    (mezzo * 5).backward()
    assert x.grad == 7 * 2 * 3


def test_una_catena_di_decine_di_migliaia_di_nodi():
    x = Numero(1.0)
    y = x
    for _ in range(50_000):
        y = y + x
    y.backward()
    assert x.grad == 50_001


def test_una_torre_si_visita_un_nodo_alla_volta():
    cima = base = Numero(1.0)
    for _ in range(200):
        cima = cima + cima
    cima.backward()
    assert base.grad == 2.0**200
