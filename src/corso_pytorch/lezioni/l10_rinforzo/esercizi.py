"""Gli esercizi della lezione 10: epsilon, ripartenze, ritorni separati, la ricompensa ingannevole, GAE."""

import math
from collections.abc import Callable

import torch

from corso_pytorch.verifiche.osservazioni import generatore, muta
from corso_pytorch.verifiche.registro import esercizio, scelta

CONSIGLI = {
    "must match the size": "Guarda le forme: quali assi devono andare d'accordo?",
    "Subtraction, the `-` operator, with a bool": "1 - maschera non si può con i booleani: usa ~ oppure .float().",
    "Boolean value of Tensor": "Una maschera di tanti elementi non si mette in un if: usa torch.where.",
    "division by zero": "Che cosa succede al passo 0?",
    "bitwise_not": "~ vuole un tensore di booleani.",
}


def epsilon(passo: int, inizio: float, fine: float, durata: int) -> float:
    quota = min(passo / durata, 1)
    return inizio + (fine - inizio) * quota


esercizio(
    "10.1",
    giusta=epsilon,
    prove=[
        *((30, 1.0, 0.1, 100), (0, 0.9, 0.2, 50), (50, 0.9, 0.2, 50), (400, 1.0, 0.05, 160), (7, 0.5, 0.5, 10)),
        *((10, 0.8, 0.1, 40), (90, 0.6, 0.3, 30), (3, 0.1, 0.7, 12), (12, 0.1, 0.7, 12), (40, 0.1, 0.7, 12)),
        *((49, 0.9, 0.2, 50), (51, 0.9, 0.2, 50), (0, 1.0, 0.0, 1), (1, 1.0, 0.0, 1), (5, 0.05, 1.0, 8)),
        (3, 0.0, 0.6, 9),
    ],
    detta="con passo = {0}, inizio = {1:g}, fine = {2:g} e durata = {3}",
    nome="Epsilon",
    consigli=CONSIGLI,
    sviste={
        "Dopo «durata» la discesa deve fermarsi, e invece continua.": muta(
            epsilon, ("min(passo / durata, 1)", "passo / durata")
        ),
        "Parti da «fine» e vai verso «inizio»: sono scambiati.": lambda p, i, f, d: epsilon(p, f, i, d),
        "Arriva a zero, non a «fine».": muta(epsilon, ("(fine - inizio)", "(0 - inizio)")),
        "Arriva a zero e poi si ferma a «fine»: la pendenza è un'altra.": lambda p, i, f, d: max(
            f, epsilon(p, i, 0, d)
        ),
        "Scende a curva: qui si chiede una retta.": lambda p, i, f, d: i * (f / i) ** min(p / d, 1),
        "Diventa un gradino, come con la divisione intera «//»: qui si chiede una retta.": muta(
            epsilon, ("passo / durata", "passo // durata")
        ),
        "È la frazione già percorsa: va portata fra «inizio» e «fine».": lambda p, i, f, d: min(p / d, 1),
        "Dopo «durata» deve restare a «fine», non andare a zero.": lambda p, i, f, d: epsilon(p, i, f, d) * (p <= d),
        "Dopo «durata» torna a «inizio»: deve restare a «fine».": [
            lambda p, i, f, d: epsilon(p, i, f, d) if p < d else i,
            lambda p, i, f, d: epsilon(p, i, f, d) if p <= d else i,
            lambda p, i, f, d: epsilon(p % d, i, f, d),
        ],
        "Non cambia mai: dov'è il passo?": lambda p, i, f, d: i,
        "Vale «fine» già dal primo passo: la discesa dura «durata» passi.": [
            lambda p, i, f, d: f,
            lambda p, i, f, d: f if p else i,
        ],
        "Manca «inizio»: hai restituito solo la variazione.": muta(epsilon, ("return inizio + ", "return ")),
        "La variazione ha il segno opposto: da «inizio» si va verso «fine».": muta(
            epsilon, ("inizio + (", "inizio - (")
        ),
        "Al passo 0 la discesa non è ancora cominciata, e alla fine mancano zero passi.": [
            lambda p, i, f, d: epsilon(p + 1, i, f, d),
            lambda p, i, f, d: epsilon(p - 1, i, f, d),
        ],
        "Il limite è sulla frazione, non sul risultato: con max, se «fine» è più grande, si salta subito lì.": (
            lambda p, i, f, d: max(f, i + (f - i) * p / d)
        ),
    },
)


