"""La visita medica di un modello, che la lezione 14 costruisce: un esame per ogni errore che non si annuncia.

Ogni esame lavora su una copia (`una_copia`): il modello, i gradienti e il caso restano com'erano. L'idea di far
imparare un batch solo e di confrontare la prima loss con quella attesa viene da A. Karpathy, «A Recipe for Training
Neural Networks» (2019), https://karpathy.github.io/2019/04/25/recipe/
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from corso_pytorch.lezioni.l14_museo.esami import Esame, elenco, una_copia

DROPOUT = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)


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
    modello: nn.Module, batch: tuple, loss_fn: Callable, ottimizzatore: torch.optim.Optimizer | None = None
) -> Referto:
    """Visita un modello **appena creato**: quel che trova non dipende dai dati, che hanno i loro esami in `esami`.

    Args:
        batch: una coppia (x, y) di tensori con gli esempi sul primo asse, almeno due, sul dispositivo del modello.
        loss_fn: ``loss_fn(previsione, y)``, una media sul batch.
        ottimizzatore: se c'è, si controlla che muova i pesi di questo modello, e con che passo.

    Raises:
        TypeError: il modello non è un ``nn.Module``, il batch non è una coppia di tensori, la loss non si può
            chiamare, o il modello non si lascia copiare.
        ValueError: x e y non sono lunghi uguale, o sono troppo corti, o stanno su un altro dispositivo.
    """
    _controlla(modello, batch, loss_fn, ottimizzatore)
    # Anche il batch e la loss: un modello può scrivere su x, e una loss può avere pesi suoi.
    batch = tuple(tensore.detach().clone() for tensore in batch)
    with una_copia(loss_fn) as loss_fn:
        pass
    primo = _prova("forward", esame_forward, modello, batch, loss_fn)
    if not primo.sano:
        return Referto((primo,))
    esami = {
        "ingressi": esame_ingressi,
        "forme": esame_forme,
        "logit": esame_logit,
        "loss iniziale": esame_loss_iniziale,
        "indipendenza": esame_indipendenza,
        "ripetibilità": esame_ripetibilita,
        "gradienti": esame_gradienti,
        "attivazioni": esame_attivazioni,
        "un batch": esame_un_batch,
    }
    fatti = [_prova(nome, esame, modello, batch, loss_fn) for nome, esame in esami.items()]
    if ottimizzatore is not None:
        fatti.append(_prova("ottimizzatore", esame_ottimizzatore, modello, ottimizzatore))
        fatti.append(_prova("primi passi", esame_primi_passi, modello, batch, loss_fn, ottimizzatore))
    return Referto((primo, *fatti))


def esame_forward(modello, batch, loss_fn):
    """Il batch attraversa il modello, e la loss è un numero solo e finito?"""
    x, y = batch
    with una_copia(modello) as copia:
        previsione = copia.train()(x)
        if not isinstance(previsione, torch.Tensor):
            tipo = type(previsione).__name__
            return Esame("forward", False, f"il modello deve restituire un tensore solo, e restituisce: {tipo}")
        loss = loss_fn(previsione, y)
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        return Esame("forward", False, "la loss dovrebbe essere un tensore con un numero solo: manca una media?")
    if not loss.isfinite():
        return Esame("forward", False, "la loss è infinita o NaN già al primo batch")
    return Esame("forward", True, "il batch passa, e la loss è un numero")


def esame_ingressi(modello, batch, loss_fn):
    """I numeri che entrano sono finiti e di misura ragionevole, cioè fra il centesimo e la decina?"""
    x = batch[0]
    if not x.is_floating_point():
        return Esame("ingressi", None, "gli ingressi sono interi")
    if not x.isfinite().all():
        return Esame("ingressi", False, "negli ingressi c'è un infinito o un NaN")
    if not (0.02 <= x.std() <= 10 and x.mean().abs() <= 10):
        return Esame("ingressi", False, "gli ingressi sono su una scala insolita: sono normalizzati?")
    return Esame("ingressi", True, "finiti, e su una scala ragionevole")


def esame_forme(modello, batch, loss_fn):
    """La loss confronta ogni previsione con la **sua** y, o il broadcasting le incrocia tutte?

    Se le forme sono diverse, la loss del batch deve essere la media (o la somma) di quelle dei singoli esempi.
    """
    x, y = batch
    with una_copia(modello) as copia, torch.no_grad():
        previsione = copia.train()(x)
        if previsione.shape == y.shape or asse_classi(previsione, y) is not None:
            return Esame("forme", True, "previsione e y vanno d'accordo")
        insieme = loss_fn(previsione, y)
        singole = torch.stack([loss_fn(p, v) for p, v in zip(previsione.split(1), y.split(1), strict=True)])
    if any(torch.allclose(insieme, unite, rtol=1e-3) for unite in (singole.mean(), singole.sum())):
        return Esame("forme", True, "previsione e y hanno forme diverse, ma la loss le accoppia bene")
    forme = f"{tuple(previsione.shape)} contro {tuple(y.shape)}"
    return Esame("forme", False, f"{forme}: il broadcasting incrocia tutte le previsioni con tutte le y")


def esame_logit(modello, batch, loss_fn):
    """La softmax è fatta una volta sola? Se escono probabilità, la loss deve volere proprio quelle.

    Con probabilità perfette una loss giusta vale zero; `nn.CrossEntropyLoss` no, perché rifà la softmax.
    """
    x, y = batch
    with una_copia(modello) as copia, torch.no_grad():
        previsione = copia.train()(x)
        asse = asse_classi(previsione, y)
        if asse is None:
            return Esame("logit", None, "non è una classificazione")
        somme = previsione.sum(dim=asse)
        if previsione.min() < 0 or not torch.allclose(somme, torch.ones_like(somme), atol=1e-3):
            return Esame("logit", True, "escono logit, non probabilità")
        perfette = nn.functional.one_hot(y, previsione.shape[asse]).movedim(-1, asse).to(previsione)
        con_perfette = float(loss_fn(perfette, y))
    if abs(con_perfette) < 0.1:
        return Esame("logit", True, "escono probabilità, ed è quello che la loss vuole")
    if con_perfette < 0:
        return Esame("logit", False, "escono probabilità, ma nll_loss vuole i loro logaritmi: log_softmax")
    return Esame("logit", False, "escono probabilità, e la loss rifà la softmax: togli quella del modello")


def esame_loss_iniziale(modello, batch, loss_fn):
    """Un modello appena nato non sa nulla: con C classi la prima loss è vicina a ln C (Karpathy, 2019)."""
    x, y = batch
    with una_copia(modello) as copia, torch.no_grad():
        previsione = copia.train()(x)
        loss = float(loss_fn(previsione, y))
    asse = asse_classi(previsione, y)
    if asse is None:
        return Esame("loss iniziale", None, "non è una classificazione")
    if loss < -1e-3:
        return Esame("loss iniziale", False, "è negativa: nll_loss vuole una log_softmax")
    classi = previsione.shape[asse]
    attesa = math.log(classi)
    if loss < 0.5 * attesa:
        return Esame("loss iniziale", None, f"già sotto la metà di ln({classi}): il modello non è appena nato")
    if loss < 2 * attesa:
        return Esame("loss iniziale", True, f"vicina a ln({classi}) = {attesa:.3f}")
    return Esame("loss iniziale", False, f"più del doppio di ln({classi}) = {attesa:.3f}: parte convinto, e sbaglia")


def esame_indipendenza(modello, batch, loss_fn):
    """La risposta a un esempio non dipende dai vicini? Mescolando il batch, o tagliandolo, deve restare la stessa."""
    x, _ = batch
    n = len(x)
    with una_copia(modello) as copia, torch.no_grad():
        copia.eval()
        risposte = copia(x)
        ordine = torch.randperm(n).to(x.device)
        mescolate = stesse_risposte(copia(x[ordine]), risposte[ordine], risposte)
        meta = stesse_risposte(copia(x[: n // 2]), risposte[: n // 2], risposte)
        if mescolate and meta:
            return Esame("indipendenza", True, "ogni esempio ha la sua risposta, qualunque siano i vicini")
    return Esame("indipendenza", False, "la risposta a un esempio cambia con i vicini: il modello mescola il batch")


def esame_ripetibilita(modello, batch, loss_fn):
    """In modalità ``eval()`` lo stesso batch dà due volte la stessa risposta?"""
    x, _ = batch
    with una_copia(modello) as copia, torch.no_grad():
        copia.eval()
        prima, seconda = copia(x), copia(x)
        if stesse_risposte(prima, seconda, prima):
            return Esame("ripetibilità", True, "in eval() la risposta è sempre la stessa")
    return Esame("ripetibilità", False, "anche in eval() la risposta cambia: c'è un dropout sempre acceso?")


def esame_gradienti(modello, batch, loss_fn):
    """A ogni peso che si addestra arriva un gradiente diverso da zero, almeno in uno dei primi tre passi?"""
    x, y = batch
    raggiunti = set()
    with una_copia(modello) as copia:
        ottimizzatore = torch.optim.Adam(copia.train().parameters(), lr=1e-3)
        for _ in range(3):  # chi sta dietro a un peso che nasce a zero riceve il suo dal secondo passo
            ottimizzatore.zero_grad()
            loss = loss_fn(copia(x), y)
            if loss.requires_grad:
                loss.backward()
            raggiunti |= {nome for nome, p in copia.named_parameters() if p.grad is not None and p.grad.any()}
            ottimizzatore.step()
    pesi = [nome for nome, p in modello.named_parameters() if p.requires_grad]
    muti = [nome for nome in pesi if nome not in raggiunti]
    if muti:
        return Esame("gradienti", False, f"a {len(muti)} pesi su {len(pesi)} non arriva nulla: {elenco(muti)}")
    return Esame("gradienti", True, "arrivano a tutti i pesi che si addestrano")


def esame_attivazioni(modello, batch, loss_fn):
    """In ogni strato ReLU almeno un'unità su dieci si accende, per almeno un esempio? (Vede i moduli ``nn.ReLU``.)"""
    x, _ = batch
    accese = {}
    with una_copia(modello) as copia, torch.no_grad():
        for nome, modulo in copia.named_modules():
            if isinstance(modulo, nn.ReLU):
                modulo.register_forward_hook(lambda _m, _i, uscita, nome=nome: accese.update({nome: uscita > 0}))
        copia.train()(x)
    if not accese:
        return Esame("attivazioni", None, "non ci sono moduli nn.ReLU")
    spenti = [nome for nome, accesa in accese.items() if accesa.any(dim=0).double().mean() < 0.1]
    if spenti:
        return Esame("attivazioni", False, f"strati ReLU spenti, per ogni esempio: {elenco(spenti)}")
    return Esame("attivazioni", True, "le unità ReLU si accendono")


