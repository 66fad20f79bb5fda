"""Every number that every surface shows of a case, as data: what is compared, and what each was called there.

The surfaces are read as the Python objects that they are printed or drawn from. Where one of those changes its shape,
this is the only file of the harness that has to follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from narrows.case import read_case
from narrows.case.model import Case
from narrows.diagnose import Diagnosis, diagnose
from narrows.diagnose.verdict import Verdict, verdict
from narrows.errors import InputError
from narrows.evidence.metrics import window_of
from narrows.flowlogs import Answer, known_interfaces, where_lost
from narrows.flowlogs.answer import answer
from narrows.flowlogs.engine_duckdb import DuckDbEngine
from narrows.flowlogs.keys import Key
from narrows.flowlogs.raw import check_any_used, collect
from narrows.flowlogs.sources import find_sources
from narrows.flowlogs.statements import settings
from narrows.fullest import fullest_tables
from narrows.network import EniKey, HopKind, NatKind, Resource
from narrows.plan import Plan, make_plan
from narrows.plan.names import in_names
from narrows.report.flow_panels import flow_panels
from narrows.tables import TableId
from tests.agreement.picture import PictureReading, read_pictures

OPEN, HELD, WANTED = "open", "held", "wanted"
"""What a number is of: connections open at once; the same or the entries that a table held, closed ones included; the
entries that the demand asks for, were nothing in the way."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The peak of one table, as one surface shows it."""

    surface: str
    quantity: str
    table: TableId
    """Of a NAT gateway without a destination: all its destinations together. A name as its destination: all addresses
    of that one together."""
    low: float
    high: float
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class CauseReading:
    """A cause as the diagnosis shows it."""

    id: str
    status: str
    resource: str | None
    limit: int | None
    observed: tuple[float, float] | None
    """Of those that are counted in connections."""


@dataclass(frozen=True, slots=True)
class Following:
    """What one surface says is full next (or first, where nothing is full)."""

    surface: str
    cause: str | None
    """None where that surface does not say what kind it is."""
    resource: str
    at_connections: int | None


@dataclass
class Surfaces:
    """All that is shown of one case."""

    case: Case
    narrows: str | None
    causes: list[CauseReading]
    readings: list[Reading]
    following: list[Following]
    says_nothing_follows: list[str]
    """Surfaces that have a place for what follows, and leave it empty."""
    texts: list[tuple[str, str]]
    """(surface, what people read there)"""
    plan: dict[str, Any] | None
    """The plan's JSON; None where it refuses, for the reason in ``refused``."""
    refused: str = ""
    fits_without_headroom: bool | None = None
    """Whether today's network holds the peak with a headroom of 0, as the plan says; None where there is no plan."""
    assumed: frozenset[str] = frozenset()
    """Assumptions that flow logs print with their answer."""
    lost: list[tuple[str, str, int]] = field(default_factory=list)
    """(hop, next hop, attempts that vanish in between at the least)"""
    broken: list[tuple[str, str]] = field(default_factory=list)
    """(surface, the error that is no answer to a user)"""


def surfaces(folder: Path) -> Surfaces:
    """Ask every surface about a case."""
    case = read_case(folder)
    found = diagnose(case)
    broken: list[tuple[str, str]] = []
    plan, refused = _plan(case, broken)
    bare, _ = _plan(case, broken, headroom=0.0)
    said = verdict(case, found)
    pictures = read_pictures(case, found)
    shown = Surfaces(
        case=case,
        narrows=found.narrows,
        causes=[_cause(one) for one in found.to_json()["causes"]],
        readings=[*_of_diagnosis(case, found), *_of_pictures(pictures), *_of_fullest(case)],
        following=[],
        says_nothing_follows=[],
        texts=[("diagnosis", text) for text in _diagnosis_texts(said, found)],
        plan=None if plan is None else plan.to_json(),
        refused=refused,
        fits_without_headroom=None if bare is None else bare.fits,
        broken=broken,
    )
    shown.texts += [("picture", text) for one in pictures for text in one.texts]
    _add_flow_logs(shown)
    _add_plan(shown, plan)
    _add_following(shown, found, pictures)
    return shown


