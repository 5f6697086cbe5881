"""Confrontare una risposta con quella attesa e dire che cosa non torna, senza dire quale fosse."""

import math
import numbers
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch

from corso_pytorch.verifiche.messaggi import italiano, tipo_di

TOLLERANZA = 1e-4
_CONTA_DEL_DTYPE = {
    "genere": lambda dtype: (dtype == torch.bool, dtype.is_floating_point, dtype.is_complex),
    "stesso": lambda dtype: dtype,
    "qualunque": lambda dtype: None,
}


class Assente:
    """Al posto di un valore che non c'è, con la frase che lo dice: un gradiente mancato, una chiave dimenticata."""

    def __init__(self, frase: str):
        self.frase = frase


def differenza(
    dato: object, atteso: object, nome: str = "Il risultato", tolleranza: float = TOLLERANZA, dtype: str = "genere"
) -> str | None:
    """La frase che dice in che cosa ``dato`` non è ``atteso``; ``None`` se lo è.

    Il tipo di ``atteso`` decide il confronto: un tensore, un numero, una sequenza (valgono tupla, lista e
    ``torch.Size``), un dizionario, un testo, ``None``.

    Args:
        nome: il soggetto delle frasi, al singolare: ``"La loss"``.
        tolleranza: relativa e assoluta, sui valori con la virgola.
        dtype: ``"genere"`` vuole lo stesso genere di numeri (vero/falso, interi, con la virgola), ``"stesso"`` proprio
            quel dtype (e un ``int`` dove l'atteso è intero), ``"qualunque"`` guarda i soli valori.
    """
    if isinstance(dato, Assente):
        zero = isinstance(atteso, torch.Tensor) and not atteso.any()  # un gradiente che manca vale zero
        return None if zero or isinstance(atteso, Assente) else dato.frase
    if isinstance(atteso, torch.Tensor):
        return _fra_tensori(dato, atteso, nome, tolleranza, dtype)
    if isinstance(atteso, (bool, str, type(None))):
        return _fra_valori_esatti(dato, atteso, nome)
    if isinstance(atteso, numbers.Real):
        return _fra_numeri(dato, atteso, nome, tolleranza, dtype)
    if isinstance(atteso, Mapping):
        return _fra_dizionari(dato, atteso, nome, tolleranza, dtype)
    if isinstance(atteso, (tuple, list)):
        return _fra_sequenze(dato, atteso, nome, tolleranza, dtype)
    return None if dato == atteso else f"{nome} non torna."


def simili(dato: object, valore: object, tolleranza: float = TOLLERANZA) -> bool:
    """Vero se i due hanno gli stessi valori, qualunque sia il loro dtype; un numero vale il tensore che lo contiene."""
    if isinstance(dato, torch.Tensor) != isinstance(valore, torch.Tensor):
        dato, valore = come_numero(dato), come_numero(valore)
    try:
        return differenza(dato, valore, tolleranza=tolleranza, dtype="qualunque") is None
    except Exception:  # ciò che non si lascia confrontare non somiglia a nulla
        return False


def _fra_tensori(dato: object, atteso: torch.Tensor, nome: str, tolleranza: float, dtype: str) -> str | None:
    if not isinstance(dato, torch.Tensor):
        return _non_tensore(dato, atteso, nome, tolleranza)
    if dato.is_meta:
        return f"{nome} sta sul dispositivo «meta», che ricorda le forme ma non i valori."
    dato, atteso = _denso(dato), _denso(atteso)
    if dato.shape != atteso.shape:
        return _forme_diverse(dato, atteso, nome)
    diversi = int((~_vicini(dato, atteso, tolleranza)).sum())
    if diversi:
        if dato.is_floating_point() and (dato.isnan() & ~atteso.isnan()).any():
            return f"{nome} contiene NaN: da quale operazione nascono?"
        quanti = "non torna" if diversi == 1 else "non tornano"
        if _per_le_poche_cifre(dato, atteso):
            soggetto = "I valori sono" if nome == "Il risultato" else f"{nome} ha valori"
            return f"{soggetto} quasi giusti, ma {str(dato.dtype).removeprefix('torch.')} tiene poche cifre."
        soggetto = "La forma è giusta" if nome == "Il risultato" else f"{nome} ha la forma giusta"
        return f"{soggetto}, i valori no: {diversi} su {atteso.numel()} {quanti}."
    conta = _CONTA_DEL_DTYPE[dtype]
    if conta(dato.dtype) != conta(atteso.dtype):
        soggetto = "I valori sono giusti" if nome == "Il risultato" else f"{nome} ha i valori giusti"
        return f"{soggetto} ma il dtype è {str(dato.dtype).removeprefix('torch.')}: da dove viene?"
    return None


