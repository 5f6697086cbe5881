"""Dove si calcola, e da quale seme partono i numeri casuali."""

import os
import random

import numpy as np
import torch

VARIABILE_DISPOSITIVO = "CORSO_PYTORCH_DISPOSITIVO"


def scegli_dispositivo(nome: str | None = None) -> torch.device:
    """Restituisce il dispositivo su cui far girare la lezione.

    Vale, nell'ordine: l'argomento ``nome`` (``"cpu"``, ``"cuda:1"``, ``"mps"``…), la variabile d'ambiente
    ``CORSO_PYTORCH_DISPOSITIVO``, l'acceleratore presente davvero (CUDA, MPS, XPU…), la CPU.

    Raises:
        ValueError: il nome non è quello di un dispositivo, o qui quel dispositivo non c'è.
    """
    richiesto = nome or os.environ.get(VARIABILE_DISPOSITIVO)
    if not richiesto:
        # Senza check_available una build CUDA risponde «cuda» anche dove non c'è nessuna GPU.
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    presenti = " o ".join(f"«{tipo}»" for tipo in dispositivi_presenti())
    try:
        dispositivo = torch.device(richiesto)
    except RuntimeError:
        raise ValueError(f"«{richiesto}» non è il nome di un dispositivo: prova con {presenti}.") from None
    quanti = 1 if dispositivo.type == "cpu" else torch.accelerator.device_count()
    if dispositivo.type not in dispositivi_presenti() or (dispositivo.index or 0) >= quanti:
        rimedio = f"puoi usare {presenti}. Cambia l'argomento o la variabile {VARIABILE_DISPOSITIVO}."
        raise ValueError(f"Il dispositivo «{richiesto}» qui non c'è: {rimedio}")
    return dispositivo


def dispositivi_presenti() -> list[str]:
    """I tipi di dispositivo che qui funzionano davvero: ``["cpu"]``, ``["cpu", "cuda"]``…"""
    acceleratore = torch.accelerator.current_accelerator(check_available=True)
    return ["cpu"] if acceleratore is None else ["cpu", acceleratore.type]


def ha_bf16(dispositivo: torch.device) -> bool:
    """Vero se il dispositivo fa i conti in bfloat16 nel suo hardware.

    Dove non li fa, PyTorch li imita: il risultato c'è lo stesso, ma su una CPU può costare dieci volte di più.
    """
    if dispositivo.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capacita = torch.cpu.get_capabilities() if dispositivo.type == "cpu" else {}
    return any(capacita.get(nome) for nome in ("avx512_bf16", "amx_bf16", "arm_bf16"))


def imposta_seme(seme: int = 0) -> None:
    """Fa ripartire dallo stesso punto i generatori casuali di Python, NumPy e PyTorch (CPU e GPU).

    Raises:
        ValueError: il seme non è un intero fra 0 e 2³² − 1 (il limite di NumPy).
    """
    if isinstance(seme, bool) or not isinstance(seme, int) or not 0 <= seme < 2**32:
        raise ValueError(f"Il seme deve essere un intero fra 0 e 4294967295, non {seme!r}.")
    random.seed(seme)
    np.random.seed(seme)
    torch.manual_seed(seme)
