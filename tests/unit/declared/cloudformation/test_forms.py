"""A template is the same in YAML's short forms, in its long forms and in JSON; nothing in it is an accident."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from narrows.declared.model import Declared
from narrows.errors import InputError
from tests.unit.declared.cloudformation.templates import declared

SOME_WORDS = [
        "A",
        "B",
        "P",
        "L",
        "C",
        "M",
        "k",
        "AWS::Region",
        "AWS::NoValue",
        "x-${A}",
        "${P}.${B.Arn}",
        "",
        "yes",
        "012",
        "1e3",
        "2012-10-17",
        "0x1f",
        "~",
        "a,b",
        "10.0.0.0/16",
        "{{resolve:ssm:/x}}",
    ]  # fmt: skip
WORDS = st.sampled_from(SOME_WORDS)
SCALARS = st.one_of(WORDS, st.integers(-3, 300), st.booleans(), st.none(), st.just(1.5), st.text(max_size=3))
FUNCTIONS = [
    "Ref", "Fn::GetAtt", "Fn::Sub", "Fn::If", "Fn::Select", "Fn::Split", "Fn::Join", "Fn::FindInMap", "Fn::Cidr",
    "Fn::GetAZs", "Fn::ImportValue", "Fn::Base64", "Fn::Transform", "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not",
    "Condition", "Fn::Length", "Fn::ToJsonString", "Fn::Nonsense",
]  # fmt: skip


def trees(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(st.sampled_from(["a", "b", "VpcConfig", "Fn::Sub"]), inner, max_size=3),
            st.tuples(st.sampled_from(FUNCTIONS), inner | st.lists(inner, min_size=1, max_size=4)).map(
                lambda two: {two[0]: two[1]}
            ),
            st.lists(WORDS, min_size=2, max_size=2).map(lambda two: {"Fn::GetAtt": two}),
        ),
        max_leaves=12,
    )


TREES = trees(SCALARS)
TEMPLATES = st.fixed_dictionaries(
    {
        "Resources": st.fixed_dictionaries(
            {
                "A": st.fixed_dictionaries({"Type": st.just("AWS::EC2::Subnet"), "Properties": TREES}),
                "B": st.fixed_dictionaries(
                    {"Type": st.just("AWS::Lambda::Function"), "Properties": st.dictionaries(WORDS, TREES, max_size=3)},
                    optional={"Condition": st.sampled_from(["C", "D"])},
                ),
            }
        )
    },
    optional={
        "Parameters": st.just(
            {"P": {"Type": "String", "Default": "p"}, "L": {"Type": "CommaDelimitedList", "Default": "a, b"}}
        ),
        "Conditions": st.fixed_dictionaries({"C": TREES, "D": TREES}),
        "Mappings": st.just({"M": {"k": {"k": "v", "P": ["1"]}}}),
        "Outputs": st.fixed_dictionaries({"O": st.fixed_dictionaries({"Value": TREES})}),
    },
)


class Short(yaml.SafeDumper):
    """Writes functions as tags."""


class Call:
    """A function in its short form."""

    def __init__(self, name: str, argument: Any) -> None:
        self.name, self.argument = name, argument


def _represent(dumper: yaml.SafeDumper, call: Call) -> yaml.Node:
    tag = f"!{call.name.removeprefix('Fn::')}"
    if isinstance(call.argument, list):
        return dumper.represent_sequence(tag, call.argument)
    return dumper.represent_scalar(tag, call.argument, style="'")


Short.add_representer(Call, _represent)


def shortened(value: Any) -> Any:
    """Calls for functions, where a short form can be written: its argument is text or a list, and holds no bare one."""
    if isinstance(value, dict):
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in FUNCTIONS and (
                isinstance(argument, list) or (isinstance(argument, str) and name != "Fn::GetAtt")
            ):
                return Call(name, shortened(argument))
        return {key: shortened(one) for key, one in value.items()}
    return [shortened(one) for one in value] if isinstance(value, list) else value


def outcome(text: str, name: str) -> Declared | str:
    try:
        return declared(text, name=name)
    except InputError as error:
        return str(error)


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(TEMPLATES)
def test_every_form_declares_the_same_and_none_is_an_accident(template: dict[str, Any]) -> None:
    as_json = outcome(json.dumps(template), "t.json")
    long = outcome(yaml.safe_dump(template, sort_keys=False, allow_unicode=True), "t.yaml")
    short = outcome(yaml.dump(shortened(template), Dumper=Short, sort_keys=False, allow_unicode=True), "t.yaml")
    assert isinstance(as_json, Declared)
    for other in (long, short):
        assert isinstance(other, Declared), other
        assert [(one.address, one.type, one.conditional) for one in other.resources] == [
            (one.address, one.type, one.conditional) for one in as_json.resources
        ]
        assert [one.properties for one in other.resources] == [one.properties for one in as_json.resources]
        assert sorted({one.text for one in other.faults}) == sorted({one.text for one in as_json.faults})


SECTIONS = st.sampled_from(["Resources", "Parameters", "Conditions", "Outputs", "Mappings", "Transform", "Globals"])
MEMBERS = st.sampled_from(["Type", "Properties", "Condition", "Value", "Export", "Default", "NoEcho", "Metadata"])
ANYTHING = trees(SCALARS | st.sampled_from(["AWS::Serverless-2016-10-31", "AWS::EC2::VPC"]))
DECLARED = st.dictionaries(WORDS, st.dictionaries(MEMBERS, ANYTHING, max_size=3), max_size=3)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(SECTIONS, ANYTHING | DECLARED, max_size=5))
def test_whatever_stands_in_a_template_it_is_read_or_refused(template: dict[str, Any]) -> None:
    assert "\n" not in str(outcome(json.dumps(template), "t.json"))
