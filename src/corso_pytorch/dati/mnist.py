"""`prepara_mnist`: i dati delle lezioni, da tre fonti in quest'ordine: il disco, la rete, le cifre di riserva."""

import os
from pathlib import Path

import torch

from corso_pytorch.dati import cifre_uci, integrita, scaricamento
from corso_pytorch.dati.cartelle import (
    VARIABILE_CARTELLA,
    DatiNonDisponibili,
    cartella_dati,
    cartella_di_ripiego,
    nella_prima_scrivibile,
)

VARIABILE_ORIGINE = "CORSO_PYTORCH_ORIGINE"
ORIGINI = ("auto", "mnist", "uci")


def prepara_mnist(cartella: str | Path | None = None, origine: str = "auto") -> Path:
    """Prepara i dati e restituisce la radice da dare a ``torchvision.datasets.MNIST``.

    Args:
        cartella: dove cercarli e metterli; ``None`` per quella del corso (vedi `cartella_dati`).
        origine: ``"mnist"`` o ``"uci"`` per volere proprio quelli; ``"auto"`` per MNIST se si può e le cifre di
            riserva altrimenti (con una riga che lo dice). Con ``"auto"`` decide ``CORSO_PYTORCH_ORIGINE``, se c'è.

    Raises:
        ValueError: l'origine non è una delle tre.
        DatiNonDisponibili: MNIST è richiesto e non si può avere, o non c'è posto dove scrivere.
    """
    origine = _origine_voluta(origine)
    preferita = Path(cartella).expanduser().absolute() if cartella is not None else cartella_dati()
    cartelle = list(dict.fromkeys([preferita, cartella_di_ripiego()]))
    if origine == "uci":
        return _cifre_uci(cartelle)
    try:
        return _mnist(cartelle)
    except DatiNonDisponibili as errore:
        if origine == "mnist":
            raise DatiNonDisponibili(
                f"{errore} Riprova con la rete, copia i quattro file in {integrita.cartella_dei_file(preferita)}, "
                f'indica con {VARIABILE_CARTELLA} una cartella che li ha, oppure usa origine="uci".'
            ) from errore
        print(f"{errore} Uso le cifre UCI: 60000 + 10000 immagini ricavate da 1797 originali.")
        return _cifre_uci(cartelle)


def quali_dati(radice: str | Path) -> str:
    """``"uci"`` se in ``radice`` ci sono le cifre di riserva, altrimenti ``"mnist"``."""
    return "uci" if Path(radice).name == cifre_uci.NOME_CARTELLA else "mnist"


def carica_in_memoria(radice: str | Path, addestramento: bool = True) -> tuple[torch.Tensor, torch.Tensor]:
    """Tutte le immagini e le etichette in due tensori, sulla CPU.

    Args:
        radice: quella restituita da `prepara_mnist`.
        addestramento: ``True`` per le 60000 di addestramento, ``False`` per le 10000 di test.

    Returns:
        Le immagini, uint8 di forma (N, 28, 28) con valori da 0 a 255, e le etichette, int64 di forma (N,).
    """
    from torchvision.datasets import MNIST

    insieme = MNIST(radice, train=addestramento)
    return insieme.data, insieme.targets


def _mnist(cartelle: list[Path]) -> Path:
    for cartella in cartelle:
        problemi = integrita.esamina(cartella)
        if not problemi:
            return cartella
        integrita.metti_da_parte(cartella, problemi)
    return nella_prima_scrivibile(cartelle, scaricamento.scarica)


def _cifre_uci(cartelle: list[Path]) -> Path:
    for cartella in cartelle:
        if cifre_uci.gia_pronte(cartella):
            return cartella / cifre_uci.NOME_CARTELLA
    return nella_prima_scrivibile(cartelle, cifre_uci.costruisci)


def _origine_voluta(origine: str) -> str:
    voluta = os.environ.get(VARIABILE_ORIGINE, "auto") if origine == "auto" else origine
    if voluta not in ORIGINI:
        raise ValueError(f"L'origine «{voluta}» non esiste: scegli fra {', '.join(ORIGINI)}.")
    return voluta
