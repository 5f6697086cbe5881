"""Le diapositive di ogni lezione, dal suo notebook: la scommessa prima dell'output, la prosa nelle note.

    uv run tools/diapositive.py CARTELLA

Si aprono con il browser, anche senza rete: frecce per andare avanti, S per le note, F per lo schermo intero.
"""

import re
import sys
from pathlib import Path

import da_npm
import nbformat
from nbconvert import SlidesExporter

RADICE = Path(__file__).resolve().parents[1]
REVEAL, VERSIONE = "reveal.js", "5.2.1"
FILE_DI_REVEAL = [
    "dist/reveal.js",
    "dist/reveal.css",
    "dist/theme/white.css",
    "dist/theme/fonts",
    "plugin/notes/notes.js",
]
PAROLE = 45  # un testo più lungo non si legge da lontano: va nelle note
# Ciò che in classe si fa sul notebook, o a casa.
FUORI = re.compile(r"^(preparazione|risposta-|verifica-|pausa-)")
SENZA = ("## Domande", "## Per approfondire")


def diapositive(notebook: Path) -> str:
    """La pagina HTML con le diapositive di una lezione."""
    lezione = nbformat.read(notebook, as_version=4)
    lezione.cells = _una_per_idea([pezzo for cella in lezione.cells if not _fuori(cella) for pezzo in _pezzi(cella)])
    modello = Path(__file__).with_suffix(".html.j2")
    esportatore = SlidesExporter(
        template_file=str(modello),
        extra_template_basedirs=[str(modello.parent)],
        reveal_url_prefix=REVEAL,
        reveal_theme="white",
        language_code="it",
    )
    return esportatore.from_notebook_node(lezione, {"metadata": {"name": notebook.stem}})[0]


def _fuori(cella: nbformat.NotebookNode) -> bool:
    return bool(FUORI.match(cella.id)) or cella.source.startswith(SENZA)


def _pezzi(cella: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Una cella in più pezzi, ognuno con la sua parte nelle diapositive."""
    if cella.cell_type == "code":
        return _codice(cella)
    titolo, _, resto = cella.source.partition("\n") if cella.source.startswith("#") else ("", "", cella.source)
    resto = re.sub(r"(?s)<details>.*?</details>", "", resto).strip()
    scommessa = re.search(r"(?s)\*\*Scommetti, poi esegui:\*\*.*", resto)
    if scommessa and len(resto.split()) > PAROLE:
        resto, domanda = resto[: scommessa.start()].strip(), scommessa[0]
    else:
        domanda = ""
    pezzi = [_testo(titolo, "slide")] if titolo else []
    if resto:
        corto = len(resto.split()) <= PAROLE or resto.startswith("|")
        pezzi.append(_testo(resto, ("-" if titolo else "subslide") if corto else "notes"))
    return pezzi + ([_testo(domanda, "-" if pezzi and titolo else "subslide")] if domanda else [])


def _codice(cella: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Il codice, e il suo output che compare al passo seguente: prima si scommette."""
    uscite, cella.outputs = cella.outputs, []
    pezzi = [_con(cella, "-")]
    for uscita in uscite:
        if uscita.output_type == "error":
            uscita.traceback = uscita.traceback[-1:]  # il messaggio: il resto si guarda sul notebook
    if uscite:
        output = nbformat.v4.new_code_cell(outputs=uscite, execution_count=None)
        output.metadata["transient"] = {"remove_source": True}
        pezzi.append(_con(output, "fragment"))
    return pezzi


def _una_per_idea(pezzi: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Ogni codice dopo il primo apre una diapositiva sua: due, con i loro output, non ci starebbero."""
    gia = False
    for pezzo in pezzi:
        parte = pezzo.metadata["slideshow"]["slide_type"]
        if parte in ("slide", "subslide"):
            gia = False
        if pezzo.cell_type == "code" and parte == "-":
            if gia:
                _con(pezzo, "subslide")
            gia = True
    return pezzi


def _testo(testo: str, parte: str) -> nbformat.NotebookNode:
    return _con(nbformat.v4.new_markdown_cell(testo), parte)


def _con(cella: nbformat.NotebookNode, parte: str) -> nbformat.NotebookNode:
    cella.metadata["slideshow"] = {"slide_type": parte}
    return cella


def scrivi(cartella: Path) -> None:
    """Scrive in ``cartella`` le diapositive di tutte le lezioni e, se npm risponde, reveal.js che le mostra."""
    cartella.mkdir(parents=True, exist_ok=True)
    if not da_npm.copia(REVEAL, VERSIONE, FILE_DI_REVEAL, cartella / "reveal.js"):
        print("Senza npm o senza rete: le diapositive ci sono, ma si leggono come una pagina sola.")
    for notebook in sorted((RADICE / "notebooks").glob("[0-9]*.ipynb")):
        (cartella / f"{notebook.stem}.html").write_text(diapositive(notebook), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Di' in quale cartella: uv run tools/diapositive.py CARTELLA")
    scrivi(Path(sys.argv[1]))
    print(f"Le diapositive sono in {sys.argv[1]}.")
