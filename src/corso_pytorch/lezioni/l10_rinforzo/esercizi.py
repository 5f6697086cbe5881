"""Gli esercizi della lezione 10: una politica a mano, REINFORCE, una ricompensa, GAE, PPO."""

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from corso_pytorch.lezioni.l10_rinforzo.mondo import caduto, fisica
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import con_gradiente, generatore, muta
from corso_pytorch.verifiche.registro import esercizio

CONSIGLI = {
    "must match the size": "Guarda le forme: quali assi devono andare d'accordo?",
    "Subtraction, the `-` operator, with a bool": "1 - maschera non si può con i booleani: usa ~ oppure .float().",
    "Boolean value of Tensor": "Una maschera di tanti elementi non si mette in un if: usa torch.where.",
    "does not require grad": "La loss non dipende dai pesi: il logit entra nel conto, o è stato staccato?",
    "bitwise_not": "~ vuole un tensore di booleani.",
    "out of bounds for dimension 0": "stati[2] è il terzo carrello; il terzo numero di tutti è stati[:, 2].",
}


# --- 10.1: una politica scritta a mano ---


def politica(stati: torch.Tensor) -> torch.Tensor:
    return stati[:, 2] + stati[:, 3] > 0


RESISTE, GIUSTE = 150, 0.95  # le soglie: passi medi su 200 (10.1), azioni giuste (10.2)


SEMPRE = "Spinge sempre dalla stessa parte."
VERSO = (
    "Cade più in fretta che a caso. Guardi i numeri 2 e 3, quelli dell'asta, con il segno giusto? Il carrello deve "
    "correre sotto l'asta."
)


def _com_e(dato: object) -> str:
    return f"la forma è {tuple(dato.shape)}" if isinstance(dato, torch.Tensor) else f"è {tipo_di(dato)}"


def _azioni(date: object, quante: int, numeri: int = 4) -> torch.Tensor:
    if not isinstance(date, torch.Tensor) or date.shape != (quante,):
        forme = f"Stati di forma ({quante}, {numeri}) chiedono azioni di forma ({quante},)"
        raise Sbagliato(f"{forme}: qui {_com_e(date)}.")
    if not ((date == 0) | (date == 1)).all():
        raise Sbagliato("Le azioni sono soltanto 0 (a sinistra) e 1 (a destra).")
    return date.long().cpu()  # chi ha calcolato sull'acceleratore gioca comunque


def _fa_giocare(risposta: object, seme: int) -> bool:
    """Alza `Sbagliato` se la politica, in media, non resiste `RESISTE` passi."""
    _azioni(chiama(risposta, torch.tensor([[0.0, 0.1, 0.02, -0.1]])), 1)
    stato = 0.1 * torch.rand(100, 4, generator=generatore(seme)) - 0.05
    vivi, passi, scelte = torch.ones(100, dtype=torch.bool), 0, set()
    for _ in range(200):
        azione = _azioni(chiama(risposta, stato), 100)
        passi, scelte = passi + int(vivi.sum()), scelte | set(azione.tolist())
        stato = fisica(stato, azione)
        vivi = vivi & ~caduto(stato)
    if len(scelte) == 1:
        raise Sbagliato(SEMPRE)
    if passi < 100 * 16:
        raise Sbagliato(VERSO)
    if passi < 100 * RESISTE:
        raise Sbagliato(f"In media resiste {passi // 100} passi su 200, e ne servono {RESISTE}.")
    return True


esercizio(
    "10.1",
    giusta=politica,
    osserva=_fa_giocare,
    prove=[(1,), (2,)],
    consigli=CONSIGLI,
    sviste={
        "Spinge dalla parte in cui pende, come «dove_pende»: che cosa non guarda?": lambda s: s[:, 2] > 0,
        VERSO: [lambda s: s[:, 2] < 0, lambda s: s[:, 3] < 0, lambda s: s[:, 0] > 0],
        SEMPRE: [
            lambda s: torch.zeros(len(s), dtype=torch.long),
            lambda s: torch.ones(len(s), dtype=torch.long),
        ],
        "Sceglie a caso, senza guardare lo stato.": lambda s: torch.randint(2, (len(s),)),
    },
)

