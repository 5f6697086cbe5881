"""La scelta del dispositivo e il seme dei numeri casuali."""

import random

import numpy as np
import pytest
import torch

from corso_pytorch import imposta_seme, scegli_dispositivo
from corso_pytorch.ambiente import dispositivi_presenti


@pytest.fixture(autouse=True)
def senza_variabile(monkeypatch):
    monkeypatch.delenv("CORSO_PYTORCH_DISPOSITIVO", raising=False)


def test_senza_indicazioni_prende_quello_che_c_e_davvero():
    assert scegli_dispositivo().type == dispositivi_presenti()[-1]


def test_la_build_cuda_senza_gpu_non_inganna(monkeypatch):
    def risposta(check_available=False):
        return None if check_available else torch.device("cuda")

    monkeypatch.setattr(torch.accelerator, "current_accelerator", risposta)
    assert scegli_dispositivo() == torch.device("cpu")


def test_la_variabile_decide_e_l_argomento_vince_sulla_variabile(monkeypatch):
    monkeypatch.setenv("CORSO_PYTORCH_DISPOSITIVO", "cpu")
    assert scegli_dispositivo() == torch.device("cpu")
    monkeypatch.setenv("CORSO_PYTORCH_DISPOSITIVO", "frullatore")
    assert scegli_dispositivo("cpu") == torch.device("cpu")


@pytest.mark.parametrize("nome", ["frullatore", "CPU!", "cpu:zero", "meta", "cpu:3"])
def test_un_dispositivo_che_non_c_e_riceve_un_errore_che_dice_quali_ci_sono(nome):
    with pytest.raises(ValueError, match=f"«{nome}».*«cpu»"):
        scegli_dispositivo(nome)


def test_lo_stesso_seme_da_gli_stessi_numeri():
    def tre_numeri():
        imposta_seme(7)
        return random.random(), np.random.rand(), torch.rand(1).item()

    assert tre_numeri() == tre_numeri()


@pytest.mark.parametrize("seme", [-1, 2**32, 1.5, "7", True])
def test_un_seme_impossibile_e_rifiutato(seme):
    with pytest.raises(ValueError, match="intero fra 0 e"):
        imposta_seme(seme)
