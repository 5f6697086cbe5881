"""La stanza della lezione 10: l'apprendimento per rinforzo."""
