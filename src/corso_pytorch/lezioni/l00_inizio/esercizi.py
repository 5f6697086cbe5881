"""Gli esercizi della lezione 00."""

import numbers
from collections.abc import Callable

import torch

from corso_pytorch.verifiche.confronti import come_numero
from corso_pytorch.verifiche.messaggi import Sbagliato
from corso_pytorch.verifiche.registro import esercizio


def in_fahrenheit(celsius: torch.Tensor) -> torch.Tensor:
    return celsius * 9 / 5 + 32


esercizio(
    "0.1",
    giusta=in_fahrenheit,
    prove=[
        (torch.tensor([0.0, 100.0, 37.0, -40.0, 21.5, 36.6525]),),
        (torch.tensor([[10.0, 20.0, 30.0]]),),
        (torch.tensor(-273.15),),
        (torch.empty(0),),
    ],
    detta=lambda celsius: f"con un tensore di forma {tuple(celsius.shape)}",
    tolleranza=2e-6,  # tre decimali non bastano
    sviste={
        "Hai moltiplicato per 9/5: manca il 32, o è rimasto su un'altra riga.": lambda c: c * 9 / 5,
        "Hai aggiunto 32 prima di moltiplicare: l'ordine è il contrario.": lambda c: (c + 32) * 9 / 5,
        "Hai moltiplicato il 32: per 9/5 va moltiplicata la temperatura.": lambda c: c + 32 * 9 / 5,
        "Le parentesi attorno a 9/5 + 32 fanno prima la somma: qui prima si moltiplica.": lambda c: c * (9 / 5 + 32),
        "Hai moltiplicato per 32 invece di aggiungerlo.": lambda c: c * 9 / 5 * 32,
        "Hai moltiplicato per 5/9 invece che per 9/5.": [
            lambda c: c * 5 / 9 + 32,
            lambda c: (c + 32) * 5 / 9,
            lambda c: c * 5 / 9,
        ],
        "Questa è la regola al contrario, da Fahrenheit a Celsius.": lambda c: (c - 32) * 5 / 9,
        "Così aggiungi 32 e basta: manca il 9/5, o l'hai scritto 9 // 5, che vale 1.": lambda c: c + 32,
        "«//», come floor, butta via i decimali: qui restano tutti.": lambda c: c * 9 // 5 + 32,
        "Hai arrotondato: qui restano tutti i decimali.": [
            lambda c: (c * 9 / 5 + 32).round(),
            lambda c: (c * 9 / 5 + 32).round(decimals=1),
            lambda c: (c * 9 / 5 + 32).round(decimals=2),
        ],
        "I decimali sono spariti in un numero intero: qui restano tutti.": [
            lambda c: (c * 9 / 5 + 32).long(),
            lambda c: c.long() * 9 / 5 + 32,
        ],
        "Hai tolto 32 invece di aggiungerlo.": lambda c: c * 9 / 5 - 32,
        "La funzione restituisce le temperature come sono arrivate.": lambda c: c,
        "In Python i decimali si scrivono con il punto, 1.8: la virgola separa due valori.": [
            lambda c: (c * 1, 8 + 32),
            lambda c: (c * 9, 5 + 32),
        ],
        "Hai usato le `temperature` del notebook: la funzione lavora su `celsius`, ciò che riceve.": lambda c: (
            torch.tensor([18.5, 21.0, 25.5, 23.0]) * 9 / 5 + 32
        ),
        "Hai restituito un numero solo: ne serve uno per ogni temperatura.": [
            lambda c: (c * 9 / 5 + 32).mean(),
            lambda c: (c * 9 / 5 + 32).sum(),
        ],
    },
    vieta=("cicli",),
    consigli={"only one element": "«int» e «float» vogliono un numero solo: il conto si fa sul tensore intero."},
)


def _quadrati(da: int, a: int) -> torch.Tensor:
    return torch.arange(da, a) ** 2


def _fino_a_n(svista: Callable[[torch.Tensor], torch.Tensor]) -> list[Callable[[int], torch.Tensor]]:
    """La stessa svista su 1, …, n e su 0, …, n; e su chi per di più si ferma a n − 1."""
    return [
        lambda n: svista(torch.arange(1, n + 1)),
        lambda n: svista(torch.arange(n + 1)),
        lambda n: svista(torch.arange(1, n)),
        lambda n: svista(torch.arange(n)),
    ]


def somma_dei_quadrati(n: int) -> int:
    numeri = torch.arange(1, n + 1)
    return int((numeri * numeri).sum())


