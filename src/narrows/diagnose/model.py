"""What a diagnosis says: every cause with its status and evidence, what binds now, what binds next, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict

from narrows.assumptions import PrintedAssumption
from narrows.aws.requests import Request, RequestJson, shell_command
from narrows.evidence.lasting import Lasting
from narrows.limits import Certainty, Limit
from narrows.network import Resource

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_MOST_ASKED = 3
"""Requests for evidence in one answer."""


class Status(StrEnum):
    """How sure it is that a cause is at work, from surest to ruled out."""

    CONFIRMED = "confirmed"
    """Direct evidence: a metric or message that means this and nothing else."""
    LIKELY = "likely"
    """The evidence speaks at least ten to one for it, and nothing is left that explains as much."""
    POSSIBLE = "possible"
    """Something speaks for it."""
    UNKNOWN = "unknown"
    """The evidence that would speak for or against it is not in the case."""
    RULED_OUT = "ruled-out"
    """Evidence rules it out."""

    @property
    def words(self) -> str:
        """As people read it: ``ruled out``."""
        return self.value.replace("-", " ")

    @property
    def rank(self) -> int:
        """Place in the order above, from 0."""
        return list(Status).index(self)

    def reaches(self, other: Status) -> bool:
        """Whether it is at least as sure as ``other``."""
        return self.rank <= other.rank


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence: one sentence with its numbers."""

    supports: bool
    text: str
    source: str
    """Its place in the case, such as ``cloudwatch/nat.results.json, m3``."""
    weight: float = 0.0
    """Decimal logarithm of how many times likelier this is seen with the cause than without it; see ``weighing``."""


@dataclass(frozen=True, slots=True)
class BoundLimit:
    """The limit that a cause is about, with the value that this answer used."""

    id: str
    value: int
    certainty: Certainty

    @classmethod
    def of(cls, limit: Limit, value: int | None = None) -> BoundLimit:
        """A limit; ``value`` where an applied quota or what a resource itself states replaces the default."""
        return cls(limit.id, limit.value if value is None else value, limit.certainty)

    @classmethod
    def assumed(cls, limit: Limit, value: int) -> BoundLimit:
        """A limit as it is assumed: another value than the default is documented by nobody."""
        return cls(limit.id, value, limit.certainty if value == limit.value else Certainty.UNVERIFIED)


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of the quantity that is limited, as an interval that holds the truth."""

    low: float
    high: float | None
    """None: no upper end is known."""
    unit: str
    at: int | None = None
    """The minute that it was seen in, seconds since 1970; None where it is the most of all."""


@dataclass(frozen=True, slots=True)
class CauseResult:
    """One cause."""

    id: str
    status: Status
    mechanism: str | None
    """How it comes about, where a cause has more than one way: ``concurrency``, ``churn``, ..."""
    resource: Resource | None
    """The resource, function or destination that is concerned."""
    limit: BoundLimit | None
    observed: Observed | None
    evidence: tuple[Evidence, ...]
    """The strongest first."""
    resources: tuple[Resource, ...] = ()
    """Every resource that it binds at, ``resource`` among them."""
    explains: int | None = None
    """How many of the failed connects of the case it accounts for; None where that is not known."""
    strength: float = 0.0
    """Sum of the weights of its evidence; infinite for proof, minus infinite where it is ruled out."""
    reason: str = ""
    """The verdict in words of its own, where it says more than the cause's sentence does."""
    neighbours: str = ""
    """The sentence of ``evidence`` that names functions which are not in question and share its table; empty where
    there are none."""


@dataclass(frozen=True, slots=True)
class NextNarrows:
    """What binds once the narrows is widened, or, where nothing binds, what will bind first."""

    id: str
    resource: Resource
    at_connections: int
    """Connections of the functions in question, all together, to the destinations in question."""


class Need(StrEnum):
    """The kinds of evidence that a cause can ask for, the cheapest and most telling first."""

    CALLER_LOGS = "caller-logs"
    TOPOLOGY = "topology"
    """What is there: functions, subnets, routes, rules, gateways, interfaces."""
    NAT_METRICS = "nat-metrics"
    DESTINATION_METRICS = "destination-metrics"
    FUNCTION_METRICS = "function-metrics"
    FUNCTION_STATES = "function-states"
    QUOTAS = "quotas"
    FLOW_LOGS = "flow-logs"

    @property
    def changes_account(self) -> bool:
        """Whether something has to be created in the account to collect it: everything else only reads."""
        return self is Need.FLOW_LOGS


@dataclass(frozen=True, slots=True)
class Reason:
    """What evidence that is missing would tell of a cause."""

    text: str
    cause: str = ""
    """Its id; an examination fills it in."""

    def __str__(self) -> str:
        return f"{self.cause}: {self.text}"


@dataclass(frozen=True, slots=True)
class Missing:
    """Evidence that would make the answer surer."""

    kind: Need
    evidence: str
    """What it is, in words."""
    requests: tuple[Request, ...]
    """What collects it into the case; none where AWS has nothing to tell."""
    reasons: tuple[Reason, ...]
    note: str = ""
    """Why what the case holds of it does not do, where it holds some."""
    command: str = ""
    """What to run instead, where there is no request."""
    kinds: frozenset[str] = frozenset()
    """For descriptions of what is there: their kinds, as ``Topology.known`` names them. One command gets them all."""

    @property
    def why(self) -> str:
        """The note and every reason, in one line."""
        return "; ".join([*([self.note] if self.note else []), *map(str, self.reasons)])

    @property
    def how(self) -> str:
        """The command that collects it into the case, for a POSIX shell in the folder of the case."""
        return shell_command(self.requests) if self.requests else self.command


