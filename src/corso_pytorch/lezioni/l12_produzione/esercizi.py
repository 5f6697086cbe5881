"""I controlli della lezione 12: interi a 8 bit, un servizio che dice no, i byte di una rete, due forme, il fold."""

import torch
from torch import nn

from corso_pytorch.verifiche.codice import vieta_nomi
from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_numero, maiuscola, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


@esercizio("12.1")
def quantizza(risposta: object) -> None:
    casi = [
        (torch.tensor([[0.0, 0.26, -0.74], [1.3, -1.0, 2.0]]), 0.1, 0),
        (torch.tensor([0.0, 1.0, 2.563, 3.7, 0.013]), 0.02, -128),
        (torch.tensor([[-3.0], [5.0], [0.31], [-0.19]]), 0.03, 20),
        (torch.tensor([-40.0, 40.0, 13.6, -12.7]), 0.1, 0),
        (torch.tensor([-0.06, 0.06, 0.29]), 0.1, 5),
    ]
    raccolte: dict[str, bool] = {}
    sviste = {
        "lo zero si somma dopo la divisione: non va tolto.": lambda x, s, z: _in_int8((x / s - z).round()),
        "si divide per la scala, non si moltiplica.": lambda x, s, z: _in_int8((x * s + z).round()),
        "lo zero si somma agli interi, non al numero di partenza.": lambda x, s, z: _in_int8(((x + z) / s).round()),
        "manca il punto zero.": lambda x, s, z: _in_int8((x / s).round()),
        "il to(torch.int8) taglia i decimali verso lo zero: prima serve round().": lambda x, s, z: _in_int8(
            (x / s + z).trunc()
        ),
        "floor va sempre in giù: serve l'intero più vicino, round().": lambda x, s, z: _in_int8((x / s + z).floor()),
        "gli interi vanno da −128 a 127: il tuo minimo è −127.": lambda x, s, z: (
            (x / s + z).round().clamp(-127, 127).to(torch.int8)
        ),
        "un int8 non arriva oltre 127: prima di convertire serve il clamp, o i numeri ricominciano da capo.": _avvolto,
        "il clamp viene dopo aver sommato lo zero: prima, la somma può uscire di nuovo.": lambda x, s, z: (
            (x / s).round().clamp(-128, 127).long() + z
        ).to(torch.int8),
        "gli interi con il segno vanno da −128 a 127, non da 0 a 255.": lambda x, s, z: (
            (x / s + z).round().clamp(0, 255).to(torch.uint8)
        ),
    }
    dati = []
    for x, scala, zero in casi:
        dove = f"con scala = {scala} e zero = {zero}"
        dato = chiama(risposta, x, scala, zero, dove=dove)
        atteso = _in_int8((x / scala + zero).round())
        if isinstance(dato, torch.Tensor) and dato.is_floating_point():
            numeri = dato.detach().cpu()
            if numeri.shape == x.shape and torch.allclose(
                (numeri.double() - zero) * scala, ((atteso.double() - zero) * scala), atol=1e-4
            ):
                raise Sbagliato("I valori sono giusti ma il dtype è " + str(dato.dtype)[6:] + ": nel file vanno int8.")
            if numeri.shape == x.shape and torch.allclose(numeri, (atteso.float() - zero) * scala, atol=1e-4):
                raise Sbagliato("Hai già fatto il ritorno: qui servono gli interi, non i valori ricostruiti.")
        dati.append((x, scala, zero, dato, atteso))
    for testo, svista in sviste.items():
        raccolte[testo] = all(_uguali(dato, svista(x, s, z)) for x, s, z, dato, _ in dati)
    if any(raccolte.values()) and not all(_uguali(dato, atteso) for *_, dato, atteso in dati):
        raise Sbagliato(maiuscola(next(testo for testo, tutte in raccolte.items() if tutte)))
    for _, scala, zero, dato, atteso in dati:
        confronta(dato, atteso, nome=f"Con scala = {scala} e zero = {zero} il risultato", tolleranza=0.0)


