"""Una lezione che lascia in vita un processo non passa, anche se i suoi output sono giusti."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
from lettura_notebook import RADICE

DORME = "[sys.executable, '-c', 'import time; time.sleep(120)']"
AVVIA = "import subprocess, sys\nfiglio = subprocess.Popen(" + DORME + ", {opzioni})"


def _prova(cartella: Path, *celle: str) -> subprocess.CompletedProcess:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cella) for cella in celle])
    nbformat.write(notebook, cartella / "lezione.ipynb")
    opzioni = ["-p", "nbval_interni", "--nbval-lax", "--nbval-current-env"]
    comando = [sys.executable, "-m", "pytest", *opzioni, "lezione.ipynb"]
    ambiente = os.environ | {"PYTHONPATH": str(RADICE / "tests")}
    return subprocess.run(comando, cwd=cartella, env=ambiente, capture_output=True, text=True)


def test_un_processo_dimenticato_e_trovato_e_chiuso(tmp_path):
    # In un'altra sessione: non basta chiudere il gruppo di processi del kernel.
    avvia = AVVIA.format(opzioni="start_new_session=True")
    prova = _prova(tmp_path, avvia, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(figlio.pid))")
    assert prova.returncode == 1
    assert "Processi rimasti alla fine della lezione: 1" in prova.stdout
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_chi_chiude_i_suoi_processi_passa(tmp_path):
    prova = _prova(tmp_path, AVVIA.format(opzioni=""), "figlio.terminate()", "figlio.wait() is not None")
    assert prova.returncode == 0, prova.stdout
