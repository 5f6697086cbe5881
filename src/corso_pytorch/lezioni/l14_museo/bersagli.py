"""Che cosa vuole una loss, scoperto dandole risposte scelte da noi."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from corso_pytorch.lezioni.l14_museo.sonde import foglie, trasforma


@dataclass(frozen=True)
class Bersaglio:
    """Che cosa vuole una loss, scoperto dandole risposte scelte da noi.

    Attributes:
        genere: "classi" (una per esempio), "probabilità" (etichette morbide), "sì o no", "conteggi", "numeri".
        previsione: il tensore che si confronta con y.
        vuole: che cosa deve uscire dal modello: "logit", "probabilità", "logaritmi" o "numeri".
        asse: l'asse delle classi, se c'è.
        fondo, ignara, contraria: la loss della risposta migliore, di chi non sa nulla, di chi dice il contrario.
        estrema: la loss di chi dice il contrario, e ancora più forte.
    """

    genere: str
    previsione: torch.Tensor
    vuole: str
    asse: int | None
    fondo: float
    ignara: float
    contraria: float
    estrema: float

    @property
    def rovescia(self) -> bool:
        """Vero se la loss premia chi sbaglia, e tanto più quanto più sbaglia; o se va da +1 a −1, come un coseno."""
        scala = self.fondo > self.ignara > self.contraria > self.estrema
        coseno = all(abs(a - b) < 0.01 for a, b in zip(self._quattro, (1, 0, -1, -1), strict=True))
        cerniera = self._quattro == (2, 1, 0, 0)  # la hinge, con il segno al contrario
        # Una BCE con p e 1 − p scambiati: chi dice il contrario paga quasi nulla.
        scambiata = self.vuole == "probabilità" and self.fondo > 2 * self.ignara > 20 * abs(self.contraria)
        scambiata |= self.vuole == "probabilità" and self.fondo > self.ignara > self.contraria
        return coseno or cerniera or scambiata or (scala and self.contraria - self.estrema > 0.1 * abs(self.contraria))

    @property
    def _quattro(self) -> tuple[float, ...]:
        return self.fondo, self.ignara, self.contraria, self.estrema


@torch.no_grad()
def bersaglio(uscita: object, y: object, loss_fn: Callable) -> Bersaglio | None:
    """Il bersaglio di una loss; ``None`` se non si riconosce (per esempio, la loss di un VAE)."""
    if not isinstance(y, torch.Tensor):
        return None
    trovati = []
    for previsione in foglie(uscita):
        if previsione.is_floating_point() and previsione.dim():

            def loss(risposta: torch.Tensor, previsione: torch.Tensor = previsione) -> float:
                return in_numero(loss_fn, trasforma(uscita, lambda t: risposta if t is previsione else t), y)

            trovati += [trovato for prova in (_classi, _stessi_posti) for trovato in prova(previsione, y, loss)]
            if sposta_da_se(uscita, y, loss_fn):
                trovati += _classi(previsione, y.roll(-1, 1), loss)
    # Una risposta che non sposta la loss non è quella che lei guarda; e la migliore deve battere chi non sa nulla.
    trovati = [b for b in trovati if abs(b.contraria - b.fondo) > 1e-4 * (abs(b.contraria) + abs(b.fondo))]
    trovati = [b for b in trovati if b.fondo < min(b.ignara, b.contraria) or b.rovescia]
    return max(trovati, key=lambda b: (b.ignara - b.fondo) / (abs(b.ignara) + 1e-12), default=None)


def sposta_da_se(uscita: object, y: torch.Tensor, loss_fn: Callable) -> bool:
    """Vero se la loss di un modello di linguaggio non guarda la prima y di ogni frase: le sposta lei."""
    if y.dim() != 2 or y.is_floating_point() or y.shape[1] < 3:
        return False
    altre = torch.cat([y[:, 1:2], y[:, 1:]], dim=1)
    return in_numero(loss_fn, uscita, y) == in_numero(loss_fn, uscita, altre)


def assi_delle_classi(previsione: torch.Tensor, y: torch.Tensor) -> list[int]:
    """Gli assi di ``previsione`` che possono avere un punteggio per classe: il secondo (come in PyTorch) o l'ultimo."""
    if y.is_floating_point() or y.dtype == torch.bool or previsione.dim() != y.dim() + 1:
        return []
    forma = tuple(previsione.shape)
    assi = [1] if forma[:1] + forma[2:] == tuple(y.shape) else []
    assi += [previsione.dim() - 1] if previsione.dim() > 2 and forma[:-1] == tuple(y.shape) else []
    return [asse for asse in assi if forma[asse] > 1 and int(y.max()) < forma[asse]]


def _classi(previsione: torch.Tensor, y: torch.Tensor, loss: Callable) -> Iterator[Bersaglio]:
    for asse in assi_delle_classi(previsione, y):
        quante = previsione.shape[asse]

        def sulle(classi: torch.Tensor, asse: int = asse, quante: int = quante) -> torch.Tensor:
            return F.one_hot(classi.long().clamp(min=0), quante).movedim(-1, asse).to(previsione)

        giuste, altre, vuote = sulle(y), sulle((y.clamp(min=0) + 1) % quante), torch.zeros_like(previsione)
        a_caso = loss(vuote + 1 / quante)
        if -1e-6 < loss(giuste) < 0.1 * a_caso:
            sbagliate = loss(0.9 * altre + 0.1 / quante)
            dette = ("probabilità", loss(giuste), a_caso, sbagliate, sbagliate)
        elif _e_una_nll(*map(loss, (30 * giuste, 60 * giuste, 60 * altre))):
            logaritmi = (0.999 * giuste + 0.001 / quante).log()
            risposte = (logaritmi, vuote - math.log(quante), -30 * (1 - altre), -60 * (1 - altre))
            dette = ("logaritmi", *map(loss, risposte))
        else:
            fondo = min(loss(forza * giuste) for forza in (30, 8, 5, 3))
            dette = ("logit", fondo, loss(vuote), loss(8 * altre), loss(60 * altre))
        if all(map(_finito, dette[1:])):
            yield Bersaglio("classi", previsione, dette[0], asse, *dette[1:])