def _plan(case: Case, broken: list[tuple[str, str]], headroom: float = 0.3) -> tuple[Plan | None, str]:
    """(The plan, or why there is none)."""
    try:
        return make_plan(case, headroom=headroom), ""
    except InputError as error:
        return None, str(error)
    except Exception as error:
        # A harness that ends here would not say what else disagrees.
        broken.append(("plan", f"{type(error).__name__}: {error}"))
        return None, ""


# ---- diagnosis


def _cause(one: Any) -> CauseReading:
    observed, limit = one["observed"], one["limit"]
    counted = observed is not None and observed["unit"] == "connections"
    return CauseReading(
        one["id"],
        one["status"],
        one["resource"],
        None if limit is None else limit["value"],
        (observed["low"], _end(observed["high"])) if counted else None,
    )


def _end(high: float | None) -> float:
    return float("inf") if high is None else high


def _of_diagnosis(case: Case, found: Diagnosis) -> Iterator[Reading]:
    """What was observed of ENIs. That of a NAT gateway is not said to be of one table: see ``contradictions``."""
    keys = eni_keys(case)
    for one in map(_cause, found.to_json()["causes"]):
        if one.id == "hyperplane-eni-exhaustion" and one.observed is not None and one.resource in keys:
            table = TableId(HopKind.HYPERPLANE_ENI, keys[one.resource])
            yield Reading("diagnosis", HELD, table, *one.observed, one.limit)


def eni_keys(case: Case) -> dict[str, EniKey]:
    """Every ENI key of a case, by its text."""
    return {str(key): key for key in case.topology.network.hyperplane_enis}


def _diagnosis_texts(said: Verdict, found: Diagnosis) -> Iterator[str]:
    yield said.sentence
    yield said.then
    yield from (f"{fact.label}: {fact.value} {fact.note}" for fact in said.facts)
    for cause in found.causes:
        if cause.status in ("confirmed", "likely", "possible"):
            yield from (one.text for one in cause.evidence)
    yield from (one.why for one in found.missing)


# ---- flow logs and their charts


def _add_flow_logs(shown: Surfaces) -> None:
    case = shown.case
    if not case.flow_logs:
        return
    try:
        by_key, by_eni = _counted(case)
    except InputError:
        return
    shown.readings += [*_of_keys("flowlogs --by eni", case, by_eni.keys)]
    shown.readings += [*_of_keys("flowlogs --by key", case, [one for one in by_key.keys if "nat-gateway" in one.kind])]
    shown.assumed = frozenset(one["id"] for answered in (by_key, by_eni) for one in answered.to_json()["assumptions"])
    shown.lost = [(one.after, one.before, one.count) for one in where_lost(by_key.raw).losses if one.count]
    shown.readings += _of_charts(case, shown.texts)


def _counted(case: Case) -> tuple[Answer, Answer]:
    """What ``flowlogs --case CASE`` says with ``--by key`` and ``--by eni``; the files are read once for both."""
    known, window = known_interfaces(case), window_of(case)
    sources = find_sources(case.flow_logs, case.flow_log_format)
    with DuckDbEngine() as engine:
        engine.read(sources, window)
        engine.run(settings("key", case.assumptions, window), known)
        by_key = collect(engine, sources)
        engine.regroup(settings("eni", case.assumptions, window))
        by_eni = collect(engine, sources)
    check_any_used(by_key)
    return answer(by_key, "key", known, case.assumptions), answer(by_eni, "eni", known, case.assumptions)


def _of_keys(surface: str, case: Case, keys: Any) -> Iterator[Reading]:
    enis = eni_keys(case)
    for one in keys:
        table = _table_of(case, enis, one)
        if table is not None:
            limit = one.limit[1] if one.limit is not None else None
            yield Reading(surface, OPEN, table, one.low, one.most, limit)


def _table_of(case: Case, enis: dict[str, EniKey], key: Key) -> TableId | None:
    if key.kind == "hyperplane-eni" and key.destination is None and key.resource in enis:
        return TableId(HopKind.HYPERPLANE_ENI, enis[key.resource])
    nat = case.topology.network.nat_gateways.get(key.resource or "")
    if nat is None or nat.kind is NatKind.REGIONAL or key.resource is None or key.destination is None:
        # Records of a regional NAT gateway do not say in which zone: its tables are not told apart there.
        return None
    return TableId(HopKind.NAT_GATEWAY, key.resource, None, f"{key.destination}:{key.port}")


