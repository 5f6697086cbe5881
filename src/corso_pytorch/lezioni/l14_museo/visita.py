"""La visita medica di un modello, che la lezione 14 costruisce: un esame per ogni errore che non si annuncia.

Ogni esame lavora su una copia (`una_copia`): il modello, i gradienti e il caso restano com'erano. L'idea di far
imparare un batch solo e di confrontare la prima loss con quella attesa viene da A. Karpathy, «A Recipe for Training
Neural Networks» (2019), https://karpathy.github.io/2019/04/25/recipe/
"""

import functools
import math
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from corso_pytorch.ambiente import imposta_seme
from corso_pytorch.lezioni.l14_museo.esami import Esame, elenco, una_copia
from corso_pytorch.lezioni.l14_museo.sonde import (
    DROPOUT,
    Spia,
    assi_delle_classi,
    bersaglio,
    chiama,
    conosce,
    dove_sta,
    foglie,
    foglie_del_grafo,
    ignoti,
    impara,
    in_numero,
    limiti,
    primi,
    primo_ingresso,
    quanti_esempi,
    scegli,
    senza_dropout,
    tenuti_col_grafo,
    trasforma,
    ultima_operazione,
)

ESPLODE, SOSPETTO = "la loss esplode", "la scala"
CON_RIGHE = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
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
    return [Esame(e.nome, False, f"{e.detto}; e la loss esplode") if SOSPETTO in e.detto else e for e in fatti]


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
            # Con una tupla o un dizionario sa solo chi scrive la loss quale tensore guardare.
            detto = f"il modello restituisce {_tipo(uscita)}, e la loss si ferma con {type(errore).__name__}"
            return Esame("forward", None, f"{detto}: dalle una funzione che sceglie, come lambda u, y: loss(u[0], y)")
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
        entra = primo_ingresso(copia.train(), x)
    entra = reali[0] if entra is None else entra
    with una_copia(modello) as copia:
        uscita = chiama(copia.train(), x)
        prima, fine = float(loss_fn(uscita, y)), bersaglio(uscita, y, loss_fn)
    grandi = entra.std() > 10 or entra.mean().abs() > 10
    risente = fine is not None and prima > 3 * max(fine.ignara, 0, _di_chi_dice_zero(uscita, y, loss_fn))
    if grandi and (risente or entra.std() > 1000 or not _varia(uscita, quanti_esempi(batch))):
        return Esame("ingressi", False, "gli ingressi sono troppo grandi: sono normalizzati?")
    if entra.abs().max() < 0.02 and not _varia(uscita, quanti_esempi(batch)):
        return Esame("ingressi", False, "gli ingressi sono quasi tutti zero: sono stati normalizzati due volte?")
    if grandi:
        return Esame("ingressi", True, f"finiti; {SOSPETTO} grande, ma la prima loss non ne risente")
    return Esame("ingressi", True, "finiti, e su una scala ragionevole")


def esame_forme(modello, batch, loss_fn):
    """La loss confronta ogni previsione con la **sua** y, o il broadcasting le incrocia tutte?

    Chi le incrocia non s'accorge se le y cambiano posto; chi le accoppia sì.
    """
    x, y = batch
    with una_copia(modello) as copia:
        uscita = chiama(copia.train(), x)
        if not isinstance(y, torch.Tensor):
            return Esame("forme", None, "le y sono più d'una: le accoppia la loss")
        for previsione in foglie(uscita):
            diverse = previsione.shape != y.shape and previsione.numel() == y.numel()
            if diverse and previsione.is_floating_point() and _incrocia(uscita, previsione, y, loss_fn):
                forme = f"{tuple(previsione.shape)} contro {tuple(y.shape)}"
                return Esame("forme", False, f"{forme}: il broadcasting incrocia tutte le previsioni con tutte le y")
        fine = bersaglio(uscita, y, loss_fn)
        if fine is None and not isinstance(uscita, torch.Tensor):
            return Esame("forme", None, "le uscite sono più d'una: le accoppia la loss")
        if any(_rimescola(uscita, previsione, y, loss_fn) for previsione in foglie(uscita)):
            detto = "un'etichetta guarda i punteggi di altri posti: un reshape dove serviva un permute?"
            return Esame("forme", False, detto)
        if fine is not None and _classi_altrove(copia, y, x, loss_fn):
            return Esame("forme", False, "le classi escono sull'ultimo asse, e la loss le cerca sul secondo: transpose")
        return Esame("forme", True, "previsione e y vanno d'accordo")


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
        if fine is None:
            return Esame("uscita", None, "non so che cosa vuole questa loss")
        if not fine.previsione.requires_grad:
            return Esame("uscita", None, "la previsione non ha un grafo: non si può dire")
        fatta = ultima_operazione(fine.previsione)
        detto = _uscita_sbagliata(fine, fatta, y)
    if detto:
        return Esame("uscita", False, detto)
    return Esame("uscita", True, f"escono {fine.vuole}, come vuole la loss")


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
        return "nll_loss riceve probabilità, e vuole i loro logaritmi: log_softmax"
    if fine.vuole == "logit" and (minimo > -2 or massimo < 2):
        return f"dopo {_nome_in_fondo(fatta)}, i logit non hanno la libertà che serve: toglila"
    if fine.vuole == "logaritmi" and not _tutti(valori.logsumexp(dim=asse), 0):
        sono = "probabilità" if somme_a_uno else "logit"
        return f"escono {sono}, ma nll_loss vuole i logaritmi delle probabilità: log_softmax"
    if fine.vuole == "numeri" and ((y < minimo - 1e-3) | (y > massimo + 1e-3)).double().mean() > 0.02:
        da = "" if minimo == -math.inf else f" da {minimo:g}"
        fin_dove = " in su" if massimo == math.inf else f" a {massimo:g}"
        return f"dopo {_nome_in_fondo(fatta)} escono solo numeri{da}{fin_dove}, e le y vanno oltre"
    return None


