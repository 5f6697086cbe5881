"""DQN con otto reti insieme: pesi con un asse in più, e ogni rete ha i suoi carrelli, la sua memoria, le sue misure.

Adam lavora peso per peso, e la loss è una somma sulle reti: restano otto addestramenti separati.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from tensordict import TensorDict
from torch import nn

from corso_pytorch.lezioni.l10_rinforzo.mondo import caduto, fisica

RETI, CARRELLI, PASSI = 8, 16, 200


class OttoReti(nn.Module):
    """Da stati (8, N, 4) a Q (8, N, 2): ogni rete vede i suoi N stati."""

    def __init__(self):
        super().__init__()
        self.w1, self.b1 = nn.Parameter(torch.randn(RETI, 4, 64) / 2), nn.Parameter(torch.zeros(RETI, 1, 64))
        self.w2, self.b2 = nn.Parameter(torch.randn(RETI, 64, 2) / 8), nn.Parameter(torch.zeros(RETI, 1, 2))

    def forward(self, stati: torch.Tensor) -> torch.Tensor:
        return torch.tanh(stati @ self.w1 + self.b1) @ self.w2 + self.b2


@dataclass
class Addestrate:
    """Le reti alla fine, e le durate misurate, (8, K), dopo ``passi`` (K,) passi d'ambiente di ognuna."""

    reti: OttoReti
    durate: torch.Tensor
    passi: torch.Tensor


def addestra_otto(loss_dqn: Callable, partenza: Callable, giri: int = 1600, ogni: int = 100) -> Addestrate:
    """Ogni giro: un passo di tutti i carrelli, e un passo dell'ottimizzatore su 128 mosse ripescate per rete.

    Args:
        loss_dqn: ``loss_dqn(reti, bersaglio, mosse)``, dove mosse è un TensorDict (8, 128).
        partenza: ``partenza(8, 16)`` dà gli stati iniziali, sul dispositivo della lezione.
    """
    stato = partenza(RETI, CARRELLI)
    dove, eta = stato.device, torch.zeros(RETI, CARRELLI, device=stato.device)
    riga = torch.arange(RETI, device=dove)[:, None]
    reti = OttoReti().to(dove)
    bersaglio = copy.deepcopy(reti)
    ottimizzatore = torch.optim.Adam(reti.parameters(), lr=3e-3)
    memoria, misure = None, []
    for giro in range(giri):
        mosse = _gioca(reti, stato, epsilon=max(0.05, 1 - 5 * giro / giri))
        if memoria is None:
            memoria = mosse.new_zeros(RETI, CARRELLI * giri)
        memoria[:, CARRELLI * giro : CARRELLI * (giro + 1)] = mosse
        eta = eta + 1
        finito = (mosse["caduto"] > 0) | (eta >= PASSI)
        stato = torch.where(finito[..., None], partenza(RETI, CARRELLI), mosse["dopo"])
        eta = torch.where(finito, 0, eta)
        if giro >= 20:
            pescate = torch.randint(CARRELLI * (giro + 1), (RETI, 128)).to(dove)
            ottimizzatore.zero_grad()
            loss_dqn(reti, bersaglio, memoria[riga, pescate]).backward()
            ottimizzatore.step()
        if giro % 50 == 0:
            bersaglio.load_state_dict(reti.state_dict())
        if giro % ogni == ogni - 1:
            misure.append(durate_di(reti, partenza))
    passi = CARRELLI * ogni * torch.arange(1, len(misure) + 1)
    return Addestrate(reti, torch.stack(misure, dim=1).cpu(), passi)


@torch.no_grad()
def durate_di(reti: OttoReti, partenza: Callable, quanti: int = 32) -> torch.Tensor:
    """Quanti passi resistono, in media, le otto politiche che scelgono il Q più grande: forma (8,)."""
    stato = partenza(RETI, quanti)
    vivi = torch.ones(RETI, quanti, dtype=torch.bool, device=stato.device)
    totale = torch.zeros(RETI, device=stato.device)
    for _ in range(PASSI):
        totale += vivi.sum(1)
        stato = fisica(stato, reti(stato).argmax(-1))
        vivi = vivi & ~caduto(stato)
    return totale / quanti


@torch.no_grad()
def _gioca(reti: OttoReti, stato: torch.Tensor, epsilon: float) -> TensorDict:
    """Un passo: con probabilità ``epsilon`` un'azione a caso, se no la migliore. Restituisce le mosse, (8, N)."""
    migliore = reti(stato).argmax(-1)
    a_caso = torch.randint(2, migliore.shape).to(stato.device)
    esplora = (torch.rand(migliore.shape) < epsilon).to(stato.device)
    azione = torch.where(esplora, a_caso, migliore)
    dopo = fisica(stato, azione)
    mosse = {"stato": stato, "azione": azione, "dopo": dopo, "caduto": caduto(dopo).float()}
    return TensorDict(mosse, batch_size=stato.shape[:2])
