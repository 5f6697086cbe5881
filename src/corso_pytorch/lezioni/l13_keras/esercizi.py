"""Gli esercizi della lezione 13: una rete e un train_step in Keras, pesi da e per Keras, una scelta nel grafo."""

import warnings
from collections.abc import Callable, Sequence

import torch
from torch import nn

from corso_pytorch.lezioni.l13_keras.motore import keras_con_canali_davanti
from corso_pytorch.verifiche.confronti import Assente
from corso_pytorch.verifiche.esecuzione import CAMBIA, chiama
from corso_pytorch.verifiche.identita import identici
from corso_pytorch.verifiche.messaggi import Sbagliato, tipo_di
from corso_pytorch.verifiche.osservazioni import con_gradiente, generatore, muta
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
            scritte = ", ".join(map(str, forme)) or "nessuno"
            raise Sbagliato(
                f"I pesi non sono quelli: i tuoi hanno forma {scritte}; servono {', '.join(map(str, attese))}."
            )
        vecchi = rete.get_weights()
        rete.set_weights([p.numpy() for p in pesi])
        uscita = rete(x).cpu()
        rete.set_weights(vecchi)
        return {"l'uscita della rete": uscita}


def _rete(*cambi: tuple[str, str]) -> Callable:
    return muta(tradotta, *cambi)


_PRIMA, _SECONDA = 'Conv2D(8, 3, padding="same", activation="relu")', 'Conv2D(12, 3, strides=2, activation="relu")'

