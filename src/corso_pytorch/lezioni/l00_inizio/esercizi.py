"""I controlli della lezione 00."""

import torch

from corso_pytorch.verifiche.codice import vieta_cicli
from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_numero, confronta_scelta
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio


@esercizio("0.1")
def somma_fino_a_cento(risposta: object) -> None:
    if isinstance(risposta, torch.Tensor) and risposta.numel() > 1:
        raise Sbagliato(f"Hai {risposta.numel()} numeri: manca la loro somma.")
    confronta_numero(
        risposta,
        5050,
        {
            "La somma si ferma al 99: il secondo numero di arange è compreso?": 4950,
            "La somma arriva fino a 101: hai aggiunto uno di troppo.": 5151,
            "Questo è l'ultimo numero, non la somma.": 100,
            "Questa è la media, non la somma.": 50.5,
        },
        nome="La somma",
    )


@esercizio("0.2")
def in_fahrenheit(funzione: object) -> None:
    for celsius in (torch.tensor([0.0, 100.0, 37.0, -40.0, 21.5]), torch.tensor([[10.0, 20.0, 30.0]])):
        confronta(
            chiama(funzione, celsius),
            celsius * 9 / 5 + 32,
            {
                "Hai moltiplicato per 9/5: manca il 32.": celsius * 9 / 5,
                "Hai aggiunto 32 prima di moltiplicare: l'ordine è il contrario.": (celsius + 32) * 9 / 5,
                "Hai moltiplicato per 5/9 invece che per 9/5.": celsius * 5 / 9 + 32,
                "Questa è la regola al contrario, da Fahrenheit a Celsius.": (celsius - 32) * 5 / 9,
                "9 // 5 vale 1: qui serve la divisione con «/».": celsius + 32,
                "Hai tolto 32 invece di aggiungerlo.": celsius * 9 / 5 - 32,
                "La funzione restituisce le temperature come sono arrivate.": celsius,
            },
        )
    vieta_cicli(funzione)


@esercizio("0.3")
def domanda_giusta(risposta: object) -> None:
    confronta_scelta(
        risposta,
        "b",
        {
            "a": "Senza check_available la risposta è «cuda», che non è None: l'espressione vale True.",
            "c": "Con check_available=True la risposta è None, e «None is None» vale True.",
        },
    )
