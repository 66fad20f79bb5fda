"""What is still running when the handler returns: it freezes, and goes on at the next thaw."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from narrows_lambda.lint.finding import Edit, Report
from narrows_lambda.lint.module import FUNCTIONS
from narrows_lambda.lint.rule import Subject, rule

_TASKS = (
    "asyncio.create_task",
    "asyncio.ensure_future",
    "asyncio.get_event_loop().create_task",
    "asyncio.get_running_loop().create_task",
    "asyncio.new_event_loop().create_task",
)
_THREADS = ("threading.Thread", "threading.Timer", "multiprocessing.Process")
_EXECUTORS = (
    "concurrent.futures.ThreadPoolExecutor",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.thread.ThreadPoolExecutor",
)
_WAITS = {"result", "as_completed", "wait", "shutdown", "wait_for", "gather"}


@rule(
    "left-running",
    "A task, thread or future is left behind when the handler returns.",
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html",
)
def left_running(subject: Subject) -> Iterator[Report]:
    """Coroutines that are not awaited, tasks nobody keeps, threads nobody joins, futures nobody waits for."""
    module = subject.module
    asynchronous = {
        f".{node.name}"
        for node in module.nodes
        if isinstance(node, ast.AsyncFunctionDef) and not isinstance(module.parents.get(node), ast.ClassDef)
    }
    for node, meaning in subject.calls:
        if not subject.invocations.runs(node):
            continue
        thrown_away = isinstance(module.parents.get(node), ast.Expr)
        if meaning in asynchronous and thrown_away:
            start = module.span(node)[0]
            inside = isinstance(module.function_around(node), ast.AsyncFunctionDef)
            edits = (Edit(start, start, b"await "),) if inside else ()
            yield Report(node, f"{meaning[1:]}() is a coroutine that nobody awaits: it never runs", edits)
        elif meaning in _TASKS and (thrown_away or _never_looked_at(subject, node)):
            yield Report(node, "nobody awaits this task: what it has not done freezes, and goes on at the next thaw")
        elif meaning in _THREADS and not _joined(subject, node):
            yield Report(node, "nobody joins this thread: what it has not done freezes, and goes on at the next thaw")
        elif (
            meaning.endswith("().submit")
            and meaning.removesuffix("().submit") in _EXECUTORS
            and not _waited_for(subject, node)
        ):
            yield Report(
                node, "nobody waits for this future: what it has not done freezes, and goes on at the next thaw"
            )


def _outermost(subject: Subject, node: ast.AST) -> ast.AST:
    functions = [one for one in subject.module.ancestors(node) if isinstance(one, FUNCTIONS)]
    return functions[-1]


def _never_looked_at(subject: Subject, node: ast.Call) -> bool:
    parent = subject.module.parents.get(node)
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1 or not isinstance(parent.targets[0], ast.Name):
        return False
    name = parent.targets[0].id
    return not any(
        isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Load)
        for one in ast.walk(_outermost(subject, node))
    )


def _joined(subject: Subject, node: ast.Call) -> bool:
    """A ``join`` that is none of a text: without argument, or with a timeout."""
    module = subject.module
    around = _outermost(subject, node)
    if not any(isinstance(one, ast.Attribute) and one.attr in ("start", "cancel") for one in ast.walk(around)):
        return True
    if isinstance(module.parents.get(node), ast.Return):
        return True
    return any(
        isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and (one.func.attr == "cancel" or (one.func.attr == "join" and _joins_a_thread(one)))
        for one in ast.walk(around)
    )


def _joins_a_thread(call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, (ast.Constant, ast.JoinedStr)):
        return False
    return not call.args or isinstance(call.args[0], ast.Constant) or bool(call.keywords)


def _waited_for(subject: Subject, node: ast.Call) -> bool:
    module = subject.module
    executor = node.func.value if isinstance(node.func, ast.Attribute) else None
    around = _outermost(subject, node)
    thrown_away = isinstance(module.parents.get(node), ast.Expr)
    waits = {"shutdown"} if thrown_away else _WAITS
    for one in ast.walk(around):
        if isinstance(one, ast.withitem) and isinstance(one.optional_vars, ast.Name):
            if isinstance(executor, ast.Name) and one.optional_vars.id == executor.id:
                return True
        elif isinstance(one, (ast.Name, ast.Attribute)):
            word = one.id if isinstance(one, ast.Name) else one.attr
            if word in waits:
                return True
    # Handed on to whoever asked for it.
    return isinstance(module.parents.get(node), ast.Return)
