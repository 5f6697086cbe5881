"""`come_si_ferma` trova la riga che dice il perché, e non lascia nulla su stderr."""

import sys

import pytest

from corso_pytorch.lezioni.l12_produzione.errori import come_si_ferma


def _racconta():
    print("prima\nil   perché è questo", file=sys.stderr)
    raise RuntimeError("errore 16\nil resto")


def test_dice_il_tipo_e_la_prima_riga(capsys):
    assert come_si_ferma(_racconta) == "RuntimeError: errore 16"
    assert capsys.readouterr() == ("", "")


def test_la_riga_puo_stare_nel_racconto():
    assert come_si_ferma(_racconta, "perché") == "RuntimeError: il perché è questo"


def test_chi_non_si_ferma_o_non_lo_dice_e_un_errore():
    with pytest.raises(ValueError, match="Non si è fermato"):
        come_si_ferma(list)
    with pytest.raises(ValueError, match="riga con «altro»"):
        come_si_ferma(_racconta, "altro")
