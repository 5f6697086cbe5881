"""La macchina degli esercizi: quale svista spiega una risposta, che cosa si vieta, che cosa non torna."""

import functools
import itertools
import math
import random
import re
import types

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch import controlla, verifica
from corso_pytorch.verifiche.codice import Spia, controlla_divieti
from corso_pytorch.verifiche.confronti import differenza, simili
from corso_pytorch.verifiche.dichiarazione import Esercizio, Prova
from corso_pytorch.verifiche.esecuzione import chiama, rifiuta_enormi, senza_lasciare_tracce, sotto_la_spia
from corso_pytorch.verifiche.identita import identici
from corso_pytorch.verifiche.messaggi import Sbagliato, detto
from corso_pytorch.verifiche.osservazioni import con_gradiente, muta
from corso_pytorch.verifiche.segnaposto import da_completare

# --- la dichiarazione -----------------------------------------------------------------------------------------------


def conta(voti, soglia):
    return (voti >= soglia).sum()


CONTA = Esercizio(
    conta,
    prove=[(torch.arange(5), 2), (torch.arange(5), 9), Prova(torch.empty(0), 1, detta="con un tensore vuoto")],
    sviste={
        "La soglia è compresa.": lambda voti, soglia: (voti > soglia).sum(),
        "Hai contato tutti.": lambda voti, soglia: torch.tensor(voti.numel()),
        "La soglia non è 2.": [lambda voti, soglia: conta(voti, 2), lambda voti, soglia: (voti > 1.5).sum()],
    },
    detta="con la soglia {1}",
    vieta=("cicli", "bincount"),
)


def _diagnosi(esercizio, risposta) -> str:
    try:
        esercizio.controlla(risposta)
    except Sbagliato as errore:
        return str(errore)
    return "corretto"


@pytest.mark.parametrize(
    ("risposta", "diagnosi"),
    [
        (conta, "corretto"),
        (functools.partial(lambda meno, voti, soglia: (voti >= soglia).sum() - meno, 0), "corretto"),
        (lambda voti, soglia: (voti >= soglia).sum().item(), "La risposta è un numero"),
        (lambda voti, soglia: (voti > soglia).sum(), "La soglia è compresa."),
        (lambda voti, soglia: conta(voti, 2), "La soglia non è 2."),
        # Coincide con «tutti» solo dove tutti sono zero: quella diagnosi sarebbe falsa.
        (
            lambda voti, soglia: conta(voti, soglia) + 2 * (soglia == 2),
            "i valori no: 1 su 1 non torna",
        ),
        (lambda voti, soglia: conta(voti, soglia) + 0 * voti[0], "IndexError"),
        (lambda voti, soglia: torch.stack([v >= soglia for v in voti]).sum(), "Qui si chiede di farlo senza cicli."),
        (lambda voti, soglia: conta(voti, soglia) if len(voti) else None, "manca il return"),
    ],
)
def test_la_svista_che_spiega_ogni_prova_e_nessun_altra(risposta, diagnosi):
    if diagnosi == "La risposta è un numero":
        assert "serve un tensore" in _diagnosi(CONTA, risposta)
    else:
        assert diagnosi in _diagnosi(CONTA, risposta)


COPPIA = Esercizio(
    lambda x: (x.sum(), x.max()),
    prove=[(torch.tensor([1.0, 2.0]),), (torch.tensor([-3.0, -1.0]),)],
    parti=("la somma", "il massimo"),
    sviste={
        "Media, non somma.": lambda x: (x.mean(), x.max()),
        "Il minimo, non il massimo.": lambda x: (x.sum(), x.min()),
        "Sono scambiati.": lambda x: (x.max(), x.sum()),
        "La media due volte.": lambda x: (x.mean(), x.mean()),
    },
)


