"""``pytest --acceleratore-simulato``: gli stessi notebook, con un secondo dispositivo da scegliere."""

import os
import sys
from pathlib import Path

CARTELLA = str(Path(__file__).parent)


def pytest_addoption(parser):
    parser.addoption("--acceleratore-simulato", action="store_true", help="prova il corso su un dispositivo simulato")


def pytest_configure(config):
    if config.getoption("--acceleratore-simulato"):
        # Qui e in ogni kernel, «import torch» lo trova sul percorso e lo carica.
        sys.path.insert(0, CARTELLA)
        os.environ["PYTHONPATH"] = os.pathsep.join([CARTELLA, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
