"""``destination-not-answering``: SYNs reach the destination (or leave towards it), and no answer comes."""

from __future__ import annotations

from narrows.addresses import block, is_private
from narrows.case.model import CallerOutcome
from narrows.diagnose.cause import Cause, Mechanism
from narrows.diagnose.collecting import caller_logs, flow_logs, nat_metrics, topology
from narrows.diagnose.common_rules import (
    has_timeout_symptom,
    nat_port_errors,
    never_seen,
    timeouts_seen,
    unknown_rules,
    way_is_open,
    way_is_open_here,
)
from narrows.diagnose.flow_logs import unanswered_syns
from narrows.diagnose.model import Need, Status
from narrows.diagnose.own_metrics import has_a_metric_of_its_own, its_connections_fell, says_that_it_is_ill
from narrows.diagnose.plateaus import flat_top, stands_near_its_top
from narrows.diagnose.unanswered import answered_share, left_unanswered, sent_again
from narrows.diagnose.weighing import FAIR, STRONG, WEAK, Examination
from narrows.evidence.facts import Facts, clock
from narrows.evidence.failures import failures_to, timed_out_to
from narrows.evidence.invocations import NEARLY_ALL, load_was_as_high_before, share_of_invocations
from narrows.evidence.occupancy import all_lost_before_nat, eni_has_room, gateways_have_room
from narrows.listing import counted, named
from narrows.reachability import Reach
from narrows.words import percent

_ABOUT_A_SHARE = 0.06
"""How far a share lies from that of some addresses, to be taken for it."""
_MANY = 20
"""Requests without an answer, from which on it is no slow one among them."""
_A_FEW = 2
_SEVERAL = 3
"""Connects that timed out, from which on it is no accident."""


def examine(facts: Facts) -> Examination:
    """Weigh the evidence for the destination whose connects time out most."""
    found = Examination("destination-not-answering")
    symptoms = facts.symptoms
    if never_seen(found, facts, CallerOutcome.TIMED_OUT):
        return found
    failing = [name for name in symptoms.destinations(CallerOutcome.TIMED_OUT) if name in facts.case.destinations]
    names = failing or list(facts.case.destinations)
    name = failing[0] if failing else names[0] if len(names) == 1 else None
    found.resource = name
    if not has_timeout_symptom(facts):
        if not symptoms.known:
            found.needs(caller_logs(facts, "shows whether connects time out"))
        return found
    timeouts_seen(found, facts)
    lost = all_lost_before_nat(facts)
    if lost is not None:
        found.excludes(lost, symptoms.source(CallerOutcome.TIMED_OUT))
        return found
    if symptoms.known:
        found.explains = timed_out_to(facts, name).total
    dead = _never_answered(found, facts, name)
    gone = _nobody_there(found, facts, name)
    left = unanswered_syns(found, facts)
    left = _left_unanswered(found, facts, name) or left
    _most_were_answered(found, facts, name)
    again = sent_again(facts, facts.ways.gateways)
    if again is not None:
        found.mechanism = "accept-rate"
        found.supports(
            f"Each established connection took {again[0]:.2f} SYNs: the destination answered some only when they were "
            "sent again.",
            again[1],
            STRONG,
        )
    fell_silent = its_connections_fell(found, facts, name)
    fell_silent = says_that_it_is_ill(found, facts, name) or fell_silent
    fell_silent = _fell_silent(found, facts, name) or fell_silent or _nothing_else(found, facts, name)
    gone = _at_some_addresses(found, facts, name) or gone
    if not dead and not left and not fell_silent and not gone and again is None:
        found.at_most(Status.POSSIBLE)
    if not (fell_silent and not failures_to(facts, name, CallerOutcome.TIMED_OUT).total):
        # What was connected to and is mute has no table before it that is full.
        _rivals(found, facts, name, dead, left)
    beyond = sorted({way.beyond for way in facts.ways.ways if way.beyond is not None and way.destination == name})
    if beyond and name is not None and not found.reason:
        found.reason = f"destination {name} does not answer, or what lies beyond {named(beyond)} keeps it from doing so"
    found.needs(flow_logs(facts, "a SYN that leaves and gets no SYN-ACK is seen there"))
    return found


