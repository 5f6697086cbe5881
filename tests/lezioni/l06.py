"""Le risposte di prova agli esercizi della lezione 06."""

import copy

import numpy as np
import torch
from torch.nn import functional as F


# 6.1
def _vive_comprensione(librerie, lezione):
    return sorted(voce.nome for voce in librerie if voce.stato == "viva" and voce.lezione == lezione)


def _vive_ciclo(librerie, lezione):
    nomi = []
    for voce in librerie:
        if voce.lezione != lezione:
            continue
        if voce.stato == "viva":
            nomi.append(voce.nome)
    nomi.sort()
    return nomi


def _vive_se(condizione):
    def ancora_vive(librerie, lezione):
        return sorted(voce.nome for voce in librerie if condizione(voce, lezione))

    return ancora_vive


def _vive_senza_ordine(librerie, lezione):
    return [voce.nome for voce in librerie if voce.stato == "viva" and voce.lezione == lezione]


def _vive_ordina_prima(librerie, lezione):
    return [v.nome for v in sorted(librerie, key=lambda v: v.nome) if (v.stato, v.lezione) == ("viva", lezione)]


# 6.2
def _taglia_unfold(immagini, lato):
    n, c = immagini.shape[:2]
    pezzi = immagini.unfold(2, lato, lato).unfold(3, lato, lato)
    return pezzi.permute(0, 2, 3, 1, 4, 5).reshape(n, -1, c * lato * lato)


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


def _taglia_permutando(*ordine):
    def taglia(immagini, lato):
        pezzi = immagini.unfold(2, lato, lato).unfold(3, lato, lato)
        quanti = pezzi.shape[2] * pezzi.shape[3]
        return pezzi.permute(ordine).reshape(len(immagini), quanti, -1)

    return taglia


# 6.3
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


def _sposta_con(riga):
    def sposta(immagini, passi):
        return torch.stack([riga(immagine, p) for immagine, p in zip(immagini, passi.tolist())])

    return sposta


def _a_destra(immagine, p):
    uscita = torch.zeros_like(immagine)
    if p > 0:
        uscita[..., p:] = immagine[..., :-p]
    elif p < 0:
        uscita[..., :p] = immagine[..., -p:]
    else:
        uscita[:] = immagine
    return uscita


def _solo_positivi(immagine, p):
    return _a_destra(immagine, max(p, 0))


def _zero_vuoto(immagine, p):
    return _a_destra(immagine, p) if p else torch.zeros_like(immagine)


def _in_verticale(immagine, p):
    return _a_destra(immagine.transpose(-1, -2), p).transpose(-1, -2)


def _sul_fondo(immagine, p):
    uscita = immagine.clone()
    if p > 0:
        uscita[..., p:] = immagine[..., :-p]
    elif p < 0:
        uscita[..., :p] = immagine[..., -p:]
    return uscita


def _sposta_tutte_uguali(immagini, passi):
    return torch.stack([_a_destra(immagine, int(passi[0])) for immagine in immagini])


def _sposta_sul_posto(immagini, passi):
    for i, p in enumerate(passi.tolist()):
        immagini[i] = _a_destra(immagini[i].clone(), p)
    return immagini


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


def _congela_con(ferma=True, riaccendi=True, eval_tutto=True, train_parte=True, conta=None):
    def congela(modello, tranne):
        parte = modello.get_submodule(tranne)
        if ferma:
            modello.requires_grad_(False)
        else:
            modello.requires_grad_(True)
        if riaccendi:
            parte.requires_grad_(True)
        modello.train(not eval_tutto)
        if train_parte:
            parte.train()
        accesi = [p for p in modello.parameters() if p.requires_grad]
        return sum(p.numel() for p in accesi) if conta is None else conta(modello, accesi)

    return congela


def _congela_solo_lineari(modello, tranne):
    modello.requires_grad_(False).eval()
    parte = modello.get_submodule(tranne).train()
    parte[-1 if tranne == "uscita" else 0].requires_grad_(True)
    return sum(p.numel() for p in modello.parameters() if p.requires_grad)


