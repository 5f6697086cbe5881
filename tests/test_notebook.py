"""Le regole che ogni notebook rispetta: output interi e portabili, celle brevi, figure descritte, niente rete."""

import ast
import html
import re
import statistics
from itertools import pairwise

import pytest
from lettura_notebook import CARTELLA, LEZIONI, TUTTI, Notebook, etichette, righe

QUOTA_IGNORATA = 0.08
RIGHE_MASSIME, RIGHE_MEDIANE, PAROLE_MASSIME, BYTE_MASSIMI = 25, 6, 150, 1_000_000
REMOTO = re.compile(
    r"""!\[[^\]]*\]\(https?:|<(?:img|script|link|iframe|video|audio)\b[^>]*https?:|@import\s+url\(http""", re.I
)
PERCORSO_ASSOLUTO = re.compile(r"(?:/home/|/root/|/Users/|/work/|/tmp/|[A-Z]:\\\\?Users)")
INDIRIZZO = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
# L'unico HTML ammesso negli output: suoni e figure, con il loro testo e i loro dati dentro (`ascolta`, `mostra`).
SUONO = re.compile(
    r'<audio controls title="([^"<>]+)" aria-label="\1" src="data:audio/wav;base64,[A-Za-z0-9+/]+={0,2}"></audio>'
)
FIGURA = re.compile(r'<img alt="([^"<>]+)" src="data:image/png;base64,([A-Za-z0-9+/]+={0,2})">')
SEDUTA = re.compile(r"## (Prima|Seconda|Terza) seduta · \S")
SOLO_VERO_O_FALSO = re.compile(r"\(?(True|False)(, ?(True|False))*,?\)?")
# Le lezioni che aspettano ancora la seconda stesura.
PRIMA_STESURA = set()

ogni_notebook = pytest.mark.parametrize("notebook", TUTTI, ids=lambda notebook: notebook.nome)
ogni_lezione = pytest.mark.parametrize("notebook", LEZIONI, ids=lambda notebook: notebook.nome)


@ogni_notebook
def test_e_eseguito_dall_alto_in_basso(notebook: Notebook):
    """Ogni cella è eseguita, in ordine, e nessuna è vuota: una mai eseguita passerebbe sotto nbval senza controlli."""
    conti = [cella.execution_count for cella in notebook.di_codice]
    assert conti == list(range(1, len(conti) + 1))
    assert all(cella.source.strip() for cella in notebook.celle), "c'è una cella vuota"


@ogni_notebook
def test_gli_output_sono_puliti(notebook: Notebook):
    """Negli output niente avvisi, errori imprevisti, indirizzi, percorsi: cambierebbero da un computer all'altro."""
    for cella, uscita in notebook.uscite:
        dove = f"cella {cella.id}"
        assert uscita.get("name") != "stderr", f"{dove}: scrive su stderr"
        assert uscita.output_type != "error" or "raises-exception" in etichette(cella), f"{dove}: errore imprevisto"
        codice = uscita.get("data", {}).get("text/html")
        assert codice is None or SUONO.fullmatch(codice) or FIGURA.fullmatch(codice), f"{dove}: HTML negli output"
        testo = _testo(uscita)
        assert not INDIRIZZO.search(testo), f"{dove}: un indirizzo di memoria"
        assert not PERCORSO_ASSOLUTO.search(testo), f"{dove}: un percorso di questa macchina"
        assert "Uso le cifre UCI" not in testo, f"{dove}: eseguita sui dati di riserva, non su MNIST"
        assert "NameError:" not in testo or "raises-exception" in etichette(cella), f"{dove}: un nome che non c'è più"


@ogni_notebook
def test_chi_prepara_i_dati_non_confronta_l_output(notebook: Notebook):
    """Senza rete `prepara_mnist` dice che usa le cifre di riserva: sotto nbval quella riga in più non è un errore."""
    for cella in notebook.di_codice:
        if "prepara_mnist(" in cella.source:
            assert "nbval-ignore-output" in etichette(cella), cella.id


@ogni_notebook
def test_le_celle_che_aspettano_un_errore_ne_danno_uno(notebook: Notebook):
    """Chi porta l'etichetta `raises-exception` si ferma davvero: un errore annunciato e mai visto insegna il falso."""
    for cella in notebook.di_codice:
        if "raises-exception" in etichette(cella):
            assert any(uscita.output_type == "error" for uscita in cella.outputs), cella.id


