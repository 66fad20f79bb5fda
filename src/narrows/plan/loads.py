"""What one client asks of each destination over time: the most between any two moments."""

from __future__ import annotations

from dataclasses import dataclass

from narrows.assumptions import Assumptions
from narrows.demand import Connections, Curve, Distribution, FunctionDemand, Hold, HoldKind, OtherConnections
from narrows.limits import NAT_IDLE_TIMEOUT
from narrows.network import Network
from narrows.plan.churn import Churn
from narrows.plan.environments import Environments, Window, environments_of
from narrows.plan.pulses import starts
from narrows.plan.spread import poisson_margin

_LONG = 5.0
"""Means of a hold that is drawn, after which hardly any connection of an environment that is gone is left."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one client asks of one destination at one moment."""

    client: str
    destination: str
    environments: int
    """Among which its entries are dealt out."""
    open: float
    """Connections open at once."""
    eni: float
    """Entries in the tables of Hyperplane ENIs."""
    nat: float
    """Entries in the tables of NAT gateways."""
    arriving: float
    """Connections that are open at the destination: those of environments that are gone too."""
    eni_grain: float = 0.0
    """Entries of ENIs more than the mean that a part of the environments may hold: not each holds the same."""
    nat_grain: float = 0.0
    """The same for NAT gateways."""


class FunctionLoads:
    """A function's loads over time."""

    rated = False

    def __init__(self, name: str, asked: FunctionDemand, network: Network, until: float, assumed: Assumptions) -> None:
        self.name, self.asked, self.assumed = name, asked, assumed
        most = network.functions[name].reserved_concurrency
        longest = max((_length(use.hold, asked) for use in asked.connections), default=0.0)
        window = _function_window(assumed, longest)
        self.environments = environments_of(asked.environments, until, most, window)
        churning = longest > 0
        arcs = starts(self.environments.times, self.environments.values) if churning else []
        self.uses = [
            (use, Churn(use.hold, asked, until, network.destinations[use.to].round_trip, arcs, assumed))
            for use in asked.connections
        ]

    def loads(self, begin: float, end: float) -> list[Load]:
        """Between two moments, the largest."""
        there, gone = self.environments.most(begin, end), self.environments.gone(begin, end)
        restarts = self.environments.restarts
        found = []
        for use, churn in self.uses:
            each = use.per_environment
            left = gone * each
            eni, nat = churn.eni(there, each), churn.nat(there, each)
            # Each time that environments start again they come out even among themselves, but not with those there are.
            again = restarts / max(1, there)
            lingering = each * (1 + restarts) if gone else 0
            found.append(
                Load(
                    self.name,
                    use.to,
                    max(1, there),
                    churn.open(there, each),
                    eni + left,
                    nat + left,
                    churn.open(there, each) + left,
                    each * churn.uneven_eni + lingering + eni * again,
                    each * churn.uneven_nat + lingering + nat * again,
                )
            )
        return found


class OtherLoads:
    """Another client's loads over time."""

    def __init__(
        self, name: str, uses: tuple[OtherConnections, ...], network: Network, until: float, assumed: Assumptions
    ) -> None:
        self.name = name
        self.uses = []
        self.rated = any(use.per_second is not None for use in uses)
        longest = max((_length(use.hold, FunctionDemand(())) for use in uses), default=0.0)
        window = Window(kept=0.0, lingering=longest + assumed.nat_hold_after_close)
        for use in uses:
            curve = Curve.constant(0.0) if use.count is None else use.count
            kept = Environments(curve, until, None, window)
            plain = Connections(use.to, 1, use.hold)
            trip = network.destinations[use.to].round_trip
            arcs = starts(kept.times, kept.values)
            self.uses.append((use, kept, Churn(use.hold, FunctionDemand((plain,)), until, trip, arcs, assumed)))
        self.until = until
        self.hold_after_close = assumed.nat_hold_after_close
        everything = [kept for _, kept, _ in self.uses]
        self.environments = max(everything, key=lambda kept: kept.highest) if everything else _none(until)
        self.turning = sorted({at for kept in everything for at in kept.turns})

    def loads(self, begin: float, end: float) -> list[Load]:
        """Between two moments, the largest."""
        found = []
        for use, kept, churn in self.uses:
            if use.per_second is not None:
                opened, entries = self._at_random(use, use.per_second)
                arriving = opened
            else:
                there = kept.most(begin, end)
                left = kept.gone(begin, end)
                opened, entries = churn.open(there, 1), churn.nat(there, 1) + left
                arriving = opened + left
            found.append(Load(self.name, use.to, 1, opened, 0.0, entries, arriving))
        return found

    def _at_random(self, use: OtherConnections, rate: Curve) -> tuple[float, float]:
        """Open connections and entries, where connections come at random moments: both are Poisson numbers."""
        fastest = rate.largest(self.until)
        forever = use.hold.kind is not HoldKind.DURATION
        opened = fastest * (self.until if forever else use.hold.mean)
        entries = opened + (0.0 if forever else fastest * self.hold_after_close)
        return opened + poisson_margin(opened), entries + poisson_margin(entries)


def _none(until: float) -> Environments:
    return Environments(Curve.constant(0.0), until, None, Window(0.0, 0.0))


def _length(hold: Hold, asked: FunctionDemand) -> float:
    """Seconds that a connection may be held; 0 for one that is kept."""
    if hold.kind is HoldKind.INVOCATION:
        return asked.invocation_duration
    return hold.mean if hold.distribution is Distribution.CONSTANT else _LONG * hold.mean


def _function_window(assumed: Assumptions, longest: float) -> Window:
    """How long the entries of an environment stay that is not needed any more.

    Args:
        longest: seconds that its connections may be held: one that is not silent is not forgotten.
    """
    forgotten = max(assumed.eni_idle_timeout, float(NAT_IDLE_TIMEOUT.value), longest)
    frozen = assumed.environment_idle_lifetime
    if assumed.recycled_environment_closes:
        held = max(assumed.eni_hold_after_close, assumed.nat_hold_after_close)
        return Window(min(frozen, forgotten), (held if frozen < forgotten else 0.0) + max(0.0, longest - frozen))
    return Window(min(frozen, forgotten), max(0.0, forgotten - frozen))
