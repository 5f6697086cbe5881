"""Ciò che guarda lavorare un Trainer senza disturbarlo: una loss con la memoria, una spia sui metodi."""

from torch import Tensor, nn


class ConMemoria(nn.CrossEntropyLoss):
    """La cross-entropy che annota in ``passi`` ogni loss di addestramento, come numero di Python.

    L'argomento in più è quello che il Trainer di Hugging Face passa alle sue loss; qui non serve.
    """

    def __init__(self):
        super().__init__()
        self.passi: list[float] = []

    def forward(self, logit: Tensor, y: Tensor, num_items_in_batch: object = None) -> Tensor:
        loss = super().forward(logit, y)
        if loss.requires_grad:  # in validazione non si annota
            self.passi.append(loss.item())
        return loss


def spia(oggetto: object, nome: str, chiamate: list[str]) -> None:
    """Da ora ogni chiamata a ``oggetto.nome`` aggiunge il nome alla lista, e poi fa ciò che faceva prima."""
    originale = getattr(oggetto, nome)

    def con_nota(*argomenti: object, **altri: object) -> object:
        chiamate.append(nome)
        return originale(*argomenti, **altri)

    setattr(oggetto, nome, con_nota)
