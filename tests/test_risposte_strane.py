"""Nessuna risposta ferma il notebook: ogni controllo regge le tabelle di `risposte_strane`, e le altre di hypothesis.

Si guarda che l'esito arrivi presto, sia una riga, non sia mai «corretto», e che nulla resti cambiato: i generatori
casuali, le impostazioni, le risposte stesse.
"""

import copy
import os
import random
import sys
import time
import warnings

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from risposte_strane import FUNZIONI, VALORI, qualunque, senza_fine
from test_verifiche import TABELLE, con_nome, ogni_esercizio

from corso_pytorch.verifiche import controlla, orologio
from corso_pytorch.verifiche.identita import identici

# Le risposte avvisano apposta; che in un notebook gli avvisi tacciano lo guarda `capsys`.
pytestmark = pytest.mark.filterwarnings("ignore")


def _stato() -> list[object]:
    return [
        random.getstate(),
        np.random.get_state()[1].tolist(),
        torch.get_rng_state().tolist(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.is_anomaly_enabled(),
        torch.get_deterministic_debug_mode(),
        torch.get_num_threads(),
        sys.getrecursionlimit(),
        (sys.stdout, sys.stderr),
        os.getcwd(),
        dict(os.environ),
        list(warnings.filters),
    ]


def _regge(nome: str, risposta: object) -> None:
    esito = controlla(nome, risposta)
    assert esito.stato in ("sbagliato", "da completare")
    assert "\n" not in esito.messaggio
    assert len(esito.messaggio) <= 401
    assert bool(esito.messaggio) == (esito.stato == "sbagliato")


@ogni_esercizio
def test_regge_le_risposte_strane(nome, capsys):
    prima, inizio = _stato(), time.process_time()
    for quale, risposta in (VALORI | FUNZIONI).items():
        try:
            _regge(nome, risposta)
        except AssertionError as errore:
            raise AssertionError(f"«{quale}»: {errore}") from None
        assert _stato() == prima, f"«{quale}» ha lasciato tracce"
    assert time.process_time() - inizio < 60
    scritto = capsys.readouterr()
    assert scritto.out == scritto.err == ""


@ogni_esercizio
@given(risposta=qualunque())
@settings(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck])
def test_regge_le_risposte_inventate(nome, risposta):
    _regge(nome, risposta)


@ogni_esercizio
def test_un_ciclo_senza_fine_non_blocca(nome, monkeypatch):
    monkeypatch.setattr(orologio, "LIMITE_SECONDI", 0.1)
    prima, inizio = _stato(), time.monotonic()
    _regge(nome, senza_fine)
    assert time.monotonic() - inizio < 5
    assert _stato() == prima


@pytest.mark.parametrize(
    ("nome", "risposta"),
    [
        con_nome(nome, caso, numero=numero + 1)
        for tabella in TABELLE.values()
        for nome, casi in tabella.GIUSTE.items()
        for numero, caso in enumerate(casi)
        # Di un modulo compilato non c'è copia con cui confrontarlo.
        if not callable(caso) or (isinstance(caso, torch.nn.Module) and not hasattr(caso, "_orig_mod"))
    ],
)
def test_la_risposta_resta_allo_studente_com_era(nome, risposta):
    prima = copy.deepcopy(risposta)
    controlla(nome, risposta)
    assert identici(prima, risposta)
