"""Leggere i notebook dai test: quali sono, le loro celle, i loro conti."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

RADICE = Path(__file__).resolve().parent.parent
CARTELLA = RADICE / "notebooks"


@dataclass(frozen=True)
class Notebook:
    """Un notebook del corso, letto una volta sola."""

    percorso: Path

    @property
    def nome(self) -> str:
        return str(self.percorso.relative_to(CARTELLA).with_suffix(""))

    @property
    def lezione(self) -> int:
        return int(self.percorso.name[:2])

    @property
    def di_soluzioni(self) -> bool:
        return self.percorso.parent.name == "soluzioni"

    @cached_property
    def contenuto(self) -> nbformat.NotebookNode:
        return nbformat.read(self.percorso, as_version=4)

    @property
    def celle(self) -> list[nbformat.NotebookNode]:
        return self.contenuto.cells

    @property
    def di_codice(self) -> list[nbformat.NotebookNode]:
        return [cella for cella in self.celle if cella.cell_type == "code"]

    @property
    def di_testo(self) -> list[nbformat.NotebookNode]:
        return [cella for cella in self.celle if cella.cell_type == "markdown"]

    @property
    def uscite(self) -> list[tuple[nbformat.NotebookNode, nbformat.NotebookNode]]:
        return [(cella, uscita) for cella in self.di_codice for uscita in cella.outputs]


def etichette(cella: nbformat.NotebookNode) -> list[str]:
    return cella.metadata.get("tags", [])


def righe(cella: nbformat.NotebookNode) -> int:
    return sum(bool(riga.strip()) for riga in cella.source.splitlines())


TUTTI = [
    Notebook(percorso)
    for percorso in sorted(CARTELLA.rglob("[0-9]*.ipynb"))
    if ".ipynb_checkpoints" not in percorso.parts
]
LEZIONI = [notebook for notebook in TUTTI if not notebook.di_soluzioni]
