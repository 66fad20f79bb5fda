"""One file through the rules, and through their fixes until nothing more changes."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from dataclasses import dataclass
from operator import attrgetter

import narrows_lambda.lint.rules  # noqa: F401 - registers every rule
from narrows_lambda.lint.finding import Finding, apply, finding
from narrows_lambda.lint.handlers import Invocations
from narrows_lambda.lint.module import Module
from narrows_lambda.lint.rule import RULES, Subject

_IGNORE = re.compile(rb"#\s*narrows:\s*ignore\s+([a-z][a-z-]*|all)\b")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_ROUNDS = 16
"""Of fixes over fixes: a client that moved may still need a setting."""


class UnreadableError(ValueError):
    """The file is no Python that can be parsed. ``line`` counts from 1; 0 where none is known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Options:
    """What to look for. ``handler`` is ``module.function``; ``timeout`` is the function's, in seconds."""

    handler: str | None = None
    timeout: float | None = None
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Linted:
    """The findings of one file, in the order of its lines; its handlers' names; and the text that edits count in."""

    findings: tuple[Finding, ...]
    handlers: tuple[str, ...]
    text: bytes
    """UTF-8, without a byte order mark, whatever the file is written in."""


def lint_source(source: bytes, stem: str = "", options: Options | None = None) -> Linted:
    """Look at one file. ``stem`` is its name without ``.py``. Raises ``UnreadableError``."""
    text, _, _ = _decoded(source)
    return _lint(text, stem, options or Options())


def fixed(source: bytes, stem: str = "", options: Options | None = None) -> bytes:
    """The source with every fix in it; all other bytes as they were. Raises ``UnreadableError``."""
    text, mark, encoding = _decoded(source)
    first = text
    for _ in range(_ROUNDS):
        groups = [one.edits for one in _lint(text, stem, options or Options()).findings if one.edits]
        if not groups:
            break
        after = apply(text, groups)
        try:
            compile(after, "fixed", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            # A fix that breaks a file is none.
            break
        text = after
    if text == first:
        return source
    return mark + text.decode("utf-8").encode(encoding)


def _lint(text: bytes, stem: str, options: Options) -> Linted:
    try:
        module = Module(text, stem)
        invocations = Invocations(module, options.handler)
        if not invocations.handlers:
            return Linted((), (), text)
        subject = Subject(module, invocations, options.timeout)
        found = [
            finding(rule.name, report, module)
            for rule in RULES.values()
            if (not options.select or rule.name in options.select) and rule.name not in options.ignore
            for report in rule.check(subject)
        ]
    except SyntaxError as error:
        raise UnreadableError(f"is not Python: {error.msg}", error.lineno or 0) from error
    except RecursionError as error:
        raise UnreadableError("is nested too deep to be parsed") from error
    except MemoryError as error:
        raise UnreadableError("is too large or too deep to be parsed") from error
    except ValueError as error:
        raise UnreadableError(f"is not Python: {error}") from error
    kept = [one for one in found if not _ignored(module, one)]
    return Linted(tuple(sorted(kept, key=attrgetter("line", "column", "rule"))), tuple(invocations.handlers), text)


def _ignored(module: Module, one: Finding) -> bool:
    for line in {one.line - 1, one.line, one.end_line}:
        match = _IGNORE.search(module.line(line)) if line > 0 else None
        # Above only where the comment has a line of its own.
        own_line = match is not None and not module.line(line)[: match.start()].strip()
        if match is not None and match[1].decode() in (one.rule, "all") and (line >= one.line or own_line):
            return True
    return False


def _decoded(source: bytes) -> tuple[bytes, bytes, str]:
    """The source as UTF-8, its byte order mark, and its encoding."""
    mark = codecs.BOM_UTF8 if source.startswith(codecs.BOM_UTF8) else b""
    if b"\0" in source:
        raise UnreadableError("holds a NUL byte", source[: source.index(b"\0")].count(b"\n") + 1)
    try:
        # Its two lines may end as they did on old Macs, which this reader does not know.
        first = b"\n".join(_LINE_END.split(source, 2)[:2])
        encoding, _ = tokenize.detect_encoding(io.BytesIO(first).readline)
        if encoding in ("utf-8", "utf-8-sig"):
            source[len(mark) :].decode("utf-8")
            return source[len(mark) :], mark, "utf-8"
        return source[len(mark) :].decode(encoding).encode("utf-8"), mark, encoding
    except UnicodeDecodeError as error:
        raise UnreadableError(f"is not {error.encoding}", source[: error.start].count(b"\n") + 1) from error
    except (SyntaxError, LookupError, ValueError) as error:
        raise UnreadableError(f"has an encoding that Python does not know: {error}", 1) from error
