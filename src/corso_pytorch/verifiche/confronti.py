"""Confrontare una risposta con quella attesa e dire che cosa non torna, senza dire quale fosse."""

import math

import numpy as np
import torch

CARATTERI_MASSIMI = 200


class Sbagliato(Exception):
    """La risposta è sbagliata; il messaggio dice allo studente che cosa guardare."""


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


def su_una_riga(testo: str, massimo: int = CARATTERI_MASSIMI) -> str:
    """Il testo senza «a capo», tagliato a ``massimo`` caratteri."""
    riga = " ".join(testo.split())
    return riga if len(riga) <= massimo else riga[:massimo].rstrip() + "…"


def confronta(
    dato: object,
    atteso: torch.Tensor,
    errori: dict[str, object] | None = None,
    nome: str = "Il risultato",
    tolleranza: float = 1e-4,
) -> None:
    """Alza `Sbagliato` se ``dato`` non è il tensore ``atteso``: stesso tipo, forma, dtype e valori.

    Args:
        errori: le sviste previste, ``{diagnosi: il valore che producono}``; ``None`` per quelle fuori luogo qui.
        nome: il soggetto delle frasi, al singolare: ``"La loss"``.
        tolleranza: relativa e assoluta, sui valori con la virgola.
    """
    if not isinstance(dato, torch.Tensor):
        _non_tensore(dato, atteso, nome, tolleranza)
    dato, atteso = _sulla_cpu(dato, nome), atteso.detach().cpu()
    if _vicini(dato, atteso, tolleranza):
        if dato.dtype != atteso.dtype:
            raise Sbagliato(f"I valori sono giusti ma il dtype è {_dtype(dato)}: da dove viene?")
        return
    for diagnosi, sbagliato in (errori or {}).items():
        if sbagliato is not None and _vicini(dato, torch.as_tensor(sbagliato).detach().cpu(), tolleranza):
            raise Sbagliato(diagnosi)
    if dato.shape != atteso.shape:
        _forma_sbagliata(dato, atteso, nome)
    if dato.is_floating_point() and dato.isnan().any():
        raise Sbagliato(f"{nome} contiene NaN: da quale operazione nascono?")
    diversi = _quanti_diversi(dato, atteso, tolleranza)
    raise Sbagliato(
        f"La forma è giusta, i valori no: {diversi} su {atteso.numel()} non {'torna' if diversi == 1 else 'tornano'}."
    )


def confronta_numero(
    dato: object,
    atteso: float,
    errori: dict[str, float] | None = None,
    nome: str = "Il numero",
    tolleranza: float = 1e-4,
) -> None:
    """Come `confronta`, per un numero solo: vale un numero di Python o un tensore con un elemento."""
    numero = _come_numero(dato, nome)
    if _quasi(numero, atteso, tolleranza):
        return
    for diagnosi, sbagliato in (errori or {}).items():
        if sbagliato is not None and _quasi(numero, sbagliato, tolleranza):
            raise Sbagliato(diagnosi)
    if math.isnan(numero):
        raise Sbagliato(f"{nome} è NaN: da quale operazione nasce?")
    if _quasi(numero, -atteso, tolleranza):
        raise Sbagliato(f"{nome} ha il segno sbagliato.")
    raise Sbagliato(f"{nome} non è {numero:g}: rifai il conto su un caso piccolo.")


def confronta_forma(dato: object, attesa: tuple[int, ...], errori: dict[str, tuple] | None = None) -> None:
    """Controlla una forma scritta a mano: vale una tupla, una lista o un ``torch.Size``."""
    if isinstance(dato, int) and not isinstance(dato, bool):
        dato = (dato,)
    if not isinstance(dato, (tuple, list)) or not all(isinstance(n, int) for n in dato):
        raise Sbagliato("Una forma è una tupla di interi, come (2, 3).")
    if tuple(dato) == tuple(attesa):
        return
    for diagnosi, sbagliata in (errori or {}).items():
        if tuple(dato) == tuple(sbagliata):
            raise Sbagliato(diagnosi)
    if len(dato) != len(attesa):
        raise Sbagliato(f"{tuple(dato)} ha {len(dato)} {_assi(len(dato))}, ma qui ne servono {len(attesa)}.")
    if sorted(dato) == sorted(attesa):
        raise Sbagliato(f"I numeri di {tuple(dato)} sono giusti, l'ordine no.")
    raise Sbagliato(f"La forma non è {tuple(dato)}: segui un asse alla volta.")


def confronta_lista(dato: object, atteso: list, errori: list[tuple[str, list]], inizio: str) -> None:
    """Confronta una lista (o una tupla) di numeri o di testi con quella attesa.

    Args:
        errori: le sviste previste, ``(diagnosi, la lista che producono)``: vale la prima che coincide.
        inizio: con che prova, per il messaggio: ``"Con «ciao» "``.
    """
    if isinstance(dato, tuple):
        dato = list(dato)
    if not isinstance(dato, list):
        raise Sbagliato(f"{inizio}serve una lista, e invece è {tipo_di(dato)}.")
    if dato == atteso:
        return
    for diagnosi, sbagliata in errori:
        if dato == sbagliata:
            raise Sbagliato(inizio + diagnosi)
    if len(dato) != len(atteso):
        raise Sbagliato(f"{inizio}la lista è lunga {len(dato)}, e dovrebbe esserlo {len(atteso)}.")
    quale = next(i for i, (a, b) in enumerate(zip(dato, atteso, strict=True)) if a != b)
    raise Sbagliato(f"{inizio}il primo elemento che non torna è quello di posto {quale}.")


