"""Riesegue i notebook e ne riscrive gli output in forma canonica.

    uv run python tools/aggiorna_output.py                     # tutti
    uv run python tools/aggiorna_output.py notebooks/01*.ipynb # solo questi

Eseguito due volte non cambia nulla: niente tempi nei metadati, sempre lo stesso kernelspec, niente percorsi
di questa macchina. Se una cella fallisce il notebook resta com'era.
"""

import os
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from corso_pytorch.comandi import Lettore

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks"
LIMITE_CELLA = 300
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# I percorsi che finirebbero nei traceback: della libreria basta la parte che dice quale file è.
PERCORSI = [
    (re.compile(r"(?:~|/)[^\s'\"]*?/site-packages/"), "…/"),
    (re.compile(r"(?:~|/)[^\s'\"]*?/lib/python3\.\d+/"), "…/"),
    (re.compile(r"(?:~|/)[^\s'\"]*?/src/corso_pytorch/"), "…/corso_pytorch/"),
    (re.compile(r"/[^\s'\"]*?/ipykernel_\d+/\d+\.py"), "cella"),
]


def aggiorna(percorso: Path) -> bool:
    """Riesegue un notebook; restituisce se il file è cambiato.

    Raises:
        CellExecutionError: una cella senza l'etichetta ``raises-exception`` si è fermata.
    """
    prima = percorso.read_text(encoding="utf-8")
    notebook = nbformat.reads(prima, as_version=4)
    pulisci(notebook)
    # Con questa variabile ipykernel cattura gli output come sotto nbval, e le barre di avanzamento tacciono.
    os.environ["PYTEST_CURRENT_TEST"] = "aggiorna_output"
    cliente = NotebookClient(
        notebook,
        timeout=LIMITE_CELLA,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(percorso.parent)}},
    )
    cliente.execute()
    canonica(notebook)
    dopo = nbformat.writes(notebook).rstrip("\n") + "\n"
    percorso.write_text(dopo, encoding="utf-8", newline="\n")
    return dopo != prima


def pulisci(notebook: nbformat.NotebookNode) -> None:
    """Toglie gli output di prima: un'esecuzione interrotta non deve lasciarne di vecchi."""
    for cella in notebook.cells:
        if cella.cell_type == "code":
            cella.outputs = []
            cella.execution_count = None


def canonica(notebook: nbformat.NotebookNode) -> None:
    """Lascia nel notebook solo ciò che dipende dal suo contenuto."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for cella in notebook.cells:
        cella.metadata.pop("execution", None)
        for uscita in cella.get("outputs", []):
            if uscita.output_type == "error":
                uscita.traceback = [_senza_percorsi(riga) for riga in uscita.traceback]


def _senza_percorsi(testo: str) -> str:
    for modello, sostituto in PERCORSI:
        testo = modello.sub(sostituto, testo)
    return testo


def main() -> int:
    lettore = Lettore(description="Riesegue i notebook e ne riscrive gli output in forma canonica.")
    lettore.add_argument("notebook", nargs="*", type=Path, help="i file .ipynb (senza: tutti)")
    scelti = lettore.parse_args().notebook or sorted(NOTEBOOK.rglob("[0-9]*.ipynb"))
    falliti = 0
    for percorso in scelti:
        try:
            print(f"{percorso.name}: {'aggiornato' if aggiorna(percorso.resolve()) else 'identico'}", flush=True)
        except CellExecutionError as errore:
            falliti += 1
            print(f"{percorso.name}: fallito, lasciato com'era\n{errore}", file=sys.stderr)
    return 1 if falliti else 0


if __name__ == "__main__":
    raise SystemExit(main())
