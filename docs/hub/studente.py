"""Ciò che JupyterHub avvia per ogni studente: prepara le copie delle lezioni in ~/lavoro, poi diventa il suo server."""

import os
import sys
from pathlib import Path

from corso_pytorch import lavoro

lavoro.prepara(lavoro=Path.home() / "lavoro")
os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *sys.argv[1:]])
