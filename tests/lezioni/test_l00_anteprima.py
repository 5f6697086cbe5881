"""L'anteprima della lezione 00: impara davvero, sempre allo stesso modo, e non lascia tracce."""

import pytest
import torch

from corso_pytorch.lezioni.l00_inizio.anteprima import impara, letture_a_parole, sbagli_a_parole


def test_impara():
    prima, dopo = impara((0, 5))
    assert prima.giuste < 72 and dopo.giuste > 306  # dal caso (meno del 20 %) a più dell'85 %
    assert str(prima).startswith("prima di imparare") and "dopo 5 passaggi" in str(dopo)


def test_chi_non_vede_le_figure_le_sente():
    momenti = impara((0, 5))
    assert f"e {momenti[-1].giuste} su 360." in letture_a_parole(momenti)
    assert sbagli_a_parole(momenti[-1]).count(" letto ") == 360 - momenti[-1].giuste


def test_insistere_insegna_solo_le_cifre_studiate():
    quaranta, cento = impara((40, 100))
    assert cento.studiate > quaranta.studiate + 8 and cento.giuste <= quaranta.giuste


def test_un_numero_solo_va_bene_anche_senza_virgola():
    assert [momento.passaggi for momento in impara(2)] == [2]


def test_ogni_volta_le_stesse_letture():
    assert torch.equal(impara([2])[0].lette, impara([0, 1, 2])[-1].lette)


def test_non_lascia_tracce():
    thread, caso = torch.get_num_threads(), torch.get_rng_state()
    impara([1])
    assert torch.get_num_threads() == thread and torch.equal(torch.get_rng_state(), caso)


@pytest.mark.parametrize("passaggi", [[], [-1, 3]])
def test_i_passaggi_si_contano_da_zero(passaggi):
    with pytest.raises(ValueError, match="da zero in su"):
        impara(passaggi)