# --- 10.2: REINFORCE, da scrivere ---


def impara(premia: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> nn.Module:
    rete = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    ottimizzatore = torch.optim.Adam(rete.parameters(), lr=0.05)
    for _ in range(150):
        stati = torch.randn(256, 2)
        logit = rete(stati)[:, 0]
        azioni = torch.bernoulli(logit.detach().sigmoid())
        premi = premia(stati, azioni)
        log_prob = -binary_cross_entropy_with_logits(logit, azioni, reduction="none")
        loss = -(log_prob * (premi - premi.mean())).mean()
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
    return rete


PROVE_MASSIME = 200_000
NESSUN_PREMIO = "Non hai mai chiesto un premio: senza chiamare premia(stati, azioni) non si può imparare."
NON_ESPLORA = "Provi sempre la stessa azione per tutti gli stati: estraila, con la probabilità che dà la rete."
ROVESCIATA = "Ha imparato a prendere il premio più basso: il segno della loss è rovesciato."
PROBABILITA = "La rete dà numeri fra 0 e 1: se sono probabilità, togli la sigmoide in fondo. Serve il logit."
NON_SCEGLIE = (
    "La rete restituita dà a tutti gli stati la stessa azione. Le azioni sono estratte a sorte, o sono sempre la più "
    "probabile? I pesi si muovono? Il premio, meno la media, entra nella loss?"
)


def _giudica(risposta: object, angolo: float, confine: float) -> bool:
    """Alza `Sbagliato` se la rete restituita non sceglie l'azione che rende di più, su stati nuovi."""
    verso = torch.tensor([math.cos(angolo), math.sin(angolo)])
    chiesti, esplora = 0, False

    def giusta(stati: torch.Tensor) -> torch.Tensor:
        return stati.detach().cpu().float() @ verso > confine

    def premia(stati: torch.Tensor, azioni: torch.Tensor) -> torch.Tensor:
        nonlocal chiesti, esplora
        if not isinstance(stati, torch.Tensor) or stati.ndim != 2 or stati.shape[1] != 2:
            raise Sbagliato(f"A premia servono stati di forma (N, 2), e qui {_com_e(stati)}.")
        scelte = _azioni(azioni, len(stati), stati.shape[1]).cpu()
        chiesti += len(stati)
        if chiesti > PROVE_MASSIME:
            raise Sbagliato(f"Più di {PROVE_MASSIME} prove: un agente deve impararlo con meno.")
        esplora = esplora or len(scelte.unique()) > 1 or len(scelte) == 1
        return (1.0 + (scelte.bool() == giusta(stati))).to(stati.device)

    rete = chiama(risposta, premia)
    if not callable(rete):
        raise Sbagliato(f"Va restituita la rete, e invece è {tipo_di(rete)}.")
    nuovi = torch.randn(2000, 2, generator=generatore(9))
    dove = next(rete.parameters(), nuovi).device if isinstance(rete, nn.Module) else nuovi.device
    with torch.no_grad():
        logit = chiama(rete, nuovi.to(dove))
    if not isinstance(logit, torch.Tensor) or logit.shape not in ((2000,), (2000, 1)):
        raise Sbagliato(f"Per 2000 stati la rete deve dare 2000 logit: qui {_com_e(logit)}.")
    destra = logit.reshape(-1).cpu() > 0
    giuste = (destra == giusta(nuovi)).float().mean().item()
    if chiesti and giuste < GIUSTE and 0 <= logit.min() < logit.max() <= 1:
        raise Sbagliato(PROBABILITA)
    _spiega(giuste, len(destra.unique()), chiesti, esplora)
    return True


def _spiega(giuste: float, diverse: int, chiesti: int, esplora: bool) -> None:
    if not chiesti:
        raise Sbagliato(NESSUN_PREMIO)
    if giuste >= GIUSTE:
        return
    if not esplora:
        raise Sbagliato(NON_ESPLORA)
    if giuste < 0.1:  # una rete mai addestrata arriva anche al 30 %
        raise Sbagliato(ROVESCIATA)
    if diverse == 1:
        raise Sbagliato(NON_SCEGLIE)
    raise Sbagliato(
        f"Sceglie l'azione giusta {int(100 * giuste)} volte su 100, e ne servono {round(100 * GIUSTE)}. I passi "
        "bastano? Il learning rate va bene? I gradienti si azzerano? La loss pesa ogni log-probabilità con il suo "
        "premio, prima della media? E le due hanno la stessa forma? (N, 1) per (N,) fa (N, N)."
    )


def _fuori(*cambi: tuple[str, str]) -> Callable[..., nn.Module]:
    return muta(impara, *cambi)


esercizio(
    "10.2",
    giusta=impara,
    osserva=_giudica,
    prove=[(0.6, 0.2), (3.9, -0.3)],
    consigli={
        "must be the same as input size": "La rete dà (N, 1), le azioni sono (N,): togli l'asse con [:, 0].",
        "can't be cast to the desired output type Long": "Per log_prob le azioni servono in virgola mobile: .float().",
        **CONSIGLI,
    },
    sviste={
        ROVESCIATA: _fuori(("loss = -(", "loss = (")),
        NON_ESPLORA: _fuori(
            ("torch.bernoulli(logit.detach().sigmoid())", "torch.ones(256)"), ("premi - premi.mean()", "premi")
        ),
        PROBABILITA: _fuori(("return rete", "return nn.Sequential(rete, nn.Sigmoid())")),
        NESSUN_PREMIO: _fuori(("premia(stati, azioni)", "torch.ones(256)")),
    },
)

# --- 10.3: una ricompensa che porti alla bandierina ---


def ricompensa(stati: torch.Tensor) -> torch.Tensor:
    return 1 - (stati[..., 0] - 1).abs() / 3.4


DURATA, CADUTA = 200, 9  # passi di chi resta in piedi, e di chi cade subito
ARRIVA, CENTRO, CADE = "va alla bandierina e ci resta", "resta fermo al centro", "cade subito"
TUTTE_UGUALI = "Dai a tutti gli stati lo stesso premio: così, dove si trova, al carrello è indifferente."
DA_SOLO = "Il premio di uno stato cambia secondo gli altri stati del tensore: deve dipendere solo da quello stato."


def _sfilata() -> tuple[torch.Tensor, dict[str, int]]:
    """Gli stati (200, 7, 4) di sette carrelli finti, e per ognuno la colonna: il nome dice che cosa fa."""
    tempo = torch.arange(DURATA) * 0.02
    cammino = (tempo / 1.2).clamp(max=1)  # da 0 a 1 metro in sessanta passi
    posizioni = {
        ARRIVA: cammino,
        CENTRO: torch.zeros(DURATA),
        "resta un metro a sinistra": -cammino,
        "resta in fondo a sinistra": -2.3 * cammino,
        "passa oltre, e resta a due metri": 2 * cammino,
        "va avanti e indietro fra 0 e 2 metri": 1 - torch.cos(torch.pi * tempo),
        CADE: torch.zeros(DURATA),
    }
    x = torch.stack(list(posizioni.values()), dim=1)
    stati = torch.zeros(*x.shape, 4)
    stati[..., 0], stati[1:, :, 1] = x, x.diff(dim=0) / 0.02
    stati[:CADUTA, -1, 2] = torch.linspace(0, 0.2, CADUTA)
    return stati, {nome: colonna for colonna, nome in enumerate(posizioni)}


def _premi(risposta: object, stati: torch.Tensor) -> torch.Tensor:
    """Le ricompense della risposta, in float64, se hanno la forma giusta e sono numeri."""
    date = chiama(risposta, stati)
    if not isinstance(date, torch.Tensor) or date.shape != stati.shape[:-1]:
        forme = f"Stati di forma {tuple(stati.shape)} chiedono ricompense di forma {tuple(stati.shape[:-1])}"
        raise Sbagliato(f"{forme}: qui {_com_e(date)}.")
    date = date.detach().cpu().double()
    if not date.isfinite().all():
        raise Sbagliato("Fra le ricompense c'è un NaN o un infinito.")
    return date


def _fa_sfilare(risposta: object) -> bool:
    """Alza `Sbagliato` se i premi, sommati, non mettono davanti a tutti chi va alla bandierina."""
    stati, colonne = _sfilata()
    premi = _premi(risposta, stati)
    if premi.max() - premi.min() < 1e-6:
        raise Sbagliato(TUTTE_UGUALI)
    if not torch.allclose(_premi(risposta, stati[50, :1]), premi[50, :1], atol=1e-5):
        raise Sbagliato(DA_SOLO)
    punti = {nome: premi[:, colonna].sum().item() for nome, colonna in colonne.items()}
    punti[CADE] = premi[:CADUTA, colonne[CADE]].sum().item()
    detti = {nome: f"{valore:.1f}".replace(".", ",") for nome, valore in punti.items()}
    for nome, valore in punti.items():
        if nome != CADE and valore <= punti[CADE] + 1e-6:
            raise Sbagliato(
                f"Chi {nome} prende {detti[nome]} punti in tutto, chi cade subito {detti[CADE]}: conviene cadere. Ogni "
                "passo in piedi deve rendere qualcosa, dovunque sia il carrello."
            )
    primo = max(punti, key=punti.get)
    if primo != ARRIVA:
        raise Sbagliato(
            f"Chi {primo} prende {detti[primo]} punti, chi {ARRIVA} solo {detti[ARRIVA]}: l'agente farà come il primo."
        )
    if punti[ARRIVA] < 1.05 * punti[CENTRO]:
        raise Sbagliato(
            f"La bandierina conta troppo poco: chi ci va prende {detti[ARRIVA]} punti, chi resta al centro "
            f"{detti[CENTRO]}. Serve almeno un ventesimo in più."
        )
    return True


esercizio(
    "10.3",
    giusta=ricompensa,
    osserva=_fa_sfilare,
    consigli=CONSIGLI,
    sviste={
        TUTTE_UGUALI: [lambda s: torch.ones_like(s[..., 0]), lambda s: torch.zeros_like(s[..., 0])],
        "È la ricompensa della lezione: ogni passo costa, e conviene farne pochi, cioè cadere subito.": (
            lambda s: -(s[..., 0] - 1).abs()
        ),
        "Al centro, da dove si parte, stare in piedi rende zero, come cadere: chi comincia non ha motivo di restare in "
        "piedi. Un premio ci vuole anche lì, più piccolo che alla bandierina.": [
            lambda s: ((s[..., 0] - 1).abs() < 0.3).float(),
            lambda s: s[..., 0] == 1,
            lambda s: 1 - (s[..., 0] - 1).abs(),
            lambda s: 1 - (s[..., 0] - 1) ** 2,
            lambda s: (1 - (s[..., 0] - 1).abs()).clamp(min=0),
            lambda s: s[..., 0],
        ],
        "Così conviene restare al centro: la distanza che conta è quella dalla bandierina, x − 1.": [
            lambda s: 1 - s[..., 0].abs() / 2.4,
            lambda s: 2.4 - s[..., 0].abs(),
        ],
        "Manca il valore assoluto: chi è a sinistra della bandierina prende sempre di più.": [
            lambda s: 1 - (s[..., 0] - 1) / 3.4,
            lambda s: 3.4 - (s[..., 0] - 1),
        ],
        "Così conviene stare lontano dalla bandierina: la ricompensa deve calare con la distanza.": [
            lambda s: (s[..., 0] - 1).abs(),
            lambda s: (s[..., 0] - 1).abs() / 3.4,
        ],
        "La bandierina è a destra, a x = +1: così lo mandi a sinistra.": [
            lambda s: 1 - (s[..., 0] + 1).abs() / 3.4,
            lambda s: 3.4 - (s[..., 0] + 1).abs(),
        ],
    },
)

# --- 10.4: GAE; i ritorni che si fermano alle fini gli fanno da base ---

Ricorsione = Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]


