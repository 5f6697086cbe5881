"""Le regole che rendono confrontabili gli output: che cosa devono uguagliare e che cosa no."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import get_sanitize_patterns

RADICE = Path(__file__).parent.parent
REGOLE = dict(get_sanitize_patterns((RADICE / "tests" / "nbval.cfg").read_text(encoding="utf-8")))


def _suono(dati: str, testo: str = "una nota") -> str:
    return f'<audio controls title="{testo}" aria-label="{testo}" src="data:audio/wav;base64,{dati}"></audio>'


def _figura(dati: str, testo: str = "una retta che sale") -> str:
    return f'<img alt="{testo}" src="data:image/png;base64,{dati}">'


UGUALI = [
    ("tensor([1, 2])", "tensor([1, 2], device='cuda:0')"),
    ("tensor(1., dtype=torch.float64)", "tensor(1., device='cuda:0', dtype=torch.float64)"),
    ("tensor([1., 2.], requires_grad=True)", "tensor([1., 2.], device='cuda:0', requires_grad=True)"),
    ("tensor(3., grad_fn=<AddBackward0>)", "tensor(3., device='cuda:0', grad_fn=<AddBackward0>)"),
    ("tensor([[1., 2.],\n        [3., 4.]])", "tensor([[1., 2.],\n        [3., 4.]], device='cuda:0')"),
    (
        "tensor([1.1111, 2.2222], dtype=torch.float64)",
        "tensor([1.1111, 2.2222], device='cuda:0',\n       dtype=torch.float64)",
    ),
    ("tensor([], size=(0, 3))", "tensor([], device='mps:0', size=(0, 3))"),
    ("device(type='cpu')", "device(type='cuda', index=0)"),
    ("uso cpu", "uso cuda:0"),
    ("<object at 0x7f3a5c0d1e20>", "<object at 0x7f0000000010>"),
    ("3.21 ms ± 12.5 µs", "10 ms ± 4 µs"),
    ("in 1.52 s", "in 12.10 s"),
    ("1200 immagini/s", "900.5 immagini/s"),
    (_suono("RIFF" * 14 + "uno"), _suono("RIFF" * 14 + "altri/campioni+=")),
    (_figura("iVBORw0K/cpu/3ms+=="), _figura("iVBORw0KGgo=")),
]

DIVERSI = [
    ("tensor([1, 2])", "tensor([1, 3])"),
    ("tensor([1, 2])", "tensor([1., 2.])"),
    ("tensor([1.0000])", "tensor([1.0001])"),
    ("tensor(1., dtype=torch.float64)", "tensor(1.)"),
    ("tensor([1., 2.], requires_grad=True)", "tensor([1., 2.])"),
    ("tensor(3., grad_fn=<AddBackward0>)", "tensor(3.)"),
    ("torch.Size([2, 3])", "torch.Size([3, 2])"),
    ("tensor([], size=(0, 3))", "tensor([], size=(0, 4))"),
    ("device(type='meta')", "meta"),
    ("accuratezza 0.99", "accuratezza 0.98"),
    ("Esercizio 1.1: corretto", "Esercizio 1.1: sbagliato"),
    ("5 secondi", "6 secondi"),
    ("28 pixel", "27 pixel"),
    ("corretto", "Corretto"),
    # I primi 42 byte di un WAV dicono frequenza e durata: quelli si confrontano.
    (_suono("RIFF" * 14 + "uno"), _suono("RIFX" * 14 + "uno")),
    (_suono("RIFF" * 14 + "uno"), _suono("RIFF" * 14 + "uno", "un accordo")),
    ("data:audio/wav;base64," + "RIFF" * 14 + "uno", "data:audio/wav;base64," + "RIFF" * 14 + "due"),
    (_figura("iVBORw0K"), _figura("iVBORw0K", "una retta che scende")),
    (_figura("iVBORw0K"), _figura("iVBORw0K").replace("png", "gif")),
]


def ripulisci(testo: str) -> str:
    for modello, sostituto in REGOLE.items():
        testo = re.sub(modello, sostituto, testo)
    return testo


def test_il_file_delle_regole_e_letto_tutto():
    testo = (RADICE / "tests" / "nbval.cfg").read_text(encoding="ascii")
    assert len(REGOLE) == testo.count("\nregex: ") == testo.count("\nreplace: ")


@pytest.mark.parametrize(("uno", "altro"), UGUALI)
def test_uguaglia(uno, altro):
    assert ripulisci(uno) == ripulisci(altro)


@pytest.mark.parametrize(("uno", "altro"), DIVERSI)
def test_distingue(uno, altro):
    assert ripulisci(uno) != ripulisci(altro)


def _pytest_su_un_notebook(
    cartella: Path, celle: list[nbformat.NotebookNode], *opzioni: str
) -> subprocess.CompletedProcess:
    """Esegue pytest, con le correzioni del corso a nbval, su un notebook fatto per la prova."""
    notebook = nbformat.v4.new_notebook(cells=celle)
    nbformat.write(notebook, cartella / "prova.ipynb")
    comando = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider"]
    comando += ["-p", "nbval_interni", "--rootdir=.", *opzioni, "prova.ipynb"]
    percorsi = os.pathsep.join([str(RADICE / "tests"), os.environ.get("PYTHONPATH", "")])
    ambiente = os.environ | {"PYTHONPATH": percorsi.rstrip(os.pathsep)}
    return subprocess.run(comando, cwd=cartella, env=ambiente, capture_output=True, text=True)


def _cella(codice: str, testo: str | None = None) -> nbformat.NotebookNode:
    uscite = [nbformat.v4.new_output("stream", name="stdout", text=testo)] if testo else []
    return nbformat.v4.new_code_cell(codice, execution_count=1, outputs=uscite)


def test_un_kernel_morto_fallisce_subito(tmp_path):
    inizio = time.monotonic()
    esito = _pytest_su_un_notebook(tmp_path, [_cella("import os; os._exit(1)"), _cella("print(1)", "1\n")])
    assert esito.returncode == 1
    assert "Il kernel è morto" in esito.stdout
    assert time.monotonic() - inizio < 30  # il limite di una cella è dieci volte tanto


def test_un_output_diverso_fa_fallire(tmp_path):
    esito = _pytest_su_un_notebook(tmp_path, [_cella("print(1)", "1\n"), _cella("print(2)", "3\n")])
    assert "1 failed, 1 passed" in esito.stdout


def test_sotto_xdist_un_notebook_non_si_divide(tmp_path):
    celle = [_cella("x = [0]"), *(_cella(f"x.append({n}); print(len(x))", f"{n + 1}\n") for n in range(1, 9))]
    esito = _pytest_su_un_notebook(tmp_path, celle, "-n", "2")
    assert "9 passed" in esito.stdout, esito.stdout
