"""I controlli della lezione 14: scegliere l'esame, e restaurare cinque pezzi del museo."""

import warnings
from collections.abc import Callable

import torch
import torch._dynamo  # lo importa il primo ottimizzatore: qui, perché non rubi tempo a chi risponde
from torch import nn
from torch.nn import functional as F

from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_numero, detto, maiuscola, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio

_PAZIENTI = {
    "separazione": "l'unico numero splendido è quello della validazione. Che cosa può averla resa facile?",
    "mescolanza": "il pettine segue l'ordine con cui arrivano gli esempi.",
    "ottimizzatore": "i gradienti ci sono, ma i pesi non si muovono di un bit: chi dovrebbe muoverli?",
    "valutazione": "il modello è uno solo: è la misura che balla.",
    "logit": "1,461 è il pavimento di un guasto preciso: quale?",
    "gradienti": "i pesi del primo strato contano, ma l'addestramento non li raggiunge.",
}


@esercizio("14.1")
def primo_della_lista(risposta: object) -> None:
    if isinstance(risposta, str) or not isinstance(risposta, (list, tuple)):
        raise Sbagliato(f"Serve una lista di sei nomi, e invece è {tipo_di(risposta)}.")
    if not all(isinstance(nome, str) for nome in risposta):
        raise Sbagliato("Gli elementi della lista sono testi, fra virgolette.")
    nomi = [nome.strip().lower() for nome in risposta]
    if len(nomi) != len(_PAZIENTI):
        raise Sbagliato(f"I pazienti sono sei, e i nomi della tua lista {len(nomi)}.")
    ignoti = [nome for nome in nomi if nome not in _PAZIENTI]
    if ignoti:
        raise Sbagliato(f"«{ignoti[0]}» non è fra i sei esami da cui scegliere.")
    sbagliati = [numero for numero, (dato, giusto) in enumerate(zip(nomi, _PAZIENTI, strict=True)) if dato != giusto]
    if sbagliati:
        numero = sbagliati[0]
        doppio = f" (e «{nomi[numero]}» compare più di una volta)" if nomi.count(nomi[numero]) > 1 else ""
        raise Sbagliato(f"Il paziente {numero + 1} non va{doppio}: {list(_PAZIENTI.values())[numero]}")


@esercizio("14.2")
def passo(risposta: Callable) -> None:
    _serve_una_funzione(risposta)
    for quanti, seme in ((6, 1), (9, 2)):
        generatore = torch.Generator().manual_seed(seme)
        x, y = torch.randn(quanti, 4, generator=generatore), torch.arange(quanti) % 3
        modello, ottimizzatore = _paziente()
        prima = _pesi(modello)
        try:
            dato = risposta(modello, ottimizzatore, x.clone(), y.clone())
        except Exception as errore:
            if "modified by an inplace operation" in str(errore):
                raise Sbagliato(
                    "step viene prima di backward: cambia i pesi che backward deve ancora usare."
                ) from errore
            raise Sbagliato(f"La tua funzione si ferma con {detto(errore)}") from errore
        _guarda_la_loss(dato)
        _guarda_i_pesi(modello, prima, x, y)
        confronta_numero(
            dato,
            _rifai("train forward zero backward step", x, y)[0],
            {
                "La loss va misurata prima dell'aggiornamento, non dopo.": _dopo(x, y),
                "La loss è una somma: qui è la media sul batch.": _rifai("train forward", x, y)[0] * quanti,
            },
            nome="La loss",
        )


def _paziente() -> tuple[nn.Module, torch.optim.Optimizer]:
    """Un modello in ``eval()``, con gradienti vecchi attaccati, e il suo ottimizzatore."""
    modello = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3))
    generatore = torch.Generator().manual_seed(0)
    for parametro in modello.parameters():
        parametro.data = torch.randn(parametro.shape, generator=generatore)
        parametro.grad = torch.randn(parametro.shape, generator=generatore)
    return modello.eval(), torch.optim.SGD(modello.parameters(), lr=0.1)