def ritorni_separati(ricompense: torch.Tensor, fini: torch.Tensor, gamma: float) -> torch.Tensor:
    futuro, tutti = torch.zeros_like(ricompense[0]), []
    for ricompensa, fine in zip(ricompense.flip(0), fini.flip(0), strict=True):
        futuro = ricompensa + gamma * futuro * ~fine
        tutti.append(futuro)
    return torch.stack(tutti).flip(0)


def _in_avanti(valori: torch.Tensor, fini: torch.Tensor, peso: float) -> torch.Tensor:
    return ritorni_separati(valori.flip(0), fini.flip(0), peso).flip(0)


def _maschera_su_tutto(delta: torch.Tensor, fini: torch.Tensor, peso: float) -> torch.Tensor:
    return ritorni_separati(delta * ~fini, fini, peso)


def _solo_il_prossimo(delta: torch.Tensor, fini: torch.Tensor, peso: float) -> torch.Tensor:
    return delta + peso * torch.cat([delta[1:], torch.zeros_like(delta[:1])]) * ~fini


def _spostate(fini: torch.Tensor, di: int) -> torch.Tensor:
    """Le fini lette ``di`` passi più in là (o prima, se è negativo); dal bordo non ne entra nessuna."""
    spostate = fini.roll(di, 0)
    spostate[0 if di > 0 else -1] = False
    return spostate


