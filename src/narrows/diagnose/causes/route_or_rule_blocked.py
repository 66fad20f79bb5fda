"""``route-or-rule-blocked``: a route, security group or network ACL lets no SYN through, whatever the load."""

from __future__ import annotations

import shlex

from narrows.case.model import CallerOutcome
from narrows.case.outcomes import AMBIGUOUS
from narrows.diagnose.cause import Cause, Mechanism
from narrows.diagnose.collecting import caller_logs, nat_metrics, topology
from narrows.diagnose.common_rules import has_timeout_symptom, never_seen, timeouts_seen, unknown_rules, way_is_open
from narrows.diagnose.flow_logs import got_out, rejected_syns
from narrows.diagnose.model import Missing, Need, Reason, Status
from narrows.diagnose.weighing import FAIR, PROOF, STRONG, WEAK, Examination
from narrows.evidence.facts import Facts, clock, once
from narrows.evidence.failures import errors_of_unknown_reason, failed_in_all, failures_to
from narrows.evidence.invocations import share_of_invocations
from narrows.evidence.occupancy import lost_before_nat
from narrows.evidence.paths import Way
from narrows.listing import counted, named
from narrows.network import HopKind
from narrows.reachability import Obstacle, Reach

_NEARLY_ALL = 0.95
"""Share of the SYNs that must be missing for nothing to have got through."""


_POLICY = "endpoint-policy"
_ENDPOINTS = (HopKind.GATEWAY_ENDPOINT, HopKind.INTERFACE_ENDPOINT)
_MOST_WAYS_BEYOND = 5
"""Of what connections leave by, in a sentence."""


_CONNECTS = (CallerOutcome.TIMED_OUT, CallerOutcome.UNREACHABLE)
"""What a connect that is blocked ends in."""
_GONE = (Obstacle.BLACKHOLE, Obstacle.NAT_STATE)
"""What nobody leaves so who needs a way into the internet."""
_SEVERAL = 5
_ASSUMED = 3.0
"""What blocks a name's public addresses, where it stands for such: a thousand to one."""
_OF_ITS_OWN = 1.5
"""A way on which nothing gets through, and a function that fails to connect: thirty to one that it is of this way."""
_SHARE_ABOUT = 0.2
"""How far the share of the invocations that fail lies from that of the subnets that are blocked."""


def examine(facts: Facts) -> Examination:
    """Weigh the evidence: what the rules say first, then whether connects fail as such rules make them."""
    found = Examination("route-or-rule-blocked")
    denied = denied_by_endpoint_policy(found, facts)
    if not denied and not _failures_for_sure(facts) and never_seen(found, facts, *_CONNECTS):
        return found
    blocked = facts.ways.blocked
    if blocked:
        _blocked(found, facts, blocked)
        if not found.explains:
            # What fails goes another way, which may not be known.
            _ask(found, facts)
    elif way_is_open(facts):
        _open(found, facts)
    else:
        _not_known(found, facts)
    rejected_syns(found, facts)
    got_out(found, facts, "no route or rule held them up")
    return found


def _failures_for_sure(facts: Facts) -> bool:
    """Whether invocations ended before their connects did, where nothing gets through."""
    return bool(facts.ways.blocked) and facts.symptoms.total(*AMBIGUOUS) > 0


def denied_by_endpoint_policy(found: Examination, facts: Facts) -> bool:
    """AWS's own words that an endpoint's policy denies the action: proof, and no matter of packets."""
    told = facts.symptoms.everywhere(CallerOutcome.POLICY_DENIED)
    total = sum(one.count for one in told)
    if not total:
        return False
    (first, *_) = facts.symptoms.destinations(CallerOutcome.POLICY_DENIED) or ("",)
    to = f" of {first}" if first else ""
    found.mechanism, found.explains = _POLICY, total
    found.resource = next((way.resource for way in facts.ways.ways if way.destination == first and way.resource), None)
    through = {way.resource for way in facts.ways.ways if way.resource and way.kind in _ENDPOINTS}
    only = next(iter(through)) if len(through) == 1 else None
    found.resource = found.resource or only
    endpoint = "a VPC endpoint" if found.resource is None else f"VPC endpoint {found.resource}"
    found.reason = f"the policy of {endpoint} allows none of what is asked{to}"
    text = f"{counted(total, 'request')}{to}: AWS says that no VPC endpoint policy allows the action."
    found.proves(text, told[0].source)
    return True


