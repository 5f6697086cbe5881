"""L'impalcatura della lezione 02: il debugger risponde e lascia tutto com'era, gli avvisi si leggono."""

import sys
import warnings

import pytest
import torch

from corso_pytorch.lezioni.l02_autograd import guarda


def _con_sosta():
    numero = 41
    breakpoint()
    return numero + 1


def test_il_debugger_risponde_ai_comandi_e_il_programma_va_avanti(capsys):
    gancio = sys.breakpointhook
    with guarda.con_i_comandi("p numero", "p numero * 2"):
        assert _con_sosta() == 42
    assert capsys.readouterr().out == "(Pdb) p numero\n41\n(Pdb) p numero * 2\n82\n"
    assert sys.breakpointhook is gancio


def _radice_di_zero(x):
    return (x * 0).sqrt()


def test_la_riga_che_porta_al_nan():
    x = torch.tensor(1.0, requires_grad=True)
    cercando = torch.autograd.set_detect_anomaly(True)
    with guarda.avvisi_da_parte() as avvisi, cercando, pytest.raises(RuntimeError, match="nan"):
        _radice_di_zero(x).backward()
    assert guarda.riga_dell_andata(avvisi, "_radice_di_zero") == "return (x * 0).sqrt()"
    with pytest.raises(LookupError):
        guarda.riga_dell_andata([], "_radice_di_zero")


def test_gli_avvisi_non_escono(recwarn):
    with guarda.avvisi_da_parte() as avvisi:
        warnings.warn("da parte", stacklevel=1)
    assert [str(avviso.message) for avviso in avvisi] == ["da parte"] and not recwarn
