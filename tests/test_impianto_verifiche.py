"""L'impianto dei controlli: segnaposti, tempo limitato, tracce, messaggi dei confronti."""

import contextlib
import random
import time
import types

import numpy as np
import pytest
import torch

from corso_pytorch import controlla, verifica
from corso_pytorch.verifiche import esecuzione
from corso_pytorch.verifiche.codice import vieta_cicli, vieta_nomi
from corso_pytorch.verifiche.confronti import (
    Sbagliato,
    confronta,
    confronta_forma,
    confronta_numero,
    confronta_scelta,
    detto,
    uguali,
)
from corso_pytorch.verifiche.esecuzione import chiama, entro_il_tempo, rifiuta_enormi, senza_lasciare_tracce
from corso_pytorch.verifiche.segnaposto import da_completare

# --- segnaposto ---------------------------------------------------------------------------------------------------


def vuota(x):
    """Con la sua docstring."""
    # scrivi qui
    ...


def con_un_buco(x):
    y = ...
    return x + y


def finita(x):
    ...
    return x[..., 0]


class ConMetodiStatici:
    @staticmethod
    def forward(x): ...


class DaFinire(torch.nn.Module):
    def forward(self, x): ...


@pytest.mark.parametrize(
    "risposta",
    [
        ...,
        None,
        (1, ...),
        {"a": ...},
        [None],
        vuota,
        con_un_buco,
        lambda x: ...,
        DaFinire,
        DaFinire(),
        ConMetodiStatici,
        (len, vuota),
    ],
)
def test_da_completare(risposta):
    assert da_completare(risposta)


@pytest.mark.parametrize(
    "risposta", [0, "", [], (), False, torch.empty(0), finita, lambda x: x, torch.nn.ReLU(), len, dict]
)
def test_non_da_completare(risposta):
    assert not da_completare(risposta)


# --- esecuzione -----------------------------------------------------------------------------------------------------


def ciclo_infinito():
    while True:
        pass


def ciclo_ostinato():
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


@pytest.mark.parametrize("lavoro", [ciclo_infinito, ciclo_ostinato])
def test_un_ciclo_senza_fine_e_interrotto(lavoro, monkeypatch):
    monkeypatch.setattr(esecuzione, "LIMITE_SECONDI", 0.3)
    inizio = time.monotonic()
    with pytest.raises(Sbagliato, match="ciclo che non finisce"):
        entro_il_tempo(lavoro)
    assert time.monotonic() - inizio < 3


def test_chi_vuole_uscire_dal_programma_non_esce():
    with pytest.raises(Sbagliato, match="SystemExit"):
        entro_il_tempo(lambda: exit())


def test_non_restano_tracce(capsys):
    prima = (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state(), torch.get_default_dtype())
    with senza_lasciare_tracce():
        random.random(), np.random.rand(), torch.rand(3), print("rumore")
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(5)
    dopo = (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state(), torch.get_default_dtype())
    assert prima[:2] == dopo[:2]
    assert torch.equal(prima[2], dopo[2])
    assert prima[3] == dopo[3]
    assert capsys.readouterr().out == ""


def modifica(x):
    x.zero_()
    return x


@pytest.mark.parametrize(
    ("funzione", "diagnosi"),
    [
        (3, "un numero intero"),
        (lambda x: None, "manca il return"),
        (lambda x: x @ x @ x[0, 0], "con N = 2 si ferma con RuntimeError"),
        (lambda: 1, "TypeError"),
        (modifica, "cambia il suo argomento"),
    ],
)
def test_chiamare_una_funzione_sbagliata_da_una_diagnosi(funzione, diagnosi):
    with pytest.raises(Sbagliato, match=diagnosi):
        chiama(funzione, torch.ones(2, 2), dove="con N = 2")


def test_a_un_errore_previsto_si_aggiunge_un_consiglio():
    with pytest.raises(Sbagliato, match=r"RuntimeError: .*must match.*\. Guarda le forme\."):
        chiama(lambda x: x + torch.ones(3), torch.ones(2), consigli={"must match": "Guarda le forme."})
    with pytest.raises(Sbagliato, match=r"ZeroDivisionError: division by zero$"):
        chiama(lambda x: 1 / 0, torch.ones(2), consigli={"must match": "Guarda le forme."})


@pytest.mark.parametrize(
    "valore",
    [torch.ones(1).expand(10**5, 10**5), [{"a": torch.empty(10**9, device="meta")}], np.broadcast_to(0.0, (10**9,))],
)
def test_un_risultato_enorme_e_rifiutato_prima_di_riempire_la_memoria(valore):
    with pytest.raises(Sbagliato, match="elementi: qui ne servono molti di meno"):
        rifiuta_enormi(valore)
    with pytest.raises(Sbagliato, match="elementi"):
        chiama(lambda: valore)


def test_chi_spegne_i_gradienti_non_falsa_il_resto_del_controllo():
    chiama(lambda: torch.set_grad_enabled(False) or 1)
    assert torch.is_grad_enabled()


