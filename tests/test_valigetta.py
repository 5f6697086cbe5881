"""La valigetta: ciò che contiene si sa senza la rete; che si installi lo prova «corso valigetta --verifica»."""

import ast
import subprocess
import sys

import pytest
from lettura_notebook import RADICE

from corso_pytorch.__main__ import main

sys.path.insert(0, str(RADICE / "tools"))
import valigetta


def test_chi_installa_e_un_programma_che_si_legge():
    ast.parse(valigetta.INSTALLA.format(python="3, 12", python_detto="3.12"))


def test_il_corso_e_quello_che_git_conosce(tmp_path):
    if not (RADICE / ".git").exists():
        pytest.skip("si prova in un clone")
    valigetta._corso(tmp_path)
    nomi = subprocess.run(["git", "ls-files"], cwd=RADICE, capture_output=True, text=True, check=True).stdout
    assert {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()} == set(
        nomi.split("\n")
    ) - {""}


@pytest.mark.parametrize("opzioni", [[], ["cartella", "--piattaforma", "amiga"]])
def test_chi_scrive_male_il_comando_lo_viene_a_sapere(opzioni, capsys):
    with pytest.raises(SystemExit) as uscita:
        main(["valigetta", *opzioni])
    assert uscita.value.code == 2 and "corso valigetta --help" in capsys.readouterr().err
