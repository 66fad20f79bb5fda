"""The literal parts of strings: escapes between quotes, lines between marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from narrows.declared.terraform import expressions as ex


def quoted(text: str) -> Iterator[str]:
    """A template as a quoted string writes it: in its literal parts some characters need a backslash."""
    depth = 0
    for place, char in enumerate(text):
        if char == "{" and place and (text[place - 1] in "$%" or depth):
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        yield char if depth else _ESCAPED.get(char, char)


_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def lines_of(raw: bytes) -> str:
    """The text of lines between marks (``<<EOT``), in which backslashes are nothing special."""
    return raw.decode("utf-8", "replace").replace("\r\n", "\n").replace("$${", "${").replace("%%{", "%{")


def outdented(parts: list[ex.Expression]) -> list[ex.Expression]:
    """Lines between marks without the blanks that stand before every one of them, as ``<<-EOT`` has it."""
    begins: list[str] = []
    for place, part in enumerate(parts):
        if isinstance(part, ex.Literal):
            lines = str(part.value).split("\n")
            begun = lines if place == 0 else lines[1:]
            for number, line in enumerate(begun):
                ends_here = number == len(begun) - 1 and place == len(parts) - 1
                if line.strip() or (number == len(begun) - 1 and not ends_here):
                    begins.append(line[: len(line) - len(line.lstrip(" \t"))])
    cut = min((len(indent) for indent in begins), default=0)
    if not cut:
        return parts
    cut_parts: list[ex.Expression] = []
    for place, part in enumerate(parts):
        if isinstance(part, ex.Literal):
            lines = str(part.value).split("\n")
            kept = lines[:1] if place else [lines[0][cut:]]
            cut_parts.append(ex.Literal("\n".join([*kept, *(line[cut:] for line in lines[1:])])))
        else:
            cut_parts.append(part)
    return cut_parts


_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt"\\]))|\$\$\{|%%\{')


def unescaped(raw: bytes) -> str:
    """The text of what stands between quotes."""

    def of(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code:
            point = int(code, 16)
            return chr(point) if point < 0x110000 and not 0xD800 <= point < 0xE000 else "\ufffd"
        if match[3]:
            return {"n": "\n", "r": "\r", "t": "\t"}.get(match[3], match[3])
        return match[0][1:]

    return _ESCAPE.sub(of, raw.decode("utf-8", "replace"))
