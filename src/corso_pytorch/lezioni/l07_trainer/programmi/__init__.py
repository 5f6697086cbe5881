"""I programmi della lezione 07: si avviano da soli, con `corso_pytorch.lezioni.l07_trainer.lancio`."""
