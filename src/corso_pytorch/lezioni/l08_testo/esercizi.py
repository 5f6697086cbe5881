"""I controlli della lezione 08: codifica, riempitivo e maschera, temperatura, fusioni del BPE, attenzione causale."""

import itertools
from collections.abc import Callable

import torch

from corso_pytorch.verifiche.codice import vieta_nomi
from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_lista, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


@esercizio("8.1")
def codifica(risposta: object) -> None:
    vocabolario = {"[PAD]": 1, "il": 5, "film": 9, "è": 0, "bello": 7, "[UNK]": 3, "non": 4}
    prove = ["il film è bello", "Il film non è BELLO", "lo spettacolo è bello bello", "   il   film ", "mah"]
    for frase in prove:
        parole = frase.lower().split()
        atteso = [vocabolario.get(parola, 3) for parola in parole]
        errori = [
            ("le parole sconosciute sono sparite: al loro posto va il numero di «[UNK]».",
             [vocabolario[p] for p in parole if p in vocabolario]),
            ("le maiuscole contano ancora: «Il» deve valere «il».", [vocabolario.get(p, 3) for p in frase.split()]),
            ("una parola sconosciuta vale il numero di «[UNK]», non quello del riempitivo.",
             [vocabolario.get(p, 1) for p in parole]),
            ("una parola sconosciuta vale il numero di «[UNK]», che qui non è 0: leggilo dal vocabolario.",
             [vocabolario.get(p, 0) for p in parole]),
            ("al posto delle parole sconosciute c'è il testo «[UNK]»: serve il suo numero.",
             [vocabolario.get(p, "[UNK]") for p in parole]),
            ("una parola che ha il numero 0 c'è: «or» scambia lo zero per un posto vuoto.",
             [vocabolario.get(p) or 3 for p in parole]),
            ("al posto delle parole sconosciute c'è None: serve il numero di «[UNK]».",
             [vocabolario.get(p) for p in parole]),
            ("hai numerato le lettere: prima si spezza in parole.", [vocabolario.get(c, 3) for c in frase.lower()]),
            ("gli spazi doppi contano come parole: split() senza argomenti li salta.",
             [vocabolario.get(p, 3) for p in frase.lower().split(" ")]),
            ("hai tolto le ripetizioni: ogni parola della frase ha il suo posto.",
             [vocabolario.get(p, 3) for p in dict.fromkeys(parole)]),
            ("i numeri sono in ordine crescente: devono restare nell'ordine delle parole.", sorted(atteso)),
            ("ti fermi alla prima parola: il return è dentro il ciclo?", atteso[:1]),
            ("queste sono le parole: mancano i loro numeri.", parole),
        ]  # fmt: skip
        consigli = {"[UNK]": "", "'": "Una parola che non c'è nel vocabolario: quale numero le tocca?"}
        dato = chiama(risposta, frase, vocabolario, dove=f"con «{frase}»", consigli=consigli)
        if isinstance(dato, torch.Tensor) and dato.tolist() == atteso:
            raise Sbagliato("I numeri sono giusti, ma è un tensore: qui serve una lista.")
        confronta_lista(dato, atteso, errori, f"Con «{frase}» ")


@esercizio("8.2")
def allunga(risposta: object) -> None:
    prove = [
        ([[5, 3, 8], [2], [4, 4, 4, 4, 6]], 0),
        ([[7, 1], [7, 7, 2, 9]], 7),  # il riempitivo compare anche fra i token veri
        ([[3, 1, 2]], 5),
        ([[1], [2, 3], [4, 5, 6, 1], [9, 1, 8, 3]], 1),
    ]
    for liste, riempitivo in prove:
        lunghezza = max(map(len, liste))
        ids = torch.tensor([riga + [riempitivo] * (lunghezza - len(riga)) for riga in liste])
        maschera = torch.arange(lunghezza) < torch.tensor([len(riga) for riga in liste])[:, None]
        dove = f"con {liste} e riempitivo {riempitivo}"
        dato = chiama(risposta, liste, riempitivo, dove=dove, consigli={
            "expected sequence of length": "Le righe hanno ancora lunghezze diverse.",
        })  # fmt: skip
        if not isinstance(dato, (tuple, list)) or len(dato) != 2:
            raise Sbagliato(f"Servono due cose, (ids, maschera), e invece è {tipo_di(dato)}.")
        _confronta_ids(dato[0], ids, liste, riempitivo)
        _confronta_maschera(dato[1], maschera, ids, riempitivo)


