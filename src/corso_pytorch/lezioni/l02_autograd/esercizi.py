"""Gli esercizi della lezione 02: derivate, gradienti accumulati, discesa, un autograd scritto a mano."""

import math
from collections.abc import Callable

import torch

from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_numero, detto, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


@esercizio("2.1")
def derivata_con_la_penna(risposta: object) -> None:
    """g(x) = (3x − 1)², in x = 2."""
    confronta_numero(
        risposta,
        30.0,
        errori={
            "Hai derivato il quadrato, ma non ciò che sta dentro: le strade del grafo si moltiplicano.": 10.0,
            "Questo è il valore di g in 2, non la sua derivata.": 25.0,
            "Il quadrato di 3x − 1 non è 9x² più o meno 1: sviluppandolo manca il doppio prodotto.": 36.0,
            "Derivando il quadrato l'esponente scende davanti: qui manca.": 15.0,
            "La derivata di ciò che sta dentro, 3x − 1, non è x.": 20.0,
            "Questa è solo la derivata di ciò che sta dentro: manca quella del quadrato.": 3.0,
        },
        nome="La derivata",
    )


@esercizio("2.2")
def differenze_centrali(risposta: object) -> None:
    """Passi lunghi apposta: così ogni modo di sbagliare dà un numero diverso."""
    prove = [
        (lambda x: x**3, 2.0, 0.1, 12.0),
        (math.exp, 1.0, 0.5, math.e),
        (lambda x: 1 / x, -3.0, 0.25, -1 / 9),
    ]
    for f, x, h, esatta in prove:
        avanti, indietro = f(x + h) - f(x), f(x) - f(x - h)
        totale = avanti + indietro
        confronta_numero(
            chiama(risposta, f, x, h, dove=f"con x = {x:g} e h = {h:g}"),
            totale / (2 * h),
            errori={
                "Hai guardato solo in avanti: serve anche il punto un passo indietro.": avanti / h,
                "Hai guardato solo all'indietro: serve anche il punto un passo avanti.": indietro / h,
                "I due punti distano più di h: per quanto si divide?": totale / h,
                "Guarda le parentesi del denominatore: così dividi per 2 e poi moltiplichi per h.": totale / 2 * h,
                "Mancano le parentesi al numeratore: così dividi solo f(x - h).": f(x + h) - f(x - h) / (2 * h),
                "La differenza c'è, ma non è divisa per la distanza fra i due punti.": totale,
                "I due punti sono scambiati: la pendenza ha il segno opposto.": -totale / (2 * h),
                "Il risultato non dipende dal passo: usa l'argomento h.": esatta,
            },
            nome=f"La pendenza con x = {x:g} e h = {h:g}",
            tolleranza=1e-6,
        )


MAI_RIEMPITO = "{0}.grad può essere None, se nessun ritorno l'ha ancora riempito: per azzerare, {0}.grad = None."
# Nell'ordine: il primo pezzo che compare nell'errore decide.
INCIAMPI_DISCESA = {
    "no attribute 'zero_'": MAI_RIEMPITO.format("p"),
    "does not require grad": "Al ritorno p non chiede il gradiente: non gliel'hai mai chiesto, "
    "o in no_grad hai creato un p nuovo?",
    "NoneType": "A un certo punto p.grad è None: dopo l'aggiornamento p è un tensore nuovo, "
    "non più la foglia di prima.",
    "leaf Variable": "Stai cambiando una foglia mentre PyTorch prende appunti: aggiorna dentro no_grad.",
}
UGUALI_E_SOMMATE = (
    "Le righe sono uguali: hai messo da parte sempre lo stesso tensore, e il gradiente vi si è pure accumulato."
)


