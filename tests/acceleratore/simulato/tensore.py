"""Il tensore dell'acceleratore, e come esegue un'operazione: controlla i dispositivi, poi la fa sulla CPU."""

import contextlib
from collections import OrderedDict

import torch
from simulato import caso, celle
from simulato.aritmetica import come_una_gpu
from simulato.nome import NOME, e_suo
from torch.utils import _pytree as pytree

# Le operazioni che portano dati da un dispositivo all'altro, e quelle che accettano indici rimasti sulla CPU.
_TRASLOCHI = {"aten::_copy_from", "aten::copy_", "aten::_to_copy", "aten::copy"}
_CON_INDICI = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_", "aten::_unsafe_index"}

# I byte che torch crede ci siano dietro: nessuno li occupa, e un tensore può cambiare misura sul posto.
_SENZA_CONFINI = 2**50


class Tensore(torch.Tensor):
    """Un tensore che dice di stare sull'acceleratore; i suoi numeri sono in ``crudo``, un tensore della CPU."""

    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, crudo: torch.Tensor, requires_grad: bool = False):
        return torch.Tensor._make_wrapper_subclass(
            cls,
            crudo.size(),
            strides=crudo.stride(),
            storage_offset=crudo.storage_offset(),
            dtype=crudo.dtype,
            layout=crudo.layout,
            device=torch.device(NOME, 0),
            requires_grad=requires_grad,
            storage_size=_SENZA_CONFINI,
        )

    def __init__(self, crudo: torch.Tensor, requires_grad: bool = False):
        self.crudo = crudo.detach()

    @classmethod
    def __torch_dispatch__(cls, operazione, tipi, argomenti=(), opzioni=None):
        return esegui(operazione, argomenti, opzioni or {})

    @property
    def data(self) -> "Tensore":
        return Tensore(self.crudo)

    @data.setter
    def data(self, nuovo: torch.Tensor) -> None:
        from simulato.spostamento import scambia

        if isinstance(nuovo, Tensore):
            self.crudo = nuovo.crudo
            self.segui_i_numeri()
        else:
            scambia(self, nuovo)

    def segui_i_numeri(self) -> None:
        """La forma che torch vede diventa quella dei numeri, se un'operazione sul posto l'ha cambiata."""
        crudo = self.crudo
        if (self.shape, self.stride()) != (crudo.shape, crudo.stride()):
            with torch._C._DisableTorchDispatch():
                torch.ops.aten.as_strided_(self, crudo.shape, crudo.stride(), crudo.storage_offset())

    def numpy(self, *, force: bool = False):
        if not force:
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. "
                "Use Tensor.cpu() to copy the tensor to host memory first."
            )
        return self.detach().cpu().numpy()

    def __array__(self, *argomenti, **opzioni):
        return self.numpy()

    def tolist(self):
        return self.detach().cpu().tolist()

    def data_ptr(self) -> int:
        return self.crudo.data_ptr()

    def untyped_storage(self) -> torch.UntypedStorage:
        return self.crudo.untyped_storage()

    def __deepcopy__(self, memo: dict) -> "Tensore":
        if not self.is_leaf:
            raise RuntimeError("Only Tensors created explicitly by the user support the deepcopy protocol")
        if id(self) not in memo:
            copia = Tensore(self.crudo.clone(), self.requires_grad)
            copia.__dict__.update({nome: valore for nome, valore in vars(self).items() if nome != "crudo"})
            memo[id(self)] = copia
            if self.grad is not None:
                copia.grad = self.grad.__deepcopy__(memo)
        return memo[id(self)]

    def __reduce_ex__(self, protocollo: int):
        if isinstance(self, torch.nn.Parameter):
            return torch._utils._rebuild_parameter, (Tensore(self.crudo), self.requires_grad, OrderedDict())
        # Nel file restano i numeri e il nome del dispositivo: chi li legge senza map_location li rivuole lì.
        argomenti = (self.detach().cpu(), self.dtype, str(self.device), self.requires_grad)
        return torch._utils._rebuild_device_tensor_from_cpu_tensor, argomenti

    def __repr__(self, *, tensor_contents=None) -> str:
        testo = f"{repr(self.crudo.clone())[:-1]}, device='{self.device}'"
        if self.grad_fn is not None:
            testo += f", grad_fn=<{type(self.grad_fn).__name__}>"
        elif self.requires_grad:
            testo += ", requires_grad=True"
        return f"Parameter containing:\n{testo})" if isinstance(self, torch.nn.Parameter) else f"{testo})"

    def __format__(self, formato: str) -> str:
        return format(self.item(), formato) if self.dim() == 0 else object.__format__(self, formato)


def esegui(operazione, argomenti: tuple, opzioni: dict) -> object:
    """Esegue un'operazione di ATen su tensori dell'acceleratore: la stessa, sui loro numeri, sulla CPU."""
    nome = operazione._schema.name
    piatti, forma = pytree.tree_flatten((argomenti, opzioni))
    suoi = [valore for valore in piatti if isinstance(valore, Tensore)]
    if suoi:
        _controlla_i_dispositivi(nome, piatti, argomenti)
    for valore in piatti:
        if isinstance(valore, torch.Generator) and (suoi or e_suo(opzioni.get("device"))):
            caso.controlla(valore)
    crudi, opzioni_crude = pytree.tree_unflatten([_crudo(valore) for valore in piatti], forma)
    a_caso = torch.Tag.nondeterministic_seeded in operazione.tags and not any(
        isinstance(valore, torch.Generator) for valore in piatti
    )
    with caso.suo() if a_caso else contextlib.nullcontext():
        esito = celle.OPERAZIONI.get(nome, operazione)(*come_una_gpu(nome, crudi), **opzioni_crude)
    if nome == "aten::copy_":
        return argomenti[0]
    qui = e_suo(opzioni["device"]) if opzioni.get("device") is not None else bool(suoi)
    # Ciò che un'operazione scrive sul posto è lo stesso oggetto che ha ricevuto.
    scritti = {id(valore.crudo): valore for valore in suoi} if operazione._schema.is_mutable else {}
    for scritto in scritti.values():
        scritto.segui_i_numeri()

    def rivestito(tensore: torch.Tensor) -> torch.Tensor:
        return scritti[id(tensore)] if id(tensore) in scritti else Tensore(tensore) if qui else tensore

    return pytree.tree_map_only(torch.Tensor, rivestito, esito)


def _crudo(valore: object) -> object:
    if isinstance(valore, Tensore):
        return valore.crudo
    if isinstance(valore, torch.device) and e_suo(valore):
        return torch.device("cpu")
    return None if isinstance(valore, torch.Generator) and valore.device.type == NOME else valore


def _controlla_i_dispositivi(nome: str, piatti: list, argomenti: tuple) -> None:
    """Come CUDA: i tensori stanno tutti lì, tranne i numeri soli; gli indici possono stare sulla CPU."""
    if nome in _TRASLOCHI:
        return
    indici = pytree.tree_leaves(argomenti[1]) if nome in _CON_INDICI else []
    for valore in piatti:
        estraneo = isinstance(valore, torch.Tensor) and not isinstance(valore, Tensore) and valore.dim()
        if estraneo and not any(valore is indice for indice in indici):
            raise RuntimeError(
                f"Expected all tensors to be on the same device, but found at least two devices, {NOME}:0 and "
                f"{valore.device}! (when checking argument in method {nome})"
            )
