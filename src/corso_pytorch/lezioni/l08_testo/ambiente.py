"""Ciò che va deciso prima di importare transformers: le variabili d'ambiente, e quanto deve parlare."""

import os

from corso_pytorch.ecosistema import raggiungibile, richiedi

_IN_RETE = "https://huggingface.co/google/bert_uncased_L-2_H-128_A-2/resolve/main/config.json"


def prepara_transformers() -> None:
    """Controlla che le librerie ci siano, tace i loro avvisi e, se il sito dei modelli non risponde, lo dice loro.

    Senza ``HF_HUB_OFFLINE`` ogni download mancato costa mezzo minuto di tentativi; e vale solo se c'è già all'import.

    Raises:
        LibreriaMancante: manca tokenizers o transformers.
    """
    richiedi("tokenizers", "transformers")
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if "HF_HUB_OFFLINE" not in os.environ and not raggiungibile(_IN_RETE):
        os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
