"""I controlli della lezione 04: taglie, parametri, foto, convoluzione, pooling, confusione, blocco residuo."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from corso_pytorch.verifiche.codice import vieta_cicli, vieta_nomi
from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_numero, detto, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


@esercizio("4.1")
def lato_finale(risposta: object) -> None:
    prove = [
        (28, [(5, 2, 1)]),
        (28, [(5, 0, 1)]),
        (28, [(5, 4, 2)]),
        (29, [(6, 0, 3)]),
        (28, [(5, 0, 2), (3, 1, 1), (2, 0, 2)]),
        (33, [(3, 1, 2), (5, 1, 3)]),
    ]
    for lato, strati in prove:
        atteso = _lato(lato, strati, _passo)
        dato = chiama(risposta, lato, strati, dove=f"con lato_finale({lato}, {strati})")
        prefisso = f"Con lato_finale({lato}, {strati}) "
        errori = {
            prefisso + "manca il «+ 1»: anche la prima posizione conta.": _lato(
                lato, strati, lambda n, k, p, s: (n + 2 * p - k) // s
            ),
            prefisso + "il padding è contato da una parte sola.": _lato(
                lato, strati, lambda n, k, p, s: (n + p - k) // s + 1
            ),
            prefisso + "il padding non è contato.": _lato(lato, strati, lambda n, k, p, s: (n - k) // s + 1),
            prefisso + "lo stride non è contato.": _lato(lato, strati, lambda n, k, p, s: n + 2 * p - k + 1),
            prefisso + "il kernel non è sottratto: l'ultima posizione deve starci tutta.": _lato(
                lato, strati, lambda n, k, p, s: (n + 2 * p - 1) // s + 1
            ),
            prefisso + "hai arrotondato per eccesso: una posizione che esce dal bordo non vale.": _lato(
                lato, strati, lambda n, k, p, s: math.ceil((n + 2 * p - k) / s) + 1
            ),
            prefisso + "guardi un solo strato: il lato che esce è quello che entra nel successivo.": _lato(
                lato, strati[-1:], _passo
            ),
            prefisso + "ti fermi al primo strato: il return è dentro il ciclo?": _lato(lato, strati[:1], _passo),
            prefisso + "padding e stride sono scambiati: la terna è (kernel, padding, stride).": _lato(
                lato, strati, lambda n, k, p, s: (n + 2 * s - k) // max(p, 1) + 1
            ),
            prefisso + "mancano le parentesi: prima si somma e si sottrae, poi si divide.": _lato(
                lato, strati, lambda n, k, p, s: n + 2 * p - k // s + 1
            ),
            prefisso + "il risultato non è intero: la divisione va arrotondata per difetto, strato per strato.": _lato(
                lato, strati, lambda n, k, p, s: (n + 2 * p - k) / s + 1
            ),
        }
        confronta_numero(dato, atteso, errori=errori, nome="Il lato")
        if not isinstance(dato, int):
            raise Sbagliato(f"Il numero è giusto, ma è {tipo_di(dato)}: un lato è un intero; guarda la divisione.")
    vieta_nomi(risposta, "Conv2d", "conv2d", "MaxPool2d", "max_pool2d", "zeros", "empty")


@esercizio("4.2")
def parametri_conv(risposta: object) -> None:
    for entrano, escono, kernel, bias in [(2, 7, 3, True), (16, 32, 3, True), (5, 4, 2, False), (1, 6, 5, True)]:
        pesi = entrano * escono * kernel**2
        dove = f"Con entrano={entrano}, escono={escono}, kernel={kernel}, bias={bias} "
        errori = {
            dove + "mancano i bias.": pesi if bias else None,
            dove + "hai contato i bias anche se non ci sono.": None if bias else pesi + escono,
            dove + "i bias sono uno per mappa che esce, non uno per canale che entra.": pesi + entrano,
            dove + "i bias sono uno per mappa che esce, non uno per fetta.": pesi + entrano * escono,
            dove + "di bias ne hai contato uno solo.": pesi + 1,
            dove + "il kernel è quadrato: quanti numeri ha una sua fetta?": entrano * escono * kernel + escono * bias,
            dove + "manca l'asse dei canali che entrano: ogni kernel ha una fetta per ognuno.": escono * kernel**2
            + escono * bias,
            dove + "conti un kernel solo: ce n'è uno per ogni mappa che esce.": entrano * kernel**2 + escono * bias,
        }
        argomenti = (entrano, escono, kernel)
        dato = chiama(risposta, *argomenti, dove=f"con {argomenti} e bias={bias}", bias=bias)
        confronta_numero(
            dato,
            pesi + escono * bias,
            {k: v for k, v in errori.items() if v is not None},
            nome="Il numero di parametri",
        )
    senza_dirlo = chiama(risposta, 2, 7, 3, dove="con entrano=2, escono=7, kernel=3")
    confronta_numero(
        senza_dirlo, 133, {"Se non si dice nulla, il bias c'è: bias=True.": 126}, nome="Il numero di parametri"
    )
    vieta_nomi(risposta, "Conv2d", "parameters", "numel")


@esercizio("4.3")
def normalizza(risposta: object) -> None:
    caso = torch.Generator().manual_seed(43)
    for n, c, h, w in [(4, 3, 5, 6), (2, 1, 7, 4), (3, 3, 3, 3)]:
        foto = torch.randint(0, 256, (n, c, h, w), generator=caso, dtype=torch.uint8)
        media, scarto = 0.2 + 0.3 * torch.rand(c, generator=caso), 0.2 + 0.2 * torch.rand(c, generator=caso)
        m, s = media.view(c, 1, 1), scarto.view(c, 1, 1)
        x = foto.float() / 255
        errori = {
            "Manca la divisione per 255: media e scarto valgono per numeri fra 0 e 1.": (foto.float() - m) / s,
            "Dopo aver tolto la media manca la divisione per lo scarto.": x - m,
            "Dividi per lo scarto, ma la media non è tolta.": x / s,
            "Le foto sono solo portate fra 0 e 1: manca la normalizzazione.": x,
            "Prima si toglie la media, poi si divide: servono le parentesi.": x - m / s,
            "Hai moltiplicato per lo scarto: si divide.": (x - m) * s,
            "Hai diviso per la varianza (lo scarto al quadrato): si divide per lo scarto.": (x - m) / s**2,
            "Hai diviso per 256: il valore più alto è 255.": (foto.float() / 256 - m) / s,
            "Con «//» fra interi quasi tutti i numeri diventano 0: si divide con «/».": (foto // 255 - m) / s,
            "Hai fatto una media sola di tutti i canali: ogni canale ha la sua media e il suo scarto.": (x - m.mean())
            / s.mean(),
            "Hai calcolato media e scarto dal batch: usa quelli che ricevi.": (x - x.mean((0, 2, 3), keepdim=True))
            / x.std((0, 2, 3), keepdim=True),
        }
        if c == w:
            errori["Media e scarto si sono appaiati alle colonne, non ai canali: guarda gli assi da destra."] = (
                x - media
            ) / scarto
        dato = chiama(risposta, foto, media, scarto, dove=f"con foto di forma {(n, c, h, w)}")
        confronta(dato, (x - m) / s, errori)
    vieta_cicli(risposta)
    vieta_nomi(risposta, "Normalize", "normalize", "v2")


@esercizio("4.4")
def convoluzione(risposta: object) -> None:
    caso = torch.Generator().manual_seed(44)
    for (h, w), (a, b) in [((5, 7), (3, 3)), ((6, 4), (2, 3)), ((4, 4), (4, 1))]:
        immagine, kernel = torch.randn(h, w, generator=caso), torch.randn(a, b, generator=caso)
        giusto = F.conv2d(immagine[None, None], kernel[None, None])[0, 0]
        errori = {
            "Hai capovolto il kernel, come fanno i matematici: conv2d non lo fa.": F.conv2d(
                immagine[None, None], kernel.flip(0, 1)[None, None]
            )[0, 0],
            "Manca l'ultima riga e l'ultima colonna di posizioni: quante volte entra il kernel?": giusto[:-1, :-1],
            "Hai fatto la media del ritaglio: serve la somma.": giusto / (a * b),
            "Righe e colonne del risultato sono scambiate.": giusto.T,
            "Hai sommato il ritaglio senza moltiplicarlo per il kernel.": F.conv2d(
                immagine[None, None], torch.ones(1, 1, a, b)
            )[0, 0],
        }
        dato = chiama(risposta, immagine, kernel, dove=f"con un'immagine {h}×{w} e un kernel {a}×{b}")
        if isinstance(dato, torch.Tensor) and dato.shape == immagine.shape:
            raise Sbagliato(
                "Il risultato è grande come l'immagine: il kernel deve starci tutto, quindi le posizioni sono meno."
            )
        confronta(dato, giusto, errori)
    vieta_nomi(risposta, "conv2d", "Conv2d", "conv1d", "unfold", "convolve2d", "correlate2d", "as_strided")


@esercizio("4.5")
def massimi(risposta: object) -> None:
    caso = torch.Generator().manual_seed(45)
    for n, c, h, w in [(2, 3, 6, 8), (1, 4, 2, 10), (3, 1, 4, 4)]:
        # Tutti negativi: chi riempie di zeri o parte da zero se ne accorge.
        x = -1 - torch.randperm(n * c * h * w, generator=caso).view(n, c, h, w).float()
        riquadri, in_fila = x.reshape(n, c, h // 2, 2, w // 2, 2), x.reshape(n, c, h // 2, w // 2, 4).amax(-1)
        errori = {
            "Ogni riquadro mescola numeri che nell'immagine non sono vicini: spezza H in due assi, poi W.": in_fila,
            "Hai spezzato H in (2, H/2): prima viene quale riquadro, poi dove dentro il riquadro.": x.reshape(
                n, c, 2, h // 2, 2, w // 2
            ).amax((2, 4)),
            "Hai fatto la media di ogni riquadro: serve il massimo.": riquadri.mean((3, 5)),
            "Hai preso un angolo di ogni riquadro, non il massimo.": x[..., ::2, ::2],
            "Hai cercato il massimo solo fra le righe vicine: un riquadro è 2×2.": riquadri.amax(3).flatten(3),
            "Hai cercato il massimo solo fra le colonne vicine: un riquadro è 2×2.": riquadri.amax(5).flatten(2, 3),
            "Hai fatto il massimo fra i riquadri, invece che dentro ognuno: quali assi vanno tolti?": riquadri.amax(
                (2, 4)
            ),
            "Hai fatto il minimo: serve il massimo.": riquadri.amin((3, 5)),
        }
        if h == w:
            errori["Altezza e larghezza del risultato sono scambiate."] = riquadri.amax((3, 5)).transpose(2, 3)
        confronta(chiama(risposta, x, dove=f"con x di forma {(n, c, h, w)}"), riquadri.amax((3, 5)), errori)
    vieta_cicli(risposta)
    vieta_nomi(risposta, "max_pool2d", "MaxPool2d", "adaptive_max_pool2d", "AdaptiveMaxPool2d", "unfold", "max_pool1d")


@esercizio("4.6")
def confusione(risposta: object) -> None:
    caso = torch.Generator().manual_seed(46)
    for quanti, classi in [(60, 4), (200, 10), (7, 6)]:
        # L'ultima classe non compare mai: la tabella deve avere lo stesso il suo posto.
        vere = torch.randint(0, classi - 1, (quanti,), generator=caso)
        previste = torch.where(torch.rand(quanti, generator=caso) < 0.6, vere, vere * 3 % (classi - 1))
        attesa = torch.zeros(classi, classi, dtype=torch.int64)
        for vera, prevista in zip(vere.tolist(), previste.tolist(), strict=True):
            attesa[vera, prevista] += 1
        # Nella classe 0 le due strade coincidono: una coppia in più le distingue sempre.
        vere, previste = torch.cat([vere, torch.tensor([0, 0])]), torch.cat([previste, torch.tensor([1, 1])])
        attesa[0, 1] += 2
        per_riga = attesa / attesa.sum(1, keepdim=True).clamp(min=1)
        errori = {
            "Righe e colonne sono scambiate: le cifre vere vanno sulle righe.": attesa.T,
            "Ogni coppia è contata una volta sola: con gli indici ripetuti «+= 1» scrive una volta sola.": attesa.clamp(
                max=1
            ),
            "Sono quote, non conteggi: qui si chiede quante immagini.": per_riga,
            "Sono quote, non conteggi: si chiede quante sono le immagini.": attesa / attesa.sum(),
            "Hai contato solo le risposte giuste: mancano gli errori, fuori dalla diagonale.": attesa.diagonal().diag(),
            "Sono i conteggi giusti, ma in fila: rimettili in una tabella.": attesa.flatten(),
        }
        dove = f"con {classi} classi, l'ultima mai comparsa"
        dato = chiama(risposta, vere, previste, classi, dove=dove)
        if isinstance(dato, torch.Tensor) and dato.dim() == 2 and dato.shape != attesa.shape:
            raise Sbagliato(
                f"Con {classi} classi la tabella ha forma {tuple(dato.shape)}: e le classi che non compaiono?"
            )
        confronta(dato, attesa, errori)
    vieta_cicli(risposta)


@esercizio("4.7")
def residuo(risposta: object) -> None:
    if not (isinstance(risposta, type) and issubclass(risposta, nn.Module)):
        raise Sbagliato("Qui serve la classe, non un oggetto: una sottoclasse di nn.Module.")
    for n, canali, h, w in [(2, 3, 5, 7), (4, 6, 4, 4)]:
        blocco = _costruisci(risposta, canali)
        _controlla_i_pezzi(blocco, canali)
        _rendi_riconoscibile(blocco, canali)
        x = torch.randn(n, canali, h, w, generator=torch.Generator().manual_seed(47))
        for modo in (True, False):
            blocco.train(modo)
            attesi = _uscite_possibili(blocco, x)
            dato = chiama(blocco, x, dove=f"con x di forma {(n, canali, h, w)}")
            giusto = attesi.pop("")
            if isinstance(dato, torch.Tensor) and dato.shape != x.shape:
                esce = f"Entra {tuple(x.shape)} ed esce {tuple(dato.shape)}"
                raise Sbagliato(f"{esce}: le due convoluzioni devono conservare la taglia.")
            confronta(dato, giusto, attesi, nome="L'uscita")


def _passo(lato: int, kernel: int, padding: int, stride: int) -> int:
    return (lato + 2 * padding - kernel) // stride + 1


def _lato(lato: float, strati: list, passo) -> float:
    for kernel, padding, stride in strati:
        lato = passo(lato, kernel, padding, stride)
    return lato


def _costruisci(classe: type, canali: int) -> nn.Module:
    try:
        return classe(canali)
    except AttributeError as errore:
        if "before Module.__init__()" in str(errore) or "_modules" in str(errore):
            raise Sbagliato(
                "Prima di tutto serve super().__init__(): senza, il modulo non può registrare nulla."
            ) from errore
        raise Sbagliato(f"Residuo({canali}) si ferma con {detto(errore)}") from errore
    except Exception as errore:
        raise Sbagliato(f"Residuo({canali}) si ferma con {detto(errore)}") from errore


def _pezzi(blocco: nn.Module, tipo: type) -> list:
    return [modulo for modulo in blocco.modules() if isinstance(modulo, tipo)]


def _controlla_i_pezzi(blocco: nn.Module, canali: int) -> None:
    convoluzioni, norme = _pezzi(blocco, nn.Conv2d), _pezzi(blocco, nn.BatchNorm2d)
    if not convoluzioni:
        raise Sbagliato(
            "Il modulo non ha registrato nessuna nn.Conv2d: le hai assegnate a self in __init__, fuori da liste?"
        )
    if len(convoluzioni) == 1:
        raise Sbagliato("C'è una convoluzione sola: servono due strati diversi, ognuno con i suoi pesi.")
    if len(convoluzioni) > 2:
        raise Sbagliato(f"Le convoluzioni sono {len(convoluzioni)}: ne servono due; l'ingresso si somma così com'è.")
    if len(norme) != 2:
        raise Sbagliato(f"Le batch normalization registrate sono {len(norme)}: ne serve una per ogni convoluzione.")
    for conv in convoluzioni:
        if (conv.in_channels, conv.out_channels) != (canali, canali):
            da_a = f"da {conv.in_channels} a {conv.out_channels} canali"
            raise Sbagliato(f"Una convoluzione va {da_a}: qui entrano ed escono {canali}.")
        if tuple(conv.kernel_size) != (3, 3):
            raise Sbagliato(f"Una convoluzione ha kernel {tuple(conv.kernel_size)}: serve 3×3.")
        if tuple(conv.stride) != (1, 1):
            raise Sbagliato("Una convoluzione ha uno stride che rimpicciolisce la mappa: la taglia va conservata.")
        if conv.padding not in ((1, 1), "same"):
            raise Sbagliato("Un kernel 3×3 mangia il bordo: quale padding conserva la taglia?")


def _rendi_riconoscibile(blocco: nn.Module, canali: int) -> None:
    """Pesi e medie lontani da quelli di partenza: così ogni strada dà un'uscita diversa."""
    caso = torch.Generator().manual_seed(canali)
    with torch.no_grad():
        for norma in _pezzi(blocco, nn.BatchNorm2d):
            for tensore in (norma.weight, norma.bias, norma.running_mean):
                if tensore is not None:
                    tensore.copy_(0.5 + torch.rand(canali, generator=caso))


