"""Le diapositive nascono dal notebook: nulla dalla rete, l'output dopo la scommessa, nessuna risposta."""

import re
import sys

import pytest
from lettura_notebook import LEZIONI, RADICE

sys.path.insert(0, str(RADICE / "tools"))
from diapositive import diapositive


@pytest.fixture(scope="module", params=LEZIONI, ids=lambda lezione: lezione.nome)
def lezione(request):
    return request.param


@pytest.fixture(scope="module")
def pagina(lezione):
    return diapositive(lezione.percorso)


def test_nulla_si_carica_dalla_rete(pagina):
    caricati = re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']([^\"']+)", pagina)
    assert [indirizzo for indirizzo in caricati if indirizzo.startswith(("http:", "https:", "//"))] == []


def test_ogni_figura_c_e_con_il_suo_testo(pagina, lezione):
    figure = sum("<img alt=" in uscita.get("data", {}).get("text/html", "") for _, uscita in lezione.uscite)
    assert len(re.findall(r'<img alt="[^"]{20,}"', pagina)) == figure


def test_l_output_arriva_dopo(pagina):
    """Ogni output sta in un passo suo: chi guarda scommette prima."""
    sezioni = re.findall(r'class="[^"]*jp-OutputArea jp-Cell-outputArea', pagina)
    assert 0 < len(sezioni) <= pagina.count('class="fragment"')


def test_le_risposte_non_ci_sono(pagina):
    assert "verifica(&quot;" not in pagina and 'id="risposta-' not in pagina
