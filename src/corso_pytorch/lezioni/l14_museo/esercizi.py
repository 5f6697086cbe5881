"""Gli esercizi della lezione 14: restaurare cinque pezzi del museo, scegliere l'esame, la corsia e le sue cure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.lezioni.l14_museo.corsia import DIAGNOSI, MALATTIE, Paziente, esempi, paziente
from corso_pytorch.lezioni.l14_museo.esami import esame_mescolanza
from corso_pytorch.verifiche.confronti import Assente, simili
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import STACCATO, con_gradiente, generatore, muta
from corso_pytorch.verifiche.registro import esercizio


def _che_cosa(numero: object) -> object:
    """Ciò che una misura restituisce: un numero di Python, o un tensore, con o senza il suo grafo."""
    if isinstance(numero, np.ndarray):
        return Assente("È un array di NumPy: serve un numero di Python, con item().")
    if not isinstance(numero, torch.Tensor):
        return "un numero"
    return "un tensore con il suo grafo" if numero.requires_grad else "un tensore"


def passo(modello: nn.Module, ottimizzatore: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor) -> float:
    modello.train()
    loss = F.cross_entropy(modello(x), y)
    ottimizzatore.zero_grad()
    loss.backward()
    ottimizzatore.step()
    return loss.item()


class _Paziente(nn.Sequential):
    """Un modello che in ``train()`` fa altro anche da sé, non solo nei suoi strati."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x if self.training else x / 2)


def _con_batch_norm(**opzioni: float) -> tuple[nn.Module, torch.optim.Optimizer]:
    """Un modello in ``eval()``, con gradienti vecchi attaccati, e il suo ottimizzatore."""
    modello = _Paziente(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3))
    for parametro in modello.parameters():
        parametro.data = torch.randn(parametro.shape)
        parametro.grad = torch.randn(parametro.shape)
    gruppi = [{"params": [*strato.parameters()]} for strato in modello]
    return modello.eval(), torch.optim.SGD(gruppi, **opzioni)


def _con_uno_strato_in_eval() -> tuple[nn.Module, torch.optim.Optimizer]:
    modello, ottimizzatore = _con_batch_norm(lr=0.1)
    modello.train()[1].eval()
    return modello, ottimizzatore


def _con_dropout() -> tuple[nn.Module, torch.optim.Optimizer]:
    modello = _Paziente(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 3))
    return modello, torch.optim.Adam(modello.parameters(), lr=0.05)


def _un_passo(risposta: object, paziente: Callable, x: torch.Tensor, y: torch.Tensor) -> dict[str, object]:
    modello, ottimizzatore = paziente()
    gradienti, passi = [], []
    modello[-1].bias.register_hook(lambda gradiente: gradienti.append(1))
    ottimizzatore.register_step_post_hook(lambda *argomenti: passi.append(1))
    loss = chiama(risposta, modello, ottimizzatore, x, y, cambia=(0, 1))
    return {
        "ciò che restituisci": _che_cosa(loss),
        "l'insieme dei pesi dopo il passo": torch.cat(
            [parametro.detach().flatten() for parametro in modello.parameters()]
        ),
        "la loss": loss,
        "il numero dei passi": len(passi),
        "il numero dei backward": len(gradienti),
        "le statistiche della batch normalization": list(modello.buffers()),
    }


def _zoppo(
    fasi: str, rende: Callable = torch.Tensor.item, riduzione: str = "mean", esce: Callable = lambda logit: logit
) -> Callable:
    """Un passo che fa queste fasi, in quest'ordine."""

    def passo(modello, ottimizzatore, x, y):
        azioni = {nome: getattr(modello, nome) for nome in ("train", "eval")}
        azioni |= {"zero": ottimizzatore.zero_grad, "step": ottimizzatore.step}
        azioni["solo_lui"] = lambda: setattr(modello, "training", True)
        azioni["solo_gli_strati"] = lambda: [strato.train() for strato in modello]
        azioni["se_serve"] = lambda: modello.training or modello.train()
        for fase in fasi.split():
            if fase == "forward":
                loss = F.cross_entropy(esce(modello(x)), y, reduction=riduzione)
            elif fase == "backward":
                loss.backward()
            else:
                azioni[fase]()
        return rende(loss)

    return passo


def _a_mano(modello, ottimizzatore, x, y):
    loss = F.cross_entropy(modello.train()(x), y)
    gradienti = torch.autograd.grad(loss, [*modello.parameters()])
    with torch.no_grad():
        for parametro, gradiente in zip(modello.parameters(), gradienti, strict=True):
            parametro -= 0.1 * gradiente
    return loss.item()


