"""``corso progressi``: quali esercizi tornano, lezione per lezione; con ``--classe``, studente per studente."""

import argparse
import sys
import webbrowser
from pathlib import Path

from corso_pytorch import lavoro

AIUTO = "quali esercizi hai risolto; con --pagina nel browser, con --classe per più studenti"
_SEGNI = {"corretto": "✓", "sbagliato": "✗", "da completare": "–"}
_LEGENDA = "✓ corretto, ✗ sbagliato, – da completare: come dicono le copie in lavoro/, all'ultimo salvataggio."
_PAGINA = """<!doctype html><html lang=it><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>I tuoi progressi · Corso PyTorch</title><style>
:root {{ color-scheme: light dark }} th {{ text-align: left }} table {{ border-spacing: 1rem .3rem }}
body {{ font: 1rem/1.5 system-ui; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}</style>
<h1>I tuoi progressi</h1><p>{legenda}<table>{righe}</table></html>
"""


def argomenti(lettore: argparse.ArgumentParser) -> None:
    lettore.add_argument("--pagina", action="store_true", help="li mostra in una pagina del browser")
    lettore.add_argument("--classe", type=Path, metavar="CARTELLA", help="una sottocartella di notebook per studente")


def esegui(scelta: argparse.Namespace) -> int:
    try:
        return _classe(scelta.classe) if scelta.classe else _miei(scelta.pagina)
    except ValueError as errore:
        print(errore, file=sys.stderr)
        return 1


def _miei(pagina: bool) -> int:
    righe = []
    for numero, originale in lavoro.lezioni().items():
        copia = lavoro.LAVORO / originale.name
        esiti = lavoro.progressi(copia if copia.is_file() else originale)
        fatti, segni = _risolti(esiti), [f"{nome} {_SEGNI[esito]}" for nome, esito in esiti.items()]
        pieni = 10 * fatti // max(1, len(esiti))
        print(numero, "█" * pieni + "░" * (10 - pieni), f"{fatti}/{len(esiti)} ", *segni)
        titolo, barra = originale.stem.replace("_", " "), f"<progress max={len(esiti)} value={fatti}></progress>"
        righe.append(f"<tr><th>{titolo}<td>{barra}<td>{fatti} su {len(esiti)}<td>{', '.join(segni)}")
    print(f"\n{_LEGENDA}")
    if pagina:
        file = lavoro.LAVORO / "progressi.html"
        file.parent.mkdir(exist_ok=True)
        file.write_text(_PAGINA.format(legenda=_LEGENDA, righe="\n".join(righe)), encoding="utf-8")
        webbrowser.open(file.as_uri())
        print(f"La pagina è {file}.")
    return 0


def _risolti(esiti: dict[str, str]) -> int:
    return sum(esito == "corretto" for esito in esiti.values())


def _classe(cartella: Path) -> int:
    studenti = sorted(figlia for figlia in cartella.glob("*") if figlia.is_dir())
    if not studenti:
        raise ValueError(f"In {cartella} non ci sono cartelle: ne serve una per studente, con i suoi notebook.")
    print("studente", *lavoro.lezioni(), sep="\t")
    for studente in studenti:
        print(studente.name, *(_consegnati(studente, numero) for numero in lavoro.lezioni()), sep="\t")
    return 0


def _consegnati(studente: Path, numero: str) -> str:
    """Gli esercizi risolti in una lezione: «3/5», «–» se manca il notebook, «?» se non si legge."""
    try:
        esiti = [lavoro.progressi(notebook) for notebook in studente.rglob(f"{numero}_*.ipynb")]
    except ValueError:
        return "?"
    return max((f"{_risolti(uno)}/{len(uno)}" for uno in esiti), default="–")
