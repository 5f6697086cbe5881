"""``tools/aggiorna_output.py``: forma canonica, due giri uguali, nulla perso se una cella fallisce."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from lettura_notebook import RADICE


@pytest.fixture
def notebook(tmp_path) -> Path:
    celle = [
        nbformat.v4.new_markdown_cell("# Prova"),
        nbformat.v4.new_code_cell("import torch\ntorch.arange(3)"),
        nbformat.v4.new_code_cell("print('a')\nprint('b')"),
        nbformat.v4.new_code_cell("torch.nn.Linear(2, 1)(torch.ones(3))", metadata={"tags": ["raises-exception"]}),
    ]
    for posto, cella in enumerate(celle):
        cella.id = f"cella-{posto}"
    celle[1].outputs = [nbformat.v4.new_output("stream", text="un output vecchio")]
    percorso = tmp_path / "00_prova.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=celle), percorso)
    return percorso


def aggiorna(percorso: Path) -> subprocess.CompletedProcess:
    comando = [sys.executable, str(RADICE / "tools" / "aggiorna_output.py"), str(percorso)]
    return subprocess.run(comando, capture_output=True, text=True, cwd=percorso.parent)


def test_la_forma_e_canonica_e_il_secondo_giro_non_la_cambia(notebook):
    assert "aggiornato" in aggiorna(notebook).stdout
    primo = notebook.read_bytes()
    letto = nbformat.read(notebook, as_version=4)
    assert set(letto.metadata) == {"kernelspec", "language_info"}
    assert [cella.get("execution_count") for cella in letto.cells] == [None, 1, 2, 3]
    assert not any("execution" in cella.metadata for cella in letto.cells)
    assert letto.cells[1].outputs[0].data["text/plain"] == "tensor([0, 1, 2])"
    assert letto.cells[2].outputs == [nbformat.v4.new_output("stream", name="stdout", text="a\nb\n")]
    traccia = "\n".join(letto.cells[3].outputs[0].traceback)
    assert "…/torch/nn/modules" in traccia
    assert str(RADICE) not in traccia
    assert str(Path.home()) not in traccia
    assert "identico" in aggiorna(notebook).stdout
    assert notebook.read_bytes() == primo


def test_se_una_cella_fallisce_il_notebook_resta_com_era(notebook):
    letto = nbformat.read(notebook, as_version=4)
    letto.cells[2].source = "1 / 0"
    nbformat.write(letto, notebook)
    prima = notebook.read_bytes()
    esito = aggiorna(notebook)
    assert esito.returncode == 1
    assert "ZeroDivisionError" in esito.stderr
    assert notebook.read_bytes() == prima
