"""L'esercizio 12.4: molte richieste insieme, un modello che si chiama una volta sola."""

from collections.abc import Callable

import torch

from corso_pytorch.verifiche.esecuzione import chiama

SBAGLIATE = {"rotta": 400, "enorme": 413, "storta": 422}
RISPOSTE, CHIAMATE = "L'elenco delle risposte", "Il numero di chiamate"
IMMAGINI = "Il numero di immagini date al modello"
NIENTE = "Se nessuna richiesta è buona non c'è nulla da unire, e il modello non va chiamato."
SPORTELLO = {
    "non-empty list": NIENTE,
    "must have at least one element": NIENTE,
    "N×1×28×28": "leggi dà già 1×1×28×28: unisci con torch.cat, che allunga la prima dimensione.",
    "Non è una cifra": "leggi si ferma così se la richiesta è sbagliata: prendi l'eccezione, e tieni il suo codice.",
    "index": "I logit sono tanti quante le immagini buone, non quante le richieste: tieni il conto a parte.",
    "StopIteration": "Le cifre sono tante quante le immagini buone: forse ne prendi una per ogni richiesta, o un 200 è "
    "stato scritto prima di sapere se leggi riesce.",
}


def rispondi(richieste: list[str], leggi: Callable, calcola: Callable) -> list[tuple[int, int | None]]:
    codici, buone = [], []
    for corpo in richieste:
        try:
            buone.append(leggi(corpo))
            codici.append(200)
        except Exception as errore:
            codici.append(errore.status_code)
    scelte = iter(calcola(torch.cat(buone)).argmax(dim=1).tolist() if buone else [])
    return [(codice, next(scelte) if codice == 200 else None) for codice in codici]


def allo_sportello(risposta: object, richieste: list[str]) -> dict[str, object]:
    """Le risposte, e quanto ha lavorato il modello: chiamate, e immagini in tutto.

    Il modello di prova è grigio: l'immagine di un 3 vale 60 in ogni pixel, e il logit più alto è il suo.
    """
    lavoro = []

    def calcola(pixel: torch.Tensor) -> torch.Tensor:
        if not isinstance(pixel, torch.Tensor) or pixel.dim() != 4 or pixel.shape[1:] != (1, 28, 28):
            forma = tuple(pixel.shape) if isinstance(pixel, torch.Tensor) else type(pixel).__name__
            raise ValueError(f"Al modello serve un tensore N×1×28×28, e arriva {forma}.")
        lavoro.append(len(pixel))
        return -((pixel.mean(dim=(1, 2, 3))[:, None] / 20 - torch.arange(10)) ** 2)

    return {RISPOSTE: chiama(risposta, richieste, leggi, calcola), CHIAMATE: len(lavoro), IMMAGINI: sum(lavoro)}


def leggi(corpo: str) -> torch.Tensor:
    """La richiesta di prova ``"un 3"`` diventa un'immagine; le altre si fermano, come `leggi_cifra` nella lezione."""
    from fastapi import HTTPException

    if corpo in SBAGLIATE:
        raise HTTPException(SBAGLIATE[corpo], "Non è una cifra.")
    return torch.full((1, 1, 28, 28), 20.0 * int(corpo[-1]))


def _salta(scelte) -> None:
    """La cifra dell'immagine finta, da buttare: serve a una svista, che ne mette una per ogni richiesta sbagliata."""
    next(scelte)


_FINTA = torch.zeros(1, 1, 28, 28)
