"""Un modello a pezzi (FSDP2, e i tensori divisi). Argomento, se c'è: la cartella del checkpoint."""

import sys
from collections.abc import Callable

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from corso_pytorch.lezioni.l11_distribuito.programmi import tensor_parallel
from corso_pytorch.lezioni.l11_distribuito.programmi.comune import Gruppo, annuncia, gruppo


def rete_media() -> nn.Sequential:
    """Due blocchi lineari e un'uscita, da N×64 a N×10: 38 354 parametri, sempre gli stessi."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 216), nn.ReLU(), nn.Linear(216, 10))


def trentadue_esempi() -> tuple[torch.Tensor, torch.Tensor]:
    """Gli ingressi, 32×64, e le etichette, da 0 a 9."""
    caso = torch.Generator().manual_seed(1)
    return torch.randn(32, 64, generator=caso), torch.randint(10, (32,), generator=caso)


def spezza(rete: nn.Sequential, io: Gruppo) -> nn.Sequential:
    """Divide i parametri fra i processi: prima strato per strato, poi ciò che resta."""
    mesh = init_device_mesh(io.dispositivo.type, (io.processi,))
    for strato in [*rete, rete]:
        if list(strato.parameters()):
            fully_shard(strato, mesh=mesh)
    return rete


def mai_intera(io: Gruppo, seme: int) -> nn.Sequential:
    """La rete che nasce divisa: su ``meta``, senza numeri; poi ogni processo riempie soltanto il suo pezzo."""
    with torch.device("meta"):
        rete = rete_media()
    spezza(rete, io)
    rete.to_empty(device=io.dispositivo)
    torch.manual_seed(seme)
    for strato in rete:
        if hasattr(strato, "reset_parameters"):
            strato.reset_parameters()
    return rete


def gemelle(rete: nn.Sequential, processi: int) -> int:
    """In quanti parametri i pezzi dei processi sono tutti uguali."""
    pezzi = [intero(p).chunk(processi) for p in rete.parameters()]
    return sum(all(torch.equal(uno, altro) for altro in altri) for uno, *altri in pezzi)


def addestra(rete: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.optim.Optimizer:
    """Tre passi di Adam; i gradienti dell'ultimo restano, per poterli contare."""
    adam = torch.optim.Adam(rete.parameters(), lr=0.01)
    for _ in range(3):
        adam.zero_grad()
        nn.functional.cross_entropy(rete(x), y).backward()
        adam.step()
    return adam


