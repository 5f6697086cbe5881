"""Le figure della lezione 06 e la tabella delle librerie da cui nasce la mappa."""

import torch

from corso_pytorch.lezioni.l06_ecosistema import figure, librerie
from corso_pytorch.lezioni.l06_ecosistema.librerie import LIBRERIE, PIANI, STATI


def _testi(figura) -> list[str]:
    return [testo.get_text() for asse in figura.axes for testo in asse.texts]


def test_ogni_libreria_ha_un_posto_uno_stato_e_una_fonte():
    assert len({voce.nome for voce in LIBRERIE}) == len(LIBRERIE)
    for voce in LIBRERIE:
        assert voce.piano in PIANI and voce.stato in STATI, voce.nome
        assert voce.fonte and not voce.fonte.startswith("http"), voce.nome
        assert voce.quando.split()[-1].isdigit(), voce.nome
        assert voce.lezione is None or 1 <= voce.lezione <= 14, voce.nome


def test_la_mappa_nomina_tutte_le_librerie_con_la_data_e_la_lezione():
    testi = _testi(figure.mappa_ecosistema(LIBRERIE))
    assert {figure.su_due_righe(voce.nome) for voce in LIBRERIE} <= set(testi)
    assert "pytorch-\naccelerated" in testi and "ONNX\nRuntime" in testi
    assert "aprile 2024 · 08" in testi and "agosto 2025" in testi
    assert set(STATI) <= set(testi)


def test_l_albero_ha_un_si_per_domanda_e_una_freccia_per_passaggio():
    testi = _testi(figure.albero_di_scelta({"Prima?": "uno", "Seconda?": "due", "": "nulla"}))
    assert (testi.count("sì"), testi.count("poi")) == (2, 2)
    assert {"Prima?", "uno", "nulla"} <= set(testi)


def test_il_blocco_residuo_ha_la_scorciatoia():
    assert {"x", "+", "y", "la scorciatoia: x, com'è"} <= set(_testi(figure.blocco_residuo()))


def test_i_riquadri_dell_immagine_sono_tutti_nella_fila():
    figura = figure.immagine_a_token(torch.rand(6, 9), lato=3)
    assert len(figura.axes[0].images) == 2 * 6
    assert {"[C]", "0", "6", "2×3 riquadri\ndi 3×3 pixel"} <= set(_testi(figura))


def test_l_attenzione_sta_sopra_la_cifra():
    figura = figure.attenzione_sulle_cifre(torch.rand(3, 8, 8), torch.rand(3, 2, 2), ["1", "2", "3"])
    assert [len(asse.images) for asse in figura.axes[:6]] == [1] * 6
    assert figura.axes[6].get_ylabel() == "attenzione"  # la scala dei colori


def test_i_punti_dicono_la_media_con_la_virgola():
    prove = {"25": {"da zero": [0.7, 0.8], "congelata": [0.9, 0.9]}, "100": {"da zero": [1.0], "congelata": [1.0]}}
    figura = figure.punti_e_medie(prove)
    assert _testi(figura) == ["0,75", "0,90", "1,00", "1,00"]
    assert [asse.get_title() for asse in figura.axes] == ["25", "100"]


def test_le_foto_hanno_il_loro_nome():
    assert [asse.get_title() for asse in figure.foto_e_nomi(torch.rand(2, 3, 4, 4), ["fiore", "tempio"]).axes] == [
        "fiore",
        "tempio",
    ]


def test_i_modi_di_riusare_hanno_il_loro_nome_e_la_loro_domanda():
    testi = _testi(figure.modi_di_riusare())
    assert {*figure.MODI_DI_RIUSARE, "dell'esperta, fermi", "a caso, fermi", "il metro di paragone"} <= set(testi)
    assert testi.count("nuovo, si addestra") == len(figure.MODI_DI_RIUSARE)


def test_della_miscela_si_vedono_le_foto_e_le_quote():
    quote = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.25, 0.75]])
    figura = figure.due_foto_e_la_miscela(torch.rand(3, 3, 4, 4), quote, ["fiore", "tempio"])
    assert [asse.get_title() for asse in figura.axes[:3]] == ["foto A", "foto B", "miscela"]
    assert {"0,25", "0,75"} <= set(_testi(figura))


def test_ogni_pezzo_della_registrazione_ha_il_suo_nome():
    figura = figure.registrazione_annotata(torch.zeros(96), [("pausa", 1.0), ("una nota", 2.0)], 32)
    assert _testi(figura) == ["pausa", "una nota"]


def test_sotto_il_taglio_resta_solo_cio_che_si_tiene():
    tieni = torch.arange(64) >= 40
    prima, dopo = figure.prima_e_dopo_il_taglio(torch.zeros(64), torch.ones(4), tieni, 32).axes
    assert (len(prima.lines[0].get_xdata()), len(dopo.lines[0].get_xdata())) == (64, 24)


def test_i_requisiti_sono_terne_e_gli_extra_non_ci_sono(monkeypatch):
    righe = ["torch (>=2.1,<4)", "numpy", "torch==2.8.0 ; extra == 'prove'", 'tomli>=2; python_version < "3.11"']
    monkeypatch.setattr(librerie, "requires", lambda nome: righe)
    terne = [("torch", ">=", "2.1"), ("torch", "<", "4"), ("numpy", "", ""), ("tomli", ">=", "2")]
    assert librerie.requisiti("una") == terne
    monkeypatch.setattr(librerie, "requires", lambda nome: None)
    assert librerie.requisiti("una") == []
