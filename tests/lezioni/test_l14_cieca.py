"""La visita medica davanti a modelli che non ha scelto lei: torchvision, timm, transformers, e tanti fatti a mano.

Prima i sani, che non deve accusare; poi i malati, che deve trovare con l'esame giusto. Un caso è una funzione che crea
``(modello, batch, loss)`` o ``(modello, batch, loss, ottimizzatore)``: senza, si usa Adam.
"""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.lezioni.l14_museo.visita import visita_medica

CE, MSE, BCE = F.cross_entropy, F.mse_loss, F.binary_cross_entropy_with_logits
L = nn.Linear
HF = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}


class Fatta(nn.Module):
    """Un modulo fatto sul momento: il suo ``forward`` e i suoi attributi."""

    def __init__(self, forward, **attributi):
        super().__init__()
        self._forward = forward
        for nome, valore in attributi.items():
            setattr(self, nome, valore)

    def forward(self, *x, **altri):
        return self._forward(self, *x, **altri)


def S(*strati):
    return nn.Sequential(*strati)


def mlp(entrate=10, uscite=4, *in_fondo):
    return S(L(entrate, 32), nn.ReLU(), L(32, uscite), *in_fondo)


def R(*forma):
    return torch.randn(forma)


def I(classi, *forma):  # noqa: E743
    return torch.randint(0, classi, forma)


def righe(quante=32, numeri=10, classi=4):
    return R(quante, numeri), I(classi, quante)


def retta(quante=32, numeri=10):
    x = R(quante, numeri)
    return x, x[:, :3].sum(1, keepdim=True) + 0.1 * R(quante, 1)


def immagini(quante=16, canali=1, lato=12, classi=4):
    return R(quante, canali, lato, lato), I(classi, quante)


def frasi(quante=16, lunghe=9, parole=20):
    token = I(parole, quante, lunghe)
    return token, token.roll(-1, 1)


def piatta(uscita, y):
    return CE(uscita.flatten(0, 1), y.flatten())


def con(crea, modello, batch, loss, **opzioni):
    """Il caso con un ottimizzatore suo."""
    return modello, batch, loss, crea(modello.parameters(), **opzioni)


def lingua(maschera=True):
    def forward(self, x):
        posti = nn.Transformer.generate_square_subsequent_mask(x.shape[1], device=x.device) if maschera else None
        return self.testa(self.blocco(self.token(x), src_mask=posti))

    blocco = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=True)
    return Fatta(forward, token=nn.Embedding(20, 32), blocco=blocco, testa=L(32, 20))


def ricorrente(tipo=nn.GRU, batch_first=True, **opzioni):
    fatta = tipo(5, 20, batch_first=batch_first, **opzioni)
    uscite = 40 if opzioni.get("bidirectional") else 20
    return Fatta(lambda self, x: self.testa(self.r(x)[0][:, -1]), r=fatta, testa=L(uscite, 4))


def bert(testa=False):
    import transformers

    configurazione = transformers.BertConfig(vocab_size=50, num_labels=3, **HF)
    if not testa:
        return transformers.BertForSequenceClassification(configurazione)
    # Di BertModel si usa solo l'ultimo stato: il suo pooler resta senza gradiente, ed è sano lo stesso.
    corpo = transformers.BertModel(configurazione)
    return Fatta(lambda self, x: self.testa(self.corpo(x).last_hidden_state[:, 0]), corpo=corpo, testa=L(32, 3))


def gpt2(etichette_dentro=False):
    import transformers

    configurazione = transformers.GPT2Config(
        vocab_size=50, n_positions=32, n_embd=32, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0
    )
    modello, (x, y) = transformers.GPT2LMHeadModel(configurazione), frasi(8, 10, 50)
    if etichette_dentro:
        return modello, ({"input_ids": x, "labels": x}, x), lambda uscita, y: uscita.loss
    return modello, (x, y), lambda uscita, y: piatta(uscita.logits, y)


def clip():
    import transformers

    testo = {"vocab_size": 50, "max_position_embeddings": 16, "eos_token_id": 49, "bos_token_id": 0, **HF}
    figure = {"image_size": 16, "patch_size": 8, **HF}
    modello = transformers.CLIPModel(transformers.CLIPConfig(text_config=testo, vision_config=figure))
    batch = ({"input_ids": I(50, 8, 9), "pixel_values": R(8, 3, 16, 16)}, torch.arange(8))
    return modello, batch, lambda u, y: CE(u.logits_per_image, y) + CE(u.logits_per_text, y)


def vit_di_timm():
    from timm.models.vision_transformer import VisionTransformer

    misure = {"img_size": 16, "patch_size": 8, "embed_dim": 32, "depth": 3, "num_heads": 4, "num_classes": 5}
    return VisionTransformer(**misure, init_values=1e-5, drop_path_rate=0.2), immagini(16, 3, 16, 5), CE


def convnext_di_torchvision():
    from torchvision.models import convnext

    blocchi = [convnext.CNBlockConfig(16, 32, 1), convnext.CNBlockConfig(32, None, 1)]
    return convnext.ConvNeXt(blocchi, num_classes=5, stochastic_depth_prob=0.1), immagini(16, 3, 32, 5), CE


