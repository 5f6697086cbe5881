"""Il comando ``corso``: diagnosi, dati, e che cosa risponde a chi sbaglia a scrivere."""

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from corso_pytorch.comandi import avvia, gpu, main
from corso_pytorch.dati import cartelle, integrita
from corso_pytorch.lezioni.l00_inizio import diagnosi as modulo_diagnosi
from corso_pytorch.lezioni.l00_inizio.diagnosi import diagnosi


@pytest.fixture(autouse=True)
def niente_in_casa(tmp_path, monkeypatch):
    """Le cifre di riserva che questa macchina può avere in casa non contano."""
    monkeypatch.setattr(cartelle, "user_cache_path", lambda nome: tmp_path / "cache")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def _non_c_e():
    raise RuntimeError("nessun compilatore")


def _voce(nome):
    return next(voce for voce in diagnosi() if voce.nome == nome)


def test_la_diagnosi_dice_che_cosa_funziona(capsys):
    main(["diagnosi"])
    stampato = capsys.readouterr().out
    assert "✓ torch" in stampato
    assert "✓ dispositivo cpu" in stampato


def test_ogni_voce_che_non_va_dice_il_rimedio(monkeypatch, tmp_path):
    monkeypatch.setenv("CORSO_PYTORCH_DATI", str(tmp_path))
    monkeypatch.setenv("CORSO_PYTORCH_DISPOSITIVO", "frullatore")
    monkeypatch.setattr(modulo_diagnosi.interni, "compilatore_cpp", _non_c_e)
    guaste = {voce.nome: voce for voce in diagnosi() if not voce.va_bene}
    assert {"compilatore C++", "dati di MNIST", "le lezioni useranno"} <= set(guaste)
    assert all(voce.rimedio and voce.rimedio in str(voce) for voce in guaste.values())


