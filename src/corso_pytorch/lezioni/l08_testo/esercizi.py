"""Gli esercizi della lezione 08: codifica, riempitivo e maschera, temperatura, fusioni del BPE, attenzione causale."""

import itertools
import re
from collections.abc import Callable

import torch

from corso_pytorch.verifiche.dichiarazione import Prova
from corso_pytorch.verifiche.osservazioni import con_gradiente, generatore
from corso_pytorch.verifiche.registro import esercizio

Vocabolario = dict[str, int]
Coppia = tuple[str, str]


def codifica(frase: str, vocabolario: Vocabolario) -> list[int]:
    return _numeri(frase.lower().split(), vocabolario)


def _numeri(parole: list[str], vocabolario: Vocabolario) -> list[int]:
    return [vocabolario.get(parola, vocabolario["[UNK]"]) for parola in parole]


def _sconosciuta_vale(numero: object) -> Callable[[str, Vocabolario], list]:
    return lambda frase, v: [v.get(parola, numero) for parola in frase.lower().split()]


CON_LO_ZERO = {"[PAD]": 1, "il": 5, "film": 9, "è": 0, "bello": 7, "[UNK]": 3, "non": 4}
CON_ALTRI_NUMERI = {"[UNK]": 0, "mare": 12, "il": 2, "è": 3, "[PAD]": 7, "l'attore": 5}

esercizio(
    "8.1",
    giusta=codifica,
    prove=[
        ("il film è bello", CON_LO_ZERO),
        ("Il film non È BELLO", CON_LO_ZERO),
        ("lo spettacolo è bello bello", CON_LO_ZERO),
        ("il mare è lo spettacolo è il mare", CON_ALTRI_NUMERI),
        ("L'attore è il mare", CON_ALTRI_NUMERI),
        ("mah", CON_LO_ZERO),
        Prova("   il   film ", CON_LO_ZERO, detta="con più spazi di seguito"),
        Prova("", CON_LO_ZERO, detta="con una frase vuota"),
        Prova("il film 10 non è bello " * 7, CON_LO_ZERO, detta="con una frase lunga"),
    ],
    detta="con «{0}»",
    sviste={
        "Le parole sconosciute sono sparite: al loro posto va il numero di «[UNK]».": lambda frase, v: [
            v[parola] for parola in frase.lower().split() if parola in v
        ],
        "Una parola che nel vocabolario non c'è ferma tutto: quale numero le tocca?": lambda frase, v: [
            v[parola] for parola in frase.lower().split()
        ],
        "Le maiuscole contano ancora: «Il» deve valere «il».": [
            lambda frase, v: _numeri(frase.split(), v),
            lambda frase, v: _numeri((frase[:1].lower() + frase[1:]).split(), v),
        ],
        "Una parola sconosciuta vale il numero di «[UNK]», non quello del riempitivo.": lambda frase, v: (
            _sconosciuta_vale(v["[PAD]"])(frase, v)
        ),
        "Il numero di «[UNK]» cambia da un vocabolario all'altro: leggilo da lì.": [
            _sconosciuta_vale(numero) for numero in (0, 1, 3, 100, -1)
        ],
        "Al posto delle parole sconosciute c'è il testo «[UNK]»: serve il suo numero.": _sconosciuta_vale("[UNK]"),
        "Al posto delle parole sconosciute c'è None: serve il numero di «[UNK]».": _sconosciuta_vale(None),
        "Una parola che ha il numero 0 c'è: «or» scambia lo zero per un posto vuoto.": lambda frase, v: [
            v.get(parola) or v["[UNK]"] for parola in frase.lower().split()
        ],
        "Hai numerato le lettere: prima si spezza in parole.": lambda frase, v: _numeri([*frase.lower()], v),
        "Gli spazi doppi contano come parole: split() senza argomenti li salta.": lambda frase, v: _numeri(
            frase.lower().split(" "), v
        ),
        "Le parole si separano agli spazi e basta: «l'attore» è una parola sola.": [
            lambda frase, v: _numeri(re.findall(r"\w+", frase.lower()), v),
            lambda frase, v: _numeri(frase.lower().replace("'", " ").split(), v),
            lambda frase, v: _numeri(frase.lower().replace("'", "").split(), v),
        ],
        "Hai tolto le ripetizioni: ogni parola della frase ha il suo posto.": lambda frase, v: _numeri(
            [*dict.fromkeys(frase.lower().split())], v
        ),
        "I numeri sono in ordine crescente: devono restare nell'ordine delle parole.": lambda frase, v: sorted(
            codifica(frase, v)
        ),
        "Ti fermi alla prima parola: il return è dentro il ciclo?": [
            lambda frase, v: codifica(frase, v)[:1],
            lambda frase, v: codifica(frase, v)[:1] or None,
            lambda frase, v: next(iter(codifica(frase, v)), None),
        ],
        "Queste sono le parole: mancano i loro numeri.": lambda frase, v: frase.lower().split(),
    },
)