_GRADI = "[12, 13.5, -4, 0, 60, -60, 7]"
_CORPI = [
    ('{"gradi": ' + _GRADI + "}", 200, "con sette gradi, interi e con la virgola"),
    ('{"gradi": [-60, 60, 1, 2, 3, 4, 5], "citta": "Bari"}', 200, "con i due estremi e un campo in più"),
    ('{"gradi": [0.5, 0, 0, 0, 0, 0, 0.0]}', 200, "con degli zeri"),
    ("buongiorno", 400, "con un testo che non è JSON"),
    ("", 400, "con un testo vuoto"),
    ("{}", 400, "con un oggetto vuoto"),
    ("[1, 2, 3]", 400, "con una lista al posto dell'oggetto"),
    ('["gradi"]', 400, "con una lista che contiene il nome del campo"),
    ('"gradi"', 400, "con il solo nome del campo"),
    ("3", 400, "con un numero al posto dell'oggetto"),
    ("null", 400, "con null al posto dell'oggetto"),
    ('{"gradi": [1, 2, 3, 4, 5, 6]}', 422, "con sei gradi"),
    ('{"gradi": [1, 2, 3, 4, 5, 6, 7, 8]}', 422, "con otto gradi"),
    ('{"gradi": 12}', 422, "con un numero al posto della lista"),
    ('{"gradi": null}', 422, "con null al posto della lista"),
    ('{"gradi": "1234567"}', 422, "con un testo di sette caratteri al posto della lista"),
    ('{"gradi": [1, 2, 3, "4", 5, 6, 7]}', 422, "con un grado scritto come testo"),
    ('{"gradi": [1, 2, 3, null, 5, 6, 7]}', 422, "con un null fra i gradi"),
    ('{"gradi": [1, 2, 3, [4], 5, 6, 7]}', 422, "con una lista fra i gradi"),
    ('{"gradi": [1, 2, 3, true, 5, 6, 7]}', 422, "con un vero/falso fra i gradi"),
    ('{"gradi": [1, 2, 3, 4, 5, 6, 60.5]}', 422, "con 60,5 gradi"),
    ('{"gradi": [-61, 2, 3, 4, 5, 6, 7]}', 422, "con −61 gradi"),
    ('{"gradi": [1, 2, 3, NaN, 5, 6, 7]}', 422, "con un NaN"),
    ('{"gradi": [NaN, 2, 3, 4, 5, 6, 7]}', 422, "con un NaN al primo posto"),
    ('{"gradi": [1, 2, 3, Infinity, 5, 6, 7]}', 422, "con un infinito"),
    ('{"gradi": ' + _GRADI + "}" + " " * 500, 413, "con più di 500 caratteri, quasi tutti spazi"),
    ("x" * 501, 413, "con 501 caratteri che non sono JSON"),
    (('{"gradi": ' + _GRADI + "}").ljust(500), 200, "con 500 caratteri esatti"),
    ("[" * 400, 400, "con quattrocento parentesi aperte"),
]
_PERCHE = {
    (200, 413): "il limite è sul testo intero, spazi compresi: 500 sì, 501 no.",
    (413, 200): "500 caratteri esatti vanno ancora bene.",
    (400, 413): "la grandezza si controlla per prima, senza nemmeno leggere il JSON.",
    (422, 413): "la grandezza si controlla per prima, senza nemmeno leggere il JSON.",
    (422, 400): "senza un oggetto con il campo «gradi» non si è capito che cosa chiede: è un 400.",
    (400, 422): "il campo «gradi» c'è, ma non va bene: è un 422.",
    (200, 422): "passa, e non dovrebbe: quale controllo manca?",
    (422, 200): "è una richiesta buona, e la rifiuti.",
    (400, 200): "è una richiesta buona, e la rifiuti.",
    (200, 400): "passa, e non dovrebbe: quale controllo manca?",
}


