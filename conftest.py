"""Vale per i test e per i notebook: correzioni a nbval, secondo dispositivo, prove annotate, celle ripetute."""

pytest_plugins = ["nbval_interni", "acceleratore.opzione", "prove_annotate", "ripetizioni"]
