"""Le figure della lezione 09: onde, campionamento, spettri, spettrogrammi, filtri Mel, strumenti, rumore."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corso_pytorch.grafici.curve import disegna_curve, legenda_fuori
from corso_pytorch.grafici.stile import ARANCIO, BLU, COLORI, GRIGIO, INCHIOSTRO, tela

# Ciò che sta più di 60 decibel sotto il massimo si disegna come silenzio.
_GAMMA = 60


def onde(suoni: Mapping[str, torch.Tensor], campioni_al_secondo: int, punti: bool = False) -> Figure:
    """Una riga per suono, con il tempo in millisecondi; le righe hanno lo stesso tempo e la stessa altezza.

    Args:
        suoni: ``{nome: onda}``, ogni onda di forma (N,).
        punti: segna ogni campione, per vedere che il suono è una fila di numeri.
    """
    figura, riquadri = _tela(
        len(suoni), 1, misure=(6.4, 1.2 * len(suoni) + 0.7), sharex=True, sharey=True, squeeze=False
    )
    for riquadro, (nome, onda), colore in zip(riquadri[:, 0], suoni.items(), COLORI, strict=False):
        onda = onda.detach().cpu()
        millisecondi = 1000 * torch.arange(len(onda)) / campioni_al_secondo
        riquadro.plot(millisecondi, onda, "o-" if punti else "-", color=colore, lw=1, markersize=3)
        riquadro.set_title(nome, fontsize=11, loc="left", pad=3)
    riquadri[-1, 0].set(xlabel="millisecondi")
    return figura


def campionamento(frequenze: Sequence[float], campioni_al_secondo: int, millisecondi: float) -> Figure:
    """Due onde continue e i campioni che se ne prendono: se i punti coincidono, dai campioni non si distinguono.

    Args:
        frequenze: due, in hertz; la seconda è disegnata con il segno cambiato, così i campioni si sovrappongono.
    """
    figura, asse = _tela(misure=(6.4, 2.6))
    fitti = torch.linspace(0, millisecondi / 1000, 4000, dtype=torch.float64)
    tempi = torch.arange(int(millisecondi / 1000 * campioni_al_secondo) + 1, dtype=torch.float64) / campioni_al_secondo
    for frequenza, segno, colore, tratto in zip(frequenze, (1, -1), (BLU, ARANCIO), ("-", "--"), strict=True):
        onda = segno * torch.sin(2 * torch.pi * frequenza * fitti)
        nome = f"{frequenza:g} Hz" + (", capovolta" if segno < 0 else "")
        asse.plot(1000 * fitti, onda, tratto, color=colore, lw=1.4, label=nome)
    campioni = torch.sin(2 * torch.pi * frequenze[0] * tempi)
    asse.plot(1000 * tempi, campioni, "o", color=INCHIOSTRO, markersize=6, label="campioni")
    asse.set(xlabel="millisecondi", ylim=(-1.15, 1.15))
    legenda_fuori(asse)
    return figura


def spettro(
    frequenze: torch.Tensor, ampiezze: torch.Tensor, note: Mapping[str, float] | None = None, fino: float | None = None
) -> Figure:
    """Quanta parte di ogni frequenza c'è in un suono; le note cercate sono segnate con il loro nome.

    Args:
        note: ``{nome: frequenza in hertz}``.
        fino: la frequenza più alta da disegnare.
    """
    figura, asse = _tela(misure=(6.4, 2.6))
    asse.plot(frequenze.cpu(), ampiezze.cpu(), color=BLU, lw=1.4)
    alto = float(ampiezze.max())
    for nome, frequenza in (note or {}).items():
        asse.plot([frequenza, frequenza], [0, 1.02 * alto], color=ARANCIO, lw=1, ls="--", zorder=1)
        asse.annotate(f"{nome}\n{frequenza:.0f} Hz", (frequenza, 1.05 * alto), ha="center", fontsize=10)
    asse.set(xlabel="frequenza (Hz)", ylabel="ampiezza", xlim=(0, fino), ylim=(0, 1.36 * alto))
    return figura


def finestratura(onda: torch.Tensor, finestra: torch.Tensor, passo: int) -> Figure:
    """Come si taglia un suono: le finestre che avanzano di un passo, e il primo frame prima e dopo la finestra.

    Args:
        onda: i campioni, di forma (N,), almeno quanti ne copre la finestra.
        finestra: i pesi, di forma (n_fft,).
    """
    n = len(finestra)
    figura, (sopra, sotto) = _tela(2, 1, misure=(6.4, 2.8), sharex=True)
    for numero, colore in enumerate(COLORI[:3]):
        inizio = numero * passo
        sopra.plot(range(inizio, inizio + n), finestra, color=colore, lw=1.8)
        sopra.annotate(f"{numero}", (inizio + n / 2, 1.08), ha="center", color=colore, fontsize=11)
    sopra.set(ylabel="finestre", ylim=(0, 1.32))
    sotto.plot(onda[:n], color=GRIGIO, lw=0.8, label="frame 0")
    sotto.plot(onda[:n] * finestra, color=BLU, lw=1.4, label="frame 0 × finestra")
    sotto.set(xlabel="campione", xlim=(0, 2 * passo + n), ylim=(-1.1, 1.1))
    sotto.legend(frameon=False, loc="center right")
    return figura


def spettrogrammi(
    potenze: Mapping[str, torch.Tensor], secondi: float, hertz: float | None = None, colonne: int = 2
) -> Figure:
    """Spettrogrammi affiancati: il tempo va a destra, la frequenza in alto, il colore è la potenza in decibel.

    Ognuno è misurato rispetto al suo massimo, fino a 60 dB più in basso.

    Args:
        potenze: ``{titolo: potenze}``, ogni tabella di forma (frequenze, frame); quelli nulli sono silenzio.
        secondi: quanto dura il suono.
        hertz: la frequenza più alta; ``None`` se le righe sono canali Mel.
    """
    colonne = min(colonne, len(potenze))
    righe = -(-len(potenze) // colonne)
    misure = (6.6 if colonne > 1 else 5.2, 1.6 * righe + 0.6)
    figura, riquadri = _tela(righe, colonne, misure=misure, sharex=True, sharey=hertz is not None, squeeze=False)
    for riquadro in riquadri.flat[len(potenze) :]:
        riquadro.set_visible(False)
    for riquadro, (titolo, potenza) in zip(riquadri.flat, potenze.items(), strict=False):
        alto = len(potenza) if hertz is None else hertz
        # Un frame è centrato sul suo istante e un bin sulla sua frequenza: ai bordi ne resta fuori metà.
        mezzo_frame = secondi / (2 * max(potenza.shape[1] - 1, 1))
        mezzo_bin = 0 if hertz is None else hertz / (2 * max(len(potenza) - 1, 1))
        colori = riquadro.imshow(
            _decibel(potenza).numpy(), origin="lower", aspect="auto", cmap="magma", vmin=-_GAMMA, vmax=0,
            extent=(-mezzo_frame, secondi + mezzo_frame, -mezzo_bin, alto + mezzo_bin), interpolation="nearest",
        )  # fmt: skip
        riquadro.set(xlim=(0, secondi), ylim=(0, alto))
        riquadro.set_title(titolo, fontsize=11, pad=4)
        riquadro.grid(False)
    for riquadro in riquadri[:, 0]:
        riquadro.set_ylabel("canale Mel" if hertz is None else "Hz")
    for numero in range(len(potenze) - colonne, len(potenze)):
        riquadri.flat[numero].set_xlabel("secondi")
        riquadri.flat[numero].tick_params(labelbottom=True)
    figura.colorbar(colori, ax=riquadri, label="dB", shrink=0.8)
    return figura


def filtri_mel(filtri: torch.Tensor, frequenza_massima: float) -> Figure:
    """I triangoli con cui il Mel somma le frequenze: stretti in basso, larghi in alto.

    Args:
        filtri: i pesi, di forma (frequenze, canali).
    """
    figura, asse = _tela(misure=(6.4, 2.2))
    frequenze = torch.linspace(0, frequenza_massima, len(filtri))
    for canale in range(filtri.shape[1]):
        # Solo il triangolo, con i due piedi: gli zeri di tutti gli altri si sovrapporrebbero.
        dentro = filtri[:, canale].nonzero().flatten()
        tratto = slice(max(int(dentro.min()) - 1, 0), int(dentro.max()) + 2)
        asse.plot(frequenze[tratto], filtri[tratto, canale], color=(BLU, ARANCIO)[canale % 2], lw=1.2)
    asse.set(xlabel="frequenza (Hz)", ylabel="peso", xlim=(0, frequenza_massima), ylim=(0, None))
    return figura


def robustezza(curve: Mapping[str, Sequence[float]], decibel: Sequence[float], classi: int) -> Figure:
    """L'accuratezza al crescere del rumore, una curva per modello; la riga tratteggiata è chi tira a caso.

    Args:
        curve: ``{modello: accuratezze fra 0 e 1}``, una per ogni rapporto segnale-rumore.
        decibel: i rapporti segnale-rumore; a destra il rumore più forte.
        classi: fra quante classi si sceglie.
    """
    figura, asse = _tela(misure=(6.4, 3.3))
    percento = {nome: [100 * quota for quota in quote] for nome, quote in curve.items()}
    stili = [{"marker": segno, "color": colore} for segno, colore in zip("os^", COLORI, strict=False)]
    disegna_curve(asse, percento, decibel, stili=stili)
    asse.axhline(100 / classi, color=GRIGIO, ls="--", lw=1.2)
    _scritta(asse, max(decibel), 100 / classi, "a caso")
    asse.set(xlabel="rapporto segnale-rumore (dB): verso destra il rumore cresce", ylabel="accuratezza (%)")
    asse.set_ylim(0, 103)
    asse.invert_xaxis()
    # Sopra il disegno: dentro, fra curve che si incrociano, non c'è un posto libero.
    asse.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return figura


def _tela(righe: int = 1, colonne: int = 1, **opzioni):
    """Come `tela`, con meno punti per pollice: nel notebook, limitato a un megabyte, ci sono anche i suoni."""
    return tela(righe, colonne, dpi=88, **opzioni)


def _decibel(potenza: torch.Tensor) -> torch.Tensor:
    potenza = potenza.detach().cpu().double()
    massimo = potenza.max().clamp(min=1e-30)
    return 10 * torch.log10((potenza / massimo).clamp(min=10 ** (-_GAMMA / 10)))


def _scritta(asse: Axes, x: float, y: float, testo: str) -> None:
    asse.annotate(testo, (x, y), xytext=(2, -13), textcoords="offset points", color=GRIGIO, fontsize=10)
