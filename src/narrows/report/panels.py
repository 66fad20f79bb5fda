"""The charts an engineer looks at in such an incident, as data: one panel for each question, from a case's metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from narrows.case.cloudwatch_names import LAMBDA_DIMENSION, NAT_DIMENSION, NAT_METRICS, NAT_OPEN, NAT_PORT_ERRORS
from narrows.case.model import CallerOutcome, Case
from narrows.evidence.metrics import SUM, Reading, read, window_of
from narrows.limits import CONCURRENT_EXECUTIONS, HYPERPLANE_ENI_CONNECTIONS
from narrows.network import NatKind
from narrows.report.colours import BAD, GOOD, RESOURCES, TRIED
from narrows.report.flow_panels import flow_panels
from narrows.report.panel_model import MOST_SERIES, ChartSeries, LimitLine, Panel, Point, Shape
from narrows.words import count, short_name

_MOST_PAIRS = 2
"""NAT gateways whose attempts and establishments are drawn each for itself."""
_STATISTICS = ("Sum", "Maximum", "Average", "Minimum", "SampleCount")
"""Of CloudWatch: the chart's own first, and what else the case has in its place."""


def panels(case: Case) -> list[Panel]:
    """Every panel that the report shows, in order. Those that are rare only where they are not zero."""
    always = [_active(case), _attempts(case), _port_errors(case), _outcomes(case), _environments(case)]
    rare = [
        _rare(
            case,
            "IdleTimeoutCount",
            NAT_DIMENSION,
            "Connections that went idle, per minute",
            "Each was silent for so long that the NAT gateway forgot it; used again, it is answered with a reset.",
        ),
        _rare(
            case,
            "PacketsDropCount",
            NAT_DIMENSION,
            "Packets dropped by NAT gateways, per minute",
            "A share above 0.01 % of the packets is worth a look.",
        ),
        _rare(
            case,
            "Throttles",
            LAMBDA_DIMENSION,
            "Throttled invocations, per minute",
            "Invocations that Lambda turned away: no execution environment was free, and no connection was tried.",
        ),
    ]
    return [*flow_panels(case), *always, *(panel for panel in rare if panel.series and not panel.flat_zero)]


def extent(case: Case, shown: Iterable[Panel]) -> tuple[int, int] | None:
    """From when to when the charts go, in seconds since 1970: the case's window, or what there is."""
    if case.window:
        return int(case.window[0].timestamp()), int(case.window[1].timestamp())
    points = [point for panel in shown for series in panel.series for point in series.points]
    if not points:
        return None
    return min(point.begin for point in points), max(point.end for point in points)


def _active(case: Case) -> Panel:
    series, note = _by_resource(case, NAT_OPEN, NAT_DIMENSION)
    return Panel(
        "active",
        "Active connections per NAT gateway",
        "AWS/NATGateway ActiveConnectionCount, Maximum",
        "One number per gateway, over all destinations and addresses: it can be held against a table only where there "
        "is one destination. A flat top is the sign of a full table.",
        Shape.LINE,
        series,
        _connection_limits(case),
        note,
        "" if series else "ActiveConnectionCount of no NAT gateway is in the case.",
    )


def _connection_limits(case: Case) -> tuple[LimitLine, ...]:
    network = case.topology.network
    lines: dict[float, str] = {}
    each = case.assumptions.nat_connections_per_address
    with_addresses = [
        nat for nat in network.nat_gateways.values() if nat.addresses and nat.kind is not NatKind.REGIONAL
    ]
    for nat in with_addresses:
        alike = sum(other.addresses == nat.addresses for other in with_addresses)
        name = short_name(case, nat.name) if alike == 1 else f"each of {alike} NAT gateways"
        addresses = "1 address" if nat.addresses == 1 else f"{nat.addresses} addresses"
        lines.setdefault((nat.addresses or 0) * each, f"{name}: {addresses}, one destination")
    behind: dict[str, int] = {}
    for key in network.hyperplane_enis:
        subnet = network.subnets.get(key.subnet)
        if subnet and subnet.route in network.nat_gateways:
            behind[subnet.route] = behind.get(subnet.route, 0) + 1
    for enis in behind.values():
        what = "1 Hyperplane ENI" if enis == 1 else f"{enis} Hyperplane ENIs"
        lines.setdefault(enis * HYPERPLANE_ENI_CONNECTIONS.value, what)
    return tuple(LimitLine(what, value) for value, what in sorted(lines.items()))


