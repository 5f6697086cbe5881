"""La casa resta piccola: il pacchetto comune si legge in una seduta (2000 righe di codice al più)."""

import ast
import re
from pathlib import Path

from lettura_notebook import RADICE, TUTTI

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


def test_una_figura_di_una_lezione_sola_sta_nella_sua_stanza():
    """Ogni figura comune serve al pacchetto, o a due lezioni almeno."""
    grafici = list((PACCHETTO / "grafici").glob("*.py"))
    altri = {file: file.read_text("utf-8") for file in PACCHETTO.rglob("*.py") if file not in grafici}
    usi = [(file.parent.name[1:3] if "lezioni" in file.parts else "pacchetto", testo) for file, testo in altri.items()]
    usi += [(notebook.nome.split("/")[-1][:2], c.source) for notebook in TUTTI for c in notebook.di_codice]
    for file in grafici:
        for nodo in ast.parse(file.read_text("utf-8")).body:
            if isinstance(nodo, ast.FunctionDef) and "Figure" in ast.unparse(nodo.returns or ast.Constant("")):
                chi = {lezione for lezione, testo in usi if re.search(rf"\b{nodo.name}\b", testo)}
                assert "pacchetto" in chi or len(chi) > 1, f"{nodo.name}: serve a {chi or 'nessuno'}"
