"""Le figure della lezione 05: costo fisso, linea del tempo, fusione, due verdetti, pareggio, guadagni, scala, conto."""

import math
from collections.abc import Iterable, Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corso_pytorch.grafici.griglia import freccia, legenda_sotto, scatola, scrivi, tinta
from corso_pytorch.grafici.numeri import all_italiana, due_e_cinque, virgola
from corso_pytorch.grafici.stile import (
    ARANCIO,
    AZZURRO,
    BLU,
    CODICE,
    GRIGIO,
    INCHIOSTRO,
    ROSSO,
    TENUE,
    VERDE,
    VIOLA,
    senza_assi,
    tela,
)
from corso_pytorch.misure import leggibile

# Le famiglie di operazioni nella linea del tempo: un pezzo del nome, il colore.
_FAMIGLIE = {
    "convoluzioni": ("conv", BLU),
    "batch normalization": ("batch_norm", ARANCIO),
    "ReLU": ("clamp_min threshold relu", VERDE),
    "pooling": ("max_pool", VIOLA),
    "ottimizzatore": ("adam", ROSSO),
}
_FASI = ("forward", "backward", "step")


def costo_fisso(secondi: Mapping[int, float]) -> Figure:
    """Quanto dura un'operazione al crescere dei numeri, su scale logaritmiche, con il costo fisso tratteggiato.

    Args:
        secondi: ``{quanti numeri: durata}``.
    """
    figura, asse = tela(misure=(7, 3.4))
    asse.axhline(min(secondi.values()), color=GRIGIO, ls="--", lw=1.2)
    asse.loglog(list(secondi), list(secondi.values()), "o-", color=BLU)
    asse.annotate("il costo fisso di una chiamata", (max(secondi), min(secondi.values())), xytext=(0, -15),
                  textcoords="offset points", ha="right", color=GRIGIO)  # fmt: skip
    asse.set(xlabel="quanti numeri", ylabel="durata", ylim=(min(secondi.values()) / 4, None))
    asse.yaxis.set_major_formatter(lambda valore, _: virgola(leggibile(valore)))
    return figura


def linea_del_tempo(eventi: Iterable[tuple[str, float, float]]) -> Figure:
    """Un passo di addestramento visto dal profiler: sopra le tre fasi, sotto le operazioni, colorate per famiglia.

    Args:
        eventi: ``(nome, inizio, fine)`` in microsecondi; le fasi si chiamano forward, backward e step.
    """
    eventi = sorted(eventi, key=lambda evento: (evento[1], -evento[2]))
    zero = min(inizio for _, inizio, _ in eventi)
    figura, asse = tela(misure=(9.4, 2.7))
    for nome, inizio, fine in eventi:
        if nome in _FASI:
            x, larga = (inizio - zero) / 1e3, (fine - inizio) / 1e3
            asse.barh(1, larga, left=x, height=0.62, color=TENUE, edgecolor=INCHIOSTRO)
            # Una fase breve non contiene il suo nome: sta sopra.
            scrivi(asse, x + larga / 2, 1.52, nome, 10.5)
        for chiavi, colore in _FAMIGLIE.values():
            if nome.startswith(("aten::", "Optimizer")) and any(chiave in nome.lower() for chiave in chiavi.split()):
                asse.barh(0, (fine - inizio) / 1e3, left=(inizio - zero) / 1e3, height=0.62, color=colore)
    asse.set(xlabel="millisecondi", yticks=[0, 1], yticklabels=["operazioni", "fasi"], ylim=(-0.5, 1.85))
    asse.grid(axis="y", visible=False)
    legenda_sotto(figura, {nome: colore for nome, (_, colore) in _FAMIGLIE.items()}, fontsize=10)
    return figura