def unet(classi=4, *in_fondo):
    def forward(self, x):
        a = self.giu(x)
        return self.fine(torch.cat([a, self.su(self.fondo(a))], 1))

    giu = S(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
    fondo = S(nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU())
    fine = S(nn.Conv2d(16, classi, 1), *in_fondo)
    return Fatta(forward, giu=giu, fondo=fondo, su=nn.ConvTranspose2d(16, 8, 2, 2), fine=fine)


def vae():
    def forward(self, x):
        h = self.codifica(x).relu()
        media, logvar = self.media(h), self.logvar(h)
        return self.decodifica(media + torch.randn_like(media) * (logvar / 2).exp()), media, logvar

    def loss(u, y):
        kl = -0.5 * (1 + u[2] - u[1] ** 2 - u[2].exp()).sum(1).mean()
        return BCE(u[0], y, reduction="sum") / len(y) + kl

    x = (R(32, 64) > 0).float()
    parti = {"codifica": L(64, 32), "media": L(32, 8), "logvar": L(32, 8), "decodifica": mlp(8, 64)}
    return Fatta(forward, **parti), (x, x), loss


def simclr(u, y):
    z = F.normalize(u, dim=1)
    n = len(z) // 2
    simili = z @ z.T / 0.5 - 1e4 * torch.eye(len(z))
    return CE(simili, torch.cat([torch.arange(n) + len(z) - n, torch.arange(len(z) - n)]))


def deriva_solo_se_puo():
    """Come ``deriva``, ma senza ``enable_grad``: sotto ``no_grad`` si ferma."""

    def forward(self, t):
        t = t.detach().requires_grad_()
        u = self.rete(t)
        return u, torch.autograd.grad(u.sum(), t, create_graph=True)[0]

    rete = S(L(1, 32), nn.Tanh(), L(32, 1))
    return (
        Fatta(forward, rete=rete),
        (torch.rand(32, 1), torch.zeros(32, 1)),
        lambda u, y: (u[0] + u[1] - 1).square().mean(),
    )


def avversaria():
    critico = S(L(10, 32), nn.LeakyReLU(0.2), L(32, 1))
    return mlp(8, 10), (R(32, 8), torch.ones(32, 1)), lambda u, y: BCE(critico(u), y)


def deriva():
    def forward(self, t):
        with torch.enable_grad():
            t = t.detach().requires_grad_()
            u = self.rete(t)
            return u, torch.autograd.grad(u.sum(), t, create_graph=True)[0]

    rete = S(L(1, 32), nn.Tanh(), L(32, 1))
    batch = (torch.rand(32, 1), torch.zeros(32, 1))
    return Fatta(forward, rete=rete), batch, lambda u, y: (u[0] + u[1]).square().mean() + (u[0][:1] - 1).square().mean()


def che_si_scalda(tipo=torch.optim.AdamW):
    modello = mlp()
    ottimizzatore = tipo(modello.parameters(), lr=1e-3)
    torch.optim.lr_scheduler.LambdaLR(ottimizzatore, lambda passo: min(1, passo / 100))
    return modello, righe(), CE, ottimizzatore


def autoencoder(x, *in_fondo, collo=16, loss=MSE):
    return S(L(64, collo), nn.ReLU(), L(collo, 64), *in_fondo), (x, x), loss


def normalizza_dentro():
    rete = S(nn.Flatten(), mlp(144, 10))
    return Fatta(lambda self, x: self.rete((x.float() / 255 - 0.5) / 0.3), rete=rete)


def morbide(classi=4):
    return R(32, 10), (2 * R(32, classi)).softmax(1)


def studente_e_maestro():
    def forward(self, x):
        with torch.no_grad():
            detto = self.maestro(x).softmax(1)
        return self.rete(x) + 0 * detto

    return Fatta(forward, rete=mlp(), maestro=mlp().requires_grad_(False))


def pinn():
    """Deriva rispetto agli ingressi, e a un punto fisso per esempio, che nasce nel forward."""

    def residuo(s, t):
        with torch.enable_grad():
            t, zero = t.clone().requires_grad_(), torch.zeros_like(t, requires_grad=True)
            du, du0 = (torch.autograd.grad(s.u(p).sum(), p, create_graph=True)[0] for p in (t, zero))
            return torch.cat([du - s.u(t), s.u(zero) - 1, du0 - 1], 1)

    return Fatta(residuo, u=S(L(1, 24), nn.Tanh(), L(24, 1))), (R(32, 1), torch.zeros(32, 3)), MSE


def cerniera_spettrale():
    rete = S(L(10, 32), nn.LeakyReLU(), nn.utils.parametrizations.spectral_norm(L(32, 1)))
    y = (torch.arange(32) % 2 * 2.0 - 1)[:, None]
    return rete, (R(32, 10), y), lambda u, y: (1 - u * y).relu().mean()


def triplette(margine):
    def forward(s, *terna):
        return tuple(F.normalize(s.r(t), dim=1) for t in terna)

    x = R(16, 10)
    batch = ((x, x + 0.1 * R(16, 10), R(16, 10)), torch.zeros(16))
    return Fatta(forward, r=mlp(10, 8)), batch, lambda u, y: F.triplet_margin_loss(*u, margin=margine)


def con_un_crf():
    """I pesi delle transizioni li usa la loss, e non il forward."""
    modello = Fatta(lambda s, x: s.t(s.e(x)), e=nn.Embedding(20, 16), t=L(16, 4), passi=nn.Parameter(0.1 * R(4, 4)))

    def loss(u, y):
        salti = modello.passi[y[:, :-1], y[:, 1:]].sum(1)
        return (piatta(u, y) - 0.1 * salti + 0.1 * modello.passi.logsumexp((0, 1))).mean()

    return modello, (I(20, 16, 9), I(4, 16, 9)), loss


def sposta(u, y):
    """La loss di un modello di linguaggio che sposta i token da sé."""
    return piatta(u[:, :-1], y[:, 1:])


def due_ingressi(scala):
    def forward(s, a, b):
        return s.t(torch.cat([s.a(a).relu(), b], 1))

    return Fatta(forward, a=L(5, 8), t=mlp(11, 3)), ((R(16, 5), scala * (4 + R(16, 3))), I(3, 16)), CE


def con_stato(letto):
    def forward(s, x):
        y, stato = s.g(x, s.stato if letto and s.stato is not None and s.stato.shape[1] == len(x) else None)
        s.stato = stato.detach()
        return s.t(y[:, -1])

    return Fatta(forward, g=nn.GRU(4, 16, batch_first=True), t=L(16, 3), stato=None), (R(12, 20, 4), I(3, 12)), CE


def in_parallelo(gemelli):
    primo, testa = L(10, 24), L(24, 1)
    primi = [copy.deepcopy(primo) if gemelli else L(10, 24) for _ in range(3)]
    teste = [copy.deepcopy(testa) for _ in range(3)]
    parti = {"a": nn.ModuleList(primi), "b": nn.ModuleList(teste)}
    return Fatta(lambda s, x: sum(b(a(x).relu()) for a, b in zip(s.a, s.b, strict=True)), **parti), retta(), MSE


def canali_in_fondo(crea):
    rete = S(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), L(8 * 100, 4))
    return Fatta(lambda s, x: s.r(crea(x)), r=rete), (R(16, 12, 12, 3), I(4, 16)), CE


class ConArcFace(nn.Module):
    def __init__(self):
        super().__init__()
        self.centri = nn.Parameter(0.1 * R(4, 8))

    def forward(self, u, y):
        return CE(8 * F.normalize(u, dim=1) @ F.normalize(self.centri, dim=1).T, y)


