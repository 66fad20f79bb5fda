"""An id or name that AWS does not give is refused with its place, in whatever file it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from narrows.aws_ids import PATTERNS
from narrows.case import read_case, write_case
from narrows.errors import InputError
from narrows.scenario import parse_scenario
from tests.unit.case.cases import CASE_YAML, case_at, query, result, small
from tests.unit.case.recordings import EVERYTHING, recording_of

EVIL = "--endpoint-url=http://evil.example"


def error_of(folder: Path) -> str:
    with pytest.raises(InputError) as raised:
        read_case(folder)
    return str(raised.value).replace(str(folder), "CASE")


def test_an_id_that_would_be_an_option_is_refused_with_its_place(tmp_path: Path) -> None:
    files = small()
    files["ec2/subnets.json"]["Subnets"][1]["SubnetId"] = EVIL
    assert error_of(case_at(tmp_path, files)) == (
        f"CASE/ec2/subnets.json: Subnets[1].SubnetId: '{EVIL}' is not the id of a subnet; get the file from AWS again"
    )


def test_one_of_a_list_is_refused_with_its_place(tmp_path: Path) -> None:
    files = small()
    files["lambda/functions.json"]["Functions"][0]["VpcConfig"]["SubnetIds"] = ["subnet-1", EVIL]
    place = "CASE/lambda/functions.json: Functions[0].VpcConfig.SubnetIds[1]"
    assert error_of(case_at(tmp_path, files)).startswith(f"{place}: '{EVIL}' is not the id of a subnet")


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of an id in an answer, once for each kind."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in PATTERNS and one:
                yield (*way, key, 0) if isinstance(one, list) else (*way, key)
            yield from _places(one, (*way, key))
    elif isinstance(value, list) and value:
        yield from _places(value[0], (*way, 0))


def test_whatever_stands_for_an_id_it_is_never_read(tmp_path: Path) -> None:
    """In every file of a case with everything in it, and at every place: an error, or a member that nothing reads."""
    whole = tmp_path / "case"
    write_case(recording_of(EVERYTHING, seconds=61), whole)
    tried, refused = 0, set()
    for file in [*whole.glob("ec2/*.json"), *whole.glob("lambda/functions.json")]:
        before = file.read_text(encoding="utf-8")
        for way in dict.fromkeys(_places(json.loads(before))):
            answer = json.loads(before)
            above = answer
            for part in way[:-1]:
                above = above[part]
            above[way[-1]] = EVIL
            file.write_text(json.dumps(answer), encoding="utf-8")
            tried += 1
            try:
                assert EVIL not in repr(vars(read_case(whole)))
            except InputError:
                refused.add(next(part for part in reversed(way) if isinstance(part, str)))
        file.write_text(before, encoding="utf-8")
    assert tried > 40
    assert {"SubnetId", "SubnetIds", "GroupId", "NatGatewayId", "VpcEndpointId", "NetworkInterfaceId"} <= refused


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (
            "[storefront]",
            f"['{EVIL}']",
            f"line 4, functions[0]: '{EVIL}' is not the name or ARN of a function; write up to",
        ),
        ("[storefront]", "'a b'", "line 4, functions: 'a b' is not the name or ARN of a function"),
        ("us-east-1", "'--profile'", "line 2, region: '--profile' is not a Region; such as us-east-1"),
        ("port: 443", "via: vpce-$(x)", "line 6, destinations.cache.via: 'vpce-$(x)' is not the id of a VPC endpoint"),
    ],
)
def test_names_in_case_yaml_are_as_aws_takes_them(tmp_path: Path, before: str, after: str, problem: str) -> None:
    folder = case_at(tmp_path, about=CASE_YAML.replace(before, after, 1))
    assert error_of(folder).startswith(f"CASE/case.yaml: {problem}")


@pytest.mark.parametrize("name", ["arn:aws:lambda:us-east-1:111122223333:function:storefront:live", "storefront:live"])
def test_an_arn_and_an_alias_name_the_function(tmp_path: Path, name: str) -> None:
    assert read_case(case_at(tmp_path, about=CASE_YAML.replace("[storefront]", f"['{name}']"))).functions == (
        "storefront",
    )


def test_dimensions_of_metrics_are_ids_too(tmp_path: Path) -> None:
    files = {
        "cloudwatch/n.queries.json": [query(resource=EVIL)],
        "cloudwatch/n.results.json": {"MetricDataResults": [result()]},
    }
    assert f".Dimensions[0].Value: '{EVIL}' is not the id of a NAT gateway" in error_of(case_at(tmp_path, files))


SCENARIO = """\
name: x
region: us-east-1
vpc: {subnets: {s: {az: us-east-1a}}}
destinations: {d: {port: 443}}
functions: {app: {subnets: [s], security_groups: [sg]}}
"""


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("app:", "'my app':", "'my app' is not the name of a function; write up to 64 letters, digits, - and _"),
        ("region: us-east-1", "region: '--x'", "'--x' is not a Region; such as us-east-1"),
        ("az: us-east-1a", "az: '-a'", "'-a' is not an Availability Zone; such as us-east-1a"),
    ],
)
def test_a_scenario_has_only_names_that_a_case_may_hold(before: str, after: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_scenario(SCENARIO.replace(before, after))
    assert problem in str(caught.value)
