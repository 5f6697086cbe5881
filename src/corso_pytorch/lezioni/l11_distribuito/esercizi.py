"""I controlli della lezione 11: gli indici del sampler, la media pesata, le GPU, due strati divisi, l'anello."""

import math
from collections.abc import Callable

import torch

from corso_pytorch.verifiche.codice import vieta_nomi
from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_lista, confronta_numero, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


@esercizio("11.1")
def indici(risposta: object) -> None:
    coppie = ((5, 2), (12, 3), (7, 4), (9, 4), (6, 1), (11, 5), (8, 8))
    prove = [(esempi, processi, rango) for esempi, processi in coppie for rango in range(processi)]
    sviste: dict[str, Callable] = {
        "gli indici si danno a turno, non a blocchi.": lambda n, p, r: _allungata(n, p)[r * -(-n // p) :][: -(-n // p)],
        "così non tutti i processi ne ricevono lo stesso numero: qualcuno aspetterebbe gli altri per sempre.": (
            lambda n, p, r: list(range(n))[r::p]
        ),
        "gli ultimi non si buttano: si pareggia aggiungendone.": lambda n, p, r: list(range(n - n % p))[r::p],
        "per pareggiare si ricomincia da capo: 0, 1, 2…, non sempre dallo stesso.": (
            lambda n, p, r: [*range(n), *[0] * (-n % p)][r::p]
        ),
        "per pareggiare si ricomincia dai primi, non si ripete l'ultimo.": (
            lambda n, p, r: [*range(n), *[n - 1] * (-n % p)][r::p]
        ),
        "per pareggiare non si ripetono gli ultimi: si ricomincia dai primi.": (
            lambda n, p, r: [*range(n), *list(range(n))[n - (-n % p) :]][r::p]
        ),
        "il pareggio si fa sulla lista di tutti: qui hai ripetuto un indice che questo rango aveva già.": (
            lambda n, p, r: [*list(range(n))[r::p], r][: -(-n // p)]
        ),
        "quando gli esempi si dividono già in parti uguali non c'è nulla da aggiungere.": (
            lambda n, p, r: [i % n for i in range(n + p - n % p)][r::p]
        ),
        "i ranghi si contano da 0: hai dato gli indici del rango accanto.": lambda n, p, r: _allungata(n, p)[
            r - 1 :: p
        ],
        "questi sono tutti gli indici: a un rango ne tocca una parte.": lambda n, p, r: list(range(n)),
        "gli aggiunti vanno pareggiati, ma l'indice n non esiste: dopo l'ultimo si ricomincia da 0.": (
            lambda n, p, r: list(range(n + -n % p))[r::p]
        ),
        "hai scambiato il rango con il numero dei processi.": lambda n, p, r: _allungata(n, p)[p :: r or 1],
    }
    dati = [chiama(risposta, *prova, dove=_minuscola(_prova_indici(*prova))) for prova in prove]
    _una_svista_per_tutte(dati, prove, _giusti, sviste, _prova_indici)
    for dato, prova in zip(dati, prove, strict=True):
        if isinstance(dato, (list, tuple)) and not all(type(indice) is int for indice in dato):
            raise Sbagliato("Nella lista ci vogliono numeri interi di Python.")
        confronta_lista(dato, _giusti(*prova), [], f"{_prova_indici(*prova)}: ")
    vieta_nomi(risposta, "DistributedSampler")


def _allungata(esempi: int, processi: int) -> list[int]:
    return [i % esempi for i in range(esempi + -esempi % processi)]


def _giusti(esempi: int, processi: int, rango: int) -> list[int]:
    return _allungata(esempi, processi)[rango::processi]


def _prova_indici(esempi: int, processi: int, rango: int) -> str:
    return f"Con {esempi} esempi, {processi} {'processo' if processi == 1 else 'processi'} e rango {rango}"


def _una_svista_per_tutte(dati: list, prove: list, giusto: Callable, sviste: dict, detta: Callable) -> None:
    """Una prova sola non distingue le sviste: si nomina quella che spiega tutte le risposte."""
    sbagliate = [prova for dato, prova in zip(dati, prove, strict=True) if dato != giusto(*prova)]
    for detto, svista in sviste.items():
        if sbagliate and dati == [svista(*prova) for prova in prove]:
            raise Sbagliato(f"{detta(*sbagliate[0])}: {detto}")


@esercizio("11.2")
def media_gradienti(risposta: object) -> None:
    caso = torch.Generator().manual_seed(112)
    prove = (((3, 5), (2,)), ((1, 6, 4), (3, 2)), ((7, 2, 2, 5), (4,)), ((4, 0, 2), (3,)), ((0, 3), (2, 2)))
    for quanti, forma in prove:
        gradienti = [torch.randn(forma, generator=caso, dtype=torch.float64) for _ in quanti]
        gradienti = [torch.full_like(g, math.nan) if n == 0 else g for g, n in zip(gradienti, quanti, strict=True)]
        _confronta_media(risposta, gradienti, list(quanti), f"Con {', '.join(map(str, quanti))} esempi")


def _confronta_media(risposta: object, gradienti: list[torch.Tensor], quanti: list[int], inizio: str) -> None:
    pieni = [(g, n) for g, n in zip(gradienti, quanti, strict=True) if n]
    totale, massimo, processi, non_vuoti = sum(quanti), max(quanti), len(quanti), len(pieni)

    def con(peso: Callable[[int], float]) -> torch.Tensor:
        return sum(peso(n) * g for g, n in pieni)

    atteso = con(lambda n: n / totale)
    sviste = {
        "ogni processo conta uguale: chi ha più esempi deve pesare di più.": con(lambda n: 1 / non_vuoti),
        "ogni processo conta uguale, e dividi anche per quello vuoto.": con(lambda n: 1 / processi),
        "i gradienti si sommano senza pesi.": con(lambda n: 1.0),
        "hai pesato per gli esempi, senza dividere per il totale.": con(lambda n: n),
        "si divide per gli esempi in tutto, non per i processi.": con(lambda n: n / processi),
        "si divide per gli esempi in tutto, non per i processi pieni.": con(lambda n: n / non_vuoti),
        "ogni gradiente è già una media: prima va moltiplicato per i suoi esempi.": con(lambda n: 1 / totale),
        "i pesi sono capovolti: chi ha più esempi deve pesare di più.": con(lambda n: 1 / n),
        "si divide per il totale degli esempi, non per il massimo.": con(lambda n: n / massimo),
        "dopo aver pesato hai diviso ancora per il numero dei processi.": con(lambda n: n / totale / processi),
        "questo è il gradiente di un processo solo, il primo.": pieni[0][0],
        "questo è il gradiente di un processo solo, l'ultimo.": pieni[-1][0],
    }
    errori = {f"{inizio} {d}": valore for d, valore in sviste.items() if not torch.allclose(valore, atteso)}
    dato = chiama(risposta, gradienti, quanti, dove=_minuscola(inizio))
    if 0 in quanti and isinstance(dato, torch.Tensor) and dato.is_floating_point() and dato.isnan().any():
        raise Sbagliato(f"{inizio} escono NaN: il processo senza esempi va saltato, perché 0 per NaN fa NaN.")
    confronta(dato, atteso, errori, nome="Il gradiente", tolleranza=1e-7)


@esercizio("11.3")
def gpu_minime(risposta: object) -> None:
    prove = [
        *((8e9, 80, 0), (8e9, 80, 1), (8e9, 80, 2), (8e9, 80, 3), (1e9, 80, 0), (1e9, 80, 3), (8e9, 128, 0)),
        *((70e9, 80, 1), (70e9, 80, 2), (70e9, 80, 3), (8e9, 32, 1), (8e9, 24, 1), (8e9, 40, 1), (8e9, 24, 2)),
        *((8e9, 30, 3), (3e9, 20, 2), (2e9, 10, 1), (5e9, 17, 3), (6e9, 13, 2)),
    ]  # fmt: skip
    sviste: dict[str, Callable] = {
        "il numero di GPU si arrotonda per eccesso.": lambda *prova: _gpu(*prova, arrotonda=math.floor),
        "il numero di GPU è intero: si arrotonda per eccesso.": lambda *prova: _gpu(*prova, arrotonda=lambda n: n),
        "il numero di GPU si arrotonda per eccesso, non all'intero più vicino.": (
            lambda *prova: _gpu(*prova, arrotonda=round)
        ),
        "starci esatti va bene: ne hai contata una di troppo.": (
            lambda *prova: _gpu(*prova, arrotonda=lambda n: math.floor(n) + 1)
        ),
        "starci esatti va bene anche quando non si divide nulla.": lambda *prova: _gpu(*prova, esatti=False),
        "un GB qui è un miliardo di byte, non 2 alla 30.": lambda *prova: _gpu(*prova, gb=2**30),
        "non tutto si divide: ciò che lo stadio non divide sta intero su ogni GPU.": (
            lambda n, m, s: math.ceil(16 * n / (m * 1e9))
        ),
        "allo stadio 1 si dividono gli stati soltanto; i gradienti dallo stadio 2.": (
            lambda *prova: _gpu(*prova, divisi={0: 0, 1: 14, 2: 14, 3: 16})
        ),
        "allo stadio 2 si dividono anche i gradienti.": lambda *prova: _gpu(*prova, divisi={0: 0, 1: 12, 2: 12, 3: 16}),
        "allo stadio 3 si dividono anche i pesi.": lambda *prova: _gpu(*prova, divisi={0: 0, 1: 12, 2: 14, 3: 14}),
        "gli stadi sono spostati di uno: allo stadio 0 non si divide nulla.": (
            lambda *prova: _gpu(*prova, divisi={0: 12, 1: 14, 2: 16, 3: 16})
        ),
        "con Adam in mixed precision i byte sono 2, 2 e 12.": (
            lambda *prova: _gpu(*prova, divisi={0: 0, 1: 8, 2: 12, 3: 16})
        ),
        "se su una GPU non ci sta, e nulla si divide, non basta averne di più: serve 0.": (
            lambda n, m, s: math.ceil(16 * n / (m * 1e9)) if s == 0 else _gpu(n, m, s)
        ),
        "quando non c'è modo di starci si restituisce 0, non 1.": lambda *prova: _gpu(*prova, mai=1),
        "quando non c'è modo di starci si restituisce 0, non infinito.": lambda *prova: _gpu(*prova, mai=math.inf),
        "quando non c'è modo di starci si restituisce 0, non −1.": lambda *prova: _gpu(*prova, mai=-1),
        "ciò che resta intero su ogni GPU toglie posto a ciò che si divide.": (
            lambda *prova: _gpu(*prova, toglie=False)
        ),
        "il numero di GPU non deve essere per forza una potenza di 2.": (
            lambda *prova: _gpu(*prova, arrotonda=lambda n: 2 ** math.ceil(math.log2(max(n, 1))))
        ),
    }
    senza_posto = "Se di posto non ne resta, il caso va a parte (allo stadio 0, starci esatti vale 1)."
    consigli = {"division by zero": senza_posto}
    dati = []
    for prova in prove:
        dato = chiama(risposta, *prova, dove=_minuscola(_prova_gpu(*prova)), consigli=consigli)
        dati.append(dato.item() if isinstance(dato, torch.Tensor) and dato.numel() == 1 else dato)
    _una_svista_per_tutte(dati, prove, _gpu, sviste, _prova_gpu)
    for dato, prova in zip(dati, prove, strict=True):
        inizio = _prova_gpu(*prova)
        if isinstance(dato, float) and dato < 0:
            raise Sbagliato(f"{inizio}: un numero di GPU negativo vuol dire che il posto non c'è: serve 0.")
        if not _gpu(*prova) and isinstance(dato, (int, float)) and dato:
            raise Sbagliato(f"{inizio}: non ci sta con nessun numero di GPU: si restituisce 0.")
        confronta_numero(dato, _gpu(*prova), nome=f"{inizio}, il numero di GPU", tolleranza=1e-9)


def _gpu(
    parametri: float,
    memoria: float,
    stadio: int,
    *,
    arrotonda: Callable = math.ceil,
    esatti: bool = True,
    gb: float = 1e9,
    mai: float = 0,
    toglie: bool = True,
    divisi: dict[int, int] | None = None,
) -> float:
    """La risposta giusta, e le sue varianti sbagliate."""
    da_dividere = (divisi or {0: 0, 1: 12, 2: 14, 3: 16})[stadio]
    intero, spazio = (16 - da_dividere) * parametri, memoria * gb
    if not da_dividere:
        return 1 if intero < spazio or (esatti and intero == spazio) else mai
    if intero >= spazio:
        return mai
    return arrotonda(da_dividere * parametri / (spazio - intero if toglie else spazio))


def _prova_gpu(parametri: float, memoria: float, stadio: int) -> str:
    quanti = f"{parametri / 1e9:g}"
    return f"Con {quanti} {'miliardo' if quanti == '1' else 'miliardi'} di parametri, {memoria} GB e stadio {stadio}"


@esercizio("11.4")
def contributi(risposta: object) -> None:
    caso = torch.Generator().manual_seed(114)
    for esempi, d, h, e, processi in ((3, 5, 8, 4, 2), (2, 3, 6, 7, 3), (4, 2, 5, 3, 1), (5, 4, 12, 2, 4)):
        x, su, giu = (
            torch.randn(forma, generator=caso, dtype=torch.float64) for forma in ((esempi, d), (h, d), (e, h))
        )
        pezzi = list(zip(su.chunk(processi), giu.chunk(processi, dim=1), strict=True))
        attesi = [torch.relu(x @ s.T) @ g.T for s, g in pezzi]
        intera = torch.relu(x @ su.T) @ giu.T
        inizio = f"Con {processi} {'processo' if processi == 1 else 'processi'}"
        dove = f"{_minuscola(inizio)}, x {esempi}×{d}, su {h}×{d} e giu {e}×{h}"
        consigli = {"shapes cannot be multiplied": "A ogni parte dei nascosti servono le colonne di giu, non le righe."}
        dato = chiama(risposta, x, su, giu, processi, dove=dove, consigli=consigli)
        if isinstance(dato, torch.Tensor) and dato.shape == intera.shape and processi > 1:
            raise Sbagliato(f"{inizio} hai già fatto la somma: serve la lista dei contributi, uno per processo.")
        if not isinstance(dato, (list, tuple)):
            raise Sbagliato(f"Serve la lista dei contributi, e invece è {tipo_di(dato)}.")
        if len(dato) != processi:
            raise Sbagliato(f"{inizio} i contributi sono {len(dato)}: ne serve uno per processo.")
        varianti = {
            "manca la relu.": [x @ s.T @ g.T for s, g in pezzi],
            "la relu va sui neuroni nascosti, non sul contributo.": [torch.relu(x @ s.T @ g.T) for s, g in pezzi],
            "c'è una relu di troppo: sul contributo non va.": [torch.relu(torch.relu(x @ s.T) @ g.T) for s, g in pezzi],
            "la parte di un processo è contigua: qui i neuroni sono presi a turno.": [
                torch.relu(x @ su[r::processi].T) @ giu[:, r::processi].T for r in range(processi)
            ],
            "la somma torna, ma ogni contributo usa tutti i neuroni: ognuno ne ha solo una parte.": [intera / processi]
            * processi,
            "ogni contributo è già l'uscita intera: un processo ha solo la sua parte.": [intera] * processi,
            "questi sono i neuroni nascosti: manca il secondo prodotto.": [torch.relu(x @ s.T) for s, _ in pezzi],
            "hai diviso il batch: qui si dividono i neuroni nascosti, e x va intero a tutti.": list(
                intera.tensor_split(processi)
            ),
            "hai diviso le uscite: qui si dividono i neuroni nascosti.": list(intera.tensor_split(processi, dim=1)),
            "i contributi sono giusti ma in ordine rovesciato: il primo è del processo 0.": attesi[::-1],
            "le parti di su e di giu non sono degli stessi neuroni.": [
                torch.relu(x @ s.T) @ g.T for (s, _), (_, g) in zip(pezzi, pezzi[::-1], strict=True)
            ],
            "hai diviso anche per il numero dei processi: i contributi si sommano e basta.": [
                atteso / processi for atteso in attesi
            ],
        }
        for rango, atteso in enumerate(attesi):
            errori = {
                f"{inizio} {detto}": valori[rango]
                for detto, valori in varianti.items()
                if not _vicine(valori, attesi) and _vicine(list(dato), valori)
            }
            confronta(dato[rango], atteso, errori, nome=f"{inizio}, il contributo {rango}", tolleranza=1e-7)


def _vicine(a: list, b: list) -> bool:
    """Vero se due liste hanno gli stessi tensori, uno per uno."""
    return len(a) == len(b) and all(
        isinstance(p, torch.Tensor) and p.shape == q.shape and torch.allclose(p.double(), q.double())
        for p, q in zip(a, b, strict=True)
    )


@esercizio("11.5")
def anello(risposta: object) -> None:
    caso = torch.Generator().manual_seed(115)
    for processi in (3, 2, 4, 5, 1):
        pezzi = torch.randint(1, 1000, (processi, processi), generator=caso).double()
        attesi = _anello(pezzi)
        inizio = f"Con {processi} {'processo' if processi == 1 else 'processi'}"
        dato = chiama(risposta, pezzi, dove=_minuscola(inizio))
        if isinstance(dato, torch.Tensor) and dato.shape == pezzi.shape and processi > 1:
            raise Sbagliato("Serve la lista di tutti gli stati, uno per passo, non solo l'ultimo.")
        if not isinstance(dato, (list, tuple)):
            raise Sbagliato(f"Serve la lista degli stati, e invece è {tipo_di(dato)}.")
        dato = list(dato)
        varianti = {
            "fai solo il primo giro: i pezzi finiti vanno ancora distribuiti.": attesi[: processi - 1],
            "nel secondo giro il pezzo si sostituisce, non si somma.": _anello(pezzi, somma=(True, True)),
            "nel primo giro il pezzo si somma, non si sostituisce.": _anello(pezzi, somma=(False, False)),
            "mandi al vicino di prima: p manda a p + 1.": _anello(pezzi, verso=-1),
            "il pezzo del passo s è p − s, non p + s.": _anello(pezzi, segno=1),
            "nel secondo giro si parte dal pezzo p + 1, quello finito.": _anello(pezzi, scarto=0),
            "nel secondo giro il pezzo è p + 1 − s, non p − 1 − s.": _anello(pezzi, scarto=-1),
            "nella lista c'è anche la partenza: servono gli stati dopo ogni passo.": [pezzi, *attesi],
            "gli stati sono tutti uguali all'ultimo: a ogni passo si muove un pezzo per processo, e nella lista va "
            "una copia dello stato (se aggiungi sempre lo stesso tensore, cambia anche dentro la lista).": (
                [attesi[-1]] * len(attesi) if attesi else []
            ),
            "i giri sono di P − 1 passi, non di P.": _anello(pezzi, passi=processi),
            "gli indici delle righe e delle colonne sono scambiati: la riga è il processo.": [
                stato.T for stato in _anello(pezzi.T)
            ],
        }
        for detto, stati in varianti.items():
            if _vicine(dato, stati) and not _vicine(stati, attesi):
                raise Sbagliato(f"{inizio} {detto}")
        if len(dato) != len(attesi):
            raise Sbagliato(f"{inizio} i passi sono {len(attesi)}, e gli stati che restituisci {len(dato)}.")
        for passo, (stato, atteso) in enumerate(zip(dato, attesi, strict=True), start=1):
            confronta(stato, atteso, nome=f"{inizio}, lo stato dopo il passo {passo}", tolleranza=1e-9)


def _anello(pezzi, *, somma=(True, False), verso=1, segno=-1, scarto=1, passi=None) -> list:
    """Gli stati di un anello, e le varianti sbagliate."""
    p = len(pezzi)
    stato, stati = pezzi.clone(), []
    for giro in range(2):
        for s in range((p - 1) if passi is None else passi):
            nuovo = stato.clone()
            for da in range(p):
                a, c = (da + verso) % p, (da + giro * scarto + segno * s) % p
                nuovo[a, c] = stato[da, c] + (stato[a, c] if somma[giro] else 0)
            stato = nuovo
            stati.append(stato)
    return stati


def _minuscola(testo: str) -> str:
    """La prima lettera minuscola; le altre come sono (`lower` scriverebbe «gb»)."""
    return testo[0].lower() + testo[1:]