def _per_le_poche_cifre(dato: torch.Tensor, atteso: torch.Tensor) -> bool:
    """Vero se lo scarto viene solo da un dtype a 16 bit: bfloat16 tiene due o tre cifre, float16 tre o quattro."""
    a_sedici_bit = {torch.float16, torch.bfloat16}
    return dato.dtype in a_sedici_bit - {atteso.dtype} and bool(_vicini(dato, atteso, 0.02).all())


def _denso(tensore: torch.Tensor) -> torch.Tensor:
    """I valori, pronti per il confronto: senza gradiente, densi, sulla CPU."""
    tensore = tensore.detach()
    return (tensore.to_dense() if tensore.layout != torch.strided else tensore).cpu()


def _vicini(dato: torch.Tensor, atteso: torch.Tensor, tolleranza: float) -> torch.Tensor:
    grande = torch.complex128 if dato.is_complex() or atteso.is_complex() else torch.float64
    if not (dato.is_floating_point() or dato.is_complex() or atteso.is_floating_point()):
        grande = torch.int64  # gli interi si confrontano esatti, anche quelli che un float64 confonderebbe
        tolleranza = 0
    return torch.isclose(dato.to(grande), atteso.to(grande), tolleranza, tolleranza, equal_nan=True)


def _non_tensore(dato: object, atteso: torch.Tensor, nome: str, tolleranza: float) -> str:
    try:
        giusto = simili(torch.as_tensor(np.asarray(dato, dtype=float)), atteso, tolleranza)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        giusto = False
    if giusto:
        soggetto = (
            "I numeri sono giusti, ma la risposta" if nome == "Il risultato" else f"{nome} ha i numeri giusti, ma"
        )
        return f"{soggetto} è {tipo_di(dato)}: serve un tensore."
    return f"{nome} dovrebbe essere un tensore, e invece è {tipo_di(dato)}."


def _forme_diverse(dato: torch.Tensor, atteso: torch.Tensor, nome: str) -> str:
    forma = tuple(dato.shape)
    if dato.dim() == 2 and forma == tuple(reversed(atteso.shape)):
        soggetto = "La forma è" if nome == "Il risultato" else f"{nome} ha forma"
        return f"{soggetto} {forma}: righe e colonne sono scambiate; chi va sulle righe?"
    if dato.dim() != atteso.dim():
        assi = "asse" if dato.dim() == 1 else "assi"
        servono = "ne serve" if atteso.dim() == 1 else "ne servono"
        return f"{nome} ha forma {forma}, cioè {dato.dim()} {assi}: {servono} {atteso.dim()}."
    return f"{nome} ha forma {forma}, e dovrebbe averla {tuple(atteso.shape)}."


def come_numero(dato: object) -> object:
    """Il numero di Python che sta in un tensore o in un array con un elemento solo; il resto com'è."""
    if isinstance(dato, torch.Tensor) and dato.numel() == 1 and not dato.is_meta:
        return _denso(dato).item()
    return dato.item() if isinstance(dato, (np.ndarray, np.generic)) and dato.size == 1 else dato


def _fra_valori_esatti(dato: object, atteso: object, nome: str) -> str | None:
    dato = come_numero(dato)
    if type(dato) is type(atteso):
        return None if dato == atteso else f"{nome} non torna."
    return f"{nome} dovrebbe essere {tipo_di(atteso)}, e invece è {tipo_di(dato)}."


