"""L'italiano si legge senza fatica: l'indice Gulpease di ogni lezione, e i conti da cui nasce."""

import sys

import pytest
from lettura_notebook import RADICE

sys.path.insert(0, str(RADICE / "tools"))
from italiano import gulpease, lezioni, prosa


@pytest.mark.parametrize("lezione", lezioni(), ids=lambda file: file.stem[:2])
def test_la_lezione_si_legge_senza_fatica(lezione):
    assert gulpease(prosa(lezione)) >= 50


def test_l_indice_e_quello_di_lucisano_e_piemontese():
    # 2 frasi, 6 parole, 26 lettere.
    assert gulpease("Il gatto dorme. Poi mangia molto.") == pytest.approx(89 + (300 * 2 - 10 * 26) / 6)


def test_il_codice_e_le_formule_non_sono_prosa():
    testo = prosa(RADICE / "notebooks" / "01_tensori.ipynb")
    assert "`" not in testo and "$" not in testo and "http" not in testo