def _in_fondo(riga: list[int], riempitivo: int, lunghezza: int) -> list[int]:
    return riga + [riempitivo] * (lunghezza - len(riga))


def _allunga(
    riga: Callable = _in_fondo,
    vera: Callable = lambda j, n, ids, riempitivo: j < n,
    lunghezza: Callable = lambda liste: max(map(len, liste)),
) -> Callable[[list[list[int]], int], tuple[torch.Tensor, torch.Tensor]]:
    """Come si allunga una riga, se la posizione j di una riga lunga n è vera, quanto è lungo il batch."""

    def allunga(liste: list[list[int]], riempitivo: int) -> tuple[torch.Tensor, torch.Tensor]:
        ids = torch.tensor([riga(una, riempitivo, lunghezza(liste)) for una in liste])
        n = torch.tensor([[len(una)] for una in liste])
        return ids, vera(torch.arange(ids.shape[1]), n, ids, riempitivo)

    return allunga


allunga = _allunga()

esercizio(
    "8.2",
    giusta=allunga,
    prove=[
        ([[5, 3, 8], [2], [4, 4, 4, 4, 6]], 0),
        ([[7, 1], [7, 7, 2, 9]], 7),  # il riempitivo compare anche fra i token veri
        ([[2, 7], [3, 3, 3, 3], [7]], 7),  # anche in fondo a una lista
        ([[3, 1, 2]], 5),
        ([[4, 0, 2], [0, 6, 1]], 9),
        ([[4, 0, 2], [50_256, 6]], 50_256),
        ([[1], [2, 3], [4, 5, 6, 1], [9, 1, 8, 3]], 1),
        ([[0]], 0),
        ([[16_777_217, 5], [9]], 3),  # float32 non lo distingue da 16 777 216
    ],
    parti=("il tensore ids", "la maschera"),
    dtype="stesso",
    detta="con {0} e riempitivo {1}",
    consigli={"expected sequence of length": "Le righe hanno ancora lunghezze diverse."},
    sviste={
        "L'ordine è (ids, maschera): hai messo per prima la maschera.": lambda liste, r: allunga(liste, r)[::-1],
        "Il riempitivo è in testa alle righe: qui si chiede in fondo.": _allunga(
            lambda riga, r, n: [r] * (n - len(riga)) + riga
        ),
        "Hai accorciato tutto alla lista più corta: si allunga alla più lunga.": _allunga(
            lambda riga, r, n: riga[:n], lunghezza=lambda liste: min(map(len, liste))
        ),
        "Hai riempito con 0: si usa il numero di `riempitivo`.": _allunga(lambda riga, r, n: _in_fondo(riga, 0, n)),
        "C'è una posizione di troppo: L è la lunghezza della lista più lunga.": _allunga(
            lunghezza=lambda liste: max(map(len, liste)) + 1
        ),
        "Hai allungato le righe ripetendo i token: in fondo va il riempitivo.": [
            _allunga(lambda riga, r, n: [*itertools.islice(itertools.cycle(riga), n)]),
            _allunga(lambda riga, r, n: _in_fondo(riga, riga[-1], n)),
        ],
        "Hai messo in ordine le liste: ogni riga resta al suo posto.": [
            lambda liste, r: allunga(sorted(liste, key=len), r),
            lambda liste, r: allunga(sorted(liste, key=len, reverse=True), r),
        ],
        "I numeri di ids sono giusti, ma serve un LongTensor, cioè interi a 64 bit.": _allunga(
            lambda riga, r, n: [float(token) for token in _in_fondo(riga, r, n)]
        ),
        "I token passano per numeri con la virgola: oltre 16 777 216 float32 perde le unità. Crea subito interi.": (
            lambda liste, r: (allunga(liste, r)[0].float().long(), allunga(liste, r)[1])
        ),
        "La maschera è giusta, ma deve essere di vero/falso (bool).": _allunga(
            vera=lambda j, n, ids, r: (j < n).long()
        ),
        "La maschera è capovolta: deve essere vera sui token veri.": _allunga(vera=lambda j, n, ids, r: j >= n),
        "La maschera guarda i valori: sbaglia dove un token vero ha il numero del riempitivo. Usa le lunghezze.": [
            _allunga(vera=lambda j, n, ids, r: ids != r),
            _allunga(vera=lambda j, n, ids, r: (ids != r).flip(1).cumsum(1).flip(1) > 0),
        ],
        "La maschera guarda i valori, e li confronta con 0: il riempitivo non è sempre 0, e un token vero può avere il "
        "suo numero. Usa le lunghezze.": _allunga(vera=lambda j, n, ids, r: ids != 0),
        "La maschera tiene una posizione di troppo: j < lunghezza, non j <= lunghezza.": _allunga(
            vera=lambda j, n, ids, r: j <= n
        ),
        "La maschera è vera dappertutto: sul riempitivo deve essere falsa.": _allunga(
            vera=lambda j, n, ids, r: j + n > 0
        ),
    },
)


