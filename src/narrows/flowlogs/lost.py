"""Where SYNs vanish: one that is seen at the Lambda ENI must be seen at the NAT gateway's inside leg, its outside leg,
and be answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TypedDict

from narrows.flowlogs.keys import iso
from narrows.flowlogs.raw import Raw
from narrows.listing import counted

HOPS = ("hyperplane-eni", "nat-inside", "nat-outside", "answered")
"""The places that a connection attempt passes, in order."""

_WHY = {
    "other-way": "no NAT gateway in these logs is seen to carry others like them at the time",
    "no-addresses": "pkt-srcaddr and pkt-dstaddr are missing at the NAT gateway",
    "denied": "a rule may have denied the answers behind the NAT gateway (REJECT)",
    "incomplete": "they are too near to the ends of the logs, or records are missing",
    "reused": "the NAT gateway's ports are given out again sooner than nat_hold_after_close, so a record may hide some",
}
"""Why attempts cannot be compared, by the outcome that losses.sql gives them."""
_SETTLED = frozenset({"lost", "seen"})
_SOME = frozenset({"other-way", "incomplete"})
"""Why some cannot be compared, though others could be: those that were answered passed every hop."""


class LossJson(TypedDict):
    after: str
    before: str
    count: int | None
    why: str | None
    not_compared: int


class MinuteJson(TypedDict):
    minute: str
    hops: dict[str, int]


class LostJson(TypedDict):
    """The answer of ``flowlogs --where-lost --json``."""

    hops: dict[str, int]
    lost: list[LossJson]
    minutes: list[MinuteJson]


@dataclass(frozen=True)
class Loss:
    """What is known of the attempts that pass from one hop to the next."""

    after: str
    before: str
    count: int | None
    """At least so many were seen at the first and never came to the second; None where no bound is possible."""
    not_compared: int = 0
    """Unanswered attempts at the first hop of which nobody can say whether they came to the second."""
    why: str | None = None
    """Why these, or most of them, cannot be compared."""

    def to_json(self) -> LossJson:
        """As ``--json`` prints it."""
        return LossJson(
            after=self.after, before=self.before, count=self.count, why=self.why, not_compared=self.not_compared
        )

    def sentences(self) -> list[str]:
        """What there is to say: nothing where nothing is known to be lost, and all could be compared."""
        said = []
        missing = "not answered" if self.before == "answered" else f"lost between {self.after} and {self.before}"
        if self.count:
            said.append(f"at least {counted(self.count, 'connection attempt')} {missing}")
        if self.not_compared:
            unknown = f"{counted(self.not_compared, 'unanswered attempt')} at {self.after}"
            said.append(f"not known of {unknown} whether {missing}: {self.why}")
        return said


@dataclass(frozen=True)
class Lost:
    """Connection attempts at each hop, by minute. Only hops that the logs show stand here.

    The counts of two hops must not be subtracted: not all that is seen at one goes on to the next, and attempts that
    share a port within a record are one. ``losses`` compares the attempts themselves.
    """

    hops: tuple[str, ...]
    minutes: dict[int, dict[str, int]]
    losses: tuple[Loss, ...] = ()
    """One for each two hops that follow each other."""

    def total(self, hop: str) -> int:
        """Attempts that were seen at a hop, at least."""
        return sum(counts.get(hop, 0) for counts in self.minutes.values())

    def after(self, hop: str) -> Loss | None:
        """What is known between a hop and the next; None where the logs do not show it."""
        return next((loss for loss in self.losses if loss.after == hop), None)

    def to_json(self) -> LostJson:
        """As ``--json`` prints it."""
        return LostJson(
            hops={hop: self.total(hop) for hop in self.hops},
            lost=[loss.to_json() for loss in self.losses],
            minutes=[
                MinuteJson(minute=iso(minute), hops={hop: counts.get(hop, 0) for hop in self.hops})
                for minute, counts in sorted(self.minutes.items())
            ],
        )


def where_lost(raw: Raw) -> Lost:
    """Attempts hop by hop, and how many of them surely vanish between two.

    Of Lambda's ENIs only attempts to destinations that the NAT gateways carry are counted, where there are any: the
    others go another way. Attempts need tcp-flags; without them nothing is counted.
    """
    hops, minutes = _seen(raw)
    answered = any(counts.get("answered", 0) for counts in minutes.values())
    losses = tuple(_loss(raw, after, before, answered=answered) for after, before in pairwise(hops))
    return Lost(hops, minutes, losses)


def _seen(raw: Raw) -> tuple[tuple[str, ...], dict[int, dict[str, int]]]:
    """The hops that the logs show, and the attempts at each by minute."""
    place = {(row["grouping_id"], row["port"]): row for row in raw.peaks}
    flagged = {str(row["leg"]) for row in raw.peaks if row["flagged"]}
    through_nat = bool(flagged & {"nat-inside", "nat-outside"})
    outermost = "nat-outside" if through_nat else "eni"
    carried = {
        (row["destination"], row["port"])
        for row in raw.peaks
        if row["leg"] == "nat-outside" or (row["leg"] == "nat-inside" and row["destination"] != "-")
    }
    minutes: dict[int, dict[str, int]] = {}
    seen: set[str] = set()
    for row in raw.minutes:
        of = place.get((row["grouping_id"], row["port"]))
        if of is None or not of["flagged"]:
            continue
        hop = "hyperplane-eni" if of["leg"] == "eni" else str(of["leg"])
        if hop == "hyperplane-eni":
            other_way = through_nat and (of["destination"], of["port"]) not in carried
            if of["kind"] != "hyperplane-eni" or other_way:
                continue
        seen.add(hop)
        counts = minutes.setdefault(int(row["minute"]), {})
        counts[hop] = counts.get(hop, 0) + int(row["opened"])
        if of["leg"] == outermost:
            counts["answered"] = counts.get("answered", 0) + int(row["opened"]) - int(row["unanswered"])
    # The interface of a NAT gateway logs both legs: where nothing is seen of one, nothing passed there.
    seen |= {"nat-inside", "nat-outside"} if through_nat else set()
    hops = tuple(hop for hop in HOPS if hop in seen or (hop == "answered" and seen))
    return hops, {minute: counts for minute, counts in minutes.items() if any(counts.values())}


def _loss(raw: Raw, after: str, before: str, *, answered: bool) -> Loss:
    outcomes: Counter[str] = Counter()
    for row in raw.losses:
        if (row["after_hop"], row["before_hop"]) == (after, before):
            outcomes[str(row["outcome"])] += int(row["attempts"])
    unknown = Counter({outcome: count for outcome, count in outcomes.items() if outcome not in _SETTLED})
    why = _WHY[unknown.most_common(1)[0][0]] if unknown else None
    compared = not unknown or bool(outcomes.keys() & _SETTLED) or (answered and unknown.keys() <= _SOME)
    return Loss(after, before, outcomes["lost"] if compared else None, unknown.total(), why)