def _never_answered(found: Examination, facts: Facts, name: str | None) -> bool:
    """From the first connect on, whatever the load."""
    symptoms = facts.symptoms
    if not symptoms.complete:
        return False
    timed_out = symptoms.total(CallerOutcome.TIMED_OUT, destination=name)
    established = symptoms.total(CallerOutcome.ESTABLISHED, destination=name)
    source = symptoms.source(CallerOutcome.TIMED_OUT)
    if not timed_out:
        return False
    if not established:
        found.mechanism = "down"
        found.supports(f"Not one of {counted(timed_out, 'connect')} to {name or 'it'} succeeded.", source, FAIR)
        return True
    first = next(iter(symptoms.by_minute(CallerOutcome.TIMED_OUT, destination=name)), None)
    before = symptoms.by_minute(CallerOutcome.ESTABLISHED, destination=name)
    if first is not None and any(number and minute < first for minute, number in before.items()):
        found.speaks_against(
            f"{established:,} connects succeeded, the first of them before {clock(first)}, when none had failed.",
            symptoms.source(CallerOutcome.ESTABLISHED),
            WEAK,
        )
    return False


def _nobody_there(found: Examination, facts: Facts, name: str | None) -> bool:
    """An address inside the VPC that belongs to no network interface, while others of the destination do."""
    about = facts.case.destinations.get(name or "")
    reachability = facts.case.topology.network.reachability
    if about is None or reachability is None:
        return False
    listed = {(version, first) for _, version, first in reachability.config.nics}
    inside = [one for one in map(block, about.addresses) if is_private(one)]
    gone = [one for one in inside if (one.version, one.first) not in listed]
    if not gone or len(gone) == len(inside):
        return False
    found.supports(
        f"{counted(len(gone), 'address', 'addresses')} of the {len(inside)} of {name} "
        f"{'belongs' if len(gone) == 1 else 'belong'} to no network interface, the others do: nobody is there.",
        facts.source("network-interfaces"),
        STRONG,
    )
    return True


def _at_some_addresses(found: Examination, facts: Facts, name: str | None) -> bool:
    """Whether all that time out go to some of the destination's addresses, while others are in use."""
    about = facts.case.destinations.get(name or "")
    if about is None or len(about.addresses) < _A_FEW:
        return False
    lines = facts.case.callers.addresses
    of = {address: (about.key, address) for address in about.addresses}
    late = {address: number for address, key in of.items() if (number := lines.get((*key, CallerOutcome.TIMED_OUT)))}
    well = {address: number for address, key in of.items() if (number := lines.get((*key, None)))}
    total = sum(late.values())
    told = failures_to(facts, name, CallerOutcome.TIMED_OUT).total
    others = sum(number for address, number in well.items() if address not in late)
    if total < _SEVERAL or total < NEARLY_ALL * told or not 0 < len(late) < len(about.addresses):
        return False
    if any(address in well for address in late):
        return False
    share = share_of_invocations(facts, CallerOutcome.TIMED_OUT, destination=name)
    part = share.failed / share.of if share is not None and share.of else 0.0
    fits = abs(part - len(late) / len(about.addresses)) <= _ABOUT_A_SHARE
    if others < total and not fits:
        return False
    dark = named(sorted(late))
    of_all = f"{'one' if len(late) == 1 else len(late)} of its {len(about.addresses)} addresses"
    found.reason = f"destination {name} does not answer at {dark}, {of_all}"
    beside = f"{counted(others, 'line')} of the logs name others, and no time-out does"
    if others < total:
        beside = f"no time-out names another, and {percent(part)} of the invocations failed"
    found.supports(
        f"{counted(total, 'connect')} to {dark} timed out ({of_all}); {beside}.",
        facts.symptoms.source(CallerOutcome.TIMED_OUT),
        FAIR if others < total else STRONG,
    )
    return True


