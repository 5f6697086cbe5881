"""Le risposte di prova agli esercizi della lezione 12: giuste in altre forme, sbagliate che non sono sviste."""

import copy

import torch
from fastapi import HTTPException
from torch import nn
from torch.export import Dim, export
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_conv_bn_weights

from corso_pytorch.lezioni.l12_produzione.esercizi import andata_e_ritorno, confronto, per_canale
from corso_pytorch.lezioni.l12_produzione.sportello import rispondi


# 12.5
def _con_ritorno(quantizza):
    def andata_e_ritorno(x, scala, zero):
        interi = quantizza(x, scala, zero)
        return interi, scala * (interi.to(torch.float32) - zero)

    return andata_e_ritorno


@_con_ritorno
def _q_torch(x, scala, zero):
    finta = torch.fake_quantize_per_tensor_affine(x, scala, zero, -128, 127)
    return ((finta / scala).round() + zero).to(torch.int8)


@_con_ritorno
def _q_dopo(x, scala, zero):
    interi = torch.round(x / scala) + zero
    return torch.minimum(torch.maximum(interi, torch.tensor(-128.0)), torch.tensor(127.0)).char()


@_con_ritorno
def _q_libreria(x, scala, zero):
    return torch.quantize_per_tensor(x, scala, zero, torch.qint8).int_repr()


@_con_ritorno
def _q_mezzo_in_su(x, scala, zero):
    return (x / scala + zero + 0.5).floor().clamp(-128, 127).to(torch.int8)


@_con_ritorno
def _q_ciclo(x, scala, zero):
    valori = [max(-128, min(127, round(v / scala + zero))) for v in x.flatten().tolist()]
    return torch.tensor(valori, dtype=torch.int8).reshape(x.shape)


# 12.3
class _Consegna(nn.Module):
    def __init__(self, rete, uscite):
        super().__init__()
        self.rete, self.uscite = rete, uscite

    def forward(self, pixel):
        return self.uscite(self.rete(pixel))


def _due(logit):
    return logit.argmax(dim=1), logit.softmax(dim=1).amax(dim=1)


NOMI = ("cifra", "sicurezza")


def _consegna(uscite=_due, nomi=NOMI, quante=2, libera=None, prepara=nn.Module.eval, **opzioni):
    opzioni = {"external_data": False, "verbose": False, "dynamo": True} | opzioni
    if libera is None:
        libera = {"dynamic_shapes": ({0: Dim("batch")},)}

    scritti = {}  # la seconda volta si riscrivono gli stessi byte: esportare di nuovo costa un secondo

    def consegna(rete, percorso):
        if not scritti:
            modulo, esempio = _Consegna(prepara(rete), uscite), torch.rand(quante, 1, 28, 28) * 255
            nome = {"input_names": ["pixel"], "output_names": list(nomi)}
            torch.onnx.export(modulo, (esempio,), percorso, **nome, **libera, **opzioni)
            scritti.update({nato.name: nato.read_bytes() for nato in percorso.parent.iterdir()})
        for nome, contenuto in scritti.items():
            (percorso.parent / nome).write_bytes(contenuto)
        return percorso

    return consegna


# Le uscite che una consegna può sbagliare: un export solo, e a ogni risposta le due che le servono.
USCITE = {
    "cifra": lambda y: y.argmax(1),
    "sicurezza": lambda y: y.softmax(1).amax(1),
    "logit": lambda y: y,
    "una colonna": lambda y: y.argmax(1, keepdim=True),
    "le probabilità": lambda y: y.softmax(1),
    "con la virgola": lambda y: y.argmax(1).float(),
    "la più bassa": lambda y: y.argmin(1),
    "la cifra dopo": lambda y: y.argmax(1) + 1,
    "il logit": lambda y: y.amax(1),
    "fra le immagini": lambda y: y.softmax(0).amax(1),
    "in percento": lambda y: 100 * y.softmax(1).amax(1),
    "sigmoide": lambda y: y.sigmoid().amax(1),
    "logaritmo": lambda y: y.log_softmax(1).amax(1),
    "la meno probabile": lambda y: y.softmax(1).amin(1),
    "la media": lambda y: y.softmax(1).mean(1),
}
_tutte = _consegna(lambda y: tuple(uscita(y) for uscita in USCITE.values()), nomi=tuple(USCITE))


