"""Il secondo dispositivo dei test: l'acceleratore simulato, e come lo si chiede a pytest."""