def _greedy(logit: torch.Tensor) -> torch.Tensor:
    return torch.eye(len(logit))[logit.argmax()]


def _pari(logit: torch.Tensor) -> torch.Tensor:
    return (logit == logit.max()).float()


def _distribuzione(
    formula: Callable = lambda logit, t: (logit / t).softmax(dim=0),
    a_zero: Callable = _greedy,
    soglia: float = 0,
) -> Callable[[torch.Tensor, float], torch.Tensor]:
    return lambda logit, t: a_zero(logit) if t <= soglia else formula(logit, t)


con_temperatura = _distribuzione()


def _logit(quanti: int, intorno_a: float = 0.0) -> torch.Tensor:
    return torch.randn(quanti, generator=generatore(quanti)) * 2 + intorno_a


esercizio(
    "8.3",
    giusta=con_temperatura,
    prove=[
        (_logit(7), 0.5),
        (_logit(5), 1.0),
        (_logit(4), 3),
        (_logit(3), 2.0),
        (_logit(8), 1000),
        (_logit(9), 1.5),
        (_logit(6, 800), 0.7),
        (torch.tensor([-1000.0, 902.0, 0.0, 900.0]), 1.0),  # togliere la media non basta
        (torch.tensor([300.0, 0.0, 150.0, 290.0]), 100.0),  # le probabilità a temperatura 1 sono già zero
        (torch.tensor([0.98, 1.0, 0.5, 1.0]), 0.05),
        (torch.tensor([0.998, 1.0, 0.5, 1.0]), 0.002),
        (torch.tensor([1e-8, 2e-8, 0.0]), 1e-8),
        (torch.tensor([2.5]), 2.0),
        (torch.tensor([1.0, 4.0, -2.0, 4.0]), 0.0),
        (torch.tensor([-3.0, -1.0, -2.0]), 0),
        (torch.zeros(3), 0),
    ],
    detta="con {0.shape[0]} logit e temperatura {1:g}",
    nome="La distribuzione",
    consigli={"division by zero": "Lo zero è un caso a parte."},
    sviste={
        "Hai moltiplicato invece di dividere: una temperatura alta deve appiattire.": _distribuzione(
            lambda x, t: (x * t).softmax(0)
        ),
        "La temperatura va sui logit, prima della softmax, non sulle probabilità.": _distribuzione(
            lambda x, t: x.softmax(0) / t
        ),
        "Elevare le probabilità a 1 / temperatura non basta: le più piccole sono già diventate zero. La temperatura va "
        "sui logit, prima della softmax.": _distribuzione(
            lambda x, t: x.softmax(0) ** (1 / t) / (x.softmax(0) ** (1 / t)).sum()
        ),
        "Queste sono le probabilità di partenza: la temperatura non c'è, o si semplifica quando dividi per la somma. "
        "Va sui logit, prima della softmax.": [
            _distribuzione(lambda x, t: x.softmax(0)),
            lambda x, t: x.softmax(0),
        ],
        "Questi sono i logit divisi: manca la softmax.": _distribuzione(lambda x, t: x / t),
        "Queste sono log-probabilità: serve softmax, non log_softmax.": _distribuzione(
            lambda x, t: (x / t).log_softmax(0)
        ),
        "Hai applicato la softmax due volte.": [
            _distribuzione(lambda x, t: (x.softmax(0) / t).softmax(0)),
            _distribuzione(lambda x, t: (x / t).softmax(0).softmax(0)),
        ],
        "Le probabilità devono sommare a 1: dividi per la somma.": _distribuzione(lambda x, t: (x / t).exp()),
        "Con logit intorno a 800 exp trabocca, e viene NaN: c'è softmax, che non trabocca.": _distribuzione(
            lambda x, t: (x / t).exp() / (x / t).exp().sum()
        ),
        "A temperatura 0 viene NaN: si divide per zero. È un caso a parte.": lambda x, t: (x / t).softmax(0),
        "Solo lo zero è un caso a parte: una temperatura piccola divide come le altre.": [
            _distribuzione(soglia=soglia) for soglia in (0.999, 0.5, 0.1, 0.01, 1e-3, 1e-6)
        ],
        "Una temperatura piccola divide com'è, e zero va a parte: non metterle un minimo, non sommarle nulla.": [
            caso(formula)
            for caso in (_distribuzione, lambda formula: formula)
            for poco in (1e-3, 1e-6, 1e-8)
            for formula in (
                lambda x, t, poco=poco: (x / max(t, 2 * poco)).softmax(0),
                lambda x, t, poco=poco: (x / (t + poco)).softmax(0),
            )
        ],
        "A temperatura 0 restituisci l'indice: serve la probabilità di ognuno.": _distribuzione(a_zero=torch.argmax),
        "A temperatura 0 il pari merito si è diviso: vale 1 solo il primo.": _distribuzione(
            a_zero=lambda x: _pari(x) / _pari(x).sum()
        ),
        "A temperatura 0 il pari merito conta due volte: vale 1 solo il primo.": _distribuzione(a_zero=_pari),
        "A temperatura 0, nel pari merito, vince l'ultimo: deve vincere il primo.": _distribuzione(
            a_zero=lambda x: _greedy(x.flip(0)).flip(0)
        ),
        "A temperatura 0 queste sono le probabilità a temperatura 1: lì la scelta è greedy.": _distribuzione(
            a_zero=lambda x: x.softmax(0)
        ),
        "A temperatura 0 le probabilità sono tutte uguali: così è una temperatura altissima.": _distribuzione(
            a_zero=lambda x: torch.ones(len(x)) / len(x)
        ),
        "A temperatura 0 vince il logit più alto, non il più basso.": _distribuzione(a_zero=lambda x: _greedy(-x)),
        "A temperatura 0 i valori sono giusti, ma interi: le probabilità sono numeri con la virgola.": _distribuzione(
            a_zero=lambda x: _greedy(x).long()
        ),
    },
)


