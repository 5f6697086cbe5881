"""Il ciclo di addestramento della lezione 03: la storia, i pesi dei batch, le modalità, lo scheduler."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from corso_pytorch.addestramento import accuratezza, addestra, una_epoca, valuta
from corso_pytorch.avanzamento import barra


@pytest.fixture
def batch():
    x = torch.arange(10.0).unsqueeze(1)
    return list(zip(x.split(4), (2 * x).split(4), strict=True))


def _retta(peso: float = 0.0) -> nn.Linear:
    modello = nn.Linear(1, 1)
    nn.init.constant_(modello.weight, peso)
    nn.init.zeros_(modello.bias)
    return modello


def _sgd(modello: nn.Module, lr: float = 0.0) -> torch.optim.Optimizer:
    return torch.optim.SGD(modello.parameters(), lr=lr)


def test_la_storia_ha_una_voce_per_misura_e_un_numero_per_epoca(batch):
    modello, loss = _retta(), nn.MSELoss()
    assert addestra(modello, batch, loss, _sgd(modello)).keys() == {"loss"}
    assert addestra(modello, batch, loss, _sgd(modello), 2, metrica=loss).keys() == {"loss"}
    assert addestra(modello, batch, loss, _sgd(modello), 2, batch).keys() == {"loss", "loss_validazione"}
    storia = addestra(modello, batch, loss, _sgd(modello), epoche=3, validazione=batch, metrica=nn.L1Loss())
    assert storia.keys() == {"loss", "loss_validazione", "metrica_validazione"}
    assert all(len(valori) == 3 and all(type(v) is float for v in valori) for valori in storia.values())


def test_l_ultimo_batch_corto_pesa_per_gli_esempi_che_ha(batch):
    modello = _retta()
    attesa = (torch.arange(10.0) * 2).square().mean().item()
    assert valuta(modello, batch, nn.MSELoss()) == pytest.approx(attesa)
    assert una_epoca(modello, batch, nn.MSELoss(), _sgd(modello)) == pytest.approx(attesa)


def test_addestra_abbassa_la_loss_e_trova_la_retta(batch):
    modello = _retta()
    storia = addestra(modello, batch, nn.MSELoss(), _sgd(modello, 0.01), epoche=200)
    assert storia["loss"][-1] < 1e-3 < storia["loss"][0]
    assert modello.weight.item() == pytest.approx(2, abs=1e-2)


def test_i_passi_sono_quelli_di_un_ciclo_scritto_a_mano(batch):
    modello, gemello = _retta(), _retta()
    una_epoca(modello, batch, nn.MSELoss(), _sgd(modello, 0.01))
    for x, y in batch:
        gradiente = torch.autograd.grad(((gemello(x) - y) ** 2).mean(), list(gemello.parameters()))
        with torch.no_grad():
            for parametro, g in zip(gemello.parameters(), gradiente, strict=True):
                parametro -= 0.01 * g
    torch.testing.assert_close(modello.weight, gemello.weight)
    torch.testing.assert_close(modello.bias, gemello.bias)


def test_addestra_e_valuta_scelgono_la_modalita_e_non_chiedono_gradienti_inutili(batch):
    modalita, gradienti = [], []

    class Spia(nn.Linear):
        def forward(self, x):
            modalita.append(self.training)
            gradienti.append(torch.is_grad_enabled())
            return super().forward(x)

    modello = Spia(1, 1)
    addestra(modello, batch, nn.MSELoss(), _sgd(modello), epoche=2, validazione=batch)
    assert modalita == gradienti == ([True] * 3 + [False] * 3) * 2


def test_lo_scheduler_avanza_dopo_ogni_batch(batch):
    modello = _retta()
    ottimizzatore = _sgd(modello, 1e-3)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(ottimizzatore, gamma=0.5)
    addestra(modello, batch, nn.MSELoss(), ottimizzatore, epoche=2, scheduler=scheduler)
    assert ottimizzatore.param_groups[0]["lr"] == pytest.approx(1e-3 * 0.5**6)


def test_accuratezza_conta_le_risposte_giuste():
    logit = torch.tensor([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0], [5.0, 4.0]])
    quota = accuratezza(logit, torch.tensor([0, 1, 1, 0]))
    assert quota.shape == () and quota.item() == 0.75


def test_senza_nessun_batch_lo_dice():
    modello = _retta()
    with pytest.raises(ZeroDivisionError):
        valuta(modello, [], nn.MSELoss())
    with pytest.raises(ZeroDivisionError):
        addestra(modello, [], nn.MSELoss(), _sgd(modello))


def test_la_barra_non_mescola_i_dati_una_volta_di_troppo():
    def ordine(avvolgi):
        sorte = torch.Generator().manual_seed(0)
        return [b.tolist() for b in avvolgi(DataLoader(range(20), batch_size=3, shuffle=True, generator=sorte))]

    assert ordine(barra) == ordine(list)


def test_la_barra_accetta_anche_chi_non_sa_quanto_e_lungo():
    assert list(barra(numero for numero in range(3))) == [0, 1, 2]
