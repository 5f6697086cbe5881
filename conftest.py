"""Vale per i test e per i notebook: le correzioni a nbval, e il secondo dispositivo."""

pytest_plugins = ["nbval_interni", "acceleratore.opzione"]