def passaggi_in_memoria(operazioni: Mapping[str, int]) -> Figure:
    """Le stesse operazioni una alla volta, ognuna con i suoi viaggi in memoria, e fuse in un viaggio solo.

    Args:
        operazioni: ``{nome: quanti tensori legge}``, in ordine; ognuna ne scrive uno.
    """
    figura, asse = tela(misure=(9.4, 3.5))
    senza_assi(asse)
    quante = len(operazioni)
    asse.set(xlim=(0, 1.25 * quante + 1.9), ylim=(-0.5, 5.1))
    for titolo, y in (("eager", 3.2), ("compilata", 0.6)):
        scrivi(asse, 0.05, y + 0.55, titolo, 12, ha="left", weight="bold")
    for posto, (nome, letture) in enumerate(operazioni.items()):
        x = 1.9 + 1.25 * posto
        scatola(asse, x, 3.2, 1, 1, AZZURRO, nome, 11, scritta=CODICE)
        for lettura in range(letture):
            _viaggio(asse, x + 0.2 + 0.2 * lettura, 3.2, ROSSO)
        _viaggio(asse, x + 0.8, 3.2, ROSSO, verso_il_basso=True)
    larga = 1.25 * quante - 0.25
    scatola(asse, 1.9, 0.6, larga, 1, VERDE, "  →  ".join(operazioni), 11, scritta=CODICE)
    _viaggio(asse, 2.15, 0.6, ROSSO)
    _viaggio(asse, 1.65 + larga, 0.6, ROSSO, verso_il_basso=True)
    for y in (2.35, -0.25):
        asse.plot([1.9, 1.9 + larga], [y, y], color=GRIGIO, lw=6, alpha=0.4, solid_capstyle="butt")
        scrivi(asse, 0.05, y, "memoria", 10.5, GRIGIO, ha="left")
    scrivi(asse, 1.9 + larga / 2, 4.75, "ogni operazione legge i suoi tensori e ne scrive uno", 10.5, GRIGIO)
    scrivi(asse, 1.9 + larga / 2, 1.95, "si legge una volta, si scrive una volta", 10.5, GRIGIO)
    return figura


def due_verdetti(tempi: Mapping[str, tuple[float, float]]) -> Figure:
    """Gli stessi conti, eager e compilati, con la memoria nuova e con quella già pronta.

    Args:
        tempi: ``{che memoria: (secondi in eager, secondi della compilata)}``.
    """
    figura, asse = tela(misure=(8.4, 0.95 * len(tempi) + 1.1))
    fino = max(max(coppia) for coppia in tempi.values())
    for posto, (eager, compilata) in enumerate(tempi.values()):
        for scarto, secondi, colore in ((-0.2, eager, ARANCIO), (0.2, compilata, BLU)):
            asse.barh(posto + scarto, secondi * 1e3, height=0.36, color=colore)
            asse.annotate(virgola(leggibile(secondi)), (secondi * 1e3, posto + scarto), xytext=(5, 0),
                          textcoords="offset points", va="center")  # fmt: skip
        scrivi(
            asse, 1.42 * fino * 1e3, posto, f"verdetto: {all_italiana(eager / compilata, '.1f')}×", 12, weight="bold"
        )
    asse.set(xlabel="millisecondi", yticks=range(len(tempi)), yticklabels=list(tempi), xlim=(0, 1.7 * fino * 1e3))
    asse.set_xticks([tacca for tacca in asse.get_xticks() if tacca <= 1.1e3 * fino])
    asse.invert_yaxis()
    asse.grid(axis="y", visible=False)
    legenda_sotto(figura, {"eager": ARANCIO, "compilata": BLU}, fontsize=10)
    return figura


def pareggio(compilazione: float, eager: float, compilata: float) -> Figure:
    """I secondi spesi in tutto, chiamata dopo chiamata: la retta compilata parte più in alto e sale meno.

    Args:
        compilazione: quanto costa la prima chiamata, in secondi.
        eager, compilata: quanto dura ogni chiamata, in secondi.
    """
    incontro = compilazione / (eager - compilata) if eager > compilata else None
    fino = 2 * incontro if incontro else 2 * compilazione / eager
    figura, asse = tela(misure=(7.2, 3.5))
    asse.plot([0, fino], [0, fino * eager], color=ARANCIO, label="eager")
    asse.plot([0, fino], [compilazione, compilazione + fino * compilata], color=BLU, ls="--", label="compilata")
    if incontro:
        y = incontro * eager
        asse.plot(incontro, y, "o", color=INCHIOSTRO)
        asse.annotate(
            f"pareggio: {math.ceil(incontro)} chiamate", (incontro, y), xytext=(10, -14), textcoords="offset points"
        )
    asse.set(xlabel="chiamate", ylabel="secondi in tutto", xlim=(0, fino), ylim=(0, None))
    asse.legend(frameon=False)
    return figura


def guadagni(rapporti: Mapping[str, float]) -> Figure:
    """Quante volte è più veloce la versione compilata, dal guadagno più alto; il fondo dice la promessa 30–200 %."""
    ordinati = dict(sorted(rapporti.items(), key=lambda voce: voce[1], reverse=True))
    figura, asse = tela(misure=(8.4, 0.5 * len(ordinati) + 1.2))
    asse.axvspan(1.3, 3, color=tinta(AZZURRO, 0.3), zorder=0)
    asse.axvline(1, color=INCHIOSTRO, lw=1.2)
    colori = [VERDE if rapporto >= 1.05 else ROSSO if rapporto < 0.95 else GRIGIO for rapporto in ordinati.values()]
    asse.barh(list(ordinati), list(ordinati.values()), color=colori, height=0.6)
    for posto, rapporto in enumerate(ordinati.values()):
        scritta = f"{all_italiana(rapporto, '.2f')}×"
        asse.annotate(scritta, (max(rapporto, 1), posto), (4, 0), textcoords="offset points", va="center")
    asse.set(xlabel="volte più veloce (1: uguale; in azzurro la promessa, dal 30 al 200 % in più)")
    asse.set_xlim(0, max(3.2, 1.15 * max(ordinati.values())))
    asse.invert_yaxis()
    asse.grid(axis="y", visible=False)
    return figura


