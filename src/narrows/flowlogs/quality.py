"""What makes an answer less than whole, and which flow log would make it better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from narrows.flowlogs.creating import create_flow_logs
from narrows.flowlogs.keys import iso
from narrows.flowlogs.several import REASON
from narrows.flowlogs.stray import REASON as FAR
from narrows.listing import counted, named

if TYPE_CHECKING:
    from narrows.flowlogs.raw import Raw

_IMPOSSIBLE = ("impossible-number", "impossible-time", "end-before-start", "too-long")
"""Why a record is not used that nobody but a broken writer can have written."""
_REUSE = 0.005
"""Share of connections whose port was another's shortly before, from which on it is worth a word."""


class Flag(TypedDict, total=False):
    """One flag: its id, a sentence, and where there is one the command that mends it."""

    id: str
    text: str
    command: str


def flags(raw: Raw) -> list[Flag]:
    """The data-quality flags of an answer, the gravest first."""
    found = [
        Flag(
            id="skipdata",
            text=f"{one['interface']}: {counted(one['records'], 'SKIPDATA record')}: AWS lost records of it, so its "
            "numbers are lower bounds, and so is every finding over that time",
        )
        for one in raw.skipped
    ]
    gaps = _gaps(raw)
    if gaps:
        interfaces = named(sorted({interface for interface, *_ in gaps}), 3)
        begin, end = min(begin for _, begin, _ in gaps), max(end for *_, end in gaps)
        found.append(
            Flag(
                id="gaps",
                text=f"records of {interfaces} are missing between {iso(begin)} and {iso(end)}: more may have been "
                "open then, so no upper end is given; files may be missing",
            )
        )
    far = raw.reasons.get(FAR, 0)
    if far:
        found.append(
            Flag(
                id=FAR,
                text=f"{counted(far, 'record')} of a time far from all others not counted: to count them, name their "
                "time with --from and --to",
            )
        )
    impossible = {reason: raw.reasons[reason] for reason in _IMPOSSIBLE if raw.reasons.get(reason)}
    if impossible:
        listed = ", ".join(f"{count:,} {reason}" for reason, count in impossible.items())
        found.append(Flag(id="impossible", text=f"records that no flow log can have are not counted: {listed}"))
    if raw.sources.unreadable:
        count = len(raw.sources.unreadable)
        lines = "; ".join(raw.sources.unreadable_lines())
        found.append(Flag(id="unreadable", text=f"{counted(count, 'file')} could not be read whole: {lines}"))
    if raw.sources.others:
        listed = ", ".join(f"{number:,} {kind}" for kind, number in raw.sources.others.most_common(5))
        found.append(Flag(id="other-files", text=f"files that are not flow logs: {listed}"))
    again = raw.reasons.get(REASON, 0)
    if again:
        found.append(
            Flag(
                id="several-flow-logs",
                text=f"{counted(again, 'record')} of interfaces that another flow log has at the same time not counted "
                "twice",
            )
        )
    if raw.sources.twice:
        found.append(
            Flag(
                id="duplicates",
                text=f"{counted(raw.sources.twice, 'copy', 'copies')} of files that are read too: records count once",
            )
        )
    tcp = sum(one["records"] for one in raw.interfaces)
    if raw.unflagged:
        found.append(
            Flag(
                id="no-tcp-flags",
                text=f"no tcp-flags in {raw.unflagged:,} of {counted(tcp, 'record')}: with them closes are seen and "
                "the interval is narrow, and its lower end does not rest on port_rest; flow logs cannot be changed, so "
                "make a new one beside the old",
                command=new_flow_log(raw.interfaces),
            )
        )
    if raw.interval > 60:
        found.append(
            Flag(
                id="interval",
                text=f"records are {raw.interval} s long: 60 s tell connections apart that share a port, and bursts",
                command=new_flow_log(raw.interfaces),
            )
        )
    if raw.connections and raw.reused / raw.connections > _REUSE:
        found.append(
            Flag(
                id="port-reuse",
                text=f"{raw.reused:,} of {counted(raw.connections, 'connection')} on a port that another had just "
                "before: a record may hold two of them, and the interval is wider for it",
            )
        )
    if any(row["leg"] == "nat-inside" and row["destination"] == "-" for row in raw.peaks):
        found.append(
            Flag(
                id="no-pkt-dstaddr",
                text="what comes in at a NAT gateway does not say where it goes: pkt-srcaddr and pkt-dstaddr do, which "
                "also tell its addresses and the Lambda ENIs behind it apart",
                command=new_flow_log(raw.interfaces),
            )
        )
    nameless = raw.reasons.get("no-interface", 0)
    if nameless:
        found.append(
            Flag(
                id="no-interface",
                text=f"no interface named in {counted(nameless, 'record')}: a regional NAT gateway has none; "
                "resource-id tells it",
                command=new_flow_log([{"interface": "nat-YOURS"}]),
            )
        )
    rejected = raw.reasons.get("rejected", 0)
    if rejected:
        found.append(
            Flag(
                id="rejected",
                text=f"{counted(rejected, 'REJECT')} not counted: denied by a security group or network ACL, or "
                "later than the end of the connection",
            )
        )
    unseen = raw.reasons.get("no-ports", 0)
    if unseen:
        found.append(
            Flag(id="no-ports", text=f"{counted(unseen, 'record')} without ports (ICMP and others) not counted")
        )
    return found


def _gaps(raw: Raw) -> list[tuple[str, int, int]]:
    """(interface, from, to) where records are missing and AWS does not say that it lost them."""
    skipped = {one["interface"] for one in raw.skipped}
    rows = {(str(row["interface"]), int(row["from_s"]), int(row["to_s"])) for row in raw.blind}
    return sorted(row for row in rows if row[0] not in skipped)


def new_flow_log(interfaces: Sequence[Mapping[str, Any]]) -> str:
    """The command that makes the flow log that was missing: of Lambda's ENIs and NAT gateways, where there are any.

    Two commands, each on its line, where there are regional NAT gateways too.

    Args:
        interfaces: ``interface`` and, where it is known, ``kind`` of each.
    """
    names = [str(one["interface"]) for one in interfaces if one.get("kind") != "other"]
    names = names or [str(one["interface"]) for one in interfaces]
    enis = [name for name in names if name.startswith("eni-")]
    gateways = [name for name in names if name.startswith("nat-")]
    commands = []
    if enis or not gateways:
        commands.append(create_flow_logs("NetworkInterface", enis or ["YOUR-INTERFACES"]))
    if gateways:
        commands.append(create_flow_logs("RegionalNatGateway", gateways))
    return "\n".join(commands)
