"""Arguments of a call, as rules ask for them."""

from __future__ import annotations

import ast
import re

from narrows_lambda.lint.finding import Edit
from narrows_lambda.lint.module import Module

_LOOPBACK = re.compile(r"https?://(localhost|127\.|\[::1\])")


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument; None where it is not given by name."""
    return next((one.value for one in call.keywords if one.arg == name), None)


def unpacks(call: ast.Call) -> bool:
    """Whether the call takes ``*arguments`` or ``**settings``: what is given cannot be told."""
    return any(one.arg is None for one in call.keywords) or any(isinstance(one, ast.Starred) for one in call.args)


def number(node: ast.AST | None) -> float | None:
    """The number that a literal states, a product or quotient of them too (``15 * 60``)."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        try:
            return float(node.value)
        except OverflowError:
            return float("inf")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = (one.value if isinstance(one, ast.Constant) else None for one in (node.left, node.right))
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            return number(ast.Constant(left)) * number(ast.Constant(right))  # type: ignore[operator]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = number(node.operand)
        return None if value is None else -value
    return None


def text(node: ast.AST | None) -> str | None:
    """What a string says, but for what is put into it: ``f"host={host}"``, ``"host={}".format(host)``."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) for one in node.values if isinstance(one, ast.Constant))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return text(node.left)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left = text(node.left)
        return None if left is None else left + (text(node.right) or "")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return text(node.func.value)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def to_itself(module: Module, call: ast.Call) -> bool:
    """Whether a call goes to the environment itself, where an extension listens: on no table of the path."""
    where: ast.AST | None = keyword(call, "url") or (call.args[0] if call.args else None)
    if module.made(where) is not None and (request := module.made(where)) and request.args:
        where = request.args[0]
    if isinstance(where, ast.Name):
        where = module.bound_once(where)
    return bool(_LOOPBACK.match(text(where) or ""))


def add_argument(module: Module, call: ast.Call, argument: bytes) -> Edit:
    """The edit that gives a call one more keyword argument, after those that it has."""
    given: list[ast.expr] = [*call.args, *(one.value for one in call.keywords)]
    if not given:
        end = module.span(call)[1] - 1
        return Edit(end, end, argument)
    end = max(module.span(one)[1] for one in given)
    # A value in parentheses of its own ends after them.
    tail = module.source[end : module.span(call)[1] - 1]
    if tail.lstrip().startswith(b")"):
        end += tail.index(b")") + 1
    return Edit(end, end, b", " + argument)
