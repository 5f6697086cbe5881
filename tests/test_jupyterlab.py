"""JupyterLab per gli studenti: si guarda ciò che ne legge lui, non il file che scriviamo; e i menu come li mostra."""

import json
import re
import sys
from pathlib import Path

import jupyterlab_language_pack_it_IT
import pytest
from jupyterlab_server.settings_utils import get_settings
from lettura_notebook import LEZIONI, RADICE

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


def test_i_menu_nominati_sono_quelli_che_si_vedono():
    """Il corso apre JupyterLab in italiano: «Run All Cells» sullo schermo non c'è."""
    pacchetto = Path(jupyterlab_language_pack_it_IT.__file__).parent
    [catalogo] = pacchetto.glob("locale/*/LC_MESSAGES/jupyterlab.json")
    tradotti = json.loads(catalogo.read_text("utf-8"))
    visti = {traduzione[0] for nome, traduzione in tradotti.items() if nome} | {"Kernel"}
    nominati = {
        voce
        for notebook in LEZIONI
        for cella in notebook.celle
        if cella.cell_type == "markdown"
        for percorso in re.findall(r"\*((?:Esegui|Kernel|Run|File|Modifica) → [^*]+)\*", cella.source)
        for voce in percorso.split(" → ")
    }
    assert "Esegui" in nominati and nominati <= visti
