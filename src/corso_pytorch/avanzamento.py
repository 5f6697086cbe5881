"""La barra di avanzamento: visibile a chi legge, muta nei test."""

import os
from collections.abc import Iterable
from operator import length_hint


def barra(elementi: Iterable, descrizione: str = "", unita: str = "passo") -> Iterable:
    """Avvolge ``elementi`` in una barra di avanzamento e restituisce gli stessi elementi, nello stesso ordine.

    Durante i test (pytest imposta ``PYTEST_CURRENT_TEST``) la barra tace, perché mostra tempi che cambiano
    a ogni esecuzione; ciò che si calcola è identico.
    """
    from tqdm.auto import tqdm

    muta = "PYTEST_CURRENT_TEST" in os.environ
    # iter() una volta sola: tqdm lo chiamerebbe due volte, e un DataLoader mescolerebbe due volte i suoi esempi.
    return tqdm(
        iter(elementi), total=length_hint(elementi) or None, desc=descrizione, unit=unita, leave=False, disable=muta
    )
