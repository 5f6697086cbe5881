"""La stanza della lezione 07: il Trainer e Accelerate."""
