"""The whole run: files, options, output and exit code; what prints it is the caller's."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from narrows_lambda.lint.files import PathError, python_files
from narrows_lambda.lint.finding import Finding
from narrows_lambda.lint.linting import Options
from narrows_lambda.lint.looking import Look, look_at_all
from narrows_lambda.lint.printing import as_json, as_text, one_line
from narrows_lambda.lint.rule import RULES
from narrows_lambda.lint.sarif import as_sarif

FORMATS = ("text", "json", "sarif")
CLEAN, FINDINGS, BAD_INPUT = 0, 1, 2


@dataclass
class Run:
    """What a run found. ``faults``: file, line (0 where none is known), what is wrong and what to do."""

    found: list[tuple[Path, bytes, Finding]] = field(default_factory=list)
    faults: list[tuple[Path, int, str]] = field(default_factory=list)
    files: int = 0
    handlers: int = 0
    written: list[Path] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 2 bad input."""
        return BAD_INPUT if self.faults else FINDINGS if self.found else CLEAN


def run(paths: Iterable[Path], options: Options, *, template: Path | None = None, fix: bool = False) -> Run:
    """Look at every file; ``fix`` writes the fixes, and what is then found is what is left."""
    result, seen = Run(), set[Path]()
    for path in paths:
        try:
            # All are found before the first is written.
            files = {_place(file): file for file in python_files(path)}
        except PathError as error:
            result.faults.append((path, 0, str(error)))
            continue
        fresh = [file for place, file in files.items() if place not in seen]
        seen |= files.keys()
        try:
            for look in look_at_all(fresh, options, template, fix=fix):
                _add(look, result)
        except BrokenProcessPool:
            result.faults.append((path, 0, "a process of the lint was ended from outside: name a smaller folder"))
    return result


def names(text: str, option: str) -> frozenset[str]:
    """Rules as ``--select`` and ``--ignore`` name them, parted by commas. Raises ``ValueError``."""
    found = frozenset(one.strip() for one in text.split(",") if one.strip())
    for unknown in sorted(found - RULES.keys()):
        raise ValueError(f"{option}: there is no rule {one_line(unknown)[:80]}: choose from {', '.join(sorted(RULES))}")
    return found


def document(result: Run, form: str) -> str:
    """The findings as ``text``, ``json`` or ``sarif``; empty where text has nothing to tell."""
    if form == "json":
        return as_json(result.found, result.faults)
    if form == "sarif":
        return as_sarif(result.found, result.faults)
    lines = [f"fixed {one_line(str(file))}" for file in result.written]
    lines += [as_text(*one) for one in result.found]
    fixes = sum(bool(one.edits) for _, _, one in result.found)
    if result.found:
        lines.append(
            f"{_count(len(result.found), 'finding')} in {_count(len({file for file, _, _ in result.found}), 'file')}"
            + (f", {fixes} that --fix mends" if fixes else "")
        )
    elif not result.faults:
        lines.append(
            f"nothing found: {_count(result.handlers, 'handler')} in {_count(result.files, 'file')}"
            + ("" if result.handlers else "; name yours with --handler module.function")
        )
    return "\n".join(lines)


def fault_lines(result: Run) -> list[str]:
    """A line for each file that could not be looked at."""
    return [
        f"{one_line(str(file))}: {f'line {line}: ' if line else ''}{one_line(message)}"
        for file, line, message in result.faults
    ]


def _place(file: Path) -> Path:
    """Where a file lies, whatever way its folder was named."""
    return _folder(file.absolute().parent) / file.name


@lru_cache(4_096)
def _folder(folder: Path) -> Path:
    return folder.resolve()


def _add(look: Look, result: Run) -> None:
    if look.fault is not None:
        result.faults.append((look.file, *look.fault))
    if look.written:
        result.written.append(look.file)
    if look.linted is not None:
        result.files += 1
        result.handlers += len(look.linted.handlers)
        result.found += [(look.file, look.linted.text, one) for one in look.linted.findings]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
