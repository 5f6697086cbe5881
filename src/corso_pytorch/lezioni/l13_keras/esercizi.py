"""I controlli della lezione 13: pesi da e per Keras, conti dei parametri, batch normalization, Adam."""

import torch
from torch import nn

from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_numero, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


def _numerato(*forma: int) -> torch.Tensor:
    """Numeri tutti diversi: se uno è fuori posto, si vede."""
    return torch.arange(float(torch.Size(forma).numel())).reshape(forma) / 10 - 1


@esercizio("13.1")
def kernel_per_keras(risposta: object) -> None:
    for forma in ((6, 3, 2, 5), (2, 5, 4, 3), (4, 2, 3, 3)):
        peso = _numerato(*forma)
        atteso = peso.permute(2, 3, 1, 0)
        dove = f"con un peso di forma {forma}"
        inizio = f"Con un peso di forma {forma}"
        sviste = {
            "la forma è giusta, ma reshape lascia i numeri in fila com'erano: gli assi vanno spostati.": (
                peso.reshape(atteso.shape)
            ),
            "questo è il viaggio di andata, da Keras a PyTorch; qui serve il ritorno.": peso.permute(3, 2, 0, 1),
            "gli assi sono rovesciati tutti: altezza e larghezza si sono scambiate.": peso.permute(3, 2, 1, 0),
            "entrata e filtri sono scambiati: i filtri vanno per ultimi.": peso.permute(2, 3, 0, 1),
            "così si portano i canali di un'immagine in fondo; in un kernel, in fondo vanno i filtri.": (
                peso.permute(0, 2, 3, 1)
            ),
            "il peso è rimasto com'era.": peso,
        }
        errori = {f"{inizio}: {testo}": valore for testo, valore in sviste.items()}
        confronta(chiama(risposta, peso, dove=dove), atteso, errori, nome="Il kernel")


