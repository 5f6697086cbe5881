"""Gli esercizi della lezione 05: pareggio, un grafo solo, cronometro, tre freni, operazioni, backend."""

import functools
import math
import statistics
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from corso_pytorch.interni import (
    chi_vede_le_operazioni,
    dynamo_da_capo,
    errore_di_cattura,
    prima_di_compilare,
)
from corso_pytorch.verifiche.confronti import Assente, simili
from corso_pytorch.verifiche.dichiarazione import Prova
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, detto
from corso_pytorch.verifiche.osservazioni import con_gradiente, generatore, muta
from corso_pytorch.verifiche.registro import esercizio


def chiamate_per_pareggiare(compilazione: float, eager: float, compilata: float) -> float:
    return _se_conviene(lambda k, e, c: math.ceil(k / (e - c)))(compilazione, eager, compilata)


def _se_conviene(formula: Callable[[float, float, float], float], altrimenti: float = math.inf) -> Callable:
    return lambda k, e, c: formula(k, e, c) if e > c else altrimenti


def _fino_a(tetto: int) -> Callable:
    """Chi prova le chiamate una per una, e al tetto smette."""
    return lambda *tempi: n if (n := chiamate_per_pareggiare(*tempi)) < tetto else math.inf


esercizio(
    "5.1",
    giusta=chiamate_per_pareggiare,
    # Dove il pareggio è esatto ci sono solo potenze di 2: chi somma i tempi uno per uno non perde nessuna cifra.
    prove=[
        (7.0, 0.010, 0.004),
        (2.0, 0.5, 0.25),
        (1.0, 0.5, 0.25),
        (0.5, 3.0, 1.0),
        (2.0, 3.0, 1.0),
        (4.0, 8.0, 7.0),
        (1.0004, 1.0, 0.5),
        (1.0, 0.2, 0.3),
        (1.0, 0.2, 0.2),
        (1000.0, 2**-9, 2**-10),
        (0.5, 2**-20, 2**-21),
        (0.0, 0.5, 0.25),
    ],
    detta="con {0} s di compilazione, {1} s in eager e {2} s compilata",
    nome="Il numero di chiamate",
    tolleranza=1e-9,
    consigli={
        "division by zero": "Se non si risparmia nulla la divisione non ha senso: è un caso a parte.",
        "StopIteration": "Se non si pareggia mai, next non trova nulla: che cosa restituisce allora?",
    },
    sviste={
        "La spesa da ripagare è solo la compilazione: le chiamate stanno già nel risparmio.": [
            _se_conviene(lambda k, e, c: math.ceil((k + c) / (e - c))),
            _se_conviene(lambda k, e, c: math.ceil((k - c) / (e - c))),
            _se_conviene(lambda k, e, c: math.ceil((k + e) / (e - c))),
        ],
        "Così la spesa non è ancora ripagata: si arrotonda per eccesso.": [
            _se_conviene(lambda k, e, c: math.floor(k / (e - c))),
            _se_conviene(lambda k, e, c: math.ceil(k / (e - c)) - 1),
            _se_conviene(lambda k, e, c: round(k / (e - c))),
        ],
        "Le chiamate si contano intere: arrotonda per eccesso.": [
            _se_conviene(lambda k, e, c: k / (e - c)),
            _se_conviene(lambda k, e, c: k / (e - c) + 1),
        ],
        "Il ciclo prova un numero limitato di chiamate, e il pareggio può venire dopo: con una formula non serve.": [
            _fino_a(1_000),
            _fino_a(100_000),
            _fino_a(1_024_000),
        ],
        "Mancano le parentesi: la divisione si fa prima della sottrazione.": _se_conviene(
            lambda k, e, c: math.ceil(k / e - c)
        ),
        "Dividi per ciò che si risparmia a ogni chiamata, non per quanto dura quella compilata.": [
            _se_conviene(lambda k, e, c: math.ceil(k / c)),
            lambda k, e, c: math.ceil(k / c),
        ],
        "Dividi per ciò che si risparmia a ogni chiamata, non per quanto dura quella eager.": [
            _se_conviene(lambda k, e, c: math.ceil(k / e)),
            lambda k, e, c: math.ceil(k / e),
        ],
        "Una chiamata di troppo: al pareggio basta spendere lo stesso.": _se_conviene(
            lambda k, e, c: math.floor(k / (e - c)) + 1
        ),
        "Una chiamata di troppo: ceil arrotonda già per eccesso.": _se_conviene(
            lambda k, e, c: math.ceil(k / (e - c)) + 1
        ),
        "Se compilare non costa nulla si è in pari già con zero chiamate.": [
            _se_conviene(lambda k, e, c: max(math.ceil(k / (e - c)), 1)),
            lambda k, e, c: chiamate_per_pareggiare(k, e, c) or math.inf,
        ],
        "Se a ogni chiamata non si risparmia nulla, o si perde, non si pareggia mai: lì la risposta è math.inf.": [
            *(_se_conviene(chiamate_per_pareggiare, altrimenti) for altrimenti in (-1, 0, -math.inf, math.nan)),
            lambda k, e, c: math.ceil(k / (e - c)),
            lambda k, e, c: math.ceil(k / (e - c)) if e != c else math.inf,
            lambda k, e, c: math.ceil(k / (e - c)) if e >= c else math.inf,
            lambda k, e, c: math.ceil(k / abs(e - c)) if e != c else math.inf,
            lambda k, e, c: math.ceil(k / abs(e - c)),
            lambda k, e, c: abs(math.ceil(k / (e - c))),
            lambda k, e, c: abs(math.ceil(k / (e - c))) if e != c else math.inf,
            lambda k, e, c: max(0, math.ceil(k / (e - c))),
            lambda k, e, c: max(0, math.ceil(k / (e - c))) if e != c else math.inf,
        ],
        "Anche un risparmio piccolissimo prima o poi ripaga la compilazione: qui non serve una soglia.": (
            lambda k, e, c: chiamate_per_pareggiare(k, e, c) if e - c > 1e-6 else math.inf
        ),
        "Il risparmio è eager meno compilata.": [
            _se_conviene(lambda k, e, c: math.ceil(k / (c - e))),
            _se_conviene(lambda k, e, c: -math.ceil(k / (e - c))),
            lambda k, e, c: math.ceil(k / (c - e)) if c > e else math.inf,
            lambda k, e, c: math.ceil(k / (c - e)),
        ],
    },
)


