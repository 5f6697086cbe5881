"""La copia di chi studia in un JupyterLab vero: si esegue dal menu, e la pagina mostra ciò che il corso promette."""

import os

import pytest
from lettura_notebook import CARTELLA, LEZIONI, Notebook, etichette

pytestmark = pytest.mark.browser
# Le prove di consegna ne aprono due; la notte, tutte.
QUALI = os.environ.get("CORSO_PYTORCH_LEZIONI_NEL_BROWSER", "")
SCELTE = [lezione for lezione in LEZIONI if not QUALI or f"{lezione.lezione:02d}" in QUALI.split(",")]
MINUTI = 60_000

PRONTA = """() => {
  const s = window.jupyterapp?.shell.currentWidget?.sessionContext;
  return s?.isReady && s.session?.kernel?.connectionStatus === 'connected' && s.session.kernel.status === 'idle';
}"""
FINITA = """() => {
  const w = window.jupyterapp.shell.currentWidget;
  const codice = [...w.content.model.cells].filter(c => c.type === 'code' && c.sharedModel.source.trim());
  return codice.every(c => c.executionCount) && w.sessionContext.session.kernel.status === 'idle';
}"""
ERRORI = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .filter(c => c.type === 'code' && c.sharedModel.getOutputs().some(o => o.output_type === 'error')).map(c => c.id)"""
FIGURE = """() => [...document.querySelectorAll('.jp-OutputArea-output img')]
  .map(i => ({alt: i.alt, larga: i.naturalWidth, visibile: i.getBoundingClientRect().width > 100}))"""


def apri(pagina, jupyterlab, nome):
    pagina.goto(f"{jupyterlab}/lab/tree/lavoro/{nome}?token=prova&reset")
    pagina.wait_for_function(PRONTA, timeout=3 * MINUTI)


def esegui_tutto(pagina):
    """Come chi studia: il menu Esegui, e la voce che esegue tutte le celle. Il nome è tradotto, il comando no."""
    for voce in pagina.locator(".lm-MenuBar-item").all():
        voce.click()
        if (tutte := pagina.locator('.lm-Menu-item[data-command="runmenu:run-all"]')).count():
            tutte.click()
            break
        pagina.keyboard.press("Escape")
    pagina.wait_for_function(FINITA, timeout=8 * MINUTI)


@pytest.mark.parametrize("lezione", SCELTE, ids=lambda lezione: lezione.nome)
def test_la_lezione_si_esegue_dal_menu(lezione, jupyterlab, pagina):
    apri(pagina, jupyterlab, lezione.percorso.name)
    esegui_tutto(pagina)
    attesi = [cella.id for cella in lezione.di_codice if "raises-exception" in etichette(cella)]
    assert pagina.evaluate(ERRORI) == attesi
    figure = pagina.evaluate(FIGURE)
    assert len(figure) == sum(
        "<img alt=" in uscita.get("data", {}).get("text/html", "") for _, uscita in lezione.uscite
    )
    assert all(figura["visibile"] and figura["larga"] > 100 and len(figura["alt"].split()) >= 5 for figura in figure)
    suoni = sum("<audio" in uscita.get("data", {}).get("text/html", "") for _, uscita in lezione.uscite)
    assert pagina.locator(".jp-OutputArea-output audio").count() == suoni
    assert (pagina.uscite, pagina.errori) == ([], [])


def test_una_risposta_scritta_a_mano_e_corretta(jupyterlab, pagina):
    soluzioni = Notebook(CARTELLA / "soluzioni" / LEZIONI[0].percorso.name)
    soluzione = next(cella for cella in soluzioni.celle if cella.id == "risposta-0-1")
    apri(pagina, jupyterlab, LEZIONI[0].percorso.name)
    esegui_tutto(pagina)
    prepara = pagina.evaluate("""() => {
      const w = window.jupyterapp.shell.currentWidget, celle = [...w.content.model.cells];
      w.content.activeCellIndex = celle.findIndex(c => c.id === 'risposta-0-1');
      w.content.mode = 'edit';
      w.content.activeCell.editor.focus();
      return celle.findIndex(c => c.id === 'verifica-0-1') - w.content.activeCellIndex;
    }""")
    pagina.keyboard.press("Control+A")
    pagina.keyboard.insert_text(soluzione.source)
    for _ in range(1 + prepara):
        pagina.keyboard.press("Shift+Enter")
    pagina.get_by_text("Esercizio 0.1: corretto").wait_for(timeout=MINUTI)
    pagina.keyboard.press("Control+S")


def test_il_tema_scuro_si_legge(jupyterlab, pagina):
    apri(pagina, jupyterlab, LEZIONI[1].percorso.name)
    pagina.evaluate("""() => window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})""")
    pagina.wait_for_selector("body[data-jp-theme-light=false]", state="attached")
    esegui_tutto(pagina)
    # Una figura con lo sfondo trasparente e le scritte nere, qui, sparirebbe.
    chiari = pagina.evaluate("""() => [...document.querySelectorAll('.jp-OutputArea-output img')].map(i => {
      const tela = new OffscreenCanvas(1, 1).getContext('2d');
      tela.drawImage(i, 0, 0, 1, 1, 0, 0, 1, 1);
      return tela.getImageData(0, 0, 1, 1).data[3];
    })""")
    assert chiari and set(chiari) == {255}
