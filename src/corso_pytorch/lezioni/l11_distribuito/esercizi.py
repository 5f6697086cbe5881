"""Gli esercizi della lezione 11: la media pesata, due programmi DDP, due strati divisi, il comando, l'anello."""

import math
import os
import re
import shlex
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch.distributed.run import get_args_parser

from corso_pytorch.lezioni.l11_distribuito.palestra import ESEMPI, IN_TUTTO, LR, Corsa, passo, simula, stato_con
from corso_pytorch.verifiche.messaggi import Sbagliato
from corso_pytorch.verifiche.osservazioni import generatore, muta
from corso_pytorch.verifiche.registro import esercizio


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


def _fino_al_vuoto(gradienti: list[torch.Tensor], quanti: list[int]) -> torch.Tensor:
    pieni = quanti.index(0) if 0 in quanti else len(quanti)
    return sum(
        (g * (n / sum(quanti)) for g, n in zip(gradienti[:pieni], quanti, strict=False)), torch.zeros_like(gradienti[0])
    )


media_gradienti = _pesata(lambda n, quanti, processi: n / sum(quanti))

esercizio(
    "11.1",
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
        "Al primo processo senza esempi ti fermi: va saltato (continue), ma quelli dopo contano.": _fino_al_vuoto,
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

# 11.2 e 11.3: si giudica ciò che i processi hanno fatto, comunque sia scritto il programma.
SOLI = "I due processi non si sono incontrati: manca dist.init_process_group()."
APERTO = "Alla fine il gruppo è ancora aperto: manca dist.destroy_process_group()."
FERMI = "La rete non ha fatto nessun passo, o l'ottimizzatore non è di torch."
TUTTI = "Tutti e due i processi vedono tutti gli esempi: il DataLoader deve ricevere un DistributedSampler."
GLI_STESSI = "I due processi vedono gli stessi esempi: quale rango hai dato al sampler?"
A_TESTA = "Ogni passo guarda 64 esempi, 32 a testa: devono essere 32 in tutto."
PASSI = "A ogni passo i due processi insieme devono guardare 32 esempi."
UNA_VOLTA = "In ogni epoca ogni esempio deve essere visto una volta sola, da uno dei due."
IN_FILA = "Gli esempi arrivano nell'ordine del dataset: vanno mescolati."
SEMPRE_UGUALE = "L'ordine è lo stesso in ogni epoca: manca sampler.set_epoch(epoca)."
PARTENZE = "Le due reti partono diverse, e nessuno le rende uguali: DDP lo fa quando avvolge la rete."
SENZA_MEDIA = "I gradienti dei due processi sono diversi: il forward lo fa la rete avvolta in DDP, non la sua .module."
SOMMA = "Il gradiente è il doppio del dovuto: la somma dei due processi va divisa per due."
ACCUMULA = "Nel gradiente c'è anche quello dei passi prima: manca zero_grad()."
GRADIENTE = "Il gradiente non è quello dei 32 esempi insieme."
SGD = "I pesi non si muovono come con SGD e lr = 0.1."
NON_SALVA = "Nella cartella non c'è rete.pt."
SALVANO = "Salvano tutti e due i processi, sullo stesso file: ne basta uno."
PREFISSO = "I nomi nel file cominciano con «module.»: salva lo stato della rete dentro l'involucro, rete.module."
ALTRI_PESI = "I pesi del file non sono quelli alla fine dell'addestramento."
NIENTE_LOSS = "Restituisci la lista delle loss medie, un numero per epoca."
SOLO_IL_PRIMO = (
    "Un processo restituisce una lista più corta: tutti e due devono avere tutte le loss, con all_reduce e non reduce."
)
SUE_LOSS = "I due processi restituiscono loss diverse, ognuno le sue: sommale fra i processi con all_reduce."
META = "Il gradiente è la metà del dovuto: hai diviso due volte, forse la loss per gli esempi di tutti e due?"
LOSS_SOMMATE = (
    "Le loss sono il doppio di quelle giuste: dopo all_reduce la somma è di tutti, e si divide per len(dati). Chi si "
    "ferma sotto una soglia, così, si ferma tardi."
)
META_LOSS = "Le loss sono la metà di quelle giuste: dividi per tutti gli esempi, ma manca la somma fra i processi."
ALTRE_LOSS = "Le loss restituite non sono la media, su tutti gli esempi, di quelle dei passi di ogni epoca."
EPOCHE = "Le epoche devono essere tre."
DOVE_FERMARSI = "Ci si deve fermare alla prima epoca in cui la loss media di tutti gli esempi è sotto la soglia."
UN_ALTRA_SOGLIA = (
    "La soglia è 0.98: nel programma ce n'è un'altra, vicina, che in questa corsa ferma alla stessa epoca."
)
SOGLIA = 0.98

_USCITO = "L'altro processo è già uscito: cerca un if, un break o un return a cui arrivano in modo diverso."
_CONSIGLI = {
    "name '": "Un processo nuovo vede solo la tua funzione: import e aiuti vanno dentro.",
    "has not been initialized": "Prima di ogni altra cosa si apre il gruppo: dist.init_process_group().",
    "communication backend": "Di' chi trasporta i messaggi: nccl fra le GPU, gloo fra le CPU.",
    "Timed out": "Un processo aspetta una collettiva che l'altro non chiama: c'è un if, o un break, che li divide?",
    "closed by peer": _USCITO,
    "Connection reset": _USCITO,
    "non avevano finito": "Un processo aspetta una collettiva che l'altro non chiama?",
    "mutually exclusive": "A mescolare è il sampler: al DataLoader non si chiede anche shuffle.",
    "has no attribute 'module'": "La rete dentro l'involucro è .module: senza DDP non c'è.",
    "SIGSEGV": "Un processo è caduto senza spiegazioni.",
}


def _giudica(soglia: float | None, corsa: object) -> str:
    """«A posto», o la prima cosa che non va in una corsa di due processi."""
    if not isinstance(corsa, Corsa):
        raise Sbagliato("Qui si controlla una corsa: verifica vuole ciò che restituisce avvia(la_tua_funzione).")
    if corsa.errore:
        consiglio = next((c for pezzo, c in _CONSIGLI.items() if pezzo in corsa.errore), "")
        raise Sbagliato(f"{corsa.errore} {consiglio}".strip())
    ranghi = corsa.ranghi
    _pretendi(len(ranghi) == 2, "Servono due processi: avvia(la_tua_funzione, processi=2).")
    _pretendi(all(r["righe"] for r in ranghi), FERMI)
    _pretendi(all(r["processi"] == 2 for r in ranghi), SOLI)
    _giudica_gli_esempi([r["righe"] for r in ranghi], soglia)
    insieme = [_in_fila(righe) for righe in zip(*(r["righe"] for r in ranghi), strict=True)]
    loss = _giudica_i_passi(ranghi, insieme)
    medie = torch.tensor(loss).view(-1, ESEMPI // IN_TUTTO).mean(dim=1).tolist()
    if soglia is not None:
        _giudica_la_soglia(soglia, ranghi[0]["scritti"])
    sotto = [n for n, media in enumerate(medie) if soglia is not None and media < soglia]
    dette = [r["restituito"] for r in ranghi]
    _pretendi(not all(_vicine(loss, medie, 2) for loss in dette), LOSS_SOMMATE)
    _pretendi(soglia is None or (sotto and sotto[0] == len(medie) - 1), DOVE_FERMARSI)
    _giudica_il_file(ranghi, corsa.file)
    _giudica_le_loss(dette, medie)
    _pretendi(not any(r["aperto"] for r in ranghi), APERTO)
    return "a posto"


def _in_fila(liste: Sequence[list[int]]) -> list[int]:
    return [numero for lista in liste for numero in lista]


def _pretendi(vero: object, altrimenti: str) -> None:
    if not vero:
        raise Sbagliato(altrimenti)


def _giudica_gli_esempi(righe: Sequence[list[list[int]]], soglia: float | None) -> None:
    visti = [_in_fila(sue) for sue in righe]
    _pretendi(len(righe[0]) == len(righe[1]), "I due processi non fanno lo stesso numero di passi.")
    insieme = [_in_fila(passi) for passi in zip(*righe, strict=True)]
    ripetuti = len({*_in_fila(insieme)[:ESEMPI]}) < min(ESEMPI, len(_in_fila(insieme)))
    _pretendi(not ripetuti or all(len({*sue[:ESEMPI]}) < ESEMPI for sue in visti), TUTTI)
    _pretendi(visti[0] != visti[1], GLI_STESSI)
    _pretendi(len(insieme[0]) != 2 * IN_TUTTO, A_TESTA)
    _pretendi(all(len(di_un_passo) == IN_TUTTO for di_un_passo in insieme), PASSI)
    per_epoca = ESEMPI // IN_TUTTO
    epoche = [tuple(_in_fila(insieme[da : da + per_epoca])) for da in range(0, len(insieme), per_epoca)]
    _pretendi(all(sorted(epoca) == [*range(ESEMPI)] for epoca in epoche), UNA_VOLTA)
    _pretendi(soglia is not None or len(epoche) == 3, EPOCHE)
    _pretendi(not any(sorted(fetta) == [*fetta] for fetta in (visti[0][: ESEMPI // 2], epoche[0])), IN_FILA)
    _pretendi(len({*epoche}) == len(epoche), SEMPRE_UGUALE)


def _giudica_i_passi(ranghi: Sequence[dict], insieme: Sequence[list[int]]) -> list[float]:
    """Le loss dei passi, rifatte da un processo solo con gli stessi pesi."""
    loss = []
    uguali = partial(torch.allclose, rtol=1e-6, atol=1e-9)
    _pretendi(uguali(ranghi[0]["pesi"][0], ranghi[1]["pesi"][0]), PARTENZE)
    for n, righe in enumerate(insieme):
        gradienti, pesi = [r["gradienti"][n] for r in ranghi], ranghi[0]["pesi"]
        questa, atteso = passo(pesi[n], righe)
        if n:
            di_troppo = [atteso + r["gradienti"][n - 1] for r in ranghi]
            _pretendi(not all(map(uguali, gradienti, di_troppo)), ACCUMULA)
        _pretendi(uguali(*gradienti), SENZA_MEDIA)
        _pretendi(not uguali(gradienti[0], 2 * atteso), SOMMA)
        _pretendi(not uguali(gradienti[0], atteso / 2), META)
        _pretendi(uguali(gradienti[0], atteso), GRADIENTE)
        for r in ranghi:
            _pretendi(uguali(r["pesi"][n + 1], r["pesi"][n] - LR * atteso), SGD)
        loss.append(questa)
    return loss


def _giudica_la_soglia(soglia: float, scritti: list[float]) -> None:
    """Le loss calano a salti: una soglia vicina ferma il programma alla stessa epoca, e si vede soltanto nel testo."""
    vicini = [numero for numero in scritti if abs(numero - soglia) < 0.1]
    _pretendi(soglia in vicini or not vicini, UN_ALTRA_SOGLIA)


def _giudica_il_file(ranghi: Sequence[dict], file: dict) -> None:
    _pretendi("rete.pt" in file, NON_SALVA)
    _pretendi(sum(r["salvataggi"] > 0 for r in ranghi) < 2, SALVANO)
    salvato, atteso = file["rete.pt"], stato_con(ranghi[0]["pesi"][-1])
    _pretendi(isinstance(salvato, dict), "In rete.pt deve esserci uno state_dict.")
    _pretendi(not any(str(nome).startswith("module.") for nome in salvato), PREFISSO)
    _pretendi(salvato.keys() == atteso.keys(), "I nomi nel file non sono quelli della rete.")
    _pretendi(all(torch.allclose(salvato[n], atteso[n], rtol=1e-6, atol=1e-9) for n in atteso), ALTRI_PESI)


def _giudica_le_loss(dette: Sequence[list[float]], medie: list[float]) -> None:
    _pretendi(len({len(loss) for loss in dette}) == 1, SOLO_IL_PRIMO)
    _pretendi(all(len(loss) == len(medie) for loss in dette), NIENTE_LOSS)
    somme = [a + b for a, b in zip(*dette, strict=True)]
    _pretendi(_vicine(dette[0], medie) or not _vicine(somme, medie), META_LOSS)
    _pretendi(all(abs(a - b) < 1e-5 for a, b in zip(*dette, strict=True)), SUE_LOSS)
    _pretendi(all(_vicine(loss, medie) for loss in dette), ALTRE_LOSS)


def _vicine(loss: list[float], medie: list[float], per: float = 1) -> bool:
    return len(loss) == len(medie) and all(abs(a - per * b) < 1e-5 for a, b in zip(loss, medie, strict=True))


def _corse_sbagliate(**altro: object) -> dict[str, Corsa | list[Corsa]]:
    """Le sviste di chi scrive un programma DDP, ognuna con una corsa in cui succede."""

    def corsa(**difetto: object) -> Corsa:
        return simula(**(altro | difetto))

    def meta(rango: int, epoca: int, ordine: list[int]) -> list[int]:
        return ordine[rango::2]

    return {
        SOLI: corsa(processi=0),
        APERTO: corsa(aperto=True),
        TUTTI: corsa(quota=lambda rango, epoca, ordine: ordine[rango:] + ordine[:rango]),
        GLI_STESSI: corsa(quota=lambda rango, epoca, ordine: ordine[::2]),
        A_TESTA: corsa(a_testa=32),
        PASSI: corsa(a_testa=24),
        UNA_VOLTA: corsa(quota=lambda rango, epoca, ordine: meta(rango, epoca, ordine)[:47] + ordine[:1]),
        IN_FILA: corsa(semi=lambda epoca: None),
        SEMPRE_UGUALE: corsa(semi=lambda epoca: 0),
        PARTENZE: corsa(insieme=False, mescola=lambda rango, gradienti: gradienti[rango]),
        SENZA_MEDIA: corsa(mescola=lambda rango, gradienti: gradienti[rango]),
        SOMMA: corsa(mescola=lambda rango, gradienti: gradienti.sum(dim=0)),
        META: corsa(mescola=lambda rango, gradienti: gradienti.mean(dim=0) / 2),
        ACCUMULA: corsa(accumula=True),
        SGD: corsa(lr=0.2),
        NON_SALVA: corsa(salva=lambda rango, pesi: {}),
        SALVANO: corsa(salva=lambda rango, pesi: stato_con(pesi)),
        PREFISSO: corsa(salva=lambda rango, pesi: {} if rango else stato_con(pesi, "module.")),
        ALTRI_PESI: corsa(salva=lambda rango, pesi: {} if rango else stato_con(pesi + 1)),
        SUE_LOSS: corsa(torna=lambda rango, loss: loss[:, rango].mean().item()),
        LOSS_SOMMATE: corsa(torna=lambda rango, loss: loss.sum(dim=1).mean().item()),
        META_LOSS: corsa(torna=lambda rango, loss: loss[:, rango].mean().item() / 2),
        ALTRE_LOSS: corsa(torna=lambda rango, loss: loss[-1].mean().item()),
        NIENTE_LOSS: corsa(restituito=[]),
    }


def _dopo(epoche: int) -> Callable[[int, list[float]], bool]:
    return lambda rango, medie: len(medie) == epoche


esercizio(
    "11.2",
    giusta=simula(),
    osserva=partial(_giudica, None),
    sviste=_corse_sbagliate() | {EPOCHE: simula(ferma=_dopo(2))},
)


def _sotto(soglia: float) -> Callable[[int, list[float]], bool]:
    return lambda rango, medie: medie[-1] < soglia


def _qui_succede(diagnosi: str) -> bool:
    """Nel programma del collega le loss decidono quando fermarsi: se sono sbagliate ci si ferma nel posto sbagliato."""
    return diagnosi not in (SUE_LOSS, LOSS_SOMMATE, META_LOSS, ALTRE_LOSS, NIENTE_LOSS)


esercizio(
    "11.3",
    giusta=simula(ferma=_sotto(SOGLIA)),
    osserva=partial(_giudica, SOGLIA),
    sviste={d: c for d, c in _corse_sbagliate(ferma=_sotto(SOGLIA)).items() if _qui_succede(d)}
    | {
        DOVE_FERMARSI: [simula(ferma=_dopo(epoche)) for epoche in (2, 12)],
        UN_ALTRA_SOGLIA: [simula(ferma=_sotto(SOGLIA), scritti=[0.1, vicina]) for vicina in (0.99, 0.975, 1.0)],
        LOSS_SOMMATE: simula(ferma=_sotto(SOGLIA), torna=lambda rango, loss: loss.sum(dim=1).mean().item()),
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
    consigli={
        "cannot be multiplied": "Guarda le forme: ogni parte dei nascosti ha le sue righe di su e le sue colonne di "
        "giu, e nel prodotto vanno trasposte."
    },
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
        "Ogni parte comincia dove finisce quella prima: dopo r parti da H righe si parte da r·H, non da r.": (
            lambda x, su, giu, p: [_intera(x, su[r : r + len(su) // p], giu[:, r : r + len(su) // p]) for r in range(p)]
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
        "Tutti i contributi sono quello del primo processo: la parte deve cambiare con il processo.": (
            lambda *tutto: contributi(*tutto)[:1] * tutto[-1]
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
        "split vuole la lunghezza di ogni parte; quante parti, lo dici a chunk.": lambda x, su, giu, p: [
            torch.relu(x @ s.T) @ g.T for s, g in zip(su.split(p), giu.split(p, dim=1), strict=True)
        ],
        "Questo è il contributo di un processo solo: serve la lista di tutti.": [
            lambda *tutto: contributi(*tutto)[0],
            lambda *tutto: contributi(*tutto)[-1],
        ],
        "Ogni contributo comprende anche quelli dei processi prima: ognuno porta solo il suo.": lambda *tutto: [
            *torch.stack(contributi(*tutto)).cumsum(0)
        ],
    },
)


# 11.5: a leggere il comando è torchrun stesso.
VOLUTO = "torchrun --nnodes 2 --nproc_per_node 4 --rdzv_backend c10d --rdzv_endpoint nodo0:29500 addestra.py risultati"


# Prima di torchrun: variabili d'ambiente, e il modo di avviare Python.
_AMMESSO_PRIMA = re.compile(r"\w+=.*|uv|run|env|--\S+|-m|(.*/)?python[\d.]*")


def _letto(comando: object) -> dict[str, object]:
    if not isinstance(comando, (str, list)) or not all(isinstance(pezzo, str) for pezzo in comando):
        raise Sbagliato("Serve il comando, in un testo.")
    if isinstance(comando, str):
        comando = comando.replace("\\\n", " ").strip()
        if "\n" in comando:
            raise Sbagliato("Un a capo chiude il comando: per andare a capo la riga finisce con «\\».")
    try:
        parole = shlex.split(comando) if isinstance(comando, str) else comando
    except ValueError:
        raise Sbagliato("Le virgolette del comando non si chiudono.") from None
    nome = next((n for n, parola in enumerate(parole) if parola.rpartition("/")[-1] == "torchrun"), None)
    if nome is None:
        nome = next((n for n, parola in enumerate(parole) if parola == "torch.distributed.run"), None)
    if nome is None:
        raise Sbagliato("Il comando comincia con torchrun.")
    di_troppo = [parola for parola in parole[:nome] if not _AMMESSO_PRIMA.fullmatch(parola)]
    if di_troppo:
        raise Sbagliato(f"Il comando comincia con torchrun: prima c'è {di_troppo[0]}.")
    lettore = get_args_parser()
    lettore.exit_on_error = False
    lettore.error = _rifiuta
    try:
        letto = lettore.parse_args(parole[nome + 1 :])
    except SystemExit:
        raise Sbagliato("torchrun qui mostrerebbe il suo aiuto, e non avvierebbe nulla.") from None
    if "$" in str(letto.rdzv_id):
        raise Sbagliato("L'identificativo dev'essere lo stesso sulle due macchine: con una variabile può non esserlo.")
    if letto.standalone:
        raise Sbagliato("--standalone è per una macchina sola: con due bisogna dire dove incontrarsi.")
    return {
        "Il numero di macchine": "2" if letto.nnodes == "2:2" else letto.nnodes,
        # «gpu» e «auto» contano le schede: su quelle macchine sono quattro.
        "Il numero di processi per macchina": "4" if letto.nproc_per_node in ("gpu", "auto") else letto.nproc_per_node,
        "Il modo di incontrarsi": letto.rdzv_backend,
        "Il punto d'incontro": letto.rdzv_endpoint,
        "Il programma": [*map(os.path.normpath, (letto.training_script, *letto.training_script_args))],
    }


def _rifiuta(messaggio: str) -> None:
    raise Sbagliato(f"torchrun non capisce il comando: {messaggio}.")


def _comando(*cambi: tuple[str, str]) -> str:
    testo = VOLUTO
    for prima, dopo in cambi:
        testo = testo.replace(prima, dopo)
    return testo


esercizio(
    "11.5",
    giusta=VOLUTO,
    osserva=_letto,
    sviste={
        "Con --nproc_per_node si dicono i processi di ogni macchina, 4: il totale lo fa torchrun.": _comando(
            ("_node 4", "_node 8")
        ),
        "Le macchine sono due: --nnodes 2 (se non lo dici è una).": [
            _comando(("--nnodes 2 ", "")),
            _comando(("nodes 2", "nodes 1")),
            _comando(("nodes 2", "nodes 1:2")),
        ],
        "Le macchine sono due, e i processi di ognuna quattro: li hai scambiati.": _comando(
            ("nodes 2", "nodes 4"), ("node 4", "node 2")
        ),
        "I processi di ogni macchina sono quattro: --nproc_per_node 4 (se non lo dici è uno).": [
            _comando(("--nproc_per_node 4 ", "")),
            _comando(("node 4", "node 1")),
        ],
        "Il numero di macchine è otto: quelli sono tutti i processi.": _comando(("nodes 2", "nodes 8")),
        "Manca la porta: l'incontro è su nodo0:29500.": _comando((":29500", "")),
        "Manca dove incontrarsi: --rdzv_endpoint nodo0:29500.": _comando(("--rdzv_endpoint nodo0:29500 ", "")),
        "Ogni macchina cercherebbe sé stessa: il punto d'incontro è uno, e ha il nome di una macchina.": [
            _comando(("nodo0", "localhost")),
            _comando(("nodo0", "$(hostname)")),
        ],
        "L'incontro è su nodo0, alla porta 29500.": [
            _comando(("nodo0", "nodo1")),
            _comando(("29500", "29400")),
        ],
        "Il modo di incontrarsi manca, o è «static», il predefinito: serve --rdzv_backend c10d.": [
            _comando(("--rdzv_backend c10d ", "")),
            _comando(("c10d", "static")),
        ],
        "Le opzioni di torchrun vanno prima del nome del programma: quelle dopo le riceve il programma.": [
            _comando((" addestra.py risultati", ""), ("torchrun", "torchrun addestra.py risultati")),
            _comando((" addestra.py risultati", ""), ("node 4", "node 4 addestra.py risultati")),
        ],
        "Manca la cartella, risultati, dopo il nome del programma.": _comando((" risultati", "")),
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
    "11.6",
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
        "L'anello fa la somma: se serve la media, si divide dopo.": lambda pezzi: [
            stato / len(pezzi) for stato in anello(pezzi)
        ],
        "Gli indici delle righe e delle colonne sono scambiati: la riga è il processo.": lambda pezzi: [
            stato.T for stato in anello(pezzi.T)
        ],
    },
)
