"""The sensor's lines by hand, and their sum in the plainest way: for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from narrows_lambda.line import BODY, DIMENSION, SCHEMA, Field, Metric, Of

KEPT = 350.0


def use(peer: str = "8.8.4.4:443", name: str | None = "cache.example.com", **counts: float) -> dict[str, Any]:
    """One destination of a line; ``counts`` as the line spells them, 0 where they are left out."""
    found: dict[str, Any] = {Of.PEER: peer}
    if name is not None:
        found[Of.NAME] = name
    zero: dict[str, float] = dict.fromkeys((Of.OPENED, Of.HELD, Of.STALE, Of.REUSED, Of.FAILED, Of.OLDEST_IDLE), 0)
    return {**found, **zero, **counts}


def line(
    time: float,
    *uses: Mapping[str, Any],
    function: str = "storefront",
    environment: str = "2026/11/20/[$LATEST]0",
    process: int = 8,
    invocation: int = 1,
    **more: Any,
) -> dict[str, Any]:
    """One line as the sensor writes it, without what makes metrics of it."""
    sums = {
        metric.spelled: sum(one[name] for one in uses)
        for metric, name in (
            (Metric.OPENED, Of.OPENED), (Metric.HELD, Of.HELD), (Metric.REUSED, Of.REUSED), (Metric.FAILED, Of.FAILED),
        )
    }  # fmt: skip
    return {
        DIMENSION: function,
        **sums,
        Metric.DESCRIPTORS.spelled: 12,
        BODY: {
            Field.SCHEMA: SCHEMA,
            Field.TIME: time,
            Field.ENVIRONMENT: environment,
            Field.PROCESS: process,
            Field.INVOCATION: invocation,
            Field.REQUEST_ID: f"{environment}/{invocation}",
            Field.DESTINATIONS: list(uses),
            Field.MORE: 0,
        },
    } | more


def held_at(lines: Iterable[Mapping[str, Any]], moment: float) -> int:
    """Connections held at a moment: of each process the latest line that is no older than the tables' memory."""
    latest: dict[Sequence[Any], Mapping[str, Any]] = {}
    for one in lines:
        body = one[BODY]
        process = one[DIMENSION], body[Field.ENVIRONMENT], body[Field.PROCESS]
        if body[Field.TIME] <= moment and (
            process not in latest
            or (body[Field.TIME], body[Field.INVOCATION])
            >= (latest[process][BODY][Field.TIME], latest[process][BODY][Field.INVOCATION])
        ):
            latest[process] = one
    return sum(
        each[Of.HELD] - each[Of.STALE]
        for one in latest.values()
        if moment < one[BODY][Field.TIME] + KEPT
        for each in one[BODY][Field.DESTINATIONS]
    )
