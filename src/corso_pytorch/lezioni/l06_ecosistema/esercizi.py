"""I controlli della lezione 06: librerie, riquadri, spostamenti, congelare, accuratezza macro."""

import torch
from torch import nn

from corso_pytorch.lezioni.l06_ecosistema.librerie import CAMPI, PRODUZIONE, SCALA, TRAINER, Libreria
from corso_pytorch.verifiche.codice import vieta_nomi
from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_lista, confronta_numero, detto, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


@esercizio("6.1")
def ancora_vive(risposta: object) -> None:
    librerie = [
        Libreria(nome, piano, stato, "maggio 2026", "esempio", lezione)
        for nome, piano, stato, lezione in [
            ("Zeta", CAMPI, "viva", 6),
            ("Beta", TRAINER, "ferma", 6),
            ("Alfa", SCALA, "viva", 6),
            ("Mu", SCALA, "viva", 6),
            ("Eta", PRODUZIONE, "viva", 8),
            ("Gamma", CAMPI, "superata", 8),
            ("Delta", TRAINER, "in manutenzione", 6),
            ("Iota", SCALA, "viva", None),
        ]
    ]
    for lezione, atteso in ((6, ["Alfa", "Mu", "Zeta"]), (8, ["Eta"]), (99, [])):
        dove = f"Con la lezione {lezione} "
        # Ogni svista sceglie guardando lo stato, e se la lezione è quella chiesta.
        sviste = {
            "ci sono anche librerie ferme, superate o in manutenzione: guarda lo stato.": lambda stato, sua: sua,
            "ci sono librerie di altre lezioni.": lambda stato, sua: stato == "viva",
            "ci sono anche librerie superate o in manutenzione: lo stato dev'essere «viva».": lambda stato, sua: (
                sua and stato != "ferma"
            ),
            "le hai prese al contrario: servono quelle vive.": lambda stato, sua: sua and stato != "viva",
        }
        errori = [
            (detto, sorted(voce.nome for voce in librerie if tiene(voce.stato, voce.lezione == lezione)))
            for detto, tiene in sviste.items()
        ]
        errori += [
            ("i nomi non sono in ordine alfabetico.", [voce.nome for voce in librerie if voce.nome in atteso]),
            ("l'ordine è rovesciato.", atteso[::-1]),
        ]
        dato = chiama(risposta, librerie, lezione, dove=dove.strip().lower())
        if isinstance(dato, list) and any(isinstance(voce, Libreria) for voce in dato):
            raise Sbagliato(f"{dove}ci sono gli oggetti Libreria: si chiedono i loro nomi.")
        confronta_lista(dato, atteso, errori, dove)


