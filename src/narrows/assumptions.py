"""What AWS does not document, each as a named assumption with a default that a scenario can change.

Whatever depends on one of these prints it: see ``Assumptions.printed``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NotRequired, TypedDict

from narrows.errors import shown
from narrows.limits import (
    CONCURRENT_EXECUTIONS,
    DNS_PACKETS,
    NAT_CONNECTIONS_PER_DESTINATION,
    NAT_IDLE_TIMEOUT,
    Certainty,
)
from narrows.units import (
    COUNT_AS_TEXT,
    DURATION_AS_TEXT,
    MICROSECONDS,
    format_duration,
    microseconds,
    parse_count,
    parse_duration,
)

_LONGEST_SECONDS = 366 * 86400.0
_LARGEST_COUNT = 1_000_000_000


class PrintedAssumption(TypedDict):
    """An assumption as every answer prints it."""

    say: NotRequired[str]
    """Of a default of narrows, which a scenario left unsaid: the place where to say it."""

    id: str
    value: str
    default: str
    meaning: str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of values: how one is read and shown, and how JSON Schema has it."""

    parse: Callable[[Any], Any]
    show: Callable[[Any], str]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class About:
    """What is known of one assumption, and how its value is read and shown."""

    meaning: str
    source: str
    certainty: Certainty
    kind: Kind

    def written(self, value: Any) -> Any:
        """A value as a scenario has it."""
        if isinstance(value, tuple) and self.kind is _SCHEDULE:
            return [format_duration(moment) for moment in value]
        return value if isinstance(value, bool | int | str) else self.kind.show(value)


def _parse_span(value: Any) -> float:
    seconds = parse_duration(value)
    if seconds > _LONGEST_SECONDS:
        raise ValueError(f"{shown(value)} is longer than a year")
    # As it is written again, and as the simulator counts.
    return microseconds(seconds) / MICROSECONDS


def _choice(*choices: str) -> Kind:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"{shown(value)} is none of {', '.join(choices)}")
        return str(value)

    return Kind(parse, str, {"enum": list(choices)})


def _parse_delay(value: Any) -> tuple[float, float] | None:
    """``never``, one duration, or a range ``1m..5m`` or ``[1m, 5m]`` from which a delay is drawn."""
    if value is None or value == "never":
        return None
    if isinstance(value, str) and ".." in value:
        value = value.split("..", 1)
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise ValueError("a range has two ends, such as 1m..5m")
        low, high = (_parse_span(end) for end in value)
        if low > high:
            raise ValueError("the first end of a range is the smaller one, such as 1m..5m")
        return low, high
    try:
        seconds = _parse_span(value)
    except ValueError as error:
        raise ValueError(f"{error}; or never, or a range such as 1m..5m") from None
    return seconds, seconds


def _show_delay(value: tuple[float, float] | None) -> str:
    if value is None:
        return "never"
    low, high = value
    return format_duration(low) if low == high else f"{format_duration(low)}..{format_duration(high)}"


