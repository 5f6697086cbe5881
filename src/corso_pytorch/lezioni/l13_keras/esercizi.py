"""Gli esercizi della lezione 13: una rete e un train_step in Keras, pesi da e per Keras, un lettore da consegnare."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import torch
from torch import nn

from corso_pytorch.lezioni.l13_keras.motore import keras_con_canali_davanti
from corso_pytorch.verifiche.confronti import Assente, simili
from corso_pytorch.verifiche.esecuzione import CAMBIA, chiama
from corso_pytorch.verifiche.identita import identici
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import generatore, muta
from corso_pytorch.verifiche.registro import esercizio


def _numerato(*forma: int) -> torch.Tensor:
    """Numeri tutti diversi: se uno è fuori posto, si vede."""
    return torch.arange(float(torch.Size(forma).numel())).reshape(forma) / 10 - 1


def tradotta():
    import keras
    from keras import layers

    strati = [
        keras.Input((3, 16, 14)),
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(12, 3, strides=2, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(5),
    ]
    return keras.Sequential(strati)


def _da_tradurre() -> nn.Sequential:
    """La rete dell'enunciato, con pesi sempre uguali."""
    rete = nn.Sequential(
        *(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 12, 3, stride=2), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5)),
    )
    caso = generatore(131)
    with torch.no_grad():
        for parametro in rete.parameters():
            parametro.copy_(torch.randn(parametro.shape, generator=caso) / max(parametro[0].numel(), 4) ** 0.5)
    return rete


def _stesse_uscite(risposta: object, quante: int) -> dict[str, object]:
    """La rete tradotta, con i pesi dell'originale, sulle stesse immagini."""
    with keras_con_canali_davanti() as keras, torch.no_grad():
        rete = chiama(risposta)
        if isinstance(rete, type):
            raise Sbagliato("Hai restituito una classe: serve il modello, cioè un suo oggetto.")
        if not isinstance(rete, keras.Model):
            raise Sbagliato(f"Serve un modello di Keras, e invece è {tipo_di(rete)}.")
        if getattr(rete, "input_shape", ())[1:] == (3, 14, 16):  # senza keras.Input la forma non c'è ancora
            raise Sbagliato("L'immagine è (3, 16, 14): altezza 16, larghezza 14.")
        x = torch.randn(quante, 3, 16, 14, generator=generatore(quante))
        x = x.to(next(iter(rete.parameters()), x).device)
        uscita = rete(x)  # un modello senza keras.Input nasce alla prima chiamata
        if any(type(strato).__name__ == "TorchModuleWrapper" for strato in getattr(rete, "layers", [])):
            raise Sbagliato("Un involucro non è una traduzione: scrivi gli strati di Keras.")
        if tuple(uscita.shape) != (quante, 5):
            forma = tuple(uscita.shape)
            raise Sbagliato(f"Con {quante} immagini esce la forma {forma}, e serve ({quante}, 5).")
        pesi = [p.detach() for p in _da_tradurre().parameters()]
        pesi = [p.permute(2, 3, 1, 0) if p.ndim == 4 else p.t() for p in pesi]
        forme, attese = [tuple(p.shape) for p in rete.weights], [tuple(p.shape) for p in pesi]
        if forme != attese:
            if sorted(forme) == sorted(attese):
                raise Sbagliato("I pesi sono quelli, in un altro ordine: assegna gli strati nell'ordine in cui li usi.")
            if forme[:4] == attese[:4] and len(forme) == 6 and forme[4][0] > 12:
                raise Sbagliato("Prima del Dense serve la media di ogni canale.")
            scritte = ", ".join(map(str, forme)) or "nessuno"
            raise Sbagliato(
                f"I pesi non sono quelli: i tuoi hanno forma {scritte}; servono {', '.join(map(str, attese))}."
            )
        vecchi = rete.get_weights()
        rete.set_weights([p.numpy() for p in pesi])
        uscita, addestrando = rete(x).cpu(), rete(x, training=True).cpu()
        rete.set_weights(vecchi)
        if not simili(addestrando, uscita, 1e-4):
            raise Sbagliato("Con training=True escono altri numeri: nell'originale non c'è nessun Dropout.")
        return {"l'uscita della rete": uscita}


def _rete(*cambi: tuple[str, str]) -> Callable:
    return muta(tradotta, *cambi)


_DI_KERAS = "Gli strati vengono da keras.layers."
_PRIMA, _SECONDA = 'Conv2D(8, 3, padding="same", activation="relu")', 'Conv2D(12, 3, strides=2, activation="relu")'

