"""Gli aiuti della lezione 07: ciò che avvia un programma lo legge, lo aspetta e non ne lascia in giro nessuno.

Dei programmi lunghi qui si prova soltanto quello che la lezione legge senza avviarlo; gli altri li avvia lei.
"""

import psutil
import pytest
import torch

from corso_pytorch.lezioni.l07_trainer import lancio
from corso_pytorch.lezioni.l07_trainer.lancio import Detto, ProgrammaFallito, lancia
from corso_pytorch.lezioni.l07_trainer.spie import ConMemoria, spia


def test_si_leggono_i_numeri_e_i_passi():
    detto = Detto("epoca\n\nevaluation_loss: 0.25\nfine: 1e-3\n", [157, 32])
    assert (detto.passi, detto.numero("evaluation_loss"), detto.numero("fine")) == (157, 0.25, 0.001)
    with pytest.raises(KeyError):
        detto.numero("loss")


def test_chi_avvia_processi_senza_guardia_si_ferma(tmp_path):
    with pytest.raises(ProgrammaFallito, match="start a new process before the current process has finished"):
        lancia(programma="senza_guardia.py", cartella=tmp_path)


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
