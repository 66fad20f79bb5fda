"""Numbers, moments and causes in words, the same in every section."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from narrows.errors import one_line
from narrows.network import EniKey, Resource

if TYPE_CHECKING:
    from narrows.case.model import Case

_LONGEST = 300
"""Characters of a name: a tag has 256 at most; of an ENI's subnet and security groups together."""
_ID = re.compile(r"\b[a-z]+-[0-9a-f]{8,17}(?:-\d+)?\b")


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure that stands large, with what it is."""

    label: str
    value: str
    note: str = ""


def count(value: float) -> str:
    """``12,000``"""
    return f"{value:,.0f}"


def interval(low: float, high: float) -> str:
    """``12,000``, or ``12,000–13,500`` where the two ends differ."""
    if count(low) == count(high):
        return count(low)
    return f"{count(low)}–{count(high)}"


def figure(low: float, high: float | None) -> str:
    """An interval whose upper end may be unknown: ``12,000``, ``12,000–13,500``, ``at least 12,000``."""
    return f"at least {count(low)}" if high is None else interval(low, high)


def readable(low: float, high: float | None, unit: str) -> tuple[str, str]:
    """An interval and its unit as people read them: bits a second in Gbit/s."""
    if unit == "bit/s":
        ends = dict.fromkeys(f"{value / 1e9:,.3g}" for value in (low, low if high is None else high))
        return ("at least " if high is None else "") + "–".join(ends), "Gbit/s"
    return figure(low, high), unit


def resource_name(case: Case, resource: Resource) -> str:
    """A resource as people know it, with its id: ``nat-a (nat-0123)``; an ENI as its subnet and security groups."""
    short = short_name(case, resource)
    if isinstance(resource, EniKey) or case.topology.names.get(resource, resource) == resource:
        return short
    return one_line(f"{short} ({resource})", _LONGEST)


def short_name(case: Case, resource: Resource) -> str:
    """The same without the id."""
    return known_as(case.topology.names, resource)


def known_as(names: Mapping[str, str], resource: Resource) -> str:
    """The same, with the Name tags of a case."""
    if isinstance(resource, EniKey):
        groups = " + ".join(names.get(group, group) for group in resource.security_groups)
        return one_line(f"{names.get(resource.subnet, resource.subnet)} / {groups}", _LONGEST)
    return one_line(names.get(resource, resource), _LONGEST)


def with_names(case: Case, text: str) -> str:
    """A sentence with the Name tags of its resources in place of their ids."""
    return named_in(case.topology.names, text)


def named_in(names: Mapping[str, str], text: str) -> str:
    """The same, of names by id."""
    return _ID.sub(lambda found: one_line(names.get(found[0], found[0]), 60), text)


def percent(low: float, high: float | None = None) -> str:
    """Shares as ``100 %`` or ``85–100 %``. What is below the whole is never rounded up to it, nor to nothing."""
    first, last = _whole(low), _whole(low if high is None else high)
    if (first, last) == ("0", "<1"):
        return "<1 %"
    return f"{first} %" if first == last else f"{first}–{last} %"


def _whole(share: float) -> str:
    if 0 < share < 0.01:
        return "<1"
    if 0.99 < share < 1:
        return "99"
    return f"{share * 100:.0f}"


def moment(seconds: float) -> str:
    """A moment, seconds since 1970, as ``12:03``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M")


def window(start: datetime, end: datetime) -> str:
    """A window of time as people write it; the day only once where it is the same."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    day = "" if first.date() == last.date() else f"{last:%Y-%m-%d} "
    return f"{first:%Y-%m-%d %H:%M} to {day}{last:%H:%M} UTC"


def usd(value: float) -> str:
    """``$32.85``; whole dollars from a thousand on."""
    return f"${value:,.0f}" if abs(value) >= 1000 else f"${value:,.2f}"


def sentence_case(text: str) -> str:
    """The text with a capital at its start; a name keeps its own."""
    first = text.split(" ", 1)[0]
    plain = first.isalpha() and first.islower()
    return text[:1].upper() + text[1:] if plain else text