def _fondi(pezzi: list[str], coppia: Coppia, uguali: Callable = lambda uno, due, coppia: (uno, due) == coppia) -> list:
    esito = []
    for pezzo in pezzi:
        if esito and uguali(esito[-1], pezzo, coppia):
            esito[-1] += pezzo
        else:
            esito.append(pezzo)
    return esito


def _fondi_una_volta(pezzi: list[str], coppia: Coppia) -> list[str]:
    posto = next((i for i in range(len(pezzi)) if tuple(pezzi[i : i + 2]) == coppia), len(pezzi))
    return pezzi[:posto] + ["".join(pezzi[posto : posto + 2])] * (posto < len(pezzi)) + pezzi[posto + 2 :]


def _fondi_senza_ultimo(pezzi: list[str], coppia: Coppia) -> list[str]:
    fusi = _fondi(pezzi, coppia)
    return fusi[:-1] if fusi[-1:] == pezzi[-1:] else fusi


def _fondi_da_destra(pezzi: list[str], coppia: Coppia) -> list[str]:
    fusi = _fondi([pezzo[::-1] for pezzo in pezzi[::-1]], (coppia[1][::-1], coppia[0][::-1]))
    return [pezzo[::-1] for pezzo in fusi[::-1]]


def dividi(parola: str, fusioni: list[Coppia], fondi: Callable = _fondi) -> list[str]:
    pezzi = list(parola)
    for coppia in fusioni:
        pezzi = fondi(pezzi, coppia)
    return pezzi


