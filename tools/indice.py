"""Scrive ciò che non si tiene in due posti: le tabelle del README, le righe «Gira su», le regole in CONTRIBUTING.

    uv run python tools/indice.py

La tabella delle lezioni viene dai notebook; che cosa è provato dove da ``docs/prove.json``, che scrivono le prove
(``pytest --annota``); le regole dai test.

Della riga «Alla fine saprai» restano le prime cose, quante ne stanno in CARATTERI; della riga «Tempo» la somma. Una
regola è la docstring del test che la fa rispettare.
"""

import ast
import json
import re
from itertools import accumulate
from pathlib import Path

import nbformat

RADICE = Path(__file__).resolve().parent.parent
README, CONTRIBUTING = RADICE / "README.md", RADICE / "CONTRIBUTING.md"
TABELLA = "<!-- questa tabella la scrive tools/indice.py -->", "<!-- fine della tabella -->"
REGOLE = "<!-- queste regole le scrive tools/indice.py -->", "<!-- fine delle regole -->"
PROVE = "<!-- queste prove le scrive tools/indice.py, da docs/prove.json -->", "<!-- fine delle prove -->"
CARATTERI = 150


def con_la_tabella(readme: str) -> str:
    """Il testo del README con la tabella rifatta, fra i suoi due segni."""
    lezioni = sorted((RADICE / "notebooks").glob("[0-9]*.ipynb"))
    testa = ["| Lezione | Alla fine saprai | Minuti (con gli esercizi) |", "|---|---|---|"]
    return _fra_i_segni(readme, TABELLA, [*testa, *map(riga, lezioni)])


def prove_svolte() -> dict:
    """Che cosa è stato provato, dove e quando: lo scrive ``pytest --annota``."""
    return json.loads((RADICE / "docs" / "prove.json").read_text("utf-8"))


def con_le_prove(readme: str, prove: dict) -> str:
    """Il testo del README con le prove rifatte: lezione per lezione, poi il totale di ogni dispositivo."""
    righe = ["| Lezione | CPU | acceleratore simulato | CUDA |", "|---|--:|--:|--:|"]
    for numero in prove["cpu"]["lezioni"]:
        colonne = [_celle(prove.get(dove), numero) for dove in ("cpu", "simulato", "cuda")]
        righe.append(f"| {' | '.join([numero, *colonne])} |")
    for dove, nome in (("cpu", "CPU"), ("simulato", "acceleratore simulato"), ("cuda", "CUDA")):
        if corsa := prove.get(dove):
            durata = f"{corsa['secondi']} secondi" + (" in tutto, test compresi" if dove != "simulato" else "")
            righe += ["", f"{nome}: {durata}, {_data(corsa)}, {corsa['macchina']}, torch {corsa['torch']}."]
    return _fra_i_segni(readme, PROVE, righe)


def con_gira_su(notebook: str, numero: str, prove: dict) -> str:
    """Il testo del file di una lezione con la riga «Gira su» rifatta."""
    nuova = gira_su(numero, prove)
    return re.sub(
        r"(\| \*\*Gira su\*\* \| ).*?( \|(?:\\n)?\")", lambda riga: riga[1] + nuova + riga[2], notebook, count=1
    )


def gira_su(numero: str, prove: dict) -> str:
    """Dove una lezione è provata: la CPU e l'acceleratore simulato a ogni modifica, CUDA quando qualcuno l'ha fatto."""
    secondi = prove["cpu"]["lezioni"][numero]["secondi"]
    durata = "in meno di 10 secondi" if secondi < 10 else f"in circa {round(secondi, -1)} secondi"
    tranne = prove["simulato"]["lezioni"][numero]["escluse"]
    simulato = "acceleratore simulato, a ogni modifica" + (f" (tranne {_quante_celle(tranne)})" if tranne else "")
    cuda = "CUDA, non ancora provata"
    if (corsa := prove.get("cuda")) and numero in corsa["lezioni"]:
        cuda = f"CUDA, {_data(corsa)} su {corsa['macchina']}"
        if fallite := corsa["lezioni"][numero]["fallite"]:
            cuda += f" (tranne {_quante_celle(fallite)})"
    return f"CPU, a ogni modifica ({durata}); {simulato}; {cuda}"


def _celle(corsa: dict | None, numero: str) -> str:
    if not corsa or numero not in corsa["lezioni"]:
        return "–"
    voce = corsa["lezioni"][numero]
    buone = voce["celle"] - voce["escluse"] - voce["fallite"]
    quante = f"{buone}" if buone == voce["celle"] else f"{buone} su {voce['celle']}"
    return f"{quante} celle, {voce['secondi']} s"


def _quante_celle(quante: int) -> str:
    return "una cella" if quante == 1 else f"{quante} celle"


def _data(corsa: dict) -> str:
    anno, mese, giorno = corsa["data"].split("-")
    return f"il {int(giorno)}/{int(mese)}/{anno}"


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
    prove = prove_svolte()
    README.write_text(con_le_prove(con_la_tabella(README.read_text("utf-8")), prove), encoding="utf-8")
    CONTRIBUTING.write_text(con_le_regole(CONTRIBUTING.read_text("utf-8")), encoding="utf-8")
    for lezione in (RADICE / "notebooks").glob("[0-9]*.ipynb"):
        lezione.write_text(con_gira_su(lezione.read_text("utf-8"), lezione.name[:2], prove), encoding="utf-8")
