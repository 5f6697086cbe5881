"""La ricetta per una classe su Kubernetes avvia lo studente come il server solo, e la si legge senza Kubernetes."""

import yaml
from lettura_notebook import RADICE

VALORI = yaml.safe_load((RADICE / "docs" / "hub" / "values.yaml").read_text(encoding="utf-8"))


def test_lo_studente_parte_come_sul_server_solo():
    configurazione = (RADICE / "docs" / "hub" / "jupyterhub_config.py").read_text(encoding="utf-8")
    dockerfile = (RADICE / "docs" / "hub" / "Dockerfile").read_text(encoding="utf-8")
    assert VALORI["singleuser"]["cmd"][-1].endswith("docs/hub/studente.py")
    assert "studente.py" in configurazione and str(VALORI["singleuser"]["cmd"]).replace("'", '"') in dockerfile
