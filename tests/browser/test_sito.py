"""Il sito in un browser: nulla dalla rete, nulla che sporge, tutto con il suo testo, la rete che legge le cifre."""

import os
import re
import sys
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from lettura_notebook import LEZIONI, RADICE

from corso_pytorch.dati import carica_in_memoria, prepara_mnist
from corso_pytorch.modelli import CNN

sys.path.insert(0, str(RADICE / "tools"))
import sito as costruttore

pytestmark = pytest.mark.browser
DA_GUARDARE = ["index.html", "disegna.html", "insegnare.html", "glossario.html", "verificato.html", "misure.html"]
DA_GUARDARE += [f"{dove}/{lezione.percorso.stem}.html" for dove in ("lezioni", "docente") for lezione in LEZIONI]


@pytest.fixture(scope="session")
def sito(tmp_path_factory):
    """Il sito appena costruito, offerto a questo computer."""
    pagine = tmp_path_factory.mktemp("sito") / "pagine"
    assert costruttore.costruisci(pagine) == 0
    gestore = partial(costruttore.InSilenzio, directory=str(pagine))
    with ThreadingHTTPServer(("127.0.0.1", 0), gestore) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield pagine, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("larga", [1280, 400])
def test_ogni_pagina_sta_nello_schermo_e_non_chiede_nulla_fuori(sito, pagina, larga):
    _, indirizzo = sito
    pagina.set_viewport_size({"width": larga, "height": 900})
    for nome in DA_GUARDARE:
        pagina.goto(f"{indirizzo}/{nome}")
        assert pagina.evaluate("document.documentElement.scrollWidth") <= larga, nome
        senza = pagina.evaluate("[...document.querySelectorAll('main img')].filter(i => !i.alt.trim()).map(i => i.src)")
        assert senza == [], nome
    assert (pagina.uscite, pagina.errori) == ([], [])


def test_ogni_figura_della_lezione_e_nella_pagina(sito, pagina):
    _, indirizzo = sito
    for lezione in LEZIONI:
        pagina.goto(f"{indirizzo}/lezioni/{lezione.percorso.stem}.html")
        attese = sum("<img alt=" in uscita.get("data", {}).get("text/html", "") for _, uscita in lezione.uscite)
        alt = pagina.evaluate("[...document.querySelectorAll('.cell_output img')].map(i => i.alt)")
        assert len(alt) == attese and all(len(testo.split()) >= 5 for testo in alt), lezione.nome


def test_le_diapositive_si_aprono_senza_rete(sito, pagina):
    _, indirizzo = sito
    for lezione in LEZIONI:
        pagina.goto(f"{indirizzo}/diapositive/{lezione.percorso.stem}.html")
        pagina.wait_for_function("window.Reveal && Reveal.isReady()")
        assert pagina.evaluate("Reveal.getTotalSlides()") > 20, lezione.nome
    assert (pagina.uscite, pagina.errori) == ([], [])


def test_chi_cerca_gradienti_trova_gradiente(sito, pagina):
    _, indirizzo = sito
    trovate = {}
    for parola in ("gradiente", "gradienti"):
        pagina.goto(f"{indirizzo}/search.html?q={parola}")
        pagina.wait_for_selector("ul.search li > a", state="attached")
        pagina.wait_for_timeout(3000)  # i risultati arrivano uno alla volta
        trovate[parola] = set(
            pagina.evaluate("[...document.querySelectorAll('ul.search li > a')].map(a => a.pathname)")
        )
    assert trovate["gradiente"] == trovate["gradienti"] != set()


def test_cento_cifre_danno_nella_pagina_le_classi_di_pytorch(sito, pagina):
    pagine, indirizzo = sito
    x, _ = carica_in_memoria(prepara_mnist(), addestramento=False)
    pixel = x[:100].reshape(100, 1, 28, 28) / 255
    cnn = CNN()
    cnn.load_state_dict(torch.load(pagine / "_static" / "rete.pt", weights_only=True))
    with torch.inference_mode():
        attese = cnn.eval()((pixel - 0.1307) / 0.3081).argmax(dim=1).tolist()
    pagina.goto(f"{indirizzo}/disegna.html")
    pagina.wait_for_function("window.corso")
    pagina.context.set_offline(True)  # d'ora in poi la rete è staccata
    lette = pagina.evaluate(
        """async (immagini) => {
          const lette = [];
          for (const pixel of immagini) {
            const { probabilita, millisecondi } = await corso.riconosci(pixel);
            lette.push([probabilita.indexOf(Math.max(...probabilita)), millisecondi]);
          }
          return lette;
        }""",
        pixel.flatten(1).tolist(),
    )
    assert [classe for classe, _ in lette] == attese
    tempi = sorted(tempo for _, tempo in lette)
    print(f"\nmillisecondi per immagine nella pagina: mediana {tempi[50]:.2f}, massimo {tempi[-1]:.2f}")
    assert pagina.uscite == []


def test_si_disegna_con_il_mouse(sito, pagina):
    _, indirizzo = sito
    pagina.goto(f"{indirizzo}/disegna.html")
    pagina.wait_for_function("window.corso")
    foglio = pagina.locator("#foglio").bounding_box()
    pagina.mouse.move(foglio["x"] + 140, foglio["y"] + 50)
    pagina.mouse.down()
    pagina.mouse.move(foglio["x"] + 140, foglio["y"] + 230, steps=12)
    pagina.mouse.up()
    pagina.wait_for_function("/È un 1/.test(document.querySelector('#letta').innerText)", timeout=10_000)
    pagina.get_by_role("button", name="Cancella").press("Enter")
    assert pagina.locator("#letta").inner_text() == "Disegna una cifra."


@pytest.mark.skipif("AXE" not in os.environ, reason="la variabile AXE indica axe.min.js (npm pack axe-core)")
@pytest.mark.parametrize(
    "nome", ["index.html", "disegna.html", *(f"lezioni/{e.percorso.stem}.html" for e in LEZIONI[1:4])]
)
def test_axe_non_trova_nulla_di_serio(sito, pagina, nome):
    _, indirizzo = sito
    pagina.goto(f"{indirizzo}/{nome}")
    pagina.evaluate(Path(os.environ["AXE"]).read_text("utf-8"))
    guai = pagina.evaluate("async () => (await axe.run()).violations")
    seri = {guaio["id"]: [re.sub(r"\s+", " ", nodo["html"])[:120] for nodo in guaio["nodes"]][:3] for guaio in guai}
    assert not {nome: dove for nome, dove in seri.items() if _serio(guai, nome)}


def _serio(guai, nome):
    return any(guaio["id"] == nome and guaio["impact"] in ("serious", "critical") for guaio in guai)
