"""Le figure della lezione 08: le fusioni del BPE, i pezzi di un testo, gli embedding, l'attenzione, il blocco."""

from collections.abc import Sequence

import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

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


def pezzi(righe: Sequence[Sequence[str]]) -> Figure:
    """Un testo fatto a pezzi: una riga per verso, una casella per token; in verde le parole rimaste intere.

    Args:
        righe: i token di ogni verso; ``▁`` apre una parola, e qui diventa lo spazio fra le caselle. Se è un token a
            sé, ha una casella sua.
    """
    larghe = [sum(len(token) + (token == "▁") for token in riga) for riga in righe]
    figura, asse = foglio(max(larghe) + 0.2, 1.5 * len(righe), casella=0.22)
    for numero, riga in enumerate(righe):
        x, y = -0.9, 1.5 * numero + 0.1
        for posto, token in enumerate(riga):
            apre, testo = token.startswith("▁"), token.lstrip("▁") or "▁"
            x += apre
            sola = apre and token != "▁" and (posto + 1 == len(riga) or riga[posto + 1].startswith("▁"))
            disegna_casella(asse, x, y, VERDE if sola else None, larga=len(testo), alta=1.3)
            scrivi(asse, x + len(testo) / 2, y + 0.7, testo, 10, family="monospace")
            x += len(testo)
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
    """Un blocco Transformer (quello di BERT), fra ciò che gli sta prima e ciò che gli sta dopo."""
    figura, asse = foglio(32, 5.4, casella=0.36)
    scatola(asse, 0.2, 2.45, 3.8, 1.7, GRIGIO, "embedding\n+ posti", forza=0)
    scrivi(asse, 5.0, 2.75, "x", 13, weight="bold")
    fine = 4.0
    for x, nome, colore, che_cosa in (
        (7.0, "attenzione\na più teste", AZZURRO, "i token si parlano"),
        (17.5, "piccola rete", VERDE, "ognuno rielabora da solo"),
    ):
        somma, norma = x + 5.1, x + 6.3
        freccia(asse, (fine, 3.3), (x, 3.3))
        scatola(asse, x, 2.45, 4.0, 1.7, colore, nome)
        freccia(asse, (x + 4.0, 3.3), (somma - 0.4, 3.3))
        asse.plot([x - 0.8, x - 0.8, somma, somma], [3.3, 0.9, 0.9, 2.4], color=VIOLA, lw=2.2)
        freccia(asse, (somma, 2.3), (somma, 2.95), color=VIOLA, lw=2.2)
        asse.plot(somma, 3.3, "o", color="white", markeredgecolor=INCHIOSTRO, markersize=17)
        scrivi(asse, somma, 3.3, "+", 13)
        freccia(asse, (somma + 0.4, 3.3), (norma, 3.3))
        scatola(asse, norma, 2.7, 2.9, 1.2, ARANCIO, "LayerNorm")
        scrivi(asse, x + 2.0, 4.75, che_cosa, 10.5, GRIGIO)
        scrivi(asse, x + 2.15, 0.45, "la somma residua", 10, VIOLA)
        fine = norma + 2.9
    scrivi(asse, fine + 0.6, 2.75, "y", 13, weight="bold")
    freccia(asse, (fine, 3.3), (fine + 1.2, 3.3))
    scatola(asse, fine + 1.2, 2.45, 4.0, 1.7, GRIGIO, "strati lineari\n→ logit", forza=0)
    return figura
