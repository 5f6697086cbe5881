"""I controlli della lezione 03: il ciclo di addestramento."""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import nn

from corso_pytorch.verifiche.codice import vieta_nomi
from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_numero, detto, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio

_GIA_PRONTE = ("cross_entropy", "CrossEntropyLoss", "log_softmax", "LogSoftmax", "nll_loss", "NLLLoss")


@esercizio("3.1")
def un_passo(risposta: Callable) -> None:
    """Un passo di discesa del gradiente per il modello w·x, con la derivata scritta a mano."""
    generatore = torch.Generator().manual_seed(31)
    for quanti, lr in ((3, 0.1), (7, 0.02)):
        w, x, y = (torch.randn(forma, generator=generatore) for forma in ((), (quanti,), (quanti,)))
        scarto = w * x - y
        gradiente = (2 * scarto * x).mean()
        dato = chiama(risposta, w, x, y, lr, dove=f"con N = {quanti}")
        confronta(
            dato,
            w - lr * gradiente,
            {
                "Ti sei spostato lungo il gradiente: così la loss sale. Da che parte si scende?": w + lr * gradiente,
                "Questo è il gradiente: manca il passo, cioè il nuovo valore di w.": gradiente,
                "Questo è lo spostamento: da dove si parte?": -lr * gradiente,
                "Hai sommato sugli esempi invece di fare la media.": w - lr * gradiente * quanti,
                "Nella derivata di un quadrato manca un fattore.": w - lr * gradiente / 2,
                "Nella derivata manca la x: è il fattore che moltiplica w.": w - lr * (2 * scarto).mean(),
                "Il passo non tiene conto del learning rate.": w - gradiente,
                "Hai un valore per ogni esempio: il gradiente di una media è una media.": w - lr * 2 * scarto * x,
                "Hai usato il valore della loss, non del suo gradiente.": w - lr * (scarto**2).mean(),
            },
            nome="Il nuovo w",
        )
    vieta_nomi(risposta, "backward", "grad", "autograd")


@esercizio("3.2")
def addestra_retta(risposta: Callable) -> None:
    """Il ciclo a cui mancavano zero_grad e l'estrazione del numero."""
    if not callable(risposta):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(risposta)}.")
    generatore = torch.Generator().manual_seed(32)
    for quanti, passi in ((5, 4), (8, 7)):
        x = torch.randn(quanti, 2, generator=generatore)
        y = x.sum(dim=1, keepdim=True) + 0.3
        storia, modello = _ciclo_dello_studente(risposta, x, y, passi)
        if not isinstance(storia, (list, tuple)):
            raise Sbagliato(f"La funzione deve restituire una lista di numeri, non {tipo_di(storia)}.")
        if len(storia) == 1:
            raise Sbagliato(f"Con {passi} passi la storia ha un numero solo: il return è finito dentro il ciclo?")
        if len(storia) != passi:
            raise Sbagliato(f"Con {passi} passi la storia deve avere {passi} numeri: la tua ne ha {len(storia)}.")
        tensori = [valore for valore in storia if isinstance(valore, torch.Tensor)]
        if any(tensore.requires_grad for tensore in tensori):
            raise Sbagliato("Nella storia ci sono tensori: con il grafo attaccato la memoria cresce a ogni passo.")
        if tensori:
            raise Sbagliato("I grafi non ci sono più, ma nella storia restano tensori: servono numeri di Python.")
        if not all(isinstance(valore, (int, float)) for valore in storia):
            raise Sbagliato("Nella storia devono esserci numeri di Python, uno per passo.")
        _confronta_storie(storia, modello, x, y, passi)


def _ciclo_dello_studente(risposta: Callable, x: torch.Tensor, y: torch.Tensor, passi: int) -> tuple:
    # Non si usa `chiama`: addestrare cambia il modello, e qui deve.
    modello = _modello_di_prova()
    ottimizzatore = torch.optim.SGD(modello.parameters(), lr=0.1)
    try:
        storia = risposta(modello, ottimizzatore, x.clone(), y.clone(), passi)
    except Exception as errore:
        raise Sbagliato(f"La tua funzione si ferma con {detto(errore)}") from errore
    if storia is None:
        raise Sbagliato("La tua funzione restituisce None: manca il return?")
    return storia, modello


