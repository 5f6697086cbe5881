"""Ciò che guarda lavorare un Trainer senza disturbarlo: una loss con la memoria, una spia sui metodi, una prova."""

from collections.abc import Callable, Iterable

from torch import Tensor, nn, optim

from corso_pytorch.verifiche.segnaposto import da_completare


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


def al_lavoro(
    classe: type,
    rete: nn.Module,
    loss: ConMemoria,
    ottimizzatore: optim.Optimizer,
    callback: list,
    *,
    dati: Iterable[tuple[Tensor, Tensor]],
    validazione: Iterable[tuple[Tensor, Tensor]],
    scarto: Callable[[list[float]], float],
) -> dict[str, object]:
    """Addestra due epoche con il Trainer dello studente: quante loss ha fatto, e quanto sono lontane dalle nostre.

    I batch arrivano già sul dispositivo della rete. Finché la classe è da completare non parte nulla.

    Args:
        classe: quella dello studente, con ``addestra(dati, epoche, validazione)``.
        scarto: lo scarto più grande fra le loss date e quelle del nostro ciclo.
    """
    if da_completare((classe, getattr(classe, "addestra", None))):
        return {"manca": f"{classe.__name__} è da completare"}
    dove = next(rete.parameters()).device
    batch, batch_val = ([(x.to(dove), y.to(dove)) for x, y in parte] for parte in (dati, validazione))
    classe(rete, loss, ottimizzatore, callback).addestra(batch, 2, batch_val)
    return {"loss": len(loss.passi), "scarto": round(scarto(loss.passi), 7) if loss.passi else None}
