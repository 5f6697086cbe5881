"""I programmi della lezione 11: con uno e con due processi danno lo stesso risultato, e non resta nessuno."""

import inspect

import psutil
import pytest
import torch

from corso_pytorch.lezioni.l11_distribuito import lancio
from corso_pytorch.lezioni.l11_distribuito.lancio import ProcessoFallito, errore_detto, lancia
from corso_pytorch.lezioni.l11_distribuito.programmi import comune, ddp, fsdp

# Su una macchina con due GPU i programmi le userebbero: qui si prova la via che c'è dappertutto.
MARCA = "marca-di-prova-11"
CPU = {"dispositivo": "cpu", "limite": 240}


@pytest.fixture(scope="module")
def esito():
    """Ogni programma una volta sola con lo stesso numero di processi: avviarli costa secondi."""
    fatti = {}

    def avvia(programma, processi, *argomenti):
        if (programma, processi) not in fatti:
            fatti[programma, processi] = lancia(programma, processi, *argomenti, **CPU)
        return fatti[programma, processi]

    return avvia


@pytest.fixture(autouse=True)
def nessuno_resta():
    prima = {figlio.pid for figlio in psutil.Process().children(recursive=True)}
    yield
    rimasti = [figlio for figlio in psutil.Process().children(recursive=True) if figlio.pid not in prima]
    assert not rimasti
    nostri = [p.pid for p in psutil.process_iter(["cmdline"]) if _e_nostro(p) and p.pid not in prima]
    assert not nostri, "un processo si è staccato da chi l'ha avviato, ed è rimasto"


def _e_nostro(processo: psutil.Process) -> bool:
    """Di questa prova: gli argomenti lo dicono, perché altri possono avere in corso la stessa lezione."""
    return MARCA in " ".join(processo.info["cmdline"] or [])


def _gradienti_interi() -> torch.Tensor:
    x, y = ddp.otto_esempi()
    rete = ddp.rete_piccola()
    torch.nn.functional.mse_loss(rete(x), y).backward()
    return torch.cat([p.grad.flatten() for p in rete.parameters()])


@pytest.mark.parametrize("processi", [1, 2])
def test_ddp_ha_i_gradienti_del_batch_intero(esito, processi):
    dato = esito("ddp", processi)
    assert dato["processi"] == len(set(dato["pid"])) == processi
    assert dato["backend"] == "gloo"
    for gradienti in dato["gradienti"]:
        assert torch.tensor(gradienti, dtype=torch.float64) == pytest.approx(_gradienti_interi(), abs=1e-12)


def test_si_scambiano_i_parametri_quanti_che_siano_gli_esempi(esito):
    parametri = sum(p.numel() for p in ddp.rete_grande().parameters())
    assert esito("ddp", 2)["byte"] == {"256": 4 * parametri, "1024": 4 * parametri}


def test_no_sync_si_parla_una_volta_sola_e_il_gradiente_e_lo_stesso(esito):
    senza, con = (esito("ddp", 2)["accumula"][nome] for nome in ("senza", "con no_sync"))
    assert (senza["scambi"], con["scambi"]) == (4, 1)
    for accumulo in (senza, con):
        assert torch.tensor(accumulo["gradienti"], dtype=torch.float64) == pytest.approx(_gradienti_interi(), abs=1e-12)


def test_ddp_aggiunge_module_e_vuole_tutti_i_parametri(esito):
    dato = esito("ddp", 2)
    assert dato["nomi"] == ["module." + nome for nome in ddp.rete_piccola().state_dict()]
    assert dato["fermi"][0].startswith("Expected to have finished reduction in the prior iteration")
    assert dato["fermi"][1] == ""


def test_i_tempi_ci_sono_tutti(esito):
    dato = esito("ddp", 2)
    assert list(dato["tempi"]) == ["256", "1024"]
    for tempi in dato["tempi"].values():
        assert list(tempi) == ["uno da solo", "insieme", "senza parlarsi"]
        assert min(tempi.values()) > 0
    assert dato["scambio"] > 0


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return tmp_path_factory.mktemp("checkpoint")