def riscala(x: torch.Tensor) -> torch.Tensor:
    return torch.where(x.sum() > 0, x * 10, x / 10)


def _eager_e_compilata(risposta: object, x: torch.Tensor, intera: bool) -> dict[str, object]:
    risposta = prima_di_compilare(risposta)  # chi l'ha già compilata non aspetta, a ogni prova, di ricompilarla
    with dynamo_da_capo():
        esito = con_gradiente(0)(risposta, x)
        if intera:
            chiama(risposta, x)  # senza gradiente PyTorch non si oppone a chi cambia x: lo vede `chiama`
            esito["Il risultato compilato"] = _compilato(risposta, x)
    return esito


def _compilato(risposta: Callable, x: torch.Tensor) -> object:
    try:
        return torch.compile(lambda x: risposta(x), backend="eager", fullgraph=True)(x.clone())
    except errore_di_cattura() as errore:
        motivo = str(errore).splitlines()[0]
        if motivo == "Data-dependent branching":
            motivo = "un if (o un while) guarda un valore del tensore"
        elif "PendingUnbacked" in motivo:
            motivo = "un valore del tensore fa da indice, e il risultato da prendere si sa solo durante il conto"
        elif "data-dependent" in motivo:
            motivo = "item() porta un valore in Python, e la scelta dipende da quello"
        return Assente(f"Il risultato è giusto, ma il grafo si interrompe ancora: {motivo}.")
    except Exception as errore:
        return Assente(f"Il risultato è giusto, ma la versione compilata si ferma con {detto(errore)}.")


_ALTERNI = torch.tensor([-2.0, 1.0, 0.5, 0.25, 1.5])
_UNO_CONTRO_TUTTI = torch.tensor([-1.0, -2.0, 5.0, -1.5, -0.25])

esercizio(
    "5.2",
    giusta=riscala,
    osserva=_eager_e_compilata,
    consigli={
        "leaf Variable": "Così cambi il tuo argomento: il risultato è un tensore nuovo.",
        "got (bool": "La condizione di torch.where resta un tensore: niente bool() e niente item().",
    },
    prove=[
        Prova(_ALTERNI, False, detta="con una somma positiva"),
        Prova(-_ALTERNI, False, detta="con una somma negativa"),
        Prova(_UNO_CONTRO_TUTTI, False, detta="con una somma appena positiva"),
        Prova(-_UNO_CONTRO_TUTTI, False, detta="con una somma appena negativa"),
        Prova(torch.tensor([1.0, -3.0, 2.0]), False, detta="con una somma che è zero"),
        Prova(torch.tensor([[1.0, -3.0], [4.0, 2.0], [-1.5, 1.0]]), True, detta="con due assi e una somma positiva"),
        Prova(torch.tensor([[-1.0, 3.0, -4.0], [2.0, -1.0, 0.5]]), False, detta="con due assi e una somma negativa"),
        Prova(torch.tensor([2**-10, -(2**-10), 2**-33]), False, detta="con una somma positiva, ma piccolissima"),
        Prova(torch.arange(-20.0, 22.0).view(7, 2, 3), False, detta="con tre assi e una somma positiva"),
        Prova(torch.tensor([2.0, 0.5]), False, detta="con tutti i numeri positivi"),
        Prova(torch.tensor([-0.5]), False, detta="con un numero solo, negativo"),
        Prova(-_ALTERNI, True, detta="con una somma negativa"),
    ],
    sviste={
        "Hai deciso numero per numero: decide la somma di tutti.": lambda x: torch.where(x > 0, x * 10, x / 10),
        "Hai deciso riga per riga, o colonna per colonna: decide la somma di tutti.": [
            lambda x: torch.where(x.sum(dim=-1, keepdim=True) > 0, x * 10, x / 10),
            lambda x: torch.where(x.sum(dim=0, keepdim=True) > 0, x * 10, x / 10),
        ],
        "I due casi sono scambiati.": lambda x: torch.where(x.sum() > 0, x / 10, x * 10),
        "Con la somma a zero si divide: «> 0» non comprende lo zero.": lambda x: torch.where(
            x.sum() >= 0, x * 10, x / 10
        ),
        "«> 0» non ha soglia: anche una somma piccolissima è positiva.": lambda x: torch.where(
            x.sum() > 1e-6, x * 10, x / 10
        ),
        "Hai usato sempre lo stesso caso: si sceglie secondo la somma.": [lambda x: x * 10, lambda x: x / 10],
        "Nell'altro caso x torna com'era: anche lì deve cambiare.": [
            lambda x: torch.where(x.sum() > 0, x * 10, x),
            lambda x: torch.where(x.sum() > 0, x, x / 10),
        ],
        "x torna com'era: che cosa doveva diventare?": lambda x: x.clone(),
        "I due casi si sommano: se ne sceglie uno.": lambda x: x * 10 + x / 10,
        "Un caso è diventato zero: gli serve il suo risultato.": [
            lambda x: x * 10 * (x.sum() > 0),
            lambda x: x / 10 * (x.sum() <= 0),
        ],
        "La condizione guarda altro: decide la somma di tutti.": [
            lambda x: torch.where(x.max() > 0, x * 10, x / 10),
            lambda x: torch.where(x.min() > 0, x * 10, x / 10),
            lambda x: torch.where(x.max() > -x.min(), x * 10, x / 10),
            lambda x: torch.where(x.median() > 0, x * 10, x / 10),
            lambda x: torch.where(x.flatten()[0] > 0, x * 10, x / 10),
            lambda x: torch.where(x.sign().sum() > 0, x * 10, x / 10),
        ],
    },
)


