"""La valigetta per un'aula senza rete: le ruote di uv.lock, MNIST, il sito con le diapositive, il corso.

    uv run corso valigetta CARTELLA [--piattaforma windows] [--python 3.12]
    uv run corso valigetta CARTELLA --verifica      (la installa a parte, con la rete staccata, e prova il corso)

Chi la riceve ha bisogno soltanto di Python: LEGGIMI.txt gli dice due comandi.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RADICE = Path(__file__).resolve().parents[1]
# Le etichette delle ruote che ogni piattaforma accetta, per pip.
PIATTAFORME = {
    "linux": [f"manylinux_2_{n}_x86_64" for n in (34, 28, 27, 26, 24, 17, 12, 5)] + ["manylinux2014_x86_64"],
    "macos": [f"macosx_{n}_0_{tipo}" for n in (15, 14, 13, 12, 11) for tipo in ("arm64", "universal2")]
    + ["macosx_10_13_universal2", "macosx_10_9_universal2"],
    "windows": ["win_amd64"],
}
QUI = {"linux": "linux", "darwin": "macos", "win32": "windows"}[sys.platform]
# Un programma con la rete staccata; resta quella interna, con cui Jupyter parla ai suoi kernel.
STACCATA = ["unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
LEGGIMI = """\
Corso PyTorch, senza rete. Serve Python {python}. Da un terminale aperto in questa cartella:

    python installa.py
    corso/.venv/{eseguibili}/corso lab

Il primo comando mette tutto nella cartella corso/ (qualche minuto), il secondo apre la tua copia della prima lezione.
Il sito del corso, con le diapositive, è sito/index.html.
"""
INSTALLA = '''\
"""Installa il corso dalla valigetta, senza rete."""

import os
import subprocess
import sys
import venv
from pathlib import Path

QUI = Path(__file__).resolve().parent
AMBIENTE = QUI / "corso" / ".venv"
if sys.version_info[:2] != ({python}):
    sys.exit("Questa valigetta è per Python {python_detto}: con un'altra versione le sue ruote non vanno.")
venv.create(AMBIENTE, with_pip=True, clear=True)
python = AMBIENTE / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
senza_rete = ["--no-index", "--find-links", QUI / "ruote", "--no-deps"]
pip = [python, "-m", "pip", "--isolated", "--quiet", "install", *senza_rete]
subprocess.run([*pip, "-r", QUI / "requisiti.txt"], check=True)
# Chi costruisce il corso è uno dei programmi appena installati: lo si cerca qui.
cammino = os.environ | {{"PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", "")])}}
subprocess.run([*pip, "--no-build-isolation", "--editable", QUI / "corso"], env=cammino, check=True)
print("Fatto. LEGGIMI.txt dice come si apre il corso.")
'''


def prepara(cartella: Path, piattaforma: str, python: str) -> None:
    """Riempie ``cartella``; ciò che c'era prima, se è un'altra valigetta, è rifatto."""
    cartella.mkdir(parents=True, exist_ok=True)
    requisiti = cartella / "requisiti.txt"
    requisiti.write_text(_requisiti(piattaforma, python), encoding="utf-8")
    print("Prendo le ruote: con le librerie di CUDA, su Linux, sono qualche GB.", flush=True)
    _ruote(requisiti, cartella / "ruote", piattaforma, python)
    _corso(cartella / "corso")
    _dati(cartella / "corso" / "data")
    _sito(cartella / "sito")
    eseguibili = "Scripts" if piattaforma == "windows" else "bin"
    (cartella / "LEGGIMI.txt").write_text(LEGGIMI.format(python=python, eseguibili=eseguibili), encoding="utf-8")
    versione = python.replace(".", ", ")
    (cartella / "installa.py").write_text(INSTALLA.format(python=versione, python_detto=python), encoding="utf-8")


def _requisiti(piattaforma: str, python: str) -> str:
    """I pacchetti di uv.lock, con la loro versione, che servono su quella piattaforma e con quel Python."""
    esporta = ["uv", "export", "--locked", "--no-emit-project", "--no-hashes", "--quiet"]
    tutti = subprocess.run(esporta, cwd=RADICE, check=True, capture_output=True, text=True).stdout
    scegli = ["uv", "pip", "compile", "-", "--no-deps", "--no-annotate", "--no-header", "--quiet"]
    scegli += ["--python-platform", piattaforma, "--python-version", python]
    # Il corso si installa da una cartella: chi lo costruisce va con lui. ExecuTorch vuole macOS 14.
    ingresso, ambiente = tutti + "\nuv_build>=0.13,<0.14\n", os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}
    return subprocess.run(scegli, input=ingresso, env=ambiente, check=True, capture_output=True, text=True).stdout


def _ruote(requisiti: Path, dove: Path, piattaforma: str, python: str) -> None:
    comando = ["uv", "run", "--no-project", "--with", "pip", "--python", python, "python", "-m", "pip"]
    if piattaforma == QUI:
        comando += ["wheel", "--wheel-dir", str(dove)]  # chi non pubblica una ruota si costruisce qui
    else:
        comando += ["download", "--dest", str(dove), "--only-binary", ":all:", "--python-version", python]
        comando += [pezzo for etichetta in PIATTAFORME[piattaforma] for pezzo in ("--platform", etichetta)]
    subprocess.run([*comando, "--no-deps", "--quiet", "-r", str(requisiti)], check=True)


def _corso(dove: Path) -> None:
    """I file del deposito, quelli che git conosce, e nient'altro: né copie di chi studia né ambienti."""
    shutil.rmtree(dove, ignore_errors=True)
    nomi = subprocess.run(["git", "ls-files", "-z"], cwd=RADICE, check=True, capture_output=True, text=True).stdout
    for nome in filter(None, nomi.split("\0")):
        (dove / nome).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(RADICE / nome, dove / nome)


