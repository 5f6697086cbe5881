"""``corso diagnosi``: la diagnosi della lezione 00, senza aprire un notebook."""

import argparse
import logging

from corso_pytorch.lezioni.l00_inizio.diagnosi import diagnosi

AIUTO = "che cosa è installato, che cosa funziona, come rimediare"


def esegui(_: argparse.Namespace) -> int:
    logging.disable(logging.WARNING)  # caricandosi, qualche libreria avvisa: qui conta solo se si carica
    voci = diagnosi()
    logging.disable(logging.NOTSET)
    print(*voci, sep="\n")
    mancanti = sum(not voce.va_bene for voce in voci)
    print("\nTutto a posto." if not mancanti else f"\nDa sistemare: {mancanti}. Le righe con la freccia dicono come.")
    return min(mancanti, 1)
