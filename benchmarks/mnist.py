"""Quanto tempo serve per leggere MNIST al 99 %? Le ricette a confronto, sulla stessa macchina e sugli stessi dati.

    uv run python benchmarks/mnist.py                                   # tutte, tre volte, al massimo 4 epoche
    uv run python benchmarks/mnist.py --ricette corso,lezione04 --json

Le esecuzioni si alternano (corso, lezione04, …, corso, lezione04, …), ognuna in un processo nuovo: si contano
l'addestramento e la preparazione dei dati, non gli import né le valutazioni. Si riportano le mediane. Mentre gira,
il computer non deve fare altro: due processi su due core si rallentano di molte volte.
"""

import contextlib
import json
import os
import resource
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context

import torch
from ricette import ESEMPI, RICETTE, Dati, carica_librerie

from corso_pytorch.ambiente import imposta_seme, scegli_dispositivo
from corso_pytorch.comandi import Lettore
from corso_pytorch.dati import carica_in_memoria, prepara_mnist
from corso_pytorch.misure import aspetta_dispositivo

SOGLIE = (0.97, 0.98, 0.99)


@dataclass
class Corsa:
    """Una ricetta eseguita una volta: secondi e accuratezza alla fine di ogni epoca, memoria massima in MB."""

    ricetta: str
    secondi: list[float] = field(default_factory=list)
    accuratezze: list[float] = field(default_factory=list)
    memoria: float = 0.0

    def fino_a(self, soglia: float) -> float | None:
        """I secondi di addestramento alla fine della prima epoca che raggiunge la soglia, se c'è."""
        return next((t for t, quota in zip(self.secondi, self.accuratezze, strict=True) if quota >= soglia), None)


def corri(nome: str, dispositivo: str, epoche_max: int, seme: int) -> Corsa:
    """Esegue una ricetta fino al 99 % o al limite di epoche; il cronometro si ferma durante le valutazioni."""
    carica_librerie(nome, torch.device(dispositivo))
    imposta_seme(seme)
    radice = prepara_mnist()
    immagini_test, etichette_test = carica_in_memoria(radice, addestramento=False)
    dati = Dati(radice, *carica_in_memoria(radice))
    corsa = Corsa(nome)
    trascorsi, partenza = 0.0, time.perf_counter()

    def epoca(prevedi) -> bool:
        nonlocal trascorsi, partenza
        aspetta_dispositivo()
        trascorsi += time.perf_counter() - partenza
        corsa.secondi.append(trascorsi)
        corsa.accuratezze.append((prevedi(immagini_test).argmax(dim=1) == etichette_test).float().mean().item())
        partenza = time.perf_counter()
        return corsa.accuratezze[-1] >= SOGLIE[-1] or len(corsa.secondi) >= epoche_max

    # Le librerie scrivono i loro progressi: l'uscita standard è per i risultati.
    with open(os.devnull, "w", encoding="utf-8") as muto, contextlib.redirect_stdout(muto):
        RICETTE[nome](dati, torch.device(dispositivo), epoca)
    corsa.memoria = _memoria_massima(dispositivo)
    return corsa


def riassumi(corse: list[Corsa]) -> dict:
    """Le mediane di una ricetta, nelle chiavi della riga JSON."""
    epoche = statistics.median_low([len(corsa.secondi) for corsa in corse])
    intere = [corsa for corsa in corse if len(corsa.secondi) >= epoche]
    secondi = statistics.median(corsa.secondi[-1] for corsa in corse)
    per_epoca = statistics.median(corsa.secondi[-1] / len(corsa.secondi) for corsa in corse)
    nome = corse[0].ricetta
    return {
        "ricetta": nome,
        "secondi": secondi,
        "accuratezza": statistics.median(corsa.accuratezze[-1] for corsa in corse),
        "epoche": epoche,
        "secondi_per_epoca": per_epoca,
        "immagini_al_secondo": ESEMPI.get(nome, 60_000) / per_epoca,
        "accuratezze": [statistics.median(corsa.accuratezze[i] for corsa in intere) for i in range(epoche)],
        "fino_a": {f"{soglia:.0%}": _mediana_se_tutte(corse, soglia) for soglia in SOGLIE},
        "memoria_mb": statistics.median(corsa.memoria for corsa in corse),
        "corse": [asdict(corsa) for corsa in corse],
    }


