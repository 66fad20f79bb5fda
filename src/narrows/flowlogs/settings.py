"""What the statements are told: the assumptions that counting rests on, and how connections are grouped."""

from __future__ import annotations

import itertools

from narrows.assumptions import Assumptions
from narrows.flowlogs.statements import Value

GROUPINGS = ("key", "eni", "nat", "destination", "nat-address")
"""``key`` is one for each interface and unique destination."""

_ASSUMED = (
    "eni_idle_timeout", "eni_half_open_hold", "eni_hold_after_close", "nat_hold_after_close", "nat_half_open_hold",
    "syn_retransmits",
)  # fmt: skip

SHORT_INTERVAL, LONG_INTERVAL = 60, 600
"""The aggregation intervals that AWS offers, in seconds."""

_NEVER = 1_000_000


def assumptions_used(*, flagged: bool) -> tuple[str, ...]:
    """The assumptions that the bounds depend on, where every TCP record has tcp-flags or where some have none."""
    return _ASSUMED if flagged else (*_ASSUMED, "port_rest")


def settings(by: str, assumed: Assumptions) -> dict[str, Value]:
    """The parameters of the statements.

    Args:
        by: one of ``GROUPINGS``.
    """
    moments = (0, *(round(one) for one in assumed.syn_retransmits))
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    return {
        "by": by,
        "short_interval": SHORT_INTERVAL,
        "long_interval": LONG_INTERVAL,
        "idle_timeout": round(assumed.eni_idle_timeout),
        # Times are cut to whole seconds, so a timer that is a little late can show as one more.
        "retransmit_gaps": tuple(sorted({gap + late for gap in gaps for late in (0, 1)})),
        "nat_hold": round(assumed.nat_hold_after_close),
        "eni_hold": round(assumed.eni_hold_after_close),
        "nat_half_open": round(assumed.nat_half_open_hold),
        "eni_half_open": round(assumed.eni_half_open_hold),
        "port_rest": round(assumed.port_rest),
        "late_packets": 2,
        "moments": moments,
        "schedule": tuple(zip(moments, (*moments[1:], _NEVER), strict=True)),
    }
