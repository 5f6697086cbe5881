"""I nomi privati di torch su cui il corso si appoggia, tutti qui: un aggiornamento di torch si controlla in un file solo."""


def opzioni_di_stampa() -> object:
    """Le opzioni di stampa dei tensori, da leggere e rimettere: torch le cambia, ma non le dice (torch 2.14)."""
    from torch._tensor_str import PRINT_OPTS

    return PRINT_OPTS
