"""Le risposte di prova, un modulo per lezione: GIUSTE e SBAGLIATE (risposta, pezzo della diagnosi attesa)."""
