"""Each SQL stage says first what it has one row for, and it is so."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from narrows.assumptions import Assumptions
from narrows.flowlogs.engine_duckdb import DuckDbEngine
from narrows.flowlogs.sources import find_sources
from narrows.flowlogs.statements import STAGES, settings, text_of
from oracles.flow_networks import random_network
from oracles.traffic import random_traffic, with_options


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDbEngine]:
    """Every stage over a network, and traffic with and without tcp-flags."""
    folder = tmp_path_factory.mktemp("logs")
    random_network(107, attempts=800).write(folder / "network")
    with_options(random_traffic(8, connections=400), port_choice="at-once").write(folder / "flagged")
    with_options(random_traffic(3, connections=400), version=2, skipdata=0.1).write(folder / "plain")
    with DuckDbEngine() as engine:
        engine.read(find_sources([folder]))
        engine.run(settings("key", Assumptions()), ())
        yield engine


@pytest.mark.parametrize("stage", STAGES)
def test_no_two_rows_have_the_same_key(engine: DuckDbEngine, stage: str) -> None:
    said = re.match(r"-- Grain: (.+)\.\n", text_of(stage))
    assert said is not None
    if said[1].startswith("one row"):
        return
    (row,) = engine.rows(
        f"SELECT (SELECT COUNT(*) FROM {stage}) AS here, COUNT(*) AS keys FROM (SELECT DISTINCT {said[1]} FROM {stage})"
    )
    assert row["here"] == row["keys"] > 0
