"""Ciò che ogni programma distribuito fa all'inizio e alla fine: aprire il gruppo, chiuderlo, dire il risultato."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist

from corso_pytorch.ambiente import VARIABILE_DISPOSITIVO


@dataclass(frozen=True)
class Gruppo:
    """Chi sono e con chi lavoro.

    Args:
        rango: il mio numero, da 0 a ``processi - 1``.
        processi: quanti siamo, su tutte le macchine.
        dispositivo: dove calcolo io.
        backend: chi porta i messaggi: ``"nccl"`` fra le GPU, ``"gloo"`` fra le CPU.
    """

    rango: int
    processi: int
    dispositivo: torch.device
    backend: str

    def raduna(self, valore: object) -> list:
        """I valori di tutti i processi, in ordine di rango: la ricevono tutti."""
        valori = [None] * self.processi
        dist.all_gather_object(valori, valore)
        return valori

    def deve_dividere(self, quanti: int, che_cosa: str) -> None:
        """Si ferma se le parti, una per processo, non verrebbero uguali.

        Raises:
            ValueError: ``quanti`` non è un multiplo dei processi.
        """
        if quanti % self.processi:
            raise ValueError(f"{che_cosa} sono {quanti}: in {self.processi} parti uguali non si dividono.")


@contextmanager
def gruppo(limite: float = 60, solo_cpu: bool = False) -> Iterator[Gruppo]:
    """Apre il gruppo dei processi avviati da torchrun e, se tutto va bene, lo chiude insieme agli altri.

    Args:
        limite: quanti secondi aspettare gli altri in una collettiva prima di fermarsi con un errore.
        solo_cpu: non usare le GPU, neanche se ci sono.

    Raises:
        RuntimeError: il programma non è stato avviato da torchrun, che scrive RANK e le altre variabili.
    """
    rango, processi, locale = (_variabile(nome) for nome in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    dispositivo = torch.device("cpu") if solo_cpu else dispositivo_di(locale)
    if dispositivo.type == "cuda":
        torch.cuda.set_device(dispositivo)
    backend, scheda = ("nccl", dispositivo) if dispositivo.type == "cuda" else ("gloo", None)
    dist.init_process_group(backend, timeout=timedelta(seconds=limite), device_id=scheda)
    yield Gruppo(rango, processi, dispositivo, backend)
    # Ci si aspetta, poi si chiude: chi esce per primo toglierebbe la parola a chi sta ancora parlando.
    dist.barrier()
    dist.destroy_process_group()


def annuncia(io: Gruppo, esito: dict) -> None:
    """Stampa l'esito, una riga JSON: parla solo il rango 0, o ne uscirebbe una copia per processo."""
    if io.rango == 0:
        print(json.dumps(esito), flush=True)


def dispositivo_di(locale: int) -> torch.device:
    """Una GPU a testa, o la CPU per tutti: mai due processi sulla stessa GPU, che nccl rifiuta."""
    su_questa_macchina = _variabile("LOCAL_WORLD_SIZE")
    vietata = os.environ.get(VARIABILE_DISPOSITIVO, "cuda").split(":")[0] != "cuda"
    if vietata or torch.cuda.device_count() < su_questa_macchina:
        return torch.device("cpu")
    return torch.device("cuda", locale)


def _variabile(nome: str) -> int:
    if nome not in os.environ:
        raise RuntimeError(f"Questo programma si avvia con torchrun: manca la variabile {nome}.")
    return int(os.environ[nome])
