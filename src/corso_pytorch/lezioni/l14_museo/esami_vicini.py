"""Gli esami di chi risponde due volte: la risposta dipende dai vicini, dal futuro, dal caso?"""

import torch

from corso_pytorch.ambiente import imposta_seme
from corso_pytorch.lezioni.l14_museo.esami import Esame, una_copia
from corso_pytorch.lezioni.l14_museo.sonde import (
    Spia,
    bersaglio,
    chiama,
    foglie,
    in_numero,
    quanti_esempi,
    scegli,
    trasforma,
)


def esame_indipendenza(modello, batch, loss_fn):
    """La risposta a un esempio non dipende dai vicini? Mescolando il batch, o tagliandolo, deve restare la stessa.

    E in un modello di linguaggio, dove y sono i token di x spostati di uno, nemmeno dai token che vengono dopo.
    """
    x, y = batch
    n = quanti_esempi(batch)
    with una_copia(modello) as copia:
        copia.eval()
        ordine, tutte = torch.randperm(n).to(foglie(x)[0].device), chiama(copia, x)
        if not _stesse(chiama(copia, x), tutte):
            return Esame("indipendenza", None, "la risposta non è ripetibile: non si può dire")
        if _guarda_avanti(copia, x, y, tutte):
            return Esame("indipendenza", False, "cambiando l'ultimo token cambiano le previsioni prima: vede il futuro")
        if _copia_i_token(copia, x, y, tutte, loss_fn):
            return Esame(
                "indipendenza", False, "y sono gli stessi token di x: per prevedere il prossimo vanno spostate"
            )
        try:
            meta = chiama(copia, scegli(x, slice(n // 2), n))
        except Exception as errore:
            meta, fermo = None, f"con metà batch si ferma con {type(errore).__name__}"
        mescolate = _con_altri_vicini(copia, scegli(x, ordine, n), n)
        diverse = _dipendono(tutte, mescolate, meta, ordine)
    if meta is None and not diverse and isinstance(x, torch.Tensor):
        return Esame("indipendenza", False, f"{fermo}: nel modello la misura del batch è fissa")
    if meta is None:
        return Esame("indipendenza", None, f"{fermo}: se è una rete su un grafo, è giusto")
    if diverse:
        return Esame("indipendenza", False, "la risposta a un esempio cambia con i vicini: il modello mescola il batch")
    return Esame("indipendenza", True, "ogni esempio ha la sua risposta, qualunque siano i vicini")


def esame_ripetibilita(modello, batch, loss_fn):
    """In modalità ``eval()`` lo stesso batch dà due volte la stessa risposta?

    Se no, o il modello estrae numeri a caso (e con lo stesso caso la risposta torna), o ricorda le chiamate prima.
    """
    x, y = batch
    with una_copia(modello) as copia, Spia(copia.eval()) as spia:
        prima, seconda = chiama(copia, x), chiama(copia, x)
        acceso = spia.dropout
    with una_copia(modello) as copia:
        fine = bersaglio(chiama(copia.train(), x), y, loss_fn)
    with una_copia(modello) as copia:
        stesso_caso = [_da_capo(copia.eval(), x) for _ in range(2)]
    if acceso:
        return Esame("ripetibilità", False, "in eval() un dropout resta acceso: training=self.training, o nn.Dropout")
    if _stesse(prima, seconda, quota=0.0005):
        return Esame("ripetibilità", True, "in eval() la risposta è sempre la stessa")
    if not _stesse(*stesso_caso):
        return Esame("ripetibilità", False, "anche in eval() la risposta cambia: il modello ricorda le chiamate prima")
    a_caso = "anche in eval() il modello estrae numeri a caso"
    if fine is None or any(y.shape == ingresso.shape and torch.equal(y, ingresso) for ingresso in foglie(x)):
        return Esame("ripetibilità", None, f"{a_caso}: è voluto, come in un VAE?")
    return Esame("ripetibilità", False, f"{a_caso}: fallo solo con self.training; se è voluto, salta l'esame")


def _guarda_avanti(modello, x, y, tutte):
    """Vero se y sono i token di x spostati di uno, e le previsioni cambiano quando cambia l'ultimo token."""
    token = _token(x, y)
    return token is not None and _uguali_quasi(y[:, :-1], token[:, 1:]) and _vede_dopo(modello, x, token, tutte)


def _copia_i_token(modello, x, y, tutte, loss_fn):
    """Vero se un modello di linguaggio deve prevedere proprio i token che riceve: y non è spostata di uno."""
    token = _token(x, y)
    if token is None or not _uguali_quasi(y, token) or _vede_dopo(modello, x, token, tutte):
        return False
    altre = torch.cat([y[:, 1:2], y[:, 1:]], dim=1)  # chi le sposta dentro la loss, la prima non la guarda
    return in_numero(loss_fn, tutte, y) != in_numero(loss_fn, tutte, altre)


def _token(x, y):
    """Gli interi (N, T) di x, se anche y ha quella forma."""
    token = next((t for t in foglie(x) if t.dim() == 2 and not t.is_floating_point()), None)
    simili = token is not None and isinstance(y, torch.Tensor) and y.shape == token.shape and y.shape[1] > 2
    return token if simili else None


def _uguali_quasi(a, b):
    return (a == b).double().mean() >= 0.95


def _vede_dopo(modello, x, token, tutte):
    """Vero se le previsioni di prima cambiano quando cambia l'ultimo token."""
    altri = token.clone()
    altri[:, -1] = torch.where(token[:, -1] == token[0, 0], token[0, 1], token[0, 0])
    dopo = chiama(modello, trasforma(x, lambda t: altri if t is token else t))
    coppie = zip(foglie(tutte), foglie(dopo), strict=False)
    prima_dopo = [(a[:, :-1], b[:, :-1]) for a, b in coppie if a.dim() == 3 and a.shape[:2] == token.shape]
    return bool(prima_dopo) and not all(stesse_risposte(b, a, a, quota=2e-4) for a, b in prima_dopo)


def _con_altri_vicini(modello, x, n):
    """Le risposte quando la seconda metà degli esempi è dieci volte più grande: la prima non deve accorgersene."""

    def cambia(t):
        return torch.cat([t[: n // 2], 10 * t[n // 2 :]]) if t.is_floating_point() and t.dim() and len(t) == n else t

    try:
        return chiama(modello, trasforma(x, cambia))
    except Exception:  # un modello che non regge quei numeri
        return chiama(modello, x)


def _dipendono(tutte, mescolate, meta, ordine):
    """Vero se un'uscita con un posto per esempio cambia quando cambiano i vicini."""
    n, mezzi = len(ordine), len(ordine) if meta is None else len(ordine) // 2
    terne = zip(foglie(tutte), foglie(mescolate), foglie(meta) or foglie(tutte), strict=False)
    for intera, mescolata, mezza in terne:
        assi = [i for i in range(intera.dim()) if intera.dim() == mezza.dim() and intera.shape[i] != mezza.shape[i]]
        if meta is None:
            assi = [i for i in range(intera.dim()) if intera.shape[i] == n][:1]
        if len(assi) != 1 or intera.shape[assi[0]] % n or not intera.is_floating_point():
            continue  # non c'è un posto per esempio: per esempio una tabella (N, N) di somiglianze
        posti = [tensore.movedim(assi[0], 0) for tensore in (intera, mescolata, mezza)]
        # Più posti per esempio, su quell'asse, stanno uno dopo l'altro o a passi di n.
        di_fila = [tensore.unflatten(0, (quanti, -1)) for tensore, quanti in zip(posti, (n, n, mezzi), strict=True)]
        a_passi = [tensore.unflatten(0, (-1, quanti)) for tensore, quanti in zip(posti, (n, n, mezzi), strict=True)]
        if not any(_come_prima(*terna, ordine) for terna in (di_fila, [t.movedim(1, 0) for t in a_passi])):
            return True
    return False


def _come_prima(intera, mescolata, mezza, ordine):
    meta = len(ordine) // 2
    uguali = stesse_risposte(mescolata[:meta], intera[ordine[:meta]], intera)
    return uguali and stesse_risposte(mezza, intera[: len(mezza)], intera)


def stesse_risposte(una, altra, tutte, quota=0.05):
    """Vero se due tabelle di risposte coincidono, a paragone di quanto le risposte variano da un esempio all'altro."""
    variano = float((tutte - tutte.mean(dim=0)).abs().max())
    return una.shape == altra.shape and bool(
        (una - altra).abs().max() <= quota * variano + 1e-5 * float(tutte.abs().max())
    )


def _stesse(una, altra, quota=0.05):
    coppie = list(zip(foglie(una), foglie(altra), strict=False))
    return all(stesse_risposte(a, b, a, quota) for a, b in coppie if a.is_floating_point() and a.dim())


def _da_capo(modello, x):
    """La risposta del modello, con tutti i generatori casuali ripartiti dallo stesso seme."""
    imposta_seme(0)
    return chiama(modello, x)
