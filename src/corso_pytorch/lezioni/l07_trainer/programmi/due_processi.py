# Due processi sulla CPU: che cosa vede ognuno, e che cosa si raduna. Si avvia con torchrun --nproc_per_node 2.
import json
import os

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch.utils.data import DataLoader


def main():
    acc = Accelerator()
    torch.manual_seed(acc.process_index)
    rete = torch.nn.Linear(1, 1, bias=False)
    nato = rete.weight.item()
    rete = acc.prepare(rete)
    pronto = next(rete.parameters()).item()
    x = torch.tensor([[1.0 + 2 * acc.process_index]])
    acc.backward(rete(x).sum())
    gradiente = next(rete.parameters()).grad.item()

    visti, con_gather, per_le_metriche = [], [], []
    for esempi in acc.prepare(DataLoader(torch.arange(11), batch_size=2)):
        visti += esempi.tolist()
        con_gather += acc.gather(esempi).tolist()
        per_le_metriche += acc.gather_for_metrics(esempi).tolist()

    esito = {"gather": con_gather, "gather_for_metrics": per_le_metriche}
    suoi = {"pid": os.getpid(), "visti": visti, "gradiente": gradiente, "nato": nato, "pronto": pronto}
    esito |= {nome: gather_object([valore]) for nome, valore in suoi.items()}
    if acc.is_main_process:
        print(json.dumps(esito))
    acc.end_training()


if __name__ == "__main__":
    main()
