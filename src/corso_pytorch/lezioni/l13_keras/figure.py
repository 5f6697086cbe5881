"""Le figure della lezione 13: gli assi dei pesi, l'ordine del Flatten, chi fa che cosa e chi chiama chi, i grafi."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.figure import Figure

from corso_pytorch.grafici.curve import disegna_curve
from corso_pytorch.grafici.griglia import (
    disegna_casella,
    disegna_tabella,
    foglio,
    freccia,
    legenda_sotto,
    scatola,
    scrivi,
    tinta,
)
from corso_pytorch.grafici.numeri import all_italiana
from corso_pytorch.grafici.stile import ARANCIO, AZZURRO, BLU, CODICE, COLORI, GRIGIO, ROSSO, VERDE, senza_assi, tela
from corso_pytorch.grafici.tabelle import tabella_di_chi

_CHI = {"tu": ARANCIO, "PyTorch": BLU, "Keras": VERDE}
_NODI = {"dato": AZZURRO, "operazione": VERDE, "scelta": ARANCIO, "scartato": None}


def assi_permutati(assi: Sequence[str], ordine: Sequence[int], nomi: tuple[str, str]) -> Figure:
    """Gli assi di un tensore prima e dopo ``permute(*ordine)``: una freccia porta ognuno al suo nuovo posto.

    Args:
        assi: che cosa conta ogni asse, nell'ordine di partenza.
        ordine: quello che si passa a ``permute``.
        nomi: come chiamare le due righe, prima e dopo.
    """
    larga = 4.4
    figura, asse = foglio(3.6 + larga * len(assi), 6.4, casella=0.42)
    for y, nome in ((1.5, nomi[0]), (5.3, nomi[1])):
        scrivi(asse, 0.1, y, nome, 11.5, ha="left", weight="bold")
    for posto, (nome, colore) in enumerate(zip(assi, COLORI, strict=False)):
        arrivo = list(ordine).index(posto)
        for x, y in ((posto, 1), (arrivo, 4.8)):
            disegna_casella(asse, 3.4 + larga * x, y, colore, larga=larga - 0.5)
            scrivi(asse, 3.4 + larga * x + (larga - 0.5) / 2, y + 0.52, nome, 10.5)
        centro = 3.4 + (larga - 0.5) / 2
        freccia(asse, (centro + larga * posto, 2.1), (centro + larga * arrivo, 4.7))
    for posto in range(len(assi)):
        scrivi(asse, 3.4 + larga * posto + (larga - 0.5) / 2, 0.55, f"asse {posto}", 9.5, GRIGIO)
    return figura


def ordini_del_flatten(immagine: torch.Tensor) -> Figure:
    """Un'immagine di forma (C, H, W), un colore per canale, e le due file che ne fa Flatten: per canali e per pixel."""
    canali, alto, largo = immagine.shape
    quanti = immagine.numel()
    figura, asse = foglio(max(quanti, canali * (largo + 1)) + 7.2, alto + 6.2)
    for canale in range(canali):
        x = 7 + canale * (largo + 1.2)
        disegna_tabella(asse, immagine[canale], x, 0.9, COLORI[canale])
        scrivi(asse, x + largo / 2, 0.4, f"canale {canale}", 10, GRIGIO)
    file = {
        "PyTorch: (C, H, W)\nun canale dopo l'altro": immagine.reshape(-1),
        "Keras: (H, W, C)\nun pixel dopo l'altro": immagine.permute(1, 2, 0).reshape(-1),
    }
    di_chi = {valore: canale for canale in range(canali) for valore in immagine[canale].reshape(-1).tolist()}
    for riga, (nome, fila) in enumerate(file.items()):
        y = alto + 2 + 2.1 * riga
        scrivi(asse, 0.1, y + 0.5, nome, 10.5, ha="left")
        disegna_tabella(asse, fila, 7, y, [[COLORI[di_chi[valore]] for valore in fila.tolist()]])
    return figura


def primo_passo(gradienti: torch.Tensor, passi: Mapping[str, torch.Tensor]) -> Figure:
    """Quanto è lungo il primo passo di Adam, in learning rate, secondo la grandezza del gradiente."""
    figura, asse = tela(misure=(7.4, 3.4))
    disegna_curve(asse, passi, gradienti, lw=2)
    asse.set(xscale="log", xlabel="grandezza del gradiente", ylabel="primo passo\n(1 = un learning rate)")
    asse.set_ylim(-0.03, 1.08)
    asse.legend(frameon=False, fontsize=10, loc="lower right")
    return figura


