"""``reuse-connections`` for a case whose connections come and go: how many a mended function keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from narrows.case import Case
from narrows.evidence.demand.read import read_demand
from narrows.evidence.facts import Facts
from narrows.plan import make_plan
from oracles.sensor import line, use
from tests.unit.diagnose.by_hand import ABOUT, FUNCTION, case, interfaces, metrics, nat

T = 1_795_176_000.0
ENVIRONMENTS = 200
PORTS = 2_000
SMALL = f"{ABOUT}assumptions: {{nat_connections_per_address: {PORTS}, nat_hold_after_close: 60s}}\n"


def failing(folder: Path, *parts: dict[str, Any]) -> Case:
    """A connection for each invocation, two in three of which find no port: 4,000 attempts a minute."""
    errors = {**nat(active=[20.0] * 15, attempts=[4_000.0] * 15, established=[2_000.0] * 15, errors=[2_000.0] * 15)}
    busy = metrics(FUNCTION, {("ConcurrentExecutions", "Maximum"): [float(ENVIRONMENTS)] * 15})
    return case(folder, errors, busy, interfaces(), *parts, about=SMALL)


def lines(opened: int = 1, **more: Any) -> dict[str, str]:
    """Of each environment two invocations a minute until after the window, of which every other one fails."""
    found = [
        line(T + 30 * turn + 1, use(opened=opened * (1 - turn % 2), failed=turn % 2), environment=f"e{number}",
             invocation=turn + 1, **more)
        for number in range(ENVIRONMENTS)
        for turn in range(32)
    ]  # fmt: skip
    return {"sensor/lines.jsonl": "".join(json.dumps(one) + "\n" for one in found)}


@pytest.mark.parametrize("sensed", [False, True])
def test_one_that_comes_and_goes_is_one_in_each_environment(tmp_path: Path, sensed: bool) -> None:
    """Few are open at once, since each is closed again; kept open, every environment has its own."""
    plan = make_plan(failing(tmp_path, lines() if sensed else {}), possible=["reuse-connections"])

    (change,) = plan.changes
    assert (change.action.id, change.after) == ("reuse-connections", 1)
    assert plan.to_json()["connections"] == ENVIRONMENTS
    assert (1 - plan.headroom) * PORTS == pytest.approx(ENVIRONMENTS, rel=0.05)


def test_what_failed_would_have_been_closed_too(tmp_path: Path) -> None:
    """Half of the attempts came to nothing: ports for all of them are wanted."""
    one = failing(tmp_path, lines())

    found = read_demand(Facts(one, one.assumptions))

    per_second = max(value for name, value in found.possible.highest.items() if name.kind == "closing")
    assert per_second == pytest.approx(ENVIRONMENTS * 2 / 60)


def test_an_invocation_that_uses_three_needs_three(tmp_path: Path) -> None:
    assert _needed(failing(tmp_path, lines(opened=3))) == 3


@pytest.mark.parametrize("unknown", [{"unattributed": {"opened": 1}}, {"more": 2}])
def test_lines_that_do_not_say_all_bound_nothing(tmp_path: Path, unknown: dict[str, Any]) -> None:
    written = [json.loads(one) for one in lines()["sensor/lines.jsonl"].splitlines()]
    written[7]["narrows"] |= unknown
    text = "".join(json.dumps(one) + "\n" for one in written)

    assert _needed(failing(tmp_path, {"sensor/lines.jsonl": text})) is None


def test_lines_of_some_environments_bound_nothing(tmp_path: Path) -> None:
    half = "".join(lines()["sensor/lines.jsonl"].splitlines(keepends=True)[: 32 * ENVIRONMENTS // 2])

    assert _needed(failing(tmp_path, {"sensor/lines.jsonl": half})) is None


def _needed(one: Case) -> float | None:
    figure = read_demand(Facts(one, one.assumptions)).needed.get(("storefront", "cache"))
    return None if figure is None else figure.high
