"""Gli esercizi della lezione 02: derivate, un autograd scritto a mano che impara una retta, gradienti, discesa."""

import contextlib
import functools
import inspect
import math
import sys
from collections.abc import Callable, Iterator
from unittest import mock

import torch

from corso_pytorch.lezioni.l02_autograd.numero import Numero
from corso_pytorch.verifiche.confronti import Assente, come_numero
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, detto, italiano, tipo_di
from corso_pytorch.verifiche.osservazioni import con_gradiente, generatore, muta
from corso_pytorch.verifiche.registro import esercizio


def derivata_centrale(f: Callable[[float], float], x: float, h: float) -> float:
    return (f(x + h) - f(x - h)) / (2 * h)


esercizio(
    "2.1",
    giusta=derivata_centrale,
    prove=[
        (lambda x: x**3, 2.0, 0.1),
        (math.exp, 0.77, 0.5),
        (lambda x: 1 / x, -3.0, 0.25),
        (lambda x: x**2 - 5, -3, 1),
        (abs, 0.0, 0.5),
        (lambda x: -2 * x, 0.0, 0.125),
        (lambda x: math.sin(1000 * x), 0.3, 1e-4),  # ripida: il passo deve restare piccolo
        (lambda x: x**3 / 1e6, 1000.0, 50.0),
    ],
    detta="con x = {1:g} e h = {2:g}",
    nome="La pendenza",
    tolleranza=1e-9,
    sviste={
        "Hai guardato solo in avanti: serve anche il punto un passo indietro.": lambda f, x, h: (f(x + h) - f(x)) / h,
        "Hai guardato solo all'indietro: serve anche il punto un passo avanti.": lambda f, x, h: (f(x) - f(x - h)) / h,
        "I due punti distano più di h: per quanto si divide?": lambda f, x, h: (f(x + h) - f(x - h)) / h,
        "Guarda le parentesi del denominatore: così dividi per 2 e poi moltiplichi per h.": lambda f, x, h: (
            (f(x + h) - f(x - h)) / 2 * h
        ),
        "Mancano le parentesi al numeratore: così dividi solo f(x - h).": [
            lambda f, x, h: f(x + h) - f(x - h) / (2 * h),
            lambda f, x, h: f(x + h) - f(x - h) / 2 * h,
        ],
        "La differenza c'è, ma non è divisa per la distanza fra i due punti.": lambda f, x, h: f(x + h) - f(x - h),
        "Hai diviso per 2, e la distanza fra i due punti dipende da h.": lambda f, x, h: (f(x + h) - f(x - h)) / 2,
        "I due punti sono scambiati: la pendenza ha il segno opposto.": lambda f, x, h: -derivata_centrale(f, x, h),
        "I due punti sono a mezzo passo: serve un passo h intero da ogni parte.": lambda f, x, h: derivata_centrale(
            f, x, h / 2
        ),
        "I due punti sono a due passi: serve un passo h da ogni parte.": lambda f, x, h: derivata_centrale(f, x, 2 * h),
        "Il passo è l'argomento h, così come arriva: non sceglierne un altro.": [
            functools.partial(lambda passo, f, x, h: derivata_centrale(f, x, passo), 10.0**-cifre)
            for cifre in (3, 4, 5, 6)
        ],
        "«//» butta via i decimali: qui serve la divisione con «/».": lambda f, x, h: (f(x + h) - f(x - h)) // (2 * h),
    },
)

esercizio(
    "2.2",
    giusta=30,
    nome="La derivata",
    sviste={
        "Hai sommato le due derivate: lungo una strada si moltiplicano.": 13,
        "Hai derivato il quadrato, ma non ciò che sta dentro: le strade del grafo si moltiplicano.": 10,
        "Questo è il valore di g in 2, non la sua derivata.": 25,
        "Il quadrato di 3x − 1 non è 9x² più o meno 1: sviluppandolo manca il doppio prodotto.": 36,
        "Derivando il quadrato l'esponente scende davanti: qui manca.": 15,
        "La derivata di ciò che sta dentro, 3x − 1, non è x.": 20,
        "È il doppio del giusto: la derivata di 3x è 3, non 3x; o grad ha sommato due ritorni.": 60,
        "Questa è solo la derivata di ciò che sta dentro: manca quella del quadrato.": 3,
        "Nella derivata del quadrato al posto di 3x − 1, che in 2 vale 5, hai messo un altro numero.": [6, 12, 18],
        "La derivata di ciò che sta dentro è entrata due volte.": 90,
        "Questo è il valore di 3x − 1 in 2, non la derivata.": 5,
        "La derivata di una costante è 0: il + 1 del quadrato sviluppato non resta.": 31,
    },
)


def _tanh(derivata: Callable[[float, float], float], valore: Callable[[float], float] = math.tanh) -> Callable:
    """Una tangente iperbolica con la derivata (del risultato e dell'ingresso) e il valore che si vogliono."""
    return lambda a: Numero(valore(a.valore), ((a, derivata(math.tanh(a.valore), a.valore)),))


def _con_il_numero_di(risposta: object, prima: Callable, valore: float, dopo: Callable) -> dict[str, float]:
    """Il valore e il gradiente di ``dopo(tanh(prima(a)))``."""
    classe = _classe_numero(risposta)
    a = classe(valore)
    dentro = prima(a)
    stato = dentro.valore, [*dentro.legami]
    uscita = chiama(risposta, dentro, cambia=(0,))  # ci arriva lui, non una copia: è il suo gradiente che si guarda
    if not isinstance(uscita, classe):
        raise Sbagliato(f"La tua funzione deve restituire un Numero, e invece la risposta è {tipo_di(uscita)}.")
    if isinstance(uscita.legami, Iterator):
        raise Sbagliato(
            "I legami si leggono più di una volta, e un iteratore si esaurisce alla prima: serve una tupla."
        )
    if uscita is dentro or (dentro.valore, [*dentro.legami]) != stato:
        raise Sbagliato("La tua funzione cambia il suo argomento: crea un Numero nuovo.")
    if dentro.grad != 0:
        raise Sbagliato("Il grad di a lo riempie il ritorno: a te restano i legami.")
    try:
        dopo(uscita).backward()
    except Exception as errore:
        raise Sbagliato(
            f"Il ritorno non riesce a leggere i legami ({detto(errore)}): sono coppie (nodo, derivata) in una tupla, "
            "e dopo l'unica coppia va la virgola."
        ) from errore
    if isinstance(a.grad, classe):
        raise Sbagliato("Nei legami la derivata è un numero di Python, non un Numero: parti da a.valore.")
    return {"il valore di tanh": uscita.valore, "il gradiente": a.grad}


