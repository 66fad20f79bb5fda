"""The incident in three acts with real packets, and what a diagnosis makes of the cases that they leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.case import read_case, write_case
from narrows.diagnose import diagnose
from narrows.lab import Options
from narrows.recording import Recording, summarize
from narrows.scenario import Scenario

pytestmark = pytest.mark.lab
_ACTS = (
    ("launch-load-test", 550, True, "nat-port-exhaustion"),
    ("eight-addresses", 650, False, "hyperplane-eni-exhaustion"),
    ("second-subnet", 900, False, None),
)


def test_each_act_stops_exactly_where_its_narrowest_table_is_full(
    together: Callable[..., list[Recording]], impatient: Callable[[str], Scenario], tmp_path: Path
) -> None:
    recordings = together(*(impatient(name) for name, *_ in _ACTS), options=Options(scale=0.01, speed=60.0))
    for recording, (name, established, allocation_fails, narrows) in zip(recordings, _ACTS, strict=True):
        summary = summarize(recording)
        assert summary["attempted"] == 900, name
        assert summary["established_peak"] == established, name
        assert summary["timed_out"] == 900 - established, name
        assert (summary["error_port_allocation"] > 0) == allocation_fails, name
        # Names resolve while connects time out.
        outcomes = recording.functions["storefront"].outcomes.sum(axis=0).tolist()
        assert outcomes == [established, 900 - established, 0, 0, 0, 0], name

        write_case(recording, tmp_path / name)
        (tmp_path / name / "truth.json").unlink()
        assert diagnose(read_case(tmp_path / name)).to_json()["narrows"] == narrows, name