esercizio(
    "13.1",
    giusta=tradotta,
    osserva=_stesse_uscite,
    prove=[(3,), (1,)],
    detta="con {0} immagini",
    tolleranza=1e-4,
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
    consigli={"view size is not compatible": "Dopo permute i numeri non sono più in fila: usa reshape."},
    sviste={
        "Le colonne sono ancora nell'ordine (H, W, C): trasposte e basta, o lette (C, H, W).": lambda k, *misure: k.T,
        "Il reshape non traspone: mescola righe e uscite.": lambda k, *misure: k.reshape(k.shape[1], -1),
        "Hai fatto il viaggio opposto: le righe di Keras sono (H, W, C), e tu le hai lette (C, H, W).": (
            lambda k, c, h, w: k.reshape(c, h, w, -1).permute(3, 1, 2, 0).flatten(1)
        ),
        "Le colonne sono nell'ordine (C, W, H): altezza e larghezza sono scambiate.": (
            lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 1, 0).flatten(1)
        ),
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


def _dopo_fit(
    risposta: object, esempi: int, batch: int, epoche: int, metriche: Sequence[str], fermo: bool, numeri: bool = False
) -> dict:
    with keras_con_canali_davanti() as keras:
        if isinstance(risposta, type) and risposta.__module__ == __name__:  # alle nostre manca la base
            risposta = type("Guarita", (risposta, keras.Sequential), {})
        if not isinstance(risposta, type):
            raise Sbagliato(f"Qui serve una classe, e la risposta è {tipo_di(risposta)}.")
        if not issubclass(risposta, keras.Sequential):
            raise Sbagliato("La classe deve ereditare da keras.Sequential.")
        caso = generatore(esempi)
        x, y = torch.randn(esempi, 4, generator=caso), torch.randint(0, 3, (esempi,), generator=caso)
        strati = [keras.Input((4,)), keras.layers.Dense(6, activation="tanh"), _raddoppia(keras), keras.layers.Dense(3)]
        strati[1].trainable = not fermo
        modello = chiama(lambda: risposta(strati))
        with torch.no_grad():
            modello.set_weights([torch.randn(w.shape, generator=caso).numpy() for w in modello.get_weights()])
        loss = "mse" if numeri else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        ottimizzatore = keras.optimizers.SGD(0.5, momentum=0.5 if numeri else 0.0)
        y = torch.randn(esempi, 3, generator=caso) if numeri else y
        modello.compile(ottimizzatore, loss=loss, metrics=list(metriche) or None)
        opzioni = {"batch_size": batch, "epochs": epoche, "shuffle": False, "verbose": 0}
        voci = _numeri(chiama(lambda: modello.fit(x, y, **opzioni)))
        for nome in ("loss", *metriche):
            if nome not in voci:
                raise Sbagliato(
                    f"Nella storia manca «{nome}»: restituisci il risultato di ogni metrica di self.metrics."
                )
        esito = {"la lista dei pesi": [torch.tensor(w) for w in modello.get_weights()]}
        return esito | {f"la voce «{nome}» della storia": voci[nome] for nome in (*metriche, "loss")}


def _sempre(rete: object, loss: torch.Tensor, quanti: int) -> None:
    """La media di tutte le loss dalla nascita della rete, che nessuno azzera."""
    somma, esempi = getattr(rete, "_di_sempre", (0.0, 0))
    rete._di_sempre = (somma + float(loss) * quanti, esempi + quanti)
    rete.fin_qui = rete._di_sempre[0] / rete._di_sempre[1]


def _passo(*cambi: tuple[str, str]) -> type:
    return muta(_guarita, *cambi)()


_TAGLIO = "nn.utils.clip_grad_norm_(self.parameters(), max_norm=0.2)"
_AGGIORNA = "metrica.update_state(loss, sample_weight=len(y))"
_RESTITUISCE = "{metrica.name: metrica.result() for metrica in self.metrics}"

esercizio(
    "13.4",
    giusta=_guarita(),
    osserva=_dopo_fit,
    prove=[
        (20, 8, 2, ("accuracy",), False),
        (9, 4, 1, ("accuracy", "sparse_categorical_crossentropy"), False),
        (6, 6, 3, (), False),
        (10, 3, 2, ("accuracy",), True),
        (8, 4, 2, (), False, True),
    ],
    detta=lambda esempi, batch, epoche, metriche, fermo, numeri=False: (
        f"{esempi} esempi in batch da {batch}, per {epoche} {'epoca' if epoche == 1 else 'epoche'}"
        + (", con loss «mse» e SGD con il momento" if numeri else "")
    ),
    tolleranza=1e-4,
    consigli={
        "backward through the graph a second time": "La loss di un batch si usa una volta: c'è un backward di troppo?",
        "'NoneType' object has no attribute": "Un peso non ha gradiente: apply vuole quelli di self.trainable_weights.",
        "list index out of range": "Senza metriche chieste a compile, self.metrics contiene soltanto «loss».",
        "'NoneType' object is not iterable": "train_step restituisce None: manca il return del dizionario?",
    },
    sviste={
        "La loss della storia è quella dell'ultimo batch: la media dell'epoca la fa la metrica che si chiama «loss».": (
            _passo((_AGGIORNA, "pass"), (_RESTITUISCE, _RESTITUISCE + ' | {"loss": loss.detach()}'))
        ),
        "La loss è la media dei batch: uno corto pesa quanto gli altri. Serve sample_weight=len(y).": _passo(
            (", sample_weight=len(y)", "")
        ),
        "La metrica «loss» non è mai aggiornata.": _passo((_AGGIORNA, "pass")),
        "Dalla seconda epoca la loss comprende anche quelle di prima: la media riparte a ogni epoca.": _passo(
            (_AGGIORNA, "_sempre(self, loss, len(y))"), (_RESTITUISCE, _RESTITUISCE + ' | {"loss": self.fin_qui}')
        ),
        "Il passo non usa l'ottimizzatore dato a compile: self.optimizer.": _passo(
            (
                "self.optimizer.apply(gradienti, self.trainable_weights)",
                "[p.value.sub_(0.5 * g) for p, g in zip(self.trainable_weights, gradienti, strict=True)]",
            )
        ),
        "Le altre metriche non sono mai aggiornate: update_state(y, y_pred).": _passo(
            ("metrica.update_state(y, y_pred)", "pass")
        ),
        "Le metriche misurano le previsioni con training=False: bastano quelle che hai già.": _passo(
            ("metrica.update_state(y, y_pred)", "metrica.update_state(y, self(x, training=False))")
        ),
        "Il passo usa un gradiente non tagliato: il taglio va dopo backward, e prima di apply.": _passo(
            (_TAGLIO, "pass")
        ),
        "Ogni peso è tagliato per conto suo: la norma è quella di tutti insieme.": _passo(
            (_TAGLIO, "[nn.utils.clip_grad_norm_([p], max_norm=0.2) for p in self.parameters()]")
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


def raddrizza_righe(larghezza: int):
    import keras
    from keras import ops

    x = keras.Input((larghezza,))
    positiva = ops.sum(x, axis=1, keepdims=True) > 0
    return keras.Model(x, ops.where(positiva, ops.relu(x), -x))


def _difficili(larghezza: int) -> torch.Tensor:
    """Righe in cui una regola vicina a «la somma è positiva» sbaglia: somme zero o piccole, numeri grandi."""
    nulle, altre = [(0.0, 0.0), (2.0, -2.0)], [(4.0, 2**-8 - 4), (0.3, 0.1), (-0.3, 0.1), (20.0, -1.0)]
    righe = [[*nulla, *[0.0] * (larghezza - 2)] for nulla in nulle]
    righe += [[*altra, *[-(2**-12)] * (larghezza - 2)] for altra in altre]  # senza zeri: lì il gradiente è a scelta
    return torch.tensor([*righe, [1.0 - 2 * larghezza, *[1.0] * (larghezza - 1)]])  # mediana positiva, somma no


def _grafo(risposta: object, larghezza: int, *righe: int) -> dict[str, object]:
    """Il modello funzionale, salvato e riletto senza il codice di chi risponde, su tabelle di altezze diverse."""
    with keras_con_canali_davanti() as keras:
        if isinstance(risposta, keras.Model):
            raise Sbagliato("Questo è già un modello: serve la funzione che lo crea, perché le colonne cambiano.")
        modello = chiama(risposta, larghezza)
        if not isinstance(modello, keras.Model):
            raise Sbagliato(f"Serve un modello di Keras, e invece è {tipo_di(modello)}.")
        if type(modello) is not type(keras.Model(ingresso := keras.Input((1,)), -ingresso)):
            raise Sbagliato("Serve un modello dell'API funzionale: keras.Input, poi keras.Model(ingresso, uscita).")
        if modello.input_shape[0] is not None:
            raise Sbagliato("Il grafo vale soltanto per un numero fisso di righe: usa keras.Input((larghezza,)).")
        try:
            with warnings.catch_warnings(action="ignore"):  # Keras avvisa di una lambda: lo diciamo noi
                salvato = keras.saving.serialize_keras_object(modello)
            riletto = keras.saving.deserialize_keras_object(salvato)
            riletto.set_weights(modello.get_weights())
        except Exception as errore:
            raise Sbagliato(
                "Salvato, il grafo non si rilegge: contiene codice tuo (una classe, una funzione, Lambda). "
                "Scegli con keras.ops.where."
            ) from errore
        esito = {}
        for quante in righe:
            x = torch.randn(quante, larghezza, generator=generatore(7 + quante + larghezza))
            x = torch.cat([x, _difficili(larghezza)]) if quante > 2 else x
            esito |= {f"{nome} con {len(x)} righe": dato for nome, dato in con_gradiente(0)(riletto, x).items()}
        return esito


def _righe(*cambi: tuple[str, str]) -> Callable:
    return muta(raddrizza_righe, *cambi)


_SEGNAPOSTO = "Un segnaposto non è un tensore di PyTorch: le operazioni sono in keras.ops."

esercizio(
    "13.5",
    giusta=raddrizza_righe,
    osserva=_grafo,
    prove=[(3, 4, 2), (5, 5, 1), (2, 3, 6)],
    detta="con {0} colonne",
    consigli={
        "must match the size": "Per affiancare le somme delle righe a x serve la forma (N, 1): keepdims=True.",
        "cannot be used as a boolean": "Un segnaposto non ha un valore da confrontare: scegli con keras.ops.where.",
        "is incompatible with the layer": "Le colonne cambiano: keras.Input((larghezza,)).",
        "'int' object": "Ricevi un numero, la larghezza: gli ingressi li crea keras.Input.",
        "unexpected keyword argument": "Gli argomenti di keras.ops si chiamano axis e keepdims.",
        "'KerasTensor' object has no attribute": _SEGNAPOSTO,
        "KerasTensor": _SEGNAPOSTO,
    },
    sviste={
        "La scelta si fa riga per riga: la tua somma prende tutta la tabella.": _righe((", axis=1, keepdims=True", "")),
        "Hai sommato le colonne: serve la somma di ogni riga, axis=1.": _righe(("axis=1", "axis=0")),
        "Hai scelto numero per numero: decide la somma della riga.": _righe(
            ("ops.sum(x, axis=1, keepdims=True) > 0", "x > 0")
        ),
        "Senza keepdims=True la scelta di una riga finisce su una colonna.": _righe((", keepdims=True", "")),
        "Con somma zero vale la seconda strada: il confronto è >, non >=.": _righe((" > 0", " >= 0")),
        "Anche una somma piccola è positiva: niente soglie né arrotondamenti.": [
            *[_righe((" > 0", soglia)) for soglia in (" > 0.01", " > 0.1", " > 0.5", " >= 1", " > 1")],
            _righe(("ops.sum(x, axis=1, keepdims=True)", "ops.round(ops.sum(x, axis=1, keepdims=True))")),
            _righe(("ops.sum(x, axis=1, keepdims=True)", 'ops.cast(ops.sum(x, axis=1, keepdims=True), "int32")')),
        ],
        "Decide la somma, non un altro riassunto della riga.": [
            _righe(("ops.sum", f"ops.{altro}")) for altro in ("median", "max", "min", "prod")
        ],
        "La ReLU non ha un tetto, e sotto zero è zero.": [
            _righe(("relu(x)", attivazione)) for attivazione in ("relu6(x)", "leaky_relu(x)", "gelu(x)", "softplus(x)")
        ],
        "Le due strade sono scambiate.": _righe(("ops.relu(x), -x", "-x, ops.relu(x)")),
        "Dove la somma non è positiva serve −x, non x.": _righe((", -x", ", x")),
        "Dove la somma è positiva serve la ReLU.": _righe(("ops.relu(x)", "x")),
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
