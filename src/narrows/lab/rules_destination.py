"""The destinations: their own limits, and what they accept, refuse and ignore.

The resolver's budget stands here too: DNS packets a second from each Hyperplane ENI.
"""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lab.blueprint import Blueprint, Destination
from narrows.lab.rules import ENDS, IS_SYN, IS_SYN_ACK, SHORT_KEY, SHORT_OUT, chain, lasting_set, table

_REFUSES = "tcp flags & (rst|ack) == (rst|ack) tcp sequence 0"
"""An RST that answers a SYN; one that ends a connection has a sequence number."""


def destination_rules(blueprint: Blueprint) -> str:
    """The rules of the namespace of all destinations."""
    return table(_lines(blueprint))


def _lines(blueprint: Blueprint) -> Iterator[str]:
    for one in blueprint.destinations:
        for field in ("accepted", "refused", "ignored", "closed"):
            yield f"counter u{one.number}_{field} {{ }}"
        if one.capacity is not None:
            yield lasting_set(f"u{one.number}", SHORT_KEY, one.capacity)
        yield from chain(f"syn{one.number}", *_syn(one))
        yield from chain(f"to{one.number}", *_to(one))
    places = [(f"{one.address} . {one.port}", one) for one in blueprint.destinations]
    inward = ", ".join(f"{place} : jump to{one.number}" for place, one in places)
    yield from chain(
        "inward",
        "type filter hook prerouting priority filter; policy accept;",
        f"ip daddr . tcp dport vmap {{ {inward} }}",
    )
    for name, flags, field in (("accepting", IS_SYN_ACK, "accepted"), ("refusing", _REFUSES, "refused")):
        counters = ", ".join(f'{place} : "u{one.number}_{field}"' for place, one in places)
        yield from chain(
            name,
            "type filter hook output priority filter; policy accept;",
            f"{flags} counter name ip saddr . tcp sport map {{ {counters} }}",
        )


def _to(one: Destination) -> Iterator[str]:
    yield f"{IS_SYN} goto syn{one.number}"
    if one.capacity is not None:
        yield f"{ENDS} delete @u{one.number} {{ {SHORT_OUT} }}"
    yield f"{ENDS} counter name u{one.number}_closed"


def _syn(one: Destination) -> Iterator[str]:
    ignore = f"counter name u{one.number}_ignored drop"
    refuse = "reject with tcp reset"
    if one.answers == "no":
        yield ignore
    elif one.answers == "refuses":
        yield refuse
    if one.accepts_per_second is not None:
        burst = max(1, one.accepts_per_second // 2)
        yield f"limit rate over {one.accepts_per_second}/second burst {burst} packets {ignore}"
    if one.capacity is not None:
        yield f"add @u{one.number} {{ {SHORT_OUT} }} accept"
        yield refuse if one.refuses_when_full else ignore


def resolver_rules(blueprint: Blueprint) -> str:
    """The rules of the resolver's namespace."""
    budget = blueprint.rules.resolver_budget
    rules = []
    if budget is not None:
        rules = [
            f"ip saddr {one.block}.0.0/16 limit rate over {budget}/second burst {budget} packets drop"
            for one in blueprint.attachments
            if one.eni >= 0
        ]
    return table(chain("ask", "type filter hook prerouting priority filter; policy accept;", *rules))