def _classe_numero(risposta: object) -> type:
    """La classe `Numero` è quella del quaderno: si cerca dove la risposta è stata scritta."""
    while isinstance(risposta, functools.partial):
        risposta = risposta.func
    if not callable(risposta):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(risposta)}.")
    codice = risposta if inspect.isroutine(risposta) else type(risposta).__call__
    vicini = getattr(inspect.unwrap(codice), "__globals__", {})
    classe = vicini.get("Numero", getattr(sys.modules["__main__"], "Numero", None))
    if not isinstance(classe, type):
        raise Sbagliato("Non trovo la classe Numero: esegui prima le celle in cui la scrivi.")
    return classe


def _da_solo(numero: Numero) -> Numero:
    return numero


esercizio(
    "2.3",
    giusta=_tanh(lambda t, x: 1 - t**2),
    osserva=_con_il_numero_di,
    prove=[
        *((_da_solo, valore, _da_solo) for valore in (0.5, -1.25, 2.0, 0.0, 1.0, 6.0, 1e3, -1e3)),
        (lambda a: a * 2 + a, 0.3, lambda uscita: uscita * 5),
        (lambda a: a * a, -0.7, lambda uscita: uscita * uscita + uscita),
    ],
    detta=lambda prima, valore, dopo: f"con a = {valore:g}{'' if dopo is _da_solo else ', dentro un conto più lungo'}",
    tolleranza=3e-7,  # basta a un float32, non a sei decimali
    consigli={"range error": "Gli esponenziali di un numero grande traboccano, math.tanh mai."},
    sviste={
        "Il valore è la tangente, non la tangente iperbolica.": _tanh(lambda t, x: 1 - t**2, math.tan),
        "Il valore è la derivata: il valore è math.tanh(a.valore).": _tanh(
            lambda t, x: 1 - t**2, lambda x: 1 - math.tanh(x) ** 2
        ),
        "Il gradiente è il doppio del giusto: guarda i legami.": [
            _tanh(lambda t, x: 2 * (1 - t**2)),
            lambda a: Numero(math.tanh(a.valore), ((a, 1 - math.tanh(a.valore) ** 2),) * 2),
        ],
        "Ad a non arriva gradiente: nel legame manca a, o la derivata è nulla.": lambda a: Numero(math.tanh(a.valore)),
        "Nella derivata hai usato l'ingresso al posto dell'uscita: chi va elevato al quadrato?": _tanh(
            lambda t, x: 1 - x**2
        ),
        "Nella derivata manca il quadrato.": _tanh(lambda t, x: 1 - t),
        "Il valore t è già la tangente iperbolica: nella derivata non va rifatta.": _tanh(
            lambda t, x: 1 - math.tanh(t) ** 2
        ),
        "Come derivata hai messo il valore stesso.": _tanh(lambda t, x: t),
        "Come derivata hai messo 1: così il gradiente passa intatto.": _tanh(lambda t, x: 1.0),
        "La derivata ha i termini scambiati: il segno è opposto.": _tanh(lambda t, x: t**2 - 1),
        "La derivata ha un segno sbagliato: è 1 meno qualcosa.": _tanh(lambda t, x: 1 + t**2),
        "Nella derivata manca l'1: è 1 meno qualcosa.": [_tanh(lambda t, x: -(t**2)), _tanh(lambda t, x: t**2)],
        "Nella derivata hai elevato al quadrato tutto: il quadrato riguarda solo t.": _tanh(lambda t, x: (1 - t) ** 2),
    },
)


def impara_retta(punti: list[tuple[float, float]]) -> tuple[Numero, Numero]:
    w, b = Numero(0.0), Numero(0.0)
    for _ in range(300):
        errore = sum((w * x + b - y) ** 2 for x, y in punti) / len(punti)
        w.grad = b.grad = 0.0
        errore.backward()
        w.valore -= 0.1 * w.grad
        b.valore -= 0.1 * b.grad
    return w, b


