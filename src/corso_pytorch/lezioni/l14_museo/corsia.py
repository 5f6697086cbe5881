"""La corsia della lezione 14: otto pazienti a scatola chiusa, da riconoscere con gli esami. Uno è sano.

Chi studia non apra questo file prima di aver risposto: qui c'è scritto che cosa ha ognuno.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.lezioni.l14_museo.visita import Referto, visita_medica

MALATTIE = (
    "sano",
    "softmax di troppo",
    "strati non registrati",
    "grafo staccato",
    "unità spente",
    "learning rate troppo basso",
    "dati non mescolati",
    "etichette scambiate",
)
CLASSI, NUMERI, QUANTI = 4, 12, 32


@dataclass
class Paziente:
    """Tutto ciò che serve per addestrare: da fuori si può provare, non guardare dentro.

    Attributes:
        modello, loss_fn, ottimizzatore: come in ogni ciclo di addestramento.
        dati: i batch di addestramento, una lista di coppie (x, y).
    """

    modello: nn.Module
    loss_fn: Callable
    ottimizzatore: torch.optim.Optimizer
    dati: list

    def visita(self) -> Referto:
        """La visita medica, su trentadue esempi presi qua e là."""
        x, y = self.tutti()
        quali = torch.arange(len(x)).roll(7)[:: len(x) // QUANTI][:QUANTI]
        return visita_medica(self.modello, (x[quali], y[quali]), self.loss_fn, self.ottimizzatore)

    def tutti(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Tutti gli esempi, x e y, nell'ordine in cui arrivano."""
        return tuple(map(torch.cat, zip(*self.dati, strict=True)))


def paziente(numero: int, seme: int = 0) -> Paziente:
    """Il paziente di un letto, da 1 a 8, o quello di prova, lo 0. Il caso del programma resta com'era."""
    if numero not in range(len(_LETTI) + 1):
        raise ValueError(f"I letti vanno da 1 a {len(_LETTI)}; lo 0 è quello di prova.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1000 * seme + numero)
        return _LETTI[numero - 1][1]() if numero else _di_prova()


def esempi(quanti: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Punti intorno a quattro centri, sempre gli stessi: x (N, 12) e la classe y (N)."""
    centri = 2 * torch.randn(CLASSI, NUMERI, generator=torch.Generator().manual_seed(14))
    y = torch.randint(CLASSI, (quanti,))
    return centri[y] + torch.randn(quanti, NUMERI), y


class _Scatola(nn.Module):
    """Una rete con due strati nascosti; i guasti si accendono con un nome."""

    def __init__(self, guasto: str = ""):
        super().__init__()
        self._guasto = guasto
        strati = [nn.Linear(NUMERI, 24), nn.Linear(24, 24)]
        self.strati = strati if guasto == "lista" else nn.ModuleList(strati)
        self.testa = nn.Linear(24, CLASSI)
        if guasto == "spente":
            nn.init.constant_(strati[1].bias, -30.0)

    def __repr__(self) -> str:
        return "Scatola chiusa"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = (x - 100) / 40 if self._guasto == "grezzi" else x
        for strato in self.strati:
            x = F.relu(strato(x))
        x = self.testa(x.detach() if self._guasto == "staccato" else x)
        return x.softmax(dim=1) if self._guasto == "softmax" else x


def _ricoverato(guasto: str = "", lr: float = 1e-2, prepara: Callable = lambda x, y: (x, y)) -> Paziente:
    modello = _Scatola(guasto)
    x, y = prepara(*esempi(640))
    dati = list(zip(x.split(32), y.split(32), strict=True))
    return Paziente(modello, F.cross_entropy, torch.optim.Adam(modello.parameters(), lr=lr), dati)


def _di_prova() -> Paziente:
    """Il letto 0: l'ottimizzatore ha i pesi di un'altra rete."""
    return replace(_ricoverato(), ottimizzatore=_ricoverato().ottimizzatore)


def _in_fila(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    ordine = y.argsort()
    return x[ordine], y[ordine]


_LETTI = (
    ("strati non registrati", lambda: _ricoverato("lista")),
    ("sano", lambda: _ricoverato("grezzi", prepara=lambda x, y: (40 * x + 100, y))),
    ("dati non mescolati", lambda: _ricoverato(prepara=_in_fila)),
    ("grafo staccato", lambda: _ricoverato("staccato")),
    ("softmax di troppo", lambda: _ricoverato("softmax")),
    ("learning rate troppo basso", lambda: _ricoverato(lr=1e-9)),
    ("etichette scambiate", lambda: _ricoverato(prepara=lambda x, y: (x, y[torch.randperm(len(y))]))),
    ("unità spente", lambda: _ricoverato("spente")),
)
DIAGNOSI = {numero: malattia for numero, (malattia, _) in enumerate(_LETTI, 1)}
