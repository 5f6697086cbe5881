"""La rete sotto il secondo e il suo conto: filtri dai dati, primo strato fermo, byte e secondi contati."""

import pytest
import torch
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

from corso_pytorch import imposta_seme
from corso_pytorch.lezioni.l05_velocita import figure
from corso_pytorch.lezioni.l05_velocita.lampo import CNNLampo, filtri_dai_dati
from corso_pytorch.lezioni.l05_velocita.osservare import FAMIGLIE, byte_mossi, dove_va_il_tempo


@pytest.fixture
def rete():
    imposta_seme(0)
    return CNNLampo(filtri_dai_dati(torch.rand(64, 1, 28, 28))).to(memory_format=torch.channels_last)


def test_i_filtri_sono_a_coppie_opposte_e_danno_risposte_scorrelate():
    imposta_seme(0)
    immagini = torch.rand(64, 1, 28, 28).cumsum(3)
    filtri = filtri_dai_dati(immagini, quanti=4)
    assert filtri.shape == (8, 1, 6, 6) and torch.equal(filtri[:4], -filtri[4:])
    risposte = F.conv2d(immagini, filtri[:4], stride=2).transpose(0, 1).flatten(1)
    assert (risposte.corrcoef() - torch.eye(4)).abs().max() < 1e-2


def test_i_filtri_non_dipendono_dalla_scala_dei_pixel():
    imposta_seme(0)
    immagini = torch.rand(64, 1, 28, 28).cumsum(3)
    prima, dopo = filtri_dai_dati(immagini, quanti=2), filtri_dai_dati(255 * immagini, quanti=2)
    assert torch.allclose(prima.abs(), dopo.abs(), atol=1e-3)


def test_il_primo_strato_non_impara_e_gli_altri_si(rete):
    pixel = torch.randint(0, 256, (8, 28, 28), dtype=torch.uint8)
    torch.nn.init.normal_(rete.uscita.weight)
    F.cross_entropy(rete(pixel), torch.arange(8)).backward()
    assert rete.primo.weight.grad is None
    assert all(
        p.grad is not None and p.grad.any() for nome, p in rete.named_parameters() if not nome.startswith("primo")
    )


def test_la_cornice_non_conta(rete):
    pixel = torch.randint(0, 256, (4, 28, 28), dtype=torch.uint8)
    torch.nn.init.normal_(rete.uscita.weight)
    cambiati = pixel.clone()
    cambiati[:, :2] = cambiati[:, -2:] = 7
    rete.eval()
    assert torch.equal(rete(pixel), rete(cambiati))


def test_i_byte_sono_quelli_letti_e_scritti_e_le_viste_non_ne_muovono():
    x = torch.ones(1000)
    assert byte_mossi(lambda: x + 1) == 2 * x.nbytes
    assert byte_mossi(lambda: x.view(10, 100).T) == 0
    assert byte_mossi(lambda: torch.cat([x, x])) == 4 * x.nbytes


def test_il_conto_torna_e_riconosce_le_famiglie(rete):
    pixel = torch.randint(0, 256, (32, 28, 28), dtype=torch.uint8)
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        F.cross_entropy(rete(pixel), torch.arange(32) % 10).backward()
    parti = dove_va_il_tempo(prof, 10.0)
    assert sum(parti.values()) == pytest.approx(10)
    assert all(parti[nome] > 0 for nome in FAMIGLIE if nome != "AdamW") and parti["AdamW"] == 0
    asse = figure.conto(parti, {"operazioni ÷ picco": 1.0, "byte ÷ banda": 0.5}).axes[0]
    assert sum(barra.get_width() for barra in asse.patches) == pytest.approx(11.5)
