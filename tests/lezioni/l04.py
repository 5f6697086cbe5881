"""Le risposte di prova agli esercizi della lezione 04."""

import math
from functools import partial, reduce

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from corso_pytorch.lezioni.l04_cnn.esercizi import Residuo, confusione, convoluzione, lato_finale, massimi, normalizza


# 4.3
def _lato_floor(lato, strati):
    for k, p, s in strati:
        lato = math.floor((lato + 2 * p - k) / s + 1)
    return lato


def _lato_ridotto(lato, strati):
    return reduce(lambda n, strato: (n + 2 * strato[1] - strato[0]) // strato[2] + 1, strati, lato)


def _lato_ricorsivo(lato, strati):
    if not strati:
        return lato
    k, p, s = strati[0]
    return _lato_ricorsivo(len(range(0, lato + 2 * p - k + 1, s)), strati[1:])


def _lato_con_strati(lato, strati):
    x = torch.zeros(1, 1, lato, lato)
    for k, p, s in strati:
        x = nn.Conv2d(1, 1, k, stride=s, padding=p)(x)
    return x.shape[-1]


# 4.5
def _parametri_passi(entrano, escono, kernel, bias=True):
    totale = 0
    for _ in range(escono):
        totale += entrano * kernel * kernel
        if bias:
            totale += 1
    return totale


def _parametri_strato(entrano, escono, kernel, bias=True):
    return sum(p.numel() for p in nn.Conv2d(entrano, escono, kernel, bias=bias).parameters())


# 4.1
def _normalizza_in_fondo(foto, media, deviazione):
    x = foto.permute(0, 2, 3, 1) / 255
    return ((x - media) / deviazione).permute(0, 3, 1, 2)


def _normalizza_ciclo(foto, media, deviazione):
    x = foto.float() / 255
    return torch.stack([(x[:, c] - media[c]) / deviazione[c] for c in range(len(media))], dim=1)


def _normalizza_v2(foto, media, deviazione):
    from torchvision.transforms import v2

    return v2.functional.normalize(foto.float() / 255, media.tolist(), deviazione.tolist())


# 4.2
def _convoluzione_per_peso(immagine, kernel):
    alto, largo = kernel.shape
    h, w = immagine.shape[0] - alto + 1, immagine.shape[1] - largo + 1
    return sum(kernel[a, b] * immagine[a : a + h, b : b + w] for a in range(alto) for b in range(largo))


def _convoluzione_di_numpy(immagine, kernel):
    ritagli = np.lib.stride_tricks.sliding_window_view(immagine.numpy(), tuple(kernel.shape))
    return torch.from_numpy((ritagli * kernel.numpy()).sum((2, 3)))


def _convoluzione_a_passi(immagine, kernel):
    (h, w), (a, b) = immagine.shape, kernel.shape
    ritagli = immagine.as_strided((h - a + 1, w - b + 1, a, b), immagine.stride() * 2)
    return torch.einsum("ijab,ab->ij", ritagli, kernel)


def _convoluzione_quadrata(immagine, kernel):
    lato = kernel.shape[0]
    esito = torch.empty(immagine.shape[0] - lato + 1, immagine.shape[1] - lato + 1)
    for i in range(esito.shape[0]):
        for j in range(esito.shape[1]):
            esito[i, j] = (immagine[i : i + lato, j : j + lato] * kernel).sum()
    return esito


# 4.4
def _massimi_due_passi(x):
    n, c, h, w = x.shape
    righe = x.view(n, c, h // 2, 2, w).max(dim=3).values
    return righe.view(n, c, h // 2, w // 2, 2).max(dim=4).values


def _massimi_fette(x):
    alto = torch.maximum(x[..., ::2, ::2], x[..., ::2, 1::2])
    return torch.maximum(alto, torch.maximum(x[..., 1::2, ::2], x[..., 1::2, 1::2]))


def _massimi_ciclo(x):
    righe = [x[:, :, i : i + 2].amax(dim=2) for i in range(0, x.shape[2], 2)]
    x = torch.stack(righe, dim=2)
    return torch.stack([x[..., j : j + 2].amax(dim=3) for j in range(0, x.shape[3], 2)], dim=3)


# 4.6
def _confusione_uno_su_tanti(vere, previste, classi):
    return F.one_hot(vere, classi).T @ F.one_hot(previste, classi)


def _confusione_accumulo(vere, previste, classi):
    tabella = torch.zeros(classi, classi, dtype=torch.int64)
    return tabella.index_put((vere, previste), torch.ones_like(vere), accumulate=True)


def _confusione_ciclo(vere, previste, classi):
    tabella = torch.zeros(classi, classi, dtype=torch.int64)
    for vera, prevista in zip(vere, previste, strict=True):
        tabella[vera, prevista] += 1
    return tabella


def _confusione_senza_ripetute(vere, previste, classi):
    return (F.one_hot(vere, classi)[:, :, None] & F.one_hot(previste, classi)[:, None]).any(0).long()


# 4.8
class _InFila(nn.Module):
    def __init__(self, canali):
        super().__init__()
        self.strada = nn.Sequential(
            nn.Conv2d(canali, canali, 3, padding="same", bias=False),
            nn.BatchNorm2d(canali),
            nn.ReLU(inplace=True),
            nn.Conv2d(canali, canali, 3, padding="same", bias=False),
            nn.BatchNorm2d(canali),
        )

    def forward(self, x):
        return F.relu(x + self.strada(x))


class _AllaRovescia(nn.Module):
    """I moduli registrati nell'ordine opposto a quello in cui lavorano, e il bordo messo a parte."""

    def __init__(self, canali):
        super().__init__()
        self.norme = nn.ModuleList(nn.BatchNorm2d(canali) for _ in range(2))
        self.convoluzioni = nn.ModuleList(nn.Conv2d(canali, canali, 3) for _ in range(2))
        self.bordo = nn.ZeroPad2d(1)

    def forward(self, x):
        y = self.norme[1](self.convoluzioni[1](self.bordo(x))).clamp(min=0)
        y = self.norme[0](self.convoluzioni[0](self.bordo(y)))
        return y.add(x).clamp(min=0)


class _ConLeFunzioni(nn.Module):
    def __init__(self, canali):
        super().__init__()
        for numero in (2, 1):
            self.register_parameter(f"beta{numero}", nn.Parameter(torch.zeros(canali)))
            self.register_parameter(f"kernel{numero}", nn.Parameter(torch.randn(canali, canali, 3, 3)))
            self.register_parameter(f"gamma{numero}", nn.Parameter(torch.ones(canali)))
            self.register_buffer(f"varianza{numero}", torch.ones(canali))
            self.register_buffer(f"media{numero}", torch.zeros(canali))

    def strato(self, x, numero):
        suo = {nome: getattr(self, f"{nome}{numero}") for nome in ("kernel", "media", "varianza", "gamma", "beta")}
        y = F.conv2d(x, suo["kernel"], padding=1)
        return F.batch_norm(y, suo["media"], suo["varianza"], suo["gamma"], suo["beta"], self.training)

    def forward(self, x):
        return (self.strato(self.strato(x, 1).relu(), 2) + x).relu()


class _UnaConvoluzione(nn.Module):
    def __init__(self, canali):
        super().__init__()
        self.conv = nn.Conv2d(canali, canali, 3, padding=1)
        self.norma = nn.BatchNorm2d(canali)

    def forward(self, x):
        return (self.norma(self.conv(self.norma(self.conv(x)).relu())) + x).relu()


class _UnaNorma(Residuo):
    def __init__(self, canali):
        super().__init__(canali)
        self.norma2 = self.norma1


class _NormeSenzaMedie(Residuo):
    def __init__(self, canali):
        super().__init__(canali)
        self.norma1, self.norma2 = (nn.BatchNorm2d(canali, track_running_stats=False) for _ in range(2))


class _NormeSenzaPesi(Residuo):
    def __init__(self, canali):
        super().__init__(canali)
        self.norma1, self.norma2 = (nn.BatchNorm2d(canali, affine=False) for _ in range(2))


class _Convoluzioni(Residuo):
    opzioni = {"kernel_size": 3}

    def __init__(self, canali):
        super().__init__(canali)
        self.conv1, self.conv2 = (nn.Conv2d(canali, canali, **self.opzioni) for _ in range(2))


class _ConUnKernelGrande(_Convoluzioni):
    opzioni = {"kernel_size": 5, "padding": 2}


class _ConUnaScorciatoia(Residuo):
    def __init__(self, canali):
        super().__init__(canali)
        self.conv3 = nn.Conv2d(canali, canali, 3, padding=1)


class _SenzaSuper(nn.Module):
    def __init__(self, canali):
        self.conv = nn.Conv2d(canali, canali, 3, padding=1)

    def forward(self, x):
        return x


class _InLista(nn.Module):
    def __init__(self, canali):
        super().__init__()
        self.strati = [nn.Conv2d(canali, canali, 3, padding=1) for _ in range(2)]

    def forward(self, x):
        return x


class _Staccato(Residuo):
    def forward(self, x):
        return super().forward(x).detach()


class _ConIlTetto(Residuo):
    def forward(self, x):
        return (self.seconda(self.prima(x).clamp(max=6)) + x).relu()


class _SulPosto(Residuo):
    def forward(self, x):
        return x.add_(self.seconda(self.prima(x))).relu()


class _ConUnAltroEps(Residuo):
    def __init__(self, canali):
        super().__init__(canali)
        self.norma1, self.norma2 = (nn.BatchNorm2d(canali, eps=1e-3) for _ in range(2))


class _ConLeMedieFerme(Residuo):
    def __init__(self, canali):
        super().__init__(canali)
        self.norma1.momentum = self.norma2.momentum = 0.0


class _ConUnaMediaFerma(Residuo):
    def __init__(self, canali):
        super().__init__(canali)
        self.norma2.momentum = 0.0


class _ConUnaScorciatoiaPiccola(Residuo):
    def __init__(self, canali):
        super().__init__(canali)
        self.conv3 = nn.Conv2d(canali, canali, 1)


class _SoloUnPezzo(Residuo):
    def forward(self, x):
        return super().forward(x)[:, :1]


GIUSTE = {
    "4.3": [_lato_floor, _lato_ridotto, _lato_ricorsivo],
    "4.5": [_parametri_passi, lambda entrano, escono, kernel, *, bias=True: escono * (entrano * kernel**2 + int(bias))],
    "4.1": [
        _normalizza_in_fondo,
        lambda foto, media, deviazione: (foto / 255).sub(media.view(1, -1, 1, 1)).div(deviazione.view(1, -1, 1, 1)),
    ],
    "4.2": [_convoluzione_per_peso, _convoluzione_a_passi],
    "4.4": [_massimi_due_passi, _massimi_fette],
    "4.6": [_confusione_uno_su_tanti, _confusione_accumulo],
    "4.8": [_InFila, _AllaRovescia, _ConLeFunzioni, _ConUnAltroEps, lambda canali: _InFila(canali)],
}

SBAGLIATE = {
    "4.3": [
        (_lato_con_strati, "niente tensori e niente strati"),
        (lambda lato, strati: torch.tensor(lato_finale(lato, strati)), "niente tensori e niente strati"),
        (lambda lato, strati: float(lato_finale(lato, strati)), "serve un intero"),
    ],
    "4.5": [(_parametri_strato, "niente tensori e niente strati")],
    "4.1": [
        (lambda foto, media, deviazione: (foto / 255 - media[:, None]) / deviazione, "si ferma con RuntimeError"),
        (lambda foto, media, deviazione: normalizza(foto.double(), media, deviazione), "float64"),
        (lambda foto, media, deviazione: normalizza(foto, media, deviazione).bfloat16(), "bfloat16 tiene poche cifre"),
        (lambda foto, media, deviazione: normalizza(foto, media, deviazione).half(), "float16 tiene poche cifre"),
        (_normalizza_ciclo, "senza cicli"),
        (_normalizza_v2, "senza «"),
    ],
    "4.2": [
        (lambda immagine, kernel: convoluzione(immagine, kernel).round(decimals=4), "i valori no"),
        (_convoluzione_quadrata, "Il ritaglio deve avere la forma del kernel"),
        (lambda immagine, kernel: F.conv2d(immagine[None, None], kernel[None, None])[0, 0], "senza «conv2d»"),
        (_convoluzione_di_numpy, "senza «sliding_window_view»"),
        (lambda i, k: (i.unfold(0, k.shape[0], 1).unfold(1, k.shape[1], 1) * k).sum((2, 3)), "senza «unfold»"),
    ],
    "4.4": [
        (lambda x: F.max_pool2d(x, 2), "senza «max_pool2d»"),
        (nn.MaxPool2d(2), "senza «MaxPool2d»"),
        (partial(F.adaptive_max_pool2d, output_size=(3, 4)), "senza «adaptive_max_pool2d»"),
        (lambda x: F.adaptive_max_pool3d(x, (x.shape[1], x.shape[2] // 2, x.shape[3] // 2)), "adaptive_max_pool3d"),
        (_massimi_ciclo, "senza cicli"),
        (lambda x: massimi(x)[0], "cioè 3 assi"),
        (lambda x: massimi(x.float()), "il dtype è float32"),
    ],
    "4.6": [
        (
            lambda vere, previste, classi: torch.bincount(vere * classi + previste).reshape(classi, classi),
            "fin dove conta bincount",
        ),
        (lambda vere, previste, classi: confusione(vere, previste, classi).int(), "int32"),
        (_confusione_ciclo, "senza cicli"),
        (_confusione_senza_ripetute, "Le coppie ripetute contano una volta sola"),
    ],
    "4.8": [
        (_UnaConvoluzione, "una convoluzione sola"),
        (_UnaNorma, "una per ogni convoluzione"),
        (_NormeSenzaMedie, "una per ogni convoluzione"),
        (_NormeSenzaPesi, "affine=False li toglie"),
        (_Convoluzioni, "quale padding"),
        (_ConUnKernelGrande, "kernel 5×5: serve 3×3"),
        (_ConUnaScorciatoia, "Le convoluzioni sono 3"),
        (_ConUnaScorciatoiaPiccola, "l'ingresso si somma così com'è"),
        (_ConLeMedieFerme, "qui restano ferme"),
        (_ConUnaMediaFerma, "resta ferma: forse"),
        (_SenzaSuper, "super().__init__()"),
        (_InLista, "fuori da liste"),
        (_Staccato, "stacca il risultato dal grafo"),
        (_ConIlTetto, "L'uscita in valutazione ha la forma giusta, i valori no"),
        (_SulPosto, "cambia il suo argomento"),
        (_SoloUnPezzo, "devono conservare le dimensioni"),
        (Residuo(3), "la classe, non un oggetto"),
        (lambda canali: lambda x: x, "deve essere un nn.Module"),
    ],
}
