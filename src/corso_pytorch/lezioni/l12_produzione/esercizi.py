"""Gli esercizi della lezione 12: due forme, una esportazione, gli interi a 8 bit, il fold, un buttafuori."""

import json
from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from corso_pytorch.lezioni.l12_produzione.esportata import CONSIGLI, MODULO, RIFERIMENTO, Rete, esamina
from corso_pytorch.verifiche.dichiarazione import Prova
from corso_pytorch.verifiche.osservazioni import generatore, muta
from corso_pytorch.verifiche.registro import esercizio


def confronto(a: torch.Tensor, b: torch.Tensor) -> tuple[int, float]:
    return _uguali(a, b), _scarto(a, b)


def _uguali(a: torch.Tensor, b: torch.Tensor) -> int:
    return (a.argmax(dim=1) == b.argmax(dim=1)).sum().item()


def _scarto(a: torch.Tensor, b: torch.Tensor) -> float:
    return _differenze(a, b).abs().max().item()


def _differenze(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return a.softmax(dim=1) - b.softmax(dim=1)


def _con_uguali(uguali: Callable[[torch.Tensor, torch.Tensor], object]) -> Callable:
    return lambda a, b: (uguali(a, b), _scarto(a, b))


def _con_scarto(scarto: Callable[[torch.Tensor, torch.Tensor], object]) -> Callable:
    return lambda a, b: (_uguali(a, b), scarto(a, b))


def _con_quote(quote: Callable[[torch.Tensor], torch.Tensor]) -> Callable:
    return _con_scarto(lambda a, b: (quote(a) - quote(b)).abs().max())


def _esponenziali(a: torch.Tensor) -> torch.Tensor:
    return a.exp() / a.exp().sum(1, keepdim=True)


def _logit(righe: int, classi: int, rumore: float) -> tuple[torch.Tensor, torch.Tensor]:
    a, altri = torch.randn(2, righe, classi, generator=generatore(righe)) * 2
    return a, a + rumore * altri


esercizio(
    "12.1",
    giusta=confronto,
    parti=("il numero di righe uguali", "lo scarto"),
    prove=[
        _logit(9, 4, 1.5),
        _logit(9, 4, 1.5)[::-1],
        _logit(12, 3, 2.0),
        _logit(8, 8, 1.5),
        _logit(5, 7, 0.0),
        _logit(1, 3, 1.0),
        _logit(4, 1, 2.0),
        tuple(tabella.T for tabella in _logit(5, 6, 1.5)),
        (torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([[1002.0, 1000.0], [0.0, -1000.0]])),
        (torch.tensor([[1000.0, 998.0], [-998.0, -1000.0]]), torch.tensor([[998.0, 1000.0], [-998.0, -1000.0]])),
        (torch.tensor([[1000.0, 998.0], [1.0, 0.0]]), torch.tensor([[1000.0, 0.0], [1.0, 0.0]])),
        (torch.tensor([[2.0, 1.9, 0.0]]), torch.tensor([[2.0, 0.0, 1.9]])),  # la classe scelta non si muove
    ],
    detta="con {0.shape[0]} righe e {0.shape[1]} classi",
    dtype="stesso",
    sviste={
        "Hai contato le colonne: la classe si sceglie lungo dim=1.": _con_uguali(
            lambda a, b: (a.argmax(0) == b.argmax(0)).sum()
        ),
        "Hai contato le righe diverse: servono quelle uguali.": _con_uguali(lambda a, b: len(a) - _uguali(a, b)),
        "Hai contato i logit uguali: conta solo la classe più alta.": [
            _con_uguali(lambda a, b: (a == b).sum()),
            _con_uguali(lambda a, b: (a == b).all(1).sum()),
            _con_uguali(lambda a, b: (a.amax(1) == b.amax(1)).sum()),
        ],
        "Hai dato una quota: serve quante righe sono, un intero.": _con_uguali(lambda a, b: _uguali(a, b) / len(a)),
        "Senza dim=1 argmax guarda la tabella intera: serve una classe per riga.": [
            _con_uguali(lambda a, b: a.argmax() == b.argmax()),
            _con_uguali(lambda a, b: (a.argmax() == b.argmax()).sum()),
        ],
        "Hai contato le righe in cui è uguale la classe più bassa: serve la più alta.": _con_uguali(
            lambda a, b: _uguali(-a, -b)
        ),
        "Lo scarto è fra i logit: prima servono le probabilità.": _con_quote(lambda a: a),
        "Le probabilità sommano a 1 lungo le righe: la softmax va su dim=1.": [
            _con_quote(partial(torch.softmax, dim=0)),
            _con_quote(lambda a: a.flatten().softmax(0)),
        ],
        "Serve lo scarto più grande, non la media.": [
            _con_scarto(lambda a, b: _differenze(a, b).abs().mean()),
            _con_scarto(lambda a, b: _differenze(a, b).abs().amax(1).mean()),
        ],
        "Serve il valore assoluto: anche uno scarto negativo può essere il più grande.": [
            _con_scarto(lambda a, b: _differenze(a, b).max()),
            _con_scarto(lambda a, b: _differenze(b, a).max()),
            _con_scarto(lambda a, b: _differenze(a, b).max().abs()),
        ],
        "Serve uno scarto solo, il più grande, non la somma.": [
            _con_scarto(lambda a, b: _differenze(a, b).abs().sum()),
            _con_scarto(lambda a, b: _differenze(a, b).abs().sum(1).max()),
        ],
        "Lo scarto si cerca fra tutte le classi, non solo fra quelle scelte.": [
            _con_scarto(lambda a, b: (a.softmax(1).amax(1) - b.softmax(1).amax(1)).abs().max()),
            _con_scarto(lambda a, b: _differenze(a, b).gather(1, a.argmax(1, keepdim=True)).abs().max()),
            _con_scarto(lambda a, b: _differenze(a, b).gather(1, b.argmax(1, keepdim=True)).abs().max()),
        ],
        "La sigmoide guarda ogni logit da solo: qui serve la softmax.": _con_quote(torch.sigmoid),
        "Quelle sono le log-probabilità: manca l'esponenziale.": _con_quote(partial(torch.log_softmax, dim=1)),
        "Con logit grandi l'esponenziale trabocca, o si azzera: softmax prima toglie il massimo di ogni riga.": [
            _con_quote(_esponenziali),
            _con_quote(lambda a: (a - a.max()).exp() / (a - a.max()).exp().sum(1, keepdim=True)),
            _con_quote(lambda a: _esponenziali(a).nan_to_num()),
            _con_scarto(lambda a, b: (_esponenziali(a) - _esponenziali(b)).nan_to_num().abs().max()),
        ],
        "Fermare i logit a un massimo cambia le probabilità: softmax regge anche 1000.": [
            _con_quote(lambda a, alto=alto: a.clamp(max=alto).softmax(1)) for alto in (50, 80, 100)
        ],
        "Prima il numero di righe, poi lo scarto: sono scambiati.": lambda a, b: confronto(a, b)[::-1],
    },
)


esercizio(
    "12.2",
    giusta=RIFERIMENTO,
    osserva=esamina,
    prove=[lambda: (Rete(),)],
    consigli=CONSIGLI,
    nome="Il programma",
    # Le altre, che esportano davvero, stanno in tests/lezioni/l12.py: qui girerebbero a ogni risposta sbagliata.
    sviste={MODULO: lambda rete: rete},
)


def andata_e_ritorno(x: torch.Tensor, scala: float, zero: int) -> tuple[torch.Tensor, torch.Tensor]:
    interi = (x / scala + zero).round().clamp(-128, 127).to(torch.int8)
    return interi, (interi.float() - zero) * scala


_interi = partial(muta, andata_e_ritorno)

esercizio(
    "12.3",
    giusta=andata_e_ritorno,
    parti=("Il tensore degli interi", "Il tensore dei ricostruiti"),
    prove=[
        (torch.tensor([[0.0, 0.26, -0.74], [1.3, -1.0, 2.0]]), 0.1, 0),
        (torch.tensor([0.0, 1.0, 2.563, 3.7, 0.013]), 0.02, -128),
        (torch.tensor([[-3.0], [5.0], [0.31], [-0.19]]), 0.03, 20),
        (torch.tensor([-40.0, 40.0, 13.6, -12.7, 12.7, 12.8, -12.8, -12.9, 12.74, -12.84]), 0.1, 0),
        (torch.tensor([-0.06, 0.06, 0.29]), 0.1, 5),
        (torch.tensor([[[1e5, -1e5, 0.7], [-0.3, 2.4, 3.0]]]).mT, 1.0, 127),
        (torch.tensor([4.2]), 2.0, -7),
        (torch.empty(0, 3), 0.5, 0),
        (torch.tensor([2064.5, -2064.5, 70_000.0]), 32.0, 0),  # i 16 bit non bastano
    ],
    detta="con scala = {1} e zero = {2}",
    dtype="stesso",
    sviste={
        "Lo zero si somma dopo la divisione: non va tolto.": _interi(("+ zero", "- zero")),
        "In int8 la differenza trabocca: prima di togliere lo zero si torna in float.": _interi((".float() -", " -")),
        "Al ritorno manca lo zero da togliere.": _interi((".float() - zero", ".float()")),
        "Al ritorno lo zero si toglie, non si somma.": _interi((".float() -", ".float() +")),
        "Al ritorno lo zero si toglie prima di moltiplicare per la scala.": _interi(
            ("(interi.float() - zero) * scala", "interi.float() * scala - zero")
        ),
        "Al ritorno si moltiplica per la scala.": _interi((") * scala", ") / scala")),
        "I ricostruiti nascono dagli interi, non da x: l'arrotondamento si deve vedere.": [
            _interi(("(interi.float() - zero) * scala", "x")),
            _interi(("(interi.float() - zero) * scala", "x.clamp((-128 - zero) * scala, (127 - zero) * scala)")),
        ],
        "Si divide per la scala, non si moltiplica.": _interi(("x / scala", "x * scala")),
        "Lo zero si somma agli interi, non al numero di partenza.": _interi(("x / scala + zero", "(x + zero) / scala")),
        "Manca il punto zero.": _interi((" + zero", "")),
        "Il to(torch.int8) taglia i decimali verso lo zero: prima serve round().": _interi((".round()", "")),
        "Fra la divisione e la conversione mancano due passi: arrotondare, e fermare i numeri ai bordi.": [
            _interi((".round().clamp(-128, 127)", "")),
            _interi((".round().clamp(-128, 127)", ".long()")),
        ],
        "floor va sempre in giù e ceil sempre in su: serve l'intero più vicino, round().": [
            _interi(("round", "floor")),
            _interi(("round", "ceil")),
        ],
        "Gli interi a 8 bit vanno da −128 a 127: guarda i due estremi del clamp.": [
            _interi(("-128", "-127")),
            _interi(("127", "128")),
            _interi(("127", "126")),
        ],
        "Un int8 non arriva oltre 127: prima di convertire serve il clamp, o i numeri ricominciano da capo.": [
            _interi((".clamp(-128, 127)", ".long()")),
            _interi((".clamp(-128, 127)", "")),
        ],
        "Il clamp viene dopo aver sommato lo zero: prima, la somma può uscire di nuovo.": [
            _interi((" + zero)", ")"), ("127)", "127).long().add(zero)")),
            _interi(("x / scala +", "(x / scala).clamp(-128, 127) +"), (").clamp(-128, 127).to", ").long().to")),
            _interi((" / scala", ".clamp(-128, 127) / scala"), (".round().clamp(-128, 127)", ".round().long()")),
        ],
        "Il clamp ferma gli interi, non il numero di partenza.": _interi(("x / scala", "x.clamp(-128, 127) / scala")),
        "Gli interi con il segno vanno da −128 a 127, non da 0 a 255.": [
            _interi(("-128, 127).to(torch.int8", "0, 255).to(torch.uint8")),
            _interi(("-128, 127).to(torch.int8", "0, 127).to(torch.int8")),
        ],
        "Lo zero manca tutte e due le volte: così gli interi negativi restano vuoti.": _interi(
            (" + zero", ""), (".float() - zero", ".float()")
        ),
        "Lo zero ha il segno sbagliato tutte e due le volte: all'andata si somma, al ritorno si toglie.": _interi(
            ("+ zero", "- zero"), (".float() -", ".float() +")
        ),
        "Il clamp ha due bordi: −128 e 127.": [
            _interi((".clamp(-128, 127)", ".clamp(min=-128).long()")),
            _interi((".clamp(-128, 127)", ".clamp(max=127).long()")),
        ],
        "Sommare mezzo e troncare arrotonda male i numeri negativi: round().": _interi(
            ("+ zero)", "+ zero + 0.5).long()"), (".round()", "")
        ),
        "I ricostruiti nascono dagli interi fermati ai bordi, non da quelli di prima.": _interi(
            ("(interi.float() - zero)", "((x / scala + zero).round() - zero)")
        ),
        "Prima gli interi, poi i ricostruiti: sono scambiati.": lambda *argomenti: andata_e_ritorno(*argomenti)[::-1],
        "I valori sono giusti, ma non sono int8: nel file un numero deve occupare un byte.": _interi(
            (".to(torch.int8)", "")
        ),
    },
)


def _piega(
    pendenza: Callable = lambda bn: bn.weight / (bn.running_var + bn.eps).sqrt(),
    peso: Callable = lambda w, p: w * p.view(-1, 1, 1, 1),
    bias: Callable = lambda b, p, bn: (b - bn.running_mean) * p + bn.bias,
) -> Callable[[torch.Tensor, torch.Tensor, nn.BatchNorm2d], tuple[torch.Tensor, torch.Tensor]]:
    """La convoluzione che da sola fa anche la batch normalization: ogni pezzo si può sbagliare a parte."""

    def piega(vecchio_peso: torch.Tensor, vecchio_bias: torch.Tensor, bn: nn.BatchNorm2d) -> tuple:
        p = pendenza(bn)
        return peso(vecchio_peso, p), bias(vecchio_bias, p, bn)

    return piega


def _strati(
    uscite: int, entrate: int, lato: int, eps: float = 0.1
) -> tuple[torch.Tensor, torch.Tensor, nn.BatchNorm2d]:
    caso = generatore(uscite)
    bn = nn.BatchNorm2d(uscite, eps=eps).eval()  # un eps grande: se manca si vede
    with torch.no_grad():
        for tensore in (bn.weight, bn.bias, bn.running_mean):
            tensore.copy_(torch.randn(uscite, generator=caso))
        bn.running_var.copy_(torch.rand(uscite, generator=caso) + 0.2)
    return torch.randn(uscite, entrate, lato, lato, generator=caso), torch.randn(uscite, generator=caso), bn


esercizio(
    "12.4",
    giusta=_piega(),
    parti=("il peso", "il bias"),
    prove=[
        _strati(4, 2, 3),
        _strati(3, 5, 1),
        _strati(6, 1, 2),
        _strati(3, 3, 3, eps=0.5),
        _strati(1, 2, 5),
        tuple(nn.Parameter(t) if isinstance(t, torch.Tensor) else t for t in _strati(5, 2, 2, eps=1e-5)),
    ],
    detta=lambda peso, bias, bn: f"con un peso {tuple(peso.shape)}",
    consigli={"must match the size": "Una pendenza per canale di uscita: view(-1, 1, 1, 1)."},
    vieta=("fuse_conv_bn_eval", "fuse_conv_bn_weights"),
    sviste={
        "Sotto la radice manca bn.eps, che può essere diverso da 1e-5.": [
            _piega(lambda bn: bn.weight / bn.running_var.sqrt()),
            _piega(lambda bn: bn.weight / (bn.running_var + 1e-5).sqrt()),
        ],
        "Si divide per la radice della varianza, non per la varianza.": _piega(
            lambda bn: bn.weight / (bn.running_var + bn.eps)
        ),
        "eps si somma alla varianza, dentro la radice.": _piega(
            lambda bn: bn.weight / (bn.running_var.sqrt() + bn.eps)
        ),
        "Manca bn.weight: la pendenza non è solo uno diviso la radice.": _piega(
            lambda bn: (bn.running_var + bn.eps).rsqrt()
        ),
        "La pendenza è capovolta: bn.weight sta sopra, la radice sotto.": _piega(
            lambda bn: (bn.running_var + bn.eps).sqrt() / bn.weight
        ),
        "Si divide per la radice: qui hai moltiplicato.": _piega(
            lambda bn: bn.weight * (bn.running_var + bn.eps).sqrt()
        ),
        "La pendenza è una per canale di uscita, il primo asse del peso: view(-1, 1, 1, 1).": [
            _piega(peso=lambda w, p: w * p),
            _piega(peso=lambda w, p: w * p.view(-1, 1)),
            _piega(peso=lambda w, p: w * p.view(-1, 1, 1)),
        ],
        "Anche il peso va moltiplicato per la pendenza: il tuo è ancora quello di prima.": _piega(peso=lambda w, p: w),
        "Il peso si moltiplica per la pendenza, non si divide.": _piega(peso=lambda w, p: w / p.view(-1, 1, 1, 1)),
        "La media va tolta dal vecchio bias, e tu non la togli.": _piega(bias=lambda b, p, bn: b * p + bn.bias),
        "Hai dimenticato il vecchio bias della convoluzione.": _piega(
            bias=lambda b, p, bn: bn.bias - bn.running_mean * p
        ),
        "Anche il vecchio bias va moltiplicato per la pendenza.": _piega(
            bias=lambda b, p, bn: b - bn.running_mean * p + bn.bias
        ),
        "Anche la media va moltiplicata per la pendenza.": _piega(
            bias=lambda b, p, bn: b * p - bn.running_mean + bn.bias
        ),
        "Il bias non viene moltiplicato per la pendenza.": _piega(bias=lambda b, p, bn: b - bn.running_mean + bn.bias),
        "Manca bn.bias, sommato alla fine.": _piega(bias=lambda b, p, bn: (b - bn.running_mean) * p),
        "bn.bias si somma alla fine, senza moltiplicarlo per la pendenza.": _piega(
            bias=lambda b, p, bn: (b - bn.running_mean + bn.bias) * p
        ),
        "La media si sottrae, non si somma.": _piega(bias=lambda b, p, bn: (b + bn.running_mean) * p + bn.bias),
        "Anche il bias cambia: il tuo è ancora quello di prima.": _piega(bias=lambda b, p, bn: b),
        "Prima il peso, poi il bias: sono scambiati.": lambda peso, bias, bn: _piega()(peso, bias, bn)[::-1],
    },
)


def stato(corpo: str) -> int:
    if len(corpo) > 500:
        return 413
    try:
        gradi = json.loads(corpo)["gradi"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return 400
    if not isinstance(gradi, list) or len(gradi) != 7:
        return 422
    buoni = all(type(g) in (int, float) and -60 <= g <= 60 for g in gradi)
    return 200 if buoni else 422


_stato = partial(muta, stato)
_GRANDE, _INTERVALLO = "len(corpo) > 500", "-60 <= g <= 60"
_TIPO = "type(g) in (int, float)"
_ERRORI = "(ValueError, KeyError, TypeError, RecursionError):\n        return 400"
_senza_limite = _stato((_GRANDE, "False"))
_CORPI = {
    "con sette gradi, interi e con la virgola": '{"gradi": [12, 13.5, -4, 0, 60, -60, 7]}',
    "con i due estremi e un campo in più": '{"gradi": [-60, 60, 60.0, -60.0, 3, 4, 5], "citta": "Bari"}',
    "con gradi ripetuti": '{"gradi": [21, 20.5, 21, 20.5, 21, 21, 19]}',
    "con il nome del campo scritto in parte in codice": '{"gr\\u0061di": [1, 2, 3, 4, 5, 6, 7]}',
    "con sette gradi sotto zero": '{"gradi": [-1, -12, -3.5, -40, -7, -0.5, -20]}',
    "con degli zeri": '{"gradi": [0.5, 0, 0, -0.0, 0, 0, 1e1]}',
    "con un testo che non è JSON": "buongiorno",
    "con un testo vuoto": "",
    "con gli apici semplici, che non sono JSON": "{'gradi': [1, 2, 3, 4, 5, 6, 7]}",
    "con una virgola di troppo, che non è JSON": '{"gradi": [1, 2, 3, 4, 5, 6, 7,]}',
    "con un oggetto vuoto": "{}",
    "con una lista al posto dell'oggetto": "[1, 2, 3]",
    "con una lista che contiene il nome del campo": '["gradi"]',
    "con il solo nome del campo": '"gradi"',
    "con un numero al posto dell'oggetto": "3",
    "con null al posto dell'oggetto": "null",
    "con il campo dentro un altro oggetto": '{"dati": {"gradi": [1, 2, 3, 4, 5, 6, 7]}}',
    "con quattrocento parentesi aperte": "[" * 400,
    "con sei gradi": '{"gradi": [1, 2, 3, 4, 5, 6]}',
    "con otto gradi": '{"gradi": [1, 2, 3, 4, 5, 6, 7, 8]}',
    "con una lista vuota": '{"gradi": []}',
    "con un numero al posto della lista": '{"gradi": 12}',
    "con zero al posto della lista": '{"gradi": 0}',
    "con null al posto della lista": '{"gradi": null}',
    "con un oggetto al posto della lista": '{"gradi": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7}}',
    "con un testo di sette caratteri al posto della lista": '{"gradi": "1234567"}',
    "con un grado scritto come testo": '{"gradi": [1, 2, 3, "4", 5, 6, 7]}',
    "con un null fra i gradi": '{"gradi": [1, 2, 3, null, 5, 6, 7]}',
    "con una lista fra i gradi": '{"gradi": [1, 2, 3, [4], 5, 6, 7]}',
    "con un vero fra i gradi": '{"gradi": [1, 2, 3, true, 5, 6, 7]}',
    "con un falso fra i gradi": '{"gradi": [1, 2, 3, 4, 5, 6, false]}',
    "con 60,5 gradi": '{"gradi": [1, 2, 3, 4, 5, 6, 60.5]}',
    "con −61 gradi": '{"gradi": [-61, 2, 3, 4, 5, 6, 7]}',
    "con un NaN": '{"gradi": [1, 2, 3, NaN, 5, 6, 7]}',
    "con un NaN al primo posto": '{"gradi": [NaN, 2, 3, 4, 5, 6, 7]}',
    "con un infinito": '{"gradi": [1, 2, 3, Infinity, 5, 6, 7]}',
    "con un intero di 400 cifre": '{"gradi": [1, 2, 3, 4, 5, 6, ' + "9" * 400 + "]}",
    "con 500 caratteri esatti": '{"gradi": [1, 2, 3, 4, 5, 6, 7]}'.ljust(500),
    "con 345 caratteri, più di 500 byte": '{"gradi": [1, 2, 3, 4, 5, 6, 7], "citta": "' + "è" * 300 + '"}',
    "con 501 caratteri, quasi tutti spazi": '{"gradi": [1, 2, 3, 4, 5, 6, 7]}'.ljust(501),
    "con più di 500 caratteri, e otto gradi": '{"gradi": [1, 2, 3, 4, 5, 6, 7, 8]}'.ljust(600),
    "con 501 caratteri che non sono JSON": "x" * 501,
}

esercizio(
    "12.5",
    giusta=stato,
    prove=[Prova(corpo, detta=detta) for detta, corpo in _CORPI.items()],
    nome="Il codice",
    consigli={
        "Expecting value": "Se json.loads si ferma, la risposta è 400: prendi l'eccezione con try.",
        "Expecting property name": "Se json.loads si ferma, la risposta è 400: prendi l'eccezione con try.",
        "Illegal trailing comma": "Se json.loads si ferma, la risposta è 400: prendi l'eccezione con try.",
        "'gradi'": "Il campo può mancare: è un 400, non un errore.",
        "indices must be integers": "Il JSON può essere una lista o un testo, non solo un oggetto.",
        "not subscriptable": "Il JSON può essere un numero o null: prima guarda che sia un dizionario.",
        "has no len()": "Prima di len(), guarda che sia una lista.",
        "argument of type": "Il JSON può essere un numero o null: prima guarda che sia un dizionario.",
        "not iterable": "Prima di scorrere i gradi, guarda che siano una lista.",
        "not supported between": "Prima del confronto, guarda che ogni valore sia un numero.",
        "too large to convert": "Un intero enorme non sta in un float: guarda prima se è fra −60 e 60.",
    },
    sviste={
        "true e false per Python sono 1 e 0, ma qui non valgono.": _stato((_TIPO, "isinstance(g, (int, float))")),
        "Con un NaN < e > sono sempre falsi: di' che cosa accetti, non che cosa rifiuti.": _stato(
            (_INTERVALLO, "not (g < -60 or g > 60)")
        ),
        "json.loads legge anche NaN e gli infiniti: sono gradi che non vanno bene, un 422.": _stato(
            ("json.loads(corpo)", "json.loads(corpo, parse_constant=int)")
        ),
        "Gli estremi, −60 e 60, sono compresi.": [
            _stato((_INTERVALLO, intervallo)) for intervallo in ("-60 < g < 60", "-60 <= g < 60", "-60 < g <= 60")
        ],
        "I gradi possono essere anche sotto zero.": [
            _stato((_INTERVALLO, "0 <= g <= 60")),
            _stato((_INTERVALLO, "0 < g <= 60")),
            _stato((_INTERVALLO, f"{_INTERVALLO} and (type(g) is float or g >= 0)")),
            _stato((_INTERVALLO, f"{_INTERVALLO} and (type(g) is int or g >= 0)")),
        ],
        "I gradi vanno da −60 a 60: manca un controllo sull'intervallo.": [
            _stato((_INTERVALLO, intervallo))
            for intervallo in ("True", "g == g", "-60 <= g", "g <= 60", "abs(g) < 1e9")
        ],
        "Valgono gli interi e i numeri con la virgola, tutti e due.": [
            _stato((_TIPO, "type(g) is float")),
            _stato((_TIPO, "type(g) is int")),
        ],
        "Senza un oggetto con il campo «gradi» non si è capito che cosa chiede: è un 400.": [
            _stato(("return 400", "return 422")),
            _stato((_ERRORI, "(KeyError, TypeError):\n        return 422\n    except ValueError:\n        return 400")),
            _stato((_ERRORI, "KeyError:\n        return 422\n    except (ValueError, TypeError):\n        return 400")),
            _stato((_ERRORI, "TypeError:\n        return 422\n    except (ValueError, KeyError):\n        return 400")),
        ],
        "Il campo «gradi» c'è, ma non va bene: è un 422.": [
            _stato(("return 422", "return 400"), ("else 422", "else 400")),
            _stato(("return 422", "return 400")),
            _stato(("else 422", "else 400")),
        ],
        "I gradi devono essere sette, né di più né di meno.": [
            _stato((" or len(gradi) != 7", "")),
            _stato(("!= 7", "> 7")),
            _stato(("!= 7", "< 7")),
        ],
        "Due giorni possono avere gli stessi gradi: si contano tutti, anche i ripetuti.": _stato(
            ("len(gradi) != 7", f"len({{g for g in gradi if {_TIPO}}}) != 7")
        ),
        "500 caratteri esatti vanno ancora bene.": _stato(("> 500", ">= 500")),
        "Il limite è sul testo intero, spazi compresi: 500 caratteri sì, 501 no.": [
            _senza_limite,
            _stato(("> 500", "> 501")),
            _stato((_GRANDE, "len(corpo.strip()) > 500")),
        ],
        "Il limite è in caratteri, non in byte.": _stato((_GRANDE, "len(corpo.encode()) > 500")),
        "La grandezza si controlla per prima, senza nemmeno leggere il JSON.": [
            lambda corpo: stato(corpo) if _senza_limite(corpo) == 200 else _senza_limite(corpo),
            lambda corpo: 400 if _senza_limite(corpo) == 400 else stato(corpo),
        ],
    },
)
