"""Le figure della lezione 01: assi, ritagli, passi in memoria, broadcasting, riduzioni, prodotti, batch.

Quasi tutte sono griglie di caselle quadrate su un foglio a coordinate intere: x cresce verso destra, y verso il basso.
"""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from sklearn.datasets import load_sample_image

from corso_pytorch.grafici.griglia import (
    disegna_casella,
    disegna_tabella,
    foglio,
    freccia,
    scrivi,
)
from corso_pytorch.grafici.numeri import all_italiana
from corso_pytorch.grafici.stile import (
    ARANCIO,
    AZZURRO,
    BLU,
    CODICE,
    GIALLO,
    GRIGIO,
    INCHIOSTRO,
    ROSSO,
    VERDE,
    VIOLA,
    senza_assi,
    tela,
)


def assi(numero: torch.Tensor, riga: torch.Tensor, tabella: torch.Tensor, pila: torch.Tensor) -> Figure:
    """Quattro tensori con 0, 1, 2 e 3 assi, ognuno con le frecce dei suoi assi."""
    figura, asse = foglio(21.6, 7.6)
    disegna_tabella(asse, numero, 0.6, 3, ARANCIO)
    disegna_tabella(asse, riga, 3.4, 3, AZZURRO)
    _freccia_con_nome(asse, (3.4, 2.6), (7.4, 2.6), "asse 0")
    disegna_tabella(asse, tabella, 9.2, 2, VERDE)
    _freccia_con_nome(asse, (8.9, 2), (8.9, 5), "asse 0", verticale=True)
    _freccia_con_nome(asse, (9.2, 1.6), (13.2, 1.6), "asse 1")
    strati = pila.shape[0]
    for strato in reversed(range(strati)):
        disegna_tabella(asse, pila[strato], 15.6 + 0.8 * strato, 2 - 0.8 * strato, VIOLA, piano=strati - strato)
    _freccia_con_nome(asse, (20.1, 4.9), (20.1 + 0.8, 4.9 - 0.8), "asse 0", spazio=(0.25, 0.75))
    _freccia_con_nome(asse, (15.3, 2), (15.3, 5), "asse 1", verticale=True)
    _freccia_con_nome(asse, (15.6, 5.4), (19.6, 5.4), "asse 2", sotto=True)
    nomi = ("un numero", "una riga", "una tabella", "una pila")
    for nome, tensore, x in zip(nomi, (numero, riga, tabella, pila), (1.1, 5.4, 11.2, 18), strict=True):
        scrivi(asse, x, 6.75, f"{nome}\nforma {tuple(tensore.shape)}")
    return figura


def ritagli(tabella: torch.Tensor, pezzi: dict[str, torch.Tensor]) -> Figure:
    """La stessa tabella più volte; in ognuna è colorato il pezzo preso. I valori devono essere tutti diversi."""
    righe, colonne = tabella.shape
    figura, asse = foglio((colonne + 1) * len(pezzi), righe + 2.1)
    for numero, (nome, pezzo) in enumerate(pezzi.items()):
        x = 0.5 + numero * (colonne + 1)
        preso = torch.isin(tabella, pezzo.flatten())
        disegna_tabella(asse, tabella, x, 1.1, [[AZZURRO if si else None for si in riga] for riga in preso.tolist()])
        scrivi(asse, x + colonne / 2, 0.6, nome, 10, family="monospace")
        scrivi(asse, x + colonne / 2, righe + 1.6, f"forma {tuple(pezzo.shape)}", 10)
    return figura


def passi(viste: dict[str, torch.Tensor]) -> Figure:
    """Per ogni vista a due assi, sopra la tabella che si vede e sotto la memoria in fila, con passi e partenza.

    Ogni riga della vista ha un colore, e le stesse caselle in memoria hanno lo stesso colore.
    """
    larghezza = 8
    figura, asse = foglio(larghezza * len(viste), 9.1)
    for numero, (nome, vista) in enumerate(viste.items()):
        _vista_e_memoria(asse, nome, vista, numero * larghezza, larghezza)
    return figura


def broadcasting(a: torch.Tensor, b: torch.Tensor, esito: torch.Tensor, segno: str) -> Figure:
    """Due tensori (al più due assi) che si estendono alla forma dell'esito: in grigio i numeri riletti senza copiarli.

    Raises:
        RuntimeError: le forme non vanno d'accordo.
    """
    righe, colonne = esito.shape
    figura, asse = foglio(3 * colonne + 10.6, righe + 1.6)
    x = 0.5
    for tensore, colore, dopo in ((a, AZZURRO, segno), (b, ARANCIO, "="), (esito, VERDE, "")):
        vere_righe, vere_colonne = (1,) * (2 - tensore.dim()) + tuple(tensore.shape)
        for i, riga in enumerate(tensore.expand(righe, colonne).tolist()):
            for j, valore in enumerate(riga):
                vera = i < vere_righe and j < vere_colonne
                disegna_casella(asse, x + j, 1.2 + i, colore if vera else None, ripetuta=not vera)
                scrivi(asse, x + j + 0.5, 1.7 + i, all_italiana(valore), 12, INCHIOSTRO if vera else GRIGIO)
        scrivi(asse, x + colonne / 2, 0.6, str(tuple(tensore.shape)), 12)
        scrivi(asse, x + colonne + 0.75, 1.2 + righe / 2, dopo, 16)
        x += colonne + 1.5
    forme = (tuple(a.shape), tuple(b.shape), tuple(esito.shape))
    _forme_in_colonna(asse, *forme, x + 0.4, 1.2 + righe / 2 - 1.5)
    return figura


