"""What is served: a scenario, or the one that the plan makes of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.errors import InputError
from narrows.plan.peak import measure, scaled
from narrows.prices import Prices, load_prices
from narrows.scenario import Scenario
from narrows.words import named_in

if TYPE_CHECKING:
    from narrows.case.model import Case


@dataclass(frozen=True)
class Served:
    """What the page begins with."""

    scenario: Scenario
    prices: Prices
    headroom: float
    """Part of every table that is to stay free."""
    source: str
    """The file or folder, by its name."""
    notes: tuple[str, ...] = ()
    """What limits it, where it was made of a case."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What resources of a case are called, by id."""


def served_scenario(scenario: Scenario, headroom: float, peak: int | None = None) -> Served:
    """What is served of a scenario.

    Args:
        peak: open connections of all functions, which the demand is scaled to.

    Raises:
        InputError: it asks for nothing.
    """
    now = measure(scenario.network, scenario.demand, scenario.assumptions).connections
    if not now:
        raise InputError(
            "asks for no connection: no function has environments and connections",
            file=scenario.file,
            advice="write 'demand:' and 'connections:'",
        )
    if peak is not None:
        scenario = replace(scenario, demand=scaled(scenario.demand, peak / now))
    source = Path(scenario.file or scenario.name).resolve().name
    return Served(scenario, load_prices(scenario.network.region), headroom, source)


def served_case(case: Case, headroom: float, peak: int | None = None) -> Served:
    """What is served of a case: the scenario that the plan makes of it.

    It has been through its own YAML: what the page shows is what is said of the file that it writes.

    Args:
        peak: open connections of all functions, where the case does not show them.

    Raises:
        InputError: the case does not say enough.
    """
    from narrows.plan.estimate import estimate
    from narrows.plan.proof import playable_at_its_worst
    from narrows.scenario import parse_scenario, scenario_yaml
    from narrows.scenario.model import with_example_addresses
    from narrows.scenario.writing import in_question

    found = estimate(case, peak=peak)
    most = measure(found.scenario.network, found.scenario.demand, found.scenario.assumptions)
    scenario = playable_at_its_worst(found.scenario, most)
    scenario = in_question(replace(scenario, network=with_example_addresses(scenario.network)))
    notes = list(found.notes)
    if len(found.scenario.demand.worlds) > 1:
        notes.append("of the demands that the evidence leaves possible, this is the one that fills a table most")
    notes += [f"not in it: {what}" for what in found.unknown]
    try:
        written = parse_scenario(scenario_yaml(scenario), str(case.folder))
    except InputError as error:
        raise InputError(error.problem, file=case.folder, place=error.place, advice=error.advice) from None
    served = served_scenario(written, headroom, peak)
    return replace(served, notes=tuple(named_in(found.names, note) for note in notes), names=found.names)


def names_in(scenario: Scenario, names: Mapping[str, str]) -> dict[str, str]:
    """The names of resources by id, with those of copied subnets: ``private-a-2`` is a copy of ``private-a``."""
    copies = {
        subnet.name: names[subnet.copy_of] + subnet.name.removeprefix(subnet.copy_of)
        for subnet in scenario.network.subnets.values()
        if subnet.copy_of in names
    }
    return {**names, **copies}
