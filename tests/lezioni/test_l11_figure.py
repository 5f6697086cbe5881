"""Le figure della lezione 11: dicono i numeri, gli ordini e i pezzi che ricevono."""

import pytest
import torch

from corso_pytorch.lezioni.l11_distribuito import figure


def _testi(asse) -> list[str]:
    return [testo.get_text() for testo in asse.texts]


def test_le_barre_si_sommano_e_il_limite_e_segnato():
    barre = {"uno": {"pesi": 2.0, "stati": 12.0}, "due": {"pesi": 4.0, "stati": 24.5}}
    asse = figure.barre_di_memoria(barre, limite=20).axes[0]
    assert [barra.get_width() for barra in asse.patches] == [2.0, 12.0, 4.0, 24.5]
    assert [barra.get_x() for barra in asse.patches] == [0.0, 2.0, 0.0, 4.0]
    assert _testi(asse) == [" 14 GB", " 28,5 GB", " una GPU da 20 GB"]
    assert asse.lines[0].get_xdata()[0] == 20


def test_senza_limite_non_c_e_nessuna_linea():
    assert not figure.barre_di_memoria({"uno": {"pesi": 2.0}}).axes[0].lines


def test_i_tempi_di_ogni_batch_hanno_la_stessa_scala():
    assi = figure.tempi_per_batch({"8": {"uno": 0.1, "due": 0.2}, "32": {"uno": 0.4, "due": 0.3}}).axes
    assert [asse.get_title(loc="left") for asse in assi] == ["batch di 8 esempi", "batch di 32 esempi"]
    assert [[barra.get_width() for barra in asse.patches] for asse in assi] == [[0.1, 0.2], [0.4, 0.3]]
    assert assi[0].get_xlim() == assi[1].get_xlim()


@pytest.mark.parametrize("processi", [2, 3])
def test_ogni_processo_ha_la_sua_fetta(processi):
    testi = _testi(figure.dati_in_parallelo(processi).axes[0])
    for rango in range(processi):
        assert {f"fetta {rango}", f"processo {rango}", f"gradiente {rango}"} <= set(testi)
    assert testi.count("pesi nuovi") == processi


def test_l_anello_parte_dai_pezzi_e_finisce_con_le_somme():
    testi = _testi(figure.anello(torch.tensor([[1.0, 2, 3], [10, 20, 30], [100, 200, 300]])).axes[0])
    passi = [testo for testo in testi if testo == "partenza" or testo.startswith("passo")]
    assert passi == ["partenza", "passo 1", "passo 2", "passo 3", "passo 4"]
    assert testi[-9:] == ["111", "222", "333"] * 3
    assert [testi.count(somma) for somma in ("111", "222", "333")] == [1 + 2 + 3] * 3


def test_gli_ordini_scrivono_gli_esempi_epoca_per_epoca():
    testi = _testi(figure.ordini({"prima": [[[0, 2], [1, 3]], [[3, 1], [2, 0]]]}).axes[0])
    numeri = [testo for testo in testi if testo.isdigit()]
    assert numeri == ["0", "2", "1", "3", "3", "1", "2", "0"]
    assert {"prima", "epoca 0", "epoca 1", "processo 0", "processo 1"} <= set(testi)


def test_dei_parametri_si_disegnano_le_matrici_una_parte_per_rango():
    forme = [{"a.weight": [3, 4], "a.bias": [3]}, {"a.weight": [2, 4], "a.bias": [2]}]
    figura = figure.pezzi_dei_parametri(forme)
    assert [asse.get_title() for asse in figura.axes] == ["a.weight"]
    assert [(pezzo.get_y(), pezzo.get_height()) for pezzo in figura.axes[0].patches] == [(0, 3), (3, 2)]
    assert _testi(figura.axes[0]) == ["rango 0\n3×4", "rango 1\n2×4"]


def test_le_due_matrici_si_tagliano_in_versi_diversi():
    testi = _testi(figure.colonne_e_righe().axes[0])
    assert {"processo 0", "processo 1", "y = y0 + y1\n(all-reduce)"} <= set(testi)


def test_chi_salta_una_collettiva_si_appaia_con_quella_prima():
    testi = _testi(figure.collettive_appaiate("prima()", "dopo()").axes[0])
    assert (testi.count("prima()"), testi.count("dopo()")) == (2, 2)
    assert {"rango 0", "rango 1", "si appaiano", "la salta"} <= set(testi)


def test_nel_passo_di_fsdp_la_fascia_va_da_quando_si_raduna_a_quando_ha_lavorato():
    atti = [("raduna", "a"), ("forward", "a"), ("raduna", "a"), ("raduna", "b"), ("backward", "a"), ("divide", "a")]
    asse = figure.passo_di_fsdp([(che_cosa, nome, []) for che_cosa, nome in atti] + [("fine", "", [])]).axes[0]
    assert _testi(asse).count("intero") == 2
    fasce = [(p.get_x(), p.get_width()) for p in asse.patches if p.get_height() == pytest.approx(0.78)]
    assert fasce == [pytest.approx((0.03, 1.94)), pytest.approx((2.03, 2.94))]
    assert asse.lines[0].get_xdata()[0] == 2


@pytest.mark.parametrize(("pezzi", "fermo"), [(1, "75"), (4, "43")])
def test_nella_pipeline_ogni_gpu_fa_un_forward_e_un_backward_per_pezzo(pezzi, fermo):
    (asse,) = figure.pipeline(4, (pezzi,)).axes
    assert len(asse.patches) == 4 * (1 + 2 * pezzi)
    assert fermo in asse.get_title(loc="left")
    fine = max(casella.get_x() + casella.get_width() for casella in asse.patches)
    assert fine == pytest.approx(2 * (pezzi + 3) / pezzi)
