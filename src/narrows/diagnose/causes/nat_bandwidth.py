"""``nat-bandwidth``: a NAT gateway drops packets, because more come than it forwards."""

from __future__ import annotations

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import AMBIGUOUS
from narrows.diagnose.cause import Cause, Counter
from narrows.diagnose.collecting import nat_metrics, topology
from narrows.diagnose.common_rules import has_timeout_symptom, timeouts_seen
from narrows.diagnose.model import BoundLimit, Need, Observed, Status
from narrows.diagnose.weighing import FAIR, STRONG, WEAK, Examination
from narrows.evidence.accounting import account
from narrows.evidence.callers import CONNECT_TIMEOUTS
from narrows.evidence.facts import Facts, clock
from narrows.evidence.failures import failed_in_all, likeliest
from narrows.evidence.metrics import NatEvidence, Reading
from narrows.limits import NAT_BANDWIDTH, NAT_PACKETS, Limit

_NEAR = 0.9
"""Share of a limit that the busiest ten seconds must reach."""
_ALARM = 0.0001
"""Share of dropped packets from which AWS advises to look (Amazon VPC User Guide, NAT gateway metrics)."""


def examine(facts: Facts) -> Examination:
    """Weigh the evidence of the NAT gateway that drops most."""
    found = Examination("nat-bandwidth")
    found.limit = BoundLimit.of(NAT_BANDWIDTH)
    ways = facts.ways
    if not ways.may_pass_nat:
        found.excludes("No connection in question passes a NAT gateway.", facts.source("route-tables"))
        return found
    suspects = ways.gateways if ways.gateways_known else facts.measured_gateways
    drops = {name: facts.nat(name).drops for name in suspects}
    dropping = {name: one for name, one in drops.items() if one is not None and one.total > 0}
    if dropping:
        _dropping(found, facts, max(dropping, key=lambda name: dropping[name].total))
    elif ways.gateways_known and suspects and all(_no_drops(facts, one) for one in drops.values()):
        for name, reading in drops.items():
            if reading is not None:
                found.excludes(f"PacketsDropCount of {facts.label(name)} was 0 throughout.", reading.source)
    else:
        _not_known(found, facts, suspects)
    return found


def _no_drops(facts: Facts, reading: Reading | None) -> bool:
    return reading is not None and any(reading.covers(span) for span in facts.spans_of_failure())


def _dropping(found: Examination, facts: Facts, name: str) -> None:
    nat = facts.nat(name)
    found.resource = name
    drops = nat.drops
    if drops is None:
        return
    share = _share_dropped(nat)
    said = "" if share is None else f", {share * 100:.3f} % of what came in"
    text = (
        f"PacketsDropCount of {facts.label(name)} was {drops.total:,.0f}{said}, first at "
        f"{clock(drops.first_above_zero or 0)}"
    )
    near = _near_limit(found, nat)
    failed = likeliest(
        facts, (CONNECT_TIMEOUTS, AMBIGUOUS, (CallerOutcome.RESET,)), name if facts.ways.gateways_known else None
    )
    accounted = account(drops, failed)
    if failed_in_all(facts):
        found.explains = accounted.failures
    if failed_in_all(facts) and not accounted.failures:
        found.remarks(f"{text}: nothing that it can make fail failed within two minutes of that.", drops.source)
        return
    if accounted.failures:
        timeouts_seen(found, facts)
    if not facts.ways.gateways_known:
        if len(facts.measured_gateways) > 1 and not facts.ways.leaves_for_nat:
            found.at_most(Status.POSSIBLE)
        found.supports(f"{text}.", drops.source, STRONG if share is not None and share > _ALARM else FAIR)
        found.needs(topology(facts, facts.ways.gaps, "shows whether the connections pass that gateway"))
    elif near is not None:
        found.proves(f"{text}, and {near}", drops.source)
    elif share is not None and share > _ALARM:
        found.supports(f"{text}.", drops.source, STRONG)
    else:
        found.supports(f"{text}.", drops.source, WEAK if share is not None else FAIR)
        found.needs(nat_metrics(facts, [name], "the share of dropped packets, and the peaks, tell whether they matter"))


def _near_limit(found: Examination, nat: NatEvidence) -> str | None:
    for reading, limit, factor in ((nat.peak_bytes, NAT_BANDWIDTH, 8), (nat.peak_packets, NAT_PACKETS, 1)):
        if reading is None:
            continue
        peak = reading.largest * factor
        if factor == 8 or peak >= _NEAR * limit.value:
            found.limit, found.observed = BoundLimit.of(limit), Observed(peak, peak, limit.unit)
        if peak >= _NEAR * limit.value and limit is NAT_PACKETS:
            found.reason = f"NAT gateway {nat.gateway} drops packets: it forwards no more of them a second"
        if peak >= _NEAR * limit.value:
            return f"{reading.metric} peaked at {_plain(peak, limit)} of {_plain(limit.value, limit)}."
    return None


def _plain(value: float, limit: Limit) -> str:
    if limit is NAT_BANDWIDTH:
        return f"{value / 1e9:,.1f} Gbit/s"
    return f"{value / 1e6:,.1f} million {limit.unit}"


def _share_dropped(nat: NatEvidence) -> float | None:
    incoming = [nat.reading(name, ("Sum",)) for name in ("PacketsInFromSource", "PacketsInFromDestination")]
    known = [one.total for one in incoming if one is not None]
    drops = nat.reading("PacketsDropCount", ("Sum",))
    if len(known) < len(incoming) or drops is None or not sum(known):
        return None
    return drops.total / sum(known)


def _not_known(found: Examination, facts: Facts, suspects: tuple[str, ...]) -> None:
    found.at_most(Status.POSSIBLE)
    for name in suspects:
        nat = facts.nat(name)
        near = _near_limit(found, nat)
        if near is not None:
            found.resource = name
            reading = nat.peak_bytes or nat.peak_packets
            found.supports(near, reading.source if reading else "cloudwatch/", FAIR)
        elif nat.peak_bytes is not None and nat.drops is None:
            found.speaks_against(
                f"PeakBytesPerSecond of {facts.label(name)} peaked at "
                f"{_plain(nat.peak_bytes.largest * 8, NAT_BANDWIDTH)} of {_plain(NAT_BANDWIDTH.value, NAT_BANDWIDTH)}.",
                nat.peak_bytes.source,
                FAIR,
            )
    if has_timeout_symptom(facts) or not facts.symptoms.known:
        found.needs(
            nat_metrics(facts, suspects, "PacketsDropCount 0 throughout rules it out"),
        )


CAUSE = Cause(
    id="nat-bandwidth",
    title="NAT gateway drops packets",
    sentence="NAT gateway {resource} drops packets for want of bandwidth",
    remedy="Spread the load over more NAT gateways, or take it past them with a VPC endpoint.",
    place=80,
    examine=examine,
    explains=(CallerOutcome.TIMED_OUT,),
    needs=(Need.NAT_METRICS, Need.TOPOLOGY),
    capacity=lambda _ways, _gateway, each: each,
    counter=Counter("PacketsDropCount", "packets dropped"),
)
