"""The Hyperplane ENIs: a table each over all destinations, silent drop, and the way on from each.

What an ENI does with a packet of a connection that it has forgotten is not known; here it answers with RST, as a
NAT gateway does.
"""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lab.blueprint import BLOCKED, Attachment, Blueprint
from narrows.lab.rules import (
    BACK,
    ENDS,
    FULL_KEY,
    IS_RST,
    IS_SYN,
    IS_SYN_ACK,
    OUT,
    chain,
    dynamic_set,
    memory_set,
    recording_set,
    seconds,
    table,
)

_CLOSING = 1 << 20
_CLOSING_SECONDS = 30.0


def eni_rules(blueprint: Blueprint) -> str:
    """The rules of the namespace of all ENIs."""
    return table(_lines(blueprint))


def widened(blueprint: Blueprint, eni: int, count: int) -> str:
    """The rules that let an attachment use ``count`` ENIs: what Lambda does when it scales out."""
    number = next(n for n, one in enumerate(blueprint.attachments) if one.eni == eni)
    lines = [f"flush chain ip narrows {name}{number}" for name in ("syn", "use", "end", "back")]
    return "\n".join(lines) + "\n" + table(_table_chains(number, eni, count, blueprint))


def _lines(blueprint: Blueprint) -> Iterator[str]:
    rules = blueprint.rules
    yield memory_set("closing", _CLOSING)
    for eni in range(len(blueprint.enis)):
        for index in range(rules.most_enis):
            yield dynamic_set(f"e{eni}_{index}", FULL_KEY, rules.eni_capacity)
            yield f"counter e{eni}_{index}_dropped {{ }}"
            if blueprint.flows is not None:
                yield recording_set(f"left{eni}_{index}", blueprint.flows[1])
                yield from chain(f"leave{eni}_{index}", f"add @left{eni}_{index} {{ {OUT} }}", "accept")
    yield "counter blocked { }"
    yield "counter forgotten { }"
    for number, one in enumerate(blueprint.attachments):
        if one.eni >= 0 and blueprint.tables_on:
            yield from _table_chains(number, one.eni, 1, blueprint)
        yield from chain(f"out{number}", *_ways(one), *_decide(number, one, blueprint))
    ways_out = ", ".join(f'"{one.interface}" : jump out{n}' for n, one in enumerate(blueprint.attachments))
    ways_back = ", ".join(
        f'"{one.interface}" : jump back{n}'
        for n, one in enumerate(blueprint.attachments)
        if one.eni >= 0 and blueprint.tables_on
    )
    yield from chain(
        "outward", "type filter hook prerouting priority mangle; policy accept;", f"iifname vmap {{ {ways_out} }}"
    )
    if ways_back:
        yield from chain(
            "backward", "type filter hook forward priority filter; policy accept;", f"oifname vmap {{ {ways_back} }}"
        )


def _ways(one: Attachment) -> Iterator[str]:
    """Set the packet's mark to its way, which routing goes by. It stays 0 where there is none."""
    plain = {place: shards[0] + 1 for place, shards in one.routes.items() if len(shards) == 1 and shards[0] != BLOCKED}
    if plain:
        ways = ", ".join(f"{address} . {port} : {mark}" for (address, port), mark in plain.items())
        yield f"meta mark set ip daddr . tcp dport map {{ {ways} }}"
    for (address, port), shards in one.routes.items():
        if len(shards) > 1:
            spread = f"jhash {OUT} mod {len(shards)} seed 0x6e617272 offset {shards[0] + 1}"
            yield f"ip daddr {address} tcp dport {port} meta mark set {spread}"
    yield "meta mark 0 counter name blocked drop"


def _decide(number: int, one: Attachment, blueprint: Blueprint) -> Iterator[str]:
    if one.eni < 0 or not blueprint.tables_on:
        return
    yield f"{IS_SYN} goto syn{number}"
    if blueprint.rules.eni_after_close:
        yield f"{OUT} @closing accept"
    yield f"{ENDS} goto end{number}"
    yield f"goto use{number}"


def _table_chains(number: int, eni: int, count: int, blueprint: Blueprint) -> Iterator[str]:
    rules = blueprint.rules
    sets = [f"e{eni}_{index}" for index in range(count)]
    half_open, idle = seconds(rules.eni_half_open), seconds(rules.eni_idle)
    known = [f"{OUT} @{one} update @{one} {{ {OUT} timeout {idle} }} accept" for one in sets]
    verdict = {one: "accept" if blueprint.flows is None else f"goto leave{one[1:]}" for one in sets}
    admit = {one: f"update @{one} {{ {OUT} timeout {half_open} }} {verdict[one]}" for one in sets}
    yield from chain(
        f"syn{number}",
        *(f"{OUT} @{one} {admit[one]}" for one in sets[:-1] if count > 1),
        *(admit[one] for one in sets),
        f"counter name {sets[-1]}_dropped drop",
    )
    yield from chain(f"use{number}", *known, f"{OUT} @closing accept", "counter name forgotten reject with tcp reset")
    yield from chain(
        f"end{number}",
        *(
            f"{OUT} @{one} update @{one} {{ {OUT} timeout {seconds(rules.eni_after_close)} }}"
            if rules.eni_after_close
            else f"delete @{one} {{ {OUT} }}"
            for one in sets
        ),
        f"add @closing {{ {OUT} timeout {seconds(_CLOSING_SECONDS)} }}",
        "accept",
    )
    yield from chain(
        f"back{number}",
        *(f"{IS_SYN_ACK} {BACK} @{one} update @{one} {{ {BACK} timeout {idle} }} accept" for one in sets),
        *(f"{IS_RST} delete @{one} {{ {BACK} }}" for one in sets),
        *([f"{IS_SYN_ACK} update @{sets[0]} {{ {BACK} timeout {idle} }} accept", f"{IS_SYN_ACK} drop"]),
    )
