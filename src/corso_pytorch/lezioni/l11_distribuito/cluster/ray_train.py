import sys

from addestra import addestra
from ray.train import ScalingConfig
from ray.train.torch import TorchTrainer

# Ray apre il gruppo in ogni processo, chiama la funzione, e lo chiude.
cartella, processi, gpu = sys.argv[1], int(sys.argv[2]), "--cpu" not in sys.argv
TorchTrainer(
    lambda: addestra(cartella),
    scaling_config=ScalingConfig(num_workers=processi, use_gpu=gpu),
).fit()
