"""Ciò che si importa è dichiarato in pyproject.toml, e ciò che è legato all'interno di torch ha un limite."""

import ast
import contextlib
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions

import pytest
from lettura_notebook import RADICE, TUTTI

PROGETTO = tomllib.loads((RADICE / "pyproject.toml").read_text(encoding="utf-8"))
GRUPPI = {"project": PROGETTO["project"]["dependencies"], **PROGETTO["dependency-groups"]}
DICHIARATI = [requisito for gruppo in GRUPPI.values() for requisito in gruppo]
# La lezione 08 la importa apposta, per mostrare l'errore che dà.
MANCA_APPOSTA = {"torchtext"}
# Il programma della lezione 11 per un cluster con Ray, che sta accanto a `addestra.py` e qui non si esegue.
DI_UN_CLUSTER = {"addestra", "ray"}
# Il file con le funzioni di chi studia, che la lezione 07 scrive accanto al programma che le importa.
DI_CHI_STUDIA = {"le_mie"}
PROGRAMMI = [file for cartella in ("src", "tests", "tools", "benchmarks") for file in (RADICE / cartella).rglob("*.py")]
FUORI_DAL_PACCHETTO = [file for file in PROGRAMMI if not file.is_relative_to(RADICE / "src")]
NOSTRI = {
    "corso_pytorch",
    *(file.parent.name if file.stem == "__init__" else file.stem for file in FUORI_DAL_PACCHETTO),
}


def _nomi(requisiti: list[str]) -> set[str]:
    return {_normale(re.match(r"[\w.-]+", requisito)[0]) for requisito in requisiti}


def _normale(nome: str) -> str:
    return re.sub(r"[-_.]+", "-", nome).lower()


def _importati(codice: str) -> Iterator[str]:
    """I moduli che un programma importa da fuori: non dalla libreria standard, non dal deposito."""
    for nodo in ast.walk(ast.parse(codice)):
        if isinstance(nodo, ast.Import):
            nomi = [alias.name for alias in nodo.names]
        elif isinstance(nodo, ast.ImportFrom) and not nodo.level:
            nomi = [nodo.module]
        else:
            continue
        yield from {nome.split(".")[0] for nome in nomi} - sys.stdlib_module_names - NOSTRI


def _non_dichiarati(moduli: set[str], requisiti: list[str]) -> set[str]:
    distribuzioni = packages_distributions()
    return {m for m in moduli if not {_normale(d) for d in distribuzioni.get(m, [])} & _nomi(requisiti)}


def test_i_programmi_importano_solo_cio_che_e_dichiarato():
    moduli = {modulo for file in PROGRAMMI for modulo in _importati(file.read_text(encoding="utf-8"))}
    assert {"torch", "numpy"} <= moduli
    assert _non_dichiarati(moduli, DICHIARATI) <= DI_UN_CLUSTER | DI_CHI_STUDIA


def test_i_notebook_importano_solo_cio_che_e_dichiarato():
    moduli = set()
    for cella in (cella for notebook in TUTTI for cella in notebook.di_codice):
        with contextlib.suppress(SyntaxError):  # qualche cella è sbagliata apposta
            moduli.update(_importati(cella.source))
    assert {"torch", "accelerate"} <= moduli
    assert _non_dichiarati(moduli, DICHIARATI) <= MANCA_APPOSTA


def test_cio_che_piu_lezioni_usano_basta_l_installazione_snella():
    comuni = [f for f in (RADICE / "src").rglob("*.py") if "lezioni" not in f.relative_to(RADICE / "src").parts]
    moduli = {modulo for file in comuni for modulo in _importati(file.read_text(encoding="utf-8"))}
    assert not _non_dichiarati(moduli, GRUPPI["project"])


@pytest.mark.parametrize("nome", ["torch", "torchrl", "tensordict", "torchtitan", "torchao", "executorch", "nbval"])
def test_cio_che_e_legato_all_interno_di_torch_ha_un_limite(nome):
    (requisito,) = [r for r in DICHIARATI if re.match(r"[\w.-]+", r)[0] == nome]
    assert "<" in requisito or "==" in requisito