def _modello_di_prova() -> nn.Module:
    modello = nn.Linear(2, 1)
    with torch.no_grad():
        modello.weight.copy_(torch.tensor([[-0.5, 0.2]]))
        modello.bias.fill_(0.1)
    return modello


def _confronta_storie(storia: list, modello: nn.Module, x: torch.Tensor, y: torch.Tensor, passi: int) -> None:
    giusta, atteso = _storia("zero backward misura step", x, y, passi)
    casi = {
        "I gradienti si sommano ancora di passo in passo: manca qualcosa prima del backward.": "backward misura step",
        "Ogni passo usa i gradienti del giro precedente: step viene prima di backward.": "misura step zero backward",
        "La loss va misurata prima dello spostamento, non dopo.": "zero backward step rimisura",
        "La loss è misurata dopo lo spostamento, e i gradienti si sommano.": "backward step rimisura",
    }
    if _vicine(storia, giusta):
        if not torch.allclose(modello.weight, atteso.weight, atol=1e-4):
            raise Sbagliato("La storia è giusta, ma alla fine i pesi no: l'ultimo passo è stato fatto?")
        return
    if _vicine(storia, giusta[:1] * passi):
        if modello.weight.grad is None or not modello.weight.grad.any():
            raise Sbagliato("Il modello non si muove: i gradienti sono cancellati prima che step li usi.")
        raise Sbagliato("Il modello non si muove: manca il passo dell'ottimizzatore.")
    for diagnosi, ordine in casi.items():
        if _vicine(storia, _storia(ordine, x, y, passi)[0]):
            raise Sbagliato(diagnosi)
    if _vicine([valore * len(y) for valore in giusta][:1], storia[:1]):
        raise Sbagliato("La loss è una somma: qui serve la media degli errori al quadrato.")
    raise Sbagliato("La storia non torna: le quattro fasi ci sono tutte, una volta per passo e nell'ordine giusto?")


def _storia(ordine: str, x: torch.Tensor, y: torch.Tensor, passi: int) -> tuple[list[float], nn.Module]:
    """Il ciclo di riferimento, con le fasi nell'ordine chiesto: serve anche a riprodurre le sviste."""
    modello = _modello_di_prova()
    ottimizzatore = torch.optim.SGD(modello.parameters(), lr=0.1)
    storia = []
    for _ in range(passi):
        loss = ((modello(x) - y) ** 2).mean()
        for fase in ordine.split():
            if fase == "zero":
                ottimizzatore.zero_grad()
            elif fase == "backward":
                loss.backward()
            elif fase == "step":
                ottimizzatore.step()
            elif fase == "misura":
                storia.append(loss.item())
            else:
                storia.append(((modello(x) - y) ** 2).mean().item())
    return storia, modello


def _vicine(a: list[float], b: list[float]) -> bool:
    return len(a) == len(b) and all(math.isclose(x, y, rel_tol=1e-4, abs_tol=1e-5) for x, y in zip(a, b, strict=True))


