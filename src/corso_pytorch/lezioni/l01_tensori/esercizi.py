"""I controlli della lezione 01: tensori."""

import torch

from corso_pytorch.verifiche.codice import vieta_cicli, vieta_nomi
from corso_pytorch.verifiche.confronti import Sbagliato, confronta, confronta_forma, tipo_di
from corso_pytorch.verifiche.esecuzione import chiama
from corso_pytorch.verifiche.registro import esercizio

# Come PyTorch dice che due forme non si incastrano.
FORME_DISCORDI = "must match"


@esercizio("1.1")
def _forme_a_mente(risposta) -> None:
    attese = {
        "a": ((3, 2), {"L'indice 0 consuma il suo asse: non resta un 1.": (1, 3, 2)}),
        "b": (
            (4, 2, 2),
            {
                "I due punti tengono tutto l'asse 0: chi si accorcia è il secondo.": (3, 3, 2),
                "Da 1 in poi, su 3, restano due posizioni: un intervallo tiene il suo asse.": (4, 1, 2),
                "Un intervallo tiene il suo asse, un numero lo consuma: qui c'è un intervallo.": (4, 2),
            },
        ),
        "c": (
            (4, 2),
            {
                "L'asse che nomini sparisce: questo è ciò che resta con dim=0.": (3, 2),
                "L'asse che nomini sparisce, e si conta da 0: questo è ciò che resta con dim=2.": (4, 3),
                "L'asse resterebbe, lungo 1, solo con keepdim=True.": (4, 1, 2),
            },
        ),
        "d": (
            (2, 4, 3),
            {
                "permute elenca da dove viene ogni asse nuovo: il primo era il numero 2.": (3, 2, 4),
                "Questa è la forma di partenza: permute riordina gli assi.": (4, 3, 2),
            },
        ),
        "e": (
            (4, 3, 2),
            {
                "Con il broadcasting gli 1 si allungano, non accorciano gli altri: confronta da destra.": (4, 3, 1),
                "L'asse che manca alla seconda forma non sparisce dal risultato.": (3, 2),
            },
        ),
        "f": (
            (4, 3, 5),
            {
                "Il 2 è l'asse comune: nel prodotto viene sommato e sparisce.": (4, 3, 2, 5),
                "Il 4 davanti è un batch: resta.": (3, 5),
                "Spariscono i due numeri interni, cioè i 2; tu hai tenuto quello sbagliato.": (4, 2, 5),
            },
        ),
    }
    if not isinstance(risposta, dict) or not attese.keys() <= risposta.keys():
        raise Sbagliato("Servono sei forme, in un dizionario con le chiavi da «a» a «f».")
    for lettera, (attesa, errori) in attese.items():
        try:
            confronta_forma(risposta[lettera], attesa, errori)
        except Sbagliato as errore:
            raise Sbagliato(f"Forma {lettera}. {errore}") from None


@esercizio("1.2")
def _sufficienze(risposta) -> None:
    for studenti, prove in ((3, 7), (5, 2), (1, 4)):
        voti = torch.randint(8, 17, (studenti, prove), generator=_generatore(studenti)).float() / 2
        voti[0, 0] = 6.0
        ottenuto = chiama(risposta, voti, dove=f"con {studenti} studenti e {prove} prove")
        buoni = voti >= 6
        confronta(
            ottenuto,
            buoni.sum(dim=1),
            {
                "«Almeno 6» comprende il 6: guarda il confronto.": (voti > 6).sum(dim=1),
                "Hai contato per prova invece che per studente: quale asse deve sparire?": buoni.sum(dim=0),
                "Questo è il totale della classe: serve un numero per studente.": buoni.sum(),
                "Questa è la maschera: ora va contata, studente per studente.": buoni,
                "Hai sommato i voti sufficienti: serve quanti sono, non quanto fanno.": (voti * buoni).sum(dim=1),
                "Hai contato le insufficienze.": (~buoni).sum(dim=1),
                "Questa è la quota di sufficienze: serve il loro numero.": buoni.float().mean(dim=1),
            },
        )
    vieta_cicli(risposta)


