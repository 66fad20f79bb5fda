"""One table of fields: what a scenario reads it writes, and what it writes it reads."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields, replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from narrows.bounds import SCENARIO_DAYS
from narrows.demand import Connections, FunctionDemand, OtherConnections, Retries
from narrows.network import Destination, Endpoint, Function, NatGateway, OtherClient, SecurityGroup, Subnet
from narrows.scenario import parse_scenario, scenario_yaml, shape
from narrows.scenario.fields import Part
from tests.unit.core.scenarios import RAMP, scenario
from tests.unit.core.whole_scenarios import whole_documents


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(whole_documents())
def test_any_scenario_comes_back(document: dict[str, Any]) -> None:
    # A name, and no part of an address.
    text = re.sub(
        r"(?<![\w:])1e3(?![\w:]*[\w]|::)", "'1e3'", yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    )
    written = parse_scenario(text)
    assert replace(parse_scenario(scenario_yaml(written)), file=written.file) == written


def test_a_ramp_that_ends_after_every_scenario_is_written_as_far_as_it_counts() -> None:
    slow = scenario((RAMP, "{from: 5, to: 51917, per_10s: 1}"))
    curve = slow.demand.functions["storefront"].environments
    again = parse_scenario(scenario_yaml(slow)).demand.functions["storefront"].environments
    longest = SCENARIO_DAYS * 86400.0
    assert curve.points[-1][0] > longest == again.points[-1][0]
    assert [again.at(moment) for moment in (0, 9, longest)] == pytest.approx(
        [curve.at(moment) for moment in (0, 9, longest)]
    )


@pytest.mark.parametrize(
    ("part", "kind", "elsewhere"),
    [
        (shape.SubnetPart, Subnet, set()),
        (shape.NatGatewayPart, NatGateway, set()),
        (shape.SecurityGroupPart, SecurityGroup, set()),
        (shape.EndpointPart, Endpoint, set()),
        (shape.DestinationPart, Destination, set()),
        (shape.RetriesPart, Retries, set()),
        (shape.ConnectionsPart, Connections, set()),
        (shape.FunctionPart, Function, {"connections"}),
        (shape.DemandPart, FunctionDemand, set()),
        (shape.OtherPart, OtherClient, {"connections"}),
        (shape.OtherConnectionsPart, OtherConnections, set()),
    ],
)
def test_a_field_becomes_the_attribute_of_its_name(part: type[Part], kind: Any, elsewhere: set[str]) -> None:
    """One that the dataclass has not would be read and forgotten."""
    attributes = {attribute.name: attribute for attribute in fields(kind)}
    assert set(part.model_fields) - set(attributes) == elsewhere
    for name, field in part.model_fields.items():
        if name in attributes and name != "environments":
            assert attributes[name].default in (MISSING, field.default), f"{name} has two defaults"
