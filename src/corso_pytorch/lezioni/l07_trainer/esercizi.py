"""Gli esercizi della lezione 07: due Trainer, due callback, un ciclo su Accelerate, i pezzi, le risposte radunate."""

import contextlib
import copy
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from corso_pytorch.lezioni.l07_trainer import affidare
from corso_pytorch.verifiche.confronti import Assente, simili
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import generatore, muta
from corso_pytorch.verifiche.registro import esercizio


def _piccolo_trainer():
    class PiccoloTrainer:
        def __init__(self, rete, loss_fn, ottimizzatore, callback=()):
            self.rete, self.loss_fn, self.ottimizzatore, self.callback = rete, loss_fn, ottimizzatore, callback
            self.storia, self.fermati = [], False

        def addestra(self, dati, epoche, validazione):
            for _ in range(epoche):
                self.una_epoca(dati)
                self.storia.append(self.valuta(validazione))
                for ascoltatore in self.callback:
                    ascoltatore.fine_epoca(self)
                if self.fermati:
                    break
            return self.storia

        def una_epoca(self, dati):
            self.rete.train()
            for x, y in dati:
                loss = self.loss_fn(self.rete(x), y)
                self.ottimizzatore.zero_grad()
                loss.backward()
                self.ottimizzatore.step()

        def valuta(self, dati):
            self.rete.eval()
            somma, quanti = 0.0, 0
            with torch.no_grad():
                for x, y in dati:
                    somma += self.loss_fn(self.rete(x), y).item() * len(y)
                    quanti += len(y)
            return somma / quanti

    return PiccoloTrainer


class _ConNota(nn.Sequential):
    """Una rete che annota, a ogni passaggio, la modalità, se c'è il grafo, e se quegli esempi sono da imparare."""

    def __init__(self, *strati: nn.Module):
        super().__init__(*strati)
        self.note: list[tuple[bool, bool, bool]] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        uscita = super().forward(x)
        self.note.append((self.training, uscita.requires_grad, bool((x[:, 0] < 5).all())))
        return uscita


class _Testimone:
    """Un callback che annota che cosa trova alla fine di ogni epoca; all'epoca detta chiede di fermarsi."""

    def __init__(self, nome: str, registro: list, ferma_alla: int | None = None):
        self.nome, self.registro, self.ferma_alla, self.epoche = nome, registro, ferma_alla, 0

    def fine_epoca(self, trainer: object) -> None:
        self.epoche += 1
        self.registro.append((self.nome, len(trainer.storia)))
        if self.epoche == self.ferma_alla:
            trainer.fermati = True


def _dati_di_prova(lunghi: tuple[int, ...], da_imparare: bool) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Batch di una retta con un po' di rumore; la prima colonna, da 5 in su, dice che sono di validazione."""
    caso = generatore(sum(lunghi) + da_imparare)
    x = torch.rand(sum(lunghi), 3, generator=caso, dtype=torch.float64) + 5 * torch.tensor([not da_imparare, 0, 0])
    y = x[:, 1:2] * 2 - x[:, 2:] + 0.1 * torch.randn(len(x), 1, generator=caso, dtype=torch.float64)
    return [*zip(x.split(lunghi), y.split(lunghi), strict=True)]


def _dal_trainer(risposta: object, lunghi: tuple, di_validazione: tuple, epoche: int, ferma_alla: int | None) -> dict:
    torch.manual_seed(0)
    rete = _ConNota(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)).double()
    ottimizzatore = torch.optim.SGD(rete.parameters(), lr=0.1, momentum=0.5)
    passi, registro = [], []
    ottimizzatore.register_step_post_hook(lambda *altro: passi.append(1))
    callback = [_Testimone("primo", registro, ferma_alla), _Testimone("secondo", registro)]
    dati, validazione = _dati_di_prova(lunghi, True), _dati_di_prova(di_validazione, False)
    if not isinstance(risposta, type):
        raise Sbagliato(f"Qui serve una classe, e la risposta è {tipo_di(risposta)}.")
    trainer = chiama(risposta, rete, F.mse_loss, ottimizzatore, callback, cambia=(0, 1, 2, 3))
    if not hasattr(trainer, "addestra"):
        raise Sbagliato("Al tuo Trainer manca il metodo addestra.")
    storia = chiama(trainer.addestra, dati, epoche, validazione)
    if len(passi) > epoche * len(dati):
        raise Sbagliato("I passi sono più dei batch di addestramento: impari anche da quelli di validazione?")
    _controlla_note(rete.note)
    if isinstance(storia, list) and any(isinstance(valore, torch.Tensor) for valore in storia):
        raise Sbagliato("Nella storia ci sono tensori: servono numeri di Python, quelli che dà item().")
    seconda = chiama(risposta, rete, F.mse_loss, ottimizzatore, [], cambia=(0, 1, 2, 3))
    if getattr(seconda, "storia", None) != []:
        raise Sbagliato("Un Trainer nuovo deve avere una storia sua, e vuota: la lista nasce in __init__.")
    if getattr(seconda, "fermati", None) is not False:
        raise Sbagliato("Un Trainer nuovo deve avere fermati a False: nasce in __init__, e un callback può leggerlo.")
    if getattr(trainer, "storia", None) != storia:
        raise Sbagliato("La lista che addestra restituisce deve essere anche nell'attributo storia.")
    return {
        "il numero dei passi": len(passi),
        "la lista dei pesi": [parametro.detach() for parametro in rete.parameters()],
        "la storia": storia,
        "l'elenco delle chiamate ai callback": [f"{nome}, con {quante} loss nella storia" for nome, quante in registro],
    }


