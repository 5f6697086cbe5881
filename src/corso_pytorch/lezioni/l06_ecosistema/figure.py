"""Le figure della lezione 06: la mappa, la scelta, le foto, il blocco residuo, i token, i punti, i
modi di riusare una rete, la voce."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corso_pytorch.grafici.griglia import foglio, freccia, scatola, scrivi
from corso_pytorch.grafici.numeri import Tacche, all_italiana
from corso_pytorch.grafici.stile import (
    ARANCIO,
    AZZURRO,
    BLU,
    GRIGIO,
    INCHIOSTRO,
    TENUE,
    VERDE,
    VIOLA,
    senza_assi,
    tela,
)
from corso_pytorch.lezioni.l06_ecosistema.librerie import PIANI, STATI, Libreria

# Ogni stato ha un colore e un tratto: si distinguono anche senza colori.
_ASPETTO = dict(zip(STATI, [(VERDE, "-"), (VIOLA, "-."), (ARANCIO, "--"), (GRIGIO, ":")], strict=True))
_PER_RIGA = 4


def mappa_ecosistema(librerie: Sequence[Libreria]) -> Figure:
    """Un piano per riga, una casella per libreria: il colore e il tratto dicono come sta, sotto c'è la lezione."""
    piani = [(piano, [voce for voce in librerie if voce.piano == piano]) for piano in PIANI]
    file = [
        (piano if not n else "", voci[n : n + _PER_RIGA])
        for piano, voci in piani
        for n in range(0, len(voci), _PER_RIGA)
    ]
    figura, asse = tela(misure=(9.2, 0.92 * len(file) + 0.7))
    senza_assi(asse)
    asse.set(xlim=(0, 9.2), ylim=(len(file) + 0.55, -0.1))
    for y, (piano, voci) in enumerate(file):
        if piano and y:
            asse.axhline(y - 0.03, color=TENUE, lw=1)
        scrivi(asse, 0.05, y + 0.48, piano.replace(" di un ", "\ndi un "), 11, ha="left", weight="bold")
        for posto, voce in enumerate(voci):
            _casella_libreria(asse, 1.75 + 1.87 * posto, y, voce)
    for posto, (stato, (colore, tratto)) in enumerate(_ASPETTO.items()):
        x, y = 1.75 + 1.87 * posto, len(file) + 0.3
        asse.plot([x, x + 0.45], [y, y], color=colore, lw=2.5, ls=tratto)
        scrivi(asse, x + 0.52, y, stato, 10, ha="left")
    return figura


def albero_di_scelta(scelte: Mapping[str, str]) -> Figure:
    """Le domande dall'alto in basso: a ogni sì si va a destra, e si trova la libreria.

    Args:
        scelte: ``{domanda: risposta}``, nell'ordine in cui chiederle; l'ultima domanda è vuota: nessun sì.
    """
    figura, asse = foglio(20, 1.9 * len(scelte), casella=0.46)
    for posto, (domanda, risposta) in enumerate(scelte.items()):
        y = 1.9 * posto + 0.25
        if domanda:
            scatola(asse, 0.2, y, 9.8, 1.2, AZZURRO, domanda)
            freccia(asse, (10.1, y + 0.6), (11.7, y + 0.6))
            scrivi(asse, 10.8, y + 0.28, "sì", 10, GRIGIO)
        if posto < len(scelte) - 1:
            freccia(asse, (1.2, y + 1.3), (1.2, y + 1.85))
            scrivi(asse, 1.75, y + 1.55, "poi", 10, GRIGIO)
        scatola(asse, 11.8 if domanda else 0.2, y, 8 if domanda else 9.8, 1.2, VERDE, risposta)
    return figura


def blocco_residuo() -> Figure:
    """Un blocco residuo: x passa per due convoluzioni e, intatto, per la scorciatoia; alla fine si sommano."""
    figura, asse = foglio(20, 5.2, casella=0.46)
    for x, nome, colore in (
        (2.6, "conv 3×3\nbatch norm", AZZURRO),
        (6.6, "ReLU", VERDE),
        (9.4, "conv 3×3\nbatch norm", AZZURRO),
    ):
        scatola(asse, x, 2.6, 1.9 if nome == "ReLU" else 3, 1.5, colore, nome)
    for da, a in ((0.9, 2.5), (5.7, 6.5), (8.6, 9.3), (12.5, 13.7), (14.9, 15.8), (17.9, 18.9)):
        freccia(asse, (da, 3.35), (a, 3.35))
    scrivi(asse, 0.5, 3.35, "x", 14, weight="bold")
    asse.plot([1.6, 1.6, 14.3], [3.35, 0.9, 0.9], color=VIOLA, lw=2.5)
    asse.annotate("", (14.3, 2.7), (14.3, 0.9), arrowprops={"arrowstyle": "-|>", "color": VIOLA, "lw": 2.5})
    scrivi(asse, 8, 0.45, "la scorciatoia: x, com'è", 11, VIOLA)
    scrivi(asse, 8, 4.7, "F(x): la correzione che il blocco impara", 11, GRIGIO)
    asse.plot(14.3, 3.35, "o", color="white", markeredgecolor=INCHIOSTRO, markersize=22)
    scrivi(asse, 14.3, 3.35, "+", 15)
    scatola(asse, 15.9, 2.75, 1.9, 1.2, VERDE, "ReLU")
    scrivi(asse, 19.35, 3.35, "y", 14, weight="bold")
    return figura


