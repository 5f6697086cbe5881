"""Le ricette a confronto: ognuna addestra una rete su MNIST a modo suo, dall'inizio alla fine.

Una ricetta è una funzione ``(dati, dispositivo, epoca)``. Alla fine di ogni epoca chiama ``epoca(prevedi)``, dove
``prevedi`` porta da N×28×28 immagini uint8 ai logit o alle probabilità N×10: il cronometro si ferma, l'accuratezza
si misura, e se la risposta è vera la ricetta smette. Tutto il resto, preparazione dei dati compresa, conta.

Architetture e impostazioni altrui sono riscritte dai fatti, con la fonte accanto; il codice è nostro.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

from corso_pytorch.addestramento import una_epoca
from corso_pytorch.ambiente import ha_bf16
from corso_pytorch.dati import cartella_lavoro
from corso_pytorch.lezioni.l05_velocita.lampo import CNNLampo, filtri_dai_dati
from corso_pytorch.modelli import CNN, CNNVeloce
from corso_pytorch.ricetta import BatchInMemoria, InBf16, ricetta

# Le librerie che una ricetta importa da sé: si caricano prima che parta il cronometro.
LIBRERIE = {"keras_torch": "keras"} | dict.fromkeys(
    ("pytorch_accelerated", "pytorch_accelerated_cnn"), "pytorch_accelerated"
)

Prevedi = Callable[[torch.Tensor], torch.Tensor]
FineEpoca = Callable[[Prevedi], bool]

# La media e lo scarto con cui si normalizzano i pixel: quelli di MNIST, e quelli che portano 0…1 su −1…1.
DI_MNIST, MEZZO = (0.1307, 0.3081), (0.5, 0.5)


@dataclass(frozen=True)
class Dati:
    """L'insieme di addestramento: la radice per torchvision, e le stesse immagini già in memoria."""

    radice: Path
    immagini: torch.Tensor  # uint8, 60000×28×28
    etichette: torch.Tensor  # int64, 60000


def carica_librerie(nome: str, dispositivo: torch.device) -> None:
    """Importa quello che serve alla ricetta; il primo ottimizzatore di un processo, da solo, carica 900 moduli."""
    os.environ |= {"KERAS_BACKEND": "torch", "KERAS_TORCH_DEVICE": dispositivo.type}
    os.environ.setdefault("KERAS_HOME", str(cartella_lavoro() / "keras"))  # o scriverebbe nella cartella dell'utente
    os.environ["ACCELERATE_USE_CPU"] = str(dispositivo.type == "cpu").lower()
    torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    if nome in LIBRERIE:
        import_module(LIBRERIE[nome])


def corso(dati: Dati, dispositivo: torch.device, epoca: FineEpoca) -> None:
    """La lezione 05, alla fine: i pixel restano byte, il primo strato viene dai dati e non impara."""
    x, y = dati.immagini.to(dispositivo), dati.etichette.to(dispositivo)
    rete = CNNLampo(filtri_dai_dati(dati.immagini[:256, None].float()))
    modello = _al_meglio(rete, dispositivo)
    ricetta(modello, BatchInMemoria(x, y, 448), lr=0.05)
    epoca(_con_torch(modello, dispositivo, lambda pixel: pixel))


def cnn_veloce(dati: Dati, dispositivo: torch.device, epoca: FineEpoca) -> None:
    """La lezione 05, a metà: tutti i dati normalizzati prima di cominciare, CNNVeloce, un'epoca a un ciclo."""
    x, y = _prepara(dati.immagini.to(dispositivo)), dati.etichette.to(dispositivo)
    modello = _al_meglio(CNNVeloce(), dispositivo)
    ricetta(modello, BatchInMemoria(x, y, 192))
    epoca(_con_torch(modello, dispositivo))