esercizio(
    "13.1",
    giusta=tradotta,
    osserva=_stesse_uscite,
    prove=[(3,), (1,)],
    detta="con {0} immagini",
    tolleranza=1e-4,
    consigli={
        "output size would be zero or negative": "I canali vanno davanti: keras.Input((3, 16, 14)).",
        "has no attribute 'lower'": 'In Keras padding è una parola: "valid" o "same".',
        "multiple values for argument": "In Keras si dichiara soltanto l'uscita: i canali in entrata non si scrivono.",
        "Only instances of `keras.Layer`": _DI_KERAS,
        "KerasTensor": _DI_KERAS,
        "missing a required argument: 'inputs'": "Passa la funzione, senza parentesi: tradotta.",
    },
    sviste={
        "In fondo c'è una softmax: l'originale dà logit.": _rete(("Dense(5)", 'Dense(5, activation="softmax")')),
        "Dopo l'ultimo strato c'è una ReLU: l'originale dà logit.": _rete(("Dense(5)", 'Dense(5, activation="relu")')),
        "Dopo la prima convoluzione manca la ReLU.": _rete((_PRIMA, 'Conv2D(8, 3, padding="same")')),
        "Dopo la seconda convoluzione manca la ReLU.": _rete((_SECONDA, "Conv2D(12, 3, strides=2)")),
        "Mancano le due ReLU.": _rete((_PRIMA, 'Conv2D(8, 3, padding="same")'), (_SECONDA, "Conv2D(12, 3, strides=2)")),
        "Il padding della prima convoluzione manca: i bordi contano, anche se le forme dei pesi tornano.": _rete(
            ('padding="same", ', "")
        ),
        "La seconda convoluzione ha stride 2: in Keras si chiama strides.": _rete(("strides=2, ", "")),
        "La seconda convoluzione non ha padding.": _rete(("strides=2, ", 'strides=2, padding="same", ')),
        "Manca il pooling fra le due convoluzioni.": _rete(("        layers.MaxPooling2D(2),\n", "")),
        "Il pooling fra le due convoluzioni tiene il massimo, non la media.": _rete(
            ("layers.MaxPooling2D", "layers.AveragePooling2D")
        ),
        "Il pooling è 2×2, con passo 2.": [
            _rete(("MaxPooling2D(2)", "MaxPooling2D(3)")),
            _rete(("MaxPooling2D(2)", "MaxPooling2D(2, strides=1)")),
        ],
        "La media è su 2×2: serve quella di tutto il canale.": _rete(
            ("layers.GlobalAveragePooling2D()", "layers.AveragePooling2D(2), layers.Flatten()")
        ),
        "AdaptiveAvgPool2d(1) fa la media di ogni canale, non il massimo.": _rete(("GlobalAverage", "GlobalMax")),
    },
)


def kernel_per_keras(peso: torch.Tensor) -> torch.Tensor:
    return peso.permute(2, 3, 1, 0)


def _assi(*ordine: int) -> Callable:
    return lambda peso: peso.permute(*ordine)


esercizio(
    "13.2",
    giusta=kernel_per_keras,
    nome="Il kernel",
    prove=[
        (nn.Parameter(_numerato(6, 3, 2, 5)),),
        (_numerato(2, 5, 4, 3),),
        (_numerato(4, 2, 3, 3),),
        (_numerato(3, 3, 3, 3).double(),),
        (_numerato(1, 4, 7, 1),),
        (_numerato(5, 1, 1, 1),),
        (nn.Parameter(_numerato(3, 2, 4, 2).to(memory_format=torch.channels_last)),),
    ],
    detta=lambda peso: f"con un peso di forma {tuple(peso.shape)}",
    consigli={"Can't call numpy()": "Restituisci un tensore, non un array."},
    sviste={
        "La forma è giusta, ma reshape lascia i numeri in fila com'erano: gli assi vanno spostati.": (
            lambda peso: peso.reshape(kernel_per_keras(peso).shape)
        ),
        "Questo è il viaggio di andata, da Keras a PyTorch; qui serve il ritorno.": _assi(3, 2, 0, 1),
        "Gli assi sono rovesciati tutti: altezza e larghezza si sono scambiate.": _assi(3, 2, 1, 0),
        "Entrata e filtri sono scambiati: i filtri vanno per ultimi.": _assi(2, 3, 0, 1),
        "Così si portano i canali di un'immagine in fondo; in un kernel, in fondo vanno i filtri.": _assi(0, 2, 3, 1),
        "I filtri sono in fondo, ma davanti a tutti vanno altezza e larghezza.": _assi(1, 2, 3, 0),
        "Gli assi sono giusti, ma il kernel è capovolto: anche Keras lo applica così com'è.": (
            lambda peso: kernel_per_keras(peso).flip(0, 1)
        ),
        "Il peso è rimasto com'era.": _assi(0, 1, 2, 3),
    },
)


def dense_da_keras(kernel: torch.Tensor, canali: int, alto: int, largo: int) -> torch.Tensor:
    return kernel.reshape(alto, largo, canali, -1).permute(3, 2, 0, 1).flatten(1)


_USCITE = "Le uscite sono kernel.shape[1]."

