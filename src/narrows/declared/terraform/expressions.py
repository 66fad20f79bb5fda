"""The expressions of Terraform's language as data, made of the nodes of its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from narrows.declared.terraform.hcl import attributes as attributes_of
from narrows.declared.terraform.hcl import parse, raw_of, text_of, top

if TYPE_CHECKING:
    from tree_sitter import Node

_DEEPEST = 100
"""Expressions within expressions that are read; people write ten."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a string without parts, true, false or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Template:
    """A string with parts that are worked out."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """``[a, b]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """``{ key = value }``."""

    items: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """``name(arguments)``."""

    name: str
    arguments: tuple[Expression, ...]
    spread: bool = False
    """The last argument is a list of the rest: ``f(xs...)``."""


@dataclass(frozen=True, slots=True)
class Conditional:
    """``condition ? yes : no``."""

    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True, slots=True)
class Operation:
    """One operator; ``left`` is None where it has but one side."""

    operator: str
    left: Expression | None
    right: Expression


@dataclass(frozen=True, slots=True)
class For:
    """``[for value in of : each if only]``, or ``{for key, value in of : key_each => each}``."""

    names: tuple[str, ...]
    of: Expression
    key_each: Expression | None
    each: Expression
    only: Expression | None
    grouped: bool


@dataclass(frozen=True, slots=True)
class Name:
    """The first word of a reference: ``var``, ``aws_vpc``, the name in a ``for``."""

    name: str


@dataclass(frozen=True, slots=True)
class Get:
    """``of.name``."""

    of: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """``of[key]``."""

    of: Expression
    key: Expression


@dataclass(frozen=True, slots=True)
class Splat:
    """``of[*].a.b``: ``steps`` is an expression of each, which is called ``EACH``."""

    of: Expression
    each: Expression


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that is not read."""

    why: str


EACH = "*"
"""The name of one of those that a splat goes through: no name in a file is that."""

Expression = (
    Literal | Template | Several | Members | Call | Conditional | Operation | For | Name | Get | Index | Splat | Opaque
)

_NOT_READ = Opaque("the expression is not read")


def of_node(node: Node, depth: int = 0) -> Expression:
    """The expression of a node of the tree."""
    if depth > _DEEPEST:
        return Opaque("the expression is nested too deeply")
    if node.has_error or node.is_missing:
        return Opaque("the syntax is broken")
    below = depth + 1
    match node.type:
        case "expression" | "collection_value" | "for_expr" | "operation" | "literal_value" | "template_expr":
            return _chain(_named(node), below)
        case "string_lit" | "quoted_template":
            return _quoted_template(node, below)
        case "heredoc_template":
            return _heredoc(node, below)
        case "numeric_lit":
            return Literal(number(text_of(node)))
        case "bool_lit":
            return Literal(text_of(node) == "true")
        case "null_lit":
            return Literal(None)
        case "variable_expr" | "identifier":
            return Name(text_of(node))
        case "tuple":
            return Several(tuple(of_node(one, below) for one in node.children if one.type == "expression"))
        case "object":
            return Members(tuple(_members(node, below)))
        case "function_call":
            return _call(node, below)
        case "conditional":
            parts = _expressions(node, below)
            return Conditional(*parts) if len(parts) == 3 else _NOT_READ
        case "binary_operation" | "unary_operation":
            return _operation(node, below)
        case "for_tuple_expr" | "for_object_expr":
            return _for(node, below)
    return _NOT_READ


def of_text(text: str) -> Expression:
    """The expression in a text: in JSON's form of the language, and in references of a plan."""
    body = top(parse(b"x = " + text.encode("utf-8", "replace") + b"\n"))
    found = [] if body is None else list(attributes_of(body))
    return of_node(found[0].value) if len(found) == 1 else _NOT_READ


def of_template(text: str) -> Expression:
    """The expression of the content of a string, as JSON's form of the language has it."""
    if "${" not in text and "%{" not in text:
        return Literal(text.replace("$${", "${").replace("%%{", "%{"))
    return of_text(f'"{"".join(_quoted(text))}"')


def _quoted(text: str) -> Iterator[str]:
    """A template as a quoted string writes it: in its literal parts some characters need a backslash."""
    depth = 0
    for place, char in enumerate(text):
        if char == "{" and place and (text[place - 1] in "$%" or depth):
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        yield char if depth else _ESCAPED.get(char, char)