def _attempts(case: Case) -> Panel:
    tried, note = _by_resource(case, "ConnectionAttemptCount", NAT_DIMENSION)
    answered, _ = _by_resource(case, "ConnectionEstablishedCount", NAT_DIMENSION)
    gateways = max(len(tried), len(answered))
    if gateways > _MOST_PAIRS:
        # Twice as many lines as gateways would hide each other.
        tried, answered = _summed(tried), _summed(answered)
        note = " ".join(filter(None, (f"The sum of {gateways} NAT gateways.", note)))
    several = 1 < gateways <= _MOST_PAIRS
    series = [_meaning(part, TRIED, at, "attempted", several) for at, part in enumerate(tried)]
    series += [_meaning(part, GOOD, at, "established", several, dashed=True) for at, part in enumerate(answered)]
    return Panel(
        "attempts",
        "Connection attempts and establishments, per minute",
        "AWS/NATGateway ConnectionAttemptCount and ConnectionEstablishedCount, Sum",
        "The difference is not a count of failures: an attempt counts its first SYN, an establishment every SYN "
        "that it took. A SYN that a full Hyperplane ENI drops is in neither.",
        Shape.LINE,
        tuple(series),
        (),
        note,
        "" if series else "Neither metric of any NAT gateway is in the case.",
    )


def _port_errors(case: Case) -> Panel:
    series, note = _by_resource(case, NAT_PORT_ERRORS, NAT_DIMENSION)
    return Panel(
        "port-errors",
        "Port allocation errors, per minute",
        "AWS/NATGateway ErrorPortAllocation, Sum",
        "Anything above 0 proves that a NAT gateway ran out of ports. 0 while connects time out points elsewhere.",
        Shape.BARS,
        tuple(replace(part, colour=BAD, shade=at) for at, part in enumerate(series)),
        (),
        note,
        "" if series else "ErrorPortAllocation of no NAT gateway is in the case.",
    )


def _outcomes(case: Case) -> Panel:
    by_outcome: dict[CallerOutcome, dict[int, int]] = {}
    undated = 0
    for one in case.callers.counts:
        if one.minute < 0:
            undated += one.count
            continue
        minutes = by_outcome.setdefault(one.outcome, {})
        minutes[one.minute] = minutes.get(one.minute, 0) + one.count
    series = outcome_series(by_outcome, 60)
    reading = (
        "Every attempt of every caller is here, the successful ones too."
        if case.callers.complete
        else "What the callers logged; attempts that succeeded are not in the logs."
    )
    return Panel(
        "outcomes",
        "What the callers saw, per minute",
        ", ".join(case.callers.sources) or "callers/",
        reading,
        Shape.BARS,
        series,
        (),
        f"{count(undated)} more carry no time." if undated else "",
        "" if series else "The case holds no outcomes or log lines of callers.",
        zero_between=True,
    )


def outcome_series(by_outcome: Mapping[CallerOutcome, Mapping[int, int]], step: int) -> tuple[ChartSeries, ...]:
    """A series for each outcome that anybody saw, from counts by the beginning of steps of so many seconds."""
    return tuple(
        ChartSeries(
            outcome.about.label,
            outcome.about.colour,
            tuple(Point(at, at + step, float(seen)) for at, seen in sorted(by_outcome[outcome].items())),
        )
        for outcome in CallerOutcome
        if outcome in by_outcome
    )


def _environments(case: Case) -> Panel:
    series, note = _by_resource(case, "ConcurrentExecutions", LAMBDA_DIMENSION)
    quota = case.quotas.get(CONCURRENT_EXECUTIONS.quota_code or "")
    throttled = any(
        reading is not None and reading.largest > 0
        for function in case.metrics.resources("Throttles", LAMBDA_DIMENSION)
        for reading in [read(case.metrics, "Throttles", SUM, window_of(case), **{LAMBDA_DIMENSION: function})]
    )
    limits = (LimitLine("the account's concurrency", quota, binds=throttled),) if quota else ()
    return Panel(
        "environments",
        "Execution environments at work",
        "AWS/Lambda ConcurrentExecutions, Maximum",
        "Busy environments only. Frozen ones are not counted, and keep their connections.",
        Shape.LINE,
        series,
        limits,
        note,
        "" if series else "ConcurrentExecutions of no function is in the case.",
    )


