"""Le librerie intorno a PyTorch: a che servono, come stanno a novembre 2026 e chi lo dice, quale lezione ne parla.

Le date sono quelle dell'ultima versione su PyPI, lette il 24 novembre 2026; per ciò che è fermo, quella dell'ultima
versione o dell'annuncio. Ciò che è superato sta ancora dentro l'ultimo torch, e ne ha la data.
"""

import re
from dataclasses import dataclass
from importlib.metadata import requires

PIANI = ("il nucleo", "i dati di un campo", "chi addestra", "la scala", "la produzione")
STATI = ("viva", "in manutenzione", "superata", "ferma")


@dataclass(frozen=True)
class Libreria:
    """Una libreria sulla mappa.

    Args:
        nome: come la si chiama.
        piano: uno di `PIANI`.
        stato: uno di `STATI`; «superata» vuol dire che funziona ancora, ma c'è di meglio nello stesso posto.
        quando: la data, «mese anno», a cui si riferisce lo stato.
        fonte: dove lo si legge, senza ``https://``.
        lezione: quella che ne parla, o ``None`` se il corso non la usa.
    """

    nome: str
    piano: str
    stato: str
    quando: str
    fonte: str
    lezione: int | None = None


def _su_pypi(
    nome: str,
    piano: str,
    quando: str,
    lezione: int | None = None,
    pacchetto: str = "",
    stato: str = "viva",
    nota: str = "",
) -> Libreria:
    return Libreria(nome, piano, stato, quando, f"pypi.org/project/{pacchetto or nome.lower()}{nota}", lezione)


NUCLEO, CAMPI, TRAINER, SCALA, PRODUZIONE = PIANI

LIBRERIE = [
    _su_pypi("torch", NUCLEO, "ottobre 2026", 1),
    _su_pypi("TorchVision", CAMPI, "ottobre 2026", 6),
    _su_pypi("timm", CAMPI, "novembre 2026", 6),
    _su_pypi("Transformers", CAMPI, "novembre 2026", 8),
    Libreria("TorchText", CAMPI, "ferma", "aprile 2024", "docs.pytorch.org/text", 8),
    Libreria("TorchAudio", CAMPI, "in manutenzione", "ottobre 2026", "github.com/pytorch/audio/issues/3902", 9),
    _su_pypi("TorchCodec", CAMPI, "settembre 2026", 9),
    _su_pypi("TorchRL", CAMPI, "ottobre 2026", 10),
    _su_pypi("TorchMetrics", TRAINER, "marzo 2026", 6),
    _su_pypi("Accelerate", TRAINER, "settembre 2026", 7),
    # Due versioni nel 2026, l'ultima a febbraio: l'autore non dice nulla.
    _su_pypi("pytorch-accelerated", TRAINER, "febbraio 2026", 7, stato="in manutenzione", nota=" (giudizio nostro)"),
    _su_pypi("Lightning", TRAINER, "settembre 2026"),
    _su_pypi("fastai", TRAINER, "settembre 2026"),
    _su_pypi("Keras", TRAINER, "luglio 2026", 13),
    Libreria("DDP e FSDP2", SCALA, "viva", "ottobre 2026", "docs.pytorch.org/docs/stable/distributed.html", 11),
    Libreria("FSDP1", SCALA, "superata", "ottobre 2026", "docs.pytorch.org/docs/stable/fsdp.html", 11),
    _su_pypi("TorchTitan", SCALA, "settembre 2026", 11),
    _su_pypi("DeepSpeed", SCALA, "ottobre 2026", 11),
    Libreria("torchtune", SCALA, "ferma", "luglio 2025", "github.com/meta-pytorch/torchtune/issues/2883"),
    Libreria("torch.export", PRODUZIONE, "viva", "ottobre 2026", "docs.pytorch.org/docs/stable/export.html", 12),
    _su_pypi("ONNX Runtime", PRODUZIONE, "novembre 2026", 12, "onnxruntime"),
    _su_pypi("ExecuTorch", PRODUZIONE, "settembre 2026", 12),
    _su_pypi("vLLM", PRODUZIONE, "novembre 2026"),
    Libreria("TorchScript", PRODUZIONE, "superata", "ottobre 2026", "docs.pytorch.org/docs/stable/jit.html", 12),
    Libreria("TorchServe", PRODUZIONE, "ferma", "agosto 2025", "github.com/pytorch/serve"),
]  # fmt: skip


def requisiti(libreria: str) -> list[tuple[str, str, str]]:
    """Le condizioni che una libreria installata mette sui pacchetti che usa, lette nei suoi metadati.

    Ogni condizione è una terna (pacchetto, segno, versione): due condizioni sullo stesso pacchetto sono due terne, e
    chi non ne mette ha segno e versione vuoti. Le dipendenze facoltative (extra) non ci sono.
    """
    terne = []
    for riga in requires(libreria) or []:
        condizione, _, quando = riga.partition(";")
        if "extra" in quando:
            continue
        pacchetto = re.match(r"[\w.-]+", condizione)[0]
        segni = re.findall(r"([<>=!~]=|[<>])\s*([\w.*+]+)", condizione)
        terne += [(pacchetto, segno, versione) for segno, versione in segni] or [(pacchetto, "", "")]
    return terne
