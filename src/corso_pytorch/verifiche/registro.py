"""Il registro degli esercizi, e le due porte d'ingresso: `controlla` e `verifica`."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from corso_pytorch.verifiche.confronti import Sbagliato, detto, su_una_riga
from corso_pytorch.verifiche.esecuzione import entro_il_tempo, rifiuta_enormi, senza_lasciare_tracce
from corso_pytorch.verifiche.segnaposto import da_completare


@dataclass(frozen=True)
class Esito:
    """L'esito di un controllo: lo stato e una frase per lo studente."""

    stato: Literal["corretto", "sbagliato", "da completare"]
    messaggio: str = ""


Controllo = Callable[[object], None]
_CONTROLLI: dict[str, Controllo] = {}


def esercizio(identificativo: str) -> Callable[[Controllo], Controllo]:
    """Decora il controllo di un esercizio: una funzione che riceve la risposta e alza `Sbagliato` se non va."""

    def registra(controllo: Controllo) -> Controllo:
        if identificativo in _CONTROLLI:
            raise ValueError(f"L'esercizio {identificativo} ha già un controllo.")
        _CONTROLLI[identificativo] = controllo
        return controllo

    return registra


def controlla(identificativo: str, risposta: object) -> Esito:
    """Controlla una risposta e restituisce l'esito.

    La risposta è provata su una copia, entro pochi secondi, e qualunque errore diventa un messaggio:
    le variabili dello studente, i generatori casuali e le impostazioni di torch restano come erano.

    Args:
        identificativo: lezione e numero, per esempio ``"1.3"``.
        risposta: un valore, una funzione o una classe, secondo l'esercizio.

    Raises:
        ValueError: non esiste un esercizio con quel nome.
    """
    controllo = _trova(identificativo)
    try:
        if da_completare(risposta):
            return Esito("da completare")
        rifiuta_enormi(risposta)
        with senza_lasciare_tracce():
            entro_il_tempo(lambda: controllo(risposta))
    except Sbagliato as errore:
        return Esito("sbagliato", su_una_riga(str(errore), massimo=400))
    except Exception as errore:
        # Una risposta di forma imprevista non deve mai fermare il notebook.
        return Esito("sbagliato", f"Non riesco a usare questa risposta ({detto(errore)}).")
    return Esito("corretto")


def verifica(identificativo: str, risposta: object) -> None:
    """Controlla una risposta e stampa l'esito, su una riga."""
    esito = controlla(identificativo, risposta)
    print(f"Esercizio {identificativo}: {esito.stato}" + (f". {esito.messaggio}" if esito.messaggio else ""))


def esercizi(lezione: int) -> list[str]:
    """Gli identificativi degli esercizi di una lezione, nell'ordine in cui sono scritti."""
    importlib.import_module(f"corso_pytorch.verifiche.lezione{lezione:02d}")
    return [nome for nome in _CONTROLLI if nome.split(".")[0] == str(lezione)]


def _trova(identificativo: str) -> Controllo:
    lezione = str(identificativo).split(".")[0]
    try:
        noti = esercizi(int(lezione))
    except (ValueError, ModuleNotFoundError):
        raise ValueError(
            f"Non conosco l'esercizio «{identificativo}»: scrivi lezione e numero, per esempio «1.3»."
        ) from None
    if identificativo not in noti:
        raise ValueError(
            f"Non conosco l'esercizio «{identificativo}»: nella lezione {lezione} ci sono {', '.join(noti)}."
        )
    return _CONTROLLI[identificativo]