def a_turno(f: Callable, g: Callable, orologio: Callable[[], float], ripetizioni: int) -> tuple[float, float]:
    f()
    g()
    di_f, di_g = [], []
    for _ in range(ripetizioni):
        inizio = orologio()
        f()
        di_f.append(orologio() - inizio)
        inizio = orologio()
        g()
        di_g.append(orologio() - inizio)
    return statistics.median(di_f), statistics.median(di_g)


def _col_tempo_finto(
    risposta: object, durate: tuple[float, float], parte_da: float, fredda: float, frenata: tuple[int, float], giri: int
) -> dict[str, object]:
    """Due funzioni finte, e un orologio finto che loro spostano: si guardano le mediane, e chi è stato chiamato.

    La prima chiamata di ognuna dura ``fredda`` volte tanto; dalla chiamata ``frenata[0]``, tutte ``frenata[1]`` volte.
    """
    adesso, chiamate = parte_da, ""

    def fingi(nome: str, durata: float) -> Callable:
        def funzione() -> bool | None:
            nonlocal adesso, chiamate
            quale = len(chiamate)
            volte = frenata[1] if quale >= frenata[0] else 1 + 0.4 * math.sin(quale**2)
            adesso += durata * (volte if nome in chiamate else fredda)
            chiamate += nome
            return giri > 5 or None  # chi le mette in un «and», o in un «or», ne perde una

        return funzione

    coppia = chiama(risposta, *map(fingi, "fg", durate), lambda: adesso, giri)
    coppia = coppia.tolist() if hasattr(coppia, "tolist") else coppia
    if isinstance(coppia, (tuple, list)) and all(simili(tempo, 0.0, min(durate) / 100) for tempo in coppia):
        raise Sbagliato(
            "I tempi sono zero, o quasi: f e g vanno chiamate, e i secondi li dà orologio(), prima e dopo, come sono."
        )
    servono = "fg" * (1 + giri)
    in_ordine = {*chiamate[:2]} == {*servono} and chiamate[2:] == servono[2:]
    ordine = f"Le mediane tornano, le chiamate no: ne servono {len(servono)}, una a testa e poi f, g, f, g…"
    return {
        "La coppia delle mediane": coppia,
        "L'ordine": in_ordine or Assente(ordine),
    }


def _cronometro(*cambi: tuple[str, str]) -> Callable:
    return muta(a_turno, *cambi)


def _riassunto(quale: str) -> Callable:
    return _cronometro(("statistics.median(di_f), statistics.median(di_g)", f"{quale}(di_f), {quale}(di_g)"))


_ANNOTA_F = "        di_f.append(orologio() - inizio)\n"
_GIRO = "    for _ in range(ripetizioni):\n"
_RISCALDA, _FRA_I_DUE = "    f()\n    g()\n    di_f", "        inizio = orologio()\n        g()"