def _controlla_note(note: list[tuple[bool, bool, bool]]) -> None:
    da_imparare = [(modo, grafo) for modo, grafo, impara in note if impara]
    da_validare = [(modo, grafo) for modo, grafo, impara in note if not impara]
    if da_imparare and not da_imparare[0][0]:
        raise Sbagliato("La rete si addestra in eval(): prima di un'epoca serve train().")
    if not all(modo for modo, _ in da_imparare):
        raise Sbagliato("Dalla seconda epoca la rete si addestra in eval(): train() va chiamato a ogni epoca.")
    if any(modo for modo, _ in da_validare):
        raise Sbagliato("In validazione la rete è ancora in train(): la batch normalization impara dai dati sbagliati.")
    if any(grafo for _, grafo in da_validare):
        raise Sbagliato("In validazione si tiene il grafo: serve torch.no_grad().")


def _trainer_con(*cambi: tuple[str, str]) -> type:
    return muta(_piccolo_trainer, *cambi)()


_AZZERA = "self.ottimizzatore.zero_grad()"
_ANNOTA = "                self.storia.append(self.valuta(validazione))\n"
_CHIAMA = "                    ascoltatore.fine_epoca(self)\n"
_FERMA = "                if self.fermati:\n                    break\n"

esercizio(
    "7.1",
    giusta=_piccolo_trainer(),
    osserva=_dal_trainer,
    prove=[
        ((4, 4, 2), (5, 2), 3, None),
        ((6,), (3,), 1, None),
        ((3, 3, 3, 2), (4, 4, 1), 6, 2),
        ((2, 4), (2, 2), 4, 4),
        ((4, 2), (1, 6), 5, 1),
    ],
    detta=lambda lunghi, di_validazione, epoche, ferma: (
        f"{epoche} epoche di {len(lunghi)} batch" + (f", un callback ferma alla {ferma}" if ferma else "")
    ),
    tolleranza=1e-6,
    sviste={
        "I gradienti si sommano da un passo all'altro: manca zero_grad().": _trainer_con((_AZZERA, "pass")),
        "zero_grad() sta fra il backward e il passo: cancella i gradienti che servono.": _trainer_con(
            (_AZZERA, "pass"), ("loss.backward()", "loss.backward(); self.ottimizzatore.zero_grad(set_to_none=False)")
        ),
        "La rete non impara: manca il passo dell'ottimizzatore.": _trainer_con(("self.ottimizzatore.step()", "pass")),
        "Il passo si fa dopo ogni batch, non una volta per epoca.": _trainer_con(
            ("                self.ottimizzatore.step()", "            self.ottimizzatore.step()")
        ),
        "È la media dei batch: uno corto pesa quanto gli altri. Pesa ogni loss per i suoi esempi.": _trainer_con(
            (".item() * len(y)", ".item()"), ("quanti += len(y)", "quanti += 1")
        ),
        "È la somma, non la media: dividi per quanti esempi hai visto.": _trainer_con(("somma / quanti", "somma")),
        "Hai diviso per il numero dei batch una somma pesata per gli esempi: dividi per gli esempi.": _trainer_con(
            ("quanti += len(y)", "quanti += 1")
        ),
        "Hai diviso per gli esempi una somma che non li pesa: la loss di un batch è già una media.": _trainer_con(
            (".item() * len(y)", ".item()")
        ),
        "Si fa un'epoca sola: manca il ciclo sulle epoche, o il return è dentro il ciclo.": _trainer_con(
            ("if self.fermati", "if True")
        ),
        "La validazione viene prima dell'epoca: prima si impara, poi si misura.": _trainer_con(
            (_ANNOTA, ""),
            ("self.una_epoca(dati)", "self.storia.append(self.valuta(validazione)); self.una_epoca(dati)"),
        ),
        "È la loss di addestramento, quella che dà una_epoca: nella storia va quella di validazione.": _trainer_con(
            ("self.rete.train()\n", "self.rete.train(); self.viste = []\n"),
            ("loss.backward()", "loss.backward(); self.viste += [loss.item()] * len(y)"),
            ("append(self.valuta(validazione))", "append(sum(self.viste) / len(self.viste)); self.valuta(validazione)"),
        ),
        "È la loss dell'ultimo batch di validazione, non la media di tutti.": _trainer_con(
            ("somma +=", "somma ="), ("quanti += len(y)", "quanti = len(y)")
        ),
        "Hai valutato sui dati di addestramento: servono quelli di validazione.": _trainer_con(
            ("self.valuta(validazione)", "self.valuta(dati)")
        ),
        "I callback sono chiamati prima che la loss dell'epoca entri nella storia.": _trainer_con(
            (_ANNOTA, ""), (_FERMA, _ANNOTA + _FERMA)
        ),
        "I callback non sono mai chiamati.": _trainer_con(("in self.callback", "in ()")),
        "Chiami un callback solo: sono una lista.": _trainer_con(("in self.callback", "in self.callback[:1]")),
        "I callback si chiamano alla fine di ogni epoca, non una volta alla fine.": _trainer_con(
            ("                for ascoltatore in self.callback:\n" + _CHIAMA, ""),
            ("return self.storia", "[uno.fine_epoca(self) for uno in self.callback]; return self.storia"),
        ),
        "Quando un callback mette fermati a True, quell'epoca è l'ultima: qui si va avanti.": _trainer_con(
            ("if self.fermati", "if False")
        ),
        "Ti fermi un'epoca dopo: guarda fermati subito dopo i callback.": _trainer_con(
            ("self.una_epoca(dati)", "ultima = self.fermati; self.una_epoca(dati)"),
            ("if self.fermati", "if ultima"),
        ),
        "Chi chiede di fermarsi non toglie la parola agli altri: prima si chiamano tutti i callback.": _trainer_con(
            (_CHIAMA, _CHIAMA + "                    if self.fermati:\n                        return self.storia\n")
        ),
    },
)


