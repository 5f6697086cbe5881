"""Le figure della lezione 00: la mappa nomina tutte le lezioni, come si chiamano; le letture dicono dove si sbaglia."""

from lettura_notebook import LEZIONI

from corso_pytorch.lezioni.l00_inizio import anteprima, figure


def test_la_mappa_ha_ogni_lezione_con_il_suo_nome():
    for (numero, nome, _), notebook in zip(figure.TAPPE, LEZIONI, strict=True):
        titolo = notebook.celle[0].source.splitlines()[0].removeprefix("# ").lower()
        assert titolo.startswith(numero) and nome.replace("\n", " ").lower() in titolo


def test_i_disegni_hanno_i_loro_nomi():
    mappa, strati = figure.mappa_del_corso().axes[0], figure.strati_di_pytorch().axes[0]
    assert {nome for _, nome, _ in figure.TAPPE} <= {testo.get_text() for testo in mappa.texts}
    assert {"CPU", "CUDA", "MPS", "XPU"} <= {testo.get_text() for testo in strati.texts}


def test_le_letture_segnano_gli_sbagli():
    prima, dopo = anteprima.impara((0, 3))
    scritte = [riquadro.get_title() for riquadro in figure.letture([prima, dopo]).axes]
    assert [scritta.removesuffix(" ✗") for scritta in scritte if not scritta.endswith("✗")].count("") == 2
    for cifra, scritta in enumerate(scritte[12:]):
        assert scritta == str(cifra) or scritta.endswith(" ✗")
    assert "✗" in " ".join(scritte[1:11])


def test_le_sbagliate_ci_sono_tutte():
    [momento] = anteprima.impara([3])
    titoli = [riquadro.get_title() for riquadro in figure.sbagliate(momento).axes if riquadro.get_title()]
    assert len(titoli) == 360 - momento.giuste
    for titolo in titoli:
        letta, vera = (riga.split()[-1] for riga in titolo.splitlines())
        assert letta != vera
