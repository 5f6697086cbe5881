"""Gli esercizi alla prova: le sviste ricevono la loro diagnosi, le tabelle di ``tests/lezioni`` il loro esito, due volte."""

import importlib
import pkgutil

import lezioni
import pytest

from corso_pytorch.verifiche import controlla
from corso_pytorch.verifiche.registro import esercizi, trova

TABELLE = {
    int(modulo.name[1:]): importlib.import_module(f"lezioni.{modulo.name}")
    for modulo in pkgutil.iter_modules(lezioni.__path__)
    if modulo.name[1:].isdecimal()
}
ESERCIZI = [nome for lezione in TABELLE for nome in esercizi(lezione)]


def _casi(quali: str):
    for tabella in TABELLE.values():
        for nome, risposte in getattr(tabella, quali).items():
            for numero, risposta in enumerate(risposte):
                yield pytest.param(nome, risposta, id=f"{nome}-{numero}")


def _sviste():
    for nome in ESERCIZI:
        for numero, (diagnosi, svista) in enumerate(trova(nome).sviste_una_a_una()):
            yield pytest.param(nome, svista, diagnosi, id=f"{nome}-{numero}")


def due_volte(nome, risposta):
    """L'esito, che deve essere lo stesso anche la seconda volta."""
    prima, seconda = controlla(nome, risposta), controlla(nome, risposta)
    assert prima == seconda, "la seconda volta l'esito è un altro"
    return prima


@pytest.mark.parametrize("nome", ESERCIZI)
def test_la_soluzione_passa(nome):
    esito = due_volte(nome, trova(nome).giusta)
    assert esito.stato == "corretto", esito.messaggio


@pytest.mark.parametrize(("nome", "risposta"), list(_casi("GIUSTE")))
def test_una_risposta_giusta_scritta_diversamente_passa(nome, risposta):
    esito = due_volte(nome, risposta)
    assert esito.stato == "corretto", esito.messaggio


@pytest.mark.parametrize(("nome", "svista", "diagnosi"), list(_sviste()))
def test_una_svista_riceve_la_sua_diagnosi(nome, svista, diagnosi):
    esito = due_volte(nome, svista)
    assert (esito.stato, esito.messaggio) == ("sbagliato", diagnosi)


@pytest.mark.parametrize(("nome", "caso"), list(_casi("SBAGLIATE")))
def test_una_risposta_sbagliata_riceve_una_diagnosi(nome, caso):
    risposta, diagnosi = caso
    esito = due_volte(nome, risposta)
    assert esito.stato == "sbagliato"
    assert diagnosi in esito.messaggio


@pytest.mark.parametrize("nome", ESERCIZI)
def test_una_risposta_vuota_e_da_completare(nome):
    def vuota(*argomenti):
        # scrivi qui
        ...

    assert {controlla(nome, risposta).stato for risposta in (..., None, vuota)} == {"da completare"}
