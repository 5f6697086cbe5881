"""La rete che legge le cifre nella pagina del sito: la addestra, la esporta in ONNX, le mette accanto chi la esegue."""

import json
from pathlib import Path

import da_npm
import torch
from torch import nn

from corso_pytorch import imposta_seme
from corso_pytorch.addestramento import accuratezza, valuta
from corso_pytorch.dati import carica_in_memoria, prepara_mnist, quali_dati
from corso_pytorch.modelli import CNN
from corso_pytorch.ricetta import BatchInMemoria, ricetta

MEDIA, DEVIAZIONE = 0.1307, 0.3081
MOTORE, VERSIONE = "onnxruntime-web", "1.30.0"
FILE_DEL_MOTORE = [f"dist/ort{n}" for n in (".wasm.min.mjs", "-wasm-simd-threaded.mjs", "-wasm-simd-threaded.wasm")]


class NellaPagina(nn.Module):
    """Da pixel fra 0 e 1 (1×1×28×28) alle dieci probabilità e alle 16 mappe 12×12 del primo strato."""

    def __init__(self, cnn: CNN):
        super().__init__()
        self.cnn = cnn

    def forward(self, pixel):
        mappe = self.cnn.blocco1((pixel - MEDIA) / DEVIAZIONE)
        logit = self.cnn.uscita(self.cnn.blocco3(self.cnn.blocco2(mappe)))
        return logit.softmax(dim=1), mappe


def prepara(statici: Path) -> None:
    """Scrive in ``statici`` ``rete.onnx``, ``rete.pt``, la scheda ``rete.json`` e, se npm risponde, il motore."""
    radice = prepara_mnist()
    (x, y), (x_test, y_test) = (carica_in_memoria(radice, addestramento) for addestramento in (True, False))
    imposta_seme(0)
    cnn = CNN()
    dati = BatchInMemoria(_normalizzate(x), y)
    for _ in range(2):
        ricetta(cnn, dati)
    quante = valuta(cnn, BatchInMemoria(_normalizzate(x_test), y_test), accuratezza)
    opzioni = {"input_names": ["pixel"], "output_names": ["probabilita", "mappe"], "external_data": False}
    esempio = torch.zeros(1, 1, 28, 28)
    torch.onnx.export(NellaPagina(cnn).eval(), (esempio,), statici / "rete.onnx", dynamo=True, verbose=False, **opzioni)
    torch.save(cnn.state_dict(), statici / "rete.pt")
    scheda = {"accuratezza": quante, "dati": quali_dati(radice), "esempi": x_test[:20].flatten(1).tolist()}
    (statici / "rete.json").write_text(json.dumps(scheda), encoding="utf-8")
    if not da_npm.copia(MOTORE, VERSIONE, FILE_DEL_MOTORE, statici / MOTORE):
        print("Senza npm o senza rete: la pagina «Disegna una cifra» non potrà leggere.")


def _normalizzate(x: torch.Tensor) -> torch.Tensor:
    return (x.view(-1, 1, 28, 28) / 255 - MEDIA) / DEVIAZIONE
