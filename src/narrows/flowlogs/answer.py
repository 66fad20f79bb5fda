"""What flow logs say, with names and limits put to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypedDict

from narrows.assumptions import Assumptions, PrintedAssumption
from narrows.flowlogs.keys import Key, KeyJson, Minute, iso, merged
from narrows.flowlogs.known import KnownInterface
from narrows.flowlogs.quality import Flag, flags
from narrows.flowlogs.raw import Raw
from narrows.flowlogs.renewed import merge_renewed
from narrows.flowlogs.statements import assumptions_used
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS, NAT_CONNECTIONS_PER_DESTINATION

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_PROTOCOLS = {6: "tcp", 17: "udp"}


class RecordsJson(TypedDict):
    read: int
    used: int
    dropped: dict[str, int]


class AnswerJson(TypedDict):
    """The answer of ``flowlogs --json``."""

    window: list[str]
    interval_s: int
    records: RecordsJson
    keys: list[KeyJson]
    quality: list[Flag]
    assumptions: list[PrintedAssumption]


@dataclass(frozen=True)
class Answer:
    """Open connections per hop."""

    raw: Raw
    keys: tuple[Key, ...]
    """The largest first."""
    quality: tuple[Flag, ...]
    assumptions: tuple[PrintedAssumption, ...]
    """What the bounds rest on."""

    @property
    def window(self) -> tuple[int, int]:
        """Seconds since 1970."""
        return int(self.raw.bounds["begin_s"]), int(self.raw.bounds["end_s"])

    def __repr__(self) -> str:
        from narrows.flowlogs.notebook import short

        return short(self)

    def _repr_html_(self) -> str:
        from narrows.flowlogs.notebook import html

        return html(self)

    def to_arrow(self, rows: str = "keys") -> pa.Table:
        """One row for each of ``keys``, the largest first, or for each key and of its ``minutes``."""
        from narrows.flowlogs.notebook import arrow

        return arrow(self, rows)

    def to_pandas(self, rows: str = "keys") -> pd.DataFrame:
        """The same as a data frame. Raises ``MachineError`` where pandas is not installed."""
        from narrows.frames import pandas_of

        return pandas_of(self.to_arrow(rows))

    def to_json(self) -> AnswerJson:
        """As ``--json`` prints it."""
        dropped = {reason: count for reason, count in sorted(self.raw.reasons.items()) if reason != "used"}
        used = self.raw.reasons.get("used", 0)
        return AnswerJson(
            window=[iso(self.window[0]), iso(self.window[1])],
            interval_s=self.raw.interval,
            records=RecordsJson(read=used + sum(dropped.values()), used=used, dropped=dropped),
            keys=[one.to_json() for one in self.keys],
            quality=list(self.quality),
            assumptions=list(self.assumptions),
        )


def answer(raw: Raw, by: str, known: Sequence[KnownInterface], assumed: Assumptions) -> Answer:
    """Names and limits for what an engine counted, with what it was told to assume."""
    of_interface = {one.interface: one for one in known}
    minutes: dict[tuple[int, int], list[Minute]] = {}
    for row in raw.minutes:
        minutes.setdefault((row["grouping_id"], row["port"]), []).append(
            Minute(
                int(row["minute"]), int(row["low"]), int(row["high"]), int(row["low_after"]), int(row["high_after"]),
                int(row["opened"]), int(row["unanswered"]), int(row["most_opened_in_a_second"]),
            )
        )  # fmt: skip
    blind = _blind(raw)
    anywhere = merged([span for spans in blind.values() for span in spans]) if by == "destination" else ()
    keys = [
        _key(
            row,
            by,
            of_interface.get(row["interface"]),
            tuple(minutes[row["grouping_id"], row["port"]]),
            anywhere or blind.get(str(row["interface"]), ()),
            assumed.nat_connections_per_address,
        )
        for row in raw.peaks
        if _is_counted(row["leg"], by)
    ]
    if by in ("key", "eni"):
        spans = {str(one["interface"]): (int(one["first_s"]), int(one["last_s"])) for one in raw.interfaces}
        keys = merge_renewed(keys, spans, raw.interval)
    used = assumptions_used(flagged=raw.unflagged == 0)
    printed = tuple(assumed.printed(used))
    return Answer(raw, tuple(keys), (*flags(raw), *_renewals(keys)), printed)


def _blind(raw: Raw) -> dict[str, tuple[tuple[int, int], ...]]:
    """When more may have been open than records show, by interface."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in raw.blind:
        found.setdefault(str(row["interface"]), []).append((int(row["from_s"]), int(row["until_s"])))
    if raw.sources.unreadable:
        # Of which time a file is that cannot be read, nobody knows.
        whole = int(raw.bounds["begin_s"]), int(raw.bounds["end_s"]) + 1
        for row in raw.peaks:
            found.setdefault(str(row["interface"]), []).append(whole)
    return {interface: merged(spans) for interface, spans in found.items()}


