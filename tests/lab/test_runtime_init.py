"""A real runtime whose init phase does not end."""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.lab import Options
from narrows.lab.doctor import is_possible
from narrows.lab.run import play
from narrows.lab.runtimes.plan import Function
from narrows.scenario import Scenario

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("awslambdaric") is None, reason="not installed: awslambdaric"),
]


def test_an_init_phase_that_does_not_end_is_cut_off_and_counts_as_a_timeout_the_second_time(
    small: Callable[..., Scenario],
) -> None:
    why_not = is_possible()
    if why_not is not None:
        pytest.skip(f"no lab on this machine: {why_not}")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        (folder / "handler.py").write_text("import time\ntime.sleep(300)\n")
        scenario = small(
            connections="per_environment: 1, hold: invocation, connect_timeout: 2s",
            demand="environments: {from: 0, to: 1, over: 1s}",
            destination="port: 8080",
            duration="13s",
            assumptions="",
        )
        run = play(scenario, Options(function=Function(str(folder), timeout=1.0)))
    found = [json.loads(line) for line in run.journal.splitlines()]
    said = [one["log"][2].split("\t") for one in found if "log" in one]
    assert ["INIT_REPORT Init Duration: 10000.00 ms", "Phase: init", "Status: timeout\n"] in said
    assert any("Task timed out after 1.00 seconds" in line[0] for line in said)
    ended = [one["invocation"] for one in found if "invocation" in one]
    # The init phase of the first is over before it began; that of each later one is part of it.
    assert {(one[2], one[4]) for one in ended} == {("timeout", True)}
