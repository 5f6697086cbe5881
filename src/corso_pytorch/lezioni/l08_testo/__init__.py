"""La stanza della lezione 08: il testo."""