def _congela_per_inizio(modello, tranne):
    modello.eval()
    for nome, p in modello.named_parameters():
        p.requires_grad = nome.startswith(tranne)
    modello.get_submodule(tranne).train()
    return sum(p.numel() for p in modello.parameters() if p.requires_grad)


def _congela_e_azzera(modello, tranne):
    with torch.no_grad():
        for p in modello.parameters():
            p.zero_()
    return _congela_semplice(modello, tranne)


def _congela_senza_return(modello, tranne):
    _congela_semplice(modello, tranne)


# 6.5
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


def _unisci(blocchi):
    return torch.cat([p for p, _ in blocchi]), torch.cat([v for _, v in blocchi])


def _macro_con(formula):
    def accuratezza_macro(blocchi, classi):
        return formula(*_unisci(blocchi), classi)

    return accuratezza_macro


def _media_con_nan(previste, vere, classi):
    return torch.stack([(previste[vere == c] == c).float().mean() for c in range(classi)]).mean()


def _quote(previste, vere, classi):
    return [(previste[vere == c] == c).float().mean().item() for c in range(classi) if (vere == c).any()]


class MulticlassRecall:
    """Una controfigura: importare quella vera costa dieci secondi, e al controllo basta il nome."""


def _macro_torchmetrics(blocchi, classi):
    MulticlassRecall()
    return _macro_bincount(blocchi, classi)


def _macro_medie_dei_blocchi(blocchi, classi):
    medie = [sum(quote) / len(quote) for quote in (_quote(p, v, classi) for p, v in blocchi)]
    return sum(medie) / len(medie)


GIUSTE = {
    "6.1": [_vive_comprensione, _vive_ciclo, _vive_ordina_prima],
    "6.2": [_taglia_unfold, _taglia_libreria, _taglia_cicli, _taglia_reshape],
    "6.3": [_sposta_ciclo, _sposta_gather, _sposta_pad],
    "6.4": [_congela_semplice, _congela_per_nome],
    "6.5": [_macro_bincount, _macro_dizionario, _macro_matrice],
}

