"""I testi alternativi delle figure stanno nella stanza della lezione: nella cella risponderebbero alla scommessa."""

import ast
from importlib import import_module

import pytest
from lettura_notebook import LEZIONI, RADICE, Notebook

STANZE = RADICE / "src" / "corso_pytorch" / "lezioni"


@pytest.mark.parametrize("notebook", LEZIONI, ids=lambda notebook: notebook.nome)
def test_il_testo_di_una_figura_sta_nella_stanza(notebook: Notebook):
    """Nessuna cella lo scrive, e nella stanza non avanza una descrizione che nessuna cella usa."""
    usate = set()
    for cella in notebook.di_codice:
        for nodo in ast.walk(ast.parse(cella.source)):
            if isinstance(nodo, ast.keyword) and nodo.arg == "alt":
                assert isinstance(nodo.value, (ast.Attribute, ast.Call)), f"{cella.id}: scrivilo in descrizioni.py"
                usate |= {nodo.value.attr} if isinstance(nodo.value, ast.Attribute) else set()
    (stanza,) = STANZE.glob(f"l{notebook.lezione:02}_*")
    descrizioni = import_module(f"corso_pytorch.lezioni.{stanza.name}.descrizioni")
    assert usate == {nome for nome in vars(descrizioni) if nome.isupper()}