_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def number(text: str) -> int | float:
    """A number of the language; one of more digits than anybody means is infinite."""
    if len(text) > 40:
        return float("inf")
    value = float(int(text, 16)) if text[:2].lower() == "0x" else float(text)
    return int(value) if abs(value) < 2**53 and value == int(value) else value


def _named(node: Node) -> list[Node]:
    return [one for one in node.children if one.is_named and one.type != "comment"]


def _expressions(node: Node, depth: int) -> list[Expression]:
    return [of_node(one, depth) for one in node.children if one.type == "expression"]


def _chain(parts: Sequence[Node], depth: int) -> Expression:
    """A first term with what is asked of it: ``a.b[0].*.c``."""
    if not parts:
        return _NOT_READ
    found = of_node(parts[0], depth)
    for place, step in enumerate(parts[1:]):
        if place > _DEEPEST:
            return Opaque("the expression is nested too deeply")
        found = _step(found, step, depth)
    return found


def _step(of: Expression, step: Node, depth: int) -> Expression:
    if step.type == "get_attr":
        return Get(of, "".join(text_of(one) for one in step.children if one.type == "identifier"))
    if step.type == "index":
        inner = step.children[0]
        if inner.type == "legacy_index":
            return Index(of, Literal(number(text_of(inner).lstrip(". "))))
        keys = _expressions(inner, depth)
        return Index(of, keys[0]) if len(keys) == 1 else _NOT_READ
    if step.type == "splat":
        inner = step.children[0]
        each: Expression = Name(EACH)
        after: list[Node] = []
        for one in _named(inner):
            # The index behind `.*.a` is one of the list that came out, behind `[*].a` of each in it.
            if after or (inner.type == "attr_splat" and one.type != "get_attr"):
                after.append(one)
            else:
                each = _step(each, one, depth)
        found: Expression = Splat(of, each)
        for one in after:
            found = _step(found, one, depth)
        return found
    return _NOT_READ


def _call(node: Node, depth: int) -> Expression:
    name = next((text_of(one) for one in node.children if one.type == "identifier"), "")
    given = next((one for one in node.children if one.type == "function_arguments"), None)
    if given is None:
        return Call(name, ())
    return Call(name, tuple(_expressions(given, depth)), any(one.type == "ellipsis" for one in given.children))


def _operation(node: Node, depth: int) -> Expression:
    sides = [one for one in node.children if one.is_named and one.type != "comment"]
    operator = next((text_of(one) for one in node.children if not one.is_named), "")
    if node.type == "unary_operation":
        return Operation(operator, None, _chain(sides, depth))
    at = next(place for place, one in enumerate(node.children) if not one.is_named)
    left = [one for one in node.children[:at] if one.is_named and one.type != "comment"]
    right = [one for one in node.children[at + 1 :] if one.is_named and one.type != "comment"]
    return Operation(operator, _chain(left, depth), _chain(right, depth))


def _members(node: Node, depth: int) -> Iterator[tuple[Expression, Expression]]:
    for one in node.children:
        if one.type != "object_elem":
            continue
        parts = [child for child in one.children if child.type == "expression"]
        if len(parts) != 2:
            continue
        key = of_node(parts[0], depth)
        inner = parts[0].children
        if isinstance(key, Name) and len(inner) == 1:
            key = Literal(key.name)
        yield key, of_node(parts[1], depth)


def _for(node: Node, depth: int) -> Expression:
    intro = next((one for one in node.children if one.type == "for_intro"), None)
    if intro is None:
        return _NOT_READ
    names = tuple(text_of(one) for one in intro.children if one.type == "identifier")
    of = _expressions(intro, depth)
    results = _expressions(node, depth)
    condition = next((one for one in node.children if one.type == "for_cond"), None)
    only = None if condition is None else _expressions(condition, depth)
    wanted = 1 if node.type == "for_tuple_expr" else 2
    if len(of) != 1 or len(results) != wanted or not names or (only is not None and len(only) != 1):
        return _NOT_READ
    grouped = any(one.type == "ellipsis" for one in node.children)
    return For(names, of[0], results[0] if wanted == 2 else None, results[-1], only[0] if only else None, grouped)


def _quoted_template(node: Node, depth: int) -> Expression:
    """What stands between quotes. The grammar passes over blanks, so literal parts are what no other node is."""
    inner = list(node.children)[1:-1]
    if node.children[-1].type != "quoted_template_end" or node.children[0].type != "quoted_template_start":
        return _NOT_READ
    return _template(node, inner, node.children[0].end_byte, node.children[-1].start_byte, depth, _unescaped)


