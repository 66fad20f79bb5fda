"""Expressions from the tree of a file, and from texts that hold one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from narrows.declared.terraform import expressions as ex
from narrows.declared.terraform.hcl import attributes as attributes_of
from narrows.declared.terraform.hcl import parse, raw_of, text_of, top
from narrows.declared.terraform.literal_texts import lines_of, outdented, quoted, unescaped

if TYPE_CHECKING:
    from tree_sitter import Node

_DEEPEST = 100
"""Expressions within expressions that are read; people write ten."""
_NOT_READ = ex.Opaque("the expression is not read")


def of_node(node: Node, depth: int = 0) -> ex.Expression:
    """The expression of a node of the tree."""
    if depth > _DEEPEST:
        return ex.Opaque("the expression is nested too deeply")
    if node.has_error or node.is_missing:
        return ex.Opaque("the syntax is broken")
    below = depth + 1
    match node.type:
        case "expression" | "collection_value" | "for_expr" | "operation" | "literal_value" | "template_expr":
            return _chain(_named(node.children), below)
        case "string_lit" | "quoted_template":
            return _quoted_template(node, below)
        case "heredoc_template":
            return _heredoc(node, below)
        case "numeric_lit":
            return ex.Literal(number(text_of(node)))
        case "bool_lit":
            return ex.Literal(text_of(node) == "true")
        case "null_lit":
            return ex.Literal(None)
        case "variable_expr" | "identifier":
            return ex.Name(text_of(node))
        case "tuple":
            return ex.Several(tuple(of_node(child, below) for child in node.children if child.type == "expression"))
        case "object":
            return ex.Members(tuple(_members(node, below)))
        case "function_call":
            return _call(node, below)
        case "conditional":
            parts = _expressions(node, below)
            return ex.Conditional(*parts) if len(parts) == 3 else _NOT_READ
        case "binary_operation" | "unary_operation":
            return _operation(node, below)
        case "for_tuple_expr" | "for_object_expr":
            return _for(node, below)
    return _NOT_READ


def of_text(text: str) -> ex.Expression:
    """The expression in a text: in JSON's form of the language, and in references of a plan."""
    body = top(parse(b"x = " + text.encode("utf-8", "replace") + b"\n"))
    read = [] if body is None else list(attributes_of(body))
    return of_node(read[0].value) if len(read) == 1 else _NOT_READ


def of_template(text: str) -> ex.Expression:
    """The expression of the content of a string, as JSON's form of the language has it."""
    if "${" not in text and "%{" not in text:
        return ex.Literal(text.replace("$${", "${").replace("%%{", "%{"))
    return of_text(f'"{"".join(quoted(text))}"')


def number(text: str) -> int | float:
    """A number of the language; one of more digits than anybody means is infinite."""
    if len(text) > 40:
        return float("inf")
    value = float(int(text, 16)) if text[:2].lower() == "0x" else float(text)
    return int(value) if abs(value) < 2**53 and value == int(value) else value


def _named(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if node.is_named and node.type != "comment"]


def _expressions(node: Node, depth: int) -> list[ex.Expression]:
    return [of_node(child, depth) for child in node.children if child.type == "expression"]


def _chain(parts: Sequence[Node], depth: int) -> ex.Expression:
    """A first term with what is asked of it: ``a.b[0].*.c``."""
    if not parts:
        return _NOT_READ
    chained = of_node(parts[0], depth)
    for place, step in enumerate(parts[1:]):
        if place > _DEEPEST:
            return ex.Opaque("the expression is nested too deeply")
        chained = _step(chained, step, depth)
    return chained


def _step(of: ex.Expression, step: Node, depth: int) -> ex.Expression:
    if step.type == "get_attr":
        return ex.Get(of, "".join(text_of(child) for child in step.children if child.type == "identifier"))
    if step.type == "index":
        inner = step.children[0]
        if inner.type == "legacy_index":
            return ex.Index(of, ex.Literal(number(text_of(inner).lstrip(". "))))
        keys = _expressions(inner, depth)
        return ex.Index(of, keys[0]) if len(keys) == 1 else _NOT_READ
    if step.type == "splat":
        inner = step.children[0]
        asked: ex.Expression = ex.Name(ex.EACH)
        after: list[Node] = []
        for part in _named(inner.children):
            # The index behind `.*.a` is one of the list that came out, behind `[*].a` of each in it.
            if after or (inner.type == "attr_splat" and part.type != "get_attr"):
                after.append(part)
            else:
                asked = _step(asked, part, depth)
        splat: ex.Expression = ex.Splat(of, asked)
        for part in after:
            splat = _step(splat, part, depth)
        return splat
    return _NOT_READ


def _call(node: Node, depth: int) -> ex.Expression:
    name = next((text_of(child) for child in node.children if child.type == "identifier"), "")
    given = next((child for child in node.children if child.type == "function_arguments"), None)
    if given is None:
        return ex.Call(name, ())
    return ex.Call(name, tuple(_expressions(given, depth)), any(child.type == "ellipsis" for child in given.children))