@esercizio("1.3")
def _distanze(risposta) -> None:
    for n, m, d in ((3, 5, 4), (6, 2, 3), (1, 4, 2)):
        a = torch.randn(n, d, generator=_generatore(n))
        b = torch.randn(m, d, generator=_generatore(m)) + 1
        ottenuto = chiama(
            risposta, a, b, dove=f"con N = {n} e M = {m}", consigli={FORME_DISCORDI: "Guarda la forma di `a[:, None]`."}
        )
        differenze = a[:, None] - b
        quadrati, manhattan = differenze**2, differenze.abs().sum(-1)
        confronta(
            ottenuto,
            quadrati.sum(-1).sqrt(),
            {
                "Sono i quadrati delle distanze: manca la radice.": quadrati.sum(-1),
                "Hai sommato sull'asse dei punti invece che su quello delle D coordinate.": _fra(
                    ottenuto, quadrati.sum(1).sqrt(), quadrati.sum(0).sqrt()
                ),
                "Hai sommato i valori assoluti: nella distanza euclidea ogni differenza va al quadrato.": manhattan,
                "Hai sommato le differenze senza elevarle al quadrato: così si cancellano.": differenze.sum(-1),
                "Hai fatto la media dei quadrati: nella distanza si sommano.": quadrati.mean(-1).sqrt(),
                "Le D coordinate sono ancora separate: manca la somma sull'ultimo asse.": quadrati.sqrt(),
            },
        )
    vieta_nomi(risposta, "cdist")
    vieta_cicli(risposta)


@esercizio("1.4")
def _uno_su_tanti(risposta) -> None:
    for n, classi in ((3, 5), (6, 4), (4, 7)):
        etichette = torch.randint(0, classi - 1, (n,), generator=_generatore(n))
        ottenuto = chiama(
            risposta,
            etichette,
            classi,
            dove=f"con N = {n} e {classi} classi",
            consigli={FORME_DISCORDI: "Le forme (N, 1) e (`classi`,) si incontrano, (N,) e (`classi`,) no."},
        )
        tutte = torch.zeros(n, classi, dtype=torch.long)
        tutte[:, etichette] = 1
        confronta(
            ottenuto,
            _uno(etichette, torch.arange(classi)),
            {
                "La tabella è trasposta: le etichette vanno sulle righe, le classi sulle colonne.": _uno(
                    etichette, torch.arange(classi)
                ).T,
                "Le classi si contano da 0, e qui gli 1 sono tutti spostati di una colonna.": _uno(
                    etichette, torch.arange(1, classi + 1)
                ),
                "Il numero di colonne è `classi`, anche se l'ultima classe non compare fra le etichette.": _uno(
                    etichette, torch.arange(int(etichette.max()) + 1)
                ),
                "`t[:, etichette] = 1` riempie quelle colonne su ogni riga: a ogni riga serve la sua colonna.": tutte,
                "Al posto degli 1 c'è il numero della classe: serve solo un segno di presenza.": _uno(
                    etichette, torch.arange(classi)
                )
                * etichette[:, None],
            },
        )
    vieta_nomi(risposta, "one_hot")
    vieta_cicli(risposta)


@esercizio("1.5")
def _somma_progressiva(risposta) -> None:
    for n in (4, 7, 1):
        x = torch.randn(n, generator=_generatore(n + 1)) + 2
        indici = torch.arange(n)
        ottenuto = chiama(
            risposta,
            x,
            dove=f"con N = {n}",
            consigli={"same dtype": "`@` vuole lo stesso dtype dalle due parti: porta la maschera a quello di x."},
        )
        basso = (indici[:, None] >= indici).float()
        confronta(
            ottenuto,
            x.cumsum(0),
            {
                "La somma arriva fino a i compreso: così ti fermi uno prima.": (basso - torch.eye(n)) @ x,
                "Hai sommato da i in poi: il triangolo della maschera è quello sbagliato.": basso.T @ x,
                "Ogni posizione ha la somma di tutto: la maschera non seleziona nulla.": x.sum().expand(n),
                "Questa è la tabella (N, N) degli addendi: manca la somma su un asse.": basso * x,
                "Hai sommato sull'asse sbagliato: ogni numero viene sommato a sé stesso, non agli altri.": _fra(
                    ottenuto, basso.sum(0) * x, basso.sum(1) * x
                ),
                "Questa è solo la somma totale: servono N somme.": x.sum(),
            },
        )
    vieta_nomi(risposta, "cumsum", "accumulate")
    vieta_cicli(risposta)


