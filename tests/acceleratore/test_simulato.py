"""L'acceleratore simulato: che cosa rifiuta, come una GPU; che cosa fa, e con quale aritmetica.

Si esegue con ``--acceleratore-simulato``; senza, un test solo: che non ci sia.
"""

import copy
import io
import subprocess
import sys

import nbformat
import numpy as np
import pytest
import torch
from lettura_notebook import RADICE
from torch import nn
from torch.nn import functional as F

from acceleratore.escluse import ESCLUSE

QUI = torch.device("cpu")
LA = "simulato"
con_acceleratore = pytest.mark.skipif(not hasattr(torch, LA), reason="si prova con --acceleratore-simulato")


@pytest.mark.skipif(hasattr(torch, LA), reason="è stato chiesto")
def test_senza_chiederlo_non_c_e():
    assert LA not in str(torch.accelerator.current_accelerator())
    with pytest.raises(RuntimeError, match="at start of device string"):
        torch.zeros(1, device=LA)


@pytest.fixture
def x():
    return torch.arange(12.0).reshape(3, 4).to(LA)


DUE_DISPOSITIVI = {
    "somma": lambda x: x + torch.ones(4),
    "confronto": lambda x: x > torch.ones(4),
    "sul posto": lambda x: x.add_(torch.ones(4)),
    "prodotto": lambda x: x @ torch.ones(4, 2),
    "in un batch": lambda x: torch.bmm(x[None], torch.ones(1, 4, 2)),
    "einsum": lambda x: torch.einsum("ij,jk->ik", x, torch.ones(4, 2)),
    "unione": lambda x: torch.cat([x, torch.ones(1, 4)]),
    "pila": lambda x: torch.stack([x, torch.ones(3, 4)]),
    "dove": lambda x: torch.where(torch.ones(3, 4).bool(), x, x),
    "gather": lambda x: x.gather(1, torch.zeros(3, 1, dtype=torch.long)),
    "assegnamento": lambda x: x.index_put_((torch.tensor([0]),), torch.ones(1, 4)),
    "strato": lambda x: nn.Linear(4, 2)(x),
    "convoluzione": lambda x: nn.Conv1d(3, 2, 1)(x[None]),
    "normalizzazione": lambda x: nn.BatchNorm1d(4)(x),
    "embedding": lambda x: nn.Embedding(12, 2)(x.long()),
    "loss": lambda x: F.cross_entropy(x, torch.tensor([0, 1, 2])),
    "ricorrente": lambda x: nn.GRU(4, 2)(x),
    "attenzione": lambda x: F.scaled_dot_product_attention(x[None], torch.ones(1, 3, 4), x[None]),
    "out": lambda x: torch.add(x, x, out=torch.empty(3, 4)),
}


@con_acceleratore
@pytest.mark.parametrize("calcolo", DUE_DISPOSITIVI.values(), ids=DUE_DISPOSITIVI)
def test_rifiuta_due_dispositivi_insieme(x, calcolo):
    with pytest.raises(RuntimeError, match=r"same device|different device"):
        calcolo(x)


@con_acceleratore
def test_accetta_ciò_che_accetta_una_gpu(x):
    assert (x + torch.tensor(1.0)).device.type == LA  # un numero solo può stare sulla CPU
    assert x[torch.tensor([0, 2])].shape == (2, 4)  # e così gli indici
    x[torch.tensor([True, False, False])] = 7.0
    assert x.cpu()[0].tolist() == [7.0] * 4
    assert torch.zeros(2).copy_(x[0, :2]).device == QUI


@con_acceleratore
@pytest.mark.parametrize("leggi", [lambda x: x.numpy(), np.asarray, lambda x: np.add(x, 1)])
def test_numpy_vuole_la_cpu(x, leggi):
    with pytest.raises(TypeError, match=r"Use Tensor.cpu\(\)"):
        leggi(x)


@con_acceleratore
def test_le_viste_condividono_la_memoria(x):
    x.T[0, 1] = -1.0
    assert x[1, 0].item() == -1.0 and not x.T.is_contiguous()
    x.transpose_(0, 1).unsqueeze_(0)
    assert x.shape == x.cpu().shape == (1, 4, 3)
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        x.view(12)


@con_acceleratore
def test_il_seme_da_altri_numeri_ma_sempre_quelli():
    torch.manual_seed(3)
    primi, della_cpu = torch.rand(4, device=LA), torch.rand(4)
    torch.manual_seed(3)
    assert torch.equal(torch.rand(4, device=LA), primi)
    assert not torch.equal(primi.cpu(), della_cpu)
    torch.manual_seed(3)
    assert torch.equal(torch.rand(4), della_cpu)  # l'acceleratore non tocca il generatore della CPU


@con_acceleratore
def test_un_generatore_serve_il_suo_dispositivo():
    suo = torch.Generator(device=LA).manual_seed(0)
    assert suo.device.type == LA and isinstance(torch.default_generator, torch.Generator)
    assert torch.rand(2, generator=suo, device=LA).device.type == LA
    with pytest.raises(RuntimeError, match="Expected a 'simulato' device type for generator"):
        torch.rand(2, generator=torch.Generator(), device=LA)


@con_acceleratore
def test_la_memoria_fissata_e_della_cpu(x):
    assert torch.ones(2).pin_memory().is_pinned() and not torch.ones(2).is_pinned()
    with pytest.raises(RuntimeError, match="only dense CPU tensors can be pinned"):
        x.pin_memory()


