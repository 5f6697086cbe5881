"""Una cartella di foto fatta sul posto, e l'esame di chi le riconosce (esercizio 6.1): si guarda solo che cosa fa."""

import copy
import inspect
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FunctionType

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di

# Due foto che viaggiano con scikit-learn (licenza CC BY): un fiore e un tempio.
FOTO = {"fiore": "flower.jpg", "tempio": "china.jpg"}
SINISTRA, DESTRA = (0.0, 0.6), (0.6, 1.0)
IN_CARTELLA = 24  # foto nella cartella, per classe
DI_PROVA, SOGLIA = 20, 38  # foto di prova per classe; quante ne deve riconoscere, in tutto
GIRI = 8  # quante volte si mostra ogni fotomontaggio

# Alla risposta giusta serve una rete addestrata: al suo posto c'è questo segno, come nell'esercizio 4.7.
RIFERIMENTO, PROMOSSA = object(), "promossa"

SERVE_FUNZIONE = "Serve la funzione `riconosci`: riceve una foto e restituisce il nome della classe."
SERVE_IL_NOME = "Serve il nome della classe, una stringa: dal numero al nome si passa con `.classes`."
A_CASO = (
    "Alla stessa foto risponde in due modi diversi: per riconoscere niente trasformazioni a caso, la rete in eval(), e "
    "creata e addestrata fuori dalla funzione."
)
SEMPRE_UGUALE = (
    "Risponde sempre la stessa classe: la rete è stata addestrata, ed è in eval()? La foto è preparata come in "
    "addestramento?"
)
IN_TRAIN = (
    "Mentre riconosce, la rete è in train(): a ogni foto le medie della batch normalization si spostano. Prima di "
    "rispondere serve eval()."
)
SCAMBIATI = "I nomi sono scambiati: i numeri delle classi seguono l'ordine alfabetico, come in `.classes`."


def cartella_di_foto(dove: Path, quante: int = IN_CARTELLA) -> Path:
    """Riempie ``dove`` di ritagli di lati diversi, in una sottocartella per classe; sempre gli stessi."""
    for numero, (ritaglio, classe) in enumerate(_ritagli(SINISTRA, quante, seme=0)):
        sotto = Path(dove, classe)
        sotto.mkdir(parents=True, exist_ok=True)
        ritaglio.save(sotto / f"{numero % quante:02}.png")
    return dove


@cache
def foto_di_prova() -> list[tuple[Image.Image, str]]:
    """Ritagli dell'altra parte delle due foto, che nella cartella non c'è, con la loro classe."""
    return _ritagli(DESTRA, DI_PROVA, seme=1)


def _ritagli(parte: tuple[float, float], quanti: int, seme: int) -> list[tuple[Image.Image, str]]:
    """Da ogni foto ``quanti`` ritagli di quella parte, con la loro classe."""
    caso = torch.Generator().manual_seed(seme)
    return [(_ritaglio(classe, parte, caso), classe) for classe in FOTO for _ in range(quanti)]


def esamina(risposta: object) -> str:
    """`PROMOSSA`, o `Sbagliato` con la diagnosi."""
    if risposta is RIFERIMENTO:
        return PROMOSSA
    if not callable(risposta) or isinstance(risposta, (type, torch.nn.Module)):
        raise Sbagliato(SERVE_FUNZIONE)
    prove = foto_di_prova()
    with _reti_intatte(risposta):
        dette = [_nome(risposta, foto) for foto, _ in prove]
        _sempre_uguale(risposta)
    if len(set(dette)) == 1:
        raise Sbagliato(SEMPRE_UGUALE)
    giuste = _quante(dette, prove)
    if giuste <= len(prove) // 10:
        raise Sbagliato(SCAMBIATI)
    if giuste < SOGLIA:
        note = _ritagli(SINISTRA, IN_CARTELLA, seme=0)
        gia_viste = _quante([_nome(risposta, foto) for foto, _ in note], note)
        perche = (
            "Quelle della cartella le sa: varia tagli e colori, e addestra più a lungo."
            if gia_viste > 0.95 * len(note)
            else f"Anche nella cartella ne sa solo {gia_viste} su {len(note)}: la foto è preparata come in "
            "addestramento (misura, scale=True), e la rete è in eval()? Poi più epoche, e un learning rate che scende, "
            "come OneCycleLR, o le medie della batch normalization restano indietro."
        )
        raise Sbagliato(f"Ne riconosce {giuste} su {len(prove)}: ne servono almeno {SOGLIA}. {perche}")
    return PROMOSSA


def _quante(dette: list[str], prove: list[tuple[Image.Image, str]]) -> int:
    return sum(detta == classe for detta, (_, classe) in zip(dette, prove, strict=True))


@contextmanager
def _reti_intatte(risposta: object) -> Iterator[None]:
    """Alla fine le reti che la risposta usa sono com'erano; se intanto sono cambiate, `Sbagliato`.

    Una rete rimasta in ``train()`` sposta le sue medie a ogni foto: senza rimetterle, aggiungere ``eval()`` non
    basterebbe più, e la stessa risposta avrebbe due giudizi.
    """
    prima = [(rete, copy.deepcopy(rete.state_dict())) for rete in _reti_usate(risposta)]
    try:
        yield
    finally:
        cambiate = [
            rete
            for rete, com_era in prima
            if any(not torch.equal(valore, com_era[nome]) for nome, valore in rete.state_dict().items())
        ]
        for rete, com_era in prima:
            rete.load_state_dict(com_era)
        if cambiate:
            raise Sbagliato(IN_TRAIN)


def _reti_usate(risposta: object) -> list[torch.nn.Module]:
    """Le reti che la funzione nomina, anche attraverso altre funzioni."""
    reti, da_vedere, viste = [], [risposta], set()
    while da_vedere:
        funzione = inspect.unwrap(da_vedere.pop())
        if not isinstance(funzione, FunctionType) or funzione in viste:
            continue
        viste.add(funzione)
        nomi = inspect.getclosurevars(funzione)
        for valore in (nomi.globals | nomi.nonlocals).values():
            reti += [valore] if isinstance(valore, torch.nn.Module) else []
            da_vedere += [valore] if isinstance(valore, FunctionType) else []
    return reti


@cache
def fotomontaggi() -> list[Image.Image]:
    """Foto a metà fra un fiore e un tempio, accostate o sovrapposte: chi risponde a caso qui cambia idea più spesso."""
    fiori, templi = ([foto.resize((96, 96)) for foto, sua in foto_di_prova() if sua == classe] for classe in FOTO)
    accostate = []
    for posto, taglio in enumerate((29, 36, 44, 52, 60)):
        una = fiori[posto].copy()
        da = (0, taglio) if posto % 2 else (taglio, 0)
        una.paste(templi[posto].crop((*da, 96, 96)), da)
        accostate.append(una)
    return accostate + [
        Image.blend(fiori[posto], templi[posto], quota) for posto, quota in ((5, 0.3), (6, 0.5), (7, 0.7))
    ]


def _sempre_uguale(riconosci: Callable[[Image.Image], str]) -> None:
    """`Sbagliato` se a uno stesso fotomontaggio, in giri con semi diversi, non risponde sempre lo stesso nome."""
    prime = None
    for giro in range(GIRI):
        torch.default_generator.manual_seed(giro)
        if torch.cuda.is_initialized():
            torch.cuda.manual_seed_all(giro)
        random.seed(giro)
        np.random.seed(giro)
        dette = [_nome(riconosci, foto) for foto in fotomontaggi()]
        if dette != (prime := prime or dette):
            raise Sbagliato(A_CASO)


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
