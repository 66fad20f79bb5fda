"""A NAT gateway: a table for each of its addresses and unique destinations, over the kernel's own source NAT.

Why the tables are sets, and not just a range of 55,000 ports to ``snat``: Linux hands out the port of a connection
that closed a moment ago when ports get short, and gives up its search early when nearly all are taken. A NAT gateway
does neither. So the set decides who finds room and for how long a port is held; the kernel translates, with all the
source ports of a NAT gateway to choose from.

The table that a connection is in stands in its mark (1 + the table's place in this namespace); two more bits say
that it was opened, and that it is closing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from narrows.lab.blueprint import NatTable, Rules, Shard
from narrows.lab.rules import (
    ENDS,
    FULL_KEY,
    IS_RST,
    IS_SYN,
    IS_SYN_ACK,
    OUT,
    SHORT_BACK,
    SHORT_KEY,
    SHORT_OUT,
    chain,
    dynamic_set,
    memory_set,
    recording_set,
    seconds,
    table,
)
from narrows.limits import NAT_SOURCE_PORTS

_OPENED, _CLOSING = 0x10000, 0x20000
_TABLE_BITS = 0xFFFF
_MOST_REFUSED = 2_000_000
_REMEMBERED = 40.0
"""The first SYN of an attempt that found no room is told from later ones for this long."""
_LAST_PORT = 65_535
_FIRST_PORT = _LAST_PORT + 1 - NAT_SOURCE_PORTS.value


def nat_rules(shard: Shard, rules: Rules, flows: int = 0) -> str:
    """The rules of one NAT gateway's namespace; with a record of up to ``flows`` connections for flow logs."""
    return table([*_lines(shard, rules), *(_recording(flows) if flows else ())])


def _recording(most: int) -> Iterator[str]:
    """Which address and port each connection got, and how many of its SYNs went on."""
    key = "ct original ip saddr . ct original proto-src . ct original ip daddr . ct original proto-dst"
    yield recording_set("through", most)
    yield f"map went {{ type {FULL_KEY} : {SHORT_KEY}; size {most}; flags dynamic; }}"
    yield from chain(
        "record",
        "type filter hook postrouting priority srcnat + 10; policy accept;",
        f'oifname "outside" {IS_SYN} update @went {{ {key} : {SHORT_OUT} }} add @through {{ {key} }}',
    )


def open_rules(shard: Shard) -> str:
    """The rules of a NAT gateway without tables, to see what they cost: one address for all, as Linux does it."""
    ports = f"{_FIRST_PORT}-{_LAST_PORT}"
    spread = ", ".join(f"{n} : {address}" for n, address in enumerate(shard.addresses))
    hook = "type nat hook postrouting priority srcnat; policy accept;"
    rule = f'oifname "outside" snat ip to numgen random mod {len(shard.addresses)} map {{ {spread} }}'
    if len(shard.addresses) == 1:
        rule = f'oifname "outside" meta l4proto tcp snat to {shard.addresses[0]}:{ports}'
    return table(chain("translate", hook, rule))


def _lines(shard: Shard, rules: Rules) -> Iterator[str]:
    gateway = shard.gateway
    tables = [one for of_destination in shard.tables for one in of_destination]
    yield memory_set("refused", _MOST_REFUSED)
    for field in ("attempts", "answered", "errors", "resets", "opened", "closed", "out"):
        yield f"counter g{gateway}_{field} {{ }}"
    for one in tables:
        yield dynamic_set(f"t{one.number}", SHORT_KEY, rules.nat_capacity)
        yield f"counter t{one.number}_dropped {{ }}"
    yield from chain(
        "opened",
        f"ct mark & {_OPENED:#x} != 0 accept",
        f"counter name g{gateway}_opened ct mark set ct mark | {_OPENED:#x} accept",
    )
    for mark, one in enumerate(tables, 1):
        yield from _of_table(one, mark, gateway, rules)
    for number, of_destination in enumerate(shard.tables):
        yield from _choice(number, of_destination, tables, rules)
    places = ", ".join(
        f"{group[0].destination} . {group[0].port} : goto pick{number}" for number, group in enumerate(shard.tables)
    )
    yield from chain(
        "syn",
        _by_mark("again", tables),
        *([f"ip daddr . tcp dport vmap {{ {places} }}"] if places else []),
        "drop",
    )
    yield from chain("admitted", f"{OUT} @refused accept", f"counter name g{gateway}_attempts accept")
    yield from chain(
        "no_room",
        f"counter name g{gateway}_errors",
        f"{OUT} @refused {_no_room(rules)}",
        f"add @refused {{ {OUT} timeout {seconds(_REMEMBERED)} }}",
        f"counter name g{gateway}_attempts {_no_room(rules)}",
    )
    yield from chain(
        "answer",
        f"{IS_RST} {_by_mark('reset', tables)}",
        f"{IS_SYN_ACK} counter name g{gateway}_answered",
        f"ct mark & {_CLOSING} != 0 accept",
        f"{IS_SYN_ACK} {_by_mark('open', tables)}",
        _by_mark("back", tables),
    )
    yield from chain(
        "gateway",
        "type filter hook forward priority filter; policy accept;",
        'iifname "outside" ct state invalid drop',
        f"ct state invalid counter name g{gateway}_resets reject with tcp reset",
        f"counter name g{gateway}_out",
        "ct direction reply goto answer",
        f"{IS_SYN} goto syn",
        f"ct mark & {_CLOSING} != 0 accept",
        f"{ENDS} {_by_mark('end', tables)}",
        _by_mark("use", tables),
    )
    ports = f"{_FIRST_PORT}-{_LAST_PORT}"
    yield from chain(
        "translate",
        "type nat hook postrouting priority srcnat; policy accept;",
        *(
            f"ct mark & {_TABLE_BITS:#x} == {mark} meta l4proto tcp snat to {one.address}:{ports}"
            for mark, one in enumerate(tables, 1)
        ),
    )