def riparti(stati: torch.Tensor, finiti: torch.Tensor, nuovi: torch.Tensor) -> torch.Tensor:
    return torch.where(finiti[:, None], nuovi, stati)


def _con_le_righe(righe: Callable) -> Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]:
    """La svista di chi riempie le righe finite con altre righe di ``nuovi``."""
    return lambda stati, finiti, nuovi: stati.index_put((finiti,), righe(nuovi, int(finiti.sum())))


def _carrelli(n: int, d: int, *finiti: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    maschera = torch.zeros(n, dtype=torch.bool).index_fill(0, torch.tensor(finiti, dtype=torch.long), True)
    return torch.randn(n, d, generator=generatore(n)), maschera, torch.randn(n, d, generator=generatore(d + 20))


esercizio(
    "10.2",
    giusta=riparti,
    prove=[
        _carrelli(5, 3, 1, 3),
        _carrelli(4, 4, 0, 2, 3),
        _carrelli(7, 1, 0, 6),
        _carrelli(6, 2, 5),
        _carrelli(3, 2),
        _carrelli(3, 5, 0, 1, 2),
        _carrelli(1, 2),
        _carrelli(1, 2, 0),
        (
            torch.tensor([[math.nan, math.inf], [1.0, 2.0], [3.0, -1.0]]),
            torch.tensor([True, False, False]),
            torch.tensor([[4.0, 5.0], [math.inf, math.nan], [0.5, 1.0]]),
        ),
        (
            torch.tensor([[1e300], [2.0]], dtype=torch.float64),
            torch.tensor([False, True]),
            torch.tensor([[5.0], [3.0]], dtype=torch.float64),
        ),
        (torch.tensor([[2**24 + 1, 3]]), torch.tensor([False]), torch.tensor([[7, 7]])),
    ],
    dtype="stesso",
    detta=lambda stati, finiti, nuovi: (
        f"con {len(stati)} {'carrello' if len(stati) == 1 else 'carrelli'}, di cui {int(finiti.sum())} da far ripartire"
    ),
    consigli=CONSIGLI,
    vieta=("cicli",),
    sviste={
        "È al contrario: riparte chi è ancora in piedi.": lambda s, f, n: riparti(s, ~f, n),
        "Ripartono tutti: solo chi ha finito deve farlo.": lambda s, f, n: n,
        "Basta che uno finisca e ripartono tutti.": lambda s, f, n: n if f.any() else s,
        "Aspetti che abbiano finito tutti: ognuno riparte per conto suo.": lambda s, f, n: n if f.all() else s,
        "Non riparte nessuno.": lambda s, f, n: s,
        "Chi ha finito è sparito: la sua riga va sostituita, non tolta.": lambda s, f, n: s[~f],
        "Restano solo le righe ripartite: servono tutte, al loro posto.": lambda s, f, n: n[f],
        "Chi ha finito va a zero: deve prendere la riga di «nuovi».": [
            lambda s, f, n: s * ~f[:, None],
            lambda s, f, n: s.masked_fill(f[:, None], 0),
        ],
        "Chi è in piedi va a zero: deve tenere il suo stato.": [
            lambda s, f, n: n * f[:, None],
            lambda s, f, n: n.masked_fill(~f[:, None], 0),
        ],
        "Le righe ci sono tutte, ma non al loro posto.": [
            lambda s, f, n: torch.cat([s[~f], n[f]]),
            lambda s, f, n: torch.cat([n[f], s[~f]]),
        ],
        "A chi riparte tocca la riga sbagliata di «nuovi»: la sua ha lo stesso numero.": [
            _con_le_righe(lambda nuovi, quanti: nuovi[:quanti]),
            _con_le_righe(lambda nuovi, quanti: nuovi[0]),
        ],
        "Hai sommato la riga nuova alla vecchia: va messa al suo posto.": [
            lambda s, f, n: s + n * f[:, None],
            lambda s, f, n: torch.where(f[:, None], s + n, s),
        ],
        "Zero per NaN, o per infinito, fa NaN: la riga si sceglie, con torch.where o un indice, non si moltiplica.": [
            lambda s, f, n: s * ~f[:, None] + n * f[:, None],
            lambda s, f, n: s * (1 - f[:, None].to(s.dtype)) + n * f[:, None].to(s.dtype),
            lambda s, f, n: s * (1 - f[:, None].float()) + n * f[:, None].float(),
            lambda s, f, n: s + (n - s) * f[:, None],
            lambda s, f, n: s + (n - s) * f[:, None].float(),
        ],
        "I numeri passano per float32, che perde cifre e a 3 · 10³⁸ trabocca: tieni il dtype degli stati.": [
            lambda s, f, n: riparti(s.float(), f, n.float()),
            lambda s, f, n: riparti(s.float(), f, n.float()).to(s.dtype),
        ],
        "La maschera è finita sulle colonne: serve una per riga, con forma (N, 1).": [
            lambda s, f, n: torch.where(f, n, s),
            lambda s, f, n: s * ~f + n * f,
        ],
    },
)

Ricorsione = Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]


