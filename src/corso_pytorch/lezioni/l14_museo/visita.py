"""La visita medica di un modello, che la lezione 14 costruisce: un esame per ogni errore che non si annuncia.

Ogni esame lavora su una copia (`una_copia`): il modello, i gradienti e il caso restano com'erano. L'idea di far
imparare un batch solo e di confrontare la prima loss con quella attesa viene da A. Karpathy, «A Recipe for Training
Neural Networks» (2019), https://karpathy.github.io/2019/04/25/recipe/
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from corso_pytorch.lezioni.l14_museo.esami import Esame, una_copia
from corso_pytorch.lezioni.l14_museo.esami_forme import esame_forme
from corso_pytorch.lezioni.l14_museo.esami_passi import ESPLODE, esame_ottimizzatore, esame_primi_passi
from corso_pytorch.lezioni.l14_museo.esami_pesi import (
    esame_attivazioni,
    esame_gradienti,
    esame_registrazione,
    esame_un_batch,
)
from corso_pytorch.lezioni.l14_museo.esami_uscita import (
    esame_forward,
    esame_ingressi,
    esame_loss_iniziale,
    esame_segno,
    esame_uscita,
)
from corso_pytorch.lezioni.l14_museo.esami_vicini import esame_indipendenza, esame_ripetibilita
from corso_pytorch.lezioni.l14_museo.sonde import foglie, quanti_esempi, trasforma

SOSPETTI = ("la scala è grande", "più di cinque volte")
CONSIGLI = {
    "shapes cannot be multiplied": "uno strato riceve un numero di ingressi diverso da quello che aspetta",
    "same dtype": "ingressi e pesi hanno dtype diversi: per gli ingressi, float()",
    "expected scalar type": "ingressi e pesi, o previsione e y, hanno dtype diversi",
    "out of bounds": "un'etichetta non è fra 0 e il numero delle classi meno uno",
    "between 0 and 1": "questa loss vuole probabilità: o una sigmoide, o la versione WithLogits",
    "multi-target": "le etichette sono (N, C): per interi servono indici di forma (N)",
}


@dataclass(frozen=True)
class Referto:
    """Gli esami di una visita; ``print(referto)`` ne scrive uno per riga."""

    esami: tuple[Esame, ...]

    @property
    def malati(self) -> list[str]:
        """I nomi degli esami che hanno trovato qualcosa."""
        return [esame.nome for esame in self.esami if esame.sano is False]

    @property
    def sano(self) -> bool:
        """Vero se nessun esame ha trovato qualcosa."""
        return not self.malati

    def __str__(self) -> str:
        return "\n".join(map(str, self.esami))


def visita_medica(
    modello: nn.Module,
    batch: tuple,
    loss_fn: Callable,
    ottimizzatore: torch.optim.Optimizer | None = None,
    salta: tuple[str, ...] = (),
) -> Referto:
    """Visita un modello **appena creato**: quel che trova non dipende dai dati, che hanno i loro esami in `esami`.

    Args:
        batch: ``(x, y)``, oppure ``(x1, x2, …, y)``, con gli esempi sul primo asse, almeno due, sul dispositivo del
            modello. x è un tensore, una tupla (arriva come ``modello(*x)``) o un dizionario (``modello(**x)``); y è
            ciò che la loss riceve, di solito un tensore.
        loss_fn: ``loss_fn(uscita, y)``, un numero solo. L'uscita può essere un tensore, una tupla o un dizionario.
        ottimizzatore: se c'è, si controlla che muova i pesi di questo modello, e con che passo.
        salta: gli esami da non fare, quando ciò che cercano è voluto: ``("indipendenza",)`` per una rete su un grafo.

    Raises:
        TypeError: il modello non è un ``nn.Module``, nel batch mancano i tensori, la loss non si può chiamare, o il
            modello non si lascia copiare.
        ValueError: x e y non sono lunghi uguale, o sono troppo corti, o stanno su un altro dispositivo.
    """
    batch = _controlla(modello, batch, loss_fn, ottimizzatore)
    # Anche il batch e la loss: un modello può scrivere su x, e una loss può avere pesi suoi.
    batch = tuple(trasforma(cosa, lambda tensore: tensore.detach().clone()) for cosa in batch)
    with una_copia(loss_fn) as copia_loss:
        pass
    primo = _prova("forward", esame_forward, modello, batch, copia_loss)
    if not primo.sano:
        return Referto((primo,))
    esami = {
        "ingressi": esame_ingressi,
        "forme": esame_forme,
        "segno": esame_segno,
        "uscita": esame_uscita,
        "loss iniziale": esame_loss_iniziale,
        "registrazione": esame_registrazione,
        "indipendenza": esame_indipendenza,
        "ripetibilità": esame_ripetibilita,
        "gradienti": esame_gradienti,
        "attivazioni": esame_attivazioni,
        "un batch": esame_un_batch,
    }
    fatti = [_prova(nome, esame, modello, batch, copia_loss) for nome, esame in esami.items() if nome not in salta]
    if ottimizzatore is not None:
        if "ottimizzatore" not in salta:
            fatti.append(_prova("ottimizzatore", esame_ottimizzatore, modello, batch, loss_fn, ottimizzatore))
        if "primi passi" not in salta:
            fatti.append(_prova("primi passi", esame_primi_passi, modello, batch, copia_loss, ottimizzatore))
    return Referto((primo, *_per_causa(fatti)))


def _per_causa(fatti):
    """Se la loss esplode e la scala, degli ingressi o della prima loss, era già sospetta, la colpa è sua."""
    if not any(esame.nome == "primi passi" and ESPLODE in esame.detto for esame in fatti):
        return fatti
    return [
        Esame(e.nome, False, f"{e.detto}; e {ESPLODE}") if any(detto in e.detto for detto in SOSPETTI) else e
        for e in fatti
    ]


def _prova(nome, esame, *argomenti):
    """Fa un esame. Un errore in forward, ritorno, ``eval()`` o passi è del modello; altrove, di chi visita."""
    try:
        return esame(*argomenti)
    except Exception as errore:
        prima_riga = str(errore).splitlines()[0] if str(errore) else "senza messaggio"
        consiglio = next((f". Forse {dove}" for pezzo, dove in CONSIGLI.items() if pezzo in str(errore)), "")
        suo = nome in ("forward", "ripetibilità", "gradienti", "primi passi")
        detto = "si ferma con" if suo else "l'esame non si può fare: si ferma con"
        return Esame(nome, False if suo else None, f"{detto} {type(errore).__name__}: {prima_riga}{consiglio}")


def _controlla(modello, batch, loss_fn, ottimizzatore):
    if not isinstance(modello, nn.Module):
        raise TypeError(f"La visita vuole un nn.Module, e invece il modello è di tipo {type(modello).__name__}.")
    if any(isinstance(modulo, torch.jit.ScriptModule) for modulo in modello.modules()):
        raise TypeError("Dentro un modello già passato da torch.jit non si può guardare: visitalo prima.")
    if not isinstance(batch, (tuple, list)) or len(batch) < 2:
        raise TypeError("Il batch dev'essere una coppia (x, y), o (x1, x2, …, y).")
    x, y = batch if len(batch) == 2 else (tuple(batch[:-1]), batch[-1])
    if not foglie(x) or (not foglie(y) and isinstance(x, torch.Tensor)):
        raise TypeError("Nel batch, x e y devono essere due tensori, o tuple e dizionari di tensori.")
    if not callable(loss_fn):
        raise TypeError("La loss dev'essere una funzione, per esempio nn.CrossEntropyLoss() con le parentesi.")
    if isinstance(loss_fn, type):
        raise TypeError(f"La loss è la classe {loss_fn.__name__}: creane una, con le parentesi.")
    if ottimizzatore is not None and not isinstance(ottimizzatore, torch.optim.Optimizer):
        raise TypeError("L'ottimizzatore dev'essere un torch.optim.Optimizer, per esempio torch.optim.Adam(…).")
    uno_e_uno = isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor)
    if uno_e_uno and (x.dim() == 0 or y.dim() == 0 or len(x) != len(y)):
        raise ValueError(f"x ha forma {tuple(x.shape)} e y {tuple(y.shape)}: il primo asse, gli esempi, non coincide.")
    if quanti_esempi((x, y)) < 2:
        raise ValueError("Servono almeno due esempi nel batch; meglio sedici.")
    dispositivi = {p.device.type for p in [*foglie(x), *foglie(y), *modello.parameters()]}
    if len(dispositivi) > 1:
        raise ValueError(f"Modello e batch stanno su dispositivi diversi: {', '.join(sorted(dispositivi))}.")
    with una_copia(modello, ottimizzatore):
        pass  # se non si lascia copiare lo si dice subito
    return x, y
