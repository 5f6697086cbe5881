"""Gli strumenti della lezione 09, costruiti dalle armoniche e dall'inviluppo: note, accordi, insiemi di suoni."""

import math

import torch

FC, CAMPIONI = 8000, 4000  # mezzo secondo

# nome: (volume di ognuna delle 8 armoniche, attacco in secondi, quanto in fretta si spegne)
STRUMENTI = {
    "organo": ([1, 0.8, 0.2, 0.7, 0.1, 0.1, 0.1, 0.5], 0.010, 0.0),
    "clarinetto": ([1, 0.05, 0.7, 0.05, 0.4, 0.05, 0.25, 0.03], 0.030, 0.0),
    "flauto": ([1, 0.35, 0.12, 0.04, 0.02, 0.01, 0, 0], 0.080, 0.0),
    "corda": ([1, 0.5, 0.33, 0.25, 0.2, 0.17, 0.14, 0.12], 0.003, 1.8),
    "campana": ([0.6, 1, 0.8, 0.5, 0.7, 0.5, 0.4, 0.3], 0.002, 1.0),
}
# In una campana i multipli della nota non sono tutti interi: si chiamano parziali, non armoniche.
_CAMPANA = torch.tensor([0.5, 1, 1.19, 1.5, 2, 2.74, 3, 3.76])

# Le tre note di ogni accordo, in semitoni dal la.
ACCORDI = {"do": (-9, -5, -2), "fa": (-4, 0, 3), "sol": (-2, 2, 5), "la minore": (0, 3, 7)}

# Le note del suono da decifrare, in semitoni dal la.
_MESSAGGIO = (-5, -5, -4, -2, -2, -4, -5, -7)


def suona(strumento: str, frequenze: torch.Tensor, caso: torch.Generator, soffio: float = 0.03) -> torch.Tensor:
    """Da N frequenze, in hertz, a N onde di mezzo secondo: forma (N, 4000), deviazione standard 1.

    Volumi delle armoniche, fasi e attacchi cambiano ogni volta un poco, a caso. Nelle corde e nelle campane le
    armoniche più alte si spengono prima; l'organo ha un tremolo, il flauto un soffio, forte ``soffio``.
    """
    volumi, attacco, spegne = STRUMENTI[strumento]
    numeri, t = torch.arange(1.0, 9.0), torch.arange(CAMPIONI) / FC
    f = frequenze[:, None] * (_CAMPANA if strumento == "campana" else numeri)
    # Un'armonica sopra la frequenza di Nyquist tornerebbe giù, stonata: si toglie.
    volumi = torch.tensor(volumi) * (0.7 + 0.6 * torch.rand(f.shape, generator=caso)) * (f < FC / 2)
    fasi = 2 * math.pi * torch.rand(f.shape, generator=caso)
    parziali = volumi[..., None] * torch.sin(2 * math.pi * f[..., None] * t + fasi[..., None])  # (N, 8, 4000)
    onde = (parziali * torch.exp(-spegne * (numeri[:, None] + 1) * t)).sum(1)
    attacchi = attacco * (0.7 + 0.7 * torch.rand(len(f), 1, generator=caso))
    onde = onde * (t / attacchi).clamp(max=1)
    if strumento == "organo":
        onde = onde * (1 + 0.4 * torch.sin(2 * math.pi * 6 * t + fasi[:, :1]))
    if strumento == "flauto":
        onde = onde + soffio * torch.randn(onde.shape, generator=caso)
    return onde / onde.std(1, keepdim=True)


def note_a_caso(tasti: torch.Tensor, quanti: int, seme: int, soffio: float = 0.03) -> tuple[torch.Tensor, torch.Tensor]:
    """Per ognuno dei cinque strumenti ``quanti`` suoni, su tasti a caso, un poco stonati e con volumi diversi.

    Args:
        tasti: fra quali note scegliere, in semitoni dal la.
        soffio: quanto è forte quello dei flauti; il resto dei suoni non cambia.

    Returns:
        le onde, (5·quanti, 4000), e le etichette, (5·quanti,).
    """
    caso = torch.Generator().manual_seed(seme)
    onde = []
    for strumento in STRUMENTI:
        scelti = tasti[torch.randint(len(tasti), (quanti,), generator=caso)]
        frequenze = _hertz(scelti + 0.4 * torch.rand(quanti, generator=caso) - 0.2)
        volumi = 0.05 + 0.15 * torch.rand(quanti, 1, generator=caso)
        onde.append(suona(strumento, frequenze, caso, soffio) * volumi)
    return torch.cat(onde), torch.arange(5).repeat_interleave(quanti)


def accordi(quanti: int, seme: int, strumento: str = "corda") -> tuple[torch.Tensor, torch.Tensor]:
    """Di ogni accordo di `ACCORDI` ``quanti`` suoni: tre note insieme, un poco stonate e con volumi diversi.

    Returns:
        le onde, (4·quanti, 4000), e le etichette, (4·quanti,).
    """
    caso = torch.Generator().manual_seed(seme)
    onde = []
    for tasti in ACCORDI.values():
        frequenze = _hertz(torch.tensor(tasti) + 0.4 * torch.rand(quanti, 3, generator=caso) - 0.2)
        volumi = 0.04 + 0.08 * torch.rand(quanti, 3, 1, generator=caso)
        singole = suona(strumento, frequenze.flatten(), caso).reshape(quanti, 3, CAMPIONI)
        onde.append((singole * volumi).sum(dim=1))
    return torch.cat(onde), torch.arange(len(ACCORDI)).repeat_interleave(quanti)


def messaggio() -> torch.Tensor:
    """Il suono da decifrare: otto note di corda, 0,4 secondi ciascuna, una dopo l'altra; forma (25600,)."""
    note = suona("corda", _hertz(torch.tensor(_MESSAGGIO)), torch.Generator().manual_seed(3))[:, :3200]
    spegne = (torch.arange(3199, -1, -1) / 200).clamp(max=1)  # senza, fra una nota e l'altra si sentirebbe uno schiocco
    return (0.15 * note * spegne).flatten()


def _hertz(semitoni: torch.Tensor) -> torch.Tensor:
    return 440 * 2 ** (semitoni / 12)
