"""`compilazione`, della lezione 05: quando si può compilare, il codice che ne esce, la cache; e chi non può."""

import os
import subprocess
import sys

import pytest
import torch

from corso_pytorch.lezioni.l05_velocita.compilazione import (
    cache_vuota,
    dove_si_compila,
    kernel_generati,
    prepara_compilazione,
)
from corso_pytorch.lezioni.l05_velocita.osservare import megabyte_chiesti

SENZA_COMPILATORE = """
import torch
from corso_pytorch.lezioni.l05_velocita.compilazione import kernel_generati, prepara_compilazione
print(prepara_compilazione(torch.device("cpu")))
somma = torch.compile(lambda x: torch.sin(x) + 1)
print(torch.allclose(somma(torch.ones(3)), torch.sin(torch.ones(3)) + 1))
print(kernel_generati(lambda x: torch.sin(x) + 1, torch.ones(3)))
print(torch._dynamo.explain(lambda x: torch.sin(x) + 1)(torch.ones(3)).graph_count)
"""


@pytest.fixture(scope="module")
def pronta():
    return prepara_compilazione(torch.device("cpu"))


def test_la_catena_diventa_un_ciclo_solo(pronta):
    assert pronta
    kernel = kernel_generati(lambda x: torch.sin(x) + torch.exp(x), torch.ones(100))
    assert len(kernel) == 1
    assert "sin" in kernel[0] and "exp" in kernel[0] and "inductor_cpu_" not in kernel[0]


def test_un_prodotto_fra_matrici_non_genera_cicli(pronta):
    assert kernel_generati(lambda x: x @ x, torch.ones(64, 64)) == []


def test_in_un_programma_compilato_conta_anche_cio_che_rende_prima_di_finire(pronta):
    x, pesi = torch.ones(256, 1024), [torch.ones(1024, 1024) for _ in range(2)]
    due_prodotti = torch.compile(lambda x: (x @ pesi[0]).relu() @ pesi[1])
    assert megabyte_chiesti(lambda: due_prodotti(x)) == pytest.approx(2 * 4 * 256 * 1024 / 1e6, abs=0.1)


def test_la_cache_vuota_non_tocca_quella_vera(pronta, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    with cache_vuota():
        altrove = os.environ["TORCHINDUCTOR_CACHE_DIR"]
        torch.compile(lambda x: x * 3)(torch.ones(2))
        assert altrove != str(tmp_path) and os.listdir(altrove)
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == str(tmp_path)
    assert not os.path.exists(altrove) and not os.listdir(tmp_path)


def test_senza_compilatore_si_va_avanti_e_una_riga_dice_perche(tmp_path):
    ambiente = os.environ | {"CXX": "compilatore-che-non-c-e", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path)}
    fatto = subprocess.run([sys.executable, "-c", SENZA_COMPILATORE], env=ambiente, capture_output=True, text=True)
    assert fatto.returncode == 0, fatto.stderr
    avviso, pronta, giusta, _, grafi = fatto.stdout.splitlines()
    assert "corso diagnosi" in avviso
    assert (pronta, giusta, grafi) == ("False", "True", "1")
    assert fatto.stderr == ""


def test_dove_non_si_compila_si_calcola_sulla_cpu(capsys):
    assert dove_si_compila(torch.device("cpu")) == torch.device("cpu")
    assert capsys.readouterr().out == ""
    assert dove_si_compila(torch.device("meta")) == torch.device("cpu")
    assert "Per il dispositivo «meta»" in capsys.readouterr().out