def riduzioni(tabella: torch.Tensor) -> Figure:
    """La media di una tabella lungo l'asse 0 (in basso) e lungo l'asse 1 (a destra)."""
    righe, colonne = tabella.shape
    figura, asse = foglio(2 * colonne + 5.6, righe + 4.1)
    colori = [AZZURRO, ARANCIO, VERDE, VIOLA, GIALLO, ROSSO]
    per_colonna = [[colori[j % 6] for j in range(colonne)] for _ in range(righe)]
    disegna_tabella(asse, tabella, 0.6, 1.2, per_colonna)
    for j in range(colonne):
        _freccia_con_nome(asse, (1.1 + j, righe + 1.3), (1.1 + j, righe + 2))
    disegna_tabella(asse, tabella.mean(dim=0), 0.6, righe + 2.1, per_colonna[:1])
    scrivi(asse, 0.6 + colonne / 2, 0.6, "mean(dim=0)", family="monospace")
    scrivi(asse, 0.6 + colonne / 2, righe + 3.6, f"sparisce l'asse 0: {(colonne,)}")
    x = colonne + 2.8
    per_riga = [[colori[i % 6]] * colonne for i in range(righe)]
    disegna_tabella(asse, tabella, x, 1.2, per_riga)
    for i in range(righe):
        _freccia_con_nome(asse, (x + colonne + 0.1, 1.7 + i), (x + colonne + 0.9, 1.7 + i))
    disegna_tabella(asse, tabella.mean(dim=1)[:, None], x + colonne + 1, 1.2, [riga[:1] for riga in per_riga])
    scrivi(asse, x + colonne / 2, 0.6, "mean(dim=1)", family="monospace")
    scrivi(asse, x + colonne / 2, righe + 1.7, f"sparisce l'asse 1: {(righe,)}")
    return figura


def prodotto(a: torch.Tensor, b: torch.Tensor, riga: int = 0, colonna: int = 0) -> Figure:
    """Il prodotto fra matrici: ``a`` a sinistra, ``b`` in alto, ``a @ b`` dove si incrociano (uno in evidenza)."""
    (righe, comuni), colonne = a.shape, b.shape[1]
    figura, asse = foglio(comuni + colonne + 8, comuni + righe + 2.1)
    x, y = comuni + 1.4, comuni + 1.2
    evidenza_a = [[AZZURRO if i == riga else None] * comuni for i in range(righe)]
    evidenza_b = [[ARANCIO if j == colonna else None for j in range(colonne)]] * comuni
    evidenza_c = [[VERDE if (i, j) == (riga, colonna) else None for j in range(colonne)] for i in range(righe)]
    disegna_tabella(asse, a, 0.8, y, evidenza_a)
    disegna_tabella(asse, b, x, 0.6, evidenza_b)
    disegna_tabella(asse, a @ b, x, y, evidenza_c)
    scrivi(asse, 0.8 + comuni / 2, y + righe + 0.5, f"a: {tuple(a.shape)}")
    scrivi(asse, x + colonne + 0.4, 0.6 + comuni / 2, f"b: {tuple(b.shape)}", ha="left")
    scrivi(asse, x + colonne / 2, y + righe + 0.5, f"a @ b: {(righe, colonne)}")
    addendi = " + ".join(
        f"{all_italiana(p)}·{all_italiana(q)}" for p, q in zip(a[riga].tolist(), b[:, colonna].tolist(), strict=True)
    )
    scrivi(asse, x + colonne + 0.4, y + riga + 0.5, f"= {addendi}", ha="left")
    return figura


