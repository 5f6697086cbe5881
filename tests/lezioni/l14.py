"""Le risposte di prova agli esercizi della lezione 14."""

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.addestramento import accuratezza, valuta

# 14.1
_ESAMI = ["separazione", "mescolanza", "ottimizzatore", "valutazione", "logit", "gradienti"]


def _scambiati(a, b):
    nomi = list(_ESAMI)
    nomi[a], nomi[b] = nomi[b], nomi[a]
    return nomi


# 14.2
def _passo_classico(modello, ottimizzatore, x, y):
    modello.train()
    loss = F.cross_entropy(modello(x), y)
    ottimizzatore.zero_grad()
    loss.backward()
    ottimizzatore.step()
    return loss.item()


def _passo_azzera_subito(modello, ottimizzatore, x, y):
    ottimizzatore.zero_grad(set_to_none=False)
    loss = nn.CrossEntropyLoss()(modello.train()(x), y)
    loss.backward()
    ottimizzatore.step()
    return float(loss.detach())


def _passo_azzera_in_fondo(modello, ottimizzatore, x, y):
    modello.train()
    modello.zero_grad()
    loss = -F.log_softmax(modello(x), dim=1)[torch.arange(len(y)), y].mean()
    loss.backward()
    ottimizzatore.step()
    ottimizzatore.zero_grad()
    return loss.tolist()


def _passo_con(fasi, rende=lambda loss: loss.item(), riduzione="mean"):
    def passo(modello, ottimizzatore, x, y):
        azioni = {
            "train": modello.train,
            "eval": modello.eval,
            "zero": ottimizzatore.zero_grad,
            "step": ottimizzatore.step,
        }
        for fase in fasi.split():
            if fase == "forward":
                loss = F.cross_entropy(modello(x), y, reduction=riduzione)
            elif fase == "backward":
                loss.backward()
            else:
                azioni[fase]()
        return rende(loss)

    return passo


# 14.3
def _loss_flatten(previsione, y):
    previsione, y = previsione.flatten(), y.flatten()
    if len(previsione) != len(y):
        raise ValueError("previsioni e y non sono in numero uguale")
    return ((previsione - y) ** 2).mean()


def _loss_libreria(previsione, y):
    if previsione.numel() != y.numel():
        raise ValueError("quante sono?")
    return F.mse_loss(previsione.reshape(-1), y.reshape(-1))


def _loss_somma(previsione, y):
    if previsione.shape[0] != y.shape[0]:
        raise ValueError
    scarti = previsione.view(-1, 1) - y.view(-1, 1)
    return (scarti * scarti).sum() / len(scarti)


def _loss_con(formula, controlla=True, prepara=lambda p, y: (p.flatten(), y.flatten())):
    def loss_quadratica(previsione, y):
        if controlla and len(previsione) != len(y):
            raise ValueError
        return formula(*prepara(previsione, y))

    return loss_quadratica


def _media_quadrati(p, y):
    return ((p - y) ** 2).mean()


def _loss_altro_errore(previsione, y):
    if len(previsione) != len(y):
        raise RuntimeError("forme diverse")
    return _media_quadrati(previsione.flatten(), y.flatten())


def _loss_assert(previsione, y):
    assert len(previsione) == len(y)
    return _media_quadrati(previsione.flatten(), y.flatten())


def _loss_stretta(previsione, y):
    if previsione.shape != y.shape:
        raise ValueError("forme diverse")
    return _media_quadrati(previsione, y)


# 14.4
def _colori_permute(immagini):
    return immagini.permute(0, 3, 1, 2).float() / 255


def _colori_movedim(immagini):
    return torch.movedim(immagini, -1, 1).to(torch.float32).div(255)


def _colori_transpose(immagini):
    return (immagini / 255).transpose(2, 3).transpose(1, 2).contiguous()


def _colori_ciclo(immagini):
    return torch.stack([immagini[..., canale] / 255 for canale in range(3)], dim=1)


# 14.5
def _accuratezza_conta(modello, dati):
    era = modello.training
    modello.eval()
    giuste = totale = 0
    with torch.no_grad():
        for x, y in dati:
            giuste += (modello(x).argmax(dim=1) == y).sum().item()
            totale += len(y)
    modello.train(era)
    return giuste / totale


def _accuratezza_valuta(modello, dati):
    era = modello.training
    numero = valuta(modello, dati, accuratezza)
    modello.train(era)
    return numero


@torch.inference_mode()
def _accuratezza_unita(modello, dati):
    era = modello.training
    try:
        modello.train(False)
        giuste = torch.cat([modello(x).argmax(1) == y for x, y in dati])
        return giuste.double().mean().item()
    finally:
        modello.train(era)