def _renewals(keys: Sequence[Key]) -> list[Flag]:
    """What was counted together because one ENI took another's place."""
    found = dict.fromkeys((key.interface, key.replaced, key.resource) for key in keys if key.replaced)
    return [
        Flag(
            id="replaced-interface",
            text=f"{interface} took the place of {', '.join(replaced)} ({resource}): they count as one",
        )
        for interface, replaced, resource in found
    ]


def _is_counted(leg: str, by: str) -> bool:
    if by == "eni":
        return leg == "eni"
    if by in ("nat", "nat-address"):
        return leg == "nat-outside"
    return leg != "nat-inside"


def _key(
    row: dict[str, Any],
    by: str,
    known: KnownInterface | None,
    minutes: tuple[Minute, ...],
    blind: tuple[tuple[int, int], ...],
    per_address: int,
) -> Key:
    over_all = by in ("eni", "nat")
    # Connections of one port of each address are one five-tuple, where nothing tells the addresses apart; and without
    # tcp-flags the one may end before the other begins.
    alike = known.addresses if known is not None and known.addresses and not row["told"] else 1
    sure = alike == 1 or bool(row["flagged"])
    if alike > 1:
        minutes = tuple(
            replace(
                one,
                low=one.low if sure else 0,
                low_after=one.low_after if sure else 0,
                high=one.high * alike,
                high_after=one.high_after * alike,
            )
            for one in minutes
        )
    return Key(
        interface=None if by == "destination" else row["interface"],
        kind=row["kind"],
        resource=known.name if known is not None and by != "destination" else None,
        destination=None if over_all else row["destination"],
        port=None if over_all else int(row["port"]),
        protocol=None if over_all else _PROTOCOLS.get(row["protocol"], str(row["protocol"])),
        address=row["address"] if by == "nat-address" else None,
        low=int(row["low"]) if sure else 0,
        high=None if blind else int(row["high"]) * alike,
        at=int(row["moment"]),
        limit=_limit(row, by, known, per_address),
        opened=int(row["opened"]),
        unanswered=int(row["unanswered"]),
        refused=int(row["refused"]),
        minutes=minutes,
        blind=blind,
    )


def _limit(row: dict[str, Any], by: str, known: KnownInterface | None, per_address: int) -> tuple[str, int] | None:
    if by == "destination":
        return None
    if row["kind"] == "hyperplane-eni":
        return HYPERPLANE_ENI_CONNECTIONS.id, HYPERPLANE_ENI_CONNECTIONS.value
    if row["leg"] == "nat-outside" and by != "nat":
        # As many addresses as the case lists; else those that pkt-srcaddr shows; at least one.
        count = 1 if by == "nat-address" else (known.addresses if known and known.addresses else int(row["addresses"]))
        return NAT_CONNECTIONS_PER_DESTINATION.id, per_address * count
    return None
