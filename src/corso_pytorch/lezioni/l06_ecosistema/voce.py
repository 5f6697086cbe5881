"""Una rete già addestrata che viaggia nel suo pacchetto, Silero VAD, e i suoni da farle ascoltare.

Silero VAD (Silero Team, licenza MIT, https://github.com/snakers4/silero-vad) dice se in un suono qualcuno parla. I pesi
sono quelli del file ``silero_vad_16k.safetensors``; la rete è riscritta qui con gli strati di PyTorch. Il pacchetto non
si importa: ``import silero_vad`` porta a 1 i thread di PyTorch, e la sua rete passa da `torch.jit.load`, deprecata.
"""

import importlib.util
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

CAMPIONI_AL_SECONDO = 16_000
PEZZO, PRIMA = 512, 64  # ogni risposta riguarda 512 campioni, e la rete ne rilegge 64 dal pezzo precedente

# Le risonanze della gola e della bocca (formanti), in hertz: sono ciò che distingue una vocale da un'altra.
FORMANTI = {
    "a": (800, 1200, 2500),
    "e": (500, 1900, 2600),
    "i": (300, 2300, 3000),
    "o": (500, 900, 2500),
    "u": (300, 800, 2300),
}


def file_dei_pesi() -> Path:
    """Dove il pacchetto `silero_vad` tiene i pesi, senza importarlo."""
    [cartella] = importlib.util.find_spec("silero_vad").submodule_search_locations
    return Path(cartella, "data", "silero_vad_16k.safetensors")


class ReteDellaVoce(nn.Module):
    """Silero VAD a 16 000 campioni al secondo: uno spettro, quattro convoluzioni, una memoria, una probabilità.

    Da un batch di pezzi (N, 576) e dallo stato lasciato dal pezzo di prima, a (N,) probabilità e allo stato nuovo.
    """

    def __init__(self):
        super().__init__()
        self.stft_conv = nn.Conv1d(1, 258, 256, stride=128, bias=False)
        self.conv1 = nn.Conv1d(129, 128, 3, padding=1)
        self.conv2 = nn.Conv1d(128, 64, 3, stride=2, padding=1)
        self.conv3 = nn.Conv1d(64, 64, 3, stride=2, padding=1)
        self.conv4 = nn.Conv1d(64, 128, 3, padding=1)
        self.lstm_cell = nn.LSTMCell(128, 128)
        self.final_conv = nn.Conv1d(128, 1, 1)

    def forward(self, pezzi, stato=None):
        spettro = self.stft_conv(F.pad(pezzi[:, None], (0, PRIMA), mode="reflect"))
        x = (spettro[:, :129] ** 2 + spettro[:, 129:] ** 2).sqrt()
        for convoluzione in (self.conv1, self.conv2, self.conv3, self.conv4):
            x = F.relu(convoluzione(x))
        stato = self.lstm_cell(x.squeeze(-1), stato)
        return self.final_conv(F.relu(stato[0])[..., None]).sigmoid().flatten(), stato


def probabilita_di_voce(rete: ReteDellaVoce, onda: torch.Tensor) -> torch.Tensor:
    """La probabilità che qualcuno parli, ogni 32 millesimi di secondo, sulla CPU; l'onda è di forma (N,)."""
    dispositivo = next(rete.parameters()).device
    onda = F.pad(onda, (PRIMA, -len(onda) % PEZZO)).to(dispositivo)
    stato, uscite = None, []
    with torch.no_grad():
        for pezzo in onda.unfold(0, PRIMA + PEZZO, PEZZO):
            uscita, stato = rete(pezzo[None], stato)
            uscite.append(uscita)
    return torch.cat(uscite).cpu()


def suoni_di_prova(secondi: float = 2.0) -> dict[str, torch.Tensor]:
    """Cinque suoni fatti con formule, sempre uguali, lunghi circa ``secondi``: nessuno è una voce vera."""
    caso = torch.Generator().manual_seed(0)
    n = int(secondi * CAMPIONI_AL_SECONDO)
    tempo = torch.arange(n) / CAMPIONI_AL_SECONDO
    sillabe = []
    while sum(map(len, sillabe)) < n:
        vocale = FORMANTI["aeiou"[len(sillabe) // 3 % 5]]
        sillabe += [_sibilo(0.09, caso), _vocale(vocale, 0.2), torch.zeros(int(0.04 * CAMPIONI_AL_SECONDO))]
    return {
        "silenzio": torch.zeros(n),
        "fruscio": 0.1 * torch.randn(n, generator=caso),
        "una nota": 0.3 * torch.sin(2 * math.pi * 440 * tempo),
        "«aaaaa»": _vocale(FORMANTI["a"], secondi),
        "«sa se si so su»": torch.cat(sillabe)[:n],
    }


def registrazione() -> tuple[torch.Tensor, list[tuple[str, float]]]:
    """Una registrazione fatta sul posto, sempre uguale: l'onda, e i pezzi in fila con i loro secondi.

    Fra due gruppi di sillabe ci sono una nota e delle pause; nelle pause c'è il fruscio leggero di un microfono.
    """
    suoni, caso = suoni_di_prova(), torch.Generator().manual_seed(1)

    def pausa(secondi: float) -> tuple[str, torch.Tensor]:
        return "pausa", 0.01 * torch.randn(int(secondi * CAMPIONI_AL_SECONDO), generator=caso)

    sillabe = ("sa se si so su", suoni["«sa se si so su»"])
    nota = ("una nota", suoni["una nota"][:CAMPIONI_AL_SECONDO])
    pezzi = [pausa(1.0), sillabe, pausa(1.5), nota, pausa(1.0), sillabe, pausa(1.5)]
    return torch.cat([onda for _, onda in pezzi]), [(nome, len(onda) / CAMPIONI_AL_SECONDO) for nome, onda in pezzi]


def _vocale(formanti: tuple[int, ...], secondi: float, altezza: float = 120.0) -> torch.Tensor:
    """Una vocale: le armoniche di una corda vocale, più forti vicino alle formanti."""
    n = int(secondi * CAMPIONI_AL_SECONDO)
    tempo = torch.arange(n) / CAMPIONI_AL_SECONDO
    nota = altezza * (1 + 0.02 * torch.sin(2 * math.pi * 5 * tempo)) * torch.linspace(1.1, 0.9, n)
    fase = nota.cumsum(0) / CAMPIONI_AL_SECONDO * 2 * math.pi
    onda = torch.zeros(n)
    for k in range(1, 40):
        forza = sum(
            1 / (1 + ((k * nota - centro) / largo) ** 2) for centro, largo in zip(formanti, (80, 100, 150), strict=True)
        )
        onda += forza * torch.sin(k * fase) * (k * nota < 7500) / k**0.5
    return 0.3 * onda / onda.abs().max() * torch.sin(math.pi * torch.arange(n) / n) ** 0.5


def _sibilo(secondi: float, caso: torch.Generator) -> torch.Tensor:
    """Una «s»: rumore in cui restano soprattutto i toni acuti."""
    n = int(secondi * CAMPIONI_AL_SECONDO)
    rumore = torch.randn(n, generator=caso)
    return 0.05 * (rumore - rumore.roll(1)) * torch.hann_window(n)
