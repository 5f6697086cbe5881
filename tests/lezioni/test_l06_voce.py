"""La rete della voce riscritta nella stanza: con gli stessi pesi dà i numeri di quella del pacchetto."""

import subprocess
import sys
import warnings

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from corso_pytorch.lezioni.l06_ecosistema import voce


@pytest.fixture(scope="module")
def del_pacchetto():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # TorchScript è deprecato
        return torch.jit.load(str(voce.file_dei_pesi().with_name("silero_vad.jit"))).eval()


def _nome(nostro: str) -> str:
    strato, parte = nostro.rsplit(".", 1)
    if strato.startswith("conv"):
        return f"_model.encoder.{int(strato[4:]) - 1}.reparam_conv.{parte}"
    altri = {"stft_conv": "stft.forward_basis_buffer", "final_conv": f"decoder.decoder.2.{parte}"}
    return f"_model.{altri.get(strato, f'decoder.rnn.{parte}')}"


def test_con_i_pesi_del_pacchetto_da_le_sue_probabilita(del_pacchetto):
    rete, suoi = voce.ReteDellaVoce(), del_pacchetto.state_dict()
    rete.load_state_dict({nome: suoi[_nome(nome)] for nome in rete.state_dict()})
    for nome, onda in voce.suoni_di_prova().items():
        with torch.no_grad():
            attese = del_pacchetto.audio_forward(F.pad(onda, (0, -len(onda) % voce.PEZZO))[None], 16_000)[0]
        assert torch.allclose(voce.probabilita_di_voce(rete, onda), attese, atol=1e-4), nome


def test_i_suoni_sono_sempre_gli_stessi_e_le_sillabe_le_sole_parlate():
    rete = voce.ReteDellaVoce()
    rete.load_state_dict(load_file(voce.file_dei_pesi()))
    primi, secondi = voce.suoni_di_prova(), voce.suoni_di_prova()
    for nome, onda in primi.items():
        assert torch.equal(onda, secondi[nome]) and len(onda) == 2 * voce.CAMPIONI_AL_SECONDO
        parlato = (voce.probabilita_di_voce(rete.eval(), onda) > 0.5).float().mean()
        assert parlato > 0.75 if nome.startswith("«sa") else parlato == 0, nome


def test_della_registrazione_si_tengono_le_sillabe_e_non_la_nota():
    rete = voce.ReteDellaVoce()
    rete.load_state_dict(load_file(voce.file_dei_pesi()))
    onda, pezzi = voce.registrazione()
    assert len(onda) == sum(secondi for _, secondi in pezzi) * voce.CAMPIONI_AL_SECONDO
    probabilita, inizio = voce.probabilita_di_voce(rete.eval(), onda), 0.0
    for nome, secondi in pezzi:
        da, a = (round(istante * voce.CAMPIONI_AL_SECONDO / voce.PEZZO) for istante in (inizio, inizio + secondi))
        quota = (probabilita[da:a] > 0.5).float().mean()
        assert quota > 0.75 if nome.startswith("sa") else quota < 0.2, (nome, inizio)
        inizio += secondi


def test_il_pacchetto_non_si_importa():
    prova = "import sys; from corso_pytorch.lezioni.l06_ecosistema import voce; voce.file_dei_pesi()"
    assert "0" in subprocess.check_output(
        [sys.executable, "-c", f"{prova}; print(+('silero_vad' in sys.modules))"], text=True
    )
