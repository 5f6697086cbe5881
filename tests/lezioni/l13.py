"""Le risposte di prova agli esercizi della lezione 13."""

import torch
from torch import nn
from torch.nn import functional as F

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
    """Da «l'uscita secondo l'ingresso» alla funzione che crea il modello."""

    def crea(larghezza):
        import keras

        x = keras.Input((larghezza,))
        return keras.Model(x, uscita(keras, x))

    return crea


def _positiva(keras, x):
    return keras.ops.sum(x, axis=1, keepdims=True) > 0


def _scelta(keras, x):
    return keras.ops.where(_positiva(keras, x), keras.ops.relu(x), -x)


def _con_maschera(keras, x):
    si = keras.ops.cast(_positiva(keras, x), "float32")
    return si * keras.ops.relu(x) - (1 - si) * x


def _con_strati(keras, x):
    somma = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", trainable=False)(x)
    return keras.ops.where(somma > 0, keras.layers.ReLU()(x), keras.layers.Rescaling(-1.0)(x))


def _con_un_grafo_dentro(keras, x):
    dentro = keras.Input(x.shape[1:])
    return keras.ops.where(_positiva(keras, x), keras.Model(dentro, keras.ops.relu(dentro))(x), -x)


def _con_einsum(keras, x):
    return keras.ops.where(keras.ops.einsum("nd->n", x)[:, None] > 0, keras.ops.relu(x), -x)


def _con_un_ciclo_sulle_colonne(keras, x):
    somma = sum(x[:, i : i + 1] for i in range(x.shape[1]))
    return keras.ops.select([somma > 0, somma <= 0], [keras.ops.relu(x), -x])


def _con_if(keras, x):
    return keras.ops.relu(x) if keras.ops.sum(x) > 0 else -x


def _riga_con_if(keras, x):
    ops = keras.ops
    return ops.vectorized_map(lambda riga: ops.relu(riga) if ops.sum(riga) > 0 else -riga, x)


def _una_riga_alla_volta(keras, x):
    return keras.ops.map(lambda riga: F.relu(riga) if riga.sum() > 0 else -riga, x)


def _secondo(regola, positiva="relu"):
    """Una scelta con un'altra regola, o con un'altra ReLU."""
    return lambda keras, x: keras.ops.where(regola(keras.ops, x), getattr(keras.ops, positiva)(x), -x)


def _con_lambda(keras, x):
    return keras.layers.Lambda(lambda y: torch.where(y.sum(1, keepdim=True) > 0, F.relu(y), -y))(x)


def _con_uno_strato_suo(keras, x):
    class Suo(keras.layers.Layer):
        def call(self, y):
            return torch.stack([F.relu(riga) if riga.sum() > 0 else -riga for riga in y])

        def compute_output_shape(self, forma):
            return forma

    return Suo()(x)


def _lambda_in_un_grafo_dentro(keras, x):
    dentro = keras.Input(x.shape[1:])
    return keras.Model(dentro, _con_lambda(keras, dentro))(x)


def _quattro_righe(larghezza):
    import keras

    x = keras.Input(batch_shape=(4, larghezza))
    return keras.Model(x, _scelta(keras, x))


def _come_classe(larghezza):
    import keras

    class Suo(keras.Model):
        def call(self, x):
            return _scelta(keras, x)

    return Suo()


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
            *(_scelta, _con_maschera, _con_strati, _con_un_grafo_dentro),
            *(_con_einsum, _con_un_ciclo_sulle_colonne),
        )
    ],
    "13.6": [_bn_stato, _bn_parametri],
}

SBAGLIATE = {
    "13.1": [
        (_tradotta_con_flatten, "I pesi non sono quelli"),
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
        (lambda p: kernel_per_keras(p).flatten(0, 1), "ne servono 4"),
        ((2, 3, 1, 0), "serve una funzione"),
    ],
    "13.3": [
        (lambda k, c, h, w: k.reshape(h, w, c, -1).permute(3, 2, 0, 1).view(k.shape[1], -1), "usa reshape"),
        (lambda k, c, h, w: dense_da_keras(k, 32, 4, 4), "si ferma con RuntimeError"),
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
        *(
            (_funzionale(uscita), "Salvato, il grafo non si rilegge")
            for uscita in (
                _con_lambda,
                _lambda_in_un_grafo_dentro,
                _con_uno_strato_suo,
                _riga_con_if,
                _una_riga_alla_volta,
            )
        ),
        (_funzionale(_secondo(lambda ops, x: ops.sum(x, axis=1, keepdims=True) > 0.05)), "niente soglie"),
        (_funzionale(_secondo(lambda ops, x: ops.floor(ops.sum(x, axis=1, keepdims=True)) > 0)), "niente soglie"),
        (_funzionale(_secondo(lambda ops, x: ops.quantile(x, 0.5, axis=1, keepdims=True) > 0)), "Decide la somma"),
        (_funzionale(_secondo(lambda ops, x: ops.sum(x, axis=1, keepdims=True) > 0, "relu6")), "non ha un tetto"),
        (_funzionale(lambda keras, x: F.relu(x)), "non è un tensore di PyTorch"),
        (_funzionale(lambda keras, x: keras.ops.relu(x.clamp(min=0))), "non è un tensore di PyTorch"),
        (_funzionale(lambda keras, x: keras.ops.sum(x, dim=1, keepdim=True)), "si chiamano axis e keepdims"),
        (_funzionale(lambda keras, x: keras.ops.stop_gradient(_scelta(keras, x))), "il gradiente non torna indietro"),
        (_quattro_righe, "un numero fisso di righe"),
        (_come_classe, "Serve un modello dell'API funzionale"),
        (lambda larghezza: nn.Linear(larghezza, larghezza), "Serve un modello di Keras"),
        (lambda x: torch.where(x.sum(1, keepdim=True) > 0, F.relu(x), -x), "gli ingressi li crea keras.Input"),
        (lambda larghezza: _funzionale(_scelta)(3), "Le colonne cambiano"),
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
