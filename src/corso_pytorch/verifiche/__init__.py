"""Il controllo degli esercizi, senza rete e senza svelare la soluzione.

``verifica("1.3", risposta)`` stampa l'esito; ``controlla("1.3", risposta)`` lo restituisce.
I controlli di una lezione stanno nel modulo ``lezioneNN``; l'impianto comune è diviso così:
``registro`` (chi controlla che cosa), ``esecuzione`` (provare una risposta senza farsi male),
``confronti`` (dire che cosa non torna), ``segnaposto`` (riconoscere ciò che è ancora da scrivere).
"""

from corso_pytorch.verifiche.registro import Esito, controlla, verifica

__all__ = ["Esito", "controlla", "verifica"]