esercizio(
    "13.3",
    giusta=dense_da_keras,
    nome="Il peso",
    prove=[
        (_numerato(c * h * w, uscite), c, h, w)
        for c, h, w, uscite in (
            *((3, 2, 4, 5), (2, 5, 3, 4), (5, 3, 2, 3), (2, 2, 2, 8), (3, 3, 3, 3)),
            *((1, 2, 3, 4), (4, 1, 1, 2), (2, 1, 4, 3), (3, 4, 1, 1), (1, 1, 1, 1)),
        )
    ],
    detta="con {1} canali, {2}×{3} e {0.shape[1]} uscite",
    consigli={
        "view size is not compatible": "Dopo permute i numeri non sono più in fila: usa reshape.",
        ", 10]' is invalid": _USCITE,
        "'[10, -1]' is invalid": _USCITE,
    },
    sviste={
        "Le colonne sono ancora nell'ordine (H, W, C): trasposte e basta, o lette (C, H, W).": lambda k, *misure: k.T,
        "Il reshape non traspone: mescola righe e uscite.": lambda k, *misure: k.reshape(k.shape[1], -1),
        "Hai fatto il viaggio opposto: le righe di Keras sono (H, W, C), e tu le hai lette (C, H, W).": (
            lambda k, c, h, w: k.reshape(c, h, w, -1).permute(3, 1, 2, 0).flatten(1)
        ),
        "Le colonne sono nell'ordine (C, W, H): altezza e larghezza sono scambiate.": (
            lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 1, 0).flatten(1)
        ),
        "Hai scambiato altezza e larghezza: Keras mette prima l'altezza.": (
            lambda k, c, h, w: k.reshape(w, h, c, -1).permute(3, 2, 1, 0).flatten(1)
        ),
        _USCITE: lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 0, 1).reshape(10, -1),
        "L'ordine delle colonne è giusto, ma le uscite vanno sulle righe: manca la trasposizione.": (
            lambda *argomenti: dense_da_keras(*argomenti).T
        ),
        "Manca l'ultimo passo, fondere di nuovo i tre assi in uno.": (
            lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 0, 1)
        ),
        "Dopo il permute c'è un reshape che mette le uscite al posto sbagliato.": (
            lambda k, c, h, w: k.reshape(h, w, c, -1).permute(2, 0, 1, 3).reshape(k.shape[1], -1)
        ),
        "Il kernel è rimasto com'era.": lambda k, *misure: k,
    },
)


def _guarita():
    class Guarita:
        def train_step(self, dati):
            x, y = dati
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
            self.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.parameters(), max_norm=0.2)
            gradienti = [peso.value.grad for peso in self.trainable_weights]
            with torch.no_grad():
                self.optimizer.apply(gradienti, self.trainable_weights)
            for metrica in self.metrics:
                if metrica.name == "loss":
                    metrica.update_state(loss, sample_weight=len(y))
                else:
                    metrica.update_state(y, y_pred)
            return {metrica.name: metrica.result() for metrica in self.metrics}

    return Guarita


def _raddoppia(keras: object) -> object:
    """Uno strato che addestrando raddoppia, e prevedendo no: così si vede se training è arrivato."""

    class Raddoppia(keras.layers.Layer):
        def call(self, x, training=False):
            return 2 * x if training else x

    return Raddoppia()


def _numeri(storia: object) -> dict[str, object]:
    """La storia di fit, con un tensore per voce; le metriche di Keras si chiamano con il loro nome."""
    return {nome: torch.tensor([float(n) for n in valori]) for nome, valori in storia.history.items()}


@dataclass(frozen=True)
class Corsa:
    """Un addestramento di prova: quanti dati, per quanto, con quali metriche e su quale rete.

    Attributes:
        fermo: il primo strato è congelato.
        numeri: si prevedono numeri (loss «mse», SGD con il momento) invece di classi.
        scala: moltiplica pesi e numeri da prevedere; se è piccola, i gradienti sono più corti di 0,2.
    """

    esempi: int
    batch: int
    epoche: int
    metriche: tuple[str, ...] = ()
    fermo: bool = False
    numeri: bool = False
    scala: float = 1.0

    def __str__(self) -> str:
        quante = f"{self.epoche} {'epoca' if self.epoche == 1 else 'epoche'}"
        loss = ", con loss «mse» e SGD con il momento" if self.numeri else ""
        piccoli = ", e gradienti piccoli" if self.scala < 1 else ""
        return f"{self.esempi} esempi in batch da {self.batch}, per {quante}{loss}{piccoli}"


def _classe_da_provare(risposta: object, keras: ModuleType) -> type:
    if isinstance(risposta, type) and risposta.__module__ == __name__:  # alle nostre manca la base
        risposta = type("Guarita", (risposta, keras.Sequential), {})
    if not isinstance(risposta, type):
        raise Sbagliato(f"Qui serve una classe, e la risposta è {tipo_di(risposta)}.")
    if not issubclass(risposta, keras.Sequential):
        raise Sbagliato("La classe deve ereditare da keras.Sequential.")
    return risposta


def _dopo_fit(risposta: object, corsa: Corsa) -> dict[str, object]:
    """I pesi e la storia che la classe lascia dopo ``fit``, su una rete piccola e dati sempre uguali."""
    with keras_con_canali_davanti() as keras:
        classe = _classe_da_provare(risposta, keras)
        caso = generatore(corsa.esempi)
        x, y = torch.randn(corsa.esempi, 4, generator=caso), torch.randint(0, 3, (corsa.esempi,), generator=caso)
        strati = [keras.Input((4,)), keras.layers.Dense(6, activation="tanh"), _raddoppia(keras), keras.layers.Dense(3)]
        strati[1].trainable = not corsa.fermo
        modello = chiama(lambda: classe(strati))
        pesi = [corsa.scala * torch.randn(w.shape, generator=caso).numpy() for w in modello.get_weights()]
        with torch.no_grad():
            modello.set_weights(pesi)
        loss, ottimizzatore = keras.losses.SparseCategoricalCrossentropy(from_logits=True), keras.optimizers.SGD(0.5)
        if corsa.numeri:
            loss, ottimizzatore = "mse", keras.optimizers.SGD(0.5, momentum=0.5)
            y = corsa.scala * torch.randn(corsa.esempi, 3, generator=caso)
        modello.compile(ottimizzatore, loss=loss, metrics=list(corsa.metriche) or None)
        opzioni = {"batch_size": corsa.batch, "epochs": corsa.epoche, "shuffle": False, "verbose": 0}
        voci = _numeri(chiama(lambda: modello.fit(x, y, **opzioni)))
        for nome in ("loss", *corsa.metriche):
            if nome not in voci:
                raise Sbagliato(
                    f"Nella storia manca «{nome}»: restituisci il risultato di ogni metrica di self.metrics."
                )
        esito = {"la lista dei pesi": [torch.tensor(w) for w in modello.get_weights()]}
        return esito | {f"la voce «{nome}» della storia": voci[nome] for nome in (*corsa.metriche, "loss")}


