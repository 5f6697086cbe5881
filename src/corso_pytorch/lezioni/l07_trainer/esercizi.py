"""Gli esercizi della lezione 07: passi per epoca, early stopping, un callback, l'accumulo, le risposte radunate."""

import copy
from collections.abc import Callable, Iterable
from functools import partial
from math import ceil
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.verifiche.confronti import Assente, simili
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import generatore, muta
from corso_pytorch.verifiche.registro import esercizio


def batch_e_passi(esempi: int, per_dispositivo: int, processi: int, accumulo: int) -> tuple[int, int]:
    effettivo = per_dispositivo * processi * accumulo
    return effettivo, -(-esempi // effettivo)


def _batch(batch: Callable) -> Callable:
    return lambda n, b, p, a: (batch(b, p, a), batch_e_passi(n, b, p, a)[1])


def _passi(passi: Callable) -> Callable:
    return lambda n, b, p, a: (b * p * a, passi(n, b, p, a))


esercizio(
    "7.1",
    giusta=batch_e_passi,
    parti=("il batch effettivo", "il numero di passi"),
    tolleranza=1e-9,
    prove=[
        (1000, 32, 2, 4),
        (1000, 30, 1, 1),
        (6000, 256, 1, 4),
        (997, 10, 3, 5),
        (100, 64, 2, 8),
        (1100, 32, 2, 4),
        (960, 16, 3, 4),
        (97, 8, 4, 3),
        (64, 8, 2, 4),
        (1, 1, 1, 1),
        (1_281_167, 64, 8, 2),
    ],
    detta="con esempi = {0}, per_dispositivo = {1}, processi = {2} e accumulo = {3}",
    sviste={
        "I due numeri sono scambiati: prima il batch effettivo, poi i passi.": lambda n, b, p, a: batch_e_passi(
            n, b, p, a
        )[::-1],
        "Questo è il batch di un processo: gli altri lavorano anche loro.": _batch(lambda b, p, a: b * a),
        "I batch accumulati contribuiscono allo stesso passo: manca un fattore.": _batch(lambda b, p, a: b * p),
        "Questo è il batch di un processo solo, senza accumulo.": _batch(lambda b, p, a: b),
        "L'accumulo non divide il batch: lo ingrandisce.": [
            _batch(lambda b, p, a: b * p / a),
            _batch(lambda b, p, a: b * p // a),
        ],
        "L'ultimo gruppo, incompleto, conta lo stesso: si arrotonda per eccesso.": [
            _passi(lambda n, b, p, a: n // (b * p * a)),
            _passi(lambda n, b, p, a: -(-n // (b * p)) // a),
            _passi(lambda n, b, p, a: round(n / (b * p * a))),
        ],
        "L'ultimo batch, incompleto, conta lo stesso: si arrotonda per eccesso anche lì.": _passi(
            lambda n, b, p, a: -(-(n // (b * p)) // a)
        ),
        "Quando la divisione è esatta c'è un passo di troppo: così non si arrotonda per eccesso.": [
            _passi(lambda n, b, p, a: n // (b * p * a) + 1),
            _passi(lambda n, b, p, a: (n // (b * p) + 1) // a + 1),
            _passi(lambda n, b, p, a: -(-n // (b * p)) // a + 1),
        ],
        "I passi si contano interi.": _passi(lambda n, b, p, a: n / (b * p * a)),
        "Questi sono i batch di un processo: si fa un passo ogni «accumulo» batch.": _passi(
            lambda n, b, p, a: ceil(n / (b * p))
        ),
        "I processi lavorano insieme: un giro di tutti non conta per ognuno di loro.": _passi(
            lambda n, b, p, a: ceil(n / (b * a))
        ),
        "Questi sono i batch in tutto: non i passi.": _passi(lambda n, b, p, a: ceil(n / b)),
    },
)


def epoche_fatte(loss: list[float], pazienza: int, soglia: float) -> int:
    migliore, conto = loss[0], 0
    for epoca, valore in enumerate(loss[1:], start=2):
        if migliore - valore > soglia:
            migliore, conto = valore, 0
        else:
            conto += 1
        if conto >= pazienza:
            return epoca
    return len(loss)


_arresto = partial(muta, epoche_fatte)

esercizio(
    "7.2",
    giusta=epoche_fatte,
    nome="Il numero di epoche",
    tolleranza=1e-9,
    # Dove una differenza è proprio la soglia i numeri sono somme di potenze di due: nessun arrotondamento decide.
    prove=[
        ([0.9, 0.7, 0.72, 0.71, 0.73, 0.5], 3, 0.0),
        ([0.9, 0.7, 0.72, 0.6, 0.65, 0.64, 0.63, 0.5], 3, 0.0),
        ([0.300, 0.293, 0.286, 0.279, 0.272], 1, 0.01),
        ([0.300, 0.293, 0.286, 0.279, 0.272], 2, 0.01),
        ([1.0, 0.75, 0.5, 0.25], 1, 0.25),
        ([1.0, 0.875, 0.75, 0.625, 0.5, 0.375], 2, 0.25),
        ([1.0, 1.5, 1.25, 1.125, 1.0], 2, 0.0),
        ([0.8, 0.6, 0.4, 0.2], 2, 0.01),
        ([0.5, 0.625, 0.375, 0.5, 0.25, 0.375, 0.125], 2, 0.0),
        ([0.5, 0.75, 0.25, 0.5, 0.375], 3, 0.0),
        ([0.5, 0.505, 0.4], 1, 0.01),
        ([0.5, 0.5, 0.5, 0.5, 0.25], 3, 0.0),
        ([4.0, 3.5, 3.75, 3.5, 3.25, 3.0, 2.75], 3, 0.5),
        ([2.0, 3.0, 2.75, 2.5, 2.25, 1.0], 3, 0.0),
        ([1.0, 0.875, 0.6875, 0.75, 0.25], 2, 0.25),
        ([-1.0, -1.5, -1.25, -1.375, -3.0], 2, 0.125),
        ([-0.0625, 0.5, 0.25, -1.0], 3, 0.125),
        ([0.0, 0.5, 0.25, 1.0, -1.0], 2, 0.0),
        ([1e30, 3e30, 2e30, 1e29, 8.0], 3, 0.5),
        ([1.0, 1.5, 2.0, 0.5, 0.25], 2, 0.0),
        ([0.7], 1, 0.0),
        ([0.7, 0.8], 5, 0.0),
    ],
    detta="con {0}, pazienza {1} e soglia {2:g}",
    sviste={
        "Confronti con l'epoca precedente: il paragone è con la migliore.": [
            _arresto(("conto += 1", "migliore, conto = valore, conto + 1")),
            _arresto(("conto += 1", "migliore, conto = valore, conto + 1"), ("> soglia", ">= soglia")),
            _arresto(("conto += 1", "migliore, conto = valore, conto + 1"), ("> soglia", ">= -soglia")),
        ],
        "Dopo un miglioramento il conto riparte da zero.": _arresto(("valore, 0", "valore, conto")),
        "La soglia non è usata.": _arresto(("> soglia", "> 0")),
        "Un miglioramento esattamente uguale alla soglia non basta.": _arresto(("> soglia", ">= soglia")),
        "La migliore cambia solo se il miglioramento supera la soglia.": _arresto(
            ("conto += 1", "migliore, conto = min(migliore, valore), conto + 1")
        ),
        "Ci si ferma quando il conto arriva alla pazienza, non quando la supera.": _arresto(
            (">= pazienza", "> pazienza")
        ),
        "Ci si ferma un'epoca troppo presto.": _arresto((">= pazienza", ">= pazienza - 1")),
        "Il miglioramento deve superare la soglia: hai cambiato segno.": _arresto(("> soglia", "> -soglia")),
        "Le epoche si contano da 1: questa è una posizione nella lista.": _arresto(
            ("return epoca", "return epoca - 1"), ("return len(loss)", "return len(loss) - 1")
        ),
        "Quando ci si ferma hai restituito la posizione nella lista: le epoche si contano da 1.": _arresto(
            ("return epoca", "return epoca - 1")
        ),
        "La lista non si percorre tutta: ci si ferma.": lambda loss, pazienza, soglia: len(loss),
        "Questa è l'epoca della loss migliore, non l'ultima che si fa.": [
            lambda loss, pazienza, soglia: loss.index(min(loss)) + 1,
            _arresto(
                ("loss[0], 0", "loss[0], 0; buona = 1"),
                ("valore, 0", "valore, 0; buona = epoca"),
                ("return epoca", "return buona"),
                ("return len(loss)", "return buona"),
            ),
        ],
        "La prima epoca è la migliore: non conta fra quelle senza miglioramenti.": [
            _arresto(("loss[1:], start=2", "loss, start=1")),
            _arresto(("loss[0], 0", "loss[0], 1")),
        ],
        "La migliore parte da un numero fisso, e le loss possono essere più alte: parti dalla prima.": [
            _arresto(("loss[0], 0", f"{inizio}, 0"), ("loss[1:], start=2", "loss, start=1"))
            for inizio in (0.0, 1.0, 100.0)
        ],
        "La soglia è nell'unità della loss, non una quota della migliore.": [
            _arresto(("> soglia", "> soglia * migliore")),
            _arresto(("> soglia", "> soglia * abs(migliore)")),
            _arresto(("migliore - valore >", "(migliore - valore) / migliore >")),
        ],
        "L'ultima epoca è quella in cui il conto arriva alla pazienza, non la successiva.": _arresto(
            ("return epoca", "return min(epoca + 1, len(loss))")
        ),
    },
)


class MediaEpoca:
    """Manca la base, TrainerCallback: importarla costa secondi, e la aggiunge `_callback` quando serve."""

    def __init__(self):
        self.medie, self.somma, self.esempi = [], 0.0, 0

    def on_train_epoch_start(self, trainer, **altro):
        self.somma, self.esempi = 0.0, 0

    def on_train_step_end(self, trainer, batch_output, **altro):
        self.aggiungi(batch_output["loss"].item(), batch_output["batch_size"])

    def aggiungi(self, loss: float, quanti: int) -> None:
        self.somma, self.esempi = self.somma + loss * quanti, self.esempi + quanti

    def on_train_epoch_end(self, trainer, **altro):
        self.medie.append(self.somma / self.esempi)


def _callback(**metodi: Callable) -> Callable[[], object]:
    """Ciò che crea il callback, con qualche metodo diverso."""

    def nuovo() -> object:
        from pytorch_accelerated.callbacks import TrainerCallback

        return type("MediaEpoca", (MediaEpoca, TrainerCallback), metodi)()

    return nuovo


def _sommando(addendi: Callable[[float, int], tuple[float, int]]) -> Callable[[], object]:
    def aggiungi(self, loss: float, quanti: int) -> None:
        somma, esempi = addendi(loss, quanti)
        self.somma, self.esempi = self.somma + somma, self.esempi + esempi

    return _callback(aggiungi=aggiungi)


def _alla_fine(media: Callable[[MediaEpoca], float]) -> Callable[[], object]:
    return _callback(on_train_epoch_end=lambda self, trainer, **altro: self.medie.append(media(self)))


def _niente(self, trainer, **altro) -> None:
    """Un evento che il callback non ascolta."""


class _Storia:
    """La storia di un Trainer finto: dice l'epoca, prende nota, e non dà la risposta."""

    current_epoch = 1

    def update_metric(self, nome: str, valore: float) -> None: ...

    def __getattr__(self, nome: str) -> object:
        raise Sbagliato("Hai chiesto il numero alla storia del Trainer: qui il conto si rifà, batch dopo batch.")


def _dopo_un_addestramento(risposta: object, *epoche: list[tuple[float, int]]) -> dict[str, object]:
    """La lista ``medie`` alla fine di un addestramento finto; di ogni epoca si danno i batch: la loss, gli esempi."""
    from pytorch_accelerated.callbacks import TrainerCallback

    if isinstance(risposta, TrainerCallback):
        risposta = type(risposta)
    if not callable(risposta):
        raise Sbagliato(f"Qui serve una classe, e la risposta è {tipo_di(risposta)}.")
    nuovo = _isolata(risposta) if isinstance(risposta, type) else risposta
    callback = chiama(nuovo)
    if not isinstance(callback, TrainerCallback):
        raise Sbagliato("La classe deve ereditare da TrainerCallback, o il Trainer non sa che farsene.")
    inghiottite = chiama(lambda: _addestra_per_finta(callback, epoche))
    medie = _medie_di(callback)
    if inghiottite and not simili(medie, [_pesata(epoca) for epoca in epoche]):
        raise Sbagliato(
            f"In {inghiottite[0]} un attributo è letto prima di nascere, e il Trainer inghiotte l'eccezione. "
            "Definiscilo in __init__."
        )
    if isinstance(medie, list) and any(isinstance(valore, torch.Tensor) for valore in medie):
        raise Sbagliato("In medie ci sono tensori, che possono tenere in vita il grafo. Servono numeri: item().")
    if isinstance(medie, list) and any(isinstance(v, np.number) and not isinstance(v, float) for v in medie):
        raise Sbagliato("In medie ci sono numeri di NumPy: servono numeri di Python, quelli che dà item().")
    altre = _medie_di(chiama(nuovo))
    if isinstance(altre, Assente) and not isinstance(medie, Assente):
        raise Sbagliato("Un callback appena creato non ha ancora medie: la lista nasce in __init__.")
    if isinstance(altre, list) and altre:
        raise Sbagliato(
            "Un callback nuovo ha le medie del precedente: ogni oggetto si crea una lista sua, in __init__."
        )
    return {"la lista medie": medie}


def _pesata(epoca: list[tuple[float, int]]) -> float:
    return sum(loss * quanti for loss, quanti in epoca) / sum(quanti for _, quanti in epoca)


def _medie_di(callback: object) -> object:
    try:
        return callback.medie
    except Exception:  # a chi manca un attributo TrainerCallback risponde con un'eccezione sua
        return Assente("Alla fine il callback non ha l'attributo medie.")


def _isolata(classe: type) -> type:
    """La stessa classe, con copie sue delle raccolte: ciò che una prova vi mette non resta in quella dello studente."""
    valori = {nome: valore for base in reversed(classe.__mro__) for nome, valore in vars(base).items()}
    raccolte = {n: v for n, v in valori.items() if isinstance(v, (list, dict, set)) and not n.startswith("__")}
    return type(classe.__name__, (classe,), copy.deepcopy(raccolte)) if raccolte else classe


def _addestra_per_finta(callback: object, epoche: tuple) -> list[str]:
    """Gli eventi di un Trainer, nel suo ordine. Restituisce quelli in cui ha inghiottito un'eccezione, come fa lui."""
    from pytorch_accelerated.callbacks import CallbackMethodNotImplementedError

    opzioni = SimpleNamespace(num_epochs=len(epoche))
    trainer = SimpleNamespace(run_history=_Storia(), run_config=opzioni, print=lambda *cose, **altro: None)
    inghiottite = []

    def annuncia(evento: str, **dati: object) -> None:
        try:
            getattr(callback, evento)(trainer, **dati)
        except CallbackMethodNotImplementedError:
            inghiottite.append(evento)

    annuncia("on_init_end")
    annuncia("on_training_run_start")
    for numero, epoca in enumerate(epoche, start=1):
        trainer.run_history.current_epoch = numero
        for fase, batch in (("train", epoca), ("eval", [(5.0, 3), (7.0, 2)])):
            annuncia(f"on_{fase}_epoch_start")
            for passo, (loss, quanti) in enumerate(batch):
                annuncia(f"on_{fase}_step_start")
                logit = torch.zeros(quanti, 2, requires_grad=fase == "train")
                del_batch = (logit**2).sum() + loss  # il quadrato fa tenere al grafo dei tensori: un backward solo
                esito = {"loss": del_batch, "model_outputs": logit, "batch_size": quanti}
                prima, valore = dict(esito), del_batch.item()
                coppia = torch.zeros(quanti, 3), torch.zeros(quanti, dtype=torch.long)
                annuncia(f"on_{fase}_step_end", batch=coppia, batch_output=esito, step=passo)
                uguali = esito.keys() == prima.keys() and all(esito[nome] is prima[nome] for nome in prima)
                if not uguali or del_batch.item() != valore:
                    raise Sbagliato(
                        "Hai cambiato batch_output: al Trainer serve ancora per il backward, e agli altri callback."
                    )
                if fase == "train":
                    _fa_il_backward(del_batch)
            annuncia(f"on_{fase}_epoch_end")
        annuncia("on_training_run_epoch_end")
    annuncia("on_training_run_end")
    return inghiottite


def _fa_il_backward(loss: torch.Tensor) -> None:
    try:
        loss.backward()
    except RuntimeError:
        raise Sbagliato(
            "Dopo il tuo callback il Trainer non può più fare il backward della loss: leggila con item(), e lascia a "
            "lui il grafo (niente backward(), detach_() o modifiche sul posto)."
        ) from None


esercizio(
    "7.3",
    giusta=_callback(),
    osserva=_dopo_un_addestramento,
    prove=[
        ([(2.0, 4), (1.0, 4), (0.5, 2)], [(0.8, 4), (0.6, 4), (3.0, 2)], [(0.4, 4), (0.2, 4), (0.9, 2)]),
        ([(2.0, 1)], [(1.0, 4), (0.25, 1), (3.0, 2)]),
        ([(1.5, 3), (2.0, 3)], [(0.5, 3), (0.0, 3)]),
        ([(0.0, 5)],),
    ],
    detta=lambda *epoche: f"con epoche di {', '.join(str(len(epoca)) for epoca in epoche)} batch",
    consigli={"SimpleNamespace": "Il Trainer di questa prova è finto: ti bastano gli argomenti dei tuoi metodi."},
    sviste={
        "È la media dei batch: uno corto pesa quanto gli altri. Pesa ogni loss per i suoi esempi.": _sommando(
            lambda loss, quanti: (loss, 1)
        ),
        "Dalla seconda epoca la media comprende anche le epoche prima: azzera all'inizio di ogni epoca.": _callback(
            on_train_epoch_start=_niente
        ),
        "È la somma, non la media: dividi per quanti esempi hai visto.": _alla_fine(lambda self: self.somma),
        "È la loss dell'ultimo batch, non la media dell'epoca.": _callback(
            aggiungi=lambda self, loss, quanti: vars(self).update(somma=loss, esempi=1)
        ),
        "Hai diviso per il numero dei batch una somma pesata per gli esempi: dividi per gli esempi.": _sommando(
            lambda loss, quanti: (loss * quanti, 1)
        ),
        "Hai diviso per gli esempi una somma che non li pesa: la loss di un batch è già una media.": _sommando(
            lambda loss, quanti: (loss, quanti)
        ),
        "In medie c'è un numero per batch: ne serve uno per epoca.": _callback(
            aggiungi=lambda self, loss, quanti: self.medie.append(loss), on_train_epoch_end=_niente
        ),
        "In medie resta solo un'epoca: la lista nasce una volta, in __init__, e poi si allunga.": _callback(
            on_train_epoch_start=lambda self, trainer, **altro: self.__init__()
        ),
        "medie è rimasta vuota: alla fine dell'epoca non ci metti nulla.": _callback(on_train_epoch_end=_niente),
        "Questa è la loss di validazione: gli eventi dell'addestramento si chiamano on_train_….": _callback(
            on_train_step_end=_niente,
            on_train_epoch_end=_niente,
            on_eval_epoch_start=MediaEpoca.on_train_epoch_start,
            on_eval_step_end=MediaEpoca.on_train_step_end,
            on_eval_epoch_end=MediaEpoca.on_train_epoch_end,
        ),
    },
)


def _con_quote(quota: Callable[[list[int], int], float]) -> Callable:
    """Somma i gradienti dei pezzi, ognuno con la sua quota: ``quota(lunghi, i)`` è quella del pezzo i."""

    def gradienti_a_pezzi(rete: nn.Module, loss_fn: Callable, pezzi: list) -> list[torch.Tensor]:
        parametri = [*rete.parameters()]
        somme = [torch.zeros_like(parametro) for parametro in parametri]
        for i, (x, y) in enumerate(pezzi):
            parte = quota([len(x) for x, _ in pezzi], i)
            nuovi = torch.autograd.grad(loss_fn(rete(x), y), parametri)
            somme = [somma + parte * nuovo for somma, nuovo in zip(somme, nuovi, strict=True)]
        return somme

    return gradienti_a_pezzi


gradienti_a_pezzi = _con_quote(lambda lunghi, i: lunghi[i] / sum(lunghi))


def _sui_vecchi(rete: nn.Module, loss_fn: Callable, pezzi: list) -> list[torch.Tensor]:
    vecchi = [0 if parametro.grad is None else parametro.grad for parametro in rete.parameters()]
    return [v + nuovo for v, nuovo in zip(vecchi, gradienti_a_pezzi(rete, loss_fn, pezzi), strict=True)]


class _Scalata(nn.Sequential):
    """Una fila di strati con un parametro suo, che non sta in nessuno strato."""

    def __init__(self, *strati: nn.Module):
        super().__init__(*strati)
        self.scala = nn.Parameter(torch.ones(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scala * super().forward(x)


class _InEval(nn.Sequential):
    """Una fila con batch normalization, che arriva in eval()."""

    def __init__(self, primo: nn.Linear, *altri: nn.Module):
        super().__init__(primo, nn.BatchNorm1d(primo.out_features), *altri)
        self.eval()


def _pezzi(
    loss_fn: Callable, *tagli: int, ingressi: int, uscite: int, vecchi: float | None = 0.5, fila: type = nn.Sequential
) -> Callable:
    """Una prova: una rete, i pezzi di un batch, e il valore dei gradienti che la rete ha già."""

    def prova() -> tuple[nn.Module, Callable, list, float | None]:
        caso, quanti = generatore(sum(tagli)), sum(tagli)
        rete = fila(nn.Linear(ingressi, 6), nn.Tanh(), nn.Linear(6, uscite)).double()
        for parametro in rete.parameters():
            parametro.data = torch.randn(parametro.shape, generator=caso, dtype=torch.float64)
        x, y = (torch.randn(quanti, n, generator=caso, dtype=torch.float64) for n in (ingressi, uscite))
        y = y.argmax(dim=1) if loss_fn is F.cross_entropy else y
        return rete, loss_fn, [*zip(x.split(tagli), y.split(tagli), strict=True)], vecchi

    return prova


def _gradienti(risposta: object, rete: nn.Module, loss_fn: Callable, pezzi: list, vecchi: float | None) -> dict:
    prima = copy.deepcopy(rete)
    piu_lungo, in_attesa = max(len(x) for x, _ in pezzi), {}

    def passa(modulo: nn.Module, argomenti: tuple, uscita: torch.Tensor) -> None:
        """Quanti esempi sono passati, e aspettano ancora il loro backward?"""
        if uscita.requires_grad:
            numero = len(in_attesa)
            in_attesa[numero] = len(uscita)
            uscita.register_hook(lambda gradiente: in_attesa.update({numero: 0}))
        if sum(in_attesa.values()) > piu_lungo:
            raise Sbagliato(
                f"{sum(in_attesa.values())} esempi sono passati per la rete e aspettano insieme il backward: "
                "passa un pezzo per volta, e chiamalo subito."
            )

    rete.register_forward_hook(passa)
    for parametro in rete.parameters():
        parametro.grad = None if vecchi is None else torch.full_like(parametro, vecchi)
    dato = chiama(risposta, rete, loss_fn, pezzi, cambia=(0,))
    pesi = _uguali(rete.parameters(), prima.parameters())
    modo = [m.training for m in rete.modules()] == [m.training for m in prima.modules()]
    modo &= _uguali(rete.buffers(), prima.buffers())
    return {
        "i pesi": True if pesi else Assente("I pesi della rete sono cambiati: si chiedono i gradienti, non un passo."),
        "la modalità": True if modo else Assente("Hai chiamato train() o eval(): la rete va lasciata com'è arrivata."),
        "la lista dei gradienti": dato,
    }


def _uguali(uni: Iterable[torch.Tensor], altri: Iterable[torch.Tensor]) -> bool:
    return all(torch.equal(uno, altro) for uno, altro in zip(uni, altri, strict=False))


esercizio(
    "7.4",
    giusta=gradienti_a_pezzi,
    osserva=_gradienti,
    prove=[
        _pezzi(F.mse_loss, 5, 3, 2, ingressi=4, uscite=3),
        _pezzi(F.cross_entropy, 1, 6, ingressi=3, uscite=2),
        _pezzi(F.mse_loss, 4, 4, 4, ingressi=2, uscite=5, vecchi=None),
        _pezzi(F.l1_loss, 7, ingressi=2, uscite=1),
        _pezzi(F.smooth_l1_loss, 2, 1, 1, 6, 1, ingressi=1, uscite=2, vecchi=-2.0),
        _pezzi(F.mse_loss, 3, 5, ingressi=3, uscite=2, fila=_Scalata),
        _pezzi(F.mse_loss, 4, 2, 3, ingressi=2, uscite=3, fila=_InEval),
    ],
    detta=lambda rete, loss_fn, pezzi, vecchi: f"con pezzi lunghi {', '.join(str(len(x)) for x, _ in pezzi)}",
    tolleranza=1e-5,
    sviste={
        "Ogni pezzo conta uguale: un pezzo corto deve pesare meno.": _con_quote(lambda lunghi, i: 1 / len(lunghi)),
        "I gradienti si sommano senza peso: sono troppo lunghi.": _con_quote(lambda lunghi, i: 1),
        "Questo è il gradiente dell'ultimo pezzo soltanto: azzeri fra un pezzo e l'altro?": [
            _con_quote(lambda lunghi, i: (i + 1 == len(lunghi)) * lunghi[i] / sum(lunghi)),
            _con_quote(lambda lunghi, i: i + 1 == len(lunghi)),
        ],
        "Questo è il primo pezzo soltanto: il return è dentro il ciclo?": [
            _con_quote(lambda lunghi, i: (i == 0) * lunghi[i] / sum(lunghi)),
            _con_quote(lambda lunghi, i: i == 0),
        ],
        "Hai pesato per la lunghezza, senza dividere per il totale.": _con_quote(lambda lunghi, i: lunghi[i]),
        "La loss di un pezzo è già una media, e tu la dividi ancora: il pezzo va pesato per quanti esempi ha.": [
            _con_quote(lambda lunghi, i: 1 / lunghi[i]),
            _con_quote(lambda lunghi, i: 1 / sum(lunghi)),
        ],
        "Hai diviso per la lunghezza di un pezzo solo, non per il totale degli esempi.": [
            _con_quote(lambda lunghi, i: lunghi[i] / max(lunghi)),
            _con_quote(lambda lunghi, i: lunghi[i] / lunghi[0]),
        ],
        "Hai fatto in più la media sui pezzi: le quote fanno già 1, da sole.": _con_quote(
            lambda lunghi, i: lunghi[i] / sum(lunghi) / len(lunghi)
        ),
        "Lunghezza // totale fa zero: la quota vuole la divisione con «/».": _con_quote(
            lambda lunghi, i: lunghi[i] // sum(lunghi)
        ),
        "Ai tuoi gradienti si sono sommati quelli che la rete aveva già: azzerali all'inizio.": _sui_vecchi,
        "Questi sono i parametri, non i loro gradienti: guarda .grad.": lambda rete, loss_fn, pezzi: [
            parametro.detach() for parametro in rete.parameters()
        ],
        "I gradienti non ci sono: manca il backward, o li hai azzerati (nella lista ci sono gli stessi tensori)?": [
            lambda rete, loss_fn, pezzi: [None for _ in rete.parameters()],
            lambda rete, loss_fn, pezzi: [torch.zeros_like(parametro) for parametro in rete.parameters()],
        ],
    },
)


def raduna(risposte: torch.Tensor, quanti: int) -> torch.Tensor:
    return risposte.transpose(0, 1).reshape(-1)[:quanti]


def _in_fila(*assi: int) -> Callable:
    return lambda risposte, quanti: risposte.permute(assi).reshape(-1)[:quanti]


def _serviti(
    processi: int, passi: int, batch: int, doppioni: int, da: int = 0, in_fila: bool = True
) -> tuple[torch.Tensor, int]:
    quanti = processi * passi * batch - doppioni
    vere = torch.randint(da, da + 4, (quanti,), generator=generatore(quanti))
    servite = torch.cat([vere, vere[:doppioni]]).view(passi, processi, batch)
    risposte = servite.transpose(0, 1)
    return risposte.contiguous() if in_fila else risposte, quanti


esercizio(
    "7.5",
    giusta=raduna,
    prove=[
        _serviti(2, 3, 2, doppioni=1),
        _serviti(3, 2, 4, doppioni=5),
        _serviti(4, 5, 3, doppioni=0),
        _serviti(1, 4, 2, doppioni=1),
        _serviti(3, 1, 2, doppioni=2),
        _serviti(3, 4, 1, doppioni=2),
        _serviti(3, 3, 3, doppioni=7),
        _serviti(1, 1, 1, doppioni=0),
        _serviti(3, 2, 2, doppioni=1, in_fila=False),
        _serviti(2, 4, 3, doppioni=3, da=2**24),  # in float32 questi interi si confondono
    ],
    detta=lambda risposte, quanti: f"con forma {tuple(risposte.shape)} e {quanti} risposte",
    consigli={"view size is not compatible": "Dopo uno scambio di assi la memoria non è in fila: usa reshape."},
    sviste={
        "I doppioni in fondo ci sono ancora.": lambda risposte, quanti: raduna(risposte, None),
        "L'ordine è un processo dopo l'altro: gli esempi erano serviti a turno.": _in_fila(0, 1, 2),
        "L'ordine è un processo dopo l'altro, e i doppioni ci sono ancora.": lambda risposte, quanti: (
            risposte.flatten()
        ),
        "Hai tolto i primi invece degli ultimi.": lambda risposte, quanti: raduna(risposte, None)[-quanti:],
        "Hai tolto i valori ripetuti: due risposte uguali non sono un doppione.": [
            lambda risposte, quanti: risposte.unique(),
            lambda risposte, quanti: raduna(risposte, None).unique_consecutive(),
            lambda risposte, quanti: torch.tensor([*dict.fromkeys(raduna(risposte, None).tolist())]),
        ],
        "Hai rovesciato anche l'asse dei batch: scambia solo i primi due.": _in_fila(2, 1, 0),
        "Hai mescolato le risposte di un batch con quelle degli altri processi.": [
            _in_fila(1, 2, 0),
            _in_fila(2, 0, 1),
        ],
        "Quando non ci sono doppioni non resta nulla: [:-0] è vuoto.": lambda risposte, quanti: raduna(risposte, None)[
            : quanti - risposte.numel()
        ],
    },
    vieta=("cicli",),
)
