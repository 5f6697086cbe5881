"""Gli esercizi della lezione 09: un'onda, l'aliasing, lo spettrogramma, una melodia, il rumore, una rete, l'altezza."""

import itertools
import math
from collections.abc import Callable

import torch

from corso_pytorch.lezioni.l09_audio.orecchio import RIFERIMENTO, esamina, sviste
from corso_pytorch.verifiche.confronti import come_numero
from corso_pytorch.verifiche.dichiarazione import Prova
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, italiano
from corso_pytorch.verifiche.osservazioni import generatore
from corso_pytorch.verifiche.registro import esercizio

GIRO = 2 * math.pi


def _onda(
    istanti: Callable = lambda n, fc: n / fc,
    giro: Callable = lambda frequenza: GIRO * frequenza,
    quanti: Callable = lambda secondi, fc: round(secondi * fc),
    seno: Callable = torch.sin,
    dtype: torch.dtype = torch.float64,
) -> Callable[[float, float, int], torch.Tensor]:
    def onda_pura(frequenza: float, secondi: float, campioni_al_secondo: int) -> torch.Tensor:
        n = torch.arange(quanti(secondi, campioni_al_secondo), dtype=dtype)
        return seno(giro(frequenza) * istanti(n, campioni_al_secondo)).float()

    return onda_pura


onda_pura = _onda()

esercizio(
    "9.1",
    giusta=onda_pura,
    prove=[
        (440, 0.05, 8000),
        (3, 1.5, 50),
        (2.5, 1.5, 50),  # al secondo 1 il giro è a metà
        (7, 0.29, 100),  # 0,29 · 100 in virgola mobile è un soffio meno di 29
        (5, 0.0337, 1000),
        (5, 0.0333, 1000),
        (261.63, 0.04, 11_025),
        (0, 0.01, 1000),
        (5200, 0.01, 8000),  # anche oltre la metà di campioni_al_secondo
        (100, 0.001, 1000),
        (100, 0, 8000),
    ],
    detta="con {0} Hz, {1} s e {2} campioni al secondo",
    nome="L'onda",
    dtype="stesso",
    tolleranza=1e-3,  # chi fa i conti in float32 perde qualche cifra della fase
    sviste={
        "Manca il 2π: un giro intero vale 2π, non 1.": _onda(giro=lambda frequenza: frequenza),
        "Hai usato π al posto di 2π: la frequenza si dimezza.": _onda(giro=lambda frequenza: math.pi * frequenza),
        "Con 3,14 al posto di π l'onda, un giro dopo l'altro, si sposta: c'è math.pi.": _onda(giro=lambda f: 6.28 * f),
        "Il seno di torch vuole i radianti: un giro intero vale 2π, non 360.": _onda(giro=lambda f: 360 * f),
        "Il campione n è preso all'istante n / campioni_al_secondo: il tuo è n.": [
            _onda(lambda n, fc: n),
            _onda(lambda n, fc: n, dtype=torch.float32),
        ],
        "Dopo un secondo ricominci da capo, e con una frequenza non intera il giro era a metà.": _onda(
            lambda n, fc: n / fc % 1
        ),
        "È un coseno: a t = 0 l'onda deve valere 0.": _onda(seno=torch.cos),
        "Il tempo sta dentro il seno: sin(2π · frequenza · t).": lambda f, s, fc: (
            math.sin(GIRO * f) * torch.arange(round(s * fc)) / fc
        ),
        "Gli istanti vanno da 0 alla durata, e i tuoi vanno da 0 a 1: il campione n è all'istante "
        "n / campioni_al_secondo.": [
            _onda(lambda n, fc: n / max(len(n), 1)),
            _onda(lambda n, fc: torch.linspace(0, 1, len(n), dtype=n.dtype)),
        ],
        "L'ultimo campione cade proprio sulla fine: gli istanti distano 1 / campioni_al_secondo, e la fine è esclusa "
        "(linspace la comprende).": lambda f, s, fc: torch.sin(
            GIRO * f * torch.linspace(0, s, round(s * fc), dtype=torch.float64)
        ).float(),
        "Gli istanti distano 1 / campioni_al_secondo: con linspace fino alla durata succede solo se i campioni sono un "
        "numero intero.": lambda f, s, fc: torch.sin(
            GIRO * f * torch.linspace(0, s, round(s * fc) + 1, dtype=torch.float64)[:-1]
        ).float(),
        "Il primo campione è all'istante 0, non dopo un passo.": _onda(lambda n, fc: (n + 1) / fc),
        "La frequenza non conta: dov'è nella formula?": _onda(giro=lambda frequenza: GIRO),
        "I campioni sono uno di troppo: la fine è esclusa.": _onda(quanti=lambda s, fc: round(s * fc) + 1),
        "Manca un campione: int() taglia, e 0,29 · 100 in virgola mobile è un soffio meno di 29. Serve round().": _onda(
            quanti=lambda s, fc: int(s * fc)
        ),
        "I campioni si arrotondano all'intero più vicino, e tu arrotondi sempre in su.": [
            _onda(quanti=lambda s, fc: math.ceil(s * fc)),
            lambda f, s, fc: torch.sin(GIRO * f * torch.arange(0, s, 1 / fc)),
        ],
        "Hai usato 8000: conta campioni_al_secondo.": [
            lambda f, s, fc: onda_pura(f, s, 8000),
            _onda(lambda n, fc: n / 8000),
            _onda(quanti=lambda s, fc: round(s * 8000)),
        ],
    },
)


