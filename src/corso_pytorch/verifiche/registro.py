"""Il registro degli esercizi, e le due porte d'ingresso: `controlla` e `verifica`."""

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Literal

import torch

from corso_pytorch import lezioni
from corso_pytorch.verifiche.dichiarazione import Esercizio
from corso_pytorch.verifiche.esecuzione import rifiuta_enormi, senza_lasciare_tracce
from corso_pytorch.verifiche.messaggi import Sbagliato, detto, su_una_riga
from corso_pytorch.verifiche.orologio import entro_il_tempo
from corso_pytorch.verifiche.segnaposto import da_completare


@dataclass(frozen=True)
class Esito:
    """L'esito di un controllo: lo stato e una frase per lo studente."""

    stato: Literal["corretto", "sbagliato", "da completare"]
    messaggio: str = ""


_ESERCIZI: dict[str, Esercizio] = {}


def esercizio(identificativo: str, giusta: object, **dichiarazione: object) -> None:
    """Dichiara un esercizio: gli altri argomenti sono quelli di `Esercizio`."""
    if identificativo in _ESERCIZI:
        raise ValueError(f"L'esercizio {identificativo} ha già un controllo.")
    _ESERCIZI[identificativo] = Esercizio(giusta, **dichiarazione)


def scelta(identificativo: str, giusta: str, perche: dict[str, str]) -> None:
    """Dichiara una scelta fra poche lettere: ``perche`` dice, per ogni sbagliata, che cosa non va."""
    ammesse = ", ".join(f'"{lettera}"' for lettera in sorted({giusta, *perche}))

    def lettera(risposta: object) -> str:
        detta = risposta.strip().lower() if isinstance(risposta, str) else ""
        if detta not in {giusta, *perche}:
            raise Sbagliato(f"Rispondi con una di queste: {ammesse}.")
        return detta

    esercizio(identificativo, giusta, osserva=lettera, sviste={frase: altra for altra, frase in perche.items()})


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
    quale = trova(identificativo)

    def prova() -> None:
        # Con più thread, su un computer occupato, i conti piccoli aspettano e basta; il numero vale per chi lo cambia.
        torch.set_num_threads(1)
        quale.controlla(risposta)

    try:
        if da_completare(risposta):
            return Esito("da completare")
        rifiuta_enormi(risposta)
        with senza_lasciare_tracce():
            entro_il_tempo(prova)
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
    stanze = (modulo.name for modulo in pkgutil.iter_modules(lezioni.__path__))
    for stanza in (nome for nome in stanze if nome.startswith(f"l{lezione:02d}_")):
        importlib.import_module(f"corso_pytorch.lezioni.{stanza}.esercizi")
    return [nome for nome in _ESERCIZI if nome.split(".")[0] == str(lezione)]


def trova(identificativo: str) -> Esercizio:
    """L'esercizio con quel nome; `ValueError` se non esiste."""
    lezione = str(identificativo).split(".")[0]
    noti = esercizi(int(lezione)) if lezione.isdecimal() else []
    if identificativo not in noti:
        quali = f"nella lezione {lezione} ci sono {', '.join(noti)}" if noti else "scrivi lezione e numero, come «1.3»"
        raise ValueError(f"Non conosco l'esercizio «{identificativo}»: {quali}.")
    return _ESERCIZI[identificativo]
