"""Le figure della lezione 02: nascono, dicono la verità sul grafo, rifiutano ciò che un grafo non ha."""

import matplotlib.pyplot as plt
import pytest
import torch

from corso_pytorch.lezioni.l02_autograd import figure


def _testi(figura):
    plt.close(figura)
    return [testo.get_text() for testo in figura.axes[0].texts]


@pytest.fixture
def neurone():
    w, b = (torch.tensor(valore, requires_grad=True) for valore in (3.0, 1.0))
    return {"w": w, "b": b, "errore": (w * 2 + b - 4) ** 2}


def test_il_grafo_mostra_foglie_operazioni_e_valori(neurone):
    testi = _testi(figure.grafo(neurone["errore"], neurone))
    assert {"w", "b", "errore", "PowBackward0", "SubBackward0", "AddBackward0", "MulBackward0"} <= set(testi)
    assert {"vale 3", "vale 1", "vale 9"} <= set(testi)
    assert not any(testo.startswith("grad") for testo in testi)


def test_dopo_il_ritorno_il_grafo_mostra_i_gradienti(neurone):
    neurone["errore"].backward()
    testi = _testi(figure.grafo(neurone["errore"], neurone, ritorno=True))
    assert {"grad 12", "grad 6"} <= set(testi)


def test_il_ritorno_porta_le_derivate_locali_sulle_frecce(neurone):
    testi = _testi(figure.grafo(neurone["errore"], neurone, ritorno=True))
    assert sorted(testo for testo in testi if testo.startswith("×") and len(testo) > 1) == [
        "×1",
        "×1",
        "×1",
        "×2",
        "×6",
    ]
    assert {"grad 1", "grad 6", "grad 12"} <= set(testi)  # l'errore rispetto a sé stesso vale 1
    assert neurone["w"].grad is None  # il disegno non consegna nulla


def test_due_frecce_fra_gli_stessi_nodi_hanno_ognuna_la_sua_derivata():
    a, c = (torch.tensor(valore, requires_grad=True) for valore in (3.0, 5.0))
    testi = _testi(figure.grafo(a * c + a * a, {"a": a, "c": c}, ritorno=True))
    assert sorted(t for t in testi if t.startswith("×") and len(t) > 1) == ["×1", "×1", "×3", "×3", "×3", "×5"]


def test_a_grafo_liberato_restano_i_gradienti_e_non_le_derivate(neurone):
    neurone["errore"].backward()
    testi = _testi(figure.grafo(neurone["errore"], neurone, ritorno=True))
    assert "grad 12" in testi and "×2" not in testi


def test_un_numero_usato_due_volte_ha_due_frecce_e_una_foglia_sola():
    a = torch.tensor(3.0, requires_grad=True)
    figura = figure.grafo(a * a, {"a": a})
    assert len(figura.axes[0].patches) == 2 + 1 + 1  # due frecce, un cerchio, una scatola
    assert _testi(figura).count("a") == 1


def test_il_grafo_regge_tensori_grandi_foglie_senza_nome_e_storie_lunghe():
    w = torch.ones(3, requires_grad=True)
    stato = w.sum()
    for _ in range(5):
        stato = stato * w.mean() + 1
    assert "foglia" in _testi(figure.grafo(stato))


@pytest.mark.parametrize("tensore", [torch.tensor(1.0), torch.tensor(1.0, requires_grad=True), 3.0])
def test_senza_grafo_lo_dice(tensore):
    with pytest.raises(ValueError, match="non c'è un grafo"):
        figure.grafo(tensore)


def test_il_disegno_non_cambia_i_gradienti(neurone):
    neurone["errore"].backward()
    prima = neurone["w"].grad.clone()
    plt.close(figure.grafo(neurone["errore"], neurone))
    assert torch.equal(neurone["w"].grad, prima)
    assert torch.is_grad_enabled()


def test_le_altre_figure_hanno_etichette():
    f, derivata = lambda x: x**3 - 2 * x, lambda x: 3 * x**2 - 2
    punti = torch.tensor([[1.0, 1.0], [0.5, 0.2], [0.1, 0.0]])
    conca = figure.cammini(lambda p: p[0] ** 2 + p[1] ** 2, {"lr 0,4": punti, "lr 0,2": punti}, (0.0, 0.0))
    assert [asse.get_title() for asse in conca.axes] == ["lr 0,4", "lr 0,2"]
    plt.close(conca)
    for figura in (
        figure.secanti(f, 2.0, [1.0, 0.5]),
        figure.errore_differenze(f, derivata, 2.0),
        figure.rette([(0.0, 1.0), (1.0, 3.0)], {"prima": (0.0, 0.0), "dopo": (2.0, 1.0)}),
    ):
        asse = figura.axes[0]
        assert asse.get_xlabel() and asse.get_ylabel() and asse.get_title()
        plt.close(figura)
