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

# Raccolti per accordo: maschili e femminili singolari, poi maschili e femminili plurali.
_SOGGETTI = {
    "addestramento": [
        "il film, il finale, il ritmo, il montaggio, il copione, lo stile",
        "la trama, la regia, la musica, la fotografia, la prima parte, la colonna sonora",
        "i dialoghi, gli sfondi, i costumi, gli effetti, i colori, i silenzi",
        "le scene, le battute, le canzoni, le ambientazioni, le inquadrature, le pause",
    ],
    "test": ["il libro, lo spettacolo", "la storia, la vicenda", "i personaggi, i disegni", "le voci, le immagini"],
}
_APERTURE = {
    "addestramento": ["", "", "", "secondo me", "devo dire che", "a mio parere"],
    "test": ["", "", "", "per me", "ammetto che"],
}
# Si alternano positivi e negativi: così le coppie tenute per il test sono equilibrate.
_AGGETTIVI = [
    "bello", "brutto", "divertente", "noioso", "riuscito", "banale", "originale", "deludente",
    "emozionante", "confuso", "brillante", "pesante", "curato", "lento", "avvincente", "prevedibile",
]  # fmt: skip
_AVVERBI = {"": ["", "davvero", "molto", "proprio"], "non": ["", "per niente", "affatto", "certo"]}
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
    etichetta = caso.choice((0, 1))
    giudizio = _giudizio(caso, parte, etichetta)
    if caso.random() < _QUOTA_MA:
        etichetta = 1 - etichetta
        giudizio = f"{giudizio} ma {_giudizio(caso, parte, etichetta, diverso_da=giudizio)}"
    return f"{apertura} {giudizio}".strip(), etichetta


def _giudizio(caso: random.Random, parte: str, etichetta: int, diverso_da: str = "") -> str:
    """Un giudizio con quell'etichetta, su un soggetto che non sia quello del giudizio ``diverso_da``."""
    soggetti = [(nome, accordo) for accordo, nomi in enumerate(_SOGGETTI[parte]) for nome in nomi.split(", ")]
    soggetto, accordo = caso.choice([voce for voce in soggetti if not diverso_da.startswith(f"{voce[0]} ")])
    negazione = "non" if caso.random() < _QUOTA_NON else ""
    while True:
        quale, come = caso.randrange(len(_AGGETTIVI)), caso.randrange(4)
        positivo = (quale % 2 == 0) != bool(negazione)
        # Una coppia aggettivo-verbo su quattro è solo per il test.
        if ((quale // 2 + come) % 4 == 0) == (parte == "test") and positivo == bool(etichetta):
            break
    aggettivo = _AGGETTIVI[quale]
    desinenza = ("oaie" if aggettivo.endswith("o") else "eeii")[accordo]
    verbo = "è" if accordo < 2 else "sono"
    parole = [soggetto, negazione, verbo, _AVVERBI[negazione][come], aggettivo[:-1] + desinenza]
    return " ".join(parola for parola in parole if parola)
