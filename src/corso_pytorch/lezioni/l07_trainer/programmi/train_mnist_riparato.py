# train_mnist.py, riparato: un seme, i dati in un posto fisso, il test vero, e la riga di lancio giusta:
#   torchrun --nproc_per_node 2 train_mnist_riparato.py
import torch
from accelerate import Accelerator
from pytorch_accelerated import Trainer
from torch import nn, optim
from torch.utils.data import random_split
from torchvision import transforms
from torchvision.datasets import MNIST

from corso_pytorch.dati import prepara_mnist


def main():
    torch.manual_seed(0)
    rete = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 128),
        nn.ReLU(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )

    radice = prepara_mnist()
    dati = MNIST(radice, train=True, transform=transforms.ToTensor())
    addestramento, validazione, _ = random_split(dati, [5000, 1024, 53976])
    test = MNIST(radice, train=False, transform=transforms.ToTensor())

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
    trainer.evaluate(dataset=test, per_device_batch_size=125)
    Accelerator().end_training()


if __name__ == "__main__":
    main()
