"""I numeri casuali dell'acceleratore: un generatore suo, che dallo stesso seme dà altri numeri, come su una GPU."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from simulato.nome import NOME, e_suo

_ALTRO_SEME = 0x5EED
_stato = torch.Generator().manual_seed(_ALTRO_SEME).get_state()


def riparti(seme: int) -> None:
    """Lo stesso seme della CPU dà all'acceleratore un'altra successione."""
    global _stato
    _stato = torch.Generator().manual_seed((seme ^ _ALTRO_SEME) % 2**63).get_state()


def leggi(dispositivo: object = None) -> torch.Tensor:
    return _stato.clone()


def rimetti(stato: torch.Tensor, dispositivo: object = None) -> None:
    global _stato
    _stato = stato.clone()


@contextmanager
def suo() -> Iterator[None]:
    """Dentro il blocco il generatore globale della CPU è quello dell'acceleratore."""
    della_cpu = torch.default_generator.get_state()
    torch.default_generator.set_state(_stato)
    try:
        yield
    finally:
        rimetti(torch.default_generator.get_state())
        torch.default_generator.set_state(della_cpu)


def controlla(generatore: torch.Generator) -> None:
    """Come CUDA: il generatore deve essere dello stesso dispositivo dei numeri che gli si chiedono."""
    if generatore._cdata not in _dell_acceleratore:
        raise RuntimeError(f"Expected a '{NOME}' device type for generator but found '{generatore.device.type}'")


_GeneratoreDiTorch = torch.Generator
# Li si riconosce dall'indirizzo: alle operazioni torch consegna un altro oggetto, con lo stesso generatore dentro.
_dell_acceleratore: weakref.WeakValueDictionary = weakref.WeakValueDictionary()


class _Famiglia(type(_GeneratoreDiTorch)):
    def __instancecheck__(cls, oggetto: object) -> bool:
        return isinstance(oggetto, _GeneratoreDiTorch)


class Generatore(_GeneratoreDiTorch, metaclass=_Famiglia):
    """``torch.Generator``, che accetta anche il nuovo dispositivo: torch non lascia aggiungerlo da Python."""

    def __new__(cls, device: object = "cpu"):
        if not e_suo(device):
            return _GeneratoreDiTorch(device)
        nuovo = super().__new__(cls)
        _dell_acceleratore[nuovo._cdata] = nuovo
        return nuovo

    @property
    def device(self) -> torch.device:
        return torch.device(NOME, 0)

    def manual_seed(self, seme: int) -> "Generatore":
        super().manual_seed((seme ^ _ALTRO_SEME) % 2**63)
        return self
