"""Le risposte di prova agli esercizi della lezione 13."""

import torch
from torch import nn

from corso_pytorch.lezioni.l13_keras.esercizi import dense_da_keras, kernel_per_keras, tradotta


def _come_sequential(classe):
    """Fa passare una classe di prova per una delle nostre: la base gliela dà il controllo, che importa Keras."""
    classe.__module__ = tradotta.__module__
    return classe


# 13.1
def _tradotta_a_strati():
    import keras
    from keras import layers

    davanti = {"data_format": "channels_first"}
    ingresso = keras.Input((3, 16, 14))
    x = layers.ReLU()(layers.Conv2D(8, (3, 3), padding="same", **davanti)(ingresso))
    x = layers.MaxPool2D((2, 2), **davanti)(x)
    x = layers.Activation("relu")(layers.Conv2D(12, 3, strides=(2, 2), **davanti)(x))
    x = layers.Flatten()(layers.GlobalAveragePooling2D(keepdims=True, **davanti)(x))
    return keras.Model(ingresso, layers.Dense(5)(x))


def _tradotta_senza_ingresso():
    import keras
    from keras import layers

    bordo = layers.ZeroPadding2D(1)
    prima = [bordo, layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D()]
    dopo = [layers.Conv2D(12, 3, strides=2, activation="relu"), layers.GlobalAvgPool2D(), layers.Dense(5)]
    return keras.Sequential(prima + dopo)


def _tradotta_come_classe():
    import keras
    from keras import layers, ops

    class Rete(keras.Model):
        def __init__(self):
            super().__init__()
            self.a, self.b = layers.Conv2D(8, 3, padding="same"), layers.Conv2D(12, 3, strides=2)
            self.pool, self.c = layers.MaxPooling2D(2), layers.Dense(5)

        def call(self, x):
            x = self.pool(ops.relu(self.a(x)))
            return self.c(ops.mean(ops.relu(self.b(x)), axis=(2, 3)))

    return Rete()


def _tradotta_con_flatten():
    import keras
    from keras import layers

    ingresso = keras.Input((3, 16, 14))
    strati = [
        *(layers.Conv2D(8, 3, padding="same", activation="relu"), layers.MaxPooling2D(2)),
        *(layers.Conv2D(12, 3, strides=2, activation="relu"), layers.Flatten(), layers.Dense(5)),
    ]
    return keras.Sequential([ingresso, *strati])


def _tradotta_con_un_bordo_in_numero():
    from keras import layers

    return layers.Conv2D(8, 3, padding=1)


def _tradotta_di(alto, largo, filtri):
    import keras
    from keras import layers

    strati = [
        *(layers.Conv2D(filtri, 3, padding="same", activation="relu"), layers.MaxPooling2D(2)),
        *(layers.Conv2D(12, 3, strides=2, activation="relu"), layers.GlobalAveragePooling2D(), layers.Dense(5)),
    ]
    return keras.Sequential([keras.Input((3, alto, largo)), *strati])


def _tradotta_in_involucro():
    import keras
    from keras import layers

    corpo = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return keras.Sequential([keras.Input((3, 16, 14)), layers.TorchModuleWrapper(corpo), layers.Dense(5)])


def _tradotta_a_meta():
    import keras
    from keras import layers

    return keras.Sequential([keras.Input((3, 16, 14)), layers.Conv2D(8, 3, padding="same")])


def _tradotta_in_fondo():
    import keras
    from keras import layers

    strati = [layers.Conv2D(8, 3, padding="same"), layers.GlobalAveragePooling2D(), layers.Dense(5)]
    return keras.Sequential([keras.Input((16, 14, 3)), *strati])


# 13.2
def _kernel_passi(peso):
    return peso.movedim(1, -1).movedim(0, -1)


def _kernel_numpy(peso):
    return torch.from_numpy(peso.detach().numpy().transpose(2, 3, 1, 0).copy())


# 13.3
def _dense_ciclo(kernel, canali, alto, largo):
    peso = torch.empty(kernel.shape[1], kernel.shape[0])
    for c in range(canali):
        for h in range(alto):
            for w in range(largo):
                peso[:, (c * alto + h) * largo + w] = kernel[(h * largo + w) * canali + c]
    return peso


def _dense_indici(kernel, canali, alto, largo):
    ordine = torch.arange(alto * largo * canali).reshape(alto, largo, canali).permute(2, 0, 1).reshape(-1)
    return kernel[ordine].T


