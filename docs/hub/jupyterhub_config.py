"""Una classe su un server solo: ogni studente è un utente del sistema, e trova in casa sua le copie delle lezioni.

Il corso sta in /opt/corso con il suo ambiente; docs/sito/insegnare.md dice i comandi, e quanta memoria serve.
"""

import os
from pathlib import Path

CORSO = Path(os.environ.get("CORSO", "/opt/corso"))
PYTHON = CORSO / ".venv" / "bin" / "python"

c = get_config()  # noqa: F821  (lo dà JupyterHub)
c.JupyterHub.bind_url = os.environ.get("CORSO_HUB", "http://:8000")
# Entra chi ha un utente e una password su questo computer.
c.Authenticator.allow_all = True
# Prima prepara le copie in ~/lavoro, poi apre JupyterLab su di esse.
c.Spawner.cmd = [str(PYTHON), str(CORSO / "docs" / "hub" / "studente.py")]
c.Spawner.notebook_dir = "~/lavoro"
c.Spawner.default_url = "/lab/tree/00_inizia_qui.ipynb"
c.Spawner.start_timeout = 120
# MNIST una volta per tutti, in sola lettura; e un thread a testa, o gli studenti si ruberebbero i core.
c.Spawner.environment = {"CORSO_PYTORCH_DATI": str(CORSO / "data"), "OMP_NUM_THREADS": "1"}
