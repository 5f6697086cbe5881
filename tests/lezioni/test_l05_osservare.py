"""`osservare`, della lezione 05: memoria chiesta, pagine, ciò che torch.compile annota."""

import sys

import pytest
import torch

from corso_pytorch.lezioni.l05_velocita.osservare import megabyte_chiesti, pagine_nuove, torch_logs


def test_la_memoria_chiesta_e_quella_di_ogni_tensore_nuovo():
    x, posto = torch.ones(1_000_000), torch.empty(1_000_000)
    assert megabyte_chiesti(lambda: torch.sigmoid(x) * torch.sigmoid(-x)) == pytest.approx(16, abs=0.01)
    assert megabyte_chiesti(lambda: torch.sigmoid(x, out=posto)) == pytest.approx(0, abs=0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows non conta le pagine")
def test_le_pagine_nuove_sono_quelle_dei_tensori_nuovi():
    x, posto = torch.ones(20_000_000), torch.empty(20_000_000)
    assert pagine_nuove(lambda: torch.sigmoid(x, out=posto)) < 100 < pagine_nuove(lambda: torch.sigmoid(x))


def test_torch_logs_stampa_il_motivo_e_poi_tace(capfd):
    def spezzata(x):
        return x + 1 if x.sum() > 0 else x - 1

    for _ in range(2):
        torch.compiler.reset()
        compilata = torch.compile(spezzata, backend="eager")
        with torch_logs(graph_breaks=True):
            compilata(torch.ones(3))
        with torch_logs(recompiles=True):
            compilata(torch.ones(4))
        compilata(torch.ones(5).double())
        detto, errori = capfd.readouterr()
        righe = [riga.strip() for riga in detto.splitlines()]
        assert righe[:2] == ["Graph break in user code", "Graph Break Reason: Data-dependent branching"]
        assert "Recompiling function spezzata" in righe
        assert any("expected 3, actual 4" in riga for riga in righe) and not any("Double" in riga for riga in righe)
        assert not errori and "/" not in detto
    torch.compiler.reset()
