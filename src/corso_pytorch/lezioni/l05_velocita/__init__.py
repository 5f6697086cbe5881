"""La stanza della lezione 05: torch.compile e la velocità."""
