"""Le figure della lezione 11: memoria, dati divisi, sampler, blocchi, tempi, anello, FSDP, matrici, pipeline."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from corso_pytorch.grafici.griglia import disegna_casella, foglio, freccia, legenda_sotto, scatola, scrivi, tinta
from corso_pytorch.grafici.numeri import all_italiana, virgola
from corso_pytorch.grafici.stile import (
    COLORI,
    GRIGIO,
    INCHIOSTRO,
    ROSSO,
    TENUE,
    VERDE,
    senza_assi,
    tela,
)
from corso_pytorch.misure import leggibile


def barre_di_memoria(barre: Mapping[str, Mapping[str, float]], limite: float | None = None) -> Figure:
    """Una barra per caso, divisa nelle sue voci (in GB); una linea segna quanta memoria ha una GPU.

    Args:
        barre: ``{caso: {voce: GB}}``, con le stesse voci in ogni caso.
        limite: la memoria di una GPU, in GB.
    """
    figura, asse = tela(misure=(8.6, 0.55 * len(barre) + 1.5))
    voci = list(next(iter(barre.values())))
    for posto, valori in enumerate(barre.values()):
        sinistra = 0.0
        for voce, colore in zip(voci, COLORI, strict=False):
            asse.barh(posto, valori[voce], left=sinistra, color=tinta(colore, 0.75), height=0.62)
            sinistra += valori[voce]
        scrivi(asse, sinistra, posto, f" {all_italiana(round(sinistra, 1))} GB", 10.5, ha="left")
    massimo = max(sum(valori.values()) for valori in barre.values())
    if limite is not None:
        asse.axvline(limite, color=ROSSO, lw=2, ls="--")
        scrivi(asse, limite, -0.62, f" una GPU da {limite:g} GB", 10.5, ROSSO, ha="left", va="bottom")
    asse.set(xlim=(0, max(massimo, limite or 0) * 1.16), ylim=(len(barre) - 0.5, -0.6), xlabel="GB")
    asse.set_yticks(range(len(barre)), list(barre))
    asse.grid(axis="y", visible=False)
    legenda_sotto(figura, {voce: tinta(colore, 0.75) for voce, colore in zip(voci, COLORI, strict=False)})
    return figura


def dati_in_parallelo(processi: int = 2) -> Figure:
    """Il batch diviso, una copia della rete per processo, la media dei gradienti, lo stesso passo per tutti."""
    figura, asse = tela(misure=(9.4, 1.35 * processi + 0.8))
    senza_assi(asse)
    alto = 2 * processi
    asse.set(xlim=(0, 20), ylim=(alto + 0.3, -0.7))
    colonne = ((3.9, "la sua fetta"), (8.0, "la stessa rete"), (12.0, "il suo gradiente"), (18.4, "lo stesso passo"))
    scrivi(asse, 1.0, -0.3, "il batch", 11, weight="bold")
    for x, titolo in colonne:
        scrivi(asse, x, -0.3, titolo, 11, weight="bold")
    asse.add_patch(Rectangle((0.3, 0.2), 1.4, alto - 0.4, fc=tinta(GRIGIO, 0.2), ec=GRIGIO))
    _in_mezzo(asse, 14.9, alto / 2, 1.9, "la media", ROSSO)
    for rango in range(processi):
        colore, y = COLORI[rango % len(COLORI)], 2 * rango + 1
        asse.add_patch(Rectangle((0.3, 0.2 + rango * (alto - 0.4) / processi), 1.4, (alto - 0.4) / processi,
                                 fc=tinta(colore, 0.5), ec="white"))  # fmt: skip
        _in_mezzo(asse, 3.9, y, 2.4, f"fetta {rango}", colore)
        _in_mezzo(asse, 8.0, y, 3.0, f"processo {rango}", colore)
        _in_mezzo(asse, 12.0, y, 2.4, f"gradiente {rango}", colore)
        _in_mezzo(asse, 18.4, y, 2.6, "pesi nuovi", GRIGIO)
        for da, a in (((1.8, y), (2.6, y)), ((5.2, y), (6.4, y)), ((9.6, y), (10.7, y))):
            freccia(asse, da, a)
        freccia(asse, (13.3, y), (13.95, alto / 2 + (y - alto / 2) * 0.3))
        freccia(asse, (15.95, alto / 2 + (y - alto / 2) * 0.3), (17.0, y))
    return figura


def tempi_per_batch(tempi: Mapping[str, Mapping[str, float]]) -> Figure:
    """Un gruppo di barre per batch, con gli stessi nomi e la stessa scala: si vede che cosa cresce e che cosa no.

    Args:
        tempi: ``{batch: {nome: secondi}}``.
    """
    figura, assi = tela(len(tempi), 1, misure=(7.6, 1.5 * len(tempi) + 0.5), sharex=True, squeeze=False)
    for asse, (batch, valori) in zip(assi[:, 0], tempi.items(), strict=True):
        _disegna_tempi(asse, valori)
        asse.set_title(f"batch di {batch} esempi", loc="left")
    return figura


def _disegna_tempi(asse: Axes, secondi: Mapping[str, float]) -> None:
    """Una barra orizzontale per nome, con il tempo (in secondi) scritto accanto."""
    barre = asse.barh(list(secondi), list(secondi.values()), color=COLORI[: len(secondi)], height=0.62)
    asse.bar_label(barre, [virgola(leggibile(valore)) for valore in secondi.values()], padding=5)
    asse.margins(x=0.2)  # il posto per l'ultima scritta
    asse.locator_params(axis="x", nbins=5)
    asse.xaxis.set_major_formatter(lambda valore, _: virgola(leggibile(valore)) if valore else "0")
    asse.invert_yaxis()
    asse.grid(axis="y", visible=False)


def anello(partenza: torch.Tensor) -> Figure:
    """Un all-reduce ad anello, passo per passo: una riga per processo, una casella per pezzo; in verde i finiti.

    Args:
        partenza: di forma (P, P), il valore di ogni pezzo in ogni processo.
    """
    stati, completi = _giri(partenza), partenza.sum(dim=0).tolist()
    processi = len(stati[0])
    larga = processi + 1.1
    figura, asse = foglio(larga * len(stati) + 3.2, processi + 1.6, casella=min(0.46, 10 / (larga * len(stati) + 3.2)))
    for processo in range(processi):
        scrivi(asse, 0.1, 1.5 + processo, f"processo {processo}", 10, ha="left")
    for passo, stato in enumerate(stati):
        x = 3.2 + passo * larga
        scrivi(asse, x + processi / 2, 0.45, "partenza" if passo == 0 else f"passo {passo}", 10, GRIGIO)
        for processo, pezzi in enumerate(stato):
            for posto, valore in enumerate(pezzi):
                colore = VERDE if abs(valore - completi[posto]) < 1e-6 else None
                disegna_casella(asse, x + posto, 1 + processo, colore)
                scrivi(asse, x + posto + 0.5, 1.52 + processo, all_italiana(valore), 9.5)
        if passo:
            freccia(asse, (x - 0.95, 1 + processi / 2), (x - 0.15, 1 + processi / 2))
    return figura


def ordini(casi: Mapping[str, Sequence[Sequence[Sequence[int]]]]) -> Figure:
    """Gli esempi di ogni processo, epoca per epoca, per ogni caso: a colpo d'occhio, se l'ordine cambia.

    Args:
        casi: ``{titolo: [epoca][processo][esempi]}``.
    """
    primo = next(iter(casi.values()))
    epoche, processi, quanti = len(primo), len(primo[0]), len(primo[0][0])
    larga = processi * (quanti + 0.7)
    figura, asse = foglio(larga + 5.0, len(casi) * (epoche + 1.7) + 0.3, casella=0.44)
    for numero, (titolo, ordine) in enumerate(casi.items()):
        y = numero * (epoche + 1.7)
        scrivi(asse, 0.1, y + 0.55, titolo, 11.5, ha="left", weight="bold")
        for epoca, quote in enumerate(ordine):
            scrivi(asse, 0.1, y + 1.5 + epoca, f"epoca {epoca}", 10.5, ha="left")
            for rango, esempi in enumerate(quote):
                for posto, esempio in enumerate(esempi):
                    x = 4.9 + rango * (quanti + 0.7) + posto
                    disegna_casella(asse, x, y + 1 + epoca, COLORI[rango % len(COLORI)])
                    scrivi(asse, x + 0.5, y + 1.52 + epoca, str(esempio), 10.5)
        for rango in range(processi):
            scrivi(asse, 4.9 + rango * (quanti + 0.7) + quanti / 2, y + 0.55, f"processo {rango}", 10, GRIGIO)
    return figura


def collettive_appaiate(prima: str, dopo: str) -> Figure:
    """Due processi nel tempo: il rango 1 salta la prima di due collettive, e il rango 0 resta fermo sulla seconda."""
    figura, asse = tela(misure=(8.2, 2.5))
    senza_assi(asse)
    asse.set(xlim=(0, 18), ylim=(4.9, -0.4))
    for rango, y in enumerate((0.9, 3.6)):
        scrivi(asse, 0.1, y, f"rango {rango}", 11, ha="left", weight="bold")
        freccia(asse, (2.1, y), (17.8, y), color=TENUE)
    _in_mezzo(asse, 5.2, 0.9, 3.8, prima, COLORI[0])
    _in_mezzo(asse, 11.2, 0.9, 3.8, dopo, COLORI[0])
    scatola(asse, 3.3, 3.1, 3.8, 1, GRIGIO, prima, 10, forza=0, ls=":", scritta={"colore": GRIGIO})
    scrivi(asse, 5.2, 4.5, "la salta", 10, GRIGIO)
    _in_mezzo(asse, 11.2, 3.6, 3.8, dopo, COLORI[1])
    freccia(asse, (5.9, 1.5), (10.3, 3.0), arrowstyle="<|-|>", color=INCHIOSTRO)
    scrivi(asse, 9.2, 2.05, "si appaiano", 10)
    scrivi(asse, 13.4, 0.9, "aspetta… aspetta…", 10.5, ROSSO, ha="left", backgroundcolor="white")
    scrivi(asse, 13.4, 3.6, "va avanti", 10.5, GRIGIO, ha="left", backgroundcolor="white")
    return figura


ATTI = {
    "raduna": ("raduna i pesi (all_gather)", COLORI[0]),
    "forward": ("forward", COLORI[1]),
    "backward": ("backward", COLORI[2]),
    "divide": ("divide i gradienti (reduce_scatter)", ROSSO),
}


def passo_di_fsdp(diario: Sequence[tuple[str, str, Sequence[str]]]) -> Figure:
    """Un passo di FSDP: una riga per strato, una colonna per atto; la fascia è alta da quando lo strato si raduna.

    Args:
        diario: gli atti in fila, ``(che cosa, strato, gli strati interi)``; l'ultimo è la fine.
    """
    atti = [(che_cosa, nome) for che_cosa, nome, _ in diario if che_cosa in ATTI]
    nomi = list(dict.fromkeys(nome for _, nome in atti))
    figura, asse = tela(misure=(9.2, 0.72 * len(nomi) + 1.2))
    senza_assi(asse)
    asse.set(xlim=(-2.3, len(atti) + 0.1), ylim=(len(nomi) + 0.1, -0.75))
    for riga, nome in enumerate(nomi):
        scrivi(asse, -0.25, riga + 0.7, f"strato {nome}", 10.5, ha="right", family="monospace")
        asse.add_patch(Rectangle((0, riga + 0.5), len(atti), 0.4, fc=tinta(GRIGIO, 0.2), ec="none"))
    radunato = {}
    for posto, (che_cosa, nome) in enumerate(atti):
        riga, colore = nomi.index(nome), ATTI[che_cosa][1]
        asse.add_patch(Rectangle((posto + 0.1, riga + 0.57), 0.8, 0.26, fc=tinta(colore, 0.85), ec="none", zorder=3))
        if che_cosa == "raduna":
            radunato[nome] = posto
        elif che_cosa != "divide":
            da = radunato[nome]
            fascia = Rectangle((da + 0.03, riga + 0.12), posto + 0.94 - da, 0.78, fc=tinta(GRIGIO, 0.2), ec=GRIGIO)
            asse.add_patch(fascia)
            scrivi(asse, (da + posto + 1) / 2, riga + 0.34, "intero", 9)
    meta = 1 + max(posto for posto, (che_cosa, _) in enumerate(atti) if che_cosa == "forward")
    asse.axvline(meta, color=INCHIOSTRO, lw=1, ls=":")
    scrivi(asse, (2 + meta) / 2, 0.7, "solo il suo pezzo", 9, GRIGIO)
    for x, verso in ((meta / 2, "forward"), ((meta + len(atti)) / 2, "backward")):
        scrivi(asse, x, -0.35, verso, 11, weight="bold")
    legenda_sotto(figura, {detto: tinta(colore, 0.85) for detto, colore in ATTI.values()}, fontsize=9.5)
    return figura


def pezzi_dei_parametri(forme: Sequence[Mapping[str, Sequence[int]]]) -> Figure:
    """Ogni parametro come un rettangolo (larghezza: colonne; altezza: righe), diviso fra i ranghi che lo tengono.

    I pezzi di poche righe sono disegnati un poco più alti, perché si vedano.

    Args:
        forme: per ogni rango, ``{parametro: la forma del suo pezzo}``; i pezzi si affiancano sulle righe.
    """
    pesi = [nome for nome in forme[0] if len(forme[0][nome]) == 2]
    figura, assi = tela(1, len(pesi), misure=(9, 3.4), squeeze=False)
    alto = max(sum(di_uno[nome][0] for di_uno in forme) for nome in pesi)
    largo = max(forme[0][nome][1] for nome in pesi)
    piccola = alto / 8  # più basso di così un pezzo non si vedrebbe
    for asse, nome in zip(assi[0], pesi, strict=True):
        senza_assi(asse)
        y = 0
        colonne = forme[0][nome][1]
        for rango, di_uno in enumerate(forme):
            righe = di_uno[nome][0]
            colore, alta = COLORI[rango % len(COLORI)], max(righe, piccola)
            asse.add_patch(Rectangle((0, y), colonne, alta, fc=tinta(colore, 0.5), ec=INCHIOSTRO, lw=1))
            detto = f"rango {rango}: {righe}×{colonne}"
            scrivi(asse, colonne / 2, y + alta / 2, detto.replace(": ", "\n") if righe > piccola else detto, 10)
            y += alta
        asse.set(xlim=((colonne - largo) / 2 - 2, (colonne + largo) / 2 + 2), ylim=(alto * 1.02, -alto * 0.12))
        asse.set_title(nome, family="monospace")
    return figura


def colonne_e_righe() -> Figure:
    """Due prodotti fra matrici divisi fra due processi: la prima per uscite, la seconda per ingressi, poi la somma."""
    figura, asse = tela(misure=(9.4, 3.9))
    senza_assi(asse)
    asse.set(xlim=(0, 20), ylim=(6.6, -0.6))
    for x, titolo in ((1.2, "x, intero"), (5.2, "metà delle\nuscite di «su»"), (9.6, "metà dei\nnascosti"),
                      (13.6, "metà degli\ningressi di «giu»"), (18.4, "la somma")):  # fmt: skip
        scrivi(asse, x, -0.1, titolo, 11, weight="bold")
    for rango, y in enumerate((2.0, 4.9)):
        colore = COLORI[rango]
        _in_mezzo(asse, 1.2, y, 1.8, "x", GRIGIO)
        _matrice(asse, 5.2, y, 2.0, 1.8, colore, rango, per_colonne=True)
        _in_mezzo(asse, 9.6, y, 2.2, f"h{rango} = relu(…)", colore)
        _matrice(asse, 13.6, y, 2.0, 1.8, colore, rango, per_colonne=False)
        freccia(asse, (2.2, y), (4.0, y))
        freccia(asse, (6.4, y), (8.4, y))
        freccia(asse, (10.8, y), (12.4, y))
        freccia(asse, (14.8, y), (17.2, 3.45 + (y - 3.45) * 0.2))
        scrivi(asse, 1.2, y + 0.85, f"processo {rango}", 10, GRIGIO)
    scrivi(asse, 7.4, 3.55, "fin qui, nessuno scambio", 10, GRIGIO)
    _in_mezzo(asse, 18.4, 3.45, 2.4, "y = y0 + y1\n(all-reduce)", ROSSO)
    return figura


def pipeline(stadi: int, pezzi: Sequence[int]) -> Figure:
    """Chi lavora quando, in una catena di GPU, se il batch è tagliato in 1, 4… pezzi: prima i forward, poi i backward.

    Args:
        stadi: quante GPU in fila.
        pezzi: in quanti micro-batch è tagliato il batch, un riquadro per valore; la scala del tempo è la stessa.
    """
    figura, assi = tela(len(pezzi), 1, misure=(9, 1.0 + 0.42 * stadi * len(pezzi)), squeeze=False)
    durate = [2 * (quanti + stadi - 1) / quanti for quanti in pezzi]
    for asse, quanti, durata in zip(assi[:, 0], pezzi, durate, strict=True):
        senza_assi(asse)
        larga = 1 / quanti
        for stadio in range(stadi):
            scrivi(asse, -0.05, stadio + 0.5, f"GPU {stadio}", 10, ha="right")
            asse.add_patch(Rectangle((0, stadio + 0.08), durata, 0.84, fc=tinta(GRIGIO, 0.15), ec="none"))
            for verso, partenza in (("F", stadio), ("B", quanti + stadi - 1 + stadi - 1 - stadio)):
                colore = COLORI[0] if verso == "F" else COLORI[1]
                for pezzo in range(quanti):
                    x = (partenza + pezzo) * larga
                    asse.add_patch(
                        Rectangle((x, stadio + 0.08), larga, 0.84, fc=tinta(colore, 0.55), ec="white", lw=1.5)
                    )
                    scrivi(asse, x + larga / 2, stadio + 0.52, f"{verso}{pezzo}" if quanti > 1 else verso, 9.5)
        vuote = (stadi - 1) / (quanti + stadi - 1)
        detto = "un pezzo solo" if quanti == 1 else f"{quanti} micro-batch"
        asse.set(xlim=(-0.6, max(durate) + 0.05), ylim=(stadi + 0.1, -0.1))
        asse.set_title(f"{detto}: tempo fermo {all_italiana(100 * vuote, '.0f')} %", loc="left")
    voci = {"forward": tinta(COLORI[0], 0.55), "backward": tinta(COLORI[1], 0.55), "ferma": tinta(GRIGIO, 0.15)}
    legenda_sotto(figura, voci)
    return figura


def _giri(stato: torch.Tensor) -> list[list[list[float]]]:
    """Gli stati di un anello, dalla partenza: prima si somma, un pezzo per volta, poi si distribuisce."""
    processi, stati = len(stato), [stato.tolist()]
    for finiti in (False, True):
        for passo in range(processi - 1):
            nuovo = stato.clone()
            for da in range(processi):
                a, pezzo = (da + 1) % processi, (da + finiti - passo) % processi
                nuovo[a, pezzo] = stato[da, pezzo] if finiti else stato[a, pezzo] + stato[da, pezzo]
            stato = nuovo
            stati.append(stato.tolist())
    return stati


def _in_mezzo(asse: Axes, x: float, y: float, larga: float, detto: str, colore: str) -> None:
    scatola(asse, x - larga / 2, y - 0.5, larga, 1, colore, detto, 10)


def _matrice(asse: Axes, x: float, y: float, larga: float, alta: float, colore: str, rango: int, per_colonne: bool):
    """Una matrice di cui un processo ha solo metà: il resto è vuoto."""
    sinistra, cima = x - larga / 2, y - alta / 2
    asse.add_patch(Rectangle((sinistra, cima), larga, alta, fc="white", ec=TENUE, ls=":"))
    if per_colonne:
        pezzo = Rectangle((sinistra + rango * larga / 2, cima), larga / 2, alta, fc=tinta(colore, 0.5), ec=INCHIOSTRO)
    else:
        pezzo = Rectangle((sinistra, cima + rango * alta / 2), larga, alta / 2, fc=tinta(colore, 0.5), ec=INCHIOSTRO)
    asse.add_patch(pezzo)
