"""Il confronto di ``benchmarks/``: ogni ricetta gira, i riassunti dicono il vero, i comandi sbagliati una riga sola."""

import json
import os
import subprocess
import sys

import pytest
import torch
from lettura_notebook import RADICE
from torch.utils.data import TensorDataset

CARTELLA = RADICE / "benchmarks"
sys.path.insert(0, str(CARTELLA))
import crescita  # noqa: E402
import grafico  # noqa: E402
import mnist  # noqa: E402
import precisione  # noqa: E402
import ricette  # noqa: E402

UNA_EPOCA = {"corso", "cnn_veloce", "mnist_in_076"}


def _lancia(*argomenti):
    comando = [sys.executable, str(CARTELLA / "mnist.py"), *argomenti]
    return subprocess.run(comando, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("argomenti", "detto"),
    [
        (["--ricette", "torta"], "«torta» non esiste"),
        (["--dispositivo", "frullatore"], "«frullatore»"),
        (["--epoche-max", "0"], "da 1 in su"),
        (["--epoche-max", "molte"], "--help"),
    ],
)
def test_un_comando_sbagliato_riceve_una_riga(argomenti, detto):
    fatto = _lancia(*argomenti)
    assert fatto.returncode == 2
    assert detto in fatto.stderr and fatto.stderr.count("\n") == 1 and not fatto.stdout


def test_l_ultima_riga_e_json():
    fatto = _lancia("--ricette", "corso", "--ripetizioni", "1", "--dispositivo", "cpu", "--json")
    assert fatto.returncode == 0, fatto.stderr
    (riga,) = json.loads(fatto.stdout.splitlines()[-1])
    assert riga["ricetta"] == "corso" and riga["epoche"] == 1
    assert riga["secondi"] > 0 and riga["accuratezza"] > 0.985
    assert "| `corso` |" in fatto.stdout


@pytest.mark.parametrize("nome", ricette.RICETTE)
def test_ogni_ricetta_si_ferma_quando_glielo_si_dice(nome, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "environ", os.environ | {"KERAS_HOME": str(tmp_path)})
    immagini = torch.randint(0, 256, (320, 28, 28), dtype=torch.uint8)
    etichette = torch.arange(320) % 10
    finto = TensorDataset(immagini[:, None] / 255, etichette)
    monkeypatch.setattr(ricette, "_mnist", lambda radice, normale=None: finto)
    monkeypatch.setattr(ricette, "random_split", lambda dati, quanti: (dati, None))
    uscite = []

    def epoca(prevedi):
        uscite.append(prevedi(immagini[:7]).shape)
        return len(uscite) == 2

    ricette.carica_librerie(nome, torch.device("cpu"))
    ricette.RICETTE[nome](ricette.Dati(tmp_path, immagini, etichette), torch.device("cpu"), epoca)
    assert uscite == [(7, 10)] * (1 if nome in UNA_EPOCA else 2)


def test_il_riassunto_prende_le_mediane_e_il_tempo_alla_soglia():
    corse = [
        mnist.Corsa("corso", [1.0, 2.0], [0.98, 0.991], 100.0),
        mnist.Corsa("corso", [1.2, 2.4], [0.975, 0.990], 110.0),
        mnist.Corsa("corso", [3.0], [0.992], 105.0),
    ]
    riga = mnist.riassumi(corse)
    assert (riga["epoche"], riga["secondi"], riga["memoria_mb"]) == (2, 2.4, 105.0)
    assert riga["fino_a"]["97%"] == pytest.approx(1.2)
    assert riga["fino_a"]["99%"] == pytest.approx(2.4)
    assert riga["accuratezze"] == pytest.approx([0.9775, 0.9905])


def test_chi_non_arriva_alla_soglia_non_ha_un_tempo():
    lenta = mnist.riassumi([mnist.Corsa("tutorial", [10.0], [0.975])])
    veloce = mnist.riassumi([mnist.Corsa("corso", [2.0], [0.991])])
    assert lenta["fino_a"] == {"97%": 10.0, "98%": None, "99%": None}
    tabella = mnist.tabella([veloce, lenta])
    assert "oltre 5.0×" in tabella and "| 10.00 | – | – |" in tabella


def test_la_gara_ha_una_linea_per_ricetta():
    asse = grafico.gara({"a": ([1.0], [0.99]), "b": ([10.0, 20.0], [0.97, 0.98])}).axes[0]
    assert [testo.get_text() for testo in asse.get_legend().get_texts()] == ["a", "b"]


def test_piu_giri_vedono_ogni_esempio_piu_volte():
    dati = ricette.BatchInMemoria(torch.arange(10), torch.arange(10), 4)
    giri = crescita.PiuGiri(dati, 3)
    visti = torch.cat([x for x, _ in giri])
    assert len(list(giri)) == len(giri) == 9
    assert torch.equal(visti.sort().values, torch.arange(10).repeat_interleave(3))


def test_una_rete_larga_uno_e_quella_della_lezione():
    filtri = ricette.filtri_dai_dati(torch.rand(32, 1, 28, 28))
    forme = [p.shape for p in ricette.CNNLampo(filtri).parameters()]
    assert [p.shape for p in crescita.Larga(filtri, 1).parameters()] == forme
    assert crescita.Larga(filtri, 0.5)(torch.zeros(2, 28, 28, dtype=torch.uint8)).shape == (2, 10)


def test_la_pendenza_di_una_proporzione_e_uno():
    assert crescita.pendenza({1: 3.0, 2: 6.0, 4: 12.0}) == pytest.approx(1)


def test_deformare_muove_le_immagini_e_non_la_forma(monkeypatch):
    pixel = torch.zeros(3, 28, 28, dtype=torch.uint8)
    pixel[:, 10:18, 12:16] = 200
    assert not torch.equal(precisione.deforma(pixel), pixel.float())
    for quanto in ("GRADI", "PIXEL", "SCALA"):
        monkeypatch.setattr(precisione, quanto, 0)
    assert torch.allclose(precisione.deforma(pixel), pixel.float(), atol=1e-2)
