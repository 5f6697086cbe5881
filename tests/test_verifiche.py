"""I controlli degli esercizi, messi alla prova con le tabelle di ``tests/lezioni``: giuste, sbagliate, vuote."""

import importlib
from pathlib import Path

import lezioni
import pytest

from corso_pytorch.verifiche import controlla
from corso_pytorch.verifiche.registro import esercizi

TABELLE = {
    int(file.stem[1:]): importlib.import_module(f"lezioni.{file.stem}")
    for file in sorted(Path(lezioni.__file__).parent.glob("l[0-9][0-9].py"))
}
ESERCIZI = [(lezione, nome) for lezione in TABELLE for nome in esercizi(lezione)]


def _casi(quali: str):
    for lezione, tabella in TABELLE.items():
        for nome, risposte_date in getattr(tabella, quali).items():
            for numero, risposta in enumerate(risposte_date):
                yield pytest.param(nome, risposta, id=f"{lezione:02d}-es{nome}-{numero}")


@pytest.mark.parametrize(("lezione", "nome"), ESERCIZI)
def test_ogni_esercizio_ha_abbastanza_risposte_di_prova(lezione, nome):
    tabella = TABELLE[lezione]
    assert len(tabella.GIUSTE.get(nome, [])) >= 2, f"{nome}: servono due risposte giuste diverse"
    assert len(tabella.SBAGLIATE.get(nome, [])) >= 3, f"{nome}: servono tre risposte sbagliate plausibili"


@pytest.mark.parametrize(("nome", "risposta"), list(_casi("GIUSTE")))
def test_una_risposta_giusta_passa(nome, risposta):
    esito = controlla(nome, risposta)
    assert esito.stato == "corretto", esito.messaggio


@pytest.mark.parametrize(("nome", "caso"), list(_casi("SBAGLIATE")))
def test_una_risposta_sbagliata_riceve_la_sua_diagnosi(nome, caso):
    risposta, diagnosi = caso
    esito = controlla(nome, risposta)
    assert esito.stato == "sbagliato"
    assert diagnosi in esito.messaggio


@pytest.mark.parametrize(("lezione", "nome"), ESERCIZI)
def test_una_risposta_vuota_e_da_completare(lezione, nome):
    def vuota(*argomenti):
        # scrivi qui
        ...

    assert {controlla(nome, risposta).stato for risposta in (..., None, vuota)} == {"da completare"}