def fiore() -> torch.Tensor:
    """Una foto H×W×C, (80, 120, 3), ``uint8``: quella di scikit-learn, ogni punto la media di un quadrato 5×5."""
    intera = torch.from_numpy(load_sample_image("flower.jpg").copy())[:400, :600]
    quadrati = intera.long().reshape(80, 5, 120, 5, 3)
    return (quadrati.sum(dim=(1, 3)) // 25).to(torch.uint8)


def canali(immagine: torch.Tensor) -> Figure:
    """Un'immagine 3×H×W con valori in [0, 1], e accanto i suoi tre canali in scala di grigi."""
    figura, riquadri = tela(1, 4, misure=(10, 2.25))
    riquadri[0].imshow(immagine.permute(1, 2, 0).numpy(), interpolation="nearest")
    riquadri[0].set_title("l'immagine")
    for numero, nome in enumerate(("rosso", "verde", "blu")):
        riquadri[numero + 1].imshow(immagine[numero].numpy(), cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        riquadri[numero + 1].set_title(f"canale {numero}: {nome}")
    figura.supxlabel("nei canali: chiaro = valore alto", fontsize=10, color=GRIGIO)
    senza_assi(*riquadri)
    return figura


def affianca(immagini: dict[str, torch.Tensor]) -> Figure:
    """Più immagini una accanto all'altra, ognuna con il suo titolo.

    Ciascuna è una foto H×W×3 ``uint8``, un'immagine 3×H×W con valori in [0, 1], o una maschera H×W (bianco: vero).
    """
    figura, riquadri = tela(1, len(immagini), misure=(3.6 * len(immagini), 2.7), squeeze=False)
    for riquadro, (titolo, immagine) in zip(riquadri[0], immagini.items(), strict=True):
        colori_davanti = immagine.ndim == 3 and immagine.dtype != torch.uint8
        da_mostrare = immagine.permute(1, 2, 0) if colori_davanti else immagine
        riquadro.imshow(da_mostrare.cpu().numpy(), cmap="gray", interpolation="nearest")
        riquadro.set_title(titolo, family="monospace", fontsize=11)
    senza_assi(*riquadri[0])
    return figura


def _vista_e_memoria(asse: Axes, nome: str, vista: torch.Tensor, x: float, larghezza: float) -> None:
    righe, colonne = vista.shape
    passo_righe, passo_colonne = vista.stride()
    memoria = torch.as_strided(vista, (vista.untyped_storage().nbytes() // vista.element_size(),), (1,), 0)
    toni = [AZZURRO, ARANCIO, VERDE, VIOLA, GIALLO]
    centro = x + larghezza / 2
    istruzioni = f"forma {tuple(vista.shape)}  passi {vista.stride()}  partenza {vista.storage_offset()}"
    scrivi(asse, centro, 0.4, nome, 12, **CODICE)
    scrivi(asse, centro, 1.1, istruzioni, 10)
    disegna_tabella(asse, vista, centro - colonne / 2, 1.7, [[toni[i % 5]] * colonne for i in range(righe)])
    di_chi = {
        vista.storage_offset() + i * passo_righe + j * passo_colonne: toni[i % 5]
        for i in range(righe)
        for j in range(colonne)
    }
    inizio, y = centro - len(memoria) / 2, 6.4
    disegna_tabella(asse, memoria, inizio, y, [[di_chi.get(k) for k in range(len(memoria))]])
    scrivi(asse, inizio + len(memoria), y + 2.15, "in memoria", 10, GRIGIO, ha="right")
    prima = inizio + vista.storage_offset() + 0.5
    _arco(asse, prima, y, passo_colonne, "asse 1", BLU, verso=-1)
    _arco(asse, prima, y + 1, passo_righe, "asse 0", ROSSO, verso=1)


def _arco(asse: Axes, x: float, y: float, passo: int, nome: str, colore: str, verso: int) -> None:
    """Il salto da una casella della memoria a quella che sta ``passo`` più in là: sopra (verso −1) o sotto (1)."""
    stile = {"connectionstyle": f"arc3,rad={verso * 0.5}", "arrowstyle": "-|>", "mutation_scale": 12}
    asse.add_patch(FancyArrowPatch((x, y), (x + passo, y), color=colore, lw=1.8, **stile))
    scrivi(asse, x + passo / 2, y + verso * (passo / 4 + 0.4), f"{nome}: +{passo}", 10, colore)


def _forme_in_colonna(asse: Axes, forma_a, forma_b, esito, x: float, y: float) -> None:
    """Le due forme allineate a destra, una sotto l'altra, e la forma che ne esce."""
    assi_esito = len(esito)
    for k, (nome, forma, colore) in enumerate(
        (("prima", forma_a, BLU), ("seconda", forma_b, ROSSO), ("esito", esito, VERDE))
    ):
        scrivi(asse, x, y + k + 0.5, nome, 10, GRIGIO, ha="left")
        mancano = assi_esito - len(forma)
        for j in range(assi_esito):
            scritto = "manca" if j < mancano else str(forma[j - mancano])
            tono, grande = (GRIGIO, 9) if j < mancano else (colore, 13)
            scrivi(asse, x + 2.7 + 1.3 * j, y + k + 0.5, scritto, grande, tono)
    asse.plot([x, x + 2.2 + 1.3 * assi_esito], [y + 2, y + 2], color=GRIGIO, lw=1)


def _freccia_con_nome(asse, da, a, testo="", verticale=False, sotto=False, spazio=None) -> None:
    """Una freccia con il suo nome accanto."""
    freccia(asse, da, a)
    x, y = (da[0] + a[0]) / 2, (da[1] + a[1]) / 2
    if spazio:
        scrivi(asse, da[0] + spazio[0], da[1] + spazio[1], testo, 10, GRIGIO)
    elif verticale:
        scrivi(asse, x - 0.35, y, testo, 10, GRIGIO, rotation=90)
    elif testo:
        scrivi(asse, x, y + (0.4 if sotto else -0.4), testo, 10, GRIGIO)
