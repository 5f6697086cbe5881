"""Come si ferma un lavoro: il tipo dell'errore e la riga che ne dice il perché, senza il resto del racconto."""

import contextlib
import io
from collections.abc import Callable

from corso_pytorch.verifiche.messaggi import testo_di


def come_si_ferma(lavoro: Callable[[], object], riga: str = "") -> str:
    """L'errore di ``lavoro()`` su una riga, per esempio ``"ValueError: serve un numero"``.

    Le librerie raccontano il perché in molte righe, nel messaggio o su stderr, che qui non si stampa.

    Args:
        riga: un pezzo della riga che interessa; vuoto, la prima del messaggio.

    Raises:
        ValueError: il lavoro è riuscito, o quella riga non c'è.
    """
    con_il_racconto = io.StringIO()
    try:
        with contextlib.redirect_stderr(con_il_racconto):
            lavoro()
    except Exception as errore:
        for detta in [*testo_di(errore).splitlines(), *con_il_racconto.getvalue().splitlines()]:
            if riga in detta:
                return f"{type(errore).__name__}: {' '.join(detta.split())}"
        raise ValueError(f"Nell'errore non c'è una riga con «{riga}».") from errore
    raise ValueError("Non si è fermato.")
