"""What the rules of every cause look at: one case, read once, within its window."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from narrows.assumptions import Assumptions
from narrows.case.cloudwatch_names import LAMBDA_DIMENSION, NAT_DIMENSION
from narrows.case.model import CallerCount, CallerOutcome, Case
from narrows.case.outcomes import FAILURES
from narrows.errors import InputError, MachineError
from narrows.evidence.callers import CONNECT_TIMEOUTS, Symptoms, read_symptoms
from narrows.evidence.caught import Caught, caught
from narrows.evidence.metrics import NatEvidence, Reading, Window, read, read_counter, window_of
from narrows.evidence.paths import Ways, read_ways
from narrows.network import EniKey, Resource
from narrows.reachability import Reach
from narrows.words import short_name

if TYPE_CHECKING:
    from narrows.evidence.flow_logs import FlowLogEvidence
    from narrows.evidence.sensor import Held

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")

_BEFORE_A_TIMEOUT = 120
"""Seconds before the minute of a timeout in which its SYN may have been sent."""


@dataclass
class Facts:
    """A case, and the assumptions that the answer turns out to rest on."""

    case: Case
    assumptions: Assumptions
    used: set[str] = field(default_factory=set)
    """Names of the assumptions that a rule used."""
    flow_logs_unusable: str = ""
    """Why flow logs that are there say nothing, once a rule has asked for them."""
    answers: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    """What ``once`` remembers."""

    @cached_property
    def window(self) -> Window | None:
        """The window of ``case.yaml``, seconds since 1970."""
        return window_of(self.case)

    @cached_property
    def symptoms(self) -> Symptoms:
        """What the callers in question saw."""
        case = self.case
        destinations = tuple(case.destinations)
        return read_symptoms(
            case.callers, case.functions, destinations, self.window, case.reported, self._nothing_failed
        )

    @cached_property
    def invocation_errors(self) -> dict[str, Reading]:
        """``Errors`` of each function in question that the case has it of: invocations that failed."""
        found = {name: self.function_counter("Errors", name) for name in self.case.functions}
        return {name: reading for name, reading in found.items() if reading is not None}

    def _nothing_failed(self, seen: CallerCount) -> bool:
        """Whether no invocation failed from the period before something was seen to the one after, and not so many tell
        of it as an error that it does harm all the same."""
        if (seen.function, seen.outcome) in self._caught:
            return False
        functions = self.case.functions if seen.function is None else (seen.function,)
        for name in functions:
            errors = self.invocation_errors.get(name)
            if errors is None:
                return False
            # CloudWatch counts an invocation in the minute in which it began.
            began = seen.minute - max(errors.period, self.longest(name))
            around = (began, seen.minute + 60 + errors.period)
            span = self.window if seen.minute < 0 else around
            inside = [value for moment, value in errors.points if span and span[0] - errors.period < moment < span[1]]
            if not inside or any(inside):
                return False
        return bool(functions)

    @cached_property
    def _caught(self) -> Caught:
        return caught(self.case.callers, lambda name: self.function_metric("Invocations", name, ("Sum",)))

    @cached_property
    def asked(self) -> frozenset[str]:
        """The functions in question."""
        return frozenset(self.case.functions)

    @cached_property
    def ways(self) -> Ways:
        """The ways of their connections."""
        return self._with_proved_addresses(self._as_assumed(read_ways(self.case)))

    def _as_assumed(self, ways: Ways) -> Ways:
        """With nothing said of names without addresses, unless they may be taken to stand for public ones."""
        if not any(way.if_public for way in ways.ways) or self.holds("names_stand_for_public_addresses"):
            return ways
        missing = frozenset({"case.yaml"})
        changed = tuple(
            replace(way, reach=Reach.UNKNOWN, blocked=None, missing=missing) if way.if_public else way
            for way in ways.ways
        )
        return replace(ways, ways=changed)

    def _with_proved_addresses(self, ways: Ways) -> Ways:
        """With as many unique destinations behind a name of unknown addresses as connections prove that there are.

        Where a NAT gateway had a port for every SYN, no unique destination had more connections than it has ports.
        """
        destinations = dict(ways.network.destinations)
        for gateway in ways.gateways:
            nat, addresses = self.nat(gateway), ways.addresses(gateway)
            here = [destinations[name] for name in {way.destination for way in ways.ways if way.resource == gateway}]
            unknown = [one for one in here if not one.addresses]
            if len(unknown) != 1 or not addresses or ways.strangers(gateway) != () or nat.active is None:
                continue
            if not nat.errors_zero((self.window,)):
                continue
            each = addresses * self.assume("nat_connections_per_address")
            left = nat.active.largest - each * sum(one.unique for one in here if one.addresses)
            proved = max(unknown[0].unique_at_least, math.ceil(left / each))
            destinations[unknown[0].name] = replace(unknown[0], unique_at_least=proved)
        return replace(ways, network=replace(ways.network, destinations=destinations))

    @cached_property
    def flow_logs(self) -> FlowLogEvidence | None:
        """What flow logs show of the tables; None without any that can be read. It takes seconds, so it is not read
        before a rule asks."""
        if not self.case.flow_logs:
            return None
        from narrows.evidence.flow_logs import flow_log_evidence
        from narrows.flowlogs.statements import assumptions_used

        try:
            found = flow_log_evidence(self.case, self.assumptions)
        except MachineError:
            raise
        except InputError as error:
            self.flow_logs_unusable = str(error)
            return None
        if found is not None:
            self.used.update(assumptions_used(flagged=found.has_flags))
        return found

    @cached_property
    def held(self) -> Held | None:
        """What the sensor inside the functions says that they held; None without any line of it."""
        if not self.case.sensor:
            return None
        from narrows.evidence.sensor import LONGEST, Held

        return Held(
            self.case.sensor,
            lambda name: self.longest(name) or LONGEST,
            lambda name: self.symptoms.total(CallerOutcome.INVOCATION_TIMED_OUT, function=name) > 0,
        )

    @cached_property
    def _nat(self) -> dict[str, NatEvidence]:
        return {}

    def nat(self, gateway: str) -> NatEvidence:
        """The metrics of a NAT gateway."""
        if gateway not in self._nat:
            self._nat[gateway] = NatEvidence(gateway, self.case.metrics, self.window, self._absent_is_zero)
        return self._nat[gateway]

    def _absent_is_zero(self) -> bool:
        return self.holds("absent_counts_are_zero")

    @cached_property
    def measured_gateways(self) -> tuple[str, ...]:
        """Every NAT gateway that the case has metrics or a description of."""
        names = dict.fromkeys(self.ways.gateways)
        names.update(dict.fromkeys(self.case.topology.network.nat_gateways))
        for series in self.case.metrics.series:
            if NAT_DIMENSION in series.dimensions:
                names[series.dimensions[NAT_DIMENSION]] = None
        return tuple(names)

    def function_metric(self, metric: str, function: str, stats: tuple[str, ...]) -> Reading | None:
        """A metric of a function over all its versions."""
        key = metric, function, stats
        if key not in self._of_functions:
            self._of_functions[key] = read(
                self.case.metrics, metric, stats, self.window, **{LAMBDA_DIMENSION: function}
            )
        return self._of_functions[key]

    @cached_property
    def _of_functions(self) -> dict[tuple[str, str, tuple[str, ...]], Reading | None]:
        return {}

    def longest(self, function: str) -> float:
        """Seconds that an invocation may last; 0 where that is not known."""
        known = self.ways.network.functions.get(function)
        return 0.0 if known is None or "functions" not in self.case.topology.known else known.timeout

    def function_counter(self, metric: str, function: str) -> Reading | None:
        """A metric of a function that counts what seldom happens: ``Errors``, ``Throttles``."""
        return read_counter(
            self.case.metrics, metric, self.window, self._absent_is_zero, **{LAMBDA_DIMENSION: function}
        )

    def assume(self, name: str) -> float:
        """The value of a numeric assumption, which this answer then prints."""
        self.used.add(name)
        value = getattr(self.assumptions, name)
        return float(value)

    def holds(self, name: str) -> bool:
        """Whether an assumption that is true or false is taken to be true; this answer then prints it."""
        self.used.add(name)
        return bool(getattr(self.assumptions, name))

    def spans_of_failure(self) -> tuple[Window | None, ...]:
        """Either of these must be free of gaps for a zero in a metric to mean that it was zero when it mattered."""
        return self.symptoms.span(*FAILURES, before=_BEFORE_A_TIMEOUT), self.window

    def timeouts_within(self) -> Window | None:
        """When connects timed out; the window where no time is known."""
        return self.symptoms.span(*CONNECT_TIMEOUTS, before=_BEFORE_A_TIMEOUT) or self.window

    def label(self, resource: Resource) -> str:
        """A resource with its Name tag; an ENI by its subnet and security groups."""
        if isinstance(resource, EniKey):
            return short_name(self.case, resource)
        return self.case.topology.label(resource)

    def source(self, kind: str) -> str:
        """The file of the case that a kind of topology came from."""
        return self.case.topology.sources.get(kind, "case.yaml")


def once(
    rule: Callable[Concatenate[Facts, _Asked], _Answer],
) -> Callable[Concatenate[Facts, _Asked], _Answer]:
    """Work the answer of a rule out once for each case: several causes ask, each for every group or destination.

    What it is asked with must be hashable.
    """

    @wraps(rule)
    def remembered(facts: Facts, /, *asked: _Asked.args, **named: _Asked.kwargs) -> _Answer:
        key = (rule, asked, tuple(named.items()))
        if key not in facts.answers:
            facts.answers[key] = rule(facts, *asked, **named)
        return cast(_Answer, facts.answers[key])

    return cast(Callable[Concatenate[Facts, _Asked], _Answer], remembered)


def clock(moment: int) -> str:
    """A moment as evidence names it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M")
