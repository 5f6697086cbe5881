"""Gli esercizi della lezione 01: tensori."""

import torch

from corso_pytorch.verifiche.confronti import Assente
from corso_pytorch.verifiche.dichiarazione import Prova
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato
from corso_pytorch.verifiche.osservazioni import generatore
from corso_pytorch.verifiche.registro import esercizio

# Come PyTorch dice che due forme non si incastrano.
FORME_DISCORDI = "must match"
# x ha forma (4, 3, 2): x[0], x[:, 1:], x[-1, :, 0], x.unsqueeze(1), stack([x, x, x]), cat([x, x], dim=1).
FORME = {"a": (3, 2), "b": (4, 2, 2), "c": (3,), "d": (4, 1, 3, 2), "e": (3, 4, 3, 2), "f": (4, 6, 2)}


def _sei_forme(risposta: object) -> dict[str, object]:
    if not isinstance(risposta, dict) or not FORME.keys() <= risposta.keys():
        raise Sbagliato("Servono sei forme, in un dizionario con le chiavi da «a» a «f».")
    numeri = [lettera for lettera in FORME if isinstance(risposta[lettera], (int, float))]
    if numeri:
        raise Sbagliato(f"In {numeri[0]} c'è un numero, non una tupla: con un asse solo serve la virgola, come (7,).")
    return {f"la forma {lettera}": risposta[lettera] for lettera in FORME}


def _con(lettera: str, *forme: tuple[int, ...]) -> list[dict]:
    return [FORME | {lettera: forma} for forma in forme]


esercizio(
    "1.1",
    giusta=FORME,
    osserva=_sei_forme,
    sviste={
        "In a l'indice 0 consuma il suo asse: non resta un 1.": _con("a", (1, 3, 2)),
        "In a c'è un numero solo, e consuma l'asse 0: hai tolto un altro asse.": _con("a", (4, 2), (4, 3)),
        "In a un numero consuma il suo asse: questa è la forma di partenza.": _con("a", (4, 3, 2)),
        "In b i due punti tengono tutto l'asse 0: chi si accorcia è il secondo.": _con("b", (3, 3, 2)),
        "In b l'intervallo sta al secondo posto: si accorcia l'asse 1, non l'ultimo.": _con("b", (4, 3, 1)),
        "In b, da 1 in poi, su 3, restano due posizioni: un intervallo tiene il suo asse.": _con("b", (4, 1, 2)),
        "In b c'è un intervallo: tiene il suo asse; un numero lo consumerebbe.": _con("b", (4, 2)),
        "In c ogni numero consuma il suo asse: resta solo quello dei due punti.": _con(
            "c", (1, 3, 1), (3, 1), (1, 3), (3, 2), (4, 3)
        ),
        "In c resta l'asse dei due punti, che sta al secondo posto.": _con("c", (4,), (2,)),
        "In c i due punti tengono tutto il loro asse: non resta un numero solo.": _con("c", (), (1,)),
        "In d l'asse nuovo finisce al posto 1: davanti sarebbe con 0.": _con("d", (1, 4, 3, 2)),
        "In d gli assi si contano da 0: il posto 1 viene subito dopo il 4.": _con("d", (4, 3, 1, 2)),
        "In d l'asse nuovo finisce al posto 1: in fondo sarebbe con -1.": _con("d", (4, 3, 2, 1)),
        "In d unsqueeze aggiunge un asse: i tre di prima restano come sono.": _con("d", (4, 3, 2), (4, 1, 2), (4, 2)),
        "In e ad allungare un asse che c'è già è cat: stack ne crea uno nuovo.": _con(
            "e", (12, 3, 2), (4, 9, 2), (4, 3, 6)
        ),
        "In e l'asse nuovo arriva davanti.": _con("e", (4, 3, 2, 3), (4, 3, 3, 2)),
        "In e i tensori della pila sono tre.": _con("e", (2, 4, 3, 2), (1, 4, 3, 2)),
        "In f a creare un asse nuovo è stack: cat allunga quello che nomini.": _con(
            "f", (2, 4, 3, 2), (4, 2, 3, 2), (4, 3, 2, 2)
        ),
        "In f dim=1 è il secondo asse: così si allunga un altro.": _con("f", (8, 3, 2), (4, 3, 4)),
        "In f l'asse 1 si allunga: le sue lunghezze si sommano.": _con("f", (4, 3, 2)),
    },
)


