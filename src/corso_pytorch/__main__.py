"""``python -m corso_pytorch``: il comando ``corso``."""

from corso_pytorch.comandi import main

if __name__ == "__main__":
    raise SystemExit(main())