def _blocked(found: Examination, facts: Facts, blocked: tuple[Way, ...]) -> None:
    symptoms = facts.symptoms
    alike: dict[tuple[str, str], list[Way]] = {}
    for way in facts.ways.ways:
        alike.setdefault((way.function, way.destination), []).append(way)
    pairs = {(one.function, one.destination): one for one in reversed(blocked)}
    explained = dict.fromkeys(pairs, 0)
    sure: dict[tuple[str, str], int] = {}
    for pair, way in sorted(pairs.items()):
        same = alike[pair]
        explained[pair] = _weigh(found, facts, way, same)
        if all(one.blocked for one in same):
            sure[pair] = explained[pair]
    worst = max(pairs, key=lambda pair: (explained[pair], pair in sure))
    way = pairs[worst]
    assert way.blocked is not None
    if found.mechanism != _POLICY:
        found.mechanism = way.blocked.mechanism
        found.resource = way.blocked.resource
        found.resources = tuple(dict.fromkeys(one.blocked.resource for one in blocked if one.blocked))
        found.reason = _clause(way, alike[worst], sure=found.strength == PROOF)
        found.explains = 0 if symptoms.known else None
    if any(explained.values()):
        found.explains = (found.explains or 0) + sum(explained.values())
    if not symptoms.known:
        found.needs(caller_logs(facts, "shows that connects fail, as they must where a rule blocks"))


def _clause(way: Way, same: list[Way], *, sure: bool) -> str:
    """The first sentence of the verdict."""
    shut = [one.subnet for one in same if one.blocked and one.subnet]
    every = len(shut) == len(same)
    some = f" from {named(shut)} ({len(shut)} of {len(same)} subnets)" if shut and not every else ""
    if every and len(shut) > 1:
        either, both = ("either subnet", "both subnets") if len(shut) == 2 else (f"any of its {len(shut)} subnets",) * 2
        some = f", from {either}" if sure else f" from {both}"
    if not sure:
        return f"connections of {way.function} to {way.destination}{some} fail because {way.blocked}"
    return f"no connection of {way.function} to {way.destination} gets through{some}: {way.blocked}"