@esercizio("2.3")
def gradienti_per_esempio(risposta: object) -> None:
    """Due errori diversi, N e D diversi, e un `w` che porta già un gradiente."""
    generatore = torch.Generator().manual_seed(2)
    errori = [
        lambda w, x: ((w * x).sum() - 1) ** 2,
        lambda w, x: (w**2 * x).sum() + (w * x).sum() ** 2,
    ]
    for (n, d), errore, vecchio in zip([(3, 2), (4, 5)], errori, (None, 7.0), strict=True):
        w = torch.randn(d, generator=generatore).requires_grad_()
        esempi = torch.randn(n, d, generator=generatore)
        giusti = torch.stack([torch.autograd.grad(errore(w, x), w)[0] for x in esempi])
        ultimo = giusti[-1]
        sviste = {
            "Ogni riga contiene anche le precedenti: il gradiente si è accumulato.": giusti.cumsum(0),
            "Le righe sono uguali: hai messo da parte sempre lo stesso tensore, cambiato sul posto.": ultimo.expand(
                n, d
            ),
            UGUALI_E_SOMMATE: (giusti.sum(0) + (vecchio or 0.0)).expand(n, d),
            "Hai restituito un solo gradiente, quello dell'ultimo esempio.": ultimo,
            "Hai restituito la somma dei gradienti: ne serve uno per esempio.": giusti.sum(0),
            "Hai restituito la media dei gradienti: ne serve uno per esempio.": giusti.mean(0),
        }
        if vecchio is not None:
            w.grad = torch.full((d,), vecchio)
            colpa = (
                "w arriva con un gradiente già pieno, e la tua prima riga se lo porta dietro: azzera prima, non dopo."
            )
            sporchi = giusti.clone()
            sporchi[0] += vecchio
            sviste |= {colpa: sporchi, colpa + " ": giusti.cumsum(0) + vecchio}
        consigli = {"no attribute 'zero_'": MAI_RIEMPITO.format("w")}
        dato = chiama(risposta, errore, w, esempi, dove=f"con {n} esempi e D = {d}", consigli=consigli)
        confronta(dato, giusti, errori=sviste, nome="Il tensore dei gradienti")


@esercizio("2.4")
def discesa(risposta: object) -> None:
    """Due funzioni, due dimensioni, pochi passi: ogni svista porta in un altro punto."""
    prove = [
        (lambda p: ((p - 3) ** 2).sum(), torch.tensor([0.0, 1.0]), 0.1, 3),
        (lambda p: (p[0] - p[1]) ** 2 + 0.5 * (p[2] + 1) ** 2 + p[0] ** 2, torch.tensor([2.0, -1.0, 0.5]), 0.05, 7),
    ]
    for f, inizio, lr, passi in prove:
        dato = chiama(risposta, f, inizio, lr, passi, dove=f"con {passi} passi", consigli=INCIAMPI_DISCESA)
        confronta(
            dato,
            _scendi(f, inizio, lr, passi),
            errori={
                "Stai salendo: il gradiente indica dove la funzione cresce.": _scendi(f, inizio, -lr, passi),
                "Il gradiente dei passi precedenti si accumula: azzeralo prima di ogni ritorno.": _scendi(
                    f, inizio, lr, passi, accumula=True
                ),
                "Manca un passo: quante volte gira il ciclo?": _scendi(f, inizio, lr, passi - 1),
                "C'è un passo di troppo: quante volte gira il ciclo?": _scendi(f, inizio, lr, passi + 1),
                "Il passo non tiene conto del learning rate.": _scendi(f, inizio, 1.0, passi),
                "Hai fatto un passo solo: il return è dentro il ciclo?": _scendi(f, inizio, lr, 1),
                "Il punto non si è mosso: l'aggiornamento cambia davvero p?": inizio,
            },
            nome="Il punto d'arrivo",
        )
        if dato.requires_grad:
            raise Sbagliato("Il punto è giusto, ma chiede ancora il gradiente: restituiscilo senza storia.")


@esercizio("2.5")
def tangente_iperbolica(risposta: object) -> None:
    """La classe `Numero` è quella del quaderno: si cerca dove la funzione è stata scritta."""
    if not callable(risposta):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(risposta)}.")
    classe = getattr(risposta, "__globals__", {}).get("Numero")
    if not isinstance(classe, type):
        raise Sbagliato("Non trovo la classe Numero: esegui prima le celle in cui la scrivi.")
    for valore in (0.5, -1.25, 2.0):
        t = math.tanh(valore)
        numero, uscita = _tanh_dello_studente(risposta, classe, valore)
        confronta_numero(
            uscita.valore,
            t,
            errori={
                "Il valore è la tangente, non la tangente iperbolica.": math.tan(valore),
                "Il valore è la derivata: il valore è math.tanh(a.valore).": 1 - t**2,
            },
            nome=f"Il valore di tanh in {valore:g}",
        )
        _ritorno(uscita)
        confronta_numero(
            numero.grad,
            1 - t**2,
            errori={
                "Il gradiente è doppio: in a.grad lo somma già il ritorno, a te restano i legami.": 2 * (1 - t**2),
                "Il risultato non è legato ad a: il gradiente non gli arriva. Guarda i legami.": 0.0,
                "Nella derivata hai usato l'ingresso al posto dell'uscita: chi va elevato al quadrato?": 1 - valore**2,
                "Nella derivata manca il quadrato.": 1 - t,
                "Come derivata hai messo il valore stesso.": t,
                "Come derivata hai messo 1: così il gradiente passa intatto.": 1.0,
                "La derivata ha i termini scambiati: il segno è opposto.": t**2 - 1,
                "La derivata ha un segno sbagliato: è 1 meno qualcosa.": 1 + t**2,
            },
            nome=f"Il gradiente di tanh in {valore:g}",
        )
    numero = classe(0.3)
    _ritorno(_applica(risposta, numero * 2 + numero) * 5)
    confronta_numero(
        numero.grad,
        15 * (1 - math.tanh(0.9) ** 2),
        nome="Da solo tanh va bene, ma il gradiente di 5·tanh(2a + a)",
    )


