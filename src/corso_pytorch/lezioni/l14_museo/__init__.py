"""La stanza della lezione 14: il museo degli errori."""
