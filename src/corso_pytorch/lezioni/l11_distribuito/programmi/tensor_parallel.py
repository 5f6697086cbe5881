"""Il parallelismo sui tensori: la prima matrice divisa per colonne, la seconda per righe. Lo prova ``fsdp``."""

from collections import OrderedDict

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

from corso_pytorch.lezioni.l11_distribuito.programmi.comune import Gruppo


def due_strati() -> nn.Sequential:
    """Da N×6 a N×6 passando per 8, in float64: i pesi sono sempre gli stessi."""
    torch.manual_seed(0)
    strati = OrderedDict(su=nn.Linear(6, 8), relu=nn.ReLU(), giu=nn.Linear(8, 6))
    return nn.Sequential(strati).double()


def spezza(rete: nn.Sequential, io: Gruppo) -> nn.Sequential:
    """Divide le uscite di ``su`` e gli ingressi di ``giu`` fra i processi."""
    mesh = init_device_mesh(io.dispositivo.type, (io.processi,))
    return parallelize_module(rete, mesh, {"su": ColwiseParallel(), "giu": RowwiseParallel()})


def prova(io: Gruppo) -> dict:
    """Lo stesso batch, intero per tutti, attraverso la rete divisa e quella intera."""
    x = torch.randn(5, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(io.dispositivo)
    intera, divisa = due_strati().to(io.dispositivo), spezza(due_strati().to(io.dispositivo), io)
    forme = {nome: list(p.to_local().shape) for nome, p in divisa.named_parameters()}
    scarto = (divisa(x) - intera(x)).abs().max().item()
    divisa(x).square().sum().backward()
    intera(x).square().sum().backward()
    coppie = zip(divisa.parameters(), intera.parameters(), strict=True)
    nei_gradienti = max((p.grad.full_tensor() - q.grad).abs().max().item() for p, q in coppie)
    return {"forme": io.raduna(forme), "scarto": scarto, "nei gradienti": nei_gradienti}
