"""Le risposte di prova agli esercizi della lezione 07."""

import copy
import dataclasses
from functools import partial

import torch
from pytorch_accelerated.callbacks import TrainerCallback
from torch import nn
from transformers import TrainerCallback as TrainerDiHF

from corso_pytorch.addestramento import una_epoca, valuta
from corso_pytorch.lezioni.l07_trainer import affidare
from corso_pytorch.lezioni.l07_trainer.esercizi import accuratezza_di_tutti, epoca_con_accelerate
from corso_pytorch.verifiche.osservazioni import muta


# 7.1
class _Pronto:
    """Con i pezzi della lezione 03."""

    def __init__(self, rete, loss_fn, ottimizzatore, callback=()):
        self.rete, self.loss_fn, self.ottimizzatore = rete, loss_fn, ottimizzatore
        self.callback = callback
        self.storia = []
        self.fermati = False

    def addestra(self, dati, epoche, validazione):
        for _ in range(epoche):
            una_epoca(self.rete, dati, self.loss_fn, self.ottimizzatore)
            self.storia.append(valuta(self.rete, validazione, self.loss_fn))
            for callback in self.callback:
                callback.fine_epoca(self)
            if self.fermati:
                break
        return self.storia


class _ConWhile(_Pronto):
    def addestra(self, dati, epoche, validazione):
        while len(self.storia) < epoche and not self.fermati:
            self.rete.train()
            for x, y in dati:
                self.loss_fn(self.rete(x), y).backward()
                self.ottimizzatore.step()
                self.ottimizzatore.zero_grad()
            self.rete.eval()
            with torch.inference_mode():
                somme = [(self.loss_fn(self.rete(x), y) * len(x)).item() for x, y in validazione]
            self.storia += [sum(somme) / sum(len(x) for x, _ in validazione)]
            [uno.fine_epoca(self) for uno in self.callback]
        return self.storia


class _UnaVoltaSola(_Pronto):
    """Mette i dati in fila e unisce la validazione in un batch solo: la media è la stessa."""

    def addestra(self, dati, epoche, validazione):
        intera = [tuple(torch.cat(parte) for parte in zip(*validazione))]
        return super().addestra(list(dati), epoche, intera)


class _SempreInTrain(_Pronto):
    def addestra(self, dati, epoche, validazione):
        for _ in range(epoche):
            self.rete.train()
            for x, y in dati:
                self.ottimizzatore.zero_grad()
                self.loss_fn(self.rete(x), y).backward()
                self.ottimizzatore.step()
            with torch.no_grad():
                self.storia.append(self.loss_fn(self.rete(validazione[0][0]), validazione[0][1]).item())
        return self.storia


class _ColGrafo(_Pronto):
    def addestra(self, dati, epoche, validazione):
        for _ in range(epoche):
            una_epoca(self.rete, dati, self.loss_fn, self.ottimizzatore)
            self.rete.eval()
            self.storia.append(sum(self.loss_fn(self.rete(x), y).item() for x, y in validazione))
        return self.storia


class _TrainUnaVolta(_Pronto):
    def addestra(self, dati, epoche, validazione):
        self.rete.train()
        for _ in range(epoche):
            for x, y in dati:
                self.ottimizzatore.zero_grad()
                self.loss_fn(self.rete(x), y).backward()
                self.ottimizzatore.step()
            self.storia.append(valuta(self.rete, validazione, self.loss_fn))
        return self.storia


class _StoriaDiTensori(_Pronto):
    def addestra(self, dati, epoche, validazione):
        storia = super().addestra(dati, epoche, validazione)
        self.storia = [torch.tensor(valore) for valore in storia]
        return self.storia


class _StoriaComune(_Pronto):
    storia = []

    def __init__(self, rete, loss_fn, ottimizzatore, callback=()):
        self.rete, self.loss_fn, self.ottimizzatore, self.callback = rete, loss_fn, ottimizzatore, callback
        self.fermati = False


class _NonRestituisce(_Pronto):
    def addestra(self, dati, epoche, validazione):
        super().addestra(dati, epoche, validazione)


class _Inventa(_Pronto):
    """Non addestra: scrive una storia che scende."""

    def addestra(self, dati, epoche, validazione):
        self.storia += [1 / (epoca + 1) for epoca in range(epoche)]
        return self.storia


class _ImparaDallaValidazione(_Pronto):
    def addestra(self, dati, epoche, validazione):
        return super().addestra([*dati, *validazione], epoche, validazione)


