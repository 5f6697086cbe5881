"""Il ciclo di addestramento che la lezione 03 costruisce: `addestra`, `una_epoca`, `valuta`, `accuratezza`."""

import torch

from corso_pytorch.avanzamento import barra


def accuratezza(logit, y):
    """La quota di previsioni giuste, fra 0 e 1: un tensore senza assi, sul dispositivo dei logit.

    Args:
        logit: un punteggio per classe, di forma (N, C); vince il più alto.
        y: le etichette, interi di forma (N,).
    """
    return (logit.argmax(dim=1) == y).float().mean()


def valuta(modello, dati, misura):
    """La media sugli esempi di ``misura(previsione, y)``, come numero di Python; il modello resta in ``eval()``.

    Ogni batch pesa per quanti esempi ha, anche l'ultimo più corto.

    Args:
        dati: le coppie (x, y) di batch, per esempio un DataLoader; vanno da sole sul dispositivo del modello.
        misura: una loss o una metrica che fa la media sul batch, nella sua unità: ``nn.MSELoss()``, ``accuratezza``…

    Raises:
        ZeroDivisionError: ``dati`` non contiene nessun batch.
    """
    dispositivo = next(modello.parameters()).device
    somma, quanti = 0.0, 0
    modello.eval()
    with torch.no_grad():
        for x, y in dati:
            x, y = x.to(dispositivo), y.to(dispositivo)
            somma += misura(modello(x), y) * len(y)
            quanti += len(y)
    return float(somma / quanti)


def una_epoca(modello, dati, loss_fn, ottimizzatore, scheduler=None):
    """Un passo dell'ottimizzatore (e dello scheduler, se c'è) per batch; restituisce la loss media sugli esempi.

    È la media delle loss incontrate per strada, mentre i pesi cambiano. La somma resta sul dispositivo: con
    ``loss.item()`` a ogni batch Python si fermerebbe ad aspettare la GPU. ``dati`` è come in `valuta`.

    Raises:
        ZeroDivisionError: ``dati`` non contiene nessun batch.
    """
    dispositivo = next(modello.parameters()).device
    somma, quanti = 0.0, 0
    modello.train()
    for x, y in dati:
        x, y = x.to(dispositivo), y.to(dispositivo)
        loss = loss_fn(modello(x), y)
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
        if scheduler is not None:
            scheduler.step()
        somma += loss.detach() * len(y)
        quanti += len(y)
    return float(somma / quanti)


def addestra(modello, dati, loss_fn, ottimizzatore, epoche=1, validazione=None, metrica=None, scheduler=None):
    """Addestra il modello sul posto e restituisce la storia: un dizionario di liste, un numero per epoca.

    Args:
        dati: le coppie (x, y) di batch dell'insieme di addestramento, per esempio un DataLoader.
        loss_fn: ``loss_fn(previsione, y)``, una media sul batch.
        validazione: i batch su cui valutare dopo ogni epoca, se ci sono.
        metrica: una seconda misura da prendere sulla validazione (senza, non serve), per esempio `accuratezza`.
        scheduler: avanza dopo ogni batch (non dopo ogni epoca).

    Returns:
        ``"loss"``; con ``validazione`` anche ``"loss_validazione"``; con ``metrica`` anche ``"metrica_validazione"``.

    Raises:
        ZeroDivisionError: ``dati`` o ``validazione`` non contiene nessun batch.
    """
    misure = {}
    if validazione is not None:
        misure["loss_validazione"] = loss_fn
    if validazione is not None and metrica is not None:
        misure["metrica_validazione"] = metrica
    storia = {nome: [] for nome in ["loss", *misure]}
    for epoca in range(epoche):
        batch = barra(dati, f"Epoca {epoca + 1} di {epoche}", "batch")
        storia["loss"].append(una_epoca(modello, batch, loss_fn, ottimizzatore, scheduler))
        for nome, misura in misure.items():
            storia[nome].append(valuta(modello, validazione, misura))
    return storia
