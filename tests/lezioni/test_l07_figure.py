"""Le figure della lezione 07: dicono chi fa che cosa, in che ordine, e quanto."""

import pytest
from matplotlib.colors import to_rgb

from corso_pytorch.grafici.griglia import tinta
from corso_pytorch.grafici.stile import ARANCIO, BLU, ROSSO, VERDE
from corso_pytorch.lezioni.l07_trainer import figure


def _testi(figura) -> list[str]:
    return [testo.get_text() for asse in figura.axes for testo in asse.texts]


def test_chi_fa_che_cosa_colora_secondo_chi_se_ne_incarica():
    fasi = [("dati", "DataLoader()", "Trainer", "create()"), ("rete", "Rete()", "tu", "Trainer(rete)")]
    figura = figure.chi_fa_che_cosa(fasi)
    assert {"dati", "DataLoader()", "create()"} <= set(_testi(figura))
    colori = [riquadro.get_facecolor() for riquadro in figura.axes[0].patches]
    assert colori[0] != colori[1]
    assert [testo.get_text() for testo in figura.legends[0].get_texts()] == ["tu", "Trainer"]


def test_i_due_cicli_hanno_i_colori_di_chi_li_fa():
    nostro, suo = figure.due_cicli([2.0, 1.0], [2.0, 1.5]).axes[0].lines
    assert (nostro.get_color(), suo.get_color()) == (ARANCIO, BLU)


def test_la_scaletta_mette_gli_eventi_a_destra():
    figura = figure.scaletta(["passo", "on_fine", "azzera"], ripetute=("passo", "on_fine"))
    posti = {testo.get_text(): testo.get_position() for testo in figura.axes[0].texts}
    assert posti["passo"][0] < 5 < posti["on_fine"][0]
    assert posti["passo"][1] < posti["on_fine"][1] < posti["azzera"][1]
    cornice = figura.axes[0].patches[0]
    assert (cornice.get_y(), cornice.get_height()) == (0, 2)
    assert [testo.get_text() for testo in figura.legends[0].get_texts()] == ["Trainer", "callback"]


def test_la_fermata_segna_la_migliore_e_conta_le_risparmiate():
    figura = figure.fermata([0.9, 0.5, 0.6, 0.7], epoche=10)
    cerchio = figura.axes[0].lines[1]
    assert (cerchio.get_xdata()[0], cerchio.get_ydata()[0]) == (2, 0.5)
    assert "6 epoche\nrisparmiate" in _testi(figura)


def test_le_norme_si_fermano_al_limite():
    prima, dopo = figure.norme_tagliate([2.0, 0.5, 1.5], limite=1.0).axes[0].lines[:2]
    assert list(prima.get_ydata()) == [2.0, 0.5, 1.5]
    assert list(dopo.get_ydata()) == [1.0, 0.5, 1.0]


def test_le_righe_cambiate_sono_colorate_e_le_altre_no():
    figura = figure.righe_cambiate("    a = 1\n    b = 2\n", "    a = 1\n    b = 3\n    c = 4\n")
    colori = [to_rgb(riquadro.get_facecolor()) for riquadro in figura.axes[0].patches]
    assert colori == [pytest.approx(tinta(ROSSO, 0.3))] + [pytest.approx(tinta(VERDE, 0.3))] * 2
    assert _testi(figura)[2:] == ["a = 1", "a = 1", "b = 2", "b = 3", "c = 4"]


def test_la_spartizione_tratteggia_il_doppione():
    figura = figure.spartizione([[0, 1, 4, 5], [2, 3, 6, 0]], quanti=7, batch=2)
    tratteggiate = [casella for casella in figura.axes[0].patches if casella.get_linestyle() == ":"]
    assert len(tratteggiate) == 1
    assert "gather: 8 risposte, 1 di troppo · gather_for_metrics: 7" in _testi(figura)
