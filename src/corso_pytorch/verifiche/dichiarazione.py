"""Un esercizio dichiarato: la risposta giusta, le prove, le sviste con la loro diagnosi. Il resto lo fa la macchina.

Una svista è una risposta sbagliata, con la firma di quella giusta: la macchina la esegue sulle stesse prove, e la
nomina solo se spiega **ogni** prova in cui lo studente sbaglia. Così una diagnosi non nasce da una coincidenza, e ogni
svista è anche un test: data come risposta, deve ricevere la sua diagnosi.
"""

import copy
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property

import torch

from corso_pytorch.verifiche.codice import Spia, controlla_divieti
from corso_pytorch.verifiche.confronti import TOLLERANZA, differenza, simili
from corso_pytorch.verifiche.esecuzione import chiama, sotto_la_spia
from corso_pytorch.verifiche.messaggi import Fermata, Sbagliato, tipo_di
from corso_pytorch.verifiche.orologio import fuori_dal_tempo

# Ciò che una prova fa vedere: le parti dell'esito con il loro nome, o l'errore che l'ha fermata.
Esito = dict[str, object] | Sbagliato

_NESSUNO = nullcontext()  # al posto della spia, dove nulla è vietato


def _stesso_caso() -> None:
    """Riparte dallo stesso seme. ``torch.manual_seed`` annota ogni chiamata per una GPU che nessuno ha ancora usato."""
    torch.default_generator.manual_seed(0)
    if torch.cuda.is_initialized():
        torch.cuda.manual_seed_all(0)


class Prova(tuple):
    """Gli argomenti di una prova che si dice a parole sue: ``Prova(torch.empty(0), detta="con un batch vuoto")``."""

    def __new__(cls, *argomenti: object, detta: str):
        prova = super().__new__(cls, argomenti)
        prova.detta = detta
        return prova


