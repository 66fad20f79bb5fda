"""Scenarios: the YAML that people write, as a network, a demand and assumptions."""

from __future__ import annotations

import csv
import ipaddress
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrows.assumptions import Assumptions
from narrows.demand import (
    Connections,
    Curve,
    Demand,
    Distribution,
    FunctionDemand,
    Hold,
    HoldKind,
    OtherConnections,
    Retries,
)
from narrows.errors import InputError, nearest
from narrows.network import (
    Destination,
    Endpoint,
    Function,
    HopKind,
    NatGateway,
    Network,
    NetworkError,
    OtherClient,
    SecurityGroup,
    Subnet,
)
from narrows.yaml_source import YamlSource, parse_yaml, read_yaml

if TYPE_CHECKING:
    from narrows import scenario_file as shape

_MOST_TRACE_ROWS = 1_000_000
_ENDPOINT_KINDS = {
    "interface": HopKind.INTERFACE_ENDPOINT,
    "gateway": HopKind.GATEWAY_ENDPOINT,
    "proxy": HopKind.PROXY,
}


@dataclass(frozen=True)
class Scenario:
    """A network, what is asked of it, and what is assumed."""

    name: str
    network: Network
    demand: Demand
    assumptions: Assumptions
    start: datetime
    """The moment that second 0 stands for, in UTC."""
    file: str | None = None
    """Where it was read from."""


def load_scenario(file: str | os.PathLike[str]) -> Scenario:
    """Read a scenario file.

    Raises:
        InputError: one line that names the file, the line, the key and, for a misspelt key, the nearest one.
    """
    return _build(read_yaml(file), Path(file).parent)


def parse_scenario(text: str, file: str = "scenario") -> Scenario:
    """A scenario from YAML text; trace files are looked up from the current folder. Raises as ``load_scenario``."""
    return _build(parse_yaml(text, file), Path())


def _build(source: YamlSource, folder: Path) -> Scenario:
    from pydantic import ValidationError

    from narrows.scenario_file import ScenarioPart

    try:
        part = ScenarioPart.model_validate(source.data)
    except ValidationError as error:
        raise _explain(source, error) from None
    network = _network(source, part)
    assumptions = _assumptions(source, part.assumptions)
    demand = _demand(source, part, folder)
    start = part.start if part.start.tzinfo else part.start.replace(tzinfo=UTC)
    return Scenario(part.name, network, demand, assumptions, start.astimezone(UTC), source.file)


