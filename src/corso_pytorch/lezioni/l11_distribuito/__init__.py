"""La stanza della lezione 11: più processi, più GPU."""