def _confronta_ids(dato: object, ids: torch.Tensor, liste: list[list[int]], riempitivo: int) -> None:
    lunghezza = ids.shape[1]
    corta = min(map(len, liste))
    errori = {
        "Il riempitivo è in testa alle righe: qui si chiede in fondo.": [
            [riempitivo] * (lunghezza - len(riga)) + riga for riga in liste
        ],
        "Hai accorciato tutto alla lista più corta: si allunga alla più lunga.": [riga[:corta] for riga in liste],
        "Hai riempito con 0: si usa il numero di `riempitivo`.": [
            riga + [0] * (lunghezza - len(riga)) for riga in liste
        ],
        "C'è una posizione di troppo: L è la lunghezza della lista più lunga.": [
            riga + [riempitivo] * (lunghezza + 1 - len(riga)) for riga in liste
        ],
        "Hai allungato le righe ripetendo i token: in fondo va il riempitivo.": [
            list(itertools.islice(itertools.cycle(riga), lunghezza)) for riga in liste
        ],
    }
    if isinstance(dato, torch.Tensor) and dato.dtype == torch.bool and ids.max() > 1:
        raise Sbagliato("L'ordine è (ids, maschera): hai messo per prima la maschera.")
    confronta(dato, ids, errori, nome="ids")


def _una_in_piu(maschera: torch.Tensor) -> torch.Tensor:
    return torch.arange(maschera.shape[1]) <= maschera.sum(dim=1, keepdim=True)


def _confronta_maschera(dato: object, maschera: torch.Tensor, ids: torch.Tensor, riempitivo: int) -> None:
    errori = {
        "La maschera è capovolta: deve essere vera sui token veri.": ~maschera,
        "La maschera guarda i valori: dove un token vero ha lo stesso numero del riempitivo sbaglia. Usa le "
        "lunghezze.": ids != riempitivo,
        "La maschera guarda i valori, e li confronta con 0: il riempitivo non è sempre 0, e un token vero può avere il "
        "suo numero. Usa le lunghezze.": ids != 0,
        "La maschera tiene una posizione di troppo: j < lunghezza, non j <= lunghezza.": _una_in_piu(maschera),
        "La maschera è vera dappertutto: sul riempitivo deve essere falsa.": torch.ones_like(maschera),
    }
    if (~maschera).sum() == 0:
        errori = {}
    if isinstance(dato, torch.Tensor) and dato.dtype != torch.bool and torch.equal(dato.bool().cpu(), maschera):
        raise Sbagliato(
            f"La maschera è giusta, ma il suo dtype è {str(dato.dtype)[6:]}: deve essere di vero/falso (bool)."
        )
    confronta(dato, maschera, errori, nome="La maschera")


@esercizio("8.3")
def con_temperatura(risposta: object) -> None:
    caso = torch.Generator().manual_seed(83)
    prove = [
        (torch.randn(7, generator=caso) * 2, 0.5),
        (torch.randn(5, generator=caso) * 2, 1.0),
        (torch.randn(4, generator=caso) * 2, 3.0),
        (torch.randn(6, generator=caso) + 800, 0.7),
        (torch.tensor([1.0, 4.0, -2.0, 4.0]), 0.0),
        (torch.tensor([-3.0, -1.0, -2.0]), 0),
    ]
    for logit, temperatura in prove:
        dove = f"con temperatura {temperatura:g}"
        dato = chiama(risposta, logit, temperatura, dove=dove, consigli={"zero": "Lo zero è un caso a parte."})
        if temperatura == 0:
            _a_zero(dato, logit, dove.capitalize())
            continue
        atteso = (logit / temperatura).softmax(dim=0)
        inizio = f"{dove.capitalize()} "
        errori = {
            inizio + "hai moltiplicato invece di dividere: una temperatura alta deve appiattire.": (
                logit * temperatura
            ).softmax(dim=0),
            inizio + "la temperatura va sui logit, prima della softmax, non sulle probabilità.": logit.softmax(dim=0)
            / temperatura,
            inizio + "la temperatura non c'è: queste sono le probabilità di partenza.": logit.softmax(dim=0),
            inizio + "questi sono i logit divisi: manca la softmax.": logit / temperatura,
            inizio + "queste sono log-probabilità: serve softmax, non log_softmax.": (logit / temperatura).log_softmax(
                dim=0
            ),
            inizio + "hai applicato la softmax due volte.": (logit.softmax(dim=0) / temperatura).softmax(dim=0),
            inizio + "le probabilità devono sommare a 1: dividi per la somma.": (logit / temperatura).exp(),
        }
        if isinstance(dato, torch.Tensor) and dato.is_floating_point() and dato.isnan().any():
            raise Sbagliato(f"{inizio}e logit intorno a 800 viene NaN: exp trabocca. C'è softmax, che non trabocca.")
        confronta(dato, atteso, errori, nome="La probabilità")


