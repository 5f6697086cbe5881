"""Le celle ricorrenti fuse, che torch chiede a ogni acceleratore e che la CPU non ha: LSTM e GRU, avanti e indietro."""

import torch


def lstm(entrate, uscite, c, bias_entrate=None, bias_uscite=None):
    """Da B×4H e B×4H, e dalla memoria B×H, il nuovo stato, la nuova memoria e le porte, che servono al ritorno."""
    somma = _con_bias(entrate, bias_entrate) + _con_bias(uscite, bias_uscite)
    i, f, g, o = somma.chunk(4, dim=1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    nuova = f * c + i * g
    return o * nuova.tanh(), nuova, torch.cat([i, f, g, o], dim=1)


def lstm_indietro(grad_h, grad_c, c, nuova, porte, ha_bias):
    i, f, g, o = porte.chunk(4, dim=1)
    t = nuova.tanh()
    grad_h = torch.zeros_like(c) if grad_h is None else grad_h
    di_c = grad_h * o * (1 - t * t) + (0 if grad_c is None else grad_c)
    indietro = [di_c * g * i * (1 - i), di_c * c * f * (1 - f), di_c * i * (1 - g * g), grad_h * t * o * (1 - o)]
    delle_porte = torch.cat(indietro, dim=1)
    return delle_porte, di_c * f, delle_porte.sum(0) if ha_bias else None


def gru(entrate, uscite, h, bias_entrate=None, bias_uscite=None):
    """Da B×3H e B×3H, e dallo stato B×H, il nuovo stato e ciò che serve al ritorno."""
    di_r, di_z, di_n = _con_bias(entrate, bias_entrate).chunk(3, dim=1)
    da_r, da_z, da_n = _con_bias(uscite, bias_uscite).chunk(3, dim=1)
    r, z = (di_r + da_r).sigmoid(), (di_z + da_z).sigmoid()
    n = (di_n + r * da_n).tanh()
    return n + z * (h - n), torch.cat([r, z, n, h, da_n], dim=1)


def gru_indietro(grad_h, conservato, ha_bias):
    r, z, n, h, da_n = conservato.chunk(5, dim=1)
    di_n = grad_h * (1 - z) * (1 - n * n)
    di_z = grad_h * (h - n) * z * (1 - z)
    di_r = di_n * da_n * r * (1 - r)
    entrate, uscite = torch.cat([di_r, di_z, di_n], dim=1), torch.cat([di_r, di_z, di_n * r], dim=1)
    bias = (entrate.sum(0), uscite.sum(0)) if ha_bias else (None, None)
    return entrate, uscite, grad_h * z, *bias


def _con_bias(porte, bias):
    return porte if bias is None else porte + bias


# Su tensori della CPU: le chiama `tensore.esegui`.
OPERAZIONI = {
    "aten::_thnn_fused_lstm_cell": lstm,
    "aten::_thnn_fused_lstm_cell_backward_impl": lstm_indietro,
    "aten::_thnn_fused_gru_cell": gru,
    "aten::_thnn_fused_gru_cell_backward": gru_indietro,
}
