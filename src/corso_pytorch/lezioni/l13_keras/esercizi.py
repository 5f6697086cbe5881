"""Gli esercizi della lezione 13: pesi da e per Keras, conti dei parametri, batch normalization, Adam."""

from collections.abc import Callable

import torch
from torch import nn

from corso_pytorch.verifiche.confronti import Assente
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import generatore, muta
from corso_pytorch.verifiche.registro import esercizio


def _numerato(*forma: int) -> torch.Tensor:
    """Numeri tutti diversi: se uno è fuori posto, si vede."""
    return torch.arange(float(torch.Size(forma).numel())).reshape(forma) / 10 - 1


def kernel_per_keras(peso: torch.Tensor) -> torch.Tensor:
    return peso.permute(2, 3, 1, 0)


def _assi(*ordine: int) -> Callable:
    return lambda peso: peso.permute(*ordine)


esercizio(
    "13.1",
    giusta=kernel_per_keras,
    nome="Il kernel",
    prove=[
        (nn.Parameter(_numerato(6, 3, 2, 5)),),
        (_numerato(2, 5, 4, 3),),
        (_numerato(4, 2, 3, 3),),
        (_numerato(3, 3, 3, 3).double(),),
        (_numerato(1, 4, 7, 1),),
        (_numerato(5, 1, 1, 1),),
        (nn.Parameter(_numerato(3, 2, 4, 2).to(memory_format=torch.channels_last)),),
    ],
    detta=lambda peso: f"con un peso di forma {tuple(peso.shape)}",
    sviste={
        "La forma è giusta, ma reshape lascia i numeri in fila com'erano: gli assi vanno spostati.": (
            lambda peso: peso.reshape(kernel_per_keras(peso).shape)
        ),
        "Questo è il viaggio di andata, da Keras a PyTorch; qui serve il ritorno.": _assi(3, 2, 0, 1),
        "Gli assi sono rovesciati tutti: altezza e larghezza si sono scambiate.": _assi(3, 2, 1, 0),
        "Entrata e filtri sono scambiati: i filtri vanno per ultimi.": _assi(2, 3, 0, 1),
        "Così si portano i canali di un'immagine in fondo; in un kernel, in fondo vanno i filtri.": _assi(0, 2, 3, 1),
        "I filtri sono in fondo, ma davanti a tutti vanno altezza e larghezza.": _assi(1, 2, 3, 0),
        "Gli assi sono giusti, ma il kernel è capovolto: anche Keras lo applica così com'è.": (
            lambda peso: kernel_per_keras(peso).flip(0, 1)
        ),
        "Il peso è rimasto com'era.": _assi(0, 1, 2, 3),
    },
)


def parametri(ingresso: tuple[int, int, int], strati: list[tuple]) -> int:
    canali, alto, largo = ingresso
    totale = 0
    for genere, *numeri in strati:
        if genere == "conv":
            filtri, lato = numeri
            totale += filtri * (canali * lato * lato + 1)
            canali, alto, largo = filtri, alto - lato + 1, largo - lato + 1
        elif genere == "pool":
            alto, largo = alto // numeri[0], largo // numeri[0]
        elif genere == "flatten":
            canali = canali * alto * largo
        elif genere == "dense":
            totale += numeri[0] * (canali + 1)
            canali = numeri[0]
    return totale


def _conta(*cambi: tuple[str, str]) -> Callable:
    return muta(parametri, *cambi)


def _conv(alto_e_largo: str) -> Callable:
    return _conta(("alto - lato + 1, largo - lato + 1", alto_e_largo))


def _pool(alto_e_largo: str) -> Callable:
    return _conta(("alto // numeri[0], largo // numeri[0]", alto_e_largo.replace("k", "numeri[0]")))


def _flatten(quanti: str) -> Callable:
    return _conta(("canali * alto * largo", quanti))


_SENZA_BIAS_CONV = ("lato * lato + 1", "lato * lato")
_SENZA_BIAS_DENSE = ("(canali + 1)", "canali")
_UN_BIAS_CONV = ("filtri * (canali * lato * lato + 1)", "filtri * canali * lato * lato + 1")
_UN_BIAS_DENSE = ("numeri[0] * (canali + 1)", "numeri[0] * canali + 1")