# 7.2
class _Ferma(TrainerDiHF):
    def __init__(self, pazienza, soglia):
        self.pazienza, self.soglia = pazienza, soglia
        self.migliore, self.conto = None, 0

    def on_evaluate(self, args, state, control, metrics, **altro):
        loss = metrics["eval_loss"]
        if self.migliore is None or loss < self.migliore - self.soglia:
            self.migliore, self.conto = loss, 0
            return
        self.conto += 1
        control.should_training_stop = self.conto >= self.pazienza


class _FermaConLista(TrainerDiHF):
    """Tiene tutte le loss, e rifà il conto da capo; restituisce control, come si può."""

    def __init__(self, pazienza, soglia):
        self.pazienza, self.soglia, self.loss = pazienza, soglia, []

    def on_evaluate(self, args, state, control, metrics=None, **altro):
        self.loss.append(metrics.get("eval_loss"))
        buona, ultima = self.loss[0], 0
        for i, loss in enumerate(self.loss):
            if buona - loss > self.soglia:
                buona, ultima = loss, i
        if len(self.loss) - 1 - ultima >= self.pazienza:
            control.should_training_stop = True
        return control


class _FermaDaInfinito(_Ferma):
    def __init__(self, pazienza, soglia):
        super().__init__(pazienza, soglia)
        self.migliore = float("inf")


class _FermaConPop(_Ferma):
    def on_evaluate(self, args, state, control, metrics, **altro):
        super().on_evaluate(args, state, control, {"eval_loss": metrics.pop("eval_loss")})


class _FermaConControlloNuovo(_Ferma):
    """Restituisce un control nuovo: il Trainer lo accetta."""

    def on_evaluate(self, args, state, control, metrics, **altro):
        chiede = dataclasses.replace(control)
        super().on_evaluate(args, state, chiede, metrics)
        chiede.should_training_stop |= control.should_training_stop
        return chiede


class _FermaRestituisceVero(_Ferma):
    def on_evaluate(self, args, state, control, metrics, **altro):
        super().on_evaluate(args, state, dataclasses.replace(control), metrics)
        return self.conto >= self.pazienza or None


class _FermaSenzaPrima(_Ferma):
    def on_evaluate(self, args, state, control, metrics, **altro):
        self.conto += metrics["eval_loss"] >= self.migliore - self.soglia


class _FermaOPurNo(_Ferma):
    def on_evaluate(self, args, state, control, metrics, **altro):
        super().on_evaluate(args, state, control, metrics)
        control.should_training_stop = self.conto >= self.pazienza


class _FermaDallaPrecedente(TrainerDiHF):
    """Confronta con la valutazione di prima, e non azzera mai il conto."""

    def __init__(self, pazienza, soglia):
        self.pazienza, self.soglia = pazienza, soglia
        self.precedente, self.senza_migliorare = None, 0

    def on_evaluate(self, args, state, control, metrics, **altro):
        loss = metrics["eval_loss"]
        if self.precedente is not None and loss >= self.precedente - self.soglia:
            self.senza_migliorare += 1
        if self.senza_migliorare >= self.pazienza:
            control.should_training_stop = True
        self.precedente = loss


class _FermaDallaPrecedenteSenzaSoglia(_FermaDallaPrecedente):
    def on_evaluate(self, args, state, control, metrics, **altro):
        loss = metrics["eval_loss"]
        migliora = self.precedente is None or loss < self.precedente
        self.senza_migliorare = 0 if migliora else self.senza_migliorare + 1
        if self.senza_migliorare >= self.pazienza:
            control.should_training_stop = True
        self.precedente = loss


class _FermaSenzaBase:
    def __init__(self, pazienza, soglia):
        self.pazienza = pazienza

    def on_evaluate(self, args, state, control, metrics, **altro):
        control.should_training_stop = True


class _FermaSenzaAttributo(_Ferma):
    def __init__(self, pazienza, soglia):
        self.pazienza, self.soglia = pazienza, soglia


class _FermaConEccezione(_Ferma):
    def on_evaluate(self, args, state, control, metrics, **altro):
        raise StopIteration


class _FermaSullaClasse(_Ferma):
    migliore, conto = None, 0

    def on_evaluate(self, args, state, control, metrics, **altro):
        classe, valore = type(self), metrics["eval_loss"]
        if classe.migliore is None or classe.migliore - valore > self.soglia:
            classe.migliore, classe.conto = valore, 0
        else:
            classe.conto += 1
        control.should_training_stop = control.should_training_stop or classe.conto >= self.pazienza


