"""Le figure della lezione 05: dicono i numeri che ricevono, nell'ordine giusto."""

import pytest

from corso_pytorch.lezioni.l05_velocita import figure


def _testi(figura) -> list[str]:
    return [testo.get_text() for asse in figura.axes for testo in asse.texts]


def test_il_costo_fisso_e_su_scale_logaritmiche():
    asse = figure.costo_fisso({10: 2e-6, 1000: 2.1e-6, 100_000: 4e-5}).axes[0]
    assert (asse.get_xscale(), asse.get_yscale()) == ("log", "log")


def test_la_linea_del_tempo_separa_fasi_e_famiglie():
    eventi = [
        ("forward", 0.0, 1000.0),
        ("aten::convolution_backward", 1200.0, 1500.0),
        ("Optimizer.step#AdamW.step", 1600.0, 1700.0),
        ("aten::copy_", 1710.0, 1720.0),
    ]
    figura = figure.linea_del_tempo(eventi)
    barre = [(barra.get_x(), barra.get_width()) for barra in figura.axes[0].patches]
    assert barre == [(0, 1), pytest.approx((1.2, 0.3)), pytest.approx((1.6, 0.1))]
    assert "forward" in _testi(figura)


def test_le_operazioni_fuse_stanno_in_una_casella_sola():
    testi = _testi(figure.passaggi_in_memoria({"sin": 1, "exp": 1, "add": 2}))
    assert {"sin", "exp", "add", "sin  →  exp  →  add"} <= set(testi)


def test_il_pareggio_dice_quante_chiamate():
    assert "pareggio: 134 chiamate" in _testi(figure.pareggio(2.0, 0.03, 0.015))  # 133,3: per eccesso
    assert not any("pareggio" in testo for testo in _testi(figure.pareggio(2.0, 0.02, 0.03)))


def test_i_due_verdetti_stanno_accanto_ai_tempi():
    testi = _testi(figure.due_verdetti({"nuova": (0.0563, 0.0179), "pronta": (0.0099, 0.0045)}))
    assert testi == ["56,3 ms", "17,9 ms", "verdetto: 3,1×", "9,9 ms", "4,5 ms", "verdetto: 2,2×"]


def test_i_guadagni_sono_in_ordine_e_con_la_virgola():
    figura = figure.guadagni({"piano": 0.8, "forte": 2.5, "uguale": 1.0})
    assert [testo.get_text() for testo in figura.axes[0].get_yticklabels()] == ["forte", "uguale", "piano"]
    assert _testi(figura) == ["2,50×", "1,00×", "0,80×"]


def test_la_cascata_confronta_ogni_gradino_con_il_primo():
    assert _testi(figure.cascata({"prima": 40.0, "poi": 4.0, "infine": 5.0}, parte_da={"infine": "prima"})) == [
        "40,0 s",
        "4,0 s   (10×)",
        "5,0 s   (8,0×)",
    ]
