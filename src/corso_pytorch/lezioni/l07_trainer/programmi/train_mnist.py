# Il primo esempio di pytorch-accelerated, rifatto con le sue stesse scelte. Di nostro ci sono un'epoca sola (là otto),
# il learning rate dieci volte più alto e 7000 immagini invece di 60 000, per finire in pochi secondi.
import os

from pytorch_accelerated import Trainer
from torch import nn, optim
from torch.utils.data import random_split
from torchvision import transforms
from torchvision.datasets import MNIST


def main():
    rete = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 128),
        nn.ReLU(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )

    dati = MNIST(os.getcwd(), download=True, transform=transforms.ToTensor())
    addestramento, validazione, test, _ = random_split(dati, [5000, 1000, 1000, 53000])

    trainer = Trainer(
        rete,
        loss_func=nn.CrossEntropyLoss(),
        optimizer=optim.SGD(rete.parameters(), lr=0.01, momentum=0.9),
    )
    trainer.train(
        train_dataset=addestramento,
        eval_dataset=validazione,
        num_epochs=1,
        per_device_batch_size=32,
    )
    trainer.evaluate(dataset=test, per_device_batch_size=64)


if __name__ == "__main__":
    main()
