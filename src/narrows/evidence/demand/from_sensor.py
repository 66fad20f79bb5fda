"""What the sensor inside functions says of demand: what was held, what failed, what was closed."""

from __future__ import annotations

from functools import partial

from narrows.evidence.demand.draft import Draft
from narrows.evidence.demand.model import CLOSING, LIVE, Figure, Unknown
from narrows.evidence.paths import UNNAMED
from narrows.evidence.polytope import Bound
from narrows.evidence.sensed import closed_by_minute, failed_of, held_by, is_destination
from narrows.evidence.sensor import MINUTE


def by_sensor(draft: Draft) -> None:
    """Of each use: no less than was held; and where every environment says something, no more than that and what
    failed."""
    if draft.facts.held is None:
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
        used = draft.facts.held.most_used(function, partial(is_destination, draft.facts, to))
        if used:
            text = f"{function} to {to}: at most {used:,} used by one invocation, by the sensor inside it"
            draft.needed[use] = Figure(0.0, float(used), text, sensed.source)
            draft.readings.append(draft.needed[use])
        failed = 0 if draft.seen else failed_of(draft.facts, function, to)
        text = f"{function} to {to}: {sensed.high:,.0f} held, by the sensor inside it"
        text += f", and {failed:,} attempts that failed" if failed else ""
        draft.bounds.append(Bound({Unknown(LIVE, *use): 1.0}, sensed.high + failed, text, sensed.source))
        closed = closed_by_minute(draft.facts, function, to, sensed.curve, seen=draft.seen)
        rate = max(closed.values(), default=0.0) / MINUTE
        text = f"{function} to {to}: {rate:,.1f} closed a second, by the sensor inside it"
        draft.bounds.append(Bound({Unknown(CLOSING, *use): 1.0}, rate, text, sensed.source))
