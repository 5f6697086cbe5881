"""Gli esami dei pesi: chi li conosce, a chi arriva un gradiente, quali unità lavorano, se un batch si impara."""

import functools
import inspect
import sys
import sysconfig

import torch
from torch import nn

from corso_pytorch.lezioni.l14_museo.bersagli import bersaglio, gia_a_zero
from corso_pytorch.lezioni.l14_museo.esami import Esame, elenco, una_copia
from corso_pytorch.lezioni.l14_museo.grafo import conosce, dove_sta, ignoti, tenuti_col_grafo
from corso_pytorch.lezioni.l14_museo.sonde import (
    CON_RIGHE,
    DROPOUT,
    chiama,
    impara,
    primi,
    quanti_esempi,
    scegli,
    senza_dropout,
)
from corso_pytorch.lezioni.l14_museo.spie import Spia

GIA_A_ZERO = "la loss nasce a zero: da questi esempi non c'è nulla da imparare"


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
        return Esame("registrazione", True, "nessun tensore di pesi sfuggito al modello, per quanto il grafo fa vedere")
    posti = elenco(sorted(nome for nome in nomi if nome)) or "nascono nel forward, nuovi ogni volta?"
    detto = f"parameters() non vede {len(fuori)} tensori di pesi: {posti}"
    return Esame("registrazione", False, f"{detto}. Servono nn.ModuleList o nn.Parameter, nel costruttore")


def esame_gradienti(modello, batch, loss_fn):
    """A ogni peso che si addestra arriva un gradiente diverso da zero, almeno in uno dei primi passi?"""
    x, y = batch
    muti = {nome for nome, p in modello.named_parameters() if p.requires_grad}
    quanti = len(muti)
    if not muti:
        return Esame("gradienti", False, "nessun peso si addestra: requires_grad è False per tutti")
    with una_copia(modello) as copia:
        if gia_a_zero(chiama(copia.train(), x), y, loss_fn):
            return Esame("gradienti", None, GIA_A_ZERO)
        adam = torch.optim.Adam(copia.parameters(), lr=1e-3)
        for _ in range(5):  # chi sta dietro a un peso che nasce a zero riceve il suo dal secondo passo
            loss = loss_fn(chiama(copia, x), y)
            if not loss.requires_grad:
                break
            muti -= _nella_loss(modello, muti, loss)
            impara(adam, loss)
            muti -= {nome for nome, p in copia.named_parameters() if p.grad is not None and p.grad.any()}
    di_riserva = pezzi_di_riserva(modello, muti)
    muti = [nome for nome, _ in modello.named_parameters() if nome in muti - di_riserva]
    if muti:
        return Esame("gradienti", False, f"a {len(muti)} tensori di pesi su {quanti} non arriva nulla: {elenco(muti)}")
    return Esame("gradienti", True, "arrivano a tutti i tensori di pesi che si addestrano")


def _nella_loss(modello, muti, loss):
    """I nomi dei pesi che la loss usa senza passare dal forward (quelli di un CRF): li prende dall'originale."""
    pesi = {n: p for n, p in modello.named_parameters() if n in muti and not nn.parameter.is_lazy(p)}
    if not pesi:
        return set()
    gradienti = torch.autograd.grad(loss, [*pesi.values()], retain_graph=True, allow_unused=True)
    return {nome for nome, gradiente in zip(pesi, gradienti, strict=True) if gradiente is not None and gradiente.any()}


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
        figlio = peso
        while padre and tutti_muti(padre):
            padre, _, figlio = padre.rpartition(".")
        while padre and isinstance(moduli[padre], (nn.ModuleList, nn.ModuleDict, nn.Sequential)):
            padre, _, figlio = padre.rpartition(".")  # decide chi usa la lista, non la lista
        if not tutti_muti("") and _di_una_libreria(moduli[padre]) and _lo_nomina(moduli[padre], figlio):
            riserva.add(peso)
    return riserva


