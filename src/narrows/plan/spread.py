"""How uneven an even spread gets: the fullest of several places, with a stated margin where the choice is random."""

from __future__ import annotations

import math

QUANTILE = 0.9999
"""Where a choice is random, the share that one table must hold is this quantile of it."""

_Z = 3.719016485455709
"""The same quantile of the normal distribution."""


def largest_share(count: float, part: int, whole: int, *, random: bool) -> float:
    """The most of ``count`` things that stand in ``part`` of ``whole`` places.

    Dealt out in turn, some places have one more than others, and these may be the ones. Placed at random, each by
    itself, their number is binomial: its quantile (Cornish-Fisher, which is exact enough for small numbers too), and
    never more than there are.
    """
    if part >= whole or count <= 0:
        return max(0.0, count)
    if not random:
        each, left = divmod(math.ceil(count - 1e-9), whole)
        return min(count, float(part * each + min(part, left)))
    share = part / whole
    mean = count * share
    margin = _Z * math.sqrt(mean * (1.0 - share)) + (_Z * _Z - 1.0) * (1.0 - 2.0 * share) / 6.0
    return min(count, float(math.ceil(mean + max(0.0, margin) - 1e-9)))


def dealt_share(environments: int, entries: float, grain: float, part: int, whole: int, *, random: bool) -> float:
    """The most of ``entries`` that stand in ``part`` of ``whole`` places, where their environments are dealt out.

    Args:
        grain: entries more than the mean of its environments that one place may have at the cost of another: not every
            environment has the same, and those that took the place of others were dealt out anew.
    """
    if part >= whole:
        return entries
    if random:
        share = largest_share(environments, part, whole, random=True)
    else:
        each, left = divmod(environments, whole)
        share = part * each + (part if part < left else left)
    dealt = entries / environments * share + grain * min(part, whole - part)
    return dealt if dealt < entries else entries


def poisson_margin(mean: float) -> float:
    """How far the same quantile of a Poisson number lies above its mean."""
    return _Z * math.sqrt(mean) + (_Z * _Z - 1.0) / 6.0 if mean > 0 else 0.0
