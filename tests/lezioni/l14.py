"""Le risposte di prova agli esercizi della lezione 14."""

from dataclasses import replace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.addestramento import accuratezza, valuta
from corso_pytorch.lezioni.l14_museo import esercizi as museo

# 14.3
_ESAMI = [*museo.ESAMI]


# 14.1
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


def _passo_con_chiusura(modello, ottimizzatore, x, y):
    def chiusura():
        ottimizzatore.zero_grad()
        loss = F.cross_entropy(modello(x), y)
        loss.backward()
        return loss

    modello.train()
    return ottimizzatore.step(chiusura).item()


def _passo_a_metodi(modello, ottimizzatore, x, y):
    modello.train()
    loss = F.cross_entropy(modello(x), y)
    parametri = [*modello.parameters()]
    for parametro, gradiente in zip(parametri, torch.autograd.grad(loss, parametri), strict=True):
        parametro.grad = gradiente
    ottimizzatore.step()
    modello.eval()
    return loss.item()


def _passo_un_gruppo(modello, ottimizzatore, x, y):
    for parametro in ottimizzatore.param_groups[0]["params"]:
        parametro.grad = None
    loss = F.cross_entropy(modello.train()(x), y)
    loss.backward()
    ottimizzatore.step()
    return loss.item()


# 14.4
def _loss_libreria(previsione, y):
    if previsione.numel() != y.numel():
        raise ValueError("quante sono?")
    return F.mse_loss(previsione.reshape(-1), y.reshape(-1))


def _loss_somma(previsione, y):
    if previsione.shape[0] != y.shape[0]:
        raise ValueError
    scarti = previsione.view(-1, 1) - y.view(-1, 1)
    return (scarti * scarti).sum() / len(scarti)


def _loss_altro_errore(previsione, y):
    assert len(previsione) == len(y)
    return museo.loss_quadratica(previsione, y)


# 14.2
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
        return torch.cat([modello(x).argmax(1) == y for x, y in dati]).double().mean().item()
    finally:
        modello.train(era)


def _accuratezza_congela_e_scongela(modello, dati):
    era, pesi = modello.training, [p for p in modello.parameters() if p.requires_grad]
    modello.eval().requires_grad_(False)
    giuste = [bool(giusta) for x, y in dati for giusta in modello(x).argmax(dim=1) == y]
    for peso in pesi:
        peso.requires_grad_()
    modello.train(era)
    return sum(giuste) / len(giuste)


# 14.6 e 14.7
class _ConLogaritmo(nn.Module):
    """Avvolge un modello che dà probabilità, e ne dà i logaritmi."""

    def __init__(self, malato):
        super().__init__()
        self.malato = malato

    def forward(self, x):
        return self.malato(x).log()


def _avvolge(paziente):
    return replace(paziente, modello=_ConLogaritmo(paziente.modello))


def _altro_ottimizzatore(paziente):
    paziente.ottimizzatore = torch.optim.SGD(paziente.modello.parameters(), lr=0.1, momentum=0.9)
    return paziente


def _con_un_dataloader(paziente):
    dati = torch.utils.data.TensorDataset(*paziente.tutti())
    return replace(paziente, dati=torch.utils.data.DataLoader(dati, batch_size=32, shuffle=True))


def _sostituisce(paziente):
    rete = nn.Sequential(nn.Linear(12, 64), nn.ReLU(), nn.Linear(64, 4))
    return replace(paziente, modello=rete, ottimizzatore=torch.optim.Adam(rete.parameters(), lr=1e-2))


def _butta_esempi(paziente):
    return replace(paziente, dati=paziente.dati[:3])


def _mescola_solo_x(paziente):
    x, y = paziente.tutti()
    x = x[torch.randperm(len(x))]
    return replace(paziente, dati=list(zip(x.split(32), y.split(32), strict=True)))


def _mescola_i_batch(paziente):
    return replace(paziente, dati=[paziente.dati[i] for i in torch.randperm(len(paziente.dati))])


def _esagera(paziente):
    paziente.ottimizzatore.param_groups[0]["lr"] = 50.0
    return paziente


