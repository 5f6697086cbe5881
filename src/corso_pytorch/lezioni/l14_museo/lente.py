"""Due aiuti della lezione 14: chi si ferma fra i sei sbagli del biglietto, e un debugger con i comandi già scritti."""

import contextlib
import io
import pdb
import sys
from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.modelli import CNN


@contextlib.contextmanager
def interroga(*comandi: str) -> Iterator[None]:
    """Dentro il blocco, ``breakpoint()`` esegue i comandi come se li battessi tu, e riparte; poi li stampa."""
    schermo, tastiera = io.StringIO(), io.StringIO("\n".join([*comandi, "continue", ""]))
    debugger = pdb.Pdb(stdin=tastiera, stdout=schermo, nosigint=True, readrc=False)
    prima, sys.breakpointhook = sys.breakpointhook, debugger.set_trace
    try:
        yield
    finally:
        sys.breakpointhook = prima
    risposte = [riga for riga in schermo.getvalue().splitlines() if riga.startswith(debugger.prompt)]
    for comando, risposta in zip(comandi, risposte, strict=False):
        print(f"(Pdb) {comando}\n{risposta.removeprefix(debugger.prompt)}")


def come_finisce(prova: Callable[[], object]) -> str:
    """``"si ferma: IndexError"``, o ``"va avanti"``."""
    with torch.random.fork_rng(devices=[]):
        try:
            prova()
        except Exception as errore:
            return f"si ferma: {type(errore).__name__}"
    return "va avanti"


def _senza_zero_grad() -> None:
    modello = nn.Linear(3, 2)
    sgd = torch.optim.SGD(modello.parameters(), lr=0.1)
    for _ in range(3):
        F.cross_entropy(modello(torch.ones(4, 3)), torch.tensor([0, 1, 0, 1])).backward()
        sgd.step()


def _altro_ottimizzatore() -> None:
    modello, altro = nn.Linear(3, 2), nn.Linear(3, 2)
    sgd = torch.optim.SGD(altro.parameters(), lr=0.1)
    F.cross_entropy(modello(torch.ones(4, 3)), torch.tensor([0, 1, 0, 1])).backward()
    sgd.step()


BIGLIETTO = {
    "1 senza asse del batch": lambda: CNN()(torch.rand(1, 28, 28)),
    "2 zero_grad dimenticato": _senza_zero_grad,
    "3 etichetta 10": lambda: F.cross_entropy(torch.zeros(3, 10), torch.tensor([1, 5, 10])),
    "4 doppia softmax": lambda: F.cross_entropy(torch.randn(3, 10).softmax(dim=1), torch.tensor([1, 5, 9])),
    "5 pesi di un altro": _altro_ottimizzatore,
    "6 due dispositivi": lambda: nn.Linear(3, 1, device="meta")(torch.ones(2, 3)),
}
