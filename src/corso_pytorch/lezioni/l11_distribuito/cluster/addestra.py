import sys

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset


def prepara():
    torch.manual_seed(0)
    x = torch.randn(96, 4, dtype=torch.float64)
    return TensorDataset(x, x[:, :3].argmax(dim=1)), nn.Linear(4, 3).double()


def addestra(cartella):
    dispositivo = torch.device("cuda", dist.get_node_local_rank()) if torch.cuda.is_available() else torch.device("cpu")
    dati, rete = prepara()
    sampler = DistributedSampler(dati)
    loader = DataLoader(dati, batch_size=16, sampler=sampler)
    rete = DistributedDataParallel(rete.to(dispositivo))
    sgd = torch.optim.SGD(rete.parameters(), lr=0.1)
    for epoca in range(3):
        sampler.set_epoch(epoca)
        for x, y in loader:
            sgd.zero_grad()
            nn.functional.cross_entropy(rete(x.to(dispositivo)), y.to(dispositivo)).backward()
            sgd.step()
    if dist.get_rank() == 0:
        torch.save(rete.module.state_dict(), f"{cartella}/rete.pt")
    print(f"rango {dist.get_rank()} di {dist.get_world_size()}: {len(sampler)} esempi per epoca")


if __name__ == "__main__":
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    addestra(sys.argv[1])
    dist.destroy_process_group()
