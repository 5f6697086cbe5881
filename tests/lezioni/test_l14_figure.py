"""Le figure della lezione 14: dicono le sale, le curve, le immagini e gli esami che ricevono."""

import pytest
import torch

from corso_pytorch.lezioni.l14_museo import corsia, figure
from corso_pytorch.lezioni.l14_museo.enigma import quattro_curve
from corso_pytorch.lezioni.l14_museo.esami import Esame


def _testi(asse) -> list[str]:
    return [testo.get_text() for testo in asse.texts]


def test_la_mappa_ha_una_cornice_per_sala_e_tutti_i_pezzi():
    asse = figure.mappa_museo({"I": ["a", "b", "c"], "II": ["d"], "III": [], "IV": ["e"]}, colonne=3).axes[0]
    assert len(asse.patches) == 4
    assert _testi(asse) == ["I", "a", "b", "c", "II", "d", "III", "IV", "e"]
    posti = {testo.get_text(): testo.get_position() for testo in asse.texts}
    assert posti["c"][1] < posti["IV"][1]  # la seconda fila comincia sotto la sala più piena


def test_sano_e_malato_hanno_la_stessa_scala():
    figura = figure.sano_e_malato({"loss": [2, 1]}, {"loss": [2, 9]}, asse_x="epoca")
    sano, malato = figura.axes
    assert (sano.get_title(), malato.get_title()) == ("sano", "malato")
    assert sano.get_ylim() == malato.get_ylim()
    assert list(malato.lines[0].get_ydata()) == [2, 9]
    assert list(malato.lines[0].get_xdata()) == [1, 2]
    assert not figura.legends


def test_i_titoli_del_sano_e_del_malato_si_scelgono():
    figura = figure.sano_e_malato({"loss": [2]}, {"loss": [1]}, titoli=("una", "altra"))
    assert [riquadro.get_title() for riquadro in figura.axes] == ["una", "altra"]


def test_ogni_curva_ha_il_suo_riquadro_e_la_stessa_scala():
    figura = figure.in_riquadri({"A": [1, 2], "B": [3, 1], "C": [9, 9]}, "loss", "passo", colonne=2, logaritmica=True)
    assert [riquadro.get_title() for riquadro in figura.axes] == ["A", "B", "C", ""]
    assert len({riquadro.get_ylim() for riquadro in figura.axes}) == 1
    assert list(figura.axes[1].lines[0].get_ydata()) == [3, 1]


def test_le_quattro_curve_hanno_il_loro_guasto():
    def rete():
        torch.manual_seed(0)
        return torch.nn.Linear(4, 4)

    x = torch.eye(4).repeat(40, 1)
    curve = quattro_curve(rete, x, x.argmax(dim=1))
    assert list(curve) == ["A", "B", "C", "D"]
    assert max(curve["B"]) - min(curve["B"]) < 0.2  # i pesi sono fermi: cambia solo il batch
    assert len(curve["D"]) == 16 and all(curve["D"])


def test_il_letto_di_prova_ha_l_ottimizzatore_di_un_altro():
    prova = corsia.paziente(0)
    suoi = {id(p) for gruppo in prova.ottimizzatore.param_groups for p in gruppo["params"]}
    assert not suoi & {id(p) for p in prova.modello.parameters()}


def test_con_piu_curve_c_e_la_legenda():
    figura = figure.sano_e_malato({"a": [1], "b": [2]}, {"a": [3], "b": [4]}, logaritmica=True, punti=True)
    assert [testo.get_text() for testo in figura.legends[0].get_texts()] == ["a", "b"]
    assert figura.axes[0].get_yscale() == "log"
    assert figura.axes[0].lines[0].get_marker() == "o"


def test_le_rette_hanno_la_loro_pendenza():
    x = torch.tensor([[-1.0], [3.0]])
    sano, malato = figure.punti_e_rette(x, 2 * x[:, 0] + 1, (2, 1), (0, 3)).axes
    assert list(sano.lines[0].get_ydata()) == [-1, 7]
    assert list(malato.lines[0].get_ydata()) == [3, 3]
    assert len(sano.collections[0].get_offsets()) == 2


def test_le_file_hanno_gli_stessi_grigi():
    figura = figure.file_viste(torch.stack([torch.zeros(2, 2), torch.ones(2, 2)]), torch.full((2, 2, 2), 0.5))
    assert len(figura.axes) == 4
    assert {asse.images[0].get_clim() for asse in figura.axes} == {(0.0, 1.0)}
    assert [figura.axes[0].get_ylabel(), figura.axes[2].get_ylabel()] == ["sano", "malato"]


def test_la_tabella_ha_una_riga_per_caso_e_una_colonna_per_esame():
    casi = {
        "primo": [Esame("a", True, ""), Esame("b", False, "")],
        "secondo": [Esame("b", None, ""), Esame("c", True, "")],
    }
    asse = figure.tabella_esami(casi).axes[0]
    assert _testi(asse) == ["a", "b", "c", "primo", "✓", "✗", "secondo", "–", "✓"]
    segni = {(testo.get_position()): testo.get_text() for testo in asse.texts if testo.get_text() in "✓✗–"}
    assert segni == {(0.5, 0.5): "✓", (1.5, 0.5): "✗", (1.5, 1.5): "–", (2.5, 1.5): "✓"}


@pytest.mark.parametrize("sano", [True, False, None])
def test_un_esame_si_scrive_su_una_riga(sano):
    assert str(Esame("gradienti", sano, "detto"))[1:] == " gradienti: detto"
