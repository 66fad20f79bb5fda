"""The ground that these incidents stand on, and a diary that writes a log and its metrics from chosen moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from oracles.incidents.world import (
    CaseFolder,
    Expert,
    Headline,
    Line,
    Record,
    about,
    every,
    route,
    unsaid_zeros,
)


def named(cause: str, because: str, *says: str, also: tuple[str, ...] = (), true: tuple[str, ...] = ()) -> Expert:
    """One cause that the evidence settles; ``also`` would be as good a name, ``true`` is at work beside it."""
    return Expert((cause, *also), (cause, *also, *true), Headline.NAMED, because, says)


def left_open(because: str, *names: str) -> Expert:
    """Not to be settled; a name among these is let pass."""
    return Expert(names, names, Headline.OPEN, because)


def elsewhere(because: str) -> Expert:
    """No connection is at fault."""
    return Expert((), (), Headline.EITHER, because)


@dataclass(frozen=True)
class Town:
    """A VPC with two zones in which everything works."""

    vpc: Record
    lb_a: Record
    lb_b: Record
    nat: Record
    app_a: Record
    app_b: Record
    db_a: Record
    db_b: Record
    lambdas: Record
    """The security group of its functions."""

    @property
    def apps(self) -> list[Record]:
        """The subnets of its functions."""
        return [self.app_a, self.app_b]


def town(case: CaseFolder, name: str, block: str, public: str) -> Town:
    """A VPC with one NAT gateway of this public address."""
    vpc = case.vpc(name, f"{block}.0.0/16")
    igw = case.internet_gateway(f"{name}-igw", vpc)
    edge = case.table(f"{name}-edge", [route("0.0.0.0/0", igw)], vpc=vpc)
    lb_a = case.subnet(f"{name}-lb-1a", f"{block}.0.0/25", table=edge, vpc=vpc, MapPublicIpOnLaunch=True)
    lb_b = case.subnet(f"{name}-lb-1b", f"{block}.0.128/25", table=edge, az="b", vpc=vpc, MapPublicIpOnLaunch=True)
    nat = case.nat(f"{name}-egress", lb_a, public=public)
    way = case.table(f"{name}-app", [route("0.0.0.0/0", nat)], vpc=vpc)
    app_a = case.subnet(f"{name}-app-1a", f"{block}.16.0/22", table=way, vpc=vpc)
    app_b = case.subnet(f"{name}-app-1b", f"{block}.20.0/22", table=way, az="b", vpc=vpc)
    inner = case.table(f"{name}-db", [], vpc=vpc)
    db_a = case.subnet(f"{name}-db-1a", f"{block}.40.0/24", table=inner, vpc=vpc)
    db_b = case.subnet(f"{name}-db-1b", f"{block}.41.0/24", table=inner, az="b", vpc=vpc)
    lambdas = case.group(f"{name}-lambda", vpc=vpc)
    return Town(vpc, lb_a, lb_b, nat, app_a, app_b, db_a, db_b, lambdas)


def calm_gateway(
    case: CaseFolder, nat: Record, level: int, *, idle: Sequence[float] | None = None, active: int | None = None
) -> None:
    """Metrics of a gateway that gives every connection its port: so many attempts a minute, from all who use it."""
    tried = about(level, case.minutes, 0.15)
    case.nat_metrics(
        nat,
        errors=[0.0] * case.minutes,
        active=about(active or level // 2, case.minutes, 0.08),
        attempts=tried,
        established=[one - (index % 11 == 4) for index, one in enumerate(tried)],
        idle=[0.0] * case.minutes if idle is None else list(idle),
        drops=[0.0] * case.minutes,
    )


class _Row(NamedTuple):
    at: float
    lines: tuple[Line, ...]
    took: float
    stream: int
    timeout: float | None
    status: str
    cold: float | None
    used: int
    failed: bool
    during: tuple[tuple[float, Line], ...]


@dataclass
class Diary:
    """Invocations at chosen moments in chosen environments."""

    case: CaseFolder
    function: str
    memory: int = 512
    _rows: list[_Row] = field(default_factory=list)
    _free: dict[int, float] = field(default_factory=dict)

    def run(
        self, at: float, *lines: Line, seconds: float = 0.2, stream: int | None = 0, error: bool = False,
        timeout: float | None = None, cold: float | None = None, status: str = "", used: int = 92,
        during: Sequence[tuple[float, Line]] = (),
    ) -> None:  # fmt: skip
        """One invocation, so many seconds after the start of the window (negative: before it).

        Args:
            at: when it begins.
            lines: what it writes at its end.
            seconds: how long it takes.
            stream: its environment; None, where calls come in order of time: a free one, or a new one.
            error: whether it counts as failed.
            timeout: it runs into this timeout.
            cold: seconds of an Init Duration.
            status: further words of the REPORT line.
            used: memory, in MB.
            during: what it writes before its end, each so many seconds after its beginning.
        """
        took = seconds if timeout is None else timeout
        if stream is None:
            free = [one for one, ends in self._free.items() if ends <= at]
            stream = max(free) if free else len(self._free)
            cold = cold if free else 0.467
        self._free[stream] = at + took + 0.01
        failed = error or timeout is not None
        self._rows.append(_Row(at, lines, took, stream, timeout, status, cold, used, failed, tuple(during)))

    def write(self, *, tail: bool = False, period: int = 60, zeros: bool = True, report: bool = True) -> None:
        """Write the log and the metrics."""
        log = self.case.log(self.function, tail=tail)
        free: dict[int, float] = {}
        for row in sorted(self._rows, key=lambda row: row.at):
            if row.at < free.get(row.stream, -1e9):
                raise ValueError(f"environment {row.stream} of {self.function} is busy at {row.at}")
            free[row.stream] = row.at + row.took
            request = log.invocation(
                row.at, *row.lines, seconds=row.took, stream=row.stream, timeout=row.timeout, status=row.status,
                cold=row.cold, used=row.used, memory=self.memory, report=report,
            )  # fmt: skip
            for after, line in row.during:
                log.say(row.at + after, line, row.stream, request)
        self._metrics(period, zeros)

    def _metrics(self, period: int, zeros: bool) -> None:
        minutes = self.case.minutes
        calls, errors, longest, running = ([0.0] * minutes for _ in range(4))
        for row in self._rows:
            minute = int(row.at // 60)
            if 0 <= minute < minutes:
                calls[minute] += 1
                errors[minute] += row.failed
                longest[minute] = max(longest[minute], row.took * 1000)
        steps = sorted([(row.at, 1) for row in self._rows] + [(row.at + row.took, -1) for row in self._rows])
        now, place = 0, 0
        for minute in range(minutes):
            running[minute] = float(now)
            while place < len(steps) and steps[place][0] < 60 * (minute + 1):
                now += steps[place][1]
                running[minute] = max(running[minute], now if steps[place][0] >= 60 * minute else 0)
                place += 1
        width = period // 60
        highest = [[max(one[at : at + width]) for at in range(0, minutes, width)] for one in (longest, running)]
        failed_sums = every(errors, width)
        self.case.function_metrics(
            self.function,
            period=period,
            invocations=unsaid_zeros(every(calls, width)),
            errors=failed_sums if zeros else unsaid_zeros(failed_sums),
            duration=unsaid_zeros(highest[0]),
            concurrent=unsaid_zeros(highest[1]),
        )