@esercizio("12.2")
def stato(risposta: object) -> None:
    for corpo, atteso, dove in _CORPI:
        dato = chiama(
            risposta,
            corpo,
            dove=dove,
            consigli={
                "Expecting value": "Se json.loads si ferma, la risposta è 400: prendi l'eccezione con try.",
                "'gradi'": "Il campo può mancare: è un 400, non un errore.",
                "indices must be integers": "Il JSON può essere una lista o un testo, non solo un oggetto.",
                "not subscriptable": "Il JSON può essere un numero o null: prima guarda che sia un dizionario.",
                "has no len()": "Prima di len(), guarda che sia una lista.",
                "not supported between": "Prima del confronto, guarda che ogni valore sia un numero.",
            },
        )
        if isinstance(dato, str) and dato.strip().isdigit():
            raise Sbagliato(f"Il codice è {tipo_di(dato)}: restituisci un numero intero.")
        if isinstance(dato, bool) or not isinstance(dato, int):
            raise Sbagliato(f"Serve un codice, un numero intero, e invece è {tipo_di(dato)}.")
        if dato != atteso:
            perche = _PERCHE.get((dato, atteso), "i codici possibili sono 200, 400, 413 e 422: quale dice il testo?")
            raise Sbagliato(f"{maiuscola(dove)} rispondi {dato}: {perche}")


@esercizio("12.3")
def byte_dei_pesi(risposta: object) -> None:
    reti = {
        "un Linear(3, 2)": nn.Linear(3, 2),
        "una Conv2d(1, 16, 5) senza bias": nn.Conv2d(1, 16, 5, bias=False),
        "una rete di due strati": nn.Sequential(nn.Conv2d(2, 5, 3), nn.BatchNorm2d(5), nn.Flatten(), nn.Linear(45, 7)),
    }
    raccolti = []
    for nome, rete in reti.items():
        for formato in ("float32", "bf16", "int8"):
            dove = f"con {nome} in {formato}"
            dato = chiama(risposta, rete, formato, dove=dove)
            raccolti.append((dove, formato, list(rete.parameters()), rete, dato))
    sviste = {
        "in int8 contano anche le scale: 4 byte per canale di uscita.": _byte_con(scale=lambda p: 0),
        "in int8 mancano le scale, e i parametri con un asse solo restano a 4 byte.": _byte_con(
            scale=lambda p: 0, bias=1
        ),
        "in int8 la scala è una per canale di uscita, non una per parametro.": _byte_con(scale=lambda p: 1),
        "una scala è un float32: 4 byte, non 1.": _byte_con(scale=lambda p: p.shape[0] / 4),
        "il canale di uscita è il primo asse, non il secondo.": _byte_con(scale=lambda p: p.shape[1]),
        "i parametri con un asse solo restano float32: 4 byte per numero.": _byte_con(bias=1),
        "i parametri con un asse solo restano float32: 4 byte per numero, senza scale.": _byte_con(bias=5),
        "i parametri con un asse solo restano float32: 4 byte per numero, e senza scale.": _byte_con(bias=8),
        "mancano i parametri con un asse solo.": _byte_con(bias=0),
        "bf16 occupa 2 byte per numero.": _byte_con(bf16=4),
        "hai contato in bit: un byte sono 8 bit.": lambda p, f: 8 * _byte(p, f),
        "hai risposto in kB: servono i byte.": lambda p, f: _byte(p, f) / 1000,
        "hai contato i numeri, non i byte.": lambda p, f: sum(t.numel() for t in p),
    }
    giusti = [_byte(p, f) for _, f, p, _, _ in raccolti]
    numeri = [d.item() if isinstance(d, torch.Tensor) and d.numel() == 1 else d for *_, d in raccolti]
    if numeri != giusti:
        for testo, svista in sviste.items():
            if numeri == [svista(p, f) for _, f, p, _, _ in raccolti]:
                raise Sbagliato(maiuscola(testo))
        if numeri == [_byte([*p, *_statistiche(rete)], f) for _, f, p, rete, _ in raccolti]:
            raise Sbagliato("Hai contato anche i buffer: qui si chiedono i parametri, `rete.parameters()`.")
    for (dove, *_, dato), atteso in zip(raccolti, giusti, strict=True):
        confronta_numero(dato, atteso, nome=f"{maiuscola(dove)}, il numero di byte", tolleranza=1e-9)


