"""Le risposte di prova agli esercizi della lezione 04."""

import math
from functools import reduce

import torch
import torch.nn.functional as F
from torch import nn


# 4.1
def _lato_ciclo(lato, strati):
    for kernel, padding, stride in strati:
        lato = (lato + 2 * padding - kernel) // stride + 1
    return lato


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


def _lato_con(formula):
    def lato_finale(lato, strati):
        for k, p, s in strati:
            lato = formula(lato, k, p, s)
        return lato

    return lato_finale


def _lato_solo_primo(lato, strati):
    for k, p, s in strati:
        return (lato + 2 * p - k) // s + 1


def _lato_solo_ultimo(lato, strati):
    for k, p, s in strati:
        esce = (lato + 2 * p - k) // s + 1
    return esce


def _lato_con_strati(lato, strati):
    x = torch.zeros(1, 1, lato, lato)
    for k, p, s in strati:
        x = nn.Conv2d(1, 1, k, stride=s, padding=p)(x)
    return x.shape[-1]


# 4.2
def _parametri_conto(entrano, escono, kernel, bias=True):
    return escono * (entrano * kernel**2 + (1 if bias else 0))


def _parametri_passi(entrano, escono, kernel, bias=True):
    totale = 0
    for _ in range(escono):
        totale += entrano * kernel * kernel
        if bias:
            totale += 1
    return totale


def _parametri_strato(entrano, escono, kernel, bias=True):
    return sum(p.numel() for p in nn.Conv2d(entrano, escono, kernel, bias=bias).parameters())


# 4.3
def _normalizza_indici(foto, media, scarto):
    return (foto.float() / 255 - media[:, None, None]) / scarto[:, None, None]


def _normalizza_view(foto, media, scarto):
    return (foto / 255).sub(media.view(1, -1, 1, 1)).div(scarto.view(1, -1, 1, 1))


def _normalizza_in_fondo(foto, media, scarto):
    x = foto.permute(0, 2, 3, 1) / 255
    return ((x - media) / scarto).permute(0, 3, 1, 2)


def _normalizza_ciclo(foto, media, scarto):
    x = foto.float() / 255
    return torch.stack([(x[:, c] - media[c]) / scarto[c] for c in range(len(media))], dim=1)


def _normalizza_v2(foto, media, scarto):
    from torchvision.transforms import v2

    return v2.functional.normalize(foto.float() / 255, media.tolist(), scarto.tolist())


# 4.4
def _convoluzione_ciclo(immagine, kernel):
    alto, largo = kernel.shape
    esito = torch.empty(immagine.shape[0] - alto + 1, immagine.shape[1] - largo + 1)
    for i in range(esito.shape[0]):
        for j in range(esito.shape[1]):
            esito[i, j] = (immagine[i : i + alto, j : j + largo] * kernel).sum()
    return esito


def _convoluzione_per_peso(immagine, kernel):
    alto, largo = kernel.shape
    h, w = immagine.shape[0] - alto + 1, immagine.shape[1] - largo + 1
    return sum(kernel[a, b] * immagine[a : a + h, b : b + w] for a in range(alto) for b in range(largo))


def _convoluzione_quadrata(immagine, kernel):
    lato = kernel.shape[0]
    esito = torch.empty(immagine.shape[0] - lato + 1, immagine.shape[1] - lato + 1)
    for i in range(esito.shape[0]):
        for j in range(esito.shape[1]):
            esito[i, j] = (immagine[i : i + lato, j : j + lato] * kernel).sum()
    return esito


def _convoluzione_corta(immagine, kernel):
    return _convoluzione_ciclo(immagine, kernel)[:-1, :-1]


def _convoluzione_grande(immagine, kernel):
    esito = torch.zeros_like(immagine)
    piccolo = _convoluzione_ciclo(immagine, kernel)
    esito[: piccolo.shape[0], : piccolo.shape[1]] = piccolo
    return esito


def _convoluzione_lista(immagine, kernel):
    return _convoluzione_ciclo(immagine, kernel).tolist()


def _convoluzione_libreria(immagine, kernel):
    return F.conv2d(immagine[None, None], kernel[None, None])[0, 0]


# 4.5
def _massimi_reshape(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).amax(dim=(3, 5))


