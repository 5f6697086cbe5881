"""I nomi privati di torch su cui il corso si appoggia, tutti qui: un aggiornamento si controlla in un file solo.

Ognuno è importato solo quando serve, e dice perché quello pubblico non basta. Provati con torch 2.14.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest import mock


def opzioni_di_stampa() -> object:
    """Le opzioni di stampa dei tensori: ``torch.set_printoptions`` le cambia, ma nulla di pubblico le dice."""
    from torch._tensor_str import PRINT_OPTS

    return PRINT_OPTS


def rinuncia_a_compilare() -> None:
    """Da qui ``torch.compile``, se non riesce, esegue la funzione com'è, in silenzio: di pubblico non c'è nulla."""
    import torch._dynamo

    torch._dynamo.config.suppress_errors = True
    logging.getLogger("torch._dynamo").setLevel(logging.CRITICAL)


def fai_tacere_pytree() -> None:
    """Toglie un avviso che torchao provoca, e che è per chi sviluppa PyTorch: a scriverlo è un modulo privato."""
    logging.getLogger("torch.utils._pytree").setLevel(logging.ERROR)


def chi_vede_le_operazioni() -> type:
    """``TorchDispatchMode``, la classe da cui nasce chi vede passare ogni operazione: il suo modulo è privato."""
    from torch.utils._python_dispatch import TorchDispatchMode

    return TorchDispatchMode


def annota(**quali: bool) -> logging.Logger:
    """Fa ciò che fa la variabile ``TORCH_LOGS``, e restituisce il registro di Dynamo; senza argomenti, smette."""
    import torch._logging

    torch._logging.set_logs(**quali)
    return logging.getLogger("torch._dynamo")


def codice_generato(compilata: Callable, *argomenti: object) -> list[str]:
    """I moduli che TorchInductor scrive per questa chiamata: altrimenti finiscono solo nei log."""
    from torch._inductor.utils import run_and_get_code

    return run_and_get_code(compilata, *argomenti)[1]


def inductor_conosce(tipo: str) -> bool:
    """Vero se TorchInductor sa scrivere codice per quel tipo di dispositivo: di pubblico c'è solo l'errore che dà."""
    from torch._inductor.codegen.common import get_scheduling_for_device, init_backend_registration

    init_backend_registration()
    return get_scheduling_for_device(tipo) is not None


def cache_di_inductor_vuota() -> AbstractContextManager:
    """Dentro il blocco ``with`` si compila in una cartella nuova: la variabile d'ambiente a quel punto è già letta."""
    from torch._inductor.utils import fresh_cache

    return fresh_cache()


def compilatore_cpp() -> str:
    """Il compilatore C++ che TorchInductor userebbe: lo cerca a modo suo, e se non lo trova è un RuntimeError."""
    from torch._inductor.cpp_builder import get_cpp_compiler

    return get_cpp_compiler()


def errore_di_cattura() -> type[Exception]:
    """La classe di tutti gli errori di ``torch.compile``, che un nome pubblico non ce l'ha."""
    from torch._dynamo.exc import TorchDynamoException

    return TorchDynamoException


@contextmanager
def dynamo_da_capo() -> Iterator[None]:
    """Dentro il blocco ``with`` Dynamo non ricorda nulla, e nulla gli resta dopo.

    Inductor, lento, lascia i grafi così. Gli errori di Dynamo non dicono in quale file nascono: i percorsi cambiano.

    ``torch.compiler.reset`` da solo non rimette le impostazioni, e il backend predefinito non si può cambiare.
    """
    import torch._dynamo

    config = torch._dynamo.config
    prima = config.get_config_copy()

    def inductor(_, grafo, esempi):
        return grafo.forward

    def senza_percorso(errore, **_):
        errore.innermost_user_frame_summary = None

    torch.compiler.reset()
    try:
        with (
            mock.patch.object(torch._TorchCompileInductorWrapper, "__call__", inductor),
            mock.patch.object(torch._dynamo.convert_frame, "augment_exc_message", senza_percorso),
        ):
            yield
    finally:
        torch.compiler.reset()
        dopo = config.get_config_copy()
        config.load_config({nome: valore for nome, valore in prima.items() if dopo[nome] != valore})


def prima_di_compilare(funzione: object) -> object:
    """La funzione, o il modulo, che ``torch.compile`` ha avvolto; ogni altra cosa resta com'è."""
    if getattr(funzione, "_torchdynamo_disable", False):  # anche torch.compiler.disable avvolge
        return funzione
    return getattr(funzione, "_torchdynamo_orig_callable", getattr(funzione, "_orig_mod", funzione))


def byte_chiesti(prof: object) -> int:
    """I byte di ogni richiesta di memoria che il profiler ha visto; di pubblico c'è solo il saldo di ogni operazione.

    Il saldo di un programma compilato non dice nulla: ciò che chiede e rende nella stessa chiamata si annulla.
    """
    eventi = prof.profiler.kineto_results.events()
    return sum(max(evento.nbytes(), 0) for evento in eventi if evento.name() == "[memory]")