esercizio(
    "5.3",
    giusta=a_turno,
    osserva=_col_tempo_finto,
    prove=[
        ((2.0, 1.0), 0.0, 50, (8, 4), 5),
        ((8.0, 0.5), 10.0, 20, (100, 1), 7),
        ((1.0, 4.0), 0.0, 50, (100, 1), 1),
        ((3.0, 3.0), 0.0, 5, (14, 3), 11),
        ((2e-3, 1e-3), 98765.4, 0.5, (50, 200), 41),
    ],
    detta=lambda durate, parte_da, fredda, frenata, giri: f"con {giri} ripetizion{'i' if giri > 1 else 'e'}",
    tolleranza=1e-6,
    consigli={
        "fingi.<locals>.funzione() takes": "f e g non hanno argomenti: si chiamano con le parentesi vuote.",
        "_col_tempo_finto.<locals>.<lambda>() takes": "orologio non ha argomenti: si chiama con le parentesi vuote.",
        "'function' and": "orologio è una funzione: i secondi li dà orologio(), con le parentesi.",
        "no median for empty": "La lista dei tempi è vuota: quanti giri misuri?",
        "index out of range": "Quel posto nella lista non c'è: il mezzo di n tempi in ordine è al posto n // 2.",
    },
    sviste={
        "Manca il riscaldamento, di f, di g o di tutte e due: la prima chiamata di ognuna non conta.": [
            _cronometro((_RISCALDA, "    di_f")),
            _cronometro((_RISCALDA, "    f()\n    di_f")),
            _cronometro((_RISCALDA, "    g()\n    di_f")),
        ],
        "Le chiamate misurate, a testa, sono meno di ripetizioni.": _cronometro(
            ("range(ripetizioni)", "range(ripetizioni - 1)")
        ),
        "Hai misurato un giro solo: il return è dentro il ciclo?": _cronometro(("range(ripetizioni)", "range(1)")),
        "Il riscaldamento è una chiamata sola a testa.": _cronometro(
            (_RISCALDA, "    f()\n    g()\n    f()\n    g()\n    di_f")
        ),
        "Il riscaldamento si fa una volta sola, prima dei giri: non a ogni giro.": _cronometro(
            (_RISCALDA, "    di_f"), (_GIRO, _GIRO + "        f()\n        g()\n")
        ),
        "Non vanno a turno: prima tutte le f e poi tutte le g. Se il computer rallenta, paga una sola.": [
            _cronometro((_FRA_I_DUE, "    for _ in range(ripetizioni):\n" + _FRA_I_DUE)),
            _cronometro(
                (_RISCALDA, "    f()\n    di_f"),
                (_FRA_I_DUE, "    g()\n    for _ in range(ripetizioni):\n" + _FRA_I_DUE),
            ),
        ],
        "A ogni giro viene prima f, poi g.": lambda f, g, *altri: a_turno(g, f, *altri)[::-1],
        "La media si lascia spostare da poche chiamate lente: serve la mediana.": _riassunto("statistics.mean"),
        "Il tempo più breve è il caso più fortunato: serve la mediana.": _riassunto("min"),
        "Il tempo più lungo è il caso più sfortunato: serve la mediana.": _riassunto("max"),
        "Hai sommato i tempi: serve la mediana.": _riassunto("sum"),
        "La mediana è il tempo di mezzo dei tempi in ordine: si ordinano le durate.": _riassunto(
            "(lambda tempi: tempi[len(tempi) // 2])"
        ),
        "I tempi sono in ordine, ma non prendi quello di mezzo: di n, contando da zero, sta al posto n // 2.": [
            _riassunto("(lambda tempi: sorted(tempi)[len(tempi) // 2 + 1])"),
            _riassunto("(lambda tempi: sorted(tempi)[len(tempi) // 2 - 1])"),
        ],
        "I tempi di f e di g finiscono nella stessa lista: ne servono due.": _cronometro(
            ("di_f, di_g = [], []", "di_f = di_g = []")
        ),
        "Hai annotato l'ora in cui si finisce: la durata è quell'ora meno l'inizio.": _cronometro(
            ("di_f.append(orologio() - inizio)", "di_f.append(orologio())"),
            ("di_g.append(orologio() - inizio)", "di_g.append(orologio())"),
        ),
        "Tutti e due i tempi comprendono f e g: l'orologio si legge prima e dopo ogni chiamata.": _cronometro(
            (_ANNOTA_F + _FRA_I_DUE, "        g()\n" + _ANNOTA_F.rstrip("\n"))
        ),
        "Il tempo di g comprende quello di f: l'orologio si legge di nuovo prima di chiamarla.": _cronometro(
            (_FRA_I_DUE, "        g()")
        ),
        "Il tempo di f comprende quello di g: l'orologio si legge di nuovo appena f ha finito.": [
            _cronometro((_ANNOTA_F + _FRA_I_DUE, "        g()\n" + _ANNOTA_F + "        inizio = orologio()")),
            _cronometro((_ANNOTA_F, ""), ("        g()\n        di_g", "        g()\n" + _ANNOTA_F + "        di_g")),
        ],
        "L'inizio si legge prima di ogni chiamata misurata, non una volta sola: i tempi si sommano.": _cronometro(
            (_RISCALDA, "    f()\n    g()\n    inizio = orologio()\n    di_f"),
            ("        inizio = orologio()\n        f()", "        f()"),
            (_FRA_I_DUE, "        g()"),
        ),
        "Le due mediane sono scambiate: prima quella di f.": lambda *argomenti: a_turno(*argomenti)[::-1],
    },
)


LATO_DEL_BATCH = 64


def addestra_veloce(modello: nn.Module, x: torch.Tensor, y: torch.Tensor, epoche: int) -> list[float]:
    ottimizzatore = torch.optim.SGD(modello.parameters(), lr=0.1)
    x = (x - x.mean()) / x.std()
    storia = []
    for _ in range(epoche):
        somma = torch.zeros(())
        for pezzo, bersagli in zip(x.split(64), y.split(64), strict=True):
            loss = F.cross_entropy(modello(pezzo), bersagli)
            ottimizzatore.zero_grad()
            loss.backward()
            ottimizzatore.step()
            somma += loss.detach() * len(pezzo)
        storia.append(float(somma) / len(x))
    return storia


