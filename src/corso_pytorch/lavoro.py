"""Le copie di chi studia: le lezioni in ``lavoro/``, senza output, dove nessun aggiornamento le tocca.

Nulla di suo si perde: un file nasce solo dove non ce n'è uno, tutto o niente, e chi lascia il posto va in ``vecchie/``.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

RADICE = Path(__file__).resolve().parents[2]
ORIGINALI, LAVORO = RADICE / "notebooks", RADICE / "lavoro"
_CAMBIATA = (
    "La lezione {numero} è cambiata: la nuova è {nuova}, la tua resta com'è. Per passare: uv run corso reset {numero}."
)
_ESITO = re.compile(r"Esercizio (\S+): (corretto|sbagliato|da completare)")


def lezioni(originali: Path = ORIGINALI) -> dict[str, Path]:
    """I notebook del corso, per numero di due cifre."""
    return {file.name[:2]: file for file in sorted(originali.glob("[0-9][0-9]_*.ipynb"))}


def prepara(originali: Path = ORIGINALI, lavoro: Path = LAVORO) -> list[str]:
    """Copia le lezioni che mancano e, accanto alla tua, quelle cambiate; restituisce le novità, una riga l'una.

    Raises:
        OSError: in ``lavoro`` non si può scrivere; ciò che c'era resta com'era.
    """
    lavoro.mkdir(parents=True, exist_ok=True)
    novita = []
    for numero, originale in lezioni(originali).items():
        nuova, mia = _senza_output(originale), lavoro / originale.name
        ce_gia = mia.exists()  # una volta sola: fra due domande un'altra copia può nascere
        if ce_gia and versione_di(mia) == nuova["metadata"]["corso_pytorch"]:
            continue
        accanto = mia.with_name(f"{mia.stem}.nuova-{nuova['metadata']['corso_pytorch'][:6]}.ipynb")
        dove = accanto if ce_gia else mia
        try:
            _deposita(nuova, dove)
        except FileExistsError:  # c'è già, o un'altra copia ha fatto prima
            continue
        if dove == accanto:
            novita.append(_CAMBIATA.format(numero=numero, nuova=accanto.name))
    return novita


def ricomincia(originale: Path, lavoro: Path = LAVORO) -> Path | None:
    """Rimette la lezione com'era all'inizio; restituisce dov'è finita la copia di prima, se c'era.

    Raises:
        OSError: non si può scrivere; la copia resta dov'era, o è già in ``vecchie/``.
    """
    mia, vecchia = lavoro / originale.name, None
    lavoro.mkdir(parents=True, exist_ok=True)
    with _scritta(_senza_output(originale), lavoro) as fresca:  # prima: se il disco è pieno non si sposta nulla
        if mia.exists():
            vecchia = mia.replace(_posto_libero(mia, lavoro))
        _nasce(fresca, mia)
    return vecchia


def conserva(notebook: Path, lavoro: Path = LAVORO) -> Path:
    """Copia un notebook in ``vecchie/``, e restituisce dove."""
    copia = _posto_libero(notebook, lavoro)
    copia.write_bytes(notebook.read_bytes())
    return copia


def versione_di(notebook: Path) -> str | None:
    """Da quale versione della lezione viene una copia; ``None`` se non lo dice o non si legge."""
    try:
        return json.loads(notebook.read_text("utf-8"))["metadata"].get("corso_pytorch")
    except (OSError, ValueError, KeyError):
        return None


def progressi(notebook: Path) -> dict[str, str]:
    """L'esito di ogni esercizio, come l'ha stampato l'ultima esecuzione salvata.

    Raises:
        ValueError: il file non è un notebook.
    """
    try:
        celle = json.loads(notebook.read_text("utf-8"))["cells"]
        stampati = ["".join(uscita.get("text", "")) for cella in celle for uscita in cella.get("outputs", [])]
        nomi = re.findall(r"verifica-(\d+)-(\d+)", " ".join(cella.get("id", "") for cella in celle))
    except (ValueError, KeyError, TypeError, AttributeError) as errore:
        raise ValueError(f"{notebook} non è un notebook che so leggere.") from errore
    trovati = dict(_ESITO.findall("\n".join(stampati)))
    return {nome: trovati.get(nome, "da completare") for nome in map(".".join, nomi)}


def _posto_libero(notebook: Path, lavoro: Path) -> Path:
    """Un file vuoto e nuovo in ``vecchie/``, con il nome del notebook e l'istante."""
    posto = lavoro / "vecchie" / f"{notebook.stem} {datetime.now():%Y-%m-%d %H.%M.%S.%f}.ipynb"
    posto.parent.mkdir(parents=True, exist_ok=True)
    posto.touch(exist_ok=False)
    return posto


def _senza_output(originale: Path) -> dict:
    """Il notebook senza output, con i collegamenti che valgono da ``lavoro/`` e la sua versione nei metadati."""
    notebook = json.loads(originale.read_text("utf-8"))
    for cella in notebook["cells"]:
        cella["source"] = "".join(cella["source"]).replace("](soluzioni/", "](../notebooks/soluzioni/")
        if cella["cell_type"] == "code":
            cella |= {"outputs": [], "execution_count": None}
    testo = json.dumps([(cella["id"], cella["source"]) for cella in notebook["cells"]], ensure_ascii=False)
    notebook["metadata"]["corso_pytorch"] = hashlib.sha256(testo.encode()).hexdigest()
    return notebook


def _deposita(notebook: dict, dove: Path) -> None:
    with _scritta(notebook, dove.parent) as scritta:
        _nasce(scritta, dove)


@contextmanager
def _scritta(notebook: dict, cartella: Path) -> Iterator[Path]:
    """Il notebook intero in un file provvisorio della cartella, che alla fine sparisce."""
    descrittore, nome = tempfile.mkstemp(prefix=".", suffix=".parte", dir=cartella)
    try:
        with open(descrittore, "w", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")
            file.flush()
            os.fsync(descrittore)
        yield Path(nome)
    finally:
        Path(nome).unlink(missing_ok=True)


def _nasce(scritta: Path, dove: Path) -> None:
    """Dà al file il suo nome; `FileExistsError` se qualcun altro lo ha preso: chi c'è resta."""
    try:
        os.link(scritta, dove)
    except FileExistsError:
        raise
    except OSError:  # un disco senza collegamenti (exFAT, alcune cartelle di rete)
        with open(dove, "xb") as file:
            file.write(scritta.read_bytes())
