"""Le figure della lezione 13: gli assi dei pesi, il Flatten, le cifre lette, chi fa e chi chiama che cosa, i grafi."""

import math
from collections.abc import Mapping, Sequence

import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

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
from corso_pytorch.grafici.immagini import cifre
from corso_pytorch.grafici.numeri import TaccheLogaritmiche, all_italiana
from corso_pytorch.grafici.stile import ARANCIO, AZZURRO, BLU, CODICE, COLORI, GRIGIO, ROSSO, VERDE, senza_assi, tela
from corso_pytorch.grafici.tabelle import tabella_di_chi

_CHI = {"tu": ARANCIO, "PyTorch": BLU, "Keras": VERDE}
# Chi scrive che cosa: la fase, la riga in PyTorch, chi la fa in Keras, e come.
FASI = [
    ("canali in entrata", "nn.Conv2d(16, 32, 3)", "Keras", "Conv2D(32, 3)"),
    ("dopo il Flatten", "nn.Linear(32 * 4 * 4, 10)", "Keras", "Dense(10)"),
    ("loss, ottimizzatore", "CrossEntropyLoss(), SGD(…)", "tu", "compile(optimizer=…, loss=…)"),
    ("batch", "DataLoader(…, batch_size=100)", "tu", "fit(batch_size=100)"),
    ("modalità", "rete.train()", "Keras", "train_step: training=True"),
    ("dispositivo", "x.to(dispositivo), …", "Keras", "ingressi spostati dove sta il motore"),
    ("forward e loss", "loss_fn(rete(x), y)", "Keras", "train_step"),
    ("azzerare, backward", "zero_grad(); loss.backward()", "Keras", "train_step"),
    ("passo", "ottimizzatore.step()", "Keras", "train_step → optimizer.apply"),
    ("media delle loss", "somma += loss.detach() * len(y)", "Keras", "train_step → metrica loss"),
    ("metriche", "(altre righe)", "tu", 'compile(metrics=["accuracy"])'),
    ("seme e ordine", "imposta_seme, shuffle", "tu", "set_random_seed, shuffle"),
]
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


def con_risposte(
    immagini: torch.Tensor, risposte: torch.Tensor, vere: torch.Tensor, righe: Sequence[str], titolo: str
) -> Figure:
    """Dieci cifre per riga, ognuna con ciò che la rete ci legge; in arancio, con la cifra vera, dove sbaglia.

    Args:
        immagini: (N, H, W), con N dieci volte il numero delle righe.
        risposte, vere: (N,), le cifre lette e quelle scritte.
        righe: il nome di ogni riga, scritto a sinistra.
    """
    coppie = list(zip(risposte.tolist(), vere.tolist(), strict=True))
    titoli = [str(letta) if letta == vera else f"{letta} (è {vera})" for letta, vera in coppie]
    figura = cifre(immagini, titoli)
    for riquadro, (letta, vera) in zip(figura.axes, coppie, strict=False):
        riquadro.title.set(color=BLU if letta == vera else ROSSO, fontsize=11)
        riquadro.images[0].set_clim(0, 1)  # la carta grigia resta grigia
    for riga, nome in enumerate(righe):
        primo = figura.axes[10 * riga]
        primo.text(-0.15, 0.5, nome, ha="right", va="center", fontsize=11, transform=primo.transAxes)
    figura.suptitle(titolo, fontsize=12)
    return figura


def con_medie(immagini: torch.Tensor, medie: torch.Tensor, titolo: str) -> Figure:
    """Dieci immagini (H, W), ognuna con il contorno del foglio e la media dei suoi pixel."""
    figura = cifre(immagini, [all_italiana(media, ".2f") for media in medie.tolist()])
    for riquadro in figura.axes:
        riquadro.images[0].set_clim(0, 1)
        riquadro.add_patch(Rectangle((-0.5, -0.5), *reversed(immagini.shape[1:]), fill=False, ec=GRIGIO, lw=1.5))
    figura.suptitle(titolo, fontsize=12)
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