def test_fsdp_e_uguale_alla_rete_intera_con_meta_dei_byte(esito, checkpoint):
    dato = esito("fsdp", 2, checkpoint)
    assert dato["da meta"] == dato["byte"]  # chi nasce divisa, a riposo, pesa lo stesso
    assert dato["gemelle"] == {"lo stesso seme": 6, "un seme per processo": 0}
    assert dato["classe"] == "DTensor"
    assert dato["scarto"] < 1e-4
    for nome, intera in dato["byte intera"].items():
        assert [di_uno[nome] for di_uno in dato["byte"]] == [intera / 2] * 2
    parametri = sum(p.numel() for p in fsdp.rete_media().parameters())
    assert dato["byte intera"] == {"parametri": 4 * parametri, "gradienti": 4 * parametri, "stati": 8 * parametri}


def test_il_checkpoint_di_due_lo_legge_uno(esito, checkpoint):
    esito("fsdp", 2, checkpoint)
    letta, attesa = fsdp.rete_media(), fsdp.rete_media()
    stato = {"rete": {nome: torch.zeros_like(p) for nome, p in letta.state_dict().items()}}
    with pytest.warns(UserWarning, match="single process"):
        torch.distributed.checkpoint.load(stato, checkpoint_id=checkpoint)
    letta.load_state_dict(stato["rete"])
    fsdp.addestra(attesa, *fsdp.trentadue_esempi())
    for p, q in zip(letta.parameters(), attesa.parameters(), strict=True):
        assert torch.allclose(p, q, atol=1e-3)


def test_fsdp_gira_anche_con_un_processo(esito):
    dato = esito("fsdp", 1)
    assert dato["scarto"] < 1e-4
    assert dato["byte"] == [dato["byte intera"]]