@ogni_notebook
def test_il_codice_e_portabile(notebook: Notebook):
    """Niente comandi magici, «;» in fondo, percorsi assoluti, `set_default_device`: il notebook gira ovunque."""
    for cella in notebook.di_codice:
        righe_di_codice = cella.source.rstrip().splitlines()
        assert not righe_di_codice[-1].split("#")[0].rstrip().endswith(";"), f"{cella.id}: «;» in fondo"
        assert "clear_output" not in cella.source, cella.id
        assert not any(riga.lstrip().startswith(("!", "%")) for riga in righe_di_codice), f"{cella.id}: comando magico"
        assert not PERCORSO_ASSOLUTO.search(cella.source), f"{cella.id}: percorso assoluto"
        assert "set_default_device" not in cella.source, f"{cella.id}: i numeri casuali nascono sulla CPU"


@ogni_notebook
def test_nulla_viene_dalla_rete(notebook: Notebook):
    """Nessuna immagine, script o pagina remota: si studia anche senza rete, e nessuno sa chi studia."""
    for cella in notebook.celle:
        assert not REMOTO.search(cella.source), cella.id


@ogni_notebook
def test_nessun_collegamento_a_un_titolo(notebook: Notebook):
    """JupyterLab e il sito danno ai titoli ancore diverse: a un punto della lezione si rimanda per nome."""
    assert not [cella.id for cella in notebook.di_testo if "](#" in cella.source]


@ogni_notebook
def test_ogni_figura_porta_il_suo_testo_a_ogni_lettore(notebook: Notebook):
    """Ogni figura passa da `mostra`, con un testo di almeno cinque parole: chi non la vede deve capirla."""
    for cella, uscita in notebook.uscite:
        dati = uscita.get("data", {})
        if "image/png" in dati:
            figura = FIGURA.fullmatch(dati.get("text/html", ""))
            assert figura, f"{cella.id}: la figura non è passata da mostra()"
            alt = html.unescape(figura[1])
            assert len(alt.split()) >= 5, f"{cella.id}: la figura non è descritta"
            assert figura[2] == dati["image/png"], f"{cella.id}: due figure diverse"
            assert dati["text/plain"] == f"Figura: {alt}", cella.id
            assert uscita.metadata["image/png"]["alt"] == alt, cella.id


@ogni_notebook
def test_ogni_suono_ha_un_testo(notebook: Notebook):
    """Ogni suono ha un testo di almeno cinque parole, per chi non lo sente."""
    for cella, uscita in notebook.uscite:
        if suono := SUONO.fullmatch(uscita.get("data", {}).get("text/html", "")):
            assert len(suono[1].split()) >= 5, f"{cella.id}: il suono non è descritto"


@pytest.mark.parametrize(
    "codice",
    [
        '<audio controls src="data:audio/wav;base64,AAAA"></audio>',
        '<audio controls title="do" aria-label="do" src="https://esempio.it/do.wav"></audio>',
        '<audio controls title="do" aria-label="re" src="data:audio/wav;base64,AAAA"></audio>',
        '<audio controls title="do" aria-label="do" src="data:audio/wav;base64,AAAA" onplay="f()"></audio>',
        '<audio controls title="do" aria-label="do" src="data:audio/wav;base64,AAAA"></audio><script>f()</script>',
    ],
    ids=["senza testo", "dalla rete", "due testi", "con codice", "con altro HTML"],
)
def test_un_suono_e_un_suono_e_basta(codice):
    assert SUONO.fullmatch('<audio controls title="do" aria-label="do" src="data:audio/wav;base64,AAA="></audio>')
    assert not SUONO.fullmatch(codice)


@pytest.mark.parametrize(
    "codice",
    [
        '<img src="data:image/png;base64,AAAA">',
        '<img alt="" src="data:image/png;base64,AAAA">',
        '<img alt="una linea" src="https://esempio.it/linea.png">',
        '<img alt="una linea" src="data:image/svg+xml;base64,AAAA">',
        '<img alt="una linea" src="data:image/png;base64,AAAA" onerror="f()">',
        '<img alt="una linea" onload="f()" src="data:image/png;base64,AAAA">',
        '<img alt="una linea" src="data:image/png;base64,AAAA"><script>f()</script>',
        '<a href="https://esempio.it"><img alt="una linea" src="data:image/png;base64,AAAA"></a>',
        '<img alt="una linea" src="data:image/png;base64,">',
    ],
    ids=[
        "senza testo",
        "testo vuoto",
        "dalla rete",
        "svg",
        "con codice",
        "codice prima",
        "altro HTML",
        "link",
        "vuota",
    ],
)
def test_una_figura_e_una_figura_e_basta(codice):
    assert FIGURA.fullmatch('<img alt="una linea" src="data:image/png;base64,AAA=">')
    assert not FIGURA.fullmatch(codice)


