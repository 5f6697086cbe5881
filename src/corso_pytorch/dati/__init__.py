"""I dati delle lezioni: MNIST, o le cifre di riserva dove MNIST non si può avere. Si comincia da `prepara_mnist`."""

from corso_pytorch.dati.cartelle import DatiNonDisponibili, cartella_dati, cartella_lavoro
from corso_pytorch.dati.mnist import carica_in_memoria, prepara_mnist, quali_dati

__all__ = ["DatiNonDisponibili", "carica_in_memoria", "cartella_dati", "cartella_lavoro", "prepara_mnist", "quali_dati"]
