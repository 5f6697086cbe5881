"""L'esame della rete dell'esercizio 9.6: si guarda che cosa sente, comunque sia fatta e addestrata."""

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.lezioni.l09_audio.strumenti import ACCORDI, CAMPIONI, accordi
from corso_pytorch.verifiche.messaggi import Sbagliato, detto, tipo_di
from corso_pytorch.verifiche.osservazioni import generatore

SOGLIA_PULITI, SOGLIA_RUMORE, DECIBEL = 0.95, 0.9, -5
# La risposta giusta andrebbe addestrata a ogni controllo: al suo posto c'è questo segno. Che una rete vera passi lo
# provano le soluzioni e tests/lezioni/test_l09_orecchio.py.
RIFERIMENTO, PROMOSSA = object(), "promossa"

CLASSE = "Serve la rete addestrata, cioè un oggetto: hai consegnato la classe."
FUNZIONE = (
    "Serve un nn.Module, e questa è una funzione: metti in una classe lo spettrogramma, in __init__, e i conti, nel "
    "forward."
)
SENZA_PARAMETRI = (
    "Questa rete non ha parametri: che cosa ha imparato? Uno strato va assegnato a self, non in una lista."
)
SEMPRE_DIVERSA = (
    "In eval() la stessa onda riceve ogni volta una risposta diversa: nel forward resta acceso qualcosa di casuale, un "
    "dropout o il rumore degli esempi."
)
DIPENDE_DAL_BATCH = (
    "In eval() la risposta a un'onda dipende dalle altre del batch: la media, o il massimo, va preso per ogni suono, "
    "non su tutto il batch."
)
SEMPRE_LA_STESSA = (
    "La rete dà a tutte le onde la stessa risposta: è stata addestrata? All'ottimizzatore servono i suoi parametri."
)
A_CASO = (
    "Anche sui suoni puliti indovina quanto chi tira a caso: questa rete è stata addestrata? E nello spettrogramma che "
    "riceve, due note vicine cadono in righe diverse?"
)
ORDINE = "La rete distingue gli accordi, ma li chiama con un altro nome: i logit vanno nell'ordine di ACCORDI."
CON_SOFTMAX = (
    "La rete finisce con una softmax, e CrossEntropyLoss ne fa già una: con due si impara male. Restituisci i logit, e "
    "addestrala di nuovo."
)


def esamina(risposta: object) -> str:
    """`PROMOSSA`, o `Sbagliato` con la diagnosi. La rete resta nel modo in cui era."""
    if risposta is RIFERIMENTO:
        return PROMOSSA
    if isinstance(risposta, type):
        raise Sbagliato(CLASSE)
    if not isinstance(risposta, nn.Module):
        raise Sbagliato(FUNZIONE if callable(risposta) else f"Serve un nn.Module, e invece è {tipo_di(risposta)}.")
    if not any(True for _ in risposta.parameters()):
        raise Sbagliato(SENZA_PARAMETRI)
    puliti, rumorosi, etichette = _suoni()
    with _in_valutazione(risposta), torch.no_grad():
        logit = _logit(risposta, puliti)
        _controlla_che_sia_ferma(risposta, puliti, logit)
        if (logit >= 0).all() and (logit.sum(dim=1) - 1).abs().max() < 1e-3:
            raise Sbagliato(CON_SOFTMAX)
        giuste = _quota(logit, etichette)
        if giuste < SOGLIA_PULITI:
            _perche_non_basta(logit, etichette, giuste)
        nel_rumore = _quota(_logit(risposta, rumorosi), etichette)
    if nel_rumore < SOGLIA_RUMORE:
        raise Sbagliato(
            f"Sugli accordi puliti va bene, ma a {DECIBEL} dB ne riconosce {_su_cento(nel_rumore)}: ne servono almeno "
            f"{_su_cento(SOGLIA_RUMORE)}. Di rumore così forte ne ha mai sentito? O guarda ancora il fondo, che il "
            "logaritmo ingrandisce?"
        )
    return PROMOSSA