def _gae(
    delta: Callable = lambda r, v, d, terminati, fini, gamma: r + gamma * d * ~terminati - v,
    interrompe: Callable = lambda terminati, fini: fini,
    peso: Callable = lambda gamma, lam: gamma * lam,
    somma: Ricorsione = ritorni_separati,
) -> Callable[..., torch.Tensor]:
    """Che cos'è δ, quale maschera interrompe la somma, con quale peso e in quale verso si somma."""

    def vantaggi_gae(
        ricompense: torch.Tensor,
        valori: torch.Tensor,
        dopo: torch.Tensor,
        terminati: torch.Tensor,
        fini: torch.Tensor,
        gamma: float,
        lam: float,
    ) -> torch.Tensor:
        un_passo = delta(ricompense, valori, dopo, terminati, fini, gamma)
        return somma(un_passo, interrompe(terminati, fini), peso(gamma, lam))

    return vantaggi_gae


vantaggi_gae = _gae()


def _blocco(passi: int, quanti: int, gamma: float, lam: float) -> tuple:
    """Un blocco con tutti i casi: chi è caduto, chi è stato fermato, e un episodio che continua oltre la fine."""
    caso = generatore(passi)
    r, v, d = (torch.randn(passi, quanti, generator=caso) for _ in range(3))
    fini = torch.rand(passi, quanti, generator=caso) < 0.4
    terminati = fini & (torch.rand(passi, quanti, generator=caso) < 0.5)
    if passi > 3:
        fini[:3, 0], terminati[:3, 0] = torch.tensor([False, True, True]), torch.tensor([False, True, False])
        fini[-1, 0], terminati[-1, 0] = False, False
    return r, v, d, terminati, fini, gamma, lam


