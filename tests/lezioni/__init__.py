"""Le prove delle singole lezioni; in ``lNN`` le risposte agli esercizi: GIUSTE e SBAGLIATE (risposta, diagnosi)."""
