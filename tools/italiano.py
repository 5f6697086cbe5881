"""L'italiano delle lezioni: quanto è facile da leggere, e quali parole il correttore non conosce.

    uv run tools/italiano.py          (per le parole serve hunspell con il dizionario italiano: apt install hunspell-it)

La facilità è l'indice Gulpease di Lucisano e Piemontese (1988), 89 + (300 · frasi − 10 · lettere) / parole: da 0 a 100,
più alto più facile. Le parole buone che il dizionario non ha stanno in `docs/parole.txt`.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

RADICE = Path(__file__).resolve().parents[1]
PAROLE = RADICE / "docs" / "parole.txt"

# Ciò che nel testo non è prosa: codice, formule, indirizzi, HTML, tabelle, segni di Markdown.
NON_PROSA = [
    r"(?s)```.*?```",
    r"(?s)\$\$.*?\$\$",
    r"(?m)^\|.*$",
    r"\$[^$\n]+\$",
    r"(?<=\])\([^)]*\)",
    r"https?://\S+",
    r"<[^>]+>",
    r"&\w+;",
    r"\*[^*\n]*→[^*\n]*\*",  # le voci dei menù
]
FRASI = re.compile(r"[.!?…]+(?=\s|$)|\n\s*\n|:\s*\n")


def prosa(notebook: Path) -> str:
    """Il testo delle celle Markdown, senza ciò che non è prosa; un pezzo di codice nella frase vale una parola."""
    celle = nbformat.read(notebook, as_version=4).cells
    celle = [cella.source for cella in celle if cella.cell_type == "markdown"]
    testo = "\n\n".join(cella for cella in celle if not cella.startswith("## Per approfondire"))  # titoli inglesi
    for modello in NON_PROSA:
        testo = re.sub(modello, " ", testo)
    testo = re.sub(r"`[^`\n]+`", "X", testo)
    return re.sub(r"(?m)^\s*(#+|[-*]|\d+\.)\s+(.*)$", r"\2\n", testo).replace("*", "").replace("●", "").replace("○", "")


def gulpease(testo: str) -> float:
    """L'indice di un testo che ha almeno una parola."""
    frasi = [frase for frase in FRASI.split(testo) if re.search(r"\w", frase)]
    parole = re.findall(r"[^\W_]+", testo)
    return 89 + (300 * len(frasi) - 10 * sum(map(len, parole))) / len(parole)


def sconosciute(testo: str) -> list[str]:
    """Le parole che né hunspell né `docs/parole.txt` conoscono, in ordine alfabetico."""
    comando = ["hunspell", "-i", "utf-8", "-d", "it_IT", "-p", str(PAROLE), "-l"]
    parole = "\n".join(re.findall(r"[^\W\d_]+\b(?!['’\d_])", testo))  # non ciò che un apostrofo o un numero tronca
    detto = subprocess.run(comando, input=parole, capture_output=True, encoding="utf-8", check=True).stdout
    return sorted(set(detto.split()), key=str.lower)


def lezioni() -> list[Path]:
    return sorted((RADICE / "notebooks").glob("[0-9]*.ipynb"))


if __name__ == "__main__":
    for lezione in lezioni():
        print(f"{lezione.stem}: Gulpease {gulpease(prosa(lezione)):.0f}")
    if shutil.which("hunspell") is None:
        sys.exit("Per le parole serve hunspell con il dizionario italiano: apt install hunspell-it")
    trovate = {lezione.stem: parole for lezione in lezioni() if (parole := sconosciute(prosa(lezione)))}
    for nome, parole in trovate.items():
        print(f"{nome}: {', '.join(parole)}")
    sys.exit(f"{sum(map(len, trovate.values()))} parole da guardare." if trovate else 0)
