"""Le parole dei controlli: l'eccezione che porta la diagnosi, i tipi e gli errori detti in italiano."""

import re
from collections.abc import Mapping

import numpy as np
import torch

# Gli errori che ogni esercizio può dare a chi calcola su un acceleratore: il controllo passa dati della CPU.
CONSIGLI_SUI_DISPOSITIVI = {
    "same device": "Due tensori stanno su dispositivi diversi: crea i tuoi dove stanno gli altri, con device=x.device.",
    "type tensor to numpy": "NumPy legge solo la memoria della CPU: prima serve .cpu().",
}

# I codici di colore dei terminali: se il messaggio è tagliato, resterebbero accesi per ciò che segue.
_COLORE = re.compile(r"\x1b\[[0-9;]*m")


class Sbagliato(Exception):
    """La risposta è sbagliata; il messaggio dice allo studente che cosa guardare."""


class Fermata(Sbagliato):
    """La funzione dello studente si è fermata con un errore: ``tipo`` dice quale."""

    def __init__(self, errore: Exception, consigli: Mapping[str, str]):
        messaggio = f"La tua funzione si ferma con {detto(errore)}"
        tutti = {**consigli, **CONSIGLI_SUI_DISPOSITIVI}
        # Anche il tipo conta: certi errori (StopIteration) non hanno altro testo.
        raccontato = f"{type(errore).__name__}: {testo_di(errore)}"
        consiglio = next((dove for pezzo, dove in tutti.items() if pezzo in raccontato), None)
        super().__init__(f"{messaggio.rstrip('.')}. {consiglio}" if consiglio else messaggio)
        self.tipo = type(errore)


def detto(errore: BaseException) -> str:
    """Un errore raccontato su una riga, con il suo tipo: ``"ValueError: …"``. I messaggi lunghi sono tagliati."""
    tipo, testo = type(errore).__name__, su_una_riga(testo_di(errore))
    return f"{tipo}: {testo}" if testo else tipo


def testo_di(errore: BaseException) -> str:
    """Il messaggio di un errore; vuoto se l'errore è scritto così male da fermarsi mentre si racconta."""
    try:
        return str(errore)
    except Exception:
        return ""


def su_una_riga(testo: str, massimo: int = 200) -> str:
    """Il testo senza «a capo» e senza i codici di colore dei terminali, tagliato a ``massimo`` caratteri."""
    riga = " ".join(_COLORE.sub("", testo).split())
    return riga if len(riga) <= massimo else riga[:massimo].rstrip() + "…"


def italiano(numero: float) -> str:
    """Un numero come si scrive in italiano, con la virgola: ``italiano(0.5)`` è ``"0,5"``."""
    if isinstance(numero, int):
        return str(numero) if abs(numero) < 10**15 else "un intero enorme"
    return f"{numero:.6g}".replace(".", ",")


def tipo_di(valore: object) -> str:
    """Il tipo di un valore, detto in italiano: «una lista», «un tensore»."""
    nomi = {
        list: "una lista",
        tuple: "una tupla",
        dict: "un dizionario",
        str: "un testo",
        bool: "un valore vero/falso",
        int: "un numero intero",
        float: "un numero con la virgola",
        type(None): "None",
        torch.Tensor: "un tensore",
        np.ndarray: "un array di NumPy",
    }
    return nomi.get(type(valore), f"di tipo {type(valore).__name__}")
