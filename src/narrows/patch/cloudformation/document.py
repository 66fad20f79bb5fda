"""A template's bytes as a document: its tree, and how its writer lays things out."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from narrows.errors import InputError
from narrows.patch.cloudformation.json_reading import read_json
from narrows.patch.cloudformation.nodes import Document, Node, alone, column, common, indented
from narrows.patch.cloudformation.yaml_reading import read_yaml

BOM = b"\xef\xbb\xbf"
_EMPTY_LINE = re.compile(r"\n[ \t]*\r?\n")


def document_of(content: bytes, file: str) -> Document:
    """The template in these bytes; a byte-order mark is not part of its text.

    Raises:
        InputError: it is not UTF-8, not valid, or laid out so that nothing can be put into it.
    """
    try:
        text = content.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 text (byte {error.start})", file=file) from None
    json = text.lstrip()[:1] == "{"
    if json:
        try:
            root = read_json(text, file)
        except InputError:
            if file.endswith((".json", ".template")) or '"' in text.split(":", 1)[0]:
                raise
            root, json = read_yaml(text, file), False
    else:
        root = read_yaml(text, file)
    if root.kind != "map":
        raise InputError("holds no mapping", file=file, advice="a template has 'Resources:'")
    if not json:
        _check_style(root, file)
    return _laid_out(text, file, root, json)


def _check_style(root: Node, file: str) -> None:
    if root.flow:
        problem = "its outermost mapping is in braces, which leaves no line to put a resource on"
        raise InputError(problem, file=file, place=f"line {root.line}", advice="write it in block style, or as JSON")
    for entry in root.entries:
        if entry.key not in ("Resources", "Parameters", "Outputs"):
            continue
        if entry.value.target is not None:
            problem = f"'{entry.key}' is an alias: a change would not stand where it is read"
            raise InputError(problem, file=file, place=f"line {entry.value.line}", advice="write it out")
        if entry.key == "Resources" and entry.value.kind == "map" and entry.value.flow and entry.value.entries:
            problem = "'Resources' is in braces, which leaves no line to put a resource on"
            raise InputError(problem, file=file, place=f"line {entry.value.line}", advice="write it in block style")


def every(node: Node) -> Iterator[Node]:
    """A node and all in it, aliases left alone."""
    yield node
    for entry in node.entries:
        yield from every(entry.value)
    for item in node.items:
        yield from every(item)


def _laid_out(text: str, file: str, root: Node, json: bool) -> Document:
    newline = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
    resources = root.get("Resources")
    entries = () if resources is None else resources.entries
    nodes = list(every(root))
    tagged = any(node.tag for node in nodes)
    long = any(entry.key in ("Ref", "Fn::GetAtt", "Fn::Sub") for node in nodes for entry in node.entries)
    step = "  "
    if entries:
        above = next(entry for entry in root.entries if entry.key == "Resources")
        step = indented(text, entries[0].start)[len(indented(text, above.start)) :] or "  "
        if json and not alone(text, entries[0].start):
            step = ""
    dashes = [] if json else list(_dashes(text, nodes))
    between = [text[resource.value.last : after.start] for resource, after in itertools.pairwise(entries)]
    blank = sum(bool(_EMPTY_LINE.search(gap)) for gap in between)
    colon = ": "
    if json and root.entries:
        first = root.entries[0]
        colon = text[first.start : first.value.start].rsplit('"', 1)[-1]
        colon = colon if "\n" not in colon else ": "
    double = text.count('"') > text.count("'")
    return Document(
        file,
        text,
        root,
        json,
        newline,
        short=tagged or not long,
        step=step,
        dash=common(dashes, 2),
        colon=colon,
        blank=2 * blank > len(between) if between else not json and blank > 0,
        quote='"' if double else "'",
    )


def _dashes(text: str, nodes: list[Node]) -> Iterator[int]:
    """How much further in than its key each list of block style stands."""
    for node in nodes:
        for entry in node.entries:
            value = entry.value
            if value.kind == "list" and not value.flow and value.items and alone(text, entry.start):
                dash = dash_of(text, value)
                if dash is not None:
                    yield max(0, column(text, dash) - column(text, entry.start))


def dash_of(text: str, node: Node) -> int | None:
    """Where the dash of a block list's last item stands; None where that cannot be told."""
    place = node.items[-1].start
    before = text[:place].rstrip(" ")
    if before.endswith("-"):
        return len(before) - 1
    # An item that is empty, or stands on the line after its dash.
    dash = text.rfind("-", 0, place)
    between = text[dash + 1 : place]
    return dash if dash >= 0 and not between.strip() else None