def _left_unanswered(found: Examination, facts: Facts, name: str | None) -> bool:
    """SYNs that passed the NAT gateway; a destination that is full leaves them unanswered as well: only how many of
    them, and what the number of connections did meanwhile, tells the two apart."""
    left = left_unanswered(facts, facts.ways.gateways)
    if left is None:
        return False
    missing, attempts, source = left
    invocations = share_of_invocations(facts, CallerOutcome.TIMED_OUT, destination=name)
    worked = invocations is not None and invocations.began
    if missing >= NEARLY_ALL * attempts and not worked and not way_is_open(facts):
        # What a NAT gateway's own subnet keeps back looks the same.
        found.at_most(Status.POSSIBLE)
        found.needs(
            topology(facts, unknown_rules(facts), "tells a rule behind the NAT gateway from a destination that is dead")
        )
    found.supports(
        f"At least {missing:,} of {attempts:,} connection attempts passed the NAT gateway and were not answered.",
        source,
        STRONG,
    )
    _some_of_its_addresses(found, facts, name, missing / attempts, source)
    top = flat_top(facts, CallerOutcome.TIMED_OUT, name)
    if top is not None:
        found.speaks_against(
            f"The {top.what} stood still at {top.plateau.level:,.0f}, as at a limit.", top.source, FAIR
        )
    return True


def _most_were_answered(found: Examination, facts: Facts, name: str | None) -> None:
    """What is gone answers nobody, unless it is one of several: a table that fills up answers most and then no more."""
    symptoms = facts.symptoms
    about = facts.case.destinations.get(name or "")
    failing = symptoms.by_minute(CallerOutcome.TIMED_OUT, destination=name)
    if not symptoms.complete or not failing or about is None or len(about.addresses) != 1:
        return
    worked = symptoms.by_minute(CallerOutcome.ESTABLISHED, destination=name)
    answered, late = sum(worked.get(minute, 0) for minute in failing), sum(failing.values())
    if answered > late:
        found.speaks_against(
            f"In the minutes in which {late:,} connects timed out {answered:,} succeeded, to its one address.",
            symptoms.source(CallerOutcome.ESTABLISHED),
            FAIR,
        )


def _some_of_its_addresses(found: Examination, facts: Facts, name: str | None, unanswered: float, source: str) -> None:
    """As large a share goes unanswered as some of the addresses behind the name have of all."""
    about = facts.case.destinations.get(name or "")
    number = len(about.addresses) if about is not None else 0
    for dark in range(1, number):
        if abs(unanswered - dark / number) <= _ABOUT_A_SHARE:
            found.supports(
                f"{percent(unanswered)} were not answered: about as many as {dark} of its {number} addresses would "
                "leave.",
                source,
                FAIR,
            )
            return


def _fell_silent(found: Examination, facts: Facts, name: str | None) -> bool:
    """Nearly all were answered, and from one minute on hardly any: nothing that fills up does so at once."""
    if flat_top(facts, CallerOutcome.TIMED_OUT, name) or stands_near_its_top(facts, CallerOutcome.TIMED_OUT, name):
        return False
    if not failures_to(facts, name, CallerOutcome.TIMED_OUT).total:
        return _mute(found, facts, name)
    share = answered_share(facts, name)
    if share is not None and share.fell:
        found.mechanism = found.mechanism or "down"
        found.supports(
            f"{percent(share.meanwhile)} of connection attempts were answered while connects timed out, "
            f"{percent(share.before)} before.",
            share.source,
            STRONG,
        )
        return True
    invocations = share_of_invocations(facts, CallerOutcome.TIMED_OUT, destination=name)
    if invocations is not None and invocations.nearly_all and (invocations.began or not invocations.of_before):
        before = ""
        if invocations.of_before:
            before = f", and {invocations.failed_before:,.0f} of {invocations.of_before:,.0f} before"
        found.mechanism = found.mechanism or "down"
        found.supports(
            f"{invocations.failed:,.0f} of {invocations.of:,.0f} invocations failed while connects timed out{before}.",
            invocations.source,
            FAIR,
        )
        open_so_far = way_is_open(facts) or (way_is_open_here(facts) and invocations.began)
        if not (nat_port_errors(facts) == 0 or gateways_have_room(facts)):
            return False
        if open_so_far:
            found.supports("No route, security group or network ACL of this VPC blocks it.",
                           facts.source("route-tables"), FAIR)  # fmt: skip
            return True
        # What worked before got through the network ACLs, which hardly anybody changes; routes and groups people do.
        room = all(eni_has_room(facts, key) for key in facts.ways.keys)
        return invocations.began and room and not facts.ways.blocked and _known_but_for_acls(facts)
    return False