class _EvidenceJson(TypedDict):
    supports: bool
    text: str
    source: str


class _LimitJson(TypedDict):
    id: str
    value: int
    certainty: str


class _ObservedJson(TypedDict):
    low: float
    high: float | None
    unit: str


class CauseJson(TypedDict):
    """One cause in the answer of ``diagnose --json``."""

    id: str
    status: str
    mechanism: str | None
    resource: str | None
    limit: _LimitJson | None
    observed: _ObservedJson | None
    evidence: list[_EvidenceJson]


class _LastedJson(TypedDict):
    first: str
    last: str
    began: bool
    over: bool


class _NextJson(TypedDict):
    id: str
    resource: str
    at_connections: int


class _ReasonJson(TypedDict):
    cause: str
    text: str


class _MissingJson(TypedDict):
    evidence: str
    why: str
    how: str
    note: str
    reasons: list[_ReasonJson]
    requests: list[RequestJson]


class DiagnosisJson(TypedDict):
    """The answer of ``diagnose --json``."""

    narrows: str | None
    symptoms: list[str]
    causes: list[CauseJson]
    lasted: _LastedJson | None
    next_narrows: _NextJson | None
    missing: list[_MissingJson]
    assumptions: list[PrintedAssumption]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The answer to: why do connections fail?"""

    narrows: str | None
    """The cause that binds now; None when nothing does, or when the evidence does not settle which."""
    causes: tuple[CauseResult, ...]
    """Every cause, by status, then by strength."""
    next_narrows: NextNarrows | None
    missing: tuple[Missing, ...]
    """The most telling first; ``asked`` are those that an answer asks for."""
    assumptions: tuple[PrintedAssumption, ...]
    """Those that this answer used."""
    failures: int | None
    """Connects that failed, as far as callers' outcomes are in the case; None where it does not say."""
    symptoms: tuple[str, ...] = ()
    """What visibly failed, in sentences, whatever the reason; also where no cause is found."""
    other_errors: tuple[str, ...] = ()
    """Those of them on error lines that tell of no outcome of a connection."""
    nothing_failed: bool = False
    """Every attempt or every invocation was counted, and none failed."""
    lasting: Lasting | None = None
    """When what binds made connections fail; None where nothing binds or no failure carries a time."""
    late: int = 0
    """Invocations and answers that timed out, which may have hung on a connect."""
    names: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The Name tag of each resource of the case that has one."""

    @property
    def asked(self) -> tuple[Missing, ...]:
        """What is missing and asked for: so few that somebody in the middle of an incident reads them."""
        return self.missing[:_MOST_ASKED]

    @property
    def binding(self) -> CauseResult | None:
        """The cause that binds now, as ``narrows`` names it."""
        return None if self.narrows is None else self.cause(self.narrows)

    def cause(self, id: str) -> CauseResult:
        """A cause by its id. Raises ``KeyError`` when there is no such cause."""
        for one in self.causes:
            if one.id == id:
                return one
        raise KeyError(id)

    def __repr__(self) -> str:
        from narrows.diagnose.notebook import short

        return short(self)

    def _repr_html_(self) -> str:
        from narrows.diagnose.notebook import html

        return html(self)

    def to_arrow(self) -> pa.Table:
        """One row for each cause, in the order of the answer."""
        from narrows.diagnose.notebook import arrow

        return arrow(self)

    def to_pandas(self) -> pd.DataFrame:
        """The same as a data frame. Raises ``MachineError`` where pandas is not installed."""
        from narrows.frames import pandas_of

        return pandas_of(self.to_arrow())

    def to_json(self) -> DiagnosisJson:
        """As ``diagnose --json`` prints it."""
        after = self.next_narrows
        return DiagnosisJson(
            narrows=self.narrows,
            symptoms=list(self.symptoms),
            causes=[_cause_json(one) for one in self.causes],
            lasted=None if self.lasting is None else _lasted_json(self.lasting),
            next_narrows=None
            if after is None
            else _NextJson(id=after.id, resource=str(after.resource), at_connections=after.at_connections),
            missing=[_missing_json(one) for one in self.asked],
            assumptions=list(self.assumptions),
        )


def _lasted_json(one: Lasting) -> _LastedJson:
    first, last = (f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}" for moment in (one.first, one.last))
    return _LastedJson(first=first, last=last, began=one.began, over=one.over)


def _missing_json(one: Missing) -> _MissingJson:
    return _MissingJson(
        evidence=one.evidence,
        why=one.why,
        how=one.how,
        note=one.note,
        reasons=[_ReasonJson(cause=reason.cause, text=reason.text) for reason in one.reasons],
        requests=[request.to_json() for request in one.requests],
    )


def _cause_json(one: CauseResult) -> CauseJson:
    limit, observed = one.limit, one.observed
    return CauseJson(
        id=one.id,
        status=one.status.value,
        mechanism=one.mechanism,
        resource=None if one.resource is None else str(one.resource),
        limit=None if limit is None else _LimitJson(id=limit.id, value=limit.value, certainty=limit.certainty.value),
        observed=None if observed is None else _ObservedJson(low=observed.low, high=observed.high, unit=observed.unit),
        evidence=[_EvidenceJson(supports=e.supports, text=e.text, source=e.source) for e in one.evidence],
    )
