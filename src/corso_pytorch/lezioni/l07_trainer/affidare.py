"""Un addestramento affidato al Trainer di Hugging Face, e chi lo guarda dalla parte della rete (esercizio 7.3).

Della risposta non si legge il codice: una spia sulla rete annota quali esempi passano, in quale modalità, con quali
pesi; una sugli ottimizzatori annota passi e learning rate. Batch, scheduler e seme restano liberi.
"""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from numbers import Real
from pathlib import Path
from unittest import mock

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.optimizer import register_optimizer_step_pre_hook

from corso_pytorch.verifiche.confronti import Assente, come_numero, simili
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import generatore

NON_IL_TRAINER = "In cartella non c'è nessun checkpoint del Trainer: output_dir=cartella, e save_strategy."
SULLA_VALIDAZIONE = "Fra gli esempi da imparare ci sono quelli di validazione."
NON_VALIDA = "La validazione non si fa, in eval(), sugli esempi di esempi_val: eval_dataset, ed eval_strategy."
NON_IMPARA = "La rete non ha imparato nulla: manca train(), o hai addestrato una copia?"
ALTRA_NASCITA = "I pesi che la rete aveva all'inizio sono cambiati prima che imparasse: si parte da quelli."
DA_CAPO = (
    "A metà strada nasce un ottimizzatore nuovo, con la memoria vuota: un Trainer solo, e train() una volta (o si "
    "riprende da un checkpoint)."
)
NON_LA_MIGLIORE = (
    "Alla fine la rete ha i pesi dell'ultima epoca, e la loss di validazione era più bassa prima: "
    "load_best_model_at_end=True, e la migliore è la più bassa."
)
ALTRI_PESI = "Alla fine la rete non ha i pesi di nessuna delle epoche valutate."
LA_PEGGIORE = "Alla fine la rete non ha i pesi dell'epoca con la loss di validazione più bassa: metric_for_best_model?"
ALTRI_NUMERI = (
    "I numeri che restituisci non sono le loss di validazione delle tue epoche: sono i valori di eval_loss in "
    "trainer.state.log_history, se la loss è la cross-entropy media."
)

VALUTAZIONI = 'Una valutazione per epoca, e tu ne hai fatte {}: eval_strategy="epoch".'
IN_DISORDINE = "Le loss sono le tue, ma non in ordine di epoca."
EPOCHE = "Ogni esempio è passato {:g} volte, e le epoche chieste sono {}: num_train_epochs=epoche?"
MANCANO = "Non impari da tutti gli esempi: ne mancano {} su {}."
QUANTE = "Una loss per epoca, e nella tua lista ce ne sono {}: in log_history prendi le righe che hanno eval_loss."


