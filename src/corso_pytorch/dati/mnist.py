"""`prepara_mnist`: i dati delle lezioni, da tre fonti in quest'ordine: il disco, la rete, le cifre di riserva."""

import os
from pathlib import Path

import torch

from corso_pytorch.dati import cartelle, cifre_uci, integrita, scaricamento

VARIABILE_ORIGINE = "CORSO_PYTORCH_ORIGINE"


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
    voluta = os.environ.get(VARIABILE_ORIGINE, "auto") if origine == "auto" else origine
    if voluta not in ("auto", "mnist", "uci"):
        raise ValueError(f"L'origine «{voluta}» non esiste: scegli fra auto, mnist e uci.")
    dove = cartelle.possibili(cartella or cartelle.cartella_dati())
    if voluta == "uci":
        return _cifre_uci(dove)
    try:
        pronta = next(filter(integrita.in_ordine, dove), None)
        return pronta or cartelle.nella_prima_scrivibile(dove, scaricamento.scarica)
    except cartelle.DatiNonDisponibili as errore:
        if voluta == "mnist":
            raise cartelle.DatiNonDisponibili(
                f"{errore} Riprova con la rete, copia i quattro file in {integrita.cartella_dei_file(dove[0])}, "
                f'indica con {cartelle.VARIABILE} una cartella che li ha, oppure usa origine="uci".'
            ) from errore
        print(f"{errore} Uso le cifre UCI: 60000 + 10000 immagini ricavate da 1797 originali.")
        return _cifre_uci(dove)


def quali_dati(radice: str | Path) -> str:
    """``"uci"`` se in ``radice`` ci sono le cifre di riserva, altrimenti ``"mnist"``."""
    return "uci" if Path(radice).name == integrita.RISERVA else "mnist"


def carica_in_memoria(radice: str | Path, addestramento: bool = True) -> tuple[torch.Tensor, torch.Tensor]:
    """Tutte le immagini e le etichette in due tensori, sulla CPU.

    Args:
        radice: quella restituita da `prepara_mnist`.
        addestramento: ``True`` per le 60000 di addestramento, ``False`` per le 10000 di test.

    Returns:
        Le immagini, uint8 di forma (N, 28, 28) con valori da 0 a 255, e le etichette, int64 di forma (N,).

    Raises:
        DatiNonDisponibili: dopo la preparazione i file sono cambiati.
    """
    quali = "train" if addestramento else "t10k"
    immagini = integrita.leggi(radice, f"{quali}-images-idx3-ubyte")
    return immagini, integrita.leggi(radice, f"{quali}-labels-idx1-ubyte").long()


def _cifre_uci(dove: list[Path]) -> Path:
    riserve = (cartella / integrita.RISERVA for cartella in dove)
    # Senza manifesto la costruzione è a metà: forse ci lavora un altro notebook.
    pronta = next((r for r in riserve if (r / integrita.MANIFESTO).is_file() and integrita.in_ordine(r)), None)
    return pronta or cartelle.nella_prima_scrivibile(dove, cifre_uci.costruisci)
