"""I quattro file di MNIST: quali sono, se sono interi, e che fine fa quello rovinato."""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple


class Impronta(NamedTuple):
    """Come si riconosce un file intero."""

    byte: int
    sha256: str


# Dai file pubblicati da LeCun, Cortes e Burges, decompressi.
MNIST = {
    "train-images-idx3-ubyte": Impronta(47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels-idx1-ubyte": Impronta(60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": Impronta(7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": Impronta(10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}


def cartella_dei_file(radice: Path) -> Path:
    """Dove torchvision cerca i file, sotto la radice che gli si dà."""
    return radice / "MNIST" / "raw"


def impronta(percorso: Path) -> Impronta:
    """La dimensione e lo SHA-256 di un file."""
    with percorso.open("rb") as file:
        return Impronta(percorso.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def esamina(radice: Path, attese: dict[str, Impronta] | None = None) -> dict[str, str]:
    """Che cosa non va nei file, ``{nome: motivo}``: vuoto se sono tutti interi. ``"manca"`` se il file non c'è."""
    problemi = {}
    for nome, attesa in (MNIST if attese is None else attese).items():
        percorso = cartella_dei_file(radice) / nome
        if not percorso.is_file():
            problemi[nome] = "manca"
        elif (byte := percorso.stat().st_size) != attesa.byte:
            problemi[nome] = f"è lungo {byte} byte invece di {attesa.byte}"
        elif impronta(percorso) != attesa:
            problemi[nome] = "ha la lunghezza giusta ma il contenuto è alterato (lo SHA-256 non torna)"
    return problemi


def metti_a_posto(provvisoria: Path, radice: Path) -> None:
    """Sposta i quattro file dalla cartella provvisoria al loro posto, ognuno con un solo spostamento atomico."""
    destinazione = cartella_dei_file(radice)
    destinazione.mkdir(parents=True, exist_ok=True)
    for nome in MNIST:
        os.replace(cartella_dei_file(provvisoria) / nome, destinazione / nome)


def metti_da_parte(radice: Path, problemi: dict[str, str]) -> None:
    """Rinomina i file rovinati e lo dice: non si cancella nulla, e nessuno li userà per sbaglio."""
    for nome, motivo in problemi.items():
        if motivo == "manca":
            continue
        percorso = cartella_dei_file(radice) / nome
        try:
            nuovo = percorso.rename(_nome_libero(percorso))
        except FileNotFoundError:
            continue  # un altro notebook, partito insieme, l'ha già spostato
        except OSError:
            print(f"Attenzione: {percorso} {motivo}. Non lo uso, e qui non posso rinominarlo: sostituiscilo tu.")
        else:
            print(f"Attenzione: {percorso} {motivo}. Non lo uso: l'ho messo da parte come {nuovo.name}.")


def _nome_libero(percorso: Path) -> Path:
    numero = 1
    while (candidato := percorso.with_name(f"{percorso.name}.danneggiato-{numero}")).exists():
        numero += 1
    return candidato