def _ritaglia(*quali, nomi=NOMI, entra="pixel"):
    """Il file di `_tutte` con le sole uscite che servono, e con i nomi dati."""

    def consegna(rete, percorso):
        import onnx

        _tutte(rete, percorso)
        file = onnx.load(percorso)
        uscite = {uscita.name: copy.deepcopy(uscita) for uscita in file.graph.output}
        for nodo in file.graph.node:  # ogni nome interno cambia, così quelli delle uscite sono liberi
            nodo.input[:] = [
                entra if nome == "pixel" else f"_{nome}" if nome in uscite else nome for nome in nodo.input
            ]
            nodo.output[:] = [f"_{nome}" if nome in uscite else nome for nome in nodo.output]
        file.graph.input[0].name = entra
        del file.graph.output[:]
        for quale, nome in zip(quali, nomi, strict=True):
            file.graph.node.append(onnx.helper.make_node("Identity", [f"_{quale}"], [nome]))
            uscite[quale].name = nome
            file.graph.output.append(uscite[quale])
        onnx.save(file, percorso)
        return percorso

    return consegna


def _consegna_il_programma(rete, percorso):
    modulo = _Consegna(copy.deepcopy(rete).eval(), _due)
    programma = export(modulo, (torch.zeros(3, 1, 28, 28),), dynamic_shapes=({0: Dim.AUTO},))
    fatto = torch.onnx.export(programma, input_names=["pixel"], output_names=list(NOMI), verbose=False)
    fatto.save(percorso, external_data=False)
    return str(percorso)


def _massimi(logit):
    massimo = logit.softmax(dim=1).max(dim=1)
    return massimo.values, massimo.indices.to(torch.int32)


# 12.4
def _rispondi_con_i_posti(richieste, leggi, calcola):
    risposte, posti, immagini = [None] * len(richieste), [], []
    for posto, corpo in enumerate(richieste):
        try:
            immagini.append(leggi(corpo)[0])
        except HTTPException as errore:
            risposte[posto] = (errore.status_code, None)
        else:
            posti.append(posto)
    if posti:
        for posto, logit in zip(posti, calcola(torch.stack(immagini))):
            risposte[posto] = [200, logit.argmax()]
    return risposte


def _rispondi_con_il_dizionario(richieste, leggi, calcola):
    letto = {}
    for posto, corpo in enumerate(richieste):
        try:
            letto[posto] = leggi(corpo)
        except HTTPException as errore:
            letto[posto] = errore.status_code
    buone = {posto: pixel for posto, pixel in letto.items() if isinstance(pixel, torch.Tensor)}
    cifre = {}
    if buone:
        scelte = calcola(torch.cat(list(buone.values()))).argmax(dim=-1)
        cifre = dict(zip(buone, scelte.numpy()))
    return tuple((200, cifre[posto]) if posto in buone else (letto[posto], None) for posto in letto)


def _rispondi_con(unisci=torch.cat, prendi=HTTPException, sempre=False):
    def rispondi(richieste, leggi, calcola):
        buone, codici = [], []
        for corpo in richieste:
            try:
                buone.append(leggi(corpo))
                codici.append(200)
            except prendi as errore:
                codici.append(errore.status_code)
        cifre = calcola(unisci(buone)).argmax(dim=1).tolist() if buone or sempre else []
        return [(codice, cifre.pop(0) if codice == 200 else None) for codice in codici]

    return rispondi


