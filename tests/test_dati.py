"""I dati: le tre fonti, e i guasti. Nulla va perso, nessun file resta a metà, ogni messaggio dice che cosa fare."""

import errno
import gzip
import hashlib
import http.server
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from torchvision.datasets import MNIST

from corso_pytorch.dati import (
    DatiNonDisponibili,
    carica_in_memoria,
    cartella_dati,
    cifre_uci,
    integrita,
    prepara_mnist,
    quali_dati,
)
from corso_pytorch.dati import scaricamento as modulo_scaricamento
from corso_pytorch.dati.cartelle import cartella_provvisoria


def _idx(*forma: int) -> bytes:
    """Un piccolo file IDX con la forma data: come quelli di MNIST, ma di poche immagini."""
    numero = 1
    for lato in forma:
        numero *= lato
    contenuto = bytes(i * 7 % 10 for i in range(numero))
    return bytes([0, 0, 8, len(forma)]) + b"".join(n.to_bytes(4, "big") for n in forma) + contenuto


FINTI = {
    "train-images-idx3-ubyte": _idx(6, 28, 28),
    "train-labels-idx1-ubyte": _idx(6),
    "t10k-images-idx3-ubyte": _idx(4, 28, 28),
    "t10k-labels-idx1-ubyte": _idx(4),
}


