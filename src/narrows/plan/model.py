"""A plan as an answer: the changes, what they cost, what they risk, what binds next, and the alternatives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict

from narrows.assumptions import PrintedAssumption
from narrows.network import Network
from narrows.plan.actions import Change, Risk
from narrows.plan.peak import Peak
from narrows.plan.quotas import QuotaNeed
from narrows.plan.steps import Steps
from narrows.plan.tables import Next, tightest, within_reach
from narrows.prices import PrintedPrice
from narrows.recording import TableSummary
from narrows.scenario import Scenario
from narrows.tables import Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from narrows.diagnose.model import Missing


class Proof(TypedDict):
    """What the simulator saw when the peak ran through a plan's network."""

    holds: bool
    """Whether every connection was established: none timed out, was refused or reset or could not be tried, no table
    was full, and Lambda's concurrency held none back."""
    timeouts: int
    established: int
    """Connections open at once, at most."""
    wanted: int
    """What the plan is for."""
    refused: int
    reset: int
    error_port_allocation: int
    tables: list[TableSummary]
    seconds: float
    """Of computing."""
    simulated_seconds: float
    notes: list[str]


@dataclass(frozen=True)
class Option:
    """One way to make it fit."""

    strategy: str
    """The action that sets it apart; ``cheapest`` for the plan itself."""
    scenario: Scenario
    """The network after the changes, with the demand at the peak."""
    peak: Peak
    changes: tuple[Change, ...]
    tables: tuple[Table, ...]
    quotas: tuple[QuotaNeed, ...]
    next_narrows: Next | None
    monthly_cents: int
    exact: bool = True
    proof: Proof | None = None
    quota_steps: Steps | None = None
    """What is run for the quotas, before anything else; None where no commands were made."""
    steps: tuple[Steps, ...] = ()
    """What is run for each change; empty where no commands were made."""

    @property
    def headroom(self) -> float:
        """The part of the tightest table that stays free at the peak; of those that the plan can do nothing about, its
        notes tell."""
        table = tightest(within_reach(self.tables))
        return 1.0 if table is None else table.headroom

    @property
    def risks(self) -> tuple[Risk, ...]:
        """Every risk of the changes, once."""
        return tuple(dict.fromkeys(risk for change in self.changes for risk in change.risks))

    @property
    def needs(self) -> tuple[str, ...]:
        """What must hold and cannot be seen from here."""
        return tuple(dict.fromkeys(need for change in self.changes for need in change.needs))

    def to_json(self) -> dict[str, object]:
        """The option as ``plan --json`` prints it among the alternatives."""
        binds = self.next_narrows
        tight = tightest(within_reach(self.tables))
        return {
            "strategy": self.strategy,
            "changes": self._changes_json(),
            "monthly_usd": self.monthly_cents / 100,
            "connections": self.peak.connections,
            "headroom": round(self.headroom, 4),
            "tightest": None if tight is None else tight.to_json(),
            "risks": [{"id": risk.value, "text": risk.text} for risk in self.risks],
            "needs": list(self.needs),
            "next_narrows": None if binds is None else binds.to_json(),
            "quotas": [quota.to_json() for quota in self.quotas],
            "quota_commands": None if self.quota_steps is None else self.quota_steps.to_json()["commands"],
            "exact": self.exact,
            "proof": self.proof,
        }

    def _changes_json(self) -> list[dict[str, object]]:
        changes = [change.to_json() for change in self.changes]
        if not self.steps:
            return changes
        return [{**change, **steps.to_json()} for change, steps in zip(changes, self.steps, strict=True)]


@dataclass(frozen=True)
class Estimate:
    """Where a figure of the demand came from, when it was read from a case."""

    what: str
    value: float
    unit: str
    text: str
    source: str
    """The place in the case."""

    def to_json(self) -> dict[str, object]:
        """The estimate as ``plan --json`` prints it."""
        return {"what": self.what, "value": self.value, "unit": self.unit, "text": self.text, "source": self.source}


class Verdict(StrEnum):
    """Whether today's network holds the peak with the headroom."""

    HOLDS = "holds"
    """Whatever the evidence leaves open."""
    FAILS = "does-not-hold"
    UNKNOWN = "not-known"
    """It depends on what the evidence leaves open."""