@pytest.mark.parametrize(
    ("risposta", "diagnosi"),
    [
        (lambda x: [x.sum(), x.max()], "corretto"),
        (lambda x: (x.mean(), x.min()), "Media, non somma."),
        (lambda x: (x.max(), x.sum()), "Sono scambiati."),
        # Il massimo è la media, ma la somma è giusta: non è «la media due volte».
        (lambda x: (x.sum(), x.mean()), "Il massimo ha la forma giusta, i valori no: 1 su 1 non torna."),
        (lambda x: (x.sum(), x.max() + 1), "Il massimo ha la forma giusta, i valori no: 1 su 1 non torna."),
        (lambda x: x.sum(), "Servono 2 valori, (la somma, il massimo), e invece è un tensore."),
        (lambda x: (x.sum(), x.max(), 0), "Servono 2 valori"),
    ],
)
def test_ogni_parte_ha_le_sue_sviste(risposta, diagnosi):
    assert _diagnosi(COPPIA, risposta).startswith(diagnosi)


def test_chi_deve_fermarsi_si_ferma():
    fermo = Esercizio(lambda x: math.sqrt(x), prove=[(4.0,), (-1.0,)])
    assert _diagnosi(fermo, lambda x: x**0.5 if x >= 0 else math.log(-x - 1)) == "corretto"
    assert _diagnosi(fermo, lambda x: abs(x) ** 0.5) == "Qui la tua funzione dovrebbe fermarsi con ValueError."


def _al_quadrato_sul_posto(x):
    with torch.no_grad():
        x.mul_(1.0001)
    return x * x