@esercizio("1.6")
def _diagonale(risposta) -> None:
    if not callable(risposta):
        raise Sbagliato(f"Qui serve una funzione, e la risposta è {tipo_di(risposta)}.")
    for n, m in ((4, 4), (3, 5), (5, 3), (7, 3)):
        condivide = []
        tabella = torch.arange(n * m).reshape(n, m) + 10
        ottenuto = chiama(_spia(risposta, condivide), tabella, dove=f"con {n} righe e {m} colonne")
        fila, altra = tabella.flatten(), tabella.flip(1).diagonal()
        confronta(
            ottenuto,
            tabella.diagonal(),
            {
                f"Con {n} righe e {m} colonne ti fermi troppo tardi: la diagonale ha min(N, M) elementi.": fila[
                    :: m + 1
                ],
                "Così scendi lungo la prima colonna: da m[i, i] alla successiva si salta anche di una colonna.": _fra(
                    ottenuto, fila[::m], fila[::m][: min(n, m)]
                ),
                "Il salto dipende da quanto è lunga una riga, cioè dal numero di colonne: hai usato le righe.": _fra(
                    ottenuto, fila[:: n + 1], fila[:: n + 1][: min(n, m)]
                ),
                "Questa è l'altra diagonale: da un elemento al successivo si salta in avanti di una colonna.": altra,
                "Questa è la tabella con gli zeri fuori dalla diagonale: serve la sola diagonale.": torch.where(
                    torch.arange(n)[:, None] == torch.arange(m), tabella, 0
                ),
            },
        )
        if not condivide[0]:
            raise Sbagliato(
                "I numeri sono giusti, ma è una copia: chi scrive nel risultato non cambia m. "
                "Copiano clone, stack e gli indici fatti di tensori; reshape copia solo quando non può fare una vista."
            )
    vieta_nomi(risposta, "diagonal", "diag")
    vieta_cicli(risposta)


@esercizio("1.7")
def _media_parole(risposta) -> None:
    for b, lunghezza, d in ((3, 6, 4), (2, 5, 7)):
        quante = torch.randint(1, lunghezza, (b, 1), generator=_generatore(b))
        quante[0, 0] = 2
        maschera = torch.arange(lunghezza) < quante
        # Sul riempitivo ci sono numeri qualunque: chi dimentica la maschera se ne accorge.
        vettori = torch.randn(b, lunghezza, d, generator=_generatore(d)) + 3
        ottenuto = chiama(
            risposta,
            vettori,
            maschera,
            dove=f"con B = {b}, L = {lunghezza} e D = {d}",
            consigli={
                FORME_DISCORDI: "Leggi da destra: alla maschera serve l'asse di `maschera[:, :, None]`, "
                "al divisore la forma (B, 1)."
            },
        )
        vere, tutte = vettori * maschera[..., None], vettori.mean(1)
        confronta(
            ottenuto,
            vere.sum(1) / quante,
            {
                "Hai fatto la media di tutte le posizioni, riempitivo compreso: la maschera non è stata usata.": tutte,
                "Hai diviso per L: dividi per quante parole vere ha ogni frase.": vere.mean(1),
                "Questa è la somma delle parole vere: manca la divisione.": vere.sum(1),
                "Il divisore è giusto, ma la somma comprende ancora il riempitivo.": vettori.sum(1) / quante,
                "Hai mescolato tutte le frasi: serve una media per frase.": vettori[maschera].mean(0),
                "Hai fatto la media del riempitivo: la maschera è vera sulle parole.": (vettori - vere).sum(1)
                / (lunghezza - quante),
                "Hai diviso per tutte le parole vere del batch: ogni frase ha il suo numero.": vere.sum(1)
                / maschera.sum(),
                "Hai sommato sulle D coordinate: deve sparire l'asse delle posizioni.": vere.sum(2) / quante,
            },
        )
    vieta_cicli(risposta)


