"""Le figure della lezione 10: agente e ambiente, il carrello, ritorni, obiettivo tagliato, curve su più semi."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from corso_pytorch.grafici.curve import disegna_curve, legenda_fuori
from corso_pytorch.grafici.griglia import freccia, scatola, scrivi
from corso_pytorch.grafici.numeri import Tacche
from corso_pytorch.grafici.stile import (
    ARANCIO,
    BLU,
    COLORI,
    GRIGIO,
    INCHIOSTRO,
    ROSSO,
    TENUE,
    VERDE,
    senza_assi,
    tela,
)

_GRADI = 180 / torch.pi
_FERMATO = 199  # l'ultimo passo di un episodio: chi ci arriva non è caduto


def agente_e_ambiente() -> Figure:
    """Il ciclo: l'agente sceglie un'azione, l'ambiente risponde con un nuovo stato e una ricompensa."""
    figura, asse = tela(misure=(6.6, 2.7))
    senza_assi(asse)
    asse.set(xlim=(0, 10), ylim=(0, 4))
    riquadri = ((0.3, "agente", "la politica:\nstato → azione", BLU), (6.7, "ambiente", "le regole del mondo", ARANCIO))
    for x, nome, sotto, colore in riquadri:
        scatola(asse, x - 0.1, 1, 3.2, 2, colore, forza=0, ec=colore, lw=2)
        scrivi(asse, x + 1.5, 2.45, nome, 13, weight="bold")
        scrivi(asse, x + 1.5, 1.62, sotto, 10)
    for da, a, y, testo, y_testo in ((3.5, 6.5, 2.6, "azione", 3.35), (6.5, 3.5, 1.4, "stato, ricompensa", 0.5)):
        freccia(asse, (da, y), (a, y), connectionstyle="arc3,rad=-0.35", mutation_scale=18)
        scrivi(asse, 5, y_testo, testo)
    return figura