def test_una_libreria_che_manca_e_una_che_non_si_carica(monkeypatch, tmp_path):
    (tmp_path / "libreria_rotta.py").write_text("raise RuntimeError('operator nms does not exist')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(modulo_diagnosi, "LIBRERIE", ("libreria-inventata", "libreria_rotta"))
    assert "«uv sync»" in str(_voce("libreria-inventata"))
    assert "non si carica: operator nms does not exist" in str(_voce("libreria_rotta"))


def test_la_diagnosi_nomina_il_file_rovinato(monkeypatch, tmp_path):
    monkeypatch.setenv("CORSO_PYTORCH_DATI", str(tmp_path))
    grezzi = integrita.cartella_dei_file(tmp_path)
    grezzi.mkdir(parents=True)
    (grezzi / "t10k-labels-idx1-ubyte").write_bytes(b"corto")
    assert "t10k-labels-idx1-ubyte è lungo 5 byte" in str(_voce("dati di MNIST"))
    assert (grezzi / "t10k-labels-idx1-ubyte").exists()  # la diagnosi guarda e non tocca


def test_corso_dati_verifica_i_file(monkeypatch, tmp_path, capsys):
    impronte = {"t10k-labels-idx1-ubyte": (3, hashlib.sha256(b"abc").hexdigest())}
    monkeypatch.setattr(integrita, "MNIST", impronte)
    grezzi = integrita.cartella_dei_file(tmp_path)
    grezzi.mkdir(parents=True)
    (grezzi / "t10k-labels-idx1-ubyte").write_bytes(b"abc")
    assert main(["dati", "--cartella", str(tmp_path), "--origine", "mnist"]) == 0
    assert "Pronti e verificati" in capsys.readouterr().out


@pytest.mark.parametrize("argomenti", [[], ["inventato"], ["dati", "--origine", "cifar"], ["diagnosi", "--boh"]])
def test_un_comando_scritto_male_riceve_una_riga_in_italiano(argomenti, capsys):
    with pytest.raises(SystemExit) as uscita:
        main(argomenti)
    assert uscita.value.code == 2
    errore = capsys.readouterr().err
    assert errore.startswith("Non capisco questo comando")
    assert len(errore.splitlines()) == 1


def _corso(*argomenti, uscita=subprocess.PIPE, **ambiente) -> subprocess.CompletedProcess:
    """Il comando vero, in un processo suo, con le variabili d'ambiente date."""
    comando = [sys.executable, "-m", "corso_pytorch", *argomenti]
    return subprocess.run(comando, stdout=uscita, stderr=subprocess.PIPE, env=os.environ | ambiente)


SENZA_UTF8 = [{"PYTHONIOENCODING": "cp1252"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]


@pytest.mark.parametrize("ambiente", SENZA_UTF8, ids=["cp1252", "ascii"])
def test_la_diagnosi_si_scrive_in_un_file_che_non_e_utf8(ambiente, tmp_path):
    scomoda = tmp_path / "più scomoda"
    scomoda.mkdir()
    (tmp_path / "casa").write_text("non è una cartella", encoding="utf-8")
    ambiente = ambiente | {"TMPDIR": str(scomoda), "HOME": str(tmp_path / "casa"), "CORSO_PYTORCH_DATI": str(tmp_path)}
    with (tmp_path / "diagnosi.txt").open("wb") as file:
        esito = _corso("diagnosi", uscita=file, **ambiente)
    assert (esito.returncode, esito.stderr) == (1, b"")
    scritto = (tmp_path / "diagnosi.txt").read_text(encoding=ambiente.get("PYTHONIOENCODING", "ascii"))
    assert "[ok] torch " in scritto
    assert "[no] la tua cartella" in scritto
    assert "[no] compilatore C++        si perde negli spazi" in scritto
    assert "    -> " in scritto


def test_anche_gli_errori_si_scrivono_senza_accenti():
    esito = _corso("boh", PYTHONIOENCODING="ascii")
    assert esito.stderr == b'Non capisco questo comando: "corso --help" dice che cosa puoi scrivere.\n'
    assert "così è… «sì» → ☃".encode("ascii", "piu semplice") == b"cosi' e'... \"si'\" -> ?"


SBRIGATIVA = (
    "import sys; from corso_pytorch.comandi import diagnosi, main; diagnosi.diagnosi = list; "
    "sys.exit(main(['diagnosi']))"
)


def test_chi_smette_di_leggere_non_vede_errori():
    lettura, scrittura = os.pipe()
    os.close(lettura)
    esito = subprocess.run([sys.executable, "-c", SBRIGATIVA], stdout=scrittura, stderr=subprocess.PIPE)
    os.close(scrittura)
    assert (esito.returncode, esito.stderr) == (0, b"")


def test_chi_non_ha_una_cartella_sua_ne_riceve_una_in_prestito(tmp_path, monkeypatch, capfd):
    (tmp_path / "casa").write_text("non è una cartella", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path / "casa"))
    scrive = "import matplotlib, jupyter_core.paths as p; p.jupyter_runtime_dir(); print(matplotlib.get_configdir())"
    (tmp_path / "scrive.py").write_text(scrive, encoding="utf-8")
    assert avvia("scrive", cwd=tmp_path) == 0
    dette, avvisi = capfd.readouterr()
    assert Path(dette.strip()).is_relative_to(tmp_path)
    assert avvisi.startswith("Nella tua cartella")
    assert len(avvisi.splitlines()) == 1


def test_importare_il_pacchetto_non_porta_con_se_nulla_di_pesante():
    codice = (
        "import torch, sys; prima = set(sys.modules); import corso_pytorch;"
        "nuovi = {nome.split('.')[0] for nome in set(sys.modules) - prima};"
        "print(nuovi & {'torchvision', 'matplotlib', 'sklearn', 'IPython', 'tqdm', 'pandas', 'scipy'})"
    )
    assert subprocess.check_output([sys.executable, "-c", codice], text=True).strip() == "set()"


@pytest.mark.skipif(os.name == "nt", reason="Windows non manda SIGINT a un gruppo di processi")
def test_ctrl_c_lascia_al_figlio_il_tempo_di_chiudersi(tmp_path):
    (tmp_path / "lento.py").write_text(
        "import time\n"
        "try:\n    print('pronto', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt:\n    time.sleep(1); print('chiuso', flush=True)\n"
    )
    codice = "from corso_pytorch.comandi import avvia; print('codice', avvia('lento'))"
    come = {"cwd": tmp_path, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", codice], start_new_session=True, **come) as processo:
        assert processo.stdout.readline() == "pronto\n"
        os.killpg(processo.pid, signal.SIGINT)
        assert processo.communicate(timeout=60) == ("chiuso\ncodice 0\n", "")


def test_corso_gpu_senza_una_gpu_lo_dice(monkeypatch, capsys):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert main(["gpu"]) == 1
    assert "nessuna GPU" in capsys.readouterr().err


def test_corso_gpu_prova_tutto_sulla_scheda_e_dice_dove_e_il_resoconto(monkeypatch, capsys):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setenv("CORSO_PYTORCH_DISPOSITIVO", "cpu")
    chiesti = []
    monkeypatch.setattr(
        gpu, "avvia", lambda *comando, cwd: chiesti.append((comando, os.environ[gpu.VARIABILE_DISPOSITIVO]))
    )
    main(["gpu"])
    assert chiesti == [(("pytest", "--annota"), "cuda")]
    assert str(Path("docs", "prove.json")) in capsys.readouterr().out