def _uscite_possibili(blocco: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """L'uscita giusta (con chiave vuota) e quelle delle sviste previste; lascia intatti i buffer."""
    (conv_1, conv_2), norme = _pezzi(blocco, nn.Conv2d), _pezzi(blocco, nn.BatchNorm2d)

    def bn(quale: int, y: torch.Tensor) -> torch.Tensor:
        norma = norme[quale]
        if norma.training or norma.running_mean is None:
            return F.batch_norm(y, None, None, norma.weight, norma.bias, True, eps=norma.eps)
        return F.batch_norm(y, norma.running_mean, norma.running_var, norma.weight, norma.bias, eps=norma.eps)

    with torch.no_grad():
        prima = bn(0, conv_1(x)).relu()
        seconda = bn(1, conv_2(prima))
        lineare = bn(1, conv_2(bn(0, conv_1(x))))
        return {
            "": (seconda + x).relu(),
            "Manca la somma con l'ingresso del blocco.": seconda.relu(),
            "Manca la ReLU finale.": seconda + x,
            "La seconda ReLU viene prima della somma: deve essere l'ultima cosa.": seconda.relu() + x,
            "C'è una ReLU di troppo: dopo la seconda batch normalization si somma subito.": (seconda.relu() + x).relu(),
            "Manca la ReLU fra le due convoluzioni.": (lineare + x).relu(),
            "Hai sommato l'uscita del primo strato invece dell'ingresso x: forse x è stata sovrascritta.": (
                seconda + prima
            ).relu(),
            "Hai sommato il risultato con sé stesso: x è stata sovrascritta, e l'ingresso è perso.": (
                seconda + seconda
            ).relu(),
            "Le batch normalization sono scambiate, o la stessa è usata due volte.": (
                bn(0, conv_2(bn(0, conv_1(x)).relu())) + x
            ).relu(),
            "La prima convoluzione è usata due volte: la seconda resta ferma.": (bn(1, conv_1(prima)) + x).relu(),
            "Mancano le batch normalization: le hai create, ma il forward non le usa.": (
                conv_2(conv_1(x).relu()) + x
            ).relu(),
            "La ReLU viene prima della batch normalization: l'ordine è convoluzione, batch normalization, ReLU.": (
                bn(1, conv_2(bn(0, conv_1(x).relu()))) + x
            ).relu(),
            "La batch normalization va dopo la sua convoluzione, non prima.": (
                conv_2(bn(1, conv_1(bn(0, x)).relu())) + x
            ).relu(),
            "Hai moltiplicato per l'ingresso: si somma.": (seconda * x).relu(),
        }