@esercizio("6.2")
def taglia(risposta: object) -> None:
    for forma, lato in (((2, 3, 4, 6), 2), ((1, 1, 6, 9), 3), ((3, 2, 10, 5), 5)):
        n, canali, alta, larga = forma
        x = torch.arange(n * canali * alta * larga).float().reshape(forma)
        pezzi = x.unfold(2, lato, lato).unfold(3, lato, lato)  # N, C, righe, colonne, lato, lato
        quanti = (alta // lato) * (larga // lato)
        dove = f"Con immagini {forma} e lato {lato}: "
        sbagli = {
            "senza permute i canali finiscono fra i riquadri: prima gli assi dei riquadri, poi C e i pixel.": pezzi,
            "i canali sono in fondo: in ogni riga prima i pixel del primo canale, poi del secondo.": pezzi.permute(
                0, 2, 3, 4, 5, 1
            ),
            "i riquadri sono in ordine di colonna: prima da sinistra a destra.": pezzi.permute(0, 3, 2, 1, 4, 5),
            "dentro il riquadro righe e colonne sono scambiate.": pezzi.permute(0, 2, 3, 1, 5, 4),
        }
        errori = {dove + testo: valore.reshape(n, quanti, -1) for testo, valore in sbagli.items()}
        errori[dove + "un reshape da solo prende i pixel in fila, non i riquadri."] = x.reshape(n, quanti, -1)
        fitti = x.unfold(2, lato, 1).unfold(3, lato, 1).permute(0, 2, 3, 1, 4, 5)
        atteso = pezzi.permute(0, 2, 3, 1, 4, 5).reshape(n, quanti, canali * lato * lato)
        errori[dove + "i riquadri si sovrappongono: il passo è lato, non 1."] = fitti.reshape(
            n, -1, canali * lato * lato
        )
        errori[dove + "i riquadri sono sull'ultimo asse: scambialo con quello dei numeri."] = atteso.transpose(1, 2)
        if canali == 1:
            errori = {testo: valore for testo, valore in errori.items() if not torch.equal(valore, atteso)}
        confronta(chiama(risposta, x, lato, dove=dove[:-2].lower()), atteso, errori)


@esercizio("6.3")
def sposta(risposta: object) -> None:
    caso = torch.Generator().manual_seed(63)
    for forma, passi in (((4, 1, 3, 5), [1, -2, 0, 4]), ((2, 3, 4, 6), [-5, 2]), ((3, 2, 2, 4), [3, 3, -1])):
        x = torch.rand(forma, generator=caso) + 1
        larga = forma[-1]
        dove = f"Con immagini {forma} e passi {passi}: "
        errori = {
            dove + "ciò che esce rientra dall'altra parte: roll non basta, il resto va azzerato.": _con(
                passi, lambda i, p, x=x: x[i].roll(p, dims=-1)
            ),
            dove + "destra e sinistra sono scambiate.": _con(
                passi, lambda i, p, x=x, n=larga: _spostata(x[i], -p, n)
            ),
            dove + "hai spostato in verticale: la larghezza è l'ultimo asse.": _con(
                passi, lambda i, p, x=x, n=forma[2]: _spostata(x[i].transpose(-1, -2), p, n).transpose(-1, -2)
            ),
            dove + "hai usato gli stessi passi per tutte: ognuna ha i suoi.": _con(
                passi, lambda i, p, x=x, n=larga, primo=passi[0]: _spostata(x[i], primo, n)
            ),
            dove + "con i passi negativi non succede nulla.": _con(
                passi, lambda i, p, x=x, n=larga: _spostata(x[i], max(p, 0), n)
            ),
            dove + "con i passi negativi ti muovi comunque a destra.": _con(
                passi, lambda i, p, x=x, n=larga: _spostata(x[i], abs(p), n)
            ),
            dove + "la parte scoperta conserva i pixel di prima: lì deve esserci zero.": _con(
                passi, lambda i, p, x=x, n=larga: _spostata(x[i], p, n, fondo=x[i])
            ),
            dove + "l'immagine con 0 passi è sparita: [:-0] è vuoto.": _con(
                passi, lambda i, p, x=x, n=larga: _spostata(x[i], p, n) if p else torch.zeros_like(x[i])
            ),
            dove + "le immagini sono rimaste com'erano.": x,
        }  # fmt: skip
        atteso = _con(passi, lambda i, p, x=x, n=larga: _spostata(x[i], p, n))
        errori = {testo: valore for testo, valore in errori.items() if not torch.equal(valore, atteso)}
        consigli = {"must match the existing size": "I due pezzi della copia non sono lunghi uguali: e con p negativo?"}
        dato = chiama(risposta, x, torch.tensor(passi), dove=dove[:-2].lower(), consigli=consigli)
        confronta(dato, atteso, errori)


def _con(passi: list[int], modo) -> torch.Tensor:
    return torch.stack([modo(i, p) for i, p in enumerate(passi)])


def _spostata(x: torch.Tensor, passo: int, larga: int, fondo: torch.Tensor | None = None) -> torch.Tensor:
    uscita = torch.zeros_like(x) if fondo is None else fondo.clone()
    if abs(passo) < larga:
        arrivo, partenza = slice(max(passo, 0), larga + min(passo, 0)), slice(max(-passo, 0), larga - max(passo, 0))
        uscita[..., arrivo] = x[..., partenza]
    return uscita


class _Rete(nn.Module):
    def __init__(self, canali: int, classi: int):
        super().__init__()
        self.blocco = nn.Sequential(nn.Conv2d(1, canali, 3), nn.BatchNorm2d(canali), nn.ReLU(), nn.Dropout(0.5))
        self.uscita = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(canali * 4), nn.Linear(canali * 4, classi))
        self.uscita_bis = nn.Linear(2, 2)  # il suo nome comincia come quello di un altro

    def forward(self, x):
        return self.uscita(self.blocco(x))


@esercizio("6.4")
def congela(risposta: object) -> None:
    if not callable(risposta):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(risposta)}.")
    for canali, classi, tranne in ((3, 5, "uscita"), (2, 7, "uscita"), (4, 3, "blocco")):
        with torch.random.fork_rng(devices=[]):
            modello = _Rete(canali, classi)
        # Si parte da uno stato misto: la funzione non deve contare su com'era il modello.
        modello.blocco.requires_grad_(tranne == "uscita")
        modello.train(tranne == "uscita")
        pesi = {nome: valore.clone() for nome, valore in modello.state_dict().items()}
        dove = f"Con tranne = «{tranne}» "
        prima = _impronta(modello)
        try:
            dato = risposta(modello, tranne)
        except Exception as errore:
            raise Sbagliato(f"{dove}la tua funzione si ferma con {detto(errore)}") from errore
        if dato is None:
            raise Sbagliato("La tua funzione restituisce None: manca il return?")
        if _impronta(modello) == prima:
            raise Sbagliato(f"{dove}il modello è rimasto com'era: hai lavorato su una copia?")
        _stato_giusto(modello, tranne, pesi, dove)
        accesi = [p for p in modello.parameters() if p.requires_grad]
        errori = {
            f"{dove}hai contato i tensori, non i numeri che contengono.": len(accesi),
            f"{dove}hai contato tutti i parametri, anche quelli fermi.": sum(p.numel() for p in modello.parameters()),
            f"{dove}hai contato quelli fermi.": sum(p.numel() for p in modello.parameters() if not p.requires_grad),
            f"{dove}hai contato solo i pesi: ci sono anche i bias.": sum(p.numel() for p in accesi if p.dim() > 1),
        }
        confronta_numero(dato, sum(p.numel() for p in accesi), errori, nome="Il conto")