@esercizio("12.4")
def confronto(risposta: object) -> None:
    caso = torch.Generator().manual_seed(124)
    raccolti = []
    for righe, classi, rumore in ((9, 4, 1.5), (12, 3, 2.0), (5, 7, 0.0), (8, 8, 1.5)):
        a = torch.randn(righe, classi, generator=caso) * 2
        b = a + rumore * torch.randn(righe, classi, generator=caso)
        dove = f"con {righe} righe e {classi} classi"
        dato = chiama(risposta, a, b, dove=dove)
        if not isinstance(dato, (tuple, list)) or len(dato) != 2:
            raise Sbagliato(f"Serve una coppia, (uguali, scarto), e invece è {tipo_di(dato)}.")
        raccolti.append((maiuscola(dove), a, b, [_numero(parte) for parte in dato]))
    if all(_quasi(dato, [_scarto(a, b), _uguali_fra(a, b)]) for _, a, b, dato in raccolti):
        raise Sbagliato("Prima il numero di righe, poi lo scarto: sono scambiati.")
    for posto, (nome, giusto, sviste) in enumerate(
        (("il numero di righe uguali", _uguali_fra, _SVISTE_UGUALI), ("lo scarto", _scarto, _SVISTE_SCARTO))
    ):
        if not all(_quasi([dato[posto]], [giusto(a, b)]) for _, a, b, dato in raccolti):
            for testo, svista in sviste.items():
                if all(_quasi([dato[posto]], [svista(a, b)]) for _, a, b, dato in raccolti):
                    raise Sbagliato(testo)
        for inizio, a, b, dato in raccolti:
            confronta_numero(dato[posto], giusto(a, b), nome=f"{inizio} {nome}", tolleranza=1e-5)
    if any(isinstance(dato[0], float) for *_, dato in raccolti):
        raise Sbagliato("Il conto delle righe è giusto, ma con la virgola: serve un intero.")


@esercizio("12.5")
def piega(risposta: object) -> None:
    caso = torch.Generator().manual_seed(125)
    raccolti = []
    for uscite, entrate, lato in ((4, 2, 3), (3, 5, 1), (6, 1, 2)):
        peso = torch.randn(uscite, entrate, lato, lato, generator=caso)
        bias = torch.randn(uscite, generator=caso)
        bn = nn.BatchNorm2d(uscite, eps=0.1)  # un eps grande: se manca si vede
        with torch.no_grad():
            for tensore in (bn.weight, bn.bias, bn.running_mean):
                tensore.copy_(torch.randn(uscite, generator=caso))
            bn.running_var.copy_(torch.rand(uscite, generator=caso) + 0.2)
        bn.eval()
        dove = f"con un peso {tuple(peso.shape)}"
        dato = chiama(
            risposta,
            peso,
            bias,
            bn,
            dove=dove,
            consigli={"must match the size": "Una pendenza per canale di uscita: view(-1, 1, 1, 1)."},
        )
        if not isinstance(dato, (tuple, list)) or len(dato) != 2:
            raise Sbagliato(f"Serve una coppia, (peso, bias), e invece è {tipo_di(dato)}.")
        raccolti.append((dove, peso, bias, bn, dato))
    attesi = [_piegato(*caso[1:4]) for caso in raccolti]
    sviste = _sviste_piega()
    if not all(_stessa_coppia(caso[4], atteso) for caso, atteso in zip(raccolti, attesi, strict=True)):
        for testo, svista in sviste.items():
            if all(_stessa_coppia(caso[4], svista(*caso[1:4])) for caso in raccolti):
                raise Sbagliato(testo)
    for (dove, *_, dato), atteso in zip(raccolti, attesi, strict=True):
        for nome, uno, giusto in zip(("il peso", "il bias"), dato, atteso, strict=True):
            confronta(uno, giusto, nome=f"{maiuscola(dove)} {nome}", tolleranza=1e-4)
    vieta_nomi(risposta, "fuse_conv_bn_eval", "fuse_conv_bn_weights")


