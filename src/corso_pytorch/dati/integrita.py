"""I quattro file di MNIST: quali sono, se sono interi, come si leggono, che fine fa quello rovinato."""

import contextlib
import hashlib
import itertools
import json
import os
from pathlib import Path

import torch

from corso_pytorch.dati.cartelle import ERRORI_DI_DISCO, DatiNonDisponibili

# La cartella delle cifre di riserva, e il file che vi sta accanto a loro con le loro impronte.
RISERVA, MANIFESTO = "cifre-uci", "impronte.json"
# Quanti byte, e lo SHA-256: dai file pubblicati da LeCun, Cortes e Burges, decompressi.
MNIST = {
    "train-images-idx3-ubyte": (47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels-idx1-ubyte": (60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": (7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": (10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}


def cartella_dei_file(radice: str | Path) -> Path:
    """Dove torchvision cerca i file, sotto la radice che gli si dà."""
    return Path(radice, "MNIST", "raw")


def esamina(radice: Path) -> dict[Path, str]:
    """Che cosa non va nei file, ``{percorso: motivo}``: vuoto se sono tutti interi. ``"manca"`` se uno non c'è."""
    problemi = {cartella_dei_file(radice) / nome: _leggi(radice, nome)[1] for nome in MNIST}
    elaborati = cartella_dei_file(radice).with_name("processed")
    if any(elaborati.glob("*.pt")):
        problemi[elaborati] = "viene da una vecchia torchvision, e sarebbe letto al posto dei file verificati"
    return {percorso: motivo for percorso, motivo in problemi.items() if motivo}


def in_ordine(radice: Path) -> bool:
    """Vero se sotto ``radice`` i file sono interi. Quelli rovinati sono messi da parte: mai cancellati, mai usati."""
    problemi = esamina(radice)
    for percorso, motivo in problemi.items():
        if motivo != "manca":
            _metti_da_parte(percorso, motivo)
    return not problemi or not esamina(radice)


def leggi(radice: str | Path, nome: str) -> torch.Tensor:
    """Il tensore uint8 scritto in un file IDX. Si verificano gli stessi byte che si leggono.

    Raises:
        DatiNonDisponibili: il file non è più quello preparato.
    """
    contenuto, difetto = _leggi(radice, nome)
    if difetto:
        raise DatiNonDisponibili(f"{cartella_dei_file(radice) / nome} {difetto}: richiama prepara_mnist().")
    inizio = 4 + 4 * contenuto[3]  # due zeri, il tipo (8), quanti assi; poi le dimensioni, e i byte
    forma = [int.from_bytes(contenuto[posto : posto + 4], "big") for posto in range(4, inizio, 4)]
    return torch.frombuffer(contenuto, dtype=torch.uint8, offset=inizio).view(forma)


def scrivi(radice: Path, tensori: dict[str, torch.Tensor]) -> None:
    """Scrive i tensori uint8 nel formato IDX, e il manifesto con le loro impronte."""
    cartella_dei_file(radice).mkdir(parents=True)
    impronte = {}
    for nome, dati in tensori.items():
        intestazione = bytes([0, 0, 8, dati.dim()]) + b"".join(lato.to_bytes(4, "big") for lato in dati.shape)
        contenuto = intestazione + dati.numpy().tobytes()
        (cartella_dei_file(radice) / nome).write_bytes(contenuto)
        impronte[nome] = (len(contenuto), hashlib.sha256(contenuto).hexdigest())
    (radice / MANIFESTO).write_text(json.dumps(impronte, indent=1), encoding="utf-8")


def metti_a_posto(provvisoria: Path, radice: Path) -> None:
    """Sposta i file al loro posto, ognuno con un solo spostamento atomico; il manifesto, se c'è, per ultimo."""
    cartella_dei_file(radice).mkdir(parents=True, exist_ok=True)
    for file in [*cartella_dei_file(provvisoria).glob("*-ubyte"), *provvisoria.glob(MANIFESTO)]:
        os.replace(file, radice / file.relative_to(provvisoria))


def _leggi(radice: str | Path, nome: str) -> tuple[bytearray, str]:
    """I byte di un file, e che cosa non va: nulla, se è intero."""
    try:
        contenuto = bytearray((cartella_dei_file(radice) / nome).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return bytearray(), "manca"
    except OSError as errore:
        return bytearray(), f"non si può leggere ({ERRORI_DI_DISCO.get(errore.errno, errore)})"
    byte, sha256 = MNIST[nome]
    if Path(radice).name == RISERVA:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            byte, sha256 = json.loads(Path(radice, MANIFESTO).read_text(encoding="utf-8"))[nome]
    if len(contenuto) != byte:
        return contenuto, f"è lungo {len(contenuto)} byte invece di {byte}"
    intero = hashlib.sha256(contenuto).hexdigest() == sha256
    return contenuto, "" if intero else "ha la lunghezza giusta ma il contenuto è alterato (lo SHA-256 non torna)"


def _metti_da_parte(percorso: Path, motivo: str) -> None:
    liberi = (percorso.with_name(f"{percorso.name}.danneggiato-{numero}") for numero in itertools.count(1))
    try:
        nuovo = percorso.rename(next(libero for libero in liberi if not libero.exists()))
        print(f"Attenzione: {percorso} {motivo}. Non lo uso: l'ho messo da parte come {nuovo.name}.")
    except FileNotFoundError:
        pass  # un altro notebook, partito insieme, l'ha già spostato
    except OSError:
        print(f"Attenzione: {percorso} {motivo}. Non lo uso, e qui non posso rinominarlo: sostituiscilo tu.")