def esame_loss_iniziale(modello, batch, loss_fn):
    """Un modello appena nato non sa nulla: con C classi la prima loss è vicina a ln C (Karpathy, 2019)."""
    x, y = batch
    with una_copia(modello) as copia, torch.no_grad():
        uscita = chiama(copia.train(), x)
        prima, fine = float(loss_fn(uscita, y)), bersaglio(uscita, y, loss_fn)
    if fine is None or fine.genere == "numeri" or fine.fondo >= fine.ignara:
        return Esame("loss iniziale", None, "non è una classificazione")
    attesa = f"{fine.ignara:.3f}, quella di chi non sa nulla"
    if prima - fine.fondo < 0.5 * (fine.ignara - fine.fondo):
        return Esame("loss iniziale", None, f"già sotto la metà di {attesa}: il modello non è appena nato")
    if prima < 5 * fine.ignara:
        return Esame("loss iniziale", True, f"vicina a {attesa}")
    perche = troppo_grande(modello, x)
    troppe = prima > 10 * fine.ignara  # nemmeno una loss con il margine, come ArcFace, parte da così in alto
    perche = perche or (": i logit nascono troppo grandi" if troppe else f": {SOSPETTO} dei logit è voluta?")
    return Esame("loss iniziale", None if SOSPETTO in perche else False, f"più di cinque volte {attesa}{perche}")


def troppo_grande(modello, x):
    """Perché una prima loss è enorme, se il perché è un guasto: ingressi o pesi fuori scala; se no ``""``."""
    with una_copia(modello) as copia:
        entra = primo_ingresso(copia.train(), x)
        if entra is not None and (entra.std() > 10 or entra.mean().abs() > 10):
            return ": gli ingressi sono troppo grandi"
        for nome, modulo in copia.named_modules():
            # Un peso sano è circa uno diviso la radice di quanti ingressi, o quante uscite, ha lo strato.
            if isinstance(modulo, (*CON_RIGHE, nn.Embedding)):
                entrano = modulo.weight[0].numel()
                lati = entrano if isinstance(modulo, nn.Embedding) else min(len(modulo.weight), entrano)
                if modulo.weight.std() * lati**0.5 > 5:
                    return f": i pesi di {nome} nascono troppo grandi"
                if abs(modulo.weight.mean()) * entrano > 10:
                    return f": i pesi di {nome} nascono quasi tutti dello stesso segno"
                if getattr(modulo, "bias", None) is not None and modulo.bias.abs().max() > 4:
                    return f": i bias di {nome} nascono troppo grandi"
    return ""