def arcface(tutti):
    modello, loss = mlp(10, 8), ConArcFace()
    pesi = [*modello.parameters(), *(loss.parameters() if tutti else ())]
    return modello, righe(), loss, torch.optim.Adam(pesi)


def ctc(*in_fondo):
    def loss(u, y):
        quanti, tempo = u.shape[:2]
        return F.ctc_loss(u.movedim(1, 0), y, torch.full((quanti,), tempo), torch.full((quanti,), y.shape[1]))

    return S(L(8, 32), nn.Tanh(), L(32, 6), *in_fondo), (R(16, 20, 8), I(5, 16, 4) + 1), loss


def somiglianze(normalizza):
    def forward(s, a, b):
        a, b = (F.normalize(z, dim=1) if normalizza else z for z in (s.a(a), s.b(b)))
        return 14 * a @ b.T

    parti = {"a": nn.Embedding(40, 32), "b": nn.Embedding(40, 32)}
    batch = (torch.arange(16), torch.randperm(40)[:16], torch.zeros(16))
    return Fatta(forward, **parti), batch, lambda u, y: CE(u, torch.arange(len(u)))


def conteggi(*in_fondo):
    x = R(48, 10)
    return mlp(10, 1, *in_fondo), (x, torch.poisson((1 + 0.5 * x[:, :1]).exp())), nn.PoissonNLLLoss()


def ottico(sbagliata):
    """La testa di un modello di libreria, cambiata: se il nome è sbagliato, nessuno la chiama."""
    from torchvision.models import MobileNetV2

    blocchi = [[1, 16, 1, 1], [6, 24, 2, 2]]
    modello = MobileNetV2(num_classes=4, width_mult=0.25, inverted_residual_setting=blocchi)
    setattr(modello, "fc" if sbagliata else "classifier", L(modello.last_channel, 4))
    return modello, immagini(16, 3, 32), CE


class Esponenziale(nn.Module):
    def forward(self, x):
        return x.exp()


