"""``torch.load`` con ``map_location``: i tensori letti vanno sull'acceleratore, come farebbero su una GPU."""

import torch
from simulato.nome import NOME
from simulato.tensore import Tensore

_ricostruisci = torch._utils._rebuild_tensor


def registra() -> None:
    # I byte restano sulla CPU, con un segno: è il tensore che li usa ad andare sull'acceleratore.
    torch.serialization.register_package(0, lambda memoria: None, _segna)
    torch._utils._rebuild_tensor = _ricostruisci_dove_chiesto


def _segna(memoria: torch.UntypedStorage, dove: str) -> torch.UntypedStorage | None:
    if not dove.startswith(NOME):
        return None
    memoria.dell_acceleratore = True
    return memoria


def _ricostruisci_dove_chiesto(memoria, *forma) -> torch.Tensor:
    tensore = _ricostruisci(memoria, *forma)
    return Tensore(tensore) if hasattr(memoria._untyped_storage, "dell_acceleratore") else tensore
