"""I controlli della lezione 09: un'onda pura, l'aliasing, la forma di uno spettrogramma, il rumore, l'altezza."""

import math

import torch

from corso_pytorch.verifiche.codice import vieta_nomi
from corso_pytorch.verifiche.confronti import (
    Sbagliato,
    confronta,
    confronta_forma,
    confronta_numero,
    maiuscola,
    tipo_di,
)
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


@esercizio("9.1")
def onda_pura(risposta: object) -> None:
    # La terza prova: 0,29 · 100 in virgola mobile è un soffio meno di 29.
    for frequenza, secondi, fc in ((440, 0.05, 8000), (3, 1.5, 50), (7, 0.29, 100), (1000, 0.04, 11_025)):
        quanti = round(secondi * fc)
        n = torch.arange(quanti, dtype=torch.float64)
        giro = 2 * math.pi * frequenza
        atteso = torch.sin(giro * n / fc).float()
        dove = f"con {frequenza} Hz, {secondi} s e {fc} campioni al secondo"
        inizio = maiuscola(dove)
        dato = chiama(risposta, frequenza, secondi, fc, dove=dove)
        errori = {
            f"{inizio} manca il 2π: un giro intero vale 2π, non 1.": torch.sin(frequenza * n / fc),
            f"{inizio} hai usato π al posto di 2π: la frequenza si dimezza.": torch.sin(giro / 2 * n / fc),
            f"{inizio} il campione n è preso all'istante n / campioni_al_secondo: il tuo è n.": torch.sin(giro * n),
            f"{inizio} è un coseno: a t = 0 l'onda deve valere 0.": torch.cos(giro * n / fc),
            f"{inizio} l'ultimo campione cade proprio sulla fine: gli istanti distano 1 / campioni_al_secondo, "
            "e la fine è esclusa (linspace la comprende).": torch.sin(
                giro * torch.linspace(0, secondi, quanti, dtype=torch.float64)
            ),
            f"{inizio} il primo campione è all'istante 0, non dopo un passo.": torch.sin(giro * (n + 1) / fc),
            f"{inizio} la frequenza non conta: dov'è nella formula?": torch.sin(2 * math.pi * n / fc),
            f"{inizio} i campioni sono uno di troppo: la fine è esclusa.": torch.sin(
                giro * torch.arange(quanti + 1, dtype=torch.float64) / fc
            ),
        }
        if isinstance(dato, torch.Tensor) and dato.dim() == 1 and fc != 8000 and len(dato) == int(secondi * 8000):
            raise Sbagliato(f"{inizio} hai usato 8000: conta campioni_al_secondo.")
        if isinstance(dato, torch.Tensor) and dato.dim() == 1 and len(dato) == quanti - 1:
            raise Sbagliato(
                f"{inizio} manca un campione: int() taglia, e {secondi} · {fc} fa {secondi * fc!r}. Serve round()."
            )
        confronta(dato, atteso, errori, nome="L'onda", tolleranza=2e-3)


@esercizio("9.2")
def si_sente(risposta: object) -> None:
    prove = [
        *((20_500, 8000), (7000, 8000), (440, 8000), (9000, 8000), (4000, 8000)),
        *((8000, 8000), (12_500, 8000), (30_000, 44_100), (100, 70), (23_000, 8000)),
    ]
    for frequenza, fc in prove:
        resto = frequenza % fc
        atteso = min(resto, fc - resto)
        dove = f"con {frequenza} Hz e {fc} campioni al secondo"
        inizio = maiuscola(dove)
        errori = {
            f"{inizio}: sopra la metà la frequenza si specchia, e tu l'hai lasciata com'era.": frequenza,
            f"{inizio}: il resto è giusto, ma sopra la metà va specchiato.": resto,
            f"{inizio}: ti sei fermato alla metà, ma la frequenza torna giù.": min(frequenza, fc / 2),
            f"{inizio}: hai specchiato una frequenza che stava già sotto la metà.": fc - resto,
            f"{inizio}: la frequenza non può essere negativa; e se supera un giro intero?": fc - frequenza,
            f"{inizio}: la differenza va bene fino a un giro; oltre, prima si tolgono i giri interi.": abs(
                fc - frequenza
            ),
            f"{inizio}: dopo la metà non si ricomincia da zero, si torna indietro.": frequenza % (fc / 2),
        }
        dato = chiama(risposta, frequenza, fc, dove=dove)
        confronta_numero(dato, atteso, errori, nome=f"{inizio}, la frequenza")


