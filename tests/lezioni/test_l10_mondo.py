"""Il mondo della lezione 10: la stanza ha la stessa fisica del notebook, e le otto reti di DQN restano separate."""

import ast
import inspect

import pytest
import torch
from lettura_notebook import LEZIONI
from torch.nn import functional as F

from corso_pytorch.lezioni.l10_rinforzo import dqn, mondo


@pytest.mark.parametrize("nome", ["fisica", "caduto"])
def test_la_stanza_e_la_lezione_hanno_lo_stesso_mondo(nome):
    [lezione] = [notebook for notebook in LEZIONI if notebook.lezione == 10]
    testi = [cella.source for cella in lezione.di_codice] + [inspect.getsource(mondo)]
    corpi = []
    for testo in testi:
        for nodo in ast.parse(testo).body:
            if isinstance(nodo, ast.FunctionDef) and nodo.name == nome:
                corpi.append([ast.dump(riga) for riga in nodo.body if not isinstance(riga, ast.Expr)])
    assert len(corpi) == 2
    assert corpi[0] == corpi[1]


def _loss(reti, bersaglio, mosse):
    previsto = reti(mosse["stato"]).gather(-1, mosse["azione"][..., None])[..., 0]
    return F.smooth_l1_loss(previsto, bersaglio(mosse["dopo"]).amax(-1).detach())


def test_dqn_misura_ogni_tanto_tutte_le_reti():
    torch.manual_seed(0)
    esito = dqn.addestra_otto(_loss, lambda *quanti: 0.1 * torch.rand(*quanti, 4) - 0.05, giri=30, ogni=15)
    assert esito.durate.shape == (8, 2)
    assert esito.passi.tolist() == [240, 480]
    assert (esito.durate > 5).all()


def test_una_rete_non_tocca_le_altre():
    reti, stati = dqn.OttoReti(), torch.randn(8, 5, 4)
    reti(stati)[3].sum().backward()
    assert [bool(gradiente.any()) for gradiente in reti.w1.grad] == [rete == 3 for rete in range(8)]
