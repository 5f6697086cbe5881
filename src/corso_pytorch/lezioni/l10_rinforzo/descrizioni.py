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
    "Sopra, due ricompense: 1 al passo 2 e 5 al passo 6. Sotto, i ritorni: con sconto 1 sono alti da subito e "
    "possono solo scendere, con 0,8 crescono avvicinandosi alla ricompensa, con 0,5 si alzano solo poco prima."
)
IM_SEMI_QUATTRO = (
    "Quattro curve di REINFORCE che partono da circa 20 passi e salgono, con qualche esitazione, oltre i 100 in "
    "sedicimila passi d'ambiente; la fascia fra la peggiore e la migliore è larga."
)
VI_REGOLA = (
    "La mappa della politica: in alto, dove l'asta gira verso destra, spinge a destra; in basso, dove gira verso "
    "sinistra, a sinistra. Il confine è quasi orizzontale, e scende un poco da sinistra a destra."
)
CL_FIGURA = (
    "Due grafici dell'obiettivo di PPO contro il rapporto di probabilità. Con vantaggio positivo sale fino a "
    "1,2 e poi è piatto; con vantaggio negativo è piatto sotto 0,8 e poi scende. Dalla parte che peggiora la "
    "retta continua anche fuori dal taglio."
)
VI_STRISCIA = (
    "Fotogrammi del carrello addestrato con PPO, uno ogni 0,4 secondi: l'asta resta quasi dritta, ma il carrello "
    "scivola a sinistra, per due terzi della strada verso il bordo."
)
VE_PAGA = (
    "Due riquadri con la posizione di dodici carrelli nel tempo, e la bandierina a un metro. Con +1 a ogni passo "
    "restano in piedi per quattro secondi, intorno al centro; pagando la distanza cadono tutti in due decimi di "
    "secondo, vicino alla partenza."
)
VE_TUA = (
    "Tre riquadri con la posizione dei carrelli nel tempo: con +1 a ogni passo, con la distanza da pagare, e con "
    "la tua ricompensa. Una linea verde segna la bandierina, una croce rossa chi cade."
)
PP_SEMI = (
    "Due gruppi di quattro curve sullo stesso asse di passi d'ambiente: quelle di PPO salgono molto prima, e alla "
    "fine stanno più in alto di quelle di REINFORCE."
)
PP_ALTRO_LR = (
    "Tre gruppi di curve: REINFORCE con learning rate 0,01 è il più lento; REINFORCE con 0,03 e PPO salgono molto "
    "prima, e alla fine quei due sono vicini."
)
PP_TUO = "Due gruppi di curve: PPO con l'obiettivo di TorchRL, e PPO con il tuo. Se il tuo è giusto, si coprono quasi."
PP_SENZA_FIGURA = (
    "Quattro semi con PPO e gli stessi senza il taglio: salgono tutti, ma senza il taglio le curve ricadono di più, e "
    "finiscono più lontane fra loro."
)
