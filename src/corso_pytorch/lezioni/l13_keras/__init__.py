"""La stanza della lezione 13: PyTorch e Keras."""
