"""La palestra della lezione 11: programmi veri, avviati con torchrun, sono giudicati per ciò che fanno."""

import psutil
import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler

from corso_pytorch.lezioni.l11_distribuito import palestra
from corso_pytorch.lezioni.l11_distribuito.palestra import Corsa, avvia, programma, simula
from corso_pytorch.lezioni.l11_distribuito.programmi.sorvegliato import numeri_con_la_virgola
from corso_pytorch.verifiche import controlla


def a_mano(dati, rete, dispositivo, cartella):
    dist.init_process_group("gloo")
    rango, processi = dist.get_rank(), dist.get_world_size()
    for p in rete.parameters():
        dist.broadcast(p.data, src=0)
    x, y = dati.tensors
    ottimizzatore = torch.optim.SGD(rete.parameters(), lr=0.1)
    medie = []
    for epoca in range(3):
        ordine = torch.randperm(96, generator=torch.Generator().manual_seed(99 + epoca))
        somma = torch.zeros(())
        for fetta in ordine.split(32):
            miei = fetta.chunk(processi)[rango]
            ottimizzatore.zero_grad()
            loss = nn.functional.cross_entropy(rete(x[miei]), y[miei])
            loss.backward()
            for p in rete.parameters():
                dist.all_reduce(p.grad)
                p.grad /= processi
            ottimizzatore.step()
            somma += loss.detach() * len(miei)
        dist.all_reduce(somma)
        medie.append(somma / 96)
    if rango == 1:
        torch.save(rete.state_dict(), cartella + "/rete.pt")
    dist.destroy_process_group()
    return medie


def chi_esce_prima(dati, rete, dispositivo, cartella):
    dist.init_process_group("gloo")
    rete = DistributedDataParallel(rete)
    sgd = torch.optim.SGD(rete.parameters(), lr=0.1)
    for passo, (x, y) in enumerate(DataLoader(dati, batch_size=16, sampler=DistributedSampler(dati))):
        if dist.get_rank() == 0 and passo == 1:
            break
        sgd.zero_grad()
        nn.functional.cross_entropy(rete(x), y).backward()
        sgd.step()
    dist.destroy_process_group()
    return []


def test_un_programma_giusto_scritto_a_mano_passa():
    corsa = avvia(a_mano)
    assert controlla("11.2", corsa).stato == "corretto", corsa
    assert len({rango["pid"] for rango in corsa.ranghi}) == 2
    assert str(corsa) == "2 processi, passi [9, 9], file ['rete.pt']"


def test_chi_esce_prima_si_riconosce_e_non_resta_nessuno():
    prima = {figlio.pid for figlio in psutil.Process().children(recursive=True)}
    esito = controlla("11.2", avvia(chi_esce_prima))
    assert esito.stato == "sbagliato"
    assert "l'altro" in esito.messaggio.lower()
    assert "mio.py, riga" in esito.messaggio
    assert {figlio.pid for figlio in psutil.Process().children(recursive=True)} <= prima


def test_la_corsa_simulata_e_quella_vera(monkeypatch):
    """Ciò che `avvia` racconta e ciò che `simula` inventa hanno le stesse parti: le sviste valgono per tutti e due."""
    simulata = simula()
    assert controlla("11.2", simulata).stato == "corretto"
    annotati = {"righe", "gradienti", "pesi", "processi", "salvataggi", "pid", "aperto", "restituito", "scritti"}
    assert set(simulata.ranghi[0]) == annotati


def test_di_una_funzione_si_leggono_i_numeri_con_la_virgola():
    def con_soglia(dati, soglia=0.97):
        def sotto(media):
            return media < soglia and media * 96 < 98 / 100 and 3

        return sotto

    assert sorted(numeri_con_la_virgola(con_soglia)) == [0.97, 0.98]
    assert numeri_con_la_virgola("altro") == []


def test_una_funzione_da_scrivere_non_si_avvia():
    def vuota(dati, rete, dispositivo, cartella):
        # scrivi qui
        ...

    assert avvia(vuota) is ...


@pytest.mark.parametrize(
    "risposta", [3, "una funzione", torch.nn.Linear, lambda *cose: 1], ids=["numero", "testo", "classe", "lambda"]
)
def test_cio_che_non_e_una_funzione_si_dice(risposta):
    assert "def" in avvia(risposta).errore


def test_il_programma_comincia_con_i_suoi_import():
    testo = programma(a_mano)
    assert testo.startswith("import sys\n\nimport torch\n")
    compile(testo, "mio.py", "exec")


def test_oltre_il_limite_la_corsa_lo_dice(monkeypatch):
    def tardi(*argomenti):
        raise TimeoutError("Dopo 1 secondi i processi non avevano finito: li ho fermati.")

    monkeypatch.setattr(palestra, "esegui", tardi)
    corsa = avvia(a_mano, limite=1)
    assert "non avevano finito" in corsa.errore
    assert "collettiva" in controlla("11.2", corsa).messaggio


def test_un_errore_senza_spiegazione_resta_un_errore(monkeypatch):
    monkeypatch.setattr(palestra, "esegui", lambda *argomenti: ("", "solo questo", 1))
    assert avvia(a_mano).errore == "solo questo"
    assert isinstance(avvia(a_mano), Corsa)