class _Operazioni(chi_vede_le_operazioni()):
    """Conta le operazioni che calcolano (non le viste), anche nel backward, e quelle che toccano tutte le immagini."""

    def __init__(self, numeri: int):
        super().__init__()
        self.numeri, self.tutte, self.intere, self.attese = numeri, 0, 0, 0

    def __torch_dispatch__(self, operazione, tipi, argomenti=(), opzioni=None):
        esito = operazione(*argomenti, **(opzioni or {}))
        if not operazione.is_view:
            self.tutte += 1
            nome = operazione.name().removeprefix("aten::")
            self.attese += nome == "_local_scalar_dense"  # item(), float(), un if su un tensore…
            # Scegliere qualche riga (index) legge solo quelle; tutto il resto legge ciò che riceve.
            letti = [argomenti[0] if argomenti and not nome.startswith(("index", "gather")) else None, esito]
            self.intere += any(isinstance(t, torch.Tensor) and t.numel() >= self.numeri for t in letti)
        return esito


class _Attese(TorchFunctionMode):
    """Conta i modi di portare un valore in Python che non passano da ``_local_scalar_dense``."""

    def __init__(self):
        super().__init__()
        self.quante = 0

    def __torch_function__(self, funzione, tipi, argomenti=(), opzioni=None):
        self.quante += getattr(funzione, "__name__", "") in ("tolist", "numpy", "__array__")
        return funzione(*argomenti, **(opzioni or {}))


def _freni(risposta: object, modello: nn.Module, x: torch.Tensor, y: torch.Tensor, epoche: int) -> dict[str, object]:
    conto, attese, chiamate = _Operazioni(x.numel()), _Attese(), []
    modello.register_forward_hook(lambda *_: chiamate.append(1))

    def contata(*argomenti: object) -> object:
        with attese, conto:
            return risposta(*argomenti)

    storia = chiama(contata if callable(risposta) else risposta, modello, x, y, epoche, cambia=(0,))
    esito = {"la storia": storia, "i pesi": [p.detach().clone() for p in modello.parameters()]}
    if len(x) <= LATO_DEL_BATCH:  # con un batch solo i freni si vedono poco: lì contano i risultati
        return esito
    batch = epoche * math.ceil(len(x) / LATO_DEL_BATCH)
    rimasti = []
    if len(chiamate) > 2 * batch:
        rimasti.append(f"il modello è chiamato {len(chiamate)} volte, e i batch sono {batch}")
    if conto.intere > 4 * epoche + 4:
        rimasti.append(f"{conto.intere} operazioni ripercorrono tutte le immagini (che cosa basta fare una volta?)")
    if (quante := conto.attese + attese.quante) > 2 * epoche + 2:
        rimasti.append(f"Python si ferma ad aspettare un numero {quante} volte, e le epoche sono {epoche}")
    if not rimasti and conto.tutte > 100 * batch:
        rimasti.append(f"{conto.tutte} operazioni per {batch} batch: qualcosa tocca le immagini una alla volta")
    quanti = "resta un freno" if len(rimasti) == 1 else f"restano {len(rimasti)} freni"
    frase = f"I risultati sono giusti, ma {quanti}: {'; '.join(rimasti)}."
    esito["i freni"] = Assente(frase) if rimasti else "tolti"
    return esito


def _prova_dei_freni(quante: int, epoche: int, detta: str) -> Prova:
    caso = generatore(quante)
    x = 40 + 30 * torch.rand(quante, 1, 4, 4, generator=caso)
    y = torch.randint(0, 3, (quante,), generator=caso)
    modello = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.Tanh(), nn.Linear(8, 3))
    with torch.no_grad():
        for p in modello.parameters():
            p.copy_(torch.randn(p.shape, generator=caso) / 3)
    return Prova(modello, x, y, epoche, detta=detta)


def _mescolate(modello: nn.Module, x: torch.Tensor, y: torch.Tensor, epoche: int) -> list[float]:
    ordine = torch.randperm(len(x), generator=generatore(0))
    return addestra_veloce(modello, x[ordine], y[ordine], epoche)


