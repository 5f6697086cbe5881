"""La rete che arriva al 99 % in meno di un secondo: il primo strato viene dai dati, e non impara."""

import torch
from torch import nn
from torch.nn import functional as F


def filtri_dai_dati(immagini, quanti=8, lato=6):
    """I filtri lungo cui i quadratini delle immagini variano di più (PCA), ognuno con i due segni.

    Ogni filtro è diviso per la deviazione della sua risposta: così tutte contano allo stesso modo (sbiancamento). Da
    K. Jordan, «94% on CIFAR-10 in 3.29 Seconds on a Single GPU», 2024 (arXiv:2404.00498).

    Args:
        immagini: N×1×H×W, in qualunque scala; ne bastano un paio di centinaia.
        quanti: quante direzioni tenere, al massimo ``lato`` al quadrato.

    Returns:
        Un tensore di forma (2 · quanti, 1, lato, lato), sulla CPU.
    """
    quadratini = F.unfold(immagini.cpu(), lato, stride=2).transpose(1, 2).flatten(0, 1)
    varianze, direzioni = torch.linalg.eigh(quadratini.T.cov())
    scala = (varianze / varianze[-1] + 0.01).sqrt()  # 0.01: le direzioni quasi ferme non esplodono
    migliori = (direzioni / scala)[:, -quanti:]  # eigh le dà dalla più debole alla più forte
    filtri = migliori.T.reshape(quanti, 1, lato, lato)
    return torch.cat([filtri, -filtri])


class CNNLampo(nn.Module):
    """Da N×28×28 pixel uint8 a N×10 logit: toglie da sé la cornice vuota, e il primo strato non impara.

    I blocchi escono N×16×10×10, N×32×4×4 e N×128. Un'immagine in avanti costa 419 000 moltiplicazioni e somme.

    Args:
        filtri: i pesi del primo strato, di forma (16, 1, 6, 6): quelli di `filtri_dai_dati`.
    """

    def __init__(self, filtri):
        super().__init__()
        self.primo = nn.Conv2d(1, 16, 6, stride=2, bias=False)
        self.primo.weight = nn.Parameter(filtri, requires_grad=False)
        self.secondo = nn.Sequential(
            nn.Conv2d(16, 32, 3, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(32), nn.ReLU(True)
        )
        self.terzo = nn.Sequential(nn.Linear(512, 128, bias=False), nn.BatchNorm1d(128), nn.ReLU(True))
        self.uscita = nn.Linear(128, 10)
        nn.init.zeros_(self.uscita.weight)

    def forward(self, pixel):
        x = self.primo(pixel[:, None, 2:-2, 2:-2].float()).relu_()
        x = self.secondo(x)
        x = x.permute(0, 2, 3, 1).flatten(1)  # in channels_last è una vista: nessuna copia
        return self.uscita(self.terzo(x))