def _ferma():
    class Ferma:
        def __init__(self, pazienza, soglia):
            self.pazienza, self.soglia = pazienza, soglia
            self.epoca, self.migliore, self.conto = 0, None, 0

        def on_evaluate(self, args, state, control, metrics, **altro):
            valore, self.epoca = metrics["eval_loss"], self.epoca + 1
            if self.migliore is None or self.migliore - valore > self.soglia:
                self.migliore, self.conto = valore, 0
            else:
                self.conto += 1
            if self.conto >= self.pazienza:
                control.should_training_stop = True

    return Ferma


def _ferma_con(*cambi: tuple[str, str]) -> type:
    return muta(_ferma, *cambi)()


def _rispetta_gli_altri(callback: object, opzioni: object, stato: object, controllo: object) -> None:
    """Alza `Sbagliato` se il callback toglie la fermata che ha già chiesto un altro."""
    controllo.should_training_stop = True
    callback.on_evaluate(opzioni, stato, controllo, {"eval_loss": 0.5, "epoch": 1.0}, model=None)
    if not controllo.should_training_stop:
        raise Sbagliato("Un altro callback aveva chiesto di fermarsi, e tu l'hai annullato: metti True, e mai False.")


def _epoche_fatte(risposta: object, loss: list[float], pazienza: int, soglia: float) -> dict[str, object]:
    """Quante epoche si fanno con quel callback: gli eventi li annuncia il pezzo del Trainer che lo fa davvero."""
    from transformers import EarlyStoppingCallback, TrainerCallback
    from transformers.trainer_callback import CallbackHandler, DefaultFlowCallback, TrainerControl, TrainerState

    if not isinstance(risposta, type):
        raise Sbagliato(f"Qui serve una classe, e la risposta è {tipo_di(risposta)}.")
    if risposta.__module__ == __name__:  # alle nostre manca la base: importarla costa secondi
        risposta = type("Ferma", (risposta, TrainerCallback), {})
    if issubclass(risposta, EarlyStoppingCallback):
        raise Sbagliato("EarlyStoppingCallback è già pronto: qui il conto lo scrivi tu, da TrainerCallback.")
    della_classe = dict(vars(risposta))
    callback = chiama(risposta, pazienza, soglia)
    if not isinstance(callback, TrainerCallback):
        raise Sbagliato("La classe deve ereditare da TrainerCallback, o il Trainer non sa che farsene.")
    annuncia = CallbackHandler([DefaultFlowCallback, callback], None, None, None, None)
    opzioni, stato, controllo = SimpleNamespace(metric_for_best_model="loss"), TrainerState(), TrainerControl()
    _rispetta_gli_altri(risposta(10, 0.0), opzioni, TrainerState(epoch=1.0), TrainerControl())
    for epoca, valore in enumerate(loss, start=1):
        stato.epoch = float(epoca)
        misure = {"eval_loss": valore, "eval_accuratezza": 1 / (2 + abs(valore)), "epoch": float(epoca)}
        prima = dict(misure)
        controllo = chiama(lambda m=misure, c=controllo: annuncia.on_evaluate(opzioni, stato, c, m))
        if not isinstance(controllo, TrainerControl):
            raise Sbagliato(
                f"on_evaluate restituisce {tipo_di(controllo)}, e il Trainer lo mette al posto di control: cambia "
                "control, e non restituire nulla."
            )
        if misure != prima:
            raise Sbagliato("Hai cambiato il dizionario delle misure: serve ancora al Trainer, e agli altri callback.")
        if dict(vars(risposta)) != della_classe:
            raise Sbagliato("La migliore o il conto stanno sulla classe, in comune fra due Ferma: nascono in __init__.")
        if controllo.should_training_stop:
            return {"il numero di epoche": epoca}
    return {"il numero di epoche": len(loss)}


