"""``narrows plan --prove lab``: the plan, played with real packets, from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.cli.plan import rewrite
from narrows.lab import Options
from narrows.recording import Recording
from narrows.scenario import Scenario

SCENARIO = """
name: small
vpc:
  subnets: {a: {az: us-east-1a, route: nat}}
  nat_gateways: {nat: {addresses: 1}}
destinations: {cache: {port: 443}}
functions:
  app:
    subnets: [a]
    security_groups: [sg-app]
    connections: [{to: cache, per_environment: 2, connect_timeout: 2s}]
demand: {app: {environments: 100}}
duration: 10s
"""


def test_prove_lab_is_prove_and_lab() -> None:
    assert rewrite(["s.yaml", "--prove", "lab", "--json"]) == ["s.yaml", "--prove", "--lab", "--json"]
    assert rewrite(["lab", "--prove"]) == ["lab", "--prove"]


@pytest.mark.slow
def test_a_plan_is_proved_with_real_packets(lab: Callable[[Scenario, Options], Recording], tmp_path: Path) -> None:
    del lab  # it skips where there is none
    scenario = tmp_path / "small.yaml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    command = [sys.executable, "-m", "narrows", "plan", str(scenario), "--prove", "lab", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    answer = json.loads(ran.stdout)
    for proof in (answer["proof"], answer["lab_proof"]):
        assert proof["holds"]
        assert (proof["established"], proof["wanted"], proof["timeouts"]) == (200, 200, 0)