def _sempre(rete: object, loss: torch.Tensor, quanti: int) -> None:
    """La media di tutte le loss dalla nascita della rete, che nessuno azzera."""
    somma, esempi = getattr(rete, "_di_sempre", (0.0, 0))
    rete._di_sempre = (somma + float(loss) * quanti, esempi + quanti)
    rete.fin_qui = rete._di_sempre[0] / rete._di_sempre[1]


def _passo(*cambi: tuple[str, str]) -> type:
    return muta(_guarita, *cambi)()


_TAGLIO = "nn.utils.clip_grad_norm_(self.parameters(), max_norm=0.2)"
_AGGIORNA = "metrica.update_state(loss, sample_weight=len(y))"
_LOSS_DI_COMPILE = "La loss la sceglie chi chiama compile: usa self.compute_loss."
_METRICHE = "metrica.update_state(y, y_pred)"
_A_MANO = '"accuracy": (y_pred.argmax(1) == y).float().mean()'
_RESTITUISCE = "{metrica.name: metrica.result() for metrica in self.metrics}"

esercizio(
    "13.4",
    giusta=_guarita(),
    osserva=_dopo_fit,
    prove=[
        (Corsa(20, 8, 2, ("accuracy",)),),
        (Corsa(9, 4, 1, ("accuracy", "sparse_categorical_crossentropy")),),
        (Corsa(6, 6, 3),),
        (Corsa(10, 3, 2, ("accuracy",), fermo=True),),
        (Corsa(8, 4, 2, numeri=True),),
        (Corsa(8, 4, 2, numeri=True, scala=0.1),),  # gradienti più corti di 0,2: non si tagliano
    ],
    detta=str,
    tolleranza=1e-4,
    consigli={
        "backward through the graph a second time": "La loss di un batch si usa una volta: c'è un backward di troppo?",
        "'NoneType' object has no attribute": "Un peso non ha gradiente: apply vuole quelli di self.trainable_weights.",
        "Unknown variable": "Uno dei pesi è congelato: l'ottimizzatore conosce solo self.trainable_weights.",
        "No gradients provided": "I gradienti sono stati azzerati prima di apply: zero_grad va prima di backward.",
        "expand(torch": "update_state(y, y_pred) è per compile_metrics; la metrica «loss» vuole la loss del batch.",
        "doesn't match the broadcast shape": "I gradienti non sono nell'ordine dei pesi: prendili da "
        "self.trainable_weights.",
        "list index out of range": "Senza metriche chieste a compile, self.metrics contiene soltanto «loss».",
        "'NoneType' object is not iterable": "train_step restituisce None: manca il return del dizionario?",
        "has no attribute 'step'": "In Keras il passo è optimizer.apply(gradienti, pesi).",
        "has no attribute 'zero_grad'": "I gradienti stanno nella rete, e li azzera self.zero_grad().",
        "for target with class probabilities": _LOSS_DI_COMPILE,
    },
    sviste={
        "La loss della storia è quella dell'ultimo batch: la media dell'epoca la fa la metrica che si chiama «loss».": (
            _passo((_AGGIORNA, "pass"), (_RESTITUISCE, _RESTITUISCE + ' | {"loss": loss.detach()}'))
        ),
        "La loss è la media dei batch: uno corto pesa quanto gli altri. Serve sample_weight=len(y).": _passo(
            (", sample_weight=len(y)", "")
        ),
        "Azzeri le metriche a ogni batch: resta solo l'ultimo. Ad azzerarle, a ogni epoca, pensa fit.": _passo(
            ("for metrica in self.metrics:\n", "for metrica in self.metrics:\n                metrica.reset_state()\n")
        ),
        "La metrica «loss» non è mai aggiornata.": _passo((_AGGIORNA, "pass")),
        "Il peso va in sample_weight: così la dividi per il numero di batch.": _passo(
            (_AGGIORNA, "metrica.update_state(loss * len(y))")
        ),
        "Dalla seconda epoca la loss comprende anche quelle di prima: la media riparte a ogni epoca.": _passo(
            (_AGGIORNA, "_sempre(self, loss, len(y))"), (_RESTITUISCE, _RESTITUISCE + ' | {"loss": self.fin_qui}')
        ),
        "Il passo non usa l'ottimizzatore dato a compile: self.optimizer.": _passo(
            (
                "self.optimizer.apply(gradienti, self.trainable_weights)",
                "[p.value.sub_(0.5 * g) for p, g in zip(self.trainable_weights, gradienti, strict=True)]",
            )
        ),
        "Le altre metriche non sono mai aggiornate: update_state(y, y_pred).": _passo((_METRICHE, "pass")),
        "Nessuna metrica è aggiornata: né loss né le altre.": _passo((_METRICHE, "pass"), (_AGGIORNA, "pass")),
        "La metrica vuole i logit, non le classi.": _passo((_METRICHE, "metrica.update_state(y, y_pred.argmax(1))")),
        "L'accuratezza a mano è di un batch solo, e non vale per ogni loss: aggiorna le metriche di self.metrics.": [
            _passo((_METRICHE, "pass"), (_RESTITUISCE, f'{{"loss": self.metrics[0].result(), {_A_MANO}}}')),
            _passo((_RESTITUISCE, f"{_RESTITUISCE} | {{{_A_MANO}}}")),
        ],
        _LOSS_DI_COMPILE: _passo(
            ("self.compute_loss(x=x, y=y, y_pred=y_pred)", "nn.functional.cross_entropy(y_pred, y)")
        ),
        "Prima le etichette, poi le previsioni.": _passo((_METRICHE, "metrica.update_state(y_pred, y)")),
        "Le metriche misurano le previsioni con training=False: bastano quelle che hai già.": _passo(
            (_METRICHE, "metrica.update_state(y, self(x, training=False))")
        ),
        "Il passo usa un gradiente non tagliato: il taglio va dopo backward, e prima di apply.": _passo(
            (_TAGLIO, "pass")
        ),
        "Ogni peso è tagliato per conto suo: la norma è quella di tutti insieme.": _passo(
            (_TAGLIO, "[nn.utils.clip_grad_norm_([p], max_norm=0.2) for p in self.parameters()]")
        ),
        "Sotto 0,2 il gradiente resta com'è: tu lo porti sempre a 0,2.": _passo(
            (_TAGLIO, "norma = nn.utils.clip_grad_norm_(self.parameters(), max_norm=float('inf'))"),
            ("peso.value.grad for peso", "peso.value.grad * 0.2 / norma for peso"),
        ),
        "Hai tagliato i singoli valori: la norma è quella di tutto il gradiente.": _passo(
            (_TAGLIO, "nn.utils.clip_grad_value_(self.parameters(), 0.2)")
        ),
        "La soglia della norma è 0,2.": [
            _passo(("max_norm=0.2", "max_norm=0.5")),
            _passo(("max_norm=0.2", "max_norm=1.0")),
        ],
        "Manca self.zero_grad(): i gradienti si sommano da un batch all'altro.": _passo(("self.zero_grad()", "pass")),
        "Il modello è chiamato senza training=True: dropout e simili restano spenti.": [
            _passo(("self(x, training=True)", "self(x, training=False)"))
        ],
        "La rete non impara: manca optimizer.apply.": _passo(
            ("self.optimizer.apply(gradienti, self.trainable_weights)", "pass")
        ),
    },
)