def _in_due(gamma: float, lam: float) -> tuple:
    """Un passo solo, per tre carrelli: caduto, fermato, ancora in piedi."""
    r, v, d = torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[0.5, -1.0, 4.0]]), torch.tensor([[7.0, 2.0, -3.0]])
    return r, v, d, torch.tensor([[True, False, False]]), torch.tensor([[True, True, False]]), gamma, lam


def _senza_soste(passi: int, gamma: float, lam: float) -> tuple:
    """Un blocco lungo con una sola caduta, in fondo alla prima colonna: il vantaggio si somma fino alla fine."""
    r, v, d, terminati, _, *pesi = _blocco(passi, 2, gamma, lam)
    terminati = torch.zeros_like(terminati)
    terminati[-5, 0] = True
    return 20 * r, v, d, terminati, terminati.clone(), *pesi


SENZA_FINI, SENZA_TERMINATI = (
    (lambda r, v, d, te, fi, g: r + g * d * ~fi - v),
    (lambda r, v, d, te, fi, g: r + g * d - v),
)

esercizio(
    "10.4",
    giusta=vantaggi_gae,
    prove=[
        _blocco(6, 2, 0.9, 0.8),
        _blocco(4, 4, 0.5, 0.95),
        _blocco(8, 3, 0.99, 0.5),
        _blocco(5, 1, 0.7, 0.3),
        _blocco(7, 2, 0.9, 0.0),
        _blocco(9, 2, 1.0, 1.0),
        _in_due(0.9, 0.6),
        _senza_soste(40, 0.99, 0.95),
    ],
    detta=lambda r, v, d, te, fi, gamma, lam: f"con {len(r)} passi, N = {r.shape[1]}, gamma {gamma:g} e lam {lam:g}",
    consigli=CONSIGLI,
    nome="Il tensore dei vantaggi",
    sviste={
        "Il valore del dopo va tolto solo a chi è terminato: tu lo togli anche a chi è stato fermato.": _gae(
            SENZA_FINI
        ),
        "La somma va interrotta a ogni fine, non solo per chi è terminato.": _gae(interrompe=lambda te, fi: te),
        "La somma va interrotta a ogni fine, anche per chi è caduto.": _gae(interrompe=lambda te, fi: fi & ~te),
        "Le due maschere sono scambiate.": _gae(SENZA_FINI, lambda te, fi: te),
        "Il valore del dopo non va contato per chi è terminato.": _gae(SENZA_TERMINATI),
        "La somma scavalca le fini.": _gae(interrompe=lambda te, fi: torch.zeros_like(fi)),
        "Non usi nessuna delle due maschere.": _gae(SENZA_TERMINATI, lambda te, fi: torch.zeros_like(fi)),
        "Le maschere sono al contrario: tieni proprio ciò che va tolto.": _gae(
            lambda r, v, d, te, fi, g: r + g * d * te - v, lambda te, fi: ~fi
        ),
        "Nella somma manca lam: il passo dopo pesa gamma per lam.": _gae(peso=lambda g, lam: g),
        "Nella somma manca gamma: il passo dopo pesa gamma per lam.": _gae(peso=lambda g, lam: lam),
        "Questo è il vantaggio a un passo, δ: manca la somma dal fondo.": _gae(somma=lambda delta, fini, peso: delta),
        "Manca − V(s): il vantaggio è quanto va meglio del previsto.": _gae(lambda r, v, d, te, fi, g: r + g * d * ~te),
        "In δ manca gamma davanti al valore del dopo.": _gae(lambda r, v, d, te, fi, g: r + d * ~te - v),
        "Manca gamma, in δ e nella somma.": _gae(lambda r, v, d, te, fi, g: r + d * ~te - v, peso=lambda g, lam: lam),
        "Questo è G − V(s): serve δ, con il valore del dopo, sommato con gamma per lam.": (
            lambda r, v, d, te, fi, g, lam: ritorni_separati(r, fi, g) - v
        ),
        "In δ manca il valore del dopo.": _gae(lambda r, v, d, te, fi, g: r - v),
        "In δ anche la ricompensa è tolta a chi è terminato: sparisce solo il valore del dopo.": _gae(
            lambda r, v, d, te, fi, g: (r + g * d) * ~te - v
        ),
        "Il valore del dopo è in `dopo`: quello del passo seguente, dopo una fine, è di un altro episodio.": _gae(
            lambda r, v, d, te, fi, g: r + g * torch.cat([v[1:], d[-1:]]) * ~te - v
        ),
        "V(s) e V(s′) sono scambiati.": _gae(lambda r, v, d, te, fi, g: r + g * v * ~te - d),
        "Hai restituito i bersagli del critico (vantaggio + valore): serve il vantaggio.": lambda r, v, *altri: (
            vantaggi_gae(r, v, *altri) + v
        ),
        "Interrompi un passo troppo presto: è la fine di QUESTO passo che stacca il vantaggio dopo.": _gae(
            interrompe=lambda te, fi: _spostate(fi, -1)
        ),
        "Interrompi un passo troppo tardi: è la fine di QUESTO passo che stacca il vantaggio dopo.": _gae(
            interrompe=lambda te, fi: _spostate(fi, 1)
        ),
        "Azzeri anche il vantaggio dell'ultima mossa di un episodio: la maschera va solo su A_dopo.": [
            lambda r, v, d, te, fi, g, lam: vantaggi_gae(r, v, d, te, fi, g, lam) * ~fi,
            lambda r, v, d, te, fi, g, lam: _maschera_su_tutto(r + g * d * ~te - v, fi, g * lam),
        ],
        "In fondo al blocco A_dopo parte da zero: il valore del dopo è già in δ.": (
            lambda r, v, d, te, fi, g, lam: ritorni_separati(
                torch.cat([r + g * d * ~te - v, d[-1:]]), torch.cat([fi, fi[-1:]]), g * lam
            )[:-1]
        ),
        "A δ va sommato il vantaggio intero del passo dopo, non soltanto il suo δ.": _gae(somma=_solo_il_prossimo),
        "Il valore del dopo lo togli a chi è stato fermato, che invece un dopo ce l'ha: va tolto a chi è caduto.": _gae(
            lambda r, v, d, te, fi, g: r + g * d * ~(fi & ~te) - v
        ),
        "Vai in avanti: la somma parte dal fondo.": _gae(somma=_in_avanti),
        "Il risultato è al contrario nel tempo.": lambda *argomenti: vantaggi_gae(*argomenti).flip(0),
        "Il segno è opposto.": lambda *argomenti: -vantaggi_gae(*argomenti),
    },
)