def _rifai(fasi: str, x: torch.Tensor, y: torch.Tensor) -> tuple[float, list[torch.Tensor]]:
    """Un passo con le fasi nell'ordine chiesto: la loss e i pesi di dopo. Serve anche a riprodurre le sviste."""
    modello, ottimizzatore = _paziente()
    loss = torch.tensor(0.0)
    for fase in fasi.split():
        if fase == "train":
            modello.train()
        elif fase == "forward":
            loss = F.cross_entropy(modello(x), y)
        elif fase == "zero":
            ottimizzatore.zero_grad()
        elif fase == "backward":
            loss.backward()
        else:
            ottimizzatore.step()
    return loss.item(), _pesi(modello)


def _dopo(x: torch.Tensor, y: torch.Tensor) -> float:
    return _rifai("train forward zero backward step forward", x, y)[0]


def _pesi(modello: nn.Module) -> list[torch.Tensor]:
    return [parametro.detach().clone() for parametro in modello.parameters()]


def _vicini(uni: list[torch.Tensor], altri: list[torch.Tensor]) -> bool:
    return all(torch.allclose(a, b, atol=1e-5) for a, b in zip(uni, altri, strict=True))


def _guarda_la_loss(dato: object) -> None:
    if dato is None:
        raise Sbagliato("La tua funzione restituisce None: manca il return?")
    if isinstance(dato, torch.Tensor) and dato.requires_grad:
        raise Sbagliato("La loss che restituisci si porta dietro il suo grafo: serve un numero di Python.")
    if isinstance(dato, torch.Tensor):
        raise Sbagliato("Il grafo non c'è più, ma la loss è ancora un tensore: serve un numero di Python.")


