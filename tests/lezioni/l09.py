"""Le risposte di prova agli esercizi della lezione 09."""

import math

import numpy as np
import torch
import torchaudio.functional as AF


# 9.1
def _onda_float64(frequenza, secondi, fc):
    t = torch.arange(round(secondi * fc), dtype=torch.float64) / fc
    return torch.sin(2 * math.pi * frequenza * t).float()


def _onda_ciclo(frequenza, secondi, fc):
    return torch.tensor([math.sin(2 * math.pi * frequenza * n / fc) for n in range(round(secondi * fc))])


def _onda_float32(frequenza, secondi, fc):
    return (2 * torch.pi * frequenza * torch.arange(int(secondi * fc + 0.5)) / fc).sin()


def _onda_con(formula, dtype=torch.float32):
    def onda_pura(frequenza, secondi, fc):
        n = torch.arange(round(secondi * fc), dtype=torch.float64)
        return formula(frequenza, secondi, fc, n).to(dtype)

    return onda_pura


def _giro(f, t):
    return torch.sin(2 * math.pi * f * t)


def _onda_tagliata(frequenza, secondi, fc):
    return _giro(frequenza, torch.arange(int(secondi * fc), dtype=torch.float64) / fc).float()


def _onda_lista(frequenza, secondi, fc):
    return [math.sin(2 * math.pi * frequenza * n / fc) for n in range(round(secondi * fc))]


def _onda_numpy(frequenza, secondi, fc):
    return np.sin(2 * np.pi * frequenza * np.arange(round(secondi * fc)) / fc)


def _onda_uno_di_troppo(frequenza, secondi, fc):
    return _giro(frequenza, torch.arange(round(secondi * fc) + 1, dtype=torch.float64) / fc).float()


# 9.2
def _sente_resto(frequenza, fc):
    resto = frequenza % fc
    return min(resto, fc - resto)


def _sente_giri(frequenza, fc):
    return abs(frequenza - fc * math.floor(frequenza / fc + 0.5))


def _sente_ciclo(frequenza, fc):
    while frequenza > fc / 2:
        frequenza = abs(frequenza - fc)
    return frequenza


