"""I dati: le tre fonti, e i guasti. Nulla va perso, nessun file resta a metà, ogni messaggio dice che cosa fare."""

import errno
import gzip
import hashlib
import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
import torch
from lettura_notebook import RADICE
from rete_finta import LONTANO, senza_proxy, sito_acceso
from torchvision.datasets import MNIST

from corso_pytorch.dati import (
    DatiNonDisponibili,
    carica_in_memoria,
    cartella_dati,
    cartella_lavoro,
    cartelle,
    cifre_uci,
    integrita,
    prepara_mnist,
    quali_dati,
)


def _idx(*forma: int) -> bytes:
    """Un piccolo file IDX con la forma data: come quelli di MNIST, ma di poche immagini."""
    numero = torch.Size(forma).numel()
    intestazione = bytes([0, 0, 8, len(forma)]) + b"".join(n.to_bytes(4, "big") for n in forma)
    return intestazione + bytes(i * 7 % 10 for i in range(numero))


FINTI = {
    "train-images-idx3-ubyte": _idx(6, 28, 28),
    "train-labels-idx1-ubyte": _idx(6),
    "t10k-images-idx3-ubyte": _idx(4, 28, 28),
    "t10k-labels-idx1-ubyte": _idx(4),
}


@pytest.fixture(autouse=True)
def casa_vuota(tmp_path, monkeypatch):
    """Ogni test ha la sua cache, nessuna variabile d'ambiente del corso, nessuna rete: i siti di MNIST non esistono."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "casa"))
    monkeypatch.setattr(cartelle, "user_cache_path", lambda nome: tmp_path / "casa" / nome)
    for nome in ("CORSO_PYTORCH_DATI", "CORSO_PYTORCH_ORIGINE"):
        monkeypatch.delenv(nome, raising=False)
    senza_proxy(monkeypatch)
    monkeypatch.setattr(MNIST, "mirrors", [LONTANO])


@pytest.fixture
def mnist_finto(monkeypatch):
    """Fa credere al pacchetto e a torchvision che MNIST siano i quattro file piccoli."""
    impronte = {nome: (len(dati), hashlib.sha256(dati).hexdigest()) for nome, dati in FINTI.items()}
    monkeypatch.setattr(integrita, "MNIST", impronte)
    compressi = {f"{nome}.gz": gzip.compress(dati, mtime=0) for nome, dati in FINTI.items()}
    monkeypatch.setattr(MNIST, "resources", [(nome, hashlib.md5(dati).hexdigest()) for nome, dati in compressi.items()])
    return compressi


@pytest.fixture
def sito(monkeypatch, mnist_finto):
    with sito_acceso(mnist_finto) as acceso:
        monkeypatch.setattr(MNIST, "mirrors", [acceso.indirizzo])
        yield acceso


@pytest.fixture
def riserva_finta(monkeypatch):
    monkeypatch.setattr(cifre_uci, "costruisci", lambda cartella: cartella / "uci")


def _scrivi_interi(radice: Path, file: dict[str, bytes] = FINTI) -> Path:
    grezzi = integrita.cartella_dei_file(radice)
    grezzi.mkdir(parents=True, exist_ok=True)
    for nome, dati in file.items():
        (grezzi / nome).write_bytes(dati)
    return grezzi


def _provvisorie(cartella: Path) -> list[Path]:
    return list(cartella.glob(cartelle.PROVVISORIE))


# --- la prima fonte: il disco -----------------------------------------------------------------------------------


def test_i_file_interi_si_usano_senza_toccare_la_rete(tmp_path, sito, capsys):
    _scrivi_interi(tmp_path)
    assert prepara_mnist(tmp_path) == tmp_path
    assert capsys.readouterr().out == ""
    assert not sito.richieste


def test_la_cartella_viene_dalla_variabile_o_e_quella_del_deposito(tmp_path, mnist_finto, monkeypatch):
    assert cartella_dati() == RADICE / "data"
    monkeypatch.setenv("CORSO_PYTORCH_DATI", str(tmp_path))
    _scrivi_interi(tmp_path)
    assert prepara_mnist() == tmp_path == cartella_dati()


GUASTI = {"corto": lambda dati: dati[:-1], "alterato": lambda dati: dati[:-1] + b"\xff", "vuoto": lambda dati: b""}


@pytest.mark.parametrize(("nome", "guasto"), list(itertools.product(FINTI, GUASTI)))
def test_un_file_rovinato_e_nominato_e_messo_da_parte(nome, guasto, tmp_path, mnist_finto, riserva_finta, capsys):
    rovinato = GUASTI[guasto](FINTI[nome])
    grezzi = _scrivi_interi(tmp_path, FINTI | {nome: rovinato})
    assert prepara_mnist(tmp_path) == tmp_path / "uci"
    assert f"{nome} " in capsys.readouterr().out
    assert (grezzi / f"{nome}.danneggiato-1").read_bytes() == rovinato
    assert not (grezzi / nome).exists()
    assert all((grezzi / altro).read_bytes() == dati for altro, dati in FINTI.items() if altro != nome)


def test_due_guasti_di_seguito_non_si_cancellano(tmp_path, mnist_finto, riserva_finta):
    nome = "t10k-labels-idx1-ubyte"
    for contenuto in (b"primo", b"secondo"):
        grezzi = _scrivi_interi(tmp_path, FINTI | {nome: contenuto})
        prepara_mnist(tmp_path)
    assert [(grezzi / f"{nome}.danneggiato-{n}").read_bytes() for n in (1, 2)] == [b"primo", b"secondo"]


@pytest.mark.parametrize("guasto", ["un file rovinato", "i file di una vecchia torchvision"])
def test_cio_che_non_si_puo_rinominare_non_si_usa(guasto, tmp_path, mnist_finto, riserva_finta, monkeypatch, capsys):
    grezzi = _scrivi_interi(
        tmp_path, FINTI | {"t10k-labels-idx1-ubyte": b"?"} if guasto == "un file rovinato" else FINTI
    )
    if guasto != "un file rovinato":
        _lascia_i_vecchi(grezzi)
    monkeypatch.setattr(Path, "rename", _in_sola_lettura)
    assert prepara_mnist(tmp_path) == tmp_path / "uci"
    assert "sostituiscilo tu" in capsys.readouterr().out


def _in_sola_lettura(*_):
    raise OSError(errno.EROFS, "sola lettura")


def _lascia_i_vecchi(grezzi: Path) -> Path:
    """I due file che una vecchia torchvision scriveva, e che anche quella di oggi legge al posto di ``raw``."""
    vecchi = grezzi.with_name("processed")
    vecchi.mkdir()
    for nome in ("training.pt", "test.pt"):
        torch.save((torch.zeros(1, 28, 28, dtype=torch.uint8), torch.tensor([7])), vecchi / nome)
    return vecchi


def test_cio_che_si_verifica_e_cio_che_si_legge(tmp_path, mnist_finto, capsys):
    vecchi = _lascia_i_vecchi(_scrivi_interi(tmp_path))
    assert len(MNIST(tmp_path)) == 1  # il guasto: torchvision non guarda i file veri
    radice = prepara_mnist(tmp_path, "mnist")
    assert "processed.danneggiato-1" in capsys.readouterr().out
    assert not vecchi.exists()
    assert len(MNIST(radice)) == len(carica_in_memoria(radice)[0]) == 6
    (integrita.cartella_dei_file(radice) / "train-images-idx3-ubyte").write_bytes(b"cambiato dopo la verifica")
    with pytest.raises(DatiNonDisponibili, match="prepara_mnist"):
        carica_in_memoria(radice)


def test_le_impronte_di_mnist_non_le_decide_un_file_sul_disco(tmp_path, mnist_finto):
    altri = {nome: torch.zeros(4, 3, 3, dtype=torch.uint8) for nome in FINTI}
    integrita.scrivi(tmp_path, altri)
    integrita.scrivi(tmp_path / integrita.RISERVA, altri)
    assert len(integrita.esamina(tmp_path)) == 4
    assert not integrita.esamina(tmp_path / integrita.RISERVA)


# --- la seconda fonte: la rete ----------------------------------------------------------------------------------


def test_scarica_verifica_e_mette_a_posto(tmp_path, sito, capsys):
    grezzi = _scrivi_interi(tmp_path, FINTI | {"train-labels-idx1-ubyte": b"rovinato"})
    assert prepara_mnist(tmp_path, "mnist") == tmp_path
    assert (grezzi / "train-labels-idx1-ubyte.danneggiato-1").read_bytes() == b"rovinato"
    (grezzi / "train-labels-idx1-ubyte.danneggiato-1").unlink()
    assert {p.name: p.read_bytes() for p in grezzi.iterdir()} == FINTI
    assert not _provvisorie(tmp_path)
    immagini, etichette = carica_in_memoria(tmp_path)
    assert (immagini.shape, immagini.dtype, etichette.dtype) == ((6, 28, 28), torch.uint8, torch.int64)
    assert torch.equal(immagini, MNIST(tmp_path).data)
    assert torch.equal(etichette, MNIST(tmp_path).targets)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("variabile", ["http_proxy", "HTTP_PROXY"])
def test_dietro_un_proxy_si_scarica(variabile, tmp_path, sito, monkeypatch):
    monkeypatch.setattr(MNIST, "mirrors", [LONTANO])
    monkeypatch.setenv(variabile, sito.indirizzo)
    assert prepara_mnist(tmp_path, "mnist") == tmp_path
    assert all(richiesta.startswith(LONTANO) for richiesta in sito.richieste)


@pytest.mark.parametrize("variabile", ["no_proxy", "NO_PROXY"])
def test_un_proxy_guasto_non_conta_per_chi_ne_e_escluso(variabile, tmp_path, sito, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    with pytest.raises(DatiNonDisponibili, match="la rete non c'è"):
        prepara_mnist(tmp_path, "mnist")
    monkeypatch.setenv(variabile, "127.0.0.1")
    assert prepara_mnist(tmp_path, "mnist") == tmp_path


@pytest.mark.parametrize("modo", ["a metà", "rovinato", "assente", "muto"])
def test_uno_scaricamento_andato_male_non_lascia_nulla(modo, tmp_path, sito):
    sito.modo = modo
    inizio = time.monotonic()
    with pytest.raises(DatiNonDisponibili, match=r"MNIST non si può scaricare.*CORSO_PYTORCH_DATI"):
        prepara_mnist(tmp_path, "mnist")
    assert time.monotonic() - inizio < 10
    assert sito.richieste
    assert not integrita.cartella_dei_file(tmp_path).exists()
    assert not _provvisorie(tmp_path)


def test_un_nome_che_non_si_trova_mai_costa_al_piu_dieci_secondi(tmp_path, mnist_finto, monkeypatch):
    """Il limite delle connessioni non vale per la ricerca dei nomi: qui resta appesa, come su una rete muta."""
    fine = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: fine.wait(30) and [])
    inizio = time.monotonic()
    with pytest.raises(DatiNonDisponibili, match="la rete non risponde"):
        prepara_mnist(tmp_path, "mnist")
    assert time.monotonic() - inizio < 10
    fine.set()


def test_due_notebook_insieme(tmp_path, sito):
    esiti = []
    insieme = [threading.Thread(target=lambda: esiti.append(prepara_mnist(tmp_path, "mnist"))) for _ in range(2)]
    for filo in insieme:
        filo.start()
    for filo in insieme:
        filo.join()
    assert esiti == [tmp_path, tmp_path]
    assert not integrita.esamina(tmp_path)
    assert not _provvisorie(tmp_path)


def test_un_processo_ucciso_mentre_scarica_non_lascia_file_a_meta(tmp_path):
    codice = (
        "import time; from pathlib import Path\n"
        "from corso_pytorch.dati.cartelle import cartella_provvisoria\n"
        f"with cartella_provvisoria(Path({str(tmp_path)!r})) as p:\n"
        "    (p / 'mezzo').write_bytes(b'x' * 1000); print('pronto', flush=True); time.sleep(60)"
    )
    processo = subprocess.Popen([sys.executable, "-c", codice], stdout=subprocess.PIPE)
    processo.stdout.readline()
    processo.kill()
    processo.wait()
    (abbandonata,) = _provvisorie(tmp_path)
    os.utime(abbandonata, (0, 0))  # come se fosse passato molto tempo
    with cartelle.cartella_provvisoria(tmp_path) as nuova:
        assert _provvisorie(tmp_path) == [nuova]


# --- la terza fonte: le cifre di riserva --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def riserva(tmp_path_factory) -> Path:
    cartella = tmp_path_factory.mktemp("riserva")
    cifre_uci.costruisci(cartella)
    return cartella


def test_le_cifre_di_riserva_hanno_la_forma_di_mnist(riserva):
    for addestramento, quante in ((True, 60_000), (False, 10_000)):
        immagini, etichette = carica_in_memoria(riserva / integrita.RISERVA, addestramento)
        assert immagini.shape == (quante, 28, 28)
        assert etichette.bincount(minlength=10).min() > quante // 12
        assert immagini.max() == 255


def test_nessun_originale_sta_in_tutti_e_due_gli_insiemi():
    _, etichette = cifre_uci._originali()
    addestramento, test = cifre_uci._divisi(etichette, torch.Generator().manual_seed(0))
    assert sorted([*addestramento.tolist(), *test.tolist()]) == list(range(1797))
    quote = etichette[test].bincount() / etichette.bincount()
    assert ((quote > 0.19) & (quote < 0.21)).all()


def test_senza_rete_usa_la_riserva_e_lo_dice_in_una_riga(riserva, capsys):
    assert prepara_mnist(riserva) == riserva / integrita.RISERVA
    righe = capsys.readouterr().out.splitlines()
    assert len(righe) == 1
    assert "UCI" in righe[0]


def test_la_riserva_rovinata_si_ricostruisce(riserva, capsys):
    file = integrita.cartella_dei_file(riserva / integrita.RISERVA) / "t10k-labels-idx1-ubyte"
    buono = file.read_bytes()
    file.write_bytes(buono[:-1])
    prepara_mnist(riserva, "uci")
    assert "t10k-labels-idx1-ubyte" in capsys.readouterr().out
    assert file.read_bytes() == buono  # la costruzione è sempre la stessa


def test_la_variabile_forza_la_riserva_e_si_sa_sempre_quali_dati_sono(riserva, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CORSO_PYTORCH_ORIGINE", "uci")
    assert quali_dati(prepara_mnist(riserva)) == "uci"
    assert quali_dati(str(tmp_path)) == "mnist"
    assert capsys.readouterr().out == ""


def test_una_origine_inventata_e_rifiutata(tmp_path):
    with pytest.raises(ValueError, match="cifar"):
        prepara_mnist(tmp_path, "cifar")


# --- le cartelle difficili ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codice", "motivo"), [(errno.ENOSPC, "pieno"), (errno.EROFS, "sola lettura"), (errno.EACCES, "permesso")]
)
def test_dove_non_si_puo_scrivere_si_passa_alla_cache(codice, motivo, tmp_path, monkeypatch, capsys):
    def costruisci(cartella: Path) -> Path:
        if cartella == tmp_path / "dati":
            raise OSError(codice, "guasto")
        return cartella

    monkeypatch.setattr(cifre_uci, "costruisci", costruisci)
    assert prepara_mnist(tmp_path / "dati", "uci") == tmp_path / "casa" / "corso-pytorch"
    assert motivo in capsys.readouterr().out


def test_anche_la_casa_puo_mancare(tmp_path, monkeypatch, riserva_finta):
    """Un utente senza cartella, o che non può scriverci: resta quella dei file temporanei, qui con spazi e accenti."""
    temporanea = tmp_path / "così è più scomoda"
    temporanea.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporanea))
    (tmp_path / "casa").write_text("non sono una cartella")
    (tmp_path / "dati").write_text("non sono una cartella")
    assert prepara_mnist(tmp_path / "dati", "uci").is_relative_to(temporanea)
    monkeypatch.setattr(cartelle, "__file__", str(tmp_path / "a" / "b" / "c" / "d.py"))  # fuori dal deposito
    assert cartella_lavoro().is_relative_to(temporanea)
    monkeypatch.setattr(cartelle, "user_cache_path", lambda nome: Path("~/.cache") / nome)
    assert cartella_dati().is_relative_to(temporanea)


def test_se_il_disco_e_pieno_dappertutto_lo_dice_e_non_lascia_nulla(tmp_path, monkeypatch):
    def disco_pieno(percorso, dati):
        with percorso.open("wb") as file:
            file.write(b"x")  # la prima parte ci sta, poi il disco finisce
        raise OSError(errno.ENOSPC, "No space left on device")

    poche = {"t10k-labels-idx1-ubyte": torch.zeros(9, dtype=torch.uint8)}
    monkeypatch.setattr(cifre_uci, "_immagini_ed_etichette", lambda: poche)
    monkeypatch.setattr(Path, "write_bytes", disco_pieno)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(DatiNonDisponibili, match=r"disco è pieno.*CORSO_PYTORCH_DATI"):
        prepara_mnist(tmp_path / "dati", "uci")
    assert not any(percorso.is_file() for percorso in tmp_path.rglob("*"))


def test_il_disco_pieno_durante_lo_scaricamento(tmp_path, sito, monkeypatch):
    def disco_pieno(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(MNIST, "download", disco_pieno)
    with pytest.raises(DatiNonDisponibili, match="disco è pieno"):
        prepara_mnist(tmp_path, "mnist")
    assert not integrita.cartella_dei_file(tmp_path).exists()
