"""`mostra`: ogni figura arriva con il suo testo dove la si guarda, e si chiude."""

import base64
import io
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from lettura_notebook import LEZIONI, RADICE
from nbconvert import HTMLExporter
from PIL import Image

from corso_pytorch.grafici import mostra
from corso_pytorch.grafici.stile import come_png, tela

ALT = 'Una "linea" che sale, <piano> e sempre dritta: è l\'uguale di se stessa.'


@pytest.fixture(scope="module")
def notebook(tmp_path_factory) -> Path:
    """Un notebook con una figura, eseguito come si eseguono le lezioni."""
    codice = "from corso_pytorch.grafici import mostra\nfrom corso_pytorch.grafici.stile import tela\n"
    disegna = f"figura, asse = tela()\nasse.plot([1, 2])\nmostra(figura, alt={ALT!r})"
    percorso = tmp_path_factory.mktemp("figura") / "00_figura.ipynb"
    celle = [nbformat.v4.new_code_cell(codice, id="importa"), nbformat.v4.new_code_cell(disegna, id="disegna")]
    nbformat.write(nbformat.v4.new_notebook(cells=celle), percorso)
    subprocess.run([sys.executable, str(RADICE / "tools" / "aggiorna_output.py"), str(percorso)], check=True)
    return percorso


class _Immagini(HTMLParser):
    """I testi alternativi di tutte le ``<img>`` di una pagina, nell'ordine in cui un lettore di schermo le incontra."""

    def __init__(self, pagina: str):
        super().__init__()
        self.testi = []
        self.feed(pagina)

    def handle_starttag(self, nome, attributi):
        if nome == "img":
            self.testi.append(dict(attributi).get("alt"))


def _esporta(percorso: Path) -> list[str]:
    return _Immagini(HTMLExporter(template_name="lab").from_filename(str(percorso))[0]).testi


def test_la_pagina_esportata_ha_il_testo_di_ogni_figura(notebook):
    assert _esporta(notebook) == [ALT]


def test_anche_in_una_lezione_vera():
    lezione = LEZIONI[0]
    scritti = [
        uscita.metadata["image/png"]["alt"] for _, uscita in lezione.uscite if "image/png" in uscita.get("data", {})
    ]
    assert _esporta(lezione.percorso) == scritti
    assert len(scritti) > 1


def test_ogni_lettore_di_notebook_trova_testo_e_figura(notebook):
    (uscita,) = nbformat.read(notebook, as_version=4).cells[1].outputs
    assert uscita.data["text/plain"] == f"Figura: {ALT}"  # VS Code
    assert _Immagini(uscita.data["text/html"]).testi == [ALT]  # JupyterLab
    assert uscita.metadata == {"image/png": {"alt": ALT}}  # il modello «classic» di nbconvert
    assert f';base64,{uscita.data["image/png"]}"' in uscita.data["text/html"]
    assert base64.b64decode(uscita.data["image/png"]).startswith(b"\x89PNG")


def test_nel_terminale_si_legge_il_testo(capsys):
    figura, _ = tela()
    mostra(figura, alt="Una tela vuota,\n    per prova.")
    assert capsys.readouterr().out == "Figura: Una tela vuota, per prova.\n"
    assert not plt.fignum_exists(figura.number)


@pytest.mark.parametrize("scala", ["viridis", "PuOr"])
def test_la_tavolozza_non_si_vede_e_dimezza_i_byte(scala):
    """Anche dove il colore sfuma: in media un punto cambia di meno di un livello su 255, e nessuno di più di 30."""
    figura, assi = tela(1, 2)
    assi[0].imshow(np.sin(np.linspace(-1, 1, 2500)).reshape(50, 50), cmap=scala)
    for passo in range(6):
        assi[1].plot(np.cos(np.linspace(passo, passo + 9, 200)), linewidth=0.8)
    piena = io.BytesIO()
    figura.savefig(piena, format="png", bbox_inches="tight")
    ridotta = come_png(figura)
    prima, dopo = (np.array(Image.open(f).convert("RGB"), int) for f in (piena, io.BytesIO(ridotta)))
    assert np.abs(prima - dopo).max() <= 30
    assert np.abs(prima - dopo).mean() < 1
    assert (dopo[0, 0] == 255).all()
    assert len(ridotta) < len(piena.getvalue()) / 2


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