def _rispondi_senza_conto(richieste, leggi, calcola):
    codici, buone = [], []
    for corpo in richieste:
        try:
            buone.append(leggi(corpo))
            codici.append(200)
        except HTTPException as errore:
            codici.append(errore.status_code)
    logit = calcola(torch.cat(buone)) if buone else []
    return [(c, logit[posto].argmax().item() if c == 200 else None) for posto, c in enumerate(codici)]


def _rispondi_prendendone_troppe(richieste, leggi, calcola):
    codici, buone = [], []
    for corpo in richieste:
        try:
            buone.append(leggi(corpo))
            codici.append(200)
        except HTTPException as errore:
            codici.append(errore.status_code)
    scelte = iter(calcola(torch.cat(buone)).argmax(dim=1).tolist() if buone else [])
    return [(codice, next(scelte)) for codice in codici]


def _rispondi_svuotando(richieste, leggi, calcola):
    fatte = rispondi(list(richieste), leggi, calcola)
    richieste.clear()
    return fatte


def _rispondi_guardando_le_immagini(prendi):
    def rispondi(richieste, leggi, calcola):
        risposte, posti, buone = [None] * len(richieste), [], []
        for posto, corpo in enumerate(richieste):
            try:
                buone.append(leggi(corpo))
                posti.append(posto)
            except HTTPException as errore:
                risposte[posto] = (errore.status_code, None)
        if buone:
            scelte = calcola(torch.cat(buone)).argmax(0)
            for n, posto in enumerate(posti):
                risposte[posto] = (200, prendi(scelte, n))
        return risposte

    return rispondi


def _rispondi_con_un_posto_per_corpo(richieste, leggi, calcola):
    immagini, codici = {}, {}
    for corpo in richieste:
        try:
            immagini[corpo] = leggi(corpo)
            codici[corpo] = 200
        except HTTPException as errore:
            codici[corpo] = errore.status_code
    cifre = calcola(torch.cat(list(immagini.values()))).argmax(dim=1).tolist() if immagini else []
    lette = dict(zip(immagini, cifre))
    return [(codici[corpo], lette.get(corpo)) for corpo in richieste]


# 12.1
def _confronto_ciclo(a, b):
    uguali, scarto = 0, 0.0
    for riga_a, riga_b in zip(a, b):
        uguali += int(riga_a.argmax() == riga_b.argmax())
        for p, q in zip(riga_a.softmax(0).tolist(), riga_b.softmax(0).tolist()):
            scarto = max(scarto, abs(p - q))
    return uguali, scarto


def _confronto_tensori(a, b):
    p = (a - a.amax(1, keepdim=True)).exp()
    p, q = p / p.sum(1, keepdim=True), b.log_softmax(1).exp()
    return [(p.max(1).indices == q.max(1).indices).sum(), torch.dist(p, q, float("inf"))]


# 12.6
def _scale_ciclo(peso):
    interi, scale = torch.zeros_like(peso, dtype=torch.int8), torch.ones(len(peso))
    for o, canale in enumerate(peso):
        if canale.any():
            scale[o] = canale.abs().max() / 127
            interi[o] = (canale / scale[o]).round().clamp(-127, 127).char()
    return interi, scale


def _scale_con_un_asse_solo(peso):
    massimi = peso.flatten(1).norm(float("inf"), dim=1, keepdim=True)
    massimi[massimi == 0] = 127
    interi = (127 * peso.flatten(1) / massimi).round()
    return [interi.to(torch.int8).reshape(peso.shape), (massimi / 127).squeeze(1)]


def _scale_con_gli_estremi(peso):
    scale = torch.maximum(peso.amax((1, 2, 3), keepdim=True), -peso.amin((1, 2, 3), keepdim=True)) / 127
    scale = scale.masked_fill(scale == 0, 1.0)
    return torch.round(peso / scale).to(torch.int8), scale.flatten()


def _scale_libreria(peso):
    scale = peso.abs().amax(dim=[1, 2, 3]) / 127
    scale = scale + (scale == 0)
    zeri = torch.zeros(len(scale), dtype=torch.long)
    return torch.quantize_per_channel(peso.contiguous(), scale, zeri, 0, torch.qint8).int_repr(), scale