# --- 10.5: l'obiettivo tagliato di PPO ---


def obiettivo(nuove: torch.Tensor, vecchie: torch.Tensor, vantaggi: torch.Tensor) -> torch.Tensor:
    rapporto = (nuove - vecchie).exp()
    return torch.minimum(rapporto * vantaggi, rapporto.clamp(0.8, 1.2) * vantaggi).mean()


def _ppo(*cambi: tuple[str, str]) -> Callable:
    return muta(obiettivo, *cambi)


def _mosse(quante: int, scarto: float = 0.4, limiti: tuple[float, float] = (-9, 9)) -> tuple[torch.Tensor, ...]:
    """Log-probabilità vicine, con rapporti di qua e di là dai due tagli, e vantaggi dei due segni."""
    caso = generatore(quante)
    vecchie = torch.rand(quante, generator=caso).log() - scarto
    nuove = vecchie + scarto * (2 * torch.rand(quante, generator=caso) - 1)
    return nuove, vecchie, torch.randn(quante, generator=caso).clamp(*limiti)


_MINIMO = "torch.minimum(rapporto * vantaggi, rapporto.clamp(0.8, 1.2) * vantaggi)"

esercizio(
    "10.5",
    giusta=obiettivo,
    osserva=con_gradiente(0),
    prove=[
        _mosse(40),
        _mosse(30, limiti=(0.1, 9)),
        _mosse(31, limiti=(-9, -0.1)),
        _mosse(7, scarto=0.1),
        (torch.tensor([-0.1, -3.1]), torch.tensor([-3.1, -0.1]), torch.tensor([-2.0, 3.0])),  # rapporti di 20 e 1/20
        (torch.tensor([-0.1]), torch.tensor([-1.0]), torch.tensor([-2.0])),
        (torch.tensor([-1.0]), torch.tensor([-0.1]), torch.tensor([3.0])),
    ],
    detta=lambda nuove, vecchie, vantaggi: f"con {len(nuove)} moss{'e' if len(nuove) > 1 else 'a'}",
    consigli=CONSIGLI,
    sviste={
        "Dalla parte che peggiora la retta continua: fra l'obiettivo intero e quello tagliato conta il minore.": _ppo(
            (_MINIMO, "(rapporto.clamp(0.8, 1.2) * vantaggi)")
        ),
        "Fra i due conta il minore, non il maggiore.": _ppo(("torch.minimum", "torch.maximum")),
        "Dalla parte che peggiora non c'è nessun tetto: la retta continua quanto serve.": [
            _ppo(("(nuove - vecchie).exp()", "(nuove - vecchie).exp().clamp(max=3)")),
            _ppo(("(nuove - vecchie).exp()", "(nuove - vecchie).clamp(-1, 1).exp()")),
        ],
        "Il rapporto divide per la probabilità vecchia: mancano le vecchie.": _ppo(("(nuove - vecchie)", "nuove")),
        "Anche il rapporto tagliato va moltiplicato per il vantaggio.": _ppo(
            ("rapporto.clamp(0.8, 1.2) * vantaggi", "rapporto.clamp(0.8, 1.2)")
        ),
        "I vantaggi si usano come arrivano: qui non si normalizzano.": _ppo(
            ("return ", "vantaggi = (vantaggi - vantaggi.mean()) / (vantaggi.std() + 1e-8)\n    return ")
        ),
        "Manca il taglio.": _ppo((_MINIMO, "(rapporto * vantaggi)")),
        "Il taglio guarda il segno del vantaggio: con uno negativo il tetto non serve, e viceversa.": [
            _ppo((_MINIMO, "(rapporto.clamp(max=1.2) * vantaggi)")),
            _ppo((_MINIMO, "(rapporto.clamp(min=0.8) * vantaggi)")),
        ],
        "Il rapporto è al contrario: la probabilità nuova diviso la vecchia.": _ppo(
            ("nuove - vecchie", "vecchie - nuove")
        ),
        "Gli argomenti sono logaritmi: il rapporto è l'esponenziale della loro differenza.": [
            _ppo(("(nuove - vecchie).exp()", "nuove / vecchie")),
            _ppo(("(nuove - vecchie).exp()", "nuove - vecchie")),
        ],
        "Si taglia il rapporto, non il suo logaritmo.": _ppo(
            ("rapporto.clamp(0.8, 1.2)", "(nuove - vecchie).clamp(0.8, 1.2).exp()")
        ),
        "Si taglia il rapporto, non il suo prodotto per il vantaggio.": _ppo(
            ("rapporto.clamp(0.8, 1.2) * vantaggi", "(rapporto * vantaggi).clamp(0.8, 1.2)")
        ),
        "Il minore si sceglie mossa per mossa, prima della media.": _ppo(
            (
                _MINIMO + ".mean()",
                "torch.minimum((rapporto * vantaggi).mean(), (rapporto.clamp(0.8, 1.2) * vantaggi).mean())",
            )
        ),
        "Serve la media sulle mosse, non la somma.": _ppo((".mean()", ".sum()")),
        "Il segno è opposto: questa è la loss, e qui serve l'obiettivo.": _ppo(("return ", "return -")),
        "I due tagli sono 0,8 e 1,2.": [
            _ppo(("0.8, 1.2", taglio)) for taglio in ("0.9, 1.1", "-0.2, 0.2", "0.0, 1.2", "0.2, 1.2", "0.8, 1.0")
        ],
    },
)
