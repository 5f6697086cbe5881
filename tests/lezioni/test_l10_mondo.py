"""Il mondo della lezione 10: la stanza ha la stessa fisica del notebook, e le risposte giuste muovono le celle dopo."""

import ast
import inspect

import matplotlib.pyplot as plt
import pytest
import torch
from lettura_notebook import LEZIONI

from corso_pytorch.lezioni.l10_rinforzo import esercizi, mondo

[LEZIONE] = [notebook for notebook in LEZIONI if notebook.lezione == 10]


@pytest.mark.parametrize("nome", ["fisica", "caduto"])
def test_la_stanza_e_la_lezione_hanno_lo_stesso_mondo(nome):
    testi = [cella.source for cella in LEZIONE.di_codice] + [inspect.getsource(mondo)]
    corpi = []
    for testo in testi:
        for nodo in ast.parse(testo).body:
            if isinstance(nodo, ast.FunctionDef) and nodo.name == nome:
                corpi.append([ast.dump(riga) for riga in nodo.body if not isinstance(riga, ast.Expr)])
    assert len(corpi) == 2
    assert corpi[0] == corpi[1]


@pytest.fixture(scope="module")
def kernel():
    """Le definizioni della lezione: import, funzioni, classi e costanti, con addestramenti accorciati."""
    spazio = {"caso": 22, "dove": {}}
    for cella in LEZIONE.di_codice:
        codice = cella.source
        for lungo, breve in (("range(40)", "range(4)"), ("16_384", "2_048"), ("16_385, 4096", "2_049, 1024")):
            codice = codice.replace(lungo, breve)
        definizioni = [nodo for nodo in ast.parse(codice).body if _definisce(nodo)]
        exec(compile(ast.Module(definizioni, []), cella.id, "exec"), spazio)
    yield spazio
    plt.close("all")


def _definisce(nodo: ast.stmt) -> bool:
    if isinstance(nodo, ast.Assign):
        nomi = [nome.id for nome in ast.walk(nodo.targets[0]) if isinstance(nome, ast.Name)]
        return all(nome == "dispositivo" or (len(nome) > 1 and nome.isupper()) for nome in nomi)
    return isinstance(nodo, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))


def _esegui(nome: str, spazio: dict) -> None:
    [codice] = [cella.source for cella in LEZIONE.di_codice if cella.id == nome]
    exec(codice.replace("ppo(seme, cuore_tuo))", "ppo(seme, cuore_tuo), semi=1)"), spazio)


def test_la_cella_dopo_la_ricompensa_addestra_con_quella_di_chi_studia(kernel, capsys):
    kernel["ricompensa"] = lambda stati: None
    _esegui("ve-tua", kernel)
    assert "completala" in capsys.readouterr().out
    kernel["ricompensa"] = esercizi.ricompensa
    _esegui("ve-tua", kernel)
    assert [posizioni.shape[1] for posizioni in kernel["dove"]["la tua"]] == [4, 4, 4]


def test_l_obiettivo_giusto_addestra_come_quello_di_torchrl(kernel, capsys):
    kernel["obiettivo"] = lambda *argomenti: None
    _esegui("pp-tuo", kernel)
    assert "completalo" in capsys.readouterr().out
    kernel["obiettivo"] = esercizi.obiettivo
    kernel["curve"] = {"PPO": (kernel["TAPPE"], torch.tensor([kernel["ppo"](0)[1]]))}
    kernel["curve_ppo"] = kernel["curve"]["PPO"][1]
    _esegui("pp-tuo", kernel)
    assert torch.allclose(kernel["curve_tue"], kernel["curve_ppo"], atol=10)
