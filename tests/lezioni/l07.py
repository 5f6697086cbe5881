"""Le risposte di prova agli esercizi della lezione 07."""

import math

import torch
from pytorch_accelerated.callbacks import TrainerCallback


# 7.1
def _passi_ceil(esempi, per_dispositivo, processi, accumulo):
    effettivo = per_dispositivo * processi * accumulo
    return [effettivo, math.ceil(esempi / effettivo)]


def _passi_range(esempi, per_dispositivo, processi, accumulo):
    effettivo = per_dispositivo * processi * accumulo
    return effettivo, len(range(0, esempi, effettivo))


# 7.2
def _arresto_infinito(loss, pazienza, soglia):
    migliore, senza, fatte = float("inf"), 0, 0
    while fatte < len(loss) and senza < pazienza:
        if loss[fatte] < migliore - soglia:
            migliore = loss[fatte]
            senza = 0
        else:
            senza += 1
        fatte += 1
    return fatte


def _arresto_ultima_buona(loss, pazienza, soglia):
    buona, ultima = loss[0], 0
    for i in range(1, len(loss)):
        if buona - loss[i] > soglia:
            buona, ultima = loss[i], i
        if i - ultima == pazienza:
            return torch.tensor(i + 1)
    return len(loss)


def _arresto_zero_falso(loss, pazienza, soglia):
    migliore, senza = None, 0
    for epoca, valore in enumerate(loss, start=1):
        if not migliore or migliore - valore > soglia:
            migliore, senza = valore, 0
        else:
            senza += 1
        if senza >= pazienza:
            return epoca
    return len(loss)


# 7.3
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


# 7.4
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


# 7.5
def _raduna_permute(risposte, quanti):
    return risposte.permute(1, 0, 2).flatten()[:quanti]


def _raduna_cat(risposte, quanti):
    return torch.cat(risposte.unbind(0), dim=1).flatten().narrow(0, 0, quanti)


def _raduna_strided(risposte, quanti):
    P, S, B = risposte.shape
    return risposte.as_strided((S, P, B), (B, S * B, 1)).flatten()[:quanti]


def _raduna_cicli(risposte, quanti):
    fila = []
    for passo in range(risposte.shape[1]):
        for processo in range(risposte.shape[0]):
            fila += risposte[processo, passo].tolist()
    return torch.tensor(fila[:quanti])


GIUSTE = {
    "7.1": [_passi_ceil, _passi_range],
    "7.2": [_arresto_infinito, _arresto_ultima_buona],
    "7.3": [_MediaNumeri, _MediaTensore, _MediaInEpocaFinita, _CheParla],
    "7.4": [_pezzi_backward, _pezzi_autograd, _pezzi_dopo],
    "7.5": [_raduna_permute, _raduna_cat],
}

SBAGLIATE = {
    "7.1": [(lambda n, b, p, a: b * p * a, "Servono 2 valori")],
    "7.2": [(lambda loss, pazienza, soglia: [3], "una lista"), (_arresto_zero_falso, "con [0.0, 0.5")],
    "7.3": [
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
    "7.4": [
        (lambda rete, loss_fn, pezzi: rete[0].weight.detach(), "dovrebbe essere una lista"),
        (lambda rete, loss_fn, pezzi: _pezzi_backward(rete, loss_fn, pezzi)[:1], "ha un elemento, e ne servono 4"),
        (_pezzi_uniti, "10 esempi sono passati per la rete e aspettano insieme"),
        (_pezzi_alla_fine, "8 esempi sono passati per la rete e aspettano insieme"),
        (_pezzi_senza_il_parametro_suo, "ha 4 elementi, e ne servono 5"),
        (_pezzi_in_train, "Hai chiamato train() o eval()"),
        (_pezzi_in_eval, "Hai chiamato train() o eval()"),
        (_pezzi_con_passo, "I pesi della rete sono cambiati"),
    ],
    "7.5": [
        (lambda risposte, quanti: risposte.transpose(0, 1).view(-1)[:quanti], "usa reshape"),
        (_raduna_strided, "i valori no"),
        (lambda risposte, quanti: risposte.transpose(0, 1).reshape(-1)[:quanti].float(), "float32"),
        (lambda risposte, quanti: _raduna_permute(risposte.float(), quanti).to(risposte.dtype), "non tornano"),
        (_raduna_cicli, "senza cicli"),
    ],
}