def _massimi_due_passi(x):
    n, c, h, w = x.shape
    righe = x.view(n, c, h // 2, 2, w).max(dim=3).values
    return righe.view(n, c, h // 2, w // 2, 2).max(dim=4).values


def _massimi_fette(x):
    alto = torch.maximum(x[..., ::2, ::2], x[..., ::2, 1::2])
    return torch.maximum(alto, torch.maximum(x[..., 1::2, ::2], x[..., 1::2, 1::2]))


def _massimi_mescolati(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, w // 2, 4).amax(dim=-1)


def _massimi_assi_sbagliati(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).amax(dim=(2, 4))


def _massimi_media(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).mean(dim=(3, 5))


def _massimi_ciclo(x):
    righe = [x[:, :, i : i + 2].amax(dim=2) for i in range(0, x.shape[2], 2)]
    x = torch.stack(righe, dim=2)
    return torch.stack([x[..., j : j + 2].amax(dim=3) for j in range(0, x.shape[3], 2)], dim=3)


# 4.6
def _confusione_bincount(vere, previste, classi):
    return torch.bincount(vere * classi + previste, minlength=classi**2).reshape(classi, classi)


def _confusione_uno_su_tanti(vere, previste, classi):
    return F.one_hot(vere, classi).T @ F.one_hot(previste, classi)


def _confusione_accumulo(vere, previste, classi):
    tabella = torch.zeros(classi, classi, dtype=torch.int64)
    return tabella.index_put((vere, previste), torch.ones_like(vere), accumulate=True)


def _confusione_ripetuti(vere, previste, classi):
    tabella = torch.zeros(classi, classi, dtype=torch.int64)
    tabella[vere, previste] += 1
    return tabella


def _confusione_ciclo(vere, previste, classi):
    tabella = torch.zeros(classi, classi, dtype=torch.int64)
    for vera, prevista in zip(vere, previste, strict=True):
        tabella[vera, prevista] += 1
    return tabella


def _confusione_viste(vere, previste, classi):
    viste = int(max(vere.max(), previste.max())) + 1
    return torch.bincount(vere * viste + previste, minlength=viste**2).reshape(viste, viste)


# 4.7
class _Residuo(nn.Module):
    def __init__(self, canali):
        super().__init__()
        self.conv1 = nn.Conv2d(canali, canali, 3, padding=1)
        self.norma1 = nn.BatchNorm2d(canali)
        self.conv2 = nn.Conv2d(canali, canali, 3, padding=1)
        self.norma2 = nn.BatchNorm2d(canali)

    def forward(self, x):
        y = self.norma1(self.conv1(x)).relu()
        return (self.norma2(self.conv2(y)) + x).relu()


class _ResiduoInFila(nn.Module):
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


class _ResiduoSenzaSomma(_Residuo):
    def forward(self, x):
        return self.norma2(self.conv2(self.norma1(self.conv1(x)).relu())).relu()


class _ResiduoReluPrimaDellaNorma(_Residuo):
    def forward(self, x):
        return (self.norma2(self.conv2(self.norma1(self.conv1(x).relu()))) + x).relu()


class _ResiduoNormaPrima(_Residuo):
    def forward(self, x):
        return (self.conv2(self.norma2(self.conv1(self.norma1(x)).relu())) + x).relu()


class _ResiduoSenzaReluFinale(_Residuo):
    def forward(self, x):
        return self.norma2(self.conv2(self.norma1(self.conv1(x)).relu())) + x


class _ResiduoReluPrima(_Residuo):
    def forward(self, x):
        return self.norma2(self.conv2(self.norma1(self.conv1(x)).relu())).relu() + x


class _ResiduoSovrascritto(_Residuo):
    def forward(self, x):
        x = self.norma1(self.conv1(x)).relu()
        return (self.norma2(self.conv2(x)) + x).relu()


class _ResiduoStessaConv(_Residuo):
    def forward(self, x):
        return (self.norma2(self.conv1(self.norma1(self.conv1(x)).relu())) + x).relu()


class _ResiduoStessaNorma(_Residuo):
    def forward(self, x):
        return (self.norma1(self.conv2(self.norma1(self.conv1(x)).relu())) + x).relu()


class _ResiduoUnaConv(nn.Module):
    def __init__(self, canali):
        super().__init__()
        self.conv = nn.Conv2d(canali, canali, 3, padding=1)
        self.norma = nn.BatchNorm2d(canali)

    def forward(self, x):
        return (self.norma(self.conv(self.norma(self.conv(x)).relu())) + x).relu()


class _ResiduoUnaNorma(nn.Module):
    def __init__(self, canali):
        super().__init__()
        self.conv1 = nn.Conv2d(canali, canali, 3, padding=1)
        self.conv2 = nn.Conv2d(canali, canali, 3, padding=1)
        self.norma = nn.BatchNorm2d(canali)

    def forward(self, x):
        return (self.norma(self.conv2(self.norma(self.conv1(x)).relu())) + x).relu()


class _ResiduoSenzaPadding(nn.Module):
    def __init__(self, canali):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(canali, canali, 3), nn.Conv2d(canali, canali, 3)
        self.norma1, self.norma2 = nn.BatchNorm2d(canali), nn.BatchNorm2d(canali)

    def forward(self, x):
        return (self.norma2(self.conv2(self.norma1(self.conv1(x)).relu())) + x).relu()


class _ResiduoSenzaSuper(nn.Module):
    def __init__(self, canali):
        self.conv = nn.Conv2d(canali, canali, 3, padding=1)

    def forward(self, x):
        return x


class _ResiduoInLista(nn.Module):
    def __init__(self, canali):
        super().__init__()
        self.strati = [nn.Conv2d(canali, canali, 3, padding=1) for _ in range(2)]

    def forward(self, x):
        return x


class _ResiduoSenzaReluInMezzo(_Residuo):
    def forward(self, x):
        return (self.norma2(self.conv2(self.norma1(self.conv1(x)))) + x).relu()


GIUSTE = {
    "4.1": [_lato_ciclo, _lato_floor, _lato_ridotto, _lato_ricorsivo],
    "4.2": [_parametri_conto, _parametri_passi],
    "4.3": [_normalizza_indici, _normalizza_view, _normalizza_in_fondo],
    "4.4": [_convoluzione_ciclo, _convoluzione_per_peso],
    "4.5": [_massimi_reshape, _massimi_due_passi, _massimi_fette],
    "4.6": [_confusione_bincount, _confusione_uno_su_tanti, _confusione_accumulo],
    "4.7": [_Residuo, _ResiduoInFila],
}

SBAGLIATE = {
    "4.1": [
        (_lato_con(lambda n, k, p, s: n + 2 * p - k // s + 1), "mancano le parentesi"),
        (_lato_con(lambda n, k, p, s: (n + 2 * p - k) // s), "manca il «+ 1»"),
        (_lato_con(lambda n, k, p, s: (n + p - k) // s + 1), "da una parte sola"),
        (_lato_con(lambda n, k, p, s: (n - k) // s + 1), "il padding non è contato"),
        (_lato_con(lambda n, k, p, s: n + 2 * p - k + 1), "lo stride non è contato"),
        (_lato_con(lambda n, k, p, s: math.ceil((n + 2 * p - k) / s) + 1), "arrotondato per eccesso"),
        (_lato_con(lambda n, k, p, s: (n + 2 * p - k) / s + 1), "la divisione"),
        (_lato_solo_primo, "il return è dentro il ciclo?"),
        (_lato_solo_ultimo, "guardi un solo strato"),
        (_lato_con_strati, "senza «Conv2d»"),
        (lambda lato, strati: torch.zeros(lato), "dovrebbe essere un numero"),
    ],
    "4.2": [
        (lambda entrano, escono, kernel, bias=True: entrano * escono * kernel**2, "mancano i bias"),
        (lambda entrano, escono, kernel, bias=True: entrano * escono * kernel**2 + escono, "anche se non ci sono"),
        (lambda entrano, escono, kernel, bias=True: entrano * escono * kernel**2 + entrano * bias, "canale che entra"),
        (lambda entrano, escono, kernel, bias=True: entrano * escono * kernel + escono * bias, "il kernel è quadrato"),
        (lambda entrano, escono, kernel, bias=True: escono * kernel**2 + escono * bias, "canali che entrano"),
        (lambda entrano, escono, kernel, bias=True: entrano * escono * (kernel**2 + bias), "non uno per fetta"),
        (lambda entrano, escono, kernel, bias=False: escono * (entrano * kernel**2 + bias), "bias=True"),
        (_parametri_strato, "senza «Conv2d»"),
    ],
    "4.3": [
        (lambda foto, media, scarto: (foto // 255 - media[:, None, None]) / scarto[:, None, None], "si divide con"),
        (lambda foto, media, scarto: (foto / 255 - media.mean()) / scarto.mean(), "una media sola"),
        (lambda foto, media, scarto: (foto.float() - media[:, None, None]) / scarto[:, None, None], "255"),
        (lambda foto, media, scarto: foto / 255 - media[:, None, None] / scarto[:, None, None], "parentesi"),
        (lambda foto, media, scarto: foto / 255 - media[:, None, None], "manca la divisione per lo scarto"),
        (lambda foto, media, scarto: (foto / 255 - media) / scarto, "si ferma con RuntimeError"),
        (lambda foto, media, scarto: (foto / 256 - media[:, None, None]) / scarto[:, None, None], "256"),
        (lambda foto, media, scarto: foto / 255, "manca la normalizzazione"),
        (lambda foto, media, scarto: (foto.double() / 255 - media[:, None, None]) / scarto[:, None, None], "float64"),
        (
            lambda foto, media, scarto: (
                (foto / 255 - (foto / 255).mean((0, 2, 3), keepdim=True)) / (foto / 255).std((0, 2, 3), keepdim=True)
            ),
            "usa quelli che ricevi",
        ),
        (_normalizza_ciclo, "senza cicli"),
        (_normalizza_v2, "senza «"),
    ],
    "4.4": [
        (lambda immagine, kernel: _convoluzione_ciclo(immagine, kernel.flip(0, 1)), "capovolto"),
        (_convoluzione_corta, "Manca l'ultima riga"),
        (_convoluzione_grande, "grande come l'immagine"),
        (lambda immagine, kernel: _convoluzione_ciclo(immagine, kernel) / kernel.numel(), "la media del ritaglio"),
        (lambda immagine, kernel: _convoluzione_ciclo(immagine, torch.ones_like(kernel)), "senza moltiplicarlo"),
        (lambda immagine, kernel: _convoluzione_ciclo(immagine, kernel).T, "scambiate"),
        (_convoluzione_quadrata, "kernel 2×3 si ferma con RuntimeError"),
        (_convoluzione_lista, "è una lista"),
        (_convoluzione_libreria, "senza «conv2d»"),
    ],
    "4.5": [
        (lambda x: x.reshape(*x.shape[:2], 2, x.shape[2] // 2, 2, -1).amax((2, 4)), "prima viene quale riquadro"),
        (_massimi_mescolati, "mescola numeri"),
        (_massimi_assi_sbagliati, "fra i riquadri"),
        (_massimi_media, "Hai fatto la media"),
        (lambda x: x[..., ::2, ::2], "un angolo"),
        (lambda x: x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3]).amax(3), "solo fra le righe"),
        (lambda x: F.max_pool2d(x, 2), "senza «max_pool2d»"),
        (_massimi_ciclo, "senza cicli"),
    ],
    "4.6": [
        (lambda vere, previste, classi: _confusione_bincount(previste, vere, classi), "Righe e colonne sono scambiate"),
        (_confusione_ripetuti, "contata una volta sola"),
        (_confusione_viste, "le classi che non compaiono"),
        (
            lambda vere, previste, classi: torch.bincount(vere * classi + previste).reshape(classi, classi),
            "mai comparsa",
        ),
        (lambda vere, previste, classi: _confusione_bincount(vere, previste, classi).flatten(), "in fila"),
        (lambda vere, previste, classi: _confusione_bincount(vere, previste, classi) / len(vere), "quote"),
        (lambda vere, previste, classi: _confusione_bincount(vere, previste, classi).float(), "float32"),
        (_confusione_ciclo, "senza cicli"),
    ],
    "4.7": [
        (_ResiduoReluPrimaDellaNorma, "La ReLU viene prima"),
        (_ResiduoNormaPrima, "dopo la sua convoluzione"),
        (_ResiduoSenzaSomma, "Manca la somma"),
        (_ResiduoSenzaReluFinale, "Manca la ReLU finale"),
        (_ResiduoReluPrima, "prima della somma"),
        (_ResiduoSenzaReluInMezzo, "fra le due convoluzioni"),
        (_ResiduoSovrascritto, "sovrascritta"),
        (_ResiduoStessaConv, "usata due volte"),
        (_ResiduoStessaNorma, "la stessa è usata due volte"),
        (_ResiduoUnaConv, "una convoluzione sola"),
        (_ResiduoUnaNorma, "una per ogni convoluzione"),
        (_ResiduoSenzaPadding, "quale padding"),
        (_ResiduoSenzaSuper, "super().__init__()"),
        (_ResiduoInLista, "fuori da liste"),
        (_Residuo(3), "la classe, non un oggetto"),
    ],
}
