"""The gate: all that narrows prints leaves through here, and no name in it does anything but be read.

Names, notes and paths come from strangers. Raw on a terminal they can write the clipboard, move the cursor or turn text
around; in a spreadsheet they are formulas; in a page they are markup. So whatever is not printable is written out as
Python and JSON write it (``\\x1b``, ``\\u202e``): it does nothing, it is seen, and different names stay different.

- ``gated_output`` stands around a whole run: what anything at all writes to stdout or stderr goes through it, a
  library's warning and a traceback too. Only colours (SGR) pass.
- ``console`` is for tables and text, ``say`` and ``complain`` for a line, ``say_paragraph`` for sentences,
  ``print_json`` for documents, ``cells`` for rows of CSV, ``in_page`` for HTML and SVG, ``in_markdown`` for comments on
  a pull request.
- ``print_diff`` alone lets bytes through as they are: those of the user's own files, and never to a terminal.

It is the only module that prints (a test holds that).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO, cast

from narrows.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

_COLOUR = re.compile("(\x1b\\[[0-9;]*m)")
_FORMULA = re.compile(r"(^|;)(?=\s*[=@+\-\t\r＝＠＋－])")
"""Where a cell begins that a spreadsheet would work out; at a ``;`` too, which parts cells in half of the world."""
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
    "(?:[^<>\n]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff])?"
)
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"
_LONGEST_IN_PAGE = 4000
_WIDTH_IN_A_FILE = 120
"""Characters a line where stdout is no terminal: one row of a table stays one line, for grep."""


_MARKUP = re.compile(
    r"[\\`*_\[\]<>|~$&]|[@#](?=\S)|:(?=[a-z/+])|www(?=\.)|(?<=gh)-(?=\d)|^[-+#=]|^\d+(?=[.)])", re.IGNORECASE
)
"""What Markdown takes for a mark, and a forge for a mention, an issue, an address or a pictogram."""
_ESCAPED = "\\`*_[]<>|~$&"
"""Those that a backslash takes the meaning of; of the others a space behind them does."""
_UNSEEN = "&#8203;"
"""A space without a width: behind it no mention and no address begins."""


def in_markdown(text: str) -> str:
    """A text for GitHub-flavoured Markdown, on one line: it is read as it stands; it marks, mentions and links nothing.

    What is longer than any text of narrows is cut in the middle.
    """
    flat = printable(" ".join(text.split()))
    if len(flat) > _LONGEST_IN_PAGE:
        flat = f"{flat[: _LONGEST_IN_PAGE // 2]}…{flat[-_LONGEST_IN_PAGE // 2 :]}"
    return _MARKUP.sub(lambda found: f"\\{found[0]}" if found[0] in _ESCAPED else found[0] + _UNSEEN, flat)


class OutputError(OSError):
    """stdout or stderr cannot be written to: a full disk, a device that fails."""


class ReaderGoneError(Exception):
    """Whoever read stdout (head, less) has what they wanted. No ``OSError``: click would end with 1, which says no."""


def cells(row: Iterable[object]) -> list[object]:
    """A row of CSV for people with a spreadsheet: a text that begins like a formula gets an apostrophe before it.

    Numbers stay numbers; None is an empty cell.
    """
    return ["" if one is None else _cell(one) if isinstance(one, str) else one for one in row]


def _cell(text: str) -> str:
    return printable(_FORMULA.sub(r"\1'", text)).replace("\n", r"\n")


def argument(file: object) -> str:
    """A file or folder as an argument of a command that people paste: one word, and no option."""
    text = str(file)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)


def in_page(text: str) -> str:
    """A text for HTML or SVG, still to be escaped there: a name that is read from right to left turns nothing else.

    What is longer than any text of narrows is cut in the middle.
    """
    if len(text) > _LONGEST_IN_PAGE:
        text = f"{text[: _LONGEST_IN_PAGE // 2]}…{text[-_LONGEST_IN_PAGE // 2 :]}"
    return _RIGHT_TO_LEFT.sub(lambda run: f"{_ISOLATE}{run[0]}{_END_OF_ISOLATE}", printable(text))


def json_text(document: object) -> str:
    """A document as JSON that people can read too: indented, keys in the order they were given.

    What is not printable is written as ``\\uXXXX``, which is the same data.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if printable(text) == text:
        return text
    # What is not ASCII can only stand inside of strings.
    return "".join(char if printable(char) == char else json.dumps(char)[1:-1] for char in text)


