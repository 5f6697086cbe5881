"""Il comando ``corso``: diagnosi, dati, e che cosa risponde a chi sbaglia a scrivere."""

import hashlib
import subprocess
import sys

import pytest

from corso_pytorch.comandi import diagnosi as modulo_diagnosi
from corso_pytorch.comandi import main
from corso_pytorch.comandi.diagnosi import diagnosi
from corso_pytorch.dati import integrita


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
    monkeypatch.setattr(modulo_diagnosi.shutil, "which", lambda nome: None)
    guaste = {voce.nome: voce for voce in diagnosi() if not voce.va_bene}
    assert {"compilatore C++", "dati di MNIST", "le lezioni useranno"} <= set(guaste)
    assert all(voce.rimedio and voce.rimedio in str(voce) for voce in guaste.values())


def test_una_libreria_che_manca(monkeypatch):
    monkeypatch.setattr(modulo_diagnosi, "LIBRERIE", ("libreria-inventata",))
    assert "uv sync" in str(_voce("libreria-inventata"))


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


def test_importare_il_pacchetto_non_porta_con_se_nulla_di_pesante():
    codice = (
        "import torch, sys; prima = set(sys.modules); import corso_pytorch;"
        "nuovi = {nome.split('.')[0] for nome in set(sys.modules) - prima};"
        "print(nuovi & {'torchvision', 'matplotlib', 'sklearn', 'IPython', 'tqdm', 'pandas', 'scipy'})"
    )
    assert subprocess.check_output([sys.executable, "-c", codice], text=True).strip() == "set()"