SANI = {
    "una pinn": pinn,
    "triplette già lontane": lambda: triplette(0.2),
    "un crf": con_un_crf,
    "la loss sposta i token": lambda: (lingua(), (frasi()[0],) * 2, sposta),
    "due ingressi": lambda: due_ingressi(1),
    "uno stato che nessuno legge": lambda: con_stato(False),
    "tre reti in parallelo": lambda: in_parallelo(False),
    "canali portati davanti": lambda: canali_in_fondo(lambda x: x.permute(0, 3, 1, 2)),
    "arcface": lambda: arcface(True),
    "ctc": lambda: ctc(nn.LogSoftmax(-1)),
    "somiglianze": lambda: somiglianze(True),
    "conteggi": conteggi,
    "la testa cambiata": lambda: ottico(False),
    "softmax ed entropia scritta a mano": lambda: (
        mlp(10, 4, nn.Softmax(1)),
        (R(32, 10), F.one_hot(I(4, 32), 4).float()),
        lambda p, y: -(y * p.clamp(1e-7, 1).log()).sum(1).mean(),
    ),
    "discriminatore con la cerniera": cerniera_spettrale,
    "bert": lambda: (bert(), ({"input_ids": I(50, 16, 9)}, I(3, 16)), lambda u, y: CE(u.logits, y)),
    "bert con un pooler di riserva": lambda: (bert(testa=True), (I(50, 16, 9), I(3, 16)), CE),
    "gpt2": gpt2,
    "gpt2 con la loss dentro": lambda: gpt2(etichette_dentro=True),
    "clip": clip,
    "vit di timm": vit_di_timm,
    "convnext di torchvision": convnext_di_torchvision,
    "u-net": lambda: (unet(), (R(8, 1, 12, 12), I(4, 8, 12, 12)), CE),
    "u-net, un dizionario": lambda: (
        Fatta(lambda self, x: {"out": self.rete(x)}, rete=unet()),
        *((R(8, 1, 12, 12), I(4, 8, 12, 12)), lambda u, y: CE(u["out"], y)),
    ),
    "lingua causale": lambda: (lingua(), frasi(), piatta),
    "lstm di lingua": lambda: (
        Fatta(
            lambda s, x: s.t(s.r(s.e(x))[0]), e=nn.Embedding(20, 32), r=nn.LSTM(32, 32, batch_first=True), t=L(32, 20)
        ),
        *(frasi(), lambda u, y: CE(u.transpose(1, 2), y)),
    ),
    "gru": lambda: (ricorrente(), (R(16, 12, 5), I(4, 16)), CE),
    "lstm doppia, bidirezionale": lambda: (
        ricorrente(nn.LSTM, bidirectional=True, num_layers=2, dropout=0.3),
        *((R(16, 12, 5), I(4, 16)), CE),
    ),
    "gru, una tupla": lambda: (
        nn.GRU(5, 4, batch_first=True),
        *((R(16, 12, 5), I(4, 16)), lambda u, y: CE(u[0][:, -1], y)),
    ),
    "tempo davanti, dentro e fuori": lambda: (
        Fatta(lambda s, x: s.t(s.r(x.transpose(0, 1))[0]), r=nn.GRU(5, 20), t=L(20, 4)),
        *((R(16, 7, 5), I(4, 16, 7)), lambda u, y: CE(u.permute(1, 2, 0), y)),
    ),
    "due ingressi in tupla": lambda: (
        Fatta(lambda s, a, b: s.t(torch.cat([s.a(a), s.e(b)], 1).relu()), a=L(5, 8), e=nn.Embedding(7, 8), t=L(16, 3)),
        *(((R(16, 5), I(7, 16)), I(3, 16)), CE),
    ),
    "due ingressi, tre nel batch": lambda: (
        Fatta(lambda s, a, b: s.t(s.a(a) + s.b(b)), a=L(5, 8), b=L(6, 8), t=L(8, 3)),
        *((R(16, 5), R(16, 6), I(3, 16)), CE),
    ),
    "due compiti, y un dizionario": lambda: (
        Fatta(lambda s, x: {"c": s.c(s.t(x).relu()), "r": s.r(s.t(x).relu())}, t=L(10, 32), c=L(32, 4), r=L(32, 1)),
        *((R(32, 10), {"c": I(4, 32), "r": R(32, 1)}), lambda u, y: CE(u["c"], y["c"]) + MSE(u["r"], y["r"])),
    ),
    "embedding sparsi, SGD": lambda: con(
        *(torch.optim.SGD, S(nn.EmbeddingBag(30, 16, sparse=True), L(16, 3)), (I(30, 16, 7), I(3, 16)), CE), lr=0.1
    ),
    "embedding sparsi, SparseAdam": lambda: con(
        *(torch.optim.SparseAdam, S(nn.EmbeddingBag(30, 3, sparse=True)), (I(30, 32, 7), I(3, 32)), CE), lr=0.1
    ),
    "prezzi": lambda: (mlp(10, 1), (lambda x, y: (x, 2e5 + 5e4 * y))(*retta()), MSE),
    "prezzi, L1 e SGD": lambda: con(
        *(torch.optim.SGD, mlp(10, 1), (lambda x, y: (x, 3e5 + 5e4 * y))(*retta()), F.l1_loss), lr=0.01
    ),
    "retta, somma": lambda: (mlp(10, 1), retta(), nn.MSELoss(reduction="sum")),
    "CE, somma": lambda: (mlp(), righe(), nn.CrossEntropyLoss(reduction="sum")),
    "CE con pesi di classe": lambda: (mlp(), righe(), nn.CrossEntropyLoss(torch.tensor([1.0, 2, 5, 0.1]))),
    "label smoothing 0.3": lambda: (mlp(), righe(), nn.CrossEntropyLoss(label_smoothing=0.3)),
    "focal": lambda: (
        mlp(),
        righe(),
        lambda p, y: (lambda c: ((1 - (-c).exp()) ** 2 * c).mean())(CE(p, y, reduction="none")),
    ),
    "BCE, più etichette": lambda: (mlp(10, 5), (R(32, 10), I(2, 32, 5).float()), BCE),
    "BCE, y intere": lambda: (mlp(10, 1), (R(32, 10), I(2, 32)), lambda p, y: BCE(p.squeeze(1), y.float())),
    "sigmoide e BCELoss": lambda: (mlp(10, 1, nn.Sigmoid()), (R(32, 10), I(2, 32, 1).float()), nn.BCELoss()),
    "softmax, e la loss la vuole": lambda: (
        mlp(10, 4, nn.Softmax(-1)),
        *(righe(), lambda p, y: -(p[torch.arange(len(y)), y] + 1e-7).log().mean()),
    ),
    "log_softmax e NLL": lambda: (mlp(10, 4, nn.LogSoftmax(-1)), righe(), F.nll_loss),
    "svm": lambda: (L(10, 1), (R(32, 10), 2.0 * I(2, 32, 1) - 1), lambda p, y: (1 - p * y).clamp(min=0).mean()),
    "quantile": lambda: (mlp(10, 1), retta(), lambda p, y: torch.maximum(0.9 * (y - p), 0.1 * (p - y)).mean()),
    "grigi, BCE": lambda: autoencoder(torch.rand(32, 64), loss=BCE),
    "grigi, sigmoide e MSE": lambda: autoencoder(torch.rand(32, 64), nn.Sigmoid(), collo=8),
    "collo di due numeri": lambda: autoencoder(R(32, 64), collo=2),
    "collo di sedici, da 784": lambda: (
        S(nn.Flatten(), L(784, 16), nn.ReLU(), L(16, 784)),
        *((R(32, 1, 28, 28), R(32, 784)), MSE),
    ),
    "distillazione": lambda: (mlp(), morbide(), CE),
    "distillazione, KL": lambda: (mlp(), morbide(), lambda u, y: F.kl_div(u.log_softmax(1), y, reduction="batchmean")),
    "mixup, due classi": lambda: (
        mlp(10, 2),
        *((lambda y: (R(32, 10), 0.5 * y + 0.5 * y.flip(0)))(F.one_hot(I(2, 32), 2).float()), CE),
    ),
    "batch norm in testa": lambda: (S(nn.BatchNorm1d(6), mlp(6)), (1e4 * R(32, 6) + 5e4, I(4, 32)), CE),
    "normalizza dentro": lambda: (normalizza_dentro(), (I(256, 32, 12, 12).float(), I(10, 32)), CE),
    "normalizza dentro, uint8": lambda: (normalizza_dentro(), (I(256, 32, 12, 12).to(torch.uint8), I(10, 32)), CE),
    "sacco di parole": lambda: (L(5000, 4), (torch.poisson(torch.full((32, 5000), 0.002)), I(4, 32)), CE),
    "verosimiglianza gaussiana": lambda: (
        mlp(10, 2),
        *(retta(), lambda u, y: F.gaussian_nll_loss(u[:, :1], y, u[:, 1:].exp())),
    ),
    "vae": vae,
    "simclr": lambda: (
        mlp(10, 8),
        (lambda x: (torch.cat([x, x + 0.1 * R(16, 10)]), torch.zeros(32)))(R(16, 10)),
        simclr,
    ),
    "generatore di una gan": avversaria,
    "derivate nel forward": deriva,
    "derivate nel forward, senza enable_grad": deriva_solo_se_puo,
    "la loss aggiunge l'asse a y": lambda: (
        mlp(10, 1),
        *((lambda x, y: (x, y[:, 0]))(*retta()), lambda u, y: MSE(u, y[:, None])),
    ),
    "una somma sugli esempi, in un dizionario": lambda: (
        Fatta(lambda s, x: {"r": s.r(x)}, r=mlp(10, 1)),
        *((lambda x, y: (x, y[:, 0]))(*retta()), lambda u, y: (u["r"][:, 0] - y).square().sum()),
    ),
    "maestro congelato": lambda: (studente_e_maestro(), righe(), CE),
    "lbfgs": lambda: con(torch.optim.LBFGS, L(10, 1), retta(), MSE),
    "learning rate che si scalda": che_si_scalda,
    "fine-tuning, lr 1e-5": lambda: con(torch.optim.AdamW, mlp(), righe(), CE, lr=1e-5),
    "weight decay di sempre": lambda: con(
        *(torch.optim.SGD, mlp(), righe(), CE), lr=0.1, momentum=0.9, weight_decay=5e-4
    ),
    "pesi normalizzati": lambda: (
        S(nn.utils.parametrizations.weight_norm(L(10, 32)), nn.Tanh(), L(32, 4)),
        righe(),
        CE,
    ),
    "pigra": lambda: (S(nn.LazyLinear(32), nn.ReLU(), nn.LazyLinear(4)), righe(), CE),
    "softplus e y positive": lambda: (mlp(10, 1, nn.Softplus()), (lambda x: (x, x[:, :1].abs()))(R(32, 10)), MSE),
    "xor": lambda: (
        S(L(2, 8), nn.Tanh(), L(8, 1)),
        (lambda x: (x, x.sum(1, keepdim=True) % 2))(I(2, 16, 2).float()),
        BCE,
    ),
    "1 − R², y una riga": lambda: (
        mlp(10, 1),
        *(
            (lambda x, y: (x, y[:, 0]))(*retta()),
            lambda u, y: (u.squeeze() - y).square().sum() / (y - y.mean()).square().sum(),
        ),
    ),
    "log_softmax e KL": lambda: (mlp(10, 4, nn.LogSoftmax(1)), morbide(), nn.KLDivLoss(reduction="batchmean")),
    "critico, y = -1 ai veri": lambda: (
        S(L(10, 32), nn.LeakyReLU(0.2), L(32, 1)),
        *((lambda y: (R(32, 10) - y, y))(2.0 * I(2, 32, 1) - 1), lambda u, y: (u * y).mean()),
    ),
    "clamp largo sui logit": lambda: (Fatta(lambda s, x: s.r(x).clamp(-15, 15), r=mlp()), righe(), CE),
    "relu6 in fondo, y fra 0 e 6": lambda: (
        mlp(10, 1, nn.ReLU6()),
        *((lambda x: (x, 6 * x[:, :1].sigmoid()))(R(32, 10)), MSE),
    ),
    "softmax, BCE e una classe sola": lambda: (
        mlp(10, 4, nn.Softmax(1)),
        *((R(32, 10), F.one_hot(I(4, 32), 4).float()), nn.BCELoss()),
    ),
    "kernel alla Keras": lambda: (
        Fatta(
            lambda s, x: (x @ s.k + s.b).relu() @ s.k2 + s.b2,
            k=nn.Parameter(0.3 * R(10, 32)),
            b=nn.Parameter(torch.zeros(32)),
            k2=nn.Parameter(0.3 * R(32, 4)),
            b2=nn.Parameter(torch.zeros(4)),
        ),
        *(righe(), CE),
    ),
}