def _rare(case: Case, metric: str, dimension: str, title: str, reading: str) -> Panel:
    series, note = _by_resource(case, metric, dimension)
    namespace = "AWS/NATGateway" if metric in NAT_METRICS else "AWS/Lambda"
    if metric == "Throttles":
        series = tuple(replace(part, colour=BAD, shade=at) for at, part in enumerate(series))
    return Panel(metric.lower(), title, f"{namespace} {metric}, Sum", reading, Shape.BARS, series, (), note)


def _by_resource(case: Case, metric: str, dimension: str) -> tuple[tuple[ChartSeries, ...], str]:
    """The series of a metric by resource, the highest first, and what was left out."""
    stat = "Maximum" if metric in (NAT_OPEN, "ConcurrentExecutions") else "Sum"
    stats = (stat, *(one for one in _STATISTICS if one != stat))
    readings = [
        (resource, read(case.metrics, metric, stats, window_of(case), **{dimension: resource}))
        for resource in case.metrics.resources(metric, dimension)
    ]
    found = [(resource, reading) for resource, reading in readings if reading is not None]
    found.sort(key=lambda pair: -pair[1].largest)
    resources = [resource for resource, _ in found[:MOST_SERIES]]
    shown = tuple(
        ChartSeries(label, colour, _points(reading))
        for (_, reading), label, colour in zip(
            found, labels_of(case, resources), _colours(case, dimension, resources), strict=False
        )
    )
    left = len(found) - len(shown)
    notes = [f"{left} more, all of them lower, are not drawn."] if left else []
    notes += _qualities(found[:MOST_SERIES], stat)
    return shown, " ".join(notes)


def labels_of(case: Case, resources: Sequence[str]) -> list[str]:
    """The name of each resource, and its id too where several have one name."""
    names = [short_name(case, resource) for resource in resources]
    return [
        name if names.count(name) == 1 else case.topology.label(resource)
        for name, resource in zip(names, resources, strict=True)
    ]


def _summed(series: Sequence[ChartSeries]) -> tuple[ChartSeries, ...]:
    """One series in place of several: of each period their sum."""
    sums: dict[tuple[int, int], float] = {}
    for part in series:
        for point in part.points:
            sums[point.begin, point.end] = sums.get((point.begin, point.end), 0.0) + point.value
    points = tuple(Point(begin, end, value) for (begin, end), value in sorted(sums.items()))
    return tuple(replace(part, points=points) for part in series[:1])


def _colours(case: Case, dimension: str, resources: Sequence[str]) -> list[str]:
    """A colour for each resource, the same in every chart as far as there are enough: by how full it got."""
    metric = NAT_OPEN if dimension == NAT_DIMENSION else "ConcurrentExecutions"
    peaks = {
        resource: max(
            (float(series.values.max(initial=0)) for series in case.metrics.exactly(metric, {dimension: resource})),
            default=0.0,
        )
        for resource in case.metrics.resources(metric, dimension)
    }
    ranked = sorted(peaks, key=lambda resource: (-peaks[resource], resource))[: len(RESOURCES)]
    wanted = {resource: RESOURCES[at] for at, resource in enumerate(ranked)}
    free = [colour for colour in RESOURCES if colour not in {wanted.get(resource) for resource in resources}]
    return [wanted[resource] if resource in wanted else free.pop(0) for resource in resources]


def _qualities(found: Sequence[tuple[str, Reading]], stat: str) -> list[str]:
    """What makes these series less than whole."""
    notes = []
    gaps = sum(series.missing for _, series in found)
    if gaps:
        notes.append(f"{gaps} datapoints are missing.")
    if any(series.partial for _, series in found):
        notes.append("CloudWatch said that its answer was not complete.")
    others = {series.stat for _, series in found} - {stat}
    if others:
        notes.append(f"Statistic in the case: {', '.join(sorted(others))}.")
    periods = {series.period for _, series in found} - {60}
    if periods:
        notes.append(f"Period in the case: {', '.join(str(period) for period in sorted(periods))} s.")
    return notes


def _points(reading: Reading) -> tuple[Point, ...]:
    return tuple(Point(at, at + reading.period, value) for at, value in reading.points)


def _meaning(
    series: ChartSeries, colour: str, shade: int, word: str, several: bool, dashed: bool = False
) -> ChartSeries:
    """A series in the colour of what it means; those of several resources are shades of it."""
    label = f"{series.label}: {word}" if several else word
    return ChartSeries(label, colour, series.points, dashed, shade)
