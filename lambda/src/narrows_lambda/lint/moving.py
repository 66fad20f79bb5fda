"""The fix of a client made in each invocation: its construction moves to module level, as a textual edit."""

from __future__ import annotations

import ast
import builtins

from narrows_lambda.lint.constructors import SAME_IN_A_CLIENT, Constructor
from narrows_lambda.lint.finding import Edit, apply
from narrows_lambda.lint.module import Module, Node
from narrows_lambda.lint.shared import STATE, Shared, ends, ends_anywhere

Edits = tuple[Edit, ...]


def move(module: Module, call: ast.Call, made: Constructor, shared: Shared) -> tuple[Edits, str]:
    """The edits that make the client once, or none and why it takes a person."""
    if not made.moves:
        return (), "it has a state, or an event loop, that ends with the invocation"
    place = _place(module, call)
    if place is None:
        return (), "it is not in a function of the module's own level"
    why = _bound_to_invocation(module, call, place)
    if why:
        return (), why
    uses, why = _uses(module, call)
    if why:
        return (), why
    name, put = shared.name(_wish(module, call, made), _outdented(module, call), place)
    if isinstance(module.parents.get(call), ast.withitem):
        return (*put, *_without_with(module, call, name)), ""
    start, end = module.span(call)
    return (*put, Edit(start, end, name.encode()), *uses), ""


def move_one_shot(module: Module, call: ast.Call, meaning: str, client: str, shared: Shared) -> Edits:
    """The edits that call a method of one client instead of a function that makes a client for each call."""
    place = _place(module, call)
    same = all(one.arg in SAME_IN_A_CLIENT for one in call.keywords)
    if not client or not same or place is None or not isinstance(call.func, ast.Attribute):
        return ()
    package = call.func.value
    if not isinstance(package, ast.Name) or _bound_to_invocation(module, package, place):
        return ()
    constructor = package.id + client[client.index(".") :]
    name, put = shared.name(f"_{meaning.partition('.')[0]}", constructor.encode(), place)
    start, end = module.span(package)
    return (*put, Edit(start, end, name.encode()))


