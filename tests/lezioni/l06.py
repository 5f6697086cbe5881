"""Le risposte di prova agli esercizi della lezione 06."""

import copy
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from corso_pytorch.addestramento import addestra
from corso_pytorch.lezioni.l06_ecosistema import riuso
from corso_pytorch.lezioni.l06_ecosistema.esercizi import congela, sposta, usabile
from corso_pytorch.ricetta import BatchInMemoria


# 6.2
def _usabile_a_mano(condizioni, versione):
    mia = (*map(int, versione.split(".")), 0, 0)[:3]
    for pacchetto, segno, limite in condizioni:
        if pacchetto != "torch" or not segno:
            continue
        sua = (*map(int, limite.split(".")), 0, 0)[:3]
        if segno == ">=" and mia < sua or segno == "<" and mia >= sua or segno == "==" and mia != sua:
            return False
    return True


def _usabile_come_numero(condizioni, versione):
    def numero(testo):
        grande, medio, piccolo = [*map(int, testo.split(".")), 0, 0][:3]
        return 1_000_000 * grande + 1000 * medio + piccolo

    prove = {"": lambda a, b: True, ">=": int.__ge__, "<": int.__lt__, "==": int.__eq__}
    suoi = [(segno, limite or "0") for nome, segno, limite in condizioni if nome == "torch"]
    return all(prove[segno](numero(versione), numero(limite)) for segno, limite in suoi)


def _usabile_senza_guardare_il_segno(condizioni, versione):
    mia = (*map(int, versione.split(".")), 0, 0)[:3]
    for _, segno, limite in [condizione for condizione in condizioni if condizione[0] == "torch"]:
        sua = (*map(int, limite.split(".")), 0, 0)[:3]
        if not {">=": mia >= sua, "<": mia < sua, "==": mia == sua}[segno]:
            return False
    return True


def _usabile_sul_posto(condizioni, versione):
    condizioni[:] = [condizione for condizione in condizioni if condizione[0] == "torch"]
    return usabile(condizioni, versione)


def _usabile_con_any(condizioni, versione):
    return any(nome != "torch" or usabile([("torch", segno, limite)], versione) for nome, segno, limite in condizioni)


def _usabile_parte_per_parte(condizioni, versione):
    mia = (*map(int, versione.split(".")), 0, 0)[:3]
    for nome, segno, limite in condizioni:
        if nome == "torch" and segno:
            coppie = list(zip(mia, (*map(int, limite.split(".")), 0, 0)[:3], strict=True))
            prove = {
                ">=": all(a >= b for a, b in coppie),
                "<": all(a < b for a, b in coppie),
                "==": all(a == b for a, b in coppie),
            }
            if not prove[segno]:
                return False
    return True


# 6.3
def _taglia_libreria(immagini, lato):
    return F.unfold(immagini, lato, stride=lato).transpose(1, 2)


def _taglia_cicli(immagini, lato):
    righe = []
    for i in range(0, immagini.shape[2], lato):
        for j in range(0, immagini.shape[3], lato):
            righe.append(immagini[:, :, i : i + lato, j : j + lato].flatten(1))
    return torch.stack(righe, dim=1)