class BackwardSbagliato(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * x

    @staticmethod
    def backward(ctx, arrivato):
        return arrivato, arrivato


@pytest.mark.parametrize(
    ("risposta", "diagnosi"),
    [
        (lambda x: x * x, "corretto"),
        (lambda x: (x * x).detach(), "stacca il risultato dal grafo"),
        (lambda x: x * x.detach(), "Il gradiente dell'argomento 1 ha la forma giusta, i valori no: 2 su 2"),
        (lambda x: (x * x).tolist(), "serve un tensore"),
        (_al_quadrato_sul_posto, "cambia il suo argomento"),
        (BackwardSbagliato.apply, "si ferma con RuntimeError"),
    ],
)
def test_chi_perde_il_gradiente_non_passa(risposta, diagnosi):
    quadrato = Esercizio(lambda x: x**2, prove=[(torch.tensor([1.0, -2.0]),)], osserva=con_gradiente(0))
    assert diagnosi in _diagnosi(quadrato, risposta)


def test_muta_riscrive_una_soluzione_e_si_ferma_se_il_pezzo_non_c_e():
    assert muta(conta, (">=", "<"))(torch.arange(5), 2) == 2
    with pytest.raises(ValueError, match="compare 0 volte"):
        muta(conta, ("==", "!="))


# --- i divieti ------------------------------------------------------------------------------------------------------

da_lontano = torch.cdist
Riduzione = nn.MaxPool2d
riduttore = Riduzione(2)
con_p = functools.partial(torch.cdist, p=2.0)


def con_un_while(x):
    while len(x) > 1:
        x = x[:1]
    return x


def con_aiuto(x):
    return con_un_while(x)


def grad(x):  # un nome innocente dello studente
    return 2 * x


def con_no_grad(x):
    with torch.no_grad():
        if len(x) > 1:
            return grad(x)
        return x


def con_try(x):
    try:
        return x / len(x)
    except ZeroDivisionError:
        return x if x is not None else 0


class Chiamabile:
    def __call__(self, x):
        return [2 * y for y in x]


class ConLaLibreria(nn.Module):
    def __init__(self):
        super().__init__()
        self.riduci = nn.MaxPool2d(2)

    def forward(self, x):
        return self.riduci(x)


def con_un_nome_di_passaggio(x):
    con_un_while = x + 1  # una variabile, non la funzione che ha lo stesso nome
    return con_un_while


class ConNomiSuoi:
    def __init__(self):
        self.cdist = 0

    def grad(self, x):
        return x + self.cdist

    def __call__(self, x):
        return self.grad(x)


class MiaRiduzione(Riduzione):
    pass


def _vieta(risposta, *nomi, argomenti=()):
    spia = Spia()
    if argomenti:
        with sotto_la_spia(spia):
            chiama(risposta, *argomenti)
    controlla_divieti(risposta, nomi, spia.visti)


X = torch.rand(3, 4)


@pytest.mark.parametrize(
    ("risposta", "nomi", "argomenti"),
    [
        (con_un_while, ["cicli"], ()),
        (con_aiuto, ["cicli"], ()),
        (Chiamabile(), ["cicli"], ()),
        (lambda x: sum(v for v in x), ["cicli"], ()),
        (lambda x: list(map(float, x)), ["cicli"], ()),
        (functools.partial(con_un_while), ["cicli"], ()),
        (lambda a, b: da_lontano(a, b), ["cdist"], (X, X)),
        (lambda a, b: con_p(a, b), ["cdist"], (X, X)),
        (con_p, ["cdist"], (X, X)),
        (torch.cdist, ["cdist"], (X, X)),
        (lambda x, y: nn.CrossEntropyLoss()(x, y), ["cross_entropy"], (X, torch.tensor([0, 1, 2]))),
        (lambda x: F.one_hot(x), ["one_hot"], (torch.tensor([0, 1]),)),
        (lambda x: torch.Tensor.diagonal(x), ["diagonal"], (X,)),
        (lambda x: ConLaLibreria()(x), ["max_pool2d"], (torch.rand(1, 1, 4, 4),)),
        (lambda x: MiaRiduzione(2)(x), ["MaxPool2d"], ()),
        (lambda x: riduttore(x), ["MaxPool2d"], ()),
        (lambda x: list(itertools.accumulate(x)), ["accumulate"], ()),
        (lambda x: x.numpy().cumsum(), ["cumsum"], ()),
        (lambda x: x.cumsum_(0), ["cumsum"], ()),
    ],
)
def test_un_divieto_si_scopre_in_ogni_forma(risposta, nomi, argomenti):
    with pytest.raises(Sbagliato, match=rf"Qui si chiede di farlo senza ({'cicli|«' + nomi[0]})"):
        _vieta(risposta, *nomi, argomenti=argomenti)


@pytest.mark.parametrize(
    "risposta", [con_no_grad, con_try, lambda x: x.sum(), len, nn.ReLU(), grad, ConNomiSuoi(), con_un_nome_di_passaggio]
)
def test_chi_non_usa_cio_che_e_vietato_passa(risposta):
    _vieta(risposta, "cicli", "cdist", "grad", "backward")


# --- segnaposto -----------------------------------------------------------------------------------------------------


def vuota(x):
    """Con la sua docstring."""
    # scrivi qui
    ...


def con_un_buco(x):
    y = ...
    return x + y


def con_due_buchi(x):
    return ..., ...


def finita(x):
    ...
    coda = (..., None)
    return x[coda]


class ConMetodiStatici:
    @staticmethod
    def forward(x): ...


class DaFinire(nn.Module):
    def forward(self, x): ...


class FinitaConUnMetodoInutile(nn.Module):
    def forward(self, x):
        return x

    def on_train_end(self): ...


@pytest.mark.parametrize(
    "risposta",
    [
        *[..., None, (1, ...), {"a": ...}, [None], vuota, con_un_buco, con_due_buchi, lambda x: ..., lambda: None],
        *[DaFinire, DaFinire(), ConMetodiStatici, (len, vuota)],
    ],
)
def test_da_completare(risposta):
    assert da_completare(risposta)


@pytest.mark.parametrize(
    "risposta",
    [0, "", [], (), False, torch.empty(0), finita, lambda x: x, nn.ReLU(), len, dict, FinitaConUnMetodoInutile],
)
def test_non_da_completare(risposta):
    assert not da_completare(risposta)


# --- chiamare una risposta ------------------------------------------------------------------------------------------


def test_non_restano_tracce(capsys):
    stato = lambda: (random.getstate(), np.random.get_state()[1].tolist(), torch.get_default_dtype())
    prima, di_torch = stato(), torch.get_rng_state()
    with senza_lasciare_tracce():
        random.random(), np.random.rand(), torch.rand(3), print("rumore")
        torch.set_default_dtype(torch.float64)
        torch.manual_seed(5)
    assert stato() == prima
    assert torch.equal(torch.get_rng_state(), di_torch)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("funzione", "diagnosi"),
    [
        (3, "un numero intero"),
        (lambda x: None, "manca il return"),
        (lambda x: x @ x @ x[0, 0], "si ferma con RuntimeError"),
        (lambda: 1, "TypeError"),
        (lambda x: x.zero_(), "cambia il suo argomento"),
        (lambda x: x.requires_grad_(), "cambia il suo argomento"),
        (lambda x: x.t_(), "cambia il suo argomento"),
    ],
)
def test_chiamare_una_funzione_sbagliata_da_una_diagnosi(funzione, diagnosi):
    assert diagnosi in _diagnosi(Esercizio(lambda x: x.sum(), prove=[(torch.ones(2, 2),)]), funzione)