# 7.3
_affida_con = partial(muta, affidare.affida)
_LOSS = '[riga["eval_loss"] for riga in trainer.state.log_history if "eval_loss" in riga]'
_TIENE_LA_MIGLIORE = '        save_strategy="epoch",\n        load_best_model_at_end=True,\n'


def _affida_con_un_callback(rete, esempi, esempi_val, cartella, epoche, lr):
    """Senza ricaricare: un callback annota le loss, e tiene da parte i pesi migliori."""
    import transformers

    class Annota(transformers.TrainerCallback):
        loss, pesi = (), None

        def on_evaluate(self, args, state, control, model, metrics, **altro):
            if not self.loss or metrics["eval_loss"] < min(self.loss):
                self.pesi = copy.deepcopy(model.state_dict())
            self.loss = [*self.loss, metrics["eval_loss"]]

    class LossSua(transformers.Trainer):
        def compute_loss(self, model, inputs, return_outputs=False, **altro):
            uscite = model(inputs["input"])
            loss = nn.CrossEntropyLoss()(uscite["logits"], inputs["labels"])
            return (loss, uscite) if return_outputs else loss

    scelte = transformers.TrainingArguments(
        cartella,
        num_train_epochs=epoche,
        learning_rate=lr,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        remove_unused_columns=False,
        label_names=["labels"],
        per_device_train_batch_size=4,
        report_to="none",
    )
    annota = Annota()
    LossSua(rete, scelte, train_dataset=esempi, eval_dataset=esempi_val, callbacks=[annota]).train()
    rete.load_state_dict(annota.pesi)
    return annota.loss


def _affida_a_chi_valuta_sulle_nostre_cifre(rete, esempi, esempi_val, cartella, epoche, lr):
    """Come chi usa ``trainer_di_hf``, che valuta sempre sulle mille cifre della lezione."""
    cifre = [{"input": torch.zeros(1, 28, 28), "labels": torch.tensor(0)}] * 8
    return affidare.affida(rete, esempi, cifre, cartella, epoche, lr)


def _affida_un_trainer_per_epoca(rete, esempi, esempi_val, cartella, epoche, lr):
    loss, pesi = [], []
    for _ in range(epoche):
        loss += affidare.affida(rete, esempi, esempi_val, cartella, 1, lr)
        pesi.append(copy.deepcopy(rete.state_dict()))
    rete.load_state_dict(pesi[loss.index(min(loss))])
    return loss


def _affida_a_un_ciclo(rete, esempi, esempi_val, cartella, epoche, lr):
    ottimizzatore = torch.optim.AdamW(rete.parameters(), lr=lr)
    for _ in range(epoche):
        for esempio in esempi:
            ottimizzatore.zero_grad()
            nn.functional.cross_entropy(rete(esempio["input"][None])["logits"], esempio["labels"][None]).backward()
            ottimizzatore.step()
    return [0.5] * epoche


# 7.4
def _epoca_accelerata(acceleratore, rete, dati, ottimizzatore, limite):
    modello, batch, passo = acceleratore.prepare(rete, dati, ottimizzatore)
    modello.train()
    totale = torch.zeros(())
    esempi = 0
    for x, y in batch:
        with acceleratore.accumulate(modello):
            loss = nn.CrossEntropyLoss()(modello(x), y)
            acceleratore.backward(loss)
            if acceleratore.sync_gradients:
                acceleratore.clip_grad_norm_(modello.parameters(), max_norm=limite)
            passo.step()
            passo.zero_grad()
        totale += loss.detach() * len(x)
        esempi += len(x)
    return (totale / esempi).item()


def _epoca_uno_per_volta(acceleratore, rete, dati, ottimizzatore, limite):
    rete = acceleratore.prepare(rete)
    dati, ottimizzatore = acceleratore.prepare(dati), acceleratore.prepare(ottimizzatore)
    rete.train()
    somma = 0.0
    for x, y in dati:
        with acceleratore.accumulate(rete):
            loss = nn.functional.cross_entropy(rete(x), y, reduction="sum")
            acceleratore.backward(loss / len(y))
            if acceleratore.sync_gradients:
                acceleratore.clip_grad_norm_(rete.parameters(), limite)
            ottimizzatore.step()
            ottimizzatore.zero_grad()
        somma += loss.item()
    return somma / len(dati.dataset)


