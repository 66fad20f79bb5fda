"""The three acts: what the engineers tried, one after the other, until everything connected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from narrows.case import Case, read_case, write_case
from narrows.diagnose import Diagnosis, diagnose
from narrows.errors import NarrowsError
from narrows.recording import RunSummary, summarize
from narrows.scenario import Scenario, load_scenario
from narrows.shipped import shipped
from narrows.simulate import simulate_scenario


@dataclass(frozen=True, slots=True)
class Act:
    """One act: what stands between the function and the cache."""

    title: str
    scenario: str
    """File in ``examples/scenarios``."""


ACTS = (
    Act("one NAT gateway address", "launch-load-test.yaml"),
    Act("eight addresses", "eight-addresses.yaml"),
    Act("two addresses and a second subnet", "second-subnet.yaml"),
)


@dataclass(frozen=True)
class Played:
    """An act that was played: what happened, the case that it left, and what the diagnosis makes of that."""

    scenario: Scenario
    summary: RunSummary
    folder: Path
    case: Case
    diagnosis: Diagnosis


def scenario_file(name: str) -> Path:
    """An example scenario: in the installed package, or in the source tree beside it.

    Raises:
        NarrowsError: it is in neither.
    """
    file = shipped(f"examples/scenarios/{name}")
    if file is None:
        raise NarrowsError(f"the example scenario {name} is not installed")
    return file


def play(act: Act, folder: Path, progress: Callable[[int, int], None] | None = None) -> Played:
    """Simulate an act, write its case, and diagnose the case (not the simulation)."""
    scenario = load_scenario(scenario_file(act.scenario))
    recording = simulate_scenario(scenario, progress=progress)
    write_case(recording, folder)
    case = read_case(folder)
    return Played(scenario, summarize(recording), folder, case, diagnose(case))
