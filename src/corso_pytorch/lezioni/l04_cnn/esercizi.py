"""Gli esercizi della lezione 04: foto, convoluzione, lato, pooling, parametri, confusione, una CNN, blocco residuo."""

import copy
import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.lezioni.l04_cnn.rete_tua import RIFERIMENTO, esamina, sviste
from corso_pytorch.verifiche.codice import Spia
from corso_pytorch.verifiche.confronti import Assente
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import STACCATO, generatore, muta
from corso_pytorch.verifiche.registro import esercizio

# Come PyTorch dice che due forme non si incastrano.
FORME_DISCORDI = "must match"


def _con_i_soli_numeri(risposta: object, *argomenti: object, **opzioni: object) -> object:
    # Su «meta» anche chi costruisce uno strato enorme ha la sua diagnosi subito.
    with torch.device("meta"), Spia() as spia:
        dato = chiama(risposta, *argomenti, **opzioni)
    if spia.visti:
        raise Sbagliato("Qui basta un conto fra numeri: niente tensori e niente strati.")
    return dato


def normalizza(foto: torch.Tensor, media: torch.Tensor, deviazione: torch.Tensor) -> torch.Tensor:
    return (foto / 255 - media[:, None, None]) / deviazione[:, None, None]


def _nel_batch(foto: torch.Tensor, correzione: int) -> torch.Tensor:
    assi, x = (0, 2, 3), foto / 255
    return (x - x.mean(assi, keepdim=True)) / x.std(assi, correction=correzione, keepdim=True)