@dataclass(frozen=True)
class Esercizio:
    """Un esercizio dichiarato. Ogni prova riceve una copia fresca dei suoi argomenti, e lo stesso seme.

    Attributes:
        giusta: una risposta giusta: una funzione, una classe, un valore. Dà l'esito atteso di ogni prova; se si ferma
            con un errore, anche la risposta deve fermarsi, con lo stesso tipo.
        prove: gli argomenti, in tuple (o funzioni che le creano). Devono contenere i casi di confine: zero, uno, pari
            merito, divisione esatta, vuoto, negativi, non quadrato, non contiguo, ripetuti, enormi.
        sviste: ``{diagnosi: risposta sbagliata}``; una lista, se la stessa diagnosi vale per più d'una.
        osserva: ``osserva(risposta, *argomenti)`` dice che cosa si guarda, se non è il valore restituito. Un dizionario
            dà un nome alle sue parti, e ogni parte ha le sue sviste.
        parti: i nomi dei valori restituiti, se sono più d'uno: ``("il peso", "il bias")``.
        detta: come si dice una prova: ``"con N = {0.shape[0]}"``, o una funzione degli argomenti.
        vieta: i nomi che la risposta non può usare, ``("cdist", "cicli")``.
        consigli: ``{pezzo di un errore: dove guardare}``.
        tolleranza, dtype, nome: come li vuole `differenza`.
    """

    giusta: object
    prove: Sequence[tuple | Callable[[], tuple]] = ((),)
    sviste: Mapping[str, object] = field(default_factory=dict)
    osserva: Callable[..., object] | None = None
    parti: tuple[str, ...] = ()
    detta: str | Callable[..., str] = ""
    vieta: tuple[str, ...] = ()
    consigli: Mapping[str, str] = field(default_factory=dict)
    tolleranza: float = TOLLERANZA
    dtype: str = "genere"
    nome: str = "Il risultato"

    def controlla(self, risposta: object) -> None:
        """Alza `Sbagliato`, con la diagnosi, se la risposta non è giusta."""
        spia = Spia() if self.vieta else _NESSUNO
        attesi = self._attesi  # prima dei dati: i primi usi di una libreria, lenti, non sono tempo di chi risponde
        dati = [self._esito(risposta, prova, spia) for prova in self._prove]
        frasi = [self._frasi(dato, atteso) for dato, atteso in zip(dati, attesi, strict=True)]
        if self.vieta and not frasi[0]:  # chi sbaglia solo i confini, e usa ciò che è vietato, deve saperlo per primo
            controlla_divieti(risposta, self.vieta, spia.visti)
        for prova, sbagliate in zip(self._prove, frasi, strict=True):
            for parte, frase in sbagliate.items():
                raise Sbagliato(self._svista_che_spiega(parte, dati, frasi) or self._con_la_prova(frase, prova))

    def sviste_una_a_una(self) -> Iterator[tuple[str, object]]:
        """Le coppie (diagnosi, svista), anche quando una diagnosi ne ha più d'una."""
        for diagnosi, svista in self.sviste.items():
            for una in svista if type(svista) is list else [svista]:
                yield diagnosi, una

    # Le prove e ciò che ne esce non cambiano da una risposta all'altra: si calcolano alla prima, e si tengono.
    @cached_property
    def _prove(self) -> list[tuple]:
        with fuori_dal_tempo():
            return [prova if isinstance(prova, tuple) else prova() for prova in self.prove]

    @cached_property
    def _attesi(self) -> list[Esito]:
        with fuori_dal_tempo():
            return [self._esito(self.giusta, prova) for prova in self._prove]

    @cached_property
    def _esito_della_svista(self) -> Callable[[int, int], Esito]:
        sviste = [svista for _, svista in self.sviste_una_a_una()]

        @functools.cache
        def esito(quale: int, i: int) -> Esito:
            with fuori_dal_tempo():
                return self._esito(sviste[quale], self._prove[i])

        return esito

    def _esito(self, risposta: object, prova: tuple, spia: AbstractContextManager = _NESSUNO) -> Esito:
        _stesso_caso()
        argomenti = copy.deepcopy(tuple(prova))
        try:
            with sotto_la_spia(spia):
                valore = self._osserva(risposta, *argomenti)
        except Sbagliato as diagnosi:
            return diagnosi
        except Exception as errore:
            return Fermata(errore, self.consigli)
        if self.parti and isinstance(valore, (tuple, list)) and len(valore) == len(self.parti):
            return dict(zip(self.parti, valore, strict=True))
        return valore if isinstance(valore, dict) and not self.parti and valore else {self.nome: valore}

    def _osserva(self, risposta: object, *argomenti: object) -> object:
        if self.osserva:
            return self.osserva(risposta, *argomenti)
        return chiama(risposta, *argomenti) if callable(self.giusta) else risposta

    def _frasi(self, dato: Esito, atteso: Esito) -> dict[str, str]:
        """Che cosa non va, parte per parte; vuoto se l'esito è quello atteso."""
        if isinstance(atteso, Fermata):
            fermata = isinstance(dato, Fermata) and issubclass(dato.tipo, atteso.tipo)
            return {} if fermata else {"": f"Qui la tua funzione dovrebbe fermarsi con {atteso.tipo.__name__}."}
        if isinstance(dato, Sbagliato):
            return {"": str(dato)}
        if dato.keys() == atteso.keys():
            frasi = {parte: self._differenza(dato[parte], atteso[parte], parte) for parte in atteso}
            return {parte: frase for parte, frase in frasi.items() if frase}
        if self.parti:
            valore = dato.get(self.nome, dato)
            quanti = f" di {len(valore)}" if isinstance(valore, (tuple, list)) else ""
            cosa = f"{tipo_di(valore)}{quanti}"
            return {"": f"Servono {len(self.parti)} valori, ({', '.join(self.parti)}), e invece è {cosa}."}
        if len(atteso) > 1:
            return {"": differenza(dato, atteso, self.nome)}
        [(parte, valore)] = atteso.items()
        return {"": self._differenza(dato, valore, parte)}

    def _differenza(self, dato: object, atteso: object, parte: str) -> str | None:
        return differenza(dato, atteso, parte[:1].upper() + parte[1:], self.tolleranza, self.dtype)

    def _svista_che_spiega(self, parte: str, dati: list, frasi: list) -> str | None:
        """La diagnosi della svista che dà gli esiti della risposta in ogni prova in cui quella parte è sbagliata.

        Una svista che sbaglierebbe anche molte altre prove coincide per caso: non è lei.
        """

        def riguarda(che_cosa: dict[str, str]) -> bool:
            # Un errore che ferma la prova, senza una parte sua, le riguarda tutte.
            return bool(che_cosa) and (not parte or parte in che_cosa or "" in che_cosa)

        sbagliate = [i for i, frase in enumerate(frasi) if riguarda(frase)]
        candidate = []
        for quale, (diagnosi, _) in enumerate(self.sviste_una_a_una()):
            sua = functools.partial(self._esito_della_svista, quale)
            if not all(
                self._stesso(sua(i), dati[i], parte)
                and riguarda(sue := self._frasi(sua(i), self._attesi[i]))
                and sue.keys() <= frasi[i].keys()
                for i in sbagliate
            ):
                continue
            in_piu = sum(riguarda(self._frasi(sua(i), self._attesi[i])) for i in range(len(frasi))) - len(sbagliate)
            if 2 * in_piu <= len(sbagliate):
                intera = all(self._stesso(sua(i), dati[i]) for i in sbagliate)
                candidate.append((not intera, in_piu, diagnosi))
        return min(candidate, key=lambda candidata: candidata[:2])[-1] if candidate else None

    def _stesso(self, uno: Esito, altro: Esito, parte: str = "") -> bool:
        if isinstance(uno, Sbagliato) or isinstance(altro, Sbagliato):
            return type(uno) is type(altro) and str(uno) == str(altro)
        if parte in uno and parte in altro:
            return simili(uno[parte], altro[parte], self.tolleranza)
        return uno.keys() == altro.keys() and all(simili(uno[nome], altro[nome], self.tolleranza) for nome in uno)

    def _con_la_prova(self, frase: str, prova: tuple) -> str:
        detta = getattr(prova, "detta", self.detta)
        detta = detta(*prova) if callable(detta) else detta.format(*prova)
        if not detta:
            return frase
        return f"{frase[:-1]} ({detta})." if frase.endswith(".") else f"{frase} ({detta})"