def esame_registrazione(modello, batch, loss_fn):
    """Tutto ciò che si potrebbe addestrare sta in ``parameters()``? Si cerca nel grafo, risalendo dalle uscite."""
    x, _ = batch
    conti = [nome for nome, tenuto in tenuti_col_grafo(modello) if not conosce(modello, tenuto)]
    if conti:
        detto = f"{elenco(conti)} nasce da un conto su pesi che parameters() non vede"
        return Esame("registrazione", False, f"{detto}: a diventare nn.Parameter dev'essere il risultato")
    n = quanti_esempi(batch)
    with una_copia(modello) as copia:
        try:
            di_meta = [f.shape for f in ignoti(copia.train(), scegli(x, slice(n // 2), n))]
        except Exception:  # una rete su un grafo non si taglia
            di_meta = []
    with una_copia(modello) as copia:
        fuori = ignoti(copia.train(), x)
        # Chi deriva rispetto agli ingressi ne ha uno per esempio: con metà batch, la metà.
        fuori = [f for f in fuori if not (f.dim() and len(f) == n and (n // 2, *f.shape[1:]) in di_meta)]
        nomi = [dove_sta(copia, f) for f in fuori]
    if not fuori:
        return Esame("registrazione", True, "il modello conosce tutti i tensori di pesi che usa")
    posti = elenco(sorted(nome for nome in nomi if nome)) or "nascono nel forward, nuovi ogni volta?"
    detto = f"parameters() non vede {len(fuori)} tensori di pesi: {posti}"
    return Esame("registrazione", False, f"{detto}. Servono nn.ModuleList o nn.Parameter, nel costruttore")


def esame_indipendenza(modello, batch, loss_fn):
    """La risposta a un esempio non dipende dai vicini? Mescolando il batch, o tagliandolo, deve restare la stessa.

    E in un modello di linguaggio, dove y sono i token di x spostati di uno, nemmeno dai token che vengono dopo.
    """
    x, y = batch
    n = quanti_esempi(batch)
    with una_copia(modello) as copia:
        copia.eval()
        ordine, tutte = torch.randperm(n).to(foglie(x)[0].device), chiama(copia, x)
        if not _stesse(chiama(copia, x), tutte):
            return Esame("indipendenza", None, "la risposta non è ripetibile: non si può dire")
        if _guarda_avanti(copia, x, y, tutte):
            return Esame("indipendenza", False, "cambiando l'ultimo token cambiano le previsioni prima: vede il futuro")
        if _copia_i_token(copia, x, y, tutte, loss_fn):
            return Esame(
                "indipendenza", False, "y sono gli stessi token di x: per prevedere il prossimo vanno spostate"
            )
        try:
            meta = chiama(copia, scegli(x, slice(n // 2), n))
        except Exception as errore:
            meta, fermo = None, f"con metà batch si ferma con {type(errore).__name__}"
        mescolate = _con_altri_vicini(copia, scegli(x, ordine, n), n)
        diverse = _dipendono(tutte, mescolate, meta, ordine)
    if meta is None and not diverse and isinstance(x, torch.Tensor):
        return Esame("indipendenza", False, f"{fermo}: nel modello la misura del batch è fissa")
    if meta is None:
        return Esame("indipendenza", None, f"{fermo}: se è una rete su un grafo, è giusto")
    if diverse:
        return Esame("indipendenza", False, "la risposta a un esempio cambia con i vicini: il modello mescola il batch")
    return Esame("indipendenza", True, "ogni esempio ha la sua risposta, qualunque siano i vicini")


def esame_ripetibilita(modello, batch, loss_fn):
    """In modalità ``eval()`` lo stesso batch dà due volte la stessa risposta?

    Se no, o il modello estrae numeri a caso (e con lo stesso caso la risposta torna), o ricorda le chiamate prima.
    """
    x, y = batch
    with una_copia(modello) as copia, Spia(copia.eval()) as spia:
        prima, seconda = chiama(copia, x), chiama(copia, x)
        acceso = spia.dropout
    with una_copia(modello) as copia:
        fine = bersaglio(chiama(copia.train(), x), y, loss_fn)
    with una_copia(modello) as copia:
        stesso_caso = [_da_capo(copia.eval(), x) for _ in range(2)]
    if acceso:
        return Esame("ripetibilità", False, "in eval() un dropout resta acceso: training=self.training, o nn.Dropout")
    if _stesse(prima, seconda, quota=0.0005):
        return Esame("ripetibilità", True, "in eval() la risposta è sempre la stessa")
    if not _stesse(*stesso_caso):
        return Esame("ripetibilità", False, "anche in eval() la risposta cambia: il modello ricorda le chiamate prima")
    a_caso = "anche in eval() il modello estrae numeri a caso"
    if fine is None or any(y.shape == ingresso.shape and torch.equal(y, ingresso) for ingresso in foglie(x)):
        return Esame("ripetibilità", None, f"{a_caso}: è voluto, come in un VAE?")
    return Esame("ripetibilità", False, f"{a_caso}: fallo solo con self.training; se è voluto, salta l'esame")


def esame_gradienti(modello, batch, loss_fn):
    """A ogni peso che si addestra arriva un gradiente diverso da zero, almeno in uno dei primi passi?"""
    x, y = batch
    muti = {nome for nome, p in modello.named_parameters() if p.requires_grad}
    quanti = len(muti)
    if not muti and any(True for _ in modello.parameters()):
        return Esame("gradienti", False, "nessun peso si addestra: requires_grad è False per tutti")
    with una_copia(modello) as copia:
        adam = torch.optim.Adam(copia.train().parameters(), lr=1e-3)
        for _ in range(5):  # chi sta dietro a un peso che nasce a zero riceve il suo dal secondo passo
            loss = loss_fn(chiama(copia, x), y)
            if not loss.requires_grad:
                break
            impara(adam, loss)
            muti -= {nome for nome, p in copia.named_parameters() if p.grad is not None and p.grad.any()}
    di_riserva = pezzi_di_riserva(modello, muti)
    muti = [nome for nome, _ in modello.named_parameters() if nome in muti - di_riserva]
    if muti:
        return Esame("gradienti", False, f"a {len(muti)} tensori di pesi su {quanti} non arriva nulla: {elenco(muti)}")
    return Esame("gradienti", True, "arrivano a tutti i tensori di pesi che si addestrano")


def pezzi_di_riserva(modello, muti):
    """I nomi, fra quelli senza gradiente, di cui non preoccuparsi.

    Sono i bias che la normalizzazione dopo cancella (il loro peso il gradiente ce l'ha), la memoria di una rete
    ricorrente di cui si guarda un istante solo, e i pezzi che un modello di una libreria porta con sé senza usarli: il
    pooler di un BERT, le teste ausiliarie di GoogLeNet.
    """
    moduli, riserva = dict(modello.named_modules()), set()
    del_modello = {nome for nome, p in modello.named_parameters() if p.requires_grad}

    def tutti_muti(nome):
        suoi = {peso for peso in del_modello if not nome or peso.startswith(nome + ".")}
        return suoi <= muti

    for peso in muti:
        padre, _, attributo = peso.rpartition(".")
        # Il peso che accompagna: nelle reti ricorrenti weight_hh, muto dove si guarda un istante solo, ha weight_ih.
        compagno = f"{padre}.weight" if attributo == "bias" else peso.replace("weight_hh", "weight_ih")
        fratelli = {altro for altro in del_modello - muti if attributo == "bias" and altro.startswith(f"{padre}.")}
        if compagno in del_modello - muti or fratelli:
            riserva.add(peso)
        while padre and tutti_muti(padre):
            padre = padre.rpartition(".")[0]
        while padre and isinstance(moduli[padre], (nn.ModuleList, nn.ModuleDict, nn.Sequential)):
            padre = padre.rpartition(".")[0]  # decide chi usa la lista, non la lista
        if not tutti_muti("") and _di_una_libreria(moduli[padre]):
            riserva.add(peso)
    return riserva


def esame_attivazioni(modello, batch, loss_fn):
    """In ogni strato le unità ReLU si accendono, e non sono copie l'una dell'altra?

    Vede le ReLU scritte come moduli e come funzioni. Le copie nascono da pesi tutti uguali: ricevono lo stesso
    gradiente, e restano uguali per sempre.
    """
    x, y = batch
    viste, sature = _relu_viste(modello, x)
    spenti = [nome for nome, quota in viste if quota < 0.1]
    if sature:
        return Esame(
            "attivazioni", False, f"la tanh «{sature[0]}» è satura: dà quasi solo −1 e 1, e non passa gradiente"
        )
    copie = _moduli_copia(modello)
    with una_copia(modello) as copia:
        adam = torch.optim.Adam(copia.train().parameters(), lr=1e-2)
        for _ in range(3 if spenti or copie else 0):
            loss = loss_fn(chiama(copia, x), y)
            if loss.requires_grad:
                impara(adam, loss)
        # Un guasto è chi resta così anche dopo qualche passo: a poche unità può capitare di nascere spente.
        spenti = spenti and [nome for nome, quota in _relu_viste(copia, x)[0] if nome in spenti and quota < 0.1]
        copie = copie and _moduli_copia(copia)
    if spenti:
        nomi = list(dict.fromkeys(nome or "forward" for nome in spenti))
        quali = f"la ReLU «{nomi[0]}» è spenta" if len(nomi) == 1 else f"le ReLU {elenco(nomi)} sono spente"
        return Esame("attivazioni", False, f"{quali} per ogni esempio")
    if copie:
        return Esame(
            "attivazioni", False, f"le unità sono copie l'una dell'altra, da pesi tutti uguali: {elenco(copie)}"
        )
    return Esame("attivazioni", True if viste else None, "le unità ReLU si accendono" if viste else "non ci sono ReLU")


def esame_un_batch(modello, batch, loss_fn, esempi=8, passi=150):
    """Il modello sa imparare a memoria pochi esempi? La loss deve fare almeno metà della strada fino al fondo.

    È il primo controllo della ricetta di Karpathy (2019). Prova due learning rate, senza dropout.
    """
    x, y = primi(batch, esempi)
    quote = [modulo.p for modulo in modello.modules() if isinstance(modulo, DROPOUT)]
    if max(quote, default=0) >= 0.9:
        return Esame("un batch", False, f"un dropout spegne il {max(quote):.0%}: p è la quota da spegnere")
    for lr in (1e-2, 1e-3):
        with una_copia(modello) as copia:
            adam = torch.optim.Adam(senza_dropout(copia).parameters(), lr=lr)
            meta = None
            for _ in range(passi):
                loss = loss_fn(chiama(copia, x), y)
                meta = a_meta_strada(copia, x, y, loss_fn) if meta is None else meta
                if float(loss) < meta:
                    return Esame("un batch", True, f"{quanti_esempi((x, y))} esempi imparati a memoria")
                if not loss.requires_grad or not loss.isfinite():
                    break
                impara(adam, loss)
    return non_imparato(modello, (x, y), loss_fn, float(loss))


def a_meta_strada(modello, x, y, loss_fn):
    """A metà fra la prima loss e quella della risposta migliore; se questa non si conosce, appena sotto la prima."""
    uscita = chiama(modello, x)
    prima, fine = float(loss_fn(uscita, y)), bersaglio(uscita, y, loss_fn)
    if fine is None or fine.fondo >= fine.ignara:
        return prima - 0.05 * abs(prima)
    return (min(prima, max(fine.ignara, prima / 3)) + fine.fondo) / 2


def non_imparato(modello, batch, loss_fn, ultima):
    """Perché un batch solo non si è imparato: un modello troppo piccolo, y enormi, un gradiente che svanisce…"""
    (x, y), n = batch, quanti_esempi(batch)
    with una_copia(modello) as copia:
        uscita = chiama(senza_dropout(copia), x)
        if not loss_fn(uscita, y).requires_grad:
            return Esame("un batch", None, "la loss non ha un grafo: non si può provare")
        loss, fine = loss_fn(uscita, y), bersaglio(uscita, y, loss_fn)
        pesi = [p for p in copia.parameters() if p.requires_grad]
        gradienti = torch.autograd.grad(loss, pesi, allow_unused=True) if pesi else []
    if fine is not None and fine.genere == "numeri" and _enormi(y, fine.previsione):
        return Esame(
            "un batch", None, f"le y arrivano a {float(y.abs().max()):.0e}: normalizzale, così si vede la loss"
        )
    # Quanti numeri vanno imparati: uno per risposta, o uno per classe.
    classi = fine.previsione.shape[fine.asse] - 1 if fine and fine.genere == "classi" else 1
    risposte = y.numel() * classi if isinstance(y, torch.Tensor) else 0
    scende = ultima < float(loss) - 0.05 * abs(float(loss) - (fine.fondo if fine else 0))
    if scende and (sum(p.numel() for p in pesi) < max(3 * risposte, 12) or (risposte and y.dim() > 2)):
        return Esame("un batch", None, "sono troppi numeri da imparare a memoria per questo modello, ma la loss scende")
    norme = [float(g.norm() / (p.norm() + 1e-12)) for g, p in zip(gradienti, pesi, strict=False) if g is not None]
    if len(norme) > 4 and 0 < max(norme[:2]) < 1e-5 * max(norme[-2:]):
        return Esame("un batch", False, "non si impara: verso i primi strati il gradiente svanisce")
    return Esame("un batch", False, f"su {n} esempi la loss parte da {float(loss):.3g} e non arriva a metà strada")


def esame_ottimizzatore(modello, batch, loss_fn, ottimizzatore):
    """L'ottimizzatore muove tutti i pesi di questo modello, e li muove per davvero?"""
    suoi = {id(p) for gruppo in ottimizzatore.param_groups for p in gruppo["params"]}
    fuori = [nome for nome, p in modello.named_parameters() if p.requires_grad and id(p) not in suoi]
    fermi = [gruppo for gruppo in ottimizzatore.param_groups if _lr(gruppo) == 0]
    if fuori:
        return Esame("ottimizzatore", False, f"non muove {len(fuori)} tensori di pesi: {elenco(fuori)}")
    if fermi:
        quali = "" if len(fermi) == len(ottimizzatore.param_groups) else ", almeno per un gruppo"
        return Esame("ottimizzatore", False, f"il learning rate è zero{quali}: i pesi stanno fermi")
    if suoi - {id(p) for p in modello.parameters()} - _nella_loss(modello, batch, loss_fn):
        return Esame("ottimizzatore", False, "muove anche tensori che non c'entrano con questo modello")
    if troppo := _decadimento(modello, batch, loss_fn, ottimizzatore):
        return Esame("ottimizzatore", False, troppo)
    return Esame("ottimizzatore", True, "ha tutti i tensori di pesi del modello, e solo quelli")


def esame_primi_passi(modello, batch, loss_fn, ottimizzatore, passi=20):
    """Con il suo ottimizzatore, e sempre lo stesso batch, nei primi passi la loss scende, e non esplode?"""
    x, y = batch
    mossi = {id(p) for gruppo in ottimizzatore.param_groups for p in gruppo["params"] if _lr(gruppo)}
    if not any(id(p) in mossi for p in modello.parameters()):
        return Esame("primi passi", None, "l'ottimizzatore non muove questo modello: nessun passo da provare")
    with una_copia(modello, ottimizzatore) as (copia, suo):
        senza_dropout(copia)
        for gruppo in suo.param_groups:
            gruppo["lr"] = _lr(gruppo)
        storia = []

        def giro():
            suo.zero_grad()
            loss = loss_fn(chiama(copia, x), y)
            storia.append(float(loss))
            loss.backward()
            return loss

        if not loss_fn(chiama(copia, x), y).requires_grad:
            return Esame("primi passi", None, "la loss non ha un grafo: nessun passo da fare")
        for _ in range(passi):
            torch.manual_seed(0)
            suo.step(giro)
        uscita = chiama(copia, x)
        storia.append(float(loss_fn(uscita, y)))
        fine = bersaglio(uscita, y, loss_fn)
    strada = abs(storia[0] - fine.fondo) if fine else abs(storia[0])
    # Tre volte la prima, e non torna giù; o dieci volte, comunque finisca. Una loss può anche nascere negativa.
    cima, fine_corsa = max(storia) - storia[0], sum(storia[-3:]) / 3
    esplode = cima > 9 * abs(storia[0]) or (cima > 2 * abs(storia[0]) and fine_corsa > storia[0])
    if esplode or not all(map(math.isfinite, storia)):
        return Esame("primi passi", False, f"{ESPLODE}: il learning rate è troppo alto")
    if min(storia[1:]) < storia[0] - 3e-4 * strada:
        return Esame("primi passi", True, "la loss scende, e non esplode")
    if fine and (
        (fine.genere == "numeri" and _enormi(y, fine.previsione)) or strada < 0.05 * abs(fine.ignara - fine.fondo)
    ):
        return Esame("primi passi", None, "venti passi, qui, non bastano a dirlo")
    if max(storia) < storia[0] + 3e-4 * strada:
        return Esame(
            "primi passi", False, "dopo venti passi la loss è quella di prima: il learning rate è troppo basso?"
        )
    return Esame(
        "primi passi", False, "in venti passi la loss non è mai scesa: l'ottimizzatore va dalla parte sbagliata?"
    )


# Aiuti


def asse_classi(previsione, y):
    """L'asse di ``previsione`` con un punteggio per classe, se ``y`` sono indici di classe; se no ``None``."""
    return next(iter(assi_delle_classi(previsione, y)), None)


def quota_giusta(previsione, y):
    """La quota di classi indovinate, fra 0 e 1; se non c'è una classe per esempio vale 1, e giudica la loss."""
    if y.dim() > 1 or asse_classi(previsione, y) is None:
        return 1.0
    return float((previsione.argmax(dim=1) == y).double().mean())


@torch.no_grad()
def _incrocia(uscita, previsione, y, loss_fn):
    """Vero se la loss guarda y, ma non bada all'ordine in cui stanno lungo uno dei loro assi."""
    giusta = y.reshape(previsione.shape).to(previsione)
    for asse in range(y.dim()):
        girate, prima = y.roll(1, asse), y.narrow(asse, 0, 1).expand_as(y)
        if torch.equal(girate, y):
            continue
        differenze = []
        for risposta in (previsione, giusta):
            nuova = trasforma(uscita, lambda t, risposta=risposta: risposta if t is previsione else t)
            come_sono, dopo, tutte_uguali = (in_numero(loss_fn, nuova, altre) for altre in (y, girate, prima))
            soglia = 1e-5 * (abs(come_sono) + abs(dopo))
            if math.isfinite(come_sono):
                differenze.append((abs(come_sono - dopo) <= soglia, abs(come_sono - tutte_uguali) > 10 * soglia))
        if all(ferma for ferma, _ in differenze) and any(guarda for _, guarda in differenze):
            return True
    return False


def _rimescola(uscita, previsione, y, loss_fn):
    """Vero se il gradiente di un'etichetta cade su punteggi che non sono i suoi, uno per classe, lungo un asse solo."""
    assi = assi_delle_classi(previsione, y) if previsione.requires_grad else []
    posto = tuple(quanti // 2 for quanti in y.shape)
    if not assi or y.dim() < 2 or y[posto] < 0:
        return False
    quante = previsione.shape[assi[0]]
    altra, gradienti = y.clone(), []
    altra[posto] = (y[posto] + 1) % quante
    for risposta in (y, altra):
        libera = previsione.detach().requires_grad_()
        nuova = trasforma(uscita, lambda t, libera=libera: libera if t is previsione else t)
        gradienti += torch.autograd.grad(loss_fn(nuova, risposta), libera, materialize_grads=True)
    spostati = ((gradienti[0] - gradienti[1]).abs() > 1e-3 * gradienti[0].abs().max()).nonzero()
    if not 2 <= len(spostati) <= quante:
        return False  # la loss lega fra loro tutte le risposte: non si può dire
    colonne = [set(colonna.tolist()) for colonna in spostati.T]
    sue = {int(y[posto]), int(altra[posto])}
    return not any(sue <= colonne[i] and all(len(c) == 1 for j, c in enumerate(colonne) if j != i) for i in assi)


def _classi_altrove(modello, y, x, loss_fn):
    """Con T = C, (N, T, C) e (N, C, T) hanno la stessa forma: la loss cerca le classi dove il modello le ha messe?"""
    ultimo = []
    for modulo in modello.modules():
        if isinstance(modulo, nn.Linear):
            modulo.register_forward_hook(lambda _modulo, _ingressi, uscita: ultimo.append(uscita))
    fine = bersaglio(chiama(modello, x), y, loss_fn)
    if fine is None or fine.asse != 1 or len(assi_delle_classi(fine.previsione, y)) < 2 or not ultimo:
        return False
    return ultimo[-1].shape == fine.previsione.shape and torch.equal(ultimo[-1], fine.previsione)


def _guarda_avanti(modello, x, y, tutte):
    """Vero se y sono i token di x spostati di uno, e le previsioni cambiano quando cambia l'ultimo token."""
    token = _token(x, y)
    return token is not None and _uguali_quasi(y[:, :-1], token[:, 1:]) and _vede_dopo(modello, x, token, tutte)


def _copia_i_token(modello, x, y, tutte, loss_fn):
    """Vero se un modello di linguaggio deve prevedere proprio i token che riceve: y non è spostata di uno."""
    token = _token(x, y)
    if token is None or not _uguali_quasi(y, token) or _vede_dopo(modello, x, token, tutte):
        return False
    altre = torch.cat([y[:, 1:2], y[:, 1:]], dim=1)  # chi le sposta dentro la loss, la prima non la guarda
    return in_numero(loss_fn, tutte, y) != in_numero(loss_fn, tutte, altre)


def _token(x, y):
    """Gli interi (N, T) di x, se anche y ha quella forma."""
    token = next((t for t in foglie(x) if t.dim() == 2 and not t.is_floating_point()), None)
    simili = token is not None and isinstance(y, torch.Tensor) and y.shape == token.shape and y.shape[1] > 2
    return token if simili else None


def _uguali_quasi(a, b):
    return (a == b).double().mean() >= 0.95


def _vede_dopo(modello, x, token, tutte):
    """Vero se le previsioni di prima cambiano quando cambia l'ultimo token."""
    altri = token.clone()
    altri[:, -1] = torch.where(token[:, -1] == token[0, 0], token[0, 1], token[0, 0])
    dopo = chiama(modello, trasforma(x, lambda t: altri if t is token else t))
    coppie = zip(foglie(tutte), foglie(dopo), strict=False)
    prima_dopo = [(a[:, :-1], b[:, :-1]) for a, b in coppie if a.dim() == 3 and a.shape[:2] == token.shape]
    return bool(prima_dopo) and not all(stesse_risposte(b, a, a, quota=2e-4) for a, b in prima_dopo)


def _con_altri_vicini(modello, x, n):
    """Le risposte quando la seconda metà degli esempi è dieci volte più grande: la prima non deve accorgersene."""

    def cambia(t):
        return torch.cat([t[: n // 2], 10 * t[n // 2 :]]) if t.is_floating_point() and t.dim() and len(t) == n else t

    try:
        return chiama(modello, trasforma(x, cambia))
    except Exception:  # un modello che non regge quei numeri
        return chiama(modello, x)


def _dipendono(tutte, mescolate, meta, ordine):
    """Vero se un'uscita con un posto per esempio cambia quando cambiano i vicini."""
    n, mezzi = len(ordine), len(ordine) if meta is None else len(ordine) // 2
    terne = zip(foglie(tutte), foglie(mescolate), foglie(meta) or foglie(tutte), strict=False)
    for intera, mescolata, mezza in terne:
        assi = [i for i in range(intera.dim()) if intera.dim() == mezza.dim() and intera.shape[i] != mezza.shape[i]]
        if meta is None:
            assi = [i for i in range(intera.dim()) if intera.shape[i] == n][:1]
        if len(assi) != 1 or intera.shape[assi[0]] % n or not intera.is_floating_point():
            continue  # non c'è un posto per esempio: per esempio una tabella (N, N) di somiglianze
        posti = [tensore.movedim(assi[0], 0) for tensore in (intera, mescolata, mezza)]
        # Più posti per esempio, su quell'asse, stanno uno dopo l'altro o a passi di n.
        di_fila = [tensore.unflatten(0, (quanti, -1)) for tensore, quanti in zip(posti, (n, n, mezzi), strict=True)]
        a_passi = [tensore.unflatten(0, (-1, quanti)) for tensore, quanti in zip(posti, (n, n, mezzi), strict=True)]
        if not any(_come_prima(*terna, ordine) for terna in (di_fila, [t.movedim(1, 0) for t in a_passi])):
            return True
    return False


def _come_prima(intera, mescolata, mezza, ordine):
    meta = len(ordine) // 2
    uguali = stesse_risposte(mescolata[:meta], intera[ordine[:meta]], intera)
    return uguali and stesse_risposte(mezza, intera[: len(mezza)], intera)


def stesse_risposte(una, altra, tutte, quota=0.05):
    """Vero se due tabelle di risposte coincidono, a paragone di quanto le risposte variano da un esempio all'altro."""
    variano = float((tutte - tutte.mean(dim=0)).abs().max())
    return una.shape == altra.shape and bool(
        (una - altra).abs().max() <= quota * variano + 1e-5 * float(tutte.abs().max())
    )


def _stesse(una, altra, quota=0.05):
    coppie = list(zip(foglie(una), foglie(altra), strict=False))
    return all(stesse_risposte(a, b, a, quota) for a, b in coppie if a.is_floating_point() and a.dim())


def _da_capo(modello, x):
    """La risposta del modello, con tutti i generatori casuali ripartiti dallo stesso seme."""
    imposta_seme(0)
    return chiama(modello, x)


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


def _relu_viste(modello, x):
    """Per ogni ReLU attraversata, il suo modulo e la quota di unità accese; e i moduli con una tanh satura."""
    with una_copia(modello) as copia, Spia(copia.train()) as spia:
        chiama(copia, x)
        return [(nome, _quota_accesa(accesa)) for nome, accesa in spia.relu], spia.sature


def _quota_accesa(accesa):
    """La quota di unità che si accendono per almeno un esempio; l'asse delle unità è il secondo o l'ultimo."""
    assi = {1, accesa.dim() - 1} - {0}
    quote = [accesa.movedim(asse, 0).flatten(1).any(dim=1).double().mean() for asse in assi]
    return float(max(quote, default=accesa.any().double()))


def _moduli_copia(modello):
    """I nomi degli strati con i pesi di tutte le unità uguali fra loro, e non nulli."""

    def copie(modulo):
        righe = modulo.weight.detach().flatten(1)
        return len(righe) > 1 and righe.any() and torch.allclose(righe, righe[:1].expand_as(righe), rtol=1e-4, atol=0)

    strati = [(n, m) for n, m in modello.named_modules() if isinstance(m, CON_RIGHE)]
    return [nome for nome, strato in strati if not nn.parameter.is_lazy(strato.weight) and copie(strato)]


def _enormi(y, previsione):
    return float(y.abs().max()) > 100 * max(1.0, float(previsione.detach().abs().max()))


def _lr(gruppo):
    """Il learning rate di un gruppo; se uno scheduler lo sta scaldando, quello a cui arriverà."""
    return max(float(gruppo["lr"]), float(gruppo.get("initial_lr", 0.0)))


def _nella_loss(modello, batch, loss_fn):
    """Gli id dei tensori con gradiente che la loss usa, oltre a quelli del modello: pesi suoi, un altro modello…"""
    x, y = batch
    suoi = {id(p) for p in loss_fn.parameters()} if isinstance(loss_fn, nn.Module) else set()
    with una_copia(modello) as copia:
        return suoi | {id(foglia) for foglia in foglie_del_grafo(loss_fn(chiama(copia, x), y))}


def _decadimento(modello, batch, loss_fn, ottimizzatore):
    """La frase da dire se il weight decay è così forte da azzerare i pesi; se no ``None``."""
    x, y = batch
    with una_copia(modello, ottimizzatore) as (copia, suo):
        suo.zero_grad()
        loss = loss_fn(chiama(copia.train(), x), y)
        if loss.requires_grad:
            loss.backward()
        for gruppo in suo.param_groups:
            decade = float(gruppo.get("weight_decay", 0))
            pesi = [p for p in gruppo["params"] if p.grad is not None and not p.grad.is_sparse]
            if not decade or not pesi:
                continue
            separato = gruppo.get("decoupled_weight_decay", "W" in type(suo).__name__)
            tira = decade * _norma(pesi) > 10 * _norma([p.grad for p in pesi])
            if _lr(gruppo) * decade > 0.03 or (decade >= 5 if separato else tira):
                return f"il weight decay, {decade:g}, spinge i pesi verso zero più di quanto i dati li muovano"
    return None


def _norma(tensori):
    return math.hypot(*(float(tensore.detach().norm()) for tensore in tensori))


@functools.cache
def _librerie():
    return tuple({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})


def _di_una_libreria(modulo):
    """Vero se la classe del modulo viene da un pacchetto installato, e non da torch o da chi studia."""
    origine = getattr(sys.modules.get(type(modulo).__module__), "__file__", None) or ""
    return type(modulo).__module__.split(".")[0] != "torch" and origine.startswith(_librerie())


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