def _operation(node: Node, depth: int) -> ex.Expression:
    operator = next((text_of(child) for child in node.children if not child.is_named), "")
    if node.type == "unary_operation":
        return ex.Operation(operator, None, _chain(_named(node.children), depth))
    at = next(place for place, child in enumerate(node.children) if not child.is_named)
    left, right = node.children[:at], node.children[at + 1 :]
    return ex.Operation(operator, _chain(_named(left), depth), _chain(_named(right), depth))


def _members(node: Node, depth: int) -> Iterator[tuple[ex.Expression, ex.Expression]]:
    for element in node.children:
        if element.type != "object_elem":
            continue
        parts = [child for child in element.children if child.type == "expression"]
        if len(parts) != 2:
            continue
        key = of_node(parts[0], depth)
        inner = parts[0].children
        if isinstance(key, ex.Name) and len(inner) == 1:
            key = ex.Literal(key.name)
        yield key, of_node(parts[1], depth)


def _for(node: Node, depth: int) -> ex.Expression:
    intro = next((child for child in node.children if child.type == "for_intro"), None)
    if intro is None:
        return _NOT_READ
    names = tuple(text_of(child) for child in intro.children if child.type == "identifier")
    of = _expressions(intro, depth)
    results = _expressions(node, depth)
    condition = next((child for child in node.children if child.type == "for_cond"), None)
    only = None if condition is None else _expressions(condition, depth)
    wanted = 1 if node.type == "for_tuple_expr" else 2
    if len(of) != 1 or len(results) != wanted or not names or (only is not None and len(only) != 1):
        return _NOT_READ
    grouped = any(child.type == "ellipsis" for child in node.children)
    return ex.For(names, of[0], results[0] if wanted == 2 else None, results[-1], only[0] if only else None, grouped)


def _quoted_template(node: Node, depth: int) -> ex.Expression:
    """What stands between quotes. The grammar passes over blanks, so literal parts are what no other node is."""
    inner = list(node.children)[1:-1]
    if node.children[-1].type != "quoted_template_end" or node.children[0].type != "quoted_template_start":
        return _NOT_READ
    return _template(node, inner, node.children[0].end_byte, node.children[-1].start_byte, depth, unescaped)


def _template(
    node: Node, inner: Sequence[Node], first: int, last: int, depth: int, literal: Callable[[bytes], str]
) -> ex.Expression:
    """The parts of a template between two bytes of the file."""
    source, start = raw_of(node), node.start_byte
    parts: list[ex.Expression] = []
    at = first
    for child in inner:
        if child.type == "template_literal":
            continue
        if child.type not in ("template_interpolation", "template_directive"):
            return _NOT_READ
        parts.append(ex.Literal(literal(source[at - start : child.start_byte - start])))
        if child.type == "template_interpolation":
            parts += _expressions(child, depth)[:1] or [_NOT_READ]
        else:
            parts.append(_directive(node, child.children[0], depth, literal) if child.children else _NOT_READ)
        at = child.end_byte
    parts.append(ex.Literal(literal(source[at - start : max(at, last) - start])))
    if all(isinstance(part, ex.Literal) for part in parts):
        return ex.Literal("".join(str(part.value) for part in parts if isinstance(part, ex.Literal)))
    written = [part for part in parts if part != ex.Literal("")]
    return written[0] if len(written) == 1 else ex.Template(tuple(written))


def _directive(whole: Node, node: Node, depth: int, literal: Callable[[bytes], str]) -> ex.Expression:
    """``%{ if a }b%{ else }c%{ endif }``; loops in strings are not read."""
    if node.type != "template_if":
        return ex.Opaque("a loop in a string is not read")
    intro = next((child for child in node.children if child.type == "template_if_intro"), None)
    end = next((child for child in node.children if child.type == "template_if_end"), None)
    otherwise = next((child for child in node.children if child.type == "template_else_intro"), None)
    condition = [] if intro is None else _expressions(intro, depth)
    if intro is None or end is None or len(condition) != 1:
        return _NOT_READ
    middle = end if otherwise is None else otherwise
    kept = [child for child in node.children if child not in (intro, end, otherwise)]
    before = [child for child in kept if child.start_byte < middle.start_byte]
    after = [child for child in kept if child.start_byte >= middle.start_byte]
    yes = _template(whole, before, intro.end_byte, middle.start_byte, depth, literal)
    no = (
        ex.Literal("")
        if otherwise is None
        else _template(whole, after, otherwise.end_byte, end.start_byte, depth, literal)
    )
    return ex.Conditional(condition[0], ex.Template((yes,)), ex.Template((no,)))


def _heredoc(node: Node, depth: int) -> ex.Expression:
    """The lines between the marks, with what stands before every line taken away where the mark says so (``<<-``)."""
    source, start = raw_of(node), node.start_byte
    inner = [child for child in node.children if child.type not in ("heredoc_start", "heredoc_identifier")]
    first = source.find(b"\n") + 1
    last = source.rfind(b"\n", 0, node.children[-1].start_byte - start) + 1
    template = _template(node, inner, start + first, start + max(first, last), depth, lines_of)
    if not source.startswith(b"<<-"):
        return template
    parts: list[ex.Expression] = list(template.parts) if isinstance(template, ex.Template) else [template]
    cut = outdented(parts)
    return cut[0] if len(cut) == 1 else ex.Template(tuple(cut))
