"""L'esame del file ONNX dell'esercizio 12.3: si apre come lo aprirebbe il server, e si guarda che cosa risponde."""

import copy
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from corso_pytorch.lezioni.l12_produzione.esportata import IN_ONNX, PROMOSSO, Rete, immagini
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.messaggi import Sbagliato, detto

USCITE = ("cifra", "sicurezza")
NESSUN_FILE = (
    "In percorso non c'è nessun file: il terzo argomento di torch.onnx.export, dopo rete ed esempi, dice dove."
)
DUE_FILE = "Accanto al file ne è nato un altro, con i pesi: il server ne riceve uno solo. Guarda external_data."
BATCH = "Il server manda quante immagini vuole: dichiara libera la prima dimensione, con dynamic_shapes e Dim."
RESTA_IL_DROPOUT = "Nel file è rimasto un dropout: la rete era in train(). eval() va chiamato prima di esportare."
SCAMBIATE = "Le due uscite sono scambiate: output_names segue l'ordine di ciò che forward restituisce."
UNA_PER_IMMAGINE = "serve un numero per immagine"
PERCHE_LA_SICUREZZA = {
    "La sicurezza è il logit più alto: serve la probabilità, quindi prima la softmax.": lambda y: y.amax(dim=1),
    "Le probabilità di un'immagine sommano a 1: la softmax va lungo dim=1.": lambda y: y.softmax(0).amax(dim=1),
    "La sicurezza è in percento: serve un numero fra 0 e 1.": lambda y: 100 * y.softmax(1).amax(dim=1),
    "La sigmoide guarda ogni logit da solo: qui serve la softmax.": lambda y: y.sigmoid().amax(dim=1),
    "Quella è la log-probabilità: manca l'esponenziale.": lambda y: y.log_softmax(1).amax(dim=1),
    "La sicurezza è quella della cifra meno probabile: serve la più alta.": lambda y: y.softmax(1).amin(dim=1),
}


def esamina_il_file(risposta: object, rete: nn.Module) -> str:
    """`PROMOSSO`, o `Sbagliato` con la diagnosi."""
    if risposta is IN_ONNX:
        return PROMOSSO
    sana = copy.deepcopy(rete).eval()  # prima: la risposta può cambiare il modo della sua
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cartella:
        percorso = Path(cartella) / "consegna.onnx"
        chiama(risposta, rete, percorso, cambia=(0,))
        _un_file_solo(percorso)
        esegui = _apri(percorso)
        x = immagini()
        for quante in (2, 1, len(x)):
            _confronta(esegui(x[:quante]), sana, x[:quante])
        _senza_dropout(percorso)
    return PROMOSSO


def _un_file_solo(percorso: Path) -> None:
    if not percorso.is_file():
        raise Sbagliato(NESSUN_FILE)
    if len(os.listdir(percorso.parent)) > 1:
        raise Sbagliato(DUE_FILE)


def _apri(percorso: Path) -> Callable[[torch.Tensor], dict[str, np.ndarray]]:
    """Il file, pronto da chiamare con le immagini; le uscite tornano con il loro nome."""
    import onnxruntime

    try:
        sessione = onnxruntime.InferenceSession(percorso.read_bytes(), providers=["CPUExecutionProvider"])
    except Exception as errore:
        raise Sbagliato(f"ONNX Runtime non apre il file ({detto(errore)}).") from None
    entrano = [ingresso.name for ingresso in sessione.get_inputs()]
    escono = [uscita.name for uscita in sessione.get_outputs()]
    if entrano != ["pixel"]:
        raise Sbagliato(f"L'ingresso si chiama {_elenco(entrano)}: il server manda «pixel». Guarda input_names.")
    if mancano := [nome for nome in USCITE if nome not in escono]:
        manca = "manca" if len(mancano) == 1 else "mancano"
        raise Sbagliato(f"Fra le uscite, {_elenco(escono)}, {manca} {_elenco(mancano)}: guarda output_names e forward.")

    def esegui(x: torch.Tensor) -> dict[str, np.ndarray]:
        try:
            return dict(zip(USCITE, sessione.run(list(USCITE), {"pixel": x.numpy()}), strict=True))
        except Exception as errore:
            quante = "una immagine" if len(x) == 1 else f"{len(x)} immagini"
            raise Sbagliato(f"Con {quante} il file si ferma ({detto(errore)}). {BATCH}") from None

    return esegui


def _confronta(uscite: dict[str, np.ndarray], sana: nn.Module, x: torch.Tensor) -> None:
    cifra, sicurezza = (torch.from_numpy(np.asarray(uscite[nome])) for nome in USCITE)
    if cifra.is_floating_point() and not sicurezza.is_floating_point():
        raise Sbagliato(SCAMBIATE)
    if cifra.is_floating_point() and cifra.shape == (len(x), 10):
        raise Sbagliato(f"«cifra» ha dieci numeri con la virgola per immagine: {UNA_PER_IMMAGINE}, con argmax.")
    for nome, uscita in (("cifra", cifra), ("sicurezza", sicurezza)):
        if uscita.shape != (len(x),):
            forma = f"Con {len(x)} immagini «{nome}» ha forma {tuple(uscita.shape)}"
            raise Sbagliato(f"{forma}: {UNA_PER_IMMAGINE}, cioè forma ({len(x)},).")
    if cifra.is_floating_point():
        raise Sbagliato("«cifra» esce con la virgola: serve un intero, come lo dà argmax.")
    with torch.no_grad():
        logit = sana(x)
        in_piccolo = sana(x / 255)
    if not torch.equal(cifra.long(), logit.argmax(dim=1)):
        if torch.equal(cifra.long(), in_piccolo.argmax(dim=1)):
            raise Sbagliato("Questa rete vuole i pixel come arrivano, da 0 a 255: non dividerli.")
        if torch.equal(cifra.long(), logit.argmin(dim=1)):
            raise Sbagliato("«cifra» è quella con il logit più basso: serve la più alta.")
        raise Sbagliato("«cifra» non è quella che la rete, in eval(), sceglie per ogni immagine.")
    if _vicini(sicurezza, logit.softmax(dim=1).amax(dim=1)):
        return
    for diagnosi, sbagliata in PERCHE_LA_SICUREZZA.items():
        if _vicini(sicurezza, sbagliata(logit)):
            raise Sbagliato(diagnosi)
    raise Sbagliato("«cifra» è giusta, «sicurezza» no: serve la probabilità di quella cifra, con la rete in eval().")


def _senza_dropout(percorso: Path) -> None:
    import onnx

    if any(nodo.op_type == "Dropout" for nodo in onnx.load(percorso).graph.node):
        raise Sbagliato(RESTA_IL_DROPOUT)


def _vicini(uno: torch.Tensor, altro: torch.Tensor) -> bool:
    return torch.allclose(uno.float(), altro, rtol=1e-3, atol=1e-4)


def _elenco(nomi: list[str]) -> str:
    return ", ".join(f"«{nome}»" for nome in nomi)


def rete_da_consegnare() -> tuple[nn.Module]:
    """L'argomento della sola prova: la stessa rete dell'esercizio 12.2, in addestramento."""
    return (Rete(),)