@esercizio("3.3")
def entropia(risposta: Callable) -> None:
    """La cross-entropy media, calcolata dai logit in modo stabile."""
    generatore = torch.Generator().manual_seed(33)
    for quanti, classi in ((6, 6), (4, 3), (5, 9)):
        logit = 2 * torch.randn(quanti, classi, generator=generatore)
        y = torch.randint(classi, (quanti,), generator=generatore)
        dato = chiama(risposta, logit, y, dove=f"con N = {quanti} e C = {classi}")
        confronta(dato, nn.functional.cross_entropy(logit, y), _sviste_entropia(logit, y), nome="La cross-entropy")
    for enormi in ([[1000.0, 0.0, -5.0], [0.0, 1.0, 2.0]], [[-1000.0, -1001.0, -1002.0]]):
        logit, y = torch.tensor(enormi), torch.tensor([1, 2])[: len(enormi)]
        dato = chiama(risposta, logit, y, dove="con logit enormi")
        if isinstance(dato, torch.Tensor) and not dato.isfinite().all():
            raise Sbagliato(
                "Con logit di mille esce inf o nan: l'esponenziale trabocca, o un logaritmo incontra lo zero."
            )
        atteso = nn.functional.cross_entropy(logit, y)
        if isinstance(dato, torch.Tensor) and dato.ndim == 0 and dato < atteso / 2:
            raise Sbagliato("Con logit di mille il costo si ferma troppo presto: qualcosa gli fa da tetto?")
        confronta(dato, atteso, nome="Con logit enormi il risultato")
    vieta_nomi(risposta, *_GIA_PRONTE)


def _sviste_entropia(logit: torch.Tensor, y: torch.Tensor) -> dict[str, object]:
    righe = torch.arange(len(y))
    costi = nn.functional.cross_entropy(logit, y, reduction="none")
    p, scelti, somme = (-costi).exp(), logit[righe, y], logit.logsumexp(1)
    sull_asse_0 = -logit.log_softmax(0)[righe, y].mean()
    tabella = (somme.unsqueeze(1) - logit[:, y]).mean()
    totale = (logit.logsumexp((0, 1)) - scelti).mean()
    colonne = (logit.logsumexp(0) - scelti).mean() if logit.shape[0] == logit.shape[1] else None
    due_volte = nn.functional.cross_entropy(logit.softmax(1), y)
    sviste = {
        "Hai sommato i costi degli esempi: serve la media.": costi.sum(),
        "Questo è il costo di ogni esempio: manca la media.": costi,
        "Il segno è scambiato: un costo non può essere negativo.": -costi.mean(),
        "Questa è la media delle probabilità della classe giusta: manca il logaritmo.": p.mean(),
        "Mancano i logit delle altre classi: quello giusto va paragonato con tutti.": -scelti.mean(),
        "Hai fatto il logaritmo della media delle probabilità: serve la media dei logaritmi.": -p.mean().log(),
        "La softmax è applicata due volte: parti dai logit.": due_volte,
        "Hai preso la classe prevista invece di quella giusta: guarda y.": (somme - logit.amax(1)).mean(),
        "Hai mediato su tutte le classi: conta solo quella giusta.": -logit.log_softmax(1).mean(),
        "La softmax deve fare 1 su ogni riga: l'asse è quello delle classi, non degli esempi.": sull_asse_0,
        "Con logit[:, y] prendi una tabella: serve un logit per ogni riga.": tabella,
        "Il logsumexp va preso riga per riga: qui è su tutta la tabella.": totale,
    }
    if colonne is not None:
        sviste["Il logsumexp va preso riga per riga: qui schiaccia l'asse degli esempi."] = colonne
    return sviste


@esercizio("3.4")
def imbuto(risposta: type) -> None:
    """Una rete di strati lineari con le misure date e una ReLU fra l'uno e l'altro."""
    if isinstance(risposta, nn.Module):
        raise Sbagliato("Qui serve la classe Imbuto, non un suo oggetto: togli le parentesi.")
    if not (isinstance(risposta, type) and issubclass(risposta, nn.Module)):
        raise Sbagliato("Qui serve la classe Imbuto, che eredita da nn.Module.")
    for misure in ([10, 8, 4, 1], [3, 2], [5, 7, 2]):
        modello = _costruisci(risposta, misure)
        _controlla_strati(modello, misure)
        x = 3 * torch.randn(6, misure[0], generator=torch.Generator().manual_seed(34))
        dato = _attraversa(modello, x, misure)
        confronta(dato, *_uscite_imbuto(modello, x), nome="L'uscita")


