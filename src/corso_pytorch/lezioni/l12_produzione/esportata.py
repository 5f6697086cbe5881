"""L'esame del programma dell'esercizio 12.2: si guarda che cosa fa, comunque sia stato esportato."""

import copy
import io
from collections.abc import Callable

import torch
from torch import nn

from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, detto, tipo_di
from corso_pytorch.verifiche.osservazioni import generatore

# Esportare anche la risposta giusta raddoppierebbe il tempo di ogni controllo: al suo posto c'è questo segno. Che un
# programma vero passi lo provano le soluzioni e tests/lezioni/l12.py.
RIFERIMENTO, IN_ONNX, PROMOSSO = object(), object(), "promosso"
SOGLIA, MASSIMO = 127, 64

MODULO = "È un modulo di PyTorch: serve ciò che torch.export.export restituisce, prima di .module()."
BATCH_FISSO = "La dimensione del batch è rimasta quella dell'esempio: dichiarala libera, con dynamic_shapes e Dim."
PER_NOME = "Chi riceve il programma gli passa i pixel senza nome: l'esempio va nella tupla, export(modulo, (esempio,))."
BATCH_CORTO = f"Il programma deve accettare da 1 a {MASSIMO} immagini: guarda il minimo e il massimo di Dim."
SI_FERMA = {"keyword": PER_NOME, "<=": BATCH_CORTO, ">=": BATCH_CORTO}
DROPOUT_ACCESO = (
    "Due volte la stessa immagine, e due risposte diverse: nel grafo il dropout è rimasto acceso. eval() va chiamato "
    "prima di esportare."
)
IN_ADDESTRAMENTO = (
    "La risposta a un'immagine dipende dalle altre del batch: la batch normalization è stata esportata in "
    "addestramento. eval() va chiamato prima di esportare."
)
MAI = "Le immagini chiare non vengono rovesciate: nel grafo la scelta manca, o la sua soglia è troppo alta."
SEMPRE = "Anche le immagini scure vengono rovesciate: nel grafo la scelta manca, o la sua soglia è troppo bassa."
INSIEME = "Hai deciso per tutto il batch insieme: ogni immagine ha la sua media, e con lei la sua scelta."
PIXEL = "Hai scelto pixel per pixel: si decide con la media dell'immagine, che si rovescia tutta o per niente."
PER_RIGA = "Hai scelto riga per riga: si decide con la media dell'immagine intera, che si rovescia tutta o per niente."
ALTRO_ROVESCIO = "La scelta è giusta, il rovescio no: rovesciare è 255 - pixel."
AL_CONTRARIO = "La scelta è al contrario: si rovesciano le immagini chiare, quelle con la media sopra 127."
ALTRA_SOGLIA = "Si rovesciano le immagini con la media sopra 127: la tua soglia è un'altra."
PARI = (
    "Un'immagine con la media di 127 esatti resta com'è: si rovescia chi la supera. Con > non "
    "basta dividere per 255 da tutte e due le parti, perché arrotonda: confronta i pixel come arrivano."
)
CAMBIA = (
    "Il programma cambia i pixel di chi lo chiama: niente assegnazioni come pixel[scelte] = …, né metodi con il "
    "trattino basso in fondo, come sub_."
)
QUOTE = "Escono probabilità: servono i logit, come li dà la rete."
CONSIGLI = {
    "ata-dependent": "Un if su un tensore chiede un valore che, mentre si esporta, non c'è: prova torch.where.",
    "specialized it to be a constant (1)": "L'esempio ha una sola immagine: mettine almeno due. Se ne ha di più, "
    "hai liberato un altro asse: il batch è l'asse 0.",
    "specialized it to be a constant": "Un ciclo for, len o un numero scritto a mano hanno fissato quante immagini: "
    "lavora su tutto il batch insieme, con torch.where.",
    ", 1) is inconsistent": "Un passo di forward vale per una immagine sola: un .item(), o un 1 al posto di N. Lascia "
    "i tensori come sono.",
    "converted to Python scalars": "Mentre si esporta i valori non ci sono: niente .item(), int() o float(), lascia i "
    "tensori.",
    "aten.amax.default": "amax senza dim guarda tutte le immagini insieme: serve dim=1.",
    "Attempting to broadcast": "La media di ogni immagine ha forma (N,): per incontrare pixel le servono quattro assi.",
    "Constraints violated": "Il grafo non accetta tutte le misure che hai dichiarato: guarda l'esempio e Dim.",
}


