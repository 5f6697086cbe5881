"""Gli esercizi della lezione 08: riempitivo, fusioni del BPE, attenzione causale, teste, un blocco intero, la loss."""

import inspect
import itertools
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from corso_pytorch.verifiche.dichiarazione import Prova
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import con_gradiente, generatore, muta
from corso_pytorch.verifiche.registro import esercizio

Coppia = tuple[str, str]


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
    "8.1",
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
    "8.2",
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
    "8.3",
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
        Prova(torch.zeros(1, 4, 3), *_qkv(1, 4, 3, 2)[1:], detta="con le query tutte zero"),
        Prova(*(parte.sign() for parte in _qkv(2, 4, 2, 3)), detta="con qualche punteggio che vale 0"),
        _spostati(20, lambda j: 0 * j - 20, "con punteggi intorno a −200"),
        # Qui un peso vale tutto: chi passa dal logaritmo della somma non perde cifre.
        _spostati(2000, lambda j: -1000 - j, "con punteggi intorno a −1 000 000"),
        _spostati(2000, lambda j: 1000 * j, "con punteggi che crescono di 1 000 000 a ogni posizione"),
        _spostati(2e4, lambda j: -1e4 - j, "con punteggi intorno a −100 000 000"),
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
        "La maschera è capovolta, e l'ultima riga resta senza posti aperti: chiudi solo le posizioni successive.": (
            _attenzione(chiudi=lambda p: p.masked_fill(_sopra(p, 0).mT, -torch.inf))
        ),
        "Manca la divisione per la radice di D.": _attenzione(lambda q, v: 1),
        "Hai diviso per D: serve la sua radice.": _attenzione(lambda q, v: q.shape[-1]),
        "La radice di D divide i punteggi, prima della softmax: qui divide ciò che ne esce.": lambda q, k, v: (
            _attenzione(lambda q, v: 1)(q, k, v) / q.shape[-1] ** 0.5
        ),
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
        "Chiudi dove il punteggio vale 0, ma 0 è anche un punteggio vero: la maschera guarda i posti.": _attenzione(
            chiudi=lambda p: p.tril().masked_fill(p.tril() == 0, -torch.inf)
        ),
        "Il numero che chiude non è abbastanza basso: ci sono punteggi che lo sono di più. Serve −∞.": [
            _attenzione(chiudi=lambda p, chiuso=chiuso: _chiudi(p, chiuso))
            for chiuso in (-1e7, -1e6, -100_000, -10_000, -1000, -100, -50, -10, -1)
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


_DIMENSIONI_INTERE = {"tuple of ints": "Le dimensioni sono interi: usa //, e non /."}


def in_teste(x: torch.Tensor, teste: int) -> torch.Tensor:
    b, n, d = x.shape
    return x.reshape(b, n, teste, d // teste).transpose(1, 2)


esercizio(
    "8.4",
    giusta=in_teste,
    osserva=con_gradiente(0),
    prove=[
        (torch.randn(2, 3, 8, generator=generatore(1)), 4),
        (torch.randn(1, 5, 6, generator=generatore(2)), 2),
        (torch.randn(3, 1, 6, generator=generatore(3)), 3),
        (torch.randn(2, 4, 4, generator=generatore(4)), 1),
        (torch.randn(2, 3, 5, generator=generatore(5)), 5),
        (torch.randn(4, 4, 16, generator=generatore(6)), 4),
        (torch.randn(6, 2, 3, generator=generatore(7)).permute(1, 2, 0), 2),  # non contiguo
    ],
    detta="con B = {0.shape[0]}, L = {0.shape[1]}, D = {0.shape[2]} e {1} teste",
    vieta=("cicli",),
    consigli=_DIMENSIONI_INTERE,
    sviste={
        "La forma è giusta, ma i token si sono mescolati: un reshape solo taglia la fila dei numeri dove capita. "
        "Spezza l'ultimo asse, poi scambia.": [
            lambda x, teste: x.reshape(x.shape[0], teste, x.shape[1], -1),
            lambda x, teste: x.view(x.shape[0], teste, x.shape[1], -1),
            lambda x, teste: x.mT.reshape(x.shape[0], teste, x.shape[1], -1),
        ],
        "L'asse delle teste è ancora dopo quello dei token: va prima.": lambda x, teste: x.reshape(
            *x.shape[:2], teste, -1
        ),
        "Hai spezzato l'ultimo asse nell'ordine sbagliato: prima le teste, poi le D/teste coordinate di ognuna.": (
            lambda x, teste: x.reshape(*x.shape[:2], -1, teste).permute(0, 3, 1, 2)
        ),
        "Gli ultimi due assi sono scambiati: i token vengono prima delle coordinate.": (
            lambda x, teste: in_teste(x, teste).mT
        ),
        "Le teste sono davanti al batch: vanno al secondo posto.": lambda x, teste: in_teste(x, teste).transpose(0, 1),
        "Ogni testa ha tutte le D coordinate: deve averne D/teste.": lambda x, teste: x[:, None].repeat(1, teste, 1, 1),
    },
)


class Blocco(nn.Module):
    """Un blocco che scrive, con la normalizzazione prima di ogni mossa, come in Llama."""

    def __init__(self, D: int, teste: int):
        super().__init__()
        self.teste = teste
        self.qkv, self.uscita = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.norma_1, self.norma_2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.rete = nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D))

    def attenzione(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = (in_teste(parte, self.teste) for parte in self.qkv(x).chunk(3, dim=-1))
        return self.uscita(attenzione_causale(q, k, v).transpose(1, 2).reshape(x.shape))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attenzione(self.norma_1(x))
        return x + self.rete(self.norma_2(x))


def blocco_con(*cambi: tuple[str, str]) -> type[nn.Module]:
    """`Blocco` con qualche pezzo del testo cambiato: ``muta``, per una classe."""
    testo = inspect.getsource(Blocco)
    for prima, dopo in cambi:
        if testo.count(prima) != 1:
            raise ValueError(f"In Blocco «{prima}» compare {testo.count(prima)} volte, e non una.")
        testo = testo.replace(prima, dopo)
    spazio = dict(globals())
    exec(compile(testo, "<svista di Blocco>", "exec"), spazio)
    return spazio["Blocco"]


_QUANTI_TOKEN, _LUNGHI, _D, _TESTE = 8, 8, 32, 4
_SOGLIA = 0.9
_TOKEN_MESCOLATI = (
    "Con una testa sola ogni posizione vede chi deve, con più teste no: i token si mescolano. Le teste nascono "
    "spezzando l'ultimo asse e scambiando, come nell'8.4; per unirle si scambia di nuovo, e poi si rimettono in fila."
)
_STRATI_IN_LISTA = (
    "Gli strati in una lista di Python non si contano fra i pesi del blocco, e non si addestrano: serve nn.ModuleList."
)
_TESTE_INUTILI = "Con gli stessi pesi, una testa o quattro danno lo stesso risultato: le teste non contano."
_SENZA_ATTIVAZIONE = (
    "Fra i due strati lineari della piccola rete serve ReLU o GELU: qui non c'è attivazione, o è una funzione dispari, "
    "come tanh."
)


def _uscita(blocco: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Ciò che esce dal blocco, in modalità di valutazione; `Sbagliato` se non è un tensore della forma di x."""
    blocco.eval()
    y = chiama(blocco, x)
    if not isinstance(y, torch.Tensor):
        raise Sbagliato(f"forward dovrebbe restituire un tensore, e invece è {tipo_di(y)}.")
    if y.shape != x.shape:
        raise Sbagliato(f"Da {tuple(x.shape)} deve uscire {tuple(x.shape)}, e invece esce {tuple(y.shape)}.")
    if not y.isfinite().all():
        raise Sbagliato("Escono numeri che non sono finiti, NaN o infiniti: quale riga della softmax è tutta −∞?")
    return y.detach()


def _nuovo(risposta: object, d: int, teste: int) -> nn.Module:
    torch.manual_seed(d + teste)
    blocco = chiama(risposta, d, teste)
    if not isinstance(blocco, nn.Module):
        raise Sbagliato(f"Blocco({d}, {teste}) dovrebbe essere un nn.Module, e invece è {tipo_di(blocco)}.")
    return blocco


def _controlla_chi_vede_chi(risposta: object) -> None:
    # Prima una testa sola: chi lì vede bene, e con più teste no, ha diviso male le teste.
    for b, n, d, teste in ((3, 20, 6, 1), (2, 5, 12, 3), (1, 1, 8, 2), (4, 4, 4, 4), (1, 20, 8, 8)):
        blocco, x = _nuovo(risposta, d, teste), torch.randn(b, n, d)
        prima = _uscita(blocco, x)
        if not torch.allclose(_uscita(blocco, x[:1]), prima[:1], atol=1e-4):
            raise Sbagliato("Una frase cambia se nel batch ce ne sono altre: qualcosa mescola l'asse del batch.")
        for posto in range(n):
            cambiato = x.clone()
            cambiato[:, posto] = torch.randn(b, d)
            mosse = (_uscita(blocco, cambiato) - prima).abs().amax(dim=(0, 2)) > 1e-5
            if teste > 1 and (mosse[:posto].any() or not mosse[posto:].all()):
                raise Sbagliato(_TOKEN_MESCOLATI)
            if mosse[:posto].any():
                raise Sbagliato(
                    f"Cambiando la posizione {posto} si muove anche una posizione prima: chi scrive non può vedere il "
                    "futuro. C'è la maschera causale, prima della softmax?"
                )
            if not mosse[posto:].all():
                raise Sbagliato(
                    f"Cambiando la posizione {posto} qualche posizione seguente non si muove: ognuna deve vedere sé "
                    "stessa e tutte le precedenti."
                )


def _controlla_le_teste(risposta: object) -> None:
    una, quattro = _nuovo(risposta, 16, 1), _nuovo(risposta, 16, 4)
    try:
        quattro.load_state_dict(una.state_dict())
    except RuntimeError:
        return  # ogni testa ha pesi suoi: contano di certo
    x = torch.randn(2, 6, 16) * 5
    if torch.allclose(_uscita(una, x), _uscita(quattro, x), atol=1e-5):
        raise Sbagliato(_TESTE_INUTILI)


def _ha_strati_in_lista(modulo: nn.Module) -> bool:
    liste = [valore for valore in vars(modulo).values() if isinstance(valore, (list, tuple))]
    return any(isinstance(voce, nn.Module) for lista in liste for voce in lista)


def _controlla_i_pesi(risposta: object) -> None:
    blocco = _nuovo(risposta, _D, _TESTE)
    quanti = sum(peso.numel() for peso in blocco.parameters())
    if quanti < 12 * _D**2:
        if any(_ha_strati_in_lista(modulo) for modulo in blocco.modules()):
            raise Sbagliato(_STRATI_IN_LISTA)
        raise Sbagliato(
            f"Con D = {_D} il blocco ha {quanti} pesi, e ne servono almeno 12·D² = {12 * _D**2}: 4·D² per query, key, "
            "value e uscita delle teste, 8·D² per la piccola rete con 4·D neuroni nascosti."
        )
    blocco(torch.randn(2, 5, _D)).square().sum().backward()
    fermi = [nome for nome, peso in blocco.named_parameters() if peso.grad is None]
    if fermi:
        raise Sbagliato(f"A «{fermi[0]}» non arriva nessun gradiente: forward non lo usa, o qualcosa lo stacca.")


def _controlla_la_rete(risposta: object) -> None:
    """Con un token solo e senza bias, un blocco senza attivazione è una funzione dispari; con ReLU o GELU no."""
    blocco = _nuovo(risposta, _D, _TESTE)
    with torch.no_grad():
        for nome, peso in blocco.named_parameters():
            if nome.endswith("bias"):
                peso.zero_()
    x = torch.randn(4, 1, _D)
    if (_uscita(blocco, x) + _uscita(blocco, -x)).abs().max() < 1e-4:
        raise Sbagliato(_SENZA_ATTIVAZIONE)


class _ContaNorme(TorchFunctionMode):
    """Quante volte lavora una norma della libreria: un modulo, anche lo stesso, o la sua funzione."""

    def __init__(self):
        super().__init__()
        self.quante = 0

    def __torch_function__(self, funzione, tipi, argomenti=(), per_nome=None):
        self.quante += funzione in (F.layer_norm, F.rms_norm, torch.layer_norm, torch.rms_norm)
        return funzione(*argomenti, **(per_nome or {}))


def _controlla_la_norma(risposta: object) -> None:
    """Con una norma per mossa, ciò che il blocco aggiunge (o ciò che ne esce) non cresce con x.

    Da sola non basta: una norma fra le due mosse, o alla fine, ferma anch'essa ciò che esce. Perciò si contano le norme
    della libreria. Quelle scritte a mano non si contano.
    """
    blocco, x = _nuovo(risposta, _D, _TESTE), 1e4 * torch.randn(4, 6, _D)
    with _ContaNorme() as norme:
        y = _uscita(blocco, x)
    if norme.quante == 1:
        raise Sbagliato("Hai una norma sola: ne serve una attorno a ciascuna delle due mosse.")
    if min(float(y.norm()), float((y - x).norm())) > 0.02 * float(x.norm()):
        raise Sbagliato(
            "Se x diventa diecimila volte più grande, cresce altrettanto anche ciò che il blocco ne ricava: attorno a "
            "ciascuna delle due mosse serve una normalizzazione (e, se sta prima, la somma residua usa x com'era)."
        )


class _Ripete(nn.Module):
    """Embedding e posizioni, sei blocchi, uno strato lineare: deve dire il token precedente."""

    def __init__(self, blocchi: list[nn.Module]):
        super().__init__()
        self.token, self.posti = nn.Embedding(_QUANTI_TOKEN, _D), nn.Embedding(_LUNGHI, _D)
        self.blocchi, self.norma, self.uscita = nn.ModuleList(blocchi), nn.LayerNorm(_D), nn.Linear(_D, _QUANTI_TOKEN)
        for tabella in (self.token, self.posti):
            nn.init.normal_(tabella.weight, std=0.5)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x = self.token(ids) + self.posti.weight
        for blocco in self.blocchi:
            x = blocco(x)
        return self.uscita(self.norma(x))


def _controlla_che_impari(risposta: object) -> None:
    torch.manual_seed(0)
    rete = _Ripete([_nuovo(risposta, _D, _TESTE) for _ in range(6)])
    ottimizzatore = torch.optim.AdamW(rete.parameters(), lr=0.004)
    testi = torch.randint(0, _QUANTI_TOKEN, (80, 32, _LUNGHI))
    precedenti = torch.cat([testi[..., :1], testi[..., :-1]], dim=-1)
    rete.train()
    for ids, y in zip(testi[:70], precedenti[:70], strict=True):
        loss = F.cross_entropy(rete(ids).flatten(0, 1), y.flatten())
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
    rete.eval()
    with torch.no_grad():
        giuste = (rete(testi[70:].flatten(0, 1)).argmax(dim=-1) == precedenti[70:].flatten(0, 1)).float().mean().item()
    if giuste < _SOGLIA:
        raise Sbagliato(
            f"Sei blocchi in fila, dopo 70 passi, ripetono il token precedente {int(100 * giuste)} volte su 100: ne "
            "servono 90. C'è una somma residua attorno a ciascuna mossa, e l'attenzione usa query, key e value diversi?"
        )


def _giudica_blocco(risposta: object) -> bool:
    """Vero se il blocco fa ciò che deve; altrimenti `Sbagliato`, con ciò che non va."""
    for controlla in (
        _controlla_chi_vede_chi,
        _controlla_i_pesi,
        _controlla_le_teste,
        _controlla_la_rete,
        _controlla_la_norma,
        _controlla_che_impari,
    ):
        controlla(risposta)
    return True


_DIVISE_MALE = ("in_teste(parte, self.teste)", "parte.reshape(len(parte), self.teste, parte.shape[1], -1)")
_UNITE_MALE = (".transpose(1, 2).reshape(x.shape)", ".reshape(x.shape)")

esercizio(
    "8.5",
    giusta=Blocco,
    osserva=_giudica_blocco,
    sviste={
        _TOKEN_MESCOLATI: [
            blocco_con(_DIVISE_MALE),
            blocco_con(_UNITE_MALE),
            blocco_con(_DIVISE_MALE, _UNITE_MALE),
        ],
        _STRATI_IN_LISTA: blocco_con(
            (
                "nn.Sequential(nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D))",
                "[nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D)]",
            ),
            ("self.rete(self.norma_2(x))", "self.rete[2](self.rete[1](self.rete[0](self.norma_2(x))))"),
        ),
        _TESTE_INUTILI: blocco_con(("(parte, self.teste)", "(parte, 1)")),
        _SENZA_ATTIVAZIONE: blocco_con(("nn.GELU(), ", "")),
    },
    vieta=(
        "MultiheadAttention",
        "multi_head_attention_forward",
        "Transformer",
        "TransformerEncoder",
        "TransformerDecoder",
        "TransformerEncoderLayer",
        "TransformerDecoderLayer",
    ),
    consigli={
        "shapes cannot be multiplied": "Le forme: (B, teste, L, D/teste) torna (B, L, D) con transpose e reshape.",
        "view size is not compatible": "view vuole i numeri in fila: reshape li copia, se serve.",
        "must match the size": "Le maschere e i pesi hanno gli ultimi due assi L×L.",
        **_DIMENSIONI_INTERE,
    },
)


def loss_prossimo(logit: torch.Tensor, ids: torch.Tensor, maschera: torch.Tensor) -> torch.Tensor:
    previsti = logit[:, :-1]
    bersagli = ids[:, 1:]
    contano = maschera[:, 1:]
    return F.cross_entropy(previsti[contano], bersagli[contano])


def _per_riga(logit: torch.Tensor, ids: torch.Tensor, maschera: torch.Tensor) -> torch.Tensor:
    una = zip(logit.split(1), ids.split(1), maschera.split(1), strict=True)
    return torch.stack([loss_prossimo(*riga) for riga in una if riga[2][:, 1:].any()]).mean()


def _per_riga_con_zeri(logit: torch.Tensor, ids: torch.Tensor, maschera: torch.Tensor) -> torch.Tensor:
    tutte = F.cross_entropy(logit[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none") * maschera[:, 1:]
    return (tutte.sum(dim=1) / maschera[:, 1:].sum(dim=1).clamp(min=1)).mean()


def _per_riga_col_nan(logit: torch.Tensor, ids: torch.Tensor, maschera: torch.Tensor) -> torch.Tensor:
    tutte = F.cross_entropy(logit[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none") * maschera[:, 1:]
    return (tutte.sum(dim=1) / maschera[:, 1:].sum(dim=1)).mean()


def _con_zeri(logit: torch.Tensor, ids: torch.Tensor, maschera: torch.Tensor) -> torch.Tensor:
    tutte = F.cross_entropy(logit[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    return (tutte * maschera[:, 1:]).mean()


def _testi(lunghezze: list[int], v: int, a_sinistra: bool = False, riempitivo: int = 0) -> tuple[torch.Tensor, ...]:
    """Logit a caso, token a caso (anche uguali al riempitivo) e la maschera di righe lunghe così."""
    n, caso = max(lunghezze), generatore(sum(lunghezze) + v)
    maschera = torch.arange(n) < torch.tensor(lunghezze)[:, None]
    maschera = maschera.flip(1) if a_sinistra else maschera
    ids = torch.randint(0, v, maschera.shape, generator=caso)
    return torch.randn(*maschera.shape, v, generator=caso) * 2, ids.where(maschera, riempitivo), maschera


def _loss(*cambi: tuple[str, str]) -> Callable:
    return muta(loss_prossimo, *cambi)


esercizio(
    "8.6",
    giusta=loss_prossimo,
    osserva=con_gradiente(0),
    prove=[
        _testi([6, 3, 5], 7),
        _testi([4, 6], 5, a_sinistra=True),
        _testi([5, 5, 5], 5),
        _testi([2, 7], 3, riempitivo=2),
        _testi([1, 4, 2], 6),  # una riga senza bersagli
        _testi([3], 4),
        _testi([2, 2, 2], 2),
        _testi([1, 6, 3], 4, a_sinistra=True, riempitivo=3),
        (
            torch.zeros(2, 4, 5),
            torch.tensor([[1, 0, 3, 4], [2, 2, 0, 0]]),
            torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]) > 0,
        ),
    ],
    detta="con B = {0.shape[0]}, L = {0.shape[1]} e V = {0.shape[2]}",
    nome="La loss",
    consigli={
        "Expected target size": "Le classi vanno sull'asse 1: (B, V, L) per i logit, (B, L) per i bersagli.",
        "must match": "Dopo lo spostamento logit, bersagli e maschera hanno tutti L − 1 posizioni.",
        "Target -100": "cross_entropy salta da sé i bersagli −100: lascia ignore_index com'è.",
        "batch_size": "Dopo lo spostamento logit, bersagli e maschera hanno tutti L − 1 posizioni.",
    },
    sviste={
        "Manca lo spostamento: i logit in posizione t parlano del token in posizione t + 1.": _loss(
            ("logit[:, :-1]", "logit"), ("ids[:, 1:]", "ids"), ("maschera[:, 1:]", "maschera")
        ),
        "Le classi vanno sull'asse 1 scambiando gli assi: reshape mescola i numeri di posizioni diverse.": (
            lambda logit, ids, maschera: F.cross_entropy(
                logit[:, :-1].reshape(len(logit), logit.shape[-1], -1),
                ids[:, 1:].masked_fill(~maschera[:, 1:], -100),
            )
        ),
        "Un reshape dopo il transpose mescola posizioni e classi: o l'uno o l'altro.": lambda logit, ids, maschera: (
            F.cross_entropy(
                logit[:, :-1].transpose(1, 2).reshape(-1, logit.shape[-1]),
                ids[:, 1:].masked_fill(~maschera[:, 1:], -100).reshape(-1),
            )
        ),
        "Prima della loss c'è una softmax: cross_entropy vuole i logit, e la fa già lei.": _loss(
            ("previsti[contano]", "previsti[contano].softmax(-1)")
        ),
        "Dividi per tutti i token veri: quelli in posizione 0 non sono bersagli.": lambda logit, ids, maschera: (
            F.cross_entropy(logit[:, :-1][maschera[:, 1:]], ids[:, 1:][maschera[:, 1:]], reduction="sum")
            / maschera.sum()
        ),
        "Con roll l'ultima posizione prevede il primo token della frase: va tolta.": lambda logit, ids, maschera: (
            F.cross_entropy(logit.transpose(1, 2), ids.roll(-1, 1).masked_fill(~maschera.roll(-1, 1), -100))
        ),
        "Hai spostato due volte: i logit in posizione t parlano del token in posizione t + 1, non t + 2.": _loss(
            ("logit[:, :-1]", "logit[:, :-2]"), ("ids[:, 1:]", "ids[:, 2:]"), ("maschera[:, 1:]", "maschera[:, 2:]")
        ),
        "Lo spostamento va nell'altro verso: si prevede il token dopo, non quello prima.": _loss(
            ("logit[:, :-1]", "logit[:, 1:]"), ("ids[:, 1:]", "ids[:, :-1]"), ("maschera[:, 1:]", "maschera[:, :-1]")
        ),
        "Conta anche il riempitivo: un bersaglio che non è un token vero non entra nella media.": [
            _loss(("maschera[:, 1:]", "maschera[:, 1:] | True")),
        ],
        "La maschera va spostata come i bersagli: qui dice se è vero il token che prevede, non quello previsto.": _loss(
            ("maschera[:, 1:]", "maschera[:, :-1]")
        ),
        "Conta solo chi è vero da tutte e due le parti: il primo token dopo il riempitivo è un bersaglio anche lui.": (
            _loss(("maschera[:, 1:]", "maschera[:, 1:] & maschera[:, :-1]"))
        ),
        "La maschera è capovolta: −100 va dove non è vera, cioè sul riempitivo.": [
            _loss(("maschera[:, 1:]", "~maschera[:, 1:]")),
            lambda logit, ids, maschera: F.cross_entropy(
                logit[:, :-1].transpose(1, 2), ids.masked_fill(maschera, -100)[:, 1:]
            ),
        ],
        "Salti anche i token veri che valgono 0: il riempitivo lo dice la maschera.": _loss(
            ("bersagli[contano])", "bersagli[contano], ignore_index=0)")
        ),
        "La maschera va letta dalla maschera, non dai valori: un token vero può avere il numero 0.": _loss(
            ("maschera[:, 1:]", "ids[:, 1:] != 0")
        ),
        "Hai fatto la media di ogni riga e poi la media delle medie: ogni bersaglio pesa uguale.": [
            _per_riga,
            _per_riga_con_zeri,
            _per_riga_col_nan,
        ],
        "Il riempitivo vale zero ma conta ancora nella media: dividi per il numero dei bersagli veri.": _con_zeri,
        "Questa è la somma: serve la media sui bersagli.": _loss(
            ("bersagli[contano])", 'bersagli[contano], reduction="sum")')
        ),
        "Questa è una loss per bersaglio: serve la loro media.": _loss(
            ("bersagli[contano])", 'bersagli[contano], reduction="none")')
        ),
    },
)
