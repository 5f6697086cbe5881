"""Le risposte di prova agli esercizi della lezione 05."""

import math
import statistics
from fractions import Fraction

import torch


# 5.1
def _guadagno_statistics(eager, compilata):
    return (statistics.median(eager) / statistics.median(compilata) - 1) * 100


def _guadagno_torch(eager, compilata):
    e, c = torch.tensor(eager).quantile(0.5), torch.tensor(compilata).quantile(0.5)
    return 100 * (e - c) / c


def _guadagno_ordinando(eager, compilata):
    e, c = (sorted(tempi)[len(tempi) // 2] for tempi in (eager, compilata))
    return e / c * 100 - 100


def _mediane(formula, riassunto=statistics.median):
    def guadagno(eager, compilata):
        return formula(riassunto(eager), riassunto(compilata))

    return guadagno


# 5.2
def _pareggio_ceil(compilazione, eager, compilata):
    if eager <= compilata:
        return math.inf
    return math.ceil(compilazione / (eager - compilata))


def _pareggio_ciclo(compilazione, eager, compilata):
    if compilata >= eager:
        return float("inf")
    n = 0
    while compilazione + n * compilata > n * eager + 1e-12:
        n += 1
    return n


def _pareggio_esatto(compilazione, eager, compilata):
    k, e, c = (Fraction(str(valore)) for valore in (compilazione, eager, compilata))
    return -(-k // (e - c)) if e > c else math.inf


def _pareggio_con(formula):
    def chiamate_per_pareggiare(compilazione, eager, compilata):
        if eager <= compilata:
            return math.inf
        return formula(compilazione, eager, compilata)

    return chiamate_per_pareggiare


def _pareggio_senza_caso(compilazione, eager, compilata):
    return math.ceil(compilazione / (eager - compilata))


def _pareggio_meno_uno(compilazione, eager, compilata):
    return math.ceil(compilazione / (eager - compilata)) if eager > compilata else -1


# 5.3
def _operazioni_ciclo(strati):
    totale = 0
    for entrano, escono, kernel, lato in strati:
        totale += 2 * entrano * escono * kernel * kernel * lato * lato
    return totale


def _operazioni_somma(strati):
    return 2 * sum(math.prod((e, u, k, k, n, n)) for e, u, k, n in strati)


def _operazioni_pesi_per_posizioni(strati):
    pesi = [escono * entrano * kernel**2 for entrano, escono, kernel, _ in strati]
    posizioni = [lato**2 for *_, lato in strati]
    return sum(2 * p * q for p, q in zip(pesi, posizioni))


def _operazioni_con(formula):
    return_ = lambda strati: sum(formula(*strato) for strato in strati)
    return return_


def _operazioni_solo_ultimo(strati):
    for e, u, k, n in strati:
        conto = 2 * e * u * k**2 * n**2
    return conto


def _operazioni_solo_primo(strati):
    for e, u, k, n in strati:
        return 2 * e * u * k**2 * n**2


# 5.4
def _scelta_where(x):
    return torch.where(x.sum() > 0, x * 10, x / 10)


def _scelta_fattore(x):
    positiva = (x.sum() > 0).float()
    return x * (positiva * 10 + (1 - positiva) * 0.1)


def _scelta_potenza(x):
    return x * 10.0 ** (2 * (x.sum() > 0) - 1)


def _scelta_if(x):
    if x.sum() > 0:
        return x * 10
    return x / 10


def _scelta_item(x):
    positiva = x.sum().item() > 0
    return x * 10 if positiva else x / 10


def _scelta_elementi(x):
    return torch.where(x > 0, x * 10, x / 10)


def _scelta_scambiata(x):
    return torch.where(x.sum() > 0, x / 10, x * 10)


def _scelta_somma(x):
    return x * 10 + x / 10


def _scelta_intatta(x):
    return torch.where(x.sum() > 0, x, x)


def _scelta_sul_posto(x):
    x *= torch.where(x.sum() > 0, 10.0, 0.1)
    return x


def _scelta_stampa(x):
    print("scelgo")
    return torch.where(x.sum() > 0, x * 10, x / 10)


# 5.5
def _dinamica(funzione):
    return torch.compile(funzione, dynamic=True)


def _dinamica_intera(funzione):
    return torch.compile(funzione, fullgraph=True, dynamic=True)


def _dinamica_decoratore(funzione):
    @torch.compile(dynamic=True)
    def nuova(x):
        return funzione(x)

    return nuova


def _dinamica_segnata(funzione):
    compilata = torch.compile(funzione)

    def nuova(x):
        torch._dynamo.mark_dynamic(x, 0)
        return compilata(x)

    return nuova


def _statica(funzione):
    return torch.compile(funzione, dynamic=False)


def _predefinita(funzione):
    return torch.compile(funzione)


def _non_compilata(funzione):
    return funzione


def _compilata_ogni_volta(funzione):
    return lambda x: torch.compile(funzione, dynamic=False)(x)


def _chiamata_subito(funzione):
    return torch.compile(funzione, dynamic=True)(torch.ones(3))


def _dimentica_return(funzione):
    torch.compile(funzione, dynamic=True)


# 5.6
def _conta_con_backend(funzione, x):
    conti = []

    def backend(grafo, esempi):
        conti.append(sum(nodo.op.startswith("call") for nodo in grafo.graph.nodes))
        return grafo.forward

    torch.compile(funzione, backend=backend)(x)
    return sum(conti)


def _conta_per_esclusione(funzione, x):
    quante = 0

    def backend(grafo, esempi):
        nonlocal quante
        for nodo in grafo.graph.nodes:
            if nodo.op not in ("placeholder", "output", "get_attr"):
                quante += 1
        return grafo

    torch.compile(funzione, backend=backend)(x)
    return quante


def _conta_con_explain(funzione, x):
    spiegazione = torch._dynamo.explain(funzione)(x)
    return sum(nodo.op.startswith("call") for grafo in spiegazione.graphs for nodo in grafo.graph.nodes)


def _conta_con(filtro, unisci=sum, chiama=True):
    def conta_operazioni(funzione, x):
        conti = []

        def backend(grafo, esempi):
            conti.append(sum(map(filtro, grafo.graph.nodes)))
            return grafo.forward

        compilata = torch.compile(funzione, backend=backend)
        if chiama:
            compilata(x)
        return unisci(conti)

    return conta_operazioni


def _backend_senza_return(funzione, x):
    def backend(grafo, esempi):
        len(grafo.graph.nodes)

    torch.compile(funzione, backend=backend)(x)
    return 0


_op = lambda nodo: nodo.op.startswith("call")

GIUSTE = {
    "5.1": [_guadagno_statistics, _guadagno_torch, _guadagno_ordinando],
    "5.2": [_pareggio_ceil, _pareggio_ciclo, _pareggio_esatto],
    "5.3": [_operazioni_ciclo, _operazioni_somma, _operazioni_pesi_per_posizioni],
    "5.4": [_scelta_where, _scelta_fattore, _scelta_potenza],
    "5.5": [_dinamica, _dinamica_intera, _dinamica_decoratore, _dinamica_segnata],
    "5.6": [_conta_con_backend, _conta_per_esclusione, _conta_con_explain],
}

SBAGLIATE = {
    "5.1": [
        (_mediane(lambda e, c: e / c), "rapporto fra i tempi"),
        (_mediane(lambda e, c: 100 * e / c), "deve venire 0, non 100"),
        (_mediane(lambda e, c: e / c - 1), "manca la moltiplicazione per 100"),
        (_mediane(lambda e, c: 100 * (e - c) / e), "tempo risparmiato"),
        (_mediane(lambda e, c: 100 * (c / e - 1)), "capovolto"),
        (_mediane(lambda e, c: 100 * (e / c - 1), statistics.mean), "Serve la mediana"),
        (_mediane(lambda e, c: 100 * (e / c - 1), min), "tempi migliori"),
        (_mediane(lambda e, c: e - c), "differenza fra i tempi"),
        (_mediane(lambda e, c: f"{100 * (e / c - 1):.0f} %"), "un testo"),
        (lambda eager, compilata: 100 * (eager / compilata - 1), "TypeError"),
        (50.0, "serve una funzione"),
    ],
    "5.2": [
        (_pareggio_con(lambda k, e, c: int(k / (e - c))), "arrotonda per eccesso"),
        (_pareggio_con(lambda k, e, c: k / (e - c)), "arrotonda per eccesso"),
        (_pareggio_con(lambda k, e, c: math.ceil(k / c)), "non per quanto dura quella compilata"),
        (_pareggio_con(lambda k, e, c: math.ceil(k / e)), "non per quanto dura quella eager"),
        (_pareggio_con(lambda k, e, c: math.floor(k / (e - c)) + 1), "una chiamata di troppo"),
        (_pareggio_con(lambda k, e, c: math.ceil(k / (c - e))), "il risparmio è eager meno compilata"),
        (_pareggio_senza_caso, "math.inf"),
        (_pareggio_meno_uno, "math.inf"),
        (_pareggio_con(lambda k, e, c: math.ceil(k / (e - c)) and None), "manca il return"),
        (_pareggio_con(lambda k, e, c: -math.ceil(k / (e - c))), "il risparmio è eager meno compilata"),
    ],
    "5.3": [
        (_operazioni_con(lambda e, u, k, n: e * u * k**2 * n**2), "solo le moltiplicazioni"),
        (_operazioni_con(lambda e, u, k, n: 2 * e * u * k * n**2), "il kernel è quadrato"),
        (_operazioni_con(lambda e, u, k, n: 2 * e * u * k**2 * n), "lato × lato"),
        (_operazioni_con(lambda e, u, k, n: 2 * u * k**2 * n**2), "canali che entrano"),
        (_operazioni_con(lambda e, u, k, n: 2 * e * k**2 * n**2), "canali che escono"),
        (_operazioni_con(lambda e, u, k, n: 2 * e * u * k**2), "in tutte le posizioni"),
        (_operazioni_con(lambda e, u, k, n: e * u * k**2), "in tutte le posizioni"),
        (_operazioni_con(lambda e, u, k, n: 6 * e * u * k**2 * n**2), "anche il backward"),
        (_operazioni_solo_ultimo, "ultimo strato soltanto"),
        (_operazioni_solo_primo, "il return è dentro il ciclo"),
        (lambda strati: [2 * e * u * k**2 * n**2 for e, u, k, n in strati], "una lista"),
    ],
    "5.4": [
        (_scelta_if, "un if (o un while)"),
        (_scelta_item, "item() porta un valore in Python"),
        (_scelta_elementi, "decide la somma di tutti"),
        (_scelta_scambiata, "i due casi sono scambiati"),
        (_scelta_somma, "se ne sceglie uno"),
        (_scelta_intatta, "x torna com'era"),
        (_scelta_sul_posto, "cambia il suo argomento"),
        (_scelta_stampa, "il grafo si interrompe ancora"),
        (torch.ones(3), "un tensore"),
    ],
    "5.5": [
        (_predefinita, "Le compilazioni sono due"),
        (_statica, "una per ogni lunghezza"),
        (_non_compilata, "dov'è torch.compile"),
        (_compilata_ogni_volta, "una per ogni lunghezza"),
        (_chiamata_subito, "un tensore"),
        (_dimentica_return, "manca il return"),
        (lambda funzione: torch.compile(lambda x: x * 2, dynamic=True), "valori no"),
        ("dynamic=True", "un testo"),
    ],
    "5.6": [
        (_conta_con(lambda nodo: True), "non sono operazioni"),
        (_conta_con(lambda nodo: nodo.op == "call_function"), "anche i metodi"),
        (_conta_con(_op, chiama=False), "aspetta la prima chiamata"),
        (_conta_con(_op, unisci=lambda conti: conti[-1]), "solo l'ultimo"),
        (_conta_con(_op, unisci=lambda conti: conti[0]), "solo il primo"),
        (_conta_con(_op, unisci=len), "hai contato i grafi"),
        (_conta_con(_op, unisci=list), "una lista"),
        (_backend_senza_return, "si ferma con"),
        (3, "serve una funzione"),
    ],
}
