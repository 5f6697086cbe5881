# Due processi sulla CPU: che cosa vede ognuno, e che cosa si raduna.
import json
import os
import sys

import torch
from accelerate import Accelerator, debug_launcher
from accelerate.utils import gather_object
from torch.distributed.run import main as torchrun
from torch.utils.data import DataLoader


def lavoro():
    acc = Accelerator()
    visti, radunati, per_la_metrica = [], [], []
    for esempi in acc.prepare(DataLoader(torch.arange(11), batch_size=2)):
        visti += esempi.tolist()
        radunati += acc.gather(esempi).tolist()
        per_la_metrica += acc.gather_for_metrics(esempi).tolist()

    torch.manual_seed(acc.process_index)
    rete = torch.nn.Linear(1, 1, bias=False)
    prima = rete.weight.item()
    rete = acc.prepare(rete)
    dopo = next(rete.parameters()).item()
    acc.backward(rete(torch.tensor([[1.0 + 2 * acc.process_index]])).sum())
    gradienti = [parametro.grad.item() for parametro in rete.parameters()]

    esito = {"gather": radunati, "gather_for_metrics": per_la_metrica}
    esito |= {
        "pid": gather_object([os.getpid()]),
        "visti": gather_object([visti]),
        "gradienti": gather_object(gradienti),
        "prima": gather_object([prima]),
        "dopo": gather_object([dopo]),
    }
    if acc.is_main_process:
        print(json.dumps(esito))
    acc.end_training()


if __name__ == "__main__":
    if "RANK" in os.environ:  # c'è già chi ha avviato i processi
        lavoro()
    elif sys.platform == "linux":
        debug_launcher(lavoro, num_processes=2)
    else:  # debug_launcher vuole fork, che su Windows non c'è e su macOS non è sicuro
        torchrun(["--standalone", "--nproc_per_node", "2", __file__])
