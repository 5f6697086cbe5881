"""Le figure della lezione 14: la mappa del museo, le curve da indovinare, il malato accanto al sano, gli esami."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from corso_pytorch.grafici.curve import disegna_curve
from corso_pytorch.grafici.griglia import scatola, scrivi, tinta
from corso_pytorch.grafici.numeri import TaccheLogaritmiche
from corso_pytorch.grafici.stile import (
    ARANCIO,
    AZZURRO,
    BLU,
    GRIGIO,
    INCHIOSTRO,
    ROSSO,
    TENUE,
    VERDE,
    VIOLA,
    senza_assi,
    tela,
)
from corso_pytorch.lezioni.l14_museo.esami import Esame

_COLORI_SALE = (ROSSO, ARANCIO, BLU, VERDE, VIOLA, GRIGIO)


def mappa_museo(sale: Mapping[str, Sequence[str]], colonne: int = 3) -> Figure:
    """Le sale del museo, ognuna con i nomi dei pezzi esposti.

    Args:
        sale: ``{nome della sala: pezzi}``.
    """
    lunghezze = [len(pezzi) for pezzi in sale.values()]
    # Una fila di sale è alta quanto la sua sala più piena.
    altezze = [max(lunghezze[inizio : inizio + colonne]) + 2.6 for inizio in range(0, len(sale), colonne)]
    figura, asse = tela(misure=(2.9 * colonne, 0.23 * sum(altezze) + 0.2))
    senza_assi(asse)
    asse.set(xlim=(0, 10 * colonne), ylim=(sum(altezze), 0))
    for numero, ((nome, pezzi), colore) in enumerate(zip(sale.items(), _COLORI_SALE * 2, strict=False)):
        fila = numero // colonne
        x, y = 10 * (numero % colonne), sum(altezze[:fila])
        scatola(asse, x + 0.3, y + 0.3, 9.4, altezze[fila] - 0.6, colore, forza=0.18, ec=colore)
        scrivi(asse, x + 0.8, y + 1.2, nome, 11, ha="left", weight="bold")
        for posto, pezzo in enumerate(pezzi):
            scrivi(asse, x + 0.8, y + 2.4 + posto, pezzo, 10.5, ha="left")
    return figura


def sano_e_malato(
    sano: Mapping[str, Sequence[float]],
    malato: Mapping[str, Sequence[float]],
    misura: str = "loss",
    asse_x: str = "passo",
    logaritmica: bool = False,
    punti: bool | str = False,
    titoli: tuple[str, str] = ("sano", "malato"),
) -> Figure:
    """Le stesse curve in due riquadri con la stessa scala: a sinistra il sano, a destra il malato.

    Args:
        sano, malato: ``{nome della curva: valori}``, con gli stessi nomi.
        titoli: che cosa si legge sopra il riquadro di sinistra e quello di destra.
        punti: segna ogni valore; ``"soli"``, senza la linea che li unisce (fra prove indipendenti non c'è andamento).
    """
    figura, riquadri = _due_riquadri(titoli)
    for riquadro, curve in zip(riquadri, (sano, malato), strict=True):
        if punti == "soli":
            disegna_curve(riquadro, curve, stili=({"color": BLU, "ls": ""},), marker="o", ms=4)
        else:
            disegna_curve(riquadro, curve, lw=1.4, marker="o" if punti else None, ms=4)
        riquadro.set(xlabel=asse_x)
        if logaritmica:
            _scala_logaritmica(riquadro)
        riquadro.xaxis.get_major_locator().set_params(integer=True)
    riquadri[0].set_ylabel(misura)
    if len(sano) > 1:
        figura.legend(*riquadri[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return figura


def in_riquadri(
    curve: Mapping[str, Sequence[float]], misura: str, asse_x: str, colonne: int = 4, logaritmica: bool = False
) -> Figure:
    """Un riquadro per curva, tutti con la stessa scala verticale: il titolo è un nome che non dice la diagnosi.

    Args:
        curve: ``{nome: valori}``.
    """
    righe = -(-len(curve) // colonne)
    figura, riquadri = tela(righe, colonne, misure=(8.6, 2.0 * righe + 0.3), sharey=True, squeeze=False)
    for riquadro, (nome, valori) in zip(riquadri.flat, curve.items(), strict=False):
        disegna_curve(riquadro, {nome: valori}, lw=1.4, marker="o" if len(valori) < 20 else None, ms=3)
        riquadro.set_title(nome, weight="bold", fontsize=11, pad=4)
        if logaritmica:
            _scala_logaritmica(riquadro)
        riquadro.xaxis.get_major_locator().set_params(integer=True, nbins=5)
    for riquadro in riquadri[:, 0]:
        riquadro.set_ylabel(misura)
    for riquadro in riquadri[-1]:
        riquadro.set_xlabel(asse_x)
    return figura


def punti_e_rette(x: torch.Tensor, y: torch.Tensor, sana: tuple[float, float], malata: tuple[float, float]) -> Figure:
    """Gli stessi punti due volte, con la retta imparata dal sano e quella imparata dal malato.

    Args:
        x, y: i punti, con lo stesso numero di elementi.
        sana, malata: pendenza e quota di ogni retta.
    """
    figura, riquadri = _due_riquadri()
    x, y = x.detach().cpu().flatten(), y.detach().cpu().flatten()
    estremi = torch.stack([x.min(), x.max()])
    for riquadro, (pendenza, quota) in zip(riquadri, (sana, malata), strict=True):
        riquadro.scatter(x, y, s=12, color=AZZURRO)
        riquadro.plot(estremi, pendenza * estremi + quota, color=INCHIOSTRO, lw=2)
        riquadro.set(xlabel="x")
    riquadri[0].set_ylabel("y")
    return figura


def file_viste(sano: torch.Tensor, malato: torch.Tensor) -> Figure:
    """Le immagini che arrivano alla rete: sopra quelle del sano, sotto quelle del malato, con gli stessi grigi.

    Args:
        sano, malato: di forma (N, altezza, larghezza).
    """
    n, estremi = len(sano), {"vmin": float(sano.min()), "vmax": float(sano.max())}
    figura, riquadri = tela(2, n, misure=(0.95 * n + 0.9, 2.3), squeeze=False)
    for riga, (immagini, nome, colore) in enumerate(((sano, "sano", VERDE), (malato, "malato", ROSSO))):
        for riquadro, immagine in zip(riquadri[riga], immagini.detach().cpu().numpy(), strict=True):
            riquadro.imshow(immagine, cmap="gray_r", **estremi)
            riquadro.set(xticks=[], yticks=[])
            riquadro.grid(False)
        riquadri[riga, 0].set_ylabel(nome, color=colore, weight="bold")
    return figura


def tabella_esami(casi: Mapping[str, Sequence[Esame]], larghezza: float = 8.6) -> Figure:
    """Una riga per caso, una colonna per esame: ✗ ha trovato qualcosa, ✓ sano, un trattino dove l'esame non vale.

    Le caselle vuote sono gli esami che su quel caso non si sono fatti.

    Args:
        casi: ``{nome del caso: esami}``.
    """
    nomi = list(dict.fromkeys(esame.nome for esami in casi.values() for esame in esami))
    figura, asse = tela(misure=(larghezza, 0.26 * len(casi) + 1.3))
    senza_assi(asse)
    asse.set(xlim=(-9, len(nomi) + 0.5), ylim=(len(casi) + 0.1, -4.2))
    for colonna, nome in enumerate(nomi):
        asse.text(colonna + 0.35, -0.25, nome, rotation=50, ha="left", va="bottom", fontsize=9.5)
    for riga, (caso, esami) in enumerate(casi.items()):
        scrivi(asse, -0.3, riga + 0.5, caso, 10, ha="right")
        for colonna in range(len(nomi)):
            asse.add_patch(Rectangle((colonna, riga), 1, 1, fc="none", ec=TENUE, lw=0.8))
        for esame in esami:
            _casella_esame(asse, nomi.index(esame.nome), riga, esame.sano)
    return figura


def _casella_esame(asse: Axes, colonna: int, riga: int, sano: bool | None) -> None:
    colore, forza, segno = {True: (VERDE, 0.2, "✓"), False: (ROSSO, 0.85, "✗"), None: (GRIGIO, 0.0, "–")}[sano]
    if forza:
        asse.add_patch(Rectangle((colonna, riga), 1, 1, fc=tinta(colore, forza), ec="white", lw=0.8))
    scritta = {"fontsize": 10, "ha": "center", "va": "center", "family": "DejaVu Sans"}
    asse.text(colonna + 0.5, riga + 0.5, segno, color=INCHIOSTRO if sano is False else GRIGIO, **scritta)


def _scala_logaritmica(riquadro: Axes) -> None:
    riquadro.set_yscale("log")
    riquadro.yaxis.set_major_formatter(TaccheLogaritmiche())
    riquadro.yaxis.set_minor_formatter(TaccheLogaritmiche(labelOnlyBase=False))


def _due_riquadri(titoli: tuple[str, str] = ("sano", "malato")) -> tuple[Figure, Sequence[Axes]]:
    figura, riquadri = tela(1, 2, misure=(6.6, 2.3), sharey=True)
    for riquadro, titolo, colore in zip(riquadri, titoli, (VERDE, ROSSO), strict=True):
        riquadro.set_title(titolo, color=colore, weight="bold", fontsize=11, pad=4)
    return figura, riquadri
