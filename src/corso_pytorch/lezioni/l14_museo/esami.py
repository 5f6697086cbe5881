"""Gli esami della lezione 14 che guardano i dati, il ciclo e le misure: ognuno cerca un errore che non si annuncia.

Quelli che guardano il modello sono in `esami_forme`, `esami_uscita`, `esami_vicini`, `esami_pesi` e `esami_passi`.
"""

import contextlib
import copy
import random
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Esame:
    """L'esito di un esame: ``sano`` è ``None`` quando l'esame non si può fare su questo caso."""

    nome: str
    sano: bool | None
    detto: str

    def __str__(self) -> str:
        segno = {True: "✓", False: "✗", None: "–"}[self.sano]
        return f"{segno} {self.nome}: {self.detto}"


@contextlib.contextmanager
def una_copia(*oggetti: object) -> Iterator:
    """Presta una copia di un modello (o di più cose insieme): ciò che le si fa non tocca l'originale.

    Dentro il blocco il seme è fissato, i gradienti sono accesi e gli avvisi tacciono; all'uscita i generatori casuali
    tornano com'erano. Copiati insieme, un modello e il suo ottimizzatore restano legati.

    Raises:
        TypeError: una delle cose non si lascia copiare.
    """
    try:
        gia_copiati = _senza_grafo(oggetti)
        copie = copy.deepcopy(oggetti, gia_copiati)
        for cosa, copia in zip(oggetti, copie, strict=True):
            if isinstance(cosa, torch.optim.Optimizer):  # copiandosi, un LBFGS dimentica qualche attributo
                dimenticati = {n: v for n, v in vars(cosa).items() if n not in vars(copia) and not callable(v)}
                vars(copia).update(copy.deepcopy(dimenticati, gia_copiati))
    except Exception as errore:
        raise TypeError(f"Non riesco a fare una copia su cui lavorare: {errore}") from errore
    stati = random.getstate(), np.random.get_state()
    schede = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    try:
        with torch.random.fork_rng(devices=schede), torch.enable_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(0)
            yield copie if len(copie) > 1 else copie[0]
    finally:
        random.setstate(stati[0])
        np.random.set_state(stati[1])


def _senza_grafo(oggetti: tuple) -> dict[int, object]:
    """Ciò che un forward ha lasciato nei moduli (un tensore con il suo grafo, che ``deepcopy`` rifiuta), staccato."""
    moduli = [modulo for cosa in oggetti if isinstance(cosa, torch.nn.Module) for modulo in cosa.modules()]
    tenuti = [valore for modulo in moduli for valore in vars(modulo).values() if isinstance(valore, torch.Tensor)]
    return {id(tensore): tensore.detach().clone() for tensore in tenuti if not tensore.is_leaf}


def esame_azzeramento(passo: Callable, modello: torch.nn.Module, ottimizzatore, batch: tuple) -> Esame:
    """Il passo azzera i gradienti? Con i pesi fermi, ripetuto sullo stesso batch, deve dare gli stessi gradienti.

    Args:
        passo: ``passo(modello, ottimizzatore, x, y)``: un giro completo, dal forward a ``step()``.
    """
    x, y = batch
    with una_copia(modello, ottimizzatore) as (copia, suo):
        for gruppo in suo.param_groups:
            gruppo["lr"] = 0.0  # l'ottimizzatore fa il suo passo, ma i pesi non si muovono
        giri = []
        for _ in range(2):
            torch.manual_seed(0)  # lo stesso dropout nei due giri
            passo(copia, suo, x, y)
            giri.append([p.grad.clone() for p in copia.parameters() if p.grad is not None])
    scarto = sum(float((a - b).norm()) for a, b in zip(*giri, strict=True))
    misura = sum(float(a.norm()) for a in giri[0])
    if not misura:
        return Esame("azzeramento", None, "alla fine del passo non ci sono gradienti da confrontare")
    if scarto <= 0.1 * misura:
        return Esame("azzeramento", True, "ogni passo parte da gradienti puliti")
    return Esame("azzeramento", False, "i gradienti si sommano da un passo all'altro: manca zero_grad()")


def esame_valutazione(valuta: Callable, modello: torch.nn.Module, dati: object) -> Esame:
    """La valutazione lascia il modello com'era e, ripetuta, dà lo stesso numero? Se no, manca ``eval()``.

    Args:
        valuta: ``valuta(modello, dati)``, un numero.
    """
    with una_copia(modello) as copia:
        copia.train()  # così lo lascia l'addestramento
        prima = {nome: valore.clone() for nome, valore in copia.state_dict().items()}
        numeri = float(valuta(copia, dati)), float(valuta(copia, dati))
        dopo = copia.state_dict()
    if any(not torch.equal(prima[nome], dopo[nome]) for nome in prima):
        return Esame("valutazione", False, "valutare cambia il modello: manca eval()")
    if abs(numeri[0] - numeri[1]) > 1e-4 * max(1.0, abs(numeri[0])):
        return Esame("valutazione", False, "due valutazioni uguali danno numeri diversi: manca eval()")
    return Esame("valutazione", True, "ripetuta dà lo stesso numero, e non cambia il modello")


