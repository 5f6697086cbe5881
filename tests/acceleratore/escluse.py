"""Le celle che sull'acceleratore simulato non tornano: lezione, identificativo della cella, motivo."""

ESCLUSE = {
    "05_torch_compile": {
        "dispositivo": "una riga in più dice che la lezione calcola sulla CPU",
    },
}
