"""Le diagnosi della lezione 04 che nascono da un errore di PyTorch, e non da una svista dichiarata."""

import pytest
import torch

from corso_pytorch import controlla
from corso_pytorch.lezioni.l04_cnn.esercizi import parametri_conv


def _con_la_divisione(x):
    n, c, h, w = x.shape
    return x.view(n, c, h / 2, 2, w / 2, 2).amax(dim=(3, 5))


def _senza_somma(immagine, kernel):
    a, b = kernel.shape
    esito = torch.empty(immagine.shape[0] - a + 1, immagine.shape[1] - b + 1)
    for i in range(esito.shape[0]):
        for j in range(esito.shape[1]):
            esito[i, j] = immagine[i : i + a, j : j + b] * kernel
    return esito


def _senza_somma_in_lista(immagine, kernel):
    a, b = kernel.shape
    righe, colonne = range(immagine.shape[0] - a + 1), range(immagine.shape[1] - b + 1)
    return torch.tensor([[immagine[i : i + a, j : j + b] * kernel for j in colonne] for i in righe])


@pytest.mark.parametrize(
    ("nome", "risposta", "diagnosi"),
    [
        ("4.2", _senza_somma, "manca la somma?"),
        ("4.2", _senza_somma_in_lista, "manca la somma?"),
        ("4.4", _con_la_divisione, "per una forma serve `H // 2`"),
        ("4.5", lambda e, u, k, bias=True: float(parametri_conv(e, u, k, bias)), "serve un intero"),
    ],
)
def test_un_errore_ha_il_suo_consiglio(nome, risposta, diagnosi):
    assert diagnosi in controlla(nome, risposta).messaggio