SBAGLIATE = {
    "6.1": [
        (_vive_se(lambda voce, lezione: voce.lezione == lezione), "guarda lo stato"),
        (_vive_se(lambda voce, lezione: voce.stato == "viva"), "altre lezioni"),
        (_vive_se(lambda voce, lezione: voce.stato != "ferma" and voce.lezione == lezione), "dev'essere «viva»"),
        (_vive_senza_ordine, "alfabetico"),
        (lambda librerie, lezione: _vive_ciclo(librerie, lezione)[::-1], "rovesciato"),
        (_vive_se(lambda voce, lezione: voce.stato != "viva" and voce.lezione == lezione), "al contrario"),
        (lambda librerie, lezione: [v for v in librerie if v.stato == "viva" and v.lezione == lezione], "i loro nomi"),
        (lambda librerie, lezione: set(_vive_ciclo(librerie, lezione)), "serve una lista"),
        (lambda librerie, lezione: ", ".join(_vive_ciclo(librerie, lezione)), "un testo"),
        (lambda librerie, lezione: len(_vive_ciclo(librerie, lezione)), "un numero intero"),
        (lambda librerie, lezione: librerie.sort(), "si ferma con TypeError"),
        (["Alfa", "Zeta"], "serve una funzione"),
    ],
    "6.2": [
        (_taglia_permutando(0, 1, 2, 3, 4, 5), "i canali finiscono fra i riquadri"),
        (_taglia_permutando(0, 2, 3, 4, 5, 1), "i canali sono in fondo"),
        (_taglia_permutando(0, 3, 2, 1, 4, 5), "in ordine di colonna"),
        (_taglia_permutando(0, 2, 3, 1, 5, 4), "righe e colonne sono scambiate"),
        (lambda x, lato: x.reshape(len(x), -1, x.shape[1] * lato * lato), "un reshape da solo"),
        (lambda immagini, lato: F.unfold(immagini, lato, stride=lato), "sull'ultimo asse"),
        (lambda x, lato: F.unfold(x, lato).transpose(1, 2), "si sovrappongono"),
        (lambda immagini, lato: _taglia_unfold(immagini, lato)[0], "servono 3"),
        (lambda immagini, lato: _taglia_unfold(immagini, lato).double(), "dtype è float64"),
        (lambda immagini, lato: _taglia_unfold(immagini, lato).tolist(), "una lista"),
        (lambda immagini, lato: immagini.view(len(immagini), lato, -1).permute(3, 1, 2), "si ferma con"),
        (lambda immagini, lato: None if lato else immagini, "manca il return"),
    ],
    "6.3": [
        (_sposta_con(lambda immagine, p: immagine.roll(p, dims=-1)), "roll non basta"),
        (_sposta_con(lambda immagine, p: _a_destra(immagine, -p)), "destra e sinistra sono scambiate"),
        (_sposta_con(_in_verticale), "in verticale"),
        (_sposta_tutte_uguali, "gli stessi passi per tutte"),
        (_sposta_con(_solo_positivi), "con i passi negativi non succede nulla"),
        (_sposta_con(lambda immagine, p: _a_destra(immagine, abs(p))), "ti muovi comunque a destra"),
        (_sposta_con(_sul_fondo), "lì deve esserci zero"),
        (_sposta_con(_zero_vuoto), "[:-0] è vuoto"),
        (lambda immagini, passi: immagini.clone(), "rimaste com'erano"),
        (_sposta_sul_posto, "cambia il suo argomento"),
        (lambda immagini, passi: [_a_destra(i, int(p)) for i, p in zip(immagini, passi)], "una lista"),
    ],
    "6.4": [
        (_congela_con(eval_tutto=False), "la batch normalization si aggiorna ancora"),
        (_congela_con(riaccendi=False), "non chiede il gradiente"),
        (_congela_con(ferma=False), "chiedono ancora il gradiente"),
        (_congela_con(train_parte=False), "rimasta in eval()"),
        (_congela_con(conta=lambda modello, accesi: len(accesi)), "hai contato i tensori"),
        (_congela_con(conta=lambda rete, accesi: sum(p.numel() for p in rete.parameters())), "anche quelli fermi"),
        (_congela_con(conta=lambda modello, accesi: sum(p.numel() for p in accesi if p.dim() > 1)), "solo i pesi"),
        (_congela_solo_lineari, "solo una parte"),
        (_congela_e_azzera, "i pesi sono cambiati"),
        (_congela_per_inizio, "«uscita_bis»"),
        (lambda modello, tranne: _congela_semplice(copy.deepcopy(modello), tranne), "su una copia"),
        (_congela_senza_return, "manca il return"),
        (lambda modello, tranne: modello[tranne], "si ferma con TypeError"),
        ("uscita", "serve una funzione"),
    ],
    "6.5": [
        (_macro_con(lambda p, v, n: (p == v).float().mean()), "(micro)"),
        (_macro_con(lambda p, v, n: sum(_quote(p, v, n)) / n), "senza esempi conta zero"),
        (_macro_medie_dei_blocchi, "media delle medie"),
        (_macro_con(lambda p, v, n: sum(_quote(v, p, n)) / len(_quote(v, p, n))), "la precisione"),
        (lambda blocchi, classi: _macro_bincount(blocchi[-1:], classi), "solo l'ultimo blocco"),
        (lambda blocchi, classi: _macro_bincount(blocchi[:1], classi), "solo il primo blocco"),
        (lambda blocchi, classi: 100 * _macro_bincount(blocchi, classi), "in percento"),
        (_macro_con(_media_con_nan), "zero per zero"),
        (_macro_con(lambda p, v, n: _quote(p, v, n)), "una lista"),
        (_macro_torchmetrics, "senza «MulticlassRecall»"),
        (0.5, "serve una funzione"),
    ],
}  # fmt: skip
