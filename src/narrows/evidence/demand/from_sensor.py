"""What the sensor inside functions says of demand: what was held, what failed, what was closed."""

from __future__ import annotations

from narrows.evidence.demand.draft import Draft
from narrows.evidence.demand.model import CLOSING, LIVE, Unknown
from narrows.evidence.paths import UNNAMED
from narrows.evidence.polytope import Bound
from narrows.evidence.sensed import failed_of, held_by, is_destination
from narrows.evidence.sensor import MINUTE


def by_sensor(draft: Draft) -> None:
    """Of each use: no less than was held; and where every environment says something, no more than that and what
    failed."""
    held = draft.facts.held
    if held is None:
        return
    for use in draft.uses:
        function, to = use
        sensed = None if to == UNNAMED else held_by(draft.facts, function, to)
        if sensed is None:
            continue
        text = f"{function} to {to}: {sensed.low:,.0f} held, by the sensor inside it"
        draft.at_least(use, sensed.low, text, sensed.source)
        if sensed.high is None:
            continue
        failed = 0 if draft.seen else failed_of(draft.facts, function, to)
        text += f", and {failed:,} attempts that failed" if failed else ""
        draft.bounds.append(Bound({Unknown(LIVE, *use): 1.0}, sensed.high + failed, text, sensed.source))
        opened = held.opened_by_minute(
            lambda name, peer, use=use: float(name == use[0] and is_destination(draft.facts, use[1], peer))  # type: ignore[misc]
        )
        closed = (
            max(0.0, sensed.curve.at(minute)[1] + number - sensed.curve.at(minute + MINUTE)[1])
            for minute, number in opened.items()
        )
        rate = max(closed, default=0.0) / MINUTE
        text = f"{function} to {to}: {rate:,.1f} closed a second, by the sensor inside it"
        draft.bounds.append(Bound({Unknown(CLOSING, *use): 1.0}, rate, text, sensed.source))
