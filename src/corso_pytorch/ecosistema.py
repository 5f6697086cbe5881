"""Ciò che le lezioni sull'ecosistema chiedono prima di cominciare: le librerie ci sono? la rete c'è?"""

import importlib.util
import logging
import socket


class LibreriaMancante(ModuleNotFoundError):
    """Una libreria non è installata. Nel notebook si vede una riga sola, con il comando che la installa."""

    def _render_traceback_(self) -> list[str]:
        # Jupyter chiama questo metodo per mostrare l'errore: a chi studia il traceback qui non serve.
        return [str(self)]


def richiedi(*librerie: str) -> None:
    """Ferma la lezione con una riga in italiano se manca una delle librerie, senza importarle.

    Tace anche un avviso di torchao, che transformers ed executorch caricano: è per chi sviluppa PyTorch.

    Args:
        librerie: i nomi con cui si importano, per esempio ``"timm"``, ``"torchmetrics"``.

    Raises:
        LibreriaMancante: il messaggio dice quali mancano e come installarle.
    """
    mancano = [nome for nome in librerie if importlib.util.find_spec(nome) is None]
    if mancano:
        raise LibreriaMancante(
            f"{'Manca' if len(mancano) == 1 else 'Mancano'} {', '.join(mancano)}: "
            "scrivi `uv sync` nella cartella del corso, poi riavvia il kernel."
        )
    logging.getLogger("torch.utils._pytree").setLevel(logging.ERROR)


def raggiungibile(host: str, porta: int = 443, secondi: float = 3.0) -> bool:
    """Vero se ``host`` accetta una connessione: senza rete lo si sa subito, non dopo i tentativi di una libreria.

    Args:
        secondi: quanto aspettare al più una risposta.
    """
    try:
        socket.create_connection((host, porta), timeout=secondi).close()
    except OSError:
        return False
    return True
