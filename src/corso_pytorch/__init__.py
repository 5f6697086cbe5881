"""Il pacchetto di aiuto di Corso PyTorch: ciò che una lezione costruisce e le altre riusano.

Ogni modulo ha un solo compito e si legge in pochi minuti:

- ``ambiente``: su quale dispositivo si calcola, il seme dei numeri casuali;
- ``dati``: MNIST, o le cifre di riserva quando manca la rete;
- ``modelli``, ``addestramento``, ``ricetta``: le reti, il ciclo e la ricetta che le lezioni 03, 04 e 05 costruiscono;
- ``compilazione``: torch.compile, anche dove un compilatore non c'è;
- ``ecosistema``, ``librerie``: ciò che le lezioni dalla 06 chiedono, e la tabella da cui nasce la loro mappa;
- ``processi``: i programmi che la lezione 11 avvia in più processi, e chi li avvia;
- ``servizio``: un servizio HTTP acceso solo finché serve, per la lezione 12;
- ``visita``, ``esami``: la visita medica di un modello, che la lezione 14 costruisce;
- ``suoni``: un suono nel notebook, con il suo testo;
- ``grafici``: le figure, tutte nello stesso stile;
- ``misure``: i tempi misurati con onestà;
- ``verifiche``: il controllo degli esercizi.
"""

from corso_pytorch.ambiente import imposta_seme, scegli_dispositivo
from corso_pytorch.verifiche import controlla, verifica

__all__ = ["controlla", "imposta_seme", "scegli_dispositivo", "verifica"]