esercizio(
    "7.2",
    giusta=_ferma(),
    osserva=_epoche_fatte,
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
    consigli={"'NoneType' and 'float'": "Alla prima valutazione la migliore non c'è ancora: chiedi «is None»."},
    sviste={
        "Confronti con l'epoca precedente: il paragone è con la migliore.": [
            _ferma_con(
                ("self.conto += 1", "self.migliore, self.conto = valore, self.conto + 1"),
                ("> self.soglia", supera),
                ("= valore, 0", f"= valore, {conto}"),
            )
            for supera in ("> self.soglia", ">= self.soglia", "> 0", ">= 0", "> -self.soglia", ">= -self.soglia")
            for conto in ("0", "self.conto")  # e chi, per di più, non riparte da zero
        ],
        "Dopo un miglioramento il conto riparte da zero.": _ferma_con(("= valore, 0", "= valore, self.conto")),
        "Con abs() anche un peggioramento conta come miglioramento.": [
            _ferma_con(("None, 0\n", f"{inizio}, 0\n"), ("self.migliore - valore >", "abs(self.migliore - valore) >"))
            for inizio in (None, "float('inf')")
        ],
        "La migliore resta la prima: a ogni miglioramento va aggiornata.": _ferma_con(
            ("self.migliore is None or", "if_prima or"),
            ("            if if_prima", "            if_prima = self.migliore is None\n            if if_prima"),
            (
                "self.migliore, self.conto = valore, 0",
                "self.migliore, self.conto = valore if if_prima else self.migliore, 0",
            ),
        ),
        "La soglia non è usata.": _ferma_con(("> self.soglia", "> 0")),
        "Un miglioramento esattamente uguale alla soglia non basta.": _ferma_con(("> self.soglia", ">= self.soglia")),
        "La migliore cambia solo se il miglioramento supera la soglia.": _ferma_con(
            ("self.conto += 1", "self.migliore, self.conto = min(self.migliore, valore), self.conto + 1")
        ),
        "Ci si ferma quando il conto arriva alla pazienza, non quando la supera.": _ferma_con(
            (">= self.pazienza", "> self.pazienza")
        ),
        "Ci si ferma un'epoca troppo presto.": _ferma_con((">= self.pazienza", ">= self.pazienza - 1")),
        "Il miglioramento deve superare la soglia: hai cambiato segno.": _ferma_con(
            ("> self.soglia", "> -self.soglia")
        ),
        "Non ti fermi mai: control.should_training_stop resta com'era.": [
            _ferma_con(("control.should_training_stop = True", "control.should_epoch_stop = True")),
            _ferma_con(("control.should_training_stop = True", "control.should_save = True")),
            _ferma_con(("control.should_training_stop = True", "pass")),
        ],
        "La prima epoca è la migliore: non conta fra quelle senza miglioramenti.": _ferma_con(
            ("None, 0\n", "None, 1\n"), ("= valore, 0", "= valore, 0 if self.epoca > 1 else 1")
        ),
        "La migliore parte da un numero fisso, e le loss possono essere più alte: parti dalla prima.": [
            _ferma_con(("None, 0\n", f"{inizio}, 0\n")) for inizio in (0.0, 1.0, 100.0)
        ],
        "Una loss di zero è una loss come le altre: chiedi «is None».": _ferma_con(
            ("self.migliore is None", "not self.migliore")
        ),
        "La soglia è nell'unità della loss, non una parte della migliore.": [
            _ferma_con(("> self.soglia", "> self.soglia * self.migliore")),
            _ferma_con(("> self.soglia", "> self.soglia * abs(self.migliore)")),
            _ferma_con(("self.migliore - valore >", "(self.migliore - valore) / self.migliore >")),
        ],
        'Guardi l\'accuratezza: qui conta metrics["eval_loss"].': _ferma_con(
            ('metrics["eval_loss"]', 'metrics["eval_accuratezza"]')
        ),
        "La loss migliora quando scende: hai cercato la più alta.": _ferma_con(
            ("self.migliore - valore", "valore - self.migliore")
        ),
    },
)


esercizio(
    "7.3",
    giusta=affidare.affida,
    osserva=affidare.esamina,
    # La validazione rovesciata peggiora a ogni epoca: la migliore è la prima. L'altra migliora fino alla fine.
    prove=[(24, 8, True, 3, 0.05), (20, 6, False, 2, 0.1)],
    detta="con {0} esempi, {1} di validazione, {3} epoche",
    consigli={
        "must be Tensor, not NoneType": 'Le etichette non arrivano alla loss: label_names=["labels"].',
        "must be Tensor, not dict": 'La rete restituisce un dizionario: i logit sono uscite["logits"].',
        "unexpected keyword argument 'labels'": "La rete non calcola la loss: dagliela con compute_loss_func.",
        "num_items_in_batch": "Il Trainer dà a compute_loss_func tre argomenti: l'ultimo è num_items_in_batch.",
        "save and eval strategy to match": "Per tenere la migliore si salva quando si valuta: due volte «epoch».",
        "x28 and 3x8": (  # le cifre sono larghe 28, gli esempi di questa prova hanno 3 numeri
            "Alla rete arrivano le nostre cifre: trainer_di_hf valuta sempre su quelle. Qui serve un Trainer tuo, con "
            "eval_dataset=esempi_val."
        ),
        "is not found in the evaluation metrics": (
            "La misura che decide non c'è: qui l'unica è \"loss\", e drop_last può lasciare vuota la validazione."
        ),
        "pass an `eval_dataset`": "Gli esempi di validazione si danno al Trainer: eval_dataset=esempi_val.",
        "requires a train_dataset": "Gli esempi da imparare si danno al Trainer: train_dataset=esempi.",
    },
    sviste={affidare.NON_LA_MIGLIORE: muta(affidare.affida, ("load_best_model_at_end=True,", ""))},
)


