"""Gli esami di ciò che entra nel modello e di ciò che ne esce: la scala, le forme, il segno, la prima loss."""

import math

import torch
from torch import nn

from corso_pytorch.lezioni.l14_museo.bersagli import bersaglio, in_numero
from corso_pytorch.lezioni.l14_museo.esami import Esame, una_copia
from corso_pytorch.lezioni.l14_museo.grafo import limiti, ultima_operazione
from corso_pytorch.lezioni.l14_museo.sonde import chiama, foglie, quanti_esempi, trasforma
from corso_pytorch.lezioni.l14_museo.spie import primi_ingressi


def esame_forward(modello, batch, loss_fn):
    """Il batch attraversa il modello, e la loss è un numero solo e finito?"""
    x, y = batch
    with una_copia(modello) as copia:
        uscita = chiama(copia.train(), x)
        if not foglie(uscita):
            return Esame("forward", None, f"non trovo tensori in ciò che il modello restituisce: {_tipo(uscita)}")
        try:
            loss = loss_fn(uscita, y)
        except Exception as errore:
            if isinstance(uscita, torch.Tensor):
                raise
            detto = f"il modello restituisce {_tipo(uscita)}, e la loss si ferma con {type(errore).__name__}"
            return Esame("forward", False, f"{detto}. Dille quale pezzo guardare, come lambda u, y: loss(u[0], y)")
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        return Esame("forward", False, "la loss dovrebbe essere un tensore con un numero solo: manca una media?")
    if not loss.isfinite():
        gia = "" if all(t.isfinite().all() for t in foglie(x)) else ": un infinito o un NaN sta già negli ingressi"
        return Esame("forward", False, f"la loss è infinita o NaN già al primo batch{gia}")
    return Esame("forward", True, "il batch passa, e la loss è un numero")


def esame_ingressi(modello, batch, loss_fn):
    """I numeri che entrano sono finiti, e su una scala che il modello regge?

    Si guarda ciò che entra nel primo strato con dei pesi: una normalizzazione dentro il modello vale come una fuori.
    Una scala grande è un guasto se la prima loss ne risente, o se le uscite sono quasi tutte uguali, come quelle di
    una LSTM satura; una minuscola, solo nel secondo caso.
    """
    x, y = batch
    reali = [tensore for tensore in foglie(x) if tensore.is_floating_point()]
    if not reali:
        return Esame("ingressi", None, "gli ingressi sono interi")
    if not all(tensore.isfinite().all() for tensore in reali):
        return Esame("ingressi", False, "negli ingressi c'è un infinito o un NaN")
    if (reali[0].flatten(1) == 0).all(dim=1).double().mean() > 0.5:
        return Esame("ingressi", False, "più di metà degli esempi sono fatti di soli zeri")
    with una_copia(modello) as copia:
        entrano = primi_ingressi(copia.train(), x) or reali[:1]
    with una_copia(modello) as copia:
        uscita = chiama(copia.train(), x)
        prima, fine = float(loss_fn(uscita, y)), bersaglio(uscita, y, loss_fn)
    grandi, enormi = any(map(_grande, entrano)), any(entra.std() > 1000 for entra in entrano)
    risente = fine is not None and prima > 3 * max(fine.ignara, 0, _di_chi_dice_zero(uscita, y, loss_fn))
    if _immagini(entrano[0]) and entrano[0].min() >= 0:
        if 0 < entrano[0].max() <= 1.01 / 255:
            return Esame("ingressi", False, "le immagini arrivano solo a 1/255: divise due volte per 255?")
        if entrano[0].max() > 100 and torch.equal(entrano[0], entrano[0].round()):
            return Esame("ingressi", False, "le immagini entrano come pixel interi: vanno divise per 255")
    if grandi and (risente or enormi or not _varia(uscita, quanti_esempi(batch))):
        return Esame("ingressi", False, "gli ingressi sono troppo grandi: sono normalizzati?")
    if entrano[0].abs().max() < 0.02 and not _varia(uscita, quanti_esempi(batch)):
        return Esame("ingressi", False, "gli ingressi sono quasi tutti zero: sono stati normalizzati due volte?")
    if grandi:
        return Esame("ingressi", True, "finiti; la scala è grande, ma la prima loss non ne risente")
    return Esame("ingressi", True, "finiti, e su una scala ragionevole")


def esame_segno(modello, batch, loss_fn):
    """La risposta giusta costa meno di quella contraria?"""
    x, y = batch
    with una_copia(modello) as copia:
        fine = bersaglio(chiama(copia.train(), x), y, loss_fn)
    if fine is None:
        return Esame("segno", None, "non so quale sia la risposta giusta per questa loss")
    if fine.rovescia:
        return Esame("segno", False, "la loss premia le risposte sbagliate: il segno è al contrario?")
    return Esame("segno", True, "la loss premia le risposte giuste")


