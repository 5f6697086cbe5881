"""Scrive nel README la tabella delle lezioni: titolo, che cosa si impara e minuti vengono dai notebook.

    uv run python tools/indice.py

Della riga «Alla fine saprai» restano le prime cose, quante ne stanno in CARATTERI; della riga «Tempo» la somma.
"""

import re
from itertools import accumulate
from pathlib import Path

import nbformat

RADICE = Path(__file__).resolve().parent.parent
README = RADICE / "README.md"
INIZIO, FINE = "<!-- questa tabella la scrive tools/indice.py -->", "<!-- fine della tabella -->"
CARATTERI = 150


def con_la_tabella(readme: str) -> str:
    """Il testo del README con la tabella rifatta, fra i suoi due segni."""
    lezioni = sorted((RADICE / "notebooks").glob("[0-9]*.ipynb"))
    testa = ["| Lezione | Alla fine saprai | Minuti (con gli esercizi) |", "|---|---|---|"]
    tabella = "\n".join([INIZIO, *testa, *map(riga, lezioni), FINE])
    return re.sub(f"{re.escape(INIZIO)}.*{re.escape(FINE)}", lambda _: tabella, readme, flags=re.DOTALL)


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