@ogni_notebook
def test_le_celle_sono_brevi(notebook: Notebook):
    """Codice: al più 25 righe, 6 in mediana; testo: al più 150 parole. Un'idea per cella, mai un muro."""
    misure = {cella.id: righe(cella) for cella in notebook.di_codice}
    assert max(misure.values()) <= RIGHE_MASSIME, {nome: n for nome, n in misure.items() if n > RIGHE_MASSIME}
    assert statistics.median(misure.values()) <= RIGHE_MEDIANE
    lunghe = {cella.id: len(cella.source.split()) for cella in notebook.di_testo}
    assert max(lunghe.values()) <= PAROLE_MASSIME, {nome: n for nome, n in lunghe.items() if n > PAROLE_MASSIME}


@ogni_notebook
def test_il_file_e_in_forma_canonica(notebook: Notebook):
    """File sotto 1 MB, metadati ridotti, un nome per ogni cella: le differenze fra due versioni si leggono."""
    assert notebook.percorso.stat().st_size <= BYTE_MASSIMI
    assert notebook.contenuto.metadata.kernelspec.name == "python3"
    assert set(notebook.contenuto.metadata) == {"kernelspec", "language_info"}
    assert not any("execution" in cella.metadata for cella in notebook.celle)
    nomi = [cella.id for cella in notebook.celle]
    assert len(set(nomi)) == len(nomi)
    assert not any(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", nome) for nome in nomi), "un id senza nome"


@ogni_notebook
def test_i_collegamenti_fra_notebook_esistono(notebook: Notebook):
    """I collegamenti relativi portano da qualche parte."""
    for cella in notebook.di_testo:
        for destinazione in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", cella.source):
            assert (notebook.percorso.parent / destinazione).exists(), f"{cella.id}: {destinazione}"


def test_le_eccezioni_al_confronto_sono_poche_e_motivate():
    """Al più l'8 % delle celle è escluso dal confronto, ognuna con il suo `motivo`: il resto è verificato davvero."""
    celle = [(notebook, cella) for notebook in TUTTI for cella in notebook.di_codice]
    ignorate = [(notebook, cella) for notebook, cella in celle if "nbval-ignore-output" in etichette(cella)]
    for notebook, cella in ignorate:
        print(f"{notebook.nome}/{cella.id}: {cella.metadata.get('motivo')}")
        assert len(cella.metadata.get("motivo", "")) >= 10, f"{notebook.nome}/{cella.id}: manca il motivo"
    print(f"{len(ignorate)} celle ignorate su {len(celle)}")
    assert len(ignorate) <= QUOTA_IGNORATA * len(celle)
    vietate = ("nbval-skip", "nbval_skip", "NBVAL_SKIP", "NBVAL_IGNORE")
    assert not any(nome in cella.source or nome in etichette(cella) for _, cella in celle for nome in vietate)


@ogni_lezione
def test_la_lezione_ha_la_sua_forma(notebook: Notebook):
    """Tabella iniziale, errori tipici, riassunto, domande, fonti: chi studia sa dove cercare."""
    titolo = notebook.celle[0]
    assert titolo.id == "titolo"
    assert titolo.source.startswith(f"# {notebook.lezione:02d} · ")
    for voce in ("Alla fine saprai", "Tempo", "Ti serve", "Gira su"):
        assert f"**{voce}**" in titolo.source
    attesi = ["## Errori tipici", "## In breve", "## Domande", "## Per approfondire"]
    assert [titolo for titolo in _titoli(notebook) if titolo in attesi] == attesi


@ogni_lezione
def test_la_lezione_si_studia_in_sedute(notebook: Notebook):
    """Due o tre sedute, ognuna con i suoi esercizi e, prima della seguente, un posto dove fermarsi."""
    if notebook.lezione in PRIMA_STESURA:
        return
    titoli = [titolo for titolo in _titoli(notebook) if SEDUTA.match(titolo)]
    nomi = [titolo.split()[1] for titolo in titoli]
    assert nomi in (["Prima", "Seconda"], ["Prima", "Seconda", "Terza"]), titoli
    seduta, esercizi, pause = 0, dict.fromkeys(range(1, len(titoli) + 1), 0), []
    for cella in notebook.celle:
        seduta += any(riga in titoli for riga in cella.source.splitlines())
        if re.match(r"verifica-\d", cella.id):
            esercizi[seduta] += 1
        if cella.id.startswith("pausa-"):
            assert "Qui puoi fermarti" in cella.source
            pause.append((cella.id, seduta))
    assert all(esercizi.values()), f"una seduta senza esercizi: {esercizi}"
    assert pause == [(f"pausa-{n}", n) for n in range(1, len(titoli))]


@ogni_lezione
def test_una_scommessa_ha_una_risposta(notebook: Notebook):
    """La cella sotto «Scommetti, poi esegui» mostra il numero o la figura chiesti, mai soltanto `True`."""
    if notebook.lezione in PRIMA_STESURA:
        return
    for cella, seguente in pairwise(notebook.celle):
        if "Scommetti" in cella.source and cella.cell_type == "markdown":
            assert seguente.cell_type == "code" and seguente.outputs, f"{cella.id}: nessuna risposta"
            detto = [_testo(uscita).strip() for uscita in seguente.outputs]
            assert not all(SOLO_VERO_O_FALSO.fullmatch(testo) for testo in detto), f"{seguente.id}: {detto}"


@ogni_lezione
def test_chi_non_si_ripete_dice_da_dove(notebook: Notebook):
    """Una cella che non si può eseguire due volte (`non-due-volte`) ha vicino una riga che dice da dove si riesegue."""
    for indice, cella in enumerate(notebook.celle):
        if "non-due-volte" in etichette(cella):
            vicine = notebook.celle[max(0, indice - 2) : indice + 3]
            assert any("riesegui" in vicina.source.lower() for vicina in vicine), cella.id


@ogni_lezione
def test_ogni_esercizio_e_completo(notebook: Notebook):
    """Almeno quattro esercizi, con difficoltà, minuti, due indizi, risposta da completare, controllo e soluzione."""
    from corso_pytorch.verifiche.registro import esercizi

    celle = {cella.id: cella for cella in notebook.celle}
    nomi = esercizi(notebook.lezione)
    assert len(nomi) >= (4 if notebook.lezione else 1)
    soluzioni = Notebook(CARTELLA / "soluzioni" / notebook.percorso.name)
    risolti = _testo_di(soluzioni)
    for nome in nomi:
        numero = nome.replace(".", "-")
        enunciato = celle[f"es-{numero}"].source
        assert re.search(rf"^### Esercizio {nome} — .+ [●○]{{3}} · \d+ minut", enunciato, re.M), enunciato[:80]
        assert enunciato.count("<details>") >= 2, f"{nome}: servono due indizi"
        assert "esercizio" in etichette(celle[f"risposta-{numero}"])
        assert "..." in celle[f"risposta-{numero}"].source
        assert _uscita_stampata(celle[f"verifica-{numero}"]) == f"Esercizio {nome}: da completare\n"
        assert f"Esercizio {nome}: corretto\n" in risolti


def _titoli(notebook: Notebook) -> list[str]:
    return [riga for cella in notebook.di_testo for riga in cella.source.splitlines() if riga.startswith("## ")]


def _testo(uscita) -> str:
    if uscita.output_type == "error":
        return "\n".join([uscita.evalue, *uscita.traceback])
    return uscita.get("text", "") or "".join(uscita.get("data", {}).get("text/plain", ""))


def _uscita_stampata(cella) -> str:
    return "".join(uscita.get("text", "") for uscita in cella.outputs)


def _testo_di(notebook: Notebook) -> str:
    return "".join(_uscita_stampata(cella) for cella in notebook.di_codice)


class _Legami(ast.NodeVisitor):
    """I nomi che una cella lega fuori da funzioni e comprensioni: con ``def`` o ``class``, o in un altro modo."""

    def __init__(self, codice: str):
        self.definiti, self.assegnati = set(), set()
        self.visit(ast.parse(codice))

    def visit_FunctionDef(self, nodo):
        self.definiti.add(nodo.name)

    def visit_Name(self, nodo):
        if isinstance(nodo.ctx, ast.Store):
            self.assegnati.add(nodo.id)

    def _non_entra(self, nodo):
        pass

    visit_ClassDef = visit_FunctionDef
    visit_Lambda = visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _non_entra


@ogni_notebook
def test_nessuna_variabile_prende_il_nome_di_una_funzione(notebook: Notebook):
    """Nessuna variabile prende il nome di una funzione: chi riesegue una cella di prima chiamerebbe un numero."""
    funzioni = {}
    for cella in notebook.di_codice:
        if cella.source.lstrip().startswith(("%", "!")):
            continue
        legami = _Legami(cella.source)
        coperti = {nome: funzioni[nome] for nome in legami.assegnati & funzioni.keys()}
        assert not coperti, f"{cella.id} copre {coperti}"
        funzioni |= dict.fromkeys(legami.definiti, cella.id)
