"""Il README: i comandi che dà esistono, i collegamenti portano da qualche parte, la tabella dice il vero."""

import json
import re
import sys
import tomllib
from types import SimpleNamespace

import prove_annotate
import pytest
from lettura_notebook import LEZIONI, RADICE
from PIL import Image, ImageChops

sys.path.insert(0, str(RADICE / "tools"))
import copertina
import indice

README = (RADICE / "README.md").read_text(encoding="utf-8")
COLLEGAMENTI = re.findall(r"\]\(([^)#\s]+)\)", README)
COMANDI = re.findall(r"uv run (?:--no-[\w-]+ )*(\S+)", README)


@pytest.mark.parametrize("destinazione", [c for c in COLLEGAMENTI if not c.startswith("http")])
def test_i_collegamenti_relativi_esistono(destinazione):
    assert (RADICE / destinazione).exists()


def test_i_collegamenti_alla_rete_sono_cifrati():
    assert all(c.startswith("https://") for c in COLLEGAMENTI if c.startswith("http"))


def test_i_due_comandi_ci_sono():
    comandi = re.search(r"```bash\n(.+?)```", README, re.S).group(1).splitlines()
    assert [riga.split("#")[0].strip() for riga in comandi] == [
        "uv run corso lab",
        "uv run pytest",
    ]


def test_ogni_comando_del_corso_e_scritto_intero():
    """Nel terminale di chi studia ``corso`` da solo non c'è: lo trova ``uv run``."""
    pagine = [README, *(file.read_text("utf-8") for file in (RADICE / "docs" / "sito").glob("*.md"))]
    quali = "lab|reset|progressi|aggiorna|diagnosi|dati|sito|gpu|prova"
    nudo = re.compile(rf"(?<!uv run )(?<!--no-sync )\bcorso (?:{quali})\b")
    assert not [trovato.group() for pagina in pagine for trovato in nudo.finditer(pagina)]


def test_la_copertina_e_fatta_con_le_figure_di_oggi():
    salvata = Image.open(copertina.COPERTINA).convert("RGB")
    assert ImageChops.difference(salvata, copertina.componi()).getbbox() is None, "tools/copertina.py la rifà"


@pytest.mark.parametrize("comando", sorted({c.strip("`.,;:") for c in COMANDI} - {"…"}))
def test_i_programmi_nominati_sono_nel_progetto(comando):
    progetto = tomllib.loads((RADICE / "pyproject.toml").read_text("utf-8"))
    dipendenze = [*progetto["project"]["dependencies"], *progetto["dependency-groups"]["dev"]]
    nomi = {re.split(r"[=<>]", nome)[0] for nome in dipendenze} | set(progetto["project"]["scripts"])
    assert comando in nomi | {"python"} or f"{comando}lab" in nomi


def test_gli_attrezzi_nominati_esistono():
    for percorso in re.findall(r"\b(?:tools|src|tests|benchmarks)/[\w/.]+", README):
        assert (RADICE / percorso.replace("lNN_nome", "l00_inizio").rstrip(".")).exists(), percorso


def test_la_tabella_delle_lezioni_e_quella_che_dicono_i_notebook():
    assert indice.con_la_tabella(README) == README, "«uv run python tools/indice.py» la riscrive"
    assert all(f"(notebooks/{notebook.percorso.name})" in README for notebook in LEZIONI)


def test_che_cosa_e_provato_dove_lo_dicono_le_prove():
    prove = indice.prove_svolte()
    assert indice.con_le_prove(README, prove) == README, "«uv run python tools/indice.py» lo riscrive"
    for notebook in LEZIONI:
        testo = notebook.percorso.read_text("utf-8")
        assert indice.con_gira_su(testo, notebook.percorso.name[:2], prove) == testo


def test_una_corsa_su_cuda_si_racconta_con_la_sua_scheda():
    lezioni = {"04": {"celle": 95, "escluse": 0, "fallite": 0, "secondi": 12}}
    corsa = {"data": "2027-01-09", "macchina": "NVIDIA H100", "torch": "2.14.0", "secondi": 300, "lezioni": lezioni}
    assert indice.gira_su("04", {"cpu": corsa, "simulato": corsa}).endswith("; CUDA, non ancora provata")
    assert indice.gira_su("04", dict.fromkeys(("cpu", "simulato", "cuda"), corsa)).endswith(
        "CUDA, il 9/1/2027 su NVIDIA H100"
    )
    guasta = corsa | {"lezioni": {"04": lezioni["04"] | {"fallite": 1}}}
    assert indice.gira_su("04", {"cpu": corsa, "simulato": corsa, "cuda": guasta}).endswith(
        "NVIDIA H100 (tranne una cella)"
    )


def test_chi_prova_una_lezione_sola_non_riscrive_le_prove(monkeypatch, tmp_path):
    monkeypatch.setattr(prove_annotate, "PROVE", tmp_path / "prove.json")
    annotatore = prove_annotate.Annotatore()
    for lezione in sorted(prove_annotate.TUTTE):
        annotatore.pytest_sessionfinish()
        assert not prove_annotate.PROVE.exists()
        cella = SimpleNamespace(
            nodeid=f"notebooks/{lezione}_prova.ipynb::Cell 0", when="call", duration=2.0, failed=False
        )
        annotatore.pytest_runtest_logreport(cella)
    annotatore.pytest_sessionfinish()
    [(_, corsa)] = json.loads(prove_annotate.PROVE.read_text("utf-8")).items()
    assert corsa["lezioni"]["04"] == {"celle": 1, "escluse": 0, "fallite": 0, "secondi": 2}
