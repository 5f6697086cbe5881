"""`Servizio` risponde soltanto da questo computer, e quando si ferma non lascia nulla."""

import asyncio
import threading

import pytest

from corso_pytorch.lezioni.l12_produzione import servizio as modulo
from corso_pytorch.lezioni.l12_produzione.servizio import Servizio, accendi

httpx = pytest.importorskip("httpx")
pytest.importorskip("uvicorn")


async def _saluta(ambito, ricevi, invia):
    await invia({"type": "http.response.start", "status": 200, "headers": []})
    await invia({"type": "http.response.body", "body": b"ciao"})


def _chiedi(indirizzo: str) -> str:
    # Senza trust_env=False un proxy dell'ambiente riceverebbe anche le richieste a 127.0.0.1.
    with httpx.Client(trust_env=False, timeout=5) as cliente:
        return cliente.get(indirizzo).text


def test_risponde_e_si_ferma():
    servizio = Servizio(_saluta).avvia()
    indirizzo = servizio.indirizzo
    assert indirizzo.startswith("http://127.0.0.1:")
    assert _chiedi(indirizzo) == "ciao"
    servizio.ferma()
    assert not servizio.acceso
    with pytest.raises(httpx.ConnectError):
        _chiedi(indirizzo)


def test_dopo_un_errore_si_ferma_lo_stesso():
    prima = threading.active_count()
    with pytest.raises(ZeroDivisionError), Servizio(_saluta) as servizio:
        _ = servizio.acceso / 0
    assert threading.active_count() == prima
    servizio.ferma()


def test_due_servizi_hanno_porte_diverse():
    with Servizio(_saluta) as uno, Servizio(_saluta) as altro:
        assert uno.indirizzo != altro.indirizzo
        with pytest.raises(RuntimeError, match="già acceso"):
            uno.avvia()


def test_da_fermo_non_ha_indirizzo():
    with pytest.raises(RuntimeError, match="avvia"):
        _ = Servizio(_saluta).indirizzo


def test_si_puo_riavviare():
    servizio = Servizio(_saluta)
    for _ in range(2):
        with servizio:
            assert _chiedi(servizio.indirizzo) == "ciao"


async def _dorme(ambito, ricevi, invia):
    await asyncio.sleep(60)


def test_una_richiesta_lunga_non_lo_tiene_acceso(monkeypatch):
    monkeypatch.setattr(modulo, "SECONDI_PER_LE_RICHIESTE", 1)
    prima = threading.active_count()
    servizio = Servizio(_dorme).avvia()
    with httpx.Client(trust_env=False, timeout=0.3) as cliente, pytest.raises(httpx.ReadTimeout):
        cliente.get(servizio.indirizzo)
    servizio.ferma()
    assert threading.active_count() == prima


def test_accendi_ne_tiene_acceso_uno():
    primo = accendi(_saluta)
    secondo = accendi(_saluta)
    assert (primo.acceso, secondo.acceso) == (False, True)
    secondo.ferma()
