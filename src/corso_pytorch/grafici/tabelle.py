"""Tabelle: un batch di frasi con il riempitivo, chi fa che cosa."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.figure import Figure

from corso_pytorch.grafici.griglia import disegna_casella, foglio, freccia, legenda_sotto, scatola, scrivi, tinta
from corso_pytorch.grafici.stile import AZZURRO, CODICE, GRIGIO, INCHIOSTRO, TENUE, senza_assi, tela


def riempimento(batch: torch.Tensor, frasi: Sequence[str]) -> Figure:
    """Un batch B×L di numeri di parole, con la parola sopra il suo numero; il riempitivo è tratteggiato."""
    quante, lunghezza = batch.shape
    lato = 1.9
    figura, asse = foglio(lato * lunghezza + 2.4, quante * 1.3 + 1.6)
    for i, frase in enumerate(frasi):
        parole = frase.split()
        for j in range(lunghezza):
            vera = j < len(parole)
            x, y = 1.6 + j * lato, 1.2 + i * 1.3
            disegna_casella(asse, x, y, AZZURRO if vera else None, ripetuta=not vera, larga=lato, alta=1.3)
            scrivi(asse, x + lato / 2, y + 0.88, str(int(batch[i, j])), 12)
            scritta, tono = (parole[j], INCHIOSTRO) if vera else ("riempitivo", GRIGIO)
            scrivi(asse, x + lato / 2, y + 0.38, scritta, 9, tono)
    freccia(asse, (1.6, 0.9), (1.6 + lato * lunghezza, 0.9))
    scrivi(asse, 1.6 + lato * lunghezza / 2, 0.5, f"asse 1: L = {lunghezza} posizioni", 10, GRIGIO)
    freccia(asse, (1.3, 1.2), (1.3, 1.2 + 1.3 * quante))
    scrivi(asse, 0.95, 1.2 + 1.3 * quante / 2, f"asse 0: B = {quante}", 10, GRIGIO, rotation=90)
    return figura


def tabella_di_chi(
    titoli: tuple[str, str, str],
    righe: Sequence[tuple[str, tuple[str, str], tuple[str, str]]],
    colori: Mapping[str, str],
) -> Figure:
    """Fase per fase, come la si scrive in due modi, con il colore di chi se ne incarica.

    Args:
        titoli: quelli delle tre colonne.
        righe: ``(fase, (codice, chi), (codice, chi))``; senza ``chi`` il codice resta sul bianco.
        colori: ``{chi: colore}``; nella legenda c'è solo chi compare.
    """
    alto = len(righe) + 1
    figura, asse = tela(misure=(9.6, 0.38 * alto + 0.5))
    senza_assi(asse)
    asse.set(xlim=(0, 20), ylim=(alto, 0))
    for x, titolo in zip((0.2, 4.4, 12.1), titoli, strict=True):
        scrivi(asse, x, 0.5, titolo, 11.5, ha="left", weight="bold")
    for y, (fase, *codici) in enumerate(righe, start=1):
        asse.axhline(y, color=TENUE, lw=0.8)
        scrivi(asse, 0.2, y + 0.5, fase, 10.5, ha="left")
        for x, larga, (codice, chi) in zip((4.3, 12), (7.5, 7.9), codici, strict=True):
            if chi:
                scatola(asse, x, y + 0.1, larga, 0.8, colori[chi], ec="none")
            scrivi(asse, x + 0.15, y + 0.5, codice, 9.5, ha="left", **CODICE)
    presenti = {chi for _, *codici in righe for _, chi in codici}
    legenda_sotto(figura, {chi: tinta(colore, 0.35) for chi, colore in colori.items() if chi in presenti})
    return figura
