"""Il controllo degli esercizi, senza rete e senza svelare la soluzione.

``verifica("1.3", risposta)`` stampa l'esito; ``controlla("1.3", risposta)`` lo restituisce. Gli esercizi di una lezione
sono dichiarati in ``lezioni/lNN_nome/esercizi.py``; la macchina che li prova è qui, un compito per modulo:
``dichiarazione`` (che cos'è un esercizio, quale svista spiega una risposta), ``osservazioni`` (aiuti per dichiararlo),
``confronti`` e ``identita`` (due valori tornano? sono identici?), ``codice`` (cicli e funzioni vietate), ``esecuzione``
e ``orologio`` (provare una risposta senza farsi male), ``segnaposto``, ``messaggi``, ``registro``.
"""

from corso_pytorch.verifiche.registro import Esito, controlla, verifica

__all__ = ["Esito", "controlla", "verifica"]
