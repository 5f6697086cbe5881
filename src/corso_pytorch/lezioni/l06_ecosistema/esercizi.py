"""Gli esercizi della lezione 06: le tue foto, le versioni, i riquadri, congelare, riusare, spostare, la macro."""

import copy
import math
import operator
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.lezioni.l06_ecosistema import foto, riuso
from corso_pytorch.verifiche.confronti import Assente
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.osservazioni import generatore, muta
from corso_pytorch.verifiche.registro import esercizio

esercizio(
    "6.1",
    giusta=foto.RIFERIMENTO,
    osserva=foto.esamina,
    nome="La funzione",
    consigli={
        "expected input": "La rete vuole un batch: un'immagine sola si passa con [None].",
        "Expected 4D": "La rete vuole un batch: un'immagine sola si passa con [None].",
        "expected 4D": "La rete vuole un batch: un'immagine sola si passa con [None].",
        "mat1 and mat2": "Le foto hanno lati diversi: portale tutte alla stessa misura, larghezza e altezza.",
        "got (Image": "Alla funzione arriva una foto PIL: prima diventa un tensore (v2.ToImage).",
        "ByteTensor": "La foto è ancora fatta di interi: v2.ToDtype(torch.float32, scale=True).",
        "unsigned char": "La foto è ancora fatta di interi: v2.ToDtype(torch.float32, scale=True).",
    },
    sviste={
        foto.SERVE_FUNZIONE: nn.Linear(1, 2),
        f"Ho ricevuto un numero intero. {foto.SERVE_IL_NOME}": lambda immagine: 0,
        foto.SEMPRE_UGUALE: lambda immagine: "fiore",
        "«Fiore» non è una classe della cartella: ci sono fiore, tempio.": lambda immagine: "Fiore",
    },
)


def usabile(condizioni: list[tuple[str, str, str]], versione: str) -> bool:
    return all(
        _vale(_numeri(versione), segno, limite) for pacchetto, segno, limite in condizioni if pacchetto == "torch"
    )


def _numeri(versione: str) -> list[int]:
    parti = [int(parte) for parte in versione.split(".")]
    return parti + [0] * (3 - len(parti))


def _senza_zeri(versione: str) -> list[int]:
    return [int(parte) for parte in versione.split(".")]


def _con_la_virgola(versione: str) -> float:
    return float(".".join(versione.split(".")[:2]))


def _vale(versione: list[int], segno: str, limite: str, leggi: Callable = _numeri) -> bool:
    if segno == "":
        return True
    confronta = {">=": operator.ge, "<": operator.lt, "==": operator.eq}[segno]
    return confronta(versione, leggi(limite))


def _leggendo(leggi: Callable) -> Callable:
    """Come `usabile`, con un altro modo di leggere le versioni."""
    return lambda condizioni, versione: all(
        _vale(leggi(versione), segno, limite, leggi) for nome, segno, limite in condizioni if nome == "torch"
    )


def _guardando(scegli: Callable) -> Callable:
    """Come `usabile`, ma sulle sole condizioni che ``scegli`` tiene."""
    return lambda condizioni, versione: usabile([("torch", *c[1:]) for c in scegli(condizioni)], versione)


def _col_segno(**cambia: Callable) -> Callable:
    """Come `usabile`, ma i segni chiamati ``ge``, ``lt``, ``eq`` e ``vuoto`` si giudicano in un altro modo."""
    segni = {">=": operator.ge, "<": operator.lt, "==": operator.eq, "": lambda uno, altro: True}
    segni |= {{"ge": ">=", "lt": "<", "eq": "==", "vuoto": ""}[nome]: come for nome, come in cambia.items()}
    return lambda condizioni, versione: all(
        segni[segno](_numeri(versione), _numeri(limite or "0")) for nome, segno, limite in condizioni if nome == "torch"
    )


def _ogni_parte(confronta: Callable) -> Callable:
    return lambda una, altra: all(confronta(a, b) for a, b in zip(una, altra, strict=True))


def _cifre(versione: str) -> int:
    return int(versione.replace(".", ""))


def _cifre_con_gli_zeri(versione: str) -> int:
    return int("".join(map(str, _numeri(versione))))


def _prefisso(condizioni: list, versione: str) -> bool:
    return all(
        versione.startswith(limite) if segno == "==" else _vale(_numeri(versione), segno, limite)
        for _, segno, limite in _su_torch(condizioni)
    )


