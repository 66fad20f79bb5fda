"""The planner's answer to a move: every table at the peak, what binds next, whether it holds, what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from narrows.errors import one_line
from narrows.gate import json_text
from narrows.network import HopKind
from narrows.plan.notes import unreachable_from
from narrows.plan.peak import Peak, measure
from narrows.plan.planner import Planner, assumed_of
from narrows.plan.tables import Next, next_narrows, within_reach
from narrows.plan.terms import Terms
from narrows.report.path.model import FILLING, NEARLY_FULL
from narrows.report.path.planned import planned_section
from narrows.report.path.section import PathSection
from narrows.scenario import Scenario
from narrows.serve.price import monthly_cents
from narrows.serve.served import Served, names_in
from narrows.tables import Table
from narrows.words import count, named_in, percent, sentence_case, usd

MOST_ROWS = 12
"""Tables that are shown at once, the fullest: of more the rest is folded."""


@dataclass(frozen=True, slots=True)
class Row:
    """One table of connections."""

    hop: str
    resource: str
    destination: str
    peak: str
    capacity: str
    used: str
    over: str
    """How many do not fit; empty where all do."""
    level: str
    """How full, in the words of the picture's classes."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with a name or a share in it, which is not broken at a hyphen or a space."""

    before: str
    name: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the planner says of a scenario, unchanged."""

    scenario: Scenario
    peak: Peak
    tables: tuple[Table, ...]
    headroom: float
    """That is wanted."""
    blocked: tuple[str, ...]
    """What functions do not reach, and environments that the account does not run."""
    following: Next | None
    cents: int
    """A month."""
    more_cents: int
    """Than what is served."""
    names: Mapping[str, str]
    """What resources are called, by id."""

    @property
    def overfull(self) -> tuple[Table, ...]:
        """Tables that do not hold the peak, the fullest first."""
        return tuple(table for table in self.by_fill if table.peak > table.capacity)

    @property
    def by_fill(self) -> list[Table]:
        """Every table, the fullest first."""
        return sorted(self.tables, key=lambda table: (table.headroom, *table.id.order))

    @property
    def fits(self) -> bool:
        """Whether it holds with the headroom, as ``narrows plan`` says it."""
        return not self.blocked and all(table.fits(self.headroom) for table in self.tables)

    @property
    def holds(self) -> bool:
        """Whether every connection has room, whatever the headroom."""
        return not self.blocked and not self.overfull

    @property
    def tone(self) -> str:
        """Of the page: ``good``, ``warn`` or ``bad``."""
        return "good" if self.fits else "warn" if self.holds else "bad"

    @property
    def verdict(self) -> Sentence:
        """Whether it holds, and how many do not fit."""
        if self.overfull:
            worst = max(self.overfull, key=lambda table: table.peak - table.capacity)
            more = len(self.overfull) - 1
            rest = "" if not more else f"; {more} more table{'s do' if more > 1 else ' does'} not hold either"
            missing, name = count(worst.peak - worst.capacity), named_in(self.names, worst.id.name)
            return Sentence(f"Does not hold: {missing} do not fit in {worst.kind.of_table} ", name, rest)
        if self.blocked:
            return Sentence(f"Does not hold: {one_line(named_in(self.names, self.blocked[0]), 200)}")
        if not self.tables:
            return Sentence("Nothing is asked for")
        free = percent(max(0.0, self.by_fill[0].headroom))
        holds = "Holds: " if self.fits else "Holds without the headroom: "
        return Sentence(holds, free, " of the fullest table stays free")

    @property
    def next_words(self) -> str:
        """What binds next, with its number."""
        after = self.following
        if after is None:
            return "none"
        return f"{self._name(after.table)} at {count(after.at_connections)} connections"

    @property
    def price(self) -> str:
        """``$36.50 a month``"""
        return f"{usd(self.cents / 100)} a month"

    @property
    def price_note(self) -> str:
        """Against what is served."""
        if not self.more_cents:
            return "as it is served"
        sign = "+" if self.more_cents > 0 else "−"
        return f"{sign}{usd(abs(self.more_cents) / 100)} against what is served"

    @property
    def blocked_words(self) -> list[str]:
        """What functions do not reach, with the names of resources."""
        return [named_in(self.names, why) for why in self.blocked]

    @property
    def rows(self) -> list[Row]:
        """Every table, the fullest first."""
        return [_row(table, self.names) for table in self.by_fill]

    def picture(self) -> PathSection:
        """The report's picture of the path."""
        return planned_section(self.scenario, self.peak, self.tables, names=self.names, key="move")

    def _name(self, table: Table) -> str:
        to = f" to {table.id.destination}" if table.id.destination and table.id.destination != table.id.name else ""
        return one_line(f"{table.kind.of_table} {named_in(self.names, table.id.name)}{to}", 120)

    @property
    def assumptions(self) -> list[str]:
        """What it rests on, one line each."""
        printed = self.scenario.assumptions.printed(assumed_of(self.scenario))
        return [f"{one['id']}: {json_text(one['value'])}" for one in printed]


def answer(scenario: Scenario, served: Served) -> Answer:
    """What the planner says of a scenario that was moved away from the one that is served."""
    prices = served.prices
    terms = Terms(served.headroom, prices)
    peak = measure(scenario.network, scenario.demand, scenario.assumptions, terms.measured)
    planner = Planner(scenario, peak, terms, {})
    cents = monthly_cents(scenario, prices)
    return Answer(
        scenario=scenario,
        peak=peak,
        tables=planner.tables,
        headroom=terms.headroom,
        blocked=(*unreachable_from(scenario, terms.routing), *_held_back(planner, peak)),
        following=next_narrows(within_reach(planner.tables), peak.connections),
        cents=cents,
        more_cents=cents - monthly_cents(served.scenario, prices),
        names=names_in(scenario, served.names),
    )


def _held_back(planner: Planner, peak: Peak) -> Sequence[str]:
    return [
        f"the account runs {need.current:,} environments at once, and {need.needed:,} are asked for"
        for need in planner.concurrency(peak)
    ]


def _row(table: Table, names: Mapping[str, str]) -> Row:
    used = table.peak / table.capacity
    over = table.peak - table.capacity
    name = named_in(names, table.id.name)
    of_environment = table.kind is HopKind.ENVIRONMENT
    return Row(
        hop="File descriptors" if of_environment else sentence_case(table.kind.of_table),
        resource=one_line(f"{name}, each environment" if of_environment else name, 100),
        destination=one_line(table.id.destination or "", 100),
        peak=count(table.peak),
        capacity=count(table.capacity),
        used=percent(used),
        over=count(over) if over > 0 else "",
        level="full" if used >= NEARLY_FULL else "filling" if used >= FILLING else "free",
    )
