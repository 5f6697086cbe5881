"""Vale per i test e per i notebook: le correzioni a nbval."""

pytest_plugins = ["nbval_interni"]
