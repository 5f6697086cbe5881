"""Le figure della lezione 08: i pezzi, i pesi e il blocco che ricevono."""

import pytest
import torch

from corso_pytorch.lezioni.l08_testo import figure


def _testi(asse) -> list[str]:
    return [testo.get_text() for testo in asse.texts]


def test_le_fusioni_mostrano_i_pezzi_di_ogni_passo():
    figura = figure.fusioni([("le lettere", ["a", "l", "a"]), ("a + l", ["al", "a"])])
    assert _testi(figura.axes[0]) == ["le lettere", "a", "l", "a", "a + l", "al", "a"]


def test_un_pezzo_nuovo_e_colorato_e_largo_quanto_le_sue_lettere():
    figura = figure.fusioni([("le lettere", ["a", "l", "a"]), ("a + l", ["al", "a"])])
    caselle = figura.axes[0].patches
    assert [casella.get_width() for casella in caselle] == [1, 1, 1, 2, 1]
    bianco = (1.0, 1.0, 1.0, 1.0)
    assert [casella.get_facecolor() == bianco for casella in caselle] == [True, True, True, False, True]


def test_i_vettori_hanno_una_riga_per_token_e_lo_zero_al_centro():
    asse = figure.vettori(torch.tensor([[1.0, -3.0], [0.0, 2.0]]), ["il", "film"]).axes[0]
    assert [etichetta.get_text() for etichetta in asse.get_yticklabels()] == ["il", "film"]
    assert asse.images[0].get_clim() == (-3.0, 3.0)


def test_l_attenzione_piccola_scrive_i_pesi_con_la_virgola():
    asse = figure.attenzione(torch.tensor([[1.0, 0.0], [0.25, 0.75]]), ["a", "b"]).axes[0]
    assert _testi(asse) == ["1,00", "0,00", "0,25", "0,75"]


def test_l_attenzione_affianca_le_teste():
    figura = figure.attenzione(torch.rand(2, 6, 6), list("abcdef"), ["testa 1", "testa 2"])
    assert [asse.get_title() for asse in figura.axes] == ["testa 1", "testa 2"]
    assert not any(_testi(asse) for asse in figura.axes)


def test_i_pezzi_di_un_verso_e_in_verde_le_parole_intere():
    asse = figure.pezzi([["▁la", "▁sel", "va"], ["▁", "ogni"]]).axes[0]
    assert _testi(asse) == ["la", "sel", "va", "▁", "ogni"]
    assert [casella.get_x() for casella in asse.patches] == pytest.approx([0.1, 3.1, 6.1, 0.1, 1.1])
    bianco = (1.0, 1.0, 1.0, 1.0)
    assert [casella.get_facecolor() == bianco for casella in asse.patches] == [False, True, True, True, True]


def test_il_blocco_nomina_le_due_mosse_e_ha_due_somme():
    testi = _testi(figure.blocco().axes[0])
    assert testi.count("+") == testi.count("LayerNorm") == testi.count("la somma residua") == 2
    assert "attenzione\na più teste" in testi
    assert "piccola rete" in testi
    assert testi[0] == "embedding\n+ posti"
    assert testi[-1] == "strati lineari\n→ logit"