esercizio(
    "5.4",
    giusta=addestra_veloce,
    osserva=_freni,
    prove=[
        _prova_dei_freni(450, 2, "con 450 immagini e 2 epoche: l'ultimo batch ne ha 2"),
        _prova_dei_freni(10, 3, "con 10 immagini e 3 epoche"),
        _prova_dei_freni(64, 1, "con 64 immagini e un'epoca"),
    ],
    tolleranza=1e-4,
    sviste={
        "Un'epoca pesa ogni esempio allo stesso modo: l'ultimo batch, più corto, conta per quanti ne ha.": muta(
            addestra_veloce, (" * len(pezzo)", ""), ("float(somma) / len(x)", "float(somma) / len(x.split(64))")
        ),
        "L'ultimo batch può essere più corto: non ogni batch ha 64 esempi.": [
            muta(addestra_veloce, (" * len(pezzo)", " * 64")),
            muta(addestra_veloce, (" * len(pezzo)", ""), ("float(somma) / len(x)", "float(somma) / (len(x) // 64)")),
            muta(addestra_veloce, (" * len(pezzo)", ""), ("float(somma) / len(x)", "float(somma / (len(x) // 64))")),
        ],
        "La storia raccoglie le loss dei batch, mentre la rete impara: tu la calcoli alla fine dell'epoca.": muta(
            addestra_veloce, ("float(somma) / len(x)", "float(F.cross_entropy(modello(x), y).detach())")
        ),
        "A ogni epoca la somma riparte da zero.": muta(
            addestra_veloce,
            ("        somma = torch.zeros(())\n", ""),
            ("    storia = []\n", "    storia, somma = [], torch.zeros(())\n"),
        ),
        "La media e la deviazione standard sono due numeri soli, non uno per pixel.": muta(
            addestra_veloce, ("x.mean()", "x.mean(dim=0)"), ("x.std()", "x.std(dim=0)")
        ),
        "Il programma lento normalizza con la media e la deviazione standard di x, non con 255.": muta(
            addestra_veloce, ("(x - x.mean()) / x.std()", "x / 255")
        ),
        "F.cross_entropy vuole i logit: la softmax la fa lei.": muta(
            addestra_veloce, ("modello(pezzo)", "modello(pezzo).softmax(1)")
        ),
        "La storia è la somma delle loss: va divisa per il numero degli esempi.": muta(
            addestra_veloce, ("float(somma) / len(x)", "float(somma)")
        ),
        "La storia è la loss dell'ultimo batch: qui serve la media dell'epoca.": muta(
            addestra_veloce, ("float(somma) / len(x)", "float(loss.detach())")
        ),
        "La media e la deviazione standard sono quelle di tutte le immagini, non di ogni batch.": muta(
            addestra_veloce,
            ("    x = (x - x.mean()) / x.std()\n", ""),
            ("modello(pezzo)", "modello((pezzo - pezzo.mean()) / pezzo.std())"),
        ),
        "Le immagini non sono normalizzate.": muta(addestra_veloce, ("    x = (x - x.mean()) / x.std()\n", "")),
        "La normalizzazione toglie la media, e poi divide per la deviazione standard.": [
            muta(addestra_veloce, ("(x - x.mean()) / x.std()", "x - x.mean()")),
            muta(addestra_veloce, ("(x - x.mean()) / x.std()", "x / x.std()")),
            muta(addestra_veloce, ("(x - x.mean()) / x.std()", "(x - x.mean()) / x.var()")),
        ],
        "Un passo ogni 64 immagini: il programma lento fa così, e i risultati dipendono da questo.": [
            muta(addestra_veloce, ("x.split(64), y.split(64)", "[x], [y]")),
            muta(addestra_veloce, ("x.split(64), y.split(64)", "x.split(32), y.split(32)")),
            muta(addestra_veloce, ("x.split(64), y.split(64)", "x.split(100), y.split(100)")),
            muta(addestra_veloce, ("x.split(64), y.split(64)", "x.split(128), y.split(128)")),
            muta(addestra_veloce, ("x.split(64), y.split(64)", "x.split(256), y.split(256)")),
        ],
        "Il programma lento prende le immagini in ordine: qui non si mescola.": _mescolate,
        "Il passo usa la somma delle loss del batch: serve la media.": [
            muta(addestra_veloce, ("bersagli)\n", "bersagli, reduction='sum')\n"), (" * len(pezzo)", "")),
            muta(addestra_veloce, ("bersagli)\n", "bersagli, reduction='sum')\n")),
            muta(addestra_veloce, ("loss.backward()", "(loss * len(pezzo)).backward()")),
        ],
        "L'ultimo batch, più corto, manca.": muta(
            addestra_veloce,
            (
                "x.split(64), y.split(64)",
                "x[:max(64, len(x) // 64 * 64)].split(64), y[:max(64, len(x) // 64 * 64)].split(64)",
            ),
        ),
        "I gradienti si accumulano: zero_grad() serve a ogni passo.": [
            muta(addestra_veloce, ("            ottimizzatore.zero_grad()\n", "")),
            muta(
                addestra_veloce,
                ("            ottimizzatore.zero_grad()\n", ""),
                ("        somma = ", "        ottimizzatore.zero_grad()\n        somma = "),
            ),
        ],
        "I pesi non cambiano: manca step(), o zero_grad() sta fra backward() e step().": muta(
            addestra_veloce, ("            ottimizzatore.step()\n", "")
        ),
        "L'ottimizzatore, o il suo learning rate, non è quello del programma lento.": [
            muta(addestra_veloce, ("lr=0.1", "lr=0.01")),
            muta(addestra_veloce, ("lr=0.1", "lr=0.1, momentum=0.9")),
            muta(
                addestra_veloce,
                ("torch.optim.SGD(modello.parameters(), lr=0.1)", "torch.optim.Adam(modello.parameters())"),
            ),
        ],
    },
)


def operazioni_in_avanti(strati: list[tuple[int, int, int, int]]) -> int:
    return _somma(lambda e, u, k, n: 2 * e * u * k**2 * n**2)(strati)


def _somma(costo: Callable[[int, int, int, int], float]) -> Callable:
    return lambda strati: sum(costo(*strato) for strato in strati)