def si_sente(frequenza: float, campioni_al_secondo: float) -> float:
    resto = frequenza % campioni_al_secondo
    return min(resto, campioni_al_secondo - resto)


esercizio(
    "9.2",
    giusta=si_sente,
    prove=[
        *((7000, 8000), (440, 8000), (20_500, 8000), (9000, 8000), (4000, 8000), (12_000, 8000), (8000, 8000)),
        *((12_500, 8000), (30_000, 44_100), (100, 70), (23_000, 8000), (0, 8000), (5512.5, 11_025), (5513, 11_025)),
        *((7000.5, 8000), (3999.75, 8000), (1_003_001, 8000), (16_000, 8000), (7.2, 5), (32.75, 15)),
        (1_005_001, 8000),
    ],
    detta="con {0} Hz e {1} campioni al secondo",
    nome="La frequenza",
    sviste={
        "Sopra la metà la frequenza si specchia, e tu l'hai lasciata com'era.": lambda f, fc: f,
        "Il resto è giusto, ma sopra la metà va specchiato.": lambda f, fc: f % fc,
        "Fra mezzo giro e un giro scende, poi risale: prima togli i giri interi, poi specchia.": lambda f, fc: (
            f if f <= fc / 2 else fc / 2 - f % (fc / 2)
        ),
        "Ti sei fermato alla metà, ma la frequenza torna giù.": [
            lambda f, fc: min(f, fc / 2),
            lambda f, fc: min(f % fc, fc / 2),
            lambda f, fc: min(f % fc, fc // 2),
        ],
        "Con la metà si confronta il resto: 9000 lascia 1000, che sta già sotto.": lambda f, fc: (
            f if f <= fc / 2 else fc - f % fc
        ),
        "Hai specchiato una frequenza che stava già sotto la metà.": [
            lambda f, fc: fc - f % fc,
            lambda f, fc: fc - f,
            lambda f, fc: abs(fc - f),
        ],
        "Il resto si specchia sottraendolo da campioni_al_secondo, non dalla sua metà.": [
            lambda f, fc: f % fc if f % fc <= fc / 2 else fc / 2 - f % fc,
            lambda f, fc: f % fc if f % fc < fc / 2 else fc / 2 - f % fc,
            lambda f, fc: min(f % fc, fc / 2 - f % fc),
        ],
        "Hai usato 8000: conta campioni_al_secondo.": lambda f, fc: si_sente(f, 8000),
        "La frequenza non può essere negativa; e se supera un giro intero?": lambda f, fc: min(f, fc - f),
        "La differenza va bene fino a un giro; oltre, prima si tolgono i giri interi.": lambda f, fc: min(
            f, abs(fc - f)
        ),
        "Dopo la metà non si ricomincia da zero, si torna indietro.": [
            lambda f, fc: f % (fc / 2),
            lambda f, fc: f % (fc / 2) or min(f, fc / 2),
            lambda f, fc: f % fc if f % fc <= fc / 2 else f % fc - fc / 2,
        ],
        "Sopra la metà non si toglie la metà: ci si specchia, e resta ciò che manca a un giro intero.": [
            lambda f, fc: f - fc / 2 if f > fc / 2 else f,
            lambda f, fc: abs(f - fc / 2),
            lambda f, fc: f - fc / 2,
        ],
        "Alla metà esatta si sente la metà.": lambda f, fc: 0 if f % fc == fc / 2 else si_sente(f, fc),
        "Se campioni_al_secondo è dispari la metà ha la virgola: si divide con /, non con //.": [
            lambda f, fc: f % fc if f % fc <= fc // 2 else fc - f % fc,
            lambda f, fc: f % fc if f % fc < fc // 2 else fc - f % fc,
        ],
        "La frequenza può avere la virgola: non arrotondarla.": [
            lambda f, fc: int(si_sente(f, fc)),
            lambda f, fc: si_sente(int(f), fc),
            lambda f, fc: round(si_sente(f, fc)),
        ],
    },
)


def _forma(
    righe: Callable = lambda n_fft: n_fft // 2 + 1,
    allungato: Callable = lambda campioni, n_fft, center: campioni + (n_fft if center else 0),
    colonne: Callable = lambda lungo, n_fft, passo: 1 + (lungo - n_fft) // passo,
) -> Callable[[int, int, int, bool], tuple[int, int]]:
    return lambda campioni, n_fft, passo, center: (
        righe(n_fft),
        colonne(allungato(campioni, n_fft, center), n_fft, passo),
    )


forma = _forma()

esercizio(
    "9.3",
    giusta=forma,
    prove=[
        (800, 200, 30, True),
        (12_800, 256, 128, False),
        (12_800, 256, 128, True),
        (12_799, 256, 128, False),  # all'ultimo frame manca un campione
        (1000, 64, 30, False),
        (1000, 64, 30, True),
        (901, 64, 30, True),  # dispari, e un campione oltre l'ultimo passo
        (4000, 512, 512, False),
        (4000, 512, 512, True),
        (333, 100, 7, False),
        (331, 100, 30, False),  # i resti delle due divisioni si sommano
        (1000, 64, 150, False),  # il passo salta dei campioni
        (256, 256, 80, False),  # un frame solo
        (300, 512, 100, True),
        (10, 2, 1, False),
        (10_000_000, 400, 160, True),
    ],
    detta="con {0} campioni, n_fft={1}, passo={2} e center={3}",
    nome="La forma",
    dtype="stesso",
    vieta=("stft",),
    sviste={
        "Prima le frequenze, poi i frame.": lambda *argomenti: forma(*argomenti)[::-1],
        "Le frequenze sono una in più: ci sono lo zero e la metà di campioni_al_secondo.": _forma(lambda n: n // 2),
        "Per un'onda reale bastano metà delle frequenze, più una.": [_forma(lambda n: n), _forma(lambda n: n + 1)],
        "Le frequenze dipendono da n_fft, non da quanto è lungo il suono.": lambda campioni, n, passo, center: (
            campioni // 2 + 1,
            forma(campioni, n, passo, center)[1],
        ),
        "Due frame in più era il caso di prima: quanti ne aggiunge center=True dipende da n_fft e dal passo.": (
            lambda campioni, n, passo, center: (n // 2 + 1, 1 + (campioni - n) // passo + 2 * center)
        ),
        "Il suono intero diviso per il passo non basta: il primo frame viene prima di ogni passo, e senza center "
        "l'ultimo deve starci tutto.": lambda campioni, n, passo, center: (n // 2 + 1, campioni // passo),
        "Manca un frame: il primo, prima di ogni passo.": _forma(colonne=lambda lungo, n, passo: (lungo - n) // passo),
        "Hai dimenticato che center=True allunga il suono.": _forma(allungato=lambda campioni, n, center: campioni),
        "È solo center=True che allunga il suono.": _forma(allungato=lambda campioni, n, center: campioni + n),
        "I due casi sono scambiati: è center=True che allunga il suono.": _forma(
            allungato=lambda campioni, n, center: campioni + (0 if center else n)
        ),
        "Il suono si allunga da tutt'e due le parti.": _forma(
            allungato=lambda campioni, n, center: campioni + n // 2 * center
        ),
        "Il suono si allunga di n_fft // 2 da ogni parte, non di n_fft.": _forma(
            allungato=lambda campioni, n, center: campioni + 2 * n * center
        ),
        "I frame si sovrappongono: ne comincia uno ogni passo, non ogni n_fft.": [
            _forma(colonne=lambda lungo, n, passo: 1 + (lungo - n) // n),
            lambda campioni, n, passo, center: (n // 2 + 1, campioni // n),
        ],
        "L'ultimo frame deve starci tutto: quello che sporge non conta.": [
            _forma(colonne=lambda lungo, n, passo: 1 + math.ceil((lungo - n) / passo)),
            _forma(colonne=lambda lungo, n, passo: 1 + round((lungo - n) / passo)),
            _forma(colonne=lambda lungo, n, passo: 1 + lungo // passo),
            _forma(colonne=lambda lungo, n, passo: math.ceil(lungo / passo)),
        ],
        "Prima si toglie n_fft, poi si divide: con due divisioni intere i resti si perdono.": [
            _forma(colonne=lambda lungo, n, passo: 1 + lungo // passo - n // passo),
            lambda campioni, n, passo, center: (
                n // 2 + 1,
                1 + campioni // passo - (0 if center else n // passo),
            ),
        ],
        "Le dimensioni sono interi: usa la divisione intera, //.": [
            _forma(colonne=lambda lungo, n, passo: 1 + (lungo - n) / passo),
            _forma(righe=lambda n: n / 2 + 1),
            _forma(lambda n: n / 2 + 1, colonne=lambda lungo, n, passo: 1 + (lungo - n) / passo),
        ],
    },
)


FC_MELODIA, CAMPIONI_NOTA = 8000, 3200  # 0,4 secondi a nota


def _la_piu_forte(spettro: torch.Tensor, note: dict[str, float], distanza: float) -> str:
    return max(note, key=lambda nome: spettro[round(note[nome] / distanza)].item())


def _vicina_al_picco(spettro: torch.Tensor, note: dict[str, float], distanza: float) -> str:
    picco = spettro.argmax().item() * distanza
    return min(note, key=lambda nome: abs(note[nome] - picco))


def _trascrivi(
    scegli: Callable = _la_piu_forte,
    lungo: int = CAMPIONI_NOTA,
    avanzo: bool = False,
    esito: Callable = lambda nomi, note: nomi,
) -> Callable[[torch.Tensor, dict[str, float]], list[str]]:
    """Come si sceglie la nota di un pezzo, quanto è lungo, se si tiene l'avanzo, che cosa si fa dei nomi."""

    def trascrivi(onda: torch.Tensor, note: dict[str, float]) -> list[str]:
        inizi = range(0, len(onda) if avanzo else len(onda) - lungo + 1, lungo)
        pezzi = [onda[inizio : inizio + lungo] for inizio in inizi]
        nomi = [scegli(torch.fft.rfft(pezzo).abs(), note, FC_MELODIA / len(pezzo)) for pezzo in pezzi]
        return esito(nomi, note)

    return trascrivi


trascrivi = _trascrivi()


def _ottava(do: float) -> dict[str, float]:
    semitoni = {"do": 0, "re": 2, "mi": 4, "fa": 5, "sol": 7, "la": 9, "si": 11}
    return {nome: do * 2 ** (n / 12) for nome, n in semitoni.items()}


def _melodia(
    come: str,
    nomi: str,
    *volumi: float,
    do: float = 261.63,
    avanzo: int = 0,
    forte: float = 1.0,
    ordine: int = 1,
    fase: float = 1.0,
) -> Prova:
    """Le note di ``nomi``, con le armoniche di questi volumi; in fondo ``avanzo`` campioni dell'ultima.

    La fondamentale parte dall'angolo ``fase``. Con ``ordine=-1`` il dizionario comincia dalla nota più alta.
    """
    note = dict(list(_ottava(do).items())[::ordine])
    t = torch.arange(CAMPIONI_NOTA, dtype=torch.float64) / FC_MELODIA
    pezzi = [torch.zeros(0)]
    for nome in nomi.split():
        armoniche = [v * torch.sin(GIRO * k * note[nome] * t + k * fase) for k, v in enumerate(volumi, 1)]
        pezzi.append((sum(armoniche) * torch.exp(-3 * t)).float())
    onda = forte * torch.cat([*pezzi, pezzi[-1][:avanzo]])
    return Prova(onda, note, detta=f"con {come}")


def _con_una_sola(
    prova: Callable, misura: Callable = torch.abs
) -> Callable[[torch.Tensor, dict[str, float]], list[str]]:
    """Misura ogni nota con il solo seno, o il solo coseno: trova ciò che parte come lui, e perde il resto."""

    def trascrivi(onda: torch.Tensor, note: dict[str, float]) -> list[str]:
        t = torch.arange(CAMPIONI_NOTA) / FC_MELODIA
        pezzi = onda[: len(onda) // CAMPIONI_NOTA * CAMPIONI_NOTA].view(-1, CAMPIONI_NOTA)
        angoli = GIRO * torch.tensor(list(note.values()))[:, None] * t
        return [list(note)[posto] for posto in misura(pezzi @ prova(angoli).T).argmax(dim=1)]

    return trascrivi


def _mezzo_complesso(misura: Callable) -> Callable[[torch.Tensor, dict[str, float]], list[str]]:
    """Del numero complesso di ogni nota guarda una parte sola."""
    return lambda onda, note: [
        max(note, key=lambda nome: misura(torch.fft.rfft(pezzo)[round(note[nome] / 2.5)]).item())
        for pezzo in onda[: len(onda) // CAMPIONI_NOTA * CAMPIONI_NOTA].view(-1, CAMPIONI_NOTA)
    ]


def _centrata(onda: torch.Tensor, note: dict[str, float]) -> list[str]:
    if len(onda) < CAMPIONI_NOTA:
        return []
    finestra = torch.hann_window(CAMPIONI_NOTA)
    spettri = torch.stft(onda, CAMPIONI_NOTA, CAMPIONI_NOTA, window=finestra, return_complex=True).abs()
    return [_la_piu_forte(colonna, note, 2.5) for colonna in spettri.T]


def _tutta_insieme(onda: torch.Tensor, note: dict[str, float]) -> list[str]:
    if len(onda) < CAMPIONI_NOTA:
        return []
    return [_la_piu_forte(torch.fft.rfft(onda).abs(), note, FC_MELODIA / len(onda))]


esercizio(
    "9.4",
    giusta=trascrivi,
    prove=[
        _melodia("onde pure", "do mi sol mi", 1),
        _melodia("tutte e sette le note, e le armoniche", "do re mi fa sol la si", 1, 0.5, 0.3),
        _melodia("note ripetute", "re re la la si la", 1, 0.4),
        _melodia("una nota sola", "fa", 1, 0.2),
        _melodia("la seconda armonica più forte della fondamentale", "sol mi do re", 0.4, 1, 0.3),
        _melodia("un'ottava più bassa", "la fa do si mi", 1, 0.6, 0.4, do=130.81),
        _melodia(
            "un'ottava più bassa, e le armoniche più forti della fondamentale", "mi re sol", 0.4, 0.9, 1, do=130.81
        ),
        _melodia("note pianissimo", "si fa re", 1, 0.3, forte=1e-4),
        _melodia("un dizionario che comincia dalla nota più alta", "do re sol si", 1, 0.3, ordine=-1),
        _melodia("un avanzo di 1500 campioni in fondo", "mi mi la", 1, 0.3, avanzo=1500),
        _melodia("onde che partono dalla cresta", "do sol fa re si", 1, fase=GIRO / 4),
        _melodia("onde che partono da zero", "mi la do si re", 1, fase=0.0),
        *(_melodia("onde che partono a mezza strada", "do re mi fa sol la si", 1, fase=fase) for fase in (0.45, 1.95)),
        _melodia("un'onda vuota", "", 1),
        Prova(torch.ones(800), _ottava(261.63), detta="con un'onda più corta di una nota"),
    ],
    nome="La melodia",
    consigli={
        "number of data points": "Se di note intere non ce n'è, la lista è vuota: quel pezzo non ha campioni.",
        "maximum size for tensor": "Se l'onda è più corta di una nota, la lista è vuota.",
        "ComplexFloat": "Fra i numeri complessi non c'è un più grande: prima abs.",
        "cannot be interpreted as an integer": "Serve un intero: 0.4 * 8000 fa 3200.0, e / dà sempre la virgola.",
        "is invalid for input of size": "Prima di piegare l'onda in righe uguali, butta l'avanzo in fondo.",
    },
    sviste={
        "Hai preso il picco più alto, che può essere un'armonica: confronta solo le frequenze di note.": _trascrivi(
            _vicina_al_picco
        ),
        "Con il solo seno, o il solo coseno, non trovi le onde che partono da un altro punto: servono insieme.": [
            *(_con_una_sola(prova, misura) for prova in (torch.sin, torch.cos) for misura in (torch.abs, torch.clone)),
            *map(_mezzo_complesso, (torch.real, torch.imag, lambda z: z.real.abs(), lambda z: z.imag.abs())),
        ],
        "Hai guardato tutta l'onda in una volta: lo spettro va fatto nota per nota.": [
            _tutta_insieme,
            lambda onda, note: _tutta_insieme(onda, note) * (len(onda) // CAMPIONI_NOTA),
        ],
        "Manca l'ultima nota: il suo inizio è proprio len(onda) - 3200, e range si ferma prima.": lambda onda, note: (
            trascrivi(onda, note)[: max(len(onda) - 1, 0) // CAMPIONI_NOTA]
        ),
        "Le frequenze da cercare sono quelle di note, che può essere un'altra ottava.": lambda onda, note: trascrivi(
            onda, _ottava(261.63)
        ),
        "Con center=True, che vale se non dici nulla, i frame stanno a cavallo di due note, e sono uno in più.": (
            _centrata
        ),
        "Una posizione dello spettro non è una frequenza: con 3200 campioni i bin distano 2,5 Hz.": [
            _trascrivi(lambda spettro, note, _: max(note, key=lambda nome: spettro[round(note[nome])].item())),
            _trascrivi(lambda spettro, note, _: max(note, key=lambda nome: spettro[int(note[nome])].item())),
            _trascrivi(lambda spettro, note, _: _vicina_al_picco(spettro, note, 1)),
        ],
        "In fondo c'è un avanzo più corto di una nota: si butta.": _trascrivi(avanzo=True),
        "Ogni nota dura 0,4 secondi: a 8000 campioni al secondo sono 3200.": [
            _trascrivi(lungo=4000),
            _trascrivi(lungo=400),
            _trascrivi(lungo=320),
        ],
        "Le note ripetute vanno ripetute.": [
            _trascrivi(esito=lambda nomi, note: list(dict.fromkeys(nomi))),
            _trascrivi(esito=lambda nomi, note: [nome for nome, _ in itertools.groupby(nomi)]),
        ],
        "Queste sono le frequenze: servono i nomi.": _trascrivi(esito=lambda nomi, note: [note[nome] for nome in nomi]),
        "Hai scelto la nota con l'ampiezza più piccola: serve la più grande.": _trascrivi(
            lambda spettro, note, distanza: min(note, key=lambda nome: spettro[round(note[nome] / distanza)].item())
        ),
    },
)


def _rapporto(snr: float) -> float:
    return 10 ** (snr / 10)


def _potenza(x: torch.Tensor) -> torch.Tensor:
    return x.pow(2).mean()


def _rumore(
    fattore: Callable = lambda p, q, rapporto: (p / q / rapporto).sqrt(),
    rapporto: Callable = _rapporto,
    potenze: tuple[Callable, Callable] = (_potenza, _potenza),
    unisci: Callable = lambda onda, k, rumore: onda + k * rumore,
) -> Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]:
    """Il fattore del rumore, dalle due potenze e dal rapporto voluto; come si misurano; che cosa se ne fa."""

    def aggiungi_rumore(onda: torch.Tensor, rumore: torch.Tensor, snr: float) -> torch.Tensor:
        return unisci(onda, fattore(potenze[0](onda), potenze[1](rumore), rapporto(snr)), rumore)

    return aggiungi_rumore


aggiungi_rumore = _rumore()


def _con_rumore(n: int, snr: float, media: float, forte: float = 2.5) -> tuple[torch.Tensor, torch.Tensor, float]:
    rumore = torch.randn(n, generator=generatore(n)) * forte + 0.4 * forte
    return torch.sin(torch.arange(n) * 0.7 + 1) * 0.3 + media, rumore, snr


esercizio(
    "9.5",
    giusta=aggiungi_rumore,
    prove=[
        _con_rumore(50, 6.0, 0.0),
        _con_rumore(80, -5.0, 0.3),
        _con_rumore(64, 0.0, 0.5),
        _con_rumore(120, 20, -1.0),
        _con_rumore(30, -40, 0.1),
        _con_rumore(1, 3.0, 0.2),
        _con_rumore(70, 12.5, 0.2, forte=0.05),
        _con_rumore(90, 10, 3.0, forte=20_000),
        _con_rumore(40, -15, 0.2, forte=1e-3),
        _con_rumore(60, 5, 0.2, forte=1e-6),
    ],
    detta="con N = {0.shape[0]} e snr = {2:g}",
    nome="L'onda",
    vieta=("add_noise", "AddNoise"),
    sviste={
        "Manca la radice: moltiplicare per k cambia la potenza di k².": _rumore(lambda p, q, r: p / q / r),
        "Il segno dell'SNR è scambiato: se cresce, il rumore deve calare.": _rumore(lambda p, q, r: (p / q * r).sqrt()),
        "La potenza va con 10 · log10: il 20 è per le ampiezze.": _rumore(rapporto=lambda snr: 10 ** (snr / 20)),
        "I decibel contano in base 10: il rapporto è 10 ** (snr / 10), senza exp.": _rumore(
            rapporto=lambda snr: math.exp(snr / 10)
        ),
        "L'SNR è in decibel: prima va riportato a un rapporto, 10 ** (snr / 10).": _rumore(rapporto=lambda snr: snr),
        "L'SNR non conta: dov'è nella formula?": _rumore(rapporto=lambda snr: 1),
        "Contano anche le due potenze: 10 ** (-snr / 20) da solo vale soltanto se sono uguali.": [
            _rumore(lambda p, q, r: r**-0.5),
            _rumore(lambda p, q, r: 1 / r),
        ],
        "Fra ampiezze, come la norma o la radice della potenza, vale 10 ** (snr / 20): il 10 è per le potenze.": (
            _rumore(lambda p, q, r: (p / q).sqrt() / r)
        ),
        "10 ** (snr / 20) è già sotto radice, il rapporto fra le potenze no.": _rumore(
            lambda p, q, r: p / q / r, rapporto=lambda snr: 10 ** (snr / 20)
        ),
        "Non conti quanta potenza il rumore ha già.": _rumore(lambda p, q, r: (p / r).sqrt()),
        "Non conti quanta potenza ha l'onda.": _rumore(lambda p, q, r: (1 / q / r).sqrt()),
        "Il rumore è aggiunto com'è: va moltiplicato per arrivare all'SNR chiesto.": _rumore(lambda p, q, r: 1),
        "Hai usato la varianza, che toglie la media: la potenza è la media dei quadrati.": [
            _rumore(potenze=(torch.var, torch.var)),
            _rumore(potenze=(lambda x: x.var(correction=0),) * 2),
            *(_rumore(potenze=potenze) for potenze in ((_potenza, torch.var), (torch.var, _potenza))),
        ],
        "La potenza è la media dei quadrati, non dei valori assoluti.": [
            _rumore(potenze=(lambda x: x.abs().mean(),) * 2),
            _rumore(potenze=(lambda x: x.abs().mean() ** 2,) * 2),
        ],
        "Hai usato la somma dei quadrati: la potenza è la media.": [
            _rumore(potenze=(lambda x: x.pow(2).sum(), _potenza)),
            _rumore(potenze=(_potenza, lambda x: x.pow(2).sum())),
        ],
        "Anche un rumore piano va portato all'SNR chiesto: la sua potenza non ha un minimo.": [
            _rumore(potenze=(_potenza, lambda x: _potenza(x) + 1e-12)),
            *(
                _rumore(potenze=(_potenza, alza))
                for minimo in (1e-5, 1e-6, torch.finfo(torch.float32).eps, 1e-7, 1e-8, 1e-9, 1e-10)
                for alza in (lambda x, m=minimo: _potenza(x).clamp(min=m), lambda x, m=minimo: _potenza(x) + m)
            ),
        ],
        "Il rapporto fra le potenze è capovolto.": _rumore(lambda p, q, r: (q / p / r).sqrt()),
        "Il fattore è capovolto: hai diviso il rumore invece di moltiplicarlo.": _rumore(
            lambda p, q, r: (q / p * r).sqrt()
        ),
        "Restituisci solo il rumore: sommalo all'onda.": _rumore(unisci=lambda onda, k, rumore: k * rumore),
        "Hai sottratto il rumore: la potenza torna, ma qui si somma.": _rumore(
            unisci=lambda onda, k, rumore: onda - k * rumore
        ),
        "Hai cambiato il volume dell'onda: si cambia solo quello del rumore.": _rumore(
            unisci=lambda onda, k, rumore: onda / k + rumore
        ),
    },
)


# L'orecchio si giudica da ciò che sente: ogni rete onesta va bene.
esercizio("9.6", giusta=RIFERIMENTO, osserva=esamina, nome="L'orecchio", sviste=sviste())


def _altezza(
    esito: Callable = lambda posto, ritardo, fc: fc / ritardo,
    primo: Callable = lambda fc: math.ceil(fc / 800),
    somiglia: Callable = torch.sum,
    ultimo: Callable = lambda fc: fc // 80,
) -> Callable[[torch.Tensor, int], float]:
    """Che cosa si restituisce del ritardo migliore, da quale e fino a quale si prova, come si riassumono i prodotti."""

    def altezza(onda: torch.Tensor, campioni_al_secondo: int) -> float:
        ritardi = range(primo(campioni_al_secondo), ultimo(campioni_al_secondo) + 1)
        somiglianza = [somiglia(onda[: len(onda) - r] * onda[r:]).item() for r in ritardi]
        posto = somiglianza.index(max(somiglianza))
        return esito(posto, ritardi[posto], campioni_al_secondo)

    return altezza


altezza = _altezza()


def _con_il_coseno(onda: torch.Tensor, fc: int) -> float:
    ritardi = range(math.ceil(fc / 800), fc // 80 + 1)
    somiglianza = [torch.cosine_similarity(onda[:-r], onda[r:], dim=0).item() for r in ritardi]
    return fc / ritardi[somiglianza.index(max(somiglianza))]


def _a_pari_campioni(onda: torch.Tensor, fc: int, somma: Callable) -> float:
    """Ogni ritardo confronta lo stesso numero di campioni: un periodo e due hanno la stessa somma."""
    return fc / max(range(math.ceil(fc / 800), fc // 80 + 1), key=lambda r: somma(onda, r, len(onda) - fc // 80).item())


def _con_le_differenze(riassumi: Callable) -> Callable[[torch.Tensor, int], float]:
    return lambda onda, fc: (
        fc / min(range(math.ceil(fc / 800), fc // 80 + 1), key=lambda r: riassumi((onda[:-r] - onda[r:]) ** 2).item())
    )


def _picco(onda: torch.Tensor, fc: int) -> float:
    return torch.fft.rfft(onda).abs().argmax().item() * fc / len(onda)


def _passaggi_per_zero(onda: torch.Tensor, fc: int) -> float:
    return ((onda[:-1] < 0) & (onda[1:] >= 0)).sum().item() * fc / len(onda)


def _con_il_margine(risposta: object, onda: torch.Tensor, fc: int, frequenza: float) -> object:
    """L'altezza data; quella giusta, se ci va vicino entro il 5 %."""
    numero = come_numero(chiama(risposta, onda, fc))
    if isinstance(numero, bool) or not isinstance(numero, (int, float)):
        return numero
    if not 0 < numero < math.inf:
        raise Sbagliato(f"Esce {italiano(numero)}: l'altezza è una frequenza. C'è una divisione per zero?")
    return frequenza if 0.95 * frequenza <= numero <= 1.05 * frequenza else numero


def _suono(nome: str, fc: int, periodo: float, *volumi: float, forte: float = 1.0) -> Prova:
    t, frequenza = torch.arange(fc // 4) / fc, fc / periodo
    onda = sum(v * torch.sin(2 * math.pi * frequenza * k * t + k) for k, v in enumerate(volumi, 1)) / sum(volumi)
    return Prova(forte * onda, fc, frequenza, detta=f"con {nome}, {fc} campioni al secondo")


esercizio(
    "9.7",
    giusta=altezza,
    osserva=_con_il_margine,
    # Il periodo, in campioni, è quasi sempre intero: non è la precisione che qui si prova.
    prove=[
        _suono("un'onda pura", 8000, 36, 1),
        _suono("un suono ricco", 8000, 50, 1, 0.8, 0.6, 0.5),
        _suono("un suono senza fondamentale", 8000, 40, 0, 1, 0.9, 0.7),
        _suono("un suono con la seconda armonica più forte", 16_000, 40, 0.3, 1, 0.2),
        _suono("un suono grave senza fondamentale, piano", 11_025, 90, 0, 0.8, 1, 0.7, 0.4, forte=0.01),
        _suono("un suono forte a 440 Hz", 8000, 8000 / 440, 1, 0.3, forte=50),
        _suono("un suono pianissimo", 8000, 45, 1, 0.5, forte=1e-4),
        _suono("un'onda pura e grave", 44_100, 500, 1),
        _suono("un suono a 85 Hz", 8000, 94, 0.5, 1, 0.7),
        _suono("un suono a 80 Hz", 8000, 100, 0.2, 1, 0.8, 0.9),
        _suono("un suono a 800 Hz", 8000, 10, 1, 0.5),
    ],
    nome="L'altezza",
    tolleranza=0.03,
    consigli={
        "integer": "I ritardi sono interi: da float a int.",
        "division by zero": "Un ritardo di zero non è un periodo.",
    },
    sviste={
        "Hai usato gli hertz come ritardi: i ritardi si contano in campioni, da campioni_al_secondo / 800 a "
        "campioni_al_secondo / 80.": [
            _altezza(esito, primo=lambda fc: 80, ultimo=lambda fc: 800)
            for esito in (lambda i, r, fc: r, lambda i, r, fc: fc / r)
        ],
        "Hai scritto 8000: la frequenza è campioni_al_secondo diviso il periodo.": _altezza(lambda i, r, fc: 8000 / r),
        "I ritardi da provare dipendono da campioni_al_secondo: da 10 a 100 vale soltanto con 8000.": _altezza(
            primo=lambda fc: 10, ultimo=lambda fc: 100
        ),
        "Questo è il periodo, in campioni: la frequenza è campioni_al_secondo diviso il periodo.": _altezza(
            lambda i, r, fc: r
        ),
        "Questo è il periodo, in secondi: la frequenza è il suo inverso.": _altezza(lambda i, r, fc: r / fc),
        "Hai trovato la posizione nella lista dei ritardi: aggiungi il ritardo da cui parti.": [
            _altezza(lambda i, r, fc: fc / i),
            _altezza(lambda i, r, fc: fc / torch.tensor(i)),
        ],
        "Questa è la posizione nella lista dei ritardi, non la frequenza.": _altezza(lambda i, r, fc: i),
        "Questo è il picco dello spettro, un'armonica: la fondamentale può mancare.": _picco,
        "Hai contato i passaggi per lo zero: con le armoniche sono di più.": _passaggi_per_zero,
        "È il doppio: hai trovato mezzo periodo, o hai moltiplicato ancora per due.": _altezza(
            lambda i, r, fc: 2 * fc / r
        ),
        "È la metà: hai trovato due periodi, o hai diviso ancora per due.": _altezza(lambda i, r, fc: fc / r / 2),
        "Il ritardo scelto è di più periodi: con la media uno vale l'altro, con la somma vince il più corto.": [
            _altezza(somiglia=torch.mean),
            _con_il_coseno,
        ],
        "Il ritardo scelto è di più periodi: sommi sempre lo stesso numero di prodotti, e uno vale l'altro. Con "
        "onda[:-r] e onda[r:] calano, e vince il più corto.": [
            lambda onda, fc: _a_pari_campioni(onda, fc, lambda x, r, m: (x * x.roll(r)).sum()),
            lambda onda, fc: _a_pari_campioni(onda, fc, lambda x, r, m: (x * x.roll(-r)).sum()),
            lambda onda, fc: _a_pari_campioni(onda, fc, lambda x, r, m: (x[:m] * x[r : r + m]).sum()),
        ],
        "Con le differenze più periodi valgono quanto uno: l'autocorrelazione somma prodotti.": [
            _con_le_differenze(torch.mean),
            _con_le_differenze(torch.sum),
        ],
        "Il periodo è dove la somma è più grande, non più piccola.": _altezza(somiglia=lambda p: -p.sum()),
        "Una somma molto negativa dice che l'onda è capovolta, non che si ripete: niente abs.": [
            _altezza(somiglia=lambda p: p.sum().abs()),
            _altezza(somiglia=lambda p: p.abs().sum()),
        ],
        "Questa è la somma più grande: serve il ritardo a cui si trova.": lambda onda, fc: max(
            (onda[:-r] * onda[r:]).sum().item() for r in range(math.ceil(fc / 800), fc // 80 + 1)
        ),
        "Anche 800 Hz è compresa: il primo ritardo è campioni_al_secondo / 800.": _altezza(
            primo=lambda fc: fc // 800 + 1
        ),
        "Il ritardo scelto è troppo corto: lì ogni suono somiglia a sé stesso.": [
            _altezza(primo=lambda fc: 1),
            _altezza(primo=lambda fc: 0),
        ],
    },
)
