"""The commands of plans, run by a real shell with AWS's command line, make the plan's network; undo takes it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from narrows import write_case
from narrows.case import Case, read_case
from narrows.commands import with_commands
from narrows.demo.acts import ACTS, scenario_file
from narrows.plan import Plan, make_plan
from narrows.plan.model import Option
from narrows.scenario import Scenario, load_scenario
from narrows.simulate import simulate_scenario
from oracles.networks import random_network
from tests.aws.applied import apply, dumped, planned, state_of, told, undo
from tests.aws.server import AwsServer
from tests.aws.shell import AwsShell
from tests.unit.plan.sites import site


class Account:
    """The server of a case with a shell that asks it."""

    def __init__(self, case: Path, scratch: Path) -> None:
        self.case, self.scratch = case, scratch
        self.folders = 0

    def check(self, plan: Plan, option: Option, *, undone: bool = True) -> None:
        """The commands of an option make its network, and their undo takes it back."""
        with AwsServer(self.case, writable=True) as server, AwsShell(server.url) as shell:
            before = state_of(server.account)
            applied = apply(shell, option)
            found = told(self._read(server).topology.network)
            wanted = told(planned(plan, option, applied))
            assert differing(found, wanted) == {}
            if not undone:
                return
            undo(shell, option, applied)
            assert differing(state_of(server.account), before) == {}
            found, wanted = told(self._read(server).topology.network), told(read_case(self.case).topology.network)
            assert differing(found, wanted) == {}

    def _read(self, server: AwsServer) -> Case:
        self.folders += 1
        return dumped(server, self.case, self.scratch / f"read-{self.folders}")


def differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is not as it should be, part by part."""
    parts: dict[str, Any] = {}
    for key in {*found, *wanted}:
        one, other = found.get(key), wanted.get(key)
        if one != other:
            nested = isinstance(one, Mapping) and isinstance(other, Mapping)
            parts[key] = differing(dict(one), dict(other)) if nested else (one, other)  # type: ignore[arg-type]
    return parts


def played(scenario: Scenario, folder: Path) -> Path:
    write_case(simulate_scenario(scenario), folder)
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two functions to two destinations behind two NAT gateways; each is far from full."""
    scenario = site(
        {"web": (["a", "b"], 70, 2), "api": (["b"], 50, 2)},
        subnets={"a": "nat-a", "b": "nat-b"},
        zones={"a": "us-east-1a", "b": "us-east-1b"},
        nats={"nat-a": 1, "nat-b": 1},
        to={"web": "cache", "api": "bank"},
        destinations={"cache": {}, "bank": {}},
    )
    return played(scenario, tmp_path / "small")


def options(plan: Plan) -> Iterator[Option]:
    if plan.best is not None:
        yield plan.best
    yield from plan.alternatives


def test_commands_make_the_network_of_the_plan(small: Path, tmp_path: Path) -> None:
    case = read_case(small)
    plan = with_commands(make_plan(case, growth=500), case)
    assert plan.best is not None
    assert {one.action.id for one in plan.best.changes} == {"add-subnets", "add-nat-addresses"}
    Account(small, tmp_path).check(plan, plan.best, undone=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "strategy",
    [
        "cheapest", "split-security-groups", "use-regional-nat-gateway", "add-nat-gateway", "use-interface-endpoint",
        "leave-vpc", "use-egress-proxy",
    ],
)  # fmt: skip
def test_commands_of_every_kind_of_plan(strategy: str, small: Path, tmp_path: Path) -> None:
    case = read_case(small)
    plan = with_commands(make_plan(case, growth=900), case)
    Account(small, tmp_path).check(plan, next(one for one in options(plan) if one.strategy == strategy))


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1])
def test_commands_of_the_first_two_acts(number: int, tmp_path: Path) -> None:
    folder = played(load_scenario(scenario_file(ACTS[number].scenario)), tmp_path / "case")
    case = read_case(folder)
    plan = with_commands(make_plan(case), case)
    assert plan.best is not None
    Account(folder, tmp_path).check(plan, plan.best)


def check(seed: int, folder: Path) -> bool:
    """Play a random network, plan for it and run the commands; False where nothing is to be changed."""
    case_folder = played(random_network(seed), folder / "case")
    case = read_case(case_folder)
    plan = with_commands(make_plan(case, growth=(1.0, 2.5, 8.0)[seed % 3]), case)
    found = list(options(plan))
    if found:
        Account(case_folder, folder).check(plan, found[seed % len(found)])
    return bool(found)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_commands_of_random_networks(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path)