@con_acceleratore
def test_un_file_torna_dove_gli_si_dice(x):
    file = io.BytesIO()
    torch.save({"qui": torch.ones(2, 3).T, "la": x}, file)
    for dove, attesi in {"cpu": ("cpu", "cpu"), LA: (LA, LA), None: ("cpu", LA)}.items():
        file.seek(0)
        letto = torch.load(file, map_location=dove, weights_only=True)
        assert (letto["qui"].device.type, letto["la"].device.type) == attesi
        assert letto["qui"].stride() == (1, 3)


@con_acceleratore
def test_senza_acceleratore_il_file_non_si_legge_se_non_sulla_cpu(x, tmp_path, monkeypatch):
    torch.save(x, tmp_path / "x.pt")
    monkeypatch.setenv("TORCH_DEVICE_BACKEND_AUTOLOAD", "0")
    for dove, codice in {"None": 1, "'cpu'": 0}.items():
        leggi = f"import torch; torch.load({str(tmp_path / 'x.pt')!r}, map_location={dove})"
        assert subprocess.run([sys.executable, "-c", leggi], capture_output=True).returncode == codice


@con_acceleratore
def test_un_modello_che_si_sposta_conserva_i_suoi_parametri():
    modello = nn.Linear(4, 2)
    ottimizzatore = torch.optim.SGD(modello.parameters(), lr=0.1)
    peso, uscita = modello.weight, modello(torch.ones(1, 4))  # un grafo ancora in vita non impedisce il trasloco
    modello.to(LA)
    assert modello.weight is peso and isinstance(peso, nn.Parameter) and peso.device.type == LA
    modello(torch.ones(1, 4, device=LA)).sum().backward()
    ottimizzatore.step()
    ottimizzatore.zero_grad()
    assert peso.grad is None
    uscita = modello(torch.ones(1, 4, device=LA))
    modello.to(LA).double().float()
    assert modello.weight is peso and uscita.grad_fn is not None
    del uscita
    modello.load_state_dict(nn.Linear(4, 2).state_dict())
    assert modello.cpu().weight is peso and peso.device == QUI and type(peso) is nn.Parameter


@con_acceleratore
def test_un_modello_si_copia_e_si_salva_intero():
    modello = nn.Linear(4, 2).to(LA)
    modello(torch.ones(1, 4, device=LA)).sum().backward()
    file = io.BytesIO()
    torch.save(modello, file)
    file.seek(0)
    for altro in (copy.deepcopy(modello), torch.load(file, weights_only=False)):
        assert isinstance(altro.weight, nn.Parameter) and altro.weight.requires_grad
        assert torch.equal(altro.weight, modello.weight) and altro.weight is not modello.weight


@con_acceleratore
@pytest.mark.parametrize("tipo", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("bias", [True, False])
def test_le_celle_ricorrenti_hanno_i_valori_e_i_gradienti_della_cpu(tipo, bias):
    qui = tipo(4, 5, batch_first=True, bias=bias)
    la, x = copy.deepcopy(qui).to(LA), torch.randn(2, 3, 4)
    for rete, ingresso in ((qui, x), (la, x.to(LA))):
        rete(ingresso)[0].pow(2).sum().backward()
    torch.testing.assert_close(la(x.to(LA))[0].cpu(), qui(x)[0])
    for uno, altro in zip(la.parameters(), qui.parameters(), strict=True):
        torch.testing.assert_close(uno.grad.cpu(), altro.grad)


@con_acceleratore
def test_l_autocast_accorcia_i_prodotti_e_non_le_loss():
    x, modello = torch.ones(3, 4, device=LA), nn.Linear(4, 2).to(LA)
    with torch.autocast(LA, dtype=torch.bfloat16):
        uscita = modello(x)
        loss = F.cross_entropy(uscita, torch.zeros(3, dtype=torch.long, device=LA))
    assert (uscita.dtype, loss.dtype) == (torch.bfloat16, torch.float32)
    assert modello(x).dtype == torch.float32


ARROTONDANO = {
    "prodotto": lambda a, b: a @ b,
    "in un batch": lambda a, b: torch.bmm(a[None], b[None]),
    "strato": lambda a, b: F.linear(a, b),
    "convoluzione": lambda a, b: F.conv1d(a[None], b[:, :, None]),
    "somma": lambda a, b: (a * b).sum(),
    "somma per righe": lambda a, b: a.sum(dim=1),
    "media": lambda a, b: a.mean(dim=0, keepdim=True),
}


@con_acceleratore
@pytest.mark.parametrize("calcolo", ARROTONDANO.values(), ids=ARROTONDANO)
def test_arrotonda_in_un_altro_modo_e_sempre_in_quello(calcolo):
    a, b = torch.randn(2, 300, 300, generator=torch.Generator().manual_seed(0))
    qui, la, ancora = calcolo(a, b), calcolo(a.to(LA), b.to(LA)).cpu(), calcolo(a.to(LA), b.to(LA)).cpu()
    assert not torch.equal(qui, la)
    assert torch.equal(la, ancora)
    torch.testing.assert_close(la, qui, rtol=5e-2, atol=5e-2)
    esatto = calcolo(a.double().to(LA), b.double().to(LA)).cpu()
    assert torch.equal(esatto, calcolo(a.double(), b.double()))  # in float64 non cambia nulla


def test_le_celle_lasciate_fuori_non_crescono():
    """L'elenco può solo accorciarsi: chi lo allunga deve dirlo anche qui."""
    fuori = [(lezione, cella) for lezione, celle in ESCLUSE.items() for cella in celle]
    assert len(fuori) <= 1
    for lezione, cella in fuori:
        notebook = nbformat.read(RADICE / "notebooks" / f"{lezione}.ipynb", as_version=4)
        assert cella in [una.id for una in notebook.cells], f"la lezione {lezione} non ha più la cella «{cella}»"
        assert len(ESCLUSE[lezione][cella].split()) >= 5, "serve un motivo"