def _e_una_nll(forte: float, piu_forte: float, contraria: float) -> bool:
    """Vero se la loss cresce, o cala, senza fine con il punteggio della risposta giusta, e dell'altra non si cura."""
    dritta = piu_forte < forte - 1 and contraria > piu_forte
    return dritta or (piu_forte > forte + 1 and abs(contraria) < 1e-3)


def _stessi_posti(previsione: torch.Tensor, y: torch.Tensor, loss: Callable) -> Iterator[Bersaglio]:
    """y ha un numero per ogni numero della previsione: una regressione, un sì o no, o etichette morbide."""
    if previsione.numel() != y.numel() or y.is_complex() or not y.numel():
        return
    y = y.reshape(previsione.shape).to(previsione)
    vuote, media = torch.zeros_like(y), y.mean(dim=0, keepdim=True).expand_as(y)
    if abs(loss(y) - 1) + abs(loss(3 * y) - 1) + abs(loss(-y) + 1) < 0.01:  # un coseno, dritto: va da 1 a -1
        yield Bersaglio("numeri", previsione, "numeri", None, 1.0, 0.0, -1.0, -1.0)
    if set(y.unique().tolist()) == {-1, 1} and loss(y) == loss(3 * y) / 2 == 2 and loss(-y) == loss(-3 * y) == 0:
        yield Bersaglio("numeri", previsione, "numeri", None, 2, 1, 0, 0)
    if loss(y) == -math.inf or loss(y) == math.inf:  # il logaritmo di un errore che qui è zero
        y = y + 1e-3 * (media - y) + 1e-6
    modi = [("numeri", "numeri", None, y, media, 2 * media - y, media + 10 * (media - y))]
    fondo, passo = loss(y), loss(y) - loss(media)
    if passo and abs(loss(2 * y - media) - fondo - passo) < 1e-3 * abs(passo):
        modi = []  # è una retta, come la loss di Wasserstein: y non è la risposta, dice solo da che parte andare
    if y.min() >= 0 and y.max() > 1 and torch.equal(y, y.round()):  # PoissonNLLLoss vuole il logaritmo del conteggio
        medio, logaritmi = media.clamp(min=1e-2).log(), y.clamp(min=1e-2).log()
        altri = 2 * medio - logaritmi
        modi.append(("conteggi", "logaritmi", None, logaritmi, medio, altri, medio + 10 * (medio - logaritmi)))
    if y.min() >= 0 and y.max() <= 1:
        dubbie = y.clamp(1e-4, 1 - 1e-4)
        modi += [
            ("sì o no", "logit", None, dubbie.logit(), vuote, -dubbie.logit(), -9 * dubbie.logit()),
            ("sì o no", "probabilità", None, dubbie, vuote + 0.5, 1 - dubbie, 1 - dubbie),
        ]
        for asse in {1, y.dim() - 1} - {0} if y.dim() > 1 else ():
            if y.shape[asse] > 1 and torch.allclose(y.sum(dim=asse), y.new_ones(()), atol=1e-3):
                logaritmi, ignari = (y + 1e-6).log(), vuote - math.log(y.shape[asse])
                girati = logaritmi.flip(asse)
                entropia = float(-(y * logaritmi).sum(dim=asse).mean())
                if abs(loss(y) - entropia) + abs(loss(ignari.exp()) + float(ignari.mean())) < 0.01:
                    modi = [("probabilità", "probabilità", asse, y, ignari.exp(), girati.exp(), girati.exp())]
                    break
                if loss(logaritmi + 60) < loss(logaritmi) - 1:  # non rifà la softmax: vuole log-probabilità vere
                    modi = [("probabilità", "logaritmi", asse, logaritmi, ignari, girati, girati)]
                    break
                modi.append(("probabilità", "logit", asse, logaritmi, vuote, girati, 9 * girati))
    provati = [(*modo[:3], *map(loss, modo[3:])) for modo in modi]
    provati = [modo for modo in provati if all(map(_finito, modo[3:]))]
    if provati:
        genere, vuole, asse, *numeri = min(provati, key=lambda modo: round(modo[3], 3))
        yield Bersaglio(genere, previsione, vuole, asse, *numeri)


def gia_a_zero(uscita: object, y: object, loss_fn: Callable) -> bool:
    """Vero se la loss nasce a zero, ma non per forza: una con il margine, di risposte già abbastanza lontane."""

    def altrove(tensore: torch.Tensor) -> torch.Tensor:
        return torch.randn_like(tensore) * (1 + tensore.abs()) if tensore.is_floating_point() else tensore

    return in_numero(loss_fn, uscita, y) == 0 and in_numero(loss_fn, trasforma(uscita, altrove), y) > 0


def in_numero(loss_fn: Callable, uscita: object, y: torch.Tensor) -> float:
    """La loss di una risposta scelta da noi, o NaN se lei non l'accetta."""
    try:
        return float(loss_fn(uscita, y))
    except Exception:
        return float("nan")


def _finito(numero: float) -> bool:
    return abs(numero) < float("inf")
