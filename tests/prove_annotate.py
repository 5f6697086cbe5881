"""``pytest --annota``: scrive in ``docs/prove.json`` che cosa è stato provato, dove, quando e in quanto tempo.

Da lì ``tools/indice.py`` prende ciò che README e lezioni ne dicono.
"""

import json
import os
import platform
import re
import time
from collections import defaultdict
from datetime import date
from importlib.metadata import version
from pathlib import Path

PROVE = Path(__file__).resolve().parents[1] / "docs" / "prove.json"
TUTTE = {notebook.name[:2] for notebook in (PROVE.parents[1] / "notebooks").glob("[0-9]*.ipynb")}
_LEZIONE = re.compile(r"notebooks/(\d\d)_\w+\.ipynb::")


def pytest_addoption(parser):
    parser.addoption("--annota", action="store_true", help="scrive l'esito delle lezioni in docs/prove.json")


def pytest_configure(config):
    # Con pytest-xdist annota il processo che raduna gli esiti, non quelli che eseguono.
    # La CPU scelta accanto all'acceleratore simulato è un'altra prova, e non prende il posto di quella della suite.
    della_suite = not (config.getoption("--acceleratore-simulato") and os.environ.get("CORSO_PYTORCH_DISPOSITIVO"))
    if config.getoption("--annota") and della_suite and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Annotatore(), "annotatore")


class Annotatore:
    """Raduna gli esiti delle celle delle lezioni, e alla fine li scrive."""

    def __init__(self):
        self.inizio = time.monotonic()
        self.lezioni = defaultdict(lambda: {"celle": 0, "escluse": 0, "fallite": 0, "secondi": 0.0})

    def pytest_runtest_logreport(self, report):
        if not (lezione := _LEZIONE.match(report.nodeid)):
            return
        voce = self.lezioni[lezione[1]]
        voce["secondi"] += report.duration
        if report.when == "call":
            voce["celle"] += 1
            voce["escluse"] += hasattr(report, "wasxfail")
        voce["fallite"] += report.failed

    def pytest_sessionfinish(self):
        if set(self.lezioni) != TUTTE:  # chi ha provato una lezione sola non può parlare per le altre
            return
        dove, macchina = _dove()
        tutto = json.loads(PROVE.read_text("utf-8")) if PROVE.is_file() else {}
        tutto[dove] = {
            "data": date.today().isoformat(),
            "macchina": macchina,
            "torch": version("torch"),
            "secondi": round(time.monotonic() - self.inizio),
            "lezioni": {
                nome: voce | {"secondi": round(voce["secondi"])} for nome, voce in sorted(self.lezioni.items())
            },
        }
        PROVE.write_text(json.dumps(tutto, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def _dove() -> tuple[str, str]:
    """Il dispositivo che le lezioni hanno scelto, anche simulato, e la macchina su cui era."""
    import torch

    from corso_pytorch import scegli_dispositivo

    tipo = scegli_dispositivo().type
    return tipo, torch.cuda.get_device_name() if tipo == "cuda" else _macchina()


def _macchina() -> str:
    processore = re.search(r"^model name\s*: (.+)$", _cpuinfo(), re.MULTILINE)
    return f"{os.cpu_count()} core {processore[1] if processore else platform.machine()}, {platform.system()}"


def _cpuinfo() -> str:
    return Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