def da_consegnare(rete: object):
    import keras
    from keras import ops

    x = keras.Input(rete.input_shape[1:])
    lati = [x[:, :, 0], x[:, :, -1], x[:, :, 1:-1, 0], x[:, :, 1:-1, -1]]
    medie = ops.mean(ops.concatenate(lati, axis=2), axis=(1, 2))
    chiara = ops.reshape(medie, (-1, 1, 1, 1)) > 0.5
    return keras.Model(x, rete(ops.where(chiara, 1 - x, x)))


def _con_cornice(
    forma: tuple[int, int, int], righe: float, lati: float, angoli: float, dentro: float = 0.5
) -> torch.Tensor:
    """Un'immagine con quei valori nelle righe in alto e in basso, nei lati, nei quattro angoli, e dentro."""
    immagine = torch.full(forma, dentro)
    immagine[:, [0, -1]] = righe
    immagine[:, 1:-1, [0, -1]] = lati
    immagine[:, 0, [0, -1]] = immagine[:, -1, [0, -1]] = angoli
    return immagine


def _difficili(forma: tuple[int, int, int]) -> torch.Tensor:
    """Le immagini su cui sbaglia una regola vicina a quella giusta."""
    cornice = _con_cornice(forma, 1.0, 1.0, 1.0, 0.0).bool()
    posto = torch.arange(int(cornice.sum()))
    meta, mediana_chiara, mediana_scura, un_canale = (
        _con_cornice(forma, 0.1, 0.1, 0.1, dentro) for dentro in (1.0, 0.2, 0.2, 0.1)
    )
    meta[cornice] = (posto % 2).float()  # media 0,5 esatta, e il confronto è >
    poco_piu_di_meta = posto <= len(posto) // 2
    mediana_chiara[cornice] = torch.where(poco_piu_di_meta, 0.6, 0.0)
    mediana_scura[cornice] = torch.where(poco_piu_di_meta, 0.45, 1.0)
    un_canale[0][cornice[0]] = 0.8 if forma[0] > 1 else 0.2
    return torch.stack(
        [
            *(meta, mediana_chiara, mediana_scura, un_canale),
            _con_cornice(
                forma, *[0.5 + 2**-8] * 3, 0.0
            ),  # la soglia è 0,5, e un tratto grosso scurisce la media di tutto
            _con_cornice(forma, *[0.5 - 2**-8] * 3, 1.0),
            _con_cornice(forma, *[0.001] * 3, 0.9),
            _con_cornice(forma, *[0.99] * 3, 0.1),
            _con_cornice(forma, 0.25, 0.25, 1.0),  # chi conta due volte gli angoli la crede chiara
            _con_cornice(forma, 0.6, 0.6, 0.0),  # e così chi li dimentica
            _con_cornice(forma, 0.6, 0.0, 0.6),  # chi guarda le righe sole
            _con_cornice(forma, 0.2, 1.0, 0.2),  # chi guarda i lati soli, o fa la media delle medie
        ]
    )


