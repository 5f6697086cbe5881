"""L'autocast dell'acceleratore: i prodotti in bfloat16 o float16, ciò che perderebbe cifre in float32."""

import torch
from simulato.nome import NOME
from torch.utils import _pytree as pytree

# Le liste di CUDA, per quanto ne serve: https://docs.pytorch.org/docs/stable/amp.html
_PIU_CORTE = (
    "mm", "bmm", "addmm", "baddbmm", "addbmm", "addmv", "mv", "matmul", "linear", "conv1d", "conv2d", "conv3d",
    "convolution", "conv_transpose2d.input", "prelu", "scaled_dot_product_attention", "_thnn_fused_lstm_cell",
    "_thnn_fused_gru_cell", "lstm_cell", "gru_cell",
)  # fmt: skip
_IN_FLOAT32 = (
    "softmax.int", "log_softmax.int", "cross_entropy_loss", "nll_loss", "mse_loss", "l1_loss", "layer_norm",
    "group_norm", "sum", "sum.dim_IntList", "prod", "exp", "log", "pow.Tensor_Scalar", "norm.Scalar", "cumsum",
    "softplus", "cosine_similarity", "binary_cross_entropy_with_logits", "rsqrt", "reciprocal",
)  # fmt: skip


# Vive quanto il processo: le operazioni che le liste non nominano passano oltre.
_TUTTE = torch.library.Library("_", "IMPL", "AutocastPrivateUse1")


def registra(libreria: torch.library.Library) -> None:
    _TUTTE.fallback(torch.library.fallthrough_kernel)
    for nomi, dtype in ((_PIU_CORTE, lambda: torch.get_autocast_dtype(NOME)), (_IN_FLOAT32, lambda: torch.float32)):
        for nome in nomi:
            base, _, variante = nome.partition(".")
            operazione = getattr(getattr(torch.ops.aten, base), variante or "default")
            libreria.impl(nome, _con_dtype(operazione, dtype), "AutocastPrivateUse1")


def _con_dtype(operazione, dtype):
    def esegui(*argomenti, **opzioni):
        with torch._C._ExcludeDispatchKeyGuard(torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastPrivateUse1)):
            argomenti, opzioni = pytree.tree_map_only(
                torch.Tensor, lambda t: _portato(t, dtype()), (argomenti, opzioni)
            )
            return operazione(*argomenti, **opzioni)

    return esegui


def _portato(tensore: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    accorciabile = tensore.dtype in (torch.float32, torch.bfloat16, torch.float16)
    return tensore.to(dtype) if accorciabile and tensore.device.type == NOME else tensore