def esame_uscita(modello, batch, loss_fn):
    """Dal modello esce ciò che la loss vuole (logit, probabilità, logaritmi), e ciò che serve per arrivare alle y?"""
    x, y = batch
    with una_copia(modello) as copia:
        uscita = chiama(copia.train(), x)
        fine = bersaglio(uscita, y, loss_fn)
        if fine is None and _vuole_log_softmax(uscita, y, loss_fn):
            detto = "la loss scende senza fine, se tutte le uscite crescono insieme: vuole una log_softmax"
            return Esame("uscita", False, detto)
        if fine is None:
            return Esame("uscita", None, "non so che cosa vuole questa loss")
        if not fine.previsione.requires_grad:
            return Esame("uscita", None, "la previsione non ha un grafo: non si può dire")
        fatta = ultima_operazione(fine.previsione)
        detto = _uscita_sbagliata(fine, fatta, y)
    if detto:
        return Esame("uscita", False, detto)
    return Esame("uscita", True, f"escono {fine.vuole}, come vuole la loss")


def esame_loss_iniziale(modello, batch, loss_fn):
    """Un modello appena nato non sa nulla: con C classi la prima loss è vicina a ln C (Karpathy, 2019)."""
    x, y = batch
    with una_copia(modello) as copia, torch.no_grad():
        uscita = chiama(copia.train(), x)
        prima, fine = float(loss_fn(uscita, y)), bersaglio(uscita, y, loss_fn)
    if fine is not None and fine.genere == "numeri" and _lontane(fine.previsione, y) and prima > 100 * fine.ignara:
        perche = troppo_grande(modello, x, 0)
        return Esame("loss iniziale", False if perche else None, f"le previsioni nascono lontanissime dalle y{perche}")
    zero = _di_chi_dice_zero(uscita, y, loss_fn)
    coppie = fine is None and isinstance(uscita, torch.Tensor) and uscita.shape == (quanti_esempi(batch),) * 2
    if coppie and prima > 10 * zero > 0:
        detto = f"più di dieci volte {zero:.3f}, quella di chi non sa nulla: le somiglianze nascono troppo grandi"
        return Esame("loss iniziale", False, f"{detto}. Sono normalizzati, i vettori?")
    if fine is None or fine.genere in ("numeri", "conteggi") or fine.fondo >= fine.ignara or fine.ignara <= 0:
        return Esame("loss iniziale", None, "non è una classificazione")
    attesa = f"{fine.ignara:.3f}, quella di chi non sa nulla"
    if prima - fine.fondo < 0.5 * (fine.ignara - fine.fondo):
        return Esame("loss iniziale", None, f"già sotto la metà di {attesa}: il modello non è appena nato")
    if prima < 5 * fine.ignara:
        return Esame("loss iniziale", True, f"vicina a {attesa}")
    perche = troppo_grande(modello, x, prima / fine.ignara)
    return Esame("loss iniziale", False if perche else None, f"più di cinque volte {attesa}{perche}")


def troppo_grande(modello, x, volte):
    """Perché una prima loss è ``volte`` quella attesa, se è un guasto: ingressi o pesi fuori scala; se no ``""``."""
    with una_copia(modello) as copia:
        if any(map(_grande, primi_ingressi(copia.train(), x))):
            return ": gli ingressi sono troppo grandi"
        for nome, modulo in copia.named_modules():
            peso, bias = getattr(modulo, "weight", None), getattr(modulo, "bias", None)
            # Un peso sano è circa uno diviso la radice di quanti ingressi, o quante uscite, ha lo strato.
            if isinstance(peso, torch.Tensor) and peso.dim() > 1:
                entrano = peso[0].numel()
                lati = entrano if isinstance(modulo, nn.Embedding) else min(len(peso), entrano)
                if peso.std() * lati**0.5 > 5:
                    return f": i pesi di {nome} nascono troppo grandi"
                if abs(peso.mean()) * entrano > 10:
                    return f": i pesi di {nome} nascono quasi tutti dello stesso segno"
                if isinstance(bias, torch.Tensor) and bias.abs().max() > 4:
                    return f": i bias di {nome} nascono troppo grandi"
    # Nemmeno una loss con il margine, come ArcFace, parte da così in alto.
    return ": i logit nascono troppo grandi" if volte > 10 else ""


def _vuole_log_softmax(uscita, y, loss_fn):
    """Vero se a una loss su classi, come la CTC, arrivano logit dove aspetta logaritmi di probabilità."""
    if not isinstance(y, torch.Tensor) or y.is_floating_point():
        return False
    per_classe = [t for t in foglie(uscita) if t.is_floating_point() and t.dim() > 1 and t.shape[-1] > int(y.max())]
    if not per_classe or any(_tutti(t.logsumexp(dim=-1), 0) for t in per_classe):
        return False
    prima, *dopo = (
        in_numero(
            loss_fn,
            trasforma(uscita, lambda t, quanto=quanto: t + quanto if any(t is uno for uno in per_classe) else t),
            y,
        )
        for quanto in (0, 10, 20)
    )
    return dopo[0] < prima - 5 and dopo[1] < dopo[0] - 5


