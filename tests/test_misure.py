"""Le misure dei tempi: che cosa contano, in quale ordine, come si leggono."""

import pytest

from corso_pytorch.misure import Misura, confronta_tempi, cronometra, leggibile


def test_il_riscaldamento_non_conta_e_le_funzioni_si_alternano():
    chiamate = []
    misure = confronta_tempi({"a": lambda: chiamate.append("a"), "b": lambda: chiamate.append("b")}, 2, 1)
    assert "".join(chiamate) == "ab" + "abab"
    assert [len(misura.tempi) for misura in misure.values()] == [2, 2]


def test_la_mediana_ignora_una_ripetizione_disturbata():
    assert Misura((1.0, 1.0, 50.0)).mediana == 1.0


def test_una_misura_si_legge():
    assert str(Misura((0.002, 0.003, 0.004))) == "3 ms (da 2 ms a 4 ms)"


@pytest.mark.parametrize(
    ("secondi", "testo"), [(2.5, "2.5 s"), (0.0032, "3.2 ms"), (4.5e-6, "4.5 µs"), (2e-9, "2 ns"), (0, "0 ns")]
)
def test_leggibile(secondi, testo):
    assert leggibile(secondi) == testo


@pytest.mark.parametrize(("ripetizioni", "riscaldamento"), [(0, 1), (1, -1)])
def test_senza_ripetizioni_non_c_e_misura(ripetizioni, riscaldamento):
    with pytest.raises(ValueError, match="ripetizione"):
        cronometra(lambda: None, ripetizioni, riscaldamento)