def esame_un_batch(modello, batch, loss_fn, esempi=8, passi=150):
    """Il modello sa imparare a memoria pochi esempi? La loss deve dimezzarsi, e le classi essere tutte giuste.

    È il primo controllo della ricetta di Karpathy (2019). Prova due learning rate, senza dropout.
    """
    x, y = (tensore[:esempi] for tensore in batch)
    for lr in (1e-2, 1e-3):
        with una_copia(modello) as copia:
            ottimizzatore = torch.optim.Adam(senza_dropout(copia).parameters(), lr=lr)
            prima = None
            for _ in range(passi):
                previsione = copia(x)
                loss = loss_fn(previsione, y)
                prima = float(loss) if prima is None else prima
                if float(loss) < prima / 2 and quota_giusta(previsione, y) == 1:
                    return Esame("un batch", True, f"{len(x)} esempi imparati a memoria")
                if not loss.requires_grad or not loss.isfinite():
                    break
                ottimizzatore.zero_grad()
                loss.backward()
                ottimizzatore.step()
    return Esame("un batch", False, f"su {len(x)} esempi la loss non si dimezza, o qualche classe resta sbagliata")


def esame_ottimizzatore(modello, ottimizzatore):
    """L'ottimizzatore muove tutti i pesi di questo modello, e solo quelli?"""
    suoi = {id(p) for gruppo in ottimizzatore.param_groups for p in gruppo["params"]}
    fuori = [nome for nome, p in modello.named_parameters() if p.requires_grad and id(p) not in suoi]
    if fuori:
        return Esame("ottimizzatore", False, f"non muove {len(fuori)} pesi: {elenco(fuori)}")
    if suoi - {id(p) for p in modello.parameters()}:
        return Esame("ottimizzatore", False, "muove anche pesi che non sono di questo modello")
    return Esame("ottimizzatore", True, "muove tutti i pesi del modello, e solo quelli")


