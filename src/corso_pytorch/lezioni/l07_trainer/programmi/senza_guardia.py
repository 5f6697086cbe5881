# Su macOS e Windows un processo nuovo nasce così: riesegue il file dall'inizio.
from multiprocessing import get_context

processo = get_context("spawn").Process(target=print, args=("eccomi",))
processo.start()
processo.join()
raise SystemExit(processo.exitcode)