def epoca_con_accelerate(acceleratore, rete, dati, ottimizzatore, limite):
    rete, dati, ottimizzatore = acceleratore.prepare(rete, dati, ottimizzatore)
    rete.train()
    somma, quanti = 0.0, 0
    for x, y in dati:
        with acceleratore.accumulate(rete):
            loss = F.cross_entropy(rete(x), y)
            acceleratore.backward(loss)
            if acceleratore.sync_gradients:
                acceleratore.clip_grad_norm_(rete.parameters(), limite)
            ottimizzatore.step()
            ottimizzatore.zero_grad()
        somma += loss.item() * len(y)
        quanti += len(y)
    return somma / quanti


_IN_EVAL = "Manca train(): la rete è arrivata in eval()."


def _sull_acceleratore(risposta: object, lunghi: int, batch: int, accumulo: int, limite: float) -> dict[str, object]:
    with _acceleratore_di_prova(accumulo) as acceleratore:
        caso = generatore(lunghi)
        x, y = torch.randn(lunghi, 5, generator=caso), torch.randint(3, (lunghi,), generator=caso)
        torch.manual_seed(0)
        rete = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 3)).eval()
        in_eval = []
        rete.register_forward_hook(
            lambda modulo, _, uscita: in_eval.append(uscita.requires_grad and not modulo.training)
        )
        ottimizzatore = torch.optim.SGD(rete.parameters(), lr=0.5, momentum=0.5)
        dati = DataLoader(TensorDataset(x, y), batch_size=batch)
        loss = chiama(risposta, acceleratore, rete, dati, ottimizzatore, limite, cambia=(0, 1, 2, 3))
        if not {nn.Module, DataLoader, torch.optim.Optimizer} <= acceleratore.preparati:
            raise Sbagliato(
                "Rete, dati e ottimizzatore passano da acceleratore.prepare: è lui che li porta su una GPU."
            )
        if not acceleratore.indietro:
            raise Sbagliato("Il backward lo fa l'acceleratore, backward(loss): è lui che divide per l'accumulo.")
        if any(in_eval):
            raise Sbagliato(_IN_EVAL)
        if isinstance(loss, torch.Tensor):
            raise Sbagliato("La loss media è un tensore: restituisci un numero di Python (item()).")
        return {
            "la lista dei pesi": [parametro.detach().clone() for parametro in rete.parameters()],
            "la lista delle medie della batch normalization": [rete[1].running_mean.clone()],
            "la loss media": loss,
        }


@contextlib.contextmanager
def _acceleratore_di_prova(accumulo: int) -> Iterator[object]:
    """Un Accelerator sulla CPU che annota che cosa gli si chiede; quelli dello studente ritrovano il loro stato."""
    from accelerate import Accelerator

    class Annotato(Accelerator):
        def __init__(self, **opzioni: object):
            super().__init__(**opzioni)
            self.preparati, self.indietro = set(), 0

        def prepare(self, *cose: object, **opzioni: object) -> object:
            tipi = (nn.Module, DataLoader, torch.optim.Optimizer)
            self.preparati |= {tipo for tipo in tipi for cosa in cose if isinstance(cosa, tipo)}
            return super().prepare(*cose, **opzioni)

        def backward(self, loss: torch.Tensor, **opzioni: object) -> None:
            self.indietro += 1
            super().backward(loss, **opzioni)

    with affidare.stati_da_parte(vuoti=True):
        for nome in ("ACCELERATE_MIXED_PRECISION", "ACCELERATE_TORCH_DEVICE"):
            os.environ.pop(nome, None)
        yield Annotato(cpu=True, mixed_precision="no", gradient_accumulation_steps=accumulo)


_accelerata = partial(muta, epoca_con_accelerate)
_TAGLIO = """            if acceleratore.sync_gradients:
                acceleratore.clip_grad_norm_(rete.parameters(), limite)
"""

_SEMPRE = _TAGLIO.replace("if acceleratore.sync_gradients:", "if True:")
_PREPARA = "rete, dati, ottimizzatore = acceleratore.prepare"

