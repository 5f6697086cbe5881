"""Il poeta della lezione 08 fatto con il blocco di chi studia: salta se il blocco è vuoto, impara con quello giusto."""

import ast

import pytest
import torch
from lettura_notebook import LEZIONI, TUTTI

[LEZIONE] = [notebook for notebook in LEZIONI if notebook.lezione == 8]
[SOLUZIONE] = [notebook for notebook in TUTTI if notebook.lezione == 8 and notebook.di_soluzioni]
INIZIO = "Nel mezzo del cammin di nostra vita"


def _sorgente(notebook, nome: str) -> str:
    [sorgente] = [cella.source for cella in notebook.di_codice if cella.id == nome]
    return sorgente


@pytest.fixture(scope="module")
def kernel():
    """Ciò che la cella del poeta trova: definizioni e import della lezione, i versi, e due epoche invece di dodici."""
    spazio = {"dispositivo": torch.device("cpu")}
    for cella in LEZIONE.di_codice:
        definizioni = [nodo for nodo in ast.parse(cella.source).body if _definisce(nodo)]
        exec(compile(ast.Module(definizioni, []), cella.id, "exec"), spazio)
        if cella.id in ("da-tokenizer", "ll-testo", "ll-finestre"):
            exec(cella.source, spazio)
        if cella.id == "ge-greedy":
            break
    [riga] = [riga for riga in _sorgente(LEZIONE, "ll-addestra").splitlines() if riga.startswith("dati_dante = ")]
    exec(riga, spazio)
    spazio["epoche"] = 2
    return spazio


def _definisce(nodo: ast.stmt) -> bool:
    return isinstance(nodo, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))


def test_con_il_blocco_vuoto_la_cella_lo_dice_e_non_addestra(kernel, capsys):
    exec(_sorgente(LEZIONE, "risposta-8-5"), kernel)
    exec(_sorgente(LEZIONE, "ge-tuo"), kernel)
    assert "completa l'8.5" in capsys.readouterr().out
    assert "poeta_tuo" not in kernel


def test_con_il_blocco_della_soluzione_il_poeta_impara(kernel, capsys):
    for nome in ("soluzione-8-3", "soluzione-8-4", "soluzione-8-5"):
        exec(_sorgente(SOLUZIONE, nome), kernel)
    exec(_sorgente(LEZIONE, "ge-tuo"), kernel)
    assert capsys.readouterr().out.startswith(INIZIO)
    prima, dopo = kernel["_"]["loss"]
    assert dopo < prima - 0.3