def _costruisci(classe: type, misure: list[int]) -> nn.Module:
    torch.manual_seed(0)
    ricevute = list(misure)
    try:
        modello = classe(ricevute)
    except AttributeError as errore:
        if "before Module.__init__" in str(errore):
            raise Sbagliato(
                "Gli strati non hanno dove registrarsi: che cosa va chiamato per primo in __init__?"
            ) from errore
        raise Sbagliato(f"Imbuto({misure}) si ferma con {detto(errore)}") from errore
    except Exception as errore:
        if "is not a Module subclass" in str(errore):
            raise Sbagliato("Il contenitore vuole i moduli uno per uno: come si apre una lista?") from errore
        raise Sbagliato(f"Imbuto({misure}) si ferma con {detto(errore)}") from errore
    if ricevute != misure:
        raise Sbagliato("La tua classe cambia la lista di misure che riceve: lavora su una copia.")
    # I pesi e i bias diventano ben diversi da zero: così una ReLU di troppo, o che manca, si vede.
    generatore = torch.Generator().manual_seed(35)
    with torch.no_grad():
        for parametro in modello.parameters():
            parametro.copy_(torch.randn(parametro.shape, generator=generatore))
    return modello.cpu()


def _controlla_strati(modello: nn.Module, misure: list[int]) -> None:
    trovati = sum(parametro.numel() for parametro in modello.parameters())
    attesi = sum((a + 1) * b for a, b in pairwise(misure))
    senza_bias = sum(a * b for a, b in pairwise(misure))
    if trovati == attesi:
        return
    if trovati == 0:
        raise Sbagliato(f"Imbuto({misure}) non ha nessun parametro: gli strati stanno in un posto che non li registra?")
    if trovati == senza_bias:
        raise Sbagliato("I pesi ci sono tutti, ma mancano i bias.")
    strati = [modulo for modulo in modello.modules() if isinstance(modulo, nn.Linear)]
    if len(strati) == len(misure) - 2:
        raise Sbagliato(f"Con {len(misure)} misure servono {len(misure) - 1} strati: ne manca uno, forse l'ultimo.")
    raise Sbagliato(f"Imbuto({misure}) dovrebbe avere {attesi} parametri, e ne ha {trovati}.")


def _attraversa(modello: nn.Module, x: torch.Tensor, misure: list[int]) -> object:
    try:
        dato = modello(x)
    except Exception as errore:
        raise Sbagliato(f"Con misure {misure} il forward si ferma con {detto(errore)}") from errore
    if dato is None:
        raise Sbagliato("Il forward restituisce None: manca il return?")
    return dato


