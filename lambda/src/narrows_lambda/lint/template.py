"""A function's timeout, from the SAM or Serverless template beside its code.

No YAML reader is in the standard library, so lines are read: ``Handler: app.lambda_handler`` and the ``Timeout`` that
stands beside it in the same block. What cannot be told so is not told.
"""

from __future__ import annotations

import re
from pathlib import Path

from narrows_lambda.lint.files import PathError, read

NAMES = ("template.yaml", "template.yml", "serverless.yml", "serverless.yaml")
_KEY = re.compile(
    r"^(\s*)(?:- )?['\"]?(Handler|handler|Timeout|timeout)['\"]?\s*:\s*['\"]?([\w./-]+)['\"]?\s*(?:#.*)?$"
)
_HIGHEST_FOLDERS = 4


def timeouts(file: Path) -> dict[str, float]:
    """Seconds by handler (``module.function``, without folders); under ``""`` what holds for all others, if stated.

    Raises ``narrows_lambda.lint.files.PathError``.
    """
    lines = read(file).decode("utf-8", "replace").splitlines()
    matches = ((number, _KEY.match(line)) for number, line in enumerate(lines))
    keys = [(number, match[1], match[2], match[3]) for number, match in matches if match]
    found: dict[str, float] = {}
    used: set[int] = set()
    for number, indent, key, value in keys:
        if key.lower() != "handler":
            continue
        handler = value.rpartition("/")[2]
        first, last = _block(lines, number, len(indent))
        for other, its_indent, its_key, its_value in keys:
            if its_key.lower() == "timeout" and first <= other <= last and its_indent == indent and its_value.isdigit():
                found[handler] = float(its_value[:6])
                used.add(other)
    for number, _, key, value in keys:
        if key.lower() == "timeout" and number not in used and value.isdigit() and _is_global(lines, number):
            found.setdefault("", float(value[:6]))
    return found


def beside(file: Path) -> Path | None:
    """The nearest template in the folder of a file or one of those above it."""
    for folder in list(file.resolve().parents)[:_HIGHEST_FOLDERS]:
        for name in NAMES:
            if (folder / name).is_file():
                return folder / name
    return None


def timeout_for(template: Path, stem: str) -> float | None:
    """The shortest timeout of the handlers in a module; None where the template does not say."""
    try:
        found = timeouts(template)
    except PathError:
        return None
    own = [seconds for handler, seconds in found.items() if handler.rpartition(".")[0].rpartition(".")[2] == stem]
    return min(own) if own else found.get("")


def _block(lines: list[str], number: int, indent: int) -> tuple[int, int]:
    """The lines around one that are indented as far as it is, or farther."""
    first = last = number
    while first > 0 and _deep(lines[first - 1], indent):
        first -= 1
    while last + 1 < len(lines) and _deep(lines[last + 1], indent):
        last += 1
    return first, last


def _deep(line: str, indent: int) -> bool:
    bare = line.lstrip()
    return not bare or bare.startswith("#") or len(line) - len(bare) >= indent


def _is_global(lines: list[str], number: int) -> bool:
    """Whether the top-level key above is SAM's ``Globals`` or Serverless's ``provider``."""
    for line in reversed(lines[:number]):
        if line and not line[0].isspace() and not line.startswith("#"):
            return line.startswith(("Globals:", "provider:"))
    return False
