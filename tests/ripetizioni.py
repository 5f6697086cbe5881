"""``pytest --ripeti celle`` esegue ogni cella due volte di fila, ``--ripeti lezione`` tutta la lezione due volte.

È ciò che fa chi studia, nello stesso kernel. Gli output devono restare gli stessi; fa eccezione la cella con
l'etichetta ``non-due-volte``, che ha vicino una riga che dice da dove rieseguire.
"""

from itertools import groupby

import pytest


def pytest_addoption(parser):
    parser.addoption("--ripeti", choices=["celle", "lezione"], help="esegue due volte ogni cella, o tutta la lezione")


def pytest_collection_modifyitems(config, items):
    come = config.getoption("--ripeti")
    if not come:
        return
    if config.getoption("--annota"):
        raise pytest.UsageError("«--ripeti» non dice quanto dura una lezione: usalo senza «--annota».")
    di_notebook = [item for item in items if item.path.suffix == ".ipynb"]
    config.hook.pytest_deselected(items=[item for item in items if item not in di_notebook])
    items[:] = [
        esecuzione
        for _, celle in groupby(di_notebook, key=lambda item: item.parent)
        for esecuzione in _due_volte(list(celle), come)
    ]


def _due_volte(celle: list, come: str) -> list:
    if come == "lezione":
        return celle + [_copia(cella) for cella in celle]
    ripetibile = {cella: "non-due-volte" not in cella.cell.metadata.get("tags", []) for cella in celle}
    return [volta for cella in celle for volta in ([cella, _copia(cella)] if ripetibile[cella] else [cella])]


def _copia(cella):
    return type(cella).from_parent(
        cella.parent, name=f"{cella.name} bis", cell_num=cella.cell_num, cell=cella.cell, options=cella.options
    )
