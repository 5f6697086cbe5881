"""Gli esercizi della lezione 12: due forme, un grafo, un file, uno sportello, gli interi, le scale, il fold."""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from corso_pytorch.lezioni.l12_produzione.consegna import NESSUN_FILE, esamina_il_file, rete_da_consegnare
from corso_pytorch.lezioni.l12_produzione.esportata import CONSIGLI, IN_ONNX, MODULO, RIFERIMENTO, Rete, esamina
from corso_pytorch.lezioni.l12_produzione.sportello import SPORTELLO, allo_sportello, rispondi
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
        "Prima la differenza, poi il più grande: hai sottratto i due massimi.": [
            _con_scarto(lambda a, b: (a.softmax(1).max() - b.softmax(1).max()).abs()),
            _con_scarto(lambda a, b: a.softmax(1).max() - b.softmax(1).max()),
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


esercizio(
    "12.3",
    giusta=IN_ONNX,
    osserva=esamina_il_file,
    prove=[rete_da_consegnare],
    consigli=CONSIGLI,
    nome="Il file",
    # Come sopra: chi scrive davvero un file è in tests/lezioni/l12.py.
    sviste={NESSUN_FILE: lambda rete, percorso: percorso},
)


def _tutti_fermi(richieste: list[str], leggi: Callable, calcola: Callable) -> list:
    """Il try è fuori dal ciclo: una richiesta sbagliata fa rispondere così a tutte."""
    try:
        buone = [leggi(corpo) for corpo in richieste]
    except Exception as errore:
        return [(errore.status_code, None) for _ in richieste]
    return rispondi(richieste, leggi, calcola) if buone else []


def _fermo_alla_prima(richieste: list[str], leggi: Callable, calcola: Callable) -> list:
    """Dopo la prima richiesta sbagliata non ne legge più."""
    codici = [codice for codice, _ in rispondi(richieste, leggi, lambda pixel: torch.zeros(len(pixel), 10))]
    quante = next((n for n, codice in enumerate(codici) if codice != 200), len(codici))
    return rispondi(richieste[:quante], leggi, calcola) + [(codice, None) for codice in codici[quante:][:1]]


def _per_corpo(richieste: list[str], leggi: Callable, calcola: Callable, ripetute: bool = False) -> list:
    """Tiene le richieste in un dizionario, con il corpo per chiave: due uguali diventano una."""
    uniche = dict.fromkeys(richieste)
    dette = dict(zip(uniche, rispondi(list(uniche), leggi, calcola), strict=True))
    return [dette[corpo] for corpo in (richieste if ripetute else uniche)]


_rispondi = partial(muta, rispondi)
_CONTA = (("for codice in codici]", "for n, codice in enumerate(codici)]"),)
_INSIEME = "calcola(torch.cat(buone)).argmax(dim=1).tolist() if buone else []"

esercizio(
    "12.4",
    giusta=rispondi,
    osserva=allo_sportello,
    prove=[
        Prova(["un 3", "storta", "un 7", "rotta", "enorme", "un 1"], detta="con tre richieste buone e tre no"),
        Prova(["un 4"], detta="con una richiesta sola"),
        Prova([], detta="senza richieste"),
        Prova(["enorme", "rotta"], detta="con richieste tutte sbagliate"),
        Prova(["rotta", "un 9", "un 9", "un 0"], detta="con la prima richiesta sbagliata, e due uguali"),
        Prova(["un 2", "un 5", "un 6", "un 8", "enorme"], detta="con l'ultima richiesta sbagliata"),
        Prova([f"un {n % 10}" for n in range(40)], detta="con quaranta richieste"),
    ],
    consigli=SPORTELLO,
    sviste={
        "Hai chiamato il modello una volta per immagine: prima raccogli le immagini, poi chiamalo una volta sola.": [
            _rispondi((_INSIEME, "[calcola(una).argmax().item() for una in buone]")),
        ],
        "Hai chiamato il modello più volte di quante servono: tieni i logit, e leggi da lì.": _rispondi(
            (_INSIEME, "[calcola(torch.cat(buone)).argmax(dim=1)[n].item() for n in range(len(buone))]")
        ),
        "Se nessuna richiesta è buona, il modello non va chiamato.": _rispondi(
            (_INSIEME, "calcola(torch.cat([torch.empty(0, 1, 28, 28), *buone])).argmax(dim=1).tolist()")
        ),
        "Al modello vanno date soltanto le immagini buone: alle altre hai messo un'immagine finta.": _rispondi(
            ("codici.append(errore.status_code)", "codici.append(errore.status_code), buone.append(_FINTA)"),
            (
                "next(scelte) if codice == 200 else None",
                "next(scelte) if codice == 200 else _salta(scelte)",
            ),
        ),
        "Mancano le risposte a chi ha sbagliato: ogni richiesta ne vuole una, al suo posto.": [
            _rispondi(("for codice in codici]", "for codice in codici if codice == 200]")),
        ],
        "Le risposte vanno nell'ordine delle richieste: le sbagliate non finiscono in fondo, né in cima.": [
            _rispondi(("for codice in codici]", "for codice in sorted(codici)]")),
            _rispondi(("for codice in codici]", "for codice in sorted(codici, reverse=True)]")),
            # Le buone insieme e le sbagliate insieme, ciascuna nell'ordine di arrivo.
            _rispondi(("for codice in codici]", "for codice in sorted(codici, key=lambda c: c != 200)]")),
            _rispondi(("for codice in codici]", "for codice in sorted(codici, key=lambda c: c == 200)]")),
        ],
        "A chi sbaglia torna il codice del suo errore: sta in status_code.": [
            _rispondi(("errore.status_code", quale)) for quale in ("400", "422", "500", "errore.detail")
        ],
        "Una richiesta sbagliata non deve fermare le altre: il try va dentro il ciclo.": [
            _tutti_fermi,
            _fermo_alla_prima,
        ],
        "Chi ha sbagliato riceve None al posto della cifra.": [
            _rispondi(("else None", "else -1")),
            _rispondi(("else None", 'else ""')),
            _rispondi(("else None", "else 0")),
        ],
        "Prima il codice, poi la cifra: sono scambiati.": lambda richieste, leggi, calcola: [
            coppia[::-1] for coppia in rispondi(richieste, leggi, calcola)
        ],
        "Quella è la sicurezza, o il logit, della cifra: serve la cifra, con argmax.": [
            _rispondi(("argmax", "amax")),
            _rispondi((".argmax(", ".softmax(dim=1).amax(")),
        ],
        # Con più di dieci immagini le risposte non bastano: ci si ferma, secondo come si distribuiscono.
        "Hai scelto lungo le immagini: la cifra si sceglie lungo dim=1.": [
            _rispondi(("dim=1", "dim=0")),
            _rispondi(("dim=1", "dim=0"), ("iter(", "("), ("next(scelte)", "scelte.pop(0)")),
            _rispondi(("dim=1", "dim=0"), ("iter(", "("), ("next(scelte)", "scelte[codici[:n].count(200)]"), *_CONTA),
            *(
                _rispondi(
                    (".argmax(dim=1).tolist()", ".argmax(dim=0)"),
                    ("iter(", "("),
                    ("next(scelte)", f"scelte[codici[:n].count(200)]{numero}"),
                    *_CONTA,
                )
                for numero in ("", ".item()")
            ),
            _rispondi((".argmax(dim=1).tolist()", ".argmax(dim=0).repeat(9).tolist()")),
        ],
        "Due richieste uguali sono due richieste: un dizionario le fonde.": [
            _per_corpo,
            partial(_per_corpo, ripetute=True),
        ],
        "Hai scelto la cifra con il logit più basso: serve la più alta.": _rispondi(("argmax", "argmin")),
        "Servono le coppie (codice, cifra), non le sole cifre.": lambda *argomenti: [
            cifra for _, cifra in rispondi(*argomenti)
        ],
    },
)


def andata_e_ritorno(x: torch.Tensor, scala: float, zero: int) -> tuple[torch.Tensor, torch.Tensor]:
    interi = (x / scala + zero).round().clamp(-128, 127).to(torch.int8)
    return interi, (interi.float() - zero) * scala


_interi = partial(muta, andata_e_ritorno)

esercizio(
    "12.5",
    giusta=andata_e_ritorno,
    parti=("il tensore degli interi", "il tensore dei ricostruiti"),
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
        "Al ritorno mancano le parentesi: così per la scala si moltiplica soltanto lo zero.": _interi(
            ("(interi.float() - zero) * scala", "interi.float() - zero * scala")
        ),
        "Al ritorno si moltiplica per la scala.": _interi((") * scala", ") / scala")),
        "All'andata si divide per la scala, al ritorno si moltiplica: li hai scambiati.": _interi(
            ("x / scala", "x * scala"), (") * scala", ") / scala")
        ),
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
        "uint8 va da 0 a 255: i negativi ricominciano da capo. Serve torch.int8.": _interi(
            ("torch.int8", "torch.uint8")
        ),
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


def per_canale(peso: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    massimi = peso.abs().amax(dim=(1, 2, 3))
    scale = torch.where(massimi == 0, 1, massimi / 127)
    interi = (peso / scale.view(-1, 1, 1, 1)).round().to(torch.int8)
    return interi, scale


def _pesi(uscite: int, entrate: int, lato: int, nullo: int | None = None) -> tuple[torch.Tensor]:
    """Un peso con canali molto diversi: il più grande, in valore assoluto, è negativo nei canali dispari."""
    caso = generatore(100 * uscite + entrate)
    peso = torch.rand(uscite, entrate, lato, lato, generator=caso) - 0.5
    for o, canale in enumerate(peso):
        canale.view(-1)[o % canale.numel()] = 0.8 * (-1) ** o
        canale *= 40.0 * 3**o
    if nullo is not None:
        peso[nullo] = 0
    return (peso,)


def _ampiezza(peso: torch.Tensor) -> torch.Tensor:
    return peso.amax(dim=(1, 2, 3)) - peso.amin(dim=(1, 2, 3))


_scale = partial(muta, per_canale)
_DOVE_ZERO = "torch.where(massimi == 0, 1, massimi / 127)"

esercizio(
    "12.6",
    giusta=per_canale,
    parti=("il tensore degli interi", "il tensore delle scale"),
    prove=[
        _pesi(4, 2, 3),
        _pesi(2, 5, 1),
        _pesi(3, 3, 3),
        _pesi(5, 3, 2, nullo=3),
        _pesi(1, 4, 2),
        (torch.zeros(1, 1, 2, 2),),
        lambda: (_pesi(4, 3, 3, nullo=0)[0].transpose(0, 1),),
        (torch.tensor([127.0, -127, 0, 63, 254, 2, -4, 8]).view(2, 1, 2, 2),),  # scale 1 e 2, divisione esatta
        (torch.tensor([[0.3, -0.1, 0.05, 0.2]]).mul(torch.tensor([[1], [0.01], [-3e-5]])).view(3, 1, 2, 2),),
    ],
    detta=lambda peso: f"con un peso {tuple(peso.shape)}",
    dtype="stesso",
    consigli={
        "must match the size": "Una scala per canale di uscita: view(-1, 1, 1, 1).",
        "view size is not compatible": "Un peso può non essere contiguo (lezione 01): usa reshape.",
    },
    sviste={
        "Hai una scala sola per tutto il peso: ne serve una per canale di uscita.": [
            _scale((".amax(dim=(1, 2, 3))", ".max().expand(len(peso))")),
            _scale((".amax(dim=(1, 2, 3))", ".max()")),
        ],
        "I canali di uscita stanno sull'asse 0: il massimo si prende sugli altri tre.": [
            _scale(("(1, 2, 3)", "(0, 2, 3)"), ("-1, 1, 1, 1", "1, -1, 1, 1")),
            _scale(("(1, 2, 3)", "(0, 2, 3)")),
            _scale(("(1, 2, 3)", "(0, 1, 2)"), ("-1, 1, 1, 1", "1, 1, 1, -1")),
        ],
        "Hai una scala per ogni kernel: un canale di uscita ne ha tanti, e la scala è una.": _scale(
            ("(1, 2, 3)", "(2, 3)"), ("scale.view(-1, 1, 1, 1)", "scale[:, :, None, None]")
        ),
        "Il massimo di un canale si prende su tutti e tre gli altri assi: (1, 2, 3).": [
            _scale(("(1, 2, 3)", "(1, 2)"), ("scale.view(-1, 1, 1, 1)", "scale[:, None, None]")),
            _scale(("(1, 2, 3)", "(1, 3)"), ("scale.view(-1, 1, 1, 1)", "scale[:, None, :, None]")),
            _scale(("(1, 2, 3)", "1"), ("scale.view(-1, 1, 1, 1)", "scale[:, None]")),
        ],
        "Il peso più grande in valore assoluto può essere negativo: prima abs().": [
            _scale((".abs()", "")),
            *(_scale((".abs()", ""), (".round()", f".round().clamp({basso}, 127)")) for basso in ("-128", "-127")),
        ],
        "Il peso più grande, in valore assoluto, cade su 127: si divide per 127.": [
            *(_scale(("/ 127", f"/ {quanto}")) for quanto in ("128", "127.5", "255", "256")),
            *(
                _scale(("/ 127", f"/ {quanto}"), (".round()", f".round().clamp({basso}, 127)"))
                for quanto in ("128", "127.5")
                for basso in ("-128", "-127")
            ),
        ],
        "I pesi hanno lo zero su 0: la scala è il più grande, in valore assoluto, diviso 127.": [
            _scale(("peso.abs().amax(dim=(1, 2, 3))", "_ampiezza(peso)"), ("/ 127", "/ 255")),
            _scale(
                ("peso.abs().amax(dim=(1, 2, 3))", "_ampiezza(peso)"),
                ("/ 127", "/ 255"),
                (".round()", ".round().clamp(-128, 127)"),
            ),
        ],
        "La scala di un canale tutto zero vale 1: né 0, che darebbe 0 diviso 0, né un numero piccolo.": [
            _scale((_DOVE_ZERO, "massimi / 127")),
            _scale((_DOVE_ZERO, "torch.where(massimi == 0, 1, massimi) / 127")),
        ],
        "Un canale dai pesi piccoli non è tutto zero: confronta il suo massimo con == 0.": [
            *(_scale(("massimi == 0", f"massimi < {soglia}")) for soglia in (1e-4, 1e-3, 1e-2, 0.1, 1)),
            _scale(("massimi == 0", "massimi < 1"), ("massimi / 127)", "massimi / 127).clamp(min=1)")),
        ],
        "Quello è il più grande di ogni canale: la scala è lui diviso 127.": [
            _scale(("massimi / 127", "massimi")),
            _scale(("massimi / 127", "massimi"), ("scale.view", "(scale / 127).view")),
            _scale(("return interi, scale", "return interi, massimi")),
        ],
        "Si divide per la scala, non si moltiplica.": _scale(("peso / scale", "peso * scale")),
        "Per incontrare il peso le scale vanno sull'asse 0, con altri tre assi lunghi 1: view(-1, 1, 1, 1).": [
            _scale((".view(-1, 1, 1, 1)", "")),
            _scale(("-1, 1, 1, 1", "-1, 1, 1")),
            _scale(("-1, 1, 1, 1", "-1, 1")),
        ],
        "Il to(torch.int8) taglia i decimali verso lo zero: prima serve round().": _scale((".round()", "")),
        "floor va sempre in giù e ceil sempre in su: serve l'intero più vicino, round().": [
            _scale(("round", "floor")),
            _scale(("round", "ceil")),
        ],
        "Sommare mezzo e troncare arrotonda male i numeri negativi: round().": _scale((".round()", ".add(0.5).int()")),
        "uint8 va da 0 a 255: i negativi ricominciano da capo. Serve torch.int8.": _scale(
            ("torch.int8", "torch.uint8")
        ),
        "I valori sono giusti, ma non sono int8: nel file un peso deve occupare un byte.": _scale(
            (".to(torch.int8)", "")
        ),
        "Prima gli interi, poi le scale: sono scambiati.": lambda peso: per_canale(peso)[::-1],
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
    "12.7",
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
    vieta=("fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_modules"),
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
        "bn.weight va diviso per la radice della varianza, sia nel peso sia nel bias.": [
            _piega(lambda bn: bn.weight),
            _piega(bias=lambda b, p, bn: b * p - bn.running_mean * bn.weight + bn.bias),
            _piega(bias=lambda b, p, bn: (b - bn.running_mean) * bn.weight + bn.bias),
            lambda peso, bias, bn: (peso * bn.weight.view(-1, 1, 1, 1), _piega()(peso, bias, bn)[1]),
        ],
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
