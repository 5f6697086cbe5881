"""L'esame della rete dell'esercizio 4.7: si guarda che cosa fa, comunque sia fatta e comunque sia stata addestrata."""

import contextlib
import math
from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.verifiche.codice import Spia
from corso_pytorch.verifiche.messaggi import Sbagliato, detto, tipo_di

PARAMETRI, SOGLIA = 10_000, 0.96
# La risposta giusta andrebbe addestrata a ogni controllo: al suo posto c'è questo segno. Che una rete vera passi lo
# provano le soluzioni e tests/lezioni/test_l04_rete.py.
RIFERIMENTO, PROMOSSA = object(), "promossa"

SENZA_CONVOLUZIONI = "In questa rete non vedo convoluzioni, e il compito è una CNN."
SENZA_VICINI = (
    "Le convoluzioni che il modulo ha registrato sono tutte 1×1, o nessuna: serve un kernel che guardi anche i vicini, "
    "assegnato a self e non dentro una lista."
)
CON_SOFTMAX = (
    "La rete finisce con una softmax, e CrossEntropyLoss ne fa già una: con due impara male. Restituisci i logit, e "
    "addestrala di nuovo."
)
CON_SIGMOIDE = "I dieci numeri stanno tutti fra 0 e 1, come dopo una sigmoide: restituisci i logit, senza limiti."
DROPOUT_ACCESO = (
    "In eval() la stessa immagine riceve ogni volta una risposta diversa: un dropout resta acceso. nn.Dropout si "
    "spegne da sé; F.dropout vuole training=self.training."
)
DIPENDE_DAL_BATCH = (
    "In eval() la risposta a un'immagine dipende dalle altre del batch: una normalizzazione usa ancora le statistiche "
    "del batch, invece di quelle accumulate."
)
A_CASO = (
    "Ne indovina quante chi risponde a caso: questa rete è stata addestrata? All'ottimizzatore servono i suoi "
    "parametri, e a ogni passo zero_grad, backward e step."
)
FRA_ZERO_E_UNO = (
    "La rete riconosce le immagini fra 0 e 1, non quelle normalizzate: addestrala su ciò che le darai, cioè su "
    "immagini passate da prepara."
)
SOLO_IN_TRAIN = (
    "In train() va molto meglio che in eval(): le medie accumulate dalla batch normalization non sono ancora quelle "
    "giuste. Servono più passi, o un momentum più alto."
)


def esamina(risposta: object) -> str:
    """`PROMOSSA`, o `Sbagliato` con la diagnosi. La rete resta com'era, modo e buffer compresi."""
    if risposta is RIFERIMENTO:
        return PROMOSSA
    if isinstance(risposta, type) and issubclass(risposta, nn.Module):
        raise Sbagliato("Serve la rete addestrata, cioè un oggetto: hai consegnato la classe.")
    if not isinstance(risposta, nn.Module):
        raise Sbagliato(f"Serve una rete addestrata, un nn.Module, e invece è {tipo_di(risposta)}.")
    from corso_pytorch.lezioni.l04_cnn import cifre  # qui, dove il tempo dell'import non è di chi risponde

    rete = getattr(risposta, "_orig_mod", risposta)  # una rete compilata si misura com'era
    x = cifre.IMMAGINI[:, None] / 255
    pronte = (x - cifre.MEDIA) / cifre.DEVIAZIONE
    with _in_prestito(rete), torch.no_grad():
        _guarda_la_rete(rete, pronte[:7])
        giuste = _accuratezza(rete, pronte, cifre.ETICHETTE)
        if giuste < SOGLIA:
            _perche_non_basta(rete, giuste, x, pronte, cifre.ETICHETTE)
    return PROMOSSA


@contextlib.contextmanager
def _in_prestito(rete: nn.Module) -> Iterator[None]:
    """La rete in valutazione; alla fine ogni modulo torna nel modo di prima, e i buffer ai loro valori."""
    modi = [(modulo, modulo.training) for modulo in rete.modules()]
    valori = [(buffer, buffer.detach().clone()) for buffer in rete.buffers()]
    rete.eval()
    try:
        yield
    finally:
        for modulo, in_addestramento in modi:
            modulo.training = in_addestramento
        with torch.no_grad():
            for buffer, valore in valori:
                buffer.copy_(valore)


