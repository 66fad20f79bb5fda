"""What limits a plan, in sentences: what it leaves out, and what it cannot help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from narrows.case.cloudwatch_names import NAT_BILLED
from narrows.network import HopKind
from narrows.plan.changes.edits import listed
from narrows.plan.changes.traffic import CLOSE_TO, amount
from narrows.plan.model import Option
from narrows.plan.routing import Routing
from narrows.plan.spread import QUANTILE
from narrows.plan.terms import Terms
from narrows.prices import Price, Prices, commercial_regions
from narrows.scenario import Scenario
from narrows.tables import Table


def notes_of(
    scenario: Scenario,
    options: Sequence[Option],
    tables: Sequence[Table],
    terms: Terms,
    processed: Mapping[str, tuple[float, float]],
) -> tuple[str, ...]:
    """Every note that applies.

    Args:
        processed: GB a month that NAT gateways process for each destination, at the least and at the most.
    """
    return (
        *_unhelped(options, tables, terms.headroom),
        *_answers(scenario),
        *_money(scenario, options, terms.prices, processed),
        *_margins(scenario),
    )


def _unhelped(options: Sequence[Option], tables: Sequence[Table], headroom: float) -> Iterator[str]:
    short = [table for table in tables if not table.fits(headroom)]
    if short and not options:
        yield "no change that narrows knows makes this fit: ask for less headroom, or for fewer connections"
    for table in short:
        if table.kind is HopKind.DESTINATION:
            yield (
                f"{table.resource} takes {table.capacity:,} connections at an address and is asked for {table.peak:,}: "
                "only fewer connections, or a larger destination, help"
            )
        elif table.kind is HopKind.ENVIRONMENT:
            yield (
                f"an environment of {table.resource} opens {table.peak:,} connections and has {table.capacity:,} file "
                "descriptors: only fewer connections help"
            )


def unreachable_from(scenario: Scenario, routing: Routing) -> Iterator[str]:
    """What functions do not reach from some of their subnets, whatever room there is."""
    network = scenario.network
    for name, to in scenario.demand.uses:
        function = network.functions[name]
        free = routing.ways(network, function, to).open if function.subnets else ()
        if len(free) < len(function.subnets):
            shut = next(subnet for subnet in function.subnets if subnet not in free)
            yield f"{name} does not reach {to}: {network.path(name, to, shut).blocked}; no plan widens that"


def _answers(scenario: Scenario) -> Iterator[str]:
    for destination in scenario.network.destinations.values():
        if destination.answers != "yes":
            yield f"{destination.name} does not answer as it should; the plan takes it that it will"


def _money(
    scenario: Scenario, options: Sequence[Option], prices: Prices, processed: Mapping[str, tuple[float, float]]
) -> Iterator[str]:
    if not options:
        return
    used = {price for option in options for change in option.changes for price in change.prices}
    yield from _standing_in(prices, [prices.prices[name] for name in prices.prices if name in used & prices.stand_ins])
    yield _data_processing(scenario, processed)
    yield from _left_open(processed)


def _data_processing(scenario: Scenario, processed: Mapping[str, tuple[float, float]]) -> str:
    left_out = "data processing (per GB) is left out"
    if not scenario.assumptions.month_as_mean:
        return f"{left_out}, as month_as_mean is false"
    of_case = bool(scenario.demand.worlds)
    if processed:
        of = "window of the case" if of_case else "scenario"
        return f"data processing is priced as if every hour of the month were as the mean of the {of} (month_as_mean)"
    if not of_case:
        return f"{left_out}: no connection says its bytes_per_second"
    if any(carried.disputed for carried in scenario.demand.carried):
        return f"{left_out}: flow logs have bytes through the NAT gateways, and the gateways' metrics count none"
    if scenario.demand.carried:
        return f"{left_out}: no byte is counted through the NAT gateways"
    return (
        f"{left_out}: neither metrics of NAT gateways ({' and '.join(NAT_BILLED)}) nor flow logs say how much there is"
    )


def _standing_in(prices: Prices, missing: Sequence[Price]) -> Iterator[str]:
    """What the prices in use are not of the Region."""
    if not missing:
        return
    if not prices.region:
        yield f"the case names no Region: prices are those of {prices.stand_in}"
    elif prices.region not in commercial_regions():
        yield (
            f"narrows knows prices of commercial Regions alone, and {prices.region} is not among them: those of "
            f"{prices.stand_in} stand in"
        )
    else:
        what = listed([price.what for price in missing])
        yield f"no price of {what} in {prices.region} is known here: {prices.stand_in}'s stand in"


def _left_open(processed: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    """Where a case does not tell what of a gateway's bytes is of which destination."""
    for to, (low, high) in processed.items():
        if isfinite(high) and high - low <= CLOSE_TO * high:
            continue
        if isfinite(high):
            ends = f"NAT gateways process {amount(low)} to {amount(high)} GB a month for {to}"
        elif low:
            ends = f"NAT gateways process at least {amount(low)} GB a month for {to}"
        else:
            ends = f"how much NAT gateways process for {to} is not known"
        yield f"{ends}: what a change that leads it past them saves is reckoned with the least"


def _margins(scenario: Scenario) -> Iterator[str]:
    assumed = scenario.assumptions
    random = [
        text
        for text, chosen in (
            ("environments over subnets", assumed.environment_placement == "random"),
            ("connections over NAT gateway addresses", assumed.nat_address_selection == "random-address"),
            (
                "connections over a destination's addresses",
                assumed.address_choice == "random"
                and any(len(destination.addresses) > 1 for destination in scenario.network.destinations.values()),
            ),
        )
        if chosen
    ]
    if random:
        yield f"{listed(random)}: spread at random, and reckoned with the {QUANTILE * 100:g} % quantile of each table"
