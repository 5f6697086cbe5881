"""La palestra dei programmi distribuiti: `avvia` prova con torchrun una funzione dello studente, `simula` la imita.

Una `Corsa` racconta che cosa hanno fatto i processi: la giudicano gli esercizi 11.2 e 11.3. `simula` ne fa una senza
avviare nulla, con i difetti che si vogliono: serve a dichiarare le sviste.
"""

import functools
import inspect
import os
import sys
import tempfile
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType

import torch
from torch import nn
from torch.nn.utils import vector_to_parameters

from corso_pytorch.ambiente import VARIABILE_DISPOSITIVO
from corso_pytorch.lezioni.l11_distribuito.lancio import CLUSTER, TORCHRUN, ambiente_per, errore_detto
from corso_pytorch.lezioni.l11_distribuito.programmi.sorvegliato import ESEMPI, dati, piatti, rete
from corso_pytorch.processi import esegui
from corso_pytorch.verifiche.segnaposto import da_completare

LR, IN_TUTTO = 0.1, 32
# Gli import del programma intero, con le righe vuote che li seguono.
INTESTAZIONE = (CLUSTER / "addestra.py").read_text(encoding="utf-8").partition("def ")[0]


@dataclass(frozen=True, eq=False)
class Corsa:
    """Ciò che è successo in una corsa.

    Attributes:
        errore: l'errore che l'ha fermata; vuoto, se è arrivata in fondo.
        ranghi: per ogni processo, ciò che ha annotato `programmi.sorvegliato`.
        file: ``{nome: contenuto}`` dei file che ha lasciato.
    """

    errore: str = ""
    ranghi: Sequence[dict] = ()
    file: dict = field(default_factory=dict)

    def __str__(self) -> str:
        if self.errore:
            return f"Si è fermata: {self.errore}"
        passi = [len(r["righe"]) for r in self.ranghi]
        return f"{len(self.ranghi)} processi, passi {passi}, file {sorted(self.file)}"


def programma(funzione: Callable) -> str:
    """Il file che un processo nuovo esegue: gli import, poi la funzione com'è scritta."""
    return INTESTAZIONE + textwrap.dedent(inspect.getsource(funzione))


