"""Dire se due valori sono identici fino all'ultimo segno: per sapere se una risposta ha cambiato i suoi argomenti."""

import numpy as np
import torch


def identici(a: object, b: object, profondita: int = 8) -> bool:
    """Vero se due valori hanno lo stesso contenuto, NaN compresi, e gli stessi segni (gradiente, modalità, passi).

    Oltre otto livelli di annidamento, o per un oggetto che non si lascia confrontare, vale il tipo.
    """
    if a is b or profondita == 0:
        return True
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return _tensori_identici(a, b)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Generator):
        return torch.equal(a.get_state(), b.get_state())
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(identici(x, y, profondita - 1) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return [*a] == [*b] and all(identici(a[chiave], b[chiave], profondita - 1) for chiave in a)
    if isinstance(a, (str, bytes, int, float, complex, set, frozenset)):
        return a == b or (a != a and b != b)
    if callable(a) and not isinstance(a, torch.nn.Module):
        return True  # funzioni e classi: si passano per essere chiamate
    return identici(getattr(a, "__dict__", {}), getattr(b, "__dict__", {}), profondita - 1)


def _tensori_identici(a: torch.Tensor, b: torch.Tensor) -> bool:
    if a.requires_grad != b.requires_grad or (a.is_leaf and not identici(a.grad, b.grad)):
        return False
    try:
        torch.testing.assert_close(a.detach(), b.detach(), rtol=0, atol=0, equal_nan=True, check_stride=True)
    except AssertionError:
        return False
    return True
