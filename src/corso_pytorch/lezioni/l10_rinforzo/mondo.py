"""La fisica del carrello, con il codice della lezione: serve a chi controlla gli esercizi (un test confronta i due)."""

import math

import torch

GRAVITA, CARRELLO, ASTA, MEZZA_ASTA, FORZA, SECONDI = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02
MASSA = CARRELLO + ASTA


def fisica(stato: torch.Tensor, azione: torch.Tensor) -> torch.Tensor:
    """Un passo: da stato (..., 4) e azione (...), 0 o 1, allo stato dopo 0,02 secondi."""
    _, velocita, angolo, giro = stato.unbind(-1)
    seno, coseno = angolo.sin(), angolo.cos()
    spinta = (FORZA * (2 * azione - 1) + ASTA * MEZZA_ASTA * giro**2 * seno) / MASSA
    acc_giro = (GRAVITA * seno - coseno * spinta) / (MEZZA_ASTA * (4 / 3 - ASTA * coseno**2 / MASSA))
    acc = spinta - ASTA * MEZZA_ASTA * acc_giro * coseno / MASSA
    variazione = torch.stack([velocita, acc, giro, acc_giro], dim=-1)
    return stato + SECONDI * variazione


def caduto(stato: torch.Tensor) -> torch.Tensor:
    """Vero, forma (...), dove l'asta pende più di 12 gradi o il carrello è a più di 2,4 metri dal centro."""
    return (stato[..., 0].abs() > 2.4) | (stato[..., 2].abs() > math.radians(12))
