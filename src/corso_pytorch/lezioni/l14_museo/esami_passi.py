"""Gli esami dell'ottimizzatore: quali pesi muove, con che passo, e che cosa fa la loss nei primi passi."""

import math

import torch
from torch import nn

from corso_pytorch.lezioni.l14_museo.bersagli import bersaglio, gia_a_zero
from corso_pytorch.lezioni.l14_museo.esami import Esame, elenco, una_copia
from corso_pytorch.lezioni.l14_museo.esami_pesi import GIA_A_ZERO, enormi
from corso_pytorch.lezioni.l14_museo.grafo import foglie_del_grafo
from corso_pytorch.lezioni.l14_museo.sonde import chiama, senza_dropout

ESPLODE = "la loss esplode"


def esame_ottimizzatore(modello, batch, loss_fn, ottimizzatore):
    """L'ottimizzatore muove tutti i pesi di questo modello, e li muove per davvero?"""
    suoi = {id(p) for gruppo in ottimizzatore.param_groups for p in gruppo["params"]}
    fuori = [nome for nome, p in modello.named_parameters() if p.requires_grad and id(p) not in suoi]
    fermi = [gruppo for gruppo in ottimizzatore.param_groups if _lr(gruppo) == 0]
    if fuori:
        return Esame("ottimizzatore", False, f"non muove {len(fuori)} tensori di pesi: {elenco(fuori)}")
    della_loss = loss_fn.parameters() if isinstance(loss_fn, nn.Module) else ()
    if any(p.requires_grad and id(p) not in suoi for p in della_loss):
        return Esame("ottimizzatore", False, "la loss ha pesi suoi da addestrare, e l'ottimizzatore non li muove")
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
        if gia_a_zero(chiama(copia, x), y, loss_fn):
            return Esame("primi passi", None, GIA_A_ZERO)
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
        (fine.genere == "numeri" and enormi(y, fine.previsione)) or strada < 0.05 * abs(fine.ignara - fine.fondo)
    ):
        return Esame("primi passi", None, "venti passi, qui, non bastano a dirlo")
    if max(storia) < storia[0] + 3e-4 * strada:
        return Esame(
            "primi passi", False, "dopo venti passi la loss è quella di prima: il learning rate è troppo basso?"
        )
    return Esame(
        "primi passi", False, "in venti passi la loss non è mai scesa: l'ottimizzatore va dalla parte sbagliata?"
    )


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