esercizio(
    "13.2",
    giusta=parametri,
    nome="Il conto",
    prove=[
        ((1, 28, 28), [("conv", 16, 5), ("pool", 2), ("conv", 32, 3), ("flatten",), ("dense", 10)]),
        ((3, 20, 14), [("conv", 4, 3), ("flatten",), ("dense", 7)]),
        ((2, 9, 12), [("conv", 5, 2), ("pool", 3), ("flatten",), ("dense", 6), ("dense", 3)]),
        ((4, 5, 6), [("flatten",), ("dense", 8)]),
        ((3, 31, 23), [("conv", 8, 4), ("conv", 6, 1), ("pool", 5), ("pool", 2), ("flatten",), ("dense", 1)]),
        ((1, 7, 9), [("pool", 4), ("conv", 1, 1), ("conv", 2, 1)]),
        ((1, 1, 1), [("conv", 1, 1), ("flatten",), ("dense", 1)]),
        ((3, 8, 8), [("pool", 2), ("flatten",)]),
    ],
    detta="con ingresso {0} e strati {1}",
    tolleranza=1e-9,  # un parametro in più, fra centomila, è un errore
    sviste={
        "Dopo un dense, l'ingresso del prossimo è il suo numero di unità.": _conta(("canali = numeri[0]", "pass")),
        "Altezza e larghezza possono essere diverse.": [_flatten("canali * alto**2"), _flatten("canali * largo**2")],
        "Mancano i bias: uno per filtro, e uno per unità.": _conta(_SENZA_BIAS_CONV, _SENZA_BIAS_DENSE),
        "Mancano i bias delle convoluzioni.": _conta(_SENZA_BIAS_CONV),
        "Mancano i bias degli strati dense.": _conta(_SENZA_BIAS_DENSE),
        "I bias sono di troppo: uno per filtro, non uno per ogni canale in entrata.": _conta(
            ("canali * lato * lato + 1", "canali * (lato * lato + 1)")
        ),
        "Il bias è uno per filtro, e uno per unità: non uno per strato.": [
            _conta(_UN_BIAS_CONV, _UN_BIAS_DENSE),
            _conta(_UN_BIAS_CONV),
            _conta(_UN_BIAS_DENSE),
        ],
        "I bias di uno strato dense sono uno per unità, non uno per ingresso.": _conta(
            ("numeri[0] * (canali + 1)", "(numeri[0] + 1) * canali")
        ),
        "Senza padding la convoluzione accorcia i lati: li hai tenuti com'erano.": _conv("alto, largo"),
        "La convoluzione accorcia i lati di lato − 1, non di lato.": _conv("alto - lato, largo - lato"),
        "La convoluzione accorcia i lati di lato − 1, anche quando lato è pari.": _conv(
            "alto - lato // 2 * 2, largo - lato // 2 * 2"
        ),
        "Ogni filtro guarda tutti i canali in entrata: vanno contati.": _conta(
            ("(canali * lato * lato", "(lato * lato")
        ),
        "Dopo una convoluzione i canali sono i suoi filtri: li hai tenuti com'erano all'ingresso.": _conta(
            ("canali, alto, largo = filtri, ", "alto, largo = ")
        ),
        "Il pooling rimpicciolisce l'immagine: al Flatten ne arriva di meno.": _pool("alto, largo"),
        "Il pooling divide altezza e larghezza, tutt'e due.": [_pool("alto // k, largo"), _pool("alto, largo // k")],
        "Il pooling divide per il suo lato, che non è sempre 2.": _pool("alto // 2, largo // 2"),
        "Il pooling avanza di un lato intero alla volta: divide, non accorcia.": _pool("alto - k + 1, largo - k + 1"),
        "Il pooling scarta il resto: serve la divisione intera.": _pool("alto / k, largo / k"),
        "Il pooling scarta il resto: si arrotonda per difetto.": [
            _pool("-(-alto // k), -(-largo // k)"),
            _pool("round(alto / k), round(largo / k)"),
        ],
        "Al Flatten arrivano anche i canali.": _flatten("alto * largo"),
        "Al Flatten arrivano tutti i numeri dell'immagine, non uno per canale.": _flatten("canali"),
        "Un kernel è lato × lato, non lato.": _conta(("canali * lato * lato", "canali * lato")),
        "Contano anche gli strati dense.": _conta(("numeri[0] * (canali + 1)", "0")),
        "Contano anche le convoluzioni.": _conta(("filtri * (canali * lato * lato + 1)", "0")),
    },
)


