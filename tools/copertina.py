"""Compone la figura del README con quattro figure delle lezioni, prese dagli output dei notebook.

uv run python tools/copertina.py
"""

import base64
import io
from pathlib import Path

import nbformat
from PIL import Image

RADICE = Path(__file__).resolve().parent.parent
# Notebook e id della cella, da sinistra a destra e dall'alto in basso.
RIQUADRI = [
    ("01_tensori", "bc-figura"),
    ("02_autograd", "gr-figura"),
    ("03_ciclo_di_addestramento", "ci-regioni"),
    ("04_cnn_mnist", "de-mappe-figura"),
]
COPERTINA = RADICE / "docs" / "copertina.png"
LARGHEZZA, ALTEZZA, MARGINE = 720, 380, 24


def figura(nome: str, cella: str) -> Image.Image:
    """La figura stampata da una cella di una lezione.

    Raises:
        LookupError: la cella non c'è, o non mostra una figura.
    """
    notebook = nbformat.read(RADICE / "notebooks" / f"{nome}.ipynb", as_version=4)
    for uscita in next((c.outputs for c in notebook.cells if c.id == cella), []):
        if "image/png" in uscita.get("data", {}):
            return Image.open(io.BytesIO(base64.b64decode(uscita.data["image/png"]))).convert("RGB")
    raise LookupError(f"Nessuna figura nella cella «{cella}» di {nome}: scegline un'altra in RIQUADRI.")


def componi() -> Image.Image:
    """Le quattro figure, due per riga, su fondo bianco."""
    tela = Image.new("RGB", (2 * LARGHEZZA + 3 * MARGINE, 2 * ALTEZZA + 3 * MARGINE), "white")
    for posto, (nome, cella) in enumerate(RIQUADRI):
        riquadro = figura(nome, cella)
        riquadro.thumbnail((LARGHEZZA, ALTEZZA), Image.Resampling.LANCZOS)
        x = MARGINE + (posto % 2) * (LARGHEZZA + MARGINE) + (LARGHEZZA - riquadro.width) // 2
        y = MARGINE + (posto // 2) * (ALTEZZA + MARGINE) + (ALTEZZA - riquadro.height) // 2
        tela.paste(riquadro, (x, y))
    return tela


def main() -> None:
    componi().save(COPERTINA, optimize=True)
    print(COPERTINA.relative_to(RADICE))


if __name__ == "__main__":
    main()