def _parse_schedule(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError("write a list of moments after the first SYN, such as [1s, 3s, 7s, 15s, 31s]")
    moments = tuple(_parse_span(moment) for moment in value)
    if any(later <= earlier for earlier, later in zip((0.0, *moments), moments, strict=False)):
        raise ValueError("the moments must rise, such as [1s, 3s, 7s, 15s, 31s]")
    return moments


def _show_schedule(value: tuple[float, ...]) -> str:
    return ", ".join(format_duration(moment) for moment in value) or "none"


def _parse_count(value: Any) -> int:
    value = parse_count(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{shown(value)} is not a count: write a whole number of one or more")
    if value > _LARGEST_COUNT:
        raise ValueError(f"{shown(value)} is too large: at most {_LARGEST_COUNT:,}")
    return value


def _parse_budget(value: Any) -> int | None:
    if value is None or value == "unlimited":
        return None
    try:
        return _parse_count(value)
    except ValueError as error:
        raise ValueError(f"{error}; or unlimited") from None


def _show_rate(value: int | None) -> str:
    return "unlimited" if value is None else f"{value:,}/s"


def _show_budget(value: int | None) -> str:
    return "unlimited" if value is None else f"{value:,}"


def _parse_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{shown(value)} is neither true nor false")
    return value


def _show_flag(value: bool) -> str:
    return "true" if value else "false"


_SPAN_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": DURATION_AS_TEXT}]}
_COUNT_SCHEMA = [
    {"type": "integer", "minimum": 1, "maximum": _LARGEST_COUNT},
    {"type": "string", "pattern": COUNT_AS_TEXT},
]
_DELAY_SCHEMA = {
    "anyOf": [
        *_SPAN_SCHEMA["anyOf"],
        {"const": "never"},
        {"type": "string", "pattern": r"^.+\.\..+$"},
        {"type": "array", "items": _SPAN_SCHEMA, "minItems": 2, "maxItems": 2},
        {"type": "null"},
    ]
}
_BUDGET_SCHEMA = {"anyOf": [*_COUNT_SCHEMA, {"const": "unlimited"}, {"type": "null"}]}
_SPAN = Kind(_parse_span, format_duration, _SPAN_SCHEMA)
_DELAY = Kind(_parse_delay, _show_delay, _DELAY_SCHEMA)
_SCHEDULE = Kind(_parse_schedule, _show_schedule, {"type": "array", "items": _SPAN_SCHEMA})
_COUNT = Kind(_parse_count, lambda value: f"{value:,}", {"anyOf": _COUNT_SCHEMA})
_BUDGET = Kind(_parse_budget, _show_budget, _BUDGET_SCHEMA)
_RATE = Kind(_parse_budget, _show_rate, _BUDGET_SCHEMA)
_FLAG = Kind(_parse_flag, _show_flag, {"type": "boolean"})


def _assumed(default: Any, meaning: str, source: str, certainty: Certainty, kind: Kind = _SPAN) -> Any:
    return field(default=default, metadata={"about": About(meaning, source, certainty, kind)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """The assumptions of one scenario or diagnosis. Durations are in seconds."""

    eni_scale_out_delay: tuple[float, float] | None = _assumed(
        None,
        "time from a full Hyperplane ENI until Lambda has added another for the same subnet and security-group set; "
        "AWS promises it happens, not when",
        "Momento, 2024-04-23: ENIs did not scale for bursts; AWS: creating one can take several minutes",
        Certainty.REPORTED,
        _DELAY,
    )
    eni_half_open_hold: float = _assumed(
        1.0,
        "how long a Hyperplane ENI keeps the entry of a SYN that nobody answered",
        "not documented",
        Certainty.UNVERIFIED,
    )
    eni_hold_after_close: float = _assumed(
        0.0,
        "how long a Hyperplane ENI keeps an entry after its connection closed",
        "not documented",
        Certainty.UNVERIFIED,
    )
    eni_idle_timeout: float = _assumed(
        float(NAT_IDLE_TIMEOUT.value),
        "silence after which a Hyperplane ENI forgets a connection",
        "inferred from the other Hyperplane services (NAT gateway, Network Load Balancer)",
        Certainty.INFERRED,
    )
    port_rest: float = _assumed(
        60.0,
        "how long a source port rests after its connection closed, before another connection to the same destination "
        "gets it; read only where flow logs have no tcp-flags, and so do not show it",
        "not documented; TCP itself lets a pair of addresses and ports rest for a minute (TIME_WAIT)",
        Certainty.INFERRED,
    )
    nat_connections_per_address: int = _assumed(
        NAT_CONNECTIONS_PER_DESTINATION.value,
        "connections that one NAT gateway address takes to one unique destination; AWS commits to this many, "
        "and errors may begin only between it and the number of source ports",
        NAT_CONNECTIONS_PER_DESTINATION.source,
        Certainty.INFERRED,
        _COUNT,
    )
    nat_hold_after_close: float = _assumed(
        60.0,
        "how long a NAT gateway keeps a source port after its connection closed",
        "inferred from AWS's former figure of about 900 connections a second to one destination",
        Certainty.INFERRED,
    )
    nat_half_open_hold: float = _assumed(
        30.0,
        "how long a NAT gateway keeps the source port of a SYN that nobody answered",
        "not documented",
        Certainty.UNVERIFIED,
    )
    nat_address_selection: str = _assumed(
        "random-port",
        "how a NAT gateway picks one of its addresses: random-port (any free port of any address), least-used, or "
        "random-address (fails when the one picked is full)",
        "not documented",
        Certainty.UNVERIFIED,
        _choice("random-port", "least-used", "random-address"),
    )
    address_choice: str = _assumed(
        "random",
        "which address of a destination a caller connects to: random (the resolver rotates its answers), or first",
        "not documented; depends on the name server and the client",
        Certainty.UNVERIFIED,
        _choice("random", "first"),
    )
    nat_on_exhaustion: str = _assumed(
        "drop",
        "what a NAT gateway does with a SYN that it has no port for: drop it silently, or reset",
        "Momento, 2024-04-23: connects time out; AWS: new connections fail",
        Certainty.INFERRED,
        _choice("drop", "reset"),
    )
    environment_placement: str = _assumed(
        "even",
        "how Lambda spreads the execution environments of a function over its subnets: even, or random",
        "not documented",
        Certainty.INFERRED,
        _choice("even", "random"),
    )
    environment_idle_lifetime: float = _assumed(
        600.0,
        "how long an execution environment that is not needed stays frozen, holding its connections, before Lambda "
        "recycles it",
        "not documented; users report minutes to tens of minutes",
        Certainty.REPORTED,
    )
    recycled_environment_closes: bool = _assumed(
        False,
        "whether the connections of a recycled execution environment are closed with FIN; if not, the tables keep them "
        "until the idle timeout",
        "no grace period is documented for the function's sockets",
        Certainty.INFERRED,
        _FLAG,
    )
    month_as_mean: bool = _assumed(
        True,
        "whether every hour of a month carries as much through NAT gateways as the mean hour of a case's window, or of "
        "a scenario; if not, data processing is left out of what changes cost",
        "a month is longer than what is looked at",
        Certainty.UNVERIFIED,
        _FLAG,
    )
    environments_alike: bool = _assumed(
        True,
        "whether every execution environment of a function wants as many connections to a destination; read only where "
        "the demand of a case is reckoned from what each environment opened",
        "they run the same code; not documented, as it is the function's own",
        Certainty.INFERRED,
        _FLAG,
    )
    frozen_environments_reused: bool = _assumed(
        True,
        "whether Lambda uses a frozen execution environment again before it starts another, so that as many are alive "
        "at once as were ever busy at once; read only where the demand of a case is reckoned from ConcurrentExecutions",
        "AWS says that it reuses environments for subsequent invocations, and not in which order",
        Certainty.INFERRED,
        _FLAG,
    )
    names_stand_for_public_addresses: bool = _assumed(
        True,
        "whether a destination of which a case has the name and no address is reached at public addresses, where the "
        "name is neither one of AWS's own nor of a kind that only private resolvers answer",
        "a zone of one's own may answer any name with private addresses; most names of others are public",
        Certainty.INFERRED,
        _FLAG,
    )
    absent_counts_are_zero: bool = _assumed(
        True,
        "whether a metric that counts what seldom happens (ErrorPortAllocation, PacketsDropCount, IdleTimeoutCount, "
        "Errors, Throttles) was zero in a period without a datapoint of it, where the answer of CloudWatch is complete "
        "and has datapoints of other metrics of the same resource",
        "not documented; CloudWatch often has no datapoint where such a metric would be zero",
        Certainty.REPORTED,
        _FLAG,
    )
    syn_retransmits: tuple[float, ...] = _assumed(
        (1.0, 3.0, 7.0, 15.0, 31.0),
        "moments after the first SYN at which an unanswered one is sent again",
        "Linux's classic back-off; Linux 6.5 and later start with 1, 2, 3, 4 s unless tcp_syn_linear_timeouts is 0",
        Certainty.INFERRED,
        _SCHEDULE,
    )
    resolver_packets_per_second: int | None = _assumed(
        None,
        f"DNS packets a second that one Hyperplane ENI may send to the VPC resolver; {DNS_PACKETS.value:,} is "
        "documented for EC2 instances only",
        DNS_PACKETS.source,
        Certainty.UNVERIFIED,
        _RATE,
    )
    account_concurrency: int | None = _assumed(
        None,
        "concurrent executions that the account allows; unlimited means that the quota was raised far enough",
        f"the quota {CONCURRENT_EXECUTIONS.quota_code} of the account",
        Certainty.UNVERIFIED,
        _BUDGET,
    )

    unsaid: tuple[PrintedAssumption, ...] = field(default=(), compare=False)
    """Defaults of narrows that decide what comes out, and that the scenario left unsaid: see ``scenario/unsaid.py``."""

    @classmethod
    def about(cls) -> Mapping[str, About]:
        """What is known of each assumption, by its id."""
        return _ABOUT

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Every assumption's id."""
        return tuple(one.name for one in fields(cls) if one.metadata)

    @classmethod
    def parse(cls, name: str, value: Any) -> Any:
        """The value of assumption ``name`` as written in a scenario.

        Raises:
            KeyError: there is no such assumption.
            ValueError: the value does not fit it.
        """
        return _ABOUT[name].kind.parse(value)

    @classmethod
    def from_mapping(cls, written: Mapping[str, Any]) -> Assumptions:
        """Assumptions as a mapping writes them; what is not named keeps its default."""
        return cls(**{name: cls.parse(name, value) for name, value in written.items()})

    def printed(self, only: tuple[str, ...] | None = None) -> list[PrintedAssumption]:
        """The assumptions (or those named in ``only``) as every answer prints them, and what was left unsaid."""
        defaults = Assumptions()
        return [
            PrintedAssumption(
                id=name,
                value=about.kind.show(getattr(self, name)),
                default=about.kind.show(getattr(defaults, name)),
                meaning=about.meaning,
                source=about.source,
                certainty=about.certainty.value,
            )
            for name, about in _ABOUT.items()
            if only is None or name in only
        ] + list(self.unsaid)

    def written(self) -> dict[str, Any]:
        """Those that differ from their defaults, as a scenario would write them."""
        defaults = Assumptions()
        changed: dict[str, Any] = {}
        for name, about in _ABOUT.items():
            value = getattr(self, name)
            if value != getattr(defaults, name):
                changed[name] = about.written(value)
        return changed


_ABOUT: dict[str, About] = {one.name: one.metadata["about"] for one in fields(Assumptions) if one.metadata}

OF_CASES = frozenset(
    {
        "port_rest",
        "environments_alike",
        "frozen_environments_reused",
        "names_stand_for_public_addresses",
        "absent_counts_are_zero",
    }
)
"""Those that only the evidence of a case is read with: in a scenario they have no effect."""
