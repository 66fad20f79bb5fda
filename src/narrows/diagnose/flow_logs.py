"""What flow logs say for and against the causes: the only evidence that counts connections table by table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from narrows.addresses import Block, address
from narrows.case.model import CallerOutcome
from narrows.case.outcomes import AMBIGUOUS
from narrows.diagnose.model import Observed, Status
from narrows.diagnose.weighing import FAIR, STRONG, Examination
from narrows.evidence.facts import Facts, clock, once
from narrows.flowlogs.renewed import ends
from narrows.listing import counted
from narrows.network import EniKey, Resource

if TYPE_CHECKING:
    from narrows.evidence.flow_logs import FlowLogEvidence, Rejected
    from narrows.flowlogs.keys import Key

_CLEARLY_BELOW = 0.9
"""Share of its capacity below which a table is not full."""
_NEARLY_ALL = 0.95
"""Share of the timed-out connects beyond which none is left for another cause."""
_NO_CHANCE = 2.0
"""A hundred to one."""
_MOST_OF = 0.5
"""Share of the timed-out connects that a place must account for."""


@once
def _listed(facts: Facts) -> dict[str, EniKey]:
    """The keys of the listed ENIs, by what flow logs call them."""
    return {str(one.key): one.key for one in facts.case.topology.enis}


def _key(facts: Facts, eni: Key) -> EniKey | None:
    return _listed(facts).get(eni.resource or "")


def eni_tables(found: Examination, facts: Facts) -> None:
    """How full the Hyperplane ENIs in question were: those that an examination names."""
    logs = facts.flow_logs
    if logs is None:
        return
    enis = [one for one in logs.enis if _key(facts, one) in found.resources and one.limit is not None]
    _silent(found, facts, logs)
    if not enis:
        return
    fullest = max(enis, key=ends)
    assert fullest.limit is not None
    limit = fullest.limit[1]
    if fullest.low >= limit or fullest.high is not None:
        found.observed = Observed(fullest.low, fullest.high, "connections")
        found.resource = _key(facts, fullest)
    if fullest.low >= limit:
        _eni_full(found, facts, logs, fullest, limit)
    elif fullest.high is None:
        found.remarks(
            f"Flow logs show {_interval(fullest)} open connections on {fullest.interface}; but "
            f"{logs.missing(facts.window)}: that does not exclude that the {limit:,} were reached that it holds.",
            logs.source,
        )
    elif fullest.most >= limit:
        found.remarks(
            f"Flow logs show {_interval(fullest)} open connections on {fullest.interface}: the {limit:,} that it holds "
            "lie in between, so they neither prove nor exclude that it was full.",
            logs.source,
        )
        # Attempts that share a port within a record are one, so that only next to none is a sign by itself.
        _vanished(found, facts, logs, enis, 1 - _NEARLY_ALL)
    elif fullest.most < _CLEARLY_BELOW * limit:
        _eni_had_room(found, facts, logs, enis, fullest, limit)


def _eni_full(found: Examination, facts: Facts, logs: FlowLogEvidence, eni: Key, limit: int) -> None:
    minutes = logs.flat_minutes(eni)
    text = (
        f"Flow logs show {_interval(eni)} open connections on Hyperplane ENI {eni.interface} at "
        f"{clock(eni.at)}: at least the {limit:,} that it holds"
    )
    text += f", and it stood there for {counted(minutes, 'minute')} (flat top)." if minutes > 1 else "."
    # Without tcp-flags one record may hold several connections, so that even the lower bound is no proof.
    failing = facts.symptoms.total(CallerOutcome.TIMED_OUT) or facts.symptoms.reported
    if failing and logs.has_flags:
        found.proves(text, logs.source)
    else:
        found.supports(text, logs.source, STRONG)
    _vanished(found, facts, logs, [one for one in logs.enis if _key(facts, one) in found.resources] or [eni])


def _vanished(
    found: Examination, facts: Facts, logs: FlowLogEvidence, enis: Sequence[Key], share: float = _MOST_OF
) -> None:
    """A full ENI drops SYNs without a trace: what timed out did not leave it."""
    timed_out = facts.symptoms.total(CallerOutcome.TIMED_OUT)
    left = sum(one.unanswered for one in enis)
    whole = _whole(facts, logs, enis, {key for one in enis if (key := _key(facts, one))})
    if timed_out and logs.has_flags and whole and left < share * timed_out:
        what = f"only {counted(left, 'unanswered SYN')} left the ENI" if left else "no unanswered SYN left the ENI"
        found.supports(
            f"{counted(timed_out, 'connect')} timed out, and {what}: the others vanished before it.",
            logs.source,
            STRONG,
        )


def _silent(found: Examination, facts: Facts, logs: FlowLogEvidence) -> None:
    """Nothing logged at an ENI while callers time out is evidence too: their SYNs never got as far."""
    timed_out = facts.symptoms.total(CallerOutcome.TIMED_OUT)
    keys = set(found.resources)
    silent = [one for one in facts.case.topology.enis if one.key in keys and one.id in logs.silent]
    if timed_out and silent:
        found.supports(
            f"{counted(timed_out, 'connect')} timed out, and flow logs show no traffic at all on Hyperplane ENI "
            f"{', '.join(one.id for one in silent[:3])} (NODATA): no SYN got that far.",
            logs.source,
            STRONG,
        )


def _whole(facts: Facts, logs: FlowLogEvidence, enis: Sequence[Key], keys: Collection[Resource]) -> bool:
    """Whether the logs show every ENI of these keys, and no record is missing."""
    listed = {one.id for one in facts.case.topology.enis if one.key in keys}
    seen = {str(name) for one in enis for name in (one.interface, *one.replaced)}
    return logs.missing(facts.timeouts_within(), listed | seen) is None and listed <= seen | logs.silent


def _eni_had_room(
    found: Examination, facts: Facts, logs: FlowLogEvidence, enis: list[Key], fullest: Key, limit: int
) -> None:
    """What closed within the last minute may still hold entries: nobody documents how long."""
    closing = max((one.opened for eni in enis for one in eni.minutes), default=0)
    text = (
        f"Flow logs show at most {fullest.high:,} open connections on {fullest.interface}, the fullest ENI, of "
        f"the {limit:,} that it holds."
    )
    within = facts.timeouts_within()
    covered = within is not None and logs.window[0] <= within[0] + 120 and logs.window[1] >= within[1] - 120
    whole = _whole(facts, logs, enis, set(found.resources)) and covered
    if whole and fullest.most + closing < _CLEARLY_BELOW * limit:
        found.excludes(text, logs.source)
        return
    missing = logs.missing(within)
    if missing is not None:
        text = f"{text[:-1]}; but {missing}."
    found.speaks_against(text, logs.source, FAIR if missing else STRONG)


def nat_tables(found: Examination, facts: Facts, gateways: Collection[str]) -> None:
    """How full the tables of NAT gateways were, per unique destination and address."""
    logs = facts.flow_logs
    if logs is None:
        return
    own = [one for one in logs.nats if one.resource in gateways and one.limit is not None]
    if not own:
        return
    fullest = max(own, key=_filled)
    assert fullest.limit is not None
    limit = fullest.limit[1]
    where = f"{fullest.destination}:{fullest.port}"
    text = (
        f"Flow logs show {_interval(fullest)} ports of {facts.label(fullest.resource or '')} in use "
        f"towards {where} at {clock(fullest.at)}, of {limit:,}"
    )
    loss = logs.lost.after("nat-inside")
    missing = logs.missing(facts.timeouts_within())
    if fullest.low >= limit:
        found.observed = Observed(fullest.low, fullest.high, "connections")
        found.resource = fullest.resource
        if (facts.symptoms.failures or facts.symptoms.reported) and logs.has_flags:
            found.proves(f"{text}: not one was left.", logs.source)
        else:
            found.supports(f"{text}: not one was left.", logs.source, STRONG)
    elif fullest.most < _CLEARLY_BELOW * limit and missing is None:
        found.speaks_against(f"{text}.", logs.source, STRONG)
    else:
        found.remarks(f"{text}." if missing is None else f"{text}; but {missing}.", logs.source)
    full = [one for one in logs.nat_addresses if one.resource in gateways and one.limit and one.low >= one.limit[1]]
    if full and fullest.low < limit:
        found.supports(
            f"{counted(len(full), 'address', 'addresses')} of {facts.label(full[0].resource or '')} had no port left "
            f"towards {full[0].destination}:{full[0].port}, though others had.",
            logs.source,
            FAIR,
        )
    if loss is not None and loss.count:
        lost = counted(loss.count, "connection attempt")
        found.supports(
            f"At least {lost} reached the NAT gateways' inside and never left them.",
            logs.source,
            STRONG,
        )


def _interval(key: Key) -> str:
    if key.high is None:
        return f"at least {key.low:,}"
    return f"{key.low:,}" if key.low == key.high else f"{key.low:,} to {key.high:,}"


def _filled(key: Key) -> float:
    return key.low / key.limit[1] if key.limit else 0.0


def unanswered_syns(found: Examination, facts: Facts) -> bool:
    """SYNs that left towards the destination and were not answered; whether they account for what timed out."""
    logs = facts.flow_logs
    if logs is None or not logs.has_flags or logs.skipped:
        return False
    outermost = next((loss for loss in logs.lost.losses if loss.before == "answered"), None)
    if outermost is None or outermost.count is None:
        return False
    place = outermost.after
    sent, answered = logs.lost.total(place), logs.lost.total("answered")
    timed_out = facts.symptoms.total(CallerOutcome.TIMED_OUT)
    where = "the NAT gateways" if place == "nat-outside" else "the Hyperplane ENIs"
    text = f"{sent - answered:,} of {sent:,} connection attempts left {where} and were not answered"
    if timed_out and outermost.count >= _MOST_OF * timed_out:
        left = _left_the_vpc(facts, logs)
        if left is not None and left[0] == left[1]:
            # They had passed every table, route and rule of the VPC, and not one was answered.
            found.proves(f"{text}.", logs.source)
        else:
            found.supports(f"{text}.", logs.source, STRONG)
        return True
    if timed_out and sent and place == "nat-outside" and logs.missing(facts.timeouts_within()) is None:
        found.speaks_against(f"{text}: that does not account for {timed_out:,} timeouts.", logs.source, STRONG)
    return False


def _left_the_vpc(facts: Facts, logs: FlowLogEvidence) -> tuple[int, int] | None:
    """(sent, not answered) at the outside of the NAT gateways, where nearly all that timed out is among these.

    Only towards the destinations in question, as far as their addresses are known, and only where no attempt is missing
    between the ENIs and there: others' SYNs must not be taken for the functions'.
    """
    timed_out = facts.symptoms.total(CallerOutcome.TIMED_OUT)
    if not timed_out or not logs.has_flags or logs.skipped or any(_denied(facts, logs)):
        return None
    if logs.missing(facts.timeouts_within()) is not None:
        return None
    asked = {(address, one.port) for one in facts.case.destinations.values() for address in one.addresses}
    keys = [one for one in logs.nats if not asked or (one.destination, one.port) in asked]
    sent, unanswered = sum(one.opened for one in keys), sum(one.unanswered for one in keys)
    at_eni = logs.lost.total("hyperplane-eni")
    missing = 0
    for loss in logs.lost.losses:
        if loss.before == "answered":
            continue
        if loss.count is None:
            return None
        missing += loss.count + loss.not_compared
    complete = at_eni >= _NEARLY_ALL * timed_out and missing <= (1 - _NEARLY_ALL) * at_eni
    return (sent, unanswered) if complete and unanswered >= _NEARLY_ALL * timed_out else None


def got_out(found: Examination, facts: Facts, what: str) -> None:
    """What timed out had left the NAT gateways: nothing before them (``what``) can have held it up."""
    logs = facts.flow_logs
    left = None if logs is None else _left_the_vpc(facts, logs)
    if logs is not None and left is not None:
        found.excludes(f"{counted(left[1], 'SYN')} left the NAT gateways and were not answered: {what}.", logs.source)


def _denied(facts: Facts, logs: FlowLogEvidence) -> tuple[list[Rejected], list[Rejected]]:
    """What rules denied of the connections in question: their SYNs at their own Hyperplane ENIs, and the answers there
    and at the NAT gateways on their way. What others send to these interfaces is denied every day."""
    asked = {address for one in facts.case.destinations.values() for address in one.addresses}
    enis = {one.id: one.private_address for one in facts.case.topology.enis if one.key in facts.ways.keys}
    listed = facts.case.topology.nat_interfaces
    nats = {one.id for name in facts.ways.gateways for one in listed.get(name, ())} | set(facts.ways.gateways)
    own = {address for address in enis.values() if address is not None}
    syns = [
        one
        for one in logs.rejected
        # At the destination's interface they are denied as well, by its own rules.
        if (one.syns and one.interface not in enis and one.source in own and one.target in asked)
        or (
            one.syns
            and one.interface in enis
            and (not asked or one.target in asked)
            # Nobody lists an ENI's IPv6 addresses.
            and (enis[one.interface] in (None, one.source) or (":" in one.source and one.target in asked))
        )
    ]
    answers = [
        one
        for one in logs.rejected
        if one.answers and (one.interface in enis or one.interface in nats) and (not asked or one.source in asked)
    ]
    return syns, answers


def rejected_syns(found: Examination, facts: Facts) -> None:
    """SYNs that a security group or network ACL denied. Late packets are denied too, but carry no SYN."""
    logs = facts.flow_logs
    timed_out = facts.symptoms.total(CallerOutcome.TIMED_OUT) or facts.symptoms.total(*AMBIGUOUS)
    if logs is None or not timed_out:
        return
    _rejected_without_flags(found, facts, logs, timed_out)
    if not logs.has_flags:
        return
    syns, answers = _denied(facts, logs)
    if answers:
        number, worst = _most(answers, [one.answers for one in answers])
        text = f"Flow logs show {counted(number, 'record')} of answers (SYN-ACK) that a network ACL denied (REJECT)"
        text += f", most of them on {worst}"
        if number >= _MOST_OF * timed_out:
            found.supports(f"{text}.", logs.source, STRONG)
        else:
            found.remarks(f"{text}: that does not account for {counted(timed_out, 'timeout')}.", logs.source)
    if syns:
        number, worst = _most(syns, [one.syns for one in syns])
        text = (
            f"Flow logs show {counted(number, 'record')} of SYNs that a security group or network ACL denied (REJECT)"
        )
        text += f", most of them on {worst}"
        if number >= _MOST_OF * timed_out:
            keys = {one.id: one.key for one in facts.case.topology.enis}
            found.resource = found.resource or keys.get(worst, worst)
            found.reason = found.reason or _denied_at(worst)
            found.explains = found.explains or min(number, timed_out)
            found.proves(f"{text}.", logs.source)
        else:
            found.remarks(f"{text}: that does not account for {counted(timed_out, 'timeout')}.", logs.source)


def _rejected_without_flags(found: Examination, facts: Facts, logs: FlowLogEvidence, timed_out: int) -> None:
    """Records of AWS's default format do not say whether they carry a SYN; but what a function's ENI sends to the
    destination's port and is denied there is no late packet of a connection, where it is so often."""
    asked = {address for one in facts.case.destinations.values() for address in one.addresses}
    own = {one.private_address for one in facts.case.topology.enis if one.key in facts.ways.keys}
    places = _places(facts) if not own else ()
    flagless = [one for one in logs.rejected if not one.syns and not one.answers]
    denied = [
        one
        for one in flagless
        if one.target in asked and (one.source in own or any(place.holds(address(one.source)) for place in places))
    ]
    number, worst = _most(denied, [one.records for one in denied]) if denied else (0, "")
    if number < _MOST_OF * timed_out:
        return
    found.resource = found.resource or worst
    found.reason = found.reason or _denied_at(worst)
    found.explains = found.explains or min(number, timed_out)
    text = (
        f"Flow logs show {counted(number, 'record')} from the functions' ENIs to the destination that a security group "
        f"or network ACL denied (REJECT), most of them on {worst}"
    )
    targets = {one.target for one in denied}
    if places or any(one.destination in targets for one in logs.eni_destinations):
        # What was denied was denied, whatever rules the case does not hold.
        found.ceiling = Status.LIKELY
        found.supports(f"{text}.", logs.source, _NO_CHANCE)
    else:
        found.proves(f"{text}, and none that they let through.", logs.source)


def _denied_at(interface: str) -> str:
    """The first sentence, where flow logs say it."""
    return f"a security group or network ACL denies the connections at {interface}: flow logs show REJECT"


def _places(facts: Facts) -> tuple[Block, ...]:
    """The addresses of the functions' subnets, where their ENIs are not listed."""
    reachability = facts.case.topology.network.reachability
    if reachability is None:
        return ()
    subnets = {key.subnet for key in facts.ways.keys}
    blocks = (place.block(4) for name, place in reachability.config.places.items() if name in subnets)
    return tuple(one for one in blocks if one is not None)


def _most(denied: Sequence[Rejected], counts: Sequence[int]) -> tuple[int, str]:
    """How many records in all, and the interface that has most of them."""
    each: Counter[str] = Counter()
    for one, number in zip(denied, counts, strict=True):
        each[one.interface] += number
    return each.total(), each.most_common(1)[0][0]