@pytest.fixture(autouse=True)
def casa_vuota(tmp_path, monkeypatch):
    """Ogni test ha la sua cache e nessuna variabile d'ambiente del corso."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("corso_pytorch.dati.mnist.cartella_di_ripiego", lambda: tmp_path / "cache")
    for nome in ("CORSO_PYTORCH_DATI", "CORSO_PYTORCH_ORIGINE"):
        monkeypatch.delenv(nome, raising=False)


@pytest.fixture
def senza_rete(monkeypatch):
    monkeypatch.setattr(modulo_scaricamento, "_qualcuno_risponde", lambda indirizzi: False)


@pytest.fixture
def mnist_finto(monkeypatch):
    """Fa credere al pacchetto e a torchvision che MNIST siano i quattro file piccoli."""
    impronte = {nome: integrita.Impronta(len(dati), hashlib.sha256(dati).hexdigest()) for nome, dati in FINTI.items()}
    monkeypatch.setattr(integrita, "MNIST", impronte)
    compressi = {f"{nome}.gz": gzip.compress(dati, mtime=0) for nome, dati in FINTI.items()}
    monkeypatch.setattr(MNIST, "resources", [(nome, hashlib.md5(dati).hexdigest()) for nome, dati in compressi.items()])
    return compressi


@pytest.fixture
def sito(monkeypatch, mnist_finto):
    """Un sito in casa che serve i file; ``sito.modo`` dice come si comporta."""

    class Risposta(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            servito.richieste += 1
            dati = mnist_finto[self.path.lstrip("/")]
            if servito.modo == "muto":
                servito.fine.wait(30)
                return
            if servito.modo == "assente":
                self.send_error(404)
                return
            if servito.modo == "rovinato":
                dati = b"x" + dati[1:]
            self.send_response(200)
            self.send_header("Content-Length", str(len(dati)))
            self.end_headers()
            if servito.modo == "a metà":
                dati = dati[: len(dati) // 2]
            self.wfile.write(dati)

        def log_message(self, *_):
            pass

    servito = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Risposta)
    servito.modo, servito.richieste, servito.fine = "buono", 0, threading.Event()
    threading.Thread(target=servito.serve_forever, daemon=True).start()
    monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{servito.server_port}/"])
    yield servito
    servito.fine.set()
    servito.shutdown()
    servito.server_close()


def _scrivi_interi(radice: Path, file: dict[str, bytes] = FINTI) -> Path:
    grezzi = integrita.cartella_dei_file(radice)
    grezzi.mkdir(parents=True, exist_ok=True)
    for nome, dati in file.items():
        (grezzi / nome).write_bytes(dati)
    return grezzi


def _provvisorie(cartella: Path) -> list[Path]:
    return list(cartella.glob(".corso-provvisorio-*"))


# --- la prima fonte: il disco -----------------------------------------------------------------------------------


def test_i_file_interi_si_usano_senza_toccare_la_rete(tmp_path, mnist_finto, monkeypatch, capsys):
    monkeypatch.setattr(modulo_scaricamento, "scarica", lambda radice: pytest.fail("ha cercato la rete"))
    _scrivi_interi(tmp_path)
    assert prepara_mnist(tmp_path) == tmp_path
    assert capsys.readouterr().out == ""


def test_la_cartella_viene_dalla_variabile(tmp_path, mnist_finto, monkeypatch):
    monkeypatch.setenv("CORSO_PYTORCH_DATI", str(tmp_path))
    _scrivi_interi(tmp_path)
    assert prepara_mnist() == tmp_path == cartella_dati()


def test_senza_variabile_i_dati_stanno_nel_deposito():
    assert cartella_dati() == Path(__file__).resolve().parent.parent / "data"


@pytest.mark.parametrize("nome", FINTI)
@pytest.mark.parametrize("guasto", ["corto", "alterato", "vuoto"])
def test_un_file_rovinato_e_nominato_e_messo_da_parte(
    nome, guasto, tmp_path, mnist_finto, senza_rete, monkeypatch, capsys
):
    monkeypatch.setattr(cifre_uci, "costruisci", lambda cartella: cartella / "uci")
    grezzi = _scrivi_interi(tmp_path)
    rovinato = {"corto": FINTI[nome][:-1], "alterato": FINTI[nome][:-1] + b"\xff", "vuoto": b""}[guasto]
    (grezzi / nome).write_bytes(rovinato)
    assert prepara_mnist(tmp_path) == tmp_path / "uci"
    assert f"{nome} " in capsys.readouterr().out
    assert (grezzi / f"{nome}.danneggiato-1").read_bytes() == rovinato
    assert not (grezzi / nome).exists()
    assert all((grezzi / altro).read_bytes() == dati for altro, dati in FINTI.items() if altro != nome)


def test_due_guasti_di_seguito_non_si_cancellano(tmp_path, mnist_finto, senza_rete, monkeypatch):
    monkeypatch.setattr(cifre_uci, "costruisci", lambda cartella: cartella)
    nome = "t10k-labels-idx1-ubyte"
    for contenuto in (b"primo", b"secondo"):
        grezzi = _scrivi_interi(tmp_path, FINTI | {nome: contenuto})
        prepara_mnist(tmp_path)
    assert [(grezzi / f"{nome}.danneggiato-{n}").read_bytes() for n in (1, 2)] == [b"primo", b"secondo"]


def test_un_file_rovinato_che_non_si_puo_rinominare_non_si_usa(tmp_path, mnist_finto, senza_rete, monkeypatch, capsys):
    def in_sola_lettura(*_):
        raise OSError(errno.EROFS, "sola lettura")

    monkeypatch.setattr(cifre_uci, "costruisci", lambda cartella: cartella / "uci")
    _scrivi_interi(tmp_path, FINTI | {"t10k-labels-idx1-ubyte": b"?"})
    monkeypatch.setattr(Path, "rename", in_sola_lettura)
    assert prepara_mnist(tmp_path) == tmp_path / "uci"
    assert "t10k-labels-idx1-ubyte" in capsys.readouterr().out


# --- la seconda fonte: la rete ----------------------------------------------------------------------------------


def test_scarica_verifica_e_mette_a_posto(tmp_path, sito):
    radice = prepara_mnist(tmp_path, "mnist")
    assert radice == tmp_path
    assert {p.name: p.read_bytes() for p in integrita.cartella_dei_file(radice).iterdir()} == FINTI
    assert not _provvisorie(tmp_path)
    immagini, etichette = carica_in_memoria(radice)
    assert (immagini.shape, immagini.dtype, etichette.dtype) == ((6, 28, 28), torch.uint8, torch.int64)


def test_riprende_solo_il_file_che_manca_o_e_rovinato(tmp_path, sito):
    grezzi = _scrivi_interi(tmp_path, FINTI | {"train-labels-idx1-ubyte": b"rovinato"})
    assert prepara_mnist(tmp_path, "mnist") == tmp_path
    assert (grezzi / "train-labels-idx1-ubyte").read_bytes() == FINTI["train-labels-idx1-ubyte"]
    assert (grezzi / "train-labels-idx1-ubyte.danneggiato-1").read_bytes() == b"rovinato"


@pytest.mark.parametrize("modo", ["a metà", "rovinato", "assente"])
def test_uno_scaricamento_andato_male_non_lascia_nulla(modo, tmp_path, sito):
    sito.modo = modo
    with pytest.raises(DatiNonDisponibili, match="MNIST"):
        prepara_mnist(tmp_path, "mnist")
    assert sito.richieste > 0
    assert not integrita.cartella_dei_file(tmp_path).exists()
    assert not _provvisorie(tmp_path)


def test_una_rete_muta_costa_al_piu_dieci_secondi(tmp_path, sito):
    sito.modo = "muto"
    inizio = time.monotonic()
    with pytest.raises(DatiNonDisponibili, match="non arriva nulla"):
        prepara_mnist(tmp_path, "mnist")
    assert time.monotonic() - inizio < 10
    assert not _provvisorie(tmp_path)


def test_un_sito_che_non_esiste_non_fa_aspettare(tmp_path, monkeypatch, mnist_finto):
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])
    with pytest.raises(DatiNonDisponibili, match="CORSO_PYTORCH_DATI"):
        prepara_mnist(tmp_path, "mnist")


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
        "import sys, time; from pathlib import Path\n"
        "from corso_pytorch.dati.cartelle import cartella_provvisoria\n"
        f"with cartella_provvisoria(Path({str(tmp_path)!r})) as p:\n"
        "    (p / 'mezzo').write_bytes(b'x' * 1000); print('pronto', flush=True); time.sleep(60)"
    )
    processo = subprocess.Popen([sys.executable, "-c", codice], stdout=subprocess.PIPE)
    processo.stdout.readline()
    processo.kill()
    processo.wait()
    (abbandonata,) = _provvisorie(tmp_path)
    assert not integrita.cartella_dei_file(tmp_path).exists()
    os.utime(abbandonata, (0, 0))  # come se fosse passato molto tempo
    with cartella_provvisoria(tmp_path) as nuova:
        assert _provvisorie(tmp_path) == [nuova]


# --- la terza fonte: le cifre di riserva --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def riserva(tmp_path_factory) -> Path:
    cartella = tmp_path_factory.mktemp("riserva")
    cifre_uci.costruisci(cartella)
    return cartella


def test_le_cifre_di_riserva_hanno_la_forma_di_mnist(riserva):
    for addestramento, quante in ((True, 60_000), (False, 10_000)):
        immagini, etichette = carica_in_memoria(riserva / cifre_uci.NOME_CARTELLA, addestramento)
        assert immagini.shape == (quante, 28, 28)
        assert etichette.bincount(minlength=10).min() > quante // 12
        assert immagini.max() == 255


def test_nessun_originale_sta_in_tutti_e_due_gli_insiemi():
    _, etichette = cifre_uci._originali()
    di_test = cifre_uci._scelte_per_il_test(etichette, torch.Generator().manual_seed(0))
    assert 0.19 < di_test.float().mean() < 0.21
    assert len(etichette) == 1797


def test_senza_rete_usa_la_riserva_e_lo_dice_in_una_riga(riserva, senza_rete, capsys):
    assert prepara_mnist(riserva) == riserva / cifre_uci.NOME_CARTELLA
    righe = capsys.readouterr().out.splitlines()
    assert len(righe) == 1
    assert "UCI" in righe[0]


def test_si_sa_sempre_quali_dati_sono(riserva, tmp_path):
    assert quali_dati(prepara_mnist(riserva, "uci")) == "uci"
    assert quali_dati(str(tmp_path)) == "mnist"


def test_la_riserva_rovinata_si_ricostruisce(riserva, capsys):
    file = integrita.cartella_dei_file(riserva / cifre_uci.NOME_CARTELLA) / "t10k-labels-idx1-ubyte"
    buono = file.read_bytes()
    file.write_bytes(buono[:-1])
    prepara_mnist(riserva, "uci")
    assert "t10k-labels-idx1-ubyte" in capsys.readouterr().out
    assert file.read_bytes() == buono  # la costruzione è sempre la stessa


def test_la_variabile_forza_la_riserva(riserva, monkeypatch, capsys):
    monkeypatch.setenv("CORSO_PYTORCH_ORIGINE", "uci")
    assert prepara_mnist(riserva).name == cifre_uci.NOME_CARTELLA
    assert capsys.readouterr().out == ""


def test_volere_mnist_senza_rete_e_un_errore_che_dice_come_fare(tmp_path, senza_rete):
    with pytest.raises(DatiNonDisponibili, match="CORSO_PYTORCH_DATI"):
        prepara_mnist(tmp_path, "mnist")


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
    assert prepara_mnist(tmp_path / "dati", "uci") == tmp_path / "cache"
    assert motivo in capsys.readouterr().out


def test_se_il_disco_e_pieno_dappertutto_lo_dice_e_non_lascia_nulla(tmp_path, monkeypatch):
    def disco_pieno(percorso, dati):
        with percorso.open("wb") as file:
            file.write(b"x")  # la prima parte ci sta, poi il disco finisce
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", disco_pieno)
    with pytest.raises(DatiNonDisponibili, match=r"disco è pieno.*CORSO_PYTORCH_DATI"):
        prepara_mnist(tmp_path / "dati", "uci")
    assert not any(percorso.is_file() for percorso in tmp_path.rglob("*"))


def test_una_cartella_che_e_un_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "dati").write_text("non sono una cartella")
    monkeypatch.setattr(cifre_uci, "costruisci", lambda cartella: cartella)
    assert prepara_mnist(tmp_path / "dati", "uci") == tmp_path / "cache"
    assert "non è una cartella" in capsys.readouterr().out


def test_il_disco_pieno_durante_lo_scaricamento(tmp_path, sito, monkeypatch):
    def disco_pieno(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(MNIST, "download", disco_pieno)
    with pytest.raises(DatiNonDisponibili, match="disco è pieno"):
        prepara_mnist(tmp_path, "mnist")
    assert not integrita.cartella_dei_file(tmp_path).exists()