def _weigh(found: Examination, facts: Facts, way: Way, same: list[Way]) -> int:
    """Weigh what blocks a function's connections to a destination; how many failures it accounts for."""
    symptoms = facts.symptoms
    every = all(one.blocked for one in same)
    of = {"function": way.function, "destination": way.destination}
    failed = symptoms.total(*_CONNECTS, **of)
    late = symptoms.total(*AMBIGUOUS, **of)
    succeeded = symptoms.total(CallerOutcome.ESTABLISHED, **of)
    reason, source = _reason(way), facts.source(way.source_kind)
    if every and succeeded:
        found.speaks_against(
            f"{reason}, and yet {counted(succeeded, 'connect')} succeeded: the rules were not these at the time, or "
            "the description is later than the incident.",
            source,
            STRONG,
        )
        return 0
    parts = "" if every else f" ({sum(bool(one.blocked) for one in same)} of {len(same)} subnets)"
    if failed:
        how = "timed out" if failed == symptoms.total(CallerOutcome.TIMED_OUT, **of) else "failed"
        _prove(found, way, f"{reason}{parts}, and {counted(failed, 'connect')} {how}.", source)
        return failed + (late if every else 0)
    if late and every:
        text = f"{reason}, and {counted(late, 'invocation or answer', 'invocations or answers')} timed out."
        if symptoms.total(CallerOutcome.INVOCATION_TIMED_OUT, **of):
            _prove(found, way, text, source)
        else:
            # A read that times out is one on an open connection, unless a library calls a connect that.
            found.supports(text, source, STRONG)
        return late
    if late and _share_fits(facts, way, same):
        text = f"{reason}{parts}, and about that share of the invocations of {way.function} timed out."
        _prove(found, way, text, source)
        return late
    unnamed, untold = _cut_off(facts, way.function), _of_no_destination(facts, way.function)
    if untold and every:
        # The lines do not say of what, and of this destination they would be.
        text = f"{counted(untold, 'connect')} of {way.function} failed, whose lines name no destination"
        found.supports(f"{reason}, and {text}.", source, _OF_ITS_OWN)
        return untold + unnamed
    if unnamed and every:
        text = f"{counted(unnamed, 'invocation')} of {way.function} timed out, on what their lines do not say"
        found.supports(f"{reason}, and {text}.", source, STRONG)
        return unnamed
    if symptoms.total(*_CONNECTS, *AMBIGUOUS):
        found.supports(f"{reason}{parts}; none of the failures is known to be of these connections.", source, FAIR)
        return 0
    errors = sum(one.count for one in errors_of_unknown_reason(facts).counts if one.function in (None, way.function))
    if errors and (every or _share_fits(facts, way, same)):
        reason += parts
        _prove(found, way, f"{reason}, and {counted(errors, 'invocation')} of {way.function} failed.", source)
        return errors
    if every and not symptoms.told and CallerOutcome.TIMED_OUT in symptoms.reported:
        _prove(found, way, f"{reason}, and the incident was reported with time-outs.", source)
    else:
        found.supports(f"{reason}{parts}.", source, STRONG)
    return 0


def _prove(found: Examination, way: Way, text: str, source: str) -> None:
    """What AWS's own answers say is proof; what they say of public addresses only is as sure as that these are."""
    if way.if_public:
        found.supports(text, source, _ASSUMED)
    else:
        found.proves(text, source)


def _share_fits(facts: Facts, way: Way, same: list[Way]) -> bool:
    """Whether about as large a share of a function's invocations fails as of its subnets are blocked."""
    errors = facts.invocation_errors.get(way.function)
    invoked = facts.function_metric("Invocations", way.function, ("Sum",))
    if errors is None or invoked is None or not invoked.total:
        return False
    blocked = sum(one.share for one in same if one.blocked)
    return abs(errors.total / invoked.total - blocked) <= _SHARE_ABOUT


@once
def _cut_off(facts: Facts, function: str) -> int:
    """Invocations and answers that timed out, of which nothing says what they waited for."""
    symptoms = facts.symptoms
    names = symptoms.destinations(*AMBIGUOUS)
    named_ones = (symptoms.total(*AMBIGUOUS, function=function, destination=one) for one in names)
    return symptoms.total(*AMBIGUOUS, function=function) - sum(named_ones)


@once
def _of_no_destination(facts: Facts, function: str) -> int:
    """Connects of a function that failed, of which nothing says where they went."""
    symptoms = facts.symptoms
    return sum(
        one.count
        for one in symptoms.counts
        if one.outcome in _CONNECTS and one.function == function and one.destination is None and one.elsewhere is None
    )


def _reason(way: Way) -> str:
    reason = str(way.blocked or way.partly or "")
    # An id keeps its small letter.
    return reason if "-" in reason.split(" ", 1)[0] else reason[:1].upper() + reason[1:]