def esame_mescolanza(dati: Iterable) -> Esame:
    """Ogni batch somiglia all'insieme? Conta le classi di ogni batch, e le confronta con quelle di un ordine a caso.

    Args:
        dati: le coppie (x, y) di batch; y sono classi, interi di forma (N,).
    """
    etichette = [y.detach().cpu() for _, y in dati]
    if len(etichette) < 2 or etichette[0].is_floating_point():
        return Esame("mescolanza", None, "servono almeno due batch, con le classi come etichette")
    caso = torch.Generator().manual_seed(0)
    tutte = torch.cat(etichette)
    a_caso = tutte[torch.randperm(len(tutte), generator=caso)].split([len(y) for y in etichette])
    viste, attese = (sum(len(y.unique()) for y in gruppi) for gruppi in (etichette, a_caso))
    if viste >= 0.7 * attese:
        return Esame("mescolanza", True, "ogni batch contiene di tutto")
    return Esame("mescolanza", False, "i batch contengono poche classi per volta: i dati non sono mescolati")


def esame_separazione(x_train: torch.Tensor, x_val: torch.Tensor) -> Esame:
    """Nessun esempio di validazione sta anche nell'addestramento? Cerca gli esempi identici, numero per numero.

    Args:
        x_train, x_val: tensori (N, …) e (M, …), preparati allo stesso modo.
    """
    visti = {riga.tobytes() for riga in x_train.detach().cpu().numpy()}
    doppi = sum(riga.tobytes() in visti for riga in x_val.detach().cpu().numpy())
    if doppi == 0:
        return Esame("separazione", True, "nessun esempio in comune")
    return Esame("separazione", False, f"{doppi} esempi di validazione su {len(x_val)} sono anche nell'addestramento")


def esame_etichette(x: torch.Tensor, y: torch.Tensor, quanti: int = 500) -> Esame:
    """Le etichette c'entrano con gli esempi? Chi si somiglia di più deve avere spesso la stessa.

    Per ognuno dei primi ``quanti`` esempi cerca il più vicino fra gli altri e conta quante volte la classe coincide:
    deve succedere ben più spesso che a caso. Dove la distanza fra gli esempi non dice nulla, l'esame non vale.

    Args:
        x: gli esempi, numeri con la virgola o interi, di forma (N, …).
        y: le classi, interi di forma (N,).
    """
    x, y = x[:quanti].detach().cpu().flatten(1).float(), y[:quanti].detach().cpu()
    if len(x) < 50 or y.is_floating_point():
        return Esame("etichette", None, "servono almeno cinquanta esempi, con le classi come etichette")
    distanze = torch.cdist(x, x).fill_diagonal_(float("inf"))
    accordo = (y[distanze.argmin(dim=1)] == y).double().mean()
    a_caso = y.bincount().double().div(len(y)).square().sum()
    margine = 5 * (a_caso * (1 - a_caso) / len(y)).sqrt()
    if accordo > a_caso + margine:
        return Esame("etichette", True, "esempi vicini hanno spesso la stessa etichetta")
    return Esame("etichette", False, "esempi vicini concordano come a caso: etichette ed esempi sono scollegati")


def esame_statistiche(x_train: torch.Tensor, x_val: torch.Tensor) -> Esame:
    """La validazione è preparata come l'addestramento? Media e deviazione standard devono somigliarsi.

    Args:
        x_train, x_val: gli esempi così come entrano nel modello.
    """
    x_train, x_val = x_train.detach().double(), x_val.detach().double()
    scala = float(x_train.std())
    if not scala:
        return Esame("statistiche", None, "gli esempi di addestramento sono tutti uguali")
    scarto, rapporto = abs(float(x_train.mean() - x_val.mean())), float(x_val.std()) / scala
    if scarto <= 0.25 * scala and 0.5 <= rapporto <= 2:
        return Esame("statistiche", True, "addestramento e validazione hanno la stessa media e la stessa deviazione")
    return Esame("statistiche", False, "i dati nuovi non sono normalizzati come quelli di addestramento")


def esame_media(misura: Callable, x: torch.Tensor, y: torch.Tensor) -> Esame:
    """La misura dipende da come si tagliano i batch? Gli stessi esempi devono dare sempre lo stesso numero.

    Args:
        misura: ``misura(dati)``, un numero; ``dati`` è una lista di coppie (x, y).
        x, y: almeno dieci esempi, su cui la misura non sia perfetta: se tutti valgono uguale ogni media è giusta.
    """
    n = len(x)
    tagli = ([n], [n - 1, 1], [n - n // 3, n // 3], [n // 2, n - n // 2 - n // 5, n // 5])
    numeri = [float(misura(list(zip(x.split(taglio), y.split(taglio), strict=True)))) for taglio in tagli]
    if max(numeri) - min(numeri) <= 1e-4 * max(1.0, abs(numeri[0])):
        return Esame("media", True, "tagliando i batch in altro modo il numero non cambia")
    return Esame("media", False, "il numero cambia con il taglio dei batch: i più corti pesano troppo")


def esame_seme(esperimento: Callable[[], object]) -> Esame:
    """L'esperimento è ripetibile? Lo fa due volte, partendo da generatori casuali diversi.

    Args:
        esperimento: una funzione senza argomenti che restituisce numeri (un numero, una lista, un tensore).
    """
    risultati = []
    for seme in (1, 2):
        with una_copia(None):
            torch.manual_seed(seme)
            np.random.seed(seme)
            random.seed(seme)
            risultati.append(torch.as_tensor(esperimento()).detach().double().cpu())
    if risultati[0].shape == risultati[1].shape and torch.allclose(*risultati, rtol=1e-3, atol=1e-6):
        return Esame("seme", True, "rifatto da capo dà lo stesso risultato")
    return Esame("seme", False, "rifatto da capo dà un altro risultato: il caso non è fissato")


def elenco(nomi: list[str]) -> str:
    """I nomi, separati da virgole; se sono più di quattro, i primi tre e quanti altri."""
    return ", ".join(nomi) if len(nomi) <= 4 else f"{', '.join(nomi[:3])} e altri {len(nomi) - 3}"
