"""Ciò che le lezioni sull'ecosistema chiedono prima di cominciare: le librerie ci sono? la rete c'è?"""

import importlib.util
import threading
import urllib.request

from corso_pytorch.interni import fai_tacere_pytree


class LibreriaMancante(ModuleNotFoundError):
    """Una libreria non è installata. Nel notebook si vede una riga sola, con il comando che la installa."""

    def _render_traceback_(self) -> list[str]:
        # Jupyter chiama questo metodo per mostrare l'errore: a chi studia il traceback qui non serve.
        return [str(self)]


def richiedi(*librerie: str) -> None:
    """Ferma la lezione con una riga in italiano se manca una delle librerie, date col nome con cui si importano.

    Non le importa. Tace un avviso di torchao, che transformers ed executorch caricano: è per chi sviluppa PyTorch.

    Raises:
        LibreriaMancante: il messaggio dice quali mancano e come installarle.
    """
    mancano = [nome for nome in librerie if importlib.util.find_spec(nome) is None]
    if mancano:
        raise LibreriaMancante(
            f"{'Manca' if len(mancano) == 1 else 'Mancano'} {', '.join(mancano)}: "
            "scrivi `uv sync` nella cartella del corso, poi riavvia il kernel."
        )
    fai_tacere_pytree()


def raggiungibile(indirizzo: str, secondi: float = 3.0) -> bool:
    """Vero se il file all'indirizzo c'è: senza rete lo si sa subito, non dopo i tentativi di una libreria.

    La domanda passa da urllib, come gli scaricamenti di PyTorch: quindi dai proxy, dove ci sono. Si chiedono solo le
    intestazioni, e una risposta si aspetta al più ``secondi``, la ricerca del nome compresa.
    """
    risposte = []

    def chiedi() -> None:
        try:
            domanda = urllib.request.Request(indirizzo, method="HEAD", headers={"User-Agent": "torch.hub"})
            with urllib.request.urlopen(domanda, timeout=secondi) as risposta:
                risposte.append(risposta.status)
        except Exception:  # qualunque cosa vada storta, il file non arriva
            return

    attesa = threading.Thread(target=chiedi, daemon=True)
    attesa.start()
    attesa.join(secondi)
    return bool(risposte)
