"""Il pacchetto di aiuto di Corso PyTorch: ciò che una lezione costruisce e le altre riusano.

Ogni modulo ha un solo compito e si legge in pochi minuti:

- ``ambiente``: su quale dispositivo si calcola, il seme dei numeri casuali;
- ``dati``: MNIST, o le cifre di riserva quando manca la rete;
- ``modelli``, ``addestramento``, ``ricetta``: le reti, il ciclo e la ricetta che le lezioni 03, 04 e 05 costruiscono;
- ``ecosistema``: le librerie che le lezioni dalla 06 chiedono;
- ``grafici``: le figure, tutte nello stesso stile;
- ``misure``, ``avanzamento``: i tempi misurati con onestà, le barre che avanzano;
- ``verifiche``: il controllo degli esercizi;
- ``interni``: i nomi privati di torch, in un posto solo;
- ``comandi``: il comando ``corso``;
- ``lezioni``: una stanza per lezione, con ciò che usa soltanto lei.
"""

from corso_pytorch.ambiente import imposta_seme, scegli_dispositivo
from corso_pytorch.verifiche import controlla, verifica

__all__ = ["controlla", "imposta_seme", "scegli_dispositivo", "verifica"]