class _Annotata:
    """Una collettiva che, prima di partire, si fa annotare: FSDP la vuole in quest'abito."""

    def __init__(self, collettiva: Callable, annota: Callable[[], None]) -> None:
        self.collettiva, self.annota = collettiva, annota

    def allocate(self, size, *, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
        return torch.empty(*size, dtype=dtype, device=device)

    def __call__(self, output_tensor: torch.Tensor, input_tensor: torch.Tensor, *resto, **opzioni):
        self.annota()
        return self.collettiva(output_tensor, input_tensor, *resto, **opzioni)


def diario_di_un_passo(io: Gruppo) -> list[tuple[str, str, list[str]]]:
    """Un forward e un backward, come li vede un processo: che cosa fa, per quale strato, e quali strati sono interi.

    Le voci sono ``"raduna"`` (`all_gather`), ``"forward"``, ``"backward"`` e ``"divide"`` (`reduce_scatter`); i conti
    si annotano quando finiscono, prima che lo strato sia liberato.
    """
    rete, diario = spezza(rete_media().to(io.dispositivo), io), []
    strati = {nome: strato for nome, strato in rete.named_children() if list(strato.parameters())}

    def annota(che_cosa: str, nome: str) -> Callable:
        def ora(*_) -> None:
            interi = [altro for altro, strato in strati.items() if not isinstance(strato.weight, DTensor)]
            diario.append((che_cosa, nome, interi))

        return ora

    for nome, strato in strati.items():
        strato.register_forward_hook(annota("forward", nome), prepend=True)
        strato.register_full_backward_hook(annota("backward", nome))
        strato.set_custom_all_gather(_Annotata(dist.all_gather_single, annota("raduna", nome)))
        strato.set_custom_reduce_scatter(_Annotata(dist.reduce_scatter_single, annota("divide", nome)))
    x, y = (tensore.to(io.dispositivo).chunk(io.processi)[io.rango] for tensore in trentadue_esempi())
    nn.functional.cross_entropy(rete(x.requires_grad_()), y).backward()
    annota("fine", "")()
    return diario


def byte_tenuti(rete: nn.Module, ottimizzatore: torch.optim.Optimizer) -> dict[str, int]:
    """I byte di parametri, gradienti e stati dell'ottimizzatore che stanno in questo processo, senza i conta-passi."""
    parametri = list(rete.parameters())
    stati = [v for stato in ottimizzatore.state.values() for v in stato.values() if v.dim()]
    gruppi = {"parametri": parametri, "gradienti": [p.grad for p in parametri], "stati": stati}
    return {nome: sum(_qui(t).nbytes for t in tensori) for nome, tensori in gruppi.items()}


def _qui(tensore: torch.Tensor) -> torch.Tensor:
    return tensore.to_local() if isinstance(tensore, DTensor) else tensore


def intero(tensore: torch.Tensor) -> torch.Tensor:
    """I valori di tutti i processi ricomposti: la chiamano tutti, o chi la chiama aspetta."""
    return tensore.full_tensor() if isinstance(tensore, DTensor) else tensore


def cambiati(io: Gruppo, ottimizzatore_prima: bool) -> int:
    """Quanti parametri un passo di SGD cambia, se l'ottimizzatore nasce prima o dopo ``fully_shard``."""
    rete = rete_media().to(io.dispositivo)
    x, y = (tensore.to(io.dispositivo) for tensore in trentadue_esempi())
    if ottimizzatore_prima:
        sgd = torch.optim.SGD(rete.parameters(), lr=0.1)
        spezza(rete, io)
    else:
        spezza(rete, io)
        sgd = torch.optim.SGD(rete.parameters(), lr=0.1)
    prima = [intero(p).detach().clone() for p in rete.parameters()]
    nn.functional.cross_entropy(rete(x), y).backward()
    sgd.step()
    return sum((intero(p) != q).sum().item() for p, q in zip(rete.parameters(), prima, strict=True))


def prova(io: Gruppo, cartella: str | None) -> dict:
    """Addestra la stessa rete a pezzi e intera, e confronta."""
    x, y = (tensore.to(io.dispositivo) for tensore in trentadue_esempi())
    a_pezzi, sola = spezza(rete_media().to(io.dispositivo), io), rete_media().to(io.dispositivo)
    adam = addestra(a_pezzi, x.chunk(io.processi)[io.rango], y.chunk(io.processi)[io.rango])
    adam_sola = addestra(sola, x, y)
    coppie = zip(a_pezzi.parameters(), sola.parameters(), strict=True)
    scarto = max((intero(p) - q).abs().max().item() for p, q in coppie)
    if cartella:
        dcp.save({"rete": a_pezzi.state_dict()}, checkpoint_id=cartella)
    return {
        "classe": type(next(a_pezzi.parameters())).__name__,
        "forme": io.raduna({nome: list(_qui(p).shape) for nome, p in a_pezzi.named_parameters()}),
        "byte": io.raduna(byte_tenuti(a_pezzi, adam)),
        "byte intera": byte_tenuti(sola, adam_sola),
        "scarto": scarto,
    }


if __name__ == "__main__":
    with gruppo() as io:
        io.deve_dividere(8, "I neuroni nascosti")
        esito = {"processi": io.processi} | prova(io, sys.argv[1] if len(sys.argv) > 1 else None)
        # Con lo stesso seme, sulla CPU, i processi estraggono gli stessi numeri.
        semi = {"lo stesso seme": 0, "un seme per processo": io.rango}
        esito["gemelle"] = {nome: gemelle(mai_intera(io, seme), io.processi) for nome, seme in semi.items()}
        da_meta = mai_intera(io, io.rango)
        esito["da meta"] = io.raduna(
            byte_tenuti(da_meta, addestra(da_meta, *(t.to(io.dispositivo) for t in trentadue_esempi())))
        )
        esito["diario"] = diario_di_un_passo(io)
        esito["cambiati"] = {nome: cambiati(io, nome == "prima") for nome in ("prima", "dopo")}
        annuncia(io, esito | {"tensori": tensor_parallel.prova(io)})
