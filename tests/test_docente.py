"""La guida di chi insegna: ogni lezione ha la sua pagina, i minuti tornano, ciò che cita esiste."""

import re

import pytest
from lettura_notebook import LEZIONI, RADICE

DOCENTE = RADICE / "docs" / "docente"
PARTI = [
    "In 90 minuti",
    "In 45 minuti",
    "Alla lavagna",
    "Domande da fare",
    "Che cosa si può saltare",
    "Compiti",
    "Griglia di valutazione",
]


@pytest.fixture(params=LEZIONI, ids=lambda lezione: lezione.nome)
def lezione(request):
    return request.param


@pytest.fixture
def guida(lezione):
    return (DOCENTE / f"{lezione.nome}.md").read_text(encoding="utf-8")


def _righe(guida: str, parte: str) -> list[list[str]]:
    """Le righe della tabella di una parte, senza l'intestazione."""
    testo = guida.partition(f"## {parte}\n")[2].partition("\n## ")[0]
    righe = [riga for riga in testo.splitlines() if riga.startswith("|")][2:]
    return [[casella.strip() for casella in riga.strip("|").split("|")] for riga in righe]


def test_ha_le_sue_parti(guida, lezione):
    titolo = lezione.celle[0].source.splitlines()[0]
    assert guida.startswith(f"# Lezione {lezione.lezione:02d} · ")
    assert guida.splitlines()[0].partition(" · ")[2] in titolo
    assert re.findall(r"^## (.+)$", guida, re.M) == PARTI
    assert len(guida.split()) <= 900


@pytest.mark.parametrize("minuti", [90, 45])
def test_i_minuti_tornano(guida, minuti):
    assert sum(int(riga[0]) for riga in _righe(guida, f"In {minuti} minuti")) == minuti


def test_le_domande_hanno_una_risposta_sbagliata_e_come_accoglierla(guida):
    righe = _righe(guida, "Domande da fare")
    assert len(righe) >= 4 and all(len(riga) == 3 and all(riga) for riga in righe)


def test_cio_che_cita_e_nella_lezione(guida, lezione):
    testo = "\n".join(cella.source for cella in lezione.di_testo)
    esercizi = set(re.findall(r"Esercizio (\d+\.\d+)", testo))
    assert set(re.findall(r"esercizi?o? (\d+\.\d+)", guida)) <= esercizi
    titoli = {titolo.strip() for titolo in re.findall(r"^#+ (?:\w+ (?:seduta|facoltativa) · )?(.+)$", testo, re.M)}
    for citato in re.findall(
        r"«([^»]+)»", "\n".join(" ".join(r) for m in (90, 45) for r in _righe(guida, f"In {m} minuti"))
    ):
        assert citato.startswith("esercizio ") or citato in titoli, citato


def test_i_minuti_degli_esercizi_sono_quelli_della_lezione(guida, lezione):
    """«esercizio 4.2 (8 minuti)»: la durata è quella scritta accanto al suo titolo."""
    testo = "\n".join(cella.source for cella in lezione.di_testo)
    dichiarati = dict(re.findall(r"### Esercizio (\d+\.\d+) .*· (\d+) minuti", testo))
    citati = re.findall(r"sercizio (\d+\.\d+)»? \((\d+) minuti\)", guida)
    assert [(esercizio, dichiarati[esercizio]) for esercizio, _ in citati] == citati


def test_la_durata_delle_sedute_e_quella_della_lezione(guida, lezione):
    """«Le tre sedute durano 145 minuti»: la somma di quelle della tabella iniziale, senza la parte facoltativa."""
    tempo = re.search(r"\| \*\*Tempo\*\* \| (.+?)(?:;|\|)", lezione.celle[0].source)[1]
    sedute = [int(minuti) for minuti in re.findall(r"\d+", tempo)]
    for durata in re.findall(r"sedute durano (\d+) minuti", guida):
        assert int(durata) == sum(sedute), tempo
