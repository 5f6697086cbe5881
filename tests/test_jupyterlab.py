"""Le impostazioni di JupyterLab per gli studenti: si guarda ciò che JupyterLab ne legge, non il file che scriviamo."""

import json
import sys
from pathlib import Path

import pytest
from jupyterlab_server.settings_utils import get_settings
from lettura_notebook import RADICE

SCRITTE = json.loads(
    (RADICE / "jupyter" / "etc" / "jupyter" / "labconfig" / "default_setting_overrides.json").read_text(
        encoding="utf-8"
    )
)
LAB = Path(sys.prefix, "share", "jupyter", "lab")


@pytest.mark.parametrize("quali", SCRITTE)
def test_jupyterlab_le_legge_e_le_conosce(quali, tmp_path):
    lette, avvisi = get_settings(str(LAB / "settings"), str(LAB / "schemas"), str(tmp_path), schema_name=quali)
    assert not any(avvisi)
    for nome, valore in SCRITTE[quali].items():
        schema = lette["schema"]["properties"][nome]  # un nome che JupyterLab non ha più sarebbe ignorato in silenzio
        predefinito = schema["default"]
        assert (valore.items() <= predefinito.items()) if isinstance(valore, dict) else predefinito == valore
        assert "title" in schema or "description" in schema
