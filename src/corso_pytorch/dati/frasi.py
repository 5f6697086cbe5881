"""Brevi recensioni italiane, positive o negative, generate da una grammatica: la lezione 08 ci addestra un BERT.

La grammatica (una scelta a caso a ogni ``|``; ciò che è fra parentesi quadre può mancare)::

    recensione → [apertura] giudizio | [apertura] giudizio «ma» giudizio
    giudizio   → soggetto verbo aggettivo        «il film è bello», «le scene non sono affatto lente»
    verbo      → è | è davvero | è molto | è proprio | non è | non è per niente | non è affatto | non è certo

Verbo e aggettivo si accordano col soggetto. Un giudizio è positivo (1) o negativo (0) come il suo aggettivo; «non» lo
capovolge. «Ma» unisce due giudizi opposti, su due soggetti diversi: conta il secondo, che decide l'etichetta.

Le recensioni di test non somigliano a quelle di addestramento: soggetti e aperture sono altri, e ogni coppia
verbo-aggettivo che vi si incontra, in addestramento non compare mai. Verbi e aggettivi, uno per uno, sono gli stessi.
"""

import random

# Il genere e il numero di un soggetto: la posizione della desinenza che gli spetta.
_MS, _FS, _MP, _FP = range(4)

_SOGGETTI = {
    "addestramento": [
        ("il film", _MS), ("il finale", _MS), ("il ritmo", _MS), ("il montaggio", _MS), ("il copione", _MS),
        ("lo stile", _MS), ("la trama", _FS), ("la regia", _FS), ("la musica", _FS), ("la fotografia", _FS),
        ("la prima parte", _FS), ("la colonna sonora", _FS), ("i dialoghi", _MP), ("gli sfondi", _MP),
        ("i costumi", _MP), ("gli effetti", _MP), ("i colori", _MP), ("i silenzi", _MP), ("le scene", _FP),
        ("le battute", _FP), ("le canzoni", _FP), ("le ambientazioni", _FP), ("le inquadrature", _FP),
        ("le pause", _FP),
    ],
    "test": [
        ("il libro", _MS), ("lo spettacolo", _MS), ("la storia", _FS), ("la vicenda", _FS),
        ("i personaggi", _MP), ("i disegni", _MP), ("le voci", _FP), ("le immagini", _FP),
    ],
}  # fmt: skip
_APERTURE = {
    "addestramento": ["", "", "", "secondo me", "devo dire che", "a mio parere"],
    "test": ["", "", "", "per me", "ammetto che"],
}
# Si alternano positivi e negativi: così le coppie tenute per il test sono equilibrate.
_AGGETTIVI = [
    ("bello", 1), ("brutto", 0), ("divertente", 1), ("noioso", 0), ("riuscito", 1), ("banale", 0),
    ("originale", 1), ("deludente", 0), ("emozionante", 1), ("confuso", 0), ("brillante", 1), ("pesante", 0),
    ("curato", 1), ("lento", 0), ("avvincente", 1), ("prevedibile", 0),
]  # fmt: skip
_AFFERMATI = [("", ""), ("", "davvero"), ("", "molto"), ("", "proprio")]
_NEGATI = [("non", ""), ("non", "per niente"), ("non", "affatto"), ("non", "certo")]
_QUOTA_NON, _QUOTA_MA = 0.35, 0.4


def recensioni(quante: int, seme: int = 0, parte: str = "addestramento") -> tuple[list[str], list[int]]:
    """Genera ``quante`` recensioni tutte diverse e le loro etichette, 1 positiva e 0 negativa, sempre in ugual numero.

    Lo stesso seme dà le stesse frasi; i generatori casuali globali non c'entrano.

    Args:
        parte: ``"addestramento"`` o ``"test"``, che usa altri soggetti, altre aperture, altre coppie aggettivo-verbo.

    Raises:
        ValueError: ``quante`` è dispari o negativo, o non esiste quella parte.
    """
    if quante < 0 or quante % 2:
        raise ValueError(f"Le recensioni sono metà positive e metà negative: serve un numero pari, non {quante}.")
    if parte not in _SOGGETTI:
        raise ValueError(f"parte può essere «addestramento» o «test», non {parte!r}.")
    caso = random.Random(f"{seme} {parte}")
    divise: dict[int, dict[str, None]] = {0: {}, 1: {}}  # i dizionari tolgono le ripetizioni e tengono l'ordine
    while min(map(len, divise.values())) < quante // 2:
        frase, etichetta = _recensione(caso, parte)
        if len(divise[etichetta]) < quante // 2:
            divise[etichetta][frase] = None
    mescolate = [(frase, etichetta) for etichetta, frasi in divise.items() for frase in frasi]
    caso.shuffle(mescolate)
    return [frase for frase, _ in mescolate], [etichetta for _, etichetta in mescolate]


def _recensione(caso: random.Random, parte: str) -> tuple[str, int]:
    apertura = caso.choice(_APERTURE[parte])
    giudizio, etichetta = _giudizio(caso, parte, caso.choice((0, 1)))
    if caso.random() < _QUOTA_MA:
        secondo, etichetta = _giudizio(caso, parte, 1 - etichetta, diverso_da=giudizio)
        giudizio = f"{giudizio} ma {secondo}"
    return f"{apertura} {giudizio}".strip(), etichetta


def _giudizio(caso: random.Random, parte: str, voluta: int, diverso_da: str = "") -> tuple[str, int]:
    """Un giudizio con l'etichetta ``voluta``, su un soggetto che non sia quello del giudizio ``diverso_da``."""
    soggetto, accordo = caso.choice([voce for voce in _SOGGETTI[parte] if not diverso_da.startswith(f"{voce[0]} ")])
    forme = _NEGATI if caso.random() < _QUOTA_NON else _AFFERMATI
    while True:
        quale, come = caso.randrange(len(_AGGETTIVI)), caso.randrange(len(forme))
        aggettivo, etichetta = _AGGETTIVI[quale]
        negazione, avverbio = forme[come]
        # Una coppia aggettivo-verbo su quattro è solo per il test.
        if ((quale // 2 + come) % 4 == 0) == (parte == "test") and (etichetta == voluta) != bool(negazione):
            break
    verbo = "sono" if accordo in (_MP, _FP) else "è"
    parole = [soggetto, negazione, verbo, avverbio, _accorda(aggettivo, accordo)]
    return " ".join(parola for parola in parole if parola), voluta


def _accorda(aggettivo: str, accordo: int) -> str:
    """Accorda un aggettivo in -o (quattro uscite) o in -e (due)."""
    uscite = "oaie" if aggettivo.endswith("o") else "eeii"
    return aggettivo[:-1] + uscite[accordo]
