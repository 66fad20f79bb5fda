"""What the nftables rules of all namespaces share.

A table of connections is a dynamic set of a fixed size. Adding to a full set fails, and that ends a rule before its
verdict: the next rule is what happens to a connection that finds no room. An entry's time to live says what it is:
half-open, in use, or held after its connection closed. The kernel says at any time how many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

TABLE = "narrows"
IS_SYN = "tcp flags & (fin|syn|rst|ack) == syn"
IS_SYN_ACK = "tcp flags & (syn|ack) == (syn|ack)"
IS_RST = "tcp flags & rst == rst"
ENDS = "tcp flags & (fin|rst) != 0"
FULL_KEY = "ipv4_addr . inet_service . ipv4_addr . inet_service"
SHORT_KEY = "ipv4_addr . inet_service"
OUT = "ip saddr . tcp sport . ip daddr . tcp dport"
BACK = "ip daddr . tcp dport . ip saddr . tcp sport"
SHORT_OUT = "ip saddr . tcp sport"
SHORT_BACK = "ip daddr . tcp dport"

_SMALL = 8_000
_SWEEP_SMALL, _SWEEP_LARGE = "50ms", "500ms"
"""How often the kernel takes out entries that have expired; until then they take up room. A sweep walks the table."""


def table(lines: Iterable[str]) -> str:
    """The whole of a namespace's rules."""
    return "\n".join([f"table ip {TABLE} {{", *lines, "}"]) + "\n"


def lasting_set(name: str, key: str, size: int) -> str:
    """A table of connections that holds at most ``size``, each until it is deleted."""
    return f"set {name} {{ type {key}; size {size}; flags dynamic; }}"


def memory_set(name: str, size: int) -> str:
    """What was seen lately: no table, so nobody waits for its room."""
    return f"set {name} {{ type {FULL_KEY}; size {size}; flags dynamic,timeout; gc-interval 10s; }}"


def recording_set(name: str, size: int) -> str:
    """Who sent SYNs this way, and how many: what flow logs are written from."""
    return f"set {name} {{ type {FULL_KEY}; size {size}; flags dynamic; counter; }}"


def dynamic_set(name: str, key: str, size: int) -> str:
    """A table of connections that holds at most ``size``, each for a time."""
    sweep = _SWEEP_SMALL if size <= _SMALL else _SWEEP_LARGE
    return f"set {name} {{ type {key}; size {size}; flags dynamic,timeout; gc-interval {sweep}; }}"


def chain(name: str, *rules: str) -> Iterator[str]:
    """The lines of a chain."""
    yield f"chain {name} {{"
    yield from rules
    yield "}"


def seconds(duration: float) -> str:
    """A time to live; nftables counts in milliseconds."""
    return f"{max(1, round(duration * 1000))}ms"
