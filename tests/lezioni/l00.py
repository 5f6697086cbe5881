"""Le risposte di prova della lezione 00."""

import functools

import torch


def _una_alla_volta(celsius):
    risultato = torch.empty_like(celsius)
    for i in range(len(celsius)):
        risultato[i] = celsius[i] * 9 / 5 + 32
    return risultato


GIUSTE = {
    "0.1": [torch.arange(1, 101).sum(), sum(range(101)), torch.tensor(5050.0)],
    "0.2": [
        lambda celsius: celsius.mul(1.8).add(32),
        lambda celsius: (celsius + 40) * 1.8 - 40,
        functools.partial(lambda quanto, celsius: quanto * celsius + 32, 1.8),
    ],
    "0.3": [" B "],
}

SBAGLIATE = {
    "0.1": [("5050", "dovrebbe essere un numero"), (-5050, "il segno sbagliato"), (4949, "non è 4949")],
    "0.2": [
        (lambda celsius: celsius.mul_(1.8).add_(32), "cambia il suo argomento"),
        (lambda celsius: (celsius * 9 / 5 + 32).tolist(), "una lista"),
        (lambda celsius: print(celsius * 9 / 5 + 32), "manca il return"),
        (lambda celsius: celsius.clamp(min=0) * 9 / 5 + 32, "1 su 6 non torna (con un tensore di forma (6,))"),
        (lambda celsius: (celsius * 9 / 5 + 32).round(decimals=3), "1 su 6 non torna"),
        (lambda celsius: 9 // 5 * celsius + 32, "9 // 5, che vale 1"),
        (_una_alla_volta, "senza cicli"),
        (torch.tensor([32.0, 212.0]), "serve una funzione"),
    ],
    "0.3": [(False, "una di queste")],
}
