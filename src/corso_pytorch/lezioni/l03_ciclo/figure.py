"""Le figure della lezione 03: le quattro fasi, le curve della loss, gli ottimizzatori, l'overfitting, i confini."""

from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from corso_pytorch.grafici.griglia import freccia, scatola, scrivi
from corso_pytorch.grafici.numeri import Tacche, all_italiana
from corso_pytorch.grafici.stile import (
    ARANCIO,
    AZZURRO,
    BLU,
    COLORI,
    GRIGIO,
    INCHIOSTRO,
    ROSSO,
    TENUE,
    VERDE,
    VIOLA,
    senza_assi,
    tela,
)


def ciclo_quattro_fasi() -> Figure:
    """Le quattro fasi di un passo disposte in cerchio, con l'azzeramento dei gradienti prima del backward."""
    figura, asse = tela(misure=(8.4, 4.6))
    senza_assi(asse)
    asse.set(xlim=(0, 8.4), ylim=(0, 4.6))
    fasi = [
        ("1 · forward", "previsione = modello(x)", "i dati diventano una previsione", (0.1, 3.2), BLU),
        ("2 · loss", "loss = loss_fn(previsione, y)", "quanto è sbagliata: un numero", (5.0, 3.2), ARANCIO),
        ("3 · backward", "loss.backward()", "di chi è la colpa: i gradienti", (5.0, 0.15), VERDE),
        ("4 · step", "ottimizzatore.step()", "i pesi si spostano di poco", (0.1, 0.15), VIOLA),
    ]
    for nome, codice, senso, angolo, colore in fasi:
        scatola(asse, *angolo, 3.3, 1.25, colore, forza=0, tondo=0.15, ec=colore, lw=2.5)
        x, y = angolo[0] + 1.65, angolo[1]
        scrivi(asse, x, y + 0.98, nome, 13, weight="bold")
        scrivi(asse, x, y + 0.61, codice, family="monospace")
        scrivi(asse, x, y + 0.26, senso, 10.5, GRIGIO)
    scatola(asse, 5.25, 1.95, 2.8, 0.72, GRIGIO, forza=0, tondo=0.15, lw=2.5, ls="--")
    scrivi(asse, 6.65, 2.14, "cancella i gradienti di prima", 10.5, GRIGIO)
    scrivi(asse, 6.65, 2.48, "ottimizzatore.zero_grad()", family="monospace")
    for partenza, arrivo in [
        ((3.5, 3.85), (4.9, 3.85)),
        ((6.65, 3.15), (6.65, 2.72)),
        ((6.65, 1.9), (6.65, 1.45)),
        ((4.9, 0.8), (3.5, 0.8)),
        ((1.75, 1.45), (1.75, 3.1)),
    ]:
        freccia(asse, partenza, arrivo, color=INCHIOSTRO, lw=1.8, mutation_scale=20)
    scrivi(asse, 1.95, 2.31, "e da capo, con pesi\nun po' migliori", ha="left")
    return figura


def discese(
    superficie: Callable[[torch.Tensor], torch.Tensor],
    percorsi: dict[str, torch.Tensor],
    minimo: tuple[float, float] = (0.0, 0.0),
    nomi: tuple[str, str] = ("", ""),
) -> Figure:
    """Il cammino di ogni ottimizzatore sulle curve di livello della stessa superficie, uno sotto l'altro.

    Args:
        superficie: da un tensore (..., 2) di punti alle loro altezze, di forma (...).
        percorsi: ``{nome: punti}``, di forma (passi, 2).
        nomi: delle due coordinate.
    """
    figura, assi = tela(len(percorsi), 1, misure=(7.4, 1.95 * len(percorsi)), sharex=True, squeeze=False)
    tutti = torch.cat(list(percorsi.values()))
    basso, alto = tutti.min(0).values - 0.6, tutti.max(0).values + 0.6
    x = torch.linspace(float(basso[0]), float(alto[0]), 200, dtype=tutti.dtype)
    y = torch.linspace(float(basso[1]), float(alto[1]), 120, dtype=tutti.dtype)
    quote = superficie(torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)).sqrt()
    for asse, colore, (nome, punti) in zip(assi[:, 0], COLORI, percorsi.items(), strict=False):
        asse.contour(x, y, quote, levels=12, colors=TENUE, linewidths=1.2)
        asse.plot(punti[:, 0], punti[:, 1], color=colore, marker="o", markersize=3.5, linewidth=1.3)
        asse.plot(*minimo, marker="*", markersize=15, color=ROSSO, linestyle="none", zorder=4)
        asse.plot(*punti[0], marker="s", markersize=9, color=INCHIOSTRO, linestyle="none", zorder=4)
        asse.set_title(nome, loc="left")
        asse.set_ylabel(nomi[1])
        asse.grid(False)
    assi[-1, 0].set_xlabel(nomi[0])
    return figura


def tre_learning_rate(
    funzione: Callable[[torch.Tensor], torch.Tensor], percorsi: dict[str, torch.Tensor], limiti: tuple[float, float]
) -> Figure:
    """La stessa curva, affiancata, con i passi fatti con ogni learning rate.

    Args:
        percorsi: ``{titolo: valori del peso passo dopo passo}``, di forma (passi,).
        limiti: l'intervallo dei pesi da disegnare.
    """
    figura, assi = tela(1, len(percorsi), misure=(3.1 * len(percorsi), 3.3), sharey=True, squeeze=False)
    w = torch.linspace(*limiti, 200)
    for asse, colore, (nome, punti) in zip(assi[0], COLORI, percorsi.items(), strict=False):
        asse.plot(w, funzione(w), color=GRIGIO, linewidth=1.5)
        asse.plot(punti, funzione(punti), color=colore, marker="o", markersize=5, linewidth=1.3)
        asse.plot(punti[0], funzione(punti[0]), marker="s", markersize=9, color=INCHIOSTRO, linestyle="none", zorder=4)
        asse.set(title=nome, xlabel="peso w", xlim=limiti, ylim=(-0.5, float(funzione(w).max())))
    assi[0, 0].set_ylabel("loss")
    return figura


