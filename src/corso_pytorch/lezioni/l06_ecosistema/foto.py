"""Una cartella di foto fatta sul posto, e l'esame di chi le riconosce (esercizio 6.6): si guarda solo che cosa fa."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di

# Due foto che viaggiano con scikit-learn (licenza CC BY): un fiore e un tempio.
FOTO = {"fiore": "flower.jpg", "tempio": "china.jpg"}
SINISTRA, DESTRA = (0.0, 0.6), (0.6, 1.0)
DI_PROVA, SOGLIA = 20, 38  # foto di prova per classe; quante ne deve riconoscere, in tutto

# Alla risposta giusta serve una rete addestrata: al suo posto c'è questo segno, come nell'esercizio 4.7.
RIFERIMENTO, PROMOSSA = object(), "promossa"

SERVE_FUNZIONE = "Serve la funzione `riconosci`: riceve una foto e restituisce il nome della classe."
SERVE_IL_NOME = "Serve il nome della classe, una stringa: dal numero al nome si passa con `.classes`."
A_CASO = (
    "Alla stessa foto risponde in due modi diversi: per riconoscere niente trasformazioni a caso, e la rete in eval()."
)
SEMPRE_UGUALE = (
    "Risponde sempre la stessa classe: la rete è stata addestrata, ed è in eval()? La foto è preparata come in "
    "addestramento?"
)
SCAMBIATI = "I nomi sono scambiati: i numeri delle classi seguono l'ordine alfabetico, come in `.classes`."


def cartella_di_foto(dove: Path, quante: int = 24) -> Path:
    """Riempie ``dove`` di ritagli di lati diversi, in una sottocartella per classe; sempre gli stessi."""
    caso = torch.Generator().manual_seed(0)
    for classe in FOTO:
        sotto = Path(dove, classe)
        sotto.mkdir(parents=True, exist_ok=True)
        for numero in range(quante):
            _ritaglio(classe, SINISTRA, caso).save(sotto / f"{numero:02}.png")
    return dove


@cache
def foto_di_prova() -> list[tuple[Image.Image, str]]:
    """Ritagli dell'altra parte delle due foto, che nella cartella non c'è, con la loro classe."""
    caso = torch.Generator().manual_seed(1)
    return [(_ritaglio(classe, DESTRA, caso), classe) for classe in FOTO for _ in range(DI_PROVA)]


def esamina(risposta: object) -> str:
    """`PROMOSSA`, o `Sbagliato` con la diagnosi."""
    if risposta is RIFERIMENTO:
        return PROMOSSA
    if not callable(risposta) or isinstance(risposta, (type, torch.nn.Module)):
        raise Sbagliato(SERVE_FUNZIONE)
    prove = foto_di_prova()
    dette = [_nome(risposta, foto) for foto, _ in prove]
    if [_nome(risposta, foto) for foto, _ in prove] != dette:
        raise Sbagliato(A_CASO)
    if len(set(dette)) == 1:
        raise Sbagliato(SEMPRE_UGUALE)
    giuste = sum(detta == classe for detta, (_, classe) in zip(dette, prove, strict=True))
    if giuste <= len(prove) - SOGLIA:
        raise Sbagliato(SCAMBIATI)
    if giuste < SOGLIA:
        raise Sbagliato(
            f"Ne riconosce {giuste} su {len(prove)}: ne servono almeno {SOGLIA}. Se la loss di addestramento è "
            "bassa, la rete sa a memoria la cartella: varia tagli e colori. Se è alta: più epoche, o meno strati."
        )
    return PROMOSSA


def _nome(riconosci: Callable[[Image.Image], str], foto: Image.Image) -> str:
    nome = chiama(riconosci, foto.copy())
    if not isinstance(nome, str):
        raise Sbagliato(f"Ho ricevuto {tipo_di(nome)}. {SERVE_IL_NOME}")
    if nome not in FOTO:
        raise Sbagliato(f"«{nome}» non è una classe della cartella: ci sono {', '.join(FOTO)}.")
    return nome


_intera = cache(load_sample_image)


def _ritaglio(classe: str, parte: tuple[float, float], caso: torch.Generator) -> Image.Image:
    foto = _intera(FOTO[classe])
    alta, larga = foto.shape[:2]
    alto, largo = torch.randint(70, 150, (2,), generator=caso).tolist()
    da, a = (int(quota * larga) for quota in parte)
    su = int(torch.randint(0, alta - alto + 1, (), generator=caso))
    sinistra = int(torch.randint(da, a - largo + 1, (), generator=caso))
    return Image.fromarray(foto[su : su + alto, sinistra : sinistra + largo])
