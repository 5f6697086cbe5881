"""Le figure della lezione 03: dicono ciò che devono, e non toccano il modello che disegnano."""

import pytest
import torch
from torch import nn

from corso_pytorch import grafici
from corso_pytorch.lezioni.l03_ciclo import figure


def _testi(figura) -> str:
    return " ".join(testo.get_text() for asse in figura.axes for testo in asse.texts)


def test_il_ciclo_nomina_le_quattro_fasi_e_zero_grad():
    testi = _testi(figure.ciclo_quattro_fasi())
    for parola in ("forward", "loss", "backward", "step", "zero_grad"):
        assert parola in testi


def test_le_curve_hanno_assi_nomi_e_il_segno_chiesto():
    figura = grafici.curve_loss({"uno": [3.0, 2.0], "due": [4.0, 5.0]}, "epoca", segna={"minimo": 1})
    asse = figura.axes[0]
    assert (asse.get_xlabel(), asse.get_ylabel(), asse.get_yscale()) == ("epoca", "loss", "log")
    assert [testo.get_text() for testo in asse.get_legend().get_texts()] == ["uno", "due"]
    assert "minimo" in _testi(figura)
    uno, _, minimo = asse.lines
    assert list(uno.get_xdata()) == [1, 2] and list(minimo.get_xdata()) == [2, 2]  # le epoche si contano da 1
    assert grafici.curve_loss({"una": [1.0]}, logaritmica=False).axes[0].get_legend() is None


def test_un_riquadro_per_percorso():
    cammino = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    figura = figure.discese(lambda p: p.square().sum(-1), {"a": cammino, "b": -cammino, "c": 2 * cammino})
    assert [asse.get_title(loc="left") for asse in figura.axes] == ["a", "b", "c"]
    punti = torch.linspace(-1, 1, 4)
    figura = figure.tre_learning_rate(torch.square, {"piccolo": punti, "grande": 2 * punti}, (-2, 2))
    assert [asse.get_title() for asse in figura.axes] == ["piccolo", "grande"]


def test_le_barre_dell_entropia_mettono_in_evidenza_la_classe_giusta():
    figura = figure.barre_entropia(torch.tensor([2.0, 0.5, -1.0]), 1, ["gatto", "cane", "pesce"])
    barre = figura.axes[2].patches
    assert barre[1].get_height() == pytest.approx(1.7413, abs=1e-3)
    assert [barra.get_alpha() for barra in barre] == [0.35, None, 0.35]


def test_i_modelli_disegnati_restano_come_erano():
    modello = nn.Linear(1, 1)
    x = torch.randn(6, 1)
    figura = figure.adattamenti({"retta": (modello, x, x), "ancora": (modello, x, x)})
    assert len(figura.axes) == 2 and figura.legends
    classi = nn.Linear(2, 2)
    figure.regioni_decisione(torch.randn(8, 2), torch.arange(8) % 2, classi)
    figure.regioni_decisione(torch.randn(8, 2), torch.arange(8) % 2)
    assert modello.weight.grad is None and classi.weight.grad is None and classi.training