_SVISTE_CONTO = {
    "dopo un dense, l'ingresso del prossimo è il suo numero di unità.": {"dense_ferma": True},
    "altezza e larghezza possono essere diverse.": {"quadrata": True},
    "mancano i bias: uno per filtro, e uno per unità.": {"bias": 0},
    "mancano i bias delle convoluzioni.": {"bias_conv": 0},
    "mancano i bias degli strati dense.": {"bias_dense": 0},
    "i bias sono di troppo: uno per filtro, non uno per ogni canale in entrata.": {"bias_per_canale": True},
    "senza padding la convoluzione accorcia i lati: li hai tenuti com'erano.": {"padding": True},
    "la convoluzione accorcia i lati di lato − 1, non di lato.": {"toglie": 1},
    "ogni filtro guarda tutti i canali in entrata: vanno contati.": {"senza_canali": True},
    "dopo una convoluzione i canali sono i suoi filtri: li hai tenuti com'erano all'ingresso.": {"canali_fermi": True},
    "il pooling rimpicciolisce l'immagine: al Flatten ne arriva di meno.": {"senza_pool": True},
    "il pooling divide altezza e larghezza, tutt'e due.": {"pool_un_lato": True},
    "il pooling scarta il resto: serve la divisione intera.": {"divisione": lambda a, b: a / b},
    "il pooling scarta il resto: si arrotonda per difetto.": {"divisione": lambda a, b: -(-a // b)},
    "al Flatten arrivano anche i canali.": {"flatten_senza_canali": True},
    "un kernel è lato × lato, non lato.": {"kernel_lineare": True},
    "contano anche gli strati dense.": {"senza_dense": True},
    "contano anche le convoluzioni.": {"senza_conv": True},
}


@esercizio("13.2")
def parametri(risposta: object) -> None:
    prove = [
        ((1, 28, 28), [("conv", 16, 5), ("pool", 2), ("conv", 32, 3), ("flatten",), ("dense", 10)]),
        ((3, 20, 14), [("conv", 4, 3), ("flatten",), ("dense", 7)]),
        ((2, 9, 12), [("conv", 5, 2), ("pool", 3), ("flatten",), ("dense", 6), ("dense", 3)]),
        ((4, 5, 6), [("flatten",), ("dense", 8)]),
    ]
    dati = [
        chiama(risposta, ingresso, strati, dove=f"con ingresso {ingresso} e strati {strati}")
        for ingresso, strati in prove
    ]
    for dato, (ingresso, strati) in zip(dati, prove, strict=True):
        inizio = f"Con ingresso {ingresso} e strati {strati}"
        errori = {
            f"{inizio}: {testo}": _conta(ingresso, strati, **svista)
            for testo, svista in _SVISTE_CONTO.items()
            # Una svista si nomina solo se spiega tutte le prove, non una sola.
            if all(_uguali(altro, _conta(*prova, **svista)) for altro, prova in zip(dati, prove, strict=True))
        }
        confronta_numero(dato, _conta(ingresso, strati), errori, nome=f"{inizio}, il conto", tolleranza=1e-9)


def _uguali(dato: object, numero: float) -> bool:
    if isinstance(dato, torch.Tensor) and dato.numel() == 1:
        dato = dato.item()
    return isinstance(dato, (int, float)) and abs(dato - numero) < 1e-6


def _conta(
    ingresso, strati, bias=1, bias_conv=1, bias_dense=1, bias_per_canale=False, padding=False, toglie=0,
    senza_canali=False, canali_fermi=False, senza_pool=False, pool_un_lato=False, divisione=lambda a, b: a // b,
    flatten_senza_canali=False, kernel_lineare=False, senza_dense=False, senza_conv=False,
    dense_ferma=False, quadrata=False,
) -> float:  # fmt: skip
    """Il conto giusto; con un'opzione, quello di chi fa quella svista."""
    canali, alto, largo = ingresso
    totale = 0
    for genere, *numeri in strati:
        if genere == "conv":
            filtri, lato = numeri
            area = lato if kernel_lineare else lato * lato
            visti = 1 if senza_canali else (ingresso[0] if canali_fermi else canali)
            per_filtro = visti * (area + 1) if bias_per_canale else visti * area + bias * bias_conv
            totale += 0 if senza_conv else filtri * per_filtro
            if not padding:
                alto, largo = alto - lato + 1 - toglie, largo - lato + 1 - toglie
            canali = filtri
        elif genere == "pool" and not senza_pool:
            alto = divisione(alto, numeri[0])
            largo = largo if pool_un_lato else divisione(largo, numeri[0])
        elif genere == "flatten":
            canali = alto * (alto if quadrata else largo) * (1 if flatten_senza_canali else canali)
        elif genere == "dense":
            totale += 0 if senza_dense else numeri[0] * (canali + bias * bias_dense)
            canali = canali if dense_ferma else numeri[0]
    return totale


@esercizio("13.3")
def dense_da_keras(risposta: object) -> None:
    for canali, alto, largo, uscite in ((3, 2, 4, 5), (2, 5, 3, 4), (5, 3, 2, 3)):
        kernel = _numerato(alto * largo * canali, uscite)
        separato = kernel.reshape(alto, largo, canali, uscite)
        atteso = separato.permute(3, 2, 0, 1).reshape(uscite, -1)
        dove = f"con {canali} canali, {alto}×{largo} e {uscite} uscite"
        inizio = dove[0].upper() + dove[1:]
        altro = kernel.reshape(canali, alto, largo, uscite)
        errori = {
            f"{inizio}: hai solo trasposto. La forma torna, ma le colonne sono ancora nell'ordine (H, W, C).": kernel.T,
            f"{inizio}: reshape non traspone: mescola righe e uscite.": kernel.reshape(uscite, -1),
            f"{inizio}: hai fatto il viaggio opposto: le righe di Keras sono (H, W, C), e tu le hai lette (C, H, W).": (
                altro.permute(3, 1, 2, 0).reshape(uscite, -1)
            ),
            f"{inizio}: le colonne sono nell'ordine (C, W, H): altezza e larghezza sono scambiate.": (
                separato.permute(3, 2, 1, 0).reshape(uscite, -1)
            ),
            f"{inizio}: l'ordine delle colonne è giusto, ma le uscite vanno sulle righe: manca la trasposizione.": (
                atteso.T
            ),
            f"{inizio}: manca l'ultimo passo, fondere di nuovo i tre assi in uno.": separato.permute(3, 2, 0, 1),
            f"{inizio}: dopo il permute c'è un reshape che mette le uscite al posto sbagliato.": (
                separato.permute(2, 0, 1, 3).reshape(uscite, -1)
            ),
            f"{inizio}: il kernel è rimasto com'era.": kernel,
        }
        consigli = {"view size is not compatible": "Dopo permute i numeri non sono più in fila: usa reshape."}
        dato = chiama(risposta, kernel, canali, alto, largo, dove=dove, consigli=consigli)
        confronta(dato, atteso, errori, nome="Il peso")


@esercizio("13.4")
def batch_norm_da_keras(risposta: object) -> None:
    for canali, momentum, epsilon in ((3, 0.99, 1e-3), (4, 0.9, 1e-2), (2, 0.75, 1e-4)):
        gamma, beta, media = (_numerato(canali) * k + k for k in (2.0, 3.0, 5.0))
        varianza = _numerato(canali).abs() + 0.3
        dove = f"con {canali} canali, momentum {momentum} ed epsilon {epsilon}"
        inizio = dove[0].upper() + dove[1:]
        consigli = {
            "a leaf Variable that requires grad": "I parametri si scrivono sotto torch.no_grad().",
            "cannot assign": "weight e bias sono nn.Parameter: riempili con copy_, sotto torch.no_grad().",
        }
        dato = chiama(risposta, gamma, beta, media, varianza, momentum, epsilon, dove=dove, consigli=consigli)
        if not isinstance(dato, nn.BatchNorm2d):
            raise Sbagliato(f"Serve una nn.BatchNorm2d, e invece è {tipo_di(dato)}.")
        if dato.num_features != canali or dato.weight is None or dato.running_mean is None:
            raise Sbagliato(f"{inizio}: la nn.BatchNorm2d deve avere {canali} canali, con i pesi e le medie mobili.")
        _confronta_numeri_bn(dato, momentum, epsilon, inizio)
        buoni = {"gamma": gamma, "beta": beta, "media": media, "varianza": varianza}
        posti = {"weight": "gamma", "bias": "beta", "running_mean": "media", "running_var": "varianza"}
        for posto, nome in posti.items():
            altri = {
                f"{inizio}: in {posto} hai messo {altro}.": valore for altro, valore in buoni.items() if altro != nome
            }
            altri[f"{inizio}: in {posto} hai messo la deviazione, cioè la radice: serve la varianza."] = varianza.sqrt()
            altri[f"{inizio}: {posto} è rimasto quello di partenza."] = (
                torch.ones(canali) if posto in ("weight", "running_var") else torch.zeros(canali)
            )
            confronta(getattr(dato, posto), buoni[nome], altri, nome=posto)
        if not dato.weight.requires_grad:
            raise Sbagliato(f"{inizio}: i valori sono giusti, ma weight non si può più addestrare (requires_grad).")


def _confronta_numeri_bn(dato: nn.BatchNorm2d, momentum: float, epsilon: float, inizio: str) -> None:
    if dato.momentum is None:
        raise Sbagliato(f"{inizio}: con momentum=None PyTorch fa la media di tutti i batch: serve un numero.")
    if abs(dato.momentum - momentum) < 1e-6:
        raise Sbagliato(
            f"{inizio}: il momentum è lo stesso numero, ma Keras dice quanto tenere, PyTorch quanto cambiare."
        )
    if abs(dato.momentum - (1 - momentum)) > 1e-6:
        quale = "è quello predefinito" if dato.momentum == 0.1 else f"è {dato.momentum:g}"
        raise Sbagliato(f"{inizio}: il momentum {quale}: va tradotto quello di Keras.")
    if abs(dato.eps - epsilon) > 1e-9:
        quale = "è quello predefinito" if dato.eps == 1e-5 else f"è {dato.eps:g}"
        raise Sbagliato(f"{inizio}: eps {quale}: prendi quello di Keras.")


@esercizio("13.5")
def passo_adam(risposta: object) -> None:
    caso = torch.Generator().manual_seed(135)
    # Per primo un passo a metà strada: al primo, con m e v a zero, sviste diverse danno lo stesso numero.
    prove = [
        ((2, 3), 3, 0.5, 0.8, 0.9, 0.2),
        ((4,), 40, 0.2, 0.7, 0.95, 0.01),
        ((5,), 1, 0.1, 0.9, 0.99, 0.05),
    ]
    for forma, t, lr, b1, b2, eps in prove:
        peso, gradiente, m = (torch.randn(forma, generator=caso) for _ in range(3))
        v = torch.rand(forma, generator=caso)
        if t == 1:
            m, v = torch.zeros(forma), torch.zeros(forma)
        dove = f"con t = {t}, beta1 = {b1}, beta2 = {b2}"
        inizio = dove[0].upper() + dove[1:]
        dato = chiama(risposta, peso, gradiente, m, v, t, lr, b1, b2, eps, dove=dove)
        if not isinstance(dato, (tuple, list)) or len(dato) != 3:
            raise Sbagliato(f"{inizio}: restituisci tre cose, (peso, m, v), e invece è {tipo_di(dato)}.")
        if isinstance(dato[0], torch.Tensor) and dato[0].is_complex():
            raise Sbagliato(f"{inizio}: esce un numero complesso: beta2^t è una potenza, e 1 − beta2^t non è negativo.")
        _confronta_adam(dato, peso, gradiente, m, v, t, lr, b1, b2, eps, inizio)


def _confronta_adam(dato, peso, g, m, v, t, lr, b1, b2, eps, inizio) -> None:
    m2, v2 = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    a1, a2 = 1 - b1**t, 1 - b2**t
    confronta(
        dato[1],
        m2,
        {
            f"{inizio}: in m i pesi sono scambiati: beta1 va con la m vecchia.": (1 - b1) * m + b1 * g,
            f"{inizio}: m non è cambiata: restituisci quella nuova.": m,
            f"{inizio}: a m hai sommato tutto il gradiente: manca (1 − beta1).": b1 * m + g,
            f"{inizio}: m va restituita senza correzione: quella sta in α.": m2 / a1,
            f"{inizio}: in m hai usato beta2.": b2 * m + (1 - b2) * g,
            f"{inizio}: al secondo posto va m, al terzo v.": v2,
            f"{inizio}: l'ordine è (peso, m, v).": peso - lr * a2**0.5 / a1 * m2 / (v2.sqrt() + eps),
        },
        nome="m",
    )
    confronta(
        dato[2],
        v2,
        {
            f"{inizio}: in v il gradiente va al quadrato.": b2 * v + (1 - b2) * g,
            f"{inizio}: in v il gradiente va al quadrato, non in valore assoluto.": b2 * v + (1 - b2) * g.abs(),
            f"{inizio}: in v i pesi sono scambiati: beta2 va con la v vecchia.": (1 - b2) * v + b2 * g * g,
            f"{inizio}: v non è cambiata: restituisci quella nuova.": v,
            f"{inizio}: v va restituita senza correzione: quella sta in α.": v2 / a2,
            f"{inizio}: in v hai usato beta1.": b1 * v + (1 - b1) * g * g,
        },
        nome="v",
    )
    alfa = lr * a2**0.5 / a1
    confronta(
        dato[0],
        peso - alfa * m2 / (v2.sqrt() + eps),
        {
            f"{inizio}: questo è Adam di PyTorch: qui epsilon si somma alla radice di v non corretta.": peso
            - lr * (m2 / a1) / ((v2 / a2).sqrt() + eps),
            f"{inizio}: epsilon sta fuori dalla radice.": peso - alfa * m2 / (v2 + eps).sqrt(),
            f"{inizio}: il peso deve scendere: c'è un segno più.": peso + alfa * m2 / (v2.sqrt() + eps),
            f"{inizio}: manca la correzione: il learning rate è α, non lr.": peso - lr * m2 / (v2.sqrt() + eps),
            f"{inizio}: in α manca la radice di 1 − beta2^t.": peso - lr * a2 / a1 * m2 / (v2.sqrt() + eps),
            f"{inizio}: in α le due parti sono capovolte.": peso - lr * a1 / a2**0.5 * m2 / (v2.sqrt() + eps),
            f"{inizio}: in α manca la parte di beta1.": peso - lr * a2**0.5 * m2 / (v2.sqrt() + eps),
            f"{inizio}: in α manca la parte di beta2.": peso - lr / a1 * m2 / (v2.sqrt() + eps),
            f"{inizio}: in α le potenze sono beta^(t − 1): il primo passo è t = 1.": (
                peso - lr * (1 - b2 ** (t - 1)) ** 0.5 / (1 - b1 ** (t - 1)) * m2 / (v2.sqrt() + eps) if t > 1 else None
            ),
            f"{inizio}: nel passo hai usato il gradiente invece di m.": peso - alfa * g / (v2.sqrt() + eps),
            f"{inizio}: nel passo va la v nuova, non la vecchia.": peso - alfa * m2 / (v.sqrt() + eps),
            f"{inizio}: nel passo va la m nuova, non la vecchia.": peso - alfa * m / (v2.sqrt() + eps),
            f"{inizio}: manca la radice di v.": peso - alfa * m2 / (v2 + eps),
            f"{inizio}: manca epsilon.": peso - alfa * m2 / v2.sqrt(),
            f"{inizio}: questo è il cambiamento: restituisci il peso nuovo.": alfa * m2 / (v2.sqrt() + eps),
            f"{inizio}: il peso non è cambiato.": peso,
        },
        nome="Il peso",
    )