_DIAGNOSI = museo.DIAGNOSI
_CURE = {3: museo._mescola, 5: museo._con_logaritmi, 6: museo._con_un_passo_vero}


# 14.8
class _Sequenza(nn.Module):
    def __init__(self, ingressi, nascosti, classi, profondita):
        super().__init__()
        strati = [nn.Linear(ingressi, nascosti), nn.ReLU()]
        for _ in range(profondita - 1):
            strati += [nn.Linear(nascosti, nascosti), nn.ReLU()]
        self.rete = nn.Sequential(*strati, nn.Linear(nascosti, classi))

    def forward(self, x):
        return self.rete(x)


class _AlRovescio(nn.Module):
    def __init__(self, ingressi, nascosti, classi, profondita):
        super().__init__()
        self.testa = nn.Linear(nascosti, classi)
        self.profondita = profondita
        for numero in reversed(range(profondita)):
            self.add_module(f"strato{numero}", nn.Linear(nascosti if numero else ingressi, nascosti))

    def forward(self, x):
        for numero in range(self.profondita):
            x = F.relu(getattr(self, f"strato{numero}")(x))
        return self.testa(x)


class _DiParametri(nn.Module):
    def __init__(self, ingressi, nascosti, classi, profondita):
        super().__init__()
        misure = [ingressi, *[nascosti] * profondita, classi]
        coppie = [*zip(misure, misure[1:], strict=False)]
        self.bias = nn.ParameterList([torch.zeros(b) for _, b in coppie])
        self.pesi = nn.ParameterList([torch.randn(coppia) for coppia in coppie])

    def forward(self, x):
        for numero, (peso, bias) in enumerate(zip(self.pesi, self.bias, strict=True)):
            x = (x.clamp(min=0) if numero else x) @ peso + bias
        return x


class _SenzaSuper(nn.Module):
    def __init__(self, ingressi, nascosti, classi, profondita):
        self.testa = nn.Linear(nascosti, classi)

    def forward(self, x):
        return self.testa(x)


class _SempreIlPrimo(_Sequenza):
    def forward(self, x):
        primo, *altri, testa = [strato for strato in self.rete if isinstance(strato, nn.Linear)]
        x = primo(x).relu()
        for _ in altri:
            x = altri[0](x).relu()
        return testa(x)


class _AltroInEval(_Sequenza):
    altro = staticmethod(lambda logit: logit.softmax(dim=1))

    def forward(self, x):
        logit = super().forward(x)
        return logit if self.training else self.altro(logit)


class _NormalizzaInEval(_AltroInEval):
    altro = staticmethod(lambda logit: (logit - logit.mean(dim=0)) / (logit.std(dim=0, correction=0) + 1e-5))


class _ClasseInEval(_AltroInEval):
    altro = staticmethod(lambda logit: logit.argmax(dim=1))


class _SenzaReturn(_Sequenza):
    def forward(self, x):
        super().forward(x)


def _mescola_e_consuma(paziente):
    sano = museo._mescola(paziente)
    sano.dati = (coppia for coppia in sano.dati)
    return sano


def _mescola_senza_batch(paziente):
    paziente.dati = paziente.tutti()
    return paziente


def _si_fa_visitare_da_altri(paziente):
    paziente.visita = lambda: museo.paziente(2).visita()
    return paziente


GIUSTE = {
    "14.3": [tuple(_ESAMI), [nome.upper() + " " for nome in _ESAMI]],
    "14.1": [_passo_azzera_subito, _passo_azzera_in_fondo, _passo_con_chiusura, _passo_a_metodi],
    "14.4": [_loss_libreria, _loss_somma],
    "14.2": [lambda i: torch.movedim(i, -1, 1).to(torch.float32).div(255), _colori_transpose, _colori_ciclo],
    "14.5": [_accuratezza_conta, _accuratezza_valuta, _accuratezza_unita, _accuratezza_congela_e_scongela],
    "14.6": [{letto: f" {malattia.upper()}" for letto, malattia in _DIAGNOSI.items()}],
    "14.7": [
        _CURE | {5: _avvolge},
        _CURE | {6: _altro_ottimizzatore},
        _CURE | {3: _con_un_dataloader},
    ],
    "14.8": [_Sequenza, _AlRovescio, _DiParametri],
}

