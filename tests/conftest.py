"""Ciò che vale per tutti i test: nessuna figura resta aperta."""

import sys

import pytest


@pytest.fixture(autouse=True)
def chiudi_le_figure():
    yield
    # Chi non disegna non deve pagare l'import di matplotlib.
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
