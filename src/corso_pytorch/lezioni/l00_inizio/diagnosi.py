"""Che cosa c'è, che cosa funziona davvero, e come rimediare a ciò che manca: la lezione 00 e ``corso diagnosi``."""

import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

from corso_pytorch import interni
from corso_pytorch.ambiente import dispositivi_presenti, scegli_dispositivo
from corso_pytorch.comandi import casa_chiusa
from corso_pytorch.dati import DatiNonDisponibili, cartella_dati, cartella_lavoro, integrita
from corso_pytorch.dati.cartelle import VARIABILE, possibili

LIBRERIE = ("torch", "torchvision", "torchaudio", "jupyterlab", "ipykernel", "matplotlib", "scikit-learn")
_MODULI = {"scikit-learn": "sklearn"}  # dove il modulo si chiama in un altro modo


@dataclass(frozen=True)
class Voce:
    """Una riga della diagnosi; ``rimedio`` dice che cosa fare quando non va bene."""

    nome: str
    va_bene: bool
    dettaglio: str
    rimedio: str = ""

    def __str__(self) -> str:
        riga = f"{'✓' if self.va_bene else '✗'} {self.nome:<22} {self.dettaglio}"
        return riga if self.va_bene else f"{riga}\n    → {self.rimedio}"


def diagnosi() -> list[Voce]:
    """Esamina l'ambiente e restituisce una voce per ogni cosa controllata. Non cambia nulla e non usa la rete."""
    librerie = [_libreria(nome) for nome in LIBRERIE]
    dispositivi = [_dispositivo(nome) for nome in dispositivi_presenti()]
    return [_python(), *librerie, *dispositivi, _dispositivo_scelto(), _compilatore(), _casa(), _dati(), _spazio()]


def _python() -> Voce:
    adatto = (3, 11) <= sys.version_info[:2] < (3, 14)
    return Voce(
        "Python",
        adatto,
        f"{platform.python_version()} su {platform.system()} {platform.machine()}",
        "Servono le versioni da 3.11 a 3.13: «uv sync --python 3.12» ne prende una adatta.",
    )


def _libreria(nome: str) -> Voce:
    """Una libreria funziona se si carica: esserci non basta (se torchvision è di un'altra torch, per esempio)."""
    try:
        importlib.import_module(_MODULI.get(nome, nome))
        return Voce(nome, True, importlib.metadata.version(nome))
    except ModuleNotFoundError:
        return Voce(nome, False, "manca", "Dalla cartella del corso, esegui «uv sync».")
    except Exception as errore:
        motivo = (str(errore).strip() or type(errore).__name__).splitlines()[0]
        rimedio = f"Dalla cartella del corso, esegui «uv sync --reinstall-package {nome}»."
        return Voce(nome, False, f"c'è, ma non si carica: {motivo}", rimedio)


def _dispositivo(nome: str) -> Voce:
    """Un dispositivo funziona davvero solo se sa fare un conto: esserci non basta."""
    try:
        uno = torch.ones(64, 64, device=nome)
        giusto = (uno @ uno).sum().item() == 64**3
    except RuntimeError as errore:
        return Voce(f"dispositivo {nome}", False, f"si ferma: {str(errore).splitlines()[0]}", _RIMEDIO_DISPOSITIVO)
    dettaglio = "funziona"
    if nome == "cpu":
        dettaglio += f", {torch.get_num_threads()} thread, {torch.backends.cpu.get_cpu_capability()}"
    if nome == "cuda":
        dettaglio += f", {torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"
    return Voce(f"dispositivo {nome}", giusto, dettaglio if giusto else "sbaglia i conti", _RIMEDIO_DISPOSITIVO)


_RIMEDIO_DISPOSITIVO = "Aggiorna il driver; intanto lavora con CORSO_PYTORCH_DISPOSITIVO=cpu."


def _dispositivo_scelto() -> Voce:
    try:
        return Voce("le lezioni useranno", True, str(scegli_dispositivo()))
    except ValueError as errore:
        return Voce("le lezioni useranno", False, "un dispositivo che non c'è", str(errore))


def _compilatore() -> Voce:
    """torch.compile (lezione 05) scrive C++ e lo compila: dove non può, il resto del corso funziona lo stesso."""
    try:
        trovato = interni.compilatore_cpp()
    except (OSError, RuntimeError):
        rimedio = (
            "Linux: «sudo apt install g++»; macOS: «xcode-select --install»; Windows: i Build Tools di Visual Studio."
        )
        return Voce("compilatore C++", False, "manca: serve solo a torch.compile, nelle lezioni 05 e 12", rimedio)
    if " " in tempfile.gettempdir():
        rimedio = (
            "Indica con la variabile TMPDIR (TEMP su Windows) una cartella senza spazi nel nome, per esempio /tmp."
        )
        return Voce("compilatore C++", False, f"si perde negli spazi di «{tempfile.gettempdir()}»", rimedio)
    return Voce("compilatore C++", True, trovato)


def _casa() -> Voce:
    """Jupyter e Matplotlib scrivono nella cartella dell'utente."""
    if (chiusa := casa_chiusa()) is None:
        return Voce("la tua cartella", True, "ci si può scrivere")
    rimedio = "Apri il corso con «uv run corso lab», che ne usa una provvisoria, o indica la tua con la variabile HOME."
    return Voce("la tua cartella", False, f"in {chiusa} non si può scrivere", rimedio)


def _dati() -> Voce:
    """Guarda dove guardano le lezioni, e non tocca nulla."""
    guasti = {file: motivo for file, motivo in integrita.esamina(cartella_dati()).items() if motivo != "manca"}
    dove = _breve(cartella_dati())
    if guasti:
        elenco = "; ".join(f"{percorso.name} {motivo}" for percorso, motivo in guasti.items())
        rimedio = "«uv run corso dati» mette da parte i rovinati e li riprende."
        return Voce("dati di MNIST", False, f"in {dove}: {elenco}", rimedio)
    for cartella in possibili(cartella_dati()):
        if not integrita.esamina(cartella):
            return Voce("dati di MNIST", True, f"interi, in {_breve(cartella)}")
        if not integrita.esamina(cartella / integrita.RISERVA):
            return Voce("dati di MNIST", True, f"non ci sono: ci sono le cifre di riserva, in {_breve(cartella)}")
    rimedio = "«uv run corso dati» li scarica, o costruisce le cifre di riserva."
    return Voce("dati di MNIST", False, f"non sono in {dove}", rimedio)


def _spazio() -> Voce:
    try:
        cartella = cartella_lavoro()
        liberi = shutil.disk_usage(cartella).free
    except (OSError, DatiNonDisponibili) as errore:
        return Voce("spazio su disco", False, f"non si può leggere ({errore})", "Controlla i permessi della cartella.")
    return Voce(
        "spazio su disco",
        liberi > 500e6,
        f"{liberi / 1e9:.1f} GB liberi in {_breve(cartella)}",
        "Libera almeno 0,5 GB.",
    )


def _breve(cartella: Path) -> str:
    """Il percorso come lo riconosce chi legge, senza la parte che cambia da un computer all'altro."""
    if os.environ.get(VARIABILE) and cartella == cartella_dati():
        return f"${VARIABILE}"
    casa = Path(os.path.expanduser("~"))  # Path.home() si ferma dove l'utente non ha una cartella
    if cartella.is_relative_to(casa):
        return f"~/{cartella.relative_to(casa).as_posix()}"
    return f"…/{cartella.parent.name}/{cartella.name}"