ERRORE_AMMESSO = 1e-3  # i punti stanno su una retta: l'errore medio può scendere a zero
SENZA_RITORNO = "La retta è giusta, ma il tuo autograd non ha lavorato: w e b li deve trovare la discesa."
RITORNO_PER_FINTA = (
    "La retta è giusta, ma i ritorni sono partiti tutti dallo stesso errore: w e b li deve trovare la discesa, che "
    "a ogni giro lo ricalcola."
)
NESSUN_RITORNO = "Nessun Numero ha ricevuto un gradiente: manca il ritorno, errore.backward()?"
ESPLOSI = (
    "I pesi si allontanano, o rimbalzano senza avvicinarsi: guarda la lunghezza e il verso del passo, il quadrato "
    "nell'errore, e se l'errore è ricalcolato a ogni giro."
)
SI_ALLUNGA = (
    "A ogni giro il grafo si allunga, perché w e b nascono da quelli di prima: cambia w.valore e b.valore, e restano "
    "foglie."
)
SI_ACCUMULA = "Il grad di w o di b non torna mai a zero: azzera tutti e due prima di ogni ritorno."
FERMI = (
    "w e b sono rimasti a zero: a ogni giro vanno mossi w.valore e b.valore, contro il loro grad, che non va azzerato "
    "fra il ritorno e il passo."
)
FERMO_B = "b è rimasto a zero: anche lui è un peso, e va mosso."
FERMO_W = "w è rimasto a zero: anche lui è un peso, e va mosso."
SCAMBIATI = "w e b sono scambiati: prima la pendenza, poi il bias."
DELLA_LEZIONE = [(-1.0, -1.0), (0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]
ALTRI_PUNTI = (
    "La tua retta passa per i quattro punti della lezione, che errore_medio guarda sempre: l'errore va calcolato sui "
    "punti che ricevi."
)


class _SpiaDeiGrad:
    """Sta al posto di ``grad`` in una classe: conta i gradienti arrivati, in tutto e di fila senza un azzeramento.

    Si ferma, con la diagnosi, se il ritorno ripassa troppe volte da troppi nodi di mezzo: a ogni giro il grafo è più
    lungo, e la risposta non arriverebbe in tempo.
    """

    def __init__(self, vecchi_ammessi: int) -> None:
        self.arrivati, self.di_fila, self.vecchi, self.vecchi_ammessi = 0, 0, 0, vecchi_ammessi

    def __get__(self, nodo: object, classe: type) -> object:
        return self if nodo is None else vars(nodo)["grad"]

    def __set__(self, nodo: object, valore: float) -> None:
        suoi = vars(nodo)
        di_mezzo = bool(getattr(nodo, "legami", ()))
        if di_mezzo and not valore and suoi.get("grad"):
            suoi["ritorni"] = suoi.get("ritorni", 0) + 1
            self.vecchi += suoi["ritorni"] == 20
            if self.vecchi > self.vecchi_ammessi:
                raise Sbagliato(SI_ALLUNGA)
        suoi["grad"] = valore
        suoi["di_fila"] = suoi.get("di_fila", 0) + 1 if valore else 0
        self.di_fila = max(self.di_fila, 0 if di_mezzo else suoi["di_fila"])
        self.arrivati += bool(valore)


@contextlib.contextmanager
def _partenze(classe: type) -> Iterator[set]:
    """I valori da cui sono partiti i ritorni chiesti con ``backward()``."""
    valori, ritorno = set(), getattr(classe, "backward", None)

    def annotato(self: object) -> object:
        valori.add(vars(self).get("valore"))
        return ritorno(self)

    with mock.patch.object(classe, "backward", annotato) if ritorno else contextlib.nullcontext():
        yield valori


def _errore_medio(w: float, b: float, punti: list) -> float:
    return sum((w * x + b - y) ** 2 for x, y in punti) / len(punti)


def _che_cosa_ha_imparato(risposta: object, punti: list) -> str:
    """Giudica la retta, non il modo: basta che la trovi l'autograd dello studente. Alza `Sbagliato` se non va."""
    classe, spia = _classe_numero(risposta), _SpiaDeiGrad(50 * len(punti))
    madre = classe.__mro__[-2]  # la classe che sta sopra tutte, `object` a parte: anche i suoi nodi hanno un grad
    try:
        with mock.patch.object(madre, "grad", spia, create=True), _partenze(classe) as partenze:
            dati = chiama(risposta, punti)
    except OverflowError as errore:
        raise Sbagliato(ESPLOSI) from errore
    if not isinstance(dati, (tuple, list)) or len(dati) != 2:
        raise Sbagliato(f"Servono due valori, w e b, e invece è {tipo_di(dati)}.")
    w, b = (come_numero(dato.valore if isinstance(dato, classe) else dato) for dato in dati)
    if not all(isinstance(peso, (int, float)) for peso in (w, b)):
        raise Sbagliato("w e b devono essere due Numero, o i loro valori.")
    suoi = [vars(dato)["di_fila"] for dato in dati if isinstance(dato, classe)] or [spia.di_fila]
    _giudica(w, b, punti, spia.arrivati, accumulati=max(suoi) > 3 * len(punti))
    # Se la media delle x non è zero nessun passo, per quanto lungo, arriva al primo colpo.
    if len(partenze) == 1 and abs(sum(x for x, _ in punti)) > 0.1:
        raise Sbagliato(RITORNO_PER_FINTA)
    return "imparata"


def _giudica(w: float, b: float, punti: list, arrivati: int, accumulati: bool) -> None:
    errore = _errore_medio(w, b, punti) if math.isfinite(w) and math.isfinite(b) else math.inf
    if not errore < 10 * _errore_medio(0.0, 0.0, punti) + 10:
        raise Sbagliato(ESPLOSI)
    buona = errore <= ERRORE_AMMESSO
    if not arrivati:
        raise Sbagliato(SENZA_RITORNO if buona else NESSUN_RITORNO)
    if buona:
        return
    if w == b == 0:
        raise Sbagliato(FERMI)
    if _errore_medio(b, w, punti) <= ERRORE_AMMESSO:
        raise Sbagliato(SCAMBIATI)
    if _errore_medio(w, b, DELLA_LEZIONE) <= ERRORE_AMMESSO:
        raise Sbagliato(ALTRI_PUNTI)
    if b == 0 or w == 0:
        raise Sbagliato(FERMO_B if b == 0 else FERMO_W)
    if accumulati:
        raise Sbagliato(SI_ACCUMULA)
    raise Sbagliato(
        f"L'errore medio è arrivato a {italiano(errore)}, e deve scendere sotto un millesimo: servono più giri o un "
        "passo diverso, oppure w e b rinascono a ogni giro?"
    )


def _per_due_punti(punti: list) -> tuple[float, float]:
    (xa, ya), (xb, yb) = punti[0], punti[-1]
    w = (yb - ya) / (xb - xa)
    return w, ya - w * xa


def _minimi_quadrati(punti: list) -> tuple[float, float]:
    """La retta con le formule, dopo un ritorno fatto per finta."""
    sum((Numero(0.0) * x + Numero(0.0) - y) ** 2 for x, y in punti).backward()
    n, sx, sy = len(punti), sum(x for x, _ in punti), sum(y for _, y in punti)
    w = (n * sum(x * y for x, y in punti) - sx * sy) / (n * sum(x * x for x, _ in punti) - sx * sx)
    return w, (sy - w * sx) / n


esercizio(
    "2.4",
    giusta=impara_retta,
    osserva=_che_cosa_ha_imparato,
    prove=[
        (DELLA_LEZIONE,),
        ([(-1.5, 2.75), (-0.5, 1.25), (0.5, -0.25), (2.0, -2.5)],),
        ([(-1.0, 4.0), (1.0, -2.0)],),
        ([(-1.0, 3.0), (0.0, 3.0), (1.0, 3.0)],),
        ([(-2.0, -1.0), (1.0, 0.5), (1.5, 0.75), (-0.5, -0.25)],),
        ([(1.0, 2.0), (1.0, 2.0), (-1.0, -3.0), (-1.0, -3.0)],),
        ([(x / 2, 1.8 * x / 2 + 0.4) for x in (-4, -2, -1, 0, 1, 2, 3, 4)],),
    ],
    detta=lambda punti: f"con {len(punti)} punti, il primo ({italiano(punti[0][0])}; {italiano(punti[0][1])})",
    consigli={
        "'NoneType' and": "Il grad di un Numero azzerato è 0.0, non None.",
        "'float' object has no attribute": "w e b devono restare dei Numero: cambia solo il loro valore, e chiama "
        "backward() sull'errore.",
    },
    sviste={
        SENZA_RITORNO: _per_due_punti,
        RITORNO_PER_FINTA: _minimi_quadrati,
        NESSUN_RITORNO: muta(impara_retta, ("        errore.backward()\n", "")),
        ESPLOSI: [
            muta(impara_retta, ("w.valore -=", "w.valore +="), ("b.valore -=", "b.valore +=")),
            muta(impara_retta, ("0.1 * w", "10 * w"), ("0.1 * b", "10 * b")),
        ],
        SI_ACCUMULA: [
            muta(impara_retta, ("        w.grad = b.grad = 0.0\n", "")),
            muta(impara_retta, ("w.grad = b.grad = 0.0", "w.grad = 0.0")),
            muta(impara_retta, ("w.grad = b.grad = 0.0", "b.grad = 0.0")),
        ],
        SI_ALLUNGA: muta(
            impara_retta,
            ("w.valore -= 0.1 * w.grad", "w = w - 0.1 * w.grad"),
            ("b.valore -= 0.1 * b.grad", "b = b - 0.1 * b.grad"),
        ),
        FERMI: muta(impara_retta, ("w.valore -= 0.1 * w.grad", "..."), ("b.valore -= 0.1 * b.grad", "...")),
        FERMO_B: muta(impara_retta, ("        b.valore -= 0.1 * b.grad\n", "")),
        FERMO_W: muta(impara_retta, ("        w.valore -= 0.1 * w.grad\n", "")),
        SCAMBIATI: muta(impara_retta, ("return w, b", "return b, w")),
        ALTRI_PUNTI: lambda punti: impara_retta(DELLA_LEZIONE),
    },
)


MAI_RIEMPITO = "{0}.grad può essere None, se nessun ritorno l'ha ancora riempito: per azzerare, {0}.grad = None."


def gradienti_per_esempio(errore: Callable, w: torch.Tensor, esempi: torch.Tensor) -> torch.Tensor:
    righe = []
    for esempio in esempi:
        w.grad = None
        errore(w, esempio).backward()
        righe.append(w.grad)
    return torch.stack(righe)


# I pezzi di `gradienti_per_esempio` che le sviste cambiano.
MAI_AZZERATO = ("        w.grad = None\n", "")
AZZERATO_UNA_VOLTA = ("righe = []", "righe, w.grad = [], None")
COPIATO = ("(w.grad)", "(w.grad.clone())")


def _delle_righe(svista: Callable[[torch.Tensor], torch.Tensor]) -> Callable:
    return lambda *argomenti: svista(gradienti_per_esempio(*argomenti))


def _righe_e_w(risposta: object, errore: Callable, w: torch.Tensor, esempi: torch.Tensor) -> dict[str, object]:
    prima = w.detach().clone()
    dato = chiama(risposta, errore, w, esempi, cambia=(1,))  # ci arriva w, non una copia: il suo grad si può cambiare
    com_era = w.requires_grad and w.dtype == prima.dtype and torch.equal(w, prima)
    if not com_era and isinstance(dato, torch.Tensor) and not torch.equal(w, prima):
        raise Sbagliato("w è cambiato durante il ciclo: qui non si addestra, si leggono i gradienti.")
    return {"il tensore dei gradienti": dato, "w": com_era or Assente("I gradienti sono giusti, ma w è cambiato.")}


def _esempi(n: int, d: int, vecchio: float | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    w = torch.randn(d, generator=generatore(d)).requires_grad_()
    if vecchio is not None:
        w.grad = torch.full((d,), vecchio)
    return w, torch.randn(n, d, generator=generatore(n + 20))


def _quadratico(w: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return ((w * x).sum() - 1) ** 2


def _misto(w: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return (w**2 * x).sum() + (w * x).sum() ** 2


esercizio(
    "2.5",
    giusta=gradienti_per_esempio,
    osserva=_righe_e_w,
    prove=[
        (_quadratico, *_esempi(3, 2)),
        (_misto, *_esempi(4, 5, vecchio=7.0)),
        (_misto, *_esempi(3, 3)),
        (_quadratico, *_esempi(2, 4, vecchio=0.0)),
        (_misto, *_esempi(1, 2)),
        (_quadratico, *_esempi(3, 1)),
        (_misto, _esempi(1, 2)[0], torch.tensor([[1.0, -2.0], [0.0, 0.0], [1.0, -2.0]])),
        # Gradienti grandi, che nessuno deve tagliare, e un w che deve restare float64.
        (_quadratico, torch.ones(2).double().requires_grad_(), torch.tensor([[300.0, 2.0], [-1.0, 40.0]]).double()),
    ],
    detta="con N = {2.shape[0]} e D = {2.shape[1]}",
    consigli={
        "no attribute 'zero_'": MAI_RIEMPITO.format("w"),
        "got NoneType": "Quando lo leggi w.grad è None: azzerato dopo il ritorno, o w non è più la foglia?",
        "does not require grad": "L'errore non ha storia: hai calcolato dentro no_grad, o staccato w?",
        "scalar outputs": "Serve un ritorno per ogni esempio, da un errore che è un numero solo.",
    },
    sviste={
        "Ogni riga contiene anche le precedenti: il gradiente si è accumulato.": [
            muta(gradienti_per_esempio, MAI_AZZERATO, COPIATO),
            muta(gradienti_per_esempio, AZZERATO_UNA_VOLTA, MAI_AZZERATO, COPIATO),
        ],
        "Le righe sono tutte zero: dopo averlo messo da parte hai azzerato lo stesso tensore, sul posto.": _delle_righe(
            torch.zeros_like
        ),
        "Le righe sono uguali: hai messo da parte sempre lo stesso tensore, cambiato sul posto.": muta(
            gradienti_per_esempio, ("w.grad = None", "w.grad is None or w.grad.zero_()")
        ),
        "Le righe sono uguali, e ognuna somma tutti i gradienti: è sempre lo stesso tensore, in cui si accumulano, "
        "o un ritorno solo per tutti gli esempi?": [
            muta(gradienti_per_esempio, MAI_AZZERATO),
            muta(gradienti_per_esempio, AZZERATO_UNA_VOLTA, MAI_AZZERATO),
        ],
        "La tua prima riga si porta dietro il gradiente che w aveva già: azzera anche prima del primo ritorno.": muta(
            gradienti_per_esempio, MAI_AZZERATO, ("(w.grad)", "(w.grad.clone()); w.grad = None")
        ),
        "Hai restituito un solo gradiente, quello dell'ultimo esempio.": _delle_righe(lambda righe: righe[-1]),
        "Ti sei fermato al primo esempio: il return è dentro il ciclo?": [
            _delle_righe(lambda righe: righe[:1]),
            _delle_righe(lambda righe: righe[0]),
        ],
        "Hai restituito la somma dei gradienti: ne serve uno per esempio.": _delle_righe(lambda righe: righe.sum(0)),
        "Hai restituito la media dei gradienti: ne serve uno per esempio.": _delle_righe(lambda righe: righe.mean(0)),
        "Il tensore è trasposto: gli esempi vanno sulle righe.": _delle_righe(lambda righe: righe.T),
        "I gradienti sono uno in coda all'altro: cat allunga un asse, stack ne crea uno nuovo.": _delle_righe(
            lambda righe: righe.flatten()
        ),
        "Hai derivato rispetto all'esempio: serve il gradiente rispetto a w.": lambda errore, w, esempi: torch.stack(
            [torch.func.grad(errore, argnums=1)(w.detach(), x) for x in esempi]
        ),
        "Questi sono gli errori: servono i loro gradienti.": lambda errore, w, esempi: torch.stack(
            [errore(w.detach(), x) for x in esempi]
        ),
    },
)


def discendi(f: Callable, inizio: torch.Tensor, lr: float, passi: int) -> torch.Tensor:
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        p.grad = None
        valore = f(p)
        valore.backward()
        with torch.no_grad():
            nuovo = p - lr * p.grad
        if f(nuovo) > valore:
            lr = lr / 2
        else:
            p = nuovo.requires_grad_()
    return p.detach()


def _sempre_avanti(f: Callable, inizio: torch.Tensor, lr: float, passi: int) -> torch.Tensor:
    """Il ciclo della lezione: fa ogni passo, anche in salita."""
    p = inizio.clone().requires_grad_()
    for _ in range(passi):
        p.grad = None
        f(p).backward()
        with torch.no_grad():
            p -= lr * p.grad
    return p.detach()


# I pezzi di `discendi` che le sviste cambiano, e ciò che chi copia dalla lezione ci lascia.
IN_NO_GRAD = "        with torch.no_grad():\n            nuovo = p - lr * p.grad"
RIPROVA = """\
            lr = lr / 2
            with torch.no_grad():
                nuovo = p - lr * p.grad
        p = nuovo.requires_grad_()"""
DIMEZZA = "            lr = lr / 2\n        else:\n            p = nuovo.requires_grad_()"


def conca(p: torch.Tensor) -> torch.Tensor:
    return 0.5 * (p[0] - 1) ** 2 + 1.5 * (p[1] - 0.5 * p[0]) ** 2


CON_STORIA = Assente("Il punto è giusto, ma chiede ancora il gradiente: restituiscilo senza storia.")


def _senza_storia(risposta: object, *argomenti: object) -> dict[str, object]:
    dato = chiama(risposta, *argomenti)
    storia = isinstance(dato, torch.Tensor) and dato.requires_grad
    return {"il punto d'arrivo": dato, "la storia": CON_STORIA if storia else True}


def _storta(p: torch.Tensor) -> torch.Tensor:
    return (p[0] - p[1]) ** 2 + 0.5 * (p[2] + 1) ** 2 + p[0] ** 2


esercizio(
    "2.6",
    giusta=discendi,
    osserva=_senza_storia,
    prove=[
        (lambda p: ((p - 3) ** 2).sum(), torch.tensor([0.0, 1.0]), 0.1, 3),
        (_storta, torch.tensor([2.0, -1.0, 0.5]), 0.05, 7),
        (lambda p: (p**4).sum() / 4, torch.tensor([-1.5]), 0.2, 2),
        (lambda p: (p * torch.tensor([[1.0, 2.0], [3.0, -4.0]])).sum(), torch.ones(2, 2), 0.5, 1),
        (_storta, torch.tensor([1.0, 2.0, 3.0]), 0.1, 0),
        (lambda p: ((p - 2) ** 2).sum(), torch.tensor([2.0, 2.0, 3.0]), 1.1, 4),  # il primo passo è troppo lungo
        (lambda p: ((p - 1) ** 2).sum(), torch.tensor([1.5, 0.0]), 5.0, 7),  # lo sono i primi tre
        (conca, torch.tensor([3.0, 1.0]).double(), 0.55, 6),  # lo è il secondo
        (_storta, torch.tensor([1.0, 2.0, 3.0]), 0.8, 5),  # lo sono il secondo e il quarto
        (lambda p: p.abs().sum(), torch.tensor([0.5]), 1.0, 1),  # il valore resta quello: il passo si fa
        (lambda p: ((p - 1) ** 2).sum() * 1e-10, torch.tensor([1.5, 0.0]), 1e9, 3),  # gradienti minuscoli: si continua
        (lambda p: (p - 1) ** 2, torch.tensor(2.0), 0.25, 2),
        (lambda p: 5e3 * (p**2).sum(), torch.tensor([1.0, -0.5]).double(), 1.5e-4, 1),  # un gradiente da non tagliare
    ],
    detta="con {3} passi",
    dtype="stesso",
    # Nell'ordine: il primo pezzo che compare nell'errore decide.
    consigli={
        "no attribute 'zero_'": MAI_RIEMPITO.format("p"),
        "does not require grad": "Al ritorno p non chiede il gradiente: non gliel'hai mai chiesto, "
        "o in no_grad hai creato un p nuovo?",
        "NoneType": "A un certo punto p.grad è None: o manca il ritorno, o dopo l'aggiornamento p è un tensore nuovo, "
        "non più la foglia di prima.",
        "second time": "L'andata è rimasta fuori dal ciclo: f(p) va rifatta a ogni passo.",
        "leaf Variable": "Stai cambiando una foglia mentre PyTorch prende appunti: aggiorna dentro no_grad.",
    },
    sviste={
        "Quando fai il passo p.grad è None: manca backward(), o l'hai azzerato dopo il ritorno, prima di usarlo?": [
            muta(discendi, ("        valore.backward()\n", "")),
            muta(discendi, ("        valore.backward()\n", ""), ("lr * p.grad", "p.grad * lr")),
        ],
        "Dopo il primo aggiornamento p è un tensore nuovo, non più la foglia che riempie il suo grad.": [
            muta(discendi, (IN_NO_GRAD, "        nuovo = p - lr * p.grad"), ("nuovo.requires_grad_()", "nuovo")),
            muta(_sempre_avanti, ("        with torch.no_grad():\n            p -= lr", "        p = p - lr")),
            muta(
                _sempre_avanti,
                ("        with torch.no_grad():\n            p -= lr * p.grad", "        p = p - p.grad * lr"),
            ),
        ],
        "Hai fatto anche i passi che portano dove f è maggiore: rifiutandoli il punto torna quello di prima, che per "
        "restare da parte vuole un clone.": [
            _sempre_avanti,
            muta(discendi, (DIMEZZA, "            lr = lr / 2\n        p = nuovo.requires_grad_()")),
        ],
        "Dopo il primo passo rifiutato non ti muovi più: i tentativi continuano, con lr dimezzato.": [
            muta(discendi, ("lr = lr / 2", "pass")),
            muta(discendi, ("lr = lr / 2", "break")),
        ],
        "«//» butta via i decimali: la metà di lr si fa con «/».": muta(discendi, ("lr / 2", "lr // 2")),
        "Il learning rate resta dimezzato: accettare un passo non lo riporta a com'era.": muta(
            discendi,
            ("    for _", "    primo = lr\n    for _"),
            ("p = nuovo.requires_grad_()", "p, lr = nuovo.requires_grad_(), primo"),
        ),
        "Hai dimezzato lr anche dopo un passo accettato: si dimezza solo se f è maggiore.": muta(
            discendi,
            (DIMEZZA, "            pass\n        else:\n            p = nuovo.requires_grad_()\n        lr = lr / 2"),
        ),
        "Dopo un rifiuto lr è la metà di prima: l'hai diviso per un altro numero.": [
            muta(discendi, ("lr / 2", "lr / 10")),
            muta(discendi, ("lr / 2", "lr / 4")),
        ],
        "Dopo un rifiuto il punto resta dov'è: il passo dimezzato si prova al tentativo seguente.": muta(
            discendi, (DIMEZZA, RIPROVA)
        ),
        "Anche un passo rifiutato conta: i tentativi sono `passi`, non di più.": muta(
            discendi, ("if f(nuovo) > valore:", "while f(nuovo) > valore:"), (DIMEZZA, RIPROVA)
        ),
        "Se f resta uguale il passo si fa: si rifiuta solo se è maggiore.": muta(discendi, ("> valore", ">= valore")),
        "Hai scambiato i due casi: si rifiuta il passo che porta dove f è maggiore.": muta(
            discendi, ("> valore", "< valore")
        ),
        "Il ciclo fa sempre 30 passi: quanti sono lo dice l'argomento passi.": muta(
            discendi, ("range(passi)", "range(30)")
        ),
        "Il learning rate è sempre 0.4: quanto vale lo dice l'argomento lr.": muta(
            discendi, ("lr * p.grad", "0.4 * p.grad")
        ),
        "Nel ciclo è rimasta la conca della lezione: la funzione, il passo e i giri sono gli argomenti.": [
            muta(discendi, ("= f(p)", "= conca(p)")),
            muta(discendi, ("= f(p)", "= conca(p)"), ("f(nuovo)", "conca(nuovo)")),
        ],
        "Il punto non si è mosso: vai contro il gradiente, l'aggiornamento cambia davvero p, e il grad non è azzerato "
        "fra il ritorno e il passo?": [
            lambda f, inizio, lr, passi: inizio.clone(),
            muta(discendi, ("p - lr", "p + lr")),
        ],
        "Il gradiente si accumula: azzeralo prima di ogni ritorno, anche dopo un passo rifiutato.": [
            muta(discendi, ("        p.grad = None\n", "")),
            muta(discendi, ("        p.grad = None\n", ""), ("p = nuovo.requires_grad_()", "p.data = nuovo")),
        ],
        "Manca un passo: quante volte gira il ciclo?": muta(discendi, ("range(passi)", "range(passi - 1)")),
        "C'è un passo di troppo: quante volte gira il ciclo?": muta(discendi, ("range(passi)", "range(passi + 1)")),
        "Il passo non tiene conto del learning rate.": muta(discendi, ("lr * p.grad", "p.grad")),
        "Hai fatto un passo solo: il return è dentro il ciclo?": [
            muta(discendi, ("    return", "        return")),
            lambda f, inizio, lr, passi: discendi(f, inizio, lr, 1),
        ],
        "Del gradiente hai tenuto la sola direzione: il passo è lr per il gradiente intero.": [
            muta(discendi, ("lr * p.grad", "lr * p.grad.sign()")),
            muta(discendi, ("lr * p.grad", "lr * torch.nn.functional.normalize(p.grad, dim=0)")),
        ],
        "Il gradiente è sempre quello dell'inizio: va ricalcolato a ogni passo, nel punto in cui sei.": muta(
            discendi, ("p - lr * p.grad", "p - lr * torch.func.grad(f)(inizio)")
        ),
        "Questo è il valore di f: serve il punto d'arrivo.": lambda f, *altri: f(discendi(f, *altri)),
    },
)


def senza_gradiente(risultato: torch.Tensor, pesi: dict[str, torch.Tensor]) -> list[str]:
    if not risultato.requires_grad:
        return list(pesi)
    gradienti = torch.autograd.grad(risultato, list(pesi.values()), allow_unused=True)
    return [nome for nome, gradiente in zip(pesi, gradienti, strict=True) if gradiente is None]


def _pesi(*valori: object) -> dict[str, torch.Tensor]:
    return {nome: torch.tensor(valore, requires_grad=True) for nome, valore in zip("wbc", valori, strict=False)}


def _neurone() -> tuple[torch.Tensor, dict]:
    pesi = _pesi(3.0, 1.0)
    return (pesi["w"] * 2 + pesi["b"] - 4) ** 2, pesi


def _con_item() -> tuple[torch.Tensor, dict]:
    errore, pesi = _neurone()
    return torch.tensor(errore.item(), requires_grad=True), pesi


def _senza_appunti() -> tuple[torch.Tensor, dict]:
    with torch.no_grad():
        return _neurone()


def _con_detach() -> tuple[torch.Tensor, dict]:
    pesi = _pesi([1.0, -2.0], 1.0, 5.0)
    return ((pesi["w"].detach() * 2).sum() + pesi["c"]) ** 2, pesi


def _con_un_grad_vecchio() -> tuple[torch.Tensor, dict]:
    errore, pesi = _con_detach()
    pesi["b"].grad = torch.tensor(7.0)
    return errore, pesi


def _con_un_gradiente_zero() -> tuple[torch.Tensor, dict]:
    pesi = _pesi(3.0, [1.0, 1.0], 2.0)
    return pesi["w"] * 0 + pesi["c"].to(torch.float64), pesi


def _chi_resta_fuori(risposta: object, fai: Callable) -> dict[str, object]:
    if not callable(risposta):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(risposta)}.")
    risultato, pesi = fai()
    prima = {nome: None if peso.grad is None else peso.grad.clone() for nome, peso in pesi.items()}
    dato = chiama(functools.partial(risposta, risultato, pesi))  # un tensore con una storia non si può copiare
    uguali = all(
        (peso.grad is None) == (prima[nome] is None) and (peso.grad is None or torch.equal(peso.grad, prima[nome]))
        for nome, peso in pesi.items()
    )
    cambiati = Assente("I nomi sono giusti, ma il grad dei pesi è cambiato: torch.autograd.grad non lo tocca.")
    return {"la lista": list(dato) if isinstance(dato, type({}.keys())) else dato, "i grad": uguali or cambiati}


def _raggiunti(risultato: torch.Tensor, pesi: dict[str, torch.Tensor]) -> list[str]:
    fuori = senza_gradiente(risultato, pesi)
    return [nome for nome in pesi if nome not in fuori]


def _anche_chi_ha_zero(risultato: torch.Tensor, pesi: dict[str, torch.Tensor]) -> list[str]:
    if not risultato.requires_grad:
        return list(pesi)
    gradienti = torch.autograd.grad(risultato, list(pesi.values()), materialize_grads=True)
    return [nome for nome, gradiente in zip(pesi, gradienti, strict=True) if not gradiente.any()]


def _dopo_il_ritorno(risultato: torch.Tensor, pesi: dict[str, torch.Tensor]) -> list[str]:
    if risultato.requires_grad:
        risultato.backward()
    return [nome for nome, peso in pesi.items() if peso.grad is None]


esercizio(
    "2.7",
    giusta=senza_gradiente,
    osserva=_chi_resta_fuori,
    prove=[
        (fai,)
        for fai in (
            _con_detach,
            _neurone,
            _con_item,
            _senza_appunti,
            _con_un_grad_vecchio,
            _con_un_gradiente_zero,
        )
    ],
    detta=lambda fai: {
        _con_detach: "con un peso staccato e uno mai usato",
        _neurone: "con il neurone della lezione",
        _con_item: "con un risultato rifatto da .item()",
        _senza_appunti: "con un risultato calcolato dentro no_grad",
        _con_un_grad_vecchio: "con un peso mai usato, che ha ancora un grad di prima",
        _con_un_gradiente_zero: "con un peso moltiplicato per zero",
    }[fai],
    consigli={
        "does not require grad": "Se il risultato non chiede il gradiente il ritorno non parte: chi resta fuori?",
        "second time": "Il primo grad libera il grafo: passa tutti i pesi in una chiamata sola, o aggiungi "
        "retain_graph=True.",
        "allow_unused": "torch.autograd.grad si rifiuta se un peso non c'entra; l'argomento allow_unused=True gli dice "
        "di mettere None al suo posto.",
    },
    sviste={
        "Questi sono i pesi a cui il gradiente arriva: servono gli altri.": [
            _raggiunti,
            lambda risultato, pesi: _raggiunti(risultato, pesi) if risultato.requires_grad else list(pesi),
        ],
        "Hai guardato grad senza fare nessun ritorno: così è None per tutti, o è un avanzo di prima.": (
            lambda risultato, pesi: [nome for nome, peso in pesi.items() if peso.grad is None]
        ),
        "Un gradiente che vale zero è arrivato: resta fuori solo chi ha None.": _anche_chi_ha_zero,
        "torch.autograd.grad restituisce una tupla, che non è mai None: guarda il suo elemento.": (
            lambda risultato, pesi: [] if risultato.requires_grad else list(pesi)
        ),
        "requires_grad dice a chi hai chiesto il gradiente, non se gli arriva.": lambda risultato, pesi: [
            nome for nome, peso in pesi.items() if not peso.requires_grad
        ],
        "backward() ha cambiato il grad dei pesi, e un grad di prima inganna: torch.autograd.grad non lo tocca.": (
            _dopo_il_ritorno
        ),
    },
)


def segno(x: torch.Tensor) -> torch.Tensor:
    morbido = x.clamp(-1, 1)
    return morbido + (x.sign() - morbido).detach()


def _al_ritorno(ritorno: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable:
    """Il segno all'andata; al ritorno ``ritorno(gradiente che arriva, x)``."""

    class Segno(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.sign()

        @staticmethod
        def backward(ctx, arrivato):
            return ritorno(arrivato, *ctx.saved_tensors)

    return lambda x: Segno.apply(x)


def _dentro(x: torch.Tensor) -> torch.Tensor:
    return x.abs() < 1


def _staccato(morbido: Callable[[torch.Tensor], torch.Tensor]) -> Callable:
    """Il segno all'andata; al ritorno la derivata di ``morbido``."""
    return lambda x: morbido(x) + (x.sign() - morbido(x)).detach()


class _SegnoSmemorato(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        _SegnoSmemorato.x = x
        return x.sign()

    @staticmethod
    def backward(ctx, arrivato):
        return arrivato * _dentro(_SegnoSmemorato.x)


def _segno_con_hook(x: torch.Tensor) -> torch.Tensor:
    x.register_hook(lambda arrivato: arrivato * _dentro(x))
    return x - x.detach() + x.detach().sign()


def _con_due_gradienti(risposta: object, x: torch.Tensor) -> dict[str, object]:
    """Da solo, e in un conto più lungo: arriva un gradiente piccolo, x serve anche altrove, il segno anche ad altri."""
    visto = con_gradiente(0)(risposta, x)
    foglia = x.detach().clone().requires_grad_()
    dato = chiama(risposta, foglia, cambia=(0,))
    chiama(risposta, (2.0 * _dentro(x)).requires_grad_(), cambia=(0,))  # dov'era dentro è fuori, e viceversa
    lungo = visto["Il gradiente dell'argomento 1"]
    if isinstance(dato, torch.Tensor) and dato.requires_grad:
        (lungo,) = torch.autograd.grad(dato.sum() / 8 + foglia.sum(), foglia)
    return visto | {"Il gradiente, in un conto più lungo,": lungo}


esercizio(
    "2.8",
    giusta=segno,
    osserva=_con_due_gradienti,
    prove=[
        (torch.tensor([-2.5, -0.75, -0.2, 0.0, 0.4, 0.9, 1.6]),),
        (torch.tensor([[-1.0, 1.0, -1.0001], [1.0001, 0.9999, -0.9999]]),),
        (torch.randn(4, 3, generator=generatore(6)).T,),
        (torch.tensor([1e-6, -1e-6, 1e4, -1e4]),),
        (torch.tensor([3e8, -3e8]),),
        (torch.tensor(-0.5),),
    ],
    detta=lambda x: f"con una x di forma {tuple(x.shape)}",
    sviste={
        "Il valore è rimasto quello di x: all'andata serve il segno.": lambda x: x.clone(),
        "Il valore è quello del clamp: all'andata serve il segno.": lambda x: x.clamp(-1, 1),
        "Il valore è la somma di clamp e segno: quale differenza porta dall'uno all'altro?": lambda x: (
            x.clamp(-1, 1) + x.sign().detach()
        ),
        "In 0 il segno vale 0, come in torch.sign.": [
            lambda x: segno(x) + (x == 0),
            lambda x: segno(x) - (x == 0).float(),
        ],
        "Al ritorno passa sempre 0: è la derivata vera del segno, non quella finta che serve qui.": torch.sign,
        "Al ritorno il gradiente passa dappertutto: fuori da −1 e 1 deve essere 0.": [
            _staccato(lambda x: x),
            _al_ritorno(lambda arrivato, x: arrivato),
        ],
        "Con x enorme, x + (segno − x) perde il segno nell'arrotondamento: parti da ciò che sta fra −1 e 1.": [
            _staccato(lambda x: x.where(_dentro(x), x.detach())),
        ],
        "Al ritorno guardi quanto è grande il gradiente che arriva: conta dove sta x.": [
            _al_ritorno(lambda arrivato, x: arrivato * _dentro(arrivato)),
            _al_ritorno(lambda arrivato, x: arrivato * (arrivato.abs() <= 1)),
            _al_ritorno(lambda arrivato, x: arrivato.clamp(-1, 1)),
        ],
        "Al ritorno il gradiente passa anche in −1 e in 1: lì deve già essere 0.": [
            _staccato(lambda x: x.where(x.abs() <= 1, 0)),
            _staccato(lambda x: x.minimum(torch.ones_like(x)).maximum(-torch.ones_like(x))),
        ],
        "Al ritorno dimentichi il gradiente che arriva: va moltiplicato per la derivata.": _al_ritorno(
            lambda arrivato, x: _dentro(x).to(x.dtype)
        ),
        "Al ritorno il gradiente passa fuori da −1 e 1 invece che dentro.": [
            _al_ritorno(lambda arrivato, x: arrivato * ~_dentro(x)),
            _al_ritorno(lambda arrivato, x: arrivato * (x.abs() > 1)),
        ],
        "Al ritorno il gradiente va moltiplicato per 1 o per 0, non per x.": [
            _al_ritorno(lambda arrivato, x: arrivato * x * _dentro(x)),
            _al_ritorno(lambda arrivato, x: arrivato * x.clamp(-1, 1)),
        ],
        "Al ritorno il gradiente ha il segno opposto: hai staccato il pezzo sbagliato?": _al_ritorno(
            lambda arrivato, x: -arrivato * _dentro(x)
        ),
        "Al ritorno il gradiente è doppio: passa due volte per la stessa strada?": _al_ritorno(
            lambda arrivato, x: 2 * arrivato * _dentro(x)
        ),
        "Al ritorno hai fermato un lato solo: il gradiente è 0 sia da 1 in su sia da −1 in giù.": [
            _al_ritorno(lambda arrivato, x: arrivato * (x < 1)),
            _al_ritorno(lambda arrivato, x: arrivato * (x > -1)),
        ],
        "Al ritorno il gradiente passa solo da una parte dello 0: deve passare anche dall'altra.": [
            _al_ritorno(lambda arrivato, x: arrivato * ((x > 0) & (x < 1))),
            _al_ritorno(lambda arrivato, x: arrivato * ((x < 0) & (x > -1))),
        ],
        "Fra l'andata e il ritorno possono passare altre x: quella di ogni chiamata si tiene in ctx.": lambda x: (
            _SegnoSmemorato.apply(x)
        ),
        "Un hook su x tocca tutto il suo gradiente, anche quello che arriva da altre strade: fermane una copia.": (
            _segno_con_hook
        ),
    },
)