def _dense_due_assi(kernel, canali, alto, largo):
    # Altezza e larghezza restano vicine, nello stesso ordine: si possono tenere fuse.
    return kernel.reshape(alto * largo, canali, -1).permute(2, 1, 0).flatten(1)


# 13.4
@_come_sequential
class _A_mano:
    """Il taglio scritto a mano, le metriche con compute_metrics, la loss con una somma pesata."""

    def train_step(self, dati):
        x, y = dati
        previsti = self(x, training=True)
        loss = self.compute_loss(y=y, y_pred=previsti)
        gradienti = torch.autograd.grad(loss, [peso.value for peso in self.trainable_weights])
        norma = torch.sqrt(sum(g.square().sum() for g in gradienti))
        quanto = torch.clamp(0.2 / (norma + 1e-6), max=1.0)
        with torch.no_grad():
            self.optimizer.apply([g * quanto for g in gradienti], self.trainable_weights)
        next(m for m in self.metrics if m.name == "loss").update_state(loss.detach(), sample_weight=x.shape[0])
        return self.compute_metrics(x, y, previsti)


@_come_sequential
class _PerPosto:
    """Le metriche prese per posto: senza quelle di compile la seconda non c'è."""

    def train_step(self, dati):
        x, y = dati
        previsti = self(x, training=True)
        loss = self.compute_loss(y=y, y_pred=previsti)
        self.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), max_norm=0.2)
        with torch.no_grad():
            pesi = self.trainable_weights
            self.optimizer.apply([peso.value.grad for peso in pesi], pesi)
        self.metrics[0].update_state(loss, sample_weight=len(y))
        self.metrics[1].update_state(y, previsti)
        return self.get_metrics_result()


@_come_sequential
class _ConScorciatoia:
    """Nessun taglio a mano: lo fa l'ottimizzatore."""

    def train_step(self, dati):
        self.optimizer.global_clipnorm = 0.2
        return super().train_step(dati)


@_come_sequential
class _ConNorma:
    """Annota anche la norma: una voce in più è ammessa."""

    def train_step(self, dati):
        x, y = dati
        previsti = self(x, training=True)
        loss = self.compute_loss(y=y, y_pred=previsti)
        self.zero_grad()
        loss.backward()
        norma = nn.utils.clip_grad_norm_([p for p in self.parameters() if p.grad is not None], 0.2)
        with torch.no_grad():
            self.optimizer.apply([p.value.grad for p in self.trainable_weights], self.trainable_weights)
        esito = {"norma": norma}
        media, *altre = self.metrics
        media.update_state(loss, sample_weight=len(y))
        for metrica in altre:
            metrica.update_state(y, previsti)
        return esito | self.get_metrics_result()


@_come_sequential
class _SoloLoss:
    """Il ColTaglio della lezione, com'era."""

    def train_step(self, dati):
        x, y = dati
        loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        self.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters(), max_norm=0.2)
        with torch.no_grad():
            self.optimizer.apply([p.value.grad for p in self.trainable_weights], self.trainable_weights)
        return {"loss": loss.detach()}


@_come_sequential
class _Finta:
    """Non addestra: racconta una loss che scende."""

    def train_step(self, dati):
        return {"loss": torch.tensor(0.1), "accuracy": torch.tensor(1.0)}


# 13.5
def _funzionale(uscita):
    """Da «l'uscita secondo rete e ingresso» alla funzione che crea il modello."""

    def crea(rete):
        import keras

        x = keras.Input(rete.input_shape[1:])
        return keras.Model(x, uscita(keras, rete, x))

    return crea


def _media_della_cornice(keras, x):
    _, canali, alto, largo = x.shape
    tutta, dentro = (keras.ops.sum(pezzo, axis=(1, 2, 3), keepdims=True) for pezzo in (x, x[:, :, 1:-1, 1:-1]))
    return (tutta - dentro) / (canali * (2 * alto + 2 * largo - 4))


def _chiara(keras, x):
    return _media_della_cornice(keras, x) > 0.5


def _dritta(keras, x):
    return keras.ops.where(_chiara(keras, x), 1 - x, x)


def _scelta(keras, rete, x):
    return rete(_dritta(keras, x))


def _con_maschera(keras, rete, x):
    si = keras.ops.cast(_chiara(keras, x), "float32")
    return rete(si * (1 - x) + (1 - si) * x)