def _foto(n: int, c: int, h: int, w: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    caso = generatore(n + c)
    foto = torch.randint(0, 256, (n, c, h, w), generator=caso, dtype=torch.uint8)
    return foto, 0.2 + 0.3 * torch.rand(c, generator=caso), 0.2 + 0.2 * torch.rand(c, generator=caso)


def _canali_in_fondo(foto: torch.Tensor, *altri: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return foto.contiguous(memory_format=torch.channels_last), *altri


esercizio(
    "4.1",
    giusta=normalizza,
    prove=[
        _foto(4, 3, 5, 6),
        _foto(2, 1, 7, 4),
        _foto(3, 3, 3, 3),
        _foto(1, 4, 2, 5),
        _foto(2, 2, 1, 2),
        _canali_in_fondo(*_foto(2, 3, 4, 5)),
        (torch.tensor([[[[0, 255, 254]], [[1, 0, 255]]]]).byte(), torch.tensor([0.5, 0.1]), torch.tensor([0.25, 2.0])),
        # Una deviazione piccola: l'uscita è grande, e un epsilon aggiunto si vede.
        (_foto(2, 2, 3, 4)[0], torch.tensor([0.05, 0.9]), torch.tensor([0.02, 0.03])),
    ],
    detta=lambda foto, media, deviazione: f"con foto di forma {tuple(foto.shape)}",
    dtype="stesso",
    consigli={FORME_DISCORDI: "Il broadcasting appaia gli assi da destra: quali, di foto, incontrano quelli di media?"},
    sviste={
        "Manca la divisione per 255: media e deviazione valgono per numeri fra 0 e 1.": muta(
            normalizza, (" / 255", "")
        ),
        "La divisione per 255 viene prima: media e deviazione valgono per numeri fra 0 e 1.": lambda foto, m, d: (
            (foto - m[:, None, None]) / d[:, None, None] / 255
        ),
        "Dopo aver tolto la media manca la divisione per la deviazione.": muta(
            normalizza, (" / deviazione[:, None, None]", "")
        ),
        "Dividi per la deviazione, ma la media non è tolta.": muta(normalizza, (" - media[:, None, None]", "")),
        "Le foto sono solo portate fra 0 e 1: manca la normalizzazione.": lambda foto, media, deviazione: foto / 255,
        "Prima si toglie la media, poi si divide: servono le parentesi.": lambda foto, media, deviazione: (
            foto / 255 - media[:, None, None] / deviazione[:, None, None]
        ),
        "La media si toglie, non si somma.": muta(normalizza, ("- media", "+ media")),
        "Hai moltiplicato per la deviazione: si divide.": muta(normalizza, (") / ", ") * ")),
        "Hai diviso per la varianza (la deviazione al quadrato): si divide per la deviazione.": lambda foto, m, d: (
            normalizza(foto, m, d**2)
        ),
        "Hai diviso per la radice della deviazione: la deviazione è già una radice.": lambda foto, media, deviazione: (
            normalizza(foto, media, deviazione.sqrt())
        ),
        "Media e deviazione sono scambiate.": lambda foto, media, deviazione: normalizza(foto, deviazione, media),
        "Hai diviso per 256: il valore più alto è 255.": muta(normalizza, ("255", "256")),
        "Con «//» fra interi quasi tutti i numeri diventano 0: si divide con «/».": muta(
            normalizza, ("foto /", "foto //")
        ),
        "Hai fatto una media sola di tutti i canali: ogni canale ha la sua media e la sua deviazione.": [
            lambda foto, media, deviazione: (foto / 255 - media.mean()) / deviazione.mean(),
            lambda foto, media, deviazione: (foto / 255 - media[0]) / deviazione[0],
        ],
        "Hai calcolato media e deviazione dal batch: usa quelle che ricevi.": [
            lambda foto, media, deviazione: _nel_batch(foto, 1),
            lambda foto, media, deviazione: _nel_batch(foto, 0),
        ],
        "Media e deviazione si sono appaiate alle colonne, non ai canali: guarda gli assi da destra.": (
            lambda foto, media, deviazione: (foto / 255 - media) / deviazione
        ),
        "Media e deviazione si sono appaiate alle righe, non ai canali: serve un asse in più, in fondo.": (
            lambda foto, media, deviazione: (foto / 255 - media[:, None]) / deviazione[:, None]
        ),
    },
    vieta=("v2", "Normalize", "normalize", "ToDtype", "to_dtype", "cicli"),
)


def convoluzione(immagine: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    a, b = kernel.shape
    righe, colonne = immagine.shape[0] - a + 1, immagine.shape[1] - b + 1
    esito = torch.empty(righe, colonne)
    for i in range(righe):
        for j in range(colonne):
            ritaglio = immagine[i : i + a, j : j + b]
            esito[i, j] = (ritaglio * kernel).sum()
    return esito


def _con_il_bordo(immagine: torch.Tensor, kernel: torch.Tensor, quanti_zeri: Callable[[int], tuple]) -> torch.Tensor:
    a, b = kernel.shape
    return convoluzione(F.pad(immagine, (*quanti_zeri(b), *quanti_zeri(a))), kernel)


_MANCA_LA_SOMMA = "In una casella entra un numero solo: manca la somma?"


def _tabelle(h: int, w: int, a: int, b: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(h, w, generator=generatore(h * w)), torch.randn(a, b, generator=generatore(a + b))


esercizio(
    "4.2",
    giusta=convoluzione,
    prove=[
        _tabelle(5, 7, 3, 3),
        _tabelle(6, 4, 2, 3),
        _tabelle(4, 4, 4, 1),
        _tabelle(3, 5, 3, 5),
        _tabelle(4, 3, 1, 1),
        _tabelle(1, 6, 1, 2),
        tuple(tabella.T for tabella in _tabelle(6, 5, 2, 4)),
        (torch.arange(12.0).view(3, 4), torch.zeros(2, 2)),
    ],
    tolleranza=1e-5,  # chi arrotonda a quattro cifre si scopre
    detta="con un'immagine {0.shape[0]}×{0.shape[1]} e un kernel {1.shape[0]}×{1.shape[1]}",
    consigli={
        FORME_DISCORDI: "Il ritaglio deve avere la forma del kernel, (A, B), anche vicino al bordo.",
        "out of bounds": "Quante righe ha il risultato, e quante colonne?",
        "number of sizes provided": _MANCA_LA_SOMMA,
        "only one element tensors": _MANCA_LA_SOMMA,
    },
    sviste={
        "Hai capovolto il kernel, come fanno i matematici: conv2d non lo fa.": [
            lambda immagine, kernel: convoluzione(immagine, kernel.flip(0, 1)),
            lambda immagine, kernel: convoluzione(immagine, kernel.flip(0)),
            lambda immagine, kernel: convoluzione(immagine, kernel.flip(1)),
        ],
        "Manca l'ultima riga o l'ultima colonna di posizioni: quante volte entra il kernel?": [
            lambda immagine, kernel: convoluzione(immagine, kernel)[:-1, :-1],
            lambda immagine, kernel: convoluzione(immagine, kernel)[:-1],
            lambda immagine, kernel: convoluzione(immagine, kernel)[:, :-1],
        ],
        "Il risultato è grande come l'immagine: il kernel deve starci tutto, quindi le posizioni sono meno.": [
            lambda immagine, kernel: _con_il_bordo(immagine, kernel, lambda lato: (0, lato - 1)),
            lambda immagine, kernel: _con_il_bordo(immagine, kernel, lambda lato: (lato // 2, (lato - 1) // 2)),
            lambda immagine, kernel: _con_il_bordo(immagine, kernel, lambda lato: ((lato - 1) // 2, lato // 2)),
            lambda immagine, kernel: F.pad(
                convoluzione(immagine, kernel), (0, kernel.shape[1] - 1, 0, kernel.shape[0] - 1)
            ),
        ],
        "Il kernel esce dal bordo: deve starci tutto.": lambda immagine, kernel: _con_il_bordo(
            immagine, kernel, lambda lato: (lato - 1, lato - 1)
        ),
        "Hai fatto la media del ritaglio: serve la somma.": muta(convoluzione, ("sum()", "mean()")),
        "Hai tenuto il massimo dei prodotti: serve la somma.": muta(convoluzione, ("sum()", "max()")),
        "Righe e colonne del risultato sono scambiate.": lambda immagine, kernel: convoluzione(immagine, kernel).T,
        "Hai sommato il ritaglio senza moltiplicarlo per il kernel.": muta(convoluzione, (" * kernel", "")),
        "Il ritaglio e il kernel si moltiplicano casella per casella: «@» è un altro prodotto.": muta(
            convoluzione, ("ritaglio * kernel", "ritaglio @ kernel")
        ),
        "Righe e colonne del kernel sono scambiate.": lambda immagine, kernel: convoluzione(immagine, kernel.T),
        "I ritagli si sovrappongono: il kernel avanza di una casella per volta.": lambda immagine, kernel: convoluzione(
            immagine, kernel
        )[:: kernel.shape[0], :: kernel.shape[1]],
    },
    vieta=(
        *("conv1d", "conv2d", "conv3d", "Conv1d", "Conv2d", "Conv3d", "conv_transpose2d", "ConvTranspose2d"),
        *("convolution", "convolve", "convolve2d", "correlate", "correlate2d", "fftconvolve", "unfold", "Unfold"),
        "sliding_window_view",
    ),
)


def lato_finale(lato: int, strati: list[tuple[int, int, int]]) -> int:
    return _a_strati(lambda n, k, p, s: (n + 2 * p - k) // s + 1)(lato, strati)


def _a_strati(passo: Callable) -> Callable:
    def finale(lato, strati):
        for strato in strati:
            lato = passo(lato, *strato)
        return lato

    return finale


esercizio(
    "4.3",
    giusta=lato_finale,
    osserva=_con_i_soli_numeri,
    prove=[
        (28, [(5, 0, 2), (3, 1, 1), (2, 0, 2)]),
        (28, [(5, 2, 1)]),
        (28, [(5, 0, 1)]),
        (28, [(5, 4, 2)]),
        (29, [(6, 0, 3)]),
        (30, [(5, 0, 3)]),
        (29, [(5, 0, 2)]),
        (33, [(3, 1, 2), (5, 1, 3)]),
        (7, [(7, 0, 1)]),
        (9, [(1, 0, 2), (1, 1, 1)]),  # anche un kernel 1×1 cambia il lato
        (28, [(2, 1, 2)]),  # un kernel pari con il suo padding: il lato cresce
        (28, [(2, 1, 1)]),
        (1, [(1, 0, 1), (3, 1, 4)]),
        (1024, [(7, 3, 2), (3, 1, 2), (3, 1, 2), (3, 1, 2), (3, 1, 2)]),
    ],
    detta="con lato_finale({0}, {1})",
    nome="Il lato",
    dtype="stesso",
    sviste={
        "Manca il «+ 1»: anche la prima posizione conta.": _a_strati(lambda n, k, p, s: (n + 2 * p - k) // s),
        "Il «+ 1» va fuori dalla divisione: è la posizione di partenza.": _a_strati(
            lambda n, k, p, s: (n + 2 * p - k + 1) // s
        ),
        "Il padding è contato da una parte sola.": _a_strati(lambda n, k, p, s: (n + p - k) // s + 1),
        "Il padding non è contato.": _a_strati(lambda n, k, p, s: (n - k) // s + 1),
        "Lo stride non è contato.": _a_strati(lambda n, k, p, s: n + 2 * p - k + 1),
        "Kernel e stride sono scambiati: si sottrae il kernel, e si divide per lo stride.": _a_strati(
            lambda n, k, p, s: (n + 2 * p - s) // k + 1
        ),
        "Il kernel non è sottratto: l'ultima posizione deve starci tutta.": [
            _a_strati(lambda n, k, p, s: (n + 2 * p - 1) // s + 1),
            _a_strati(lambda n, k, p, s: (n + 2 * p) // s + 1),
        ],
        "Hai arrotondato per eccesso: una posizione che esce dal bordo non vale.": _a_strati(
            lambda n, k, p, s: math.ceil((n + 2 * p - k) / s) + 1
        ),
        "Si arrotonda per difetto, non al più vicino: l'ultimo passo, se non ci sta intero, non si conta.": [
            _a_strati(lambda n, k, p, s: round((n + 2 * p - k) / s) + 1),
            _a_strati(lambda n, k, p, s: round((n + 2 * p - k) / s + 1)),
        ],
        "Si arrotonda per difetto a ogni strato, non al più vicino una volta alla fine.": lambda lato, strati: round(
            _a_strati(lambda n, k, p, s: (n + 2 * p - k) / s + 1)(lato, strati)
        ),
        "Con un kernel pari, un padding di kernel // 2 non conserva il lato: la formula vale per ogni strato.": [
            _a_strati(lambda n, k, p, s: n if s == 1 and p == k // 2 else (n + 2 * p - k) // s + 1),
            _a_strati(lambda n, k, p, s: -(-n // s) if p == k // 2 else (n + 2 * p - k) // s + 1),
        ],
        "Un kernel 2 con stride 2 dimezza il lato solo se non c'è padding.": _a_strati(
            lambda n, k, p, s: n // 2 if k == s == 2 else (n + 2 * p - k) // s + 1
        ),
        "Guardi un solo strato: il lato che esce è quello che entra nel successivo.": lambda lato, strati: lato_finale(
            lato, strati[-1:]
        ),
        "Ti fermi al primo strato: il return è dentro il ciclo?": lambda lato, strati: lato_finale(lato, strati[:1]),
        "Padding e stride sono scambiati: la terna è (kernel, padding, stride).": [
            _a_strati(lambda n, k, s, p: (n + 2 * p - k) // max(s, 1) + 1),
            _a_strati(lambda n, k, s, p: (n + 2 * p - k) // s + 1),
        ],
        "Si sottrae prima, e si divide una volta sola.": _a_strati(lambda n, k, p, s: (n + 2 * p) // s - k // s + 1),
        "Mancano le parentesi: prima si somma e si sottrae, poi si divide.": _a_strati(
            lambda n, k, p, s: n + 2 * p - k // s + 1
        ),
        "Il risultato non è intero: la divisione va arrotondata per difetto, strato per strato.": _a_strati(
            lambda n, k, p, s: (n + 2 * p - k) / s + 1
        ),
    },
)


def massimi(x: torch.Tensor) -> torch.Tensor:
    return _riquadri(x).amax(dim=(3, 5))


def _riquadri(x: torch.Tensor) -> torch.Tensor:
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2)


def _in_quadrato(x: torch.Tensor, lato: int) -> torch.Tensor:
    return x.reshape(*x.shape[:2], lato // 2, 2, lato // 2, 2).amax(dim=(3, 5))


def _numeri(*forma: int) -> tuple[torch.Tensor]:
    """Tutti diversi e tutti negativi: chi riempie di zeri, o parte da zero, se ne accorge."""
    return (-1.0 - torch.randperm(math.prod(forma), generator=generatore(sum(forma))).view(forma),)


esercizio(
    "4.4",
    giusta=massimi,
    prove=[
        _numeri(2, 3, 6, 8),
        _numeri(1, 4, 2, 10),
        _numeri(3, 1, 4, 4),
        _numeri(2, 2, 8, 2),
        _numeri(1, 1, 2, 2),
        (torch.randint(-1, 2, (2, 3, 4, 6), generator=generatore(5)).float(),),
        (torch.tensor([[[[-math.inf, -math.inf, -math.inf, 5.0], [-math.inf, -math.inf, 5.0, 1e30]]]]).double(),),
    ],
    dtype="stesso",
    detta="con x di forma {0.shape[0]}×{0.shape[1]}×{0.shape[2]}×{0.shape[3]}",
    consigli={"but got float": "`H / 2` è un numero con la virgola: per una forma serve `H // 2`."},
    sviste={
        "Altezza e larghezza possono essere diverse.": [
            lambda x: _in_quadrato(x, x.shape[2]),
            lambda x: _in_quadrato(x, x.shape[3]),
        ],
        "Ogni riquadro mescola numeri che nell'immagine non sono vicini: spezza H in due assi, poi W.": [
            lambda x: x.reshape(*_riquadri(x).amax((3, 5)).shape, 4).amax(-1),
            lambda x: x.reshape(*x.shape[:2], 4, x.shape[2] // 2, x.shape[3] // 2).amax(2),
        ],
        "Hai spezzato H in (2, H/2): prima viene quale riquadro, poi dove dentro il riquadro.": lambda x: x.reshape(
            *x.shape[:2], 2, x.shape[2] // 2, 2, x.shape[3] // 2
        ).amax((2, 4)),
        "Hai fatto la media di ogni riquadro: serve il massimo.": lambda x: _riquadri(x).mean((3, 5)),
        "Hai preso un angolo di ogni riquadro, non il massimo.": [
            lambda x: x[..., ::2, ::2],
            lambda x: x[..., 1::2, ::2],
            lambda x: x[..., ::2, 1::2],
            lambda x: x[..., 1::2, 1::2],
        ],
        "Hai guardato una diagonale sola di ogni riquadro: i numeri sono quattro.": [
            lambda x: torch.maximum(x[..., ::2, ::2], x[..., 1::2, 1::2]),
            lambda x: torch.maximum(x[..., ::2, 1::2], x[..., 1::2, ::2]),
        ],
        "Hai cercato il massimo solo fra le righe vicine: un riquadro è 2×2.": lambda x: (
            _riquadri(x).amax(3).flatten(3)
        ),
        "Hai cercato il massimo solo fra le colonne vicine: un riquadro è 2×2.": lambda x: (
            _riquadri(x).amax(5).flatten(2, 3)
        ),
        "Hai fatto il massimo fra i riquadri, invece che dentro ognuno: quali assi vanno tolti?": lambda x: _riquadri(
            x
        ).amax((2, 4)),
        "I riquadri si sovrappongono: il prossimo comincia dove finisce questo.": lambda x: (
            x.unfold(2, 2, 1).unfold(3, 2, 1).amax((-1, -2))
        ),
        "Hai fatto il minimo: serve il massimo.": lambda x: _riquadri(x).amin((3, 5)),
        "Hai fatto la somma di ogni riquadro: serve il massimo.": lambda x: _riquadri(x).sum((3, 5)),
        "Hai confrontato i numeri senza il segno: fra −1 e −5 il massimo è −1.": lambda x: (
            _riquadri(x).abs().amax((3, 5))
        ),
        "Il massimo parte da zero, e i numeri negativi non lo superano mai.": lambda x: massimi(x).clamp(min=0),
        "Altezza e larghezza del risultato sono scambiate.": lambda x: massimi(x).transpose(2, 3),
    },
    vieta=(
        *("max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d", "lp_pool2d"),
        *("adaptive_max_pool3d", "AdaptiveMaxPool3d"),
        *("max_pool2d_with_indices", "fractional_max_pool2d", "MaxPool1d", "MaxPool2d", "MaxPool3d"),
        *("AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "FractionalMaxPool2d", "unfold", "Unfold", "cicli"),
    ),
)


def parametri_conv(entrano: int, escono: int, kernel: int, bias: bool = True) -> int:
    return entrano * escono * kernel**2 + escono * bias


esercizio(
    "4.5",
    giusta=parametri_conv,
    osserva=lambda risposta, entrano, escono, kernel, bias: _con_i_soli_numeri(
        risposta, entrano, escono, kernel, **({} if bias is None else {"bias": bias})
    ),
    prove=[
        (2, 7, 3, True),
        (16, 32, 3, None),
        (5, 4, 2, False),
        (1, 6, 5, True),
        (3, 1, 4, True),
        (3, 8, 1, False),
        (4, 4, 1, None),
        (2048, 4096, 7, True),
    ],
    detta=lambda entrano, escono, kernel, bias: (
        f"con parametri_conv({entrano}, {escono}, {kernel}{'' if bias is None else f', bias={bias}'})"
    ),
    nome="Il numero di parametri",
    tolleranza=0,
    dtype="stesso",
    sviste={
        "Mancano i bias.": lambda e, u, k, bias=True: e * u * k**2,
        "Hai contato i bias anche quando non ci sono.": lambda e, u, k, bias=True: e * u * k**2 + u,
        "Se non si dice nulla, il bias c'è: bias=True.": lambda e, u, k, bias=False: e * u * k**2 + u * bias,
        "Hai contato i bias solo quando non ci sono.": lambda e, u, k, bias=True: e * u * k**2 + u * (not bias),
        "I bias sono uno per mappa che esce, non uno per canale che entra.": lambda e, u, k, bias=True: (
            e * u * k**2 + e * bias
        ),
        "I bias sono uno per mappa che esce, non uno per fetta.": lambda e, u, k, bias=True: e * u * (k**2 + bias),
        "Di bias ne hai contato uno solo: ogni mappa che esce ha il suo.": lambda e, u, k, bias=True: (
            e * u * k**2 + bias
        ),
        "Il kernel è quadrato: quanti numeri ha una sua fetta?": [
            lambda e, u, k, bias=True: e * u * k + u * bias,
            lambda e, u, k, bias=True: e * u * k * 2 + u * bias,
        ],
        "Manca l'asse dei canali che entrano: ogni kernel ha una fetta per ognuno.": lambda e, u, k, bias=True: (
            u * k**2 + u * bias
        ),
        "Conti un kernel solo: ce n'è uno per ogni mappa che esce.": [
            lambda e, u, k, bias=True: e * k**2 + u * bias,
            lambda e, u, k, bias=True: e * k**2 + bias,
        ],
    },
)


def confusione(vere: torch.Tensor, previste: torch.Tensor, classi: int) -> torch.Tensor:
    return torch.bincount(vere * classi + previste, minlength=classi**2).reshape(classi, classi)


def _contate(caselle: torch.Tensor, classi: int, fin_qui: int | None = None) -> torch.Tensor:
    return torch.bincount(caselle, minlength=classi**2)[:fin_qui].reshape(classi, classi)


def _a_quote(vere: torch.Tensor, previste: torch.Tensor, classi: int, asse: int) -> torch.Tensor:
    conteggi = confusione(vere, previste, classi)
    return conteggi / conteggi.sum(asse, keepdim=True)


def _etichette(quante: int, classi: int) -> tuple[torch.Tensor, torch.Tensor, int]:
    """L'ultima classe non compare mai; le coppie si ripetono, gli errori anche."""
    caso = generatore(quante)
    vere = torch.randint(0, classi - 1, (quante,), generator=caso)
    previste = torch.where(torch.rand(quante, generator=caso) < 0.6, vere, (vere * 3 + 1) % (classi - 1))
    return vere, previste, classi


_NESSUNA = torch.empty(0, dtype=torch.int64)

esercizio(
    "4.6",
    giusta=confusione,
    prove=[
        _etichette(60, 4),
        _etichette(200, 10),
        _etichette(9, 6),
        (torch.tensor([2, 0, 2, 1, 2]), torch.tensor([1, 1, 1, 2, 2]), 3),
        (torch.tensor([3, 3]), torch.tensor([0, 0]), 4),
        (torch.tensor([0]), torch.tensor([3]), 12),
        (torch.tensor([0, 0, 0]), torch.tensor([0, 0, 0]), 1),
        (_NESSUNA, _NESSUNA, 2),
        # Conteggi e caselle che non stanno in un byte, né in un numero a 16 bit con la virgola.
        _etichette(300, 30),
        (torch.ones(3001, dtype=torch.int64), torch.zeros(3001, dtype=torch.int64), 2),
    ],
    detta="con {0.shape[0]} immagini e {2} classi",
    dtype="stesso",
    consigli={
        "invalid for input of size": "Quante caselle ha la tabella? E fin dove conta bincount, se nessuno glielo dice?"
    },
    sviste={
        "Righe e colonne sono scambiate: le cifre vere vanno sulle righe.": lambda vere, previste, classi: confusione(
            previste, vere, classi
        ),
        "Le coppie ripetute contano una volta sola. (Se usi «+= 1»: con indici ripetuti scrive una volta sola.)": (
            lambda vere, previste, classi: confusione(vere, previste, classi).clamp(max=1)
        ),
        "Sono quote, non conteggi: qui si chiede quante immagini.": [
            lambda vere, previste, classi: _a_quote(vere, previste, classi, 1),
            lambda vere, previste, classi: _a_quote(vere, previste, classi, 0),
            lambda vere, previste, classi: _a_quote(vere, previste, classi, 1).nan_to_num(),
            lambda vere, previste, classi: _a_quote(vere, previste, classi, 0).nan_to_num(),
            lambda vere, previste, classi: confusione(vere, previste, classi) / len(vere),
        ],
        "Hai contato solo le risposte giuste: mancano gli errori, fuori dalla diagonale.": (
            lambda vere, previste, classi: confusione(vere, previste, classi).diagonal().diag()
        ),
        "Hai contato solo gli errori: sulla diagonale vanno le risposte giuste.": lambda vere, previste, classi: (
            confusione(vere, previste, classi) * (1 - torch.eye(classi, dtype=torch.int64))
        ),
        "Sono i conteggi giusti, ma in fila: rimettili in una tabella.": lambda vere, previste, classi: confusione(
            vere, previste, classi
        ).flatten(),
        "La tabella ha posto solo per le classi comparse: e quelle che non compaiono?": [
            lambda vere, previste, classi: confusione(vere, previste, int(max(vere.max(), previste.max())) + 1),
            lambda vere, previste, classi: F.one_hot(vere).T @ F.one_hot(previste),
        ],
        "Le caselle si numerano riga dopo riga: ogni riga ne ha `classi`.": [
            lambda vere, previste, classi: torch.bincount(vere + previste, minlength=classi**2).reshape(classi, classi),
            lambda vere, previste, classi: torch.bincount(vere * previste, minlength=classi**2).reshape(classi, classi),
        ],
        "Ogni riga ha `classi` caselle, non 10 né la classe più alta che compare.": [
            lambda vere, previste, classi: _contate(vere * 10 + previste, classi),
            lambda vere, previste, classi: _contate(vere * 10 + previste, classi, classi**2),
            lambda vere, previste, classi: _contate(vere * (vere.max() + 1) + previste, classi),
            lambda vere, previste, classi: _contate(vere * (previste.max() + 1) + previste, classi),
            lambda vere, previste, classi: _contate(vere * (max(vere.max(), previste.max()) + 1) + previste, classi),
        ],
    },
    vieta=("cicli",),
)


esercizio("4.7", giusta=RIFERIMENTO, osserva=esamina, sviste=sviste(), nome="La rete")


class Residuo(nn.Module):
    def __init__(self, canali: int):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(canali, canali, 3, padding=1) for _ in range(2))
        self.norma1, self.norma2 = (nn.BatchNorm2d(canali) for _ in range(2))

    def prima(self, x: torch.Tensor) -> torch.Tensor:
        return self.norma1(self.conv1(x)).relu()

    def seconda(self, x: torch.Tensor) -> torch.Tensor:
        return self.norma2(self.conv2(x))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (self.seconda(self.prima(x)) + x).relu()


def _con(forward: Callable[[Residuo, torch.Tensor], torch.Tensor]) -> type[Residuo]:
    return type("Residuo", (Residuo,), {"forward": forward})


def _norma_del_batch(norma: nn.BatchNorm2d, y: torch.Tensor) -> torch.Tensor:
    return F.batch_norm(y, None, None, norma.weight, norma.bias, training=True)


def _norma_ferma(norma: nn.BatchNorm2d, y: torch.Tensor) -> torch.Tensor:
    return F.batch_norm(y, norma.running_mean, norma.running_var, norma.weight, norma.bias, training=False)


def _blocco_alla_prova(risposta: object, canali: int, x: torch.Tensor) -> dict[str, object]:
    """Ciò che il blocco fa, comunque sia costruito: i due strati ricevono gli stessi pesi, e l'ordine non conta."""
    if isinstance(risposta, nn.Module):
        raise Sbagliato("Qui serve la classe, non un oggetto: una sottoclasse di nn.Module.")
    blocco = chiama(risposta, canali)
    if not isinstance(blocco, nn.Module):
        raise Sbagliato(f"Residuo({canali}) deve essere un nn.Module, e invece è {tipo_di(blocco)}.")
    chiama(blocco.eval(), x)
    _controlla_i_pezzi(blocco, canali)
    noti = _valori_noti(blocco, canali)
    esito = _in_addestramento(blocco.train(), canali, x, noti)
    _assegna(noti)
    esito["l'uscita in valutazione"] = chiama(blocco.eval(), x)
    return esito


FERME = Assente("In addestramento le batch normalization aggiornano le medie accumulate: qui restano ferme.")


def _in_addestramento(blocco: nn.Module, canali: int, x: torch.Tensor, noti: list) -> dict[str, object]:
    _assegna(noti)
    prima = copy.deepcopy(_medie_e_varianze(blocco, canali))
    dato = chiama(blocco, x)
    if isinstance(dato, torch.Tensor) and dato.shape != x.shape:
        esce = f"Entra {tuple(x.shape)} ed esce {tuple(dato.shape)}"
        raise Sbagliato(f"{esce}: le due convoluzioni devono conservare le dimensioni.")
    mosse = sum(not torch.equal(*coppia) for coppia in zip(prima, _medie_e_varianze(blocco, canali), strict=True))
    foglia, kernel = x.clone().requires_grad_(), [k for k in _kernel(blocco, canali) if k.requires_grad]
    dato = chiama(blocco, foglia, cambia=(0,))
    arrivati = [None] * 3
    if isinstance(dato, torch.Tensor) and dato.requires_grad:
        arrivati = torch.autograd.grad((dato * dato.detach()).sum(), [foglia, *kernel], allow_unused=True)
    dei_kernel = [gradiente for gradiente in arrivati[1:] if gradiente is not None]
    return {
        "l'uscita": dato,
        "il gradiente dell'ingresso": STACCATO if arrivati[0] is None else arrivati[0],
        "il gradiente dei kernel": sum(dei_kernel) if dei_kernel else STACCATO,
        "il numero di convoluzioni che imparano": len(dei_kernel),
        "il numero di batch normalization che aggiornano le loro medie": mosse // 2 or FERME,
    }


def _controlla_i_pezzi(blocco: nn.Module, canali: int) -> None:
    kernel = [tuple(peso.shape) for peso in _kernel(blocco, canali)]
    if not kernel:
        raise Sbagliato(
            "Il modulo non ha registrato nessuna convoluzione: le hai assegnate a self in __init__, fuori da liste?"
        )
    if len(kernel) > 2:
        raise Sbagliato(f"Le convoluzioni sono {len(kernel)}: ne servono due; l'ingresso si somma così com'è.")
    for forma in kernel:
        if forma[2:] != (3, 3):
            raise Sbagliato(f"Una convoluzione ha un kernel {forma[2]}×{forma[3]}: serve 3×3.")
        if forma[:2] != (canali, canali):
            raise Sbagliato(f"Il peso di una convoluzione ha forma {forma}: qui entrano ed escono {canali} canali.")
    if len(kernel) == 1:
        raise Sbagliato("C'è una convoluzione sola: servono due strati diversi, ognuno con i suoi pesi.")
    norme = len(_medie_e_varianze(blocco, canali)) // 2
    if norme != 2:
        quante = f"Le batch normalization registrate, con le loro medie, sono {norme}"
        raise Sbagliato(f"{quante}: ne serve una per ogni convoluzione.")
    if not all(norma.affine for norma in blocco.modules() if isinstance(norma, nn.BatchNorm2d)):
        raise Sbagliato("Alle batch normalization manca il peso e il bias che si imparano: affine=False li toglie.")


def _kernel(blocco: nn.Module, canali: int) -> list[torch.Tensor]:
    return [peso for peso in blocco.parameters() if peso.dim() == 4 and peso.numel() != canali]


def _medie_e_varianze(blocco: nn.Module, canali: int) -> list[torch.Tensor]:
    return [buffer for buffer in blocco.buffers() if buffer.is_floating_point() and buffer.numel() == canali]


def _valori_noti(blocco: nn.Module, canali: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Ogni peso con il valore da dargli: lo stesso per i due strati. I bias sono zero, i pesi delle norme uno.

    Anche l'eps delle norme, che è libero, diventa lo stesso.
    """
    for norma in blocco.modules():
        if isinstance(norma, nn.BatchNorm2d):
            norma.reset_parameters()
            norma.eps = 1e-5
    caso = generatore(canali)
    kernel = 3 * torch.randn(canali, canali, 3, 3, generator=caso)
    media, varianza = torch.randn(canali, generator=caso), 10 + 10 * torch.rand(canali, generator=caso)
    noti = [(peso, kernel) for peso in _kernel(blocco, canali)]
    noti += [(peso, (peso == 1).float()) for peso in blocco.parameters() if peso.numel() == canali]
    # Alla nascita le medie sono tutte zero, le varianze no.
    noti += [(buffer, varianza if buffer.any() else media) for buffer in _medie_e_varianze(blocco, canali)]
    return noti


@torch.no_grad()
def _assegna(noti: list[tuple[torch.Tensor, torch.Tensor]]) -> None:
    for tensore, valori in noti:
        tensore.copy_(valori.view_as(tensore))


_SENZA_SUPER = "Prima di tutto serve super().__init__(): senza, il modulo non può registrare nulla."


def _ingresso(n: int, canali: int, h: int, w: int) -> tuple[int, torch.Tensor]:
    return canali, torch.randn(n, canali, h, w, generator=generatore(47))


esercizio(
    "4.8",
    giusta=Residuo,
    osserva=_blocco_alla_prova,
    prove=[_ingresso(2, 3, 5, 7), _ingresso(4, 6, 4, 4), _ingresso(1, 2, 3, 3), _ingresso(3, 1, 1, 5)],
    detta="con x di forma {1.shape[0]}×{1.shape[1]}×{1.shape[2]}×{1.shape[3]}",
    tolleranza=1e-3,  # l'eps di chi usa F.batch_norm può essere un altro
    consigli={
        "before Module.__init__()": _SENZA_SUPER,
        "has no attribute '_": _SENZA_SUPER,
        FORME_DISCORDI: "Per sommare x le dimensioni vanno conservate: quale padding vuole un kernel 3×3?",
    },
    sviste={
        "Manca la somma con l'ingresso del blocco.": _con(lambda b, x: b.seconda(b.prima(x)).relu()),
        "Manca la ReLU finale.": _con(lambda b, x: b.seconda(b.prima(x)) + x),
        "La seconda ReLU viene prima della somma: deve essere l'ultima cosa.": _con(
            lambda b, x: b.seconda(b.prima(x)).relu() + x
        ),
        "C'è una ReLU di troppo: dopo la seconda batch normalization si somma subito.": _con(
            lambda b, x: (b.seconda(b.prima(x)).relu() + x).relu()
        ),
        "Manca la ReLU fra le due convoluzioni.": _con(lambda b, x: (b.seconda(b.norma1(b.conv1(x))) + x).relu()),
        "Hai sommato l'uscita del primo strato invece dell'ingresso x: forse x è stata sovrascritta.": _con(
            lambda b, x: (b.seconda(b.prima(x)) + b.prima(x)).relu()
        ),
        "Hai sommato il risultato con sé stesso: x è stata sovrascritta, e l'ingresso è perso.": _con(
            lambda b, x: (2 * b.seconda(b.prima(x))).relu()
        ),
        "La somma viene dopo la seconda batch normalization, non prima.": _con(
            lambda b, x: b.norma2(b.conv2(b.prima(x)) + x).relu()
        ),
        "Una convoluzione è usata due volte: l'altra resta ferma.": _con(
            lambda b, x: (b.norma2(b.conv1(b.prima(x))) + x).relu()
        ),
        "Una batch normalization resta ferma: forse l'altra è usata due volte.": _con(
            lambda b, x: (b.norma1(b.conv2(b.prima(x))) + x).relu()
        ),
        "Mancano le batch normalization: le hai create, ma il forward non le usa.": _con(
            lambda b, x: (b.conv2(b.conv1(x).relu()) + x).relu()
        ),
        "Dopo la prima convoluzione manca la batch normalization.": _con(
            lambda b, x: (b.seconda(b.conv1(x).relu()) + x).relu()
        ),
        "Dopo la seconda convoluzione manca la batch normalization.": _con(
            lambda b, x: (b.conv2(b.prima(x)) + x).relu()
        ),
        "La batch normalization viene prima della ReLU: convoluzione, batch normalization, ReLU.": [
            _con(lambda b, x: (b.seconda(b.norma1(b.conv1(x).relu())) + x).relu()),
            _con(lambda b, x: (b.norma2(b.conv2(b.norma1(b.conv1(x).relu())).relu()) + x).relu()),
            _con(lambda b, x: b.norma2(b.conv2(b.norma1(b.conv1(x).relu())).relu()) + x),
        ],
        "La batch normalization va dopo la sua convoluzione, non prima.": [
            _con(lambda b, x: (b.conv2(b.norma2(b.conv1(b.norma1(x)).relu())) + x).relu()),
            _con(lambda b, x: (b.conv2(b.norma2(b.conv1(b.norma1(x).relu())).relu()) + x).relu()),
        ],
        "In valutazione la batch normalization usa le medie accumulate, non quelle del batch.": _con(
            lambda b, x: (_norma_del_batch(b.norma2, b.conv2(_norma_del_batch(b.norma1, b.conv1(x)).relu())) + x).relu()
        ),
        "In addestramento la batch normalization usa media e varianza del batch.": _con(
            lambda b, x: (_norma_ferma(b.norma2, b.conv2(_norma_ferma(b.norma1, b.conv1(x)).relu())) + x).relu()
        ),
        "Hai moltiplicato per l'ingresso: si somma.": _con(lambda b, x: (b.seconda(b.prima(x)) * x).relu()),
        "Hai tolto l'ingresso: si somma.": _con(lambda b, x: (b.seconda(b.prima(x)) - x).relu()),
        "L'ingresso si somma così com'è: qualcosa lo stacca dal grafo.": _con(
            lambda b, x: (b.seconda(b.prima(x)) + x.detach()).relu()
        ),
        "I valori sono giusti, ma qualcosa stacca dal grafo le convoluzioni: non imparano.": [
            _con(lambda b, x: (b.seconda(b.prima(x)).detach() + x).relu()),
            _con(lambda b, x: (b.seconda(b.prima(x).detach()) + x).relu()),
            _con(lambda b, x: (b.seconda(b.prima(x.detach())) + x).relu()),
        ],
    },
)