@esercizio("2.6")
def segno_che_impara(risposta: object) -> None:
    """Il gradiente che arriva non è 1, così si vede chi dimentica di moltiplicarlo."""
    x = torch.tensor([-2.5, -0.75, -0.2, 0.0, 0.4, 0.9, 1.6])
    arriva = torch.tensor([3.0, -2.0, 0.5, 4.0, 1.5, -3.0, 2.5])
    dentro = (x.abs() < 1).float()
    confronta(
        chiama(risposta, x),
        x.sign(),
        errori={
            "Il valore è rimasto quello di x: all'andata serve il segno.": x,
            "Il valore è quello del clamp: all'andata serve il segno.": x.clamp(-1, 1),
            "Il valore è la somma di clamp e segno: quale differenza porta dall'uno all'altro?": x.clamp(-1, 1)
            + x.sign(),
            "In 0 il segno vale 0, come in torch.sign.": torch.where(x >= 0, 1.0, -1.0),
            "In 0 il segno vale 0, come in torch.sign. ": torch.where(x > 0, 1.0, -1.0),
        },
        nome="Il valore di segno(x)",
    )
    foglia = x.clone().requires_grad_()
    uscita = _applica(risposta, foglia)
    if not uscita.requires_grad:
        raise Sbagliato("L'andata è giusta, ma il risultato non ha un grafo: hai staccato troppo.")
    try:
        (uscita * arriva).sum().backward()
    except RuntimeError as errore:
        raise Sbagliato(f"L'andata è giusta, il ritorno si ferma con {detto(errore)}") from errore
    if foglia.grad is None:
        raise Sbagliato("L'andata è giusta, ma a x non torna nessun gradiente: il grafo è tagliato.")
    confronta(
        foglia.grad,
        arriva * dentro,
        errori={
            "Al ritorno passa sempre 0: è la derivata vera del segno, non quella finta che serve qui.": x * 0,
            "Al ritorno il gradiente passa dappertutto: fuori da −1 e 1 deve essere 0.": arriva,
            "Al ritorno dimentichi il gradiente che arriva: va moltiplicato per la derivata.": dentro,
            "Al ritorno il gradiente passa fuori da −1 e 1 invece che dentro.": arriva * (1 - dentro),
            "Al ritorno il gradiente va moltiplicato per 1 o per 0, non per x.": arriva * x * dentro,
            "Al ritorno il gradiente ha il segno opposto: hai staccato il pezzo sbagliato?": -arriva * dentro,
            "Al ritorno il gradiente è doppio: passa due volte per la stessa strada?": 2 * arriva * dentro,
        },
        nome="Il gradiente",
    )


def _scendi(f: Callable, inizio: torch.Tensor, lr: float, passi: int, accumula: bool = False) -> torch.Tensor:
    p, gradiente = inizio.clone(), torch.zeros_like(inizio)
    for _ in range(passi):
        foglia = p.clone().requires_grad_()
        (nuovo,) = torch.autograd.grad(f(foglia), foglia)
        gradiente = gradiente + nuovo if accumula else nuovo
        p = p - lr * gradiente
    return p


def _applica(funzione: Callable, argomento: object) -> object:
    """Chiama la funzione sull'argomento stesso, non su una copia: serve ritrovarvi il gradiente."""
    try:
        return funzione(argomento)
    except Exception as errore:
        raise Sbagliato(f"La tua funzione si ferma con {detto(errore)}") from errore


def _tanh_dello_studente(funzione: Callable, classe: type, valore: float) -> tuple:
    numero = classe(valore)
    uscita = _applica(funzione, numero)
    if uscita is None:
        raise Sbagliato("La tua funzione restituisce None: manca il return?")
    if not isinstance(uscita, classe):
        raise Sbagliato(f"La tua funzione deve restituire un Numero, e invece la risposta è {tipo_di(uscita)}.")
    if uscita is numero or numero.valore != valore:
        raise Sbagliato("La tua funzione cambia il suo argomento: crea un Numero nuovo.")
    return numero, uscita


def _ritorno(uscita: object) -> None:
    try:
        uscita.backward()
    except (TypeError, ValueError, AttributeError) as errore:
        raise Sbagliato(
            "Il ritorno non riesce a leggere i legami: sono coppie (nodo, derivata) in una tupla, e dopo l'unica "
            "coppia va la virgola."
        ) from errore
