"""Ciò che una lezione costruisce e il pacchetto conserva ha lo stesso codice: cambia solo la docstring."""

import ast

import pytest
from lettura_notebook import LEZIONI, RADICE

PACCHETTO = RADICE / "src" / "corso_pytorch"
MODULI = ("addestramento.py", "modelli.py", "ricetta.py", "lezioni/l05_velocita/lampo.py", "lezioni/l14_museo/esami.py")
# Ciò che deve trovarsi in tutti e due: se una lezione smette di definirlo, il test lo dice.
ATTESI = {"addestra", "valuta", "accuratezza", "CNN", "BatchInMemoria", "InBf16", "CNNVeloce", "ricetta"}
ATTESI |= {"filtri_dai_dati", "CNNLampo", "esame_separazione"}


def _definizioni(sorgente: str) -> dict[str, str]:
    """L'albero di ogni funzione e classe di primo livello, senza docstring, in una forma confrontabile."""
    trovate = {}
    for nodo in ast.parse(sorgente).body:
        if isinstance(nodo, (ast.FunctionDef, ast.ClassDef)):
            for interno in ast.walk(nodo):
                if isinstance(interno, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(interno) is not None:
                    interno.body = interno.body[1:] or [ast.Pass()]
            trovate[nodo.name] = ast.unparse(nodo)
    return trovate


NEL_PACCHETTO = {
    nome: albero for modulo in MODULI for nome, albero in _definizioni((PACCHETTO / modulo).read_text("utf-8")).items()
}
NELLE_LEZIONI = [
    (f"{notebook.nome}/{cella.id}", nome, albero)
    for notebook in LEZIONI
    for cella in notebook.di_codice
    for nome, albero in _definizioni(cella.source).items()
    if nome in NEL_PACCHETTO
]


def test_le_definizioni_attese_ci_sono():
    assert {nome for _, nome, _ in NELLE_LEZIONI} >= ATTESI


@pytest.mark.parametrize(("dove", "nome", "albero"), NELLE_LEZIONI, ids=lambda valore: str(valore)[:60])
def test_la_lezione_e_il_pacchetto_coincidono(dove, nome, albero):
    assert albero == NEL_PACCHETTO[nome], f"{nome} in {dove} è diversa da quella del pacchetto"