def _fra_numeri(dato: object, atteso: float, nome: str, tolleranza: float, dtype: str) -> str | None:
    dato = come_numero(dato)
    if isinstance(dato, (tuple, list)) and len(dato) == 2 and all(type(n) is int for n in dato):
        return f"{tuple(dato)} è una coppia: in Python i decimali vogliono il punto, {dato[0]}.{abs(dato[1])}."
    if isinstance(dato, (bool, np.bool_)) or not isinstance(dato, numbers.Real):
        return f"{nome} dovrebbe essere un numero, e invece è {tipo_di(dato)}."
    numero = _in_virgola(dato)
    vicino = partial(math.isclose, numero, rel_tol=tolleranza, abs_tol=tolleranza)
    if isinstance(dato, int) and isinstance(atteso, int):
        giusto = dato == atteso
    else:
        giusto = vicino(atteso) or (math.isnan(numero) and math.isnan(atteso))
    if giusto and dtype == "stesso" and isinstance(atteso, int) and not isinstance(dato, int):
        return f"{nome} è giusto, ma con la virgola: serve un intero."
    if giusto:
        return None
    if math.isnan(numero):
        return f"{nome} è NaN: da quale operazione nasce?"
    if vicino(-atteso):
        return f"{nome} ha il segno sbagliato."
    return f"{nome} non è {italiano(dato)}: rifai il conto su un caso piccolo."


def _in_virgola(numero: float) -> float:
    try:
        return float(numero)
    except OverflowError:  # gli interi di Python non hanno un massimo
        return math.inf if numero > 0 else -math.inf


def _fra_sequenze(dato: object, atteso: Sequence, nome: str, tolleranza: float, dtype: str) -> str | None:
    if type(dato) is int and len(atteso) == 1:  # una forma di un asse solo: (5,) o 5
        dato = (dato,)
    if not isinstance(dato, (tuple, list)):
        serve = "una tupla" if isinstance(atteso, tuple) else "una lista"
        return f"{nome} dovrebbe essere {serve}, e invece è {tipo_di(dato)}."
    if len(dato) != len(atteso):
        elementi = "un elemento" if len(dato) == 1 else f"{len(dato)} elementi"
        servono = "ne serve" if len(atteso) == 1 else "ne servono"
        return f"{nome} ha {elementi}, e {servono} {len(atteso)}."
    for posto, (uno, giusto) in enumerate(zip(dato, atteso, strict=True)):
        # Una lista in una lista: «Il risultato, al posto 0, al posto 1,», con una virgola sola fra i due posti.
        if frase := differenza(uno, giusto, f"{nome.removesuffix(',')}, al posto {posto},", tolleranza, dtype):
            return f"{nome} ha gli elementi giusti in un altro ordine." if _solo_ordine(dato, atteso) else frase
    return None


def _solo_ordine(dato: Sequence, atteso: Sequence) -> bool:
    semplici = all(isinstance(valore, (int, float, str)) for valore in [*dato, *atteso])
    return semplici and sorted(map(repr, dato)) == sorted(map(repr, atteso))


def _fra_dizionari(dato: object, atteso: Mapping, nome: str, tolleranza: float, dtype: str) -> str | None:
    if not isinstance(dato, Mapping):
        return f"{nome} dovrebbe essere un dizionario, e invece è {tipo_di(dato)}."
    if mancanti := [chiave for chiave in atteso if chiave not in dato]:
        return f"{nome} dovrebbe avere anche la chiave «{mancanti[0]}»."
    if di_troppo := [chiave for chiave in dato if chiave not in atteso]:
        return f"{nome} ha la chiave «{di_troppo[0]}», che non serve."
    frasi = (differenza(dato[chiave], atteso[chiave], str(chiave), tolleranza, dtype) for chiave in atteso)
    return next(filter(None, frasi), None)
