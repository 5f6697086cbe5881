"""ExecuTorch in un notebook: con lo stesso numero di thread di torch, e senza il racconto del suo C++."""

import contextlib
import io

import torch


def in_silenzio() -> contextlib.AbstractContextManager:
    """Dentro il blocco ``with`` ciò che una libreria scrive su stderr non si vede."""
    return contextlib.redirect_stderr(io.StringIO())


def tanti_thread_quanti_torch() -> None:
    """Dà a ExecuTorch i thread che ha torch: se no i tempi non si confrontano.

    La chiamata è interna (trattino basso): un'altra, pubblica, non c'è.
    """
    from executorch.extension.pybindings import portable_lib  # qui: importarla costa, e non serve agli esercizi

    with in_silenzio():  # il C++ racconta come cerca il processore
        if portable_lib._threadpool_get_thread_count() != torch.get_num_threads():
            portable_lib._unsafe_reset_threadpool(torch.get_num_threads())
