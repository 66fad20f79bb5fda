"""httpx closes what has been idle for 5 s, and most pauses between invocations are longer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from narrows_lambda.lint.calls import add_argument, keyword, number, unpacks
from narrows_lambda.lint.finding import Edit, Report
from narrows_lambda.lint.rule import Subject, rule

_KEEP = 240
"""Seconds: past the pauses of a busy function, well under the 350 s at which NAT forgets the connection."""
_CLIENTS = {"httpx.Client", "httpx.AsyncClient"}


@rule("httpx-keepalive", "An httpx client drops its connections after 5 s idle.")
def httpx_keepalive(subject: Subject) -> Iterator[Report]:
    """A client that outlives the invocation, with the default ``keepalive_expiry`` or one that is about as short."""
    module = subject.module
    for node in module.nodes:
        if not isinstance(node, ast.Call) or unpacks(node):
            continue
        meaning = module.meaning(node.func)
        if meaning in _CLIENTS and keyword(node, "limits") is None and keyword(node, "transport") is None:
            if subject.invocations.runs(node):
                continue
            package = node.func.value if isinstance(node.func, ast.Attribute) else None
            edits: tuple[Edit, ...] = ()
            if package is not None:
                limits = module.text(package) + f".Limits(keepalive_expiry={_KEEP})".encode()
                edits = (add_argument(module, node, b"limits=" + limits),)
            yield Report(
                node,
                f"httpx closes a connection after 5 s idle by default: the next invocation opens another one; set"
                f" limits=httpx.Limits(keepalive_expiry={_KEEP})",
                edits,
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