def _a_zero(dato: object, logit: torch.Tensor, dove: str) -> None:
    atteso = torch.zeros_like(logit)
    atteso[logit.argmax()] = 1.0
    pari = (logit == logit.max()).float()
    errori = {
        f"{dove} restituisci l'indice: serve la probabilità di ognuno.": logit.argmax(),
        f"{dove} il pari merito si è diviso: vale 1 solo il primo.": pari / pari.sum(),
        f"{dove} il pari merito conta due volte: vale 1 solo il primo.": pari,
        f"{dove} queste sono le probabilità a temperatura 1: a 0 la scelta è greedy.": logit.softmax(dim=0),
        f"{dove} vince il logit più alto, non il più basso.": torch.eye(len(logit))[logit.argmin()],
    }
    if isinstance(dato, torch.Tensor) and dato.is_floating_point() and dato.isnan().any():
        raise Sbagliato(f"{dove} viene NaN: si divide per zero. È un caso a parte.")
    confronta(dato, atteso, errori if pari.sum() > 1 else {k: v for k, v in errori.items() if "pari" not in k})


@esercizio("8.4")
def dividi(risposta: object) -> None:
    prove = [
        ("talento", [("n", "t"), ("e", "nt"), ("l", "ent")]),
        ("abc", [("b", "c"), ("a", "b")]),  # l'ordine delle fusioni decide
        ("mamma", [("m", "a"), ("ma", "m"), ("m", "ma")]),
        ("ananas", [("a", "n"), ("an", "an"), ("a", "s")]),
        ("aaaaa", [("a", "a"), ("aa", "aa")]),
        ("abcab", [("ab", "c"), ("a", "b")]),  # una fusione troppo precoce non si recupera
        ("sole", []),
    ]
    sviste = {
        "continui a fondere finché qualcosa cambia: ogni fusione si applica al suo turno e basta.": _fino_in_fondo,
        "riparti ogni volta dalle lettere: ogni fusione lavora sui pezzi della precedente.": _daccapo,
        "ti fermi alla prima fusione: si applicano tutte.": lambda p, f: _dividi(p, f[:1]),
        "hai fuso un pezzo di pezzo: con replace «a b» si trova anche in «a bc».": _con_replace,
        "applichi le fusioni dall'ultima alla prima: serve l'ordine di nascita.": lambda p, f: _dividi(p, f[::-1]),
        "ogni fusione è applicata una volta sola: va fatta ovunque.": lambda p, f: _dividi(p, f, _fondi_una_volta),
        "la parola è rimasta intera: si parte dalle lettere.": lambda p, f: [p],
        "la parola è rimasta in lettere: le fusioni non hanno effetto.": lambda p, f: list(p),
        "fondi da destra: si procede da sinistra.": lambda p, f: _dividi(p, f, _fondi_da_destra),
        "scegli il pezzo più lungo che trovi, invece di seguire le fusioni.": _piu_lungo,
        "hai tolto le ripetizioni: i pezzi restano tutti.": lambda p, f: list(dict.fromkeys(_dividi(p, f))),
    }
    consigli = {"index out of range": "La lista si accorcia mentre la scorri: costruiscine una nuova."}
    dati = [chiama(risposta, parola, fusioni, dove=f"con «{parola}»", consigli=consigli) for parola, fusioni in prove]
    if any(isinstance(dato, str) for dato in dati):
        raise Sbagliato("Serve la lista dei pezzi, non un testo.")
    # Una prova sola non distingue le sviste: prima si cerca quella che spiega tutte le risposte.
    sicura = next((detto for detto, svista in sviste.items() if dati == [svista(*prova) for prova in prove]), None)
    for (parola, fusioni), dato in zip(prove, dati, strict=True):
        possibili = [sicura] if sicura else list(sviste)
        errori = [(detto, sviste[detto](parola, fusioni)) for detto in possibili]
        confronta_lista(dato, _dividi(parola, fusioni), errori, f"Con «{parola}» e {fusioni} ")


def _fondi(pezzi: list[str], coppia: tuple[str, str]) -> list[str]:
    esito, posto = [], 0
    while posto < len(pezzi):
        uniti = tuple(pezzi[posto : posto + 2]) == coppia
        esito.append("".join(coppia) if uniti else pezzi[posto])
        posto += 2 if uniti else 1
    return esito


def _fondi_una_volta(pezzi: list[str], coppia: tuple[str, str]) -> list[str]:
    for posto in range(len(pezzi) - 1):
        if (pezzi[posto], pezzi[posto + 1]) == coppia:
            return [*pezzi[:posto], "".join(coppia), *pezzi[posto + 2 :]]
    return pezzi


def _fondi_da_destra(pezzi: list[str], coppia: tuple[str, str]) -> list[str]:
    rovesciati = [pezzo[::-1] for pezzo in reversed(pezzi)]
    fusi = _fondi(rovesciati, (coppia[1][::-1], coppia[0][::-1]))
    return [pezzo[::-1] for pezzo in reversed(fusi)]


