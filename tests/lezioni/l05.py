"""Le risposte di prova agli esercizi della lezione 05."""

import math
import statistics
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from corso_pytorch.lezioni.l05_velocita.esercizi import a_turno, addestra_veloce, operazioni_in_avanti, riscala
from corso_pytorch.misure import confronta_tempi


# 5.1
def _pareggio_ciclo(compilazione, eager, compilata):
    if compilata >= eager:
        return float("inf")
    n = 0
    while compilazione + n * compilata > n * eager:
        n += 1
    return n


def _pareggio_esatto(compilazione, eager, compilata):
    k, e, c = (Fraction(str(valore)) for valore in (compilazione, eager, compilata))
    return -(-k // (e - c)) if e > c else math.inf


def _pareggio_per_tentativi(compilazione, eager, compilata):
    try:
        n = math.ceil(compilazione / (eager - compilata))
    except ZeroDivisionError:
        return math.inf
    return n if eager > compilata else math.inf


def _pareggio_con_un_tetto(compilazione, eager, compilata):
    """La riga della lezione, che prova le chiamate una per una."""
    return next((n for n in range(100_000) if compilazione + n * compilata <= n * eager), math.inf)


def _pareggio_senza_fine(compilazione, eager, compilata):
    return next(n for n in range(2_000_000) if compilazione + n * compilata <= n * eager)


# 5.5
def _operazioni_di_uno_strato(strati):
    entrano, escono, kernel, lato = strati
    return 2 * entrano * escono * kernel**2 * lato**2


def _operazioni_ciclo(strati):
    totale = 0
    for entrano, escono, kernel, lato in strati:
        totale += 2 * entrano * escono * kernel * kernel * lato * lato
    return totale


def _operazioni_pesi_per_posizioni(strati):
    pesi = [escono * entrano * kernel**2 for entrano, escono, kernel, _ in strati]
    posizioni = [lato**2 for *_, lato in strati]
    return sum(2 * p * q for p, q in zip(pesi, posizioni, strict=True))


# 5.2
def _scelta_fattore(x):
    positiva = (x.sum() > 0).float()
    return x * (positiva * 10 + (1 - positiva) * 0.1)


def _scelta_potenza(x):
    return x * 10.0 ** (2 * (x.sum() > 0) - 1)


def _scelta_cond(x):
    return torch.cond(x.sum() > 0, lambda x: x * 10, lambda x: x / 10, (x,))


class _Riscala(torch.nn.Module):
    def forward(self, x):
        return riscala(x)


def _scelta_if(x):
    if x.sum() > 0:
        return x * 10
    return x / 10


def _scelta_item(x):
    positiva = x.sum().item() > 0
    return x * 10 if positiva else x / 10


def _scelta_if_con_due_assi(x):
    return riscala(x) if x.dim() == 1 else _scelta_if(x)


def _scelta_stampa(x):
    print("scelgo")
    return riscala(x)


def _scelta_sul_posto(x):
    x *= torch.where(x.sum() > 0, 10.0, 0.1)
    return x


# 5.3
def _turno_con_un_dizionario(f, g, orologio, ripetizioni):
    tempi = {f: [], g: []}
    for giro in range(ripetizioni + 1):
        for funzione, suoi in tempi.items():
            inizio = orologio()
            funzione()
            suoi += [orologio() - inizio] if giro else []
    return [sorted(suoi)[len(suoi) // 2] for suoi in tempi.values()]


def _turno_in_un_tensore(f, g, orologio, ripetizioni):
    def una_volta(funzione):
        prima = orologio()
        funzione()
        return orologio() - prima

    una_volta(f), una_volta(g)
    giri = torch.tensor([[una_volta(f), una_volta(g)] for _ in range(ripetizioni)])
    return tuple(giri.median(dim=0).values)


def _turno_con_tre_letture(f, g, orologio, ripetizioni):
    f(), g()
    letture = []
    for _ in range(ripetizioni):
        letture.append(orologio())
        for funzione in (f, g):
            funzione()
            letture.append(orologio())
    primi = [letture[i + 1] - letture[i] for i in range(0, len(letture), 3)]
    secondi = [letture[i + 2] - letture[i + 1] for i in range(0, len(letture), 3)]
    return statistics.median(primi), statistics.median(secondi)


def _turno_del_corso(f, g, orologio, ripetizioni):
    tempi = confronta_tempi({"f": f, "g": g}, ripetizioni)
    return tempi["f"].mediana, tempi["g"].mediana


def _turno_a_blocchi(f, g, orologio, ripetizioni):
    def mediana(funzione):
        funzione()
        tempi = []
        for _ in range(ripetizioni):
            inizio = orologio()
            funzione()
            tempi.append(orologio() - inizio)
        return statistics.median(tempi)

    return mediana(f), mediana(g)


def _turno_senza_parentesi(f, g, orologio, ripetizioni):
    f(), g()
    inizio = orologio
    f()
    return orologio - inizio, 0.0


def _turno_in_un_array(f, g, orologio, ripetizioni):
    f(), g()
    tempi = np.empty((ripetizioni, 2))
    for giro in range(ripetizioni):
        for posto, funzione in enumerate((f, g)):
            prima = orologio()
            funzione()
            tempi[giro, posto] = orologio() - prima
    return np.median(tempi, axis=0)


def _turno_arrotondato(f, g, orologio, ripetizioni):
    return [round(mediana, 3) for mediana in a_turno(f, g, orologio, ripetizioni)]


def _turno_senza_il_piu_lungo(f, g, orologio, ripetizioni):
    """Niente riscaldamento: un giro di più, e si butta il tempo più lungo."""
    tempi = {f: [], g: []}
    for _ in range(ripetizioni + 1):
        for funzione, suoi in tempi.items():
            inizio = orologio()
            funzione()
            suoi.append(orologio() - inizio)
    return tuple(statistics.median(sorted(suoi)[:-1]) for suoi in tempi.values())


def _turno_con_un_giro_in_piu(f, g, orologio, ripetizioni):
    coppia = a_turno(f, g, orologio, ripetizioni)
    f(), g()
    return coppia


def _turno_un_tempo_solo(f, g, orologio, ripetizioni):
    di_f, di_g = a_turno(f, g, orologio, ripetizioni)
    return di_f / di_g


def _turno_a_forbice(f, g, orologio, ripetizioni):
    """f g, g f, f g…: anche questo è un turno, ma non quello chiesto."""
    f(), g()
    tempi = {f: [], g: []}
    for giro in range(ripetizioni):
        for funzione in (f, g) if giro % 2 == 0 else (g, f):
            inizio = orologio()
            funzione()
            tempi[funzione].append(orologio() - inizio)
    return tuple(statistics.median(suoi) for suoi in tempi.values())


# 5.4
def _con_i_freni(uno_alla_volta=False, media_ogni_volta=False, aspetta=None, carica=False):
    """Le riscritture del programma lento: a ognuna resta il freno che si dice."""

    def addestra(modello, x, y, epoche):
        ottimizzatore = torch.optim.SGD(modello.parameters(), lr=0.1)
        media, deviazione, storia = x.mean(), x.std(), []
        pezzi = (
            [*DataLoader(TensorDataset(x, y), batch_size=64)]
            if carica
            else [*zip(x.split(64), y.split(64), strict=True)]
        )
        for _ in range(epoche):
            somma = 0
            for pezzo, bersagli in pezzi:
                if media_ogni_volta:
                    media, deviazione = x.mean(), x.std()
                normali = (pezzo - media) / deviazione
                logit = torch.cat([modello(uno[None]) for uno in normali]) if uno_alla_volta else modello(normali)
                loss = F.cross_entropy(logit, bersagli)
                ottimizzatore.zero_grad()
                loss.backward()
                ottimizzatore.step()
                somma = somma + (aspetta or torch.Tensor.detach)(loss.detach()) * len(pezzo)
            storia.append(float(somma) / len(x))
        return storia

    return addestra


def _a_mano(modello, x, y, epoche):
    parametri, storia = [*modello.parameters()], torch.zeros(epoche)
    for epoca in range(epoche):
        normali = (x - x.mean()) / x.std()
        for inizio in range(0, len(x), 64):
            bersagli = y[inizio : inizio + 64]
            loss = F.nll_loss(modello(normali[inizio : inizio + 64]).log_softmax(1), bersagli, reduction="sum")
            gradienti = torch.autograd.grad(loss / len(bersagli), parametri)
            with torch.no_grad():
                for p, g in zip(parametri, gradienti, strict=True):
                    p -= 0.1 * g
                storia[epoca] += loss / len(x)
    return storia.tolist()


def _azzera_prima_del_passo(modello, x, y, epoche):
    ottimizzatore, storia = torch.optim.SGD(modello.parameters(), lr=0.1), []
    x = (x - x.mean()) / x.std()
    for _ in range(epoche):
        somma = 0
        for pezzo, bersagli in zip(x.split(64), y.split(64), strict=True):
            loss = F.cross_entropy(modello(pezzo), bersagli)
            loss.backward()
            ottimizzatore.zero_grad()
            ottimizzatore.step()
            somma = somma + loss.detach() * len(pezzo)
        storia.append(float(somma) / len(x))
    return storia


def _normalizzate_una_per_una_a_ogni_epoca(modello, x, y, epoche):
    media, deviazione, storia = x.mean(), x.std(), []
    ottimizzatore = torch.optim.SGD(modello.parameters(), lr=0.1)
    for _ in range(epoche):
        normali = torch.stack([(immagine - media) / deviazione for immagine in x])
        somma = 0
        for pezzo, bersagli in zip(normali.split(64), y.split(64), strict=True):
            loss = F.cross_entropy(modello(pezzo), bersagli)
            ottimizzatore.zero_grad()
            loss.backward()
            ottimizzatore.step()
            somma = somma + loss.detach() * len(pezzo)
        storia.append(float(somma) / len(x))
    return storia


# 5.6
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


class _Contatore:
    def __init__(self):
        self.quante = 0

    def __call__(self, grafo, esempi):
        self.quante += sum(nodo.op in ("call_function", "call_method") for nodo in grafo.graph.nodes)
        return grafo.forward


def _conta_con_un_oggetto(funzione, x):
    contatore = _Contatore()
    torch.compile(funzione, backend=contatore, dynamic=False)(x)
    return contatore.quante


def _conta_senza_chiamare(funzione, x):
    conti = []
    torch.compile(funzione, backend=lambda grafo, esempi: conti.append(len(grafo.graph.nodes)))
    return sum(conti)


def _conta_in_una_variabile(funzione, x):
    quante = 0

    def backend(grafo, esempi):
        quante += len(grafo.graph.nodes)  # noqa: F823, F841
        return grafo.forward

    torch.compile(funzione, backend=backend)(x)
    return quante


def _conta_un_grafo_intero(funzione, x):
    contatore = _Contatore()
    torch.compile(funzione, backend=contatore, fullgraph=True)(x)
    return contatore.quante


def _backend_con_un_argomento(funzione, x):
    def backend(grafo):
        return grafo.forward

    torch.compile(funzione, backend=backend)(x)
    return 0


def _backend_senza_return(funzione, x):
    def backend(grafo, esempi):
        len(grafo.graph.nodes)

    torch.compile(funzione, backend=backend)(x)
    return 0


GIUSTE = {
    "5.1": [_pareggio_ciclo, _pareggio_esatto, _pareggio_per_tentativi],
    "5.4": [
        _a_mano,
        _con_i_freni(),
        _con_i_freni(carica=True),
        lambda modello, x, y, epoche: addestra_veloce(torch.compile(modello), x, y, epoche),
    ],
    "5.5": [_operazioni_ciclo, _operazioni_pesi_per_posizioni],
    "5.2": [
        _scelta_fattore,
        _scelta_potenza,
        _scelta_cond,
        _Riscala(),
        torch.compile(riscala),
        torch.compile(_Riscala()),
    ],
    "5.3": [_turno_con_un_dizionario, _turno_in_un_tensore, _turno_in_un_array, _turno_con_tre_letture],
    "5.6": [_conta_per_esclusione, _conta_con_explain, _conta_con_un_oggetto],
}

SBAGLIATE = {
    "5.1": [
        (lambda k, e, c: math.ceil(k / (e - c)) if e >= c else math.inf, "math.inf"),
        (_pareggio_con_un_tetto, "un numero limitato di chiamate"),
        (_pareggio_senza_fine, "next non trova nulla"),
    ],
    "5.4": [
        (_con_i_freni(uno_alla_volta=True), "resta un freno: il modello è chiamato 900 volte"),
        (_con_i_freni(media_ogni_volta=True), "ripercorrono tutte le immagini"),
        (_con_i_freni(aspetta=torch.Tensor.item), "Python si ferma ad aspettare un numero 16 volte"),
        (_con_i_freni(aspetta=torch.Tensor.tolist), "Python si ferma ad aspettare un numero 16 volte"),
        (_con_i_freni(True, True, float), "restano 3 freni"),
        (_normalizzate_una_per_una_a_ogni_epoca, "tocca le immagini una alla volta"),
        (_azzera_prima_del_passo, "zero_grad() sta fra backward() e step()"),
        (lambda modello, x, y, epoche: [0.5] * epoche, "La storia"),
        (lambda modello, x, y, epoche: torch.tensor(addestra_veloce(modello, x, y, epoche)), "un tensore"),
        (lambda modello, x, y, epoche: addestra_veloce(modello, x.sub_(x.mean()).div_(x.std()), y, epoche), "cambia"),
    ],
    "5.5": [
        (lambda strati: [operazioni_in_avanti([strato]) for strato in strati], "una lista"),
        (_operazioni_di_uno_strato, "di uno strato alla volta"),
    ],
    "5.2": [
        (_scelta_if, "un if (o un while)"),
        (lambda x: torch.where(bool(x.sum() > 0), x * 10, x / 10), "niente bool() e niente item()"),
        (_scelta_item, "item() porta un valore in Python"),
        (_scelta_if_con_due_assi, "un if (o un while)"),
        (lambda x: torch.where(x.sum() > 1e-8, x * 10, x / 10), "«> 0» non ha soglia"),
        (lambda x: torch.where(x.sum() > torch.finfo(x.dtype).eps, x * 10, x / 10), "«> 0» non ha soglia"),
        (lambda x: torch.where(x.sum().round(decimals=6) > 0, x * 10, x / 10), "«> 0» non ha soglia"),
        (lambda x: torch.where(x.sum((0, 1) if x.dim() > 1 else 0) > 0, x * 10, x / 10), "con tre assi"),
        (_scelta_sul_posto, "cambi il tuo argomento"),
        (_scelta_stampa, "il grafo si interrompe ancora"),
        (lambda x: riscala(x.detach()), "il gradiente non torna indietro"),
        (torch.compile(_scelta_if), "un if (o un while)"),
        (torch.compiler.disable(riscala), "il grafo si interrompe ancora"),
        (torch.ones(3), "un tensore"),
    ],
    "5.3": [
        (_turno_del_corso, "li dà orologio()"),
        (_turno_a_blocchi, "Non vanno a turno"),
        (_turno_senza_parentesi, "con le parentesi"),
        (_turno_un_tempo_solo, "una tupla"),
        (_turno_arrotondato, "mediane, al posto"),
        (_turno_senza_il_piu_lungo, "mediane, al posto"),
        (_turno_con_un_giro_in_piu, "le chiamate no: ne servono 12"),
        (_turno_a_forbice, "mediane, al posto"),
        (lambda f, g, orologio, ripetizioni: (1.0, 1.0), "mediane, al posto 0"),
    ],
    "5.6": [
        (_conta_senza_chiamare, "la funzione compilata va chiamata"),
        (_conta_in_una_variabile, "serve una lista che sta fuori"),
        (_conta_un_grafo_intero, "qui può spezzarsi"),
        (_backend_con_un_argomento, "riceve due argomenti"),
        (_backend_senza_return, "deve restituire qualcosa da chiamare"),
        (3, "serve una funzione"),
    ],
}
