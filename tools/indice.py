"""Scrive la tabella delle lezioni nel README, a partire dai notebook, e le regole in CONTRIBUTING, a partire dai test.

    uv run python tools/indice.py

Della riga «Alla fine saprai» restano le prime cose, quante ne stanno in CARATTERI; della riga «Tempo» la somma. Una
regola è la docstring del test che la fa rispettare.
"""

import ast
import re
from itertools import accumulate
from pathlib import Path

import nbformat

RADICE = Path(__file__).resolve().parent.parent
README, CONTRIBUTING = RADICE / "README.md", RADICE / "CONTRIBUTING.md"
TABELLA = "<!-- questa tabella la scrive tools/indice.py -->", "<!-- fine della tabella -->"
REGOLE = "<!-- queste regole le scrive tools/indice.py -->", "<!-- fine delle regole -->"
CARATTERI = 150


def con_la_tabella(readme: str) -> str:
    """Il testo del README con la tabella rifatta, fra i suoi due segni."""
    lezioni = sorted((RADICE / "notebooks").glob("[0-9]*.ipynb"))
    testa = ["| Lezione | Alla fine saprai | Minuti (con gli esercizi) |", "|---|---|---|"]
    return _fra_i_segni(readme, TABELLA, [*testa, *map(riga, lezioni)])


def con_le_regole(contributing: str) -> str:
    """Il testo di CONTRIBUTING con le regole dei notebook rifatte, fra i loro due segni."""
    test = ast.parse((RADICE / "tests" / "test_notebook.py").read_text("utf-8")).body
    regole = [ast.get_docstring(nodo) for nodo in test if isinstance(nodo, ast.FunctionDef)]
    return _fra_i_segni(contributing, REGOLE, [f"- {regola}" for regola in regole if regola])


def _fra_i_segni(testo: str, segni: tuple[str, str], righe: list[str]) -> str:
    inizio, fine = segni
    nuovo = "\n".join([inizio, "", *righe, "", fine])
    return re.sub(f"{re.escape(inizio)}.*{re.escape(fine)}", lambda _: nuovo, testo, flags=re.DOTALL)


def riga(notebook: Path) -> str:
    """La riga di una lezione, letta nella prima cella del suo notebook."""
    cella = nbformat.read(notebook, as_version=4).cells[0].source
    titolo = cella.splitlines()[0].removeprefix("# ")
    saprai, tempo = (re.search(rf"\*\*{voce}\*\* \|(.+)\|", cella)[1] for voce in ("Alla fine saprai", "Tempo"))
    parti = saprai.strip().split("; ")
    quante = sum(len(inizio) <= CARATTERI for inizio in accumulate(parti, "{}; {}".format))
    impara = "; ".join(parti[: max(1, quante)])
    minuti = sum(int(numero) for numero in re.findall(r"\d+", tempo))
    return f"| [{titolo}](notebooks/{notebook.name}) | {impara} | {minuti} |"


if __name__ == "__main__":
    README.write_text(con_la_tabella(README.read_text("utf-8")), encoding="utf-8")
    CONTRIBUTING.write_text(con_le_regole(CONTRIBUTING.read_text("utf-8")), encoding="utf-8")
