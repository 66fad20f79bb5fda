"""The charts of what no metric shows: open connections from flow logs, as a band against the limit of each table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from narrows.case.model import Case
from narrows.errors import InputError
from narrows.evidence.flow_logs import FlowLogEvidence, flow_log_evidence
from narrows.flowlogs.keys import Key
from narrows.report.colours import RESOURCES
from narrows.report.panel_model import ChartSeries, LimitLine, Panel, Point, Shape
from narrows.words import short_name

_MOST_BANDS = 4
"""More bands than these would hide each other."""
_READING = (
    "At least so many connections were open (dashed) and at most so many (solid), the most within each minute. "
    "Only where the dashed line reaches the limit was the table full for certain."
)


def flow_panels(case: Case) -> list[Panel]:
    """One panel of the Hyperplane ENIs and one of the NAT gateways; none where the case has no flow logs of them."""
    try:
        logs = flow_log_evidence(case, case.assumptions)
    except InputError:
        return []
    if logs is None:
        return []
    names = {address: name for name, one in case.destinations.items() for address in one.addresses}

    keys = {str(one.key): one.key for one in case.topology.enis}

    def eni(key: Key) -> str:
        text = key.resource or ""
        return f"{short_name(case, keys.get(text, text))} ({key.interface})"

    def nat(key: Key) -> str:
        where = names.get(key.destination or "", key.destination)
        return f"{short_name(case, key.resource or '')} to {where}:{key.port}"

    found = [
        _panel(logs, "flow-enis", "Open connections per Hyperplane ENI", logs.enis, eni),
        _panel(logs, "flow-nats", "Open connections per NAT gateway and unique destination", logs.nats, nat),
    ]
    return [panel for panel in found if panel.series]


def _panel(logs: FlowLogEvidence, key: str, title: str, tables: Sequence[Key], label: Callable[[Key], str]) -> Panel:
    filled = [one for one in tables if one.high != 0]
    shown = filled[:_MOST_BANDS]
    left = len(filled) - len(shown)
    limits = {one.limit[1] for one in shown if one.limit is not None}
    notes = [f"{left} more, none of them fuller, {'is' if left == 1 else 'are'} not drawn."] if left > 0 else []
    if any(one.high is None for one in shown):
        notes.append("Records are missing: where there is no solid line, more may have been open.")
    if not logs.has_flags:
        notes.append("Without tcp-flags in the log format the band is wide, and its lower end no proof.")
    what = "one ENI" if key == "flow-enis" else "its ports to one unique destination"
    return Panel(
        key,
        title,
        f"{logs.source}/, VPC flow logs",
        _READING,
        Shape.BAND,
        tuple(
            ChartSeries(label(one), RESOURCES[index % len(RESOURCES)], _points(one, logs.window))
            for index, one in enumerate(shown)
        ),
        tuple(LimitLine(what, value) for value in sorted(limits)),
        " ".join(notes),
    )


def _points(key: Key, window: tuple[int, int]) -> tuple[Point, ...]:
    return tuple(
        Point(minute, minute + 60, float(low if high is None else high), float(low), open_above=high is None)
        for minute, low, high in key.band(*window)
    )
