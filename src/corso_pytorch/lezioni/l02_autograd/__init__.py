"""La stanza della lezione 02: autograd."""