def cascata(secondi: Mapping[str, float], parte_da: Mapping[str, str], logaritmica: bool = True) -> Figure:
    """I secondi per epoca, un gradino dopo l'altro; accanto, quante volte meno del primo.

    Args:
        parte_da: il gradino da cui ne parte un altro, quando non è quello di prima.
        logaritmica: la scala dei secondi; senza, le barre sono lunghe quanto i tempi.
    """
    figura, asse = tela(misure=(8.6, 0.52 * len(secondi) + 1.1))
    nomi, valori = list(secondi), list(secondi.values())
    for posto, (nome, valore) in enumerate(secondi.items()):
        prima = secondi[parte_da[nome]] if nome in parte_da else valori[max(0, posto - 1)]
        # La parte tratteggiata è ciò che il gradino ha tolto; se ha aggiunto, la barra è rossa.
        asse.barh(posto, max(prima, valore), height=0.62, color="white", edgecolor=GRIGIO, ls=":")
        asse.barh(posto, valore, height=0.62, color=ROSSO if valore > 1.05 * prima else BLU)
        volte = valori[0] / valore
        rispetto = f"   ({volte:.{0 if volte >= 9.95 else 1}f}×)" if posto else ""
        scritta = virgola(f"{valore:.1f} s{rispetto}")
        asse.annotate(scritta, (max(prima, valore), posto), xytext=(6, 0), textcoords="offset points", va="center")
    asse.set(xlabel="secondi per epoca (60 000 immagini)", yticks=range(len(nomi)), yticklabels=nomi)
    if logaritmica:
        asse.set_xscale("log")
        asse.xaxis.set_minor_formatter(due_e_cinque)
    asse.set_xlim(*(min(valori) / 3, 4 * max(valori)) if logaritmica else (0, 1.3 * max(valori)))
    asse.xaxis.set_major_formatter(lambda valore, _: all_italiana(valore, "g"))
    asse.invert_yaxis()
    asse.grid(axis="y", visible=False)
    return figura


def conto(famiglie: Mapping[str, float], minimi: Mapping[str, float]) -> Figure:
    """I secondi di un'epoca, famiglia per famiglia, in una barra sola; sotto, quelli che i conti darebbero come minimo.

    Args:
        famiglie: i secondi di ogni famiglia di operazioni, nell'ordine in cui si disegnano.
        minimi: ``{che cosa limita: secondi}``.
    """
    figura, asse = tela(misure=(9.4, 3.2))
    inizio, colori = 0.0, (BLU, AZZURRO, ARANCIO, VERDE, VIOLA, ROSSO, GRIGIO, TENUE)
    for (nome, secondi), colore in zip(famiglie.items(), colori, strict=True):
        asse.barh(0, secondi, left=inizio, height=0.7, color=colore, edgecolor="white", label=nome)
        if secondi > 0.04 * sum(famiglie.values()):
            scrivi(asse, inizio + secondi / 2, 0, virgola(f"{secondi:.2f}"), 10, INCHIOSTRO)
        inizio += secondi
    for posto, secondi in enumerate(minimi.values(), start=1):
        asse.barh(posto, secondi, height=0.5, color="white", edgecolor=INCHIOSTRO, ls="--")
        scrivi(asse, secondi, posto, virgola(f"  {secondi:.2f}"), 10, ha="left")
    asse.set(yticks=range(1 + len(minimi)), yticklabels=["misurato", *minimi], xlabel="secondi per un'epoca")
    asse.xaxis.set_major_formatter(lambda valore, _: all_italiana(valore, "g"))
    asse.invert_yaxis()
    asse.grid(axis="y", visible=False)
    legenda_sotto(figura, dict(zip(famiglie, colori, strict=True)), per_riga=4, fontsize=10)
    return figura


def _viaggio(asse: Axes, x: float, y: float, colore: str, verso_il_basso: bool = False) -> None:
    """Una freccia fra la memoria, sotto, e un'operazione."""
    da, a = (y - 0.08, y - 0.72) if verso_il_basso else (y - 0.72, y - 0.08)
    freccia(asse, (x, da), (x, a), color=colore)
