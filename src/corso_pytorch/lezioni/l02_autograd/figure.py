"""Le figure della lezione 02: secanti e tangente, il grafo di un'espressione, una retta, la discesa in una conca."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from statistics import mean

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path

from corso_pytorch.grafici.griglia import scatola, scrivi
from corso_pytorch.grafici.numeri import all_italiana
from corso_pytorch.grafici.stile import ARANCIO, AZZURRO, BLU, GRIGIO, INCHIOSTRO, ROSSO, TENUE, VERDE, senza_assi, tela

# Che cosa scrivere nella scatola di un'operazione; per le altre basta il nome.
SIMBOLI = {
    "Add": "+", "Sub": "−", "Rsub": "−", "Mul": "×", "Div": "÷", "Neg": "−", "Pow": "potenza", "Sqrt": "radice",
    "Sum": "somma", "Mean": "media", "Dot": "prodotto", "Mv": "prodotto", "Mm": "prodotto", "Exp": "exp", "Log": "log",
    "Sin": "sen", "Cos": "cos", "Tanh": "tanh", "Abs": "valore assoluto", "Select": "elemento", "Unbind": "elementi",
}  # fmt: skip


def secanti(f: Callable, x: float, passi: Sequence[float]) -> Figure:
    """La curva ``f``, le rette fra ``x`` e ``x + h`` per ogni ``h`` di ``passi``, e la tangente in ``x``."""
    figura, asse = tela(misure=(7, 4.2))
    sinistra, destra = x - max(passi) * 0.9, x + max(passi) * 1.15
    ascisse = np.linspace(sinistra, destra, 200)
    asse.plot(ascisse, f(ascisse), color=INCHIOSTRO, label="la funzione")
    for h, colore in zip(passi, (AZZURRO, BLU, VERDE), strict=False):
        pendenza = (f(x + h) - f(x)) / h
        asse.plot(ascisse, f(x) + pendenza * (ascisse - x), color=colore, linewidth=1.5,
                  label=f"passo {all_italiana(h)}: pendenza {all_italiana(pendenza)}")  # fmt: skip
        asse.plot(x + h, f(x + h), "o", color=colore)
    punto = torch.tensor(float(x), dtype=torch.float64, requires_grad=True)
    (tangente,) = torch.autograd.grad(f(punto), punto)
    asse.plot(ascisse, f(x) + tangente.item() * (ascisse - x), "--", color=ROSSO,
              label=f"la tangente: pendenza {all_italiana(tangente.item())}")  # fmt: skip
    asse.plot(x, f(x), "o", color=ROSSO, markersize=8)
    asse.set(xlabel="x", ylabel="f(x)", title="Più il passo è corto, più la retta somiglia alla tangente")
    asse.set_ylim(min(f(ascisse)) - 4, max(f(ascisse)))
    asse.legend(frameon=False)
    return figura


def errore_differenze(f: Callable, derivata: Callable, x: float) -> Figure:
    """L'errore relativo delle differenze finite, in avanti e centrali, contro il passo, in scala logaritmica."""
    figura, asse = tela(misure=(7, 4))
    passi = np.logspace(0, -16, 65)
    esatta = derivata(x)
    modi = {
        "in avanti": ((f(x + passi) - f(x)) / passi, BLU),
        "centrali": ((f(x + passi) - f(x - passi)) / (2 * passi), ARANCIO),
    }
    for nome, (stime, colore) in modi.items():
        errori = np.maximum(abs(stime - esatta) / abs(esatta), 1e-16)  # lo zero in scala logaritmica non c'è
        asse.loglog(passi, errori, ".-", color=colore, linewidth=1.3, label=f"differenze {nome}")
    asse.invert_xaxis()
    asse.annotate("passo troppo lungo:\nla curva si piega", (3e-2, 2.5e-2), (1e-4, 0.25), fontsize=10, color=GRIGIO,
                  ha="center", va="center", arrowprops={"arrowstyle": "->", "color": GRIGIO})  # fmt: skip
    asse.annotate("passo troppo corto:\nle cifre finiscono", (3e-14, 1.2e-2), (2e-11, 0.25), fontsize=10, color=GRIGIO,
                  ha="center", va="center", arrowprops={"arrowstyle": "->", "color": GRIGIO})  # fmt: skip
    asse.set(xlabel="passo h, sempre più corto →", ylabel="errore, in rapporto alla derivata", ylim=(1e-13, 5))
    asse.set_title("Accorciare il passo aiuta, ma solo fino a un certo punto")
    asse.legend(loc="lower left", frameon=False)
    return figura


