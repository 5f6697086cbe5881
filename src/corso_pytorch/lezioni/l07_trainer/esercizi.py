"""I controlli della lezione 07: passi per epoca, early stopping, un callback, l'accumulo, le risposte radunate."""

import copy
import inspect

import torch

# Importato qui e non al primo uso: costa secondi, che il limite di tempo conterebbe allo studente.
from pytorch_accelerated.callbacks import CallbackHandler, CallbackMethodNotImplementedError, TrainerCallback
from torch import nn

from corso_pytorch.verifiche.codice import vieta_cicli
from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_numero, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


@esercizio("7.1")
def batch_e_passi(risposta: object) -> None:
    prove = [(1000, 32, 2, 4), (1000, 30, 1, 1), (6000, 256, 1, 4), (997, 10, 3, 5), (100, 64, 2, 8)]
    for esempi, batch, processi, accumulo in prove:
        dove = f"Con {esempi} esempi, batch di {batch}, {processi} processi e accumulo {accumulo}: "
        dato = chiama(risposta, esempi, batch, processi, accumulo, dove=dove[:-2].lower())
        if not isinstance(dato, (tuple, list)) or len(dato) != 2:
            raise Sbagliato(f"Serve una coppia (batch effettivo, passi), e invece è {tipo_di(dato)}.")
        effettivo = batch * processi * accumulo
        passi = _per_eccesso(_per_eccesso(esempi, batch * processi), accumulo)
        if tuple(dato) == (passi, effettivo) and passi != effettivo:
            raise Sbagliato("I due numeri sono scambiati: prima il batch effettivo, poi i passi.")
        errori_batch = {
            dove + "questo è il batch di un processo: gli altri lavorano anche loro.": batch * accumulo,
            dove + "i batch accumulati contribuiscono allo stesso passo: manca un fattore.": batch * processi,
            dove + "questo è il batch di un processo solo, senza accumulo.": batch,
            dove + "l'accumulo non divide il batch: lo ingrandisce.": batch * processi / accumulo,
        }
        errori_passi = {
            dove + "l'ultimo gruppo, incompleto, conta lo stesso: si arrotonda per eccesso.": esempi // effettivo,
            dove + "i passi si contano interi.": esempi / effettivo,
            dove + "questi sono i batch di un processo: si fa un passo ogni «accumulo» batch.": _per_eccesso(
                esempi, batch * processi
            ),
            dove + "i processi lavorano insieme: un giro di tutti è un passo solo.": _per_eccesso(
                _per_eccesso(esempi, batch), accumulo
            ),
            dove + "questi sono i batch in tutto: non i passi.": _per_eccesso(esempi, batch),
        }
        confronta_numero(dato[0], effettivo, errori_batch, nome="Il batch effettivo", tolleranza=1e-9)
        confronta_numero(dato[1], passi, errori_passi, nome="Il numero di passi", tolleranza=1e-9)


