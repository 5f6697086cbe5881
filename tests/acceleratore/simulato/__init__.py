"""Un acceleratore simulato: per torch è un secondo dispositivo, la memoria e i kernel sono quelli della CPU.

Basta che questa cartella sia sul percorso di Python: ``import torch`` lo trova fra i suoi ``torch.backends`` e chiama
`registra`. Rifiuta ciò che una GPU rifiuta, e ha un'altra aritmetica: non ha stream, memoria che finisce, nccl né
Triton, e quindi non sostituisce una prova su una GPU vera.
"""


def registra() -> None:
    """Aggiunge il dispositivo ``simulato`` a torch. La chiama torch stesso, mentre si importa."""
    from simulato import registro

    registro.registra()