def _guarda_la_rete(rete: nn.Module, x: torch.Tensor) -> None:
    with Spia() as spia:
        logit = _logit(rete, x)
    if not any(nome.startswith("conv") or nome == "unfold" for nome in spia.visti):
        raise Sbagliato(SENZA_CONVOLUZIONI)
    pesi = [peso for peso in rete.parameters() if peso.dim() > 2 and math.prod(peso.shape[2:]) > 1]
    if not pesi and "unfold" not in spia.visti:
        raise Sbagliato(SENZA_VICINI)
    quanti = sum(peso.numel() for peso in rete.parameters())
    if quanti >= PARAMETRI:
        raise Sbagliato(f"I parametri sono {quanti}: devono essere meno di {PARAMETRI}.")
    if (logit >= 0).all() and (logit.sum(dim=1) - 1).abs().max() < 1e-3:
        raise Sbagliato(CON_SOFTMAX)
    if (logit > 0).all() and (logit <= 1).all():
        raise Sbagliato(CON_SIGMOIDE)
    if not _vicini(_logit(rete, x), logit):
        raise Sbagliato(DROPOUT_ACCESO)
    if not _vicini(_logit(rete, x[:1]), logit[:1]):
        raise Sbagliato(DIPENDE_DAL_BATCH)


def _logit(rete: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Ciò che la rete dice di un batch, sulla CPU, se ha la forma che deve avere."""
    peso = next(rete.parameters(), x)
    entra = "Entra un'immagine 1×28×28" if len(x) == 1 else f"Entrano {len(x)} immagini 1×28×28"
    try:
        esce = rete(x.to(peso.device, copy=True))
    except Exception as errore:
        raise Sbagliato(f"{entra}, e la rete si ferma con {detto(errore)}") from None
    if not isinstance(esce, torch.Tensor):
        perche = "manca il return nel forward?" if esce is None else "serve un tensore."
        raise Sbagliato(f"{entra}, e dalla rete esce {tipo_di(esce)}: {perche}")
    if esce.shape != (len(x), 10) or not esce.is_floating_point():
        forma = f"un tensore {str(esce.dtype).removeprefix('torch.')} di forma {tuple(esce.shape)}"
        raise Sbagliato(f"{entra}, ed esce {forma}: servono i logit, dieci per immagine, ({len(x)}, 10).")
    if not esce.isfinite().all():
        raise Sbagliato(f"{entra}, e fra i logit ci sono inf o NaN: l'addestramento è esploso (lezione 03).")
    return esce.float().cpu()


def _vicini(uno: torch.Tensor, altro: torch.Tensor) -> bool:
    # Con larghezza: su una GPU un batch di un'altra misura può fare i conti in un altro ordine, e in TF32.
    return bool((uno - altro).abs().max() <= 0.02 * altro.abs().max())


def _accuratezza(rete: nn.Module, x: torch.Tensor, etichette: torch.Tensor) -> float:
    previste = torch.cat([_logit(rete, pezzo).argmax(dim=1) for pezzo in x.split(500)])
    return (previste == etichette).float().mean().item()


def _perche_non_basta(
    rete: nn.Module, giuste: float, x: torch.Tensor, pronte: torch.Tensor, etichette: torch.Tensor
) -> None:
    molto_meglio = max(giuste + 0.05, 0.8)
    if max(_accuratezza(rete, x, etichette), _accuratezza(rete, 255 * x, etichette)) > molto_meglio:
        raise Sbagliato(FRA_ZERO_E_UNO)
    normalizza = any("running_mean" in nome for nome, _ in rete.named_buffers())
    if normalizza and _accuratezza(rete.train(), pronte, etichette) > molto_meglio:
        raise Sbagliato(SOLO_IN_TRAIN)
    if giuste < 0.3:
        raise Sbagliato(A_CASO)
    quante = len(etichette)
    anche = "" if normalizza else ", e prova una batch normalization dopo ogni convoluzione"
    raise Sbagliato(
        f"Su {quante} immagini di test ne riconosce {round(giuste * quante)}: ne servono {round(SOGLIA * quante)}, "
        f"cioè 96 su 100. Falle vedere più immagini, o più epoche{anche}."
    )


class _Finta(nn.Sequential):
    """Una piccola rete mai addestrata, con un difetto."""

    def __init__(self, dopo: Callable[[torch.Tensor], torch.Tensor]):
        super().__init__(nn.Conv2d(1, 4, 5, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
        self.dopo = dopo

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dopo(super().forward(x))


def sviste() -> dict[str, nn.Module]:
    """Una rete per diagnosi. Nascono fuori dal generatore casuale di chi studia."""
    with torch.random.fork_rng(devices=[]):
        return {
            SENZA_CONVOLUZIONI: nn.Sequential(nn.Flatten(), nn.Linear(784, 10)),
            SENZA_VICINI: nn.Sequential(nn.Conv2d(1, 2, 1), nn.MaxPool2d(7), nn.Flatten(), nn.Linear(32, 10)),
            CON_SOFTMAX: _Finta(lambda y: y.softmax(dim=1)),
            CON_SIGMOIDE: _Finta(torch.sigmoid),
            DROPOUT_ACCESO: _Finta(F.dropout),
            DIPENDE_DAL_BATCH: _Finta(lambda y: F.batch_norm(y, None, None, training=True)),
            A_CASO: _Finta(lambda y: y),
        }
