"""La stanza della lezione 03: il ciclo di addestramento."""