def rette(
    punti: Sequence[tuple[float, float]],
    pesi: dict[str, tuple[float, float]],
    titolo: str = "Un passo contro il gradiente",
) -> Figure:
    """I punti e, per ogni voce di ``pesi``, la retta w·x + b."""
    figura, asse = tela(misure=(5.6, 3.6))
    x = np.array([x for x, _ in punti])
    estremi = np.array([x.min() - 0.3, x.max() + 0.3])
    for (nome, (w, b)), colore in zip(pesi.items(), (AZZURRO, BLU, VERDE), strict=False):
        asse.plot(estremi, w * estremi + b, color=colore, label=nome)
    asse.plot(x, [y for _, y in punti], "o", color=ROSSO, markersize=8, label="i punti")
    asse.set(xlabel="x", ylabel="y", title=titolo)
    asse.legend(frameon=False)
    return figura


def cammini(f: Callable, percorsi: dict[str, torch.Tensor], arrivo: Sequence[float]) -> Figure:
    """Più discese affiancate, ognuna sopra le linee di livello di ``f``; tutte con la stessa inquadratura.

    Args:
        f: riceve un tensore la cui prima dimensione vale 2 (le due coordinate).
        percorsi: ``{titolo: punti}``, di forma (passi, 2), nell'ordine in cui sono stati visitati.
        arrivo: il minimo.
    """
    percorsi = {titolo: punti.detach().cpu().double() for titolo, punti in percorsi.items()}
    figura, assi = tela(1, len(percorsi), misure=(4.6 * len(percorsi), 4.4), sharey=True, squeeze=False)
    tutti = torch.cat([*percorsi.values(), torch.tensor([list(arrivo)], dtype=torch.float64)])
    basso, alto = tutti.min(dim=0).values, tutti.max(dim=0).values
    margine = 0.2 * (alto - basso) + 0.1
    estremi = zip(basso - margine, alto + margine, strict=True)
    griglie = [torch.linspace(da, a, 120, dtype=torch.float64) for da, a in estremi]
    valori = f(torch.stack(torch.meshgrid(*griglie, indexing="xy")))
    minimo = float(valori.min())
    livelli = minimo + (float(valori.max()) - minimo) * np.linspace(0, 1, 15) ** 2
    for asse, (titolo, punti) in zip(assi[0], percorsi.items(), strict=True):
        asse.contour(*griglie, valori, levels=livelli[1:], cmap="cividis", linewidths=1)
        asse.plot(*punti.T, "o-", color=ROSSO, markersize=4, linewidth=1.3, label="il cammino")
        asse.plot(*punti[0], "s", color=INCHIOSTRO, markersize=8, label="partenza")
        asse.plot(*arrivo, "*", color=BLU, markersize=15, label="il minimo")
        asse.set(xlabel="prima coordinata", title=titolo)
        asse.set_aspect("equal")
        asse.grid(False)
    assi[0, 0].set_ylabel("seconda coordinata")
    figura.legend(*assi[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return figura


def grafo(risultato: torch.Tensor, nomi: dict[str, torch.Tensor] | None = None, ritorno: bool = False) -> Figure:
    """Il grafo che PyTorch ha costruito per calcolare ``risultato``: le foglie a sinistra, il risultato a destra.

    Legge `grad_fn` e `next_functions`: disegna perciò solo ciò che `backward()` percorrerà. Le foglie che chiedono
    il gradiente sono cerchi, le operazioni scatole; sotto sta il valore. Al ritorno, in rosso, sotto stanno i gradienti
    e sulle frecce le derivate locali, finché il grafo non è stato liberato.

    Args:
        nomi: i tensori da chiamare per nome, foglie o risultati intermedi: ``{"w": w}``.
        ritorno: se vero le frecce vanno all'indietro, come `backward()`.

    Raises:
        ValueError: ``risultato`` non ha un grafo.
    """
    if not isinstance(risultato, torch.Tensor) or risultato.grad_fn is None:
        raise ValueError("Qui non c'è un grafo: nessun numero da cui nasce il risultato ha requires_grad=True.")
    archi = _archi(risultato.grad_fn)
    posti, vie = _disponi(risultato.grad_fn, archi, 1.3 if ritorno else 1)
    tensori = {_radice(tensore): (nome, tensore) for nome, tensore in (nomi or {}).items()}
    # Sotto i nodi che hanno un nome o sono foglie vanno il valore e il gradiente; sopra, il nome.
    scritti = {nodo for nodo in posti if nodo in tensori or hasattr(nodo, "variable")}
    basso = min(y - (0.62 if nodo in scritti else 0.34) for nodo, (_, y) in posti.items())
    alto = max(y + (0.55 if nodo in tensori else 0.4) for nodo, (_, y) in posti.items())
    curve = [y for via in vie for _, y in via]
    basso, alto = min(basso, min(curve, default=0) - 0.2), max(alto, max(curve, default=0) + 0.2)
    sinistra, destra = -0.5, max(x for x, _ in posti.values()) + 0.5
    figura, asse = tela(misure=(1.45 * (destra - sinistra), 1.45 * (alto - basso) + 0.4))
    asse.set(xlim=(sinistra, destra), ylim=(basso, alto), aspect="equal")
    senza_assi(asse)
    derivate = _derivate_locali(archi, risultato) if ritorno else [""] * len(archi)
    for (nodo, precedente), via, scarto, derivata in zip(archi, vie, _scarti(vie), derivate, strict=True):
        _freccia(asse, via, scarto, _raggio(precedente), _raggio(nodo), ritorno, derivata)
    for nodo, (x, y) in posti.items():
        foglia = hasattr(nodo, "variable")
        nome, tensore = tensori.get(nodo, ("", nodo.variable if foglia else None))
        _disegna_foglia(asse, x, y, nome) if foglia else _disegna_operazione(asse, x, y, nodo.name(), nome)
        _sotto(asse, x, y, tensore, _gradiente(risultato, tensore) if ritorno else None)
    asse.set_title("← ritorno: le derivate" if ritorno else "andata: i valori →", color=ROSSO if ritorno else GRIGIO)
    return figura


def _radice(tensore: torch.Tensor) -> object:
    """Il nodo del grafo di un tensore: l'operazione da cui nasce o, per una foglia, chi ne accumula il gradiente."""
    if tensore.grad_fn is not None or not tensore.requires_grad:
        return tensore.grad_fn
    with torch.enable_grad():
        return tensore.view_as(tensore).grad_fn.next_functions[0][0]


def _archi(radice: object) -> list[tuple[object, object]]:
    """Gli archi (operazione, ciò da cui dipende), ripetuti se un numero è usato due volte nella stessa operazione."""
    archi, visti, coda = [], {radice}, [radice]
    while coda:
        nodo = coda.pop(0)
        for precedente, _ in nodo.next_functions:
            if precedente is None:
                continue  # una costante: nessuno ha chiesto il suo gradiente
            archi.append((nodo, precedente))
            if precedente not in visti:
                visti.add(precedente)
                coda.append(precedente)
    return archi


def _derivate_locali(archi: list, risultato: torch.Tensor) -> list[str]:
    """Per ogni arco, ciò per cui il ritorno moltiplica; niente se il grafo è già libero, o se non sono numeri soli."""
    uno = torch.ones((), dtype=risultato.dtype, device=risultato.device)
    scritte, passati = [], Counter()
    for nodo, precedente in archi:
        posti = [i for i, (altro, _) in enumerate(nodo.next_functions) if altro is precedente]
        try:
            uscite = nodo(uno)
        except RuntimeError:
            return [""] * len(archi)
        uscite = uscite if isinstance(uscite, tuple) else (uscite,)
        derivata = uscite[posti[passati[nodo, precedente]]]
        passati[nodo, precedente] += 1
        scritte.append(f"×{all_italiana(derivata.item())}" if derivata.numel() == 1 else "")
    return scritte


def _gradiente(risultato: torch.Tensor, tensore: torch.Tensor | None) -> torch.Tensor | None:
    """La derivata di ``risultato`` rispetto a ``tensore``; se il grafo è già libero, quella che sta in ``grad``."""
    if tensore is None:
        return None
    try:
        return torch.autograd.grad(risultato, tensore, retain_graph=True, allow_unused=True)[0]
    except RuntimeError:
        return tensore.grad if tensore.is_leaf or tensore.retains_grad else None


def _disponi(radice: object, archi: list, passo: float) -> tuple[dict, list]:
    """Mette i nodi in colonne (il risultato a destra) e restituisce i loro posti e, per ogni arco, i punti da toccare.

    Un arco che salta una colonna vi occupa un posto vuoto, così non passa sopra a un altro nodo.
    """
    distanza = {radice: 0}
    for _ in range(len(archi)):  # la strada più lunga: bastano tanti giri quanti sono gli archi
        for nodo, precedente in archi:
            distanza[precedente] = max(distanza.get(precedente, 0), distanza.get(nodo, 0) + 1)
    ultima = max(distanza.values())
    colonne: list[list] = [[] for _ in range(ultima + 1)]
    for nodo in distanza:
        colonne[distanza[nodo]].append(nodo)
    catene, vicini = [], {}
    for numero, (nodo, precedente) in enumerate(archi):
        vuoti = [(numero, livello) for livello in range(distanza[nodo] + 1, distanza[precedente])]
        for vuoto in vuoti:
            colonne[vuoto[1]].append(vuoto)
        catena = [nodo, *vuoti, precedente]
        catene.append(catena)
        for a, b in pairwise(catena):
            vicini.setdefault(a, []).append(b)
            vicini.setdefault(b, []).append(a)
    x = {elemento: passo * (ultima - livello) for livello, colonna in enumerate(colonne) for elemento in colonna}
    segmenti = [segmento for catena in catene for segmento in pairwise(catena)]
    # Si parte da ordini diversi, sempre gli stessi, e si tiene il disegno con meno incroci e meno saliscendi.
    caso = random.Random(0)
    prove = [_accosta(colonne, vicini)]
    prove += [_accosta([caso.sample(colonna, len(colonna)) for colonna in colonne], vicini) for _ in range(30)]
    altezza = min(prove, key=lambda prova: _disordine(segmenti, x, prova))
    posti = {nodo: (x[nodo], altezza[nodo]) for nodo in distanza}
    return posti, [[(x[elemento], altezza[elemento]) for elemento in reversed(catena)] for catena in catene]


def _accosta(colonne: list[list], vicini: dict) -> dict:
    """Riordina ogni colonna perché ciascuno stia all'altezza media dei suoi vicini; restituisce le altezze."""
    altezza: dict = {}
    for colonna in colonne:
        _impila(colonna, altezza)
    for giro in range(8):
        for colonna in colonne if giro % 2 else reversed(colonne):
            colonna.sort(key=lambda nodo: -mean([altezza[v] for v in vicini.get(nodo, [nodo])]))
            _impila(colonna, altezza)
    return altezza


def _disordine(segmenti: list, x: dict, altezza: dict) -> tuple[int, float]:
    incroci = sum(
        x[a] == x[c] and (altezza[a] - altezza[c]) * (altezza[b] - altezza[d]) < 0
        for (a, b), (c, d) in combinations(segmenti, 2)
    )
    return incroci, sum(abs(altezza[a] - altezza[b]) for a, b in segmenti)


def _impila(colonna: list, altezza: dict) -> None:
    for posizione, elemento in enumerate(colonna):
        altezza[elemento] = (len(colonna) - 1) / 2 - posizione


def _scarti(vie: list) -> list[float]:
    """Di quanto spostare in verticale ogni arco, perché due archi fra gli stessi nodi restino distinti."""
    uguali = [[i for i, altra in enumerate(vie) if altra == via] for via in vie]
    return [0.14 * (2 * gruppo.index(i) - len(gruppo) + 1) for i, gruppo in enumerate(uguali)]


def _raggio(nodo: object) -> float:
    """Metà della larghezza del disegno di un nodo."""
    return 0.3 if hasattr(nodo, "variable") else 0.4


def _freccia(asse: Axes, via: list, scarto: float, da: float, a: float, ritorno: bool, scritta: str) -> None:
    """Una curva morbida per i punti di ``via``, orizzontale in ciascuno, con ``scritta`` nell'ultimo tratto."""
    punti = [(x, y + scarto) for x, y in via]
    punti[0], punti[-1] = (punti[0][0] + da + 0.02, punti[0][1]), (punti[-1][0] - a - 0.02, punti[-1][1])
    vertici, codici = [punti[0]], [Path.MOVETO]
    for (xa, ya), (xb, yb) in pairwise(punti):
        mezzo = (xb - xa) / 2
        vertici += [(xa + mezzo, ya), (xb - mezzo, yb), (xb, yb)]
        codici += [Path.CURVE4] * 3
    punta, colore = ("<|-", ROSSO) if ritorno else ("-|>", GRIGIO)
    asse.add_patch(FancyArrowPatch(path=Path(vertici, codici), arrowstyle=punta, mutation_scale=14,
                                   color=colore, linewidth=1.4, shrinkA=0, shrinkB=0))  # fmt: skip
    (xa, ya), (xb, yb) = punti[-2:]
    if scritta:
        dritta = abs(ya - yb) < 0.05
        scrivi(asse, (xa + xb) / 2, (ya + yb) / 2 + 0.12 * dritta, scritta, 10, ROSSO,
               bbox=None if dritta else {"fc": "white", "ec": "none", "pad": 0.8})  # fmt: skip


def _disegna_foglia(asse: Axes, x: float, y: float, nome: str) -> None:
    asse.add_patch(Circle((x, y), 0.3, facecolor="#D6E9F5", edgecolor=BLU, linewidth=1.6))
    scrivi(asse, x, y, nome or "foglia", 13 if len(nome) in (1, 2) else 10)


def _disegna_operazione(asse: Axes, x: float, y: float, completo: str, nome: str) -> None:
    corto = completo.rstrip("0123456789").removesuffix("Backward")
    scatola(asse, x - 0.4, y - 0.24, 0.8, 0.48, TENUE, forza=0.3, ec=GRIGIO if corto else TENUE)
    simbolo = SIMBOLI.get(corto)
    if simbolo:
        scrivi(asse, x, y + 0.08, simbolo, 14 if len(simbolo) == 1 else 11)
    scrivi(asse, x, y - (0.13 if simbolo else 0), completo, 9, GRIGIO)
    if nome:
        scrivi(asse, x, y + 0.27, nome, 11, BLU, va="bottom")


def _sotto(asse: Axes, x: float, y: float, tensore: torch.Tensor | None, gradiente: torch.Tensor | None) -> None:
    """Il valore e il gradiente di un tensore con un solo elemento, sotto il suo nodo."""
    if tensore is None or tensore.numel() != 1:
        return
    scrivi(asse, x, y - 0.34, f"vale {all_italiana(tensore.item())}", 10, va="top")
    if gradiente is not None:
        scrivi(asse, x, y - 0.48, f"grad {all_italiana(gradiente.item())}", 10, ROSSO, va="top")