def esame_attivazioni(modello, batch, loss_fn):
    """In ogni strato le unità ReLU si accendono, e non sono copie l'una dell'altra?

    Vede le ReLU scritte come moduli e come funzioni. Le copie nascono da pesi tutti uguali: ricevono lo stesso
    gradiente, e restano uguali per sempre.
    """
    x, y = batch
    quote = [modulo.p for modulo in modello.modules() if isinstance(modulo, DROPOUT)]
    if max(quote, default=0) >= 0.9:
        return Esame("attivazioni", False, f"un dropout spegne il {max(quote):.0%}: p è la quota da spegnere")
    sole = [n for n, m in modello.named_modules() if isinstance(m, nn.LayerNorm) and m.normalized_shape == (1,)]
    if sole:
        detto = f"la normalizzazione «{sole[0]}» vede un numero solo per volta: esce sempre zero, più il bias"
        return Esame("attivazioni", False, detto)
    viste, sature = _relu_viste(modello, x)
    spenti = [nome for nome, quota in viste if quota < 0.1]
    if sature:
        return Esame(
            "attivazioni", False, f"la tanh «{sature[0]}» è satura: dà quasi solo −1 e 1, e non passa gradiente"
        )
    copie, gemelli = _moduli_copia(modello), _gemelli(modello)
    with una_copia(modello) as copia:
        adam = torch.optim.Adam(copia.train().parameters(), lr=1e-2)
        for _ in range(3 if spenti or copie or gemelli else 0):
            loss = loss_fn(chiama(copia, x), y)
            if loss.requires_grad:
                impara(adam, loss)
        # Un guasto è chi resta così anche dopo qualche passo: a poche unità può capitare di nascere spente.
        spenti = spenti and [nome for nome, quota in _relu_viste(copia, x)[0] if nome in spenti and quota < 0.1]
        copie = copie and _moduli_copia(copia)
        gemelli = gemelli & _gemelli(copia)
    if spenti:
        nomi = list(dict.fromkeys(nome or "forward" for nome in spenti))
        quali = f"la ReLU «{nomi[0]}» è spenta" if len(nomi) == 1 else f"le ReLU {elenco(nomi)} sono spente"
        return Esame("attivazioni", False, f"{quali} per ogni esempio")
    if copie:
        return Esame(
            "attivazioni", False, f"le unità sono copie l'una dell'altra, da pesi tutti uguali: {elenco(copie)}"
        )
    if gemelli:
        detto = f"gli strati {elenco(sorted(gemelli))} nascono uguali, e imparano le stesse cose"
        return Esame("attivazioni", False, detto)
    return Esame("attivazioni", True if viste else None, "le unità ReLU si accendono" if viste else "non ci sono ReLU")


def esame_un_batch(modello, batch, loss_fn, esempi=8, passi=150):
    """Il modello sa imparare a memoria pochi esempi? La loss deve fare almeno metà della strada fino al fondo.

    È il primo controllo della ricetta di Karpathy (2019). Prova due learning rate, senza dropout.
    """
    x, y = primi(batch, esempi)
    for lr in (1e-2, 1e-3):
        with una_copia(modello) as copia:
            adam = torch.optim.Adam(senza_dropout(copia).parameters(), lr=lr)
            meta = None
            if gia_a_zero(chiama(copia, x), y, loss_fn):
                return Esame("un batch", None, GIA_A_ZERO)
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
    if fine is not None and fine.genere == "numeri" and enormi(y, fine.previsione):
        return Esame(
            "un batch", None, f"le y arrivano a {float(y.abs().max()):.0e}: normalizzale, così si vede la loss"
        )
    # Quanti numeri vanno imparati: uno per risposta, o uno per classe.
    classi = fine.previsione.shape[fine.asse] - 1 if fine and fine.genere == "classi" else 1
    risposte = y.numel() * classi if isinstance(y, torch.Tensor) else 0
    scende = ultima < float(loss) - 0.05 * abs(float(loss) - (fine.fondo if fine else 0))
    tante = risposte and (y.dim() > 2 or risposte > 64 * n)  # un'immagine intera, una frase
    if scende and (tante or sum(p.numel() for p in pesi) < max(3 * risposte, 12)):
        return Esame("un batch", None, "sono troppi numeri da imparare a memoria per questo modello, ma la loss scende")
    norme = [float(g.norm() / (p.norm() + 1e-12)) for g, p in zip(gradienti, pesi, strict=False) if g is not None]
    if len(norme) > 4 and 0 < max(norme[:2]) < 1e-5 * max(norme[-2:]):
        return Esame("un batch", False, "non si impara: verso i primi strati il gradiente svanisce")
    return Esame("un batch", False, f"su {n} esempi la loss parte da {float(loss):.3g} e non arriva a metà strada")


def enormi(y, previsione):
    return float(y.abs().max()) > 100 * max(1.0, float(previsione.detach().abs().max()))


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


def _gemelli(modello):
    """I nomi degli strati che si addestrano e hanno pesi uguali a quelli di un altro, tolti i pesi costanti."""
    per_pesi = {}
    for nome, modulo in modello.named_modules():
        peso = getattr(modulo, "weight", None)
        if isinstance(modulo, CON_RIGHE) and not nn.parameter.is_lazy(peso) and peso.requires_grad and _vari(peso):
            per_pesi.setdefault(peso.detach().cpu().numpy().tobytes(), []).append((nome, peso))
    # Lo stesso tensore sotto due nomi è una condivisione voluta.
    gruppi = [gruppo for gruppo in per_pesi.values() if len({id(peso) for _, peso in gruppo}) > 1]
    return {nome for gruppo in gruppi for nome, _ in gruppo}


def _vari(peso):
    return peso.numel() > 1 and bool((peso != peso.flatten()[0]).any())


@functools.cache
def _librerie():
    return tuple({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})


def _lo_nomina(modulo, figlio):
    """Vero se la classe parla di quell'attributo; se no l'ha aggiunto chi la usa, con un nome sbagliato."""
    classi = [classe for classe in type(modulo).__mro__ if classe.__module__.split(".")[0] not in ("torch", "builtins")]
    return any(figlio in inspect.getsource(classe) for classe in classi)


def _di_una_libreria(modulo):
    """Vero se la classe del modulo viene da un pacchetto installato, e non da torch o da chi studia."""
    origine = getattr(sys.modules.get(type(modulo).__module__), "__file__", None) or ""
    return type(modulo).__module__.split(".")[0] != "torch" and origine.startswith(_librerie())