def _su_torch(condizioni: list) -> list:
    return [condizione for condizione in condizioni if condizione[0] == "torch"]


esercizio(
    "6.2",
    giusta=usabile,
    prove=[
        ([("torch", ">=", "2.1.0"), ("torch", "<", "4.0"), ("numpy", ">=", "1.20")], "2.14.0"),
        ([("torch", "<", "2.14")], "2.14.0"),
        ([("torch", ">=", "2.9")], "2.14.0"),
        ([("torch", "<", "2.9")], "2.14.0"),
        ([("torch", ">=", "2.14.0")], "2.14.0"),
        ([("torch", "==", "2.14")], "2.14.0"),
        ([("torch", "==", "2.8.0")], "2.14.0"),
        ([("torch", "==", "2.14.1")], "2.14.0"),
        ([("torch", "==", "2.14")], "2.14.1"),
        ([("torchvision", "<", "0.20"), ("torchaudio", "==", "2.8.0"), ("numpy", "<", "2")], "2.14.0"),
        ([("torch", "", ""), ("torchvision", "", "")], "2.14.0"),
        ([("numpy", ">=", "1.20")], "2.14.0"),
        ([], "2.14.0"),
        ([("torch", "<", "2.10"), ("torch", ">=", "2.0")], "2.14.0"),
        ([("torch", ">=", "2.0"), ("torch", "<", "2.10")], "2.14.0"),
        ([("torch", "", ""), ("numpy", "<", "1.0"), ("torch", "==", "2.9.1")], "2.14.0"),
        ([("torch", ">=", "2.14.0")], "2.14"),
        ([("torch", ">=", "2.15")], "2.14.0"),
        ([("torch", "<", "3")], "2.14.1"),
        ([("torch", ">=", "10.0")], "9.5"),
        ([("torch", ">=", "1.8"), ("torch", "<", "2.11")], "2.4.1"),
    ],
    detta="con {0} e torch {1}",
    nome="La risposta",
    consigli={
        "invalid literal for int": "Una condizione senza segno ha anche la versione vuota: guarda prima il segno.",
        "could not convert string to float": "Una versione non è un numero con la virgola: separane le parti.",
    },
    sviste={
        "Hai confrontato dei testi, e come testo «2.9» viene dopo «2.14»: servono i numeri.": _leggendo(str),
        "Hai letto la versione come un numero con la virgola, e 2.14 è minore di 2.9: le parti si confrontano "
        "una alla volta.": lambda condizioni, versione: all(
            segno == "" or _vale(_con_la_virgola(versione), segno, limite, _con_la_virgola)
            for _, segno, limite in _su_torch(condizioni)
        ),
        "Hai confrontato ogni parte per conto suo: decide la prima, da sinistra, che è diversa.": [
            _col_segno(ge=_ogni_parte(operator.ge), lt=_ogni_parte(operator.lt)),
            _col_segno(ge=_ogni_parte(operator.ge), lt=_ogni_parte(operator.le)),
            _col_segno(ge=_ogni_parte(operator.ge), lt=lambda una, altra: not _ogni_parte(operator.ge)(una, altra)),
            _col_segno(ge=_ogni_parte(operator.ge)),
            _col_segno(lt=_ogni_parte(operator.lt)),
        ],
        "Hai unito le cifre in un numero solo, e 2.14 diventa più grande di 3: le parti restano separate.": [
            _leggendo(_cifre),
            _leggendo(_cifre_con_gli_zeri),
        ],
        "Con `==` ti basta che cominci uguale: «2.14» è 2.14.0, e 2.14.1 è un'altra versione.": [
            _prefisso,
            _col_segno(eq=lambda una, altra: una[:2] == altra[:2]),
        ],
        "«2.14» e «2.14.0» sono la stessa versione: dove mancano delle parti valgono zero.": _leggendo(_senza_zeri),
        "Hai guardato anche le condizioni su altri pacchetti: conta solo quello che si chiama torch.": [
            _guardando(lambda condizioni: condizioni),
            _guardando(lambda condizioni: [c for c in condizioni if c[0].startswith("torch")]),
        ],
        "Ti basta una condizione sola: devono valere tutte.": [
            lambda condizioni, versione: any(usabile([c], versione) for c in _su_torch(condizioni)),
            lambda condizioni, versione: any(usabile([c], versione) for c in condizioni),
            lambda condizioni, versione: not condizioni or any(usabile([c], versione) for c in condizioni),
            lambda condizioni, versione: (
                not _su_torch(condizioni) or any(usabile([c], versione) for c in _su_torch(condizioni))
            ),
        ],
        "Hai guardato solo la prima condizione su torch.": _guardando(lambda condizioni: _su_torch(condizioni)[:1]),
        "Hai guardato solo l'ultima condizione su torch.": _guardando(lambda condizioni: _su_torch(condizioni)[-1:]),
        "Chi non nomina torch non lo vieta: la risposta è True.": lambda condizioni, versione: (
            bool(_su_torch(condizioni)) and usabile(condizioni, versione)
        ),
        "Chi non ha segno non vieta nulla: va bene ogni versione.": _col_segno(vuoto=lambda uno, altro: False),
        "`<` esclude anche la versione nominata.": _col_segno(lt=operator.le),
        "Con `>=` va bene anche la versione nominata.": _col_segno(ge=operator.gt),
        "Le condizioni con `<` non le guardi: una libreria vecchia può non volere il torch di oggi.": _col_segno(
            lt=lambda uno, altro: True
        ),
        "Le condizioni con `==` non le guardi.": _col_segno(eq=lambda uno, altro: True),
        "La risposta è rovesciata.": lambda condizioni, versione: not usabile(condizioni, versione),
    },
)