def costanti(valore):
    modello = S(L(10, 32), nn.Tanh(), L(32, 16), nn.ReLU(), L(16, 4))
    for peso in modello.parameters():
        nn.init.constant_(peso, valore)
    return modello, (R(32, 10).abs(), I(4, 32)), CE


def cambia_testa():
    modello = mlp()
    ottimizzatore = torch.optim.Adam(modello.parameters())
    modello[2] = L(32, 3)
    return modello, righe(classi=3), CE, ottimizzatore


def enormi():
    modello = mlp()
    with torch.no_grad():
        for peso in modello.parameters():
            peso *= 30
    return modello, righe(), CE


def bias_storto(quanto, uscite):
    modello = mlp(10, uscite)
    with torch.no_grad():
        modello[-1].bias[0] = quanto
    return modello


def pesi_legati():
    """Gli embedding nascono N(0, 1): usati anche in uscita, danno logit enormi."""
    modello = Fatta(
        lambda s, x: s.t(s.n(s.e(x))), e=nn.Embedding(60, 128), n=nn.LayerNorm(128), t=L(128, 60, bias=False)
    )
    modello.t.weight = modello.e.weight
    return modello, frasi(parole=60), piatta


def conta(self, x):
    self.giri += 1
    return self.r(x) / self.giri


def ricorda(self, x):
    y, stato = self.g(x, self.stato if self.stato is None or self.stato.shape[1] == len(x) else None)
    self.stato = stato.detach()
    return self.t(y[:, -1])


def statica(forward, **attributi):
    return lambda: (Fatta(forward, **attributi_nuovi(attributi)), righe(), CE)


def attributi_nuovi(attributi):
    return copy.deepcopy(attributi)


DUE = {"a": L(10, 32), "b": L(32, 4)}
SIGMOIDI = [strato for _ in range(12) for strato in (L(32, 32), nn.Sigmoid())]


# Per ogni malato, l'esame che deve trovarlo.
def tutti_positivi():
    modello = S(L(100, 32), nn.ReLU(), L(32, 32), nn.ReLU(), L(32, 4))
    for strato in modello[::2]:
        nn.init.uniform_(strato.weight)
    return modello, (R(32, 100), I(4, 32)), CE


def congelato():
    return (mlp().requires_grad_(False),)


