"""I controlli della lezione 05: guadagno, pareggio, operazioni, interruzioni del grafo, ricompilazioni, backend."""

import math
import statistics
from collections.abc import Callable
from types import FunctionType
from unittest import mock

import torch

# Importato qui e non al primo uso: costa secondi, che il limite di tempo conterebbe allo studente.
import torch._dynamo

from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_numero, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


@esercizio("5.1")
def guadagno(risposta: object) -> None:
    prove = [
        ([3.0, 3.1, 2.9, 3.0, 9.0], [2.0, 2.0, 2.1, 1.9, 2.0]),
        ([0.010, 0.012, 0.011], [0.004, 0.005, 0.030]),
        ([1.0, 1.2, 1.1], [1.4, 1.3, 1.35]),
    ]
    for eager, compilata in prove:
        e, c = statistics.median(eager), statistics.median(compilata)
        media_e, media_c = statistics.mean(eager), statistics.mean(compilata)
        errori = {
            "Questo è il rapporto fra i tempi: «uguale» deve valere 0 %, non 1.": e / c,
            "Hai il rapporto in percento: quando i tempi sono uguali deve venire 0, non 100.": 100 * e / c,
            "È una quota: manca la moltiplicazione per 100.": e / c - 1,
            "Questo è il tempo risparmiato rispetto a eager. Qui si chiede quante chiamate in più nello stesso "
            "tempo: il denominatore è l'altro.": 100 * (1 - c / e),
            "Il rapporto è capovolto: una versione più veloce deve dare un guadagno positivo.": 100 * (c / e - 1),
            "Hai usato la media: una sola ripetizione disturbata la sposta. Serve la mediana.": 100
            * (media_e / media_c - 1),
            "Hai usato i tempi migliori: qui si chiede la mediana.": 100 * (min(eager) / min(compilata) - 1),
            "Questa è la differenza fra i tempi, in secondi: serve un confronto in percento.": e - c,
        }
        dato = chiama(risposta, eager, compilata, dove=f"con {eager} e {compilata}")
        confronta_numero(dato, 100 * (e / c - 1), errori, nome="Il guadagno")


@esercizio("5.2")
def pareggio(risposta: object) -> None:
    prove = [(2.0, 0.5, 0.3), (1.0, 0.5, 0.25), (7.0, 0.010, 0.004), (0.5, 3.0, 1.0)]
    for compilazione, eager, compilata in prove:
        esatto = compilazione / (eager - compilata)
        dove = f"Con {compilazione} s di compilazione, {eager} s e {compilata} s: "
        errori = {
            dove + "così la spesa non è ancora ripagata: si arrotonda per eccesso.": math.floor(esatto),
            dove + "le chiamate si contano intere: arrotonda per eccesso.": esatto,
            dove + "dividi per ciò che si risparmia a ogni chiamata, non per quanto dura quella compilata.": math.ceil(
                compilazione / compilata
            ),
            dove + "dividi per ciò che si risparmia a ogni chiamata, non per quanto dura quella eager.": math.ceil(
                compilazione / eager
            ),
            dove + "una chiamata di troppo: al pareggio basta spendere lo stesso.": math.floor(esatto) + 1,
            dove + "il risparmio è eager meno compilata.": math.ceil(compilazione / (compilata - eager)),
        }
        dato = chiama(risposta, compilazione, eager, compilata, dove=dove[:-2].lower())
        atteso = math.ceil(esatto - 1e-9)
        confronta_numero(dato, atteso, errori, nome="Il numero di chiamate", tolleranza=1e-9)
    for eager, compilata in ((0.2, 0.3), (0.2, 0.2)):
        dove = f"con {eager} s in eager e {compilata} s compilata"
        dato = chiama(
            risposta,
            *(1.0, eager, compilata),
            dove=dove,
            consigli={"division by zero": "Se non si risparmia nulla la divisione non ha senso: è un caso a parte."},
        )
        if not isinstance(dato, (int, float)) or not math.isinf(dato) or dato < 0:
            raise Sbagliato(f"{dove.capitalize()} non si pareggia mai: lì la risposta è math.inf, non {dato!r}.")


