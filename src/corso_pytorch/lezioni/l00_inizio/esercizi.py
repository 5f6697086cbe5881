"""Gli esercizi della lezione 00."""

import torch

from corso_pytorch.verifiche.registro import esercizio, scelta

esercizio(
    "0.1",
    giusta=5050,
    nome="La somma",
    sviste={
        "La somma si ferma al 99: il secondo numero di arange è compreso?": 4950,
        "La somma arriva fino a 101: hai aggiunto uno di troppo.": 5151,
        "Questo è l'ultimo numero, o quanti sono in tutto: manca la loro somma.": 100,
        "Questa è la media, non la somma.": 50.5,
        "Ci sono tutti i numeri, uno per uno: manca la loro somma.": [
            torch.arange(primo, fine) for primo in (0, 1) for fine in (100, 101)
        ],
    },
)


def in_fahrenheit(celsius: torch.Tensor) -> torch.Tensor:
    return celsius * 9 / 5 + 32


esercizio(
    "0.2",
    giusta=in_fahrenheit,
    prove=[
        (torch.tensor([0.0, 100.0, 37.0, -40.0, 21.5, 36.6525]),),
        (torch.tensor([[10.0, 20.0, 30.0]]),),
        (torch.tensor(-273.15),),
        (torch.empty(0),),
    ],
    detta=lambda celsius: f"con un tensore di forma {tuple(celsius.shape)}",
    tolleranza=2e-6,  # tre decimali non bastano
    sviste={
        "Hai moltiplicato per 9/5: manca il 32.": lambda c: c * 9 / 5,
        "Hai aggiunto 32 prima di moltiplicare: l'ordine è il contrario.": lambda c: (c + 32) * 9 / 5,
        "Hai moltiplicato per 5/9 invece che per 9/5.": lambda c: c * 5 / 9 + 32,
        "Questa è la regola al contrario, da Fahrenheit a Celsius.": lambda c: (c - 32) * 5 / 9,
        "Così aggiungi 32 e basta: manca il 9/5, o l'hai scritto 9 // 5, che vale 1.": lambda c: c + 32,
        "«//» butta via i decimali: qui serve la divisione con «/».": lambda c: c * 9 // 5 + 32,
        "Hai arrotondato: qui restano tutti i decimali.": [
            lambda c: (c * 9 / 5 + 32).round(),
            lambda c: (c * 9 / 5 + 32).round(decimals=1),
            lambda c: (c * 9 / 5 + 32).round(decimals=2),
        ],
        "Hai tolto 32 invece di aggiungerlo.": lambda c: c * 9 / 5 - 32,
        "La funzione restituisce le temperature come sono arrivate.": lambda c: c,
    },
    vieta=("cicli",),
)

scelta(
    "0.3",
    giusta="b",
    perche={
        "a": "Senza check_available la risposta è «cuda», che non è None: l'espressione vale True.",
        "c": "Con check_available=True la risposta è None, e «None is None» vale True.",
    },
)
