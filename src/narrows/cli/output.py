"""What every command prints the same way."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH_IN_A_FILE = 120
"""Characters a line where stdout is no terminal: one row of a table stays one line, for grep."""


def print_json(document: object) -> None:
    """Print a document as JSON that people can read too: indented, keys in the order they were given."""
    print(json.dumps(document, indent=2, ensure_ascii=False))


def console() -> Console:
    """The console for tables and text on stdout.

    It reads no markup, because names in a case are data from outside: ``[red]`` in a tag stays ``[red]``.
    Style with ``style=`` and ``rich.text.Text``.
    """
    from rich.console import Console

    width = None if sys.stdout.isatty() else _WIDTH_IN_A_FILE
    return Console(markup=False, emoji=False, highlight=False, width=width)
