"""La stanza della lezione 06: l'ecosistema e TorchVision."""
