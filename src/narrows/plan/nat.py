"""The NAT gateway stage: for each gateway that does not hold, the cheapest way to widen it.

The gateways do not depend on each other, since no change moves connections from one that is there to another: the
cheapest for each is the cheapest for all.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from narrows.assumptions import Assumptions
from narrows.limits import NAT_ADDRESSES, PRIVATE_NAT_ADDRESSES, REGIONAL_NAT_ADDRESSES
from narrows.network import NatGateway, NatKind
from narrows.plan.actions import Action, Change, Risk, Step
from narrows.plan.changes.add_nat_addresses import add_nat_addresses
from narrows.plan.changes.add_nat_gateway import ACTION as ADD_NAT_GATEWAY
from narrows.plan.changes.add_nat_gateway import add_nat_gateway
from narrows.plan.changes.add_subnets import add_subnets, most_rounds, round_of
from narrows.plan.changes.use_regional_nat_gateway import ACTION as USE_REGIONAL_NAT_GATEWAY
from narrows.plan.changes.use_regional_nat_gateway import use_regional_nat_gateway
from narrows.plan.enis import Widened, add_enough_subnets, attachments
from narrows.plan.filling import fillings
from narrows.plan.partition import MOST_GATEWAYS, Partition, Shares, divide
from narrows.plan.peak import Peak
from narrows.plan.routing import Pool, Routing
from narrows.plan.spread import UniqueDestinations
from narrows.plan.tables import nat_entries
from narrows.plan.terms import Terms
from narrows.plan.trouble import Trouble
from narrows.scenario import Scenario


def with_more_subnets(trouble: Trouble, peak: Peak, rounds: int) -> tuple[Scenario, tuple[Change, ...]] | None:
    """As many subnets as the ENIs need, and ``rounds`` more for all that fills a NAT gateway too far.

    None where a function cannot have so many.
    """
    scenario, terms = trouble.scenario, trouble.terms
    widened, _ = add_enough_subnets(scenario, peak, terms)
    functions = list(dict.fromkeys(use.function for use in trouble.through_nat()))
    changes: list[Change] = []
    for one in attachments(scenario.network, functions):
        size = len(round_of(scenario.network, one.subnets))
        present = len(widened.scenario.network.functions[one.functions[0]].subnets)
        wanted = rounds + ((present - len(one.subnets)) // size if size else 0)
        if wanted > most_rounds(scenario.network, one.subnets):
            return None
        step = add_subnets(scenario, one.functions, wanted, terms.prices)
        scenario = step.scenario
        changes.append(step.change)
    return (scenario, tuple(changes)) if changes else None


MOST_ADDRESSES = {
    NatKind.ZONAL: NAT_ADDRESSES.value,
    NatKind.REGIONAL: REGIONAL_NAT_ADDRESSES.value,
    NatKind.PRIVATE: PRIVATE_NAT_ADDRESSES.largest or PRIVATE_NAT_ADDRESSES.value,
}
"""Addresses that a NAT gateway of each kind can have."""

_LEAST_RISK = Risk.EGRESS_ADDRESSES_ADDED.weight
"""Of dividing subnets that carry nothing yet."""

Entries = Mapping[str, float]
"""Entries for each unique destination."""


def nat_loads(scenario: Scenario, peak: Peak, routing: Routing) -> dict[str, list[Entries]]:
    """What each NAT gateway must hold: entries of its one pool, or of its pool in each Availability Zone.

    For each unique destination it is the most of all moments.
    """
    pools: dict[Pool, dict[str, float]] = {}
    unique = UniqueDestinations(scenario.network, scenario.assumptions)
    for filling in fillings(scenario.network, peak, scenario.assumptions, routing):
        for pool in {**filling.pools, **filling.pool_others}:
            entries = pools.setdefault(pool, {})
            for one, count in unique.fullest(filling.together(pool)).items():
                entries[one.label] = max(entries.get(one.label, 0.0), count)
    found: dict[str, list[Entries]] = {}
    for (gateway, _), entries in pools.items():
        found.setdefault(gateway, []).append(entries)
    return found


@dataclass(frozen=True, slots=True)
class Need:
    """How many addresses it takes."""

    assumed: Assumptions
    headroom: float

    def holds(self, entries: Entries, addresses: int) -> bool:
        """Whether a pool of so many addresses holds these entries for each unique destination."""
        room = (1.0 - self.headroom) * addresses * self.assumed.nat_connections_per_address + 1e-6
        return all(nat_entries(count, addresses, self.assumed) <= room for count in entries.values())

    def fewest(self, pools: Collection[Entries], at_least: int, most: int) -> int | None:
        """The fewest addresses with which every pool holds."""
        for addresses in range(at_least, most + 1):
            if all(self.holds(entries, addresses) for entries in pools):
                return addresses
        return None


def widen_nat(
    scenario: Scenario, peak: Peak, terms: Terms, prefer: Action | None = None, unused: Collection[str] = ()
) -> Widened | None:
    """Widen every NAT gateway that does not hold.

    Args:
        prefer: take this action wherever it suffices, whatever it costs; None takes the cheapest.
        unused: subnets that carry nothing yet.

    Returns None where a gateway cannot be made to hold.
    """
    loads, need = nat_loads(scenario, peak, terms.routing), Need(scenario.assumptions, terms.headroom)
    narrow = [
        nat
        for name, nat in sorted(scenario.network.nat_gateways.items())
        if nat.addresses > 0 and not all(need.holds(entries, nat.addresses) for entries in loads.get(name, []))
    ]
    if not narrow:
        return Widened(scenario, ())
    more = {nat.name: need.fewest(loads[nat.name], nat.addresses + 1, MOST_ADDRESSES[nat.kind]) for nat in narrow}
    try_regional = prefer is USE_REGIONAL_NAT_GATEWAY or not _zonal_is_cheaper(scenario, terms)
    replaceable = [nat for nat in narrow if nat.kind is NatKind.ZONAL and (try_regional or more[nat.name] is None)]
    regional = _regional_needs(scenario, peak, need, replaceable, terms)
    changes: list[Change] = []
    exact = True
    for nat in narrow:
        addresses = more[nat.name]
        options = [] if addresses is None else [add_nat_addresses(scenario, nat.name, addresses, terms.prices)]
        if nat.name in regional:
            options.append(use_regional_nat_gateway(scenario, nat.name, regional[nat.name], terms.prices))
        if nat.kind is not NatKind.REGIONAL:
            cheapest = min((step.change.monthly_cents for step in options), default=None)
            could_be_cheaper = cheapest is None or cheapest > terms.prices.hourly("nat-gateway-hour")
            if could_be_cheaper or prefer is ADD_NAT_GATEWAY:
                shares = Shares(scenario, peak, nat.name, terms.routing, unused)
                found = _divided(nat, shares, loads[nat.name], need, terms, thorough=could_be_cheaper)
                # Where the first has as many addresses as all need, nothing needs the others.
                if found is not None and (addresses is None or found.parts[0][0] < addresses):
                    exact = exact and (found.exact or not could_be_cheaper)
                    options.append(add_nat_gateway(scenario, nat.name, found.parts, terms.prices, unused=unused))
        wanted = [step for step in options if step.change.action is prefer] or options
        if not wanted:
            return None
        best = min(wanted, key=_order)
        if nat.kind is not NatKind.REGIONAL and prefer is None:
            # More subnets than the ENIs need cost nothing, and could be divided better than those that are there.
            least = _least_divided(nat, loads[nat.name], need, terms), _LEAST_RISK
            exact = exact and _order(best)[:2] <= least
        scenario = best.scenario
        changes.append(best.change)
    return Widened(scenario, tuple(changes), exact)


def _order(step: Step) -> tuple[int, int, str]:
    change = step.change
    return change.monthly_cents, sum(risk.weight for risk in change.risks), change.action.id


def _zonal_is_cheaper(scenario: Scenario, terms: Terms) -> bool:
    """Whether addresses on a zonal gateway never cost more than a regional gateway in its place.

    A regional one needs as many addresses in all its Availability Zones together, and each zone is billed as a gateway
    is. The margin for a random choice of address is the only thing that could make it need fewer.
    """
    prices = terms.prices
    same_fee = prices.hourly("regional-nat-gateway-az-hour") >= prices.hourly("nat-gateway-hour")
    return same_fee and scenario.assumptions.nat_address_selection != "random-address"


def _regional_needs(
    scenario: Scenario, peak: Peak, need: Need, zonal: Collection[NatGateway], terms: Terms
) -> dict[str, int]:
    """Addresses in each Availability Zone, for those zonal gateways that a regional one could replace."""
    replaced = {}
    for nat in zonal:
        step = use_regional_nat_gateway(scenario, nat.name, 1, terms.prices)
        scenario = step.scenario
        replaced[nat.name] = step.change.new[0]
    if not replaced:
        return {}
    loads = nat_loads(scenario, peak, terms.routing)
    most = MOST_ADDRESSES[NatKind.REGIONAL]
    found = {nat: need.fewest(loads.get(name, []), 1, most) for nat, name in replaced.items()}
    return {nat: addresses for nat, addresses in found.items() if addresses is not None}


def _together(nat: NatGateway, loads: Collection[Entries], need: Need) -> int | None:
    """Addresses that several gateways in the place of one need together, at the least: as many as one would."""
    return need.fewest(loads, 1, MOST_ADDRESSES[nat.kind] * MOST_GATEWAYS)


def _least_divided(nat: NatGateway, loads: Collection[Entries], need: Need, terms: Terms) -> float:
    """Cents a month below which no division of any subnets among several gateways can be."""
    together = _together(nat, loads, need)
    if together is None:
        return math.inf
    gateways = max(2, math.ceil(together / MOST_ADDRESSES[nat.kind]))
    address = 0 if nat.kind is NatKind.PRIVATE else terms.prices.hourly("public-ipv4-hour")
    addresses = max(together, nat.addresses + gateways - 1) - nat.addresses
    return (gateways - 1) * terms.prices.hourly("nat-gateway-hour") + addresses * address


def _divided(
    nat: NatGateway, shares: Shares, loads: Collection[Entries], need: Need, terms: Terms, *, thorough: bool
) -> Partition | None:
    """The subnets behind a gateway, divided so that several gateways hold for the least money."""
    together = _together(nat, loads, need)
    # A margin for chance may make it a few addresses more or fewer.
    certain = need.assumed.nat_address_selection != "random-address"
    if together is None and certain:
        return None
    return divide(
        shares,
        lambda entries, at_least: need.fewest([entries], at_least, MOST_ADDRESSES[nat.kind]),
        nat.addresses,
        terms.prices.hourly("nat-gateway-hour"),
        0 if nat.kind is NatKind.PRIVATE else terms.prices.hourly("public-ipv4-hour"),
        least=(together or 0) if certain else 0,
        thorough=thorough,
    )
