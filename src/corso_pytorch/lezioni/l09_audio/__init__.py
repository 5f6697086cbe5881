"""La stanza della lezione 09: l'audio."""