def _guarda_i_pesi(modello: nn.Module, prima: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> None:
    dopo = _pesi(modello)
    if _vicini(dopo, _rifai("train forward zero backward step", x, y)[1]):
        return
    if _vicini(dopo, prima):
        if all(p.grad is None or not p.grad.any() for p in modello.parameters()):
            raise Sbagliato("I pesi non si muovono: quando arriva step, i gradienti sono già stati cancellati.")
        raise Sbagliato("I pesi non si muovono: i gradienti ci sono, ma nessuno fa il passo.")
    sviste = {
        "forward zero backward step": "Il modello è rimasto in eval(): per addestrare si sta in train().",
        "train forward backward step": "I gradienti vecchi si sommano ai nuovi: manca qualcosa prima di backward.",
        "forward backward step": "Due guasti restano: il modello è in eval(), e i gradienti vecchi si sommano.",
        "train forward zero backward step step": "I passi sono due: uno di troppo.",
    }
    for fasi, diagnosi in sviste.items():
        if _vicini(dopo, _rifai(fasi, x, y)[1]):
            raise Sbagliato(diagnosi)
    raise Sbagliato("I pesi dopo il passo non sono quelli attesi: segui le fasi una alla volta, su un modello piccolo.")


@esercizio("14.3")
def loss_quadratica(risposta: Callable) -> None:
    generatore = torch.Generator().manual_seed(143)
    for quanti, forma_p, forma_y in ((5, (5, 1), (5,)), (7, (7,), (7, 1)), (4, (4,), (4,)), (6, (6, 1), (6, 1))):
        previsione = torch.randn(forma_p, generator=generatore).requires_grad_()
        y = torch.randn(forma_y, generator=generatore) + 1
        scarto = (previsione.flatten() - y.flatten()).detach()
        incrociati = (previsione.detach().flatten()[:, None] - y.flatten()).pow(2)
        dove = f"con previsione {forma_p} e y {forma_y}"
        dato = chiama(risposta, previsione, y, dove=dove)
        inizio = dove[0].upper() + dove[1:]
        confronta(
            dato,
            scarto.pow(2).mean(),
            {
                f"{inizio} ogni previsione è confrontata con tutte le y: guarda la forma della differenza.": (
                    incrociati.mean() if len(forma_p) != len(forma_y) else None
                ),
                f"{inizio} hai sommato invece di fare la media.": scarto.pow(2).sum(),
                f"{inizio} manca il quadrato: questo è il valore assoluto.": scarto.abs().mean(),
                f"{inizio} manca il quadrato: gli scarti positivi e negativi si cancellano.": scarto.mean(),
                f"{inizio} c'è una radice di troppo.": scarto.pow(2).mean().sqrt(),
                f"{inizio} hai fatto il quadrato della media: serve la media dei quadrati.": scarto.mean() ** 2,
                f"{inizio} serve la media, un numero solo: questi sono gli scarti di ogni esempio.": scarto.pow(2),
                f"{inizio} serve la media, un numero solo: questi sono gli scarti di ogni esempio. ": (
                    scarto.pow(2)[:, None]
                ),
                f"{inizio} il denominatore è N − 1: serve N.": scarto.pow(2).sum() / (quanti - 1),
                f"{inizio} hai diviso per due.": scarto.pow(2).mean() / 2,
            },
            nome="La loss",
        )
        if not dato.requires_grad:
            raise Sbagliato("Il valore è giusto, ma il grafo è staccato: da questa loss non si può fare backward().")
    for forma_p, forma_y in (((6, 1), (4,)), ((5,), (1,)), ((1, 1), (3,)), ((4,), (8, 1))):
        _vuole_l_errore(risposta, torch.ones(forma_p), torch.ones(forma_y))


def _vuole_l_errore(risposta: Callable, previsione: torch.Tensor, y: torch.Tensor) -> None:
    forme = f"previsione {tuple(previsione.shape)} e y {tuple(y.shape)}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # mse_loss avvisa delle forme diverse: qui lo diciamo noi
            risposta(previsione, y)
    except ValueError:
        return
    except Exception as errore:
        raise Sbagliato(f"Con {forme} serve un ValueError, e invece arriva {type(errore).__name__}.") from errore
    raise Sbagliato(f"Con {forme} gli esempi non sono in numero uguale: serve un ValueError, e invece passa.")


@esercizio("14.4")
def prepara_colori(risposta: Callable) -> None:
    generatore = torch.Generator().manual_seed(144)
    for n, altezza, larghezza in ((2, 4, 5), (3, 6, 2)):
        # Mai 255: chi divide per il massimo di queste immagini non deve indovinare per caso.
        immagini = torch.randint(0, 201, (n, altezza, larghezza, 3), generator=generatore, dtype=torch.uint8)
        giuste = immagini.permute(0, 3, 1, 2).float() / 255
        riletta = immagini.view(n, 3, altezza, larghezza).float()
        capovolte = immagini.permute(0, 3, 2, 1).float()
        dove = f"con immagini {(n, altezza, larghezza, 3)}"
        dato = chiama(risposta, immagini, dove=dove)
        confronta(
            dato,
            giuste,
            {
                "La scala è a posto, i pixel no: view rilegge i numeri in fila, non scambia gli assi.": riletta / 255,
                "I due guasti ci sono ancora: gli assi riletti, e la scala.": riletta,
                "Gli assi sono a posto, la scala no: i pixel vanno da 0 a 1.": giuste * 255,
                "La scala è quasi giusta: il massimo, 255, deve diventare 1.": giuste * 255 / 256,
                "I pixel vanno da −1 a 1: qui si chiede da 0 a 1.": giuste * 2 - 1,
                "Altezza e larghezza sono scambiate: le figure sono sdraiate.": capovolte / 255,
                "Altezza e larghezza sono scambiate, e manca la scala.": capovolte,
                "I canali sono in ordine inverso: il rosso e il blu sono scambiati.": giuste.flip(1),
                "Hai diviso fra interi: restano solo 0 e 1.": (immagini // 255).permute(0, 3, 1, 2),
                "Hai diviso fra interi: restano solo 0 e 1. ": (immagini // 255).permute(0, 3, 1, 2).float(),
                "Hai diviso due volte per 255.": giuste / 255,
                "I colori vanno ancora in fondo: la scala è giusta, l'asse dei canali non si è mosso.": (
                    immagini.float() / 255
                ),
                "Hai diviso per il massimo di queste immagini: la scala cambierebbe a ogni batch.": (
                    giuste * 255 / immagini.max()
                ),
            },
            nome="Il tensore",
            tolleranza=1e-5,
        )


class _Spia(nn.Module):
    """Un modello che annota come lo si usa; in ``train()`` sbaglia più spesso."""

    def __init__(self):
        super().__init__()
        self.peso = nn.Parameter(torch.ones(1))
        self.con_gradienti = False

    def forward(self, x):
        self.con_gradienti |= torch.is_grad_enabled()
        return (x.flip(1) if self.training else x) * self.peso


@esercizio("14.5")
def accuratezza_totale(risposta: Callable) -> None:
    _serve_una_funzione(risposta)
    for taglie, in_train in (((5, 3, 2), True), ((7, 1), False), ((4, 4, 1), True)):
        modello, dati = _Spia().train(in_train), _batch_di_prova(taglie)
        try:
            dato = risposta(modello, list(dati))
        except Exception as errore:
            raise Sbagliato(f"La tua funzione si ferma con {detto(errore)}") from errore
        if dato is None:
            raise Sbagliato("La tua funzione restituisce None: manca il return?")
        if isinstance(dato, torch.Tensor):
            raise Sbagliato("È un tensore: serve un numero di Python, con item().")
        giuste = [(x.argmax(1) == y).sum().item() for x, y in dati]
        quote = [quante / len(y) for quante, (_, y) in zip(giuste, dati, strict=True)]
        rovesciate = [(x.flip(1).argmax(1) == y).sum().item() for x, y in dati]
        totale = sum(giuste) / sum(taglie)
        senza_eval = sum(rovesciate) / sum(taglie) if in_train else None
        quote_senza = [quante / len(y) for quante, (_, y) in zip(rovesciate, dati, strict=True)]
        inizio = f"Con batch da {', '.join(map(str, taglie))}"
        confronta_numero(
            dato,
            totale,
            {
                f"{inizio}: è la media delle medie; i batch corti pesano troppo.": sum(quote) / len(quote),
                f"{inizio}: il modello è rimasto in train() mentre lo giudicavi.": senza_eval,
                f"{inizio}: restano due guasti, la media delle medie e il modello in train().": (
                    sum(quote_senza) / len(quote_senza) if in_train else None
                ),
                f"{inizio}: è il conto delle giuste; dividi per quanti esempi sono.": sum(giuste),
                f"{inizio}: è una percentuale: serve un numero fra 0 e 1.": 100 * totale,
                f"{inizio}: hai guardato solo l'ultimo batch.": quote[-1],
                f"{inizio}: hai guardato solo il primo batch: il return è dentro il ciclo?": quote[0],
                f"{inizio}: è la quota delle sbagliate.": 1 - totale,
                f"{inizio}: hai diviso per il numero dei batch: dividi per gli esempi.": sum(giuste) / len(dati),
                f"{inizio}: hai arrotondato a un intero.": totale // 1,
                f"{inizio}: hai sommato le quote dei batch, senza dividere.": sum(quote),
            },
            nome="L'accuratezza",
        )
        if modello.con_gradienti:
            raise Sbagliato("Il numero è giusto, ma i gradienti erano accesi: la memoria del grafo è sprecata.")
        if modello.training != in_train:
            trovato, lasciato = ("train()", "eval()") if in_train else ("eval()", "train()")
            raise Sbagliato(f"Hai trovato il modello in {trovato} e lo lasci in {lasciato}: rimettilo com'era.")


def _batch_di_prova(taglie: tuple[int, ...]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Punteggi su tre classi, con etichette giuste per due esempi su tre e nessuna nell'ultimo batch."""
    generatore = torch.Generator().manual_seed(sum(taglie))
    dati = []
    for numero, quanti in enumerate(taglie):
        x = torch.randn(quanti, 3, generator=generatore)
        giuste = x.argmax(1)
        storte = torch.arange(quanti) % 3 == 2 if numero < len(taglie) - 1 else torch.ones(quanti, dtype=torch.bool)
        dati.append((x, torch.where(storte, (giuste + 1) % 3, giuste)))
    return dati


@esercizio("14.6")
def restauro(risposta: object) -> None:
    if not isinstance(risposta, type):
        raise Sbagliato(f"Qui serve una classe, e la risposta è {tipo_di(risposta)}.")
    if not issubclass(risposta, nn.Module):
        raise Sbagliato("La classe deve ereditare da nn.Module.")
    for ingressi, nascosti, classi, profondita in ((5, 8, 3, 2), (4, 7, 6, 1), (3, 9, 2, 4)):
        dove = f"con {ingressi} ingressi, {nascosti} nascosti, {classi} classi e profondità {profondita}"
        try:
            modello = risposta(ingressi, nascosti, classi, profondita)
        except Exception as errore:
            raise Sbagliato(f"Il costruttore, {dove}, si ferma con {detto(errore)}") from errore
        _guarda_gli_strati(modello, (ingressi, nascosti, classi, profondita), dove)
        x = torch.randn(11, ingressi, generator=torch.Generator().manual_seed(profondita))
        _guarda_l_uscita(modello, x, classi, dove)


def _guarda_gli_strati(modello: nn.Module, misure: tuple[int, int, int, int], dove: str) -> None:
    ingressi, nascosti, classi, profondita = misure
    attese = [(nascosti, ingressi), *[(nascosti, nascosti)] * (profondita - 1), (classi, nascosti)]
    viste = [tuple(p.shape) for p in modello.parameters() if p.dim() == 2]
    if viste == [(classi, nascosti)]:
        raise Sbagliato(f"{maiuscola(dove)} parameters() vede solo la testa: una lista di Python non registra nulla.")
    if sorted(viste) != sorted(attese):
        quanti = len(viste) - len(attese)
        if quanti < 0:
            raise Sbagliato(f"{maiuscola(dove)} mancano strati: parameters() vede {len(viste)} matrici di pesi.")
        if quanti > 0:
            raise Sbagliato(f"{maiuscola(dove)} c'è qualche strato di troppo: le matrici di pesi sono {len(viste)}.")
        raise Sbagliato(f"{maiuscola(dove)} gli strati sono in numero giusto, ma le loro misure non tornano.")
    if sum(p.numel() for p in modello.parameters()) != sum(a * b + a for a, b in attese):
        raise Sbagliato(f"{maiuscola(dove)} i parametri non sono quelli di {len(attese)} strati lineari con il bias.")


def _guarda_l_uscita(modello: nn.Module, x: torch.Tensor, classi: int, dove: str) -> None:
    try:
        logit = modello(x.clone())
    except Exception as errore:
        raise Sbagliato(f"forward, {dove}, si ferma con {detto(errore)}") from errore
    if logit is None:
        raise Sbagliato("forward restituisce None: manca il return?")
    if not isinstance(logit, torch.Tensor):
        raise Sbagliato(f"forward deve restituire un tensore, non {tipo_di(logit)}.")
    lineari = [modulo for modulo in modello.modules() if isinstance(modulo, nn.Linear)]
    testa = next((m for m in lineari if m.out_features == classi), None)
    strati = [modulo for modulo in lineari if modulo is not testa]
    if testa is None or not strati:
        raise Sbagliato("Gli strati devono essere nn.Linear, registrati nel modulo.")
    _confronta_logit(logit, x, strati, testa, dove)
    modello.zero_grad()
    if not logit.requires_grad:
        raise Sbagliato("I logit sono giusti, ma il grafo è staccato: non si può addestrare nulla.")
    logit.pow(2).sum().backward()
    muti = [nome for nome, parametro in modello.named_parameters() if parametro.grad is None]
    if muti:
        raise Sbagliato(f"I logit sono giusti, ma a {len(muti)} pesi non arriva gradiente: il grafo è tagliato.")


def _confronta_logit(logit: torch.Tensor, x: torch.Tensor, strati: list, testa: nn.Module, dove: str) -> None:
    with torch.no_grad():
        h, senza_relu = x, x
        for strato in strati:
            h, senza_relu = torch.relu(strato(h)), strato(senza_relu)
        giusti = testa(h)
        normale = testa((h - h.mean(dim=0)) / (h.std(dim=0) + 1e-5))
        confronta(
            logit,
            giusti,
            {
                "Escono probabilità: la softmax la fa già la loss.": giusti.softmax(dim=1),
                "C'è ancora la softmax, e per giunta sull'asse degli esempi.": giusti.softmax(dim=0),
                "Escono logaritmi di probabilità: qui si chiedono i logit.": giusti.log_softmax(dim=1),
                "La risposta a un esempio dipende ancora dagli altri: la normalizzazione va tolta.": normale,
                "La normalizzazione con gli altri c'è ancora, e anche la softmax.": normale.softmax(dim=1),
                "La normalizzazione con gli altri c'è ancora, e anche la softmax. ": normale.softmax(dim=0),
                "Fra uno strato e l'altro manca la ReLU.": testa(senza_relu),
                "Dopo la testa c'è una ReLU di troppo: i logit possono essere negativi.": torch.relu(giusti),
            },
            nome=f"L'uscita, {dove},",
        )


def _serve_una_funzione(risposta: object) -> None:
    if not callable(risposta):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(risposta)}.")
