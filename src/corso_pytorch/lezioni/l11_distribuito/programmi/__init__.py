"""I programmi della lezione 11, uno per idea: ognuno gira uguale con uno o più processi, su CPU o su GPU.

Si avviano con torchrun, per esempio::

    uv run python -m torch.distributed.run --standalone --nproc_per_node 2 \\
        -m corso_pytorch.lezioni.l11_distribuito.programmi.ddp

- ``comune``: il gruppo dei processi, aperto e chiuso come si deve; il risultato, una riga JSON scritta dal rango 0;
- ``ddp``: il parallelismo sui dati, i suoi gradienti e il suo tempo (con 1, 2, 4 o 8 processi);
- ``blocco``: una collettiva che un processo solo chiama, l'attesa che ne segue, e come si trova chi manca;
- ``fsdp``: un modello a pezzi, i byte di ogni processo, il checkpoint scritto da tutti; e ``tensor_parallel``, un
  prodotto fra matrici spezzato fra i processi (1, 2, 4 o 8);
- ``sorvegliato``: la funzione di uno studente, e ciò che fa la rete mentre gira.

`corso_pytorch.lezioni.l11_distribuito.lancio` e ``palestra`` li avviano da un notebook, e non lasciano nessuno in giro.
"""