def immagine_a_token(immagine: torch.Tensor, lato: int) -> Figure:
    """Un'immagine tagliata in riquadri, e gli stessi riquadri in fila dopo il token di classe, con il loro posto.

    Args:
        immagine: di forma (H, W), misure multiple di ``lato``.
    """
    righe, colonne = (misura // lato for misura in immagine.shape)
    riquadri = immagine.cpu().unfold(0, lato, lato).unfold(1, lato, lato).reshape(-1, lato, lato)
    figura, asse = foglio(22, 9.4, casella=0.42)
    fondo = {"cmap": "gray", "vmin": float(immagine.min()), "vmax": float(immagine.max()), "aspect": "auto"}
    for numero, riquadro in enumerate(riquadri):
        x, y = 8.2 + 1.4 * (numero % colonne), 0.5 + 1.4 * (numero // colonne)
        asse.imshow(riquadro, extent=(x, x + 1.25, y + 1.25, y), **fondo)
        x = 1.9 + 20 * (numero + 1) / (len(riquadri) + 1) - 0.95
        asse.imshow(riquadro, extent=(x, x + 1, 8.4, 7.4), **fondo)
        scrivi(asse, x + 0.5, 8.85, str(numero + 1), 9, GRIGIO)
    scatola(asse, 0.75, 7.4, 1.05, 1, ARANCIO, "[C]")
    scrivi(asse, 1.28, 8.85, "0", 9, GRIGIO)
    asse.set(xlim=(0, 22), ylim=(9.4, 0))
    freccia(asse, (11, 6.35), (11, 7.2))
    scrivi(asse, 15.2, 3.2, f"{righe}×{colonne} riquadri\ndi {lato}×{lato} pixel", 11, ha="left")
    scrivi(asse, 0.75, 6.75, "il token di classe, poi i riquadri in fila", 11, ha="left")
    return figura


def attenzione_sulle_cifre(immagini: torch.Tensor, pesi: torch.Tensor, titoli: Sequence[str]) -> Figure:
    """Ogni cifra, e sotto la sua attenzione, con la scala: più chiaro, più il token di classe ha guardato lì.

    Args:
        immagini: di forma (N, H, W).
        pesi: di forma (N, h, w), i riquadri in cui è divisa l'immagine.
    """
    figura, riquadri = tela(2, len(immagini), misure=(1.15 * len(immagini) + 0.9, 2.6), squeeze=False)
    senza_assi(*riquadri.flat)
    piu_alto = float(pesi.max())
    for colonna, (immagine, peso, titolo) in enumerate(zip(immagini.cpu(), pesi.cpu(), titoli, strict=True)):
        estremi = (0, immagine.shape[1], immagine.shape[0], 0)
        riquadri[0, colonna].imshow(immagine, cmap="gray", extent=estremi)
        colorata = riquadri[1, colonna].imshow(peso, cmap="inferno", extent=estremi, vmin=0, vmax=piu_alto)
        riquadri[1, colonna].contour(
            immagine, [float(immagine.min() + immagine.max()) / 2], colors="white", linewidths=0.9,
            extent=estremi, origin="upper",
        )  # fmt: skip
        riquadri[0, colonna].set_title(titolo, fontsize=10, pad=3)
    figura.colorbar(colorata, ax=riquadri.ravel().tolist(), format=Tacche(), label="attenzione", shrink=0.9, pad=0.01)
    return figura


def foto_e_nomi(foto: Sequence, nomi: Sequence[str], lato: float = 1.6) -> Figure:
    """Una fila di foto a colori, ognuna con il suo nome: immagini PIL, o tensori (3, H, W) fra 0 e 1."""
    figura, riquadri = tela(1, len(foto), misure=(lato * len(foto), lato + 0.3), squeeze=False)
    senza_assi(*riquadri.flat)
    for riquadro, una, nome in zip(riquadri.flat, foto, nomi, strict=True):
        riquadro.imshow(una.permute(1, 2, 0).cpu() if isinstance(una, torch.Tensor) else una)
        riquadro.set_title(nome, fontsize=10, pad=3)
    return figura


def due_foto_e_la_miscela(foto: Sequence[torch.Tensor], quote: Sequence[torch.Tensor], classi: Sequence[str]) -> Figure:
    """Due foto e la loro miscela; sotto ognuna la sua etichetta, disegnata come barre.

    Args:
        foto: tre tensori (3, H, W) fra 0 e 1: la prima, la seconda, la miscela.
        quote: le loro etichette, tensori di forma (classi,) che sommano a 1.
    """
    figura, assi = tela(2, 3, misure=(6.4, 2.9), height_ratios=(3, 1))
    senza_assi(*assi[0])
    for colonna, (una, quota, nome) in enumerate(zip(foto, quote, ("foto A", "foto B", "miscela"), strict=True)):
        assi[0, colonna].imshow(una.permute(1, 2, 0).cpu())
        assi[0, colonna].set_title(nome)
        asse = assi[1, colonna]
        asse.barh(classi, quota.tolist(), color=VIOLA, height=0.6)
        for posto, valore in enumerate(quota.tolist()):
            asse.text(valore + 0.03, posto, all_italiana(valore, ".2f"), va="center", fontsize=10)
        asse.set(xlim=(0, 1.3), ylim=(len(classi) - 0.4, -0.6), xticks=())
        asse.tick_params(labelleft=not colonna)
        asse.tick_params(axis="y", length=0)
        asse.grid(visible=False)
        asse.spines["bottom"].set_visible(False)
    assi[1, 0].set_ylabel("etichetta")
    return figura


# Di ogni modo: i blocchi, l'ultimo strato, a che serve. Il colore dice di chi sono i pesi, il tratto se si addestrano.
MODI_DI_RIUSARE = {
    "da zero": (("nuovi, si addestrano", GRIGIO, "-"), "il metro di paragone"),
    "congelata": (("dell'esperta, fermi", VERDE, "--"), "basta ciò che sa già?"),
    "fine-tuning": (("dell'esperta, si addestrano", VERDE, "-"), "e se lo ritocca?"),
    "a caso, congelata": (("a caso, fermi", GRIGIO, "--"), "il controllo: senza sapere nulla?"),
}
COLORI_DEI_MODI = {modo: colore for modo, ((_, colore, _), _) in MODI_DI_RIUSARE.items()}


def modi_di_riusare() -> Figure:
    """I quattro modi di riusare una rete, uno per riga: i blocchi, l'ultimo strato, la domanda."""
    figura, asse = foglio(21.6, 6.9, casella=0.44)
    for x, testo in ((7.3, "i blocchi"), (12.9, "l'ultimo strato"), (18.2, "la domanda")):
        scrivi(asse, x, 0.45, testo, 11, GRIGIO)
    for riga, (modo, ((blocchi, colore, tratto), domanda)) in enumerate(MODI_DI_RIUSARE.items()):
        y = 1.0 + 1.45 * riga
        scrivi(asse, 4.0, y + 0.55, modo, 11, ha="right", weight="bold")
        scatola(asse, 4.5, y, 5.6, 1.1, colore, blocchi, ec=colore, lw=2, ls=tratto)
        freccia(asse, (10.15, y + 0.55), (10.75, y + 0.55))
        scatola(asse, 10.8, y, 4.2, 1.1, GRIGIO, "nuovo, si addestra", ec=GRIGIO, lw=2)
        scrivi(asse, 15.4, y + 0.55, domanda, 10.5, ha="left")
    return figura


def registrazione_annotata(onda: torch.Tensor, pezzi: Sequence[tuple[str, float]], campioni_al_secondo: int) -> Figure:
    """L'onda di una registrazione, con i nomi dei pezzi che la compongono: ``(nome, secondi)``, in fila."""
    figura, asse = tela(misure=(8.8, 1.9))
    asse.plot(torch.arange(len(onda)) / campioni_al_secondo, onda, color=GRIGIO, lw=0.5)
    inizio = 0.0
    for nome, secondi in pezzi:
        asse.axvline(inizio, color=TENUE, lw=1)
        scrivi(asse, inizio + secondi / 2, 0.42, nome, 10)
        inizio += secondi
    asse.set(xlim=(0, inizio), ylim=(-0.35, 0.5), yticks=(), xlabel="secondi")
    asse.grid(visible=False)
    return figura


def prima_e_dopo_il_taglio(
    onda: torch.Tensor, probabilita: torch.Tensor, tieni: torch.Tensor, campioni_al_secondo: int
) -> Figure:
    """Sopra la registrazione, la probabilità che qualcuno parli e ciò che si tiene; sotto ciò che resta, in fila.

    Args:
        onda: di forma (N,); ``tieni`` sono altrettanti booleani, e ``probabilita`` (P,) copre tutta l'onda.
    """
    figura, (sopra, sotto) = tela(2, 1, misure=(8.8, 3.4), sharex=True)
    tempo = torch.arange(len(onda)) / campioni_al_secondo
    sopra.fill_between(tempo[::64], 0, 1.05, where=tieni[::64], color=VERDE, alpha=0.25, lw=0, label="si tiene")
    sopra.plot(tempo, 0.5 + onda, color=GRIGIO, lw=0.4, label="il suono")
    passi = (torch.arange(len(probabilita)) + 0.5) * len(onda) / len(probabilita) / campioni_al_secondo
    sopra.plot(passi, probabilita, color=VIOLA, lw=2, label="probabilità che qualcuno parli")
    sopra.set(ylim=(-0.08, 1.08), yticks=(0, 0.5, 1), title="prima")
    resta = onda[tieni]
    sotto.plot(tempo[: len(resta)], 0.5 + resta, color=GRIGIO, lw=0.4)
    sotto.set(ylim=(-0.08, 1.08), yticks=(), title="dopo", xlabel="secondi", xlim=(0, float(tempo[-1])))
    figura.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=10)
    return figura


def punti_e_medie(
    pannelli: Mapping[str, Mapping[str, Sequence[float]]],
    asse_x: str = "accuratezza",
    stessa_scala: bool = True,
    colori: Mapping[str, str] | None = None,
) -> Figure:
    """Un pannello per gruppo, una riga per modo: un punto per ogni prova, una tacca sulla media.

    Args:
        pannelli: ``{titolo: {modo: valori delle prove}}``; i modi sono gli stessi in tutti i pannelli.
        stessa_scala: falso se ogni pannello misura una cosa diversa, e vuole il suo asse.
        colori: ``{modo: colore}``; senza, sono tutti blu: il nome è già scritto accanto.
    """
    modi = list(next(iter(pannelli.values())))
    figura, assi = tela(
        1, len(pannelli), misure=(9, 0.5 * len(modi) + 1.2), sharex=stessa_scala, sharey=True, squeeze=False
    )
    colori = colori or dict.fromkeys(modi, BLU)
    for asse, (titolo, gruppi) in zip(assi[0], pannelli.items(), strict=True):
        for y, modo in enumerate(modi):
            colore = colori[modo]
            valori = list(gruppi[modo])
            sparsi = [y + 0.13 * (prova - (len(valori) - 1) / 2) for prova in range(len(valori))]
            asse.plot(valori, sparsi, "o", color=colore, alpha=0.55)  # un punto per altezza: nessuno ne copre un altro
            media = sum(valori) / len(valori)
            asse.plot([media, media], [y - 0.3, y + 0.3], color=colore, lw=3)
            scritta = all_italiana(media, ".2f")
            asse.annotate(
                scritta, (media, y - 0.3), xytext=(0, 2), textcoords="offset points", ha="center", fontsize=10
            )
        asse.set(xlabel=asse_x, title=titolo, yticks=range(len(modi)), yticklabels=modi, ylim=(len(modi) - 0.5, -0.75))
        asse.margins(x=0.1)
        asse.locator_params(axis="x", nbins=5)
        asse.grid(axis="y", visible=False)
    return figura


def su_due_righe(nome: str) -> str:
    """Un nome lungo, con un a capo dopo lo spazio o il trattino, se c'è."""
    return nome if len(nome) < 12 else nome.replace(" ", "\n").replace("-", "-\n")


def _casella_libreria(asse: Axes, x: float, y: float, voce: Libreria) -> None:
    colore, tratto = _ASPETTO[voce.stato]
    scatola(asse, x - 0.03, y + 0.07, 1.76, 0.78, colore, forza=0.18, ec=colore, lw=2, ls=tratto)
    nome = su_due_righe(voce.nome)
    alta = 0.32 if "\n" not in nome else 0.36
    scrivi(asse, x + 0.85, y + alta, nome, 10.5, weight="bold", linespacing=0.95)
    sotto = voce.quando if voce.lezione is None else f"{voce.quando} · {voce.lezione:02d}"
    scrivi(asse, x + 0.85, y + 0.67, sotto, 8.5, GRIGIO)
