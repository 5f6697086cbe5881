"""Il Trainer di TorchTitan, quello vero, su un modello di prova e una CPU. Argomento: quanti passi."""

import json
import sys
import tempfile
from dataclasses import dataclass
from types import SimpleNamespace

import torch

from corso_pytorch.interni import finge_un_acceleratore

PASSI = 8


def la_cpu_come_una_scheda() -> None:
    """Fa passare la CPU per un acceleratore: TorchTitan, così com'è, senza GPU non parte.

    Va chiamata prima di importarlo: è allora che chiede a torch che cosa c'è.
    """
    muta = dict.fromkeys(("set_device", "synchronize", "empty_cache", "reset_peak_memory_stats"), lambda *cose: None)
    finta = SimpleNamespace(
        **muta,
        current_device=lambda: 0,
        get_device_name=lambda quale=None: "CPU",
        get_device_properties=lambda quale=None: SimpleNamespace(total_memory=1),
        memory_stats=lambda quale=None: {},
    )
    finge_un_acceleratore("cpu", finta)


def conta(taglia: str) -> int:
    """I parametri di un Llama 3 di quella taglia, contati sul dispositivo ``meta``: forme senza numeri."""
    from torchtitan.models.llama3 import model_registry

    with torch.device("meta"):
        modello = model_registry(taglia).model.build()
    return sum(p.numel() for p in modello.parameters())


def configura(cartella: str, passi: int):
    """La configurazione ``llama3_debugmodel`` con frasi italiane, un token per byte, senza mixed precision."""
    from torchtitan.config import ConfigManager
    from torchtitan.models.common.attention import ScaledDotProductAttention

    scelte = ["--module", "llama3", "--config", "llama3_debugmodel", "--dump-folder", cartella]
    scelte += ["--training.steps", str(passi), "--training.local-batch-size", "8", "--training.seq-len", "64"]
    scelte += ["--training.mixed-precision-param", "float32", "--training.disable-cuda-graphs"]
    config = ConfigManager().parse_args(scelte)
    for strato in config.model_spec.model.layers:  # FlexAttention, di serie, sulla CPU andrebbe compilata
        strato.attention.inner_attention = ScaledDotProductAttention.Config()
    config.tokenizer, config.dataloader.dataset = _un_byte_un_token(), _frasi()
    config.activation_checkpoint = None
    return config


def _un_byte_un_token():
    from torchtitan.components.tokenizer import BaseTokenizer

    class UnByteUnToken(BaseTokenizer):
        @dataclass(kw_only=True, slots=True)
        class Config(BaseTokenizer.Config):
            pass

        def __init__(self, config, *, tokenizer_path):
            super().__init__()
            self.eos_id = 0

        def encode(self, testo, add_bos=True, add_eos=True):
            return [*testo.encode(), self.eos_id]

        def decode(self, token):
            return bytes(token).decode(errors="replace")

        def get_vocab_size(self):
            return 256

    return UnByteUnToken.Config()


def _frasi() -> str:
    from datasets import Dataset
    from torchtitan.hf_datasets import DatasetConfig
    from torchtitan.hf_datasets.text_datasets import DATASETS

    from corso_pytorch.dati.frasi import recensioni

    righe = [{"text": frase} for frase in recensioni(200)[0]]
    DATASETS["frasi"] = DatasetConfig("frasi", lambda percorso: Dataset.from_list(righe), lambda riga: riga["text"])
    return "frasi"


def addestra(passi: int) -> dict:
    """Addestra il modello di prova e restituisce quanti parametri ha e la loss di ogni passo."""
    from torchtitan.components.metrics import MetricsProcessor

    loss: list[float] = []
    scrive = MetricsProcessor.log

    def annota(metriche, passo, media, *altro, **opzioni):
        loss.append(float(media))
        return scrive(metriche, passo, media, *altro, **opzioni)

    MetricsProcessor.log = annota
    with tempfile.TemporaryDirectory() as cartella:
        trainer = configura(cartella, passi).build()
        trainer.train()
        trainer.close()
    parametri = sum(p.numel() for modello in trainer.model_parts for p in modello.parameters())
    return {"classe": f"{type(trainer).__module__}.{type(trainer).__name__}", "parametri": parametri, "loss": loss}


if __name__ == "__main__":
    la_cpu_come_una_scheda()
    esito = {"8B": conta("8B")} | addestra(int(sys.argv[1]) if len(sys.argv) > 1 else PASSI)
    torch.distributed.barrier()
    if torch.distributed.get_rank() == 0:
        print(json.dumps({"processi": torch.distributed.get_world_size()} | esito), flush=True)
    torch.distributed.destroy_process_group()