def _template(
    node: Node, inner: Sequence[Node], first: int, last: int, depth: int, literal: Callable[[bytes], str]
) -> Expression:
    """The parts of a template between two bytes of the file."""
    source, start = raw_of(node), node.start_byte
    found: list[Expression] = []
    at = first
    for one in inner:
        if one.type == "template_literal":
            continue
        if one.type not in ("template_interpolation", "template_directive"):
            return _NOT_READ
        found.append(Literal(literal(source[at - start : one.start_byte - start])))
        if one.type == "template_interpolation":
            found += _expressions(one, depth)[:1] or [_NOT_READ]
        else:
            found.append(_directive(node, one.children[0], depth, literal) if one.children else _NOT_READ)
        at = one.end_byte
    found.append(Literal(literal(source[at - start : max(at, last) - start])))
    if all(isinstance(one, Literal) for one in found):
        return Literal("".join(str(one.value) for one in found if isinstance(one, Literal)))
    parts = [one for one in found if one != Literal("")]
    return parts[0] if len(parts) == 1 else Template(tuple(parts))


def _directive(whole: Node, node: Node, depth: int, literal: Callable[[bytes], str]) -> Expression:
    """``%{ if a }b%{ else }c%{ endif }``; loops in strings are not read."""
    if node.type != "template_if":
        return Opaque("a loop in a string is not read")
    intro = next((one for one in node.children if one.type == "template_if_intro"), None)
    end = next((one for one in node.children if one.type == "template_if_end"), None)
    other = next((one for one in node.children if one.type == "template_else_intro"), None)
    condition = [] if intro is None else _expressions(intro, depth)
    if intro is None or end is None or len(condition) != 1:
        return _NOT_READ
    middle = end if other is None else other
    kept = [one for one in node.children if one not in (intro, end, other)]
    before = [one for one in kept if one.start_byte < middle.start_byte]
    after = [one for one in kept if one.start_byte >= middle.start_byte]
    yes = _template(whole, before, intro.end_byte, middle.start_byte, depth, literal)
    no = Literal("") if other is None else _template(whole, after, other.end_byte, end.start_byte, depth, literal)
    return Conditional(condition[0], Template((yes,)), Template((no,)))


def _heredoc(node: Node, depth: int) -> Expression:
    """The lines between the marks, with what stands before every line taken away where the mark says so (``<<-``)."""
    source, start = raw_of(node), node.start_byte
    inner = [one for one in node.children if one.type not in ("heredoc_start", "heredoc_identifier")]
    first = source.find(b"\n") + 1
    last = source.rfind(b"\n", 0, node.children[-1].start_byte - start) + 1
    found = _template(node, inner, start + first, start + max(first, last), depth, _lines)
    if not source.startswith(b"<<-"):
        return found
    parts = list(found.parts) if isinstance(found, Template) else [found]
    cut = _outdented(parts)
    return cut[0] if len(cut) == 1 else Template(tuple(cut))


def _lines(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\r\n", "\n").replace("$${", "${").replace("%%{", "%{")


def _outdented(parts: list[Expression]) -> list[Expression]:
    begins: list[str] = []
    for place, one in enumerate(parts):
        if isinstance(one, Literal):
            lines = str(one.value).split("\n")
            rest = lines if place == 0 else lines[1:]
            for number_, line in enumerate(rest):
                ends_here = number_ == len(rest) - 1 and place == len(parts) - 1
                if line.strip() or (number_ == len(rest) - 1 and not ends_here):
                    begins.append(line[: len(line) - len(line.lstrip(" \t"))])
    cut = min((len(one) for one in begins), default=0)
    if not cut:
        return parts
    found: list[Expression] = []
    for place, one in enumerate(parts):
        if isinstance(one, Literal):
            lines = str(one.value).split("\n")
            kept = lines[:1] if place else [lines[0][cut:]]
            found.append(Literal("\n".join([*kept, *(line[cut:] for line in lines[1:])])))
        else:
            found.append(one)
    return found


_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt"\\]))|\$\$\{|%%\{')


def _unescaped(raw: bytes) -> str:
    def of(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code:
            point = int(code, 16)
            return chr(point) if point < 0x110000 and not 0xD800 <= point < 0xE000 else "\ufffd"
        if match[3]:
            return {"n": "\n", "r": "\r", "t": "\t"}.get(match[3], match[3])
        return match[0][1:]

    return _ESCAPE.sub(of, raw.decode("utf-8", "replace"))
