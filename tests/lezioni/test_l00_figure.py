"""Le figure della lezione 00: la mappa nomina tutte le lezioni, come si chiamano."""

from lettura_notebook import LEZIONI

from corso_pytorch.lezioni.l00_inizio import figure


def test_la_mappa_ha_ogni_lezione_con_il_suo_nome():
    for (numero, nome, _), notebook in zip(figure.TAPPE, LEZIONI, strict=True):
        titolo = notebook.celle[0].source.splitlines()[0].removeprefix("# ").lower()
        assert titolo.startswith(numero) and nome.replace("\n", " ").lower() in titolo


def test_i_disegni_hanno_i_loro_nomi():
    mappa, strati = figure.mappa_del_corso().axes[0], figure.strati_di_pytorch().axes[0]
    assert {nome for _, nome, _ in figure.TAPPE} <= {testo.get_text() for testo in mappa.texts}
    assert {"CPU", "CUDA", "MPS", "XPU"} <= {testo.get_text() for testo in strati.texts}