@esercizio("9.3")
def forma(risposta: object) -> None:
    prove = [
        (800, 200, 30, True),
        (12_800, 256, 128, False),
        (12_800, 256, 128, True),
        (1000, 64, 30, False),
        (1000, 64, 30, True),
        (4000, 512, 512, False),
        (4000, 512, 512, True),
        (333, 100, 7, False),
        (777, 50, 20, True),
    ]
    for campioni, n_fft, passo, center in prove:
        righe = n_fft // 2 + 1
        allungato = campioni + (2 * (n_fft // 2) if center else 0)
        colonne = 1 + (allungato - n_fft) // passo
        altre = 1 + (campioni - n_fft) // passo if center else 1 + campioni // passo
        mezzo = 1 + (campioni + n_fft // 2 - n_fft) // passo
        dove = f"con {campioni} campioni, n_fft={n_fft}, passo={passo} e center={center}"
        inizio = maiuscola(dove)
        errori = {
            f"{inizio}: prima le frequenze, poi gli istanti.": (colonne, righe),
            f"{inizio}: le frequenze sono una in più: ci sono lo zero e la metà di campioni_al_secondo.": (
                righe - 1,
                colonne,
            ),
            f"{inizio}: per un'onda reale bastano metà delle frequenze, più una.": (n_fft, colonne),
            f"{inizio}: manca un istante, la colonna del primo pezzo.": (righe, colonne - 1),
            f"{inizio}: {'hai dimenticato che' if center else 'ma solo'} center=True allunga il suono.": (righe, altre),
            f"{inizio}: il suono si allunga da tutt'e due le parti.": (righe, mezzo) if center else (),
            f"{inizio}: i pezzi si sovrappongono: ne comincia uno ogni passo, non ogni n_fft.": (
                righe,
                1 + (allungato - n_fft) // n_fft,
            ),
        }
        dato = chiama(risposta, campioni, n_fft, passo, center, dove=dove)
        if isinstance(dato, (tuple, list)) and any(isinstance(n, float) for n in dato):
            raise Sbagliato("Le dimensioni sono interi: usa la divisione intera, //.")
        if isinstance(dato, (tuple, list)) and len(dato) == 2 and all(isinstance(n, int) for n in dato):
            for diagnosi, sbagliata in errori.items():
                if tuple(dato) == sbagliata and sbagliata != (righe, colonne):
                    raise Sbagliato(diagnosi)
            if tuple(dato) != (righe, colonne):
                quale = "le frequenze non tornano" if dato[0] != righe else "gli istanti non tornano"
                raise Sbagliato(f"{inizio}: {quale}. Prova a disegnare i pezzi su un suono di dieci campioni.")
        confronta_forma(dato, (righe, colonne))


@esercizio("9.4")
def aggiungi_rumore(risposta: object) -> None:
    caso = torch.Generator().manual_seed(94)
    for campioni, snr, media in ((50, 6.0, 0.0), (80, -5.0, 0.3), (64, 0.0, 0.5), (120, 20.0, -1.0)):
        onda = torch.sin(torch.arange(campioni) * 0.7) * 0.3 + media
        rumore = torch.randn(campioni, generator=caso) * 2.5 + 0.4
        p_onda, p_rumore = onda.pow(2).mean(), rumore.pow(2).mean()
        rapporto = 10 ** (snr / 10)
        giusto = (p_onda / p_rumore / rapporto).sqrt()
        dove = f"con snr = {snr:g}"
        inizio = maiuscola(dove)
        sviste = {
            "manca la radice: moltiplicare per k cambia la potenza di k².": p_onda / p_rumore / rapporto,
            "il segno dell'SNR è scambiato: se cresce, il rumore deve calare.": (p_onda / p_rumore * rapporto).sqrt(),
            "la potenza va con 10 · log10: il 20 è per le ampiezze.": (p_onda / p_rumore / 10 ** (snr / 20)).sqrt(),
            "non conti quanta potenza il rumore ha già.": (p_onda / rapporto).sqrt(),
            "non conti quanta potenza ha l'onda.": (1 / p_rumore / rapporto).sqrt(),
            "l'SNR è in decibel: prima va riportato a un rapporto, 10 ** (snr / 10).": (p_onda / p_rumore / snr).sqrt()
            if snr > 0
            else None,
            "il rumore è aggiunto com'è: va moltiplicato per arrivare all'SNR chiesto.": torch.tensor(1.0),
            "hai usato la varianza, che toglie la media: la potenza è la media dei quadrati.": (
                onda.var() / rumore.var() / rapporto
            ).sqrt(),
            "hai usato la varianza, che toglie la media: la potenza è la media dei quadrati. ": (
                onda.var(correction=0) / rumore.var(correction=0) / rapporto
            ).sqrt(),
            "hai usato la somma dei quadrati: la potenza è la media.": (onda.pow(2).sum() / p_rumore / rapporto).sqrt(),
            "il rapporto fra le potenze è capovolto.": (p_rumore / p_onda / rapporto).sqrt(),
        }
        errori = {
            f"{inizio} {testo.strip()}{' ' * testo.endswith(' ')}": onda + k * rumore
            for testo, k in sviste.items()
            if k is not None
        }
        errori[f"{inizio} restituisci solo il rumore: sommalo all'onda."] = giusto * rumore
        errori[f"{inizio} hai sottratto il rumore: la potenza torna, ma qui si somma."] = onda - giusto * rumore
        errori[f"{inizio} hai cambiato il volume dell'onda: si cambia solo quello del rumore."] = onda / giusto + rumore
        confronta(chiama(risposta, onda, rumore, snr, dove=dove), onda + giusto * rumore, errori, nome="L'onda")
    vieta_nomi(risposta, "add_noise")


@esercizio("9.5")
def altezza(risposta: object) -> None:
    # Il periodo, in campioni, è intero: non è la precisione che qui si prova.
    prove = [
        ("un'onda pura", 8000, 36, (1.0,)),
        ("un suono ricco", 8000, 50, (1.0, 0.8, 0.6, 0.5)),
        ("un suono senza fondamentale", 8000, 40, (0.0, 1.0, 0.9, 0.7)),
        ("un suono con la seconda armonica più forte", 16_000, 40, (0.3, 1.0, 0.2)),
        ("un suono grave senza fondamentale", 11_025, 90, (0.0, 0.8, 1.0, 0.7, 0.4)),
    ]
    for nome, fc, periodo, volumi in prove:
        t = torch.arange(fc // 4) / fc
        frequenza = fc / periodo
        onda = sum(v * torch.sin(2 * math.pi * frequenza * k * t + k) for k, v in enumerate(volumi, 1)) / sum(volumi)
        dove = f"con {nome} ({fc} campioni al secondo)"
        dato = chiama(
            risposta, onda, fc, dove=dove, consigli={"integer": "I ritardi sono interi: da float a int.",
                                                     "division by zero": "Un ritardo di zero non è un periodo."}
        )  # fmt: skip
        if isinstance(dato, torch.Tensor) and dato.numel() == 1:
            dato = dato.item()
        if isinstance(dato, bool) or not isinstance(dato, (int, float)):
            raise Sbagliato(f"L'altezza dovrebbe essere un numero, in hertz, e invece è {tipo_di(dato)}.")
        if abs(dato - frequenza) <= 0.05 * frequenza:
            continue
        _spiega_altezza(dato, onda, fc, periodo, maiuscola(dove))


def _spiega_altezza(dato: float, onda: torch.Tensor, fc: int, periodo: int, inizio: str) -> None:
    frequenza, spostato = fc / periodo, periodo - math.ceil(fc / 800)
    picco = torch.fft.rfft(onda).abs().argmax().item() * fc / len(onda)
    fissa = 8000 / periodo if fc != 8000 else math.inf
    sviste = [
        ("hai scritto 8000: la frequenza è campioni_al_secondo diviso il periodo.", fissa, 0.03),
        ("questo è il periodo, in campioni: la frequenza è campioni_al_secondo diviso il periodo.", periodo, 0.03),
        ("questo è il periodo, in secondi: la frequenza è il suo inverso.", periodo / fc, 0.03),
        ("hai trovato la posizione nella lista dei ritardi: aggiungi il ritardo da cui parti.", fc / spostato, 0.03),
        ("questa è la posizione nella lista dei ritardi, non la frequenza.", spostato, 0.03),
        ("questo è il picco dello spettro, un'armonica: la fondamentale può mancare.", picco, 0.03),
        ("è il doppio: hai trovato mezzo periodo, o un'armonica.", 2 * frequenza, 0.05),
        ("è la metà: hai trovato due periodi. Con la somma vince il ritardo più corto.", frequenza / 2, 0.05),
        ("il ritardo scelto è quasi zero: lì ogni suono somiglia a sé stesso.", fc, 0.01),
    ]  # fmt: skip
    for testo, valore, margine in sviste:
        if math.isfinite(valore) and abs(dato - valore) <= margine * abs(valore):
            raise Sbagliato(f"{inizio} {testo}")
    if math.isnan(dato) or math.isinf(dato):
        raise Sbagliato(f"{inizio} esce {dato}: c'è una divisione per zero?")
    raise Sbagliato(f"{inizio} esce {dato:g} Hz: guarda a quale ritardo la somma è massima.")
