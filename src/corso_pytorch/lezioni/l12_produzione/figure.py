"""Le figure della lezione 12: un modello in molte forme, che cosa c'è in un file, gli interi a 8 bit, un servizio."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from corso_pytorch.grafici.griglia import foglio, freccia, scatola, scrivi
from corso_pytorch.grafici.numeri import all_italiana
from corso_pytorch.grafici.stile import ARANCIO, AZZURRO, BLU, COLORI, GRIGIO, INCHIOSTRO, ROSSO, TENUE, VERDE, tela


def molte_forme(dirette: Sequence[tuple[str, str, str]], esportate: Sequence[tuple[str, str, str]]) -> Figure:
    """La mappa della lezione: che cosa nasce dalla rete, che cosa dal grafo di ``torch.export``, e chi lo riceve.

    Args:
        dirette: terne ``(la forma, che cosa contiene il file, chi lo riceve)`` delle forme che nascono dalla rete.
        esportate: le stesse terne, per le forme che nascono dal grafo.
    """
    righe = [*dirette, *esportate]
    altezza = 1.7 * len(righe) + 0.8
    figura, asse = foglio(26, altezza, casella=0.36)
    quota = [1.7 * posto + 1.35 for posto in range(len(righe))]  # il mezzo di ogni riga
    meta = len(dirette)
    grafo = sum(quota[meta:]) / len(esportate)
    rete = (quota[0] + grafo) / 2
    scatola(asse, 0.2, rete - 1.3, 4, 2.6, AZZURRO, "la rete\naddestrata\n(Python e PyTorch)", 9.5, tondo=0.25)
    scatola(asse, 5.9, grafo - 1.3, 4, 2.6, AZZURRO, "torch.export\nil grafo\ne i pesi", 9.5, tondo=0.25)
    freccia(asse, (4.3, rete), (5.8, grafo))
    for x, titolo in ((14.8, "la forma, e che cosa c'è nel file"), (22.6, "chi lo riceve")):
        scrivi(asse, x, 0.3, titolo, 10, GRIGIO)
    for posto, ((forma, contenuto, dove), y) in enumerate(zip(righe, quota, strict=True)):
        freccia(asse, (4.3, rete) if posto < meta else (10, grafo), (11.1, y))
        scatola(asse, 11.2, y - 0.65, 7.2, 1.3, VERDE, f"{forma}\n{contenuto}", 9.5, tondo=0.25)
        freccia(asse, (18.5, y), (19.4, y))
        scatola(asse, 19.5, y - 0.65, 6.2, 1.3, ARANCIO, dove, 9.5, tondo=0.25)
    return figura


def file_a_blocchi(file: Mapping[str, Sequence[tuple[str, bool]]]) -> Figure:
    """I pezzi di alcuni file, dall'alto in basso; quelli che si eseguono, invece di leggersi, sono in rosso.

    Args:
        file: ``{nome: [(il pezzo, vero se è codice), …]}``.
    """
    alto = max(len(pezzi) for pezzi in file.values())
    figura, asse = foglio(10.4 * len(file), 1.6 * alto + 1.3, casella=0.4)
    for colonna, (nome, pezzi) in enumerate(file.items()):
        x = 10.4 * colonna + 0.3
        scrivi(asse, x + 4.9, 0.5, nome, 12, weight="bold")
        for posto, (pezzo, codice) in enumerate(pezzi):
            scatola(asse, x, 1.6 * posto + 1.2, 9.8, 1.35, ROSSO if codice else AZZURRO, pezzo, 10, tondo=0.25)
    return figura


def gradini(pesi: torch.Tensor, bit: Sequence[int] = (3, 8)) -> Figure:
    """I pesi prima e dopo la quantizzazione, con pochi e con molti bit: più bit, gradini più bassi.

    Args:
        pesi: un tensore di qualunque forma; la scala porta il più grande in valore assoluto sull'ultimo intero.
    """
    pesi = pesi.detach().cpu().flatten().double().sort().values
    massimo = float(pesi.abs().max())
    figura, riquadri = tela(1, len(bit), misure=(8, 3.2), sharey=True, squeeze=False)
    for asse, quanti in zip(riquadri[0], bit, strict=True):
        ultimo = 2 ** (quanti - 1) - 1
        scala = massimo / ultimo
        fitti = torch.linspace(-massimo, massimo, 2001, dtype=torch.float64)
        asse.plot(fitti, (fitti / scala).round() * scala, color=GRIGIO, lw=1, label="i gradini")
        asse.plot(pesi, (pesi / scala).round() * scala, "o", color=BLU, markersize=3.5, alpha=0.6, label="i pesi")
        asse.set_title(f"{quanti} bit: {2 * ultimo + 1} livelli")
        asse.set(xlabel="peso, prima")
    riquadri[0, 0].set_ylabel("peso, dopo")
    riquadri[0, 0].legend(frameon=False, loc="upper left")
    return figura


def confronto_forme(
    microsecondi: Mapping[str, float], kilobyte: Mapping[str, float], scarti: Mapping[str, float], limite: float
) -> Figure:
    """Ogni forma è un punto, con il suo nome: quanto aspetta chi chiede un'immagine e quanto pesa il file.

    Tutt'e due le scale sono logaritmiche.

    Args:
        microsecondi, kilobyte: per ogni forma, con le stesse chiavi; i primi in orizzontale.
        scarti: di quanto i logit si scostano da quelli di eager, per le sole forme di cui va scritto accanto al nome.
        limite: quanti kilobyte ha l'orologio; una riga tratteggiata.
    """
    figura, asse = tela(misure=(8, 4))
    asse.axhline(limite, color=GRIGIO, lw=1, ls="--", zorder=0)
    scritta = f"i {all_italiana(limite, 'g')} kB dell'orologio"
    asse.text(0.98, limite, scritta, color=GRIGIO, ha="right", va="bottom", transform=asse.get_yaxis_transform())
    for posto, (nome, tempo) in enumerate(sorted(microsecondi.items(), key=lambda voce: voce[1])):
        segno, colore = "osD^vPX"[posto % 7], (*COLORI, INCHIOSTRO)[posto % 7]
        scritta = nome + (f"\nscarto {all_italiana(scarti[nome], '.2g')}" if nome in scarti else "")
        asse.plot(tempo, kilobyte[nome], segno, color=colore, markersize=11, markeredgecolor="white", alpha=0.85)
        # Un nome sopra e uno sotto, così chi ha tempi vicini non si copre; sotto la riga, sempre sotto.
        sopra = posto % 2 == 0 and kilobyte[nome] > limite
        dove = {"xytext": (0, 9 if sopra else -9), "textcoords": "offset points", "ha": "center"}
        asse.annotate(scritta, (tempo, kilobyte[nome]), va="bottom" if sopra else "top", **dove)
    asse.set(xscale="log", yscale="log", xlabel="tempo per un'immagine (µs, scala logaritmica)")
    asse.set(ylabel="file (kB, scala logaritmica)")
    asse.set(xlim=_con_margine(microsecondi.values()), ylim=_con_margine(kilobyte.values()))
    for dei_numeri in (asse.xaxis, asse.yaxis):
        dei_numeri.set_major_locator(LogLocator(subs=(1, 2, 5)))
        dei_numeri.set_major_formatter(lambda valore, _: all_italiana(valore, "g"))
        dei_numeri.set_minor_locator(NullLocator())
    return figura


def dialogo(attori: tuple[str, str], messaggi: Sequence[tuple[str, str]]) -> Figure:
    """Chi dice che cosa a chi, dall'alto in basso: una freccia per messaggio.

    Args:
        attori: chi sta a sinistra e chi a destra.
        messaggi: coppie ``(verso, testo)``: verso è ``"→"``, ``"←"`` o ``"."`` (lo fa da sé chi sta a destra).
    """
    altezza = 1.35 * len(messaggi) + 2
    figura, asse = foglio(23, altezza, casella=0.36)
    for x, nome in ((3, attori[0]), (17, attori[1])):
        asse.plot([x, x], [1.5, altezza - 0.2], color=TENUE, lw=3, zorder=0)
        scatola(asse, x - 2.8, 0.2, 5.6, 1.2, AZZURRO if x < 9 else VERDE, nome, 10, tondo=0.25)
    for posto, (verso, testo) in enumerate(messaggi):
        y = 1.35 * posto + 2.6
        if verso == ".":
            scatola(asse, 11.6, y - 0.65, 10.8, 1.0, ARANCIO, testo, 10, tondo=0.25)
            continue
        freccia(asse, *(((3.2, y), (16.8, y)) if verso == "→" else ((16.8, y), (3.2, y))))
        scrivi(asse, 10, y - 0.4, testo, 10)
    return figura


def _con_margine(valori: Iterable[float]) -> tuple[float, float]:
    """Gli estremi di un asse logaritmico, con un po' di spazio prima e dopo."""
    valori = list(valori)
    return min(valori) / 1.8, max(valori) * 1.8