@pytest.mark.parametrize("processi", [1, 2])
def test_il_parallelismo_sui_tensori_da_le_stesse_uscite_e_gli_stessi_gradienti(esito, checkpoint, processi):
    dato = esito("fsdp", processi, *[checkpoint] * (processi - 1))["tensori"]
    assert dato["scarto"] < 1e-12
    assert dato["nei gradienti"] < 1e-12
    assert dato["forme"][0]["su.weight"] == [8 // processi, 6]
    assert dato["forme"][0]["giu.weight"] == [6, 8 // processi]


def test_un_ottimizzatore_nato_prima_di_fully_shard_non_muove_nulla(esito, checkpoint):
    cambiati = esito("fsdp", 2, checkpoint)["cambiati"]
    assert cambiati["prima"] == 0
    assert cambiati["dopo"] > 30_000


def test_fsdp_raduna_due_volte_divide_una_e_libera_ogni_strato(esito, checkpoint):
    diario = esito("fsdp", 2, checkpoint)["diario"]
    atti = [che_cosa for che_cosa, _, _ in diario]
    assert {atto: atti.count(atto) for atto in set(atti)} == {
        "raduna": 6, "forward": 3, "backward": 3, "divide": 3, "fine": 1,
    }  # fmt: skip
    for che_cosa, nome, interi in diario:
        if che_cosa in ("forward", "backward"):
            assert interi == [nome]  # chi lavora è intero, e chi ha già lavorato è tornato un pezzo
    assert diario[-1][2] == []
    assert [nome for che_cosa, nome, _ in diario[6:] if che_cosa == "raduna"] == ["4", "2", "0"]
    assert diario[7][:2] == ["raduna", "2"] and diario[8][:2] == ["backward", "4"], "il prossimo parte in anticipo"


def test_il_blocco_finisce_con_un_errore_che_si_legge():
    dove = r"\(blocco\.py, riga \d+: dist\.all_reduce\(loss\)\)"
    with pytest.raises(ProcessoFallito, match=rf"«blocco» si è fermato.*Timed out waiting.*{dove}"):
        lancia("blocco", 2, 2, MARCA, **CPU)


def test_si_trova_chi_manca_e_chi_chiama_altro():
    dato = lancia("blocco", 2, 1, "indaga", ambiente={"TORCH_DISTRIBUTED_DEBUG": "DETAIL"}, **CPU)
    assert dato["chi manca"].startswith("[Rank 0]: Rank 1 failed to pass monitoredBarrier in 1000 ms")
    assert "Op type: ALLREDUCEvs BROADCAST" in dato["collettive diverse"]
    assert dato["appaiate"] == [101.0, 101.0]


def test_oltre_il_limite_si_ferma_tutto():
    with pytest.raises(TimeoutError, match="Dopo 6 secondi"):
        lancia("blocco", 2, 60, MARCA, dispositivo="cpu", limite=6)


@pytest.mark.parametrize("nome", ["dpp", "../ddp", "ddp.py", ""])
def test_un_programma_che_non_c_e_si_dice_subito(nome):
    with pytest.raises(ValueError, match=f"Non c'è nessun programma «{nome}»"):
        lancia(nome, 2)


def test_senza_processi_non_si_parte():
    with pytest.raises(ValueError, match="almeno un processo"):
        lancia("ddp", 0)


def _finto(monkeypatch, stampato="", errori="", codice=0):
    monkeypatch.setattr(lancio, "esegui", lambda *argomenti: (stampato, errori, codice))


def test_vale_l_ultimo_annuncio_fra_le_altre_stampe(monkeypatch):
    _finto(monkeypatch, 'un avviso\n{"processi": 1}\n{"processi": 2}\nfine\n')
    assert lancia("ddp", 2) == {"processi": 2}


def test_un_programma_muto_e_un_errore(monkeypatch):
    _finto(monkeypatch, "niente da dire\n")
    with pytest.raises(ProcessoFallito, match="senza annunciare"):
        lancia("ddp", 2)


def test_dell_errore_resta_la_riga_che_conta():
    testo = (
        'un avviso\n[rank0]: Traceback (most recent call last):\n[rank0]:   File "a.py", line 3, in f\n'
        "[rank0]:     g()\n[rank0]: RuntimeError: [/pytorch/gloo/buffer.cc:81] Timed out\n"
        'Traceback (most recent call last):\n  File "run.py", line 9\nChildFailedError: falliti\n'
    )
    assert errore_detto(testo) == "RuntimeError: Timed out"
    nostro = testo.replace('File "a.py"', 'File "/corso/programmi/a.py"')
    assert errore_detto(nostro) == "RuntimeError: Timed out (a.py, riga 3: g())"
    assert errore_detto("solo questo") == "solo questo"
    assert errore_detto("") == "Non ha detto perché."


def test_nel_notebook_l_errore_e_una_riga():
    assert ProcessoFallito("si è fermato")._render_traceback_() == ["ProcessoFallito: si è fermato"]


@pytest.mark.parametrize(
    ("gpu", "processi", "voluto", "atteso"),
    [
        (2, 2, None, "cuda:1"),
        (1, 2, None, "cpu"),
        (0, 2, None, "cpu"),
        (8, 2, "cpu", "cpu"),
        (8, 2, "cuda", "cuda:1"),
    ],
    ids=["una a testa", "non bastano", "nessuna", "vietate", "chieste"],
)
def test_una_gpu_a_testa_o_la_cpu_per_tutti(monkeypatch, gpu, processi, voluto, atteso):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpu)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processi))
    monkeypatch.delenv("CORSO_PYTORCH_DISPOSITIVO", raising=False)
    if voluto:
        monkeypatch.setenv("CORSO_PYTORCH_DISPOSITIVO", voluto)
    assert comune.dispositivo_di(locale=1) == torch.device(atteso)


def test_senza_torchrun_il_gruppo_non_si_apre(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(RuntimeError, match="si avvia con torchrun: manca la variabile RANK"), comune.gruppo():
        pass


def test_parla_solo_il_rango_0(capsys):
    for rango in range(2):
        comune.annuncia(comune.Gruppo(rango, 2, torch.device("cpu"), "gloo"), {"rango": rango})
    assert capsys.readouterr().out == '{"rango": 0}\n'


def test_ogni_programma_chiude_il_suo_gruppo():
    assert "destroy_process_group" in inspect.getsource(comune.gruppo)


def test_le_parti_devono_venire_uguali():
    io = comune.Gruppo(0, 3, torch.device("cpu"), "gloo")
    io.deve_dividere(9, "Gli esempi")
    with pytest.raises(ValueError, match="Gli esempi sono 8: in 3 parti uguali non si dividono"):
        io.deve_dividere(8, "Gli esempi")
