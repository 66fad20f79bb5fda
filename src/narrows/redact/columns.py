"""The words of a flow-log record, by the field that they stand in."""

from __future__ import annotations

from collections.abc import Callable

from narrows.case.flow_log_fields import INT_32, INT_64, NOTHING
from narrows.redact.redactor import Redactor

_OF_AWS = frozenset((
    "action", "log-status", "type", "region", "az-id", "sublocation-type", "pkt-src-aws-service", "pkt-dst-aws-service",
    "flow-direction", "reject-reason", "encryption-status", "interface-type", "next-hop-az-id",
    "next-hop-interface-type",
))  # fmt: skip
"""Fields whose values are AWS's own words."""
_ADDRESSES = frozenset(("srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr"))
_IDS = frozenset((
    "interface-id", "vpc-id", "subnet-id", "instance-id", "resource-id", "next-hop-interface-id", "next-hop-subnet-id",
    "next-hop-vpc-id",
))  # fmt: skip
_NUMBERS = INT_32 | INT_64
_MOST_REMEMBERED = 1 << 18


def change_of(redactor: Redactor, field: str | None) -> Callable[[str], str]:
    """What becomes of a word in a field; None for a column that is no field."""
    change = _method(redactor, field)
    # What is met is not what is written afterwards: each look at the files has a memory of its own.
    met, written = ({one: one for one in NOTHING} for _ in range(2))

    def once(word: str) -> str:
        remembered = met if redactor.learning else written
        known = remembered.get(word)
        if known is None:
            if len(remembered) >= _MOST_REMEMBERED:
                remembered.clear()
            known = remembered[word] = change(word)
        return known

    return once


def _method(redactor: Redactor, field: str | None) -> Callable[[str], str]:
    if field in _NUMBERS:
        return lambda word: word if word.isdigit() else redactor.name(word)
    if field in _ADDRESSES:
        return redactor.host
    if field in _IDS:
        return redactor.id
    return redactor.value if field in _OF_AWS else redactor.name
