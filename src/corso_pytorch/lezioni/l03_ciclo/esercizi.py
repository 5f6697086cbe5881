"""Gli esercizi della lezione 03: il ciclo di addestramento."""

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from corso_pytorch.verifiche.confronti import Assente
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, italiano, tipo_di
from corso_pytorch.verifiche.osservazioni import STACCATO, con_gradiente, generatore, muta
from corso_pytorch.verifiche.registro import esercizio


def un_passo(w: torch.Tensor, x: torch.Tensor, y: torch.Tensor, lr: float) -> torch.Tensor:
    gradiente = (2 * (w * x - y) * x).mean()
    return w - lr * gradiente


def _dati(n: int, w: float) -> tuple[torch.Tensor, ...]:
    return torch.tensor(w), torch.randn(n, generator=generatore(n)), torch.randn(n, generator=generatore(n + 30))


esercizio(
    "3.1",
    giusta=un_passo,
    prove=[
        (*_dati(3, 1.5), 0.1),
        (*_dati(7, -0.75), 0.02),
        (*_dati(1, 2.0), 1.0),
        (*_dati(4, 0.0), 0.5),
        (torch.tensor(2.0), torch.tensor([1.0, 0.0, -3.0]), torch.tensor([2.0, 0.0, -6.0]), 0.1),
        # Un gradiente di migliaia: chi gli mette un tetto si scopre.
        (torch.tensor(40.0), torch.tensor([20.0, -35.0]), torch.tensor([-300.0, 250.0]), 0.001),
    ],
    detta="con N = {1.shape[0]} e lr = {3:g}",
    nome="Il nuovo w",
    vieta=(
        *("backward", "grad", "autograd", "jacobian", "jacrev", "jacfwd", "jvp", "vjp", "linearize"),
        *("forward_ad", "dual_level", "make_dual"),
    ),
    sviste={
        "Ti sei spostato lungo il gradiente: così la loss sale. Da che parte si scende?": muta(
            un_passo, ("w - lr", "w + lr")
        ),
        "Questo è il gradiente: manca il passo, cioè il nuovo valore di w.": muta(un_passo, ("w - lr * ", "")),
        "Questo è lo spostamento: da dove si parte?": muta(un_passo, ("w - lr", "-lr")),
        "Hai sommato sugli esempi invece di fare la media.": muta(un_passo, ("mean", "sum")),
        "Nella derivata di un quadrato manca un fattore.": muta(un_passo, ("2 * (w", "(w")),
        "Nella derivata manca la x: è il fattore che moltiplica w.": muta(un_passo, (" * x).mean", ").mean")),
        "Hai moltiplicato per w invece che per x: si deriva rispetto a w.": muta(un_passo, ("* x).mean", "* w).mean")),
        "La media di un prodotto non è il prodotto delle medie.": muta(
            un_passo, (" * x).mean()", ").mean() * x.mean()")
        ),
        "Il passo non tiene conto del learning rate.": muta(un_passo, ("lr * ", "")),
        "Hai un valore per ogni esempio: il gradiente di una media è una media.": muta(un_passo, (".mean()", "")),
        "Hai usato il valore della loss, non del suo gradiente.": muta(
            un_passo, ("2 * (w * x - y) * x", "(w * x - y) ** 2")
        ),
    },
)


def addestra_retta(
    modello: nn.Module, ottimizzatore: object, x: torch.Tensor, y: torch.Tensor, passi: int
) -> list[float]:
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
        storia.append(loss.item())
    return storia


def _storia_e_pesi(
    risposta: object, x: torch.Tensor, y: torch.Tensor, passi: int, scelta: Callable
) -> dict[str, object]:
    modello = nn.Linear(2, 1)
    with torch.no_grad():
        modello.weight.copy_(torch.tensor([[-0.5, 0.2]]))
        modello.bias.fill_(0.1)
    prima = _pesi(modello)
    storia = chiama(risposta, modello, scelta(modello.parameters()), x, y, passi, cambia=(0, 1))
    if not isinstance(storia, (list, tuple)):
        raise Sbagliato(f"La funzione deve restituire una lista di numeri, non {tipo_di(storia)}.")
    tensori = [valore for valore in storia if isinstance(valore, torch.Tensor)]
    if any(tensore.requires_grad for tensore in tensori):
        raise Sbagliato("Nella storia ci sono tensori: con il grafo attaccato la memoria cresce a ogni passo.")
    if tensori:
        raise Sbagliato("I grafi non ci sono più, ma nella storia restano tensori: servono numeri di Python.")
    if not all(isinstance(valore, (int, float)) for valore in storia):
        raise Sbagliato("Nella storia devono esserci numeri di Python, uno per passo.")
    if passi and torch.equal(_pesi(modello), prima):
        raise Sbagliato("Il modello non si muove: step manca, o quando arriva i gradienti non ci sono.")
    return {"la storia": storia, "il vettore dei pesi": _pesi(modello)}


def _pesi(modello: nn.Module) -> torch.Tensor:
    return nn.utils.parameters_to_vector(modello.parameters()).detach().clone()