@esercizio("5.3")
def operazioni(risposta: object) -> None:
    prove = [
        [(1, 16, 5, 12)],
        [(3, 7, 2, 9)],
        [(1, 16, 5, 12), (16, 16, 3, 10), (16, 64, 3, 3)],
        [(2, 3, 4, 5), (3, 11, 1, 5)],
    ]
    for strati in prove:
        atteso = _somma(strati, _costo)
        dove = f"Con {strati}: "
        errori = {
            dove + "hai contato solo le moltiplicazioni: ognuna va anche sommata.": atteso // 2,
            dove + "il kernel è quadrato: quante caselle copre?": _somma(
                strati, lambda e, u, k, n: 2 * e * u * k * n**2
            ),
            dove + "le posizioni sono lato × lato.": _somma(strati, lambda e, u, k, n: 2 * e * u * k**2 * n),
            dove + "manca il numero dei canali che entrano: ogni kernel ha una fetta per ognuno.": _somma(
                strati, lambda e, u, k, n: 2 * u * k**2 * n**2
            ),
            dove + "manca il numero dei canali che escono: c'è un kernel per ognuno.": _somma(
                strati, lambda e, u, k, n: 2 * e * k**2 * n**2
            ),
            dove + "questi sono i pesi, per due: ogni peso lavora in tutte le posizioni.": _somma(
                strati, lambda e, u, k, n: 2 * e * u * k**2
            ),
            dove + "questi sono i pesi: ogni peso lavora in tutte le posizioni.": _somma(
                strati, lambda e, u, k, n: e * u * k**2
            ),
            dove + "questo è l'ultimo strato soltanto: si sommano tutti.": _costo(*strati[-1]),
            dove + "ti fermi al primo strato: il return è dentro il ciclo?": _costo(*strati[0]),
            dove + "hai contato anche il backward: qui si chiede un passaggio in avanti.": 3 * atteso,
        }
        confronta_numero(chiama(risposta, strati, dove=dove[:-2].lower()), atteso, errori, nome="Il conto")


def _costo(entrano: int, escono: int, kernel: int, lato: int) -> int:
    return 2 * entrano * escono * kernel**2 * lato**2


def _somma(strati: list[tuple[int, ...]], costo: Callable[..., int]) -> int:
    return sum(costo(*strato) for strato in strati)


@esercizio("5.4")
def senza_interruzioni(risposta: object) -> None:
    _serve_una_funzione(risposta)
    caso = torch.Generator().manual_seed(54)
    for segno in (1.0, -1.0):
        x = torch.randn(6, generator=caso).abs() * segno
        x[0] = -x[0] / 4  # i segni dei singoli numeri non bastano a decidere
        atteso = x * 10 if x.sum() > 0 else x / 10
        dove = f"con una somma {'positiva' if segno > 0 else 'negativa'}"
        errori = {
            f"{dove.capitalize()} hai deciso numero per numero: decide la somma di tutti.": torch.where(
                x > 0, x * 10, x / 10
            ),
            f"{dove.capitalize()} i due casi sono scambiati.": x / 10 if x.sum() > 0 else x * 10,
            f"{dove.capitalize()} x torna com'era: che cosa doveva diventare?": x,
            f"{dove.capitalize()} i due casi si sommano: se ne sceglie uno.": x * 10 + x / 10,
        }
        confronta(chiama(risposta, x, dove=dove), atteso, errori)
        _compila_intera(risposta, x, atteso, dove)


def _compila_intera(funzione: FunctionType, x: torch.Tensor, atteso: torch.Tensor, dove: str) -> None:
    try:
        compilata = torch.compile(_copia_nuova(funzione), backend="eager", fullgraph=True)
        confronta(compilata(x.clone()), atteso, nome="Il risultato compilato")
    except torch._dynamo.exc.Unsupported as errore:
        motivo = str(errore).splitlines()[0]
        if motivo == "Data-dependent branching":
            motivo = "un if (o un while) guarda un valore del tensore"
        raise Sbagliato(f"Il risultato è giusto, ma il grafo si interrompe ancora: {motivo}.") from errore
    except torch._dynamo.exc.TorchDynamoException as errore:
        motivo = str(errore).splitlines()[0]
        if "data-dependent" in motivo:
            motivo = "item() porta un valore in Python, e la scelta dipende da quello"
        raise Sbagliato(f"Il risultato è giusto, ma {dove} non si compila intera: {motivo}.") from errore


