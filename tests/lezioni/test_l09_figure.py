"""Le figure della lezione 09: dicono i suoni, gli spettri e le curve che ricevono."""

import pytest
import torch

from corso_pytorch.lezioni.l09_audio import figure


def _testi(asse) -> list[str]:
    return [testo.get_text() for testo in asse.texts]


def test_ogni_onda_ha_la_sua_riga_e_il_tempo_in_millisecondi():
    figura = figure.onde({"uno": torch.zeros(80), "due": torch.ones(40)}, 8000)
    assert [asse.get_title(loc="left") for asse in figura.axes] == ["uno", "due"]
    assert figura.axes[0].lines[0].get_xdata()[-1] == pytest.approx(79 / 8)


def test_le_due_onde_passano_per_gli_stessi_campioni():
    lenta, fitta, campioni = figure.campionamento((1000, 7000), 8000, 1).axes[0].lines
    assert len(campioni.get_xdata()) == 9
    for onda in (lenta, fitta):
        x, y = torch.tensor(onda.get_xdata()), torch.tensor(onda.get_ydata())
        vicini = [y[(x - istante).abs().argmin()].item() for istante in campioni.get_xdata()]
        assert vicini == pytest.approx(list(campioni.get_ydata()), abs=0.02)


def test_lo_spettro_scrive_le_note_con_la_frequenza():
    asse = figure.spettro(torch.arange(5), torch.tensor([0.0, 1, 3, 1, 0]), {"la": 2.0}).axes[0]
    assert _testi(asse) == ["la\n2 Hz"]


def test_le_finestre_avanzano_di_un_passo():
    sopra, sotto = figure.finestratura(torch.ones(64), torch.hann_window(16), 8).axes
    assert [linea.get_xdata()[0] for linea in sopra.lines] == [0, 8, 16]
    assert sotto.lines[1].get_ydata()[8] == pytest.approx(1.0)


def test_gli_spettrogrammi_sono_in_decibel_rispetto_al_massimo():
    figura = figure.spettrogrammi({"a": torch.tensor([[0.0, 1.0], [10.0, 100.0]])}, 1.0, hertz=4000)
    immagine = figura.axes[0].images[0]
    assert immagine.get_array().tolist() == [[-60, -20], [-10, 0]]


def test_frame_e_bin_sono_centrati_sul_loro_istante_e_sulla_loro_frequenza():
    asse = figure.spettrogrammi({"a": torch.ones(5, 11)}, 1.0, hertz=4000).axes[0]
    assert asse.images[0].get_extent() == pytest.approx([-0.05, 1.05, -500, 4500])
    assert asse.get_xlim() == (0, 1) and asse.get_ylim() == (0, 4000)


def test_senza_hertz_le_righe_sono_canali():
    figura = figure.spettrogrammi({"a": torch.ones(32, 4), "b": torch.ones(32, 4), "c": torch.ones(32, 4)}, 1.0)
    assert figura.axes[0].get_ylabel() == "canale Mel"
    assert figura.axes[0].images[0].get_extent()[3] == 32
    assert not figura.axes[3].get_visible()


def test_di_ogni_filtro_si_disegna_solo_il_triangolo():
    filtri = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 0.5], [0.0, 1.0], [0.0, 0.0]])
    asse = figure.filtri_mel(filtri, 4000).axes[0]
    assert [list(linea.get_xdata()) for linea in asse.lines] == [[0, 1000, 2000], [1000, 2000, 3000, 4000]]


def test_nella_robustezza_il_rumore_cresce_verso_destra():
    asse = figure.robustezza({"a": [0.9, 0.5], "b": [0.9, 0.8]}, [20.0, 0.0], classi=5).axes[0]
    assert asse.xaxis_inverted()
    assert list(asse.lines[0].get_ydata()) == [90, 50]
    assert list(asse.lines[2].get_ydata()) == [20, 20]
