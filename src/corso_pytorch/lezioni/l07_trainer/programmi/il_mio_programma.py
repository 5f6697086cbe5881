# La cornice attorno alle funzioni degli esercizi 7.4 e 7.7, che stanno in le_mie.py. Si avvia con torchrun.
import json

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from le_mie import accuratezza_di_tutti, epoca_con_accelerate
from torch.utils.data import DataLoader, TensorDataset

from corso_pytorch.dati import carica_in_memoria, prepara_mnist
from corso_pytorch.modelli import CNNVeloce


def main():
    acc = Accelerator()
    immagini, etichette = carica_in_memoria(prepara_mnist())
    x, y = (immagini[:7000].unsqueeze(1).float() / 255 - 0.13) / 0.31, etichette[:7000]
    torch.manual_seed(0)
    rete = CNNVeloce()
    ottimizzatore = torch.optim.AdamW(rete.parameters(), lr=0.003)
    passi = []
    ottimizzatore.register_step_post_hook(lambda *altro: passi.append(1))
    da_imparare = DataLoader(TensorDataset(x[:6000], y[:6000]), batch_size=128)
    da_validare = DataLoader(TensorDataset(x[6000:], y[6000:]), batch_size=300)

    epoca_con_accelerate(acc, rete, da_imparare, ottimizzatore, 1.0)
    accuratezza = accuratezza_di_tutti(acc, rete, da_validare)

    esito = {"processi": acc.num_processes, "passi": gather_object([len(passi)])}
    esito["accuratezza"] = gather_object([round(accuratezza, 4)])
    if acc.is_main_process:
        print(json.dumps(esito))
    acc.end_training()


if __name__ == "__main__":
    main()
