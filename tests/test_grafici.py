"""`mostra`: ogni figura esce descritta, e si chiude."""

import matplotlib.pyplot as plt
import pytest

from corso_pytorch.grafici import mostra
from corso_pytorch.grafici.stile import tela


def test_mostra_pubblica_il_testo_alternativo_e_chiude(monkeypatch):
    pubblicate = []
    monkeypatch.setattr("corso_pytorch.grafici.stile.display", lambda figura, metadata: pubblicate.append(metadata))
    figura, _ = tela()
    mostra(figura, alt="Una tela vuota, per prova.")
    assert pubblicate == [{"image/png": {"alt": "Una tela vuota, per prova."}}]
    assert not plt.fignum_exists(figura.number)


def test_senza_testo_alternativo_non_si_mostra():
    figura, _ = tela()
    with pytest.raises(ValueError, match="testo alternativo"):
        mostra(figura, alt=" ")
    plt.close(figura)


def test_mostra_vuole_una_figura():
    with pytest.raises(TypeError, match="list"):
        mostra([1, 2], alt="Non è una figura.")


def test_lo_stile_non_esce_dalla_figura():
    prima = plt.rcParams["axes.grid"]
    plt.close(tela()[0])
    assert plt.rcParams["axes.grid"] == prima