def _accuratezza_con(conta, pulita=True, rimetti=True, gradienti=False, valuta_in=False):
    def accuratezza_totale(modello, dati):
        era = modello.training
        if pulita:
            modello.train(valuta_in)
        with torch.set_grad_enabled(gradienti):
            giuste = [(modello(x).argmax(dim=1) == y).float() for x, y in dati]
        if rimetti is True:
            modello.train(era)
        elif rimetti == "train":
            modello.train()
        return conta(giuste)

    return accuratezza_totale


def _totale(giuste):
    return torch.cat(giuste).mean().item()


def _medie(giuste):
    return sum(g.mean().item() for g in giuste) / len(giuste)


def _accuratezza_asse(modello, dati):
    modello.eval()
    return sum((modello(x).argmax(dim=0) == y).sum().item() for x, y in dati)


# 14.6
class _Lista(nn.Module):
    def __init__(self, ingressi, nascosti, classi, profondita):
        super().__init__()
        misure = [ingressi] + [nascosti] * profondita
        self.strati = nn.ModuleList(nn.Linear(a, b) for a, b in zip(misure, misure[1:], strict=False))
        self.testa = nn.Linear(nascosti, classi)

    def forward(self, x):
        for strato in self.strati:
            x = torch.relu(strato(x))
        return self.testa(x)


class _Sequenza(nn.Module):
    def __init__(self, ingressi, nascosti, classi, profondita):
        super().__init__()
        strati = [nn.Linear(ingressi, nascosti), nn.ReLU()]
        for _ in range(profondita - 1):
            strati += [nn.Linear(nascosti, nascosti), nn.ReLU()]
        self.rete = nn.Sequential(*strati, nn.Linear(nascosti, classi))

    def forward(self, x):
        return self.rete(x)


class _Registrata(nn.Module):
    def __init__(self, ingressi, nascosti, classi, profondita):
        super().__init__()
        self.testa = nn.Linear(nascosti, classi)  # registrata per prima: l'ordine non conta
        self.profondita = profondita
        for numero in range(profondita):
            self.add_module(f"strato{numero}", nn.Linear(nascosti if numero else ingressi, nascosti))

    def forward(self, x):
        for numero in range(self.profondita):
            x = F.relu(getattr(self, f"strato{numero}")(x))
        return self.testa(x)


class _ConLista(_Lista):
    def __init__(self, ingressi, nascosti, classi, profondita):
        super().__init__(ingressi, nascosti, classi, profondita)
        strati = list(self.strati)
        del self.strati
        self.strati = strati


class _Softmax(_Lista):
    def forward(self, x):
        return super().forward(x).softmax(dim=1)


class _SoftmaxEsempi(_Lista):
    def forward(self, x):
        return super().forward(x).softmax(dim=0)


class _LogSoftmax(_Lista):
    def forward(self, x):
        return super().forward(x).log_softmax(dim=1)


class _Staccata(_Lista):
    def forward(self, x):
        for strato in self.strati:
            x = torch.relu(strato(x)).detach()
        return self.testa(x)


class _SenzaGrafo(_Lista):
    @torch.no_grad()
    def forward(self, x):
        return super().forward(x)


class _Normalizza(_Lista):
    def forward(self, x):
        for strato in self.strati:
            x = torch.relu(strato(x))
        return self.testa((x - x.mean(dim=0)) / (x.std(dim=0) + 1e-5))


class _NormalizzaSoftmax(_Normalizza):
    def forward(self, x):
        return super().forward(x).softmax(dim=1)


class _SenzaReLU(_Lista):
    def forward(self, x):
        for strato in self.strati:
            x = strato(x)
        return self.testa(x)


class _ReLUInFondo(_Lista):
    def forward(self, x):
        return super().forward(x).relu()


class _BatchNorm(_Lista):
    def __init__(self, ingressi, nascosti, classi, profondita):
        super().__init__(ingressi, nascosti, classi, profondita)
        self.norma = nn.BatchNorm1d(nascosti)


class _UnoDiMeno(_Lista):
    def __init__(self, ingressi, nascosti, classi, profondita):
        super().__init__(ingressi, nascosti, classi, max(profondita - 1, 1))


class _UnoDiPiu(_Lista):
    def __init__(self, ingressi, nascosti, classi, profondita):
        super().__init__(ingressi, nascosti, classi, profondita + 1)


class _SenzaSuper(nn.Module):
    def __init__(self, ingressi, nascosti, classi, profondita):
        self.testa = nn.Linear(nascosti, classi)

    def forward(self, x):
        return self.testa(x)


