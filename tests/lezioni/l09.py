"""Le risposte di prova agli esercizi della lezione 09."""

import math

import numpy as np
import torch
import torchaudio.functional as AF

from corso_pytorch.lezioni.l09_audio.esercizi import aggiungi_rumore, onda_pura


# 9.1
def _onda_lista(frequenza, secondi, fc):
    return [math.sin(2 * math.pi * frequenza * n / fc) for n in range(round(secondi * fc))]


def _onda_senza_durata(frequenza, secondi, fc):
    return torch.sin(2 * math.pi * frequenza * torch.linspace(0, 1, round(secondi * fc), dtype=torch.float64)).float()


def _onda_float32(frequenza, secondi, fc):
    return (2 * torch.pi * frequenza * torch.arange(int(secondi * fc + 0.5)) / fc).sin()


# 9.2
def _sente_giri(frequenza, fc):
    return abs(frequenza - fc * math.floor(frequenza / fc + 0.5))


def _sente_ciclo(frequenza, fc):
    while frequenza > fc / 2:
        frequenza = abs(frequenza - fc)
    return frequenza


# 9.3
def _forma_due_casi(campioni, n_fft, passo, center):
    istanti = campioni // passo if center else (campioni - n_fft) // passo
    return torch.Size([n_fft // 2 + 1, 1 + istanti])


def _forma_contata(campioni, n_fft, passo, center):
    lungo = campioni + 2 * (n_fft // 2) * center
    return [len(range(0, n_fft + 1, 2)), len(range(0, lungo - n_fft + 1, passo))]


def _forma_stft(campioni, n_fft, passo, center):
    x, w = torch.ones(campioni), torch.ones(n_fft)
    return torch.stft(x, n_fft, passo, window=w, center=center, return_complex=True).shape


# 9.4
def _trascrivi_a_mano(onda, note):
    nomi, tempi = [], torch.arange(3200) / 8000
    for inizio in range(0, len(onda) - 3199, 3200):
        pezzo, forza = onda[inizio : inizio + 3200], {}
        for nome, frequenza in note.items():
            angoli = 2 * math.pi * frequenza * tempi
            forza[nome] = math.hypot(pezzo @ torch.cos(angoli), pezzo @ torch.sin(angoli))
        nomi.append(max(forza, key=forza.get))
    return nomi


def _trascrivi_in_righe(onda, note):
    righe = onda[: len(onda) // 3200 * 3200].reshape(-1, 3200) * torch.hann_window(3200)
    if not len(righe):
        return ()
    spettri = torch.fft.rfft(righe).abs()
    colonne = torch.tensor([round(0.4 * frequenza) for frequenza in note.values()])
    return tuple(list(note)[i] for i in spettri[:, colonne].argmax(dim=1))


def _trascrivi_immaginaria(onda, note):
    pezzi = [onda[i : i + 3200] for i in range(0, len(onda) - 3199, 3200)]
    return [max(note, key=lambda nome: abs(torch.fft.rfft(p)[round(note[nome] / 2.5)].imag.item())) for p in pezzi]


_NOTE = {nome: 440 * 2 ** (n / 12) for nome, n in zip("do re mi fa sol la si".split(), (-9, -7, -5, -4, -2, 0, 2))}


# 9.5
def _rumore_norme(onda, rumore, snr):
    return onda + rumore * onda.norm() / rumore.norm() * 10 ** (-snr / 20)


def _rumore_decibel(onda, rumore, snr):
    energia_onda, energia_rumore = (onda @ onda).item(), (rumore @ rumore).item()
    ora = 10 * math.log10(energia_onda / energia_rumore)
    return onda + 10 ** ((ora - snr) / 20) * rumore


def _rumore_sul_posto(onda, rumore, snr):
    onda += aggiungi_rumore(onda, rumore, snr) - onda
    return onda


# 9.7
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


def _altezza_centesimi(onda, fc):
    return _altezza_ciclo((onda * 100).round(), fc)


def _altezza_ritardi_float(onda, fc):
    return max((r for r in range(fc / 800, fc / 80)), key=lambda r: (onda[:-r] * onda[r:]).sum())


def _altezza_roll(onda, fc):
    return fc / max(range(math.ceil(fc / 800), fc // 80 + 1), key=lambda r: (onda * onda.roll(r)).sum())


def _altezza_scarti(onda, fc):
    return fc / min(range(math.ceil(fc / 800), fc // 80 + 1), key=lambda r: (onda[:-r] - onda[r:]).pow(2).mean())


GIUSTE = {
    "9.1": [lambda *argomenti: torch.tensor(_onda_lista(*argomenti)), _onda_float32],
    "9.2": [_sente_giri, _sente_ciclo],
    "9.3": [_forma_due_casi, _forma_contata],
    "9.4": [_trascrivi_a_mano, _trascrivi_in_righe],
    "9.5": [_rumore_norme, _rumore_decibel],
    "9.7": [_altezza_ciclo, _altezza_fft, _altezza_differenze],
}

SBAGLIATE = {
    "9.1": [
        (lambda *argomenti: onda_pura(*argomenti).double(), "float64"),
        (_onda_lista, "una lista"),
        (lambda *argomenti: np.array(_onda_lista(*argomenti)), "un array di NumPy"),
        (440, "serve una funzione"),
        (_onda_senza_durata, "da 0 a 1"),
    ],
    "9.2": [
        (lambda f, fc: str(f), "dovrebbe essere un numero"),
        (lambda f, fc: f / fc, "rifai il conto"),
        (lambda f, fc: f if f < fc / 2 else fc - f % fc, "si confronta il resto"),
        (lambda f, fc: abs(f - fc), "che stava già sotto"),
        (lambda f, fc: min(f % 8000, 8000 - f % 8000), "Hai usato 8000"),
    ],
    "9.3": [
        (_forma_stft, "senza «stft»"),
        (lambda *argomenti: 129, "dovrebbe essere una tupla"),
        (
            lambda n, n_fft, passo, center: (n_fft // 2 + 1, (n - n_fft) // passo + (3 if center else 1)),
            "il caso di prima",
        ),
        (lambda n, n_fft, passo, center: (n_fft // 2 + 1, n // passo), "diviso per il passo non basta"),
    ],
    "9.4": [
        (lambda onda, note: torch.zeros(3), "è un tensore"),
        (lambda onda, note: " ".join(_trascrivi_a_mano(onda, note)), "dovrebbe essere una lista"),
        (lambda onda, note: _trascrivi_in_righe(onda.flip(0), note), "La melodia"),
        (lambda onda, note: [_trascrivi_a_mano(riga, note)[0] for riga in onda.reshape(-1, 3200)], "butta l'avanzo"),
        (lambda onda, note: _trascrivi_a_mano(onda, note) or ["do"], "con un'onda vuota"),
        (lambda onda, note: _trascrivi_a_mano(onda[:-1], note), "Manca l'ultima nota"),
        (lambda onda, note: _trascrivi_a_mano(onda, _NOTE), "un'altra ottava"),
        (_trascrivi_immaginaria, "servono insieme"),
        (lambda onda, note: list(range(0, len(onda), 0.4 * 8000)), "Serve un intero"),
    ],
    "9.5": [
        (lambda onda, rumore, snr: AF.add_noise(onda, rumore, torch.tensor(snr)), "senza «add_noise»"),
        (_rumore_sul_posto, "cambia il suo argomento"),
        (lambda onda, rumore, snr: onda + 10 ** (-snr / 20) * rumore, "le due potenze"),
        (lambda onda, rumore, snr: onda + rumore * onda.norm() / rumore.norm() / 10 ** (snr / 10), "Fra ampiezze"),
    ],
    "9.6": [
        (0.95, "Serve un nn.Module"),
        (torch.nn.Linear(129, 4), "lo spettrogramma lo calcola lei?"),
        (torch.nn.Linear(4000, 5), "servono i logit"),
    ],
    "9.7": [
        (_altezza_centesimi, "un suono pianissimo"),
        (_altezza_ritardi_float, "I ritardi sono interi"),
        (_altezza_roll, "lo stesso numero di prodotti"),
        (_altezza_scarti, "Con le differenze"),
        (lambda onda, fc: onda, "dovrebbe essere un numero"),
        (lambda onda, fc: 600, "rifai il conto"),
        (lambda onda, fc: 0.0, "l'altezza è una frequenza"),
    ],
}
