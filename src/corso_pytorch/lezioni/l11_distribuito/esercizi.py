"""Gli esercizi della lezione 11: gli indici del sampler, la media pesata, le GPU, due strati divisi, l'anello."""

import math
from collections.abc import Callable
from functools import partial

import torch

from corso_pytorch.verifiche.osservazioni import generatore, muta
from corso_pytorch.verifiche.registro import esercizio


def indici(esempi: int, processi: int, rango: int) -> list[int]:
    return _tutti(esempi, processi)[rango::processi]


def _tutti(esempi: int, processi: int) -> list[int]:
    return [i % esempi for i in range(esempi + -esempi % processi)]


def _pareggiati(aggiunti: Callable[[list[int], int], list[int]]) -> Callable[[int, int, int], list[int]]:
    """Gli indici di un rango quando per pareggiare la lista le si aggiungono ``aggiunti(lista, quanti_ne_mancano)``."""
    return lambda n, p, r: [*range(n), *aggiunti([*range(n)], -n % p)][r::p]


esercizio(
    "11.1",
    giusta=indici,
    prove=[
        (esempi, processi, rango)
        for esempi, processi in ((5, 2), (12, 3), (7, 4), (9, 4), (6, 1), (8, 8), (1, 1), (9, 8), (100, 7))
        for rango in sorted({0, 1 % processi, processi - 1})
    ],
    detta="con esempi = {0}, processi = {1} e rango = {2}",
    dtype="stesso",
    vieta=("DistributedSampler",),
    sviste={
        "Gli indici si danno a turno, non a blocchi.": [
            lambda n, p, r: _tutti(n, p)[r * -(-n // p) :][: -(-n // p)],
            lambda n, p, r: [*range(n)][r * -(-n // p) :][: -(-n // p)],
            lambda n, p, r: [*range(n)][r * (n // p) :][: n // p],
        ],
        "Così non tutti i processi ne ricevono lo stesso numero: qualcuno aspetterebbe gli altri per sempre.": (
            _pareggiati(lambda lista, mancano: [])
        ),
        "Gli ultimi non si buttano: si pareggia aggiungendone.": lambda n, p, r: [*range(n - n % p)][r::p],
        "Per pareggiare si ricomincia da capo, 0, 1, 2…, e non sempre dallo stesso.": (
            _pareggiati(lambda lista, mancano: [0] * mancano)
        ),
        "Per pareggiare si ricomincia dai primi, non si ripete l'ultimo.": (
            _pareggiati(lambda lista, mancano: lista[-1:] * mancano)
        ),
        "Per pareggiare non si ripetono gli ultimi: si ricomincia dai primi.": [
            _pareggiati(lambda lista, mancano: lista[len(lista) - mancano :]),
            _pareggiati(lambda lista, mancano: lista[::-1][:mancano]),
        ],
        "Gli aggiunti sono quanti ne mancano al prossimo multiplo, non quanti ne avanzano da quello prima.": (
            lambda n, p, r: [i % n for i in range(n + n % p)][r::p]
        ),
        "Il pareggio si fa sulla lista di tutti: qui hai ripetuto un indice che questo rango aveva già.": (
            lambda n, p, r: [*range(r, n, p), r][: -(-n // p)]
        ),
        "Quando gli esempi si dividono già in parti uguali non c'è nulla da aggiungere.": (
            lambda n, p, r: [i % n for i in range(n + p - n % p)][r::p]
        ),
        "I ranghi si contano da 0: hai dato gli indici del rango accanto.": [
            lambda n, p, r: indici(n, p, (r - 1) % p),
            lambda n, p, r: _tutti(n, p)[r - 1 :: p],
            lambda n, p, r: _tutti(n, p)[r + 1 :: p],
        ],
        "Questi sono tutti gli indici: a un rango ne tocca una parte.": [
            lambda n, p, r: [*range(n)],
            lambda n, p, r: _tutti(n, p),
        ],
        "Gli aggiunti vanno pareggiati, ma l'indice n non esiste: dopo l'ultimo si ricomincia da 0.": (
            lambda n, p, r: [*range(n + -n % p)][r::p]
        ),
        "Hai scambiato il rango con il numero dei processi.": lambda n, p, r: _tutti(n, p)[p::r],
    },
)


def _pesata(
    peso: Callable[[int, list[int], int], float], salta: bool = True, conta_vuoti: bool = False
) -> Callable[[list[torch.Tensor], list[int]], torch.Tensor]:
    """La somma dei gradienti, ognuno moltiplicato per ``peso(esempi, quanti, processi)``."""

    def media_gradienti(gradienti: list[torch.Tensor], quanti: list[int]) -> torch.Tensor:
        coppie = [(g, n) for g, n in zip(gradienti, quanti, strict=True) if n or not salta]
        processi = len(quanti if conta_vuoti else coppie)
        return sum(g * peso(n, quanti, processi) for g, n in coppie)

    return media_gradienti


def _comunque(peso: Callable[[int, list[int], int], float]) -> list[Callable]:
    """Lo stesso peso per chi salta i processi vuoti, per chi li salta ma li conta, per chi non ci ha pensato."""
    return [_pesata(peso), _pesata(peso, conta_vuoti=True), _pesata(peso, salta=False)]


def _gradienti(
    *quanti: int, forma: tuple[int, ...] = (2,), dtype: torch.dtype = torch.float64
) -> tuple[list[torch.Tensor], list[int]]:
    caso = generatore(sum(quanti) + len(quanti))
    tratti = [torch.randn(forma, generator=caso, dtype=dtype) for _ in quanti]
    return [g if n else g * math.nan for g, n in zip(tratti, quanti, strict=True)], [*quanti]


media_gradienti = _pesata(lambda n, quanti, processi: n / sum(quanti))

esercizio(
    "11.2",
    giusta=media_gradienti,
    dtype="stesso",
    prove=[
        _gradienti(3, 5),
        _gradienti(1, 6, 4, forma=(3, 2)),
        _gradienti(7, 2, 2, 5, forma=(4,)),
        _gradienti(4, 0, 2, forma=(3,)),
        _gradienti(0, 3, forma=(2, 2)),
        _gradienti(6, 2, 0, 0),
        _gradienti(2, 2, dtype=torch.float32),
        ([torch.tensor([x, 1.0], dtype=torch.float64) for x in (1e39, 3e39)], [1, 3]),
        _gradienti(5),
        _gradienti(1, 1000, forma=(2, 1, 3)),
        _gradienti(3, 1, forma=()),
    ],
    detta="con quanti = {1}",
    nome="Il gradiente",
    sviste={
        "Ogni processo conta uguale: chi ha più esempi deve pesare di più.": _comunque(lambda n, quanti, p: 1 / p),
        "I gradienti si sommano senza pesi.": _comunque(lambda n, quanti, p: 1),
        "Hai pesato per gli esempi, senza dividere per il totale.": _comunque(lambda n, quanti, p: n),
        "Si divide per gli esempi in tutto, non per i processi.": _comunque(lambda n, quanti, p: n / p),
        "Ogni gradiente è già una media: prima va moltiplicato per i suoi esempi.": _comunque(
            lambda n, quanti, p: 1 / sum(quanti)
        ),
        "I pesi sono capovolti: chi ha più esempi deve pesare di più.": [
            *_comunque(lambda n, quanti, p: 1 / n),
            *_comunque(lambda n, quanti, p: sum(quanti) / n),
        ],
        "Si divide per il totale degli esempi, non per il massimo.": _comunque(lambda n, quanti, p: n / max(quanti)),
        "Dopo aver pesato hai diviso ancora per il numero dei processi.": _comunque(
            lambda n, quanti, p: n / sum(quanti) / p
        ),
        "Questo è il gradiente di un processo solo.": [
            lambda gradienti, quanti: gradienti[0],
            lambda gradienti, quanti: gradienti[-1],
            lambda gradienti, quanti: gradienti[quanti.index(max(quanti))],
        ],
        "Il risultato è in float32: nel dtype dei gradienti, qui float64, ci stanno numeri più grandi.": (
            lambda gradienti, quanti: media_gradienti(gradienti, quanti).float()
        ),
        "Il processo senza esempi va saltato: il suo gradiente è NaN, e 0 per NaN fa NaN.": _pesata(
            lambda n, quanti, processi: n / sum(quanti), salta=False
        ),
    },
)

DIVISI = (0, 12, 14, 16)


def gpu_minime(parametri: float, memoria_gb: float, stadio: int) -> int:
    divisi = DIVISI[stadio] * parametri
    posto = round(memoria_gb * 1e9) - (16 * parametri - divisi)
    if divisi == 0:
        return 1 if posto >= 0 else 0
    return math.ceil(divisi / posto) if posto > 0 else 0


_gpu = partial(muta, gpu_minime)


def _gpu_con(*divisi: int, in_tutto: int = 16) -> Callable:
    return _gpu(("DIVISI[stadio]", f"{divisi}[stadio]"), ("16 * parametri", f"{in_tutto} * parametri"))


def _gpu_mai(valore: str) -> Callable:
    return _gpu(
        ("if posto > 0 else 0", f"if posto > 0 else {valore}"), ("if posto >= 0 else 0", f"if posto >= 0 else {valore}")
    )


esercizio(
    "11.3",
    giusta=gpu_minime,
    prove=[
        *((8e9, 80, 3), (8e9, 80, 0), (8e9, 80, 1), (8e9, 80, 2), (8_030_261_248, 80, 2), (1e9, 80, 0), (1e9, 80, 3)),
        *((70e9, 80, 1), (70e9, 80, 2), (70e9, 80, 3), (8e9, 30, 3), (3e9, 20, 2), (2e9, 10, 1), (5e9, 17, 3)),
        # Esatti: allo stadio 0, con ciò che resta intero, e nella divisione.
        *((8e9, 128, 0), (8e9, 127, 0), (8e9, 129, 0), (8e9, 32, 1), (8e9, 16, 2), (8e9, 40, 1), (8e9, 24, 2)),
        *((5e9, 80, 3), (5e9, 16, 3), (8e9, 24, 1), (6e9, 13, 2), (9.93e9, 40, 1)),
        # Per un soffio: memoria con la virgola, un rapporto appena sopra l'intero, migliaia di GPU.
        *((1.5e9, 23.5, 0), (1.5e9, 24.5, 0), (10.15e9, 80, 3), (1e9, 4.0007, 1), (1e9, 2.5, 2)),
        *((8_000_000_001, 64, 3), (8_000_000_001, 40, 1)),
    ],
    detta="con parametri = {0:.10g}, memoria_gb = {1} e stadio = {2}",
    nome="Il numero di GPU",
    consigli={
        "division by zero": "Se di posto non ne resta, il caso va a parte (allo stadio 0, starci esatti vale 1)."
    },
    sviste={
        "Il numero di GPU si arrotonda per eccesso.": [
            _gpu(("math.ceil(divisi / posto)", "divisi // posto")),
            _gpu(("math.ceil(divisi / posto)", "max(1, divisi // posto)")),
        ],
        "Il numero di GPU è intero: si arrotonda per eccesso.": _gpu(("math.ceil", "")),
        "Il numero di GPU si arrotonda per eccesso, non all'intero più vicino.": [
            _gpu(("math.ceil", "round")),
            _gpu(("math.ceil(divisi / posto)", "max(1, round(divisi / posto))")),
        ],
        "Anche un soffio sopra l'intero vuole una GPU in più: non arrotondare prima di math.ceil.": [
            _gpu(("divisi / posto)", f"round(divisi / posto, {cifre}))")) for cifre in (1, 2, 3, 6)
        ],
        "I GB possono avere la virgola: non si troncano.": _gpu(("memoria_gb *", "int(memoria_gb) *")),
        "Starci esatti va bene: ne hai contata una di troppo.": [
            _gpu(("math.ceil(divisi / posto)", "divisi // posto + 1")),
            _gpu(("math.ceil(divisi / posto)", "divisi // posto + 1"), (">= 0", "> 0")),
        ],
        "Starci esatti va bene anche quando non si divide nulla.": _gpu((">= 0", "> 0")),
        "Un GB qui è un miliardo di byte, non 2 alla 30.": _gpu(("1e9", "2**30")),
        "Non tutto si divide: ciò che lo stadio non divide sta intero su ogni GPU.": [
            lambda parametri, memoria_gb, stadio: math.ceil(16 * parametri / (memoria_gb * 1e9)),
            _gpu(("math.ceil(divisi / posto) if posto > 0 else 0", "math.ceil(16 * parametri / memoria_gb / 1e9)")),
        ],
        "Allo stadio 1 si dividono gli stati soltanto; i gradienti dallo stadio 2.": _gpu_con(0, 14, 14, 16),
        "Allo stadio 2 si dividono anche i gradienti.": _gpu_con(0, 12, 12, 16),
        "Allo stadio 2 i pesi restano interi: si dividono dallo stadio 3.": _gpu_con(0, 12, 16, 16),
        "Allo stadio 3 si dividono anche i pesi.": _gpu_con(0, 12, 14, 14),
        "Gli stadi sono spostati di uno: allo stadio 0 non si divide nulla, allo stadio 1 gli stati.": [
            _gpu_con(12, 14, 16, 16),
            _gpu_con(0, 0, 12, 14),
        ],
        "Con Adam in mixed precision i byte sono 2, 2 e 12.": [
            _gpu_con(0, 8, 12, 16),
            _gpu_con(0, 8, 10, 12, in_tutto=12),
            _gpu_con(0, 8, 12, 12, in_tutto=12),
        ],
        "Se su una GPU non ci sta, e nulla si divide, non basta averne di più: serve 0.": _gpu(
            ("1 if posto >= 0 else 0", "math.ceil(16 * parametri / memoria_gb / 1e9)")
        ),
        "Quando non c'è modo di starci si restituisce 0, non 1.": _gpu_mai("1"),
        "Quando non c'è modo di starci si restituisce 0, non infinito.": _gpu_mai("math.inf"),
        "Quando non c'è modo di starci si restituisce 0, non −1.": _gpu_mai("-1"),
        "Un numero di GPU negativo vuol dire che il posto non c'è: serve 0.": [
            _gpu(("if posto > 0 else 0", "if posto else 0")),
            _gpu(("divisi / posto) if posto > 0 else 0", "divisi / (posto or 1e-9))")),
        ],
        "Ciò che resta intero su ogni GPU toglie posto a ciò che si divide.": _gpu(
            ("divisi / posto", "divisi / (memoria_gb * 1e9)")
        ),
        "Il numero di GPU non deve essere per forza una potenza di 2.": _gpu(
            ("math.ceil(divisi / posto)", "2 ** math.ceil(math.log2(max(1, divisi / posto)))")
        ),
    },
)


def contributi(x: torch.Tensor, su: torch.Tensor, giu: torch.Tensor, processi: int) -> list[torch.Tensor]:
    pezzi = zip(su.chunk(processi), giu.chunk(processi, dim=1), strict=True)
    return [torch.relu(x @ s.T) @ g.T for s, g in pezzi]


def _intera(x: torch.Tensor, su: torch.Tensor, giu: torch.Tensor) -> torch.Tensor:
    return torch.relu(x @ su.T) @ giu.T


def _strati(n: int, d: int, h: int, e: int, processi: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, int]:
    x, su, giu = (torch.randn(forma, generator=generatore(h)) for forma in ((n, d), (h, d), (e, h)))
    return x, su, giu, processi


esercizio(
    "11.4",
    giusta=contributi,
    prove=[
        _strati(3, 5, 8, 4, processi=2),
        _strati(2, 3, 6, 7, processi=3),
        _strati(4, 2, 5, 3, processi=1),
        _strati(5, 4, 12, 2, processi=4),
        _strati(1, 3, 4, 1, processi=4),
        _strati(6, 6, 6, 6, processi=2),
        (torch.eye(4), torch.eye(4).T, torch.arange(8.0).reshape(4, 2).T, 2),
    ],
    detta="con N = {0.shape[0]}, D = {0.shape[1]}, H = {1.shape[0]}, E = {2.shape[0]} e processi = {3}",
    consigli={"cannot be multiplied": "A ogni parte dei nascosti servono le colonne di giu, non le righe."},
    sviste={
        "Hai già fatto la somma: serve la lista dei contributi, uno per processo.": lambda x, su, giu, p: _intera(
            x, su, giu
        ),
        "Manca la relu.": muta(contributi, ("torch.relu", "")),
        "La relu va sui neuroni nascosti, non sul contributo.": muta(
            contributi, ("torch.relu(x @ s.T) @ g.T", "torch.relu(x @ s.T @ g.T)")
        ),
        "C'è una relu di troppo: sul contributo non va.": muta(
            contributi, ("torch.relu(x @ s.T) @ g.T", "torch.relu(torch.relu(x @ s.T) @ g.T)")
        ),
        "La parte di un processo è contigua: qui i neuroni sono presi a turno.": lambda x, su, giu, p: [
            _intera(x, su[r::p], giu[:, r::p]) for r in range(p)
        ],
        "La somma torna, ma ogni contributo usa tutti i neuroni: ognuno ne ha solo una parte.": lambda x, su, giu, p: (
            [_intera(x, su, giu) / p] * p
        ),
        "La somma torna, ma fa tutto un processo solo: gli altri danno zero.": [
            lambda x, su, giu, p: [_intera(x, su, giu), *[torch.zeros(len(x), len(giu))] * (p - 1)],
            lambda x, su, giu, p: [*[torch.zeros(len(x), len(giu))] * (p - 1), _intera(x, su, giu)],
        ],
        "Ogni contributo è già l'uscita intera: un processo ha solo la sua parte.": lambda x, su, giu, p: (
            [_intera(x, su, giu)] * p
        ),
        "Questi sono i neuroni nascosti: manca il secondo prodotto.": muta(contributi, (" @ g.T", "")),
        "Hai diviso il batch: qui si dividono i neuroni nascosti, e x va intero a tutti.": [
            lambda x, su, giu, p: [*_intera(x, su, giu).tensor_split(p)],
            lambda x, su, giu, p: [*_intera(x, su, giu).chunk(p)],
        ],
        "Hai diviso le uscite: qui si dividono i neuroni nascosti.": [
            lambda x, su, giu, p: [*_intera(x, su, giu).tensor_split(p, dim=1)],
            lambda x, su, giu, p: [*_intera(x, su, giu).chunk(p, dim=1)],
        ],
        "I contributi sono giusti ma in ordine rovesciato: il primo è del processo 0.": lambda *tutto: contributi(
            *tutto
        )[::-1],
        "Le parti di su e di giu non sono degli stessi neuroni.": [
            muta(contributi, ("giu.chunk(processi, dim=1)", "giu.chunk(processi, dim=1)[::-1]")),
            lambda x, su, giu, p: [_intera(x, s, giu[:, r::p]) for r, s in enumerate(su.chunk(p))],
        ],
        "Hai diviso anche per il numero dei processi: i contributi si sommano e basta.": muta(
            contributi, ("@ g.T", "@ g.T / processi")
        ),
        "Questo è il contributo di un processo solo: serve la lista di tutti.": [
            lambda *tutto: contributi(*tutto)[0],
            lambda *tutto: contributi(*tutto)[-1],
        ],
        "Ogni contributo comprende anche quelli dei processi prima: ognuno porta solo il suo.": lambda *tutto: [
            *torch.stack(contributi(*tutto)).cumsum(0)
        ],
    },
)


def anello(pezzi: torch.Tensor) -> list[torch.Tensor]:
    P, stato, stati = len(pezzi), pezzi.clone(), []
    for giro in range(2):
        for s in range(P - 1):
            nuovo = stato.clone()
            for p in range(P):
                a, c = (p + 1) % P, (p + giro - s) % P
                nuovo[a, c] = stato[p, c] if giro else stato[a, c] + stato[p, c]
            stato = nuovo
            stati.append(stato)
    return stati


_anello = partial(muta, anello)


def _pezzi(processi: int) -> tuple[torch.Tensor]:
    return (torch.randint(-999, 1000, (processi, processi), generator=generatore(processi)).float(),)


esercizio(
    "11.5",
    giusta=anello,
    prove=[
        *map(_pezzi, (3, 2, 4, 5, 1, 7)),
        (torch.tensor([[1.0, 1, 1], [10, 10, 10], [100, 100, 100]]),),
        (torch.arange(9).reshape(3, 3).T + 2**24,),  # interi restano interi, e float32 li confonde
    ],
    dtype="stesso",
    detta="con P = {0.shape[0]}",
    consigli={"out of bounds": "Gli indici si contano modulo P: dopo l'ultimo processo viene lo 0."},
    sviste={
        "Serve la lista di tutti gli stati, uno per passo, non solo l'ultimo.": [
            _anello(("return stati", "return stato")),
            _anello(("return stati", "return [stato]")),
        ],
        "Fai solo il primo giro: i pezzi finiti vanno ancora distribuiti.": [
            _anello(("range(2)", "range(1)")),
            _anello(("giro in range(2)", "giro in [0]"), ("return stati", "return stato")),
        ],
        "Nel secondo giro il pezzo si sostituisce, non si somma.": _anello(("stato[p, c] if giro else ", "")),
        "Nel primo giro il pezzo si somma, non si sostituisce.": _anello(
            (" if giro else stato[a, c] + stato[p, c]", "")
        ),
        "Mandi al vicino di prima: p manda a p + 1.": _anello(("(p + 1) % P", "(p - 1) % P")),
        "Il pezzo lo cambia chi riceve, non chi manda.": _anello(
            ("nuovo[a, c] = stato[p, c] if giro", "nuovo[p, c] = stato[a, c] if giro")
        ),
        "Chi manda un pezzo ne tiene la sua copia: non si azzera.": _anello(
            ("nuovo[a, c] = ", "nuovo[p, c] = 0; nuovo[a, c] = ")
        ),
        "Il pezzo del passo s è p − s, non p + s.": _anello(("giro - s", "giro + s")),
        "I passi si contano da 0: il primo pezzo che p manda è il numero p.": _anello(("range(P - 1)", "range(1, P)")),
        "A ogni passo il pezzo cambia: è p − s, non sempre lo stesso.": _anello(("giro - s", "giro")),
        "Nel secondo giro si parte dal pezzo p + 1, quello finito.": _anello(("p + giro - s", "p - s")),
        "Nel secondo giro il pezzo è p + 1 − s, non p − 1 − s.": _anello(("p + giro - s", "p - giro - s")),
        "Nel secondo giro il pezzo è p + 1 − s, non p + 1 + s.": _anello(("giro - s", "giro + (s if giro else -s)")),
        "Nella lista c'è anche la partenza: servono gli stati dopo ogni passo.": [
            _anello(("return stati", "return [pezzi, *stati]")),
            _anello(("return stati", "return [pezzi, *stati][:-1]")),
        ],
        "Gli stati sono tutti uguali all'ultimo: a ogni passo si muove un pezzo per processo, e nella lista va una "
        "copia dello stato (se aggiungi sempre lo stesso tensore, cambia anche dentro la lista).": (
            _anello(("nuovo = stato.clone()", "nuovo = stato"))
        ),
        "I giri sono di P − 1 passi, non di P.": _anello(("range(P - 1)", "range(P)")),
        "I numeri passano per float32, che oltre 16 777 216 perde le unità: tieni il dtype di pezzi.": lambda pezzi: [
            stato.to(pezzi.dtype) for stato in anello(pezzi.float())
        ],
        "Gli indici delle righe e delle colonne sono scambiati: la riga è il processo.": lambda pezzi: [
            stato.T for stato in anello(pezzi.T)
        ],
    },
)