# 9.3
def _forma_formula(campioni, n_fft, passo, center):
    campioni += 2 * (n_fft // 2) if center else 0
    return n_fft // 2 + 1, (campioni - n_fft) // passo + 1


def _forma_due_casi(campioni, n_fft, passo, center):
    istanti = campioni // passo if center else (campioni - n_fft) // passo
    return (n_fft // 2 + 1, 1 + istanti)


def _forma_stft(campioni, n_fft, passo, center):
    x, w = torch.ones(campioni), torch.ones(n_fft)
    return torch.stft(x, n_fft, passo, window=w, center=center, return_complex=True).shape


def _allungato(campioni, n_fft, center, quanto=2):
    return campioni + (quanto * (n_fft // 2) if center else 0)


def _forma_con(righe=lambda n: n // 2 + 1, colonne=None, ordina=lambda r, c: (r, c)):
    colonne = colonne or (lambda c, n, p, center: 1 + (c + (2 * (n // 2) if center else 0) - n) // p)
    return lambda campioni, n_fft, passo, center: ordina(righe(n_fft), colonne(campioni, n_fft, passo, center))


# 9.4
def _rumore_potenze(onda, rumore, snr):
    voluta = onda.pow(2).mean() / 10 ** (snr / 10)
    return onda + rumore * torch.sqrt(voluta / rumore.pow(2).mean())


def _rumore_norme(onda, rumore, snr):
    return onda + rumore * onda.norm() / rumore.norm() * 10 ** (-snr / 20)


def _rumore_somme(onda, rumore, snr):
    energia_onda, energia_rumore = (onda @ onda).item(), (rumore @ rumore).item()
    ora = 10 * math.log10(energia_onda / energia_rumore)
    return onda + 10 ** ((ora - snr) / 20) * rumore


def _rumore_con(fattore, unisci=lambda onda, k, rumore: onda + k * rumore):
    def aggiungi(onda, rumore, snr):
        p_onda, p_rumore = onda.pow(2).mean(), rumore.pow(2).mean()
        return unisci(onda, fattore(p_onda, p_rumore, snr), rumore)

    return aggiungi


def _fattore(p, q, snr):
    return (p / q / 10 ** (snr / 10)) ** 0.5


def _rumore_varianza(onda, rumore, snr):
    return onda + rumore * (onda.var() / rumore.var() / 10 ** (snr / 10)).sqrt()


def _rumore_std(onda, rumore, snr):
    return onda + rumore * (onda.std(correction=0) / rumore.std(correction=0)) * 10 ** (-snr / 20)


def _rumore_libreria(onda, rumore, snr):
    return AF.add_noise(onda, rumore, torch.tensor(snr))


def _rumore_sul_posto(onda, rumore, snr):
    onda += rumore * _fattore(onda.pow(2).mean(), rumore.pow(2).mean(), snr)
    return onda


# 9.5
def _altezza_ciclo(onda, fc):
    migliore, quanto = None, -math.inf
    for ritardo in range(max(1, round(fc / 800)), round(fc / 80) + 1):
        somma = (onda[:-ritardo] * onda[ritardo:]).sum().item()
        if somma > quanto:
            migliore, quanto = ritardo, somma
    return fc / migliore


def _altezza_fft(onda, fc):
    potenza = torch.fft.rfft(onda, n=2 * len(onda)).abs() ** 2
    auto = torch.fft.irfft(potenza)
    primo, ultimo = math.ceil(fc / 800), fc // 80
    return fc / (auto[primo : ultimo + 1].argmax() + primo)


def _altezza_differenze(onda, fc):
    ritardi = torch.arange(math.ceil(fc / 800), fc // 80 + 1)
    scarti = torch.stack([(onda[:-r] - onda[r:]).pow(2).mean() for r in ritardi.tolist()])
    # Il primo ritardo quasi perfetto: i suoi multipli lo sono altrettanto.
    return float(fc / ritardi[scarti < scarti.min() + 0.02 * scarti.max()][0])


def _altezza_con(risposta, primo=lambda fc: math.ceil(fc / 800)):
    def altezza(onda, fc):
        inizio = primo(fc)
        somme = [(onda[: len(onda) - r] * onda[r:]).sum().item() for r in range(inizio, fc // 80 + 1)]
        posto = somme.index(max(somme))
        return risposta(posto, inizio, fc)

    return altezza


def _altezza_picco(onda, fc):
    return torch.fft.rfft(onda).abs().argmax().item() * fc / len(onda)


def _altezza_ritardi_float(onda, fc):
    return max((r for r in range(fc / 800, fc / 80)), key=lambda r: (onda[:-r] * onda[r:]).sum())


GIUSTE = {
    "9.1": [_onda_float64, _onda_ciclo, _onda_float32],
    "9.2": [_sente_resto, _sente_giri, _sente_ciclo],
    "9.3": [_forma_formula, _forma_due_casi, _forma_stft],
    "9.4": [_rumore_potenze, _rumore_norme, _rumore_somme],
    "9.5": [_altezza_ciclo, _altezza_fft, _altezza_differenze],
}

SBAGLIATE = {
    "9.1": [
        (_onda_con(lambda f, s, fc, n: torch.sin(f * n / fc)), "manca il 2π"),
        (_onda_con(lambda f, s, fc, n: torch.sin(math.pi * f * n / fc)), "π al posto di 2π"),
        (_onda_con(lambda f, s, fc, n: _giro(f, n)), "n / campioni_al_secondo"),
        (_onda_con(lambda f, s, fc, n: torch.cos(2 * math.pi * f * n / fc)), "un coseno"),
        (_onda_con(lambda f, s, fc, n: _giro(f, torch.linspace(0, s, len(n), dtype=torch.float64))), "linspace"),
        (_onda_con(lambda f, s, fc, n: _giro(f, (n + 1) / fc)), "il primo campione"),
        (_onda_con(lambda f, s, fc, n: _giro(1, n / fc)), "la frequenza non conta"),
        (_onda_con(lambda f, s, fc, n: _giro(f, n / fc), torch.float64), "float64"),
        (_onda_tagliata, "manca un campione"),
        (_onda_uno_di_troppo, "uno di troppo"),
        (lambda f, s, fc: _onda_float32(f, s, 8000), "hai usato 8000"),
        (_onda_lista, "una lista"),
        (_onda_numpy, "un array di NumPy"),
        (440, "serve una funzione"),
    ],
    "9.2": [
        (lambda f, fc: f, "l'hai lasciata com'era"),
        (lambda f, fc: f % fc, "sopra la metà va specchiato"),
        (lambda f, fc: min(f, fc / 2), "ti sei fermato alla metà"),
        (lambda f, fc: fc - f % fc, "già sotto la metà"),
        (lambda f, fc: min(f, fc - f), "non può essere negativa"),
        (lambda f, fc: min(f, abs(fc - f)), "prima si tolgono i giri interi"),
        (lambda f, fc: f % (fc / 2), "si torna indietro"),
        (lambda f, fc: str(f), "dovrebbe essere un numero"),
        (lambda f, fc: f / fc, "rifai il conto"),
    ],
    "9.3": [
        (_forma_con(ordina=lambda r, c: (c, r)), "prima le frequenze"),
        (_forma_con(righe=lambda n: n // 2), "una in più"),
        (_forma_con(righe=lambda n: n), "metà delle frequenze"),
        (
            _forma_con(colonne=lambda c, n, p, center: (_allungato(c, n, center) - n) // p),
            "manca un istante",
        ),
        (_forma_con(colonne=lambda c, n, p, center: 1 + (c - n) // p), "hai dimenticato che"),
        (_forma_con(colonne=lambda c, n, p, center: 1 + c // p), "ma solo center=True"),
        (
            _forma_con(colonne=lambda c, n, p, center: 1 + (_allungato(c, n, center, 1) - n) // p),
            "tutt'e due le parti",
        ),
        (_forma_con(colonne=lambda c, n, p, center: 1 + (_allungato(c, n, center) - n) // n), "uno ogni passo"),
        (_forma_con(colonne=lambda c, n, p, center: 1 + (c - n) / p), "divisione intera"),
        (_forma_con(colonne=lambda c, n, p, center: 2 + c // n), "gli istanti non tornano"),
        (lambda *a: 129, "ne servono 2"),
    ],
    "9.4": [
        (_rumore_con(lambda p, q, snr: p / q / 10 ** (snr / 10)), "manca la radice"),
        (_rumore_con(lambda p, q, snr: _fattore(p, q, -snr)), "il segno dell'SNR"),
        (_rumore_con(lambda p, q, snr: _fattore(p, q, snr / 2)), "il 20 è per le ampiezze"),
        (_rumore_con(lambda p, q, snr: _fattore(p, 1, snr)), "il rumore ha già"),
        (_rumore_con(lambda p, q, snr: _fattore(1, q, snr)), "potenza ha l'onda"),
        (_rumore_con(lambda p, q, snr: (p / q / snr) ** 0.5), "in decibel"),
        (_rumore_con(lambda p, q, snr: 1.0), "com'è"),
        (_rumore_con(lambda p, q, snr: _fattore(q, p, snr)), "capovolto"),
        (_rumore_con(_fattore, lambda onda, k, rumore: k * rumore), "solo il rumore"),
        (_rumore_con(_fattore, lambda onda, k, rumore: onda - k * rumore), "sottratto"),
        (_rumore_con(_fattore, lambda onda, k, rumore: onda / k + rumore), "volume dell'onda"),
        (lambda onda, rumore, snr: onda + _fattore(onda.pow(2).sum(), rumore.pow(2).mean(), snr) * rumore, "la media"),
        (_rumore_varianza, "la media dei quadrati"),
        (_rumore_std, "la media dei quadrati"),
        (_rumore_libreria, "senza «add_noise»"),
        (_rumore_sul_posto, "cambia il suo argomento"),
    ],
    "9.5": [
        (_altezza_con(lambda posto, inizio, fc: posto + inizio), "il periodo, in campioni"),
        (_altezza_con(lambda posto, inizio, fc: (posto + inizio) / fc), "il periodo, in secondi"),
        (_altezza_con(lambda posto, inizio, fc: fc / posto), "aggiungi il ritardo"),
        (_altezza_con(lambda posto, inizio, fc: posto), "la posizione nella lista"),
        (_altezza_con(lambda posto, inizio, fc: 2 * fc / (posto + inizio)), "è il doppio"),
        (_altezza_con(lambda posto, inizio, fc: fc / (posto + inizio) / 2), "è la metà"),
        (_altezza_con(lambda posto, inizio, fc: fc / (posto + inizio), primo=lambda fc: 1), "quasi zero"),
        (_altezza_con(lambda posto, inizio, fc: fc / (posto + inizio), primo=lambda fc: 0), "si ferma con"),
        (_altezza_con(lambda posto, inizio, fc: 8000 / (posto + inizio)), "hai scritto 8000"),
        (_altezza_picco, "il picco dello spettro"),
        (_altezza_ritardi_float, "I ritardi sono interi"),
        (lambda onda, fc: onda, "dovrebbe essere un numero"),
        (lambda onda, fc: 600, "guarda a quale ritardo"),
    ],
}
