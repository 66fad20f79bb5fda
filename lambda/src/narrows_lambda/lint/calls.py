"""Arguments of a call, as rules ask for them."""

from __future__ import annotations

import ast

from narrows_lambda.lint.finding import Edit
from narrows_lambda.lint.module import Module


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


def is_none(node: ast.AST | None) -> bool:
    """Whether a literal None stands there."""
    return isinstance(node, ast.Constant) and node.value is None


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
