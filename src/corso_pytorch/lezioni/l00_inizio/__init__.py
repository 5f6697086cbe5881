"""La stanza della lezione 00: il primo incontro."""