def _of_charts(case: Case, texts: list[tuple[str, str]]) -> list[Reading]:
    """The peaks of the bands in the charts; their labels tell which table each is of."""
    named: dict[str, Resource] = {}
    for eni in case.topology.enis:
        named[eni.id] = eni.key
    gateways = {case.topology.names.get(one, one): one for one in case.topology.network.nat_gateways}
    addresses = {
        f"{name}:{one.port}": f"{one.addresses[0]}:{one.port}"
        for name, one in case.destinations.items()
        if len(one.addresses) == 1
    }
    found: list[Reading] = []
    for panel in flow_panels(case):
        texts.append(("chart", panel.title))
        for series in panel.series:
            texts.append(("chart", series.label))
            low = max((point.low or 0.0 for point in series.points), default=0.0)
            high = max((_end(None if point.open_above else point.value) for point in series.points), default=0.0)
            if panel.key == "flow-enis":
                key = next((key for id, key in named.items() if id in series.label), None)
                table = None if key is None else TableId(HopKind.HYPERPLANE_ENI, key)
            else:
                gateway, _, where = series.label.partition(" to ")
                known = gateway in gateways and where in addresses
                table = TableId(HopKind.NAT_GATEWAY, gateways[gateway], None, addresses[where]) if known else None
                if table and case.topology.network.nat_gateways[gateways[gateway]].kind is NatKind.REGIONAL:
                    table = None
            if table is not None:
                found.append(Reading("chart", OPEN, table, low, high))
    return found


# ---- picture


def _of_pictures(pictures: list[PictureReading]) -> Iterator[Reading]:
    for one in pictures:
        for table, low, high, capacity in one.tables:
            yield Reading("picture", HELD, table, low, high, capacity)


# ---- the fullest tables


def _of_fullest(case: Case) -> Iterator[Reading]:
    """Each table that ``narrows fullest`` lists; none that is of whichever destination has the most."""
    for one in fullest_tables(case).tables:
        occupancy = one.to_json()["occupancy"]
        whichever = one.id.kind is HopKind.NAT_GATEWAY and one.id.destination is None
        if occupancy is not None and not whichever:
            # As in the picture: of several addresses together no other surface shows a capacity.
            several = one.id.destination in case.destinations
            capacity = None if several else one.capacity
            yield Reading("fullest", HELD, one.id, occupancy["low"], _end(occupancy["high"]), capacity)


# ---- plan


def _add_plan(shown: Surfaces, plan: Plan | None) -> None:
    if plan is None:
        shown.texts.append(("plan", shown.refused))
        return
    several = {name for name, one in plan.today.network.destinations.items() if not one.addresses and one.unique > 1}
    for table in plan.tables:
        # Of several unknown addresses a plan shows the fullest, under the name that elsewhere stands for all together.
        if table.kind is not HopKind.ENVIRONMENT and table.id.destination not in several:
            low = max(0, table.peak - table.others)
            shown.readings.append(Reading("plan", WANTED, table.id, low, table.peak, table.capacity))
    read = in_names(plan)
    shown.texts += [("plan", note) for note in read.notes]
    shown.texts += [("plan", one.text) for one in read.estimates]
    shown.texts += [("plan", one.what) for one in read.changes]


# ---- what follows


def _add_following(shown: Surfaces, found: Diagnosis, pictures: list[PictureReading]) -> None:
    after = found.next_narrows
    if after is None:
        shown.says_nothing_follows.append("diagnosis")
    else:
        shown.following.append(Following("diagnosis", after.id, str(after.resource), after.at_connections))
    marked = dict.fromkeys(resource for one in pictures for resource in one.following)
    shown.following += [Following("picture", None, resource, None) for resource in marked]
    if pictures and not marked:
        shown.says_nothing_follows.append("picture")
    # What a plan calls next is what binds once its changes are made: another thing, and said as that.
