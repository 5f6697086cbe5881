"""I file per il cluster della lezione 11: non ce n'è uno, ma si possono leggere, controllare e provare in piccolo.

Due «macchine» sono due torchrun su questo computer: il punto d'incontro, i ranghi e il file salvato sono veri.
"""

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.distributed.run import get_args_parser

from corso_pytorch.lezioni.l11_distribuito.cluster import addestra
from corso_pytorch.lezioni.l11_distribuito.lancio import CLUSTER, lancia_file

# PyYAML e jsonschema arrivano con altre librerie del corso.
yaml = pytest.importorskip("yaml")
jsonschema = pytest.importorskip("jsonschema")

TORCHRUN = f'#!/bin/sh\nexec "{sys.executable}" -m torch.distributed.run "$@"\n'
# srun avvia lo stesso comando su ogni macchina assegnata, e aspetta tutti.
SRUN = '#!/bin/sh\nfor n in $(seq "$SLURM_NNODES"); do SLURM_NODEID=$((n - 1)) "$@" & figli="$figli $!"; done\n'
SRUN += 'esito=0; for figlio in $figli; do wait "$figlio" || esito=1; done; exit $esito\n'
SCONTROL = '#!/bin/sh\n[ "$1 $2" = "show hostnames" ] && printf "%s\\n" localhost altrove\n'

TESTO, INTERO = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 1}
RISORSE = {
    "type": "object",
    "required": ["limits"],
    "properties": {"limits": {"type": "object", "required": ["nvidia.com/gpu"]}},
}
MONTATI = {"type": "array", "items": {"type": "object", "required": ["name", "mountPath"]}, "minItems": 1}
COMANDO = {"type": "array", "items": TESTO, "minItems": 2}


def _oggetto(obbligatori: dict, facoltativi: dict | None = None) -> dict:
    """Un oggetto con quei campi, e nessun altro: un nome sbagliato il cluster lo rifiuta, o peggio lo ignora."""
    return {
        "type": "object",
        "required": [*obbligatori],
        "properties": obbligatori | (facoltativi or {}),
        "additionalProperties": False,
    }


