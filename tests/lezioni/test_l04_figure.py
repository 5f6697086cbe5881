"""Le figure della lezione 04."""

import torch

from corso_pytorch.lezioni.l04_cnn import figure


def test_nella_confusione_gli_zeri_non_si_scrivono():
    asse = figure.matrice_confusione(torch.tensor([[3, 1], [0, 4]])).axes[0]
    assert [testo.get_text() for testo in asse.texts] == ["3", "1", "4"]
    assert (asse.get_ylabel(), asse.get_xlabel()) == ("cifra vera", "cifra prevista")


def test_i_dieci_logit_sono_dieci_caselle():
    """Non un blocco alto come una mappa, che la rete non ha."""
    con_i_logit, senza = ({"immagine": (1, 28, 28), "blocco": (4, 3, 3)} | altro for altro in ({"uscita": (10,)}, {}))
    caselle = [len(figure.rete_a_blocchi(passi).axes[0].patches) for passi in (con_i_logit, senza)]
    assert caselle[0] - caselle[1] == 10 + 1  # e una freccia