def _epoca_con_la_norma_di_torch(acceleratore, rete, dati, ottimizzatore, limite):
    rete, dati, ottimizzatore = acceleratore.prepare(rete, dati, ottimizzatore)
    rete.train()
    somme = []
    for x, y in dati:
        with acceleratore.accumulate(rete):
            loss = nn.functional.cross_entropy(rete(x), y)
            somme.append((loss.item() * len(y), len(y)))
            acceleratore.backward(loss)
            if acceleratore.sync_gradients:
                nn.utils.clip_grad_norm_(rete.parameters(), limite)
                ottimizzatore.step()
                ottimizzatore.zero_grad()
    return sum(somma for somma, _ in somme) / sum(quanti for _, quanti in somme)


def _epoca_senza_accelerate(acceleratore, rete, dati, ottimizzatore, limite):
    rete.train()
    somma, quanti = 0.0, 0
    for x, y in dati:
        loss = nn.functional.cross_entropy(rete(x), y)
        ottimizzatore.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(rete.parameters(), limite)
        ottimizzatore.step()
        somma, quanti = somma + loss.item() * len(y), quanti + len(y)
    return somma / quanti


def _epoca_senza_i_dati(acceleratore, rete, dati, ottimizzatore, limite):
    rete, ottimizzatore = acceleratore.prepare(rete, ottimizzatore)
    return _epoca_con_il_suo_backward(acceleratore, rete, dati, ottimizzatore, limite)


def _epoca_con_il_suo_backward(acceleratore, rete, dati, ottimizzatore, limite):
    rete.train()
    for x, y in dati:
        with acceleratore.accumulate(rete):
            nn.functional.cross_entropy(rete(x), y).backward()
            ottimizzatore.step()
            ottimizzatore.zero_grad()
    return 0.5


def _epoca_preparata_col_suo_backward(acceleratore, rete, dati, ottimizzatore, limite):
    return _epoca_con_il_suo_backward(acceleratore, *acceleratore.prepare(rete, dati, ottimizzatore), limite)


def _epoca_in_eval_che_taglia_prima(acceleratore, rete, dati, ottimizzatore, limite):
    rete, dati, ottimizzatore = acceleratore.prepare(rete, dati, ottimizzatore)
    somma = quanti = 0
    for x, y in dati:
        with acceleratore.accumulate(rete):
            loss = nn.functional.cross_entropy(rete(x), y)
            acceleratore.clip_grad_norm_(rete.parameters(), limite)
            acceleratore.backward(loss)
            ottimizzatore.step()
            ottimizzatore.zero_grad()
        somma, quanti = somma + loss.item() * len(y), quanti + len(y)
    return somma / quanti


def _epoca_che_taglia_prima(acceleratore, rete, dati, ottimizzatore, limite):
    return _epoca_in_eval_che_taglia_prima(acceleratore, rete.train(), dati, ottimizzatore, limite)


_epoca_che_taglia_gli_altri = muta(
    epoca_con_accelerate, ("if acceleratore.sync_gradients:", "if not acceleratore.sync_gradients:")
)
_epoca_che_azzera_prima_del_passo = muta(
    epoca_con_accelerate,
    ("            ottimizzatore.zero_grad()\n", ""),
    ("            ottimizzatore.step()\n", "            ottimizzatore.zero_grad()\n            ottimizzatore.step()\n"),
    (
        "                acceleratore.clip",
        "                ottimizzatore.zero_grad()\n                acceleratore.clip",
    ),
)


def _epoca_in_tensore(*argomenti):
    return torch.tensor(_epoca_accelerata(*argomenti))


def _epoca_senza_return(*argomenti):
    _epoca_accelerata(*argomenti)


# 7.5
class _MediaNumeri(TrainerCallback):
    def __init__(self):
        self.medie = []
        self.somma = self.esempi = 0

    def on_train_epoch_start(self, trainer, **altro):
        self.somma = self.esempi = 0

    def on_train_step_end(self, trainer, batch_output, **altro):
        quanti = batch_output["batch_size"]
        self.somma += batch_output["loss"].item() * quanti
        self.esempi += quanti

    def on_train_epoch_end(self, trainer, **altro):
        self.medie.append(self.somma / self.esempi)


class _MediaTensore(TrainerCallback):
    def __init__(self):
        super().__init__()
        self.medie, self.passi = [], []

    def on_train_step_end(self, trainer, batch, batch_output, **altro):
        self.passi.append((batch_output["loss"].detach(), batch_output["batch_size"]))

    def on_train_epoch_end(self, trainer, **altro):
        loss, quanti = (torch.tensor([float(v) for v in colonna]) for colonna in zip(*self.passi))
        self.medie.append(((loss * quanti).sum() / quanti.sum()).item())
        self.passi.clear()