@esercizio("5.5")
def una_sola_compilazione(risposta: object) -> None:
    _serve_una_funzione(risposta)
    grafi: list[int] = []

    def conta(grafo, esempi):
        grafi.append(len(grafi))
        return grafo.forward

    def con_il_contatore(*argomenti, **opzioni):
        return originale(*argomenti, **(opzioni | {"backend": conta}))

    originale = torch.compile
    base = _copia_nuova(_doppio_meno_media)
    lunghezze = range(3, 9)
    with mock.patch.object(torch, "compile", con_il_contatore):
        compilata = chiama(risposta, base)
        if isinstance(compilata, torch.Tensor) or not callable(compilata):
            raise Sbagliato(f"Deve uscire una funzione compilata, e invece è {tipo_di(compilata)}.")
        for n in lunghezze:
            x = torch.arange(n, dtype=torch.float32)
            confronta(chiama(compilata, x, dove=f"con {n} numeri"), _doppio_meno_media(x))
    quante = len(grafi)
    if quante == 0:
        raise Sbagliato("I risultati sono giusti, ma non si compila nulla: dov'è torch.compile?")
    if quante == 2:
        raise Sbagliato(
            "Le compilazioni sono due: una per la prima lunghezza, una generica dopo. Chiedi subito la generica."
        )
    if quante > 1:
        raise Sbagliato(
            f"Le compilazioni sono {quante}, una per ogni lunghezza: quale argomento di torch.compile decide?"
        )


def _doppio_meno_media(x: torch.Tensor) -> torch.Tensor:
    return x * 2 - x.mean()


@esercizio("5.6")
def conta_operazioni(risposta: object) -> None:
    _serve_una_funzione(risposta)
    prove = [
        (_tre, 3, "tre funzioni", {"placeholder e output non sono operazioni: guarda node.op.": 5}),
        (_due_funzioni_un_metodo, 3, "due funzioni e un metodo", {"hai contato solo le funzioni: anche i metodi "
         "(call_method) sono operazioni.": 2, "placeholder e output non sono operazioni: guarda node.op.": 5}),
        (_interrotta, 6, "un'interruzione in mezzo", {
            "i grafi sono più di uno, e conti solo l'ultimo: somma.": 2,
            "i grafi sono più di uno, e conti solo il primo: somma.": 4,
        }),
    ]  # fmt: skip
    x = torch.tensor([0.5, 1.0, 2.0])
    for numero, (funzione, atteso, detta, errori) in enumerate(prove):
        dove = f"Con {detta} "
        generali = {dove + "il conto è 0: torch.compile aspetta la prima chiamata, e senza non cattura nulla.": 0}
        if numero < 2:
            generali[dove + "hai contato i grafi, non le operazioni."] = 1
        diagnosi = generali | {dove + testo: valore for testo, valore in errori.items()}
        dato = chiama(risposta, _copia_nuova(funzione), x, dove=f"con {detta}")
        confronta_numero(dato, atteso, diagnosi, nome="Il conto")


def _tre(x: torch.Tensor) -> torch.Tensor:
    return torch.cos(torch.sin(x)) * x


def _due_funzioni_un_metodo(x: torch.Tensor) -> torch.Tensor:
    return torch.exp(x.abs()) + 1


def _interrotta(x: torch.Tensor) -> torch.Tensor:
    x = torch.sin(x) + 1
    if torch.sum(x) > 0:
        x = x * 3
    return torch.cos(x)


def _serve_una_funzione(risposta: object) -> None:
    if not isinstance(risposta, FunctionType):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(risposta)}.")


def _copia_nuova(funzione: FunctionType) -> FunctionType:
    """La stessa funzione con un codice tutto suo: Dynamo ricorda le compilazioni per codice, e dopo otto si arrende."""
    codice = funzione.__code__.replace()
    copia = FunctionType(codice, funzione.__globals__, funzione.__name__, funzione.__defaults__, funzione.__closure__)
    copia.__kwdefaults__ = funzione.__kwdefaults__
    return copia