def _retta(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(n, 2, generator=generatore(n))
    return x, x.sum(dim=1, keepdim=True) + 0.3


def _un_altro_ottimizzatore(lr: float) -> Callable:
    def addestra(modello, ottimizzatore, x, y, passi):
        return addestra_retta(modello, torch.optim.SGD(modello.parameters(), lr), x, y, passi)

    return addestra


_SENZA_ZERO = ("ottimizzatore.zero_grad()", "pass")
_IL_GIRO, _IL_FORWARD = "    for _ in range(passi):\n", "        loss = ((modello(x) - y) ** 2).mean()\n"
_MISURA_DOPO = ("loss.item()", "((modello(x) - y) ** 2).mean().item()")

esercizio(
    "3.2",
    giusta=addestra_retta,
    osserva=_storia_e_pesi,
    # Gli ottimizzatori si creano nelle prove, non all'import: il primo SGD di un processo costa secondi.
    prove=[
        (*_retta(5), 4, lambda parametri: torch.optim.SGD(parametri, lr=0.1)),
        (*_retta(8), 7, lambda parametri: torch.optim.SGD(parametri, lr=0.03, momentum=0.9)),
        (*_retta(6), 5, lambda parametri: torch.optim.Adam(parametri, lr=0.2)),
        (*_retta(1), 3, lambda parametri: torch.optim.SGD(parametri, lr=0.05)),
        (*_retta(3), 1, lambda parametri: torch.optim.SGD(parametri, lr=0.1)),
        # Arriva quasi a zero, e i passi non sono finiti.
        (torch.tensor([[1.0, 0.5]]), torch.tensor([[2.0]]), 9, lambda parametri: torch.optim.SGD(parametri, lr=0.2)),
    ],
    detta="con {0.shape[0]} esempi e {2} passi",
    tolleranza=1e-5,  # chi arrotonda la storia a quattro cifre si scopre
    sviste={
        "I gradienti si sommano ancora di passo in passo: manca qualcosa prima del backward.": muta(
            addestra_retta, _SENZA_ZERO
        ),
        "Ogni passo usa i gradienti del giro precedente: step viene prima di backward.": muta(
            addestra_retta,
            ("        ottimizzatore.step()\n", ""),
            ("ottimizzatore.zero_grad()", "ottimizzatore.step(); ottimizzatore.zero_grad()"),
        ),
        "La loss va misurata prima dello spostamento, non dopo.": muta(addestra_retta, _MISURA_DOPO),
        "La loss è misurata dopo lo spostamento, e i gradienti si sommano.": muta(
            addestra_retta, _SENZA_ZERO, _MISURA_DOPO
        ),
        "La loss è una somma: qui serve la media degli errori al quadrato.": muta(addestra_retta, ("mean", "sum")),
        "La loss è sempre quella del primo giro: il forward va rifatto a ogni passo.": muta(
            addestra_retta,
            (_IL_GIRO + _IL_FORWARD, _IL_FORWARD.removeprefix("    ") + _IL_GIRO),
            ("loss.backward()", "loss.backward(retain_graph=True)"),
        ),
        "Con più passi la storia ha un numero solo: il return è finito dentro il ciclo?": muta(
            addestra_retta, ("    return", "        return")
        ),
        "La storia è giusta, ma alla fine i pesi no: l'ultimo passo è stato fatto?": muta(
            addestra_retta, ("ottimizzatore.step()", "len(storia) < passi - 1 and ottimizzatore.step()")
        ),
        "Lo spostamento lo decide l'ottimizzatore che ricevi: il learning rate, e il resto, li sa lui.": [
            _un_altro_ottimizzatore(lr=lr) for lr in (0.1, 0.01, 0.001)
        ],
        "Previsioni (N, 1) e risposte (N,) fanno una tabella (N, N): quale forma hanno modello(x) e y?": muta(
            addestra_retta, ("- y)", "- y.flatten())")
        ),
        "Ti fermi quando la loss è piccola: i passi sono quelli chiesti.": [
            muta(addestra_retta, ("loss.item())", f"loss.item())\n        if loss < {soglia}: break"))
            for soglia in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
        ],
        "I numeri della storia sono arrotondati: serve la loss com'è.": [
            muta(addestra_retta, ("loss.item()", f"round(loss.item(), {cifre})")) for cifre in (2, 3, 4)
        ],
        "La storia ha un numero di meno: uno per ogni passo.": muta(
            addestra_retta, ("range(passi)", "range(1, passi)")
        ),
        "La storia ha un numero di troppo: uno per ogni passo.": muta(addestra_retta, ("(passi)", "(passi + 1)")),
    },
)


class Imbuto(nn.Module):
    def __init__(self, misure: list[int]):
        super().__init__()
        strati = []
        for ingressi, uscite in pairwise(misure):
            strati += [nn.Linear(ingressi, uscite), nn.ReLU()]
        self.rete = nn.Sequential(*strati[:-1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rete(x)


IRRAGGIUNTO = Assente("L'uscita è giusta, ma il gradiente non arriva a tutti i parametri: che cosa lo ferma?")


def _la_rete(risposta: object, misure: list[int], n: int) -> dict[str, object]:
    """Parametri, uscita e gradienti di una rete, in qualunque modo e ordine siano registrati i suoi strati.

    I pesi diventano funzione della sola forma: due reti con gli stessi strati hanno così la stessa uscita.
    """
    if isinstance(risposta, nn.Module):
        raise Sbagliato("Qui serve la classe Imbuto, non un suo oggetto: togli le parentesi.")
    if not (isinstance(risposta, type) and issubclass(risposta, nn.Module)):
        raise Sbagliato("Qui serve la classe Imbuto, che eredita da nn.Module.")
    modello = chiama(risposta, misure)
    x = 3 * torch.randn(n, misure[0], generator=generatore(34))
    chiama(modello, x)  # gli strati «lazy» prendono forma alla prima chiamata
    parametri = [*modello.parameters()]
    if len(misure) > 2 and parametri and not any(parametro.any() for parametro in parametri):
        raise Sbagliato("Pesi e bias nascono tutti zero: agli strati nascosti il gradiente non arriverà mai.")
    with torch.no_grad():
        for parametro in parametri:
            parametro.copy_(_dalla_forma(parametro.shape))
    uscita = chiama(modello, x)
    if isinstance(uscita, torch.Tensor) and uscita.requires_grad:
        uscita.sum().backward()
        gradienti = all(parametro.grad is not None for parametro in parametri) or IRRAGGIUNTO
    else:
        gradienti = STACCATO
    return {"il numero di parametri": sum(p.numel() for p in parametri), "l'uscita": uscita, "i gradienti": gradienti}


def _dalla_forma(forma: torch.Size) -> torch.Tensor:
    """Numeri a caso, ma uguali per forme uguali: anche trasposte (nn.Linear lo è), e con assi lunghi 1 in più."""
    lunghi = [lato for lato in forma if lato > 1]
    numeri = torch.randn(sorted(lunghi), generator=generatore(35 + len(lunghi)))
    if len(lunghi) == 2:
        a, b = lunghi
        numeri = (numeri + numeri.T) / 2 if a == b else numeri.T if a > b else numeri
    return numeri.reshape(forma)


def _imbuto(fila: Callable[[list[int]], list[nn.Module]], contenitore: type = nn.ModuleList) -> type:
    """Una classe che mette in fila gli strati di ``fila(misure)``."""

    class Svista(nn.Module):
        def __init__(self, misure):
            super().__init__()
            self.strati = contenitore(fila(misure))

        def forward(self, x):
            for strato in self.strati:
                x = strato(x)
            return x

    return Svista


def _strati(misure: list[int], attivazione: Callable = nn.ReLU, **opzioni: object) -> list[nn.Module]:
    """Strati e attivazioni alternati; l'ultima è un'attivazione."""
    return [modulo for a, b in pairwise(misure) for modulo in (nn.Linear(a, b, **opzioni), attivazione())]


esercizio(
    "3.3",
    giusta=Imbuto,
    osserva=_la_rete,
    prove=[
        ([10, 8, 4, 1], 6),
        ([3, 2], 5),
        ([5, 7, 2], 4),
        ([4, 4, 4], 6),
        ([3, 6, 3, 6], 1),
        ([2, 9, 5, 8, 6, 3], 7),
        ([1, 1], 3),
    ],
    detta="con Imbuto({0})",
    consigli={
        "before Module.__init__": "Gli strati non hanno dove registrarsi: che cosa va chiamato per primo in __init__?",
        "is not a Module subclass": "Il contenitore vuole i moduli uno per uno: come si apre una lista?",
    },
    sviste={
        "Imbuto non ha nessun parametro: gli strati stanno in un posto che non li registra?": _imbuto(
            lambda misure: _strati(misure)[:-1], list
        ),
        "I pesi ci sono tutti, ma mancano i bias.": _imbuto(lambda misure: _strati(misure, bias=False)[:-1]),
        "Di strati ce n'è uno per ogni coppia di misure vicine: ne manca uno, forse l'ultimo.": [
            _imbuto(lambda misure: _strati(misure[:-1])),
            _imbuto(lambda misure: _strati(misure[:-1])[:-1]),
        ],
        "C'è una ReLU anche dopo l'ultimo strato: l'uscita non può più essere negativa.": _imbuto(_strati),
        "La ReLU è solo in fondo: va fra uno strato e il successivo, e non dopo l'ultimo.": _imbuto(
            lambda misure: [*_strati(misure, nn.Identity), nn.ReLU()]
        ),
        "Fra uno strato e l'altro manca la ReLU: così è una sola retta.": _imbuto(
            lambda misure: _strati(misure, nn.Identity)
        ),
        "La ReLU è applicata anche ai dati in ingresso.": _imbuto(lambda misure: [nn.ReLU(), *_strati(misure)[:-1]]),
        "Fra gli strati c'è un'altra attivazione: qui serve la ReLU.": [
            _imbuto(lambda misure, altra=altra: _strati(misure, altra)[:-1])
            for altra in (nn.Tanh, nn.Sigmoid, nn.LeakyReLU, nn.GELU, nn.SiLU)
        ],
        "Manca la ReLU prima dell'ultimo strato.": _imbuto(
            lambda misure: [*_strati(misure[:-1])[:-1], nn.Linear(*misure[-2:])]
        ),
        "Riconosci l'ultimo strato dalla sua misura: se due misure sono uguali non basta, usa la posizione.": _imbuto(
            lambda misure: [
                modulo
                for a, b in pairwise(misure)
                for modulo in [nn.Linear(a, b), *([nn.ReLU()] if b != misure[-1] else [])]
            ]
        ),
        "La ReLU va fra tutti gli strati, non solo dopo il primo.": _imbuto(
            lambda misure: [m for i, m in enumerate(_strati(misure)[:-1]) if i % 2 == 0 or i == 1]
        ),
    },
)


def entropia(logit: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (logit.logsumexp(dim=1) - _scelti(logit, y)).mean()


def _scelti(tabella: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return tabella[torch.arange(len(y)), y]


TRABOCCA = Assente("Esce inf o nan: l'esponenziale trabocca, o un logaritmo incontra lo zero.")


def _enormi(logit: torch.Tensor) -> bool:
    return logit.abs().max() > 100


def _finita_e_con_gradiente(risposta: object, logit: torch.Tensor, y: torch.Tensor) -> dict[str, object]:
    esito = con_gradiente(0)(risposta, logit, y)
    dato = esito["Il risultato"]
    numero = isinstance(dato, torch.Tensor) and dato.shape == () and dato.is_floating_point() and not dato.is_meta
    if numero and _enormi(logit) and not torch.isfinite(dato):  # con logit piccoli, inf e nan hanno altre cause
        esito["Il risultato"] = TRABOCCA
    return esito


def _logit(n: int, classi: int) -> tuple[torch.Tensor, torch.Tensor]:
    return 2 * torch.randn(n, classi, generator=generatore(n)), torch.randint(classi, (n,), generator=generatore(n))


def _su_probabilita(costo: Callable[[torch.Tensor], torch.Tensor], dim: int = 1) -> Callable:
    """Il costo medio di una softmax, calcolato sulle probabilità delle classi giuste."""
    return lambda logit, y: costo(_scelti(logit.softmax(dim), y)).mean()


esercizio(
    "3.4",
    giusta=entropia,
    osserva=_finita_e_con_gradiente,
    prove=[
        _logit(6, 6),
        _logit(4, 3),
        _logit(5, 9),
        _logit(1, 4),
        _logit(3, 2),
        (torch.zeros(4, 5), torch.tensor([2, 2, 0, 4])),
        (torch.tensor([[3.0], [-2.0]]), torch.tensor([0, 0])),
        (torch.randn(3, 4, generator=generatore(7)).T, torch.tensor([2, 0, 1, 1])),
        (torch.tensor([[1000.0, 0.0, -5.0], [0.0, 1.0, 2.0]]), torch.tensor([1, 2])),
        (torch.tensor([[-1000.0, -1001.0, -1002.0]]), torch.tensor([1])),
    ],
    detta=lambda logit, y: "con logit enormi" if _enormi(logit) else f"con N = {logit.shape[0]} e C = {logit.shape[1]}",
    vieta=(
        *("cross_entropy", "CrossEntropyLoss", "log_softmax", "LogSoftmax", "nll_loss", "NLLLoss"),
        "cross_entropy_loss",  # il nome che cross_entropy ha in torch.ops.aten
    ),
    sviste={
        "Hai sommato i costi degli esempi: serve la media.": partial(cross_entropy, reduction="sum"),
        "Hai diviso anche per il numero delle classi: la media è sugli esempi.": lambda logit, y: (
            entropia(logit, y) / logit.shape[1]
        ),
        "Questo è il costo di ogni esempio: manca la media.": partial(cross_entropy, reduction="none"),
        "Il segno è scambiato: un costo non può essere negativo.": lambda logit, y: -entropia(logit, y),
        "Questa è la media delle probabilità della classe giusta: manca il logaritmo.": [
            _su_probabilita(lambda p: p),
            _su_probabilita(lambda p: -p),
        ],
        "Il costo è meno il logaritmo della probabilità, non uno meno la probabilità.": _su_probabilita(
            lambda p: 1 - p
        ),
        "Mancano i logit delle altre classi: quello giusto va paragonato con tutti.": lambda logit, y: (
            -_scelti(logit, y).mean()
        ),
        "Hai fatto il logaritmo della media delle probabilità: serve la media dei logaritmi.": lambda logit, y: (
            -_su_probabilita(lambda p: p)(logit, y).log()
        ),
        "La softmax è applicata due volte: parti dai logit.": lambda logit, y: entropia(logit.softmax(1), y),
        "Hai preso la classe prevista invece di quella giusta: guarda y.": lambda logit, y: entropia(
            logit, logit.argmax(1)
        ),
        "Hai mediato su tutte le classi: conta solo quella giusta.": lambda logit, y: -logit.log_softmax(1).mean(),
        "La softmax deve fare 1 su ogni riga: l'asse è quello delle classi, non degli esempi.": lambda logit, y: (
            -_scelti(logit.log_softmax(0), y).mean()
        ),
        "Con logit[:, y] prendi una tabella: serve un logit per ogni riga.": [
            lambda logit, y: (logit.logsumexp(1, keepdim=True) - logit[:, y]).mean(),
            lambda logit, y: (logit.logsumexp(1) - logit[:, y]).mean(),
        ],
        "Il logsumexp va preso riga per riga: qui è su tutta la tabella.": lambda logit, y: (
            logit.logsumexp((0, 1)) - _scelti(logit, y)
        ).mean(),
        "Il logsumexp va preso riga per riga: qui schiaccia l'asse degli esempi.": lambda logit, y: (
            logit.logsumexp(0) - _scelti(logit, y)
        ).mean(),
        "Il logaritmo è in base 2 o 10: qui serve quello naturale.": [
            lambda logit, y, base=base: entropia(logit, y) / math.log(base) for base in (2, 10)
        ],
        "Con logit di mille il costo si ferma troppo presto: qualcosa gli fa da tetto.": [
            *(_su_probabilita(lambda p, e=e: -(p + e).log()) for e in (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6)),
            _su_probabilita(lambda p: -p.log().clamp(min=-100)),
        ],
    },
)


def epoca_da_tenere(loss_validazione: list[float], pazienza: int) -> int:
    migliore = attesa = 0
    for epoca in range(1, len(loss_validazione)):
        if loss_validazione[epoca] < loss_validazione[migliore]:
            migliore, attesa = epoca, 0
        else:
            attesa += 1
        if attesa >= pazienza:
            break
    return migliore


def _epoca(*cambi: tuple[str, str]) -> Callable:
    return muta(epoca_da_tenere, *cambi)


def _da_un_numero(minima: float) -> Callable:
    """La migliore parte da un numero fisso, invece che dalla prima epoca."""
    return lambda storia, pazienza: max(epoca_da_tenere([minima, *storia], pazienza) - 1, 0)


esercizio(
    "3.5",
    giusta=epoca_da_tenere,
    nome="L'indice",
    prove=[
        ([5.5, 3.5, 4.5, 4.5, 2.5, 3.5, 3.5, 3.5, 1.5], 2),
        ([5.5, 1.5, 4.5, 3.5, 2.5, 6.5, 6.5, 0.5], 2),
        ([5.5, 4.5, 6.5, 3.5, 6.5, 2.5, 6.5, 6.5, 1.5], 2),
        ([4.5, 2.5, 3.5, 2.5, 3.5, 1.5], 3),
        ([4.5, 2.5, 3.5, 2.5, 3.5, 3.5, 1.5], 3),
        ([3.5, 2.5, 2.5, 3.5, 3.5], 3),
        ([3.5, 2.5, 2.75, 3.5, 3.25, 3.0, 2.75, 1.5], 2),
        ([2.5, 2.5, 2.5, 1.5], 3),
        ([2.5, 2.5, 2.5, 2.5, 1.5], 3),
        ([9.5, 8.5, 7.5, 6.5], 2),
        ([6.5, 7.5, 8.5, 9.5], 7),
        ([7.5, 8.5, 6.5], 1),
        ([3.5, 0.5, 1.5, 1.25, 1.0, 0.75, 0.25], 3),
        ([1.5, 1.5 - 1e-9, 2.5, 1.5], 2),
        ([-1.5, -2.5, -0.5, -2.0, -3.5], 3),
        ([1.5], 5),
        ([3e30, 4e30, 2e30, 2.5e30, 3e30, 1e30], 2),
        ([2.5, 0.0, 1.5, 1.0], 2),
        ([5.5, 6.5, 6.5, 4.5, 6.5, 5.5, 3.5], 3),
        ([5.5, 6.5, 6.5, 4.5, 6.5, 5.5, 5.0, 3.5], 3),
    ],
    dtype="stesso",
    detta="con {0} e pazienza {1}",
    sviste={
        "Hai guardato tutta la storia: finita la pazienza non si va oltre.": lambda storia, pazienza: storia.index(
            min(storia)
        ),
        "Questa è l'epoca in cui ci si ferma: quale era la migliore?": _epoca(
            ("migliore = attesa", "migliore = attesa = epoca"), ("return migliore", "return epoca")
        ),
        "Serve l'indice dell'epoca, non la sua loss.": lambda storia, pazienza: storia[
            epoca_da_tenere(storia, pazienza)
        ],
        "Hai contato da 1: gli indici partono da 0.": lambda *argomenti: epoca_da_tenere(*argomenti) + 1,
        "Ti fermi troppo tardi: la pazienza conta le epoche senza miglioramento.": [
            _epoca((">= pazienza", "> pazienza")),
            _epoca((">= pazienza", "> pazienza + 1")),
        ],
        "Ti fermi troppo presto: la pazienza conta le epoche senza miglioramento.": [
            _epoca((">= pazienza", ">= max(pazienza - 1, 1)")),
            _epoca((">= pazienza", ">= pazienza - 1")),
        ],
        "Un pareggio non è un miglioramento: deve scendere sotto la migliore.": _epoca(("] < ", "] <= ")),
        "Un pareggio non è un miglioramento: non fa ripartire il conto della pazienza.": _epoca(
            ("else:", "elif loss_validazione[epoca] == loss_validazione[migliore]: attesa = 0\n        else:")
        ),
        "Un pareggio non è un miglioramento: anche lui consuma la pazienza.": _epoca(
            ("else:", "elif loss_validazione[epoca] > loss_validazione[migliore]:")
        ),
        "Il conto della pazienza non riparte quando c'è un miglioramento.": _epoca(
            ("migliore, attesa = epoca, 0", "migliore = epoca")
        ),
        "A ogni miglioramento il conto della pazienza riparte da zero: non scende di uno.": _epoca(
            ("migliore, attesa = epoca, 0", "migliore, attesa = epoca, max(attesa - 1, 0)")
        ),
        "Confronti ogni epoca con la precedente: il paragone è con la migliore.": _epoca(("[migliore]", "[epoca - 1]")),
        "La pazienza conta le epoche senza miglioramento, non quelle in cui la loss sale.": [
            _epoca(("else:", "elif loss_validazione[epoca] > loss_validazione[epoca - 1]:")),
            _epoca(("else:", "elif loss_validazione[epoca] <= loss_validazione[epoca - 1]: attesa = 0\n        else:")),
            _epoca(("else:", "elif loss_validazione[epoca] < loss_validazione[epoca - 1]: attesa = 0\n        else:")),
        ],
        "Un miglioramento vale anche se è piccolissimo: non serve una soglia.": [
            _epoca(("] < ", "] + 1e-3 < ")),
            _epoca(("] < ", "] + 1e-6 < ")),
        ],
        "La migliore parte da un numero fisso: parti dalla prima epoca, che può essere grande quanto vuole.": [
            _da_un_numero(minima) for minima in (0.0, 1.0, 10.0, 100.0, 1e3, 1e4, 1e6, 1e9)
        ],
        "Zero è una loss come le altre: non vuol dire che manca ancora la migliore.": _epoca(
            ("if loss_validazione[epoca] <", "if not loss_validazione[migliore] or loss_validazione[epoca] <")
        ),
    },
)


def impara(
    x_add: torch.Tensor, y_add: torch.Tensor, x_val: torch.Tensor, y_val: torch.Tensor
) -> tuple[nn.Module, float]:
    classi = int(y_add.max()) + 1
    modello = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, classi)).to(x_add.device)
    ottimizzatore = torch.optim.Adam(modello.parameters(), lr=0.02)
    for _ in range(200):
        loss = cross_entropy(modello(x_add), y_add)
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
    with torch.no_grad():
        giuste = modello(x_val).argmax(dim=1) == y_val
    return modello, giuste.float().mean().item()


SOGLIA = 0.9
INSEGNANO = "I dati di validazione finiscono in una loss che fa backward: servono solo a misurare."


class _DiValidazione(torch.Tensor):
    """Un tensore come gli altri, che però si accorge se una loss che viene da lui chiede i gradienti.

    Ciò che se ne calcola è della stessa classe: anche ``detach``, ``cat``, un DataLoader o il modello la conservano.
    """

    ha_insegnato = False

    @classmethod
    def __torch_function__(cls, funzione, tipi, argomenti=(), opzioni=None):
        if funzione in (torch.Tensor.backward, torch.autograd.grad):
            _DiValidazione.ha_insegnato = True
        return super().__torch_function__(funzione, tipi, argomenti, opzioni)


def _giudica(risposta: object, x_add: torch.Tensor, y_add: torch.Tensor, *altri: torch.Tensor) -> bool:
    """Alza `Sbagliato`, con ciò che non va, se il modello restituito non arriva a `SOGLIA` su dati mai visti."""
    x_val, y_val, x_nuovi, y_nuovi = altri
    if not callable(risposta):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(risposta)}.")
    _DiValidazione.ha_insegnato = False
    esito = chiama(
        lambda x, y, x_val, y_val: risposta(x, y, x_val.as_subclass(_DiValidazione), y_val), x_add, y_add, x_val, y_val
    )
    if _DiValidazione.ha_insegnato:
        raise Sbagliato(INSEGNANO)
    modello, stima = _modello_e_stima(esito)
    visti, validi, nuovi = (_previste(modello, x, int(y_add.max()) + 1) for x in (x_add, x_val, x_nuovi))
    visti, validi = (visti == y_add).float().mean().item(), (validi == y_val).float().mean().item()
    giuste = (nuovi == y_nuovi).float().mean().item()
    _controlla_il_modello(nuovi, visti, giuste, a_caso=1 / (int(y_add.max()) + 1))
    _controlla_i_logit(modello, x_nuovi)
    _controlla_la_stima(stima, visti, validi)
    return True


def _modello_e_stima(esito: object) -> tuple[nn.Module, float]:
    if not (isinstance(esito, (tuple, list)) and len(esito) == 2):
        raise Sbagliato(f"Servono due valori, il modello e la sua accuratezza, e invece è {tipo_di(esito)}.")
    modello, stima = esito
    if not isinstance(modello, nn.Module):
        raise Sbagliato(f"Il primo valore dev'essere il modello, un nn.Module, e invece è {tipo_di(modello)}.")
    if not any(parametro.requires_grad for parametro in modello.parameters()):
        raise Sbagliato("Il modello non ha parametri che possano imparare: un ciclo di addestramento non lo muove.")
    try:
        return modello, float(stima)
    except (TypeError, ValueError):
        raise Sbagliato(f"L'accuratezza dev'essere un numero fra 0 e 1, e invece è {tipo_di(stima)}.") from None


def _previste(modello: nn.Module, x: torch.Tensor, classi: int) -> torch.Tensor:
    dove = next(modello.parameters()).device
    modello.eval()
    with torch.no_grad():
        logit = chiama(modello, x.to(dove))
    if not isinstance(logit, torch.Tensor) or logit.shape != (len(x), classi):
        che = f"un tensore di forma {tuple(logit.shape)}" if isinstance(logit, torch.Tensor) else tipo_di(logit)
        raise Sbagliato(f"Per {len(x)} punti il modello deve dare {len(x)}×{classi} logit: dà {che}.")
    if not logit.isfinite().all():
        raise Sbagliato("Il modello restituito dà nan o inf: la loss è esplosa. Prova un learning rate più piccolo.")
    return logit.argmax(dim=1).to(x.device)


def _controlla_il_modello(nuovi: torch.Tensor, visti: float, giuste: float, a_caso: float) -> None:
    fatte = f"sui dati nuovi l'accuratezza è {italiano(round(giuste, 2))}, e serve {italiano(SOGLIA)}"
    if giuste >= SOGLIA:
        return
    if len(nuovi.unique()) == 1:
        raise Sbagliato(f"Il modello dà a tutti la stessa risposta: {fatte}. È stato addestrato?")
    if visti >= SOGLIA:
        raise Sbagliato(f"Sui dati visti il modello va bene, ma {fatte}: ha imparato a memoria.")
    if visti < a_caso + 0.1:
        raise Sbagliato(
            f"Anche sui dati visti il modello indovina come tirando a sorte: {fatte}. I pesi si muovono? E la rete ha "
            "uno strato nascosto, con la sua attivazione, o è una retta? E riceve i punti come sono, "
            "non normalizzati fuori da lui?"
        )
    raise Sbagliato(
        f"Anche sui dati visti il modello si ferma a {italiano(round(visti, 2))}; {fatte}. I passi bastano? Il "
        "learning rate va bene? I gradienti si azzerano? La rete è abbastanza grande? E riceve i punti come sono, "
        "non normalizzati fuori da lui?"
    )


def _controlla_i_logit(modello: nn.Module, x: torch.Tensor) -> None:
    with torch.no_grad():
        logit = modello(x.to(next(modello.parameters()).device))
    if (logit >= 0).all() and torch.allclose(logit.sum(dim=1), torch.ones_like(logit[:, 0]), atol=1e-4):
        raise Sbagliato("Il modello dà probabilità, e servono logit: togli la softmax, che è già nella cross-entropy.")


def _controlla_la_stima(stima: float, visti: float, validi: float) -> None:
    if abs(stima - validi) <= 0.003 or stima == round(validi, 2):
        return
    vera = f"sulla validazione il modello che restituisci ha {italiano(round(validi, 3))}"
    if abs(stima / 100 - validi) <= 0.003:
        raise Sbagliato(f"L'accuratezza va data fra 0 e 1, non in percentuale: {vera}.")
    if abs(stima - visti) <= 0.003:
        raise Sbagliato(f"Il modello va bene, ma la sua accuratezza è misurata sui dati di addestramento: {vera}.")
    raise Sbagliato(
        f"Il modello va bene, ma dici {italiano(round(stima, 3))}: {vera}. Quando l'hai misurata, e su che cosa? "
        "Se hai tenuto da parte lo state_dict, l'hai copiato?"
    )


def _anelli(quanti: int, seme: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Tre anelli, uno dentro l'altro: la classe è l'anello."""
    y = torch.arange(quanti) % 3
    raggio = 0.9 + y + 0.16 * torch.randn(quanti, generator=generatore(seme))
    angolo = 2 * math.pi * torch.rand(quanti, generator=generatore(seme + 1))
    return torch.stack([raggio * angolo.cos(), raggio * angolo.sin()], dim=1), y


def _quadranti(quanti: int, seme: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Due classi: le coordinate hanno lo stesso segno, o segni diversi."""
    x = 4 * torch.rand(quanti, 2, generator=generatore(seme)) - 2
    return x, (x[:, 0] * x[:, 1] > 0).long()


esercizio(
    "3.6",
    giusta=impara,
    osserva=_giudica,
    prove=[
        (*_anelli(450, 1), *_anelli(240, 3), *_anelli(900, 5)),
        (*_quadranti(400, 1), *_quadranti(203, 3), *_quadranti(900, 5)),
    ],
    detta=lambda x, y, *altri: f"con {int(y.max()) + 1} classi",
    vieta=("addestra", "una_epoca"),
    sviste={
        INSEGNANO: [
            muta(impara, ("cross_entropy(modello(x_add), y_add)", "cross_entropy(modello(x_val), y_val)")),
            muta(
                impara,
                ("    classi", "    x_add, y_add = torch.cat([x_add, x_val]), torch.cat([y_add, y_val])\n    classi"),
            ),
        ],
    },
    consigli={
        "expected target dtype": "Le etichette delle classi restano interi: quale loss stai usando?",
        "out of bounds": "Quante classi ci sono? Il modello deve avere un logit per ognuna: y_add.max() + 1.",
        "does not require grad": "La loss non dipende da nessun parametro che chieda il gradiente.",
    },
)


def scendi_con_momentum(funzione: Callable, p: torch.Tensor, lr: float, beta: float, passi: int) -> torch.Tensor:
    velocita = torch.zeros_like(p)
    for _ in range(passi):
        p = p.detach().requires_grad_()
        gradiente = torch.autograd.grad(funzione(p), p)[0]
        velocita = beta * velocita + gradiente
        p = p - lr * velocita
    return p.detach()


ATTACCATO = Assente("Il punto finale è ancora attaccato al grafo: staccalo prima di restituirlo.")


def _staccato(risposta: object, *argomenti: object) -> dict[str, object]:
    dato = chiama(risposta, *argomenti)
    attaccato = isinstance(dato, torch.Tensor) and dato.requires_grad
    return {"il punto finale": dato, "il distacco": ATTACCATO if attaccato else True}


def _momentum(*cambi: tuple[str, str]) -> Callable:
    return muta(scendi_con_momentum, *cambi)


def _conca(p: torch.Tensor) -> torch.Tensor:
    return (p**2 * torch.arange(1, len(p) + 1, device=p.device)).sum()


def _curva(p: torch.Tensor) -> torch.Tensor:
    return (1 - p[0]) ** 2 + 2 * (p[1] - p[0] ** 2) ** 2


def _lieve(p: torch.Tensor) -> torch.Tensor:
    return (1e-5 * p).sum()


def _coperta(p: torch.Tensor) -> torch.Tensor:
    """Il valore è quello della conca, il gradiente no: lo sa solo autograd, non chi guarda i valori."""
    return _conca(p) + (p.sin().sum() - p.sin().sum().detach())


def _con_le_differenze(funzione: Callable, p: torch.Tensor, lr: float, beta: float, passi: int) -> torch.Tensor:
    punto, velocita = p.double(), 0
    for _ in range(passi):
        scarti = 1e-5 * torch.eye(len(punto), dtype=punto.dtype)
        gradiente = [(funzione(punto + scarto) - funzione(punto - scarto)) / 2e-5 for scarto in scarti]
        velocita = beta * velocita + torch.stack(gradiente)
        punto = punto - lr * velocita
    return punto.to(p.dtype)


esercizio(
    "3.7",
    giusta=scendi_con_momentum,
    osserva=_staccato,
    prove=[
        (_conca, torch.tensor([2.0, -1.0, 0.5]), 0.05, 0.9, 6),
        (_curva, torch.tensor([-1.0, 1.5]), 0.02, 0.7, 9),
        (_conca, torch.tensor([1.0]), 0.3, 0.5, 2),
        (_curva, torch.tensor([0.5, 0.5]), 0.1, 0.0, 3),
        (_conca, torch.tensor([1.0, -2.0]), 0.1, 0.9, 1),
        (_curva, torch.tensor([0.5, -0.5]), 0.1, 0.9, 0),
        (_conca, torch.tensor([0.0, 3.0]), 0.6, 0.25, 4),
        (_conca, torch.tensor([1.0]), 0.5, 0.5, 3),  # dopo un passo è nel minimo, e la velocità lo porta oltre
        (_coperta, torch.tensor([1.0, -0.5]), 0.1, 0.5, 3),
        (_lieve, torch.tensor([1.0, 2.0], dtype=torch.float64), 1000.0, 0.9, 5),
    ],
    dtype="stesso",
    detta="con D = {1.shape[0]}, beta = {3:g} e {4} passi",
    vieta=("optim", "SGD", "sgd"),
    consigli={
        "a leaf Variable": "Lo spostamento non fa parte del calcolo: fallo dove PyTorch non prende appunti.",
        "'NoneType'": "Un grad è None: dopo lo spostamento il punto è ancora una foglia che chiede il gradiente?",
        "does not require grad": "Il punto non chiede il gradiente: autograd non sa rispetto a chi derivare.",
    },
    sviste={
        "Il punto non si è mosso.": lambda funzione, p, *altri: p.clone(),
        "Questa è la discesa semplice: la velocità non ricorda i passi di prima.": _momentum(
            ("beta * velocita + ", "")
        ),
        "I gradienti si sommano di passo in passo: cancellali, o chiedili senza accumulare.": _momentum(
            ("velocita = torch", "velocita = somma = torch"), ("+ gradiente", "+ (somma := somma + gradiente)")
        ),
        "Il gradiente entra nella velocità per intero, non moltiplicato per 1 − beta.": _momentum(
            ("+ gradiente", "+ (1 - beta) * gradiente")
        ),
        "Beta smorza solo la velocità di prima, non il gradiente nuovo.": _momentum(
            ("beta * velocita + gradiente", "beta * (velocita + gradiente)")
        ),
        "Ti sposti con la velocità di prima: serve quella appena aggiornata.": _momentum(
            ("velocita = beta", "vecchia, velocita = velocita, beta"), ("lr * velocita", "lr * vecchia")
        ),
        "Sali invece di scendere: controlla il segno dello spostamento.": _momentum(("p - lr", "p + lr")),
        "Lo spostamento non tiene conto di lr.": _momentum(("lr * velocita", "velocita")),
        "Hai fatto un passo di meno.": _momentum(("(passi)", "(passi - 1)")),
        "Hai fatto un passo di troppo.": _momentum(("(passi)", "(passi + 1)")),
        "Hai fatto un passo solo: il return è dentro il ciclo?": [
            _momentum(("    return", "        return")),
            lambda *argomenti: scendi_con_momentum(*argomenti[:-1], 1),
        ],
        "Questo è il momentum di Nesterov: qui basta punto − lr · velocità.": _momentum(
            ("lr * velocita", "lr * (gradiente + beta * velocita)")
        ),
        "La velocità ricorda tutto, senza smorzarsi: che fine ha fatto beta?": _momentum(
            ("beta * velocita", "velocita")
        ),
        "Il gradiente è sempre quello del punto di partenza: va richiesto a ogni passo.": _momentum(
            ("velocita = torch", "partenza, velocita = p.clone().requires_grad_(), torch"),
            ("(funzione(p), p)", "(funzione(partenza), partenza)"),
        ),
        "Ti fermi dove il gradiente è zero: la velocità porta ancora avanti.": _momentum(
            ("        velocita = beta", "        if not gradiente.any(): break\n        velocita = beta")
        ),
        "Il gradiente è stimato da differenze di valori: va chiesto ad autograd.": _con_le_differenze,
        "Questa è l'ultima velocità: serve il punto finale.": _momentum(("return p.detach()", "return velocita")),
        "Questo è il valore della funzione: serve il punto finale.": lambda f, *altri: f(
            scendi_con_momentum(f, *altri)
        ),
    },
)