SBAGLIATE = {
    "14.3": [
        (["separazione"] * 6, "Il paziente 2 non va"),
        (_ESAMI[::-1], "Il paziente 1 non va"),
        (_ESAMI[:5], "i nomi della tua lista 5"),
        ([*_ESAMI[:5], "seme"], "«seme» non è fra i sei"),
        ([1, 2, 3, 4, 5, 6], "sono testi"),
        ("separazione", "Serve una lista"),
        (dict(enumerate(_ESAMI)), "Serve una lista"),
    ],
    "14.1": [
        (lambda *argomenti: 2 * museo.passo(*argomenti), "La loss non è"),
        (lambda modello, ottimizzatore: 0, "TypeError"),
        (_passo_un_gruppo, "L'insieme dei pesi dopo il passo"),
    ],
    "14.4": [
        (_loss_altro_errore, "dovrebbe fermarsi con ValueError"),
        (lambda p, y: museo.loss_quadratica(p.detach(), y), "il gradiente non torna indietro"),
        (lambda p, y: museo.loss_quadratica(p, y).item(), "serve un tensore"),
    ],
    "14.2": [(lambda i: museo.prepara_colori(i).double(), "float64")],
    "14.5": [
        (lambda *argomenti: np.array(museo.accuratezza_totale(*argomenti)), "un array di NumPy"),
        (lambda modello, dati: sum((modello(x).argmax(dim=0) == y).sum().item() for x, y in dati), "si ferma con"),
    ],
    "14.6": [
        ({letto: "sano" for letto in _DIAGNOSI}, "Il letto 1 non va"),
        (_DIAGNOSI | {8: "grafo staccato"}, "se la risposta dipende ancora dall'ingresso"),
        (_DIAGNOSI | {2: "mal di testa"}, "«mal di testa» non è fra le malattie"),
        ({1: "sano"}, "manca il letto 2"),
        (_DIAGNOSI | {2: ""}, "non è fra le malattie"),
        (_DIAGNOSI | {9: "sano"}, "«9» non c'è"),
        ([*_DIAGNOSI.values()], "Serve un dizionario"),
    ],
    "14.7": [
        (_CURE | {5: _sostituisce}, "è un altro modello"),
        (_CURE | {3: _butta_esempi}, "gli esempi non sono più quelli"),
        (_CURE | {3: _mescola_solo_x}, "gli esempi non sono più quelli"),
        (_CURE | {3: _mescola_i_batch}, "ancora poche classi per volta"),
        (_CURE | {5: lambda paziente: paziente}, "«uscita», escono probabilità"),
        (_CURE | {6: lambda paziente: paziente}, "«primi passi», dopo venti passi"),
        (_CURE | {6: _esagera}, "la loss esplode"),
        (_CURE | {3: lambda paziente: print(end="")}, "manca il return"),
        (_CURE | {6: lambda paziente: paziente.modello}, "deve restituire il paziente"),
        ({3: museo._mescola}, "manca il letto 5"),
        (_CURE | {3: _mescola_e_consuma}, "si consumano al primo giro"),
        (_CURE | {3: _mescola_senza_batch}, "devono essere batch"),
        (_CURE | {5: _si_fa_visitare_da_altri}, "«uscita»"),
        ([museo._mescola], "Serve un dizionario"),
    ],
    "14.8": [
        (museo._restauro(attiva=lambda h: h.relu().detach()), "il grafo è tagliato"),
        (
            museo._restauro(registra=lambda strati: nn.ModuleList(strati).requires_grad_(False)),
            "4 parametri con requires",
        ),
        (museo._restauro(esce=torch.Tensor.detach), "il gradiente non torna indietro"),
        *((classe, "In eval() escono altri numeri") for classe in (_AltroInEval, _NormalizzaInEval, _ClasseInEval)),
        (_SempreIlPrimo, "il grafo è tagliato"),
        (_SenzaSuper, "super().__init__()"),
        (_SenzaReturn, "manca il return"),
        (nn.Linear, "si ferma con"),
        (list, "eredita da nn.Module"),
        (7, "eredita da nn.Module"),
    ],
}
