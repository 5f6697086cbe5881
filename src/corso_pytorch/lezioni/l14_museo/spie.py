"""Le spie della visita: che cosa succede dentro un modello mentre un batch lo attraversa."""

import math

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from corso_pytorch.lezioni.l14_museo.sonde import chiama, foglie


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