class _MediaInEpocaFinita(TrainerCallback):
    def __init__(self):
        self.medie = []

    def on_train_epoch_start(self, trainer, **altro):
        self.totale, self.visti = 0.0, 0

    def on_train_step_end(self, trainer, batch_output, **altro):
        self.totale += batch_output["loss"].tolist() * batch_output["batch_size"]
        self.visti += batch_output["batch_size"]

    def on_training_run_epoch_end(self, trainer, **altro):
        self.medie = [*self.medie, self.totale / self.visti]


class _SenzaInit(_MediaNumeri):
    def __init__(self):
        pass


class _ListaAllInizio(_MediaNumeri):
    def __init__(self):
        pass

    def on_training_run_start(self, trainer, **altro):
        self.medie = []


class _StaccaLaLoss(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        self.somma += batch_output["loss"].detach_().item() * batch_output["batch_size"]
        self.esempi += batch_output["batch_size"]


class _FaIlBackward(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        super().on_train_step_end(trainer, batch_output)
        batch_output["loss"].backward()


class _TogliIlBatch(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        quanti = batch_output.pop("batch_size")
        self.somma += batch_output["loss"].item() * quanti
        self.esempi += quanti


class _CambiaIlBatch(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        self.esempi += batch_output["batch_size"]
        batch_output["batch_size"] *= batch_output["loss"].item()
        self.somma += batch_output["batch_size"]


class _ConIlGrafo(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        self.somma += batch_output["loss"] * batch_output["batch_size"]
        self.esempi += batch_output["batch_size"]


class _NomeSbagliato(_MediaNumeri):
    def on_train_epoch_end(self, trainer, **altro):
        self.medie.append(self.somma / self.essempi)


class _ListaDellaClasse(_MediaNumeri):
    medie = []

    def __init__(self):
        self.somma = self.esempi = 0

    def on_train_epoch_end(self, trainer, **altro):
        self.medie.append(self.somma / self.esempi)


class _ListaPredefinita(_MediaNumeri):
    def __init__(self, medie=[]):
        self.medie, self.somma, self.esempi = medie, 0, 0


class _DallaStoria(_MediaNumeri):
    def on_train_epoch_end(self, trainer, **altro):
        self.medie.append(trainer.run_history.get_latest_metric("train_loss_epoch"))


class _DalTrainer(_MediaNumeri):
    def on_train_epoch_end(self, trainer, **altro):
        self.medie.append(trainer._loss_tracker.average)


class _CambiaLaLoss(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        loss = batch_output["loss"].detach()
        loss *= batch_output["batch_size"]
        self.somma += loss.item()
        self.esempi += batch_output["batch_size"]


class _NumeriDiNumpy(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        self.somma += batch_output["loss"].detach().numpy() * batch_output["batch_size"]
        self.esempi += batch_output["batch_size"]


class _CheParla(_MediaNumeri):
    def on_train_epoch_end(self, trainer, **altro):
        super().on_train_epoch_end(trainer)
        trainer.run_history.update_metric("media", self.medie[-1])
        trainer.print(f"epoca {trainer.run_history.current_epoch} di {trainer.run_config.num_epochs}")


class _NonEreditata:
    medie = ()


# 7.6
def _pezzi_backward(rete, loss_fn, pezzi):
    totale = sum(len(x) for x, _ in pezzi)
    rete.zero_grad()
    for x, y in pezzi:
        (loss_fn(rete(x), y) * len(x) / totale).backward()
    return [parametro.grad for parametro in rete.parameters()]


def _pezzi_autograd(rete, loss_fn, pezzi):
    totale = sum(len(y) for _, y in pezzi)
    somme = [torch.zeros_like(p) for p in rete.parameters()]
    for x, y in pezzi:
        nuovi = torch.autograd.grad(loss_fn(rete(x), y), list(rete.parameters()))
        somme = [s + len(y) / totale * g for s, g in zip(somme, nuovi)]
    return tuple(somme)


def _pezzi_dopo(rete, loss_fn, pezzi):
    totale = 0
    for p in rete.parameters():
        p.grad = None
    for x, y in pezzi:
        (len(x) * loss_fn(rete(x), y)).backward()
        totale += len(x)
    return [p.grad / totale for p in rete.parameters()]


def _pezzi_uniti(rete, loss_fn, pezzi):
    rete.zero_grad()
    x, y = (torch.cat(parte) for parte in zip(*pezzi))
    loss_fn(rete(x), y).backward()
    return [p.grad for p in rete.parameters()]


def _pezzi_alla_fine(rete, loss_fn, pezzi):
    totale = sum(len(x) for x, _ in pezzi)
    loss = sum(len(x) / totale * loss_fn(rete(x), y) for x, y in pezzi)
    return torch.autograd.grad(loss, list(rete.parameters()))


def _pezzi_in_train(rete, loss_fn, pezzi):
    rete.train()
    return _pezzi_backward(rete, loss_fn, pezzi)


def _pezzi_in_eval(rete, loss_fn, pezzi):
    rete.eval()
    return _pezzi_backward(rete, loss_fn, pezzi)


def _pezzi_con_passo(rete, loss_fn, pezzi):
    sgd = torch.optim.SGD(rete.parameters(), lr=0.1)
    for x, y in pezzi:
        (loss_fn(rete(x), y) * len(x)).backward()
        sgd.step()
    return [p.grad for p in rete.parameters()]


def _pezzi_senza_il_parametro_suo(rete, loss_fn, pezzi):
    _pezzi_backward(rete, loss_fn, pezzi)
    return [p.grad for nome, p in rete.named_parameters() if nome.endswith(("weight", "bias"))]


# 7.7
def _di_tutti_a_parte(acc, rete, dati):
    modello, batch = acc.prepare(rete), acc.prepare(dati)
    modello.eval()
    esatte = []
    with torch.inference_mode():
        for x, y in batch:
            esatte.append(acc.gather_for_metrics(modello(x).argmax(1) == y))
    return torch.cat(esatte).float().mean().item()


def _di_tutti_sui_logit(acc, rete, dati):
    rete, dati = acc.prepare(rete.eval(), dati)
    giuste = 0
    for x, y in dati:
        with torch.no_grad():
            logit = rete(x)
        logit, y = acc.gather_for_metrics([logit, y])
        giuste += int((logit.argmax(dim=-1) == y).sum())
    return giuste / len(dati.dataset)


def _di_tutti_valuta(acc, rete, dati):
    return valuta(*acc.prepare(rete, dati), lambda logit, y: (logit.argmax(1) == y).float().mean())


def _di_tutti_in_train(acc, rete, dati):
    rete, dati = acc.prepare(rete, dati)
    with torch.no_grad():
        esatte = [acc.gather_for_metrics(rete(x).argmax(1) == y) for x, y in dati]
    return torch.cat(esatte).float().mean().item()


def _di_tutti_col_grafo(acc, rete, dati):
    rete, dati = acc.prepare(rete, dati)
    rete.eval()
    esatte = [acc.gather_for_metrics(rete(x).argmax(1) == y) for x, y in dati]
    return torch.cat(esatte).float().mean().item()


def _di_tutti_senza_prepare(acc, rete, dati):
    rete.eval()
    with torch.no_grad():
        esatte = [acc.gather_for_metrics(rete(x).argmax(1) == y) for x, y in dati]
    return torch.cat(esatte).float().mean().item()


def _di_tutti_solo_il_primo(acc, rete, dati):
    rete, dati = acc.prepare(rete, dati)
    rete.eval()
    giuste = quante = 0
    with torch.no_grad():
        for x, y in dati:
            esatte = rete(x).argmax(1) == y
            if acc.is_main_process:
                esatte = acc.gather_for_metrics(esatte)
            giuste, quante = giuste + esatte.sum().item(), quante + len(esatte)
    return giuste / quante


def _di_tutti_in_numeri(acc, rete, dati):
    rete, dati = acc.prepare(rete, dati)
    rete.eval()
    with torch.no_grad():
        return sum(acc.gather((rete(x).argmax(1) == y).sum().item()).sum().item() for x, y in dati)


def _di_tutti_su_len_y(acc, rete, dati):
    rete, dati = acc.prepare(rete, dati)
    rete.eval()
    giuste = quante = 0
    with torch.no_grad():
        for x, y in dati:
            giuste += acc.gather_for_metrics(rete(x).argmax(1) == y).sum().item()
            quante += len(y)
    return giuste / quante


def _di_tutti_medie(acc, rete, dati):
    rete, dati = acc.prepare(rete, dati)
    rete.eval()
    with torch.no_grad():
        medie = [acc.gather_for_metrics((rete(x).argmax(1) == y).float().mean()) for x, y in dati]
    return torch.cat(medie).mean().item()


def _di_tutti_conteggi(acc, rete, dati):
    rete, dati = acc.prepare(rete, dati)
    rete.eval()
    with torch.no_grad():
        giuste = sum(acc.gather_for_metrics((rete(x).argmax(1) == y).sum()).sum().item() for x, y in dati)
    return giuste / len(dati.dataset)


def _di_tutti_tensore(*argomenti):
    return torch.tensor(_di_tutti_a_parte(*argomenti))


def _di_tutti_e_stampa(acc, rete, dati):
    acc.log({"accuratezza": 0})
    return _di_tutti_a_parte(acc, rete, dati)


GIUSTE = {
    "7.1": [_Pronto, _ConWhile, _UnaVoltaSola],
    "7.2": [_Ferma, _FermaConLista, _FermaDaInfinito, _FermaConControlloNuovo],
    "7.3": [
        _affida_con_un_callback,
        _affida_con(
            (
                "        report_to=[],",
                "        report_to=[],\n        use_cpu=True,\n        bf16=True,\n        logging_steps=1,",
            )
        ),
        _affida_con(
            (
                "    trainer.train()",
                "    rete(esempi_val[0]['input'][None])\n    trainer.train()\n    trainer.predict(esempi)",
            )
        ),
    ],
    "7.4": [_epoca_accelerata, _epoca_uno_per_volta, _epoca_con_la_norma_di_torch],
    "7.5": [_MediaNumeri, _MediaTensore, _MediaInEpocaFinita, _CheParla],
    "7.6": [_pezzi_backward, _pezzi_autograd, _pezzi_dopo],
    "7.7": [_di_tutti_a_parte, _di_tutti_sui_logit],
}

SBAGLIATE = {
    "7.1": [
        (_SempreInTrain, "In validazione la rete è ancora in train()"),
        (_ColGrafo, "In validazione si tiene il grafo"),
        (_TrainUnaVolta, "train() va chiamato a ogni epoca"),
        (_StoriaDiTensori, "ci sono tensori"),
        (_StoriaComune, "una storia sua, e vuota"),
        (_NonRestituisce, "manca il return"),
        (_Inventa, "La rete non impara"),
        (_ImparaDallaValidazione, "impari anche da quelli di validazione"),
        (_pezzi_backward, "serve una classe"),
    ],
    "7.2": [
        (_FermaConPop, "Hai cambiato il dizionario delle misure"),
        (_FermaSenzaBase, "ereditare da TrainerCallback"),
        (_FermaSenzaAttributo, "AttributeError"),
        (_FermaConEccezione, "StopIteration"),
        (_FermaSullaClasse, "stanno sulla classe"),
        (lambda pazienza, soglia: 3, "serve una classe"),
        (_FermaRestituisceVero, "lo mette al posto di control"),
        (_FermaSenzaPrima, "chiedi «is None»"),
        (_FermaOPurNo, "metti True, e mai False"),
        (_FermaDallaPrecedente, "il paragone è con la migliore"),
        (_FermaDallaPrecedenteSenzaSoglia, "il paragone è con la migliore"),
    ],
    "7.3": [
        (_affida_con(("load_best_model_at_end=True,", "")), "i pesi dell'ultima epoca"),
        (
            _affida_con(("load_best_model_at_end=True,", "load_best_model_at_end=True, greater_is_better=True,")),
            "più bassa",
        ),
        (_affida_con(("learning_rate=lr,", "")), "Il learning rate è 5e-05"),
        (_affida_con(("num_train_epochs=epoche,", "")), "è passato 3 volte, e le epoche chieste sono 2"),
        (_affida_con(('label_names=["labels"],', "")), "Le etichette non arrivano alla loss"),
        (
            _affida_con(("eval_dataset=esempi_val", "eval_dataset=esempi")),
            "non si fa, in eval(), sugli esempi di esempi_val",
        ),
        (_affida_con(("train_dataset=esempi", "train_dataset=esempi + esempi_val")), "ci sono quelli di validazione"),
        (_affida_con((_TIENE_LA_MIGLIORE, '        save_strategy="no",\n')), "nessun checkpoint"),
        (_affida_con(("    trainer.train()", "    trainer.train()\n    trainer.evaluate()")), "ce ne sono 4"),
        (_affida_con((_LOSS, "trainer.state.log_history")), "Nella lista servono numeri"),
        (_affida_con((_LOSS, '[trainer.evaluate()["eval_loss"]] * epoche')), "non sono le loss di validazione"),
        (_affida_con(('uscite["logits"], labels', "uscite, labels")), "i logit sono uscite"),
        (_affida_con((", num_items_in_batch=None", "")), "tre argomenti"),
        (_affida_con((", compute_loss_func=loss", "")), "dagliela con compute_loss_func"),
        (
            _affida_con(("    trainer = ", "    rete = __import__('copy').deepcopy(rete)\n    trainer = ")),
            "manca train(), o hai addestrato una copia",
        ),
        (_affida_a_un_ciclo, "nessun checkpoint"),
        (_affida_con((", eval_dataset=esempi_val", "")), "eval_dataset=esempi_val"),
        (_affida_con(("train_dataset=esempi", "train_dataset=esempi[:12]")), "ne mancano 12 su 24"),
        (_affida_con((f"return {_LOSS}", f"return {_LOSS}[::-1]")), "non in ordine di epoca"),
        (
            _affida_con(("    trainer = ", "    rete.strati[0].reset_parameters()\n    trainer = ")),
            "si parte da quelli",
        ),
        (_affida_un_trainer_per_epoca, "ottimizzatore nuovo"),
        (_affida_a_chi_valuta_sulle_nostre_cifre, "trainer_di_hf valuta sempre su quelle"),
    ],
    "7.4": [
        (_epoca_senza_accelerate, "passano da acceleratore.prepare"),
        (_epoca_senza_i_dati, "passano da acceleratore.prepare"),
        (_epoca_preparata_col_suo_backward, "Il backward lo fa l'acceleratore"),
        (_epoca_in_tensore, "La loss media è un tensore"),
        (_epoca_in_eval_che_taglia_prima, "Manca train()"),
        (_epoca_che_taglia_prima, "Il taglio viene prima dell'ultimo backward"),
        (_epoca_che_taglia_gli_altri, "Il taglio viene prima dell'ultimo backward"),
        (_epoca_che_azzera_prima_del_passo, "fra il backward e step()"),
        (_epoca_senza_return, "manca il return"),
    ],
    "7.5": [
        (_SenzaInit, "Definiscilo in __init__"),
        (_NomeSbagliato, "In on_train_epoch_end un attributo è letto prima di nascere"),
        (_ListaAllInizio, "la lista nasce in __init__"),
        (_StaccaLaLoss, "non può più fare il backward"),
        (_FaIlBackward, "non può più fare il backward"),
        (_TogliIlBatch, "agli altri callback"),
        (_CambiaIlBatch, "agli altri callback"),
        (_ConIlGrafo, "Servono numeri: item()"),
        (_DallaStoria, "qui il conto si rifà"),
        (_DalTrainer, "ti bastano gli argomenti dei tuoi metodi"),
        (_ListaDellaClasse, "si crea una lista sua, in __init__"),
        (_ListaPredefinita, "si crea una lista sua, in __init__"),
        (_CambiaLaLoss, "serve ancora per il backward"),
        (_NumeriDiNumpy, "numeri di NumPy"),
        (_NonEreditata, "ereditare da TrainerCallback"),
        ([0.5, 0.4], "serve una classe"),
    ],
    "7.6": [
        (lambda rete, loss_fn, pezzi: rete[0].weight.detach(), "dovrebbe essere una lista"),
        (lambda rete, loss_fn, pezzi: _pezzi_backward(rete, loss_fn, pezzi)[:1], "ha un elemento, e ne servono 4"),
        (_pezzi_uniti, "10 esempi sono passati per la rete e aspettano insieme"),
        (_pezzi_alla_fine, "8 esempi sono passati per la rete e aspettano insieme"),
        (_pezzi_senza_il_parametro_suo, "ha 4 elementi, e ne servono 5"),
        (_pezzi_in_train, "Hai chiamato train() o eval()"),
        (_pezzi_in_eval, "Hai chiamato train() o eval()"),
        (_pezzi_con_passo, "I pesi della rete sono cambiati"),
    ],
    "7.7": [
        (_di_tutti_valuta, "le risposte vanno radunate"),
        (_di_tutti_in_train, "prima serve eval()"),
        (_di_tutti_col_grafo, "senza torch.no_grad()"),
        (_di_tutti_senza_prepare, "Rete e dati passano da acc.prepare"),
        (muta(accuratezza_di_tutti, ("rete, dati = acc", "rete, altri = acc")), "gira sui dati di prima"),
        (muta(accuratezza_di_tutti, ("argmax(dim=1)", "argmax(dim=0)")), "la classe prevista è argmax(dim=1)"),
        (_di_tutti_solo_il_primo, "Lo fanno tutti, insieme"),
        (_di_tutti_in_numeri, "gather raduna tensori"),
        (_di_tutti_tensore, "è un tensore"),
        (_di_tutti_su_len_y, "dividi per quante etichette hai radunato"),
        (_di_tutti_medie, "Raduni un numero per batch"),
        (_di_tutti_conteggi, "Raduni un numero per batch"),
        (_di_tutti_e_stampa, "acc.log non c'è"),
    ],
}
