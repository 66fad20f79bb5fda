"""A function's timeout, from the SAM or Serverless template beside its code.

No YAML reader is in the standard library, so lines are read: ``Handler: app.lambda_handler`` and the ``Timeout`` that
stands beside it in the same block. What cannot be told so is not told.
"""

from __future__ import annotations

import contextlib
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
    found: dict[str, float] = {}
    open_blocks: list[_Block] = []
    section = ""
    for line in read(file).decode("utf-8", "replace").splitlines():
        bare = line.lstrip()
        if not bare or bare.startswith("#"):
            continue
        indent = len(line) - len(bare)
        section = line if indent == 0 else section
        while open_blocks and open_blocks[-1].indent > indent:
            open_blocks.pop().tell(found)
        if not open_blocks or open_blocks[-1].indent < indent:
            open_blocks.append(_Block(indent, section.startswith(("Globals:", "provider:"))))
        if match := _KEY.match(line):
            open_blocks[-1].hear(match[2].lower(), match[3])
    for block in reversed(open_blocks):
        block.tell(found)
    return found


class Templates:
    """The templates of a run: each looked for once in a folder, and read once."""

    def __init__(self, given: Path | None = None) -> None:
        self._given = given
        self._nearest: dict[Path, Path | None] = {}
        self._timeouts: dict[Path, dict[str, float]] = {}
        """Of a template, by module; under an empty name what holds for all others."""

    def timeout(self, file: Path) -> float | None:
        """The shortest timeout of the handlers in a module; None where no template says."""
        template = self._given or self._beside(file.absolute().parent)
        if template is None:
            return None
        if template not in self._timeouts:
            self._timeouts[template] = _by_module(template)
        found = self._timeouts[template]
        return found.get(file.stem, found.get(""))

    def _beside(self, folder: Path) -> Path | None:
        """The nearest template in a folder or one of those above it."""
        if folder not in self._nearest:
            places = (one / name for one in list((folder / "x").resolve().parents)[:_HIGHEST_FOLDERS] for name in NAMES)
            self._nearest[folder] = next((one for one in places if one.is_file()), None)
        return self._nearest[folder]


def _by_module(template: Path) -> dict[str, float]:
    """The shortest timeout of the handlers in each module."""
    found: dict[str, float] = {}
    with contextlib.suppress(PathError):
        for handler, seconds in timeouts(template).items():
            module = "".join(handler.split(".")[-2:-1])
            found[module] = min(seconds, found.get(module, seconds))
    return found


class _Block:
    """Keys that are indented alike, with nothing less indented between them."""

    def __init__(self, indent: int, general: bool) -> None:
        self.indent = indent
        self._general = general
        self._handlers: list[str] = []
        self._seconds: float | None = None

    def hear(self, key: str, value: str) -> None:
        if key == "handler":
            self._handlers.append(value.rpartition("/")[2])
        elif value.isdigit():
            self._seconds = float(value[:6])

    def tell(self, found: dict[str, float]) -> None:
        if self._seconds is None:
            return
        if self._handlers:
            found.update(dict.fromkeys(self._handlers, self._seconds))
        elif self._general:
            found.setdefault("", self._seconds)