@dataclass(frozen=True)
class Plan:
    """What to change so that the peak fits."""

    verdict: Verdict
    today: Scenario
    """Today's network, with the demand at the peak."""
    peak: Peak
    headroom_wanted: float
    tables: tuple[Table, ...]
    """Of today's network."""
    best: Option | None
    """The cheapest changes; None where nothing is to be done, or nothing helps."""
    alternatives: tuple[Option, ...] = ()
    growth: float = 1.0
    """What the demand was multiplied by."""
    prices: tuple[PrintedPrice, ...] = ()
    prices_region: str = ""
    processed: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """GB a month that NAT gateways process for each destination today, at the least and at the most; none where nothing
    says how much there is."""
    assumptions: tuple[PrintedAssumption, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    notes: tuple[str, ...] = ()
    """What limits the answer."""
    unreachable: tuple[str, ...] = ()
    """What functions do not reach, whatever room there is."""
    proof: Proof | None = None
    """Of today's network, where nothing is to be done."""
    lab_proof: Proof | None = None
    """Of the plan (of today's network, where nothing is to be done), with real packets."""

    wanted: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    """Connections that each function wants open at once to each destination, at the least and at the most, where they
    were read from a case."""
    wanted_at_least: float | None = None
    """Of all together, at the least; None where the demand is known."""
    unknown: tuple[str, ...] = ()
    """What is not in the plan, because nothing says how much of it there is."""
    missing: tuple[Missing, ...] = ()
    """What would say more of the demand."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The Name tag of each resource that has one; of what the plan adds, made of its original's."""
    if_known: tuple[int, int] | None = None
    """Cents a month, at the least and at the most, that the plan would cost if what is left open were known."""

    @property
    def at_least(self) -> int:
        """Connections open at once at the peak, at the least; ``peak`` has the most."""
        if self.wanted_at_least is None:
            return self.peak.connections
        return min(self.peak.connections, round(self.wanted_at_least))

    @property
    def fits(self) -> bool:
        """Whether today's network holds the peak with the headroom, for certain."""
        return self.verdict is Verdict.HOLDS

    @property
    def feasible(self) -> bool:
        """Whether it fits today or there is a plan."""
        return self.fits or self.best is not None

    @property
    def scenario(self) -> Scenario:
        """The widened scenario: the network after the changes, with the demand at the peak."""
        return self.today if self.best is None else self.best.scenario

    @property
    def network(self) -> Network:
        """The widened network."""
        return self.scenario.network

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of the plan."""
        return () if self.best is None else self.best.changes

    @property
    def monthly_usd(self) -> float:
        """What the changes cost a month."""
        return 0.0 if self.best is None else self.best.monthly_cents / 100

    @property
    def headroom(self) -> float:
        """The part of the tightest table that stays free at the peak, after the changes."""
        if self.best is not None:
            return self.best.headroom
        table = tightest(self.tables)
        return 1.0 if table is None else table.headroom

    def __repr__(self) -> str:
        from narrows.plan.notebook import short

        return short(self)

    def _repr_html_(self) -> str:
        from narrows.plan.notebook import html

        return html(self)

    def to_arrow(self, rows: str = "options") -> pa.Table:
        """Rows of the answer: ``options`` (the cheapest first), the ``changes`` of each, or the ``tables`` of today's
        network and of each option."""
        from narrows.plan.notebook import arrow

        return arrow(self, rows)

    def to_pandas(self, rows: str = "options") -> pd.DataFrame:
        """The same as a data frame. Raises ``MachineError`` where pandas is not installed."""
        from narrows.frames import pandas_of

        return pandas_of(self.to_arrow(rows))

    def to_json(self) -> dict[str, object]:
        """The answer of ``plan --json``."""
        best = self.best
        chosen = None if best is None else best.to_json()
        return {
            "fits": self.fits,
            "verdict": self.verdict.value,
            "feasible": self.feasible,
            "changes": [] if chosen is None else chosen["changes"],
            "monthly_usd": self.monthly_usd,
            "connections": (self.peak if best is None else best.peak).connections,
            "headroom": round(self.headroom, 4),
            "headroom_wanted": self.headroom_wanted,
            "peak": self._peak_json(),
            "risks": [] if chosen is None else chosen["risks"],
            "needs": [] if chosen is None else chosen["needs"],
            "quotas": [] if chosen is None else chosen["quotas"],
            "quota_commands": None if chosen is None else chosen["quota_commands"],
            "next_narrows": None if chosen is None else chosen["next_narrows"],
            "exact": best is None or best.exact,
            "alternatives": [option.to_json() for option in self.alternatives],
            "prices": {"region": self.prices_region, "used": list(self.prices)},
            "data_processing": self._processed_json(),
            "assumptions": list(self.assumptions),
            "notes": list(self.notes),
            "unknown": list(self.unknown),
            "missing": [{"evidence": gap.evidence, "why": gap.why, "how": gap.how} for gap in self.missing],
            "if_known": None if self.if_known is None else {"monthly_usd": [cents / 100 for cents in self.if_known]},
            "proof": self.proof if best is None else best.proof,
            "lab_proof": self.lab_proof,
        }

    def _processed_json(self) -> list[dict[str, object]]:
        return [
            {
                "destination": to,
                "gigabytes": {"low": round(low, 3), "high": None if math.isinf(high) else round(high, 3)},
            }
            for to, (low, high) in self.processed.items()
        ]

    def _interval_json(self, client: str, destination: str, wanted: float) -> dict[str, int | None]:
        """``high`` is null where nothing bounds it."""
        low, high = self.wanted.get((client, destination), (wanted, wanted))
        return {"low": round(low), "high": None if math.isinf(high) else round(high)}

    def _peak_json(self) -> dict[str, object]:
        others = {load.client for moment in self.peak.moments for load in moment.others}
        return {
            "connections": self.peak.connections,
            "at_least": self.at_least,
            "growth": self.growth,
            "of": [
                {
                    "client": load.client,
                    "destination": load.destination,
                    "other": load.client in others,
                    "environments": None if load.client in others else load.environments,
                    "open": round(load.open),
                    **self._interval_json(load.client, load.destination, load.open),
                    "nat_entries": round(load.nat),
                    "eni_entries": round(load.eni),
                }
                for load in self.peak.largest().values()
            ],
            "tables": [table.to_json() for table in self.tables],
            "estimated_from": [estimate.to_json() for estimate in self.estimates],
        }
