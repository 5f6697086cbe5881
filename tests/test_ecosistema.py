"""Le librerie che mancano si dicono in una riga, e la rete che manca non fa aspettare."""

import socket

import pytest

from corso_pytorch.ecosistema import LibreriaMancante, raggiungibile, richiedi


def test_le_librerie_presenti_passano_in_silenzio(capsys):
    richiedi("torch", "timm")
    assert capsys.readouterr() == ("", "")


def test_una_libreria_che_manca_si_dice_in_una_riga():
    with pytest.raises(LibreriaMancante, match=r"Manca libreria_inventata: scrivi `uv sync`") as preso:
        richiedi("torch", "libreria_inventata")
    assert preso.value._render_traceback_() == [str(preso.value)]


def test_piu_librerie_si_dicono_insieme():
    with pytest.raises(LibreriaMancante, match="Mancano una_inventata, altra_inventata"):
        richiedi("una_inventata", "altra_inventata")


def test_un_indirizzo_che_risponde_e_uno_che_non_risponde():
    with socket.create_server(("127.0.0.1", 0)) as servente:
        porta = servente.getsockname()[1]
        assert raggiungibile("127.0.0.1", porta)
    assert not raggiungibile("127.0.0.1", porta)
    assert not raggiungibile("nome-che-non-esiste.invalid")
