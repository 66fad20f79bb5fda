"""Hyperplane ENIs across re-creation: an ENI that took another's place counts with it, as one table.

Lambda keys its ENIs by subnet and set of security groups, and may delete one and make another. The new one begins where
the old one ended; two of one key that are there at the same time are two tables, for then Lambda has scaled out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from narrows.flowlogs.keys import Key, Minute, merged

Spans = Mapping[str, tuple[int, int]]
"""The first and last second of the records of each interface."""


def merge_renewed(keys: Sequence[Key], spans: Spans, interval: int) -> list[Key]:
    """The keys with those of replaced ENIs put together, the largest first.

    Args:
        interval: seconds that the records of the old one and the new one may overlap.
    """
    chains: dict[tuple[object, ...], list[Key]] = {}
    for key in sorted(keys, key=lambda one: spans.get(one.interface or "", (0, 0))):
        same = (key.resource, key.destination, key.port, key.protocol) if _can_be_renewed(key) else (id(key),)
        chain = chains.setdefault(same, [])
        at = next((at for at, one in enumerate(chain) if _followed_by(one, key, spans, interval)), None)
        if at is None:
            chain.append(key)
        else:
            chain[at] = _merged(chain[at], key)
    found = [key for chain in chains.values() for key in chain]
    return sorted(found, key=lambda one: -sum(ends(one)))


def ends(key: Key) -> tuple[int, int]:
    """The ends of its interval, to compare keys by; the lower one twice where there is no upper one."""
    return key.low, key.low if key.high is None else key.high


def _can_be_renewed(key: Key) -> bool:
    return key.kind == "hyperplane-eni" and key.resource is not None and key.interface is not None


def _followed_by(old: Key, new: Key, spans: Spans, interval: int) -> bool:
    if not (_can_be_renewed(old) and old.interface in spans and new.interface in spans):
        return False
    return spans[str(old.interface)][1] <= spans[str(new.interface)][0] + interval


def _merged(old: Key, new: Key) -> Key:
    """Each had a table of its own, so of the two numbers the larger one counts."""
    fuller = max(old, new, key=ends)
    return replace(
        new,
        replaced=(*old.replaced, str(old.interface)),
        low=max(old.low, new.low),
        high=None if old.high is None or new.high is None else max(old.high, new.high),
        at=fuller.at,
        opened=old.opened + new.opened,
        unanswered=old.unanswered + new.unanswered,
        refused=old.refused + new.refused,
        minutes=tuple(_merged_minutes(old, new)),
        blind=merged((*old.blind, *new.blind)),
    )


def _merged_minutes(old: Key, new: Key) -> Iterator[Minute]:
    """The minutes in which something changes on either."""
    moments = sorted({one.minute for key in (old, new) for one in key.minutes})
    if not moments:
        return
    both = [_at_each(key, moments) for key in (old, new)]
    for moment, one, two in zip(moments, *both, strict=True):
        yield Minute(
            minute=moment,
            low=max(one.low, two.low),
            high=max(one.high, two.high),
            low_after=max(one.low_after, two.low_after),
            high_after=max(one.high_after, two.high_after),
            opened=one.opened + two.opened,
            unanswered=one.unanswered + two.unanswered,
            most_opened_in_a_second=max(one.most_opened_in_a_second, two.most_opened_in_a_second),
        )


def _at_each(key: Key, moments: Sequence[int]) -> Iterator[Minute]:
    """What was open in each of these minutes, which hold all that have a change."""
    changes = {one.minute: one for one in key.minutes}
    low = high = 0
    for moment in moments:
        found = changes.get(moment) or Minute(moment, low, high, low, high, 0, 0, 0)
        low, high = found.low_after, found.high_after
        yield found