def _mute(found: Examination, facts: Facts, name: str | None) -> bool:
    """It is connected to, and from one minute on nothing that it is asked is answered: an outage, where invocations had
    worked before and now nearly all fail so."""
    answers = failures_to(facts, name, CallerOutcome.ANSWER_TIMED_OUT)
    share = share_of_invocations(facts, CallerOutcome.ANSWER_TIMED_OUT, destination=name)
    if answers.total < _MANY or share is None or not (share.nearly_all and share.began) or facts.ways.blocked:
        return False
    if answers.total < NEARLY_ALL * share.failed or not (way_is_open_here(facts) or _known_but_for_acls(facts)):
        # Some say of a connect that hangs, too, that there was no answer: a rule may have been changed.
        return False
    found.mechanism = "down"
    found.reason = f"{f'destination {name}' if name else 'the destination'} accepts connections and answers nothing"
    found.supports(
        f"{share.failed:,.0f} of {share.of:,.0f} invocations waited for an answer in vain, and "
        f"{share.failed_before:,.0f} of {share.of_before:,.0f} failed before.",
        share.source,
        STRONG,
    )
    return True


def _known_but_for_acls(facts: Facts) -> bool:
    """Whether nothing but network ACLs is missing to know every way."""
    ways = facts.ways.ways
    return bool(ways) and all(way.reach is not Reach.UNKNOWN or way.missing <= {"network-acls"} for way in ways)


def _nothing_else(found: Examination, facts: Facts, name: str | None) -> bool:
    """Everything before the destination is known, is open, and had room; and it is not load that makes it fail."""
    timed_out = failures_to(facts, name, CallerOutcome.TIMED_OUT)
    share = share_of_invocations(facts, CallerOutcome.TIMED_OUT, destination=name)
    worked = share is not None and share.began and not facts.ways.blocked and _known_but_for_acls(facts)
    if timed_out.total < _SEVERAL or not (way_is_open(facts) or worked):
        return False
    if not all(eni_has_room(facts, key) for key in facts.ways.keys):
        return False
    if nat_port_errors(facts) != 0 and not gateways_have_room(facts):
        return False
    if has_a_metric_of_its_own(facts, name):
        return False
    source = load_was_as_high_before(facts, CallerOutcome.TIMED_OUT, destination=name)
    if source is None or flat_top(facts, CallerOutcome.TIMED_OUT, name) is not None:
        return False
    found.supports(
        "Routes and rules let the connections through, ENIs and NAT gateways had room for them, and the load was as "
        "high before: nothing else on the way is left.",
        source,
        FAIR,
    )
    return True


def _rivals(found: Examination, facts: Facts, name: str | None, dead: bool, left: bool) -> None:
    """What stands before the destination must be open, and have room."""
    errors = nat_port_errors(facts)
    if errors is None:
        if not gateways_have_room(facts):
            found.at_most(Status.POSSIBLE)
        found.needs(
            nat_metrics(facts, facts.ways.gateways, "tells SYNs that the gateway drops from those nobody answers")
        )
    elif errors > 0:
        found.explains = max(0, (found.explains or 0) - round(errors))
        if not left:
            found.at_most(Status.POSSIBLE)
    if dead:
        if way_is_open(facts):
            found.supports("No route, security group or network ACL on the way blocks it.",
                           facts.source("route-tables"), FAIR)  # fmt: skip
        else:
            found.at_most(Status.POSSIBLE)
            found.needs(topology(facts, unknown_rules(facts), "tells a rule that drops SYNs from a dead destination"))


CAUSE = Cause(
    id="destination-not-answering",
    title="Destination does not answer",
    sentence="{resource} does not answer",
    noun="destination ",
    nameless="the destination",
    remedy="Ask whoever runs the destination: it, or a firewall in front of it, leaves SYNs unanswered.",
    place=110,
    examine=examine,
    explains=(CallerOutcome.TIMED_OUT,),
    needs=(Need.CALLER_LOGS, Need.TOPOLOGY, Need.NAT_METRICS, Need.FLOW_LOGS),
    mechanisms=(
        Mechanism(
            "down",
            remedy="Ask whoever runs the destination what changed when it fell silent; give connects a timeout of "
            "seconds, so that invocations do not wait for it.",
        ),
        Mechanism(
            "accept-rate",
            remedy="Open connections more slowly and reuse them: the destination takes no more than so many a second.",
        ),
    ),
)