def _fino_in_fondo(parola: str, fusioni: list[Coppia]) -> list[str]:
    return dividi(parola, fusioni * len(parola))


def _con_replace(parola: str, fusioni: list[Coppia]) -> list[str]:
    testo = " ".join(parola)
    for coppia in fusioni:
        testo = testo.replace(" ".join(coppia), "".join(coppia))
    return testo.split()


def _a_ogni_lettera(parola: str, fusioni: list[Coppia]) -> list[str]:
    pezzi = []
    for lettera in parola:
        pezzi.append(lettera)
        for coppia in fusioni:
            if tuple(pezzi[-2:]) == coppia:
                pezzi[-2:] = ["".join(coppia)]
    return pezzi


def _la_prima_ammessa(parola: str, fusioni: list[Coppia]) -> list[str]:
    pezzi = list(parola)
    while coppia := next((coppia for coppia in itertools.pairwise(pezzi) if coppia in fusioni), None):
        pezzi = _fondi_una_volta(pezzi, coppia)
    return pezzi


def _riordinate(parola: str, fusioni: list[Coppia], verso: int) -> list[str]:
    return dividi(parola, sorted(fusioni, key=lambda coppia: verso * len("".join(coppia))))


def _piu_lungo(parola: str, fusioni: list[Coppia]) -> list[str]:
    noti, pezzi = {"".join(coppia) for coppia in fusioni}, []
    while parola:
        fine = next(n for n in range(len(parola), 0, -1) if n == 1 or parola[:n] in noti)
        pezzi.append(parola[:fine])
        parola = parola[fine:]
    return pezzi


