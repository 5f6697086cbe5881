"""I testi alternativi delle figure della lezione 00: qui, perché la cella non risponda alla sua scommessa."""

FIGURA_STRATI = (
    "Tre strati uno sopra l'altro: in alto il Python che scrivi tu, sotto il motore in C++, in basso i "
    "dispositivi che fanno i conti: CPU, CUDA, MPS e XPU. Le frecce scendono dall'alto in basso."
)
MAPPA = (
    "La mappa delle quindici lezioni, cinque per riga: 00 Inizia qui; da 01 a 04 le fondamenta, da Tensori alla "
    "CNN su MNIST; 05 torch.compile, la velocità; da 06 a 13 l'ecosistema; 14 il Museo degli errori, che chiude "
    "il corso."
)
