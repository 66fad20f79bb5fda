"""``python -m narrows`` is the ``narrows`` command."""

from __future__ import annotations

from narrows.cli import main

if __name__ == "__main__":
    main()