def avvia(funzione: Callable, processi: int = 2, limite: float = 240) -> Corsa:
    """Prova una funzione con torchrun, in ``processi`` processi nuovi, e racconta che cosa hanno fatto.

    I processi vedono la funzione e gli import di `INTESTAZIONE`, non il notebook. Alla fine non ne resta nessuno.
    Una funzione ancora da scrivere non si avvia: torna ``...``.

    Args:
        funzione: ``funzione(dati, rete, dispositivo, cartella)``; restituisce le loss medie, una per epoca.
        limite: dopo quanti secondi fermare tutto.
    """
    if da_completare(funzione):
        return ...
    if not isinstance(funzione, FunctionType) or not funzione.__name__.isidentifier():
        return Corsa("«avvia» vuole una funzione scritta con def.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cartella:
        file = Path(cartella, "mio.py")
        file.write_text(programma(funzione), encoding="utf-8")
        modulo = [*TORCHRUN, "--nproc_per_node", str(processi), "-m", f"{__package__}.programmi.sorvegliato"]
        # Se le GPU non bastano non se ne vede nessuna: «c'è CUDA?» deve avere la stessa risposta di ``dispositivo``.
        voluto = os.environ.get(VARIABILE_DISPOSITIVO, "cuda")
        bastano = torch.cuda.device_count() >= processi and voluto.startswith("cuda")
        ambiente = ambiente_per(None if bastano else "cpu")
        comando = [sys.executable, *modulo, str(file), funzione.__name__, cartella]
        try:
            _, errori, codice = esegui(comando, ambiente, limite)
        except TimeoutError as scaduto:
            return Corsa(str(scaduto))
        registri = [Path(cartella, f"registro-{rango}.pt") for rango in range(processi)]
        if codice or not all(registro.exists() for registro in registri):
            return Corsa(errore_detto(errori))
        salvati = {salvato.name: _contenuto(salvato) for salvato in Path(cartella, "risultati").iterdir()}
        return Corsa("", [torch.load(registro, weights_only=True) for registro in registri], salvati)


def _contenuto(file: Path) -> object:
    try:
        return torch.load(file, weights_only=True, map_location="cpu")
    except Exception:  # un file di un altro genere: conta che ci sia
        return "illeggibile"


def passo(pesi: torch.Tensor, righe: Sequence[int]) -> tuple[float, torch.Tensor]:
    """La loss media e il gradiente che la rete con quei pesi ha su quegli esempi, da sola."""
    return _passo(tuple(pesi.tolist()), tuple(righe))


@functools.cache
def _passo(pesi: tuple[float, ...], righe: tuple[int, ...]) -> tuple[float, torch.Tensor]:
    quanti = torch.get_num_threads()
    torch.set_num_threads(1)  # i conti sono minuscoli: su un computer occupato due thread si aspetterebbero e basta
    try:
        modello, (x, y) = rete(0), dati().tensors
        vector_to_parameters(torch.tensor(pesi, dtype=x.dtype), modello.parameters())
        loss = nn.functional.cross_entropy(modello(x[list(righe)]), y[list(righe)])
        return loss.item(), piatti(torch.autograd.grad(loss, list(modello.parameters())))
    finally:
        torch.set_num_threads(quanti)


def simula(
    quota: Callable[[int, int, list[int]], list[int]] = lambda rango, epoca, ordine: ordine[rango::2],
    a_testa: int = IN_TUTTO // 2,
    semi: Callable[[int], int | None] = lambda epoca: epoca,
    mescola: Callable[[Sequence[float], torch.Tensor], torch.Tensor] = lambda rango, gradienti: gradienti.mean(dim=0),
    salva: Callable[[int, torch.Tensor], dict] = lambda rango, pesi: stato_con(pesi) if rango == 0 else {},
    torna: Callable[[int, torch.Tensor], float] = lambda rango, loss: loss.mean().item(),
    ferma: Callable[[int, list[float]], bool] = lambda rango, medie: len(medie) == 3,
    accumula: bool = False,
    lr: float = LR,
    insieme: bool = True,
    **altro: object,
) -> Corsa:
    """La corsa di due processi che fanno ciò che dicono gli argomenti: quelli predefiniti sono giusti.

    Args:
        quota: gli esempi che toccano a un rango in un'epoca, dato l'ordine di tutti.
        semi: il seme con cui si mescola un'epoca; ``None``, non si mescola.
        mescola: il gradiente che un rango ha in mano, dati quelli di tutti.
        salva: lo stato che un rango salva; vuoto, se non salva.
        torna: la loss di un'epoca che un rango restituisce, date quelle di ogni rango e passo.
        ferma: vero se, viste le sue loss, un rango si ferma.
        accumula: i gradienti si sommano a quelli dei passi prima.
        insieme: le reti partono uguali.
        altro: ciò che va scritto così com'è nel registro di ogni rango.
    """
    partenza = [piatti(rete(100 if insieme else 100 + rango).parameters()) for rango in range(2)]
    ranghi = [{"pid": r, "righe": [], "gradienti": [], "pesi": [partenza[r]], "restituito": []} for r in range(2)]
    for epoca in range(12):
        seme = semi(epoca)
        ordine = list(range(ESEMPI)) if seme is None else _permuta(seme)
        quote = [quota(rango, epoca, ordine) for rango in range(2)]
        loss = []
        for da in range(0, min(map(len, quote)), a_testa):
            fette = [sua[da : da + a_testa] for sua in quote]
            esiti = [passo(ranghi[r]["pesi"][-1], fette[r]) for r in range(2)]
            loss.append([esito[0] for esito in esiti])
            gradienti = torch.stack([esito[1] for esito in esiti])
            for rango, suo in enumerate(ranghi):
                gradiente = mescola(rango, gradienti)
                if accumula and suo["gradienti"]:
                    gradiente = gradiente + suo["gradienti"][-1]
                suo["righe"].append(fette[rango])
                suo["gradienti"].append(gradiente)
                suo["pesi"].append(suo["pesi"][-1] - lr * gradiente)
        for rango, suo in enumerate(ranghi):
            suo["restituito"].append(torna(rango, torch.tensor(loss, dtype=torch.float64)))
        if all(ferma(rango, suo["restituito"]) for rango, suo in enumerate(ranghi)):
            break
    stati = [salva(rango, suo["pesi"][-1]) for rango, suo in enumerate(ranghi)]
    comuni = {"processi": 2, "aperto": False, "scritti": []} | altro
    ranghi = [suo | {"salvataggi": int(bool(stato))} | comuni for suo, stato in zip(ranghi, stati, strict=True)]
    return Corsa("", ranghi, dict([("rete.pt", stato) for stato in stati if stato][-1:]))


def _permuta(seme: int) -> list[int]:
    return torch.randperm(ESEMPI, generator=torch.Generator().manual_seed(seme)).tolist()


def stato_con(pesi: torch.Tensor, prefisso: str = "") -> dict:
    """Lo state_dict della rete con quei pesi."""
    modello = rete(0)
    vector_to_parameters(pesi.clone(), modello.parameters())
    return {prefisso + nome: valore.clone() for nome, valore in modello.state_dict().items()}
