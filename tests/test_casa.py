"""La casa resta piccola: il pacchetto comune si legge in una seduta (2000 righe di codice al più)."""

import ast
from pathlib import Path

from lettura_notebook import RADICE

PACCHETTO = RADICE / "src" / "corso_pytorch"


def righe_di_codice(file: Path) -> int:
    """Le righe che dicono qualcosa a Python: senza docstring, commenti, righe vuote."""
    testo = file.read_text("utf-8")
    docstring = set()
    for nodo in ast.walk(ast.parse(testo)):
        if isinstance(nodo, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(nodo) is not None:
            docstring |= set(range(nodo.body[0].lineno, nodo.body[0].end_lineno + 1))
    righe = enumerate(testo.splitlines(), start=1)
    return sum(bool(riga.strip()) and riga.strip()[0] != "#" and numero not in docstring for numero, riga in righe)


def test_il_pacchetto_si_legge_in_una_seduta():
    file = [file for file in PACCHETTO.rglob("*.py") if PACCHETTO / "lezioni" not in file.parents]
    assert sum(map(righe_di_codice, file)) <= 2000