def ritorni_separati(ricompense: torch.Tensor, fini: torch.Tensor, gamma: float) -> torch.Tensor:
    futuro, tutti = torch.zeros_like(ricompense[0]), []
    for ricompensa, fine in zip(ricompense.flip(0), fini.flip(0), strict=True):
        futuro = ricompensa + gamma * futuro * ~fine
        tutti.append(futuro)
    return torch.stack(tutti).flip(0)


def _in_avanti(valori: torch.Tensor, fini: torch.Tensor, peso: float) -> torch.Tensor:
    return ritorni_separati(valori.flip(0), fini.flip(0), peso).flip(0)


def _spostate(fini: torch.Tensor, di: int) -> torch.Tensor:
    """Le fini lette ``di`` passi più in là (o prima, se è negativo); dal bordo non ne entra nessuna."""
    spostate = fini.roll(di, 0)
    spostate[0 if di > 0 else -1] = False
    return spostate


def _somma_senza_sconto(r: torch.Tensor, fini: torch.Tensor, gamma: float) -> torch.Tensor:
    """Lo sconto una volta sola: gamma per la somma del futuro."""
    return (1 - gamma) * r + gamma * ritorni_separati(r, fini, 1)


def _episodi(passi: int, quanti: int, *fini: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ricompense e fini, a caso; nei posti ``fini`` l'episodio finisce, e l'ultimo passo della prima colonna no."""
    r = torch.randn(passi, quanti, generator=generatore(passi)) + 1
    maschera = torch.rand(passi, quanti, generator=generatore(passi + quanti)) < 0.3
    maschera[-1, 0] = False
    for fine in fini:
        maschera[fine] = True
    return r, maschera


esercizio(
    "10.3",
    giusta=ritorni_separati,
    prove=[
        (*_episodi(6, 2, (1, 0), (3, 1)), 0.9),
        (*_episodi(5, 5, (1, 0), (2, 0), (4, 4)), 0.5),  # due fini di fila
        (*_episodi(9, 3, (0, 1), (8, 2)), 1.0),
        (*_episodi(4, 1, (1, 0)), 0.99),
        (*_episodi(4, 2, (2, 1)), 0.0),
        (torch.ones(7, 2), torch.zeros(7, 2, dtype=torch.bool), 0.9),
        (torch.tensor([[2.0, -1.0], [0.5, 3.0]]), torch.ones(2, 2, dtype=torch.bool), 0.8),
        (torch.tensor([[1.5, -2.0, 0.0]]), torch.tensor([[True, False, False]]), 0.7),
        (torch.ones(40, 2), torch.arange(80).view(40, 2) == 50, 0.95),  # il futuro è lungo, e conta tutto
    ],
    detta=lambda r, fini, gamma: f"con {len(r)} passi, N = {r.shape[1]} e gamma {gamma:g}",
    consigli=CONSIGLI,
    nome="Il tensore dei ritorni",
    sviste={
        "I ritorni scavalcano le fini: a ogni fine il futuro va azzerato.": lambda r, f, g: ritorni_separati(
            r, torch.zeros_like(f), g
        ),
        "Manca lo sconto: gamma moltiplica ogni passo.": lambda r, f, g: ritorni_separati(r, f, 1),
        "Lo sconto cresce a ogni passo: gamma moltiplica il ritorno seguente, non la somma.": _somma_senza_sconto,
        "La maschera è al contrario: azzeri il futuro di chi continua.": lambda r, f, g: ritorni_separati(r, ~f, g),
        "Al passo della fine la ricompensa è andata persa: va azzerato solo il futuro.": muta(
            ritorni_separati, ("ricompensa + gamma * futuro * ~fine", "(ricompensa + gamma * futuro) * ~fine")
        ),
        "Azzeri un passo troppo presto: è la fine di QUESTO passo che toglie il suo futuro.": lambda r, f, g: (
            ritorni_separati(r, _spostate(f, -1), g)
        ),
        "Azzeri un passo troppo tardi: la mossa che fa finire si prende ancora il futuro.": lambda r, f, g: (
            ritorni_separati(r, _spostate(f, 1), g)
        ),
        "Vai in avanti: il ritorno guarda il futuro, si parte dal fondo.": _in_avanti,
        "I ritorni sono al contrario: dopo aver girato il tempo bisogna rigirarlo.": lambda r, f, g: ritorni_separati(
            r, f, g
        ).flip(0),
        "Hai scontato anche la ricompensa di adesso: gamma moltiplica solo il futuro.": lambda r, f, g: (
            g * ritorni_separati(r, f, g)
        ),
        "Basta una fine in una colonna e le azzeri tutte: ogni carrello ha le sue.": lambda r, f, g: ritorni_separati(
            r, f.any(1, keepdim=True).expand_as(f), g
        ),
        "Guardi le fini di un carrello solo: ognuno ha le sue.": lambda r, f, g: ritorni_separati(
            r, f[:, :1].expand_as(f), g
        ),
        "Hai restituito le ricompense, non i ritorni.": lambda r, f, g: r,
        "Manca il futuro oltre il passo dopo: serve il ritorno, non la ricompensa, del passo seguente.": (
            lambda r, f, g: r + g * torch.cat([r[1:], torch.zeros_like(r[:1])]) * ~f
        ),
        "Basta una fine, e i passi prima non contano più: si azzera il futuro, non il passato.": lambda r, f, g: (
            ritorni_separati(r, f, g) * (f.flip(0).cumsum(0).flip(0) == 0)
        ),
    },
)

scelta(
    "10.4",
    giusta="b",
    perche={
        "a": "Stare in piedi non rende nulla, e ogni passo lontano costa: cadere subito vale quanto restare al centro.",
        "c": "Conta un istante solo: può andare a spasso e tornare alla fine. E chi cade prima non vede mai un premio.",
        "d": "Conta avvicinarsi, non stare vicino: conviene allontanarsi in fretta e tornare piano, di continuo.",
    },
)


def _gae(
    delta: Callable = lambda r, v, d, terminati, fini, gamma: r + gamma * d * ~terminati - v,
    interrompe: Callable = lambda terminati, fini: fini,
    peso: Callable = lambda gamma, lam: gamma * lam,
    somma: Ricorsione = ritorni_separati,
) -> Callable[..., torch.Tensor]:
    """Che cos'è δ, quale maschera interrompe la somma, con quale peso e in quale verso si somma."""

    def vantaggi_gae(
        ricompense: torch.Tensor,
        valori: torch.Tensor,
        dopo: torch.Tensor,
        terminati: torch.Tensor,
        fini: torch.Tensor,
        gamma: float,
        lam: float,
    ) -> torch.Tensor:
        un_passo = delta(ricompense, valori, dopo, terminati, fini, gamma)
        return somma(un_passo, interrompe(terminati, fini), peso(gamma, lam))

    return vantaggi_gae


vantaggi_gae = _gae()


def _blocco(passi: int, quanti: int, gamma: float, lam: float) -> tuple:
    """Un blocco con tutti i casi: chi è caduto, chi è stato fermato, e un episodio che continua oltre la fine."""
    caso = generatore(passi)
    r, v, d = (torch.randn(passi, quanti, generator=caso) for _ in range(3))
    fini = torch.rand(passi, quanti, generator=caso) < 0.4
    terminati = fini & (torch.rand(passi, quanti, generator=caso) < 0.5)
    if passi > 3:
        fini[:3, 0], terminati[:3, 0] = torch.tensor([False, True, True]), torch.tensor([False, True, False])
        fini[-1, 0], terminati[-1, 0] = False, False
    return r, v, d, terminati, fini, gamma, lam


def _in_due(gamma: float, lam: float) -> tuple:
    """Un passo solo, per tre carrelli: caduto, fermato, ancora in piedi."""
    r, v, d = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[0.5, -1.0, 4.0]]), torch.tensor([[7.0, 2.0, -3.0]])
    return r, v, d, torch.tensor([[True, False, False]]), torch.tensor([[True, True, False]]), gamma, lam