esercizio(
    "0.2",
    giusta=somma_dei_quadrati,
    prove=[(3,), (1,), (2,), (0,), (10,), (2000,)],
    detta="con n = {0}",
    nome="La somma",
    sviste={
        "La somma si ferma prima di n: il secondo numero di arange è compreso?": [
            lambda n: _quadrati(0, n).sum(),
            lambda n: _quadrati(1, n).sum(),
        ],
        "La somma arriva a n + 1: ne hai aggiunto uno di troppo.": lambda n: _quadrati(1, n + 2).sum(),
        "Questa è la somma dei numeri: mancano i quadrati.": _fino_a_n(lambda numeri: numeri.sum()),
        "Questa è la somma dei numeri fino a n²: al quadrato va ogni numero, non la fine di arange.": [
            lambda n: torch.arange(n * n + 1).sum(),
            lambda n: torch.arange(n * n).sum(),
        ],
        "Questo è il quadrato della somma, o la somma dei cubi (sono uguali): servono i quadrati, sommati.": _fino_a_n(
            lambda numeri: numeri.sum() ** 2
        ),
        "In Python «^» non è la potenza: scrivi ** 2.": _fino_a_n(lambda numeri: (numeri ^ 2).sum()),
        "Questo è 2 elevato a ogni numero: serve ogni numero elevato a 2.": _fino_a_n(lambda numeri: (2**numeri).sum()),
        "Il quadrato è un numero per sé stesso: così lo raddoppi.": _fino_a_n(lambda numeri: 2 * numeri.sum()),
        "Questo è il quadrato di n: mancano quelli degli altri numeri.": lambda n: n * n,
        "Ci sono i quadrati, uno per uno: manca la loro somma.": _fino_a_n(torch.square),
        "Questa è la media dei quadrati, non la somma.": lambda n: _quadrati(1, n + 1).double().mean(),
    },
    vieta=("cicli",),
    consigli={
        "step sign": "Da dove parte, e dove arriva, il tuo arange?",
        "mean()": "Qui serve la somma, e non la media; la media, poi, vuole numeri con la virgola.",
    },
)


def _valori(risposta: object) -> dict[str, str]:
    """I due numeri, scritti: di un numero scritto, se è sbagliato, si dice soltanto che non torna."""
    chiavi = "adesso", "dopo il riavvio"
    if not isinstance(risposta, dict) or set(risposta) != set(chiavi):
        raise Sbagliato("Lascia il dizionario com'è, e metti un numero al posto di ognuno dei puntini.")
    numeri = {chiave: come_numero(risposta[chiave]) for chiave in chiavi}
    if not all(isinstance(numero, numbers.Real) and not isinstance(numero, bool) for numero in numeri.values()):
        raise Sbagliato("Al posto dei puntini vanno due numeri, senza virgolette.")
    return {f"il valore {chiave}": f"{float(numero):g}" for chiave, numero in numeri.items()}


def _piu_tardi(adesso: int, riavviato: int) -> dict[str, int]:
    return {"adesso": adesso, "dopo il riavvio": riavviato}


esercizio(
    "0.3",
    giusta=_piu_tardi(21, 22),
    osserva=_valori,
    sviste={
        "Adesso: hai letto dall'alto in basso, ma conta l'ordine dei numeri fra parentesi.": _piu_tardi(22, 22),
        "Adesso: hai fermato il conto alla cella [2], ma l'ultima eseguita è la [3].": _piu_tardi(20, 22),
        "Adesso: il raddoppio della cella [2] non c'è, eppure è stata eseguita.": _piu_tardi(11, 22),
        "Adesso: così conti solo la cella [1], ma poi ne sono state eseguite altre due.": _piu_tardi(10, 22),
        "Dopo il riavvio le celle si eseguono come stanno sulla pagina, dall'alto in basso.": _piu_tardi(21, 21),
        "Dopo il riavvio il kernel non ricorda nulla: la prima cella rimette visite a 10.": [
            _piu_tardi(21, valore) for valore in (42, 43, 44)
        ],
        "Dopo il riavvio hai contato solo alcune celle: si eseguono tutte e tre.": [
            _piu_tardi(21, valore) for valore in (10, 11, 20)
        ],
        "I due valori sono scambiati: rileggi quale è adesso, e quale dopo il riavvio.": _piu_tardi(22, 21),
    },
)


def _dispositivi(risposta: object) -> dict[str, str]:
    """I quattro nomi, in minuscolo e senza il numero della scheda."""
    if not isinstance(risposta, dict) or set(risposta) != set("abcd"):
        raise Sbagliato("Lascia il dizionario com'è, e metti un nome al posto di ognuno dei puntini.")
    nomi = {nome: str(dove).strip().lower().split(":")[0] for nome, dove in risposta.items()}
    for nome, dove in nomi.items():
        if dove in ("gpu", "nvidia", "scheda"):
            raise Sbagliato(f"PyTorch non ha un dispositivo «{dove}»: come chiama le schede NVIDIA?")
        if dove not in ("cpu", "cuda"):
            raise Sbagliato(f'Per {nome} rispondi con uno di questi: "cpu", "cuda".')
    return {f"il dispositivo di {nome}": dove for nome, dove in nomi.items()}


def _stanno(a: str = "cpu", b: str = "cuda", c: str = "cuda", d: str = "cpu") -> dict[str, str]:
    return {"a": a, "b": b, "c": c, "d": d}


esercizio(
    "0.4",
    giusta=_stanno(),
    osserva=_dispositivi,
    sviste={
        "Per a: «.to» restituisce un tensore nuovo; quello di partenza si è spostato?": _stanno(a="cuda"),
        "Per b: «.to(dispositivo)» porta sulla scheda di Bruno.": _stanno(b="cpu"),
        "Per c: il risultato nasce dove sta l'operando. Poi «.cpu()» lo sposta, o ne fa una copia?": _stanno(c="cpu"),
        "Per d: che cosa fa «.cpu()»?": _stanno(d="cuda"),
    },
)