def _by_mark(name: str, tables: Sequence[NatTable]) -> str:
    chains = ", ".join(f"{mark} : goto {name}{one.number}" for mark, one in enumerate(tables, 1))
    return f"ct mark & {_TABLE_BITS:#x} vmap {{ {chains} }}"


def _of_table(one: NatTable, mark: int, gateway: int, rules: Rules) -> Iterator[str]:
    """What happens to the packets of connections that are in this table."""
    name, half_open, idle = f"t{one.number}", seconds(rules.nat_half_open), seconds(rules.nat_idle)
    refused = [f"counter name {name}_dropped goto no_room"]
    yield from chain(f"again{one.number}", f"update @{name} {{ {SHORT_OUT} timeout {half_open} }} accept", *refused)
    yield from chain(
        f"open{one.number}",
        f"update @{name} {{ {SHORT_BACK} timeout {idle} }} goto opened",
        "drop",
    )
    yield from chain(
        f"back{one.number}", f"{SHORT_BACK} @{name} update @{name} {{ {SHORT_BACK} timeout {idle} }}", "accept"
    )
    yield from chain(
        f"use{one.number}",
        f"{SHORT_OUT} @{name} update @{name} {{ {SHORT_OUT} timeout {idle} }} accept",
        f"counter name g{gateway}_resets reject with tcp reset",
    )
    for chain_name, key in (("end", SHORT_OUT), ("reset", SHORT_BACK)):
        yield from chain(
            f"{chain_name}{one.number}",
            f"ct mark & {_OPENED | _CLOSING:#x} == {_OPENED:#x} counter name g{gateway}_closed",
            f"ct mark set ct mark | {_CLOSING}",
            f"{key} @{name} update @{name} {{ {key} timeout {seconds(rules.nat_after_close)} }}"
            if rules.nat_after_close
            else f"delete @{name} {{ {key} }}",
            "accept",
        )


def _choice(number: int, group: Sequence[NatTable], tables: Sequence[NatTable], rules: Rules) -> Iterator[str]:
    """Pick an address for a new connection to a destination; those that are full hand it on to the next."""
    half_open = seconds(rules.nat_half_open)
    mark_of = {one: mark for mark, one in enumerate(tables, 1)}
    for index in range(len(group)):
        tried = [group[index]] if rules.nat_selection == "random-address" else [*group[index:], *group[:index]]
        yield from chain(
            f"pick{number}_{index}",
            *(
                f"add @t{one.number} {{ {SHORT_OUT} timeout {half_open} }} ct mark set {mark_of[one]} goto admitted"
                for one in tried
            ),
            f"counter name t{group[0].number}_dropped goto no_room",
        )
    # Taking them in turn keeps all addresses equally full, as long as connections last alike.
    turn = "inc" if rules.nat_selection == "least-used" else "random"
    spread = ", ".join(f"{index} : goto pick{number}_{index}" for index in range(len(group)))
    one_or_many = f"goto pick{number}_0" if len(group) == 1 else f"numgen {turn} mod {len(group)} vmap {{ {spread} }}"
    yield from chain(f"pick{number}", one_or_many)


def _no_room(rules: Rules) -> str:
    return "reject with tcp reset" if rules.nat_resets else "drop"