def adattamenti(
    pannelli: dict[str, tuple[torch.nn.Module, torch.Tensor, torch.Tensor]],
    vera: Callable[[torch.Tensor], torch.Tensor] = torch.sin,
) -> Figure:
    """Un riquadro per modello: i punti su cui è stato addestrato, la curva imparata e quella vera.

    Args:
        pannelli: ``{titolo: (modello, x, y)}``; modello, x e y (N, 1) sullo stesso dispositivo.
        vera: la curva da cui vengono i punti, senza rumore.
    """
    figura, assi = tela(1, len(pannelli), misure=(3.5 * len(pannelli), 3.5), sharey=True, squeeze=False)
    fitti = torch.linspace(-3, 3, 300).unsqueeze(1)
    for asse, (nome, (modello, x, y)) in zip(assi[0], pannelli.items(), strict=True):
        with torch.no_grad():
            imparata = modello(fitti.to(x.device)).cpu()
        asse.scatter(x.cpu(), y.cpu(), color=AZZURRO, s=30 if len(x) < 100 else 9, label="punti visti")
        asse.plot(fitti, vera(fitti), color=INCHIOSTRO, linestyle="--", linewidth=1.5, label="curva vera")
        asse.plot(fitti, imparata, color=ROSSO, label="curva imparata")
        asse.set(title=nome, xlabel="x", ylim=(-2.7, 2.7))
    assi[0, 0].set_ylabel("y")
    figura.legend(*assi[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figura


def barre_entropia(logit: torch.Tensor, giusta: int, nomi: list[str]) -> Figure:
    """Da sinistra: i logit, le probabilità dopo la softmax, il costo −log p; in arancio la classe giusta.

    Args:
        logit: i punteggi di un esempio, di forma (C,).
        giusta: l'indice della classe giusta.
        nomi: il nome di ogni classe.
    """
    probabilita = logit.softmax(0)
    figura, assi = tela(1, 3, misure=(9.4, 3.3))
    colori = [ARANCIO if classe == giusta else AZZURRO for classe in range(len(nomi))]
    titoli = ["logit", "softmax: probabilità", "costo: −log p"]
    for asse, titolo, valori in zip(assi, titoli, [logit, probabilita, -probabilita.log()], strict=True):
        barre = asse.bar(nomi, valori.tolist(), color=colori)
        asse.bar_label(barre, fmt=lambda valore: all_italiana(valore, ".2f"), padding=2)
        asse.margins(y=0.18)
        asse.axhline(0, color=INCHIOSTRO, linewidth=0.8)
        asse.grid(False)
        asse.set_title(titolo)
    barre[giusta].set_edgecolor(INCHIOSTRO)
    barre[giusta].set_linewidth(2.5)
    for classe, barra in enumerate(barre):
        if classe != giusta:
            barra.set_alpha(0.35)
    assi[2].set_xlabel("conta solo la classe giusta")
    return figura


def regioni_decisione(x: torch.Tensor, y: torch.Tensor, modello: torch.nn.Module | None = None) -> Figure:
    """Punti di due classi nel piano; con un modello, anche quanto è probabile la classe 1 in ogni punto.

    Args:
        x: i punti, di forma (N, 2).
        y: le etichette 0 e 1, di forma (N,).
        modello: da (N, 2) a (N, 2) logit.
    """
    figura, asse = tela(misure=(5.4 if modello is None else 6.2, 4.6))
    x, y = x.cpu(), y.cpu()
    if modello is not None:
        _sfondo(asse, modello, 1.15 * float(x.abs().max()), figura)
    for classe, colore in enumerate([BLU, ROSSO]):
        scelti = x[y == classe]
        asse.scatter(
            scelti[:, 0], scelti[:, 1], s=20, color=colore, marker="os"[classe], edgecolor="white", linewidth=0.5,
            label=f"classe {classe}", zorder=3,
        )  # fmt: skip
    asse.set_aspect("equal")
    asse.grid(False)
    asse.legend(loc="lower left", frameon=True, framealpha=0.9, fontsize=9, handletextpad=0.1)
    return figura


def _sfondo(asse: Axes, modello: torch.nn.Module, limite: float, figura: Figure) -> None:
    griglia = torch.linspace(-limite, limite, 160)
    punti = torch.stack(torch.meshgrid(griglia, griglia, indexing="xy"), dim=-1)
    dispositivo = next(modello.parameters()).device
    with torch.no_grad():
        probabilita = modello(punti.view(-1, 2).to(dispositivo)).softmax(1)[:, 1].view(160, 160).cpu()
    colori = LinearSegmentedColormap.from_list("due classi", ["#A6CDE6", "white", "#F3BE9B"])
    immagine = asse.contourf(griglia, griglia, probabilita, levels=20, vmin=0, vmax=1, cmap=colori)
    asse.contour(griglia, griglia, probabilita, levels=[0.5], colors=INCHIOSTRO, linewidths=1.5)
    figura.colorbar(immagine, ax=asse, label="probabilità della classe 1", ticks=[0, 0.5, 1], format=Tacche())
