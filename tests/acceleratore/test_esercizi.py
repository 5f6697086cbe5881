"""Gli esercizi con l'acceleratore scelto: una risposta giusta che calcola lì è giusta, una che mescola si ferma."""

import pytest
import torch
from torch.utils import _pytree as pytree

from corso_pytorch.verifiche import controlla
from corso_pytorch.verifiche.registro import trova
from test_verifiche import ogni_esercizio

LA = "simulato"
pytestmark = pytest.mark.skipif(not hasattr(torch, LA), reason="si prova con --acceleratore-simulato")


def portato(valore: object) -> object:
    return pytree.tree_map_only(torch.Tensor, lambda t: t.to(LA), valore)


def sull_acceleratore(risposta: object) -> object:
    """La stessa risposta, che però porta lì i suoi argomenti e restituisce ciò che le viene."""
    if not callable(risposta) or isinstance(risposta, type):
        return portato(risposta)
    return lambda *argomenti, **opzioni: risposta(*portato(argomenti), **portato(opzioni))


@ogni_esercizio
def test_una_risposta_giusta_calcolata_li_e_giusta(nome):
    esito = controlla(nome, sull_acceleratore(trova(nome).giusta))
    assert esito.stato == "corretto", esito.messaggio