def carrelli(stati: torch.Tensor, titoli: Sequence[str], colonne: int | None = None) -> Figure:
    """Una striscia di fotogrammi del carrello con l'asta.

    Args:
        stati: (F, 4), uno per fotogramma: posizione (metri), velocità, angolo (radianti), velocità angolare.
        titoli: uno per fotogramma.
        colonne: quanti fotogrammi per riga; se manca, tutti in una riga.
    """
    colonne = colonne or len(stati)
    righe = -(-len(stati) // colonne)
    misure = (1.6 * colonne, 0.85 * righe)
    figura, riquadri = tela(righe, colonne, misure=misure, squeeze=False, sharex=True, sharey=True)
    senza_assi(*riquadri.flat)
    for asse, stato, titolo in zip(riquadri.flat, stati.detach().cpu(), titoli, strict=False):
        _carrello(asse, stato)
        asse.set_title(titolo.replace(".", ","), fontsize=10, pad=2)  # i secondi, all'italiana
    return figura


def dove_va(gruppi: Mapping[str, Sequence[torch.Tensor]], secondi_per_passo: float, bandierina: float = 1.0) -> Figure:
    """La posizione nel tempo, un riquadro per ricompensa e un colore per seme; una croce dove l'asta cade.

    Args:
        gruppi: ``{nome: posizioni}``, un tensore (T, N) per seme; dopo la caduta le posizioni valgono NaN.
        bandierina: dove è piantata, in metri dal centro.
    """
    figura, riquadri = tela(1, len(gruppi), misure=(3.4 * len(gruppi), 3), squeeze=False, sharex=True, sharey=True)
    for asse, (nome, semi) in zip(riquadri[0], gruppi.items(), strict=True):
        asse.axhline(bandierina, color=VERDE, lw=2, ls="--")
        for bordo in (-2.4, 2.4):
            asse.axhline(bordo, color=INCHIOSTRO, lw=1.5)
        for posizioni, colore in zip(semi, (BLU, ARANCIO, GRIGIO), strict=False):
            posizioni = posizioni.detach().cpu()
            asse.plot(secondi_per_passo * torch.arange(len(posizioni)), posizioni, color=colore, lw=1, alpha=0.8)
            for carrello in posizioni.T:
                ultimo = int(carrello.isfinite().sum()) - 1
                if ultimo < _FERMATO:
                    asse.plot(secondi_per_passo * ultimo, carrello[ultimo], "x", color=ROSSO, markersize=7, mew=2)
        asse.set_title(nome, fontsize=11)
        asse.set(xlabel="secondi", xlim=(-0.1, 4.1), ylim=(-2.7, 2.7))
    riquadri[0, 0].set(ylabel="posizione (m)")
    riquadri[0, 0].text(0.05, bandierina + 0.12, "bandierina", color=VERDE, fontsize=10)
    return figura


def durate(gruppi: Mapping[str, torch.Tensor], massimo: int) -> Figure:
    """Quanti passi dura ogni episodio: un istogramma per politica, sulla stessa scala.

    Args:
        gruppi: ``{nome: durate}``, ogni tensore di forma (N,).
        massimo: la durata più lunga possibile.
    """
    figura, riquadri = tela(
        len(gruppi), 1, misure=(6.4, 1.3 * len(gruppi) + 0.6), squeeze=False, sharex=True, sharey=True
    )
    for asse, (nome, passi), colore in zip(riquadri[:, 0], gruppi.items(), COLORI, strict=False):
        passi = passi.detach().cpu().double()
        asse.hist(passi, bins=torch.linspace(0, massimo, 41).tolist(), weights=torch.full_like(passi, 100 / len(passi)),
                  color=colore)  # fmt: skip
        asse.axvline(passi.mean().item(), color=INCHIOSTRO, lw=1.2, ls="--")
        asse.set_title(f"{nome}: media {passi.mean():.0f} passi", loc="left", fontsize=11, pad=3)
        asse.set_ylabel("%")
    riquadri[-1, 0].set(xlabel="passi prima di cadere")
    return figura


def ritorni(ricompense: torch.Tensor, calcolati: Mapping[str, torch.Tensor]) -> Figure:
    """Le ricompense di un episodio, e sotto il ritorno di ogni passo per uno o più sconti.

    Args:
        ricompense: (T,).
        calcolati: ``{nome: ritorni}``, ognuno (T,).
    """
    figura, (sopra, sotto) = tela(2, 1, misure=(6.4, 3.6), sharex=True, height_ratios=(1, 2))
    passi = range(len(ricompense))
    sopra.bar(passi, ricompense.tolist(), color=GRIGIO, width=0.6)
    sopra.set(ylabel="ricompensa")
    linee = {nome.replace(".", ","): valori.cpu() for nome, valori in calcolati.items()}  # 0,5, all'italiana
    disegna_curve(sotto, linee, passi, marker="o", markersize=4)
    sotto.set(xlabel="passo", ylabel="ritorno")
    legenda_fuori(sotto)
    return figura


def obiettivo_tagliato(epsilon: float = 0.2) -> Figure:
    """L'obiettivo di PPO contro il rapporto fra le probabilità, per un'azione migliore e una peggiore del previsto."""
    figura, riquadri = tela(1, 2, misure=(7.4, 3), sharey=True)
    rapporto = torch.linspace(0, 2, 401)
    tagliato = rapporto.clamp(1 - epsilon, 1 + epsilon)
    casi = ((1.0, "vantaggio +1: azione da fare di più"), (-1.0, "vantaggio −1: azione da fare di meno"))
    for asse, (vantaggio, titolo) in zip(riquadri, casi, strict=True):
        asse.plot(rapporto, rapporto * vantaggio, color=GRIGIO, lw=1.2, ls="--", label="senza taglio")
        asse.plot(rapporto, torch.minimum(rapporto * vantaggio, tagliato * vantaggio), color=BLU, lw=2.2,
                  label="con il taglio")  # fmt: skip
        asse.axvspan(1 - epsilon, 1 + epsilon, color=TENUE, alpha=0.6, lw=0)
        asse.plot([1], [vantaggio], "o", color=ARANCIO, markersize=7)
        asse.set(xlabel="probabilità nuova / vecchia")
        asse.set_title(titolo, fontsize=11)
    riquadri[0].set(ylabel="obiettivo")
    riquadri[0].legend(frameon=False, loc="lower right")
    return figura


COLORE_DEL_METODO = {"REINFORCE": COLORI[0], "PPO": COLORI[1], "PPO di TorchRL": COLORI[1]}  # lo stesso in ogni figura


def curve_sui_semi(
    gruppi: Mapping[str, tuple[torch.Tensor, torch.Tensor]],
    massimo: float,
    riferimento: tuple[str, float] | None = None,
) -> Figure:
    """Le curve di apprendimento: sottile ogni seme, spessa la mediana, con la fascia dal peggiore al migliore.

    Args:
        gruppi: ``{nome: (passi d'ambiente (K,), durate (semi, K))}``.
        massimo: la durata più lunga possibile.
        riferimento: un nome e una durata, disegnata come linea orizzontale.
    """
    figura, asse = tela(misure=(6.8, 3.6))
    altri = iter(COLORI[2:])
    for nome, (passi, valori) in gruppi.items():
        colore = COLORE_DEL_METODO.get(nome) or next(altri)
        migliaia, valori = passi.cpu() / 1000, valori.detach().cpu()
        asse.fill_between(migliaia, valori.amin(0), valori.amax(0), color=colore, alpha=0.15, lw=0)
        asse.plot(migliaia, valori.T, color=colore, lw=0.7, alpha=0.6)
        mediana = valori.quantile(0.5, dim=0)  # con i semi in numero pari `median` darebbe il minore dei due di mezzo
        asse.plot(migliaia, mediana, color=colore, lw=2.5, label=f"{nome} (mediana di {len(valori)} semi)")
    if riferimento:
        asse.axhline(riferimento[1], color=GRIGIO, lw=1.2, ls=":", label=riferimento[0])
    asse.set(xlabel="passi d'ambiente (migliaia)", ylabel="passi prima di cadere", ylim=(0, 1.05 * massimo))
    asse.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    return figura


def mappa_politica(destra: torch.Tensor, angoli: torch.Tensor, giri: torch.Tensor) -> Figure:
    """La probabilità di spingere a destra, per ogni angolo e ogni velocità angolare; il confine è dove vale ½.

    Args:
        destra: probabilità, (giri, angoli).
        angoli: in radianti, crescenti.
        giri: velocità angolari, in radianti al secondo, crescenti.
    """
    figura, asse = tela(misure=(5.4, 3.6))
    gradi, giri, destra = (_GRADI * angoli.cpu()).numpy(), giri.cpu().numpy(), destra.detach().cpu().numpy()
    colori = asse.pcolormesh(gradi, giri, destra, cmap="PuOr", vmin=0, vmax=1, shading="nearest")
    asse.contour(gradi, giri, destra, levels=[0.5], colors=[INCHIOSTRO], linewidths=1.5)
    asse.grid(False)
    asse.set(xlabel="angolo (gradi)", ylabel="velocità angolare (rad/s)")
    figura.colorbar(colori, label="probabilità di spingere a destra", format=Tacche())
    return figura


def _carrello(asse: Axes, stato: torch.Tensor) -> None:
    """Binario, carrello e asta; l'asta è lunga un metro, come nelle equazioni."""
    x, angolo = stato[0].item(), stato[2]
    asse.plot([-2.4, 2.4], [0, 0], color=GRIGIO, lw=1.5)
    for bordo in (-2.4, 2.4):
        asse.plot([bordo, bordo], [-0.12, 0.12], color=ROSSO, lw=2)
    asse.add_patch(Rectangle((x - 0.3, 0.05), 0.6, 0.3, color=BLU))
    punta = (x + float(angolo.sin()), 0.35 + float(angolo.cos()))
    asse.plot([x, punta[0]], [0.35, punta[1]], color=ARANCIO, lw=4, solid_capstyle="round")
    asse.add_patch(Circle((x, 0.35), 0.07, color=INCHIOSTRO, zorder=3))
    asse.set(xlim=(-2.7, 2.7), ylim=(-0.25, 1.6), aspect="equal")
