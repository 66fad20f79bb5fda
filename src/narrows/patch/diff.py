"""A change of one file as a unified diff, exactly as ``git apply`` takes it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from narrows.patch.model import FileChange

_CONTEXT = 3
"""Lines around a change, as git has them."""
_ESCAPES = {ord("\a"): "a", ord("\b"): "b", ord("\t"): "t", ord("\n"): "n", ord("\v"): "v", ord("\f"): "f",
            ord("\r"): "r", ord('"'): '"', ord("\\"): "\\"}  # fmt: skip
_Opcode = tuple[str, int, int, int, int]


def diff(change: FileChange, above: str = "") -> str:
    """The diff of one file (in the folder ``above`` it, if any); empty where nothing changes."""
    if change.before == change.after:
        return ""
    path = f"{above.rstrip('/')}/{change.path}" if above else change.path
    old, new = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    head = f"diff --git {old} {new}\n"
    if change.before is None:
        head += "new file mode 100644\n"
        if not change.after:
            # git takes a new file without a line for one only where it has this line.
            return f"{head}index 0000000..e69de29\n"
        old = "/dev/null"
    body = "".join(_hunks(_lines(change.before or b""), _lines(change.after)))
    return f"{head}--- {_ended(old)}\n+++ {_ended(new)}\n{body}"


def _hunks(before: list[str], after: list[str]) -> Iterator[str]:
    for group in _groups(before, after):
        first, last = group[0], group[-1]
        yield f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@\n"
        for kind, start, end, new_start, new_end in group:
            if kind == "equal":
                yield from (_line(" ", line) for line in before[start:end])
            else:
                yield from (_line("-", line) for line in before[start:end])
                yield from (_line("+", line) for line in after[new_start:new_end])


def _groups(before: list[str], after: list[str]) -> Iterator[list[_Opcode]]:
    """The differences with the lines around them.

    All of the lines around, wherever the file has them: where fewer follow a change than go before it, git takes the
    hunk to be the end of the file.
    """
    group: list[_Opcode] = []
    for kind, start, end, new_start, new_end in _opcodes(before, after):
        is_last = end == len(before) and new_end == len(after)
        if kind != "equal" or (group and end - start <= 2 * _CONTEXT and not is_last):
            group.append((kind, start, end, new_start, new_end))
            continue
        most = min(_CONTEXT, end - start)
        if group:
            yield [*group, (kind, start, start + most, new_start, new_start + most)]
        group = [] if is_last else [(kind, end - most, end, new_end - most, new_end)]
    if group:
        yield group


def _opcodes(before: list[str], after: list[str]) -> Iterator[_Opcode]:
    """As ``SequenceMatcher`` has them. What is the same at both ends is not compared: it may be long."""
    most = min(len(before), len(after))
    top = next((place for place in range(most) if before[place] != after[place]), most)
    tail = next((place for place in range(most - top) if before[-1 - place] != after[-1 - place]), most - top)
    middle = SequenceMatcher(None, before[top : len(before) - tail], after[top : len(after) - tail])
    # Blocks that are the same, those next to each other as one.
    same = [(0, 0, top), *((block.a + top, block.b + top, block.size) for block in middle.get_matching_blocks()[:-1])]
    same.append((len(before) - tail, len(after) - tail, tail))
    start = new_start = 0
    joined: list[tuple[int, int, int]] = []
    for at, new_at, size in same:
        if joined and joined[-1][0] + joined[-1][2] == at and joined[-1][1] + joined[-1][2] == new_at:
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + size)
        else:
            joined.append((at, new_at, size))
    for at, new_at, size in joined:
        if start < at or new_start < new_at:
            yield "replace", start, at, new_start, new_at
        start, new_start = at + size, new_at + size
        if size:
            yield "equal", at, start, new_at, new_start


def _span(start: int, end: int) -> str:
    """Where lines stand: from 1, and for none the one that they would come after."""
    length = end - start
    if length == 1:
        return f"{start + 1}"
    return f"{start + 1 if length else start},{length}"


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _lines(content: bytes) -> list[str]:
    """Lines as git has them: what ends with a line feed, carriage returns and all."""
    lines = content.decode("utf-8", "surrogateescape").split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _quoted(path: str) -> str:
    """A path as git writes it: in quotation marks where it holds what is no plain character."""
    data = path.encode("utf-8", "surrogateescape")
    if all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in data):
        return path
    return '"' + "".join(_escaped(byte) for byte in data) + '"'


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return "\\" + _ESCAPES[byte]
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


def _ended(path: str) -> str:
    """With a tab after a path that holds a space: else what comes after the space could be a time."""
    return f"{path}\t" if " " in path and not path.startswith('"') else path
