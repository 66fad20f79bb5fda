"""The table of commands: one line each, in the order of the help."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "limits": "Every limit on the path: value, unit, scope, source, certainty.",
}
"""Short help by command name; the command is the function of that name in the module of that name."""