def dense_da_keras(kernel: torch.Tensor, canali: int, alto: int, largo: int) -> torch.Tensor:
    return kernel.reshape(alto, largo, canali, -1).permute(3, 2, 0, 1).flatten(1)


esercizio(
    "13.3",
    giusta=dense_da_keras,
    nome="Il peso",
    prove=[
        (_numerato(c * h * w, uscite), c, h, w)
        for c, h, w, uscite in (
            *((3, 2, 4, 5), (2, 5, 3, 4), (5, 3, 2, 3), (2, 2, 2, 8), (3, 3, 3, 3)),
            *((1, 2, 3, 4), (4, 1, 1, 2), (2, 1, 4, 3), (3, 4, 1, 1), (1, 1, 1, 1)),
        )
    ],
    detta="con {1} canali, {2}×{3} e {0.shape[1]} uscite",
    consigli={"view size is not compatible": "Dopo permute i numeri non sono più in fila: usa reshape."},
    sviste={
        "Hai solo trasposto. La forma torna, ma le colonne sono ancora nell'ordine (H, W, C).": lambda k, *misure: k.T,
        "Il reshape non traspone: mescola righe e uscite.": lambda k, *misure: k.reshape(k.shape[1], -1),
        "Hai fatto il viaggio opposto: le righe di Keras sono (H, W, C), e tu le hai lette (C, H, W).": (
            lambda k, c, h, w: k.reshape(c, h, w, -1).permute(3, 1, 2, 0).flatten(1)
        ),
        "Le colonne sono nell'ordine (C, W, H): altezza e larghezza sono scambiate.": (
            lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 1, 0).flatten(1)
        ),
        "L'ordine delle colonne è giusto, ma le uscite vanno sulle righe: manca la trasposizione.": (
            lambda *argomenti: dense_da_keras(*argomenti).T
        ),
        "Manca l'ultimo passo, fondere di nuovo i tre assi in uno.": (
            lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 0, 1)
        ),
        "Dopo il permute c'è un reshape che mette le uscite al posto sbagliato.": (
            lambda k, c, h, w: k.reshape(h, w, c, -1).permute(2, 0, 1, 3).reshape(k.shape[1], -1)
        ),
        "Il kernel è rimasto com'era.": lambda k, *misure: k,
    },
)


_POSTI = {"weight": "gamma", "bias": "beta", "running_mean": "media", "running_var": "varianza"}


def _batch_norm(
    momentum: Callable = lambda m: 1 - m, eps: Callable = lambda e: e, posti: dict | None = None, **opzioni
):
    """La traduzione giusta; o una sbagliata: altri numeri, altre opzioni, altri tensori in qualcuno dei posti."""

    def batch_norm_da_keras(gamma, beta, media, varianza, momento, epsilon):
        arrivati = {"gamma": gamma, "beta": beta, "media": media, "varianza": varianza, "radice": varianza.sqrt()}
        strato = nn.BatchNorm2d(len(gamma), eps(epsilon), momentum(momento), **opzioni)
        with torch.no_grad():
            for posto, nome in (_POSTI | (posti or {})).items():
                if nome in arrivati and getattr(strato, posto) is not None:
                    getattr(strato, posto).copy_(arrivati[nome])
        return strato

    return batch_norm_da_keras