def lezione04(dati: Dati, dispositivo: torch.device, epoca: FineEpoca) -> None:
    """La lezione 04: la sua CNN, un DataLoader su tensori, AdamW a un ciclo in tre epoche."""
    batch = DataLoader(TensorDataset(_prepara(dati.immagini), dati.etichette), batch_size=256, shuffle=True)
    modello = CNN().to(dispositivo, memory_format=torch.channels_last)
    ottimizzatore = torch.optim.AdamW(modello.parameters(), lr=0.005)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(ottimizzatore, max_lr=0.005, total_steps=3 * len(batch))
    for _ in range(3):
        una_epoca(modello, batch, nn.CrossEntropyLoss(), ottimizzatore, scheduler)
        if epoca(_con_torch(modello, dispositivo)):
            return


def tutorial(dati: Dati, dispositivo: torch.device, epoca: FineEpoca) -> None:
    """La CNN con cui cominciano molti tutorial: una convoluzione sola, trasformazioni, DataLoader, Adam.

    Tutte le 26×26 posizioni arrivano al primo strato lineare: 2,8 milioni di pesi. I pixel vanno da −1 a 1.
    """
    modello = nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Flatten()),
        *(nn.Linear(32 * 26 * 26, 128), nn.ReLU(), nn.Linear(128, 10)),
    ).to(dispositivo)
    batch = DataLoader(_mnist(dati.radice, MEZZO), batch_size=64, shuffle=True)
    ottimizzatore = torch.optim.Adam(modello.parameters(), lr=0.001)
    for _ in count():
        una_epoca(modello, batch, nn.CrossEntropyLoss(), ottimizzatore)
        if epoca(_con_torch(modello, dispositivo, lambda immagini: _prepara(immagini, MEZZO))):
            return


