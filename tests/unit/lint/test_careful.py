"""Files as careful people write them: no rule raises a false alarm, and what is told as an info is so.

Terraform with for_each, count, a module and looked-up networks; templates with parameters, conditions, SAM and CDK.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from narrows.lint.run import lint

FOLDER = Path(__file__).parent / "careful"
TRUE: dict[str, set[tuple[str, str]]] = {
    "zones": set(),
    "counted": {
        ("no-gateway-endpoint", "aws_nat_gateway.this[0]"),
        ("no-port-alarm", "aws_nat_gateway.this[0]"),
        ("no-port-alarm", "aws_nat_gateway.this[1]"),
        ("one-address", "aws_nat_gateway.this[0]"),
        ("one-address", "aws_nat_gateway.this[1]"),
    },
    "network_module": {
        ("no-gateway-endpoint", "module.network.aws_nat_gateway.main"),
        ("one-address", "module.network.aws_nat_gateway.main"),
    },
    "looked_up": set(),
    "transit": set(),
    "firewall": {
        ("no-port-alarm", "aws_nat_gateway.main"),
        ("one-address", "aws_nat_gateway.main"),
        ("no-port-alarm", "aws_nat_gateway.overlap"),
    },
    "parameters.yaml": set(),
    "conditions.yaml": {("no-port-alarm", "NatA"), ("one-address", "NatA")},
    "sam.yaml": set(),
    "cdk.template.json": set(),
}
"""By file or folder: what is true of it, by rule and NAT gateway. All of it is an info."""


@pytest.mark.parametrize("name", TRUE)
def test_nothing_is_told_that_is_not_so(name: str) -> None:
    result = lint([FOLDER / name])
    assert {one.severity.value for one in result.findings} <= {"info"}
    gateway = re.compile(r"(?:module\.\w+\.)?aws_nat_gateway\.\w+(?:\[\d\])?|Nat[AB]")
    assert {(one.rule, found[0]) for one in result.findings if (found := gateway.search(one.what))} == TRUE[name]
    assert len(result.findings) == len(TRUE[name])
    assert not result.faults


def test_every_configuration_is_looked_at() -> None:
    assert {one.name for one in FOLDER.iterdir()} == set(TRUE)