def _guarda(risposta: object, *argomenti: object) -> dict[str, object]:
    strato = chiama(risposta, *argomenti)
    if not isinstance(strato, nn.BatchNorm2d):
        raise Sbagliato(f"Serve una nn.BatchNorm2d, e invece è {tipo_di(strato)}.")
    parametri = dict(strato.named_parameters())
    fermi = [nome for nome in ("weight", "bias") if nome in parametri and not parametri[nome].requires_grad]
    medie = [nome for nome in ("running_mean", "running_var") if nome in parametri]
    valori = {f"il tensore {posto}": getattr(strato, posto) for posto in _POSTI}
    esito = {"il momentum": strato.momentum, "il numero eps": strato.eps} | valori
    esito["il valore di track_running_stats"] = strato.track_running_stats
    esito["l'addestramento"] = "acceso"
    esito["l'elenco dei parametri"] = sorted(parametri)
    esito["l'elenco dei buffer"] = sorted(nome for nome, _ in strato.named_buffers())
    if fermi:
        frase = f"Lo strato va ancora addestrato, e requires_grad è spento: {' e '.join(fermi)}."
        esito["l'addestramento"] = Assente(frase)
    if medie:
        esito["l'elenco dei parametri"] = Assente(f"Le medie mobili sono buffer, non parametri: {' e '.join(medie)}.")
    return esito


def _quattro(canali: int, momentum: float, epsilon: float) -> tuple:
    gamma, beta, media = ((_numerato(canali) + 0.8) * k for k in (2.0, 3.0, 5.0))  # negativi, zero e positivi
    return gamma, beta, media, _numerato(canali).abs() + 0.3, momentum, epsilon


esercizio(
    "13.4",
    giusta=_batch_norm(),
    osserva=_guarda,
    prove=[
        _quattro(3, 0.99, 1e-3),
        _quattro(4, 0.9, 1e-2),
        _quattro(2, 0.75, 1e-4),
        _quattro(5, 0.5, 1e-5),
        _quattro(1, 0.0, 0.1),
        _quattro(3, 1.0, 1e-3),
        _quattro(6, 0.95, 1e-6),
        _quattro(4, 0.999, 1e-3),
    ],
    detta=lambda gamma, b, m, v, momentum, eps: f"con {len(gamma)} canali, momentum {momentum} ed epsilon {eps}",
    tolleranza=1e-7,
    consigli={
        "a leaf Variable that requires grad": "I parametri si scrivono sotto torch.no_grad().",
        "cannot assign": "weight e bias sono nn.Parameter: riempili con copy_, sotto torch.no_grad().",
    },
    sviste={
        "Il momentum è lo stesso numero, ma Keras dice quanto tenere, PyTorch quanto cambiare.": _batch_norm(
            lambda m: m
        ),
        "Il momentum è quello predefinito: va tradotto quello di Keras.": _batch_norm(lambda m: 0.1),
        "Con momentum=None PyTorch fa la media di tutti i batch: serve un numero.": _batch_norm(lambda m: None),
        "Il momentum ha il segno sbagliato: da 1 si toglie quello di Keras.": _batch_norm(lambda m: m - 1),
        "eps è quello predefinito: prendi quello di Keras.": _batch_norm(eps=lambda e: 1e-5),
        "momentum ed eps sono scambiati: nel costruttore eps viene per primo.": lambda g, b, m, v, momento, epsilon: (
            _batch_norm()(g, b, m, v, 1 - epsilon, 1 - momento)
        ),
        **{
            f"In {posto} hai messo {altro}.": _batch_norm(posti={posto: altro})
            for posto, giusto in _POSTI.items()
            for altro in _POSTI.values()
            if altro != giusto
        },
        **{f"{posto} è rimasto quello di partenza.": _batch_norm(posti={posto: None}) for posto in _POSTI},
        "In running_var hai messo la deviazione, cioè la radice: serve la varianza.": _batch_norm(
            posti={"running_var": "radice"}
        ),
        "In running_var c'è anche epsilon: lo somma già lo strato.": lambda g, b, m, v, momento, epsilon: _batch_norm()(
            g, b, m, v + epsilon, momento, epsilon
        ),
        "Senza affine lo strato non ha weight e bias, e gamma e beta si perdono.": _batch_norm(affine=False),
        "Con track_running_stats=False lo strato non aggiorna le medie mobili.": _batch_norm(track_running_stats=False),
    },
)