class _SenzaReturn(_Lista):
    def forward(self, x):
        super().forward(x)


GIUSTE = {
    "14.1": [_ESAMI, tuple(_ESAMI), [nome.upper() + " " for nome in _ESAMI]],
    "14.2": [_passo_classico, _passo_azzera_subito, _passo_azzera_in_fondo],
    "14.3": [_loss_flatten, _loss_libreria, _loss_somma],
    "14.4": [_colori_permute, _colori_movedim, _colori_transpose, _colori_ciclo],
    "14.5": [_accuratezza_conta, _accuratezza_valuta, _accuratezza_unita],
    "14.6": [_Lista, _Sequenza, _Registrata],
}

SBAGLIATE = {
    "14.1": [
        (_scambiati(0, 3), "Il paziente 1 non va"),
        (_scambiati(1, 4), "Il paziente 2 non va: il pettine"),
        (_scambiati(2, 5), "Il paziente 3 non va: i gradienti ci sono"),
        (_scambiati(3, 4), "Il paziente 4 non va"),
        (_scambiati(4, 5), "Il paziente 5 non va: 1,461"),
        (["separazione"] * 6, "compare più di una volta"),
        ([*_ESAMI[:5], "ottimizzatore"], "Il paziente 6 non va (e «ottimizzatore»"),
        (_ESAMI[:5], "i nomi della tua lista 5"),
        ([*_ESAMI, "seme"], "i nomi della tua lista 7"),
        ([*_ESAMI[:5], "seme"], "«seme» non è fra i sei"),
        ([1, 2, 3, 4, 5, 6], "sono testi"),
        ("separazione", "Serve una lista"),
        (dict(enumerate(_ESAMI)), "Serve una lista"),
    ],
    "14.2": [
        (_passo_con("eval forward backward zero step"), "già stati cancellati"),
        (_passo_con("train forward backward zero step"), "già stati cancellati"),
        (_passo_con("train forward zero step"), "già stati cancellati"),
        (_passo_con("eval forward zero backward step"), "rimasto in eval()"),
        (_passo_con("forward zero backward step"), "rimasto in eval()"),
        (_passo_con("train forward backward step"), "I gradienti vecchi si sommano"),
        (_passo_con("forward backward step"), "Due guasti restano"),
        (_passo_con("train forward zero backward"), "nessuno fa il passo"),
        (_passo_con("train forward step zero backward"), "step viene prima di backward"),
        (_passo_con("train forward zero backward step step"), "uno di troppo"),
        (_passo_con("train forward zero backward step", rende=lambda loss: loss), "il suo grafo"),
        (_passo_con("train forward zero backward step", rende=lambda loss: loss.detach()), "ancora un tensore"),
        (_passo_con("train forward zero backward step", rende=lambda loss: None), "manca il return"),
        (_passo_con("train forward zero backward step forward"), "prima dell'aggiornamento"),
        (_passo_con("train forward zero backward step", riduzione="sum"), "non sono quelli attesi"),
        (_passo_con("train forward zero backward step", rende=lambda loss: 2 * loss.item()), "rifai il conto"),
        (lambda modello, ottimizzatore: 0, "si ferma con TypeError"),
        (3.0, "serve una funzione"),
    ],
    "14.3": [
        (lambda previsione, y: ((previsione - y) ** 2).mean(), "ogni previsione è confrontata con tutte le y"),
        (_loss_con(lambda p, y: ((p - y) ** 2).sum()), "hai sommato"),
        (_loss_con(lambda p, y: (p - y).abs().mean()), "questo è il valore assoluto"),
        (_loss_con(lambda p, y: (p - y).mean()), "si cancellano"),
        (_loss_con(lambda p, y: ((p - y) ** 2).mean().sqrt()), "una radice di troppo"),
        (_loss_con(lambda p, y: (p - y).mean() ** 2), "il quadrato della media"),
        (_loss_con(lambda p, y: (p - y) ** 2), "un numero solo"),
        (_loss_con(lambda p, y: ((p - y) ** 2).sum() / (len(p) - 1)), "N − 1"),
        (_loss_con(lambda p, y: ((p - y) ** 2).mean() / 2), "diviso per due"),
        (_loss_con(lambda p, y: _media_quadrati(p.detach(), y)), "il grafo è staccato"),
        (_loss_con(lambda p, y: _media_quadrati(p, y).item()), "serve un tensore"),
        (_loss_con(_media_quadrati, controlla=False), "serve un ValueError"),
        (lambda previsione, y: F.mse_loss(previsione.squeeze(), y.squeeze()), "serve un ValueError"),
        (_loss_stretta, "si ferma con ValueError"),
        (_loss_altro_errore, "e invece arriva RuntimeError"),
        (_loss_assert, "e invece arriva AssertionError"),
        (_loss_con(_media_quadrati, prepara=lambda p, y: (p, y)), "ogni previsione è confrontata"),
        (0.5, "serve una funzione"),
    ],
    "14.4": [
        (lambda i: i.view(len(i), 3, i.shape[1], i.shape[2]).float(), "I due guasti ci sono ancora"),
        (lambda i: i.view(len(i), 3, i.shape[1], i.shape[2]) / 255, "view rilegge"),
        (lambda i: i.reshape(len(i), 3, i.shape[1], -1).float() / 255, "view rilegge"),
        (lambda i: i.permute(0, 3, 1, 2).float(), "la scala no"),
        (lambda i: i.permute(0, 3, 1, 2).float() / 256, "quasi giusta"),
        (lambda i: i.permute(0, 3, 1, 2).float() / 127.5 - 1, "da −1 a 1"),
        (lambda i: i.permute(0, 3, 2, 1).float() / 255, "sono sdraiate"),
        (lambda i: i.transpose(1, 3).float(), "scambiate, e manca la scala"),
        (lambda i: i.permute(0, 3, 1, 2).flip(1) / 255, "il rosso e il blu"),
        (lambda i: i.permute(0, 3, 1, 2) // 255, "diviso fra interi"),
        (lambda i: (i // 255).permute(0, 3, 1, 2).float(), "diviso fra interi"),
        (lambda i: i / 255, "l'asse dei canali non si è mosso"),
        (lambda i: i.permute(0, 3, 1, 2).double() / 255, "float64"),
        (lambda i: (i.permute(0, 3, 1, 2) / 255).tolist(), "una lista"),
        (lambda i: i.permute(0, 3, 1, 2) / 255 / 255, "due volte"),
        (lambda i: i.permute(2, 0, 1) / 255, "si ferma con"),
        (255, "serve una funzione"),
    ],
    "14.5": [
        (_accuratezza_con(_medie, pulita=False, gradienti=True), "restano due guasti"),
        (_accuratezza_con(_medie), "la media delle medie"),
        (_accuratezza_con(_totale, pulita=False), "rimasto in train()"),
        (_accuratezza_con(_totale, rimetti=False), "lo lasci in eval()"),
        (_accuratezza_con(_totale, rimetti="train"), "lo lasci in train()"),
        (_accuratezza_con(_totale, gradienti=True), "i gradienti erano accesi"),
        (_accuratezza_con(lambda giuste: torch.cat(giuste).sum().item()), "il conto delle giuste"),
        (_accuratezza_con(lambda giuste: 100 * _totale(giuste)), "una percentuale"),
        (_accuratezza_con(lambda giuste: giuste[-1].mean().item()), "solo l'ultimo batch"),
        (_accuratezza_con(lambda giuste: giuste[0].mean().item()), "solo il primo batch"),
        (_accuratezza_con(lambda giuste: 1 - _totale(giuste)), "delle sbagliate"),
        (_accuratezza_con(lambda giuste: torch.cat(giuste).mean()), "È un tensore"),
        (_accuratezza_con(lambda giuste: sum(g.sum().item() for g in giuste) / len(giuste)), "dividi per gli esempi"),
        (_accuratezza_con(lambda giuste: sum(g.mean().item() for g in giuste)), "senza dividere"),
        (_accuratezza_con(lambda giuste: None), "manca il return"),
        (lambda modello, dati: valuta(modello, dati, accuratezza), "lo lasci in eval()"),
        (_accuratezza_asse, "si ferma con"),
        (0.9, "serve una funzione"),
    ],
    "14.6": [
        (_ConLista, "vede solo la testa"),
        (_Softmax, "Escono probabilità"),
        (_SoftmaxEsempi, "sull'asse degli esempi"),
        (_LogSoftmax, "logaritmi di probabilità"),
        (_Staccata, "il grafo è tagliato"),
        (_SenzaGrafo, "il grafo è staccato"),
        (_Normalizza, "dipende ancora dagli altri"),
        (_NormalizzaSoftmax, "e anche la softmax"),
        (_SenzaReLU, "manca la ReLU"),
        (_ReLUInFondo, "una ReLU di troppo"),
        (_BatchNorm, "i parametri non sono quelli"),
        (_UnoDiMeno, "mancano strati"),
        (_UnoDiPiu, "strato di troppo"),
        (_SenzaSuper, "Il costruttore"),
        (_SenzaReturn, "manca il return"),
        (nn.Linear, "Il costruttore"),
        (list, "deve ereditare da nn.Module"),
        (7, "serve una classe"),
    ],
}
