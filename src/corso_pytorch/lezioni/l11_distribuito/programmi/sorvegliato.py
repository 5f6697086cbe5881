"""Esegue la funzione di uno studente e annota che cosa fa la rete. Argomenti: il suo file, il suo nome, la cartella.

Ogni processo scrive ciò che ha visto in ``registro-RANGO.pt``: nulla di ciò che lo studente scrive lo deve sapere.
"""

import os
import runpy
import sys
from datetime import timedelta
from pathlib import Path
from types import CodeType

import torch
import torch.distributed as dist
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils.data import TensorDataset

from corso_pytorch.lezioni.l11_distribuito.programmi.comune import dispositivo_di

ESEMPI, INGRESSI, CLASSI = 96, 4, 3


def dati() -> TensorDataset:
    """Novantasei esempi, in float64: N×4 e le etichette, da 0 a 2."""
    x = torch.randn(ESEMPI, INGRESSI, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    return TensorDataset(x, (x[:, :CLASSI] + x[:, 1:]).argmax(dim=1))


def rete(seme: int) -> nn.Module:
    """Da N×4 a N×3, in float64."""
    torch.manual_seed(seme)
    return nn.Sequential(nn.Linear(INGRESSI, 6), nn.Tanh(), nn.Linear(6, CLASSI)).double()


def piatti(tensori) -> torch.Tensor:
    """I tensori in fila, in uno solo, sulla CPU."""
    return torch.cat([t.detach().flatten().cpu() for t in tensori])


class Registro:
    """Ciò che succede a una rete: gli esempi di ogni passo, i gradienti, i pesi prima e dopo."""

    def __init__(self, sorvegliata: nn.Module, tutti: torch.Tensor):
        self.rete, self.tutti = sorvegliata, tutti
        self.ora, self.righe, self.gradienti, self.pesi = [], [], [], []
        self.processi, self.salvataggi = 0, 0
        sorvegliata.register_forward_pre_hook(self.vede)
        register_optimizer_step_pre_hook(lambda *cose: self.prima())
        register_optimizer_step_post_hook(lambda *cose: self.pesi.append(piatti(self.rete.parameters())))

    def vede(self, modulo: nn.Module, ingressi: tuple) -> None:
        self.rete = modulo  # chi la copia addestra la copia
        if torch.is_grad_enabled() and ingressi:
            uguali = (ingressi[0].detach().cpu()[:, None] == self.tutti).all(dim=-1)
            self.ora += uguali.nonzero()[:, 1].tolist()
        if dist.is_initialized():
            self.processi = dist.get_world_size()

    def prima(self) -> None:
        if not self.pesi:
            self.pesi.append(piatti(self.rete.parameters()))
        self.gradienti.append(piatti(torch.zeros_like(p) if p.grad is None else p.grad for p in self.rete.parameters()))
        self.righe.append(self.ora)
        self.ora = []

    def conta_i_salvataggi(self) -> None:
        salva = torch.save

        def save(*argomenti, **opzioni):
            self.salvataggi += 1
            return salva(*argomenti, **opzioni)

        torch.save = save


def aspetta_poco(secondi: int) -> None:
    """Dopo l'apertura del gruppo, chi aspetta una collettiva aspetta ``secondi``: uno studente non vuole mezz'ora."""
    apri = dist.init_process_group

    def init_process_group(*argomenti, **opzioni):
        apri(*argomenti, **opzioni)
        dist.set_timeout(timedelta(seconds=secondi))

    dist.init_process_group = init_process_group


def numeri(valore: object) -> list[float]:
    """La lista restituita, se è una lista di numeri; se no vuota."""
    elementi = valore if isinstance(valore, (list, tuple)) else []
    return [float(v) for v in elementi if isinstance(v, (int, float)) or (torch.is_tensor(v) and v.numel() == 1)]


def numeri_con_la_virgola(funzione: object) -> list[float]:
    """I float scritti in una funzione: nel corpo, nelle funzioni che contiene, nei valori predefiniti."""
    codici, trovati = [getattr(funzione, "__code__", None)], [*(getattr(funzione, "__defaults__", None) or ())]
    for codice in codici:
        costanti = codice.co_consts if codice else ()
        codici += [costante for costante in costanti if isinstance(costante, CodeType)]
        trovati += costanti
    return [numero for numero in trovati if isinstance(numero, float)]


if __name__ == "__main__":
    file, nome, cartella = sys.argv[1:]
    rango, salva = int(os.environ["RANK"]), torch.save
    io, esempi = rete(seme=100 + rango), dati()  # le reti nascono diverse: pensarci tocca a chi scrive
    registro = Registro(io, esempi.tensors[0])
    registro.conta_i_salvataggi()
    aspetta_poco(secondi=20)
    torch.optim.SGD([torch.zeros(1)], lr=1)  # importa mezza libreria: adesso, che nessuno aspetta
    funzione = runpy.run_path(file)[nome]
    (risultati := Path(cartella, "risultati")).mkdir(exist_ok=True)
    dispositivo = dispositivo_di(int(os.environ["LOCAL_RANK"]))
    if dispositivo.type == "cuda":
        torch.cuda.set_device(dispositivo)
    restituito = funzione(esempi, io, dispositivo, str(risultati))
    visto = {nome: getattr(registro, nome) for nome in ("righe", "gradienti", "pesi", "processi", "salvataggi")}
    visto |= {
        "scritti": numeri_con_la_virgola(funzione),
        "pid": os.getpid(),
        "aperto": dist.is_initialized(),
        "restituito": numeri(restituito),
    }
    salva(visto, Path(cartella, f"registro-{rango}.pt"))
    if dist.is_initialized():
        dist.destroy_process_group()
