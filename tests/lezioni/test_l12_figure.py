"""Le figure della lezione 12: dicono le forme, i file, i gradini e le misure che ricevono."""

import pytest
import torch
from matplotlib.patches import FancyArrowPatch

from corso_pytorch.lezioni.l12_produzione import figure


def _testi(asse) -> list[str]:
    return [testo.get_text() for testo in asse.texts]


def test_la_mappa_nomina_ogni_forma_e_dove_gira():
    dirette = [("TorchScript", "il grafo", "C++")]
    asse = figure.molte_forme(dirette, [("ONNX", "un grafo", "browser"), ("ExecuTorch", "poco", "telefono")]).axes[0]
    testi = _testi(asse)
    assert {"TorchScript\nil grafo", "ONNX\nun grafo", "ExecuTorch\npoco", "C++", "browser", "telefono"} <= set(testi)
    frecce = [pezzo for pezzo in asse.patches if isinstance(pezzo, FancyArrowPatch)]
    assert len(frecce) == 7  # dalla rete due, dal grafo due, e una per ogni «dove gira»


def test_nei_file_il_codice_ha_un_altro_colore():
    asse = figure.file_a_blocchi({"a": [("chiama", True), ("numeri", False)], "b": [("numeri", False)]}).axes[0]
    assert _testi(asse) == ["a", "chiama", "numeri", "b", "numeri"]
    chiama, numeri, altri = (pezzo.get_facecolor() for pezzo in asse.patches)
    assert chiama != numeri
    assert numeri == altri


def test_i_pesi_stanno_sui_gradini():
    figura = figure.gradini(torch.tensor([[-1.0, 0.2], [0.4, 0.9]]), bit=(2, 3))
    assert [asse.get_title() for asse in figura.axes] == ["2 bit: 3 livelli", "3 bit: 7 livelli"]
    assert list(figura.axes[0].lines[1].get_ydata()) == [-1, 0, 0, 1]
    assert list(figura.axes[1].lines[1].get_ydata()) == pytest.approx([-1, 1 / 3, 1 / 3, 1])


def test_il_confronto_scrive_i_nomi_e_lo_scarto_di_chi_ne_ha_uno():
    asse = figure.confronto_forme({"b": 300.0, "a": 10.0}, {"a": 29.0, "b": 1700.0}, {"b": 0.493}, limite=40).axes[0]
    limite, *punti = asse.lines
    assert list(limite.get_ydata()) == [40, 40]
    assert _testi(asse) == ["i 40 kB dell'orologio", "a", "b\nscarto 0,49"]
    assert asse.get_legend() is None
    assert [(linea.get_xdata()[0], linea.get_ydata()[0]) for linea in punti] == [(10, 29), (300, 1700)]
    assert asse.get_xscale() == asse.get_yscale() == "log"


def test_nel_dialogo_ogni_messaggio_e_piu_in_basso():
    asse = figure.dialogo(("io", "tu"), [("→", "ciao"), (".", "penso"), ("←", "ehi")]).axes[0]
    altezze = {testo.get_text(): testo.get_position()[1] for testo in asse.texts}
    assert altezze["ciao"] < altezze["penso"] < altezze["ehi"]
