"""httpx closes what has been idle for 5 s, and most pauses between invocations are longer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from narrows_lambda.lint.calls import add_argument, keyword, number, unpacks
from narrows_lambda.lint.finding import Edit, Report
from narrows_lambda.lint.module import Module
from narrows_lambda.lint.rule import Subject, rule

_KEEP = 240
"""Seconds: past the pauses of a busy function, well under the 350 s at which NAT forgets the connection."""
_CLIENTS = {"httpx.Client", "httpx.AsyncClient"}


@rule(
    "httpx-keepalive",
    "An httpx client drops its connections after 5 s idle.",
    "https://www.python-httpx.org/advanced/resource-limits/",
)
def httpx_keepalive(subject: Subject) -> Iterator[Report]:
    """A client that outlives the invocation, with the default ``keepalive_expiry`` or one that is about as short."""
    module = subject.module
    for node, meaning in subject.calls:
        if unpacks(node):
            continue
        if meaning in _CLIENTS and keyword(node, "limits") is None and keyword(node, "transport") is None:
            if subject.invocations.runs(node):
                continue
            yield Report(
                node,
                f"httpx closes a connection after 5 s idle by default: the next invocation opens another one; set"
                f" limits=httpx.Limits(keepalive_expiry={_KEEP})",
                _with_limits(module, node),
            )
        elif meaning == "httpx.Limits":
            kept = keyword(node, "keepalive_expiry")
            seconds = number(kept)
            if kept is None and len(node.args) < 3:
                edit = add_argument(module, node, f"keepalive_expiry={_KEEP}".encode())
                yield Report(node, f"keepalive_expiry is 5 s by default: set it to {_KEEP}", (edit,))
            elif seconds is not None and seconds < 30:
                yield Report(
                    node, f"keepalive_expiry={seconds:g} closes connections between invocations: {_KEEP} keeps them"
                )


def _with_limits(module: Module, client: ast.Call) -> tuple[Edit, ...]:
    """The edits that give a client its limits, by the names that the module has of httpx; none where it hides them."""
    given = f"(keepalive_expiry={_KEEP})".encode()
    if isinstance(client.func, ast.Attribute):
        return (add_argument(module, client, b"limits=" + module.text(client.func.value) + b".Limits" + given),)
    found = next(
        (
            one
            for one in module.tree.body
            if isinstance(one, ast.ImportFrom) and one.module == "httpx" and not one.level
        ),
        None,
    )
    if found is None or found.names[0].name == "*":
        return ()
    known = next((one.asname or one.name for one in found.names if one.name == "Limits"), None)
    if known is None and "Limits" in module.words:
        return ()
    argument = add_argument(module, client, b"limits=" + (known or "Limits").encode() + given)
    end = module.span(found.names[-1])[1]
    return (argument,) if known else (Edit(end, end, b", Limits"), argument)