def _fotografie(forma: tuple[int, int, int], quante: int) -> torch.Tensor:
    """Immagini chiare e scure, da 0 a 1; se sono più di due, anche quelle difficili."""
    scure = torch.rand(quante, *forma, generator=generatore(quante + sum(forma))) ** 3
    chiare = torch.arange(quante).reshape(-1, 1, 1, 1) % 2 == 0
    immagini = torch.where(chiare, 1 - scure, scure)
    return immagini if quante < 3 else torch.cat([immagini, _difficili(forma)])


def _legge(risposta: object, forma: tuple[int, int, int], *quante: int) -> dict[str, object]:
    """Il lettore, salvato e riletto senza il codice di chi risponde, su batch di misure diverse."""
    with keras_con_canali_davanti() as keras, torch.no_grad():
        if isinstance(risposta, keras.Model):
            raise Sbagliato("Questo è già un modello: serve la funzione che lo crea, perché la rete cambia.")
        rete = keras.Sequential([keras.Input(forma), keras.layers.Flatten(), keras.layers.Dense(4)])
        caso = generatore(135)
        pesi = [torch.randn(w.shape, generator=caso).numpy() for w in rete.get_weights()]
        rete.set_weights(pesi)
        modello = chiama(
            risposta, rete, cambia=(0,)
        )  # chiamata, la rete annota di esserlo stata: ai pesi guardiamo noi
        if not isinstance(modello, keras.Model):
            raise Sbagliato(f"Serve un modello di Keras, e invece è {tipo_di(modello)}.")
        if modello is rete:
            raise Sbagliato("Questa è rete, com'era: serve un modello nuovo, che la contenga.")
        if type(modello) is not type(keras.Model(ingresso := keras.Input((1,)), -ingresso)):
            raise Sbagliato("Serve un modello dell'API funzionale: keras.Input, poi keras.Model(ingresso, uscita).")
        if modello.input_shape[0] is not None:
            raise Sbagliato("Il modello vale per un numero fisso di immagini: usa keras.Input(rete.input_shape[1:]).")
        if any((prima != dopo).any() for prima, dopo in zip(pesi, rete.get_weights(), strict=True)):
            raise Sbagliato("I pesi di rete sono cambiati: chi te l'ha data la vuole com'era.")
        trovati = modello.get_weights()
        if not all(any(p.shape == t.shape and (p == t).all() for t in trovati) for p in pesi):
            raise Sbagliato("Nel modello mancano i pesi di rete: va chiamata, come uno strato, non ricreata.")
        try:
            with warnings.catch_warnings(action="ignore"):  # Keras avvisa di una lambda: lo diciamo noi
                salvato = keras.saving.serialize_keras_object(modello)
            riletto = keras.saving.deserialize_keras_object(salvato)
            riletto.set_weights(trovati)
        except Exception as errore:
            raise Sbagliato(
                "Salvato, il modello non si rilegge: contiene codice tuo (una classe, una funzione, Lambda). "
                "Scegli con keras.ops.where."
            ) from errore
        esito = {}
        for n in quante:
            immagini = _fotografie(forma, n)
            esito[f"la risposta su {len(immagini)} immagini"] = riletto(immagini.to(riletto.weights[0].value.device))
        return esito


def _dentro(x: object) -> float:
    """Quanta parte di un'immagine sta dentro la cornice."""
    _, _, alto, largo = x.shape
    return (alto - 2) * (largo - 2) / (alto * largo)


def _lettore(*cambi: tuple[str, str]) -> Callable:
    return muta(da_consegnare, *cambi)


_AFFIANCARE = "Le medie e le immagini non si affiancano: la forma delle medie è (N, 1, 1, 1)?"
_SEGNAPOSTO = "Un segnaposto non è un tensore di PyTorch: le operazioni sono in keras.ops."
_CORNICE, _SCELTA = "ops.concatenate(lati, axis=2)", "ops.where(chiara, 1 - x, x)"
_MEDIE = f"ops.mean({_CORNICE}, axis=(1, 2))"
_COLONNE = "x[:, :, 1:-1, 0], x[:, :, 1:-1, -1]"
_INTERNO = "x[:, :, 1:-1, 1:-1]"
_ANGOLI = [f"x[:, :, {riga}, {colonna}]" for riga in (0, -1) for colonna in (0, -1)]

