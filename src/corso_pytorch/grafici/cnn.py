"""Le figure della lezione 04: cifre, kernel che scorrono, padding e stride, pooling, la rete, curve, errori, filtri."""

from collections.abc import Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from corso_pytorch.grafici.griglia import all_italiana, disegna_casella, disegna_tabella, foglio, freccia, scrivi, tinta
from corso_pytorch.grafici.stile import (
    ARANCIO,
    AZZURRO,
    BLU,
    GRIGIO,
    INCHIOSTRO,
    ROSSO,
    SCALA_SEGNO,
    TENUE,
    VERDE,
    VIOLA,
    senza_assi,
    tela,
)


def cifre(
    immagini: Sequence[torch.Tensor], titoli: Sequence | None = None, colonne: int = 10, segno: bool = False
) -> Figure:
    """Una griglia di immagini, ognuna con il suo titolo.

    Args:
        immagini: un tensore (N, H, W), o N immagini di misure diverse; ognuna ha la sua scala di grigi.
        titoli: uno per immagine, per esempio le etichette.
        segno: per i valori con segno (pesi, mappe): lo zero è bianco, il negativo arancio, il positivo viola.
    """
    quante = len(immagini)
    colonne = min(colonne, quante)
    righe = -(-quante // colonne)
    lato, spazio = (
        9.6 / max(colonne, 6),
        0.0 if titoli is None else 0.17 * (1 + max(str(t).count("\n") for t in titoli)),
    )
    figura, riquadri = tela(righe, colonne, misure=(lato * colonne, (lato + spazio) * righe), squeeze=False)
    senza_assi(*riquadri.flat)
    for numero, riquadro in enumerate(riquadri.flat[:quante]):
        _immagine(riquadro, immagini[numero], segno)
        if titoli is not None:
            riquadro.set_title(str(titoli[numero]), fontsize=10, pad=3)
    return figura


def file_di_immagini(righe: dict[str, torch.Tensor], segno: bool = False) -> Figure:
    """Una riga di immagini per ogni nome, scritto a sinistra; le righe possono avere lunghezze e misure diverse.

    Args:
        righe: ``{nome: immagini}``, di forma (N, H, W).
        segno: come in `cifre`.
    """
    colonne = max(len(immagini) for immagini in righe.values())
    lato = min(1.1, 8.4 / colonne)
    figura, riquadri = tela(len(righe), colonne + 1, misure=(lato * colonne + 1.3, lato * len(righe)), squeeze=False,
                            width_ratios=[1.3 / lato] + [1] * colonne)  # fmt: skip
    senza_assi(*riquadri.flat)
    for fila, (nome, immagini) in zip(riquadri, righe.items(), strict=True):
        fila[0].text(1, 0.5, nome, ha="right", va="center", fontsize=11, transform=fila[0].transAxes)
        for riquadro, immagine in zip(fila[1:], immagini, strict=False):
            _immagine(riquadro, immagine, segno)
    return figura


def kernel_che_scorre(immagine: torch.Tensor, kernel: torch.Tensor, riga: int, colonna: int) -> Figure:
    """L'immagine con il ritaglio sotto il kernel, il kernel, e il risultato con il numero che ne esce.

    Args:
        riga, colonna: la casella del risultato da mettere in evidenza.
    """
    (alta, larga), (alto_k, largo_k) = immagine.shape, kernel.shape
    esito = immagine.unfold(0, alto_k, 1).unfold(1, largo_k, 1).mul(kernel).sum((2, 3))
    alto_e, largo_e = esito.shape
    larghezza, centro = larga + largo_k + largo_e + 5, 1.4 + alta / 2
    x_k = larga + 2.4
    x_e, y_e = x_k + largo_k + 2, centro - alto_e / 2
    figura, asse = foglio(larghezza, alta + 3)
    colori = [[AZZURRO if valore else None for valore in fila] for fila in immagine.tolist()]
    for fila in colori[riga : riga + alto_k]:
        fila[colonna : colonna + largo_k] = [ARANCIO] * largo_k
    disegna_tabella(asse, immagine, 0.6, 1.4, colori)
    disegna_tabella(asse, kernel, x_k, centro - alto_k / 2, [[ARANCIO] * largo_k] * alto_k)
    arrivo = [[VERDE if (i, j) == (riga, colonna) else None for j in range(largo_e)] for i in range(alto_e)]
    disegna_tabella(asse, esito, x_e, y_e, arrivo)
    _cornice(asse, 0.6 + colonna, 1.4 + riga, largo_k, alto_k, ROSSO)
    _cornice(asse, x_e + colonna, y_e + riga, 1, 1, ROSSO)
    scrivi(asse, x_k - 0.9, centro, "×", 18)
    freccia(asse, (x_k + largo_k + 0.4, centro), (x_e - 0.4, centro))
    scrivi(asse, 0.6 + larga / 2, 0.75, f"immagine  {alta}×{larga}", 12)
    scrivi(asse, x_k + largo_k / 2, 0.75, f"kernel  {alto_k}×{largo_k}", 12)
    scrivi(asse, x_e + largo_e / 2, 0.75, f"risultato  {alto_e}×{largo_e}", 12)
    ritaglio = immagine[riga : riga + alto_k, colonna : colonna + largo_k]
    conto = f"{_prodotti(ritaglio, kernel)}  =  {all_italiana(esito[riga, colonna].item())}"
    scrivi(asse, larghezza / 2, alta + 2.3, conto, 11.5)
    return figura


def padding_e_stride(lato: int, kernel: int, casi: list[tuple[int, int]]) -> Figure:
    """Per ogni caso (padding, stride): la griglia con la sua cornice di zeri e le posizioni del kernel.

    Ogni punto è il centro di una posizione, cioè un numero che esce; la prima posizione è incorniciata.
    """
    larghezza = lato + 2 * max(p for p, _ in casi) + 1.6
    figura, asse = foglio(larghezza * len(casi), larghezza + 0.7, casella=0.34)
    for numero, (padding, stride) in enumerate(casi):
        esterno = lato + 2 * padding
        esce = (esterno - kernel) // stride + 1
        x = larghezza * numero + (larghezza - esterno) / 2
        y = 1.2 + (larghezza - 1.6 - esterno) / 2
        for i in range(esterno):
            for j in range(esterno):
                vera = padding <= i < esterno - padding and padding <= j < esterno - padding
                disegna_casella(asse, x + j, y + i, AZZURRO if vera else None, ripetuta=not vera)
                if not vera:
                    scrivi(asse, x + j + 0.5, y + i + 0.5, "0", 9, GRIGIO)
        for i in range(esce):
            for j in range(esce):
                dove = (x + j * stride + kernel / 2, y + i * stride + kernel / 2)
                asse.plot(*dove, "o", color=BLU, markersize=7, zorder=4)
        _cornice(asse, x, y, kernel, kernel, ROSSO)
        centro = larghezza * (numero + 0.5)
        scrivi(asse, centro, 0.6, f"padding {padding}, stride {stride}", 12)
        scrivi(asse, centro, larghezza + 0.2, f"{esce}×{esce} posizioni: esce {esce}×{esce}", 11)
    return figura


def max_pooling(valori: torch.Tensor) -> Figure:
    """Una tabella con i riquadri 2×2 di colori diversi, e accanto il massimo di ognuno.

    Args:
        valori: di forma (H, W), pari tutte e due.
    """
    righe, colonne = valori.shape
    toni = [AZZURRO, ARANCIO, VERDE, VIOLA]
    colori = [[toni[(i // 2 * (colonne // 2) + j // 2) % 4] for j in range(colonne)] for i in range(righe)]
    esito = valori.reshape(righe // 2, 2, colonne // 2, 2).amax((1, 3))
    figura, asse = foglio(colonne * 1.5 + 4, righe + 1.8)
    disegna_tabella(asse, valori, 0.6, 1.3, colori)
    x = colonne + 3
    freccia(asse, (colonne + 1, 1.3 + righe / 2), (x - 0.4, 1.3 + righe / 2))
    scrivi(asse, colonne + 1.8, 0.85 + righe / 2, "massimo", 10, GRIGIO)
    disegna_tabella(asse, esito, x, 1.3 + righe / 4, [riga[::2] for riga in colori[::2]])
    scrivi(asse, 0.6 + colonne / 2, 0.7, f"{righe}×{colonne}", 12)
    scrivi(asse, x + colonne / 4, 0.7 + righe / 4, f"{righe // 2}×{colonne // 2}", 12)
    return figura


def rete_a_blocchi(passi: dict[str, tuple[int, ...]]) -> Figure:
    """La rete come una fila di blocchi: alti quanto il lato delle mappe, larghi quanto i canali.

    Args:
        passi: ``{nome: forma}``, in ordine; una forma (C, H, W), oppure (C,) per un vettore. La prima è l'immagine.
    """
    toni = [TENUE, AZZURRO, ARANCIO, VERDE, VIOLA]
    figura, asse = tela(misure=(9.6, 3.7))
    senza_assi(asse)
    larghezze = [0.3 + forma[0] / 55 if len(forma) == 3 else 0.35 for forma in passi.values()]
    spazio = (9.4 - sum(larghezze)) / len(passi)
    x = spazio / 2
    for numero, ((nome, forma), larga) in enumerate(zip(passi.items(), larghezze, strict=True)):
        alta = 0.35 + forma[1] * 0.062 if len(forma) == 3 else 1.5
        stile = {"facecolor": tinta(toni[numero % 5]), "edgecolor": INCHIOSTRO, "linewidth": 1.3}
        asse.add_patch(
            FancyBboxPatch((x, 2.05 - alta / 2), larga, alta, boxstyle="round,pad=0,rounding_size=0.06", **stile)
        )
        scrivi(asse, x + larga / 2, 0.75, "×".join(map(str, forma)), 12, weight="bold")
        scrivi(asse, x + larga / 2, 0.33, nome, 9.5, GRIGIO)
        if numero < len(passi) - 1:
            freccia(asse, (x + larga + 0.12, 2.05), (x + larga + spazio - 0.12, 2.05))
        x += larga + spazio
    scrivi(asse, 4.7, 3.45, "altezza: il lato delle mappe      larghezza: quante mappe (canali)", 10, GRIGIO)
    asse.set(xlim=(0, 9.4), ylim=(0, 3.7))
    return figura


def curva_lr(valori: list[float]) -> Figure:
    """Il learning rate passo dopo passo."""
    figura, asse = tela(misure=(6.6, 2.6))
    asse.plot(valori)
    asse.set(xlabel="passo", ylabel="learning rate", ylim=(0, None))
    return figura


def curve_addestramento(storia: dict[str, list[float]]) -> Figure:
    """La storia restituita da `addestra`: a sinistra le due loss, a destra l'errore di validazione in percento."""
    epoche = range(1, len(storia["loss"]) + 1)
    figura, (prima, seconda) = tela(1, 2, misure=(9, 3.2))
    prima.plot(epoche, storia["loss"], "o-", color=BLU, label="addestramento")
    prima.plot(epoche, storia["loss_validazione"], "s--", color=ARANCIO, label="validazione")
    prima.set(xlabel="epoca", ylabel="loss", xticks=epoche, ylim=(0, None))
    prima.legend(frameon=False)
    errori = [100 * (1 - quota) for quota in storia["metrica_validazione"]]
    seconda.plot(epoche, errori, "s--", color=ARANCIO)
    for epoca, errore in zip(epoche, errori, strict=True):
        scritta = f"{errore:.2f} %".replace(".", ",")
        seconda.annotate(scritta, (epoca, errore), xytext=(6, 6), textcoords="offset points")
    seconda.set(xlabel="epoca", ylabel="errori di validazione (%)", xticks=epoche, ylim=(0, max(errori) * 1.3 + 0.01))
    seconda.margins(x=0.25)
    return figura


def matrice_confusione(
    matrice: torch.Tensor,
    nomi: Sequence[str] | None = None,
    scritte: tuple[str, str] = ("cifra vera", "cifra prevista"),
) -> Figure:
    """La matrice di confusione: le classi vere sulle righe, le previsioni sulle colonne; il colore dice gli errori.

    Args:
        matrice: i conteggi, di forma (C, C).
        nomi: uno per classe; senza, i numeri da 0 in su.
        scritte: quella delle righe e quella delle colonne.
    """
    matrice = matrice.cpu()
    classi = len(matrice)
    diagonale = torch.eye(classi, dtype=torch.bool)
    errori = matrice.masked_fill(diagonale, 0)
    figura, asse = tela(misure=(3 + 0.36 * classi, 2 + 0.36 * classi))
    colori = asse.imshow(errori, cmap="Oranges", vmin=0, vmax=max(1, int(errori.max())))
    for i in range(classi):
        for j in range(classi):
            valore = int(matrice[i, j])
            if i == j:
                asse.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fc=TENUE, ec="white"))
            if valore:
                scuro = i != j and valore > 0.6 * errori.max()
                asse.text(j, i, valore, ha="center", va="center", fontsize=10, color="white" if scuro else INCHIOSTRO)
    asse.set(ylabel=scritte[0], xlabel=scritte[1])
    asse.set_xticks(range(classi), nomi or range(classi), rotation=30 if nomi else 0)
    asse.set_yticks(range(classi), nomi or range(classi))
    asse.grid(False)
    figura.colorbar(colori, ax=asse, label="errori", shrink=0.8)
    return figura


def probabilita(immagine: torch.Tensor, quote: torch.Tensor) -> Figure:
    """Un'immagine e, accanto, la probabilità che la rete dà a ogni cifra; in arancio la più alta.

    Args:
        immagine: di forma (H, W).
        quote: le probabilità, di forma (10,).
    """
    quote = quote.detach().cpu()
    figura, (prima, seconda) = tela(1, 2, misure=(8, 2.9), width_ratios=[1, 2.2])
    senza_assi(prima)
    _immagine(prima, immagine, segno=False)
    colori = [ARANCIO if cifra == int(quote.argmax()) else AZZURRO for cifra in range(len(quote))]
    barre = seconda.bar(range(len(quote)), quote, color=colori)
    scritte = ["" if quota < 0.005 else f"{100 * quota:.0f} %" for quota in quote.tolist()]
    seconda.bar_label(barre, scritte, padding=2, fontsize=10)
    seconda.set(xlabel="cifra", ylabel="probabilità", xticks=range(len(quote)), ylim=(0, 1.12))
    seconda.grid(False)
    return figura


def _immagine(riquadro: Axes, immagine: torch.Tensor, segno: bool) -> None:
    immagine = immagine.detach().cpu().float()
    if segno:
        ampiezza = float(immagine.abs().max()) or 1.0
        riquadro.imshow(immagine, cmap=SCALA_SEGNO, vmin=-ampiezza, vmax=ampiezza, interpolation="nearest")
    else:
        riquadro.imshow(immagine, cmap="gray", interpolation="nearest")


def _prodotti(ritaglio: torch.Tensor, kernel: torch.Tensor) -> str:
    """Le moltiplicazioni casella per casella, una riga del ritaglio dopo l'altra."""
    pesi = [
        [f"({all_italiana(peso)})" if peso < 0 else all_italiana(peso) for peso in fila] for fila in kernel.tolist()
    ]
    valori = [[all_italiana(valore) for valore in fila] for fila in ritaglio.tolist()]
    file = [
        " + ".join(f"{valore}·{peso}" for valore, peso in zip(*due, strict=True))
        for due in zip(valori, pesi, strict=True)
    ]
    return "  +  ".join(file)


def _cornice(asse: Axes, x: float, y: float, larga: float, alta: float, colore: str) -> None:
    asse.add_patch(Rectangle((x, y), larga, alta, fc="none", ec=colore, lw=3, zorder=5))
