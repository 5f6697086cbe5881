"""Keras visto da fuori, senza Keras: chi chiama chi, e le operazioni di un passo."""

import torch

from corso_pytorch.lezioni.l13_keras.motore import catena, operazioni


def test_la_catena_va_dalla_cella_al_nostro_codice_e_dice_di_chi_e_ogni_funzione():
    class Spia(torch.nn.Module):
        def forward(self, x):
            self.chi = catena()
            return x

    spazio = {"__name__": "__main__", "spia": Spia()}
    exec(compile("def ciclo():\n    return spia(1)\nciclo()", "<cella>", "exec"), spazio)
    attesa = [("ciclo", "tu"), ("Module._wrapped_call_impl", "PyTorch"), ("Module._call_impl", "PyTorch")]
    assert spazio["spia"].chi == [*attesa, ("Spia.forward", "tu")]


def test_le_operazioni_si_contano_dalla_seconda_chiamata():
    chiamate = []
    conti = operazioni(lambda: chiamate.append(torch.ones(2) + torch.ones(2)))
    assert len(chiamate) == 2
    assert conti == {"ones": 2, "add": 1}