def passo_adam(peso, g, m, v, t, lr, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    alfa = lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
    return peso - alfa * m / (v.sqrt() + epsilon), m, v


def _m(nuova: str) -> Callable:
    return muta(passo_adam, ("beta1 * m + (1 - beta1) * g", nuova))


def _v(nuova: str) -> Callable:
    return muta(passo_adam, ("beta2 * v + (1 - beta2) * g**2", nuova))


def _alfa(altra: str) -> Callable:
    return muta(passo_adam, ("lr * (1 - beta2**t) ** 0.5 / (1 - beta1**t)", altra))


def _scende(passo: str) -> Callable:
    return muta(passo_adam, ("peso - alfa * m / (v.sqrt() + epsilon)", passo))


def _esce(tre: str) -> Callable:
    return muta(passo_adam, ("return ", "peso = "), (", m, v\n", f"\n    return {tre}\n"))


def _tre_valori(risposta: object, *argomenti: object) -> dict[str, object]:
    dato = chiama(risposta, *argomenti)
    if not isinstance(dato, (tuple, list)):
        raise Sbagliato(f"Restituisci tre cose, (peso, m, v), e invece è {tipo_di(dato)}.")
    if len(dato) != 3:
        raise Sbagliato(f"Restituisci tre cose, (peso, m, v), e invece sono {len(dato)}.")
    return {
        "la nuova m": dato[1],
        "la nuova v": dato[2],
        "il peso": dato[0],
    }  # il peso dipende dagli altri due: per ultimo


def _a_meta(forma: tuple[int, ...], t: int, lr: float, beta1: float, beta2: float, epsilon: float) -> tuple:
    caso = generatore(135 + t)
    peso, gradiente, m = (torch.randn(forma, generator=caso) for _ in range(3))
    v = torch.rand(forma, generator=caso)
    if t == 1:
        m, v = torch.zeros(forma), torch.zeros(forma)
    return peso, gradiente, m, v, t, lr, beta1, beta2, epsilon


esercizio(
    "13.5",
    giusta=passo_adam,
    osserva=_tre_valori,
    prove=[
        # Per primo un passo a metà strada: al primo, con m e v a zero, sviste diverse danno lo stesso numero.
        _a_meta((2, 3), 3, 0.5, 0.8, 0.9, 0.2),
        _a_meta((4,), 40, 0.2, 0.7, 0.95, 0.01),
        _a_meta((5,), 1, 0.1, 0.9, 0.99, 0.05),
        _a_meta((), 2, 0.3, 0.6, 0.8, 0.0),
        _a_meta((3, 1, 2), 5, 0.3, 0.0, 0.9, 0.1),
        _a_meta((2, 2), 7, 0.4, 0.9, 0.0, 0.1),
        _a_meta((3,), 1000, 0.1, 0.9, 0.999, 1e-3),
        # Con gradienti minuscoli un epsilon di troppo, per piccolo che sia, si vede.
        (torch.ones(2), torch.tensor([1e-7, -2e-7]), torch.zeros(2), torch.zeros(2), 2, 0.1, 0.6, 0.8, 0.0),
        (torch.ones(2), torch.zeros(2), torch.zeros(2), torch.zeros(2), 1, 0.1, 0.9, 0.999, 1e-7),
    ],
    detta="con t = {4}, beta1 = {6}, beta2 = {7}",
    sviste={
        "In m i pesi sono scambiati: beta1 va con la m vecchia.": _m("(1 - beta1) * m + beta1 * g"),
        "m non è cambiata: restituisci quella nuova.": [_m("m"), muta(passo_adam, ("    m = ", "    nuova = "))],
        "A m hai sommato tutto il gradiente: manca (1 − beta1).": _m("beta1 * m + g"),
        "m va restituita senza correzione: quella sta in α.": _esce("peso, m / (1 - beta1**t), v"),
        "In m hai usato beta2.": _m("beta2 * m + (1 - beta2) * g"),
        "Al secondo posto va m, al terzo v.": _esce("peso, v, m"),
        "L'ordine è (peso, m, v).": [_esce("m, v, peso"), _esce("v, peso, m"), _esce("m, peso, v")],
        "In v il gradiente va al quadrato.": _v("beta2 * v + (1 - beta2) * g"),
        "In v il gradiente va al quadrato, non in valore assoluto.": _v("beta2 * v + (1 - beta2) * g.abs()"),
        "In v va il quadrato del gradiente, non quello di m.": _v("beta2 * v + (1 - beta2) * m**2"),
        "In v i pesi sono scambiati: beta2 va con la v vecchia.": _v("(1 - beta2) * v + beta2 * g**2"),
        "v non è cambiata: restituisci quella nuova.": _v("v"),
        "A v hai sommato tutto il quadrato: manca (1 − beta2).": _v("beta2 * v + g**2"),
        "v va restituita senza correzione: quella sta in α.": _esce("peso, m, v / (1 - beta2**t)"),
        "In v hai usato beta1.": _v("beta1 * v + (1 - beta1) * g**2"),
        "Questo è Adam di PyTorch: qui epsilon si somma alla radice di v non corretta.": _scende(
            "peso - lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + epsilon)"
        ),
        "Epsilon sta fuori dalla radice.": _scende("peso - alfa * m / (v + epsilon).sqrt()"),
        "Il peso deve scendere: c'è un segno più.": _scende("peso + alfa * m / (v.sqrt() + epsilon)"),
        "Manca la correzione: il learning rate è α, non lr.": _alfa("lr"),
        "In α manca la radice di 1 − beta2^t.": _alfa("lr * (1 - beta2**t) / (1 - beta1**t)"),
        "In α le due parti sono capovolte.": _alfa("lr * (1 - beta1**t) / (1 - beta2**t) ** 0.5"),
        "In α beta1 e beta2 sono scambiate.": _alfa("lr * (1 - beta1**t) ** 0.5 / (1 - beta2**t)"),
        "In α manca la parte di beta1.": _alfa("lr * (1 - beta2**t) ** 0.5"),
        "In α manca la parte di beta2.": _alfa("lr / (1 - beta1**t)"),
        "In α manca lr.": _alfa("(1 - beta2**t) ** 0.5 / (1 - beta1**t)"),
        "In α le potenze sono beta^t, anche quando t è più di 1.": _alfa("lr * (1 - beta2) ** 0.5 / (1 - beta1)"),
        "In α le potenze sono beta^t: il primo passo è t = 1.": [
            _alfa("lr * (1 - beta2 ** (t - 1)) ** 0.5 / (1 - beta1 ** (t - 1))"),
            _alfa("lr * (1 - beta2 ** (t + 1)) ** 0.5 / (1 - beta1 ** (t + 1))"),
        ],
        "In α beta2^t è una potenza, non beta2·t: 1 − beta2·t può essere negativo, e la sua radice è complessa.": _alfa(
            "lr * (1 - beta2 * t) ** 0.5 / (1 - beta1 * t)"
        ),
        "Nel passo hai usato il gradiente invece di m.": _scende("peso - alfa * g / (v.sqrt() + epsilon)"),
        "Nel passo va la v nuova, non la vecchia.": muta(
            passo_adam, ("    v = beta2", "    vecchia, v = v, beta2"), ("/ (v.sqrt()", "/ (vecchia.sqrt()")
        ),
        "Nel passo va la m nuova, non la vecchia.": muta(
            passo_adam, ("    m = beta1", "    vecchia, m = m, beta1"), ("alfa * m", "alfa * vecchia")
        ),
        "Manca la radice di v.": _scende("peso - alfa * m / (v + epsilon)"),
        "Manca l'epsilon che ricevi.": _scende("peso - alfa * m / v.sqrt()"),
        "Epsilon può valere 0: usa quello che ricevi, senza sostituirlo né aggiungere altro.": [
            _scende("peso - alfa * m / (v.sqrt() + (epsilon or 1e-7))"),
            _scende("peso - alfa * m / (v.sqrt() + (epsilon or 1e-8))"),
        ],
        "Questo è il cambiamento: restituisci il peso nuovo.": [
            _scende("alfa * m / (v.sqrt() + epsilon)"),
            _scende("-alfa * m / (v.sqrt() + epsilon)"),
        ],
        "Il peso non è cambiato.": _scende("peso"),
    },
)
