"""Le risposte di prova della lezione 00."""

import functools

import torch


def _una_alla_volta(celsius):
    risultato = torch.empty_like(celsius)
    for i in range(len(celsius)):
        risultato[i] = celsius[i] * 9 / 5 + 32
    return risultato


def _con_un_ciclo(n):
    totale = 0
    for numero in range(1, n + 1):
        totale += numero * numero
    return totale


def _pari_e_dispari(n):
    quadrati = torch.arange(1, n + 1) ** 2
    pezzi = quadrati[::2].sum(), quadrati[1::2].sum()
    return sum(pezzi)  # due addendi non sono un ciclo sui numeri


def _con_dot(n):
    numeri = torch.arange(1.0, n + 1)
    return torch.dot(numeri, numeri).item()


GIUSTE = {
    "0.1": [
        lambda celsius: celsius.mul(1.8).add(32),
        lambda celsius: (celsius + 40) * 1.8 - 40,
        functools.partial(lambda quanto, celsius: quanto * celsius + 32, 1.8),
    ],
    "0.2": [
        _con_dot,
        _pari_e_dispari,
        lambda n: (torch.arange(n + 1) ** 2).sum(),
        lambda n: torch.linspace(1, n, n).square().sum(),
        lambda n: n * (n + 1) * (2 * n + 1) // 6,
    ],
    "0.3": [{"adesso": 21.0, "dopo il riavvio": torch.tensor(22)}],
    "0.4": [
        {"a": " CPU ", "b": "cuda:0", "c": "Cuda", "d": "cpu"},
        {nome: torch.device(dove) for nome, dove in zip("abcd", ("cpu", "cuda", "cuda", "cpu"), strict=True)},
    ],
}

SBAGLIATE = {
    "0.1": [
        (lambda celsius: celsius.mul_(1.8).add_(32), "cambia il suo argomento"),
        (lambda celsius: (celsius * 9 / 5 + 32).tolist(), "una lista"),
        (lambda celsius: print(celsius * 9 / 5 + 32), "manca il return"),
        (lambda celsius: celsius.clamp(min=0) * 9 / 5 + 32, "1 su 6 non torna (con un tensore di forma (6,))"),
        (lambda celsius: (celsius * 9 / 5 + 32).round(decimals=3), "1 su 6 non torna"),
        (lambda celsius: 9 // 5 * celsius + 32, "9 // 5, che vale 1"),
        (lambda celsius: celsius + 32 * 1.8, "Hai moltiplicato il 32"),
        (lambda celsius: 5 / 9 * (celsius + 32), "5/9 invece che per 9/5"),
        (lambda celsius: torch.add(celsius * 9 / 5, 32).int(), "in un numero intero"),
        (lambda celsius: float(celsius) * 9 / 5 + 32, "vogliono un numero solo"),
        (lambda celsius: (celsius * 1.8 + 32).floor(), "come floor"),
        (lambda celsius: torch.tensor([grado * 9 / 5 + 32 for grado in celsius]), "senza cicli"),
        (_una_alla_volta, "senza cicli"),
        (torch.tensor([32.0, 212.0]), "serve una funzione"),
    ],
    "0.2": [
        (_con_un_ciclo, "senza cicli"),
        (lambda n: sum([numero * numero for numero in range(n + 1)]), "senza cicli"),
        (lambda n: sum(torch.arange(1, n + 1) ** 2), "La sum di Python è un ciclo anche lei"),
        (lambda n: print((torch.arange(n + 1) ** 2).sum()), "manca il return"),
        (lambda n: (torch.arange(1, 101) ** 2).sum(), "(con n = 3)"),
        (lambda n: torch.arange(1, n).sum(), "mancano i quadrati"),
        (lambda n: torch.arange(1, n**2 + 1).sum(), "non la fine di arange"),
        (lambda n: (torch.arange(1, n) * 2).sum(), "così lo raddoppi"),
        (lambda n: (torch.arange(1, n + 1) ** 2).mean(), "Qui serve la somma, e non la media"),
        (lambda n: (torch.arange(n, 1) ** 2).sum(), "Da dove parte"),
        (lambda n: (torch.arange(1, max(n, 1) + 1) ** 2).sum(), "(con n = 0)"),
        (14, "serve una funzione"),
    ],
    "0.3": [
        ({"adesso": 15, "dopo il riavvio": 22}, "non torna"),
        ({"adesso": 22, "dopo il riavvio": 33}, "dall'alto in basso, ma conta"),
        ({"adesso": "21", "dopo il riavvio": "22"}, "senza virgolette"),
        ((21, 22), "Lascia il dizionario"),
    ],
    "0.4": [
        ({"a": "cpu", "b": "gpu", "c": "gpu", "d": "cpu"}, "come chiama le schede NVIDIA"),
        ({"a": "cpu", "b": "mps", "c": "mps", "d": "cpu"}, "Per b rispondi con uno di questi"),
        ({"a": "cuda", "b": "cuda", "c": "cuda", "d": "cuda"}, "si è spostato"),
        ({"a": "cpu", "b": "cuda", "c": "cpu", "d": "cpu"}, "o ne fa una copia"),
        (["cpu", "cuda", "cuda", "cpu"], "Lascia il dizionario"),
    ],
}
