"""Le stesse pagine nel disegno di VS Code: figure, testi alternativi, suggerimenti da aprire.

Serve code-server (da npm): la variabile CODE_SERVER dice come si avvia, per esempio «npx code-server».
"""

import os
import shlex
import socket
import subprocess

import pytest
from lettura_notebook import LEZIONI, RADICE

from conftest import aspetta

CODE_SERVER = os.environ.get("CODE_SERVER")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CODE_SERVER, reason="si prova con CODE_SERVER")]
# Le uscite e i testi stanno in una pagina dentro la pagina; i testi, ognuno in un'ombra.
TROVATI = """() => {
  const trovati = [];
  const guarda = nodo => nodo.querySelectorAll('*').forEach(e => {
    if (e.tagName === 'IMG' && e.naturalWidth > 100) trovati.push(e.alt);
    if (e.tagName === 'DETAILS') trovati.push('<details>');
    if (e.shadowRoot) guarda(e.shadowRoot);
  });
  guarda(document);
  return trovati;
}"""


@pytest.fixture(scope="module")
def vscode(tmp_path_factory):
    casa = tmp_path_factory.mktemp("vscode")
    with socket.socket() as presa:
        presa.bind(("127.0.0.1", 0))
        porta = presa.getsockname()[1]
    opzioni = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"]
    cartelle = ["--user-data-dir", str(casa / "dati"), "--extensions-dir", str(casa / "estensioni")]
    comando = [*shlex.split(CODE_SERVER), *opzioni, *cartelle, "--bind-addr", f"127.0.0.1:{porta}", str(RADICE)]
    with (casa / "server.txt").open("w") as diario:
        server = subprocess.Popen(comando, stdout=diario, stderr=subprocess.STDOUT)
    try:
        aspetta(f"http://127.0.0.1:{porta}/healthz", server, casa / "server.txt")
        yield f"http://127.0.0.1:{porta}/?folder={RADICE}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.parametrize("lezione", [LEZIONI[1], LEZIONI[4]], ids=lambda lezione: lezione.nome)
def test_vscode_mostra_figure_e_suggerimenti(lezione, vscode, pagina):
    pagina.set_viewport_size({"width": 1400, "height": 2400})
    pagina.goto(vscode)
    # Finché le estensioni di VS Code non sono pronte, un notebook si apre come testo.
    pagina.get_by_role("treeitem", name="notebooks").first.click(timeout=60_000)
    pagina.wait_for_timeout(10_000)
    pagina.get_by_role("treeitem", name=lezione.percorso.name).first.dblclick()
    pagina.wait_for_selector(".notebookOverlay", timeout=60_000)
    pagina.mouse.move(700, 1200)
    attesi = {
        uscita.data["text/html"].partition('<img alt="')[2].partition('"')[0]
        for _, uscita in lezione.uscite
        if "<img alt=" in uscita.get("data", {}).get("text/html", "")
    }
    visti = set()
    for _ in range(120):  # le celle lontane non sono disegnate: si scorre
        for cornice in pagina.frames:
            if "fake.html" in cornice.url:
                visti |= set(cornice.evaluate(TROVATI))
        if len(visti) > len(attesi):
            break
        pagina.mouse.wheel(0, 1500)
        pagina.wait_for_timeout(500)
    assert len(visti - {"<details>"}) == len(attesi)
    assert "<details>" in visti