def _taglia_reshape(immagini, lato):
    n, c, h, w = immagini.shape
    x = immagini.reshape(n, c, h // lato, lato, w // lato, lato)
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


def _taglia_assi_scambiati(immagini, lato):
    n, c, h, w = immagini.shape
    x = immagini.reshape(n, c, h // lato, lato, w // lato, lato)
    return x.permute(0, 2, 3, 1, 4, 5).reshape(n, -1, c * lato * lato)


# 6.4
def _congela_semplice(modello, tranne):
    modello.requires_grad_(False).eval()
    parte = modello.get_submodule(tranne)
    parte.requires_grad_(True).train()
    return sum(p.numel() for p in parte.parameters())


def _congela_per_nome(modello, tranne):
    quanti = 0
    for nome, p in modello.named_parameters():
        p.requires_grad = nome.startswith(tranne + ".")
        quanti += p.numel() if p.requires_grad else 0
    for nome, figlio in modello.named_children():
        figlio.train(nome == tranne)
    return torch.tensor(quanti)


def _congela_fino_ai_nipoti(modello, tranne):
    modello.requires_grad_(False)
    for nome, figlio in modello.named_children():
        figlio.training = nome == tranne
        for strato in figlio.children():
            strato.training = nome == tranne
    parte = modello.get_submodule(tranne).requires_grad_(True)
    return sum(p.numel() for p in parte.parameters())


def _congela_a_strati(modello, tranne):
    modello.requires_grad_(False).eval()
    for strato in modello.get_submodule(tranne):
        strato.requires_grad_(True).train()
    return sum(p.numel() for p in modello.parameters() if p.requires_grad)


def _congela_e_azzera(modello, tranne):
    with torch.no_grad():
        for p in modello.parameters():
            p.zero_()
    return congela(modello, tranne)


def _congela_e_aggiunge(modello, tranne):
    modello.altro = torch.nn.Linear(2, 2)
    return congela(modello, tranne)


def _congela_con_un_attributo(modello, tranne):
    modello.requires_grad_(False).eval()
    parte = modello.get_submodule(tranne).train()
    parte.requires_grad = True
    return sum(p.numel() for p in modello.parameters() if p.requires_grad)


# 6.5
def _adatta_con_addestra(esperta, x, y, rimetti=False):
    rete = copy.deepcopy(esperta)
    rete.requires_grad_(False)
    rete.uscita = nn.Sequential(nn.Flatten(), nn.Linear(576, 5))
    ottimizzatore = torch.optim.AdamW(rete.uscita.parameters(), lr=0.003)
    addestra(rete, BatchInMemoria(x, y, 25), nn.CrossEntropyLoss(), ottimizzatore, epoche=40)
    if rimetti:
        rete.load_state_dict({n: v for n, v in esperta.state_dict().items() if "blocco" in n}, strict=False)
    return rete.eval()


def _adatta_a_pezzi(esperta, x, y):
    corpo = nn.Sequential(esperta.blocco1, esperta.blocco2, esperta.blocco3, nn.Flatten())
    corpo = copy.deepcopy(corpo).eval().requires_grad_(False)
    testa = nn.Linear(576, 5)
    dati = [(corpo(x), y)]
    addestra(testa, dati, nn.CrossEntropyLoss(), torch.optim.RMSprop(testa.parameters(), lr=0.001), epoche=50)
    return nn.Sequential(corpo, testa)


class _Avvolta(nn.Module):
    def __init__(self, esperta):
        super().__init__()
        self.esperta = copy.deepcopy(esperta).eval()
        self.testa = nn.Sequential(nn.Linear(576, 32), nn.ReLU(), nn.Linear(32, 5))

    def forward(self, x):
        with torch.no_grad():
            x = self.esperta.blocco3(self.esperta.blocco2(self.esperta.blocco1(x)))
        return self.testa(x.flatten(1))


def _adatta_avvolgendo(esperta, x, y):
    rete = _Avvolta(esperta)
    ottimizzatore = torch.optim.Adam(rete.testa.parameters(), lr=0.003)
    for _ in range(80):
        loss = F.cross_entropy(rete(x), y)
        ottimizzatore.zero_grad()
        loss.backward()
        ottimizzatore.step()
    return rete


def _adatta_in_chiusura(esperta, x, y):
    rete = riuso.adatta(esperta, x, y)
    return lambda immagini: rete(immagini)


# 6.6
def _sposta_ciclo(immagini, passi):
    uscita = torch.zeros_like(immagini)
    larga = immagini.shape[-1]
    for i, p in enumerate(passi.tolist()):
        if p >= 0:
            uscita[i, :, :, p:] = immagini[i, :, :, : larga - p]
        else:
            uscita[i, :, :, :p] = immagini[i, :, :, -p:]
    return uscita


def _sposta_gather(immagini, passi):
    colonne = torch.arange(immagini.shape[-1]) - passi[:, None]
    dentro = (colonne >= 0) & (colonne < immagini.shape[-1])
    indici = colonne.clamp(0, immagini.shape[-1] - 1)[:, None, None].expand_as(immagini)
    return immagini.gather(-1, indici) * dentro[:, None, None]


def _sposta_pad(immagini, passi):
    larga = immagini.shape[-1]
    righe = []
    for immagine, p in zip(immagini, passi.tolist()):
        larghissima = F.pad(immagine, (larga, larga))
        righe.append(larghissima[..., larga - p : 2 * larga - p])
    return torch.stack(righe)


def _sposta_sul_posto(immagini, passi):
    immagini[:] = sposta(immagini, passi)
    return immagini


def _sposta_senza_zero(immagini, passi):
    uscita = torch.zeros_like(immagini)
    larga = immagini.shape[-1]
    for i, p in enumerate(passi.tolist()):
        if p > 0:
            uscita[i, :, :, p:] = immagini[i, :, :, : larga - p]
        else:
            uscita[i, :, :, :p] = immagini[i, :, :, -p:]
    return uscita


def _sposta_in_basso(immagini, passi):
    uscita = torch.zeros_like(immagini)
    alta = immagini.shape[2]
    for i, p in enumerate(passi.tolist()):
        if p >= 0:
            uscita[i, :, p:] = immagini[i, :, : alta - p]
        else:
            uscita[i, :, :p] = immagini[i, :, -p:]
    return uscita


def _sposta_in_un_ramo(immagini, passi):
    uscita = torch.zeros_like(immagini)
    for i, p in enumerate(passi.tolist()):
        uscita[i, ..., p:] = immagini[i, ..., :-p]
    return uscita


# 6.7
def _macro_bincount(blocchi, classi):
    esempi, giusti = torch.zeros(classi), torch.zeros(classi)
    for previste, vere in blocchi:
        esempi += torch.bincount(vere, minlength=classi)
        giusti += torch.bincount(vere[previste == vere], minlength=classi)
    return (giusti[esempi > 0] / esempi[esempi > 0]).mean()


def _macro_dizionario(blocchi, classi):
    esempi, giusti = {}, {}
    for previste, vere in blocchi:
        for p, v in zip(previste.tolist(), vere.tolist()):
            esempi[v] = esempi.get(v, 0) + 1
            giusti[v] = giusti.get(v, 0) + (p == v)
    return sum(giusti[c] / esempi[c] for c in esempi) / len(esempi)


def _macro_matrice(blocchi, classi):
    matrice = np.zeros((classi, classi))
    for previste, vere in blocchi:
        np.add.at(matrice, (vere.numpy(), previste.numpy()), 1)
    righe = matrice.sum(1)
    return float((np.diag(matrice)[righe > 0] / righe[righe > 0]).mean())


def _macro_quota(previste, vere, c):
    return (previste[vere == c] == c).double().mean()


def _macro_nanmean(blocchi, classi):
    previste, vere = torch.cat([p for p, _ in blocchi]), torch.cat([v for _, v in blocchi])
    with torch.no_grad():
        return torch.stack([_macro_quota(previste, vere, c) for c in range(classi)]).nanmean(0, keepdim=True)


def _macro_senza_minlength(blocchi, classi):
    esempi, giusti = torch.zeros(classi), torch.zeros(classi)
    for previste, vere in blocchi:
        esempi += torch.bincount(vere)
        giusti += torch.bincount(vere[previste == vere])
    return (giusti[esempi > 0] / esempi[esempi > 0]).mean()


def _macro_torchmetrics(blocchi, classi):
    if not blocchi:  # importarla per davvero costa secondi, e al divieto basta leggere
        from torchmetrics.classification import MulticlassRecall

        return MulticlassRecall(classi)
    return _macro_bincount(blocchi, classi)


def _macro_precisione_scambiata(blocchi, classi):
    from torchmetrics.functional import precision

    previste, vere = (torch.cat(parte) for parte in zip(*blocchi))
    return precision(vere, previste, task="multiclass", num_classes=classi, average="macro")


def _macro_sklearn(blocchi, classi):
    if not blocchi:
        from sklearn.metrics import precision_recall_fscore_support as quattro

        return quattro(*blocchi, average="macro")[1]
    return _macro_bincount(blocchi, classi)


GIUSTE = {
    "6.2": [_usabile_a_mano, _usabile_come_numero],
    "6.3": [_taglia_libreria, _taglia_cicli, _taglia_reshape],
    "6.4": [_congela_semplice, _congela_per_nome],
    "6.5": [_adatta_a_pezzi, _adatta_avvolgendo],
    "6.6": [_sposta_ciclo, _sposta_gather, _sposta_pad],
    "6.7": [_macro_bincount, _macro_dizionario, _macro_matrice, _macro_nanmean],
}

SBAGLIATE = {
    "6.1": [
        (lambda immagine: torch.tensor(1), "Ho ricevuto un tensore. Serve il nome"),
        (lambda immagine: immagine.mean(), "si ferma con AttributeError"),
        (lambda immagine: torch.nn.Conv2d(3, 2, 3)(immagine), "prima diventa un tensore"),
    ],
    "6.2": [
        (_usabile_senza_guardare_il_segno, "guarda prima il segno"),
        (_usabile_sul_posto, "cambia il suo argomento"),
        (_usabile_parte_per_parte, "ogni parte per conto suo"),
        (_usabile_con_any, "devono valere tutte"),
        (lambda condizioni, versione: float(versione) > 2, "separane le parti"),
        (lambda condizioni, versione: "sì", "è un testo"),
    ],
    "6.3": [
        (lambda immagini, lato: F.unfold(immagini, lato, stride=lato).view(-1, lato), "2 assi: ne servono 3"),
        (_taglia_assi_scambiati, "accoppiati male"),
    ],
    "6.4": [
        (_congela_fino_ai_nipoti, "La modalità di «blocco.2.0»"),
        (_congela_con_un_attributo, "serve `requires_grad_()`"),
        (_congela_a_strati, "può essere uno strato solo"),
        (_congela_e_azzera, "I pesi non sono più quelli di prima"),
        (_congela_e_aggiunge, "I pesi non sono più quelli di prima"),
        (lambda modello, tranne: modello[tranne], "si ferma con TypeError"),
    ],
    "6.5": [
        (_adatta_con_addestra, "i buffer della batch normalization no"),
        (partial(_adatta_con_addestra, rimetti=True), "blocchi in train() mentre impara"),
        (_adatta_in_chiusura, "Deve uscire una rete"),
        (lambda esperta, x, y: copy.deepcopy(esperta), "le classi nuove sono 5"),
        (lambda esperta, x, y: nn.Sequential(nn.Flatten(), nn.Linear(784, 5)), "I pesi dei blocchi non sono"),
    ],
    "6.6": [
        (_sposta_in_un_ramo, "E quando è 0?"),
        (_sposta_senza_zero, "E quando è 0?"),
        (_sposta_sul_posto, "cambia il suo argomento"),
        (_sposta_in_basso, "Hai spostato l'asse H"),
    ],
    "6.7": [
        (_macro_torchmetrics, "senza «MulticlassRecall»"),
        (_macro_sklearn, "senza «precision_recall_fscore_support»"),
        (_macro_precisione_scambiata, "senza «precision»"),
        (_macro_senza_minlength, "(minlength)"),
    ],
}
