"""Gli esami di chi risponde due volte: la risposta dipende dai vicini, dal futuro, dal caso?"""

import torch

from corso_pytorch.ambiente import imposta_seme
from corso_pytorch.lezioni.l14_museo.bersagli import bersaglio, sposta_da_se
from corso_pytorch.lezioni.l14_museo.esami import Esame, elenco, una_copia
from corso_pytorch.lezioni.l14_museo.sonde import chiama, foglie, quanti_esempi, scegli, trasforma
from corso_pytorch.lezioni.l14_museo.spie import Spia


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
        if _guarda_avanti(copia, x, y, tutte, loss_fn):
            return Esame("indipendenza", False, "cambiando l'ultimo token cambiano le previsioni prima: vede il futuro")
        if detto := _non_spostate(copia, x, y, tutte, loss_fn):
            return Esame("indipendenza", False, detto)
        try:
            meta = chiama(copia, scegli(x, slice(n // 2), n))
        except Exception as errore:
            meta, fermo = None, f"con metà batch si ferma con {type(errore).__name__}"
        mescolate = _con_altri_vicini(copia, scegli(x, ordine, n), n)
        diverse = _dipendono(tutte, mescolate, meta, ordine)
    if isinstance(tutte, torch.Tensor) and isinstance(meta, torch.Tensor) and len(tutte) == len(meta) == n:
        return Esame("indipendenza", False, f"con metà batch escono ancora {n} risposte: non sono una per esempio")
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
    ricorda = _ricorda(modello, x, n=quanti_esempi(batch))
    if acceso:
        return Esame("ripetibilità", False, "in eval() un dropout resta acceso: training=self.training, o nn.Dropout")
    if ricorda:
        return Esame("ripetibilità", False, f"il modello ricorda la chiamata prima: {elenco(ricorda)}")
    if _stesse(prima, seconda, quota=0.0005):
        return Esame("ripetibilità", True, "in eval() la risposta è sempre la stessa")
    if not _stesse(*stesso_caso):
        return Esame("ripetibilità", False, "anche in eval() la risposta cambia: il modello ricorda le chiamate prima")
    a_caso = "anche in eval() il modello estrae numeri a caso"
    se_stesso = fine is not None and any(y.shape == t.shape and torch.equal(y, t) for t in foglie(x))
    if fine is None or (se_stesso and not isinstance(prima, torch.Tensor)):
        return Esame("ripetibilità", None, f"{a_caso}: è voluto, come in un VAE?")
    return Esame("ripetibilità", False, f"{a_caso}: fallo solo con self.training; se è voluto, salta l'esame")


def _ricorda(modello, x, n):
    """I nomi degli attributi che una chiamata lascia e la chiamata dopo usa: lo stato di una LSTM, per esempio.

    Ciò che un modello tiene per guardarlo (le attenzioni) cambia con x, ma nessuno lo legge; ciò che tiene per fare
    prima (una tabella di seni) si legge, ma con x non cambia.
    """
    with una_copia(modello) as copia:
        prima = _da_capo(copia.eval(), x)
        tenuti = [(nome, *dove, list(map(torch.clone, foglie(dove[0][dove[1]])))) for nome, dove in _tenuti(copia)]
        chiama(copia, scegli(x, torch.arange(n - 1, -1, -1), n))
        cambiati = [
            (nome, posto, chiave)
            for nome, posto, chiave, valori in tenuti
            if not all(map(torch.equal, valori, foglie(posto[chiave])))
        ]
        for _, posto, chiave in cambiati:
            posto[chiave] = trasforma(posto[chiave], lambda t: t + 10 if t.is_floating_point() else t)
        return [] if _stesse(_da_capo(copia, x), prima, quota=0.0005) else [nome for nome, *_ in cambiati]


def _tenuti(modello):
    """I tensori (o le tuple di tensori) che i moduli tengono, oltre ai pesi: il nome, e il dizionario con la chiave."""
    for nome, modulo in modello.named_modules():
        for posto in (vars(modulo), modulo._buffers):
            for chiave, valore in posto.items():
                if isinstance(valore, (torch.Tensor, tuple, list)) and foglie(valore):
                    yield f"{nome}.{chiave}".lstrip("."), (posto, chiave)


def _guarda_avanti(modello, x, y, tutte, loss_fn):
    """Vero se si prevede il token che viene (y spostata, qui o nella loss), e l'ultimo cambia le previsioni prima."""
    for token in _token(x, y):
        spostata = _spostata(y, token) or (_uguali_quasi(y, token) and sposta_da_se(tutte, y, loss_fn))
        if spostata and _vede_dopo(modello, x, token, tutte):
            return True
    return False


def _non_spostate(modello, x, y, tutte, loss_fn):
    """Che cosa non va se un modello di linguaggio riceve y non spostata di uno (o spostata due volte); se no None."""
    for token in _token(x, y):
        if _uguali_quasi(y, token) and not _vede_dopo(modello, x, token, tutte):
            if not sposta_da_se(tutte, y, loss_fn):
                return "y sono gli stessi token di x: per prevedere il prossimo vanno spostate"
        elif _spostata(y, token) and sposta_da_se(tutte, y, loss_fn):
            return "y è già spostata di un token, e la loss la sposta ancora: si prevede due token più in là"
    return None


def _token(x, y):
    """Gli interi (N, T) fra gli ingressi, se anche y ha quella forma."""
    if not isinstance(y, torch.Tensor) or y.dim() != 2 or y.shape[1] < 3 or y.is_floating_point():
        return []
    return [t for t in foglie(x) if t.shape == y.shape and not t.is_floating_point()]


def _spostata(y, token):
    return _uguali_quasi(y[:, :-1], token[:, 1:]) and not _uguali_quasi(y, token)


def _uguali_quasi(a, b):
    return (a == b).double().mean() >= 0.95


def _vede_dopo(modello, x, token, tutte):
    """Vero se le previsioni di prima cambiano quando cambia l'ultimo token."""
    altri = token.clone()
    altri[:, -1] = torch.where(token[:, -1] == token[0, 0], token[0, 1], token[0, 0])
    dopo = chiama(modello, trasforma(x, lambda t: altri if t is token else t))
    prima_dopo = [
        (a.movedim(tempo, 1)[:, :-1], b.movedim(tempo, 1)[:, :-1])
        for a, b in zip(foglie(tutte), foglie(dopo), strict=False)
        for tempo in (1, 2)
        if a.dim() == 3 and a.movedim(tempo, 1).shape[:2] == token.shape
    ]
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