esercizio(
    "8.4",
    giusta=dividi,
    prove=[
        ("talento", [("n", "t"), ("e", "nt"), ("l", "ent")]),
        ("abc", [("b", "c"), ("a", "b")]),  # l'ordine delle fusioni decide
        ("mamma", [("m", "a"), ("ma", "m"), ("m", "ma")]),
        ("ananas", [("a", "n"), ("an", "an"), ("a", "s")]),
        ("aaaaa", [("a", "a"), ("aa", "aa")]),
        ("abcab", [("ab", "c"), ("a", "b")]),  # una fusione troppo precoce non si recupera
        ("abc", [("a", "b"), ("a", "bc")]),  # «ab» + «c» non è «a» + «bc»
        ("abc", [("a", "bc"), ("b", "c")]),  # «abc» non nasce mai
        ("anna", [("a", "n")]),  # «n» + «a» è un'altra coppia
        ("nonna", [("n", "a"), ("n", "o"), ("no", "n")]),
        ("anno", [("n", "n"), ("a", "nn"), ("ann", "o")]),  # alla fine resta un pezzo solo
        ("abcd", [("a", "b"), ("c", "d"), ("b", "cd"), ("a", "bcd")]),
        ("bcda", [("b", "c"), ("bc", "d"), ("d", "a")]),
        ("precipitevolissimevolmente", [("v", "o"), ("l", "m"), ("i", "t"), ("vo", "l")]),
        ("Anna", [("a", "n"), ("n", "n")]),  # «A» non è «a»
        ("sole", []),
        ("è", [("a", "b")]),
    ],
    detta="con «{0}» e {1}",
    consigli={"index out of range": "La lista si accorcia mentre la scorri: costruiscine una nuova."},
    sviste={
        "Continui a fondere finché qualcosa cambia: ogni fusione si applica al suo turno e basta.": _fino_in_fondo,
        "Riparti ogni volta dalle lettere: ogni fusione lavora sui pezzi della precedente.": lambda p, f: dividi(
            p, f[-1:]
        ),
        "Ti fermi alla prima fusione: si applicano tutte.": [
            lambda p, f: dividi(p, f[:1]),
            lambda p, f: dividi(p, f[:1]) if f else None,
        ],
        "Una fusione, la prima o l'ultima, non viene applicata: si applicano tutte.": [
            lambda p, f: dividi(p, f[1:]),
            lambda p, f: dividi(p, f[:-1]),
        ],
        "L'ultimo pezzo si perde: chi resta senza compagno va tenuto.": lambda p, f: dividi(p, f, _fondi_senza_ultimo),
        "Hai fuso un pezzo di pezzo: con replace «a b» si trova anche in «a bc».": _con_replace,
        "Confronti le parti già incollate: «ab» + «c» e «a» + «bc» fanno lo stesso testo, ma sono coppie diverse.": (
            lambda p, f: dividi(p, f, lambda pezzi, c: _fondi(pezzi, c, lambda uno, due, c: uno + due == "".join(c)))
        ),
        "Applichi le fusioni dall'ultima alla prima: serve l'ordine di nascita.": lambda p, f: dividi(p, f[::-1]),
        "Riordini le fusioni per lunghezza: serve l'ordine di nascita.": [
            lambda p, f: _riordinate(p, f, -1),
            lambda p, f: _riordinate(p, f, 1),
        ],
        "Fondi le coppie ammesse che trovi, senza guardare quale fusione è nata prima.": _la_prima_ammessa,
        "Ti fermi quando restano due pezzi: anche quelli possono fondersi.": lambda p, f: dividi(
            p, f, lambda pezzi, coppia: _fondi(pezzi, coppia) if len(pezzi) > 2 else pezzi
        ),
        "Ogni fusione è applicata una volta sola: va fatta ovunque.": lambda p, f: dividi(p, f, _fondi_una_volta),
        "La parola è rimasta intera: si parte dalle lettere.": lambda p, f: [p],
        "La parola è rimasta in lettere: le fusioni non hanno effetto.": lambda p, f: list(p),
        "Fondi da destra: si procede da sinistra.": lambda p, f: dividi(p, f, _fondi_da_destra),
        "Scegli il pezzo più lungo che trovi, invece di seguire le fusioni.": _piu_lungo,
        "Provi tutte le fusioni a ogni lettera che arriva: il ciclo esterno è sulle fusioni.": _a_ogni_lettera,
        "Una maiuscola è un'altra lettera: le lettere della parola restano come sono.": lambda p, f: dividi(
            p.lower(), f
        ),
        "Fondi anche la coppia capovolta: «n» + «a» non è «a» + «n».": lambda p, f: dividi(
            p, f, lambda pezzi, c: _fondi(pezzi, c, lambda uno, due, c: c in ((uno, due), (due, uno)))
        ),
        "Hai tolto le ripetizioni: i pezzi restano tutti.": lambda p, f: [*dict.fromkeys(dividi(p, f))],
    },
)