def _impronta(modello: nn.Module) -> list[bool]:
    """Che cosa è acceso: i parametri che chiedono il gradiente, i moduli in ``train()``."""
    return [p.requires_grad for p in modello.parameters()] + [modulo.training for modulo in modello.modules()]


def _stato_giusto(modello: nn.Module, tranne: str, pesi: dict[str, torch.Tensor], dove: str) -> None:
    if any(not torch.equal(valore, pesi[nome]) for nome, valore in modello.state_dict().items()):
        raise Sbagliato(f"{dove}i pesi sono cambiati: congelare non li tocca.")
    libero = modello.get_submodule(tranne)
    fermi = [figlio for nome, figlio in modello.named_children() if nome != tranne]
    accesi = [figlio for figlio in fermi if any(p.requires_grad for p in figlio.parameters())]
    if accesi == [modello.uscita_bis]:
        raise Sbagliato(f"{dove}è accesa anche «uscita_bis»: il suo nome comincia uguale, ma è un'altra parte.")
    if not any(p.requires_grad for p in libero.parameters()):
        raise Sbagliato(f"{dove}la parte da addestrare non chiede il gradiente: il modello può arrivare già fermo.")
    if accesi:
        raise Sbagliato(f"{dove}ci sono parametri da fermare che chiedono ancora il gradiente.")
    if not all(p.requires_grad for p in libero.parameters()):
        raise Sbagliato(f"{dove}solo una parte di «{tranne}» è addestrabile: ne mancano alcuni parametri.")
    if any(strato.training for fermo in fermi for strato in fermo.modules()):
        raise Sbagliato(f"{dove}i pesi sono fermi, ma la batch normalization si aggiorna ancora: serve eval().")
    if not all(strato.training for strato in libero.modules()):
        raise Sbagliato(f"{dove}la parte da addestrare è rimasta in eval(): deve stare in train().")


@esercizio("6.5")
def accuratezza_macro(risposta: object) -> None:
    caso = torch.Generator().manual_seed(65)
    for classi, misure in ((3, (7, 2)), (5, (11, 4, 6)), (4, (9,)), (6, (13, 1))):
        blocchi = [_blocco(classi, quanti, caso) for quanti in misure]
        previste, vere = (torch.cat(parte) for parte in zip(*blocchi, strict=True))
        dove = f"Con {classi} classi e blocchi da {list(misure)} esempi: "
        atteso = _macro(previste, vere, classi)
        errori = {
            dove + "hai la media su tutti gli esempi (micro): prima una quota per classe.": _giuste(previste, vere),
            dove + "una classe senza esempi conta zero: non deve entrare nella media.": _macro(previste, vere, classi)
            * len(vere.unique())
            / classi,
            dove + "hai fatto la media delle medie dei blocchi: accumula i conteggi, dividi alla fine.": sum(
                _macro(p, v, classi) for p, v in blocchi
            )
            / len(blocchi),
            dove + "hai diviso per le volte in cui la classe è prevista: quella è la precisione.": _macro(
                vere, previste, classi
            ),
            dove + "hai usato solo l'ultimo blocco.": _macro(*blocchi[-1], classi),
            dove + "hai usato solo il primo blocco.": _macro(*blocchi[0], classi),
            dove + "è in percento: serve una quota fra 0 e 1.": 100 * atteso,
        }
        errori = {testo: valore for testo, valore in errori.items() if abs(valore - atteso) > 1e-3}
        consigli = {"must match the size": "I conteggi hanno lunghezze diverse: quante classi ha ognuno? (minlength)"}
        dato = chiama(risposta, blocchi, classi, dove=dove[:-2].lower(), consigli=consigli)
        if isinstance(dato, (float, torch.Tensor)) and torch.as_tensor(dato).isnan().any():
            raise Sbagliato(f"{dove}hai diviso zero per zero: c'è una classe senza esempi.")
        confronta_numero(dato, atteso, errori, nome="L'accuratezza macro")
    vieta_nomi(risposta, "MulticlassAccuracy", "MulticlassConfusionMatrix", "MulticlassRecall", "torchmetrics")


def _blocco(classi: int, quanti: int, caso: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Previsioni quasi sempre giuste; la classe 1 non ha esempi, ma qualcuno la prevede lo stesso."""
    vere = torch.randint(classi, (quanti,), generator=caso)
    vere[vere == 1] = 0
    sbaglia = torch.rand(quanti, generator=caso) < 0.4
    return torch.where(sbaglia, (vere + 1) % classi, vere), vere


def _giuste(previste: torch.Tensor, vere: torch.Tensor) -> float:
    return (previste == vere).float().mean().item()


def _macro(previste: torch.Tensor, vere: torch.Tensor, classi: int) -> float:
    quote = [_giuste(previste[vere == c], vere[vere == c]) for c in range(classi) if (vere == c).any()]
    return sum(quote) / len(quote)
