"""What every step of planning is reckoned with."""

from __future__ import annotations

from dataclasses import dataclass, field

from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.plan.peak import Measured
from narrows.plan.routing import Routing
from narrows.prices import Prices, load_prices

PROXY_REUSE = 10
"""Connections of functions that a proxy carries over one of its own, when the user does not say."""


@dataclass(frozen=True)
class Terms:
    """What every step of planning is reckoned with."""

    headroom: float
    """The part of every table that must stay free."""
    prices: Prices = field(default_factory=load_prices)
    proxy_reuse: int = PROXY_REUSE
    routing: Routing = field(default_factory=Routing)
    measured: Measured = field(default_factory=Measured)

    @property
    def eni_room(self) -> float:
        """Entries that a Hyperplane ENI may hold."""
        return (1.0 - self.headroom) * HYPERPLANE_ENI_CONNECTIONS.value + 1e-6
