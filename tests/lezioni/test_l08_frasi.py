"""La grammatica delle recensioni: etichette giuste, parti davvero diverse, stesso seme stesse frasi. E i versi."""

import pytest

from corso_pytorch.lezioni.l08_testo.frasi import recensioni
from corso_pytorch.lezioni.l08_testo.versi import CARDUCCI, DANTE

POSITIVI = ("bell", "divertent", "riuscit", "original", "emozionant", "brillant", "curat", "avvincent")
NEGATIVI = ("brutt", "noios", "banal", "deludent", "confus", "pesant", "lent", "prevedibil")


def _giudizio(testo: str) -> tuple[str, str]:
    """Di un giudizio: il verbo con la sua negazione, al singolare, e la radice dell'aggettivo."""
    parole = testo.split()
    verbo = next(i for i, parola in enumerate(parole) if parola in ("è", "sono"))
    inizio = verbo - 1 if parole[verbo - 1] == "non" else verbo
    return " ".join(parole[inizio:-1]).replace("sono", "è"), parole[-1][:-1]


def _coppie(testi: list[str]) -> set[tuple[str, str]]:
    return {_giudizio(pezzo) for testo in testi for pezzo in testo.split(" ma ")}


@pytest.mark.parametrize("parte", ["addestramento", "test"])
def test_l_etichetta_e_quella_dell_ultimo_giudizio(parte):
    for testo, etichetta in zip(*recensioni(400, seme=3, parte=parte), strict=True):
        verbo, radice = _giudizio(testo.split(" ma ")[-1])
        assert (radice in POSITIVI) != (radice in NEGATIVI)
        assert etichetta == ((radice in POSITIVI) != verbo.startswith("non")), testo


@pytest.mark.parametrize("parte", ["addestramento", "test"])
def test_sono_diverse_e_meta_e_meta(parte):
    testi, etichette = recensioni(600, parte=parte)
    assert len(set(testi)) == len(testi) == 600
    assert sum(etichette) == 300
    assert {"non", "ma", "niente"} <= set(" ".join(testi).split())


def test_il_test_non_somiglia_all_addestramento():
    testi, testi_test = recensioni(2800)[0], recensioni(400, parte="test")[0]
    assert not set(testi) & set(testi_test)
    assert not _coppie(testi) & _coppie(testi_test)
    for soggetto in ("libro", "storia", "personaggi", "voci"):
        assert not any(soggetto in testo for testo in testi)
        assert any(soggetto in testo for testo in testi_test)
    # Ogni aggettivo e ogni verbo del test, preso da solo, in addestramento c'è.
    for posto in (0, 1):
        assert {coppia[posto] for coppia in _coppie(testi_test)} <= {coppia[posto] for coppia in _coppie(testi)}


def test_lo_stesso_seme_da_le_stesse_frasi():
    assert recensioni(50, seme=1) == recensioni(50, seme=1)
    assert recensioni(50, seme=1) != recensioni(50, seme=2)


def test_gli_aggettivi_si_accordano():
    finali = {"il": "oe", "lo": "oe", "la": "ae", "i": "i", "gli": "i", "le": "ei"}
    for testo in recensioni(800)[0]:
        for giudizio in testo.split(" ma "):
            *prima, aggettivo = giudizio.split()
            articolo = next(parola for parola in prima if parola in finali)
            assert aggettivo[-1] in finali[articolo], giudizio
            assert ("sono" in prima) == (articolo in ("i", "gli", "le")), giudizio


@pytest.mark.parametrize(("argomenti", "spiegazione"), [((3,), "numero pari"), ((4, 0, "prova"), "addestramento")])
def test_gli_argomenti_sbagliati_sono_spiegati(argomenti, spiegazione):
    with pytest.raises(ValueError, match=spiegazione):
        recensioni(*argomenti)


def test_i_versi_sono_dodici_terzine_e_una_quartina_senza_lettere_nuove():
    assert len(DANTE.splitlines()) == 36
    assert len(CARDUCCI.splitlines()) == 4
    # Il poeta impara Carducci con il vocabolario di Dante: una lettera in più diventerebbe [UNK].
    assert set(CARDUCCI) <= set(DANTE)
    assert not set(DANTE) & set("/▁")
