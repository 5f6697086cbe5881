"""Gli strumenti della visita: chiamare un modello qualunque, tagliare un batch, capire che cosa vuole una loss.

Un modello può avere più ingressi (una tupla, o un dizionario) e più uscite: qui sta ciò che serve per trattarli allo
stesso modo di un tensore solo.
"""

import copy
import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

CON_RIGHE = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
DROPOUT = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)
# Le operazioni che cambiano la forma e non i numeri: si guarda quella che viene prima.
_DI_FORMA = ("View", "UnsafeView", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "T", "Permute", "Clone", "ToCopy")
_DI_FORMA += ("Select", "Slice", "Alias", "Expand", "Index", "Flatten", "Unbind", "Split")
LIMITI = {
    "Relu": (0, math.inf),
    "Softplus": (0, math.inf),
    "Exp": (0, math.inf),
    "Abs": (0, math.inf),
    "Sigmoid": (0, 1),
    "Softmax": (0, 1),
    **dict.fromkeys(("Tanh", "MkldnnRnnLayer"), (-1, 1)),  # il secondo è una LSTM, sulla CPU
    "LogSigmoid": (-math.inf, 0),
}


def chiama(modello: nn.Module, x: object) -> object:
    """Dà al modello una copia degli ingressi: un tensore, una tupla (``modello(*x)``) o un dizionario (``**x``)."""
    x = trasforma(x, torch.Tensor.clone)
    if isinstance(x, Mapping):
        return modello(**x)
    return modello(*x) if isinstance(x, (tuple, list)) else modello(x)


def foglie(cosa: object) -> list[torch.Tensor]:
    """I tensori che stanno in una cosa fatta di tuple, liste, dizionari e dataclass."""
    if isinstance(cosa, torch.Tensor):
        return [cosa]
    return [tensore for parte in _parti(cosa).values() for tensore in foglie(parte)]


def trasforma(cosa: object, cambia: Callable[[torch.Tensor], torch.Tensor]) -> object:
    """La stessa cosa, con ``cambia`` applicata a ogni tensore."""
    if isinstance(cosa, torch.Tensor):
        return cambia(cosa)
    parti = {nome: trasforma(parte, cambia) for nome, parte in _parti(cosa).items()}
    if isinstance(cosa, (tuple, list)):
        return type(cosa)(*parti.values()) if hasattr(cosa, "_fields") else type(cosa)(parti.values())
    if not parti or type(cosa) is dict:
        return parti or cosa
    nuova = copy.copy(cosa)
    for nome, parte in parti.items():
        if isinstance(cosa, Mapping):
            nuova[nome] = parte
        else:
            object.__setattr__(nuova, nome, parte)
    return nuova


def _parti(cosa: object) -> dict:
    if isinstance(cosa, Mapping):
        return dict(cosa)
    if isinstance(cosa, (tuple, list)):
        return dict(enumerate(cosa))
    if dataclasses.is_dataclass(cosa) and not isinstance(cosa, type):
        return {campo.name: getattr(cosa, campo.name) for campo in dataclasses.fields(cosa)}
    return {}


def quanti_esempi(batch: tuple) -> int:
    """Quanti esempi ci sono nel batch: la lunghezza del primo asse di y, o degli ingressi."""
    x, y = batch
    lunghezze = [len(tensore) for tensore in foglie(x) if tensore.dim()]
    di_y = [len(tensore) for tensore in foglie(y) if tensore.dim()]
    return next((n for n in di_y if n in lunghezze), lunghezze[0])


def scegli(cosa: object, quali: object, n: int) -> object:
    """Gli esempi ``quali`` di una cosa che ne ha ``n``: taglia i tensori che hanno n sul primo asse."""
    return trasforma(cosa, lambda tensore: tensore[quali] if tensore.dim() and len(tensore) == n else tensore)


def primi(batch: tuple, quanti: int) -> tuple:
    """I primi esempi di un batch."""
    n = quanti_esempi(batch)
    return tuple(scegli(cosa, slice(quanti), n) for cosa in batch)


def senza_dropout(modello: nn.Module) -> nn.Module:
    """Mette il modello in ``train()`` con il dropout spento, e lo restituisce."""
    modello.train()
    for modulo in modello.modules():
        if isinstance(modulo, DROPOUT):
            modulo.eval()
    return modello