@functools.cache
def _suoni() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Gli accordi puliti, gli stessi con il rumore, le etichette: 200, mescolati."""
    onde, etichette = accordi(50, seme=90_517)
    ordine = torch.randperm(len(onde), generator=generatore(1))
    onde, etichette = onde[ordine], etichette[ordine]
    rumore = torch.randn(onde.shape, generator=generatore(2))
    potenza = onde.square().mean(dim=1, keepdim=True) / 10 ** (DECIBEL / 10)
    return onde, onde + rumore * potenza.sqrt(), etichette


@contextlib.contextmanager
def _in_valutazione(rete: nn.Module) -> Iterator[None]:
    modi = [(modulo, modulo.training) for modulo in rete.modules()]
    rete.eval()
    try:
        yield
    finally:
        for modulo, in_addestramento in modi:
            modulo.training = in_addestramento


def _logit(rete: nn.Module, onde: torch.Tensor) -> torch.Tensor:
    dove = next(rete.parameters()).device
    entra = f"Entra un'onda, (1, {CAMPIONI})" if len(onde) == 1 else f"Entrano {len(onde)} onde, {tuple(onde.shape)}"
    try:
        esce = rete(onde.to(dove, copy=True))
    except Exception as errore:
        # Di onde ne entrano prima tante, poi una sola.
        perche = "Con più onde andava." if len(onde) == 1 else "Riceve le onde: lo spettrogramma lo calcola lei?"
        raise Sbagliato(f"{entra}, e la rete si ferma con {detto(errore)} {perche}") from None
    if not isinstance(esce, torch.Tensor):
        perche = "manca il return nel forward?" if esce is None else "serve un tensore."
        raise Sbagliato(f"{entra}, e dalla rete esce {tipo_di(esce)}: {perche}")
    if esce.shape != (len(onde), len(ACCORDI)):
        raise Sbagliato(
            f"{entra}, ed esce la forma {tuple(esce.shape)}: servono i logit, {len(ACCORDI)} per onda, "
            f"({len(onde)}, {len(ACCORDI)})."
        )
    if not esce.is_floating_point() or not esce.isfinite().all():
        raise Sbagliato(
            f"{entra}, e i logit non sono tutti numeri finiti: c'è un logaritmo di zero, o una loss esplosa?"
        )
    return esce.float().cpu()


def _controlla_che_sia_ferma(rete: nn.Module, onde: torch.Tensor, logit: torch.Tensor) -> None:
    if not _vicini(_logit(rete, onde), logit):
        raise Sbagliato(SEMPRE_DIVERSA)
    da_sola, fra_i_forti = _logit(rete, onde[:1]), _logit(rete, torch.cat([onde[:1], 100 * onde[1:8]]))
    if not (_vicini(da_sola, logit[:1]) and _vicini(fra_i_forti[:1], da_sola)):
        raise Sbagliato(DIPENDE_DAL_BATCH)


def _vicini(uno: torch.Tensor, altro: torch.Tensor) -> bool:
    # Con larghezza: su una GPU un batch di un'altra misura può fare i conti in un altro ordine, e in TF32.
    return bool((uno - altro).abs().max() <= 0.02 * altro.abs().max())


def _quota(logit: torch.Tensor, etichette: torch.Tensor) -> float:
    return (logit.argmax(dim=1) == etichette).float().mean().item()


def _perche_non_basta(logit: torch.Tensor, etichette: torch.Tensor, giuste: float) -> None:
    altri_ordini = itertools.permutations(range(len(ACCORDI)))
    if max(_quota(logit[:, ordine], etichette) for ordine in map(list, altri_ordini)) >= SOGLIA_PULITI:
        raise Sbagliato(ORDINE)
    if len(logit.argmax(dim=1).unique()) == 1:
        raise Sbagliato(SEMPRE_LA_STESSA)
    if giuste < 0.4:
        raise Sbagliato(A_CASO)
    raise Sbagliato(
        f"Sugli accordi puliti ne riconosce {_su_cento(giuste)}: ne servono almeno {_su_cento(SOGLIA_PULITI)}. È stata "
        "addestrata abbastanza? E le righe dello spettrogramma sono così fitte da separare due note vicine?"
    )


def _su_cento(quota: float) -> str:
    return f"{int(100 * quota + 1e-6)} su 100"


class _Finta(nn.Module):
    """Una piccola rete mai addestrata, con un difetto."""

    def __init__(self, dopo: Callable[[torch.Tensor], torch.Tensor] = lambda y: y):
        super().__init__()
        self.strato, self.dopo = nn.Linear(CAMPIONI // 8, len(ACCORDI)), dopo

    def forward(self, onde: torch.Tensor) -> torch.Tensor:
        return self.dopo(self.strato(onde[:, ::8]))


def sviste() -> dict[str, object]:
    """Una rete per diagnosi. Nascono fuori dal generatore casuale di chi studia."""
    with torch.random.fork_rng(devices=[]):
        return {
            FUNZIONE: lambda onde: onde[:, :4],
            CLASSE: _Finta,
            SENZA_PARAMETRI: nn.Flatten(),
            SEMPRE_DIVERSA: [_Finta(F.dropout), _Finta(lambda y: y + torch.randn_like(y))],
            DIPENDE_DAL_BATCH: [_Finta(lambda y: y - y.mean(dim=0)), _Finta(lambda y: y / y.std())],
            SEMPRE_LA_STESSA: _Finta(lambda y: y + torch.tensor([100.0, 0, 0, 0])),
            CON_SOFTMAX: _Finta(lambda y: y.softmax(dim=1)),
            A_CASO: _Finta(),
        }