def _scale_con_view(peso):
    massimi = peso.view(len(peso), -1).abs().amax(1)
    scale = torch.where(massimi > 0, massimi / 127, 1.0)
    return (peso / scale.view(-1, 1, 1, 1)).round().to(torch.int8), scale


def _scale_con_un_minimo(peso):
    scale = peso.abs().amax((1, 2, 3)).clamp(min=1e-12) / 127
    return (peso / scale.view(-1, 1, 1, 1)).round().to(torch.int8), scale


def _scale_con_una_soglia(peso):
    massimi = peso.abs().amax((1, 2, 3))
    scale = torch.where(massimi < 0.005, torch.ones_like(massimi), massimi / 127)
    return (peso / scale[:, None, None, None]).round().to(torch.int8), scale


def _scale_in_un_tensore(peso):
    massimi = [canale.abs().max().item() for canale in peso]
    scale = torch.tensor([m / 127 if m else 1 for m in massimi])
    return (peso / scale.view(-1, 1, 1, 1)).round().to(torch.int8), scale


def _scale_sul_posto(peso):
    scale = peso.abs().amax(dim=(1, 2, 3)).div(127)
    scale[scale == 0] = 1
    return peso.div_(scale.view(-1, 1, 1, 1)).round().to(torch.int8), scale


# 12.7
def _piega_ciclo(peso, bias, bn):
    nuovo_peso, nuovo_bias = peso.clone(), bias.clone()
    for o in range(len(bias)):
        pendenza = bn.weight[o].item() / (bn.running_var[o].item() + bn.eps) ** 0.5
        nuovo_peso[o] *= pendenza
        nuovo_bias[o] = (bias[o] - bn.running_mean[o]) * pendenza + bn.bias[o].item()
    return nuovo_peso, nuovo_bias


@torch.no_grad()
def _piega_provando(peso, bias, bn):
    uscite = len(bias)
    zero = bn(torch.zeros(1, uscite, 1, 1)).flatten()
    pendenza = bn(torch.ones(1, uscite, 1, 1)).flatten() - zero
    return [torch.einsum("oikl,o->oikl", peso, pendenza), pendenza * bias + zero]


def _piega_libreria(peso, bias, bn):
    conv = nn.Conv2d(peso.shape[1], peso.shape[0], peso.shape[2])
    conv.weight.data, conv.bias.data = peso, bias
    piegata = fuse_conv_bn_eval(conv.eval(), bn)
    return piegata.weight, piegata.bias


def _piega_pesi(peso, bias, bn):
    return fuse_conv_bn_weights(peso, bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)


@torch.no_grad()
def _piega_sul_posto(peso, bias, bn):
    pendenza = bn.weight / (bn.running_var + bn.eps).sqrt()
    peso *= pendenza.view(-1, 1, 1, 1)
    return peso, (bias - bn.running_mean) * pendenza + bn.bias


# 12.2
PIXEL = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 255
LIBERA = ({0: Dim("batch")},)


class _Scelta(nn.Module):
    def __init__(self, rete, scegli):
        super().__init__()
        self.rete, self.scegli = rete, scegli

    def forward(self, pixel):
        return self.rete(self.scegli(pixel))


def _media(pixel):
    return pixel.mean(dim=(1, 2, 3), keepdim=True)


def _dove(pixel):
    return torch.where(_media(pixel) > 127, 255 - pixel, pixel)


def _esporta(scegli=_dove, esempio=PIXEL, libera=LIBERA, prepara=nn.Module.eval, **opzioni):
    return lambda rete: export(_Scelta(prepara(rete), scegli), (esempio.clone(),), dynamic_shapes=libera, **opzioni)


def _maschera(pixel):
    chiara = (pixel.flatten(1).mean(dim=1) > 127).float().view(-1, 1, 1, 1)
    return chiara * (255 - pixel) + (1 - chiara) * pixel