def _uscita_sbagliata(fine, fatta, y):
    valori, asse = fine.previsione.detach(), fine.asse
    minimo, massimo = limiti(fine.previsione)
    piu_classi = asse is not None
    somme_a_uno = piu_classi and valori.min() >= 0 and _tutti(valori.sum(dim=asse), 1)
    if fatta == "Softmax" and piu_classi and not somme_a_uno and fine.vuole != "numeri":
        return "la softmax in fondo è sull'asse sbagliato, e la loss vuole " + fine.vuole
    if fatta == "Softmax" and _tutti(valori, 1):
        return "una softmax su un numero solo dà sempre 1: togli l'asse, o metti una sigmoide"
    if fatta == "Softmax" and fine.genere == "sì o no" and not any(_tutti(y.sum(i), 1) for i in range(1, y.dim())):
        return "con la softmax le probabilità fanno somma 1, e qui i sì possono essere più d'uno: metti una sigmoide"
    if fine.vuole == "logit" and (somme_a_uno or fatta == "Softmax"):
        return "escono probabilità, e la loss rifà la softmax: togli quella del modello"
    if fine.vuole == "logit" and fatta == "Sigmoid":
        rifa = "la loss rifà la sigmoide" if fine.genere == "sì o no" else "la loss fa già la softmax"
        return f"escono numeri fra 0 e 1, e {rifa}: togli la sigmoide del modello"
    classi = valori.shape[asse] if fine.genere == "classi" else 0
    if classi and abs(fine.fondo - math.log(1 + (classi - 1) / math.e)) < 0.01:
        return "anche a risposte perfette la loss resta alta: prima di cross_entropy c'è una softmax di troppo"
    if classi and abs(fine.fondo + 1) + abs(fine.ignara + 1 / classi) < 0.01:
        return "nll_loss riceve probabilità, e vuole i loro logaritmi: log(), o log_softmax al posto della softmax"
    if fine.vuole == "logit" and (minimo > -2 or massimo < 2):
        return f"dopo {_nome_in_fondo(fatta)}, i logit non hanno la libertà che serve: toglila"
    if fine.genere == "conteggi":
        esponenziale = minimo == 0 and massimo == math.inf
        return (
            "la loss vuole il logaritmo del conteggio, e fa lei l'esponenziale: togli il tuo" if esponenziale else None
        )
    if fine.vuole == "logaritmi" and not _tutti(valori.logsumexp(dim=asse), 0):
        if somme_a_uno:
            return "escono probabilità, ma nll_loss ne vuole i logaritmi: log(), o log_softmax al posto della softmax"
        return "escono logit, ma nll_loss vuole i logaritmi delle probabilità: log_softmax"
    if fine.vuole == "numeri" and ((y < minimo - 1e-3) | (y > massimo + 1e-3)).double().mean() > 0.02:
        da = "" if minimo == -math.inf else f" da {minimo:g}"
        fin_dove = " in su" if massimo == math.inf else f" a {massimo:g}"
        return f"dopo {_nome_in_fondo(fatta)} escono solo numeri{da}{fin_dove}, e le y vanno oltre"
    return None


def _lontane(previsione, y):
    return previsione.abs().median() > 50 * max(1.0, float(y.abs().max()))


def _immagini(entra):
    return entra.dim() == 4 and entra.shape[1] in (1, 3, 4)


def _grande(entra):
    return entra.std() > 10 or entra.mean().abs() > 10


def _varia(uscita, n):
    """Vero se le uscite cambiano da un esempio all'altro."""
    for tensore in foglie(uscita):
        if tensore.is_floating_point() and tensore.dim() and len(tensore) == n:
            return bool(tensore.std(dim=0).mean() > 0.02 * tensore.abs().mean())
    return True


def _di_chi_dice_zero(uscita, y, loss_fn):
    try:
        return float(loss_fn(trasforma(uscita, torch.zeros_like), y))
    except Exception:
        return 0.0


def _tutti(valori, quanto):
    return torch.allclose(valori, torch.full_like(valori, quanto), atol=1e-3)


def _nome_in_fondo(fatta):
    nomi = {
        "Relu": "la ReLU",
        "Tanh": "la tanh",
        "Sigmoid": "la sigmoide",
        "Exp": "l'esponenziale",
        "Softmax": "la softmax",
        "Abs": "il valore assoluto",
        "Pow": "il quadrato",
        "MkldnnRnnLayer": "la LSTM",
        **dict.fromkeys(("Clamp", "ClampMin", "ClampMax"), "il clamp"),
    }
    return f"{nomi.get(fatta, f'la {fatta}')} in fondo"


def _tipo(uscita):
    return {"tuple": "una tupla", "dict": "un dizionario", "list": "una lista"}.get(
        type(uscita).__name__, type(uscita).__name__
    )
