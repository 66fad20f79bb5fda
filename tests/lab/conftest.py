"""The lab's tests run wherever the kernel lets an ordinary user have network namespaces, and say why where not."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from narrows.lab import Options, run_lab
from narrows.lab.doctor import is_possible
from narrows.recording import Recording
from narrows.scenario import Scenario, load_scenario, parse_scenario

EXAMPLES = Path(__file__).parents[2] / "examples" / "scenarios"
PYTHON = (shutil.which("python3", path="/usr/bin:/bin") if os.geteuid() == 0 else None) or sys.executable
"""For servers: root's lab runs them as nobody, who may not get to root's own Python."""


@pytest.fixture(scope="session")
def lab() -> Callable[[Scenario, Options], Recording]:
    """Plays a scenario with real packets."""
    why_not = is_possible()
    if why_not is not None:
        pytest.skip(f"no lab on this machine: {why_not}")
    return run_lab


@pytest.fixture(scope="session")
def together(lab: Callable[[Scenario, Options], Recording]) -> Callable[..., list[Recording]]:
    """Plays several scenarios at a time: most of what they do is wait."""

    def play(*scenarios: Scenario, options: Options | None = None) -> list[Recording]:
        with ThreadPoolExecutor(len(scenarios)) as pool:
            return list(pool.map(lambda one: lab(one, options or Options()), scenarios))

    return play


@pytest.fixture
def impatient() -> Callable[[str], Scenario]:
    """An example scenario whose callers give up after four seconds instead of thirty."""

    def load(name: str) -> Scenario:
        scenario = load_scenario(EXAMPLES / f"{name}.yaml")
        functions = {
            key: replace(one, connections=tuple(replace(use, connect_timeout=4.0) for use in one.connections))
            for key, one in scenario.demand.functions.items()
        }
        return replace(scenario, demand=replace(scenario.demand, functions=functions))

    return load


@pytest.fixture
def small() -> Callable[..., Scenario]:
    """A function, a NAT gateway and a cache, at the size of the lab's tests."""

    def build(
        *,
        connections: str = "per_environment: 10, connect_timeout: 2s",
        demand: str = "environments: {from: 0, to: 20, over: 1s}",
        destination: str = "port: 6379",
        duration: str = "4s",
        assumptions: str = "",
        addresses: int = 1,
    ) -> Scenario:
        return parse_scenario(
            f"""
name: small
vpc:
  subnets: {{a: {{az: a, route: nat}}}}
  nat_gateways: {{nat: {{addresses: {addresses}}}}}
destinations: {{cache: {{{destination}}}}}
functions: {{f: {{subnets: [a], security_groups: [sg], connections: [{{to: cache, {connections}}}]}}}}
demand: {{f: {{{demand}}}}}
duration: {duration}
assumptions: {{{assumptions}}}
""",
            "small",
        )

    return build
