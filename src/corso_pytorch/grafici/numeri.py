"""I numeri nelle figure, come si scrivono in italiano: con la virgola, e con il segno meno lungo."""

import re

from matplotlib.ticker import LogFormatterSciNotation, ScalarFormatter


def virgola(testo: str) -> str:
    """Il testo con la virgola nei numeri: ``virgola("2.5 ms")`` è ``"2,5 ms"``."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", testo)


def all_italiana(valore: float, formato: str = ".4g") -> str:
    """Un numero con la virgola, al più quattro cifre: ``all_italiana(-0.5)`` è ``"−0,5"``."""
    return virgola(f"{valore:{formato}}").replace("-", "−")


def due_e_cinque(valore: float, posizione: int | None = None) -> str:
    """Le tacche minori di un asse logaritmico: si scrivono solo 2 e 5, 20 e 50…"""
    return all_italiana(valore, "g") if f"{valore:e}"[0] in "25" else ""


class Tacche(ScalarFormatter):
    """Le tacche di un asse, con la virgola."""

    def __call__(self, valore: float, posizione: int | None = None) -> str:
        return virgola(super().__call__(valore, posizione))


class TaccheLogaritmiche(LogFormatterSciNotation):
    """Le tacche di un asse logaritmico; da un millesimo in su il numero è per esteso: 0,06, non 6×10⁻²."""

    def __call__(self, valore: float, posizione: int | None = None) -> str:
        scritta = super().__call__(valore, posizione)
        return all_italiana(valore, "g") if scritta and valore >= 1e-3 else scritta
