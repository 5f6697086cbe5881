"""L'esame delle forme: ogni previsione è confrontata con la sua y, e nessun reshape scambia due assi?"""

import itertools
import math
import warnings

import torch
from torch import nn

from corso_pytorch.lezioni.l14_museo.bersagli import assi_delle_classi, bersaglio, in_numero
from corso_pytorch.lezioni.l14_museo.esami import Esame, una_copia
from corso_pytorch.lezioni.l14_museo.sonde import CON_RIGHE, chiama, foglie, trasforma
from corso_pytorch.lezioni.l14_museo.spie import SpiaDelleForme


def esame_forme(modello, batch, loss_fn):
    """La loss confronta ogni previsione con la **sua** y, o il broadcasting le incrocia tutte?

    Chi le incrocia non s'accorge se le y cambiano posto; chi le accoppia sì.
    """
    x, y = batch
    with una_copia(modello) as copia:
        uscita = chiama(copia.train(), x)
        for previsione, una_y in itertools.product(foglie(uscita), foglie(y)):
            diverse = previsione.shape != una_y.shape and previsione.numel() == una_y.numel()

            def con_questa(u, nuova, una_y=una_y):
                return loss_fn(u, trasforma(y, lambda t: nuova if t is una_y else t))

            if diverse and previsione.is_floating_point() and _incrocia(uscita, previsione, una_y, con_questa):
                forme = f"{tuple(previsione.shape)} contro {tuple(una_y.shape)}"
                return Esame("forme", False, f"{forme}: il broadcasting incrocia tutte le previsioni con tutte le y")
        if any(_rimescola(uscita, previsione, y, loss_fn) for previsione in foglie(uscita)):
            detto = "un'etichetta guarda i punteggi di altri posti: un reshape dove serviva un permute?"
            return Esame("forme", False, detto)
        with SpiaDelleForme() as spia, warnings.catch_warnings(record=True) as avvisi:
            warnings.simplefilter("always")
            loss_fn(chiama(copia, x), y)
        if spia.incroci:
            forme = " contro ".join(map(str, spia.incroci[0]))
            return Esame("forme", False, f"{forme}: il broadcasting incrocia tutte le previsioni con tutte le y")
        if any("Using a target size" in str(avviso.message) for avviso in avvisi):
            return Esame("forme", False, "previsione e y hanno forme diverse, e il broadcasting le allarga")
        if spia.scambi:
            prima, dopo = spia.scambi[0]
            return Esame("forme", False, f"un reshape porta {prima} a {dopo} senza spostare i numeri: serve permute")
        if not isinstance(y, torch.Tensor):
            return Esame("forme", None, "le y sono più d'una: le accoppia la loss")
        fine = bersaglio(uscita, y, loss_fn)
        if fine is None and not isinstance(uscita, torch.Tensor):
            return Esame("forme", None, "le uscite sono più d'una: le accoppia la loss")
        if fine is not None and _classi_altrove(copia, y, x, loss_fn):
            return Esame("forme", False, "le classi escono sull'ultimo asse, e la loss le cerca sul secondo: transpose")
        return Esame("forme", True, "previsione e y vanno d'accordo")


@torch.no_grad()
def _incrocia(uscita, previsione, y, loss_fn):
    """Vero se la loss guarda y, ma non bada all'ordine in cui stanno lungo uno dei loro assi."""
    giusta = y.reshape(previsione.shape).to(previsione)
    for asse in range(y.dim()):
        girate, prima = y.roll(1, asse), y.narrow(asse, 0, 1).expand_as(y)
        if torch.equal(girate, y):
            continue
        differenze = []
        for risposta in (previsione, giusta):
            nuova = trasforma(uscita, lambda t, risposta=risposta: risposta if t is previsione else t)
            come_sono, dopo, tutte_uguali = (in_numero(loss_fn, nuova, altre) for altre in (y, girate, prima))
            soglia = 1e-5 * (abs(come_sono) + abs(dopo))
            if math.isfinite(come_sono):
                differenze.append((abs(come_sono - dopo) <= soglia, abs(come_sono - tutte_uguali) > 10 * soglia))
        if all(ferma for ferma, _ in differenze) and any(guarda for _, guarda in differenze):
            return True
    return False


def _rimescola(uscita, previsione, y, loss_fn):
    """Vero se il gradiente di un'etichetta cade su punteggi che non sono i suoi, uno per classe, lungo un asse solo."""
    tensori = isinstance(y, torch.Tensor) and previsione.requires_grad
    assi = assi_delle_classi(previsione, y) if tensori else []
    if not assi or y.dim() < 2:
        return False
    posto = tuple(quanti // 2 for quanti in y.shape)
    if y[posto] < 0:
        return False
    quante = previsione.shape[assi[0]]
    altra, gradienti = y.clone(), []
    altra[posto] = (y[posto] + 1) % quante
    for risposta in (y, altra):
        libera = previsione.detach().requires_grad_()
        nuova = trasforma(uscita, lambda t, libera=libera: libera if t is previsione else t)
        gradienti += torch.autograd.grad(loss_fn(nuova, risposta), libera, materialize_grads=True)
    spostati = ((gradienti[0] - gradienti[1]).abs() > 1e-3 * gradienti[0].abs().max()).nonzero()
    if not 2 <= len(spostati) <= quante:
        return False  # la loss lega fra loro tutte le risposte: non si può dire
    colonne = [set(colonna.tolist()) for colonna in spostati.T]
    sue = {int(y[posto]), int(altra[posto])}
    return not any(sue <= colonne[i] and all(len(c) == 1 for j, c in enumerate(colonne) if j != i) for i in assi)


def _classi_altrove(modello, y, x, loss_fn):
    """Con T = C, (N, T, C) e (N, C, T) hanno la stessa forma: la loss cerca le classi dove il modello le ha messe?"""
    ultimo = []
    for modulo in modello.modules():
        if isinstance(modulo, CON_RIGHE):
            modulo.register_forward_hook(lambda modulo, _ingressi, uscita: ultimo.append((modulo, uscita)))
    fine = bersaglio(chiama(modello, x), y, loss_fn)
    if fine is None or fine.asse != 1 or len(assi_delle_classi(fine.previsione, y)) < 2 or not ultimo:
        return False
    strato, uscita = ultimo[-1]
    in_fondo = uscita if isinstance(strato, nn.Linear) or uscita.dim() < 3 else uscita.movedim(1, -1)
    return in_fondo.shape == fine.previsione.shape and torch.equal(in_fondo, fine.previsione)
