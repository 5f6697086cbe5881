"""La stanza della lezione 12: in produzione."""
