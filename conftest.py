"""Vale per i test e per i notebook: le correzioni a nbval, il secondo dispositivo, chi annota le prove."""

pytest_plugins = ["nbval_interni", "acceleratore.opzione", "prove_annotate"]
