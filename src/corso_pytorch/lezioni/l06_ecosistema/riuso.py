"""Un'esperta in piccolo, e cinque forme che non ha mai visto: l'esame di chi la riusa (esercizio 6.5)."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.modelli import CNN
from corso_pytorch.verifiche.confronti import Assente, simili
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import generatore

CLASSI, SOGLIA = 5, 0.8
ESPERTA_CAMBIATA = "L'esperta non è più com'era: lavora su una copia, copy.deepcopy(esperta)."
PESI_CAMBIATI = (
    "I pesi dei blocchi non sono quelli dell'esperta: una copia, di cui si addestra soltanto l'ultimo strato."
)
BUFFER_CAMBIATI = (
    "I pesi dei blocchi sono quelli dell'esperta, ma i buffer della batch normalization no: mancano, o li ha cambiati "
    "train() (anche num_batches_tracked). Mentre addestri, i blocchi stanno in eval()."
)
NON_LA_USA = "La rete che torna contiene i blocchi dell'esperta, ma non risponde con loro."
NON_PRONTA = "La rete non è pronta: chiamata così come torna, e poi dopo eval(), dà logit diversi."
DAL_BATCH = "La risposta a un'immagine cambia con le altre del batch: ognuna deve bastare a sé."


def forme(per_classe: int, seme: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Riga, colonna, due diagonali e un quadrato, spostati e sporcati: x (N, 1, 28, 28), e la classe y (N)."""
    posto = torch.arange(28)
    riga, colonna = posto[:, None].expand(28, 28), posto.expand(28, 28)
    dentro = ((riga - 14).abs() < 9) & ((colonna - 14).abs() < 9)
    tratti = [riga - 14, colonna - 14, riga - colonna, riga + colonna - 28]
    quadrato = ((riga - 14).abs() < 5) & ((colonna - 14).abs() < 5)
    return _esempi(torch.stack([*((tratto.abs() < 2) & dentro for tratto in tratti), quadrato]), per_classe, seme)


def _esempi(modelli: torch.Tensor, per_classe: int, seme: int) -> tuple[torch.Tensor, torch.Tensor]:
    caso = generatore(seme)
    y = torch.arange(len(modelli)).repeat(per_classe)[torch.randperm(len(modelli) * per_classe, generator=caso)]
    passi = torch.randint(-2, 3, (len(y), 2), generator=caso).tolist()
    x = torch.stack([modelli[c].roll(passo, (0, 1)) for c, passo in zip(y, passi, strict=True)])
    return 2 * x[:, None] - 0.4 + 0.4 * torch.randn(len(y), 1, 28, 28, generator=caso), y


def esperta(seme: int, ferma: bool, passi: int = 30) -> CNN:
    """Una `CNN` che ha imparato a distinguere dieci macchie; arriva in ``train()``, o tutta ferma e in ``eval()``."""
    macchie = F.interpolate(torch.randn(10, 1, 7, 7, generator=generatore(seme)), size=28, mode="bilinear")[:, 0] > 0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seme)
        rete = CNN().train()
        ottimizzatore = torch.optim.AdamW(rete.parameters(), lr=0.003)
        for passo in range(passi):
            x, y = _esempi(macchie, 4, 100 * seme + passo)
            ottimizzatore.zero_grad()
            F.cross_entropy(rete(x), y).backward()
            ottimizzatore.step()
    rete.zero_grad()
    return rete.eval().requires_grad_(False) if ferma else rete


def adatta(esperta: CNN, x: torch.Tensor, y: torch.Tensor) -> nn.Module:
    rete = copy.deepcopy(esperta).requires_grad_(False).eval()
    rete.uscita[1] = nn.Linear(576, 5).to(x.device)
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
    rete.cpu()  # chi studia può averla portata sul suo dispositivo
    dopo = esperta.state_dict()
    ferma = prima.keys() == dopo.keys() and all(torch.equal(valore, dopo[nome]) for nome, valore in prima.items())
    blocchi = {nome: valore for nome, valore in prima.items() if nome.startswith("blocco")}
    suoi = [*rete.state_dict().values()]
    persi = {nome for nome, valore in blocchi.items() if not any(torch.equal(valore, suo) for suo in suoi)}
    pesi = [valore for nome, valore in blocchi.items() if nome.endswith("weight") and valore.dim() > 1]
    nuove, vere = forme(40, 77)
    with torch.no_grad():
        come_torna = chiama(copy.deepcopy(rete), nuove)
        rete.eval()
        logit, una = chiama(rete, nuove), chiama(rete, nuove[:1])
        senza = copy.deepcopy(rete)
        for suo in senza.state_dict().values():
            if any(torch.equal(suo, peso) for peso in pesi):
                suo.zero_()
        muta = simili(chiama(senza, nuove), logit)
    if (forma := tuple(logit.shape)) != (len(nuove), CLASSI):
        raise Sbagliato(f"Con {len(nuove)} immagini i logit hanno forma {forma}: le classi nuove sono {CLASSI}.")
    quota = (logit.argmax(dim=1) == vere).float().mean().item()
    poche = (
        f"La rete riconosce il {100 * quota:.0f} % delle forme nuove: pochi passi, un ottimizzatore che non ha i "
        "parametri nuovi, un backward che manca, o blocchi in train() mentre impara?"
    )
    return {
        "l'esperta": True if ferma else Assente(ESPERTA_CAMBIATA),
        "i pesi": Assente(PESI_CAMBIATI) if any(nome.endswith(("weight", "bias")) for nome in persi) else True,
        "i buffer": Assente(BUFFER_CAMBIATI) if persi else True,
        "l'uso": Assente(NON_LA_USA) if muta else True,
        "la modalità": True if simili(come_torna, logit, 1e-3) else Assente(NON_PRONTA),
        "il batch": True if simili(una, logit[:1], 1e-3) else Assente(DAL_BATCH),
        "l'accuratezza": True if quota >= SOGLIA else Assente(poche),
    }
