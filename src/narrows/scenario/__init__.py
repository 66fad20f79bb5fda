"""Scenarios: the YAML that people write, as a network, a demand and assumptions. Names are loaded when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from narrows.lazy import loading

if TYPE_CHECKING:
    from narrows.scenario.model import Scenario as Scenario
    from narrows.scenario.model import load_scenario as load_scenario
    from narrows.scenario.model import parse_scenario as parse_scenario
    from narrows.scenario.writing import scenario_yaml as scenario_yaml
    from narrows.scenario.writing import write_scenario as write_scenario

_HOME_OF = {
    "Scenario": "narrows.scenario.model",
    "load_scenario": "narrows.scenario.model",
    "parse_scenario": "narrows.scenario.model",
    "scenario_yaml": "narrows.scenario.writing",
    "write_scenario": "narrows.scenario.writing",
}

__all__ = list(_HOME_OF)


__getattr__ = loading(__name__, _HOME_OF)
