"""Keras sopra PyTorch visto da fuori: chi chiama chi, che cosa c'è in un file, quante operazioni costa un passo."""

import contextlib
import inspect
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import torch

from corso_pytorch.interni import chi_vede_le_operazioni


@contextlib.contextmanager
def keras_con_canali_davanti() -> Iterator[ModuleType]:
    """Keras con il motore PyTorch e le immagini (N, C, H, W): alla fine rimette il formato di prima.

    Chi studia l'ha già importata; senza, la si importa qui, con la sua configurazione in una cartella provvisoria.

    Raises:
        RuntimeError: Keras è già stata importata con un altro motore.
    """
    with tempfile.TemporaryDirectory() as casa:
        for nome, valore in (("KERAS_BACKEND", "torch"), ("KERAS_HOME", casa)):
            os.environ.setdefault(nome, valore)
        import keras
    if keras.config.backend() != "torch":
        raise RuntimeError(f"il motore di Keras è {keras.config.backend()}, e serve torch: riavvia il kernel")
    prima = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        yield keras
    finally:
        keras.config.set_image_data_format(prima)


def catena() -> list[tuple[str, str]]:
    """Le funzioni aperte adesso, dalla cella fino a chi ci chiama, ognuna con chi l'ha scritta.

    Returns:
        ``[(funzione, di chi), …]``; ``di chi`` è ``"tu"``, ``"PyTorch"`` o ``"Keras"``.
    """
    quadro, aperte = inspect.currentframe().f_back, []
    while quadro is not None and quadro.f_code.co_name != "<module>":
        nome = quadro.f_code.co_qualname.split("<locals>.")[-1]
        di_chi = {"torch": "PyTorch", "keras": "Keras"}.get(quadro.f_globals.get("__name__", "").split(".")[0], "tu")
        aperte.append((nome, di_chi))
        quadro = quadro.f_back
    return aperte[::-1]


def apri_onnx(file: Path) -> Callable[[torch.Tensor], torch.Tensor]:
    """Il calcolo scritto in un file ONNX, eseguito da ONNX Runtime: da tensore a tensore, sullo stesso dispositivo."""
    import onnxruntime

    sessione = onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    [ingresso] = sessione.get_inputs()

    def calcola(x: torch.Tensor) -> torch.Tensor:
        [uscita] = sessione.run(None, {ingresso.name: x.detach().cpu().numpy()})
        return torch.from_numpy(uscita).to(x.device)

    return calcola


class _Conta(chi_vede_le_operazioni()):
    """Vede passare ogni operazione di PyTorch, la esegue, e la conta."""

    def __init__(self):
        super().__init__()
        self.conti = Counter()

    def __torch_dispatch__(self, operazione, tipi, argomenti=(), opzioni=None):
        self.conti[operazione.overloadpacket.__name__] += 1
        return operazione(*argomenti, **(opzioni or {}))


def operazioni(passo: Callable[[], object]) -> Counter:
    """Quante volte si esegue ogni operazione di PyTorch in ``passo()``, dopo una chiamata che non conta.

    La prima crea gli stati dell'ottimizzatore e delle metriche.
    """
    passo()
    with _Conta() as conta:
        passo()
    return conta.conti