esercizio(
    "7.4",
    giusta=epoca_con_accelerate,
    osserva=_sull_acceleratore,
    prove=[(12, 3, 4, 0.2), (10, 4, 1, 0.05), (11, 3, 3, 0.3), (6, 6, 1, 100.0), (12, 2, 2, 0.1), (9, 2, 2, 1000.0)],
    detta="con {0} esempi, batch da {1}, accumulo {2} e limite {3:g}",
    tolleranza=1e-5,
    sviste={
        "Così zero_grad() cancella, all'ultimo pezzo, i gradienti degli altri: va dopo step().": _accelerata(
            ("            ottimizzatore.zero_grad()\n", ""),
            (
                "            acceleratore.backward(loss)",
                "            ottimizzatore.zero_grad()\n            acceleratore.backward(loss)",
            ),
        ),
        "Il passo lo fa l'ottimizzatore che prepare restituisce, non quello di prima: lui aspetta l'ultimo pezzo.": [
            _accelerata((_PREPARA, _PREPARA.replace("ottimizzatore =", "suo ="))),
            _accelerata(
                (_PREPARA, _PREPARA.replace("ottimizzatore =", "suo =")),
                ("ottimizzatore.zero_grad()", "suo.zero_grad()"),
            ),
        ],
        "Manca zero_grad(): i gradienti si sommano da un passo all'altro.": _accelerata(
            ("            ottimizzatore.zero_grad()\n", "")
        ),
        "Si fa un passo a ogni batch: con l'accumulo serve «with acceleratore.accumulate(rete)».": [
            _accelerata(("with acceleratore.accumulate(rete):", "if True:")),
        ],
        "Tagli a ogni pezzo: il gradiente non è ancora intero. Aspetta acceleratore.sync_gradients.": _accelerata(
            ("if acceleratore.sync_gradients:", "if True:")
        ),
        "Al passo arrivano gradienti non tagliati: il taglio manca, o viene dopo step().": [
            _accelerata((_TAGLIO, "")),
            _accelerata(
                (_TAGLIO, ""), ("            ottimizzatore.step()\n", "            ottimizzatore.step()\n" + _TAGLIO)
            ),
            _accelerata(
                (_TAGLIO, ""),
                ("            ottimizzatore.zero_grad()\n", "            ottimizzatore.zero_grad()\n" + _TAGLIO),
            ),
        ],
        "Il taglio viene prima dell'ultimo backward: i gradienti di quel pezzo non ci sono ancora.": [
            _accelerata(
                (_TAGLIO, ""),
                ("            acceleratore.backward(loss)\n", taglio + "            acceleratore.backward(loss)\n"),
            )
            for taglio in (_TAGLIO, _SEMPRE)
        ],
        "Hai tagliato valore per valore: si chiede la norma.": _accelerata(("clip_grad_norm_", "clip_grad_value_")),
        "Il limite non è usato: tagli sempre a 1.": _accelerata(("parameters(), limite", "parameters(), 1.0")),
        _IN_EVAL: _accelerata(("rete.train()", "pass")),
        "La rete non impara: manca step(), o zero_grad() viene fra il backward e step().": _accelerata(
            ("ottimizzatore.step()", "pass")
        ),
        "Hai diviso per il numero dei batch una somma pesata per gli esempi: dividi per gli esempi.": _accelerata(
            ("quanti += len(y)", "quanti += 1")
        ),
        "Hai diviso per gli esempi una somma che non li pesa: la loss di un batch è già una media.": _accelerata(
            ("loss.item() * len(y)", "loss.item()")
        ),
        "Dividi la loss per l'accumulo, e lo fa già acceleratore.backward: così la dividi due volte.": _accelerata(
            ("backward(loss)", "backward(loss / acceleratore.gradient_accumulation_steps)")
        ),
        "È la media dei batch: uno corto pesa quanto gli altri.": _accelerata(
            ("loss.item() * len(y)", "loss.item()"), ("quanti += len(y)", "quanti += 1")
        ),
        "È la somma, non la media: dividi per quanti esempi hai visto.": _accelerata(("somma / quanti", "somma")),
        "È la loss dell'ultimo batch, non la media dell'epoca.": _accelerata(("somma / quanti", "loss.item()")),
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
    "7.5",
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
        "Dalla seconda epoca la media comprende anche le epoche prima: azzera all'inizio di ogni epoca.": [
            _callback(on_train_epoch_start=_niente),
            _callback(on_train_epoch_start=lambda self, trainer, **altro: vars(self).update(somma=0.0)),
            _callback(on_train_epoch_start=lambda self, trainer, **altro: vars(self).update(esempi=0)),
        ],
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
    "7.6",
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
        "Il totale è quello degli esempi, non il numero dei pezzi.": _con_quote(
            lambda lunghi, i: lunghi[i] / len(lunghi)
        ),
        "La quota è capovolta: la lunghezza del pezzo va sopra, il totale sotto.": _con_quote(
            lambda lunghi, i: sum(lunghi) / lunghi[i]
        ),
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


class _Aspetta(BaseException):
    """Una raccolta che ha bisogno degli altri processi: si riprende da capo quando anche loro ci sono arrivati."""


class _ParteDeiDati:
    """I batch che toccano a un processo, come li dà Accelerate: a turno, e in fondo si ricomincia per pareggiare."""

    def __init__(self, acc: "_UnoDeiProcessi", dati: DataLoader):
        self.acc, self.dataset, self.batch_size, quanti = acc, dati.dataset, dati.batch_size, len(dati.dataset)
        a_giro = acc.num_processes * dati.batch_size
        giri = -(-quanti // a_giro)
        posti = (torch.arange(giri * a_giro) % quanti).view(giri, acc.num_processes, dati.batch_size)
        self.posti, self.resto = posti[:, acc.process_index].tolist(), quanti % a_giro

    def __len__(self) -> int:
        return len(self.posti)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, ...]]:
        self.acc.letti = True
        for giro, posti in enumerate(self.posti, start=1):
            self.acc.in_fondo = self.resto if giro == len(self.posti) else 0
            yield tuple(torch.stack(colonna) for colonna in zip(*(self.dataset[i] for i in posti), strict=True))
        self.acc.in_fondo = 0  # finito il giro non si sa più quanti erano: come in Accelerate


class _UnoDeiProcessi:
    """Ciò che un processo vede di Accelerate. ``gather`` conosce le prime ``noti`` raccolte; alla seguente aspetta."""

    device = torch.device("cpu")

    def __init__(self, numero: int, quanti: int, noti: list[list[torch.Tensor]]):
        self.process_index = self.local_process_index = numero
        self.num_processes, self.noti = quanti, noti
        self.is_main_process = self.is_local_main_process = numero == 0
        self.mie, self.in_fondo, self.preparati, self.letti = [], 0, set(), False

    def prepare(self, *cose: object, **altro: object) -> object:
        self.preparati |= {tipo for tipo in (nn.Module, DataLoader) for cosa in cose if isinstance(cosa, tipo)}
        pronte = tuple(_ParteDeiDati(self, cosa) if isinstance(cosa, DataLoader) else cosa for cosa in cose)
        return pronte if len(pronte) > 1 else pronte[0]

    def gather(self, valore: object) -> object:
        if isinstance(valore, (tuple, list)):
            return type(valore)(self.gather(uno) for uno in valore)
        if not isinstance(valore, torch.Tensor):
            raise Sbagliato(f"gather raduna tensori, e qui gli arriva {tipo_di(valore)}.")
        valore = valore.detach().clone()
        self.mie.append(valore[None] if valore.ndim == 0 else valore)
        if len(self.mie) > len(self.noti):
            raise _Aspetta
        return torch.cat(self.noti[len(self.mie) - 1])

    def gather_for_metrics(self, valore: object, **altro: object) -> object:
        radunati = self.gather(valore)
        if not self.in_fondo:
            return radunati
        if isinstance(radunati, (tuple, list)):
            return type(radunati)(uno[: self.in_fondo] for uno in radunati)
        return radunati[: self.in_fondo]

    def reduce(self, valore: torch.Tensor, reduction: str = "sum", **altro: object) -> torch.Tensor:
        di_tutti = self.gather(valore[None])
        return di_tutti.sum(dim=0) if reduction == "sum" else di_tutti.float().mean(dim=0)

    def unwrap_model(self, rete: nn.Module, **altro: object) -> nn.Module:
        return rete

    def print(self, *cose: object, **altro: object) -> None: ...

    def wait_for_everyone(self) -> None: ...

    def __getattr__(self, nome: str) -> object:
        if nome.startswith("__"):  # chi copia un oggetto chiede se ha i suoi metodi
            raise AttributeError(nome)
        raise Sbagliato(f"Qui acc.{nome} non c'è: bastano prepare e un modo di radunare le risposte.")


class _SiGuarda(nn.Module):
    """Una rete che risponde subito, e annota se era in train() e se costruiva il grafo."""

    def __init__(self):
        super().__init__()
        caso = generatore(7)
        self.strati = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
        for parametro in self.strati[0].parameters():
            parametro.data = torch.randn(parametro.shape, generator=caso)
        self.strati[1].running_mean = torch.randn(3, generator=caso)
        self.in_train = self.col_grafo = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        uscita = self.strati(x)
        self.in_train |= self.training
        self.col_grafo |= uscita.requires_grad
        return uscita


def accuratezza_di_tutti(acc, rete, dati):
    rete, dati = acc.prepare(rete, dati)
    rete.eval()
    giuste, quante = 0, 0
    with torch.no_grad():
        for x, y in dati:
            previste, vere = acc.gather_for_metrics((rete(x).argmax(dim=1), y))
            giuste += (previste == vere).sum().item()
            quante += len(vere)
    return giuste / quante


def _in_piu_processi(risposta: object, lunghi: int, batch: int, processi: int, giuste: int) -> dict[str, object]:
    """Ciò che restituisce ogni processo. Si va avanti insieme, una raccolta per volta, rifacendo da capo il resto."""
    x = torch.randn(lunghi, 4, generator=generatore(lunghi))
    nata = _SiGuarda().eval()
    with torch.no_grad():
        vere = nata(x).argmax(dim=1)
    # I primi sono giusti, e sono quelli che si ripetono: contarli due volte cambia l'accuratezza.
    y = torch.where(torch.arange(lunghi) < giuste, vere, (vere + 1) % 3)
    noti: list[list[torch.Tensor]] = []
    while True:
        finiti, arrivati, reti, acceleratori = [], [], [], []
        for numero in range(processi):
            acc = _UnoDeiProcessi(numero, processi, noti)
            rete = copy.deepcopy(nata).train()
            dati = DataLoader(TensorDataset(x, y), batch_size=batch)
            reti.append(rete)
            acceleratori.append(acc)
            try:
                finiti.append(chiama(risposta, acc, rete, dati, cambia=(0, 1, 2)))
            except _Aspetta:
                arrivati.append(acc.mie[-1])
        if not arrivati:
            break
        if finiti:
            raise Sbagliato(
                "Un processo raduna e un altro no: chi raduna aspetterebbe per sempre. Lo fanno tutti, insieme."
            )
        noti.append(arrivati)
    if any(not {nn.Module, DataLoader} <= acc.preparati for acc in acceleratori):
        raise Sbagliato("Rete e dati passano da acc.prepare: è lui che dà a ogni processo i suoi batch.")
    if any(not acc.letti for acc in acceleratori):
        raise Sbagliato(
            "Il ciclo gira sui dati di prima: i batch di questo processo sono quelli che prepare restituisce."
        )
    if any(rete.in_train for rete in reti):
        raise Sbagliato("La rete è arrivata in train(), e così risponde: prima serve eval().")
    if any(rete.col_grafo for rete in reti):
        raise Sbagliato("Qui non si impara: senza torch.no_grad() ogni risposta si tiene il suo grafo.")
    if any(isinstance(uno, torch.Tensor) for uno in finiti):
        raise Sbagliato("L'accuratezza è un tensore: restituisci un numero di Python (item()).")
    return {"la lista delle risposte, una per processo": finiti}


_di_tutti = partial(muta, accuratezza_di_tutti)
_RADUNA = "acc.gather_for_metrics((rete(x).argmax(dim=1), y))"
_CONTA, _DIVIDE = "(previste == vere).sum().item()", "giuste / quante"
_DEL_DATASET = "giuste / len(dati.dataset)"


def _radunando(
    raduna: str, uno_per_batch: str, quante: str, restituisce: str = _DIVIDE, unisci: str = "sum"
) -> Callable:
    """Raduna un numero per batch, e non le risposte."""
    return _di_tutti(
        ("previste, vere = " + _RADUNA, f"radunati = acc.{raduna}((rete(x).argmax(dim=1) == y).{uno_per_batch})"),
        (_CONTA, f"radunati.{unisci}().item()"),
        ("len(vere)", quante),
        (_DIVIDE, restituisce),
    )


esercizio(
    "7.7",
    giusta=accuratezza_di_tutti,
    osserva=_in_piu_processi,
    prove=[
        (11, 2, 2, 5),
        (10, 4, 3, 4),
        (12, 3, 2, 7),
        (7, 5, 1, 3),
        (9, 2, 4, 8),
        (13, 3, 3, 1),
        (5, 8, 2, 0),
        (8, 2, 2, 8),
    ],
    detta="con {0} esempi, batch da {1} e {2} processi",
    consigli={
        "must match the size": (
            "Previsioni ed etichette non sono tante uguali: raduna tutte e due, e la classe prevista è argmax(dim=1)."
        ),
    },
    sviste={
        "Gli esempi serviti per pareggiare contano due volte: gather_for_metrics li toglie, batch per batch.": [
            _di_tutti(("gather_for_metrics", "gather")),
            _di_tutti(("gather_for_metrics", "gather"), (_DIVIDE, _DEL_DATASET)),
            _di_tutti(
                ("giuste, quante = 0, 0", "p, v = [], []"),
                ("previste, vere = " + _RADUNA, "p += [rete(x).argmax(dim=1)]"),
                ("giuste += (previste == vere).sum().item()", "v += [y]"),
                ("            quante += len(vere)\n", ""),
                (
                    "return giuste / quante",
                    "previste, vere = acc.gather_for_metrics((torch.cat(p), torch.cat(v)))\n"
                    "    return (previste == vere).float().mean().item()",
                ),
            ),
        ],
        "Le risposte sono di tutti, gli esempi solo i tuoi: dividi per quante etichette hai radunato.": [
            _di_tutti(("len(vere)", "len(y)")),
            _di_tutti(("len(vere)", "len(y)"), ("gather_for_metrics", "gather")),
        ],
        "Raduni un numero per batch, e i doppioni lì non si tolgono: raduna le risposte, una per esempio.": [
            _radunando("gather_for_metrics", "sum()", "0", _DEL_DATASET),
            _radunando("gather_for_metrics", "sum()", "len(y)"),
            _radunando("gather_for_metrics", "sum()", "acc.gather_for_metrics(torch.tensor(len(y))).sum().item()"),
            _radunando("gather_for_metrics", "float().mean()", "len(radunati)"),
            _radunando("gather_for_metrics", "float().mean()", "1", unisci="mean"),
        ],
        "Ogni processo conta solo i suoi esempi: le risposte vanno radunate.": [
            _di_tutti((_RADUNA, "rete(x).argmax(dim=1), y"), (_DIVIDE, divide)) for divide in (_DIVIDE, _DEL_DATASET)
        ],
        "È la media dei batch: uno corto pesa quanto gli altri. Conta le giuste, e dividi alla fine.": _di_tutti(
            (".sum().item()", ".float().mean().item()"), ("quante += len(vere)", "quante += 1")
        ),
        "len(dati) conta i batch di questo processo: dividi per gli esempi.": _di_tutti(
            (_DIVIDE, "giuste / len(dati)")
        ),
        "Sono le risposte giuste, non la loro quota: dividi per quante sono.": [
            _di_tutti((_DIVIDE, "giuste")),
            _radunando("gather", "sum()", "0", "giuste"),
            _radunando("gather_for_metrics", "sum()", "0", "giuste"),
        ],
        "È in percento: serve un numero fra 0 e 1.": _di_tutti(("giuste / quante", "100 * giuste / quante")),
        "È l'accuratezza dell'ultimo batch soltanto.": _di_tutti(
            ("giuste +=", "giuste ="), ("quante += len(vere)", "quante = len(vere)")
        ),
        "È la quota degli errori: le giuste sono le altre.": _di_tutti(("previste == vere", "previste != vere")),
        "La classe prevista è quella con il logit più alto, lungo dim=1.": _di_tutti(
            ("rete(x).argmax(dim=1)", "rete(x).argmin(dim=1)")
        ),
    },
)