def esempio_ufficiale(dati: Dati, dispositivo: torch.device, epoca: FineEpoca) -> None:
    """Architettura e impostazioni del programma MNIST di pytorch/examples (mnist/main.py, consultato nel 2026).

    Due convoluzioni 3×3 senza padding, dropout, Adadelta con lr 1 che scende di 0,7 a ogni epoca, batch di 64. Lì,
    sulla CPU, i dati non si mescolano; qui sì, come là sulla GPU: è più favorevole all'esempio.
    """
    modello = nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25)),
        *(nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10), nn.LogSoftmax(dim=1)),
    ).to(dispositivo)
    batch = DataLoader(_mnist(dati.radice), batch_size=64, shuffle=True)
    ottimizzatore = torch.optim.Adadelta(modello.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(ottimizzatore, step_size=1, gamma=0.7)
    for _ in count():
        una_epoca(modello, batch, nn.NLLLoss(), ottimizzatore)
        scheduler.step()
        if epoca(_con_torch(modello, dispositivo)):
            return


def mnist_in_076(dati: Dati, dispositivo: torch.device, epoca: FineEpoca) -> None:
    """L'ultimo di nove notebook che vanno dall'esempio ufficiale al 99 % in 0,76 s su una GTX 1660 Ti di un portatile.

    Architettura e impostazioni di github.com/tuomaso/train_mnist_fast (8_Final, consultato nel 2026): due convoluzioni
    senza padding, pooling prima di ReLU, Adam con betas 0,7 e 0,9 a un ciclo, batch di 256 senza mescolare, un'epoca.
    Là la preparazione dei dati non conta; qui sì, come per tutti.
    """
    x, y = _prepara(dati.immagini.to(dispositivo)), dati.etichette.to(dispositivo)
    modello = nn.Sequential(
        *(nn.Conv2d(1, 24, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(24, 32, 3), nn.MaxPool2d(2), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(800, 256), nn.ReLU(), nn.Linear(256, 10), nn.LogSoftmax(dim=1)),
    ).to(dispositivo)
    batch = list(zip(x.split(256), y.split(256), strict=True))
    ottimizzatore = torch.optim.Adam(modello.parameters(), lr=0.01, betas=(0.7, 0.9))
    scheduler = torch.optim.lr_scheduler.OneCycleLR(ottimizzatore, 0.01, total_steps=len(batch), cycle_momentum=False)
    una_epoca(modello, batch, nn.NLLLoss(), ottimizzatore, scheduler)
    epoca(_con_torch(modello, dispositivo))


def idee_di_airbench(dati: Dati, dispositivo: torch.device, epoca: FineEpoca) -> None:
    """Le idee di airbench94 (K. Jordan, arXiv:2404.00498), nate per CIFAR-10, su una rete ridotta a MNIST.

    Primo strato sbiancato 2×2, fisso; blocchi da due convoluzioni con pooling, batch norm e GELU; SGD di Nesterov con
    lr alto a triangolo, etichette ammorbidite di 0,2, spostamenti casuali di 2 pixel (qui tutto il batch insieme);
    batch di 1024. La larghezza dei blocchi, le due epoche e l'lr sono nostri.
    """
    x, y = _prepara(dati.immagini.to(dispositivo)), dati.etichette.to(dispositivo)
    primo = nn.Conv2d(1, 8, 2)
    primo.weight = nn.Parameter(filtri_dai_dati(x[:256], quanti=4, lato=2), requires_grad=False)

    def blocco(entrano: int, escono: int) -> list[nn.Module]:
        prima, seconda = (nn.Conv2d(da, escono, 3, padding=1, bias=False) for da in (entrano, escono))
        return [prima, nn.MaxPool2d(2), nn.BatchNorm2d(escono), nn.GELU(), seconda, nn.BatchNorm2d(escono), nn.GELU()]

    rete = nn.Sequential(
        *(primo, nn.GELU(), *blocco(8, 16), *blocco(16, 32), *blocco(32, 32), nn.MaxPool2d(3)),
        *(nn.Flatten(), nn.Linear(32, 10, bias=False)),
    )
    modello = _al_meglio(rete, dispositivo)
    impara = [pesi for pesi in modello.parameters() if pesi.requires_grad]
    ottimizzatore = torch.optim.SGD(impara, lr=0.2, momentum=0.85, nesterov=True, weight_decay=5e-4)
    passi = 2 * -(-len(x) // 1024)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        ottimizzatore, 0.2, total_steps=passi, pct_start=0.23, anneal_strategy="linear", cycle_momentum=False
    )
    for _ in range(2):
        spostati = ((_spostato(immagini), risposte) for immagini, risposte in BatchInMemoria(x, y, 1024))
        una_epoca(modello, spostati, nn.CrossEntropyLoss(label_smoothing=0.2), ottimizzatore, scheduler)
        if epoca(_con_torch(modello, dispositivo)):
            return


def keras_torch(dati: Dati, dispositivo: torch.device, epoca: FineEpoca) -> None:
    """La «Simple MNIST convnet» della documentazione di Keras (keras.io/examples/vision/mnist_convnet), su PyTorch.

    Due convoluzioni 3×3 con pooling, dropout 0,5, Adam, batch di 128; un decimo dei dati resta per la validazione.
    """
    import keras
    from keras import layers

    modello = keras.Sequential(
        [
            *(keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2)),
            *(layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2)),
            *(layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax")),
        ]
    )
    modello.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

    def prevedi(immagini: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(modello.predict(_per_keras(immagini), batch_size=1000, verbose=0))

    class FineEpocaKeras(keras.callbacks.Callback):
        def on_epoch_end(self, numero, valori=None):
            self.model.stop_training = epoca(prevedi)

    quanti = len(dati.immagini) * 9 // 10
    x, y = _per_keras(dati.immagini[:quanti]), keras.utils.to_categorical(dati.etichette[:quanti].numpy(), 10)
    modello.fit(x, y, batch_size=128, epochs=10**6, verbose=0, callbacks=[FineEpocaKeras()])


def pytorch_accelerated(dati: Dati, dispositivo: torch.device, epoca: FineEpoca) -> None:
    """La rete e le impostazioni del README di pytorch-accelerated 0.1.61: tre strati lineari, SGD, batch di 32."""
    modello = nn.Sequential(
        *(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)),
    )
    esempi, _ = random_split(_mnist(dati.radice, normale=None), [50_000, 10_000])
    ottimizzatore = torch.optim.SGD(modello.parameters(), lr=0.001, momentum=0.9)
    prevedi = _con_torch(modello, dispositivo, lambda immagini: immagini.unsqueeze(1).float() / 255)
    _col_trainer(modello, ottimizzatore, esempi, 32, lambda: epoca(prevedi), dispositivo)


def pytorch_accelerated_cnn(dati: Dati, dispositivo: torch.device, epoca: FineEpoca) -> None:
    """La nostra CNN, come nella lezione 04, dentro il Trainer di pytorch-accelerated."""
    modello = CNN().to(memory_format=torch.channels_last)
    esempi = TensorDataset(_prepara(dati.immagini), dati.etichette)
    ottimizzatore = torch.optim.AdamW(modello.parameters(), lr=0.005)
    passi = 3 * -(-len(esempi) // 256)
    _col_trainer(
        *(modello, ottimizzatore, esempi, 256, lambda: epoca(_con_torch(modello, dispositivo)), dispositivo),
        epoche=3,
        create_scheduler_fn=lambda o: torch.optim.lr_scheduler.OneCycleLR(o, max_lr=0.005, total_steps=passi),
        train_dataloader_kwargs={"num_workers": 0},
    )


RICETTE = {
    funzione.__name__: funzione
    for funzione in (
        *(corso, cnn_veloce, lezione04, mnist_in_076, idee_di_airbench, tutorial, esempio_ufficiale, keras_torch),
        *(pytorch_accelerated, pytorch_accelerated_cnn),
    )
}
# Gli esempi che una ricetta vede in un'epoca, dove non sono tutti i 60000.
ESEMPI = {"keras_torch": 54_000, "pytorch_accelerated": 50_000}


def _al_meglio(rete: nn.Module, dispositivo: torch.device) -> nn.Module:
    """La rete sul dispositivo, in channels_last, in precisione mista dove l'hardware ha bf16."""
    rete = rete.to(dispositivo, memory_format=torch.channels_last)
    return InBf16(rete) if ha_bf16(dispositivo) else rete


def _col_trainer(modello, ottimizzatore, esempi, batch, fine_epoca, dispositivo, epoche=10**6, **opzioni) -> None:
    from pytorch_accelerated import Trainer
    from pytorch_accelerated.callbacks import StopTrainingError, TrainerCallback, get_default_callbacks

    class FineEpocaTrainer(TrainerCallback):
        def on_training_run_epoch_end(self, trainer, **_):
            if fine_epoca():
                raise StopTrainingError("Basta così.")

    Trainer(
        modello,
        loss_func=nn.CrossEntropyLoss(),
        optimizer=ottimizzatore,
        callbacks=[*get_default_callbacks(progress_bar=False), FineEpocaTrainer],
    ).train(esempi, num_epochs=epoche, per_device_batch_size=batch, **opzioni)


def _spostato(immagini: torch.Tensor) -> torch.Tensor:
    return immagini.roll(tuple(torch.randint(-2, 3, (2,)).tolist()), dims=(2, 3))


def _mnist(radice: Path, normale: tuple[float, float] | None = DI_MNIST):
    """Il dataset di torchvision, che decodifica e trasforma un'immagine alla volta; ``normale`` è (media, scarto)."""
    from torchvision.datasets import MNIST
    from torchvision.transforms import v2

    passi = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
    if normale:
        passi.append(v2.Normalize([normale[0]], [normale[1]]))
    return MNIST(radice, transform=v2.Compose(passi))


def _prepara(immagini: torch.Tensor, normale: tuple[float, float] = DI_MNIST) -> torch.Tensor:
    return (immagini.unsqueeze(1).float() / 255 - normale[0]) / normale[1]


def _per_keras(immagini: torch.Tensor):
    return (immagini.unsqueeze(3).float() / 255).numpy()


def _con_torch(modello: nn.Module, dispositivo: torch.device, prepara=_prepara) -> Prevedi:
    def prevedi(immagini: torch.Tensor) -> torch.Tensor:
        modello.eval()
        with torch.no_grad():
            return torch.cat([modello(prepara(pezzo.to(dispositivo))) for pezzo in immagini.split(1000)]).cpu()

    return prevedi
