"""Ciò che di TorchTitan gira senza un cluster: i suoi modelli, contati, e le sue configurazioni, lette."""

import contextlib
import logging
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def _in_silenzio() -> Iterator[None]:
    """Le librerie che si importano qui annotano che cosa manca su questo computer: qui non serve."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def conta(taglia: str) -> int:
    """I parametri di un Llama 3 di quella taglia, contati sul dispositivo ``meta``: forme senza numeri."""
    with _in_silenzio():
        from torchtitan.models.llama3 import model_registry

        with torch.device("meta"):
            modello = model_registry(taglia).model.build()
    return sum(p.numel() for p in modello.parameters())


def configurazione(nome: str, *scelte: str) -> object:
    """La configurazione di un addestramento di Llama 3, con i campi cambiati come da riga di comando."""
    with _in_silenzio():
        from torchtitan.config import ConfigManager

        return ConfigManager().parse_args(["--module", "llama3", "--config", nome, *scelte])