def _per_eccesso(a: int, b: int) -> int:
    return -(-a // b)


@esercizio("7.2")
def epoche_fatte(risposta: object) -> None:
    prove = [
        ([0.9, 0.7, 0.72, 0.71, 0.73, 0.5], 3, 0.0),
        ([0.9, 0.7, 0.72, 0.6, 0.65, 0.64, 0.63, 0.5], 3, 0.0),
        ([0.300, 0.293, 0.286, 0.279, 0.272], 1, 0.01),
        ([0.300, 0.293, 0.286, 0.279, 0.272], 2, 0.01),
        ([1.0, 0.75, 0.5, 0.25], 1, 0.25),
        ([1.0, 1.5, 1.25, 1.125, 1.0], 2, 0.0),
        ([0.8, 0.6, 0.4, 0.2], 2, 0.01),
        ([0.5, 0.625, 0.375, 0.5, 0.25, 0.375, 0.125], 2, 0.0),
        ([0.5, 0.75, 0.25, 0.5, 0.375], 3, 0.0),
        ([0.5, 0.505, 0.4], 1, 0.01),
    ]
    sviste = {
        "confronti con l'epoca precedente: il paragone è con la migliore.": {"precedente": True},
        "dopo un miglioramento il conto riparte da zero.": {"riparte": False},
        "la soglia non è usata.": {"senza_soglia": True},
        "un miglioramento esattamente uguale alla soglia non basta.": {"uguale": True},
        "la migliore cambia solo se il miglioramento supera la soglia.": {"sempre": True},
        "ci si ferma quando il conto arriva alla pazienza, non quando la supera.": {"tolleranza": 1},
        "ci si ferma un'epoca troppo presto.": {"tolleranza": -1},
        "il miglioramento deve superare la soglia: hai cambiato segno.": {"segno": -1},
        "le epoche si contano da 1: questa è una posizione nella lista.": {"da": -1},
        "la lista non si percorre tutta: ci si ferma.": {"mai": True},
        "quando ci si ferma hai restituito la posizione nella lista: le epoche si contano da 1.": {"da_fermo": -1},
        "la prima epoca è la migliore: non conta fra quelle senza miglioramenti.": {"prima_conta": True},
        "la soglia è nell'unità della loss, non una quota della migliore.": {"relativa": True},
    }
    dati = []
    for loss, pazienza, soglia in prove:
        dove = f"con {loss}, pazienza {pazienza} e soglia {soglia:g}"
        dati.append((dove, chiama(risposta, loss, pazienza, soglia, dove=dove), _arresto(loss, pazienza, soglia)))
    # Una prova sola non distingue le sviste: si riconosce quella che spiega tutte le risposte.
    sbagliate = [dove for dove, dato, atteso in dati if _intero(dato) not in (None, atteso)]
    for detto, svista in sviste.items():
        previste = [_arresto(*prova, **svista) for prova in prove]
        if sbagliate and previste == [_intero(dato) for _, dato, _ in dati]:
            raise Sbagliato(f"{sbagliate[0].capitalize()}: {detto}")
    for _, dato, atteso in dati:
        confronta_numero(dato, atteso, nome="Il numero di epoche", tolleranza=1e-9)


def _intero(dato: object) -> int | None:
    if isinstance(dato, torch.Tensor) and dato.numel() == 1:
        dato = dato.item()
    return int(dato) if isinstance(dato, (int, float)) and float(dato).is_integer() else None


def _arresto(
    loss,
    pazienza,
    soglia,
    *,
    precedente=False,
    riparte=True,
    uguale=False,
    sempre=False,
    senza_soglia=False,
    tolleranza=0,
    segno=1,
    da=0,
    da_fermo=0,
    prima_conta=False,
    relativa=False,
    mai=False,
) -> int:
    """La regola di EarlyStoppingCallback, e le sue varianti sbagliate."""
    migliore, conto = loss[0], int(prima_conta)
    soglia = 0.0 if senza_soglia else segno * soglia
    if prima_conta and conto >= pazienza:
        return 1
    for epoca, valore in enumerate(loss[1:], start=2):
        guadagno = (migliore - valore) / (migliore if relativa else 1)
        migliora = guadagno >= soglia if uguale else guadagno > soglia
        conto = (0 if riparte else conto) if migliora else conto + 1
        if precedente or migliora or (sempre and guadagno > 0):
            migliore = valore
        if conto >= pazienza + tolleranza and not mai:
            return epoca + da + da_fermo
    return len(loss) + da


@esercizio("7.3")
def media_epoca(risposta: object) -> None:
    if isinstance(risposta, TrainerCallback):
        risposta = type(risposta)
    if not isinstance(risposta, type):
        raise Sbagliato(f"Qui serve una classe, e la risposta è {tipo_di(risposta)}.")
    if not issubclass(risposta, TrainerCallback):
        raise Sbagliato("La classe deve ereditare da TrainerCallback, o il Trainer non sa che farsene.")
    epoche = [[(2.0, 4), (1.0, 4), (0.5, 2)], [(0.8, 4), (0.6, 4), (3.0, 2)], [(0.4, 4), (0.2, 4), (0.9, 2)]]
    callback = risposta()
    _addestramento_finto(callback, epoche)
    dato = inspect.getattr_static(callback, "medie", None)
    if dato is None:
        _perche_manca(risposta)
    if not isinstance(dato, list):
        raise Sbagliato(f"medie dovrebbe essere una lista, e invece è {tipo_di(dato)}.")
    if any(isinstance(valore, torch.Tensor) for valore in dato):
        raise Sbagliato("In medie ci sono tensori: tengono in vita il grafo di ogni passo. Servono numeri: item().")
    atteso = [_pesata(epoca) for epoca in epoche]
    if len(dato) != len(atteso):
        _lunghezza_sbagliata(dato, epoche)
    semplici = [sum(loss for loss, _ in epoca) / len(epoca) for epoca in epoche]
    finora = [_pesata([passo for epoca in epoche[: n + 1] for passo in epoca]) for n in range(len(epoche))]
    errori = {
        "È la media dei batch: l'ultimo, più corto, pesa quanto gli altri. Pesa ogni loss per i suoi esempi.": semplici,
        "Dalla seconda epoca la media comprende anche le epoche prima: azzera all'inizio di ogni epoca.": finora,
        "È la somma, non la media: dividi per quanti esempi hai visto.": [_somma(epoca) for epoca in epoche],
        "È la loss dell'ultimo batch, non la media dell'epoca.": [epoca[-1][0] for epoca in epoche],
        "Hai diviso per il numero dei batch una somma pesata per gli esempi: dividi per gli esempi.": [
            _somma(epoca) / len(epoca) for epoca in epoche
        ],
    }
    confronta(
        torch.tensor(dato, dtype=torch.float64),
        torch.tensor(atteso, dtype=torch.float64),
        {detto: torch.tensor(valori, dtype=torch.float64) for detto, valori in errori.items()},
        nome="La lista medie",
    )
    if inspect.getattr_static(risposta(), "medie", None):
        raise Sbagliato("Un callback nuovo ha le medie del precedente: la lista è della classe, non dell'oggetto.")


class _StoriaNascosta:
    def __getattr__(self, nome):
        raise Sbagliato("Hai chiesto il numero alla storia del Trainer: qui il conto si rifà, batch dopo batch.")


class _TrainerMuto:
    """Ciò che un callback può chiedere al Trainer senza copiare la risposta."""

    run_history = _StoriaNascosta()

    def print(self, *cose, **opzioni):
        """Tace."""


def _addestramento_finto(callback: TrainerCallback, epoche: list) -> None:
    """Gli stessi eventi, nello stesso ordine, di un Trainer: con le stesse eccezioni inghiottite."""
    eventi = CallbackHandler([callback])
    trainer = _TrainerMuto()
    eventi.call_event("on_init_end", trainer)
    eventi.call_event("on_training_run_start", trainer)
    for epoca in epoche:
        eventi.call_event("on_train_epoch_start", trainer)
        for passo, (loss, quanti) in enumerate(epoca):
            esito = {"loss": torch.tensor(loss, requires_grad=True) * 1, "batch_size": quanti, "model_outputs": None}
            eventi.call_event("on_train_step_start", trainer)
            eventi.call_event("on_train_step_end", trainer, batch_output=esito, batch=None, step=passo)
        eventi.call_event("on_train_epoch_end", trainer)
        eventi.call_event("on_training_run_epoch_end", trainer)
    eventi.call_event("on_training_run_end", trainer)


def _perche_manca(classe: type) -> None:
    try:
        callback = classe()
        callback.on_train_epoch_start(None)
        esito = {"loss": torch.tensor(1.0), "batch_size": 2}
        callback.on_train_step_end(None, batch_output=esito, batch=None, step=0)
        callback.on_train_epoch_end(None)
    except CallbackMethodNotImplementedError:
        raise Sbagliato(
            "medie non c'è: un attributo è letto prima di nascere, e il Trainer inghiotte l'eccezione. "
            "Definiscilo in __init__."
        ) from None
    raise Sbagliato("Alla fine il callback non ha l'attributo medie.")


def _lunghezza_sbagliata(dato: list, epoche: list) -> None:
    if not dato:
        raise Sbagliato(
            "medie è rimasta vuota: o non ci metti nulla alla fine dell'epoca, o un attributo manca e il Trainer "
            "inghiotte l'eccezione."
        )
    if len(dato) == sum(len(epoca) for epoca in epoche):
        raise Sbagliato("In medie c'è un numero per batch: ne serve uno per epoca.")
    if len(dato) == 1:
        raise Sbagliato("In medie resta solo un'epoca: la lista nasce una volta, in __init__, e poi si allunga.")
    raise Sbagliato(f"Le epoche erano {len(epoche)}, e in medie ci sono {len(dato)} numeri.")


def _somma(epoca: list) -> float:
    return sum(loss * quanti for loss, quanti in epoca)


def _pesata(epoca: list) -> float:
    return _somma(epoca) / sum(quanti for _, quanti in epoca)


class _GiaUsata(nn.Sequential):
    """Una rete le cui copie hanno già dei gradienti: `copy.deepcopy`, da solo, li perderebbe."""

    def __deepcopy__(self, memo):
        copia = nn.Sequential(*copy.deepcopy(list(self), memo))
        for parametro in copia.parameters():
            parametro.grad = torch.full_like(parametro, 0.5)
        return copia


@esercizio("7.4")
def gradienti_a_pezzi(risposta: object) -> None:
    caso = torch.Generator().manual_seed(74)
    for tagli, ingressi, uscite in (((5, 3, 2), 4, 3), ((1, 6), 3, 2), ((4, 4, 4), 2, 5)):
        rete = _GiaUsata(nn.Linear(ingressi, 6), nn.Tanh(), nn.Linear(6, uscite)).double()
        with torch.no_grad():
            for parametro in rete.parameters():
                parametro.copy_(torch.randn(parametro.shape, generator=caso, dtype=torch.float64))
        x = torch.randn(sum(tagli), ingressi, generator=caso, dtype=torch.float64)
        y = torch.randn(sum(tagli), uscite, generator=caso, dtype=torch.float64)
        pezzi = list(zip(x.split(tagli), y.split(tagli), strict=True))
        _confronta_gradienti(risposta, rete, pezzi, f"con pezzi lunghi {', '.join(map(str, tagli))}")


def _confronta_gradienti(risposta: object, rete: nn.Module, pezzi: list, dove: str) -> None:
    totale = sum(len(x) for x, _ in pezzi)
    inizio = dove.capitalize()
    pesi = {
        f"{inizio} ogni pezzo conta uguale: un pezzo corto deve pesare meno.": [1 / len(pezzi)] * len(pezzi),
        f"{inizio} i gradienti si sommano senza peso: sono troppo lunghi.": [1.0] * len(pezzi),
        f"{inizio} questo è il gradiente dell'ultimo pezzo soltanto: azzeri fra un pezzo e l'altro?": [
            *[0.0] * (len(pezzi) - 1),
            len(pezzi[-1][0]) / totale,
        ],
        f"{inizio} questo è il gradiente dell'ultimo pezzo, senza peso.": [*[0.0] * (len(pezzi) - 1), 1.0],
        f"{inizio} questo è il primo pezzo soltanto: il return è dentro il ciclo?": [
            len(pezzi[0][0]) / totale,
            *[0.0] * (len(pezzi) - 1),
        ],
        f"{inizio} hai pesato per la lunghezza, senza dividere per il totale.": [float(len(x)) for x, _ in pezzi],
        f"{inizio} dividi ogni loss per la lunghezza del suo pezzo, ma è già una media: il pezzo va pesato "
        "per quanti esempi ha.": [1 / len(x) for x, _ in pezzi],
        f"{inizio} dividi per il totale, ma la loss di un pezzo è già una media: il pezzo va pesato per "
        "quanti esempi ha.": [1 / totale] * len(pezzi),
    }
    atteso = _gradienti(rete, pezzi, [len(x) / totale for x, _ in pezzi])
    lunghezze: list[int] = []

    def loss_che_conta(previsione, y):
        lunghezze.append(len(y))
        return nn.functional.mse_loss(previsione, y)

    dato = chiama(risposta, rete, loss_che_conta, pezzi, dove=dove)
    if lunghezze and max(lunghezze) > max(len(x) for x, _ in pezzi):
        raise Sbagliato(f"{inizio} la loss ha visto {max(lunghezze)} esempi insieme: passa un pezzo per volta.")
    if not isinstance(dato, (list, tuple)):
        raise Sbagliato(f"Serve la lista dei gradienti, uno per parametro, e invece è {tipo_di(dato)}.")
    if len(dato) != len(atteso):
        raise Sbagliato(f"I parametri sono {len(atteso)}, e i gradienti che restituisci {len(dato)}.")
    if any(gradiente is None for gradiente in dato):
        raise Sbagliato("Fra i gradienti c'è un None: manca il backward, o hai azzerato prima di restituirli?")
    for numero, (gradiente, giusto) in enumerate(zip(dato, atteso, strict=True)):
        errori = {detto: _gradienti(rete, pezzi, quote)[numero] for detto, quote in pesi.items()}
        errori = {detto: valore for detto, valore in errori.items() if not torch.allclose(valore, giusto)}
        errori["Ai tuoi gradienti si sono sommati quelli che la rete aveva già: azzerali all'inizio."] = giusto + 0.5
        errori["Questi sono i parametri, non i loro gradienti: guarda .grad."] = list(rete.parameters())[numero]
        confronta(gradiente, giusto, errori, nome="Il gradiente", tolleranza=1e-6)


def _gradienti(rete: nn.Module, pezzi: list, pesi: list[float]) -> list[torch.Tensor]:
    rete = copy.deepcopy(rete)
    loss = sum(peso * nn.functional.mse_loss(rete(x), y) for peso, (x, y) in zip(pesi, pezzi, strict=True))
    return list(torch.autograd.grad(loss, list(rete.parameters())))


@esercizio("7.5")
def raduna(risposta: object) -> None:
    caso = torch.Generator().manual_seed(75)
    for processi, passi, batch, avanzo in ((2, 3, 2, 1), (3, 2, 4, 5), (4, 5, 3, 0), (1, 4, 2, 1)):
        quanti = processi * passi * batch - avanzo
        vere = torch.randint(0, 4, (quanti,), generator=caso)
        servite = torch.cat([vere, vere[:avanzo]])
        risposte = servite.view(passi, processi, batch).transpose(0, 1).contiguous()
        dove = f"Con forma {tuple(risposte.shape)} e {quanti} risposte: "
        rovesciate = risposte.permute(2, 1, 0).reshape(-1)
        senza_turno, per_posto = risposte.reshape(-1), risposte.permute(1, 2, 0).reshape(-1)
        errori = {
            dove + "i doppioni in fondo ci sono ancora.": servite,
            dove + "l'ordine è un processo dopo l'altro: gli esempi erano serviti a turno.": senza_turno[:quanti],
            dove + "l'ordine è un processo dopo l'altro, e i doppioni ci sono ancora.": senza_turno,
            dove + "hai tolto i primi invece degli ultimi.": servite[avanzo:] if avanzo else None,
            dove + "hai tolto i valori ripetuti: due risposte uguali non sono un doppione.": vere.unique(),
            dove + "hai rovesciato anche l'asse dei batch: scambia solo i primi due.": rovesciate[:quanti],
            dove + "hai mescolato le risposte di un batch con quelle degli altri processi.": per_posto[:quanti],
        }
        errori = {detto: v for detto, v in errori.items() if v is not None and not torch.equal(v, vere)}
        consigli = {"view size is not compatible": "Dopo uno scambio di assi la memoria non è in fila: usa reshape."}
        dato = chiama(risposta, risposte, quanti, dove=dove[:-2].lower(), consigli=consigli)
        confronta(dato, vere, errori, nome="Il risultato")
    vieta_cicli(risposta)
