"""Gli esercizi alla prova: le sviste dichiarate, e le tabelle di ``tests/lezioni``, due volte ciascuna."""

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


def con_nome(nome: str, *valori: object, numero: int | str = "") -> object:
    """Un caso di prova di un esercizio; nell'identificativo c'è la lezione, «l04», che ``corso prova 04`` cerca."""
    return pytest.param(nome, *valori, id=f"l{int(nome.split('.')[0]):02d}-{nome}{numero and f'-{numero}'}")


ogni_esercizio = pytest.mark.parametrize("nome", [con_nome(nome) for nome in ESERCIZI])


def _casi(quali: str):
    for tabella in TABELLE.values():
        for nome, risposte in getattr(tabella, quali).items():
            for numero, risposta in enumerate(risposte):
                yield con_nome(nome, risposta, numero=numero + 1)


def _sviste():
    for nome in ESERCIZI:
        for numero, (diagnosi, svista) in enumerate(trova(nome).sviste_una_a_una()):
            yield con_nome(nome, svista, diagnosi, numero=numero + 1)


def due_volte(nome, risposta):
    """L'esito, che deve essere lo stesso anche la seconda volta."""
    prima, seconda = controlla(nome, risposta), controlla(nome, risposta)
    assert prima == seconda, "la seconda volta l'esito è un altro"
    return prima


@ogni_esercizio
def test_la_soluzione_passa(nome):
    esito = due_volte(nome, trova(nome).giusta)
    assert esito.stato == "corretto", esito.messaggio


@pytest.mark.parametrize(("nome", "risposta"), list(_casi("GIUSTE")))
def test_una_risposta_giusta_scritta_diversamente_passa(nome, risposta):
    esito = due_volte(nome, risposta)
    assert esito.stato == "corretto", esito.messaggio


@pytest.mark.parametrize(("nome", "svista", "diagnosi"), list(_sviste()))
def test_una_svista_riceve_la_sua_diagnosi(nome, svista, diagnosi):
    esito = controlla(nome, svista)
    assert (esito.stato, esito.messaggio) == ("sbagliato", diagnosi)


@ogni_esercizio
def test_la_seconda_volta_una_svista_e_giudicata_come_la_prima(nome):
    _, svista = next(trova(nome).sviste_una_a_una())
    assert due_volte(nome, svista).stato == "sbagliato"


@pytest.mark.parametrize(("nome", "caso"), list(_casi("SBAGLIATE")))
def test_una_risposta_sbagliata_riceve_una_diagnosi(nome, caso):
    risposta, diagnosi = caso
    esito = due_volte(nome, risposta)
    assert esito.stato == "sbagliato"
    assert diagnosi in esito.messaggio


@ogni_esercizio
def test_una_risposta_vuota_e_da_completare(nome):
    def vuota(*argomenti):
        # scrivi qui
        ...

    assert {controlla(nome, risposta).stato for risposta in (..., None, vuota)} == {"da completare"}
