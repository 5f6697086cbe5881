"""Una stanza per lezione: i suoi esercizi, le sue figure e ciò che solo lei usa."""
