"""Le figure della lezione 04: cifre, kernel che scorrono, padding e stride, pooling, la rete, curve, spostamenti."""

from collections.abc import Iterable

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from corso_pytorch.grafici.curve import disegna_curve, legenda_fuori
from corso_pytorch.grafici.griglia import disegna_casella, disegna_tabella, foglio, freccia, scatola, scrivi
from corso_pytorch.grafici.numeri import all_italiana
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
    """La rete come una fila di blocchi: alti quanto il lato delle mappe, larghi quanto i canali; in fondo, i numeri.

    Args:
        passi: ``{nome: forma}``, in ordine; una forma (C, H, W), oppure (C,) per un vettore, disegnato come
            una colonna di C caselle. La prima è l'immagine.
    """
    toni = [TENUE, AZZURRO, ARANCIO, VERDE]
    figura, asse = tela(misure=(9.6, 3.7))
    senza_assi(asse)
    larghezze = [0.3 + forma[0] / 55 if len(forma) == 3 else 0.15 for forma in passi.values()]
    spazio = (9.4 - sum(larghezze)) / len(passi)
    x = spazio / 2
    for numero, ((nome, forma), larga) in enumerate(zip(passi.items(), larghezze, strict=True)):
        if len(forma) == 3:
            alta = 0.35 + forma[1] * 0.062
            scatola(asse, x, 2.05 - alta / 2, larga, alta, toni[numero % 4], forza=0.45, ec=INCHIOSTRO)
        else:
            for posto in range(forma[0]):
                y = 2.05 + larga * (posto - forma[0] / 2)
                disegna_casella(asse, x, y, None, larga=larga, alta=larga)
        scrivi(asse, x + larga / 2, 0.75, "×".join(map(str, forma)), 12, weight="bold")
        scrivi(asse, x + larga / 2, 0.33, nome, 9.5, GRIGIO)
        if numero < len(passi) - 1:
            freccia(asse, (x + larga + 0.12, 2.05), (x + larga + spazio - 0.12, 2.05))
        x += larga + spazio
    legenda = "altezza: il lato delle mappe      larghezza: quante mappe (canali)      caselle: numeri"
    scrivi(asse, 4.7, 3.45, legenda, 10, GRIGIO)
    asse.set(xlim=(0, 9.4), ylim=(0, 3.7))
    return figura


def ciclo_unico(passi: int) -> Figure:
    """Il learning rate di `OneCycleLR`, passo dopo passo, in parti del massimo. Lo fa avanzare un peso finto."""
    finto = torch.optim.SGD([torch.zeros(1, requires_grad=True)])
    scheduler = torch.optim.lr_scheduler.OneCycleLR(finto, max_lr=1.0, total_steps=passi)
    valori = []
    for _ in range(passi):
        valori.append(scheduler.get_last_lr()[0])
        finto.step()
        scheduler.step()
    figura, asse = tela(misure=(6.6, 2.6))
    asse.plot(valori)
    asse.set(xlabel="passo", ylabel="learning rate / max_lr", ylim=(0, None))
    return figura


def curve_spostamenti(curve: dict[str, dict[str, list[float]]], pixel: Iterable[int]) -> Figure:
    """L'accuratezza contro lo spostamento: un riquadro per direzione, una linea per modello.

    Args:
        curve: ``{direzione: {modello: accuratezze}}``, fra 0 e 1, una per ogni spostamento di ``pixel``. Le direzioni
            sono ``"orizzontale"`` e ``"verticale"``.
    """
    versi = {"orizzontale": "← a sinistra · a destra →", "verticale": "← in su · in giù →"}
    figura, assi = tela(1, len(curve), misure=(9.4, 3.4), sharey=True)
    for asse, (direzione, linee) in zip(assi, curve.items(), strict=True):
        percento = {nome: [100 * quota for quota in quote] for nome, quote in linee.items()}
        disegna_curve(asse, percento, x=list(pixel), marker="o", markersize=3.5)
        asse.set(title=f"spostamento {direzione}", xlabel=f"{versi[direzione]}   (pixel)", ylim=(0, 103))
        asse.set_xticks(list(pixel)[::2])
    assi[0].set_ylabel("accuratezza (%)")
    legenda_fuori(assi[-1])
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
        scritta = f"{all_italiana(errore, '.2f')} %"
        seconda.annotate(scritta, (epoca, errore), xytext=(6, 6), textcoords="offset points")
    seconda.set(xlabel="epoca", ylabel="errori di validazione (%)", xticks=epoche, ylim=(0, max(errori) * 1.3 + 0.01))
    seconda.margins(x=0.25)
    return figura


def matrice_confusione(matrice: torch.Tensor) -> Figure:
    """La matrice di confusione: le cifre vere sulle righe, le previsioni sulle colonne; il colore dice gli errori.

    Args:
        matrice: i conteggi, di forma (C, C).
    """
    conteggi = matrice.int().cpu().numpy()
    classi = len(conteggi)
    errori = conteggi - np.diag(np.diag(conteggi))
    figura, asse = tela(misure=(3 + 0.36 * classi, 2 + 0.36 * classi))
    colori = asse.imshow(errori, cmap="Oranges", vmin=0, vmax=max(1, errori.max()))
    for (i, j), valore in np.ndenumerate(conteggi):
        if i == j:
            asse.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fc=TENUE, ec="white"))
        if valore:
            scuro = i != j and valore > 0.6 * errori.max()
            scrivi(asse, j, i, str(valore), 10, "white" if scuro else INCHIOSTRO)
    asse.set(ylabel="cifra vera", xlabel="cifra prevista", xticks=range(classi), yticks=range(classi))
    asse.grid(False)
    figura.colorbar(colori, ax=asse, label="errori", shrink=0.8)
    return figura


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
