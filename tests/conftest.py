"""Settings for every test."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# What a command prints here is what it prints into a pipe of 80 columns, also in GitHub Actions and where colours are
# forced. Typer looks at these when it is imported.
for name in ("GITHUB_ACTIONS", "FORCE_COLOR", "PY_COLORS", "CLICOLOR_FORCE"):
    os.environ.pop(name, None)
os.environ |= {"COLUMNS": "80", "NO_COLOR": "1"}

# Two cores run two test processes here and in CI: the time of one example says nothing about its code.
settings.register_profile("local", deadline=None)
# CI must not fail on an example that the change at hand did not bring: there, the same examples every time.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

# Signals as a shell leaves them, here and in each command that a test starts: in the background Ctrl-C is ignored, and
# under nohup the terminal's end.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders that try a room with many seeds and faults are slow as a whole."""
    for item in items:
        if item.path.relative_to(_TESTS).parts[0] in _SLOW_FOLDERS:
            item.add_marker(pytest.mark.slow)


_TESTS = Path(__file__).parent
_SLOW_FOLDERS = ("agreement", "faults", "fuzz")


@pytest.fixture(scope="session", autouse=True)
def compiled_kernel() -> None:
    """Compile the simulator before any test: else the first command that needs it says on stderr that it does."""
    from narrows.scenario import parse_scenario
    from narrows.simulate import is_compiled, simulate_scenario

    if not is_compiled():
        simulate_scenario(parse_scenario(_SMALLEST, "smallest"))


_SMALLEST = """
name: smallest
vpc: {subnets: {s: {az: a, route: nat}}, nat_gateways: {nat: {}}}
destinations: {d: {port: 443}}
functions: {f: {subnets: [s], security_groups: [sg], connections: [{to: d}]}}
demand: {f: {environments: 1}}
duration: 1s
"""
