"""`ascolta` mette nel notebook un suono che si può risentire, con il suo testo."""

import base64
import io
import re
import wave

import pytest
import torch

from corso_pytorch.lezioni.l09_audio import suoni


@pytest.fixture
def mostrati(monkeypatch):
    """Ciò che `ascolta` manda al notebook."""
    usciti = []
    monkeypatch.setattr(suoni, "display", lambda dati, raw: usciti.append(dati))
    return usciti


def _leggi(contenuto: bytes) -> tuple[int, int, torch.Tensor]:
    with wave.open(io.BytesIO(contenuto)) as file:
        campioni = torch.frombuffer(bytearray(file.readframes(file.getnframes())), dtype=torch.int16)
        return file.getframerate(), file.getnchannels(), campioni


def test_il_wav_contiene_i_campioni():
    onda = torch.tensor([0.0, 0.5, -1.0, 1.0])
    frequenza, canali, campioni = _leggi(suoni.come_wav(onda, 8000))
    assert (frequenza, canali) == (8000, 1)
    assert campioni.tolist() == [0, 16384, -32767, 32767]


def test_un_onda_troppo_forte_e_abbassata_invece_di_rigirarsi():
    campioni = _leggi(suoni.come_wav(torch.tensor([2.0, -1.0]), 8000))[2]
    assert campioni.tolist() == [32767, -16384]


def test_ascolta_mostra_un_suono_con_il_suo_testo(mostrati):
    onda = torch.linspace(-1, 1, 4000)
    suoni.ascolta(onda, 8000, 'un "fruscio" <breve>')
    assert mostrati[0]["text/plain"] == 'Suono di 0,5 secondi: un "fruscio" <breve>'
    html = mostrati[0]["text/html"]
    assert 'aria-label="un &quot;fruscio&quot; &lt;breve&gt;"' in html
    dentro = re.search(r'src="data:audio/wav;base64,([^"]+)"', html)[1]
    assert base64.b64decode(dentro) == suoni.come_wav(onda, 8000)


def test_i_primi_42_byte_dicono_frequenza_e_durata():
    # Sono quelli che nbval confronta (tests/nbval.cfg): i campioni no, cambiano all'ultima cifra.
    onda = torch.rand(100)
    inizio = suoni.come_wav(onda, 8000)[:42]
    assert inizio == suoni.come_wav(-onda, 8000)[:42]
    assert inizio != suoni.come_wav(onda, 16_000)[:42]
    assert inizio != suoni.come_wav(torch.rand(101), 8000)[:42]


@pytest.mark.parametrize(
    ("onda", "testo", "messaggio"),
    [
        (torch.zeros(1, 8), "un silenzio", "forma \\(1, 8\\)"),
        (torch.zeros(0), "un silenzio", "almeno un campione"),
        (torch.tensor([0.0, float("nan")]), "un guasto", "NaN"),
        (torch.zeros(8), "  ", "testo"),
    ],
)
def test_un_suono_che_non_va_e_detto(onda, testo, messaggio):
    with pytest.raises(ValueError, match=messaggio):
        suoni.ascolta(onda, 8000, testo)
