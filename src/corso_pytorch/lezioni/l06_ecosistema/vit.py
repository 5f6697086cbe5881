"""L'attenzione di un ViT di TorchVision, letta con un hook."""

import torch
from torch import nn


def attenzione(vit: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Quanto, nell'ultimo strato, ogni token guarda ogni altro: (N, teste, token, token); ogni riga somma a 1.

    Un hook conserva ciò che entra nell'attenzione; glielo si ripassa chiedendo i pesi, che il modello butta via. Il ViT
    resta in ``eval()``.
    """
    ultimo, arrivi = vit.encoder.layers[-1], []
    gancio = ultimo.ln_1.register_forward_hook(lambda strato, entra, esce: arrivi.append(esce))
    vit.eval()
    with torch.no_grad():
        vit(x)
        gancio.remove()
        # Tre volte lo stesso tensore: ogni token ha tre ruoli (domanda, chiave, valore: lezione 08).
        return ultimo.self_attention(arrivi[0], arrivi[0], arrivi[0], average_attn_weights=False)[1]
