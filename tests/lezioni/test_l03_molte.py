"""Mille reti insieme fanno gli stessi passi che farebbero una alla volta."""

import torch
from torch import nn

from corso_pytorch import imposta_seme
from corso_pytorch.lezioni.l03_ciclo.molte import molte_volte


def test_insieme_o_una_alla_volta_e_lo_stesso():
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    y = x.sum(dim=1, keepdim=True)

    def crea():
        return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))

    insieme = molte_volte(crea, 3, x, y, lr=0.05, passi=7)
    for seme in range(3):
        imposta_seme(seme)
        rete = crea()
        ottimizzatore = torch.optim.SGD(rete.parameters(), lr=0.05)
        for _ in range(7):
            loss = nn.MSELoss()(rete(x), y)
            ottimizzatore.zero_grad()
            loss.backward()
            ottimizzatore.step()
        for nome, parametro in rete.named_parameters():
            assert torch.allclose(insieme[nome][seme], parametro, atol=1e-6)


def test_zero_passi_danno_i_pesi_iniziali():
    pesi = molte_volte(lambda: nn.Linear(1, 1), 2, torch.ones(1, 1), torch.ones(1, 1), lr=0.1, passi=0)
    imposta_seme(1)
    assert torch.equal(pesi["weight"][1], nn.Linear(1, 1).weight)