def impara(ottimizzatore: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    """Un passo, dopo il forward. I gradienti sparsi (``sparse=True``) diventano densi: Adam li vuole così."""
    ottimizzatore.zero_grad()
    loss.backward()
    for gruppo in ottimizzatore.param_groups:
        for peso in gruppo["params"]:
            if peso.grad is not None and peso.grad.is_sparse:
                peso.grad = peso.grad.to_dense()
    ottimizzatore.step()


# Che cosa vuole la loss


@dataclass(frozen=True)
class Bersaglio:
    """Che cosa vuole una loss, scoperto dandole risposte scelte da noi.

    Attributes:
        genere: "classi" (una per esempio), "probabilità" (etichette morbide), "sì o no", "conteggi", "numeri".
        previsione: il tensore che si confronta con y.
        vuole: che cosa deve uscire dal modello: "logit", "probabilità", "logaritmi" o "numeri".
        asse: l'asse delle classi, se c'è.
        fondo, ignara, contraria: la loss della risposta migliore, di chi non sa nulla, di chi dice il contrario.
        estrema: la loss di chi dice il contrario, e ancora più forte.
    """

    genere: str
    previsione: torch.Tensor
    vuole: str
    asse: int | None
    fondo: float
    ignara: float
    contraria: float
    estrema: float

    @property
    def rovescia(self) -> bool:
        """Vero se la loss premia chi sbaglia, e tanto più quanto più sbaglia; o se va da +1 a −1, come un coseno."""
        scala = self.fondo > self.ignara > self.contraria > self.estrema
        coseno = all(abs(a - b) < 0.01 for a, b in zip(self._quattro, (1, 0, -1, -1), strict=True))
        cerniera = self._quattro == (2, 1, 0, 0)  # la hinge, con il segno al contrario
        # Una BCE con p e 1 − p scambiati: chi dice il contrario paga quasi nulla.
        scambiata = self.vuole == "probabilità" and self.fondo > 2 * self.ignara > 20 * abs(self.contraria)
        scambiata |= self.vuole == "probabilità" and self.fondo > self.ignara > self.contraria
        return coseno or cerniera or scambiata or (scala and self.contraria - self.estrema > 0.1 * abs(self.contraria))

    @property
    def _quattro(self) -> tuple[float, ...]:
        return self.fondo, self.ignara, self.contraria, self.estrema


@torch.no_grad()
def bersaglio(uscita: object, y: object, loss_fn: Callable) -> Bersaglio | None:
    """Il bersaglio di una loss; ``None`` se non si riconosce (per esempio, la loss di un VAE)."""
    if not isinstance(y, torch.Tensor):
        return None
    trovati = []
    for previsione in foglie(uscita):
        if previsione.is_floating_point() and previsione.dim():

            def loss(risposta: torch.Tensor, previsione: torch.Tensor = previsione) -> float:
                return in_numero(loss_fn, trasforma(uscita, lambda t: risposta if t is previsione else t), y)

            trovati += [trovato for prova in (_classi, _stessi_posti) for trovato in prova(previsione, y, loss)]
            if sposta_da_se(uscita, y, loss_fn):
                trovati += _classi(previsione, y.roll(-1, 1), loss)
    # Una risposta che non sposta la loss non è quella che lei guarda; e la migliore deve battere chi non sa nulla.
    trovati = [b for b in trovati if abs(b.contraria - b.fondo) > 1e-4 * (abs(b.contraria) + abs(b.fondo))]
    trovati = [b for b in trovati if b.fondo < min(b.ignara, b.contraria) or b.rovescia]
    return max(trovati, key=lambda b: (b.ignara - b.fondo) / (abs(b.ignara) + 1e-12), default=None)


def sposta_da_se(uscita: object, y: torch.Tensor, loss_fn: Callable) -> bool:
    """Vero se la loss di un modello di linguaggio non guarda la prima y di ogni frase: le sposta lei."""
    if y.dim() != 2 or y.is_floating_point() or y.shape[1] < 3:
        return False
    altre = torch.cat([y[:, 1:2], y[:, 1:]], dim=1)
    return in_numero(loss_fn, uscita, y) == in_numero(loss_fn, uscita, altre)


def assi_delle_classi(previsione: torch.Tensor, y: torch.Tensor) -> list[int]:
    """Gli assi di ``previsione`` che possono avere un punteggio per classe: il secondo (come in PyTorch) o l'ultimo."""
    if y.is_floating_point() or y.dtype == torch.bool or previsione.dim() != y.dim() + 1:
        return []
    forma = tuple(previsione.shape)
    assi = [1] if forma[:1] + forma[2:] == tuple(y.shape) else []
    assi += [previsione.dim() - 1] if previsione.dim() > 2 and forma[:-1] == tuple(y.shape) else []
    return [asse for asse in assi if forma[asse] > 1 and int(y.max()) < forma[asse]]


def _classi(previsione: torch.Tensor, y: torch.Tensor, loss: Callable) -> Iterator[Bersaglio]:
    for asse in assi_delle_classi(previsione, y):
        quante = previsione.shape[asse]

        def sulle(classi: torch.Tensor, asse: int = asse, quante: int = quante) -> torch.Tensor:
            return F.one_hot(classi.long().clamp(min=0), quante).movedim(-1, asse).to(previsione)

        giuste, altre, vuote = sulle(y), sulle((y.clamp(min=0) + 1) % quante), torch.zeros_like(previsione)
        a_caso = loss(vuote + 1 / quante)
        if -1e-6 < loss(giuste) < 0.1 * a_caso:
            sbagliate = loss(0.9 * altre + 0.1 / quante)
            dette = ("probabilità", loss(giuste), a_caso, sbagliate, sbagliate)
        elif _e_una_nll(*map(loss, (30 * giuste, 60 * giuste, 60 * altre))):
            logaritmi = (0.999 * giuste + 0.001 / quante).log()
            risposte = (logaritmi, vuote - math.log(quante), -30 * (1 - altre), -60 * (1 - altre))
            dette = ("logaritmi", *map(loss, risposte))
        else:
            fondo = min(loss(forza * giuste) for forza in (30, 8, 5, 3))
            dette = ("logit", fondo, loss(vuote), loss(8 * altre), loss(60 * altre))
        if all(map(_finito, dette[1:])):
            yield Bersaglio("classi", previsione, dette[0], asse, *dette[1:])


def _e_una_nll(forte: float, piu_forte: float, contraria: float) -> bool:
    """Vero se la loss cresce, o cala, senza fine con il punteggio della risposta giusta, e dell'altra non si cura."""
    dritta = piu_forte < forte - 1 and contraria > piu_forte
    return dritta or (piu_forte > forte + 1 and abs(contraria) < 1e-3)


def _stessi_posti(previsione: torch.Tensor, y: torch.Tensor, loss: Callable) -> Iterator[Bersaglio]:
    """y ha un numero per ogni numero della previsione: una regressione, un sì o no, o etichette morbide."""
    if previsione.numel() != y.numel() or y.is_complex() or not y.numel():
        return
    y = y.reshape(previsione.shape).to(previsione)
    vuote, media = torch.zeros_like(y), y.mean(dim=0, keepdim=True).expand_as(y)
    if abs(loss(y) - 1) + abs(loss(3 * y) - 1) + abs(loss(-y) + 1) < 0.01:  # un coseno, dritto: va da 1 a -1
        yield Bersaglio("numeri", previsione, "numeri", None, 1.0, 0.0, -1.0, -1.0)
    if set(y.unique().tolist()) == {-1, 1} and loss(y) == loss(3 * y) / 2 == 2 and loss(-y) == loss(-3 * y) == 0:
        yield Bersaglio("numeri", previsione, "numeri", None, 2, 1, 0, 0)
    if loss(y) == -math.inf or loss(y) == math.inf:  # il logaritmo di un errore che qui è zero
        y = y + 1e-3 * (media - y) + 1e-6
    modi = [("numeri", "numeri", None, y, media, 2 * media - y, media + 10 * (media - y))]
    fondo, passo = loss(y), loss(y) - loss(media)
    if passo and abs(loss(2 * y - media) - fondo - passo) < 1e-3 * abs(passo):
        modi = []  # è una retta, come la loss di Wasserstein: y non è la risposta, dice solo da che parte andare
    if y.min() >= 0 and y.max() > 1 and torch.equal(y, y.round()):  # PoissonNLLLoss vuole il logaritmo del conteggio
        medio, logaritmi = media.clamp(min=1e-2).log(), y.clamp(min=1e-2).log()
        altri = 2 * medio - logaritmi
        modi.append(("conteggi", "logaritmi", None, logaritmi, medio, altri, medio + 10 * (medio - logaritmi)))
    if y.min() >= 0 and y.max() <= 1:
        dubbie = y.clamp(1e-4, 1 - 1e-4)
        modi += [
            ("sì o no", "logit", None, dubbie.logit(), vuote, -dubbie.logit(), -9 * dubbie.logit()),
            ("sì o no", "probabilità", None, dubbie, vuote + 0.5, 1 - dubbie, 1 - dubbie),
        ]
        for asse in {1, y.dim() - 1} - {0} if y.dim() > 1 else ():
            if y.shape[asse] > 1 and torch.allclose(y.sum(dim=asse), y.new_ones(()), atol=1e-3):
                logaritmi, ignari = (y + 1e-6).log(), vuote - math.log(y.shape[asse])
                girati = logaritmi.flip(asse)
                entropia = float(-(y * logaritmi).sum(dim=asse).mean())
                if abs(loss(y) - entropia) + abs(loss(ignari.exp()) + float(ignari.mean())) < 0.01:
                    modi = [("probabilità", "probabilità", asse, y, ignari.exp(), girati.exp(), girati.exp())]
                    break
                if loss(logaritmi + 60) < loss(logaritmi) - 1:  # non rifà la softmax: vuole log-probabilità vere
                    modi = [("probabilità", "logaritmi", asse, logaritmi, ignari, girati, girati)]
                    break
                modi.append(("probabilità", "logit", asse, logaritmi, vuote, girati, 9 * girati))
    provati = [(*modo[:3], *map(loss, modo[3:])) for modo in modi]
    provati = [modo for modo in provati if all(map(_finito, modo[3:]))]
    if provati:
        genere, vuole, asse, *numeri = min(provati, key=lambda modo: round(modo[3], 3))
        yield Bersaglio(genere, previsione, vuole, asse, *numeri)


def gia_a_zero(uscita: object, y: object, loss_fn: Callable) -> bool:
    """Vero se la loss nasce a zero, ma non per forza: una con il margine, di risposte già abbastanza lontane."""

    def altrove(tensore: torch.Tensor) -> torch.Tensor:
        return torch.randn_like(tensore) * (1 + tensore.abs()) if tensore.is_floating_point() else tensore

    return in_numero(loss_fn, uscita, y) == 0 and in_numero(loss_fn, trasforma(uscita, altrove), y) > 0


def in_numero(loss_fn: Callable, uscita: object, y: torch.Tensor) -> float:
    """La loss di una risposta scelta da noi, o NaN se lei non l'accetta."""
    try:
        return float(loss_fn(uscita, y))
    except Exception:
        return float("nan")


def _finito(numero: float) -> bool:
    return abs(numero) < float("inf")


# Il grafo e ciò che succede dentro


def ultima_operazione(tensore: torch.Tensor) -> str:
    """L'operazione che ha prodotto un tensore, senza contare chi cambia solo la forma: ``"Softmax"``, ``"Addmm"``."""
    return _ultimo_nodo(tensore)[0]


def limiti(tensore: torch.Tensor) -> tuple[float, float]:
    """Fra quali numeri sta per forza un tensore, a giudicare dall'operazione che l'ha prodotto."""
    nome, nodo = _ultimo_nodo(tensore)
    if nome == "Pow" and nodo._saved_exponent % 2 == 0:
        return 0, math.inf
    if nome in ("Clamp", "ClampMin", "ClampMax", "Hardtanh"):  # anche la ReLU6 è una hardtanh
        lati = ("_saved_min", "_saved_max") if nome != "Hardtanh" else ("_saved_min_val", "_saved_max_val")
        estremi = [getattr(nodo, lato, None) for lato in lati]
        if all(isinstance(estremo, (int, float, type(None))) for estremo in estremi):
            minimo, massimo = estremi
            return -math.inf if minimo is None else minimo, math.inf if massimo is None else massimo
    return LIMITI.get(nome, (-math.inf, math.inf))


def _ultimo_nodo(tensore: torch.Tensor) -> tuple:
    nodo = tensore.grad_fn
    while nodo is not None:
        nome = nodo.name().rsplit(".", 1)[-1].split("Backward")[0]
        if nome not in _DI_FORMA or not nodo.next_functions:
            return nome, nodo
        nodo = nodo.next_functions[0][0]
    return "", None


def foglie_del_grafo(uscita: object) -> list[torch.Tensor]:
    """I tensori che ricevono un gradiente quando si torna indietro da ``uscita``, registrati o no."""
    da_vedere, visti, trovate = [t.grad_fn for t in foglie(uscita)], set(), []
    while da_vedere:
        nodo = da_vedere.pop()
        if nodo is None or nodo in visti:
            continue
        visti.add(nodo)
        if hasattr(nodo, "variable"):
            trovate.append(nodo.variable)
        da_vedere += [prima for prima, _ in nodo.next_functions]
    return trovate


def ignoti(modello: nn.Module, x: object) -> list[torch.Tensor]:
    """I tensori da cui la risposta dipende e che ``parameters()`` non conosce; l'ingresso stesso non conta."""
    noti, ingressi = {id(peso) for peso in modello.parameters()}, [ingresso.flatten() for ingresso in foglie(x)]
    fuori = [foglia for foglia in foglie_del_grafo(chiama(modello, x)) if id(foglia) not in noti]
    return [f for f in fuori if not any(torch.equal(f.detach().flatten(), i.to(f.dtype)) for i in ingressi)]


def tenuti_col_grafo(modello: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """I tensori che i moduli tengono come attributi, e che vengono da un conto: il loro nome, e loro."""
    for nome, modulo in modello.named_modules():
        for attributo, valore in vars(modulo).items():
            if isinstance(valore, torch.Tensor) and not valore.is_leaf:
                yield f"{nome}.{attributo}".lstrip("."), valore


def conosce(modello: nn.Module, tensore: torch.Tensor) -> bool:
    """Vero se un tensore viene da un conto che tocca almeno un peso di ``parameters()``."""
    noti = {id(peso) for peso in modello.parameters()}
    return any(id(foglia) in noti for foglia in foglie_del_grafo(tensore))


def dove_sta(modello: nn.Module, cercato: torch.Tensor) -> str:
    """Il posto di un tensore non registrato, come ``strati[0].weight``; ``""`` se il modello non lo tiene."""

    def cerca(cosa: object, nome: str, giri: int) -> Iterator[str]:
        if cosa is cercato:
            yield nome
        elif isinstance(cosa, nn.Module):
            yield from (f"{nome}.{peso}" for peso, valore in cosa.named_parameters() if valore is cercato)
            dentro = [(f"{nome}.{n}", v) for n, v in vars(cosa).items() if not n.startswith("_")]
            for posto, valore in dentro if giri else ():
                yield from cerca(valore, posto, giri - 1)
        elif giri and isinstance(cosa, (list, tuple, Mapping)):
            for posto, valore in cosa.items() if isinstance(cosa, Mapping) else enumerate(cosa):
                yield from cerca(valore, f"{nome}[{posto!r}]", giri - 1)

    for nome, modulo in modello.named_modules():
        privati = {"_parameters", "_modules"} | {n for n in vars(modulo) if n.endswith("_hooks")}
        for attributo, valore in vars(modulo).items():
            if attributo not in privati:
                trovato = next(cerca(valore, f"{nome}.{attributo}" if nome else attributo, 3), "")
                if trovato:
                    return trovato
    return ""


class Spia(TorchFunctionMode):
    """Dentro il suo blocco annota ogni ReLU (quali unità si accendono) e dice se un dropout è acceso.

    Attributes:
        relu: coppie (nome del modulo in cui sta, tensore di vero/falso).
        sature: i nomi dei moduli in cui una tanh, per più di quattro quinti, dà quasi −1 o quasi 1.
        dropout: vero se un dropout ha spento qualcosa.
    """

    def __init__(self, modello: nn.Module):
        super().__init__()
        self.relu, self.sature, self.dropout, self._strada = [], [], False, []
        for nome, modulo in modello.named_modules():
            modulo.register_forward_pre_hook(lambda *_, nome=nome: self._strada.append(nome))
            modulo.register_forward_hook(self._esce, always_call=True)

    def _esce(self, *_: object) -> None:
        self._strada.pop()

    def __torch_function__(self, funzione, tipi, argomenti=(), opzioni=None):
        opzioni = opzioni or {}
        uscita = funzione(*argomenti, **opzioni)
        nome = getattr(funzione, "__name__", "")
        if nome in ("relu", "relu_"):
            self.relu.append((self._strada[-1] if self._strada else "", uscita.detach() > 0))
        elif nome in ("tanh", "tanh_") and (uscita.detach().abs() > 0.98).double().mean() > 0.8:
            self.sature.append(self._strada[-1] if self._strada else "forward")
        elif "dropout" in nome:
            quota = opzioni.get("p", argomenti[1] if len(argomenti) > 1 else 0.5)
            acceso = opzioni.get("training", argomenti[2] if len(argomenti) > 2 else True)
            self.dropout |= bool(quota and acceso)
        elif nome == "scaled_dot_product_attention":
            self.dropout |= bool(opzioni.get("dropout_p", argomenti[4] if len(argomenti) > 4 else 0))
        return uscita


class SpiaDelleForme(TorchFunctionMode):
    """Dentro il suo blocco annota le forme che quasi mai si vogliono.

    Attributes:
        scambi: coppie di forme (prima, dopo) di un ``reshape`` che scambia due assi senza spostare i numeri.
        incroci: coppie di forme di una sottrazione fra una previsione e una y, (N, 1) e (N), che le incrocia tutte.
    """

    def __init__(self):
        super().__init__()
        self.scambi, self.incroci = [], []

    def __torch_function__(self, funzione, tipi, argomenti=(), opzioni=None):
        uscita = funzione(*argomenti, **(opzioni or {}))
        nome = getattr(funzione, "__name__", "").strip("_")
        if nome in ("view", "reshape") and _scambia_assi(argomenti[0].shape, uscita.shape):
            self.scambi.append((tuple(argomenti[0].shape), tuple(uscita.shape)))
        coppia = [cosa for cosa in argomenti if isinstance(cosa, torch.Tensor)]
        if nome in ("sub", "rsub") and len(coppia) == 2 and coppia[0].requires_grad != coppia[1].requires_grad:
            quadrata = uscita.dim() == 2 and uscita.shape[0] == uscita.shape[1] > 1
            if (
                quadrata
                and {tensore.dim() for tensore in coppia} == {1, 2}
                and max(map(torch.numel, coppia)) == len(uscita)
            ):
                self.incroci.append(tuple(tuple(tensore.shape) for tensore in coppia))
        return uscita


def _scambia_assi(prima: torch.Size, dopo: torch.Size) -> bool:
    """Vero se (N, C, …) diventa (N, …, C), o il contrario, anche con gli assi di mezzo fusi in uno, o separati."""
    lunga, corta = sorted((tuple(prima[1:]), tuple(dopo[1:])), key=len, reverse=True)
    if prima[:1] != dopo[:1] or len(corta) < 2 or lunga == corta:
        return False
    fusi = {(*lunga[:i], math.prod(lunga[i:j]), *lunga[j:]) for j in range(len(lunga) + 1) for i in range(j)}
    davanti, in_fondo = (lunga[0], lunga[1:], corta[-1], corta[:-1]), (lunga[-1], lunga[:-1], corta[0], corta[1:])
    return corta not in fusi and any(  # fondere due assi vicini, o dividerne uno, non sposta nulla
        asse == spostato and len({1, asse, fuso := math.prod(resto)}) == 3 and altri in (resto, (fuso,))
        for asse, resto, spostato, altri in (davanti, in_fondo)
    )


def primi_ingressi(modello: nn.Module, x: object) -> list[torch.Tensor]:
    """Ciò che entra nel primo strato con una matrice di pesi, dopo le normalizzazioni che il modello fa da sé.

    Poi ciò che entra in altri strati così com'era in x: un modello può avere più ingressi, ognuno con la sua scala.
    """
    visto, com_erano = [], foglie(x)

    def guarda(modulo: nn.Module, ingressi: tuple) -> None:
        if ingressi and isinstance(ingressi[0], torch.Tensor) and ingressi[0].is_floating_point():
            entra = ingressi[0].detach()
            if not visto or any(_contiene(entra, uno) for uno in com_erano if uno.is_floating_point()):
                visto.append(entra.clone())

    for modulo in modello.modules():
        pesi = modulo.parameters(recurse=False)
        if not isinstance(modulo, nn.Embedding) and any(nn.parameter.is_lazy(p) or p.dim() > 1 for p in pesi):
            modulo.register_forward_pre_hook(guarda)
    chiama(modello, x)
    return visto


def _contiene(entra: torch.Tensor, uno: torch.Tensor) -> bool:
    """Vero se un ingresso del modello sta, intero e intatto, fra le colonne di ciò che entra in uno strato."""
    if entra.dim() != uno.dim() or entra.shape[:-1] != uno.shape[:-1] or not uno.dim():
        return False
    larga = uno.shape[-1]
    posti = range(entra.shape[-1] - larga + 1)
    return any(torch.equal(entra[..., posto : posto + larga], uno) for posto in posti)