def _valore_assoluto(pixel):
    return (255 * (pixel.sum(dim=(1, 2, 3), keepdim=True) > 127 * 784) - pixel).abs()


def _esporta_copia(rete):
    rete = copy.deepcopy(rete).eval()
    for parametro in rete.parameters():
        parametro.requires_grad_(False)
    n = Dim("n", min=1, max=64)
    return export(_Scelta(rete, _maschera), (torch.randint(0, 256, (5, 1, 28, 28)).float(),), dynamic_shapes=({0: n},))


def _esporta_per_nome(rete):
    return export(_Scelta(rete.eval(), _dove), (), {"pixel": PIXEL.clone()}, dynamic_shapes={"pixel": LIBERA[0]})


def _con_if(pixel):
    if pixel.mean() > 127:
        pixel = 255 - pixel
    return pixel


def _a_una_a_una(pixel):
    return torch.stack([255 - immagine if immagine.mean().item() > 127 else immagine for immagine in pixel])


def _con_cond(pixel):
    return torch.cond(pixel.mean() > 127, lambda p: 255 - p, lambda p: p.clone(), (pixel,))


def _senza_dropout(rete):
    for strato in rete.modules():
        if isinstance(strato, nn.Dropout):
            strato.p = 0
    return rete


CHIARO = bool(PIXEL.mean() > 127)


def _deciso_prima(pixel):
    return 255 - pixel if CHIARO else pixel


GIUSTE = {
    "12.2": [
        _esporta(),
        _esporta(_maschera, libera={"pixel": {0: Dim.AUTO}}),
        _esporta(_valore_assoluto, libera=({0: Dim("n", max=64)},)),
        _esporta(esempio=torch.zeros(2, 1, 28, 28), strict=True),
        _esporta(libera=({0: Dim("n", min=2)},)),  # a 1 PyTorch arriva lo stesso
        _esporta_copia,
        lambda rete: _esporta()(rete).run_decompositions(),
    ],
    "12.3": [
        _consegna(),
        _consegna(_massimi, nomi=NOMI[::-1], libera={"dynamic_shapes": ({0: "n"},)}),
        _consegna(quante=5, libera={"dynamic_shapes": {"pixel": {0: Dim.DYNAMIC}}}),
        _ritaglia("cifra", "sicurezza", "logit", nomi=(*NOMI, "logit")),
        _consegna(quante=1),  # qui torch.onnx.export se la cava anche con una immagine sola
        _consegna_il_programma,
    ],
    "12.4": [_rispondi_con_i_posti, _rispondi_con_il_dizionario, _rispondi_con(), _rispondi_con(prendi=Exception)],
    "12.5": [_q_torch, _q_dopo, _q_ciclo, _q_libreria, _q_mezzo_in_su],
    "12.6": [_scale_ciclo, _scale_con_un_asse_solo, _scale_con_gli_estremi, _scale_libreria],
    "12.1": [_confronto_ciclo, _confronto_tensori],
    "12.7": [_piega_ciclo, _piega_provando],
}