def sufficienze(voti: torch.Tensor) -> torch.Tensor:
    return (voti >= 6).sum(dim=1)


def _voti(studenti: int, prove: int) -> torch.Tensor:
    voti = torch.randint(20, 100, (studenti, prove), generator=generatore(studenti)) / 10
    voti[0, 0], voti[-1, -1] = 6.0, 5.75
    return voti


esercizio(
    "1.2",
    giusta=sufficienze,
    consigli={
        "could not infer output dtype": "mean vuole numeri con la virgola; ma qui si conta, non si fa la media.",
        "Dimension out of range": "Una maschera fra parentesi quadre disfa la tabella: somma la maschera.",
    },
    prove=[
        (_voti(3, 7),),
        (_voti(5, 2),),
        (_voti(1, 4),),
        (_voti(7, 3).T.contiguous().T,),
        (torch.full((2, 3), 6.0),),
        (torch.tensor([[5.9999995, 6.01], [0.0, 10.0]]),),  # il float32 che viene subito prima di 6
        (torch.randint(0, 11, (4, 5), generator=generatore(2)),),
        (torch.empty(2, 0),),
        (torch.tensor([[12.0, 18.0, 5.0], [30.0, 6.0, 100.0]]),),
        # Più di quanto conta un intero a 8 bit, o un float16; e un conto che, passando dalla media, perde un'unità.
        (7.5 * (torch.arange(2200) < torch.tensor([[2049], [29]])),),
    ],
    detta="con {0.shape[0]} studenti e {0.shape[1]} prove",
    sviste={
        "«Almeno 6» comprende il 6: guarda il confronto.": lambda voti: (voti > 6).sum(dim=1),
        "Il confine è 6: un voto appena sotto non basta.": [
            lambda voti: (voti > 5).sum(dim=1),
            lambda voti: (voti > 5.5).sum(dim=1),
            lambda voti: (voti >= 5.5).sum(dim=1),
            lambda voti: (voti > 5.99).sum(dim=1),
            lambda voti: (voti.float().round() >= 6).sum(dim=1),
        ],
        "Hai contato per prova invece che per studente: quale asse deve sparire?": lambda v: (v >= 6).sum(dim=0),
        "Questo è il totale della classe: serve un numero per studente.": lambda voti: (voti >= 6).sum(),
        "Questa è la maschera: ora va contata, studente per studente.": lambda voti: voti >= 6,
        "Hai sommato i voti sufficienti: serve quanti sono, non quanto fanno.": lambda v: (v * (v >= 6)).sum(dim=1),
        "Hai contato le insufficienze.": lambda voti: (voti < 6).sum(dim=1),
        "Un voto vale una prova sola, per quanto alto sia: con «//» un 12 conta due volte.": lambda voti: (
            (voti // 6).long().sum(dim=1)
        ),
        "Le prove possono essere centinaia: un intero a 8 bit non arriva a contarle.": [
            lambda voti: (voti >= 6).sum(dim=1, dtype=torch.uint8),
            lambda voti: (voti >= 6).sum(dim=1, dtype=torch.int8),
            lambda voti: (voti >= 6).sum(dim=1).to(torch.uint8),
            lambda voti: (voti >= 6).sum(dim=1).to(torch.int8),
        ],
        "Questo dice chi ha la media sufficiente: serve quante prove lo sono.": [
            lambda voti: voti.mean(dim=1) >= 6,  # si ferma sugli interi
            lambda voti: (voti.mean(dim=1) >= 6).long(),
            lambda voti: voti.float().mean(dim=1) >= 6,
            lambda voti: (voti.float().mean(dim=1) >= 6).long(),
        ],
        "Questa è la quota di sufficienze: serve il loro numero.": lambda voti: (voti >= 6).float().mean(dim=1),
    },
    vieta=("cicli",),
)


def diagonale(m: torch.Tensor) -> torch.Tensor:
    return m.view(-1)[:: m.shape[1] + 1][: min(m.shape)]


COPIA = Assente(
    "I numeri sono giusti, ma è una copia: chi scrive nel risultato non cambia m. Copiano clone, stack, torch.tensor e "
    "gli indici fatti di elenchi o di tensori; reshape copia solo quando non può fare una vista."
)


def _con_la_memoria(risposta: object, m: torch.Tensor) -> dict[str, object]:
    dato = chiama(risposta, m, cambia=(0,))  # l'originale: è la sua memoria che si guarda
    if not isinstance(dato, torch.Tensor) or dato.is_meta:
        return {"il risultato": dato, "la memoria": True, "la tabella m": m}
    # Si guarda dove comincia il primo numero, non la memoria intera: chi passa da NumPy ne vede solo un pezzo.
    memoria = m.untyped_storage()
    distanza = dato.data_ptr() - memoria.data_ptr() if dato.layout == torch.strided else -1
    vista = 0 <= distanza < memoria.nbytes()
    return {"il risultato": dato.clone(), "la memoria": vista or COPIA, "la tabella m": m}


def _tabella(n: int, m: int) -> tuple[torch.Tensor]:
    return (torch.arange(n * m).reshape(n, m) + 10,)


esercizio(
    "1.3",
    giusta=diagonale,
    osserva=_con_la_memoria,
    prove=[
        *(_tabella(n, m) for n, m in ((4, 4), (3, 5), (5, 3), (7, 3), (1, 4), (4, 1), (1, 1), (2, 9))),
        Prova(_tabella(7, 4)[0][2:], detta="con le ultime 5 righe di una tabella che ne ha 7"),
    ],
    detta="con {0.shape[0]} righe e {0.shape[1]} colonne",
    sviste={
        "Ti fermi troppo tardi: la diagonale ha min(N, M) elementi.": lambda m: m.view(-1)[:: m.shape[1] + 1],
        "Così scendi lungo la prima colonna: da m[i, i] alla successiva si salta anche di una colonna.": [
            lambda m: m.view(-1)[:: m.shape[1]],
            lambda m: m.view(-1)[:: m.shape[1]][: min(m.shape)],
        ],
        "Il salto dipende da quanto è lunga una riga, cioè dal numero di colonne: hai usato le righe.": [
            lambda m: m.view(-1)[:: m.shape[0] + 1],
            lambda m: m.view(-1)[:: m.shape[0] + 1][: min(m.shape)],
        ],
        "In memoria m può cominciare dopo lo 0: è così quando è un pezzo di un'altra tabella.": lambda m: m.as_strided(
            (min(m.shape),), (m.shape[1] + 1,), 0
        ),
        "Questa è l'altra diagonale: da un elemento al successivo si salta in avanti di una colonna.": lambda m: m.flip(
            1
        ).diagonal(),
        "Questa è la tabella con gli zeri fuori dalla diagonale: serve la sola diagonale.": lambda m: (
            m * (torch.arange(len(m))[:, None] == torch.arange(m.shape[1]))
        ),
    },
    vieta=("diagonal", "diag", "cicli"),
)


def distanze(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return ((a[:, None] - b) ** 2).sum(dim=-1).sqrt()


def _punti(n: int, m: int, d: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(n, d, generator=generatore(n)), torch.randn(m, d, generator=generatore(m + 10)) + 1


esercizio(
    "1.4",
    giusta=distanze,
    prove=[
        _punti(3, 5, 4),
        _punti(6, 2, 3),
        _punti(1, 4, 2),
        _punti(3, 3, 3),
        _punti(2, 3, 1),
        tuple(x.double() for x in _punti(4, 2, 5)),
        (torch.eye(3), torch.eye(3)),
        (_punti(12, 1, 3)[0] / 1024,) * 2,  # ogni punto da sé stesso: chi sviluppa il quadrato può scendere sotto zero
        (torch.empty(0, 2), torch.ones(3, 2)),
    ],
    detta="con N = {0.shape[0]}, M = {1.shape[0]} e D = {0.shape[1]}",
    consigli={
        FORME_DISCORDI: "Guarda la forma di `a[:, None]`.",
        "only one element": "Le funzioni di `math` vogliono un numero solo: la radice di un tensore è `.sqrt()`.",
    },
    tolleranza=5e-5,  # chi sviluppa il quadrato perde qualche cifra vicino a zero
    dtype="stesso",
    sviste={
        "Sono i quadrati delle distanze: manca la radice.": lambda a, b: ((a[:, None] - b) ** 2).sum(-1),
        "Hai sommato sull'asse dei punti invece che su quello delle D coordinate.": [
            lambda a, b: ((a[:, None] - b) ** 2).sum(1).sqrt(),
            lambda a, b: ((a[:, None] - b) ** 2).sum(0).sqrt(),
        ],
        "Questa è la somma dei valori assoluti: si sommano invece i quadrati, e la radice viene dopo.": (
            lambda a, b: (a[:, None] - b).abs().sum(-1)
        ),
        "Questa è la differenza più grande fra le coordinate: nella distanza contano tutte.": lambda a, b: (
            (a[:, None] - b).abs().amax(-1)
        ),
        "Hai sommato le differenze senza elevarle al quadrato: così si cancellano.": lambda a, b: (a[:, None] - b).sum(
            -1
        ),
        "Hai sommato le differenze così come sono: prima ognuna va al quadrato, per conto suo.": [
            lambda a, b: ((a[:, None] - b).sum(-1) ** 2).sqrt(),
            lambda a, b: (a[:, None] - b).sum(-1) ** 2,
        ],
        "Hai fatto la media dei quadrati: nella distanza si sommano.": [
            lambda a, b: ((a[:, None] - b) ** 2).mean(-1).sqrt(),
            lambda a, b: ((a[:, None] - b) ** 2).mean(-1),
        ],
        "Le D coordinate sono ancora separate: manca la somma sull'ultimo asse.": lambda a, b: (a[:, None] - b).abs(),
        "La tabella è trasposta: sulle righe vanno i punti di a.": lambda a, b: distanze(b, a),
    },
    vieta=("cdist", "pdist", "pairwise_distance", "cicli"),
)


def uno_su_tanti(etichette: torch.Tensor, classi: int) -> torch.Tensor:
    return (etichette[:, None] == torch.arange(classi, device=etichette.device)).long()


def _etichette(n: int, classi: int) -> tuple[torch.Tensor, int]:
    return torch.randint(0, classi - 1, (n,), generator=generatore(n)), classi


esercizio(
    "1.5",
    giusta=uno_su_tanti,
    prove=[
        _etichette(3, 5),
        _etichette(6, 4),
        _etichette(4, 7),
        (torch.tensor([0, 3, 3, 1]), 4),
        (torch.tensor([0]), 1),
        (torch.tensor([2]), 3),
        (torch.empty(0, dtype=torch.long), 3),
        (torch.tensor([0, 300, 44]), 301),  # 300 e 44 sono lo stesso intero a 8 bit
    ],
    detta="con N = {0.shape[0]} e {1} classi",
    dtype="stesso",
    consigli={FORME_DISCORDI: "Le forme (N, 1) e (`classi`,) si incontrano, (N,) e (`classi`,) no."},
    sviste={
        "La tabella è trasposta: le etichette vanno sulle righe, le classi sulle colonne.": lambda e, classi: (
            uno_su_tanti(e, classi).T
        ),
        "Le classi si contano da 0, e qui gli 1 sono tutti spostati di una colonna.": lambda e, classi: (
            e[:, None] == torch.arange(1, classi + 1)
        ).long(),
        "Il numero di colonne è `classi`, anche se l'ultima classe non compare fra le etichette.": lambda e, classi: (
            uno_su_tanti(e, int(e.max()) + 1)
        ),
        "`t[:, etichette] = 1` riempie quelle colonne su ogni riga: a ogni riga serve la sua colonna.": (
            lambda e, classi: uno_su_tanti(e, classi).amax(0).repeat(len(e), 1)
        ),
        "Gli 1 e gli 0 sono scambiati.": lambda e, classi: 1 - uno_su_tanti(e, classi),
        "Al posto degli 1 c'è il numero della classe: serve solo un segno di presenza.": lambda e, classi: (
            uno_su_tanti(e, classi) * e[:, None]
        ),
    },
    vieta=("one_hot", "cicli"),
)


def media_parole(vettori: torch.Tensor, maschera: torch.Tensor) -> torch.Tensor:
    return (vettori * maschera[..., None]).sum(dim=1) / maschera.sum(dim=1, keepdim=True)


def _frasi(b: int, lunghezza: int, d: int) -> tuple[torch.Tensor, torch.Tensor]:
    maschera = torch.rand(b, lunghezza, generator=generatore(b)) < 0.6
    maschera[:, 0], maschera[0, 1:] = True, False  # nella prima frase una parola sola, nelle altre anche in mezzo
    maschera[-1] = True  # l'ultima non ha riempitivo
    # Sul riempitivo ci sono numeri qualunque: chi dimentica la maschera se ne accorge.
    return torch.randn(b, lunghezza, d, generator=generatore(d)) + 3, maschera


def _vere(vettori: torch.Tensor, maschera: torch.Tensor) -> torch.Tensor:
    return vettori * maschera[..., None]


esercizio(
    "1.6",
    giusta=media_parole,
    prove=[
        _frasi(3, 6, 4),
        _frasi(2, 5, 7),
        _frasi(4, 3, 3),
        _frasi(3, 4, 1),
        _frasi(1, 1, 2),
        (torch.arange(24.0).reshape(2, 4, 3), torch.tensor([[False, True, False, True], [False, False, True, True]])),
        (torch.tensor([[[0.0, 3.0], [2.0, 0.0], [-4.0, 5.0]]]), torch.tensor([[True, True, False]])),
        # Una parola vera tutta zeri, e un riempitivo di zeri, com'è di solito.
        (
            torch.tensor([[[0.0, 0.0], [2.0, 4.0], [0.0, 0.0], [1.0, 3.0]]]),
            torch.tensor([[True, True, False, True]]),
        ),
        _frasi(2, 300, 2),
    ],
    detta="con B = {0.shape[0]}, L = {0.shape[1]} e D = {0.shape[2]}",
    consigli={
        FORME_DISCORDI: "Leggi da destra: alla maschera serve l'asse di `maschera[:, :, None]`, "
        "al divisore la forma (B, 1)."
    },
    sviste={
        "Hai fatto la media di tutte le posizioni, riempitivo compreso: la maschera non è stata usata.": lambda v, m: (
            v.mean(1)
        ),
        "Hai diviso per L: dividi per quante parole vere ha ogni frase.": lambda v, m: _vere(v, m).mean(1),
        "Questa è la somma delle parole vere: manca la divisione.": lambda v, m: _vere(v, m).sum(1),
        "Il divisore è giusto, ma la somma comprende ancora il riempitivo.": lambda v, m: (
            v.sum(1) / m.sum(1, keepdim=True)
        ),
        "Hai mescolato tutte le frasi: serve una media per frase.": lambda v, m: v[m].mean(0),
        "Hai fatto la media del riempitivo: la maschera è vera sulle parole.": lambda v, m: media_parole(v, ~m),
        "Hai diviso per D, il numero delle coordinate: dividi per quante parole vere ha ogni frase.": lambda v, m: (
            _vere(v, m).sum(1) / v.shape[2]
        ),
        "Hai diviso per tutte le parole vere del batch: ogni frase ha il suo numero.": lambda v, m: (
            _vere(v, m).sum(1) / m.sum()
        ),
        "Hai contato i numeri diversi da 0: anche una parola vera può averne uno nullo, quindi conta la maschera.": (
            lambda v, m: _vere(v, m).sum(1) / (_vere(v, m) != 0).sum(1)
        ),
        "Hai contato i vettori diversi da 0: anche una parola vera può averlo nullo, quindi conta la maschera.": [
            lambda v, m: _vere(v, m).sum(1) / _vere(v, m).any(-1).sum(1, keepdim=True),
            lambda v, m: _vere(v, m).sum(1) / v.any(-1).sum(1, keepdim=True),
        ],
        "Hai sommato sulle D coordinate: deve sparire l'asse delle posizioni.": lambda v, m: (
            _vere(v, m).sum(2) / m.sum(1, keepdim=True)
        ),
        "Hai preso le prime parole, tante quante sono vere: la maschera dice anche quali.": lambda v, m: media_parole(
            v, torch.arange(m.shape[1]) < m.sum(1, keepdim=True)
        ),
    },
    vieta=("cicli",),
)


def prepara_foto(foto: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack(foto).permute(0, 3, 1, 2).float() / 127.5 - 1


def _canali(foto: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack(foto).permute(0, 3, 1, 2).float()


def _standard(foto: list[torch.Tensor], **assi) -> torch.Tensor:
    x = _canali(foto)
    return (x - x.mean(dim=(0, 2, 3), keepdim=True)) / x.std(**assi)


def _foto(n: int, alta: int, larga: int) -> tuple[list[torch.Tensor]]:
    return ([*torch.randint(0, 256, (n, alta, larga, 3), generator=generatore(n), dtype=torch.uint8)],)


def _fra_gli_estremi(x: torch.Tensor) -> torch.Tensor:
    return 2 * (x - x.min()) / (x.max() - x.min()) - 1


esercizio(
    "1.7",
    giusta=prepara_foto,
    prove=[_foto(2, 4, 6), _foto(5, 7, 2), _foto(1, 3, 3), _foto(3, 1, 5), ([torch.tensor([[[0, 255, 128]]]).byte()],)],
    detta=lambda foto: f"con {len(foto)} foto di {foto[0].shape[0]}×{foto[0].shape[1]}",
    dtype="stesso",
    tolleranza=1e-5,
    consigli={
        "'list' object has no attribute": "Le foto stanno in una lista: prima impilale, con `torch.stack`.",
        "number of dimensions in the tensor input": "Dopo `stack` gli assi sono quattro, e `permute` ne vuole quattro.",
    },
    sviste={
        "La forma è giusta ma i pixel sono rimescolati: reshape e view non scambiano gli assi.": [
            lambda foto: torch.stack([u.reshape(3, *u.shape[:2]) for u in foto]) / 127.5 - 1,
            lambda foto: torch.stack([u.reshape(3, *u.shape[:2]) for u in foto]) / 255,
        ],
        "I canali sono ancora in fondo, (N, H, W, 3): PyTorch li vuole subito dopo N.": lambda foto: (
            torch.stack(foto) / 127.5 - 1
        ),
        "Altezza e larghezza sono scambiate: controlla l'ordine chiesto a permute.": lambda foto: (
            torch.stack(foto).permute(0, 3, 2, 1) / 127.5 - 1
        ),
        "I valori vanno da 0 a 1: manca l'ultimo passo, fino a −1 e 1.": lambda foto: _canali(foto) / 255,
        "I valori vanno ancora da 0 a 255: riscalali.": _canali,
        "Hai tolto 0,5 ma l'intervallo è ancora lungo 1: va da −0,5 a 0,5.": lambda foto: _canali(foto) / 255 - 0.5,
        "Hai scalato senza dividere per 255: 255 deve diventare 1.": lambda foto: _canali(foto) * 2 - 1,
        "Negli uint8 dopo 255 viene 0, e prima di 0 viene 255: passa prima ai numeri con la virgola.": [
            lambda foto: (torch.stack(foto) * 2).permute(0, 3, 1, 2) / 255 - 1,
            lambda foto: (torch.stack(foto) * 2 - 255).permute(0, 3, 1, 2) / 255,
            lambda foto: (torch.stack(foto) - 127).permute(0, 3, 1, 2) / 127.5,
            lambda foto: (torch.stack(foto) - 128).permute(0, 3, 1, 2) / 127.5,
            lambda foto: (torch.stack(foto) - 128).permute(0, 3, 1, 2) / 128,
            lambda foto: (torch.stack(foto) - 128).permute(0, 3, 1, 2) / 127,
            lambda foto: (torch.stack(foto) - 127).permute(0, 3, 1, 2) / 128,
        ],
        "La divisione viene prima della sottrazione: servono le parentesi.": (
            lambda foto: _canali(foto) - 127.5 / 127.5
        ),
        "Hai usato il minimo e il massimo delle foto: i riferimenti sono 0 e 255, sempre.": [
            lambda foto: 2 * _canali(foto) / _canali(foto).max() - 1,
            lambda foto: _fra_gli_estremi(_canali(foto)),
        ],
        "Hai normalizzato con media e deviazione standard: qui 0 deve diventare −1 e 255 diventare 1.": [
            lambda foto: _standard(foto, dim=(0, 2, 3), keepdim=True),
            _standard,
        ],
        "L'intervallo non è quello: 0 deve diventare −1 e 255 diventare 1.": [
            lambda foto: _canali(foto) / 127.5,
            lambda foto: _canali(foto) / 255 - 1,
            lambda foto: _canali(foto) / 128 - 1,
            lambda foto: _canali(foto) / 127 - 1,
            lambda foto: _canali(foto) - 127.5,
            lambda foto: (_canali(foto) - 127) / 127.5,
            lambda foto: (_canali(foto) - 128) / 127.5,
        ],
        "Questa è una foto sola: vanno impilate tutte lungo un asse nuovo.": lambda foto: prepara_foto(foto)[0],
        "Le foto sono una in coda all'altra: cat allunga un asse, stack ne crea uno nuovo.": lambda foto: prepara_foto(
            foto
        ).flatten(0, 1),
    },
)


def somma_progressiva(x: torch.Tensor) -> torch.Tensor:
    return _fino_a(x, lambda j, i: j <= i)


def _fino_a(x: torch.Tensor, prende) -> torch.Tensor:
    posti = torch.arange(len(x), device=x.device)
    return prende(posti, posti[:, None]).to(x.dtype) @ x


def _addendi(x: torch.Tensor) -> torch.Tensor:
    return torch.tril(x.expand(len(x), len(x)))


esercizio(
    "1.8",
    giusta=somma_progressiva,
    prove=[
        (torch.randn(4, generator=generatore(5)) + 2,),
        (torch.randn(7, generator=generatore(8)) - 1,),
        (torch.tensor([2.5]),),
        (torch.tensor([1.0, 0.0, 0.0, -1.0, 3.0]),),
        (torch.randn(10, generator=generatore(3))[::2],),
        (torch.tensor([200.0, -100.0, 0.5, -300.0]),),  # l'esponenziale trabocca
        (torch.rand(130, generator=generatore(2), dtype=torch.float64),),
        (torch.tensor([1e39, 2e39, -5e38], dtype=torch.float64),),  # un float32 non li contiene
    ],
    detta="con N = {0.shape[0]}",
    tolleranza=1e-5,
    dtype="stesso",
    consigli={"same dtype": "`@` vuole lo stesso dtype dalle due parti: porta la maschera a quello di x."},
    sviste={
        "La somma arriva fino a i compreso: così ti fermi uno prima.": lambda x: _fino_a(x, lambda j, i: j < i),
        "Hai sommato da i in poi: il triangolo della maschera è quello sbagliato.": lambda x: _fino_a(
            x, lambda j, i: j >= i
        ),
        "Ogni posizione ha la somma di tutto: la maschera non seleziona nulla.": lambda x: x.sum().expand(len(x)),
        "Questa è la tabella (N, N) degli addendi: manca la somma su un asse.": _addendi,
        "Hai sommato sull'asse sbagliato, o steso x dall'altra parte: così ogni numero è solo moltiplicato per un "
        "intero.": [
            lambda x: _addendi(x).sum(0),
            lambda x: torch.tril(x[:, None].expand(len(x), len(x))).sum(1),
        ],
        "Questa è solo la somma totale: servono N somme.": lambda x: x.sum(),
        "I numeri passano per float32, e ne perdono: è la maschera che deve avere il dtype di x.": lambda x: (
            somma_progressiva(x.float()).to(x.dtype)
        ),
    },
    vieta=("cumsum", "cumprod", "cumulative_sum", "cumulative_trapezoid", "logcumsumexp", "accumulate", "cicli"),
)
