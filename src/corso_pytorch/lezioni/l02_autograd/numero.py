"""L'autograd che si scrive nella lezione 02: lo stesso codice delle sue celle, per le soluzioni e per i controlli."""


class Nodo:
    """Un numero che sa da chi nasce, e che riceverà un gradiente."""

    def __init__(self, valore, legami=()):
        self.valore = valore
        self.legami = legami  # coppie: (il nodo da cui nasce, la derivata)
        self.grad = 0.0


def conta_frecce(risultato):
    """Quante frecce entrano, al ritorno, in ogni nodo da cui ``risultato`` nasce."""
    frecce, da_vedere = {risultato: 0}, [risultato]
    while da_vedere:
        for precedente, _ in da_vedere.pop().legami:
            if precedente not in frecce:
                frecce[precedente] = 0
                da_vedere.append(precedente)
            frecce[precedente] += 1
    return frecce


def retropropaga(risultato):
    """Somma nel ``grad`` di ogni foglia la derivata di ``risultato``; quello dei nodi di mezzo riparte da zero."""
    frecce = conta_frecce(risultato)
    for nodo in frecce:
        if nodo.legami:
            nodo.grad = 0.0
    risultato.grad += 1.0
    pronti = [risultato]
    while pronti:
        nodo = pronti.pop()
        for precedente, derivata in nodo.legami:
            precedente.grad += nodo.grad * derivata
            frecce[precedente] -= 1
            if frecce[precedente] == 0:
                pronti.append(precedente)


class Numero(Nodo):
    """Un `Nodo` che si usa come un numero di Python."""

    def __add__(self, altro):
        altro = numero(altro)
        return Numero(self.valore + altro.valore, ((self, 1.0), (altro, 1.0)))

    def __mul__(self, altro):
        altro = numero(altro)
        return Numero(self.valore * altro.valore, ((self, altro.valore), (altro, self.valore)))

    def __pow__(self, n):
        return Numero(self.valore**n, ((self, n * self.valore ** (n - 1)),))

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        retropropaga(self)


def numero(valore):
    """Il `Numero` com'è; una costante diventa un `Numero` senza legami."""
    return valore if isinstance(valore, Numero) else Numero(valore)


Numero.__neg__ = lambda a: a * -1
Numero.__sub__ = lambda a, b: a + -numero(b)
Numero.__rsub__ = lambda a, b: numero(b) - a
Numero.__truediv__ = lambda a, b: a * numero(b) ** -1
Numero.__rtruediv__ = lambda a, b: numero(b) / a