def _uguali_fra(a: torch.Tensor, b: torch.Tensor) -> int:
    return int((a.argmax(1) == b.argmax(1)).sum())


def _scarto(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a.softmax(1) - b.softmax(1)).abs().max())


_SVISTE_UGUALI = {
    "Hai contato le colonne: la classe si sceglie lungo dim=1.": lambda a, b: (a.argmax(0) == b.argmax(0)).sum(),
    "Hai contato le righe diverse: servono quelle uguali.": lambda a, b: (a.argmax(1) != b.argmax(1)).sum(),
    "Hai contato i logit uguali: conta solo la classe più alta.": lambda a, b: (a == b).sum(),
    "Hai dato una quota: serve quante righe sono, un intero.": lambda a, b: _uguali_fra(a, b) / len(a),
    "Senza dim=1 argmax guarda la tabella intera: serve una classe per riga.": lambda a, b: a.argmax() == b.argmax(),
}
_ASSOLUTO = "Serve il valore assoluto: anche uno scarto negativo può essere il più grande"
_SVISTE_SCARTO = {
    "Lo scarto è fra i logit: prima servono le probabilità.": lambda a, b: (a - b).abs().max(),
    "Le probabilità sommano a 1 lungo le righe: la softmax va su dim=1.": lambda a, b: (
        (a.softmax(0) - b.softmax(0)).abs().max()
    ),
    "Serve lo scarto più grande, non la media.": lambda a, b: (a.softmax(1) - b.softmax(1)).abs().mean(),
    _ASSOLUTO + ".": lambda a, b: (a.softmax(1) - b.softmax(1)).max(),
    _ASSOLUTO + " di tutti.": lambda a, b: (b.softmax(1) - a.softmax(1)).max(),
    "Serve uno scarto solo, il più grande, non la somma.": lambda a, b: (a.softmax(1) - b.softmax(1)).abs().sum(),
    "La sigmoide guarda ogni logit da solo: qui serve la softmax.": lambda a, b: (
        (a.sigmoid() - b.sigmoid()).abs().max()
    ),
    "Quelle sono le log-probabilità: manca l'esponenziale.": lambda a, b: (
        (a.log_softmax(1) - b.log_softmax(1)).abs().max()
    ),
}


def _numero(valore: object) -> object:
    """Il numero dentro un tensore con un elemento solo; il resto com'è."""
    return valore.item() if isinstance(valore, torch.Tensor) and valore.numel() == 1 else valore


def _quasi(dati: list, attesi: list) -> bool:
    return all(
        isinstance(dato, (int, float)) and not isinstance(dato, bool) and abs(dato - float(atteso)) < 1e-5
        for dato, atteso in zip(dati, attesi, strict=True)
    )


def _in_int8(x: torch.Tensor) -> torch.Tensor:
    return x.clamp(-128, 127).to(torch.int8)


def _avvolto(x: torch.Tensor, scala: float, zero: int) -> torch.Tensor:
    return (x / scala + zero).round().long().to(torch.int8)


def _uguali(dato: object, atteso: torch.Tensor) -> bool:
    return (
        isinstance(dato, torch.Tensor) and dato.shape == atteso.shape and torch.equal(dato.cpu().long(), atteso.long())
    )


def _byte(parametri: list[torch.Tensor], formato: str) -> int:
    return _byte_con()(parametri, formato)