def _batch(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(n, 4, generator=generatore(n)), torch.arange(n) % 3


esercizio(
    "14.1",
    giusta=passo,
    osserva=_un_passo,
    prove=[
        (lambda: _con_batch_norm(lr=0.1), *_batch(6)),
        (lambda: _con_batch_norm(lr=0.5, weight_decay=0.1), *_batch(9)),
        (_con_dropout, *_batch(7)),
        (_con_dropout, *_batch(1)),
        (_con_uno_strato_in_eval, *_batch(8)),
    ],
    detta=lambda paziente, x, y: f"con {len(x)} {'esempio' if len(x) == 1 else 'esempi'}",
    tolleranza=1e-5,
    sviste={
        "La loss che restituisci si porta dietro il suo grafo: serve un numero di Python.": [
            _zoppo("train forward zero backward step", rende=lambda loss: loss),
            _zoppo("eval forward backward zero step", rende=lambda loss: loss),
        ],
        "Il grafo non c'è più, ma la loss è ancora un tensore: serve un numero di Python.": _zoppo(
            "train forward zero backward step", rende=torch.Tensor.detach
        ),
        "Il batch è passato da strati in eval(): per addestrare, prima si va in train().": [
            _zoppo("eval forward zero backward step"),
            _zoppo("forward zero backward step"),
            _zoppo("forward train zero backward step"),
            _zoppo("solo_lui forward zero backward step"),
        ],
        "Gli strati sono in train(), il modello no: train() va chiamato su di lui, e arriva dappertutto.": _zoppo(
            "solo_gli_strati forward zero backward step"
        ),
        "modello.training può dire True con uno strato ancora in eval(): chiama train() senza guardarlo.": _zoppo(
            "se_serve forward zero backward step"
        ),
        "I gradienti vecchi si sommano ai nuovi: manca qualcosa prima di backward.": _zoppo(
            "train forward backward step"
        ),
        "Due guasti restano: il modello è in eval(), e i gradienti vecchi si sommano.": [
            _zoppo("eval forward backward step"),
            _zoppo("forward backward step"),
        ],
        "I pesi non si muovono: quando arriva step, i gradienti sono già stati cancellati.": [
            _zoppo("train forward backward zero step"),
            _zoppo("eval forward backward zero step"),
        ],
        "I pesi non si muovono: nessuno calcola i gradienti, manca backward.": _zoppo("train forward zero step"),
        "I pesi non si muovono: i gradienti ci sono, ma nessuno fa il passo.": _zoppo("train forward zero backward"),
        "step viene prima di backward: cambia i pesi che backward deve ancora usare.": _zoppo(
            "train forward step zero backward"
        ),
        "I passi sono due: uno di troppo.": _zoppo("train forward zero backward step step"),
        "Il passo lo deve fare l'ottimizzatore che ricevi, con la sua regola e il suo learning rate.": _a_mano,
        "La loss va misurata prima dell'aggiornamento, non dopo.": [
            _zoppo("train forward zero backward step forward"),
            _zoppo("train forward zero backward step eval forward"),
        ],
        "La loss è una somma: qui è la media sul batch.": [
            _zoppo("train forward zero backward step", riduzione="sum"),
            lambda modello, ottimizzatore, x, y: passo(modello, ottimizzatore, x, y) * len(y),
        ],
        "La loss che restituisci è la media, ma il passo usa la somma: il gradiente è N volte troppo grande.": (
            lambda modello, ottimizzatore, x, y: (
                _zoppo("train forward zero backward step", riduzione="sum")(modello, ottimizzatore, x, y) / len(y)
            )
        ),
        "Prima della loss c'è una softmax: cross_entropy vuole i logit, e la fa già lei.": _zoppo(
            "train forward zero backward step", esce=lambda logit: logit.softmax(dim=1)
        ),
        "La loss è arrotondata: restituiscila com'è.": [
            lambda *argomenti, cifre=cifre: round(passo(*argomenti), cifre) for cifre in (2, 3, 4)
        ],
        "Il batch passa due volte dal modello in train(): la batch normalization lo conta due volte.": _zoppo(
            "train forward forward zero backward step"
        ),
    },
)


def prepara_colori(immagini: torch.Tensor) -> torch.Tensor:
    return immagini.permute(0, 3, 1, 2).float() / 255


def _riletta(immagini: torch.Tensor) -> torch.Tensor:
    n, altezza, larghezza, canali = immagini.shape
    return immagini.view(n, canali, altezza, larghezza).float()


def _immagini(n: int, altezza: int, larghezza: int, massimo: int = 255) -> tuple[torch.Tensor]:
    immagini = torch.randint(0, massimo, (n, altezza, larghezza, 3), generator=generatore(n), dtype=torch.uint8)
    immagini[0, 0, 0], immagini[-1, -1, -1] = 0, massimo
    return (immagini,)


esercizio(
    "14.2",
    giusta=prepara_colori,
    nome="Il tensore",
    prove=[
        _immagini(2, 4, 5),
        _immagini(3, 6, 2, massimo=200),  # chi divide per il massimo di queste immagini non deve indovinare per caso
        _immagini(3, 3, 3, massimo=1),
        _immagini(2, 1, 4, massimo=254),
        _immagini(1, 1, 1),
    ],
    detta=lambda immagini: f"con immagini {tuple(immagini.shape)}",
    dtype="stesso",
    sviste={
        "La scala è a posto, i pixel no: view rilegge i numeri in fila, non scambia gli assi.": lambda i: (
            _riletta(i) / 255
        ),
        "I due guasti ci sono ancora: gli assi riletti, e la scala.": _riletta,
        "Gli assi sono a posto, la scala no: i pixel vanno da 0 a 1.": lambda i: prepara_colori(i) * 255,
        "La scala è quasi giusta: il massimo, 255, deve diventare 1.": lambda i: prepara_colori(i) * 255 / 256,
        "I pixel vanno da −1 a 1: qui si chiede da 0 a 1.": lambda i: prepara_colori(i) * 2 - 1,
        "Altezza e larghezza sono scambiate: le figure sono sdraiate.": lambda i: prepara_colori(i).mT,
        "Altezza e larghezza sono scambiate, e manca la scala.": lambda i: prepara_colori(i).mT * 255,
        "I canali sono in ordine inverso: il rosso e il blu sono scambiati.": lambda i: prepara_colori(i).flip(1),
        "Hai diviso fra interi: restano solo 0 e 1.": lambda i: i.permute(0, 3, 1, 2) // 255,
        "Hai diviso due volte per 255.": lambda i: prepara_colori(i) / 255,
        "I colori vanno ancora in fondo: la scala è giusta, l'asse dei canali non si è mosso.": lambda i: i / 255,
        "I colori vanno ancora in fondo, e la scala è quella di prima.": [lambda i: i, lambda i: i.float()],
        "Gli assi vanno nell'ordine (N, 3, altezza, larghezza): i colori subito dopo N.": [
            lambda i: prepara_colori(i).transpose(0, 1),
            lambda i: prepara_colori(i).transpose(1, 2),
        ],
        "Hai diviso per il massimo di queste immagini: la scala cambierebbe a ogni batch.": [
            lambda i: prepara_colori(i) * 255 / i.max(),
            lambda i: prepara_colori(i) * 255 / i.amax((1, 2, 3))[:, None, None, None],
        ],
    },
)


ESAMI = {
    "separazione": "l'unico numero splendido è quello della validazione. Che cosa può averla resa facile?",
    "mescolanza": "il pettine segue l'ordine con cui arrivano gli esempi.",
    "ottimizzatore": "i gradienti ci sono, ma i pesi non si muovono di un bit: chi dovrebbe muoverli?",
    "valutazione": "il modello è uno solo: è la misura che balla.",
    "uscita": "1,461 è il pavimento di un guasto preciso: quale?",
    "gradienti": "i pesi del primo strato contano, ma l'addestramento non li raggiunge.",
}


def _sei_nomi(risposta: object) -> dict[str, str]:
    if not isinstance(risposta, (list, tuple)):
        raise Sbagliato(f"Serve una lista di sei nomi, e invece è {tipo_di(risposta)}.")
    if not all(isinstance(nome, str) for nome in risposta):
        raise Sbagliato("Gli elementi della lista sono testi, fra virgolette.")
    nomi = [nome.strip().lower() for nome in risposta]
    if len(nomi) != len(ESAMI):
        raise Sbagliato(f"I pazienti sono sei, e i nomi della tua lista {len(nomi)}.")
    if ignoti := [nome for nome in nomi if nome not in ESAMI]:
        raise Sbagliato(f"«{ignoti[0]}» non è fra i sei esami da cui scegliere.")
    return {f"il paziente {numero}": nome for numero, nome in enumerate(nomi, 1)}


esercizio(
    "14.3",
    giusta=[*ESAMI],
    osserva=_sei_nomi,
    sviste={
        f"Il paziente {numero} non va: {perche}": [
            [altro if nome == giusto else nome for nome in ESAMI] for altro in ESAMI if altro != giusto
        ]
        for numero, (giusto, perche) in enumerate(ESAMI.items(), 1)
    },
)


def loss_quadratica(previsione: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    previsione, y = previsione.flatten(), y.flatten()
    if len(previsione) != len(y):
        raise ValueError(f"{len(previsione)} previsioni contro {len(y)} y")
    return ((previsione - y) ** 2).mean()


def _loss(formula: str, *cambi: tuple[str, str]) -> Callable:
    return muta(loss_quadratica, ("((previsione - y) ** 2).mean()", formula), *cambi)


def _previsione_e_y(forma_previsione: tuple[int, ...], forma_y: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    caso = generatore(sum(forma_previsione))
    return torch.randn(forma_previsione, generator=caso), torch.randn(forma_y, generator=caso) + 1


_STESSA_FORMA = ("    previsione, y = previsione.flatten(), y.flatten()\n", "")
_IL_CONTROLLO = ("len(previsione) != len(y)", "False")
_IN_COLONNA = "previsione = previsione[:, None] if previsione.dim() == 1 else previsione"

esercizio(
    "14.4",
    giusta=loss_quadratica,
    osserva=con_gradiente(0),
    prove=[
        _previsione_e_y(*forme)
        for forme in (
            *(((5, 1), (5,)), ((7,), (7, 1)), ((4,), (4,)), ((6, 1), (6, 1)), ((1, 1), (1,)), ((1,), (1,))),
            *(((6, 1), (4,)), ((5,), (1,)), ((1, 1), (3,)), ((4,), (8, 1)), ((1, 1), (2, 1)), ((8, 1), (4, 1))),
        )
    ],
    detta=lambda previsione, y: f"con previsione {tuple(previsione.shape)} e y {tuple(y.shape)}",
    sviste={
        "Ogni previsione è confrontata con tutte le y: guarda la forma della differenza.": [
            lambda previsione, y: ((previsione - y) ** 2).mean(),
            muta(loss_quadratica, _STESSA_FORMA),
            *(
                muta(loss_quadratica, ("previsione, y = previsione.flatten(), y.flatten()", f"{una} = {una}.flatten()"))
                for una in ("previsione", "y")
            ),
            _loss("((previsione[:, None] - y) ** 2).mean()"),
            muta(loss_quadratica, ("previsione, y = previsione.flatten(), y.flatten()", _IN_COLONNA)),
            F.mse_loss,
        ],
        "Gli esempi possono non essere in numero uguale: prima di sottrarre confrontali, e alza ValueError.": [
            muta(loss_quadratica, _IL_CONTROLLO),
            lambda previsione, y: F.mse_loss(previsione.flatten(), y.flatten()),
        ],
        "Hai sommato invece di fare la media.": _loss("((previsione - y) ** 2).sum()"),
        "Manca il quadrato: questo è il valore assoluto.": _loss("(previsione - y).abs().mean()"),
        "Manca il quadrato: gli scarti positivi e negativi si cancellano.": _loss("(previsione - y).mean()"),
        "C'è una radice di troppo.": _loss("((previsione - y) ** 2).mean().sqrt()"),
        "Hai fatto il quadrato della media: serve la media dei quadrati.": _loss("(previsione - y).mean() ** 2"),
        "Serve la media, un numero solo: questi sono gli scarti di ogni esempio.": [
            _loss("(previsione - y) ** 2"),
            _loss("(previsione - y)[:, None] ** 2"),
        ],
        "Il denominatore è N − 1: serve N.": _loss("((previsione - y) ** 2).sum() / (len(y) - 1)"),
        "Hai diviso per due.": _loss("((previsione - y) ** 2).mean() / 2"),
        "Due forme diverse possono contenere gli stessi esempi: (N) e (N, 1) vanno bene insieme.": muta(
            loss_quadratica, _STESSA_FORMA, ("len(previsione) != len(y)", "previsione.shape != y.shape")
        ),
    },
)


class _Spia(nn.Module):
    """Un modello che annota come lo si usa; in ``train()`` sbaglia più spesso, e così se lo è solo il suo strato."""

    def __init__(self) -> None:
        super().__init__()
        self.peso, self.strato = nn.Parameter(torch.ones(1)), nn.Identity()
        self.congelato = nn.Parameter(torch.ones(1), requires_grad=False)
        self.con_gradienti = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            x = x.flip(1)
        elif self.strato.training:
            x = x.roll(1, 1)
        x = x * self.peso * self.congelato
        self.con_gradienti |= x.requires_grad
        return x


def accuratezza_totale(modello: nn.Module, dati: list) -> float:
    modalita = modello.training
    modello.eval()
    with torch.no_grad():
        giuste = [(modello(x).argmax(dim=1) == y).double() for x, y in dati]
    modello.train(modalita)
    return torch.cat(giuste).mean().item()


def _misura(risposta: object, in_train: bool, con_i_gradienti: bool, dati: list) -> dict[str, object]:
    modello, accesi = _Spia().train(in_train), []

    def e_i_gradienti(*argomenti: object) -> object:
        torch.set_grad_enabled(con_i_gradienti)
        numero = risposta(*argomenti)
        accesi.append(torch.is_grad_enabled())  # qui dentro: dopo, `chiama` li rimette com'erano
        return numero

    numero = chiama(e_i_gradienti if callable(risposta) else risposta, modello, dati, cambia=(0,))
    return {
        "ciò che restituisci": _che_cosa(numero),
        "l'accuratezza": numero,
        "il calcolo dei gradienti": modello.con_gradienti,
        "la modalità in cui lasci il modello": "train()" if modello.training else "eval()",
        "la modalità in cui lasci gli strati": "train()" if modello.strato.training else "eval()",
        "il calcolo dei gradienti che lasci": accesi[0],
        "il requires_grad dei parametri che lasci": [peso.requires_grad for peso in modello.parameters()],
    }


def _punteggi(giuste: list[int], taglie: list[int], classi: int = 3) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Un batch per taglia, con i punteggi delle classi; in ognuno le prime etichette sono giuste, le altre no."""
    dati = []
    for quante, n in zip(giuste, taglie, strict=True):
        x = torch.randn(n, classi, generator=generatore(10 * n + quante))
        dati.append((x, (x.argmax(1) + (torch.arange(n) >= quante)) % classi))
    return dati


def _accuratezza(conta: str, *cambi: tuple[str, str]) -> Callable:
    return muta(accuratezza_totale, ("torch.cat(giuste).mean().item()", conta), *cambi)


_GIUSTA, _MEDIE = "torch.cat(giuste).mean().item()", "sum(g.mean().item() for g in giuste) / len(giuste)"
_SENZA_EVAL = ("    modello.eval()\n", "")

esercizio(
    "14.5",
    giusta=accuratezza_totale,
    osserva=_misura,
    prove=[
        (True, True, _punteggi([4, 1, 1], [5, 3, 2])),
        (False, True, _punteggi([5, 1], [7, 1])),
        (True, True, _punteggi([3, 2, 0], [4, 4, 1], classi=5)),
        (True, True, _punteggi([2], [3])),
        (False, True, _punteggi([1, 3], [1, 3], classi=2)),
        (True, True, _punteggi([0, 0], [2, 1])),
        (True, False, _punteggi([2, 1], [2, 3])),
    ],
    detta=lambda in_train, accesi, dati: (
        f"con batch da {', '.join(str(len(y)) for _, y in dati)}"
        + ("" if accesi else ", e il calcolo dei gradienti spento")
    ),
    sviste={
        "È un tensore: serve un numero di Python, con item().": _accuratezza("torch.cat(giuste).mean()"),
        "È la media delle medie; i batch corti pesano troppo.": _accuratezza(_MEDIE),
        "Il modello è rimasto in train() mentre lo giudicavi.": _accuratezza(_GIUSTA, _SENZA_EVAL),
        "Restano due guasti, la media delle medie e il modello in train().": [
            _accuratezza(_MEDIE, _SENZA_EVAL),
            _accuratezza(_MEDIE, _SENZA_EVAL, ("no_grad", "enable_grad")),
        ],
        "È il conto delle giuste; dividi per quanti esempi sono.": _accuratezza("torch.cat(giuste).sum().item()"),
        "È una percentuale: serve un numero fra 0 e 1.": _accuratezza(f"100 * {_GIUSTA}"),
        "Hai guardato solo l'ultimo batch.": _accuratezza("giuste[-1].mean().item()"),
        "Hai guardato solo il primo batch: il return è dentro il ciclo?": _accuratezza("giuste[0].mean().item()"),
        "È la quota delle sbagliate.": _accuratezza(f"1 - {_GIUSTA}"),
        "Hai diviso per il numero dei batch: dividi per gli esempi.": _accuratezza(
            "sum(map(sum, giuste)).item() / len(dati)"
        ),
        "I batch non sono tutti lunghi quanto il primo: conta gli esempi un batch alla volta.": _accuratezza(
            "torch.cat(giuste).sum().item() / (len(dati) * len(giuste[0]))"
        ),
        "Hai arrotondato a un intero.": [_accuratezza(f"round({_GIUSTA})"), _accuratezza(f"int({_GIUSTA})")],
        "Hai sommato le quote dei batch, senza dividere.": _accuratezza("sum(g.mean().item() for g in giuste)"),
        "Il numero è giusto, ma i gradienti erano accesi: la memoria del grafo è sprecata.": _accuratezza(
            _GIUSTA, ("no_grad", "enable_grad")
        ),
        "L'attributo training messo a mano non arriva agli strati: per giudicare il modello usa eval().": _accuratezza(
            _GIUSTA, ("modello.eval()", "modello.training = False")
        ),
        "L'attributo training messo a mano non arriva agli strati: alla fine usa train(valore).": _accuratezza(
            _GIUSTA, ("modello.train(modalita)", "modello.training = modalita")
        ),
        "Hai spento il calcolo dei gradienti per tutto il programma: alla fine va riacceso.": _accuratezza(
            _GIUSTA, ("with torch.no_grad():", "torch.set_grad_enabled(False)\n    if True:")
        ),
        "Alla fine accendi il calcolo dei gradienti anche se l'hai trovato spento: rimettilo com'era.": _accuratezza(
            _GIUSTA,
            ("with torch.no_grad():", "torch.set_grad_enabled(False)\n    if True:"),
            ("modello.train(modalita)", "modello.train(modalita)\n    torch.set_grad_enabled(True)"),
        ),
        "Alla fine rendi addestrabili anche i parametri che hai trovato congelati: rimetti ognuno com'era.": [
            _accuratezza(_GIUSTA, ("modello.train(modalita)", "modello.train(modalita).requires_grad_(True)")),
            _accuratezza(
                _GIUSTA,
                ("with torch.no_grad():", "modello.requires_grad_(False)\n    if True:"),
                ("modello.train(modalita)", "modello.train(modalita).requires_grad_(True)"),
            ),
        ],
        "Lasci i parametri congelati: chi addestra il modello dopo di te non li muoverebbe.": [
            _accuratezza(_GIUSTA, ("    modello.eval()\n", "    modello.eval().requires_grad_(False)\n")),
            _accuratezza(_GIUSTA, ("with torch.no_grad():", "modello.requires_grad_(False)\n    if True:")),
        ],
        "Lasci il modello in eval() anche quando l'hai trovato in train(): rimettilo com'era.": _accuratezza(
            _GIUSTA, ("    modello.train(modalita)\n", "")
        ),
        "Lasci il modello in train() anche quando l'hai trovato in eval(): rimettilo com'era.": _accuratezza(
            _GIUSTA, ("train(modalita)", "train()")
        ),
    },
)


def _diagnosi(risposta: object) -> dict[str, str]:
    if not isinstance(risposta, Mapping):
        raise Sbagliato(f"Serve un dizionario {{letto: malattia}}, e invece è {tipo_di(risposta)}.")
    if mancanti := sorted(DIAGNOSI.keys() - risposta.keys()):
        raise Sbagliato(f"Le chiavi sono i numeri dei letti, da 1 a {len(DIAGNOSI)}: manca il letto {mancanti[0]}.")
    if in_piu := risposta.keys() - DIAGNOSI.keys():
        raise Sbagliato(f"I letti vanno da 1 a {len(DIAGNOSI)}: «{min(in_piu, key=str)}» non c'è.")
    if vuoti := [letto for letto in DIAGNOSI if risposta[letto] is ...]:
        raise Sbagliato(f"Il letto {vuoti[0]} aspetta ancora la sua diagnosi.")
    dette = {letto: str(risposta[letto]).strip().lower() for letto in DIAGNOSI}
    if ignote := [detta for detta in dette.values() if detta not in MALATTIE]:
        raise Sbagliato(f"«{ignote[0]}» non è fra le malattie di corsia.MALATTIE.")
    return {f"il letto {letto}": detta for letto, detta in dette.items()}


_GUARDA = {
    1: "le scatole sono fatte tutte allo stesso modo: i suoi tensori di pesi sono quanti quelli degli altri?",
    2: "i suoi numeri sono grandi, ma che cosa rispondono gli attrezzi, uno per uno?",
    3: "il modello è come gli altri: guarda i dati, batch per batch.",
    4: "impara qualcosa, ma a quali tensori di pesi non arriva nulla?",
    5: "chiediti che cosa esce dal modello, e che cosa vuole la loss.",
    6: "il modello può imparare; il suo ottimizzatore, con quel passo?",
    7: "il modello è sano, i dati sono mescolati: resta il legame fra x e y.",
    8: "a molti pesi non arriva nulla, ma perché? Chiedi se la risposta dipende ancora dall'ingresso.",
}

esercizio(
    "14.6",
    giusta=DIAGNOSI,
    osserva=_diagnosi,
    sviste={
        f"Il letto {letto} non va: {guarda}": [DIAGNOSI | {letto: altra} for altra in MALATTIE if altra != malattia]
        for (letto, malattia), guarda in zip(DIAGNOSI.items(), _GUARDA.values(), strict=True)
    },
)


def _mescola(paziente: Paziente) -> Paziente:
    x, y = paziente.tutti()
    ordine = torch.randperm(len(x))
    dati = list(zip(x[ordine].split(32), y[ordine].split(32), strict=True))
    return replace(paziente, dati=dati)


def _con_logaritmi(paziente: Paziente) -> Paziente:
    return replace(paziente, loss_fn=lambda previsione, y: F.nll_loss(previsione.log(), y))


def _con_un_passo_vero(paziente: Paziente) -> Paziente:
    for gruppo in paziente.ottimizzatore.param_groups:
        gruppo["lr"] = 1e-2
    return paziente


def _impara(paziente: Paziente, epoche: int = 3) -> float:
    """L'accuratezza su esempi nuovi, dopo l'addestramento più semplice che c'è."""
    for _ in range(epoche):
        for x, y in paziente.dati:
            paziente.ottimizzatore.zero_grad()
            paziente.loss_fn(paziente.modello(x), y).backward()
            paziente.ottimizzatore.step()
    x, y = esempi(400)
    with torch.no_grad():
        return (paziente.modello.eval()(x).argmax(dim=1) == y).double().mean().item()


def _in_ordine(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Le righe (x, y) in un ordine che non dipende da come sono arrivate."""
    righe = torch.cat([x, y[:, None]], dim=1)
    return righe[righe[:, 0].argsort()]


def _controlla_i_batch(dati: object, letto: int) -> None:
    """I dati sono batch, coppie (x, y), e si leggono più volte: alla seconda epoca devono esserci ancora."""
    try:
        forme = [(x.dim(), y.dim()) for x, y in dati]
        ancora = sum(1 for _ in dati)
    except Exception:
        forme, ancora = [(0, 0)], 1
    if forme and not ancora:
        raise Sbagliato(f"Nel letto {letto} i dati si consumano al primo giro: mettili in una lista, list(…).")
    if {*forme} != {(2, 1)}:
        raise Sbagliato(f"Nel letto {letto} i dati devono essere batch: coppie (x, y), con x (N, 12) e y (N).")


def _guarita(risposte: object, letto: int) -> dict[str, object]:
    if not isinstance(risposte, Mapping) or letto not in risposte:
        raise Sbagliato(f"Serve un dizionario {{letto: funzione}}, con i letti 3, 5 e 6: manca il letto {letto}.")
    if risposte[letto] is ...:
        raise Sbagliato(f"Il letto {letto} aspetta ancora la sua cura.")
    malato, com_era = paziente(letto, seme=7), paziente(letto, seme=7)
    sano = chiama(risposte[letto], malato, cambia=(0,))
    if not isinstance(sano, Paziente):
        raise Sbagliato(f"La cura del letto {letto} deve restituire il paziente, e restituisce {tipo_di(sano)}.")
    pesi = [*sano.modello.parameters()]
    tenuti = all(any(p.shape == q.shape and torch.equal(p, q) for q in pesi) for p in com_era.modello.parameters())
    if not tenuti:
        raise Sbagliato(f"Quello che esce dal letto {letto} è un altro modello: i pesi del paziente non ci sono più.")
    _controlla_i_batch(sano.dati, letto)
    x, y = Paziente.tutti(sano)
    prima = _in_ordine(*com_era.tutti())
    if len(x) != len(prima) or not torch.equal(_in_ordine(x, y), prima):
        raise Sbagliato(f"Nel letto {letto} gli esempi non sono più quelli: la cura può riordinarli, non cambiarli.")
    with torch.no_grad():
        uguali = torch.equal(sano.modello.eval()(x).argmax(dim=1), com_era.modello.eval()(x).argmax(dim=1))
        sano.modello.train()
    if not uguali:
        raise Sbagliato(f"Quello che esce dal letto {letto} risponde in un altro modo: usa ancora i pesi del paziente?")
    if (mescolanza := esame_mescolanza(sano.dati).sano) is None:
        raise Sbagliato(f"Nel letto {letto} la mescolanza non si può guardare: servono più batch, ed etichette intere.")
    if not mescolanza:
        raise Sbagliato(f"Nel letto {letto} i batch contengono ancora poche classi per volta.")
    malati = [f"«{esame.nome}», {esame.detto}" for esame in Paziente.visita(sano).esami if esame.sano is False]
    if malati:
        raise Sbagliato(f"Nel letto {letto} la visita trova ancora qualcosa: {malati[0].rstrip('?')}.")
    if _impara(sano) < 0.85:
        raise Sbagliato(f"Nel letto {letto} la visita è pulita, ma dopo tre epoche il modello sbaglia ancora troppo.")
    return {f"il letto {letto}": "guarito"}


_CURE = {3: _mescola, 5: _con_logaritmi, 6: _con_un_passo_vero}

esercizio(
    "14.7",
    giusta=_CURE,
    osserva=_guarita,
    prove=[(3,), (5,), (6,)],
    sviste={
        "Nel letto 3 i batch contengono ancora poche classi per volta.": _CURE | {3: lambda paziente: paziente},
        "Nel letto 5 la visita trova ancora qualcosa: «uscita», escono probabilità, e la loss rifà la softmax: togli "
        "quella del modello.": _CURE | {5: lambda paziente: paziente},
    },
)


def _senza_l_ultima_relu() -> type[nn.Module]:
    class SenzaUltimaReLU(_restauro()):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for strato in self.strati[:-1]:
                x = strato(x).relu()
            return self.testa(self.strati[-1](x))

    return SenzaUltimaReLU


def _restauro(
    registra: Callable = nn.ModuleList,
    attiva: Callable = torch.relu,
    prima_della_testa: Callable = lambda h: h,
    esce: Callable = lambda logit: logit,
    strati_in_piu: int = 0,
    altro: Callable = lambda nascosti: None,
) -> type[nn.Module]:
    """Il pezzo restaurato; o uno con qualche guasto, se si cambia una delle sue parti."""

    class Restauro(nn.Module):
        def __init__(self, ingressi: int, nascosti: int, classi: int, profondita: int):
            super().__init__()
            misure = [ingressi] + [nascosti] * (profondita + strati_in_piu)
            self.strati = registra([nn.Linear(a, b) for a, b in pairwise(misure)])
            self.testa, self.altro = nn.Linear(misure[-1], classi), altro(nascosti)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for strato in self.strati:
                x = attiva(strato(x))
            return esce(self.testa(prima_della_testa(x)))

    return Restauro


def _normale(h: torch.Tensor) -> torch.Tensor:
    return (h - h.mean(dim=0)) / (h.std(dim=0) + 1e-5)


def _riempi(modello: nn.Module) -> None:
    """Pesi sempre uguali, che dipendono dalla sola forma: non conta l'ordine in cui gli strati sono registrati.

    Le matrici quadrate sono simmetriche, le altre si girano: non conta nemmeno se il peso sta a destra o a sinistra.
    """
    with torch.no_grad():
        for parametro in modello.parameters():
            forma = sorted(parametro.shape)
            valori = torch.randn(forma, generator=generatore(sum(forma))) / max(forma) ** 0.5
            if len(forma) == 2:
                valori = valori + valori.T if forma[0] == forma[1] else valori
                valori = valori if valori.shape == parametro.shape else valori.T
            parametro.copy_(valori.reshape(parametro.shape))


def _quanti(parametri: int) -> str:
    return "c'è un parametro" if parametri == 1 else f"ci sono {parametri} parametri"


_ALTRI_NUMERI = Assente("In eval() escono altri numeri che in train(): qui nulla deve cambiare.")


def _visita(risposta: object, misure: tuple[int, int, int, int], x: torch.Tensor) -> dict[str, object]:
    if not isinstance(risposta, type) or not issubclass(risposta, nn.Module):
        raise Sbagliato(f"Serve una classe che eredita da nn.Module, e la risposta è {tipo_di(risposta)}.")
    modello = chiama(risposta, *misure)
    chiama(modello, x)  # uno strato pigro conosce le sue forme solo dopo il primo forward
    pesi = [*modello.parameters()]
    forme = sorted("×".join(map(str, sorted(peso.shape))) for peso in pesi)
    _riempi(modello)
    logit = chiama(modello, x)
    esito = {"l'elenco delle forme dei parametri": forme, "l'uscita": logit, "il gradiente": STACCATO}
    esito["eval()"] = "come train()" if simili(chiama(modello.eval(), x), logit) else _ALTRI_NUMERI
    if isinstance(logit, torch.Tensor) and logit.requires_grad:
        fermi = [peso for peso in pesi if not peso.requires_grad]
        gradienti = torch.autograd.grad(logit.square().sum(), [*{*pesi} - {*fermi}], allow_unused=True)
        muti = sum(gradiente is None for gradiente in gradienti)
        if fermi:
            esito["il gradiente"] = Assente(f"I logit sono giusti, ma {_quanti(len(fermi))} con requires_grad=False.")
        elif muti:
            esito["il gradiente"] = Assente(
                f"I logit sono giusti, ma {_quanti(muti)} senza gradiente: non si usano, o il grafo è tagliato."
            )
        else:
            esito["il gradiente"] = sorted(gradiente.norm().item() for gradiente in gradienti)
    return esito


esercizio(
    "14.8",
    giusta=_restauro(),
    osserva=_visita,
    prove=[
        (misure, torch.randn(n, misure[0], generator=generatore(n)))
        for n, misure in (
            (11, (5, 8, 3, 2)),
            (6, (4, 7, 6, 1)),
            (5, (3, 9, 2, 4)),
            (4, (6, 6, 6, 3)),
            (1, (2, 5, 1, 2)),
        )
    ],
    detta="con {0[0]} ingressi, {0[1]} nascosti, {0[2]} classi e profondità {0[3]}",
    consigli={"before Module.__init__": "La prima riga del costruttore è super().__init__()."},
    sviste={
        "parameters() vede solo la testa: una lista di Python non registra nulla.": _restauro(registra=list),
        "Manca uno strato: quelli nascosti sono tanti quanto dice profondita.": _restauro(strati_in_piu=-1),
        "Lo stesso strato ripetuto è uno solo, con i pesi in comune: ne serve uno nuovo per ogni posto.": _restauro(
            registra=lambda strati: nn.ModuleList(strati[:1] + strati[1:2] * (len(strati) - 1))
        ),
        "C'è uno strato nascosto di troppo.": _restauro(strati_in_piu=1),
        "I parametri sono troppi: è rimasta una normalizzazione, e va tolta.": [
            _restauro(altro=nn.BatchNorm1d),
            _restauro(altro=nn.LayerNorm),
        ],
        "Escono probabilità: la softmax la fa già la loss.": _restauro(esce=lambda logit: logit.softmax(dim=1)),
        "C'è ancora la softmax, e per giunta sull'asse degli esempi.": _restauro(
            esce=lambda logit: logit.softmax(dim=0)
        ),
        "Escono logaritmi di probabilità: qui si chiedono i logit.": _restauro(
            esce=lambda logit: logit.log_softmax(dim=1)
        ),
        "La risposta a un esempio dipende ancora dagli altri: la normalizzazione va tolta.": _restauro(
            prima_della_testa=_normale
        ),
        "La normalizzazione con gli altri c'è ancora, e anche la softmax.": [
            _restauro(prima_della_testa=_normale, esce=lambda logit: logit.softmax(dim=1)),
            _restauro(prima_della_testa=_normale, esce=lambda logit: logit.softmax(dim=0)),
        ],
        "La normalizzazione è cambiata, ma c'è ancora: va tolta.": [
            _restauro(
                prima_della_testa=lambda h: (h - h.mean(dim=1, keepdim=True)) / (h.std(dim=1, keepdim=True) + 1e-5)
            ),
            _restauro(prima_della_testa=lambda h: F.layer_norm(h, h.shape[1:])),
        ],
        "La ReLU va anche dopo l'ultimo strato nascosto, prima della testa.": _senza_l_ultima_relu(),
        "Fra uno strato e l'altro manca la ReLU.": _restauro(attiva=lambda h: h),
        "Dopo la testa c'è una ReLU di troppo: i logit possono essere negativi.": _restauro(esce=torch.relu),
    },
)
