"""Un JupyterLab vero, su una cartella a parte, e un Chromium che lo guarda: ``uv run pytest -m browser``."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from corso_pytorch import lavoro

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
OPZIONI = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory):
    """L'indirizzo di un JupyterLab aperto sulle copie di chi studia, con le sue impostazioni e nessuna di chi prova."""
    casa = tmp_path_factory.mktemp("casa")
    lavoro.prepara(lavoro=casa / "lavoro")
    # Le celle lontane dallo schermo si disegnano solo quando ci si arriva: qui si guardano tutte.
    impostazioni = casa / "impostazioni" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    impostazioni.parent.mkdir(parents=True)
    impostazioni.write_text('{"windowingMode": "none"}', encoding="utf-8")
    with socket.socket() as presa:
        presa.bind(("127.0.0.1", 0))
        porta = presa.getsockname()[1]
    cartelle = {f"JUPYTER_{quale}_DIR": str(casa / quale.lower()) for quale in ("CONFIG", "DATA", "RUNTIME")}
    cartelle |= {
        "JUPYTERLAB_SETTINGS_DIR": str(casa / "impostazioni"),
        "JUPYTERLAB_WORKSPACES_DIR": str(casa / "tavoli"),
    }
    comando = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    comando += [
        f"--ServerApp.root_dir={casa}",
        f"--port={porta}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=prova",
    ]
    with (casa / "server.txt").open("w") as diario:
        server = subprocess.Popen(comando, env=os.environ | cartelle, stdout=diario, stderr=subprocess.STDOUT)
    indirizzo = f"http://127.0.0.1:{porta}"
    try:
        aspetta(f"{indirizzo}/api/status?token=prova", server, casa / "server.txt")
        yield indirizzo
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="session")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api")
    assert CHROMIUM, "Manca Chromium: «apt-get install chromium», o indica il suo programma nella variabile CHROMIUM."
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPZIONI)
        yield browser
        browser.close()


@pytest.fixture
def pagina(chromium, request, tmp_path_factory):
    """Una pagina nuova; tiene conto delle richieste che escono dal computer e degli errori della console."""
    contesto = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="it-IT")
    pagina = contesto.new_page()
    pagina.uscite, pagina.errori = [], []
    pagina.on("request", lambda chiesta: _locale(chiesta.url) or pagina.uscite.append(chiesta.url))
    pagina.on("console", lambda riga: riga.type == "error" and pagina.errori.append(riga.text))
    yield pagina
    if cartella := os.environ.get("CORSO_PYTORCH_SCHERMATE"):
        nome = "".join(segno if segno.isalnum() else "-" for segno in request.node.name)
        pagina.screenshot(path=Path(cartella, f"{nome}.png"))
    contesto.close()


def _locale(indirizzo: str) -> bool:
    return indirizzo.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def aspetta(indirizzo: str, server: subprocess.Popen, diario: Path, secondi: float = 120) -> None:
    scadenza = time.monotonic() + secondi
    while time.monotonic() < scadenza and server.poll() is None:
        try:
            urllib.request.urlopen(indirizzo, timeout=5).close()
            return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"JupyterLab non è partito:\n{diario.read_text()}")
