"""The incident by churn: 200 real runtimes at a NAT table made small, naive and with reuse, and what was said of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from narrows.lab.run import Run
from narrows.lab.runtimes.plan import Function
from narrows.scenario import load_scenario
from tests.lab.layered import layered, said_by

_EXAMPLES = Path(__file__).parents[2] / "examples"
SCENARIO = _EXAMPLES / "scenarios" / "churn-loop.yaml"
HOW = {"naive": "redis-naive-timeouts", "with reuse": "redis-reuse"}
"""Each with the function that it is."""
_MADE_FROM = ("the scenario", "the failing case", "the failing case with the sensor's lines")
PREDICTIONS = len(_MADE_FROM)
_EVERY = 2.0
NEAR = 0.05
"""Of what the lab counted: the most that a plan may be off."""


@dataclass(frozen=True)
class Load:
    """What the lab counted of one run."""

    how: str
    environments: int
    invocations: int
    failed: int
    """Of these: in an error or at the function's timeout."""
    opened: int
    """Connection attempts, by the environments' kernels."""
    ports: int
    """The most that the NAT gateway's table held."""
    capacity: int
    """Of that table."""
    errors: int
    """ErrorPortAllocation."""
    cause: str
    """That ``narrows diagnose`` names, how, and how sure; empty where it names none."""

    @property
    def true(self) -> bool:
        """Whether churn filled the table and the diagnosis says so; with reuse, whether nothing did."""
        if self.how == "naive":
            full = self.ports == self.capacity and self.errors > 0 and self.failed > 0
            return full and self.cause == "nat-port-exhaustion, churn: confirmed"
        return self.opened == self.ports == self.environments and not (self.errors or self.failed or self.cause)


@dataclass(frozen=True)
class Prediction:
    """Connections at the peak once they are reused."""

    made_from: str
    said: int
    """By ``narrows plan``: open connections at the peak with its change."""
    counted: int
    """By the lab, of the same load with reuse."""

    @property
    def true(self) -> bool:
        """Whether it is near enough."""
        return abs(self.said - self.counted) <= NEAR * self.counted


def played() -> Iterator[Load | Prediction]:
    """Both runs, and what the plan said of the second before it was played.

    Raises:
        InputError, LabError, KeyboardInterrupt: as of ``layered``.
    """
    said = [_predicted(SCENARIO)]
    with _run("naive") as (run, case):
        yield _load("naive", run, said_by("diagnose", case))
        said.append(_predicted(case))
        said_by("sensor", case / "callers" / "storefront.json", "--case", case)
        said.append(_predicted(case))
    with _run("with reuse") as (run, case):
        reused = _load("with reuse", run, said_by("diagnose", case))
    yield reused
    for made_from, one in zip(_MADE_FROM, said, strict=True):
        yield Prediction(made_from, one, reused.opened)


def _run(how: str) -> AbstractContextManager[tuple[Run, Path]]:
    function = Function(str(_EXAMPLES / "functions" / HOW[how]), every=_EVERY)
    return layered(load_scenario(SCENARIO), function, "redis")


def _predicted(of: Path) -> int:
    planned = said_by("plan", of, "--can", "reuse-connections=storefront")
    actions = [one["action"] for one in planned["changes"]]
    return int(planned["connections"]) if "reuse-connections" in actions else -1


def _load(how: str, run: Run, diagnosis: dict[str, Any]) -> Load:
    assert run.account is not None
    summary = run.account.summary()
    (table,) = (one for one in run.recording.tables if one.kind == "nat-address")
    cause = next((one for one in diagnosis["causes"] if one["id"] == diagnosis["narrows"]), None)
    named = "" if cause is None else f"{cause['id']}, {cause['mechanism']}: {cause['status']}"
    return Load(
        how=how,
        environments=summary["environments"],
        invocations=summary["invocations"],
        failed=summary["errors"] + summary["timeouts"],
        opened=summary["connections_opened"],
        ports=int(table.occupied.max(initial=0)),
        capacity=table.capacity or 0,
        errors=sum(int(one.port_allocation_errors.sum()) for one in run.recording.nat_gateways.values()),
        cause=named,
    )
