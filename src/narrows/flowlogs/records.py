"""From the fields of a file, whatever their order and types, to the columns that the SQL works on."""

from __future__ import annotations

from collections.abc import Mapping

from narrows.bounds import FIRST_MOMENT, LAST_MOMENT, RECORD_BYTES, RECORD_SECONDS, TEXT_VALUE_CHARACTERS
from narrows.case.flow_log_fields import INT_32, INT_64

COLUMNS = (
    "interface", "srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr", "srcport", "dstport", "protocol", "first_s",
    "last_s", "octets", "flags", "direction", "instance", "interface_type", "reason",
)  # fmt: skip
"""The columns of ``records``. ``reason`` is ``used``, or why a record is not. ``octets`` are no reason, as nothing but
money rests on them: NULL where the record does not say them."""

USED = frozenset({
    "interface-id", "resource-id", "srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr", "srcport", "dstport", "protocol",
    "bytes", "start", "end", "tcp-flags", "flow-direction", "instance-id", "interface-type", "log-status", "action",
})  # fmt: skip
"""The fields that are read."""

_MOST = {"srcport": 65_535, "dstport": 65_535, "protocol": 255, "tcp-flags": 255}
"""The largest number that a field can have; the least is 0."""


def projection(
    columns: Mapping[str, str], window: tuple[int, int] | None, *, typed: frozenset[str] = frozenset()
) -> str:
    """The SELECT list that makes ``COLUMNS`` of a relation.

    A time that no record can be of becomes NULL, whatever the reason: nothing is reckoned with it.

    Args:
        columns: the SQL expression of each field that the relation has.
        window: only records that reach into these seconds are used.
        typed: fields that are numbers already.
    """

    def plain(field: str) -> str:
        found = columns.get(field)
        if found is None:
            return "'-'"
        nothing = f"{found} IS NULL OR {found} IN ('', 'None') OR LENGTH({found}) > {TEXT_VALUE_CHARACTERS}"
        return f"CASE WHEN {nothing} THEN '-' ELSE {found} END"

    def number(field: str) -> str:
        found = columns.get(field)
        if found is None:
            return "CAST(NULL AS BIGINT)"
        return found if field in typed else f"TRY_CAST({found} AS BIGINT)"

    def small(field: str) -> str:
        return f"TRY_CAST({number(field)} AS INT)"

    def moment(field: str) -> str:
        """In seconds; NULL for a time that no record is of. CloudWatch Logs has milliseconds."""
        found = number(field)
        return (
            f"CASE WHEN {found} BETWEEN {FIRST_MOMENT} AND {LAST_MOMENT} THEN {found}"
            f" WHEN {found} BETWEEN {FIRST_MOMENT}000 AND {LAST_MOMENT}999 THEN CAST(FLOOR({found} / 1000) AS BIGINT)"
            " END"
        )

    interface = plain("interface-id")
    if "resource-id" in columns:
        interface = f"CASE WHEN {interface} = '-' THEN {plain('resource-id')} ELSE {interface} END"
    first, last = moment("start"), moment("end")
    source, destination = plain("srcaddr"), plain("dstaddr")
    conditions: list[tuple[str, str]] = []
    if window is not None:
        conditions.append(("outside-window", f"{last} < {window[0]} OR {first} > {window[1]}"))
    status, action = columns.get("log-status"), columns.get("action")
    if status is not None:
        conditions.append(("skipdata", f"{status} = 'SKIPDATA'"))
    conditions += [("end-before-start", f"{last} < {first}"), ("too-long", f"{last} - {first} > {RECORD_SECONDS}")]
    if status is not None:
        conditions.append(("nodata", f"{status} = 'NODATA'"))
    unreadable = [
        f"({columns[f]} NOT IN ('-', 'None', '') AND {number(f)} IS NULL)"
        for f in sorted(((INT_32 | INT_64) & USED & columns.keys()) - typed - {"bytes"})
    ]
    if unreadable:
        conditions.append(("not-a-number", " OR ".join(unreadable)))
    beyond = [f"{number(field)} NOT BETWEEN 0 AND {most}" for field, most in _MOST.items() if field in columns]
    if beyond:
        conditions.append(("impossible-number", " OR ".join(beyond)))
    ports = f"{number('srcport')} IS NULL OR {number('dstport')} IS NULL"
    no_ports = f"{number('protocol')} IS NULL OR {number('protocol')} NOT IN (6, 17) OR {ports}"
    conditions += [
        ("no-time", f"{number('start')} IS NULL OR {number('end')} IS NULL"),
        ("impossible-time", f"{first} IS NULL OR {last} IS NULL"),
        ("no-interface", f"{interface} = '-'"),
        ("no-address", f"{source} = '-' OR {destination} = '-'"),
        ("no-ports", no_ports),
    ]
    if action is not None:
        conditions.append(("rejected", f"{action} = 'REJECT'"))
    cases = " ".join(f"WHEN {condition} THEN '{reason}'" for reason, condition in conditions)
    return ", ".join(
        [
            f"{interface} AS interface",
            f"{source} AS srcaddr",
            f"{destination} AS dstaddr",
            f"{plain('pkt-srcaddr')} AS pkt_srcaddr",
            f"{plain('pkt-dstaddr')} AS pkt_dstaddr",
            f"{small('srcport')} AS srcport",
            f"{small('dstport')} AS dstport",
            f"{small('protocol')} AS protocol",
            f"{first} AS first_s",
            f"{last} AS last_s",
            f"CASE WHEN {number('bytes')} BETWEEN 0 AND {RECORD_BYTES} THEN {number('bytes')} END AS octets",
            f"{small('tcp-flags')} AS flags",
            f"{plain('flow-direction')} AS direction",
            f"{plain('instance-id')} AS instance",
            f"{plain('interface-type')} AS interface_type",
            f"CASE {cases} ELSE 'used' END AS reason",
        ]
    )
