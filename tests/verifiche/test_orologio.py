"""Il tempo di una risposta: un ciclo senza fine è fermato, un import lento no, e dopo il kernel è intero."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

from corso_pytorch.verifiche import orologio
from corso_pytorch.verifiche.dichiarazione import Esercizio
from corso_pytorch.verifiche.messaggi import Sbagliato
from corso_pytorch.verifiche.orologio import entro_il_tempo


def ciclo_infinito():
    while True:
        pass


def ciclo_ostinato():
    while True:
        with contextlib.suppress(Exception):
            sum(range(1000))


@pytest.mark.parametrize("lavoro", [ciclo_infinito, ciclo_ostinato])
def test_un_ciclo_senza_fine_e_interrotto(lavoro, monkeypatch):
    monkeypatch.setattr(orologio, "LIMITE_SECONDI", 0.3)
    with pytest.raises(Sbagliato, match="ciclo che non finisce"):
        entro_il_tempo(lavoro)


def test_chi_aspetta_senza_calcolare_ha_un_limite_piu_largo(monkeypatch):
    monkeypatch.setattr(orologio, "LIMITE_SECONDI", 0.1)
    entro_il_tempo(lambda: time.sleep(0.3))
    monkeypatch.setattr(orologio, "LIMITE_ATTESA", 0.2)
    with pytest.raises(Sbagliato, match="ciclo che non finisce"):
        entro_il_tempo(lambda: time.sleep(0.6))


def test_chi_vuole_uscire_dal_programma_non_esce():
    with pytest.raises(Sbagliato, match="SystemExit"):
        entro_il_tempo(lambda: exit())


def _modulo_lento(cartella, monkeypatch, nome: str, secondi: float) -> None:
    (cartella / f"{nome}.py").write_text(
        f"import time\nfine = time.process_time() + {secondi}\nwhile time.process_time() < fine: pass\nIntero = True\n"
    )
    monkeypatch.syspath_prepend(cartella)


@pytest.mark.parametrize("come", ["import lento_a", "import importlib; importlib.import_module('lento_a')"])
def test_gli_import_non_sono_tempo_della_risposta(come, tmp_path, monkeypatch):
    _modulo_lento(tmp_path, monkeypatch, "lento_a", 0.6)
    monkeypatch.setattr(orologio, "LIMITE_SECONDI", 0.3)
    entro_il_tempo(lambda: exec(come, {}))
    assert sys.modules.pop("lento_a").Intero


def test_un_import_non_resta_mai_a_meta(tmp_path, monkeypatch):
    _modulo_lento(tmp_path, monkeypatch, "lento_b", 0.3)
    monkeypatch.setattr(orologio, "LIMITE_SECONDI", 0.1)

    def lavoro():
        exec("import lento_b", {})
        ciclo_infinito()

    with pytest.raises(Sbagliato, match="ciclo che non finisce"):
        entro_il_tempo(lavoro)
    assert sys.modules.pop("lento_b").Intero


def _calcola(secondi: float) -> None:
    fine = time.thread_time() + secondi
    while time.thread_time() < fine:
        pass


def test_i_conti_del_corso_non_sono_tempo_della_risposta(monkeypatch):
    def lenta(x):
        _calcola(0.2)
        return x + 1

    def svista(x):
        _calcola(0.2)
        return x - 1

    monkeypatch.setattr(orologio, "LIMITE_SECONDI", 0.1)
    esercizio = Esercizio(giusta=lenta, prove=[(1,), (2,)], sviste={"Hai sottratto.": svista})
    entro_il_tempo(lambda: esercizio.controlla(lambda x: x + 1))
    with pytest.raises(Sbagliato, match="Hai sottratto"):
        entro_il_tempo(lambda: esercizio.controlla(lambda x: x - 1))
    with pytest.raises(Sbagliato, match="ciclo che non finisce"):
        entro_il_tempo(lambda: esercizio.controlla(lenta))


# Una risposta giusta che importa mezza torch: il primo ottimizzatore di un processo porta con sé torch._dynamo.
GIUSTA = """
def risposta(modello, ottimizzatore, x, y, passi):
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
        storia.append(loss.item())
    return storia
from corso_pytorch import controlla
"""
SENZA_FINE = """
from corso_pytorch.verifiche import orologio
orologio.LIMITE_SECONDI = 0.2
def senza_fine(modello, ottimizzatore, x, y, passi):
    import torch
    ottimizzatore.zero_grad()
    torch.compile(lambda x: x)
    while True:
        pass
print(controlla("3.2", senza_fine).messaggio)
orologio.LIMITE_SECONDI = 5.0
import torch, sympy, torch._dynamo
torch.compile(lambda x: x + 1, backend="eager")(torch.ones(2))
print(controlla("3.2", risposta).stato)
"""


def _rallenta(processo: subprocess.Popen, quota: float) -> None:
    """Lascia al processo quella quota di un core, fermandolo e riprendendolo, finché non finisce."""
    while processo.poll() is None:
        for segnale, durata in ((signal.SIGSTOP, 0.05 * (1 - quota)), (signal.SIGCONT, 0.05 * quota)):
            with contextlib.suppress(ProcessLookupError):
                processo.send_signal(segnale)
            time.sleep(durata)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="si rallenta un processo con i segnali di Unix")
def test_una_risposta_giusta_passa_anche_con_un_quinto_di_core():
    programma = GIUSTA + 'print("pronto", flush=True)\nprint(controlla("3.2", risposta))'
    ambiente = os.environ | {"OMP_NUM_THREADS": "1"}
    processo = subprocess.Popen([sys.executable, "-c", programma], stdout=subprocess.PIPE, text=True, env=ambiente)
    assert processo.stdout.readline() == "pronto\n"
    _rallenta(processo, 0.2)
    assert "stato='corretto'" in processo.stdout.read()


def test_dopo_un_ciclo_senza_fine_il_kernel_e_intero():
    comando = [sys.executable, "-c", GIUSTA + SENZA_FINE]
    esito = subprocess.run(comando, capture_output=True, text=True, timeout=300)
    prima, dopo = esito.stdout.splitlines() or ("", esito.stderr[-1000:])
    assert "ciclo che non finisce" in prima
    assert dopo == "corretto"