MALATI = {
    "la loss vuole i logit, e arriva un dizionario": (
        "forward",
        lambda: (Fatta(lambda s, x: {"logit": s.r(x)}, r=mlp()), righe(), CE),
    ),
    "vede il futuro, e la loss sposta": ("indipendenza", lambda: (lingua(False), (frasi()[0],) * 2, sposta)),
    "spostati due volte": ("indipendenza", lambda: (lingua(), frasi(), sposta)),
    "softmax, e la loss sposta": (
        "uscita",
        lambda: (Fatta(lambda s, x: s.r(x).softmax(-1), r=lingua()), (frasi()[0],) * 2, sposta),
    ),
    "il secondo ingresso non è normalizzato": ("ingressi", lambda: due_ingressi(500)),
    "divisi due volte, con la batch norm": (
        "ingressi",
        lambda: (
            S(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), L(800, 4)),
            *((torch.rand(16, 1, 12, 12) / 255, I(4, 16)), CE),
        ),
    ),
    "pixel interi in un ViT": (
        "ingressi",
        lambda: (lambda modello, batch, loss: (modello, (I(256, 16, 3, 16, 16).float(), batch[1]), loss))(
            *vit_di_timm()
        ),
    ),
    "uno stato che si dimentica in fretta": ("ripetibilità", lambda: con_stato(True)),
    "tre reti in parallelo, gemelle": ("attivazioni", lambda: in_parallelo(True)),
    "canali portati davanti con reshape": ("forme", lambda: canali_in_fondo(lambda x: x.reshape(len(x), 3, 12, 12))),
    "arcface fuori dall'ottimizzatore": ("ottimizzatore", lambda: arcface(False)),
    "ctc senza log_softmax": ("uscita", ctc),
    "somiglianze senza normalizzare": ("loss iniziale", lambda: somiglianze(False)),
    "conteggi, con due esponenziali": ("uscita", lambda: conteggi(Esponenziale())),
    "la testa cambiata, con un altro nome": ("gradienti", lambda: ottico(True)),
    "due colonne di y, e una previsione": (
        "forme",
        lambda: (mlp(10, 1), (lambda x: (x, x[:, :2]))(R(32, 10)), nn.L1Loss()),
    ),
    "y in coppia, e (N, 1) meno (N)": (
        "forme",
        lambda: (
            mlp(10, 4),
            *((R(32, 10), (I(4, 32), R(32))), lambda u, y: (u.gather(1, y[0][:, None]) - y[1]).square().mean()),
        ),
    ),
    "y in un dizionario, (N, 1) contro (N)": (
        "forme",
        lambda: (
            Fatta(lambda s, x: {"r": s.r(x)}, r=mlp(10, 1)),
            *((R(32, 10), {"r": R(32)}), lambda u, y: MSE(u["r"], y["r"])),
        ),
    ),
    "un bias enorme, numeri": ("loss iniziale", lambda: (bias_storto(1000, 1), retta(), MSE)),
    "BCE senza il meno": (
        "segno",
        lambda: (
            mlp(10, 1, nn.Sigmoid()),
            *((R(32, 10), I(2, 32, 1).float()), lambda p, y: -F.binary_cross_entropy(p, y)),
        ),
    ),
    "l'ultima risposta del batch": (
        "indipendenza",
        lambda: (
            Fatta(lambda s, x: s.t(s.r(x)[0][-1]), r=nn.LSTM(3, 16, batch_first=True), t=L(16, 1)),
            *((R(24, 24, 3), R(24, 1)), MSE),
        ),
    ),
    "una norma su un numero solo": (
        "attivazioni",
        lambda: (
            Fatta(
                lambda s, x: s.t(s.r(s.n(x))[0][:, -1]),
                n=nn.LayerNorm(1),
                r=nn.GRU(1, 16, batch_first=True),
                t=L(16, 1),
            ),
            *((R(24, 12, 1), R(24, 1)), MSE),
        ),
    ),
    "softmax dopo bert": (
        "uscita",
        lambda: (
            Fatta(lambda s, x: {"p": s.b(x).softmax(-1)}, b=bert(testa=True)),
            *((I(50, 16, 9), I(3, 16)), lambda u, y: CE(u["p"], y)),
        ),
    ),
    "softmax a mano": (
        "uscita",
        lambda: (Fatta(lambda s, x: (lambda e: e / e.sum(1, keepdim=True))(s.r(x).exp()), r=mlp()), righe(), CE),
    ),
    "softmax sugli esempi": ("uscita", lambda: (mlp(10, 4, nn.Softmax(0)), righe(), CE)),
    "sigmoide e BCE con logit": ("uscita", lambda: (mlp(10, 1, nn.Sigmoid()), (R(32, 10), I(2, 32, 1).float()), BCE)),
    "sigmoide e CE": ("uscita", lambda: (mlp(10, 4, nn.Sigmoid()), righe(), CE)),
    "ReLU in fondo, classi": ("uscita", lambda: (mlp(10, 4, nn.ReLU()), righe(), CE)),
    "ReLU in fondo, regressione": ("uscita", lambda: (mlp(10, 1, nn.ReLU()), retta(), MSE)),
    "tanh in fondo, y grandi": ("uscita", lambda: (mlp(10, 1, nn.Tanh()), (R(32, 10), 5 * R(32, 1)), MSE)),
    "sigmoide su dati normalizzati": ("uscita", lambda: autoencoder(R(32, 64), nn.Sigmoid())),
    "NLL sui logit": ("uscita", lambda: (mlp(), righe(), F.nll_loss)),
    "NLL sulle probabilità": ("uscita", lambda: (mlp(10, 4, nn.Softmax(1)), righe(), F.nll_loss)),
    "softmax e più etichette": (
        "uscita",
        lambda: (mlp(10, 5, nn.Softmax(1)), (R(32, 10), I(2, 32, 5).float()), nn.BCELoss()),
    ),
    "logit e KL": ("uscita", lambda: (mlp(), morbide(), nn.KLDivLoss(reduction="batchmean"))),
    "hardtanh in fondo, y grandi": ("uscita", lambda: (mlp(10, 1, nn.Hardtanh()), (R(32, 10), 10 * R(32, 1)), MSE)),
    "clamp in fondo, y grandi": (
        "uscita",
        lambda: (Fatta(lambda s, x: s.r(x).clamp(0, 1), r=mlp(10, 1)), (R(32, 10), 50 + R(32, 1)), MSE),
    ),
    "quadrato in fondo": ("uscita", lambda: (Fatta(lambda s, x: s.r(x) ** 2, r=mlp(10, 1)), retta(), MSE)),
    "valore assoluto in fondo": ("uscita", lambda: (Fatta(lambda s, x: s.r(x).abs(), r=mlp(10, 1)), retta(), MSE)),
    "relu6 in fondo, classi": ("uscita", lambda: (mlp(10, 4, nn.ReLU6()), righe(), CE)),
    "logsigmoid e BCE con logit": (
        "uscita",
        lambda: (mlp(10, 1, nn.LogSigmoid()), (R(32, 10), I(2, 32, 1).float()), BCE),
    ),
    "strati in una lista": (
        "registrazione",
        statica(lambda s, x: s.t(s.l[1](s.l[0](x).relu()).relu()), l=[L(10, 32), L(32, 32)], t=L(32, 4)),
    ),
    "strati in un dizionario": (
        "registrazione",
        statica(lambda s, x: s.t(s.d["a"](x).relu()), d={"a": L(10, 32)}, t=L(32, 4)),
    ),
    "un tensore, non un parametro": (
        "registrazione",
        statica(lambda s, x: s.t((x @ s.w).relu()), w=torch.randn(10, 32, requires_grad=True), t=L(32, 4)),
    ),
    "uno strato creato nel forward": ("registrazione", statica(lambda s, x: L(32, 4)(s.a(x).relu()), a=L(10, 32))),
    "lr zero": ("ottimizzatore", lambda: con(torch.optim.Adam, mlp(), righe(), CE, lr=0.0)),
    "lr 1e-9": ("primi passi", lambda: con(torch.optim.SGD, mlp(), righe(), CE, lr=1e-9)),
    "lr 1e-7, Adam": ("primi passi", lambda: con(torch.optim.Adam, mlp(), righe(), CE, lr=1e-7)),
    "lr 50": ("primi passi", lambda: con(torch.optim.SGD, mlp(), righe(), CE, lr=50.0)),
    "sale invece di scendere": (
        "primi passi",
        lambda: con(torch.optim.Adam, mlp(), righe(), CE, lr=0.01, maximize=True),
    ),
    "weight decay 10, AdamW": (
        "ottimizzatore",
        lambda: con(torch.optim.AdamW, mlp(), righe(), CE, lr=0.1, weight_decay=10),
    ),
    "weight decay 10, SGD": (
        "ottimizzatore",
        lambda: con(torch.optim.SGD, mlp(), righe(), CE, lr=0.01, weight_decay=10),
    ),
    "weight decay 10, Adam": (
        "ottimizzatore",
        lambda: con(torch.optim.Adam, mlp(), righe(), CE, lr=1e-3, weight_decay=10),
    ),
    "la testa cambiata dopo": ("ottimizzatore", cambia_testa),
    "meno la CE": ("segno", lambda: (mlp(), righe(), lambda u, y: -CE(u, y))),
    "meno la MSE": ("segno", lambda: (mlp(10, 1), retta(), lambda u, y: -MSE(u, y))),
    "la correlazione, senza il meno": (
        "segno",
        lambda: (
            mlp(10, 1),
            *(retta(), lambda u, y: F.cosine_similarity((u - u.mean(0)).flatten(), (y - y.mean(0)).flatten(), dim=0)),
        ),
    ),
    "detach": ("gradienti", statica(lambda s, x: s.b(s.a(x).relu().detach()), **DUE)),
    "argmax": ("gradienti", statica(lambda s, x: F.one_hot(s.b(s.a(x).relu()).argmax(1), 4).float(), **DUE)),
    "una soglia": ("gradienti", statica(lambda s, x: s.b((s.a(x) > 0).float()), **DUE)),
    "uno strato mai usato": ("gradienti", statica(lambda s, x: s.b(s.a(x).relu()), c=L(32, 32), **DUE)),
    "pesi tutti zero": ("gradienti", lambda: costanti(0.0)),
    "pesi tutti uguali": ("attivazioni", lambda: costanti(0.05)),
    "ReLU morte, scritte come funzione": ("attivazioni", statica(lambda s, x: s.b(torch.relu(s.a(x) - 50)), **DUE)),
    "dodici sigmoidi": ("un batch", lambda: (S(L(10, 32), *copy.deepcopy(SIGMOIDI), L(32, 4)), righe(), CE)),
    "la media del batch": ("indipendenza", statica(lambda s, x: s.b(s.a(x - x.mean(0)).relu()), **DUE)),
    "un reshape che mescola": ("indipendenza", statica(lambda s, x: s.b(s.a(x.t().reshape(len(x), -1)).relu()), **DUE)),
    "gru senza batch_first": ("indipendenza", lambda: (ricorrente(batch_first=False), (R(16, 12, 5), I(4, 16)), CE)),
    "lingua senza maschera": ("indipendenza", lambda: (lingua(maschera=False), frasi(), piatta)),
    "dropout sempre acceso": ("ripetibilità", statica(lambda s, x: s.b(F.dropout(s.a(x).relu())), **DUE)),
    "dropout creato nel forward": ("ripetibilità", statica(lambda s, x: s.b(nn.Dropout(0.5)(s.a(x).relu())), **DUE)),
    "(N) contro (N, 1)": ("forme", lambda: (mlp(10, 1), (lambda x, y: (x, y[:, 0]))(*retta()), F.l1_loss)),
    "classi sull'asse sbagliato": (
        "forme",
        lambda: (
            Fatta(lambda s, x: s.t(s.e(x)), e=nn.Embedding(9, 16), t=L(16, 9)),
            *((I(9, 16, 9), I(9, 16, 9)), CE),
        ),
    ),
    "(N, 1) contro (N), y lontane da zero": (
        "forme",
        lambda: (mlp(10, 1), (lambda x, y: (x, 100 + y[:, 0]))(*retta()), F.l1_loss),
    ),
    "(N, 1) contro (N), in un dizionario": (
        "forme",
        lambda: (
            Fatta(lambda s, x: {"r": s.r(x)}, r=mlp(10, 1)),
            *((lambda x, y: (x, y[:, 0]))(*retta()), lambda u, y: (u["r"] - y).abs().mean()),
        ),
    ),
    "(N, T, 1) contro (N, T)": (
        "forme",
        lambda: (
            Fatta(lambda s, x: s.t(s.r(x)[0]), r=nn.GRU(3, 16, batch_first=True), t=L(16, 1)),
            *((lambda x: (x, x[..., 0].cumsum(1)))(R(12, 12, 3)), MSE),
        ),
    ),
    "softmax su una colonna": (
        "uscita",
        lambda: (mlp(10, 1, nn.Softmax(-1)), (R(32, 10), I(2, 32, 1).float()), nn.BCELoss()),
    ),
    "un bias enorme": ("loss iniziale", lambda: (bias_storto(40, 4), righe(), CE)),
    "embedding legati ai logit, N(0, 1)": ("loss iniziale", pesi_legati),
    "una media del batch che si sente poco": (
        "indipendenza",
        statica(lambda s, x: s.b(s.a(x).relu() * s.c(s.a(x).relu().mean(0)).sigmoid()), **DUE, c=L(32, 32)),
    ),
    "un contatore che cambia la risposta": (
        "ripetibilità",
        statica(conta, r=mlp(), giri=1.0),
    ),
    "uno stato che passa da un batch all'altro": (
        "ripetibilità",
        lambda: (
            Fatta(ricorda, g=nn.GRU(4, 16, batch_first=True), t=L(16, 3), stato=None),
            *((R(12, 5, 4), I(3, 12)), CE),
        ),
    ),
    "una lstm satura": (
        "ingressi",
        lambda: (
            Fatta(lambda s, x: s.t(s.r(x)[0][:, -1]), r=nn.LSTM(1, 24, batch_first=True), t=L(24, 1)),
            *((lambda x: (x, (x[:, -1] - 4e4) / 1e4))(4e4 + 2000 * R(24, 20, 1).cumsum(1)), MSE),
        ),
    ),
    "pixel grezzi": ("ingressi", lambda: (S(nn.Flatten(), mlp(144, 10)), (I(256, 32, 12, 12).float(), I(10, 32)), CE)),
    "divisi due volte": (
        "ingressi",
        lambda: (S(nn.Flatten(), mlp(144, 10)), (torch.rand(32, 12, 12) / 255, I(10, 32)), CE),
    ),
    "pesi enormi": ("loss iniziale", enormi),
    "reduction none": ("forward", lambda: (mlp(), righe(), nn.CrossEntropyLoss(reduction="none"))),
    "etichette da 1": ("forward", lambda: (mlp(), (R(32, 10), 1 + torch.arange(32) % 4), CE)),
    "float64": ("forward", lambda: (mlp(), (R(32, 10).double(), I(4, 32)), CE)),
    "rumore anche in eval": (
        "ripetibilità",
        lambda: (Fatta(lambda s, x: s.r(x + 0.2 * R(*x.shape)), r=mlp()), righe(), CE),
    ),
    "stato iniziale a caso": (
        "ripetibilità",
        lambda: (
            Fatta(lambda s, x: s.t(s.r(x, R(1, len(x), 24))[1][0]), r=nn.GRU(5, 24, batch_first=True), t=L(24, 4)),
            *((R(16, 12, 5), I(4, 16)), CE),
        ),
    ),
    "un conto su un parametro": (
        "registrazione",
        lambda: (Fatta(lambda s, x: x @ s.w, w=nn.Parameter(R(10, 4)) * 0.3, t=L(1, 1)), righe(), CE, None),
    ),
    "reshape al posto di permute": (
        "forme",
        lambda: (nn.Conv2d(2, 2, 1), (R(8, 2, 6, 6), I(2, 8, 6, 6)), lambda u, y: CE(u.reshape(-1, 2), y.flatten())),
    ),
    "view al posto di transpose": (
        "forme",
        lambda: (lingua(), frasi(), lambda u, y: CE(u.view(len(u), u.shape[2], u.shape[1]), y)),
    ),
    "NLL con il meno": ("segno", lambda: (mlp(10, 4, nn.LogSoftmax(1)), righe(), lambda u, y: -F.nll_loss(u, y))),
    "coseno da scendere": (
        "segno",
        lambda: (mlp(10, 6), (R(32, 10), R(32, 6)), lambda u, y: F.cosine_similarity(u, y).mean()),
    ),
    "cerniera con il più": (
        "segno",
        lambda: (mlp(10, 1), (R(32, 10), 2.0 * I(2, 32, 1) - 1), lambda u, y: (1 + u * y).relu().mean()),
    ),
    "PSNR da scendere": ("segno", lambda: (mlp(10, 1), retta(), lambda u, y: -10 * MSE(u, y).log10())),
    "temperatura al contrario": ("loss iniziale", lambda: (Fatta(lambda s, x: s.r(x) / 0.01, r=mlp()), righe(), CE)),
    "pesi fra zero e uno": ("loss iniziale", tutti_positivi),
    "tutto congelato": ("gradienti", lambda: (*congelato(), *(righe(), CE), torch.optim.Adam([R(1)]))),
    "tanh sature": (
        "attivazioni",
        lambda: (S(nn.Linear(10, 32), Fatta(lambda s, x: 30 * x), nn.Tanh(), L(32, 4)), righe(), CE),
    ),
    "LSTM in fondo, y grandi": (
        "uscita",
        lambda: (
            Fatta(lambda s, x: s.r(x)[0][:, -1], r=nn.LSTM(5, 1, batch_first=True)),
            (R(16, 9, 5), 5 * R(16, 1)),
            MSE,
        ),
    ),
    "softmax nella loss": ("uscita", lambda: (mlp(), righe(), lambda u, y: CE(u.softmax(1), y))),
    "NLL sulle probabilità, nella loss": ("uscita", lambda: (mlp(), righe(), lambda u, y: F.nll_loss(u.softmax(1), y))),
    "token non spostati": ("indipendenza", lambda: (lingua(), (frasi()[0],) * 2, piatta)),
    "dropout 0,95": ("attivazioni", lambda: (S(L(10, 32), nn.ReLU(), nn.Dropout(0.95), L(32, 4)), righe(), CE)),
    "un esempio solo pieno": ("ingressi", lambda: (mlp(), (torch.cat([R(1, 10), torch.zeros(31, 10)]), I(4, 32)), CE)),
    "redditi": ("ingressi", lambda: (S(L(10, 32), nn.Tanh(), L(32, 4)), (3e4 + 9e3 * R(32, 10), I(4, 32)), CE)),
}


