"""La rete che la lezione 04 costruisce, e che le lezioni seguenti riusano."""

from torch import nn


class CNN(nn.Module):
    """Una piccola rete convoluzionale per le cifre: da N×1×28×28 (immagini normalizzate) a N×10 logit.

    Ha 29 434 parametri. I tre blocchi escono N×16×12×12, N×32×6×6 e N×64×3×3.
    """

    def __init__(self):
        super().__init__()
        self.blocco1 = nn.Sequential(nn.Conv2d(1, 16, 5, stride=2, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.blocco2 = nn.Sequential(
            nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(32), nn.ReLU()
        )
        self.blocco3 = nn.Sequential(
            nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(64), nn.ReLU()
        )
        self.uscita = nn.Sequential(nn.Flatten(), nn.Linear(64 * 3 * 3, 10))

    def forward(self, x):
        return self.uscita(self.blocco3(self.blocco2(self.blocco1(x))))
