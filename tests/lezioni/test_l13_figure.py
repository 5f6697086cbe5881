"""Le figure della lezione 13: gli assi al loro posto, i colori di chi scrive, i grafi con i loro nodi."""

import math

import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch

from corso_pytorch.grafici.stile import BLU
from corso_pytorch.lezioni.l13_keras import figure


def _testi(asse) -> list[str]:
    return [testo.get_text() for testo in asse.texts]


def test_gli_assi_permutati_finiscono_dove_li_mette_permute():
    asse = figure.assi_permutati(["a", "b", "c"], (2, 0, 1), ("prima", "dopo")).axes[0]
    posti = {y: [] for y in (1.52, 5.32)}
    for testo in asse.texts:
        x, y = testo.get_position()
        if testo.get_text() in "abc":
            posti[y].append((x, testo.get_text()))
    assert [nome for _, nome in sorted(posti[1.52])] == ["a", "b", "c"]
    assert [nome for _, nome in sorted(posti[5.32])] == ["c", "a", "b"]


def test_le_file_del_flatten_sono_quelle_delle_due_librerie():
    immagine = torch.tensor([[[1, 2], [3, 4]], [[10, 20], [30, 40]]])
    asse = figure.ordini_del_flatten(immagine).axes[0]
    righe: dict[float, list] = {}
    for testo in asse.texts:
        x, y = testo.get_position()
        if testo.get_text().isdigit():
            righe.setdefault(round(y, 2), []).append((x, int(testo.get_text())))
    file = [[numero for _, numero in sorted(riga)] for riga in righe.values() if len(riga) == 8]
    assert file == [[1, 2, 3, 4, 10, 20, 30, 40], [1, 10, 2, 20, 3, 30, 4, 40]]
    prime = [casella.get_facecolor()[:3] for casella in asse.patches[:4]]
    assert len(set(prime)) == 1 and prime[0] != to_rgb(BLU)  # una tinta del blu, la stessa per tutto il canale


def test_il_primo_passo_ha_una_curva_per_libreria():
    gradienti = torch.logspace(-9, -3, 5)
    asse = figure.primo_passo(gradienti, {"uno": gradienti * 0, "due": gradienti * 0 + 1}).axes[0]
    assert [testo.get_text() for testo in asse.get_legend().get_texts()] == ["uno", "due"]
    assert asse.get_xscale() == "log"
    assert asse.lines[1].get_ydata()[-1] == pytest.approx(1.0)


def test_le_storie_sovrapposte_si_contano_da_uno():
    asse = figure.sovrapposte({"a": [3.0, 2.0], "b": [3.0, 2.1]}, "epoca", "loss").axes[0]
    assert list(asse.lines[0].get_xdata()) == [1, 2]
    assert asse.lines[0].get_linewidth() > asse.lines[1].get_linewidth()
    assert (asse.get_xlabel(), asse.get_ylabel()) == ("epoca", "loss")


def test_con_medie_scrive_sopra_ogni_immagine_la_sua_media_all_italiana():
    figura = figure.con_medie(torch.full((10, 4, 4), 0.25), torch.full((10,), 0.25), "titolo")
    assert {asse.images[0].get_clim() for asse in figura.axes} == {(0, 1)}  # la carta grigia resta grigia
    assert [asse.get_title() for asse in figura.axes] == ["0,25"] * 10
    assert figura.get_suptitle() == "titolo"


def test_la_loss_e_lo_scarto_stanno_su_una_scala_logaritmica_contati_da_uno():
    asse = figure.loss_e_scarto([1.5, 0.2], [0.0, 1e-4]).axes[0]  # uno scarto nullo non ha posto, e non ferma niente
    asse.figure.canvas.draw()
    assert list(asse.lines[1].get_ydata()) == [pytest.approx(math.nan, nan_ok=True), 1e-4]
    assert asse.get_yscale() == "log"
    assert [list(linea.get_xdata()) for linea in asse.lines] == [[1, 2], [1, 2]]
    assert [testo.get_text() for testo in asse.get_legend().get_texts()] == ["loss", "scarto fra le due loss"]


def test_delle_dodici_fasi_in_keras_ne_restano_quattro():
    assert [fase for fase, _, chi, _ in figure.FASI if chi == "tu"] == [
        *("loss, ottimizzatore", "batch", "metriche", "seme e ordine"),
    ]
    assert len(figure.FASI) == 12


def test_la_soglia_e_una_linea_con_il_suo_valore_in_legenda():
    asse = figure.sovrapposte({"a": [0.5, 0.4], "b": [0.5, 0.4]}, "passo", "norma", soglia=0.2).axes[0]
    assert list(asse.lines[-1].get_ydata()) == [0.2, 0.2] and asse.get_ylim()[0] == 0
    assert asse.get_legend().get_texts()[-1].get_text() == "soglia: 0,2"


def test_chi_scrive_colora_secondo_chi_se_ne_incarica():
    figura = figure.chi_scrive([("passo", "step()", "Keras", "train_step"), ("loss", "MSELoss()", "tu", "compile")])
    fasce = [fascia.get_facecolor() for fascia in figura.axes[0].patches]
    assert fasce[0] == fasce[2] == fasce[3] != fasce[1]
    assert [testo.get_text() for testo in figura.legends[0].get_texts()] == ["la scrivi tu", "la fa Keras"]


def test_chi_chiama_mette_le_funzioni_in_ordine_e_nomina_solo_chi_c_e():
    figura = figure.chi_chiama({"uno": [("ciclo", "tu"), ("forward", "tu")], "due": [("fit", "Keras")]})
    assert _testi(figura.axes[0]) == ["uno", "ciclo", "forward", "due", "fit"]
    assert [testo.get_text() for testo in figura.legends[0].get_texts()] == ["scritta da te", "di Keras"]


def test_i_grafi_affiancati_hanno_un_pannello_ciascuno_con_nodi_e_frecce():
    uno = ({"x": (1, 0, "dato"), "relu": (1, 1, "operazione")}, [("x", "relu")])
    due = ({"x": (1, 0, "dato"), "neg": (1, 1, "scartato")}, [])
    figura = figure.grafi_affiancati({"primo": uno, "secondo": due})
    assert [asse.get_title() for asse in figura.axes] == ["primo", "secondo"]
    assert _testi(figura.axes[1]) == ["x", "neg"]
    assert len(figura.axes[0].patches) == len(figura.axes[1].patches) + 1  # la freccia
    assert figura.axes[1].patches[-1].get_linestyle() == ":"


def test_le_frecce_che_arrivano_a_un_nodo_non_si_coprono():
    asse = figure.grafi_affiancati(figure.STRADA_O_GRAFO).axes[2]
    frecce = [pezzo for pezzo in asse.patches if isinstance(pezzo, FancyArrowPatch)]
    punte = [tuple(freccia.get_path().vertices[2]) for freccia in frecce]  # partenza, mezzo, punta
    assert len(frecce) == 7 and len(set(punte)) == 7


def test_i_grafi_affiancati_rifiutano_un_genere_sconosciuto():
    with pytest.raises(KeyError):
        figure.grafi_affiancati({"a": ({"x": (0, 0, "boh")}, [])})
