"""Diagnosis and plan of a redacted case are those of the original, but for names; and nothing of it stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.redact import drawn
from narrows.case import write_case
from narrows.scenario import load_scenario
from narrows.scenario.scale import scale_demand
from narrows.simulate import simulate_with_log
from narrows.writing.flow_logs import parse_options, write_simulated
from oracles.redaction import compare, differences

EXAMPLES = sorted(one for one in Path("examples/cases").iterdir() if one.is_dir())
SCENARIOS = sorted(Path("examples/scenarios").glob("*.yaml"))
SAMPLE = 25


@pytest.mark.parametrize("case", EXAMPLES, ids=lambda one: one.name)
def test_of_an_example(case: Path, tmp_path: Path) -> None:
    found = compare(case, tmp_path / "out")
    assert (found.different, found.leaks) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.stem)
@pytest.mark.parametrize("file_format", ["text", "parquet"])
def test_of_a_simulated_scenario_with_flow_logs(scenario: Path, file_format: str, tmp_path: Path) -> None:
    scale = 0.02
    loaded = scale_demand(load_scenario(str(scenario)), scale)
    recording, log = simulate_with_log(loaded, scale=scale)
    write_case(recording, tmp_path / "case")
    options = parse_options(
        "5", file_format=file_format, interval=60, idle_gap="20s", port_choice="longest-free", closes_without_fin=0.0,
        skipdata=0.0, seed=7, folder=tmp_path / "case", scale=1.0,
    )  # fmt: skip
    write_simulated(tmp_path / "case" / "flow-logs", recording, log, options)
    found = compare(tmp_path / "case", tmp_path / "out")
    assert (found.different, found.leaks) == ([], [])
    assert any((tmp_path / "out" / "flow-logs").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("write", [pytest.param(write, id=name) for name, write in drawn(SAMPLE)])
def test_of_a_random_incident(write: object, tmp_path: Path) -> None:
    found = compare(write(tmp_path / "case"), tmp_path / "out")  # type: ignore[operator]
    assert (found.different, found.leaks) == ([], [])


def test_the_comparison_sees_a_number_and_a_word_that_differ() -> None:
    assert list(differences({"a": [1, "x"]}, {"a": [2, "x"]}, "of")) == ["of.a[0]: '1' is '2'"]
    assert list(differences({"a": "one"}, {"a": "other"}, "of")) == ["of.a: 'one' is 'other'"]
    assert list(differences({"a": "the same and so on…"}, {"a": "the same and so forth and…"}, "of")) == []
