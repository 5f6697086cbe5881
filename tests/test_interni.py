"""Ciò che si usa di privato sta in un posto solo: `corso_pytorch.interni` per torch, ``nbval_interni`` per nbval."""

import re

from lettura_notebook import RADICE

# torch._x, nn.modules.y._z, from torch.y import _z; non torch.__version__.
PRIVATI = re.compile(r"\b(?:torch|nn)(?:\.\w+)*\._[a-z]|from torch[\w.]* import .*\b_[a-z]", re.I)


def test_il_modello_riconosce_i_nomi_privati():
    usi = ("torch._dynamo.config", "isinstance(m, nn.modules.dropout._DropoutNd)", "from torch._utils import x")
    assert all(PRIVATI.search(uso) for uso in (*usi, "from torch.nn import a, _b", 'getLogger("torch._dynamo")'))
    assert not PRIVATI.search("torch.__version__, self._torch, torch.nn.Linear, from torch import no_grad")


def test_i_nomi_privati_di_torch_stanno_in_un_file_solo():
    trovati = {
        file.relative_to(RADICE).as_posix()
        for file in (RADICE / "src").rglob("*.py")
        if PRIVATI.search(file.read_text("utf-8"))
    }
    assert trovati == {"src/corso_pytorch/interni.py"}


def test_nbval_si_corregge_in_un_file_solo():
    file = [*RADICE.glob("*.py"), *(RADICE / "tests").rglob("*.py")]
    assert [f.name for f in file if "\nfrom nbval.kernel import" in f.read_text("utf-8")] == ["nbval_interni.py"]
