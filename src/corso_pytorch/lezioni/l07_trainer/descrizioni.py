"""I testi alternativi delle figure della lezione 07: qui, perché la cella non risponda alla sua scommessa."""

UG_CHI_FIGURA = (
    "Dodici fasi dell'addestramento: accanto a ognuna la nostra riga e chi la fa ora. A te restano le prime "
    "due: rete e loss, ottimizzatore e learning rate; dei batch sul dispositivo e del backward si occupa "
    "Accelerate, delle stampe i callback, del resto il Trainer."
)
UG_FIGURA = (
    "La loss nei 48 passi di due epoche, in scala logaritmica. Le due linee partono insieme e si separano a "
    "poco a poco: verso la fine quella tratteggiata, del Trainer, resta più in alto di quella del nostro ciclo."
)
DE_FIGURA = (
    "Le chiamate dall'alto in basso: i metodi a sinistra, gli eventi a destra. Fra on_step_begin e on_step_end, "
    "per ogni batch: training_step, compute_loss, backward, clip_grad_norm_; l'evento on_pre_optimizer_step; step; "
    "l'evento on_optimizer_step; zero_grad."
)
ME_FIGURA = (
    "La norma del gradiente nei 48 passi di due epoche: i primi punti stanno ben sopra 1 e il taglio li riporta "
    "sulla linea di 1; dopo una decina di passi le norme stanno sotto, e il taglio non lavora più."
)
FE_FIGURA = (
    "La loss di validazione scende per poche epoche, tocca il minimo, segnato da un cerchio, e non migliora "
    "più: una riga verticale segna la fermata, tre epoche dopo il minimo; le epoche rimaste, la maggior parte, "
    "sono in grigio."
)
AC_FIGURA = (
    "I due cicli affiancati: con Accelerate entrano due righe, Accelerator() e prepare(), sparisce quella che "
    "sposta il batch, e loss.backward() diventa acceleratore.backward(loss). Le altre sono uguali."
)
PR_FIGURA = (
    "Undici esempi, da 0 a 10, divisi in batch di due fra due processi, a turno. All'ultimo passo al secondo "
    "processo manca un esempio, e riceve di nuovo lo 0, tratteggiato: gather raduna dodici risposte, "
    "gather_for_metrics undici."
)