def esame_primi_passi(modello, batch, loss_fn, ottimizzatore, passi=20):
    """Con il suo ottimizzatore, e sempre lo stesso batch, la loss non esplode nei primi passi?"""
    x, y = batch
    with una_copia(modello, ottimizzatore) as (copia, suo):
        senza_dropout(copia)
        storia = []
        for _ in range(passi):
            loss = loss_fn(copia(x), y)
            storia.append(float(loss))
            if not loss.requires_grad:
                break
            suo.zero_grad()
            loss.backward()
            suo.step()
    # Tre volte la prima, se è positiva; una loss può anche nascere negativa.
    if all(map(math.isfinite, storia)) and max(storia) - storia[0] <= 2 * abs(storia[0]):
        return Esame("primi passi", True, "la loss non esplode")
    return Esame("primi passi", False, "la loss esplode: il learning rate è troppo alto")


def asse_classi(previsione, y):
    """L'asse di ``previsione`` con un punteggio per classe, se ``y`` sono indici di classe; se no ``None``.

    È il secondo, come per `nn.CrossEntropyLoss`, o l'ultimo.
    """
    if y.is_floating_point() or previsione.dim() != y.dim() + 1 or len(previsione) != len(y):
        return None
    if previsione.shape[2:] == y.shape[1:] and previsione.shape[1] > 1:
        return 1
    return -1 if previsione.shape[:-1] == y.shape and previsione.shape[-1] > 1 else None