SBAGLIATE = {
    "12.2": [
        (3, "serve una funzione"),
        (lambda rete: _esporta()(rete).module(), "prima di .module()"),
        (lambda rete: torch.jit.trace(_Scelta(rete.eval(), _dove), PIXEL), "TorchScript, deprecato"),
        (lambda rete: "modello.pt2", "Serve un ExportedProgram, e invece è un testo"),
        (_esporta(_con_if), "prova torch.where"),
        (_esporta(_con_if, strict=True), "prova torch.where"),
        (_esporta(_a_una_a_una), "prova torch.where"),
        (_esporta(libera=None), "è rimasta quella dell'esempio"),
        (_esporta_per_nome, "gli passa i pixel senza nome"),
        (_esporta(esempio=PIXEL[:1]), "mettine almeno due"),
        (_esporta(libera=({0: Dim("n", max=32)},)), "da 1 a 64"),
        (_esporta(prepara=nn.Module.train), "dropout è rimasto acceso"),
        (_esporta(prepara=_senza_dropout), "esportata in addestramento"),
        (_esporta(_con_cond), "Hai deciso per tutto il batch"),
        (_esporta(_deciso_prima), "Anche le immagini scure" if CHIARO else "Le immagini chiare non"),
        (_esporta(lambda pixel: 255 - pixel), "Anche le immagini scure"),
        (_esporta(lambda pixel: torch.where(_media(pixel) < 127, 255 - pixel, pixel)), "al contrario"),
        (_esporta(lambda pixel: torch.where(_media(pixel) >= 127, 255 - pixel, pixel)), "127 esatti"),
        (_esporta(lambda pixel: torch.where(pixel > 127, 255 - pixel, pixel)), "pixel per pixel"),
        (_esporta(lambda pixel: torch.where(_media(pixel) > 127.5, 255 - pixel, pixel)), "la tua soglia è un'altra"),
        (_esporta(lambda pixel: torch.where(_media(pixel) > 100, 255 - pixel, pixel)), "la tua soglia è un'altra"),
        (_esporta(lambda pixel: torch.where(_media(pixel) > 0.5, 255 - pixel, pixel)), "soglia è troppo bassa"),
        (_esporta(lambda pixel: torch.where(pixel.mean(0) > 127, 255 - pixel, pixel)), "Hai deciso per tutto il batch"),
        (_esporta(lambda pixel: torch.where(pixel.mean((1, 2, 3)) > 127, 255 - pixel, pixel)), "quattro assi"),
        (_esporta(lambda pixel: _dove(pixel) / 255), "da 0 a 255"),
        (lambda rete: _esporta()(nn.Sequential(rete, nn.Softmax(dim=1))), "servono i logit"),
        (lambda rete: _esporta()(nn.Linear(28, 10)), "dieci logit"),
    ],
    "12.3": [
        (3, "serve una funzione"),
        (lambda rete, percorso: print(), "manca il return"),
        (lambda rete, percorso: [percorso.write_bytes(b"ciao")], "non apre il file"),
        (_consegna(external_data=True), "nato un altro"),
        (_ritaglia("cifra", "sicurezza", entra="immagine"), "L'ingresso si chiama «immagine»"),
        (_ritaglia("cifra", "sicurezza", nomi=("cifra", "probabilita")), "manca «sicurezza»"),
        (_ritaglia("cifra", nomi=("cifra",)), "manca «sicurezza»"),
        (_ritaglia("cifra", "sicurezza", nomi=("a", "b")), "mancano «cifra», «sicurezza»"),
        (_ritaglia("cifra", "sicurezza", nomi=NOMI[::-1]), "sono scambiate"),
        (_consegna(libera={}), "dichiara libera"),
        (_consegna(libera={}, quante=1), "dichiara libera"),
        (_consegna(prepara=nn.Module.train), "rimasto un dropout"),
        (_consegna(lambda y: (y.argmax(1), y.softmax(1).amax(1).item())), "Lascia i tensori"),
        (_consegna(lambda y: (int(y.argmax(1)), y.softmax(1).amax(1))), "Mentre si esporta i valori non ci sono"),
        (_consegna(lambda y: (y.argmax(1), y.softmax(1).amax().item())), "serve dim=1"),
        (_ritaglia("logit", "sicurezza"), "con argmax"),
        (_ritaglia("una colonna", "sicurezza"), "ha forma (2, 1)"),
        (_ritaglia("cifra", "le probabilità"), "ha forma (2, 10)"),
        (_ritaglia("con la virgola", "sicurezza"), "serve un intero"),
        (_ritaglia("la più bassa", "sicurezza"), "più basso"),
        (_ritaglia("la cifra dopo", "sicurezza"), "«cifra» non è quella"),
        (_ritaglia("cifra", "il logit"), "il logit più alto"),
        (_ritaglia("cifra", "fra le immagini"), "sommano a 1"),
        (_ritaglia("cifra", "in percento"), "in percento"),
        (_ritaglia("cifra", "sigmoide"), "sigmoide"),
        (_ritaglia("cifra", "logaritmo"), "log-probabilità"),
        (_ritaglia("cifra", "la meno probabile"), "meno probabile"),
        (_ritaglia("cifra", "la media"), "«sicurezza» no"),
    ],
    "12.4": [
        (3, "serve una funzione"),
        (_rispondi_con(torch.stack), "unisci con torch.cat"),
        (_rispondi_con(prendi=KeyError), "prendi l'eccezione"),
        (_rispondi_con(sempre=True), "non va chiamato"),
        (_rispondi_senza_conto, "tieni il conto a parte"),
        (_rispondi_prendendone_troppe, "Le cifre sono tante quante le immagini buone"),
        (_rispondi_svuotando, "cambia il suo argomento"),
        (lambda richieste, leggi, calcola: [leggi(corpo) for corpo in richieste], "prendi l'eccezione"),
        (lambda *argomenti: dict(enumerate(rispondi(*argomenti))), "dovrebbe essere una lista"),
        (lambda *argomenti: [(200, 3) for _ in argomenti[0]], "L'elenco delle risposte, al posto 1, al posto 0, non è"),
        (_rispondi_guardando_le_immagini(lambda scelte, n: scelte[n]), "si sceglie lungo dim=1"),
        (_rispondi_guardando_le_immagini(lambda scelte, n: scelte[n].item()), "si sceglie lungo dim=1"),
        (_rispondi_guardando_le_immagini(lambda scelte, n: scelte.tolist()[n]), "si sceglie lungo dim=1"),
        (_rispondi_con_un_posto_per_corpo, "un dizionario le fonde"),
    ],
    "12.5": [
        (lambda x, scala, zero: ((x / scala + zero).to(torch.int8), x), "mancano due passi"),
        (lambda x, scala, zero: andata_e_ritorno(x, scala, zero)[0], "Servono 2 valori"),
        (3, "serve una funzione"),
        (lambda x, scala, zero: andata_e_ritorno(x.half(), scala, zero), "i valori no"),
    ],
    "12.6": [
        (_scale_sul_posto, "cambia il suo argomento"),
        (_scale_con_view, "usa reshape"),
        (_scale_con_un_minimo, "tutto zero vale 1"),
        (_scale_in_un_tensore, "il dtype è int64"),
        (lambda peso: (per_canale(peso)[0].int(), per_canale(peso)[1]), "non sono int8"),
        (lambda peso: (per_canale(peso)[0].long(), per_canale(peso)[1]), "non sono int8"),
        (_scale_con_una_soglia, "non è tutto zero"),
        (lambda peso: per_canale(peso)[0], "Servono 2 valori"),
        (lambda peso: (*per_canale(peso), 127), "una tupla di 3"),
        (lambda peso: (per_canale(peso)[0], per_canale(peso)[1].view(-1, 1, 1, 1)), "cioè 4 assi: ne serve 1"),
        (lambda peso: (per_canale(peso)[0], per_canale(peso)[1].tolist()), "serve un tensore"),
        (3, "serve una funzione"),
    ],
    "12.1": [
        (lambda a, b: (float(confronto(a, b)[0]), confronto(a, b)[1]), "serve un intero"),
        (lambda a, b: confronto(a, b)[0], "Servono 2 valori"),
        (lambda a, b: (confronto(a, b)[0], (a.softmax(1) - b.softmax(1)).abs()), "dovrebbe essere un numero"),
    ],
    "12.7": [
        (_piega_libreria, "senza «fuse_conv_bn_eval»"),
        (_piega_pesi, "senza «fuse_conv_bn_weights»"),
        (_piega_sul_posto, "cambia il suo argomento"),
        (lambda peso, bias, bn: peso, "Servono 2 valori"),
    ],
}