def uguali(a: object, b: object) -> bool:
    """Vero se due valori (tensori, array, raccolte, moduli…) hanno lo stesso contenuto, NaN compresi."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        a, b = a.detach().cpu(), b.detach().cpu()
        return a.dtype == b.dtype and a.shape == b.shape and _vicini(a, b, 0.0)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    if isinstance(a, torch.nn.Module) and isinstance(b, torch.nn.Module):
        return uguali(a.state_dict(), b.state_dict())
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(uguali(a[chiave], b[chiave]) for chiave in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(uguali(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, (str, int, float, bool)):
        return a == b or (a != a and b != b)
    return type(a) is type(b)  # oggetti di cui non si sa confrontare il contenuto


def confronta_scelta(dato: object, giusta: str, perche: dict[str, str]) -> None:
    """Controlla una scelta fra poche (``"a"``, ``"b"``…): ``perche`` spiega, per ogni sbagliata, che cosa non va."""
    scelta = dato.strip().lower() if isinstance(dato, str) else ""
    if scelta == giusta:
        return
    if scelta not in perche:
        ammesse = ", ".join(f'"{lettera}"' for lettera in sorted({giusta, *perche}))
        raise Sbagliato(f"Rispondi con una di queste: {ammesse}.")
    raise Sbagliato(perche[scelta])


def maiuscola(testo: str) -> str:
    """Il testo con la prima lettera maiuscola, e il resto com'era (``str.capitalize`` lo farebbe minuscolo)."""
    return testo[0].upper() + testo[1:]


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
        torch.Tensor: "un tensore",
        np.ndarray: "un array di NumPy",
    }
    return nomi.get(type(valore), f"di tipo {type(valore).__name__}")


def _sulla_cpu(dato: torch.Tensor, nome: str) -> torch.Tensor:
    """Il tensore con i suoi valori, pronto per il confronto: senza gradiente, denso, sulla CPU."""
    if dato.is_meta:
        raise Sbagliato(f"{nome} sta sul dispositivo «meta», che ricorda le forme ma non i valori.")
    return dato.detach().to_dense().cpu() if dato.layout != torch.strided else dato.detach().cpu()


def _vicini(dato: torch.Tensor, atteso: torch.Tensor, tolleranza: float) -> bool:
    if dato.shape != atteso.shape:
        return False
    if dato.is_complex() or atteso.is_complex():
        return torch.allclose(dato.cdouble(), atteso.cdouble(), tolleranza, tolleranza, equal_nan=True)
    return torch.allclose(dato.double(), atteso.double(), tolleranza, tolleranza, equal_nan=True)


def _quanti_diversi(dato: torch.Tensor, atteso: torch.Tensor, tolleranza: float) -> int:
    return int((~torch.isclose(dato.double(), atteso.double(), tolleranza, tolleranza)).sum())


def _non_tensore(dato: object, atteso: torch.Tensor, nome: str, tolleranza: float) -> None:
    try:
        giusto = _vicini(torch.as_tensor(np.asarray(dato, dtype=float)), atteso.detach().cpu(), tolleranza)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        giusto = False
    if giusto:
        raise Sbagliato(f"I numeri sono giusti, ma la risposta è {tipo_di(dato)}: serve un tensore.")
    raise Sbagliato(f"{nome} dovrebbe essere un tensore, e invece è {tipo_di(dato)}.")


def _forma_sbagliata(dato: torch.Tensor, atteso: torch.Tensor, nome: str) -> None:
    forma = tuple(dato.shape)
    if dato.dim() == 2 and forma == tuple(reversed(atteso.shape)):
        raise Sbagliato(f"La forma è {forma}: righe e colonne sono scambiate; chi va sulle righe?")
    if dato.dim() != atteso.dim():
        servono = "ne serve" if atteso.dim() == 1 else "ne servono"
        raise Sbagliato(f"{nome} ha forma {forma}, cioè {dato.dim()} {_assi(dato.dim())}: {servono} {atteso.dim()}.")
    raise Sbagliato(f"{nome} ha forma {forma}, e dovrebbe averla {tuple(atteso.shape)}.")


def _come_numero(dato: object, nome: str) -> float:
    if isinstance(dato, torch.Tensor) and dato.numel() == 1:
        dato = dato.detach().cpu().item()
    if isinstance(dato, np.generic):
        dato = dato.item()
    if isinstance(dato, bool) or not isinstance(dato, (int, float)):
        raise Sbagliato(f"{nome} dovrebbe essere un numero, e invece è {tipo_di(dato)}.")
    try:
        return float(dato)
    except OverflowError:  # gli interi di Python non hanno un massimo
        return math.inf if dato > 0 else -math.inf


def _quasi(a: float, b: float, tolleranza: float) -> bool:
    return math.isclose(a, b, rel_tol=tolleranza, abs_tol=tolleranza)


def _assi(quanti: int) -> str:
    return "asse" if quanti == 1 else "assi"


def _dtype(tensore: torch.Tensor) -> str:
    return str(tensore.dtype).removeprefix("torch.")