def quota_giusta(previsione, y):
    """La quota di classi indovinate, fra 0 e 1; se non c'è una classe per esempio vale 1, e giudica la loss."""
    if y.dim() > 1 or asse_classi(previsione, y) is None:
        return 1.0
    return float((previsione.argmax(dim=1) == y).double().mean())


def senza_dropout(modello):
    """Mette il modello in ``train()`` con il dropout spento, e lo restituisce."""
    modello.train()
    for modulo in modello.modules():
        if isinstance(modulo, DROPOUT):
            modulo.eval()
    return modello


def stesse_risposte(una, altra, tutte):
    """Vero se due tabelle di risposte coincidono, a paragone di quanto le risposte variano da un esempio all'altro."""
    variano = float((tutte - tutte.mean(dim=0)).abs().max())
    return bool((una - altra).abs().max() <= 0.05 * variano + 1e-5 * float(tutte.abs().max()))


def _prova(nome, esame, *argomenti):
    """Fa un esame; se il modello si ferma con un errore, lo scrive nel referto."""
    try:
        return esame(*argomenti)
    except Exception as errore:
        prima_riga = str(errore).splitlines()[0] if str(errore) else "senza messaggio"
        return Esame(nome, False, f"si ferma con {type(errore).__name__}: {prima_riga}")


def _controlla(modello, batch, loss_fn, ottimizzatore):
    if not isinstance(modello, nn.Module):
        raise TypeError(f"La visita vuole un nn.Module, e invece il modello è di tipo {type(modello).__name__}.")
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        raise TypeError("Il batch dev'essere una coppia (x, y).")
    if not all(isinstance(tensore, torch.Tensor) for tensore in batch):
        raise TypeError("Nel batch, x e y devono essere due tensori.")
    if not callable(loss_fn):
        raise TypeError("La loss dev'essere una funzione, per esempio nn.CrossEntropyLoss() con le parentesi.")
    if isinstance(loss_fn, type):
        raise TypeError(f"La loss è la classe {loss_fn.__name__}: creane una, con le parentesi.")
    if ottimizzatore is not None and not isinstance(ottimizzatore, torch.optim.Optimizer):
        raise TypeError("L'ottimizzatore dev'essere un torch.optim.Optimizer, per esempio torch.optim.Adam(…).")
    x, y = batch
    if x.dim() == 0 or y.dim() == 0 or len(x) != len(y):
        raise ValueError(f"x ha forma {tuple(x.shape)} e y {tuple(y.shape)}: il primo asse, gli esempi, non coincide.")
    if len(x) < 2:
        raise ValueError("Servono almeno due esempi nel batch; meglio sedici.")
    dispositivi = {p.device.type for p in [x, y, *modello.parameters()]}
    if len(dispositivi) > 1:
        raise ValueError(f"Modello e batch stanno su dispositivi diversi: {', '.join(sorted(dispositivi))}.")
    with una_copia(modello, ottimizzatore):
        pass  # se non si lascia copiare lo si dice subito
