"""I testi alternativi delle figure della lezione 10: qui, perché la cella non risponda alla sua scommessa."""

CI_FIGURA = (
    "Due riquadri, agente e ambiente, uniti da due frecce: dall'agente parte l'azione, dall'ambiente tornano lo "
    "stato e la ricompensa. Il giro si ripete a ogni passo."
)
EP_FIGURA = (
    "Due istogrammi delle durate: a caso quasi tutti gli episodi finiscono fra 10 e 40 passi, con media 22; "
    "spingendo dove pende fra 25 e 70, con media 42. Nessuno arriva a 200."
)
EP_STRISCIA = (
    "Fotogrammi di un carrello: l'asta pende da una parte, il carrello la rincorre, l'asta passa dall'altra "
    "parte sempre più inclinata, fino a cadere in meno di un secondo."
)
RI_FIGURA = (
    "Sopra, due ricompense: 1 al passo 2 e 5 al passo 6. Sotto, i ritorni: con sconto 1 restano alti da subito, "
    "con 0,8 crescono avvicinandosi alla ricompensa, con 0,5 si alzano solo poco prima."
)
IM_SEMI_QUATTRO = (
    "Quattro curve di REINFORCE che partono da circa 20 passi e salgono, con qualche esitazione, oltre i 100 in "
    "sedicimila passi d'ambiente; la fascia fra la peggiore e la migliore è larga."
)
VI_REGOLA = (
    "La mappa della politica: in alto, dove l'asta gira verso destra, spinge a destra; in basso, dove gira verso "
    "sinistra, a sinistra. Il confine è quasi orizzontale, e scende un poco da sinistra a destra."
)
VI_TRAIETTORIE = (
    "Prima: in circa un secondo, o meno, l'angolo esce dai 12 gradi. Dopo: nove su dodici durano da due a "
    "quattro secondi, con l'angolo che oscilla; la posizione si allontana piano dal centro, e qualcuno esce dal "
    "bordo."
)
IM_MANOPOLE = (
    "Due gruppi di curve: con learning rate 0,03 salgono molto prima, e alla fine stanno vicino al massimo; con "
    "0,01 a metà strada."
)
BA_SENZA = (
    "Due gruppi di quattro curve, con e senza baseline: la mediana con la baseline alla fine è più alta, ma le "
    "fasce si sovrappongono."
)
CL_FIGURA = (
    "Due grafici dell'obiettivo di PPO contro il rapporto di probabilità. Con vantaggio positivo sale fino a "
    "1,2 e poi è piatto; con vantaggio negativo è piatto sotto 0,8 e poi scende. Dalla parte che peggiora la "
    "retta continua anche fuori dal taglio."
)
PP_SEMI = (
    "Tre gruppi di curve sullo stesso asse di passi d'ambiente: REINFORCE con learning rate 0,01 è il più "
    "lento; con 0,03, e PPO, salgono molto prima, e alla fine quei due sono vicini."
)
VI_STRISCIA = (
    "Fotogrammi del carrello addestrato con PPO, uno ogni 0,4 secondi: l'asta resta quasi dritta, ma il carrello "
    "scivola a sinistra, per due terzi della strada verso il bordo."
)
DQ_ESEGUI = (
    "Otto riquadri, uno per rete: molte curve salgono, scendono e risalgono, due ricadono e restano in basso; "
    "la fine non è sempre il massimo."
)
