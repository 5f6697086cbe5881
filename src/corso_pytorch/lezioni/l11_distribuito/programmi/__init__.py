"""I programmi della lezione 11, uno per idea: ognuno gira uguale con uno o più processi, su CPU o su GPU.

Si avviano con torchrun, per esempio::

    uv run python -m torch.distributed.run --standalone --nproc_per_node 2 \\
        -m corso_pytorch.lezioni.l11_distribuito.programmi.ddp

- ``comune``: il gruppo dei processi, aperto e chiuso come si deve; il risultato, una riga JSON scritta dal rango 0;
- ``ddp``: il parallelismo sui dati, i suoi gradienti e il suo tempo (con 1, 2, 4 o 8 processi);
- ``blocco``: una collettiva che un processo solo chiama, e l'attesa che ne segue;
- ``fsdp``: un modello a pezzi, i byte di ogni processo, il checkpoint scritto da tutti;
- ``tensor_parallel``: un prodotto fra matrici spezzato fra i processi (1, 2, 4 o 8);
- ``titan``: il Trainer di TorchTitan, su un modello piccolo.

`corso_pytorch.lezioni.l11_distribuito.lancio` li avvia da un notebook, e non ne lascia in giro nessuno.
"""
