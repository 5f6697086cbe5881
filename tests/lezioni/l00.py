"""Le risposte di prova della lezione 00."""

import torch


def una_alla_volta(celsius):
    risultato = torch.empty_like(celsius)
    for i in range(len(celsius)):
        risultato[i] = celsius[i] * 9 / 5 + 32
    return risultato


GIUSTE = {
    "0.1": [torch.arange(1, 101).sum(), 5050, sum(range(101)), torch.tensor(5050.0)],
    "0.2": [
        lambda celsius: celsius * 9 / 5 + 32,
        lambda celsius: 1.8 * celsius + 32,
        lambda celsius: celsius.mul(1.8).add(32),
    ],
    "0.3": ["b", " B "],
}

SBAGLIATE = {
    "0.1": [
        (torch.arange(1, 100).sum(), "si ferma al 99"),
        (torch.arange(1, 102).sum(), "uno di troppo"),
        (torch.arange(1, 101), "Hai 100 numeri"),
        (torch.arange(1, 101)[-1], "l'ultimo numero"),
        (torch.arange(1.0, 101).mean(), "la media"),
        ("5050", "dovrebbe essere un numero"),
    ],
    "0.2": [
        (lambda celsius: celsius * 9 / 5, "manca il 32"),
        (lambda celsius: (celsius + 32) * 9 / 5, "prima di moltiplicare"),
        (lambda celsius: celsius * 5 / 9 + 32, "5/9"),
        (lambda celsius: (celsius - 32) * 5 / 9, "al contrario"),
        (lambda celsius: 9 // 5 * celsius + 32, "la divisione con"),
        (lambda celsius: celsius.mul_(1.8).add_(32), "cambia il suo argomento"),
        (lambda celsius: (celsius * 9 / 5 + 32).tolist(), "una lista"),
        (lambda celsius: print(celsius * 9 / 5 + 32), "manca il return"),
        (una_alla_volta, "senza cicli"),
        (torch.tensor([32.0, 212.0]), "serve una funzione"),
    ],
    "0.3": [("a", "non è None"), ("c", "None is None"), (False, "una di queste")],
}