class Rete(nn.Sequential):
    """Una rete piccola, in addestramento, con ciò che può sorprendere chi esporta. Nasce uguale ogni volta."""

    def __init__(self):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(12)
            super().__init__(
                *(nn.Conv2d(1, 6, 7, stride=7, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten()),
                *(nn.Dropout(0.5), nn.Linear(96, 10)),
            )
            # Nulla che vada da sé: medie, varianze e pesi della norma non sono quelli della nascita.
            norma = self[1]
            for valori, centro in ((norma.running_mean, 20), (norma.running_var, 900)):
                valori.copy_(centro * (1 + torch.rand(6)))
            norma.weight.data.uniform_(1, 3)


def immagini() -> torch.Tensor:
    """Scure e chiare; le ultime tre hanno la media poco sotto 127, di 127 esatti e poco sopra."""
    caso = generatore(12)
    luce = torch.tensor([40.0, 200, 90, 230, 150, 20, 0, 0, 0]).view(-1, 1, 1, 1)
    x = (luce + 60 * torch.randn(9, 1, 28, 28, generator=caso)).clamp(0, 255).round()
    x[-3:, :, ::2], x[-3:, :, 1::2] = SOGLIA + 100, SOGLIA - 100
    x[-3, :, :8, 0] -= 20
    x[-1, :, :2, 0] += 28
    x[-1, :, 1::2, 1] += 9
    return x


def _con(rete: nn.Module, x: torch.Tensor, chiare: torch.Tensor) -> torch.Tensor:
    return rete(torch.where(chiare, 255 - x, x))


def esamina(risposta: object, rete: nn.Module) -> str:
    """`PROMOSSO`, o `Sbagliato` con la diagnosi."""
    if risposta is RIFERIMENTO:
        return PROMOSSO
    sana = copy.deepcopy(rete).eval()  # prima: la risposta può cambiare il modo della sua
    programma = _dal_file(chiama(risposta, rete, cambia=(0,)))
    x = immagini()
    with torch.no_grad():
        medie = x.mean(dim=(1, 2, 3), keepdim=True)
        logit = _esegui(programma, x)
        if not _vicini(_esegui(programma, x), logit):
            raise Sbagliato(DROPOUT_ACCESO)
        atteso = _con(sana, x, medie > SOGLIA)
        if not _vicini(logit, atteso):
            raise Sbagliato(_perche(programma, sana, x, medie, logit))
        for quante in (1, 2, MASSIMO):
            altre = x.repeat(8, 1, 1, 1)[:quante].flip(0)
            scelte = altre.mean(dim=(1, 2, 3), keepdim=True) > SOGLIA
            if not _vicini(_esegui(programma, altre), _con(sana, altre, scelte)):
                raise Sbagliato(INSIEME)
    return PROMOSSO


def _dal_file(programma: object) -> Callable[[torch.Tensor], object]:
    """Il programma, com'è quando lo si riapre: salvato, letto, pronto da chiamare."""
    if isinstance(programma, torch.jit.ScriptModule):
        raise Sbagliato("Questo è TorchScript, deprecato: serve il programma che restituisce torch.export.export.")
    if isinstance(programma, nn.Module):
        raise Sbagliato(MODULO)
    if not isinstance(programma, torch.export.ExportedProgram):
        raise Sbagliato(f"Serve un ExportedProgram, e invece è {tipo_di(programma)}.")
    file = io.BytesIO()
    torch.export.save(programma, file)
    file.seek(0)
    return torch.export.load(file).module()


def _esegui(programma: Callable, x: torch.Tensor) -> torch.Tensor:
    entrano = "una immagine" if len(x) == 1 else f"{len(x)} immagini"
    suoi = x.clone()
    try:
        logit = programma(suoi)
    except Exception as errore:
        perche = next((frase for segno, frase in SI_FERMA.items() if segno in str(errore)), BATCH_FISSO)
        raise Sbagliato(f"Con {entrano} il programma si ferma ({detto(errore)}). {perche}") from None
    if isinstance(logit, (tuple, list)) and len(logit) == 1:  # chi restituisce (logit,) dà gli stessi logit
        [logit] = logit
    if not isinstance(logit, torch.Tensor):
        raise Sbagliato(f"Dal programma esce {tipo_di(logit)}: servono i logit, in un tensore solo.")
    if logit.shape != (len(x), 10):
        raise Sbagliato(f"Con {entrano} esce un tensore di forma {tuple(logit.shape)}: servono dieci logit ciascuna.")
    if not torch.equal(suoi, x):
        raise Sbagliato(CAMBIA)
    return logit


def _vicini(uno: torch.Tensor, altro: torch.Tensor) -> bool:
    return torch.allclose(uno.float(), altro, rtol=1e-3, atol=1e-3)


def _perche(programma: Callable, sana: nn.Module, x: torch.Tensor, medie: torch.Tensor, logit: torch.Tensor) -> str:
    scelte = [
        (PARI, medie >= SOGLIA),
        (MAI, torch.zeros_like(medie, dtype=torch.bool)),
        (SEMPRE, torch.ones_like(medie, dtype=torch.bool)),
        (AL_CONTRARIO, medie <= SOGLIA),
        (AL_CONTRARIO, medie < SOGLIA),
        *((ALTRA_SOGLIA, medie > soglia) for soglia in medie.flatten().tolist()),
        (PIXEL, x > SOGLIA),
        (PER_RIGA, x.mean(dim=3, keepdim=True) > SOGLIA),
    ]
    for diagnosi, chiare in scelte:
        if _vicini(logit, _con(sana, x, chiare)):
            # Chi decide per il batch intero somiglia a MAI o a SEMPRE, finché il batch è uno solo.
            tutte_chiare, tutte_scure = (_esegui(programma, x[i : i + 1].repeat(2, 1, 1, 1)) for i in (1, 0))
            giuste = (_con(sana, x[i : i + 1], medie[i : i + 1] > SOGLIA).expand(2, 10) for i in (1, 0))
            da_sole = all(map(_vicini, (tutte_chiare, tutte_scure), giuste))
            return INSIEME if diagnosi in (MAI, SEMPRE) and da_sole else diagnosi
    if _vicini(logit, _con(sana, x, medie > SOGLIA).softmax(dim=1)):
        return QUOTE
    chiare = (medie > SOGLIA).reshape(-1)
    if _vicini(logit[~chiare], _con(sana, x, medie > SOGLIA)[~chiare]) and not _vicini(
        logit[chiare], _con(sana, x, torch.zeros_like(medie, dtype=torch.bool))[chiare]
    ):
        return ALTRO_ROVESCIO
    scure = x[[0, 5]] / 4  # qui nessuna si rovescia, comunque si scelga
    if not _vicini(_esegui(programma, scure)[:1], _esegui(programma, scure[:1])):
        return IN_ADDESTRAMENTO
    if not _vicini(_esegui(programma, x[:2])[:1], logit[:1]):
        return INSIEME
    return (
        "Il programma funziona, ma i logit non sono quelli della rete sull'immagine, rovesciata se è chiara. La rete "
        "vuole i pixel come arrivano, da 0 a 255."
    )