def _dati(dove: Path) -> None:
    """MNIST, se qui c'è; senza, la valigetta usa le cifre di riserva, che viaggiano con scikit-learn."""
    from corso_pytorch.dati import DatiNonDisponibili, prepara_mnist

    try:
        radice = prepara_mnist(origine="mnist")
    except DatiNonDisponibili as errore:
        print(f"MNIST non c'è, e la valigetta ne fa a meno: {errore}")
    else:
        shutil.copytree(radice / "MNIST" / "raw", dove / "MNIST" / "raw", dirs_exist_ok=True)


def _sito(dove: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    import sito

    if sito.costruisci(dove):
        print("Il sito non è venuto senza avvisi: guardalo prima di portarlo in aula.")


def verifica(cartella: Path) -> int:
    """Installa la valigetta altrove con la rete staccata, e chiede al corso la diagnosi e una lezione."""
    senza_rete = STACCATA if shutil.which("unshare") and shutil.which("ip") else []
    if not senza_rete:
        print("Qui la rete non si può staccare: verifico senza dare indirizzi da cui scaricare.")
    with tempfile.TemporaryDirectory() as altrove:
        copia = Path(altrove, "valigetta")
        copia.mkdir()
        for pezzo in cartella.iterdir():  # le ruote sono pesanti: basta un collegamento
            (copia / pezzo.name).symlink_to(pezzo) if pezzo.name == "ruote" else _copia(pezzo, copia / pezzo.name)
        nostre = ("PIP_", "UV_", "VIRTUAL_ENV", "PYTHON", "CORSO_")
        ambiente = {nome: valore for nome, valore in os.environ.items() if not nome.startswith(nostre)}
        passi = [
            [sys.executable, "installa.py"],
            [_python(copia), "-m", "corso_pytorch", "diagnosi"],
            [_python(copia), "-m", "pytest", "-q", "-n0", "--rootdir", "corso", *_lezioni(copia)],
        ]
        for passo in passi:
            if codice := subprocess.run([*senza_rete, *map(str, passo)], cwd=copia, env=ambiente).returncode:
                print(f"Non va: {' '.join(map(str, passo[1:]))}", file=sys.stderr)
                return codice
    print("La valigetta si installa senza rete, e la lezione 01 passa.")
    return 0


def _lezioni(copia: Path) -> list[Path]:
    return sorted((copia / "corso" / "notebooks").glob("01_*.ipynb"))


def _python(copia: Path) -> Path:
    return copia / "corso" / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _copia(origine: Path, arrivo: Path) -> None:
    shutil.copytree(origine, arrivo) if origine.is_dir() else shutil.copy(origine, arrivo)


def _argomenti() -> argparse.Namespace:
    lettore = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lettore.add_argument("cartella", type=Path)
    lettore.add_argument("--piattaforma", choices=sorted(PIATTAFORME), default=QUI)
    lettore.add_argument("--python", default="{}.{}".format(*sys.version_info))
    lettore.add_argument("--verifica", action="store_true")
    return lettore.parse_args()


if __name__ == "__main__":
    scelta = _argomenti()
    if scelta.verifica:
        sys.exit(verifica(scelta.cartella.resolve()))
    prepara(scelta.cartella.resolve(), scelta.piattaforma, scelta.python)
    print(f"La valigetta è in {scelta.cartella}: LEGGIMI.txt dice come si usa.")