def _oggetto_k8s(versione: str, genere: str, spec: dict) -> dict:
    nome = {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"}
    di_base = {"apiVersion": {"const": versione}, "kind": {"const": genere}, "metadata": _oggetto({"name": nome})}
    return _oggetto(di_base | {"spec": spec})


# I campi sono quelli dei CRD di Kubeflow Training Operator 1.9 e di Kubeflow Trainer 2.3.
_CONTENITORE = {"name": {"const": "pytorch"}, "image": TESTO, "command": COMANDO, "resources": RISORSE}
_POD = _oggetto({"containers": {"type": "array", "items": _oggetto(_CONTENITORE, {"volumeMounts": MONTATI})}},
                {"volumes": {"type": "array"}})  # fmt: skip
_REPLICA = _oggetto({"replicas": INTERO, "template": _oggetto({"spec": _POD})}, {"restartPolicy": {"enum": [
    "Always", "OnFailure", "Never", "ExitCode"]}})  # fmt: skip
PYTORCHJOB = _oggetto_k8s(
    "kubeflow.org/v1",
    "PyTorchJob",
    _oggetto(
        # Una stringa, anche se è un numero: un intero l'operatore lo rifiuta.
        {"nprocPerNode": TESTO, "pytorchReplicaSpecs": _oggetto({"Master": _REPLICA}, {"Worker": _REPLICA})},
    ),
)
TRAINJOB = _oggetto_k8s(
    "trainer.kubeflow.org/v1alpha1",
    "TrainJob",
    _oggetto(
        {
            "runtimeRef": _oggetto({"name": TESTO}, {"apiGroup": TESTO, "kind": TESTO}),
            "trainer": _oggetto(
                {"command": COMANDO, "numNodes": INTERO},
                {"image": TESTO, "numProcPerNode": INTERO, "resourcesPerNode": RISORSE},
            ),
        },
        {"runtimePatches": {"type": "array", "items": _oggetto({"manager": TESTO, "trainingRuntimeSpec": {}})}},
    ),
)
TIPI = {"pytorchjob.yaml": PYTORCHJOB, "trainjob.yaml": TRAINJOB}


def _letto(nome: str) -> dict:
    return yaml.safe_load((CLUSTER / nome).read_text(encoding="utf-8"))


@pytest.mark.parametrize("nome", TIPI)
def test_lo_yaml_ha_cio_che_il_suo_tipo_richiede(nome):
    jsonschema.validate(_letto(nome), TIPI[nome])


@pytest.mark.parametrize("nome", TIPI)
@pytest.mark.parametrize("guasto", ["kind", "spec", "campo in più"])
def test_uno_yaml_guasto_non_passa(nome, guasto):
    documento = _letto(nome)
    if guasto == "campo in più":
        documento["spec"]["boh"] = 1
    else:
        del documento[guasto]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(documento, TIPI[nome])


def _due_macchine(nome: str) -> list[tuple[list[str], dict[str, str]]]:
    """Per ogni macchina, il comando e le variabili che l'operatore scrive per torchrun."""
    spec = _letto(nome)["spec"]
    if nome == "trainjob.yaml":
        macchine = [spec["trainer"]["command"]] * spec["trainer"]["numNodes"]
        processi = spec["trainer"]["numProcPerNode"]
    else:
        repliche = [spec["pytorchReplicaSpecs"][chi] for chi in ("Master", "Worker")]
        macchine = [r["template"]["spec"]["containers"][0]["command"] for r in repliche for _ in range(r["replicas"])]
        processi = int(spec["nprocPerNode"])
    comuni = {"PET_NNODES": str(len(macchine)), "PET_NPROC_PER_NODE": str(processi)}
    return [(comando, comuni | {"PET_NODE_RANK": str(numero)}) for numero, comando in enumerate(macchine)]


@pytest.mark.parametrize("nome", TIPI)
def test_il_comando_chiede_due_macchine_da_quattro_gpu(nome, monkeypatch):
    macchine = _due_macchine(nome)
    for comando, variabili in macchine:
        for variabile, valore in variabili.items():
            monkeypatch.setenv(variabile, valore)
        assert comando[0] == "torchrun"
        letto = get_args_parser().parse_args(comando[1:])
        assert (letto.nnodes, letto.nproc_per_node) == ("2", "4")
        assert (letto.training_script, letto.training_script_args) == ("addestra.py", ["/risultati"])
    assert len(macchine) == 2


DUE = [f"rango {n} di 2: 48 esempi per epoca" for n in range(2)]


def _detti(stampato: str) -> list[str]:
    """Ciò che dicono i processi: su una pipe comune gli «a capo» possono arrivare dopo."""
    return re.findall(r"rango \d+ di \d+: \d+ esempi per epoca", stampato)


def test_lanciato_dalla_lezione_i_ranghi_parlano_in_ordine(tmp_path):
    assert lancia_file("addestra.py", 2, tmp_path, dispositivo="cpu") == DUE
    assert _e_quella_giusta(tmp_path / "rete.pt")


def _porta_libera() -> str:
    with socket.socket() as presa:
        presa.bind(("127.0.0.1", 0))
        return str(presa.getsockname()[1])


@pytest.fixture
def banco(tmp_path, monkeypatch):
    """Una cartella con i comandi finti davanti a tutti nel PATH, il programma, e nessuna GPU."""
    for nome, testo in (("torchrun", TORCHRUN), ("srun", SRUN), ("scontrol", SCONTROL)):
        (tmp_path / nome).write_text(testo)
        (tmp_path / nome).chmod(0o755)
    shutil.copy(CLUSTER / "addestra.py", tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return tmp_path


def _in_uno() -> dict[str, torch.Tensor]:
    """I pesi che ``addestra.py`` deve trovare in due: gli stessi passi, 32 esempi per volta, in un processo."""
    dati, rete = addestra.prepara()
    x, y = dati.tensors
    for epoca in range(3):
        for righe in torch.randperm(96, generator=torch.Generator().manual_seed(epoca)).split(32):
            loss = torch.nn.functional.cross_entropy(rete(x[righe]), y[righe])
            gradienti = torch.autograd.grad(loss, list(rete.parameters()))
            with torch.no_grad():
                for p, g in zip(rete.parameters(), gradienti, strict=True):
                    p -= 0.1 * g
    return rete.state_dict()


def _e_quella_giusta(file: Path) -> bool:
    salvata, attesa = torch.load(file, weights_only=True), _in_uno()
    return salvata.keys() == attesa.keys() and all(torch.allclose(salvata[n], attesa[n], atol=1e-12) for n in attesa)


@pytest.mark.skipif(not shutil.which("bash"), reason="lo script di Slurm è per bash")
def test_lo_script_di_slurm_gira_con_uno_srun_finto(banco):
    assert subprocess.run(["bash", "-n", str(CLUSTER / "slurm.sh")]).returncode == 0
    testo = (CLUSTER / "slurm.sh").read_text(encoding="utf-8").replace(":29500", f":{_porta_libera()}")
    (banco / "slurm.sh").write_text(testo)
    assegnate = {"SLURM_JOB_ID": "7", "SLURM_NNODES": "2", "SLURM_JOB_NODELIST": "nodo[0-1]", "SLURM_GPUS_ON_NODE": "1"}
    comando = ["bash", "slurm.sh", str(banco)]
    prova = subprocess.run(comando, cwd=banco, env=os.environ | assegnate, capture_output=True, text=True, timeout=300)
    assert prova.returncode == 0, prova.stderr[-2000:]
    assert sorted(_detti(prova.stdout)) == DUE
    assert _e_quella_giusta(banco / "rete.pt")


def test_slurm_chiede_due_macchine_da_quattro_gpu():
    righe = (CLUSTER / "slurm.sh").read_text(encoding="utf-8").splitlines()
    chieste = dict(riga.removeprefix("#SBATCH --").split("=") for riga in righe if riga.startswith("#SBATCH"))
    assert (chieste["nodes"], chieste["gpus-per-node"], chieste["ntasks-per-node"]) == ("2", "4", "1")


@pytest.mark.parametrize("nome", TIPI)
def test_il_comando_di_kubernetes_gira_su_due_macchine(nome, banco):
    """Come lo avvia l'operatore, ma con un processo per macchina: qui di GPU non ce ne sono."""
    incontro = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": _porta_libera()}
    incontro |= {f"PET_{variabile}": valore for variabile, valore in incontro.items()}
    avviati = []
    for comando, variabili in _due_macchine(nome):
        # Quello della versione 1 scrive anche RANK e WORLD_SIZE: torchrun le riscrive per ogni processo.
        altre = {"PET_NPROC_PER_NODE": "1", "RANK": variabili["PET_NODE_RANK"], "WORLD_SIZE": "2"}
        comando = [str(banco) if pezzo == "/risultati" else pezzo for pezzo in comando]
        ambiente = os.environ | variabili | incontro | altre
        avviati.append(subprocess.Popen(comando, cwd=banco, env=ambiente, stdout=subprocess.PIPE, text=True))
    try:
        stampati = [processo.communicate(timeout=300)[0] for processo in avviati]
    finally:
        for processo in avviati:
            processo.terminate()  # torchrun chiude i suoi
    assert [processo.returncode for processo in avviati] == [0, 0]
    assert sorted(_detti("".join(stampati))) == DUE
    assert _e_quella_giusta(banco / "rete.pt")


def test_il_programma_per_ray_chiama_la_stessa_funzione():
    """Ray non fa parte del corso: se ne controllano i nomi, che sono quelli di Ray Train 2.60."""
    albero = ast.parse((CLUSTER / "ray_train.py").read_text(encoding="utf-8"))
    importati = {f"{nodo.module}.{alias.name}" for nodo in ast.walk(albero) if isinstance(nodo, ast.ImportFrom)
                 for alias in nodo.names}  # fmt: skip
    assert importati == {"addestra.addestra", "ray.train.ScalingConfig", "ray.train.torch.TorchTrainer"}
    chiamate = {nodo.func.id: nodo for nodo in ast.walk(albero) if isinstance(nodo, ast.Call)
                and isinstance(nodo.func, ast.Name)}  # fmt: skip
    assert {opzione.arg for opzione in chiamate["ScalingConfig"].keywords} == {"num_workers", "use_gpu"}
    assert {opzione.arg for opzione in chiamate["TorchTrainer"].keywords} == {"scaling_config"}
    assert callable(addestra.addestra)


def test_il_programma_intero_sta_in_trenta_righe_e_non_importa_il_corso():
    testo = (CLUSTER / "addestra.py").read_text(encoding="utf-8")
    assert sum(bool(riga.strip()) for riga in testo.splitlines()) <= 30
    assert "corso_pytorch" not in testo
