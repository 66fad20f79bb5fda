"""Where surfaces disagree with each other, or with what really was: one line for each, its class in front."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from narrows.diagnose.causes import cause_of_full
from narrows.network import HopKind
from narrows.tables import TableId
from oracles.networks import Truth
from oracles.networks.held import Span
from tests.agreement.surfaces import HELD, OPEN, WANTED, CauseReading, Reading, Surfaces

FULL_TABLES = frozenset(
    cause_of_full(kind).id for kind in (HopKind.HYPERPLANE_ENI, HopKind.NAT_GATEWAY, HopKind.DESTINATION)
)
SURE = ("confirmed", "likely")
_ROUNDED = 1.0
"""Numbers that differ by no more are the same one, rounded twice."""
_POINT = 0.02
"""How far a number without an interval may be from the truth, as a share of it."""
_NARROWLY = 0.01
"""An interval that would hold the truth were it wider by this share misses it narrowly: it is counted by itself."""
_ID = re.compile(r"\b[a-z]+-[0-9a-f]{8,17}\b")


def contradictions(shown: Surfaces, truth: Truth) -> list[str]:
    """Every disagreement, sorted; none where each surface shows one number for one thing, and that holds the truth.

    Classes, by their first letter: ``a`` two surfaces differ, ``b`` an interval does not hold the truth, ``c`` the plan
    holds what the diagnosis calls full, ``d`` what follows differs, ``e`` the plan's demand is not the true one, ``f``
    an id where another surface has a name, ``x`` a surface breaks.
    """
    broken = (f"x {surface}: {error}" for surface, error in shown.broken)
    every = (*broken, *_differing(shown, truth), *_untrue(shown, truth), *_plan_against_diagnosis(shown),
             *_following(shown), *_demand(shown, truth), *_names(shown))  # fmt: skip
    return sorted(set(every))


def classes(lines: list[str]) -> list[str]:
    """The class of each line, each once, sorted: what stands before the first colon."""
    return sorted({line.partition(":")[0] for line in lines})


def text(table: TableId) -> str:
    """A table in words."""
    return f"{table.kind.value} {table.name}" + (f" to {table.destination}" if table.destination else "")


def _differing(shown: Surfaces, truth: Truth) -> Iterator[str]:
    by_table: dict[TableId, list[Reading]] = {}
    for one in shown.readings:
        by_table.setdefault(one.table, []).append(one)
    for table, readings in by_table.items():
        seen = [one for one in readings if one.quantity in (OPEN, HELD)]
        first: dict[str, Reading] = {}
        for one in seen:
            first.setdefault(one.surface, one)
            if not _same(first[one.surface], one):
                yield f"a {one.surface} itself: {text(table)}: {_ends(first[one.surface])} and {_ends(one)}"
        nearest = min(first, key=_order, default="")
        if shown.case.sensor and (logs := [one for one in first if _is_of_flow_logs(one)]):
            # What the sensor counts besides makes the interval of flow logs narrower, and never another one.
            outer = first[min(logs, key=_order)]
            first = {name: one for name, one in first.items() if name not in logs}
            nearest = next(iter(first), "")
            for surface, one in first.items():
                if not _contains(outer, one):
                    yield f"a {outer.surface} without {surface}: {text(table)}: {_ends(outer)} here, {_ends(one)} there"
        for surface, one in first.items():
            if not _same(one, first[nearest]):
                yield (f"a {nearest} / {surface}: {text(table)}: {_ends(first[nearest])} here, {_ends(one)} there")
        capacities = {one.surface: one.capacity for one in readings if one.capacity is not None}
        if len(set(capacities.values())) > 1:
            yield f"a capacity: {text(table)}: {capacities}"
        for plan in (one for one in readings if one.quantity == WANTED):
            # A table that attempts failed towards also holds half-open entries, which nobody wants.
            undisturbed = table not in truth.tables or truth.tables[table].undisturbed
            certain = max((one.low for one in seen), default=0.0) if undisturbed else 0.0
            # How many environments are in each subnet, nothing says to the last one.
            spare = max(_ROUNDED, _POINT * certain)
            if plan.high < certain - spare and not _leaves_anything_out(shown):
                yield f"a plan below what was seen: {text(table)}: {plan.high:,.0f} in it, at least {certain:,.0f} seen"


def _order(surface: str) -> tuple[bool, str]:
    return not surface.startswith("flowlogs"), surface


def _is_of_flow_logs(surface: str) -> bool:
    return surface.startswith("flowlogs") or surface == "chart"


def _contains(outer: Reading, inner: Reading) -> bool:
    """Whether an interval is within another one, where only open connections are in that."""
    return inner.low >= outer.low - _ROUNDED and (
        inner.high <= outer.high + _ROUNDED or outer.quantity == OPEN != inner.quantity
    )


def _same(one: Reading, other: Reading) -> bool:
    """Whether two surfaces give one interval; one without an upper end may know less than the other."""
    if math.isinf(one.high) or math.isinf(other.high):
        return one.low <= other.high + _ROUNDED and other.low <= one.high + _ROUNDED
    return _near(one.low, other.low) and _near(one.high, other.high)


def _near(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= _ROUNDED


def _ends(one: Reading) -> str:
    return f"{one.low:,.0f} to {one.high:,.0f}"


def _leaves_anything_out(shown: Surfaces) -> bool:
    """Whether the plan says that something is not in it, for want of evidence: its tables are then at least so full."""
    return bool(shown.plan and shown.plan["unknown"])


def _untrue(shown: Surfaces, truth: Truth) -> Iterator[str]:
    for one in shown.readings:
        real = _truth_of(one, truth)
        low = 0.0 if _rests_on_what_is_not_so(one, shown, truth) else one.low
        if one.quantity != WANTED and real is not None and not _holds(low, one.high, real):
            by = "narrowly " if _holds(low * (1 - _NARROWLY), one.high * (1 + _NARROWLY), real) else ""
            yield f"b {by}{one.surface} {one.table.kind.value}: {text(one.table)}: {_ends(one)}, true {_shown(real)}"
        if one.quantity == WANTED and one.table in truth.tables:
            # A plan reckons with the worst of what can be: it may be more than was wanted, and never less.
            wanted = truth.tables[one.table].asked
            short = one.high < wanted * (1 - _POINT) - _ROUNDED and one.table.kind is not HopKind.DESTINATION
            if short and not _leaves_anything_out(shown):
                yield f"e table: {text(one.table)}: the plan reckons with {one.high:,.0f}, {wanted:,} are asked of it"
    for cause in shown.causes:
        yield from _observed(cause, truth)
    errors = sum(one.errors for one in truth.gateways.values())
    for hop, following, count in shown.lost:
        most = {("hyperplane-eni", "nat-inside"): 0, ("nat-inside", "nat-outside"): errors}.get((hop, following))
        if most is not None and count > most:
            yield f"b where-lost {hop}: at least {count:,} vanish before {following}, truly {most:,} at the most"


def _rests_on_what_is_not_so(one: Reading, shown: Surfaces, truth: Truth) -> bool:
    """Whether its lower end rests on ``port_rest``, which is printed with it, and the network gives ports out again
    sooner: flow logs without tcp-flags cannot show that."""
    return "port_rest" in shown.assumed and one.table in truth.tables and not truth.tables[one.table].rests


def _truth_of(one: Reading, truth: Truth) -> Span | None:
    table = one.table
    if table in truth.tables:
        real = truth.tables[table]
        return real.open if one.quantity == OPEN else (real.open[0], max(real.open[1], real.entries[1]))
    if table.kind is HopKind.DESTINATION:
        return truth.arriving.get(str(table.resource))
    return truth.through.get(table)


def _holds(low: float, high: float, real: Span) -> bool:
    return low <= real[1] + _ROUNDED and high >= real[0] - _ROUNDED


def _shown(real: Span) -> str:
    return f"{real[0]:,}" if real[0] == real[1] else f"{real[0]:,} to {real[1]:,}"


def _observed(cause: CauseReading, truth: Truth) -> Iterator[str]:
    """What a cause observed has to be the peak of something that it can be of."""
    if cause.observed is None or cause.resource is None:
        return
    if cause.id == "nat-port-exhaustion" and cause.resource in truth.gateways:
        active = truth.gateways[cause.resource].active
        spans = [(active, active)]
        spans += [(one.open[0], one.entries[1]) for key, one in truth.tables.items() if key.resource == cause.resource]
        # Open connections, and with closed ones that keep their ports, over all destinations.
        spans.append((active, sum(span[1] for span in spans[1:])))
    elif cause.id == "destination-connection-limit" and cause.resource in truth.arriving:
        spans = [truth.arriving[cause.resource]]
        spans += [one.open for key, one in truth.tables.items() if key.resource == cause.resource]
    else:
        return
    if not any(_holds(*cause.observed, span) for span in spans):
        low, high = cause.observed
        listed = ", ".join(_shown(span) for span in spans)
        yield f"b diagnosis {cause.id}: {cause.resource}: {low:,.0f} to {high:,.0f} observed, true {listed}"


def _plan_against_diagnosis(shown: Surfaces) -> Iterator[str]:
    for cause in shown.causes:
        if cause.id in FULL_TABLES and cause.status in SURE and shown.fits_without_headroom:
            yield f"c {cause.id}: {cause.status} at {cause.resource}, and the plan says that today's network holds"
        binds = cause.id == shown.narrows and cause.id in FULL_TABLES and cause.status in SURE
        if binds and shown.plan is not None and shown.plan["fits"]:
            yield f"c {cause.id} with headroom: {cause.status} at {cause.resource}, and the plan fits"


def _following(shown: Surfaces) -> Iterator[str]:
    said = {one.surface: one for one in shown.following}
    own = said.get("diagnosis")
    marked = sorted(one.resource for one in shown.following if one.surface == "picture")
    names = shown.case.topology.names
    if own is not None and marked and not any(_is_same_resource(own.resource, one, names) for one in marked):
        yield f"d picture: marks {', '.join(marked)}, the diagnosis names {own.resource}"
    if own is not None and "picture" in shown.says_nothing_follows:
        yield f"d picture silent: it marks nothing, the diagnosis names {own.resource}"
    if own is None and marked:
        yield f"d diagnosis silent: the picture marks {', '.join(marked)}"
    plan = said.get("plan")
    if own is not None and plan is not None and (plan.cause, plan.resource) != (own.cause, own.resource):
        yield f"d plan: {plan.cause} at {plan.resource}, the diagnosis names {own.cause} at {own.resource}"


def _is_same_resource(id: str, drawn: str, names: object) -> bool:
    """Whether a pipe (its id, or its label where it has none) is that of a resource: several ENIs are drawn as one."""
    assert hasattr(names, "get")
    first, _, groups = id.partition("/")
    label = f"{names.get(first, first)} / {' + '.join(names.get(one, one) for one in groups.split('+'))}"
    return drawn in (id, names.get(id, id), label) or ("Hyperplane ENIs" in drawn and bool(groups))


def _demand(shown: Surfaces, truth: Truth) -> Iterator[str]:
    if shown.plan is None:
        return
    said = {(one["client"], one["destination"]): one for one in shown.plan["peak"]["of"] if not one["other"]}
    for use, wanted in truth.wanted.items():
        where = f"{use[0]} to {use[1]}"
        one = said.get(use)
        if one is None:
            if wanted and not _is_left_out(shown, use):
                yield f"e missing: {where}: not in the plan, {wanted:,} wanted"
            continue
        low, high = one.get("low", one["open"] * (1 - _POINT)), one.get("high", one["open"] * (1 + _POINT))
        # Whole connections of each environment, and environments that are not whole numbers at every moment.
        spare = max(_ROUNDED, _POINT * wanted)
        if high is None:
            # Nothing bounds it, and the plan says so.
            high = float("inf")
        if wanted and not high and _is_left_out(shown, use):
            yield f"e unknown as 0: {where}: the plan does not know it, and shows 0 for it, true {wanted:,}"
        elif high is not None and wanted > high + spare:
            yield f"e below: {where}: at most {high:,.0f}, true {wanted:,}"
        if wanted < low - spare:
            yield f"e above: {where}: at least {low:,.0f}, true {wanted:,}"


def _is_left_out(shown: Surfaces, use: tuple[str, str]) -> bool:
    """Whether the plan says that it leaves this out: then it says nothing wrong of it."""
    assert shown.plan is not None
    left = (*shown.plan.get("unknown", ()), *shown.plan["notes"])
    return any(use[0] in line and use[1] in line for line in left)


def _names(shown: Surfaces) -> Iterator[str]:
    names = shown.case.topology.names
    for surface, said in shown.texts:
        for id in dict.fromkeys(_ID.findall(said)):
            name = names.get(id)
            if name and name != id and name not in said:
                yield f"f {surface}: {id} stands where {name} is known: {said[:100]}"