def print_json(document: object) -> None:
    """Print a document as JSON."""
    text = json_text(document)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(document, indent=2)
    print(text)


def print_diff(text: str) -> None:
    """Print a diff. Byte for byte where a program reads it, so that ``git apply`` makes of it what is meant; on a
    terminal what is not printable in it is written out as everywhere.

    Args:
        text: bytes that are no UTF-8 are as ``surrogateescape`` has them.
    """
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None or sys.stdout.isatty():
        print(printable(text), end="")
        return
    sys.stdout.flush()
    try:
        buffer.write(text.encode("utf-8", "surrogateescape"))
        buffer.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None
    except OSError as error:
        raise OutputError(error.errno, error.strerror) from None


def say(line: str) -> None:
    """Print a text to stdout."""
    print(printable(line))


def say_paragraph(text: str) -> None:
    """Print a text to stdout; on a terminal between words, its further lines under the first."""
    import textwrap

    line = printable(text)
    if sys.stdout.isatty():
        lead = line[: len(line) - len(line.lstrip())]
        width = shutil.get_terminal_size().columns
        line = textwrap.fill(
            line,
            width,
            subsequent_indent=lead,
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
        )
    print(line)


def complain(line: str) -> None:
    """One line on stderr, after what stdout still holds. Where nobody can read it, the exit code says it alone."""
    with suppress(OSError, ReaderGoneError):
        sys.stdout.flush()
    with suppress(OSError, ReaderGoneError):
        print(f"narrows: {printable(line)}".replace("\n", " "), file=sys.stderr, flush=True)


def pass_on(said: str) -> None:
    """What a process that narrows started said on its stderr."""
    print(printable(said), file=sys.stderr)


def columns() -> int | None:
    """Characters that a line of stdout may have; None where it is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def console(*, stderr: bool = False) -> Console:
    """The console for tables and text.

    It reads no markup, because names in a case are data from outside: ``[red]`` in a tag stays ``[red]``.
    Style with ``style=`` and ``rich.text.Text``.
    """
    from narrows.gate_console import GatedConsole

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDTH_IN_A_FILE
    file = stream.behind if isinstance(stream, _Gated) else stream
    return GatedConsole(file=cast(TextIO, file), markup=False, emoji=False, highlight=False, width=width)


@contextmanager
def gated_output() -> Iterator[None]:
    """Let everything that is written to stdout and stderr in this block pass the gate.

    Raises:
        OutputError: inside of the block, where either cannot be written to.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, _Gated(_Told(one))) for one in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def open_streams() -> bool:
    """Give the process the streams that whoever started it closed, leading nowhere; whether stdout was open.

    Else the first file that is opened would be the one that C code takes for stdout.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # The lowest number that is free: this one.
    was_open = sys.stdout is not None
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)
    return was_open


def print_traceback(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    """Print a fault of narrows, as ``sys.excepthook`` does."""
    with suppress(OSError, ReaderGoneError):
        sys.stderr.write(printable("".join(traceback.format_exception(kind, error, at))))


class _Told:
    """A stream whose errors say that it is the output which failed, not a file that was read."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        with suppress(AttributeError, OSError, ValueError):
            # What the terminal's encoding does not have is written out as well.
            cast(Any, stream).reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            raise ReaderGoneError from None
        except OSError as error:
            raise OutputError(error.errno, error.strerror) from None

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise ReaderGoneError from None
        except OSError as error:
            raise OutputError(error.errno, error.strerror) from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Gated:
    """A stream through which only printable text, line breaks and colours pass."""

    def __init__(self, behind: _Told) -> None:
        self.behind = behind

    def write(self, text: str) -> int:
        parts = _COLOUR.split(text)
        parts[::2] = map(printable, parts[::2])
        self.behind.write("".join(parts))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)