class Risponde(nn.Module):
    """Una rete che restituisce un dizionario: ``{"logits": (N, 2)}``."""

    def __init__(self):
        super().__init__()
        self.strati = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(0.1), nn.Linear(8, 2))

    def forward(self, input: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": self.strati(input)}


def esempi(quanti: int, seme: int, rovesciati: bool = False) -> list[dict[str, torch.Tensor]]:
    """Punti nello spazio: la classe è il segno della prima coordinata, o il contrario."""
    punti = torch.randn(quanti, 3, generator=generatore(seme))
    classi = ((punti[:, 0] > 0) ^ rovesciati).long()
    return [{"input": punto, "labels": classe} for punto, classe in zip(punti, classi, strict=True)]


@contextlib.contextmanager
def stati_da_parte(*, vuoti: bool = False) -> Iterator[None]:
    """Gli Accelerator di un programma si dividono tre stati: qui si mettono da parte, e poi si rimettono."""
    from accelerate.state import AcceleratorState, GradientState, PartialState

    stati = (AcceleratorState, GradientState, PartialState)
    prima = [dict(stato._shared_state) for stato in stati]
    try:
        for stato in stati if vuoti else ():
            stato._shared_state.clear()
        yield
    finally:
        for stato, valori in zip(stati, prima, strict=True):
            stato._shared_state.clear()
            stato._shared_state.update(valori)


def affida(rete, esempi, esempi_val, cartella, epoche, lr):
    import transformers

    def loss(uscite, labels, num_items_in_batch=None):
        return F.cross_entropy(uscite["logits"], labels)

    scelte = transformers.TrainingArguments(
        output_dir=cartella,
        num_train_epochs=epoche,
        learning_rate=lr,
        label_names=["labels"],
        eval_strategy="epoch",
        save_strategy="epoch",
        load_best_model_at_end=True,
        report_to=[],
    )
    trainer = transformers.Trainer(rete, scelte, train_dataset=esempi, eval_dataset=esempi_val, compute_loss_func=loss)
    trainer.train()
    return [riga["eval_loss"] for riga in trainer.state.log_history if "eval_loss" in riga]


class _Diario:
    """Che cosa è passato per la rete, e i passi degli ottimizzatori che la muovono."""

    def __init__(self, rete: Risponde):
        self.imparati, self.valutazioni, self.lr, self.da_capo, self.nascita = [], {}, [], False, None
        self._ultimo = None
        rete.register_forward_hook(self._passa, with_kwargs=True)

    def _passa(self, rete: nn.Module, args: tuple, nomi: dict, uscite: dict) -> None:
        x = (args[0] if args else nomi["input"]).detach().cpu()
        righe = [tuple(riga) for riga in x.tolist()]
        if rete.training and uscite["logits"].requires_grad:
            self.nascita = pesi(rete) if self.nascita is None else self.nascita
            uscite["logits"].register_hook(lambda gradiente: self.imparati.extend(righe))  # da chi fa il backward
        elif not rete.training:
            # Dopo lo stesso passo conta la prima valutazione: la seconda può venire da pesi ricaricati.
            valutati, _ = self.valutazioni.setdefault(len(self.lr), ({}, pesi(rete)))
            for riga, logit in zip(righe, uscite["logits"].detach().cpu(), strict=True):
                valutati.setdefault(riga, logit)

    def prima_del_passo(self, ottimizzatore: torch.optim.Optimizer, *_: object) -> None:
        nuovo = self._ultimo is not None and ottimizzatore is not self._ultimo
        self.da_capo |= nuovo and not ottimizzatore.state
        self._ultimo = ottimizzatore
        gruppo = ottimizzatore.param_groups[0]
        self.lr.append(max(gruppo["lr"], gruppo.get("initial_lr", 0.0)))  # chi lo scalda tiene da parte quello vero


def pesi(rete: nn.Module) -> torch.Tensor:
    return torch.cat([peso.detach().flatten().cpu() for peso in rete.parameters()])


def esamina(
    risposta: Callable, quanti: int, di_validazione: int, rovesciata: bool, epoche: int, lr: float
) -> dict[str, object]:
    """Gli esempi visti, il learning rate, le loss restituite, i pesi alla fine."""
    import transformers

    da_imparare, da_validare = esempi(quanti, 1), esempi(di_validazione, 2, rovesciata)
    torch.manual_seed(0)
    rete = Risponde()
    diario, nata = _Diario(rete), pesi(rete)
    # Nel notebook la barra del Trainer è una tabella HTML, e il silenzio del controllo non la ferma.
    senza_barra = mock.patch("transformers.trainer.DEFAULT_PROGRESS_CALLBACK", transformers.PrinterCallback)
    with stati_da_parte(), senza_barra, tempfile.TemporaryDirectory() as cartella:
        gancio = register_optimizer_step_pre_hook(diario.prima_del_passo)
        try:
            dette = chiama(risposta, rete, da_imparare, da_validare, cartella, epoche, lr, cambia=(0,))
        finally:
            gancio.remove()
        salvati = [*Path(cartella).rglob("trainer_state.json")]
    if not isinstance(dette, (list, tuple)):
        raise Sbagliato(f"Serve una lista con una loss per epoca, e invece è {tipo_di(dette)}.")
    estranei = [uno for uno in dette if not isinstance(come_numero(uno), Real)]
    if estranei:
        raise Sbagliato(f"Nella lista servono numeri, e c'è {tipo_di(estranei[0])}.")
    if not diario.imparati:
        raise Sbagliato(NON_IMPARA)
    if not salvati:
        raise Sbagliato(NON_IL_TRAINER)
    if not torch.equal(diario.nascita, nata):
        raise Sbagliato(ALTRA_NASCITA)
    classi = {tuple(uno["input"].tolist()): uno["labels"] for uno in da_validare}
    if classi.keys() & set(diario.imparati):
        raise Sbagliato(SULLA_VALIDAZIONE)
    # Prima del primo passo non conta; e chi guarda anche altri esempi può farlo.
    giri = [
        (visti, suoi) for passo, (visti, suoi) in diario.valutazioni.items() if passo and visti.keys() >= classi.keys()
    ]
    if not giri:
        raise Sbagliato(NON_VALIDA)
    giuste = torch.stack([*classi.values()])
    vere = [float(F.cross_entropy(torch.stack([visti[riga] for riga in classi]), giuste)) for visti, _ in giri]
    fatte, usato, mancano = len(diario.imparati) / quanti, max(diario.lr), quanti - len({*diario.imparati})
    come_dette = simili([*dette], vere, 0.02) or (
        IN_DISORDINE if simili(sorted(dette), sorted(vere), 0.02) else ALTRI_NUMERI
    )
    return {
        "gli esempi": Assente(MANCANO.format(mancano, quanti)) if mancano else True,
        "la memoria": Assente(DA_CAPO) if diario.da_capo else True,
        "le epoche": True if fatte == epoche else Assente(EPOCHE.format(fatte, epoche)),
        "il learning rate": True if simili(usato, lr) else Assente(f"Il learning rate è {usato:g}: learning_rate=lr."),
        "le valutazioni": True if len(giri) == epoche else Assente(VALUTAZIONI.format(len(giri))),
        "quante loss": True if len(dette) == epoche else Assente(QUANTE.format(len(dette))),
        "le loss": True if come_dette is True else Assente(come_dette),
        "i pesi": _di_chi_sono(pesi(rete), vere, [suoi for _, suoi in giri]),
    }


def _di_chi_sono(finali: torch.Tensor, vere: list[float], provati: list[torch.Tensor]) -> object:
    """Vero se i pesi finali sono quelli della valutazione con la loss più bassa; se no, la diagnosi."""
    uguali = [i for i, suoi in enumerate(provati) if torch.allclose(finali, suoi, atol=1e-6)]
    if not uguali:
        return Assente(ALTRI_PESI)
    if min(vere[i] for i in uguali) <= min(vere) + 1e-6:
        return True
    return Assente(NON_LA_MIGLIORE if uguali[-1] == len(vere) - 1 else LA_PEGGIORE)