esercizio(
    "13.5",
    giusta=da_consegnare,
    osserva=_legge,
    prove=[((1, 4, 6), 6, 1), ((3, 5, 4), 4, 2), ((2, 3, 3), 1, 3)],
    detta=lambda forma, *quante: f"con immagini di forma {forma}",
    tolleranza=1e-4,
    consigli={
        "must match the size": _AFFIANCARE,
        "cannot be used as a boolean": "Un segnaposto non ha un valore da confrontare: scegli con keras.ops.where.",
        "incompatible with the layer": "La forma cambia da una rete all'altra: è rete.input_shape[1:].",
        "cannot be broadcast": _AFFIANCARE,
        "must have the same shape except": "I pezzi della cornice non si uniscono: che forma ha ognuno?",
        "unexpected keyword argument": "Gli argomenti di keras.ops si chiamano axis e keepdims.",
        "'KerasTensor' object has no attribute": _SEGNAPOSTO,
        "KerasTensor": _SEGNAPOSTO,
    },
    sviste={
        "Decide la cornice, non tutta l'immagine: un tratto grosso scurisce la media, e il foglio resta chiaro.": (
            _lettore((_MEDIE, "ops.mean(x, axis=(1, 2, 3))"))
        ),
        "La scelta si fa immagine per immagine: la tua media prende tutto il batch.": [
            _lettore((", axis=(1, 2))", ")")),
            _lettore((_MEDIE, "ops.mean(x)")),
        ],
        "La media è fra le immagini: serve quella dentro ogni immagine.": _lettore(
            ("ops.reshape(medie, (-1, 1, 1, 1))", "ops.mean(x, axis=0, keepdims=True)")
        ),
        "La media è canale per canale: prendi anche l'asse 1.": _lettore(
            ("axis=(1, 2))", "axis=2)"), ("(-1, 1, 1, 1)", "(-1, x.shape[1], 1, 1)")
        ),
        "Un canale solo non basta: la cornice li prende tutti.": _lettore(
            (_MEDIE, f"ops.mean({_CORNICE}[:, 0], axis=1)")
        ),
        "La media è riga per riga: serve quella di tutta la cornice.": _lettore(
            ("ops.reshape(medie, (-1, 1, 1, 1))", "ops.mean(x, axis=3, keepdims=True)")
        ),
        "Hai scelto pixel per pixel: decide la media della cornice.": _lettore(
            ("ops.reshape(medie, (-1, 1, 1, 1))", "x")
        ),
        "Gli angoli contano due volte: stanno nelle righe e anche nelle colonne.": _lettore(
            (_COLONNE, "x[:, :, :, 0], x[:, :, :, -1]")
        ),
        "Alla cornice mancano i quattro angoli.": _lettore(
            ("x[:, :, 0], x[:, :, -1]", "x[:, :, 0, 1:-1], x[:, :, -1, 1:-1]")
        ),
        "Gli angoli, uno o quattro, non bastano: la cornice è tutto il bordo.": [
            *[_lettore((_MEDIE, f"ops.mean({angolo}, axis=1)")) for angolo in _ANGOLI],
            _lettore((_MEDIE, "x[:, 0, 0, 0]")),
            _lettore((_MEDIE, f"ops.mean(ops.stack([{', '.join(_ANGOLI)}]), axis=(0, 2))")),
        ],
        "Alla cornice mancano le due colonne ai lati.": _lettore((f", {_COLONNE}", "")),
        "Alla cornice mancano la riga in alto e quella in basso.": [
            _lettore(("x[:, :, 0], x[:, :, -1], ", "")),
            _lettore(("x[:, :, 0], x[:, :, -1], ", ""), (_COLONNE, "x[:, :, :, 0], x[:, :, :, -1]")),
        ],
        "Questa è la media delle medie dei quattro lati: un lato corto pesa quanto uno lungo.": _lettore(
            (_MEDIE, "sum(ops.mean(lato, axis=(1, 2)) for lato in lati) / 4")
        ),
        "Hai tenuto l'interno: decide la cornice, che è il resto.": _lettore(
            (_MEDIE, f"ops.mean({_INTERNO}, axis=(1, 2, 3))")
        ),
        "La somma della cornice va divisa per quanti pixel ha la cornice, non tutta l'immagine.": _lettore(
            (_MEDIE, f"ops.mean(x, axis=(1, 2, 3)) - ops.mean({_INTERNO}, axis=(1, 2, 3)) * _dentro(x)")
        ),
        "A media 0,5 l'immagine resta com'è: il confronto è >, non >=.": _lettore((" > 0.5", " >= 0.5")),
        "La soglia della media è 0,5.": [
            *[_lettore((" > 0.5", f" > {soglia}")) for soglia in (0.4, 0.45, 0.51, 0.55, 0.6)],
            _lettore((_MEDIE, f"ops.round({_MEDIE}, 1)")),
        ],
        "Decide la media, non un altro riassunto della cornice.": [
            _lettore(("ops.mean", f"ops.{altro}")) for altro in ("median", "max", "min", "sum")
        ],
        "Il negativo di un'immagine da 0 a 1 è 1 − x, non −x.": _lettore(("1 - x", "-x")),
        "Qui i pixel vanno da 0 a 1: il negativo è 1 − x, non 255 − x.": _lettore(("1 - x", "255 - x")),
        "Le due strade sono scambiate.": _lettore(("1 - x, x", "x, 1 - x")),
        "Nessuna immagine passa al negativo: i pixel vanno da 0 a 1, e la soglia è 0,5.": _lettore((_SCELTA, "x")),
        "Passano al negativo tutte le immagini, anche le scure.": _lettore((_SCELTA, "1 - x")),
        "In fondo c'è una softmax: la rete dà logit, e il lettore anche.": _lettore(
            (f"rete({_SCELTA})", f"ops.softmax(rete({_SCELTA}))")
        ),
    },
)


_POSTI = {"weight": "gamma", "bias": "beta", "running_mean": "media", "running_var": "varianza"}


def _batch_norm(
    momentum: Callable = lambda m: 1 - m, eps: Callable = lambda e: e, posti: dict | None = None, **opzioni
):
    """La traduzione giusta; o una sbagliata: altri numeri, altre opzioni, altri tensori in qualcuno dei posti."""

    def batch_norm_da_keras(gamma, beta, media, varianza, momento, epsilon):
        arrivati = {"gamma": gamma, "beta": beta, "media": media, "varianza": varianza, "radice": varianza.sqrt()}
        strato = nn.BatchNorm2d(len(gamma), eps(epsilon), momentum(momento), **opzioni)
        with torch.no_grad():
            for posto, nome in (_POSTI | (posti or {})).items():
                if nome in arrivati and getattr(strato, posto) is not None:
                    getattr(strato, posto).copy_(arrivati[nome])
        return strato

    return batch_norm_da_keras