@pytest.mark.parametrize(
    ("argomento", "cambia"),
    [
        ([3, 1, 2], lambda lista: lista.sort() or 1),
        (nn.Dropout(), lambda rete: rete.eval()),
        (nn.Sequential(nn.BatchNorm1d(3)), lambda rete: rete(torch.randn(4, 3))),
        (nn.Linear(2, 1), lambda rete: rete.weight.requires_grad_(False)),
        (nn.Linear(2, 1), lambda rete: rete(torch.ones(2)).backward() or 1),
        (types.SimpleNamespace(passi=1), lambda oggetto: vars(oggetto).update(passi=2) or 1),
        (np.ones(2), lambda array: array.fill(0) or 1),
        ({"a": 1}, lambda diz: diz.pop("a")),
    ],
)
def test_chi_cambia_un_argomento_si_scopre_fino_all_ultimo_segno(argomento, cambia):
    with pytest.raises(Sbagliato, match="cambia il suo argomento"):
        chiama(cambia, argomento)
    chiama(cambia, argomento, cambia=(0,))


def test_a_un_errore_previsto_si_aggiunge_un_consiglio():
    doppio = Esercizio(lambda x: 2 * x, prove=[(torch.ones(2),)], consigli={"must match": "Guarda le forme."})
    prevista = _diagnosi(doppio, lambda x: x + torch.ones(3))
    assert re.fullmatch(r"La tua funzione si ferma con RuntimeError: .*must match.*\. Guarda le forme\.", prevista)
    assert _diagnosi(doppio, lambda x: 1 / 0) == "La tua funzione si ferma con ZeroDivisionError: division by zero"


def test_il_consiglio_puo_chiamare_un_errore_per_nome():
    doppio = Esercizio(lambda x: 2 * x, prove=[(torch.ones(2),)], consigli={"StopIteration": "Sono finiti."})
    assert _diagnosi(doppio, lambda x: next(iter([]))) == "La tua funzione si ferma con StopIteration. Sono finiti."


@pytest.mark.parametrize(
    "valore",
    [torch.ones(1).expand(10**5, 10**5), [{"a": torch.empty(10**9, device="meta")}], np.broadcast_to(0.0, (10**9,))],
)
def test_un_risultato_enorme_e_rifiutato_prima_di_riempire_la_memoria(valore):
    with pytest.raises(Sbagliato, match="elementi: ne servono molti di meno"):
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
    assert detto(ValueError("\x1b[1mrosso\x1b[0m e \x1b[38;5;9mnero\x1b[0m")) == "ValueError: rosso e nero"
    assert "\x1b" not in detto(ValueError("\x1b[1m" + "x" * 10_000 + "\x1b[0m"))

    class Muto(Exception):
        def __str__(self):
            raise RuntimeError

    assert detto(Muto()) == "Muto"


# --- confronti ------------------------------------------------------------------------------------------------------

