"""Il progetto provato nella lezione 00: con la rete, senza, e dove uv non c'è o non riesce."""

import shutil

import pytest

from corso_pytorch.lezioni.l00_inizio import progetto

con_uv = pytest.mark.skipif(shutil.which("uv") is None, reason="uv non è installato")


@con_uv
def test_senza_rete_il_nome_c_e_e_una_riga_lo_dice(monkeypatch, tmp_path):
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path))
    prova = progetto.prova()
    assert prova.dipendenze == ["numpy", "torch"]
    assert str(prova).splitlines() == [
        "$ uv init mio-progetto",
        "$ uv add --no-sync numpy torch",
        "La rete non c'è: uv scrive i nomi, e sceglierà le versioni quando torna.",
        "In pyproject.toml: dependencies = ['numpy', 'torch']",
    ]


@con_uv
def test_l_ambiente_del_corso_non_entra_nel_progetto(monkeypatch, tmp_path):
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path))
    for nome in progetto._DEL_CORSO:
        monkeypatch.setenv(nome, "1")
    assert progetto.prova().dipendenze == ["numpy", "torch"]


def test_dove_uv_non_c_e_lo_si_dice(monkeypatch):
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setattr(progetto.shutil, "which", lambda nome: None)
    assert str(progetto.prova()).startswith("uv qui non c'è") and not progetto.prova().dipendenze


def test_un_uv_che_non_parte_non_ferma_la_lezione(monkeypatch, tmp_path):
    monkeypatch.setenv("UV", str(tmp_path / "uv"))
    assert "non ha potuto creare" in str(progetto.prova())


def test_la_versione_non_fa_parte_del_nome():
    assert progetto.Prova((), ("torch>=2.15.0", "torch-geometric", "numpy[extra]==2")).dipendenze == [
        "torch",
        "torch-geometric",
        "numpy",
    ]
