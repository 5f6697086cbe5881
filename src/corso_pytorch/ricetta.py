"""La ricetta della lezione 05: i dati già in memoria, mezza precisione dove conviene, un'epoca sola."""

import torch
from torch import nn

from corso_pytorch.addestramento import una_epoca


class BatchInMemoria:
    """I batch tagliati da due tensori già pronti: come un DataLoader che mescola, senza il lavoro per ogni esempio.

    ``x`` e ``y`` sono lunghi uguale, sullo stesso dispositivo. Ogni giro ha un ordine nuovo; l'ultimo batch può essere
    più corto.
    """

    def __init__(self, x, y, batch_size=256):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return -(-len(self.x) // self.batch_size)

    def __iter__(self):
        for indici in torch.randperm(len(self.x)).to(self.x.device).split(self.batch_size):
            yield self.x[indici], self.y[indici]


class InBf16(nn.Module):
    """Fa calcolare un modello in precisione mista: i prodotti in bfloat16, i pesi e il risultato in float32."""

    def __init__(self, modello):
        super().__init__()
        self.modello = modello

    def forward(self, x):
        with torch.autocast(x.device.type, torch.bfloat16):
            return self.modello(x).float()


def ricetta(modello, dati, lr=0.04):
    """Addestra il modello per un'epoca, sul posto, e restituisce la loss media incontrata.

    AdamW con learning rate a un ciclo, alto, e memoria breve (i `betas`: i passi sono pochi); etichette ammorbidite
    (label smoothing).

    Args:
        modello: una rete, meglio se con batch normalization: con un learning rate così alto sbaglia di meno.
        dati: un `BatchInMemoria`, o un'altra raccolta di batch (x, y) che abbia una lunghezza.
        lr: il learning rate più alto del ciclo.
    """
    ottimizzatore = torch.optim.AdamW(modello.parameters(), lr=lr, betas=(0.85, 0.95), fused=True)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(ottimizzatore, lr, total_steps=len(dati), cycle_momentum=False)
    return una_epoca(modello, dati, nn.CrossEntropyLoss(label_smoothing=0.1), ottimizzatore, scheduler)