def _con_strati(keras, rete, x):
    lati = [keras.layers.Flatten()(lato) for lato in (x[:, :, 0], x[:, :, -1], x[:, :, 1:-1, :: x.shape[3] - 1])]
    media = keras.layers.Reshape((1, 1, 1))(keras.ops.mean(keras.layers.Concatenate()(lati), axis=1))
    return rete(keras.ops.where(media > 0.5, keras.layers.Rescaling(-1.0, 1.0)(x), x))


def _con_una_maschera_di_bordo(keras, rete, x):
    bordo = torch.ones(1, *x.shape[1:])
    bordo[:, :, 1:-1, 1:-1] = 0
    media = keras.ops.sum(x * bordo.numpy(), axis=(1, 2, 3), keepdims=True) / float(bordo.sum())
    return rete(keras.ops.where(media > 0.5, 1 - x, x))


def _con_il_bordo_rimesso(keras, rete, x):
    ops, attorno = keras.ops, ((0, 0), (0, 0), (1, 1), (1, 1))
    bordo = 1 - ops.pad(ops.ones_like(x[:, :, 1:-1, 1:-1]), attorno)
    media = ops.sum(x * bordo, axis=(1, 2, 3), keepdims=True) / ops.sum(bordo, axis=(1, 2, 3), keepdims=True)
    return rete(ops.where(media > 0.5, 1 - x, x))


def _pezzi_di_forma_diversa(keras, rete, x):
    cornice = keras.ops.concatenate([x[:, :, :1], x[:, :, 1:-1, :1]], axis=-1)
    return rete(keras.ops.where(keras.ops.mean(cornice, axis=(1, 2, 3), keepdims=True) > 0.5, 1 - x, x))


def _senza_assi_di_troppo(keras, rete, x):
    return rete(keras.ops.where(_chiara(keras, x)[:, 0, 0, 0], 1 - x, x))


def _media_di_tutta(keras, rete, x):
    """La cura dell'esercizio 12.2."""
    return rete(keras.ops.where(keras.ops.mean(x, axis=(1, 2, 3), keepdims=True) > 0.5, 1 - x, x))


def _due_risposte(keras, rete, x):
    return keras.ops.where(_chiara(keras, x)[:, :, 0, 0], rete(1 - x), rete(x))


def _con_un_grafo_dentro(keras, rete, x):
    dentro = keras.Input(x.shape[1:])
    return rete(keras.Model(dentro, _dritta(keras, dentro))(x))


def _con_una_copia(keras, rete, x):
    copia = keras.models.clone_model(rete)
    copia.set_weights(rete.get_weights())
    return copia(_dritta(keras, x))


def _con_if(keras, rete, x):
    return rete(1 - x if keras.ops.mean(x) > 0.5 else x)


def _immagine_con_if(keras, rete, x):
    ops = keras.ops
    return rete(ops.vectorized_map(lambda foto: 1 - foto if ops.mean(foto) > 0.5 else foto, x))


def _una_alla_volta(keras, rete, x):
    return rete(keras.ops.map(lambda foto: 1 - foto if foto.mean() > 0.5 else foto, x))


def _con_lambda(keras, rete, x):
    return rete(keras.layers.Lambda(lambda y: torch.where(y.mean((1, 2, 3), keepdim=True) > 0.5, 1 - y, y))(x))


def _con_uno_strato_suo(keras, rete, x):
    class Suo(keras.layers.Layer):
        def call(self, y):
            return torch.stack([1 - foto if foto.mean() > 0.5 else foto for foto in y])

        def compute_output_shape(self, forma):
            return forma

    return rete(Suo()(x))


def _lambda_in_un_grafo_dentro(keras, rete, x):
    dentro = keras.Input(x.shape[1:])
    return keras.Model(dentro, _con_lambda(keras, rete, dentro))(x)


def _senza_rete(keras, rete, x):
    return _dritta(keras, x)


def _rete_nuova(keras, rete, x):
    return keras.models.clone_model(rete)(_dritta(keras, x))


def _quattro_immagini(rete):
    import keras

    x = keras.Input(batch_shape=(4, *rete.input_shape[1:]))
    return keras.Model(x, _scelta(keras, rete, x))


def _forma_delle_cifre(rete):
    import keras

    x = keras.Input((1, 28, 28))
    return keras.Model(x, _scelta(keras, rete, x))


