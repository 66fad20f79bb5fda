"""``# narrows: ignore RULE reason``: what people have looked at, and why it is all right.

In Terraform's files and YAML it is a comment on the line above a resource, at the end of the resource's first line, or
anywhere in its block. JSON has no comments: there it is ``Metadata: {"narrows": {"ignore": {RULE: reason}}}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from narrows.bounds import YAML_BYTES
from narrows.declared.model import Place
from narrows.errors import InputError
from narrows.opening import read_whole

_COMMENT = re.compile(r"(?:^|\s)(?:#|//)\s*narrows:\s*ignore\b[ \t]*([A-Za-z0-9-]*)[ \t]*(.*)$")
_HCL = (".tf", ".tofu")
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|/\*|\*/|//.*|#.*|<<-?[A-Za-z_][\w-]*|[{}]')
"""Of HCL, as far as they say where blocks begin and end."""
_SPACE = re.compile(r"\s*")
_YAML_KEY = re.compile(r"[^\s#].*?:(?:\s|$)")


@dataclass
class Ignore:
    """One of them."""

    place: Place
    """Where it stands."""
    rule: str
    reason: str
    lines: frozenset[int]
    """First lines of the resources that it is for."""
    used: bool = field(default=False, compare=False)

    def covers(self, rule: str, place: Place) -> bool:
        """Whether it is for what a rule finds at a place."""
        return self.rule == rule and self.place.file == place.file and place.line in self.lines


def ignores_in(files: Iterable[str]) -> list[Ignore]:
    """Those in some files, in their order. A file that cannot be read has none: whoever reads it for what it declares
    says so."""
    ignores: list[Ignore] = []
    for file in dict.fromkeys(files):
        try:
            text = read_whole(file, YAML_BYTES).decode("utf-8-sig")
        except (InputError, UnicodeDecodeError):
            continue
        if "narrows" in text:
            ignores += _in_json(text, file) if text.lstrip().startswith("{") else _in_text(text, file)
    return ignores


def _in_text(text: str, file: str) -> Iterator[Ignore]:
    lines = text.splitlines()
    blocks = _of_braces(lines) if file.endswith(_HCL) else _of_indents(lines)
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line)
        if match is None or line[: match.start()].count('"') % 2:
            continue
        around = {first for first, last in blocks if first <= number <= last}
        if line[: match.start()].strip():
            around.add(number)
        else:
            around.add(next((at for at in range(number + 1, len(lines) + 1) if not _is_comment(lines[at - 1])), 0))
        yield Ignore(Place(file, number), match[1], match[2].strip(), frozenset(around))


def _is_comment(line: str) -> bool:
    return line.strip().startswith(("#", "//"))


def _of_braces(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The first and last line of each block of HCL that stands in no other."""
    blocks: list[tuple[int, int]] = []
    depth, start, end_of_text, comment = 0, 0, "", False
    for number, line in enumerate(lines, 1):
        if end_of_text:
            end_of_text = "" if line.strip() == end_of_text else end_of_text
            continue
        for token in _TOKENS.findall(line):
            if comment:
                comment = token != "*/"
            elif token == "/*":
                comment = True
            elif token.startswith(("#", "//")):
                break
            elif token.startswith("<<"):
                end_of_text = token.lstrip("<-")
            elif token == "{":
                start = start if depth else number
                depth += 1
            elif token == "}":
                depth -= 1
                if depth == 0:
                    blocks.append((start, number))
    return blocks


def _of_indents(lines: Sequence[str]) -> list[tuple[int, int]]:
    """The lines of each key of YAML with what is indented deeper than it."""
    blocks: list[tuple[int, int]] = []
    waiting: list[tuple[int, int]] = []
    last = 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        indent = len(line) - len(line.lstrip())
        # A comment ends no block unless it stands left of it.
        while waiting and (indent < waiting[-1][1] or (indent == waiting[-1][1] and not text.startswith("-"))):
            blocks.append((waiting.pop()[0], last))
        if _YAML_KEY.match(text) and not text.startswith("#"):
            waiting.append((number, indent))
        last = number
    return [*blocks, *((first, last) for first, _ in waiting)]


def _in_json(text: str, file: str) -> Iterator[Ignore]:
    try:
        resources = dict(_members(text, 0)).get("Resources")
        named = [] if resources is None else [*_members(text, resources)]
    except (ValueError, RecursionError):
        return
    for _, start in named:
        rules = json.JSONDecoder().raw_decode(text, start)[0]
        for key in ("Metadata", "narrows", "ignore"):
            rules = rules.get(key) if isinstance(rules, dict) else None
        if isinstance(rules, dict):
            line = text.count("\n", 0, start) + 1
            for rule, reason in rules.items():
                why = reason.strip() if isinstance(reason, str) else ""
                yield Ignore(Place(file, line), rule, why, frozenset({line}))


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """Each member of a JSON object, with where its value begins. Raises ``ValueError`` where it is none."""
    decoder = json.JSONDecoder()
    at = text.index("{", start) + 1
    while (key := _SPACE.match(text, at)) and not text.startswith("}", key.end()):
        name, end = decoder.raw_decode(text, key.end())
        value = _SPACE.match(text, text.index(":", end) + 1)
        begin = value.end() if value else end
        yield str(name), begin
        _, at = decoder.raw_decode(text, begin)
        comma = _SPACE.match(text, at)
        at = comma.end() if comma else at
        at += text.startswith(",", at)