def _uscite_imbuto(modello: nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """L'uscita attesa con i pesi del modello, e quelle delle sviste."""
    parametri = list(modello.parameters())
    pesi = [p for p in parametri if p.dim() == 2]
    bias = [p for p in parametri if p.dim() == 1]

    def attraversa(attivazione: Callable, anche_in_fondo: bool = False) -> torch.Tensor:
        uscita = x
        for i, (w, b) in enumerate(zip(pesi, bias, strict=True)):
            uscita = uscita @ _orientato(w, uscita) + b
            if i < len(pesi) - 1 or anche_in_fondo:
                uscita = attivazione(uscita)
        return uscita.detach()

    return attraversa(torch.relu), {
        "C'è una ReLU anche dopo l'ultimo strato: l'uscita non può più essere negativa.": attraversa(torch.relu, True),
        "Fra uno strato e l'altro manca la ReLU: così è una sola retta.": attraversa(lambda v: v),
        "La ReLU è applicata anche ai dati in ingresso.": _relu_prima(x, pesi, bias),
        "Fra gli strati c'è una tanh: qui serve la ReLU.": attraversa(torch.tanh),
        "Fra gli strati c'è una sigmoide: qui serve la ReLU.": attraversa(torch.sigmoid),
    }


def _relu_prima(x: torch.Tensor, pesi: list[torch.Tensor], bias: list[torch.Tensor]) -> torch.Tensor:
    for w, b in zip(pesi, bias, strict=True):
        x = x.relu() @ _orientato(w, x) + b
    return x.detach()


def _orientato(w: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Il peso come (ingressi, uscite): nn.Linear lo tiene trasposto, chi usa nn.Parameter può tenerlo così."""
    return w.T if w.shape[1] == x.shape[1] else w


@esercizio("3.5")
def epoca_da_tenere(risposta: Callable) -> None:
    """L'indice dell'epoca migliore vista prima che la pazienza finisca."""
    prove = [
        ([5.0, 3.0, 4.0, 4.0, 2.0, 3.0, 3.0, 3.0, 1.0], 2),
        ([5.0, 1.0, 4.0, 3.0, 2.0, 6.0, 6.0, 0.5], 2),
        ([5.0, 4.0, 6.0, 3.0, 6.0, 2.0, 6.0, 6.0, 1.0], 2),
        ([4.0, 2.0, 3.0, 2.0, 3.0, 3.0, 3.0, 1.0], 3),
        ([2.0, 2.0, 2.0, 1.0], 3),
        ([9.0, 8.0, 7.0, 6.0], 2),
        ([7.0, 8.0, 6.0], 1),
        ([1.0], 5),
    ]
    for storia, pazienza in prove:
        interi = [int(v) if v == int(v) else v for v in storia]
        dove = f"con {interi} e pazienza {pazienza}"
        dato = chiama(risposta, storia, pazienza, dove=dove)
        atteso = _ferma(storia, pazienza)[0]
        if isinstance(dato, float) and dato in storia and dato != atteso:
            raise Sbagliato(f"{dove.capitalize()}: hai restituito una loss, serve l'indice dell'epoca.")
        confronta_numero(dato, atteso, _sviste_pazienza(storia, pazienza, dove), nome=f"L'indice {dove}")


def _ferma(storia: list[float], pazienza: int, pareggio: bool = False, azzera: bool = True) -> tuple[int, int]:
    """L'epoca migliore e quella in cui ci si ferma; le opzioni riproducono le sviste."""
    migliore, attesa, epoca = 0, 0, 0
    for epoca in range(1, len(storia)):
        if storia[epoca] < storia[migliore] or (pareggio and storia[epoca] == storia[migliore]):
            migliore, attesa = epoca, 0 if azzera else attesa
        else:
            attesa += 1
        if attesa >= pazienza:
            break
    return migliore, epoca


def _sviste_pazienza(storia: list[float], pazienza: int, dove: str) -> dict[str, float]:
    migliore, fermata = _ferma(storia, pazienza)
    inizio = dove.capitalize()
    tardi, presto = (_ferma(storia, p)[0] for p in (pazienza + 1, max(pazienza - 1, 1)))
    pareggio, senza_ripartire = _ferma(storia, pazienza, pareggio=True)[0], _ferma(storia, pazienza, azzera=False)[0]
    precedente = _rispetto_alla_precedente(storia, pazienza)
    return {
        f"Hai guardato tutta la storia {dove}: finita la pazienza non si va oltre.": storia.index(min(storia)),
        f"Questa, {dove}, è l'epoca in cui ci si ferma: quale era la migliore?": fermata,
        f"{inizio} hai contato da 1: gli indici partono da 0.": migliore + 1,
        f"{inizio} ti fermi troppo tardi: la pazienza conta le epoche senza miglioramento.": tardi,
        f"{inizio} un pareggio ti sembra un miglioramento: deve scendere sotto la migliore.": pareggio,
        f"{inizio} il conto della pazienza non riparte quando c'è un miglioramento.": senza_ripartire,
        f"{inizio} confronti ogni epoca con la precedente: il paragone è con la migliore.": precedente,
        f"{inizio} ti fermi troppo presto.": presto,
    }


def _rispetto_alla_precedente(storia: list[float], pazienza: int) -> int:
    migliore, attesa = 0, 0
    for epoca in range(1, len(storia)):
        if storia[epoca] < storia[epoca - 1]:
            migliore, attesa = epoca, 0
        else:
            attesa += 1
        if attesa >= pazienza:
            break
    return migliore


_INCIAMPI = {
    "a leaf Variable": "Lo spostamento non fa parte del calcolo: fallo dove PyTorch non prende appunti.",
    "'NoneType'": "Un grad è None: dopo lo spostamento il punto è ancora una foglia che chiede il gradiente?",
    "does not require grad": "Il punto non chiede il gradiente: autograd non sa rispetto a chi derivare.",
}


@esercizio("3.6")
def scendi_con_momentum(risposta: Callable) -> None:
    """La discesa con momentum, con i gradienti di autograd."""
    prove = [
        (_conca, torch.tensor([2.0, -1.0, 0.5]), 0.05, 0.9, 6),
        (_curva, torch.tensor([-1.0, 1.5]), 0.02, 0.7, 9),
    ]
    for funzione, p, lr, beta, passi in prove:
        dato = chiama(risposta, funzione, p, lr, beta, passi, dove=f"con D = {len(p)}", consigli=_INCIAMPI)
        if isinstance(dato, torch.Tensor) and dato.requires_grad:
            raise Sbagliato("Il punto finale è ancora attaccato al grafo: staccalo prima di restituirlo.")
        atteso = _momentum(funzione, p, lr, beta, passi)
        confronta(dato, atteso, _sviste_momentum(funzione, p, lr, beta, passi), nome="Il punto finale")
    vieta_nomi(risposta, "optim", "SGD")


def _conca(p: torch.Tensor) -> torch.Tensor:
    return (p**2 * torch.arange(1, len(p) + 1, device=p.device)).sum()


def _curva(p: torch.Tensor) -> torch.Tensor:
    return (1 - p[0]) ** 2 + 2 * (p[1] - p[0] ** 2) ** 2


def _momentum(
    funzione: Callable, p: torch.Tensor, lr: float, beta: float, passi: int, nuova: float = 1.0, svista: str = ""
) -> torch.Tensor:
    """La discesa di riferimento; ``nuova`` è il peso del gradiente nella velocità, ``svista`` uno sbaglio da rifare."""
    p, velocita, somma = p.clone(), torch.zeros_like(p), torch.zeros_like(p)
    for _ in range(passi):
        punto = p.clone().requires_grad_()
        gradiente = torch.autograd.grad(funzione(punto), punto)[0]
        somma = somma + gradiente
        vecchia = velocita
        velocita = beta * velocita + nuova * (somma if svista == "accumula" else gradiente)
        if svista == "nesterov":
            p = p - lr * (gradiente + beta * velocita)
        else:
            p = p - lr * (vecchia if svista == "vecchia" else velocita)
    return p


def _sviste_momentum(funzione: Callable, p: torch.Tensor, lr: float, beta: float, passi: int) -> dict[str, object]:
    def con(lr: float = lr, beta: float = beta, passi: int = passi, **altro: object) -> torch.Tensor:
        return _momentum(funzione, p, lr, beta, passi, **altro)

    return {
        "Il punto non si è mosso.": p,
        "Questa è la discesa semplice: la velocità non ricorda i passi di prima.": con(beta=0.0),
        "I gradienti si sommano di passo in passo: cancellali, o chiedili senza accumulare.": con(svista="accumula"),
        "Il gradiente entra nella velocità per intero, non moltiplicato per 1 − beta.": con(nuova=1 - beta),
        "Ti sposti con la velocità di prima: serve quella appena aggiornata.": con(svista="vecchia"),
        "Sali invece di scendere: controlla il segno dello spostamento.": con(lr=-lr),
        "Hai fatto un passo di meno.": con(passi=passi - 1),
        "Hai fatto un passo di troppo.": con(passi=passi + 1),
        "Questo è il momentum di Nesterov: qui basta punto − lr · velocità.": con(svista="nesterov"),
        "La velocità ricorda tutto, senza smorzarsi: che fine ha fatto beta?": con(beta=1.0),
    }
