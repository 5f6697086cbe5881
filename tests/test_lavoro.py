"""Le copie di chi studia: senza output, aggiornate accanto, e nulla di suo si perde, qualunque cosa succeda."""

import errno
import json
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from lettura_notebook import LEZIONI

from corso_pytorch import lavoro
from corso_pytorch.comandi import aggiorna, lab, main, progressi


def _notebook(testo: str) -> dict:
    uscita = {"output_type": "stream", "name": "stdout", "text": ["Esercizio 0.1: corretto\n"]}
    verifica = {"cell_type": "code", "id": "verifica-0-1", "metadata": {}, "source": [testo], "execution_count": 3}
    nota = {"cell_type": "markdown", "id": "nota", "metadata": {}, "source": ["[qui](soluzioni/00_a.ipynb)"]}
    return {"cells": [verifica | {"outputs": [uscita]}, nota], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def _scrivi(file: Path, testo: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(_notebook(testo)), encoding="utf-8")
    return file


def _leggi(file: Path) -> dict:
    return json.loads(file.read_text("utf-8"))


@pytest.fixture
def corso(tmp_path, monkeypatch):
    """Un corso di una lezione, e le cartelle dei comandi spostate lì."""
    monkeypatch.setattr(lavoro, "RADICE", tmp_path)
    monkeypatch.setattr(lavoro, "LAVORO", tmp_path / "lavoro")
    for funzione in (lavoro.prepara, lavoro.ricomincia, lavoro.lezioni):
        cartelle = {"originali": tmp_path / "notebooks", "lavoro": tmp_path / "lavoro"}
        nomi = funzione.__code__.co_varnames[: funzione.__code__.co_argcount]
        monkeypatch.setattr(funzione, "__defaults__", tuple(cartelle[nome] for nome in nomi if nome in cartelle))
    _scrivi(tmp_path / "notebooks" / "00_a.ipynb", "x = 1")
    return tmp_path


def test_la_copia_non_ha_output_e_porta_alle_soluzioni(corso):
    assert lavoro.prepara() == []
    verifica, nota = _leggi(corso / "lavoro" / "00_a.ipynb")["cells"]
    assert (verifica["outputs"], verifica["execution_count"]) == ([], None)
    assert nota["source"] == "[qui](../notebooks/soluzioni/00_a.ipynb)"


def test_una_lezione_cambiata_arriva_accanto_una_volta_sola(corso):
    lavoro.prepara()
    _scrivi(corso / "lavoro" / "00_a.ipynb", "mio")
    _scrivi(corso / "notebooks" / "00_a.ipynb", "x = 2")
    (riga,) = lavoro.prepara()
    assert riga.startswith("La lezione 00 è cambiata") and "uv run corso reset 00" in riga
    assert lavoro.prepara() == []
    assert {file.suffixes[0][:7] for file in (corso / "lavoro").glob("*.ipynb")} == {".ipynb", ".nuova-"}
    assert _leggi(corso / "lavoro" / "00_a.ipynb")["cells"][0]["source"] == ["mio"]


def test_reset_da_una_copia_fresca_e_conserva_la_tua(corso, capsys):
    lavoro.prepara()
    _scrivi(corso / "lavoro" / "00_a.ipynb", "mio")
    assert main(["reset", "0"]) == 0
    (vecchia,) = (corso / "lavoro" / "vecchie").iterdir()
    assert vecchia.name in capsys.readouterr().out
    assert _leggi(vecchia)["cells"][0]["source"] == ["mio"]
    assert _leggi(corso / "lavoro" / "00_a.ipynb")["cells"][0]["source"] == "x = 1"


def test_corso_lab_apre_la_copia_della_lezione_chiesta(corso, monkeypatch, capsys):
    chieste = []
    monkeypatch.setattr(lab, "avvia", lambda *comando: chieste.append(comando) or 0)
    assert main(["lab", "00"]) == 0
    assert chieste == [("jupyterlab", corso / "lavoro" / "00_a.ipynb", f"--ServerApp.root_dir={corso}")]
    assert main(["lab", "77"]) == 1
    assert "Non c'è una lezione «77»" in capsys.readouterr().err


def test_un_disco_pieno_si_dice_e_non_toglie_nulla(corso, monkeypatch, capsys):
    lavoro.prepara()
    mia = _scrivi(corso / "lavoro" / "00_a.ipynb", "mio")

    def pieno(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", pieno)
    assert main(["reset", "00"]) == 1
    assert "Nulla di tuo è perduto" in capsys.readouterr().err
    assert _leggi(mia)["cells"][0]["source"] == ["mio"]
    assert not list((corso / "lavoro").glob(".*.parte"))


def test_i_progressi_sono_quelli_salvati(corso, capsys, monkeypatch):
    aperte = []
    monkeypatch.setattr(progressi.webbrowser, "open", aperte.append)
    _scrivi(corso / "lavoro" / "00_a.ipynb", "mio")
    assert main(["progressi", "--pagina"]) == 0
    assert "00 ██████████ 1/1  0.1 ✓" in capsys.readouterr().out
    pagina = (corso / "lavoro" / "progressi.html").read_text("utf-8")
    assert "1 su 1" in pagina and "http" not in pagina
    assert aperte == [(corso / "lavoro" / "progressi.html").as_uri()]


def test_i_progressi_di_una_classe(corso, capsys):
    _scrivi(corso / "classe" / "Ada" / "00_a.ipynb", "suo")
    (corso / "classe" / "Bruno").mkdir()
    _scrivi(corso / "classe" / "Carla" / "00_a.ipynb", "").write_text("rotto", encoding="utf-8")
    assert main(["progressi", "--classe", str(corso / "classe")]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["Ada\t1/1", "Bruno\t–", "Carla\t?"]
    assert main(["progressi", "--classe", str(corso / "vuota")]) == 1


def test_aggiorna_non_calpesta_chi_ha_scritto_negli_originali(corso, monkeypatch, capsys):
    assert main(["aggiorna"]) == 1
    assert "non viene da git" in capsys.readouterr().out
    (corso / ".git").mkdir()
    monkeypatch.setattr(aggiorna, "_scritti", lambda: ["notebooks/00_a.ipynb"])
    assert main(["aggiorna"]) == 1
    (copia,) = (corso / "lavoro" / "vecchie").iterdir()
    assert copia.read_bytes() == (corso / "notebooks" / "00_a.ipynb").read_bytes()
    assert "git restore notebooks/00_a.ipynb" in capsys.readouterr().out


def test_ogni_lezione_vera_si_copia(tmp_path):
    assert lavoro.prepara(lavoro=tmp_path) == []
    copie = {file.name for file in tmp_path.glob("*.ipynb")}
    assert copie == {lezione.percorso.name for lezione in LEZIONI}
    for lezione in LEZIONI:
        esiti = lavoro.progressi(tmp_path / lezione.percorso.name)
        assert esiti and set(esiti.values()) == {"da completare"}


class Studente(RuleBasedStateMachine):
    """Chi scrive, aggiorna, ricomincia, e ogni tanto resta senza disco o viene interrotto a metà di una scrittura."""

    @initialize()
    def comincia(self):
        self.casa, self.scritti = Path(tempfile.mkdtemp()), []
        self.originale, self.cartella = self.casa / "notebooks" / "00_a.ipynb", self.casa / "lavoro"
        _scrivi(self.originale, "x = 0")

    @rule()
    def scrive(self):
        if (self.cartella / "00_a.ipynb").exists():
            self.scritti.append(f"mio{len(self.scritti)}.")
            tutto = _leggi(self.cartella / "00_a.ipynb")
            tutto["cells"][0]["source"] = "".join(tutto["cells"][0]["source"]) + self.scritti[-1]
            (self.cartella / "00_a.ipynb").write_text(json.dumps(tutto), encoding="utf-8")

    @rule(numero=st.integers(0, 3))
    def arriva_una_versione(self, numero):
        _scrivi(self.originale, f"x = {numero}")

    @rule(
        chi=st.sampled_from(["fsync", "link", None]), con=st.sampled_from([OSError(28, "pieno"), KeyboardInterrupt()])
    )
    def prepara(self, chi, con):
        self._con_un_guasto(chi, con, lambda: lavoro.prepara(self.originale.parent, self.cartella))

    @rule(
        chi=st.sampled_from(["fsync", "link", None]), con=st.sampled_from([OSError(28, "pieno"), KeyboardInterrupt()])
    )
    def ricomincia(self, chi, con):
        self._con_un_guasto(chi, con, lambda: lavoro.ricomincia(self.originale, self.cartella))

    def _con_un_guasto(self, chi, con, azione):
        with pytest.MonkeyPatch.context() as guasto:
            if chi:
                guasto.setattr(os, chi, lambda *_: (_ for _ in ()).throw(con))
            try:
                azione()
            except (OSError, KeyboardInterrupt):
                assert chi

    @invariant()
    def nulla_e_perduto(self):
        if hasattr(self, "casa"):
            trovato = "".join(file.read_text("utf-8") for file in self.cartella.rglob("*.ipynb"))
            assert all(parola in trovato for parola in self.scritti)

    def teardown(self):
        if hasattr(self, "casa"):
            shutil.rmtree(self.casa)


Studente.TestCase.settings = settings(max_examples=200, stateful_step_count=15, deadline=None)
TestNullaSiPerde = Studente.TestCase


def _senza_fine(originali: Path, cartella: Path):
    while True:
        lavoro.prepara(originali, cartella)
        for file in cartella.glob("*.ipynb"):
            file.unlink()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="qui un processo non si uccide così")
def test_chi_e_ucciso_a_meta_non_lascia_copie_a_meta(tmp_path):
    for numero in range(8):
        _scrivi(tmp_path / "notebooks" / f"{numero:02d}_a.ipynb", "x" * 200_000)
    caso = random.Random(0)
    for _ in range(10):
        processo = multiprocessing.get_context("fork").Process(
            target=_senza_fine, args=(tmp_path / "notebooks", tmp_path / "lavoro")
        )
        processo.start()
        time.sleep(caso.uniform(0.02, 0.1))
        processo.kill()
        processo.join()
        assert all(len(_leggi(file)["cells"]) == 2 for file in (tmp_path / "lavoro").glob("*.ipynb"))


def test_due_copie_insieme_non_si_disturbano(tmp_path):
    originale = _scrivi(tmp_path / "notebooks" / "00_a.ipynb", "x = 1")
    with multiprocessing.get_context("fork").Pool(4) as processi:
        novita = processi.starmap(lavoro.prepara, [(originale.parent, tmp_path / "lavoro")] * 20)
    assert novita == [[]] * 20
    assert [file.name for file in (tmp_path / "lavoro").iterdir()] == ["00_a.ipynb"]


def test_una_copia_nata_nel_frattempo_non_e_una_lezione_cambiata(tmp_path, monkeypatch):
    originale, copie = _scrivi(tmp_path / "notebooks" / "00_a.ipynb", "x = 1"), tmp_path / "lavoro"
    esiste = Path.exists

    def esiste_e_poi_nasce(file):
        risposta = esiste(file)
        monkeypatch.undo()
        lavoro.prepara(originale.parent, copie)
        return risposta

    copie.mkdir()
    monkeypatch.setattr(Path, "exists", esiste_e_poi_nasce)
    assert lavoro.prepara(originale.parent, copie) == []
    assert [file.name for file in copie.iterdir()] == ["00_a.ipynb"]