def test_un_errore_si_racconta_su_una_riga():
    assert detto(ValueError("su\n  due righe")) == "ValueError: su due righe"
    assert detto(KeyError()) == "KeyError"
    assert len(detto(ValueError("x" * 10_000))) < 220

    class Muto(Exception):
        def __str__(self):
            raise RuntimeError

    assert detto(Muto()) == "Muto"


# --- confronti --------------------------------------------------------------------------------------------------------

ATTESO = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("dato", "diagnosi"),
    [
        (ATTESO.tolist(), "una lista"),
        (ATTESO.numpy(), "un array di NumPy"),
        ("ciao", "un testo"),
        (ATTESO.T, "scambiate"),
        (ATTESO[0], "1 asse: ne servono 2"),
        (ATTESO[:, :2], r"\(2, 2\)"),
        (ATTESO.double(), "float64"),
        (ATTESO * float("nan"), "NaN"),
        (ATTESO * 2, "raddoppiato"),
        (ATTESO.to("meta"), "meta"),
        (ATTESO.mul(3).to_sparse(), "6 su 6"),
        (ATTESO + torch.eye(2, 3), "2 su 6 non tornano"),
        ([[1], [2, 3]], "una lista"),
        (object(), "di tipo object"),
    ],
)
def test_confronta_dice_che_cosa_non_torna(dato, diagnosi):
    with pytest.raises(Sbagliato, match=diagnosi):
        confronta(dato, ATTESO, {"Hai raddoppiato.": ATTESO * 2, "Fuori luogo.": None})


def test_confronta_accetta_anche_chi_ha_il_gradiente_o_uno_scarto_minimo():
    confronta((ATTESO * (1 + 1e-6)).requires_grad_(), ATTESO)


@pytest.mark.parametrize(
    ("dato", "diagnosi"),
    [
        ("3", "un testo"),
        (True, "vero/falso"),
        (float("nan"), "NaN"),
        (-2.5, "segno"),
        (5, "il doppio"),
        (7, "non è 7"),
        pytest.param(10**400, "non è inf", id="enorme"),
    ],
)
def test_confronta_numero(dato, diagnosi):
    confronta_numero(torch.tensor([[2.5]]), 2.5)
    confronta_numero(np.float32(2.5), 2.5)
    with pytest.raises(Sbagliato, match=diagnosi):
        confronta_numero(dato, 2.5, {"È il doppio.": 5, "Fuori luogo.": None})


@pytest.mark.parametrize(
    ("dato", "diagnosi"),
    [("2, 3", "tupla di interi"), ((3, 2), "l'ordine no"), ((2, 3, 1), "ne servono 2"), ((2, 4), "un asse alla volta")],
)
def test_confronta_forma(dato, diagnosi):
    confronta_forma(torch.Size([2, 3]), (2, 3))
    with pytest.raises(Sbagliato, match=diagnosi):
        confronta_forma(dato, (2, 3))


def test_confronta_scelta():
    confronta_scelta(" A", "a", {"b": "no"})
    with pytest.raises(Sbagliato, match="no perché"):
        confronta_scelta("b", "a", {"b": "no perché"})
    with pytest.raises(Sbagliato, match='"a", "b"'):
        confronta_scelta(3, "a", {"b": "no"})


def test_uguali():
    assert uguali([torch.tensor([float("nan")]), {"a": (1, "x")}], [torch.tensor([float("nan")]), {"a": (1, "x")}])
    assert not uguali(torch.ones(2), torch.ones(2, dtype=torch.float64))
    assert not uguali(np.ones(2), np.zeros(2))
    assert not uguali(torch.nn.Linear(2, 1), torch.nn.Linear(2, 1))


# --- codice -----------------------------------------------------------------------------------------------------------


def test_vieta_nomi_e_cicli():
    def annidata(x):
        return [torch.cdist(x, y) for y in x]

    vieta_cicli(lambda x: x.sum())
    with pytest.raises(Sbagliato, match="cdist"):
        vieta_nomi(annidata, "cdist")
    with pytest.raises(Sbagliato, match="senza cicli"):
        vieta_cicli(annidata)
    with pytest.raises(Sbagliato, match="senza cicli"):
        vieta_cicli(type("Rete", (), {"forward": annidata}))


# --- registro ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nome", ["0.99", "99.1", "ciao", "", 3])
def test_un_esercizio_che_non_esiste(nome):
    with pytest.raises(ValueError, match="Non conosco l'esercizio"):
        controlla(nome, 1)


def test_verifica_stampa_una_riga(capsys):
    verifica("0.1", ...)
    verifica("0.1", 4950)
    verifica("0.1", 5050)
    vuoto, sbagliato, corretto = capsys.readouterr().out.splitlines()
    assert vuoto == "Esercizio 0.1: da completare"
    assert sbagliato.startswith("Esercizio 0.1: sbagliato. La somma si ferma")
    assert corretto == "Esercizio 0.1: corretto"


@pytest.mark.parametrize(
    "risposta", [object(), types, (i for i in range(3)), float("inf"), b"5050", [1, [2]], print, 10**400]
)
def test_nessuna_risposta_ferma_il_notebook(risposta):
    assert controlla("0.1", risposta).stato == "sbagliato"
    assert controlla("0.2", risposta).stato == "sbagliato"