def _sopra(punteggi: torch.Tensor, diagonale: int = 1) -> torch.Tensor:
    return torch.ones_like(punteggi, dtype=torch.bool).triu(diagonale)


def _chiudi(punteggi: torch.Tensor, valore: float = -torch.inf, diagonale: int = 1) -> torch.Tensor:
    return punteggi.masked_fill(_sopra(punteggi, diagonale), valore)


def _in_proporzione(pesi: torch.Tensor) -> torch.Tensor:
    return pesi / pesi.sum(-1, keepdim=True)


def _attenzione(
    divisore: Callable = lambda q, v: q.shape[-1] ** 0.5,
    chiudi: Callable = _chiudi,
    pesa: Callable = lambda punteggi: punteggi.softmax(-1),
    unisci: Callable = torch.matmul,
) -> Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]:
    """Per che cosa si dividono i punteggi, come si chiudono quelli vietati, come diventano pesi, che cosa se ne fa."""
    return lambda q, k, v: unisci(pesa(chiudi(q @ k.mT / divisore(q, v))), v)


attenzione_causale = _attenzione()


def _qkv(b: int, n: int, d: int, e: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return tuple(torch.randn(b, n, assi, generator=generatore(posto)) for posto, assi in enumerate((d, d, e)))


def _spostati(primo_q: float, primo_k: Callable, detta: str) -> Prova:
    """Punteggi piccoli, esatti in float32, spostati della metà di ``primo_q · primo_k(j)`` alla posizione j."""
    q, k, v = _qkv(1, 4, 4, 3)
    q, k = (q * 4).round() / 4, (k * 4).round() / 4
    q[..., 0], k[..., 0] = primo_q, primo_k(torch.arange(4.0))
    return Prova(q, k, v, detta=detta)


esercizio(
    "8.5",
    giusta=attenzione_causale,
    osserva=con_gradiente(0, 1, 2),
    prove=[
        _qkv(2, 5, 8, 3),
        _qkv(1, 3, 4, 2),
        _qkv(3, 4, 2, 7),
        _qkv(4, 4, 4, 4),
        _qkv(2, 1, 3, 4),
        _qkv(1, 6, 1, 1),
        _qkv(1, 40, 4, 2),  # le precedenti si guardano tutte, anche le lontane
        _spostati(20, lambda j: 0 * j - 20, "con punteggi intorno a −200"),
        # Qui un peso vale tutto: chi passa dal logaritmo della somma non perde cifre.
        _spostati(2000, lambda j: -1000 - j, "con punteggi intorno a −1 000 000"),
        _spostati(2000, lambda j: 1000 * j, "con punteggi che crescono di 1 000 000 a ogni posizione"),
    ],
    detta="con B = {0.shape[0]}, L = {0.shape[1]}, D = {0.shape[2]} ed E = {2.shape[2]}",
    consigli=dict.fromkeys(
        ("must match", "Expected size", "shape"),
        "Segui le forme: (B, L, D) per k.mT, che è (B, D, L), dà (B, L, L); le somme di una riga sono (B, L, 1).",
    ),
    sviste={
        "Manca la maschera causale: ogni posizione vede anche le successive.": _attenzione(chiudi=lambda p: p),
        "La maschera è capovolta: ogni posizione vede le successive, non le precedenti.": _attenzione(
            chiudi=lambda p: p.masked_fill(_sopra(p).mT, -torch.inf)
        ),
        "Manca la divisione per la radice di D.": _attenzione(lambda q, v: 1),
        "Hai diviso per D: serve la sua radice.": _attenzione(lambda q, v: q.shape[-1]),
        "Hai diviso per la radice di L: serve quella di D, la lunghezza delle query.": _attenzione(
            lambda q, v: q.shape[1] ** 0.5
        ),
        "Hai diviso per la radice di E, la lunghezza dei value: serve quella delle query, D.": _attenzione(
            lambda q, v: v.shape[-1] ** 0.5
        ),
        "Hai scambiato q e k: sulle righe dei punteggi vanno le query.": lambda q, k, v: attenzione_causale(k, q, v),
        "La maschera mette 0 fra i punteggi: la softmax di 0 non è zero. Serve −∞.": [
            _attenzione(chiudi=lambda p: _chiudi(p, 0)),
            _attenzione(chiudi=torch.tril),
        ],
        "Il numero che chiude non è abbastanza basso: ci sono punteggi che lo sono di più. Serve −∞.": [
            _attenzione(chiudi=lambda p, chiuso=chiuso: _chiudi(p, chiuso))
            for chiuso in (-100_000, -10_000, -1000, -100, -50, -10, -1)
        ],
        "Togliere un numero ai punteggi non li chiude: chi era abbastanza alto resta. Serve −∞.": [
            _attenzione(chiudi=lambda p, meno=meno: p - _sopra(p) * meno) for meno in (100_000, 10_000, 1000, 100, 10)
        ],
        "Azzerare i pesi dopo la softmax e dividerli per la somma non basta: se un punteggio successivo è enorme si "
        "prende tutto, e resta zero diviso zero. Si chiude prima, con −∞.": _attenzione(
            chiudi=lambda p: p, pesa=lambda p: _in_proporzione(p.softmax(-1).tril())
        ),
        "Il massimo da togliere prima di exp è quello della riga, fra i punteggi non chiusi: con un altro una riga può "
        "diventare tutta zeri, e zero diviso zero fa NaN.": [
            _attenzione(pesa=lambda p: _in_proporzione((p - p.max()).exp())),
            _attenzione(pesa=lambda p: _in_proporzione((p - p.amax((-2, -1), keepdim=True)).exp())),
            _attenzione(chiudi=lambda p: p, pesa=lambda p: _in_proporzione((p - p.max()).exp().tril())),
        ],
        "Zero per −∞ fa NaN: metti −∞ solo dove serve, con masked_fill o torch.where.": _attenzione(
            chiudi=lambda p: p + _sopra(p) * -torch.inf
        ),
        "I pesi sono azzerati dopo la softmax: le righe non sommano più a 1.": _attenzione(
            chiudi=lambda p: p, pesa=lambda p: _chiudi(p.softmax(-1), 0)
        ),
        "La softmax è sull'asse del batch: serve l'ultimo.": _attenzione(pesa=lambda p: p.softmax(0)),
        "La softmax è sull'asse sbagliato: le righe, sull'ultimo asse, devono sommare a 1.": _attenzione(
            pesa=lambda p: p.softmax(-2)
        ),
        "Hai mascherato anche la diagonale: ogni posizione vede anche sé stessa.": _attenzione(
            chiudi=lambda p: _chiudi(p, diagonale=0)
        ),
        "La maschera comincia una posizione troppo tardi: nessuno deve vedere chi lo segue.": _attenzione(
            chiudi=lambda p: _chiudi(p, diagonale=2)
        ),
        "Questi sono i pesi: manca il prodotto con v.": _attenzione(unisci=lambda pesi, v: pesi),
    },
    vieta=("scaled_dot_product_attention", "MultiheadAttention"),
)