def _open(found: Examination, facts: Facts) -> None:
    symptoms = facts.symptoms
    source = facts.source("route-tables")
    text = "Every route, security group and network ACL on the way lets the connections through"
    established = symptoms.total(CallerOutcome.ESTABLISHED)
    if symptoms.complete and established:
        found.excludes(f"{text}, and {established:,} connects succeeded.", source)
        return
    # Where names are not resolved, what keeps the resolver from answering is on another way.
    unresolved = symptoms.total(CallerOutcome.NO_NAME) * 2 > failed_in_all(facts)
    found.speaks_against(f"{text}.", source, FAIR if unresolved else STRONG)
    for gateway in facts.ways.gateways:
        reading = facts.nat(gateway).established
        if reading is not None and reading.total > 0:
            found.speaks_against(
                f"{facts.label(gateway)} established {reading.total:,.0f} connections from these subnets.",
                reading.source,
                STRONG if facts.ways.strangers(gateway) == () else WEAK,
            )


def _beyond(found: Examination, facts: Facts) -> None:
    """What leaves the VPC for where no rule is known: nothing is ruled out, and the far side is asked for."""
    leaving = sorted({way.beyond for way in facts.ways.ways if way.beyond is not None})
    if not leaving:
        return
    behind = named(leaving, _MOST_WAYS_BEYOND)
    if all(way.reach in (Reach.OPEN, Reach.BEYOND) for way in facts.ways.ways):
        text = f"As far as this VPC goes the connections get through; what lies beyond {behind} is not in the case."
        found.speaks_against(text, facts.source("route-tables"), WEAK)
    note = (
        "collect the route tables, security groups, network ACLs, subnets and network interfaces there, with the "
        "credentials of that account, into ec2/ under names of their own"
    )
    why = Reason("shows whether a route or rule blocks the connections on the far side, or the way back")
    found.needs(Missing(Need.TOPOLOGY, f"routes and rules beyond {behind}", (), (why,), note))


def _without_address(found: Examination, facts: Facts) -> None:
    """Which route and rules connections meet depends on where they go."""
    destinations = facts.ways.network.destinations
    names = {way.destination for way in facts.ways.ways if "case.yaml" in way.missing}
    unsaid = [one for name in sorted(names) if (one := destinations[name]).host and not one.addresses]
    if unsaid:
        why = Reason("shows which route and rules the connections meet")
        what = f"addresses of {named([one.name for one in unsaid])}, in case.yaml"
        command = f"getent ahosts {shlex.quote(unsaid[0].host or '')}"
        note = "as its name resolves inside the VPC"
        found.needs(Missing(Need.TOPOLOGY, what, (), (why,), note, command))


def _partly(found: Examination, facts: Facts) -> None:
    """Rules that let some connections through and others not."""
    for way in {str(one.partly): one for one in facts.ways.ways if one.partly is not None}.values():
        text = f"{_reason(way)}: a share of the connects to {way.destination} fails, whatever the load."
        found.mechanism, found.resource = way.partly.mechanism if way.partly else None, way.subnet
        found.reason = f"a share of the connections to {way.destination} does not get through: {way.partly}"
        share = share_of_invocations(facts, *_CONNECTS, *AMBIGUOUS, destination=way.destination)
        always = share is None or not share.began
        found.supports(text, facts.source(way.source_kind), _OF_ITS_OWN if always else STRONG)
        if facts.symptoms.known:
            failed = failures_to(facts, way.destination, *_CONNECTS).total
            late = failures_to(facts, way.destination, *AMBIGUOUS).total
            found.explains = failed or late or errors_of_unknown_reason(facts).total


def _ask(found: Examination, facts: Facts) -> None:
    """Ask for what is on the ways and not in the case."""
    _beyond(found, facts)
    _without_address(found, facts)
    found.needs(topology(facts, unknown_rules(facts), "shows whether a route or rule blocks the connections"))


