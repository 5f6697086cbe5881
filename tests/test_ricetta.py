"""La ricetta della lezione 05: i batch in memoria, la precisione mista, un'epoca che impara."""

import pytest
import torch

from corso_pytorch import imposta_seme
from corso_pytorch.ambiente import ha_bf16
from corso_pytorch.modelli import CNN, CNNVeloce
from corso_pytorch.ricetta import BatchInMemoria, InBf16, ricetta


@pytest.mark.parametrize(("quanti", "batch"), [(10, 4), (8, 4), (3, 4)])
def test_un_giro_vede_ogni_esempio_una_volta(quanti, batch):
    dati = BatchInMemoria(torch.arange(quanti), torch.arange(quanti) * 2, batch)
    giro = list(dati)
    assert len(giro) == len(dati)
    x, y = (torch.cat(pezzi) for pezzi in zip(*giro, strict=True))
    assert torch.equal(x.sort().values, torch.arange(quanti))
    assert torch.equal(y, x * 2)


def test_ogni_giro_ha_un_ordine_nuovo_e_il_seme_lo_ripete():
    dati = BatchInMemoria(torch.arange(100), torch.arange(100))
    imposta_seme(3)
    primo, secondo = next(iter(dati))[0], next(iter(dati))[0]
    imposta_seme(3)
    assert torch.equal(next(iter(dati))[0], primo)
    assert not torch.equal(primo, secondo)


def test_la_precisione_mista_lascia_in_float32_pesi_e_logit():
    modello = InBf16(CNNVeloce().eval())
    x = torch.randn(4, 1, 28, 28)
    assert modello(x).dtype == torch.float32
    assert {p.dtype for p in modello.parameters()} == {torch.float32}
    assert torch.allclose(modello(x), modello.modello(x), atol=0.1)


def test_un_epoca_impara_a_distinguere_dieci_immagini():
    imposta_seme(0)
    y = torch.arange(2000) % 10
    x = torch.randn(10, 1, 28, 28)[y] + 0.3 * torch.randn(2000, 1, 28, 28)
    modello = CNNVeloce()
    ricetta(modello, BatchInMemoria(x, y, 64))
    modello.eval()
    assert (modello(x).argmax(1) == y).float().mean() > 0.95


def test_la_rete_veloce_costa_un_quarto():
    from torch.utils.flop_counter import FlopCounterMode

    costi = []
    for classe in (CNNVeloce, CNN):
        with FlopCounterMode(display=False) as conto:
            classe()(torch.zeros(1, 1, 28, 28))
        costi.append(conto.get_total_flops())
    assert costi[0] == 2 * 376_704 and costi[0] < 0.28 * costi[1]
    assert sum(p.numel() for p in CNNVeloce().parameters()) == 17_882


@pytest.mark.parametrize(("capacita", "atteso"), [({"avx512_bf16": True}, True), ({"avx2": True}, False), ({}, False)])
def test_bf16_si_chiede_al_processore(monkeypatch, capacita, atteso):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capacita)
    assert ha_bf16(torch.device("cpu")) is atteso
    assert not ha_bf16(torch.device("meta"))