def _guarda(risposta: object, *argomenti: object) -> dict[str, object]:
    prima = [argomento.clone() for argomento in argomenti[:4]]
    strato = chiama(risposta, *argomenti, cambia=(0, 1, 2, 3))  # gli originali: si vede se lo strato se li tiene
    if not identici(list(argomenti[:4]), prima):
        raise Sbagliato(CAMBIA)
    if not isinstance(strato, nn.BatchNorm2d):
        raise Sbagliato(f"Serve una nn.BatchNorm2d, e invece è {tipo_di(strato)}.")
    parametri = dict(strato.named_parameters())
    fermi = [nome for nome in ("weight", "bias") if nome in parametri and not parametri[nome].requires_grad]
    medie = [nome for nome in ("running_mean", "running_var") if nome in parametri]
    valori = {f"il tensore {posto}": getattr(strato, posto) for posto in _POSTI}
    ricevuti = {argomento.data_ptr() for argomento in argomenti[:4]}
    if tenuti := [posto for posto in _POSTI if (t := getattr(strato, posto)) is not None and t.data_ptr() in ricevuti]:
        chi = " e ".join(tenuti)
        raise Sbagliato(f"Lo strato si tiene i tensori di chi chiama, e addestrando li cambierebbe: copiali ({chi}).")
    esito = {"il momentum": strato.momentum, "il numero eps": strato.eps} | valori
    esito["il valore di track_running_stats"] = strato.track_running_stats
    esito["l'addestramento"] = "acceso"
    esito["l'elenco dei parametri"] = sorted(parametri)
    esito["l'elenco dei buffer"] = sorted(nome for nome, _ in strato.named_buffers())
    if fermi:
        frase = f"Lo strato va ancora addestrato, e requires_grad è spento: {' e '.join(fermi)}."
        esito["l'addestramento"] = Assente(frase)
    if not strato.training:
        frase = "Lo strato è in eval(): da addestrare, e con le medie che si aggiornano, vuol dire in train()."
        esito["l'addestramento"] = Assente(frase)
    if medie:
        esito["l'elenco dei parametri"] = Assente(f"Le medie mobili sono buffer, non parametri: {' e '.join(medie)}.")
    return esito


def _quattro(canali: int, momentum: float, epsilon: float) -> tuple:
    gamma, beta, media = ((_numerato(canali) + 0.8) * k for k in (2.0, 3.0, 5.0))  # negativi, zero e positivi
    return gamma, beta, media, _numerato(canali).abs() + 0.3, momentum, epsilon


esercizio(
    "13.6",
    giusta=_batch_norm(),
    osserva=_guarda,
    prove=[
        _quattro(3, 0.99, 1e-3),
        _quattro(4, 0.9, 1e-2),
        _quattro(2, 0.75, 1e-4),
        _quattro(5, 0.5, 1e-5),
        _quattro(1, 0.0, 0.1),
        _quattro(3, 1.0, 1e-3),
        _quattro(6, 0.95, 1e-6),
        _quattro(4, 0.999, 1e-3),
    ],
    detta=lambda gamma, b, m, v, momentum, eps: f"con {len(gamma)} canali, momentum {momentum} ed epsilon {eps}",
    tolleranza=1e-7,
    consigli={
        "a leaf Variable that requires grad": "I parametri si scrivono sotto torch.no_grad().",
        "cannot assign": "weight e bias sono nn.Parameter: riempili con copy_, sotto torch.no_grad().",
    },
    sviste={
        "Il momentum è lo stesso numero, ma Keras dice quanto tenere, PyTorch quanto cambiare.": _batch_norm(
            lambda m: m
        ),
        "Il momentum è quello predefinito: va tradotto quello di Keras.": _batch_norm(lambda m: 0.1),
        "Con momentum=None PyTorch fa la media di tutti i batch: serve un numero.": _batch_norm(lambda m: None),
        "Il momentum ha il segno sbagliato: da 1 si toglie quello di Keras.": _batch_norm(lambda m: m - 1),
        "eps è quello predefinito: prendi quello di Keras.": _batch_norm(eps=lambda e: 1e-5),
        "momentum ed eps sono scambiati: nel costruttore eps viene per primo.": lambda g, b, m, v, momento, epsilon: (
            _batch_norm()(g, b, m, v, 1 - epsilon, 1 - momento)
        ),
        **{
            f"In {posto} hai messo {altro}.": _batch_norm(posti={posto: altro})
            for posto, giusto in _POSTI.items()
            for altro in _POSTI.values()
            if altro != giusto
        },
        **{f"{posto} è rimasto quello di partenza.": _batch_norm(posti={posto: None}) for posto in _POSTI},
        "In running_var hai messo la deviazione, cioè la radice: serve la varianza.": _batch_norm(
            posti={"running_var": "radice"}
        ),
        "In running_var c'è anche epsilon: lo somma già lo strato.": lambda g, b, m, v, momento, epsilon: _batch_norm()(
            g, b, m, v + epsilon, momento, epsilon
        ),
        "Senza affine lo strato non ha weight e bias, e gamma e beta si perdono.": _batch_norm(affine=False),
        "Con track_running_stats=False lo strato non aggiorna le medie mobili.": _batch_norm(track_running_stats=False),
    },
)