def loss_e_scarto(loss: Sequence[float], scarto: Sequence[float]) -> Figure:
    """Epoca per epoca, su scala logaritmica: la loss di una rete, e la sua distanza da quella dell'altra.

    Dove lo scarto è zero non c'è il punto, e la linea si interrompe.
    """
    figura, asse = tela(misure=(7.4, 3.4))
    stili = ({"color": AZZURRO, "lw": 2.5}, {"color": ROSSO, "lw": 2.5, "ls": "--"})
    disegna_curve(
        asse,
        {"loss": loss, "scarto fra le due loss": [quanto or math.nan for quanto in scarto]},
        stili=stili,
        marker="o",
    )
    asse.set(xlabel="epoca", yscale="log")
    asse.yaxis.set_major_formatter(TaccheLogaritmiche())
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


# La stessa scelta nei due modi: i nodi con il loro posto, e le frecce.
STRADA_O_GRAFO = {
    "strada facendo: sfondo chiaro": (
        {"x": (1, 0, "dato"), "1 − x": (1, 1.9, "operazione"), "y": (1, 3.8, "dato")},
        [("x", "1 − x"), ("1 − x", "y")],
    ),
    "strada facendo: sfondo scuro": (
        {"x": (0.75, 0, "dato"), "1 − x": (1.42, 1.9, "scartato"), "y": (0.75, 3.8, "dato")},
        [("x", "y")],
    ),
    "prima il grafo: uno solo": (
        {"x": (1, 0, "dato"), "where": (1, 2.85, "scelta"), "y": (1, 3.8, "dato")}
        | {"mean": (0, 0.95, "operazione"), "greater": (0, 1.9, "operazione"), "1 − x": (2, 1.45, "operazione")},
        [("x", "mean"), ("mean", "greater"), ("x", "1 − x"), ("where", "y")]
        + [(nome, "where") for nome in ("greater", "x", "1 − x")],
    ),
}


def grafi_affiancati(
    pannelli: Mapping[str, tuple[Mapping[str, tuple[float, float, str]], Sequence[tuple[str, str]]]],
) -> Figure:
    """Più grafi uno accanto all'altro, ognuno con il suo titolo.

    Args:
        pannelli: ``{titolo: (nodi, frecce)}``. Un nodo è ``nome: (x, y, genere)``, con x da 0 a 2 e y da 0 in giù;
            il genere è ``"dato"``, ``"operazione"``, ``"scelta"`` o ``"scartato"``. Una freccia unisce due nomi; quelle
            che arrivano allo stesso nodo si dividono il suo bordo nell'ordine in cui sono scritte.
    """
    alto = max(y for nodi, _ in pannelli.values() for _, y, _ in nodi.values()) + 0.4
    figura, riquadri = tela(1, len(pannelli), misure=(3.2 * len(pannelli), 0.95 * alto + 0.9), squeeze=False)
    for asse, (titolo, (nodi, frecce)) in zip(riquadri[0], pannelli.items(), strict=True):
        senza_assi(asse)
        asse.set(xlim=(-0.55, 2.55), ylim=(alto, -0.45))
        asse.set_title(titolo, fontsize=11)
        for da, a in frecce:
            (xa, ya, _), (xb, yb, _) = nodi[da], nodi[a]
            insieme = [partenza for partenza, arrivo in frecce if arrivo == a]
            scarto = 0.26 * (insieme.index(da) - (len(insieme) - 1) / 2)
            freccia(asse, (xa, ya + 0.27), (xb + scarto, yb - 0.28))
        for nome, (x, y, genere) in nodi.items():
            colore = _NODI[genere]
            come = {"forza": 0, "ls": ":"} if colore is None else {"forza": 0.45}
            scatola(asse, x - 0.46, y - 0.26, 0.92, 0.52, colore or GRIGIO, **come)
            scrivi(asse, x, y, nome, 10, GRIGIO if colore is None else "black", **CODICE)
    return figura