def _immagini(*forma: int) -> torch.Tensor:
    return torch.randn(forma, generator=generatore(sum(forma))) + 2


def _taglia_con(*ordine: int, passo: int | None = None) -> Callable:
    """Taglia in N, C, righe, colonne, lato, lato; mette gli assi in quell'ordine e li unisce tre a tre."""

    def taglia(immagini: torch.Tensor, lato: int) -> torch.Tensor:
        pezzi = immagini.unfold(2, lato, passo or lato).unfold(3, lato, passo or lato)
        return pezzi.permute(ordine).reshape(len(immagini), pezzi.shape[2] * pezzi.shape[3], -1)

    return taglia


taglia = _taglia_con(0, 2, 3, 1, 4, 5)


def _dividi_con(*ordine: int, rovesciati: bool = False) -> Callable:
    """Divide H e W con un reshape, in (quanti, lato) o al rovescio; mette gli assi in quell'ordine e li unisce."""

    def dividi(immagini: torch.Tensor, lato: int) -> torch.Tensor:
        n, c, h, w = immagini.shape
        assi = [
            pezzo for misura in (h, w) for pezzo in ((lato, misura // lato), (misura // lato, lato))[not rovesciati]
        ]
        return immagini.reshape(n, c, *assi).permute(ordine).reshape(n, (h // lato) * (w // lato), -1)

    return dividi


esercizio(
    "6.3",
    giusta=taglia,
    prove=[
        (_immagini(2, 3, 4, 6), 2),
        (_immagini(1, 1, 6, 9), 3),
        (_immagini(3, 2, 10, 5), 5),
        (_immagini(2, 3, 4, 4), 4),
        (_immagini(2, 4, 3, 2), 1),
        (_immagini(4, 2, 6, 6).transpose(0, 1), 2),
        (_immagini(2, 6, 8, 3).permute(0, 3, 1, 2), 2),
    ],
    detta=lambda immagini, lato: f"con immagini {tuple(immagini.shape)} e lato {lato}",
    sviste={
        "Senza permute i canali finiscono fra i riquadri: prima gli assi dei riquadri, poi C e i pixel.": _taglia_con(
            0, 1, 2, 3, 4, 5
        ),
        "I canali sono in fondo: in ogni riga prima i pixel del primo canale, poi del secondo.": _taglia_con(
            0, 2, 3, 4, 5, 1
        ),
        "I riquadri sono in ordine di colonna: prima da sinistra a destra.": _taglia_con(0, 3, 2, 1, 4, 5),
        "Dentro il riquadro righe e colonne sono scambiate.": _taglia_con(0, 2, 3, 1, 5, 4),
        "Un reshape da solo prende i pixel in fila, non i riquadri.": lambda immagini, lato: immagini.reshape(
            len(immagini), -1, immagini.shape[1] * lato * lato
        ),
        "Hai diviso H e W con reshape, ma gli assi sono accoppiati male: i riquadri sono il 2 e il 4, i pixel il 3 e "
        "il 5.": [_dividi_con(0, 2, 3, 1, 4, 5), _dividi_con(0, 3, 5, 1, 2, 4)],
        "Hai diviso H in (lato, H/lato), e così prendi pixel lontani: prima quanti riquadri, poi il lato.": [
            _dividi_con(0, 3, 5, 1, 2, 4, rovesciati=True),
            _dividi_con(0, 2, 4, 1, 3, 5, rovesciati=True),
        ],
        "I riquadri si sovrappongono: il passo è lato, non 1.": _taglia_con(0, 2, 3, 1, 4, 5, passo=1),
        "I riquadri sono sull'ultimo asse: scambialo con quello dei numeri, e non con reshape, che mescola.": [
            lambda immagini, lato: taglia(immagini, lato).mT,
            lambda immagini, lato: taglia(immagini, lato).mT.reshape(taglia(immagini, lato).shape),
        ],
        "I riquadri di tutte le immagini sono in una fila sola: l'asse N deve restare il primo.": lambda x, lato: (
            taglia(x, lato).flatten(0, 1)
        ),
        "Ogni riquadro ha ancora i suoi assi: mettine i numeri in fila.": [
            lambda x, lato: taglia(x, lato).unflatten(2, (-1, lato, lato)),
            lambda x, lato: taglia(x, lato).unflatten(2, (-1, lato * lato)),
        ],
    },
)


class Mista(nn.Module):
    """Una rete che arriva in uno stato misto: la risposta non deve contare su com'era.

    Ha batch normalization da tutte le parti, un parametro fuori dagli strati, due nomi che cominciano uguale, uno
    strato interno che si chiama come un figlio diretto, uno in fondo a due gruppi, e un figlio che è uno strato solo.
    """

    def __init__(self, canali: int, classi: int, fermi: str = "", spenti: str = ""):
        super().__init__()
        self.scala = nn.Parameter(torch.ones(7, 1, 1, 1))
        dentro = nn.Sequential(nn.ReLU(), nn.Dropout(0.5))
        self.blocco = nn.Sequential(nn.Conv2d(1, canali, 3), nn.BatchNorm2d(canali), dentro)
        self.uscita = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(canali * 4), nn.Linear(canali * 4, classi))
        self.uscita_bis = nn.Sequential(OrderedDict(uscita=nn.BatchNorm1d(classi), lineare=nn.Linear(classi, 2)))
        self.testa = nn.Linear(2, 2)
        for norma in (self.blocco[1], self.uscita[1], self.uscita_bis[0]):
            norma.running_mean += 1  # ha già visto dei dati: chi la azzera se ne accorge
        for nome in fermi.split():
            self.get_submodule(nome).requires_grad_(False)
        for nome in spenti.split():
            self.get_submodule(nome).eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.testa(self.uscita_bis(self.uscita(self.blocco(self.scala * x))))


def _congelato(risposta: object, modello: nn.Module, tranne: str) -> dict[str, object]:
    prima = copy.deepcopy(modello.state_dict())
    conto = chiama(risposta, modello, tranne, cambia=(0,))
    dopo = modello.state_dict()
    uguali = prima.keys() == dopo.keys() and all(torch.equal(dopo[nome], prima[nome]) for nome in prima)
    strati = {nome: strato for nome, strato in modello.named_modules() if not [*strato.children()]}
    return {
        "i pesi": True if uguali else Assente("I pesi non sono più quelli di prima: congelare non li tocca."),
        "i gradienti": {f"Il requires_grad di «{nome}»": p.requires_grad for nome, p in modello.named_parameters()},
        "le modalità": {f"La modalità di «{nome}»": strato.training for nome, strato in strati.items()},
        "il conto": conto,
    }


def congela(modello: nn.Module, tranne: str) -> int:
    modello.requires_grad_(False)
    modello.eval()
    parte = modello.get_submodule(tranne)
    parte.requires_grad_(True)
    parte.train()
    return sum(p.numel() for p in modello.parameters() if p.requires_grad)


_congela_con = partial(muta, congela)
FERMA, SPEGNI, ACCENDI = "modello.requires_grad_(False)", "modello.eval()", "parte.requires_grad_(True)"
ACCESO, SPENTO = (f"p.requires_grad_({vero}) for nome, p in modello.named_parameters()" for vero in (True, False))
IN_TRAIN = "strato.train() for nome, strato in modello.named_modules() if nome.split('.')[-1] == tranne"
FERMA_GLI_ALTRI = "[figlio.requires_grad_(False) for nome, figlio in modello.named_children() if nome != tranne]"
A_STRATI = "[strato.requires_grad_() for strato in parte.modules() if isinstance(strato, {})]"
AI_FIGLI = "[figlio.{} for figlio in parte.children()]"

esercizio(
    "6.4",
    giusta=congela,
    osserva=_congelato,
    prove=[
        lambda: (Mista(3, 5), "uscita"),
        lambda: (Mista(2, 7, fermi="blocco uscita.1", spenti="uscita"), "uscita"),
        lambda: (Mista(4, 3, fermi="blocco", spenti="blocco uscita uscita_bis"), "blocco"),
        lambda: (Mista(2, 4, fermi="blocco uscita uscita_bis", spenti="blocco"), "uscita_bis"),
        lambda: (Mista(3, 4, fermi="blocco testa", spenti="testa"), "testa"),
    ],
    detta="con tranne = «{1}»",
    consigli={"not iterable": "`tranne` può essere uno strato solo: requires_grad_ e train vanno chiamati su di lui."},
    sviste={
        "Il modello è rimasto com'era: hai lavorato su una copia?": [
            lambda modello, tranne: congela(copy.deepcopy(modello), tranne),
            lambda modello, tranne: sum(p.numel() for p in modello.get_submodule(tranne).parameters()),
        ],
        "È acceso anche ciò che ha un nome che comincia come `tranne`, ma è un'altra parte.": _congela_con(
            (ACCENDI, f"[{ACCESO} if nome.startswith(tranne)]")
        ),
        "Hai preso anche uno strato interno che si chiama come `tranne`: la parte è il figlio diretto.": [
            _congela_con((ACCENDI, f"[{ACCESO} if tranne in nome.split('.')]")),
            _congela_con(("parte.train()", f"[{IN_TRAIN}]; parte.train()")),
            _congela_con(
                (ACCENDI, f"[{ACCESO} if tranne in nome.split('.')]"), ("parte.train()", f"[{IN_TRAIN}]; parte.train()")
            ),
        ],
        "La parte da addestrare non chiede il gradiente. Su un modulo `requires_grad = True` non fa nulla: "
        "serve `requires_grad_()`.": [
            _congela_con((ACCENDI, "pass")),
            _congela_con((ACCENDI, "pass"), (FERMA, f"[{SPENTO} if not nome.startswith(tranne + '.')]")),
        ],
        "requires_grad_ non arriva agli strati dentro la parte: parameters(recurse=False) li salta.": _congela_con(
            (ACCENDI, "[p.requires_grad_() for p in parte.parameters(recurse=False)]")
        ),
        "Se `tranne` è uno strato solo non ha figli, e nulla si riaccende: lavora sulla parte, non sui suoi figli.": [
            _congela_con((ACCENDI, AI_FIGLI.format("requires_grad_()")), ("parte.train()", AI_FIGLI.format("train()"))),
            _congela_con((ACCENDI, AI_FIGLI.format("requires_grad_()"))),
            _congela_con(("parte.train()", AI_FIGLI.format("train()"))),
        ],
        "Ci sono parametri da fermare che chiedono ancora il gradiente. Su un modulo `requires_grad = False` non fa "
        "nulla: serve `requires_grad_(False)`.": [
            _congela_con((FERMA, "pass")),
            _congela_con((FERMA, "modello.requires_grad_(True)")),
        ],
        "È rimasto acceso un parametro: è del modello, non di un figlio, e `named_children` non lo vede.": [
            _congela_con((FERMA, "[figlio.requires_grad_(False) for figlio in modello.children()]")),
            _congela_con((FERMA, FERMA_GLI_ALTRI), (ACCENDI, "pass")),
        ],
        "Solo una parte di `tranne` è addestrabile: ne mancano alcuni parametri.": [
            _congela_con((ACCENDI, A_STRATI.format("(nn.Linear, nn.Conv2d)"))),
            _congela_con((ACCENDI, A_STRATI.format("(nn.BatchNorm1d, nn.BatchNorm2d)"))),
        ],
        "I pesi sono fermi, ma la batch normalization si aggiorna ancora: serve eval().": [
            _congela_con((SPEGNI, "pass")),
            _congela_con((SPEGNI, "modello.train()")),
            _congela_con((SPEGNI, "pass"), ("parte.train()", "pass")),
        ],
        "In eval() c'è solo la batch normalization: fermane anche il dropout.": [
            _congela_con(
                (SPEGNI, "[strato.train(not hasattr(strato, 'running_mean')) for strato in modello.modules()]")
            ),
            _congela_con((SPEGNI, "[s.eval() for s in modello.modules() if hasattr(s, 'running_mean')]")),
        ],
        "La parte da addestrare è rimasta in eval(): deve stare in train().": _congela_con(("parte.train()", "pass")),
        "Hai contato i tensori, non i numeri che contengono.": _congela_con(("p.numel()", "1")),
        "Hai contato tutti i parametri, anche quelli fermi.": _congela_con((" if p.requires_grad", "")),
        "Hai contato quelli fermi.": _congela_con(("if p.requires_grad", "if not p.requires_grad")),
        "Hai contato solo i pesi: ci sono anche i bias.": _congela_con((" if p", " if p.dim() > 1 and p")),
    },
)


_adatta_con = partial(muta, riuso.adatta)
COPIA, SOLO_LA_TESTA = "copy.deepcopy(esperta).requires_grad_(False).eval()", "rete.uscita.parameters()"

esercizio(
    "6.5",
    giusta=riuso.adatta,
    osserva=riuso.esamina,
    prove=[
        lambda: (riuso.esperta(1, ferma=False), *riuso.forme(5, 51)),
        lambda: (riuso.esperta(2, ferma=True), *riuso.forme(10, 52)),
    ],
    detta=lambda esperta, x, y: f"con {len(y)} esempi",
    consigli={
        "does not require grad": "Nulla chiede il gradiente: l'esperta può arrivare ferma. L'ultimo strato è nuovo?",
        "mat1 and mat2": "L'ultimo strato riceve i 576 numeri dei blocchi, stesi.",
        "out of bounds": "Le classi nuove sono cinque, da 0 a 4.",
    },
    sviste={
        riuso.PESI_CAMBIATI: [
            _adatta_con(
                (COPIA, "copy.deepcopy(esperta).requires_grad_(True).eval()"), (SOLO_LA_TESTA, "rete.parameters()")
            ),
            _adatta_con((COPIA, "CNN()")),
        ],
        riuso.BUFFER_CAMBIATI: _adatta_con((COPIA, "copy.deepcopy(esperta).requires_grad_(False).train()")),
        riuso.ESPERTA_CAMBIATA: _adatta_con((COPIA, "esperta.requires_grad_(False).eval()")),
        riuso.NON_PRONTA: _adatta_con(("    return rete", "    return rete.train()")),
    },
)


def sposta(immagini: torch.Tensor, passi: torch.Tensor) -> torch.Tensor:
    return _sposta_con(_a_destra)(immagini, passi)


def _sposta_con(muovi: Callable[[torch.Tensor, int], torch.Tensor]) -> Callable:
    return lambda immagini, passi: torch.stack([muovi(x, p) for x, p in zip(immagini, passi.tolist(), strict=True)])


def _dall_altro_capo(x: torch.Tensor, passo: int) -> torch.Tensor:
    if passo >= 0:
        return _a_destra(x, passo)
    spostata = torch.zeros_like(x)
    spostata[..., :-passo] = x[..., passo:]
    return spostata


def _a_destra(x: torch.Tensor, passo: int) -> torch.Tensor:
    passo = max(-x.shape[-1], min(x.shape[-1], passo))
    return F.pad(x, (passo, -passo))  # un bordo negativo taglia


def _in_basso(immagini: torch.Tensor, passi: torch.Tensor, alto: int, intera: bool) -> torch.Tensor:
    """Lo spostamento scritto a fette sull'asse H: fino alla misura dell'asse ``alto``, o alla fine se ``intera``."""
    spostate, misura = torch.zeros_like(immagini), immagini.shape[alto]
    for i, passo in enumerate(passi.tolist()):
        if passo > 0 or (passo == 0 and not intera):
            spostate[i, :, passo:] = immagini[i, :, :-passo] if intera else immagini[i, :, : misura - passo]
        elif passo < 0:
            spostate[i, :, :passo] = immagini[i, :, -passo:]
        else:
            spostate[i] = immagini[i]
    return spostate


def _senza_azzerare(x: torch.Tensor, passo: int) -> torch.Tensor:
    return torch.where(_a_destra(torch.ones_like(x), passo) > 0, _a_destra(x, passo), x)


esercizio(
    "6.6",
    giusta=sposta,
    prove=[
        (_immagini(4, 1, 3, 5), torch.tensor([1, -2, 0, 4])),
        (_immagini(2, 3, 4, 6), torch.tensor([-5, 2])),
        (_immagini(3, 2, 2, 4), torch.tensor([3, 3, -1])),
        (_immagini(1, 2, 3, 3), torch.tensor([0])),
        (_immagini(2, 1, 2, 1), torch.tensor([0, 0])),
        (_immagini(3, 5, 4, 2).transpose(1, 3), torch.tensor([-4, 1, 2])),
    ],
    detta=lambda immagini, passi: f"con immagini {tuple(immagini.shape)} e passi {passi.tolist()}",
    consigli={
        "must match the existing size": "I due pezzi della copia non sono lunghi uguali: che cosa prende ogni fetta "
        "quando p è negativo? E quando è 0?"
    },
    sviste={
        "Ciò che esce rientra dall'altra parte: roll non basta, il resto va azzerato.": _sposta_con(
            lambda x, p: x.roll(p, dims=-1)
        ),
        "Ciò che resta scoperto ripete il bordo: dev'essere zero.": _sposta_con(
            lambda x, p: x[..., (torch.arange(x.shape[-1]) - p).clamp(0, x.shape[-1] - 1)]
        ),
        "Destra e sinistra sono scambiate.": _sposta_con(lambda x, p: _a_destra(x, -p)),
        "Hai spostato l'asse H: destra è l'ultimo asse.": [
            _sposta_con(lambda x, p: _a_destra(x.transpose(-1, -2), p).transpose(-1, -2)),
            partial(_in_basso, alto=-2, intera=False),
            partial(_in_basso, alto=-2, intera=True),
            partial(_in_basso, alto=-1, intera=False),
        ],
        "Hai usato gli stessi passi per tutte: ognuna ha i suoi.": [
            lambda immagini, passi: _a_destra(immagini, int(passi[0])),
            lambda immagini, passi: _a_destra(immagini, int(passi[-1])),
        ],
        "Con i passi negativi non succede nulla.": _sposta_con(lambda x, p: _a_destra(x, max(p, 0))),
        "Con i passi negativi l'immagine è sparita.": _sposta_con(lambda x, p: _a_destra(x, p) if p >= 0 else x * 0),
        "Con i passi negativi la copia parte dal posto sbagliato: resta ciò che sta da −p in poi.": _sposta_con(
            _dall_altro_capo
        ),
        "Con i passi negativi ti muovi comunque a destra.": _sposta_con(lambda x, p: _a_destra(x, abs(p))),
        "La parte scoperta conserva i pixel di prima: lì deve esserci zero.": _sposta_con(_senza_azzerare),
        "L'immagine con 0 passi è sparita: chi la copia? E [:-0] è vuoto.": _sposta_con(
            lambda x, p: _a_destra(x, p) if p else x * 0
        ),
        "Conta il segno dei passi, non quanti sono: ti sposti sempre di un pixel.": _sposta_con(
            lambda x, p: _a_destra(x, (p > 0) - (p < 0))
        ),
        "Le immagini sono rimaste com'erano.": lambda immagini, passi: immagini.clone(),
    },
)


def accuratezza_macro(blocchi: list[tuple[torch.Tensor, torch.Tensor]], classi: int) -> float:
    return _media(_quote(*_uniti(blocchi), classi))


def _uniti(blocchi: list) -> list[torch.Tensor]:
    return [torch.cat(parte) for parte in zip(*blocchi, strict=True)]


def _quote(previste: torch.Tensor, vere: torch.Tensor, classi: int) -> list[float]:
    """La quota di esempi previsti giusti, per ogni classe che ne ha."""
    return [_giuste(previste[vere == c], vere[vere == c]) for c in range(classi) if (vere == c).any()]


def _giuste(previste: torch.Tensor, vere: torch.Tensor) -> float:
    return (previste == vere).double().mean().item()


def _media(valori: list[float]) -> float:
    return sum(valori) / len(valori)


def _macro_con(formula: Callable) -> Callable:
    return lambda blocchi, classi: formula(*_uniti(blocchi), classi)


def _blocchi(classi: int, *misure: int, assente: int | None = None, giuste: float = 0.6) -> tuple[list, int]:
    """Blocchi sbilanciati; la classe assente non ha esempi, ma qualcuno la prevede lo stesso."""
    caso, blocchi = generatore(classi), []
    for quanti in misure:
        vere = (torch.rand(quanti, generator=caso) ** 2 * classi).long()
        vere[vere == assente] = (1 + (assente or 0)) % classi
        sbaglia = torch.rand(quanti, generator=caso) >= giuste
        altre = (vere + torch.randint(1, classi, (quanti,), generator=caso)) % classi
        blocchi.append((torch.where(sbaglia, altre, vere), vere))
    return blocchi, classi


esercizio(
    "6.7",
    giusta=accuratezza_macro,
    nome="L'accuratezza macro",
    prove=[
        _blocchi(3, 17, 9, 12),
        _blocchi(5, 11, 4, 6, assente=1),
        _blocchi(4, 9, assente=3),
        _blocchi(6, 13, 1, assente=0),
        _blocchi(3, 6, 5, giuste=1.0),
        _blocchi(3, 8, 5, giuste=0.0),
        ([(torch.tensor([0, 0, 0]), torch.tensor([0, 0, 0])), (torch.tensor([0]), torch.tensor([1]))], 2),
        ([(torch.tensor([0, 0]), torch.tensor([0, 0]))], 1),
    ],
    detta=lambda blocchi, classi: f"con {classi} classi e blocchi da {[len(vere) for _, vere in blocchi]} esempi",
    consigli={"must match the size": "I conteggi hanno lunghezze diverse: quante classi ha ognuno? (minlength)"},
    sviste={
        "Hai la media su tutti gli esempi (micro): prima una quota per classe.": _macro_con(
            lambda p, v, n: _giuste(p, v)
        ),
        "Una classe senza esempi conta zero: non deve entrare nella media.": _macro_con(
            lambda p, v, n: sum(_quote(p, v, n)) / n
        ),
        "Hai diviso zero per zero: c'è una classe senza esempi.": _macro_con(
            lambda p, v, n: _media([_giuste(p[v == c], v[v == c]) for c in range(n)])
        ),
        "Una classe che non è mai indovinata ha quota zero, ma i suoi esempi ci sono: resta nella media.": [
            _macro_con(lambda p, v, n, vuota=vuota: _media([quota for quota in _quote(p, v, n) if quota] or [vuota]))
            for vuota in (0.0, math.nan)
        ],
        "Hai fatto la media delle medie dei blocchi: accumula i conteggi, dividi alla fine.": [
            lambda blocchi, classi: _media([_media(_quote(p, v, classi)) for p, v in blocchi]),
            lambda blocchi, classi: _media([_giuste(p, v) for p, v in blocchi]),
        ],
        "Hai diviso per le volte in cui la classe è prevista: quella è la precisione.": _macro_con(
            lambda p, v, n: _media(_quote(v, p, n))
        ),
        "Per ogni classe hai contato come giusti anche gli esempi delle altre: la quota è sui suoi.": _macro_con(
            lambda p, v, n: _media([_giuste(p == c, v == c) for c in range(n)])
        ),
        "Hai usato solo l'ultimo blocco.": lambda blocchi, classi: accuratezza_macro(blocchi[-1:], classi),
        "Hai usato solo il primo blocco.": lambda blocchi, classi: accuratezza_macro(blocchi[:1], classi),
        "È in percento: serve una quota fra 0 e 1.": lambda blocchi, classi: 100 * accuratezza_macro(blocchi, classi),
        "Queste sono le quote delle classi: manca la loro media.": [
            _macro_con(_quote),
            _macro_con(lambda p, v, n: torch.tensor(_quote(p, v, n))),
        ],
    },
    vieta=(
        *(p + n for p in ("", "Binary", "Multiclass") for n in ("Accuracy", "Recall", "ConfusionMatrix", "StatScores")),
        *(p + n for p in ("", "Binary", "Multiclass") for n in ("Precision", "FBetaScore")),
        *(p + n for p in ("", "binary_", "multiclass_") for n in ("accuracy", "recall", "confusion_matrix")),
        *(p + n for p in ("", "binary_", "multiclass_") for n in ("precision", "fbeta_score")),
        *(p + "stat_scores" for p in ("", "binary_", "multiclass_")),
        *("accuracy_score", "balanced_accuracy_score", "recall_score", "classification_report"),
        "precision_score",  # a tensori scambiati è il richiamo
        *("precision_recall_fscore_support", "multilabel_confusion_matrix"),
    ),
)  # fmt: skip
