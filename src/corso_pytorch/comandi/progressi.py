"""``corso progressi``: quali esercizi tornano, lezione per lezione; con ``--classe``, studente per studente."""

import argparse
import html
import sys
import webbrowser
from pathlib import Path

from corso_pytorch import lavoro

AIUTO = "quali esercizi hai risolto; con --pagina nel browser, con --classe per più studenti"


def argomenti(lettore: argparse.ArgumentParser) -> None:
    lettore.add_argument("--pagina", action="store_true", help="li mostra in una pagina del browser")
    lettore.add_argument("--classe", type=Path, metavar="CARTELLA", help="una sottocartella di notebook per studente")


def esegui(scelta: argparse.Namespace) -> int:
    if scelta.classe:
        return _classe(scelta.classe)
    try:
        fatti = {numero: _esiti(lavoro.LAVORO / file.name, file) for numero, file in lavoro.lezioni().items()}
    except ValueError as errore:
        print(errore, file=sys.stderr)
        return 1
    for numero, esiti in fatti.items():
        print(numero, _barra(esiti), " ".join(f"{nome} {_SEGNI[esito]}" for nome, esito in esiti.items()))
    print("\n✓ corretto, ✗ sbagliato, – da completare: come dicono le copie in lavoro/, all'ultimo salvataggio.")
    if scelta.pagina:
        pagina = lavoro.LAVORO / "progressi.html"
        pagina.parent.mkdir(exist_ok=True)
        pagina.write_text(_pagina(fatti), encoding="utf-8")
        webbrowser.open(pagina.as_uri())
        print(f"La pagina è {pagina}.")
    return 0


_SEGNI = {"corretto": "✓", "sbagliato": "✗", "da completare": "–"}


def _esiti(copia: Path, originale: Path) -> dict[str, str]:
    """Gli esiti della copia; se manca, gli esercizi della lezione, tutti da completare."""
    return lavoro.progressi(copia if copia.is_file() else originale)


def _risolti(esiti: dict[str, str]) -> int:
    return sum(esito == "corretto" for esito in esiti.values())


def _barra(esiti: dict[str, str]) -> str:
    piene = round(10 * _risolti(esiti) / max(1, len(esiti)))
    return "█" * piene + "░" * (10 - piene) + f" {_risolti(esiti)}/{len(esiti)} "


def _classe(cartella: Path) -> int:
    studenti = sorted(figlia for figlia in cartella.glob("*") if figlia.is_dir())
    if not studenti:
        print(f"In {cartella} non ci sono cartelle: ne serve una per studente, con i suoi notebook.", file=sys.stderr)
        return 1
    numeri = list(lavoro.lezioni())
    print("studente", *numeri, sep="\t")
    for studente in studenti:
        print(studente.name, *(_consegnati(studente, numero) for numero in numeri), sep="\t")
    return 0


def _consegnati(studente: Path, numero: str) -> str:
    """Gli esercizi risolti in una lezione: «3/5», «–» se manca il notebook, «?» se non si legge."""
    notebook = sorted(studente.rglob(f"{numero}_*.ipynb"))
    if not notebook:
        return "–"
    try:
        esiti = max((lavoro.progressi(file) for file in notebook), key=_risolti)
    except ValueError:
        return "?"
    return f"{_risolti(esiti)}/{len(esiti)}"


def _pagina(fatti: dict[str, dict[str, str]]) -> str:
    """Una pagina intera in un file solo: una barra per lezione, un segno per esercizio."""
    titoli = {numero: file.stem[3:].replace("_", " ") for numero, file in lavoro.lezioni().items()}
    righe = "".join(
        f"<tr><th scope=row>{numero} · {html.escape(titoli[numero])}</th>"
        f"<td><progress max={max(1, len(esiti))} value={_risolti(esiti)}>{_risolti(esiti)}</progress></td>"
        f"<td>{_risolti(esiti)} su {len(esiti)}</td>"
        f"<td>{' '.join(f'{nome}&nbsp;{_SEGNI[esito]}' for nome, esito in esiti.items())}</td></tr>"
        for numero, esiti in fatti.items()
    )
    return (
        "<!doctype html><html lang=it><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<title>I tuoi progressi · Corso PyTorch</title><style>:root{color-scheme:light dark}"
        "body{font:1rem/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "table{border-spacing:1rem .3rem}th{text-align:left;font-weight:600}td{vertical-align:top}</style>"
        f"<h1>I tuoi progressi</h1><p>✓ corretto, ✗ sbagliato, – da completare.<table>{righe}</table></html>\n"
    )
