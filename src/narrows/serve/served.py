"""What is served: a scenario, or the one that the plan makes of a case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from narrows.errors import InputError
from narrows.plan.peak import measure
from narrows.prices import Prices, load_prices
from narrows.scenario import Scenario

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


def served_scenario(scenario: Scenario, headroom: float, notes: tuple[str, ...] = ()) -> Served:
    """What is served of a scenario.

    Raises:
        InputError: it asks for nothing.
    """
    if not measure(scenario.network, scenario.demand, scenario.assumptions).connections:
        raise InputError(
            "asks for no connection: no function has environments and connections",
            file=scenario.file,
            advice="write 'demand:' and 'connections:'",
        )
    source = Path(scenario.file or scenario.name).resolve().name
    return Served(scenario, load_prices(scenario.network.region), headroom, source, notes)


def scenario_of(case: Case) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario that the plan makes of a case, and what limits it.

    It has been through its own YAML: what the page shows is what is said of the file that it writes.

    Raises:
        InputError: the case does not say enough.
    """
    from narrows.plan.estimate import estimate
    from narrows.plan.proof import playable_at_its_worst
    from narrows.scenario import parse_scenario, scenario_yaml
    from narrows.scenario.model import with_example_addresses
    from narrows.scenario.writing import in_question

    found = estimate(case, peak=None)
    peak = measure(found.scenario.network, found.scenario.demand, found.scenario.assumptions)
    scenario = playable_at_its_worst(found.scenario, peak)
    scenario = in_question(replace(scenario, network=with_example_addresses(scenario.network)))
    notes = list(found.notes)
    if len(found.scenario.demand.worlds) > 1:
        notes.append("of the demands that the evidence leaves possible, this is the one that fills a table most")
    notes += [f"not in it: {what}" for what in found.unknown]
    try:
        written = parse_scenario(scenario_yaml(scenario), str(case.folder))
    except InputError as error:
        raise InputError(error.problem, file=case.folder, place=error.place, advice=error.advice) from None
    return written, tuple(notes)
