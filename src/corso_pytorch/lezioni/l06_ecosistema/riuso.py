"""Un'esperta in piccolo, e cinque forme che non ha mai visto: l'esame di chi la riusa (esercizio 6.5)."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.modelli import CNN
from corso_pytorch.verifiche.confronti import Assente
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import generatore

CLASSI, SOGLIA = 5, 0.8
PESI_CAMBIATI = "I pesi dei blocchi non sono quelli dell'esperta: si addestra soltanto l'ultimo strato."
BUFFER_CAMBIATI = (
    "I pesi dei blocchi sono quelli dell'esperta, ma le medie della batch normalization no: mentre addestri, i blocchi "
    "stanno in eval() (e addestra chiama train())."
)
ESPERTA_CAMBIATA = "L'esperta non è più com'era: lavora su una copia, copy.deepcopy(esperta)."
IN_TRAIN = "I blocchi della rete che torna sono in train(): prima di restituirla, eval()."


def forme(per_classe: int, seme: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Riga, colonna, due diagonali e un quadrato, spostati e sporcati: x (N, 1, 28, 28), e la classe y (N)."""
    posto = torch.arange(28)
    riga, colonna = posto[:, None].expand(28, 28), posto.expand(28, 28)
    dentro = ((riga - 14).abs() < 9) & ((colonna - 14).abs() < 9)
    tratti = [riga - 14, colonna - 14, riga - colonna, riga + colonna - 28]
    quadrato = ((riga - 14).abs() < 5) & ((colonna - 14).abs() < 5)
    modelli = torch.stack([*((tratto.abs() < 2) & dentro for tratto in tratti), quadrato]).float()
    caso, y = generatore(seme), torch.arange(CLASSI).repeat(per_classe)
    passi = torch.randint(-2, 3, (len(y), 2), generator=caso).tolist()
    x = torch.stack([modelli[c].roll(passo, (0, 1)) for c, passo in zip(y, passi, strict=True)])
    return 2 * x[:, None] - 0.4 + 0.4 * torch.randn(len(y), 1, 28, 28, generator=caso), y


def esperta(seme: int, ferma: bool) -> CNN:
    """Una `CNN` i cui blocchi hanno già visto qualcosa; arriva in ``train()``, o tutta ferma e in ``eval()``."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seme)
        rete = CNN().train()
        for giro in range(5):
            rete(forme(6, 100 * seme + giro)[0].flip(-1))
    return rete.eval().requires_grad_(False) if ferma else rete


def adatta(esperta: CNN, x: torch.Tensor, y: torch.Tensor) -> nn.Module:
    rete = copy.deepcopy(esperta).requires_grad_(False).eval()
    rete.uscita[1] = nn.Linear(576, 5)
    ottimizzatore = torch.optim.AdamW(rete.uscita.parameters(), lr=0.003)
    for _ in range(40):
        ottimizzatore.zero_grad()
        F.cross_entropy(rete(x), y).backward()
        ottimizzatore.step()
    return rete


def esamina(risposta: object, esperta: CNN, x: torch.Tensor, y: torch.Tensor) -> dict[str, object]:
    """Guarda la rete che torna: i blocchi dell'esperta, riconosciuti dai numeri, e quante ne indovina."""
    prima = copy.deepcopy(esperta.state_dict())
    rete = chiama(risposta, esperta, x, y, cambia=(0,))
    if not isinstance(rete, nn.Module):
        raise Sbagliato(f"Deve uscire una rete, e invece è {tipo_di(rete)}.")
    suoi = [*rete.state_dict().values()]
    blocchi = {nome: valore for nome, valore in prima.items() if nome.startswith("blocco")}
    persi = {nome for nome, valore in blocchi.items() if not any(torch.equal(valore, suo) for suo in suoi)}
    pesi_persi = persi & {nome for nome, _ in esperta.named_parameters()}
    ferma = all(torch.equal(valore, prima[nome]) for nome, valore in esperta.state_dict().items())
    accesa = any(modulo.training for modulo in rete.modules() if isinstance(modulo, nn.BatchNorm2d))
    nuove, vere = forme(40, 77)
    with torch.no_grad():
        logit = chiama(rete.eval(), nuove)
    if (forma := tuple(logit.shape)) != (len(nuove), CLASSI):
        raise Sbagliato(f"Con {len(nuove)} immagini i logit hanno forma {forma}: le classi nuove sono {CLASSI}.")
    quota = (logit.argmax(dim=1) == vere).float().mean().item()
    poche = (
        f"La rete riconosce il {100 * quota:.0f} % delle forme nuove: pochi passi, o blocchi in train() mentre impara?"
    )
    return {
        "l'esperta": True if ferma else Assente(ESPERTA_CAMBIATA),
        "i pesi": Assente(PESI_CAMBIATI) if pesi_persi else True,
        "i buffer": Assente(BUFFER_CAMBIATI) if persi else True,
        "la modalità": Assente(IN_TRAIN) if accesa else True,
        "l'accuratezza": True if quota >= SOGLIA else Assente(poche),
    }
