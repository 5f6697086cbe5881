"""La stanza della lezione 04: una CNN su MNIST."""
