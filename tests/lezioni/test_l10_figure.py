"""Le figure della lezione 10: dicono gli stati, le durate e le curve che ricevono."""

import math

import pytest
import torch

from corso_pytorch.lezioni.l10_rinforzo import figure


def test_il_ciclo_nomina_tutto_cio_che_passa():
    testi = {testo.get_text() for testo in figure.agente_e_ambiente().axes[0].texts}
    assert testi >= {"agente", "ambiente", "azione", "stato, ricompensa"}


def test_il_carrello_sta_dove_dice_lo_stato_e_l_asta_pende_dalla_parte_giusta():
    stati = torch.tensor([[1.0, 0, 0.2, 0], [-1.0, 0, -0.2, 0], [0.0, 0, 0, 0]])
    figura = figure.carrelli(stati, ["a", "b", "c"], colonne=2)
    assert [asse.get_title() for asse in figura.axes] == ["a", "b", "c", ""]
    for asse, stato in zip(figura.axes, stati, strict=False):
        asta = asse.lines[-1].get_xdata()
        assert asta[0] == pytest.approx(stato[0].item())
        assert asta[1] - asta[0] == pytest.approx(math.sin(stato[2].item()))


def test_dove_va_segna_la_bandierina_i_bordi_e_le_cadute():
    resta, cade = torch.zeros(200, 2), torch.zeros(10, 2)
    cade[5:, 0] = torch.nan
    figura = figure.dove_va({"una": [resta], "altra": [resta, cade]}, 0.02)
    assert [asse.get_title() for asse in figura.axes] == ["una", "altra"]
    altezze = {linea.get_ydata()[0] for linea in figura.axes[0].lines}
    assert altezze >= {1.0, -2.4, 2.4}
    croci = [[linea.get_xdata()[0] for linea in asse.lines if linea.get_marker() == "x"] for asse in figura.axes]
    assert croci == [[], [pytest.approx(0.08), pytest.approx(0.18)]]


def test_gli_istogrammi_sono_in_percentuale_e_dicono_la_media():
    asse = figure.durate({"a caso": torch.tensor([10, 20, 30, 40])}, 200).axes[0]
    assert asse.get_title(loc="left") == "a caso: media 25 passi"
    assert sum(barra.get_height() for barra in asse.patches) == pytest.approx(100)


def test_i_ritorni_hanno_una_linea_per_sconto():
    sopra, sotto = figure.ritorni(torch.tensor([0.0, 1.0]), {"uno": torch.ones(2), "due": torch.zeros(2)}).axes
    assert [barra.get_height() for barra in sopra.patches] == [0, 1]
    assert [linea.get_label() for linea in sotto.lines] == ["uno", "due"]


def test_il_taglio_e_piatto_da_una_parte_sola():
    for asse, vantaggio in zip(figure.obiettivo_tagliato(0.2).axes, (1, -1), strict=True):
        rapporto, valori = (torch.as_tensor(dati) for dati in asse.lines[1].get_data())
        oltre = rapporto > 1.21 if vantaggio > 0 else rapporto < 0.79
        assert valori[oltre].tolist() == pytest.approx([1.2 if vantaggio > 0 else -0.8] * int(oltre.sum()))
        assert torch.allclose(valori[~oltre], vantaggio * rapporto[~oltre], atol=0.02)


def test_gli_sconti_si_scrivono_con_la_virgola():
    _, sotto = figure.ritorni(torch.tensor([0.0, 1.0]), {"γ = 0.5": torch.ones(2)}).axes
    assert sotto.lines[0].get_label() == "γ = 0,5"


def test_con_quattro_semi_la_mediana_sta_fra_i_due_di_mezzo():
    valori = torch.tensor([[10.0, 86], [10, 95], [10, 128], [10, 140]])
    mediana = figure.curve_sui_semi({"senza": (torch.tensor([0, 1000]), valori)}, 200).axes[0].lines[4]
    assert mediana.get_ydata()[1] == pytest.approx((95 + 128) / 2)


def test_le_curve_hanno_ogni_seme_la_mediana_e_il_riferimento():
    valori = torch.tensor([[1.0, 5], [2, 9], [3, 7]])
    asse = figure.curve_sui_semi({"PPO": (torch.tensor([0, 2000]), valori)}, 10, ("a caso", 2.0)).axes[0]
    assert len(asse.lines) == 5
    mediana = asse.lines[3]
    assert list(mediana.get_xdata()) == [0, 2]
    assert list(mediana.get_ydata()) == [2, 7]
    assert mediana.get_label() == "PPO (mediana di 3 semi)"


def test_la_mappa_segna_il_confine_dove_la_probabilita_e_un_mezzo():
    angoli, giri = torch.linspace(-0.2, 0.2, 5), torch.linspace(-1, 1, 7)
    destra = torch.sigmoid(5 * giri[:, None] + 0 * angoli)
    asse = figure.mappa_politica(destra, angoli, giri).axes[0]
    confine = next(c for c in asse.collections if type(c).__name__.endswith("ContourSet")).get_paths()[0].vertices
    assert confine[:, 1] == pytest.approx(0, abs=1e-6)