def _explain(source: YamlSource, error: Any) -> InputError:
    """The first thing that pydantic found, in this file's own terms."""
    from narrows.scenario_keys import known_keys

    first = error.errors(include_url=False)[0]
    place = tuple(part for part in _real_place(source.data, first["loc"]))
    kind, message = first["type"], str(first["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        known = known_keys(place[:-1])
        guess = nearest(str(place[-1]), known)
        advice = f"did you mean '{guess}'?" if guess else f"known here: {', '.join(known)}"
        return source.error(place, f"unknown key '{place[-1]}'", advice)
    if kind == "missing":
        return source.error(place[:-1], f"'{first['loc'][-1]}' is missing", "add it")
    if kind == "value_error" and "validation error" in message:
        cause = first.get("ctx", {}).get("error")
        if hasattr(cause, "errors"):
            inner = cause.errors(include_url=False)[0]
            deeper = (*place, *(part for part in _real_place(_at(source.data, place), inner["loc"])))
            return source.error(deeper, _plain(inner))
    return source.error(place, _plain(first))


def _plain(found: Mapping[str, Any]) -> str:
    message = str(found["msg"]).removeprefix("Value error, ")
    if found["type"] == "missing":
        return f"'{found['loc'][-1]}' is missing"
    shown = found.get("input")
    if found["type"] != "value_error" and isinstance(shown, str | int | float):
        return f"'{shown}': {message[:1].lower()}{message[1:]}"
    return message[:1].lower() + message[1:]


def _at(data: Any, place: tuple[str | int, ...]) -> Any:
    for part in place:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _real_place(data: Any, loc: tuple[str | int, ...]) -> Iterator[str | int]:
    """The parts of a pydantic location that stand in the file: it also names the members of unions."""
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            data = data[part]
        elif not (last and isinstance(data, dict) and "[" not in str(part)):
            continue
        yield part


def _network(source: YamlSource, part: shape.ScenarioPart) -> Network:
    vpc = part.vpc
    network = Network(
        region=part.region,
        subnets={
            name: Subnet(name, one.az, one.route, one.free_addresses, frozenset(one.denied_ports), one.ipv6)
            for name, one in vpc.subnets.items()
        },
        nat_gateways={
            name: NatGateway(name, one.kind, one.addresses, one.az) for name, one in vpc.nat_gateways.items()
        },
        security_groups={
            name: SecurityGroup(name, None if one.egress_ports is None else frozenset(one.egress_ports))
            for name, one in vpc.security_groups.items()
        },
        endpoints={
            name: Endpoint(name, _ENDPOINT_KINDS[one.kind], tuple(one.to), tuple(one.azs), one.reuse)
            for name, one in vpc.endpoints.items()
        },
        destinations=_destinations(part),
        functions={
            name: Function(
                name,
                tuple(one.subnets),
                tuple(one.security_groups),
                tuple((tuple(v.subnets), tuple(v.security_groups)) for v in one.versions),
                one.reserved_concurrency,
                one.dual_stack,
                one.timeout,
            )
            for name, one in part.functions.items()
        },
        others={name: OtherClient(name, one.route, one.az, one.kind) for name, one in part.others.items()},
    )
    try:
        network.validate()
    except NetworkError as error:
        raise source.error(error.place, str(error)) from None
    return network


def _destinations(part: shape.ScenarioPart) -> dict[str, Destination]:
    free = _example_addresses()
    return {
        name: Destination(
            name,
            one.port,
            tuple(next(free) for _ in range(one.addresses)) if isinstance(one.addresses, int) else tuple(one.addresses),
            one.protocol,
            one.host or f"{name}.example.com",
            one.max_connections,
            one.when_full,
            one.accepts_per_second,
            one.answers,
            one.round_trip,
            one.local,
            one.ipv6,
        )
        for name, one in part.destinations.items()
    }


def _example_addresses() -> Iterator[str]:
    """Addresses that belong to nobody: TEST-NET-3 from .10 on, then the benchmarking range (RFC 5737, RFC 2544)."""
    for network, first in (("203.0.113.0/24", 10), ("198.18.0.0/15", 1)):
        block = ipaddress.ip_network(network)
        for offset in range(first, block.num_addresses - 1):
            yield str(block[offset])


def _assumptions(source: YamlSource, written: Mapping[str, Any]) -> Assumptions:
    for name, value in written.items():
        place = ("assumptions", name)
        try:
            Assumptions.parse(name, value)
        except KeyError:
            guess = nearest(name, Assumptions.names())
            advice = f"did you mean '{guess}'?" if guess else f"known: {', '.join(Assumptions.names())}"
            raise source.error(place, f"unknown assumption '{name}'", advice) from None
        except ValueError as error:
            raise source.error(place, str(error)) from None
    return Assumptions.from_mapping(written)


def _demand(source: YamlSource, part: shape.ScenarioPart, folder: Path) -> Demand:
    curves = _Curves(source, folder, part.duration)
    for name in part.demand:
        if name not in part.functions:
            raise _unknown(source, ("demand", name), "function", name, part.functions)
    functions: dict[str, FunctionDemand] = {}
    for name, function in part.functions.items():
        place = ("functions", name, "connections")
        for index, use in enumerate(function.connections):
            if use.to not in part.destinations:
                raise _unknown(source, (*place, index, "to"), "destination", use.to, part.destinations)
        asked = part.demand.get(name)
        connections = tuple(_connections(use) for use in function.connections)
        if asked is None:
            functions[name] = FunctionDemand(connections)
            continue
        environments, traced = curves.read(asked.environments, ("demand", name, "environments"))
        rate = traced
        if asked.invocations_per_second is not None:
            rate, _ = curves.read(asked.invocations_per_second, ("demand", name, "invocations_per_second"))
        functions[name] = FunctionDemand(connections, environments, rate, asked.invocation.duration)
    return Demand(part.duration, functions, _others(source, part, curves), part.seed)


def _others(source: YamlSource, part: shape.ScenarioPart, curves: _Curves) -> dict[str, tuple[OtherConnections, ...]]:
    others: dict[str, tuple[OtherConnections, ...]] = {}
    for name, other in part.others.items():
        uses = []
        for index, use in enumerate(other.connections):
            place = ("others", name, "connections", index)
            if use.to not in part.destinations:
                raise _unknown(source, (*place, "to"), "destination", use.to, part.destinations)
            if (use.count is None) == (use.per_second is None):
                raise source.error(place, "write either 'count' or 'per_second'")
            if use.hold == "invocation":
                raise source.error((*place, "hold"), "only functions have invocations")
            if use.count is None and use.hold == "until_recycled":
                raise source.error(place, "connections that come per second need a hold that ends", "such as hold: 30s")
            count = None if use.count is None else curves.read(use.count, (*place, "count"))[0]
            rate = None if use.per_second is None else curves.read(use.per_second, (*place, "per_second"))[0]
            uses.append(
                OtherConnections(use.to, count, rate, _hold(use.hold), use.connect_timeout, use.bytes_per_second)
            )
        others[name] = tuple(uses)
    return others


def _connections(use: shape.ConnectionsPart) -> Connections:
    return Connections(
        use.to,
        use.per_environment,
        _hold(use.hold),
        use.connect_timeout,
        Retries(use.retries.most, use.retries.backoff, use.retries.jitter),
        use.bytes_per_second,
    )


def _hold(part: shape.HoldPart | str) -> Hold:
    if isinstance(part, str):
        return Hold(HoldKind(part))
    return Hold(HoldKind.DURATION, part.mean, Distribution(part.distribution), part.sigma)


def _unknown(
    source: YamlSource, place: tuple[str | int, ...], what: str, name: str, known: Mapping[str, object]
) -> InputError:
    guess = nearest(name, tuple(known))
    advice = f"did you mean '{guess}'?" if guess else f"known: {', '.join(sorted(known)) or 'none'}"
    return source.error(place, f"there is no {what} '{name}'", advice)


class _Curves:
    """Curves as a scenario writes them."""

    def __init__(self, source: YamlSource, folder: Path, duration: float) -> None:
        self.source = source
        self.folder = folder
        self.duration = duration

    def read(self, part: Any, place: tuple[str | int, ...]) -> tuple[Curve, Curve | None]:
        """The curve, and the invocations per second that stand beside it in a trace."""
        from narrows.scenario_file import PointsPart, RampPart, StepsPart, TracePart

        if isinstance(part, TracePart):
            return read_trace(self.folder / part.trace)
        if isinstance(part, StepsPart):
            return self._steps(part, place), None
        if isinstance(part, PointsPart):
            return self._points(part, place), None
        if isinstance(part, RampPart):
            return self._ramp(part, place), None
        return Curve.constant(float(part)), None

    def _ramp(self, ramp: shape.RampPart, place: tuple[str | int, ...]) -> Curve:
        if (ramp.per_10s is None) == (ramp.over is None):
            raise self.source.error(place, "a ramp has either 'per_10s' or 'over'")
        rise = abs(ramp.to - ramp.start)
        seconds = ramp.over if ramp.over is not None else rise / (ramp.per_10s or 1.0) * 10.0
        return Curve(((ramp.at, ramp.start), (ramp.at + seconds, ramp.to)))

    def _steps(self, part: shape.StepsPart, place: tuple[str | int, ...]) -> Curve:
        points: list[tuple[float, float]] = [(0.0, 0.0)]
        for index, step in enumerate(part.steps):
            if index and step.at <= part.steps[index - 1].at:
                raise self.source.error((*place, "steps", index), "steps must come in order of time")
            points += [(step.at, points[-1][1]), (step.at, step.to)]
        return Curve(tuple(points))

    def _points(self, part: shape.PointsPart, place: tuple[str | int, ...]) -> Curve:
        for index, (at, _) in enumerate(part.points):
            if index and at < part.points[index - 1][0]:
                raise self.source.error((*place, "points", index), "points must come in order of time")
        return Curve(tuple(part.points))


def read_trace(file: Path) -> tuple[Curve, Curve | None]:
    """Environments, and invocations per second if the file has them, from a CSV file with a header.

    Raises:
        InputError: names the file and the line.
    """
    environments: list[tuple[float, float]] = []
    invocations: list[tuple[float, float]] = []
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream)
            columns = [name.strip() for name in rows.fieldnames or []]
            for needed in ("seconds", "environments"):
                if needed not in columns:
                    raise InputError(
                        f"has no column '{needed}'", file=file, place="line 1",
                        advice="write seconds,environments,invocations_per_second",
                    )  # fmt: skip
            rows.fieldnames = columns
            for row in rows:
                if rows.line_num > _MOST_TRACE_ROWS:
                    raise InputError(f"has more than {_MOST_TRACE_ROWS:,} lines", file=file)
                moment, count = (_cell(file, rows.line_num, row, key) for key in ("seconds", "environments"))
                if environments and moment < environments[-1][0]:
                    raise InputError("goes back in time", file=file, place=f"line {rows.line_num}, seconds")
                environments.append((moment, count))
                if "invocations_per_second" in columns:
                    invocations.append((moment, _cell(file, rows.line_num, row, "invocations_per_second")))
    except OSError as error:
        raise InputError((error.strerror or "cannot be read").lower(), file=file) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"is no CSV text: {error}", file=file) from None
    if not environments:
        raise InputError("has no rows", file=file)
    return Curve(tuple(environments)), Curve(tuple(invocations)) if invocations else None


def _cell(file: Path, line: int, row: Mapping[str, Any], column: str) -> float:
    text = row.get(column)
    try:
        value = float(str(text))
    except ValueError:
        raise InputError(f"'{text}' is no number", file=file, place=f"line {line}, {column}") from None
    if not 0 <= value < 1e9:
        raise InputError(f"'{text}' is out of range", file=file, place=f"line {line}, {column}")
    return value
