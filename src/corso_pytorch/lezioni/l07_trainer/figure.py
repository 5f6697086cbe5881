"""Le figure della lezione 07: chi fa che cosa, i due cicli, la scaletta, la fermata, le norme, le righe, i processi."""

import difflib
import textwrap
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from corso_pytorch.grafici.curve import disegna_curve, legenda_fuori
from corso_pytorch.grafici.griglia import (
    disegna_casella,
    foglio,
    freccia,
    legenda_sotto,
    scatola,
    scrivi,
    tinta,
)
from corso_pytorch.grafici.numeri import TaccheLogaritmiche
from corso_pytorch.grafici.stile import (
    ARANCIO,
    AZZURRO,
    BLU,
    CODICE,
    GRIGIO,
    INCHIOSTRO,
    ROSSO,
    TENUE,
    VERDE,
    VIOLA,
    senza_assi,
    tela,
)
from corso_pytorch.grafici.tabelle import tabella_di_chi

# Chi si incarica di una fase, e il suo colore: lo stesso in tutte le figure della lezione.
_CHI = {"tu": ARANCIO, "Trainer": BLU, "Accelerate": VERDE, "callback": VIOLA}


def chi_fa_che_cosa(fasi: Sequence[tuple[str, str, str, str]]) -> Figure:
    """Fase per fase, la nostra riga e chi la fa al suo posto, con il colore di chi se ne incarica.

    Args:
        fasi: ``(fase, la nostra riga, chi, dove)``; ``chi`` è tu, Trainer, Accelerate o callback, ``dove`` il metodo o
            l'argomento.
    """
    titoli = ("fase", "nel nostro ciclo", "con il Trainer")
    return tabella_di_chi(titoli, [(fase, (nostra, ""), (dove, chi)) for fase, nostra, chi, dove in fasi], _CHI)


def due_cicli(nostre: Sequence[float], sue: Sequence[float]) -> Figure:
    """Le loss del nostro ciclo e quelle del Trainer, passo per passo, in scala logaritmica."""
    figura, asse = tela(misure=(7.2, 3.6))
    stili = ({"color": _CHI["tu"], "lw": 2}, {"color": _CHI["Trainer"], "ls": "--"})
    disegna_curve(asse, {"il tuo ciclo": nostre, "il Trainer": sue}, stili=stili)
    asse.set(xlabel="passo", ylabel="loss", yscale="log")
    asse.yaxis.set_major_formatter(TaccheLogaritmiche())
    asse.yaxis.set_minor_formatter(TaccheLogaritmiche(labelOnlyBase=False))
    legenda_fuori(asse)
    return figura


def scaletta(
    chiamate: Sequence[str], ripetute: tuple[str, str] | None = None, di_chi: Mapping[str, str] | None = None
) -> Figure:
    """Le chiamate di un addestramento in ordine, dall'alto in basso: a sinistra i metodi, a destra gli eventi.

    Args:
        chiamate: i nomi; quelli che cominciano per ``on_`` sono gli eventi che ricevono i callback.
        ripetute: la prima e l'ultima di quelle che si ripetono per ogni batch, da incorniciare.
        di_chi: di chi sono i metodi che non sono del Trainer, "Accelerate" o "PyTorch": ognuno ha il suo colore.
    """
    alto = len(chiamate)
    figura, asse = tela(misure=(8.8, 0.34 * alto + 1.1))
    senza_assi(asse)
    asse.set(xlim=(-0.9, 10), ylim=(alto + 0.1, -1))
    scrivi(asse, 2.4, -0.5, "i metodi", 11.5, weight="bold")
    scrivi(asse, 7.6, -0.5, "gli eventi", 11.5, weight="bold")
    asse.plot([5, 5], [0.1, alto - 0.1], color=TENUE, lw=2, zorder=0)
    if ripetute:
        da, a = (chiamate.index(nome) for nome in ripetute)
        asse.add_patch(Rectangle((-0.05, da), 10, a - da + 1, fc="none", ec=GRIGIO, ls="--"))
        scrivi(asse, -0.45, (da + a + 1) / 2, "per ogni batch", 10.5, GRIGIO, rotation=90)
    colori, presenti = _CHI | {"PyTorch": GRIGIO}, {}
    for riga, nome in enumerate(chiamate):
        evento = nome.startswith("on_")
        chi = "callback" if evento else (di_chi or {}).get(nome, "Trainer")
        x, colore = 5.4 if evento else 0.2, colori[chi]
        presenti[chi] = tinta(colore, 0.35)
        scatola(asse, x, riga + 0.12, 4.4, 0.76, colore, nome, 10, ec="none", scritta=CODICE)
        asse.plot([5, x if evento else x + 4.4], [riga + 0.5] * 2, color=GRIGIO, lw=1, zorder=0)
        scrivi(asse, 5, riga + 0.5, "●", 6, GRIGIO)
    legenda_sotto(figura, presenti)
    return figura


