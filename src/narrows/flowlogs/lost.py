"""Where SYNs vanish: one that is seen at the Lambda ENI must be seen at the NAT gateway's inside leg, its outside leg,
and be answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from narrows.flowlogs.keys import iso
from narrows.flowlogs.measure import Raw

HOPS = ("hyperplane-eni", "nat-inside", "nat-outside", "answered")
"""The places that a connection attempt passes, in order."""


class LossJson(TypedDict):
    after: str
    before: str
    count: int


class MinuteJson(TypedDict):
    minute: str
    hops: dict[str, int]


class LostJson(TypedDict):
    """The answer of ``flowlogs --where-lost --json``."""

    hops: dict[str, int]
    lost: list[LossJson]
    minutes: list[MinuteJson]


@dataclass(frozen=True)
class Lost:
    """Connection attempts at each hop, by minute. Only hops that the logs show stand here."""

    hops: tuple[str, ...]
    minutes: dict[int, dict[str, int]]

    def total(self, hop: str) -> int:
        """Attempts that were seen at a hop."""
        return sum(counts.get(hop, 0) for counts in self.minutes.values())

    def between(self) -> list[tuple[str, str, int]]:
        """(hop, next hop, attempts that were seen at the first and not at the second)."""
        return [
            (one, following, max(0, self.total(one) - self.total(following)))
            for one, following in zip(self.hops, self.hops[1:], strict=False)
        ]

    def to_json(self) -> LostJson:
        """As ``--json`` prints it."""
        return LostJson(
            hops={hop: self.total(hop) for hop in self.hops},
            lost=[LossJson(after=one, before=two, count=count) for one, two, count in self.between()],
            minutes=[
                MinuteJson(minute=iso(minute), hops={hop: counts.get(hop, 0) for hop in self.hops})
                for minute, counts in sorted(self.minutes.items())
            ],
        )


def where_lost(raw: Raw) -> Lost:
    """Count attempts hop by hop.

    Of Lambda's ENIs only attempts to destinations that the NAT gateways carry are counted, where there are any: the
    others go another way. Attempts need tcp-flags; without them nothing is counted.
    """
    place = {(row["grouping_id"], row["port"]): row for row in raw.peaks}
    carried = {
        (row["destination"], row["port"])
        for row in raw.peaks
        if row["leg"] == "nat-outside" or (row["leg"] == "nat-inside" and row["destination"] != "-")
    }
    ports = {row["port"] for row in raw.peaks if row["leg"] == "nat-inside" and row["destination"] == "-"}
    minutes: dict[int, dict[str, int]] = {}
    seen: set[str] = set()
    has_outside = any(row["leg"] == "nat-outside" for row in raw.peaks)
    has_nat = has_outside or any(row["leg"] == "nat-inside" for row in raw.peaks)
    for row in raw.minutes:
        of = place.get((row["grouping_id"], row["port"]))
        if of is None or not of["flagged"]:
            continue
        hop = "hyperplane-eni" if of["leg"] == "eni" else str(of["leg"])
        if hop == "hyperplane-eni":
            way = (of["destination"], of["port"])
            if of["kind"] != "hyperplane-eni" or (has_nat and way not in carried and of["port"] not in ports):
                continue
        seen.add(hop)
        counts = minutes.setdefault(int(row["minute"]), {})
        counts[hop] = counts.get(hop, 0) + int(row["opened"])
        last = "nat-outside" if has_outside else "nat-inside" if has_nat else "hyperplane-eni"
        if hop == last:
            counts["answered"] = counts.get("answered", 0) + int(row["opened"]) - int(row["unanswered"])
    hops = tuple(hop for hop in HOPS if hop in seen or (hop == "answered" and seen))
    return Lost(hops, {minute: counts for minute, counts in minutes.items() if any(counts.values())})


def losing_hop(lost: Lost) -> tuple[str, str, int] | None:
    """Between which two hops most attempts vanish; None when none does."""
    losses: Sequence[tuple[str, str, int]] = lost.between()
    worst = max(losses, key=lambda one: one[2], default=None)
    return worst if worst is not None and worst[2] > 0 else None
