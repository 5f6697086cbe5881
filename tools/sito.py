"""Costruisce il sito in docs/sito/_costruito, dagli output conservati: senza rete, e ogni avviso è un errore.

    uv run corso sito
    uv run tools/sito.py --collegamenti    (con la rete: quali collegamenti delle pagine non rispondono)

Le pagine sono quelle di docs/sito, le lezioni e le soluzioni di notebooks/, le misure di benchmarks/; le tabelle e i
conti si scrivono qui, dagli stessi dati del README.
"""

import contextlib
import shutil
import sys
import tempfile
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
from sphinx.cmd.build import build_main

sys.path.insert(0, str(Path(__file__).parent))
import diapositive
import indice
import italiano
import rete_nella_pagina

from corso_pytorch.verifiche import registro

RADICE = Path(__file__).resolve().parents[1]
PAGINE, COSTRUITO = RADICE / "docs" / "sito", RADICE / "docs" / "sito" / "_costruito"
ELENCO = "<!-- l'elenco delle diapositive lo scrive tools/sito.py -->"
CONTI = "<!-- questi conti li scrive tools/sito.py -->"


def costruisci(destinazione: Path = COSTRUITO) -> int:
    """Costruisce il sito; restituisce il codice di uscita di Sphinx (0 se non ha nulla da dire)."""
    with tempfile.TemporaryDirectory() as provvisoria:
        sorgenti, pagine = Path(provvisoria, "sorgenti"), Path(provvisoria, "pagine")
        raccogli(sorgenti)
        codice = build_main(["--quiet", "-W", "--keep-going", "-b", "html", str(sorgenti), str(pagine)])
        shutil.rmtree(destinazione, ignore_errors=True)
        shutil.copytree(pagine, destinazione, ignore=shutil.ignore_patterns(".doctrees", "jupyter_execute"))
        diapositive.scrivi(destinazione / "diapositive")
        return codice


def prova_i_collegamenti() -> int:
    """Chiede a ogni indirizzo delle pagine se c'è ancora; serve la rete. Restituisce il codice di uscita di Sphinx."""
    with tempfile.TemporaryDirectory() as provvisoria:
        sorgenti = Path(provvisoria, "sorgenti")
        raccogli(sorgenti)
        return build_main(["--quiet", "-b", "linkcheck", str(sorgenti), str(Path(provvisoria, "esito"))])


def raccogli(sorgenti: Path) -> None:
    """Mette insieme ciò che Sphinx legge."""
    shutil.copytree(PAGINE, sorgenti, dirs_exist_ok=True, ignore=shutil.ignore_patterns("_costruito"))
    shutil.copy(RADICE / "docs" / "copertina.png", sorgenti)
    shutil.copytree(
        RADICE / "notebooks",
        sorgenti / "lezioni",
        ignore=lambda cartella, nomi: [nome for nome in nomi if nome == ".ipynb_checkpoints"],
    )
    for lezione in (sorgenti / "lezioni").rglob("*.ipynb"):  # nel deposito le pagine del sito stanno altrove
        lezione.write_text(lezione.read_text("utf-8").replace("](../docs/sito/", "](../"), encoding="utf-8")
    shutil.copytree(RADICE / "docs" / "docente", sorgenti / "docente")
    shutil.copy(RADICE / "benchmarks" / "README.md", sorgenti / "misure.md")
    for figura in (RADICE / "benchmarks").glob("*.png"):
        shutil.copy(figura, sorgenti)
    casa = sorgenti / "index.md"
    casa.write_text(
        indice.con_la_tabella(casa.read_text("utf-8")).replace("](notebooks/", "](lezioni/"), encoding="utf-8"
    )
    rete_nella_pagina.prepara(sorgenti / "_static")
    verificato = sorgenti / "verificato.md"
    testo = indice.con_le_prove(verificato.read_text("utf-8"), indice.prove_svolte())
    verificato.write_text(testo.replace(CONTI, conti()), encoding="utf-8")
    insegnare = sorgenti / "insegnare.md"
    insegnare.write_text(insegnare.read_text("utf-8").replace(ELENCO, elenco()), encoding="utf-8")


def conti() -> str:
    """Quante celle, esercizi e sviste ha il corso oggi."""
    celle = [
        cella
        for file in (RADICE / "notebooks").rglob("[0-9]*.ipynb")
        for cella in nbformat.read(file, as_version=4).cells
        if cella.cell_type == "code" and ".ipynb_checkpoints" not in file.parts
    ]
    escluse = sum("nbval-ignore-output" in cella.metadata.get("tags", []) for cella in celle)
    lezioni = [int(file.name[:2]) for file in (RADICE / "notebooks").glob("[0-9]*.ipynb")]
    esercizi = [registro.trova(nome) for lezione in lezioni for nome in registro.esercizi(lezione)]
    sviste = sum(len(list(esercizio.sviste_una_a_una())) for esercizio in esercizi)
    facili = [round(italiano.gulpease(italiano.prosa(lezione))) for lezione in italiano.lezioni()]
    return f"""\
- **{len(celle)} celle** di codice, soluzioni comprese, eseguite a ogni modifica; di {len(celle) - escluse} si confronta
  anche l'output. Le altre {escluse} mostrano tempi o versioni, che cambiano, e ognuna porta scritto il suo motivo.
- **{len(esercizi)} esercizi**; di ognuno sono provate la soluzione, altre risposte giuste e sbagliate, un centinaio di
  risposte strane, e in tutto **{sviste} sviste** dichiarate, che devono ricevere la loro diagnosi.
- Le parole passano da un correttore, e la facilità di ogni lezione si misura: l'indice **Gulpease** va da {min(facili)}
  a {max(facili)} (su 100; i test ne chiedono almeno 50).
"""


def elenco() -> str:
    """I collegamenti alle diapositive: non sono pagine di Sphinx, e quindi sono scritti in HTML."""
    lezioni = italiano.lezioni()
    return " · ".join(f'<a href="diapositive/{lezione.stem}.html">{lezione.stem[:2]}</a>' for lezione in lezioni)


def servi(pagine: Path) -> None:
    """Offre il sito a questo computer soltanto: da un file aperto così com'è la rete della pagina non partirebbe."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(InSilenzio, directory=str(pagine))) as server:
        indirizzo = f"http://127.0.0.1:{server.server_port}/"
        print(f"Il sito è a {indirizzo} finché non premi Ctrl-C.", flush=True)
        webbrowser.open(indirizzo)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


class InSilenzio(SimpleHTTPRequestHandler):
    """Non racconta ogni richiesta, e conosce i moduli di JavaScript anche dove il sistema non li conosce."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript", ".wasm": "application/wasm"}

    def log_message(self, *_) -> None:
        pass


if __name__ == "__main__":
    if "--collegamenti" in sys.argv:
        sys.exit(prova_i_collegamenti())
    if costruisci():
        sys.exit("Il sito non è venuto: le righe sopra dicono perché.")
    print(f"Il sito è in {COSTRUITO}.")
    if "--non-aprire" not in sys.argv:
        servi(COSTRUITO)