def sovrapposte(curve: Mapping[str, Sequence[float]], asse_x: str, asse_y: str, soglia: float | None = None) -> Figure:
    """Storie che dovrebbero coincidere: la prima è un nastro largo, le altre ci passano sopra, tratteggiate.

    Args:
        curve: ``{nome: valori}``, un valore per epoca o per passo; si conta da 1.
        soglia: dove tirare una linea orizzontale, con il suo valore scritto nella legenda.
    """
    figura, asse = tela(misure=(7.4, 3.2))
    stili = ({"color": AZZURRO, "lw": 7, "solid_capstyle": "round"}, {"color": ROSSO, "lw": 1.8, "ls": "--"})
    disegna_curve(asse, curve, stili=stili)
    if soglia is not None:
        asse.axhline(soglia, color=GRIGIO, lw=1.5, ls=":", label=f"soglia: {all_italiana(soglia)}")
        asse.set_ylim(bottom=0)
    asse.set(xlabel=asse_x, ylabel=asse_y)
    asse.xaxis.get_major_locator().set_params(integer=True)
    asse.legend(frameon=False)
    return figura


def chi_scrive(fasi: Sequence[tuple[str, str, str, str]]) -> Figure:
    """Fase per fase, la riga che ci vuole in PyTorch e quella di Keras, con il colore di chi se ne incarica.

    Args:
        fasi: ``(fase, la riga in PyTorch, chi la fa in Keras, come)``; ``chi`` è ``"tu"`` o ``"Keras"``.
    """
    nomi = {"tu": "la scrivi tu", "Keras": "la fa Keras"}
    righe = [(fase, (nostra, nomi["tu"]), (come, nomi[chi])) for fase, nostra, chi, come in fasi]
    colori = {nome: _CHI[chi] for chi, nome in nomi.items()}
    return tabella_di_chi(("fase", "nel ciclo di PyTorch", "in Keras"), righe, colori)


def chi_chiama(catene: Mapping[str, Sequence[tuple[str, str]]]) -> Figure:
    """Chi chiama chi, dall'alto in basso, una colonna per catena, con il colore di chi ha scritto la funzione.

    Args:
        catene: ``{titolo: [(funzione, di chi), …]}``; ``di chi`` è ``"tu"``, ``"PyTorch"`` o ``"Keras"``.
    """
    alto = max(len(catena) for catena in catene.values())
    figura, asse = tela(misure=(4.3 * len(catene), 0.52 * alto + 1.1))
    senza_assi(asse)
    asse.set(xlim=(0, 10 * len(catene)), ylim=(alto + 0.1, -0.8))
    for colonna, (titolo, catena) in enumerate(catene.items()):
        x = 10 * colonna
        scrivi(asse, x + 5, -0.45, titolo, 11.5, weight="bold")
        for riga, (funzione, di_chi) in enumerate(catena):
            scatola(asse, x + 1, riga + 0.09, 8, 0.6, _CHI[di_chi], funzione, 10, ec="none", scritta=CODICE)
            if riga:
                freccia(asse, (x + 5, riga - 0.29), (x + 5, riga + 0.07))
    presenti = {di_chi for catena in catene.values() for _, di_chi in catena}
    nomi = {chi: "scritta da te" if chi == "tu" else f"di {chi}" for chi in _CHI if chi in presenti}
    legenda_sotto(figura, {nome: tinta(_CHI[chi], 0.35) for chi, nome in nomi.items()})
    return figura


def grafi_affiancati(
    pannelli: Mapping[str, tuple[Mapping[str, tuple[float, float, str]], Sequence[tuple[str, str]]]],
) -> Figure:
    """Più grafi uno accanto all'altro, ognuno con il suo titolo.

    Args:
        pannelli: ``{titolo: (nodi, frecce)}``. Un nodo è ``nome: (x, y, genere)``, con x da 0 a 2 e y da 0 in giù;
            il genere è ``"dato"``, ``"operazione"``, ``"scelta"`` o ``"scartato"``. Una freccia unisce due nomi.
    """
    alto = max(y for nodi, _ in pannelli.values() for _, y, _ in nodi.values()) + 0.4
    figura, riquadri = tela(1, len(pannelli), misure=(3.2 * len(pannelli), 0.95 * alto + 0.9), squeeze=False)
    for asse, (titolo, (nodi, frecce)) in zip(riquadri[0], pannelli.items(), strict=True):
        senza_assi(asse)
        asse.set(xlim=(-0.55, 2.55), ylim=(alto, -0.45))
        asse.set_title(titolo, fontsize=11)
        for da, a in frecce:
            (xa, ya, _), (xb, yb, _) = nodi[da], nodi[a]
            freccia(asse, (xa, ya + 0.27), (xb, yb - 0.28))
        for nome, (x, y, genere) in nodi.items():
            colore = _NODI[genere]
            come = {"forza": 0, "ls": ":"} if colore is None else {"forza": 0.45}
            scatola(asse, x - 0.46, y - 0.26, 0.92, 0.52, colore or GRIGIO, **come)
            scrivi(asse, x, y, nome, 10, GRIGIO if colore is None else "black", **CODICE)
    return figura
