"""CONTRIBUTING: l'esercizio d'esempio funziona, le regole sono quelle dei test, ciò che nomina esiste."""

import re
import sys

import pytest
from lettura_notebook import RADICE

from corso_pytorch import controlla
from corso_pytorch.verifiche import registro

sys.path.insert(0, str(RADICE / "tools"))
import indice

CONTRIBUTING = (RADICE / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_l_esercizio_d_esempio_riceve_le_sue_diagnosi(monkeypatch):
    monkeypatch.setattr(registro, "_ESERCIZI", {})
    exec(re.search(r"```python\n(.+?)```", CONTRIBUTING, re.S).group(1), {})
    esempio = registro.trova("99.1")
    assert controlla("99.1", esempio.giusta).stato == "corretto"
    diagnosi = [controlla("99.1", svista).messaggio for _, svista in esempio.sviste_una_a_una()]
    assert diagnosi == [*esempio.sviste]


def test_le_regole_sono_quelle_dei_test():
    assert indice.con_le_regole(CONTRIBUTING) == CONTRIBUTING, "«uv run python tools/indice.py» le riscrive"


@pytest.mark.parametrize("percorso", re.findall(r"\b(?:tools|src|tests|docs)/[\w/.]+", CONTRIBUTING))
def test_ciò_che_nomina_esiste(percorso):
    esempio = percorso.replace("lNN_nome", "l00_inizio").replace("lNN", "l00").rstrip(".")
    assert (RADICE / esempio).exists()