def _dividi(parola: str, fusioni: list[tuple[str, str]], fondi: Callable = _fondi) -> list[str]:
    pezzi = list(parola)
    for coppia in fusioni:
        pezzi = fondi(pezzi, coppia)
    return pezzi


def _fino_in_fondo(parola: str, fusioni: list[tuple[str, str]]) -> list[str]:
    pezzi = list(parola)
    while True:
        nuovi = pezzi
        for coppia in fusioni:
            nuovi = _fondi(nuovi, coppia)
        if nuovi == pezzi:
            return pezzi
        pezzi = nuovi


def _daccapo(parola: str, fusioni: list[tuple[str, str]]) -> list[str]:
    return _fondi(list(parola), fusioni[-1]) if fusioni else list(parola)


def _con_replace(parola: str, fusioni: list[tuple[str, str]]) -> list[str]:
    testo = " ".join(parola)
    for coppia in fusioni:
        testo = testo.replace(" ".join(coppia), "".join(coppia))
    return testo.split()


def _piu_lungo(parola: str, fusioni: list[tuple[str, str]]) -> list[str]:
    noti = {"".join(coppia) for coppia in fusioni}
    pezzi, posto = [], 0
    while posto < len(parola):
        fine = next(n for n in range(len(parola), posto, -1) if n == posto + 1 or parola[posto:n] in noti)
        pezzi.append(parola[posto:fine])
        posto = fine
    return pezzi


@esercizio("8.5")
def attenzione_causale(risposta: object) -> None:
    caso = torch.Generator().manual_seed(85)
    for b, n, d, e in ((1, 3, 4, 2), (2, 5, 8, 3), (3, 4, 2, 7), (2, 1, 3, 4)):
        q, k = (torch.randn(b, n, d, generator=caso) for _ in range(2))
        v = torch.randn(b, n, e, generator=caso)
        dove = f"con B = {b}, L = {n}, D = {d} ed E = {e}"
        dato = chiama(risposta, q, k, v, dove=dove, consigli={
            "must match": "Guarda la forma di k trasposta: si scambiano gli ultimi due assi.",
            "Expected size for first two dimensions": "La trasposta di k scambia solo gli ultimi due assi: k.mT.",
            "shape": "Segui le forme: (B, L, D) per (B, D, L) dà (B, L, L).",
        })  # fmt: skip
        sopra = torch.ones(n, n, dtype=torch.bool).triu(1)
        grezzi = q @ k.mT
        scalati = grezzi / d**0.5
        chiusi = scalati.masked_fill(sopra, -torch.inf)
        errori = {
            "Manca la maschera causale: ogni posizione vede anche le successive.": scalati.softmax(-1) @ v,
            "La maschera è capovolta: ogni posizione vede le successive, non le precedenti.": scalati.masked_fill(
                sopra.mT, -torch.inf
            ).softmax(-1)
            @ v,
            "Manca la divisione per la radice di D.": grezzi.masked_fill(sopra, -torch.inf).softmax(-1) @ v,
            "Hai diviso per D: serve la sua radice.": (grezzi / d).masked_fill(sopra, -torch.inf).softmax(-1) @ v,
            "Hai diviso per la radice di L: serve quella di D, la lunghezza delle query.": (grezzi / n**0.5)
            .masked_fill(sopra, -torch.inf)
            .softmax(-1)
            @ v,
            "Hai diviso per la radice di E, la lunghezza dei value: serve quella delle query, D.": (grezzi / e**0.5)
            .masked_fill(sopra, -torch.inf)
            .softmax(-1)
            @ v,
            "La softmax è sull'asse del batch: serve l'ultimo.": chiusi.softmax(0) @ v,
            "La maschera mette 0 fra i punteggi: la softmax di 0 non è zero. Serve −∞.": scalati.masked_fill(
                sopra, 0
            ).softmax(-1)
            @ v,
            "I pesi sono azzerati dopo la softmax: le righe non sommano più a 1.": scalati.softmax(-1).masked_fill(
                sopra, 0
            )
            @ v,
            "La softmax è sull'asse sbagliato: le righe, sull'ultimo asse, devono sommare a 1.": chiusi.softmax(-2) @ v,
            "Hai mascherato anche la diagonale: ogni posizione vede anche sé stessa.": scalati.masked_fill(
                torch.ones(n, n, dtype=torch.bool).triu(0), -torch.inf
            ).softmax(-1)
            @ v,
            "Questi sono i pesi: manca il prodotto con v.": chiusi.softmax(-1),
        }
        if n == 1:
            errori = {}
        confronta(dato, chiusi.softmax(-1) @ v, errori, nome="Il risultato")
    vieta_nomi(risposta, "scaled_dot_product_attention", "MultiheadAttention")
