"""Le figure della lezione 08: le fusioni del BPE, gli embedding, l'attenzione, il blocco, la mappa delle frasi."""

from collections.abc import Sequence

import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from corso_pytorch.grafici.curve import legenda_fuori
from corso_pytorch.grafici.griglia import disegna_casella, foglio, freccia, scatola, scrivi
from corso_pytorch.grafici.numeri import Tacche, all_italiana
from corso_pytorch.grafici.stile import ARANCIO, AZZURRO, BLU, GRIGIO, INCHIOSTRO, SCALA_SEGNO, VERDE, VIOLA, tela

_SCALA_PESI = LinearSegmentedColormap.from_list("pesi", ["white", BLU])


def fusioni(passi: Sequence[tuple[str, Sequence[str]]]) -> Figure:
    """Una parola che si ricompone: una riga per passo, una casella per pezzo; in blu il pezzo appena nato.

    Args:
        passi: per ogni riga, ciò che è stato fatto (``"e + n"``) e i pezzi che ne risultano.
    """
    lettere = max(sum(map(len, pezzi)) for _, pezzi in passi)
    sinistra = 5.2
    figura, asse = foglio(sinistra + lettere + 0.2, 1.3 * len(passi))
    prima: set[str] = set()
    for riga, (fatto, pezzi) in enumerate(passi):
        x, y = sinistra, 1.3 * riga + 0.15
        scrivi(asse, sinistra - 0.4, y + 0.5, fatto, 11, GRIGIO, ha="right")
        for pezzo in pezzi:
            nuovo = riga > 0 and pezzo not in prima
            disegna_casella(asse, x, y, AZZURRO if nuovo else None, larga=len(pezzo))
            scrivi(asse, x + len(pezzo) / 2, y + 0.52, pezzo, 13, family="monospace")
            x += len(pezzo)
        prima = set(pezzi)
    return figura


def vettori(valori: torch.Tensor, nomi: Sequence[str]) -> Figure:
    """Una riga colorata per token: in viola i numeri positivi del suo vettore, in arancio i negativi.

    Args:
        valori: di forma (token, D).
    """
    valori = valori.detach().cpu()
    figura, asse = tela(misure=(8, 0.32 * len(nomi) + 0.9))
    limite = float(valori.abs().max())
    disegno = asse.imshow(valori.numpy(), cmap=SCALA_SEGNO, vmin=-limite, vmax=limite, aspect="auto")
    asse.set(yticks=range(len(nomi)), yticklabels=nomi, xlabel="le coordinate del vettore")
    asse.grid(visible=False)
    figura.colorbar(disegno, ax=asse, pad=0.02, format=Tacche())
    return figura


def attenzione(pesi: torch.Tensor, token: Sequence[str], titoli: Sequence[str] | None = None) -> Figure:
    """Chi guarda chi: sulle righe il token che guarda, sulle colonne quello guardato; più è blu, più lo pesa.

    Args:
        pesi: (L, L), oppure (teste, L, L) per affiancare più mappe.
        titoli: uno per mappa.
    """
    pesi = pesi.detach().cpu()
    mappe = pesi if pesi.dim() == 3 else pesi[None]
    lato = max(2.6, 0.24 * len(token) + 1.2)
    figura, assi = tela(1, len(mappe), misure=(lato * len(mappe) + 0.6, lato + 0.3), squeeze=False, sharey=True)
    for numero, (asse, mappa) in enumerate(zip(assi[0], mappe, strict=True)):
        asse.imshow(mappa.numpy(), cmap=_SCALA_PESI, vmin=0, vmax=1)
        asse.set_xticks(range(len(token)), token, rotation=90 if len(token) > 4 else 0)
        asse.set_yticks(range(len(token)), token)
        asse.grid(visible=False)
        if titoli is not None:
            asse.set_title(titoli[numero])
        for i in range(len(token)) if len(token) <= 4 else ():
            for j in range(len(token)):
                valore = float(mappa[i, j])
                scrivi(asse, j, i, all_italiana(valore, ".2f"), 12, "white" if valore > 0.55 else INCHIOSTRO)
    assi[0][0].set_ylabel("chi guarda")
    for asse in assi[0]:
        asse.set_xlabel("chi è guardato")
    return figura


def blocco() -> Figure:
    """Un blocco Transformer (quello di BERT): attenzione, somma, norma, piccola rete, somma, norma."""
    figura, asse = foglio(23, 5.4, casella=0.42)
    scrivi(asse, 0.6, 3.3, "x", 14, weight="bold")
    scrivi(asse, 22.5, 3.3, "y", 14, weight="bold")
    fine = 1.0
    for x, nome, colore, che_cosa in (
        (2.6, "attenzione\na più teste", AZZURRO, "i token si parlano"),
        (12.9, "piccola rete", VERDE, "ognuno rielabora da solo"),
    ):
        somma, norma = x + 4.9, x + 6.1
        freccia(asse, (fine, 3.3), (x, 3.3))
        scatola(asse, x, 2.45, 3.8, 1.7, colore, nome)
        freccia(asse, (x + 3.8, 3.3), (somma - 0.4, 3.3))
        asse.plot([x - 0.8, x - 0.8, somma, somma], [3.3, 0.9, 0.9, 2.4], color=VIOLA, lw=2.2)
        freccia(asse, (somma, 2.3), (somma, 2.95), color=VIOLA, lw=2.2)
        asse.plot(somma, 3.3, "o", color="white", markeredgecolor=INCHIOSTRO, markersize=19)
        scrivi(asse, somma, 3.3, "+", 14)
        freccia(asse, (somma + 0.4, 3.3), (norma, 3.3))
        scatola(asse, norma, 2.7, 2.6, 1.2, ARANCIO, "LayerNorm")
        scrivi(asse, x + 1.9, 4.75, che_cosa, 10.5, GRIGIO)
        scrivi(asse, x + 2.05, 0.45, "la somma residua", 10, VIOLA)
        fine = norma + 2.6
    freccia(asse, (fine, 3.3), (22.1, 3.3))
    return figura


def mappa_frasi(prima: torch.Tensor, dopo: torch.Tensor, etichette: torch.Tensor) -> Figure:
    """I vettori delle frasi prima e dopo l'addestramento: un punto per frase, un colore per etichetta.

    Di ogni vettore restano le due direzioni in cui le frasi si distinguono di più (le componenti principali).

    Args:
        prima, dopo: di forma (N, D).
        etichette: N interi, 1 positiva e 0 negativa.
    """
    etichette = etichette.cpu()
    figura, assi = tela(1, 2, misure=(8.4, 3.6))
    for asse, vettori_frasi, titolo in zip(assi, (prima, dopo), ("prima", "dopo"), strict=True):
        centrati = vettori_frasi.detach().cpu().double()
        centrati = centrati - centrati.mean(dim=0)
        punti = centrati @ torch.linalg.svd(centrati, full_matrices=False)[2][:2].T
        for classe, nome, colore, segno in ((1, "positive", BLU, "o"), (0, "negative", ARANCIO, "^")):
            x, y = punti[etichette == classe].T.tolist()
            asse.scatter(x, y, s=16, color=colore, marker=segno, alpha=0.6, linewidths=0, label=nome)
        asse.set(title=titolo, xticks=[], yticks=[])
    legenda_fuori(assi[1])
    return figura
