"""Il nome del dispositivo."""

import torch

NOME = "simulato"


def e_suo(dispositivo: object) -> bool:
    """Vero se il dispositivo è l'acceleratore simulato; torch, dentro, lo chiama anche «privateuseone»."""
    return dispositivo is not None and torch.device(dispositivo).type in (NOME, "privateuseone")
