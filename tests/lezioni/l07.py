"""Le risposte di prova agli esercizi della lezione 07."""

import math

import torch
from pytorch_accelerated.callbacks import TrainerCallback


# 7.1
def _passi_interi(esempi, per_dispositivo, processi, accumulo):
    insieme = per_dispositivo * processi
    giri = -(-esempi // insieme)
    return insieme * accumulo, -(-giri // accumulo)


def _passi_ceil(esempi, per_dispositivo, processi, accumulo):
    effettivo = per_dispositivo * processi * accumulo
    return [effettivo, math.ceil(esempi / effettivo)]


def _passi_range(esempi, per_dispositivo, processi, accumulo):
    effettivo = per_dispositivo * processi * accumulo
    return effettivo, len(range(0, esempi, effettivo))


def _passi_con(batch, passi):
    def batch_e_passi(esempi, per_dispositivo, processi, accumulo):
        return batch(per_dispositivo, processi, accumulo), passi(esempi, per_dispositivo, processi, accumulo)

    return batch_e_passi


_effettivo = lambda b, p, a: b * p * a
_giusti = lambda n, b, p, a: math.ceil(n / (b * p * a))


# 7.2
def _arresto_ciclo(loss, pazienza, soglia):
    migliore, conto = loss[0], 0
    for epoca, valore in enumerate(loss[1:], start=2):
        if migliore - valore > soglia:
            migliore, conto = valore, 0
        else:
            conto += 1
        if conto >= pazienza:
            return epoca
    return len(loss)


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


def _arresto_con(migliora, aggiorna=lambda migliora, guadagno: migliora, azzera=True, limite=0, da=0):
    """Le varianti sbagliate: che cosa è un miglioramento, quando cambia la migliore, se il conto riparte, da dove."""

    def epoche_fatte(loss, pazienza, soglia):
        migliore, conto = loss[0], 0
        for i in range(1, len(loss)):
            guadagno = migliore - loss[i]
            meglio = migliora(guadagno, soglia)
            conto = (0 if azzera else conto) if meglio else conto + 1
            if aggiorna(meglio, guadagno):
                migliore = loss[i]
            if conto >= pazienza + limite:
                return i + 1 + da
        return len(loss) + da

    return epoche_fatte


def _arresto_in_posizione(loss, pazienza, soglia):
    migliore, conto = loss[0], 0
    for i in range(1, len(loss)):
        migliore, conto = (loss[i], 0) if migliore - loss[i] > soglia else (migliore, conto + 1)
        if conto == pazienza:
            return i
    return len(loss)


def _arresto_prima_conta(loss, pazienza, soglia):
    migliore, conto = loss[0], 0
    for i, valore in enumerate(loss):
        migliore, conto = (valore, 0) if migliore - valore > soglia else (migliore, conto + 1)
        if conto == pazienza:
            return i + 1
    return len(loss)


def _arresto_relativo(loss, pazienza, soglia):
    migliore, conto = loss[0], 0
    for i in range(1, len(loss)):
        migliore, conto = (loss[i], 0) if (migliore - loss[i]) / migliore > soglia else (migliore, conto + 1)
        if conto == pazienza:
            return i + 1
    return len(loss)


_supera = lambda guadagno, soglia: guadagno > soglia


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
    def on_training_run_start(self, trainer, **altro):
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


class _SenzaMedie(_MediaNumeri):
    def __init__(self):
        self.somma = self.esempi = 0


class _SenzaAzzerare(_MediaNumeri):
    def on_train_epoch_start(self, trainer, **altro):
        pass


class _MediaDeiBatch(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        self.somma += batch_output["loss"].item()
        self.esempi += 1


class _Somma(_MediaNumeri):
    def on_train_epoch_end(self, trainer, **altro):
        self.medie.append(self.somma)


class _Ultima(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        self.somma, self.esempi = batch_output["loss"].item(), 1


class _ConIlGrafo(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        self.somma += batch_output["loss"] * batch_output["batch_size"]
        self.esempi += batch_output["batch_size"]


class _UnoPerBatch(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        self.medie.append(batch_output["loss"].item())

    def on_train_epoch_end(self, trainer, **altro):
        pass


class _SoloUltimaEpoca(_MediaNumeri):
    def on_train_epoch_start(self, trainer, **altro):
        self.medie, self.somma, self.esempi = [], 0, 0


class _DivisaPerBatch(_MediaNumeri):
    def on_train_step_end(self, trainer, batch_output, **altro):
        self.somma += batch_output["loss"].item() * batch_output["batch_size"]
        self.esempi += 1


class _NomeSbagliato(_MediaNumeri):
    def on_train_epoch_end(self, trainer, **altro):
        self.medie.append(self.somma / self.essempi)


class _ListaDellaClasse(_MediaNumeri):
    medie = []

    def __init__(self):
        self.somma = self.esempi = 0

    def on_train_epoch_end(self, trainer, **altro):
        self.medie.append(self.somma / self.esempi)


class _DallaStoria(_MediaNumeri):
    def on_train_epoch_end(self, trainer, **altro):
        self.medie.append(trainer.run_history.get_latest_metric("train_loss_epoch"))


class _CheStampa(_MediaNumeri):
    def on_train_epoch_end(self, trainer, **altro):
        super().on_train_epoch_end(trainer)
        trainer.print(self.medie[-1])


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


def _pezzi_con(peso, azzera=False, restituisci=lambda rete: [p.grad for p in rete.parameters()]):
    def gradienti_a_pezzi(rete, loss_fn, pezzi):
        totale = sum(len(x) for x, _ in pezzi)
        rete.zero_grad()
        for x, y in pezzi:
            if azzera:
                rete.zero_grad()
            (loss_fn(rete(x), y) * peso(len(x), totale, len(pezzi))).backward()
        return restituisci(rete)

    return gradienti_a_pezzi


def _pezzi_senza_azzerare(rete, loss_fn, pezzi):
    totale = sum(len(x) for x, _ in pezzi)
    for x, y in pezzi:
        (loss_fn(rete(x), y) * len(x) / totale).backward()
    return [p.grad for p in rete.parameters()]


def _pezzi_uniti(rete, loss_fn, pezzi):
    rete.zero_grad()
    x, y = (torch.cat(parte) for parte in zip(*pezzi))
    loss_fn(rete(x), y).backward()
    return [p.grad for p in rete.parameters()]


def _pezzi_primo(rete, loss_fn, pezzi):
    rete.zero_grad()
    totale = sum(len(x) for x, _ in pezzi)
    for x, y in pezzi:
        (loss_fn(rete(x), y) * len(x) / totale).backward()
        return [p.grad for p in rete.parameters()]


def _pezzi_senza_backward(rete, loss_fn, pezzi):
    rete.zero_grad()
    for x, y in pezzi:
        loss_fn(rete(x), y)
    return [p.grad for p in rete.parameters()]


def _pezzi_con_passo(rete, loss_fn, pezzi):
    sgd = torch.optim.SGD(rete.parameters(), lr=0.1)
    for x, y in pezzi:
        (loss_fn(rete(x), y) * len(x)).backward()
        sgd.step()
    return [p.grad for p in rete.parameters()]


# 7.5
def _raduna_transpose(risposte, quanti):
    return risposte.transpose(0, 1).reshape(-1)[:quanti]


def _raduna_permute(risposte, quanti):
    return risposte.permute(1, 0, 2).flatten()[:quanti]


def _raduna_cat(risposte, quanti):
    return torch.cat(risposte.unbind(0), dim=1).flatten().narrow(0, 0, quanti)


def _raduna_cicli(risposte, quanti):
    fila = []
    for passo in range(risposte.shape[1]):
        for processo in range(risposte.shape[0]):
            fila += risposte[processo, passo].tolist()
    return torch.tensor(fila[:quanti])


_quota = lambda lungo, totale, pezzi: lungo / totale

GIUSTE = {
    "7.1": [_passi_interi, _passi_ceil, _passi_range],
    "7.2": [_arresto_ciclo, _arresto_infinito, _arresto_ultima_buona],
    "7.3": [_MediaNumeri, _MediaTensore, _MediaInEpocaFinita, _CheStampa],
    "7.4": [_pezzi_backward, _pezzi_autograd, _pezzi_dopo],
    "7.5": [_raduna_transpose, _raduna_permute, _raduna_cat],
}

SBAGLIATE = {
    "7.1": [
        (_passi_con(lambda b, p, a: b * a, _giusti), "gli altri lavorano anche loro"),
        (_passi_con(lambda b, p, a: b * p, _giusti), "manca un fattore"),
        (_passi_con(lambda b, p, a: b, _giusti), "senza accumulo"),
        (_passi_con(lambda b, p, a: b * p / a, _giusti), "lo ingrandisce"),
        (_passi_con(_effettivo, lambda n, b, p, a: n // (b * p * a)), "si arrotonda per eccesso"),
        (_passi_con(_effettivo, lambda n, b, p, a: n / (b * p * a)), "si contano interi"),
        (_passi_con(_effettivo, lambda n, b, p, a: math.ceil(n / (b * p))), "ogni «accumulo» batch"),
        (_passi_con(_effettivo, lambda n, b, p, a: math.ceil(n / (b * a))), "un giro di tutti è un passo solo"),
        (_passi_con(_effettivo, lambda n, b, p, a: math.ceil(n / b)), "i batch in tutto"),
        (lambda n, b, p, a: (_giusti(n, b, p, a), b * p * a), "scambiati"),
        (lambda n, b, p, a: b * p * a, "Serve una coppia"),
        (256, "serve una funzione"),
    ],
    "7.2": [
        (_arresto_con(_supera, aggiorna=lambda meglio, guadagno: True), "il paragone è con la migliore"),
        (_arresto_con(_supera, azzera=False), "riparte da zero"),
        (_arresto_con(lambda guadagno, soglia: guadagno > 0), "la soglia non è usata"),
        (_arresto_con(lambda guadagno, soglia: guadagno >= soglia), "uguale alla soglia non basta"),
        (_arresto_con(_supera, aggiorna=lambda meglio, guadagno: guadagno > 0), "supera la soglia"),
        (_arresto_con(_supera, limite=1), "non quando la supera"),
        (_arresto_con(_supera, da=-1), "si contano da 1"),
        (_arresto_con(lambda guadagno, soglia: guadagno > -soglia), "hai cambiato segno"),
        (_arresto_con(_supera, limite=-1), "troppo presto"),
        (_arresto_in_posizione, "la posizione nella lista"),
        (_arresto_prima_conta, "la prima epoca è la migliore"),
        (_arresto_relativo, "non una quota della migliore"),
        (lambda loss, pazienza, soglia: len(loss), "ci si ferma"),
        (lambda loss, pazienza, soglia: loss.index(min(loss)) + 1, "rifai il conto"),
        (lambda loss, pazienza, soglia: [3], "una lista"),
        (4, "serve una funzione"),
    ],
    "7.3": [
        (_SenzaInit, "Definiscilo in __init__"),
        (_SenzaMedie, "Definiscilo in __init__"),
        (_SenzaAzzerare, "azzera all'inizio di ogni epoca"),
        (_MediaDeiBatch, "Pesa ogni loss per i suoi esempi"),
        (_Somma, "È la somma, non la media"),
        (_Ultima, "ultimo batch"),
        (_ConIlGrafo, "Servono numeri: item()"),
        (_UnoPerBatch, "un numero per batch"),
        (_SoloUltimaEpoca, "resta solo un'epoca"),
        (_DivisaPerBatch, "dividi per gli esempi"),
        (_NomeSbagliato, "inghiotte l'eccezione"),
        (_DallaStoria, "il conto si rifà"),
        (_ListaDellaClasse, "la lista è della classe"),
        (_NonEreditata, "ereditare da TrainerCallback"),
        ([0.5, 0.4], "serve una classe"),
    ],
    "7.4": [
        (_pezzi_con(lambda lungo, totale, pezzi: 1 / pezzi), "ogni pezzo conta uguale"),
        (_pezzi_con(lambda lungo, totale, pezzi: 1), "senza peso: sono troppo lunghi"),
        (_pezzi_con(lambda lungo, totale, pezzi: lungo), "senza dividere per il totale"),
        (_pezzi_con(lambda lungo, totale, pezzi: 1 / lungo), "è già una media"),
        (_pezzi_con(lambda lungo, totale, pezzi: 1 / totale), "è già una media"),
        (_pezzi_con(_quota, azzera=True), "azzeri fra un pezzo e l'altro"),
        (_pezzi_con(lambda *_: 1, azzera=True), "dell'ultimo pezzo, senza peso"),
        (_pezzi_con(_quota, restituisci=lambda rete: list(rete.parameters())), "non i loro gradienti"),
        (_pezzi_con(_quota, restituisci=lambda rete: rete[0].weight.grad), "Serve la lista dei gradienti"),
        (_pezzi_con(_quota, restituisci=lambda rete: [rete[0].weight.grad]), "I parametri sono 4"),
        (_pezzi_senza_azzerare, "che la rete aveva già"),
        (_pezzi_uniti, "un pezzo per volta"),
        (_pezzi_primo, "primo pezzo soltanto"),
        (_pezzi_senza_backward, "manca il backward"),
        (_pezzi_con_passo, "cambia il suo argomento"),
        (torch.zeros(3), "serve una funzione"),
    ],
    "7.5": [
        (lambda risposte, quanti: risposte.transpose(0, 1).reshape(-1), "i doppioni in fondo"),
        (lambda risposte, quanti: risposte.reshape(-1)[:quanti], "un processo dopo l'altro"),
        (lambda risposte, quanti: risposte.reshape(-1), "e i doppioni ci sono ancora"),
        (lambda risposte, quanti: risposte.transpose(0, 1).reshape(-1)[-quanti:], "i primi invece degli ultimi"),
        (lambda risposte, quanti: risposte.unique(), "due risposte uguali non sono un doppione"),
        (lambda risposte, quanti: risposte.permute(1, 2, 0).reshape(-1)[:quanti], "hai mescolato"),
        (lambda risposte, quanti: risposte.permute(2, 1, 0).reshape(-1)[:quanti], "anche l'asse dei batch"),
        (lambda risposte, quanti: risposte.transpose(0, 1).view(-1)[:quanti], "usa reshape"),
        (lambda risposte, quanti: risposte.transpose(0, 1).reshape(-1)[:quanti].tolist(), "una lista"),
        (lambda risposte, quanti: risposte.transpose(0, 1).reshape(-1)[:quanti].float(), "float32"),
        (_raduna_cicli, "senza cicli"),
        (torch.arange(11), "serve una funzione"),
    ],
}