def _senza_soste(passi: int, gamma: float, lam: float) -> tuple:
    """Un blocco lungo con una sola caduta, in fondo alla prima colonna: il vantaggio si somma fino alla fine."""
    r, v, d, terminati, _, *pesi = _blocco(passi, 2, gamma, lam)
    terminati = torch.zeros_like(terminati)
    terminati[-5, 0] = True
    return 20 * r, v, d, terminati, terminati.clone(), *pesi


SENZA_FINI, SENZA_TERMINATI = (
    (lambda r, v, d, te, fi, g: r + g * d * ~fi - v),
    (lambda r, v, d, te, fi, g: r + g * d - v),
)

esercizio(
    "10.5",
    giusta=vantaggi_gae,
    prove=[
        _blocco(6, 2, 0.9, 0.8),
        _blocco(4, 4, 0.5, 0.95),
        _blocco(8, 3, 0.99, 0.5),
        _blocco(5, 1, 0.7, 0.3),
        _blocco(7, 2, 0.9, 0.0),
        _blocco(9, 2, 1.0, 1.0),
        _in_due(0.9, 0.6),
        _senza_soste(40, 0.99, 0.95),
    ],
    detta=lambda r, v, d, te, fi, gamma, lam: f"con {len(r)} passi, N = {r.shape[1]}, gamma {gamma:g} e lam {lam:g}",
    consigli=CONSIGLI,
    nome="Il tensore dei vantaggi",
    sviste={
        "Il valore del dopo va tolto solo a chi è terminato: tu lo togli anche a chi è stato fermato.": _gae(
            SENZA_FINI
        ),
        "La somma va interrotta a ogni fine, non solo per chi è terminato.": _gae(interrompe=lambda te, fi: te),
        "Le due maschere sono scambiate.": _gae(SENZA_FINI, lambda te, fi: te),
        "Il valore del dopo non va contato per chi è terminato.": _gae(SENZA_TERMINATI),
        "La somma scavalca le fini.": _gae(interrompe=lambda te, fi: torch.zeros_like(fi)),
        "Non usi nessuna delle due maschere.": _gae(SENZA_TERMINATI, lambda te, fi: torch.zeros_like(fi)),
        "Le maschere sono al contrario: tieni proprio ciò che va tolto.": _gae(
            lambda r, v, d, te, fi, g: r + g * d * te - v, lambda te, fi: ~fi
        ),
        "Nella somma manca lam: il passo dopo pesa gamma per lam.": _gae(peso=lambda g, lam: g),
        "Nella somma manca gamma: il passo dopo pesa gamma per lam.": _gae(peso=lambda g, lam: lam),
        "Questo è il vantaggio a un passo, δ: manca la somma dal fondo.": _gae(somma=lambda delta, fini, peso: delta),
        "Manca − V(s): il vantaggio è quanto va meglio del previsto.": _gae(lambda r, v, d, te, fi, g: r + g * d * ~te),
        "In δ manca gamma davanti al valore del dopo.": _gae(lambda r, v, d, te, fi, g: r + d * ~te - v),
        "In δ manca il valore del dopo.": _gae(lambda r, v, d, te, fi, g: r - v),
        "In δ anche la ricompensa è tolta a chi è terminato: sparisce solo il valore del dopo.": _gae(
            lambda r, v, d, te, fi, g: (r + g * d) * ~te - v
        ),
        "V(s) e V(s′) sono scambiati.": _gae(lambda r, v, d, te, fi, g: r + g * v * ~te - d),
        "Hai restituito i bersagli del critico (vantaggio + valore): serve il vantaggio.": lambda r, v, *altri: (
            vantaggi_gae(r, v, *altri) + v
        ),
        "Interrompi un passo troppo presto: è la fine di QUESTO passo che stacca il vantaggio dopo.": _gae(
            interrompe=lambda te, fi: _spostate(fi, -1)
        ),
        "Vai in avanti: la somma parte dal fondo.": _gae(somma=_in_avanti),
        "Il risultato è al contrario nel tempo.": lambda *argomenti: vantaggi_gae(*argomenti).flip(0),
        "Il segno è opposto.": lambda *argomenti: -vantaggi_gae(*argomenti),
    },
)