esercizio(
    "5.5",
    giusta=operazioni_in_avanti,
    prove=[
        ([(1, 16, 5, 12), (16, 16, 3, 10), (16, 64, 3, 3)],),
        ([(1, 16, 5, 12)],),
        ([(3, 7, 2, 9)],),
        ([(2, 3, 4, 5), (3, 11, 1, 5)],),
        ([(4, 4, 3, 1)],),
        ([(1, 1, 1, 1)],),
        ([(6, 6, 3, 7), (6, 6, 3, 7)],),
        ([(255, 511, 3, 31), (511, 255, 5, 17)],),
    ],
    detta="con {0}",
    nome="Il conto",
    tolleranza=0,
    consigli={"values to unpack": "Gli strati sono una lista: i quattro numeri sono di uno strato alla volta."},
    sviste={
        "Hai contato solo le moltiplicazioni: ognuna va anche sommata.": _somma(lambda e, u, k, n: e * u * k**2 * n**2),
        "Manca il kernel: ogni posizione guarda tutte le sue caselle.": [
            _somma(lambda e, u, k, n: 2 * e * u * n**2),
            _somma(lambda e, u, k, n: e * u * n**2),
        ],
        "Il kernel è quadrato, e la mappa anche: i due lati si elevano al quadrato.": [
            _somma(lambda e, u, k, n: 2 * e * u * k * n),
            _somma(lambda e, u, k, n: e * u * k * n),
        ],
        "Il kernel è quadrato: quante caselle copre?": [
            _somma(lambda e, u, k, n: 2 * e * u * k * n**2),
            _somma(lambda e, u, k, n: e * u * k * n**2),
        ],
        "Le posizioni sono lato × lato.": [
            _somma(lambda e, u, k, n: 2 * e * u * k**2 * n),
            _somma(lambda e, u, k, n: e * u * k**2 * n),
        ],
        "Il lato è già quello della mappa che esce: non c'è da togliere il kernel.": [
            _somma(lambda e, u, k, n: 2 * e * u * k**2 * (n - k + 1) ** 2),
            _somma(lambda e, u, k, n: 2 * e * u * k**2 * max(n - k + 1, 0) ** 2),
        ],
        "Manca il numero dei canali che entrano: ogni kernel ha una fetta per ognuno.": _somma(
            lambda e, u, k, n: 2 * u * k**2 * n**2
        ),
        "Manca il numero dei canali che escono: c'è un kernel per ognuno.": _somma(
            lambda e, u, k, n: 2 * e * k**2 * n**2
        ),
        "I canali si moltiplicano: ogni mappa che esce guarda tutte quelle che entrano.": _somma(
            lambda e, u, k, n: 2 * (e + u) * k**2 * n**2
        ),
        "Questi sono i pesi, per due: ogni peso lavora in tutte le posizioni.": _somma(
            lambda e, u, k, n: 2 * e * u * k**2
        ),
        "Questi sono i pesi: ogni peso lavora in tutte le posizioni.": _somma(lambda e, u, k, n: e * u * k**2),
        "I bias non ci sono: le operazioni sono solo quelle dei pesi.": [
            _somma(lambda e, u, k, n: (2 * e * k**2 + 1) * u * n**2),
            _somma(lambda e, u, k, n: 2 * (e * k**2 + 1) * u * n**2),
        ],
        "Per ogni numero che esce manca una somma: qui se ne conta una per ogni peso, anche per il primo.": _somma(
            lambda e, u, k, n: (2 * e * k**2 - 1) * u * n**2
        ),
        "Questo è l'ultimo strato soltanto: si sommano tutti.": lambda strati: operazioni_in_avanti(strati[-1:]),
        "Ti fermi al primo strato: il return è dentro il ciclo?": lambda strati: operazioni_in_avanti(strati[:1]),
        "Il primo strato manca: si sommano tutti.": lambda strati: operazioni_in_avanti(strati[1:]),
        "Hai moltiplicato fra loro gli strati: si sommano.": lambda strati: math.prod(
            operazioni_in_avanti([strato]) for strato in strati
        ),
        "Gli strati uguali contano tutti: ognuno fa le sue operazioni.": lambda strati: operazioni_in_avanti(
            [*{*strati}]
        ),
        "Hai contato anche il backward: qui si chiede un passaggio in avanti.": _somma(
            lambda e, u, k, n: 6 * e * u * k**2 * n**2
        ),
    },
)


def conta_operazioni(funzione: Callable, x: torch.Tensor) -> int:
    conti = []

    def backend(grafo, esempi):
        conti.append(sum(nodo.op.startswith("call") for nodo in grafo.graph.nodes))
        return grafo.forward

    torch.compile(funzione, backend=backend)(x)
    return sum(conti)


def _conto(risposta: object, funzione: Callable, x: torch.Tensor) -> object:
    with dynamo_da_capo():
        return chiama(risposta, funzione, x)


def _conta_con(conta: Callable[[list], object], unisci: Callable[[list], object] = sum) -> Callable:
    return lambda funzione, x: unisci([conta(nodi) for nodi in _grafi(funzione, tuple(x.tolist()))])


@functools.cache
def _grafi(funzione: Callable, numeri: tuple[float, ...]) -> list[list]:
    """I nodi dei grafi catturati: una volta sola, e non una per svista."""
    grafi = []

    def backend(grafo, esempi):
        grafi.append([*grafo.graph.nodes])
        return grafo.forward

    torch.compile(funzione, backend=backend)(torch.tensor(numeri))
    return grafi


