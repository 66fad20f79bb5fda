"""From what a template should say to its new text: only the lines that must change do, every other byte stays.

What should be is given as the whole template's value. The text is then read again and must say exactly that: where it
does not (an anchor that others use, a layout that nothing can be put into), there is one error and no new text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from narrows.errors import InputError
from narrows.patch.cloudformation.document import BOM, dash_of, document_of
from narrows.patch.cloudformation.emitting import block, flow, items, json_text
from narrows.patch.cloudformation.nodes import Document, Entry, Json, Node, alone, column, indented, same


@dataclass(frozen=True, slots=True)
class _Splice:
    start: int
    end: int
    text: str


def rewritten(content: bytes, document: Document, wanted: dict[str, Json]) -> bytes:
    """The bytes of a template that says what is wanted.

    Args:
        content: the bytes that ``document`` was read from.

    Raises:
        InputError: it cannot be written so that everything else stays as it is.
    """
    if same(document.value, wanted):
        return content
    differences = _Differences(document)
    splices = differences.of_root(wanted)
    shared = differences.shared or document.root
    text, place = [], 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < place:
            raise _refused(document, shared)
        text += [document.text[place : splice.start], splice.text]
        place = splice.end
    new = "".join([*text, document.text[place:]])
    mark = BOM if content.startswith(BOM) else b""
    after = mark + new.encode()
    try:
        said = document_of(after, document.file).value
    except InputError:
        raise _refused(document, shared) from None
    if not same(said, wanted):
        raise _refused(document, shared)
    return after


def _refused(document: Document, node: Node) -> InputError:
    return InputError(
        "cannot be changed here without changing more than the plan asks for",
        file=document.file,
        place=f"line {node.line}",
        advice="write out anchors and aliases, and one key to a line",
    )


class _Differences:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self.splices: list[_Splice] = []
        self.shared: Node | None = None
        """A node with an anchor, or an alias, that is to change: right only where all that share it change alike."""

    def of_root(self, wanted: dict[str, Json]) -> list[_Splice]:
        self.of_node(self.document.root, wanted)
        return self.splices

    def put(self, start: int, text: str, end: int | None = None) -> None:
        self.splices.append(_Splice(start, start if end is None else end, text))

    def of_node(self, node: Node, wanted: Json) -> None:
        if same(node.value, wanted):
            return
        if node.anchored or node.target is not None:
            self.shared = node
        if node.target is not None:
            return
        plain = node.plain
        if node.tag and isinstance(wanted, dict) and isinstance(node.value, dict) and node.kind != "scalar":
            if wanted.keys() != node.value.keys():
                raise _refused(self.document, node)
            (wanted,) = wanted.values()
        if node.kind == "map" and isinstance(wanted, dict) and isinstance(plain, dict) and (plain or node.flow):
            self.of_map(node, wanted)
        elif node.kind == "list" and isinstance(wanted, list) and len(wanted) >= len(node.items):
            self.of_list(node, wanted)
        else:
            self.replace(node, wanted)

    def replace(self, node: Node, wanted: Json) -> None:
        if not node.flow:
            raise _refused(self.document, node)
        if self.document.json:
            text = json_text(self.document, wanted, indented(self.text, node.start))
        else:
            text = flow(self.document, wanted)
            before = self.text[node.start - 1 : node.start]
            text = text if before.isspace() or node.start < node.end else f" {text}"
        self.put(node.start, text, node.end)

    # Mappings.

    def of_map(self, node: Node, wanted: dict[str, Json]) -> None:
        for place, entry in enumerate(node.entries):
            if entry.key in wanted:
                self.of_node(entry.value, wanted[entry.key])
            else:
                self.remove(node, place)
        have = {entry.key for entry in node.entries}
        new = {key: value for key, value in wanted.items() if key not in have}
        if node is self.document.root and "Parameters" in new and "Resources" in have:
            self.before_resources({"Parameters": new.pop("Parameters")})
        if new:
            self.add(node, new)

    def remove(self, node: Node, place: int) -> None:
        entry = node.entries[place]
        if not node.flow:
            begin = entry.start - column(self.text, entry.start)
            if not alone(self.text, entry.start):
                raise _refused(self.document, node)
            self.put(begin, "", self.line_end(entry.value.last))
        elif place:
            self.put(node.entries[place - 1].value.end, "", entry.value.end)
        elif len(node.entries) > 1:
            self.put(entry.start, "", node.entries[1].start)
        else:
            self.put(entry.start, "", entry.value.end)

    def add(self, node: Node, new: Mapping[str, Json]) -> None:
        if node.flow:
            self.into_brackets(node, new, [])
            return
        last = node.entries[-1]
        # Of "- Key: a" the other keys stand where the first one does.
        indent = " " * column(self.text, last.start)
        root = self.document.root
        spaced = self.document.blank and (node is root or node is root.get("Resources"))
        lines: list[str] = []
        for key, value in new.items():
            lines += [*([""] if spaced else []), *block(self.document, {key: value}, indent)]
        self.after(node.last, lines)

    def before_resources(self, new: dict[str, Json]) -> None:
        root, document = self.document.root, self.document
        place = next(number for number, entry in enumerate(root.entries) if entry.key == "Resources")
        entry = root.entries[place]
        if document.json:
            indent = indented(self.text, entry.start) if alone(self.text, entry.start) else ""
            (value,) = new.values()
            text = f'"Parameters"{document.colon}{json_text(document, value, indent)},'
            self.put(entry.start, text + (document.newline + indent if document.step else ""))
            return
        lines = block(document, new, "")
        if place:
            self.after(root.entries[place - 1].value.last, [*([""] if document.blank else []), *lines])
        else:
            lines += [""] if document.blank else []
            self.put(entry.start, "".join(line + document.newline for line in lines))

    # Lists.

    def of_list(self, node: Node, wanted: list[Json]) -> None:
        for item, value in zip(node.items, wanted, strict=False):
            self.of_node(item, value)
        new = wanted[len(node.items) :]
        if not new:
            return
        if node.flow:
            self.into_brackets(node, {}, new)
            return
        dash = dash_of(self.text, node)
        if dash is None:
            raise _refused(self.document, node)
        gap = self.text[dash + 1 : node.items[-1].start]
        gap = gap if gap and not gap.strip(" ") else " "
        self.after(node.last, items(self.document, new, " " * column(self.text, dash), gap))

    # Text.

    def line_end(self, place: int) -> int:
        """Just after the line that holds the last character before a place that is not white space."""
        end = len(self.text[:place].rstrip())
        line_break = self.text.find("\n", end)
        return len(self.text) if line_break < 0 else line_break + 1

    def after(self, place: int, lines: list[str]) -> None:
        """Put lines after the line that holds the last character before a place."""
        newline, end = self.document.newline, self.line_end(place)
        if self.text[end - 1 : end] == "\n":
            self.put(end, "".join(line + newline for line in lines))
        else:
            self.put(end, "".join(newline + line for line in lines))

    def into_brackets(self, node: Node, entries: Mapping[str, Json], values: list[Json]) -> None:
        document = self.document
        inside: list[Entry] | list[Node] = list(node.entries) if node.kind == "map" else list(node.items)
        starts = [child.start for child in inside]
        tall = bool(starts) and alone(self.text, starts[-1])
        tall = tall or (not starts and document.json and bool(document.step))
        indent = indented(self.text, starts[-1]) if starts else indented(self.text, node.start) + document.step
        if document.json:
            parts = [
                f"{json_text(document, key, '')}{document.colon}{json_text(document, value, indent)}"
                for key, value in entries.items()
            ]
            parts += [json_text(document, value, indent) for value in values]
        else:
            parts = [flow(document, {key: value})[1:-1] for key, value in entries.items()]
            parts += [flow(document, value) for value in values]
        line = document.newline
        separator = f",{line}{indent}" if tall else "," if document.json and not document.step else ", "
        text = separator.join(parts)
        if starts:
            end = node.entries[-1].value.end if node.kind == "map" else node.items[-1].end
            self.put(end, separator + text)
        elif tall:
            self.put(node.end - 1, f"{line}{indent}{text}{line}{indented(self.text, node.start)}")
        else:
            self.put(node.end - 1, text)