def fermata(valori: Sequence[float], epoche: int) -> Figure:
    """La loss di validazione epoca per epoca: la migliore segnata, e in grigio le epoche che non si sono fatte.

    Args:
        valori: la loss dopo ogni epoca fatta.
        epoche: quante ne erano previste.
    """
    fatte = range(1, len(valori) + 1)
    migliore = min(fatte, key=lambda epoca: valori[epoca - 1])
    figura, asse = tela(misure=(8, 3.2))
    asse.plot(fatte, valori, "s--", color=_CHI["Trainer"])
    cerchio = {"ms": 13, "mfc": "none", "mec": INCHIOSTRO, "mew": 2.5}
    asse.plot(migliore, valori[migliore - 1], "o", label="la migliore: si ricarica", **cerchio)
    asse.legend(loc="upper right")
    asse.axvline(len(valori) + 0.5, color=ROSSO, lw=1.5)
    asse.axvspan(len(valori) + 0.5, epoche + 0.5, color=TENUE, alpha=0.6, lw=0)
    centro = (len(valori) + epoche + 1) / 2
    risparmiate = epoche - len(valori)
    asse.text(centro, 0.5, f"{risparmiate} epoche\nrisparmiate", transform=asse.get_xaxis_transform(), ha="center")
    asse.set(xlabel="epoca", ylabel="loss di validazione", xlim=(0.5, epoche + 0.5))
    asse.xaxis.get_major_locator().set_params(integer=True)
    return figura


def norme_tagliate(norme: Sequence[float], limite: float) -> Figure:
    """La norma del gradiente a ogni passo, prima del taglio: ciò che supera il limite è riportato sul limite."""
    figura, asse = tela(misure=(8, 3))
    curve = {"prima del taglio": norme, "dopo il taglio": [min(norma, limite) for norma in norme]}
    disegna_curve(
        asse, curve, stili=({"color": ROSSO, "marker": "o", "ms": 4, "ls": ""}, {"color": _CHI["Accelerate"], "lw": 2})
    )
    asse.axhline(limite, color=INCHIOSTRO, lw=1, ls=":")
    asse.set(xlabel="passo", ylabel="norma del gradiente", ylim=(0, None), xlim=(0, len(norme) + 1))
    legenda_fuori(asse)
    return figura


def righe_cambiate(prima: str, dopo: str, titoli: tuple[str, str] = ("PyTorch", "con Accelerate")) -> Figure:
    """Due versioni di un programma affiancate: in rosso le righe sparite, in verde quelle nuove."""
    a, b = (textwrap.dedent(testo).strip().splitlines() for testo in (prima, dopo))
    pezzi = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    alto = sum(max(fine_a - da_a, fine_b - da_b) for _, da_a, fine_a, da_b, fine_b in pezzi)
    larga_a, larga_b = (max(map(len, righe)) + 2 for righe in (a, b))
    # L'ascissa conta caratteri.
    figura, asse = tela(misure=(0.078 * (larga_a + larga_b + 2), 0.29 * (alto + 1)))
    senza_assi(asse)
    asse.set(xlim=(0, larga_a + larga_b + 2), ylim=(alto + 1.1, 0))
    scrivi(asse, 1, 0.5, titoli[0], 11.5, ha="left", weight="bold")
    scrivi(asse, larga_a + 3, 0.5, titoli[1], 11.5, ha="left", weight="bold")
    y = 1
    for tipo, da_a, fine_a, da_b, fine_b in pezzi:
        for posto, riga in enumerate(a[da_a:fine_a]):
            _riga_di_codice(asse, (0, y + posto), larga_a, riga, ROSSO if tipo != "equal" else None)
        for posto, riga in enumerate(b[da_b:fine_b]):
            _riga_di_codice(asse, (larga_a + 2, y + posto), larga_b, riga, VERDE if tipo != "equal" else None)
        y += max(fine_a - da_a, fine_b - da_b)
    return figura


def spartizione(quote: Sequence[Sequence[int]], quanti: int, batch: int) -> Figure:
    """Gli esempi di ogni processo, un batch dopo l'altro; i ripetuti, aggiunti per pareggiare, sono tratteggiati.

    Args:
        quote: per ogni processo, gli esempi che ha visto, in ordine.
        quanti: gli esempi veri; i batch si leggono a turno, un processo dopo l'altro.
        batch: gli esempi in un batch.
    """
    larga = len(quote[0]) + len(quote[0]) // batch
    figura, asse = foglio(larga + 5, 1.9 * len(quote) + 2.4)
    visti: set[int] = set()
    for passo in range(len(quote[0]) // batch):
        x = 4 + passo * (batch + 1)
        scrivi(asse, x + batch / 2, 0.5, f"passo {passo}", 10, GRIGIO)
        for processo, esempi in enumerate(quote):
            for posto, esempio in enumerate(esempi[passo * batch : (passo + 1) * batch]):
                y = 1 + 1.9 * processo
                colore = (AZZURRO, ROSSO, GRIGIO)[processo % 3]  # colori che nella lezione non sono di nessuno
                disegna_casella(asse, x + posto, y, colore, ripetuta=esempio in visti)
                scrivi(asse, x + posto + 0.5, y + 0.52, str(esempio), 12)
                visti.add(esempio)
    for processo in range(len(quote)):
        scrivi(asse, 0.1, 1.5 + 1.9 * processo, f"processo {processo}", 11, ha="left")
    y = 1.9 * len(quote) + 1.4
    freccia(asse, (4 + larga / 2, y - 0.9), (4 + larga / 2, y - 0.25))
    doppi = sum(len(esempi) for esempi in quote) - quanti
    detto = f"gather: {quanti + doppi} risposte, {doppi} di troppo · gather_for_metrics: {quanti}"
    scrivi(asse, 4 + larga / 2 - 2, y + 0.3, detto, 11)
    return figura


def _riga_di_codice(asse: Axes, angolo: tuple[float, float], larga: float, riga: str, colore: str | None) -> None:
    x, y = angolo
    if colore:
        asse.add_patch(Rectangle((x, y + 0.06), larga, 0.88, fc=tinta(colore, 0.3), ec="none"))
    scrivi(asse, x + 1, y + 0.52, riga, 8.8, ha="left", family="monospace")
