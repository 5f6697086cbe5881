"""I controlli della lezione 10: epsilon, ripartenze, ritorni separati, la ricompensa ingannevole, GAE."""

import torch

from corso_pytorch.verifiche.codice import vieta_cicli
from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_numero, confronta_scelta
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio

_CONSIGLI = {
    "must match the size": "Guarda le forme: quali assi devono andare d'accordo?",
    "Subtraction, the `-` operator, with a bool": "1 - maschera non si può con i booleani: usa ~ oppure .float().",
    "Boolean value of Tensor": "Una maschera di tanti elementi non si mette in un if: usa torch.where o moltiplica.",
    "division by zero": "Che cosa succede al passo 0?",
    "bitwise_not": "~ vuole un tensore di booleani.",
}


@esercizio("10.1")
def epsilon(risposta: object) -> None:
    prove = [(30, 1.0, 0.1, 100), (0, 0.9, 0.2, 50), (50, 0.9, 0.2, 50), (400, 1.0, 0.05, 160), (7, 0.5, 0.5, 10),
             (10, 0.8, 0.1, 40), (90, 0.6, 0.3, 30), (3, 0.1, 0.7, 12)]  # fmt: skip
    dati = [chiama(risposta, *prova, dove=f"con {_con(prova)}", consigli=_CONSIGLI) for prova in prove]

    def sviste(passo: int, inizio: float, fine: float, durata: int) -> dict[str, float]:
        quota = min(passo / durata, 1)
        return {
            "dopo «durata» la discesa deve fermarsi, e invece continua.": inizio + (fine - inizio) * passo / durata,
            "parti da «fine» e vai verso «inizio»: sono scambiati.": fine + (inizio - fine) * quota,
            "arriva a zero, non a «fine».": inizio * (1 - quota),
            "arriva a zero e poi si ferma a «fine»: la pendenza è un'altra.": max(fine, inizio * (1 - quota)),
            "scende a curva: qui si chiede una retta.": inizio * (fine / inizio) ** quota,
            "con la divisione intera diventa un gradino.": inizio + (fine - inizio) * min(passo // durata, 1),
            "è la frazione già percorsa: va portata fra «inizio» e «fine».": quota,
            "dopo «durata» deve restare a «fine», non andare a zero.": (
                inizio + (fine - inizio) * quota if passo <= durata else 0.0
            ),
            "dopo «durata» torna a «inizio»: deve restare a «fine».": (
                inizio + (fine - inizio) * quota if passo < durata else inizio
            ),
            "non cambia mai: dov'è il passo?": inizio,
            "vale sempre «fine»: dov'è il passo?": fine,
            "manca «inizio»: hai restituito solo la variazione.": (fine - inizio) * quota,
            "la variazione ha il segno opposto: da «inizio» si va verso «fine».": inizio + (inizio - fine) * quota,
        }

    giuste = [inizio + (fine - inizio) * min(passo / durata, 1) for passo, inizio, fine, durata in prove]
    _stessa_svista(dati, giuste, [sviste(*prova) for prova in prove], "La discesa")
    for prova, dato, giusta in zip(prove, dati, giuste, strict=True):
        confronta_numero(dato, giusta, nome=f"Con {_con(prova)}, epsilon")


@esercizio("10.2")
def riparti(risposta: object) -> None:
    caso = torch.Generator().manual_seed(102)
    for n, d in ((5, 3), (4, 4), (1, 2), (7, 1)):
        stati, nuovi = torch.randn(n, d, generator=caso), torch.randn(n, d, generator=caso)
        finiti = torch.rand(n, generator=caso) < 0.5
        finiti[0] = n > 1  # con un carrello solo, l'episodio continua
        maschera = finiti[:, None]
        dove = f"con {n} carrelli e {d} numeri per stato"
        inizio = f"Con {n} carrelli e {d} numeri per stato"
        errori = {
            f"{inizio} è al contrario: riparte chi è ancora in piedi.": torch.where(maschera, stati, nuovi),
            f"{inizio} ripartono tutti: solo chi ha finito deve farlo.": nuovi,
            f"{inizio} non riparte nessuno.": stati,
            f"{inizio} chi ha finito è sparito: la sua riga va sostituita, non tolta.": stati[~finiti],
            f"{inizio} restano solo le righe ripartite: servono tutte, al loro posto.": nuovi[finiti],
            f"{inizio} chi ha finito va a zero: deve prendere la riga di «nuovi».": stati * ~maschera,
            f"{inizio} chi è in piedi va a zero: deve tenere il suo stato.": nuovi * maschera,
            f"{inizio} le righe ci sono tutte, ma non al loro posto.": torch.cat([stati[~finiti], nuovi[finiti]]),
            f"{inizio} a chi riparte tocca la riga sbagliata di «nuovi»: la sua ha lo stesso numero.": _in_fila(
                stati, finiti, nuovi
            ),
            f"{inizio} hai sommato la riga nuova alla vecchia: va messa al suo posto.": stati + nuovi * maschera,
            f"{inizio} basta che uno finisca e ripartono tutti.": nuovi if finiti.any() else stati,
            f"{inizio} la maschera è finita sulle colonne: serve una per riga, con forma (N, 1).": (
                torch.where(finiti, nuovi, stati) if n == d else None
            ),
        }
        dato = chiama(risposta, stati, finiti, nuovi, dove=dove, consigli=_CONSIGLI)
        confronta(dato, torch.where(maschera, nuovi, stati), errori, nome="Il tensore degli stati")
    vieta_cicli(risposta)


@esercizio("10.3")
def ritorni_separati(risposta: object) -> None:
    caso = torch.Generator().manual_seed(103)
    for passi, quanti, gamma in ((6, 2, 0.9), (5, 5, 0.5), (9, 3, 1.0), (4, 1, 0.99)):
        r = torch.randn(passi, quanti, generator=caso) + 1
        fini = torch.rand(passi, quanti, generator=caso) < 0.3
        fini[1, 0], fini[-1, -1] = True, False
        giusti = _accumula(r, fini, gamma)
        nessuna, sconta = torch.zeros_like(fini), gamma < 1
        inizio = f"Con {passi} passi, {quanti} {'carrello' if quanti == 1 else 'carrelli'} e gamma {gamma:g}"
        prima = torch.cat([fini[1:], fini[:1] & False])  # la fine letta un passo troppo presto
        dopo = torch.cat([fini[:1] & False, fini[:-1]])
        errori = {
            f"{inizio} i ritorni scavalcano le fini: a ogni fine il futuro va azzerato.": _accumula(r, nessuna, gamma),
            f"{inizio} manca lo sconto: gamma moltiplica ogni passo.": _accumula(r, fini, 1.0) if sconta else None,
            f"{inizio} la maschera è al contrario: azzeri il futuro di chi continua.": _accumula(r, ~fini, gamma),
            f"{inizio} al passo della fine la ricompensa è andata persa: va azzerato solo il futuro.": _accumula(
                r * ~fini, fini, gamma
            ),
            f"{inizio} azzeri un passo troppo presto: è la fine di QUESTO passo che toglie il suo futuro.": _accumula(
                r, prima, gamma
            ),
            f"{inizio} azzeri un passo troppo tardi: la mossa che fa finire si prende ancora il futuro.": _accumula(
                r, dopo, gamma
            ),
            f"{inizio} vai in avanti: il ritorno guarda il futuro, si parte dal fondo.": _in_avanti(r, fini, gamma),
            f"{inizio} i ritorni sono al contrario: dopo aver girato il tempo bisogna rigirarlo.": giusti.flip(0),
            f"{inizio} hai scontato anche la ricompensa di adesso: gamma moltiplica solo il futuro.": _accumula(
                gamma * r, fini, gamma
            ) if gamma < 1 else None,
            f"{inizio} basta una fine in una colonna e le azzeri tutte: ogni carrello ha le sue.": (
                _accumula(r, fini.any(1, keepdim=True).expand_as(fini), gamma) if quanti > 1 else None
            ),
            f"{inizio} hai restituito le ricompense, non i ritorni.": r,
            f"{inizio} manca il futuro oltre il passo dopo: serve il ritorno, non la ricompensa, del passo seguente.": (
                r + gamma * torch.cat([r[1:], torch.zeros(1, quanti)]) * ~fini
            ),
            f"{inizio} basta una fine, e i passi prima non contano più: si azzera il futuro, non il passato.": (
                giusti * (fini.flip(0).cumsum(0).flip(0) == 0)
            ),
        }  # fmt: skip
        dato = chiama(risposta, r, fini, gamma, dove=inizio[0].lower() + inizio[1:], consigli=_CONSIGLI)
        confronta(dato, giusti, errori, nome="Il tensore dei ritorni")


@esercizio("10.4")
def ricompensa_scelta(risposta: object) -> None:
    perche = {
        "a": "Stare in piedi non rende nulla, e ogni passo lontano costa: cadere subito vale quanto restare al centro.",
        "c": "Conta un istante solo: può andare a spasso e tornare alla fine. E chi cade prima non vede mai un premio.",
        "d": "Conta avvicinarsi, non stare vicino: conviene allontanarsi in fretta e tornare piano, di continuo.",
    }
    confronta_scelta(risposta, "b", perche)


@esercizio("10.5")
def vantaggi_gae(risposta: object) -> None:
    caso = torch.Generator().manual_seed(105)
    for passi, quanti, gamma, lam in ((6, 2, 0.9, 0.8), (4, 4, 0.5, 0.95), (8, 3, 0.99, 0.5), (5, 1, 0.7, 0.3)):
        r, v, d = (torch.randn(passi, quanti, generator=caso) for _ in range(3))
        fini = torch.rand(passi, quanti, generator=caso) < 0.4
        terminati = fini & (torch.rand(passi, quanti, generator=caso) < 0.5)
        # Tutti i casi ci sono: caduto, fermato, e un blocco che si interrompe a metà di un episodio.
        fini[1, 0], terminati[1, 0], fini[2, -1], terminati[2, -1], fini[-1, 0] = True, True, True, False, False
        terminati &= fini
        delta = r + gamma * d * ~terminati - v
        giusti = _accumula(delta, fini, gamma * lam)
        inizio = (
            f"Con {passi} passi, {quanti} {'carrello' if quanti == 1 else 'carrelli'}, gamma {gamma:g} e lam {lam:g}"
        )
        nessuno = torch.zeros_like(fini)
        errori = {
            f"{inizio} il valore del dopo va tolto solo a chi è terminato: tu lo togli anche a chi è stato fermato.": (
                _accumula(r + gamma * d * ~fini - v, fini, gamma * lam)
            ),
            f"{inizio} la somma va interrotta a ogni fine, non solo per chi è terminato.": _accumula(
                delta, terminati, gamma * lam
            ),
            f"{inizio} le due maschere sono scambiate.": _accumula(r + gamma * d * ~fini - v, terminati, gamma * lam),
            f"{inizio} il valore del dopo non va contato per chi è terminato.": _accumula(
                r + gamma * d - v, fini, gamma * lam
            ),
            f"{inizio} la somma scavalca le fini.": _accumula(delta, nessuno, gamma * lam),
            f"{inizio} non usi nessuna delle due maschere.": _accumula(r + gamma * d - v, nessuno, gamma * lam),
            f"{inizio} nella somma manca lam: il passo dopo pesa gamma per lam.": _accumula(delta, fini, gamma),
            f"{inizio} nella somma manca gamma: il passo dopo pesa gamma per lam.": _accumula(delta, fini, lam),
            f"{inizio} questo è il vantaggio a un passo, δ: manca la somma dal fondo.": delta,
            f"{inizio} manca − V(s): il vantaggio è quanto va meglio del previsto.": _accumula(
                delta + v, fini, gamma * lam
            ),
            f"{inizio} in δ manca gamma davanti al valore del dopo.": _accumula(
                r + d * ~terminati - v, fini, gamma * lam
            ),
            f"{inizio} in δ manca il valore del dopo.": _accumula(r - v, fini, gamma * lam),
            f"{inizio} V(s) e V(s′) sono scambiati.": _accumula(r + gamma * v * ~terminati - d, fini, gamma * lam),
            f"{inizio} hai restituito i bersagli del critico (vantaggio + valore): serve il vantaggio.": giusti + v,
            f"{inizio} vai in avanti: la somma parte dal fondo.": _in_avanti(delta, fini, gamma * lam),
            f"{inizio} il risultato è al contrario nel tempo.": giusti.flip(0),
            f"{inizio} il segno è opposto.": -giusti,
            f"{inizio} le maschere sono al contrario: tieni proprio ciò che va tolto.": _accumula(
                r + gamma * d * terminati - v, ~fini, gamma * lam
            ),
        }
        dato = chiama(
            risposta, r, v, d, terminati, fini, gamma, lam, dove=inizio[0].lower() + inizio[1:], consigli=_CONSIGLI
        )
        confronta(dato, giusti, errori, nome="Il tensore dei vantaggi")


def _accumula(valori: torch.Tensor, fini: torch.Tensor, peso: float) -> torch.Tensor:
    """Dal fondo: valore + peso · ciò che segue, azzerato dove l'episodio finisce."""
    futuro, tutti = torch.zeros_like(valori[0]), []
    for valore, fine in zip(valori.flip(0), fini.flip(0), strict=True):
        futuro = valore + peso * futuro * ~fine
        tutti.append(futuro)
    return torch.stack(tutti).flip(0)


def _in_avanti(valori: torch.Tensor, fini: torch.Tensor, peso: float) -> torch.Tensor:
    return _accumula(valori.flip(0), fini.flip(0), peso).flip(0)


def _in_fila(stati: torch.Tensor, finiti: torch.Tensor, nuovi: torch.Tensor) -> torch.Tensor:
    """La svista di chi riempie le righe finite con le PRIME righe di ``nuovi``."""
    copia = stati.clone()
    copia[finiti] = nuovi[: int(finiti.sum())]
    return copia


def _stessa_svista(dati: list, giuste: list[float], sviste: list[dict[str, float]], soggetto: str) -> None:
    """Se una svista sola spiega TUTTE le prove, la nomina; se no tace, e si guarda una prova alla volta."""
    try:
        numeri = [float(dato) for dato in dati]
    except (TypeError, ValueError, RuntimeError):
        return
    if all(abs(a - b) < 1e-4 for a, b in zip(numeri, giuste, strict=True)):
        return
    for diagnosi in sviste[0]:
        if all(abs(n - s[diagnosi]) < 1e-4 for n, s in zip(numeri, sviste, strict=True)):
            raise Sbagliato(f"{soggetto} non torna: {diagnosi}")


def _con(prova: tuple) -> str:
    passo, inizio, fine, durata = prova
    return f"passo = {passo}, inizio = {inizio:g}, fine = {fine:g}, durata = {durata}"