def _no_way_out(found: Examination, facts: Facts) -> bool:
    """Whether nobody said what the functions connect to, and their way into the internet ends in what is gone."""
    network, failed = facts.ways.network, errors_of_unknown_reason(facts)
    late = facts.symptoms.total(*AMBIGUOUS) or failed.total
    if facts.case.destinations or network.reachability is None or late < _SEVERAL:
        return False
    for name in facts.case.functions:
        function = network.functions.get(name)
        if function is None or not function.subnets:
            return False
        groups = function.security_group_set
        blocks = [network.reachability.into_internet(groups, one).block for one in function.subnets]
        first = blocks[0]
        if first is None or any(one is None or one.kind not in _GONE for one in blocks):
            return False
        found.mechanism, found.resource, found.explains = first.mechanism, first.resource, late
        found.reason = f"no connection of {name} into the internet gets through: {first}"
        found.supports(
            f"No connection of {name} into the internet gets through: {first}; {counted(late, 'invocation')} failed, "
            "and nothing says what they connected to.",
            facts.source(first.said_by),
            STRONG,
        )
    return bool(facts.case.functions)


def _not_known(found: Examination, facts: Facts) -> None:
    if _no_way_out(found, facts):
        _ask(found, facts)
        return
    if any(way.reach in (Reach.UNKNOWN, Reach.BEYOND) for way in facts.ways.ways) or not facts.ways.complete:
        found.at_most(Status.POSSIBLE)
    _partly(found, facts)
    _unreachable(found, facts)
    _ask(found, facts)
    if not has_timeout_symptom(facts):
        return
    symptoms = facts.symptoms
    if not symptoms.complete:
        if symptoms.total(CallerOutcome.TIMED_OUT):
            timeouts_seen(found, facts)
        share = share_of_invocations(facts, CallerOutcome.TIMED_OUT)
        if share is not None and share.began:
            found.speaks_against(
                f"{share.of_before - share.failed_before:,.0f} invocations succeeded before: rules do not change by "
                "themselves.",
                share.source,
                FAIR,
            )
        return
    timed_out = symptoms.total(CallerOutcome.TIMED_OUT)
    established = symptoms.total(CallerOutcome.ESTABLISHED)
    source = symptoms.source(CallerOutcome.TIMED_OUT)
    if established:
        first = symptoms.first(CallerOutcome.TIMED_OUT)
        since = "" if first is None else f" and the first failed at {clock(first)}"
        found.speaks_against(f"{established:,} connects succeeded{since}: rules do not look at the load.", source, FAIR)
        return
    found.supports(f"Not one of {counted(timed_out, 'connect')} succeeded.", source, FAIR)
    lost = lost_before_nat(facts)
    if lost is not None and lost[0] >= _NEARLY_ALL * lost[1]:
        found.supports(
            f"Of {lost[1]:,} SYNs the NAT gateways saw {lost[1] - lost[0]:,}: they were lost before.", source, STRONG
        )
    elif lost is None and facts.ways.gateways:
        found.needs(nat_metrics(facts, facts.ways.gateways, "shows whether SYNs get as far as the NAT gateway"))


def _unreachable(found: Examination, facts: Facts) -> None:
    """The kernel's word that there is no route."""
    unreachable = facts.symptoms.total(CallerOutcome.UNREACHABLE)
    if unreachable:
        total, source = counted(unreachable, "connect"), facts.symptoms.source(CallerOutcome.UNREACHABLE)
        found.supports(f"{total} found no route (ENETUNREACH, EHOSTUNREACH).", source, STRONG)


CAUSE = Cause(
    id="route-or-rule-blocked",
    title="Route or rule blocks",
    sentence="no connection gets out of {resource}",
    remedy="Mend the route, rule or gateway that the evidence names.",
    place=60,
    examine=examine,
    explains=(*_CONNECTS, CallerOutcome.POLICY_DENIED),
    mechanisms=(*(Mechanism(one.value) for one in Obstacle), Mechanism(_POLICY)),
    needs=(Need.CALLER_LOGS, Need.TOPOLOGY, Need.NAT_METRICS),
)
