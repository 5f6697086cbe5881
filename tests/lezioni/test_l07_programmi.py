"""Gli aiuti della lezione 07: ciò che avvia un programma lo legge, lo aspetta e non ne lascia in giro nessuno.

Dei programmi lunghi qui si prova soltanto quello che la lezione legge senza avviarlo; gli altri li avvia lei.
"""

import psutil
import pytest
import torch

from corso_pytorch.lezioni.l07_trainer import lancio
from corso_pytorch.lezioni.l07_trainer.lancio import (
    Detto,
    ProgrammaFallito,
    da_terminale,
    differenze,
    lancia,
    righe_di,
    su_due_processi,
)
from corso_pytorch.lezioni.l07_trainer.spie import ConMemoria, al_lavoro, spia
from corso_pytorch.verifiche.registro import trova


def test_si_leggono_i_numeri_e_i_passi():
    detto = Detto("epoca\n\nevaluation_loss: 0.25\nfine: 1e-3\n", [157, 32])
    assert (detto.passi, detto.numero("evaluation_loss"), detto.numero("fine")) == (157, 0.25, 0.001)
    with pytest.raises(KeyError):
        detto.numero("loss")


def test_la_riga_da_terminale_avvia_quel_programma(tmp_path):
    (tmp_path / "chi.py").write_text("import json, sys\nprint(json.dumps({'opzioni': sys.argv[1:]}))\n")
    assert da_terminale("python chi.py", tmp_path).dati == {"opzioni": []}
    (tmp_path / "cade.py").write_text("raise RuntimeError('niente da fare')\n")
    with pytest.raises(ProgrammaFallito, match="RuntimeError: niente da fare"):
        da_terminale("python cade.py", tmp_path)


def test_una_riga_con_un_altro_comando_e_rifiutata(tmp_path):
    with pytest.raises(ValueError, match=r"'torchrun'.*non 'mpirun due_processi.py'"):
        lancio.da_terminale("mpirun due_processi.py", tmp_path)


def test_le_righe_di_un_programma():
    assert righe_di("due_processi.py", "x =", "gradiente =").splitlines()[-1] == "    acc.backward(rete(x).sum())"


def test_le_differenze_fra_due_programmi_sono_solo_le_righe_cambiate():
    righe = differenze("train_mnist.py", "train_mnist_riparato.py").splitlines()
    assert righe[0] == "+    torch.manual_seed(0)"
    assert {riga[0] for riga in righe} == {"+", "-"} and not any("num_epochs" in riga for riga in righe)


def test_finche_manca_una_funzione_non_parte_nulla(tmp_path):
    def da_fare(acc): ...

    def fatta(acc):
        return 1

    assert su_due_processi(fatta, da_fare, cartella=tmp_path) == {"manca": "il programma aspetta fatta e da_fare"}
    assert not list(tmp_path.iterdir())


def test_le_barre_si_contano_quando_arrivano_in_fondo(tmp_path, monkeypatch):
    (tmp_path / "barre.py").write_text(
        "import sys\nfrom tqdm import tqdm\nfor n in (7, 3):\n    for _ in tqdm(range(n), file=sys.stderr): pass\n"
        "print('loss: 2.5')\n"
    )
    monkeypatch.setattr(lancio, "PROGRAMMI", tmp_path)
    detto = lancia(programma="barre.py", cartella=tmp_path)
    assert (detto.barre, detto.numero("loss")) == ([7, 3], 2.5)


def test_chi_non_finisce_e_fermato_con_i_suoi_figli(tmp_path, monkeypatch):
    (tmp_path / "eterno.py").write_text(
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', 'figlio-di-l07'])\ntime.sleep(60)\n"
    )
    monkeypatch.setattr(lancio, "PROGRAMMI", tmp_path)
    with pytest.raises(TimeoutError, match="Dopo 2 secondi"):
        lancia(programma="eterno.py", cartella=tmp_path, limite=2)
    assert not [p.pid for p in psutil.process_iter(["cmdline"]) if "figlio-di-l07" in (p.info["cmdline"] or [])]


def test_la_loss_con_memoria_annota_solo_l_addestramento():
    loss, logit, y = ConMemoria(), torch.zeros(2, 3, requires_grad=True), torch.tensor([0, 1])
    valore = loss(logit, y, num_items_in_batch=2)
    with torch.no_grad():
        loss(logit, y)
    assert loss.passi == [valore.item()]


def test_la_spia_annota_e_lascia_fare():
    chiamate, lista = [], type("Lista", (list,), {})()
    spia(lista, "append", chiamate)
    lista.append(3)
    assert (chiamate, lista) == (["append"], [3])


class _Annota:
    def __init__(self):
        self.viste = []

    def fine_epoca(self, trainer):
        self.viste.append(len(trainer.storia))


class _SenzaAddestra:
    def __init__(self, rete, loss_fn, ottimizzatore, callback=()):
        self.rete = rete

    def addestra(self, dati, epoche, validazione): ...


def _davanti_al_metro(classe):
    torch.manual_seed(0)
    rete, loss, annota = torch.nn.Linear(3, 2), ConMemoria(), _Annota()
    batch = [(torch.randn(4, 3), torch.tensor([0, 1, 1, 0])) for _ in range(3)]
    sgd = torch.optim.SGD(rete.parameters(), lr=0.1)
    esito = al_lavoro(classe, rete, loss, sgd, [annota], dati=batch, validazione=batch[:1], scarto=max)
    return esito, loss.passi, annota.viste


def test_il_trainer_dello_studente_va_davanti_al_metro_quando_e_scritto():
    esito, passi, viste = _davanti_al_metro(trova("7.1").giusta)
    assert (esito["loss"], viste) == (6, [1, 2])
    assert esito["scarto"] == pytest.approx(max(passi), abs=1e-6)
    assert _davanti_al_metro(_SenzaAddestra) == ({"manca": "_SenzaAddestra è da completare"}, [], [])