def _operazioni(nodi: list) -> int:
    return sum(nodo.op.startswith("call") for nodo in nodi)


def _tre(x: torch.Tensor) -> torch.Tensor:
    return torch.cos(torch.sin(x)) * x


def _due_funzioni_un_metodo(x: torch.Tensor) -> torch.Tensor:
    return torch.exp(x.abs()) + 1


def _ripetute(x: torch.Tensor) -> torch.Tensor:
    return torch.sin(torch.sin(torch.sin(x)))


def _interrotta(x: torch.Tensor) -> torch.Tensor:
    x = torch.sin(x) + 1
    if torch.sum(x) > 3:
        x = x * 3
    return torch.cos(x)


def _due_interruzioni(x: torch.Tensor) -> torch.Tensor:
    y = torch.sin(x)
    if torch.sum(y) > 0:
        y = y * 2 + x
    if torch.sum(y) < 0:
        y = y - x
    return torch.cos(y) * x + y


def _elementi(x: torch.Tensor) -> torch.Tensor:
    return x[0] + x.max(dim=0)[0]


def _nessuna(x: torch.Tensor) -> torch.Tensor:
    return x


_X = torch.tensor([0.5, 1.0, 2.0])

esercizio(
    "5.6",
    giusta=conta_operazioni,
    osserva=_conto,
    prove=[
        Prova(_tre, _X, detta="con tre funzioni"),
        Prova(_due_funzioni_un_metodo, _X, detta="con due funzioni e un metodo"),
        Prova(_ripetute, _X, detta="con una funzione ripetuta tre volte"),
        Prova(_interrotta, _X, detta="con un'interruzione in mezzo"),
        Prova(_interrotta, -_X, detta="con un'interruzione in mezzo, e l'if che non entra"),
        Prova(_due_interruzioni, _X, detta="con due interruzioni"),
        Prova(_elementi, _X, detta="con una funzione che prende elementi, come x[0]"),
        Prova(_nessuna, _X, detta="con una funzione che non calcola nulla"),
    ],
    nome="Il conto",
    consigli={
        "did not return callable": "Il backend deve restituire qualcosa da chiamare: grafo.forward.",
        "cannot access local variable": "Nel backend quel nome è una variabile nuova: serve una lista che sta fuori.",
        "positional argument but 2 were given": "Un backend riceve due argomenti: il grafo e gli esempi.",
        "'Node' object has no attribute": "Un nodo non è un testo: il suo tipo è in nodo.op.",
        "Data-dependent branching": "Con fullgraph=True un grafo che si spezza è un errore: qui può spezzarsi.",
    },
    sviste={
        "placeholder e output non sono operazioni: guarda node.op.": [
            _conta_con(len),
            _conta_con(lambda nodi: sum(nodo.op != "output" for nodo in nodi)),
            _conta_con(lambda nodi: sum(nodo.op != "placeholder" for nodo in nodi)),
        ],
        "Gli ingressi di un grafo non sono sempre uno: togliere 2 al numero dei nodi non basta.": _conta_con(
            lambda nodi: len(nodi) - 2
        ),
        "Hai contato solo le funzioni: anche i metodi (call_method) sono operazioni.": _conta_con(
            lambda nodi: sum(nodo.op == "call_function" for nodo in nodi)
        ),
        "Hai contato solo i metodi: anche le funzioni (call_function) sono operazioni.": _conta_con(
            lambda nodi: sum(nodo.op == "call_method" for nodo in nodi)
        ),
        "Anche prendere un elemento, come x[0], è un'operazione: un nodo call_function di nome getitem.": _conta_con(
            lambda nodi: sum(nodo.op.startswith("call") and "getitem" not in nodo.name for nodo in nodi)
        ),
        "Hai contato le letture, cioè i nodi da cui ogni operazione legge: qui si contano le operazioni.": _conta_con(
            lambda nodi: sum(len(nodo.all_input_nodes) for nodo in nodi if nodo.op.startswith("call"))
        ),
        "Un'operazione ripetuta conta ogni volta.": [
            _conta_con(lambda nodi: len({nodo.target for nodo in nodi if nodo.op.startswith("call")})),
            _conta_con(
                lambda nodi: {nodo.target for nodo in nodi if nodo.op.startswith("call")},
                lambda u: len({*()}.union(*u)),
            ),
        ],
        "Il conto è sempre 0: la funzione compilata va chiamata, di ogni nodo si guarda op, e il numero deve uscire "
        "dal backend.": lambda funzione, x: 0,
        "I grafi sono più di uno, e conti solo l'ultimo: somma.": [
            _conta_con(_operazioni, lambda conti: conti[-1]),
            _conta_con(_operazioni, lambda conti: conti[-1] if conti else 0),
        ],
        "I grafi sono più di uno, e conti solo il primo: somma.": [
            _conta_con(_operazioni, lambda conti: conti[0]),
            _conta_con(_operazioni, lambda conti: conti[0] if conti else 0),
        ],
        "I grafi sono più di uno, e conti solo il più grande: somma.": [
            _conta_con(_operazioni, max),
            _conta_con(_operazioni, lambda conti: max(conti, default=0)),
        ],
        "Conti una volta per grafo, e non una per operazione.": _conta_con(_operazioni, len),
    },
)
