"""Whether SYNs got as far as the destination: what tells a full table on the way from one who does not answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from narrows.case.model import CallerOutcome
from narrows.diagnose.weighing import FAIR, STRONG, Examination
from narrows.evidence.facts import Facts, once
from narrows.evidence.failures import behind
from narrows.evidence.invocations import NEARLY_ALL
from narrows.evidence.metrics import Reading
from narrows.listing import counted

MOST_OF = 0.5
"""Share of the timed-out connects that unanswered SYNs must account for."""
_NOTABLE = 0.15
"""Share of unanswered attempts that is notable where the number of timed-out connects is not known."""
_RESENT = 1.02
"""Established connections took so many SYNs each: some were answered only when sent again."""
_NOISE = 0.3
"""Over the root of their number: how far two sums of periods lie apart by chance where each is known to a tenth."""
_ALIVE = 100
"""Connects that succeeded elsewhere in the meantime, for that to mean something."""


def unanswered_behind_nat(facts: Facts, gateways: Sequence[str]) -> tuple[int, int, str] | None:
    """(SYNs that passed the gateways unanswered, at least; attempts; source), where the metrics tell."""
    total, attempts, source = 0, 0.0, ""
    for gateway in gateways:
        nat = facts.nat(gateway)
        errors, drops = nat.port_errors, nat.drops
        if nat.unanswered is None or nat.attempts is None or errors is None or errors.stat != "Sum":
            return None
        # Every attempt that the gateway itself dropped cost it one error, or one packet, at least.
        own = errors.total + (drops.total if drops is not None else 0.0)
        total, attempts = total + max(0, round(nat.unanswered - own)), attempts + nat.attempts.total
        source = nat.attempts.source
    refused = facts.symptoms.total(CallerOutcome.REFUSED)
    return (max(0, total - refused), round(attempts), source) if source else None


def left_unanswered(facts: Facts, gateways: Sequence[str]) -> tuple[int, int, str] | None:
    """As above, where it is enough to account for the timed-out connects."""
    found = unanswered_behind_nat(facts, gateways)
    if found is None or not gateways:
        return None
    missing, attempts, _ = found
    timed_out = facts.symptoms.total(CallerOutcome.TIMED_OUT)
    enough = missing >= MOST_OF * timed_out if facts.symptoms.complete else missing >= _NOTABLE * attempts
    return found if enough and missing else None


@dataclass(frozen=True, slots=True)
class AnsweredShare:
    """What share of connection attempts to a destination was answered."""

    meanwhile: float
    """In the minutes in which connects timed out."""
    before: float
    source: str

    @property
    def fell(self) -> bool:
        """From nearly all to hardly any."""
        return self.before >= NEARLY_ALL and self.meanwhile <= 1 - NEARLY_ALL


@once
def answered_share(facts: Facts, destination: str | None) -> AnsweredShare | None:
    """Attempts against established connections in the failing minutes, and in those before; None where not counted.

    By the callers where every attempt is in the case; else by the NAT gateway, where only this destination is behind
    it.
    """
    symptoms = facts.symptoms
    failing = symptoms.by_minute(CallerOutcome.TIMED_OUT, destination=destination)
    if not failing:
        return None
    first = min(failing)
    if symptoms.complete:
        worked = symptoms.by_minute(CallerOutcome.ESTABLISHED, destination=destination)
        before = sum(number for minute, number in worked.items() if minute < first)
        answered = sum(number for minute, number in worked.items() if minute in failing)
        tried = answered + sum(failing.values())
        source = symptoms.source(CallerOutcome.ESTABLISHED)
        return AnsweredShare(answered / tried, 1.0, source) if before else None
    gateways = facts.ways.gateways
    if len(gateways) != 1 or len(behind(facts, gateways[0])) != 1 or facts.ways.strangers(gateways[0]) != ():
        return None
    nat = facts.nat(gateways[0])
    if nat.attempts is None or nat.established is None or nat.attempts.stat != "Sum":
        return None
    sums = [0.0, 0.0, 0.0, 0.0]
    for moment, attempts in nat.attempts.points:
        established = nat.established.at(moment)
        if established is None:
            continue
        if any(moment <= minute < moment + nat.attempts.period for minute in failing):
            sums[0], sums[1] = sums[0] + established, sums[1] + attempts
        elif moment + nat.attempts.period <= first:
            sums[2], sums[3] = sums[2] + established, sums[3] + attempts
    if not sums[1] or not sums[3]:
        return None
    return AnsweredShare(min(1.0, sums[0] / sums[1]), min(1.0, sums[2] / sums[3]), nat.established.source)


def _periods_that_count(reading: Reading) -> float:
    """How many equal periods would vary as much in sum: fewer than there are, where a few hold most."""
    squares = sum(value * value for _, value in reading.points)
    return max(1.0, reading.total**2 / squares) if squares else 1.0


def sent_again(facts: Facts, gateways: Sequence[str]) -> tuple[float, str] | None:
    """(SYNs for each established connection, source), where some were answered only when they were sent again."""
    established = attempts = noise = 0.0
    source = ""
    for gateway in gateways:
        nat = facts.nat(gateway)
        errors, drops = nat.port_errors, nat.drops
        if nat.established is None or nat.attempts is None or errors is None or errors.total > 0:
            return None
        if drops is not None and drops.total > 0:
            return None
        established, attempts = established + nat.established.total, attempts + nat.attempts.total
        source = nat.established.source
        noise = max(noise, _NOISE / math.sqrt(_periods_that_count(nat.attempts)))
    if not attempts or established <= max(_RESENT, 1 + noise) * attempts:
        return None
    return established / attempts, source


def answers_behind_nat(found: Examination, facts: Facts, gateways: Sequence[str]) -> None:
    """Against a table before the NAT gateway: SYNs that passed the gateway, and were not answered there."""
    left = left_unanswered(facts, gateways)
    if left is not None:
        missing, attempts, source = left
        shared = any(facts.ways.strangers(name) != () for name in gateways)
        found.speaks_against(
            f"At least {missing:,} of {attempts:,} connection attempts passed the NAT gateway and were not answered: "
            "they got through the ENI.",
            source,
            FAIR if shared and not facts.symptoms.complete else STRONG,
        )
        return
    again = sent_again(facts, gateways)
    if again is not None:
        found.speaks_against(
            f"ConnectionEstablishedCount is {again[0]:.2f} times ConnectionAttemptCount: SYNs passed the NAT gateway "
            "and were answered only when they were sent again.",
            again[1],
            FAIR,
        )


def other_destination_alive(found: Examination, facts: Facts) -> None:
    """Against an ENI: it carries every destination, so that none of them works while it is full."""
    alive = _alive_elsewhere(facts)
    if alive is not None:
        found.speaks_against(*alive, STRONG)


@once
def _alive_elsewhere(facts: Facts) -> tuple[str, str] | None:
    """(What says so, its source): the first destination that works through an ENI through which another does not."""
    symptoms = facts.symptoms
    if not symptoms.complete:
        return None
    failing = symptoms.by_minute(CallerOutcome.TIMED_OUT)
    ways = facts.ways.of_destination
    ill = {name for name in ways if symptoms.total(CallerOutcome.TIMED_OUT, destination=name)}
    hurt = {way.eni for name in ill for way in ways[name]}
    for name in ways:
        if name in ill or not any(way.eni in hurt for way in ways[name]):
            continue
        well = symptoms.by_minute(CallerOutcome.ESTABLISHED, destination=name)
        alive = sum(number for minute, number in well.items() if minute in failing)
        if alive >= _ALIVE:
            text = (
                f"In the same minutes {counted(alive, 'connect')} to {name} succeeded through the same ENI, and none "
                "timed out."
            )
            return text, symptoms.source(CallerOutcome.ESTABLISHED)
    return None