def _come_classe(rete):
    import keras

    class Suo(keras.Model):
        def call(self, x):
            return _scelta(keras, rete, x)

    suo = Suo()
    suo(torch.zeros(1, *rete.input_shape[1:]))
    return suo


def _cambia_la_rete(rete):
    import keras

    rete.set_weights([2 * w for w in rete.get_weights()])
    return _funzionale(_scelta)(rete) if keras else None


# 13.6
def _bn_stato(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(gamma.numel(), epsilon, 1 - momentum)
    stato = {"weight": gamma, "bias": beta, "running_mean": media, "running_var": varianza}
    strato.load_state_dict(stato, strict=False)
    return strato


def _bn_parametri(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(len(beta), eps=epsilon, momentum=1 - momentum)
    strato.weight, strato.bias = nn.Parameter(gamma.clone()), nn.Parameter(beta.clone())
    strato.running_mean, strato.running_var = media.clone(), varianza.clone()
    return strato


def _bn_alias(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(len(gamma), epsilon, 1 - momentum)
    strato.weight, strato.bias = nn.Parameter(gamma.clone()), nn.Parameter(beta.clone())
    strato.running_mean, strato.running_var = media, varianza
    return strato


def _bn_assegna(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(len(gamma), epsilon, 1 - momentum)
    strato.weight = gamma
    return strato


def _bn_epsilon_non_minuscolo(gamma, beta, media, varianza, momentum, epsilon):
    return _bn_parametri(gamma, beta, media, varianza, momentum, max(epsilon, 1e-5))


def _bn_gamma_positivo(gamma, *altri):
    return _bn_parametri(gamma.abs(), *altri)


def _bn_momentum_arrotondato(gamma, beta, media, varianza, momentum, epsilon):
    return _bn_parametri(gamma, beta, media, varianza, round(momentum, 2), epsilon)


def _bn_ferma(quali):
    def batch_norm_da_keras(*argomenti):
        strato = _bn_stato(*argomenti)
        for nome in quali.split():
            setattr(strato, nome, nn.Parameter(getattr(strato, nome).detach(), requires_grad=False))
        return strato

    return batch_norm_da_keras


def _bn_medie_da_addestrare(*argomenti):
    strato = _bn_stato(*argomenti)
    strato.running_var = nn.Parameter(strato.running_var)
    return strato


def _bn_senza_buffer(*argomenti):
    strato = _bn_stato(*argomenti)
    media = strato.running_mean
    del strato.running_mean
    strato.running_mean = media
    return strato


def _bn_senza_no_grad(gamma, beta, media, varianza, momentum, epsilon):
    strato = nn.BatchNorm2d(len(gamma), epsilon, 1 - momentum)
    strato.weight.copy_(gamma)
    return strato


GIUSTE = {
    "13.1": [_tradotta_a_strati, _tradotta_senza_ingresso, _tradotta_come_classe],
    "13.2": [lambda p: torch.einsum("oihw->hwio", p), _kernel_passi, _kernel_numpy],
    "13.3": [_dense_ciclo, _dense_indici, _dense_due_assi],
    "13.4": [_A_mano, _ConScorciatoia, _ConNorma],
    "13.5": [
        _funzionale(uscita)
        for uscita in (
            *(_scelta, _con_maschera, _con_strati, _due_risposte),
            *(_con_un_grafo_dentro, _con_una_copia, _con_una_maschera_di_bordo, _con_il_bordo_rimesso),
        )
    ],
    "13.6": [_bn_stato, _bn_parametri],
}

SBAGLIATE = {
    "13.1": [
        (_tradotta_con_flatten, "Prima del Dense serve la media di ogni canale"),
        (_tradotta_con_un_bordo_in_numero, "In Keras padding è una parola"),
        (lambda: _tradotta_di(14, 16, 8), "L'immagine è (3, 16, 14): altezza 16, larghezza 14"),
        (lambda: _tradotta_di(16, 14, 9), "I pesi non sono quelli"),
        (_tradotta_in_involucro, "Un involucro non è una traduzione"),
        (_tradotta_a_meta, "esce la forma (3, 8, 16, 14), e serve (3, 5)"),
        (_tradotta_in_fondo, "si ferma con"),
        (lambda: nn.Linear(2, 3), "Serve un modello di Keras"),
        (3, "serve una funzione"),
    ],
    "13.2": [
        (lambda p: p.mT, "dovrebbe averla"),
        (lambda p: p.permute(2, 3, 1), "si ferma con RuntimeError"),
        (lambda p: kernel_per_keras(p).detach().numpy(), "un array di NumPy"),
        (lambda p: kernel_per_keras(p).numpy(), "Restituisci un tensore, non un array"),
        (lambda p: kernel_per_keras(p).flatten(0, 1), "ne servono 4"),
        ((2, 3, 1, 0), "serve una funzione"),
    ],
    "13.3": [
        (lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 0, 1).view(k.shape[1], -1), "usa reshape"),
        (lambda k, c, h, w: dense_da_keras(k, 32, 4, 4), "si ferma con RuntimeError"),
        (lambda k, c, h, w: k.reshape(h, w, c, 10).permute(3, 2, 0, 1).flatten(1), "Le uscite sono kernel.shape[1]"),
    ],
    "13.4": [
        (_SoloLoss, "Nella storia manca «accuracy»"),
        (_Finta, "La lista dei pesi"),
        (_PerPosto, "contiene soltanto «loss»"),
        (nn.Linear, "deve ereditare da keras.Sequential"),
        (lambda dati: {"loss": 0.0}, "serve una classe"),
    ],
    "13.5": [
        (_funzionale(_con_if), "Un segnaposto non ha un valore da confrontare"),
        (_funzionale(_media_di_tutta), "Decide la cornice, non tutta l'immagine"),
        (_funzionale(_pezzi_di_forma_diversa), "I pezzi della cornice non si uniscono"),
        (_funzionale(_senza_assi_di_troppo), "Le medie e le immagini non si affiancano"),
        *(
            (_funzionale(uscita), "Salvato, il modello non si rilegge")
            for uscita in (
                *(_con_lambda, _lambda_in_un_grafo_dentro, _con_uno_strato_suo),
                *(_immagine_con_if, _una_alla_volta),
            )
        ),
        *((_funzionale(uscita), "mancano i pesi di rete") for uscita in (_senza_rete, _rete_nuova)),
        (_cambia_la_rete, "I pesi di rete sono cambiati"),
        (_funzionale(lambda keras, rete, x: rete(torch.where(x > 0.5, 1 - x, x))), "non è un tensore di PyTorch"),
        (_funzionale(lambda keras, rete, x: rete(x.clamp(min=0))), "non è un tensore di PyTorch"),
        (_funzionale(lambda keras, rete, x: keras.ops.mean(x, dim=1, keepdim=True)), "si chiamano axis e keepdims"),
        (_quattro_immagini, "un numero fisso di immagini"),
        (_forma_delle_cifre, "La forma cambia da una rete all'altra"),
        (_come_classe, "Serve un modello dell'API funzionale"),
        (lambda rete: rete, "Questa è rete, com'era"),
        (lambda rete: nn.Linear(2, 2), "Serve un modello di Keras"),
        (lambda x: torch.where(x.mean((1, 2, 3), keepdim=True) > 0.5, 1 - x, x), "si ferma con"),
        (3, "serve una funzione"),
    ],
    "13.6": [
        (
            _bn_alias,
            "si tiene i tensori di chi chiama, e addestrando li cambierebbe: copiali (running_mean e running_var)",
        ),
        (lambda gamma, *altri: nn.BatchNorm1d(len(gamma)), "di tipo BatchNorm1d"),
        (lambda gamma, beta, *altri: {"weight": gamma, "bias": beta}, "un dizionario"),
        (_bn_epsilon_non_minuscolo, "Il numero eps non è"),
        (_bn_momentum_arrotondato, "Il momentum non è 0"),
        (_bn_gamma_positivo, "Il tensore weight ha la forma giusta, i valori no"),
        (_bn_ferma("weight bias"), "requires_grad è spento: weight e bias"),
        (_bn_ferma("bias"), "requires_grad è spento: bias"),
        (_bn_ferma("running_mean running_var"), "sono buffer, non parametri: running_mean e running_var"),
        (_bn_medie_da_addestrare, "sono buffer, non parametri: running_var"),
        (_bn_senza_buffer, "L'elenco dei buffer"),
        (_bn_assegna, "riempili con copy_"),
        (_bn_senza_no_grad, "sotto torch.no_grad()"),
        (lambda *dati: _bn_stato(*dati).eval(), "Lo strato è in eval()"),
    ],
}
