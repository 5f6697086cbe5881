"""`ascolta`: un suono nel notebook, con i comandi per riprodurlo e un testo per chi non può sentirlo."""

import base64
import html
import io
import wave

import torch
from IPython.display import display

from corso_pytorch.grafici.numeri import all_italiana


def ascolta(onda: torch.Tensor, campioni_al_secondo: int, testo: str) -> None:
    """Mostra i comandi per riprodurre un suono.

    Il suono viaggia dentro il notebook, in un elemento ``<audio>``: lo suonano JupyterLab, VS Code e ogni browser,
    senza rete e anche prima di eseguire la cella. Un'onda che esce da −1…1 è abbassata finché ci sta.

    Args:
        onda: i campioni, di forma (N,).
        testo: che cosa si sente; i lettori di schermo lo leggono.

    Raises:
        ValueError: l'onda non è di forma (N,), è vuota o contiene valori non finiti; oppure il testo manca.
    """
    if not testo.strip():
        raise ValueError("Ogni suono vuole un testo che lo descrive: ascolta(onda, campioni_al_secondo, testo).")
    dati = base64.b64encode(come_wav(onda, campioni_al_secondo)).decode("ascii")
    detto = html.escape(testo)
    sorgente = f"data:audio/wav;base64,{dati}"
    secondi = all_italiana(len(onda) / campioni_al_secondo, ".1f")
    # text/plain è per chi non vede l'HTML; title resta anche dove JupyterLab toglie aria-label (notebook non fidati).
    display(
        {
            "text/html": f'<audio controls title="{detto}" aria-label="{detto}" src="{sorgente}"></audio>',
            "text/plain": f"Suono di {secondi} secondi: {testo}",
        },
        raw=True,
    )


def come_wav(onda: torch.Tensor, campioni_al_secondo: int) -> bytes:
    """Il contenuto di un file WAV con un canale solo e interi di 16 bit.

    Raises:
        ValueError: l'onda non è di forma (N,), è vuota o contiene valori non finiti.
    """
    if onda.dim() != 1 or not len(onda):
        raise ValueError(f"Serve un'onda di forma (N,), con almeno un campione: questa ha forma {tuple(onda.shape)}.")
    onda = onda.detach().cpu().double()
    if not onda.isfinite().all():
        raise ValueError("L'onda contiene NaN o infiniti: non è un suono.")
    # Oltre 1 gli interi ricomincerebbero da capo: un fruscio fortissimo.
    interi = (onda / max(1.0, onda.abs().max().item()) * 32767).round().to(torch.int16)
    contenuto = io.BytesIO()
    with wave.open(contenuto, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(campioni_al_secondo)
        file.writeframes(interi.numpy().astype("<i2").tobytes())
    return contenuto.getvalue()
