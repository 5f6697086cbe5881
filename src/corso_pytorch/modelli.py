"""Le reti che le lezioni costruiscono e le seguenti riusano: `CNN` (lezione 04) e `CNNVeloce` (lezione 05)."""

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


class CNNVeloce(nn.Sequential):
    """La rete della lezione 05: un quarto delle operazioni di `CNN`, e in una sola epoca impara altrettanto.

    Da N×1×28×28 (immagini normalizzate) a N×10 logit, con 17 882 parametri. I blocchi escono N×16×12×12,
    N×16×5×5 e N×64×3×3. Un'immagine in avanti costa 377 000 moltiplicazioni e somme.
    """

    def __init__(self):
        super().__init__(
            *(nn.Conv2d(1, 16, 5, stride=2, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
            *(nn.Conv2d(16, 16, 3, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(16), nn.ReLU()),
            *(nn.Conv2d(16, 64, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(64 * 3 * 3, 10)),
        )
