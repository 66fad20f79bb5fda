"""From the fields of a file, whatever their order and types, to the columns that the SQL works on."""

from __future__ import annotations

from collections.abc import Mapping

from narrows.flowlogs.fields import INT_32, INT_64

MILLISECONDS_SINCE = 100_000_000_000
"""An epoch above this is in milliseconds: in seconds it would be the year 5138."""

COLUMNS = (
    "interface", "srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr", "srcport", "dstport", "protocol", "first_s",
    "last_s", "flags", "direction", "instance", "interface_type", "reason",
)  # fmt: skip
"""The columns of ``records``. ``reason`` is ``used``, or why a record is not."""


def projection(
    columns: Mapping[str, str], window: tuple[int, int] | None, *, typed: frozenset[str] = frozenset()
) -> str:
    """The SELECT list that makes ``COLUMNS`` of a relation.

    Args:
        columns: the SQL expression of each field that the relation has.
        window: only records that reach into these seconds are used.
        typed: fields that are numbers already.
    """

    def text(field: str) -> str | None:
        return columns.get(field)

    def plain(field: str) -> str:
        found = columns.get(field)
        if found is None:
            return "'-'"
        return f"CASE WHEN {found} IS NULL OR {found} IN ('', 'None') THEN '-' ELSE {found} END"

    def number(field: str) -> str:
        found = columns.get(field)
        if found is None:
            return "CAST(NULL AS BIGINT)"
        return found if field in typed else f"TRY_CAST({found} AS BIGINT)"

    def moment(field: str) -> str:
        found = number(field)
        return f"CASE WHEN {found} > {MILLISECONDS_SINCE} THEN CAST(FLOOR({found} / 1000) AS BIGINT) ELSE {found} END"

    interface = plain("interface-id")
    if "resource-id" in columns:
        interface = f"CASE WHEN {interface} = '-' THEN {plain('resource-id')} ELSE {interface} END"
    first, last = moment("start"), moment("end")
    source, destination = plain("srcaddr"), plain("dstaddr")
    conditions: list[tuple[str, str]] = []
    status, action = text("log-status"), text("action")
    if status is not None:
        conditions += [("nodata", f"{status} = 'NODATA'"), ("skipdata", f"{status} = 'SKIPDATA'")]
    unreadable = [
        f"({columns[f]} NOT IN ('-', 'None', '') AND {number(f)} IS NULL)"
        for f in sorted((INT_32 | INT_64) & columns.keys() - typed)
        if f in ("srcport", "dstport", "protocol", "start", "end", "tcp-flags")
    ]
    if unreadable:
        conditions.append(("not-a-number", " OR ".join(unreadable)))
    ports = f"{number('srcport')} IS NULL OR {number('dstport')} IS NULL"
    no_ports = f"{number('protocol')} IS NULL OR {number('protocol')} NOT IN (6, 17) OR {ports}"
    conditions += [
        ("no-time", f"{first} IS NULL OR {last} IS NULL"),
        ("no-interface", f"{interface} = '-'"),
        ("no-address", f"{source} = '-' OR {destination} = '-'"),
        ("no-ports", no_ports),
        ("end-before-start", f"{last} < {first}"),
    ]  # fmt: skip
    if window is not None:
        conditions.append(("outside-window", f"{last} < {window[0]} OR {first} > {window[1]}"))
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
            f"CAST({number('srcport')} AS INT) AS srcport",
            f"CAST({number('dstport')} AS INT) AS dstport",
            f"CAST({number('protocol')} AS INT) AS protocol",
            f"{first} AS first_s",
            f"{last} AS last_s",
            f"CAST({number('tcp-flags')} AS INT) AS flags",
            f"{plain('flow-direction')} AS direction",
            f"{plain('instance-id')} AS instance",
            f"{plain('interface-type')} AS interface_type",
            f"CASE {cases} ELSE 'used' END AS reason",
        ]
    )
