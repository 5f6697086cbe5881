"""Le librerie che mancano si dicono in una riga; la rete si cerca per la strada di chi scarica, senza aspettarla."""

import threading
import time

import nbformat
import pytest
from nbclient import NotebookClient
from rete_finta import LONTANO, senza_proxy, sito_acceso

from corso_pytorch.ecosistema import LibreriaMancante, raggiungibile, richiedi


def test_le_librerie_presenti_passano_in_silenzio(capsys):
    richiedi("torch", "timm")
    assert capsys.readouterr() == ("", "")


def test_una_libreria_che_manca_si_dice_in_una_riga_del_notebook():
    codice = 'from corso_pytorch.ecosistema import richiedi\nrichiedi("torch", "libreria_inventata")'
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(codice)])
    NotebookClient(notebook, allow_errors=True).execute()
    (uscita,) = notebook.cells[0].outputs
    assert uscita.traceback == [
        "Manca libreria_inventata: scrivi `uv sync` nella cartella del corso, poi riavvia il kernel."
    ]


def test_piu_librerie_si_dicono_insieme():
    with pytest.raises(LibreriaMancante, match="Mancano una_inventata, altra_inventata"):
        richiedi("una_inventata", "altra_inventata")


@pytest.fixture
def sito(monkeypatch):
    senza_proxy(monkeypatch)
    with sito_acceso({"pesi.pth": b"0123"}) as acceso:
        yield acceso


def test_un_file_che_c_e_e_uno_che_non_c_e(sito):
    assert raggiungibile(f"{sito.indirizzo}pesi.pth")
    assert not raggiungibile(f"{sito.indirizzo}altri.pth")
    assert not raggiungibile(f"{LONTANO}pesi.pth")
    assert not raggiungibile("http://127.0.0.1:9/pesi.pth")


@pytest.mark.parametrize("variabile", ["http_proxy", "HTTP_PROXY"])
def test_dietro_un_proxy(variabile, sito, monkeypatch):
    monkeypatch.setenv(variabile, sito.indirizzo)
    assert raggiungibile(f"{LONTANO}pesi.pth")
    assert sito.richieste == [f"{LONTANO}pesi.pth"]


@pytest.mark.parametrize("variabile", ["no_proxy", "NO_PROXY"])
def test_chi_e_escluso_dal_proxy_va_da_solo(variabile, sito, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    assert not raggiungibile(f"{sito.indirizzo}pesi.pth")
    monkeypatch.setenv(variabile, "127.0.0.1,altrove.invalid")
    assert raggiungibile(f"{sito.indirizzo}pesi.pth")


def test_anche_https_passa_dal_proxy_e_un_suo_rifiuto_e_un_no(sito, monkeypatch):
    monkeypatch.setenv("https_proxy", sito.indirizzo)
    assert not raggiungibile("https://sito-lontano.invalid/pesi.pth")
    assert sito.richieste == ["sito-lontano.invalid:443"]


def test_una_rete_muta_costa_solo_i_secondi_detti(sito, monkeypatch):
    sito.modo = "muto"
    inizio = time.monotonic()
    assert not raggiungibile(f"{sito.indirizzo}pesi.pth", secondi=0.3)
    fine = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: fine.wait(30) and [])
    assert not raggiungibile(f"{LONTANO}pesi.pth", secondi=0.3)
    assert time.monotonic() - inizio < 3
    fine.set()