ATTESO = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("dato", "atteso", "diagnosi"),
    [
        (ATTESO.tolist(), ATTESO, "una lista"),
        (ATTESO.numpy(), ATTESO, "un array di NumPy"),
        ("ciao", ATTESO, "un testo"),
        (ATTESO.T, ATTESO, "scambiate"),
        (ATTESO[0], ATTESO, "1 asse: ne servono 2"),
        (ATTESO[:, :2], ATTESO, r"\(2, 2\)"),
        (ATTESO.long(), ATTESO, "int64"),
        (ATTESO * float("nan"), ATTESO, "NaN"),
        (ATTESO.to("meta"), ATTESO, "meta"),
        (ATTESO.mul(3).to_sparse(), ATTESO, "6 su 6"),
        (ATTESO + torch.eye(2, 3), ATTESO, "2 su 6 non tornano"),
        ([[1], [2, 3]], ATTESO, "una lista"),
        (object(), ATTESO, "di tipo object"),
        (torch.tensor([2**53 + 1]), torch.tensor([2**53]), "1 su 1 non torna"),
        ("3", 2.5, "un testo"),
        (True, 2.5, "vero/falso"),
        (float("nan"), 2.5, "NaN"),
        (-2.5, 2.5, "segno"),
        (7, 2.5, "non è 7"),
        (0.25, 2.5, "non è 0,25"),
        ((12, 0), 12.0, r"in Python i decimali vogliono il punto, 12\.0"),
        pytest.param(10**400, 2.5, "un intero enorme", id="enorme"),
        (10**18 + 1, 10**18, "non è"),
        ("2, 3", (2, 3), "una tupla, e invece è un testo"),
        ((3, 2), (2, 3), "un altro ordine"),
        ((2, 3, 1), (2, 3), "ne servono 2"),
        ((2, 4), (2, 3), "al posto 1, non è 4"),
        (["1.0"], [1.0], "al posto 0, dovrebbe essere un numero"),
        ([[1.0, 2.0]], [torch.tensor([1.0, 2.0])], "al posto 0, ha i numeri giusti, ma è una lista: serve un tensore"),
        ([torch.ones(2, 3)], [torch.ones(3, 2)], r"al posto 0, ha forma \(2, 3\): righe e colonne sono scambiate"),
        ([(1, 2), (1, 4)], [(1, 2), (1, 3)], "^Il risultato, al posto 1, al posto 1, non è 4"),
        (1, True, "un valore vero/falso"),
        ({"a": 1}, {"a": 1, "b": 2}, "la chiave «b»"),
    ],
)
def test_la_differenza_dice_che_cosa_non_torna(dato, atteso, diagnosi):
    assert re.search(diagnosi, differenza(dato, atteso))


@pytest.mark.parametrize(
    ("dato", "atteso"),
    [
        ((ATTESO * (1 + 1e-6)).requires_grad_(), ATTESO),
        (ATTESO.double(), ATTESO),
        (torch.tensor([3], dtype=torch.int32), torch.tensor([3])),
        (torch.tensor([[2.5]]), 2.5),
        (np.float32(2.5), 2.5),
        (np.array(2.5), 2.5),
        (12, 12.0),
        (12.0, 12),
        (torch.tensor(True), True),
        (torch.Size([2, 3]), (2, 3)),
        ([2, 3], (2, 3)),
        (5, (5,)),
        (math.nan, math.nan),
    ],
)
def test_ogni_forma_onesta_va_bene(dato, atteso):
    assert differenza(dato, atteso) is None


def test_il_dtype_si_pretende_solo_se_il_testo_lo_nomina():
    for dato, atteso in ((ATTESO.double(), ATTESO), (3.0, 3), (torch.tensor([3], dtype=torch.int8), torch.tensor([3]))):
        assert differenza(dato, atteso) is None
        assert re.search(r"dtype|serve un intero", differenza(dato, atteso, dtype="stesso"))
    assert simili(ATTESO.long(), ATTESO)


def test_identici():
    assert identici([torch.tensor([float("nan")]), {"a": (1, "x")}], [torch.tensor([float("nan")]), {"a": (1, "x")}])
    assert not identici(torch.ones(2), torch.ones(2, dtype=torch.float64))
    assert not identici(torch.ones(2), torch.ones(2).requires_grad_())
    assert not identici(np.ones(2), np.zeros(2))
    assert not identici(nn.Linear(2, 1), nn.Linear(2, 1))


# --- registro -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nome", ["0.99", "99.1", "ciao", "", 3])
def test_un_esercizio_che_non_esiste(nome):
    with pytest.raises(ValueError, match="Non conosco l'esercizio"):
        controlla(nome, 1)


def test_verifica_stampa_una_riga(capsys):
    verifica("0.1", ...)
    verifica("0.1", lambda celsius: celsius)
    verifica("0.1", lambda celsius: celsius * 9 / 5 + 32)
    vuoto, sbagliato, corretto = capsys.readouterr().out.splitlines()
    assert vuoto == "Esercizio 0.1: da completare"
    assert sbagliato.startswith("Esercizio 0.1: sbagliato. La funzione restituisce")
    assert corretto == "Esercizio 0.1: corretto"
