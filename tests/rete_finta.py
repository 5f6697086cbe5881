"""Una rete in casa, su 127.0.0.1: un sito che serve file, e un proxy che porta a quel sito."""

import contextlib
import http.server
import os
import threading
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

# Un nome che nessuno conosce (RFC 2606): ci si arriva solo attraverso il proxy.
LONTANO = "http://sito-lontano.invalid/"


class _Risposta(http.server.BaseHTTPRequestHandler):
    """``self.server.modo`` dice come si comporta: buono, muto, assente, rovinato, a metà."""

    def do_GET(self):
        sito = self.server
        sito.richieste.append(self.path)
        if sito.modo == "muto":
            sito.fine.wait(30)
            return
        dati = sito.file.get(urlsplit(self.path).path.lstrip("/"))
        if sito.modo == "assente" or dati is None:
            self.send_error(404)
            return
        if sito.modo == "rovinato":
            dati = b"x" + dati[1:]
        self.send_response(200)
        self.send_header("Content-Length", str(len(dati)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(dati[: len(dati) // 2] if sito.modo == "a metà" else dati)

    do_HEAD = do_GET

    def do_CONNECT(self):  # è così che un proxy riceve le richieste https
        self.server.richieste.append(self.path)
        self.send_error(502)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def sito_acceso(file: dict[str, bytes]) -> Iterator[http.server.ThreadingHTTPServer]:
    """Un sito che serve ``file``; lo stesso programma fa da proxy, perché guarda soltanto il percorso chiesto."""
    sito = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Risposta)
    sito.file, sito.modo, sito.richieste, sito.fine = file, "buono", [], threading.Event()
    sito.indirizzo = f"http://127.0.0.1:{sito.server_port}/"
    threading.Thread(target=sito.serve_forever, daemon=True).start()
    try:
        yield sito
    finally:
        sito.fine.set()
        sito.shutdown()
        sito.server_close()


def senza_proxy(monkeypatch) -> None:
    """Toglie le variabili dei proxy che la macchina delle prove può avere."""
    for nome in [nome for nome in os.environ if nome.lower().endswith("_proxy")]:
        monkeypatch.delenv(nome)
    # urllib legge i proxy una volta sola per processo: qui i test si susseguono nello stesso.
    monkeypatch.setattr(urllib.request, "_opener", None)
