"""La stanza della lezione 01: i tensori."""