def _byte_con(scale=lambda p: p.shape[0], bias: int = 4, bf16: int = 2):
    def conta(parametri: list[torch.Tensor], formato: str) -> float:
        if formato == "int8":
            return sum(p.numel() + 4 * scale(p) if p.dim() > 1 else bias * p.numel() for p in parametri)
        return {"float32": 4, "bf16": bf16}[formato] * sum(p.numel() for p in parametri)

    return conta


def _statistiche(rete: nn.Module) -> list[torch.Tensor]:
    return list(rete.buffers())


def _piegato(peso, bias, bn, eps=None, varianza=None, usa_media=True, usa_bias=True, moltiplica_bias=True, spinta=True):
    varianza = bn.running_var if varianza is None else varianza
    radice = (varianza + (bn.eps if eps is None else eps)).sqrt()
    pendenza = bn.weight.detach() / radice
    vecchio = bias if usa_bias else torch.zeros_like(bias)
    media = bn.running_mean if usa_media else torch.zeros_like(bias)
    nuovo = (vecchio - media) * pendenza if moltiplica_bias else vecchio - media * pendenza
    return peso * pendenza.view(-1, 1, 1, 1), nuovo + (bn.bias.detach() if spinta else 0)


def _sviste_piega() -> dict:
    def senza_radice(peso, bias, bn):
        pendenza = bn.weight.detach() / (bn.running_var + bn.eps)
        return peso * pendenza.view(-1, 1, 1, 1), (bias - bn.running_mean) * pendenza + bn.bias.detach()

    def senza_peso(peso, bias, bn):
        return peso, _piegato(peso, bias, bn)[1]

    def senza_gamma(peso, bias, bn):
        pendenza = 1 / (bn.running_var + bn.eps).sqrt()
        return peso * pendenza.view(-1, 1, 1, 1), (bias - bn.running_mean) * pendenza + bn.bias.detach()

    def eps_fuori(peso, bias, bn):
        pendenza = bn.weight.detach() / (bn.running_var.sqrt() + bn.eps)
        return peso * pendenza.view(-1, 1, 1, 1), (bias - bn.running_mean) * pendenza + bn.bias.detach()

    def media_col_piu(peso, bias, bn):
        return _piegato(peso, bias + 2 * bn.running_mean, bn)

    def scambiati(peso, bias, bn):
        return tuple(reversed(_piegato(peso, bias, bn)))

    return {
        "Sotto la radice manca bn.eps, che può essere diverso da 1e-5.": lambda *a: _piegato(*a, eps=0.0),
        "Si divide per la radice della varianza, non per la varianza.": senza_radice,
        "eps si somma alla varianza, dentro la radice.": eps_fuori,
        "Manca bn.weight: la pendenza non è solo uno diviso la radice.": senza_gamma,
        "Il bias è giusto, ma anche il peso va moltiplicato per la pendenza.": senza_peso,
        "La media va tolta dal vecchio bias, e tu non la togli.": lambda *a: _piegato(*a, usa_media=False),
        "Hai dimenticato il vecchio bias della convoluzione.": lambda *a: _piegato(*a, usa_bias=False),
        "Anche il vecchio bias va moltiplicato per la pendenza.": lambda *a: _piegato(*a, moltiplica_bias=False),
        "Manca bn.bias, sommato alla fine.": lambda *a: _piegato(*a, spinta=False),
        "La media si sottrae, non si somma.": media_col_piu,
        "Prima il peso, poi il bias: sono scambiati.": scambiati,
    }


def _stessa_coppia(dato: object, atteso: tuple[torch.Tensor, torch.Tensor]) -> bool:
    return all(
        isinstance(uno, torch.Tensor)
        and uno.shape == altro.shape
        and torch.allclose(uno.detach().cpu().double(), altro.double(), 1e-4, 1e-4)
        for uno, altro in zip(dato, atteso, strict=True)
    )