@esercizio("1.8")
def _prepara_foto(risposta) -> None:
    for n, alta, larga in ((2, 4, 6), (5, 7, 2)):
        pila = torch.randint(0, 256, (n, alta, larga, 3), generator=_generatore(n), dtype=torch.uint8)
        ottenuto = chiama(risposta, list(pila), dove=f"con {n} foto di {alta}×{larga}")
        reali = pila.float()
        canali = reali.permute(0, 3, 1, 2)
        a_capo = reali.reshape(n, 3, alta, larga)
        centrati = canali - canali.mean(dim=(0, 2, 3), keepdim=True)
        confronta(
            ottenuto,
            _riscalate(canali),
            {
                "La forma è giusta ma i pixel sono rimescolati: reshape e view non scambiano gli assi.": _fra(
                    ottenuto, _riscalate(a_capo), a_capo / 255
                ),
                "I canali sono ancora in fondo, (N, H, W, 3): PyTorch li vuole subito dopo N.": _riscalate(reali),
                "Altezza e larghezza sono scambiate: controlla l'ordine chiesto a permute.": _riscalate(
                    reali.permute(0, 3, 2, 1)
                ),
                "I valori vanno da 0 a 1: manca l'ultimo passo, fino a −1 e 1.": canali / 255,
                "I valori vanno ancora da 0 a 255: riscalali.": canali,
                "Hai tolto 0,5 ma l'intervallo è ancora lungo 1: va da −0,5 a 0,5.": canali / 255 - 0.5,
                "Hai scalato senza dividere per 255: 255 deve diventare 1.": canali * 2 - 1,
                "Con gli uint8 i conti ricominciano da 0 dopo 255: passa prima ai numeri con la virgola.": (
                    (pila * 2).permute(0, 3, 1, 2) / 255 - 1
                ),
                "Hai normalizzato con media e deviazione standard: qui 0 deve diventare −1 e 255 diventare 1.": _fra(
                    ottenuto, centrati / canali.std(dim=(0, 2, 3), keepdim=True), centrati / canali.std()
                ),
                "L'intervallo non è quello: 0 deve diventare −1 e 255 diventare 1.": _fra(
                    ottenuto, canali / 127.5, canali / 255 - 1, canali / 128 - 1, (canali - 128) / 128
                ),
                "Questa è una foto sola: vanno impilate tutte lungo un asse nuovo.": _riscalate(canali[0]),
                "Le foto sono una in coda all'altra: cat allunga un asse, stack ne crea uno nuovo.": _riscalate(
                    canali.reshape(n * 3, alta, larga)
                ),
            },
        )


def _generatore(seme: int) -> torch.Generator:
    return torch.Generator().manual_seed(seme)


def _uno(etichette: torch.Tensor, colonne: torch.Tensor) -> torch.Tensor:
    return (etichette[:, None] == colonne).long()


def _riscalate(valori: torch.Tensor) -> torch.Tensor:
    return valori / 255 * 2 - 1


def _fra(dato: object, *valori: torch.Tensor) -> torch.Tensor:
    """Fra i valori che una stessa svista può dare, quello uguale al dato; se nessuno lo è, il primo."""
    return next((valore for valore in valori if _stesso(dato, valore)), valori[0])


def _stesso(dato: object, valore: torch.Tensor) -> bool:
    if not isinstance(dato, torch.Tensor) or dato.shape != valore.shape or dato.is_complex():
        return False
    return torch.allclose(dato.detach().cpu().double(), valore.double(), 1e-4, 1e-4)


def _spia(funzione, condivide: list[bool]):
    """La stessa funzione, che annota se il risultato sta nella memoria dell'argomento."""

    def spiata(tabella: torch.Tensor) -> object:
        risultato = funzione(tabella)
        stessa = isinstance(risultato, torch.Tensor) and (
            risultato.untyped_storage().data_ptr() == tabella.untyped_storage().data_ptr()
        )
        condivide.append(stessa)
        return risultato

    return spiata