def _visita(caso):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        modello, batch, loss, *suo = caso()
        pesi = [p for p in modello.parameters() if p.requires_grad]
        return visita_medica(modello, batch, loss, *(suo or [torch.optim.Adam(pesi, lr=1e-3)]))


@pytest.mark.parametrize("nome", SANI)
def test_nessun_sano_e_accusato(nome):
    referto = _visita(SANI[nome])
    assert referto.sano, str(referto)
    assert len(referto.esami) > 1, str(referto)


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("nome", MALATI)
def test_ogni_malato_e_trovato_con_l_esame_giusto(nome):
    esame, caso = MALATI[nome]
    referto = _visita(caso)
    assert esame in referto.malati, str(referto)


def test_il_referto_dice_tensori_di_pesi_e_dove_stanno():
    referto = str(_visita(MALATI["strati in una lista"][1]))
    assert "parameters() non vede 4 tensori di pesi: l[0].bias, l[0].weight, l[1].bias, l[1].weight" in referto
    assert "a 2 tensori di pesi su 4 non arriva nulla: a.weight, a.bias" in str(_visita(MALATI["detach"][1]))


def test_il_forward_dice_se_il_nan_era_gia_negli_ingressi():
    x, y = righe()
    x[3, 2] = torch.nan
    assert "sta già negli ingressi" in str(visita_medica(mlp(), (x, y), CE))


@pytest.mark.filterwarnings("ignore")
def test_un_modello_passato_da_jit_e_rifiutato():
    modello = torch.jit.trace(mlp(), R(2, 10))
    with pytest.raises(TypeError, match=r"torch\.jit"):
        visita_medica(modello, righe(), CE)


def test_un_esame_si_puo_saltare():
    modello, batch, loss = MALATI["la media del batch"][1]()
    assert visita_medica(modello, batch, loss, salta=("indipendenza",)).sano