def _place(module: Module, node: ast.AST) -> int | None:
    """The byte before the definition, at module level, that the node is in."""
    around = [one for one in module.ancestors(node) if isinstance(one, ast.stmt)]
    if not around or not isinstance(around[-1], (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return None
    top = around[-1]
    line = min([top.lineno, *(one.lineno for one in top.decorator_list)])
    place = module.line_start(line)
    return (
        place if module.source[place : place + 1] not in (b" ", b"\t", b"\x0c") and _alone(module, top, line) else None
    )


def _alone(module: Module, top: ast.stmt, line: int) -> bool:
    """Nothing else begins on the line (``x = 1; def`` is no Python, but a continued line may end there)."""
    before = module.line(line - 1) if line > 1 else b"\n"
    return not before.rstrip(b"\r\n").endswith(b"\\")


def _bound_to_invocation(module: Module, node: Node, place: int) -> str:
    """Why an expression cannot be evaluated before the definition; empty if it can."""
    module_scope = module.scope(module.tree)
    line = module.place(place)[0]
    for one in ast.walk(node):
        if isinstance(one, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda, ast.comprehension)):
            return "its arguments cannot be evaluated there"
        if not isinstance(one, ast.Name):
            continue
        scope = _scope(module, one)
        if scope is None and hasattr(builtins, one.id):
            continue
        if scope is not module.tree and isinstance(module.bound_once(one), ast.Constant):
            continue
        name = one.id if scope is module.tree else _alias(module, one)
        if name is None:
            return f"{one.id} is known only in the invocation: keep one client for each value of it"
        meanings = module_scope.names[name]
        if module_scope.lines[name] >= line or (any(m is None for m in meanings) and len(meanings) > 1):
            return f"{name} has its value only later"
        called = isinstance(parent := module.parents.get(one), ast.Call) and parent.func is one
        if called and any(isinstance(m, str) and m.startswith(".") for m in meanings):
            return f"{name}() is called for it"
    return ""


def _scope(module: Module, name: ast.Name) -> ast.AST | None:
    """The function, or the module, that binds a name."""
    return next((one for one in module.scopes_around(name) if name.id in module.scope(one).names), None)


def _alias(module: Module, name: ast.Name) -> str | None:
    """The name of the module that a local name stands for: what an earlier fix made of a client, for one."""
    value = module.bound_once(name)
    return value.id if isinstance(value, ast.Name) and _scope(module, value) is module.tree else None


def _uses(module: Module, call: ast.Call) -> tuple[Edits, str]:
    """The edits at the places that close the client; or why it cannot be shared."""
    parent = module.parents.get(call)
    if isinstance(parent, ast.withitem):
        return _uses_of_with(module, call, parent)
    statement = module.statement(call)
    around = module.function_around(call)
    name = None
    if isinstance(statement, ast.Assign) and statement.value is call and len(statement.targets) == 1:
        target = statement.targets[0]
        name = target.id if isinstance(target, ast.Name) else None
    if name is None or around is None:
        chained = isinstance(parent, ast.Attribute)
        if chained and isinstance(parent, ast.Attribute) and (ends(parent.attr) or parent.attr in STATE):
            return (), "it is changed or closed where it is made"
        if not chained and ends_anywhere(module):
            return (), "something closes a client in this module"
        return (), ""
    return _uses_of_name(module, around, name)


def _uses_of_name(module: Module, around: ast.AST, name: str) -> tuple[Edits, str]:
    edits: list[Edit] = []
    for node in ast.walk(around):
        if not isinstance(node, ast.Name) or node.id != name:
            continue
        parent = module.parents.get(node)
        if isinstance(parent, ast.withitem) or (
            isinstance(parent, ast.Call) and node in parent.args and "closing" in module.words
        ):
            return (), f"{name} is closed by a with statement"
        if not isinstance(parent, ast.Attribute):
            if isinstance(parent, (ast.Return, ast.Yield)) and ends_anywhere(module):
                return (), "something closes a client in this module"
            continue
        if parent.attr in STATE or isinstance(parent.ctx, (ast.Store, ast.Del)):
            return (), f"{name}.{parent.attr} is set for this invocation, and would stay for the next"
        if ends(parent.attr):
            called = module.parents.get(parent)
            statement = module.parents.get(called) if called else None
            if isinstance(called, ast.Call) and isinstance(statement, ast.Expr):
                edits.append(Edit(*module.span(statement), b"pass"))
            else:
                return (), f"{name}.{parent.attr} is used"
    return tuple(edits), ""


def _uses_of_with(module: Module, call: ast.Call, item: ast.withitem) -> tuple[Edits, str]:
    statement = module.parents.get(item)
    named = isinstance(item.optional_vars, ast.Name)
    if not isinstance(statement, ast.With) or len(statement.items) != 1 or not named:
        return (), "its with statement holds something else too"
    around = module.function_around(call)
    if not isinstance(item.optional_vars, ast.Name) or around is None:
        return (), "it has no name"
    first = statement.body[0]
    if first.lineno <= (call.end_lineno or call.lineno) or module.line(first.lineno)[: first.col_offset].strip():
        return (), "its with statement stands on one line"
    edits, why = _uses_of_name_in_with(module, statement, item.optional_vars.id)
    return (), why if not edits else "it is closed twice"


def _uses_of_name_in_with(module: Module, statement: ast.With, name: str) -> tuple[Edits, str]:
    edits: list[Edit] = []
    for one in statement.body:
        found, why = _uses_of_name(module, one, name)
        if why:
            return (), why
        edits += found
    return tuple(edits), ""


def _without_with(module: Module, call: ast.Call, name: str) -> Edits:
    """``with X as name:`` becomes ``name = _name``, and its body stands where the with statement stood."""
    statement = module.statement(call)
    assert isinstance(statement, ast.With)
    variable = statement.items[0].optional_vars
    assert isinstance(variable, ast.Name)
    first = statement.body[0]
    start = module.span(statement)[0]
    header_end = module.source.index(b":", module.span(variable)[1]) + 1
    step = first.col_offset - statement.col_offset
    edits = [Edit(start, header_end, f"{variable.id} = {name}".encode())]
    inside_text = _lines_inside_text(module, statement)
    for line in range(first.lineno, (statement.end_lineno or first.lineno) + 1):
        text = module.line(line)
        at = module.line_start(line)
        if line not in inside_text and not text[:step].strip(b" \t") and text.strip():
            edits.append(Edit(at, at + step, b""))
    return tuple(edits)


def _lines_inside_text(module: Module, node: ast.AST) -> set[int]:
    """Lines that begin inside a string, whose blanks are its own."""
    found: set[int] = set()
    for one in ast.walk(node):
        if isinstance(one, (ast.Constant, ast.JoinedStr)) and (end := one.end_lineno) and end > one.lineno:
            found.update(range(one.lineno + 1, end + 1))
    return found


def _stands_for(module: Module, name: ast.Name) -> bytes | None:
    """What to write at module level for a local name; None where the name itself is known there."""
    if _scope(module, name) in (None, module.tree):
        return None
    value = module.bound_once(name)
    alias = _alias(module, name)
    return module.text(value) if isinstance(value, ast.Constant) else alias.encode() if alias else None


def _outdented(module: Module, call: ast.Call) -> bytes:
    """The call's text, its further lines moved left by as much as its statement is indented."""
    statement = module.statement(call)
    indent = statement.col_offset if statement is not None else 0
    inside_text = _lines_inside_text(module, call)
    start = module.span(call)[0]
    written = [(one, _stands_for(module, one)) for one in ast.walk(call) if isinstance(one, ast.Name)]
    known = tuple(
        Edit(module.span(one)[0] - start, module.span(one)[1] - start, text)
        for one, text in written
        if text is not None
    )
    lines = apply(module.text(call), [known]).splitlines(keepends=True)
    for number in range(1, len(lines)):
        if call.lineno + number not in inside_text and not lines[number][:indent].strip():
            lines[number] = lines[number][indent:]
    return b"".join(lines)


def _wish(module: Module, call: ast.Call, made: Constructor) -> str:
    parent = module.parents.get(call)
    target: ast.AST | None = None
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        target = parent.targets[0]
    elif isinstance(parent, ast.withitem):
        target = parent.optional_vars
    if isinstance(target, ast.Name):
        return f"_{target.id.strip('_')}"
    first = call.args[0] if call.args else None
    if made.name == "_aws" and isinstance(first, ast.Constant) and isinstance(first.value, str):
        service = first.value.replace("-", "_")
        return f"_{service}" if service.isidentifier() and service.isascii() else made.name
    return made.name
