"""Presenta l'acceleratore a torch: il suo modulo, le operazioni che creano tensori, la copia, la memoria fissata."""

import contextlib

import torch
from simulato import autocast, caso, file, spostamento
from simulato.nome import NOME
from simulato.tensore import Tensore, esegui
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

# Il registro di torch vive quanto questo oggetto.
_LIBRERIA = torch.library.Library("aten", "IMPL")
# Le operazioni che creano un tensore da nulla senza passare da un'altra; zeros, arange e randn partono da `empty`.
_CREATRICI = ("empty.memory_format", "empty_strided", "tril_indices", "triu_indices")


class Flusso:
    """Uno stream: qui ogni operazione finisce prima di tornare, e non c'è nulla da aspettare."""

    def wait_stream(self, altro: "Flusso") -> None:
        pass

    def synchronize(self) -> None:
        pass


class Modulo:
    """``torch.simulato``: ciò che torch, e le librerie che reggono ogni dispositivo, chiedono a un acceleratore."""

    manual_seed = manual_seed_all = staticmethod(caso.riparti)
    get_rng_state, set_rng_state = staticmethod(caso.leggi), staticmethod(caso.rimetti)

    def is_available(self) -> bool:
        return True

    is_initialized = is_available

    def _is_in_bad_fork(self) -> bool:
        return False

    def device_count(self) -> int:
        return 1

    def current_device(self) -> int:
        return 0

    def set_device(self, dispositivo: object) -> None:
        pass

    def synchronize(self, dispositivo: object = None) -> None:
        pass

    def current_stream(self, dispositivo: object = None) -> Flusso:
        return Flusso()

    def stream(self, flusso: Flusso) -> contextlib.AbstractContextManager:
        return contextlib.nullcontext()

    def empty_cache(self) -> None:
        pass

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16, torch.float16]


def registra() -> None:
    """Aggiunge il dispositivo a torch; si chiama una volta sola in ogni processo."""
    _setup_privateuseone_for_python_backend(NOME, backend_module=Modulo())
    for nome in _CREATRICI:
        base, _, variante = nome.partition(".")
        _LIBRERIA.impl(nome, _crea(getattr(getattr(torch.ops.aten, base), variante or "default")), "PrivateUse1")
    _LIBRERIA.impl("_copy_from", _copia, "PrivateUse1")
    autocast.registra(_LIBRERIA)
    file.registra()
    spostamento.registra()
    torch.Generator = caso.Generatore
    torch.accelerator.synchronize = torch.simulato.synchronize
    torch.Tensor.pin_memory = _fissa
    torch.Tensor.is_pinned = lambda tensore, dispositivo=None: hasattr(tensore, "fissata")


def _crea(operazione):
    def crea(*argomenti, pin_memory=False, **opzioni):
        if pin_memory:
            raise RuntimeError("Only dense CPU tensors can be pinned")
        return esegui(operazione, argomenti, opzioni)

    return crea


def _copia(da: torch.Tensor, a: torch.Tensor, non_blocking: bool = False) -> torch.Tensor:
    crudo = da.crudo if isinstance(da, Tensore) else da
    (a.crudo if isinstance(a, Tensore) else a).copy_(crudo)
    return a


def _fissa(tensore: torch.Tensor, dispositivo: object = None) -> torch.Tensor:
    """``pin_memory``: come con CUDA, vale solo per i tensori della CPU; qui è una copia che dice di essere fissata."""
    if isinstance(tensore, Tensore):
        raise RuntimeError(f"cannot pin 'torch.{NOME}.FloatTensor' only dense CPU tensors can be pinned")
    copia = tensore.clone()
    copia.fissata = True
    return copia