def tabella(righe: list[dict]) -> str:
    """La tabella in Markdown; l'ultima colonna dice quante volte i secondi di ``corso``."""
    metro = next((riga["secondi"] for riga in righe if riga["ricetta"] == "corso"), None)
    intestazione = ["ricetta", "immagini/s", "s/epoca", "accuratezza dopo ogni epoca (%)"]
    intestazione += [f"s al {soglia:.0%}" for soglia in SOGLIE] + ["memoria (MB)", "rispetto a corso"]
    scritte = [intestazione, ["---"] + ["--:"] * (len(intestazione) - 1)]
    for riga in righe:
        rapporto = f"{riga['secondi'] / metro:.1f}×" if metro else "–"
        scritte.append(
            [
                f"`{riga['ricetta']}`",
                f"{riga['immagini_al_secondo']:.0f}",
                f"{riga['secondi_per_epoca']:.2f}",
                " ".join(f"{100 * quota:.2f}" for quota in riga["accuratezze"]),
                *("–" if tempo is None else f"{tempo:.2f}" for tempo in riga["fino_a"].values()),
                f"{riga['memoria_mb']:.0f}",
                rapporto if riga["fino_a"]["99%"] is not None or not metro else f"oltre {rapporto}",
            ]
        )
    return "\n".join("| " + " | ".join(colonne) + " |" for colonne in scritte)


def main() -> int:
    lettore = Lettore(prog="benchmarks/mnist.py", description="Secondi per leggere MNIST al 99 %, ricetta per ricetta.")
    lettore.add_argument("--ricette", default=",".join(RICETTE), help=f"separate da virgole: {', '.join(RICETTE)}")
    lettore.add_argument("--epoche-max", type=int, default=4, metavar="N", help="quando arrendersi (4)")
    lettore.add_argument("--ripetizioni", type=int, default=3, metavar="N", help="esecuzioni per ricetta (3)")
    lettore.add_argument("--dispositivo", help="cpu, cuda… (altrimenti il migliore)")
    lettore.add_argument("--figura", metavar="FILE", help="dove disegnare il confronto, per esempio mnist.png")
    lettore.add_argument("--json", action="store_true", help="l'ultima riga dell'uscita standard è una lista JSON")
    scelta = lettore.parse_args()
    nomi = [nome.strip() for nome in scelta.ricette.split(",")]
    for nome in nomi:
        if nome not in RICETTE:
            lettore.rifiuta(f"La ricetta «{nome}» non esiste: scegli fra {', '.join(RICETTE)}.")
    if scelta.epoche_max < 1 or scelta.ripetizioni < 1:
        lettore.rifiuta("Le epoche e le ripetizioni si contano da 1 in su.")
    try:
        dispositivo = str(scegli_dispositivo(scelta.dispositivo))
    except ValueError as errore:
        lettore.rifiuta(str(errore))

    prepara_mnist()
    corse = _tutte_le_corse(nomi, dispositivo, scelta.epoche_max, scelta.ripetizioni)
    righe = [riassumi(corse[nome]) for nome in nomi]
    print(tabella(righe))
    if scelta.figura:
        from grafico import gara

        gara({riga["ricetta"]: _traccia(riga) for riga in righe}).savefig(scelta.figura)
    if scelta.json:
        print(json.dumps(righe))
    return 0


def _tutte_le_corse(nomi: list[str], dispositivo: str, epoche_max: int, ripetizioni: int) -> dict[str, list[Corsa]]:
    from tqdm import tqdm

    nomi = list(dict.fromkeys(nomi))
    corse: dict[str, list[Corsa]] = {nome: [] for nome in nomi}
    # Un processo nuovo per ogni corsa: la memoria si misura pulita, e nessuna trova il lavoro già fatto da un'altra.
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as processi,
        tqdm(total=len(nomi) * ripetizioni, unit="corsa", file=sys.stderr) as barra,
    ):
        for seme in range(ripetizioni):
            for nome in nomi:
                barra.set_description(nome)
                corse[nome].append(processi.submit(corri, nome, dispositivo, epoche_max, seme).result())
                barra.update()
    return corse


def _traccia(riga: dict) -> tuple[list[float], list[float]]:
    """I punti da disegnare: i secondi (mediani) alla fine di ogni epoca e le accuratezze."""
    return [riga["secondi_per_epoca"] * (i + 1) for i in range(riga["epoche"])], riga["accuratezze"]


def _mediana_se_tutte(corse: list[Corsa], soglia: float) -> float | None:
    """La mediana dei secondi fino alla soglia, se più di metà delle corse ci arriva."""
    tempi = sorted(corsa.fino_a(soglia) or float("inf") for corsa in corse)
    mediana = statistics.median(tempi)
    return None if mediana == float("inf") else mediana


def _memoria_massima(dispositivo: str) -> float:
    """I MB occupati al massimo: quelli della GPU se c'è, altrimenti quelli del processo."""
    if dispositivo.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 1e6
    massimo = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return massimo / 1e6 if sys.platform == "darwin" else massimo / 1e3


if __name__ == "__main__":
    raise SystemExit(main())
